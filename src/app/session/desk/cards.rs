//! The learner's part of the desk: progress with the cards, and decks of their own.

use yew::prelude::*;

use super::Desk;
use crate::app::keep::{self, Full, OwnDeck, Unread};
use crate::app::port::clock;
use crate::app::store::{Act, Action, Note, Store, Tone};
use ecs_lab::quiz::progress::Progress;

impl Desk {
    /// Everything that is known of the learner: what lies in the store and what this page could not write.
    #[inline(never)]
    pub fn progress(&mut self, store: &UseReducerHandle<Store>) -> &Progress {
        if let Some((shelf, _)) = &mut self.place
            && let Some(unread) = self.learnt.take_in(shelf, clock::now_ms())
        {
            store.dispatch(Action::Tell(unread_note(unread)));
        }
        self.learnt.progress()
    }

    /// Adds reviews and writes them at once. Without room they stay on this page, and that is said.
    #[inline(never)]
    pub fn learn(&mut self, progress: &Progress, store: &UseReducerHandle<Store>) {
        self.learnt.add(progress);
        let Some((shelf, _)) = &mut self.place else { return };
        let (unread, written) = self.learnt.write(shelf, clock::now_ms());
        if let Some(unread) = unread {
            store.dispatch(Action::Tell(unread_note(unread)));
        }
        match written {
            Ok(()) => store.dispatch(Action::Dismiss("progress")),
            Err(Full) => store.dispatch(Action::Tell(full())),
        }
    }

    /// The reader's own decks; `Err` with the id of one that cannot be read.
    pub fn own_decks(&self) -> Vec<Result<OwnDeck, String>> {
        self.place.as_ref().map(|(shelf, _)| keep::own_decks(shelf)).unwrap_or_default()
    }

    /// Keeps a new deck.
    pub fn add_deck(&mut self, title: &str, text: &str) -> Result<OwnDeck, Full> {
        let (shelf, _) = self.place.as_mut().ok_or(Full)?;
        keep::add_deck(shelf, title, text)
    }

    /// Puts a removed deck back.
    pub fn put_deck(&mut self, deck: &OwnDeck) -> Result<(), Full> {
        let (shelf, _) = self.place.as_mut().ok_or(Full)?;
        keep::put_deck(shelf, deck)
    }

    /// Removes a deck.
    pub fn drop_deck(&mut self, id: &str) {
        if let Some((shelf, _)) = &mut self.place {
            keep::drop_deck(shelf, id);
        }
    }
}

fn unread_note(unread: Unread) -> Note {
    let why = unread.why;
    match unread.aside {
        Some(aside) => {
            let text = format!(
                "The kept progress with the cards was not taken: {why}. It is set aside as {}; new answers are kept as usual.",
                aside.file
            );
            Note::new("aside-progress", Tone::Warn, text)
                .with("Download it", Act::Download { key: aside.key, file: aside.file })
        }
        None => {
            let text = format!(
                "The kept progress with the cards was not taken: {why}. The store is too full to set it aside; download it."
            );
            let act = Act::Download { key: keep::PROGRESS.into(), file: "ecs-lab-unread-progress.json".into() };
            Note::new("aside-progress", Tone::Bad, text).with("Download it", act)
        }
    }
}

fn full() -> Note {
    let text = "The browser's store has no room for your newest answers. They last until this page is closed: save them as a file, \
                or remove kept work under About.";
    Note::new("progress", Tone::Bad, text).with("Save as a file", Act::SaveFile)
}
