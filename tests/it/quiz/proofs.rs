//! Proofs: what a run shows, and how a wrong one fails.

use ecs_lab::aws::ApiError;
use ecs_lab::quiz::proof::{self, Failure, Proof};
use serde_json::{Value, json};

/// A door that knows three operations.
fn door(command: &Value) -> Result<Value, ApiError> {
    match command.get("api").and_then(Value::as_str) {
        None => Ok(Value::Null),
        Some("ecs.RunTask") => Ok(json!({ "tasks": [{ "arn": "a" }, { "arn": "b" }], "failures": [] })),
        Some("ecs.Echo") => Ok(command["input"].clone()),
        _ => Err(ApiError::client("no such thing")),
    }
}

fn proof(commands: Value, expect: Value) -> Proof {
    proof::parse(&json!({ "commands": commands, "expect": expect })).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn expectations_hold_or_say_what_they_found() {
    let commands = json!([{ "api": "ecs.RunTask", "input": {}, "as": "run" }, { "advance": "5m" }]);
    for (expect, found) in [
        (json!({ "of": "run", "query": "/tasks/0/arn", "equals": "a" }), None),
        (json!({ "of": "run", "query": "/tasks/*/arn", "equals": ["a", "b"] }), None),
        (json!({ "of": "run", "query": "/tasks/*/arn", "anyOrder": ["b", "a"] }), None),
        (json!({ "of": "run", "query": "/tasks", "length": 2 }), None),
        (json!({ "query": "", "equals": null }), None),
        (json!({ "of": "run", "query": "/tasks/1/arn", "equals": "a" }), Some("\"b\"")),
        (json!({ "of": "run", "query": "/tasks/9/arn", "equals": "a" }), Some("nothing there")),
        (json!({ "of": "run", "query": "/tasks/*/arn", "equals": ["b", "a"] }), Some("[\"a\",\"b\"]")),
        (json!({ "of": "run", "query": "/tasks/*/arn", "anyOrder": ["a", "a"] }), Some("[\"a\",\"b\"]")),
        (json!({ "of": "run", "query": "/failures", "length": 1 }), Some("0")),
        (json!({ "of": "run", "error": "ClientException" }), Some("it was accepted")),
    ] {
        let result = proof(commands.clone(), json!([expect])).run(&mut door);
        match (result, found) {
            (Ok(findings), None) => assert!(findings.iter().all(|finding| finding.holds), "{expect}"),
            (Err(Failure::Wrong(findings)), Some(found)) => assert_eq!(findings[0].found, found, "{expect}"),
            (result, _) => panic!("{expect}: {result:?}"),
        }
    }
}

/// A finding points at its command and names the part as `--query` would.
#[test]
fn a_finding_says_where_it_looked() {
    let commands = json!([
        { "advance": "1s" },
        { "api": "ecs.RunTask", "input": {}, "as": "run" },
        { "api": "ecs.Nonsense", "input": {}, "as": "no" },
        { "advance": "5m" },
    ]);
    for (expect, command, what) in [
        (json!({ "of": "run", "query": "/tasks/0/arn", "equals": "a" }), 2, "tasks[0].arn"),
        (json!({ "of": "run", "query": "/tasks/*/arn", "anyOrder": ["b", "a"] }), 2, "tasks[*].arn, in any order"),
        (json!({ "of": "run", "query": "/tasks", "length": 2 }), 2, "how many tasks"),
        (json!({ "query": "", "equals": null }), 4, "the whole answer"),
    ] {
        let expect = json!([expect, { "of": "no", "error": "ClientException" }]);
        let findings = proof(commands.clone(), expect).run(&mut door).expect("holds");
        let places: Vec<(usize, &str)> = findings.iter().map(|found| (found.command, found.what.as_str())).collect();
        assert_eq!(places, [(command, what), (3, "the refusal")]);
    }
}

#[test]
fn refusals_are_expected_or_end_the_run() {
    let refused = json!([{ "api": "ecs.Nonsense", "input": {}, "as": "no" }, { "advance": "1s" }]);
    let code = |code: &str| json!([{ "of": "no", "error": code }]);
    assert!(proof(refused.clone(), code("ClientException")).run(&mut door).is_ok());
    let exact = json!([{ "of": "no", "error": "ClientException", "message": "no such thing" }]);
    assert!(proof(refused.clone(), exact).run(&mut door).is_ok());
    let other = json!([{ "of": "no", "error": "ClientException", "message": "other" }]);
    assert!(matches!(proof(refused.clone(), other).run(&mut door), Err(Failure::Wrong(_))));
    assert!(matches!(proof(refused.clone(), code("ServerException")).run(&mut door), Err(Failure::Wrong(_))));
    let silent = json!([{ "query": "", "equals": null }]);
    assert!(matches!(proof(refused, silent).run(&mut door), Err(Failure::Refused { command: 1, .. })));
}

#[test]
fn an_input_may_use_an_earlier_answer() {
    let commands = json!([
        { "api": "ecs.RunTask", "input": {}, "as": "run" },
        { "api": "ecs.Echo", "input": { "tasks": [{ "$of": "run", "$at": "/tasks/1/arn" }], "all": { "$of": "run", "$at": "/tasks/*/arn" } } },
    ]);
    let expect = json!([{ "query": "", "equals": { "tasks": ["b"], "all": ["a", "b"] } }]);
    assert!(proof(commands, expect).run(&mut door).is_ok());
    let nowhere = json!([
        { "api": "ecs.RunTask", "input": {}, "as": "run" },
        { "api": "ecs.Echo", "input": { "x": { "$of": "run", "$at": "/nothing" } } },
    ]);
    let result = proof(nowhere, json!([{ "query": "", "equals": null }])).run(&mut door);
    assert_eq!(result, Err(Failure::NoAnswer { command: 2, wanted: "run /nothing".to_string() }));
}

#[test]
fn a_malformed_proof_says_what_it_lacks() {
    let good = json!([{ "api": "ecs.RunTask", "input": {}, "as": "run" }]);
    let fine = json!([{ "query": "", "equals": 1 }]);
    for (commands, expect, message) in [
        (json!([]), fine.clone(), "1 to 100 commands"),
        (good.clone(), json!([]), "at least one thing"),
        (json!([{ "api": "RunTask", "input": {} }]), fine.clone(), "service.Operation"),
        (json!([{ "api": "ecs.RunTask" }]), fine.clone(), "missing member \"input\""),
        (json!([{ "api": "ecs.RunTask", "input": [] }]), fine.clone(), "found a list"),
        (json!([{ "advance": "soon" }]), fine.clone(), "\"90s\""),
        (json!([{ "advance": "1s", "api": "ecs.RunTask", "input": {} }]), fine.clone(), "either"),
        (
            json!([{ "api": "ecs.RunTask", "input": { "x": { "$of": "gone", "$at": "" } } }]),
            fine.clone(),
            "names no earlier command",
        ),
        (json!([{ "advance": "1s", "as": "a" }, { "advance": "1s", "as": "a" }]), fine, "already named"),
        (good.clone(), json!([{ "of": "ran", "query": "", "equals": 1 }]), "no command is named \"ran\""),
        (good.clone(), json!([{ "query": "" }]), "exactly one of"),
        (good.clone(), json!([{ "query": "", "equals": 1, "length": 1 }]), "exactly one of"),
        (good.clone(), json!([{ "equals": 1 }]), "missing member \"query\""),
        (good.clone(), json!([{ "query": "tasks", "equals": 1 }]), "JSON pointer"),
        (good.clone(), json!([{ "query": "", "length": -1 }]), "whole number"),
        (good.clone(), json!([{ "query": "", "anyOrder": 1 }]), "expected a list"),
        (good, json!([{ "error": "X", "query": "" }]), "no query"),
    ] {
        let faults = proof::parse(&json!({ "commands": commands, "expect": expect })).expect_err(message);
        assert!(faults.iter().any(|fault| fault.contains(message)), "{message}: {faults:?}");
    }
}
