//! What a policy is, and when its alarms ring, in words.

use super::scale::{lasting, number};
use ecs_lab::applicationautoscaling::{Config, Policy};
use ecs_lab::cloudwatch::{Alarm, Comparison, Watched};
use ecs_lab::scaling::reservation::Reservation;
use ecs_lab::scaling::step::{Adjustment, Step};
use ecs_lab::sim::SimDuration;

/// Whether the instances hold what is desired; empty where there is none.
pub fn room(desired: u32, fits: Option<u32>) -> String {
    match fits {
        None => String::new(),
        Some(fits) if fits < desired => format!(" The instances hold {fits} such tasks, fewer than are desired."),
        Some(fits) => format!(" The instances hold {fits} such tasks."),
    }
}

/// The size of the group that keeps a capacity provider from what it wants; empty where none does.
pub fn capped(own: &Reservation) -> String {
    let (min, max) = own.inputs.bounds;
    match own.held {
        None if own.wanted > max && own.desired == max => format!("; the group's maximum size of {max} allows no more"),
        None if own.wanted < min && own.desired == min => {
            format!("; the group's minimum size of {min} allows no fewer")
        }
        _ => String::new(),
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

/// What is watched, by its name; of metric math with each step of it.
pub fn formula(own: &Watched) -> String {
    match own.steps() {
        steps if steps.is_empty() => own.name().to_owned(),
        steps => format!("{} ({})", own.name(), steps.join("; ")),
    }
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
                formula(watched),
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
            let (name, target) = (formula(&own.load), number(own.target));
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
