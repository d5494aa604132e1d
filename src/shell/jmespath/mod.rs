//! JMESPath, the language of `--query` and of waiters, with the meaning and the messages of jmespath.py, which the AWS
//! CLI uses.
//!
//! Our own and not a package: those of the registry need the standard library, give other messages, and cost more than
//! twice the WebAssembly.

mod functions;
mod lexer;
mod number;
mod parser;
mod run;
#[cfg(test)]
mod tests;

use alloc::string::String;
use serde_json::Value;

pub use parser::Node;

/// A query that was read.
#[derive(Clone, Debug)]
pub struct Query(Node);

/// Reads a query.
///
/// # Errors
/// The message of jmespath.py with its caret.
pub fn compile(text: &str) -> Result<Query, String> {
    parser::parse(text).map(Query)
}

impl Query {
    /// What the query finds in a value; null where it finds nothing.
    ///
    /// # Errors
    /// A function that is unknown or gets what it does not take, in the words of jmespath.py, and a query that makes more
    /// values than a page can hold.
    pub fn search(&self, value: &Value) -> Result<Value, String> {
        let budget = run::Budget::new();
        run::visit(&self.0, value, &budget).and_then(|found| budget.own(found))
    }
}
