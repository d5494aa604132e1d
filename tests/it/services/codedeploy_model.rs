//! CodeDeploy under random commands against a model that knows only which deployments succeeded: the newest of them
//! serves, in one task set that has all of the traffic.

use super::codedeploy::{ready, sets, spec, weights};
use super::deck::*;
use super::shift_model::targets_follow;
use super::shifts::Stage;
use ecs_lab::ecs::TaskStatus;
use ecs_lab::lab::{ApiCall, Command};
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn start(canary: bool) -> Stage {
    let name = if canary { "ECSCanary10Percent5Minutes" } else { "ECSLinear10PercentEvery1Minutes" };
    let waits = json!({
        "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE", "terminationWaitTimeInMinutes": 5 },
        "deploymentReadyOption": { "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 3 },
    });
    let ready_at_once = json!({ "deploymentConfigName": format!("CodeDeployDefault.{name}") });
    ready(if canary {
        over(ready_at_once, json!({ "blueGreenDeploymentConfiguration": waits }))
    } else {
        ready_at_once
    })
}

/// All deployments, the oldest first.
fn all(own: &Stage) -> Vec<Value> {
    let read = |operation: &str, input: Value| own.lab.read(&ApiCall::new("codedeploy", operation, input)).unwrap();
    let ids = read("ListDeployments", json!({ "applicationName": "app", "deploymentGroupName": "dgp" }));
    let ids = ids["deployments"].as_array().unwrap().iter().rev();
    ids.map(|id| read("GetDeployment", json!({ "deploymentId": id }))["deploymentInfo"].clone()).collect()
}

fn is_active(own: &Value) -> bool {
    !matches!(own["status"].as_str().unwrap(), "Succeeded" | "Failed" | "Stopped")
}

fn command(own: &Stage, kind: u8, pick: usize) -> Command {
    let world = own.lab.world();
    let last = all(own).pop().map(|own| own["deploymentId"].clone()).unwrap_or(json!("d-000000000"));
    let cluster = world.ecs().cluster("prod").unwrap().id;
    let tasks: Vec<String> = world.ecs().tasks(cluster).map(|task| task.key.id.to_string()).collect();
    let task = tasks.get(pick % tasks.len().max(1)).cloned().unwrap_or_default();
    let call = |operation: &str, input: Value| Command::Api(ApiCall::new("codedeploy", operation, input));
    match kind {
        0..=2 => Command::Advance(SimDuration::from_millis([300, 2000, 20_000, 65_000, 300_000][pick % 5])),
        3 | 4 => {
            let of = json!({ "applicationName": "app", "deploymentGroupName": "dgp" });
            call("CreateDeployment", over(of, json!({ "revision": spec(&format!("api:{}", pick % 3 + 1)) })))
        }
        5 => call("StopDeployment", json!({ "deploymentId": last, "autoRollbackEnabled": true })),
        6 => {
            let wait = ["READY_WAIT", "TERMINATION_WAIT"][pick % 2];
            call("ContinueDeployment", json!({ "deploymentId": last, "deploymentWaitType": wait }))
        }
        7 => {
            let input = json!({ "cluster": "prod", "service": "web", "desiredCount": pick % 3 + 1 });
            Command::ecs("UpdateService", input)
        }
        _ => Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })),
    }
}

/// The definition that serves: that of the newest deployment that succeeded and was none that went back.
fn served(own: &Stage) -> String {
    let done = |own: &&Value| own["status"] == "Succeeded" && own["creator"] != "codeDeployRollback";
    all(own).iter().rev().find(done).map_or("api:1".to_string(), |own| {
        let digest = own["revision"]["appSpecContent"]["sha256"].as_str().unwrap();
        let mut names = (1..=3).map(|revision| format!("api:{revision}"));
        names.find(|name| sha256(spec(name)["appSpecContent"]["content"].as_str().unwrap()) == digest).unwrap()
    })
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(own: &Stage) -> Result<(), TestCaseError> {
    let world = own.lab.world();
    let cluster = world.ecs().cluster("prod").unwrap().id;
    let service = world.ecs().service(cluster, "web").unwrap();
    let alive: Vec<_> = world.ecs().tasks(cluster).filter(|task| task.status != TaskStatus::Stopped).collect();
    targets_follow(world, &alive)?;
    let leads = service.deployments.iter().filter(|own| own.task_set().is_some_and(|set| set.primary)).count();
    prop_assert_eq!((leads, service.deployments.len() <= 3), (1, true), "{:?}", sets(own));
    prop_assert!(all(own).iter().filter(|own| is_active(own)).count() <= 1);
    let [blue, green] = weights(own);
    prop_assert!(blue + green == 100 || blue + green == 1, "{blue} {green}");
    prop_assert!(own.lab.next_deadline().is_none_or(|next| next.at > own.lab.now()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cdp_01_cdp_02_the_newest_success_serves_with_all_of_the_traffic(
        canary: bool,
        steps in vec((0u8..9, 0usize..30), 1..30),
    ) {
        let mut own = start(canary);
        for (kind, pick) in &steps {
            let _ = own.lab.apply(command(&own, *kind, *pick));
            check(&own)?;
        }
        own.lab.advance(SimDuration::from_secs(3 * 3600)).unwrap();
        check(&own)?;
        let desired = counts(&own.lab)[0];
        prop_assert_eq!(sets(&own), [format!("PRIMARY {} {desired}", served(&own))]);
        let world = own.lab.world();
        prop_assert!(!all(&own).iter().any(is_active));
        let service = world.ecs().service(world.ecs().cluster("prod").unwrap().id, "web").unwrap();
        let in_blue = *service.deployments[0].revision.traffic[0].arn == *own.blue;
        let [blue, green] = weights(&own);
        prop_assert_eq!(if in_blue { green } else { blue }, 0);
        let mut again = start(canary);
        let known = again.lab.revision();
        for (command, _) in own.lab.past().skip(known as usize) {
            again.lab.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.lab.digest(), own.lab.digest());
    }
}
