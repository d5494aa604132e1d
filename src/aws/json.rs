//! JSON text with positions: where it stops being JSON, where each member stands, which members stand twice.
//!
//! The values are serde_json's; a second pass over the valid text finds the places.

mod places;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use places::Places;
use serde_json::Value;

/// The longest text that is read, in bytes: many times the largest request that ECS takes.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A text that is not JSON, or too long to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Where; none when the text as a whole is refused.
    pub position: Option<Position>,
    /// What was expected there and what stands there instead.
    pub message: String,
}

/// A member that stands a second time in its object. JSON lets readers differ on which one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The member, as `containerDefinitions[0].memory`.
    pub path: String,
    /// Where the repeated name stands.
    pub position: Position,
    /// Where the name stands first.
    pub first: Position,
}

/// A value with the places of its members.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value; of a member that stands twice, the later one.
    pub value: Value,
    text: String,
    lines: Vec<usize>,
    places: Places,
    duplicates: Vec<Duplicate>,
}

/// Reads a JSON text. A byte order mark before it and blanks after it are let pass.
///
/// # Errors
/// For a text that is longer than [`LONGEST_TEXT`], is not JSON, or is nested deeper than 127 levels.
pub fn parse(text: &str) -> Result<Document, JsonError> {
    if text.len() > LONGEST_TEXT {
        let message = format!(
            "The text is {} KiB long; at most {} KiB are read.",
            text.len().div_ceil(1024),
            LONGEST_TEXT / 1024
        );
        return Err(JsonError { position: None, message });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<usize> = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let value: Value = serde_json::from_str(text).map_err(|error| explain(text, &lines, &error))?;
    let (places, repeated) = Places::scan(text);
    let mut document = Document { value, text: text.to_string(), lines, places, duplicates: Vec::new() };
    let duplicates = repeated.into_iter().map(|(again, first)| Duplicate {
        path: document.places.path(&document.text, again),
        position: document.at(document.places.key(again)),
        first: document.at(document.places.key(first)),
    });
    document.duplicates = duplicates.collect();
    Ok(document)
}

impl Document {
    /// Where the value at a path such as `containerDefinitions[0].memory` begins; the empty path is the whole text.
    pub fn position(&self, path: &str) -> Option<Position> {
        Some(self.at(self.places.value(self.places.find(&self.text, path)?)))
    }

    /// Where the name of the member at a path begins; for an item of a list, the item.
    pub fn key_position(&self, path: &str) -> Option<Position> {
        Some(self.at(self.places.key(self.places.find(&self.text, path)?)))
    }

    /// Where the innermost part of the path stands that is in the text at all.
    pub fn nearest(&self, path: &str) -> Position {
        let mut path = path;
        loop {
            if let Some(position) = self.position(path) {
                return position;
            }
            path = path.rfind(['.', '[', ' ']).and_then(|cut| path.get(..cut)).unwrap_or_default();
        }
    }

    /// The members that stand twice, in the order of the text; at most the first
    /// [`DUPLICATES_KEPT`](Document::DUPLICATES_KEPT).
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// How many repeated members are named.
    pub const DUPLICATES_KEPT: usize = 64;

    fn at(&self, byte: usize) -> Position {
        position(&self.text, &self.lines, byte)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(out, "{position}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

fn position(text: &str, lines: &[usize], byte: usize) -> Position {
    let line = lines.partition_point(|start| *start <= byte);
    let start = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
    let column = text.get(start..byte).map_or(0, |before| before.chars().count()) + 1;
    Position { line, column }
}

/// Says in the page's words what serde_json says in a programmer's, and turns its byte column into characters.
fn explain(text: &str, lines: &[usize], error: &serde_json::Error) -> JsonError {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    if error.is_eof() {
        let inside = said.strip_prefix("EOF while parsing ").unwrap_or("a value");
        let message = match inside {
            _ if text.trim().is_empty() => "Expected a JSON value, but the text is empty.".to_string(),
            "a value" => "Expected a value, but the text ends here.".to_string(),
            _ => format!("The text ends inside {inside}."),
        };
        return JsonError { position: Some(position(text, lines, text.len())), message };
    }
    let start = lines.get(error.line().saturating_sub(1)).copied().unwrap_or_default();
    let byte = floor(text, (start + error.column()).saturating_sub(1));
    let found = match text.get(byte..).and_then(|rest| rest.chars().next()) {
        Some('\n' | '\r') => "the end of the line".to_string(),
        Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
        Some(c) => format!("`{c}`"),
        None => "the end of the text".to_string(),
    };
    let expected = match said {
        "expected value" => "a value",
        "expected ident" => "one of true, false and null",
        "key must be a string" => "a member name in double quotes",
        "trailing comma" => "another entry after the comma",
        "trailing characters" => "the end of the text",
        "invalid number" => "the digits of a number",
        "invalid escape" => r#"one of the escapes \" \\ \/ \b \f \n \r \t \u0000"#,
        "number out of range" => "a number within the range of a double",
        "recursion limit exceeded" => "at most 127 levels of nesting",
        _ if said.starts_with("control character") => r"an escape such as \n for a line break or control character",
        _ if said.contains("hex escape") || said.contains("unicode") => {
            r"\u with four hex digits, or both halves of a pair"
        }
        _ => said.strip_prefix("expected ").unwrap_or(said),
    };
    JsonError { position: Some(position(text, lines, byte)), message: format!("Expected {expected}, found {found}") }
}

/// The beginning of the character that the byte belongs to.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
