//! Evaluations of policies and of capacity providers in sentences.

use super::decide::{Evaluation, Formula, Held, Move};
use super::reservation::{self, LOW_POINTS, Reservation};
use super::step::Adjustment;
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
            Formula::Step { capacity, metric, threshold, kind, amount, change } => {
                let side = if metric < threshold { "below" } else { "above" };
                let far = short(if metric < threshold { threshold - metric } else { metric - threshold });
                let metric = short(metric);
                let step = match kind {
                    Adjustment::Change => format!("{capacity} {}", signed(amount)),
                    Adjustment::Exact => {
                        return format!("{metric} is {far} {side} {threshold}, and that sets {amount}");
                    }
                    Adjustment::Percent => {
                        format!("{amount} % of {capacity} is {change}: {capacity} {}", signed(change))
                    }
                };
                let result = i64::from(capacity).saturating_add(change).max(0);
                format!("{metric} is {far} {side} {threshold}, and {step} = {result}")
            }
            Formula::Forecast { load, target } => {
                let shown = honest(load, |own| ceil(own / target) == ceil(load / target));
                format!("ceil({shown} / {target}) = {}", ceil(load / target))
            }
        }
    }
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
        let tasks: u32 = own.waiting.iter().map(|group| group.tasks).sum();
        let tasks = format!("{tasks} waiting task{}", if tasks == 1 { "" } else { "s" });
        let instances = format!("{n} instance{}", if n == 1 { "" } else { "s" });
        let stuck = self.add == 0 && !own.waiting.is_empty();
        let needed = match self.add {
            0 if stuck => format!("{tasks} fit on no instance that the group would launch"),
            0 => format!("M is {m}, as {m} of {instances} run tasks"),
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

/// With two decimals at most.
fn rounded(value: f64) -> f64 {
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    (value * 100.0 + half) as i64 as f64 / 100.0
}

fn short(value: f64) -> String {
    format!("{}", rounded(value))
}

/// With two decimals at most, unless it is more that decides.
fn honest(value: f64, same: impl Fn(f64) -> bool) -> f64 {
    Some(rounded(value)).filter(|own| same(*own)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::reservation::{Amounts, Inputs, Waiting, evaluate};
    use crate::scaling::tracking::Signal;
    use crate::sim::SimTime;

    #[test]
    fn an_evaluation_says_what_decided() {
        let at = SimTime::parse("2026-01-05T09:14:00Z").unwrap();
        let tracking = |running, metric| Some(Formula::Tracking { running, metric, target: 60.0 });
        let step = |capacity, metric, kind, amount, change| {
            Some(Formula::Step { capacity, metric, threshold: 50.0, kind, amount, change })
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
                "wants 14 because 70 is 20 above 50, and 30 % of 11 is 3: 11 + 3 = 14; the maximum capacity of 11 is reached",
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
                Inputs { waiting: waiting(1, 512), ..inputs(0, 0, 90) },
                "M is 1: 0 instances, and 1 more for 1 waiting task; without instances the reservation counts as 200, so that it wants 2: the desired capacity goes from 0 to 2",
            ),
            (
                inputs(0, 0, 90),
                "M is 0, as 0 of 0 instances run tasks; without instances the reservation counts as the target of 90; nothing is to be changed",
            ),
            (
                inputs(1, 3, 100),
                "M is 1, as 1 of 3 instances run tasks; the reservation is 1 / 3 × 100 = 33.33 at a target of 100, so that it wants ceil(1 × 100 / 100) = 1; it has been below the target for 5 of 15 datapoints",
            ),
        ] {
            assert_eq!(evaluate(inputs).sentence(), expected);
        }
    }
}
