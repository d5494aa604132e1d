//! Task sets under random commands: each keeps its own count in its own target group, and after quiet all of them run what
//! they should.

use super::balanced::behind;
use super::deck::*;
use super::shifts::{Stage, stage};
use crate::lab::support::*;
use ecs_lab::ecs::TaskStatus;
use ecs_lab::lab::Command;
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn start() -> Stage {
    let mut own = stage();
    let input = json!({
        "cluster": "prod", "serviceName": "web", "desiredCount": 2, "deploymentController": { "type": "EXTERNAL" },
    });
    ecs(&mut own.lab, "CreateService", input);
    own
}

fn command(own: &Stage, kind: u8, pick: usize) -> Command {
    let ecs = own.lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let service = ecs.service(cluster, "web").unwrap();
    let tasks: Vec<String> = ecs.tasks(cluster).map(|task| task.key.id.to_string()).collect();
    let task = tasks.get(pick % tasks.len().max(1)).cloned().unwrap_or_default();
    let sets: Vec<String> = service.deployments.iter().map(|set| set.id()).collect();
    let set = sets.get(pick % sets.len().max(1)).cloned().unwrap_or_default();
    let call = |operation: &str, input: Value| {
        Command::ecs(operation, over(json!({ "cluster": "prod", "service": "web" }), input))
    };
    let share = [0.0, 30.0, 50.0, 100.0][pick % 4];
    let scale = json!({ "value": share, "unit": "PERCENT" });
    match kind {
        0 | 1 => Command::Advance(SimDuration::from_millis([300, 2000, 20_000, 65_000, 300_000][pick % 5])),
        2 => call("UpdateService", json!({ "desiredCount": pick % 5 })),
        3 => {
            let group = if pick.is_multiple_of(2) { &own.blue } else { &own.green };
            let definition = format!("api:{}", pick % 3 + 1);
            call(
                "CreateTaskSet",
                json!({ "taskDefinition": definition, "scale": scale, "loadBalancers": behind(group) }),
            )
        }
        4 => call("UpdateTaskSet", json!({ "taskSet": set, "scale": scale })),
        5 => call("DeleteTaskSet", json!({ "taskSet": set, "force": pick.is_multiple_of(3) })),
        6 => call("UpdateServicePrimaryTaskSet", json!({ "primaryTaskSet": set })),
        _ => Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })),
    }
}

fn check(own: &Stage) -> Result<(), TestCaseError> {
    let world = own.lab.world();
    let ecs = world.ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let service = ecs.service(cluster, "web").unwrap();
    let alive: Vec<_> = ecs.tasks(cluster).filter(|task| task.status != TaskStatus::Stopped).collect();
    super::shift_model::targets_follow(world, &alive)?;
    prop_assert!(service.deployments.iter().filter(|set| set.task_set().unwrap().primary).count() <= 1);
    for set in &service.deployments {
        let owned = |task: &&&ecs_lab::ecs::Task| {
            task.wanted() && task.request.owner.is_some_and(|own| own.revision == set.revision.number)
        };
        let count = alive.iter().filter(owned).count() as u32;
        let computed = set.task_set().unwrap().computed(service.desired);
        prop_assert_eq!(set.desired, computed);
        prop_assert!(count <= 2 * computed, "{count} of {computed}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cdp_05_each_task_set_keeps_its_own_count(steps in vec((0u8..8, 0usize..60), 1..25)) {
        let mut own = start();
        for (kind, pick) in &steps {
            let _ = own.lab.apply(command(&own, *kind, *pick));
            check(&own)?;
        }
        own.lab.advance(SimDuration::from_secs(3600)).unwrap();
        check(&own)?;
        for set in service(&own.lab)["taskSets"].as_array().unwrap() {
            prop_assert_eq!(&set["stabilityStatus"], "STEADY_STATE");
            prop_assert_eq!(&set["runningCount"], &set["computedDesiredCount"]);
            prop_assert_ne!(&set["status"], "DRAINING");
        }
        let mut again = start();
        let known = again.lab.revision();
        for (command, _) in own.lab.past().skip(known as usize) {
            again.lab.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.lab.digest(), own.lab.digest());
    }
}
