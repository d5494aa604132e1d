//! The part of YAML in which people write input files and AppSpec files: nested maps and lists by indentation, plain and
//! quoted scalars, texts behind `|` and `>`, flow collections, comments. Anchors, tags and several documents are not read.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A line: how far it is indented, what it says, and its place among all lines.
struct Line<'a> {
    indent: usize,
    text: &'a str,
    place: usize,
}

struct Reader<'a> {
    /// Every line as it stands.
    raw: Vec<&'a str>,
    /// Those that say something.
    lines: Vec<Line<'a>>,
    at: usize,
}

/// The longest flow collection over several lines, in bytes: it is read anew for each line.
const LONGEST: usize = 16 * 1024;

/// Deepest nesting.
const DEEPEST: usize = 32;

type Read = Result<Value, usize>;

/// A document as a value; plain scalars are numbers, truth values or nothing where they look so.
///
/// Errors: the number of the line that cannot be read.
pub fn read(text: &str) -> Read {
    let raw: Vec<&str> = text.lines().map(str::trim_end).collect();
    let lines = raw
        .iter()
        .enumerate()
        .map(|(place, line)| Line { indent: line.len() - line.trim_start().len(), text: line.trim_start(), place })
        .filter(|line| !line.text.is_empty() && !line.text.starts_with('#'))
        .collect();
    let mut reader = Reader { raw, lines, at: 0 };
    if reader.line().is_some_and(|line| line.text == "---" && line.indent == 0) {
        reader.at += 1;
    }
    let value = match reader.line().map(|line| line.text) {
        // A document of one scalar or one flow collection.
        Some(text) if key(text).is_none() && !is_item(text) => {
            reader.at += 1;
            reader.scalar(text, 0)?
        }
        _ => reader.block(0, 0)?,
    };
    match reader.line() {
        Some(left) => Err(left.place + 1),
        None => Ok(value),
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<&Line<'a>> {
        self.lines.get(self.at)
    }

    /// The line at hand where it is indented so.
    fn within(&self, indent: usize) -> Option<&'a str> {
        self.line().filter(|line| line.indent == indent).map(|line| line.text)
    }

    fn fault(&self) -> usize {
        self.line().or(self.lines.last()).map_or(1, |line| line.place + 1)
    }

    /// The block whose lines are indented as the first one is, which is at least `least`.
    fn block(&mut self, least: usize, depth: usize) -> Read {
        let Some(first) = self.line().filter(|line| line.indent >= least) else { return Ok(Value::Null) };
        let (indent, text) = (first.indent, first.text);
        if depth > DEEPEST {
            return Err(self.fault());
        }
        if is_item(text) {
            return self.list(indent, depth);
        }
        let mut map = Map::new();
        while let Some(text) = self.within(indent).filter(|text| !is_item(text)) {
            self.entry(indent, text, &mut map, depth)?;
        }
        Ok(Value::Object(map))
    }

    fn list(&mut self, indent: usize, depth: usize) -> Read {
        if depth > DEEPEST {
            return Err(self.fault());
        }
        let mut items = Vec::new();
        while let Some(text) = self.within(indent).filter(|text| is_item(text)) {
            let rest = text.get(1..).unwrap_or_default();
            let inner = rest.trim_start();
            let own = indent + 1 + (rest.len() - inner.len());
            if inner.is_empty() || inner.starts_with('#') {
                self.at += 1;
                items.push(self.block(indent + 1, depth + 1)?);
            } else if is_item(inner) {
                // A list within a list: its first item stands on this line.
                if let Some(line) = self.lines.get_mut(self.at) {
                    (line.indent, line.text) = (own, inner);
                }
                items.push(self.list(own, depth + 1)?);
            } else if key(inner).is_some() {
                let mut map = Map::new();
                self.entry(own, inner, &mut map, depth + 1)?;
                while let Some(text) = self.within(own).filter(|text| !is_item(text)) {
                    self.entry(own, text, &mut map, depth + 1)?;
                }
                items.push(Value::Object(map));
            } else {
                self.at += 1;
                items.push(self.scalar(inner, indent)?);
            }
        }
        Ok(Value::Array(items))
    }

    /// One `key: value`; the value may stand on the lines below, a list even at the same indentation.
    fn entry(&mut self, indent: usize, text: &'a str, map: &mut Map<String, Value>, depth: usize) -> Result<(), usize> {
        let (name, rest) = key(text).ok_or(self.fault())?;
        self.at += 1;
        let value = match rest {
            "" if self.within(indent).is_some_and(is_item) => self.list(indent, depth + 1)?,
            "" => self.block(indent + 1, depth + 1)?,
            rest => self.scalar(rest, indent)?,
        };
        map.insert(name, value);
        Ok(())
    }

    /// A value whose first line was read: a text of the lines below, a flow collection, a scalar.
    fn scalar(&mut self, text: &'a str, indent: usize) -> Read {
        if text.starts_with(['|', '>']) {
            return Ok(self.folded(text, indent).into());
        }
        let start = self.at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(1, |line| line.place + 1);
        if !text.starts_with(['[', '{']) {
            return plain(text).ok_or(start);
        }
        let mut whole = text.to_string();
        loop {
            let mut flow = Flow { rest: &whole, depth: 0 };
            match flow.value() {
                Some(value) if flow.ends() => return Ok(value),
                // It may go on below.
                _ if whole.len() > LONGEST => return Err(start),
                _ => match self.line().filter(|line| line.indent > indent || line.text.starts_with([']', '}'])) {
                    Some(line) => {
                        whole.push(' ');
                        whole.push_str(line.text);
                        self.at += 1;
                    }
                    None => return Err(start),
                },
            }
        }
    }

    /// The text below `|` or `>`, whose lines are indented further.
    fn folded(&mut self, head: &str, indent: usize) -> String {
        let from = self.at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |line| line.place + 1);
        let deep = |line: &str| line.len() - line.trim_start().len();
        let mut own: Vec<&str> = Vec::new();
        for line in self.raw.iter().skip(from) {
            if !line.is_empty() && deep(line) <= indent {
                break;
            }
            own.push(line);
        }
        let end = from + own.len();
        while self.line().is_some_and(|line| line.place < end) {
            self.at += 1;
        }
        while own.last() == Some(&"") {
            own.pop();
        }
        let least = own.iter().filter(|line| !line.is_empty()).map(|line| deep(line)).min().unwrap_or_default();
        let lines: Vec<&str> = own.iter().map(|line| line.get(least..).unwrap_or_default()).collect();
        let mut text = lines.join(if head.starts_with('>') { " " } else { "\n" });
        if !head.contains('-') && !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// The key of a line and what follows it.
