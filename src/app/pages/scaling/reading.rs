//! What a policy said at an instant: why it scaled, and all that held it back.

use super::policy::state_at;
use super::scale::{clock, number, past};
use super::words::{condition, named};
use ecs_lab::applicationautoscaling::{Config, Policy, Target};
use ecs_lab::cloudwatch::Alarm;
use ecs_lab::cloudwatch::judge::{State, judge};
use ecs_lab::lab::Lab;
use ecs_lab::scaling::decide::{Evaluation, Formula, Held, Move, Past};
use ecs_lab::sim::SimTime;

/// What a policy said last until a moment.
fn until(policy: &Policy, at: SimTime) -> Option<&Evaluation> {
    let place = policy.evaluations.partition_point(|own| own.at <= at);
    policy.evaluations.get(place.checked_sub(1)?).map(|own| &**own)
}

/// A policy of the target by its place, and what it said in the same look.
fn other<'a>(target: &'a Target, place: usize, own: &Evaluation) -> Option<(&'a Policy, &'a Evaluation)> {
    let policy = target.policies.get(place)?;
    Some((policy, until(policy, own.at).filter(|other| other.at == own.at)?))
}

/// The policy whose scale-out, or scale-in, was the last one, with its cooldown: ` (of st, 300 s)`.
fn cooldown(target: &Target, own: &Evaluation, out: bool) -> String {
    let Some(past) = (if out { own.last_out } else { own.last_in }) else { return String::new() };
    let made = |one: &Evaluation| one.held.is_none() && one.desired == past.to && (one.desired > one.before) == out;
    let last = |policy: &Policy| {
        let lasts = match &*policy.config {
            Config::Tracking(tracking, _) => tracking.cooldowns[usize::from(!out)],
            Config::Step(stepping, _) => stepping.cooldown,
            Config::Predictive(_) => return None,
        };
        let place = policy.evaluations.partition_point(|one| one.at < own.at);
        let at = policy.evaluations.get(..place)?.iter().rev().find(|one| made(one))?.at;
        Some((at, format!(" (of {}, {} s)", policy.name, lasts.as_millis() / 1000)))
    };
    target.policies.iter().filter_map(last).max_by_key(|own| own.0).map_or(String::new(), |own| own.1)
}

/// Why nothing changes, with the name of what is in the way.
fn reason(target: &Target, own: &Evaluation, held: Held) -> String {
    let name = |place: usize| target.policies.get(place).map_or(String::new(), |by| format!(" ({})", by.name));
    let by = match held {
        Held::Outvoted(place) => match other(target, place, own) {
            Some((by, other)) if other.moves == own.moves => return format!("{} wants as much", by.name),
            _ => name(place),
        },
        Held::NotAll(place) => name(place),
        Held::CoolingOut(_) => cooldown(target, own, true),
        Held::CoolingIn(_) => cooldown(target, own, false),
        _ => String::new(),
    };
    held.text() + &by
}

/// The bound that keeps a policy from what it wants.
fn bound(own: &Evaluation) -> Option<Held> {
    let (min, max) = own.bounds;
    match own.moves {
        Move::Out(_) if own.before > max => Some(Held::AboveMaximum(max)),
        Move::Out(_) if own.before == max => Some(Held::AtMaximum(max)),
        Move::In(_) if own.before < min => Some(Held::BelowMinimum(min)),
        Move::Stay(Held::Flapping) if own.before == min => Some(Held::AtMinimum(min)),
        Move::In(_) if own.before == min => Some(Held::AtMinimum(min)),
        _ => None,
    }
}

/// What an evaluation said, with all that held it back.
pub fn sentence(target: &Target, own: &Evaluation) -> String {
    let mut whole = own.sentence();
    let Some(held) = own.held else {
        let wanted = match own.moves {
            Move::Out(want) | Move::In(want) => want,
            Move::Stay(_) => own.desired,
        };
        let (min, max) = own.bounds;
        if own.enters_range() {
            return whole;
        }
        if wanted > max && own.desired == max {
            whole += &format!("; the maximum capacity of {max} allows no more");
        } else if wanted < min && own.desired == min {
            whole += &format!("; the minimum capacity of {min} allows no fewer");
        }
        return whole;
    };
    whole.truncate(whole.len() - held.text().len());
    let mut all = vec![reason(target, own, held)];
    let mut also = |why: String, words: String| {
        if !all.contains(&why) {
            all.push(words);
        }
    };
    if let Some(bound) = bound(own).map(|own| own.text()) {
        also(bound.clone(), bound);
    }
    if let Held::Outvoted(place) = held
        && let Some((by, other)) = other(target, place, own)
        && let Some(why) = other.held
    {
        let why = reason(target, other, why);
        also(why.clone(), format!("{} does not scale: {why}", by.name));
    }
    whole + &all.join("; ")
}

