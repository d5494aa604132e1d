//! Ctrl+R: the history is searched while the reader types, as bash does it.

use super::Draft;
use super::prompt::Prompt;
use crate::app::parts::Kept;
use crate::app::session::Door;
use yew::prelude::*;

/// A search: what is looked for stands in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What stood in the prompt before.
    typed: String,
    /// How many newer lines that hold it too are passed over.
    pub older: usize,
}

/// The line of the history that holds `what`, the newest first and each once; none for nothing.
fn found<'a>(history: &'a [String], what: &str, older: usize) -> Option<&'a str> {
    if what.is_empty() {
        return None;
    }
    let holds =
        |(at, line): &(usize, &String)| line.contains(what) && !history.iter().skip(at + 1).any(|newer| newer == *line);
    history.iter().enumerate().rev().filter(holds).nth(older).map(|(_, line)| line.as_str())
}

fn shown(prompt: &Prompt, draft: &Draft) -> Option<String> {
    found(prompt.terminal.history(), &draft.text, draft.search.as_ref()?.older).map(str::to_owned)
}

/// Says what is found now that `what` is typed; nothing where nobody searches.
pub fn typed(door: &Door, draft: &Kept<Draft>, what: &str) {
    if draft.now().search.is_some() {
        door.say(told(Prompt::of(door).borrow().terminal.history(), what, 0).to_owned());
    }
}

/// What is said of a search: the line, or that there is none.
fn told<'a>(history: &'a [String], what: &str, older: usize) -> &'a str {
    found(history, what, older).unwrap_or_else(|| nothing(what))
}

/// Begins with what is typed already, or goes on to an older line.
pub fn begin(door: &Door, draft: &Kept<Draft>) {
    let prompt = Prompt::of(door);
    let prompt = prompt.borrow();
    let now = draft.now();
    let next = match &now.search {
        None => Search { typed: now.text.clone(), older: 0 },
        Some(own) => Search { older: own.older + 1, ..own.clone() },
    };
    let history = prompt.terminal.history();
    door.say(told(history, &now.text, next.older).to_owned());
    // Behind the oldest line the search stays where it is.
    if now.search.is_none() || found(history, &now.text, next.older).is_some() {
        draft.change(|own| {
            own.search = Some(next);
            own.offers.clear();
            own.past = None;
        });
    }
}

fn nothing(what: &str) -> &'static str {
    if what.is_empty() { "Type what the line holds." } else { "No other line of the history holds that." }
}

/// Ends with the line that was found in the prompt, or with what was typed before. Returns whether a line was found; none
/// where there was no search.
pub fn end(door: &Door, draft: &Kept<Draft>, take: bool) -> Option<bool> {
    let now = draft.now();
    let search = now.search.as_ref()?;
    let line = if take { shown(&Prompt::of(door).borrow(), &now) } else { None };
    let found = line.is_some();
    let text = line.unwrap_or_else(|| search.typed.clone());
    draft.change(|own| (own.text, own.search) = (text, None));
    Some(found)
}

/// What is found, above the prompt.
pub fn drawn(draft: &Draft, prompt: &Prompt) -> Html {
    if draft.search.is_none() {
        return Html::default();
    }
    let line = shown(prompt, draft);
    html! {
        <p class="hint" data-testid="terminal-search">
            { "Search of the history: " }
            if let Some(line) = line { <code class="any">{ line }</code> } else { { nothing(&draft.text) } }
            { " (Enter runs it, Esc takes it into the prompt, Ctrl+R goes to an older one, Ctrl+G ends the search.)" }
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_that_holds_it_is_found_once_the_newest_first() {
        let history = ["aws ecs list-clusters", "docker ps", "aws ecr get", "docker ps", "aws s3 ls"].map(String::from);
        for (what, older, line) in [
            ("aws", 0, Some("aws s3 ls")),
            ("aws", 2, Some("aws ecs list-clusters")),
            ("aws", 3, None),
            ("ps", 0, Some("docker ps")),
            ("ps", 1, None),
            ("ec", 1, Some("aws ecs list-clusters")),
            ("", 0, None),
        ] {
            assert_eq!(found(&history, what, older), line, "{what} {older}");
        }
    }

    #[test]
    fn what_is_found_is_said_while_it_is_typed() {
        let history = ["aws ecs list-clusters", "docker ps"].map(String::from);
        for (what, older, said) in [
            ("", 0, "Type what the line holds."),
            ("ps", 0, "docker ps"),
            ("ps", 1, "No other line of the history holds that."),
            ("aws ", 0, "aws ecs list-clusters"),
            ("awsx", 0, "No other line of the history holds that."),
        ] {
            assert_eq!(told(&history, what, older), said, "{what} {older}");
        }
    }
}
