//! The tasks of a service as requests find them: who takes traffic, and how much CPU and memory each may use.

use super::super::application::{self, Answer};
use super::super::service::Service;
use super::super::{Ecs, LaunchType, Task, TaskStatus};
use crate::elb::{Rule, TargetState};
use crate::event::{HexId, InstanceKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::vec::Vec;

/// A service whose tasks are looked at.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// The change of the service that it was made of.
    pub(super) change: u32,
    /// Its RUNNING tasks by id.
    pub members: Vec<Member>,
    /// Its target groups.
    pub groups: Vec<Door>,
    /// What became of its requests in this minute.
    pub tally: Tally,
    /// Whether CPUUtilization and MemoryUtilization have a point each 20 s instead of each minute (MT-04).
    pub fine: [bool; 2],
    /// Whether its application listens at all.
    pub(super) serves: bool,
    /// What its application answers while a fault says so; none when it does its work.
    pub(super) habit: Option<Answer>,
}

/// A target group through which requests come.
#[derive(Clone, Debug)]
pub struct Door {
    /// Its number.
    pub group: u32,
    /// How many targets of the service take requests.
    pub takers: u32,
    /// Its part of the service's requests.
    pub share: f64,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub task: HexId,
    /// The container that takes the requests, by its place in the definition.
    pub(super) container: u16,
    /// Its host among those of all rosters; none on Fargate.
    pub(super) host: Option<u32>,
    /// CPU units that it can use at most: its task-level CPU, else its whole host (MT-03).
    pub(super) ceiling: f64,
    /// Its CPU shares when its host is short (3.6).
    pub(super) shares: f64,
    /// CPU units and MiB that its definition reserves: what its percentages are of (8.5).
    pub reserved: [f64; 2],
    /// MiB at which the kernel kills it.
    pub(super) limit: f64,
    /// Its part of the service's requests.
    pub(super) part: f64,
    /// Work that waits, in milliseconds of one vCPU.
    pub(super) backlog: f64,
    /// CPU units that it wants of its host in this window.
    pub(super) wants: f64,
    /// Whole seconds that a request waits.
    pub wait: u32,
    /// CPU units and MiB that it uses.
    pub used: [f64; 2],
    /// Their sums over the samples of this minute.
    pub sums: [f64; 2],
    /// How many samples that are.
    pub samples: u32,
}

/// What became of requests.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// A target was chosen for them.
    pub arrived: f64,
    /// The load balancer answered them itself: no target, or none that answered.
    pub rejected: f64,
    /// The application answered them, with a code of 2XX, 3XX, 4XX or 5XX.
    pub answered: [f64; 4],
    /// Seconds to the answer, summed over those that were answered.
    pub seconds: f64,
    /// The quickest and the slowest of them.
    pub range: Option<(f64, f64)>,
    /// After how many seconds how many were answered.
    pub times: Vec<(f64, f64)>,
}

impl Roster {
    /// Whether requests that come to a task are taken and done.
    pub(super) fn takes(&self) -> bool {
        !matches!(self.habit, Some(Answer::Silent | Answer::Refuses))
    }
}

impl Tally {
    /// Adds a part of what came through another door; what was rejected is not in it.
    pub fn add(&mut self, other: &Self, part: f64) {
        self.arrived += other.arrived * part;
        self.seconds += other.seconds * part;
        for (own, count) in self.answered.iter_mut().zip(other.answered) {
            *own += count * part;
        }
        if let Some((low, high)) = other.range {
            self.widen(low);
            self.widen(high);
        }
        other.times.iter().for_each(|(seconds, count)| self.time(*seconds, count * part));
    }

    /// So many requests were answered, each after so many seconds.
    pub(super) fn complete(&mut self, count: f64, seconds: f64, code: u16) {
        if count <= 0.0 {
            return;
        }
        if let Some(own) = self.answered.get_mut(usize::from(code / 100).saturating_sub(2)) {
            *own += count;
        }
        self.seconds += seconds * count;
        self.widen(seconds);
        self.time(seconds, count);
    }

    fn time(&mut self, seconds: f64, count: f64) {
        match self.times.iter_mut().find(|(own, _)| *own == seconds) {
            Some((_, own)) => *own += count,
            None => self.times.push((seconds, count)),
        }
    }

