//! `jq`, as far as scripts around the AWS CLI ask it: whether a text is JSON, and what stands at a path.

use super::exec::Shell;
use super::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Deserializer, Value};

/// As many steps as a filter may have.
const MOST_STEPS: usize = 100;

/// So many values may be found.
const MOST_FOUND: usize = 10_000;

/// One step of a filter.
enum Step {
    /// `.name` and `["name"]`.
    Member(String),
    /// `[0]`, from the end below 0.
    Place(i64),
    /// `[]`: each.
    Each,
    Length,
    Keys,
    Empty,
}

/// How it prints.
#[derive(Default)]
struct Asked {
    raw: bool,
    tight: bool,
    /// Whether the status tells what was found.
    judges: bool,
}

/// Whether its words name no file, so that it reads what a pipe brings.
pub(super) fn reads(words: &[String]) -> bool {
    words.iter().filter(|word| !word.starts_with('-') || word.len() == 1).count() < 2
}

impl Asked {
    /// The options, and the filter with the files behind it.
    fn of(words: &[String]) -> Result<(Self, Vec<&String>), String> {
        let mut asked = Self::default();
        let mut rest = Vec::new();
        for word in words {
            match word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|own| !own.is_empty()) {
                Some("raw-output") => asked.raw = true,
                Some("compact-output") => asked.tight = true,
                Some("exit-status") => asked.judges = true,
                Some(letters) if !word.starts_with("--") && letters.chars().all(|own| "rceM".contains(own)) => {
                    asked.raw |= letters.contains('r');
                    asked.tight |= letters.contains('c');
                    asked.judges |= letters.contains('e');
                }
                Some(_) => return Err(format!("jq: ECS Lab knows -r, -c and -e of jq, and not {word}\n")),
                None => rest.push(word),
            }
        }
        Ok((asked, rest))
    }
}

/// Answers `jq [-rce] FILTER [FILE …]`.
pub(super) fn run(shell: &Shell<'_>, words: &[String], input: &str) -> Output {
    let (asked, rest) = match Asked::of(words) {
        Ok(read) => read,
        Err(why) => return Output::fail(2, why),
    };
    let Some((filter, names)) = rest.split_first() else {
        return Output::fail(2, "Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
    };
    let Some(steps) = steps(filter) else {
        let told = "ECS Lab's jq knows paths such as .a[0].b and .a[], with |, length, keys and empty; --query of aws knows more\n";
        return Output::fail(3, told);
    };
    let mut output = Output::default();
    let mut last = None;
    let mut texts = Vec::new();
    for name in names {
        let path = shell.path(name);
        match shell.terminal.files.read(&path) {
            Some(text) => texts.push(text),
            None => {
                output.stderr.push_str(&format!("jq: error: Could not open {name}: {}\n", shell.missing(&path)));
                output.status = 2;
            }
        }
    }
    if names.is_empty() {
        texts.push(input);
    }
    for text in texts {
        for value in Deserializer::from_str(text).into_iter::<Value>() {
            let found = match value {
                Ok(value) => found(value, &steps).map_err(|why| (5, format!("jq: error: {why}\n"))),
                Err(why) => Err((2, format!("jq: parse error: {why}\n"))),
            };
            match found {
                Ok(found) => {
                    last = found.last().cloned().or(last);
                    found.iter().for_each(|own| output.stdout.push_str(&(shown(own, &asked) + "\n")));
                }
                Err((status, told)) => {
                    output.stderr.push_str(&told);
                    output.status = status;
                    if status == 2 {
                        return output;
                    }
                }
            }
            if output.stdout.len() > LONGEST {
                return output;
            }
        }
    }
    if asked.judges && output.status == 0 {
        output.status = match last {
            None => 4,
            Some(Value::Null | Value::Bool(false)) => 1,
            Some(_) => 0,
        };
    }
    output
}

/// The steps of a filter; none for what the lab's jq does not know.
fn steps(filter: &str) -> Option<Vec<Step>> {
    let mut all = Vec::new();
    for part in filter.split('|') {
        match part.trim() {
            "empty" => all.push(Step::Empty),
            "length" => all.push(Step::Length),
            "keys" => all.push(Step::Keys),
            path => path_steps(path, &mut all)?,
        }
        if all.len() > MOST_STEPS {
            return None;
        }
    }
    Some(all)
}

fn path_steps(path: &str, all: &mut Vec<Step>) -> Option<()> {
    let mut rest = path.strip_prefix('.')?;
    let mut dotted = true;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (place, more) = inner.split_once(']')?;
            all.push(match place.trim() {
                "" => Step::Each,
                text => match text.strip_prefix('"') {
                    Some(name) => Step::Member(name.strip_suffix('"')?.to_string()),
                    None => Step::Place(text.parse().ok()?),
                },
            });
            rest = more;
        } else if let Some(inner) = rest.strip_prefix('"').filter(|_| dotted) {
            let (name, more) = inner.split_once('"')?;
            all.push(Step::Member(name.to_string()));
            rest = more;
        } else {
            let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(rest.len());
            let (name, more) = rest.split_at(end);
            if !dotted || name.is_empty() || name.starts_with(|sign: char| sign.is_ascii_digit()) {
                return None;
            }
            all.push(Step::Member(name.to_string()));
            rest = more;
        }
        let more = rest.strip_prefix('.');
        dotted = more.is_some();
        // A dot has something behind it, and only brackets come without one.
        if more == Some("") || more.is_none() && !rest.is_empty() && !rest.starts_with('[') {
            return None;
        }
        rest = more.unwrap_or(rest);
    }
    Some(())
}

