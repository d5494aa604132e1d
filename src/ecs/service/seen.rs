//! The tasks of a service as its scheduler sees them.

use super::super::containers::{self, Health};
use super::super::{Ecs, InstanceStatus, Task, TaskStatus, timing};
use super::Service;
use crate::event::{HexId, TaskKey};
use crate::placement::Phase;
use crate::sim::SimTime;
use alloc::vec::Vec;

/// One task.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its id.
    pub id: HexId,
    /// The service revision that it runs.
    pub revision: u64,
    /// Whether it is to run.
    pub wanted: bool,
    /// lastStatus.
    pub status: TaskStatus,
    /// How far it is, [`Phase::Running`] once it is healthy (RL-03).
    pub phase: Phase,
    /// When time alone makes it healthy, or lets its health count.
    pub due: Option<SimTime>,
    /// Whether its instance drains.
    pub draining: bool,
    /// Whether it is under protection (6.12).
    pub protected: bool,
}

/// All tasks of a service that are not STOPPED, by id. The 40 seconds are asked of the newest revision alone: an older
/// task that is RUNNING is one that a rollout may not give up for nothing.
pub fn tasks(ecs: &Ecs, service: &Service, now: SimTime) -> Vec<Seen> {
    each(ecs, service, now).collect()
}

/// The same one by one.
pub fn each(ecs: &Ecs, service: &Service, now: SimTime) -> impl Iterator<Item = Seen> {
    let newest = service.primary().filter(|own| own.set.is_none()).map(|own| own.revision.number);
    service.tasks.iter().filter_map(move |id| {
        let task = ecs.task(TaskKey { cluster: service.key.cluster, id: *id })?;
        let revision = task.request.owner?.revision;
        let (mut phase, mut due) = health(service, task, now);
        let unchecked = !is_checked(task) && task.request.traffic.is_empty();
        if newest != Some(revision) && phase == Phase::Waiting && unchecked && task.times.started.is_some() {
            (phase, due) = (Phase::Running, None);
        }
        let host = task.host().and_then(|key| ecs.instance(key));
        Some(Seen {
            id: *id,
            revision,
            wanted: task.wanted(),
            status: task.status,
            phase,
            due,
            draining: host.is_some_and(|own| own.status == InstanceStatus::Draining),
            protected: service.protected.get(id).is_some_and(|until| *until > now),
        })
    })
}

/// Whether a task runs or is on its way to: it counts for its deployment and its service (SV-02, RL-09).
pub fn is_up(status: TaskStatus) -> bool {
    status < TaskStatus::Deactivating
}

/// Whether a container check says how healthy a task is.
pub fn is_checked(task: &Task) -> bool {
    task.definition.registration.core.containers.iter().any(|own| own.essential && own.health.is_some())
}

/// How healthy a task is (RL-03), in its containers and in every target group, and when that changes by time alone.
fn health(service: &Service, task: &Task, now: SimTime) -> (Phase, Option<SimTime>) {
    let Some(started) = task.times.started else { return (Phase::Waiting, None) };
    let registered = !task.request.traffic.is_empty();
    if !is_checked(task) && !registered {
        let due = started + timing::HEALTHY_AFTER;
        return if due <= now { (Phase::Running, None) } else { (Phase::Waiting, Some(due)) };
    }
    let of_containers = if is_checked(task) { containers::health(task) } else { Health::Healthy };
    let in_groups = || service.targets.get(&task.key.id).map_or(Health::Unknown, |own| own.health);
    match if registered { of_containers.min(in_groups()) } else { of_containers } {
        Health::Healthy => (Phase::Running, None),
        Health::Unknown => (Phase::Waiting, None),
        Health::Unhealthy => {
            let until = started + service.grace();
            if until > now { (Phase::Waiting, Some(until)) } else { (Phase::Unhealthy, None) }
        }
    }
}

/// Whether a task that is to stop failed: it did not come up, or its container ended before it was healthy (CB-04,
/// CB-09). What somebody stopped, or what lost its host, did not.
pub fn failed_by_itself(ecs: &Ecs, now: SimTime, key: TaskKey) -> bool {
    let Some(task) = ecs.task(key) else { return false };
    let Some(service) = task.request.owner.and_then(|owner| ecs.services.get(owner.service)) else { return false };
    let code = task.stop.as_ref().map(|stop| stop.code);
    match code {
        Some("TaskFailedToStart") => true,
        Some("EssentialContainerExited") => health(service, task, now).0 != Phase::Running,
        _ => false,
    }
}
