//! The tasks of a service in its target groups (6.8): a task is registered when it is RUNNING and taken out when it stops.
//!
//! `elb` keeps the targets and their health and says when that changes; what the scheduler needs of it is kept here.

use super::super::containers::Health;
use super::super::{Ecs, TaskStatus, lifecycle};
use super::act::{Because, say};
use super::{Service, touch};
use crate::elb::TargetState;
use crate::event::{Cx, Event, HexId, MachineId, ServiceKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How a task stands in the target groups of its service; all of them must take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The worst of them: UNKNOWN until the first checks have passed.
    pub health: Health,
    /// The group whose checks fail, by its place in `loadBalancers`, the target's port there, none when it is gone, and
    /// what they find.
    pub failing: Option<(u16, Option<u16>, String)>,
}

/// How many tasks came into a target group or left it since the service last spoke of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub(super) group: Rc<str>,
    registered: bool,
    tasks: u32,
}

/// Whether a task stands in a target group still.
pub fn has_targets(ecs: &Ecs, key: TaskKey) -> bool {
    let service = ecs.task(key).and_then(|task| task.request.owner).and_then(|owner| ecs.services.get(owner.service));
    service.is_some_and(|service| service.targets.contains_key(&key.id))
}

/// A task of a service changed its lastStatus: it is registered, or taken out.
pub fn entered(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, service: ServiceKey, status: TaskStatus) {
    let Some(traffic) = ecs.task(key).map(|task| Rc::clone(&task.request.traffic)) else { return };
    let comes = status == TaskStatus::Running;
    if traffic.is_empty() || status < TaskStatus::Running {
        return;
    }
    for own in traffic.iter() {
        let (group, task, container, port) = (own.group, key, own.container, own.port);
        let event = match comes {
            true => Event::TargetsRegister { group, task, container, port },
            false => Event::TargetsDeregister { group, task, container, port },
        };
        cx.schedule(SimDuration::ZERO, event);
    }
    let Some(service) = ecs.services.change(service) else { return };
    if comes {
        service.targets.insert(key.id, Standing { health: Health::Unknown, failing: None });
    } else if status != TaskStatus::Deactivating {
        // It goes without waiting: its targets drain alone.
        return;
    }
    let gone = service.targets.get(&key.id).and_then(|own| own.failing.as_ref()).filter(|own| own.1.is_none());
    let gone = gone.map(|own| usize::from(own.0));
    for (_, own) in traffic.iter().enumerate().filter(|(at, _)| gone != Some(*at)) {
        match service.moved.iter_mut().find(|moved| moved.group == own.arn && moved.registered == comes) {
            Some(moved) => moved.tasks += 1,
            None => service.moved.push(Moved { group: Rc::clone(&own.arn), registered: comes, tasks: 1 }),
        }
    }
}

/// What became of the targets of a task.
pub fn told(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.task(key) else { return };
    let Some(owner) = task.request.owner else { return };
    let targets: Vec<_> = task.request.traffic.iter().map(|own| rooms.elb.health_of(own.group, key)).collect();
    let failing = targets.iter().zip(task.request.traffic.iter()).zip(0u16..).find_map(|((target, own), at)| {
        let Some(target) = target else {
            let what = if rooms.elb.group(own.group).is_some() { "TARGET" } else { "TARGET GROUP" };
            return Some((at, None, format!("{what} IS NOT FOUND")));
        };
        let words = target.reason().filter(|_| target.state == TargetState::Unhealthy)?.1;
        Some((at, Some(target.port), words))
    });
    let healthy = |own: &Option<&crate::elb::Target>| own.is_some_and(|own| own.state == TargetState::Healthy);
    let health = match &failing {
        Some(_) => Health::Unhealthy,
        None if targets.iter().all(healthy) => Health::Healthy,
        None => Health::Unknown,
    };
    let left = !task.wanted() && targets.iter().all(Option::is_none);
    let Some(service) = ecs.services.change(owner.service) else { return };
    if left {
        service.targets.remove(&key.id);
        lifecycle::left_targets(ecs, cx, key);
    } else if let Some(own) = service.targets.get_mut(&key.id) {
        *own = Standing { health, failing };
    }
    touch(ecs, cx, owner.service);
}

/// Why the scheduler stops an unhealthy task, if a target group says so.
pub fn failing(service: &Service, task: HexId) -> Option<Because> {
    let standing = service.targets.get(&task)?;
    standing.failing.as_ref().map(|(at, _, _)| Because::TargetCheck(*at))
}

/// The service says which tasks came into its target groups and left them.
pub fn say_moved(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    if ecs.services.get(key).is_none_or(|own| own.moved.is_empty()) {
        return;
    }
    let Some(service) = ecs.services.change(key) else { return };
    let (name, moved) = (service.name.to_string(), core::mem::take(&mut service.moved));
    if let Some(drains) = moved.iter().find(|own| !own.registered) {
        let message = format!("(service {name}) has begun draining connections on {} tasks.", drains.tasks);
        say(ecs, cx, key, message, None);
    }
    for Moved { group, registered, tasks } in moved {
        let does = if registered { "registered" } else { "deregistered" };
        say(ecs, cx, key, format!("(service {name}) {does} {tasks} targets in (target-group {group})"), None);
    }
}

/// The service says which tasks fail the checks of its target groups, before it stops them (6.14).
pub fn say_unhealthy(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, stop: &[(HexId, Because)]) {
    for (id, because) in stop.iter().filter(|(_, because)| matches!(because, Because::TargetCheck(_))) {
        let Some(service) = ecs.services.get(key) else { return };
        let Some(task) = ecs.task(TaskKey { cluster: key.cluster, id: *id }) else { continue };
        let Some((_, port, why)) = service.targets.get(id).and_then(|own| own.failing.as_ref()) else { continue };
        let Because::TargetCheck(at) = because else { continue };
        let group = task.request.traffic.get(usize::from(*at)).map(|own| &*own.arn).unwrap_or_default();
        let host = task.host().and_then(|key| ecs.instance(key)).map(|own| own.machine);
        // AWS ends the sentence where it names no instance, and only there.
        let (instance, end) = match host {
            Some(machine @ MachineId::Ec2(_)) => (format!(" (instance {machine})"), ""),
            _ => (String::new(), "."),
        };
        let who = super::sets::subject(service, task.request.owner.map(|own| own.revision));
        let message = match port {
            Some(port) => format!(
                "{who} (task {id}){instance} (port {port}) is unhealthy in (target-group {group}) due to (reason {why}){end}"
            ),
            None => format!("{who} (task {id}) is not healthy in target-group ({group}) due to {why}."),
        };
        say(ecs, cx, key, message, None);
    }
}
