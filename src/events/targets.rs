//! The calls about the targets of a rule: clusters of Amazon ECS, in which tasks are to start.

use super::{Events, assumable, invalid, no_failure, paged, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::rooms::Rooms;
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// Targets of a rule at most.
const MOST: usize = 5;

/// Tasks that one target starts at most (8.4).
const MOST_TASKS: i64 = 10;

/// PutTargets. A target replaces the one with its id; either all are put, or none is.
pub(super) fn put(room: &mut Events, rooms: &Rooms, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let rule = text(input, "Rule");
    let mut all = room.find(rule)?.targets.clone();
    for (index, target) in input["Targets"].as_array().into_iter().flatten().enumerate() {
        check(rooms, account, rule, target, &format!("Targets[{index}]"))?;
        match all.iter_mut().find(|own| own["Id"] == target["Id"]) {
            Some(own) => *own = target.clone(),
            None => all.push(target.clone()),
        }
    }
    if all.len() > MOST {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(ApiError::new("LimitExceededException", message).at("Targets"));
    }
    room.change(rule)?.targets = all;
    Ok(no_failure())
}

fn check(rooms: &Rooms, account: &Account, rule: &str, target: &Value, path: &str) -> Result<(), ApiError> {
    let at = |error: ApiError, member: &str| error.at(format!("{path}.{member}"));
    let (id, arn) = (text(target, "Id"), text(target, "Arn"));
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let cluster = match parts.as_slice() {
        ["arn", _, "ecs", _, _, resource] => resource.starts_with("cluster/"),
        ["arn", _, service, ..] => {
            return Err(at(ApiError::not_simulated(&format!("targets of {service}")), "Arn"));
        }
        _ => false,
    };
    if !cluster {
        let message = format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.");
        return Err(at(invalid(message), "Arn"));
    }
    let ecs = &target["EcsParameters"];
    if ecs.is_null() {
        let message =
            format!("Parameter EcsParameters is missing for target {id}: a cluster is told which tasks to run.");
        return Err(at(invalid(message).in_our_words(), "EcsParameters"));
    }
    let role = text(target, "RoleArn");
    if role.is_empty() {
        return Err(at(invalid(format!("RoleArn is required for target {arn}.")), "RoleArn"));
    }
    assumable(rooms, account, rule, role).map_err(|error| at(error, "RoleArn"))?;
    let refused =
        |member: &str, why: &str| Err(at(invalid(format!("{member} of target {id}: {why}")).in_our_words(), member));
    if ecs["TaskCount"].as_i64().is_some_and(|own| own > MOST_TASKS) {
        return refused("EcsParameters.TaskCount", "a target starts 1 to 10 tasks.");
    }
    if !ecs["LaunchType"].is_null() && !ecs["CapacityProviderStrategy"].is_null() {
        return refused(
            "EcsParameters.LaunchType",
            "there is a capacity provider strategy, which leaves no room for it.",
        );
    }
    let reads = |own: &str| serde_json::from_str::<Value>(own).is_ok_and(|own| own.is_object());
    if target["Input"].as_str().is_some_and(|own| !reads(own)) {
        return refused("Input", "it is not a JSON object, such as {\"containerOverrides\": []}.");
    }
    Ok(())
}

/// RemoveTargets. One that is not there is no failed entry.
pub(super) fn remove(room: &mut Events, input: &Value) -> Result<Value, ApiError> {
    let ids: Vec<&Value> = input["Ids"].as_array().into_iter().flatten().collect();
    room.change(text(input, "Rule"))?.targets.retain(|own| !ids.contains(&&own["Id"]));
    Ok(no_failure())
}

/// ListTargetsByRule.
pub(super) fn list(room: &Events, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Rule");
    paged(&format!("ListTargetsByRule {name}"), "Targets", room.find(name)?.targets.clone(), input)
}

/// ListRuleNamesByTarget.
pub(super) fn rules_of(room: &Events, input: &Value) -> Result<Value, ApiError> {
    let arn = text(input, "TargetArn");
    let found = room.rules.iter().filter(|(_, own)| own.targets.iter().any(|target| text(target, "Arn") == arn));
    let names: Vec<Value> = found.map(|(name, _)| name.as_str().into()).collect();
    paged(&format!("ListRuleNamesByTarget {arn}"), "RuleNames", names, input)
}

/// The input of RunTask for a target of a rule.
pub(super) fn run_task(rule: &str, target: &Value) -> Value {
    let ecs = &target["EcsParameters"];
    let mut input = object!({
        "cluster": text(target, "Arn"),
        "taskDefinition": text(ecs, "TaskDefinitionArn"),
        "count": ecs["TaskCount"].as_i64().unwrap_or(1),
        "startedBy": format!("events-rule/{rule}"),
    });
    for (theirs, own) in [
        ("LaunchType", "launchType"),
        ("PlatformVersion", "platformVersion"),
        ("Group", "group"),
        ("CapacityProviderStrategy", "capacityProviderStrategy"),
        ("PlacementConstraints", "placementConstraints"),
        ("PlacementStrategy", "placementStrategy"),
        ("PropagateTags", "propagateTags"),
        ("EnableECSManagedTags", "enableECSManagedTags"),
        ("EnableExecuteCommand", "enableExecuteCommand"),
        ("ReferenceId", "referenceId"),
    ] {
        if !ecs[theirs].is_null() {
            input[own] = ecs[theirs].clone();
        }
    }
    let network = &ecs["NetworkConfiguration"]["awsvpcConfiguration"];
    if network.is_object() {
        let members =
            [("Subnets", "subnets"), ("SecurityGroups", "securityGroups"), ("AssignPublicIp", "assignPublicIp")];
        let given = members.into_iter().filter(|(theirs, _)| !network[*theirs].is_null());
        let own = given.map(|(theirs, own)| (own, network[theirs].clone())).collect();
        input["networkConfiguration"] = object!({ "awsvpcConfiguration": crate::aws::object::of(own) });
    }
    if let Some(tags) = ecs["Tags"].as_array() {
        let tag = |own: &Value| object!({ "key": own["Key"].clone(), "value": own["Value"].clone() });
        input["tags"] = tags.iter().map(tag).collect::<Vec<_>>().into();
    }
    if let Some(overrides) = target["Input"].as_str().and_then(|own| serde_json::from_str(own).ok()) {
        input["overrides"] = overrides;
    }
    input
}
