//! Pause hooks of deployments that shift traffic, and ContinueServiceDeployment (BG-03, BG-04).

use super::deck::*;
use super::load_balanced::obstacles;
use super::shifts::{Stage, blue_green, newest, stage};
use crate::lab::support::*;
use ecs_lab::ecs::service::Obstacle;
use serde_json::{Value, json};

fn hook(stages: &[&str], limit: Value) -> Value {
    let hook = json!({ "targetType": "PAUSE", "lifecycleStages": stages });
    if limit.is_null() { hook } else { over(hook, json!({ "timeoutConfiguration": limit })) }
}

/// A service that runs, and has hooks from the next deployment on.
fn with(config: Value, hooks: Value) -> Stage {
    let mut own = stage();
    own.serve(config);
    update(&mut own.lab, json!({ "deploymentConfiguration": { "lifecycleHooks": hooks } }));
    own
}

/// The status of each hook of the newest deployment, and the id of the first that awaits an action.
fn hooks(own: &Stage) -> (Vec<String>, Value) {
    let all = newest(&own.lab)["lifecycleHookDetails"].as_array().cloned().unwrap_or_default();
    let waits = all.iter().find(|own| own["status"] == "AWAITING_ACTION");
    let id = waits.map(|own| own["hookId"].clone()).unwrap_or_default();
    (all.iter().map(|own| own["status"].as_str().unwrap().to_string()).collect(), id)
}

fn go_on(own: &mut Stage, action: Value) {
    let mut input = json!({ "serviceDeploymentArn": newest(&own.lab)["serviceDeploymentArn"], "hookId": hooks(own).1 });
    if !action.is_null() {
        input["action"] = action;
    }
    let answer = ecs(&mut own.lab, "ContinueServiceDeployment", input.clone());
    assert_eq!(answer["serviceDeploymentArn"], input["serviceDeploymentArn"]);
}

/// What the production rule and the test rule give the next revision, at each stage where it may pause.
const STAGES: [(&str, [u64; 2]); 5] = [
    ("PRE_SCALE_UP", [0, 0]),
    ("POST_SCALE_UP", [0, 0]),
    ("POST_TEST_TRAFFIC_SHIFT", [0, 100]),
    ("PRE_PRODUCTION_TRAFFIC_SHIFT", [0, 100]),
    ("POST_PRODUCTION_TRAFFIC_SHIFT", [100, 100]),
];

