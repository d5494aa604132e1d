//! The language as tables: expression → hosts, expression → fault, expression → expression.

use super::*;
use crate::placement::host::{Attributes, Host};
use crate::sim::SimTime;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

fn host(name: &str, kind: &str, zone: &str, stack: Option<Option<&str>>, groups: &[&str]) -> Host {
    let mut attributes = Attributes::new();
    attributes.insert("ecs.instance-type".into(), Some(kind.into()));
    attributes.insert("ecs.availability-zone".into(), Some(zone.into()));
    attributes.insert("ecs.capability.task-eni".into(), None);
    if let Some(value) = stack {
        attributes.insert("stack".into(), value.map(String::from));
    }
    Host {
        name: name.into(),
        zone: zone.into(),
        agent_connected: name != "h2",
        agent_version: "1.105.1".into(),
        registered_at: SimTime::parse("2018-02-12T23:59:59Z").unwrap(),
        attributes: Rc::new(attributes),
        groups: groups.iter().map(|group| ((*group).into(), 1)).collect(),
        running_tasks: groups.len() as u32,
        ..Host::default()
    }
}

/// The three hosts of the reference's test vectors.
fn hosts() -> [Host; 3] {
    [
        host("h1", "t2.small", "us-east-1a", Some(Some("prod")), &["service:web"]),
        host("h2", "t2.medium", "us-east-1b", Some(Some("dev")), &[]),
        host("h3", "m5.large", "us-east-1a", None, &["family:db", "service:web"]),
    ]
}

/// The names of the hosts that an expression selects, checked on both paths.
fn selected(text: &str) -> String {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<String> = hosts()
        .iter()
        .filter(|host| {
            assert_eq!(holds(&expression, host), judge(&expression, host).holds, "{text} on {}", host.name);
            holds(&expression, host)
        })
        .map(|host| host.name.clone())
        .collect();
    names.join(" ")
}

#[test]
fn test_vectors_of_4_7() {
    for (text, hosts) in [
        ("attribute:ecs.instance-type == t2.small", "h1"),
        ("attribute:ecs.instance-type =~ t2.*", "h1 h2"),
        ("attribute:ecs.instance-type =~ t2", ""),
        ("attribute:stack != prod", "h2"),
        ("not(attribute:stack == prod)", "h2 h3"),
        ("attribute:stack !exists", "h3"),
        ("attribute:stack in [prod, dev] and attribute:ecs.availability-zone == us-east-1a", "h1"),
        ("task:group == service:web", "h1 h3"),
        ("not(task:group == family:db)", "h1 h2"),
        ("runningTasksCount == 1", "h1"),
        ("runningTasksCount < 2 or attribute:ecs.instance-type =~ m5.*", "h1 h2 h3"),
        ("attribute:stack == prod or attribute:stack == dev and attribute:ecs.availability-zone == us-east-1a", "h1"),
        ("(attribute:stack == prod or attribute:stack == dev) and attribute:ecs.availability-zone == us-east-1b", "h2"),
        ("agentVersion < 1.14.5", ""),
        ("registeredAt < 2018-02-13", "h1 h2 h3"),
        ("registeredAt < 2018-02-12", ""),
    ] {
        assert_eq!(selected(text), hosts, "{text}");
    }
}

