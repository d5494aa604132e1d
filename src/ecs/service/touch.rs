//! Who tells the scheduler that something happened to a service.

use super::super::{Ecs, InstanceStatus, TaskStatus};
use super::{ServiceStatus, discovery, roll, seen, traffic};
use crate::event::{ClusterId, Cx, Event, HexId, ServiceKey, TaskKey};
use crate::sim::SimDuration;
use alloc::vec::Vec;

/// Something changed that matters to a service: the scheduler looks at it before time passes.
pub fn touch(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let lives = ecs.services.get(key).is_some_and(|own| own.status != ServiceStatus::Inactive);
    if lives && ecs.services.next_look(key) != Some(now) {
        ecs.services.look_at(key, Some(now));
        cx.schedule(SimDuration::ZERO, Event::ServiceLook(key));
    }
}

/// An instance of a cluster changed its status: that may matter to every service.
pub fn all_touched(ecs: &mut Ecs, cx: &mut Cx<'_>, cluster: ClusterId) {
    let keys: Vec<ServiceKey> = ecs.services.of(cluster).filter(|own| own.is_active()).map(|own| own.key).collect();
    for key in keys {
        touch(ecs, cx, key);
    }
}

/// There may be more room in a cluster: those that wait for it, and the DAEMON ones, look.
pub fn room(ecs: &mut Ecs, cx: &mut Cx<'_>, cluster: ClusterId) {
    if ecs.services.waiting.is_empty() && ecs.services.daemons.is_empty() {
        return;
    }
    // DM-01: the DAEMON ones first.
    let both = ecs.services.daemons.iter().chain(ecs.services.waiting.iter());
    let keys: Vec<ServiceKey> = both.filter(|key| key.cluster == cluster).copied().collect();
    for key in keys {
        touch(ecs, cx, key);
    }
}

/// Roles may be assumed that could not be: the services that wait look, and what failed for want of a role does not delay
/// them.
pub fn waiting_look(ecs: &mut Ecs, cx: &mut Cx<'_>) {
    let keys: Vec<ServiceKey> = ecs.services.waiting.iter().copied().collect();
    for key in keys {
        let by_role = |own: &&mut super::Service| own.unplaced.as_ref().is_some_and(|own| own.decision.is_none());
        for own in ecs.services.change(key).filter(by_role).into_iter().flat_map(|own| &mut own.deployments) {
            own.throttle = Default::default();
        }
        touch(ecs, cx, key);
    }
}

/// A task was made for a service.
pub fn joins(ecs: &mut Ecs, key: ServiceKey, task: HexId) {
    if let Some(service) = ecs.services.change(key) {
        service.tasks.insert(task);
    }
}

/// A task changed its lastStatus; what is STOPPED is no task of its service any more.
pub fn task_entered(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, status: TaskStatus) {
    let Some(owner) = ecs.task(key).and_then(|task| task.request.owner) else { return };
    if let Some(service) = ecs.services.change(owner.service) {
        if status == TaskStatus::Stopped {
            service.tasks.remove(&key.id);
            service.protected.remove(&key.id);
            service.targets.remove(&key.id);
        } else if status == TaskStatus::Running
            && let Some(throttle) = service.throttle_of(owner.revision)
        {
            throttle.rounds = 0;
        }
    }
    traffic::entered(ecs, cx, key, owner.service, status);
    if status == TaskStatus::Running {
        discovery::changed(ecs, cx, key);
    }
    touch(ecs, cx, owner.service);
    let host = ecs.task(key).filter(|_| status == TaskStatus::Stopped).and_then(|task| task.host());
    let host = host.and_then(|key| ecs.instance(key));
    // DR-05: what has to go last may go now.
    if host.is_some_and(|own| own.status == InstanceStatus::Draining) {
        room(ecs, cx, key.cluster);
    }
}

/// A task is to stop, by itself or because somebody or something wants it. What it holds is free for others (PL-60).
pub fn task_stops(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if let Some(owner) = ecs.task(key).and_then(|task| task.request.owner) {
        if seen::failed_by_itself(ecs, cx.now(), key) {
            roll::count_failure(ecs, owner);
        }
        roll::throttle(ecs, cx, key, owner);
        discovery::changed(ecs, cx, key);
        touch(ecs, cx, owner.service);
    }
    room(ecs, cx, key.cluster);
}

/// The health of a task's containers changed.
pub fn health_changed(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if let Some(owner) = ecs.task(key).and_then(|task| task.request.owner) {
        discovery::changed(ecs, cx, key);
        touch(ecs, cx, owner.service);
    }
}
