//! The funnel: instances by the pipeline's steps, with the numbers compared and how many survived each step.

use super::view::short_instance;
use ecs_lab::event::Explained;
use ecs_lab::placement::{Decision, Mark, Row, english, funnel};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct WhyProps {
    /// The decision; compared by its number, which never changes its meaning.
    pub decision: Decided,
}

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
#[component]
pub fn Why(props: &WhyProps) -> Html {
    match &*props.decision.explained {
        Explained::Ec2(decision) => ec2(decision),
        Explained::Fargate { zones, chosen } => html! {
            <section class="stack" data-testid="why">
                <p>{ "Fargate has no instances to choose between: it spreads the tasks of a group over the zones of the subnets, best effort." }</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Zones compared">
                    <table data-testid="funnel">
                        <caption>{ "Tasks of the same group on Fargate, before this one" }</caption>
                        <thead><tr><th scope="col">{ "zone" }</th><th scope="col" class="number">{ "tasks" }</th><th scope="col">{ "" }</th></tr></thead>
                        <tbody>
                            { for zones.iter().enumerate().map(|(index, (zone, count))| html! {
                                <tr key={zone.as_str()} class={classes!((index == *chosen).then_some("chosen"))}>
                                    <th scope="row">{ zone }</th><td class="number">{ count }</td>
                                    <td>{ if index == *chosen { "★ chosen: the fewest" } else { "" } }</td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            </section>
        },
    }
}

fn ec2(decision: &Decision) -> Html {
    let table = funnel(decision);
    let mut rows: Vec<&Row> = table.rows.iter().collect();
    // The chosen one first, then those that came furthest: what matters stands on top of a long table.
    ecs_lab::sim::order::sort_by_key(&mut rows, |row| {
        let passed = row.cells.iter().take_while(|cell| cell.mark == Mark::Kept).count();
        (decision.chosen != Some(row.candidate), std::cmp::Reverse(passed), row.candidate)
    });
    let more = rows.len().saturating_sub(ROWS);
    html! {
        <section class="stack" data-testid="why">
            <p data-testid="why-summary">{ english::summary(decision) }</p>
            <div class="scroll" tabindex="0" role="region" aria-label="The funnel">
                <table class="funnel" data-testid="funnel">
                    <caption>{ "Instances by step; above each step, how many came in and how many it let through" }</caption>
                    <thead><tr>
                        <th scope="col">{ "instance" }</th>
                        { for table.columns.iter().map(|column| html! {
                            <th scope="col">
                                <b aria-label={format!("{} in, {} left", column.before, column.after)}>{ survivors(column.before, column.after) }</b>
                                { &column.heading }
                            </th>
                        }) }
                        <th scope="col">{ "in words" }</th>
                    </tr></thead>
                    <tbody>{ for rows.iter().take(ROWS).map(|row| funnel_row(decision, row)) }</tbody>
                </table>
            </div>
            if more > 0 {
                <p class="dim">{ format!("{more} more instances are not shown; they came no further than these.") }</p>
            }
        </section>
    }
}

fn survivors(before: usize, after: usize) -> String {
    if before == after { after.to_string() } else { format!("{before}→{after}") }
}

fn funnel_row(decision: &Decision, row: &Row) -> Html {
    let chosen = decision.chosen == Some(row.candidate);
    let Some(candidate) = decision.candidates.get(row.candidate) else { return html! {} };
    let class = if chosen {
        "chosen"
    } else if candidate.eligible {
        ""
    } else {
        "out"
    };
    html! {
        <tr key={row.candidate} class={class} data-testid={format!("funnel-{}", candidate.name)}>
            <th scope="row" title={candidate.name.clone()}>{ short_instance(&candidate.name) }</th>
            { for row.cells.iter().map(|cell| {
                let (class, sign) = match cell.mark {
                    Mark::Kept => ("kept", "✓ "),
                    Mark::Dropped => ("dropped", "✕ "),
                    Mark::WouldPass => ("after", "✓ "),
                    Mark::WouldFail => ("after", "✕ "),
                    Mark::Out => ("after", ""),
                };
                html! { <td {class}>{ sign }{ &cell.text }</td> }
            }) }
            <td class="words">{ if chosen { "★ " } else { "" } }{ &row.sentence }</td>
        </tr>
    }
}
