//! The way of a request from a listener to a container, with each port and security group, and what blocks it. For the
//! page; pure.

use super::{Kind, Listener, LoadBalancer, Rule, Target, TargetGroup, TargetState, probe};
use crate::ec2::cidr::Cidr;
use crate::ecs::Task;
use crate::ecs::application::{self, Answer};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::string::String;
use alloc::vec::Vec;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The load balancer is still provisioning.
    Provisioning,
    /// The load balancer's security groups do not admit its clients on the listener's port.
    ClientsNotAdmitted,
    /// No request goes to the group: its weight is 0.
    NoWeight,
    /// The group has no target.
    NoTargets,
    /// The target is draining.
    Draining,
    /// The target's zone is not enabled for the load balancer, or its instance is down.
    Unused,
    /// The target's security groups do not admit the load balancer on the target's port (LB-07).
    NotAdmitted,
    /// Nothing listens there: no container has the port, it does not run, or its application does not listen.
    NothingListens,
    /// The application does not answer.
    NoAnswer,
    /// The target has not passed its first health checks yet.
    NotHealthyYet,
    /// The target is unhealthy, and others of its group are healthy.
    Unhealthy,
}

/// A listener with where its rules lead.
#[derive(Clone, Debug)]
pub struct ListenerPath<'a> {
    /// The listener.
    pub listener: &'a Listener,
    /// What keeps clients from it.
    pub block: Option<Block>,
    /// Its rules in the order in which they are tried.
    pub rules: Vec<RulePath<'a>>,
}

/// A rule with the groups that it forwards to; none when it answers by itself.
#[derive(Clone, Debug)]
pub struct RulePath<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The groups.
    pub groups: Vec<GroupPath<'a>>,
}

/// A target group with its targets.
#[derive(Clone, Debug)]
pub struct GroupPath<'a> {
    /// The group.
    pub group: &'a TargetGroup,
    /// Its share of the rule's requests, over the sum of the rule's weights.
    pub weight: u64,
    /// What keeps requests from all of its targets.
    pub block: Option<Block>,
    /// Whether none is healthy, so that requests go to all of them (LB-12).
    pub fails_open: bool,
    /// Its targets.
    pub targets: Vec<TargetPath<'a>>,
}

/// A target with the container behind it.
#[derive(Clone, Debug)]
pub struct TargetPath<'a> {
    /// The target.
    pub target: &'a Target,
    /// The security groups that guard it; none means the VPC's default one.
    pub security_groups: &'a [String],
    /// The task that answers there.
    pub task: Option<&'a Task>,
    /// Its container's name and port.
    pub container: Option<(&'a str, u16)>,
    /// What keeps requests from being answered.
    pub block: Option<Block>,
}

/// Where the listeners of a load balancer lead now.
pub fn path<'a>(rooms: &'a Rooms, balancer: &'a LoadBalancer, now: SimTime) -> Vec<ListenerPath<'a>> {
    let of_listener = |listener: &'a Listener| {
        let rules = listener.rules.iter().map(|rule| RulePath { rule, groups: groups(rooms, balancer, rule, now) });
        let clients = match () {
            () if !balancer.active => Some(Block::Provisioning),
            () if !admits_clients(rooms, balancer, listener.port) => Some(Block::ClientsNotAdmitted),
            () => None,
        };
        ListenerPath { listener, block: clients, rules: rules.collect() }
    };
    balancer.listeners.iter().map(of_listener).collect()
}

/// Clients are everybody, or everybody in the VPC. A Network Load Balancer without security groups admits all.
fn admits_clients(rooms: &Rooms, balancer: &LoadBalancer, port: u16) -> bool {
    let own = balancer.security_groups.as_slice();
    let near = || rooms.ec2.network().block(&balancer.vpc);
    let from = if balancer.scheme == "internal" { near() } else { Some(Cidr::ALL) };
    let blocks: Vec<Cidr> = from.into_iter().collect();
    balancer.kind == Kind::Network && own.is_empty() || rooms.ec2.network().admits(own, port, &[], &blocks)
}

fn groups<'a>(rooms: &'a Rooms, balancer: &'a LoadBalancer, rule: &'a Rule, now: SimTime) -> Vec<GroupPath<'a>> {
    let forwards = rule.forwards_to().filter_map(|(arn, weight)| Some((rooms.elb.target_group(arn)?, weight)));
    let of_group = |(group, weight): (&'a TargetGroup, u64)| {
        let fails_open = rooms.elb.targets(group.id).all(|own| own.state != TargetState::Healthy);
        let each = rooms.elb.targets(group.id).map(|own| target(rooms, balancer, group, own, fails_open, now));
        let targets: Vec<TargetPath<'a>> = each.collect();
        let empty = Some(Block::NoTargets).filter(|_| targets.is_empty());
        GroupPath { group, weight, block: Some(Block::NoWeight).filter(|_| weight == 0).or(empty), fails_open, targets }
    };
    forwards.map(of_group).collect()
}

fn target<'a>(
    rooms: &'a Rooms,
    balancer: &LoadBalancer,
    group: &TargetGroup,
    own: &'a Target,
    fails_open: bool,
    now: SimTime,
) -> TargetPath<'a> {
    let task = own.task.and_then(|key| rooms.ecs.task(key));
    let index = task.and_then(|task| probe::container_at(task, group.ip, own.port));
    let behind = task.zip(index).and_then(|(task, index)| {
        let container = task.definition.registration.core.containers.get(index)?;
        let binding = task.bindings.iter().find(|each| !group.ip && each.host_port == own.port);
        Some((container, binding.map_or(own.port, |each| each.container_port)))
    });
    let answers = || {
        let (task, index) = task.zip(index)?;
        let started = probe::started(task, index)?;
        Some(application::answer(&rooms.ecs, task, behind?.0, started, "", now).0)
    };
    let block = match own.state {
        TargetState::Draining => Some(Block::Draining),
        TargetState::Unused => Some(Block::Unused),
        _ if !probe::admits(&rooms.ec2, balancer, own, task, own.port) => Some(Block::NotAdmitted),
        state => match answers() {
            None | Some(Answer::Refuses) => Some(Block::NothingListens),
            Some(Answer::Silent) => Some(Block::NoAnswer),
            _ if fails_open || state == TargetState::Healthy => None,
            _ if state == TargetState::Initial => Some(Block::NotHealthyYet),
            _ => Some(Block::Unhealthy),
        },
    };
    TargetPath {
        target: own,
        security_groups: probe::groups_of(&rooms.ec2, own, task),
        task,
        container: behind.map(|(container, port)| (container.name.as_str(), port)),
        block,
    }
}
