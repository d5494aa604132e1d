//! Log groups: made, deleted, kept for so many days, listed.

use super::{Group, Logs, Scene, no_group, streams, tell, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::{self, object};
use crate::aws::page::page;
use crate::event::{Cx, Event};
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use serde_json::Value;

/// The numbers of days that a group may keep its events.
const DAYS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// A group as it is made without a wish.
pub fn fresh(now: SimTime) -> Group {
    Group { created: now, class: "STANDARD".into(), key: None, retention: None, protected: false, streams: Map::new() }
}

/// CreateLogGroup. Errors: ResourceAlreadyExistsException; a name that AWS keeps for itself.
pub fn create(logs: &mut Logs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "logGroupName");
    if name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws/")) {
        let message = "Log groups starting with AWS/ are reserved for AWS.";
        return Err(ApiError::invalid(message).at("logGroupName"));
    }
    if logs.groups.contains_key(name) {
        return Err(ApiError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let mut group = fresh(cx.now());
    if let Some(class) = input["logGroupClass"].as_str() {
        group.class = class.to_string();
    }
    group.key = input["kmsKeyId"].as_str().map(ToString::to_string);
    group.protected = input["deletionProtectionEnabled"] == true;
    logs.create(cx, name, group);
    Ok(Value::Null)
}

/// DeleteLogGroup. Errors: ResourceNotFoundException; ValidationException for a protected one.
pub fn delete(logs: &mut Logs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "logGroupName");
    if logs.group(name)?.protected {
        let message = "The log group has deletion protection enabled.";
        return Err(ApiError::new("ValidationException", message).in_our_words());
    }
    logs.groups.remove(name);
    tell(cx, name, "deleted");
    cx.schedule(SimDuration::ZERO, Event::LogGroupsChanged);
    Ok(Value::Null)
}

/// PutRetentionPolicy. Errors: ResourceNotFoundException; InvalidParameterException for a number that is none of AWS's.
pub fn retain(logs: &mut Logs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let days = input["retentionInDays"].as_i64().unwrap_or_default();
    if !DAYS.contains(&days) {
        let all: Vec<String> = DAYS.iter().map(i64::to_string).collect();
        let message = format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must \
             satisfy enum value set: [{}]",
            all.join(", ")
        );
        return Err(ApiError::invalid(message).at("retentionInDays"));
    }
    set_retention(logs, cx, input, Some(days))
}

/// DeleteRetentionPolicy. Errors: ResourceNotFoundException.
pub fn retain_for_ever(logs: &mut Logs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    set_retention(logs, cx, input, None)
}

fn set_retention(logs: &mut Logs, cx: &mut Cx<'_>, input: &Value, days: Option<i64>) -> Result<Value, ApiError> {
    let name = text(input, "logGroupName");
    logs.group(name)?.retention = days;
    let what =
        days.map_or_else(|| "keeps its events for ever".to_string(), |days| format!("keeps its events {days} days"));
    tell(cx, name, &what);
    Ok(Value::Null)
}

/// DescribeLogGroups, by name.
pub fn describe(scene: &Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let (prefix, pattern) = (input["logGroupNamePrefix"].as_str(), input["logGroupNamePattern"].as_str());
    if prefix.is_some() && pattern.is_some() {
        let message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
        return Err(ApiError::invalid(message));
    }
    // A pattern stands anywhere in the name, whatever its case.
    let pattern = pattern.unwrap_or_default().to_lowercase();
    let named = input["logGroupIdentifiers"].as_array();
    let class = input["logGroupClass"].as_str();
    let fits = |name: &str, group: &Group| {
        name.starts_with(prefix.unwrap_or_default())
            && name.to_lowercase().contains(&pattern)
            && class.is_none_or(|class| class == group.class)
            && named.is_none_or(|all| all.iter().filter_map(Value::as_str).any(|own| name_of(own) == name))
    };
    let found = scene.logs.groups.iter().filter(|(name, group)| fits(name, group));
    let all: Vec<Value> = found.map(|(name, group)| view(scene, name, group)).collect();
    let scope = format!("DescribeLogGroups:{prefix:?}:{pattern}:{class:?}:{named:?}");
    let (all, next) = page(&scope, all, input["nextToken"].as_str(), input["limit"].as_i64(), 50)?;
    Ok(with_token(vec![("logGroups", all.into())], next))
}

fn view(scene: &Scene<'_>, name: &str, group: &Group) -> Value {
    let arn = arn(scene.account, name);
    let stored: usize = streams::of(scene, name, group).values().map(streams::bytes).sum();
    let mut view = object!({
        "logGroupName": name,
        "creationTime": group.created.as_millis(),
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "storedBytes": stored,
        "logGroupClass": group.class.as_str(),
        "logGroupArn": arn,
        "deletionProtectionEnabled": group.protected,
    });
    if let Some(key) = &group.key {
        view["kmsKeyId"] = key.as_str().into();
    }
    if let Some(days) = group.retention {
        view["retentionInDays"] = days.into();
    }
    view
}

/// The group's ARN.
pub fn arn(account: &Account, name: &str) -> String {
    format!("arn:{}:logs:{}:{}:log-group:{name}", account.partition(), account.region, account.id)
}

/// The name in a name or an ARN of a group.
fn name_of(identifier: &str) -> &str {
    let name = identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

/// The group that `logGroupName` or `logGroupIdentifier` names. Errors: both or neither; ResourceNotFoundException.
pub fn find<'a>(scene: &Scene<'a>, input: &'a Value) -> Result<(&'a str, &'a Group), ApiError> {
    let (name, identifier) = (input["logGroupName"].as_str(), input["logGroupIdentifier"].as_str());
    let name = match (name, identifier) {
        (Some(_), Some(_)) => {
            let message = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
            return Err(ApiError::invalid(message));
        }
        (None, None) => {
            let message = "Either logGroupName or logGroupIdentifier must be specified.";
            return Err(ApiError::invalid(message).in_our_words());
        }
        (name, identifier) => name.or(identifier.map(name_of)).unwrap_or_default(),
    };
    scene.logs.groups.get(name).map(|group| (name, &**group)).ok_or_else(no_group)
}

/// An answer with the token of its next page, if there is one.
pub fn with_token(mut members: Vec<(&str, Value)>, next: Option<String>) -> Value {
    members.extend(next.map(|token| ("nextToken", token.into())));
    object::of(members)
}
