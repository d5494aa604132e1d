//! Step scaling: which step a metric falls into, and what that makes of the capacity (`scaling-ecr-iam-cli.md` 1.10).

use super::super::{deeds, requests};
use super::{Answer, Calculator, Kind, MOST, Values, Wrong, number, short, trial};
use crate::app::store::wording;
use ecs_lab::aws::ApiError;
use ecs_lab::scaling::decide::{Formula, alone};
use ecs_lab::scaling::step::{Bases, Step, Stepping, propose};
use ecs_lab::scaling::tracking::Signal;

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-step",
    name: "Step scaling",
    about: "An alarm is in ALARM. Its metric's distance from the threshold chooses the step.",
    fields: &[
        ("step-capacity", "Running tasks", "10", Kind::Text("")),
        ("step-metric", "Metric", "70", Kind::Text("")),
        ("step-threshold", "Threshold of the alarm", "50", Kind::Text("")),
        (
            "step-above",
            "The alarm looks for what is",
            "above",
            Kind::Choice(&[("above", "greater than the threshold"), ("below", "less than the threshold")]),
        ),
        (
            "step-AdjustmentType",
            "Adjustment type",
            "PercentChangeInCapacity",
            Kind::Choice(&[
                ("ChangeInCapacity", "ChangeInCapacity: add or remove"),
                ("ExactCapacity", "ExactCapacity: set"),
                ("PercentChangeInCapacity", "PercentChangeInCapacity: a part of what runs"),
            ]),
        ),
        (
            "step-StepAdjustments",
            "Steps",
            "0..10 0, 10..20 10, 20.. 30",
            Kind::Text(
                "LOWER..UPPER ADJUSTMENT, from the threshold on, with commas between; an open end is left empty.",
            ),
        ),
        (
            "step-MinAdjustmentMagnitude",
            "Minimum magnitude",
            "",
            Kind::Text("The least that a percentage adds or removes; for percentages alone."),
        ),
        ("step-min", "Minimum capacity", "1", Kind::Text("")),
        ("step-max", "Maximum capacity", "100", Kind::Text("")),
    ],
    answer,
};

/// Steps as the calculators and forms write them: `0..10 1, 10.. 3`.
pub fn steps(text: &str) -> Result<Vec<Step>, String> {
    text.split(',').map(|own| one(own.trim())).collect()
}

fn one(text: &str) -> Result<Step, String> {
    let wrong = || format!("\"{text}\" is no step: write LOWER..UPPER ADJUSTMENT, such as 0..10 1 or 20.. 3.");
    let (range, amount) = text.rsplit_once(' ').ok_or_else(wrong)?;
    let (lower, upper) = range.trim().split_once("..").ok_or_else(wrong)?;
    let bound = |own: &str| match own.trim() {
        "" => Ok(None),
        own => number(own).map(Some).map_err(|_| wrong()),
    };
    let amount = amount.parse().ok().filter(|own: &i32| own.unsigned_abs() <= 100_000).ok_or_else(wrong)?;
    Ok(Step { lower: bound(lower)?, upper: bound(upper)?, amount: amount.into() })
}

/// The members of the policy, each with its field.
const POLICY: [&str; 3] = ["step-AdjustmentType", "step-StepAdjustments", "step-MinAdjustmentMagnitude"];

