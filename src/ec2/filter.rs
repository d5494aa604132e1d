//! What the ids, filters and pages of a Describe call leave of all that there is.
//!
//! Source: the EC2 user guide on filters, read 2026-11-22: values are case-sensitive, one of them is enough, every
//! filter must hold, `*` stands for any text and `?` for one character.

use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::iam::like;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Those that the ids and filters of a request leave, in pages. The member of the answer, of the ids and of an id, and the
/// error of an id that is not there, come first.
pub(super) fn answer(
    mut all: Vec<Value>,
    input: &Value,
    (member, ids, id, code, kind): (&'static str, &'static str, &str, &'static str, &str),
    known: &[(&str, &str)],
) -> Result<Value, ApiError> {
    named(&mut all, input, ids, id, |strays| {
        let stray = strays.first().copied().unwrap_or_default();
        ApiError::new(code, format!("The {kind} ID '{stray}' does not exist")).at(ids)
    })?;
    keep(&mut all, input, known)?;
    paged(member, all, input, 1000)
}

/// The page that a request asks for, in the member of the answer. A token is good for the same request alone.
///
/// # Errors
/// Of [`page`].
pub(super) fn paged(member: &'static str, all: Vec<Value>, input: &Value, limit: usize) -> Result<Value, ApiError> {
    let (token, size) = (input["NextToken"].as_str(), input["MaxResults"].as_i64());
    let mut asked = input.as_object().cloned().unwrap_or_default();
    asked.retain(|name, _| !["NextToken", "MaxResults"].contains(&name.as_str()));
    let (shown, next) = page(&format!("{member}{}", Value::Object(asked)), all, token, size, limit)?;
    let mut answer = object!({});
    answer[member] = Value::Array(shown);
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// Drops what a request does not name, if it names any: the member of the request and what it looks at.
///
/// # Errors
/// What `error` makes of the names that nothing has.
pub(super) fn named(
    all: &mut Vec<Value>,
    input: &Value,
    member: &str,
    id: &str,
    error: impl Fn(&[&str]) -> ApiError,
) -> Result<(), ApiError> {
    let named = texts(&input[member]);
    let strays: Vec<&str> = named.iter().copied().filter(|named| all.iter().all(|own| own[id] != **named)).collect();
    if !strays.is_empty() {
        return Err(error(&strays));
    }
    all.retain(|own| named.is_empty() || named.iter().any(|named| own[id] == **named));
    Ok(())
}

/// Drops what a filter of the request does not let through. Each filter that the call knows comes with the member that it
/// looks at, dots leading into what lies inside; a filter on tags needs none.
///
/// # Errors
/// InvalidParameterValue for a filter that the call does not know.
pub(super) fn keep(all: &mut Vec<Value>, input: &Value, known: &[(&str, &str)]) -> Result<(), ApiError> {
    // DescribeNatGateways calls them by another name.
    let filters = if input["Filter"].is_array() { &input["Filter"] } else { &input["Filters"] };
    for filter in filters.as_array().into_iter().flatten() {
        let name = filter["Name"].as_str().unwrap_or_default();
        let wanted = texts(&filter["Values"]);
        if let Some(key) = name.strip_prefix("tag:") {
            let fits = |tag: &&Value| tag["Key"] == key;
            all.retain(|own| items(&own["Tags"]).iter().filter(fits).any(|tag| has(tag, "Value", &wanted)));
            continue;
        }
        let tag_key = Some("Tags.Key").filter(|_| name == "tag-key");
        let member = tag_key.or_else(|| known.iter().find(|(own, _)| *own == name).map(|(_, member)| *member));
        let Some(member) = member else {
            let message = format!("The filter '{name}' is invalid");
            return Err(ApiError::new("InvalidParameterValue", message).at("Filters"));
        };
        all.retain(|own| has(own, member, &wanted));
    }
    Ok(())
}

/// Whether a member, or one of its items, is as one of these patterns.
fn has(own: &Value, member: &str, wanted: &[&str]) -> bool {
    if let Value::Array(items) = own {
        return items.iter().any(|own| has(own, member, wanted));
    }
    let (first, rest) = member.split_once('.').unwrap_or((member, ""));
    let value = &own[first];
    match (rest, value) {
        (_, Value::Null) => false,
        ("", Value::Array(items)) => items.iter().any(|own| fits(own, wanted)),
        ("", _) => fits(value, wanted),
        _ => has(value, rest, wanted),
    }
}

fn fits(value: &Value, wanted: &[&str]) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), String::from);
    wanted.iter().any(|pattern| like(pattern, &text))
}

fn texts(value: &Value) -> Vec<&str> {
    items(value).iter().filter_map(Value::as_str).collect()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}
