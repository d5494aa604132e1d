//! StartTask through the door: the caller names the instances (PL-10, 4.10).

use super::support::*;
use ecs_lab::event::{Explained, FactKind};
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Value, json};

/// A t3.medium in each of zones a and b.
fn two() -> (Lab, Vec<String>) {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let arns = instances(&mut lab).into_iter().map(|own| own["containerInstanceArn"].as_str().unwrap().to_string());
    let mut arns: Vec<(bool, String)> = arns.map(|arn| (zone(&lab, &arn) != ZONE_A, arn)).collect();
    arns.sort();
    (lab, arns.into_iter().map(|(_, arn)| arn).collect())
}

fn zone(lab: &Lab, arn: &str) -> String {
    let call =
        ApiCall::new("ecs", "DescribeContainerInstances", json!({ "cluster": "prod", "containerInstances": [arn] }));
    let reply = lab.read(&call).unwrap();
    let attributes = reply["containerInstances"][0]["attributes"].as_array().unwrap().clone();
    attributes.into_iter().find(|own| own["name"] == "ecs.availability-zone").unwrap()["value"].as_str().unwrap().into()
}

fn start(lab: &mut Lab, definition: &str, on: &[String], extra: Value) -> Value {
    let mut input = json!({ "cluster": "prod", "taskDefinition": definition, "containerInstances": on });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "StartTask", input)
}

/// PL-10: one task each, by ARN or id, without strategy or constraint; an instance named twice takes one.
#[test]
fn pl_10_one_task_on_each_instance_named() {
    let (mut lab, arns) = two();
    let id = arns[1].rsplit('/').next().unwrap().to_string();
    let reply = start(&mut lab, "web", &[arns[1].clone(), arns[0].clone(), id], json!({ "startedBy": "me" }));
    let on: Vec<&str> = list(&reply, "tasks").iter().map(|t| t["containerInstanceArn"].as_str().unwrap()).collect();
    assert_eq!(on, [&arns[1], &arns[0]], "in the order named");
    assert_eq!(reply["failures"], json!([]));
    let task = &reply["tasks"][0];
    assert_eq!(
        (&task["startedBy"], &task["group"], &task["launchType"]),
        (&json!("me"), &json!("family:web"), &json!("EC2"))
    );
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, task)["lastStatus"], "RUNNING");
    assert_eq!(amount(&instances(&mut lab)[0], "remainingResources", "CPU"), 2048 - 256);

    let elsewhere = json!([{ "type": "memberOf", "expression": "attribute:ecs.instance-type == m5.large" }]);
    let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
    let definition =
        json!({ "family": "picky", "placementConstraints": elsewhere, "containerDefinitions": [container] });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    assert_eq!(list(&run(&mut lab, "picky", 1, json!({})), "tasks").len(), 0);
    assert_eq!(list(&start(&mut lab, "picky", &arns, json!({})), "tasks").len(), 2, "its constraints are not asked");
}

fn list<'a>(reply: &'a Value, name: &str) -> &'a [Value] {
    reply[name].as_array().unwrap()
}

/// 4.10, DR-02: each reason, for the instance named alone; the other one takes its task.
#[test]
fn pl_45_reasons_of_each_instance() {
    let (mut lab, arns) = two();
    let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
    let fixed = json!([{ "containerPort": 80, "hostPort": 80 }]);
    for (family, mode, extra) in [
        ("cpu", "bridge", json!({ "cpu": 1900 })),
        ("memory", "bridge", json!({ "memory": 3700 })),
        ("ports", "bridge", json!({ "portMappings": fixed })),
        ("gpu", "bridge", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] })),
        ("attribute", "bridge", json!({ "dockerSecurityOptions": ["label:type:x"] })),
        ("net", "awsvpc", json!({})),
    ] {
        let mut container = container.clone();
        container.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let definition = json!({ "family": family, "networkMode": mode, "containerDefinitions": [container] });
        ecs(&mut lab, "RegisterTaskDefinition", definition);
    }
    register(&mut lab, "filler", json!({ "portMappings": fixed }));
    start(&mut lab, "filler", &arns[..1], json!({}));
    for (definition, reason, placed) in [
        ("cpu", "RESOURCE:CPU", 1),
        ("memory", "RESOURCE:MEMORY", 1),
        ("ports", "RESOURCE:PORTS", 1),
        ("gpu", "RESOURCE:GPU", 0),
        ("attribute", "ATTRIBUTE", 0),
        ("web", "", 2),
    ] {
        let mut trial = lab.fork();
        let reply = start(&mut trial, definition, &arns, json!({}));
        assert_eq!(list(&reply, "tasks").len(), placed, "{definition}");
        for failure in list(&reply, "failures") {
            assert_eq!(failure["reason"], reason, "{definition}");
        }
        let failed: Vec<&str> = list(&reply, "failures").iter().map(|f| f["arn"].as_str().unwrap()).collect();
        assert_eq!(failed, &arns[..2 - placed], "{definition}");
    }
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a1"] } } });
    for (wanted, reason) in [("RESOURCE:ENI", &arns[1]), ("LOCATION", &arns[0])] {
        let mut reply = Value::Null;
        for _ in 0..3 {
            reply = start(&mut lab, "net", std::slice::from_ref(reason), network.clone());
        }
        assert_eq!(reply["failures"], json!([{ "arn": reason, "reason": wanted }]));
    }
}