/// What a target did by itself between two moments, and who changed its desired count.
pub fn between(target: &Target, (then, before): (SimTime, u32), (at, now): (SimTime, u32)) -> String {
    let mut all = String::new();
    let mut by = None;
    for own in target.activities.iter().filter(|own| own.started >= then && own.started <= at) {
        if own.ranges.is_some() && own.started > then {
            all += &format!(" At {} {}. {}.", clock(own.started), own.cause, own.message);
        }
        if own.status == "Failed" && own.to == Some(before) {
            by = Some(&own.message);
        } else if own.to == Some(now) && own.started > then {
            by = Some(&own.cause);
        }
    }
    if before != now {
        let by = by.map_or("it was set by hand", |own| own);
        all += &format!(" The desired count had gone from {before} to {now}: {by}.");
    }
    all
}

/// Why a cooldown did not hold a scale-out that was made (1.6).
fn despite(target: &Target, own: &Evaluation) -> String {
    let lasts = |past: Option<Past>| past.filter(|past| past.until.is_none_or(|until| until > own.at));
    if own.held.is_some() || own.enters_range() || !matches!(own.moves, Move::Out(_)) {
        return String::new();
    }
    let mut all = String::new();
    if let Some(past) = lasts(own.last_out) {
        let by = cooldown(target, own, true);
        all += &format!(
            " The cooldown after the last scale-out{by} does not hold it: more than its {} is wanted.",
            past.to
        );
    }
    if lasts(own.last_in).is_some() {
        let by = cooldown(target, own, false);
        all += &format!(" A scale-out ends the cooldown after the last scale-in{by}.");
    }
    all
}

/// What the sentence does not say: from where a step counts, who else moved the desired count, and what ran before.
pub fn beside(target: &Target, policy: &Policy, own: &Evaluation) -> String {
    let mut all = String::new();
    if let Some(Formula::Step { capacity, .. }) = own.formula
        && capacity != own.running
    {
        let lasts = |past: &Past| past.until.is_none_or(|until| until > own.at) && past.from == capacity;
        let cooling = matches!(own.moves, Move::Out(_)) && own.last_out.is_some_and(|past| lasts(&past));
        all += &format!(" It counts from {capacity}: ");
        all += &if cooling {
            let by = cooldown(target, own, true);
            format!("as many ran before the last scale-out, and in its cooldown{by} what that adds is not counted.")
        } else {
            "the desired count was outside of the capacity range.".to_owned()
        };
    }
    all += &despite(target, own);
    let places = 0..target.policies.len();
    let decided =
        |place| other(target, place, own).filter(|(_, other)| other.held.is_none() && other.before == own.before);
    if own.held.is_some()
        && own.before != own.desired
        && let Some((by, _)) = places.into_iter().find_map(decided)
    {
        all += &format!(" {} moved the desired count from {} to {}.", by.name, own.before, own.desired);
    }
    let just = SimTime::from_millis(own.at.as_millis() - 1);
    if let Some(last) = until(policy, just) {
        all += &between(target, (last.at, last.desired), (own.at, own.before));
    }
    all
}

/// Of the newest datapoints that an alarm evaluates, as many as there are: how many breach, and how many there are.
fn breaching(lab: &Lab, alarm: &Alarm, at: SimTime) -> (usize, usize) {
    let points: Vec<f64> = lab.world().cloudwatch().points_of(alarm, at).into_iter().flatten().collect();
    let newest = points.get(points.len().saturating_sub(alarm.evaluated)..).unwrap_or_default();
    let breaches = newest.iter().filter(|value| alarm.comparison.breaches(**value, alarm.threshold)).count();
    (breaches, newest.len())
}

/// The state of an alarm at a moment; where its history does not go back so far, what its datapoints ask for.
pub fn state(lab: &Lab, alarm: &Alarm, at: SimTime) -> Option<State> {
    if let Some(state) = state_at(alarm, at) {
        return Some(state);
    }
    let Alarm { evaluated, to_alarm, missing, threshold, comparison, .. } = alarm;
    let breaches = |value: Option<f64>| value.map(|value| comparison.breaches(value, *threshold));
    let points: Vec<_> = lab.world().cloudwatch().points_of(alarm, at).into_iter().map(breaches).collect();
    (alarm.configured <= at).then(|| judge(&points, *evaluated, *to_alarm, *missing, State::Ok))
}

