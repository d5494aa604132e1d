//! YAML as values: input files of the AWS CLI and AppSpec files. The parser is a library's; what stands here is which
//! value a plain scalar means (the core schema of YAML 1.2), and what is refused as the AWS CLI's own reader refuses it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use granit_parser::{Event, Options, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Deepest nesting.
const DEEPEST: usize = 32;

/// Values of a document at most, with those that aliases repeat.
const MOST: usize = 100_000;

/// A list or a map whose end has not come.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

/// A document on the way.
#[derive(Default)]
struct Reader {
    /// What is open, the innermost last, each with the number of its anchor.
    open: Vec<(Open, usize)>,
    /// What aliases may name, by number.
    anchors: Vec<(usize, Value)>,
    values: usize,
    whole: Option<Value>,
}

/// A document as a value; plain scalars are numbers, truth values or nothing where they look so. An empty text is null.
///
/// Errors: the number of the line that cannot be read.
pub fn read(text: &str) -> Result<Value, usize> {
    let mut options = Options::default();
    (options.flow_nesting_limit, options.block_nesting_limit) = (DEEPEST, DEEPEST);
    let mut reader = Reader::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| error.marker().line())?;
        reader.take(event).ok_or(span.start.line())?;
    }
    Ok(reader.whole.unwrap_or_default())
}

impl Reader {
    /// One event; none where it cannot be read.
    fn take(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::DocumentStart(..) if self.whole.is_some() => None,
            // Tags make other things of values, which the AWS CLI refuses too.
            Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_)) => None,
            Event::Scalar(text, style, anchor, None) => {
                let value = if style == ScalarStyle::Plain { plain(&text) } else { Value::from(text.as_ref()) };
                self.put(value, anchor)
            }
            Event::SequenceStart(_, anchor, None) => self.begin(Open::List(Vec::new()), anchor),
            Event::MappingStart(_, anchor, None) => self.begin(Open::Map(Map::new(), None), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                let (own, anchor) = self.open.pop()?;
                let value = match own {
                    Open::List(items) => Value::Array(items),
                    Open::Map(members, _) => Value::Object(members),
                };
                self.put(value, anchor)
            }
            Event::Alias(number) => {
                let value = &self.anchors.iter().find(|(own, _)| *own == number)?.1;
                let (values, depth) = size(value);
                self.values += values;
                if self.values > MOST || self.open.len() + depth > DEEPEST {
                    return None;
                }
                let value = value.clone();
                self.put(value, 0)
            }
            _ => Some(()),
        }
    }

    fn begin(&mut self, own: Open, anchor: usize) -> Option<()> {
        self.open.push((own, anchor));
        (self.open.len() <= DEEPEST).then_some(())
    }

    /// A value is whole: it goes where it belongs. None where a key is no scalar, or stands there twice.
    fn put(&mut self, value: Value, anchor: usize) -> Option<()> {
        self.values += 1;
        if self.values > MOST {
            return None;
        }
        if anchor > 0 {
            self.anchors.push((anchor, value.clone()));
        }
        match self.open.last_mut().map(|(own, _)| own) {
            None => self.whole = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(members, key)) => match key.take() {
                Some(key) => {
                    members.insert(key, value);
                }
                None => {
                    let name = match value {
                        Value::String(own) => own,
                        Value::Array(_) | Value::Object(_) => return None,
                        other => other.to_string(),
                    };
                    if members.contains_key(&name) {
                        return None;
                    }
                    *key = Some(name);
                }
            },
        }
        Some(())
    }
}

/// How many values one holds, itself among them, and how deep they go.
fn size(value: &Value) -> (usize, usize) {
    let add = |(values, depth): (usize, usize), own: &Value| {
        let below = size(own);
        (values + below.0, depth.max(below.1 + 1))
    };
    match value {
        Value::Array(items) => items.iter().fold((1, 1), add),
        Value::Object(members) => members.values().fold((1, 1), add),
        _ => (1, 0),
    }
}

/// What a plain scalar means.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        text => number(text).unwrap_or_else(|| text.into()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
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
            ("a: one\n  two\n\n  three\nb: 'x\n  y'", json!({ "a": "one two\nthree", "b": "x y" })),
            ("a: &x [1, 2]\nb: *x\n1: ~", json!({ "a": [1, 2], "b": [1, 2], "1": null })),
            ("a: >\n  one\n  two\n\n  three\n", json!({ "a": "one two\nthree\n" })),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for (text, line) in [
            ("a: 1\nwhat", 2),
            ("a:\n  b: 1\n c: 2", 3),
            ("[", 1),
            ("- a\nb: 1", 2),
            ("a: {b", 1),
            ("a: 1\nb: !x 2", 2),
            ("a: *x", 1),
            ("a: 'b", 1),
            ("a: 1\na: 2", 2),
            ("[a]: 1", 1),
            ("a: 1\n---\nb: 2", 2),
        ] {
            assert_eq!(read(text), Err(line), "{text}");
        }
        let deep: String = (0..200).map(|n| " ".repeat(n) + "a:\n").collect();
        assert!(read(&deep).is_err() && read(&"[".repeat(100_000)).is_err() && read(&"- ".repeat(10_000)).is_err());
        // Aliases of aliases: many values from few lines, and deep ones.
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let pairs = || names.iter().zip(names.iter().skip(1));
        let many = pairs().map(|(one, next)| format!("{next}: &{next} [{}]\n", format!("*{one}, ").repeat(10)));
        let many: String = core::iter::once("a: &a [1]\n".to_string()).chain(many).collect();
        let deep = |one: &str, inner: &str| format!("{one}: &{one} {}{inner}{}\n", "[".repeat(20), "]".repeat(20));
        assert_eq!((read(&many), read(&(deep("a", "1") + &deep("b", "*a")))), (Err(6), Err(2)));
    }
}
