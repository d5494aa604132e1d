//! The calls of EC2 Auto Scaling that the lab simulates. Inputs were checked against the model before.

use super::activity::{self, moment};
use super::check::{self, refuse};
use super::{AutoScaling, Group, Life, Member, capacity, warm};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ec2::State;
use crate::event::{Cx, Ec2Id, Event, HexId};
use crate::rooms::Rooms;
use crate::scaling::reservation::MANAGED_TAG;
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// Members of a group that are kept and shown as they were given.
const KEPT: [&str; 14] = [
    "LaunchConfigurationName",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "ServiceLinkedRoleARN",
    "CapacityRebalance",
    "MaxInstanceLifetime",
    "DefaultInstanceWarmup",
    "Context",
];
/// What says from what a group launches; one stands in for the others.
const SOURCES: [&str; 3] = ["LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy"];

/// A call that changes something.
#[inline(never)]
pub fn call(
    room: &mut AutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "CreateAutoScalingGroup" => create(room, rooms, cx, input)?,
        "UpdateAutoScalingGroup" => update(room, rooms, cx, input)?,
        "DeleteAutoScalingGroup" => delete(room, rooms, cx, input)?,
        "SetDesiredCapacity" => set_desired(room, rooms, cx, input)?,
        "TerminateInstanceInAutoScalingGroup" => return terminate(room, rooms, cx, input),
        "SetInstanceProtection" => {
            let number = check::named(room, input)?.number;
            for id in check::instances(room, input, Some(number))? {
                if let Some(member) = room.member_mut(id) {
                    member.protected = input["ProtectedFromScaleIn"] == true;
                }
            }
            // What was protected until now may go.
            if room.groups.get(&number).is_some_and(|group| group.size() > group.desired) {
                capacity::adjust(room, rooms, cx, number, "");
            }
        }
        "AttachInstances" => attach(room, rooms, cx, input)?,
        "DetachInstances" => return detach(room, rooms, cx, input),
        "PutWarmPool" => put_warm_pool(room, rooms, cx, input)?,
        "DeleteWarmPool" => delete_warm_pool(room, rooms, cx, input)?,
        "CreateLaunchConfiguration" => create_configuration(room, cx, input)?,
        "DeleteLaunchConfiguration" => delete_configuration(room, input)?,
        "CreateOrUpdateTags" | "DeleteTags" => tag(room, input, operation == "DeleteTags")?,
        _ => return Err(ApiError::not_simulated(operation)),
    }
    Ok(object!({}))
}

fn create(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let name = input["AutoScalingGroupName"].as_str().unwrap_or_default();
    if room.group(name).is_some() {
        let message =
            format!("AutoScalingGroup by this name already exists - A group with the name {name} already exists");
        return Err(ApiError::new("AlreadyExists", message).at("AutoScalingGroupName"));
    }
    let (min, max, desired) = check::sizes(input, (0, 0, 0), false)?;
    let account = cx.options().account.clone();
    let places = check::places(rooms, &account, input)?;
    let number = room.groups_made + 1;
    let mut document = object!({
        "DefaultCooldown": 300,
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "TerminationPolicies": alloc::vec!["Default"],
        "NewInstancesProtectedFromScaleIn": false,
        "Tags": Value::Array(Vec::new()),
    });
    take(&mut document, input);
    let mut group = Group {
        number,
        name: name.to_string(),
        arn: String::new(),
        document,
        min,
        max,
        desired: 0,
        places,
        members: Vec::new(),
        activities: Vec::new(),
        warm: Value::Null,
        deleting: false,
        created: cx.now(),
    };
    check::source(room, rooms, &account, &group)?;
    put_tags(&mut group, &input["Tags"]);
    let id = HexId::new(cx.draw_wide("group-id")).uuid();
    group.arn = format!(
        "arn:{}:autoscaling:{}:{}:autoScalingGroup:{id}:autoScalingGroupName/{name}",
        account.partition(),
        account.region,
        account.id
    );
    room.groups_made = number;
    room.groups.insert(number, Rc::new(group));
    capacity::set_desired(room, rooms, cx, number, desired, "a user request created an AutoScalingGroup");
    Ok(())
}

/// Lays what a request says over a group's document.
fn take(document: &mut Value, input: &Value) {
    if SOURCES.iter().any(|name| !input[*name].is_null()) {
        for name in SOURCES {
            document[name] = Value::Null;
        }
    }
    for name in KEPT {
        if !input[name].is_null() {
            document[name] = input[name].clone();
        }
    }
}

