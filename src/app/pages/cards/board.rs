//! One deck: the card on the table, how far the sitting is, and its end.

use yew::prelude::*;

use super::card::card;
use super::done::done;
use super::library::Entry;
use super::sitting::Sitting;
use super::study::{Step, Study};
use super::trouble::broken;
use crate::app::parts::empty;
use crate::app::route::Route;
use crate::app::session::Door;
use ecs_lab::quiz::progress::Now;

/// The view of a deck.
pub fn board(study: &Study, door: &Door, id: &str, step: &Callback<Step>, now: Now) -> Html {
    let deck = study.entries().filter_map(Entry::deck).find(|deck| deck.id == id);
    let title = deck.map_or_else(|| id.to_owned(), |deck| deck.title.clone());
    let sitting = study.sitting.as_ref().filter(|sitting| sitting.deck.id == id);
    let body = match (&study.site, deck, sitting) {
        (_, Some(_), Some(sitting)) => table(study, door, sitting, step, now),
        (Some(_), None, _) => no_deck(id, study),
        _ => html! { <p class="loading" role="status" data-testid="decks-loading">{ "Fetching the deck…" }</p> },
    };
    html! {
        <div class="page table-top">
            <p><a href={Route::Cards.href()} data-testid="all-decks">{ "← All decks" }</a></p>
            <h1 id="view-title" tabindex="-1">{ title }</h1>
            { body }
        </div>
    }
}

/// A link to a deck that is not there, perhaps because its file has mistakes.
fn no_deck(id: &str, study: &Study) -> Html {
    let broken = study.entries().filter_map(|entry| match entry {
        Entry::Broken { file, errors } => Some(broken(file, errors)),
        _ => None,
    });
    html! {
        <>
            { empty(&format!("There is no deck “{id}” here"), "deck-lost", html! { <><p>{ "It may have another name, or its file has mistakes." }</p>
                <p><a class="button primary" href={Route::Cards.href()}>{ "See all decks" }</a></p></> }) }
            { for broken }
        </>
    }
}

/// The sitting: its bar, then the card or the end.
fn table(study: &Study, door: &Door, sitting: &Sitting, step: &Callback<Step>, now: Now) -> Html {
    let (past, all) = sitting.position();
    let undo = step.reform(|_: MouseEvent| Step::Undo);
    let (key, view) = match sitting.card() {
        Some(shown) => {
            (format!("{}-{}", shown.id, sitting.grades().len()), card(study, door, sitting, shown, step, now))
        }
        None => ("done".to_owned(), done(study, sitting, step, now)),
    };
    html! {
        <>
            <div class="row sitting">
                <progress class="grow" max={all.max(1).to_string()} value={past.to_string()} aria-label="Cards done in this sitting"></progress>
                <span class="number" data-testid="card-position">{ format!("{past} of {all}") }</span>
                <button type="button" class="small" onclick={undo} disabled={sitting.grades().len() == 0} data-testid="card-undo"
                    aria-keyshortcuts="u" title="Take the last grade back">{ "Undo grade" }</button>
            </div>
            // The key gives each card elements of its own, so that nothing opened on one stays open on the next.
            <div class="stack loose" {key}>{ view }</div>
        </>
    }
}
