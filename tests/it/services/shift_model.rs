//! A service that deploys by BLUE_GREEN or CANARY, with pauses or without, under random commands: each revision keeps within its bounds and in its
//! own target group, and after quiet all of the production traffic goes to the revision that runs.

use super::deck::*;
use super::shifts::{Stage, stage};
use crate::lab::support::*;
use ecs_lab::ecs::TaskStatus;
use ecs_lab::ecs::service::why;
use ecs_lab::elb::TargetState;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn start(canary: bool, pauses: bool) -> Stage {
    let mut own = stage();
    register(
        &mut own.lab,
        "api",
        json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] }),
    );
    let strategy = if canary {
        json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": 20.0, "canaryBakeTimeInMinutes": 2 } })
    } else {
        json!({ "strategy": "BLUE_GREEN" })
    };
    let breaker = json!({ "enable": true, "rollback": true });
    let stages =
        ["RECONCILE_SERVICE", "POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"];
    let limits = [("CONTINUE", 10), ("ROLLBACK", 30)].map(|(action, minutes)| {
        let limit = json!({ "timeoutInMinutes": minutes, "action": action });
        json!({ "targetType": "PAUSE", "lifecycleStages": stages, "timeoutConfiguration": limit })
    });
    let strategy = if pauses { over(strategy, json!({ "lifecycleHooks": limits })) } else { strategy };
    let config = over(strategy, json!({ "bakeTimeInMinutes": 3, "deploymentCircuitBreaker": breaker }));
    let extra =
        json!({ "taskDefinition": "api:1", "loadBalancers": own.balancers(), "deploymentConfiguration": config });
    create(&mut own.lab, 2, extra);
    own
}

fn command(lab: &Lab, kind: u8, pick: usize) -> Command {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let tasks: Vec<String> = ecs.tasks(cluster).map(|task| task.key.id.to_string()).collect();
    let task = tasks.get(pick % tasks.len().max(1)).cloned().unwrap_or_default();
    let update =
        |input: Value| Command::ecs("UpdateService", over(json!({ "cluster": "prod", "service": "web" }), input));
    match kind {
        0..=2 => Command::Advance(SimDuration::from_millis([300, 2000, 20_000, 65_000, 300_000][pick % 5])),
        3 => update(json!({ "desiredCount": pick % 4 })),
        4 => update(json!({ "taskDefinition": format!("api:{}", pick % 4 + 1) })),
        5 => update(json!({ "forceNewDeployment": true })),
        6 => Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })),
        7 => {
            let service = ecs.service(cluster, "web").unwrap();
            let id = service.history.last().map(|own| own.id.to_string()).unwrap_or_default();
            let arn = format!("arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/{id}");
            Command::ecs("StopServiceDeployment", json!({ "serviceDeploymentArn": arn }))
        }
        8 => Command::Api(ApiCall::new("lab", "Fault", json!({ "container": { "task": task, "exitCode": 1 } }))),
        _ => {
            let service = ecs.service(cluster, "web").unwrap();
            let mut hooks = service.shift.iter().flat_map(|own| own.hooks.iter().flatten());
            let hook = hooks.rfind(|own| own.status == "AWAITING_ACTION");
            let id = service.history.last().map(|own| own.id.to_string()).unwrap_or_default();
            let input = json!({
                "serviceDeploymentArn": format!("arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/{id}"),
                "hookId": hook.map(|own| own.id.clone()).unwrap_or_default(),
                "action": if pick.is_multiple_of(3) { "ROLLBACK" } else { "CONTINUE" },
            });
            Command::ecs("ContinueServiceDeployment", input)
        }
    }
}

/// Whether each task is registered exactly while it may take traffic.
pub fn targets_follow(world: &ecs_lab::lab::World, alive: &[&ecs_lab::ecs::Task]) -> Result<(), TestCaseError> {
    for group in world.elb().target_groups() {
        let open = |own: &&ecs_lab::elb::Target| own.state != TargetState::Draining;
        let targets: BTreeSet<_> = world.elb().targets(group.id).filter(open).map(|own| own.task.unwrap().id).collect();
        let here = |task: &&&ecs_lab::ecs::Task| {
            task.wanted() && task.status == TaskStatus::Running && task.request.traffic[0].group == group.id
        };
        let tasks: BTreeSet<_> = alive.iter().filter(here).map(|task| task.key.id).collect();
        prop_assert_eq!(targets, tasks, "registered exactly while it may take traffic");
    }
    Ok(())
}

fn check(own: &Stage) -> Result<(), TestCaseError> {
    let world = own.lab.world();
    let ecs = world.ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let service = ecs.service(cluster, "web").unwrap();
    let of = |task: &&ecs_lab::ecs::Task| task.request.owner.is_some_and(|owner| owner.service == service.key);
    let alive: Vec<_> = ecs.tasks(cluster).filter(of).filter(|task| task.status != TaskStatus::Stopped).collect();
    targets_follow(world, &alive)?;
    let upper = service.bounds().upper.max(4 * 2);
    for deployment in &service.deployments {
        let own = |task: &&&ecs_lab::ecs::Task| {
            task.wanted() && task.request.owner.is_some_and(|own| own.revision == deployment.revision.number)
        };
        let count = alive.iter().filter(own).count() as u32;
        prop_assert!(count <= upper, "{count} of at most {upper}");
    }
    for [blue, green] in own.weights() {
        prop_assert_eq!(blue + green, 100);
    }
    prop_assert!(own.lab.next_deadline().is_none_or(|next| next.at > own.lab.now()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bg_03_bg_06_the_traffic_ends_where_the_tasks_are(
        canary: bool,
        pauses: bool,
        steps in vec((0u8..11, 0usize..30), 1..25),
    ) {
        let mut own = start(canary, pauses);
        for (kind, pick) in &steps {
            let _ = own.lab.apply(command(&own.lab, *kind, *pick));
            check(&own)?;
        }
        own.lab.advance(SimDuration::from_secs(5 * 3600)).unwrap();
        check(&own)?;
        let [desired, running, _] = counts(&own.lab);
        let ecs = own.lab.world().ecs();
        let service = ecs.service(ecs.cluster("prod").unwrap().id, "web").unwrap();
        let why = why(ecs, own.lab.world().elb(), service.key, own.lab.now());
        prop_assert!(running == desired || why.iter().any(|own| own.blocks()), "{running} of {desired}: {why:?}");
        if why.is_empty() {
            prop_assert_eq!(service.deployments.len(), 1);
            prop_assert!(service.shift.is_none());
            let here = *service.deployments[0].revision.traffic[0].arn == *own.blue;
            prop_assert_eq!(own.weights()[0], if here { [100, 0] } else { [0, 100] });
        }
        let mut again = start(canary, pauses);
        let known = again.lab.revision();
        for (command, _) in own.lab.past().skip(known as usize) {
            again.lab.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.lab.digest(), own.lab.digest());
    }
}