fn key(text: &str) -> Option<(String, &str)> {
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let (name, rest) = text.get(1..)?.split_once(quote)?;
        return Some((name.to_string(), uncommented(rest.strip_prefix(':')?)));
    }
    if text.starts_with(['[', '{']) {
        return None;
    }
    let (name, rest) = match text.split_once(": ") {
        Some(pair) => pair,
        None => (text.strip_suffix(':')?, ""),
    };
    Some((name.trim_end().to_string(), uncommented(rest)))
}

/// A value without its comment.
fn uncommented(rest: &str) -> &str {
    let rest = rest.trim();
    if rest.starts_with('#') {
        return "";
    }
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        let end = closing(rest, quote).unwrap_or(rest.len());
        return rest.get(..end).unwrap_or(rest);
    }
    rest.split(" #").next().unwrap_or_default().trim_end()
}

/// Where a text in quotes ends, behind the quote.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' && quote == '"' {
            signs.next();
        } else if sign == quote {
            if quote == '\'' && signs.peek().is_some_and(|(_, next)| *next == '\'') {
                signs.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// A scalar on one line; none where it cannot be read.
fn plain(text: &str) -> Option<Value> {
    let text = uncommented(text);
    Some(match text.chars().next() {
        Some('"') => serde_json::from_str(text).ok()?,
        Some('\'') => text.get(1..)?.strip_suffix('\'')?.replace("''", "'").into(),
        Some('&' | '*' | '!' | '%' | '@' | '`') => return None,
        _ => match text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => true.into(),
            "false" | "False" | "FALSE" => false.into(),
            text => number(text).unwrap_or_else(|| text.into()),
        },
    })
}

/// A number as YAML 1.2 writes it; what only begins like one is a text.
fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.') {
        return None;
    }
    match text.strip_prefix('+').unwrap_or(text).parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) if digits.contains(['.', 'e', 'E']) => text.parse::<f64>().ok().map(Value::from),
        Err(_) => None,
    }
}

