//! RunTask through the door (`ecs.md` 4.4, 4.6, 4.10).

use super::support::*;
use ecs_lab::event::{Explained, FactKind};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// Cluster K3 of 4.4: a1 and a2 in zone a, b1 in zone b, and a task of 512 CPU units and 900 MiB.
fn k3() -> Lab {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "cpu": 512, "memory": 900 }));
    lab
}

/// Tasks on each instance, in the order (zone, instance id): a1/a2/b1.
fn spread(lab: &mut Lab) -> Vec<i64> {
    let mut found = instances(lab);
    let zone = |instance: &Value| {
        let attributes = instance["attributes"].as_array().unwrap().clone();
        attributes.into_iter().find(|a| a["name"] == "ecs.availability-zone").unwrap()["value"].to_string()
    };
    found.sort_by_key(|instance| (zone(instance), instance["ec2InstanceId"].to_string()));
    found.iter().map(|instance| instance["runningTasksCount"].as_i64().unwrap()).collect()
}

fn zone_spread() -> Value {
    json!({ "type": "spread", "field": "attribute:ecs.availability-zone" })
}

#[test]
fn w1_to_w7_through_the_door() {
    let instance_spread = json!({ "type": "spread", "field": "instanceId" });
    let binpack = json!({ "type": "binpack", "field": "memory" });
    for (label, strategy, constraints, wanted, expected) in [
        ("W1", json!([zone_spread()]), json!([]), 6, vec![3, 0, 3]),
        ("W2", json!([zone_spread(), instance_spread]), json!([]), 6, vec![2, 1, 3]),
        ("W3", json!([instance_spread, zone_spread()]), json!([]), 6, vec![2, 2, 2]),
        ("W4", json!([binpack]), json!([]), 6, vec![4, 2, 0]),
        ("W5", json!([zone_spread(), instance_spread]), json!([]), 9, vec![3, 2, 4]),
        ("W6", json!([zone_spread()]), json!([]), 13, vec![4, 4, 4]),
        ("W7", json!([]), json!([{ "type": "distinctInstance" }]), 5, vec![1, 1, 1]),
    ] {
        let mut lab = k3();
        let mut left = wanted;
        while left > 0 {
            let count = left.min(10);
            run(&mut lab, "web", count, json!({ "placementStrategy": strategy, "placementConstraints": constraints }));
            left -= count;
        }
        assert_eq!(spread(&mut lab), expected, "{label}");
    }
}

/// PL-43 to PL-45: some fit; the failures name every instance once, by ARN.
#[test]
fn partial_success_is_a_success_with_failures() {
    let mut lab = k3();
    let full = json!({ "placementConstraints": [{ "type": "distinctInstance" }] });
    let reply = run(&mut lab, "web", 5, full.clone());
    assert_eq!(reply["tasks"].as_array().unwrap().len(), 3);
    let failures = reply["failures"].as_array().unwrap();
    let arns: Vec<&str> = failures.iter().map(|failure| failure["arn"].as_str().unwrap()).collect();
    assert_eq!(arns.len(), 3);
    assert!(arns.is_sorted());
    assert!(failures.iter().all(|f| f["reason"] == "distinctInstance placement constraint unsatisfied"), "CN-05");
    let none = run(&mut lab, "web", 1, full);
    assert_eq!((none["tasks"].as_array().unwrap().len(), none["failures"].as_array().unwrap().len()), (0, 3), "PL-44");
}

