//! What a service makes of a request body, where no command line has looked at it before.
//!
//! The SDKs refuse a request that misses a member or has one too many before they send it; the service itself drops
//! what it does not know, and takes a member that is missing for an empty one. Of a value of the wrong type it says so
//! in the words of its JSON reader (not documented by AWS: the code is real, the wording is seen in answers).

use super::ApiError;
use super::check::{Fault, InputError, Type, check_shape, constraint, validation_code};
use super::model::{Kind, Member, Operation, Shape};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A member that is a moment: text, or seconds since the epoch.
pub fn time(value: &Value) -> Option<SimTime> {
    match value {
        Value::String(text) => SimTime::parse(text).ok(),
        other => other.as_f64().map(|seconds| SimTime::from_millis((seconds * 1000.0) as i64)),
    }
}

/// The input as the operation's room gets it. Errors: `SerializationException` for a value of another type,
/// `InvalidParameterException` for a number or a list below the limits that the SDKs hold. ECS and EC2 take a missing
/// member for an empty one; the other services refuse all that breaks the model in one answer ([`constraint`]).
pub fn receive(operation: &Operation, body: Value) -> Result<Value, ApiError> {
    let mut input = body;
    tidy(operation.input, &mut input);
    let faults = check_shape(operation.input, &input);
    let own_words = ["ecs", "ec2"].contains(&operation.service);
    for fault in &faults {
        match &fault.kind {
            Fault::WrongType { wanted, got } if fault.client_side() => {
                let message = unreadable(*wanted, got);
                return Err(ApiError::new("SerializationException", message).at(fault.path.as_str()).in_our_words());
            }
            Fault::Missing { .. } if own_words => {}
            _ if !own_words => {}
            _ if fault.client_side() => {
                return Err(ApiError::invalid(fault.to_string()).at(fault.path.as_str()).in_our_words());
            }
            _ => {}
        }
    }
    if own_words {
        fill(operation.input, &mut input);
        let missing = |fault: &InputError| matches!(fault.kind, Fault::Missing { .. });
        if faults.iter().any(missing) {
            // Of what has no empty value the service can only say that it is not there.
            return match check_shape(operation.input, &input).into_iter().find(missing) {
                Some(fault) => Err(blank(operation.service, &fault.path)),
                None => Ok(input),
            };
        }
    } else if !faults.is_empty() {
        return Err(constraint(operation.service, &faults.iter().collect::<Vec<_>>()));
    }
    Ok(input)
}

/// The services that speak XML, by the command line's name.
pub const XML: [&str; 6] = ["autoscaling", "cloudwatch", "ec2", "elbv2", "iam", "sts"];

/// The error's name on the wire: what only a command line would have found is the service's to refuse here.
pub fn code<'a>(error: &'a ApiError, service: &str) -> &'a str {
    let xml = XML.contains(&service);
    match error.code.as_ref() {
        "ParamValidation" if service == "ec2" => "MissingParameter",
        "ParamValidation" => validation_code(service),
        "SerializationException" | "InvalidParameterException" if service == "ec2" => "InvalidParameterValue",
        "InvalidSignatureException" if xml && service != "cloudwatch" => "SignatureDoesNotMatch",
        "SerializationException" if xml && service != "cloudwatch" => "MalformedInput",
        code => code,
    }
}

/// Drops unknown members and those that are null.
fn tidy(shape: Shape, value: &mut Value) {
    match (shape.kind(), value) {
        (Kind::Structure { .. }, Value::Object(given)) => {
            // A token that the SDKs make up for each call says nothing where the lab knows no repetition of it.
            let counts =
                |member: &Member| !(member.idempotency_token && matches!(member.shape.kind(), Kind::Unsimulated));
            given.retain(|name, value| !value.is_null() && shape.member(name).is_some_and(counts));
            for (name, value) in given {
                if let Some(member) = shape.member(name) {
                    tidy(member.shape, value);
                }
            }
        }
        (Kind::Map { value: shape, .. }, Value::Object(given)) => {
            given.retain(|_, value| !value.is_null());
            given.iter_mut().for_each(|(_, value)| tidy(*shape, value));
        }
        (Kind::List { item, .. }, Value::Array(given)) => given.iter_mut().for_each(|value| tidy(*item, value)),
        _ => {}
    }
}

