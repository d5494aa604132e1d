//! What is asked of placement: a demand, a task group, constraints and strategies.

use super::demand::Demand;
use super::query::Expression;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The attribute that carries the Availability Zone (AT-01).
pub const ZONE_ATTRIBUTE: &str = "ecs.availability-zone";

/// One task to place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// What the task needs.
    pub demand: Demand,
    /// Its task group, as `service:web` or `family:web`: what spread and distinctInstance count (ST-03, CN-03).
    pub group: Rc<str>,
    /// Rules that an instance must meet, all of them (CN-07); the task definition's first.
    pub constraints: Vec<Constraint>,
    /// Wishes, each a tie filter on what the one before left (ST-05). Empty leaves all to the tie-break, which in
    /// drawn mode is the random distribution of a standalone task; a service without any has
    /// [`Strategy::service_default`].
    pub strategies: Vec<Strategy>,
}

/// A rule that binds (PL-01).
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// No other task of the group on the instance (CN-03).
    DistinctInstance,
    /// The instance satisfies an expression of the cluster query language.
    MemberOf(Rc<Expression>),
}

/// A wish, best effort (PL-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The least of the field left among those that fit.
    Binpack(Field),
    /// The fewest tasks of the group.
    Spread(SpreadBy),
    /// One draw among those that are left.
    Random,
}

/// What binpack packs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// CPU units.
    Cpu,
    /// MiB of memory.
    Memory,
}

/// What spread spreads over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpreadBy {
    /// `instanceId`, which AWS also calls `host` (ST-11).
    Instance,
    /// The values of an attribute.
    Attribute(String),
}

impl Strategy {
    /// What a service without strategies gets: even over zones, then over instances (4.2).
    pub fn service_default() -> Vec<Self> {
        alloc::vec![Self::Spread(SpreadBy::Attribute(String::from(ZONE_ATTRIBUTE))), Self::Spread(SpreadBy::Instance)]
    }

    /// In a person's words: `spread AZ`, `binpack memory`, `random`.
    pub fn words(&self) -> String {
        match self {
            Self::Binpack(field) => format!("binpack {field}"),
            Self::Spread(SpreadBy::Instance) => String::from("spread instance"),
            Self::Spread(SpreadBy::Attribute(name)) if name == ZONE_ATTRIBUTE => String::from("spread AZ"),
            Self::Spread(SpreadBy::Attribute(name)) => format!("spread {name}"),
            Self::Random => String::from("random"),
        }
    }
}

/// A chain in a person's words: `spread AZ, then binpack memory`.
pub fn chain_words(strategies: &[Strategy]) -> String {
    let words: Vec<String> = strategies.iter().map(Strategy::words).collect();
    if words.is_empty() { String::from("no strategy") } else { words.join(", then ") }
}

impl Constraint {
    /// In a person's words: `distinct instances`, or `member of` and the expression.
    pub fn words(&self) -> String {
        match self {
            Self::DistinctInstance => String::from("distinct instances"),
            Self::MemberOf(expression) => format!("member of {expression}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        })
    }
}

impl fmt::Display for SpreadBy {
    /// The API's `field`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => out.write_str("instanceId"),
            Self::Attribute(name) => write!(out, "attribute:{name}"),
        }
    }
}

impl fmt::Display for Strategy {
    /// The AWS CLI's shorthand for `--placement-strategy`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binpack(field) => write!(out, "type=binpack,field={field}"),
            Self::Spread(by) => write!(out, "type=spread,field={by}"),
            Self::Random => out.write_str("type=random"),
        }
    }
}

impl fmt::Display for Constraint {
    /// The AWS CLI's shorthand for `--placement-constraints`; the shell's own quoting comes on top.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::MemberOf(expression) = self else { return out.write_str("type=distinctInstance") };
        let text = format!("{expression}");
        if text.contains(['\'', '"', ',', '[', ']']) {
            write!(out, "type=memberOf,expression=\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            write!(out, "type=memberOf,expression={text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn strategies_in_shorthand_and_in_words() {
        let zone = Strategy::Spread(SpreadBy::Attribute("ecs.availability-zone".into()));
        let kind = Strategy::Spread(SpreadBy::Attribute("ecs.instance-type".into()));
        for (strategy, shorthand, words) in [
            (Strategy::Binpack(Field::Cpu), "type=binpack,field=cpu", "binpack cpu"),
            (Strategy::Binpack(Field::Memory), "type=binpack,field=memory", "binpack memory"),
            (Strategy::Spread(SpreadBy::Instance), "type=spread,field=instanceId", "spread instance"),
            (zone.clone(), "type=spread,field=attribute:ecs.availability-zone", "spread AZ"),
            (kind, "type=spread,field=attribute:ecs.instance-type", "spread ecs.instance-type"),
            (Strategy::Random, "type=random", "random"),
        ] {
            assert_eq!((strategy.to_string().as_str(), strategy.words().as_str()), (shorthand, words));
        }
        assert_eq!(chain_words(&[zone, Strategy::Binpack(Field::Memory)]), "spread AZ, then binpack memory");
        assert_eq!(chain_words(&Strategy::service_default()), "spread AZ, then spread instance");
        assert_eq!(chain_words(&[]), "no strategy");
    }

    #[test]
    fn constraints_in_shorthand_and_in_words() {
        let member = |text| Constraint::MemberOf(Rc::new(Expression::parse(text).unwrap()));
        for (constraint, shorthand, words) in [
            (Constraint::DistinctInstance, "type=distinctInstance", "distinct instances"),
            (
                member("attribute:ecs.instance-type=~t2.*"),
                "type=memberOf,expression=attribute:ecs.instance-type =~ t2.*",
                "member of attribute:ecs.instance-type =~ t2.*",
            ),
            (
                member("attribute:stack in [a,'b \"c\"']"),
                r#"type=memberOf,expression="attribute:stack in [a, 'b \"c\"']""#,
                r#"member of attribute:stack in [a, 'b "c"']"#,
            ),
        ] {
            assert_eq!((constraint.to_string().as_str(), constraint.words().as_str()), (shorthand, words));
        }
    }
}
