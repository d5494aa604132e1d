//! A deployment of the strategies BLUE_GREEN, LINEAR and CANARY: the tasks of the new revision come up beside those of
//! the old one, and the listeners' traffic moves over (BG-01 to BG-07).
//!
//! ```text
//! RECONCILE_SERVICE → PRE_SCALE_UP → SCALE_UP → POST_SCALE_UP → TEST_TRAFFIC_SHIFT → POST_TEST_TRAFFIC_SHIFT
//!     → PRE_PRODUCTION_TRAFFIC_SHIFT ⇄ PRODUCTION_TRAFFIC_SHIFT → POST_PRODUCTION_TRAFFIC_SHIFT → BAKE_TIME → CLEAN_UP → over
//!
//! a rollback: PRODUCTION_TRAFFIC_SHIFT, at once → SCALE_UP → CLEAN_UP → over
//! ```
//!
//! PRE_PRODUCTION_TRAFFIC_SHIFT comes before each step. A stage at which only hooks could wait takes no time without one
//! ([`pause`]). Sources: [DG:blue-green-deployment-how-it-works],
//! [DG:nlb-resources-for-blue-green], read 2026-11-21.

use super::super::Ecs;
use super::look::{self, Round};
use super::roll::{self, Failed};
use super::seen::is_up;
use super::{Hook, Rollout, Service, act, network, pause};
use crate::event::{Cx, Event, ServiceKey};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// How long a stage may last (BG-04).
const LONGEST_STAGE: SimDuration = SimDuration::from_secs(24 * 3600);
/// What a Network Load Balancer takes to follow.
const NETWORK_DELAY: SimDuration = SimDuration::from_secs(600);
/// All of the traffic, in tenths of a percent.
const ALL: u16 = 1000;

/// Stages of a deployment (BG-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// More than one older revision is there: all but the source go.
    Reconcile,
    /// The listeners are looked at.
    PreScaleUp,
    /// The target's tasks come up.
    ScaleUp,
    /// They are up.
    PostScaleUp,
    /// The test listeners lead to the target.
    TestShift,
    /// They do.
    PostTestShift,
    /// Before a step of the production traffic.
    PreProductionShift,
    /// The production listeners lead to the target, step by step.
    ProductionShift,
    /// All of it goes to the target.
    PostProductionShift,
    /// Both revisions run.
    Bake,
    /// The source's tasks go.
    CleanUp,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 11] = [
        Stage::Reconcile,
        Stage::PreScaleUp,
        Stage::ScaleUp,
        Stage::PostScaleUp,
        Stage::TestShift,
        Stage::PostTestShift,
        Stage::PreProductionShift,
        Stage::ProductionShift,
        Stage::PostProductionShift,
        Stage::Bake,
        Stage::CleanUp,
    ];

    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Reconcile => "RECONCILE_SERVICE",
            Stage::PreScaleUp => "PRE_SCALE_UP",
            Stage::ScaleUp => "SCALE_UP",
            Stage::PostScaleUp => "POST_SCALE_UP",
            Stage::TestShift => "TEST_TRAFFIC_SHIFT",
            Stage::PostTestShift => "POST_TEST_TRAFFIC_SHIFT",
            Stage::PreProductionShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Stage::ProductionShift => "PRODUCTION_TRAFFIC_SHIFT",
            Stage::PostProductionShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Stage::Bake => "BAKE_TIME",
            Stage::CleanUp => "CLEAN_UP",
        }
    }
}

/// Where such a deployment stands. Its target is the PRIMARY deployment.
#[derive(Clone, Debug)]
pub struct Shift {
    /// lifecycleStage.
    pub stage: Stage,
    /// When the stage began.
    pub since: SimTime,
    /// When time alone takes it further.
    pub due: Option<SimTime>,
    /// How much of the production traffic goes to the target, in tenths of a percent.
    pub production: u16,
    /// Whether the test traffic goes to the target.
    pub test: bool,
    /// The revision that it takes over from; none for the first deployment.
    pub source: Option<u64>,
    /// The pause hooks of the stage; none before it has come to them.
    pub hooks: Option<Vec<Hook>>,
}

/// Where a listener's rule is to lead: two target groups with their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The ARN of the rule, or of the listener of a Network Load Balancer.
    pub rule: String,
    /// The groups and their weights.
    pub groups: [(String, u16); 2],
}

