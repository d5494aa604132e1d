//! The life of a container instance: its agent registers, disconnects, and its host goes.
//!
//! ```text
//! agent starts → ACTIVE ⇄ DRAINING → INACTIVE (deregistered) → forgotten after an hour
//!                   ↕ agentConnected
//! ```
//!
//! Source: Amazon ECS developer guide, container instance life cycle, read 2026-11-20; rules CI-01 to CI-32.

use super::api::create_cluster;
use super::config::AgentConfig;
use super::instances::Touches;
use super::{ContainerInstance, Ecs, InstanceStatus, capability, lifecycle, timing};
use crate::ec2::{Ec2, Instance, State};
use crate::event::{ClusterId, Cx, Ec2Id, Event, FactKind, HexId, InstanceKey, TaskKey};
pub use crate::placement::AGENT;
use crate::placement::{Amount, Attributes, Host, HostStatus, Protocol};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Container instances that a cluster holds at most (6.11).
pub const MOST_INSTANCES: usize = 5000;

/// The agent of a running EC2 instance registers it, or reconnects as what it registered before (CI-28).
pub fn agent_starts(ecs: &mut Ecs, ec2: &Ec2, cx: &mut Cx<'_>, id: Ec2Id) {
    if ec2.get(id).is_none_or(|instance| instance.state != State::Running) {
        return;
    }
    match ecs.checkpoints.get(&id).copied() {
        Some(key) => set_connected(ecs, cx, key, true),
        None => register(ecs, ec2, cx, id),
    }
}

/// The host of an instance is down: its tasks are lost. A terminated host whose agent was connected is deregistered;
/// one that was stopped or disconnected before leaves a ghost (CI-28, CI-29).
pub fn host_gone(ecs: &mut Ecs, cx: &mut Cx<'_>, id: Ec2Id, terminated: bool) {
    let Some(key) = ecs.checkpoints.get(&id).copied() else { return };
    let was_connected = ecs.instance(key).is_some_and(|instance| instance.host.agent_connected);
    set_connected(ecs, cx, key, false);
    let verb = if terminated { "terminated." } else { "stopped" };
    let reason = format!("Host EC2 (instance {id}) {verb}");
    for task in tasks_on(ecs, key) {
        lifecycle::host_lost(ecs, cx, task, &reason);
    }
    if terminated && was_connected {
        deregister(ecs, cx, key);
    }
}

/// Takes an instance out of its cluster; it can be described as INACTIVE for an hour (CI-30).
pub fn deregister(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    set_status(ecs, cx, key, InstanceStatus::Inactive);
    if let Some(instance) = ecs.instances.change(key, Touches::Whole) {
        instance.host.agent_connected = false;
        let id = instance.ec2;
        ecs.checkpoints.remove(&id);
    }
    cx.schedule(timing::INACTIVE_VISIBLE, Event::InstanceForgotten(key));
}

/// Changes an instance's status and says so.
pub fn set_status(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, status: InstanceStatus) {
    let cluster = cluster_name(ecs, key.cluster);
    let Some(instance) = ecs.instances.change(key, Touches::Whole) else { return };
    if instance.status == status {
        return;
    }
    instance.status = status;
    instance.version += 1;
    instance.host.status = match status {
        InstanceStatus::Active => HostStatus::Active,
        InstanceStatus::Draining => HostStatus::Draining,
        InstanceStatus::Inactive => HostStatus::Other,
    };
    cx.emit(FactKind::InstanceStatus { cluster, instance: instance.ec2.into(), status: status.name() });
}

/// The tasks on an instance that are not STOPPED, by id.
pub fn tasks_on(ecs: &Ecs, key: InstanceKey) -> Vec<TaskKey> {
    let alive = |task: &&super::Task| task.instance == Some(key.id) && task.status != super::TaskStatus::Stopped;
    ecs.tasks(key.cluster).filter(alive).map(|task| task.key).collect()
}

/// The name of a cluster.
pub fn cluster_name(ecs: &Ecs, id: ClusterId) -> String {
    ecs.clusters.get(&id).map(|cluster| cluster.name.clone()).unwrap_or_default()
}

fn set_connected(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, connected: bool) {
    let cluster = cluster_name(ecs, key.cluster);
    let Some(instance) = ecs.instances.change(key, Touches::Whole) else { return };
    if instance.host.agent_connected != connected {
        instance.host.agent_connected = connected;
        instance.version += 1;
        cx.emit(FactKind::AgentConnected { cluster, instance: instance.ec2.into(), connected });
    }
}

