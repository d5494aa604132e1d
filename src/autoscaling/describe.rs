//! The Describe calls of EC2 Auto Scaling.

use super::check::{self, refuse};
use super::{Group, Member, activity, warm};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::cloudwatch::managed_description;
use crate::ec2::State;
use crate::rooms::Rooms;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A call that only looks.
#[inline(never)]
pub fn read(rooms: &Rooms, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let room = &rooms.autoscaling;
    let wanted = |member: &str, own: &str| {
        let list = input[member].as_array().filter(|list| !list.is_empty());
        list.is_none_or(|list| list.iter().any(|name| *name == *own))
    };
    match operation {
        "DescribeAutoScalingGroups" => {
            let groups = room.groups().filter(|own| wanted("AutoScalingGroupNames", &own.name));
            answer(input, "AutoScalingGroups", groups.map(|own| group(rooms, own)).collect())
        }
        "DescribeAutoScalingInstances" => {
            let of = |group: &Group| -> Vec<Value> {
                let named = |member: &&Member| wanted("InstanceIds", &member.id.to_string());
                group.members.iter().filter(named).map(|own| with_group(instance(rooms, group, own), group)).collect()
            };
            answer(input, "AutoScalingInstances", room.groups().flat_map(of).collect())
        }
        "DescribeScalingActivities" => {
            let named = input["AutoScalingGroupName"].as_str();
            if named.is_some() {
                check::named(room, input)?;
            }
            let groups = room.groups().filter(|own| named.is_none_or(|name| own.name == name || own.arn == name));
            let of = |group: &Group| -> Vec<Value> {
                let fits = |own: &&super::Activity| wanted("ActivityIds", &own.id.uuid());
                group.activities.iter().rev().filter(fits).map(|own| activity::description(group, own)).collect()
            };
            answer(input, "Activities", groups.flat_map(of).collect())
        }
        "DescribeWarmPool" => {
            let group = check::named(room, input)?;
            let members = group.members.iter().filter(|member| member.state.is_warm());
            let mut out = answer(input, "Instances", members.map(|own| instance(rooms, group, own)).collect())?;
            if group.warm.is_object() {
                out["WarmPoolConfiguration"] = group.warm.clone();
            }
            Ok(out)
        }
        "DescribeLaunchConfigurations" => {
            let own = room.configurations.iter().filter(|(name, _)| wanted("LaunchConfigurationNames", name));
            answer(input, "LaunchConfigurations", own.map(|(_, own)| Value::clone(own)).collect())
        }
        "DescribeTags" => {
            let fits = |tag: &Value| {
                let of = |filter: &Value| {
                    let member = match filter["Name"].as_str() {
                        Some("auto-scaling-group") => "ResourceId",
                        Some("key") => "Key",
                        Some("value") => "Value",
                        _ => "PropagateAtLaunch",
                    };
                    let text = tag[member].as_str().map_or_else(|| tag[member].to_string(), String::from);
                    filter["Values"].as_array().into_iter().flatten().any(|value| *value == text)
                };
                input["Filters"].as_array().is_none_or(|filters| filters.iter().all(of))
            };
            let tags = room.groups().flat_map(|own| own.document["Tags"].as_array().cloned().unwrap_or_default());
            answer(input, "Tags", tags.filter(fits).collect())
        }
        "DescribePolicies" => {
            let named = input["AutoScalingGroupName"].as_str();
            if named.is_some() {
                check::named(room, input)?;
            }
            let groups = room.groups().filter(|own| named.is_none_or(|name| own.name == name || own.arn == name));
            let policies = groups.filter_map(|own| managed_description(rooms, account, own)).filter(|own| {
                let is = |member: &str, by: &str| wanted(member, own[by].as_str().unwrap_or_default());
                (is("PolicyNames", "PolicyName") || is("PolicyNames", "PolicyARN")) && is("PolicyTypes", "PolicyType")
            });
            answer(input, "ScalingPolicies", policies.collect())
        }
        "DescribeLifecycleHooks" => {
            let group = check::named(room, input)?;
            let hooks = if rooms.ecs.has_draining_hook(&group.arn) { alloc::vec![hook(group)] } else { Vec::new() };
            Ok(object!({ "LifecycleHooks": hooks }))
        }
        _ => Err(ApiError::not_simulated(operation)),
    }
}

