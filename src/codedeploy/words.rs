//! The refusals of CodeDeploy. Its own words where they were seen, else the lab's.

use crate::aws::ApiError;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// A refusal in AWS's words.
pub fn refuse(code: &'static str, message: impl Into<String>, path: &'static str) -> ApiError {
    ApiError::new(code, message).at(path)
}

/// A refusal in the lab's words.
pub fn ours(code: &'static str, message: impl Into<String>, path: &'static str) -> ApiError {
    refuse(code, message, path).in_our_words()
}

/// A member that is a text.
pub fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

/// A name of up to 100 characters.
///
/// Errors: none given, or one that is too long.
pub fn name<'a>(
    input: &'a Value,
    member: &'static str,
    (required, invalid): (&'static str, &'static str),
) -> Result<&'a str, ApiError> {
    match text(input, member) {
        "" => Err(ours(required, format!("{member} is required."), member)),
        own if own.chars().count() > 100 => {
            Err(ours(invalid, format!("{member} is longer than 100 characters."), member))
        }
        own => Ok(own),
    }
}

pub fn application_name(input: &Value) -> Result<&str, ApiError> {
    name(input, "applicationName", ("ApplicationNameRequiredException", "InvalidApplicationNameException"))
}

pub fn group_name(input: &Value) -> Result<&str, ApiError> {
    name(input, "deploymentGroupName", ("DeploymentGroupNameRequiredException", "InvalidDeploymentGroupNameException"))
}

pub fn no_application(name: &str) -> ApiError {
    refuse("ApplicationDoesNotExistException", format!("No application found for name: {name}"), "applicationName")
}

pub fn no_group(name: &str) -> ApiError {
    let message = format!("No Deployment Group found for name: {name}");
    refuse("DeploymentGroupDoesNotExistException", message, "deploymentGroupName")
}
