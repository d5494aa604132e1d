//! The notes that stand until dismissed.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::session::use_door;
use crate::app::store::{Act, Action, Note, Tone};

#[derive(Properties, PartialEq)]
pub struct NoticesProps {
    pub notes: Rc<Vec<Note>>,
}

/// The notes, each with its buttons.
#[component]
pub fn Notices(props: &NoticesProps) -> Html {
    let door = use_door();
    if props.notes.is_empty() {
        return html! {};
    }
    let note = |note: &Note| {
        let act = |act: &Act| {
            let (door, act) = (door.clone(), act.clone());
            Callback::from(move |_: MouseEvent| door.act(act.clone()))
        };
        let dismiss = {
            let (door, topic) = (door.clone(), note.topic);
            Callback::from(move |_: MouseEvent| door.dispatch(Action::Dismiss(topic)))
        };
        html! {
            <li key={note.topic} class={classes!("notice", tone(note.tone))} data-testid={format!("note-{}", note.topic)}>
                <p class="text"><b>{ word(note.tone) }</b>{ note.text.clone() }</p>
                { for note.acts.iter().map(|(words, what)| html! {
                    <button key={*words} type="button" class="small" onclick={act(what)} data-testid={format!("note-{}-act", note.topic)}>{ *words }</button>
                }) }
                <button key="dismiss" type="button" class="small" onclick={dismiss} aria-label={format!("Dismiss: {}", note.text)} data-testid={format!("note-{}-dismiss", note.topic)}>{ "Dismiss" }</button>
            </li>
        }
    };
    html! { <ul class="list notices" aria-label="Notices" data-testid="notices">{ for props.notes.iter().map(note) }</ul> }
}

/// The style of a tone.
fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Info => "info",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// The word before a note, so that its colour is not all that tells.
fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Info => "",
        Tone::Warn => "Note. ",
        Tone::Bad => "Not done. ",
    }
}
