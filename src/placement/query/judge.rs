//! Whether an expression holds for a host: fast, or with what was found at each leaf.

use super::version::compare_values;
use super::{Argument, Expression, Operator, Subject, Test, Version};
use crate::placement::host::Host;
use crate::sim::SimTime;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The outcome of an expression for one host, in the expression's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether this part holds.
    pub holds: bool,
    /// What was found, when this part is a test.
    pub found: Found,
    /// The verdicts on the parts of `and`, `or` and `not`, in order.
    pub parts: Vec<Verdict>,
}

/// What a host has for a test's subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// This part is no test but combines others.
    Parts,
    /// Nothing: no such attribute, no known version.
    Missing,
    /// An attribute without a value.
    NoValue,
    /// A text.
    Text(String),
    /// A number of tasks.
    Count(u32),
    /// A moment.
    Moment(SimTime),
    /// The task groups with a task here.
    Groups(Vec<String>),
}

/// Whether the expression holds for the host. Allocates nothing.
#[inline(never)]
pub fn holds(expression: &Expression, host: &Host) -> bool {
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, host)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, host)),
        Expression::Not(inner) => !holds(inner, host),
        Expression::Test(test) => passes(test, host),
    }
}

/// How many tasks of a group may come to the host, at least, before the answer of [`holds`] changes.
pub fn steady(expression: &Expression, host: &Host, group: &str) -> u32 {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().map(|part| steady(part, host, group)).min().unwrap_or(u32::MAX)
        }
        Expression::Not(inner) => steady(inner, host, group),
        Expression::Test(test) => match (&test.subject, &test.argument) {
            (Subject::RunningTasksCount, Argument::Count(wanted)) => {
                wanted.checked_sub(host.running_tasks).map_or(u32::MAX, |away| away.saturating_sub(1))
            }
            (Subject::TaskGroup, _) if host.tasks_of(group) == 0 => 0,
            _ => u32::MAX,
        },
    }
}

/// The same answer as [`holds`], with every leaf's value; no leaf is skipped.
#[inline(never)]
pub fn judge(expression: &Expression, host: &Host) -> Verdict {
    let combined = |holds, parts| Verdict { holds, found: Found::Parts, parts };
    match expression {
        Expression::All(parts) => {
            let parts: Vec<Verdict> = parts.iter().map(|part| judge(part, host)).collect();
            combined(parts.iter().all(|part| part.holds), parts)
        }
        Expression::Any(parts) => {
            let parts: Vec<Verdict> = parts.iter().map(|part| judge(part, host)).collect();
            combined(parts.iter().any(|part| part.holds), parts)
        }
        Expression::Not(inner) => {
            let inner = judge(inner, host);
            combined(!inner.holds, alloc::vec![inner])
        }
        Expression::Test(test) => {
            let (holds, found) = leaf(test, host);
            Verdict { holds, found, parts: Vec::new() }
        }
    }
}

impl Subject {
    /// Whether a test finds the same in both hosts.
    pub fn same(&self, left: &Host, right: &Host) -> bool {
        match self {
            Self::AgentConnected => left.agent_connected == right.agent_connected,
            Self::AgentVersion => left.agent_version == right.agent_version,
            Self::Attribute(name) => left.attributes.get(name) == right.attributes.get(name),
            Self::Ec2InstanceId => left.name == right.name,
            Self::RegisteredAt => left.registered_at == right.registered_at,
            Self::RunningTasksCount => left.running_tasks == right.running_tasks,
            Self::TaskGroup => left.groups == right.groups,
        }
    }
}

fn passes(test: &Test, host: &Host) -> bool {
    match &test.subject {
        Subject::AgentConnected => text_passes(test, if host.agent_connected { "true" } else { "false" }),
        Subject::AgentVersion => version_passes(test, &host.agent_version),
        Subject::Attribute(name) => attribute_passes(test, host.attributes.get(name)),
        Subject::Ec2InstanceId => text_passes(test, &host.name),
        Subject::RegisteredAt => match &test.argument {
            Argument::Moment(wanted) => ordered(test.operator, host.registered_at.cmp(wanted)),
            _ => false,
        },
        Subject::RunningTasksCount => match &test.argument {
            Argument::Count(wanted) => ordered(test.operator, host.running_tasks.cmp(wanted)),
            _ => false,
        },
        Subject::TaskGroup => groups_pass(test, host),
    }
}

