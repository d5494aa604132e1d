//! The agent's configuration decides what an instance can do (1.4, 1.7, AT-08) and which ports it hands out (PT-06 to
//! PT-08).

use super::support::*;
use serde_json::{Value, json};

/// Registers the definition `d`: `task` lies over the definition, `container` over its one container.
fn define(lab: &mut ecs_lab::lab::Lab, task: &Value, container: &Value) {
    let mut app = json!({ "name": "app", "image": "nginx", "memory": 64 });
    app.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    let mut definition = json!({ "family": "d", "containerDefinitions": [app] });
    definition.as_object_mut().unwrap().extend(task.as_object().unwrap().clone());
    ecs(lab, "RegisterTaskDefinition", definition);
}

/// AT-08: a line of the configuration, what the definition asks for, and whether it is placed.
#[test]
fn at_08_capabilities_of_the_configuration() {
    let role = "arn:aws:iam::123456789012:role/app";
    let none = json!({});
    let log = |driver: &str| {
        let group = json!({ "awslogs-group": "app", "awslogs-region": "us-east-1" });
        let options = if driver == "awslogs" { group } else { json!({}) };
        json!({ "logConfiguration": { "logDriver": driver, "options": options } })
    };
    let security = |option: &str| json!({ "dockerSecurityOptions": [option] });
    let bridge_role = json!({ "taskRoleArn": role });
    let host_role = json!({ "taskRoleArn": role, "networkMode": "host" });
    let execution = json!({ "executionRoleArn": role });
    let awsvpc = json!({ "networkMode": "awsvpc" });
    let sized = json!({ "cpu": "256", "memory": "256" });
    let privileged = json!({ "privileged": true });
    for (line, task, container, placed) in [
        ("", &none, &log("awslogs"), true),
        ("", &none, &log("splunk"), false),
        ("ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\"]", &none, &log("awslogs"), false),
        ("ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"splunk\"]", &none, &log("splunk"), true),
        ("ECS_AVAILABLE_LOGGING_DRIVERS=splunk", &none, &log("awslogs"), true),
        ("", &bridge_role, &none, true),
        ("ECS_ENABLE_TASK_IAM_ROLE=false", &bridge_role, &none, false),
        ("ECS_ENABLE_TASK_IAM_ROLE=false", &host_role, &none, true),
        ("ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=false", &host_role, &none, false),
        ("ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=false", &bridge_role, &none, true),
        ("", &awsvpc, &none, true),
        ("ECS_ENABLE_TASK_ENI=false", &awsvpc, &none, false),
        ("", &sized, &none, true),
        ("ECS_ENABLE_TASK_CPU_MEM_LIMIT=false", &sized, &none, false),
        ("ECS_ENABLE_TASK_CPU_MEM_LIMIT=false", &none, &json!({ "cpu": 256 }), true),
        ("", &execution, &log("awslogs"), true),
        ("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=false", &execution, &log("awslogs"), false),
        ("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=false", &none, &log("awslogs"), true),
        ("", &none, &privileged, true),
        ("ECS_DISABLE_PRIVILEGED=true", &none, &privileged, false),
        ("", &none, &security("label:type:x"), false),
        ("ECS_SELINUX_CAPABLE=true", &none, &security("label:type:x"), true),
        ("", &none, &security("apparmor:x"), false),
        ("ECS_APPARMOR_CAPABLE=true", &none, &security("apparmor:x"), true),
    ] {
        let mut lab = lab();
        task_role(&mut lab, "app");
        launch(&mut lab, "t3.medium", ZONE_A, 1, line);
        wait(&mut lab, "2m");
        define(&mut lab, task, container);
        let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
        let extra = if *task == awsvpc { json!({ "networkConfiguration": network }) } else { json!({}) };
        let reply = run(&mut lab, "d", 1, extra);
        let reasons: Vec<&Value> = reply["failures"].as_array().unwrap().iter().map(|own| &own["reason"]).collect();
        let label = format!("{line} {task} {container}");
        assert_eq!(reply["tasks"].as_array().unwrap().len(), usize::from(placed), "{label}");
        assert_eq!(reasons, if placed { vec![] } else { vec!["ATTRIBUTE"] }, "{label}");
    }
}

