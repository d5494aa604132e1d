//! The life of a container instance: its agent registers, disconnects, and its host goes.
//!
//! ```text
//! agent starts → ACTIVE ⇄ DRAINING → INACTIVE (deregistered) → forgotten after an hour
//!                   ↕ agentConnected
//! ```
//!
//! Source: Amazon ECS developer guide, container instance life cycle, read 2026-11-20; rules CI-01 to CI-32.

use super::api::{account_setting, checked_tags, create_cluster};
use super::bottlerocket;
use super::config::AgentConfig;
use super::instances::Touches;
use super::{
    ContainerInstance, Ecs, InstanceStatus, agent_role, capability, group, lifecycle, managed, past, pool,
    provisioning, registration, service, timing,
};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::{ApiError, arn};
use crate::ec2::{Instance, State, network};
use crate::event::{ClusterId, Cx, Ec2Id, Event, FactKind, HexId, InstanceKey, MachineId, TaskKey};
pub use crate::placement::AGENT;
use crate::placement::input::CUSTOM_LIMIT;
use crate::placement::interfaces::{Registration, task_limit, trunk};
use crate::placement::{Amount, Attributes, Host, HostStatus, Protocol};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Container instances that a cluster holds at most (6.11).
pub const MOST_INSTANCES: usize = 5000;

/// The stop code of a task whose host is gone (5.4).
pub const HOST_LOST: &str = "TerminationNotice";

/// The agent of a running EC2 instance registers it, or reconnects as what it registered before (CI-28).
pub fn agent_starts(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some(own) = rooms.ec2.get(id).filter(|own| own.state == State::Running) else { return };
    let config = config_of(own);
    let wanted = String::from(config.cluster());
    let role = rooms.iam.role_of_profile(&own.profile);
    let known = ecs.checkpoints.get(&id).and_then(|key| ecs.instance(*key));
    if !config.is_on(capability::CHECKPOINT) && known.is_some_and(|known| !known.host.agent_connected) {
        ecs.checkpoints.remove(&id);
    }
    let obstacle =
        registration::obstacle(own, rooms.ec2.network(), &config, &cx.options().account.region, role.is_some());
    let (outcome, goes_on) = match obstacle {
        Some((log, tries_again)) => (Err(log), tries_again || own.in_warm_pool),
        None if let Some(log) = agent_role::keeps_from_registering(ecs, rooms, cx, own, &wanted) => (Err(log), false),
        None => match ecs.checkpoints.get(&id).copied() {
            Some(key) => (reconnect(ecs, cx, key, &wanted), false),
            None => (register_ec2(ecs, own, cx, config, role.unwrap_or_default()), true),
        },
    };
    ecs.unregistered.remove(&id);
    if let Some(key) = ecs.checkpoints.get(&id).copied() {
        group::assign(ecs, rooms, cx, key);
    }
    match outcome {
        Ok(()) => agent_role::registered(ecs, rooms, cx, own),
        Err(log) => {
            cx.emit(FactKind::RegistrationFailed { instance: id.into(), log });
            if goes_on {
                ecs.unregistered.insert(id, wanted);
            }
        }
    }
}

/// Lets an agent that could not register try again.
pub fn agent_retry(cx: &mut Cx<'_>, id: Ec2Id) {
    cx.schedule(timing::AGENT_RETRY, Event::AgentStarts(id));
}

/// The agent comes back as what it registered before, unless its configuration names another cluster now (CI-24).
fn reconnect(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, wanted: &str) -> Result<(), String> {
    let saved = cluster_name(ecs, key.cluster);
    if saved != wanted {
        return Err(format!(
            "Data mismatch; saved cluster '{saved}' does not match configured cluster '{wanted}'. Perhaps you want to delete the configured checkpoint file?"
        ));
    }
    set_connected(ecs, cx, key, true);
    Ok(())
}

/// Lets agents that could not register try again, those of the instances and clusters that fit: a named cluster exists at
/// last (CI-20), an instance left its warm pool.
pub fn retry(ecs: &Ecs, cx: &mut Cx<'_>, fits: impl Fn(&Ec2Id, &str) -> bool) {
    for (id, _) in ecs.unregistered.iter().filter(|(id, cluster)| fits(id, cluster)) {
        agent_retry(cx, *id);
    }
}

/// Somebody edits the agent's configuration on an instance, or deletes its checkpoint, and restarts it (`lab agent`).
pub fn restart_agent(ecs: &mut Ecs, cx: &mut Cx<'_>, id: Ec2Id, input: &Value) -> Value {
    if let Some(key) = ecs.checkpoints.get(&id).copied() {
        set_connected(ecs, cx, key, false);
    }
    if input["deleteCheckpoint"] == true {
        ecs.checkpoints.remove(&id);
    }
    cx.schedule(timing::AGENT_RESTART, Event::AgentStarts(id));
    object!({})
}

