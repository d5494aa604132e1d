//! What still works while a deployment is stuck: the old revision is kept up, capacity that returns is used.

use super::deck::*;
use super::shifts::{blue_green, stage};
use crate::lab::elb::SUBNETS;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn percents(minimum: u32, maximum: u32) -> Value {
    json!({ "deploymentConfiguration": { "minimumHealthyPercent": minimum, "maximumPercent": maximum } })
}

/// A steady service of revision 1 that goes to a revision 2 whose image is missing.
fn stuck(desired: u32, minimum: u32, maximum: u32) -> Lab {
    let mut lab = on(4);
    create(&mut lab, desired, percents(minimum, maximum));
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "image": "no-such-image-anywhere" }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    lab
}

/// Takes a running task of revision 1 away, by hand or by its own exit.
fn lose(lab: &mut Lab, exits: bool) {
    let old =
        |task: &&Value| task["taskDefinitionArn"].as_str().unwrap().ends_with(":1") && task["lastStatus"] == "RUNNING";
    let all = tasks(lab, "RUNNING");
    let arn = all.iter().find(old).expect("an old task")["taskArn"].clone();
    match exits {
        true => fault(lab, json!({ "container": { "task": arn, "exitCode": 1 } })),
        false => _ = ecs(lab, "StopTask", json!({ "cluster": "prod", "task": arn })),
    }
}

#[test]
fn rl_07_rl_02_cb_10_sv_01_a_stuck_rollout_keeps_the_old_revision_up() {
    for (percents, lost, after, exits) in [
        ((100, 200), 1, "1s", false),
        ((100, 200), 2, "1s", false),
        ((100, 200), 2, "20m", false),
        ((100, 200), 2, "20m", true),
        ((100, 150), 2, "20m", true),
        ((0, 200), 2, "20m", true),
    ] {
        let mut lab = stuck(2, percents.0, percents.1);
        wait(&mut lab, after);
        for _ in 0..lost {
            lose(&mut lab, exits);
            wait(&mut lab, "1s");
        }
        wait(&mut lab, "1m");
        let label = format!("{percents:?} {lost} {after} {exits}");
        assert_eq!(deployments(&lab)[1..], ["ACTIVE web:1 2/2/0 COMPLETED"], "{label}");
        wait(&mut lab, "2h");
        assert_eq!(deployments(&lab)[1..], ["ACTIVE web:1 2/2/0 COMPLETED"], "{label}");
        assert!(!said(&lab).iter().any(|text| text.contains("pending tasks")), "{label}: {:#?}", said(&lab));
    }
}

/// Tasks that run for a while and end are not put off (TH-02): between two of them the old revision gets back what the
/// lower bound lacks, however tight the bounds.
#[test]
fn rl_02_rl_07_th_02_a_crash_loop_leaves_the_lower_bound_to_the_old_revision() {
    for (desired, minimum, maximum, lower) in [(4, 50, 100, 2), (2, 50, 100, 1), (3, 50, 100, 2), (4, 100, 150, 4)] {
        let mut lab = on(4);
        create(&mut lab, desired, percents(minimum, maximum));
        wait(&mut lab, "2m");
        register(&mut lab, "web", json!({ "image": "busybox", "command": ["sh", "-c", "sleep 7; exit 1"] }));
        update(&mut lab, json!({ "taskDefinition": "web" }));
        wait(&mut lab, "2m");
        let old = |lab: &Lab| service(lab)["deployments"][1]["runningCount"].as_u64().unwrap();
        for exits in [false, true, true, false] {
            lose(&mut lab, exits);
            wait(&mut lab, "1m");
            assert!(old(&lab) >= lower, "{desired} {minimum}/{maximum}: {:?}", deployments(&lab));
        }
    }
}

