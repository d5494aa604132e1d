//! What Elastic Load Balancing remembers. Others read it through the methods here.

use crate::event::{Ec2Id, TargetKey, TaskKey};
use crate::sim::SimTime;
use crate::sim::sorted::{Map, Set};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The whole room. Entities stand behind [`Rc`], so a snapshot is a clone of maps of pointers.
#[derive(Clone, Default)]
pub struct Elb {
    /// By number, which is the order of creation.
    pub(super) balancers: Map<u32, Rc<LoadBalancer>>,
    pub(super) groups: Map<u32, Rc<TargetGroup>>,
    pub(super) targets: Map<TargetKey, Rc<Target>>,
    /// The targets of each task.
    pub(super) of_tasks: Map<(TaskKey, TargetKey), ()>,
    /// Targets that nobody the lab knows answers at.
    pub(super) loose: Set<TargetKey>,
    /// Load balancers, target groups and targets made so far.
    pub(super) made: u32,
}

/// The types of load balancers that the lab simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Application Load Balancer.
    Application,
    /// Network Load Balancer.
    Network,
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    /// Its number.
    pub id: u32,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// `internet-facing` or `internal`.
    pub scheme: String,
    /// `ipv4` or another of AWS's words.
    pub address_type: String,
    /// Its DNS name.
    pub dns_name: String,
    /// When it was made.
    pub created: SimTime,
    /// False while it is provisioning.
    pub active: bool,
    /// Its VPC.
    pub vpc: String,
    /// The zones that it is enabled in, each with its subnet.
    pub zones: Vec<(String, String)>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// Attributes that somebody set.
    pub attributes: Map<String, String>,
    /// Its tags, as given.
    pub tags: Value,
    /// Its listeners in the order of creation.
    pub listeners: Vec<Listener>,
    /// The request that made it: the same again changes nothing.
    pub given: Value,
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// `HTTP` or another of AWS's words.
    pub protocol: String,
    /// The port on which the load balancer listens.
    pub port: u16,
    /// Certificates, SslPolicy and AlpnPolicy, as far as given.
    pub document: Value,
    /// Its rules in ascending priority; the last is the default rule.
    pub rules: Vec<Rule>,
    /// Attributes that somebody set.
    pub attributes: Map<String, String>,
    /// Its tags, as given.
    pub tags: Value,
    /// The request that made it.
    pub given: Value,
}

/// A rule of a listener.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// None for the default rule.
    pub priority: Option<u32>,
    /// Its conditions, as given.
    pub conditions: Value,
    /// Its actions, complete.
    pub actions: Value,
    /// Its tags, as given.
    pub tags: Value,
}

/// A target group.
#[derive(Clone, Debug)]
pub struct TargetGroup {
    /// Its number.
    pub id: u32,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The VPC of its targets; one that the lab does not know counts as the default one.
    pub vpc: String,
    /// Whether its targets are IP addresses; EC2 instances otherwise.
    pub ip: bool,
    /// `HTTP` or another of AWS's words.
    pub protocol: String,
    /// `HTTP1`, `HTTP2` or `GRPC` of an HTTP or HTTPS group.
    pub version: Option<String>,
    /// Where targets get traffic that name no port of their own.
    pub port: u16,
    /// Its health check.
    pub check: HealthCheck,
    /// Attributes that somebody set.
    pub attributes: Map<String, String>,
    /// Its tags, as given.
    pub tags: Value,
    /// The load balancer whose listeners or rules forward to it; there can be one only.
    pub balancer: Option<u32>,
    /// The request that made it.
    pub given: Value,
}

/// The health check of a target group (LB-09).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// `HTTP`, `HTTPS` or `TCP`.
    pub protocol: String,
    /// None for the port on which the target gets traffic.
    pub port: Option<u16>,
    /// None for TCP.
    pub path: Option<String>,
    /// Seconds from one probe to the next.
    pub interval: u16,
    /// Seconds that a probe waits for its answer.
    pub timeout: u16,
    /// So many passed probes in a row make an unhealthy target healthy.
    pub healthy: u16,
    /// So many failed probes in a row make it unhealthy.
    pub unhealthy: u16,
    /// The codes that pass, as `200,202` or `200-299`; none for TCP.
    pub codes: Option<String>,
}

/// The states of a target (LB-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Its first probes are on the way.
    Initial,
    /// It gets traffic.
    Healthy,
    /// So many probes in a row failed.
    Unhealthy,
    /// It is deregistered and gets no new requests.
    Draining,
    /// No load balancer probes it.
    Unused,
}

impl TargetState {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            TargetState::Initial => "initial",
            TargetState::Healthy => "healthy",
            TargetState::Unhealthy => "unhealthy",
            TargetState::Draining => "draining",
            TargetState::Unused => "unused",
        }
    }
}

/// What a probe finds, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An answer that passes.
    Pass,
    /// An answer with another code.
    Code(u16),
    /// No answer in time.
    Timeout,
    /// The connection is refused or reset.
    Refused,
    /// No listener forwards to the group.
    NotInUse,
    /// The target's zone is not enabled for the load balancer.
    ZoneNotEnabled,
    /// The EC2 instance is stopped.
    Stopped,
    /// The EC2 instance is terminated.
    Terminated,
}

