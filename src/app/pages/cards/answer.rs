//! The back of a card: the answer, why, how far it can be trusted and on whose word.

use ecs_lab::quiz::card::{Card, Link, Status};
use yew::prelude::*;

use super::face;
use super::proof::proof;
use super::study::{Step, Study};
use crate::app::session::Door;

/// The answer of a flip card, and what stands below the answer of either kind.
pub fn answer(study: &Study, door: &Door, card: &Card, step: &Callback<Step>) -> Html {
    html! {
        <div class="answer" data-testid="card-answer">
            if card.options().is_empty() {
                <h3 id="answer-title" tabindex="-1" class="dim">{ "Answer" }</h3>
                <div class="back">{ face::face(card.answer()) }</div>
            }
            if !card.explanation.is_empty() { <div class="why">{ face::face(&card.explanation) }</div> }
            <div class="trust" data-testid="card-status">{ trust(&card.status) }</div>
            if card.proof.is_some() { { proof(study.proof.as_ref(), door, step) } }
            { origin(card) }
        </div>
    }
}

fn trust(status: &Status) -> Html {
    match status {
        Status::Verified(link) => html! {
            <p><span class="chip good">{ "✓ Verified" }</span>{ " A proof of this answer runs on the lab's engine." }
                { link.as_ref().map(page) }</p>
        },
        Status::Documented(link) => html! {
            <p><span class="chip">{ "Documented" }</span>{ " AWS says so." }{ page(link) }</p>
        },
        Status::Folklore { was, today, link } => html! {
            <>
                <p><span class="chip warn">{ "Folklore" }</span>{ " An answer that exams wanted, and what is true now." }</p>
                <dl class="folklore">
                    <dt>{ "The old exam answer" }</dt><dd>{ face::inline(was) }</dd>
                    <dt>{ "True today" }</dt><dd>{ face::inline(today) }{ page(link) }</dd>
                </dl>
            </>
        },
        Status::Imported => {
            html! { <p><span class="chip">{ "Imported" }</span>{ " Nobody has checked this answer." }</p> }
        }
    }
}

/// A page of AWS, with the day on which it was read.
fn page(link: &Link) -> Html {
    html! {
        <span class="read">{ " " }<a href={link.url.clone()} target="_blank" rel="noopener noreferrer">{ short(&link.url) }
            <span class="sr-only">{ " (opens in a new tab)" }</span></a>{ format!(", read on {}", link.checked) }</span>
    }
}

/// `docs.aws.amazon.com/…/page.html`.
fn short(url: &str) -> String {
    let bare = url.trim_start_matches("https://").trim_end_matches('/');
    match (bare.split_once('/'), bare.rsplit_once('/')) {
        (Some((host, path)), Some((_, last))) if path.contains('/') => format!("{host}/…/{last}"),
        _ => bare.to_owned(),
    }
}

/// Where the statement comes from.
fn origin(card: &Card) -> Html {
    let list = |words: &'static str, items: &[String]| {
        html! { if !items.is_empty() { <dt>{ words }</dt><dd>{ items.join(", ") }</dd> } }
    };
    html! {
        <details class="origin">
            <summary>{ "Source" }</summary>
            <dl>
                { list("Study notes", &card.source) }
                { list("Rules of the engine's reference", &card.rules) }
                { list("Topics", &card.tags) }
            </dl>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_address_is_shortened_to_host_and_page() {
        for (url, shown) in [
            ("https://docs.aws.amazon.com/a/b/c.html", "docs.aws.amazon.com/…/c.html"),
            ("https://docs.aws.amazon.com/a/b/", "docs.aws.amazon.com/…/b"),
            ("https://docs.aws.amazon.com/c.html", "docs.aws.amazon.com/c.html"),
            ("https://docs.aws.amazon.com", "docs.aws.amazon.com"),
        ] {
            assert_eq!(short(url), shown);
        }
    }
}