/// AT-04: the agent of an instance with more than ten custom attributes does not register; nor a machine outside.
#[test]
fn at_04_ten_custom_attributes_at_most() {
    for (count, there) in [(10, 1), (11, 0)] {
        let pairs: Value = (0..count).map(|index| (format!("a{index}"), Value::from("1"))).collect();
        let mut lab = lab();
        launch(&mut lab, "t3.medium", ZONE_A, 1, &format!("ECS_INSTANCE_ATTRIBUTES={pairs}"));
        wait(&mut lab, "2m");
        assert_eq!(instances(&mut lab).len(), there, "{count}");
        let log = lab.facts().find_map(|fact| match &fact.kind {
            ecs_lab::event::FactKind::RegistrationFailed { log, .. } => Some(log.clone()),
            _ => None,
        });
        assert_eq!(log.is_some_and(|log| log.starts_with("InvalidParameterException")), there == 0, "{count}");
        let input = json!({ "cpus": 2, "memory": 4096, "cluster": "prod", "attributes": pairs });
        let call = ecs_lab::lab::ApiCall::new("lab", "External", input);
        assert_eq!(lab.apply(ecs_lab::lab::Command::Api(call)).is_ok(), there == 1, "{count} outside");
    }
}

/// AT-07: what no definition asks for is registered all the same.
#[test]
fn at_07_registered_names() {
    let block = "ecs.capability.task-eni-block-instance-metadata";
    let trunking = "ecs.capability.task-eni-trunking";
    for (line, name, there) in [
        ("", block, false),
        ("ECS_AWSVPC_BLOCK_IMDS=true", block, true),
        ("", trunking, true),
        ("ECS_ENABLE_HIGH_DENSITY_ENI=false", trunking, false),
        ("ECS_ENABLE_TASK_ENI=false", trunking, false),
        ("ECS_ENABLE_HIGH_DENSITY_ENI=false", "ecs.awsvpc-trunk-id", false),
        ("ECS_ENABLE_HIGH_DENSITY_ENI=true", "ecs.awsvpc-trunk-id", true),
    ] {
        let mut lab = lab();
        ecs(&mut lab, "PutAccountSettingDefault", json!({ "name": "awsvpcTrunking", "value": "enabled" }));
        launch(&mut lab, "m5.large", ZONE_A, 1, line);
        wait(&mut lab, "2m");
        let attributes = instances(&mut lab)[0]["attributes"].as_array().unwrap().clone();
        assert_eq!(attributes.iter().any(|own| own["name"] == name), there, "{line} {name}");
    }
}

/// PT-06, PT-08: dynamic ports are no matter of placement; a host that has none left cannot start the task.
#[test]
fn pt_08_a_dry_range_fails_the_start() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "ECS_DYNAMIC_HOST_PORT_RANGE=40000-40002");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }, { "containerPort": 81 }] }));
    let reply = run(&mut lab, "web", 2, json!({}));
    assert_eq!((reply["tasks"].as_array().unwrap().len(), &reply["failures"]), (2, &json!([])), "both are placed");
    wait(&mut lab, "1m");
    let [first, second] = [0, 1].map(|index| describe(&lab, &reply["tasks"][index]));
    let ports = |task: &Value| -> Vec<u64> {
        let bindings = task["containers"][0]["networkBindings"].as_array().unwrap().clone();
        bindings.iter().map(|binding| binding["hostPort"].as_u64().unwrap()).collect()
    };
    assert_eq!((&first["lastStatus"], ports(&first)), (&json!("RUNNING"), vec![40_000, 40_001]));
    assert_eq!(second["lastStatus"], "STOPPED");
    assert_eq!(second["stopCode"], "TaskFailedToStart");
    assert_eq!(second["stoppedReason"], "HostConfigError: a host port is unavailable");
    assert_eq!(second["containers"][0]["exitCode"], Value::Null, "it never ran");
    assert_eq!(amount(&instances(&mut lab)[0], "remainingResources", "CPU"), 2048 - 256, "PL-60: freed");

    register(&mut lab, "one", json!({ "portMappings": [{ "containerPort": 80 }] }));
    let third = run(&mut lab, "one", 1, json!({}));
    wait(&mut lab, "1m");
    assert_eq!(ports(&describe(&lab, &third["tasks"][0])), [40_002], "the failed task holds none");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": first["taskArn"] }));
    wait(&mut lab, "1m");
    let again = run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "1m");
    assert_eq!(ports(&describe(&lab, &again["tasks"][0])), [40_000, 40_001], "PT-11: given back");
}

