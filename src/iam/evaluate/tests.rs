use super::super::policy::Use;
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::vec;

const USER: &str = "arn:aws:iam::123456789012:user/ci";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/deploy/pipeline";
const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const TASK: &str = "arn:aws:ecs:us-east-1:123456789012:task/prod/ab12";

fn policy(statements: Value, purpose: Use) -> Policy {
    Policy::read(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string(), purpose).unwrap()
}

fn own(effect: &str, action: &str, resource: &str) -> Policy {
    policy(json!([{ "Effect": effect, "Action": action, "Resource": resource }]), Use::Identity)
}

fn of_resource(effect: &str, principal: Value) -> Policy {
    policy(json!([{ "Effect": effect, "Action": "ecs:*", "Principal": principal }]), Use::Resource)
}

fn named(policy: &Policy) -> Named<'_> {
    Named { name: "p", policy }
}

fn user() -> Principal {
    Principal { arn: USER.to_string(), role: None }
}

fn session() -> Principal {
    Principal { arn: SESSION.to_string(), role: Some(ROLE.to_string()) }
}

fn ask(policies: &Policies<'_>, principal: &Principal) -> Verdict {
    let context = Context::default();
    decide(policies, &Question { principal, action: "ecs:StopTask", resource: TASK, context: &context })
}

/// Reference 4.1, steps 1 to 7: which kind of policy decides, and how.
#[test]
fn the_decision_procedure() {
    let (allow, deny) = (own("Allow", "ecs:*", "*"), own("Deny", "ecs:StopTask", "*"));
    let other = own("Allow", "ec2:*", "*");
    let (anyone, me) = (of_resource("Allow", json!("*")), of_resource("Allow", json!({ "AWS": USER })));
    let my_session = of_resource("Allow", json!({ "AWS": SESSION }));
    let my_role = of_resource("Allow", json!({ "AWS": ROLE }));
    let denied_there = of_resource("Deny", json!("*"));
    let none = Policies::default();
    for (name, policies, principal, allowed, kind, explicit) in [
        ("nothing", none.clone(), user(), false, Kind::Identity, false),
        ("allow", Policies { identity: vec![named(&allow)], ..none.clone() }, user(), true, Kind::Identity, true),
        (
            "deny wins",
            Policies { identity: vec![named(&allow), named(&deny)], ..none.clone() },
            user(),
            false,
            Kind::Identity,
            true,
        ),
        (
            "another service",
            Policies { identity: vec![named(&other)], ..none.clone() },
            user(),
            false,
            Kind::Identity,
            false,
        ),
        (
            "a union with the resource's",
            Policies { resource: Some(named(&anyone)), ..none.clone() },
            user(),
            true,
            Kind::Resource,
            true,
        ),
        (
            "denied by the resource",
            Policies { identity: vec![named(&allow)], resource: Some(named(&denied_there)), ..none.clone() },
            user(),
            false,
            Kind::Resource,
            true,
        ),
        (
            "the boundary takes away",
            Policies { identity: vec![named(&allow)], boundary: Some(named(&other)), ..none.clone() },
            user(),
            false,
            Kind::Boundary,
            false,
        ),
        (
            "the boundary denies",
            Policies { identity: vec![named(&allow)], boundary: Some(named(&deny)), ..none.clone() },
            user(),
            false,
            Kind::Boundary,
            true,
        ),
        (
            "the boundary gives nothing",
            Policies { boundary: Some(named(&allow)), ..none.clone() },
            user(),
            false,
            Kind::Identity,
            false,
        ),
        (
            "the session takes away",
            Policies { identity: vec![named(&allow)], session: Some(named(&other)), ..none.clone() },
            session(),
            false,
            Kind::Session,
            false,
        ),
        (
            "both allow",
            Policies {
                identity: vec![named(&allow)],
                boundary: Some(named(&allow)),
                session: Some(named(&allow)),
                ..none.clone()
            },
            session(),
            true,
            Kind::Identity,
            true,
        ),
        (
            "3: the user by name beats the boundary",
            Policies { resource: Some(named(&me)), boundary: Some(named(&other)), ..none.clone() },
            user(),
            true,
            Kind::Resource,
            true,
        ),
        (
            "3: the session by name beats its policy",
            Policies { resource: Some(named(&my_session)), session: Some(named(&other)), ..none.clone() },
            session(),
            true,
            Kind::Resource,
            true,
        ),
        (
            "the role by name does not",
            Policies { resource: Some(named(&my_role)), boundary: Some(named(&other)), ..none.clone() },
            session(),
            false,
            Kind::Boundary,
            false,
        ),
        (
            "4.4: identity is named before resource",
            Policies { identity: vec![named(&deny)], resource: Some(named(&denied_there)), ..none.clone() },
            user(),
            false,
            Kind::Identity,
            true,
        ),
    ] {
        let verdict = ask(&policies, &principal);
        assert_eq!((verdict.allowed, verdict.kind, verdict.by.is_some()), (allowed, kind, explicit), "{name}");
    }
}

