//! The inspector: what is known of the selected task, instance or unplaced request.

use super::Selection;
use super::act::instance_commands;
use super::card::state_words;
use super::repairs::{Search, repairs};
use super::view::{Brick, Card, FleetView, Unplaced, short_instance};
use super::why::{Decided, why};
use crate::app::parts::command_line;
use crate::app::session::Door;
use ecs_lab::event::{FactKind, TaskKey};
use ecs_lab::lab::{Command, Lab};
use ecs_lab::shell::line_of;
use serde_json::json;
use yew::prelude::*;

/// What the inspector shows.
pub struct InspectorProps<'a> {
    pub view: &'a FleetView,
    pub selection: Selection,
    pub decision: Option<&'a Decided>,
    /// What would place the selected request.
    pub repairs: &'a Search,
    pub pick: &'a Callback<Selection>,
}

/// The inspector.
pub fn inspector(door: &Door, props: &InspectorProps) -> Html {
    let close = props.pick.reform(|_: MouseEvent| Selection::Nothing);
    let inside = match props.selection {
        Selection::Nothing => return guide(),
        Selection::Task(key) => task(door, key, props.decision),
        Selection::Instance(key) => match props.view.card(key) {
            Some(card) => instance(door, props.view, card, props.pick),
            None => gone("This instance is gone."),
        },
        Selection::Request(id) => match props.view.tray.iter().find(|request| request.decision == id) {
            Some(request) => {
                html! { <>{ unplaced(door, request, props.decision) }{ repairs(door, props.view.cluster, request.missing, props.repairs, props.pick) }</> }
            }
            None => gone("This request lies before the fleet's present time."),
        },
    };
    html! {
        <aside class="inspector" aria-labelledby="inspector-title" data-testid="inspector">
            { inside }
            <p><button type="button" class="small" onclick={close} data-testid="inspector-close">{ "Close" }</button></p>
        </aside>
    }
}

