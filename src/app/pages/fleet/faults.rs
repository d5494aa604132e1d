//! "What goes wrong": a choice of faults, the line of the chosen one, and the button that does it.

use super::act::{Fault, Faults};
use crate::app::parts::{OptionGroup, SelectFieldProps, command_line, select_field};
use crate::app::session::Door;
use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use yew::prelude::*;
use yew::props;

/// The choice among faults that stand alone.
pub fn faults(door: &Door, all: Vec<Fault>, chosen: &UseStateHandle<String>) -> Html {
    grouped(door, &[(String::new(), all)], chosen)
}

/// The choice; nothing where nothing can go wrong.
pub fn grouped(door: &Door, all: &[Faults], chosen: &UseStateHandle<String>) -> Html {
    let each = || all.iter().flat_map(|(_, faults)| faults);
    let Some((id, _, command)) = each().find(|(id, ..)| *id == **chosen).or_else(|| each().next()) else {
        return Html::default();
    };
    let change = {
        let chosen = chosen.clone();
        Callback::from(move |id: String| chosen.set(id))
    };
    let option = |(id, words, _): &Fault| (id.clone().into(), words.clone().into());
    let groups = |(name, faults): &Faults| (name.clone().into(), faults.iter().map(option).collect());
    let groups: Vec<OptionGroup> = all.iter().map(groups).collect();
    html! {
        <section class="stack" aria-label="Faults">
            <h3>{ "What goes wrong" }</h3>
            { select_field(&props!(SelectFieldProps { id: "fault", label: "Suppose that", value: id.clone(), groups, change })) }
            { deed(door, "Make it happen", "fault-go", "fault-line", command, true) }
        </section>
    }
}

/// A button that does what its line says.
pub fn deed(door: &Door, words: &str, testid: &'static str, line: &str, command: &Command, harms: bool) -> Html {
    let onclick = {
        let (door, command) = (door.clone(), command.clone());
        Callback::from(move |_: MouseEvent| door.run(command.clone()))
    };
    html! {
        <div class="stack tight" key={testid}>
            { command_line(door, line_of(command), line) }
            <p><button type="button" class={if harms { "danger" } else { "" }} {onclick} data-testid={testid}>{ words.to_owned() }</button></p>
        </div>
    }
}