#[test]
fn bg_03_bg_04_a_deployment_pauses_in_each_stage_until_somebody_lets_it_go_on() {
    let all: Vec<&str> = STAGES.iter().map(|own| own.0).collect();
    let mut own = with(blue_green(5), json!([hook(&all, Value::Null)]));
    own.update(2);
    for (stage, green) in STAGES {
        wait(&mut own.lab, "3h");
        assert_eq!(own.deployment(), ["IN_PROGRESS", stage, ""]);
        assert_eq!(own.weights().map(|[_, to]| to), green, "{stage}");
        let shown = newest(&own.lab)["lifecycleHookDetails"][0].clone();
        assert_eq!(
            (&shown["targetType"], &shown["status"], &shown["timeoutAction"]),
            (&json!("PAUSE"), &json!("AWAITING_ACTION"), &json!("ROLLBACK"))
        );
        assert!(shown["hookId"].as_str().unwrap().starts_with("ecs-pause-"));
        let blocked = obstacles(&own.lab);
        assert!(
            blocked.iter().any(|own| matches!(own, Obstacle::Paused { name, .. } if *name == stage)),
            "{blocked:?}"
        );
        go_on(&mut own, if stage == "POST_SCALE_UP" { json!("CONTINUE") } else { Value::Null });
    }
    assert_eq!((own.deployment()[1].as_str(), hooks(&own).0), ("BAKE_TIME", vec![]));
    wait(&mut own.lab, "6m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
}

#[test]
fn bg_04_a_pause_goes_back_when_somebody_says_so_or_when_it_times_out() {
    for (stage, _) in STAGES {
        for by in ["ROLLBACK", "time", "StopServiceDeployment"] {
            let limit = json!({ "timeoutInMinutes": 90 });
            let mut own = with(blue_green(5), json!([hook(&[stage], limit)]));
            own.update(2);
            wait(&mut own.lab, "1h");
            assert_eq!(own.deployment()[1], stage);
            match by {
                "ROLLBACK" => go_on(&mut own, json!("ROLLBACK")),
                "time" => wait(&mut own.lab, "31m"),
                _ => own.stop(),
            }
            wait(&mut own.lab, "5m");
            assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"], "{stage} {by}");
            assert_eq!(own.weights(), [[100, 0], [100, 0]]);
            let rollback = newest(&own.lab)["rollback"]["reason"].clone();
            let expected = match by {
                "StopServiceDeployment" => "Service deployment stopped by user.".to_string(),
                _ => format!("Service deployment rolled back because {stage} lifecycle hook(s) failed."),
            };
            assert_eq!(
                (own.deployment()[0].as_str(), rollback),
                ("ROLLBACK_SUCCESSFUL", json!(expected)),
                "{stage} {by}"
            );
        }
    }
}

#[test]
fn bg_04_a_pause_that_times_out_may_go_on_and_all_hooks_of_a_stage_must() {
    let limit = json!({ "timeoutInMinutes": 10, "action": "CONTINUE" });
    let own = json!([hook(&["POST_SCALE_UP"], limit), hook(&["POST_SCALE_UP"], Value::Null)]);
    let mut own = with(blue_green(5), own);
    own.update(2);
    wait(&mut own.lab, "5m");
    assert_eq!(hooks(&own).0, ["AWAITING_ACTION", "AWAITING_ACTION"]);
    wait(&mut own.lab, "6m");
    assert_eq!(
        (own.deployment()[1].as_str(), hooks(&own).0),
        ("POST_SCALE_UP", vec!["TIMED_OUT".into(), "AWAITING_ACTION".into()])
    );
    wait(&mut own.lab, "20h");
    go_on(&mut own, Value::Null);
    wait(&mut own.lab, "10m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
}

/// BG-03: of LINEAR and CANARY, before each step.
#[test]
fn bg_03_a_pause_before_each_step_of_the_traffic() {
    let config = json!({
        "strategy": "LINEAR", "bakeTimeInMinutes": 1,
        "linearConfiguration": { "stepPercent": 40.0, "stepBakeTimeInMinutes": 2 },
    });
    let mut own = with(config, json!([hook(&["PRE_PRODUCTION_TRAFFIC_SHIFT"], Value::Null)]));
    own.update(2);
    for (green, next) in [(0, 40), (40, 80), (80, 100)] {
        wait(&mut own.lab, "1h");
        assert_eq!(
            (own.weights()[0], own.deployment()[1].as_str()),
            ([100 - green, green], "PRE_PRODUCTION_TRAFFIC_SHIFT")
        );
        go_on(&mut own, Value::Null);
        assert_eq!(own.weights()[0], [100 - next, next]);
    }
    wait(&mut own.lab, "5m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
}

/// An update in the middle reconciles first, and may pause there.
#[test]
fn bg_03_a_pause_while_the_service_is_reconciled() {
    let mut own = with(blue_green(60), json!([hook(&["RECONCILE_SERVICE"], Value::Null)]));
    own.update(2);
    wait(&mut own.lab, "5m");
    assert_eq!(own.deployment()[1], "BAKE_TIME", "two revisions have nothing to reconcile");
    own.update(3);
    wait(&mut own.lab, "1h");
    assert_eq!((own.deployment()[1].as_str(), own.weights()[0]), ("RECONCILE_SERVICE", [100, 0]));
    assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/0/0 IN_PROGRESS", "ACTIVE api:1 2/2/0 COMPLETED"]);
    go_on(&mut own, Value::Null);
    wait(&mut own.lab, "90m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/2/0 COMPLETED"]);
}

#[test]
fn bg_03_bg_04_errors_of_hooks_and_of_continue_service_deployment() {
    let mut own = stage();
    own.serve(blue_green(5));
    let lambda = json!({ "hookTargetArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "roleArn": "r", "lifecycleStages": ["PRE_SCALE_UP"] });
    for (given, code, message) in [
        (lambda, "UnsupportedFeatureException", "ECS Lab does not simulate lifecycle hooks that call AWS Lambda."),
        (hook(&[], Value::Null), "InvalidParameterException", "lifecycleStages can not be blank."),
        (
            hook(&["PRE_SCALE_UP", "TEST_TRAFFIC_SHIFT"], Value::Null),
            "InvalidParameterException",
            "PAUSE hooks cannot be configured at TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT stages.",
        ),
    ] {
        let input =
            json!({ "cluster": "prod", "service": "web", "deploymentConfiguration": { "lifecycleHooks": [given] } });
        let error = try_ecs(&mut own.lab, "UpdateService", input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
    }
    update(
        &mut own.lab,
        json!({ "deploymentConfiguration": { "lifecycleHooks": [hook(&["PRE_SCALE_UP"], Value::Null)] } }),
    );
    own.update(2);
    let (arn, id) = (newest(&own.lab)["serviceDeploymentArn"].clone(), hooks(&own).1);
    let gone = ("ServiceDeploymentNotFoundException", "Service deployment not found.", true);
    let none = (
        "InvalidParameterException",
        "No pause hook of the service deployment with this hookId awaits an action.",
        true,
    );
    descending(
        &mut own.lab,
        "ContinueServiceDeployment",
        json!({ "serviceDeploymentArn": "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/none", "hookId": "none" }),
        &[(gone, json!({ "serviceDeploymentArn": arn })), (none, json!({ "hookId": id }))],
    );
    let again = json!({ "serviceDeploymentArn": arn, "hookId": id, "action": "ROLLBACK" });
    assert_eq!(try_ecs(&mut own.lab, "ContinueServiceDeployment", again).unwrap_err().message, none.1);
}
