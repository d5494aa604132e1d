//! Decks of cards: reading and checking them, marking answers, spaced repetition, and the proofs behind the answers.
//!
//! A deck is a JSON file under `quizzes/` that an instructor edits on the host ([`deck`]); a simpler text format goes
//! in and out ([`text`]). What a learner did is one [`progress::Progress`]; [`queue`] decides what comes next and
//! `review` (feature `fsrs`) when. Wall-clock time always comes in as a parameter.

pub mod card;
pub mod deck;
pub mod face;
pub mod grade;
pub mod progress;
pub mod proof;
pub mod queue;
mod read;
#[cfg(feature = "fsrs")]
pub mod review;
pub mod text;

#[cfg(test)]
mod testing;
