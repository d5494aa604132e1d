//! The words of an option → a value of the model's shape (awscli's `argprocess.py`, `paramfile.py`).

use super::Generation;
use super::fail::Fail;
use super::parser::{int, repr};
use super::shorthand;
use crate::aws::model::{Kind, Shape};
use crate::shell::exec::Shell;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use core::cell::Cell;
use serde_json::Value;

/// What an option was given: its words, or the text of a file in their stead.
pub(super) enum Given {
    Words(Vec<String>),
    Text(String),
}

impl Given {
    fn first(&self) -> &str {
        match self {
            Given::Words(words) => words.first().map(String::as_str).unwrap_or_default(),
            Given::Text(text) => text,
        }
    }

    /// Whether it looks like JSON: the shorthand syntax has no such beginning.
    pub(super) fn is_json(&self) -> bool {
        self.first().trim_start().starts_with(['[', '{'])
    }
}

impl Shell<'_> {
    /// Puts the text of `file://` and `fileb://` in the place of the name.
    pub(super) fn loaded(&self, option: &str, words: &[String], list: bool) -> Result<Given, Fail> {
        if let [word] = words
            && let Some(text) = self.paramfile(word).map_err(|why| Fail::parameter(option, &why))?
        {
            return Ok(Given::Text(text));
        }
        Ok(if list { Given::Words(words.to_vec()) } else { Given::Text(words.first().cloned().unwrap_or_default()) })
    }

    /// The text that a word names; none where it names no file. Errors: why it cannot be read.
    pub(super) fn paramfile(&self, word: &str) -> Result<Option<String>, String> {
        let Some(name) = word.strip_prefix("file://").or_else(|| word.strip_prefix("fileb://")) else {
            return Ok(None);
        };
        let name = match name.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", crate::shell::terminal::HOME),
            None => name.to_string(),
        };
        let path = self.path(&name);
        if let Some(text) = self.terminal.files.read(&path) {
            return Ok(Some(text.to_string()));
        }
        let why = self.missing(&path);
        let number = if why.starts_with('I') { 21 } else { 2 };
        Err(format!("Unable to load paramfile {word}: [Errno {number}] {why}: {}", repr(&name)))
    }

    /// The value of an option's words.
    pub(super) fn value(&self, option: &str, shape: Shape, given: &Given) -> Result<Value, Fail> {
        if is_complex(shape) && !given.is_json() {
            return self.shorthand(option, shape, given);
        }
        match (shape.kind(), given) {
            (Kind::List { item, .. }, Given::Words(words)) => match words.as_slice() {
                [one] if one.trim().starts_with('[') => json(option, one),
                words => words.iter().map(|word| one(option, *item, word)).collect::<Result<_, _>>().map(Value::Array),
            },
            (Kind::List { item, .. }, Given::Text(text)) => {
                if text.trim_start().starts_with('[') {
                    return json(option, text);
                }
                // Python takes a text for the list of its letters.
                text.chars()
                    .map(|sign| one(option, *item, &sign.to_string()))
                    .collect::<Result<_, _>>()
                    .map(Value::Array)
            }
            (_, Given::Text(text)) => one(option, shape, text),
            (_, Given::Words(words)) => Ok(words.iter().map(|word| Value::from(word.as_str())).collect()),
        }
    }

    fn shorthand(&self, option: &str, shape: Shape, given: &Given) -> Result<Value, Fail> {
        let read = |word: &str| {
            // A file in it that cannot be read is no fault of the parameter.
            let unread = Cell::new(false);
            let load = |name: &str| self.paramfile(name).inspect_err(|_| unread.set(true));
            let own = shorthand::parse(word, &load, self.terminal.generation);
            own.map_err(|why| if unread.get() { Fail::Other(why) } else { Fail::parameter(option, &why) })
        };
        let mut value = match given {
            Given::Words(words) => words.iter().map(|word| read(word)).collect::<Result<Value, _>>()?,
            Given::Text(text) => read(text)?,
        };
        typed(shape, &mut value)?;
        Ok(value)
    }
}

