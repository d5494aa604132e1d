//! The terminal: a prompt that runs lines of `aws`, `docker` and `lab`, and the line that each command is equal to.
//!
//! ```text
//! line ─► language (words, pipes, expansions) ─► exec ─► aws │ docker │ lab │ small tools ─► the lab's door
//! ```
//!
//! A [`Terminal`] holds what a prompt holds: variables, files, history, which AWS CLI is installed. The lab is handed to
//! each line, so that the page, levels and tests share one door.

mod about;
mod apart;
mod arrays;
mod ask;
mod aws;
mod begun;
mod builtins;
mod complete;
mod compound;
mod conditions;
mod copies;
mod coreutils;
mod date;
mod declare;
mod descriptors;
mod diff;
mod dispatch;
mod docker;
mod exec;
mod files;
mod floats;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod fuzz;
mod history;
mod inside;
mod jmespath;
mod kept;
mod kill;
mod lab_command;
mod language;
pub mod learn;
mod limits;
pub mod line;
mod mapfile;
mod names;
mod near;
mod output;
mod pattern;
mod print;
mod printf;
mod quote;
mod random;
mod read;
mod redirections;
mod script;
mod shorthand;
mod simple;
mod source;
mod state;
mod streams;
mod terminal;
mod texts;
mod trap;
mod tree;
mod visit;
mod web;

pub use aws::Generation;
pub use begun::place;
pub use complete::{Candidate, complete};
pub use lab_command::help as lab_help;
pub use line::line_of;
pub use terminal::{HOME, Output, Terminal, Variable};
