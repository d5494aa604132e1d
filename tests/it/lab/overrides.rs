//! What RunTask makes of overrides (3.11).

use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// One t3.medium, and `big` of 3000 MiB, `sized` with a size of the whole task, `far` for Fargate, `win` for Windows.
fn ground() -> Lab {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "big", json!({ "memory": 3000 }));
    let soft = json!({ "name": "app", "image": "nginx", "cpu": 256, "memoryReservation": 512 });
    let hard = json!({ "name": "app", "image": "nginx", "cpu": 256, "memory": 512 });
    for (family, container, more) in [
        ("soft", &soft, json!({})),
        ("sized", &hard, json!({ "cpu": "512", "memory": "1024" })),
        (
            "far",
            &hard,
            json!({ "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"] }),
        ),
        ("win", &hard, json!({ "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" } })),
    ] {
        let mut input = json!({ "family": family, "containerDefinitions": [container] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ecs(&mut lab, "RegisterTaskDefinition", input);
    }
    lab
}

fn with(family: &str, overrides: Value) -> Value {
    let mut input = json!({ "cluster": "prod", "taskDefinition": family, "overrides": overrides });
    if family == "far" {
        let network =
            json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
        input["launchType"] = json!("FARGATE");
        input["networkConfiguration"] = network;
    }
    input
}

fn app(members: Value) -> Value {
    let mut item = json!({ "name": "app" });
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "containerOverrides": [item] })
}

/// OV-01: what the overrides make of the definition is held to the rules of registration.
#[test]
fn ov_01_overrides_that_aws_refuses() {
    let mut lab = ground();
    let cpu = "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS \
               Developer Guide.";
    let greater = "The 'memory' setting for container 'app' is greater than for the task.";
    let sum = "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value";
    let sold = "No Fargate configuration exists for given values.";
    let twice = json!({ "containerOverrides": [{ "name": "app", "cpu": 1 }, { "name": "app", "cpu": 2 }] });
    let item = "overrides.containerOverrides[0]";
    for (family, overrides, path, message) in [
        ("big", json!({ "memory": "0", "cpu": "0" }), "overrides.memory", greater),
        ("soft", json!({ "memory": "0" }), "overrides.memory", "Invalid 'memory' setting for task."),
        ("soft", json!({ "cpu": "0" }), "overrides.cpu", sum),
        ("big", json!({ "memory": "2999" }), "overrides.memory", greater),
        ("big", json!({ "memory": "lots" }), "overrides.memory", "Invalid 'memory' setting for task."),
        ("big", json!({ "cpu": "200000" }), "overrides.cpu", cpu),
        ("sized", app(json!({ "memory": 1025 })), &format!("{item}.memory"), greater),
        ("sized", app(json!({ "cpu": 513 })), "overrides.cpu", sum),
        (
            "big",
            app(json!({ "memoryReservation": 3001 })),
            &format!("{item}.memoryReservation"),
            "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
        ),
        ("big", app(json!({ "cpu": -5 })), &format!("{item}.cpu"), "Invalid 'cpu' setting for container 'app'."),
        (
            "big",
            app(json!({ "memory": 0 })),
            &format!("{item}.memory"),
            "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
        ),
        ("big", twice, "overrides.containerOverrides[1].name", "The container named app is overridden more than once."),
        ("far", json!({ "cpu": "300" }), "overrides.cpu", sold),
        ("far", json!({ "cpu": "512", "memory": "8192" }), "overrides.memory", sold),
    ] {
        let error = try_ecs(&mut lab, "RunTask", with(family, overrides.clone())).unwrap_err();
        let found = (&*error.code, &*error.message, &*error.path);
        assert_eq!(found, ("InvalidParameterException", message, path), "{family} {overrides}");
    }
}

/// OV-01, PL-05: what counts instead of the definition's sizes. 3.6: Windows ignores those of the task.
#[test]
fn ov_01_overrides_that_count() {
    let mut lab = ground();
    launch(&mut lab, "t3.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    for (family, overrides, cpu, memory) in [
        ("big", json!({ "memory": "3500" }), 256, 3500),
        ("big", app(json!({ "memory": 100, "cpu": 2 })), 2, 100),
        ("big", app(json!({ "memoryReservation": 64 })), 256, 64),
        ("sized", app(json!({ "memory": 1024, "cpu": 512 })), 512, 1024),
        ("sized", json!({ "cpu": "1 vCPU", "memory": "2 GB" }), 1024, 2048),
        ("win", json!({ "memory": "600" }), 256, 512),
        ("far", json!({ "memory": "1 GB" }), 256, 1024),
    ] {
        let input = with(family, overrides.clone());
        let world = lab.world();
        let asked = ecs_lab::ecs::survey::asked(world.ecs(), &world.options().account, &input).unwrap();
        assert_eq!((asked.demand.cpu, asked.demand.memory), (cpu, memory), "{family} {overrides}");
    }
}