/// Whether the shorthand syntax is for it: structures and maps, and lists of those.
fn is_complex(shape: Shape) -> bool {
    match shape.kind() {
        Kind::Structure { .. } | Kind::Map { .. } => true,
        Kind::List { item, .. } => matches!(item.kind(), Kind::Structure { .. } | Kind::Map { .. } | Kind::List { .. }),
        _ => false,
    }
}

/// One word as a value.
fn one(option: &str, shape: Shape, word: &str) -> Result<Value, Fail> {
    match shape.kind() {
        Kind::Structure { .. } | Kind::Map { .. } => {
            if word.trim_start().starts_with('{') {
                json(option, word)
            } else {
                Err(Fail::parameter(option, &format!("Invalid JSON:\n{word}")))
            }
        }
        Kind::Integer(_) | Kind::Long(_) => whole(word),
        Kind::Double(_) => float(word),
        Kind::Boolean => Ok((!word.is_empty() && word.to_lowercase() != "false").into()),
        _ => Ok(word.into()),
    }
}

fn whole(word: &str) -> Result<Value, Fail> {
    let wrong = || Fail::Other(format!("invalid literal for int() with base 10: {}", repr(word)));
    int(word).map(Value::from).ok_or_else(wrong)
}

fn float(word: &str) -> Result<Value, Fail> {
    let wrong = || Fail::Other(format!("could not convert string to float: {}", repr(word)));
    word.trim().parse::<f64>().map(Value::from).map_err(|_| wrong())
}

/// A text as JSON.
pub(super) fn json(option: &str, text: &str) -> Result<Value, Fail> {
    serde_json::from_str(text).map_err(|_| {
        let why = super::python_json::fault(text);
        Fail::parameter(option, &format!("Invalid JSON: {why}\nJSON received: {text}"))
    })
}

/// Gives what the shorthand syntax read the types of the model; a lone value where a list is wanted becomes one.
fn typed(shape: Shape, value: &mut Value) -> Result<(), Fail> {
    match (shape.kind(), &mut *value) {
        (_, Value::Null) => {}
        (Kind::Structure { members, .. }, Value::Object(given)) => {
            for member in members {
                if let Some(own) = given.get_mut(member.name) {
                    typed(member.shape, own)?;
                }
            }
        }
        (Kind::Map { value: shape, .. }, Value::Object(given)) => {
            for (_, own) in given.iter_mut() {
                typed(*shape, own)?;
            }
        }
        (Kind::List { item, .. }, Value::Array(given)) => {
            for own in given {
                typed(*item, own)?;
            }
        }
        (Kind::List { .. }, other) => *value = Value::Array(alloc::vec![core::mem::take(other)]),
        (Kind::Integer(_) | Kind::Long(_), Value::String(text)) => *value = whole(text)?,
        (Kind::Double(_), Value::String(text)) => *value = float(text)?,
        (Kind::Boolean, Value::String(text)) => match text.to_lowercase().as_str() {
            "true" => *value = true.into(),
            "false" => *value = false.into(),
            _ => {}
        },
        _ => {}
    }
    Ok(())
}

