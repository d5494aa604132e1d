//! The buttons of the forms, and where a refusal stands.

use super::Drafts;
use super::fields::{Field, member};
use crate::app::parts::{Kept, command_line};
use crate::app::session::Door;
use crate::app::store::wording;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::Command;
use ecs_lab::shell::line_of;
use yew::prelude::*;

/// A button that does what its line says. A refusal is kept for the field that it is about.
pub fn deed(
    (door, drafts): (&Door, &Kept<Drafts>),
    of: &'static str,
    words: &str,
    testid: String,
    command: &Command,
    harms: bool,
) -> Html {
    let onclick = {
        let (door, drafts, command) = (door.clone(), drafts.clone(), command.clone());
        Callback::from(move |_: MouseEvent| {
            // Rehearsed first, so that a refusal stands in the form.
            let refused = door.store().lab().rehearse(std::slice::from_ref(&command)).err();
            if refused.is_none() {
                door.run(command.clone());
            }
            let refused = refused.map(|refusal| (of, refusal));
            drafts.change(|own| own.refused = refused);
        })
    };
    html! {
        <div class="stack tight" key={testid.clone()}>
            { command_line(door, line_of(command), &format!("{testid}-line")) }
            <p><button type="button" class={if harms { "danger" } else { "" }} {onclick} data-testid={testid}>{ words.to_owned() }</button></p>
        </div>
    }
}

/// What was refused of a form, at the field that it is about.
pub fn refusal(drafts: &Drafts, of: &str, id: &str) -> Option<String> {
    let (_, error) = drafts.refused.as_ref().filter(|(form, _)| *form == of)?;
    (is_at(&error.path, id)).then(|| wording(&error.message, error.ours))
}

/// Whether a path of a request leads to a field's member.
pub fn is_at(path: &str, id: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    last.split('[').next() == Some(member(id)) || path.split(['.', '[']).any(|part| part == member(id))
}

/// What was refused of a form and is about none of its fields.
pub fn elsewhere(drafts: &Drafts, of: &str, forms: &[&'static [Field]]) -> Html {
    let told = |error: &ApiError| forms.iter().flat_map(|own| own.iter()).any(|(id, ..)| is_at(&error.path, id));
    match drafts.refused.as_ref().filter(|(form, error)| *form == of && !told(error)) {
        Some((_, error)) => {
            let words = wording(&error.message, error.ours);
            html! { <p class="bad" role="alert" data-testid={format!("{of}-error")}>{ words }</p> }
        }
        None => Html::default(),
    }
}
