//! Reads members out of a JSON value and collects every fault with its path, so that an author sees all of them at once.

pub(super) mod card;
pub(super) mod proof;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// Longest text that a member may hold, in characters.
const TEXT_MAX: usize = 10_000;
/// Most entries that a list may hold.
const LIST_MAX: usize = 5_000;

/// Most faults that are kept of one file.
const FAULTS_MAX: usize = 100;
/// Of so many faults, the first, a nearest known word is looked for.
pub(in crate::quiz) const HINTS_MAX: usize = 20;

/// What is wrong at a path such as `cards[3].options[1].text`; an empty path is the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::quiz) struct Fault {
    pub path: String,
    /// Whether the member's name is at fault, not its value.
    pub name: bool,
    pub message: String,
}

/// The faults found so far, at most [`FAULTS_MAX`]: nobody reads more, and finding the place of each takes time.
#[derive(Default)]
pub(in crate::quiz) struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Fault { path: path.into(), name: false, message: message.into() });
    }

    /// A member that should not be there at all.
    pub fn add_name(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Fault { path: path.into(), name: true, message: message.into() });
    }

    fn push(&mut self, fault: Fault) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(fault);
        }
    }
}

/// An object whose members are being read.
pub(in crate::quiz) struct Object<'a> {
    map: &'a Map<String, Value>,
    pub path: String,
}

impl<'a> Object<'a> {
    /// The object at `path`; a fault and `None` when the value is something else.
    pub fn new(value: &'a Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let Value::Object(map) = value else {
            faults.add(path, format!("expected an object {{ … }}, found {}", kind(value)));
            return None;
        };
        Some(Self { map, path: path.to_string() })
    }

    /// One fault for each member that is not among `known`, with the nearest known name.
    pub fn only(&self, known: &[&str], faults: &mut Faults) {
        for name in self.map.keys().filter(|name| !known.contains(&name.as_str())) {
            let near = if faults.0.len() < HINTS_MAX { nearest(name, known) } else { None };
            let hint = match near {
                Some(near) => format!("; did you mean \"{near}\"?"),
                None => format!("; known here: {}", known.join(", ")),
            };
            faults.add_name(self.at(name), format!("unknown member \"{}\"{hint}", short(name)));
        }
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    pub fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    /// The member, or a fault at the object that lacks it.
    pub fn need(&self, name: &str, faults: &mut Faults) -> Option<&'a Value> {
        let found = self.map.get(name);
        if found.is_none() {
            faults.add(self.path.clone(), format!("missing member \"{name}\""));
        }
        found
    }

    /// A required text that says something.
    pub fn text(&self, name: &str, faults: &mut Faults) -> String {
        self.need(name, faults).map(|value| text(value, &self.at(name), faults)).unwrap_or_default()
    }

    /// A text that may be left out; empty when it is.
    pub fn text_or_empty(&self, name: &str, faults: &mut Faults) -> String {
        self.get(name).map(|value| text(value, &self.at(name), faults)).unwrap_or_default()
    }

    /// The entries of a required list with their paths.
    pub fn list(&self, name: &str, faults: &mut Faults) -> Vec<(String, &'a Value)> {
        self.need(name, faults).map(|value| list(value, &self.at(name), faults)).unwrap_or_default()
    }

    /// The entries of a list that may be left out.
    pub fn list_or_empty(&self, name: &str, faults: &mut Faults) -> Vec<(String, &'a Value)> {
        self.get(name).map(|value| list(value, &self.at(name), faults)).unwrap_or_default()
    }

    /// A list of texts that may be left out.
    pub fn texts(&self, name: &str, faults: &mut Faults) -> Vec<String> {
        self.list_or_empty(name, faults).into_iter().map(|(path, value)| text(value, &path, faults)).collect()
    }

    /// `true` or `false`; `false` when left out.
    pub fn flag(&self, name: &str, faults: &mut Faults) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                faults.add(self.at(name), format!("expected true or false, found {}", kind(other)));
                false
            }
        }
    }
}

/// How many single-character changes turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        if let Some(first) = row.first_mut() {
            *first = previous;
        }
        for (slot, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let change = diagonal + usize::from(left != right);
            diagonal = *slot;
            previous = change.min(*slot + 1).min(previous + 1);
            *slot = previous;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The candidate at most two changes away (one, when not even the first letter agrees).
pub(in crate::quiz) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let close = |candidate: &str| {
        let candidate = candidate.to_ascii_lowercase();
        let most = if candidate.chars().next() == word.chars().next() { 2 } else { 1 };
        if candidate.len().abs_diff(word.len()) > 2 * most {
            return None;
        }
        let same = |(a, b): &(char, char)| a == b;
        let before: usize = word.chars().zip(candidate.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let changes = distance(word.get(before..)?, candidate.get(before..)?);
        Some(changes).filter(|changes| *changes <= most && *changes < candidate.len())
    };
    candidates
        .iter()
        .filter_map(|candidate| Some((close(candidate)?, *candidate)))
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// A word out of the file, cut to a length that fits a message.
pub(in crate::quiz) fn short(word: &str) -> &str {
    word.char_indices().nth(60).map_or(word, |(end, _)| word.get(..end).unwrap_or(word))
}

/// What a JSON value is, for a person.
pub(in crate::quiz) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text(value: &Value, path: &str, faults: &mut Faults) -> String {
    match value {
        Value::String(text) if text.trim().is_empty() => faults.add(path, "this text is empty"),
        Value::String(text) if text.chars().count() > TEXT_MAX => {
            faults.add(path, format!("this text is longer than {TEXT_MAX} characters"));
        }
        Value::String(text) => return text.clone(),
        other => faults.add(path, format!("expected a text in quotes, found {}", kind(other))),
    }
    String::new()
}

fn list<'a>(value: &'a Value, path: &str, faults: &mut Faults) -> Vec<(String, &'a Value)> {
    match value {
        Value::Array(items) if items.len() > LIST_MAX => {
            faults.add(path, format!("this list has {} entries; the most is {LIST_MAX}", items.len()));
            Vec::new()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (format!("{path}[{index}]"), item)).collect()
        }
        other => {
            faults.add(path, format!("expected a list [ … ], found {}", kind(other)));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["question", "answer", "explanation", "id", "kind"];
        for (word, near) in [
            ("qestion", Some("question")),
            ("Answer", Some("answer")),
            ("answre", Some("answer")),
            ("uestion", Some("question")),
            ("hint", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), near, "{word}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
