//! Instances and tasks through their states (CI-20 to CI-31, 5.1, 5.2).

use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// The states that a task passes, each with the second at which it is entered.
fn states(lab: &ecs_lab::lab::Lab, task: &Value) -> Vec<(i64, String)> {
    use ecs_lab::event::FactKind;
    let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().to_string();
    let start = lab.facts().find(|f| matches!(&f.kind, FactKind::TaskCreated { task, .. } if *task == id)).unwrap().at;
    lab.facts()
        .filter_map(|fact| match &fact.kind {
            FactKind::TaskStatus { task, status, .. } if *task == id => {
                Some(((fact.at - start).as_millis(), (*status).to_string()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn an_instance_boots_and_registers_what_its_type_has() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "89s");
    assert!(instances(&mut lab).is_empty(), "not before 90 s");
    wait(&mut lab, "1s");
    let found = instances(&mut lab);
    assert_eq!(found.len(), 1);
    let instance = &found[0];
    assert_eq!(amount(instance, "registeredResources", "CPU"), 2048, "CI-03");
    assert_eq!(amount(instance, "registeredResources", "MEMORY"), 3828, "CI-04: not 4096");
    assert_eq!((&instance["status"], &instance["agentConnected"]), (&json!("ACTIVE"), &json!(true)));
    let ports = instance["remainingResources"].as_array().unwrap().iter().find(|r| r["name"] == "PORTS").unwrap();
    assert_eq!(ports["stringSetValue"], json!(["22", "2375", "2376", "51678", "51679"]), "PT-01, PT-02, CI-08");
    let attributes = instance["attributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({ "name": "ecs.availability-zone", "value": ZONE_A })), "AT-01");
    assert!(attributes.contains(&json!({ "name": "ecs.capability.task-eni" })), "AT-07: a capability has no value");
}

#[test]
fn ci_20_the_agent_makes_default_but_no_named_cluster() {
    let mut lab = ecs_lab::lab::Lab::new(ecs_lab::lab::Start::default());
    ec2(
        &mut lab,
        "RunInstances",
        json!({ "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": { "Name": "ecsInstanceRole" } }),
    );
    launch(&mut lab, "t3.small", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    let clusters = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["default", "prod"] }));
    assert_eq!(clusters["clusters"][0]["registeredContainerInstancesCount"], 1);
    assert_eq!(clusters["failures"][0]["reason"], "MISSING");
    assert!(lab.facts().any(|fact| fact.kind.sentence().contains("ClusterNotFoundException")));
}

#[test]
fn ci_05_reserved_memory_above_the_total_never_registers() {
    let mut lab = lab();
    launch(&mut lab, "t3.micro", ZONE_A, 1, "echo ECS_RESERVED_MEMORY=953 >> /etc/ecs/ecs.config");
    launch(&mut lab, "t3.micro", ZONE_A, 1, "echo ECS_RESERVED_MEMORY=952 >> /etc/ecs/ecs.config");
    wait(&mut lab, "2m");
    let found = instances(&mut lab);
    assert_eq!(found.len(), 1);
    assert_eq!(amount(&found[0], "registeredResources", "MEMORY"), 0);
    let log = "api register-container-instance: reserved memory is higher than available memory on the host, total memory: 952, reserved: 953";
    assert!(lab.facts().any(|fact| fact.kind.sentence().contains(log)));
}

#[test]
fn an_ec2_task_in_bridge_mode_is_pending_running_stopped() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }] }));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    assert_eq!((&task["lastStatus"], &task["desiredStatus"]), (&json!("PENDING"), &json!("RUNNING")));
    assert_eq!(task["group"], "family:web", "TG-02");
    wait(&mut lab, "1m");
    let binding = &describe(&lab, &task)["containers"][0]["networkBindings"][0];
    assert_eq!((&binding["containerPort"], &binding["hostPort"]), (&json!(80), &json!(32768)), "PT-06");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    assert_eq!(amount(&instances(&mut lab)[0], "remainingResources", "CPU"), 2048, "PL-60: free at once");
    let stopping = describe(&lab, &task);
    assert_eq!((&stopping["lastStatus"], &stopping["desiredStatus"]), (&json!("RUNNING"), &json!("STOPPED")));
    wait(&mut lab, "1m");
    assert_eq!(states(&lab, &task), [(7000, "RUNNING".into()), (62_000, "STOPPED".into())]);
    let stopped = describe(&lab, &task);
    assert_eq!(
        (&stopped["stopCode"], &stopped["stoppedReason"]),
        (&json!("UserInitiated"), &json!("Task stopped by user"))
    );
    assert_eq!(stopped["containers"][0]["exitCode"], 0);
    wait(&mut lab, "59m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPED", "LC-03: visible for an hour");
    wait(&mut lab, "2m");
    assert_eq!(describe(&lab, &task)["reason"], "MISSING");
}

