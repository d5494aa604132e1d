//! What changed between two revisions.

use crate::sim::sorted::{Map, Set};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// One member that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `cpu`, `containerDefinitions[web].image`. Members of a list are named where they have names, counted
    /// from 0 where they have none.
    pub path: String,
    /// The value in the first revision; none when it is new.
    pub before: Option<Value>,
    /// The value in the second revision; none when it is gone.
    pub after: Option<Value>,
}

/// Levels below which values are compared as wholes; no definition is that deep.
const MAX_DEPTH: usize = 32;

/// The differences from `a` to `b`, in the order of `a`, then what only `b` has. Containers, volumes, environment
/// variables and secrets are matched by name, other lists of objects by position; lists of plain values are compared
/// as wholes.
pub fn diff(a: &Value, b: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    compare("", Some(a), Some(b), 0, &mut out);
    out
}

fn compare(path: &str, a: Option<&Value>, b: Option<&Value>, depth: usize, out: &mut Vec<Difference>) {
    if a == b {
        return;
    }
    let inside = match (a, b) {
        (Some(a), Some(b)) if depth < MAX_DEPTH && a.is_array() == b.is_array() => parts(a).zip(parts(b)),
        _ => None,
    };
    let Some((left, right)) = inside else {
        out.push(Difference { path: path.to_string(), before: a.cloned(), after: b.cloned() });
        return;
    };
    let bracket = matches!(a, Some(Value::Array(_)));
    let mut rest: Map<&str, &Value> = right.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let below = |key: &str| match (bracket, path.is_empty()) {
        (true, _) => format!("{path}[{key}]"),
        (false, true) => key.to_string(),
        (false, false) => format!("{path}.{key}"),
    };
    for (key, value) in &left {
        compare(&below(key), Some(value), rest.remove(key.as_str()), depth + 1, out);
    }
    for (key, value) in right.iter().filter(|(key, _)| rest.contains_key(key.as_str())) {
        compare(&below(key), None, Some(value), depth + 1, out);
    }
}

/// The parts of a value under unlike keys; none when it is to be compared as a whole.
fn parts(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Object(members) => Some(members.iter().map(|(key, value)| (key.clone(), value)).collect()),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let names: Option<Vec<&str>> = items.iter().map(|item| item.get("name").and_then(Value::as_str)).collect();
            let names = names.filter(|names| names.iter().collect::<Set<_>>().len() == names.len());
            Some(match names {
                Some(names) => names.into_iter().map(ToString::to_string).zip(items).collect(),
                None => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(a: &Value, b: &Value) -> Vec<String> {
        diff(a, b).into_iter().map(|found| found.path).collect()
    }

    #[test]
    fn containers_are_matched_by_name_not_by_place() {
        let a = json!({"cpu": "256", "containerDefinitions": [
            {"name": "web", "image": "web:1", "command": ["a", "b"]},
            {"name": "log", "image": "log:1"}]});
        let b = json!({"cpu": "512", "containerDefinitions": [
            {"name": "log", "image": "log:1", "memory": 64},
            {"name": "web", "image": "web:2", "command": ["a"]}], "memory": "1024"});
        let want = [
            "cpu",
            "containerDefinitions[web].image",
            "containerDefinitions[web].command",
            "containerDefinitions[log].memory",
            "memory",
        ];
        assert_eq!(paths(&a, &b), want);
        let image = diff(&a, &b).into_iter().find(|found| found.path.ends_with("image")).unwrap();
        assert_eq!((image.before, image.after), (Some(json!("web:1")), Some(json!("web:2"))));
    }

    #[test]
    fn what_came_and_what_went() {
        let a = json!({"containerDefinitions": [{"name": "web"}, {"name": "old"}], "volumes": []});
        let b = json!({"containerDefinitions": [{"name": "web"}, {"name": "new"}]});
        let found = diff(&a, &b);
        let sides: Vec<(&str, bool, bool)> =
            found.iter().map(|each| (each.path.as_str(), each.before.is_some(), each.after.is_some())).collect();
        let want = [
            ("containerDefinitions[old]", true, false),
            ("containerDefinitions[new]", false, true),
            ("volumes", true, false),
        ];
        assert_eq!(sides, want);
    }

    #[test]
    fn lists_without_names_go_by_position_and_repeated_names_too() {
        let a = json!({"portMappings": [{"containerPort": 80}, {"containerPort": 81}]});
        let b = json!({"portMappings": [{"containerPort": 80}, {"containerPort": 82}]});
        assert_eq!(paths(&a, &b), ["portMappings[1].containerPort"]);
        let a = json!([{"name": "x", "v": 1}, {"name": "x", "v": 2}]);
        let b = json!([{"name": "x", "v": 1}, {"name": "x", "v": 3}]);
        assert_eq!(paths(&a, &b), ["[1].v"]);
        assert!(paths(&a, &a).is_empty());
        assert_eq!(paths(&json!(1), &json!("1")), [""]);
        assert_eq!(paths(&json!({"v": []}), &json!({"v": {}})), ["v"]);
    }
}
