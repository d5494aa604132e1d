//! What Auto Scaling groups and the pools of Managed Instances ask of EC2.

use super::call::{bring, start};
use super::launch::Launch;
use super::{Ec2, State};
use crate::autoscaling::{Life, input_of};
use crate::event::{Cx, Ec2Id, Event};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::rc::Rc;

/// An agent that waited for its instance to leave the warm pool sees it after this long.
const LEAVES_POOL: SimDuration = SimDuration::from_secs(30);

/// Launches, starts, stops or terminates an instance as its group has it.
pub fn follow(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some((group, member)) = rooms.autoscaling.member(id) else { return };
    let warm = member.state.is_warm();
    if ec2.get(id).is_none() && member.state != Life::Terminating {
        let input = input_of(group, ec2, &rooms.autoscaling, &member.kind, &member.subnet);
        if let Ok(launch) = Launch::read(ec2, &cx.options().account.region, &input) {
            start(ec2, cx, [id, id], &launch, warm);
        }
    }
    if let Some(own) = ec2.instances.get_mut(&id).map(Rc::make_mut) {
        let leaves = own.in_warm_pool && !warm;
        own.in_warm_pool = warm;
        if leaves && own.state == State::Running {
            cx.schedule(LEAVES_POOL, Event::AgentStarts(id));
        }
    }
    let wish = match member.state {
        Life::WarmedStopped => State::Stopped,
        Life::Terminating => State::Terminated,
        _ => State::Running,
    };
    bring(ec2, cx, id, wish);
    // What is as it should be has no change to tell of.
    cx.schedule(SimDuration::ZERO, Event::GroupInstanceState(id));
}

/// Launches or terminates an instance as its pool of Managed Instances has it.
pub fn follow_pool(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    match rooms.ecs.pool_launch(id) {
        Some(input) if ec2.get(id).is_none() => match Launch::read(ec2, &cx.options().account.region, &input) {
            Ok(launch) => start(ec2, cx, [id, id], &launch, false),
            Err(_) => cx.schedule(SimDuration::ZERO, Event::HostGone { instance: id, terminated: true }),
        },
        Some(_) => {}
        None if ec2.get(id).is_none_or(|own| own.state == State::Terminated) => {
            cx.schedule(SimDuration::ZERO, Event::HostGone { instance: id, terminated: true });
        }
        None => {
            bring(ec2, cx, id, State::Terminated);
        }
    }
}
