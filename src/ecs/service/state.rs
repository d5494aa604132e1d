//! What ECS remembers of a service.

use super::super::api::RunRequest;
use super::super::taskdef::Core;
use super::super::{Definition, Ecs, Traffic};
use super::{Moved, Resolution, Route, Shift, Standing, TaskSet};
use crate::event::{ClusterId, DecisionId, HexId, ServiceKey};
use crate::placement::rebalance::Move;
use crate::placement::rolling::{Bounds, Stuck};
use crate::sim::sorted::{Map, Set};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// All services, those that are over included.
#[derive(Clone, Default)]
pub struct Services {
    map: Map<ServiceKey, Rc<Service>>,
    made: u32,
    /// When the scheduler will look at each; a look leaves the service itself as it is, if there is nothing to do.
    looks: Map<ServiceKey, Option<SimTime>>,
    /// Those that could not place a task: they look again when there is more room.
    pub(super) waiting: Set<ServiceKey>,
    /// The DAEMON ones that are ACTIVE: they look at every instance that comes or goes.
    pub(super) daemons: Set<ServiceKey>,
}

impl Services {
    /// One service.
    pub fn get(&self, key: ServiceKey) -> Option<&Rc<Service>> {
        self.map.get(&key)
    }

    /// One service, to change.
    pub fn change(&mut self, key: ServiceKey) -> Option<&mut Service> {
        let service = self.map.get_mut(&key).map(Rc::make_mut)?;
        service.changes = service.changes.wrapping_add(1);
        Some(service)
    }

    /// When the scheduler will look at a service.
    pub fn next_look(&self, key: ServiceKey) -> Option<SimTime> {
        self.looks.get(&key).copied().flatten()
    }

    /// Notes when that is.
    pub(super) fn look_at(&mut self, key: ServiceKey, at: Option<SimTime>) {
        *self.looks.or_insert_with(key, || None) = at;
    }

    /// Whether a look at a service was planned for now; then it is taken out.
    pub(super) fn take_look(&mut self, key: ServiceKey, now: SimTime) -> bool {
        self.looks.get_mut(&key).is_some_and(|own| own.take_if(|at| *at == now).is_some())
    }

    /// The DAEMON services of a cluster that are ACTIVE.
    pub fn daemons_of(&self, cluster: ClusterId) -> impl Iterator<Item = &Rc<Service>> {
        self.daemons.iter().filter(move |own| own.cluster == cluster).filter_map(|own| self.map.get(own))
    }

    /// The services of a cluster in the order of creation.
    pub fn of(&self, cluster: ClusterId) -> impl DoubleEndedIterator<Item = &Rc<Service>> {
        let key = |number| ServiceKey { cluster, number };
        self.map.range(&key(0), &key(u32::MAX)).map(|(_, service)| service)
    }

    /// The number of the next service.
    pub(in crate::ecs) fn next_number(&self) -> u32 {
        self.made + 1
    }

    /// Adds a service, or writes it anew.
    pub(in crate::ecs) fn insert(&mut self, mut service: Service) {
        self.made = self.made.max(service.key.number);
        service.changes = service.changes.wrapping_add(1);
        if service.is_daemon() {
            self.daemons.insert(service.key);
        }
        self.map.insert(service.key, Rc::new(service));
    }

    /// A service that is deleted waits for nothing.
    pub(in crate::ecs) fn forget(&mut self, key: ServiceKey) {
        self.waiting.remove(&key);
        self.daemons.remove(&key);
    }
}

/// Whose task a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The service.
    pub service: ServiceKey,
    /// The service revision that it runs.
    pub revision: u64,
}

impl Ecs {
    /// The service of a name; of several in turn the last, which is ACTIVE if one is.
    pub fn service(&self, cluster: ClusterId, name: &str) -> Option<&Rc<Service>> {
        self.services.of(cluster).rfind(|service| *service.name == *name)
    }

    /// The name of a cluster.
    pub fn cluster_name(&self, id: ClusterId) -> String {
        super::super::instance::cluster_name(self, id)
    }

    /// The services of a cluster in the order of creation, those that are over included.
    pub fn services(&self, cluster: ClusterId) -> impl DoubleEndedIterator<Item = &Rc<Service>> {
        self.services.of(cluster)
    }

    /// One service.
    pub fn service_of(&self, key: ServiceKey) -> Option<&Rc<Service>> {
        self.services.get(key)
    }
}

/// The status of a service (SV-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceStatus {
    /// It keeps its tasks.
    Active,
    /// Deleted; tasks of it are still up.
    Draining,
    /// Over.
    Inactive,
}

