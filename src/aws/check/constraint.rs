//! How most services refuse a value that breaks the model: the words of AWS's service framework, the same everywhere.
//!
//! ECR tells the first fault alone, and not the value. Seen in answers of CloudWatch Logs, ECR, Application Auto Scaling, IAM and Elastic Load Balancing; ECS and EC2 have
//! words of their own.

use super::{Fault, InputError};
use crate::aws::ApiError;
use crate::aws::model::Bounds;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The code of a value that breaks the model, which each service names otherwise.
pub fn validation_code(service: &str) -> &'static str {
    match service {
        "autoscaling" | "cloudwatch" | "elbv2" | "iam" | "sts" => "ValidationError",
        "application-autoscaling" | "codedeploy" | "events" | "ssm" => "ValidationException",
        "ec2" => "InvalidParameterValue",
        "s3" => "InvalidArgument",
        "route53" | "servicediscovery" => "InvalidInput",
        _ => "InvalidParameterException",
    }
}

/// The refusal of a request with these faults, of which there is at least one.
#[inline(never)]
pub fn constraint(service: &str, faults: &[&InputError]) -> ApiError {
    if let Some(fault) = faults.iter().find(|fault| fault.kind == Fault::Unsimulated) {
        return fault.refusal();
    }
    if let (Some(fault), "ecr") = (faults.first(), service) {
        let rule = match &fault.kind {
            Fault::BadPattern { pattern, .. } => format!("must satisfy regular expression '{pattern}'"),
            kind => format!("Member must {}", rule(kind)),
        };
        let message = format!("Invalid parameter at '{}' failed to satisfy constraint: '{rule}'", place(&fault.path));
        return ApiError::new(validation_code(service), message).at(fault.path.as_str());
    }
    let told: Vec<String> = faults.iter().map(|fault| told(fault)).collect();
    let plural = if told.len() == 1 { "" } else { "s" };
    let message = format!("{} validation error{plural} detected: {}", told.len(), told.join("; "));
    let path = faults.first().map_or("", |fault| fault.path.as_str());
    ApiError::new(validation_code(service), message).at(path)
}

fn told(fault: &InputError) -> String {
    let value = match &fault.kind {
        Fault::Missing { .. } => "null".to_string(),
        Fault::NotInEnum { value, .. } | Fault::BadPattern { value, .. } => quoted(value),
        Fault::BadLength { value, .. } => quoted(&plain(value)),
        Fault::OutOfRange { value, .. } | Fault::Overflow { value, .. } => quoted(&value.to_string()),
        _ => return fault.to_string(),
    };
    format!("Value {value} at '{}' failed to satisfy constraint: Member must {}", place(&fault.path), rule(&fault.kind))
}

/// A value as Java prints it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}

fn rule(fault: &Fault) -> String {
    match fault {
        Fault::NotInEnum { allowed, .. } => format!("satisfy enum value set: [{}]", allowed.join(", ")),
        Fault::BadPattern { pattern, .. } => format!("satisfy regular expression pattern: {pattern}"),
        Fault::BadLength { length, bounds, .. } => limit("length", *length, *bounds),
        Fault::OutOfRange { value, bounds } => limit("value", value.as_i64().unwrap_or(i64::MAX), *bounds),
        Fault::Overflow { bits, .. } => format!("fit {bits} bits"),
        _ => "not be null".to_string(),
    }
}

fn limit(what: &str, given: i64, bounds: Bounds) -> String {
    match (bounds.min, bounds.max) {
        (Some(min), _) if given < min => format!("have {what} greater than or equal to {min}"),
        (_, max) => format!("have {what} less than or equal to {}", max.unwrap_or(i64::MAX)),
    }
}

/// A path as the framework writes it: small first letters, items counted from one.
fn place(path: &str) -> String {
    let mut out = String::new();
    for step in path.split('.') {
        let (name, places) = step.split_once('[').unwrap_or((step, ""));
        if !out.is_empty() {
            out.push('.');
        }
        let mut letters = name.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_lowercase()));
        out.push_str(letters.as_str());
        for number in places.split(['[', ']']).filter_map(|number| number.parse::<usize>().ok()) {
            out.push_str(&format!(".{}.member", number + 1));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_counts_from_one_and_begins_small() {
        for (path, expected) in [
            ("logGroupName", "logGroupName"),
            ("LogEvents[0].Message", "logEvents.1.member.message"),
            ("Names[2]", "names.3.member"),
        ] {
            assert_eq!(place(path), expected);
        }
    }
}
