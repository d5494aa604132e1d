//! How a capacity provider strategy divides tasks (`scaling-ecr-iam-cli.md` 2.4, CP-01 to CP-05).

use super::{Answer, Calculator, Kind, Values, Wrong, counted};
use ecs_lab::ecs::provider_strategy;
use ecs_lab::scaling::split::{Share, last, next, split};
use serde_json::{Value, json};

/// Tasks at most: they are handed out one by one.
const TASKS: u32 = 5000;
/// The order of so many tasks is shown.
const SHOWN: u32 = 40;
const NAMES: [&str; 3] = ["A", "B", "C"];
const FIELDS: [[&str; 2]; 3] =
    [["split-weight-a", "split-base-a"], ["split-weight-b", "split-base-b"], ["split-weight-c", "split-base-c"]];

pub const CALCULATOR: Calculator = Calculator {
    id: "calc-split",
    name: "Base and weight",
    about: "The base is filled first; what is left is divided by the weights. A provider without a weight is not there.",
    fields: &[
        ("split-tasks", "Tasks", "10", Kind::Text("")),
        ("split-weight-a", "Weight of A", "1", Kind::Text("")),
        ("split-base-a", "Base of A", "2", Kind::Text("")),
        ("split-weight-b", "Weight of B", "3", Kind::Text("")),
        ("split-base-b", "Base of B", "0", Kind::Text("")),
        ("split-weight-c", "Weight of C", "", Kind::Text("")),
        ("split-base-c", "Base of C", "", Kind::Text("")),
    ],
    answer,
};

fn answer(values: &Values) -> Result<Answer, Wrong> {
    let tasks = values.whole("split-tasks", TASKS)?;
    let (mut shares, mut names, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for ([weight, base], name) in FIELDS.into_iter().zip(NAMES) {
        if values.text(weight).is_empty() {
            continue;
        }
        // The ranges of the API's model.
        let weight = values.whole(weight, 1000)?;
        let base = if values.text(base).is_empty() { 0 } else { values.whole(base, 100_000)? };
        items.push(json!({ "capacityProvider": name, "weight": weight, "base": base }));
        shares.push(Share { weight, base });
        names.push(name);
    }
    if shares.is_empty() {
        return Err(("split-weight-a", "At least one provider has a weight.".into()));
    }
    let known = names.iter().map(|name| Value::from(*name)).collect();
    let strategy = provider_strategy(&known, &Value::Array(items), "capacityProviderStrategy");
    strategy.map_err(|refusal| {
        let field = if refusal.message.contains("base") { "split-base-b" } else { "split-weight-b" };
        (field, format!("AWS refuses: {}.", refusal.message.trim_end_matches('.')))
    })?;
    let counts = split(&shares, tasks);
    let each =
        |shares: &[u32]| names.iter().zip(shares).map(|(name, own)| format!("{own} on {name}")).collect::<Vec<_>>();
    let all = counts.iter().sum::<u32>();
    let mut words = vec![format!("{}: {}.", counted(all, "task"), each(&counts).join(", "))];
    let base: u32 = shares.iter().map(|own| own.base).sum::<u32>().min(tasks);
    let weights: u32 = shares.iter().map(|own| own.weight).sum();
    let left = tasks - base;
    let parts = names.iter().zip(&shares).map(|(name, own)| format!("{left} × {} / {weights} for {name}", own.weight));
    if shares.len() > 1 {
        let parts = parts.collect::<Vec<_>>().join(", ");
        words.push(format!("The base takes {base}, which leaves {left}: {parts}, in whole tasks."));
    } else {
        words.push("A strategy of one provider gives it every task.".into());
    }
    let mut so_far = vec![0; shares.len()];
    let mut order = String::new();
    for _ in 0..tasks.min(SHOWN) {
        let Some(index) = next(&shares, &so_far) else { break };
        so_far.get_mut(index).into_iter().for_each(|own| *own += 1);
        order.push_str(names.get(index).copied().unwrap_or_default());
    }
    let dots = if tasks > SHOWN { "…" } else { "" };
    if !order.is_empty() {
        words.push(format!("One after another: {order}{dots}"));
    }
    if let Some(name) = last(&shares, &counts).and_then(|index| names.get(index)) {
        words.push(format!("When one has to go, it goes from {name}."));
    }
    let rows = names.iter().zip(shares.iter().zip(&counts)).map(|(name, (own, count))| {
        let beyond = count.saturating_sub(own.base);
        let part = if all > 0 { format!("{:.0} %", f64::from(*count) * 100.0 / f64::from(all)) } else { "".into() };
        let cells = [own.weight, own.base, *count - beyond, beyond, *count].map(|own| own.to_string());
        std::iter::once((*name).to_owned()).chain(cells).chain([part]).collect()
    });
    Ok(Answer {
        caption: "What each provider gets".into(),
        head: vec!["Provider", "Weight", "Base", "From the base", "By weight", "Tasks", "Part"],
        rows: rows.collect(),
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn cp_05_is_said_with_its_numbers() {
        let (words, rows) = ask(&CALCULATOR, &[]).unwrap();
        let said = "10 tasks: 4 on A, 6 on B. The base takes 2, which leaves 8: 8 × 1 / 4 for A, 8 × 3 / 4 for B, in whole tasks. \
                    One after another: AAABBBABBB When one has to go, it goes from B.";
        assert_eq!(words, said);
        assert_eq!(rows, ["A | 1 | 2 | 2 | 2 | 4 | 40 %", "B | 3 | 0 | 0 | 6 | 6 | 60 %"]);
        let three = [("split-tasks", "12"), ("split-base-a", ""), ("split-weight-b", "2"), ("split-weight-c", "3")];
        let (words, rows) = ask(&CALCULATOR, &three).unwrap();
        assert!(words.starts_with("12 tasks: 2 on A, 4 on B, 6 on C."), "{words}");
        assert_eq!(rows.len(), 3);
        let (words, _) = ask(&CALCULATOR, &[("split-weight-b", ""), ("split-weight-a", "0")]).unwrap();
        assert!(words.starts_with("10 tasks: 10 on A. A strategy of one provider"), "{words}");
    }

    #[test]
    fn what_aws_refuses_is_said_at_a_field() {
        for (texts, field, words) in [
            (
                &[("split-weight-a", "0"), ("split-weight-b", "0")][..],
                "split-weight-b",
                "weight value greater than zero.",
            ),
            (&[("split-base-b", "1")], "split-base-b", "with a base value defined."),
            (&[("split-weight-a", ""), ("split-weight-b", "")], "split-weight-a", "has a weight."),
            (&[("split-weight-a", "1001")], "split-weight-a", "from 0 to 1000."),
            (&[("split-tasks", "5001")], "split-tasks", "from 0 to 5000."),
        ] {
            let (wrong, said) = ask(&CALCULATOR, texts).unwrap_err();
            assert!(wrong == field && said.ends_with(words), "{wrong}: {said}");
        }
    }
}