impl ServiceStatus {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            ServiceStatus::Active => "ACTIVE",
            ServiceStatus::Draining => "DRAINING",
            ServiceStatus::Inactive => "INACTIVE",
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its place.
    pub key: ServiceKey,
    /// Its name.
    pub name: Rc<str>,
    /// Its status.
    pub status: ServiceStatus,
    /// What DescribeServices shows of what was asked, AWS's defaults filled in; tags too.
    pub settings: Rc<Value>,
    /// The request that made it, for the one that comes again (SV-03).
    pub created_by: Rc<Value>,
    /// Who sent it, `user/NAME` or `assumed-role/ROLE/SESSION`; none for the learner.
    pub creator: Option<Rc<str>>,
    /// desiredCount; of a DAEMON the instances that meet its rules (DM-02).
    pub desired: u32,
    /// When it was made.
    pub created: SimTime,
    /// The deployments that still have tasks, PRIMARY first (RL-09).
    pub deployments: Vec<Deployment>,
    /// All service deployments, the oldest first.
    pub history: Vec<ServiceDeployment>,
    /// What it said, the oldest first; at most 100 (SV-11).
    pub events: Vec<ServiceEvent>,
    /// Its tasks that are not STOPPED, by id.
    pub tasks: Set<HexId>,
    /// Until when tasks are protected (6.12).
    pub protected: Map<HexId, SimTime>,
    /// How tasks stand in its target groups.
    pub targets: Map<HexId, Standing>,
    /// What it has to say of them.
    pub moved: Vec<Moved>,
    /// Tasks in a row that ended by themselves before they were healthy.
    pub failing: u32,
    /// Since when it is steady, and when it said so last.
    pub steady: Option<(SimTime, SimTime)>,
    /// Why it could not place a task when it last tried.
    pub unplaced: Option<Unplaced>,
    /// Why nothing moves though it is not where it should be.
    pub stuck: Option<Stuck>,
    /// What rebalancing is doing (4.9).
    pub rebalancing: Rebalancing,
    /// Where the deployment stands when it shifts traffic.
    pub shift: Option<Shift>,
    /// Where it last had listeners led.
    pub routes: Rc<[Route]>,
    /// The digests of its images, by service revision (RL-13).
    pub resolved: Map<u64, Rc<Resolution>>,
    /// Counts its changes, so that who keeps something about it knows when to look again.
    pub(in crate::ecs) changes: u32,
}

/// Where AZ rebalancing stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebalancing {
    /// The move that is under way.
    pub moving: Option<Moving>,
    /// What it said last of the zones.
    pub said: String,
}

/// A move of rebalancing that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The task that was started for it.
    pub task: HexId,
    /// From where to where.
    pub step: Move,
}

/// A task that found no place, or that ECS may not start for want of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// The decision that says why no place was found.
    pub decision: Option<DecisionId>,
    /// The service event.
    pub message: String,
}

/// Delays between failing starts (TH-01 to TH-04).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Rounds of starts in a row in which a task did not come up.
    pub rounds: u32,
    /// When the tasks of the last such round were made.
    pub(super) counted: SimTime,
    /// Nothing starts before.
    pub until: SimTime,
}

/// rolloutState (RL-09).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// On its way.
    InProgress,
    /// It reached a steady state.
    Completed,
    /// The circuit breaker or an alarm ended it.
    Failed,
}

impl Rollout {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Rollout::InProgress => "IN_PROGRESS",
            Rollout::Completed => "COMPLETED",
            Rollout::Failed => "FAILED",
        }
    }
}

/// What the tasks of a deployment are made of: a service revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number: 19 digits.
    pub number: u64,
    /// The task definition.
    pub definition: Rc<Definition>,
    /// The service's settings at that time.
    pub settings: Rc<Value>,
    /// When it was made.
    pub created: SimTime,
    /// Where its tasks are registered: `loadBalancers` of the settings.
    pub traffic: Rc<[Traffic]>,
}

impl Revision {
    /// The typed parts of its definition.
    pub fn core(&self) -> &Core {
        &self.definition.registration.core
    }
}

/// A deployment, as `deployments` of DescribeServices shows it.
#[derive(Clone)]
pub struct Deployment {
    /// The 19 digits of its id (SV-13).
    pub number: u64,
    /// What its tasks are.
    pub revision: Rc<Revision>,
    /// What each of its tasks asks for.
    pub run: Rc<RunRequest>,
    /// When it was made.
    pub created: SimTime,
    /// When it changed last.
    pub updated: SimTime,
    /// desiredCount: of the PRIMARY the service's, of an older one what a rollout has left it.
    pub desired: u32,
    /// rolloutState.
    pub rollout: Rollout,
    /// rolloutStateReason.
    pub reason: String,
    /// failedTasks (CB-08).
    pub failed_tasks: u32,
    /// Those of them in a row that the circuit breaker counts (CB-05).
    pub failures: u32,
    /// Whether it takes the service back after another one failed (CB-07).
    pub is_rollback: bool,
    /// Whether an alarm was in ALARM when it began: then the alarms say nothing of it (CB-11). None before the first look.
    pub(super) ignores_alarms: Option<bool>,
    /// The bake time that ECS computes from its alarms, and when a bake time is over that has begun.
    pub(super) bakes: SimDuration,
    pub(super) baked: Option<SimTime>,
    /// The task set that it is, where ECS does not control the deployments.
    pub(super) set: Option<Rc<TaskSet>>,
    /// Its healthy tasks when the scheduler last looked.
    pub(super) healthy: u32,
    /// Failing starts in a row (TH-01).
    pub throttle: Throttle,
}

