//! The editor of the prompt's small directory, in the place of `vi`.

use super::Draft;
use super::prompt::Prompt;
use crate::app::parts::{AreaFieldProps, Kept, TextFieldProps, area_field, edit, text_field};
use crate::app::session::Door;
use yew::prelude::*;
use yew::props;

/// A path, the text of its file, and what writes it.
pub fn editor(door: &Door, draft: &Kept<Draft>) -> Html {
    let open = {
        let (door, draft) = (door.clone(), draft.clone());
        Callback::from(move |_: MouseEvent| {
            let prompt = Prompt::of(&door);
            let path = draft.now().path.trim().to_owned();
            let text = prompt.borrow().terminal.file(&path).map(str::to_owned);
            door.say(if text.is_some() { format!("{path} is open.") } else { format!("{path} is new.") });
            draft.change(|own| (own.contents, own.refused) = (Some(text.unwrap_or_default()), String::new()));
        })
    };
    let save = {
        let (door, draft) = (door.clone(), draft.clone());
        Callback::from(move |_: MouseEvent| {
            let (prompt, now) = (Prompt::of(&door), draft.now());
            let path = now.path.trim().to_owned();
            let done = prompt.borrow_mut().terminal.write(&path, now.contents.clone().unwrap_or_default());
            if done.is_ok() {
                prompt.borrow().keep(&door);
                door.say(format!("{path} is written."));
            }
            draft.change(|own| own.refused = done.err().unwrap_or_default().to_owned());
        })
    };
    let named = !draft.path.trim().is_empty();
    let error = (!draft.refused.is_empty()).then(|| AttrValue::from(draft.refused.clone()));
    html! {
        <details class="pane" data-testid="terminal-files">
            <summary>{ "Edit a file" }</summary>
            <div class="stack slim">
                { text_field(&props!(TextFieldProps { id: "terminal-path", label: "File", hint: "Such as taskdef.json or demo/Dockerfile; ls names those that are there.", error, value: draft.path.clone(), change: edit(draft, |own, value| (own.path, own.contents) = (value, None)) })) }
                <p><button type="button" onclick={open} disabled={!named} data-testid="terminal-open">{ "Open" }</button></p>
                if let Some(text) = &draft.contents {
                    { area_field(&props!(AreaFieldProps { id: "terminal-contents", label: "Its text", value: text.clone(), rows: 12, change: edit(draft, |own, value| own.contents = Some(value)) })) }
                    <p><button type="button" class="primary" onclick={save} data-testid="terminal-save">{ "Save" }</button></p>
                }
            </div>
        </details>
    }
}
