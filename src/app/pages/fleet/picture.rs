//! The picture: one column per zone, one card per instance; under it the tray of what was not placed.

use super::Selection;
use super::card::{InstanceCard, Verdict};
use super::view::{Brick, FleetView, Loose, ZoneView, short_instance};
use ecs_lab::event::{InstanceKey, MachineId, TaskKey};
use yew::prelude::*;

/// Cards of a zone that show at once; the rest waits behind a button, so that 5,000 instances stay usable.
pub const CARDS: usize = 60;

/// The picture: every zone with as many of its instances as are `shown`, each with its verdict.
pub fn picture(
    view: &FleetView,
    selection: Selection,
    verdict: &dyn Fn(&str) -> Option<Verdict>,
    pick: &Callback<Selection>,
    pick_task: &Callback<TaskKey>,
    shown: &UseStateHandle<usize>,
) -> Html {
    let selected_task = match selection {
        Selection::Task(key) => Some(key),
        _ => None,
    };
    let card = |card: &super::view::Card| {
        let key = card.key;
        html! {
            <InstanceCard key={card.id.as_str()} card={card.clone()} verdict={verdict(&card.id)} {selected_task}
                selected={selection == Selection::Instance(key)} pick={pick_of(pick, key)} pick_task={pick_task.clone()} />
        }
    };
    html! {
        <div class="zones" data-testid="zones">
            { for view.zones.iter().map(|zone| column(zone, zone.cards.iter().take(**shown).map(card).collect(), shown, selection, pick)) }
        </div>
    }
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn pick_of(pick: &Callback<Selection>, key: InstanceKey) -> Callback<()> {
    pick.reform(move |()| Selection::Instance(key))
}

fn column(
    zone: &ZoneView,
    cards: Vec<Html>,
    shown: &UseStateHandle<usize>,
    selection: Selection,
    pick: &Callback<Selection>,
) -> Html {
    let tasks: usize = zone.cards.iter().map(|card| card.bricks.len()).sum::<usize>() + zone.fargate.len();
    let more = zone.cards.len().saturating_sub(cards.len());
    html! {
        <section class="zone" key={zone.name.as_str()} aria-labelledby={format!("zone-{}", zone.name)}>
            <header class="row">
                <h2 id={format!("zone-{}", zone.name)}>{ if zone.name.is_empty() { "Outside of AWS" } else { &zone.name } }</h2>
                if zone.out { <span class="chip bad">{ "no capacity" }</span> }
                if let Some(letter) = zone.name.chars().last() {
                    <button type="button" class="small" onclick={pick.reform(move |_: MouseEvent| Selection::Zone(letter))} aria-pressed={(selection == Selection::Zone(letter)).to_string()}
                        aria-label={format!("Faults of {}", zone.name)} data-testid={format!("faults-{}", zone.name)}>{ "Faults" }</button>
                }
                <small class="dim">{ format!("{}, {}", counted(zone.cards.len(), "instance"), counted(tasks, "task")) }</small>
            </header>
            { for cards }
            { show_more(more, shown, format!("more-{}", zone.name)) }
            if !zone.fargate.is_empty() { { fargate(&zone.fargate, pick) } }
        </section>
    }
}

/// A button for what does not show yet, if there is any.
pub fn show_more(more: usize, shown: &UseStateHandle<usize>, testid: String) -> Html {
    let (shown, next) = (shown.clone(), **shown + CARDS);
    let show = Callback::from(move |_: MouseEvent| shown.set(next));
    html! { if more > 0 { <button type="button" onclick={show} data-testid={testid}>{ format!("Show more ({more} left)") }</button> } }
}

fn fargate(bricks: &[Brick], pick: &Callback<Selection>) -> Html {
    html! {
        <article class="card fargate" data-testid="fargate">
            <header><b>{ "Fargate" }</b><span class="dim">{ "no instances to manage" }</span></header>
            <ul class="inline">{ for bricks.iter().map(|brick| super::inspect::task_button(brick, pick)) }</ul>
        </article>
    }
}

/// Requests that were not met in full, with their failures[]; and instances that boot.
pub fn tray(view: &FleetView, selection: Selection, pick: &Callback<Selection>) -> Html {
    html! {
        <section class="tray stack" aria-labelledby="tray-title" data-testid="tray">
            <h2 id="tray-title">{ "Not placed" }</h2>
            if view.tray.is_empty() {
                <p class="dim">{ "Every request of this lab found its places." }</p>
            } else {
                <p class="dim">{ "ECS makes no task of what it cannot place: RunTask answers with failures[], and nothing waits." }</p>
            }
            <ul class="list">
                { for view.tray.iter().map(|request| {
                    let id = request.decision;
                    let onclick = pick.reform(move |_: MouseEvent| Selection::Request(id));
                    let pressed = (selection == Selection::Request(id)).to_string();
                    html! {
                        <li key={format!("{}-{}", id.revision, id.index)} class="row" data-testid="unplaced">
                            <b>{ format!("{} × {}", request.missing, request.definition) }</b>
                            <span class="number dim">{ &request.clock }</span>
                            { for request.reasons.iter().map(|(reason, count)| html! { <span key={reason.as_str()} class="chip bad">{ format!("{reason} ×{count}") }</span> }) }
                            <button type="button" class="small" {onclick} aria-pressed={pressed} aria-label={format!("Why was {} not placed?", request.definition)} data-testid="why-unplaced">{ "Why?" }</button>
                        </li>
                    }
                }) }
            </ul>
            if !view.stopped.is_empty() {
                <details data-testid="stopped">
                    <summary>{ format!("Stopped tasks, described for an hour ({})", view.stopped.len()) }</summary>
                    <ul class="list">
                        { for view.stopped.iter().map(|task| {
                            let key = task.key;
                            let onclick = pick.reform(move |_: MouseEvent| Selection::Task(key));
                            html! {
                                <li key={task.short.as_str()} class="row">
                                    <button type="button" class="small" {onclick} data-testid={format!("stopped-{}", task.short)}>{ format!("{} {}", task.definition, task.short) }</button>
                                    <span class="dim">{ &task.reason }</span>
                                </li>
                            }
                        }) }
                    </ul>
                </details>
            }
            if !view.loose.is_empty() { { loose(view, selection, pick) } }
        </section>
    }
}

/// Machines that are in no cluster that show at once.
const LOOSE: usize = 20;

/// EC2 instances that are in no cluster: they boot, or their agent could not register.
fn loose(view: &FleetView, selection: Selection, pick: &Callback<Selection>) -> Html {
    let item = |own: &Loose| {
        let MachineId::Ec2(id) = own.machine else { return Html::default() };
        let onclick = pick.reform(move |_: MouseEvent| Selection::Machine(id));
        let pressed = (selection == Selection::Machine(id)).to_string();
        html! {
            <li key={own.id.as_str()} class="row">
                <button type="button" class="small mono" {onclick} aria-pressed={pressed} title={own.id.clone()} data-testid={format!("pick-{}", own.id)}>{ short_instance(&own.id) }</button>
                <span class="chip">{ own.host.code_and_name().1 }</span>
                if let Some(log) = &own.log { <span class="chip bad">{ "not registered" }</span><span class="dim cut">{ log }</span> }
            </li>
        }
    };
    let more = view.loose.len().saturating_sub(LOOSE);
    html! {
        <section class="stack tight" aria-labelledby="loose-title" data-testid="loose">
            <h3 id="loose-title">{ "In no cluster" }</h3>
            <ul class="list">{ for view.loose.iter().take(LOOSE).map(item) }</ul>
            if more > 0 { <p class="dim">{ format!("and {more} more") }</p> }
        </section>
    }
}
