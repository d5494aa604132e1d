//! The answer's defaults, the typed facts, and which finding comes first.

use super::{awsvpc, ec2, fargate, several};
use crate::ecs::taskdef::{Condition, Gpus, HealthCheck, NetworkMode, Registration, derived, problems, validate};
use crate::placement::Protocol;
use alloc::vec::Vec;
use serde_json::{Value, json};

fn registered(input: &Value) -> Registration {
    validate(input).unwrap_or_else(|error| panic!("{error} at {} for {input}", error.path))
}

#[test]
fn defaults_of_the_answer() {
    let mapping = |input: Value| registered(&input).document["containerDefinitions"][0]["portMappings"][0].clone();
    let port = json!({"portMappings": [{"containerPort": 80}]});
    let zero = json!({"portMappings": [{"containerPort": 80, "hostPort": 0}]});
    let dynamic = json!({"containerPort": 80, "hostPort": 0, "protocol": "tcp"});
    let same = json!({"containerPort": 80, "hostPort": 80, "protocol": "tcp"});
    assert_eq!(mapping(ec2(port.clone(), json!({}))), dynamic, "PT-06");
    assert_eq!(mapping(awsvpc(port.clone(), json!({}))), same);
    assert_eq!(mapping(awsvpc(zero, json!({}))), same);
    assert_eq!(mapping(ec2(port, json!({"networkMode": "host"}))), same, "PT-14");
    let range = json!({"portMappings": [{"containerPortRange": "1-9", "protocol": "udp"}]});
    assert_eq!(mapping(ec2(range, json!({}))), json!({"containerPortRange": "1-9", "protocol": "udp"}));

    let rich = ec2(
        json!({"essential": true, "cpu": null, "environment": [{"name": "A", "value": "b"}], "ulimits": [],
            "healthCheck": {"command": ["CMD", "true"], "timeout": 9}, "firelensConfiguration": {"type": "fluentbit"}}),
        json!({"cpu": "1 vCPU", "memory": "2 GB", "requiresCompatibilities": [], "tags": [{"key": "k", "value": "v"}],
            "volumes": [{"name": "v"}, {"name": "w", "host": {"sourcePath": "/w"}}], "pidMode": "host", "taskRoleArn": "r"}),
    );
    let answer = registered(&rich).document;
    let members: Vec<&str> = answer.as_object().unwrap().keys().map(|key| key.as_str()).collect();
    let order = [
        "containerDefinitions",
        "family",
        "taskRoleArn",
        "volumes",
        "placementConstraints",
        "cpu",
        "memory",
        "pidMode",
    ];
    assert_eq!(members, order);
    assert_eq!((&answer["cpu"], &answer["memory"]), (&json!("1024"), &json!("2048")));
    assert_eq!(answer["volumes"], json!([{"name": "v", "host": {}}, {"name": "w", "host": {"sourcePath": "/w"}}]));
    let container = &answer["containerDefinitions"][0];
    assert_eq!((&container["cpu"], &container["user"], &container["ulimits"]), (&json!(0), &json!("0"), &json!([])));
    assert_eq!(
        container["healthCheck"],
        json!({"command": ["CMD", "true"], "timeout": 9, "interval": 30, "retries": 3})
    );
}

/// The definition's answer is itself a definition with the same answer.
#[test]
fn the_answer_registers_again() {
    let port = json!({"portMappings": [{"containerPort": 80}], "cpu": 10});
    for input in
        [ec2(port.clone(), json!({})), fargate(port.clone(), json!({})), awsvpc(port, json!({"cpu": "1 vCPU"}))]
    {
        let first = registered(&input);
        assert_eq!(registered(&first.document), first);
    }
}

#[test]
fn needs_of_a_task_by_pl_05_and_3_6() {
    let container = |name: &str, patch: Value| super::merged(json!({"name": name, "image": "i"}), patch);
    let cases = [
        ("one container", ec2(json!({"cpu": 256, "memory": 512}), json!({})), (256, 512)),
        ("soft limit counts", ec2(json!({"memory": 300, "memoryReservation": 128}), json!({})), (0, 128)),
        ("soft limit alone", ec2(json!({"memory": null, "memoryReservation": 128}), json!({})), (0, 128)),
        ("soft limit 0 is none", ec2(json!({"memory": 300, "memoryReservation": 0}), json!({})), (0, 300)),
        (
            "sum",
            several(
                json!([
                    container("a", json!({"cpu": 128, "memory": 100})),
                    container("b", json!({"cpu": 256, "memory": 200}))
                ]),
                json!({"memory": null}),
            ),
            (384, 300),
        ),
        (
            "task level wins",
            several(
                json!([
                    container("a", json!({"cpu": 100, "memory": 200})),
                    container("b", json!({"cpu": 100, "memory": 200}))
                ]),
                json!({"cpu": "512", "memory": "1024"}),
            ),
            (512, 1024),
        ),
        (
            "Windows ignores the task level",
            ec2(
                json!({"cpu": 100, "memory": 200}),
                json!({"cpu": "512", "memory": "1024",
            "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2019_CORE"}}),
            ),
            (100, 200),
        ),
    ];
    for (label, input, want) in cases {
        let core = registered(&input).core;
        assert_eq!((core.cpu, core.memory), want, "{label}");
    }
}

