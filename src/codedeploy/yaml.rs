//! The part of YAML in which AppSpec files are written: nested maps and lists by indentation, plain and quoted scalars,
//! flow collections as JSON writes them, comments.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A line: how far it is indented, what it says, and its number.
struct Line<'a> {
    indent: usize,
    text: &'a str,
    number: usize,
}

/// Deepest nesting.
const DEEPEST: usize = 32;

/// A document as a value; every scalar is a text.
///
/// Errors: the number of the line that cannot be read.
pub fn read(text: &str) -> Result<Value, usize> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim_end()))
        .filter(|(_, line)| !line.trim_start().is_empty() && !line.trim_start().starts_with('#') && *line != "---")
        .map(|(number, line)| Line { indent: line.len() - line.trim_start().len(), text: line.trim_start(), number })
        .collect();
    let mut at = 0;
    let value = block(&lines, &mut at, 0, 0)?;
    match lines.get(at) {
        Some(left) => Err(left.number),
        None => Ok(value),
    }
}

/// The block whose lines are indented as the first one is, which is at least `least`.
fn block(lines: &[Line<'_>], at: &mut usize, least: usize, depth: usize) -> Result<Value, usize> {
    let Some(first) = lines.get(*at).filter(|line| line.indent >= least) else { return Ok(Value::Null) };
    if depth > DEEPEST {
        return Err(first.number);
    }
    let indent = first.indent;
    if first.text == "-" || first.text.starts_with("- ") {
        return list(lines, at, indent, depth);
    }
    let mut map = Map::new();
    while let Some(line) = lines.get(*at).filter(|line| line.indent == indent && !line.text.starts_with("- ")) {
        entry(lines, at, indent, line.text, &mut map, depth)?;
    }
    Ok(Value::Object(map))
}

fn list(lines: &[Line<'_>], at: &mut usize, indent: usize, depth: usize) -> Result<Value, usize> {
    let mut items = Vec::new();
    while let Some(line) = lines.get(*at).filter(|line| line.indent == indent) {
        let Some(rest) = line.text.strip_prefix('-') else { break };
        let inner = rest.trim_start();
        let own = indent + 1 + (rest.len() - inner.len());
        if inner.is_empty() {
            *at += 1;
            items.push(block(lines, at, indent + 1, depth + 1)?);
        } else if key(inner).is_some() {
            let mut map = Map::new();
            entry(lines, at, own, inner, &mut map, depth + 1)?;
            while let Some(line) = lines.get(*at).filter(|line| line.indent == own && !line.text.starts_with("- ")) {
                entry(lines, at, own, line.text, &mut map, depth + 1)?;
            }
            items.push(Value::Object(map));
        } else {
            items.push(scalar(inner, line.number)?);
            *at += 1;
        }
    }
    Ok(Value::Array(items))
}

/// One `key: value`; the value may stand on the lines below, a list even at the same indentation.
fn entry(
    lines: &[Line<'_>],
    at: &mut usize,
    indent: usize,
    text: &str,
    map: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), usize> {
    let number = lines.get(*at).map_or(0, |line| line.number);
    let (name, rest) = key(text).ok_or(number)?;
    *at += 1;
    let value = match rest {
        "" => {
            let same = lines.get(*at).is_some_and(|line| line.indent == indent && line.text.starts_with("- "));
            if same { list(lines, at, indent, depth + 1)? } else { block(lines, at, indent + 1, depth + 1)? }
        }
        rest => scalar(rest, number)?,
    };
    map.insert(name, value);
    Ok(())
}

/// The key of a line and what follows it.
fn key(text: &str) -> Option<(String, &str)> {
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let (name, rest) = text.get(1..)?.split_once(quote)?;
        return Some((name.to_string(), plain(rest.strip_prefix(':')?)));
    }
    if text.starts_with(['[', '{']) {
        return None;
    }
    let (name, rest) = match text.strip_suffix(':') {
        Some(name) if !name.contains(": ") => (name, ""),
        _ => text.split_once(": ")?,
    };
    Some((name.trim_end().to_string(), plain(rest)))
}

/// A value without its comment.
fn plain(rest: &str) -> &str {
    let rest = rest.trim();
    if rest.starts_with('#') {
        return "";
    }
    if rest.starts_with(['"', '\'', '[', '{']) {
        return rest;
    }
    rest.split(" #").next().unwrap_or_default().trim_end()
}

fn scalar(text: &str, number: usize) -> Result<Value, usize> {
    let text = plain(text);
    if text.starts_with(['[', '{']) {
        if let Ok(value) = serde_json::from_str(text) {
            return Ok(value);
        }
        let inner = text.strip_prefix('[').and_then(|own| own.strip_suffix(']')).ok_or(number)?;
        return Ok(inner.split(',').map(|own| Value::from(unquoted(own.trim()))).collect());
    }
    Ok(Value::from(unquoted(text)))
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|own| own.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cdp_06_yaml_as_appspec_files_use_it() {
        let own = |name: &str| json!({ "Resources": [{ "TargetService": { "Type": name, "Properties": { "Port": "80", "List": ["a", "b"] } } }] });
        for text in [
            "Resources:\n  - TargetService:\n      Type: x\n      Properties:\n        Port: 80\n        List: [\"a\",\"b\"]\n",
            "# a comment\nResources:\n- TargetService:\n    Type: \"x\" \n    Properties:\n      Port: 80 # why\n      List:\n      - a\n      - 'b'\n",
            "---\n\nResources:\n  -\n    TargetService:\n      Type: x\n      Properties:\n        'Port': 80\n        List: [a, b]",
        ] {
            assert_eq!(read(text), Ok(own("x")), "{text}");
        }
        assert_eq!(read("a: arn:aws:ecs:x:1:y\nb:"), Ok(json!({ "a": "arn:aws:ecs:x:1:y", "b": null })));
        for (text, line) in [("a: 1\nwhat", 2), ("a:\n  b: 1\n c: 2", 3), ("[", 1), ("- a\nb: 1", 2), ("a: {b", 1)] {
            assert_eq!(read(text), Err(line), "{text}");
        }
        let deep: String = (0..200).map(|n| " ".repeat(n) + "a:\n").collect();
        assert!(read(&deep).is_err());
    }
}
