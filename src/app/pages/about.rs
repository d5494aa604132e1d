//! Keyboard help, the commands of the lab, the reader's choices, kept work, and privacy.

use yew::prelude::*;
use yew::props;

use crate::app::frame::key_table;
use crate::app::parts::{CheckFieldProps, TableProps, check_field, table};
use crate::app::port;
use crate::app::session::{Door, kept_aside, other_labs};
use crate::app::store::{Act, Action, Note, Prefs, Tone, opening};
use ecs_lab::lab::choices::{self, Choice};

/// The view.
pub fn about(door: &Door) -> Html {
    html! {
        <div class="page prose">
            <h1 id="view-title" tabindex="-1">{ "About this lab" }</h1>
            <p>{ "ECS Lab runs a faithful Amazon ECS on a simulated clock inside this page. Nothing is created in any AWS account, and \
                  nothing costs anything." }</p>
            <h2>{ "Privacy" }</h2>
            <p data-testid="privacy">{ "Nothing leaves this browser: there is no account, no tracking and no request to another site. Your work \
                  lies in this browser's storage until you remove it." }</p>
            { kept_work(door) }
            { preferences(door) }
            { ours() }
            <h2>{ "At the prompt" }</h2>
            <p>{ "Beside the commands of AWS, docker and bash, the terminal has some that only a lab can have." }</p>
            <pre data-testid="lab-commands">{ ecs_lab::shell::lab_help() }</pre>
            <h2>{ "Keyboard" }</h2>
            { key_table() }
        </div>
    }
}

/// Save, open, start anew, and what was set aside.
fn kept_work(door: &Door) -> Html {
    let act = |act: Act| {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.act(act.clone()))
    };
    let open = {
        let door = door.clone();
        Callback::from(move |event: Event| {
            let door = door.clone();
            yew::platform::spawn_local(async move {
                match port::files::chosen(event).await {
                    Some(Ok((name, text))) => door.act(Act::OpenFile { name, text }),
                    Some(Err(why)) => door.dispatch(Action::Tell(Note::new("file", Tone::Bad, why))),
                    None => {}
                }
            });
        })
    };
    let asides = kept_aside();
    let others = other_labs();
    html! {
        <>
            <h2>{ "Kept work" }</h2>
            <p>{ "The lab and your progress with the cards are kept as you work and come back when you return. One file holds both: to move to \
                  another browser, to hand in, or to keep." }</p>
            <p class="row">
                <button type="button" class="primary" onclick={act(Act::SaveFile)} data-testid="save-file">{ "Save lab and progress as a file" }</button>
                <button type="button" onclick={act(Act::Begin(opening::log().into()))} data-testid="new-lab">{ "Start a new lab" }</button>
            </p>
            <div class="field">
                <label for="open-file">{ "Open a file" }</label>
                <input type="file" id="open-file" accept=".json,application/json" onchange={open} data-testid="open-file" />
            </div>
            if !others.is_empty() {
                <h3>{ "Labs of other tabs" }</h3>
                <ul class="list" data-testid="other-labs">
                    { for others.into_iter().map(|(slot, key)| html! {
                        <li key={slot} class="row">
                            <span class="grow">{ format!("Lab number {slot}") }</span>
                            <button type="button" class="small" onclick={act(Act::TakeOver(slot))} aria-label={format!("Open here: lab number {slot}")}
                                data-testid={format!("lab-{slot}-open")}>{ "Open here" }</button>
                            <button type="button" class="small" onclick={act(Act::Download { key: key.clone(), file: format!("ecs-lab-{slot}.json") })}
                                aria-label={format!("Download lab number {slot}")}>{ "Download" }</button>
                            <button type="button" class="small danger" onclick={act(Act::Forget(key))} aria-label={format!("Remove for good: lab number {slot}")}
                                data-testid={format!("lab-{slot}-remove")}>{ "Remove for good" }</button>
                        </li>
                    }) }
                </ul>
            }
            if !asides.is_empty() {
                <h3>{ "Set aside because it could not be read" }</h3>
                <ul class="list" data-testid="asides">
                    { for asides.into_iter().map(|aside| html! {
                        <li key={aside.key.clone()} class="row">
                            <span class="grow mono">{ aside.file.clone() }</span>
                            <button type="button" class="small" onclick={act(Act::Download { key: aside.key.clone(), file: aside.file.clone() })}
                                aria-label={format!("Download {}", aside.file)}>{ "Download" }</button>
                            <button type="button" class="small danger" onclick={act(Act::Forget(aside.key.clone()))}
                                aria-label={format!("Remove {} for good", aside.file)}>{ "Remove for good" }</button>
                        </li>
                    }) }
                </ul>
            }
        </>
    }
}

/// Where AWS leaves something open: what this lab does, so that nobody takes our choice for AWS's rule.
fn ours() -> Html {
    let text = port::views::choices();
    let cell = |text: &str| html! { text.to_owned() };
    let row = |choice: Choice| vec![cell(choice.rule), cell(choice.open), cell(choice.ours)];
    let [choices, absent] = choices::read(&text).map(|table| table.into_iter().map(row).collect::<Vec<_>>());
    html! {
        <>
            <h2>{ "What AWS leaves open" }</h2>
            <p>{ "The lab follows AWS's documentation, its source code and recorded answers. Where these say nothing or disagree, it follows the \
                  table below. A message whose wording is ours says so where it stands." }</p>
            <details data-testid="choices">
                <summary>{ format!("{} choices of this lab", choices.len()) }</summary>
                { table(&props!(TableProps { caption: "Choices of this lab", head: vec!["rule", "what is open", "what the lab does"], rows: choices, testid: "choices-table" })) }
            </details>
            <details data-testid="not-simulated">
                <summary>{ "Not simulated, and what the lab does or says instead" }</summary>
                { table(&props!(TableProps { caption: "Not simulated", head: vec!["rule", "on AWS", "in the lab"], rows: absent, testid: "not-simulated-table" })) }
            </details>
        </>
    }
}

/// The reader's choices.
fn preferences(door: &Door) -> Html {
    let prefs = door.store().prefs.clone();
    let single = {
        let (door, prefs) = (door.clone(), prefs.clone());
        Callback::from(move |on| door.dispatch(Action::Choose(Prefs { single_keys: on, ..prefs.clone() })))
    };
    html! {
        <>
            <h2>{ "Choices" }</h2>
            { check_field(&props!(CheckFieldProps { id: "single-keys", label: "Single keys act outside text fields", checked: prefs.single_keys, change: single, hint: "Switch this off when you speak to your computer or when keys are pressed by accident." })) }
            <p class="dim">{ "Light or dark, contrast and motion follow your system's settings." }</p>
        </>
    }
}
