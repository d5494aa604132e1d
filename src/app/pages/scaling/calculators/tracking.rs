//! Target tracking: how many tasks a policy wants of a metric (`scaling-ecr-iam-cli.md` 1.4, 1.5).

use super::{Answer, Calculator, Kind, MOST, Values, Wrong, counted, honest, short, trial};
use ecs_lab::scaling::decide::{Evaluation, alone};
use ecs_lab::scaling::tracking::{Signal, Tracking, alarms, propose, steady};
use ecs_lab::sim::SimDuration;

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-tracking",
    name: "Target tracking",
    about: "A service is steady, and the metric stays where it is for long enough. What does the policy make of it?",
    fields: &[
        ("tracking-running", "Running tasks", "4", Kind::Text("")),
        ("tracking-metric", "Metric", "90", Kind::Text("Its newest point, such as CPU in percent.")),
        ("tracking-target", "Target value", "60", Kind::Text("")),
        ("tracking-min", "Minimum capacity", "1", Kind::Text("")),
        ("tracking-max", "Maximum capacity", "20", Kind::Text("")),
        ("tracking-in", "Scales in", "yes", Kind::Choice(&[("yes", "yes"), ("no", "no: DisableScaleIn")])),
    ],
    answer,
};

/// Parts of the target at which the table looks.
const PARTS: [f64; 9] = [0.25, 0.5, 0.75, 0.89, 0.95, 1.01, 1.5, 2.0, 4.0];

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let running = values.whole("tracking-running", MOST)?;
    let metric = values.number("tracking-metric")?;
    if metric < 0.0 {
        return Err(("tracking-metric", "A metric of utilisation or requests is not negative.".into()));
    }
    let target = values.above_zero("tracking-target")?;
    let bounds = values.range("tracking-min", "tracking-max", MOST)?;
    let policy = Tracking { target, scales_in: values.text("tracking-in") != "no", cooldowns: [SimDuration::ZERO; 2] };
    let at = |metric: f64| {
        let signal = steady(target, metric);
        let voice = propose(&policy, signal, Some(metric), running, (running, bounds.1));
        alone(&voice, metric, signal, running, bounds)
    };
    let own = at(metric);
    let [high, low] = alarms(target, 60);
    let side = |own: f64| (own > high.threshold, own < low.threshold);
    let shown = honest(metric, |own| side(own) == side(metric));
    // As many digits as tell a threshold from the metric.
    let [above, below] = [&high, &low].map(|own| {
        honest(own.threshold, |text| (metric < text, metric > text) == (metric < own.threshold, metric > own.threshold))
    });
    let alarm = match own.signal {
        Signal::High => {
            format!("{shown} is above {above}: AlarmHigh is in ALARM after {} datapoints in a row.", high.points)
        }
        Signal::Low => format!(
            "{shown} is below {below}, which is nine tenths of the target: AlarmLow is in ALARM after {} datapoints in a row.",
            low.points
        ),
        Signal::Quiet | Signal::Unknown | Signal::Gone(_) | Signal::Off => {
            format!("{shown} lies between {below} and {above}: no alarm.")
        }
    };
    let mut words = vec![said(&own), alarm];
    if own.desired > 0 && running > 0 && own.desired != running {
        let after = f64::from(running) * metric / f64::from(own.desired);
        words.push(format!(
            "The same load on {} makes {} × {} / {} = {}.",
            counted(own.desired, "task"),
            running,
            shown,
            own.desired,
            short(after)
        ));
    }
    let rows = PARTS.into_iter().map(|part| (target * part * 1000.0).round() / 1000.0).map(|metric| {
        let own = at(metric);
        vec![short(metric), letter(own.signal).into(), own.desired.to_string(), said(&own)]
    });
    Ok(Answer {
        words,
        caption: format!("The same with other values of the metric, {} running", counted(running, "task")),
        head: vec!["Metric", "Alarm", "Desired", "Why"],
        rows: rows.collect(),
    })
}

fn letter(signal: Signal) -> &'static str {
    match signal {
        Signal::High => "high",
        Signal::Low => "low",
        Signal::Quiet | Signal::Unknown | Signal::Gone(_) | Signal::Off => "none",
    }
}

/// The evaluation as a sentence.
fn said(own: &Evaluation) -> String {
    format!("It {}.", trial::sentence(own))
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn rule_1_5_is_said_with_its_numbers() {
        for (running, metric, said) in [
            ("4", "90", "It wants 6 because ceil(4 × 90 / 60) = 6: the desired count goes from 4 to 6."),
            ("10", "45", "It wants 8 because ceil(10 × 45 / 60) = 8: the desired count goes from 10 to 8."),
            ("3", "50", "It wants no change: ceil(3 × 50 / 60) = 3; with one task less the metric would be above"),
            ("4", "57", "It wants no change; no alarm is in ALARM."),
            (
                "10",
                "600",
                "It wants 100 because ceil(10 × 600 / 60) = 100: the desired count goes from 10 to 20; the maximum capacity of 20 allows no more.",
            ),
            ("20", "90", "It wants 30 because ceil(20 × 90 / 60) = 30; the maximum capacity of 20 is reached."),
            ("0", "90", "It wants 1 because no task runs and 90 is above 60: 1 is added"),
        ] {
            let (words, _) = ask(&CALCULATOR, &[("tracking-running", running), ("tracking-metric", metric)]).unwrap();
            assert!(words.starts_with(said), "{words}");
        }
        let (words, rows) = ask(&CALCULATOR, &[("tracking-in", "no"), ("tracking-metric", "10")]).unwrap();
        assert!(words.contains("the policy does not scale in"), "{words}");
        assert_eq!((rows.len(), rows[5].split(" | ").nth(2)), (PARTS.len(), Some("5")), "{rows:?}");
    }

    /// 1.4: which digits decide is seen, and nothing is shared out among no tasks.
    #[test]
    fn the_digits_that_decide_are_said() {
        for (running, metric, said) in [
            ("4", "60.0000001", " 60.0000001 is above 60: AlarmHigh"),
            ("4", "53.9999", " 53.9999 is below 54, which"),
            ("4", "53.999", " 53.999 is below 54, which"),
            ("4", "57.1234", " 57.123 lies between 54 and 60: no alarm."),
            ("2", "90", " The same load on 3 tasks makes 2 × 90 / 3 = 60."),
            ("0", "90", " 90 is above 60: AlarmHigh is in ALARM after 3 datapoints in a row."),
        ] {
            let (words, _) = ask(&CALCULATOR, &[("tracking-running", running), ("tracking-metric", metric)]).unwrap();
            assert!(words.contains(said), "{words}");
            assert!(running != "0" || !words.contains("The same load"), "{words}");
        }
    }

    #[test]
    fn bad_input_is_told_at_its_field() {
        for (field, text, wrong) in [
            ("tracking-target", "0", "tracking-target"),
            ("tracking-target", "NaN", "tracking-target"),
            ("tracking-metric", "-5", "tracking-metric"),
            ("tracking-running", "1.5", "tracking-running"),
            ("tracking-max", "0", "tracking-max"),
        ] {
            assert_eq!(ask(&CALCULATOR, &[(field, text)]).unwrap_err().0, wrong, "{text}");
        }
    }
}
