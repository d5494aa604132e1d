//! What the keys do to the line that is typed.

use super::Draft;
use super::prompt::Prompt;
use super::search;
use crate::app::parts::Kept;
use crate::app::session::Door;
use ecs_lab::shell::{Candidate, complete, place};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Runs the line, or the one that a search found, and empties it.
pub fn run(door: &Door, draft: &Kept<Draft>) {
    if search::end(door, draft, true) == Some(false) {
        return;
    }
    let text = draft.now().text.clone();
    draft.change(|own| {
        own.text.clear();
        own.offers.clear();
        (own.past, own.free) = (None, false);
    });
    // An empty line is an answer, or one of what was begun; by itself it does nothing.
    let waits = Prompt::of(door).borrow().waits();
    if waits || !text.trim().is_empty() {
        Prompt::run(door, &text);
    }
}

/// Whether part of the line is selected, which Ctrl+C then copies.
fn has_selection(event: &KeyboardEvent) -> bool {
    let area: HtmlTextAreaElement = event.target_unchecked_into();
    area.selection_start().ok() != area.selection_end().ok()
}

/// A key was pressed in the line.
pub fn pressed(door: &Door, draft: &Kept<Draft>, event: &KeyboardEvent) {
    let control = event.ctrl_key() || event.meta_key();
    let now = draft.now();
    match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.is_composing() => run(door, draft),
        "Escape" | "Tab" | "ArrowUp" | "ArrowDown" if now.search.is_some() => {
            search::end(door, draft, true);
        }
        "Escape" => {
            draft.change(|own| {
                own.free = true;
                own.offers.clear();
            });
            door.say("Tab leaves the prompt now.".to_owned());
        }
        "Tab" if !event.shift_key() && !now.free && !now.text.trim().is_empty() => {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            let units = area.selection_start().ok().flatten();
            let cursor = units.map_or(now.text.len(), |units| bytes(&now.text, units));
            offer(door, draft, cursor);
        }
        "ArrowUp" if !now.text.contains('\n') || now.past.is_some() => recall(door, draft, true),
        "ArrowDown" if now.past.is_some() => recall(door, draft, false),
        "c" | "C" if event.ctrl_key() && !has_selection(event) => {
            event.prevent_default();
            Prompt::of(door).borrow_mut().terminal.interrupt();
            draft.change(|own| own.text.clear());
            door.say("The line is empty.".to_owned());
        }
        "d" | "D" if event.ctrl_key() && now.text.is_empty() && Prompt::of(door).borrow().terminal.is_away() => {
            event.prevent_default();
            Prompt::run(door, "exit");
        }
        "r" | "R" if control => search::begin(door, draft),
        "g" | "G" if control && now.search.is_some() => {
            search::end(door, draft, false);
        }
        "l" | "L" if control => Prompt::run(door, "clear"),
        "u" | "U" if control && !event.shift_key() => draft.change(|own| {
            own.text.clear();
            own.offers.clear();
            (own.past, own.free) = (None, false);
        }),
        _ => return,
    }
    event.prevent_default();
}

/// The byte at which a place in UTF-16 units stands.
fn bytes(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, sign) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(sign.len_utf16());
    }
    text.len()
}

/// The text with the word at the cursor completed.
pub fn completed(text: &str, cursor: usize, word: &str) -> String {
    let (before, after) = text.split_at_checked(cursor).unwrap_or((text, ""));
    let (start, quote) = place(before);
    let count = |signs: [char; 2]| word.matches(signs).count();
    let goes_on = word.ends_with(['/', '=']) || count(['{', '[']) > count(['}', ']']);
    let end = match quote {
        _ if goes_on || after.starts_with(' ') => String::new(),
        Some(quote) if after.starts_with(quote) => String::new(),
        Some(quote) => format!("{quote} "),
        None => " ".to_owned(),
    };
    format!("{}{word}{end}{after}", before.get(..start).unwrap_or_default())
}

/// As many words are told one by one as somebody keeps in mind who hears them.
const MOST_TOLD: usize = 8;

/// What is told of several words that fit.
fn fitting(all: &[Candidate]) -> String {
    match all.len() {
        count if count > MOST_TOLD => format!("{count} words fit."),
        count => {
            let words: Vec<&str> = all.iter().map(|own| &*own.word).collect();
            format!("{count} words fit: {}", words.join(", "))
        }
    }
}

/// What all of them begin with, without a backslash whose sign differs.
fn common(all: &[Candidate]) -> String {
    let Some((first, rest)) = all.split_first() else { return String::new() };
    let mut shared = first.word.clone();
    for own in rest {
        while !own.word.starts_with(&shared) {
            shared.pop();
        }
    }
    if shared.chars().rev().take_while(|sign| *sign == '\\').count() % 2 == 1 {
        shared.pop();
    }
    shared
}

