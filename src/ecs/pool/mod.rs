//! Amazon ECS Managed Instances: the instances that ECS launches and ends itself for a capacity provider
//! (`scaling-ecr-iam-cli.md` 2.12).
//!
//! ```text
//! tasks wait ─► launched: EC2 pending → running → the agent registers ─► tasks are placed
//! idle or underused for scaleInAfter, or 14 days old ─► DRAINING ─► empty, or 7 days later (DR-10) ─► deregistered ─► terminated
//! ```
//!
//! A pool is looked at when something changed that matters to it, and when time alone changes something. Sources: ECS
//! developer guide (Managed Instances: capacity providers, patching, tags), read 2026-11-22.

mod launch;
mod pack;
mod plan;
mod types;

pub use launch::reason;
pub use types::allowed;

use super::{ContainerInstance, Ecs, InstanceStatus, Provider, api, instance, lifecycle, provisioning};
use crate::ec2::catalogue::InstanceType;
use crate::event::{ClusterId, Cx, Ec2Id, Event, FactKind, InstanceKey};
use crate::placement::managed::DRAIN_DEADLINE;
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Tasks are gathered for so long before instances are launched for them.
const BATCH: SimDuration = SimDuration::from_secs(5);
/// How long an instance stays idle or underused where scaleInAfter is null.
const IDLE: SimDuration = SimDuration::from_secs(300);
/// When an instance is drained, so that it is replaced by a patched one.
const LIFETIME: SimDuration = SimDuration::from_secs(14 * 24 * 3600);
/// An instance whose agent has not registered by then is given up.
const REGISTERS: SimDuration = SimDuration::from_secs(600);
/// A launch that was not possible is tried again.
const RETRY: SimDuration = SimDuration::from_secs(300);
/// What is further away than this is nothing that somebody waits for.
const SOON: SimDuration = SimDuration::from_secs(3600);

/// The instances of a capacity provider.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The one cluster that it is for.
    pub cluster: ClusterId,
    /// In the order of their launch.
    pub machines: Vec<Machine>,
    /// Why nothing could be launched for the tasks that wait, in AWS's words.
    pub refusal: Option<String>,
    /// When that is tried again.
    retry: Option<SimTime>,
    /// When it is looked at next.
    next: Option<SimTime>,
}

/// An instance of a pool.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The EC2 instance.
    pub id: Ec2Id,
    /// Its type.
    pub kind: &'static InstanceType,
    /// Its subnet.
    pub subnet: String,
    /// When it was launched.
    launched: SimTime,
    /// Whether its agent has registered it.
    registered: bool,
    /// Since when it runs no task.
    idle: Option<SimTime>,
    /// Since when its tasks have room on the others.
    spare: Option<SimTime>,
    /// Since when it drains.
    drains: Option<SimTime>,
    /// Whether it is on its way out.
    pub ending: bool,
}

impl Pool {
    /// A pool without instances.
    pub fn new(cluster: ClusterId) -> Self {
        Self { cluster, machines: Vec::new(), refusal: None, retry: None, next: None }
    }
}

impl Ecs {
    /// The capacity provider that launched an EC2 instance, its name, and the instance.
    pub fn pool_of(&self, id: Ec2Id) -> Option<(&str, &Provider, &Machine)> {
        self.providers.iter().find_map(|(name, own)| {
            let machine = own.pool.as_ref()?.machines.iter().find(|machine| machine.id == id)?;
            Some((name.as_str(), own, machine))
        })
    }

    /// The capacity providers of Managed Instances that a cluster has, by name.
    pub fn pools_in(&self, cluster: ClusterId) -> impl Iterator<Item = (&str, &Provider)> {
        let there = move |own: &Provider| own.active() && own.pool.as_ref().is_some_and(|pool| pool.cluster == cluster);
        self.providers.iter().filter(move |(_, own)| there(own)).map(|(name, own)| (name.as_str(), own))
    }

