//! What a service may stop and start while it replaces tasks: after an update, and off a DRAINING instance (reference
//! 6.3, 1.8). Pure: tasks and bounds in, one step out. Which task goes in a scale-in, `scale_in` says.

use super::scale_in::Phase;
use alloc::vec::Vec;

/// The bounds that a service keeps (6.3): RL-01, RL-02.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Healthy tasks that must be left: minimumHealthyPercent of the desired count, rounded up.
    pub lower: u32,
    /// Tasks that may be there: maximumPercent of the desired count, rounded down (DR-06).
    pub upper: u32,
}

impl Bounds {
    /// The bounds of a desired count; both percentages as whole numbers.
    pub fn new(desired: u32, minimum_healthy_percent: u32, maximum_percent: u32) -> Self {
        let of = |percent: u32| u64::from(desired) * u64::from(percent);
        let count = |tasks: u64| u32::try_from(tasks).unwrap_or(u32::MAX);
        Self { lower: count(of(minimum_healthy_percent).div_ceil(100)), upper: count(of(maximum_percent) / 100) }
    }
}

/// Why a task stays or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of the newest revision, on an instance that keeps its tasks.
    Stays,
    /// Of the newest revision, and its health checks fail: a substitute comes first, if the bounds let it (RL-08).
    Unhealthy,
    /// Of an older revision. While it is on its way it is a substitute that keeps the service up (RL-07).
    Outdated,
    /// Of an older revision that never carried the service: while it is on its way nothing is lost with it (RL-10).
    Superseded,
    /// On a DRAINING instance.
    Draining,
    /// On an instance that goes whatever the bounds say: a Managed Instance after
    /// [`DRAIN_DEADLINE`](super::managed::DRAIN_DEADLINE) (DR-10).
    Evicted,
}

/// A task of the service whose desiredStatus is RUNNING.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Why it stays or goes.
    pub place: Place,
    /// How far it came; [`Phase::Running`] is healthy (RL-03).
    pub phase: Phase,
    /// Under protection: that holds against deployments, not against draining (DR-11, `UNDOC→`).
    pub protected: bool,
}

impl Member {
    fn leaves(self) -> bool {
        self.place != Place::Stays
    }

    /// Whether the bounds have no say over its stop (DR-03).
    fn goes_at_once(self) -> bool {
        self.place == Place::Evicted || (self.place == Place::Draining && self.phase == Phase::Waiting)
    }

    fn may_stop(self) -> bool {
        self.leaves() && !(self.protected && matches!(self.place, Place::Outdated | Place::Superseded))
    }

    fn is_substitute(self) -> bool {
        self.place == Place::Outdated && self.phase == Phase::Waiting
    }
}

/// What a service does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many tasks start. Their places are reserved.
    pub start: u32,
    /// The tasks that are to stop, by index, ascending. What they hold is free for the next step (PL-60).
    pub stop: Vec<usize>,
    /// Why the service cannot go on by itself; none as well when it is done or waits for tasks on their way.
    pub stuck: Option<Stuck>,
}

/// Why nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// The bounds let nothing start and nothing stop (RL-05).
    Bounds,
    /// No instance takes a task, and the lower bound lets none stop that would make room (CN-09).
    NoRoom,
    /// What is left of the old tasks is protected.
    Protected,
}

/// The next step of a service with `desired` tasks: first it starts what the upper bound allows and `places` has room
/// for, then it stops what is replaced, or what stands in the way of the rest (RL-06). A task that is not healthy costs
/// the lower bound nothing; an older one on its way stays as long as it is needed for the bound, and goes before one that
/// runs (RL-07). `places` is asked once for each start and reserves the place. Unhealthy tasks go when there is a substitute for them, or one at a time where none can
/// start. `stopping` tasks are to stop and still run: they count against the upper bound, so that
/// with a maximum of 100 a substitute waits for them (RL-01, DR-07).
pub fn step(members: &[Member], desired: u32, bounds: Bounds, stopping: u32, places: &mut dyn FnMut() -> bool) -> Step {
    let count = |is: &dyn Fn(&Member) -> bool| members.iter().filter(|member| is(member)).count() as u32;
    let now = count(&|member| member.goes_at_once());
    let missing = desired.saturating_sub(count(&|member| !member.leaves()));
    let allowed = bounds.upper.saturating_sub(members.len() as u32 - now + stopping);
    let wished = missing.min(allowed);
    let start = (0..wished).take_while(|_| places()).count() as u32;

    let healthy = count(&|member| member.phase == Phase::Running && !member.goes_at_once());
    let substitutes = count(&|member| member.is_substitute() && member.may_stop());
    let spare = |there: u32| {
        let replaced = there.saturating_sub(desired.max(bounds.lower));
        replaced.max((missing - start).min(there.saturating_sub(bounds.lower)))
    };
    let spare_in_all = spare(healthy + count(&|member| member.is_substitute()));
    let mut may_drop = spare_in_all.min(substitutes);
    let mut may_stop = spare(healthy).min(spare_in_all - may_drop);
    let sick = count(&|member| member.place == Place::Unhealthy);
    let well = count(&|member| !member.leaves() && member.phase == Phase::Running);
    let waits = stopping > 0 || count(&|member| !member.leaves() && member.phase == Phase::Waiting) > 0;
    let one_at_a_time = sick > 0 && start == 0 && !waits;
    let mut sick_to_stop = (well + sick).saturating_sub(desired).max(u32::from(one_at_a_time)).min(sick);
    let mut stop = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let healthy = member.phase == Phase::Running;
        if member.place == Place::Unhealthy {
            if sick_to_stop > 0 {
                sick_to_stop -= 1;
                stop.push(index);
            }
        } else if member.is_substitute() {
            if member.may_stop() && may_drop > 0 {
                may_drop -= 1;
                stop.push(index);
            }
        } else if member.goes_at_once() || (member.may_stop() && (!healthy || may_stop > 0)) {
            may_stop -= u32::from(healthy && !member.goes_at_once());
            stop.push(index);
        }
    }

    let done = missing == 0 && !members.iter().any(|member| member.leaves());
    let stuck = if done || waits || members.iter().any(|member| member.is_substitute()) || start > 0 || !stop.is_empty()
    {
        None
    } else if start < wished {
        Some(Stuck::NoRoom)
    } else if missing == 0 && members.iter().all(|member| !member.may_stop()) {
        Some(Stuck::Protected)
    } else {
        Some(Stuck::Bounds)
    };
    Step { start, stop, stuck }
}

#[cfg(test)]
mod tests;
