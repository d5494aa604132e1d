//! What a request names, before anything is looked up: whose ARNs they are, and of which cluster.

use crate::aws::ApiError;
use crate::aws::arn::{Account, Arn, Resource};
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// Members that name a resource of ECS by its ARN.
const NAMING: &[&str] = &[
    "capacityProvider",
    "capacityProviders",
    "cluster",
    "clusters",
    "containerInstance",
    "containerInstanceArn",
    "containerInstances",
    "primaryTaskSet",
    "resourceArn",
    "service",
    "targetId",
    "task",
    "taskDefinition",
    "taskDefinitions",
    "taskSet",
    "taskSets",
    "tasks",
    "services",
    "serviceDeploymentArn",
    "serviceDeploymentArns",
    "serviceName",
    "serviceRevisionArns",
];

/// The members of those that name something within a cluster.
const WITHIN: &[&str] =
    &["containerInstance", "containerInstances", "service", "serviceName", "services", "task", "tasks"];

/// Refuses ARNs that are too short, in the words of AWS's parser (OBS for the last colon), ARNs of another account, as
/// IAM does where no resource policy lets the caller in, and of another region.
pub fn own(account: &Account, operation: &str, input: &Value) -> Result<(), ApiError> {
    each(input, NAMING, &mut |name, text| {
        let colons = text.matches(':').count();
        if let Some(lost) = LOST.get(colons.wrapping_sub(1)) {
            let message = format!("com.amazon.arn.ARNSyntaxException: {lost} delimiter) not found: {text}");
            let refusal = ApiError::client(message).at(name);
            return Err(if colons == LOST.len() { refusal } else { refusal.in_our_words() });
        }
        let mut parts = text.split(':').skip(2);
        let (Some("ecs"), Some(region), Some(id)) = (parts.next(), parts.next(), parts.next()) else { return Ok(()) };
        if id != account.id {
            let caller = account.principal("user/learner");
            let message = format!(
                "User: {caller} is not authorized to perform: ecs:{operation} on resource: {text} because no \
                 resource-based policy allows the ecs:{operation} action"
            );
            return Err(ApiError::new("AccessDeniedException", message).at(name).in_our_words());
        }
        if region != account.region {
            let message =
                format!("Invalid identifier: Identifier is for region {region}. Your region is {}", account.region);
            return Err(ApiError::invalid(message).at(name).in_our_words());
        }
        Ok(())
    })
}

/// Refuses ARNs of tasks and container instances of another cluster than the one named.
pub fn in_cluster(input: &Value, cluster: &str) -> Result<(), ApiError> {
    each(input, WITHIN, &mut |name, text| match Arn::parse(text).map(|arn| arn.resource) {
        Ok(
            Resource::Task { cluster: other, .. }
            | Resource::ContainerInstance { cluster: other, .. }
            | Resource::Service { cluster: other, .. },
        ) if other != cluster => {
            let message = format!("Invalid identifier: Identifier is for cluster {other}. Your cluster is {cluster}");
            Err(ApiError::invalid(message).at(name))
        }
        _ => Ok(()),
    })
}

/// The colon that is missing behind the first, the second and so on.
const LOST: [&str; 4] = [
    "Second colon (partition/vendor",
    "Third colon (vendor/region",
    "Fourth colon (region/namespace",
    "Fifth colon (namespace/relative-id",
];

type Rule<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(), ApiError>;

/// Applies a rule to each ARN that stands in one of the members, those of listed structures included.
fn each(input: &Value, names: &[&str], rule: Rule<'_>) -> Result<(), ApiError> {
    for (name, value) in input.as_object().into_iter().flatten() {
        let values = value.as_array().map_or(core::slice::from_ref(value), |list| list.as_slice());
        let listed = value.is_array();
        for (index, value) in values.iter().enumerate() {
            match value {
                Value::String(text) if text.starts_with("arn:") && names.contains(&name.as_str()) => {
                    let path = if listed { format!("{name}[{index}]") } else { String::from(name) };
                    rule(&path, text)?;
                }
                Value::Object(_) => each(value, names, rule)?,
                _ => {}
            }
        }
    }
    Ok(())
}
