//! What AWS answered in Sep 2026, as cases of our own making: one property each.

use super::{ec2, fargate};
use crate::ecs::taskdef::{problems, validate};
use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Value, json};

#[test]
fn refusals() {
    let cases = [
        (
            "empty cpu text",
            fargate(json!({}), json!({"cpu": ""})),
            "InvalidParameterException",
            "cpu",
            "Invalid 'cpu' setting for task.",
        ),
        (
            "cpu text before essential",
            fargate(json!({"essential": false}), json!({"cpu": "some"})),
            "InvalidParameterException",
            "cpu",
            "Invalid 'cpu' setting for task.",
        ),
        (
            "Fargate on a bridge",
            fargate(json!({}), json!({"networkMode": "bridge"})),
            "ClientException",
            "networkMode",
            "Fargate only supports network mode ‘awsvpc’.",
        ),
        (
            "nothing essential",
            fargate(json!({"essential": false}), json!({})),
            "ClientException",
            "containerDefinitions",
            "Task definition doesn't have any essential container.",
        ),
        (
            "waits for itself",
            fargate(json!({"dependsOn": [{"containerName": "app", "condition": "START"}]}), json!({})),
            "ClientException",
            "containerDefinitions[0].dependsOn",
            "Container dependsOn contains a cycle",
        ),
        (
            "HEALTHY without a check",
            fargate(
                json!({}),
                json!({"containerDefinitions": [
                {"name": "a", "image": "i", "dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]},
                {"name": "b", "image": "i"}]}),
            ),
            "ClientException",
            "containerDefinitions[0].dependsOn[0].condition",
            "A dependency container with HEALTHY condition must have health check configured",
        ),
        (
            "host mode, unlike ports",
            ec2(json!({"portMappings": [{"containerPort": 80, "hostPort": 81}]}), json!({"networkMode": "host"})),
            "ClientException",
            "containerDefinitions[0].portMappings[0].hostPort",
            "When networkMode=host, the host ports and container ports in port mappings must match.",
        ),
        (
            "awslogs without options, before its role",
            fargate(json!({"logConfiguration": {"logDriver": "awslogs"}}), json!({})),
            "ClientException",
            "containerDefinitions[0].logConfiguration.options",
            "Log driver awslogs requires options: awslogs-region, awslogs-group",
        ),
        (
            "start timeout 0",
            fargate(json!({"startTimeout": 0}), json!({})),
            "ClientException",
            "containerDefinitions[0].startTimeout",
            "Granular start timeout on container 'app' must be at least 2 seconds.",
        ),
    ];
    for (label, input, code, path, message) in cases {
        let error = validate(&input).expect_err(label);
        assert_eq!(
            (error.code.as_ref(), error.message.as_str(), error.path.as_str()),
            (code, message, path),
            "{label}"
        );
        assert!(!error.ours, "{label}");
    }
}

fn set(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn successes() {
    let old = "com.amazonaws.ecs.capability.";
    let bare = json!({"name": "app", "image": "busybox", "cpu": 0, "portMappings": [], "essential": true,
        "environment": [], "mountPoints": [], "volumesFrom": [], "systemControls": []});
    let with = |patch: Value| super::merged(bare.clone(), patch);
    let group = json!({"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "us-east-1"}});
    let windows = json!({"cpu": "1024", "memory": "2048", "runtimePlatform":
        {"cpuArchitecture": "ARM64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}});
    let api = |version: &str| alloc::format!("{old}docker-remote-api.{version}");
    let eni = "ecs.capability.task-eni".to_string();
    let cases = [
        (
            "the smallest one",
            ec2(json!({}), json!({})),
            with(json!({"memory": 64})),
            Vec::new(),
            ["EXTERNAL", "EC2"].as_slice(),
        ),
        (
            "awsvpc fills the host port",
            fargate(json!({"portMappings": [{"containerPort": 8080}]}), json!({})),
            with(json!({"portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]})),
            Vec::from([api("1.18"), eni.clone()]),
            &["EC2", "MANAGED_INSTANCES", "FARGATE"],
        ),
        (
            "Windows on ARM64 is taken",
            fargate(json!({}), windows),
            bare.clone(),
            Vec::from([api("1.18"), eni.clone()]),
            &["EC2", "FARGATE"],
        ),
        (
            "awslogs on a bridge",
            ec2(
                json!({"logConfiguration": group}),
                json!({"requiresCompatibilities": ["EC2"],
                "networkMode": "bridge", "cpu": "256", "memory": "512"}),
            ),
            with(json!({"memory": 64, "logConfiguration": group})),
            Vec::from([alloc::format!("{old}logging-driver.awslogs"), api("1.19")]),
            &["EXTERNAL", "EC2"],
        ),
        (
            "start timeout 2",
            fargate(json!({"startTimeout": 2}), json!({})),
            with(json!({"startTimeout": 2})),
            Vec::from(["ecs.capability.container-ordering".to_string(), api("1.18"), eni]),
            &["EC2", "FARGATE", "MANAGED_INSTANCES"],
        ),
    ];
    for (label, input, container, attributes, compatibilities) in cases {
        assert_eq!(problems(&input), [], "{label}");
        let answer = validate(&input).expect(label).described("arn", 1, "ACTIVE");
        assert_eq!(answer["containerDefinitions"], json!([container]), "{label}");
        assert_eq!((&answer["volumes"], &answer["placementConstraints"]), (&json!([]), &json!([])), "{label}");
        assert_eq!(answer["status"], "ACTIVE");
        assert_eq!(set(&answer["compatibilities"]), compatibilities.iter().copied().collect(), "{label}");
        let wanted: Vec<Value> = attributes.iter().map(|name| json!({ "name": name })).collect();
        let found = answer.get("requiresAttributes");
        assert_eq!(found, Some(&json!(wanted)).filter(|_| !wanted.is_empty()), "{label}: in this order");
    }
    let smallest = validate(&ec2(json!({}), json!({}))).unwrap().described("arn", 1, "ACTIVE");
    for absent in ["networkMode", "requiresAttributes", "requiresCompatibilities", "cpu", "memory", "tags"] {
        assert_eq!(smallest.get(absent), None, "{absent}");
    }
}
