//! The functions, with the checks and messages of jmespath.py 1.1.

use super::number;
use super::parser::Node;
use super::run::{Budget, ordered, visit};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use serde_json::{Map, Value};

/// What each argument may be, and whether the last one repeats. An empty list takes anything.
type Signature = (&'static str, &'static [&'static [&'static str]], bool);

const ANY: &[&str] = &[];

const SIGNATURES: &[Signature] = &[
    ("abs", &[&["number"]], false),
    ("avg", &[&["array-number"]], false),
    ("ceil", &[&["number"]], false),
    ("contains", &[&["array", "string"], ANY], false),
    ("ends_with", &[&["string"], &["string"]], false),
    ("floor", &[&["number"]], false),
    ("join", &[&["string"], &["array-string"]], false),
    ("keys", &[&["object"]], false),
    ("length", &[&["string", "array", "object"]], false),
    ("map", &[&["expref"], &["array"]], false),
    ("max", &[&["array-number", "array-string"]], false),
    ("max_by", &[&["array"], &["expref"]], false),
    ("merge", &[&["object"]], true),
    ("min", &[&["array-number", "array-string"]], false),
    ("min_by", &[&["array"], &["expref"]], false),
    ("not_null", &[ANY], true),
    ("reverse", &[&["array", "string"]], false),
    ("sort", &[&["array-string", "array-number"]], false),
    ("sort_by", &[&["array"], &["expref"]], false),
    ("starts_with", &[&["string"], &["string"]], false),
    ("sum", &[&["array-number"]], false),
    ("to_array", &[ANY], false),
    ("to_number", &[ANY], false),
    ("to_string", &[ANY], false),
    ("type", &[ANY], false),
    ("values", &[&["object"]], false),
];

/// An argument that was evaluated, or an expression for the function to apply.
enum Argument<'a> {
    Value(Cow<'a, Value>),
    Expression(&'a Node),
}

impl Argument<'_> {
    fn value(&self) -> &Value {
        match self {
            Argument::Value(value) => value.as_ref(),
            Argument::Expression(_) => &Value::Null,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Argument::Value(value) => kind(value),
            Argument::Expression(_) => "expref",
        }
    }

    fn shown(&self) -> String {
        match self {
            Argument::Value(value) => number::text(value),
            Argument::Expression(_) => "an expression".to_string(),
        }
    }
}

/// The type in JMESPath's word.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

pub(super) fn call(name: &str, nodes: &[Node], value: &Value, budget: &Budget) -> Result<Value, String> {
    let mut arguments = Vec::new();
    for node in nodes {
        arguments.push(match node {
            Node::Expression(inside) => Argument::Expression(inside),
            node => Argument::Value(visit(node, value, budget)?),
        });
    }
    let Some((_, wanted, repeats)) = SIGNATURES.iter().find(|(own, ..)| *own == name) else {
        return Err(format!("Unknown function: {name}()"));
    };
    let (least, given) = (wanted.len(), arguments.len());
    if given < least || (given > least && !repeats) {
        let words = if *repeats { "Expected at least" } else { "Expected" };
        let plural = if least == 1 { "argument" } else { "arguments" };
        return Err(format!("{words} {least} {plural} for function {name}(), received {given}"));
    }
    for (argument, wanted) in arguments.iter().zip(*wanted) {
        allowed(name, argument, wanted)?;
    }
    apply(name, &arguments, budget)
}

fn wrong(name: &str, shown: &str, wanted: &[&str], got: &str) -> String {
    let wanted: Vec<String> = wanted.iter().map(|own| format!("'{own}'")).collect();
    let wanted = wanted.join(", ");
    format!("In function {name}(), invalid type for value: {shown}, expected one of: [{wanted}], received: \"{got}\"")
}