/// The value as it goes over the wire: moments as seconds, bytes as base64.
///
/// # Errors
/// A text for bytes that version 2 cannot read as base64.
pub(super) fn on_the_wire(shape: Shape, value: &mut Value, generation: Generation) -> Result<(), Fail> {
    match (shape.kind(), &mut *value) {
        (Kind::Structure { members, .. }, Value::Object(given)) => {
            for member in members {
                if let Some(own) = given.get_mut(member.name) {
                    on_the_wire(member.shape, own, generation)?;
                }
            }
        }
        (Kind::Map { value: shape, .. }, Value::Object(given)) => {
            given.iter_mut().try_for_each(|(_, own)| on_the_wire(*shape, own, generation))?;
        }
        (Kind::List { item, .. }, Value::Array(given)) => {
            given.iter_mut().try_for_each(|own| on_the_wire(*item, own, generation))?;
        }
        (Kind::Blob, Value::String(text)) => {
            *value = match generation {
                Generation::V1 => STANDARD.encode(text),
                Generation::V2 => STANDARD.encode(decoded(text)?),
            }
            .into();
        }
        (Kind::Timestamp, Value::String(text)) => {
            if let Some(seconds) = seconds(text) {
                *value = seconds.into();
            }
        }
        _ => {}
    }
    Ok(())
}

/// The bytes in a text of base64 as Python's `b64decode` reads it: what is no sign of base64, the ends of lines first of all,
/// is passed over, and what stands behind the padding too.
///
/// # Errors
/// Too few signs; signs beyond ASCII.
fn decoded(text: &str) -> Result<Vec<u8>, Fail> {
    if !text.is_ascii() {
        return Err(Fail::Other("string argument should contain only ASCII characters".to_string()));
    }
    let (mut signs, mut pads) = (String::new(), 0);
    for sign in text.chars() {
        match sign {
            '=' if signs.len() % 4 >= 2 => {
                pads += 1;
                if signs.len() % 4 + pads == 4 {
                    return LENIENT.decode(signs).map_err(|_| invalid(text));
                }
            }
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => {
                pads = 0;
                signs.push(sign);
            }
            _ => {}
        }
    }
    match signs.len() % 4 {
        0 => LENIENT.decode(signs).map_err(|_| invalid(text)),
        _ => Err(invalid(text)),
    }
}

/// Without padding, and whatever the bits are that the last sign has too many.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

fn invalid(text: &str) -> Fail {
    Fail::Other(format!("Invalid base64: \"{text}\""))
}

/// Whole seconds of a moment in one of the forms that botocore reads.
pub(super) fn seconds(text: &str) -> Option<i64> {
    if let Ok(number) = text.trim().parse::<f64>() {
        return Some(number as i64);
    }
    let text = text.trim().replacen(' ', "T", 1);
    let padded = if text.len() == 16 && text.contains('T') { format!("{text}:00") } else { text };
    SimTime::parse(&padded).ok().map(|time| time.as_millis().div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_python_reads_base64() {
        for (text, bytes) in [
            ("aGVsbG8gd29ybGQ=", Ok("hello world")),
            ("aGVsbG8gd29ybGQ=\n", Ok("hello world")),
            ("aGVs\nbG8g\r\nd29y bGQ=", Ok("hello world")),
            ("aGVsbG8{}gd29ybGQ=", Ok("hello world")),
            ("YWI=YWI=", Ok("ab")),
            ("=YWJj", Ok("abc")),
            ("YQ=", Err("Invalid base64: \"YQ=\"")),
            ("YR==", Ok("a")),
            ("", Ok("")),
            ("hello", Err("Invalid base64: \"hello\"")),
            ("ä", Err("string argument should contain only ASCII characters")),
        ] {
            let found = decoded(text).map_err(|fail| match fail {
                Fail::Other(why) => why,
                _ => String::new(),
            });
            assert_eq!(found, bytes.map(|own| own.as_bytes().to_vec()).map_err(ToString::to_string), "{text}");
        }
    }

    #[test]
    fn version_1_takes_the_bytes_of_a_text_as_they_are() {
        let operation = crate::aws::model::operation("ecr", "UploadLayerPart").unwrap();
        for (generation, sent) in [(Generation::V1, "YUdrPQo="), (Generation::V2, "aGk=")] {
            let mut input = serde_json::json!({ "layerPartBlob": "aGk=\n" });
            assert!(on_the_wire(operation.input, &mut input, generation).is_ok());
            assert_eq!(input["layerPartBlob"], sent);
        }
    }
}