/// `[a, b]` and `{a: b}` on the way.
struct Flow<'a> {
    rest: &'a str,
    depth: usize,
}

impl Flow<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, sign: char) -> bool {
        self.blanks();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Whether nothing but a comment is left.
    fn ends(&mut self) -> bool {
        self.blanks();
        self.rest.is_empty() || self.rest.starts_with('#')
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.takes('[') {
            let mut items = Vec::new();
            while !self.takes(']') {
                items.push(self.value()?);
                if !self.takes(',') && !self.rest.starts_with(']') {
                    return None;
                }
            }
            Value::Array(items)
        } else if self.takes('{') {
            let mut map = Map::new();
            while !self.takes('}') {
                let name = self.word(&[':', ',', '}'])?;
                let value = if self.takes(':') { self.value()? } else { Value::Null };
                map.insert(name.as_str().map_or_else(|| name.to_string(), String::from), value);
                if !self.takes(',') && !self.rest.starts_with('}') {
                    return None;
                }
            }
            Value::Object(map)
        } else {
            self.word(&[',', ']', '}'])?
        };
        self.depth -= 1;
        Some(value)
    }

    fn word(&mut self, ends: &[char]) -> Option<Value> {
        self.blanks();
        let end = match self.rest.chars().next()? {
            quote @ ('"' | '\'') => closing(self.rest, quote)?,
            _ => self.rest.find(ends).unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        plain(word.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cdp_06_yaml_as_people_write_it() {
        let own = json!({ "Resources": [{ "TargetService": { "Type": "x", "Properties": { "Port": 80, "List": ["a", "b"] } } }] });
        for text in [
            "Resources:\n  - TargetService:\n      Type: x\n      Properties:\n        Port: 80\n        List: [\"a\",\"b\"]\n",
            "# a comment\nResources:\n- TargetService:\n    Type: \"x\" \n    Properties:\n      Port: 80 # why\n      List:\n      - a\n      - 'b'\n",
            "---\n\nResources:\n  -\n    TargetService:\n      Type: x\n      Properties:\n        'Port': 80\n        List: [a, b]",
            "Resources: [{TargetService: {Type: x, Properties: {Port: 80, List: [a,\n  'b',\n]}}}]\n",
        ] {
            assert_eq!(read(text), Ok(own.clone()), "{text}");
        }
        for (text, expected) in [
            ("a: arn:aws:ecs:x:1:y\nb:", json!({ "a": "arn:aws:ecs:x:1:y", "b": null })),
            (
                "a: true\nb: 1.5\nc: -3\nd: '1'\ne: 1.4.0\nf: ~\ng: ''",
                json!({ "a": true, "b": 1.5, "c": -3, "d": "1", "e": "1.4.0", "f": null, "g": "" }),
            ),
            (
                "a: |\n  {\n    \"b\": 1\n  }\nc: >-\n  one\n  two\n",
                json!({ "a": "{\n  \"b\": 1\n}\n", "c": "one two" }),
            ),
            ("a: \"x\\ty # no\" # yes\nb: 'it''s'", json!({ "a": "x\ty # no", "b": "it's" })),
            ("- - 1\n  - 2\n- 3", json!([[1, 2], 3])),
            ("{}", json!({})),
            ("", json!(null)),
            ("just text", json!("just text")),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for (text, line) in [
            ("a: 1\nwhat", 2),
            ("a:\n  b: 1\n c: 2", 3),
            ("[", 1),
            ("- a\nb: 1", 2),
            ("a: {b", 1),
            ("a: 1\nb: &x 2", 2),
            ("a: 'b", 1),
        ] {
            assert_eq!(read(text), Err(line), "{text}");
        }
        let deep: String = (0..200).map(|n| " ".repeat(n) + "a:\n").collect();
        assert!(read(&deep).is_err() && read(&"[".repeat(100_000)).is_err() && read(&"- ".repeat(10_000)).is_err());
    }
}
