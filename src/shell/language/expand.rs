//! Words → what a command gets: braces, `~`, variables, substitutions, splitting and file names, in bash's order.

use super::super::pattern;
use super::super::terminal::LONGEST;
use super::braces::braces;
use super::change::changed;
use super::command::{Part, Place, Word};
use super::parameter::{self, Change};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Where words are cut unless `IFS` says otherwise.
pub const BLANKS: &str = " \t\n";

/// What a word costs beside its text.
const WORD_BYTES: usize = 64;

const TOO_LONG: &str = "Argument list too long";

/// What an expansion asks of the shell.
pub trait Source {
    /// The value of a variable; none where it is not set.
    fn variable(&mut self, name: &str) -> Option<String>;
    /// Gives a variable a value.
    ///
    /// # Errors
    /// Where it keeps its own.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String>;
    /// An element of an array, by an expression or a key; none where it is not set.
    ///
    /// # Errors
    /// What is no number.
    fn element(&mut self, name: &str, place: &str) -> Result<Option<String>, String> {
        Ok(self.variable(name).filter(|_| place == "0"))
    }
    /// Gives an element a value.
    ///
    /// # Errors
    /// What is no place, and an array that keeps its elements or is full.
    fn set_element(&mut self, name: &str, _place: &str, value: &str) -> Result<(), String> {
        self.set(name, value)
    }
    /// Each place of an array with its element; a plain variable is an array of one.
    fn elements(&mut self, name: &str) -> Vec<(String, String)> {
        self.variable(name).map(|own| ("0".to_string(), own)).into_iter().collect()
    }
    /// How many elements there are.
    fn count(&mut self, name: &str) -> usize {
        self.elements(name).len()
    }
    /// What a command prints, without line ends at its end.
    ///
    /// # Errors
    /// Why it cannot be run.
    fn output(&mut self, body: &str) -> Result<String, String>;
    /// The path of a file that holds what a command prints.
    ///
    /// # Errors
    /// Why it cannot be run.
    fn file_of(&mut self, body: &str) -> Result<String, String> {
        self.output(body)
    }
    /// Adds bytes that an expansion goes through to what the line has cost.
    ///
    /// # Errors
    /// Once that is too much.
    fn cost(&mut self, bytes: usize) -> Result<(), String>;
    /// The names of files that a pattern fits, in order.
    fn matching(&self, pattern: &str) -> Vec<String>;
    /// The words that a function or a script was given.
    fn given(&self) -> Vec<String> {
        Vec::new()
    }
    /// Whether a variable that is not set is an error.
    fn is_strict(&self) -> bool {
        false
    }
}

/// The words that a word becomes.
///
/// # Errors
/// A substitution that cannot be run, or braces that make too many words.
pub fn words(word: &Word, source: &mut dyn Source) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let blanks = source.variable("IFS").unwrap_or_else(|| BLANKS.to_string());
    for word in braces(word)? {
        let mut fields = Fields::default();
        fill(&mut fields, &word, &blanks, source)?;
        source.cost(WORD_BYTES + fields.size)?;
        for (text, pattern) in fields.done() {
            let found = pattern.map_or_else(Vec::new, |pattern| source.matching(&pattern));
            if found.is_empty() {
                out.push(text);
            } else {
                out.extend(found);
            }
        }
    }
    Ok(out)
}

/// Adds the parts of a word to words on their way.
fn fill(fields: &mut Fields, word: &Word, blanks: &str, source: &mut dyn Source) -> Result<(), String> {
    for (place, part) in word.iter().enumerate() {
        match part {
            Part::Variable {
                name,
                place,
                change: Some(change @ Change::Instead { sign: '-' | '+', word: other, .. }),
                ..
            } if other.iter().any(is_all) && parameter::instead((name, place.as_ref(), change), source)?.is_some() => {
                fill(fields, other, blanks, source)?;
            }
            Part::Variable { quoted, .. } if is_all(part) => match all(part, source)? {
                Some(all) => fields.spread(&all, *quoted, blanks),
                None if *quoted => fields.add(&value(part, source)?, true),
                None => fields.split(&value(part, source)?, blanks),
            },
            Part::Plain(text) => {
                let home = (place == 0).then(|| tilde(text, word.len() == 1, source)).flatten();
                fields.add(home.as_deref().unwrap_or(text), false);
            }
            // What opens `"$@"` is no word of its own.
            Part::Quoted(text) if text.is_empty() && word.get(place + 1).is_some_and(is_all) => {}
            Part::Quoted(text) => fields.add(text, true),
            Part::Number(_) | Part::File(_) => fields.add(&value(part, source)?, false),
            Part::Array(own) => fields.add(&own.name, true),
            Part::Variable { quoted, .. } | Part::Command { quoted, .. } => {
                let text = value(part, source)?;
                if *quoted { fields.add(&text, true) } else { fields.split(&text, blanks) }
            }
        }
        fields.fit()?;
    }
    Ok(())
}

