//! `--generate-cli-skeleton`: the whole tree of an input or an answer.

use crate::aws::model::{Kind, Operation, Shape, left_out};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// An input with empty values, of enums the first; what the lab does not simulate is null, which asks for nothing.
pub(super) fn input(shape: Shape) -> Value {
    Walk { service: None, above: Vec::new() }.tree(shape, "")
}

/// An answer with the names of its members for texts, its moments as Python prints them or in ISO 8601; whole, whatever of
/// it the lab simulates.
pub(super) fn output(operation: &Operation, iso: bool) -> Value {
    let mut page = Walk { service: Some(operation.service), above: Vec::new() }.tree(operation.output, "");
    if !iso {
        plain(&mut page);
    }
    page
}

/// An input as YAML, with what is required and what an enum takes in comments.
pub(super) fn yaml(shape: Shape) -> String {
    let mut out = String::new();
    lines(&mut out, shape, 0, false, &mut Vec::new());
    if out.is_empty() { "{}\n".to_string() } else { out }
}

/// The members of a structure; `begun` says that the first one stands behind a dash.
fn lines(out: &mut String, shape: Shape, indent: usize, begun: bool, above: &mut Vec<Shape>) {
    above.push(shape);
    for (place, member) in shape.members().iter().enumerate() {
        if place > 0 || !begun {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(member.name);
        out.push(':');
        let mut comment = if member.required { "[REQUIRED]".to_string() } else { String::new() };
        if let Kind::String { allowed, .. } = member.shape.kind()
            && !allowed.is_empty()
        {
            comment.push_str(if member.required { " " } else { "" });
            comment.push_str("Valid values are: ");
            comment.push_str(&allowed.join(", "));
            comment.push('.');
        }
        behind(out, member.shape, indent, &comment, above);
    }
    above.pop();
}

fn behind(out: &mut String, shape: Shape, indent: usize, comment: &str, above: &mut Vec<Shape>) {
    let mut end = |text: &str| {
        out.push_str(text);
        if !comment.is_empty() {
            out.push_str(" # ");
            out.push_str(comment);
        }
        out.push('\n');
    };
    match shape.kind() {
        Kind::Structure { members, .. } if members.is_empty() || above.contains(&shape) => end(" {}"),
        Kind::Structure { .. } => {
            end("");
            lines(out, shape, indent + 2, false, above);
        }
        Kind::List { item, .. } => {
            end("");
            out.push_str(&" ".repeat(indent));
            out.push('-');
            let nested = matches!(item.kind(), Kind::Structure { members, .. } if !members.is_empty());
            if nested && !above.contains(item) {
                out.push(' ');
                lines(out, *item, indent + 2, true, above);
            } else {
                behind(out, *item, indent + 2, "", above);
            }
        }
        Kind::Map { value, .. } => {
            end("");
            out.push_str(&" ".repeat(indent + 2));
            out.push_str("KeyName:");
            behind(out, *value, indent + 2, "", above);
        }
        Kind::String { allowed, .. } => match allowed.first() {
            Some(first) => end(&[" ", first].concat()),
            None => end(" ''"),
        },
        Kind::Integer(_) | Kind::Long(_) => end(" 0"),
        Kind::Double(_) => end(" 0.0"),
        Kind::Boolean => end(" true"),
        Kind::Timestamp => end(" 1970-01-01 00:00:00"),
        Kind::Blob | Kind::Unsimulated => end(" null"),
    }
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

/// The way down the shapes.
struct Walk {
    /// Of answers, the service.
    service: Option<&'static str>,
    /// The names of the structures that one is in.
    above: Vec<&'static str>,
}

impl Walk {
    fn tree(&mut self, shape: Shape, name: &str) -> Value {
        match shape.kind() {
            Kind::Structure { members, .. } => {
                if self.above.contains(&shape.name()) {
                    return Value::Object(Map::new());
                }
                self.above.push(shape.name());
                let own = members.iter().map(|member| {
                    let left = self.service.filter(|_| matches!(member.shape.kind(), Kind::Unsimulated));
                    let left = left.and_then(|service| left_out(service, shape.name(), member.name));
                    (member.name.to_string(), self.tree(left.unwrap_or(member.shape), member.name))
                });
                let own = own.collect();
                self.above.pop();
                Value::Object(own)
            }
            Kind::List { item, .. } => {
                let own = if self.service.is_some() { item.name() } else { "" };
                Value::Array(alloc::vec![self.tree(*item, if own == "str" { "String" } else { own })])
            }
            Kind::Map { value, .. } => {
                let own = self.tree(*value, "");
                Value::Object([("KeyName".to_string(), own)].into_iter().collect())
            }
            Kind::String { .. } if self.service.is_some() => name.into(),
            Kind::String { allowed, .. } => allowed.first().copied().unwrap_or_default().into(),
            Kind::Integer(_) | Kind::Long(_) => 0.into(),
            Kind::Double(_) => 0.0.into(),
            Kind::Boolean => true.into(),
            Kind::Timestamp => MOMENT.into(),
            Kind::Blob | Kind::Unsimulated => Value::Null,
        }
    }
}
