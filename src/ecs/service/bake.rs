//! When a rolling deployment is over: once it is steady or as far as its early success asks (RL-14), and its bake time,
//! in which alarms can still take it back, has gone by (CB-11).
//! Sources: [DG:deployment-alarm-failure], [DG:early-success-criteria], read 2026-11-21.

use super::super::Ecs;
use super::act::{self, Because};
use super::look::Round;
use super::{Rollout, Service, roll, shift};
use crate::event::{Cx, HexId, ServiceKey};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::vec::Vec;

/// The longest bake time that ECS computes by itself: "less than 5 minutes".
const LONGEST: i64 = 300;

/// The bake time that ECS computes: what the slowest alarm needs to go off, when alarms take the service back.
pub fn computed(service: &Service, rooms: &Rooms) -> SimDuration {
    let alarms = &service.settings["deploymentConfiguration"]["alarms"];
    if alarms["enable"] != true || alarms["rollback"] != true {
        return SimDuration::ZERO;
    }
    let slowest = roll::alarms(service, rooms).map(|own| own.period * own.evaluated as i64).max();
    SimDuration::from_secs(slowest.unwrap_or_default().min(LONGEST))
}

/// When the bake time of the PRIMARY deployment is over, if it has begun.
pub fn until(service: &Service) -> Option<SimTime> {
    service.primary().filter(|own| own.rollout == Rollout::InProgress).and_then(|own| own.baked)
}

/// The PRIMARY deployment of a rolling update completes if it can; `steady` says whether the service is.
pub fn look(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round, steady: bool) {
    let (now, key) = (cx.now(), round.key);
    let Some(service) = ecs.services.get(key) else { return };
    let Some(primary) = service.primary().filter(|own| round.leader == 0 && own.rollout == Rollout::InProgress) else {
        return;
    };
    let early = enough(service, round);
    if !steady && early.is_none() {
        return;
    }
    let minutes = service.settings["deploymentConfiguration"]["bakeTimeInMinutes"].as_i64().unwrap_or_default();
    let span = match minutes {
        // What shifts traffic has baked by then.
        _ if shift::strategy_now(service).is_some() => SimDuration::ZERO,
        0 => primary.bakes,
        own => SimDuration::from_secs(own * 60),
    };
    let (until, number) = (primary.baked.unwrap_or(now + span), primary.number);
    let alone = service.deployments.len() == 1;
    if until > now {
        let Some(service) = ecs.services.change(key) else { return };
        if let Some(own) = service.deployments.first_mut() {
            own.baked = Some(until);
        }
        if let Some(own) = service.history_of(number) {
            own.stage = "BAKE_TIME";
        }
    } else if steady || alone || early == Some(true) {
        roll::complete(ecs, cx, key);
    } else {
        clean_up(ecs, cx, round);
    }
}

/// RL-14: whether so many tasks are healthy that the deployment may end early; then, whether the older ones may go later.
fn enough(service: &Service, round: &Round) -> Option<bool> {
    let early = &service.settings["deploymentConfiguration"]["earlySuccessCriteria"];
    let percent = early["healthyPercent"].as_u64().filter(|_| early["enable"] == true)?;
    let least = (u64::from(round.desired) * percent).div_ceil(100).max(1);
    (u64::from(round.healthy()) >= least).then(|| early["sourceServiceRevisionCleanup"] == "DEFERRED")
}

/// The tasks of the older revisions go before it ends.
fn clean_up(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round) {
    let old = |task: &&super::seen::Seen| task.revision != round.revision && !task.protected;
    let stop: Vec<(HexId, Because)> = round.wanted().filter(old).map(|task| (task.id, Because::Scaling)).collect();
    if let Some(service) = ecs.services.change(round.key) {
        service.deployments.iter_mut().skip(1).for_each(|own| own.desired = 0);
    }
    act::stop(ecs, cx, round.key, &stop);
}

/// Notes what the bake time would be, before the first look at a deployment.
pub fn note(ecs: &mut Ecs, rooms: &Rooms, key: ServiceKey) {
    let Some(span) = ecs.services.get(key).map(|own| computed(own, rooms)) else { return };
    if let Some(primary) = ecs.services.change(key).and_then(|own| own.deployments.first_mut()) {
        primary.bakes = span;
    }
}
