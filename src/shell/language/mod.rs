//! The language of bash, as far as a prompt and a script need it: words, quotes, expansions, pipes, redirections, loops, choices,
//! groups, functions and arrays, with the meaning that bash gives them. No jobs.

mod arithmetic;
mod arrays;
mod braces;
mod change;
pub mod command;
mod compounds;
pub mod expand;
pub mod parameter;
mod redirect;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

pub use arithmetic::value as number;
pub use arrays::declares;
pub use command::{Assignment, Command, Compound, Link, List, Pipeline, Redirect, Simple, Test, Value, Word, simples};
pub use redirect::{FIRST_NAMED, MOST_NUMBER};
pub use syntax::{Wrong, goes_on, parse};
