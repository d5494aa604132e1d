//! What a health check's probe of a target finds, read from the task that answers there.

use super::{Finding, LoadBalancer, Target, TargetGroup};
use crate::ec2::cidr::Cidr;
use crate::ec2::{Ec2, State};
use crate::ecs::application::{self, Answer};
use crate::ecs::containers::Phase;
use crate::ecs::{Ecs, Task, TaskStatus};
use crate::event::TaskKey;
use crate::placement::Protocol;
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::string::String;
use alloc::vec::Vec;

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
pub fn admits(ec2: &Ec2, balancer: &LoadBalancer, target: &Target, task: Option<&Task>, port: u16) -> bool {
    let (own, theirs) = (balancer.security_groups.as_slice(), groups_of(ec2, target, task));
    let near: Vec<Cidr> = ec2.network().block(&balancer.vpc).into_iter().collect();
    if !own.is_empty() && !ec2.network().lets_out(own, port, theirs, &near) {
        return false;
    }
    let blocks: Vec<Cidr> = balancer.zones.iter().filter_map(|(_, own)| ec2.network().block_around(own)).collect();
    ec2.network().admits(theirs, port, own, &blocks)
}

/// The security groups that guard a target: of the task's own interface, or of the EC2 instance (LB-07).
pub fn groups_of<'a>(ec2: &'a Ec2, target: &Target, task: Option<&'a Task>) -> &'a [String] {
    let host = target.host.and_then(|id| ec2.get(id)).map(|own| &*own.security_groups);
    host.or_else(|| task.map(|own| own.request.security_groups.as_slice())).unwrap_or_default()
}

/// What the application of a container answers.
fn answer(ecs: &Ecs, group: &TargetGroup, task: &Task, index: usize, now: SimTime) -> (Finding, Option<SimTime>) {
    let container = task.definition.registration.core.containers.get(index);
    let Some((container, started)) = container.zip(started(task, index)) else { return (Finding::Refused, None) };
    let path = group.check.path.as_deref().unwrap_or_default();
    let (answer, until) = application::answer(ecs, task, container, started, path, now);
    let http = group.check.protocol != "TCP";
    let grpc = group.version.as_deref() == Some("GRPC");
    let finding = match answer {
        Answer::Refuses => Finding::Refused,
        // Who only connects does not wait for an answer.
        _ if !http => Finding::Pass,
        Answer::Silent => Finding::Timeout,
        Answer::After(span) if span >= SimDuration::from_secs(group.check.timeout.into()) => Finding::Timeout,
        Answer::After(_) | Answer::Code(200) if grpc => Finding::Pass,
        Answer::After(_) => code(group, 200),
        Answer::Code(answered) => code(group, answered),
    };
    (finding, until)
}

fn code(group: &TargetGroup, answered: u16) -> Finding {
    if group.check.takes(answered) { Finding::Pass } else { Finding::Code(answered) }
}

/// When the process of a container started that runs now.
pub fn started(task: &Task, index: usize) -> Option<SimTime> {
    match task.containers.as_deref() {
        Some(runs) => {
            let run = runs.get(index).filter(|run| matches!(run.phase, Phase::Running | Phase::Stopping));
            run.and_then(|run| run.started)
        }
        None => task.times.started.filter(|_| (TaskStatus::Running..=TaskStatus::Stopping).contains(&task.status)),
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

/// Whether a target in a VPC that somebody registered by hand leads to this task.
pub fn leads_to(ecs: &Ecs, vpc: &str, target: &Target, task: &Task) -> bool {
    if task.status >= TaskStatus::Deprovisioning {
        return false;
    }
    if target.host.is_none() {
        return task.address.as_deref() == Some(target.id.as_str()) && ecs.vpc_of(task) == vpc;
    }
    let machine = task.host().and_then(|key| ecs.instance(key)).map(|own| own.machine);
    machine == target.host.map(crate::event::MachineId::Ec2) && container_at(task, false, target.port).is_some()
}

/// The task that a target in a VPC leads to, if there is one.
pub fn task_behind(ecs: &Ecs, vpc: &str, target: &Target) -> Option<TaskKey> {
    let mut all = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
    all.find(|task| leads_to(ecs, vpc, target, task)).map(|task| task.key)
}