/// 1.3: two copies with one fixed host port need two instances.
#[test]
fn a_fixed_host_port_lets_one_copy_on_an_instance() {
    let mut lab = k3();
    register(&mut lab, "fixed", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    let reply = run(&mut lab, "fixed", 4, json!({}));
    assert_eq!(reply["tasks"].as_array().unwrap().len(), 3);
    assert!(reply["failures"].as_array().unwrap().iter().all(|failure| failure["reason"] == "RESOURCE:PORTS"));
}

/// EN-01, EN-10: an awsvpc task takes one interface, in a zone of its subnets.
#[test]
fn interfaces_and_zones_of_awsvpc_tasks() {
    let mut lab = k3();
    let definition = json!({
        "family": "net", "networkMode": "awsvpc", "requiresCompatibilities": ["EC2"],
        "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 64 }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    let reply = run(&mut lab, "net", 8, network);
    assert_eq!(reply["tasks"].as_array().unwrap().len(), 4, "2 instances in zone a, 2 task interfaces each");
    let mut reasons: Vec<&str> =
        reply["failures"].as_array().unwrap().iter().map(|failure| failure["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["LOCATION", "RESOURCE:ENI", "RESOURCE:ENI"]);
}

/// FG-13.
#[test]
fn fargate_spreads_over_the_zones_of_the_subnets() {
    let mut lab = lab();
    let definition = json!({
        "family": "net", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let subnets = json!(["subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a0"]);
    let network = json!({ "awsvpcConfiguration": { "subnets": subnets, "assignPublicIp": "ENABLED" } });
    let reply = run(&mut lab, "net", 3, json!({ "launchType": "FARGATE", "networkConfiguration": network }));
    let zones: Vec<&str> =
        reply["tasks"].as_array().unwrap().iter().map(|t| t["availabilityZone"].as_str().unwrap()).collect();
    assert_eq!(zones, [ZONE_A, ZONE_B, ZONE_A]);
}

/// Fargate out of capacity in a zone and in all: RunTask answers 200 with one failure that names no ARN.
#[test]
fn fargate_out_of_capacity() {
    let mut lab = lab();
    let definition = json!({
        "family": "net", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let fault = |lab: &mut Lab, zone: &str, available: bool| {
        let input = json!({ "fargateCapacity": { "zone": zone, "available": available } });
        lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).map(|outcome| outcome.reply)
    };
    let subnets = json!(["subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a0"]);
    let network = json!({ "awsvpcConfiguration": { "subnets": subnets, "assignPublicIp": "ENABLED" } });
    let extra = json!({ "launchType": "FARGATE", "networkConfiguration": network });
    let zones = |reply: &Value| -> Vec<String> {
        let tasks = reply["tasks"].as_array().unwrap();
        tasks.iter().map(|task| task["availabilityZone"].as_str().unwrap().to_string()).collect()
    };
    let before = run(&mut lab, "net", 1, extra.clone());
    assert_eq!(zones(&before), [ZONE_A]);
    assert_eq!(fault(&mut lab, ZONE_A, false), Ok(json!({})));
    assert_eq!(zones(&run(&mut lab, "net", 2, extra.clone())), [ZONE_B, ZONE_B], "FG-13: best effort");
    fault(&mut lab, ZONE_B, false).unwrap();
    let reply = run(&mut lab, "net", 3, extra.clone());
    let reason = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    assert_eq!(reply, json!({ "tasks": [], "failures": [{ "reason": reason }] }));
    let missed = lab.facts().find_map(|fact| match &fact.kind {
        FactKind::NotPlaced { missing, decision, .. } => Some((*missing, *decision)),
        _ => None,
    });
    let (missing, decision) = missed.unwrap();
    assert_eq!(missing, 3);
    let Some(Explained::Fargate { zones: compared, chosen: None }) = lab.explain(decision) else { panic!("chosen") };
    assert_eq!(compared, [(ZONE_A.to_string(), None), (ZONE_B.to_string(), None)]);
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &before["tasks"][0])["lastStatus"], "RUNNING", "what runs goes on");
    assert!(lab.facts().any(|fact| fact.kind.sentence() == "Fargate is out of capacity in us-east-1b"));
    let digest = lab.digest();
    fault(&mut lab, ZONE_B, false).unwrap();
    assert_eq!(lab.digest(), digest, "twice is once");
    fault(&mut lab, ZONE_B, true).unwrap();
    assert_eq!(zones(&run(&mut lab, "net", 1, extra)), [ZONE_B]);
    let unknown = fault(&mut lab, "us-east-1z", false).unwrap_err();
    assert_eq!((unknown.path.as_str(), unknown.ours), ("fargateCapacity.zone", true));
    let empty = lab.apply(Command::Api(ApiCall::new("lab", "Fault", json!({})))).unwrap_err();
    assert_eq!(empty.code, "ParamValidation", "one fault at a time: {empty}");
}

/// PL-50.
#[test]
fn a_client_token_gives_the_same_tasks_again() {
    let mut lab = k3();
    let first = run(&mut lab, "web", 2, json!({ "clientToken": "once" }));
    let again = run(&mut lab, "web", 2, json!({ "clientToken": "once" }));
    assert_eq!(first["tasks"][1]["taskArn"], again["tasks"][1]["taskArn"]);
    assert_eq!(spread(&mut lab).iter().sum::<i64>(), 2);
    let other = json!({ "cluster": "prod", "taskDefinition": "web", "count": 3, "clientToken": "once" });
    assert_eq!(try_ecs(&mut lab, "RunTask", other).unwrap_err().code, "ConflictException");
}

/// PL-50: what found no place has the same failures again.
#[test]
fn pl_50_a_client_token_gives_the_same_failures_again() {
    let mut lab = k3();
    register(&mut lab, "vast", json!({ "memory": 9000 }));
    let [first, again] = [(); 2].map(|()| run(&mut lab, "vast", 2, json!({ "clientToken": "never" })));
    assert_eq!((first["tasks"].as_array().unwrap().len(), first["failures"].as_array().unwrap().len()), (0, 3));
    assert_eq!(first, again);
}

/// Errors in descending precedence: each row would also meet every row below it.
#[test]
fn errors_of_run_task() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    register(&mut lab, "old", json!({}));
    ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "old:1" }));
    let net = json!({
        "family": "net", "networkMode": "awsvpc", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 9 }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", net);
    let prod = |extra: Value| {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "web" });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    let subnets = |list: Value| json!({ "awsvpcConfiguration": { "subnets": list } });
    for (input, code, message) in [
        (json!({ "taskDefinition": "none", "count": 0 }), "ClusterNotFoundException", "Cluster not found."),
        (
            prod(json!({ "count": 0, "taskDefinition": "none" })),
            "InvalidParameterException",
            "count should be between 1 and 10.",
        ),
        (prod(json!({ "count": 11 })), "InvalidParameterException", "count should be between 1 and 10."),
        (
            prod(json!({ "launchType": "EC2", "capacityProviderStrategy": [{ "capacityProvider": "x" }] })),
            "InvalidParameterException",
            "Specifying both a launch type and capacity provider strategy is not supported",
        ),
        (
            prod(json!({ "placementStrategy": [{ "type": "binpack", "field": "disk" }], "taskDefinition": "none" })),
            "InvalidParameterException",
            "binpack field 'disk' is invalid.",
        ),
        (prod(json!({ "taskDefinition": "none" })), "ClientException", "TaskDefinition not found."),
        (prod(json!({ "taskDefinition": "web:9" })), "ClientException", "TaskDefinition not found."),
        (prod(json!({ "taskDefinition": "old:1" })), "InvalidParameterException", "TaskDefinition is inactive"),
        (
            prod(json!({ "placementConstraints": [{ "type": "distinctInstance", "expression": "x" }] })),
            "InvalidParameterException",
            "distinctInstance expression should not be specified",
        ),
        (
            prod(json!({ "launchType": "FARGATE" })),
            "InvalidParameterException",
            "Task definition does not support launch_type FARGATE.",
        ),
        (
            prod(json!({ "platformVersion": "1.4.0" })),
            "InvalidParameterException",
            "The platform version must be null when specifying an EC2 launch type",
        ),
        (
            prod(json!({ "taskDefinition": "net" })),
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            prod(json!({ "networkConfiguration": subnets(json!(["subnet-12345678"])) })),
            "InvalidParameterException",
            "Network Configuration is not valid for the given networkMode of this task definition.",
        ),
        (
            prod(json!({ "taskDefinition": "net", "networkConfiguration": subnets(json!([])) })),
            "InvalidParameterException",
            "subnets can not be empty.",
        ),
        (
            prod(json!({ "overrides": { "containerOverrides": [{ "name": "nobody" }] } })),
            "InvalidParameterException",
            "Override for container named nobody is not a container in the TaskDefinition.",
        ),
        (prod(json!({})), "InvalidParameterException", "No Container Instances were found in your cluster."),
    ] {
        let error = try_ecs(&mut lab, "RunTask", input.clone()).unwrap_err();
        assert_eq!((&*error.code, error.message.as_str()), (code, message), "{input}");
    }
}

/// Invariant 4: the explanation of a task is the decision that placed it, whenever it is asked for.
#[test]
fn why_is_answered_for_every_task_and_every_failure() {
    let mut lab = k3();
    run(&mut lab, "web", 10, json!({ "placementStrategy": [zone_spread()] }));
    run(&mut lab, "web", 3, json!({ "placementStrategy": [zone_spread()] }));
    wait(&mut lab, "5m");
    let mut asked = 0;
    for fact in lab.facts() {
        use ecs_lab::event::FactKind::{NotPlaced, TaskCreated};
        match &fact.kind {
            TaskCreated { decision, instance, .. } => {
                let Some(Explained::Ec2(why)) = lab.explain(*decision) else { panic!("no decision") };
                assert_eq!(why.chosen().map(|candidate| &candidate.name), instance.as_ref());
                assert_eq!(why.candidates.len(), 3, "every instance is in it");
                asked += 1;
            }
            NotPlaced { decision, missing, failures, .. } => {
                let Some(Explained::Ec2(why)) = lab.explain(*decision) else { panic!("no decision") };
                assert_eq!((why.chosen().is_none(), *missing, failures.len()), (true, 1, 3));
                asked += 1;
            }
            _ => {}
        }
    }
    assert_eq!(asked, 13);
}