#[test]
fn ports_that_a_task_holds() {
    let ports = json!({"portMappings": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81},
        {"containerPort": 53, "hostPort": 53, "protocol": "udp"}]});
    let same = json!({"portMappings": [{"containerPort": 80}, {"containerPort": 53, "protocol": "udp"}]});
    let cases = [
        ("PT-13 bridge", ec2(ports, json!({})), Vec::from([(53, Protocol::Udp), (8080, Protocol::Tcp)]), 0),
        (
            "PT-14 host",
            ec2(same.clone(), json!({"networkMode": "host"})),
            Vec::from([(53, Protocol::Udp), (80, Protocol::Tcp)]),
            0,
        ),
        ("PT-12 awsvpc", awsvpc(same, json!({})), Vec::new(), 1),
    ];
    for (label, input, want, enis) in cases {
        let core = registered(&input).core;
        assert_eq!((core.ports.clone(), core.enis()), (want, enis), "{label}");
    }
}

#[test]
fn facts_for_the_engine() {
    let input = several(
        json!([
            {"name": "a", "image": "i:1", "stopTimeout": 9, "dependsOn": [{"containerName": "b", "condition": "HEALTHY"}],
                "resourceRequirements": [{"type": "GPU", "value": "2"}]},
            {"name": "b", "image": "j", "essential": false, "healthCheck": {"command": ["CMD", "x"]},
                "resourceRequirements": [{"type": "GPU", "value": "1"}]}]),
        json!({"taskRoleArn": "t", "executionRoleArn": "e", "runtimePlatform": {"cpuArchitecture": "ARM64"},
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:x exists"}]}),
    );
    let core = registered(&input).core;
    assert_eq!(core.network_mode, NetworkMode::Bridge);
    assert_eq!((core.task_role.as_deref(), core.execution_role.as_deref()), (Some("t"), Some("e")));
    assert_eq!((core.os_family.as_deref(), core.cpu_architecture.as_deref()), (None, Some("ARM64")));
    assert_eq!(core.placement_constraints, ["attribute:x exists"]);
    let [a, b] = core.containers.as_slice() else { panic!("two containers") };
    assert_eq!((a.name.as_str(), a.image.as_str(), a.essential, a.stop_timeout), ("a", "i:1", true, Some(9)));
    assert_eq!(a.depends_on, [("b".into(), Condition::Healthy)]);
    assert_eq!((a.gpus, b.gpus), (Gpus::Number(2), Gpus::Number(1)));
    let check = HealthCheck { interval: 30, retries: 3, start_period: 0, passes: true };
    assert_eq!((b.essential, b.health, a.health), (false, Some(check), None));
}

#[test]
fn a_definition_in_the_making_has_derived_facts_too() {
    let refused = fargate(json!({"memory": 1024, "user": "1"}), json!({}));
    assert!(validate(&refused).is_err());
    let facts = derived(&refused);
    assert_eq!(facts.compatibilities, ["EC2", "MANAGED_INSTANCES", "FARGATE"]);
    assert_eq!(facts.requires_attributes.len(), 3);
    let sound = registered(&fargate(json!({}), json!({})));
    let facts = derived(&fargate(json!({}), json!({})));
    assert_eq!((facts.compatibilities, facts.requires_attributes), (sound.compatibilities, sound.requires_attributes));
}

#[test]
fn the_first_finding_is_the_one_that_aws_names_first() {
    let cases = [
        ("cpu text before essential (recorded)", fargate(json!({"essential": false}), json!({"cpu": "x"})), "cpu"),
        (
            "container memory before Fargate sizes (CDKP)",
            fargate(json!({}), json!({"cpu": null, "memory": null})),
            "containerDefinitions[0].memory",
        ),
        (
            "awsvpc before Fargate (CDKP)",
            fargate(json!({"links": ["x"], "privileged": true}), json!({})),
            "containerDefinitions[0].links",
        ),
        (
            "awslogs options before its role (recorded)",
            fargate(json!({"logConfiguration": {"logDriver": "awslogs"}}), json!({})),
            "containerDefinitions[0].logConfiguration.options",
        ),
    ];
    for (label, input, path) in cases {
        let found = problems(&input);
        assert!(found.len() > 1, "{label}: {found:?}");
        assert_eq!(found[0].path, path, "{label}");
        assert_eq!(validate(&input).unwrap_err(), found[0], "{label}");
    }
}