#[test]
fn rules_of_4_7() {
    for (rule, text, hosts) in [
        ("QL-01", "!attribute:stack == prod and runningTasksCount < 1", "h2"),
        ("QL-01", "attribute:stack == dev or runningTasksCount == 2 && !agentConnected == true", "h2"),
        ("QL-04", "attribute:stack !in [prod]", "h2"),
        ("QL-04", "attribute:stack !~ p.*", "h2"),
        ("QL-05", "attribute:ecs.capability.task-eni exists", "h1 h2 h3"),
        ("QL-05", "attribute:stack exists", "h1 h2"),
        ("QL-06", "attribute:nothing < 5", ""),
        ("QL-07", "task:group in [family:db, database]", "h3"),
        ("QL-08", "task:group != family:db", "h1 h2"),
        ("QL-08", "task:group !~ service:.*", "h2"),
        ("QL-08", "task:group !exists", "h2"),
        ("QL-10", "ATTRIBUTE:stack exists", "error"),
        ("QL-10", "NOT attribute:stack EQUALS prod OR attribute:stack EXISTS", "h1 h2 h3"),
        ("QL-10", "attribute:stack not_equals prod AND attribute:stack matches d.v", "h2"),
        ("QL-10", "attribute:stack == PROD", ""),
        ("QL-11", "ec2InstanceId in ['h1', \"h3\"]", "h1 h3"),
        ("QL-11", r"attribute:ecs.instance-type =~ 't2\.s.*'", "h1"),
        ("QL-12", "runningTasksCount==1||agentConnected!=true", "h1 h2"),
        ("QL-12", "attribute:stack in[prod,dev]&&runningTasksCount>=1", "h1"),
        ("QL-13", "attribute:stack not_in [dev]", "h1"),
        ("QL-14", "(attribute:ecs.instance-type =~ t2.(small|nano))", "h1"),
        ("QL-14", "attribute:stack =~ prod|dev", "h1 h2"),
        ("QL-14", "(attribute:ecs.instance-type =~ m5.*)", "h3"),
        ("4.7", "attribute:ecs.instance-type > m6", "h1 h2"),
        ("4.7", "agentVersion >= 1.14.5 and agentVersion <= 1.105.1", "h1 h2 h3"),
        ("4.7", "agentVersion greater_than 1.105.0", "h1 h2 h3"),
        ("4.7", "registeredAt >= 2018-02-12T15:59:59-08:00", "h1 h2 h3"),
        ("4.7", "registeredAt == 2018-02-12T23:59:59", "h1 h2 h3"),
    ] {
        if hosts == "error" {
            assert!(Expression::parse(text).is_err(), "{rule}: {text}");
        } else {
            assert_eq!(selected(text), hosts, "{rule}: {text}");
        }
    }
}

#[test]
fn ql_15_faults_say_where_and_what() {
    for (rule, text, position, found, expected) in [
        ("empty", "", 1, "", "a subject"),
        ("blank", "   ", 4, "", "a subject"),
        ("QL-02", "attribute:stack (== prod)", 17, "(", "an operator"),
        ("QL-02", "attribute:stack == (prod)", 20, "(", "a value"),
        ("QL-02", "(attribute:stack == prod", 25, "", "')'"),
        ("QL-02", "attribute:stack == prod)", 24, ")", "the end"),
        ("QL-12", "attribute:stack in []", 21, "]", "a value"),
        ("QL-13", "attribute:stack ! in [prod]", 17, "!", "an operator"),
        ("QL-13", "attribute:stack ! exists", 17, "!", "an operator"),
        ("QL-17", "ecs.os-type=='windows'", 1, "ecs.os-type", "a subject"),
        ("QL-17", "memberOf(ecs.os-type=='windows')", 1, "memberOf", "a subject"),
        ("missing operator", "attribute:stack", 16, "", "an operator"),
        ("missing name", "attribute: == x", 11, " ", "attribute name"),
        ("missing value", "attribute:stack == ", 20, "", "a value"),
        ("single =", "attribute:stack = prod", 17, "=", "an operator"),
        ("no list", "attribute:stack in prod", 20, "prod", "a list"),
        ("open list", "attribute:stack in [prod, dev", 30, "", "']'"),
        ("two values", "attribute:stack == a b", 22, "b", "'and'"),
        ("open quote", "attribute:stack == 'prod", 20, "'", "closing '"),
        ("dangling and", "attribute:stack exists and", 27, "", "a subject"),
        ("a number", "runningTasksCount > many", 21, "many", "a whole number"),
        ("a number", "runningTasksCount > -1", 21, "-1", "a whole number"),
        ("a version", "agentVersion > latest", 16, "latest", "a version"),
        ("a time", "registeredAt > yesterday", 16, "yesterday", "a time"),
        ("a flag", "agentConnected == yes", 19, "yes", "true or false"),
        ("QL-03", "attribute:stack =~ (?=p)rod", 20, "(?=p)rod", "look-around"),
        ("characters", "attribute:stack == äö ü", 23, "ü", "'and'"),
    ] {
        let error = Expression::parse(text).expect_err(text);
        assert_eq!((error.position, error.found.as_str()), (position, found), "{rule}: {text}: {error}");
        assert!(error.expected.contains(expected), "{rule}: {text}: {error}");
        assert_eq!(error.fault, Fault::Syntax, "{rule}");
    }
}