    fn widen(&mut self, seconds: f64) {
        let (low, high) = self.range.unwrap_or((seconds, seconds));
        self.range = Some((if seconds < low { seconds } else { low }, if seconds > high { seconds } else { high }));
    }
}

impl Member {
    /// CPU units and MiB on average of this minute.
    pub fn average(&self) -> [f64; 2] {
        self.sums.map(|sum| sum / f64::from(self.samples.max(1)))
    }

    /// What it uses in percent of what its definition reserves.
    pub fn percent(&self, used: [f64; 2]) -> [f64; 2] {
        let [cpu, memory] = used;
        [cpu * 100.0 / self.reserved[0], memory * 100.0 / self.reserved[1]]
    }

    /// Whether it runs on a container instance.
    pub fn on_instance(&self) -> bool {
        self.host.is_some()
    }
}

/// The roster of a service now. What waits at a task and what it used in this minute stay with it.
pub fn of(
    ecs: &Ecs,
    rooms: &Rooms,
    service: &Service,
    before: Roster,
    mut host: impl FnMut(InstanceKey, f64) -> u32,
) -> Roster {
    let cluster = service.key.cluster;
    let tasks = service.tasks.iter().filter_map(|id| ecs.task(TaskKey { cluster, id: *id }));
    let tasks: Vec<&Task> = tasks.filter(|task| task.status == TaskStatus::Running).collect();
    let mut members: Vec<Member> = Vec::with_capacity(tasks.len());
    for task in &tasks {
        let mut member = member(ecs, task, &mut host);
        if let Ok(place) = before.members.binary_search_by(|own| own.task.cmp(&member.task))
            && let Some(own) = before.members.get(place)
        {
            member = Member { backlog: own.backlog, wait: own.wait, sums: own.sums, samples: own.samples, ..member };
        }
        members.push(member);
    }
    let groups = doors(rooms, service, &tasks, &mut members);
    let first = tasks.first().map(|task| (task, serving(task)));
    let serves = first.is_some_and(|(task, place)| application::serves(task, place));
    let (change, fine) = (service.changes, fine(service));
    Roster { change, members, groups, tally: before.tally, fine, serves, habit: None }
}

/// The container that takes the requests: that of the first target group, else the first essential one.
fn serving(task: &Task) -> usize {
    let containers = &task.definition.registration.core.containers;
    let essential = || containers.iter().position(|own| own.essential).unwrap_or_default();
    task.request.traffic.first().map_or_else(essential, |own| own.container.into())
}

fn member(ecs: &Ecs, task: &Task, host: &mut impl FnMut(InstanceKey, f64) -> u32) -> Member {
    let core = &task.definition.registration.core;
    let place = serving(task);
    let container = core.containers.get(place);
    let on = task.host().and_then(|key| ecs.instance(key)).filter(|_| task.launch != LaunchType::Fargate);
    let [cpus, memory] = on.map_or([core.cpu, core.memory], |own| [own.host.cpu.total, own.host.memory.total]);
    let own = container.map_or(0, |own| own.cpu);
    let cap = match core.is_windows() && on.is_some() {
        // On Windows a container's CPU is an absolute quota.
        true => Some(own).filter(|own| *own > 0),
        false => core.task_cpu,
    };
    let limits = [container.and_then(|own| own.memory), core.task_memory];
    // CD-12: 0 and 1 become two shares.
    let shares = core.task_cpu.unwrap_or(own).max(2);
    let positive = |amount: u32, other: u32| f64::from(if amount > 0 { amount } else { other.max(1) });
    Member {
        task: task.key.id,
        container: place as u16,
        host: on.map(|own| host(own.key, f64::from(cpus))),
        ceiling: f64::from(cap.unwrap_or(cpus)),
        shares: f64::from(shares),
        reserved: [positive(core.cpu, cpus), positive(core.memory, memory)],
        limit: f64::from(limits.into_iter().flatten().filter(|limit| *limit > 0).min().unwrap_or(memory)),
        part: 0.0,
        backlog: 0.0,
        wants: 0.0,
        wait: 0,
        used: [0.0; 2],
        sums: [0.0; 2],
        samples: 0,
    }
}