/// The strategy of settings, when it shifts traffic.
pub fn strategy(settings: &Value) -> Option<&str> {
    settings["deploymentConfiguration"]["strategy"].as_str().filter(|own| *own != "ROLLING")
}

/// The strategy by which the PRIMARY deployment goes on, when it shifts traffic: that of its revision, of a rollback the
/// service's.
pub fn strategy_now(service: &Service) -> Option<&str> {
    let primary = service.primary()?;
    strategy(if primary.is_rollback { &service.settings } else { &primary.revision.settings })
}

/// Whether the PRIMARY deployment has all of the traffic for good, and only the tasks of older ones are left to go.
pub fn cleans_up(service: &Service) -> bool {
    is_on(service) && service.shift.as_ref().is_some_and(|own| own.stage == Stage::CleanUp)
}

/// The revision from which the next deployment takes over: the one that completed last if it is there still, else the
/// newest. One that only cleans up has completed.
pub fn source(service: &Service) -> Option<&Rc<super::Revision>> {
    if cleans_up(service) {
        return service.primary().map(|own| &own.revision);
    }
    let there = |number: u64| service.deployments.iter().map(|own| &own.revision).find(|own| own.number == number);
    let completed = roll::last_completed(service).and_then(|(_, revision)| there(revision.number));
    completed.or_else(|| service.primary().map(|own| &own.revision))
}

/// A deployment begins that was just put in front, and takes over from `source`.
pub fn begin(service: &mut Service, now: SimTime, source: Option<u64>) {
    let Some(primary) = service.primary() else { return };
    let back = primary.is_rollback;
    if strategy_now(service).is_none() {
        // A rolling deployment leaves the listeners alone, but for those of a shift that it takes the place of.
        if let Some(own) = &mut service.shift {
            (own.stage, own.since, own.due, own.hooks) = (Stage::Reconcile, now, None, None);
            (own.production, own.test, own.source) = (ALL, true, source);
        }
        return;
    }
    // What is being taken away has to come up again before it takes the traffic.
    let cleaning = service.shift.as_ref().is_some_and(|own| own.stage == Stage::CleanUp);
    let (stage, production) = match service.deployments.len() {
        _ if back && cleaning => (Stage::ScaleUp, 0),
        _ if back => (Stage::ProductionShift, ALL),
        0..=2 => (Stage::PreScaleUp, 0),
        _ => (Stage::Reconcile, 0),
    };
    let due = Some(now).filter(|_| back);
    service.shift = Some(Shift { stage, since: now, due, production, test: back, source, hooks: None });
    note(service);
}

/// The service deployment shows its stage.
fn note(service: &mut Service) {
    let Some(stage) = service.shift.as_ref().map(|own| own.stage.name()) else { return };
    let number = service.primary().map(|own| own.number).unwrap_or_default();
    if let Some(own) = service.history_of(number) {
        own.stage = stage;
    }
}

/// Where the listeners are to lead now, test listeners first.
pub fn routes(service: &Service) -> Vec<Route> {
    let mut all = Vec::new();
    let (Some(shift), Some(primary)) = (&service.shift, service.primary()) else { return all };
    for member in ["testListenerRule", "productionListenerRule"] {
        let percent = if member == "productionListenerRule" { shift.production } else { ALL * u16::from(shift.test) };
        if percent == 0 && shift.source.is_none() {
            continue;
        }
        for (item, traffic) in network::items(service).zip(primary.revision.traffic.iter()) {
            let advanced = &item["advancedConfiguration"];
            let Some(rule) = advanced[member].as_str() else { continue };
            let text = |value: &Value| String::from(value.as_str().unwrap_or_default());
            let (own, other) = (text(&item["targetGroupArn"]), text(&advanced["alternateTargetGroupArn"]));
            let (to, rest) = weights(percent);
            let (first, second) = if *own == *traffic.arn { (to, rest) } else { (rest, to) };
            all.push(Route { rule: rule.into(), groups: [(own, first), (other, second)] });
        }
    }
    all
}

/// The weights of the target and of the other group: out of 100, or where that is too coarse out of 999.
pub fn weights(tenths: u16) -> (u16, u16) {
    if tenths.is_multiple_of(10) {
        return (tenths / 10, 100 - tenths / 10);
    }
    let own = ((u32::from(tenths) * 999 + 500) / 1000).clamp(1, 998) as u16;
    (own, 999 - own)
}

