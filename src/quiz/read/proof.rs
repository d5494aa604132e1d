//! Reads a proof out of a deck file.

use super::{Faults, Object, kind};
use crate::quiz::proof::{COMMANDS_MAX, Check, Expect, Proof, Step, reference};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The proof at `path`; faults say what it lacks.
pub(in crate::quiz) fn read(value: &Value, path: &str, faults: &mut Faults) -> Option<Proof> {
    let object = Object::new(value, path, faults)?;
    object.only(&["commands", "expect"], faults);
    let mut names: Vec<String> = Vec::new();
    let commands = object.list("commands", faults);
    if commands.is_empty() || commands.len() > COMMANDS_MAX {
        faults
            .add(object.at("commands"), format!("a proof has 1 to {COMMANDS_MAX} commands, found {}", commands.len()));
    }
    let commands: Vec<Step> =
        commands.into_iter().filter_map(|(path, value)| read_step(value, &path, &mut names, faults)).collect();
    let expect = object.list("expect", faults);
    if expect.is_empty() {
        faults.add(object.at("expect"), "a proof expects at least one thing");
    }
    let expect = expect.into_iter().filter_map(|(path, value)| read_expect(value, &path, &names, faults)).collect();
    Some(Proof { commands, expect })
}

fn read_step(value: &Value, path: &str, names: &mut Vec<String>, faults: &mut Faults) -> Option<Step> {
    let object = Object::new(value, path, faults)?;
    let Value::Object(map) = value else { return None };
    let mut command = map.clone();
    command.shift_remove("as");
    let name = object.get("as").map(|_| object.text("as", faults));
    match (map.get("api"), map.get("advance")) {
        (Some(Value::String(api)), None)
            if api.split_once('.').is_some_and(|(s, o)| !s.is_empty() && !o.is_empty()) =>
        {
            object.only(&["api", "input", "as"], faults);
            if let Some(input) = object.need("input", faults) {
                Object::new(input, &object.at("input"), faults);
            }
        }
        (Some(_), None) => faults.add(object.at("api"), "expected \"service.Operation\", such as \"ecs.RunTask\""),
        (None, Some(span)) => {
            object.only(&["advance", "as"], faults);
            if span.as_str().is_none_or(|span| SimDuration::parse(span).is_err()) {
                faults.add(object.at("advance"), "expected a span of time, such as \"90s\" or \"5m\"");
            }
        }
        _ => {
            faults.add(path, "a command has either \"api\" with \"input\", or \"advance\"");
            return None;
        }
    }
    for wanted in references(value) {
        if !names.contains(&wanted) {
            faults.add(path, format!("\"$of\": \"{wanted}\" names no earlier command; name it there with \"as\""));
        }
    }
    if let Some(name) = &name {
        if names.contains(name) {
            faults.add(object.at("as"), format!("an earlier command is already named \"{name}\""));
        }
        names.push(name.clone());
    }
    Some(Step { command: Value::Object(command), name })
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => match reference(map) {
            Some((of, _)) => Vec::from([of.to_string()]),
            None => map.values().flat_map(references).collect(),
        },
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn read_expect(value: &Value, path: &str, names: &[String], faults: &mut Faults) -> Option<Expect> {
    let object = Object::new(value, path, faults)?;
    object.only(&["of", "query", "equals", "anyOrder", "length", "error", "message"], faults);
    let of = object.get("of").map(|_| object.text("of", faults));
    if let Some(of) = of.as_ref().filter(|of| !of.is_empty() && !names.contains(of)) {
        faults.add(object.at("of"), format!("no command is named \"{of}\"; name it with \"as\""));
    }
    let checks = ["equals", "anyOrder", "length", "error"].map(|name| object.get(name));
    if checks.iter().flatten().count() != 1 {
        faults.add(path, "an expectation has exactly one of \"equals\", \"anyOrder\", \"length\" and \"error\"");
        return None;
    }
    if checks[3].is_some() {
        if object.get("query").is_some() {
            faults.add_name(object.at("query"), "an expected error has no query");
        }
        let message = object.get("message").map(|_| object.text("message", faults));
        return Some(Expect { of, check: Check::Error(object.text("error", faults), message) });
    }
    let query = match object.need("query", faults) {
        Some(Value::String(query)) if query.is_empty() || query.starts_with('/') => query.clone(),
        Some(_) => {
            faults.add(object.at("query"), "expected a JSON pointer, such as \"/tasks/0/lastStatus\"");
            return None;
        }
        None => return None,
    };
    let check = match checks {
        [Some(wanted), ..] => Check::Equals(query, wanted.clone()),
        [_, Some(Value::Array(wanted)), ..] => Check::AnyOrder(query, wanted.clone()),
        [_, Some(other), ..] => {
            faults.add(object.at("anyOrder"), format!("expected a list [ … ], found {}", kind(other)));
            return None;
        }
        [_, _, Some(wanted), _] => match wanted.as_u64() {
            Some(length) => Check::Length(query, length),
            None => {
                faults.add(object.at("length"), format!("expected a whole number, found {}", kind(wanted)));
                return None;
            }
        },
        _ => return None,
    };
    Some(Expect { of, check })
}
