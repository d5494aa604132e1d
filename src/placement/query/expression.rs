//! The tree that a text of the query language stands for; `Display` prints the language back.

use super::{Operator, Pattern, Subject, Version};
use crate::sim::SimTime;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An expression. `not` binds tightest, then `and`, then `or` (QL-01).
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `a and b and …`, two parts or more.
    All(Vec<Expression>),
    /// `a or b or …`, two parts or more.
    Any(Vec<Expression>),
    /// `not(a)`.
    Not(Box<Expression>),
    /// One comparison.
    Test(Test),
}

/// A subject, an operator and what it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What is asked about.
    pub subject: Subject,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub argument: Argument,
}

/// The right-hand side of a test, read once.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `exists` and `!exists` take none.
    Nothing,
    /// A text.
    Text(String),
    /// The texts of a list.
    List(Vec<String>),
    /// A regular expression.
    Pattern(Pattern),
    /// An agent version.
    Version(Version),
    /// A moment.
    Moment(SimTime),
    /// A whole number.
    Count(u32),
}

impl Expression {
    /// The parts that must all hold: those of an outermost `and`, else the whole.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            _ => core::slice::from_ref(self),
        }
    }

    /// Everything beside attributes that the outcome depends on, each once.
    pub fn beside_attributes<'a>(&'a self, into: &mut Vec<&'a Subject>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.beside_attributes(into)),
            Self::Not(inner) => inner.beside_attributes(into),
            Self::Test(Test { subject: Subject::Attribute(_), .. }) => {}
            Self::Test(test) if into.contains(&&test.subject) => {}
            Self::Test(test) => into.push(&test.subject),
        }
    }

    /// Whether a task placed or stopped can change the outcome.
    pub fn looks_at_tasks(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::looks_at_tasks),
            Self::Not(inner) => inner.looks_at_tasks(),
            Self::Test(test) => matches!(test.subject, Subject::RunningTasksCount | Subject::TaskGroup),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(out, parts, " and "),
            Self::Any(parts) => joined(out, parts, " or "),
            Self::Not(inner) => write!(out, "not({inner})"),
            Self::Test(test) => write!(out, "{test}"),
        }
    }
}

/// Joins parts, with parentheses around each part that is a chain itself: reading back gives the same tree.
fn joined(out: &mut fmt::Formatter<'_>, parts: &[Expression], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(word)?;
        }
        match part {
            Expression::All(_) | Expression::Any(_) => write!(out, "({part})")?,
            _ => write!(out, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.subject, self.operator.sign())?;
        match &self.argument {
            Argument::Nothing => Ok(()),
            Argument::Text(text) => write!(out, " {}", Quoted(text, PLAIN)),
            Argument::Pattern(pattern) => write!(out, " {}", Quoted(pattern.text(), PLAIN_PATTERN)),
            Argument::Version(version) => write!(out, " {version}"),
            Argument::Moment(moment) => write!(out, " {moment}"),
            Argument::Count(count) => write!(out, " {count}"),
            Argument::List(values) => {
                out.write_str(" [")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(out, "{comma}{}", Quoted(value, PLAIN))?;
                }
                out.write_str("]")
            }
        }
    }
}

/// Signs that need no quotes in a text.
const PLAIN: &str = "_./:@-*+?^${}";
/// Signs that need no quotes in a pattern.
const PLAIN_PATTERN: &str = r"_./:@-*+?^${}\";

/// A value bare when every sign allows it, else in single quotes (QL-11).
struct Quoted<'a>(&'a str, &'static str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, plain) = self;
        if !text.is_empty() && text.chars().all(|sign| sign.is_ascii_alphanumeric() || plain.contains(sign)) {
            return out.write_str(text);
        }
        out.write_str("'")?;
        for sign in text.chars() {
            if matches!(sign, '\'' | '\\') {
                out.write_str("\\")?;
            }
            write!(out, "{sign}")?;
        }
        out.write_str("'")
    }
}
