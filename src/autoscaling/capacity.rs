//! What keeps a group at its desired capacity: launches balanced over the zones, scale-in by the termination policy among
//! those that are not protected, and the replacement of what EC2 lost.

use super::activity::{self, moment};
use super::{AutoScaling, Group, Life, Member, warm};
use crate::aws::ApiError;
use crate::cloudwatch::managed_policy;
use crate::ec2::{self, Ec2, State};
use crate::event::{Cx, Ec2Id, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime, order};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A group that could not launch tries again.
const RETRY: SimDuration = SimDuration::from_secs(60);
/// How long managed draining holds a termination up at most (2.11).
pub const DRAINING: SimDuration = SimDuration::from_secs(48 * 3600);

/// Sets the desired capacity within the bounds that the caller checked, and does what follows.
pub fn set_desired(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, number: u32, desired: u32, why: &str) {
    let Some(group) = room.group_mut(number) else { return };
    let before = core::mem::replace(&mut group.desired, desired);
    let cause = format!("At {} {why} changing the desired capacity from {before} to {desired}.  ", moment(cx.now()));
    if before != desired {
        cx.emit(FactKind::GroupCapacity { group: group.name.clone(), before, desired });
    }
    adjust(room, rooms, cx, number, if before == desired { "" } else { &cause });
}

/// Managed scaling evaluated the capacity provider of a group: the protection of the instances follows their tasks where
/// ECS manages it (2.11), and the desired capacity the result.
pub fn follow_provider(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, provider: u32) {
    let Some((name, own)) = rooms.ecs.provider(provider) else { return };
    let Some(last) = own.managed.evaluations.last() else { return };
    let Some(group) = room.group(own.document["autoScalingGroupArn"].as_str().unwrap_or_default()) else { return };
    let (number, before) = (group.number, group.desired);
    if own.document["managedTerminationProtection"] == "ENABLED"
        && let Some(group) = room.group_mut(number).filter(|group| group.is_managed())
    {
        for member in group.members.iter_mut().filter(|member| member.state == Life::InService) {
            member.protected = rooms.ecs.is_busy(member.id);
        }
    }
    if last.held.is_none() && last.desired != before {
        let alarms = rooms.cloudwatch.alarms_of_provider(provider);
        let alarm = alarms.map_or("", |[high, low]| if last.desired > before { high } else { low });
        let why = format!("a monitor alarm {alarm} in state ALARM triggered policy {}", managed_policy(name));
        return set_desired(room, rooms, cx, number, last.desired, &why);
    }
    // What was protected until now may go.
    adjust(room, rooms, cx, number, "");
}

/// Launches and terminates until the group has its desired capacity. `cause` tells why that differs.
pub fn adjust(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, number: u32, cause: &str) {
    let Some(group) = room.groups.get(&number) else { return };
    let (have, want) = (group.size(), group.desired);
    let now = moment(cx.now());
    if have < want {
        let cause = format!(
            "{cause}At {now} an instance was started in response to a difference between desired and actual capacity, \
             increasing the capacity from {have} to {want}."
        );
        for _ in have..want {
            if !launch(room, rooms, cx, number, Life::Pending, cause.clone()) {
                break;
            }
        }
    }
    for left in (want..have).rev() {
        let Some(victim) = room.groups.get(&number).and_then(|group| victim(group)) else {
            let message =
                "Could not scale to desired capacity because all remaining instances are protected from scale-in.";
            if let Some(group) = room.group_mut(number)
                && group.activities.last().is_none_or(|own| own.message != message)
            {
                let over = Some(("Cancelled", message.to_string()));
                activity::begin(
                    group,
                    cx,
                    None,
                    false,
                    format!("{cause}At {now} no instance was taken out of service."),
                    over,
                );
            }
            break;
        };
        let cause = format!(
            "{cause}At {now} an instance was taken out of service in response to a difference between desired and actual \
             capacity, shrinking the capacity from {} to {want}.  At {now} instance {victim} was selected for termination.",
            left + 1
        );
        terminate(room, rooms, cx, victim, cause);
    }
    warm::fill(room, rooms, cx, number);
}