#[test]
fn ql_15_exact_texts() {
    for (text, message) in [
        (
            "attribute:stack in [a, b",
            "Invalid expression: attribute:stack in [a, b (unexpected end at position 25, expected ',' or ']')",
        ),
        (
            "attribute:stack == a,b",
            "Invalid expression: attribute:stack == a,b (unexpected ',' at position 21, expected 'and', 'or' or the end)",
        ),
        ("agentConnected > true", "Operator '>' is not supported for subject 'agentConnected'"),
        ("runningTasksCount in [1]", "Operator 'in' is not supported for subject 'runningTasksCount'"),
        ("task:group less_than x", "Operator 'less_than' is not supported for subject 'task:group'"),
        ("ec2InstanceId !exists", "Operator '!exists' is not supported for subject 'ec2InstanceId'"),
    ] {
        assert_eq!(Expression::parse(text).expect_err(text).to_string(), message);
    }
}

#[test]
fn every_subject_takes_exactly_its_operators() {
    for row in SUBJECTS {
        let subject = if row.name == "attribute:" { "attribute:x" } else { row.name };
        let value = match row.kind {
            Kind::Flag => "true",
            Kind::Version => "1.2.3",
            Kind::Text => "x",
            Kind::Moment => "2018-06-18",
            Kind::Count => "1",
        };
        for (operator, sign, word) in OPERATORS {
            for operator_text in [sign, word] {
                let argument = match operator {
                    _ if operator.takes_nothing() => String::new(),
                    _ if operator.takes_list() => alloc::format!("[{value}]"),
                    _ => value.to_string(),
                };
                let text = alloc::format!("{subject} {operator_text} {argument}");
                let allowed = row.operators.contains(&operator);
                assert_eq!(Expression::parse(&text).is_ok(), allowed, "{text}");
            }
        }
    }
}

#[test]
fn printing_reads_back() {
    for (text, printed) in [
        (
            "attribute:a==b&&attribute:c!=d||!attribute:e exists",
            "(attribute:a == b and attribute:c != d) or not(attribute:e exists)",
        ),
        ("not not runningTasksCount > 007", "not(not(runningTasksCount > 7))"),
        ("attribute:a in ['x y', \"it's\", '']", r"attribute:a in ['x y', 'it\'s', '']"),
        (r"attribute:a =~ t2\.(a|b)", r"attribute:a =~ 't2\\.(a|b)'"),
        ("registeredAt < 2018-06-18", "registeredAt < 2018-06-18T00:00:00Z"),
    ] {
        let expression = Expression::parse(text).unwrap();
        assert_eq!(expression.to_string(), printed);
        assert_eq!(Expression::parse(printed), Ok(expression));
    }
}

#[test]
fn depth_and_length_are_safe() {
    let nested = |depth: usize| alloc::format!("{}runningTasksCount == 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&nested(99)).is_ok());
    let error = Expression::parse(&nested(900)).unwrap_err();
    assert!(error.expected.contains("at most 100 nested"), "{error}");
    assert!(Expression::parse(&"!".repeat(1_000_000)).is_err());
    assert!(Expression::parse(&"(".repeat(1_000_000)).is_err());
    let chain = alloc::vec!["runningTasksCount == 1"; 20_000].join(" and ");
    assert!(matches!(Expression::parse(&chain), Ok(Expression::All(parts)) if parts.len() == 20_000));
}

#[test]
fn a_verdict_has_the_value_at_each_leaf() {
    let expression =
        Expression::parse("attribute:stack == prod or not(task:group exists) or attribute:x exists").unwrap();
    let [_, _, h3] = hosts();
    let verdict = judge(&expression, &h3);
    let leaf = |index: usize| &verdict.parts[index];
    assert!(!verdict.holds);
    assert_eq!(verdict.found, Found::Parts);
    assert_eq!((leaf(0).holds, &leaf(0).found), (false, &Found::Missing));
    assert_eq!(leaf(1).parts[0].found, Found::Groups(alloc::vec!["family:db".into(), "service:web".into()]));
    assert_eq!(leaf(2).found, Found::Missing);
}
