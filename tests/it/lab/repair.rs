//! Every suggested fix is a list of calls; done through the door, it places what it says it places.

use super::support::*;
use ecs_lab::event::{DecisionId, FactKind};
use ecs_lab::lab::{Command, Lab, Repair, repairs};
use ecs_lab::shell::line_of;
use serde_json::{Value, json};

/// Runs a request of which something finds no place, and returns its decision.
fn unmet(lab: &mut Lab, definition: &str, count: u32, extra: Value) -> DecisionId {
    run(lab, definition, count, extra);
    let decision = lab.facts().rev().find_map(|fact| match fact.kind {
        FactKind::NotPlaced { decision, .. } => Some(decision),
        _ => None,
    });
    decision.expect("something found no place")
}

/// Applies a repair to a copy and counts the tasks it made.
fn apply(lab: &Lab, repair: &Repair) -> u32 {
    let mut copy = lab.fork();
    let mut made = 0;
    for command in repair.commands.clone() {
        let outcome = copy.apply(command).unwrap_or_else(|error| panic!("{}: {error}", repair.words));
        made += outcome.facts.iter().filter(|fact| matches!(fact.kind, FactKind::TaskCreated { .. })).count();
    }
    made as u32
}

/// The words of all repairs, after each was applied and held to what it promises.
fn said(lab: &Lab, decision: DecisionId) -> Vec<String> {
    let found = repairs(lab, decision);
    for repair in &found {
        assert_eq!(apply(lab, repair), repair.places, "{}", repair.words);
        assert_eq!(repair.commands.is_empty(), repair.places == 0, "{}", repair.words);
    }
    found.into_iter().map(|repair| repair.words).collect()
}

/// One t3.medium (2,048 CPU, 3,828 MiB) in zone a.
fn one(config: &str) -> (Lab, String) {
    let mut lab = lab();
    let id = launch(&mut lab, "t3.medium", ZONE_A, 1, config).remove(0);
    wait(&mut lab, "2m");
    (lab, id)
}

#[test]
fn amounts_are_lowered_by_overrides_or_an_instance_is_added() {
    let (mut lab, _) = one("");
    register(&mut lab, "big", json!({ "cpu": 128, "memory": 5000 }));
    let decision = unmet(&mut lab, "big", 1, json!({}));
    assert_eq!(
        said(&lab, decision),
        ["Lower the task's memory from 5000 to 3828 MiB", "Add one m6i.large in us-east-1a"],
        "PL-11: the first larger type"
    );
    let lowered = repairs(&lab, decision).remove(0).commands.remove(0);
    assert_eq!(
        line_of(&lowered),
        "aws ecs run-task --cluster prod --task-definition big --count 1 \
         --overrides 'containerOverrides=[{name=app,memory=3828}]'"
    );
    let input = json!({ "family": "level", "cpu": "4 vCPU", "memory": "1 GB", "containerDefinitions": [{ "name": "app", "image": "nginx" }] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let decision = unmet(&mut lab, "level", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], "Lower the task's CPU from 4096 to 2048 units");
}

#[test]
fn ports_are_freed_or_left_to_the_instance() {
    let (mut lab, id) = one("");
    let port = json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] });
    register(&mut lab, "web", port.clone());
    let decision = unmet(&mut lab, "web", 2, json!({}));
    assert_eq!(
        said(&lab, decision),
        [
            format!("Free on {id} port 80, which web:1 holds"),
            "Let the instance choose the host port in place of 80".to_string(),
            "Add one t3.medium in us-east-1a".to_string(),
        ]
    );
    let dynamic = repairs(&lab, decision).remove(1);
    let Some(Command::Api(call)) = dynamic.commands.last() else { panic!("{dynamic:?}") };
    assert_eq!((call.operation.as_str(), &call.input["taskDefinition"]), ("RunTask", &json!("web:2")));
}

#[test]
fn state_attributes_and_constraints() {
    let (mut lab, id) = one("");
    let arn = instances(&mut lab)[0]["containerInstanceArn"].clone();
    register(&mut lab, "web", json!({}));
    let member = |text: &str| json!({ "placementConstraints": [{ "type": "memberOf", "expression": text }] });
    let decision = unmet(&mut lab, "web", 3, member("attribute:stack == prod"));
    let words = said(&lab, decision);
    assert_eq!(words[0], format!("Give {id} the attribute stack=prod"));
    assert!(words.iter().any(|words| words.starts_with("Drop the constraint")), "{words:?}");
    assert_eq!(repairs(&lab, decision)[0].places, 3, "the whole rest of the request");

    let state = json!({ "cluster": "prod", "containerInstances": [arn], "status": "DRAINING" });
    launch(&mut lab, "t3.nano", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    ecs(&mut lab, "UpdateContainerInstancesState", state);
    let decision = unmet(&mut lab, "web", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], format!("Set {id} back to ACTIVE"));
}

#[test]
fn interfaces_zones_and_a_stopped_host() {
    let (mut lab, id) = one("");
    let input = json!({ "family": "vpc", "networkMode": "awsvpc", "cpu": "128", "memory": "64", "containerDefinitions": [{ "name": "app", "image": "nginx" }] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let network = |subnet: &str| json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet] } } });
    let (a, b) = (network("subnet-0ec51ab00000000a0"), network("subnet-0ec51ab00000000a1"));
    let decision = unmet(&mut lab, "vpc", 3, a);
    assert_eq!(said(&lab, decision)[0], format!("Free 1 network interface on {id}"), "EN-01: two of three placed");
    let decision = unmet(&mut lab, "vpc", 1, b);
    assert!(said(&lab, decision).contains(&"Add one t3.medium in us-east-1b".to_string()));
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    assert_eq!(said(&lab, decision), ["Ask again: there is room by now"]);

    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [id] }));
    wait(&mut lab, "5m");
    register(&mut lab, "web", json!({ "memory": 3000 }));
    run(&mut lab, "web", 1, json!({}));
    let decision = unmet(&mut lab, "web", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], format!("Reconnect the agent of {id}"), "by StartInstances");
}

/// What no call changes is advice without a button; what is no unmet request has no repair.
#[test]
fn an_agents_configuration_and_what_was_placed() {
    let (mut lab, id) = one("");
    let log = json!({ "logConfiguration": { "logDriver": "gelf" } });
    register(&mut lab, "log", log);
    let decision = unmet(&mut lab, "log", 1, json!({}));
    let words = said(&lab, decision);
    assert_eq!(words, [format!("Give {id} the attribute com.amazonaws.ecs.capability.logging-driver.gelf")]);
    assert!(repairs(&lab, DecisionId { revision: 99, index: 0 }).is_empty());
    assert!(repairs(&lab, DecisionId { revision: 0, index: 0 }).is_empty());
}
