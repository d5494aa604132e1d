//! Rails of a chart: the states of an alarm, and the cooldowns.

use super::chart::{Block, Panel};
use super::course::{Course, Version};
use super::scale::Span;
use super::{reading, words};
use ecs_lab::applicationautoscaling::Target;
use ecs_lab::cloudwatch::Alarm;
use ecs_lab::cloudwatch::judge::State;
use ecs_lab::lab::Lab;
use ecs_lab::scaling::decide::{Evaluation, Past};
use ecs_lab::sim::SimTime;
use std::rc::Rc;

/// The states of an alarm, one after the other; none from where it was deleted on. They are as its history tells, and
/// before that as its datapoints ask for at these moments.
pub fn states(lab: &Lab, course: &Course<'_>, moments: &[SimTime]) -> Vec<(SimTime, Option<State>)> {
    let mut states: Vec<(SimTime, Option<State>)> = Vec::new();
    for Version { alarm, from, until } in course.versions() {
        let first = alarm.history.first().map(|own| own.at);
        let early = moments.iter().take_while(|at| first.is_none_or(|first| **at < first));
        let early = early.filter_map(|at| Some((*at, reading::state(lab, alarm, *at)?)));
        let all: Vec<_> = early.chain(alarm.history.iter().map(|own| (own.at, own.state))).collect();
        let (before, within) = all.split_at(all.partition_point(|(at, _)| at <= from));
        let begins = before.last().map(|(_, state)| (*from, Some(*state)));
        let lives = within.iter().take_while(|(at, _)| until.is_none_or(|until| *at < until));
        states.extend(begins.into_iter().chain(lives.map(|(at, state)| (*at, Some(*state)))));
        states.extend(until.map(|until| (until, None)));
    }
    states.dedup_by_key(|(_, state)| *state);
    states
}

/// The states of an alarm as a rail; `first` says whether the legend tells what the letters are.
pub fn rail(
    title: &'static str,
    alarm: &Alarm,
    states: Vec<(SimTime, Option<State>)>,
    first: bool,
    span: &Span,
) -> Panel {
    let mut blocks: Vec<Block> = Vec::new();
    for (at, state) in states {
        if let Some(last) = blocks.last_mut() {
            last.to = last.to.min(at);
        }
        let (class, word) = match state {
            Some(State::Ok) => ("rail-ok", "O"),
            Some(State::Alarm) => ("rail-alarm", "A"),
            Some(State::InsufficientData) => ("rail-unknown", "I"),
            None => continue,
        };
        blocks.push(Block { from: at, to: span.to, class, word });
    }
    let letters = if first { " (O: OK, A: ALARM, I: INSUFFICIENT_DATA)" } else { "" };
    Panel::Rail { title, words: format!("ALARM when {}{letters}", words::condition(alarm)), blocks }
}

/// When the cooldown after a scale-out, or a scale-in, held, with the time that the activity itself took.
pub fn cooldowns(target: &Target, all: &[Rc<Evaluation>], out: bool, now: SimTime) -> Vec<(SimTime, SimTime)> {
    let mut spans: Vec<(SimTime, SimTime)> = Vec::new();
    for (place, own) in all.iter().enumerate() {
        let next = all.get(place + 1);
        let end = next.map_or(now, |next| next.at);
        // What it looks like from here on: as the next one saw it, or as it is.
        let after = match (next, out) {
            (Some(next), true) => next.last_out,
            (Some(next), false) => next.last_in,
            (None, true) => target.last_out,
            (None, false) => target.last_in,
        };
        let seen = |past: Option<Past>| past.and_then(|past| past.until).unwrap_or(end).min(end);
        let to = if after.is_some() { seen(after) } else { own.at };
        match spans.last_mut() {
            Some(last) if last.1 >= own.at && to > last.1 => last.1 = to,
            _ if to > own.at => spans.push((own.at, to)),
            _ => {}
        }
    }
    spans
}

/// The cooldowns as a rail.
pub fn waiting(outs: &[(SimTime, SimTime)], ins: &[(SimTime, SimTime)]) -> Panel {
    let block = |class, word| move |(from, to): &(SimTime, SimTime)| Block { from: *from, to: *to, class, word };
    let blocks = ins.iter().map(block("cool-in", "in")).chain(outs.iter().map(block("cool-out", "out"))).collect();
    let words = "after scaling out (out) or in (in), while the change is made and after it".into();
    Panel::Rail { title: "Cooldown", words, blocks }
}

#[cfg(test)]
mod tests {
    use super::super::policy::alarms;
    use super::super::test::{advance, policy, scaled};
    use super::*;
    use ecs_lab::lab::{ApiCall, Command};
    use ecs_lab::sim::SimDuration;
    use serde_json::json;

    /// The load asks for more than one task can do; later it is gone.
    #[test]
    fn cooldowns_last_from_the_decision_to_their_end() {
        let mut lab = scaled();
        advance(&mut lab, 900);
        let (target, own) = policy(&lab);
        let outs = cooldowns(target, &own.evaluations, true, lab.now());
        let decided: Vec<SimTime> =
            own.evaluations.iter().filter(|own| own.desired > own.before).map(|own| own.at).collect();
        assert!(!decided.is_empty());
        assert_eq!(outs[0].0, decided[0]);
        for at in decided {
            assert!(outs.iter().any(|(from, to)| *from <= at && at < *to), "{at:?} in {outs:?}");
        }
        let last = target.last_out.unwrap().until.unwrap();
        assert_eq!(outs.last().unwrap().1, last.min(lab.now()));
        assert_eq!(cooldowns(target, &own.evaluations, false, lab.now()), []);
    }

    /// An alarm keeps its last 100 changes; what it was before them is told by its datapoints.
    #[test]
    fn an_alarm_has_a_state_before_its_history() {
        let mut lab = scaled();
        for rate in [60, 6000, 60] {
            let load =
                json!({ "cluster": "prod", "service": "shop", "requestsPerSecond": rate, "workMilliseconds": 10 });
            lab.apply(Command::Api(ApiCall::new("lab", "Load", load))).unwrap();
            advance(&mut lab, 2400);
        }
        let (_, own) = policy(&lab);
        for course in alarms(&lab, own) {
            let alarm = course.newest().unwrap();
            let moments: Vec<SimTime> = own.evaluations.iter().map(|own| own.at).collect();
            let whole = states(&lab, &course, &moments);
            let mut short = alarm.clone();
            let known = short.history.drain(..short.history.len() - 1).count();
            let early = states(&lab, &Course::steady(&short), &moments);
            assert!(known >= 2 && whole.len() > 2, "{} changed too seldom: {whole:?}", alarm.name);
            let first = short.history.first().map_or(lab.now(), |own| own.at);
            let at = |all: &[(SimTime, Option<State>)], when: SimTime| {
                all.iter().rev().find(|own| own.0 <= when).map(|own| own.1)
            };
            // 100 changes take longer than all that an alarm looks at.
            let begun = alarm.configured + SimDuration::from_secs(1200);
            let all = own.evaluations.iter().map(|own| own.at).filter(|at| *at > begun && *at < first);
            let asked: Vec<SimTime> = all.collect();
            assert!(asked.len() > 10, "{}: {asked:?}", alarm.name);
            for when in asked {
                assert_eq!(at(&early, when), at(&whole, when), "{} at {when}", alarm.name);
            }
        }
    }
}