/// Whether braces may have made several words of one.
pub fn has_braces(word: &Word) -> bool {
    word.iter().any(|part| matches!(part, Part::Plain(text) if text.contains('{')))
}

/// The one text that a word becomes where no word is split: a value, a file, a here-document.
///
/// # Errors
/// A substitution that cannot be run.
pub fn text(word: &Word, source: &mut dyn Source) -> Result<String, String> {
    let mut out = String::new();
    for (place, part) in word.iter().enumerate() {
        match part {
            Part::Plain(own) if place == 0 => match tilde(own, word.len() == 1, source) {
                Some(home) => out.push_str(&home),
                None => out.push_str(own),
            },
            Part::Plain(own) | Part::Quoted(own) => out.push_str(own),
            _ => out.push_str(&value(part, source)?),
        }
        if out.len() > LONGEST {
            return Err(TOO_LONG.to_string());
        }
    }
    Ok(out)
}

fn value(part: &Part, source: &mut dyn Source) -> Result<String, String> {
    match part {
        Part::Variable { name, place, change: Some(change), .. } => {
            parameter::value((name, place.as_ref(), change), source)
        }
        Part::Variable { name, place, .. } => match parameter::own(name, place.as_ref(), source)? {
            None if source.is_strict() && !["@", "*"].contains(&name.as_str()) => match place {
                None => Err(unbound(name)),
                Some(Place::All { .. }) => Ok(String::new()),
                Some(Place::One(word)) => Err(format!("{name}[{}]: unbound variable", text(word, source)?)),
            },
            own => Ok(own.unwrap_or_default()),
        },
        Part::Command { body, .. } => source.cost(body.len()).and_then(|()| source.output(body)),
        Part::File(body) => source.cost(body.len()).and_then(|()| source.file_of(body)),
        Part::Number(body) => {
            let body = text(body, source)?;
            super::arithmetic::value(&body, source).map(|number| number.to_string())
        }
        Part::Plain(text) | Part::Quoted(text) => Ok(text.clone()),
        Part::Array(own) => Ok(own.name.clone()),
    }
}

/// The error of a variable that has to be set.
pub(super) fn unbound(name: &str) -> String {
    let sign = if name.starts_with(|sign: char| sign.is_ascii_digit()) { "$" } else { "" };
    format!("{sign}{name}: unbound variable")
}

/// Whether a part is all words that were given or all elements of an array, each a word of its own.
fn is_all(part: &Part) -> bool {
    let Part::Variable { name, place, change, quoted } = part else { return false };
    let all = match place {
        Some(Place::All { joined }) => !joined || !quoted,
        None => name == "@" || name == "*" && !quoted,
        Some(Place::One(_)) => false,
    };
    all && !matches!(change, Some(Change::Length))
}

/// The words that were given, or the elements of an array.
pub(super) fn all_of(name: &str, place: Option<&Place>, source: &mut dyn Source) -> Vec<String> {
    match place {
        None => source.given(),
        Some(_) => source.elements(name).into_iter().map(|(_, value)| value).collect(),
    }
}

/// The words of a part that is several, each after its change; none where another word stands for them.
fn all(part: &Part, source: &mut dyn Source) -> Result<Option<Vec<String>>, String> {
    let Part::Variable { name, place, change, .. } = part else { return Ok(None) };
    let place = place.as_ref();
    match change {
        None => Ok(Some(all_of(name, place, source))),
        Some(Change::Keys) => Ok(Some(source.elements(name).into_iter().map(|(key, _)| key).collect())),
        Some(change @ Change::Slice(..)) => parameter::slices(name, place, change, source).map(Some),
        Some(change @ Change::Instead { sign, .. }) => {
            let own = *sign != '+' && parameter::instead((name, place, change), source)?.is_none();
            Ok(own.then(|| all_of(name, place, source)))
        }
        Some(change) => {
            let all = all_of(name, place, source);
            all.iter().map(|own| changed(own, change, source)).collect::<Result<_, _>>().map(Some)
        }
    }
}

