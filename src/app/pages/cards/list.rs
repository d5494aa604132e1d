//! All decks: what each teaches, how much of it waits, and the reader's own.

use std::rc::Rc;

use ecs_lab::quiz::deck::Deck;
use ecs_lab::quiz::progress::{Now, Progress};
use ecs_lab::quiz::queue::{Counts, NEW_A_DAY, counts, next_due};
use ecs_lab::quiz::review::interval_text;
use ecs_lab::quiz::text;
use yew::prelude::*;

use super::import::{Draft, import};
use super::library::{self, Entry};
use super::study::{Step, Study};
use super::trouble::{broken, missing};
use crate::app::keep::OwnDeck;
use crate::app::port;
use crate::app::route::Route;
use crate::app::session::Door;

/// The list of decks.
pub fn list(study: &UseReducerHandle<Study>, door: &Door, step: &Callback<Step>, now: Now) -> Html {
    let due: usize =
        study.entries().filter_map(Entry::deck).map(|deck| counts(&deck.cards, &study.progress, now).due).sum();
    let new = study.new_today(now).min(NEW_A_DAY);
    let entry = |entry: &Entry| match entry {
        Entry::Site(deck) => tile(deck, None, &study.progress, now, door, step),
        Entry::Own(deck, own) => tile(deck, Some(own), &study.progress, now, door, step),
        Entry::Broken { file, errors } => broken(file, errors),
        Entry::Missing { file, why } => {
            let dispatch = study.dispatcher();
            missing(file, why, Callback::from(move |_: MouseEvent| super::fetch(dispatch.clone())))
        }
    };
    let listed = |entries: &[Entry], label: &'static str| {
        html! { <ul class="decks" aria-label={label}>{ for entries.iter().map(|one| html! { <li>{ entry(one) }</li> }) }</ul> }
    };
    html! {
        <div class="page shelf">
            <div class="head">
                <h1 id="view-title" tabindex="-1">{ "Cards" }</h1>
                <span class="chip" data-testid="cards-due">{ format!("{due} due now") }</span>
                <span class="chip" data-testid="cards-new">{ format!("{new} of {NEW_A_DAY} new cards met today") }</span>
            </div>
            <p class="dim lead">{ "Short sittings, and each card comes back just before you would forget it. Verified answers carry a proof that \
                runs on the lab's engine." }</p>
            { match &study.site {
                None => html! { <p class="loading" role="status" data-testid="decks-loading">{ "Fetching the decks…" }</p> },
                Some(entries) => listed(entries, "Decks"),
            } }
            <section class="stack" aria-labelledby="own-title">
                <div class="row">
                    <h2 id="own-title" tabindex="-1">{ "My decks" }</h2>
                    <button type="button" onclick={step.reform(|_: MouseEvent| Step::Draft(Some(Draft::default())))} data-testid="import">{ "Import a deck" }</button>
                </div>
                { study.removed.as_ref().map(|own| removed(own, door, step)) }
                if study.own.is_empty() {
                    <p class="dim">{ "Bring your own cards as a text: a line --- between question and answer, a line === between cards." }</p>
                } else {
                    { listed(&study.own, "My decks") }
                }
            </section>
            { import(study.draft.as_ref(), door, step) }
        </div>
    }
}

/// A deck. One of the reader's own comes with its text and can be removed.
fn tile(
    deck: &Rc<Deck>,
    own: Option<&Rc<OwnDeck>>,
    progress: &Progress,
    now: Now,
    door: &Door,
    step: &Callback<Step>,
) -> Html {
    let Deck { id, title, about, cards } = &**deck;
    let counts = counts(cards, progress, now);
    let next = next_due(cards, progress, now).map(|due| due - now.at);
    let met = counts.due + counts.later;
    let count = |word: &'static str, number: usize, testid: String| {
        html! { <div class={classes!((number > 0).then_some("some"))}><dt>{ word }</dt><dd data-testid={testid}>{ number }</dd></div> }
    };
    html! {
        <article class="pane deck">
            <h2><a href={Route::Deck { deck: id.clone() }.href()} data-testid={format!("deck-{id}")}>{ title.clone() }</a></h2>
            <p class="dim grow">{ about.clone() }</p>
            <dl class="counts">
                { count("Due", counts.due, format!("deck-{id}-due")) }
                { count("New", counts.new, format!("deck-{id}-new")) }
                { count("All", cards.len(), format!("deck-{id}-all")) }
            </dl>
            <progress max={cards.len().max(1).to_string()} value={met.to_string()} aria-label={format!("{met} of {} cards met", cards.len())}></progress>
            <div class="row foot">
                <span class="dim grow" data-testid={format!("deck-{id}-next")}>{ coming(counts, next) }</span>
                <button type="button" class="small plain" onclick={export(deck, own, step)} data-testid={format!("deck-{id}-export")} aria-label={format!("Export {title} as text")}>{ "Export" }</button>
                if let Some(own) = own {
                    <button type="button" class="small plain" onclick={remove(own, door, step)} data-testid={format!("deck-{id}-remove")} aria-label={format!("Remove {title}")}>{ "Remove" }</button>
                }
            </div>
        </article>
    }
}