/// What to do first; it stands where the inspector will stand.
fn guide() -> Html {
    html! {
        <aside class="inspector" aria-labelledby="inspector-title" data-testid="inspector">
            <h2 id="inspector-title">{ "Why was it placed there?" }</h2>
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

fn gone(words: &'static str) -> Html {
    html! { <h2 id="inspector-title">{ words }</h2> }
}

fn task(door: &Door, key: TaskKey, decision: Option<&Decided>) -> Html {
    let lab = door.store().lab();
    let ecs = lab.world().ecs();
    let Some(task) = ecs.task(key) else {
        return gone("This task is gone from the list: a stopped task can be described for an hour.");
    };
    let cluster = ecs.clusters().find(|c| c.id == key.cluster).map(|c| c.name.clone()).unwrap_or_default();
    let id = key.id.to_string();
    let stop = Command::ecs("StopTask", json!({ "cluster": cluster, "task": id }));
    let line = line_of(&stop);
    let wanted = task.wanted();
    let host = task.instance.and_then(|id| ecs.instance(ecs_lab::event::InstanceKey { cluster: key.cluster, id }));
    let place = host.map_or_else(|| format!("Fargate in {}", task.zone), |host| short_instance(&host.host.name));
    let demand = &task.demand;
    let ports: Vec<String> = demand.ports.iter().map(ToString::to_string).collect();
    let ports = if ports.is_empty() { String::new() } else { format!(", host port {}", ports.join(", ")) };
    let facts = life(&lab, &id);
    let origin = origin(&lab, task.decision.revision);
    let heading = format!("Why {place}?");
    let words = format!("{} CPU units, {} MiB{ports}", demand.cpu, demand.memory);
    let (definition, status, group) = (task.definition.name(), task.status.name(), task.group.to_string());
    let reason = task.stop.as_ref().map(|stop| format!("{}: {}", stop.code, stop.reason));
    drop(lab);
    let onclick = {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.run(stop.clone()))
    };
    html! {
        <>
            <h2 id="inspector-title">{ heading }</h2>
            <p>
                { "task " }<b class="mono">{ id.get(..8).unwrap_or_default().to_owned() }</b>{ " of " }<b>{ definition }</b>{ format!(" · {words} · group {group} · ") }
                <span class="chip" data-testid="task-status">{ status }</span>
                if !wanted && status != "STOPPED" { <span class="chip warn">{ "desired STOPPED: its resources are free again" }</span> }
            </p>
            if let Some(reason) = reason { <p class="dim" data-testid="task-reason">{ reason }</p> }
            if let Some(decision) = decision { { why(door, decision) } }
            if let Some(line) = origin {
                <section class="stack"><h3>{ "The command that placed it" }</h3>{ command_line(door, line, "origin-line") }</section>
            }
            <section class="stack">
                <h3>{ "Its life" }</h3>
                <ol class="life" data-testid="life">{ for facts.into_iter().map(|(clock, words)| html! { <li><time class="number dim">{ clock }</time>{ " " }{ words }</li> }) }</ol>
            </section>
            if wanted {
                <section class="stack">
                    { command_line(door, line, "stop-line") }
                    <p><button type="button" class="danger" {onclick} data-testid="stop-task">{ "Stop this task" }</button></p>
                </section>
            }
        </>
    }
}

/// The facts of a task, each with its clock.
fn life(lab: &Lab, id: &str) -> Vec<(String, String)> {
    let about = |kind: &FactKind| match kind {
        FactKind::TaskCreated { task, instance, zone, .. } if task == id => Some(
            instance
                .as_ref()
                .map_or_else(|| format!("made on Fargate in {zone}"), |i| format!("made and placed on {i}")),
        ),
        FactKind::TaskStatus { task, status, .. } if task == id => Some((*status).to_owned()),
        FactKind::Container { task, container, status, exit_code, .. } if task == id => {
            let code = exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
            Some(format!("container {container} is {status}{code}"))
        }
        FactKind::TaskWaits { task, until, .. } if task == id => Some(format!("waits until {until}")),
        FactKind::TaskStopping { task, reason, .. } if task == id => Some(format!("is to stop: {reason}")),
        _ => None,
    };
    lab.facts().filter_map(|fact| Some((fact.at.clock(), about(&fact.kind)?))).collect()
}

/// The line of the command at a revision.
fn origin(lab: &Lab, revision: u32) -> Option<String> {
    lab.past().nth(revision.checked_sub(1)? as usize).map(|(command, _)| line_of(command))
}

fn unplaced(door: &Door, request: &Unplaced, decision: Option<&Decided>) -> Html {
    html! {
        <>
            <h2 id="inspector-title">{ "Why was it not placed?" }</h2>
            <p>{ format!("{} × {} at {}. ", request.missing, request.definition, request.clock) }
               { "ECS makes no task of what it cannot place: the request is answered with failures[] and nothing waits." }</p>
            <ul class="list">{ for request.reasons.iter().map(|(reason, count)| html! {
                <li key={reason.as_str()}><span class="chip bad">{ reason }</span>{ format!(" on {count} instance{}", if *count == 1 { "" } else { "s" }) }</li>
            }) }</ul>
            if let Some(decision) = decision { { why(door, decision) } }
        </>
    }
}

fn instance(door: &Door, view: &FleetView, card: &Card, pick: &Callback<Selection>) -> Html {
    let used = |amount: ecs_lab::placement::Amount| format!("{} of {}", amount.free, amount.total);
    html! {
        <>
            <h2 id="inspector-title">{ format!("Instance {}", short_instance(&card.id)) }</h2>
            <p class="dim">{ format!("{} · {} in {} · {}", card.id, card.kind, card.zone, state_words(card)) }</p>
            <table><caption>{ "Free of registered" }</caption><tbody>
                <tr><th scope="row">{ "CPU units" }</th><td class="number">{ used(card.cpu) }</td></tr>
                <tr><th scope="row">{ "Memory, MiB" }</th><td class="number">{ used(card.memory) }</td></tr>
                <tr><th scope="row">{ "Task interfaces" }</th><td class="number">{ used(card.enis) }</td></tr>
                if card.gpu.total > 0 { <tr><th scope="row">{ "GPUs" }</th><td class="number">{ used(card.gpu) }</td></tr> }
            </tbody></table>
            <section class="stack">
                <h3>{ "Tasks" }</h3>
                if card.bricks.is_empty() { <p class="dim">{ "No task runs here." }</p> }
                <ul class="list" data-testid="instance-tasks">{ for card.bricks.iter().map(|brick| task_button(brick, pick)) }</ul>
            </section>
            { actions(door, &view.name, card) }
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

/// What can be done with an instance, each with its line.
fn actions(door: &Door, cluster: &str, card: &Card) -> Html {
    let action = |(words, testid, command): (&'static str, &'static str, Command)| {
        let line = line_of(&command);
        let onclick = {
            let door = door.clone();
            Callback::from(move |_: MouseEvent| door.run(command.clone()))
        };
        html! {
            <section class="stack tight" key={testid}>
                { command_line(door, line, &format!("{testid}-line")) }
                <p><button type="button" {onclick} data-testid={testid}>{ words }</button></p>
            </section>
        }
    };
    html! {
        <section class="stack" aria-label="Actions">
            <h3>{ "Actions" }</h3>
            { for instance_commands(cluster, card).into_iter().map(action) }
        </section>
    }
}
