//! Bringing a deck in the `===` / `---` text format: paste or open it, see what it comes to, keep it.

use std::rc::Rc;

use ecs_lab::quiz::text::{self, Warning};
use yew::prelude::*;
use yew::props;

use super::library;
use super::study::Step;
use crate::app::parts::{AreaFieldProps, Dialog, TextFieldProps, area_field, text_field};
use crate::app::port;
use crate::app::session::Door;

/// Cards that the preview shows.
const SHOWN: usize = 3;

/// The deck that is being imported.
#[derive(Clone)]
pub struct Draft {
    title: String,
    body: String,
    /// Why a file could not be read or the deck not kept.
    error: Option<String>,
    seen: Rc<Result<Preview, String>>,
}

impl Draft {
    /// A draft with the text that was pasted or read.
    pub fn new(title: String, body: String) -> Self {
        let seen = Rc::new(preview(&body));
        Self { title, body, error: None, seen }
    }

    fn ready(&self) -> bool {
        !self.title.trim().is_empty() && self.seen.as_ref().as_ref().is_ok_and(|seen| seen.cards > 0)
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::new("My deck".to_owned(), String::new())
    }
}

/// The dialog; open while there is a draft.
pub fn import(draft: Option<&Draft>, door: &Door, step: &Callback<Step>) -> Html {
    html! {
        <Dialog open={draft.is_some()} close={step.reform(|()| Step::Draft(None))} title="Import a deck" testid="import-dialog" wide=true>
            { draft.map(|draft| form(draft, door, step)) }
        </Dialog>
    }
}

fn form(draft: &Draft, door: &Door, step: &Callback<Step>) -> Html {
    let retitle = {
        let draft = draft.clone();
        step.reform(move |title: String| Step::Draft(Some(Draft { title, ..draft.clone() })))
    };
    let retext = {
        let title = draft.title.clone();
        step.reform(move |body: String| Step::Draft(Some(Draft::new(title.clone(), body))))
    };
    let nameless = draft.title.trim().is_empty().then_some(AttrValue::Static("A deck has a title."));
    let error = draft.error.as_ref().or(draft.seen.as_ref().as_ref().err());
    html! {
        <form class="stack" onsubmit={keep(draft, door, step)}>
            <p>{ "Write a line " }<code>{ "---" }</code>{ " between question and answer and a line " }<code>{ "===" }</code>{ " between cards. The text stays \
                in this browser, as it is." }</p>
            <div class="columns">
                { text_field(&props!(TextFieldProps { id: "import-title", label: "Title", value: draft.title.clone(), change: retitle, error: nameless })) }
                <div class="field">
                    <label for="import-file">{ "Open a text file, or paste below" }</label>
                    <input type="file" id="import-file" accept=".txt,.md,text/plain,text/markdown" onchange={open(draft, step)} data-testid="import-file" />
                </div>
            </div>
            { area_field(&props!(AreaFieldProps { id: "import-text", label: "Cards", rows: 8, value: draft.body.clone(), change: retext, hint: "Editing an answer later keeps a card's progress; editing a question makes it a new card." })) }
            if let Some(error) = error { <p class="notice bad" role="alert" data-testid="import-error">{ error.clone() }</p> }
            { draft.seen.as_ref().as_ref().ok().filter(|_| !draft.body.is_empty()).map(shown) }
            <p class="row"><button class="primary" disabled={!draft.ready()} data-testid="import-keep">{ "Keep this deck" }</button></p>
        </form>
    }
}

/// Reads a chosen file into the draft.
fn open(draft: &Draft, step: &Callback<Step>) -> Callback<Event> {
    let (draft, step) = (draft.clone(), step.clone());
    Callback::from(move |event: Event| {
        let (draft, step) = (draft.clone(), step.clone());
        yew::platform::spawn_local(async move {
            match port::files::chosen(event).await {
                Some(Ok((name, text))) => {
                    let title = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
                    step.emit(Step::Draft(Some(Draft::new(title, text))));
                }
                Some(Err(why)) => step.emit(Step::Draft(Some(Draft { error: Some(why), ..draft }))),
                None => {}
            }
        });
    })
}

/// Keeps the deck and closes the dialog, or says why not.
fn keep(draft: &Draft, door: &Door, step: &Callback<Step>) -> Callback<SubmitEvent> {
    let (draft, door, step) = (draft.clone(), door.clone(), step.clone());
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        if !draft.ready() {
            return;
        }
        match door.add_deck(&draft.title, &draft.body) {
            Ok(deck) => {
                step.emit(Step::Own(library::own(door.own_decks())));
                step.emit(Step::Draft(None));
                step.emit(Step::Say(format!("{} is kept.", deck.title)));
            }
            Err(why) => step.emit(Step::Draft(Some(Draft { error: Some(why.to_owned()), ..draft.clone() }))),
        }
    })
}

/// What a text comes to.
struct Preview {
    cards: usize,
    first: Vec<(String, String)>,
    warnings: Vec<Warning>,
}

fn preview(body: &str) -> Result<Preview, String> {
    let parsed = text::parse(body)?;
    let cards = text::to_cards(&parsed, "preview");
    let first = cards.iter().take(SHOWN).map(|card| (card.question().to_owned(), card.answer().to_owned())).collect();
    Ok(Preview { cards: cards.len(), first, warnings: parsed.warnings })
}

fn shown(seen: &Preview) -> Html {
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    html! {
        <div class="stack">
            <p role="status" data-testid="import-count"><b>{ counted(seen.cards) }</b>{ match seen.warnings.len() {
                0 => ", nothing odd.".to_owned(),
                1 => ", 1 place to look at:".to_owned(),
                many => format!(", {many} places to look at:"),
            } }</p>
            if !seen.warnings.is_empty() {
                <ul class="list warnings" data-testid="import-warnings" tabindex="0" aria-label="Places to look at">
                    { for seen.warnings.iter().map(|warning| html! {
                        <li class="notice warn"><b>{ format!("Line {}", warning.line) }</b><span class="grow">{ warning.message.clone() }</span></li>
                    }) }
                </ul>
            }
            if !seen.first.is_empty() {
                <dl class="sample">
                    { for seen.first.iter().map(|(question, answer)| html! { <><dt>{ first_line(question) }</dt><dd>{ first_line(answer) }</dd></> }) }
                </dl>
            }
            if seen.cards > seen.first.len() {
                <p class="dim">{ format!("… and {} more", seen.cards - seen.first.len()) }</p>
            }
        </div>
    }
}

fn counted(cards: usize) -> String {
    match cards {
        0 => "No card yet".to_owned(),
        1 => "1 card".to_owned(),
        many => format!("{many} cards"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_counts_cards_and_keeps_the_lines_of_its_warnings() {
        let seen = preview("a\n---\nb\n===\nc\n---\nd\n---\ne\n===\nf").unwrap();
        assert_eq!((seen.cards, seen.first.len()), (2, 2));
        assert_eq!(seen.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [8, 11]);
        assert!(preview(&"x".repeat(text::TEXT_MAX + 1)).is_err());
    }
}
