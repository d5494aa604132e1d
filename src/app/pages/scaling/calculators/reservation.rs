//! CapacityProviderReservation and what managed scaling makes of it (`scaling-ecr-iam-cli.md` 2.7 to 2.9).

use super::super::words::capped;
use super::{Answer, Calculator, Kind, MOST, Values, Wrong, counted, short};
use ecs_lab::scaling::reservation::{Amounts, Held, Inputs, LOW_POINTS, Reservation, Waiting, evaluate};
use ecs_lab::sim::SimTime;

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-reservation",
    name: "Reservation",
    about: "M instances are needed, N are there: CapacityProviderReservation = M / N × 100, held against the target capacity.",
    fields: &[
        ("reservation-instances", "N: instances in the group", "3", Kind::Text("")),
        ("reservation-busy", "Instances with tasks", "3", Kind::Text("Those of daemons do not count.")),
        ("reservation-waiting", "PROVISIONING tasks", "8", Kind::Text("")),
        ("reservation-fit", "Tasks that fit on one instance", "4", Kind::Text("0: they fit on no instance type.")),
        ("reservation-target", "Target capacity in percent", "100", Kind::Text("")),
        ("reservation-least", "Minimum step size", "1", Kind::Text("")),
        ("reservation-most", "Maximum step size", "10000", Kind::Text("")),
        ("reservation-min", "MinSize of the group", "0", Kind::Text("")),
        ("reservation-max", "MaxSize of the group", "20", Kind::Text("")),
    ],
    answer,
};

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let instances = values.whole("reservation-instances", MOST)?;
    let busy = values.whole("reservation-busy", MOST)?;
    if busy > instances {
        return Err(("reservation-busy", "There are fewer instances than that.".into()));
    }
    let tasks = values.whole("reservation-waiting", MOST)?;
    let fit = values.whole("reservation-fit", MOST)?;
    let target = values.whole("reservation-target", 100)?;
    if target == 0 {
        return Err(("reservation-target", "Give a whole number from 1 to 100.".into()));
    }
    let steps = (values.whole("reservation-least", MOST)?, values.whole("reservation-most", MOST)?);
    if steps.0 == 0 || steps.1 < steps.0 {
        let field = if steps.0 == 0 { "reservation-least" } else { "reservation-most" };
        return Err((field, "Step sizes go from 1 up, and the maximum is not below the minimum.".into()));
    }
    let bounds = values.range("reservation-min", "reservation-max", MOST)?;
    let room = Amounts { cpu: fit, ..Amounts::default() };
    let needs = Amounts { cpu: 1, ..Amounts::default() };
    let waiting = if tasks > 0 { vec![Waiting { tasks, needs, distinct: false }] } else { Vec::new() };
    // Below the target for long enough already.
    let with = |instances: u32| {
        let busy = busy.min(instances);
        evaluate(Inputs {
            instances,
            in_service: instances,
            busy,
            waiting: waiting.clone(),
            smallest: room,
            largest: room,
            target,
            steps,
            bounds,
            desired: instances,
            warm_at: None,
            last_out: None,
            tagged: true,
            alarms: [true; 2],
            low_before: LOW_POINTS,
            now: SimTime::default(),
        })
    };
    let own = with(instances);
    let mut words = vec![result(&own), needed(&own, tasks, fit)];
    words.push(match own.held {
        None if own.desired < instances => {
            format!("It waits until the metric has been below the target for {LOW_POINTS} minutes, then removes less than half at a time.")
        }
        None => "It does so at once, unless an instance is still warming up.".into(),
        Some(held) => format!("The desired capacity stays {}: {}.", own.desired, why(held)),
    });
    let rows = (instances.saturating_sub(3)..=instances.saturating_add(4)).map(|count| {
        let own = with(count);
        let cells = [count, own.needed].map(|own| own.to_string());
        cells.into_iter().chain([short(own.percent()), own.desired.to_string()]).collect()
    });
    Ok(Answer {
        words,
        caption: "The same demand with other numbers of instances".into(),
        head: vec!["N", "M", "Reservation in %", "Desired"],
        rows: rows.collect(),
    })
}

fn result(own: &Reservation) -> String {
    let (n, m, target) = (own.inputs.instances, own.needed, own.inputs.target);
    let metric = short(own.percent());
    let wants = format!("the group wants ceil({m} × 100 / {target}) = {}", own.wanted);
    match own.needs.first() {
        Some(need) if need.instances == 0 => {
            format!("The metric stays at the target, {metric}: no instance would help a task that waits.")
        }
        _ if n == 0 && m == 0 => format!("Nothing runs and nothing waits: the metric is the target, {metric}."),
        _ if n == 0 => {
            let first = own.desired;
            format!("Without an instance the metric is {metric}, and the group launches {first} first{}.", capped(own))
        }
        _ => {
            let (to, capped) = (own.desired, capped(own));
            format!("{m} / {n} × 100 = {metric} % of {target} %: {wants}, and goes from {n} to {to}{capped}.")
        }
    }
}