/// The replacement of an old task goes once the new ones carry the service.
#[test]
fn rl_07_an_old_replacement_on_its_way_goes_when_the_new_tasks_run() {
    let mut lab = on(4);
    register(&mut lab, "web", json!({}));
    create(&mut lab, 2, over(percents(100, 200), json!({ "taskDefinition": "web:1" })));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "taskDefinition": "web:2" }));
    wait(&mut lab, "1s");
    lose(&mut lab, false);
    for _ in 0..120 {
        wait(&mut lab, "1s");
        assert!(counts(&lab)[1] >= 1);
    }
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 2/2/0 COMPLETED"]);
}

#[test]
fn rl_10_a_superseded_revision_starts_nothing_more() {
    let mut lab = on(4);
    for _ in 0..2 {
        register(&mut lab, "web", json!({}));
    }
    create(&mut lab, 4, over(percents(50, 100), json!({ "taskDefinition": "web:1" })));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "taskDefinition": "web:2" }));
    wait(&mut lab, "8s");
    let of = |lab: &mut Lab, status: &str| {
        let all = tasks(lab, status);
        all.iter().filter(|task| task["taskDefinitionArn"].as_str().unwrap().ends_with(":2")).count()
    };
    let before = of(&mut lab, "RUNNING") + of(&mut lab, "STOPPED");
    assert_eq!(before, 2);
    update(&mut lab, json!({ "taskDefinition": "web:3" }));
    for _ in 0..240 {
        wait(&mut lab, "1s");
        assert!(counts(&lab)[1] >= 2, "RL-02");
    }
    assert_eq!(of(&mut lab, "RUNNING") + of(&mut lab, "STOPPED"), before);
    assert_eq!(deployments(&lab), ["PRIMARY web:3 4/4/0 COMPLETED"]);
}

/// The throttle of the green revision holds nothing of the blue one back.
#[test]
fn bg_03_th_01_crashed_production_tasks_do_not_wait_for_green() {
    let mut own = stage();
    own.serve(blue_green(5));
    let broken = json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] });
    register(&mut own.lab, "api", broken);
    own.update(4);
    wait(&mut own.lab, "2h");
    for _ in 0..2 {
        lose(&mut own.lab, true);
    }
    wait(&mut own.lab, "20s");
    assert_eq!(deployments(&own.lab)[1], "ACTIVE api:1 2/2/0 COMPLETED");
    update(&mut own.lab, json!({ "desiredCount": 3 }));
    wait(&mut own.lab, "20s");
    assert_eq!(deployments(&own.lab)[1], "ACTIVE api:1 3/3/0 COMPLETED");
}

