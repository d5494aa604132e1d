//! How Python prints the objects of an option's JSON, which awscli reads into `OrderedDict`.

use super::Generation;
use super::parser::repr;
use crate::aws::check::python;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// What the validator tells of such a value.
pub(super) fn told(plain: &str, got: &Value, generation: Generation) -> String {
    let class = if got.is_object() { "<class 'collections.OrderedDict'>" } else { python::class(got) };
    let before = format!("value: {}, type: {},", python::text(got), python::class(got));
    let text = if got.is_string() { python::text(got) } else { shown(got, generation) };
    plain.replacen(&before, &format!("value: {text}, type: {class},"), 1)
}

/// `repr(value)`: version 1 runs on Python 3.11, which prints pairs, and version 2 brings 3.13, which prints braces.
fn shown(value: &Value, generation: Generation) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(map) if map.is_empty() => "OrderedDict()".into(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, own)| (repr(name), shown(own, generation)));
            match generation {
                Generation::V1 => {
                    format!("OrderedDict([{}])", list(pairs.map(|(name, own)| format!("({name}, {own})")).collect()))
                }
                Generation::V2 => {
                    format!("OrderedDict({{{}}})", list(pairs.map(|(name, own)| format!("{name}: {own}")).collect()))
                }
            }
        }
        Value::Array(items) => format!("[{}]", list(items.iter().map(|own| shown(own, generation)).collect())),
        Value::String(text) => repr(text),
        scalar => python::text(scalar),
    }
}
