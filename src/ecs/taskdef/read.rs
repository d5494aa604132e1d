//! Reading members of any JSON value without ever failing: a member of another type counts as absent.

use serde_json::Value;

/// The member, unless it is absent or null.
pub(super) fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|found| !found.is_null())
}

/// Whether the member is there and not null; an empty list counts as there.
pub(super) fn has(value: &Value, key: &str) -> bool {
    member(value, key).is_some()
}

/// A text member.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// An integer member.
pub(super) fn int(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

/// A true-or-false member; absent is false.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool) == Some(true)
}

/// A list member; absent is empty.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], |items| items.as_slice())
}

/// The texts of a list member.
pub(super) fn texts<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    list(value, key).iter().filter_map(Value::as_str)
}

/// Whether the member holds something: a non-empty list, object or text, any number or flag.
pub(super) fn filled(value: &Value, key: &str) -> bool {
    member(value, key).is_some_and(|found| match found {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::String(words) => !words.is_empty(),
        _ => true,
    })
}

/// A non-negative integer member that fits 32 bits; larger ones count as the largest, negative ones as absent.
pub(super) fn count(value: &Value, key: &str) -> Option<u32> {
    let number = value.get(key)?.as_u64()?;
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A port number member, 1 to 65535.
pub(super) fn port(value: &Value, key: &str) -> Option<u16> {
    int(value, key).and_then(|found| u16::try_from(found).ok()).filter(|found| *found > 0)
}