/// The agent's configuration on an EC2 instance.
pub fn config_of(instance: &Instance) -> AgentConfig {
    let data = instance.user_data.as_str();
    match instance.bottlerocket() {
        Some(variant) => {
            AgentConfig::from_user_data(&bottlerocket::configuration(data, variant).unwrap_or_default(), false)
        }
        None => AgentConfig::from_user_data(data, instance.is_windows()),
    }
}

/// The host of an instance is down: its tasks are lost. A terminated host whose agent was connected is deregistered;
/// one that was stopped or disconnected before leaves a ghost (CI-28, CI-29), unless ECS manages it.
pub fn host_gone(ecs: &mut Ecs, cx: &mut Cx<'_>, id: Ec2Id, terminated: bool) {
    if terminated {
        pool::gone(ecs, cx, id);
    }
    let Some(key) = ecs.checkpoints.get(&id).copied() else { return };
    let was_connected = ecs.instance(key).is_some_and(|instance| instance.host.agent_connected);
    set_connected(ecs, cx, key, false);
    let verb = if terminated { "terminated." } else { "stopped" };
    let reason = format!("Host EC2 (instance {id}) {verb}");
    for task in tasks_on(ecs, key) {
        lifecycle::host_lost(ecs, cx, task, HOST_LOST, &reason);
    }
    if terminated && (was_connected || ecs.instance(key).is_some_and(|own| own.managed)) {
        deregister(ecs, cx, key);
    }
}

/// Takes an instance out of its cluster; it can be described as INACTIVE for an hour (CI-30).
pub fn deregister(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    set_status(ecs, cx, key, InstanceStatus::Inactive);
    if let Some(instance) = ecs.instances.change(key, Touches::Whole) {
        instance.host.agent_connected = false;
        if let MachineId::Ec2(id) = instance.machine {
            ecs.checkpoints.remove(&id);
        }
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
    let (counted, since, amount) = (instance.status.counts(), instance.host.registered_at, past::registered(instance));
    instance.status = status;
    instance.version += 1;
    instance.host.status = match status {
        InstanceStatus::Active => HostStatus::Active,
        InstanceStatus::Draining => HostStatus::Draining,
        InstanceStatus::Inactive | InstanceStatus::RegistrationFailed => HostStatus::Other,
    };
    cx.emit(FactKind::InstanceStatus { cluster, instance: instance.machine.into(), status: status.name() });
    let provider = instance.provider;
    if counted && !status.counts() {
        ecs.past.left(key.cluster, since, amount, cx.now());
    }
    provisioning::room(ecs, cx, provider);
    managed::wake(ecs, cx, provider);
    service::all_touched(ecs, cx, key.cluster);
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

/// The agent connects or disconnects (CI-27).
pub fn set_connected(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, connected: bool) {
    let cluster = cluster_name(ecs, key.cluster);
    let Some(instance) = ecs.instances.change(key, Touches::Whole) else { return };
    if instance.host.agent_connected != connected {
        instance.host.agent_connected = connected;
        instance.version += 1;
        cx.emit(FactKind::AgentConnected { cluster, instance: instance.machine.into(), connected });
        let provider = instance.provider;
        if connected {
            lifecycle::catch_up(ecs, cx, key);
            provisioning::room(ecs, cx, provider);
            service::room(ecs, cx, key.cluster);
        }
    }
}

/// A machine outside of AWS, on which somebody has installed the agent, joins a cluster (8.1). It is registered at once.
/// Errors: what the agent would log.
pub fn register_external(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let number = |member: &str| input[member].as_u64().and_then(|own| u32::try_from(own).ok()).unwrap_or_default();
    let given = input["attributes"].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(String::from);
    let mut config = AgentConfig::from_user_data("", false);
    config.cluster = arn::short_name(input["cluster"].as_str().unwrap_or_default()).to_string();
    config.attributes = given.map(|(name, value)| (name.clone(), text(value))).collect();
    let id = MachineId::External(cx.draw("external-id"));
    let machine = Machine { id, ..outside(number("cpus"), number("memory"), &config) };
    let id = machine.id.to_string();
    let key = register(ecs, cx, machine, config).map_err(|log| ApiError::client(log).in_our_words())?;
    let arn = ecs.instance(key).map(|instance| instance.host.arn.clone());
    Ok(object!({ "instanceId": id, "containerInstanceArn": arn }))
}

/// The agent of a machine outside of AWS can call nobody any more.
pub fn lost_credentials(ecs: &mut Ecs, cx: &mut Cx<'_>, machine: &str) {
    let all = ecs.clusters().flat_map(|cluster| ecs.instances(cluster.id));
    let own = |own: &&ContainerInstance| own.machine.to_string() == machine;
    if let Some(key) = all.filter(own).last().map(|own| own.key) {
        set_connected(ecs, cx, key, false);
    }
}

/// What an agent finds on a machine outside of AWS.
fn outside(cpus: u32, memory: u32, config: &AgentConfig) -> Machine<'static> {
    let attributes = capability::attributes_of_external(config);
    Machine { kind: "external", cpu: cpus.saturating_mul(1024), memory, attributes, ..Machine::default() }
}

/// What an agent finds on its machine.
pub(super) struct Machine<'a> {
    pub(super) id: MachineId,
    /// The instance type.
    pub(super) kind: &'a str,
    zone: &'a str,
    pub(super) cpu: u32,
    /// Before the agent reserves some of it.
    pub(super) memory: u32,
    pub(super) gpus: u32,
    /// Network interfaces for tasks.
    interfaces: u32,
    pub(super) attributes: Attributes,
}

