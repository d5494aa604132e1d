//! What a service survives: the recovery matrix (6.13), draining (1.8), protection (6.12), scale-in (4.5).

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn network() -> Value {
    json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } })
}

fn register_fargate(lab: &mut Lab) {
    let input = json!({
        "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(lab, "RegisterTaskDefinition", input);
}

/// Row by row: what happens to a task of a service and to a standalone one.
#[test]
fn recovery_6_13_service_tasks_are_replaced_and_standalone_ones_are_not() {
    for row in ["exits", "host dies", "StopTask", "Spot", "retirement", "unhealthy", "draining"] {
        let fargate = matches!(row, "Spot" | "retirement");
        let mut lab = on(3);
        let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 5, "retries": 1 });
        register(&mut lab, "web", json!({ "healthCheck": check }));
        register_fargate(&mut lab);
        let place = match fargate {
            true => json!({ "taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": network() }),
            false => json!({}),
        };
        create(&mut lab, 1, place.clone());
        let name = if fargate { "far" } else { "web" };
        let alone = run(&mut lab, name, 1, place)["tasks"][0].clone();
        wait(&mut lab, "5m");
        assert_eq!(counts(&lab), [1, 1, 0], "{row}");
        let own = tasks(&mut lab, "RUNNING")[0].clone();
        for task in [&own, &describe(&lab, &alone)] {
            let (arn, host) = (task["taskArn"].clone(), task["containerInstanceArn"].clone());
            let id = || instances(&mut lab.fork()).into_iter().find(|own| own["containerInstanceArn"] == host);
            match row {
                "exits" => fault(&mut lab, json!({ "container": { "task": arn, "exitCode": 0 } })),
                "host dies" => {
                    let id = id().map(|own| own["ec2InstanceId"].clone()).unwrap_or_default();
                    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [id] }));
                }
                "StopTask" => _ = ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": arn })),
                "Spot" => fault(&mut lab, json!({ "spotReclaim": { "task": arn } })),
                "retirement" => fault(&mut lab, json!({ "retirement": { "task": arn } })),
                "unhealthy" => fault(&mut lab, json!({ "healthCheck": { "task": arn, "failing": true } })),
                _ => {
                    let input = json!({ "cluster": "prod", "containerInstances": [host], "status": "DRAINING" });
                    ecs(&mut lab, "UpdateContainerInstancesState", input);
                }
            }
        }
        wait(&mut lab, "5m");
        assert_eq!(counts(&lab), [1, 1, 0], "{row}: replaced");
        let now = tasks(&mut lab, "RUNNING");
        assert_ne!(now[0]["taskArn"], own["taskArn"], "{row}: by another");
        let stays = matches!(row, "unhealthy" | "draining");
        let status = describe(&lab, &alone)["lastStatus"].clone();
        assert_eq!(status == "RUNNING", stays, "{row}: standalone is {status}");
        let list = ecs(&mut lab, "ListTasks", json!({ "cluster": "prod" }));
        assert_eq!(list["taskArns"].as_array().unwrap().len(), 1 + usize::from(stays), "{row}");
        if row == "unhealthy" {
            let old = describe(&lab, &own);
            assert_eq!(old["stoppedReason"], "Task failed container health checks");
            assert_eq!(old["stopCode"], "ServiceSchedulerInitiated", "RL-08: after its substitute");
            let event =
                "(service web) has started 1 tasks: (task T). Amazon ECS replaced 1 tasks due to an unhealthy status.";
            assert!(said(&lab).iter().any(|own| own == event), "{:#?}", said(&lab));
        }
    }
}

/// The worked drain of 1.8: desired 4, two on the draining host, room for 4 on the other.
#[test]
fn dr_03_dr_07_the_worked_drain_of_a_service() {
    for (minimum, maximum, at_once, ends) in [(50, 200, 6, true), (50, 100, 2, true), (100, 110, 4, false)] {
        let mut lab = on(2);
        let config = json!({ "minimumHealthyPercent": minimum, "maximumPercent": maximum });
        create(&mut lab, 4, json!({ "deploymentConfiguration": config }));
        wait(&mut lab, "2m");
        let host = instances(&mut lab)[0]["containerInstanceArn"].clone();
        let input = json!({ "cluster": "prod", "containerInstances": [host], "status": "DRAINING" });
        ecs(&mut lab, "UpdateContainerInstancesState", input);
        assert_eq!(tasks(&mut lab, "RUNNING").len(), at_once, "{minimum}/{maximum}");
        for _ in 0..60 {
            wait(&mut lab, "2s");
            assert!(counts(&lab)[1] >= 4 * minimum / 100, "{minimum}/{maximum}");
        }
        let left = tasks(&mut lab, "RUNNING").iter().filter(|task| task["containerInstanceArn"] == host).count();
        assert_eq!((left, counts(&lab)[1]), (if ends { 0 } else { 2 }, 4), "{minimum}/{maximum}");
        let deadlock = said(&lab).iter().any(|own| own.contains("unable to stop or start tasks during a deployment"));
        assert_eq!(deadlock, !ends, "DR-06");
    }
}

