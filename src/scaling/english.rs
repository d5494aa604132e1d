//! Evaluations of policies and of capacity providers in sentences.

use super::decide::{Evaluation, Formula, Held, Move};
use super::reservation::{self, LOW_POINTS, MANAGED_TAG, Reservation};
use super::step::{Adjustment, whole};
use super::tracking::ceil;
use alloc::format;
use alloc::string::String;

impl Formula {
    /// With its numbers and its result: `ceil(4 × 90 / 60) = 6`.
    pub fn text(&self) -> String {
        match *self {
            Formula::Tracking { running, metric, target } => {
                let result = |metric: f64| ceil(f64::from(running) * metric / target);
                let shown = honest(metric, |own| result(own) == result(metric));
                format!("ceil({running} × {shown} / {target}) = {}", result(metric))
            }
            Formula::FromZero { metric, target } => {
                format!("no task runs and {} is above {target}: 1 is added", honest(metric, |own| own > target))
            }
            Formula::Step { capacity, metric, threshold, kind, amount, magnitude, change } => {
                let side = if metric < threshold { "below" } else { "above" };
                let far = if metric < threshold { threshold - metric } else { metric - threshold };
                let far = honest(far, |own| own > 0.0 || far <= 0.0);
                let metric = honest(metric, |own| {
                    (own < threshold, own > threshold) == (metric < threshold, metric > threshold)
                });
                let step = match kind {
                    Adjustment::Change => format!("{capacity} {}", signed(amount)),
                    Adjustment::Exact => {
                        return format!("{metric} is {far} {side} {threshold}, and that sets {amount}");
                    }
                    Adjustment::Percent => {
                        let share = share(capacity, amount, magnitude);
                        format!("{} % of {capacity} is {share}: {capacity} {}", minus(amount), signed(change))
                    }
                };
                let result = i64::from(capacity).saturating_add(change);
                let floor = if result < 0 { ", and a count does not go below 0" } else { "" };
                format!("{metric} is {far} {side} {threshold}, and {step} = {}{floor}", minus(result))
            }
            Formula::Forecast { load, target } => {
                let shown = honest(load, |own| ceil(own / target) == ceil(load / target));
                format!("ceil({shown} / {target}) = {}", ceil(load / target))
            }
        }
    }
}

