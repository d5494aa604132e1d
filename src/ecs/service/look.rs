//! One look of the scheduler at a service: what starts now, what stops, and when it looks again.

use super::super::{Ecs, TaskStatus, instance, timing};
use super::act::{self, Because, say, say_started};
use super::roll::Failed;
use super::seen::{Seen, is_up};
use super::{
    Deployment, Rollout, Service, ServiceStatus, bake, balance, connects, daemon, give_up, role, roll, seen, sets,
    shift, traffic,
};
use crate::event::{Cx, Event, FactKind, HexId, InstanceKey, ServiceKey, TaskKey};
use crate::placement::rolling::{self, Bounds, Member, Place, Step, Stuck};
use crate::placement::{Phase, event};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;

/// The scheduler looks at a service, unless that was planned anew since.
#[inline(never)]
pub fn look(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    if !ecs.services.take_look(key, now) || ecs.services.get(key).is_some_and(|own| rests(ecs, own, now)) {
        return;
    }
    if ecs.services.get(key).is_some_and(|own| !own.moved.is_empty())
        && let Some(service) = ecs.services.change(key)
    {
        service.moved.retain(|own| rooms.elb.target_group(&own.group).is_some());
        traffic::say_moved(ecs, cx, key);
    }
    if role::stalls(ecs, rooms, cx, key) {
        return;
    }
    let Some(service) = ecs.services.get(key) else { return };
    if service.is_active() && roll::alarmed(ecs, rooms, key) {
        return roll::fail(ecs, rooms, cx, key, Failed::Alarm);
    }
    let Some(service) = ecs.services.get(key) else { return };
    match service.status {
        ServiceStatus::Active if sets::has_sets(service) => sets::look(ecs, cx, key),
        ServiceStatus::Active if shift::is_on(service) => shift::look(ecs, rooms, cx, key),
        ServiceStatus::Active if ecs.services.daemons.contains(&key) => daemon::look(ecs, rooms, cx, key),
        ServiceStatus::Active => replica(ecs, rooms, cx, key),
        ServiceStatus::Draining => drained(ecs, cx, key),
        ServiceStatus::Inactive => {}
    }
}

/// SV-02: a deleted service is over when all of its tasks are STOPPING or STOPPED.
fn drained(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let Some(service) = ecs.services.get(key) else { return };
    let up = |id: &HexId| {
        ecs.task(TaskKey { cluster: key.cluster, id: *id })
            .is_some_and(|own| !own.wanted() && own.status < TaskStatus::Stopping)
    };
    if service.tasks.iter().any(up) {
        return;
    }
    let cluster = instance::cluster_name(ecs, key.cluster);
    if let Some(service) = ecs.services.change(key) {
        service.status = ServiceStatus::Inactive;
        service.deployments.clear();
        if connects(&service.settings) {
            cx.schedule(SimDuration::ZERO, Event::DiscoveryService(key));
        }
        let name = service.name.to_string();
        cx.emit(FactKind::Service { cluster, service: name, status: ServiceStatus::Inactive.name() });
    }
}

/// What a look works with.
pub struct Round {
    pub key: ServiceKey,
    pub tasks: Vec<Seen>,
    /// The place among the deployments of the one that tasks start for: the newest that did not fail.
    pub leader: usize,
    /// Its revision.
    pub revision: u64,
    pub desired: u32,
    /// Between which counts it stays.
    pub bounds: Bounds,
    /// Whether it is about the tasks of one revision, which others do not replace.
    pub alone: bool,
}

impl Round {
    pub fn new(ecs: &Ecs, key: ServiceKey, now: SimTime) -> Option<Self> {
        let service = ecs.services.get(key)?;
        let first = |fits: fn(&Deployment) -> bool| service.deployments.iter().position(fits);
        let leader = match first(|own| own.rollout != Rollout::Failed)? {
            0 => 0,
            // RL-10: not one that was superseded before it was complete.
            other => first(Deployment::carried).unwrap_or(other),
        };
        let own = service.deployments.get(leader)?;
        let desired = if leader == 0 { service.desired } else { own.desired.min(service.desired) };
        let tasks = seen::tasks(ecs, service, now);
        let (revision, bounds) = (own.revision.number, service.bounds());
        Some(Self { key, tasks, leader, revision, desired, bounds, alone: false })
    }