/// A registered target.
#[derive(Clone, Debug)]
pub struct Target {
    /// An EC2 instance id or an IP address.
    pub id: String,
    /// The EC2 instance, of an instance target.
    pub host: Option<Ec2Id>,
    /// Where it gets traffic.
    pub port: u16,
    /// The zone of an IP address, as given or as its subnet says; `all` for one from outside of the VPC.
    pub zone: String,
    /// The task that answers there, if the lab knows of one.
    pub task: Option<TaskKey>,
    /// Its container and port in the words of the service that registered it; none when somebody registered it by hand.
    pub by_service: Option<(u16, u16)>,
    /// Where it stands.
    pub state: TargetState,
    /// What probes find now.
    pub finding: Finding,
    /// Whether a probe has come.
    pub probed: bool,
    /// From when the probes are counted: one comes after each interval.
    pub(super) since: SimTime,
    /// Since when they pass, or fail.
    pub(super) turned: SimTime,
    /// When its draining is over.
    pub(super) drained: Option<SimTime>,
    /// Counts the plans for its next step; only the newest holds.
    pub(super) timer: u32,
}

impl Elb {
    /// The VPC of a target.
    pub fn vpc_of(&self, key: TargetKey) -> &str {
        self.group(key.group).map_or("", |own| own.vpc.as_str())
    }

    /// Whether it holds no target group, and so no target.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// All load balancers in the order of creation.
    pub fn load_balancers(&self) -> impl Iterator<Item = &LoadBalancer> {
        self.balancers.values().map(Rc::as_ref)
    }

    /// One load balancer by its number.
    pub fn balancer(&self, id: u32) -> Option<&LoadBalancer> {
        self.balancers.get(&id).map(Rc::as_ref)
    }

    /// One load balancer by its ARN.
    pub fn load_balancer(&self, arn: &str) -> Option<&LoadBalancer> {
        self.load_balancers().find(|own| own.arn == arn)
    }

    /// All target groups in the order of creation.
    pub fn target_groups(&self) -> impl Iterator<Item = &TargetGroup> {
        self.groups.values().map(Rc::as_ref)
    }

    /// One target group by its ARN.
    pub fn target_group(&self, arn: &str) -> Option<&TargetGroup> {
        self.target_groups().find(|own| own.arn == arn)
    }

    /// One target group by its number.
    pub fn group(&self, id: u32) -> Option<&TargetGroup> {
        self.groups.get(&id).map(Rc::as_ref)
    }

    /// The targets of a group in the order of registration, draining ones included.
    pub fn targets(&self, group: u32) -> impl Iterator<Item = &Target> {
        self.keyed(group).map(|(_, target)| target)
    }

    /// How a task stands in a target group: none when no target of it is there, or it has drained.
    pub fn health_of(&self, group: u32, task: TaskKey) -> Option<&Target> {
        let (low, high) = (TargetKey { group, number: 0 }, TargetKey { group, number: u32::MAX });
        let own = self.of_tasks.range(&(task, low), &(task, high));
        own.filter_map(|((_, key), ())| self.target(*key)).next_back()
    }

    /// A listener by its ARN, with its load balancer.
    pub fn listener(&self, arn: &str) -> Option<(&LoadBalancer, &Listener)> {
        self.load_balancers().find_map(|own| Some((own, own.listeners.iter().find(|each| each.arn == arn)?)))
    }

    /// A rule by its ARN, with what it stands in.
    pub fn rule(&self, arn: &str) -> Option<(&LoadBalancer, &Listener, &Rule)> {
        let mut all = self.load_balancers().flat_map(|own| own.listeners.iter().map(move |each| (own, each)));
        all.find_map(|(own, each)| Some((own, each, each.rules.iter().find(|rule| rule.arn == arn)?)))
    }

    /// How many entities a snapshot holds.
    pub fn weight(&self) -> usize {
        self.balancers.len() + self.groups.len() + self.targets.len()
    }

    pub(super) fn target(&self, key: TargetKey) -> Option<&Target> {
        self.targets.get(&key).map(Rc::as_ref)
    }

    pub(super) fn keyed(&self, group: u32) -> impl Iterator<Item = (TargetKey, &Target)> {
        let (low, high) = (TargetKey { group, number: 0 }, TargetKey { group, number: u32::MAX });
        self.targets.range(&low, &high).map(|(key, target)| (*key, target.as_ref()))
    }

    pub(super) fn next_number(&mut self) -> u32 {
        self.made += 1;
        self.made
    }
}

impl Rule {
    /// The target groups that it forwards to, each with its weight.
    pub fn forwards_to(&self) -> impl Iterator<Item = (&str, u64)> {
        let actions = self.actions.as_array().into_iter().flatten();
        let groups =
            actions.flat_map(|action| action["ForwardConfig"]["TargetGroups"].as_array().into_iter().flatten());
        groups.filter_map(|group| Some((group["TargetGroupArn"].as_str()?, group["Weight"].as_u64().unwrap_or(1))))
    }
}

impl TargetGroup {
    /// An attribute's value, its default unless somebody set it.
    pub fn attribute(&self, key: &str) -> &str {
        super::attributes::of_group(self, key)
    }
}
