//! Container instances that Auto Scaling groups hold: which capacity provider they are of, and their managed draining
//! (`scaling-ecr-iam-cli.md` 2.11).

use super::api::associated;
use super::{Ecs, InstanceStatus, Provider, instance, managed, provisioning};
use crate::autoscaling::Life;
use crate::event::{ClusterId, Cx, Ec2Id, Event, InstanceKey, MachineId};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::vec::Vec;

impl Ecs {
    /// The capacity provider of a group that is associated with a cluster.
    fn provider_of(&self, arn: &str, cluster: ClusterId) -> Option<&Provider> {
        let cluster = self.clusters.get(&cluster)?;
        let of_group = |own: &&Provider| own.active() && own.document["autoScalingGroupArn"] == *arn;
        associated(cluster).filter_map(|name| self.providers.get(name)).find(of_group)
    }

    /// Whether a provider that a cluster has drains the instances of a group before they go.
    pub fn has_draining_hook(&self, group: &str) -> bool {
        let drains = |own: &Provider| own.document["managedDraining"] == "ENABLED";
        self.clusters().filter(|own| own.active).any(|own| self.provider_of(group, own.id).is_some_and(drains))
    }

    /// Whether an instance of a group is drained before its termination: it is a container instance of a provider with
    /// managed draining that somebody can still tell to drain (2.11).
    pub fn drains(&self, group: &str, id: Ec2Id) -> bool {
        let Some(own) = self.checkpoints.get(&id).and_then(|key| self.instance(*key)) else { return false };
        let provider = self.provider_of(group, own.key.cluster);
        let managed = provider.is_some_and(|own| own.document["managedDraining"] == "ENABLED");
        managed && own.host.agent_connected && own.status != InstanceStatus::Inactive
    }
}

/// Puts an instance into the capacity provider of its group, as far as its cluster has one.
pub fn assign(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: InstanceKey) {
    let Some((MachineId::Ec2(id), managed, own)) =
        ecs.instance(key).map(|own| (own.machine, own.managed, own.provider))
    else {
        return;
    };
    if managed {
        managed::wake(ecs, cx, own);
        return provisioning::room(ecs, cx, own);
    }
    let group = rooms.autoscaling.member(id).filter(|(_, member)| member.state != Life::Detached);
    let number = group.and_then(|(group, _)| ecs.provider_of(&group.arn, key.cluster)).map_or(0, |own| own.number);
    ecs.instances.assign(key, number);
    managed::wake(ecs, cx, number);
    provisioning::room(ecs, cx, number);
}

/// The capacity providers of a cluster changed.
pub fn assign_all(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, cluster: ClusterId) {
    let keys: Vec<InstanceKey> = ecs.instances(cluster).map(|own| own.key).collect();
    for key in keys {
        assign(ecs, rooms, cx, key);
    }
}

/// A group took an instance in, let it go, or wants to terminate it; then it drains.
pub fn member_changed(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    managed::wake_all(ecs, cx);
    let Some(key) = ecs.checkpoints.get(&id).copied() else { return };
    assign(ecs, rooms, cx, key);
    let leaves = rooms.autoscaling.member(id).is_some_and(|(_, member)| member.state == Life::TerminatingWait);
    if leaves {
        instance::set_status(ecs, cx, key, InstanceStatus::Draining);
        tell_if_drained(ecs, cx, key);
    }
}

/// Tells the group, or the pool, of a DRAINING instance that its last task is over.
pub fn tell_if_drained(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    let Some(own) = ecs.instance(key).filter(|own| own.status == InstanceStatus::Draining && own.provider != 0) else {
        return;
    };
    if own.managed {
        return managed::wake(ecs, cx, own.provider);
    }
    if let (0, true, MachineId::Ec2(id)) = (own.host.running_tasks, own.stopping.is_empty(), own.machine) {
        cx.schedule(SimDuration::ZERO, Event::InstanceDrained(id));
    }
}
