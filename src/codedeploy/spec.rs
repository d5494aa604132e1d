//! AppSpec files of ECS deployments (CDP-06): what the green task set is to be.

use super::words::{ours, refuse, text};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::yaml;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

fn invalid(message: impl Into<String>) -> ApiError {
    ours("InvalidRevisionException", message, "revision")
}

/// Where the AppSpec file of a revision is.
pub enum Source<'a> {
    /// In the call itself.
    Text(&'a str),
    /// In a bucket, under a key.
    Object(&'a str, &'a str),
}

/// Errors: no revision, one that is in none of the places, an archive.
pub fn source(revision: &Value) -> Result<Source<'_>, ApiError> {
    if revision.is_null() {
        return Err(refuse("RevisionRequiredException", "RevisionLocation must be specified", "revision"));
    }
    let content = match revision["revisionType"].as_str() {
        Some("AppSpecContent") => &revision["appSpecContent"]["content"],
        Some("String") => &revision["string"]["content"],
        Some("S3") => return object(&revision["s3Location"]),
        _ => return Err(ApiError::not_simulated("revisions from GitHub").at("revision.revisionType")),
    };
    Ok(Source::Text(content.as_str().unwrap_or_default()))
}

fn object(location: &Value) -> Result<Source<'_>, ApiError> {
    let path = "revision.s3Location";
    let (bucket, key) = (text(location, "bucket"), text(location, "key"));
    if bucket.is_empty() || key.is_empty() {
        return Err(ours("InvalidRevisionException", "An S3 location needs a bucket and a key.", path));
    }
    match location["bundleType"].as_str() {
        Some("YAML" | "JSON") => Ok(Source::Object(bucket, key)),
        _ => Err(refuse("InvalidRevisionException", "BundleType must be either YAML or JSON", path)),
    }
}

/// A revision as GetDeployment shows it: of content that stood in the call only its digest.
pub fn without_content(revision: &Value) -> Value {
    let mut shown = revision.clone();
    for member in ["appSpecContent", "string"] {
        if let Some(content) = revision[member]["content"].as_str() {
            shown[member] = object!({ "sha256": sha256(content) });
        }
    }
    shown
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an AppSpec says of the task set: members of CreateTaskSet, without its target group.
///
/// Errors: content that is neither JSON nor YAML, a missing member, hooks.
pub fn read(content: &str) -> Result<Value, ApiError> {
    let document = match serde_json::from_str::<Value>(content) {
        Ok(document) => document,
        Err(_) => yaml::read(content).map_err(|line| {
            invalid(format!(
                "The input AppSpec file is a not well-formed yaml. The template cannot be parsed. (line {line})"
            ))
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
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let definition = plain(&given["TaskDefinition"]);
    let (container, port) = (
        plain(&given["LoadBalancerInfo"]["ContainerName"]),
        plain(&given["LoadBalancerInfo"]["ContainerPort"]).parse::<u16>().ok(),
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
