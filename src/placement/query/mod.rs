//! The cluster query language: what `memberOf` constraints and `list-container-instances --filter` are written in.
//!
//! Grammar and choices: reference 4.7, rules QL-01 to QL-17;
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>. Text becomes an
//! [`Expression`] by [`Expression::parse`]; [`judge`] says of one host whether it holds and what was found at each
//! leaf; [`holds`] says only whether. `Display` prints an expression back.

mod error;
mod expression;
mod judge;
mod parser;
mod pattern;
mod subject;
mod tokens;
mod version;
mod widen;

pub use error::{Fault, QueryError};
pub use expression::{Argument, Expression, Test};
pub use judge::{Found, Verdict, holds, judge, steady};
pub use pattern::Pattern;
pub use subject::{Kind, OPERATORS, Operator, SUBJECTS, Subject, SubjectRow};
pub use version::Version;
pub use widen::{culprits, widened, wished_attributes};

#[cfg(test)]
mod tests;
