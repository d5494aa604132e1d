//! A reference model that only counts, against the scheduler under random commands: nothing starts above the upper
//! bound, and after quiet the desired count runs or something says why not.

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::ecs::TaskStatus;
use ecs_lab::ecs::service::why;
use ecs_lab::event::TaskKey;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

fn start(minimum: u32, maximum: u32) -> Lab {
    let mut lab = on(3);
    register(&mut lab, "web", json!({ "image": "no-such-image-anywhere" }));
    register(&mut lab, "web", json!({ "image": "busybox", "command": ["sh", "-c", "sleep 7; exit 1"] }));
    register(&mut lab, "web", json!({ "cpu": 1500 }));
    let breaker = json!({ "enable": true, "rollback": true });
    let config = json!({
        "minimumHealthyPercent": minimum, "maximumPercent": maximum, "deploymentCircuitBreaker": breaker,
    });
    create(&mut lab, 3, json!({ "taskDefinition": "web:1", "deploymentConfiguration": config }));
    lab
}

fn command(lab: &Lab, kind: u8, pick: usize) -> Command {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let hosts: Vec<String> = ecs.instances(cluster).map(|own| own.key.id.to_string()).collect();
    let host = hosts[pick % hosts.len()].clone();
    let tasks: Vec<String> = ecs.tasks(cluster).map(|task| task.key.id.to_string()).collect();
    let task = tasks.get(pick % tasks.len().max(1)).cloned().unwrap_or_default();
    let update = |input| Command::ecs("UpdateService", over(json!({ "cluster": "prod", "service": "web" }), input));
    match kind {
        0 | 1 => Command::Advance(SimDuration::from_millis([300, 2000, 20_000, 45_000, 300_000][pick % 5])),
        2 => update(json!({ "desiredCount": pick % 6 })),
        3 => update(json!({ "taskDefinition": format!("web:{}", pick % 4 + 1) })),
        4 => update(json!({ "forceNewDeployment": true })),
        5 => Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })),
        6 => {
            let status = ["DRAINING", "ACTIVE", "ACTIVE"][pick % 3];
            let input = json!({ "cluster": "prod", "containerInstances": [host], "status": status });
            Command::ecs("UpdateContainerInstancesState", input)
        }
        7 => Command::ecs(
            "UpdateTaskProtection",
            json!({ "cluster": "prod", "tasks": [task], "protectionEnabled": pick.is_multiple_of(2), "expiresInMinutes": 3 }),
        ),
        _ => Command::Api(ApiCall::new("lab", "Fault", json!({ "container": { "task": task, "exitCode": 1 } }))),
    }
}

/// How many tasks the service wants to run, of `before` a command ago: what stood when the bounds were lowered may finish
/// what it replaces.
fn check(lab: &Lab, before: u32) -> Result<u32, TestCaseError> {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let service = ecs.service(cluster, "web").unwrap();
    let own = |task: &&ecs_lab::ecs::Task| task.request.owner.is_some_and(|owner| owner.service == service.key);
    let alive: Vec<_> = ecs.tasks(cluster).filter(own).filter(|task| task.status != TaskStatus::Stopped).collect();
    // The index of the service is the list of its tasks.
    prop_assert_eq!(alive.len(), service.tasks.len());
    for id in service.tasks.iter() {
        let task = ecs.task(TaskKey { cluster, id: *id });
        prop_assert!(task.is_some_and(|task| own(&task)));
    }
    let wanted = alive.iter().filter(|task| task.wanted()).count() as u32;
    let protected = service.protected.len() as u32;
    let upper = service.bounds().upper;
    prop_assert!(wanted <= upper.max(service.desired).max(before) + protected, "{wanted} of at most {upper}");
    prop_assert!(service.deployments.first().is_some_and(|own| own.desired == service.desired));
    prop_assert!(lab.next_deadline().is_none_or(|next| next.at > lab.now()));
    Ok(wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rl_02_rl_10_rl_12_the_scheduler_keeps_within_its_bounds(
        percents in 0usize..4,
        steps in vec((0u8..9, 0usize..30), 1..30),
    ) {
        let (minimum, maximum) = [(100, 200), (50, 100), (0, 100), (50, 150)][percents];
        let mut lab = start(minimum, maximum);
        let mut wanted = 0;
        for (kind, pick) in steps {
            let _ = lab.apply(command(&lab, kind, pick));
            wanted = check(&lab, wanted)?;
        }
        lab.advance(SimDuration::from_secs(3600)).unwrap();
        check(&lab, wanted)?;
        let [desired, running, _] = counts(&lab);
        let ecs = lab.world().ecs();
        let key = ecs.service(ecs.cluster("prod").unwrap().id, "web").unwrap().key;
        let why = why(ecs, key, lab.now());
        prop_assert!(running == desired || why.iter().any(|own| own.blocks()), "{running} of {desired}: {why:?}");
        if why.is_empty() {
            prop_assert_eq!(deployments(&lab).len(), 1);
        }
        let digest = lab.digest();
        let mut again = start(minimum, maximum);
        let known = again.revision();
        for (command, _) in lab.past().skip(known as usize) {
            again.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.digest(), digest);
    }
}