/// A percentage of a capacity, exactly, and how it becomes a number of tasks (1.10): `1.5, rounded down to 1 and raised to
/// the minimum adjustment magnitude of 2`.
fn share(capacity: u32, percent: i64, magnitude: u32) -> String {
    let hundredths = i64::from(capacity).saturating_mul(percent);
    let own = whole(hundredths);
    let sign = if hundredths < 0 { "−" } else { "" };
    let (tasks, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let mut text = match (rest, rest % 10) {
        (0, _) => format!("{sign}{tasks}"),
        (_, 0) => format!("{sign}{tasks}.{}", rest / 10),
        _ => format!("{sign}{tasks}.{rest:02}"),
    };
    text += &match (rest, tasks) {
        (0, _) => String::new(),
        (_, 0) => format!(", less than one task, which counts as {}", minus(own)),
        _ if own < 0 => format!(", rounded toward zero to {}", minus(own)),
        _ => format!(", rounded down to {own}"),
    };
    if own != 0 && own.unsigned_abs() < u64::from(magnitude) {
        let joined = if rest == 0 { "," } else { " and" };
        text += &format!("{joined} raised to the minimum adjustment magnitude of {magnitude}");
    }
    text
}

/// With the sign of arithmetic.
fn minus(amount: i64) -> String {
    if amount < 0 { format!("−{}", amount.unsigned_abs()) } else { format!("{amount}") }
}

fn signed(amount: i64) -> String {
    if amount < 0 { format!("− {}", amount.unsigned_abs()) } else { format!("+ {amount}") }
}

impl Held {
    /// Why nothing changes.
    pub fn text(&self) -> String {
        let until = |at: &Option<crate::sim::SimTime>| match at {
            Some(at) => format!("until {}", at.clock()),
            None => String::from("and begins when the activity in progress has succeeded"),
        };
        match self {
            Held::NoData => "there are too few datapoints".into(),
            Held::AlarmsGone([true, true]) => {
                "both of its alarms were deleted, and come back when the policy is put again".into()
            }
            Held::AlarmsGone([high, _]) => {
                let way = if *high { "out" } else { "in" };
                format!("the alarm that would scale it {way} was deleted, and comes back when the policy is put again")
            }
            Held::NoAlarm => "no alarm has the policy among its actions".into(),
            Held::ActionsOff => "the actions of the alarm that would move it are off".into(),
            Held::Quiet => "no alarm is in ALARM".into(),
            Held::Flapping => "with one task less the metric would be above the target again".into(),
            Held::ScaleInDisabled => "the policy does not scale in".into(),
            Held::NoStep => "no step adjustment is for a value so far from the threshold".into(),
            Held::NoChange => "the step adjustment changes nothing".into(),
            Held::AtMaximum(max) => format!("the maximum capacity of {max} is reached"),
            Held::AtMinimum(min) => format!("the minimum capacity of {min} is reached"),
            Held::AtDesired(desired) => format!("the desired count is {desired} already"),
            Held::AboveMaximum(max) => format!("the desired count is above the maximum capacity of {max}"),
            Held::BelowMinimum(min) => format!("the desired count is below the minimum capacity of {min}"),
            Held::Suspended => "scaling in this direction is suspended".into(),
            Held::Deploying => "nothing is removed while a deployment is in progress".into(),
            Held::CoolingOut(at) => format!("the scale-out cooldown lasts {}", until(at)),
            Held::CoolingIn(at) => format!("the scale-in cooldown lasts {}", until(at)),
            Held::Outvoted(_) => "another policy wants more tasks".into(),
            Held::NotAll(_) => "another target tracking policy is not ready to scale in".into(),
            Held::ForecastOnly => "the policy only forecasts".into(),
        }
    }
}

impl Evaluation {
    /// The whole evaluation: `wants 6 because ceil(4 × 90 / 60) = 6: the desired count goes from 4 to 6`.
    pub fn sentence(&self) -> String {
        let because = self.formula.map(|own| own.text());
        let wants = match (self.moves, because) {
            (Move::Out(want) | Move::In(want), Some(because)) => format!("wants {want} because {because}"),
            (Move::Out(want) | Move::In(want), None) => format!("wants {want}"),
            (Move::Stay(_), Some(because)) => format!("wants no change: {because}"),
            (Move::Stay(_), None) => String::from("wants no change"),
        };
        match self.held {
            Some(held) => format!("{wants}; {}", held.text()),
            None if self.enters_range() => {
                let end = if self.desired > self.before { "minimum" } else { "maximum" };
                let (before, desired) = (self.before, self.desired);
                format!("{wants}: the desired count first goes from {before} to the {end} capacity of {desired}")
            }
            None => format!("{wants}: the desired count goes from {} to {}", self.before, self.desired),
        }
    }
}

impl reservation::Held {
    /// Why the desired capacity stays.
    pub fn text(&self) -> String {
        match self {
            reservation::Held::AtTarget => "nothing is to be changed".into(),
            reservation::Held::WarmingUp(until) => {
                format!("an instance warms up until {}, and before that none is added", until.clock())
            }
            reservation::Held::AtMaximum => "the group's maximum size is reached".into(),
            reservation::Held::AtMinimum => "the group's minimum size is reached".into(),
            reservation::Held::Untagged => {
                format!("the group has lost the tag {MANAGED_TAG}, without which ECS does not change it")
            }
            reservation::Held::NoAlarm => "the alarm that would move it was deleted, or does not act".into(),
            reservation::Held::Low(points) => {
                format!("it has been below the target for {points} of {LOW_POINTS} datapoints")
            }
            reservation::Held::AfterScaleOut(until) => {
                format!("none is removed within 15 minutes of the last scale-out: not before {}", until.clock())
            }
        }
    }
}

impl Reservation {
    /// The whole evaluation: `M is 5: 2 instances, and 3 more for 10 waiting tasks; the reservation is 5 / 2 × 100 = 250 at
    /// a target of 100, so that it wants ceil(5 × 100 / 100) = 5: the desired capacity goes from 2 to 5`.
    pub fn sentence(&self) -> String {
        let own = &self.inputs;
        let (m, n, target) = (self.needed, own.instances, own.target);
        let count: u32 = own.waiting.iter().map(|group| group.tasks).sum();
        let tasks = format!("{count} waiting task{}", if count == 1 { "" } else { "s" });
        let instances = format!("{n} instance{}", if n == 1 { "" } else { "s" });
        let stuck = self.add == 0 && !own.waiting.is_empty();
        let needed = match self.add {
            0 if stuck => format!("{tasks} fit{} on no instance that the group would launch", third(count)),
            0 => format!("M is {m}, as {m} of {instances} run{} tasks", third(m)),
            add => format!("M is {m}: {instances}, and {add} more for {tasks}"),
        };
        let metric = match (n, m) {
            _ if stuck => format!("the reservation stays at the target of {target}"),
            (0, 0) => format!("without instances the reservation counts as the target of {target}"),
            (0, _) => format!("without instances the reservation counts as 200, so that it wants {}", self.wanted),
            _ => format!(
                "the reservation is {m} / {n} × 100 = {} at a target of {target}, so that it wants ceil({m} × 100 / {target}) = {}",
                short(self.percent()),
                self.wanted
            ),
        };
        match self.held {
            Some(held) => format!("{needed}; {metric}; {}", held.text()),
            None => format!("{needed}; {metric}: the desired capacity goes from {} to {}", own.desired, self.desired),
        }
    }
}

/// The ending of a verb whose subject are so many.
fn third(count: u32) -> &'static str {
    if count == 1 { "s" } else { "" }
}

