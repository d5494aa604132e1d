//! Policies decide: at each full minute all of them, and in between those whose alarms act (1.5 to 1.10).

use super::activity::Why;
use super::config::{Aggregation, Config};
use super::{ApplicationAutoScaling, Policy, Target, activity, target};
use crate::cloudwatch::Alarm;
use crate::cloudwatch::judge::State;
use crate::ecs::service::Counts;
use crate::event::Cx;
use crate::rooms::Rooms;
use crate::scaling::decide::{Evaluation, Held, Move, Scene, Voice, decide};
use crate::scaling::tracking::Signal;
use crate::scaling::{step, tracking};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Adds an evaluation to those of a policy, which remembers so many.
pub fn keep(policy: &mut Policy, evaluation: Evaluation, kept: usize) {
    let all = Rc::make_mut(&mut policy.evaluations);
    all.drain(..(all.len() + 1).saturating_sub(kept));
    all.push(Rc::new(evaluation));
}

/// What a policy sees in a look.
struct Sight<'a> {
    voice: Voice,
    metric: Option<f64>,
    signal: Signal,
    /// The alarm that it acts for.
    alarm: Option<&'a Alarm>,
}

/// The policies of all targets decide.
pub fn look(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>) {
    let now = cx.now();
    let minute = now.as_millis().rem_euclid(60_000) == 0;
    let mut named: Vec<(&str, &Alarm)> = Vec::new();
    for alarm in rooms.cloudwatch.alarms() {
        named.extend(alarm.scaling_policies().map(|arn| (arn, alarm)));
    }
    let acts = |policy: &Policy| named.iter().any(|(arn, alarm)| alarm.acted == Some(now) && *arn == &*policy.arn);
    let wanted = |own: &&Rc<Target>| !own.policies.is_empty() && (minute || own.policies.iter().any(acts));
    let resources: Vec<Rc<str>> = room.targets.values().filter(wanted).map(|own| Rc::clone(&own.resource)).collect();
    let kept = room.kept();
    for resource in resources {
        look_at(room, rooms, cx, &resource, (&named, kept));
    }
}

fn look_at(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    resource: &str,
    (named, kept): (&[(&str, &Alarm)], usize),
) {
    let now = cx.now();
    let Some(own) = room.change(resource) else { return };
    let Some(service) = own.service(rooms) else { return };
    let Counts { running, pending } = target::counts(rooms, service);
    let scene = Scene {
        now,
        running,
        desired: own.desired(service),
        bounds: own.bounds(now),
        suspended: [own.suspended[0], own.suspended[1]],
        deploying: target::deploying(service),
        last_out: own.last_out,
        last_in: own.last_in,
    };
    let sights: Vec<Sight<'_>> = own.policies.iter().map(|policy| sight(rooms, policy, &scene, named)).collect();
    let voices: Vec<Voice> = sights.iter().map(|own| own.voice).collect();
    let decision = decide(&scene, &voices);
    for (place, (policy, sight)) in own.policies.iter_mut().zip(&sights).enumerate() {
        // A forecast is evaluated in its own time.
        if !matches!(*policy.config, Config::Predictive(_)) {
            let held = decision.held.get(place).copied().flatten();
            keep(policy, evaluation(&scene, pending, sight, decision.desired, held), kept);
        }
    }
    note(own, cx, &sights, &decision.held);
    let Some(by) = decision.by else { return };
    let (Some(sight), Some(policy)) = (sights.get(by), own.policies.get(by)) else { return };
    let cause = cause(policy, sight);
    let sentence = evaluation(&scene, pending, sight, decision.desired, None).sentence();
    let told = format!("policy {} {sentence}", policy.name);
    // What only enters the range is no scaling of the policy: no cooldown follows it (1.8).
    let out = decision.past.map(|(out, _)| out);
    let cooldown = out.map_or(SimDuration::ZERO, |out| sight.voice.cooldowns[usize::from(!out)]);
    let target = own.clone();
    activity::begin(room, rooms, cx, &target, decision.desired, Why { cause, told, cooldown, out });
    // After what was in progress is over, as its cooldown goes with it.
    if let (Some(own), Some((out, past))) = (room.change(resource), decision.past) {
        match out {
            // A scale-out ends the cooldown after a scale-in.
            true => (own.last_out, own.last_in) = (Some(past), None),
            false => own.last_in = Some(past),
        }
    }
}

fn evaluation(scene: &Scene, pending: u32, sight: &Sight<'_>, desired: u32, held: Option<Held>) -> Evaluation {
    Evaluation {
        at: scene.now,
        metric: sight.metric,
        signal: sight.signal,
        running: scene.running,
        pending,
        before: scene.desired,
        bounds: scene.bounds,
        last_out: scene.last_out,
        last_in: scene.last_in,
        formula: sight.voice.formula,
        moves: sight.voice.moves,
        desired,
        held,
    }
}

fn cause(policy: &Policy, sight: &Sight<'_>) -> String {
    let alarm = sight.alarm.map_or("", |own| own.name.as_str());
    format!("monitor alarm {alarm} in state ALARM triggered policy {}", policy.name)
}

