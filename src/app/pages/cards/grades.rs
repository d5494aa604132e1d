//! The four grades, each with the time until the card comes back.

use ecs_lab::quiz::grade::Grade;
use ecs_lab::quiz::review::{Outcome, interval_text};
use yew::prelude::*;

use super::study::Step;
use crate::app::port;

/// The grades. `suggested` is what the marking of a choice suggests; the learner decides.
pub fn grades(outcomes: &[Outcome; 4], suggested: Option<Grade>, step: &Callback<Step>) -> Html {
    let grade = |outcome: &Outcome| {
        let grade = outcome.grade;
        let give = step.reform(move |_: MouseEvent| Step::Grade(grade, port::clock::learner()));
        let testid = format!("grade-{}", grade.word().to_ascii_lowercase());
        let tagged = suggested == Some(grade);
        html! {
            <button type="button" class={classes!("grade", testid.clone(), tagged.then_some("suggested"))} onclick={give}
                aria-keyshortcuts={grade.number().to_string()} data-testid={testid.clone()}>
                <b>{ grade.word() }</b>
                <span data-testid={format!("{testid}-interval")}>{ interval_text(outcome.interval) }</span>
                if tagged { <span class="tag">{ "suggested" }</span> }
            </button>
        }
    };
    html! {
        <section class="stack" aria-labelledby="grades-title">
            <h2 id="grades-title" class="quiet">{ "How well did you know it?" }</h2>
            <div class="grades">{ for outcomes.iter().map(grade) }</div>
        </section>
    }
}
