//! Amazon EC2 Auto Scaling: groups that hold a number of EC2 instances.
//!
//! ```text
//! Pending → InService → Terminating:Wait (managed draining) → Terminating → gone
//! Warmed:Pending → Warmed:Stopped or Warmed:Running → Pending
//! ```
//!
//! Source: EC2 Auto Scaling user guide, instance lifecycle and termination policies, read 2026-11-21. A group asks EC2 to
//! launch, start, stop and terminate by [`Event::GroupInstance`], and hears of it by [`Event::GroupInstanceState`].

mod activity;
mod call;
mod capacity;
mod check;
mod describe;
mod warm;

pub use activity::Activity;
pub use call::call;
pub use capacity::input_of;
pub use describe::read;

use crate::aws::object::object;
use crate::ec2::Ec2;
use crate::event::{Cx, Ec2Id, Event};
use crate::rooms::Rooms;
use crate::scaling::reservation::MANAGED_TAG;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// All Auto Scaling groups of the account.
#[derive(Clone, Default)]
pub struct AutoScaling {
    groups: Map<u32, Rc<Group>>,
    /// The group of each instance.
    homes: Map<Ec2Id, u32>,
    /// Launch configurations by name, as described.
    configurations: Map<String, Rc<Value>>,
    groups_made: u32,
}

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its number in the order of creation; never reused.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What was given beside the sizes: launch template, policies and the like.
    pub document: Value,
    /// MinSize.
    pub min: u32,
    /// MaxSize.
    pub max: u32,
    /// DesiredCapacity.
    pub desired: u32,
    /// Zones and their subnets, in the order given.
    pub places: Vec<(String, String)>,
    /// Its instances in the order of launch, those of the warm pool included.
    pub members: Vec<Member>,
    /// The newest last.
    pub activities: Vec<Activity>,
    /// WarmPoolConfiguration; null without a warm pool.
    pub warm: Value,
    /// Whether it goes when its last instance is gone.
    pub deleting: bool,
    /// When it was made.
    pub created: SimTime,
}

/// An instance of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The EC2 instance.
    pub id: Ec2Id,
    /// Its instance type.
    pub kind: String,
    /// Its zone.
    pub zone: String,
    /// Its subnet.
    pub subnet: String,
    /// LifecycleState.
    pub state: Life,
    /// ProtectedFromScaleIn.
    pub protected: bool,
    /// The version of the launch template, or none with a launch configuration.
    pub version: u64,
    /// When it was launched, or taken out of the warm pool.
    pub since: SimTime,
}

/// LifecycleState of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// On its way into service.
    Pending,
    /// In service.
    InService,
    /// A lifecycle hook holds its termination up.
    TerminatingWait,
    /// On its way out.
    Terminating,
    /// On its way into the warm pool.
    WarmedPending,
    /// Stopped, or stopping, in the warm pool.
    WarmedStopped,
    /// Running in the warm pool.
    WarmedRunning,
    /// Leaves the group and goes on running.
    Detached,
}

impl Life {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Life::Pending => "Pending",
            Life::InService => "InService",
            Life::TerminatingWait => "Terminating:Wait",
            Life::Terminating => "Terminating",
            Life::WarmedPending => "Warmed:Pending",
            Life::WarmedStopped => "Warmed:Stopped",
            Life::WarmedRunning => "Warmed:Running",
            Life::Detached => "Detached",
        }
    }

    /// Whether it counts for the desired capacity.
    pub fn counts(self) -> bool {
        matches!(self, Life::Pending | Life::InService)
    }

    /// Whether it is in the warm pool.
    pub fn is_warm(self) -> bool {
        matches!(self, Life::WarmedPending | Life::WarmedStopped | Life::WarmedRunning)
    }
}

