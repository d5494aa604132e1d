//! Load: requests that come to the tasks of a service, and what that makes of their CPU, their memory and their answers
//! (3.6, 8.5).
//!
//! ```text
//! profile ──requests per second──→ roster: who takes them ──CPU that they want──→ share: who gets how much
//!                                                                                      ↓
//! answers get slow, probes time out ←── queue: what is done, what waits ←──────────────┘
//! ```
//!
//! The agents look every 20 s, in the middle of each third of a minute (MT-04): one event for all services, which comes
//! only while there is a load, or an alarm on a metric that depends on it. A service is looked at when its cluster has a
//! load or such an alarm. CloudWatch reads what they saw right after.

mod profile;
mod queue;
mod roster;
mod share;

pub use profile::Profile;
pub use roster::{Door, Member, Roster, Tally, UTILIZATION, fine};

use super::containers::{self, Phase};
use super::service::ServiceStatus;
use super::{Cluster, Ecs, api, application, fault, watch};
use crate::aws::{ApiError, arn};
use crate::event::{ClusterId, Cx, FactKind, InstanceKey, ServiceKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use crate::sim::order;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use application::Answer;
use serde_json::Value;
use share::Claim;

/// The loads, and the services that are looked at.
#[derive(Clone, Debug, Default)]
pub struct Loads {
    profiles: Map<ServiceKey, Rc<Profile>>,
    /// The clusters whose services are looked at.
    clusters: Vec<ClusterId>,
    rosters: Map<ServiceKey, Roster>,
    /// The hosts of their tasks, each with its CPU units and what is wanted of them.
    hosts: Vec<(f64, f64)>,
    places: Map<InstanceKey, u32>,
}

impl Loads {
    /// Whether no service has a load.
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty()
    }

    /// The load of a service.
    pub fn profile(&self, service: ServiceKey) -> Option<&Profile> {
        self.profiles.get(&service).map(Rc::as_ref)
    }

    /// The services that are looked at.
    pub fn rosters(&self) -> impl Iterator<Item = (&ServiceKey, &Roster)> {
        self.rosters.iter()
    }

    /// The same of one service.
    pub fn roster(&self, service: ServiceKey) -> Option<&Roster> {
        self.rosters.get(&service)
    }

    /// The clusters whose services are looked at.
    pub fn clusters(&self) -> &[ClusterId] {
        &self.clusters
    }

    /// Finds anew who takes requests, where that has changed. Adds to `told` whose answers got quick by that.
    fn follow(&mut self, ecs: &Ecs, rooms: &Rooms, told: &mut Vec<TaskKey>) {
        let over = |key: &ServiceKey| ecs.service_of(*key).is_none_or(|own| own.status == ServiceStatus::Inactive);
        let gone: Vec<ServiceKey> = self.profiles.keys().filter(|key| over(key)).copied().collect();
        for key in gone {
            self.profiles.remove(&key);
        }
        let loaded = |id: ClusterId| self.profiles.keys().any(|key| key.cluster == id);
        let looked = ecs.clusters().filter(|own| own.active);
        let watched = |own: &Cluster| own.has_insights() || rooms.cloudwatch.watches("ClusterName", &own.name);
        let looked = looked.filter(|own| loaded(own.id) || watched(own));
        let looked: Vec<ClusterId> = looked.map(|own| own.id).collect();
        let gone: Vec<ServiceKey> =
            self.rosters.keys().filter(|key| over(key) || !looked.contains(&key.cluster)).copied().collect();
        for key in gone {
            let roster = self.rosters.remove(&key).unwrap_or_default();
            let slow = roster.members.iter().filter(|own| own.wait > 0);
            told.extend(slow.map(|own| TaskKey { cluster: key.cluster, id: own.task }));
        }
        // Hosts that are gone leave their places behind.
        let crowded = self.hosts.len() > 64 && self.hosts.len() > 2 * ecs.instances.len();
        if crowded {
            (self.hosts, self.places) = (Vec::new(), Map::new());
        }
        for service in looked.iter().flat_map(|cluster| ecs.services(*cluster)) {
            let known = self.rosters.get(&service.key);
            if service.status == ServiceStatus::Inactive
                || (!crowded && known.is_some_and(|own| own.change == service.changes))
            {
                continue;
            }
            let before = self.rosters.remove(&service.key).unwrap_or_default();
            let (hosts, places) = (&mut self.hosts, &mut self.places);
            let place = |key: InstanceKey, cpu: f64| {
                *places.or_insert_with(key, || {
                    hosts.push((cpu, 0.0));
                    hosts.len() as u32 - 1
                })
            };
            let own = roster::of(ecs, rooms, service, before, place);
            self.rosters.insert(service.key, own);
        }
        self.clusters = looked;
    }

    /// What each task wants of its host in the window that ends now; what the host gives where it is short.
    fn divide(&mut self, now: SimTime) {
        self.hosts.iter_mut().for_each(|host| host.1 = 0.0);
        for (key, roster) in self.rosters.iter_mut() {
            let profile = self.profiles.get(key);
            let [rate, work] = profile.filter(|_| roster.takes()).map_or([0.0; 2], |own| own.at(now));
            for own in &mut roster.members {
                own.wants = profile.map_or(0.0, |profile| {
                    let all = profile.idle + queue::wanted(own.backlog, rate * own.part * queue::WINDOW, work);
                    if all < own.ceiling { all } else { own.ceiling }
                });
                if let Some(host) = own.host.and_then(|place| self.hosts.get_mut(place as usize)) {
                    host.1 += own.wants;
                }
            }
        }
        let hosts = &self.hosts;
        let host = |own: &Member| own.host.and_then(|place| hosts.get(place as usize));
        let short = |own: &&mut Member| host(own).is_some_and(|(cpu, wanted)| wanted > cpu);
        let members = self.rosters.iter_mut().flat_map(|(_, roster)| &mut roster.members);
        let mut members: Vec<&mut Member> = members.filter(short).collect();
        order::sort_by(&mut members, |left, right| (left.host, left.task).cmp(&(right.host, right.task)));
        for members in members.chunk_by_mut(|left, right| left.host == right.host) {
            let cpu = members.first().and_then(|own| host(own)).map_or(0.0, |(cpu, _)| *cpu);
            let mut claims: Vec<Claim> =
                members.iter().map(|own| Claim { wants: own.wants, shares: own.shares, gets: 0.0 }).collect();
            share::divide(cpu, &mut claims);
            members.iter_mut().zip(claims).for_each(|(own, claim)| own.wants = claim.gets);
        }
    }
}

