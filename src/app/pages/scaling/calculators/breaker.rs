//! After how many failures the circuit breaker ends a deployment (`ecs.md` 6.5: CB-02, CB-03).

use super::{Answer, Calculator, Kind, MOST, Values, Wrong, counted};
use ecs_lab::ecs::service::threshold;
use serde_json::{Value, json};

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-breaker",
    name: "Circuit breaker",
    about: "Tasks of a deployment that fail before they are healthy are counted. So many end it.",
    fields: &[
        ("breaker-desired", "Desired count", "25", Kind::Text("")),
        (
            "breaker-kind",
            "Threshold",
            "",
            Kind::Choice(&[
                ("", "as by default: half, at least 3, at most 200"),
                ("BOUNDED_PERCENT", "BOUNDED_PERCENT: a part, at least 3, at most 200"),
                ("UNBOUNDED_PERCENT", "UNBOUNDED_PERCENT: a part"),
                ("COUNT", "COUNT: a number of tasks"),
            ]),
        ),
        ("breaker-value", "Its value", "50", Kind::Text("Percent, or tasks.")),
    ],
    answer,
};

/// Counts that show where the bounds hold.
const COUNTS: [u32; 8] = [1, 4, 6, 10, 25, 100, 400, 800];

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let desired = values.whole("breaker-desired", MOST)?;
    let value = values.whole("breaker-value", MOST)?;
    let kind = values.text("breaker-kind");
    let most = if kind == "COUNT" { MOST } else { 100 };
    if !kind.is_empty() && !(1..=most).contains(&value) {
        return Err(("breaker-value", format!("Give a whole number from 1 to {most}.")));
    }
    let breaker = match kind {
        "" => Value::Null,
        kind => json!({ "thresholdConfiguration": { "type": kind, "value": value } }),
    };
    let percent = if kind.is_empty() { 50 } else { value };
    let formula = |desired: u32| {
        let own = threshold(&breaker, desired);
        let share = format!("ceil({desired} × {percent} / 100)");
        match kind {
            "COUNT" => format!("{own}, whatever the desired count is"),
            "UNBOUNDED_PERCENT" => format!("{share} = {own}"),
            _ => format!("{share}, at least 3 and at most 200, is {own}"),
        }
    };
    let own = threshold(&breaker, desired);
    let words = vec![
        format!("The deployment fails with {}: {}.", counted(own, "failed task"), formula(desired)),
        "The desired count of the moment counts. A healthy task sets the failures back to 0, unless resetOnHealthyTask is false."
            .into(),
    ];
    let rows =
        COUNTS.into_iter().map(|count| vec![count.to_string(), threshold(&breaker, count).to_string(), formula(count)]);
    Ok(Answer {
        words,
        caption: "The same threshold for other counts".into(),
        head: vec!["Desired", "Failures", "Formula"],
        rows: rows.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn cb_02_cb_03_are_said_with_their_numbers() {
        for (desired, kind, value, said) in [
            (
                "25",
                "",
                "7",
                "The deployment fails with 13 failed tasks: ceil(25 × 50 / 100), at least 3 and at most 200, is 13.",
            ),
            (
                "1",
                "",
                "7",
                "The deployment fails with 3 failed tasks: ceil(1 × 50 / 100), at least 3 and at most 200, is 3.",
            ),
            ("800", "BOUNDED_PERCENT", "50", "The deployment fails with 200 failed tasks:"),
            (
                "800",
                "UNBOUNDED_PERCENT",
                "50",
                "The deployment fails with 400 failed tasks: ceil(800 × 50 / 100) = 400.",
            ),
            ("25", "COUNT", "1", "The deployment fails with 1 failed task: 1, whatever the desired count is."),
        ] {
            let texts = [("breaker-desired", desired), ("breaker-kind", kind), ("breaker-value", value)];
            let (words, _) = ask(&CALCULATOR, &texts).unwrap();
            assert!(words.starts_with(said), "{words}");
        }
        for (kind, value) in [("COUNT", "0"), ("UNBOUNDED_PERCENT", "101"), ("BOUNDED_PERCENT", "0")] {
            let wrong = ask(&CALCULATOR, &[("breaker-kind", kind), ("breaker-value", value)]).unwrap_err();
            assert_eq!(wrong.0, "breaker-value", "{kind} {value}");
        }
    }
}