fn update(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let mut group = check::named(room, input)?.clone();
    if group.deleting {
        return Err(in_progress("You cannot update an AutoScalingGroup while it is being deleted."));
    }
    let (min, max, desired) = check::sizes(input, (group.min, group.max, group.desired), true)?;
    take(&mut group.document, input);
    if input["VPCZoneIdentifier"].is_string() || input["AvailabilityZones"].is_array() {
        group.places = check::places(rooms, &cx.options().account, input)?;
    }
    check::source(room, rooms, &cx.options().account, &group)?;
    (group.min, group.max) = (min, max);
    let number = group.number;
    room.groups.insert(number, Rc::new(group));
    let why =
        format!("a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired}");
    capacity::set_desired(room, rooms, cx, number, desired, &why);
    Ok(())
}

fn delete(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let group = check::named(room, input)?;
    let number = group.number;
    if input["ForceDelete"] != true {
        if group.activities.iter().any(|own| own.ended.is_none()) {
            let message =
                "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.";
            return Err(in_progress(message));
        }
        if !group.members.is_empty() {
            let message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance \
                           request(s) still in the group.";
            return Err(ApiError::new("ResourceInUse", message).at("AutoScalingGroupName"));
        }
    }
    let ids: Vec<Ec2Id> = group.members.iter().map(|member| member.id).collect();
    let Some(group) = room.group_mut(number) else { return Ok(()) };
    (group.deleting, group.min, group.desired) = (true, 0, 0);
    if ids.is_empty() {
        room.groups.remove(&number);
    }
    let now = moment(cx.now());
    for id in ids {
        let cause = format!("At {now} an instance was taken out of service because the group is being deleted.");
        // A forced deletion waits for no lifecycle hook.
        if let Some(member) = room.member_mut(id) {
            member.state = Life::Terminating;
        }
        capacity::terminate(room, rooms, cx, id, cause);
    }
    Ok(())
}

fn in_progress(message: &str) -> ApiError {
    ApiError::new("ScalingActivityInProgress", message).at("AutoScalingGroupName")
}

fn set_desired(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let group = check::named(room, input)?;
    let (number, desired) = (group.number, input["DesiredCapacity"].as_i64().unwrap_or_default());
    let (side, bound) =
        if desired > i64::from(group.max) { ("above max", group.max) } else { ("below min", group.min) };
    if !(i64::from(group.min)..=i64::from(group.max)).contains(&desired) {
        let message =
            format!("New SetDesiredCapacity value {desired} is {side} value {bound} for the AutoScalingGroup.");
        return Err(refuse(message).at("DesiredCapacity"));
    }
    let last = group.activities.iter().filter_map(|own| own.ended).max();
    let cooldown = SimDuration::from_secs(group.document["DefaultCooldown"].as_i64().unwrap_or_default());
    if input["HonorCooldown"] == true && last.is_some_and(|ended| cx.now() < ended + cooldown) {
        let message = format!("Scaling activity cannot be started because the group {} is in cooldown.", group.name);
        return Err(in_progress(&message).in_our_words());
    }
    let why = "a user request explicitly set group desired capacity";
    capacity::set_desired(room, rooms, cx, number, desired as u32, why);
    Ok(())
}

fn terminate(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let Some(id) = check::instances(room, input, None)?.first().copied() else {
        return Err(refuse("An instance must be specified.").at("InstanceId").in_our_words());
    };
    let number = decrement(room, input, 1, room.member(id).map(|(group, _)| group.number))?;
    let Some(group) = room.groups.get(&number) else { return Ok(Value::Null) };
    let (have, want) = (group.size(), group.desired);
    let now = moment(cx.now());
    let how = match input["ShouldDecrementDesiredCapacity"] == true {
        true => format!(", shrinking the capacity from {have} to {want}."),
        false => String::from("."),
    };
    let cause = format!("At {now} instance {id} was taken out of service in response to a user request{how}");
    capacity::terminate(room, rooms, cx, id, cause);
    let shown =
        room.groups.get(&number).and_then(|group| group.activities.last().map(|own| activity::description(group, own)));
    capacity::adjust(room, rooms, cx, number, "");
    Ok(object!({ "Activity": shown }))
}

/// Takes instances off the desired capacity where the request says so. Errors: the minimum.
fn decrement(room: &mut AutoScaling, input: &Value, count: u32, group: Option<u32>) -> Result<u32, ApiError> {
    let number = group.unwrap_or_default();
    let Some(group) = room.group_mut(number) else { return Ok(number) };
    if input["ShouldDecrementDesiredCapacity"] == true {
        if group.desired < group.min + count {
            let message = format!(
                "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's \
                 min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                group.min
            );
            return Err(refuse(message).at("ShouldDecrementDesiredCapacity"));
        }
        group.desired -= count;
    }
    Ok(number)
}

