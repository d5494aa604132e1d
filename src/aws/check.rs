//! Holds a request against the model: everything that is wrong with its members, each with its path.
//!
//! What botocore's validator checks before a request leaves the machine is reported in its words and order (missing
//! members, unknown ones, then the members themselves; checked against botocore 1.44's `validate.py`). What only the
//! service checks — allowed values, upper limits, patterns — is found too, in our words.

mod constraint;
pub(crate) mod python;

pub use constraint::{constraint, validation_code};

use super::ApiError;
use super::model::{Bounds, Kind, Member, Operation, Shape};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde_json::{Map, Value};

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct InputError {
    /// The member at fault, as `containerDefinitions[0].memory`; a missing or unknown one by the name it has or should
    /// have. Empty for the request itself.
    pub path: String,
    /// What is wrong.
    pub kind: Fault,
}

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A required member is absent.
    Missing {
        /// The member's own name.
        name: &'static str,
    },
    /// The structure has no such member.
    Unknown {
        /// The name given.
        name: String,
        /// The structure it stands in; its members are the names that go.
        known: Shape,
    },
    /// A value of another type.
    WrongType {
        /// What the model wants.
        wanted: Type,
        /// What was given.
        got: Value,
    },
    /// A text that is none of the allowed values. The service's check.
    NotInEnum {
        /// The text given.
        value: String,
        /// The texts that go.
        allowed: &'static [&'static str],
    },
    /// A number below or above the limits. Botocore checks the lower one.
    OutOfRange {
        /// The number given.
        value: Value,
        /// The limits, both included.
        bounds: Bounds,
    },
    /// A whole number that does not fit its 32 or 64 bits. The service's check.
    Overflow {
        /// The number given.
        value: Value,
        /// How many bits there are.
        bits: u8,
    },
    /// A text or list that is too short or too long. Botocore checks the lower limit.
    BadLength {
        /// The text or list given.
        value: Value,
        /// How many characters or items it has.
        length: i64,
        /// The limits, both included.
        bounds: Bounds,
    },
    /// A text of another form. The service's check.
    BadPattern {
        /// The text given.
        value: String,
        /// The form as AWS publishes it.
        pattern: &'static str,
    },
    /// A union in which not exactly one member is set.
    Union {
        /// How many are set.
        set: usize,
        /// The union.
        shape: Shape,
    },
    /// A member that AWS has and the lab does not simulate.
    Unsimulated,
}

/// The types of the model, as far as a value can miss them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An object with named members, or a map.
    Object,
    /// A list.
    List,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Double,
    /// True or false.
    Boolean,
    /// A moment.
    Timestamp,
    /// Bytes.
    Blob,
}

/// All that is wrong with the input of an operation, in the order in which botocore reports it; empty if nothing is.
pub fn check(operation: &Operation, input: &Value) -> Vec<InputError> {
    check_shape(operation.input, input)
}

/// The same for any shape, its paths starting at the value.
pub fn check_shape(shape: Shape, value: &Value) -> Vec<InputError> {
    let mut check = Check { path: String::new(), found: Vec::new() };
    check.value(shape, value);
    check.found
}

impl InputError {
    /// Whether the command line and the SDKs refuse this themselves, before the service sees the request.
    pub fn client_side(&self) -> bool {
        match &self.kind {
            Fault::Missing { .. } | Fault::Unknown { .. } | Fault::Union { .. } => true,
            // To Python, True and False are whole numbers.
            Fault::WrongType { wanted, got } => !(got.is_boolean() && matches!(wanted, Type::Integer | Type::Double)),
            Fault::OutOfRange { value, bounds } => bounds.min.is_some_and(|min| below(value, min)),
            Fault::BadLength { length, bounds, .. } => bounds.min.is_some_and(|min| *length < min),
            Fault::Overflow { .. } | Fault::NotInEnum { .. } | Fault::BadPattern { .. } | Fault::Unsimulated => false,
        }
    }

    /// The refusal of a request with this fault alone: `ParamValidation`, as the command line names it, in botocore's
    /// words, or the service's `InvalidParameterException` in ours.
    pub fn refusal(&self) -> ApiError {
        if self.client_side() {
            ApiError::new("ParamValidation", format!("Parameter validation failed:\n{self}")).at(self.path.as_str())
        } else if self.kind == Fault::Unsimulated {
            ApiError::not_simulated(&self.path).at(self.path.as_str())
        } else {
            ApiError::invalid(self.to_string()).at(self.path.as_str()).in_our_words()
        }
    }

