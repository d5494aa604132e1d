//! Which target a request is about, and refusals.

use super::{ApplicationAutoScaling, Target};
use crate::aws::ApiError;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// The scalable dimension of services.
pub const DIMENSION: &str = "ecs:service:DesiredCount";

/// ValidationException.
pub fn invalid(message: impl Into<String>, path: &'static str) -> ApiError {
    ApiError::new("ValidationException", message).at(path)
}

/// The same where AWS publishes no words.
pub fn refuse(message: impl Into<String>, path: &'static str) -> ApiError {
    invalid(message, path).in_our_words()
}

/// LimitExceededException.
pub fn over(message: String) -> ApiError {
    ApiError::new("LimitExceededException", message).in_our_words()
}

/// Whether the lab holds the namespace and the dimension of a request.
pub fn scope(input: &Value) -> Result<(), ApiError> {
    match input["ServiceNamespace"].as_str().unwrap_or_default() {
        "ecs" => {}
        other => {
            return Err(ApiError::not_simulated(&format!("the service namespace {other}")).at("ServiceNamespace"));
        }
    }
    match input["ScalableDimension"].as_str() {
        None | Some(DIMENSION) => Ok(()),
        Some(_) => Err(unsupported("ScalableDimension")),
    }
}

fn unsupported(path: &'static str) -> ApiError {
    invalid("Unsupported service namespace, resource type or scalable dimension", path)
}

/// ResourceId of a request, with the names of its cluster and its service.
pub fn resource(input: &Value) -> Result<(&str, &str, &str), ApiError> {
    scope(input)?;
    let named = input["ResourceId"].as_str().unwrap_or_default();
    let parts = named.strip_prefix("service/").and_then(|rest| rest.split_once('/'));
    let whole =
        |(cluster, service): &(&str, &str)| !cluster.is_empty() && !service.is_empty() && !service.contains('/');
    let (cluster, service) = parts.filter(whole).ok_or_else(|| unsupported("ResourceId"))?;
    Ok((named, cluster, service))
}

/// The target that a request names. Errors: it is not registered.
pub fn registered<'a>(room: &'a ApplicationAutoScaling, input: &Value) -> Result<&'a Target, ApiError> {
    let (named, ..) = resource(input)?;
    room.target(named).ok_or_else(|| missing("scalable target", named))
}

/// ObjectNotFoundException.
pub fn missing(what: &str, resource: &str) -> ApiError {
    let message =
        format!("No {what} found for service namespace: ecs, resource ID: {resource}, scalable dimension: {DIMENSION}");
    ApiError::new("ObjectNotFoundException", message).at("ResourceId")
}

/// A member that is a text; empty where it is absent.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
