//! RegisterContainerInstance from outside of the lab: an agent somewhere registers an EC2 instance, known to the lab or not.

use super::api::merged_tags;
use super::config::AgentConfig;
use super::instance::{self, Machine, cluster_name, found_on, set_connected, trunking};
use super::instances::Touches;
use super::{ContainerInstance, Ecs, InstanceStatus};
use crate::aws::ApiError;
use crate::ec2::{Ec2, Instance, State, catalogue, network};
use crate::event::{ClusterId, Cx, Ec2Id, InstanceKey, MachineId};
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Somebody registers an EC2 instance as its agent does.
pub struct Outside<'a> {
    /// The instance identity document.
    pub document: &'a Value,
    /// RegisterContainerInstance's input.
    pub given: &'a Value,
    /// The tags of the request, checked.
    pub tags: Value,
}

/// What an instance that the lab does not hold registers where the call gives no totalResources: CPU units and MiB.
const UNKNOWN_HOST: (u32, u32) = (4096, 7482);
/// The type whose network interfaces an unknown type has.
const LIKE_ANY: &str = "m5.large";

/// Registers it into a cluster. Who is registered there already is the same container instance again, and connected
/// (`UNDOC→`). The attributes that the call gives stand in place of the capabilities that the lab's agent has.
///
/// # Errors
/// An instance that is not running or is registered in another cluster, an identity document or an amount that cannot be
/// read, and what the agent would log.
pub fn register(
    ecs: &mut Ecs,
    ec2: &Ec2,
    cx: &mut Cx<'_>,
    cluster: ClusterId,
    outside: Outside<'_>,
) -> Result<InstanceKey, ApiError> {
    let Outside { document, given, tags } = outside;
    let refuse = |message: &str, at: &str| ApiError::client(message).at(at).in_our_words();
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let name = text("instanceId");
    let known = name.parse().ok().and_then(|id: Ec2Id| ec2.get(id));
    let id = match known {
        Some(own) if own.state != State::Running => {
            return Err(refuse("The EC2 instance is not running.", "instanceIdentityDocument"));
        }
        Some(own) => Some(MachineId::Ec2(own.id)),
        None => MachineId::outside(name),
    };
    let message = "The instance identity document names no EC2 instance.";
    let id = id.ok_or_else(|| refuse(message, "instanceIdentityDocument"))?;
    let there = |own: &&ContainerInstance| own.machine == id && own.status != InstanceStatus::Inactive;
    let registered = ecs.clusters().find_map(|cluster| ecs.instances(cluster.id).find(there)).map(|own| own.key);
    match registered {
        Some(key) if key.cluster == cluster => {
            set_connected(ecs, cx, key, true);
            return Ok(key);
        }
        Some(_) => return Err(refuse("The EC2 instance is registered in another cluster.", "cluster")),
        None => {}
    }
    let made = (known.is_none()).then(|| unknown_instance(document)).transpose()?;
    let Some(host) = known.or(made.as_ref()) else { return Err(refuse(message, "instanceIdentityDocument")) };
    let mut config = AgentConfig::from_user_data(&host.user_data, host.is_windows());
    config.cluster = cluster_name(ecs, cluster);
    let trunking = trunking(ecs, &cx.options().account, &host.profile);
    let (mut machine, _) = found_on(host, &config, trunking);
    machine.id = id;
    if made.is_some() {
        (machine.cpu, machine.memory) = UNKNOWN_HOST;
        machine.kind = text("instanceType");
        machine.attributes.insert("ecs.instance-type".to_string(), Some(machine.kind.to_string()));
    }
    take_resources(&mut machine, &mut config, given)?;
    let attributes = given["attributes"].as_array().map(Vec::as_slice).unwrap_or_default();
    // What the document does not say is no attribute.
    let stays = |name: &str, value: &Option<String>| {
        value.as_deref() != Some("") && (attributes.is_empty() || !name.contains("capability"))
    };
    let own = machine.attributes.iter().filter(|(name, value)| stays(name, value));
    machine.attributes = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    for attribute in attributes {
        let value = attribute["value"].as_str().filter(|value| !value.is_empty()).map(String::from);
        machine.attributes.insert(attribute["name"].as_str().unwrap_or_default().to_string(), value);
    }
    let key = instance::register(ecs, cx, machine, config).map_err(|log| refuse(&log, "totalResources"))?;
    if let MachineId::Ec2(id) = id {
        ecs.checkpoints.insert(id, key);
    }
    if let Some(own) = ecs.instances.change(key, Touches::Whole) {
        own.tags = merged_tags(&own.tags, &tags);
        own.version_info = given["versionInfo"].clone();
        if own.version_info.is_object() {
            own.host.agent_version = own.version_info["agentVersion"].as_str().unwrap_or_default().into();
        }
    }
    Ok(key)
}

/// What the identity document says of an EC2 instance that the lab does not hold.
fn unknown_instance(document: &Value) -> Result<Instance, ApiError> {
    let text = |name: &str| document[name].as_str().unwrap_or_default().to_string();
    let kind = catalogue::find(&text("instanceType"))
        .or_else(|| catalogue::find(LIKE_ANY))
        .ok_or_else(|| ApiError::not_simulated("the instance type").at("instanceIdentityDocument"))?;
    let zone = text("availabilityZone");
    Ok(Instance {
        id: Ec2Id(0),
        image_id: text("imageId"),
        instance_type: kind,
        subnet: network::subnet_of(&zone).unwrap_or_default(),
        vpc: network::VPC.to_string(),
        public_address: None,
        settings: Rc::default(),
        zone,
        private_ip: text("privateIp"),
        state: State::Running,
        launched_at: SimTime::default(),
        user_data: String::new(),
        profile: String::new(),
        key_name: String::new(),
        security_groups: Rc::from([]),
        in_warm_pool: false,
        tags: Vec::new(),
        reservation: Ec2Id(0),
        number: 0,
    })
}

/// The amounts that the request gives, in place of those that were found.
fn take_resources(machine: &mut Machine<'_>, config: &mut AgentConfig, given: &Value) -> Result<(), ApiError> {
    for (index, resource) in given["totalResources"].as_array().into_iter().flatten().enumerate() {
        let at = |member: &str| format!("totalResources[{index}].{member}");
        let amount = || {
            let own = resource["integerValue"].as_u64().and_then(|own| u32::try_from(own).ok());
            own.ok_or_else(|| ApiError::invalid("An amount is missing.").at(at("integerValue")).in_our_words())
        };
        let ports = || {
            let own = resource["stringSetValue"].as_array().into_iter().flatten();
            let ports: Option<Vec<u16>> = own.map(|port| port.as_str()?.parse().ok()).collect();
            ports.ok_or_else(|| ApiError::invalid("A port is no number.").at(at("stringSetValue")).in_our_words())
        };
        match resource["name"].as_str() {
            Some("CPU") => machine.cpu = amount()?,
            Some("MEMORY") => (machine.memory, config.reserved_memory) = (amount()?, 0),
            Some("PORTS") => config.reserved_ports = ports()?,
            Some("PORTS_UDP") => config.reserved_ports_udp = ports()?,
            _ => {}
        }
    }
    let devices = given["platformDevices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !devices.is_empty() {
        machine.gpus = devices.iter().filter(|device| device["type"] == "GPU").count() as u32;
    }
    Ok(())
}