fn answer(input: &Value, member: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "NextToken" && name != "MaxRecords");
    }
    let scope = alloc::format!("{member}{filters}");
    let (items, next) =
        page(&scope, items, input["NextToken"].as_str(), input["MaxRecords"].as_i64(), 100).map_err(|error| {
            let invalid = ApiError::new("InvalidNextToken", "The NextToken value is not valid.").in_our_words();
            if error.path == "nextToken" {
                invalid
            } else {
                refuse("MaxRecords must be between 1 and 100.").in_our_words()
            }
        })?;
    let mut out = crate::aws::object::of(alloc::vec![(member, Value::Array(items))]);
    if let Some(next) = next {
        out["NextToken"] = Value::from(next);
    }
    Ok(out)
}

fn group(rooms: &Rooms, own: &Group) -> Value {
    let mut value = object!({
        "AutoScalingGroupName": own.name.as_str(),
        "AutoScalingGroupARN": own.arn.as_str(),
        "MinSize": own.min,
        "MaxSize": own.max,
        "DesiredCapacity": own.desired,
        "AvailabilityZones": zones(own),
        "CreatedTime": own.created.as_epoch_seconds(),
        "LoadBalancerNames": Value::Array(Vec::new()),
        "TargetGroupARNs": Value::Array(Vec::new()),
        "SuspendedProcesses": Value::Array(Vec::new()),
        "EnabledMetrics": Value::Array(Vec::new()),
        "TrafficSources": Value::Array(Vec::new()),
        "Instances": own
            .members
            .iter()
            .filter(|member| !member.state.is_warm())
            .map(|member| instance(rooms, own, member))
            .collect::<Vec<Value>>(),
    });
    for (name, given) in own.document.as_object().into_iter().flatten().filter(|(_, given)| !given.is_null()) {
        value[name.as_str()] = given.clone();
    }
    if let Some((id, name)) = rooms.ec2.template_names(own.template())
        && value["LaunchTemplate"].is_object()
    {
        value["LaunchTemplate"]["LaunchTemplateId"] = Value::from(id);
        value["LaunchTemplate"]["LaunchTemplateName"] = Value::from(name);
    }
    if own.warm.is_object() {
        value["WarmPoolConfiguration"] = own.warm.clone();
        value["WarmPoolSize"] = Value::from(warm::pool(own).len());
    }
    if own.deleting {
        value["Status"] = Value::from("Delete in progress");
    }
    value
}

fn zones(own: &Group) -> Vec<&str> {
    let mut zones: Vec<&str> = Vec::new();
    for (zone, _) in &own.places {
        if !zones.contains(&zone.as_str()) {
            zones.push(zone);
        }
    }
    zones
}

fn instance(rooms: &Rooms, group: &Group, own: &Member) -> Value {
    let lost = rooms.ec2.get(own.id).is_some_and(|it| {
        matches!(it.state, State::ShuttingDown | State::Terminated)
            || (it.state == State::Stopped && !own.state.is_warm())
    });
    let mut value = object!({
        "InstanceId": own.id.to_string(),
        "InstanceType": own.kind.as_str(),
        "AvailabilityZone": own.zone.as_str(),
        "LifecycleState": own.state.name(),
        "HealthStatus": if lost { "Unhealthy" } else { "Healthy" },
        "ProtectedFromScaleIn": own.protected,
    });
    if let Some(name) = group.document["LaunchConfigurationName"].as_str() {
        value["LaunchConfigurationName"] = Value::from(name);
    } else if let Some((id, name)) = rooms.ec2.template_names(group.template()).filter(|_| own.version > 0) {
        value["LaunchTemplate"] =
            object!({ "LaunchTemplateId": id, "LaunchTemplateName": name, "Version": own.version.to_string() });
    }
    value
}

/// As DescribeAutoScalingInstances shows it.
fn with_group(mut value: Value, group: &Group) -> Value {
    let health = value["HealthStatus"].as_str().map(str::to_ascii_uppercase);
    value["HealthStatus"] = Value::from(health);
    value["AutoScalingGroupName"] = Value::from(group.name.as_str());
    value
}

/// The lifecycle hook by which ECS drains instances before they are terminated (2.11).
fn hook(group: &Group) -> Value {
    object!({
        "LifecycleHookName": crate::ecs::DRAINING_HOOK,
        "AutoScalingGroupName": group.name.as_str(),
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "HeartbeatTimeout": 3600,
        "GlobalTimeout": 172_800,
        "DefaultResult": "CONTINUE",
    })
}
