//! The terminal: transcripts, and what no line may do.

mod bash;
mod complete;
mod docker;
mod hostile;
mod learn;
mod prompt;
mod transcripts;
