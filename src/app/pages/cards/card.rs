//! The card on the table: question, then answer, then grades.

use ecs_lab::quiz::card::Card;
use yew::prelude::*;

use super::answer::answer;
use super::choice::{marked, options};
use super::face;
use super::grades::grades;
use super::sitting::Sitting;
use super::study::{Step, Study};
use crate::app::session::Door;
use ecs_lab::quiz::progress::Now;

/// The card.
pub fn card(study: &Study, door: &Door, sitting: &Sitting, card: &Card, step: &Callback<Step>, now: Now) -> Html {
    let choice = !card.options().is_empty();
    let show = step.reform(|_: MouseEvent| Step::Show);
    let front = if choice && sitting.shown() {
        marked(sitting)
    } else if choice {
        options(sitting, step)
    } else if !sitting.shown() {
        html! {
            <p class="act"><button type="button" class="primary big" onclick={show} data-testid="card-show"
                aria-keyshortcuts="Space">{ "Show the answer" }</button></p>
        }
    } else {
        html! {}
    };
    html! {
        <>
            <article class="flashcard" aria-labelledby="card-title">
                <div class="question" data-testid="card-question">{ face::titled(card.question(), "card-title") }</div>
                { front }
                if sitting.shown() { { answer(study, door, card, step) } }
            </article>
            if let Some(outcomes) = sitting.outcomes(&study.progress, now).filter(|_| sitting.shown()) {
                { grades(&outcomes, sitting.mark().map(|mark| mark.suggested), step) }
            }
            if door.store().prefs.single_keys { <p class="dim hints">{ hints(card, sitting.shown()) }</p> }
        </>
    }
}

fn hints(card: &Card, shown: bool) -> Html {
    let picks = format!("1–{}", card.options().len());
    let keys: [(&str, &str); 2] = match (shown, card.options().len()) {
        (true, _) => [("1–4", "grade"), ("", "")],
        (false, 0) => [("Space", "show the answer"), ("", "")],
        (false, _) => [(&picks, "pick"), ("Enter", "check")],
    };
    let keys = keys.into_iter().filter(|(key, _)| !key.is_empty()).chain([("u", "take the last grade back")]);
    html! { <>{ for keys.map(|(key, does)| html! { <span><kbd>{ key.to_owned() }</kbd>{ format!(" {does}") }</span> }) }</> }
}
