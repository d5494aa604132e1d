//! What the scheduler does: tasks start and stop, and the service says so (6.14).

use super::super::api::{RunRequest, start_one};
use super::super::{Ecs, LaunchType, TaskStatus, instance, lifecycle, provisioning, roles};
use super::{Owner, Service, ServiceEvent, Unplaced, roll, sets, traffic};
use crate::event::{Cx, DecisionId, FactKind, HexId, InstanceKey, ServiceKey, TaskKey};
use crate::placement::event;
use crate::scaling::split::{self, Share};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Events that a service keeps (SV-11).
const MOST_EVENTS: usize = 100;

/// A service says something.
pub fn say(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, message: String, decision: Option<DecisionId>) {
    let event = ServiceEvent { id: HexId::new(cx.draw_wide("event-id")), at: cx.now(), message, decision };
    let Some(service) = ecs.services.change(key) else { return };
    let (name, message) = (service.name.to_string(), event.message.clone());
    service.events.push(event);
    if service.events.len() > MOST_EVENTS {
        service.events.remove(0);
    }
    let cluster = instance::cluster_name(ecs, key.cluster);
    cx.emit(FactKind::ServiceEvent { cluster, service: name, message, decision });
}

/// Starts one task of a deployment, by its place in the list. None when there is no place for it, which the service says
/// unless it did before.
pub fn start(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    key: ServiceKey,
    deployment: usize,
    on: Option<InstanceKey>,
) -> Option<HexId> {
    let run = ecs.services.get(key)?.deployments.get(deployment)?.run.clone();
    start_as(ecs, cx, key, deployment, &run, on)
}

/// The same by a request of its own.
pub fn start_as(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    key: ServiceKey,
    deployment: usize,
    run: &RunRequest,
    on: Option<InstanceKey>,
) -> Option<HexId> {
    let revision = ecs.services.get(key)?.deployments.get(deployment)?.revision.number;
    let shares: Vec<Share> = run.pools.iter().map(|pool| pool.share).collect();
    let next = if shares.len() > 1 { split::next(&shares, &in_pools(ecs, key, run, revision)) } else { Some(0) };
    let target = run.pools.get(next?)?;
    if let Err(error) = roles::assumable(ecs, &run.definition.registration.core, &Value::Null, &target.shared.volume) {
        let name = &ecs.services.get(key)?.name;
        let message = format!("(service {name}) failed to launch a task with (error {})", error.message);
        unable(ecs, cx, key, message, None);
        roll::not_launched(ecs, cx.now(), Owner { service: key, revision });
        return None;
    }
    match start_one(ecs, cx, key.cluster, run, target, on) {
        Ok(task) => {
            placed(ecs, key);
            Some(task.id)
        }
        Err(nowhere) => {
            let full = target.waits && ecs.waiting(key.cluster) >= provisioning::MOST;
            let empty = target.shared.provider.is_some() && run.launch != LaunchType::Fargate;
            let message = nowhere.event.unwrap_or_default();
            let name = ecs.services.get(key).map(|own| Rc::clone(&own.name)).unwrap_or_default();
            let message = match () {
                () if full => event::provisioning_limit(&name),
                () if empty => event::without_capacity(&name, message),
                () => message,
            };
            unable(ecs, cx, key, message, Some(nowhere.decision));
            None
        }
    }
}

/// A service cannot start a task for want of room, or of a role (6.15): it says so once, and looks again when that changes.
pub fn unable(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, message: String, decision: Option<DecisionId>) {
    ecs.services.waiting.insert(key);
    let Some(service) = ecs.services.change(key) else { return };
    let new = service.unplaced.as_ref().is_none_or(|own| own.message != message);
    service.unplaced = Some(Unplaced { decision, message: message.clone() });
    if new {
        say(ecs, cx, key, message, decision);
    }
}

