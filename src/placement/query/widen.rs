//! The smallest changes that make a failing expression hold for a host: of the expression, or of the host's attributes.

use super::{Argument, Expression, Found, Operator, Subject, Test, Verdict};
use alloc::string::String;
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

/// Attributes that would make the expression hold if the host had them; `None` when no attribute can.
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
            let value = match (test.operator, &test.argument) {
                (Operator::Equals, Argument::Text(text)) => Some(text.clone()),
                (Operator::In, Argument::List(list)) => Some(list.first()?.clone()),
                (Operator::Exists, _) => None,
                _ => return None,
            };
            Some(alloc::vec![(name.clone(), value)])
        }
    }
}

fn wider_test(test: &Test, found: &Found) -> Option<Expression> {
    let with = |operator, argument| Some(Expression::Test(Test { subject: test.subject.clone(), operator, argument }));
    match (found, test.operator, &test.argument) {
        (Found::Text(found), Operator::Equals, Argument::Text(wanted)) => {
            with(Operator::In, Argument::List(alloc::vec![wanted.clone(), found.clone()]))
        }
        (Found::Text(found), Operator::In, Argument::List(wanted)) => {
            let list = wanted.iter().chain([found]).cloned().collect();
            with(Operator::In, Argument::List(list))
        }
        (Found::Text(found), Operator::Matches, Argument::Pattern(_)) => {
            let other = with(Operator::Equals, Argument::Text(found.clone()))?;
            Some(Expression::Any(alloc::vec![Expression::Test(test.clone()), other]))
        }
        (Found::Count(found), Operator::LessThan | Operator::LessThanEqual, _) => {
            with(Operator::LessThanEqual, Argument::Count(*found))
        }
        (Found::Count(found), Operator::GreaterThan | Operator::GreaterThanEqual, _) => {
            with(Operator::GreaterThanEqual, Argument::Count(*found))
        }
        (Found::Count(found), Operator::Equals, _) => {
            let other = with(Operator::Equals, Argument::Count(*found))?;
            Some(Expression::Any(alloc::vec![Expression::Test(test.clone()), other]))
        }
        _ => None,
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
        host.running_tasks = 3;
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