#[test]
fn the_second_pull_on_a_host_is_short() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "1m");
    let second = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!(states(&lab, &second), [(1500, "RUNNING".into())]);
}

/// One t3.medium that runs a task of `family` and holds its image; the task.
fn busy_host(lab: &mut Lab, family: &str, extra: Value) -> Value {
    launch(lab, "t3.medium", ZONE_A, 1, "");
    wait(lab, "2m");
    register(lab, family, extra);
    let task = run(lab, family, 1, json!({}))["tasks"][0].clone();
    wait(lab, "1m");
    task
}

fn stop(lab: &mut Lab, task: &Value) {
    ecs(lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
}

/// What the log says of a task that waits.
fn waits(lab: &Lab, task: &Value) -> Vec<String> {
    let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap()[..8].to_string();
    let sentences = lab.facts().map(|fact| fact.kind.sentence()).filter(|said| said.contains(" waits on i-"));
    sentences.filter(|said| said.contains(&id)).map(|said| said.split(" until ").nth(1).unwrap().to_string()).collect()
}

/// PL-61, PL-63: placement gives a stopping task's share away at once, the agent only when it is over.
#[test]
fn pl_61_pl_63_a_new_task_is_pending_until_the_host_really_has_room() {
    let port = json!({ "memory": 64, "portMappings": [{ "containerPort": 80, "hostPort": 80 }] });
    let udp = json!({ "memory": 64, "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "udp" }] });
    for (held, wanted, until) in [
        (json!({ "memory": 3000 }), json!({ "memory": 3000 }), Some("stopping tasks give memory back")),
        (json!({ "cpu": 1500 }), json!({ "cpu": 1500 }), Some("stopping tasks give CPU back")),
        (port.clone(), port.clone(), Some("a stopping task gives port 80 back")),
        (port.clone(), udp, None),
        (json!({ "memory": 3000 }), json!({ "memory": 828 }), None),
        (json!({ "memory": 3000 }), json!({ "memory": 829 }), Some("stopping tasks give memory back")),
        (json!({ "cpu": 2048 }), json!({ "cpu": 0 }), None),
    ] {
        let mut lab = lab();
        let old = busy_host(&mut lab, "old", held.clone());
        register(&mut lab, "new", wanted.clone());
        stop(&mut lab, &old);
        let new = run(&mut lab, "new", 1, json!({}))["tasks"][0].clone();
        let label = format!("{held} {wanted}");
        assert_eq!(new["lastStatus"], "PENDING", "PL-60: it is placed at once: {label}");
        assert!(new.get("pullStartedAt").is_none(), "RunTask never answers it: {label}");
        assert_eq!(waits(&lab, &new), Vec::from_iter(until), "{label}");
        wait(&mut lab, "1900ms");
        assert_eq!(describe(&lab, &old)["lastStatus"], "RUNNING", "{label}");
        assert_eq!(describe(&lab, &new)["lastStatus"] == "PENDING", until.is_some(), "{label}");
        wait(&mut lab, "1m");
        let running = if until.is_some() { 3500 } else { 1500 };
        assert_eq!(states(&lab, &new), [(running, "RUNNING".into())], "{label}");
        let pull = describe(&lab, &new)["pullStartedAt"].as_f64().unwrap() - new["createdAt"].as_f64().unwrap();
        assert_eq!(pull, if until.is_some() { 2.0 } else { 0.0 }, "PL-62: it waits before the pull: {label}");
    }
}

/// PL-62: the head of the queue blocks what comes after it on that instance, and a stop lets the next one up.
#[test]
fn pl_62_the_queue_is_first_in_first_out() {
    let mut lab = lab();
    let old = busy_host(&mut lab, "big", json!({ "memory": 3000 }));
    register(&mut lab, "small", json!({ "memory": 100 }));
    stop(&mut lab, &old);
    let big = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    let small = run(&mut lab, "small", 1, json!({}))["tasks"][0].clone();
    assert_eq!(waits(&lab, &small), ["the task before it starts"]);
    let mut patient = lab.fork();
    wait(&mut patient, "1m");
    for task in [&big, &small] {
        assert_eq!(states(&patient, task), [(3500, "RUNNING".into())], "both once the old one is over");
    }
    wait(&mut lab, "1s");
    stop(&mut lab, &big);
    assert_eq!(describe(&lab, &big)["lastStatus"], "STOPPED", "it held nothing");
    assert_eq!(amount(&instances(&mut lab)[0], "remainingResources", "MEMORY"), 3828 - 100);
    wait(&mut lab, "1m");
    assert_eq!(states(&lab, &small), [(2500, "RUNNING".into())], "the next one does fit");
    let big = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!((waits(&lab, &big).len(), states(&lab, &big)), (0, vec![(1500, "RUNNING".into())]), "nothing is left");
}

/// PL-61 in awsvpc mode: what the containers held is back when they exited, while the interface still goes. And what
/// waits goes down with its host.
#[test]
fn pl_61_containers_count_and_not_the_interface() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let container = json!({ "name": "app", "image": "nginx:1.27", "memory": 3000 });
    let net = json!({ "family": "net", "networkMode": "awsvpc", "containerDefinitions": [container] });
    ecs(&mut lab, "RegisterTaskDefinition", net);
    register(&mut lab, "big", json!({ "memory": 3000 }));
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    let old = run(&mut lab, "net", 1, network)["tasks"][0].clone();
    wait(&mut lab, "1m");
    stop(&mut lab, &old);
    let new = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    let mut lost = lab.fork();
    let undone = lab.digest();
    wait(&mut lab, "2s");
    assert_eq!(describe(&lab, &old)["lastStatus"], "DEPROVISIONING");
    wait(&mut lab, "1m");
    assert_eq!(states(&lab, &new), [(3500, "RUNNING".into())], "at 5000 the interface is gone");
    let done = lab.digest();
    while lab.digest() != undone {
        assert!(lab.undo());
    }
    assert_eq!(describe(&lab, &new)["lastStatus"], "PENDING");
    wait(&mut lab, "2s");
    wait(&mut lab, "1m");
    assert_eq!(lab.digest(), done, "the queue comes back with the past");

    wait(&mut lost, "1s");
    let id = instances(&mut lost)[0]["ec2InstanceId"].clone();
    ec2(&mut lost, "StopInstances", json!({ "InstanceIds": [id] }));
    wait(&mut lost, "1m");
    for task in [&old, &new] {
        assert_eq!(describe(&lost, task)["lastStatus"], "STOPPED");
    }
    ec2(&mut lost, "StartInstances", json!({ "InstanceIds": [id] }));
    wait(&mut lost, "2m");
    let next = run(&mut lost, "big", 1, json!({}))["tasks"][0].clone();
    assert_eq!(waits(&lost, &next), [""; 0]);
}

#[test]
fn awsvpc_and_fargate_tasks_walk_all_states() {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let definition = json!({
        "family": "net", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "requiresCompatibilities": ["EC2", "FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    for (launch, provisioning) in [("EC2", 6000), ("FARGATE", 15_000)] {
        let network = json!({ "awsvpcConfiguration": {
            "subnets": ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"],
            "assignPublicIp": public_address(launch),
        } });
        let task = run(&mut lab, "net", 1, json!({ "launchType": launch, "networkConfiguration": network }))["tasks"]
            [0]
        .clone();
        assert_eq!(task["lastStatus"], "PROVISIONING");
        wait(&mut lab, "1m");
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"], "reason": "enough" }));
        wait(&mut lab, "1m");
        let expected = [
            (provisioning, "PENDING"),
            (provisioning + 1000, "ACTIVATING"),
            (provisioning + 8000, "RUNNING"),
            (60_000, "STOPPING"),
            (62_000, "DEPROVISIONING"),
            (65_000, "STOPPED"),
        ];
        assert_eq!(states(&lab, &task), expected.map(|(at, status)| (at, status.to_string())), "{launch}");
        assert_eq!(describe(&lab, &task)["stoppedReason"], "enough", "SP-04");
    }
}

/// 5.1: a stop that comes early takes the short way, and no state is entered twice.
#[test]
fn an_early_stop_takes_the_short_way_down() {
    for (after, expected) in [
        ("1s", vec!["DEPROVISIONING", "STOPPED"]),
        ("15s", vec!["PENDING", "DEPROVISIONING", "STOPPED"]),
        ("17s", vec!["PENDING", "ACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]),
    ] {
        let mut lab = lab();
        let definition = json!({
            "family": "net", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [{ "name": "app", "image": "nginx" }],
        });
        ecs(&mut lab, "RegisterTaskDefinition", definition);
        let network =
            json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
        let task =
            run(&mut lab, "net", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }))["tasks"][0]
                .clone();
        wait(&mut lab, after);
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
        wait(&mut lab, "5m");
        let names: Vec<String> = states(&lab, &task).into_iter().map(|(_, status)| status).collect();
        assert_eq!(names, expected, "stopped after {after}");
    }
}

/// CI-28, CI-29: what stopping and terminating does to the entry in the cluster.
#[test]
fn hosts_that_go_and_the_ghost_they_can_leave() {
    let mut lab = lab();
    let ids = launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let distinct = json!({ "placementConstraints": [{ "type": "distinctInstance" }] });
    let tasks = run(&mut lab, "web", 2, distinct)["tasks"].clone();
    wait(&mut lab, "1m");
    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [ids[0]] }));
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [ids[1]] }));
    wait(&mut lab, "1m");
    let reasons: Vec<String> =
        (0..2).map(|n| describe(&lab, &tasks[n])["stoppedReason"].as_str().unwrap_or_default().to_string()).collect();
    assert!(reasons.contains(&format!("Host EC2 (instance {}) stopped", ids[0])), "{reasons:?}");
    assert!(reasons.contains(&format!("Host EC2 (instance {}) terminated.", ids[1])), "{reasons:?}");
    let left = instances(&mut lab);
    assert_eq!(left.len(), 1, "the terminated one deregistered by itself");
    assert_eq!((&left[0]["status"], &left[0]["agentConnected"]), (&json!("ACTIVE"), &json!(false)));
    ec2(&mut lab, "StartInstances", json!({ "InstanceIds": [ids[0]] }));
    wait(&mut lab, "2m");
    let back = instances(&mut lab);
    assert_eq!(back[0]["containerInstanceArn"], left[0]["containerInstanceArn"], "CI-28: the same ARN");
    assert_eq!(back[0]["agentConnected"], true);
    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [ids[0]] }));
    wait(&mut lab, "1m");
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [ids[0]] }));
    wait(&mut lab, "1m");
    assert_eq!(instances(&mut lab).len(), 1, "CI-29: a stopped host that is terminated leaves a ghost");
    let ghost = json!({ "cluster": "prod", "containerInstance": back[0]["containerInstanceArn"], "force": true });
    ecs(&mut lab, "DeregisterContainerInstance", ghost);
    assert!(instances(&mut lab).is_empty());
}

