//! `--output yaml`, in the style of ruamel.yaml's safe dumper: names in order, no flow, texts quoted only where they must be.

use crate::aws::check::python;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Signs with a letter of their own in double quotes.
const ESCAPES: [(char, char); 12] = [
    ('"', '"'),
    ('\\', '\\'),
    ('\0', '0'),
    ('\u{7}', 'a'),
    ('\u{8}', 'b'),
    ('\t', 't'),
    ('\n', 'n'),
    ('\u{b}', 'v'),
    ('\u{c}', 'f'),
    ('\r', 'r'),
    ('\u{1b}', 'e'),
    ('\u{85}', 'N'),
];

/// The width at which a long text is folded.
const WIDTH: usize = 80;

/// A value as YAML; a lone scalar as JSON.
pub fn yaml(value: &Value) -> String {
    if !value.is_array() && !value.is_object() {
        return super::json::pretty(value) + "\n";
    }
    let mut out = String::new();
    write(&mut out, value, 0, false);
    out
}

/// Writes a value that stands after `name:` or `-`, or alone; `in_map` says that a name stands before it.
fn write(out: &mut String, value: &Value, indent: usize, in_map: bool) {
    match value {
        Value::Array(items) if items.is_empty() => end(out, "[]"),
        Value::Object(map) if map.is_empty() => end(out, "{}"),
        Value::Array(items) => {
            // A list under a name is not indented further.
            let indent = if in_map { indent.saturating_sub(2) } else { indent };
            for (place, item) in items.iter().enumerate() {
                if place > 0 || in_map {
                    start(out, indent, in_map && place == 0);
                }
                out.push('-');
                below(out, item, indent + 2, false);
            }
        }
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            crate::sim::order::sort_by(&mut names, |left, right| left.cmp(right));
            for (place, name) in names.into_iter().enumerate() {
                if place > 0 || in_map {
                    start(out, indent, in_map && place == 0);
                }
                out.push_str(&scalar(name, None, indent));
                out.push(':');
                below(out, map.get(name).unwrap_or(&Value::Null), indent + 2, true);
            }
        }
        Value::String(text) => {
            let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
            end(out, &scalar(text, Some(column), indent));
        }
        Value::Number(_) => end(out, &python::text(value)),
        Value::Null => end(out, "null"),
        Value::Bool(own) => end(out, if *own { "true" } else { "false" }),
    }
}

fn end(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn start(out: &mut String, indent: usize, first: bool) {
    if first && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
}

fn below(out: &mut String, value: &Value, indent: usize, in_map: bool) {
    let nested = match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    };
    if !(nested && in_map) {
        out.push(' ');
    }
    write(out, value, indent, in_map && nested);
}

/// A text as a scalar: plain, in single quotes, or in double quotes. One that begins in a known column is folded where it
/// is long; a name stands on one line.
fn scalar(text: &str, column: Option<usize>, indent: usize) -> String {
    let special = text.chars().any(|sign| sign.is_control() || !(' '..='\u{d7ff}').contains(&sign));
    if special {
        return double(text);
    }
    let folded = |text: &str, quote: usize| match column {
        Some(column) => fold(text, column + quote, indent),
        None => text.to_string(),
    };
    if plain(text) {
        return folded(text, 0);
    }
    format!("'{}'", folded(&text.replace('\'', "''"), 1))
}

/// A long text is broken between words.
fn fold(text: &str, column: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut at = column;
    for (place, word) in text.split(' ').enumerate() {
        let (before, after) = (out.ends_with(' ') || word.is_empty(), at > WIDTH);
        if place > 0 {
            if after && !before && !out.is_empty() {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                at = indent;
            } else {
                out.push(' ');
                at += 1;
            }
        }
        out.push_str(word);
        at += word.chars().count();
    }
    out
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        let escape = ESCAPES.iter().find(|(own, _)| *own == sign).map(|(_, letter)| *letter);
        match (escape, u32::from(sign)) {
            (Some(letter), _) => out.extend(['\\', letter]),
            (None, code) if sign.is_control() => out.push_str(&format!("\\x{code:02X}")),
            // A byte order mark, and what is no character.
            (None, code @ (0xFEFF | 0xFFFE | 0xFFFF)) => out.push_str(&format!("\\u{code:04X}")),
            (None, _) => out.push(sign),
        }
    }
    out.push('"');
    out
}

/// Whether a text needs no quotes: it would be read back as the same text.
fn plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let starts_badly =
        ",[]{}#&*!|>'\"%@`".contains(first) || ("-?:".contains(first) && second.is_none_or(|own| own == ' '));
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    !(starts_badly
        || inside
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.starts_with("---")
        || means_else(text))
}

/// Whether YAML would read a number, a moment, a truth value or nothing.
fn means_else(text: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "~"];
    let low = text.to_lowercase();
    let cased = low == text
        || text == text.to_uppercase()
        || text.get(1..).is_some_and(|rest| rest == low.get(1..).unwrap_or_default());
    if cased && words.contains(&low.as_str()) || text == "=" || text == "<<" {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit() || sign == '_');
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = number.replace(['.', ':'], "");
    let exponent = number.split_once(['e', 'E']).is_some_and(|(left, right)| {
        digits(&left.replace('.', "")) && digits(right.strip_prefix(['-', '+']).unwrap_or(right)) && left.contains('.')
    });
    let hex = number
        .strip_prefix("0x")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|sign| sign.is_ascii_hexdigit()));
    let points = number.matches('.').count();
    let sexagesimal = number.contains(':') && number.split(':').skip(1).all(|part| part.len() <= 2);
    let numeric = number.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.')
        && digits(&whole)
        && points <= 1
        && (!number.contains(':') || sexagesimal);
    let float = [".inf", ".nan"].contains(&number.to_lowercase().as_str());
    numeric || exponent || hex || float || moment(text)
}

/// `2026-01-05`, alone or with a time.
fn moment(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is = |part: Option<&str>, least: usize| {
        part.is_some_and(|own| own.len() >= least && own.len() <= 4 && own.chars().all(|sign| sign.is_ascii_digit()))
    };
    if !(is(parts.next(), 4) && is(parts.next(), 1)) {
        return false;
    }
    let rest = parts.next().unwrap_or_default().to_string();
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    let (day, time) = rest.split_at(end);
    (day.len() == 2 || (day.len() == 1 && !time.is_empty()))
        && (time.is_empty() || time.starts_with(['T', 't', ' ']) && time.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_does_not_print_is_escaped() {
        for (sign, said) in [
            ('\u{7}', "\\a"),
            ('\u{1}', "\\x01"),
            ('\u{85}', "\\N"),
            ('\u{feff}', "\\uFEFF"),
            ('\u{ffff}', "\\uFFFF"),
            ('\u{fffd}', "\u{fffd}"),
            ('"', "\\\""),
        ] {
            assert_eq!(double(&sign.to_string()), format!("\"{said}\""));
        }
    }
}