impl Group {
    /// The instances that count for the desired capacity.
    pub fn active(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.state.counts())
    }

    /// How many they are.
    pub fn size(&self) -> u32 {
        self.active().count() as u32
    }

    /// Whether ECS may change it: it has the [`MANAGED_TAG`].
    pub fn is_managed(&self) -> bool {
        self.document["Tags"].as_array().is_some_and(|tags| tags.iter().any(|own| own["Key"] == MANAGED_TAG))
    }

    /// The instance types that it launches, the preferred one first.
    pub fn types(&self, ec2: &Ec2, room: &AutoScaling) -> Vec<String> {
        let overrides = self.document["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"].as_array();
        let named = overrides.into_iter().flatten().filter_map(|item| item["InstanceType"].as_str());
        let mut types: Vec<String> = named.map(String::from).collect();
        if types.is_empty() {
            types.extend(self.source(ec2, room)["InstanceType"].as_str().map(String::from));
        }
        types
    }

    /// What it launches, in the form of RunInstances; null when its launch template is gone.
    pub fn source(&self, ec2: &Ec2, room: &AutoScaling) -> Value {
        if let Some(name) = self.document["LaunchConfigurationName"].as_str() {
            let Some(own) = room.configurations.get(name) else { return Value::Null };
            let mut input = Value::Object(serde_json::Map::new());
            for (from, to) in [
                ("BlockDeviceMappings", "BlockDeviceMappings"),
                ("EbsOptimized", "EbsOptimized"),
                ("ImageId", "ImageId"),
                ("InstanceMonitoring", "Monitoring"),
                ("InstanceType", "InstanceType"),
                ("MetadataOptions", "MetadataOptions"),
                ("UserData", "UserData"),
                ("KeyName", "KeyName"),
                ("SecurityGroups", "SecurityGroupIds"),
            ] {
                input[to] = own[from].clone();
            }
            if let Some(public) = own["AssociatePublicIpAddress"].as_bool() {
                let groups = core::mem::take(&mut input["SecurityGroupIds"]);
                let interface = object!({ "DeviceIndex": 0, "AssociatePublicIpAddress": public, "Groups": groups });
                input["NetworkInterfaces"] = alloc::vec![interface].into();
            }
            input["IamInstanceProfile"] = match own["IamInstanceProfile"].as_str() {
                Some(arn) if arn.starts_with("arn:") => object!({ "Arn": arn }),
                Some(name) => object!({ "Name": name }),
                None => Value::Null,
            };
            return input;
        }
        ec2.template(self.template()).map(|(_, data)| data.clone()).unwrap_or_default()
    }

    /// The launch template that it names; null without one.
    pub fn template(&self) -> &Value {
        match &self.document["LaunchTemplate"] {
            Value::Null => &self.document["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"],
            own => own,
        }
    }
}

impl AutoScaling {
    /// The group with a name or an ARN.
    pub fn group(&self, named: &str) -> Option<&Group> {
        self.groups().find(|own| own.name == named || own.arn == named)
    }

    /// All groups in the order of creation.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(Rc::as_ref)
    }

    /// The group of an instance, and the instance in it.
    pub fn member(&self, id: Ec2Id) -> Option<(&Group, &Member)> {
        let group = self.groups.get(self.homes.get(&id)?)?;
        Some((group, group.members.iter().find(|member| member.id == id)?))
    }

    fn group_mut(&mut self, number: u32) -> Option<&mut Group> {
        self.groups.get_mut(&number).map(Rc::make_mut)
    }

    fn member_mut(&mut self, id: Ec2Id) -> Option<&mut Member> {
        let number = *self.homes.get(&id)?;
        self.group_mut(number)?.members.iter_mut().find(|member| member.id == id)
    }
}

/// Handles the events that name this room; others are not for it.
#[inline(never)]
pub fn on_event(room: &mut AutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::GroupInstanceState(id) => capacity::instance_changed(room, rooms, cx, id),
        Event::ManagedCapacity(number) => capacity::follow_provider(room, rooms, cx, number),
        Event::ManagedTag(number) => call::tag_managed(room, rooms, number),
        Event::GroupAdjusts(number) => capacity::adjust(room, rooms, cx, number, ""),
        Event::InstanceDrained(id) | Event::DrainingOver(id) => capacity::drained(room, cx, id),
        _ => {}
    }
}
