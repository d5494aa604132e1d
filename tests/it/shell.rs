//! The terminal: transcripts, and what no line may do.

mod hostile;
mod learn;
mod transcripts;
