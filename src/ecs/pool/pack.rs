//! Which instances of a pool are not needed, as their tasks have room on the others (2.12: infrastructureOptimization).
//!
//! AWS says that underused instances are drained one after another, and their tasks go to instances that are there or to
//! smaller ones (AWS containers blog on Managed Instances' optimization, read 2026-11-22). Here tasks keep their zone, so that no
//! service becomes uneven.

use crate::ecs::{ContainerInstance, Ecs, InstanceStatus, Task, instance};
use crate::event::InstanceKey;
use crate::placement::{Host, Request, fits};
use alloc::rc::Rc;
use alloc::vec::Vec;

/// Whether an instance could be drained now: every task on it is a service's, which starts it elsewhere, they all have room on
/// the other ACTIVE instances of its pool in its zone, and nothing else of the pool is on its way.
pub(super) fn is_spare(ecs: &Ecs, number: u32, key: InstanceKey) -> bool {
    let Some(own) = ecs.instance(key) else { return false };
    let others = || ecs.instances(key.cluster).filter(|other| other.provider == number && other.key != key);
    let moves = others().any(|other| other.status == InstanceStatus::Draining);
    let coming = ecs.provider(number).and_then(|(_, own)| own.pool.as_ref()).is_none_or(|pool| {
        pool.machines.iter().any(|machine| machine.ending || !ecs.checkpoints.contains_key(&machine.id))
    });
    if moves || coming || ecs.waiters.iter().any(|waiter| waiter.provider == number) {
        return false;
    }
    let takes = |other: &&ContainerInstance| {
        other.status == InstanceStatus::Active && other.host.agent_connected && other.host.zone == own.host.zone
    };
    let mut hosts: Vec<Host> = others().filter(takes).map(|other| other.host.clone()).collect();
    let mut tasks =
        instance::tasks_on(ecs, key).into_iter().filter_map(|task| ecs.task(task)).filter(|task| task.wanted());
    !hosts.is_empty() && tasks.all(|task| moves_to(ecs, task, &mut hosts))
}

/// Reserves a place for a task on the first host that takes it.
fn moves_to(ecs: &Ecs, task: &Task, hosts: &mut [Host]) -> bool {
    let Some(request) = wanted(ecs, task) else { return false };
    let Some(host) = hosts.iter_mut().find(|host| fits(&request, host)) else { return false };
    host.reserve(&request.demand, &request.group, "")
}

/// What the service of a task asks for it; none for a task that nobody starts again.
fn wanted(ecs: &Ecs, task: &Task) -> Option<Rc<Request>> {
    let owner = task.request.owner?;
    let all = &ecs.services.get(owner.service)?.deployments;
    let own = all.iter().find(|own| own.revision.number == owner.revision)?;
    Some(Rc::clone(&own.run.placement))
}