impl core::fmt::Debug for Deployment {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str(&self.id())
    }
}

impl Deployment {
    /// Whether its tasks carried the service: then those of an older one are replaced (RL-07, RL-10).
    pub fn carried(&self) -> bool {
        self.rollout == Rollout::Completed
    }

    /// Whether failing starts hold the next one back (TH-01).
    pub fn throttled(&self, now: SimTime) -> bool {
        self.throttle.until > now
    }

    /// `ecs-svc/` and its digits.
    pub fn id(&self) -> String {
        deployment_id(self.number)
    }
}

/// `ecs-svc/` and the digits.
pub fn deployment_id(number: u64) -> String {
    format!("ecs-svc/{number:019}")
}

/// A service deployment, as DescribeServiceDeployments shows it (BG-07).
#[derive(Clone, Debug)]
pub struct ServiceDeployment {
    /// The last part of its ARN.
    pub id: Rc<str>,
    /// The deployment that does it.
    pub deployment: u64,
    /// The revisions that were there before, each with the tasks that it had.
    pub sources: Vec<u64>,
    /// Where it goes.
    pub target: Rc<Revision>,
    /// Its status.
    pub status: &'static str,
    /// statusReason.
    pub reason: String,
    /// When it began.
    pub created: SimTime,
    /// When it changed last.
    pub updated: SimTime,
    /// When it was over.
    pub finished: Option<SimTime>,
    /// When somebody or something stopped it.
    pub stopped: Option<SimTime>,
    /// The revision that the service goes back to, since when and why.
    pub rollback: Option<(u64, SimTime, String)>,
    /// Failures that the circuit breaker counted.
    pub failures: u32,
    /// Whether the circuit breaker ended it.
    pub tripped: bool,
    /// The alarms that ended it.
    pub alarmed: Vec<String>,
    /// lifecycleStage; empty when it has none.
    pub stage: &'static str,
}

/// One of `events` of DescribeServices.
#[derive(Clone, Debug)]
pub struct ServiceEvent {
    /// Its id.
    pub id: HexId,
    /// When.
    pub at: SimTime,
    /// What it says.
    pub message: String,
    /// The placement that it is about.
    pub decision: Option<DecisionId>,
}

impl Service {
    /// Whether it keeps its tasks.
    pub fn is_active(&self) -> bool {
        self.status == ServiceStatus::Active
    }

    /// DAEMON instead of REPLICA.
    pub fn is_daemon(&self) -> bool {
        self.settings["schedulingStrategy"] == "DAEMON"
    }

    /// Its task group (TG-02).
    pub fn group(&self) -> String {
        format!("service:{}", self.name)
    }

    /// The newest deployment.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    fn percent(&self, member: &str) -> u32 {
        self.settings["deploymentConfiguration"][member].as_u64().and_then(|own| u32::try_from(own).ok()).unwrap_or(100)
    }

    /// minimumHealthyPercent.
    pub fn minimum_percent(&self) -> u32 {
        self.percent("minimumHealthyPercent")
    }

    /// maximumPercent.
    pub fn maximum_percent(&self) -> u32 {
        self.percent("maximumPercent")
    }

    /// Between which counts a rollout stays (6.3).
    pub fn bounds(&self) -> Bounds {
        Bounds::new(self.desired, self.minimum_percent(), self.maximum_percent())
    }

    /// How long after its start a task's failing health checks say nothing (6.6).
    pub fn grace(&self) -> SimDuration {
        SimDuration::from_secs(self.settings["healthCheckGracePeriodSeconds"].as_i64().unwrap_or_default())
    }

    /// What holds the starts of a revision back.
    pub(super) fn throttle_of(&mut self, revision: u64) -> Option<&mut Throttle> {
        let own = self.deployments.iter_mut().find(|own| own.revision.number == revision)?;
        Some(&mut own.throttle)
    }

    /// The service deployment that a deployment does.
    pub fn history_of(&mut self, deployment: u64) -> Option<&mut ServiceDeployment> {
        self.history.iter_mut().rfind(|own| own.deployment == deployment)
    }
}