    /// The tasks of one deployment alone, by its place, with a count of its own or the one that it has.
    pub fn of(ecs: &Ecs, key: ServiceKey, now: SimTime, at: usize, desired: Option<u32>) -> Option<Self> {
        let service = ecs.services.get(key)?;
        let own = service.deployments.get(at)?;
        let (revision, desired) = (own.revision.number, desired.unwrap_or(own.desired));
        let mut tasks = seen::tasks(ecs, service, now);
        tasks.retain(|task| task.revision == revision);
        let bounds = Bounds::new(desired, service.minimum_percent(), service.maximum_percent());
        Some(Self { key, tasks, leader: at, revision, desired, bounds, alone: true })
    }

    /// Those that are to run.
    pub fn wanted(&self) -> impl Iterator<Item = &Seen> {
        self.tasks.iter().filter(|task| task.wanted)
    }

    /// Those of the leading revision that stay.
    pub fn stays(&self) -> impl Iterator<Item = &Seen> {
        self.wanted().filter(|task| place(task, self.revision) == Place::Stays)
    }

    /// The instance of a task.
    pub fn host(&self, ecs: &Ecs, task: &Seen) -> Option<InstanceKey> {
        ecs.task(TaskKey { cluster: self.key.cluster, id: task.id })?.host()
    }

    /// How many of those that stay are healthy.
    pub fn healthy(&self) -> u32 {
        self.stays().filter(|task| task.phase == Phase::Running).count() as u32
    }
}

fn place(task: &Seen, revision: u64) -> Place {
    match () {
        () if task.draining => Place::Draining,
        () if task.revision != revision => Place::Outdated,
        () if task.phase == Phase::Unhealthy => Place::Unhealthy,
        () => Place::Stays,
    }
}

fn replica(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(round) = Round::new(ecs, key, now) else { return };
    if round.leader == 0 {
        roll::note_healthy(ecs, key, round.healthy());
    }
    if ecs.services.get(key).is_some_and(|own| roll::trips(own)) {
        return roll::fail(ecs, rooms, cx, key, Failed::Breaker);
    }
    if !balance::finish(ecs, cx, &round) {
        scale_in(ecs, cx, &round);
    }
    let Some(mut round) = Round::new(ecs, key, now) else { return };
    // What the lower bound lacks comes back first, so that tasks of a newer revision which never stay do not take its place.
    if keep_old(ecs, cx, &round, round.bounds.lower, round.tasks.len() as u32) {
        let Some(now) = Round::new(ecs, key, now) else { return };
        round = now;
    }
    let step = replace(ecs, cx, &round);
    let lacking = Round::new(ecs, key, now).is_some_and(|own| own.desired > own.stays().count() as u32);
    settle(ecs, cx, key, step.stuck, lacking);
}

/// Keeps the tasks of one deployment alone at a count: what is missing starts, what is too much or unhealthy goes. True
/// when some are still missing.
pub fn keep(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, at: usize, desired: u32) -> bool {
    let now = cx.now();
    let Some(round) = Round::of(ecs, key, now, at, Some(desired)) else { return false };
    scale_in(ecs, cx, &round);
    let Some(round) = Round::of(ecs, key, now, at, Some(desired)) else { return false };
    replace(ecs, cx, &round);
    Round::of(ecs, key, now, at, Some(desired)).is_some_and(|own| own.desired > own.stays().count() as u32)
}