/// Gives what is missing as an empty value.
fn fill(shape: Shape, value: &mut Value) {
    match (shape.kind(), value) {
        (Kind::Structure { members, .. }, Value::Object(given)) => {
            for member in members {
                match given.get_mut(member.name) {
                    Some(value) => fill(member.shape, value),
                    None if member.required => {
                        if let Some(empty) = empty(member.shape) {
                            given.insert(member.name.to_string(), empty);
                        }
                    }
                    None => {}
                }
            }
        }
        (Kind::List { item, .. }, Value::Array(given)) => given.iter_mut().for_each(|value| fill(*item, value)),
        _ => {}
    }
}

fn empty(shape: Shape) -> Option<Value> {
    match shape.kind() {
        Kind::String { allowed, .. } if allowed.is_empty() => Some(Value::String(String::new())),
        Kind::List { .. } => Some(Value::Array(Vec::new())),
        Kind::Structure { .. } | Kind::Map { .. } => Some(Value::Object(Map::new())),
        _ => None,
    }
}

fn blank(service: &str, path: &str) -> ApiError {
    if service == "ec2" {
        return ApiError::new("MissingParameter", format!("The request must contain the parameter {path}")).at(path);
    }
    ApiError::invalid(format!("{path} can not be blank.")).at(path).in_our_words()
}

fn unreadable(wanted: Type, got: &Value) -> String {
    let article = match wanted {
        Type::Object | Type::List if got.is_object() || got.is_array() => {
            let start = if got.is_object() { "structure or map" } else { "list" };
            return format!("Start of {start} found where not expected.");
        }
        Type::Object => return "Expected structure or map.".to_string(),
        Type::List => return "Expected list or null".to_string(),
        Type::Integer => "an Integer",
        Type::Double => "a Double",
        Type::Boolean => "a Boolean",
        Type::Timestamp => "a Timestamp",
        Type::Blob => "a ByteBuffer",
        Type::String => "a String",
    };
    match got {
        Value::Object(_) => "Start of structure or map found where not expected.".to_string(),
        Value::Array(_) => "Start of list found where not expected.".to_string(),
        Value::String(_) => format!("STRING_VALUE can not be converted to {article}"),
        Value::Number(number) if number.is_f64() => format!("DECIMAL_VALUE can not be converted to {article}"),
        Value::Number(_) => format!("NUMBER_VALUE can not be converted to {article}"),
        Value::Bool(true) => format!("TRUE_VALUE can not be converted to {article}"),
        Value::Bool(false) | Value::Null => format!("FALSE_VALUE can not be converted to {article}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::model;
    use serde_json::json;

    #[test]
    fn a_body_is_taken_as_the_service_takes_it() {
        let type_error = |why: &str| Err(format!("SerializationException: {why}"));
        for (operation, body, expected) in [
            (
                "ListClusters",
                json!({ "maxResults": 5, "color": "red", "nextToken": null }),
                Ok(json!({ "maxResults": 5 })),
            ),
            ("DescribeTasks", json!({}), Ok(json!({ "tasks": [] }))),
            (
                "RegisterTaskDefinition",
                json!({ "family": "f", "containerDefinitions": [{ "image": "busybox", "environment": [{ "name": "A", "x": 1 }] }] }),
                Ok(
                    json!({ "family": "f", "containerDefinitions": [{ "image": "busybox", "environment": [{ "name": "A" }] }] }),
                ),
            ),
            (
                "ListClusters",
                json!({ "maxResults": "5" }),
                type_error("STRING_VALUE can not be converted to an Integer"),
            ),
            ("RunTask", json!({ "taskDefinition": 5 }), type_error("NUMBER_VALUE can not be converted to a String")),
            ("DescribeTasks", json!({ "tasks": "t" }), type_error("Expected list or null")),
            (
                "DescribeTasks",
                json!({ "tasks": { "a": 1 } }),
                type_error("Start of structure or map found where not expected."),
            ),
            (
                "PutAccountSetting",
                json!({ "value": "enabled" }),
                Err("InvalidParameterException: name can not be blank.".to_string()),
            ),
            ("DescribeTasks", json!([]), type_error("Start of list found where not expected.")),
        ] {
            let operation = model::operation("ecs", operation).unwrap();
            let got = receive(operation, body.clone()).map_err(|error| error.to_string());
            assert_eq!(got, expected, "{} {body}", operation.name);
        }
    }
}
