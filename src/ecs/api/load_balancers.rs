//! `loadBalancers` of services: which target groups a service may register its tasks in (6.8).

use super::super::taskdef::NetworkMode;
use super::super::{LaunchType, Traffic};
use super::service_registries::container_port;
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ecs::Definition;
use crate::iam::{RoleState, role_state};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

/// Target groups of a service at most (LB-05).
const MOST_GROUPS: usize = 5;

const NO_ACCESS: &str = "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS \
                         service role being passed has the proper permissions.";

/// The target groups that `loadBalancers` of the settings names. Errors, in this order: what is not simulated, LB-04, LB-05,
/// LB-13 of a group that is not there, LB-02, LB-01, LB-03.
pub fn traffic(
    rooms: &Rooms,
    list: &Value,
    definition: &Definition,
    launch: LaunchType,
) -> Result<Rc<[Traffic]>, ApiError> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let refuse = |message: &str, path: &str| ApiError::invalid(message).at(path);
    if items.len() > MOST_GROUPS {
        let message = format!("A service can have at most {MOST_GROUPS} target groups.");
        return Err(refuse(&message, "loadBalancers").in_our_words());
    }
    let core = &definition.registration.core;
    let mut all = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let path = |member: &str| format!("loadBalancers[{at}].{member}");
        let text = |member: &str| item[member].as_str().filter(|own| !own.is_empty());
        if let (Some(_), Some(_)) = (text("loadBalancerName"), text("targetGroupArn")) {
            let message = "loadBalancerName and targetGroupArn cannot both be specified";
            return Err(refuse(message, &path("loadBalancerName")));
        }
        if text("loadBalancerName").is_some() {
            if launch == LaunchType::Fargate || core.network_mode == NetworkMode::Awsvpc {
                let message = "Classic Load Balancers are not supported with Fargate";
                return Err(refuse(message, &path("loadBalancerName")));
            }
            return Err(ApiError::not_simulated("Classic Load Balancers").at(path("loadBalancerName")));
        }
        if item["advancedConfiguration"].is_object() {
            return Err(ApiError::not_simulated("advancedConfiguration").at(path("advancedConfiguration")));
        }
        let Some(arn) = text("targetGroupArn") else {
            let message = "targetGroupArn can not be blank.";
            return Err(refuse(message, &path("targetGroupArn")).in_our_words());
        };
        let Some(group) = rooms.elb.target_group(arn) else { return Err(refuse(NO_ACCESS, &path("targetGroupArn"))) };
        let (container, port) = container_port(definition, item, &format!("loadBalancers[{at}]"))?;
        let (is, wants) = if group.ip { ("ip", true) } else { ("instance", false) };
        if wants != (core.network_mode == NetworkMode::Awsvpc) {
            let message = format!(
                "The provided target group {arn} has target type {is}, which is incompatible with the {} network mode specified in the task definition.",
                core.network_mode.name()
            );
            return Err(refuse(&message, &path("targetGroupArn")));
        }
        if group.balancer.is_none() {
            let message =
                format!("The target group with targetGroupArn {arn} does not have an associated load balancer.");
            return Err(refuse(&message, &path("targetGroupArn")));
        }
        all.push(Traffic { group: group.id, arn: Rc::from(arn), container, port });
    }
    Ok(all.into())
}

/// The member `role` of CreateService (LB-13). Errors: there is nothing to use it for, the service-linked role does it, or
/// ECS may not assume it.
pub fn role(rooms: &Rooms, account: &Account, input: &Value, definition: &Definition) -> Result<(), ApiError> {
    let Some(role) = input["role"].as_str().filter(|own| !own.is_empty()) else { return Ok(()) };
    let groups = input["loadBalancers"].as_array().map_or(0, Vec::len);
    let refuse = |message: &str| Err(ApiError::invalid(message).at("role"));
    if groups == 0 {
        return refuse("IAM roles are only valid for services configured to use load balancers");
    }
    if groups > 1 || definition.registration.core.network_mode == NetworkMode::Awsvpc {
        return refuse("You cannot specify an IAM role for services that require a service linked role");
    }
    match role_state(&rooms.iam, account, role, "ecs.amazonaws.com") {
        RoleState::OnTrust | RoleState::Assumable => Ok(()),
        RoleState::Closed | RoleState::Gone => refuse(NO_ACCESS),
    }
}
