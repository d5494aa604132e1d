//! Decks: the shipped ones, and what an author is told about a broken one.

mod broken;
mod proofs;
mod shipped;