/// What stands at the end of the steps.
fn found(value: Value, steps: &[Step]) -> Result<Vec<Value>, String> {
    let mut all = Vec::from([value]);
    for step in steps {
        let mut next = Vec::new();
        for value in all {
            taken(value, step, &mut next)?;
        }
        if next.len() > MOST_FOUND {
            return Err(format!("ECS Lab's jq finds no more than {MOST_FOUND} values"));
        }
        all = next;
    }
    Ok(all)
}

fn taken(mut value: Value, step: &Step, next: &mut Vec<Value>) -> Result<(), String> {
    let kind = kind(&value);
    match (step, &mut value) {
        (Step::Empty, _) => {}
        (Step::Member(_) | Step::Place(_), Value::Null) => next.push(Value::Null),
        (Step::Member(name), Value::Object(own)) => next.push(own.get(name).cloned().unwrap_or_default()),
        (Step::Place(place), Value::Array(own)) => {
            let place = if *place < 0 { place.saturating_add(own.len() as i64) } else { *place };
            let own = usize::try_from(place).ok().and_then(|place| own.get(place));
            next.push(own.cloned().unwrap_or_default());
        }
        (Step::Each, Value::Array(own)) => next.append(own),
        (Step::Each, Value::Object(own)) => next.extend(own.values().cloned()),
        (Step::Length, Value::Null) => next.push(0.into()),
        (Step::Length, Value::Array(own)) => next.push(own.len().into()),
        (Step::Length, Value::Object(own)) => next.push(own.len().into()),
        (Step::Length, Value::String(own)) => next.push(own.chars().count().into()),
        (Step::Keys, Value::Array(own)) => next.push((0..own.len()).collect()),
        (Step::Keys, Value::Object(own)) => {
            let mut keys: Vec<String> = own.keys().cloned().collect();
            crate::sim::order::sort_by(&mut keys, String::cmp);
            next.push(keys.into());
        }
        (Step::Member(name), _) => return Err(format!("Cannot index {kind} with \"{name}\"")),
        (Step::Place(_), _) => return Err(format!("Cannot index {kind} with number")),
        (Step::Each, _) => return Err(format!("Cannot iterate over {kind}")),
        (Step::Length | Step::Keys, _) => {
            return Err(format!("{kind} has no {}", if matches!(step, Step::Keys) { "keys" } else { "length" }));
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn shown(value: &Value, asked: &Asked) -> String {
    match value {
        Value::String(text) if asked.raw => text.clone(),
        value if asked.tight => value.to_string(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_find_what_stands_at_paths() {
        let value = serde_json::json!({ "a": { "b-c": [1, { "d": "x" }] }, "n": null, "s": "abc" });
        for (filter, expected) in [
            (".s", Ok("\"abc\"")),
            (".", Ok("{\"a\":{\"b-c\":[1,{\"d\":\"x\"}]},\"n\":null,\"s\":\"abc\"}")),
            (".a[\"b-c\"][1].d", Ok("\"x\"")),
            (".a.\"b-c\"[-2]", Ok("1")),
            (".a[\"b-c\"][] ", Ok("1 {\"d\":\"x\"}")),
            (".a | .[\"b-c\"] | length", Ok("2")),
            ("keys", Ok("[\"a\",\"n\",\"s\"]")),
            (".none.more[3]", Ok("null")),
            ("empty", Ok("")),
            (".s.x", Err("Cannot index string with \"x\"")),
            (".n[]", Err("Cannot iterate over null")),
        ] {
            let steps = steps(filter).unwrap();
            let own =
                found(value.clone(), &steps).map(|own| own.iter().map(Value::to_string).collect::<Vec<_>>().join(" "));
            assert_eq!(own, expected.map(String::from).map_err(String::from), "{filter}");
        }
        for filter in ["", ".a.", "a", "..", ".a b", ".[", ".a[x]", "map(.a)", ".a, .b", ".1", &".a".repeat(1000)] {
            assert!(steps(filter).is_none(), "{filter}");
        }
    }
}
