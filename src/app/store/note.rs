//! What the reader must know until dismissed, and what can be done about it.

use std::rc::Rc;

/// How a note sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Info,
    /// It needs a look.
    Warn,
    /// It failed.
    Bad,
}

/// What a button does that needs the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Gives the reader lab and progress as one file.
    SaveFile,
    /// Reads a file's text back; the name is for the messages.
    OpenFile {
        /// The file's name.
        name: String,
        /// Its text.
        text: String,
    },
    /// Starts another lab in this slot, by its log.
    Begin(Rc<str>),
    /// Brings the lab back that a new or opened one has replaced.
    Restore(Rc<str>),
    /// Opens the lab of another slot here, whoever has it.
    TakeOver(u32),
    /// Gives the reader the text under a key of the store.
    Download {
        /// The key.
        key: String,
        /// The file's name.
        file: String,
    },
    /// Removes a key of the store for good.
    Forget(String),
    /// Copies a text.
    Copy(Rc<str>),
    /// Lets no more time go by.
    Stop,
}

/// A note.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What it is about: a newer note of the same topic takes its place.
    pub topic: &'static str,
    /// How it sounds.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// What can be done: the button's words, and what it does.
    pub acts: Vec<(&'static str, Act)>,
}

impl Note {
    /// A note without buttons.
    pub fn new(topic: &'static str, tone: Tone, text: impl Into<String>) -> Self {
        Self { topic, tone, text: text.into(), acts: Vec::new() }
    }

    /// Adds a button.
    pub fn with(mut self, words: &'static str, act: Act) -> Self {
        self.acts.push((words, act));
        self
    }
}
