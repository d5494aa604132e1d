//! The end of a sitting: what was done, when the next card comes, and what can follow.

use ecs_lab::quiz::grade::Grade;
use ecs_lab::quiz::progress::Now;
use ecs_lab::quiz::queue::{NEW_A_DAY, next_due};
use ecs_lab::quiz::review::interval_text;
use yew::prelude::*;

use super::sitting::{Next, Sitting, next};
use super::study::{Step, Study};
use crate::app::port;
use crate::app::route::Route;

/// The end.
pub fn done(study: &Study, sitting: &Sitting, step: &Callback<Step>, now: Now) -> Html {
    let deck = &sitting.deck;
    let coming = next_due(&deck.cards, &study.progress, now).map(|due| {
        format!("The next card of this deck comes in {}.", interval_text((due - now.at) as f32 / 86_400_000.0))
    });
    let grades: Vec<Grade> = sitting.grades().collect();
    let title = if grades.is_empty() { "Nothing is due in this deck" } else { "Done for now" };
    let sit = |extra: bool| {
        let deck = deck.id.clone();
        step.reform(move |_: MouseEvent| Step::Sit { deck: deck.clone(), now: port::clock::learner(), extra })
    };
    let on = match next(deck, &study.progress, now, study.new_today(now)) {
        Next::More(count) => html! {
            <button type="button" class="primary big" onclick={sit(false)} data-testid="session-more">{ format!("{} more", cards(count)) }</button>
        },
        Next::Extra(count) => html! {
            <>
                <p>{ format!("You have met today's {NEW_A_DAY} new cards. A few a day stay light when they come back.") }</p>
                <button type="button" class="big" onclick={sit(true)} data-testid="session-extra">{ format!("Meet {} beyond that", cards(count)) }</button>
            </>
        },
        Next::Nothing => html! {},
    };
    html! {
        <section class="flashcard done" aria-labelledby="done-title" data-testid="session-done">
            <h2 id="done-title" tabindex="-1">{ title }</h2>
            if !grades.is_empty() { <p>{ summary(&grades) }</p> }
            if let Some(coming) = coming { <p data-testid="session-next">{ coming }</p> }
            { on }
            <p><a class="button" href={Route::Cards.href()} data-testid="session-decks">{ "All decks" }</a></p>
        </section>
    }
}

fn cards(count: usize) -> String {
    if count == 1 { "1 card".to_owned() } else { format!("{count} cards") }
}

/// `12 answers: 2 Again, 9 Good, 1 Easy.`
fn summary(grades: &[Grade]) -> String {
    let parts: Vec<String> = Grade::ALL
        .iter()
        .map(|grade| (grade, grades.iter().filter(|given| *given == grade).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {}", grade.word()))
        .collect();
    let answers = if grades.len() == 1 { "1 answer".to_owned() } else { format!("{} answers", grades.len()) };
    format!("{answers}: {}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_each_grade() {
        use Grade::{Again, Easy, Good};
        assert_eq!(summary(&[Good, Again, Good, Easy]), "4 answers: 1 Again, 2 Good, 1 Easy.");
        assert_eq!(summary(&[Good]), "1 answer: 1 Good.");
    }
}
