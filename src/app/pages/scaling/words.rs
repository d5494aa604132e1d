//! What a policy said at an instant, and what it is, in words.

use super::policy::state_at;
use super::scale::{clock, lasting, number};
use ecs_lab::applicationautoscaling::{Config, Policy, Target};
use ecs_lab::cloudwatch::{Alarm, Comparison};
use ecs_lab::scaling::decide::{Evaluation, Held};
use ecs_lab::scaling::step::{Adjustment, Step};
use ecs_lab::sim::SimDuration;

/// What an evaluation said, with the name of the policy that was in the way.
pub fn sentence(target: &Target, own: &Evaluation) -> String {
    let by = match own.held {
        Some(Held::Outvoted(place) | Held::NotAll(place)) => target.policies.get(place),
        _ => None,
    };
    let by = by.map_or(String::new(), |by| format!(" ({})", by.name));
    format!("{}{by}", own.sentence())
}

/// An instant: what the policy wanted and why, what it saw, and what there was.
pub fn reading(target: &Target, policy: &Policy, own: &Evaluation, metric: &str, alarms: &[&Alarm]) -> String {
    let saw = match own.metric {
        Some(value) => format!("{metric} was {}", number(value)),
        None => format!("{metric} had no datapoint"),
    };
    let state = |alarm: &&Alarm| Some(format!("{}: {}", named(policy, alarm), state_at(alarm, own.at)?.name()));
    let states: Vec<String> = alarms.iter().filter_map(state).collect();
    let states = if states.is_empty() { String::new() } else { format!(" ({})", states.join(", ")) };
    let tasks = format!(
        "{} running, {} pending, {} desired, of {} to {}",
        own.running, own.pending, own.desired, own.bounds.0, own.bounds.1
    );
    // Where no alarm moves it, what they wait for is the reason.
    let waits = matches!(own.held, Some(Held::Quiet | Held::NoData));
    let wait = |alarm: &&Alarm| format!(" {} goes to ALARM when {}.", named(policy, alarm), condition(alarm));
    let waits: String = alarms.iter().filter(|_| waits).map(wait).collect();
    format!("At {} {} {}. {saw}{states}.{waits} Tasks: {tasks}.", clock(own.at), policy.name, sentence(target, own))
}

/// Whether the instances hold what is desired; empty where there is none.
pub fn room(desired: u32, fits: Option<u32>) -> String {
    match fits {
        None => String::new(),
        Some(fits) if fits < desired => format!(" The instances hold {fits} such tasks, fewer than are desired."),
        Some(fits) => format!(" The instances hold {fits} such tasks."),
    }
}

/// Which of the two alarms of target tracking it is; none for alarms of one's own.
pub fn alarm_of(policy: &Policy, alarm: &Alarm) -> Option<&'static str> {
    let [high, low] = &policy.alarms;
    match alarm.name.as_str() {
        name if name == &**high => Some("High"),
        name if name == &**low => Some("Low"),
        _ => None,
    }
}

/// An alarm's name, short for those of target tracking.
pub fn named(policy: &Policy, alarm: &Alarm) -> String {
    alarm_of(policy, alarm).map_or(alarm.name.clone(), |side| format!("Alarm{side}"))
}

/// When an alarm goes to ALARM.
pub fn condition(alarm: &Alarm) -> String {
    let side = match alarm.comparison {
        Comparison::Greater => "above",
        Comparison::GreaterOrEqual => "at or above",
        Comparison::Less => "below",
        Comparison::LessOrEqual => "at or below",
    };
    let period = lasting(SimDuration::from_secs(alarm.period));
    let (threshold, to_alarm, evaluated) = (number(alarm.threshold), alarm.to_alarm, alarm.evaluated);
    format!("{to_alarm} of {evaluated} datapoints of {period} are {side} {threshold}")
}

/// What a policy does.
pub fn policy(own: &Policy) -> String {
    let after = |cooldown: SimDuration| {
        if cooldown == SimDuration::ZERO { "no cooldown".to_owned() } else { lasting(cooldown) }
    };
    match &*own.config {
        Config::Tracking(tracking, watched) => {
            let [out, scale_in] = tracking.cooldowns;
            let back = if tracking.scales_in {
                format!("{} after scaling in", after(scale_in))
            } else {
                "it never scales in".to_owned()
            };
            format!(
                "Keeps {} at {}. Cooldown: {} after scaling out, {back}.",
                watched.metric.name,
                number(tracking.target),
                after(out)
            )
        }
        Config::Step(stepping, _) => {
            let step = |own: &Step| format!("{}: {}", range(own), amount(stepping.kind, own.amount));
            let steps: Vec<String> = stepping.steps.iter().map(step).collect();
            format!("Counted from the threshold, {}. Cooldown: {}.", steps.join("; "), after(stepping.cooldown))
        }
        Config::Predictive(own) => {
            let mode = if own.scales {
                format!("scales out {} before each hour", lasting(own.ahead))
            } else {
                "only forecasts".to_owned()
            };
            let most = match own.buffer {
                Some(percent) => format!("is raised to {percent} % above a forecast that exceeds it"),
                None => "holds".to_owned(),
            };
            let (name, target) = (&own.load.metric.name, number(own.target));
            format!("Forecasts {name} by the hour for a target of {target}, and {mode}. The maximum capacity {most}.")
        }
    }
}