fn needed(own: &Reservation, tasks: u32, fit: u32) -> String {
    let Some(need) = own.needs.first() else {
        return format!("Nothing waits, so M is the {} with tasks.", counted(own.inputs.busy, "instance"));
    };
    match need.instances {
        0 => "What waits is larger than the smallest instance type.".into(),
        count => format!(
            "{} wait{} and {fit} fit{} on an instance: ceil({tasks} / {fit}) = {count}, within the step sizes {}. So M is {} + {} = {}.",
            counted(tasks, "task"),
            third(tasks),
            third(fit),
            own.add,
            own.inputs.instances,
            own.add,
            own.needed
        ),
    }
}

/// The ending of a verb whose subject are so many.
fn third(count: u32) -> &'static str {
    if count == 1 { "s" } else { "" }
}

fn why(held: Held) -> String {
    match held {
        Held::AtTarget => "nothing would change".into(),
        Held::AtMaximum => "MaxSize is reached".into(),
        Held::AtMinimum => "MinSize is reached".into(),
        Held::NoAlarm | Held::Untagged => held.text(),
        Held::WarmingUp(at) => format!("an instance is warming up until {}", at.clock()),
        Held::Low(points) => format!("the metric has been low for {points} of {LOW_POINTS} minutes"),
        Held::AfterScaleOut(at) => format!("the last scale-out holds it until {}", at.clock()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn table_2_7_is_said_with_its_numbers() {
        let of = |texts: &[(&'static str, &str)]| ask(&CALCULATOR, texts).unwrap().0;
        let words = of(&[]);
        assert!(
            words.starts_with(
                "5 / 3 × 100 = 166.667 % of 100 %: the group wants ceil(5 × 100 / 100) = 5, and goes from 3 to 5."
            ),
            "{words}"
        );
        assert!(
            words.contains(
                "8 tasks wait and 4 fit on an instance: ceil(8 / 4) = 2, within the step sizes 2. So M is 3 + 2 = 5."
            ),
            "{words}"
        );
        let words = of(&[("reservation-waiting", "1"), ("reservation-fit", "1")]);
        assert!(words.contains("1 task waits and 1 fits on an instance: ceil(1 / 1) = 1"), "{words}");
        let words = of(&[("reservation-instances", "0"), ("reservation-busy", "0")]);
        assert!(words.starts_with("Without an instance the metric is 200, and the group launches 2 first."), "{words}");
        let words = of(&[("reservation-fit", "0")]);
        assert!(words.starts_with("The metric stays at the target, 100: no instance would help"), "{words}");
        let words = of(&[("reservation-waiting", "0"), ("reservation-busy", "1"), ("reservation-target", "50")]);
        assert!(
            words.starts_with(
                "1 / 3 × 100 = 33.333 % of 50 %: the group wants ceil(1 × 100 / 50) = 2, and goes from 3 to 2."
            ),
            "{words}"
        );
        for (texts, said) in [
            (&[("reservation-max", "4")][..], "and goes from 3 to 4; the group's maximum size of 4 allows no more."),
            (
                &[("reservation-waiting", "0"), ("reservation-busy", "0"), ("reservation-min", "2")],
                "and goes from 3 to 2; the group's minimum size of 2 allows no fewer.",
            ),
            (
                &[("reservation-instances", "0"), ("reservation-busy", "0"), ("reservation-max", "1")],
                "the group launches 1 first; the group's maximum size of 1 allows no more.",
            ),
        ] {
            let words = of(texts);
            assert!(words.contains(said), "{words}");
        }
        let words = of(&[("reservation-max", "3")]);
        assert!(words.ends_with("The desired capacity stays 3: MaxSize is reached."), "{words}");
    }

    #[test]
    fn bad_input_is_told_at_its_field() {
        for (field, text, wrong) in [
            ("reservation-busy", "4", "reservation-busy"),
            ("reservation-target", "0", "reservation-target"),
            ("reservation-target", "101", "reservation-target"),
            ("reservation-least", "0", "reservation-least"),
            ("reservation-most", "0", "reservation-most"),
            ("reservation-min", "21", "reservation-max"),
        ] {
            assert_eq!(ask(&CALCULATOR, &[(field, text)]).unwrap_err().0, wrong, "{field} {text}");
        }
    }
}