/// Reference 4.1: a trust policy has to allow; one that names the account leaves the rest to the identity.
#[test]
fn trust_policies_have_to_allow() {
    let trust = |principal: Value| {
        policy(json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal }]), Use::Trust)
    };
    let may = own("Allow", "sts:AssumeRole", "*");
    let service = Principal { arn: "ecs-tasks.amazonaws.com".to_string(), role: None };
    for (name, principal, trusted, identity, allowed, kind) in [
        ("the service", &service, json!({ "Service": "ecs-tasks.amazonaws.com" }), false, true, Kind::Trust),
        ("another service", &service, json!({ "Service": "ec2.amazonaws.com" }), false, false, Kind::Trust),
        ("no user by *", &user(), json!({ "Service": "ecs-tasks.amazonaws.com" }), true, false, Kind::Trust),
        ("the user by name", &user(), json!({ "AWS": USER }), false, true, Kind::Trust),
        ("the role by name", &session(), json!({ "AWS": ROLE }), false, true, Kind::Trust),
        ("the account alone", &user(), json!({ "AWS": "123456789012" }), false, false, Kind::Identity),
        (
            "the account's root alone",
            &user(),
            json!({ "AWS": "arn:aws:iam::123456789012:root" }),
            false,
            false,
            Kind::Identity,
        ),
        ("the account and a policy", &user(), json!({ "AWS": "123456789012" }), true, true, Kind::Identity),
        ("another account", &user(), json!({ "AWS": "210987654321" }), true, false, Kind::Trust),
    ] {
        let trust = trust(trusted);
        let identity = if identity { vec![named(&may)] } else { Vec::new() };
        let policies = Policies { identity, trust: Some(named(&trust)), ..Policies::default() };
        let question = Question { principal, action: "sts:AssumeRole", resource: ROLE, context: &Context::default() };
        let verdict = decide(&policies, &question);
        assert_eq!((verdict.allowed, verdict.kind), (allowed, kind), "{name}");
    }
}

/// Reference 4.2: action, resource and their Not… twins.
#[test]
fn elements_of_a_statement() {
    for (statement, expected) in [
        (json!({ "Action": "ecs:StopTask", "Resource": "*" }), true),
        (json!({ "Action": "ECS:stoptask", "Resource": "*" }), true),
        (json!({ "Action": "ecs:S?op*", "Resource": TASK }), true),
        (json!({ "Action": ["ecs:RunTask", "*"], "Resource": ["arn:aws:ecs:*:*:task/prod/*"] }), true),
        (json!({ "Action": "ecs:RunTask", "Resource": "*" }), false),
        (json!({ "NotAction": "iam:*", "Resource": "*" }), true),
        (json!({ "NotAction": ["ecs:*"], "Resource": "*" }), false),
        (json!({ "Action": "*", "NotResource": "arn:aws:ecs:*:*:task/prod/*" }), false),
        (json!({ "Action": "*", "NotResource": "arn:aws:ecs:*:*:task/test/*" }), true),
        (json!({ "Action": "*", "Resource": "arn:aws:ecs:*:*:task/${aws:username}/*" }), true),
        (json!({ "Action": "*", "Resource": "arn:aws:ecs:*:*:task/${aws:nobody}/*" }), false),
    ] {
        let mut whole = statement.clone();
        whole["Effect"] = json!("Allow");
        let policy = policy(json!([whole]), Use::Identity);
        let mut context = Context::default();
        context.add("aws:username", "prod");
        let principal = user();
        let question = Question { principal: &principal, action: "ecs:StopTask", resource: TASK, context: &context };
        let policies = Policies { identity: vec![named(&policy)], ..Policies::default() };
        assert_eq!(decide(&policies, &question).allowed, expected, "{statement}");
    }
}