    /// What EC2 is asked for where a pool launches an instance, in the form of RunInstances; none once that is over.
    pub fn pool_launch(&self, id: Ec2Id) -> Option<Value> {
        let (name, own, machine) = self.pool_of(id)?;
        let cluster = instance::cluster_name(self, own.pool.as_ref()?.cluster);
        (!machine.ending).then(|| launch::input(name, own, &cluster, machine.kind, &machine.subnet))
    }
}

fn pool_mut(ecs: &mut Ecs, number: u32) -> Option<&mut Pool> {
    ecs.provider_mut(number)?.pool.as_mut().map(Rc::make_mut)
}

/// Something changed that matters to a pool: it is looked at soon.
pub fn wake(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    let at = cx.now() + BATCH;
    plan_look(ecs, cx, number, at);
}

/// What roles may do has changed: what could not be launched is tried again.
pub fn permitted(ecs: &mut Ecs, cx: &mut Cx<'_>) {
    let refused = |own: &&Provider| own.pool.as_ref().is_some_and(|pool| pool.refusal.is_some());
    let numbers: Vec<u32> = ecs.providers.values().filter(refused).map(|own| own.number).collect();
    for number in numbers {
        if let Some(pool) = pool_mut(ecs, number) {
            pool.retry = None;
        }
        wake(ecs, cx, number);
    }
}

fn plan_look(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32, at: SimTime) {
    let now = cx.now();
    let Some(pool) = pool_mut(ecs, number).filter(|pool| pool.next.is_none_or(|next| next > at)) else { return };
    pool.next = Some(at);
    let event = if at - now > SOON { Event::PoolAges(number) } else { Event::PoolLook(number) };
    cx.schedule(at - now, event);
}

/// One look at a pool, unless a newer plan has come between.
pub fn look(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    let now = cx.now();
    match pool_mut(ecs, number) {
        Some(pool) if pool.next == Some(now) => pool.next = None,
        _ => return,
    }
    provisioning::place(ecs, cx, number);
    let due = age(ecs, cx, number);
    launch::launch(ecs, rooms, cx, number);
    let retry = ecs.provider(number).and_then(|(_, own)| own.pool.as_ref()?.retry);
    if let Some(at) = due.into_iter().chain(retry).filter(|at| *at > now).min() {
        plan_look(ecs, cx, number, at);
    }
}

/// Idle, underused and old instances drain, those that are drained end. Returns when time alone changes the next thing.
fn age(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) -> Option<SimTime> {
    let (_, own) = ecs.provider(number)?;
    let limit = idle_limit(&own.document);
    let machines = own.pool.as_ref()?.machines.clone();
    machines.into_iter().filter(|own| !own.ending).filter_map(|own| age_one(ecs, cx, (number, limit), own)).min()
}

fn age_one(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    (number, limit): (u32, Option<SimDuration>),
    mut machine: Machine,
) -> Option<SimTime> {
    let now = cx.now();
    let over = |since: Option<SimTime>, span: SimDuration| since.is_some_and(|since| now >= since + span);
    let Some(key) = ecs.checkpoints.get(&machine.id).copied() else {
        let by = machine.launched + REGISTERS;
        match machine.registered {
            true => end(ecs, cx, machine.id, "is terminated: it was deregistered"),
            false if now >= by => end(ecs, cx, machine.id, "is terminated: its agent has not registered it"),
            false => return Some(by),
        }
        return None;
    };
    let own = ecs.instance(key)?;
    let (runs, empty) = (own.host.running_tasks > 0, is_empty(ecs, own));
    machine.registered = true;
    machine.idle = if runs { None } else { machine.idle.or(Some(now)) };
    let spare = runs && limit.is_some() && own.status == InstanceStatus::Active && pack::is_spare(ecs, number, key);
    machine.spare = if spare { machine.spare.or(Some(now)) } else { None };
    if ecs.instance(key).is_some_and(|own| own.status == InstanceStatus::Active) {
        machine.drains = None;
        let why = match limit {
            Some(limit) if over(machine.idle, limit) => Some("it is idle"),
            Some(limit) if over(machine.spare, limit) => Some("its tasks have room on other instances of its zone"),
            _ => over(Some(machine.launched), LIFETIME).then_some("it is 14 days old"),
        };
        if let Some(why) = why {
            say(ecs, cx, number, machine.id, format!("drains: {why}"));
            instance::set_status(ecs, cx, key, InstanceStatus::Draining);
        }
    }
    if ecs.instance(key).is_none_or(|own| own.status != InstanceStatus::Draining) {
        let unused = machine.idle.or(machine.spare).zip(limit).map(|(since, limit)| since + limit);
        let old = machine.launched + LIFETIME;
        keep(ecs, number, &machine);
        return Some(unused.map_or(old, |at| at.min(old)));
    }
    let since = *machine.drains.get_or_insert(now);
    keep(ecs, number, &machine);
    if empty {
        end(ecs, cx, machine.id, "is terminated: it is drained");
    } else if now >= since + DRAIN_DEADLINE {
        stop_all(ecs, cx, key);
    }
    Some(since + DRAIN_DEADLINE)
}