/// Whether a service is where it was when it was found steady, and where it should be: then there is nothing to do. Some
/// that rest as well are not told at a glance.
fn rests(ecs: &Ecs, service: &Service, now: SimTime) -> bool {
    let calm = service.steady.is_some()
        && service.is_active()
        && service.moved.is_empty()
        && service.deployments.len() == 1
        && service.tasks.len() == service.desired as usize
        && (service.stuck.is_none() && service.unplaced.is_none() && balance::rests(service));
    let done = |own: &&Deployment| own.rollout == Rollout::Completed && own.set.is_none();
    let Some(own) = service.primary().filter(|_| calm).filter(done) else { return false };
    let revision = own.revision.number;
    let sound = |task: &Seen| task.wanted && task.phase == Phase::Running && place(task, revision) == Place::Stays;
    own.healthy == service.desired
        && seen::each(ecs, service, now).all(|task| sound(&task))
        && balance::is_even(ecs, service)
        && !ecs.services.daemons.contains(&service.key)
}

/// SI-01 to SI-07: tasks of the newest revision beyond the desired count.
fn scale_in(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round) {
    let sound = round.stays().count() as u32;
    let Some(surplus) = sound.checked_sub(round.desired).filter(|surplus| *surplus > 0) else { return };
    let going = give_up::give_up(ecs, cx, round, surplus);
    let stop: Vec<(HexId, Because)> = going.into_iter().map(|id| (id, Because::Scaling)).collect();
    let left = surplus - stop.len() as u32;
    act::stop(ecs, cx, round.key, &stop);
    if left > 0 {
        say_protected(ecs, cx, round, true);
    }
}

/// SI-04: each deployment whose tasks should go and are protected says so, the round's own one or the others.
fn say_protected(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round, newest: bool) {
    let Some(service) = ecs.services.get(round.key) else { return };
    let messages = service.deployments.iter().filter_map(|own| {
        let number = own.revision.number;
        let count = round.wanted().filter(|task| task.protected && task.revision == number).count();
        let goes = count > 0 && newest == (number == round.revision);
        goes.then(|| event::protected(&service.name, &own.id(), count))
    });
    let messages: Vec<_> = messages.collect();
    let last = service.events.iter().rev().take(messages.len());
    if messages.iter().all(|own| last.clone().any(|last| last.message == *own)) {
        return;
    }
    for message in messages {
        say(ecs, cx, round.key, message, None);
    }
}

/// Starts what is missing and stops what is replaced, within the bounds (6.3); then keeps up what older revisions
/// still have to carry (RL-07).
fn replace(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round) -> Step {
    let (key, now) = (round.key, cx.now());
    let Some(service) = ecs.services.get(key).map(Rc::clone) else {
        return Step { start: 0, stop: Vec::new(), stuck: None };
    };
    let ours = |task: &&Seen| {
        round.alone
            || round.leader == 0
            || service.deployments.first().is_none_or(|own| own.revision.number != task.revision)
    };
    let throttled = service.deployments.get(round.leader).is_some_and(|own| own.throttled(now));
    let wanted: Vec<&Seen> = round.wanted().filter(ours).collect();
    let carried =
        |task: &Seen| service.deployments.iter().any(|own| own.revision.number == task.revision && own.carried());
    // After a shift of traffic the tasks that are left of the revision before it serve nobody.
    let is_left =
        |task: &Seen| service.deployments.iter().any(|own| own.revision.number == task.revision && own.desired == 0);
    let member = |task: &&Seen| {
        let (place, phase) = match place(task, round.revision) {
            Place::Outdated if is_left(task) => (Place::Superseded, Phase::Waiting),
            Place::Outdated if !carried(task) => (Place::Superseded, task.phase),
            other => (other, task.phase),
        };
        Member { place, phase, protected: task.protected }
    };
    let members: Vec<Member> = wanted.iter().map(member).collect();
    let stopping = (round.tasks.len() - wanted.len()) as u32;
    let mut started = Vec::new();
    let (mut desired, mut bounds) = (round.desired, round.bounds);
    if throttled {
        // Nothing starts, so nothing makes room for it; what is beyond the desired count still goes.
        bounds.lower = bounds.lower.max(desired);
        desired = desired.min(members.iter().filter(|own| own.place == Place::Stays).count() as u32);
    }
    let step = rolling::step(&members, desired, bounds, stopping, &mut || {
        let task = act::start(ecs, cx, key, round.leader, None);
        started.extend(task);
        task.is_some()
    });
    let sick = members.iter().filter(|own| own.place == Place::Unhealthy).count();
    say_started(ecs, cx, key, &started, sick.min(started.len()));
    let stop: Vec<(&Seen, Member)> =
        step.stop.iter().filter_map(|at| Some((*wanted.get(*at)?, *members.get(*at)?))).collect();
    for (task, member) in &stop {
        give_way(ecs, task, *member, round);
    }
    let because = |task: &Seen, member: &Member| match member.phase {
        Phase::Unhealthy => traffic::failing(&service, task.id).unwrap_or(Because::ContainerCheck),
        _ => Because::Scaling,
    };
    let stop: Vec<(HexId, Because)> = stop.iter().map(|(task, member)| (task.id, because(task, member))).collect();
    traffic::say_unhealthy(ecs, cx, key, &stop);
    act::stop(ecs, cx, key, &stop);
    if !round.alone {
        let total = members.len() as u32 + step.start - stop.len() as u32 + stopping;
        keep_old(ecs, cx, round, round.desired, total);
    }
    if throttled { Step { stuck: None, ..step } } else { step }
}

