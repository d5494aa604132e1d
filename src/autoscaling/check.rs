//! What a group may be, before anything changes. The words are AWS's where they were seen.

use super::{AutoScaling, Group};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ec2::{self, network};
use crate::event::Ec2Id;
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Instances that the lab lets a group hold at most.
const MOST: u32 = 5000;

/// A refusal of EC2 Auto Scaling.
pub fn refuse(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", message)
}

/// Refuses more instances than a group of the lab holds.
pub fn limit(member: &str) -> ApiError {
    let message = format!("ECS Lab lets an Auto Scaling group hold at most {MOST} instances.");
    ApiError::new("LimitExceeded", message).at(member).in_our_words()
}

/// Whether a number of instances is too large for a group.
pub fn too_many(number: &Value) -> bool {
    number.as_i64().is_some_and(|own| own > i64::from(MOST))
}

/// The group that a request names.
pub fn named<'a>(room: &'a AutoScaling, input: &Value) -> Result<&'a Group, ApiError> {
    let name = input["AutoScalingGroupName"].as_str().unwrap_or_default();
    room.group(name).ok_or_else(|| {
        refuse(format!("AutoScalingGroup name not found - AutoScalingGroup: {name} not found"))
            .at("AutoScalingGroupName")
    })
}

/// The instances that a request names, all of one group where that is given.
pub fn instances(room: &AutoScaling, input: &Value, group: Option<u32>) -> Result<Vec<Ec2Id>, ApiError> {
    let list = input["InstanceIds"].as_array().into_iter().flatten();
    let mut found = Vec::new();
    for text in list.chain(Some(&input["InstanceId"])).filter_map(Value::as_str) {
        let own = text.parse().ok().and_then(|id| room.member(id));
        match (own, group) {
            (Some((own, member)), wanted) if wanted.is_none_or(|number| own.number == number) => found.push(member.id),
            (_, Some(_)) => {
                let name = input["AutoScalingGroupName"].as_str().unwrap_or_default();
                let message = format!("The instance {text} is not part of Auto Scaling group {name}.");
                return Err(refuse(message).at("InstanceIds"));
            }
            _ => {
                let message = format!("Instance Id not found - No managed instance found for instance ID: {text}");
                return Err(refuse(message).at("InstanceId"));
            }
        }
    }
    Ok(found)
}

/// MinSize, MaxSize and DesiredCapacity of a request, over what holds now. On an update that names no desired capacity it
/// follows the bounds.
pub fn sizes(input: &Value, old: (u32, u32, u32), update: bool) -> Result<(u32, u32, u32), ApiError> {
    let size = |name: &str| match input[name].as_i64() {
        None => Ok(None),
        Some(own) if own > i64::from(MOST) => Err(limit(name)),
        Some(own) => u32::try_from(own)
            .map(Some)
            .map_err(|_| refuse(format!("{name} must not be negative.")).at(name).in_our_words()),
    };
    let min = size("MinSize")?.unwrap_or(old.0);
    let max = size("MaxSize")?.unwrap_or(old.1);
    if max < min {
        let message = format!("Max bound, {max}, must be greater than or equal to min bound, {min}");
        return Err(refuse(message).at("MaxSize"));
    }
    let desired = match size("DesiredCapacity")? {
        Some(own) if !(min..=max).contains(&own) => {
            let message =
                format!("Desired capacity:{own} must be between the specified min size:{min} and max size:{max}");
            return Err(refuse(message).at("DesiredCapacity"));
        }
        Some(own) => own,
        None if update => old.2.clamp(min, max),
        None => min,
    };
    Ok((min, max, desired))
}

/// Zones and subnets of a request: those of VPCZoneIdentifier, else the default subnets of AvailabilityZones.
pub fn places(rooms: &Rooms, account: &Account, input: &Value) -> Result<Vec<(String, String)>, ApiError> {
    let mut places: Vec<(String, String)> = Vec::new();
    let subnets = input["VPCZoneIdentifier"].as_str().unwrap_or_default();
    for subnet in subnets.split(',').map(str::trim).filter(|subnet| !subnet.is_empty()) {
        let zone = rooms
            .ec2
            .network()
            .zone_of(&account.region, subnet)
            .ok_or_else(|| refuse(format!("The subnet ID '{subnet}' does not exist")).at("VPCZoneIdentifier"))?;
        let vpc = |own: &str| rooms.ec2.network().vpc_of(own).to_string();
        if places.first().is_some_and(|(_, first)| vpc(first) != vpc(subnet)) {
            return Err(refuse("The subnets of a group must be in one VPC.").at("VPCZoneIdentifier").in_our_words());
        }
        places.push((zone, subnet.to_string()));
    }
    if places.is_empty() {
        for zone in input["AvailabilityZones"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let known = network::zones(&account.region).any(|known| known == zone);
            let Some(subnet) = network::subnet_of(zone).filter(|_| known) else {
                return Err(refuse(format!("Invalid availability zones: [{zone}]"))
                    .at("AvailabilityZones")
                    .in_our_words());
            };
            places.push((zone.to_string(), subnet));
        }
    }
    if places.is_empty() {
        return Err(refuse("At least one Availability Zone or VPC Subnet is required.").at("AvailabilityZones"));
    }
    Ok(places)
}

/// What launches: exactly one of a launch template, a mixed instances policy and a launch configuration, and one that
/// EC2 can launch.
pub fn source(room: &AutoScaling, rooms: &Rooms, account: &Account, group: &Group) -> Result<(), ApiError> {
    let document = &group.document;
    if let Some(name) = document["LaunchConfigurationName"].as_str() {
        if !room.configurations.contains_key(name) {
            let message = format!("Launch configuration name not found - Launch configuration {name} not found");
            return Err(refuse(message).at("LaunchConfigurationName"));
        }
    } else {
        let named = group.template();
        if !named.is_object() {
            let message = "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
                           MixedInstancesPolicy parameter.";
            return Err(refuse(message));
        }
        if rooms.ec2.template(named).is_none() {
            let message = "You must use a valid fully-formed launch template. The specified launch template or its version \
                           does not exist.";
            return Err(refuse(message).at("LaunchTemplate").in_our_words());
        }
    }
    let kinds = group.types(&rooms.ec2, room);
    if kinds.is_empty() {
        let message = "You must use a valid fully-formed launch template. The instance type is missing.";
        return Err(refuse(message).at("LaunchTemplate").in_our_words());
    }
    let subnet = group.places.first().map_or("", |(_, subnet)| subnet.as_str());
    for kind in kinds {
        let input = super::input_of(group, &rooms.ec2, room, &kind, subnet);
        // Capacity comes and goes; the group waits for it.
        if let Err(refusal) = ec2::launchable(&rooms.ec2, &account.region, &input)
            && refusal.code != "InsufficientInstanceCapacity"
        {
            let message = format!("You must use a valid fully-formed launch template. {}", refusal.message);
            return Err(refuse(message).at("LaunchTemplate"));
        }
    }
    Ok(())
}
