//! The task definition builder: form and JSON side by side, each editing the other. The JSON text is the one truth;
//! the form edits the value that the text holds and writes it back.

mod analysis;
mod container;
mod draft;
mod edit;
mod editor;
mod examples;
mod field;
mod form;
mod members;
mod revisions;
mod rows;
mod verdict;

use std::rc::Rc;

use yew::prelude::*;
use yew::props;

use crate::app::parts::{SelectFieldProps, TabsProps, select_field, tabs};
use crate::app::port;
use crate::app::route::Route;
use crate::app::session::{Door, use_door};
use crate::app::store::{Action, Note, Tone};
use draft::use_draft;
use edit::Edit;
use editor::{EditorProps, ProblemsProps};
use examples::EXAMPLES;
use field::Form;
use form::{FormProps, definition_form};
use revisions::{Picked, compare, registered};
use verdict::{VerdictProps, consequences, verdict};

#[derive(Properties, PartialEq)]
pub struct BuildProps {
    /// The family to open, its newest revision.
    #[prop_or_default]
    pub family: Option<String>,
}

/// The view.
#[component]
pub fn Build(props: &BuildProps) -> Html {
    let draft = use_draft(props.family.clone());
    let chosen = use_state(|| AttrValue::from("tab-registered"));
    let picked = use_state(Picked::default);
    let answer = use_state(|| None);
    let read = draft.read.clone();
    let door = use_door();
    let known = |family: &&String| {
        door.store().lab().world().ecs().families().any(|(name, _)| Some(name) == family.split(':').next())
    };
    let unknown = props.family.as_ref().filter(|family| !known(family));
    let edit = {
        let draft = draft.clone();
        Callback::from(move |edit: Edit| {
            if let Some(mut value) = draft.read.input.clone() {
                edit::apply(&mut value, edit);
                draft.put(&pretty(&value));
            }
        })
    };
    let change = {
        let draft = draft.clone();
        Callback::from(move |text: String| draft.type_in(text))
    };
    let form = read.input.clone().filter(|_| read.form_rests.is_none()).map(|value| Form {
        value: Rc::new(value),
        problems: Rc::new(read.by_path()),
        edit,
    });
    let judged = VerdictProps { read: read.clone(), text: draft.text.clone() };
    html! {
        <div class="page">
            <div class="head">
                <h1 id="view-title" tabindex="-1">{ "Build a task definition" }</h1>
                if let Some(family) = &props.family { <span class="chip">{ family.clone() }</span> }
            </div>
            if let Some(family) = unknown {
                <div class="notice warn" data-testid="no-family">
                    <p class="text">{ format!("This lab has no family named {family}. What is registered stands below.") }</p>
                    <a class="button" href={Route::Build.href()}>{ "Back to the builder" }</a>
                </div>
            }
            if let Some(before) = draft.before.as_ref() {
                <div class="notice" data-testid="draft-before">
                    <p class="text">{ "The text that stood here before is kept." }</p>
                    <button type="button" class="small" data-testid="draft-back"
                        onclick={{ let (draft, before) = (draft.clone(), before.clone()); Callback::from(move |_: MouseEvent| draft.put(&before)) }}>{ "Bring it back" }</button>
                </div>
            }
            { start(&door, { let draft = draft.clone(); Callback::from(move |text: String| draft.replace(&text)) }) }
            <div class="workbench">
                <section class="stack" aria-labelledby="form-title">
                    <h2 id="form-title">{ "Form" }</h2>
                    if let Some(form) = form {
                        { definition_form(&FormProps { form }) }
                    } else {
                        <p class="empty" data-testid="form-rests">{ read.form_rests.clone().unwrap_or_default() }</p>
                    }
                </section>
                <section class="stack json-side" aria-labelledby="json-title">
                    { verdict(&door, &judged, &answer) }
                    { for read.notices.iter().map(|notice| html! { <p key={notice.as_str()} class="notice" data-testid="import-notice">{ notice.clone() }</p> }) }
                    { editor::editor(&EditorProps { text: draft.text.clone(), change, bad: read.bad_lines() }) }
                    { editor::problems(&ProblemsProps { text: draft.text.clone(), problems: read.problems.clone() }) }
                    { consequences(&door, &judged) }
                </section>
            </div>
            { below(&door, &chosen, &picked) }
        </div>
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Where a text comes from: an example, a file.
fn start(door: &Door, put: Callback<String>) -> Html {
    let options = std::iter::once(("".into(), "Choose…".into()))
        .chain(EXAMPLES.iter().map(|example| (example.title.into(), example.title.into())));
    let example = put.clone();
    let choose = Callback::from(move |title: String| {
        if let Some(found) = EXAMPLES.iter().find(|example| example.title == title) {
            example.emit(found.text.to_owned());
        }
    });
    let door = door.clone();
    let open = Callback::from(move |event: Event| {
        let (door, put) = (door.clone(), put.clone());
        yew::platform::spawn_local(async move {
            match port::files::chosen(event).await {
                Some(Ok((_, text))) => put.emit(text),
                Some(Err(why)) => door.dispatch(Action::Tell(Note::new("file", Tone::Bad, why))),
                None => {}
            }
        });
    });
    html! {
        <div class="columns narrow">
            { select_field(&props!(SelectFieldProps { id: "example", label: "Start from an example", value: "", options: options.collect::<Vec<_>>(), change: choose })) }
            <div class="field">
                <label for="open-definition">{ "Open a file, or paste into the JSON" }</label>
                <input type="file" id="open-definition" accept=".json,application/json" onchange={open} data-testid="open-definition" />
            </div>
        </div>
    }
}

/// What is registered, and the comparison.
fn below(door: &Door, chosen: &UseStateHandle<AttrValue>, picked: &UseStateHandle<Picked>) -> Html {
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |id: AttrValue| chosen.set(id))
    };
    let all =
        vec![("tab-registered".into(), "Registered".into()), ("tab-compare".into(), "Compare two revisions".into())];
    let panel = if **chosen == "tab-compare" { compare(door, picked) } else { registered(door) };
    html! {
        <section class="stack" aria-labelledby="below-title">
            <h2 id="below-title">{ "In this lab" }</h2>
            { tabs(&props!(TabsProps { label: "Task definitions of this lab", tabs: all, chosen: (**chosen).clone(), choose, panel })) }
        </section>
    }
}
