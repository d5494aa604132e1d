//! Machines in the inspector: a container instance, an EC2 instance that is in no cluster, and a zone.

use super::Selection;
use super::act::{Deed, host_commands, instance_commands, instance_faults, loose_faults, zone_faults};
use super::card::state_words;
use super::faults::{deed, faults};
use super::inspect::{story, task_button, title};
use super::story::{Setting, agent_config, machine_story};
use super::view::{Card, FleetView, Loose, ZoneView, short_instance};
use crate::app::session::Door;
use ecs_lab::event::{Ec2Id, InstanceKey, MachineId};
use ecs_lab::placement::Amount;
use yew::prelude::*;

/// The container instance of a key, or what is left to tell of it.
pub fn instance(
    door: &Door,
    view: &FleetView,
    key: InstanceKey,
    pick: &Callback<Selection>,
    fault: &UseStateHandle<String>,
) -> Html {
    if let Some(card) = view.card(key) {
        return registered(door, view, card, pick, fault);
    }
    let machine = door.store().lab().world().ecs().instance(key).map(|own| own.machine);
    html! { <>{ title("This instance is gone from the cluster.") }if let Some(machine) = machine { { about(door, machine) } }</> }
}

/// The EC2 instance of an id, as what it is now.
pub fn machine(
    door: &Door,
    view: &FleetView,
    id: Ec2Id,
    pick: &Callback<Selection>,
    fault: &UseStateHandle<String>,
) -> Html {
    let machine = MachineId::Ec2(id);
    if let Some(own) = view.loose.iter().find(|own| own.machine == machine) {
        return loose(door, own, fault);
    }
    let mut cards = view.zones.iter().flat_map(|zone| &zone.cards);
    match cards.find(|card| card.machine == machine) {
        Some(card) => registered(door, view, card, pick, fault),
        None => html! { <>{ title("This instance is not in this cluster.") }{ about(door, machine) }</> },
    }
}

/// A zone by the last letter of its name.
pub fn zone(door: &Door, view: &FleetView, letter: char, fault: &UseStateHandle<String>) -> Html {
    let Some(zone) = view.zones.iter().find(|zone| zone.name.ends_with(letter)) else {
        return title("Nothing is in this zone any more.");
    };
    let ZoneView { name, cards, fargate, out } = zone;
    let tasks: usize = cards.iter().map(|card| card.bricks.len()).sum();
    html! {
        <>
            { title(&format!("Zone {name}")) }
            <p class="dim" data-testid="zone-words">{ format!("{} instances of {} with {tasks} tasks, and {} tasks on Fargate", cards.len(), view.name, fargate.len()) }</p>
            if *out { <p><span class="chip bad" data-testid="zone-out">{ "EC2 is out of capacity here" }</span></p> }
            <p>{ "What happens to a zone happens to every cluster, and what was lost does not come back when the zone does: tasks and instances have to be made again." }</p>
            { faults(door, zone_faults(name, *out), fault) }
        </>
    }
}

fn registered(
    door: &Door,
    view: &FleetView,
    card: &Card,
    pick: &Callback<Selection>,
    fault: &UseStateHandle<String>,
) -> Html {
    let used = |amount: Amount| format!("{} of {}", amount.free, amount.total);
    html! {
        <>
            { title(&format!("Instance {}", short_instance(&card.id))) }
            <p class="dim" data-testid="instance-words">{ format!("{} · {}{}{} · {}", card.id, card.kind, if card.zone.is_empty() { "" } else { " in " }, card.zone, state_words(card)) }</p>
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
            { about(door, card.machine) }
            { actions(door, instance_commands(&view.name, card)) }
            { faults(door, instance_faults(card), fault) }
            if let Some(letter) = card.zone.chars().last() {
                <p><button type="button" class="small" onclick={pick.reform(move |_: MouseEvent| Selection::Zone(letter))} data-testid="zone-of">{ format!("Faults of {}", card.zone) }</button></p>
            }
        </>
    }
}

fn loose(door: &Door, own: &Loose, fault: &UseStateHandle<String>) -> Html {
    html! {
        <>
            { title(&format!("Instance {}", short_instance(&own.id))) }
            <p class="dim">{ format!("{} · {} · in no cluster", own.id, own.host.code_and_name().1) }</p>
            if let Some(log) = &own.log {
                <p class="notice bad"><span class="text" data-testid="agent-log">{ log }</span></p>
            }
            { about(door, own.machine) }
            { actions(door, host_commands(&own.id, own.host)) }
            { faults(door, loose_faults(&own.id, own.host), fault) }
        </>
    }
}

/// The story of a machine, and the configuration of its agent.
fn about(door: &Door, machine: MachineId) -> Html {
    let lab = door.store().lab();
    let own = match machine {
        MachineId::Ec2(id) => lab.world().ec2().get(id),
        MachineId::External(_) | MachineId::Outside(_) => None,
    };
    html! {
        <>
            { story("Its story", machine_story(&lab, &machine.to_string())) }
            if let Some(own) = own { { config(agent_config(own)) } }
        </>
    }
}

/// What the user data set, and behind a fold what stands by default.
fn config(all: Vec<Setting>) -> Html {
    let (set, rest): (Vec<Setting>, Vec<Setting>) = all.into_iter().partition(|(.., set)| *set);
    let list = |settings: Vec<Setting>| {
        html! {
            <dl class="config">{ for settings.into_iter().map(|(key, value, _)| html! { <><dt>{ key }</dt><dd>{ if value.is_empty() { "–".to_owned() } else { value } }</dd></> }) }</dl>
        }
    };
    html! {
        <section class="stack tight" aria-label="Agent configuration" data-testid="agent-config">
            <h3>{ "/etc/ecs/ecs.config" }</h3>
            if set.is_empty() { <p class="dim">{ "The user data sets nothing: the agent joins the cluster default." }</p> }
            { list(set) }
            <details><summary>{ "What stands by default" }</summary>{ list(rest) }</details>
        </section>
    }
}

/// What can be done, each with its line.
fn actions(door: &Door, all: Vec<Deed>) -> Html {
    let action = |(words, testid, command): &Deed| deed(door, words, testid, &format!("{testid}-line"), command, false);
    html! {
        if !all.is_empty() {
            <section class="stack" aria-label="Actions">
                <h3>{ "Actions" }</h3>
                { for all.iter().map(action) }
            </section>
        }
    }
}
