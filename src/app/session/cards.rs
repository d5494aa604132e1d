//! What the door gives to the cards: progress in, progress out, and the reader's own decks.

use super::Door;
use crate::app::keep::OwnDeck;
use ecs_lab::quiz::progress::Progress;

impl Door {
    /// Everything that is known of the learner, other tabs' reviews included.
    pub fn progress(&self) -> Progress {
        self.desk.0.borrow_mut().progress(&self.store).clone()
    }

    /// Writes progress at once, united with what other tabs wrote.
    pub fn learn(&self, progress: &Progress) {
        self.desk.0.borrow_mut().learn(progress, &self.store);
    }

    /// The reader's own decks; `Err` with the id of one that cannot be read.
    pub fn own_decks(&self) -> Vec<Result<OwnDeck, String>> {
        self.desk.0.borrow().own_decks()
    }

    /// Keeps a new deck; the error is a sentence.
    pub fn add_deck(&self, title: &str, text: &str) -> Result<OwnDeck, &'static str> {
        self.desk.0.borrow_mut().add_deck(title, text).map_err(|_| NO_ROOM)
    }

    /// Puts a removed deck back; the error is a sentence.
    pub fn put_deck(&self, deck: &OwnDeck) -> Result<(), &'static str> {
        self.desk.0.borrow_mut().put_deck(deck).map_err(|_| NO_ROOM)
    }

    /// Removes a deck; the progress of its cards stays.
    pub fn drop_deck(&self, id: &str) {
        self.desk.0.borrow_mut().drop_deck(id);
    }
}

const NO_ROOM: &str = "The browser has no room to keep this deck, or keeps nothing for this page.";
