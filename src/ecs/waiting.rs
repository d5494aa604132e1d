//! The agent's queue (PL-61 to PL-63): placement counts what a stopping task holds as free at once (PL-60), the agent
//! only when its containers have exited. Until then a new task that needs it waits in PENDING, before its pull, and
//! whatever comes after it waits behind it. Source: [AGENT:agent/engine/docker_task_engine.go] since 1.73.0.

use super::instances::Touches;
use super::{ContainerInstance, Ecs, Task, TaskStatus, instance, lifecycle};
use crate::event::{Cx, FactKind, InstanceKey, TaskKey};
use crate::placement::Demand;
use alloc::string::String;

/// The agent has a task: it starts it now, or lets it wait.
pub fn arrive(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let wait = ecs.task(key).and_then(|task| {
        let instance = ecs.instance(task.host()?)?;
        // What comes behind others waits for them; almost always nothing stops and nothing waits.
        let until = match instance.waiting.is_empty() {
            false => String::from("the task before it starts"),
            true => missing(ecs, instance, task)?,
        };
        Some((
            instance.key,
            FactKind::TaskWaits {
                cluster: instance::cluster_name(ecs, key.cluster),
                task: key.id.into(),
                instance: instance.machine.into(),
                until,
            },
        ))
    });
    match wait {
        None => lifecycle::pull(ecs, cx, key),
        Some((host, fact)) => {
            cx.emit(fact);
            if let Some(instance) = ecs.instances.change(host, Touches::Nothing) {
                instance.waiting.push(key);
            }
        }
    }
}

/// A task is to stop: what it holds on its host it holds until [`exited`], unless it waits and holds nothing.
pub fn stops(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.task(key) else { return };
    let (host, status) = (task.host(), task.status);
    let Some(instance) = host.and_then(|host| ecs.instances.change(host, Touches::Nothing)) else { return };
    if let Some(place) = instance.waiting.iter().position(|waiting| *waiting == key) {
        instance.waiting.remove(place);
        start_waiting(ecs, cx, host);
    } else if matches!(status, TaskStatus::Pending | TaskStatus::Activating | TaskStatus::Running) {
        instance.stopping.push(key);
    }
}

/// The containers of a task have exited: what waits for what they held may start.
pub fn exited(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, host: InstanceKey) {
    let Some(instance) = ecs.instances.change(host, Touches::Nothing) else { return };
    if let Some(place) = instance.stopping.iter().position(|stopping| *stopping == key) {
        instance.stopping.swap_remove(place);
        start_waiting(ecs, cx, Some(host));
    }
}

fn start_waiting(ecs: &mut Ecs, cx: &mut Cx<'_>, host: Option<InstanceKey>) {
    let next = |ecs: &Ecs| {
        let instance = ecs.instance(host?)?;
        let head = ecs.task(*instance.waiting.first()?)?;
        missing(ecs, instance, head).is_none().then_some(head.key)
    };
    while let Some(key) = next(ecs) {
        if let Some(instance) = host.and_then(|host| ecs.instances.change(host, Touches::Nothing)) {
            instance.waiting.remove(0);
        }
        lifecycle::pull(ecs, cx, key);
    }
}

/// What has to be free before the task can start, in words; nothing when the host really has what it needs. Placement
/// has reserved that for it, so it is missing only as far as stopping tasks still hold what placement gave away.
fn missing(ecs: &Ecs, instance: &ContainerInstance, task: &Task) -> Option<String> {
    let stopping = || instance.stopping.iter().filter_map(|key| ecs.task(*key)).map(|task| &*task.request.demand);
    let waiting = instance.waiting.iter().filter(|key| **key != task.key).filter_map(|key| ecs.task(*key));
    let host = &instance.host;
    let mut free = [host.cpu.free, host.memory.free, host.gpu.free];
    let amounts = |demand: &Demand| [demand.cpu, demand.memory, host.gpus_for(demand)];
    for other in waiting {
        free = sum(free, amounts(&other.request.demand));
    }
    let held = stopping().map(amounts).fold([0; 3], sum);
    let wanted = amounts(&task.request.demand);
    for (index, name) in ["CPU", "memory", "GPU"].into_iter().enumerate() {
        let of = |all: &[u32; 3]| all.get(index).copied().unwrap_or_default();
        if of(&wanted) > 0 && of(&held) > of(&free) {
            return Some(alloc::format!("stopping tasks give {name} back"));
        }
    }
    let port = task.request.demand.ports.iter().find(|port| stopping().any(|demand| demand.ports.contains(port)))?;
    Some(alloc::format!("a stopping task gives port {port} back"))
}

fn sum(mut left: [u32; 3], right: [u32; 3]) -> [u32; 3] {
    for (own, more) in left.iter_mut().zip(right) {
        *own = own.saturating_add(more);
    }
    left
}
