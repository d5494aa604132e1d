//! Why a text is no expression, and where.

use alloc::string::String;
use core::fmt;

/// A text that is not an expression of the cluster query language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The whole text.
    pub expression: String,
    /// Where the fault lies, in characters; the first character is 1, the end is one past the last.
    pub position: usize,
    /// What stands there; empty at the end.
    pub found: String,
    /// What could stand there, for a person.
    pub expected: String,
    /// Which kind of fault.
    pub fault: Fault,
}

/// The two kinds of fault that read differently (QL-15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text does not follow the grammar.
    Syntax,
    /// The operator found is none that this subject allows.
    Operator {
        /// The subject.
        subject: &'static str,
    },
}

impl fmt::Display for QueryError {
    /// The lab's wording, since AWS publishes none (QL-15, `UNDOC→`).
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Operator { subject } => {
                write!(out, "Operator '{}' is not supported for subject '{subject}'", self.found)
            }
            Fault::Syntax if self.found.is_empty() => write!(
                out,
                "Invalid expression: {} (unexpected end at position {}, expected {})",
                self.expression, self.position, self.expected
            ),
            Fault::Syntax => write!(
                out,
                "Invalid expression: {} (unexpected '{}' at position {}, expected {})",
                self.expression, self.found, self.position, self.expected
            ),
        }
    }
}
