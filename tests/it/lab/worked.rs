//! The worked examples and tables of the reference, walked through the door, and rules that no other scenario shows.

use super::containers::{after, define, host, start};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn on(kind: &str) -> Lab {
    let mut lab = lab();
    launch(&mut lab, kind, ZONE_A, 1, "");
    wait(&mut lab, "2m");
    lab
}

fn left(lab: &mut Lab) -> (i64, i64) {
    let own = &instances(lab)[0];
    (amount(own, "remainingResources", "CPU"), amount(own, "remainingResources", "MEMORY"))
}

/// 1.2: the last copy of 256 CPU units and 512 MiB that does not fit.
#[test]
fn worked_example_of_1_2_how_many_copies_fit() {
    for (kind, copies) in [("t3.micro", 1), ("t3.small", 3), ("t3.medium", 7), ("m6i.large", 8)] {
        let mut lab = on(kind);
        register(&mut lab, "web", json!({}));
        let reply = run(&mut lab, "web", 10, json!({}));
        assert_eq!(reply["tasks"].as_array().unwrap().len(), copies, "{kind}");
    }
}

/// The conflict matrix of 1.3: two tasks on one instance that want container port 80.
#[test]
fn worked_example_of_1_3_which_ports_conflict() {
    let modes = [("bridge", 80), ("bridge", 0), ("host", 80), ("awsvpc", 80), ("none", 0)];
    for (first, conflicts) in [
        (modes[0], [true, false, true, false, false]),
        (modes[1], [false; 5]),
        (modes[2], [true, false, true, false, false]),
        (modes[3], [false; 5]),
    ] {
        for (second, conflict) in modes.iter().zip(conflicts) {
            let mut lab = on("m5.large");
            let mut place = |(mode, port): (&str, u16)| {
                let mut container = json!({ "name": "app", "image": "nginx", "memory": 64 });
                if mode != "none" {
                    container["portMappings"] = json!([{ "containerPort": 80, "hostPort": port }]);
                }
                let definition = json!({ "family": "f", "networkMode": mode, "containerDefinitions": [container] });
                ecs(&mut lab, "RegisterTaskDefinition", definition);
                let subnets = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
                let extra = if mode == "awsvpc" { json!({ "networkConfiguration": subnets }) } else { json!({}) };
                run(&mut lab, "f", 1, extra)["failures"].clone()
            };
            assert_eq!(place(first), json!([]));
            let failures = place(*second);
            let reason = failures[0]["reason"].as_str();
            assert_eq!(reason, conflict.then_some("RESOURCE:PORTS"), "{first:?} {second:?}");
        }
    }
}

/// 3.6, CD-14: what placement reserves; the soft limit counts before the hard one, and the task's size before both.
#[test]
fn cd_14_what_placement_reserves() {
    for (size, containers, expected) in [
        (json!({}), json!([{ "cpu": 256, "memory": 512 }]), (256, 512)),
        (json!({}), json!([{ "memory": 300, "memoryReservation": 128 }]), (0, 128)),
        (json!({}), json!([{ "memoryReservation": 128 }]), (0, 128)),
        (json!({}), json!([{ "cpu": 128, "memory": 64 }, { "cpu": 256, "memory": 64 }]), (384, 128)),
        (
            json!({ "cpu": "512", "memory": "1024" }),
            json!([{ "cpu": 100, "memory": 200 }, { "cpu": 100, "memory": 200 }]),
            (512, 1024),
        ),
    ] {
        let mut lab = on("t3.medium");
        let (cpu, memory) = left(&mut lab);
        let mut input = json!({ "family": "f", "containerDefinitions": containers });
        for (index, own) in input["containerDefinitions"].as_array_mut().unwrap().iter_mut().enumerate() {
            own["name"] = json!(format!("c{index}"));
            own["image"] = json!("nginx");
        }
        input.as_object_mut().unwrap().extend(size.as_object().unwrap().clone());
        ecs(&mut lab, "RegisterTaskDefinition", input);
        run(&mut lab, "f", 1, json!({}));
        assert_eq!(left(&mut lab), (cpu - expected.0, memory - expected.1), "{containers}");
    }
}

