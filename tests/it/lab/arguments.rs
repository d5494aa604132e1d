//! Arguments of the calls that were there first, held to the API's own description.

use super::strict::world;
use super::support::*;
use serde_json::{Value, json};

/// What each refuses, one at a time: operation, the member at fault, the message. The wording is the lab's.
#[test]
fn pl_50_pl_52_at_05_arguments_that_are_refused() {
    let mut world = world();
    let invalid = "InvalidParameterException";
    let web = |extra: Value| {
        let mut input = json!({ "taskDefinition": "web" });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    let instance = world.instance.clone();
    for (operation, input, member, code, message) in [
        (
            "RunTask",
            web(json!({ "clientToken": "a b" })),
            "clientToken",
            invalid,
            "clientToken can have the characters from 33 to 126.",
        ),
        (
            "RunTask",
            web(json!({ "clientToken": "\u{e9}" })),
            "clientToken",
            invalid,
            "clientToken can have the characters from 33 to 126.",
        ),
        (
            "RunTask",
            web(json!({ "clientToken": "x".repeat(65) })),
            "clientToken",
            invalid,
            "clientToken can be at most 64 characters.",
        ),
        (
            "RunTask",
            web(json!({ "startedBy": "x".repeat(129) })),
            "startedBy",
            invalid,
            "startedBy can be at most 128 characters.",
        ),
        (
            "StartTask",
            web(json!({ "startedBy": "x".repeat(37), "containerInstances": [instance] })),
            "startedBy",
            invalid,
            "startedBy can be at most 36 characters.",
        ),
        (
            "RunTask",
            web(json!({ "referenceId": "x".repeat(1025) })),
            "referenceId",
            invalid,
            "referenceId can be at most 1024 characters.",
        ),
        (
            "ListAttributes",
            json!({ "targetType": "container-instance", "attributeValue": "x" }),
            "attributeValue",
            invalid,
            "You must specify an attribute name to filter by value.",
        ),
        (
            "ListTasks",
            json!({ "daemonName": "x" }),
            "daemonName",
            "UnsupportedFeatureException",
            "ECS Lab does not simulate daemons.",
        ),
    ] {
        let mut input = input;
        input["cluster"] = json!("prod");
        let error = try_ecs(&mut world.lab, operation, input).expect_err(message);
        assert_eq!(
            (error.code.as_ref(), error.message.as_str(), error.path.as_str(), error.ours),
            (code, message, member, true),
            "{operation}"
        );
    }
}

/// 8.6, 0.4: ECS Exec on Fargate needs a task role, the definition's or an override's; an instance lends its own.
#[test]
fn exec_8_6_needs_a_task_role_on_fargate() {
    let mut world = world();
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    let role = task_role(&mut world.lab, "task");
    let container = json!([{ "name": "app", "image": "nginx" }]);
    let with_role = json!({
        "family": "roled", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "taskRoleArn": role, "containerDefinitions": container,
    });
    ecs(&mut world.lab, "RegisterTaskDefinition", with_role);
    let far = |extra: Value| {
        let mut input =
            json!({ "launchType": "FARGATE", "networkConfiguration": network, "enableExecuteCommand": true });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    for (family, extra, taken) in [
        ("far", far(json!({})), false),
        ("far", far(json!({ "overrides": { "taskRoleArn": "" } })), false),
        ("far", far(json!({ "overrides": { "taskRoleArn": role } })), true),
        ("far", far(json!({ "enableExecuteCommand": false })), true),
        ("roled", far(json!({})), true),
        ("web", json!({ "enableExecuteCommand": true }), true),
    ] {
        let mut input = extra.clone();
        input["cluster"] = json!("prod");
        input["taskDefinition"] = json!(family);
        let answer = try_ecs(&mut world.lab, "RunTask", input);
        assert_eq!(answer.is_ok(), taken, "{family} {extra}: {answer:?}");
        if let Err(error) = answer {
            assert_eq!(
                (error.code.as_ref(), error.path.as_str(), error.ours),
                ("InvalidParameterException", "enableExecuteCommand", true)
            );
        }
    }
}