fn protect(lab: &mut Lab, task: &Value, extra: Value) -> Value {
    let input = json!({ "cluster": "prod", "tasks": [task["taskArn"]], "protectionEnabled": true });
    ecs(lab, "UpdateTaskProtection", over(input, extra))
}

#[test]
fn si_04_protection_6_12_holds_against_scale_in_and_deployments_until_it_is_over() {
    let mut lab = on(2);
    create(&mut lab, 3, json!({}));
    wait(&mut lab, "2m");
    let all = tasks(&mut lab, "RUNNING");
    for task in &all[..2] {
        let answer = protect(&mut lab, task, json!({ "expiresInMinutes": 10 }));
        assert_eq!(answer["protectedTasks"][0]["protectionEnabled"], true);
    }
    let got = ecs(&mut lab, "GetTaskProtection", json!({ "cluster": "prod", "tasks": [all[0]["taskArn"]] }));
    let expires = got["protectedTasks"][0]["expirationDate"].as_f64().unwrap();
    assert_eq!(expires, lab.now().as_epoch_seconds() + 600.0);
    update(&mut lab, json!({ "desiredCount": 1 }));
    wait(&mut lab, "1m");
    assert_eq!(counts(&lab), [1, 2, 0], "the third one went");
    let event = "(service web) was unable to reach steady state because (taskSet D) was unable to scale in due to (reason 2 tasks under protection)";
    assert!(said(&lab).iter().any(|own| own == event), "{:#?}", said(&lab));
    register(&mut lab, "web", json!({}));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab)[1], "ACTIVE web:1 1/2/0 COMPLETED", "a deployment leaves them alone");
    wait(&mut lab, "10m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 1/1/0 COMPLETED"], "the protection is over");
}

#[test]
fn protection_6_12_is_asked_of_tasks_of_services_alone() {
    let mut lab = on(2);
    create(&mut lab, 1, json!({}));
    let alone = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    let reason = |answer: Value| answer["failures"][0]["reason"].clone();
    assert_eq!(reason(protect(&mut lab, &alone, json!({}))), "TASK_NOT_VALID");
    assert_eq!(reason(protect(&mut lab, &json!({ "taskArn": "0".repeat(32) }), json!({}))), "MISSING");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    let both = tasks(&mut lab, "RUNNING");
    assert_eq!(both.len(), 2);
    assert!(protect(&mut lab, &both[0], json!({}))["failures"].as_array().unwrap().is_empty());
    assert_eq!(reason(protect(&mut lab, &both[1], json!({}))), "DEPLOYMENT_BLOCKED", "two of one desired");
    let off = json!({ "cluster": "prod", "tasks": [both[0]["taskArn"]], "protectionEnabled": false });
    assert_eq!(ecs(&mut lab, "UpdateTaskProtection", off)["protectedTasks"][0]["protectionEnabled"], false);
    assert!(protect(&mut lab, &both[1], json!({}))["failures"].as_array().unwrap().is_empty());
}

/// X1, X2 of 4.5: the zone with the most, then the instance with the most; pending tasks first (SI-03).
#[test]
fn si_01_si_03_scale_in_keeps_the_spread() {
    let mut lab = on(4);
    create(&mut lab, 8, json!({ "availabilityZoneRebalancing": "DISABLED" }));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "desiredCount": 4 }));
    wait(&mut lab, "1m");
    let hosts: std::collections::BTreeSet<String> =
        tasks(&mut lab, "RUNNING").iter().map(|task| task["containerInstanceArn"].to_string()).collect();
    assert_eq!(hosts.len(), 4, "one is left on each host");
    update(&mut lab, json!({ "desiredCount": 6 }));
    update(&mut lab, json!({ "desiredCount": 5 }));
    assert_eq!(counts(&lab), [5, 4, 1]);
    assert_eq!(said(&lab).last().unwrap(), "(service web) stopped 1 pending tasks.");
}

