//! Evaluations of policies in sentences.

use super::decide::{Evaluation, Formula, Held, Move};
use super::step::Adjustment;
use super::tracking::ceil;
use alloc::format;
use alloc::string::String;

impl Formula {
    /// With its numbers and its result: `ceil(4 × 90 / 60) = 6`.
    pub fn text(&self) -> String {
        match *self {
            Formula::Tracking { running, metric, target } => {
                let result = ceil(f64::from(running) * metric / target);
                format!("ceil({running} × {metric} / {target}) = {result}")
            }
            Formula::FromZero { metric, target } => {
                format!("no task runs and {metric} is above {target}: 1 is added")
            }
            Formula::Step { capacity, metric, threshold, kind, amount, change } => {
                let side = if metric < threshold { "below" } else { "above" };
                let far = if metric < threshold { threshold - metric } else { metric - threshold };
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
            Formula::Forecast { load, target } => format!("ceil({load} / {target}) = {}", ceil(load / target)),
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
            None => format!("{wants}: the desired count goes from {} to {}", self.before, self.desired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
