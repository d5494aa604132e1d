//! A tree and a value → what the query finds.

use super::functions;
use super::number::{self, compare, equal};
use super::parser::Node;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use serde_json::{Map, Value};

/// As many values as one query may make.
const MOST_VALUES: usize = 1_000_000;

pub(super) fn visit(node: &Node, value: &Value) -> Result<Value, String> {
    match node {
        Node::Identity => Ok(value.clone()),
        Node::Field(name) => Ok(value.as_object().and_then(|map| map.get(name)).cloned().unwrap_or_default()),
        Node::Literal(own) => Ok(own.clone()),
        Node::Chain(steps) => chain(steps, value),
        Node::Index(place) => Ok(item(value, *place).cloned().unwrap_or_default()),
        Node::Slice(from, to, step) => match value {
            Value::Array(items) => slice(items, *from, *to, *step),
            _ => Ok(Value::Null),
        },
        Node::Projection(left, right) => match visit(left, value)? {
            Value::Array(items) => each(items.iter(), right, None),
            _ => Ok(Value::Null),
        },
        Node::ValueProjection(left, right) => match visit(left, value)? {
            Value::Object(map) => each(map.values(), right, None),
            _ => Ok(Value::Null),
        },
        Node::FilterProjection(left, right, condition) => match visit(left, value)? {
            Value::Array(items) => each(items.iter(), right, Some(condition)),
            _ => Ok(Value::Null),
        },
        Node::Flatten(inside) => match visit(inside, value)? {
            Value::Array(items) => {
                let mut flat = Vec::new();
                for item in items {
                    match item {
                        Value::Array(inner) => flat.extend(inner),
                        other => flat.push(other),
                    }
                }
                Ok(Value::Array(flat))
            }
            _ => Ok(Value::Null),
        },
        Node::Or(left, right) => {
            let own = visit(left, value)?;
            if is_false(&own) { visit(right, value) } else { Ok(own) }
        }
        Node::And(left, right) => {
            let own = visit(left, value)?;
            if is_false(&own) { Ok(own) } else { visit(right, value) }
        }
        Node::Not(inside) => Ok(is_false(&visit(inside, value)?).into()),
        Node::Compare(name, left, right) => compared(name, &visit(left, value)?, &visit(right, value)?),
        Node::List(nodes) => match value {
            Value::Null => Ok(Value::Null),
            _ => nodes.iter().map(|node| visit(node, value)).collect::<Result<_, _>>().map(Value::Array),
        },
        Node::Map(pairs) => match value {
            Value::Null => Ok(Value::Null),
            _ => {
                let mut map = Map::new();
                for (name, node) in pairs {
                    map.insert(name.clone(), visit(node, value)?);
                }
                Ok(Value::Object(map))
            }
        },
        Node::Call(name, arguments) => functions::call(name, arguments, value),
        // Only functions take one; they look at the node itself.
        Node::Expression(_) => Ok(Value::Null),
    }
}

fn chain(steps: &[Node], value: &Value) -> Result<Value, String> {
    let mut own = None;
    for step in steps {
        own = Some(visit(step, own.as_ref().unwrap_or(value))?);
    }
    Ok(own.unwrap_or_default())
}

fn each<'a>(items: impl Iterator<Item = &'a Value>, right: &Node, condition: Option<&Node>) -> Result<Value, String> {
    let mut found = Vec::new();
    for item in items {
        if let Some(condition) = condition
            && is_false(&visit(condition, item)?)
        {
            continue;
        }
        let own = visit(right, item)?;
        if !own.is_null() {
            found.push(own);
        }
        if found.len() > MOST_VALUES {
            return Err("the query finds too much".to_string());
        }
    }
    Ok(Value::Array(found))
}

fn item(value: &Value, place: i64) -> Option<&Value> {
    let items = value.as_array()?;
    let place = if place < 0 { place.checked_add(i64::try_from(items.len()).ok()?)? } else { place };
    items.get(usize::try_from(place).ok()?)
}

/// Python's slices.
fn slice(items: &[Value], from: Option<i64>, to: Option<i64>, step: Option<i64>) -> Result<Value, String> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".to_string());
    }
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |end: Option<i64>, otherwise: i64| match end {
        None => otherwise,
        Some(end) if end < 0 => end.saturating_add(length).clamp(low, high),
        Some(end) => end.clamp(low, high),
    };
    let (start, stop) = if step > 0 { (0, length) } else { (length - 1, -1) };
    let (mut at, stop) = (bound(from, start), bound(to, stop));
    let mut found = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at = at.saturating_add(step);
    }
    Ok(Value::Array(found))
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn compared(name: &str, left: &Value, right: &Value) -> Result<Value, String> {
    match name {
        "eq" => return Ok(equal(left, right).into()),
        "ne" => return Ok((!equal(left, right)).into()),
        _ => {}
    }
    let order = match (left, right) {
        (Value::Number(_), Value::Number(_)) => number::compare(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(_), Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            let sign = match name {
                "lt" => "<",
                "lte" => "<=",
                "gt" => ">",
                _ => ">=",
            };
            let (left, right) = (number::class(left), number::class(right));
            return Err(format!("'{sign}' not supported between instances of '{left}' and '{right}'"));
        }
        _ => None,
    };
    let Some(order) = order else { return Ok(Value::Null) };
    let holds = match name {
        "lt" => order == Ordering::Less,
        "lte" => order != Ordering::Greater,
        "gt" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    };
    Ok(holds.into())
}

/// The order of two texts or two numbers.
pub(super) fn ordered(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => compare(left, right).unwrap_or(Ordering::Equal),
    }
}