/// With so many decimals at most, as a power of ten.
fn rounded(value: f64, scale: f64) -> f64 {
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    (value * scale + half) as i64 as f64 / scale
}

fn short(value: f64) -> String {
    format!("{}", rounded(value, 100.0))
}

/// With two decimals at most, unless it is more that decides.
fn honest(value: f64, same: impl Fn(f64) -> bool) -> f64 {
    let scales = [100.0, 1e4, 1e6, 1e9];
    scales.into_iter().map(|scale| rounded(value, scale)).find(|own| same(*own)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::reservation::{Amounts, Inputs, Waiting, evaluate};
    use crate::scaling::step::change;
    use crate::scaling::tracking::Signal;
    use crate::sim::SimTime;

    #[test]
    fn as_many_decimals_are_shown_as_decide() {
        for (metric, said) in [
            (50.0, "50 is 0 above 50"),
            (61.234, "61.23 is 11.23 above 50"),
            (50.0001, "50.0001 is 0.0001 above 50"),
            (49.9999, "49.9999 is 0.0001 below 50"),
        ] {
            let (capacity, kind, amount) = (4, Adjustment::Change, 1);
            let own = Formula::Step { capacity, metric, threshold: 50.0, kind, amount, magnitude: 0, change: 1 };
            assert!(own.text().starts_with(&format!("{said}, and 4 + 1 = 5")), "{}", own.text());
        }
    }

    #[test]
    fn an_evaluation_says_what_decided() {
        let at = SimTime::parse("2026-01-05T09:14:00Z").unwrap();
        let tracking = |running, metric| Some(Formula::Tracking { running, metric, target: 60.0 });
        let step = |capacity, metric, kind, amount, change| {
            Some(Formula::Step { capacity, metric, threshold: 50.0, kind, amount, magnitude: 0, change })
        };
        for (moves, formula, held, expected) in [
            (
                Move::Out(6),
                tracking(4, 90.0),
                None,
                "wants 6 because ceil(4 × 90 / 60) = 6: the desired count goes from 4 to 6",
            ),
            (
                Move::Out(6),
                tracking(4, 90.0),
                Some(Held::CoolingOut(Some(at))),
                "wants 6 because ceil(4 × 90 / 60) = 6; the scale-out cooldown lasts until 09:14:00",
            ),
            (
                Move::Stay(Held::Flapping),
                tracking(3, 50.0),
                Some(Held::Flapping),
                "wants no change: ceil(3 × 50 / 60) = 3; with one task less the metric would be above the target again",
            ),
            (
                Move::In(2),
                tracking(2, 40.000_000_000_000_01),
                Some(Held::AtDesired(2)),
                "wants 2 because ceil(2 × 40 / 60) = 2; the desired count is 2 already",
            ),
            (
                Move::Out(4),
                tracking(3, 60.001),
                Some(Held::AtDesired(4)),
                "wants 4 because ceil(3 × 60.001 / 60) = 4; the desired count is 4 already",
            ),
            (Move::Stay(Held::Quiet), None, Some(Held::Quiet), "wants no change; no alarm is in ALARM"),
            (
                Move::Out(14),
                step(11, 70.0, Adjustment::Percent, 30, 3),
                Some(Held::AtMaximum(11)),
                "wants 14 because 70 is 20 above 50, and 30 % of 11 is 3.3, rounded down to 3: 11 + 3 = 14; the maximum capacity of 11 is reached",
            ),
            (
                Move::In(2),
                step(4, 30.5, Adjustment::Change, -2, -2),
                None,
                "wants 2 because 30.5 is 19.5 below 50, and 4 − 2 = 2: the desired count goes from 4 to 6",
            ),
            (
                Move::Out(8),
                step(4, 70.0, Adjustment::Exact, 8, 4),
                Some(Held::Outvoted(0)),
                "wants 8 because 70 is 20 above 50, and that sets 8; another policy wants more tasks",
            ),
        ] {
            let (metric, signal) = (Some(90.0), Signal::High);
            let own = Evaluation {
                at,
                metric,
                signal,
                running: 4,
                pending: 0,
                before: 4,
                bounds: (1, 9),
                last_out: None,
                last_in: None,
                formula,
                moves,
                desired: 6,
                held,
            };
            assert_eq!(own.sentence(), expected);
        }
    }

    /// 1.10: the exact product, how it is rounded, the minimum magnitude, and that a count ends at 0, each where it matters.
    #[test]
    fn rule_1_10_a_step_says_how_its_percentage_becomes_tasks() {
        for (capacity, amount, magnitude, expected) in [
            (10, 30, 0, "30 % of 10 is 3: 10 + 3 = 13"),
            (11, 30, 0, "30 % of 11 is 3.3, rounded down to 3: 11 + 3 = 14"),
            (4, 25, 2, "25 % of 4 is 1, raised to the minimum adjustment magnitude of 2: 4 + 2 = 6"),
            (
                6,
                25,
                2,
                "25 % of 6 is 1.5, rounded down to 1 and raised to the minimum adjustment magnitude of 2: 6 + 2 = 8",
            ),
            (40, 25, 2, "25 % of 40 is 10: 40 + 10 = 50"),
            (1, 67, 0, "67 % of 1 is 0.67, less than one task, which counts as 1: 1 + 1 = 2"),
            (10, 127, 0, "127 % of 10 is 12.7, rounded down to 12: 10 + 12 = 22"),
            (1, -58, 0, "−58 % of 1 is −0.58, less than one task, which counts as −1: 1 − 1 = 0"),
            (
                5,
                -41,
                3,
                "−41 % of 5 is −2.05, rounded toward zero to −2 and raised to the minimum adjustment magnitude of 3: 5 − 3 = 2",
            ),
            (
                1,
                -667,
                0,
                "−667 % of 1 is −6.67, rounded toward zero to −6: 1 − 6 = −5, and a count does not go below 0",
            ),
            (4, 0, 2, "0 % of 4 is 0: 4 + 0 = 4"),
        ] {
            let change = change(Adjustment::Percent, capacity, amount, magnitude);
            let (metric, threshold, kind) = (70.0, 50.0, Adjustment::Percent);
            let own = Formula::Step { capacity, metric, threshold, kind, amount, magnitude, change };
            assert_eq!(own.text(), format!("70 is 20 above 50, and {expected}"));
        }
        let kind = Adjustment::Change;
        let own =
            Formula::Step { capacity: 2, metric: 70.0, threshold: 50.0, kind, amount: -5, magnitude: 0, change: -5 };
        assert_eq!(own.text(), "70 is 20 above 50, and 2 − 5 = −3, and a count does not go below 0");
    }

    #[test]
    fn a_reservation_says_how_many_instances_it_wants_and_why() {
        let at = |minute: i64| SimTime::from_millis(minute * 60_000);
        let large = Amounts { cpu: 2048, memory: 7764, gpu: 0, interfaces: 2, ports: 95 };
        let inputs = |busy, instances, target| Inputs {
            instances,
            in_service: instances,
            busy,
            waiting: alloc::vec![],
            smallest: large,
            largest: large,
            target,
            steps: (1, 10_000),
            bounds: (0, 100),
            desired: instances,
            warm_at: None,
            last_out: None,
            tagged: true,
            alarms: [true; 2],
            low_before: 4,
            now: at(20),
        };
        let waiting = |tasks, cpu| {
            alloc::vec![Waiting { tasks, needs: Amounts { cpu, memory: 1024, ..Amounts::default() }, distinct: false }]
        };
        for (inputs, expected) in [
            (
                Inputs { waiting: waiting(10, 512), ..inputs(2, 2, 100) },
                "M is 5: 2 instances, and 3 more for 10 waiting tasks; the reservation is 5 / 2 × 100 = 250 at a target of 100, so that it wants ceil(5 × 100 / 100) = 5: the desired capacity goes from 2 to 5",
            ),
            (
                Inputs { waiting: waiting(1, 512), warm_at: Some(at(21)), ..inputs(3, 3, 100) },
                "M is 4: 3 instances, and 1 more for 1 waiting task; the reservation is 4 / 3 × 100 = 133.33 at a target of 100, so that it wants ceil(4 × 100 / 100) = 4; an instance warms up until 00:21:00, and before that none is added",
            ),
            (
                Inputs { waiting: waiting(2, 9000), ..inputs(1, 1, 100) },
                "2 waiting tasks fit on no instance that the group would launch; the reservation stays at the target of 100; nothing is to be changed",
            ),
            (
                Inputs { waiting: waiting(1, 9000), ..inputs(1, 1, 100) },
                "1 waiting task fits on no instance that the group would launch; the reservation stays at the target of 100; nothing is to be changed",
            ),
            (
                Inputs { waiting: waiting(1, 512), tagged: false, ..inputs(3, 3, 100) },
                "M is 4: 3 instances, and 1 more for 1 waiting task; the reservation is 4 / 3 × 100 = 133.33 at a target of 100, so that it wants ceil(4 × 100 / 100) = 4; the group has lost the tag AmazonECSManaged, without which ECS does not change it",
            ),
            (
                Inputs { waiting: waiting(1, 512), ..inputs(0, 0, 90) },
                "M is 1: 0 instances, and 1 more for 1 waiting task; without instances the reservation counts as 200, so that it wants 2: the desired capacity goes from 0 to 2",
            ),
            (
                inputs(0, 0, 90),
                "M is 0, as 0 of 0 instances run tasks; without instances the reservation counts as the target of 90; nothing is to be changed",
            ),
            (
                inputs(1, 3, 100),
                "M is 1, as 1 of 3 instances runs tasks; the reservation is 1 / 3 × 100 = 33.33 at a target of 100, so that it wants ceil(1 × 100 / 100) = 1; it has been below the target for 5 of 15 datapoints",
            ),
        ] {
            assert_eq!(evaluate(inputs).sentence(), expected);
        }
    }
}
