//! JSON objects for answers. `json!` serialises every value anew and spells each insertion out; an answer has dozens
//! of members, so that costs time and WebAssembly.

use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// An object of these members, in this order.
#[inline(never)]
pub fn of(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect::<Map<_, _>>())
}

/// [`of`] with values that turn into JSON by `From`: `object!({ "name": name, "count": 3 })`.
macro_rules! object {
    ({ $($name:literal: $value:expr),* $(,)? }) => {
        $crate::aws::object::of(alloc::vec![$(($name, serde_json::Value::from($value))),*])
    };
}
pub(crate) use object;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_as_json() {
        let name = alloc::string::String::from("web");
        let made = object!({ "name": name.clone(), "count": 3u32, "on": true, "at": 1.5, "list": alloc::vec!["a"], "none": Value::Null });
        assert_eq!(made, json!({ "name": name, "count": 3, "on": true, "at": 1.5, "list": ["a"], "none": null }));
        assert_eq!(object!({}), json!({}));
    }
}
