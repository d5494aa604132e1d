//! EC2 as far as ECS needs it: instances that boot, run, stop and end.
//!
//! ```text
//! RunInstances → pending → running ⇄ stopping → stopped
//!                             ↓                    ↓
//!                        shutting-down  →  terminated
//! ```
//!
//! Source: the EC2 user guide's instance life cycle, read 2026-11-20. How long each step takes is the lab's choice
//! (`ecs.md` 5.6) and stands in [`timing`].

mod addresses;
mod call;
pub mod catalogue;
pub mod cidr;
mod describe_gateways;
mod describe_images;
mod describe_instances;
mod describe_network;
mod describe_security;
mod describe_status;
mod describe_types;
pub mod fault;
mod filter;
mod gateways;
mod group;
pub mod images;
mod interfaces;
mod internet;
mod keys;
mod launch;
pub mod network;
pub mod parameters;
mod places;
pub mod routes;
pub mod security;
mod settings;
mod tags;
mod template;
pub mod timing;
pub mod vpc;
mod vpc_calls;

pub use call::{call, launchable, preview, read};

use crate::aws::ApiError;
use crate::event::{Cx, Ec2Id, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::sorted::{Map, Set};
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// What EC2 tags the instances with that Amazon ECS manages.
pub const MANAGED_BY_ECS: &str = "ecs-managed-instances";

/// All EC2 instances of the account.
#[derive(Clone, Default)]
pub struct Ec2 {
    instances: Map<Ec2Id, Rc<Instance>>,
    /// Zone and instance type for which there is no capacity; no type means all.
    exhausted: Set<(String, String)>,
    /// Launch templates by id.
    templates: Map<String, Rc<template::Template>>,
    /// Key pairs by name.
    keys: Map<String, Rc<keys::KeyPair>>,
    /// What somebody made or changed of the network.
    network: Rc<routes::Network>,
}

/// One EC2 instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id.
    pub id: Ec2Id,
    /// The image that it was launched from, as named; see [`images`].
    pub image_id: String,
    /// Its type, a row of the catalogue.
    pub instance_type: &'static catalogue::InstanceType,
    /// Its Availability Zone.
    pub zone: String,
    /// Its subnet.
    pub subnet: String,
    /// Its VPC.
    pub vpc: String,
    /// The public address that it got when it was launched, if its network interface or else its subnet gives one. Made
    /// up, as those of tasks are.
    pub public_address: Option<String>,
    /// Its private IPv4 address.
    pub private_ip: String,
    /// Where it stands in its life.
    pub state: State,
    /// When it was launched, or last started.
    pub launched_at: SimTime,
    /// The user data as text; `ECS_…=` lines in it become the agent's configuration.
    pub user_data: String,
    /// Name of the instance profile, empty without one.
    pub profile: String,
    /// Name of its key pair, empty without one.
    pub key_name: String,
    /// Its security groups as named; none means the VPC's default one.
    pub security_groups: Rc<[String]>,
    /// What its launch said of its devices, as EC2 shows it; shared by those of one request.
    pub settings: Rc<Value>,
    /// Whether it waits in the warm pool of an Auto Scaling group (1.6).
    pub in_warm_pool: bool,
    /// Its tags, key and value, as given.
    pub tags: Vec<(String, String)>,
    /// The first instance that the same request launched: they share a reservation.
    pub reservation: Ec2Id,
    /// Order of launch, for listing.
    pub number: u64,
}

impl Instance {
    /// The attribute `ecs.os-family` (AT-01): `LINUX`, or a release of Windows.
    pub fn os_family(&self) -> &'static str {
        images::find(&self.image_id).map_or("LINUX", |image| image.os_family)
    }

    /// Whether it runs Windows.
    pub fn is_windows(&self) -> bool {
        self.os_family() != "LINUX"
    }

    /// The variant of Bottlerocket that it runs; none on another system.
    pub fn bottlerocket(&self) -> Option<&'static str> {
        images::find(&self.image_id).map(|image| image.variant).filter(|variant| !variant.is_empty())
    }

    /// Whether the ECS agent came with its image.
    pub fn has_agent(&self) -> bool {
        images::find(&self.image_id).is_none_or(|image| image.has_agent)
    }

    /// Whether a service provider launched it and ends it: Amazon ECS for its Managed Instances.
    pub fn is_managed(&self) -> bool {
        self.tags.iter().any(|(key, _)| key == "aws:ec2:managed-launch")
    }

    /// The name of its root volume's device.
    fn root_device(&self) -> &'static str {
        images::root_device(self.is_windows())
    }

    /// Its public address, while it runs: one that is pending has none yet.
    pub fn public_ip(&self) -> Option<String> {
        self.public_address.clone().filter(|_| self.state == State::Running)
    }

    /// Registered memory in MiB before `ECS_RESERVED_MEMORY` is taken off (CI-04). Windows was seen to keep 1 MiB.
    pub fn memory(&self) -> u32 {
        if self.is_windows() { self.instance_type.installed_memory - 1 } else { self.instance_type.memory() }
    }
}