/// The pattern that a word becomes: what is quoted in it is itself.
///
/// # Errors
/// A substitution that cannot be run.
pub fn pattern(word: &Word, source: &mut dyn Source) -> Result<String, String> {
    let mut out = String::new();
    for part in word {
        match part {
            Part::Plain(own) => out.push_str(own),
            Part::Quoted(own) => out.push_str(&pattern::escaped(own)),
            Part::Variable { quoted: true, .. } | Part::Command { quoted: true, .. } => {
                out.push_str(&pattern::escaped(&value(part, source)?));
            }
            _ => out.push_str(&value(part, source)?),
        }
        if out.len() > LONGEST {
            return Err(TOO_LONG.to_string());
        }
    }
    Ok(out)
}

fn tilde(text: &str, whole: bool, source: &mut dyn Source) -> Option<String> {
    let rest = text.strip_prefix('~')?;
    let own = if rest.is_empty() { whole } else { rest.starts_with('/') };
    own.then(|| format!("{}{rest}", source.variable("HOME").unwrap_or_default()))
}

/// Words on their way.
#[derive(Default)]
struct Fields {
    done: Vec<(String, Option<String>)>,
    size: usize,
    text: String,
    /// The same as a pattern: with `\` before what was quoted.
    pattern: String,
    /// Whether the word is there though empty.
    there: bool,
    is_pattern: bool,
}

impl Fields {
    fn add(&mut self, text: &str, quoted: bool) {
        self.there |= quoted || !text.is_empty();
        self.is_pattern |= !quoted && text.contains(['*', '?', '[']);
        self.text.push_str(text);
        if quoted {
            self.pattern.push_str(&pattern::escaped(text));
        } else {
            self.pattern.push_str(text);
        }
        self.size += text.len();
    }

    fn fit(&self) -> Result<(), String> {
        if self.size > LONGEST { Err(TOO_LONG.to_string()) } else { Ok(()) }
    }

    /// Cuts a text where the signs of `IFS` stand: blanks of it together, each other sign for itself.
    fn split(&mut self, text: &str, blanks: &str) {
        let mut rest = text;
        loop {
            let end = rest.find(|sign| blanks.contains(sign)).unwrap_or(rest.len());
            let (piece, more) = rest.split_at(end);
            if !piece.is_empty() {
                self.add(piece, false);
            }
            if more.is_empty() {
                return;
            }
            let empty = |sign: char| BLANKS.contains(sign) && blanks.contains(sign);
            let more = more.trim_start_matches(empty);
            let hard = more.chars().next().filter(|sign| blanks.contains(*sign));
            self.there |= hard.is_some();
            self.close();
            rest = hard.map_or(more, |sign| more.get(sign.len_utf8()..).unwrap_or_default().trim_start_matches(empty));
        }
    }

    /// Several words, the first of which joins what stands before and the last what follows.
    fn spread(&mut self, all: &[String], quoted: bool, blanks: &str) {
        for (place, word) in all.iter().enumerate() {
            if place > 0 {
                self.close();
            }
            if quoted {
                self.add(word, true);
            } else {
                self.split(word, blanks);
            }
        }
    }

    fn close(&mut self) {
        let (text, pattern) = (core::mem::take(&mut self.text), core::mem::take(&mut self.pattern));
        if self.there {
            self.done.push((text, self.is_pattern.then_some(pattern)));
        }
        (self.there, self.is_pattern) = (false, false);
    }

    fn done(mut self) -> Vec<(String, Option<String>)> {
        self.close();
        self.done
    }
}

/// The regular expression that a word becomes: what is quoted in it is itself.
///
/// # Errors
/// A substitution that cannot be run.
pub fn expression(word: &Word, source: &mut dyn Source) -> Result<String, String> {
    let mut out = String::new();
    for part in word {
        match part {
            Part::Plain(own) => out.push_str(own),
            Part::Quoted(own) => out.push_str(&regex_lite::escape(own)),
            Part::Variable { quoted: true, .. } => out.push_str(&regex_lite::escape(&value(part, source)?)),
            _ => out.push_str(&value(part, source)?),
        }
    }
    Ok(out)
}
