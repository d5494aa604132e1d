//! A deck that cannot be used: which file, where, and why. The others work.

use ecs_lab::quiz::deck::DeckError;
use yew::prelude::*;

/// Mistakes that show before the rest is folded away.
const FIRST: usize = 5;

/// A file with mistakes.
pub fn broken(file: &str, errors: &[DeckError]) -> Html {
    let (first, rest) = errors.split_at(errors.len().min(FIRST));
    let count = match errors.len() {
        1 => "1 mistake".to_owned(),
        many => format!("{many} mistakes"),
    };
    html! {
        <article class="pane deck broken" data-testid={format!("deck-error-{file}")}>
            <h2 class="mono">{ file.to_owned() }</h2>
            <p><b class="bad">{ format!("{count} in this file. ") }</b>{ "Its cards wait until they are mended; the other decks are not touched." }</p>
            <ol class="mistakes">{ for first.iter().map(mistake) }</ol>
            if !rest.is_empty() {
                <details><summary>{ format!("{} more", rest.len()) }</summary><ol class="mistakes">{ for rest.iter().map(mistake) }</ol></details>
            }
        </article>
    }
}

fn mistake(error: &DeckError) -> Html {
    html! {
        <li>
            <b>{ format!("Line {}, column {}", error.line, error.column) }</b>
            if !error.path.is_empty() { { " · " }<code>{ error.path.clone() }</code> }
            <br />{ error.message.clone() }
        </li>
    }
}

/// A file that could not be had.
pub fn missing(file: &str, why: &str, again: Callback<MouseEvent>) -> Html {
    html! {
        <article class="pane deck broken" data-testid={format!("deck-error-{file}")}>
            <h2 class="mono">{ file.to_owned() }</h2>
            <p>{ why.to_owned() }</p>
            <p><button type="button" class="small" onclick={again} aria-label={format!("Fetch again: {file}")}>{ "Fetch again" }</button></p>
        </article>
    }
}
