//! The AWS CLI's shorthand syntax, written (`scaling-ecr-iam-cli.md` 6.3).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A structure as one shorthand word, such as `type=binpack,field=memory`; `None` where only JSON says it safely.
pub fn structure(map: &Map<String, Value>) -> Option<String> {
    if map.is_empty() {
        return None;
    }
    let pairs: Option<Vec<String>> =
        map.iter().map(|(key, value)| Some(format!("{key}={}", explicit(value, true)?))).collect();
    Some(pairs?.join(","))
}

/// A value within a structure. Inside brackets and braces a bare list of words is not understood, so lists always
/// have brackets.
fn explicit(value: &Value, outermost: bool) -> Option<String> {
    match value {
        Value::String(text) => scalar(text, outermost),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => {
            let words: Option<Vec<String>> = items.iter().map(|item| explicit(item, false)).collect();
            Some(format!("[{}]", words?.join(",")))
        }
        Value::Object(map) => {
            let pairs: Option<Vec<String>> =
                map.iter().map(|(key, value)| Some(format!("{key}={}", explicit(value, false)?))).collect();
            Some(format!("{{{}}}", pairs?.join(",")))
        }
        Value::Null => None,
    }
}

fn scalar(text: &str, outermost: bool) -> Option<String> {
    let unsafe_signs: &[char] = if outermost {
        &[',', '"', '\'', '[', ']', '{', '}', '\\']
    } else {
        &[',', '"', '\'', '[', ']', '{', '}', '\\', '=']
    };
    let bare = |sign: char| (' '..='\u{ffff}').contains(&sign);
    let plain = !text.is_empty()
        && text.chars().all(bare)
        && text.trim() == text
        && !text.contains(unsafe_signs)
        && !text.starts_with(['=', '@']);
    plain.then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn structures_as_shorthand_or_not_at_all() {
        for (value, expected) in [
            (json!({ "type": "binpack", "field": "memory" }), Some("type=binpack,field=memory")),
            (
                json!({ "type": "memberOf", "expression": "attribute:ecs.instance-type == t2.small" }),
                Some("type=memberOf,expression=attribute:ecs.instance-type == t2.small"),
            ),
            (
                json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"], "assignPublicIp": "ENABLED" } }),
                Some("awsvpcConfiguration={subnets=[subnet-1],assignPublicIp=ENABLED}"),
            ),
            (json!({ "type": "memberOf", "expression": "attribute:a in [b, c]" }), None),
            (json!({ "key": "" }), None),
            (json!({ "key": "a\u{1}b" }), None),
            (json!({ "key": "🦀" }), None),
            (json!({}), None),
        ] {
            assert_eq!(structure(value.as_object().unwrap()).as_deref(), expected, "{value}");
        }
    }
}
