//! Warm pools: instances that a group launched ahead and keeps stopped or running.

use super::activity;
use super::capacity::{self, settle};
use super::{AutoScaling, Group, Life};
use crate::event::{Cx, Ec2Id, Event};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// How many instances the warm pool of a group is to hold: what is missing to MaxGroupPreparedCapacity, or to MaxSize
/// without one, and MinSize at least.
pub fn size(group: &Group) -> usize {
    if !group.warm.is_object() || group.deleting || group.warm["Status"] == "PendingDelete" {
        return 0;
    }
    let prepared = group.warm["MaxGroupPreparedCapacity"].as_i64().filter(|own| *own >= 0);
    let prepared = prepared.unwrap_or_else(|| i64::from(group.max));
    let least = group.warm["MinSize"].as_i64().unwrap_or(0);
    (prepared - i64::from(group.desired)).max(least).max(0) as usize
}

/// The instances of a group's warm pool.
pub fn pool(group: &Group) -> Vec<Ec2Id> {
    group.members.iter().filter(|member| member.state.is_warm()).map(|member| member.id).collect()
}

/// Brings the warm pool to its size.
pub fn fill(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    let Some(group) = room.groups.get(&number) else { return };
    let (want, have) = (size(group), pool(group));
    let now = activity::moment(cx.now());
    for _ in have.len()..want {
        let cause = format!("At {now} an instance was launched into the warm pool.");
        if !capacity::launch(room, rooms, cx, number, Life::WarmedPending, cause) {
            break;
        }
    }
    for id in have.into_iter().skip(want) {
        let cause = format!("At {now} an instance was taken out of the warm pool.");
        capacity::terminate(room, rooms, cx, id, cause);
    }
}

/// Takes an instance out of the warm pool into service; false when none is ready.
pub fn take(room: &mut AutoScaling, cx: &mut Cx<'_>, number: u32, cause: &str) -> bool {
    let now = cx.now();
    let Some(group) = room.group_mut(number) else { return false };
    let ready = |life| matches!(life, Life::WarmedStopped | Life::WarmedRunning);
    let Some(member) = group.members.iter_mut().find(|member| ready(member.state)) else { return false };
    (member.state, member.since) = (Life::Pending, now);
    let (id, zone, subnet) = (member.id, member.zone.clone(), member.subnet.clone());
    activity::begin(group, cx, Some((id, &zone, &subnet)), true, String::from(cause), None);
    cx.schedule(SimDuration::ZERO, Event::GroupInstance(id));
    true
}

/// An instance runs that is to wait in the pool: it is stopped, or stays as it is.
pub fn arrived(room: &mut AutoScaling, cx: &mut Cx<'_>, id: Ec2Id) {
    let runs = room.member(id).is_some_and(|(group, _)| group.warm["PoolState"] == "Running");
    let life = if runs { Life::WarmedRunning } else { Life::WarmedStopped };
    if runs {
        return settle(room, cx.now(), id, life);
    }
    if let Some(member) = room.member_mut(id) {
        member.state = life;
    }
    cx.schedule(SimDuration::ZERO, Event::GroupInstance(id));
}