    /// The structure that holds the member `name`, as botocore calls it.
    fn structure(&self, name: &str) -> &str {
        let path = self.path.strip_suffix(name).unwrap_or(&self.path);
        root(path.strip_suffix('.').unwrap_or(path))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = root(&self.path);
        match &self.kind {
            Fault::Missing { name } => {
                write!(out, "Missing required parameter in {}: \"{name}\"", self.structure(name))
            }
            Fault::Unknown { name, known } => {
                write!(out, "Unknown parameter in {}: \"{name}\", must be one of: ", self.structure(name))?;
                list(out, known.members())
            }
            Fault::WrongType { wanted, got } => {
                let (value, class) = (python::text(got), python::class(got));
                let wanted = python::wanted(*wanted);
                write!(out, "Invalid type for parameter {path}, value: {value}, type: {class}, valid types: {wanted}")
            }
            Fault::OutOfRange { value, bounds: Bounds { min: Some(min), .. } } if below(value, *min) => {
                let value = python::text(value);
                write!(out, "Invalid value for parameter {path}, value: {value}, valid min value: {min}")
            }
            Fault::BadLength { length, bounds: Bounds { min: Some(min), .. }, .. } if length < min => {
                write!(out, "Invalid length for parameter {path}, value: {length}, valid min length: {min}")
            }
            Fault::Union { set: 0, shape } => {
                write!(out, "Must set one of the following keys for tagged unionstructure {path}: ")?;
                list(out, shape.members())?;
                out.write_str(".")
            }
            Fault::Union { shape, .. } => {
                write!(out, "Invalid number of parameters set for tagged union structure {path}. ")?;
                out.write_str("Can only set one of the following keys: ")?;
                list(out, shape.members())?;
                out.write_str(".")
            }
            Fault::NotInEnum { value, allowed } => {
                write!(out, "{path}: {value:?} is not valid. Valid values: {}", allowed.join(", "))
            }
            Fault::OutOfRange { value, bounds } => {
                write!(out, "{path}: {value} is more than {}", bounds.max.unwrap_or(i64::MAX))
            }
            Fault::Overflow { value, bits } => {
                write!(out, "{path}: {value} does not fit a whole number of {bits} bits")
            }
            Fault::BadLength { length, bounds, .. } => {
                write!(out, "{path}: a length of {length} is more than {}", bounds.max.unwrap_or(i64::MAX))
            }
            Fault::BadPattern { value, pattern } => write!(out, "{path}: {value:?} does not match {pattern}"),
            Fault::Unsimulated => write!(out, "ECS Lab does not simulate {path}."),
        }
    }
}

/// What botocore calls the request itself.
fn root(path: &str) -> &str {
    if path.is_empty() { "input" } else { path }
}

fn list(out: &mut fmt::Formatter<'_>, members: &[Member]) -> fmt::Result {
    for (place, member) in members.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(out, "{comma}{}", member.name)?;
    }
    Ok(())
}

/// A walk through a value and its shape together; the depth is the model's, never the value's.
struct Check {
    path: String,
    found: Vec<InputError>,
}

impl Check {
    fn report(&mut self, kind: Fault) {
        self.found.push(InputError { path: self.path.clone(), kind });
    }

    /// Reports at a place below, or checks what is there.
    fn below(&mut self, step: fmt::Arguments<'_>, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        // Writing to a text cannot fail.
        let _ = fmt::write(&mut self.path, step);
        then(self);
        self.path.truncate(length);
    }

    fn member(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.below(format_args!("{dot}{name}"), then);
    }