#[test]
fn dr_02_dr_04_a_draining_instance_keeps_its_task_and_takes_no_other() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    let arn = instances(&mut lab)[0]["containerInstanceArn"].clone();
    let drain = json!({ "cluster": "prod", "containerInstances": [arn], "status": "DRAINING" });
    ecs(&mut lab, "UpdateContainerInstancesState", drain);
    let refused = try_ecs(&mut lab, "RunTask", json!({ "cluster": "prod", "taskDefinition": "web" })).unwrap_err();
    assert_eq!(refused.message, "No Container Instances were found in your cluster.", "PL-40");
    wait(&mut lab, "10m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    let wrong = json!({ "cluster": "prod", "containerInstances": [arn], "status": "INACTIVE" });
    let error = try_ecs(&mut lab, "UpdateContainerInstancesState", wrong).unwrap_err();
    assert_eq!(error.message, "Container instance status should be one of [ACTIVE, DRAINING]", "DR-01");
    let error =
        try_ecs(&mut lab, "DeregisterContainerInstance", json!({ "cluster": "prod", "containerInstance": arn }));
    assert_eq!(error.unwrap_err().message, "Found running tasks on the instance.", "CI-31");
}

/// EC2 API Reservation, IamInstanceProfile: what one request launched has one id, and a profile shows as an ARN however it
/// was named.
#[test]
fn ec2_answers_with_reservations_and_the_arn_of_the_profile() {
    let mut lab = lab();
    let arn = "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole";
    let named = [json!({ "Name": "ecsInstanceRole" }), json!({ "Arn": arn }), Value::Null];
    let made = named.map(|profile| {
        let mut input = json!({ "InstanceType": "t3.micro", "MinCount": 2, "MaxCount": 2 });
        if !profile.is_null() {
            input["IamInstanceProfile"] = profile;
        }
        ec2(&mut lab, "RunInstances", input)
    });
    let found = ec2(&mut lab, "DescribeInstances", json!({}))["Reservations"].clone();
    assert_eq!(found.as_array().unwrap().len(), 3);
    for (index, (made, profile)) in made.iter().zip([json!(arn), json!(arn), Value::Null]).enumerate() {
        let id = made["ReservationId"].as_str().unwrap();
        assert!(id.len() == 19 && id.starts_with("r-") && id[2..].bytes().all(|sign| sign.is_ascii_hexdigit()), "{id}");
        assert_eq!((&found[index]["ReservationId"], &found[index]["OwnerId"]), (&json!(id), &json!("123456789012")));
        for own in [made, &found[index]] {
            assert_eq!(own["OwnerId"], "123456789012");
            assert_eq!(own["Instances"].as_array().unwrap().len(), 2);
            assert_eq!(own["Instances"][1]["IamInstanceProfile"]["Arn"], profile);
        }
    }
    assert_ne!(made[0]["ReservationId"], made[1]["ReservationId"]);
    let second = json!({ "InstanceIds": [made[0]["Instances"][1]["InstanceId"]] });
    let alone = ec2(&mut lab, "DescribeInstances", second)["Reservations"].clone();
    assert_eq!((alone.as_array().unwrap().len(), &alone[0]["ReservationId"]), (1, &made[0]["ReservationId"]));
}