/// How many percent of the test and of the production traffic a revision is to get; none where no traffic is shifted.
pub fn shown_weights(service: &Service, revision: u64) -> Option<(f64, f64)> {
    strategy_now(service)?;
    network::items(service).next()?;
    let mut numbers = service.deployments.iter().map(|own| own.revision.number);
    let target = numbers.next()?;
    let (test, production, other) = match &service.shift {
        Some(own) => (ALL * u16::from(own.test), own.production, own.source.or_else(|| numbers.next())),
        None => (ALL, ALL, None),
    };
    let share = |tenths: u16| match () {
        () if revision == target => f64::from(tenths) / 10.0,
        () if Some(revision) == other => f64::from(ALL - tenths) / 10.0,
        () => 0.0,
    };
    Some((share(test), share(production)))
}

/// One look at a service whose deployment shifts traffic, or whose rolling deployment takes the place of one that did
/// (BG-03): then the traffic goes back to the group in which the tasks are replaced.
pub fn look(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    if ecs.services.get(key).is_some_and(|own| strategy_now(own).is_none()) {
        if let Err(why) = direct(ecs, rooms, cx, key) {
            return roll::fail(ecs, rooms, cx, key, Failed::Stage(why));
        }
        if let Some(service) = ecs.services.change(key) {
            service.shift = None;
        }
        return super::touch(ecs, cx, key);
    }
    if let Some(round) = Round::of(ecs, key, now, 0, None) {
        roll::note_healthy(ecs, key, round.healthy());
    }
    if ecs.services.get(key).is_some_and(|own| roll::trips(own)) {
        return roll::fail(ecs, rooms, cx, key, Failed::Breaker);
    }
    loop {
        let lacking = keep(ecs, cx, key);
        match advance(ecs, rooms, cx, key) {
            Ok(true) => {}
            Ok(false) => {
                if !lacking {
                    act::placed(ecs, key);
                }
                break;
            }
            Err(why) => return roll::fail(ecs, rooms, cx, key, Failed::Stage(why)),
        }
    }
    match ecs.services.get(key) {
        Some(own) if own.shift.is_none() => look::settle(ecs, cx, key, None, false),
        _ => look::plan(ecs, cx, key),
    }
}

/// Keeps each revision at the count that the stage asks for. True when tasks are missing.
fn keep(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) -> bool {
    let Some(service) = ecs.services.get(key).map(Rc::clone) else { return false };
    let Some(shift) = &service.shift else { return false };
    let back = service.primary().is_some_and(|own| own.is_rollback);
    let mut lacking = false;
    for (at, own) in service.deployments.iter().enumerate().rev() {
        let count = match at {
            0 if shift.stage >= Stage::ScaleUp || back => service.desired,
            0 => 0,
            // What failed starts nothing more, and goes once it has no traffic.
            _ if shift.stage == Stage::CleanUp => 0,
            _ if back => continue,
            // It starts nothing more (CB-06), and what it has goes on.
            _ if Some(own.revision.number) == shift.source && own.rollout == Rollout::Failed => {
                let own = up(ecs, &service).filter(|number| *number == own.revision.number);
                service.desired.min(own.count() as u32)
            }
            _ if Some(own.revision.number) == shift.source => service.desired,
            _ => 0,
        };
        let wanted = if at == 0 { service.desired } else { count };
        if own.desired != wanted
            && let Some(own) = ecs.services.change(key).and_then(|own| own.deployments.get_mut(at))
        {
            own.desired = wanted;
        }
        lacking |= look::keep(ecs, cx, key, at, count);
    }
    lacking
}

