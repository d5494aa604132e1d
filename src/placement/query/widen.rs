//! The smallest changes that make a failing expression hold for a host: of the expression, or of the host's attributes.

use super::version::is_decimal;
use super::{Argument, Expression, Found, Operator, Subject, Test, Verdict, Version};
use crate::placement::input::{is_attribute_value, is_custom_attribute};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The expression changed so that it holds for the host of the verdict: a failing comparison also accepts what was
/// found, and what cannot be widened (a negation, a missing value) is left out. `None` when nothing would remain.
pub fn widened(expression: &Expression, verdict: &Verdict) -> Option<Expression> {
    if verdict.holds {
        return Some(expression.clone());
    }
    match expression {
        Expression::All(parts) => {
            let mut kept: Vec<Expression> =
                parts.iter().zip(&verdict.parts).filter_map(|(part, verdict)| widened(part, verdict)).collect();
            if kept.len() > 1 { Some(Expression::All(kept)) } else { kept.pop() }
        }
        Expression::Any(parts) => {
            let (at, wider) = parts
                .iter()
                .zip(&verdict.parts)
                .enumerate()
                .find_map(|(at, (part, verdict))| Some((at, widened(part, verdict)?)))?;
            let part = |(index, part): (usize, &Expression)| if index == at { wider.clone() } else { part.clone() };
            Some(Expression::Any(parts.iter().enumerate().map(part).collect()))
        }
        Expression::Not(_) => None,
        Expression::Test(test) => wider_test(test, &verdict.found),
    }
}

/// The smallest parts that fail and decide the outcome, in the order of the text.
pub fn culprits<'a>(expression: &'a Expression, verdict: &Verdict, into: &mut Vec<&'a Expression>) {
    match expression {
        _ if verdict.holds => {}
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().zip(&verdict.parts).for_each(|(part, verdict)| culprits(part, verdict, into));
        }
        Expression::Not(_) | Expression::Test(_) => into.push(expression),
    }
}

/// Custom attributes that would make the expression hold if the host had them; `None` when no attribute can.
pub fn wished_attributes(expression: &Expression, verdict: &Verdict) -> Option<Vec<(String, Option<String>)>> {
    if verdict.holds {
        return Some(Vec::new());
    }
    let parts = |parts: &[Expression]| {
        let wishes = parts.iter().zip(&verdict.parts).map(|(part, verdict)| wished_attributes(part, verdict));
        wishes.collect::<Vec<_>>()
    };
    match expression {
        Expression::All(all) => parts(all).into_iter().collect::<Option<Vec<_>>>().map(|all| all.concat()),
        Expression::Any(any) => parts(any).into_iter().flatten().next(),
        Expression::Not(_) => None,
        Expression::Test(test) => {
            let Subject::Attribute(name) = &test.subject else { return None };
            if !is_custom_attribute(name) {
                return None;
            }
            let value = wished_value(test)?;
            Some(alloc::vec![(name.clone(), value)])
        }
    }
}

/// The first value that PutAttributes takes and with which an attribute passes the test; the inner `None` is no value.
fn wished_value(test: &Test) -> Option<Option<String>> {
    let wanted = match &test.argument {
        _ if test.operator == Operator::Exists => return Some(None),
        Argument::Text(text) => core::slice::from_ref(text),
        Argument::List(list) => list,
        _ => return None,
    };
    for text in wanted {
        let value = match test.operator {
            Operator::GreaterThan => beyond(text, 1),
            Operator::LessThan => beyond(text, -1),
            Operator::Equals | Operator::In | Operator::GreaterThanEqual | Operator::LessThanEqual => {
                Some(text.clone())
            }
            _ => None,
        };
        if value.as_deref().is_some_and(is_attribute_value) {
            return Some(value);
        }
    }
    None
}

/// The whole number a step beyond a decimal one.
fn beyond(text: &str, step: i64) -> Option<String> {
    let whole = text.split('.').next()?.parse::<i64>().ok()?;
    whole.checked_add(step).map(|value| value.to_string())
}

fn wider_test(test: &Test, found: &Found) -> Option<Expression> {
    let with = |operator, argument| Expression::Test(Test { subject: test.subject.clone(), operator, argument });
    let found = match (found, &test.argument) {
        (Found::Text(found), Argument::Version(_)) => Argument::Version(Version::parse(found)?),
        (Found::Text(found), _) => Argument::Text(found.clone()),
        (Found::Count(found), _) => Argument::Count(*found),
        (Found::Moment(found), _) => Argument::Moment(*found),
        _ => return None,
    };
    let bound = match test.operator {
        Operator::LessThan | Operator::LessThanEqual => Some(Operator::LessThanEqual),
        Operator::GreaterThan | Operator::GreaterThanEqual => Some(Operator::GreaterThanEqual),
        Operator::Equals | Operator::In | Operator::Matches => None,
        _ => return None,
    };
    let wider = match (&test.argument, found, bound) {
        (Argument::Text(wanted), Argument::Text(found), None) => {
            with(Operator::In, Argument::List(alloc::vec![wanted.clone(), found]))
        }
        (Argument::List(wanted), Argument::Text(found), None) => {
            with(Operator::In, Argument::List(wanted.iter().cloned().chain([found]).collect()))
        }
        (wanted, found, Some(bound)) if compare_alike(wanted, &found) => with(bound, found),
        (_, found, _) => Expression::Any(alloc::vec![Expression::Test(test.clone()), with(Operator::Equals, found)]),
    };
    Some(wider)
}