    fn value(&mut self, shape: Shape, value: &Value) {
        match (shape.kind(), value) {
            (Kind::Unsimulated, _) => self.report(Fault::Unsimulated),
            (Kind::Structure { members, union }, Value::Object(given)) => {
                if *union && given.len() != 1 {
                    self.report(Fault::Union { set: given.len(), shape });
                }
                self.structure(shape, members, given);
            }
            (Kind::Map { key, value }, Value::Object(given)) => {
                for (name, item) in given {
                    self.below(format_args!(" (key: {name})"), |check| check.text(*key, name));
                    self.member(name, |check| check.value(*value, item));
                }
            }
            (Kind::List { item, length }, Value::Array(given)) => {
                self.length(given.len(), *length, &|| value.clone());
                for (place, value) in given.iter().enumerate() {
                    self.below(format_args!("[{place}]"), |check| check.value(*item, value));
                }
            }
            (Kind::String { .. }, Value::String(text)) => self.text(shape, text),
            (Kind::Integer(bounds), Value::Number(number)) if !number.is_f64() => {
                let fits = number.as_i64().is_some_and(|number| i32::try_from(number).is_ok());
                self.number(value, *bounds, (!fits).then_some(32));
            }
            (Kind::Long(bounds), Value::Number(number)) if !number.is_f64() => {
                self.number(value, *bounds, (!number.is_i64()).then_some(64));
            }
            (Kind::Double(bounds), Value::Number(_)) => self.number(value, *bounds, None),
            (Kind::Boolean, Value::Bool(_)) | (Kind::Timestamp, Value::Number(_)) | (Kind::Blob, Value::String(_)) => {}
            (Kind::Timestamp, Value::String(text)) if SimTime::parse(text).is_ok() => {}
            (kind, got) => {
                let wanted = wanted(kind);
                self.report(Fault::WrongType { wanted, got: got.clone() });
            }
        }
    }

    fn structure(&mut self, shape: Shape, members: &'static [Member], given: &Map<String, Value>) {
        for member in members.iter().filter(|member| member.required && !given.contains_key(member.name)) {
            self.member(member.name, |check| check.report(Fault::Missing { name: member.name }));
        }
        for name in given.keys().filter(|name| shape.member(name).is_none()) {
            self.member(name, |check| check.report(Fault::Unknown { name: name.clone(), known: shape }));
        }
        for (name, value) in given {
            if let Some(member) = shape.member(name) {
                self.member(name, |check| check.value(member.shape, value));
            }
        }
    }

    fn text(&mut self, shape: Shape, text: &str) {
        let Kind::String { allowed, length, pattern } = shape.kind() else { return };
        self.length(text.chars().count(), *length, &|| Value::from(text));
        if !allowed.is_empty() && !allowed.contains(&text) {
            self.report(Fault::NotInEnum { value: text.to_string(), allowed });
        }
        if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            self.report(Fault::BadPattern { value: text.to_string(), pattern: pattern.as_str() });
        }
    }

    fn length(&mut self, length: usize, bounds: Bounds, value: &dyn Fn() -> Value) {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if !bounds.hold(length) {
            self.report(Fault::BadLength { value: value(), length, bounds });
        }
    }

    /// Holds a number against the model's limits and reports those `bits` that it does not fit.
    fn number(&mut self, value: &Value, bounds: Bounds, bits: Option<u8>) {
        let low = bounds.min.is_some_and(|min| below(value, min));
        if low || bounds.max.is_some_and(|max| above(value, max)) {
            self.report(Fault::OutOfRange { value: value.clone(), bounds });
        } else if let Some(bits) = bits {
            self.report(Fault::Overflow { value: value.clone(), bits });
        }
    }
}

fn below(value: &Value, min: i64) -> bool {
    match value.as_i64() {
        Some(number) => number < min,
        None => !value.is_u64() && value.as_f64().is_some_and(|number| number < min as f64),
    }
}

fn above(value: &Value, max: i64) -> bool {
    match value.as_i64() {
        Some(number) => number > max,
        None => value.is_u64() || value.as_f64().is_some_and(|number| number > max as f64),
    }
}

fn wanted(kind: &Kind) -> Type {
    match kind {
        Kind::Structure { .. } | Kind::Map { .. } | Kind::Unsimulated => Type::Object,
        Kind::List { .. } => Type::List,
        Kind::String { .. } => Type::String,
        Kind::Integer(_) | Kind::Long(_) => Type::Integer,
        Kind::Double(_) => Type::Double,
        Kind::Boolean => Type::Boolean,
        Kind::Timestamp => Type::Timestamp,
        Kind::Blob => Type::Blob,
    }
}

#[cfg(test)]
mod tests;