/// Takes the deployment one stage or step further. Ok(false) when it waits.
///
/// Errors: why it fails, in AWS's words where there are any.
fn advance(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) -> Result<bool, String> {
    let now = cx.now();
    let Some(service) = ecs.services.get(key).map(Rc::clone) else { return Ok(false) };
    let (Some(shift), Some(primary)) = (&service.shift, service.primary()) else { return Ok(false) };
    let waits = shift.due.is_some_and(|due| due > now);
    let back = primary.is_rollback;
    let late = |what: &str| alloc::format!("Service deployment rolled back because {what} timed out.");
    match shift.stage {
        Stage::Reconcile => {
            let led = routes(&service).iter().any(|route| network::differs(&rooms.elb, route));
            direct(ecs, rooms, cx, key)?;
            let stays = |number: u64| Some(number) == shift.source || number == primary.revision.number;
            if is_any_up(ecs, &service, |number| !stays(number)) {
                return Ok(false);
            }
            if let Some(own) = ecs.services.change(key) {
                own.deployments.retain(|own| stays(own.revision.number));
            }
            if !pause::passed(ecs, cx, key)? {
                return Ok(false);
            }
            enter(ecs, cx, key, Stage::PreScaleUp, |_| {});
            if !led {
                return Ok(true);
            }
            // What was asked in this moment is not done yet: the weights are still the old ones.
            network::check(rooms, &cx.options().account, &service, false)?;
            match pause::passed(ecs, cx, key)? {
                true => Ok(enter(ecs, cx, key, Stage::ScaleUp, |own| own.due = Some(now + LONGEST_STAGE))),
                false => Ok(false),
            }
        }
        Stage::PreScaleUp
        | Stage::PostScaleUp
        | Stage::PostTestShift
        | Stage::PreProductionShift
        | Stage::PostProductionShift
            if !pause::passed(ecs, cx, key)? =>
        {
            Ok(false)
        }
        Stage::PreScaleUp => {
            network::check(rooms, &cx.options().account, &service, true)?;
            Ok(enter(ecs, cx, key, Stage::ScaleUp, |own| own.due = Some(now + LONGEST_STAGE)))
        }
        Stage::ScaleUp => {
            let round = Round::of(ecs, key, now, 0, Some(service.desired));
            let full = |own: &Round| own.healthy() == own.desired && own.wanted().count() as u32 == own.desired;
            match round.is_some_and(|own| full(&own)) {
                true if back && shift.production == ALL => Ok(enter(ecs, cx, key, Stage::CleanUp, |_| {})),
                true if back => {
                    Ok(enter(ecs, cx, key, Stage::ProductionShift, |own| (own.production, own.test) = (ALL, true)))
                }
                true => Ok(enter(ecs, cx, key, Stage::PostScaleUp, |_| {})),
                false if waits || back => Ok(false),
                false => Err(late(shift.stage.name())),
            }
        }
        Stage::PostScaleUp => {
            enter(ecs, cx, key, Stage::TestShift, |own| own.test = true);
            led(ecs, rooms, cx, key, |member| member == "testListenerRule", SimDuration::ZERO)
        }
        Stage::TestShift | Stage::ProductionShift if waits => Ok(false),
        Stage::TestShift => Ok(enter(ecs, cx, key, Stage::PostTestShift, |_| {})),
        Stage::PostTestShift => Ok(enter(ecs, cx, key, Stage::PreProductionShift, |_| {})),
        Stage::PreProductionShift => {
            enter(ecs, cx, key, Stage::ProductionShift, |_| {});
            step(ecs, rooms, cx, key)
        }
        Stage::ProductionShift if back => {
            direct(ecs, rooms, cx, key)?;
            Ok(enter(ecs, cx, key, Stage::ScaleUp, |_| {}))
        }
        Stage::ProductionShift if shift.production < ALL => Ok(enter(ecs, cx, key, Stage::PreProductionShift, |_| {})),
        Stage::ProductionShift => Ok(enter(ecs, cx, key, Stage::PostProductionShift, |_| {})),
        Stage::PostProductionShift => {
            // Without an older revision nothing could take the traffic back.
            let minutes = &primary.revision.settings["deploymentConfiguration"]["bakeTimeInMinutes"];
            let span = minutes.as_i64().filter(|_| service.deployments.len() > 1).unwrap_or_default();
            Ok(enter(ecs, cx, key, Stage::Bake, |own| own.due = Some(now + SimDuration::from_secs(span * 60))))
        }
        Stage::Bake if waits => Ok(false),
        Stage::Bake => Ok(enter(ecs, cx, key, Stage::CleanUp, |_| {})),
        Stage::CleanUp => {
            let target = primary.revision.number;
            if is_any_up(ecs, &service, |number| number != target) {
                return Ok(false);
            }
            if let Some(own) = ecs.services.change(key) {
                own.deployments.truncate(1);
                own.shift = None;
            }
            Ok(false)
        }
    }
}

