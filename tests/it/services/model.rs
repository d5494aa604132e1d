//! A reference model that only counts, against the scheduler under random commands: nothing starts above the upper
//! bound, and after quiet the desired count runs or something says why not. Behind a load balancer, a task has a target
//! that takes traffic exactly while it is RUNNING and wanted.

use super::balanced::{behind, delay, in_use};
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
use std::collections::BTreeSet;

fn start(minimum: u32, maximum: u32, seconds: Option<u32>) -> Lab {
    let mut lab = on(3);
    let ports = json!([{ "containerPort": 80 }]);
    for extra in [
        json!({ "image": "nginx:1.27" }),
        json!({ "image": "no-such-image-anywhere" }),
        json!({ "image": "busybox", "command": ["sh", "-c", "sleep 7; exit 1"] }),
        json!({ "image": "nginx:1.27", "cpu": 1500 }),
    ] {
        register(&mut lab, "api", over(extra, json!({ "portMappings": ports })));
    }
    let balancers = match seconds {
        Some(seconds) => {
            let group = in_use(&mut lab, "instance");
            delay(&mut lab, &group, seconds);
            behind(&group)
        }
        None => json!([]),
    };
    let breaker = json!({ "enable": true, "rollback": true });
    let config = json!({
        "minimumHealthyPercent": minimum, "maximumPercent": maximum, "deploymentCircuitBreaker": breaker,
    });
    let extra = json!({ "taskDefinition": "api:1", "deploymentConfiguration": config, "loadBalancers": balancers });
    create(&mut lab, 3, extra);
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
        3 => update(json!({ "taskDefinition": format!("api:{}", pick % 4 + 1) })),
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
    let in_traffic = |task: &ecs_lab::ecs::Task| task.wanted() && task.status == TaskStatus::Running;
    for group in lab.world().elb().target_groups() {
        let open = |own: &&ecs_lab::elb::Target| own.state != ecs_lab::elb::TargetState::Draining;
        let targets: BTreeSet<_> =
            lab.world().elb().targets(group.id).filter(open).map(|own| own.task.unwrap().id).collect();
        let tasks: BTreeSet<_> = alive.iter().filter(|task| in_traffic(task)).map(|task| task.key.id).collect();
        prop_assert_eq!(targets, tasks, "registered exactly while it may take traffic");
    }
    prop_assert!(lab.next_deadline().is_none_or(|next| next.at > lab.now()));
    Ok(wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rl_02_rl_10_rl_12_the_scheduler_keeps_within_its_bounds(
        percents in 0usize..4,
        balanced in 0usize..4,
        steps in vec((0u8..9, 0usize..30), 1..30),
    ) {
        let seconds = [None, None, Some(0), Some(90)][balanced];
        let (minimum, maximum) = [(100, 200), (50, 100), (0, 100), (50, 150)][percents];
        let mut lab = start(minimum, maximum, seconds);
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
        let why = why(ecs, lab.world().elb(), key, lab.now());
        prop_assert!(running == desired || why.iter().any(|own| own.blocks()), "{running} of {desired}: {why:?}");
        if why.is_empty() {
            prop_assert_eq!(deployments(&lab).len(), 1);
        }
        let digest = lab.digest();
        let mut again = start(minimum, maximum, seconds);
        let known = again.revision();
        for (command, _) in lab.past().skip(known as usize) {
            again.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.digest(), digest);
    }

    /// The image of the newest revision is missing, or its tasks end soon; and old tasks stop by hand or by themselves: after
    /// quiet the old revision still carries the service.
    #[test]
    fn rl_02_rl_07_cb_10_a_stuck_rollout_keeps_the_lower_bound(
        percents in 0usize..4,
        broken in 2u8..4,
        steps in vec((0u8..4, 0usize..30), 1..20),
    ) {
        let (minimum, maximum) = [(100, 200), (50, 100), (50, 150), (100, 150)][percents];
        let mut lab = start(minimum, maximum, None);
        let breaker = json!({ "enable": false, "rollback": false });
        let config = json!({
            "minimumHealthyPercent": minimum, "maximumPercent": maximum, "deploymentCircuitBreaker": breaker,
        });
        update(&mut lab, json!({ "deploymentConfiguration": config }));
        lab.advance(SimDuration::from_secs(300)).unwrap();
        update(&mut lab, json!({ "taskDefinition": format!("api:{broken}") }));
        let mut wanted = 3;
        for (kind, pick) in steps {
            let _ = lab.apply(command(&lab, [0, 0, 5, 8][kind as usize], pick));
            wanted = check(&lab, wanted)?;
        }
        lab.advance(SimDuration::from_secs(3600)).unwrap();
        let running = service(&lab)["deployments"][1]["runningCount"].as_u64().unwrap_or_default();
        prop_assert!(running >= u64::from((3 * minimum).div_ceil(100)), "{running}: {:?}", deployments(&lab));
    }
}
