//! `managedInstancesProvider` of CreateCapacityProvider and UpdateCapacityProvider (`scaling-ecr-iam-cli.md` 2.12).
//!
//! Sources: ECS API reference (CreateManagedInstancesProviderConfiguration, InstanceLaunchTemplate,
//! InfrastructureOptimization), ECS developer guide (storage of Managed Instances), read 2026-11-22.

use super::{cluster_of, strings};
use crate::aws::ApiError;
use crate::aws::arn;
use crate::ec2::network;
use crate::ecs::{Ecs, Provider, TaskStatus, pool};
use crate::event::{ClusterId, Cx};
use crate::iam::{Kind, RoleState, is_foreign, role_state};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Why PutClusterCapacityProviders does not take one: its first sentence is AWS's.
pub const NOT_BY_THIS_API: &str = "Cannot associate Managed Instances capacity provider to clusters using this API. Managed \
                                   Instances capacity providers are already associated with the cluster that they were \
                                   created in.";

const TEMPLATE: &str = "instanceLaunchTemplate";
/// GiB of the data volume.
const STORAGE: core::ops::RangeInclusive<i64> = 30..=16_384;
/// The longest scaleInAfter, in seconds.
const LONGEST_IDLE: i64 = 3600;

fn ours(message: impl Into<String>, member: &str) -> ApiError {
    ApiError::invalid(message).at(format!("managedInstancesProvider.{member}")).in_our_words()
}

/// The cluster and the settings of a new provider.
///
/// # Errors
/// No cluster, or settings that do not go.
pub fn create(ecs: &Ecs, rooms: &Rooms, cx: &Cx<'_>, input: &Value) -> Result<(ClusterId, Value), ApiError> {
    if !input["cluster"].is_string() {
        let message = "A capacity provider of Amazon ECS Managed Instances needs the cluster that it is for.";
        return Err(ApiError::invalid(message).at("cluster").in_our_words());
    }
    let cluster = cluster_of(ecs, input)?.id;
    Ok((cluster, checked(rooms, cx, input["managedInstancesProvider"].clone())?))
}

/// The settings after an update: each member of the launch template that is given takes the place of the old one. What runs
/// already stays as it is.
///
/// # Errors
/// Settings that do not go.
pub fn update(rooms: &Rooms, cx: &Cx<'_>, old: &Value, given: &Value) -> Result<Value, ApiError> {
    if !given.is_object() {
        let message = "managedInstancesProvider is required for a capacity provider of Amazon ECS Managed Instances.";
        return Err(ApiError::invalid(message).at("managedInstancesProvider").in_our_words());
    }
    let mut all = old.clone();
    for (name, value) in given.as_object().into_iter().flatten().filter(|(name, _)| *name != TEMPLATE) {
        all[name.as_str()] = value.clone();
    }
    for (name, value) in given[TEMPLATE].as_object().into_iter().flatten() {
        all[TEMPLATE][name.as_str()] = value.clone();
    }
    checked(rooms, cx, all)
}

/// Settings that go, with what they leave out where AWS says what it is then.
fn checked(rooms: &Rooms, cx: &Cx<'_>, mut all: Value) -> Result<Value, ApiError> {
    roles(rooms, cx, &all)?;
    places(rooms, cx, &all[TEMPLATE]["networkConfiguration"])?;
    let template = &all[TEMPLATE];
    if template["capacityOptionType"] == "RESERVED" {
        let refused = ApiError::not_simulated("Capacity Reservations");
        return Err(refused.at(format!("managedInstancesProvider.{TEMPLATE}.capacityOptionType")));
    }
    let monitoring = template["monitoring"].as_str().unwrap_or("BASIC").to_ascii_uppercase();
    if !["BASIC", "DETAILED"].contains(&monitoring.as_str()) {
        return Err(ours("monitoring is BASIC or DETAILED.", &format!("{TEMPLATE}.monitoring")));
    }
    if template["storageConfiguration"]["storageSizeGiB"].as_i64().is_some_and(|size| !STORAGE.contains(&size)) {
        let message = format!("storageSizeGiB must be from {} to {}.", STORAGE.start(), STORAGE.end());
        return Err(ours(message, &format!("{TEMPLATE}.storageConfiguration.storageSizeGiB")));
    }
    requirements(&template["instanceRequirements"])?;
    let idle = &all["infrastructureOptimization"]["scaleInAfter"];
    if idle.as_i64().is_some_and(|seconds| !(-1..=LONGEST_IDLE).contains(&seconds)) {
        let message = format!("scaleInAfter must be -1, or from 0 to {LONGEST_IDLE} seconds.");
        return Err(ours(message, "infrastructureOptimization.scaleInAfter"));
    }
    let option = template["capacityOptionType"].as_str().unwrap_or("ON_DEMAND").to_string();
    all[TEMPLATE]["capacityOptionType"] = Value::from(option);
    all[TEMPLATE]["monitoring"] = Value::from(monitoring);
    if all["propagateTags"].is_null() {
        all["propagateTags"] = Value::from("NONE");
    }
    Ok(all)
}

