//! One look at a DAEMON service: one task on each instance that meets its rules (6.2).

use super::super::{Ecs, InstanceStatus, instance};
use super::act::{self, Because, say_started};
use super::look::{Round, settle};
use super::roll::Failed;
use super::seen::Seen;
use super::{Rollout, roll};
use crate::event::{Cx, HexId, InstanceKey, ServiceKey, TaskKey};
use crate::placement::daemon::{DaemonStep, daemon};
use crate::placement::rolling::Bounds;
use crate::placement::{Host, Phase};
use crate::rooms::Rooms;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// Where its tasks belong now: counts them as desired (DM-02), starts those that are missing, stops those that are too
/// many, break the rules or are of an older revision (DM-01, DM-03, DM-05).
pub fn look(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(service) = ecs.services.get(key).map(Rc::clone) else { return };
    let Some(run) = service.deployments.iter().find(|own| own.rollout != Rollout::Failed).map(|own| own.run.clone())
    else {
        return;
    };
    let there =
        |own: &&super::super::ContainerInstance| own.launch() == run.launch && own.status != InstanceStatus::Inactive;
    let keys: Vec<InstanceKey> = ecs.instances(key.cluster).filter(there).map(|own| own.key).collect();
    let hosts: Vec<&Host> = ecs.instances(key.cluster).filter(there).map(|own| &own.host).collect();
    let plan = daemon(&run.placement, &hosts);
    wish(ecs, key, plan.desired);
    let Some(round) = Round::new(ecs, key, now) else { return };
    if round.leader == 0 {
        roll::note_healthy(ecs, key, round.healthy());
    }
    if ecs.services.get(key).is_some_and(|own| roll::trips(own)) {
        return roll::fail(ecs, rooms, cx, key, Failed::Breaker);
    }
    let mut stop = outdated(&round, service.minimum_percent());
    let mut starts = Vec::new();
    let mut lacking = false;
    for own in &plan.hosts {
        let Some(host) = keys.get(own.host).copied() else { continue };
        let here = |task: &&Seen| round.host(ecs, task) == Some(host);
        match &own.step {
            DaemonStep::Start | DaemonStep::NoRoom(_) => {
                lacking |= matches!(own.step, DaemonStep::NoRoom(_));
                // DM-03: what stops has to be gone.
                if !round.tasks.iter().any(|task| here(&task)) {
                    starts.push(host);
                }
            }
            DaemonStep::Violates(_) => stop.extend(round.wanted().filter(here).map(|task| task.id)),
            DaemonStep::Surplus(more) => {
                stop.extend(round.wanted().filter(here).take(*more as usize).map(|task| task.id));
            }
            DaemonStep::StopLast if !has_replicas(ecs, host) => {
                stop.extend(round.wanted().filter(here).map(|task| task.id));
            }
            DaemonStep::StopLast | DaemonStep::Keep | DaemonStep::NotMeant(_) => {}
        }
    }
    let stop: Vec<(HexId, Because)> = stop.into_iter().map(|id| (id, Because::Scaling)).collect();
    act::stop(ecs, cx, key, &stop);
    let throttled = service.deployments.get(round.leader).is_some_and(|own| own.throttled(now));
    let starts = starts.into_iter().filter(|_| !throttled);
    let started: Vec<HexId> = starts.filter_map(|host| act::start(ecs, cx, key, round.leader, Some(host))).collect();
    say_started(ecs, cx, key, &started, 0);
    settle(ecs, cx, key, None, lacking);
}

/// DM-02: desiredCount is computed.
fn wish(ecs: &mut Ecs, key: ServiceKey, desired: u32) {
    if ecs.services.get(key).is_some_and(|own| own.desired != desired)
        && let Some(service) = ecs.services.change(key)
    {
        service.desired = desired;
        if let Some(primary) = service.deployments.first_mut() {
            primary.desired = desired;
        }
    }
}

/// The tasks of older revisions that go now: those that are not healthy, and the others while enough are left (DM-03).
fn outdated(round: &Round, minimum: u32) -> Vec<HexId> {
    let lower = Bounds::new(round.desired, minimum, 100).lower;
    let healthy = round.wanted().filter(|task| task.phase == Phase::Running && !task.draining).count() as u32;
    let mut spare = healthy.saturating_sub(lower);
    let mut stop = Vec::new();
    for task in round.wanted().filter(|task| task.revision != round.revision && !task.protected) {
        let counts = task.phase == Phase::Running && !task.draining;
        if !counts || spare > 0 {
            spare -= u32::from(counts);
            stop.push(task.id);
        }
    }
    // An unhealthy one of the newest revision makes room for the next.
    stop.extend(round.wanted().filter(|task| task.phase == Phase::Unhealthy).map(|task| task.id));
    stop
}

/// Whether tasks of REPLICA services are left on an instance (DR-05).
fn has_replicas(ecs: &Ecs, host: InstanceKey) -> bool {
    let replica = |task: TaskKey| {
        let owner = ecs.task(task).and_then(|own| own.request.owner);
        owner.and_then(|own| ecs.services.get(own.service)).is_some_and(|own| !own.is_daemon())
    };
    instance::tasks_on(ecs, host).into_iter().any(replica)
}