fn allowed(name: &str, argument: &Argument<'_>, wanted: &[&str]) -> Result<(), String> {
    if wanted.is_empty() {
        return Ok(());
    }
    let own = argument.kind();
    if !wanted.iter().any(|wanted| wanted.split('-').next() == Some(own)) {
        return Err(wrong(name, &argument.shown(), wanted, own));
    }
    let items = argument.value().as_array().map(Vec::as_slice).unwrap_or_default();
    let inner: Vec<&str> = wanted.iter().filter_map(|wanted| wanted.split_once('-')).map(|(_, inner)| inner).collect();
    let (Some(first), false) = (items.first(), inner.is_empty()) else { return Ok(()) };
    let fits = if inner.len() == 1 { inner.first() } else { inner.iter().find(|inner| **inner == kind(first)) };
    let wrong_item = items.iter().find(|item| fits.is_none_or(|fits| *fits != kind(item)));
    match wrong_item {
        Some(item) => Err(wrong(name, &number::text(item), wanted, number::class(item))),
        None => Ok(()),
    }
}

fn apply(name: &str, arguments: &[Argument<'_>], budget: &Budget) -> Result<Value, String> {
    let value = |place: usize| arguments.get(place).map_or(&Value::Null, Argument::value);
    let items = |place: usize| value(place).as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |place: usize| value(place).as_str().unwrap_or_default();
    let copies = |all: &mut dyn Iterator<Item = &Value>| {
        all.map(|own| budget.copy(own)).collect::<Result<_, String>>().map(Value::Array)
    };
    let float = |value: &Value| value.as_f64().unwrap_or_default();
    Ok(match name {
        "abs" => match value(0).as_i64() {
            Some(own) => own.saturating_abs().into(),
            None => {
                let own = float(value(0));
                if own < 0.0 { (-own).into() } else { own.into() }
            }
        },
        "avg" if items(0).is_empty() => Value::Null,
        "avg" => (items(0).iter().map(float).sum::<f64>() / items(0).len() as f64).into(),
        "sum" => match items(0).iter().map(Value::as_i64).try_fold(0i64, |sum, own| sum.checked_add(own?)) {
            Some(sum) => sum.into(),
            None => items(0).iter().map(float).sum::<f64>().into(),
        },
        "ceil" | "floor" => rounded(value(0), name == "ceil"),
        "contains" => match value(0) {
            Value::String(own) => match value(1) {
                Value::String(part) => own.contains(part.as_str()).into(),
                part => {
                    let class = number::class(part);
                    return Err(format!("'in <string>' requires string as left operand, not {class}"));
                }
            },
            _ => items(0).iter().any(|own| number::equal(own, value(1))).into(),
        },
        "ends_with" => text(0).ends_with(text(1)).into(),
        "starts_with" => text(0).starts_with(text(1)).into(),
        "join" => {
            let items: Vec<&str> = items(1).iter().filter_map(Value::as_str).collect();
            budget.room(items.iter().map(|own| own.len()).sum::<usize>() + items.len() * text(0).len())?;
            budget.made(items.join(text(0)))?
        }
        "keys" => value(0).as_object().into_iter().flatten().map(|(name, _)| Value::from(name.as_str())).collect(),
        "values" => copies(&mut value(0).as_object().into_iter().flatten().map(|(_, own)| own))?,
        "length" => match value(0) {
            Value::String(own) => own.chars().count().into(),
            Value::Object(own) => own.len().into(),
            _ => items(0).len().into(),
        },
        "map" => {
            let mut found = Vec::new();
            for item in items(1) {
                found.push(budget.own(applied(arguments.first(), item, budget)?)?);
            }
            Value::Array(found)
        }
        "max" => budget.copy(best(items(0).iter(), Ordering::Greater).unwrap_or(&Value::Null))?,
        "min" => budget.copy(best(items(0).iter(), Ordering::Less).unwrap_or(&Value::Null))?,
        "max_by" | "min_by" | "sort_by" => by(name, items(0), arguments.get(1), budget)?,
        "merge" => {
            if let Some(other) = arguments.iter().map(Argument::value).find(|own| !own.is_object()) {
                return Err(no_pairs(other));
            }
            let all = arguments.iter().filter_map(|own| own.value().as_object()).flatten();
            let copy = |(name, own): (&String, &Value)| Ok((name.clone(), budget.copy(own)?));
            Value::Object(all.map(copy).collect::<Result<Map<_, _>, String>>()?)
        }
        "not_null" => {
            budget.copy(arguments.iter().map(Argument::value).find(|own| !own.is_null()).unwrap_or(&Value::Null))?
        }
        "reverse" => match value(0) {
            Value::String(own) => own.chars().rev().collect::<String>().into(),
            _ => copies(&mut items(0).iter().rev())?,
        },
        "sort" => {
            let mut own: Vec<&Value> = items(0).iter().collect();
            crate::sim::order::sort_by(&mut own, |left, right| ordered(left, right));
            copies(&mut own.into_iter())?
        }
        "to_array" if value(0).is_array() => budget.copy(value(0))?,
        "to_array" => copies(&mut [value(0)].into_iter())?,
        "to_number" => match value(0) {
            Value::Number(_) => value(0).clone(),
            Value::String(own) => {
                let own = own.trim();
                own.parse::<i64>().map(Value::from).or_else(|_| own.parse::<f64>().map(Value::from)).unwrap_or_default()
            }
            _ => Value::Null,
        },
        "to_string" => match value(0) {
            Value::String(_) => budget.copy(value(0))?,
            own => budget.made(crate::shell::print::compact(own))?,
        },
        _ => arguments.first().map_or("null", Argument::kind).into(),
    })
}

/// The whole number above or below.
fn rounded(value: &Value, up: bool) -> Value {
    match value.as_f64().filter(|_| value.is_f64()) {
        None => value.clone(),
        Some(own) => {
            let cut = own as i64;
            let step = i64::from(up && own > cut as f64) - i64::from(!up && own < cut as f64);
            (cut + step).into()
        }
    }
}

/// What Python says of a value that it is to take pairs from.
fn no_pairs(value: &Value) -> String {
    let length = match value {
        Value::String(own) => own.chars().next().map(|_| 1),
        Value::Array(items) => match items.first() {
            Some(Value::String(own)) => Some(own.chars().count()),
            Some(Value::Array(own)) => Some(own.len()),
            Some(Value::Object(own)) => Some(own.len()),
            Some(_) => return "cannot convert dictionary update sequence element #0 to a sequence".to_string(),
            None => None,
        },
        other => return format!("'{}' object is not iterable", number::class(other)),
    };
    let length = length.unwrap_or_default();
    format!("dictionary update sequence element #0 has length {length}; 2 is required")
}

fn applied<'a>(argument: Option<&Argument<'a>>, item: &'a Value, budget: &Budget) -> Result<Cow<'a, Value>, String> {
    match argument {
        Some(Argument::Expression(node)) => visit(node, item, budget),
        _ => Ok(Cow::Borrowed(&Value::Null)),
    }
}

/// The first of the greatest or least.
fn best<'a>(items: impl Iterator<Item = &'a Value>, wanted: Ordering) -> Option<&'a Value> {
    let mut best: Option<&Value> = None;
    for item in items {
        if best.is_none_or(|best| ordered(item, best) == wanted) {
            best = Some(item);
        }
    }
    best
}

