//! Fixes that a button does, and the questions of "What if…": what they promise is what happens.

use serde_json::Value;

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("a_fix_places_what_was_not_placed", fix),
    ("chains_side_by_side_are_what_separate_runs_give", compare),
    ("room_loss_and_scale_in_are_answered", questions),
];

fn fix(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("why-unplaced")?;
    page.click("find-fixes")?;
    page.wait_for("fix-0")?;
    let promised = page.text("fixes")?;
    assert!(promised.contains("places 1 of 2"), "{promised}");
    let before = page.probe()?["digest"].clone();
    page.click("fix-0")?;
    page.wait_text("why-summary", "Placed on")?;
    assert_ne!(page.probe()?["digest"], before);
    page.click("undo")?;
    page.click("undo")?;
    page.until("two commands are taken back", || Ok(page.probe()?["digest"] == before))
}

/// The counts under a chain are those of a RunTask with that chain.
fn compare(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("what-if-open")?;
    page.select("what-definition", "web:1")?;
    page.fill("what-tasks", "5")?;
    page.select("what-chain-2", "5")?;
    page.wait_for("what-measures")?;
    assert!(page.text("what-measures")?.contains('★'), "some chain is the best in something");
    let column = "return [...document.querySelectorAll('[data-testid=what-placed] tbody tr')].map(row => Number(row.cells[3].textContent))";
    let mut promised: Vec<u64> = numbers(&page.eval(column, &[])?);
    page.click("what-if-close")?;
    let before = spread(&page.probe()?);
    page.click("run-tasks")?;
    page.select("run-definition", "web:1")?;
    page.fill("run-count", "5")?;
    page.select("run-preset", "5")?;
    page.click("run-go")?;
    page.until("five more tasks", || {
        Ok(spread(&page.probe()?).values().sum::<u64>() == before.values().sum::<u64>() + 5)
    })?;
    let after = spread(&page.probe()?);
    let mut made: Vec<u64> =
        after.iter().map(|(host, count)| count - before.get(host).copied().unwrap_or(0)).filter(|n| *n > 0).collect();
    promised.retain(|count| *count > 0);
    promised.sort();
    made.sort();
    assert_eq!(promised, made);
    Ok(())
}

fn questions(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("what-if-open")?;
    page.click("what-room")?;
    page.wait_text("what-room-words", "fit on this fleet now")?;
    page.select("what-kind", "t3.nano")?;
    page.wait_for("what-fewest")?;
    page.fill("what-member-of", "attribute:stack ==")?;
    page.wait_text("what-member-of-error", "wording of the lab")?;
    page.paste("what-member-of", "")?;
    page.select("what-launch", "EXTERNAL")?;
    page.wait_text("what-room-words", "0 more fit on this fleet now")?;
    page.wait_gone("what-fewest")?;
    page.select("what-launch", "EC2")?;
    page.fill("what-tasks", "0")?;
    page.wait_for("what-tasks-error")?;
    page.wait_gone("what-room-words")?;
    page.click("what-loss")?;
    page.select("what-lost", "us-east-1b")?;
    page.wait_text("what-loss-words", "go with it")?;
    page.click("what-scale-in")?;
    page.wait_for("what-funnel")?;
    assert!(page.text("what-funnel")?.contains('★'));
    page.select("what-victim", "1")?;
    assert!(page.text("what-funnel")?.contains('★'), "the second one has its funnel too");
    let digest = page.probe()?["digest"].clone();
    page.click("what-if-close")?;
    assert_eq!(page.probe()?["digest"], digest, "questions change nothing");
    Ok(())
}

fn tasks(probe: &Value) -> Vec<Value> {
    probe["clusters"][0]["tasks"].as_array().cloned().unwrap_or_default()
}

/// Tasks on each instance.
fn spread(probe: &Value) -> std::collections::BTreeMap<String, u64> {
    let mut on = std::collections::BTreeMap::new();
    for task in tasks(probe) {
        *on.entry(task["containerInstanceArn"].to_string()).or_default() += 1;
    }
    on
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}