fn attach(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let group = check::named(room, input)?;
    let number = group.number;
    let mut joining = Vec::new();
    for text in input["InstanceIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let own = text.parse().ok().and_then(|id| rooms.ec2.get(id)).filter(|own| own.state == State::Running);
        let Some(own) = own else {
            let message = format!("Invalid Instance ID(s): [{text}]: the instance is not running.");
            return Err(refuse(message).at("InstanceIds").in_our_words());
        };
        if room.homes.contains_key(&own.id) {
            let message = format!("Invalid Instance ID(s): [{text}]: the instance is part of an Auto Scaling group.");
            return Err(refuse(message).at("InstanceIds").in_our_words());
        }
        if !group.places.iter().any(|(zone, _)| *zone == own.zone) {
            let message = format!("The instance {text} is in a zone that the group does not have.");
            return Err(refuse(message).at("InstanceIds").in_our_words());
        }
        joining.push(own);
    }
    let count = joining.len() as u32;
    if group.desired + count > group.max {
        let message = format!(
            "AutoScalingGroup has min-size={}, max-size={}, and desired-size={}. To attach {count} more instance{}, please \
             update the AutoScalingGroup sizes appropriately.",
            group.min,
            group.max,
            group.desired,
            if count == 1 { "" } else { "s" }
        );
        return Err(refuse(message).at("InstanceIds"));
    }
    let protected = group.document["NewInstancesProtectedFromScaleIn"] == true;
    let now = cx.now();
    for own in joining {
        room.homes.insert(own.id, number);
        let Some(group) = room.group_mut(number) else { continue };
        group.desired += 1;
        group.members.push(Member {
            id: own.id,
            kind: own.instance_type.name.to_string(),
            zone: own.zone.clone(),
            subnet: own.subnet.clone(),
            state: Life::InService,
            protected,
            version: 0,
            since: now,
        });
        cx.schedule(SimDuration::ZERO, Event::GroupMember(own.id));
    }
    Ok(())
}

fn detach(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let number = check::named(room, input)?.number;
    let ids = check::instances(room, input, Some(number))?;
    decrement(room, input, ids.len() as u32, Some(number))?;
    let mut activities = Vec::new();
    for id in ids {
        let now = cx.now();
        let Some((_, member)) = room.member(id) else { continue };
        let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
        let Some(group) = room.group_mut(number) else { continue };
        let cause = format!("At {} instance {id} was detached in response to a user request.", moment(now));
        activity::begin(group, cx, Some((id, &zone, &subnet)), false, cause, None);
        if let Some(own) = group.activities.last_mut() {
            own.description = format!("Detaching EC2 instance: {id}");
        }
        activity::goes_on(group, now, id, "Successful");
        activities.extend(group.activities.last().map(|own| activity::description(group, own)));
        group.members.retain(|member| member.id != id);
        room.homes.remove(&id);
        cx.schedule(SimDuration::ZERO, Event::GroupMember(id));
    }
    capacity::adjust(room, rooms, cx, number, "");
    Ok(object!({ "Activities": activities }))
}

fn put_warm_pool(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let group = check::named(room, input)?;
    let number = group.number;
    if group.document["MixedInstancesPolicy"].is_object() {
        let message = "You can't add a warm pool to an Auto Scaling group that has a mixed instances policy.";
        return Err(refuse(message).at("AutoScalingGroupName").in_our_words());
    }
    if input["PoolState"] == "Hibernated" {
        return Err(ApiError::not_simulated("a warm pool of hibernated instances").at("PoolState"));
    }
    if input["MaxGroupPreparedCapacity"].as_i64().is_some_and(|own| own < -1)
        || input["MinSize"].as_i64().is_some_and(|own| own < 0)
    {
        return Err(refuse("The sizes of a warm pool must not be negative.").at("MinSize").in_our_words());
    }
    if let Some(member) =
        ["MaxGroupPreparedCapacity", "MinSize"].into_iter().find(|name| check::too_many(&input[*name]))
    {
        return Err(check::limit(member));
    }
    let Some(group) = room.group_mut(number) else { return Ok(()) };
    let mut warm = match group.warm.is_object() {
        true => group.warm.clone(),
        false => object!({ "MinSize": 0, "PoolState": "Stopped" }),
    };
    for name in ["MaxGroupPreparedCapacity", "MinSize", "PoolState", "InstanceReusePolicy"] {
        if !input[name].is_null() {
            warm[name] = input[name].clone();
        }
    }
    group.warm = warm;
    warm::fill(room, rooms, cx, number);
    Ok(())
}

fn delete_warm_pool(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let group = check::named(room, input)?;
    let number = group.number;
    if !group.warm.is_object() {
        let message = format!("There is no warm pool configured for Auto Scaling group {}.", group.name);
        return Err(refuse(message).at("AutoScalingGroupName").in_our_words());
    }
    let Some(group) = room.group_mut(number) else { return Ok(()) };
    group.warm = Value::Null;
    warm::fill(room, rooms, cx, number);
    Ok(())
}

