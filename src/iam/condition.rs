//! The condition operators (reference 4.2): AND across operators and keys, OR across the values of one key; of a negated
//! operator none may match.

use super::policy::{arn_like, like, texts};
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use serde_json::Value;

/// What is known about a request: condition keys, whose case does not count, each with its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context(Vec<(String, Vec<String>)>);

impl Context {
    /// The values of a key; none when the request has no such key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        let found = self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
        found.map(|(_, values)| values.as_slice())
    }

    /// Adds a key, or a value to it.
    pub fn add(&mut self, key: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.into()),
            None => self.0.push((key.to_string(), alloc::vec![value.into()])),
        }
    }

    /// Adds the keys of another, which hold over the own.
    pub fn extend(&mut self, other: &Context) {
        self.0.retain(|(own, _)| other.get(own).is_none());
        self.0.extend(other.0.iter().cloned());
    }

    /// A pattern with its policy variables, `${aws:username}`, filled in. None when the request has no such key.
    pub(super) fn filled(&self, pattern: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}')?;
            out += before;
            out += match name {
                // The only way to write the signs themselves.
                "*" | "?" | "$" => name,
                _ => self.get(name)?.first()?,
            };
            rest = behind;
        }
        out += rest;
        Some(out)
    }
}

/// One key under one operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    operator: &'static Operator,
    sets: Sets,
    if_exists: bool,
    key: String,
    values: Vec<String>,
}

/// How the values of a request are quantified.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sets {
    None,
    Any,
    All,
}

#[derive(Debug)]
struct Operator {
    name: &'static str,
    negated: bool,
    matches: fn(&str, &str) -> bool,
}

impl PartialEq for Operator {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn operator(name: &'static str, negated: bool, matches: fn(&str, &str) -> bool) -> Operator {
    Operator { name, negated, matches }
}

/// Each takes the policy's value, then the request's.
static OPERATORS: [Operator; 26] = [
    operator("StringEquals", false, |own, asked| own == asked),
    operator("StringNotEquals", true, |own, asked| own == asked),
    operator("StringEqualsIgnoreCase", false, |own, asked| own.eq_ignore_ascii_case(asked)),
    operator("StringNotEqualsIgnoreCase", true, |own, asked| own.eq_ignore_ascii_case(asked)),
    operator("StringLike", false, like),
    operator("StringNotLike", true, like),
    operator("ArnEquals", false, arn_like),
    operator("ArnLike", false, arn_like),
    operator("ArnNotEquals", true, arn_like),
    operator("ArnNotLike", true, arn_like),
    operator("Bool", false, |own, asked| own.eq_ignore_ascii_case(asked)),
    operator("Null", false, |_, _| false),
    operator("NumericEquals", false, |own, asked| number(own, asked).is_some_and(Ordering::is_eq)),
    operator("NumericNotEquals", true, |own, asked| number(own, asked).is_some_and(Ordering::is_eq)),
    operator("NumericLessThan", false, |own, asked| number(own, asked).is_some_and(Ordering::is_lt)),
    operator("NumericLessThanEquals", false, |own, asked| number(own, asked).is_some_and(Ordering::is_le)),
    operator("NumericGreaterThan", false, |own, asked| number(own, asked).is_some_and(Ordering::is_gt)),
    operator("NumericGreaterThanEquals", false, |own, asked| number(own, asked).is_some_and(Ordering::is_ge)),
    operator("DateEquals", false, |own, asked| date(own, asked).is_some_and(Ordering::is_eq)),
    operator("DateNotEquals", true, |own, asked| date(own, asked).is_some_and(Ordering::is_eq)),
    operator("DateLessThan", false, |own, asked| date(own, asked).is_some_and(Ordering::is_lt)),
    operator("DateLessThanEquals", false, |own, asked| date(own, asked).is_some_and(Ordering::is_le)),
    operator("DateGreaterThan", false, |own, asked| date(own, asked).is_some_and(Ordering::is_gt)),
    operator("DateGreaterThanEquals", false, |own, asked| date(own, asked).is_some_and(Ordering::is_ge)),
    operator("IpAddress", false, in_range),
    operator("NotIpAddress", true, in_range),
];

impl Test {
    /// The tests of a `Condition` element; none when it is none.
    pub(super) fn read(value: &Value) -> Option<Vec<Self>> {
        let mut tests = Vec::new();
        for (name, keys) in value.as_object()? {
            let (sets, rest) = match name.split_once(':') {
                None => (Sets::None, name.as_str()),
                Some(("ForAnyValue", rest)) => (Sets::Any, rest),
                Some(("ForAllValues", rest)) => (Sets::All, rest),
                Some(_) => return None,
            };
            let (rest, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |rest| (rest, true));
            let operator = OPERATORS.iter().find(|own| own.name == rest)?;
            for (key, value) in keys.as_object()? {
                let values = match value {
                    Value::Bool(_) | Value::Number(_) => alloc::vec![value.to_string()],
                    _ => texts(value)?,
                };
                tests.push(Self { operator, sets, if_exists, key: key.clone(), values });
            }
        }
        Some(tests)
    }

    /// Whether the request passes.
    pub(super) fn passes(&self, context: &Context) -> bool {
        let asked = context.get(&self.key);
        if self.operator.name == "Null" {
            // "true" wants the key to be missing.
            return self.values.iter().any(|own| (own == "true") == asked.is_none());
        }
        let Some(asked) = asked else {
            return self.if_exists || self.operator.negated || self.sets == Sets::All;
        };
        let one = |asked: &String| {
            let matches = |own: &String| context.filled(own).is_some_and(|own| (self.operator.matches)(&own, asked));
            self.values.iter().any(matches) != self.operator.negated
        };
        match self.sets {
            Sets::Any => asked.iter().any(one),
            Sets::All => asked.iter().all(one),
            // A key with one value; of several all are held against a negated operator, one is enough otherwise.
            Sets::None if self.operator.negated => asked.iter().all(one),
            Sets::None => asked.iter().any(one),
        }
    }
}

/// How the request's number compares with the policy's.
fn number(own: &str, asked: &str) -> Option<Ordering> {
    let (own, asked): (f64, f64) = (own.parse().ok()?, asked.parse().ok()?);
    asked.partial_cmp(&own)
}

fn date(own: &str, asked: &str) -> Option<Ordering> {
    Some(moment(asked)?.cmp(&moment(own)?))
}

/// ISO-8601, or seconds since the epoch.
fn moment(text: &str) -> Option<SimTime> {
    match text.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(1000).map(SimTime::from_millis),
        Err(_) => SimTime::parse(text).ok(),
    }
}

/// Whether an IPv4 address lies in a range such as `203.0.113.0/24`.
fn in_range(range: &str, address: &str) -> bool {
    let (base, bits) = range.split_once('/').unwrap_or((range, "32"));
    let (Some(base), Some(address), Ok(bits)) = (ipv4(base), ipv4(address), bits.parse::<u32>()) else { return false };
    let mask = if bits == 0 { 0 } else { u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(u32::MAX) };
    bits <= 32 && base & mask == address & mask
}

fn ipv4(text: &str) -> Option<u32> {
    text.parse::<core::net::Ipv4Addr>().ok().map(u32::from)
}
