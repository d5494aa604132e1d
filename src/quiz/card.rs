//! What a card is: a question, its answer, and how far the answer can be trusted.

use super::proof::Proof;
use alloc::string::String;
use alloc::vec::Vec;

/// One card of a deck.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Stable name, unique over all decks: progress is kept under it, so the wording may change freely.
    pub id: String,
    /// What is asked and how it is answered.
    pub kind: Kind,
    /// Where the statement comes from: a study-note file, `NAME` or `NAME#L12` for a line of it.
    pub source: Vec<String>,
    /// How far the answer can be trusted, and on whose word.
    pub status: Status,
    /// Why the answer is what it is, in a sentence or three; may be empty.
    pub explanation: String,
    /// Topics, for filters.
    pub tags: Vec<String>,
    /// Rule ids of the engine's reference, such as `ST-05`.
    pub rules: Vec<String>,
    /// Ids of cards worth reading next.
    pub see: Vec<String>,
    /// A run on the engine that shows the answer.
    pub proof: Option<Proof>,
}

/// The kinds of question. Faces and options are plain text; [`super::face`] finds lists and code in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Think of the answer, turn the card over.
    Flip {
        /// The front.
        question: String,
        /// The back.
        answer: String,
    },
    /// Pick the one right option.
    Choice {
        /// The stem.
        question: String,
        /// At least two, exactly one of them right, in the author's order.
        options: Vec<Answer>,
    },
}

/// One option of a [`Kind::Choice`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is offered.
    pub text: String,
    /// Whether it is the right one.
    pub right: bool,
    /// Why it is right or wrong.
    pub why: String,
}

/// How far an answer can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The card's proof runs on the engine and holds.
    Verified(Option<Link>),
    /// Stated by the linked page on the day it was checked.
    Documented(Link),
    /// Once the answer that exams wanted; no longer the whole truth.
    Folklore {
        /// The old answer.
        was: String,
        /// What is true today.
        today: String,
        /// The page that says so.
        link: Link,
    },
    /// The author's own word, as in a deck somebody imported: nobody checked it.
    Imported,
}

impl Status {
    /// The word for it in a deck file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified(_) => "verified",
            Self::Documented(_) => "documented",
            Self::Folklore { .. } => "folklore",
            Self::Imported => "imported",
        }
    }

    /// The page behind the answer, if one is named.
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Verified(link) => link.as_ref(),
            Self::Documented(link) | Self::Folklore { link, .. } => Some(link),
            Self::Imported => None,
        }
    }
}

/// A page and the day somebody last read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// An `https://` address.
    pub url: String,
    /// The day, `2026-11-20`.
    pub checked: String,
}

impl Card {
    /// The front of the card.
    pub fn question(&self) -> &str {
        match &self.kind {
            Kind::Flip { question, .. } | Kind::Choice { question, .. } => question,
        }
    }

    /// The back of the card: the answer, or the text of the right option.
    pub fn answer(&self) -> &str {
        match &self.kind {
            Kind::Flip { answer, .. } => answer,
            Kind::Choice { options, .. } => options.iter().find(|o| o.right).map_or("", |o| o.text.as_str()),
        }
    }

    /// The options in the author's order; none for a flip card.
    pub fn options(&self) -> &[Answer] {
        match &self.kind {
            Kind::Flip { .. } => &[],
            Kind::Choice { options, .. } => options,
        }
    }
}
