//! What Amazon ECS Managed Instances do differently: ECS launches an instance for the task, so a request chooses among
//! instances by few attributes and by no strategy (PL-09), and draining comes to an end (DR-10).

use super::query::{Expression, Subject};
use super::request::{Constraint, Field, SpreadBy, Strategy, ZONE_ATTRIBUTE};
use crate::sim::SimDuration;
use alloc::string::String;
use alloc::vec::Vec;

/// A Managed Instance drains at most so long; then its tasks stop whatever the service's bounds say (DR-10).
pub const DRAIN_DEADLINE: SimDuration = SimDuration::from_secs(7 * 24 * 3600);

/// The attributes that a constraint may ask for (PL-09).
pub const ATTRIBUTES: [&str; 4] =
    ["ecs.subnet-id", "ecs.availability-zone", "ecs.instance-type", "ecs.cpu-architecture"];

/// Why Managed Instances do not take a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has a strategy.
    Strategy,
    /// A constraint asks for something else than [`ATTRIBUTES`]: for this.
    Constraint(String),
}

/// How Amazon ECS itself chooses among Managed Instances with room: even over the zones, then as few instances as can be
/// (AWS containers blog on their provisioning, read 2026-11-22).
pub fn strategies() -> Vec<Strategy> {
    alloc::vec![
        Strategy::Spread(SpreadBy::Attribute(String::from(ZONE_ATTRIBUTE))),
        Strategy::Binpack(Field::Memory),
        Strategy::Binpack(Field::Cpu),
    ]
}

/// Whether Managed Instances take a request with these strategies and constraints (PL-09).
pub fn takes(strategies: &[Strategy], constraints: &[Constraint]) -> Result<(), Refused> {
    if !strategies.is_empty() {
        return Err(Refused::Strategy);
    }
    for constraint in constraints {
        match constraint {
            Constraint::DistinctInstance => return Err(Refused::Constraint(String::from("distinctInstance"))),
            Constraint::MemberOf(expression) => allowed(expression)?,
        }
    }
    Ok(())
}

fn allowed(expression: &Expression) -> Result<(), Refused> {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => parts.iter().try_for_each(allowed),
        Expression::Not(inner) => allowed(inner),
        Expression::Test(test) => match &test.subject {
            Subject::Attribute(name) if ATTRIBUTES.contains(&name.as_str()) => Ok(()),
            other => Err(Refused::Constraint(alloc::format!("{other}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::request;
    use super::*;
    use crate::placement::Request;
    use alloc::rc::Rc;

    #[test]
    fn pl_09_no_strategy_and_four_attributes() {
        let takes = |own: &Request| takes(&own.strategies, &own.constraints);
        assert_eq!(takes(&request(1, 1, "")), Ok(()));
        assert_eq!(takes(&request(1, 1, "AZ")), Err(Refused::Strategy));
        for (text, asked) in [
            ("attribute:ecs.subnet-id == subnet-1", None),
            ("attribute:ecs.availability-zone in [us-east-1a] and attribute:ecs.instance-type =~ m5.*", None),
            ("not(attribute:ecs.cpu-architecture == arm64)", None),
            ("attribute:ecs.os-type == linux", Some("attribute:ecs.os-type")),
            ("attribute:ecs.subnet-id exists or not(task:group == service:web)", Some("task:group")),
            ("attribute:ecs.subnet-id exists and runningTasksCount < 2", Some("runningTasksCount")),
            ("ec2InstanceId == i-1", Some("ec2InstanceId")),
        ] {
            let constraints = alloc::vec![Constraint::MemberOf(Rc::new(Expression::parse(text).expect(text)))];
            let outcome = asked.map_or(Ok(()), |asked| Err(Refused::Constraint(asked.into())));
            assert_eq!(takes(&Request { constraints, ..request(1, 1, "") }), outcome, "{text}");
        }
        let distinct = Request { constraints: alloc::vec![Constraint::DistinctInstance], ..request(1, 1, "") };
        assert!(takes(&distinct).is_err(), "only attributes");
    }

    #[test]
    fn dr_10_draining_ends_after_seven_days() {
        assert_eq!(Ok(DRAIN_DEADLINE), SimDuration::parse("168h"));
    }
}
