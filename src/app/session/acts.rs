//! What a view asks for that needs the browser.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::desk::Desk;
use super::later;
use crate::app::keep::{self, Bundle, Opened};
use crate::app::port;
use crate::app::store::{Act, Action, Note, Store, Tone};
use ecs_lab::lab::{Lab, Loaded};
use ecs_lab::quiz::progress::Progress;

/// Does it, and says what came of it. What is about whole labs and files waits for the code of the later views.
pub fn perform(act: Act, store: &UseReducerHandle<Store>, desk: &Rc<RefCell<Desk>>) {
    match act {
        Act::Download { key, file } => {
            let text = desk.borrow().text(&key);
            let done = text.is_some_and(|text| port::files::download(&file, &text));
            say_download(store, &file, done);
        }
        Act::Forget(key) => {
            desk.borrow_mut().forget(&key);
            store.dispatch(Action::Dismiss("aside"));
            store.dispatch(Action::Say("Removed.".into()));
        }
        Act::Copy(text) => {
            let store = store.clone();
            yew::platform::spawn_local(async move {
                let done = port::clipboard::copy(text.to_string()).await;
                let words =
                    if done { "Copied." } else { "The browser did not allow the copy. Select the text and copy it." };
                store.dispatch(Action::Say(words.into()));
            });
        }
        Act::Stop => store.dispatch(Action::Stop),
        act if port::views::here() => perform_later(act, store, desk),
        act => {
            let (store, desk) = (store.clone(), desk.clone());
            later::fetch(move |here| {
                if here {
                    perform_later(act, &store, &desk);
                } else {
                    store.dispatch(Action::Tell(Note::new("later", Tone::Bad, later::FAILED)));
                }
            });
        }
    }
}

#[inline(never)]
fn perform_later(act: Act, store: &UseReducerHandle<Store>, desk: &Rc<RefCell<Desk>>) {
    match act {
        Act::SaveFile => {
            let progress = desk.borrow_mut().progress(store).clone();
            let progress = (!progress.cards.is_empty()).then(|| progress.save());
            let text = keep::pack(&Bundle { log: Some(store.lab().save()), progress });
            say_download(store, "ecs-lab.json", port::files::download("ecs-lab.json", &text));
        }
        Act::OpenFile { name, text } => open(&name, &text, store, desk),
        Act::Begin(log) => {
            if let Ok(loaded) = Lab::load(&log) {
                replace(store, loaded.lab, "A new lab.");
            }
        }
        Act::Restore(log) => {
            if let Ok(loaded) = Lab::load(&log) {
                store.dispatch(Action::Dismiss("before"));
                store.dispatch(Action::Replace(Box::new(loaded.lab), "The lab before is back.".into()));
            }
        }
        Act::TakeOver(slot) => desk.borrow_mut().take_over(slot, store),
        Act::Download { .. } | Act::Forget(_) | Act::Copy(_) | Act::Stop => {}
    }
}

fn say_download(store: &UseReducerHandle<Store>, file: &str, done: bool) {
    let text = if done {
        format!("{file} is in your downloads.")
    } else {
        format!("The browser refused the download of {file}.")
    };
    store.dispatch(Action::Say(text.into()));
}

fn open(name: &str, text: &str, store: &UseReducerHandle<Store>, desk: &Rc<RefCell<Desk>>) {
    let refuse = |why: String| {
        let text = format!("{name} was not opened. {why} Your lab is as it was.");
        store.dispatch(Action::Tell(Note::new("file", Tone::Bad, text)));
    };
    let bundle = match keep::open_file(text) {
        Err(why) => return refuse(why),
        Ok(Opened::Work(bundle)) => bundle,
        Ok(Opened::Other(log)) => Bundle { log: Some(log), progress: None },
    };
    let lab = match bundle.log.as_deref().map(Lab::load).transpose() {
        Err(why) => return refuse(format!("Its lab cannot be read: {why}.")),
        Ok(loaded) => loaded,
    };
    if lab.is_none() && bundle.progress.is_none() {
        return refuse("It holds neither a lab nor progress of cards.".into());
    }
    match bundle.progress.as_deref().map(Progress::load).transpose() {
        Err(error) => return refuse(format!("Its progress of cards cannot be read: {error}.")),
        Ok(Some(progress)) => desk.borrow_mut().learn(&progress, store),
        Ok(None) => {}
    }
    store.dispatch(Action::Dismiss("file"));
    match lab {
        Some(loaded) => {
            let changed = changed_rules(&loaded);
            replace(store, loaded.lab, &format!("{name} is open."));
            if let Some(changed) = changed {
                store.dispatch(Action::Tell(Note::new(
                    "rules",
                    Tone::Warn,
                    format!("{changed} The file is as it was."),
                )));
            }
        }
        None => store.dispatch(Action::Say(format!("The progress in {name} is taken in.").into())),
    }
}

/// Puts another lab in place and offers the way back: a lab is the reader's work.
fn replace(store: &UseReducerHandle<Store>, lab: Lab, said: &str) {
    let before = store.lab().save();
    let had_work = !store.lab().is_empty();
    store.dispatch(Action::Dismiss("rules"));
    store.dispatch(Action::Replace(Box::new(lab), said.into()));
    if had_work {
        let note = Note::new(
            "before",
            Tone::Info,
            format!("{said} The lab before can be brought back until this page is closed."),
        );
        store.dispatch(Action::Tell(note.with("Bring it back", Act::Restore(before.into()))));
    }
}

/// What to say of a log that runs otherwise under today's rules (invariant 3); none when it does not.
pub fn changed_rules(loaded: &Loaded) -> Option<String> {
    if !loaded.differs && loaded.refused.is_empty() {
        return None;
    }
    let mut text = "This lab's commands come out otherwise under today's rules.".to_owned();
    if let Some(first) = loaded.refused.first() {
        let count = loaded.refused.len();
        text += &format!(
            " {count} of its commands are refused now; the first is number {}: {}.",
            first.number,
            first.error.trim_end_matches('.')
        );
    }
    Some(text)
}