/// The policy as PutScalingPolicy takes it.
fn policy(values: &Values) -> Result<Stepping, Wrong> {
    let wrong = |refused: ApiError| {
        let field = POLICY.into_iter().find(|id| deeds::is_at(&refused.path, id));
        (field.unwrap_or("step-StepAdjustments"), wording(&refused.message, refused.ours))
    };
    let made = trial::stepping(requests::stepping(values, POLICY)?).map_err(wrong)?;
    made.ok_or_else(|| ("step-AdjustmentType", "Choose an adjustment type.".to_owned()))
}

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let capacity = values.whole("step-capacity", MOST)?;
    let metric = values.number("step-metric")?;
    let threshold = values.number("step-threshold")?;
    let above = values.text("step-above") != "below";
    let policy = policy(values)?;
    let bounds = values.range("step-min", "step-max", MOST)?;
    let at = |metric: f64| {
        let voice = propose(&policy, Some(metric), (threshold, above), Bases { out: capacity, running: capacity });
        alone(&voice, metric, Signal::Unknown, capacity, bounds)
    };
    let alarms = if above { metric > threshold } else { metric < threshold };
    let words = if alarms {
        format!("It {}.", trial::sentence(&at(metric)))
    } else {
        let side = if above { "above" } else { "below" };
        format!("Nothing happens: {} is not {side} the threshold, so there is no alarm.", short(metric))
    };
    let rows = policy.steps.iter().map(|step| {
        // A value inside of the step.
        let inside = match (step.lower, step.upper) {
            (Some(lower), Some(upper)) => (lower + upper) / 2.0,
            (Some(end), None) => end + 1.0,
            (None, Some(end)) => end - 1.0,
            (None, None) => 0.0,
        };
        let own = at(threshold + inside);
        let end = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |own| short(threshold + own));
        let from = step.lower.map_or_else(|| "−∞".to_owned(), |own| short(threshold + own));
        let change = match own.formula {
            Some(Formula::Step { change, .. }) => change.to_string(),
            _ => "0".into(),
        };
        vec![format!("{from} to {}", end(step.upper)), step.amount.to_string(), change, own.desired.to_string()]
    });
    Ok(Answer {
        caption: format!("Each step with {capacity} running"),
        head: vec!["Metric", "Adjustment", "Change", "Desired"],
        rows: rows.collect(),
        words: vec![words],
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn rule_1_10_is_said_with_its_numbers() {
        let (words, rows) = ask(&CALCULATOR, &[]).unwrap();
        let said = "It wants 13 because 70 is 20 above 50, and 30 % of 10 is 3: 10 + 3 = 13: the desired count goes from 10 to 13.";
        assert_eq!(words, said);
        assert_eq!(rows, ["50 to 60 | 0 | 0 | 10", "60 to 70 | 10 | 1 | 11", "70 to ∞ | 30 | 3 | 13"]);
        let below = [
            ("step-StepAdjustments", "..-10 -2, -10..0 -1"),
            ("step-above", "below"),
            ("step-AdjustmentType", "ChangeInCapacity"),
        ];
        let (words, rows) = ask(&CALCULATOR, &[&below[..], &[("step-metric", "45")]].concat()).unwrap();
        assert!(words.starts_with("It wants 9 because 45 is 5 below 50, and 10 − 1 = 9"), "{words}");
        assert_eq!(rows, ["−∞ to 40 | -2 | -2 | 8", "40 to 50 | -1 | -1 | 9"]);
        let (words, _) = ask(&CALCULATOR, &[("step-metric", "50")]).unwrap();
        assert_eq!(words, "Nothing happens: 50 is not above the threshold, so there is no alarm.");
        let (words, _) = ask(&CALCULATOR, &[("step-capacity", "1"), ("step-MinAdjustmentMagnitude", "2")]).unwrap();
        assert!(words.contains("the desired count goes from 1 to 3"), "{words}");
    }

    /// Rule 1.10: what PutScalingPolicy refuses has no answer here.
    #[test]
    fn what_the_lab_refuses_is_refused() {
        for (kind, steps, magnitude, field, said) in [
            ("ExactCapacity", "0.. -3", "", "step-StepAdjustments", "An exact capacity must not be negative."),
            ("ChangeInCapacity", "0.. 3", "2", "step-MinAdjustmentMagnitude", "is for PercentChangeInCapacity alone."),
            ("ExactCapacity", "0.. 3", "1", "step-MinAdjustmentMagnitude", "is for PercentChangeInCapacity alone."),
            ("PercentChangeInCapacity", "0.. 3", "-1", "step-MinAdjustmentMagnitude", "negative"),
            ("PercentChangeInCapacity", "0.. 3", "many", "step-MinAdjustmentMagnitude", "many"),
        ] {
            let texts = [
                ("step-AdjustmentType", kind),
                ("step-StepAdjustments", steps),
                ("step-MinAdjustmentMagnitude", magnitude),
            ];
            let (wrong, words) = ask(&CALCULATOR, &texts).unwrap_err();
            assert!(wrong == field && words.contains(said), "{kind} {steps} {magnitude}: {wrong}: {words}");
        }
    }

    #[test]
    fn what_caps_the_answer_is_said() {
        let (words, _) = ask(&CALCULATOR, &[("step-StepAdjustments", "0.. 4900")]).unwrap();
        let said = "10 + 490 = 500: the desired count goes from 10 to 100; the maximum capacity of 100 allows no more.";
        assert!(words.ends_with(said), "{words}");
    }

    #[test]
    fn steps_are_read_or_told_what_they_lack() {
        for (text, words) in [
            ("", "is no step"),
            ("0..10", "is no step"),
            ("0..10 x", "is no step"),
            ("a..10 1", "is no step"),
            ("0..NaN 1", "is no step"),
            ("0..10 1, 20.. 3", "There is a gap"),
            ("0..10 1, 5.. 3", "overlap"),
            (".. 1", "needs a lower or an upper bound"),
            ("10..0 1", "must be greater"),
            ("0..10 1", "no upper bound"),
        ] {
            let (field, said) = ask(&CALCULATOR, &[("step-StepAdjustments", text)]).unwrap_err();
            assert!(field == "step-StepAdjustments" && said.contains(words), "{text}: {said}");
        }
    }
}
