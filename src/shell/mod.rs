//! The terminal's side of the engine: the line that each command is equal to.

pub mod line;
mod quote;
mod shorthand;

pub use line::line_of;