/// Whether what lies beyond one of them lies beyond the other: numbers and texts are not in one order.
fn compare_alike(left: &Argument, right: &Argument) -> bool {
    match (left, right) {
        (Argument::Text(left), Argument::Text(right)) => is_decimal(left) == is_decimal(right),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{holds, judge};
    use super::*;
    use crate::placement::tests::host;
    use alloc::rc::Rc;
    use alloc::string::ToString;

    #[test]
    fn the_wider_expression_holds_and_names_what_failed() {
        let mut host = host("i-1", "a", 1, 1);
        Rc::make_mut(&mut host.attributes).insert("stack".into(), Some("dev".into()));
        let attributes = [("gen", "3"), ("name", "m")].map(|(name, value)| (name.into(), Some(value.into())));
        Rc::make_mut(&mut host.attributes).extend(attributes);
        host.running_tasks = 3;
        host.agent_version = "1.14.5".into();
        for (text, wider, culprit, wish) in [
            ("attribute:stack == prod", "attribute:stack in [prod, dev]", "attribute:stack == prod", "stack=prod"),
            ("attribute:stack in [a, b]", "attribute:stack in [a, b, dev]", "attribute:stack in [a, b]", "stack=a"),
            (
                "attribute:stack =~ p.*",
                "attribute:stack =~ p.* or attribute:stack == dev",
                "attribute:stack =~ p.*",
                "-",
            ),
            ("runningTasksCount < 2", "runningTasksCount <= 3", "runningTasksCount < 2", "-"),
            ("runningTasksCount > 7", "runningTasksCount >= 3", "runningTasksCount > 7", "-"),
            ("attribute:gen > 5", "attribute:gen >= 3", "attribute:gen > 5", "gen=6"),
            ("attribute:gen >= 5.5", "attribute:gen >= 3", "attribute:gen >= 5.5", "gen=5.5"),
            ("attribute:gen > 5.5", "attribute:gen >= 3", "attribute:gen > 5.5", "gen=6"),
            ("attribute:gen < -1.5", "attribute:gen <= 3", "attribute:gen < -1.5", "gen=-2"),
            ("attribute:gen <= 2", "attribute:gen <= 3", "attribute:gen <= 2", "gen=2"),
            ("attribute:name > x", "attribute:name >= m", "attribute:name > x", "-"),
            ("attribute:name < 5", "attribute:name < 5 or attribute:name == m", "attribute:name < 5", "name=4"),
            ("attribute:none > 5", "-", "attribute:none > 5", "none=6"),
            ("attribute:stack != dev", "-", "attribute:stack != dev", "-"),
            ("attribute:rack in ['x,y', ' ', z, w]", "-", "attribute:rack in ['x,y', ' ', z, w]", "rack=z"),
            ("attribute:rack == 'x,y'", "-", "attribute:rack == 'x,y'", "-"),
            ("agentVersion > 1.105", "agentVersion >= 1.14.5", "agentVersion > 1.105", "-"),
            ("agentVersion < 1.2", "agentVersion <= 1.14.5", "agentVersion < 1.2", "-"),
            ("agentVersion == 2", "agentVersion == 2 or agentVersion == 1.14.5", "agentVersion == 2", "-"),
            ("agentConnected == false", "agentConnected in [false, true]", "agentConnected == false", "-"),
            (
                "registeredAt > 2026-01-05T09:00:00Z",
                "registeredAt >= 1970-01-01T00:00:00Z",
                "registeredAt > 2026-01-05T09:00:00Z",
                "-",
            ),
            (
                "runningTasksCount == 1",
                "runningTasksCount == 1 or runningTasksCount == 3",
                "runningTasksCount == 1",
                "-",
            ),
            (
                "attribute:rack == 1 and attribute:stack == prod",
                "attribute:stack in [prod, dev]",
                "attribute:rack == 1, attribute:stack == prod",
                "rack=1 stack=prod",
            ),
            (
                "not(attribute:stack == dev) and runningTasksCount > 1",
                "runningTasksCount > 1",
                "not(attribute:stack == dev)",
                "-",
            ),
            (
                "attribute:rack exists or attribute:stack == prod",
                "attribute:rack exists or attribute:stack in [prod, dev]",
                "attribute:rack exists, attribute:stack == prod",
                "rack",
            ),
            ("attribute:rack == 1", "-", "attribute:rack == 1", "rack=1"),
            (
                "attribute:ecs.ami-id == ami-1 or attribute:rack == 1",
                "-",
                "attribute:ecs.ami-id == ami-1, attribute:rack == 1",
                "rack=1",
            ),
            ("not(attribute:stack == dev)", "-", "not(attribute:stack == dev)", "-"),
        ] {
            let expression = Expression::parse(text).unwrap();
            let verdict = judge(&expression, &host);
            let found = widened(&expression, &verdict);
            assert_eq!(found.as_ref().map_or("-".into(), ToString::to_string), wider, "{text}");
            assert!(found.is_none_or(|found| holds(&found, &host)), "{text}");
            let mut parts = Vec::new();
            culprits(&expression, &verdict, &mut parts);
            let parts: Vec<String> = parts.into_iter().map(ToString::to_string).collect();
            assert_eq!(parts.join(", "), culprit, "{text}");
            let wishes = wished_attributes(&expression, &verdict);
            let words = wishes.map_or("-".into(), |wishes| {
                let word = |(name, value): &(String, Option<String>)| match value {
                    Some(value) => alloc::format!("{name}={value}"),
                    None => name.clone(),
                };
                wishes.iter().map(word).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(words, wish, "{text}");
        }
        let expression = Expression::parse("attribute:stack == dev").unwrap();
        let verdict = judge(&expression, &host);
        assert_eq!(widened(&expression, &verdict), Some(expression.clone()), "what holds stays");
    }
}
