//! The smallest changes that make a failing expression hold for a host: of the expression, or of the host's attributes.

use super::judge::attribute_passes;
use super::version::is_decimal;
use super::{Argument, Expression, Found, Operator, Subject, Test, Verdict, Version, holds};
use crate::placement::host::Host;
use crate::placement::input::{is_attribute_value, is_custom_attribute};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The expression changed so that it holds for the host of the verdict: a failing comparison also accepts what was
/// found, and what cannot be widened (a negation, a missing value) is left out and told. `None` when nothing would
/// remain.
pub fn widened<'a>(
    expression: &'a Expression,
    verdict: &Verdict,
    left_out: &mut Vec<&'a Expression>,
) -> Option<Expression> {
    if verdict.holds {
        return Some(expression.clone());
    }
    match expression {
        Expression::All(parts) => {
            let mut kept = Vec::new();
            for (part, verdict) in parts.iter().zip(&verdict.parts) {
                match widened(part, verdict, left_out) {
                    Some(wider) => kept.push(wider),
                    None => left_out.push(part),
                }
            }
            if kept.len() > 1 { Some(Expression::All(kept)) } else { kept.pop() }
        }
        Expression::Any(parts) => {
            let before = left_out.len();
            let (at, wider) = parts.iter().zip(&verdict.parts).enumerate().find_map(|(at, (part, verdict))| {
                left_out.truncate(before);
                Some((at, widened(part, verdict, left_out)?))
            })?;
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

/// The fewest custom attributes with which a host satisfies all the expressions: those it has not yet, with their
/// values. `None` when no attribute that PutAttributes takes does it, among the first [`MOST_WAYS`] ways through `or`.
pub fn wished_attributes(expressions: &[&Expression], host: &Host) -> Option<Wishes> {
    let mut search = Search { host, ways: MOST_WAYS, best: None };
    search.branch(expressions.iter().rev().map(|expression| (*expression, true)).collect(), Vec::new());
    search.best
}

/// Ways through the alternatives of expressions that are looked at.
const MOST_WAYS: u32 = 256;

/// Names and values of attributes.
type Wishes = Vec<(String, Option<String>)>;

/// Goes through the ways in which expressions can hold: each is a list of tests that must come out as told.
struct Search<'a> {
    host: &'a Host,
    ways: u32,
    best: Option<Wishes>,
}

impl<'a> Search<'a> {
    /// `goals` are what must still come out as told, the next one last; `tests` look at custom attributes.
    fn branch(&mut self, mut goals: Vec<(&'a Expression, bool)>, mut tests: Vec<(&'a Test, bool)>) {
        let Some(left) = self.ways.checked_sub(1) else { return };
        self.ways = left;
        while let Some((goal, wanted)) = goals.pop() {
            match (goal, wanted) {
                (Expression::Not(inner), _) => goals.push((inner, !wanted)),
                (Expression::All(parts), true) | (Expression::Any(parts), false) => {
                    goals.extend(parts.iter().rev().map(|part| (part, wanted)));
                }
                (Expression::All(parts), false) | (Expression::Any(parts), true) => {
                    for part in parts {
                        let mut with = goals.clone();
                        with.push((part, wanted));
                        self.branch(with, tests.clone());
                    }
                    return;
                }
                (Expression::Test(test), _) => match &test.subject {
                    Subject::Attribute(name) if is_custom_attribute(name) => tests.push((test, wanted)),
                    _ if holds(goal, self.host) == wanted => {}
                    _ => return,
                },
            }
        }
        let found = wishes(&tests, self.host);
        let fewer = |known: &Wishes| found.as_ref().is_some_and(|found| found.len() < known.len());
        if self.best.as_ref().is_none_or(fewer) {
            self.best = found;
        }
        // There is none with less.
        if self.best.as_ref().is_some_and(|best| best.len() <= 1) {
            self.ways = 0;
        }
    }
}

/// What the host needs so that each test comes out as told. Each looks at one attribute, so that one value after the
/// other is found.
fn wishes(tests: &[(&Test, bool)], host: &Host) -> Option<Wishes> {
    let mut wishes = Wishes::new();
    for (test, _) in tests {
        let Subject::Attribute(name) = &test.subject else { continue };
        let own = || tests.iter().filter(|(other, _)| other.subject == test.subject);
        let suits =
            |value: Option<&Option<String>>| own().all(|(test, wanted)| attribute_passes(test, value) == *wanted);
        if wishes.iter().any(|(known, _)| known == name) || suits(host.attributes.get(name)) {
            continue;
        }
        let texts = own().flat_map(|(test, _)| match &test.argument {
            Argument::Text(text) => core::slice::from_ref(text),
            Argument::List(list) => list,
            _ => &[],
        });
        let exists = own().any(|(test, _)| test.operator.takes_nothing());
        let beside = texts.clone().flat_map(|text| [1, -1, 0].map(|step| beyond(text, step)).into_iter().flatten());
        // What is larger or smaller is better near what it is compared with.
        let orders = |(test, _): &(&Test, bool)| ORDERING.contains(&test.operator);
        let other = (!own().any(orders)).then_some(OTHER);
        let others = other.into_iter().map(String::from).chain(beside).chain([String::from(LEAST)]);
        let values = texts.cloned().map(Some).chain(exists.then_some(None)).chain(others.map(Some));
        let takes = |value: &Option<String>| value.as_deref().is_none_or(is_attribute_value) && suits(Some(value));
        wishes.push((name.clone(), values.into_iter().find(takes)?));
    }
    Some(wishes)
}

/// A value that stands for any other.
const OTHER: &str = "other";
/// A value before most texts.
const LEAST: &str = "0";
/// The operators that ask for more or less.
const ORDERING: [Operator; 4] =
    [Operator::GreaterThan, Operator::GreaterThanEqual, Operator::LessThan, Operator::LessThanEqual];

/// The whole number a step beyond a decimal one, or a decimal just beyond it without a step; of another text the next
/// one, or one before it.
fn beyond(text: &str, step: i64) -> Option<String> {
    let whole = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok()).filter(|_| is_decimal(text));
    match (whole, step) {
        (Some(_), 0) => Some(text.to_string() + if text.contains('.') { "1" } else { ".1" }),
        (Some(whole), _) => whole.checked_add(step).map(|value| value.to_string()),
        (None, 1) => Some(text.to_string() + "0"),
        (None, -1) => {
            let (at, last) = text.char_indices().last()?;
            let before = char::from_u32((last as u32).checked_sub(1)?)?;
            Some(text.get(..at)?.to_string() + before.encode_utf8(&mut [0; 4]))
        }
        (None, _) => None,
    }
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
    use super::super::judge;
    use super::*;
    use crate::placement::tests::host;
    use alloc::rc::Rc;
    use alloc::string::ToString;

    fn words(wishes: Option<Wishes>) -> String {
        let word = |(name, value): &(String, Option<String>)| match value {
            Some(value) => alloc::format!("{name}={value}"),
            None => name.clone(),
        };
        wishes.map_or("-".into(), |wishes| wishes.iter().map(word).collect::<Vec<_>>().join(" "))
    }

    /// One value of an attribute has to suit everything that looks at it, in all expressions.
    #[test]
    fn the_fewest_attributes_that_suit_all_expressions() {
        let mut host = host("i-1", "a", 1, 1);
        Rc::make_mut(&mut host.attributes).insert("stack".into(), Some("dev".into()));
        let wide = (0..11).map(|_| "attribute:y == 1").collect::<Vec<_>>().join(" and ");
        let many = (0..300).map(|_| "(attribute:a == 1 or attribute:b == 1)").collect::<Vec<_>>().join(" and ");
        let dead = alloc::format!("{many} and runningTasksCount > 7");
        for (texts, wish) in [
            (&["attribute:x == 1", "attribute:x in [2, 1]"][..], "x=1"),
            (&["attribute:x in [2, 1]", "attribute:x == 1"], "x=1"),
            (&["(attribute:x == 1 and attribute:x == 2) or attribute:z == 3"], "z=3"),
            (&["(attribute:x == 1 and attribute:y == 2) or attribute:z == 3"], "z=3"),
            (&["attribute:gen >= 3 and attribute:gen <= 5"], "gen=3"),
            (&["attribute:x in [a, b] and attribute:x in [b, c]"], "x=b"),
            (&["attribute:y == 1 and attribute:y == 1"], "y=1"),
            (&[&wide], "y=1"),
            (&["attribute:gen >= 3 and attribute:gen < 3.5"], "gen=3"),
            (&["attribute:gen > 3 and attribute:gen < 3.5"], "gen=3.1"),
            (&["attribute:gen > 3.5 and attribute:gen < 3.6"], "gen=3.51"),
            (&["attribute:x in [a, b] and attribute:x != a"], "x=b"),
            (&["attribute:x != prod"], "x=other"),
            (&["attribute:x not_in [other, prod]"], "x=other0"),
            (&["not(attribute:x !exists)"], "x"),
            (&["attribute:x exists and attribute:x != prod"], "x"),
            (&["attribute:stack != dev"], "stack=other"),
            (&["not(attribute:gen < 3) and attribute:gen exists"], "gen=3"),
            (&["not(attribute:stack == dev or attribute:gen !exists)"], "stack=other gen"),
            (&["not(attribute:stack == dev and attribute:stack exists)"], "stack=other"),
            (&["attribute:name > m"], "name=m0"),
            (&["attribute:name < m"], "name=l"),
            (&["attribute:name < a"], "name=0"),
            (&["attribute:x == 1", "attribute:x == 2"], "-"),
            (&["attribute:stack exists", "attribute:stack !exists"], "-"),
            (&["attribute:stack == dev", "attribute:x == 1"], "x=1"),
            (&["attribute:stack == dev", "attribute:x == 1 or attribute:stack == prod"], "x=1"),
            (&["attribute:x == 1", "runningTasksCount > 7"], "-"),
            (&["attribute:a == 1 or attribute:b == 1", "attribute:b == 1 or attribute:c == 1"], "b=1"),
            (&[&dead], "-"),
        ] {
            let expressions: Vec<Expression> = texts.iter().map(|text| parsed(text)).collect();
            let wishes = wished_attributes(&expressions.iter().collect::<Vec<_>>(), &host);
            let mut changed = host.clone();
            Rc::make_mut(&mut changed.attributes).extend(wishes.clone().unwrap_or_default());
            let all = expressions.iter().all(|expression| holds(expression, &changed));
            assert_eq!((words(wishes).as_str(), all), (wish, wish != "-"), "{texts:?}");
        }
    }

    #[test]
    fn what_is_left_out_is_told() {
        let host = host("i-1", "a", 1, 1);
        for (text, wider, gone) in [
            ("attribute:x == 1 and runningTasksCount > 1", "runningTasksCount >= 0", "attribute:x == 1"),
            (
                "runningTasksCount == 0 and runningTasksCount < 0",
                "runningTasksCount == 0 and runningTasksCount <= 0",
                "",
            ),
            (
                "(attribute:x == 1 and attribute:y == 1) or (attribute:z == 1 and runningTasksCount < 0)",
                "(attribute:x == 1 and attribute:y == 1) or runningTasksCount <= 0",
                "attribute:z == 1",
            ),
            (
                "(attribute:x == 1 or not(runningTasksCount < 1)) and runningTasksCount > 1",
                "runningTasksCount >= 0",
                "attribute:x == 1 or not(runningTasksCount < 1)",
            ),
        ] {
            let (expression, mut left_out) = (parsed(text), Vec::new());
            let found = widened(&expression, &judge(&expression, &host), &mut left_out);
            let left_out: Vec<String> = left_out.into_iter().map(ToString::to_string).collect();
            assert_eq!((found.unwrap().to_string().as_str(), left_out.join(", ").as_str()), (wider, gone), "{text}");
        }
    }

    fn parsed(text: &str) -> Expression {
        Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

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
            ("attribute:name > x", "attribute:name >= m", "attribute:name > x", "name=x0"),
            ("attribute:name < 5", "attribute:name < 5 or attribute:name == m", "attribute:name < 5", "name=4"),
            ("attribute:none > 5", "-", "attribute:none > 5", "none=6"),
            ("attribute:stack != dev", "-", "attribute:stack != dev", "stack=other"),
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
                "stack=other",
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
            ("not(attribute:stack == dev)", "-", "not(attribute:stack == dev)", "stack=other"),
        ] {
            let expression = Expression::parse(text).unwrap();
            let verdict = judge(&expression, &host);
            let found = widened(&expression, &verdict, &mut Vec::new());
            assert_eq!(found.as_ref().map_or("-".into(), ToString::to_string), wider, "{text}");
            assert!(found.is_none_or(|found| holds(&found, &host)), "{text}");
            let mut parts = Vec::new();
            culprits(&expression, &verdict, &mut parts);
            let parts: Vec<String> = parts.into_iter().map(ToString::to_string).collect();
            assert_eq!(parts.join(", "), culprit, "{text}");
            let wishes = wished_attributes(&[&expression], &host);
            assert_eq!(words(wishes), wish, "{text}");
        }
        let expression = Expression::parse("attribute:stack == dev").unwrap();
        let verdict = judge(&expression, &host);
        assert_eq!(widened(&expression, &verdict, &mut Vec::new()), Some(expression.clone()), "what holds stays");
    }
}