/// Reference 4.2: every operator, its negation, a missing key, IfExists and the two quantifiers.
#[test]
fn condition_operators() {
    let mut context = Context::default();
    for (key, values) in [
        ("s", &["Prod"] as &[&str]),
        ("arn", &["arn:aws:ecs:us-east-1:123456789012:cluster/prod"]),
        ("n", &["10"]),
        ("t", &["2026-01-05T09:00:00Z"]),
        ("b", &["true"]),
        ("ip", &["203.0.113.10"]),
        ("tags", &["team", "stage"]),
    ] {
        values.iter().for_each(|value| context.add(key, *value));
    }
    let (yes, no) = (true, false);
    for (operator, key, value, expected) in [
        ("StringEquals", "s", json!("Prod"), yes),
        ("StringEquals", "S", json!("Prod"), yes),
        ("StringEquals", "s", json!("prod"), no),
        ("StringEquals", "s", json!(["a", "Prod"]), yes),
        ("StringEquals", "s", json!("Pr*"), no),
        ("StringNotEquals", "s", json!("prod"), yes),
        ("StringNotEquals", "s", json!(["a", "Prod"]), no),
        ("StringEqualsIgnoreCase", "s", json!("PROD"), yes),
        ("StringNotEqualsIgnoreCase", "s", json!("PROD"), no),
        ("StringLike", "s", json!("P?o*"), yes),
        ("StringLike", "s", json!("p*"), no),
        ("StringNotLike", "s", json!("P*"), no),
        ("StringNotLike", "s", json!("x*"), yes),
        ("ArnEquals", "arn", json!("arn:aws:ecs:*:*:cluster/prod"), yes),
        ("ArnLike", "arn", json!("arn:aws:ecs:*:*:cluster/*"), yes),
        ("ArnLike", "arn", json!("arn:aws:*:cluster/prod"), no),
        ("ArnNotEquals", "arn", json!("arn:aws:ecs:*:*:cluster/prod"), no),
        ("ArnNotLike", "arn", json!("arn:aws:ecs:*:*:cluster/test"), yes),
        ("Bool", "b", json!("true"), yes),
        ("Bool", "b", json!(true), yes),
        ("Bool", "b", json!("false"), no),
        ("NumericEquals", "n", json!(10), yes),
        ("NumericNotEquals", "n", json!("10"), no),
        ("NumericLessThan", "n", json!("10"), no),
        ("NumericLessThan", "n", json!("10.5"), yes),
        ("NumericLessThanEquals", "n", json!("10"), yes),
        ("NumericGreaterThan", "n", json!("9"), yes),
        ("NumericGreaterThanEquals", "n", json!("11"), no),
        ("NumericEquals", "s", json!("10"), no),
        ("DateEquals", "t", json!("2026-01-05T09:00:00Z"), yes),
        ("DateNotEquals", "t", json!("2026-01-05T09:00:00Z"), no),
        ("DateLessThan", "t", json!("2026-01-06T00:00:00Z"), yes),
        ("DateLessThan", "t", json!("1767603600"), no),
        ("DateLessThanEquals", "t", json!("1767603600"), yes),
        ("DateGreaterThan", "t", json!("2026-01-05T08:59:59Z"), yes),
        ("DateGreaterThanEquals", "t", json!("2026-01-05T09:00:01Z"), no),
        ("DateGreaterThan", "t", json!("soon"), no),
        ("IpAddress", "ip", json!("203.0.113.0/24"), yes),
        ("IpAddress", "ip", json!("203.0.113.10"), yes),
        ("IpAddress", "ip", json!("0.0.0.0/0"), yes),
        ("IpAddress", "ip", json!("10.0.0.0/8"), no),
        ("IpAddress", "ip", json!("203.0.113.0/99"), no),
        ("NotIpAddress", "ip", json!("203.0.113.0/24"), no),
        ("Null", "s", json!("false"), yes),
        ("Null", "s", json!("true"), no),
        ("Null", "gone", json!("true"), yes),
        ("Null", "gone", json!("false"), no),
        // A missing key is false, but for negated operators and IfExists.
        ("StringEquals", "gone", json!("x"), no),
        ("StringNotEquals", "gone", json!("x"), yes),
        ("StringEqualsIfExists", "gone", json!("x"), yes),
        ("StringEqualsIfExists", "s", json!("x"), no),
        ("BoolIfExists", "gone", json!("true"), yes),
        ("ForAnyValue:StringEquals", "tags", json!(["team", "x"]), yes),
        ("ForAnyValue:StringEquals", "tags", json!("x"), no),
        ("ForAnyValue:StringEquals", "gone", json!("x"), no),
        ("ForAllValues:StringEquals", "tags", json!(["team", "stage", "x"]), yes),
        ("ForAllValues:StringEquals", "tags", json!(["team"]), no),
        ("ForAllValues:StringEquals", "gone", json!("x"), yes),
        ("ForAllValues:StringNotEquals", "tags", json!("team"), no),
    ] {
        let condition = json!({ operator: { key: value } });
        let policy = policy(
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }]),
            Use::Identity,
        );
        let principal = user();
        let question = Question { principal: &principal, action: "ecs:StopTask", resource: TASK, context: &context };
        let policies = Policies { identity: vec![named(&policy)], ..Policies::default() };
        assert_eq!(decide(&policies, &question).allowed, expected, "{condition}");
    }
}