impl Ecs {
    /// The loads of services, and what they make of their tasks.
    pub fn loads(&self) -> &Loads {
        &self.loads
    }
}

/// `lab load`: the load of a service from now on; one of nothing clears it. Errors: a cluster or service that is not
/// there, and what [`Profile::read`] refuses.
pub fn call(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = api::cluster_of(ecs, input)?;
    let named = input["service"].as_str().unwrap_or_default();
    let service = ecs.service(cluster.id, arn::short_name(named)).filter(|own| own.is_active());
    let missing = || ApiError::new("ServiceNotFoundException", "Service not found.").at("service");
    let service = service.ok_or_else(missing)?;
    let profile = Profile::read(input, cx.now())?;
    let load = profile.as_ref().map_or_else(|| "no requests".to_string(), Profile::words);
    let fact = FactKind::Load { cluster: cluster.name.clone(), service: service.name.to_string(), load };
    let (key, loads) = (service.key, Rc::make_mut(&mut ecs.loads));
    match profile {
        Some(own) => loads.profiles.insert(key, Rc::new(own)),
        None => loads.profiles.remove(&key),
    };
    cx.emit(fact);
    Ok(Value::Object(serde_json::Map::new()))
}

/// The agents look: 20 s of requests are done, and what that used is noted.
pub fn sample(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>) {
    let now = cx.now();
    let mut loads = core::mem::take(&mut ecs.loads);
    let own = Rc::make_mut(&mut loads);
    let (mut told, mut killed) = (Vec::new(), Vec::new());
    own.follow(ecs, rooms, &mut told);
    for (key, roster) in own.rosters.iter_mut() {
        roster.habit = habit(ecs, *key, roster);
    }
    own.divide(now);
    for (key, roster) in own.rosters.iter_mut() {
        let profile = own.profiles.get(key).map(Rc::as_ref);
        spend(*key, roster, profile, now, (&mut told, &mut killed));
    }
    ecs.loads = loads;
    for task in told {
        watch::changed(&ecs.watch, cx, task);
    }
    for (task, container) in killed {
        containers::told_apart(ecs, task, Phase::Running);
        containers::end(ecs, cx, task, container, 137, fault::OUT_OF_MEMORY);
    }
}