/// CI-06 to CI-09, CI-11: the shape of resources, what never changes, what is taken, the counts and the version.
#[test]
fn ci_06_ci_07_ci_08_ci_09_ci_11_the_resources_of_an_instance() {
    let mut lab = on("t3.medium");
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 8080 }] }));
    let before = instances(&mut lab)[0].clone();
    for resource in before["registeredResources"].as_array().unwrap() {
        let name = resource["name"].as_str().unwrap();
        let number = resource["integerValue"].as_i64().unwrap();
        assert_eq!((&resource["doubleValue"], &resource["longValue"]), (&json!(0.0), &json!(0)), "{name}");
        assert_eq!(number > 0, resource["type"] == "INTEGER", "{name}");
        assert_eq!(resource["type"] == "STRINGSET", name.starts_with("PORTS"), "{name}");
    }
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    let counts = |own: &Value| (own["runningTasksCount"].as_i64().unwrap(), own["pendingTasksCount"].as_i64().unwrap());
    let ports = |own: &Value, list: &str| {
        let all = own[list].as_array().unwrap().iter().find(|own| own["name"] == "PORTS").unwrap().clone();
        all["stringSetValue"].as_array().unwrap().iter().any(|port| port == "8080")
    };
    let pending = instances(&mut lab)[0].clone();
    assert_eq!(pending["registeredResources"], before["registeredResources"], "CI-07");
    assert!(ports(&pending, "remainingResources") && !ports(&before, "remainingResources"), "CI-08: taken");
    assert_eq!((counts(&pending), &task["lastStatus"]), ((1, 1), &json!("PENDING")), "CI-09: desired and last status");
    assert!(pending["version"].as_i64() > before["version"].as_i64(), "CI-11");
    wait(&mut lab, "1m");
    assert_eq!(counts(&instances(&mut lab)[0]), (1, 0));
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    let stopping = instances(&mut lab)[0].clone();
    assert_eq!((counts(&stopping), describe(&lab, &task)["lastStatus"].as_str()), ((0, 0), Some("RUNNING")), "CI-09");
    assert_eq!(stopping["remainingResources"], before["remainingResources"]);
}

/// CI-32: with force the control plane counts the tasks as STOPPED, in the words of the events.
#[test]
fn ci_32_an_instance_is_deregistered_by_force() {
    let mut lab = on("t3.medium");
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    let arn = instances(&mut lab)[0]["containerInstanceArn"].clone();
    let input = json!({ "cluster": "prod", "containerInstance": arn, "force": true });
    let reply = ecs(&mut lab, "DeregisterContainerInstance", input);
    assert_eq!(reply["containerInstance"]["status"], "INACTIVE");
    let over = describe(&lab, &task);
    assert_eq!(
        (&over["lastStatus"], &over["stoppedReason"]),
        (&json!("STOPPED"), &json!("Container instance deregistration forced by user"))
    );
}

/// TD-03 to TD-05, TD-13: ARNs, which revision a name means and when, and the lists.
#[test]
fn td_03_td_04_td_05_td_13_revisions_by_name() {
    let mut lab = on("t3.medium");
    let arn = |revision: u32| format!("arn:aws:ecs:us-east-1:123456789012:task-definition/web:{revision}");
    for revision in 1..=3 {
        let made = register(&mut lab, "web", json!({}));
        assert_eq!(made["taskDefinition"]["taskDefinitionArn"], arn(revision), "TD-03");
    }
    register(&mut lab, "gone", json!({}));
    let old = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    for name in ["web:3", "gone:1"] {
        ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": name }));
    }
    let shown = describe(&lab, &old);
    assert_eq!(shown["taskDefinitionArn"], arn(3), "TD-05: meant once and for all");
    for (name, revision) in [("web", 2), ("web:1", 1), (&arn(2), 2)] {
        let task = run(&mut lab, name, 1, json!({}))["tasks"][0].clone();
        assert_eq!(task["taskDefinitionArn"], arn(revision), "TD-04: {name}");
    }
    for (operation, input, member, expected) in [
        ("ListTaskDefinitions", json!({}), "taskDefinitionArns", json!([arn(1), arn(2)])),
        ("ListTaskDefinitions", json!({ "sort": "DESC" }), "taskDefinitionArns", json!([arn(2), arn(1)])),
        (
            "ListTaskDefinitions",
            json!({ "familyPrefix": "web", "status": "INACTIVE" }),
            "taskDefinitionArns",
            json!([arn(3)]),
        ),
        ("ListTaskDefinitionFamilies", json!({}), "families", json!(["gone", "web"])),
        ("ListTaskDefinitionFamilies", json!({ "status": "ACTIVE" }), "families", json!(["web"])),
        ("ListTaskDefinitionFamilies", json!({ "status": "INACTIVE" }), "families", json!(["gone"])),
    ] {
        assert_eq!(ecs(&mut lab, operation, input.clone())[member], expected, "TD-13: {operation} {input}");
    }
}

/// FG-12, OV-02, OV-03: a definition for EC2 on Fargate, an override for nobody, and what cannot be overridden.
#[test]
fn fg_12_ov_02_ov_03_what_a_request_cannot_ask() {
    let mut lab = on("t3.medium");
    register(&mut lab, "web", json!({}));
    let overrides = |own: Value| json!({ "overrides": { "containerOverrides": [own] } });
    for (extra, code, message) in [
        (
            json!({ "launchType": "FARGATE" }),
            "InvalidParameterException",
            "Task definition does not support launch_type FARGATE.",
        ),
        (
            overrides(json!({ "name": "x" })),
            "InvalidParameterException",
            "Override for container named x is not a container in the TaskDefinition.",
        ),
    ] {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "web" });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
        assert_eq!((&*error.code, error.message.as_str()), (code, message));
    }
    for member in ["image", "portMappings", "mountPoints"] {
        let mut input = overrides(json!({ "name": "app" }));
        input["overrides"]["containerOverrides"][0][member] = json!("x");
        input["cluster"] = json!("prod");
        input["taskDefinition"] = json!("web");
        // The service knows no such member: it is not there, or refused.
        if let Ok(reply) = try_ecs(&mut lab, "RunTask", input) {
            let task = describe(&lab, &reply["tasks"][0]);
            assert_eq!(task["containers"][0]["image"], "nginx:1.27", "OV-03: {member}");
            assert!(task["overrides"]["containerOverrides"][0].get(member).is_none(), "OV-03: {member}");
        }
    }
}