impl Default for Machine<'_> {
    fn default() -> Self {
        let (id, attributes) = (MachineId::External(0), Attributes::new());
        Self { id, kind: "", zone: "", cpu: 0, memory: 0, gpus: 0, interfaces: 0, attributes }
    }
}

fn register_ec2(
    ecs: &mut Ecs,
    own: &Instance,
    cx: &mut Cx<'_>,
    mut config: AgentConfig,
    role: &str,
) -> Result<(), String> {
    // The agent's own tags stand before those of EC2; AWS's are not handed on.
    for (key, value) in own.tags.iter().filter(|(key, _)| config.has_ec2_tags && !key.starts_with("aws:")) {
        if !config.tags.contains_key(key) {
            config.tags.insert(key.clone(), Some(value.clone()));
        }
    }
    let wants_trunk = trunking(ecs, &cx.options().account, role);
    let (mut machine, trunked) = found_on(own, &config, wants_trunk);
    // EN-05: the type takes a trunk and only the subnet does not.
    let failed = !trunked && wants_trunk && network::is_shared(&own.subnet) && has_trunk(own, &config);
    if trunked {
        let id = HexId::new(cx.draw_wide("trunk-id")).uuid();
        machine.attributes.insert("ecs.awsvpc-trunk-id".to_string(), Some(id));
    }
    let key = register(ecs, cx, machine, config)?;
    ecs.checkpoints.insert(own.id, key);
    if failed {
        set_status(ecs, cx, key, InstanceStatus::RegistrationFailed);
    }
    Ok(())
}

/// statusReason of an instance that did not get its trunk (CI-25); the wording is ours.
pub const NO_TRUNK: &str = "Unable to create the trunk network interface: the subnet is shared by another account.";

fn has_trunk(own: &Instance, config: &AgentConfig) -> bool {
    let elsewhere = Instance { subnet: String::new(), ..own.clone() };
    found_on(&elsewhere, config, true).1
}

/// What the agent of an EC2 instance finds, and whether it gets a trunk.
pub(super) fn found_on<'a>(instance: &'a Instance, config: &AgentConfig, trunking: bool) -> (Machine<'a>, bool) {
    let kind = instance.instance_type;
    let registration = Registration {
        instance_type: kind.name,
        interfaces: kind.interfaces,
        trunking: trunking && capability::can_use_trunk(config),
        linux: !config.windows,
        agent_version: capability::AGENT_VERSION,
        shared_subnet: network::is_shared(&instance.subnet),
    };
    let machine = Machine {
        id: MachineId::Ec2(instance.id),
        kind: kind.name,
        zone: &instance.zone,
        cpu: kind.cpu(),
        memory: instance.memory(),
        gpus: if config.is_on(capability::GPUS) { kind.gpus } else { 0 },
        interfaces: task_limit(&registration),
        attributes: capability::attributes_of(instance, config),
    };
    (machine, trunk(&registration).is_some())
}

