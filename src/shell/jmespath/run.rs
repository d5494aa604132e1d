//! A tree and a value → what the query finds.

use super::functions;
use super::number::{self, compare, equal};
use super::parser::Node;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;
use core::cmp::Ordering;
use serde_json::{Map, Value};

/// As many values as one query may copy or make; a text counts for one and for each [`TEXT_BYTES`] of it.
const MOST_VALUES: usize = 1_000_000;

const TEXT_BYTES: usize = 16;

/// What a query may still copy and make: a value is lent as long as it can be, and what is put together of it is a copy.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST_VALUES))
    }

    /// Takes so many values.
    ///
    /// # Errors
    /// There are not so many left.
    fn take(&self, values: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(values);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| "the query finds too much".to_string())
    }

    /// A copy of a value.
    pub(super) fn copy(&self, value: &Value) -> Result<Value, String> {
        self.weigh(value)?;
        Ok(value.clone())
    }

    /// The value itself where nobody else has it, else a copy.
    pub(super) fn own(&self, value: Cow<'_, Value>) -> Result<Value, String> {
        match value {
            Cow::Borrowed(value) => self.copy(value),
            Cow::Owned(value) => Ok(value),
        }
    }

    /// Whether there is room for a text of so many bytes.
    pub(super) fn room(&self, bytes: usize) -> Result<(), String> {
        if bytes / TEXT_BYTES > self.0.get() { self.take(usize::MAX) } else { Ok(()) }
    }

    /// A text that was made.
    pub(super) fn made(&self, text: String) -> Result<Value, String> {
        self.take(1 + text.len() / TEXT_BYTES)?;
        Ok(text.into())
    }

    fn weigh(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::String(text) => self.take(1 + text.len() / TEXT_BYTES),
            Value::Array(items) => self.take(1).and_then(|()| items.iter().try_for_each(|own| self.weigh(own))),
            Value::Object(map) => {
                self.take(1 + map.len()).and_then(|()| map.values().try_for_each(|own| self.weigh(own)))
            }
            _ => self.take(1),
        }
    }
}

const NULL: Cow<'_, Value> = Cow::Borrowed(&Value::Null);

pub(super) fn visit<'a>(node: &'a Node, value: &'a Value, budget: &Budget) -> Result<Cow<'a, Value>, String> {
    let visit = |node: &'a Node| visit(node, value, budget);
    let all = |items: Vec<Value>| Cow::Owned(Value::Array(items));
    match node {
        Node::Identity => Ok(Cow::Borrowed(value)),
        Node::Field(name) => Ok(value.as_object().and_then(|map| map.get(name)).map_or(NULL, Cow::Borrowed)),
        Node::Literal(own) => Ok(Cow::Borrowed(own)),
        Node::Chain(steps) => chain(steps, value, budget),
        Node::Index(place) => Ok(item(value, *place).map_or(NULL, Cow::Borrowed)),
        Node::Slice(from, to, step) => match value {
            Value::Array(items) => slice(items, (*from, *to, *step), budget).map(all),
            _ => Ok(NULL),
        },
        Node::Projection(left, right) => match visit(left)?.as_ref() {
            Value::Array(items) => each(items.iter(), right, None, budget).map(all),
            _ => Ok(NULL),
        },
        Node::ValueProjection(left, right) => match visit(left)?.as_ref() {
            Value::Object(map) => each(map.values(), right, None, budget).map(all),
            _ => Ok(NULL),
        },
        Node::FilterProjection(left, right, condition) => match visit(left)?.as_ref() {
            Value::Array(items) => each(items.iter(), right, Some(condition), budget).map(all),
            _ => Ok(NULL),
        },
        Node::Flatten(inside) => flatten(visit(inside)?, budget),
        Node::Or(left, right) => {
            let own = visit(left)?;
            if is_false(&own) { visit(right) } else { Ok(own) }
        }
        Node::And(left, right) => {
            let own = visit(left)?;
            if is_false(&own) { Ok(own) } else { visit(right) }
        }
        Node::Not(inside) => Ok(Cow::Owned(is_false(visit(inside)?.as_ref()).into())),
        Node::Compare(name, left, right) => {
            compared(name, visit(left)?.as_ref(), visit(right)?.as_ref()).map(Cow::Owned)
        }
        Node::List(_) | Node::Map(_) if value.is_null() => Ok(NULL),
        Node::List(nodes) => {
            budget.take(1)?;
            nodes.iter().map(|node| budget.own(visit(node)?)).collect::<Result<_, _>>().map(all)
        }
        Node::Map(pairs) => {
            budget.take(1 + pairs.len())?;
            let mut map = Map::new();
            for (name, node) in pairs {
                map.insert(name.clone(), budget.own(visit(node)?)?);
            }
            Ok(Cow::Owned(Value::Object(map)))
        }
        Node::Call(name, arguments) => functions::call(name, arguments, value, budget).map(Cow::Owned),
        // Only functions take one; they look at the node itself.
        Node::Expression(_) => Ok(NULL),
    }
}

fn chain<'a>(steps: &'a [Node], value: &'a Value, budget: &Budget) -> Result<Cow<'a, Value>, String> {
    let mut own = None;
    for step in steps {
        own = Some(match own {
            None => visit(step, value, budget)?,
            Some(Cow::Borrowed(own)) => visit(step, own, budget)?,
            Some(Cow::Owned(own)) => Cow::Owned(budget.own(visit(step, &own, budget)?)?),
        });
    }
    Ok(own.unwrap_or(NULL))
}

fn flatten<'a>(value: Cow<'a, Value>, budget: &Budget) -> Result<Cow<'a, Value>, String> {
    let Value::Array(items) = value.as_ref() else { return Ok(NULL) };
    let mut flat = Vec::new();
    for item in items {
        match item {
            Value::Array(inner) => {
                for own in inner {
                    flat.push(budget.copy(own)?);
                }
            }
            other => flat.push(budget.copy(other)?),
        }
    }
    Ok(Cow::Owned(Value::Array(flat)))
}

fn each<'a>(
    items: impl Iterator<Item = &'a Value>,
    right: &Node,
    condition: Option<&Node>,
    budget: &Budget,
) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for item in items {
        if let Some(condition) = condition
            && is_false(visit(condition, item, budget)?.as_ref())
        {
            continue;
        }
        let own = visit(right, item, budget)?;
        if !own.is_null() {
            found.push(budget.own(own)?);
        }
    }
    Ok(found)
}

fn item(value: &Value, place: i64) -> Option<&Value> {
    let items = value.as_array()?;
    let place = if place < 0 { place.checked_add(i64::try_from(items.len()).ok()?)? } else { place };
    items.get(usize::try_from(place).ok()?)
}

/// Python's slices.
fn slice(
    items: &[Value],
    (from, to, step): (Option<i64>, Option<i64>, Option<i64>),
    budget: &Budget,
) -> Result<Vec<Value>, String> {
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
        if let Some(own) = usize::try_from(at).ok().and_then(|at| items.get(at)) {
            found.push(budget.copy(own)?);
        }
        at = at.saturating_add(step);
    }
    Ok(found)
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
