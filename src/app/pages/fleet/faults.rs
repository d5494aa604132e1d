//! "What goes wrong": a choice of faults, the line of the chosen one, and the button that does it.

use super::act::Fault;
use crate::app::parts::{SelectFieldProps, command_line, select_field};
use crate::app::session::Door;
use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use yew::prelude::*;
use yew::props;

/// The choice; nothing where nothing can go wrong.
pub fn faults(door: &Door, all: &[Fault], chosen: &UseStateHandle<String>) -> Html {
    let Some((id, _, command)) = all.iter().find(|(id, ..)| *id == **chosen).or_else(|| all.first()) else {
        return Html::default();
    };
    let change = {
        let chosen = chosen.clone();
        Callback::from(move |id: String| chosen.set(id))
    };
    let options: Vec<(AttrValue, AttrValue)> =
        all.iter().map(|(id, words, _)| (id.clone().into(), words.clone().into())).collect();
    html! {
        <section class="stack" aria-label="Faults">
            <h3>{ "What goes wrong" }</h3>
            { select_field(&props!(SelectFieldProps { id: "fault", label: "Suppose that", value: id.clone(), options, change })) }
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
