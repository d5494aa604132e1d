//! Between which counts a rolling deployment stays, and whether it can move at all (`ecs.md` 6.3: RL-01, RL-02, RL-05).

use super::{Answer, Calculator, Kind, MOST, Values, Wrong, counted};
use ecs_lab::placement::rolling::{Bounds, Member, Place, Stuck, step};
use ecs_lab::placement::scale_in::Phase;

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-rolling",
    name: "Rolling percentages",
    about: "minimumHealthyPercent is rounded up, maximumPercent down. Where they meet, nothing may start and nothing stop.",
    fields: &[
        ("rolling-desired", "Desired count", "4", Kind::Text("")),
        ("rolling-lower", "Minimum healthy percent", "50", Kind::Text("")),
        ("rolling-upper", "Maximum percent", "150", Kind::Text("")),
    ],
    answer,
};

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let desired = values.whole("rolling-desired", MOST)?;
    let (lower, upper) = (values.whole("rolling-lower", 1000)?, values.whole("rolling-upper", 1000)?);
    let own = Bounds::new(desired, lower, upper);
    let words = vec![
        verdict(desired, own),
        format!("At least ceil({desired} × {lower} / 100) = {} must be healthy.", own.lower),
        format!("At most floor({desired} × {upper} / 100) = {} may be there.", own.upper),
    ];
    // What is rounded how shows best in the small counts.
    let mut counts: Vec<u32> = (1..=10).collect();
    if !counts.contains(&desired) {
        counts.push(desired);
    }
    let rows = counts.into_iter().map(|count| {
        let own = Bounds::new(count, lower, upper);
        vec![count.to_string(), own.lower.to_string(), own.upper.to_string(), verdict(count, own)]
    });
    Ok(Answer {
        words,
        caption: format!("The same percentages, {lower} and {upper}, for other counts"),
        head: vec!["Desired", "At least", "At most", "A deployment"],
        rows: rows.collect(),
    })
}

/// What the first step of a deployment does that has room for everything.
fn verdict(desired: u32, bounds: Bounds) -> String {
    let old = Member { place: Place::Outdated, phase: Phase::Running, protected: false };
    let members = vec![old; desired as usize];
    let first = step(&members, desired, bounds, 0, &mut || true);
    match (first.start, first.stop.len() as u32, first.stuck) {
        (_, _, Some(Stuck::Bounds)) => "never moves: the bounds let nothing start and nothing stop.".into(),
        (0, 0, _) => "has nothing to do.".into(),
        (start, 0, _) => format!("starts {} first, and stops old ones as these are healthy.", counted(start, "task")),
        (0, stop, _) => format!("stops {} first, and starts new ones in their place.", counted(stop, "task")),
        (start, stop, _) => {
            format!("starts {} and stops {} at once.", counted(start, "task"), counted(stop, "task"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn rl_01_rl_02_rl_05_are_said_with_their_numbers() {
        for (desired, lower, upper, said) in [
            ("4", "50", "150", "starts 2 tasks and stops 2 tasks at once."),
            ("4", "100", "200", "starts 4 tasks first, and stops old ones as these are healthy."),
            ("4", "50", "100", "stops 2 tasks first, and starts new ones in their place."),
            ("1", "100", "150", "never moves: the bounds let nothing start and nothing stop."),
            ("4", "100", "100", "never moves: the bounds let nothing start and nothing stop."),
            ("3", "67", "133", "never moves: the bounds let nothing start and nothing stop."),
            ("0", "100", "200", "has nothing to do."),
        ] {
            let texts = [("rolling-desired", desired), ("rolling-lower", lower), ("rolling-upper", upper)];
            let (words, _) = ask(&CALCULATOR, &texts).unwrap();
            assert!(words.starts_with(said), "{desired} at {lower} and {upper}: {words}");
        }
        let (words, rows) = ask(&CALCULATOR, &[("rolling-desired", "12")]).unwrap();
        assert!(words.contains("ceil(12 × 50 / 100) = 6") && words.contains("floor(12 × 150 / 100) = 18"), "{words}");
        assert_eq!(
            (rows.len(), rows[0].as_str()),
            (11, "1 | 1 | 1 | never moves: the bounds let nothing start and nothing stop.")
        );
    }
}
