//! The service's answer as botocore hands it over: the model's members in the model's order, moments as the generation
//! shows them.

use super::Generation;
use crate::aws::model::{Kind, Operation, Shape};
use crate::aws::wire;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The answer of an operation.
pub(super) fn shaped(operation: &Operation, reply: &Value, generation: Generation) -> Value {
    let xml = wire::XML.contains(&operation.service);
    // CloudWatch speaks three protocols; what the newest of each generation chooses carries moments as numbers.
    let written = xml && operation.service != "cloudwatch";
    match reply {
        Value::Object(_) => value(operation.output, reply, Wire { xml, written, generation }),
        _ => Value::Object(Map::new()),
    }
}

/// How moments come, and how they are shown.
#[derive(Clone, Copy)]
struct Wire {
    xml: bool,
    /// Whether moments come as texts.
    written: bool,
    generation: Generation,
}

fn value(shape: Shape, own: &Value, wire: Wire) -> Value {
    match (shape.kind(), own) {
        (Kind::Structure { members, .. }, Value::Object(given)) => {
            let there = |name: &&str| given.get(*name).is_some_and(|own| !own.is_null());
            let mut map = Map::new();
            for member in members.iter().filter(|member| there(&member.name)) {
                if let Some(own) = given.get(member.name) {
                    map.insert(member.name.to_string(), value(member.shape, own, wire));
                }
            }
            Value::Object(map)
        }
        (Kind::List { item, .. }, Value::Array(items)) => items.iter().map(|own| value(*item, own, wire)).collect(),
        (Kind::Map { value: shape, .. }, Value::Object(given)) => {
            given.iter().map(|(name, own)| (name.clone(), value(*shape, own, wire))).collect()
        }
        (Kind::Timestamp, own) => moment(own, wire),
        (Kind::Double(_), Value::Number(number)) if wire.xml => number.as_f64().map_or(Value::Null, Value::from),
        (Kind::String { .. }, Value::String(text)) if shape.name() == "policyDocumentType" => document(text),
        _ => own.clone(),
    }
}

fn moment(own: &Value, wire: Wire) -> Value {
    let time = match own {
        Value::Number(number) => number.as_f64().map(|seconds| SimTime::from_millis(round(seconds * 1000.0))),
        Value::String(text) => SimTime::parse(text).ok(),
        _ => None,
    };
    match (wire.generation, time) {
        (Generation::V1, Some(time)) if wire.written => time.to_string().into(),
        (Generation::V2, Some(time)) => iso(time).into(),
        _ => own.clone(),
    }
}

fn round(number: f64) -> i64 {
    (if number < 0.0 { number - 0.5 } else { number + 0.5 }) as i64
}

/// Python's ISO 8601, in UTC.
fn iso(time: SimTime) -> String {
    let c = time.civil();
    let fraction = if c.milli == 0 { String::new() } else { format!(".{:03}000", c.milli) };
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}+00:00", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

/// IAM's documents come with signs as `%7B`; botocore reads them.
fn document(text: &str) -> Value {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: Vec<u8> = rest.by_ref().take(2).collect();
        let code = core::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(byte));
    }
    let plain = String::from_utf8_lossy(&bytes).into_owned();
    serde_json::from_str(&plain).unwrap_or_else(|_| text.into())
}