/// LC-02, LC-06, SP-01, SP-06: id and ARN, the version that counts, the signal at once, and a stop that comes twice.
#[test]
fn lc_02_lc_06_sp_01_sp_06_a_task_and_its_stop() {
    let mut lab = on("t3.medium");
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    let arn = task["taskArn"].as_str().unwrap();
    let id = arn.strip_prefix("arn:aws:ecs:us-east-1:123456789012:task/prod/").unwrap();
    assert!(id.len() == 32 && id.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f')), "LC-02");
    let version = |lab: &Lab| describe(lab, &task)["version"].as_i64().unwrap();
    let mut last = version(&lab);
    let mut moves = |lab: &Lab| {
        let now = version(lab);
        assert!(now > last, "LC-06");
        last = now;
    };
    wait(&mut lab, "1m");
    moves(&lab);
    let stop = |lab: &mut Lab| ecs(lab, "StopTask", json!({ "cluster": "prod", "task": id }))["task"].clone();
    let stopping = stop(&mut lab);
    assert_eq!((&stopping["desiredStatus"], &stopping["lastStatus"]), (&json!("STOPPED"), &json!("RUNNING")), "SP-01");
    moves(&lab);
    wait(&mut lab, "1m");
    moves(&lab);
    let over = describe(&lab, &task);
    assert_eq!(stop(&mut lab)["stoppedAt"], over["stoppedAt"], "SP-06");
    assert_eq!(describe(&lab, &task), over, "SP-06: unchanged");
}

/// LG-07: since June 2025 drivers do not block, as the account setting says.
#[test]
fn lg_07_log_drivers_do_not_block_by_default() {
    let mut lab = lab();
    let input = json!({ "name": "defaultLogDriverMode", "effectiveSettings": true });
    assert_eq!(ecs(&mut lab, "ListAccountSettings", input)["settings"][0]["value"], "non-blocking");
}

/// DP-02: HEALTHY counts at the start alone; a sidecar that turns UNHEALTHY later changes nothing.
#[test]
fn dp_02_health_counts_at_the_start_alone() {
    let mut lab = host("");
    let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 5 });
    let side = json!({ "essential": false, "healthCheck": check, "command": ["sleep", "infinity"] });
    let task = start(&mut lab, &[("app", json!({ "dependsOn": after("side", "HEALTHY") })), ("side", side)]);
    wait(&mut lab, "1m");
    let fault = json!({ "healthCheck": { "task": task["taskArn"], "container": "side", "failing": true } });
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
    wait(&mut lab, "5m");
    let shown = describe(&lab, &task);
    assert_eq!(shown["containers"][1]["healthStatus"], "UNHEALTHY");
    assert_eq!((&shown["lastStatus"], &shown["desiredStatus"]), (&json!("RUNNING"), &json!("RUNNING")));
}

/// CD-11: Docker makes no container with less than 6 MiB, and the task finds out when it starts.
#[test]
fn cd_11_less_than_6_mib_fails_at_the_start() {
    for (memory, starts) in [
        (json!({ "memory": 5 }), false),
        (json!({ "memory": 6 }), true),
        (json!({ "memory": 64, "memoryReservation": 4 }), false),
        (json!({ "memory": 64, "memoryReservation": 6 }), true),
    ] {
        let mut lab = host("");
        define(&mut lab, "d", &[("app", memory.clone())]);
        let task = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        let shown = describe(&lab, &task);
        let reason = "CannotCreateContainerError: Error response from daemon: Minimum memory limit allowed is 6MB";
        assert_eq!(shown["stoppedReason"].as_str(), (!starts).then_some(reason), "{memory}");
    }
}

/// What the table of the not simulated says of the door: these calls answer so by name, and change nothing.
#[test]
fn what_is_not_simulated_says_so() {
    let mut lab = on("t3.medium");
    register(&mut lab, "web", json!({}));
    for (operation, input) in [
        ("SubmitTaskStateChange", json!({ "cluster": "prod", "task": "x", "status": "RUNNING" })),
        ("CreateDaemon", json!({ "daemonName": "x" })),
    ] {
        let digest = lab.digest();
        let error = try_ecs(&mut lab, operation, input).unwrap_err();
        assert_eq!(error.code, "UnsupportedFeatureException", "{operation}: {error}");
        assert_eq!(lab.digest(), digest);
    }
}
