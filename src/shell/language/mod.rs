//! The language of a POSIX shell, as far as a prompt needs it: words, quotes, expansions, pipes and redirections, with
//! the meaning that bash gives them. No loops, functions or jobs.

mod arithmetic;
pub mod expand;
pub mod parameter;
mod scan;
pub mod syntax;
#[cfg(test)]
mod tests;

pub use syntax::{Link, Pipeline, Redirect, Simple, goes_on, parse};