/// What the application answers while a fault says so; none when it does its work.
fn habit(ecs: &Ecs, key: ServiceKey, roster: &Roster) -> Option<Answer> {
    if !roster.serves {
        return Some(Answer::Refuses);
    }
    if ecs.faults.is_empty() {
        return None;
    }
    let first = roster.members.first()?;
    let task = ecs.task(TaskKey { cluster: key.cluster, id: first.task })?;
    application::habit(ecs, task, task.definition.registration.core.containers.get(usize::from(first.container))?)
}

/// The window of one service. Notes whose answers got slower or quicker, and whose container the kernel kills.
fn spend(
    key: ServiceKey,
    roster: &mut Roster,
    profile: Option<&Profile>,
    now: SimTime,
    (told, killed): (&mut Vec<TaskKey>, &mut Vec<(TaskKey, usize)>),
) {
    let begins = roster::begins_minute(now);
    let [rate, work] = profile.map_or([0.0; 2], |own| own.at(now));
    let requests = rate * queue::WINDOW;
    let (mut arrived, lost) = (0.0, !roster.takes());
    let tally = &mut roster.tally;
    if begins {
        *tally = Tally::default();
    }
    for own in &mut roster.members {
        if begins {
            (own.sums, own.samples) = ([0.0; 2], 0);
        }
        let mut wait = 0;
        if let Some(profile) = profile {
            let arrivals = requests * own.part;
            arrived += arrivals;
            let taken = if lost { 0.0 } else { arrivals };
            let idle = if profile.idle < own.wants { profile.idle } else { own.wants };
            let done = queue::window(own.backlog, taken, work, own.wants - idle, own.ceiling);
            own.backlog = done.backlog;
            own.used = [own.wants, profile.memory + profile.per_request * done.open];
            wait = done.wait as u32;
            tally.rejected += done.abandoned;
            let (code, more) = match roster.habit {
                Some(Answer::Code(code)) => (code, 0.0),
                Some(Answer::After(span)) => (200, span.as_millis() as f64 / 1000.0),
                _ => (200, 0.0),
            };
            tally.complete(done.completed, done.response + more, code);
            if own.used[1] > own.limit {
                killed.push((TaskKey { cluster: key.cluster, id: own.task }, usize::from(own.container)));
                own.used[1] = own.limit;
                (own.backlog, wait) = (0.0, 0);
            }
        } else {
            (own.backlog, own.used) = (0.0, [0.0; 2]);
        }
        if own.wait != wait {
            own.wait = wait;
            told.push(TaskKey { cluster: key.cluster, id: own.task });
        }
        own.sums = [own.sums[0] + own.used[0], own.sums[1] + own.used[1]];
        own.samples += 1;
    }
    tally.arrived += arrived;
    tally.rejected += requests - arrived + if lost { arrived } else { 0.0 };
}
