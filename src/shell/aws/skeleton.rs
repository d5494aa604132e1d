//! `--generate-cli-skeleton`: the whole tree of an input or an answer.

use crate::aws::model::{Kind, Shape};
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// An input with empty values, of enums the first.
pub(super) fn input(shape: Shape) -> Value {
    tree(shape, "", false, &mut Vec::new())
}

/// An answer with the names of its members for texts, its moments as Python prints them or in ISO 8601.
pub(super) fn output(shape: Shape, iso: bool) -> Value {
    let mut page = tree(shape, "", true, &mut Vec::new());
    if !iso {
        plain(&mut page);
    }
    page
}

fn plain(value: &mut Value) {
    match value {
        Value::String(text) if text == MOMENT => *text = text.replace('T', " "),
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(map) => map.iter_mut().for_each(|(_, own)| plain(own)),
        _ => {}
    }
}

const MOMENT: &str = "1970-01-01T00:00:00";

fn tree(shape: Shape, name: &str, named: bool, above: &mut Vec<Shape>) -> Value {
    if matches!(shape.kind(), Kind::Structure { .. }) && above.contains(&shape) {
        return Value::Object(Map::new());
    }
    above.push(shape);
    let value = match shape.kind() {
        Kind::Structure { members, .. } => {
            let own =
                members.iter().map(|member| (member.name.to_string(), tree(member.shape, member.name, named, above)));
            Value::Object(own.collect())
        }
        Kind::List { item, .. } => {
            let own = if named { item.name() } else { "" };
            Value::Array(alloc::vec![tree(*item, if own == "str" { "String" } else { own }, named, above)])
        }
        Kind::Map { value, .. } => {
            let own = tree(*value, "", named, above);
            Value::Object([("KeyName".to_string(), own)].into_iter().collect())
        }
        Kind::String { .. } if named => name.into(),
        Kind::String { allowed, .. } => allowed.first().copied().unwrap_or_default().into(),
        Kind::Integer(_) | Kind::Long(_) => 0.into(),
        Kind::Double(_) => 0.0.into(),
        Kind::Boolean => true.into(),
        Kind::Timestamp => MOMENT.into(),
        Kind::Blob | Kind::Unsimulated => Value::Null,
    };
    above.pop();
    value
}
