use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::vec;

fn statement(more: Value) -> String {
    let mut own = json!({ "Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*" });
    own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    own.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    json!({ "Version": "2012-10-17", "Statement": [own] }).to_string()
}

/// Reference 4.2: the grammar, with IAM's words for what it refuses.
#[test]
fn documents_that_iam_refuses() {
    let syntax = "Syntax errors in policy.";
    for (text, why) in [
        ("", syntax),
        ("[]", syntax),
        ("{}", "Policy document must be version 2012-10-17 or greater."),
        (r#"{"Version":"2008-10-17","Statement":[]}"#, "Policy document must be version 2012-10-17 or greater."),
        (r#"{"Version":"2013-01-01","Statement":[]}"#, syntax),
        (r#"{"Version":"2012-10-17"}"#, syntax),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, syntax),
        (r#"{"Version":"2012-10-17","Statement":[1]}"#, syntax),
        (r#"{"Version":"2012-10-17","Extra":1,"Statement":{}}"#, syntax),
        (&statement(json!({ "Effect": "allow" })), syntax),
        (&statement(json!({ "Effects": "Allow" })), syntax),
        (&statement(json!({ "NotAction": "x:y" })), syntax),
        (&statement(json!({ "Action": 1 })), syntax),
        (&statement(json!({ "Action": null })), "Policy statement must contain actions."),
        (&statement(json!({ "Action": [] })), "Policy statement must contain actions."),
        (&statement(json!({ "Resource": null })), "Policy statement must contain resources."),
        (
            &statement(json!({ "Action": "RunTask" })),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (&statement(json!({ "Action": "ecs:Run:Task" })), "Actions/Condition can contain only one colon."),
        (&statement(json!({ "Action": "e*s:RunTask" })), "Vendor e*s is not valid"),
        (&statement(json!({ "Resource": "task" })), "Resource task must be in ARN format or \"*\"."),
        (
            &statement(json!({ "Resource": "arn:x:ecs" })),
            "Partition \"x\" is not valid for resource \"arn:x:ecs:*:*:*\".",
        ),
        (
            &statement(json!({ "Resource": "arn:aws:e?s:*:*:*" })),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (&statement(json!({ "Principal": "*" })), "Policy document should not specify a principal."),
        (&statement(json!({ "Condition": { "StringSame": {} } })), syntax),
        (&statement(json!({ "Condition": { "StringEquals": 1 } })), syntax),
        (
            &statement(json!({ "Sid": "a b" })),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ),
    ] {
        assert_eq!(Policy::read(text, Use::Identity).unwrap_err(), why, "{text}");
    }
    let twice = json!({ "Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*" });
    let text = json!({ "Version": "2012-10-17", "Statement": [twice, twice] }).to_string();
    assert_eq!(
        Policy::read(&text, Use::Identity).unwrap_err(),
        "Statement IDs (SID) in a single policy must be unique."
    );
}

#[test]
fn trust_policies_name_principals_and_no_resource() {
    let trust = |more: Value| {
        let mut own = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ecs-tasks.amazonaws.com" } });
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Policy::read(&json!({ "Version": "2012-10-17", "Statement": own }).to_string(), Use::Trust)
    };
    assert!(trust(json!({})).is_ok());
    assert!(trust(json!({ "Principal": { "AWS": ["123456789012", "arn:aws:iam::123456789012:role/x"] } })).is_ok());
    assert!(trust(json!({ "Principal": "*" })).is_ok());
    for (more, why) in [
        (json!({ "Resource": "*" }), "Has prohibited field Resource"),
        (json!({ "Principal": null }), "Missing required field Principal"),
        (json!({ "Principal": { "AWS": "bob" } }), "Invalid principal in policy: \"AWS\":\"bob\""),
        (json!({ "Principal": { "Service": "ecs" } }), "Invalid principal in policy: \"SERVICE\":\"ecs\""),
        (
            json!({ "Action": "ecs:RunTask" }),
            "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML, and sts:AssumeRoleWithWebIdentity",
        ),
    ] {
        let error = trust(more.clone()).unwrap_err();
        assert!(error.eq_ignore_ascii_case(why), "{more}: {error}");
    }
}

#[test]
fn wildcards() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a*c", "ac", true),
        ("a*b*c", "a-b-b-c", true),
        ("*ab", "aab", true),
        ("*ab", "aba", false),
        ("ü?", "üß", true),
    ] {
        assert_eq!(like(pattern, text), expected, "{pattern} {text}");
    }
    let task = "arn:aws:ecs:us-east-1:123456789012:task/prod/ab12";
    for (pattern, expected) in [
        ("*", true),
        ("arn:aws:ecs:*:*:task/prod/*", true),
        ("arn:aws:ecs:*:*:task/*", true),
        ("arn:aws:ecs:*", true),
        ("arn:aws:ecs:us-east-1:123456789012:TASK/prod/ab12", false),
        ("arn:aws:ecs:us-east-1:*", true),
        // A star stays in its part.
        ("arn:aws:*:task/prod/ab12", false),
        ("arn:aws:ecs:us-*:1234*:task/prod/ab??", true),
    ] {
        assert_eq!(arn_like(pattern, task), expected, "{pattern}");
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("*"),
        Just("Allow"),
        Just("Deny"),
        Just("ecs:*"),
        Just("2012-10-17"),
        Just("arn:aws:ecs:*:*:*"),
        Just("StringEquals"),
        Just("AWS"),
        Just("${aws:username}"),
        Just("${"),
        Just(""),
        Just("ForAnyValue:StringLike"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from)
    ];
    let key = prop_oneof![
        Just("Version"),
        Just("Statement"),
        Just("Effect"),
        Just("Action"),
        Just("NotAction"),
        Just("Resource"),
        Just("NotResource"),
        Just("Principal"),
        Just("NotPrincipal"),
        Just("Condition"),
        Just("Sid"),
        Just("StringLike"),
        Just("Bool"),
        Just("aws:username"),
        Just("Null"),
        Just("IpAddressIfExists"),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().map(|(k, v)| (k.to_string(), v)).collect())),
        ]
    })
}

proptest! {
    /// Whatever stands in a document, it is read or refused, and what is read can be asked.
    #[test]
    fn no_document_panics(value in json_value(), text in ".{0,40}", pattern in "[*?a:${}]{0,12}") {
        use crate::iam::{Context, Policies, Principal, Question, evaluate::{Named, decide}};
        let principal = Principal { arn: text.clone(), role: Some(pattern.clone()) };
        let mut context = Context::default();
        context.add("aws:username", text.as_str());
        for purpose in [Use::Identity, Use::Trust, Use::Resource] {
            let _ = Policy::read(&text, purpose);
            for document in [value.clone(), json!({ "Version": "2012-10-17", "Statement": value.clone() })] {
                if let Ok(policy) = Policy::read(&document.to_string(), purpose) {
                    let question = Question { principal: &principal, action: &pattern, resource: &text, context: &context };
                    let named = Named { name: "x", policy: &policy };
                    let _ = decide(&Policies { identity: alloc::vec![named], resource: Some(named), ..Policies::default() }, &question);
                }
            }
        }
        let _ = (like(&pattern, &text), arn_like(&pattern, &text));
    }
}

#[test]
fn deep_and_long_documents_are_answered() {
    let deep = "[".repeat(100_000);
    assert_eq!(Policy::read(&deep, Use::Identity).unwrap_err(), "Syntax errors in policy.");
    let stars = "*a".repeat(2000);
    assert!(!like(&stars, &"a".repeat(4000).replace("aa", "b")));
}
