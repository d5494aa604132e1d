//! What a health check's probe of a target finds, read from the task that answers there.

use super::{Finding, LoadBalancer, Target, TargetGroup};
use crate::ec2::{Ec2, State};
use crate::ecs::containers::Phase;
use crate::ecs::{Ecs, Task, TaskStatus};
use crate::event::TaskKey;
use crate::placement::Protocol;
use crate::rooms::Rooms;
use crate::sim::SimTime;

/// What a probe finds now, and when that changes by itself. A group that no listener forwards to has no load balancer.
pub fn find(
    rooms: &Rooms,
    balancer: Option<&LoadBalancer>,
    group: &TargetGroup,
    target: &Target,
    now: SimTime,
) -> (Finding, Option<SimTime>) {
    let Some(balancer) = balancer else { return (Finding::NotInUse, None) };
    let zone = match target.host {
        Some(id) => match rooms.ec2.get(id).map(|own| own.state) {
            Some(State::Terminated | State::ShuttingDown) => return (Finding::Terminated, None),
            Some(State::Stopped | State::Stopping) => return (Finding::Stopped, None),
            _ => rooms.ec2.get(id).map(|own| own.zone.as_str()),
        },
        None => Some(target.zone.as_str()).filter(|zone| *zone != "all"),
    };
    if zone.is_some_and(|zone| balancer.zones.iter().all(|(own, _)| own != zone)) {
        return (Finding::ZoneNotEnabled, None);
    }
    let port = group.check.port.unwrap_or(target.port);
    let task = target.task.and_then(|key| rooms.ecs.task(key));
    if !admits(&rooms.ec2, balancer, target, task, port) {
        return (Finding::Timeout, None);
    }
    // A health check's own port is one of the host's, or of the task's interface, as the traffic's is.
    match task.and_then(|task| Some((task, container_at(task, group.ip, port)?))) {
        Some((task, index)) => answer(&rooms.ecs, group, task, index, now),
        None => (Finding::Refused, None),
    }
}

/// Whether the security groups on the way admit the load balancer.
fn admits(_ec2: &Ec2, _balancer: &LoadBalancer, _target: &Target, _task: Option<&Task>, _port: u16) -> bool {
    true
}

/// What the application of a container answers.
fn answer(_ecs: &Ecs, _group: &TargetGroup, task: &Task, index: usize, _now: SimTime) -> (Finding, Option<SimTime>) {
    if !runs(task, index) {
        return (Finding::Refused, None);
    }
    (Finding::Pass, None)
}

/// Whether a container's process is there.
pub fn runs(task: &Task, index: usize) -> bool {
    match task.containers.as_deref() {
        Some(runs) => runs.get(index).is_some_and(|run| matches!(run.phase, Phase::Running | Phase::Stopping)),
        None => matches!(task.status, TaskStatus::Running | TaskStatus::Stopping),
    }
}

/// The container that listens on a TCP port: of the task's own interface, or of its host.
pub fn container_at(task: &Task, interface: bool, port: u16) -> Option<usize> {
    if !interface {
        let mut own = task.bindings.iter().filter(|own| own.protocol == Protocol::Tcp);
        return own.find(|own| own.host_port == port).map(|own| own.container.into());
    }
    let listens = |container: &crate::ecs::taskdef::Container| {
        let mut tcp = container.ports.iter().filter(|mapping| mapping.protocol == Protocol::Tcp);
        tcp.any(|mapping| (mapping.container.0..=mapping.container.1).contains(&port))
    };
    task.definition.registration.core.containers.iter().position(listens)
}

/// Whether a target that somebody registered by hand leads to this task.
pub fn leads_to(ecs: &Ecs, target: &Target, task: &Task) -> bool {
    if task.status >= TaskStatus::Deprovisioning {
        return false;
    }
    if target.host.is_none() {
        return task.address.as_deref() == Some(target.id.as_str());
    }
    let machine = task.host().and_then(|key| ecs.instance(key)).map(|own| own.machine);
    machine == target.host.map(crate::event::MachineId::Ec2) && container_at(task, false, target.port).is_some()
}

/// The task that a target leads to, if there is one.
pub fn task_behind(ecs: &Ecs, target: &Target) -> Option<TaskKey> {
    let mut all = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
    all.find(|task| leads_to(ecs, target, task)).map(|task| task.key)
}