/// Gives the deck as text: a deck of the reader's own byte for byte as it came.
fn export(deck: &Rc<Deck>, own: Option<&Rc<OwnDeck>>, step: &Callback<Step>) -> Callback<MouseEvent> {
    let (deck, own) = (deck.clone(), own.cloned());
    step.reform(move |_| {
        let text = own.as_ref().map_or_else(|| text::from_cards(&deck.cards), |own| own.text.clone());
        let file = format!("{}.txt", file_name(&deck.title));
        Step::Say(if port::files::download(&file, &text) {
            format!("{file} is in your downloads.")
        } else {
            format!("The browser refused the download of {file}.")
        })
    })
}

fn remove(own: &Rc<OwnDeck>, door: &Door, step: &Callback<Step>) -> Callback<MouseEvent> {
    let (own, door, step) = (own.clone(), door.clone(), step.clone());
    Callback::from(move |_| {
        door.drop_deck(&own.id);
        step.emit(Step::Own(library::own(door.own_decks())));
        step.emit(Step::Removed(Some(own.clone())));
        step.emit(Step::Say(format!("{} is removed. It can be brought back.", own.title)));
        port::page::focus("own-title");
    })
}

/// The way back for a deck that was removed.
fn removed(own: &Rc<OwnDeck>, door: &Door, step: &Callback<Step>) -> Html {
    let back = {
        let (own, door, step) = (own.clone(), door.clone(), step.clone());
        Callback::from(move |_: MouseEvent| match door.put_deck(&own) {
            Ok(()) => {
                step.emit(Step::Own(library::own(door.own_decks())));
                step.emit(Step::Removed(None));
                step.emit(Step::Say(format!("{} is back.", own.title)));
                port::page::focus("own-title");
            }
            Err(why) => step.emit(Step::Say(why.to_owned())),
        })
    };
    html! {
        <div class="notice" data-testid="deck-removed">
            <p class="text">{ format!("{} is removed; the progress of its cards stays.", own.title) }</p>
            <button type="button" class="small" onclick={back} data-testid="deck-back">{ "Bring it back" }</button>
        </div>
    }
}

fn coming(counts: Counts, next: Option<i64>) -> String {
    match (counts.due, next) {
        (1.., _) => "Due now".to_owned(),
        (0, Some(wait)) => format!("Next card in {}", interval_text(wait as f32 / 86_400_000.0)),
        (0, None) if counts.new > 0 => "Not begun".to_owned(),
        (0, None) => "Holds no card".to_owned(),
    }
}

/// A title as a file name: letters and digits, the rest as hyphens.
fn file_name(title: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = title.chars().map(kept).take(60).collect();
    let name = name.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    if name.is_empty() { "deck".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deck_says_when_its_next_card_comes() {
        let some = |due, new, later| Counts { due, new, later };
        for (counts, next, words) in [
            (some(1, 0, 0), None, "Due now"),
            (some(0, 3, 1), Some(2 * 86_400_000), "Next card in 2 d"),
            (some(0, 3, 0), None, "Not begun"),
            (some(0, 0, 0), None, "Holds no card"),
        ] {
            assert_eq!(coming(counts, next), words);
        }
    }

    #[test]
    fn a_title_becomes_a_file_name() {
        for (title, name) in
            [("Task placement", "task-placement"), ("../etc", "etc"), ("???", "deck"), ("Ä & b", "Ä-b")]
        {
            assert_eq!(file_name(title), name);
        }
    }
}
