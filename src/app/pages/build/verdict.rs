//! What AWS makes of the definition, the line that registers it, and the button that does.

use std::rc::Rc;

use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use yew::prelude::*;

use super::analysis::Analysis;
use crate::app::parts::CommandLine;
use crate::app::session::use_door;

#[derive(Properties, PartialEq)]
pub struct VerdictProps {
    pub read: Rc<Analysis>,
}

/// The verdict.
#[component]
pub fn Verdict(props: &VerdictProps) -> Html {
    let door = use_door();
    let answer = use_state(|| None::<Result<String, String>>);
    let Some(input) = props.read.input.clone() else { return html! {} };
    let command = Command::ecs("RegisterTaskDefinition", input);
    let line = line_of(&command);
    let register = {
        let answer = answer.clone();
        Callback::from(move |_: MouseEvent| {
            let result = door.ask(command.clone());
            answer.set(Some(match result.as_ref() {
                Ok(_) => Ok(door.store().said.1.to_string()),
                Err(refusal) => Err(refusal.to_string()),
            }));
        })
    };
    let said = match &*answer {
        Some(Ok(said)) => html! { <p class="notice good" data-testid="register-answer">{ said.clone() }</p> },
        Some(Err(refusal)) => html! {
            <p class="notice bad" data-testid="register-answer"><span class="text"><b>{ "AWS refuses: " }</b>{ refusal.clone() }</span></p>
        },
        None => html! {},
    };
    html! {
        <div class="pane stack" data-testid="verdict">
            if let Some(registration) = &props.read.registration {
                <p class="good"><b>{ "✓ AWS takes it. " }</b>{ "Can run on " }{ registration.compatibilities.join(", ") }{ "." }</p>
                if !registration.requires_attributes.is_empty() {
                    <details data-testid="requires-attributes">
                        <summary>{ format!("Instances need {} attributes", registration.requires_attributes.len()) }</summary>
                        <ul>{ for registration.requires_attributes.iter().map(|name| html! { <li key={name.as_str()}><code>{ name.clone() }</code></li> }) }</ul>
                    </details>
                }
            }
            <p class="row"><button type="button" class="primary" onclick={register} data-testid="register">{ "Register" }</button></p>
            { said }
            <CommandLine {line} testid="register-line" />
        </div>
    }
}