fn offer(door: &Door, draft: &Kept<Draft>, cursor: usize) {
    let text = draft.now().text.clone();
    let prompt = Prompt::of(door);
    let found = complete(&prompt.borrow().terminal, &door.store().lab(), &text, cursor);
    match found.as_slice() {
        [] => door.say("Nothing fits here.".to_owned()),
        [only] => {
            let text = completed(&text, cursor, &only.word);
            draft.change(|own| {
                own.text = text;
                own.offers.clear();
            });
            door.say(only.word.clone());
        }
        all => {
            let shared = common(all);
            let (before, after) = text.split_at_checked(cursor).unwrap_or((&text, ""));
            let (start, _) = place(before);
            let text = if shared.len() > before.len() - start {
                format!("{}{shared}{after}", before.get(..start).unwrap_or_default())
            } else {
                text
            };
            draft.change(|own| {
                own.text = text;
                own.offers = found.clone();
            });
            door.say(fitting(&found));
        }
    }
}

/// Goes through the lines that ran.
fn recall(door: &Door, draft: &Kept<Draft>, back: bool) {
    let prompt = Prompt::of(door);
    let prompt = prompt.borrow();
    let history = prompt.terminal.history();
    draft.change(|own| {
        let (at, typed) = match own.past.take() {
            None => (None, own.text.clone()),
            Some((at, typed)) => (Some(at), typed),
        };
        let next = match (at, back) {
            (None, true) => Some(0),
            (Some(at), true) => Some((at + 1).min(history.len().saturating_sub(1))),
            (Some(at), false) => at.checked_sub(1),
            (None, false) => None,
        };
        let line = next.and_then(|next| history.get(history.len().checked_sub(next + 1)?));
        match (line, next) {
            (Some(line), Some(next)) => {
                own.text.clone_from(line);
                own.past = Some((next, typed));
            }
            _ => own.text = typed,
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_the_cursor_is_completed_and_the_rest_stays() {
        for (text, cursor, word, expected) in [
            ("aws ec", 6, "ecs", "aws ecs "),
            ("aws ec list", 6, "ecs", "aws ecs list"),
            ("cat de", 6, "demo/", "cat demo/"),
            ("aws x --y a={b", 14, "a={bc=[", "aws x --y a={bc=["),
            ("aws x --y a={b=[c],d=e", 22, "a={b=[c],d=ef", "aws x --y a={b=[c],d=ef"),
            ("aws x --y type=E", 16, "type=ECS", "aws x --y type=ECS "),
            ("echo $(aws e", 12, "ecr", "echo $(aws ecr "),
            ("", 0, "aws", "aws "),
            ("cat my", 6, "my\\ dir/", "cat my\\ dir/"),
            ("cat my\\ d", 9, "my\\ dir/", "cat my\\ dir/"),
            ("cat my\\ f", 9, "my\\ file", "cat my\\ file "),
            ("cat 'my f", 9, "my file", "cat 'my file' "),
            ("cat 'my f' x", 9, "my file", "cat 'my file' x"),
            ("cat \"a b\"c", 10, "\"a b\"cd", "cat \"a b\"cd "),
            ("aws ecs x", 99, "ecs", "aws ecs ecs "),
        ] {
            assert_eq!(completed(text, cursor, word), expected);
        }
        assert_eq!((bytes("a→b", 2), bytes("a→b", 9), bytes("𝄞b", 2)), (4, 5, 4));
    }

    #[test]
    fn a_few_words_that_fit_are_told_by_name() {
        let words = |count: usize| -> Vec<Candidate> {
            (0..count).map(|at| Candidate { word: format!("w{at}"), kind: "operation" }).collect()
        };
        assert_eq!(fitting(&words(2)), "2 words fit: w0, w1");
        assert!(fitting(&words(MOST_TOLD)).ends_with("w7"));
        assert_eq!(fitting(&words(MOST_TOLD + 1)), "9 words fit.");
    }

    #[test]
    fn what_several_words_share_is_typed_for_them() {
        let word = |word: &str| Candidate { word: word.to_owned(), kind: "operation" };
        assert_eq!(common(&[word("list-tasks"), word("list-task-definitions")]), "list-task");
        assert_eq!(common(&[word("a\\ b"), word("a\\(c")]), "a");
        assert_eq!(common(&[word("a\\\\b"), word("a\\\\c")]), "a\\\\");
        assert_eq!(common(&[]), "");
    }
}