#[test]
fn rb_03_rb_05_a_zone_that_comes_back_gets_its_share() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    launch(&mut lab, "m5.xlarge", ZONE_A, 1, "");
    launch(&mut lab, "m5.xlarge", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    create(&mut lab, 6, json!({}));
    wait(&mut lab, "2m");
    let before = said(&lab).len();
    launch(&mut lab, "m5.xlarge", "us-east-1c", 1, "");
    wait(&mut lab, "10m");
    let zones = |lab: &mut Lab| {
        let all = tasks(lab, "RUNNING");
        ["a", "b", "c"]
            .map(|zone| all.iter().filter(|task| task["availabilityZone"].as_str().unwrap().ends_with(zone)).count())
    };
    assert_eq!(zones(&mut lab), [2, 2, 2]);
    let texts: Vec<String> = said(&lab)[before..].iter().filter(|own| !own.contains("steady")).cloned().collect();
    assert_eq!(
        texts,
        [
            "(service web) is not AZ balanced with 3 tasks in us-east-1a, 3 tasks in us-east-1b, and 0 tasks in us-east-1c. AZ Rebalancing in progress.",
            "web has started 1 tasks in us-east-1c to AZ Rebalance: T.",
            "web has stopped 1 running tasks in us-east-1a due to AZ rebalancing: T.",
            "web has started 1 tasks in us-east-1c to AZ Rebalance: T.",
            "web has stopped 1 running tasks in us-east-1b due to AZ rebalancing: T.",
            "(service web) is AZ balanced with 2 tasks in us-east-1a, 2 tasks in us-east-1b, and 2 tasks in us-east-1c.",
        ]
    );
    let old = tasks(&mut lab, "STOPPED");
    assert_eq!(old.len(), 2);
    assert_eq!(
        plain(old[0]["stoppedReason"].as_str().unwrap()),
        "Availability-zone rebalancing initiated by (deployment D)"
    );
    assert_eq!(deployments(&lab), ["PRIMARY web:1 6/6/0 COMPLETED"]);
}

/// CP-05: base 2 on FARGATE, weights 1 to 4, desired 12. CP-07: another strategy binds what starts from then on.
#[test]
fn cp_05_cp_07_capacity_provider_strategies_of_services() {
    let mut lab = on(0);
    register_fargate(&mut lab);
    let providers = json!({
        "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    });
    ecs(&mut lab, "PutClusterCapacityProviders", providers);
    let strategy = json!([
        { "capacityProvider": "FARGATE", "base": 2, "weight": 1 }, { "capacityProvider": "FARGATE_SPOT", "weight": 4 },
    ]);
    let made = create(
        &mut lab,
        12,
        json!({ "taskDefinition": "far", "capacityProviderStrategy": strategy, "networkConfiguration": network() }),
    );
    assert!(made.get("launchType").is_none());
    let split = |lab: &mut Lab| {
        let of = |tasks: &[Value], name: &str| tasks.iter().filter(|task| task["capacityProviderName"] == name).count();
        let all = tasks(lab, "RUNNING");
        (of(&all, "FARGATE"), of(&all, "FARGATE_SPOT"))
    };
    assert_eq!(split(&mut lab), (4, 8));
    wait(&mut lab, "5m");
    let spot = json!([{ "capacityProvider": "FARGATE_SPOT", "weight": 1 }]);
    update(&mut lab, json!({ "capacityProviderStrategy": spot, "desiredCount": 14 }));
    assert_eq!(split(&mut lab), (4, 10));
    assert_eq!(deployments(&lab).len(), 1, "no deployment");
    // 2.3: an empty strategy leads back to the launch type, also where the cluster has a default strategy.
    let input = json!({ "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [{ "capacityProvider": "FARGATE" }] });
    ecs(&mut lab, "PutClusterCapacityProviders", input);
    let after = update(&mut lab, json!({ "capacityProviderStrategy": [] }));
    assert_eq!((&after["launchType"], after.get("capacityProviderStrategy")), (&json!("FARGATE"), None), "{after}");
}
