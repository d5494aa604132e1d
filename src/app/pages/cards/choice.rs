//! The options of a choice: to pick from, and then each with its reason.

use yew::prelude::*;

use super::face;
use super::sitting::{Shown, Sitting};
use super::study::Step;

/// Options to pick from.
pub fn options(sitting: &Sitting, step: &Callback<Step>) -> Html {
    let options = sitting.options();
    let check = step.reform(|event: SubmitEvent| {
        event.prevent_default();
        Step::Show
    });
    let option = |(place, option): (usize, &Shown)| {
        let pick = step.reform(move |_: Event| Step::Pick(place));
        html! {
            <label class={classes!("option", option.picked.then_some("picked"))}>
                <input type="radio" name="option" checked={option.picked} onchange={pick} data-testid={format!("option-{place}")} />
                <span class="nth" aria-hidden="true">{ place + 1 }</span>
                <span class="grow">{ face::inline(option.text) }</span>
            </label>
        }
    };
    html! {
        <form onsubmit={check}>
            <fieldset class="options">
                <legend class="dim">{ format!("Select 1 of {}", options.len()) }</legend>
                { for options.iter().enumerate().map(option) }
            </fieldset>
            <p class="act"><button class="primary big" disabled={sitting.picked().is_none()} data-testid="card-check">{ "Check the answer" }</button></p>
        </form>
    }
}

/// The options after the answer: which was right, which was picked, and why each is what it is.
pub fn marked(sitting: &Sitting) -> Html {
    let option = |(place, option): (usize, &Shown)| {
        let (class, word) = match (option.right, option.picked) {
            (true, true) => ("right", "✓ Right, and your answer"),
            (true, false) => ("right", "✓ The right answer"),
            (false, true) => ("wrong", "✕ Your answer"),
            (false, false) => ("other", "✕ Not this"),
        };
        html! {
            <li class={classes!("option", class)} data-testid={format!("option-{place}")}>
                <span class="nth" aria-hidden="true">{ place + 1 }</span>
                <div class="grow">
                    <p class="verdict-word">{ word }</p>
                    <p>{ face::inline(option.text) }</p>
                    if !option.why.is_empty() { <p class="dim">{ face::inline(option.why) }</p> }
                </div>
            </li>
        }
    };
    let title = match sitting.mark() {
        Some(mark) if mark.right => "Right.",
        _ => "Not this one.",
    };
    html! {
        <>
            <h3 id="answer-title" tabindex="-1" data-testid="card-verdict">{ title }</h3>
            <ol class="options">{ for sitting.options().iter().enumerate().map(option) }</ol>
        </>
    }
}