/// PT-08, API NetworkBinding: a range of ports is one binding to host ports in a row, and shown as one.
#[test]
fn pt_08_a_range_of_ports_is_one_binding() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "ECS_DYNAMIC_HOST_PORT_RANGE=40000-40010");
    wait(&mut lab, "2m");
    let start = |lab: &mut ecs_lab::lab::Lab, family: &str, mappings: Value| {
        register(lab, family, json!({ "cpu": 64, "memory": 64, "portMappings": mappings }));
        let task = run(lab, family, 1, json!({}))["tasks"][0].clone();
        wait(lab, "1m");
        describe(lab, &task)
    };
    let one = |container: u16, host: u16| json!({ "bindIP": "0.0.0.0", "containerPort": container, "hostPort": host, "protocol": "tcp" });
    let range = |container: &str, host: &str| json!({ "bindIP": "0.0.0.0", "containerPortRange": container, "hostPortRange": host, "protocol": "tcp" });
    let first = start(&mut lab, "one", json!([{ "containerPort": 80 }]));
    let mixed = json!([{ "containerPortRange": "7000-7005" }, { "containerPort": 80 }]);
    let both = start(&mut lab, "both", mixed);
    assert_eq!(
        both["containers"][0]["networkBindings"],
        json!([range("7000-7005", "40001-40006"), one(80, 40_007)]),
        "in the order of the mappings"
    );
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": first["taskArn"] }));
    wait(&mut lab, "1m");
    // Free are 40000 and 40008 to 40010: three in a row, not four.
    let four = start(&mut lab, "four", json!([{ "containerPortRange": "1-4" }]));
    assert_eq!(four["stoppedReason"], "HostConfigError: 4 contiguous host ports are unavailable");
    let three = start(&mut lab, "three", json!([{ "containerPortRange": "1-3" }]));
    assert_eq!(three["containers"][0]["networkBindings"], json!([range("1-3", "40008-40010")]));
}

/// PT-09: a fixed port inside the range that the host hands out is advice against, not refused. Placement sees no
/// dynamic port (PT-13), so the task is placed and its container cannot start.
#[test]
fn pt_09_a_fixed_port_inside_the_dynamic_range() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let port = |host: u16, protocol: &str| json!({ "cpu": 64, "memory": 64, "portMappings": [{ "containerPort": 80, "hostPort": host, "protocol": protocol }] });
    for (family, host, protocol) in [
        ("any", 0, "tcp"),
        ("inside", 32_768, "tcp"),
        ("udp", 32_768, "udp"),
        ("next", 32_769, "tcp"),
        ("below", 32_767, "tcp"),
    ] {
        register(&mut lab, family, port(host, protocol));
    }
    let start = |lab: &mut ecs_lab::lab::Lab, family: &str| {
        let task = run(lab, family, 1, json!({}))["tasks"][0].clone();
        wait(lab, "1m");
        (describe(lab, &task), task)
    };
    let host_port = |task: &Value| task["containers"][0]["networkBindings"][0]["hostPort"].clone();
    assert_eq!(host_port(&start(&mut lab, "any").0), 32_768);
    let (inside, _) = start(&mut lab, "inside");
    assert_eq!((&inside["lastStatus"], &inside["stopCode"]), (&json!("STOPPED"), &json!("TaskFailedToStart")));
    let reason = inside["stoppedReason"].as_str().unwrap();
    assert!(reason.starts_with("CannotStartContainerError: ") && reason.contains("0.0.0.0:32768 failed"), "{reason}");
    assert_eq!(host_port(&start(&mut lab, "below").0), 32_767, "below the range is safe");
    assert_eq!(host_port(&start(&mut lab, "udp").0), 32_768, "PT-10: another protocol");
    let (next, task) = start(&mut lab, "next");
    assert_eq!(host_port(&next), 32_769);
    // To stop: the control plane counts its port as free (PL-60), but the container still holds it (PT-11).
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    assert_eq!(host_port(&start(&mut lab, "any").0), 32_770, "the host passes over what is bound");
    assert_eq!(host_port(&start(&mut lab, "any").0), 32_769, "given back once it stopped");
}
