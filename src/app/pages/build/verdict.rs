//! What AWS makes of the definition, the line that registers it, and the button that does.

use std::rc::Rc;

use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use yew::prelude::*;

use super::analysis::{Analysis, analyse};
use crate::app::parts::command_line;
use crate::app::session::Door;
use crate::app::store::{Action, wording};

/// What came of a registration: of which text, at which revision of the lab.
#[derive(Clone)]
pub struct Answer {
    text: Rc<str>,
    revision: u32,
    said: Result<String, String>,
}

/// What the verdict is of.
pub struct VerdictProps {
    pub read: Rc<Analysis>,
    /// The text as it stands: it is read only after a pause, and what registers is what one sees.
    pub text: Rc<str>,
}

/// The heading of the JSON with the verdict in short, and the button that registers.
pub fn verdict(door: &Door, props: &VerdictProps, answer: &UseStateHandle<Option<Answer>>) -> Html {
    let command = props.read.input.clone().map(|input| Command::ecs("RegisterTaskDefinition", input));
    let title = command.as_ref().map(line_of);
    let ready = command.is_some() && !props.read.unsound;
    let register = {
        let (door, answer, text) = (door.clone(), answer.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(input) = Some(analyse(&text)).filter(|now| !now.unsound).and_then(|now| now.input) else { return };
            let command = Command::ecs("RegisterTaskDefinition", input);
            let result = door.ask(command);
            // It stands here, beside the button; once is enough.
            door.dispatch(Action::Dismiss("refused"));
            let said = match result.as_ref() {
                Ok(_) => Ok(door.store().said.1.to_string()),
                Err(refusal) => Err(wording(&refusal.to_string(), refusal.ours)),
            };
            let revision = door.store().lab().revision();
            answer.set(Some(Answer { text: text.clone(), revision, said }));
        })
    };
    let revision = door.store().lab().revision();
    // An answer belongs to its text and its moment: after an edit or an undo it would be about something else.
    let fresh = answer.as_ref().filter(|a| a.text == props.text && a.revision == revision);
    let said = match fresh.map(|answer| &answer.said) {
        Some(Ok(said)) => html! { <p class="notice good" data-testid="register-answer">{ said.clone() }</p> },
        Some(Err(refusal)) => html! {
            <p class="notice bad" data-testid="register-answer"><span class="text"><b>{ "Refused: " }</b>{ refusal.clone() }</span></p>
        },
        None => html! {},
    };
    html! {
        <>
            <div class="row" data-testid="verdict">
                <h2 id="json-title">{ "JSON" }</h2>
                { in_short(&props.read) }
                <span class="grow"></span>
                <button type="button" class="primary" onclick={register} disabled={!ready} {title} data-testid="register">{ "Register" }</button>
            </div>
            { said }
        </>
    }
}

fn in_short(read: &Analysis) -> Html {
    match (read.problems.len(), &read.registration) {
        (0, Some(registration)) => html! {
            <span class="chip good" data-testid="verdict-chip">{ format!("✓ can run on {}", registration.compatibilities.join(", ")) }</span>
        },
        (0, None) => html! {},
        (1, _) => html! { <span class="chip bad" data-testid="verdict-chip">{ "✕ 1 thing to mend" }</span> },
        (count, _) => {
            html! { <span class="chip bad" data-testid="verdict-chip">{ format!("✕ {count} things to mend") }</span> }
        }
    }
}

/// What follows from the definition: the attributes that an instance needs, and the line that registers it.
pub fn consequences(door: &Door, props: &VerdictProps) -> Html {
    let Some(input) = props.read.input.clone() else { return html! {} };
    let attributes = props
        .read
        .registration
        .as_ref()
        .map(|registration| registration.requires_attributes.clone())
        .unwrap_or_default();
    html! {
        <>
            if !attributes.is_empty() {
                <details data-testid="requires-attributes">
                    <summary>{ match attributes.len() { 1 => "Instances need 1 attribute".to_owned(), count => format!("Instances need {count} attributes") } }</summary>
                    <ul>{ for attributes.iter().map(|name| html! { <li key={name.as_str()}><code>{ name.clone() }</code></li> }) }</ul>
                </details>
            }
            { command_line(door, line_of(&Command::ecs("RegisterTaskDefinition", input)), "register-line") }
        </>
    }
}