/// The state of an alarm, and how far it is from ALARM: `OK (2 of 3)`.
pub fn standing(lab: &Lab, alarm: &Alarm, at: SimTime) -> String {
    let (breaches, known) = breaching(lab, alarm, at);
    match state(lab, alarm, at) {
        None => "none".to_owned(),
        Some(state) => format!("{} ({breaches} of {known})", state.name()),
    }
}

/// What an alarm waits for, and how far it is: `AlarmHigh goes to ALARM when 3 of 3 datapoints of 1 min are above 60: 2
/// of 3 are.`
fn waits(lab: &Lab, policy: &Policy, alarm: &Alarm, own: &Evaluation) -> String {
    let (name, at) = (named(policy, alarm), own.at);
    if state(lab, alarm, at) == Some(State::Alarm) {
        let off = if own.held == Some(Held::ActionsOff) { ", but its actions are off" } else { "" };
        return format!(" {name} is in ALARM{off}.");
    }
    let (breaches, known) = breaching(lab, alarm, at);
    let missing = match alarm.evaluated - known.min(alarm.evaluated) {
        0 => String::new(),
        missing => format!(", {missing} missing"),
    };
    format!(" {name} goes to ALARM when {}: {breaches} of {known} are{missing}.", condition(alarm))
}

/// From when to when the datapoints are that decided: the newest, or those that a step policy takes together.
fn datapoints(lab: &Lab, policy: &Policy, alarms: &[&Alarm], at: SimTime) -> Option<(SimTime, SimTime)> {
    let rings = |own: &&&Alarm| own.acts && state(lab, own, at) == Some(State::Alarm);
    let tracks = matches!(*policy.config, Config::Tracking(..));
    let alarm = alarms.iter().filter(|_| !tracks).find(rings).or(alarms.first())?;
    let points = lab.world().cloudwatch().points_of(alarm, at);
    let there = points.iter().rev().enumerate().filter(|(_, point)| point.is_some()).map(|(back, _)| back as i64);
    let used: Vec<i64> = there.take(if tracks { 1 } else { alarm.evaluated }).collect();
    let apart = alarm.interval().as_millis();
    let end = at.as_millis().div_euclid(apart) * apart;
    let back = |periods: i64| SimTime::from_millis(end - periods * alarm.period * 1000);
    Some((back(used.last()? + 1), back(*used.first()?)))
}

/// The metric that decided, of when, and how many tasks ran then where that differs.
fn saw(lab: &Lab, policy: &Policy, own: &Evaluation, metric: &str, alarms: &[&Alarm]) -> String {
    let Some(value) = own.metric else { return format!("{metric} had no datapoint") };
    if matches!(*policy.config, Config::Predictive(_)) {
        return format!("{metric} is expected to be {}", number(value));
    }
    let mut all = format!("{metric} was {}", number(value));
    if let Some((from, to)) = datapoints(lab, policy, alarms, own.at) {
        all += &format!(" from {} to {}", clock(from), clock(to));
        if let Some(then) = until(policy, from).filter(|then| then.running != own.running) {
            all += &format!(", with {} running at {}", then.running, clock(from));
        }
    }
    all
}

/// An instant: what the policy wanted and why, what it saw, and what there was.
pub fn reading(
    lab: &Lab,
    target: &Target,
    policy: &Policy,
    own: &Evaluation,
    metric: &str,
    alarms: &[&Alarm],
) -> String {
    let mut all = format!("At {} {} {}.", past(own.at, lab.now()), policy.name, sentence(target, own));
    all += &beside(target, policy, own);
    all += &format!(" {}", saw(lab, policy, own, metric, alarms));
    let one = |alarm: &&Alarm| Some(format!("{}: {}", named(policy, alarm), state(lab, alarm, own.at)?.name()));
    let states: Vec<String> = alarms.iter().filter_map(one).collect();
    if !states.is_empty() {
        all += &format!(" ({})", states.join(", "));
    }
    all += ".";
    // Where no alarm moves it, what they wait for is the reason.
    if matches!(own.held, Some(Held::Quiet | Held::NoData | Held::AlarmsGone(_) | Held::ActionsOff)) {
        for alarm in alarms {
            all += &waits(lab, policy, alarm, own);
        }
    }
    all + " Tasks: " + &tasks(own)
}

/// The tasks that there were, and the bounds of their count.
pub fn tasks(own: &Evaluation) -> String {
    let (min, max) = own.bounds;
    format!("{} running, {} pending, {} desired, of {min} to {max}.", own.running, own.pending, own.desired)
}

#[cfg(test)]
mod tests;