/// Launches one instance, or takes one from the warm pool; false when it could not, and tries again later.
pub fn launch(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, number: u32, life: Life, cause: String) -> bool {
    if life == Life::Pending && warm::take(room, cx, number, &cause) {
        return true;
    }
    let Some(group) = room.groups.get(&number) else { return false };
    match place(group, rooms, room, &cx.options().account.region) {
        Ok((kind, (zone, subnet))) => {
            let version = rooms.ec2.template(group.template()).map_or(0, |(version, _)| version);
            let protected = group.document["NewInstancesProtectedFromScaleIn"] == true;
            let id = Ec2Id(cx.draw("ec2-id"));
            let now = cx.now();
            if let Some(group) = room.group_mut(number) {
                activity::begin(group, cx, Some((id, &zone, &subnet)), true, cause, None);
                group.members.push(Member { id, kind, zone, subnet, state: life, protected, version, since: now });
            }
            room.homes.insert(id, number);
            cx.schedule(SimDuration::ZERO, Event::GroupInstance(id));
            true
        }
        Err(refusal) => {
            if let Some(group) = room.group_mut(number) {
                let message = format!("{} Launching EC2 instance failed.", refusal.message);
                if group.activities.last().is_none_or(|own| own.message != message) {
                    activity::begin(group, cx, None, true, cause, Some(("Failed", message)));
                }
            }
            cx.schedule(RETRY, Event::GroupAdjusts(number));
            false
        }
    }
}

/// Type, zone and subnet of the next launch: the zone with the fewest instances of the group, the first given among
/// equals; a zone without capacity is passed over. Errors: those of RunInstances.
fn place(
    group: &Group,
    rooms: &Rooms,
    room: &AutoScaling,
    region: &str,
) -> Result<(String, (String, String)), ApiError> {
    let count = |zone: &str| group.active().filter(|member| member.zone == zone).count();
    let mut places: Vec<&(String, String)> = group.places.iter().collect();
    order::sort_by_key(&mut places, |(zone, _)| count(zone));
    let mut refusal =
        ApiError::new("ValidationError", "The launch template of the group does not exist.").in_our_words();
    for kind in group.types(&rooms.ec2, room) {
        for place in &places {
            match ec2::launchable(&rooms.ec2, region, &input_of(group, &rooms.ec2, room, &kind, &place.1)) {
                Ok(()) => return Ok((kind, (*place).clone())),
                Err(other) => refusal = other,
            }
        }
    }
    Err(refusal)
}

/// The RunInstances request behind an instance of a group.
pub fn input_of(group: &Group, ec2: &Ec2, room: &AutoScaling, kind: &str, subnet: &str) -> Value {
    let mut input = group.source(ec2, room);
    if input.is_object() {
        input["InstanceType"] = Value::from(kind);
        // A network interface that is described has the subnet within.
        match input["NetworkInterfaces"].get_mut(0) {
            Some(interface) => interface["SubnetId"] = Value::from(subnet),
            None => input["SubnetId"] = Value::from(subnet),
        }
        input["MinCount"] = Value::from(1);
        input["MaxCount"] = Value::from(1);
    }
    input
}

/// Who goes first when the group shrinks: of the zone with the most instances that has one without protection, the first
/// by the termination policy. None when all are protected.
fn victim(group: &Group) -> Option<Ec2Id> {
    let count = |zone: &str| group.active().filter(|member| member.zone == zone).count();
    let free = || group.active().filter(|member| !member.protected);
    let most = free().map(|member| count(&member.zone)).max()?;
    let policy = group.document["TerminationPolicies"].get(0).and_then(Value::as_str).unwrap_or("Default");
    let rank = |(order, member): &(usize, &Member)| {
        let (born, order) = (member.since.as_millis(), *order as i64);
        match policy {
            "NewestInstance" => (0, -born, -order),
            "OldestInstance" => (0, born, order),
            // The oldest template first; the billing hour of instances that are alike ends with the oldest.
            _ => (member.version, born, order),
        }
    };
    let candidates = free().filter(|member| count(&member.zone) == most).enumerate();
    candidates.min_by_key(rank).map(|(_, member)| member.id)
}

