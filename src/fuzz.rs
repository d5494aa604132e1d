//! What fuzzing runs: for each reader of foreign text a check of what must hold, whatever the text.
//!
//! `cargo dev fuzz TARGET` looks for a text that breaks one; what it learned stands in `tests/fuzz/corpus`, and the
//! tests run it again each time.

use crate::ecr::lifecycle;
use crate::iam::policy::{Policy, Use};
use crate::iam::{Context, Policies, Principal, Question, evaluate};
use crate::shell::fuzz as shell;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// A check of one text.
///
/// # Errors
/// What does not hold.
pub type Check = fn(&str) -> Result<(), String>;

/// The targets by name: the readers of the shell's language, of shorthand, of JMESPath, of YAML, of policies and of
/// lifecycle policies.
pub const TARGETS: [(&str, Check); 6] = [
    ("lexer", shell::lexer),
    ("shorthand", shell::shorthand),
    ("jmespath", shell::jmespath),
    ("yaml", shell::yaml),
    ("policy", policy),
    ("lifecycle", lifecycle),
];

/// What a statement is asked about.
const QUESTIONS: [(&str, &str); 4] = [
    ("ecs:RunTask", "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"),
    ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:123456789012:repository/team/web"),
    ("iam:PassRole", "arn:aws:iam::123456789012:role/a"),
    ("ecr:GetAuthorizationToken", "*"),
];

/// A document is read or refused; whoever reads it in another order of statements decides alike, a Deny of everything
/// wins, and without it the document alone never allows what no statement allows.
fn policy(text: &str) -> Result<(), String> {
    for purpose in [Use::Identity, Use::Trust, Use::Resource] {
        let Ok(read) = Policy::read(text, purpose) else { continue };
        let turned = Policy { statements: read.statements.iter().rev().cloned().collect() };
        let anything = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Action": "*", "Resource": "*" },
        ] });
        let anything = Policy::read(&anything.to_string(), Use::Identity)?;
        let refused = Policy { statements: [&anything.statements, read.statements.as_slice()].concat() };
        for (action, resource) in QUESTIONS {
            let allows = |policy: &Policy| allowed(policy, action, resource);
            if allows(&read) != allows(&turned) {
                return Err(format!("{action} depends on the order of statements"));
            }
            if purpose == Use::Identity && allows(&refused) {
                return Err(format!("{action} is allowed in spite of a Deny"));
            }
            if allows(&read) && !read.statements.iter().any(|own| own.allow) {
                return Err(format!("{action} is allowed by no statement"));
            }
        }
    }
    Ok(())
}

fn allowed(policy: &Policy, action: &str, resource: &str) -> bool {
    let principal = Principal { arn: "arn:aws:iam::123456789012:user/ana".to_string(), role: None };
    let context = Context::default();
    let named = evaluate::Named { name: "p", policy };
    let policies = Policies { identity: Vec::from([named]), ..Policies::default() };
    let question = Question { principal: &principal, action, resource, context: &context };
    evaluate::decide(&policies, &question).allowed
}

/// A policy is read or refused; of what is read, each image meets the first rule that selects it and no other, and the
/// same rules in another order act alike.
fn lifecycle(text: &str) -> Result<(), String> {
    let Ok(policy) = lifecycle::Policy::parse(text) else { return Ok(()) };
    let turned = serde_json::from_str(text).ok().map(|mut document: Value| {
        document.get_mut("rules").and_then(Value::as_array_mut).into_iter().for_each(|rules| rules.reverse());
        document.to_string()
    });
    if turned.is_none_or(|text| lifecycle::Policy::parse(&text).as_ref() != Ok(&policy)) {
        return Err("the order of the rules in the document matters".to_string());
    }
    let tags: Vec<Vec<String>> = ["", "a", "b", "prod-1 a", "beta-1", "prod-2 beta-2"]
        .iter()
        .map(|tags| tags.split_whitespace().map(str::to_string).collect())
        .collect();
    let day = |days: i64| SimTime::from_millis(days * 86_400_000);
    let images: Vec<lifecycle::Candidate<'_>> = (0..24)
        .zip(tags.iter().cycle())
        .map(|(number, tags)| lifecycle::Candidate {
            tags,
            number,
            pushed_at: day(i64::from(number) * 9),
            pulled_at: (number % 3 == 0).then(|| day(i64::from(number) * 9 + 50)),
            archived_at: (number % 4 == 0).then(|| day(i64::from(number) * 9 + 60)),
            activated_at: (number % 8 == 0).then(|| day(i64::from(number) * 9 + 90)),
            archived: number % 8 == 4,
            referenced: number == 5,
        })
        .collect();
    let fates = lifecycle::evaluate(&policy, &images, day(400));
    for (image, fate) in images.iter().zip(&fates) {
        let first = policy.rules.iter().find(|rule| rule.archive == image.archived && rule.selects(image.tags));
        if fate.rule != first.map(|rule| rule.priority) {
            return Err(format!("{:?} decides about {:?}", fate.rule, image.tags));
        }
        if fate.action.is_some() && (image.referenced || fate.action != first.map(|rule| rule.action)) {
            return Err(format!("{:?} is not what the rule does", fate.action));
        }
    }
    if fates.len() == images.len() { Ok(()) } else { Err("an image has no fate".to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of `tests/fuzz/corpus`, one JSON string a line: what long runs of `cargo dev fuzz` found worth keeping.
    const CORPUS: [(&str, &str); 6] = [
        ("lexer", include_str!("../tests/fuzz/corpus/lexer.txt")),
        ("shorthand", include_str!("../tests/fuzz/corpus/shorthand.txt")),
        ("jmespath", include_str!("../tests/fuzz/corpus/jmespath.txt")),
        ("yaml", include_str!("../tests/fuzz/corpus/yaml.txt")),
        ("policy", include_str!("../tests/fuzz/corpus/policy.txt")),
        ("lifecycle", include_str!("../tests/fuzz/corpus/lifecycle.txt")),
    ];

    #[test]
    fn what_fuzzing_found_holds() {
        for ((name, check), (of, corpus)) in TARGETS.iter().zip(CORPUS) {
            assert_eq!(*name, of);
            let mut count = 0;
            for line in corpus.lines() {
                let text: String = serde_json::from_str(line).unwrap();
                assert_eq!(check(&text), Ok(()), "{name}: {line}");
                count += 1;
            }
            assert!(count > 50, "{name}: {count} texts");
        }
    }
}
