//! What a capacity provider strategy may say (CP-01 to CP-04, and 2.1 to 2.3 of the reference on scaling).

use super::provider::FARGATE;
use crate::aws::ApiError;
use crate::aws::arn;
use crate::aws::object::object;
use crate::ecs::{Ecs, LaunchType};
use crate::event::ClusterId;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Providers that a strategy or a cluster holds at most (2.2).
pub const MOST: usize = 20;

/// The launch type of what a provider with that name runs.
pub fn launch_of(ecs: &Ecs, name: &str) -> LaunchType {
    match ecs.providers.get(name) {
        _ if FARGATE.contains(&name) => LaunchType::Fargate,
        Some(own) if own.pool.is_some() => LaunchType::ManagedInstances,
        _ => LaunchType::Ec2,
    }
}

/// What a strategy may say in a cluster with these providers, to which its own ones of Managed Instances come. Those have to
/// be ACTIVE, and stand alone.
pub fn of_cluster(
    ecs: &Ecs,
    cluster: Option<ClusterId>,
    providers: &Value,
    asked: &Value,
    member: &str,
) -> Result<Value, ApiError> {
    let mut known = providers.as_array().cloned().unwrap_or_default();
    known.extend(cluster.into_iter().flat_map(|id| ecs.pools_in(id)).map(|(name, _)| Value::from(name)));
    let out = strategy(&Value::Array(known), asked, member)?;
    let names = || out.as_array().into_iter().flatten().filter_map(|item| item["capacityProvider"].as_str());
    let of_pool = |name: &&str| launch_of(ecs, name) == LaunchType::ManagedInstances;
    if let Some(name) = names().find(|name| ecs.providers.get(*name).is_some_and(|own| !own.usable())) {
        let message = format!(
            "The specified capacity provider '{name}' is not in an ACTIVE state. Specify a valid capacity provider and try \
             again."
        );
        return Err(ApiError::invalid(message).at(member));
    }
    if names().any(|name| of_pool(&name)) && !names().all(|name| of_pool(&name)) {
        let message = "A capacity provider strategy cannot contain a mix of capacity providers for Amazon ECS Managed \
                       Instances and other capacity providers. Specify one or the other and try again.";
        return Err(ApiError::invalid(message).at(member).in_our_words());
    }
    Ok(out)
}

/// CP-01 to CP-04: what a strategy may say when these providers are associated with the cluster.
pub fn strategy(providers: &Value, asked: &Value, member: &str) -> Result<Value, ApiError> {
    let items = asked.as_array().map(Vec::as_slice).unwrap_or_default();
    let refuse = |message: &str| ApiError::invalid(message).at(member);
    if items.len() > MOST {
        return Err(refuse("A capacity provider strategy can have at most 20 items.").in_our_words());
    }
    let name = |item: &Value| arn::short_name(item["capacityProvider"].as_str().unwrap_or_default()).to_string();
    let number = |item: &Value, what: &str| item[what].as_i64().unwrap_or(0);
    let mut out: Vec<Value> = Vec::new();
    for item in items {
        let name = name(item);
        if !providers.as_array().into_iter().flatten().any(|known| *known == name) {
            let message = "The specified capacity provider strategy cannot contain a capacity provider that is not \
                           associated with the cluster. Associate the capacity provider with the cluster and try again.";
            return Err(refuse(message));
        }
        if out.iter().any(|known| known["capacityProvider"] == name) {
            return Err(refuse("A capacity provider strategy names a capacity provider once.").in_our_words());
        }
        out.push(object!({
            "capacityProvider": name,
            "weight": number(item, "weight"),
            "base": number(item, "base"),
        }));
    }
    let of_fargate = |item: &&Value| FARGATE.iter().any(|own| item["capacityProvider"] == *own);
    let fargate = out.iter().filter(of_fargate).count();
    if fargate > 0 && fargate < out.len() {
        let message = "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups \
                       and Fargate providers. Specify one or the other and try again.";
        return Err(refuse(message));
    }
    if out.iter().filter(|item| number(item, "base") > 0).count() > 1 {
        let message = "There are multiple capacity providers in the specified capacity provider strategy with a base \
                       value defined";
        return Err(refuse(message));
    }
    if out.len() > 1 && out.iter().all(|item| number(item, "weight") == 0) {
        let message = "There are no capacity providers in the capacity provider strategy with a weight value greater \
                       than zero";
        return Err(refuse(message));
    }
    Ok(Value::Array(out))
}
