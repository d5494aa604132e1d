//! Tasks that wait in PROVISIONING until their capacity provider has room (2.10, PL-51). They are placed in the order in
//! which they came, as soon as an instance of the provider can take one, and stop when nobody could for ten minutes.

use super::api::candidates;
use super::instances::Touches;
use super::{Ecs, LaunchType, TaskStatus, instance, lifecycle, managed, pool};
use crate::ec2::vpc::Asks;
use crate::event::{ClusterId, Cx, Event, Explained, FactKind, TaskKey};
use crate::placement::{self, Request};
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Waiting tasks that a cluster holds at most (6.11).
pub const MOST: usize = 500;
/// How long a task waits; AWS says 10 to 30 minutes.
pub const TIME_OUT: SimDuration = SimDuration::from_secs(600);

/// A task that waits.
#[derive(Clone, Debug)]
pub struct Waiter {
    /// Which.
    pub key: TaskKey,
    /// The number of the capacity provider.
    pub provider: u32,
    /// What placement is asked for.
    pub placement: Rc<Request>,
    /// The subnets of the request with their zones.
    pub subnets: Vec<(String, String)>,
    /// Whether each task gets a network interface of its own.
    pub interface: bool,
}

impl Ecs {
    /// How many tasks of a cluster wait.
    pub fn waiting(&self, cluster: ClusterId) -> usize {
        self.waiters.iter().filter(|own| own.key.cluster == cluster).count()
    }

    /// The address of the next network interface that is made for a task in a subnet, or in the default one of a zone.
    pub(super) fn next_address(&mut self, subnet: Option<&str>, zone: &str) -> String {
        self.interfaces_made += 1;
        self.network.address(subnet, zone, Asks::Task(2000 + self.interfaces_made))
    }

    /// The text of a zone that tasks share.
    pub(super) fn shared_zone(&mut self, zone: &str) -> Rc<str> {
        if let Some(known) = self.zones.get(zone) {
            return known.clone();
        }
        let kept: Rc<str> = zone.into();
        self.zones.insert(kept.clone());
        kept
    }

    /// Whether a task waits for capacity.
    pub fn waits(&self, key: TaskKey) -> bool {
        !self.waiters.is_empty() && self.waiters.iter().any(|own| own.key == key)
    }
}

/// A task without a place begins to wait.
pub fn wait(ecs: &mut Ecs, cx: &mut Cx<'_>, waiter: Waiter) {
    let number = waiter.provider;
    ecs.waiters.push(waiter);
    managed::wake(ecs, cx, number);
}

/// A task waits no more, so that its provider may need fewer instances.
pub fn leave(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if let Some(place) = ecs.waiters.iter().position(|own| own.key == key) {
        let waiter = ecs.waiters.remove(place);
        managed::wake(ecs, cx, waiter.provider);
    }
}

/// An instance of a provider may have room now. What waits is looked at once everything else of this moment is done.
pub fn room(ecs: &Ecs, cx: &mut Cx<'_>, provider: u32) {
    if provider != 0 && ecs.waiters.iter().any(|own| own.provider == provider) {
        cx.schedule(SimDuration::ZERO, Event::CapacityFound(provider));
    }
}

fn launch_of(ecs: &Ecs, key: TaskKey) -> LaunchType {
    ecs.task(key).map_or(LaunchType::Ec2, |task| task.launch)
}

/// Places what waits for a provider, as far as there is room.
pub fn place(ecs: &mut Ecs, cx: &mut Cx<'_>, provider: u32) {
    // Tasks of one request are alike: where the first finds no room, the next do not either.
    let mut short: Vec<Rc<Request>> = Vec::new();
    for waiter in ecs.waiters.clone().into_iter().filter(|own| own.provider == provider) {
        if short.iter().any(|known| Rc::ptr_eq(known, &waiter.placement)) {
            continue;
        }
        if !place_one(ecs, cx, &waiter) {
            short.push(waiter.placement);
        }
    }
}

fn place_one(ecs: &mut Ecs, cx: &mut Cx<'_>, waiter: &Waiter) -> bool {
    let (key, wish) = (waiter.key, waiter);
    let draw = cx.draw("placement");
    let ties = cx.options().ties;
    let pool = (launch_of(ecs, key), wish.provider);
    let Some(host) = ecs.instances.choose(key.cluster, pool, &wish.placement, ties, draw) else { return false };
    let explained = cx
        .explains()
        .then(|| Explained::Ec2(placement::decide(&wish.placement, &candidates(ecs, key.cluster, pool), ties, draw)));
    let Some(definition) = ecs.task(key).map(|task| task.definition.clone()) else { return false };
    let (mut zone, mut name) = (String::new(), String::new());
    if let Some(own) = ecs.instances.change(host, Touches::Tasks) {
        own.host.reserve(&wish.placement.demand, &wish.placement.group, &definition.name());
        own.version += 1;
        zone.clone_from(&own.host.zone);
        name = own.machine.into();
    }
    leave(ecs, cx, key);
    let decision = cx.decided(explained);
    let cluster = instance::cluster_name(ecs, key.cluster);
    let subnet = wish.subnets.iter().find(|(_, own)| *own == zone).map(|(subnet, _)| subnet.as_str());
    let address = wish.interface.then(|| ecs.next_address(subnet, &zone));
    let shared = ecs.shared_zone(&zone);
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) else { return false };
    (task.instance, task.zone, task.decision) = (Some(host.id), shared, decision);
    task.address = address.map(String::into_boxed_str);
    task.version += 1;
    if let Some(subnet) = subnet {
        Rc::make_mut(&mut task.request).subnets = alloc::vec![subnet.to_string()];
    }
    let group = task.request.group.to_string();
    let attached = lifecycle::has_attachment(task);
    cx.emit(FactKind::TaskCreated {
        cluster,
        task: key.id.into(),
        definition: definition.name(),
        group,
        instance: Some(name),
        zone,
        decision,
    });
    if !attached {
        lifecycle::enter(ecs, cx, key, TaskStatus::Pending);
    }
    lifecycle::begin(ecs, cx, key);
    true
}

/// Why a task that waited too long stops (4.10): what its closest instance lacks, or that there is none.
pub fn gives_up(ecs: &Ecs, cx: &Cx<'_>, key: TaskKey) -> Option<String> {
    let wish = ecs.waiters.iter().find(|own| own.key == key)?;
    if let Some((name, pool)) = ecs.provider(wish.provider).and_then(|(name, own)| Some((name, own.pool.as_ref()?))) {
        let why = pool.refusal.as_deref().unwrap_or("No instance has registered in time.");
        return Some(pool::reason(name, why));
    }
    let hosts = candidates(ecs, key.cluster, (LaunchType::Ec2, wish.provider));
    let decision = placement::decide(&wish.placement, &hosts, cx.options().ties, 0);
    let closest = decision.closest().and_then(|at| decision.candidates.get(at)?.failure());
    Some(match closest {
        _ if hosts.is_empty() => String::from("TaskFailedToStart: EMPTY CAPACITY PROVIDER"),
        Some(failure) => format!("TaskFailedToStart: {}", failure.reason),
        None => String::from("TaskFailedToStart: NO ACTIVE INSTANCES"),
    })
}