/// Takes an instance out of its group. ECS drains it first where its capacity provider says so (2.11).
pub fn terminate(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id, cause: String) {
    let Some((group, member)) = room.member(id) else { return };
    let (number, place) = (group.number, (member.zone.clone(), member.subnet.clone()));
    let drains = member.state == Life::InService && rooms.ecs.drains(&group.arn, id);
    let now = cx.now();
    if let Some(group) = room.group_mut(number) {
        activity::begin(group, cx, Some((id, &place.0, &place.1)), false, cause, None);
        if drains {
            activity::goes_on(group, now, id, "MidLifecycleAction");
        }
    }
    let Some(member) = room.member_mut(id) else { return };
    member.state = if drains { Life::TerminatingWait } else { Life::Terminating };
    if drains {
        cx.schedule(SimDuration::ZERO, Event::GroupMember(id));
        cx.schedule(DRAINING, Event::DrainingOver(id));
    } else {
        cx.schedule(SimDuration::ZERO, Event::GroupInstance(id));
    }
}

/// ECS has drained the instance, or the time for that is over: the termination goes on.
pub fn drained(room: &mut AutoScaling, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some(member) = room.member_mut(id).filter(|member| member.state == Life::TerminatingWait) else { return };
    member.state = Life::Terminating;
    let now = cx.now();
    if let Some(group) = room.homes.get(&id).copied().and_then(|number| room.group_mut(number)) {
        activity::goes_on(group, now, id, "InProgress");
    }
    cx.schedule(SimDuration::ZERO, Event::GroupInstance(id));
}

/// EC2 changed the state of an instance of a group.
pub fn instance_changed(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some((group, member)) = room.member(id) else { return };
    let (number, life) = (group.number, member.state);
    let now = cx.now();
    let state = rooms.ec2.get(id).map(|own| own.state);
    match (state, life) {
        (Some(State::Running), Life::Pending) => {
            settle(room, now, id, Life::InService);
            cx.schedule(SimDuration::ZERO, Event::GroupMember(id));
        }
        (Some(State::Running), Life::WarmedPending) => warm::arrived(room, cx, id),
        (Some(State::Stopped), Life::WarmedStopped) => settle(room, now, id, life),
        (None, _) | (Some(State::Terminated), Life::Terminating) => gone(room, rooms, cx, id),
        (Some(State::Terminated), _) => {
            let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
            if let Some(group) = room.group_mut(number).filter(|_| life != Life::TerminatingWait) {
                activity::begin(group, cx, Some((id, &zone, &subnet)), false, lost(now), None);
            }
            gone(room, rooms, cx, id);
        }
        (Some(State::Stopped), Life::Pending | Life::InService) => {
            terminate(room, rooms, cx, id, lost(now));
            adjust(room, rooms, cx, number, "");
        }
        _ => {}
    }
}

fn lost(now: SimTime) -> String {
    format!(
        "At {} an instance was taken out of service in response to an EC2 health check indicating it has been terminated or \
         stopped.",
        moment(now)
    )
}

/// An instance is where it was to go, and its activity over.
pub fn settle(room: &mut AutoScaling, now: SimTime, id: Ec2Id, life: Life) {
    if let Some(member) = room.member_mut(id) {
        member.state = life;
    }
    if let Some(group) = room.homes.get(&id).copied().and_then(|number| room.group_mut(number)) {
        activity::goes_on(group, now, id, "Successful");
    }
}

/// An instance is terminated: the group forgets it, and replaces what is missing.
fn gone(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    let now = cx.now();
    settle(room, now, id, Life::Terminating);
    let Some(number) = room.homes.remove(&id) else { return };
    let Some(group) = room.group_mut(number) else { return };
    group.members.retain(|member| member.id != id);
    if group.deleting && group.members.is_empty() {
        room.groups.remove(&number);
    } else {
        adjust(room, rooms, cx, number, "");
    }
}