fn create_configuration(room: &mut AutoScaling, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let name = input["LaunchConfigurationName"].as_str().unwrap_or_default();
    if room.configurations.contains_key(name) {
        let message = format!(
            "Launch Configuration by this name already exists - A launch configuration already exists with the name {name}"
        );
        return Err(ApiError::new("AlreadyExists", message).at("LaunchConfigurationName"));
    }
    for member in ["ImageId", "InstanceType"] {
        if !input[member].is_string() {
            let message = format!("Valid requests must contain the {member} parameter.");
            return Err(refuse(message).at(member).in_our_words());
        }
    }
    let mut own = input.as_object().cloned().unwrap_or_else(Map::new);
    let id = HexId::new(cx.draw_wide("configuration-id")).uuid();
    let account = &cx.options().account;
    let arn = format!(
        "arn:{}:autoscaling:{}:{}:launchConfiguration:{id}:launchConfigurationName/{name}",
        account.partition(),
        account.region,
        account.id
    );
    let defaults = object!({
        "BlockDeviceMappings": Value::Array(Vec::new()),
        "InstanceMonitoring": object!({ "Enabled": true }),
        "EbsOptimized": false,
    });
    for (name, value) in defaults.as_object().into_iter().flatten() {
        own.entry(name.as_str()).or_insert_with(|| value.clone());
    }
    own.insert("LaunchConfigurationARN".to_string(), Value::from(arn));
    own.insert("CreatedTime".to_string(), Value::from(cx.now().as_epoch_seconds()));
    room.configurations.insert(name.to_string(), Rc::new(Value::Object(own)));
    Ok(())
}

fn delete_configuration(room: &mut AutoScaling, input: &Value) -> Result<(), ApiError> {
    let name = input["LaunchConfigurationName"].as_str().unwrap_or_default();
    if let Some(group) = room.groups().find(|own| own.document["LaunchConfigurationName"] == name) {
        let message = format!(
            "Cannot delete launch configuration {name} because it is attached to AutoScalingGroup {}",
            group.name
        );
        return Err(ApiError::new("ResourceInUse", message).at("LaunchConfigurationName"));
    }
    if room.configurations.remove(name).is_none() {
        let message = format!("Launch configuration name not found - Launch configuration {name} not found");
        return Err(refuse(message).at("LaunchConfigurationName"));
    }
    Ok(())
}

fn tag(room: &mut AutoScaling, input: &Value, removes: bool) -> Result<(), ApiError> {
    let tags = input["Tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let group_of = |room: &AutoScaling, tag: &Value| {
        let name = tag["ResourceId"].as_str().unwrap_or_default();
        room.group(name).map(|group| group.number).ok_or_else(|| {
            refuse(format!("AutoScalingGroup name not found - AutoScalingGroup: {name} not found")).at("Tags")
        })
    };
    for tag in tags {
        group_of(room, tag)?;
    }
    for tag in tags {
        let number = group_of(room, tag)?;
        let Some(group) = room.group_mut(number) else { continue };
        if removes {
            if let Some(list) = group.document["Tags"].as_array_mut() {
                list.retain(|own| own["Key"] != tag["Key"]);
            }
        } else {
            put_tags(group, &Value::Array(alloc::vec![tag.clone()]));
        }
    }
    Ok(())
}

/// The group of a capacity provider gets the tag by which ECS may change it (2.6).
pub fn tag_managed(room: &mut AutoScaling, rooms: &Rooms, provider: u32) {
    let arn = rooms.ecs.provider(provider).and_then(|(_, own)| own.document["autoScalingGroupArn"].as_str());
    let number = arn.and_then(|arn| room.group(arn)).map(|group| group.number);
    if let Some(group) = number.and_then(|number| room.group_mut(number)) {
        let tag = object!({ "Key": MANAGED_TAG, "Value": "", "PropagateAtLaunch": true });
        put_tags(group, &Value::Array(alloc::vec![tag]));
    }
}

fn put_tags(group: &mut Group, tags: &Value) {
    let name = group.name.clone();
    let Some(list) = group.document["Tags"].as_array_mut() else { return };
    for tag in tags.as_array().into_iter().flatten() {
        list.retain(|own| own["Key"] != tag["Key"]);
        list.push(object!({
            "ResourceId": name.as_str(),
            "ResourceType": "auto-scaling-group",
            "Key": tag["Key"].clone(),
            "Value": tag["Value"].as_str().unwrap_or_default(),
            "PropagateAtLaunch": tag["PropagateAtLaunch"] == true,
        }));
    }
}