/// A task of an older revision that goes for good is one less for its deployment; an unhealthy one, and one that an
/// instance gives up before it runs, is replaced by its own (RL-07). An unhealthy one of the newest revision is a failure of its deployment (CB-04).
fn give_way(ecs: &mut Ecs, task: &Seen, member: Member, round: &Round) {
    if member.place == Place::Unhealthy {
        let owner = super::super::Owner { service: round.key, revision: task.revision };
        return roll::count_failure(ecs, owner);
    }
    let comes_again = match member.place {
        Place::Outdated => member.phase == Phase::Unhealthy,
        Place::Draining => member.phase == Phase::Waiting,
        _ => false,
    };
    if task.revision == round.revision || comes_again {
        return;
    }
    let Some(service) = ecs.services.change(round.key) else { return };
    if let Some(own) = service.deployments.iter_mut().find(|own| own.revision.number == task.revision) {
        own.desired = own.desired.saturating_sub(1);
    }
}

/// RL-07: what an older deployment lost by itself comes back with its own revision, as far as the newer tasks do not
/// carry `least` tasks yet, of `total` that are there. True when some did.
fn keep_old(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round, least: u32, total: u32) -> bool {
    let (key, now) = (round.key, cx.now());
    let Some(service) = ecs.services.get(key).filter(|own| own.deployments.len() > round.leader + 1) else {
        return false;
    };
    let service = Rc::clone(service);
    let counts = |revision: u64| {
        let task = |id: &&HexId| {
            ecs.task(TaskKey { cluster: key.cluster, id: **id })
                .is_some_and(|own| own.wanted() && own.request.owner.is_some_and(|own| own.revision == revision))
        };
        service.tasks.iter().filter(task).count() as u32
    };
    let old: Vec<(usize, u32, u32)> = service
        .deployments
        .iter()
        .enumerate()
        .skip(round.leader + 1)
        .filter(|(_, own)| own.rollout != Rollout::Failed)
        .map(|(at, own)| {
            let there = counts(own.revision.number);
            // RL-10: what was superseded only shrinks.
            let starts = own.carried() && !own.throttled(now);
            (at, if starts { own.desired } else { there }, there)
        })
        .collect();
    let carried: u32 = round.healthy() + old.iter().map(|(_, _, there)| there).sum::<u32>();
    let mut need = least.saturating_sub(carried).min(service.bounds().upper.saturating_sub(total));
    let mut started = Vec::new();
    for (at, desired, there) in old {
        for _ in 0..desired.saturating_sub(there).min(need) {
            need -= 1;
            started.extend(act::start(ecs, cx, key, at, None));
        }
    }
    say_started(ecs, cx, key, &started, 0);
    !started.is_empty()
}

