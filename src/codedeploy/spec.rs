//! AppSpec files of ECS deployments (CDP-06): what the green task set is to be.

use super::words::ours;
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::yaml;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

fn invalid(message: impl Into<String>) -> ApiError {
    ours("InvalidRevisionException", message, "revision")
}

/// What an AppSpec says of the task set: members of CreateTaskSet, without its target group.
///
/// Errors: no AppSpec content, content that is neither JSON nor YAML, a missing member, hooks.
pub fn read(revision: &Value) -> Result<Value, ApiError> {
    if revision.is_null() {
        return Err(ours("RevisionRequiredException", "A revision is required.", "revision"));
    }
    let content = match revision["revisionType"].as_str() {
        Some("AppSpecContent") => &revision["appSpecContent"]["content"],
        Some("String") => &revision["string"]["content"],
        _ => return Err(ApiError::not_simulated("revisions from S3 or GitHub").at("revision.revisionType")),
    };
    let content = content.as_str().unwrap_or_default();
    let document = match serde_json::from_str::<Value>(content) {
        Ok(document) => document,
        Err(_) => yaml::read(content).map_err(|line| {
            invalid(format!("The AppSpec file is neither JSON nor YAML: line {line} cannot be read."))
        })?,
    };
    let hooks = document["Hooks"].as_array().or(document["hooks"].as_array());
    if hooks.is_some_and(|list| !list.is_empty()) {
        return Err(ApiError::not_simulated("hooks of an AppSpec file").at("revision"));
    }
    let resource = [&document["Resources"], &document["resources"]].into_iter().find_map(|own| own.as_array()?.first());
    let service = resource.and_then(|own| own.as_object()?.values().next()).unwrap_or(&Value::Null);
    if service["Type"] != "AWS::ECS::Service" {
        return Err(invalid("The AppSpec file must have one resource of the type AWS::ECS::Service."));
    }
    let given = &service["Properties"];
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let definition = text(&given["TaskDefinition"]);
    let (container, port) = (
        text(&given["LoadBalancerInfo"]["ContainerName"]),
        text(&given["LoadBalancerInfo"]["ContainerPort"]).parse::<u16>().ok(),
    );
    let (false, false, Some(port)) = (definition.is_empty(), container.is_empty(), port) else {
        return Err(invalid(
            "The AppSpec file needs TaskDefinition, LoadBalancerInfo.ContainerName and LoadBalancerInfo.ContainerPort.",
        ));
    };
    let mut set = object!({
        "taskDefinition": definition,
        "loadBalancers": alloc::vec![object!({ "containerName": container, "containerPort": port })],
    });
    for (member, value) in [
        ("platformVersion", &given["PlatformVersion"]),
        ("networkConfiguration", &given["NetworkConfiguration"]),
        ("capacityProviderStrategy", &given["CapacityProviderStrategy"]),
    ] {
        if !value.is_null() {
            set[member] = lowered(value);
        }
    }
    Ok(set)
}

/// The same with the names of members as the ECS API spells them, and numbers as numbers.
fn lowered(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let mut signs = name.chars();
                let first = signs.next().map(|sign| sign.to_ascii_lowercase());
                let value = match (name.as_str(), value) {
                    ("Base" | "Weight", Value::String(text)) => text.parse::<i64>().map_or(value.clone(), Value::from),
                    _ => lowered(value),
                };
                (first.into_iter().chain(signs).collect::<String>(), value)
            })
            .collect(),
        Value::Array(list) => list.iter().map(lowered).collect(),
        other => other.clone(),
    }
}