/// Registers a machine, or says what its agent logs (CI-05, CI-20).
pub(super) fn register(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    mut machine: Machine<'_>,
    config: AgentConfig,
) -> Result<InstanceKey, String> {
    let cluster = cluster_to_join(ecs, cx, &config)?;
    let memory = machine.memory.checked_sub(config.reserved_memory).ok_or_else(|| {
        format!(
            "api register-container-instance: reserved memory is higher than available memory on the host, total memory: {}, reserved: {}",
            machine.memory, config.reserved_memory
        )
    })?;
    let tag = |(key, value): (&String, &Option<String>)| object!({ "key": key.as_str(), "value": value.as_deref().unwrap_or_default() });
    let tags: Vec<Value> = config.tags.iter().map(tag).collect();
    let tags = checked_tags(&object!({ "tags": tags })).map_err(|refusal| refusal.to_string())?;
    let key = InstanceKey { cluster, id: HexId::new(cx.draw_wide("container-instance-id")) };
    let name = cluster_name(ecs, cluster);
    let host = Host {
        arn: cx.options().account.container_instance(&name, &key.id.to_string()).to_string(),
        registered_at: cx.now(),
        attributes: shared_attributes(ecs, core::mem::take(&mut machine.attributes)),
        ..empty_host(&machine, &config, memory)
    };
    let of_pool = match machine.id {
        MachineId::Ec2(id) => ecs.pool_of(id).map(|(_, own, _)| own.number),
        _ => None,
    };
    let instance = ContainerInstance {
        key,
        machine: machine.id,
        host,
        status: InstanceStatus::Active,
        version: 1,
        images: Rc::default(),
        dynamic_range: config.dynamic_ports,
        bound_ports: Default::default(),
        stopping: Vec::new(),
        waiting: Vec::new(),
        tags,
        version_info: Value::Null,
        agent_update: None,
        missed: Vec::new(),
        cleaned: SimTime::default(),
        images_per_cycle: if config.is_on(capability::KEEPS_IMAGES) { 0 } else { config.images_per_cycle },
        logged_in: config.is_logged_in(),
        limits: config.limits.clone(),
        pulls: config.pulls,
        pulls_upfront: config.is_on(capability::PULLS_UPFRONT),
        provider: of_pool.unwrap_or_default(),
        managed: of_pool.is_some(),
        reserved_ports: [config.reserved_ports, config.reserved_ports_udp],
    };
    ecs.instances.insert(instance);
    cx.emit(FactKind::InstanceRegistered {
        cluster: name,
        instance: machine.id.into(),
        id: key.id.into(),
        instance_type: machine.kind.to_string(),
        zone: machine.zone.to_string(),
        cpu: machine.cpu,
        memory,
    });
    service::all_touched(ecs, cx, cluster);
    Ok(key)
}

/// EN-04: the setting of the instance's role, else the default of the account.
pub fn trunking(ecs: &Ecs, account: &Account, role: &str) -> bool {
    account_setting(ecs, account, &format!("role/{role}"), "awsvpcTrunking") == "enabled"
}

/// An EC2 instance as it would register with nothing on it, in no cluster yet.
pub fn as_registered(instance: &Instance, trunking: bool) -> Host {
    let config = config_of(instance);
    let (mut machine, _) = found_on(instance, &config, trunking);
    let attributes = Rc::new(core::mem::take(&mut machine.attributes));
    Host { attributes, ..empty_host(&machine, &config, machine.memory.saturating_sub(config.reserved_memory)) }
}

/// A machine outside of AWS as it would register with nothing on it, in no cluster yet.
pub fn as_registered_external(cpus: u32, memory: u32) -> Host {
    let config = AgentConfig::from_user_data("", false);
    let mut machine = outside(cpus, memory, &config);
    let attributes = Rc::new(core::mem::take(&mut machine.attributes));
    Host { name: "the new machine".to_string(), attributes, ..empty_host(&machine, &config, memory) }
}

/// What placement sees of a machine whose agent registers `memory` MiB, but for what the cluster gives it and its
/// attributes.
fn empty_host(machine: &Machine<'_>, config: &AgentConfig, memory: u32) -> Host {
    let agent: Rc<str> = AGENT.into();
    let tcp = config.reserved_ports.iter().map(|port| (Protocol::Tcp, *port));
    let udp = config.reserved_ports_udp.iter().map(|port| (Protocol::Udp, *port));
    Host {
        name: machine.id.into(),
        zone: machine.zone.to_string(),
        status: HostStatus::Active,
        agent_connected: true,
        agent_version: capability::AGENT_VERSION.into(),
        cpu: Amount::whole(machine.cpu),
        memory: Amount::whole(memory),
        gpu: Amount::whole(machine.gpus),
        enis: Amount::whole(machine.interfaces),
        ports: tcp.chain(udp).map(|port| (port, agent.clone())).collect(),
        ..Host::default()
    }
}

/// AT-03, AT-04; CI-20: no cluster named means `default`, which the agent makes; a named one that is missing is not made.
fn cluster_to_join(ecs: &mut Ecs, cx: &mut Cx<'_>, config: &AgentConfig) -> Result<ClusterId, String> {
    let named = config.cluster();
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
    if config.attributes.len() > CUSTOM_LIMIT {
        let message = format!("at most {CUSTOM_LIMIT} custom attributes for each resource.");
        return Err(format!("InvalidParameterException: {message}"));
    }
    for (name, value) in config.attributes.iter() {
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