/// The states of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Launching.
    Pending,
    /// Up.
    Running,
    /// Going down, to be terminated.
    ShuttingDown,
    /// Gone for good.
    Terminated,
    /// Going down, to be started again.
    Stopping,
    /// Down.
    Stopped,
}

impl State {
    /// AWS's code and name.
    pub fn code_and_name(self) -> (u16, &'static str) {
        match self {
            State::Pending => (0, "pending"),
            State::Running => (16, "running"),
            State::ShuttingDown => (32, "shutting-down"),
            State::Terminated => (48, "terminated"),
            State::Stopping => (64, "stopping"),
            State::Stopped => (80, "stopped"),
        }
    }
}

impl Ec2 {
    /// One instance.
    pub fn get(&self, id: Ec2Id) -> Option<&Instance> {
        self.instances.get(&id).map(Rc::as_ref)
    }

    /// All instances in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.instances.values().map(Rc::as_ref)
    }

    /// The names of the key pairs, in order.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// How many instances there are, terminated ones included.
    pub fn len(&self) -> usize {
        self.instances.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// Somebody writes more lines to the agent's configuration on an instance (`lab agent`). Errors: an instance that the
    /// lab does not hold or that is not running.
    pub fn configure(&mut self, input: &Value) -> Result<Ec2Id, ApiError> {
        let id = fault::named(self, "", input)?;
        if self.get(id).is_some_and(Instance::is_managed) {
            let message = "Nobody but Amazon ECS configures the agent of a Managed Instance.";
            return Err(ApiError::invalid(message).at("instanceId").in_our_words());
        }
        let Some(own) = self.instances.get_mut(&id).map(Rc::make_mut).filter(|own| own.state == State::Running) else {
            return Err(ApiError::invalid("The instance is not running.").at("instanceId").in_our_words());
        };
        own.user_data.push('\n');
        own.user_data.push_str(input["config"].as_str().unwrap_or_default());
        Ok(id)
    }

    fn set_state(&mut self, cx: &mut Cx<'_>, id: Ec2Id, state: State) -> Option<State> {
        let instance = Rc::make_mut(self.instances.get_mut(&id)?);
        let before = core::mem::replace(&mut instance.state, state);
        if before != state {
            cx.emit(FactKind::Ec2State { instance: id.into(), state: state.code_and_name().1 });
        }
        Some(before)
    }
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    let tell = |cx: &mut Cx<'_>, id| {
        if rooms.autoscaling.member(id).is_some() {
            cx.schedule(SimDuration::ZERO, Event::GroupInstanceState(id));
        }
    };
    match event {
        Event::GroupInstance(id) => group::follow(ec2, rooms, cx, id),
        Event::PoolInstance(id) => group::follow_pool(ec2, rooms, cx, id),
        Event::InstanceRunning(id) if ec2.get(id).is_some_and(|instance| instance.state == State::Pending) => {
            ec2.set_state(cx, id, State::Running);
            cx.schedule(timing::AGENT_START, Event::AgentStarts(id));
            tell(cx, id);
        }
        Event::SpotReclaimed(id) if ec2.get(id).is_some_and(|instance| instance.state == State::Running) => {
            ec2.set_state(cx, id, State::ShuttingDown);
            cx.schedule(timing::SHUT_DOWN, Event::InstanceDown(id));
        }
        Event::InstanceDown(id) => {
            let terminated = match ec2.get(id).map(|instance| instance.state) {
                Some(State::ShuttingDown) => true,
                Some(State::Stopping) => false,
                _ => return,
            };
            ec2.set_state(cx, id, if terminated { State::Terminated } else { State::Stopped });
            cx.schedule(SimDuration::ZERO, Event::HostGone { instance: id, terminated });
            tell(cx, id);
        }
        _ => {}
    }
}
