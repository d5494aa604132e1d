//! Why a service is not steady: what stands in the way, as values.

use super::super::Ecs;
use super::{Rollout, Service, Stage, bake, pause, seen};
use crate::elb::Elb;
use crate::event::{DecisionId, HexId, ServiceKey, TaskKey};
use crate::placement::Phase;
use crate::placement::rolling::{Bounds, Stuck};
use crate::sim::SimTime;
use alloc::string::String;
use alloc::vec::Vec;

/// One thing that stands between a service and its steady state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A task finds no place: what the service said, and the decision behind it.
    NoPlace {
        /// The service event.
        message: String,
        /// The decision that says why, instance by instance.
        decision: DecisionId,
    },
    /// ECS may not do what it has to, for want of a role: what the service said.
    NoRole(String),
    /// minimumHealthyPercent and maximumPercent let nothing start and nothing stop (RL-05).
    Bounds(Bounds),
    /// Tasks that should go are protected (SI-04).
    Protected(Vec<HexId>),
    /// Starts fail, and the next one waits until then (TH-01).
    Throttled(SimTime),
    /// The newest deployment failed and launches nothing more (CB-06).
    Failed {
        /// rolloutStateReason.
        reason: String,
        /// failedTasks.
        tasks: u32,
    },
    /// So many tasks in a row ended by themselves before they were healthy, and it goes on.
    Failing(u32),
    /// Tasks are on their way to RUNNING.
    Starting(Vec<HexId>),
    /// Tasks run and do not count as healthy yet; when time alone changes that.
    NotHealthyYet {
        /// Which.
        tasks: Vec<HexId>,
        /// The latest of those moments.
        until: Option<SimTime>,
    },
    /// The health checks of these fail (RL-08).
    Unhealthy(Vec<HexId>),
    /// These are registered in a target group that does not count them as healthy, and why (LB-08).
    Targets {
        /// The group's name.
        group: String,
        /// The reason code of the targets' health.
        code: &'static str,
        /// Its description.
        description: String,
        /// Which.
        tasks: Vec<HexId>,
    },
    /// More requests come to these than they can do, so that a request waits.
    Overloaded {
        /// Which.
        tasks: Vec<HexId>,
        /// Seconds that it waits at the slowest of them.
        wait: u32,
    },
    /// Tasks of older revisions are still there.
    Older(Vec<HexId>),
    /// Tasks that are to stop still run.
    Stopping(Vec<HexId>),
    /// Its deployment waits at a pause hook for somebody, until it times out (BG-04).
    Paused {
        /// lifecycleStage.
        name: &'static str,
        /// hookId.
        hook: String,
        /// When it times out.
        until: SimTime,
    },
    /// Its deployment waits in a stage, until then at the latest (BG-03, CB-11).
    Stage {
        /// lifecycleStage.
        name: &'static str,
        /// When time alone takes it further.
        until: Option<SimTime>,
    },
}

impl Obstacle {
    /// Whether it stays until somebody or something else does something; the others go by themselves.
    pub fn blocks(&self) -> bool {
        matches!(self, Self::NoPlace { .. } | Self::NoRole(_) | Self::Paused { .. } | Self::Bounds(_) | Self::Protected(_) | Self::Failed { .. })
            || matches!(self, Self::Failing(_) | Self::Throttled(_) | Self::Unhealthy(_) | Self::Overloaded { .. })
            // With these load balancing says of itself that it is not ready yet.
            || matches!(self, Self::Targets { code, .. } if !code.starts_with("Elb."))
    }
}

/// What stands in the way of a service, what blocks first; nothing when it is steady or over.
pub fn why(ecs: &Ecs, elb: &Elb, key: ServiceKey, now: SimTime) -> Vec<Obstacle> {
    let waits = |own: &&alloc::rc::Rc<Service>| own.steady.is_none() || bake::until(own).is_some();
    let Some(service) = ecs.services.get(key).filter(|own| own.is_active()).filter(waits) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if let Some(unplaced) = &service.unplaced {
        let message = unplaced.message.clone();
        all.push(match unplaced.decision {
            Some(decision) => Obstacle::NoPlace { message, decision },
            None => Obstacle::NoRole(message),
        });
    }
    if service.stuck == Some(Stuck::Bounds) {
        all.push(Obstacle::Bounds(service.bounds()));
    }
    rollout(service, now, &mut all);
    overload(ecs, service, &mut all);
    let (blocking, others): (Vec<_>, Vec<_>) = targets(ecs, elb, service).into_iter().partition(Obstacle::blocks);
    all.extend(blocking);
    tasks(ecs, service, now, &mut all);
    all.extend(others);
    all
}