/// 4.10: MISSING, INACTIVE and AGENT come from the instance's own state, and are explained as any other failure.
#[test]
fn dr_02_instances_that_take_no_task() {
    let (mut lab, arns) = two();
    let none =
        "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/0123456789abcdef0123456789abcdef".to_string();
    let named = |name: &str| json!({ "cluster": "prod", "containerInstances": [name], "status": "DRAINING" });
    ecs(&mut lab, "UpdateContainerInstancesState", named(&arns[0]));
    let reply = start(&mut lab, "web", &[arns[0].clone(), none.clone(), arns[1].clone()], json!({}));
    let failures = json!([{ "arn": arns[0], "reason": "INACTIVE" }, { "arn": none, "reason": "MISSING" }]);
    assert_eq!((list(&reply, "tasks").len(), &reply["failures"]), (1, &failures));
    ecs(&mut lab, "DeregisterContainerInstance", json!({ "cluster": "prod", "containerInstance": arns[0] }));
    let gone = start(&mut lab, "web", &arns[..1], json!({}));
    assert_eq!(gone["failures"], json!([{ "arn": arns[0], "reason": "INACTIVE" }]), "CI-30: for an hour");

    let host = instances(&mut lab)[0]["ec2InstanceId"].clone();
    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [host] }));
    wait(&mut lab, "1m");
    let reply = start(&mut lab, "web", &arns[1..], json!({}));
    assert_eq!(reply["failures"], json!([{ "arn": arns[1], "reason": "AGENT" }]));

    let mut seen = Vec::new();
    for fact in lab.facts() {
        let (FactKind::TaskCreated { decision, .. } | FactKind::NotPlaced { decision, .. }) = &fact.kind else {
            continue;
        };
        let Some(Explained::Ec2(why)) = lab.explain(*decision) else { panic!("no decision") };
        seen.push((why.candidates.len(), why.chosen.is_some(), ecs_lab::placement::english::summary(&why)));
    }
    let shown: Vec<(usize, bool)> = seen.iter().map(|(count, placed, _)| (*count, *placed)).collect();
    assert_eq!(shown, [(1, false), (0, false), (1, true), (1, false), (1, false)]);
    assert_eq!(seen[0].2, "Not placed: none of 1 instance fits: 1 draining.");
    assert_eq!(seen[1].2, "Not placed: no such instance is in the cluster.", "MISSING, while others are there");
}

#[test]
fn refused_by_rule() {
    let (mut lab, arns) = two();
    let net = json!({ "family": "net", "networkMode": "awsvpc", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 9 }] });
    ecs(&mut lab, "RegisterTaskDefinition", net);
    let before = lab.digest();
    for (rule, extra, code, part) in [
        ("PL-10", json!({ "containerInstances": [] }), "InvalidParameterException", "1 to 10"),
        ("PL-10", json!({ "containerInstances": vec![&arns[0]; 11] }), "InvalidParameterException", "1 to 10"),
        ("PL-10", json!({ "launchType": "EC2" }), "ParamValidation", "launchType"),
        ("PL-10", json!({ "placementStrategy": [] }), "ParamValidation", "placementStrategy"),
        ("PL-41", json!({ "cluster": "none" }), "ClusterNotFoundException", "Cluster not found."),
        ("PL-52", json!({ "startedBy": "s".repeat(37) }), "InvalidParameterException", "startedBy can be at most 36"),
        ("TG-05", json!({ "group": "service:web" }), "InvalidParameterException", "belongs to a service"),
        ("TD-09", json!({ "taskDefinition": "none" }), "ClientException", "TaskDefinition not found."),
        ("NM-04", json!({ "taskDefinition": "net" }), "InvalidParameterException", "must be provided"),
        ("NM-05", json!({ "networkConfiguration": {} }), "InvalidParameterException", "is not valid for"),
        ("PL-49", json!({ "propagateTags": "SERVICE" }), "InvalidParameterException", "propagateTags"),
    ] {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "web", "containerInstances": arns });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let error = try_ecs(&mut lab, "StartTask", input).expect_err(rule);
        assert_eq!(&*error.code, code, "{rule}: {error}");
        assert!(error.message.contains(part), "{rule}: {error}");
        assert_eq!(lab.digest(), before, "{rule}: nothing changed");
    }
}