/// Each thing of a task has an id of its own, as in AWS: no one shows another's.
#[test]
fn ids_of_containers_attachments_and_processes_tell_nothing_of_each_other() {
    let mut lab = lab();
    let container = json!({ "name": "app", "image": "nginx:1.27" });
    let second = json!({ "name": "side", "image": "nginx:1.27", "essential": false });
    let definition = json!({
        "family": "api", "containerDefinitions": [container, second], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "requiresCompatibilities": ["FARGATE"],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network =
        json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
    let task = run(&mut lab, "api", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }))["tasks"][0]
        .clone();
    wait(&mut lab, "5m");
    let shown = describe(&lab, &task);
    let short = |value: &Value| value.as_str().unwrap().rsplit('/').next().unwrap().replace(['-', ':'], "");
    let attachment = &shown["attachments"][0];
    let ids = [
        short(&shown["taskArn"]),
        short(&shown["containers"][0]["containerArn"]),
        short(&shown["containers"][1]["containerArn"]),
        short(&attachment["id"]),
        short(&attachment["details"][1]["value"])[3..].to_string(),
    ];
    for (index, id) in ids.iter().enumerate() {
        let piece = &id[id.len() - 8..];
        assert!(ids.iter().enumerate().all(|(other, own)| other == index || !own.contains(piece)), "{ids:?}");
    }
    let interface = &shown["containers"][0]["networkInterfaces"][0];
    assert_eq!(interface["attachmentId"], attachment["id"]);
}
