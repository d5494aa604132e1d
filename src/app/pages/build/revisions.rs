//! What is registered: families with their revisions, and two revisions side by side.

use std::rc::Rc;

use ecs_lab::ecs::Definition;
use ecs_lab::ecs::taskdef::{self, Difference};
use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use serde_json::json;
use yew::prelude::*;
use yew::props;

use crate::app::parts::{SelectFieldProps, TableProps, command_line, empty, select_field, table};
use crate::app::route::Route;
use crate::app::session::Door;

/// Every revision of the lab, by family and then newest first.
fn all(door: &Door) -> Vec<Rc<Definition>> {
    let lab = door.store().lab();
    let families = lab.world().ecs().families();
    families.flat_map(|(_, family)| family.revisions.values().rev().cloned().collect::<Vec<_>>()).collect()
}

/// The families with their revisions.
pub fn registered(door: &Door) -> Html {
    let definitions = all(door);
    if definitions.is_empty() {
        return html! { { empty("Nothing is registered yet", "registered-empty", html! { <><p>{ "Register the definition above; it becomes revision 1 of its family." }</p></> }) } };
    }
    let rows = definitions.iter().map(|definition| {
        let registration = &definition.registration;
        let open = Route::Family { family: definition.name() }.href();
        vec![
            html! { <a href={open} data-testid={format!("open-{}", definition.name())}>{ definition.name() }</a> },
            html! { definition.status() },
            html! { registration.compatibilities.join(", ") },
            html! { registration.core.containers.len() },
            html! { definition.registered_at.to_string() },
            next(door, definition),
        ]
    });
    html! {
        { table(&props!(TableProps { caption: "Task definitions", head: vec!["Revision", "Status", "Can run on", "Containers", "Registered", "Change"], rows: rows.collect::<Vec<_>>(), testid: "registered" })) }
    }
}

/// What leads a revision on: from ACTIVE to INACTIVE, and from there to its deletion (TD-06); behind a fold, with its line.
fn next(door: &Door, definition: &Definition) -> Html {
    let name = definition.name();
    let (words, operation, member) = match definition.status() {
        "ACTIVE" => ("Deregister", "DeregisterTaskDefinition", json!({ "taskDefinition": name })),
        "INACTIVE" => ("Delete", "DeleteTaskDefinitions", json!({ "taskDefinitions": [name] })),
        _ => return html! { <span class="dim">{ "goes when no task needs it" }</span> },
    };
    let command = Command::ecs(operation, member);
    let line = line_of(&command);
    let onclick = {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.run(command.clone()))
    };
    html! {
        <details key={words} data-testid={format!("change-{name}")}>
            <summary aria-label={format!("{words} {name}")}>{ format!("{words}…") }</summary>
            <div class="stack tight">
                { command_line(door, line, &format!("change-{name}-line")) }
                <p><button type="button" class="danger" {onclick} data-testid={format!("change-{name}-go")}>{ words }</button></p>
            </div>
        </details>
    }
}

/// The names of the two revisions that one most likely wants to see: the newest that has one before it in its family,
/// else the first two there are.
fn newest_pair(definitions: &[Rc<Definition>]) -> (String, String) {
    let pairs = definitions.windows(2).filter_map(|pair| match pair {
        [after, before] if after.registration.family == before.registration.family => Some((before, after)),
        _ => None,
    });
    let named = |definition: &Rc<Definition>| definition.name();
    match pairs.max_by_key(|(_, after)| after.registered_at) {
        Some((before, after)) => (before.name(), after.name()),
        None => (definitions.get(1).map(named).unwrap_or_default(), definitions.first().map(named).unwrap_or_default()),
    }
}

/// Which revisions are compared; none is the newest pair.
pub type Picked = (Option<String>, Option<String>);

/// Two revisions and what differs.
pub fn compare(door: &Door, picked: &UseStateHandle<Picked>) -> Html {
    let definitions = all(door);
    if definitions.len() < 2 {
        return html! { { empty("Two revisions are needed to compare", "compare-empty", html! { <><p>{ "Register a definition, change it, and register it again." }</p></> }) } };
    }
    let (before, after) = newest_pair(&definitions);
    let (left, right) = (picked.0.clone().unwrap_or(before), picked.1.clone().unwrap_or(after));
    let options: Vec<(AttrValue, AttrValue)> =
        definitions.iter().map(|definition| (definition.name().into(), definition.name().into())).collect();
    let pick = |first: bool| {
        let picked = (*picked).clone();
        Callback::from(move |value: String| {
            let (left, right) = (*picked).clone();
            picked.set(if first { (Some(value), right) } else { (left, Some(value)) });
        })
    };
    let document = |name: &str| {
        let found = definitions.iter().find(|definition| definition.name() == name);
        found.map(|definition| definition.registration.document.clone()).unwrap_or_default()
    };
    let differences = taskdef::diff(&document(&left), &document(&right));
    let cell = |value: &Option<serde_json::Value>| match value {
        Some(value) => html! { <code>{ value.to_string() }</code> },
        None => html! { <span class="dim">{ "not set" }</span> },
    };
    let row = |difference: &Difference| {
        vec![html! { <code>{ difference.path.clone() }</code> }, cell(&difference.before), cell(&difference.after)]
    };
    html! {
        <div class="stack">
            <div class="columns">
                { select_field(&props!(SelectFieldProps { id: "compare-left", label: "From", value: left.clone(), options: options.clone(), change: pick(true) })) }
                { select_field(&props!(SelectFieldProps { id: "compare-right", label: "To", value: right.clone(), options, change: pick(false) })) }
            </div>
            if differences.is_empty() {
                <p data-testid="compare-same">{ format!("{left} and {right} say the same.") }</p>
            } else {
                { table(&props!(TableProps { caption: format!("What changes from {left} to {right}"), head: vec!["Member", "Before", "After"], rows: differences.iter().map(row).collect::<Vec<_>>(), testid: "compare" })) }
            }
            { command_line(door, format!("aws ecs describe-task-definition --task-definition {right}"), "compare-line") }
        </div>
    }
}
