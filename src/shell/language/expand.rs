//! Words → what a command gets: braces, `~`, variables, substitutions, splitting and file names, in bash's order.

use super::super::pattern;
use super::super::terminal::LONGEST;
use super::braces::braces;
use super::command::{Part, Word};
use super::parameter::Change;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Where words are cut unless `IFS` says otherwise.
pub const BLANKS: &str = " \t\n";

const TOO_LONG: &str = "Argument list too long";

/// What an expansion asks of the shell.
pub trait Source {
    /// The value of a variable; none where it is not set.
    fn variable(&mut self, name: &str) -> Option<String>;
    /// Gives a variable a value.
    fn set(&mut self, name: &str, value: &str);
    /// What a command prints, without line ends at its end.
    ///
    /// # Errors
    /// Why it cannot be run.
    fn output(&mut self, body: &str) -> Result<String, String>;
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
        for (place, part) in word.iter().enumerate() {
            match part {
                Part::Variable { name, change, quoted } if is_all(name, change.as_ref(), *quoted) => {
                    let all = given(change.as_ref(), source)?;
                    fields.spread(&all, *quoted, &blanks);
                }
                Part::Plain(text) => {
                    let home = (place == 0).then(|| tilde(text, word.len() == 1, source)).flatten();
                    fields.add(home.as_deref().unwrap_or(text), false);
                }
                // What opens `"$@"` is no word of its own.
                Part::Quoted(text) if text.is_empty() && is_quoted_all(word.get(place + 1)) => {}
                Part::Quoted(text) => fields.add(text, true),
                Part::Number(_) => fields.add(&value(part, source)?, false),
                Part::Variable { quoted, .. } | Part::Command { quoted, .. } => {
                    let text = value(part, source)?;
                    if *quoted { fields.add(&text, true) } else { fields.split(&text, &blanks) }
                }
            }
            fields.fit()?;
        }
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
        Part::Variable { name, change: Some(change), .. } => super::parameter::value(name, change, source),
        Part::Variable { name, .. } if name == "*" => {
            let by = source.variable("IFS").map_or_else(|| Some(' '), |own| own.chars().next());
            Ok(source.given().join(by.map(String::from).unwrap_or_default().as_str()))
        }
        Part::Variable { name, .. } if name == "@" => Ok(source.given().join(" ")),
        Part::Variable { name, .. } => match source.variable(name) {
            None if source.is_strict() => Err(unbound(name)),
            own => Ok(own.unwrap_or_default()),
        },
        Part::Command { body, .. } => source.output(body),
        Part::Number(body) => {
            let body = text(body, source)?;
            super::arithmetic::value(&body, source).map(|number| number.to_string())
        }
        Part::Plain(text) | Part::Quoted(text) => Ok(text.clone()),
    }
}

/// The error of a variable that has to be set.
pub(super) fn unbound(name: &str) -> String {
    let sign = if name.starts_with(|sign: char| sign.is_ascii_digit()) { "$" } else { "" };
    format!("{sign}{name}: unbound variable")
}

/// Whether a part is all words that were given, each a word of its own.
fn is_all(name: &str, change: Option<&Change>, quoted: bool) -> bool {
    (name == "@" || name == "*" && !quoted) && matches!(change, None | Some(Change::Slice(..)))
}

fn is_quoted_all(part: Option<&Part>) -> bool {
    matches!(part, Some(Part::Variable { name, change, quoted: true }) if is_all(name, change.as_ref(), true))
}

/// The words that were given, or those of `${@:from:count}`.
fn given(change: Option<&Change>, source: &mut dyn Source) -> Result<Vec<String>, String> {
    let all = source.given();
    let Some(Change::Slice(from, count)) = change else { return Ok(all) };
    let mut number = |text: &str| super::arithmetic::value(text, source).map(|own| usize::try_from(own).unwrap_or(0));
    let from = number(from)?;
    let count = count.as_deref().map_or(Ok(usize::MAX), number)?;
    Ok(all.into_iter().skip(from.saturating_sub(1)).take(count).collect())
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