fn by(name: &str, items: &[Value], argument: Option<&Argument<'_>>, budget: &Budget) -> Result<Value, String> {
    let both = ["number", "string"];
    let mut wanted: Vec<&str> = both.to_vec();
    let mut keyed: Vec<(Cow<'_, Value>, &Value)> = Vec::new();
    for item in items {
        let key = applied(argument, item, budget)?;
        let own = kind(&key);
        if name == "sort_by" && keyed.is_empty() {
            if !both.contains(&own) {
                return Err(wrong(name, &number::text(item), &["string", "number"], own));
            }
            wanted = alloc::vec![own];
        }
        if !wanted.contains(&own) {
            return Err(wrong(name, &number::text(&key), &wanted, own));
        }
        keyed.push((key, item));
    }
    if name == "sort_by" {
        crate::sim::order::sort_by(&mut keyed, |left, right| ordered(&left.0, &right.0));
        return keyed.into_iter().map(|(_, item)| budget.copy(item)).collect();
    }
    let wanted = if name == "max_by" { Ordering::Greater } else { Ordering::Less };
    let best = best(keyed.iter().map(|(key, _)| key.as_ref()), wanted);
    let item = best.and_then(|best| keyed.iter().find(|(key, _)| core::ptr::eq(key.as_ref(), best)));
    budget.copy(item.map_or(&Value::Null, |(_, item)| item))
}