/// Notes which alarms could not move anything; a reason that goes on is noted once.
fn note(own: &mut Target, cx: &mut Cx<'_>, sights: &[Sight<'_>], held: &[Option<Held>]) {
    for (place, (sight, held)) in sights.iter().zip(held).enumerate() {
        let told = held.filter(|held| sight.alarm.is_some() && activity::reason(*held).is_some());
        let Some(policy) = own.policies.get_mut(place) else { continue };
        if core::mem::replace(&mut policy.told, told) != told
            && let Some(held) = told
        {
            let cause = cause(policy, sight);
            activity::not_scaled(own, cx, cause, held);
        }
    }
}

/// What one policy sees and wants.
fn sight<'a>(rooms: &'a Rooms, policy: &Policy, scene: &Scene, named: &[(&str, &'a Alarm)]) -> Sight<'a> {
    match &*policy.config {
        Config::Tracking(own, _) => {
            let [high, low] = policy.alarms.each_ref().map(|name| rooms.cloudwatch.alarm(name));
            let rings = |alarm: &&Alarm| alarm.acts && alarm.state == State::Alarm;
            let (up, down) = (high.filter(rings), low.filter(rings));
            let metric = high.or(low).and_then(|alarm| newest(rooms, alarm, scene.now).pop());
            let signal = match (up, down) {
                (Some(_), _) => Signal::High,
                (None, Some(_)) => Signal::Low,
                // From zero the metric alone would move it.
                (None, None) => silence([high, low], own.scales_in, scene.running == 0 && metric > Some(own.target)),
            };
            let voice = tracking::propose(own, signal, metric, scene.running, (scene.desired, scene.bounds.1));
            // From zero no alarm has to ring.
            let alarm = up.or(down).or(high.filter(|_| matches!(voice.moves, Move::Out(_))));
            Sight { voice, metric, signal, alarm }
        }
        Config::Step(own, aggregation) => {
            let mine = || named.iter().filter(|(arn, _)| *arn == &*policy.arn).map(|(_, alarm)| *alarm);
            let rings = mine().find(|alarm| alarm.acts && alarm.state == State::Alarm);
            let metric =
                rings.or(mine().next()).and_then(|alarm| together(&newest(rooms, alarm, scene.now), *aggregation));
            let Some(alarm) = rings else {
                let held = match metric {
                    _ if mine().next().is_none() => Held::NoAlarm,
                    _ if mine().any(|alarm| alarm.state == State::Alarm) => Held::ActionsOff,
                    Some(_) => Held::Quiet,
                    None => Held::NoData,
                };
                return Sight { voice: silent(held), metric, signal: Signal::Quiet, alarm: None };
            };
            let above = alarm.comparison.is_above();
            let voice = step::propose(own, metric, (alarm.threshold, above), scene.bases());
            Sight { voice, metric, signal: if above { Signal::High } else { Signal::Low }, alarm: Some(alarm) }
        }
        Config::Predictive(_) => Sight { voice: silent(Held::Quiet), metric: None, signal: Signal::Quiet, alarm: None },
    }
}

/// Why neither alarm of target tracking moves it. AlarmLow counts where the policy removes tasks; `due` says that it would
/// be moved whatever state AlarmHigh is in.
fn silence([high, low]: [Option<&Alarm>; 2], scales_in: bool, due: bool) -> Signal {
    let gone = [high.is_none(), low.is_none() && scales_in];
    let off = |alarm: &Alarm, due: bool| !alarm.acts && (due || alarm.state == State::Alarm);
    let known = |alarm: Option<&Alarm>| alarm.is_none_or(|own| own.state != State::InsufficientData);
    match gone {
        [false, false] if high.is_some_and(|own| off(own, due)) || low.is_some_and(|own| off(own, false)) => {
            Signal::Off
        }
        [false, false] if known(high) && known(low) => Signal::Quiet,
        [false, false] => Signal::Unknown,
        gone => Signal::Gone(gone),
    }
}

fn silent(held: Held) -> Voice {
    Voice { moves: Move::Stay(held), formula: None, tracking: false, votes: false, cooldowns: [SimDuration::ZERO; 2] }
}

/// The newest datapoints that an alarm evaluates, as many as it needs, the newest last.
fn newest(rooms: &Rooms, alarm: &Alarm, now: SimTime) -> Vec<f64> {
    let mut points: Vec<f64> = rooms.cloudwatch.points_of(alarm, now).into_iter().flatten().collect();
    let old = points.len().saturating_sub(alarm.evaluated);
    points.drain(..old);
    points
}

fn together(points: &[f64], aggregation: Aggregation) -> Option<f64> {
    let all = points.iter().copied();
    match aggregation {
        Aggregation::Average => Some(all.sum::<f64>() / points.len() as f64).filter(|_| !points.is_empty()),
        Aggregation::Minimum => all.reduce(|left, right| if right < left { right } else { left }),
        Aggregation::Maximum => all.reduce(|left, right| if right > left { right } else { left }),
    }
}
