//! `loadBalancers` of services: which target groups a service may register its tasks in (6.8).

use super::super::service::{self, Revision};
use super::super::taskdef::NetworkMode;
use super::super::{LaunchType, Traffic};
use super::service_registries::container_port;
use super::strings;
use crate::aws::ApiError;
use crate::ecs::Definition;
use crate::elb::TargetGroup;
use crate::event::Cx;
use crate::iam::{Need, RoleState, role_state};
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
/// LB-13 of a group that is not there, LB-02, LB-01, LB-03, BG-01. Where an item names an alternate group, the tasks go into
/// the group that the `source` does not use; in a rolling deployment into the one that it uses. LB-03 is not asked of groups
/// that need not be `listened` to yet (CDP-01).
pub fn traffic(
    rooms: &Rooms,
    settings: &Value,
    source: Option<&Revision>,
    definition: &Definition,
    (launch, listened): (LaunchType, bool),
) -> Result<Rc<[Traffic]>, ApiError> {
    let items = settings["loadBalancers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let refuse = |message: &str, path: &str| ApiError::invalid(message).at(path);
    if items.len() > MOST_GROUPS {
        let message = format!("A service can have at most {MOST_GROUPS} target groups.");
        return Err(refuse(&message, "loadBalancers").in_our_words());
    }
    let core = &definition.registration.core;
    if launch == LaunchType::External && !items.is_empty() {
        let message = "Load balancers are not supported with the launch type EXTERNAL.";
        return Err(refuse(message, "loadBalancers").in_our_words());
    }
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
        let subnets = strings(&settings["networkConfiguration"]["awsvpcConfiguration"], "subnets");
        if group.ip && subnets.first().is_some_and(|own| rooms.ec2.network().vpc_of(own) != group.vpc) {
            let message = format!("The target group {arn} is not in the VPC of the service's subnets.");
            return Err(refuse(&message, &path("targetGroupArn")).in_our_words());
        }
        if group.balancer.is_none() && listened {
            let message =
                format!("The target group with targetGroupArn {arn} does not have an associated load balancer.");
            return Err(refuse(&message, &path("targetGroupArn")));
        }
        let group = match item["advancedConfiguration"]["alternateTargetGroupArn"].as_str() {
            Some(other) if !other.is_empty() => {
                let other = alternate(rooms, other, group.ip, &path("advancedConfiguration.alternateTargetGroupArn"))?;
                let used = |arn: &str| source.is_some_and(|own| own.traffic.iter().any(|own| *own.arn == *arn));
                let stays = service::shifts(settings).is_none();
                if if stays { used(&other.arn) } else { used(arn) } { other } else { group }
            }
            _ => group,
        };
        all.push(Traffic { group: group.id, arn: Rc::from(group.arn.as_str()), container, port });
    }
    advanced(rooms, items, service::shifts(settings).is_some())?;
    Ok(all.into())
}

/// The alternate target group of an item.
fn alternate<'a>(rooms: &'a Rooms, arn: &str, ip: bool, path: &str) -> Result<&'a TargetGroup, ApiError> {
    let Some(group) = rooms.elb.target_group(arn) else { return Err(ApiError::invalid(NO_ACCESS).at(path)) };
    if group.ip != ip {
        let message = "targetGroupArn and alternateTargetGroupArn must have the same target type.";
        return Err(ApiError::invalid(message).at(path).in_our_words());
    }
    if group.balancer.is_none() {
        let message = format!("The target group with targetGroupArn {arn} does not have an associated load balancer.");
        return Err(ApiError::invalid(message).at(path));
    }
    Ok(group)
}

/// advancedConfiguration of all items (BG-01), in the words of [DG:troubleshooting-blue-green].
fn advanced(rooms: &Rooms, items: &[Value], shifts: bool) -> Result<(), ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid(message).at("loadBalancers"));
    let has = |own: &&Value| own["advancedConfiguration"].is_object();
    let with = items.iter().filter(has).count();
    if with > 0 && with < items.len() {
        return refuse("Either all or none of the provided loadBalancers must have advancedConfiguration defined");
    }
    if shifts && with < items.len() {
        return refuse(
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy",
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(_, own)| has(own)) {
        let config = &item["advancedConfiguration"];
        let text = |member: &str| config[member].as_str().unwrap_or_default();
        for member in ["alternateTargetGroupArn", "productionListenerRule", "roleArn"] {
            if text(member).is_empty() {
                let path = format!("loadBalancers[{at}].advancedConfiguration.{member}");
                let message = format!("advancedConfiguration.{member} can not be blank.");
                return Err(ApiError::invalid(message).at(path).in_our_words());
            }
        }
        if !text("roleArn").contains(":role/") {
            let message = format!("advancedConfiguration.roleArn is no ARN of a role: {}", text("roleArn"));
            return Err(ApiError::invalid(message).at("loadBalancers").in_our_words());
        }
        for member in ["productionListenerRule", "testListenerRule"] {
            let rule = text(member);
            if !rule.is_empty() && !rule.contains(":listener-rule/app/") && !rule.contains(":listener/net/") {
                return refuse(&format!(
                    "{member} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {rule}"
                ));
            }
        }
        let (production, test) = (text("productionListenerRule"), text("testListenerRule"));
        if production == test {
            return refuse(&format!(
                "The following rules cannot be used as both production and test listener rules: {test}"
            ));
        }
        let groups = [item["targetGroupArn"].as_str().unwrap_or_default(), text("alternateTargetGroupArn")];
        for group in groups {
            if seen.contains(&group) {
                return refuse(&format!("Duplicate targetGroupArn found: {group}"));
            }
            seen.push(group);
        }
        let forwards = service::forwards(&rooms.elb, production).unwrap_or_default();
        let both = groups.iter().all(|group| forwards.iter().any(|(arn, _)| arn == group));
        if test.is_empty() && !both && production.contains(":listener-rule/app/") {
            return refuse(
                "For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated \
                 with both targetGroup and alternateTargetGroup",
            );
        }
    }
    Ok(())
}

/// The member `role` of CreateService (LB-13). Errors: there is nothing to use it for, the service-linked role does it, ECS
/// may not assume it, or may do too little in it.
pub fn role(rooms: &Rooms, cx: &Cx<'_>, input: &Value, definition: &Definition) -> Result<(), ApiError> {
    let Some(role) = input["role"].as_str().filter(|own| !own.is_empty()) else { return Ok(()) };
    let groups = input["loadBalancers"].as_array().map_or(0, Vec::len);
    let refuse = |message: &str| Err(ApiError::invalid(message).at("role"));
    if groups == 0 {
        return refuse("IAM roles are only valid for services configured to use load balancers");
    }
    if groups > 1 || definition.registration.core.network_mode == NetworkMode::Awsvpc {
        return refuse("You cannot specify an IAM role for services that require a service linked role");
    }
    let group = input["loadBalancers"][0]["targetGroupArn"].as_str().unwrap_or_default();
    let allowed = match role_state(&rooms.iam, &cx.options().account, role, "ecs.amazonaws.com") {
        RoleState::OnTrust => true,
        RoleState::Assumable => {
            let looks = Need::new("elasticloadbalancing:DescribeTargetGroups", "*");
            service::role_may(rooms, cx, role, &looks) && service::role_maintains(rooms, cx, role, group)
        }
        RoleState::Closed | RoleState::Gone => false,
    };
    if allowed { Ok(()) } else { refuse(NO_ACCESS) }
}