/// What the look has come to: deployments that are gone, one that is complete, a steady state, or nothing moves.
/// Then the next look is planned. `lacking` tasks may still wait for a place.
pub fn settle(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, stuck: Option<Stuck>, lacking: bool) {
    let now = cx.now();
    let Some(round) = Round::new(ecs, key, now) else { return };
    let Some(service) = ecs.services.get(key).map(Rc::clone) else { return };
    if !lacking {
        act::placed(ecs, key);
    }
    let carries = |own: &super::Deployment| {
        let up = round.tasks.iter().any(|task| task.revision == own.revision.number && is_up(task.status));
        up || (own.carried() && own.desired > 0 && round.healthy() < round.desired)
    };
    let gone: Vec<u64> = service
        .deployments
        .iter()
        .enumerate()
        .filter(|(at, own)| *at > 0 && *at != round.leader && !carries(own))
        .map(|(_, own)| own.number)
        .collect();
    let Some(changed) = ecs.services.change(key) else { return };
    changed.deployments.retain(|own| !gone.contains(&own.number));
    let alone = changed.deployments.len() == 1;
    let full = round.healthy() == round.desired && round.wanted().count() as u32 == round.desired;
    let says = changed.stuck != stuck;
    changed.stuck = stuck;
    let is_steady = alone && full && round.leader == 0;
    if !is_steady {
        changed.steady = None;
    }
    if is_steady {
        if service.steady.is_none() {
            say_steady_now(ecs, cx, key);
        }
        bake::look(ecs, cx, &round, true);
        if ecs.services.get(key).and_then(|own| own.primary()).is_some_and(|own| own.rollout == Rollout::Completed) {
            balance::look(ecs, cx, &round);
        }
    } else if says && stuck == Some(Stuck::Bounds) {
        say(ecs, cx, key, event::deadlock(&service.name), None);
    } else if says && stuck == Some(Stuck::Protected) {
        say_protected(ecs, cx, &round, false);
    }
    if !is_steady {
        bake::look(ecs, cx, &round, false);
    }
    plan(ecs, cx, key);
}

fn say_steady_now(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return };
    let since = service.steady.map_or(now, |(since, _)| since);
    service.steady = Some((since, now));
    let message = format!("(service {}) has reached a steady state.", service.name);
    say(ecs, cx, key, message, None);
    cx.schedule(timing::STEADY_AGAIN, Event::ServiceSteady(key));
}

/// SV-10: a service that is steady still says so again, unless it said so since.
pub fn say_steady(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let due = |said: SimTime| said + timing::STEADY_AGAIN == cx.now();
    if ecs.services.get(key).is_some_and(|own| own.is_active() && own.steady.is_some_and(|(_, said)| due(said))) {
        say_steady_now(ecs, cx, key);
    }
}

/// Plans the look at the moment when time alone changes something, unless one comes before.
pub fn plan(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(service) = ecs.services.get(key) else { return };
    let baked = bake::until(service);
    if (service.steady.is_some() && !balance::is_waiting(service) && baked.is_none())
        || ecs.services.next_look(key).is_some()
    {
        return;
    }
    let health = seen::tasks(ecs, service, now).into_iter().filter_map(|task| task.due);
    let protection = service.protected.values().copied();
    let throttle = service.deployments.iter().map(|own| own.throttle.until);
    // The alarms look on the whole minute.
    let alarms = roll::watches(service).map(|_| SimTime::from_millis((now.as_millis() / 60_000 + 1) * 60_000 + 1000));
    let stage = service.shift.as_ref().and_then(|own| own.due);
    let Some(at) =
        health.chain(protection).chain(throttle).chain(alarms).chain(stage).chain(baked).filter(|at| *at > now).min()
    else {
        return;
    };
    ecs.services.look_at(key, Some(at));
    cx.schedule(at - now, Event::ServiceLook(key));
}
