//! The funnel: instances by the pipeline's steps, with the numbers compared and how many survived each step.

use super::view::short_instance;
use crate::app::port;
use crate::app::session::Door;
use crate::app::store::Act;
use ecs_lab::event::Explained;
use ecs_lab::placement::{Decision, Mark, Row, english, funnel, json, words};
use yew::prelude::*;

/// A decision behind a pointer, so that a component need not compare ten thousand checks.
#[derive(Clone)]
pub struct Decided {
    pub explained: std::rc::Rc<Explained>,
}

impl PartialEq for Decided {
    fn eq(&self, other: &Self) -> bool {
        std::rc::Rc::ptr_eq(&self.explained, &other.explained)
    }
}

/// Instances in the table at most; a fleet of thousands would make it unreadable.
const ROWS: usize = 60;

/// Why a task went where it went, or nowhere.
pub fn why(door: &Door, decided: &Decided) -> Html {
    match &*decided.explained {
        Explained::Ec2(decision) => html! { <>{ ec2(decision) }{ as_json(door, decided) }</> },
        Explained::Fargate { zones, chosen } => html! {
            <section class="stack" data-testid="why">
                <p>{ "Fargate has no instances to choose between: it spreads the tasks of a group over the zones of the subnets, best effort." }</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Zones compared">
                    <table data-testid="funnel">
                        <caption>{ "Tasks of the same group on Fargate, before this one" }</caption>
                        <thead><tr><th scope="col">{ "zone" }</th><th scope="col" class="number">{ "tasks" }</th><th scope="col">{ "" }</th></tr></thead>
                        <tbody>
                            { for zones.iter().enumerate().map(|(index, (zone, count))| html! {
                                <tr key={zone.as_str()} class={classes!((Some(index) == *chosen).then_some("chosen"))}>
                                    <th scope="row">{ zone }</th><td class="number">{ count.map_or("no capacity".to_owned(), |tasks| tasks.to_string()) }</td>
                                    <td>{ if Some(index) == *chosen { "★ chosen: the fewest" } else { "" } }</td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            </section>
        },
    }
}

/// The decision for whoever reads it by program. It is written when it is asked for, as a fleet's has many checks, and by
/// code of the later part.
fn as_json(door: &Door, decided: &Decided) -> Html {
    let (door, decided) = (door.clone(), decided.clone());
    let copy = Callback::from(move |_: MouseEvent| {
        let (door, decided) = (door.clone(), decided.clone());
        yew::platform::spawn_local(async move {
            if let Explained::Ec2(decision) = &*decided.explained
                && port::views::fetch().await
            {
                door.act(Act::Copy(json::decision(decision).to_string().into()));
            }
        });
    });
    html! { <p><button type="button" class="small" onclick={copy} data-testid="why-json">{ "Copy as JSON" }</button></p> }
}

fn ec2(decision: &Decision) -> Html {
    let table = funnel(decision);
    let mut rows: Vec<&Row> = table.rows.iter().collect();
    // The chosen one first, then those that came furthest: what matters stands on top of a long table.
    ecs_lab::sim::order::sort_by_key(&mut rows, |row| {
        let passed = row.marks.iter().take_while(|mark| **mark == Mark::Kept).count();
        (decision.chosen != Some(row.candidate), std::cmp::Reverse(passed), row.candidate)
    });
    let more = rows.len().saturating_sub(ROWS);
    // A check that nobody fails is a sentence, not a column.
    let strategies = decision.request.strategies.len() + 1;
    let checks = table.columns.len().saturating_sub(strategies);
    let quiet = |index: usize| index < checks && rows.iter().all(|row| !fails(row, index));
    let shown: Vec<usize> = (0..table.columns.len()).filter(|index| !quiet(*index)).collect();
    let passed: Vec<&str> =
        table.columns.iter().enumerate().filter(|(i, _)| quiet(*i)).map(|(_, c)| c.heading.as_str()).collect();
    html! {
        <section class="stack" data-testid="why">
            <p data-testid="why-summary">{ english::summary(decision) }</p>
            <div class="scroll" tabindex="0" role="region" aria-label="The funnel">
                <table class="funnel" data-testid="funnel">
                    <caption>
                        { "Over each step: how many came in and how many it let through." }
                        if !passed.is_empty() { { format!(" Every instance passes: {}.", passed.join(", ")) } }
                    </caption>
                    <thead><tr>
                        <th scope="col">{ "instance" }</th>
                        { for shown.iter().filter_map(|index| table.columns.get(*index)).map(|column| html! {
                            <th scope="col">
                                <b aria-label={format!("{} in, {} left", column.before, column.after)}>{ survivors(column.before, column.after) }</b>
                                { &column.heading }
                            </th>
                        }) }
                    </tr></thead>
                    { for rows.iter().take(ROWS).map(|row| funnel_row(decision, row, &shown)) }
                </table>
            </div>
            if more > 0 {
                <p class="dim">{ format!("{more} more instances are not shown; they came no further than these.") }</p>
            }
        </section>
    }
}

/// Whether an instance fails a check, or was never asked it.
fn fails(row: &Row, index: usize) -> bool {
    row.marks.get(index).is_none_or(|mark| !matches!(mark, Mark::Kept | Mark::WouldPass))
}

fn survivors(before: usize, after: usize) -> String {
    if before == after { after.to_string() } else { format!("{before}→{after}") }
}

/// The numbers of an instance and, unless a number says it all, what became of it in words.
fn funnel_row(decision: &Decision, row: &Row, shown: &[usize]) -> Html {
    let chosen = decision.chosen == Some(row.candidate);
    let Some(candidate) = decision.candidates.get(row.candidate) else { return html! {} };
    let class = if chosen {
        "chosen"
    } else if candidate.eligible {
        ""
    } else {
        "out"
    };
    let cell = |index: &usize| {
        let Some(mark) = row.marks.get(*index) else { return html! { <td></td> } };
        let (class, sign) = match mark {
            Mark::Kept => ("kept", "✓ "),
            Mark::Dropped => ("dropped", "✕ "),
            Mark::WouldPass => ("after", "✓ "),
            Mark::WouldFail => ("after", "✕ "),
            Mark::Out => ("after", ""),
        };
        html! { <td {class}>{ sign }{ words(decision, row.candidate, *index) }</td> }
    };
    html! {
        <tbody key={row.candidate} class={class} data-testid={format!("funnel-{}", candidate.name)}>
            <tr>
                <th scope="row" rowspan={if candidate.eligible { "2" } else { "1" }} title={candidate.name.clone()}>{ short_instance(&candidate.name) }</th>
                { for shown.iter().map(cell) }
            </tr>
            if candidate.eligible {
                <tr><td class="words" colspan={shown.len().to_string()}>{ if chosen { "★ " } else { "" } }{ english::sentence(decision, row.candidate) }</td></tr>
            }
        </tbody>
    }
}
