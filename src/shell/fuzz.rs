//! What must hold of the shell's readers, whatever the text; [`crate::fuzz`] runs it.

use super::aws::{self, Generation};
use super::jmespath::compile;
use super::language::expand::{self, Source};
use super::language::{Simple, Value as Given, parse, simples};
use super::quote::quote;
use super::terminal::LONGEST;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// As deep as a substitution within a substitution is run here.
const DEEPEST: u8 = 3;

/// As many bytes as all expansions of a command may cost here.
const MOST_BYTES: usize = 4 * LONGEST;

/// A shell without commands: a substitution prints how many commands it has.
struct Still<'a> {
    deeper: u8,
    bytes: &'a mut usize,
}

impl Source for Still<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        Some(format!("{name} *")).filter(|_| name.len() < 3)
    }

    fn set(&mut self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn output(&mut self, body: &str) -> Result<String, String> {
        let Some(deeper) = self.deeper.checked_sub(1) else { return Ok(String::new()) };
        let lines = parse(body).map_err(|wrong| wrong.why)?;
        for command in simples(&lines) {
            expanded(command, &mut Still { deeper, bytes: self.bytes })?;
        }
        Ok(lines.len().to_string())
    }

    fn cost(&mut self, bytes: usize) -> Result<(), String> {
        *self.bytes = self.bytes.checked_sub(bytes).ok_or("too much")?;
        Ok(())
    }

    fn matching(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

fn expanded(command: &Simple, source: &mut Still<'_>) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for word in &command.words {
        all.extend(expand::words(word, source)?);
    }
    for own in &command.assignments {
        match &own.value {
            Given::One(word) => all.push(expand::text(word, source)?),
            Given::Several(items) => {
                for (place, word) in items {
                    all.extend(place.iter().map(|place| expand::text(place, source)).collect::<Result<Vec<_>, _>>()?);
                    all.extend(expand::words(word, source)?);
                }
            }
        }
    }
    Ok(all)
}

/// The words of a command whose substitutions are run so deep.
fn words_of(command: &Simple, deeper: u8) -> Result<Vec<String>, String> {
    expanded(command, &mut Still { deeper, bytes: &mut { MOST_BYTES } })
}

/// A line is read or refused, its words stay within their limit, and a quoted text comes back as itself.
pub(crate) fn lexer(text: &str) -> Result<(), String> {
    let read = parse(text).unwrap_or_default();
    for command in simples(&read) {
        let Ok(words) = words_of(command, DEEPEST) else { continue };
        if let Some(word) = words.iter().find(|word| word.len() > 2 * LONGEST) {
            return Err(format!("a word has {} bytes", word.len()));
        }
    }
    let lines = parse(&format!("echo {}", quote(text))).map_err(|wrong| wrong.why)?;
    let words: Vec<String> = match lines.as_slice() {
        [_] => simples(&lines).into_iter().flat_map(|own| words_of(own, 0).unwrap_or_default()).collect(),
        _ => return Err(format!("a quoted text makes {} lines", lines.len())),
    };
    if words == ["echo", text] { Ok(()) } else { Err(format!("quoted, it comes back as {words:?}")) }
}

/// A structure is read or refused alike by both generations but for what only one has; what shorthand can write again,
/// it reads again as the same.
pub(crate) fn shorthand(text: &str) -> Result<(), String> {
    let no_file = |_: &str| Ok(None);
    for generation in [Generation::V1, Generation::V2] {
        let Ok(Value::Object(read)) = aws::shorthand(text, &no_file, generation) else { continue };
        let Some(written) = super::shorthand::structure(&read) else { continue };
        let again = aws::shorthand(&written, &no_file, generation)?;
        if again != Value::Object(read) {
            return Err(format!("written again as {written} it is {again}"));
        }
    }
    Ok(())
}

/// The longest name of a member.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(longest).max().unwrap_or(0),
        Value::Object(map) => map.iter().map(|(name, own)| name.len().max(longest(own))).max().unwrap_or(0),
        _ => 0,
    }
}

/// A document is read or refused; what was read, printed as `--output yaml` prints it, is read again as the same. A name
/// ends within 1,024 signs in YAML, and no answer has a longer one.
pub(crate) fn yaml(text: &str) -> Result<(), String> {
    let Ok(read) = crate::aws::yaml::read(text) else { return Ok(()) };
    if longest(&read) > 500 {
        return Ok(());
    }
    // A lone scalar is printed as JSON.
    let read = if read.is_array() || read.is_object() { read } else { Value::Array(Vec::from([read])) };
    let written = super::print::yaml(&read);
    match crate::aws::yaml::read(&written) {
        Ok(again) if again == read => Ok(()),
        again => Err(format!("{read} printed as {written:?} is {again:?}")),
    }
}

/// A query is read or refused; in parentheses and through a pipe it finds the same.
pub(crate) fn jmespath(text: &str) -> Result<(), String> {
    let Ok(query) = compile(text) else { return Ok(()) };
    let given = json!({
        "a": [{ "a": 1, "b": "x", "c": [1, 2.5, -3] }, { "a": 2, "b": "y" }, { "a": null, "c": [] }, 7, "t"],
        "b": { "a": [[1], [2, [3]]], "b": true, "c": "" },
        "c": "text",
        "taskArns": ["arn:aws:ecs:us-east-1:123456789012:task/c/1", "arn:aws:ecs:us-east-1:123456789012:task/c/2"],
    });
    let found = query.search(&given);
    // The deepest queries that are read cannot be put into anything.
    let Ok(wrapped) = compile(&format!("({text}) | @")) else { return Ok(()) };
    if wrapped.search(&given) == found { Ok(()) } else { Err(format!("({text}) | @ finds something else")) }
}