/// Divides the requests: over the target groups by their weights in the production listener's rule, evenly without one (EXTERNAL);
/// in each over its healthy targets, and over all that are registered when none is healthy (LB-12). Without a target group
/// every task that is to run takes its part.
fn doors(rooms: &Rooms, service: &Service, tasks: &[&Task], members: &mut [Member]) -> Vec<Door> {
    let rules = production_rules(rooms, service);
    let ours = |rule: &&Rule| {
        let mut groups = tasks.iter().flat_map(|task| task.request.traffic.iter());
        groups.any(|own| rule.forwards_to().any(|(arn, _)| *arn == *own.arn))
    };
    let rule = rules.iter().find(ours).or(rules.last());
    let weight = |arn: &str| match rule {
        Some(rule) => rule.forwards_to().find(|(own, _)| *own == arn).map_or(0.0, |(_, weight)| weight as f64),
        None => 1.0,
    };
    let mut numbers: Vec<(u32, f64)> = Vec::new();
    for own in tasks.iter().flat_map(|task| task.request.traffic.iter()) {
        if numbers.iter().all(|(group, _)| *group != own.group) {
            numbers.push((own.group, weight(&own.arn)));
        }
    }
    if numbers.is_empty() {
        let takers = tasks.iter().filter(|task| task.wanted()).count().max(1) as f64;
        for (task, member) in tasks.iter().zip(members) {
            member.part = if task.wanted() { 1.0 / takers } else { 0.0 };
        }
        return Vec::new();
    }
    let total: f64 = numbers.iter().map(|(_, weight)| *weight).sum();
    let door = |(group, weight): (u32, f64)| {
        let share = if total > 0.0 { weight / total } else { 0.0 };
        let states: Vec<Option<TargetState>> =
            tasks.iter().map(|task| rooms.elb.health_of(group, task.key).map(|own| own.state)).collect();
        let healthy = states.contains(&Some(TargetState::Healthy));
        let takes = |state: &Option<TargetState>| match state {
            Some(TargetState::Healthy) => true,
            Some(TargetState::Initial | TargetState::Unhealthy) => !healthy,
            _ => false,
        };
        let takers = states.iter().filter(|state| takes(state)).count();
        for (_, member) in states.iter().zip(members.iter_mut()).filter(|(state, _)| takes(state)) {
            member.part += share / takers as f64;
        }
        Door { group, takers: takers as u32, share }
    };
    numbers.into_iter().map(door).collect()
}

/// The rules through which the requests of a service come whose traffic shifts between target groups: the one that it
/// names, of a Network Load Balancer and of CodeDeploy all of the listener.
fn production_rules<'a>(rooms: &'a Rooms, service: &Service) -> &'a [Rule] {
    let mut all = service.settings["loadBalancers"].as_array().into_iter().flatten();
    let named = all.find_map(|own| own["advancedConfiguration"]["productionListenerRule"].as_str());
    let mut deployments = rooms.codedeploy.deployments();
    let last = deployments.rfind(|own| named.is_none() && own.service == service.key);
    let listener = last.and_then(|own| own.pair()["prodTrafficRoute"]["listenerArns"][0].as_str());
    let arn = named.or(listener).unwrap_or_default();
    match rooms.elb.rule(arn) {
        Some((_, _, rule)) => core::slice::from_ref(rule),
        None => rooms.elb.listener(arn).map_or(&[], |(_, listener)| &listener.rules),
    }
}

/// The metrics of a service.
pub const UTILIZATION: [&str; 2] = ["CPUUtilization", "MemoryUtilization"];

/// `monitoring.metricConfigurations`: which of the two metrics have a point each 20 s.
pub fn fine(service: &Service) -> [bool; 2] {
    let all = service.settings["monitoring"]["metricConfigurations"].as_array().map(Vec::as_slice).unwrap_or_default();
    UTILIZATION.map(|name| {
        let names = |own: &&serde_json::Value| {
            own["metricNames"].as_array().is_some_and(|names| names.iter().any(|own| own == name))
        };
        all.iter().rfind(names).is_some_and(|own| own["resolutionSeconds"] == 20)
    })
}

/// Whether a sample is the first of its minute.
pub fn begins_minute(now: SimTime) -> bool {
    now.as_millis().rem_euclid(60_000) < 20_000
}