fn register(ecs: &mut Ecs, ec2: &Ec2, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some(machine) = ec2.get(id) else { return };
    let config = AgentConfig::from_user_data(&machine.user_data);
    let cluster = match cluster_to_join(ecs, cx, &config) {
        Ok(cluster) => cluster,
        Err(log) => {
            cx.emit(FactKind::RegistrationFailed { instance: id.into(), log });
            return;
        }
    };
    let Some(memory) = machine.instance_type.memory().checked_sub(config.reserved_memory) else {
        let log = format!(
            "api register-container-instance: reserved memory is higher than available memory on the host, total memory: {}, reserved: {}",
            machine.instance_type.memory(),
            config.reserved_memory
        );
        cx.emit(FactKind::RegistrationFailed { instance: id.into(), log });
        return;
    };
    let key = InstanceKey { cluster, id: HexId::new(cx.draw_wide("container-instance-id")) };
    let name = cluster_name(ecs, cluster);
    let kind = machine.instance_type;
    let attributes = shared_attributes(ecs, capability::attributes_of(machine, &config.attributes));
    let host = Host {
        arn: cx.options().account.container_instance(&name, &key.id.to_string()).to_string(),
        registered_at: cx.now(),
        ..empty_host(machine, &config, memory, attributes)
    };
    let instance = ContainerInstance {
        key,
        ec2: id,
        host,
        status: InstanceStatus::Active,
        version: 1,
        images: Rc::default(),
        dynamic_ports: Default::default(),
        reserved_ports: [config.reserved_ports, config.reserved_ports_udp],
    };
    ecs.instances.insert(instance);
    ecs.checkpoints.insert(id, key);
    cx.emit(FactKind::InstanceRegistered {
        cluster: name,
        instance: id.into(),
        id: key.id.into(),
        instance_type: kind.name.to_string(),
        zone: machine.zone.clone(),
        cpu: kind.cpu(),
        memory,
    });
}

/// What placement sees of a machine whose agent has just registered, but for what the cluster gives it: ARN and time.
/// `memory` is what it registers, in MiB.
pub fn empty_host(machine: &Instance, config: &AgentConfig, memory: u32, attributes: Rc<Attributes>) -> Host {
    let kind = machine.instance_type;
    let agent: Rc<str> = AGENT.into();
    let tcp = config.reserved_ports.iter().map(|port| (Protocol::Tcp, *port));
    let udp = config.reserved_ports_udp.iter().map(|port| (Protocol::Udp, *port));
    Host {
        name: machine.id.into(),
        zone: machine.zone.clone(),
        status: HostStatus::Active,
        agent_connected: true,
        agent_version: capability::AGENT_VERSION.to_string(),
        cpu: Amount::whole(kind.cpu()),
        memory: Amount::whole(memory),
        gpu: Amount::whole(kind.gpus),
        enis: Amount::whole(kind.task_interfaces()),
        ports: tcp.chain(udp).map(|port| (port, agent.clone())).collect(),
        attributes,
        ..Host::default()
    }
}

/// CI-20: no cluster named means `default`, which the agent makes; a named one that is missing is not made.
fn cluster_to_join(ecs: &mut Ecs, cx: &mut Cx<'_>, config: &AgentConfig) -> Result<ClusterId, String> {
    let named = if config.cluster.is_empty() { "default" } else { &config.cluster };
    let found = ecs.cluster(named).map(|cluster| cluster.id);
    let cluster = match found {
        Some(id) => id,
        None if named == "default" => create_cluster(ecs, cx, "default", Value::Null),
        None => return Err("ClusterNotFoundException: Cluster not found.".to_string()),
    };
    let registered = ecs.instances(cluster).filter(|instance| instance.status != InstanceStatus::Inactive).count();
    if registered >= MOST_INSTANCES {
        return Err(format!("LimitExceededException: the cluster holds {MOST_INSTANCES} container instances."));
    }
    for (name, value) in &config.attributes {
        if !capability::well_formed(name, value.as_deref()) {
            return Err(format!("InvalidParameterException: invalid attribute '{name}'."));
        }
    }
    Ok(cluster)
}

/// Instances that are alike share one map: a fleet of 5,000 has a handful of kinds.
fn shared_attributes(ecs: &mut Ecs, attributes: Attributes) -> Rc<Attributes> {
    if let Some(known) = ecs.attribute_sets.get(&attributes) {
        return known.clone();
    }
    let kept = Rc::new(attributes);
    ecs.attribute_sets.insert(kept.clone());
    kept
}
