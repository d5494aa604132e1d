//! Tags of namespaces and services.

use super::{ServiceDiscovery, ours, tell, text};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::Cx;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

/// Tags of one resource.
const MOST: usize = 50;

/// The tags of a request as a resource keeps them; of several with one key the last. Errors: TooManyTagsException.
pub fn given(given: &Value) -> Result<Value, ApiError> {
    joined(&Value::Null, given)
}

fn joined(before: &Value, given: &Value) -> Result<Value, ApiError> {
    let mut all: Vec<Value> = before.as_array().cloned().unwrap_or_default();
    for tag in given.as_array().into_iter().flatten() {
        all.retain(|own| own["Key"] != tag["Key"]);
        all.push(object!({ "Key": text(tag, "Key"), "Value": text(tag, "Value") }));
    }
    if all.len() > MOST {
        return Err(ours("TooManyTagsException", "A resource can have at most 50 tags.", "Tags"));
    }
    Ok(Value::from(all))
}

fn missing() -> ApiError {
    ours("ResourceNotFoundException", "No namespace or service with this ARN exists.", "ResourceARN")
}

/// TagResource, over those that are there, and UntagResource, where a key that is not there is no error.
pub fn change(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = text(input, "ResourceARN");
    let mut all = joined(of(room, arn)?, &input["Tags"])?;
    let gone: Vec<&str> = input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(list) = all.as_array_mut() {
        list.retain(|own| !gone.contains(&text(own, "Key")));
    }
    let space = room.namespace(arn).map(|own| own.number);
    let service = room.service(arn).map(|own| own.number);
    if let Some(own) = room.namespaces.iter_mut().find(|own| Some(own.number) == space) {
        Rc::make_mut(own).tags = all;
    } else if let Some(own) = service.and_then(|number| room.change(number)) {
        own.tags = all;
    }
    tell(cx, arn, "has other tags");
    Ok(object!({}))
}

fn of<'a>(room: &'a ServiceDiscovery, arn: &str) -> Result<&'a Value, ApiError> {
    let space = room.namespace(arn).map(|own| &own.tags);
    space.or_else(|| room.service(arn).map(|own| &own.tags)).filter(|_| arn.starts_with("arn:")).ok_or_else(missing)
}

/// ListTagsForResource.
pub fn list(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    Ok(object!({ "Tags": of(room, text(input, "ResourceARN"))?.clone() }))
}