/// An attribute that is not there only makes `!exists` true (QL-04, QL-06); one without a value exists (QL-05) and
/// compares as the empty text.
pub(super) fn attribute_passes(test: &Test, value: Option<&Option<String>>) -> bool {
    match value {
        None => test.operator == Operator::NotExists,
        Some(value) => text_passes(test, value.as_deref().unwrap_or_default()),
    }
}

/// A positive operator holds when one group satisfies it, a negative one when none does (QL-07, QL-08, QL-09).
fn groups_pass(test: &Test, host: &Host) -> bool {
    let mut groups = host.groups.iter().map(|(group, _)| group);
    match (test.operator, &test.argument) {
        (Operator::Exists, _) => groups.next().is_some(),
        (Operator::NotExists, _) => groups.next().is_none(),
        (Operator::Equals, Argument::Text(wanted)) => groups.any(|group| group == wanted),
        (Operator::NotEquals, Argument::Text(wanted)) => !groups.any(|group| group == wanted),
        (Operator::In, Argument::List(wanted)) => groups.any(|group| wanted.iter().any(|one| one == group)),
        (Operator::NotIn, Argument::List(wanted)) => !groups.any(|group| wanted.iter().any(|one| one == group)),
        (Operator::Matches, Argument::Pattern(pattern)) => groups.any(|group| pattern.matches(group)),
        (Operator::NotMatches, Argument::Pattern(pattern)) => !groups.any(|group| pattern.matches(group)),
        _ => false,
    }
}

fn text_passes(test: &Test, value: &str) -> bool {
    match (test.operator, &test.argument) {
        (Operator::Exists, _) => true,
        (Operator::Equals, Argument::Text(wanted)) => value == wanted,
        (Operator::NotEquals, Argument::Text(wanted)) => value != wanted,
        (Operator::In, Argument::List(wanted)) => wanted.iter().any(|one| one == value),
        (Operator::NotIn, Argument::List(wanted)) => !wanted.iter().any(|one| one == value),
        (Operator::Matches, Argument::Pattern(pattern)) => pattern.matches(value),
        (Operator::NotMatches, Argument::Pattern(pattern)) => !pattern.matches(value),
        (operator, Argument::Text(wanted)) => ordered(operator, compare_values(value, wanted)),
        _ => false,
    }
}

fn version_passes(test: &Test, value: &str) -> bool {
    let Argument::Version(wanted) = &test.argument else { return false };
    wanted.compared_to(value).is_some_and(|order| ordered(test.operator, order.reverse()))
}

fn ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equals => order.is_eq(),
        Operator::NotEquals => order.is_ne(),
        Operator::GreaterThan => order.is_gt(),
        Operator::GreaterThanEqual => order.is_ge(),
        Operator::LessThan => order.is_lt(),
        Operator::LessThanEqual => order.is_le(),
        Operator::Exists
        | Operator::NotExists
        | Operator::In
        | Operator::NotIn
        | Operator::Matches
        | Operator::NotMatches => false,
    }
}

/// The outcome of a test and the value behind it. Looks an attribute up once: on a large fleet that is what costs.
fn leaf(test: &Test, host: &Host) -> (bool, Found) {
    let found = match &test.subject {
        Subject::Attribute(name) => {
            let value = host.attributes.get(name);
            let found = match value {
                None => Found::Missing,
                Some(None) => Found::NoValue,
                Some(Some(value)) => Found::Text(value.clone()),
            };
            return (attribute_passes(test, value), found);
        }
        Subject::AgentConnected => Found::Text(String::from(if host.agent_connected { "true" } else { "false" })),
        Subject::AgentVersion => match Version::parse(&host.agent_version) {
            Some(_) => Found::Text(String::from(&*host.agent_version)),
            None => Found::Missing,
        },
        Subject::Ec2InstanceId => Found::Text(host.name.clone()),
        Subject::RegisteredAt => Found::Moment(host.registered_at),
        Subject::RunningTasksCount => Found::Count(host.running_tasks),
        Subject::TaskGroup => Found::Groups(host.groups.iter().map(|(group, _)| String::from(group)).collect()),
    };
    (passes(test, host), found)
}