fn overload(ecs: &Ecs, service: &Service, all: &mut Vec<Obstacle>) {
    let members = ecs.loads.roster(service.key).map(|own| own.members.as_slice()).unwrap_or_default();
    let wait = members.iter().map(|own| own.wait).max().unwrap_or_default();
    if wait > 0 {
        let tasks = members.iter().filter(|own| own.wait > 0).map(|own| own.task).collect();
        all.push(Obstacle::Overloaded { tasks, wait });
    }
}

fn targets(ecs: &Ecs, elb: &Elb, service: &Service) -> Vec<Obstacle> {
    let mut all: Vec<Obstacle> = Vec::new();
    for id in service.targets.keys() {
        let key = TaskKey { cluster: service.key.cluster, id: *id };
        let Some(task) = ecs.task(key).filter(|task| task.wanted()) else { continue };
        for own in task.request.traffic.iter() {
            let found = match elb.health_of(own.group, key) {
                Some(target) => target.reason(),
                None => Some(("Target.NotRegistered", String::from("Target is not registered to the target group"))),
            };
            let Some((code, description)) = found else { continue };
            let group = elb.group(own.group).map_or_else(|| String::from(&*own.arn), |own| own.name.clone());
            let known = all.iter_mut().find_map(|known| match known {
                Obstacle::Targets { group: name, code: of, description: text, tasks }
                    if *name == group && *of == code && *text == description =>
                {
                    Some(tasks)
                }
                _ => None,
            });
            match known {
                Some(tasks) => tasks.push(*id),
                None => all.push(Obstacle::Targets { group, code, description, tasks: alloc::vec![*id] }),
            }
        }
    }
    all
}

fn rollout(service: &Service, now: SimTime, all: &mut Vec<Obstacle>) {
    if let Some(own) = service.deployments.iter().find(|own| own.throttled(now)) {
        all.push(Obstacle::Throttled(own.throttle.until));
    }
    match service.primary() {
        Some(own) if own.rollout == Rollout::Failed => {
            all.push(Obstacle::Failed { reason: own.reason.clone(), tasks: own.failed_tasks });
        }
        _ if service.failing > 0 => all.push(Obstacle::Failing(service.failing)),
        _ => {}
    }
    match (&service.shift, bake::until(service)) {
        (Some(own), _) => {
            let (name, until) = (own.stage.name(), own.due);
            all.push(match own.hooks.iter().find_map(|own| pause::waiting(own).next()) {
                Some(own) => Obstacle::Paused { name, hook: own.id.clone(), until: own.expires },
                None => Obstacle::Stage { name, until },
            });
        }
        (None, until @ Some(_)) => all.push(Obstacle::Stage { name: Stage::Bake.name(), until }),
        _ => {}
    }
}

fn tasks(ecs: &Ecs, service: &Service, now: SimTime, all: &mut Vec<Obstacle>) {
    let newest = service.primary().map(|own| own.revision.number);
    let seen = seen::tasks(ecs, service, now);
    let those = |fits: &dyn Fn(&seen::Seen) -> bool| -> Vec<HexId> {
        seen.iter().filter(|task| fits(task)).map(|task| task.id).collect()
    };
    let alone = !super::has_sets(service);
    let goes = |task: &seen::Seen| task.wanted && (alone && Some(task.revision) != newest || task.draining);
    let young = |task: &seen::Seen| task.wanted && !goes(task) && task.phase == Phase::Waiting;
    let runs = |task: &seen::Seen| task.status >= super::super::TaskStatus::Running;
    let surplus = seen.iter().filter(|task| task.wanted && !goes(task)).count() as u32 > service.desired && alone;
    let held = those(&|task| task.protected && (goes(task) || (surplus && task.wanted)));
    let until = seen.iter().filter(|task| young(task) && runs(task)).filter_map(|task| task.due).max();
    let lists = [
        Obstacle::Protected(held),
        Obstacle::Unhealthy(those(&|task| task.wanted && task.phase == Phase::Unhealthy)),
        Obstacle::Starting(those(&|task| young(task) && !runs(task))),
        Obstacle::NotHealthyYet { tasks: those(&|task| young(task) && runs(task)), until },
        Obstacle::Older(those(&goes)),
        Obstacle::Stopping(those(&|task| !task.wanted)),
    ];
    let empty = |own: &Obstacle| match own {
        Obstacle::Protected(ids)
        | Obstacle::Unhealthy(ids)
        | Obstacle::Starting(ids)
        | Obstacle::Older(ids)
        | Obstacle::Stopping(ids)
        | Obstacle::NotHealthyYet { tasks: ids, .. } => ids.is_empty(),
        _ => false,
    };
    all.extend(lists.into_iter().filter(|own| !empty(own)));
}
