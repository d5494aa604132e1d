//! Where Fargate puts a task (FG-13).

use super::support::*;
use ecs_lab::ecs::LaunchType;
use ecs_lab::event::{Explained, FactKind};
use ecs_lab::lab::{ApiCall, Command, Lab};
use proptest::prelude::*;
use serde_json::{Value, json};

const SUBNETS: [&str; 3] = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a2"];

fn far() -> Lab {
    let mut lab = lab();
    let container = json!({ "name": "app", "image": "nginx", "command": ["sleep", "40"] });
    for (family, container) in [("a", json!({ "name": "app", "image": "nginx" })), ("b", container)] {
        let definition = json!({
            "family": family, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container],
        });
        ecs(&mut lab, "RegisterTaskDefinition", definition);
    }
    lab
}

/// The tasks of a group on Fargate that are to run in a zone, counted one by one.
fn wanted(lab: &Lab, group: &str, zone: &str) -> u32 {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let own = ecs.tasks(cluster).filter(|task| task.launch == LaunchType::Fargate && task.wanted());
    own.filter(|task| *task.request.group == *group && *task.zone == *zone).count() as u32
}

/// Runs a task of a family and holds the choice of its zone against a count of all tasks.
fn run_one(lab: &mut Lab, family: &str, subnets: &[&str], tasks: &mut Vec<Value>) {
    let before = lab.clone();
    let network = json!({ "awsvpcConfiguration": { "subnets": subnets, "assignPublicIp": "ENABLED" } });
    let input = json!({ "cluster": "prod", "taskDefinition": family, "launchType": "FARGATE", "networkConfiguration": network });
    let done = lab.apply(Command::ecs("RunTask", input)).unwrap();
    let decision = done.facts.iter().find_map(|fact| match &fact.kind {
        FactKind::TaskCreated { decision, .. } | FactKind::NotPlaced { decision, .. } => Some(*decision),
        _ => None,
    });
    let Some(Explained::Fargate { zones, chosen }) = lab.explain(decision.unwrap()) else { panic!("Fargate") };
    let counts: Vec<Option<u32>> = zones.iter().map(|(_, count)| *count).collect();
    let group = format!("family:{family}");
    let expected = zones.iter().map(|(zone, count)| count.map(|_| wanted(&before, &group, zone))).collect::<Vec<_>>();
    assert_eq!(counts, expected, "{zones:?}");
    let fewest = counts.iter().flatten().min().and_then(|fewest| counts.iter().position(|own| *own == Some(*fewest)));
    assert_eq!(chosen, fewest, "{zones:?}");
    tasks.extend(done.reply["tasks"].as_array().unwrap().iter().cloned());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was run, was stopped, ended or was lost: the counts are those of the tasks.
    #[test]
    fn fg_13_the_counts_are_those_of_the_tasks(steps in prop::collection::vec((0..8_u8, 0..3_usize), 1..40)) {
        let (mut lab, mut tasks) = (far(), Vec::new());
        for (what, which) in steps {
            match what {
                0..=2 => run_one(&mut lab, "a", SUBNETS.get(which..).unwrap(), &mut tasks),
                3 => run_one(&mut lab, "b", &SUBNETS, &mut tasks),
                4 if !tasks.is_empty() => {
                    let task = tasks.swap_remove(which % tasks.len());
                    let _ = try_ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
                }
                5 | 6 => wait(&mut lab, ["5s", "50s", "2h"][which]),
                _ => {
                    let zone = ["us-east-1a", "us-east-1b", "us-east-1c"][which];
                    let fault = json!({ "zone": { "zone": zone, "available": what == 7 && which == 1 } });
                    let _ = lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault)));
                }
            }
        }
    }
}
