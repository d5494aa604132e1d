//! The language of bash, as far as a prompt and a script need it: words, quotes, expansions, pipes, redirections, loops, choices,
//! groups and functions, with the meaning that bash gives them. No arrays and no jobs.

mod arithmetic;
mod braces;
pub mod command;
mod compounds;
pub mod expand;
pub mod parameter;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

pub use arithmetic::value as number;
pub use command::{Command, Compound, Link, List, Pipeline, Redirect, Simple, Test, simples};
pub use syntax::{Wrong, goes_on, parse};