/// The infrastructure role is there and trusts ECS; the instance profile is there and holds a role.
fn roles(rooms: &Rooms, cx: &Cx<'_>, all: &Value) -> Result<(), ApiError> {
    let account = &cx.options().account;
    let role = all["infrastructureRoleArn"].as_str().unwrap_or_default();
    let member = "infrastructureRoleArn";
    if !(role.starts_with("arn:") && role.contains(":role/")) {
        return Err(ours(format!("'{role}' is not the ARN of a role."), member));
    }
    let state = role_state(&rooms.iam, account, role, "ecs.amazonaws.com");
    let unknown = state == RoleState::OnTrust && !is_foreign(account, role);
    if unknown || matches!(state, RoleState::Closed | RoleState::Gone) {
        let message = format!(
            "ECS was unable to assume the infrastructure role '{role}'. It must exist, and its trust policy must let \
             ecs.amazonaws.com assume it."
        );
        return Err(ours(message, member));
    }
    let named = all[TEMPLATE]["ec2InstanceProfileArn"].as_str().unwrap_or_default();
    let member = format!("{TEMPLATE}.ec2InstanceProfileArn");
    if !(named.starts_with("arn:") && named.contains(":instance-profile/")) {
        return Err(ours(format!("'{named}' is not the ARN of an instance profile."), &member));
    }
    let own = rooms.iam.get(Kind::InstanceProfile, arn::short_name(named)).filter(|own| own.arn(account) == named);
    match own {
        Some(own) if own.members.is_empty() => {
            Err(ours(format!("The instance profile '{named}' holds no role."), &member))
        }
        None if !is_foreign(account, named) => Err(ours(format!("There is no instance profile '{named}'."), &member)),
        _ => Ok(()),
    }
}

/// The subnets and security groups are there, and of one VPC.
fn places(rooms: &Rooms, cx: &Cx<'_>, given: &Value) -> Result<(), ApiError> {
    let known = rooms.ec2.network();
    let path = format!("{TEMPLATE}.networkConfiguration");
    let subnets = strings(given, "subnets");
    let member = format!("{path}.subnets");
    let Some(first) = subnets.first() else { return Err(ours("subnets can not be empty.", &member)) };
    let region = &cx.options().account.region;
    if let Some(bad) = subnets.iter().find(|own| known.zone_of(region, own).is_none()) {
        return Err(ours(format!("The subnet ID '{bad}' does not exist."), &member));
    }
    let vpc = known.vpc_of(first);
    if let Some(stray) = subnets.iter().find(|own| known.vpc_of(own) != vpc) {
        return Err(ours(format!("The subnet {stray} is not in the VPC {vpc} of the other subnets."), &member));
    }
    let groups = strings(given, "securityGroups");
    let member = format!("{path}.securityGroups");
    if let Some(bad) = groups.iter().find(|own| !network::well_formed(own, "sg-")) {
        return Err(ours(format!("The security group '{bad}' does not exist."), &member));
    }
    known
        .groups_in(vpc, groups.into_iter().map(String::from).collect())
        .map(drop)
        .map_err(|group| ours(format!("The security group {group} is not in the VPC {vpc} of the subnets."), &member))
}

fn requirements(given: &Value) -> Result<(), ApiError> {
    let path = format!("{TEMPLATE}.instanceRequirements");
    let some = |list: &str| given[list].as_array().is_some_and(|list| !list.is_empty());
    if some("allowedInstanceTypes") && some("excludedInstanceTypes") {
        return Err(ours("Give allowedInstanceTypes or excludedInstanceTypes, not both.", &path));
    }
    for (name, range) in given.as_object().into_iter().flatten() {
        if let (Some(min), Some(max)) = (range["min"].as_f64(), range["max"].as_f64())
            && min > max
        {
            return Err(ours(format!("The min of {name} is greater than its max."), &format!("{path}.{name}")));
        }
    }
    if pool::allowed(given).is_empty() {
        return Err(ours("None of the instance types that ECS Lab has meets these requirements.", &path));
    }
    Ok(())
}

/// # Errors
/// A request that names another cluster than the provider's.
pub fn is_of_cluster(ecs: &Ecs, own: &Provider, input: &Value) -> Result<(), ApiError> {
    let named = if input["cluster"].is_string() { Some(cluster_of(ecs, input)?.id) } else { None };
    match own.pool.as_ref() {
        Some(pool) if named.is_some_and(|id| id != pool.cluster) => {
            let message = "The specified capacity provider does not exist in this cluster.";
            Err(ApiError::client(message).at("cluster").in_our_words())
        }
        _ => Ok(()),
    }
}

/// Why a provider whose tasks are not over is not deleted.
pub fn runs_tasks(ecs: &Ecs, number: u32, name: &str) -> Option<String> {
    let cluster = ecs.provider(number)?.1.pool.as_ref()?.cluster;
    let mut all = ecs.tasks(cluster).filter(|task| task.status != TaskStatus::Stopped);
    all.find(|task| task.request.provider.as_deref() == Some(name))?;
    Some(String::from(
        "The capacity provider cannot be deleted because it has running tasks. Stop the tasks and try again.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::object::object;

    #[test]
    fn requirements_that_contradict_themselves_are_refused() {
        let range = |min: i64, max: i64| object!({ "min": min, "max": max });
        let one = |name: &str, value: Value| {
            let mut all = object!({ "vCpuCount": range(1, 8), "memoryMiB": range(1, 65_536) });
            all[name] = value;
            all
        };
        let types = |text: &str| Value::Array(alloc::vec![Value::from(text)]);
        let mut both = one("allowedInstanceTypes", types("m5.*"));
        both["excludedInstanceTypes"] = types("c5.*");
        for (given, refused) in [
            (Value::Null, false),
            (one("vCpuCount", range(4, 8)), false),
            (one("vCpuCount", range(8, 4)), true),
            (one("memoryMiB", range(9000, 9001)), true),
            (one("allowedInstanceTypes", types("x2.*")), true),
            (both, true),
        ] {
            assert_eq!(requirements(&given).is_err(), refused, "{given}");
        }
    }
}
