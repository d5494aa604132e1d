//! The notes that stand until dismissed.

use yew::prelude::*;

use crate::app::session::Door;
use crate::app::store::{Act, Action, Note, Tone};

/// The notes, each with its buttons.
pub fn notices(door: &Door) -> Html {
    let notes = &door.store().notes;
    if notes.is_empty() {
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
    html! { <ul class="list notices" aria-label="Notices" data-testid="notices">{ for notes.iter().map(note) }</ul> }
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
