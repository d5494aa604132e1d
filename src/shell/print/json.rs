//! JSON as Python prints it.

use crate::aws::check::python;
use alloc::string::String;
use serde_json::Value;

/// With an indent of four, as `--output json`; other scripts stay as they are.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0));
    out
}

/// On one line without spaces, as JMESPath's `to_string`; other scripts go as escapes.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None);
    out
}

fn write(out: &mut String, value: &Value, depth: Option<usize>) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                separate(out, place, depth);
                write(out, item, depth.map(|depth| depth + 1));
            }
            close(out, items.is_empty(), depth, ']');
        }
        Value::Object(members) => {
            out.push('{');
            for (place, (name, item)) in members.iter().enumerate() {
                separate(out, place, depth);
                quoted(out, name, depth.is_none());
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write(out, item, depth.map(|depth| depth + 1));
            }
            close(out, members.is_empty(), depth, '}');
        }
        Value::String(text) => quoted(out, text, depth.is_none()),
        Value::Number(_) => out.push_str(&python::text(value)),
        Value::Null => out.push_str("null"),
        Value::Bool(own) => out.push_str(if *own { "true" } else { "false" }),
    }
}

fn separate(out: &mut String, place: usize, depth: Option<usize>) {
    if place > 0 {
        out.push(',');
    }
    if let Some(depth) = depth {
        line(out, depth + 1);
    }
}

fn close(out: &mut String, empty: bool, depth: Option<usize>, sign: char) {
    if let (Some(depth), false) = (depth, empty) {
        line(out, depth);
    }
    out.push(sign);
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("    ");
    }
}

/// A JSON text; Python also escapes the sign that ends a control sequence's start.
fn quoted(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            sign if sign < ' ' || (ascii && !sign.is_ascii()) => {
                let mut units = [0u16; 2];
                for unit in sign.encode_utf16(&mut units) {
                    out.push_str(&alloc::format!("\\u{unit:04x}"));
                }
            }
            sign => out.push(sign),
        }
    }
    out.push('"');
}