/// How many tasks of a revision each capacity provider of its strategy has.
fn in_pools(ecs: &Ecs, key: ServiceKey, run: &RunRequest, revision: u64) -> Vec<u32> {
    let mut counts = alloc::vec![0; run.pools.len()];
    let ids = ecs.services.get(key).into_iter().flat_map(|own| own.tasks.iter());
    for task in ids.filter_map(|id| ecs.task(TaskKey { cluster: key.cluster, id: *id })) {
        let of = task.request.owner.is_some_and(|own| own.revision == revision) && task.wanted();
        let at = run.pools.iter().position(|pool| of && pool.shared.provider == task.request.provider);
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    counts
}

/// Nothing of the service waits for room.
pub fn placed(ecs: &mut Ecs, key: ServiceKey) {
    if ecs.services.get(key).is_some_and(|own| own.unplaced.is_some()) {
        ecs.services.waiting.remove(&key);
        if let Some(service) = ecs.services.change(key) {
            service.unplaced = None;
        }
    }
}

/// `has started N tasks`, with how many of them take the place of unhealthy ones.
pub fn say_started(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, tasks: &[HexId], unhealthy: usize) {
    let Some(service) = ecs.services.get(key).filter(|_| !tasks.is_empty()) else { return };
    let mut message = format!("{} has started {} tasks:{}.", of(ecs, service, tasks.first()), tasks.len(), list(tasks));
    if unhealthy > 0 {
        message += &format!(" Amazon ECS replaced {unhealthy} tasks due to an unhealthy status.");
    }
    say(ecs, cx, key, message, None);
}

/// Who says something of a task: the service, or its task set.
fn of(ecs: &Ecs, service: &Service, task: Option<&HexId>) -> String {
    let task = task.and_then(|id| ecs.task(TaskKey { cluster: service.key.cluster, id: *id }));
    sets::subject(service, task.and_then(|own| own.request.owner).map(|own| own.revision))
}

fn list(tasks: &[HexId]) -> String {
    tasks.iter().map(|id| format!(" (task {id})")).collect()
}

/// Why the scheduler stops a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// There are more than are wanted, or newer ones take their place.
    Scaling,
    /// Its container check fails.
    ContainerCheck,
    /// It fails the health checks of a target group, by its place in `loadBalancers` (LB-11).
    TargetCheck(u16),
    /// Its zone has more than its share (RB-05).
    Rebalancing,
}

/// Stops tasks, and says so unless rebalancing has words of its own.
pub fn stop(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, tasks: &[(HexId, Because)]) {
    // One event for each task set, where there are any.
    let mut all: Vec<(String, Vec<HexId>, u32)> = Vec::new();
    for (id, because) in tasks {
        let task = TaskKey { cluster: key.cluster, id: *id };
        let Some(own) = ecs.task(task).filter(|own| own.wanted()) else { continue };
        let Some(name) = ecs.services.get(key).map(|own| of(ecs, own, Some(id))) else { continue };
        let at = all.iter().position(|known| known.0 == name).unwrap_or_else(|| {
            all.push((name, Vec::new(), 0));
            all.len() - 1
        });
        match all.get_mut(at) {
            Some(known) if own.status < TaskStatus::Running => known.2 += 1,
            Some(known) if *because != Because::Rebalancing => known.1.push(*id),
            _ => {}
        }
        let by = own.request.started_by.clone().unwrap_or_default();
        let group = |at: u16| own.request.traffic.get(usize::from(at)).map(|own| &*own.arn).unwrap_or_default();
        let reason = match because {
            Because::Scaling => format!("Scaling activity initiated by (deployment {by})"),
            Because::ContainerCheck => String::from("Task failed container health checks"),
            Because::TargetCheck(at) => format!("Task failed ELB health checks in (target-group {})", group(*at)),
            Because::Rebalancing => format!("Availability-zone rebalancing initiated by (deployment {by})"),
        };
        lifecycle::stop(ecs, cx, task, "ServiceSchedulerInitiated", &reason);
    }
    for (name, running, pending) in all {
        if !running.is_empty() {
            let message = format!("{name} has stopped {} running tasks:{}.", running.len(), list(&running));
            say(ecs, cx, key, message, None);
        }
        if pending > 0 {
            say(ecs, cx, key, format!("{name} stopped {pending} pending tasks."), None);
        }
    }
    traffic::say_moved(ecs, cx, key);
}

/// Stops every task of a service that is to run.
pub fn stop_all(ecs: &mut Ecs, cx: &mut Cx<'_>, service: &Service) {
    let all: Vec<(HexId, Because)> = service.tasks.iter().map(|id| (*id, Because::Scaling)).collect();
    stop(ecs, cx, service.key, &all);
}