fn range(own: &Step) -> String {
    match (own.lower, own.upper) {
        (Some(lower), Some(upper)) => format!("{} to {}", number(lower), number(upper)),
        (Some(lower), None) => format!("from {} up", number(lower)),
        (None, Some(upper)) => format!("from {} down", number(upper)),
        (None, None) => "anywhere".to_owned(),
    }
}

fn amount(kind: Adjustment, amount: i64) -> String {
    let sign = if amount > 0 { "+" } else { "" };
    match kind {
        Adjustment::Change => format!("{sign}{amount}"),
        Adjustment::Exact => format!("exactly {amount}"),
        Adjustment::Percent => format!("{sign}{amount} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::alarms;
    use super::super::requests::{alarm, policy as put, target as register};
    use super::super::test::advance;
    use super::super::wave::{Drawing, WAVES};
    use super::super::{Drafts, target};
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::lab::{Command, Lab};
    use ecs_lab::scaling::decide::Evaluation;
    use serde_json::json;

    /// Three services to which a wave comes: one with target tracking, one with steps, one with both.
    fn waved(wave: &str) -> Lab {
        let mut lab = opening::fleet();
        let load = Drawing::of(wave, 100);
        for (name, kinds) in [
            ("tracks", &["TargetTrackingScaling"][..]),
            ("steps", &["StepScaling"]),
            ("both", &["StepScaling", "TargetTrackingScaling"]),
        ] {
            let resource = format!("service/prod/{name}");
            let input = json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "web:1", "desiredCount": 1 });
            lab.apply(Command::ecs("CreateService", input)).unwrap();
            let mut drafts = Drafts::default();
            lab.apply(register(&drafts, &resource)).unwrap();
            for kind in kinds {
                let policy = format!("{name}-{kind}");
                drafts.texts.set("policy-PolicyName", policy.clone());
                drafts.texts.set("policy-PolicyType", (*kind).to_owned());
                let made = lab.apply(put(&drafts, &lab, &resource).unwrap().unwrap()).unwrap().reply;
                if *kind == "StepScaling" {
                    let own = lab.world().applicationautoscaling().target(&resource).unwrap().clone();
                    lab.apply(alarm(&drafts, &own, &policy, made["PolicyARN"].as_str().unwrap())).unwrap();
                }
            }
            lab.apply(load.command("prod", name, json!({ "workMilliseconds": 10 }))).unwrap();
        }
        advance(&mut lab, 86_400);
        lab
    }

    /// Why it did, or why it did not: what decided or what held it back, with the numbers. Errors: what is missing.
    fn answers(target: &Target, policy: &Policy, own: &Evaluation, alarms: &[&Alarm]) -> Result<(), &'static str> {
        let said = sentence(target, own);
        let whole = reading(target, policy, own, "CPUUtilization", alarms);
        let has = |text: String, what: &'static str| if whole.contains(&text) { Ok(()) } else { Err(what) };
        has(said.clone(), "what it said")?;
        has(own.metric.map_or("had no datapoint".into(), number), "the metric")?;
        has(format!("{} running, {} pending, {} desired", own.running, own.pending, own.desired), "the counts")?;
        match own.held {
            None if own.before == own.desired => return Err("what held it back"),
            None => has(format!("the desired count goes from {} to {}", own.before, own.desired), "the change")?,
            Some(held) => has(held.text(), "why nothing changed")?,
        }
        if own.formula.is_some() && !said.chars().any(|sign| sign.is_ascii_digit()) {
            return Err("the formula's numbers");
        }
        let waits = matches!(own.held, Some(Held::Quiet | Held::NoData));
        for alarm in alarms.iter().filter(|_| waits) {
            has(condition(alarm), "what its alarms wait for")?;
            has(number(alarm.threshold), "the threshold")?;
        }
        Ok(())
    }

    /// Issue 6, done when: for every tick of every ready-made wave.
    #[test]
    fn every_tick_of_every_ready_made_wave_says_why_and_why_not() {
        for (wave, ..) in WAVES {
            let lab = waved(wave);
            let mut changes = 0;
            for target in lab.world().applicationautoscaling().targets() {
                assert!(target::service(&lab, target).is_some(), "{wave}");
                for policy in &target.policies {
                    let alarms = alarms(&lab, policy);
                    let all = &policy.evaluations;
                    let minutes: Vec<i64> = all.iter().map(|own| own.at.as_millis() / 60_000).collect();
                    assert_eq!(all.len(), 1440, "{wave}, {}", policy.name);
                    assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{wave}, {}", policy.name);
                    for own in all.iter() {
                        let whole = || reading(target, policy, own, "CPUUtilization", &alarms);
                        answers(target, policy, own, &alarms)
                            .unwrap_or_else(|missing| panic!("{wave}: {missing} is not in: {}", whole()));
                        changes += u32::from(own.held.is_none());
                    }
                }
            }
            assert!(changes > 0, "{wave} moves nothing");
        }
    }
}
