//! The query language's vocabulary as data: subjects, operators, and which goes with which (reference 4.7).

use core::fmt;

/// What an expression can ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `agentConnected`, "true" or "false".
    AgentConnected,
    /// `agentVersion`, compared part by part as numbers.
    AgentVersion,
    /// `attribute:NAME`.
    Attribute(alloc::string::String),
    /// `ec2InstanceId`.
    Ec2InstanceId,
    /// `registeredAt`, a moment.
    RegisteredAt,
    /// `runningTasksCount`, a whole number.
    RunningTasksCount,
    /// `task:group`, the set of groups with a task on the instance.
    TaskGroup,
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgentConnected => out.write_str("agentConnected"),
            Self::AgentVersion => out.write_str("agentVersion"),
            Self::Attribute(name) => write!(out, "attribute:{name}"),
            Self::Ec2InstanceId => out.write_str("ec2InstanceId"),
            Self::RegisteredAt => out.write_str("registeredAt"),
            Self::RunningTasksCount => out.write_str("runningTasksCount"),
            Self::TaskGroup => out.write_str("task:group"),
        }
    }
}

/// How a subject is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equals,
    /// `!=`
    NotEquals,
    /// `>`
    GreaterThan,
    /// `>=`
    GreaterThanEqual,
    /// `<`
    LessThan,
    /// `<=`
    LessThanEqual,
    /// `exists`
    Exists,
    /// `!exists`
    NotExists,
    /// `in`
    In,
    /// `!in`
    NotIn,
    /// `=~`
    Matches,
    /// `!~`
    NotMatches,
}

/// Operator, its sign, its word. A sign comes before each shorter sign that it begins with.
pub const OPERATORS: [(Operator, &str, &str); 12] = [
    (Operator::Equals, "==", "equals"),
    (Operator::NotEquals, "!=", "not_equals"),
    (Operator::GreaterThanEqual, ">=", "greater_than_equal"),
    (Operator::GreaterThan, ">", "greater_than"),
    (Operator::LessThanEqual, "<=", "less_than_equal"),
    (Operator::LessThan, "<", "less_than"),
    (Operator::Matches, "=~", "matches"),
    (Operator::NotMatches, "!~", "not_matches"),
    (Operator::NotExists, "!exists", "not_exists"),
    (Operator::Exists, "exists", "exists"),
    (Operator::NotIn, "!in", "not_in"),
    (Operator::In, "in", "in"),
];

impl Operator {
    /// The sign, as `==` or `!in`.
    pub fn sign(self) -> &'static str {
        OPERATORS.iter().find(|(operator, ..)| *operator == self).map_or("", |(_, sign, _)| sign)
    }

    /// Whether the argument is a list in brackets.
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    /// Whether there is no argument.
    pub fn takes_nothing(self) -> bool {
        matches!(self, Self::Exists | Self::NotExists)
    }

    /// Whether the argument is a regular expression.
    pub fn takes_pattern(self) -> bool {
        matches!(self, Self::Matches | Self::NotMatches)
    }
}

/// What a subject's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// Dotted numbers.
    Version,
    /// Any text.
    Text,
    /// A moment in UTC.
    Moment,
    /// A whole number.
    Count,
}

/// One row of the language's table.
#[derive(Clone, Copy, Debug)]
pub struct SubjectRow {
    /// How it is written; `attribute:` is followed by a name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// The operators that it allows.
    pub operators: &'static [Operator],
}

use Operator::*;
const TEXTUAL: &[Operator] = &[Equals, NotEquals, In, NotIn, Matches, NotMatches];
const ORDERED: &[Operator] = &[Equals, NotEquals, GreaterThan, GreaterThanEqual, LessThan, LessThanEqual];
const SET: &[Operator] = &[Equals, NotEquals, In, NotIn, Matches, NotMatches, Exists, NotExists];
const ALL: &[Operator] = &[
    Equals,
    NotEquals,
    GreaterThan,
    GreaterThanEqual,
    LessThan,
    LessThanEqual,
    Exists,
    NotExists,
    In,
    NotIn,
    Matches,
    NotMatches,
];

/// Every subject. The operators of `attribute:` and `task:group` are the lab's choice (`UNDOC→` in 4.7).
pub const SUBJECTS: [SubjectRow; 7] = [
    SubjectRow { name: "agentConnected", kind: Kind::Flag, operators: TEXTUAL },
    SubjectRow { name: "agentVersion", kind: Kind::Version, operators: ORDERED },
    SubjectRow { name: "attribute:", kind: Kind::Text, operators: ALL },
    SubjectRow { name: "ec2InstanceId", kind: Kind::Text, operators: TEXTUAL },
    SubjectRow { name: "registeredAt", kind: Kind::Moment, operators: ORDERED },
    SubjectRow { name: "runningTasksCount", kind: Kind::Count, operators: ORDERED },
    SubjectRow { name: "task:group", kind: Kind::Text, operators: SET },
];

impl Subject {
    /// Its row of [`SUBJECTS`].
    pub fn row(&self) -> &'static SubjectRow {
        let [connected, version, attribute, id, registered, running, group] = &SUBJECTS;
        match self {
            Self::AgentConnected => connected,
            Self::AgentVersion => version,
            Self::Attribute(_) => attribute,
            Self::Ec2InstanceId => id,
            Self::RegisteredAt => registered,
            Self::RunningTasksCount => running,
            Self::TaskGroup => group,
        }
    }

    /// The subject of a name that takes no further name.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::AgentConnected,
            Self::AgentVersion,
            Self::Ec2InstanceId,
            Self::RegisteredAt,
            Self::RunningTasksCount,
            Self::TaskGroup,
        ]
        .into_iter()
        .find(|subject| subject.row().name == name)
    }
}