fn role(service: &str) -> Value {
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" });
    json!(json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
}

fn iam(lab: &mut Lab, operation: &str, input: Value) {
    lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
}

/// CB-08: what cannot be launched for want of its role counts, with the breaker and without.
#[test]
fn cb_04_cb_08_tasks_that_cannot_be_launched_count() {
    for breaks in [true, false] {
        let mut lab = on(3);
        let breaker = json!({ "deploymentCircuitBreaker": { "enable": breaks, "rollback": true } });
        create(&mut lab, 2, json!({ "deploymentConfiguration": breaker }));
        wait(&mut lab, "2m");
        let document = role("ec2.amazonaws.com");
        iam(&mut lab, "CreateRole", json!({ "RoleName": "app", "AssumeRolePolicyDocument": document }));
        let container = json!([{ "name": "app", "image": "nginx", "memory": 64 }]);
        let arn = "arn:aws:iam::123456789012:role/app";
        let input = json!({ "family": "web", "taskRoleArn": arn, "containerDefinitions": container });
        ecs(&mut lab, "RegisterTaskDefinition", input);
        update(&mut lab, json!({ "taskDefinition": "web:2" }));
        wait(&mut lab, "20m");
        if breaks {
            assert_eq!(deployments(&lab), ["PRIMARY web:1 2/2/0 COMPLETED"]);
            let texts = said(&lab);
            assert!(texts.iter().any(|own| own.ends_with("deployment failed: tasks failed to start.")), "{texts:#?}");
            continue;
        }
        assert!(service(&lab)["deployments"][0]["failedTasks"].as_u64().unwrap() > 3);
        assert_eq!(deployments(&lab)[1], "ACTIVE web:1 2/2/0 COMPLETED");
        let texts = said(&lab);
        assert_eq!(texts.iter().filter(|own| own.contains("failed to launch a task")).count(), 1, "{texts:#?}");
        let document = role("ecs-tasks.amazonaws.com");
        iam(&mut lab, "UpdateAssumeRolePolicy", json!({ "RoleName": "app", "PolicyDocument": document }));
        wait(&mut lab, "2m");
        assert_eq!(deployments(&lab), ["PRIMARY web:2 2/2/0 COMPLETED"], "at once when the role is mended");
    }
}

/// A service on Fargate, on its own provider or on Spot.
fn on_fargate(desired: u32, provider: &str) -> Lab {
    let mut lab = on(0);
    let input = json!({
        "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let input = json!({
        "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    });
    ecs(&mut lab, "PutClusterCapacityProviders", input);
    let extra = json!({
        "taskDefinition": "far", "capacityProviderStrategy": [{ "capacityProvider": provider, "weight": 1 }],
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": SUBNETS[..2], "assignPublicIp": "ENABLED" } },
    });
    create(&mut lab, desired, extra);
    lab
}

fn spot(lab: &mut Lab, available: bool) {
    for zone in [ZONE_A, ZONE_B] {
        fault(lab, json!({ "fargateCapacity": { "zone": zone, "available": available, "spot": true } }));
    }
}

#[test]
fn spot_8_3_a_service_retries_when_spot_capacity_returns() {
    let mut lab = on_fargate(2, "FARGATE_SPOT");
    wait(&mut lab, "3m");
    assert_eq!(counts(&lab), [2, 2, 0]);
    spot(&mut lab, false);
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    fault(&mut lab, json!({ "spotReclaim": { "task": task["taskArn"] } }));
    update(&mut lab, json!({ "desiredCount": 3 }));
    wait(&mut lab, "10m");
    assert_eq!(counts(&lab), [3, 1, 0]);
    spot(&mut lab, true);
    wait(&mut lab, "5m");
    assert_eq!(counts(&lab), [3, 3, 0]);
}

/// The worked example under RB-07, on Fargate.
#[test]
fn rb_03_fargate_tasks_are_even_again_when_a_zone_returns() {
    for (kind, provider) in [("zone", "FARGATE"), ("fargateCapacity", "FARGATE"), ("fargateCapacity", "FARGATE_SPOT")] {
        let mut lab = on_fargate(4, provider);
        wait(&mut lab, "5m");
        let zones = |lab: &mut Lab| {
            let all = tasks(lab, "RUNNING");
            [ZONE_A, ZONE_B].map(|zone| all.iter().filter(|task| task["availabilityZone"] == zone).count())
        };
        assert_eq!(zones(&mut lab), [2, 2]);
        let spot = provider == "FARGATE_SPOT";
        let set = |lab: &mut Lab, available: bool| {
            let mut input = json!({ "zone": ZONE_A, "available": available });
            if spot {
                input["spot"] = json!(true);
            }
            fault(lab, json!({ kind: input }));
        };
        set(&mut lab, false);
        if kind == "fargateCapacity" {
            for task in tasks(&mut lab, "RUNNING").iter().filter(|task| task["availabilityZone"] == ZONE_A) {
                ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
            }
        }
        wait(&mut lab, "1h");
        assert_eq!(zones(&mut lab), [0, 4], "{kind} {provider}");
        assert!(!said(&lab).iter().any(|text| text.contains("AZ balanced")), "{kind} {provider}: nowhere to go");
        set(&mut lab, true);
        wait(&mut lab, "10m");
        assert_eq!(zones(&mut lab), [2, 2], "{kind} {provider}");
    }
}