/// The revisions of the tasks that are up, one for each task.
fn up<'a>(ecs: &'a Ecs, service: &'a Service) -> impl Iterator<Item = u64> + 'a {
    let key = |id: &crate::event::HexId| crate::event::TaskKey { cluster: service.key.cluster, id: *id };
    let tasks = service.tasks.iter().filter_map(move |id| ecs.task(key(id)));
    tasks.filter(|own| is_up(own.status)).filter_map(|own| Some(own.request.owner?.revision))
}

/// Whether a task of such a revision is up.
fn is_any_up(ecs: &Ecs, service: &Service, of: impl Fn(u64) -> bool) -> bool {
    up(ecs, service).any(of)
}

fn enter(ecs: &mut Ecs, cx: &Cx<'_>, key: ServiceKey, stage: Stage, with: impl FnOnce(&mut Shift)) -> bool {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return false };
    if let Some(shift) = &mut service.shift {
        (shift.stage, shift.since, shift.due, shift.hooks) = (stage, now, None, None);
        with(shift);
    }
    note(service);
    true
}

/// The next step of the production traffic (BG-05), and how long it stays so.
fn step(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) -> Result<bool, String> {
    let Some(service) = ecs.services.change(key) else { return Ok(false) };
    let Some(primary) = service.deployments.first() else { return Ok(false) };
    let config = Rc::clone(&primary.revision.settings);
    let config = &config["deploymentConfiguration"];
    let alone = service.deployments.len() == 1;
    let Some(shift) = &mut service.shift else { return Ok(false) };
    let (share, minutes) = match config["strategy"].as_str() {
        _ if alone => (ALL, 0),
        Some("LINEAR") => {
            let linear = &config["linearConfiguration"];
            (tenths(&linear["stepPercent"]), linear["stepBakeTimeInMinutes"].as_i64().unwrap_or_default())
        }
        Some("CANARY") if shift.production == 0 => {
            let canary = &config["canaryConfiguration"];
            (tenths(&canary["canaryPercent"]), canary["canaryBakeTimeInMinutes"].as_i64().unwrap_or_default())
        }
        _ => (ALL, 0),
    };
    shift.production = (shift.production + share.max(1)).min(ALL);
    let minutes = if shift.production == ALL { 0 } else { minutes };
    led(ecs, rooms, cx, key, |member| member == "productionListenerRule", SimDuration::from_secs(minutes * 60))
}

/// A percentage with one decimal, in tenths.
pub fn tenths(percent: &Value) -> u16 {
    (percent.as_f64().unwrap_or_default() * 10.0 + 0.5) as u16
}

/// The listeners follow, which a Network Load Balancer does late; then the stage lasts for `span`.
fn led(
    ecs: &mut Ecs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    key: ServiceKey,
    moves: impl Fn(&str) -> bool,
    span: SimDuration,
) -> Result<bool, String> {
    direct(ecs, rooms, cx, key)?;
    let Some(service) = ecs.services.change(key) else { return Ok(false) };
    let rules = network::items(service).flat_map(|own| own["advancedConfiguration"].as_object().into_iter().flatten());
    let slow = rules
        .filter(|(member, _)| moves(member))
        .any(|(_, rule)| rule.as_str().is_some_and(|own| own.contains(":listener/net/")));
    if let Some(shift) = &mut service.shift {
        shift.due = Some(cx.now() + if slow { span.max(NETWORK_DELAY) } else { span });
    }
    Ok(true)
}

/// Has the listeners led where they are to lead, in the infrastructure role of each load balancer.
fn direct(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) -> Result<(), String> {
    let Some(service) = ecs.services.get(key) else { return Ok(()) };
    let routes: Rc<[Route]> = routes(service).into();
    // What was asked in this moment may not be done yet.
    let other = service.routes != routes;
    if network::permitted(rooms, cx, service)? || other {
        if let Some(service) = ecs.services.change(key) {
            service.routes = routes;
        }
        cx.schedule(SimDuration::ZERO, Event::TrafficShift(key));
    }
    Ok(())
}

/// Whether the PRIMARY deployment shifts traffic and is on its way.
pub fn is_on(service: &Service) -> bool {
    service.shift.is_some() && service.primary().is_some_and(|own| own.rollout == Rollout::InProgress)
}