/// Reference 4.4: the ends of the messages.
#[test]
fn the_words_of_a_denial() {
    let by = Some(Decider { policy: "arn:aws:iam::aws:policy/X".to_string(), statement: 1, sid: "Stop".to_string() });
    assert_eq!(by.as_ref().unwrap().in_words(), "statement 2 (Stop) of X");
    for (kind, by, expected) in [
        (Kind::Identity, None, "because no identity-based policy allows the ecs:RunTask action"),
        (Kind::Resource, None, "because no resource-based policy allows the ecs:RunTask action"),
        (Kind::Boundary, None, "because no permissions boundary allows the ecs:RunTask action"),
        (Kind::Session, None, "because no session policy allows the ecs:RunTask action"),
        (Kind::Trust, None, "because no role trust policy allows the ecs:RunTask action"),
        (Kind::Identity, by.clone(), "with an explicit deny in an identity-based policy"),
        (Kind::Resource, by.clone(), "with an explicit deny in a resource-based policy"),
        (Kind::Boundary, by.clone(), "with an explicit deny in a permissions boundary"),
        (Kind::Session, by, "with an explicit deny in a session policy"),
    ] {
        assert_eq!(Verdict { allowed: false, kind, by }.because("ecs:RunTask"), expected);
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let action = prop_oneof![Just("ecs:*"), Just("ecs:StopTask"), Just("ecs:RunTask"), Just("*"), Just("ec2:*")];
    let resource = prop_oneof![Just("*"), Just(TASK), Just("arn:aws:ecs:*:*:task/test/*")];
    let statement = (any::<bool>(), action, resource).prop_map(|(allow, action, resource)| {
        json!({ "Effect": if allow { "Allow" } else { "Deny" }, "Action": action, "Resource": resource })
    });
    prop::collection::vec(statement, 1..4).prop_map(|list| policy(json!(list), Use::Identity))
}

proptest! {
    /// Section 9 of the reference: another Allow never takes away, another Deny never gives.
    #[test]
    fn more_policies_go_one_way(all in prop::collection::vec(any_policy(), 0..4), boundary in prop::option::of(any_policy())) {
        let (allow, deny) = (own("Allow", "ecs:*", "*"), own("Deny", "ecs:*", "arn:aws:ecs:*:*:task/prod/*"));
        let with = |more: Option<&Policy>| {
            let identity = all.iter().chain(more).map(named).collect();
            ask(&Policies { identity, boundary: boundary.as_ref().map(named), ..Policies::default() }, &user())
        };
        let before = with(None);
        prop_assert!(!before.allowed || with(Some(&allow)).allowed);
        prop_assert!(!with(Some(&deny)).allowed);
        // The verdict names a statement that is there.
        if let Some(by) = before.by {
            prop_assert!(all.iter().chain(&boundary).any(|own| own.statements.get(by.statement).is_some()));
        }
    }
}