/// How long instances may be idle or underused; none where that is switched off.
fn idle_limit(document: &Value) -> Option<SimDuration> {
    match document["infrastructureOptimization"]["scaleInAfter"].as_i64() {
        None => Some(IDLE),
        Some(seconds) => (seconds >= 0).then(|| SimDuration::from_secs(seconds)),
    }
}

fn is_empty(ecs: &Ecs, own: &ContainerInstance) -> bool {
    own.host.running_tasks == 0 && own.stopping.is_empty() && instance::tasks_on(ecs, own.key).is_empty()
}

fn keep(ecs: &mut Ecs, number: u32, machine: &Machine) {
    let machines = pool_mut(ecs, number).map(|pool| pool.machines.iter_mut());
    if let Some(own) = machines.into_iter().flatten().find(|own| own.id == machine.id && !own.ending) {
        own.clone_from(machine);
    }
}

/// DR-10: after seven days the tasks stop whatever the bounds of their services say.
fn stop_all(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    for task in instance::tasks_on(ecs, key) {
        lifecycle::stop(ecs, cx, task, instance::HOST_LOST, "The container instance drained for 7 days.");
    }
}

/// Ends an instance: it is deregistered and EC2 terminates it.
fn end(ecs: &mut Ecs, cx: &mut Cx<'_>, id: Ec2Id, why: &str) {
    let Some(number) = ecs.pool_of(id).map(|(_, own, _)| own.number) else { return };
    let machines = pool_mut(ecs, number).map(|pool| pool.machines.iter_mut());
    if let Some(own) = machines.into_iter().flatten().find(|own| own.id == id) {
        own.ending = true;
    }
    say(ecs, cx, number, id, why.to_string());
    if let Some(key) = ecs.checkpoints.get(&id).copied() {
        instance::deregister(ecs, cx, key);
    }
    cx.schedule(SimDuration::ZERO, Event::PoolInstance(id));
}

/// Ends every instance of a pool: its capacity provider is deleted.
pub fn end_all(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    let all: Vec<Ec2Id> = ecs
        .provider(number)
        .and_then(|(_, own)| own.pool.as_ref())
        .into_iter()
        .flat_map(|pool| pool.machines.iter().filter(|own| !own.ending).map(|own| own.id))
        .collect();
    for id in all {
        end(ecs, cx, id, "is terminated: its capacity provider is deleted");
    }
}

/// EC2 has terminated an instance of a pool.
pub fn gone(ecs: &mut Ecs, cx: &mut Cx<'_>, id: Ec2Id) {
    let Some(number) = ecs.pool_of(id).map(|(_, own, _)| own.number) else { return };
    if let Some(pool) = pool_mut(ecs, number) {
        pool.machines.retain(|own| own.id != id);
    }
    api::provider_gone(ecs, cx, number);
    wake(ecs, cx, number);
}

fn say(ecs: &Ecs, cx: &mut Cx<'_>, number: u32, id: Ec2Id, change: String) {
    if let Some((name, _)) = ecs.provider(number) {
        cx.emit(FactKind::PoolInstance { provider: name.to_string(), instance: id.into(), change });
    }
}
