//! The inspector: what is known of the selected task, instance, zone or unplaced request.

use super::Selection;
use super::clusters::clusters;
use super::host;
use super::repairs::{Search, repairs};
use super::story::Moment;
use super::task::task;
use super::view::{Brick, FleetView, Unplaced};
use super::why::{Decided, why};
use crate::app::session::Door;
use ecs_lab::event::ClusterId;
use yew::prelude::*;

/// The id of the inspector's heading.
pub const TITLE: &str = "inspector-title";

/// What the inspector shows.
pub struct InspectorProps<'a> {
    pub view: &'a FleetView,
    pub selection: Selection,
    pub decision: Option<&'a Decided>,
    /// What would place the selected request.
    pub repairs: &'a Search,
    pub pick: &'a Callback<Selection>,
    /// The id of the chosen fault.
    pub fault: &'a UseStateHandle<String>,
    /// The cluster that is chosen.
    pub cluster: &'a UseStateHandle<Option<ClusterId>>,
    /// The name of a cluster to be.
    pub name: &'a UseStateHandle<String>,
    /// What stands in place of the details while their code is on its way.
    pub later: Option<Html>,
}

/// The inspector.
pub fn inspector(door: &Door, props: &InspectorProps) -> Html {
    let close = props.pick.reform(|_: MouseEvent| Selection::Nothing);
    let inside = match props.selection {
        Selection::Nothing => return guide(),
        Selection::Request(id) => match props.view.tray.iter().find(|request| request.decision == id) {
            Some(request) => {
                html! { <>{ unplaced(door, request, props.decision) }{ repairs(door, props.view.cluster, request.missing, props.repairs, props.pick) }</> }
            }
            None => title("This request lies before the fleet's present time."),
        },
        _ => match &props.later {
            Some(later) => html! { <>{ title("Details") }{ later.clone() }</> },
            None => detail(door, props),
        },
    };
    html! {
        <aside class="inspector" aria-labelledby={TITLE} data-testid="inspector">
            { inside }
            <p><button type="button" class="small" onclick={close} data-testid="inspector-close">{ "Close" }</button></p>
        </aside>
    }
}

/// What needs a click first: its code is fetched later, like that of the other views.
#[inline(never)]
fn detail(door: &Door, props: &InspectorProps) -> Html {
    match props.selection {
        Selection::Task(key) => task(door, key, props.decision, props.fault),
        Selection::Instance(key) => host::instance(door, props.view, key, props.pick, props.fault),
        Selection::Machine(id) => host::machine(door, props.view, id, props.pick, props.fault),
        Selection::Zone(letter) => host::zone(door, props.view, letter, props.fault),
        Selection::Clusters => clusters(door, props.view.cluster, props.cluster, props.name),
        Selection::Nothing | Selection::Request(_) => Html::default(),
    }
}

/// What to do first; it stands where the inspector will stand.
fn guide() -> Html {
    html! {
        <aside class="inspector" aria-labelledby={TITLE} data-testid="inspector">
            { title("Why was it placed there?") }
            <p>{ "Select a task brick, an instance, or a request that was not placed. The lab shows every check of every instance, with both \
                  numbers, and what each strategy compared." }</p>
            <ol class="steps">
                <li>{ "Run tasks with a strategy and constraints, and see where they land." }</li>
                <li>{ "Drain or terminate an instance, let a minute pass, and look again." }</li>
                <li>{ "Undo takes any command back; nothing here costs anything." }</li>
            </ol>
        </aside>
    }
}

/// The name of what the inspector shows, or that it is no more. It takes the focus where it has to be brought into view.
pub fn title(words: &str) -> Html {
    html! { <h2 id={TITLE} tabindex="-1">{ words.to_owned() }</h2> }
}

/// What happened, each with its clock.
pub fn story(heading: &'static str, facts: Vec<Moment>) -> Html {
    html! {
        <section class="stack tight">
            <h3>{ heading }</h3>
            <ol class="life" data-testid="life">{ for facts.into_iter().map(|(clock, words)| html! { <li><time class="number dim">{ clock }</time>{ " " }{ words }</li> }) }</ol>
        </section>
    }
}

fn unplaced(door: &Door, request: &Unplaced, decision: Option<&Decided>) -> Html {
    html! {
        <>
            { title("Why was it not placed?") }
            <p>{ format!("{} × {} at {}. ", request.missing, request.definition, request.clock) }
               { "ECS makes no task of what it cannot place: the request is answered with failures[] and nothing waits." }</p>
            <ul class="list">{ for request.reasons.iter().map(|(reason, count)| html! {
                <li key={reason.as_str()}><span class="chip bad">{ reason }</span>{ format!(" on {count} instance{}", if *count == 1 { "" } else { "s" }) }</li>
            }) }</ul>
            if let Some(decision) = decision { { why(door, decision) } }
        </>
    }
}

/// A task as a real button: bricks are for the pointer, this is for everybody.
pub fn task_button(brick: &Brick, pick: &Callback<Selection>) -> Html {
    let key = brick.key;
    let onclick = pick.reform(move |_: MouseEvent| Selection::Task(key));
    html! {
        <li key={brick.short.as_str()}>
            <button type="button" class="small" {onclick} data-testid={format!("task-{}", brick.short)}>
                { format!("{} {} · {}{}", brick.definition, brick.short, brick.status.name(), if brick.stopping { " → STOPPED" } else { "" }) }
            </button>
        </li>
    }
}
