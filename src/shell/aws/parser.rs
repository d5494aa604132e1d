//! Python's argparse, as far as the AWS CLI uses it: options by unique prefix, their words, and what is left over.

use super::Generation;
use super::fail::Fail;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How many words an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// None, and what follows it is not read.
    End,
    /// One.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Any,
    /// One or more.
    Some,
}

/// What a word has to be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Anything.
    Text,
    /// A whole number of Python.
    Int,
    /// A number of Python.
    Float,
}

/// An option.
#[derive(Clone, Debug)]
pub struct Opt {
    /// With its dashes.
    pub name: String,
    /// How many words it takes.
    pub takes: Takes,
    /// What each has to be.
    pub kind: Type,
    /// The words that go; empty where any goes.
    pub choices: &'static [&'static str],
    /// Whether it has to be there.
    pub required: bool,
}

impl Opt {
    /// One that takes words.
    pub fn new(name: &str, takes: Takes) -> Self {
        Self { name: format!("--{name}"), takes, kind: Type::Text, choices: &[], required: false }
    }
}

/// A word without dashes in front.
pub struct Place<'a> {
    /// How messages call it.
    pub name: &'static str,
    /// The words that go; any where there is none.
    pub choices: Option<&'a [String]>,
    /// Whether a line needs it.
    pub required: bool,
}

/// A line that was read.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The options given with their words, in order; the last of one counts.
    pub given: Vec<(usize, Vec<String>)>,
    /// The word at the place.
    pub place: Option<String>,
    /// What nobody took.
    pub rest: Vec<String>,
}

impl Parsed {
    /// The words of an option, if it was given.
    pub fn words(&self, option: usize) -> Option<&[String]> {
        self.given.iter().rev().find(|(own, _)| *own == option).map(|(_, words)| words.as_slice())
    }
}

/// What argparse takes a word for.
#[derive(Clone)]
enum Word {
    Argument,
    Option(Option<usize>, Option<String>),
}

/// Reads a line.
///
/// # Errors
/// argparse's messages.
pub fn parse(
    options: &[Opt],
    place: Option<&Place<'_>>,
    words: &[String],
    generation: Generation,
) -> Result<Parsed, Fail> {
    let mut kinds = Vec::new();
    for word in words {
        if word == "--" {
            kinds.resize(words.len(), Word::Argument);
            break;
        }
        kinds.push(kind(options, word)?);
    }
    let mut line = Line {
        options,
        place,
        words,
        kinds: &kinds,
        generation,
        parsed: Parsed::default(),
        placed: place.is_none(),
        ended: false,
    };
    line.read()?;
    if !line.ended {
        line.complete()?;
    }
    Ok(line.parsed)
}

fn kind(options: &[Opt], word: &str) -> Result<Word, Fail> {
    let exact = |name: &str| options.iter().position(|own| own.name == name);
    if !word.starts_with('-') || word.len() == 1 {
        return Ok(Word::Argument);
    }
    if let Some(own) = exact(word) {
        return Ok(Word::Option(Some(own), None));
    }
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (word, None),
    };
    if let (Some(own), Some(_)) = (exact(name), &value) {
        return Ok(Word::Option(Some(own), value));
    }
    if name.starts_with("--") {
        let fits: Vec<usize> =
            (0..options.len()).filter(|at| options.get(*at).is_some_and(|own| own.name.starts_with(name))).collect();
        match fits.as_slice() {
            [] => {}
            [own] => return Ok(Word::Option(Some(*own), value)),
            several => {
                let names: Vec<&str> =
                    several.iter().filter_map(|at| options.get(*at)).map(|own| own.name.as_str()).collect();
                let names = names.join(", ");
                return Err(Fail::Usage(format!("ambiguous option: {word} could match {names}")));
            }
        }
    }
    let digits = word.trim_start_matches('-');
    let number = word.len() == digits.len() + 1
        && digits.chars().all(|sign| sign.is_ascii_digit() || sign == '.')
        && digits.matches('.').count() <= 1
        && digits.ends_with(|sign: char| sign.is_ascii_digit());
    Ok(if number || word.contains(' ') { Word::Argument } else { Word::Option(None, None) })
}

struct Line<'a> {
    options: &'a [Opt],
    place: Option<&'a Place<'a>>,
    words: &'a [String],
    kinds: &'a [Word],
    generation: Generation,
    parsed: Parsed,
    placed: bool,
    ended: bool,
}

impl Line<'_> {
    fn read(&mut self) -> Result<(), Fail> {
        let mut at = 0;
        while at < self.words.len() && !self.ended {
            match self.kinds.get(at).cloned() {
                Some(Word::Option(option, value)) => at = self.option(at, option, value)?,
                _ => at = self.arguments(at)?,
            }
        }
        Ok(())
    }

    /// Words up to the next option: the first may be the place's.
    fn arguments(&mut self, at: usize) -> Result<usize, Fail> {
        let end = (at..self.words.len())
            .find(|at| matches!(self.kinds.get(*at), Some(Word::Option(..))))
            .unwrap_or(self.words.len());
        let mut free = self.words.get(at..end).unwrap_or_default();
        if !self.placed
            && let (Some((first, rest)), Some(place)) = (free.split_first(), self.place)
        {
            self.placed = true;
            if let Some(choices) = place.choices {
                chosen(place.name, first, &choices.iter().map(String::as_str).collect::<Vec<_>>(), self.generation)?;
            }
            self.parsed.place = Some(first.clone());
            free = rest;
        }
        self.parsed.rest.extend(free.iter().cloned());
        Ok(end)
    }

    fn option(&mut self, at: usize, option: Option<usize>, value: Option<String>) -> Result<usize, Fail> {
        let Some((number, own)) = option.and_then(|number| Some((number, self.options.get(number)?))) else {
            self.parsed.rest.extend(self.words.get(at).cloned());
            return Ok(at + 1);
        };
        let wrong = |why: &str| Fail::Usage(format!("argument {}: {why}", own.name));
        let mut end = at + 1;
        let words = match value {
            Some(value) if matches!(own.takes, Takes::Nothing | Takes::End) => {
                return Err(wrong(&format!("ignored explicit argument {}", repr(&value))));
            }
            Some(value) => alloc::vec![value],
            None => {
                let free = (end..self.words.len()).take_while(|at| matches!(self.kinds.get(*at), Some(Word::Argument)));
                let free = free.count();
                let count = match own.takes {
                    Takes::Nothing | Takes::End => 0,
                    Takes::One if free == 0 => return Err(wrong("expected one argument")),
                    Takes::Some if free == 0 => return Err(wrong("expected at least one argument")),
                    Takes::One | Takes::Optional => free.min(1),
                    Takes::Any | Takes::Some => free,
                };
                end += count;
                self.words.get(at + 1..end).unwrap_or_default().to_vec()
            }
        };
        for word in &words {
            let fits = match own.kind {
                Type::Text => true,
                Type::Int => int(word).is_some(),
                Type::Float => word.trim().parse::<f64>().is_ok(),
            };
            let kind = if own.kind == Type::Int { "int" } else { "float" };
            if !fits {
                return Err(wrong(&format!("invalid {kind} value: {}", repr(word))));
            }
            if !own.choices.is_empty() {
                chosen(&own.name, word, own.choices, self.generation)?;
            }
        }
        self.parsed.given.push((number, words));
        self.ended = own.takes == Takes::End;
        Ok(end)
    }

    fn complete(&self) -> Result<(), Fail> {
        let given = |number: usize| self.parsed.words(number).is_some();
        let mut missing: Vec<&str> = Vec::new();
        for (number, own) in self.options.iter().enumerate() {
            if own.required && !given(number) {
                missing.push(&own.name);
            }
        }
        missing.extend(self.place.filter(|place| place.required && !self.placed).map(|place| place.name));
        if missing.is_empty() {
            return Ok(());
        }
        let fail = Fail::Usage(format!("the following arguments are required: {}", missing.join(", ")));
        Err(fail.near(&self.parsed.rest, &missing))
    }
}

/// A whole number as Python reads one.
pub fn int(text: &str) -> Option<i64> {
    let digits = text.trim();
    let tidy = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    digits.replace('_', "").parse().ok().filter(|_| tidy)
}

/// `repr(text)`.
pub fn repr(text: &str) -> String {
    let list = crate::aws::check::python::text(&serde_json::Value::Array(alloc::vec![text.into()]));
    list.trim_start_matches('[').trim_end_matches(']').to_string()
}

/// Refuses a word that is none of the choices, and names the near ones.
///
/// # Errors
/// The message of the generation: version 1 lists every choice.
pub fn chosen(name: &str, word: &str, choices: &[&str], generation: Generation) -> Result<(), Fail> {
    if choices.contains(&word) {
        return Ok(());
    }
    let near = super::super::near::close_matches(word, choices, 0.8);
    let list = |near: &[&str]| near.iter().map(|own| format!("\n  * {own}")).collect::<String>();
    let mut why = match generation {
        Generation::V1 => {
            let rows: Vec<String> = choices
                .chunks(2)
                .map(|row| row.iter().map(|own| format!("{own:<40}")).collect::<Vec<_>>().join(" | "))
                .collect();
            let mut text = format!("Invalid choice, valid choices are:\n\n{}", rows.join("\n"));
            if !near.is_empty() {
                text.push_str(&format!("\n\n\nInvalid choice: {}, maybe you meant:\n{}", repr(word), list(&near)));
            }
            text
        }
        Generation::V2 => {
            let mut text = format!("Found invalid choice '{word}'\n");
            if !near.is_empty() {
                text.push_str(&format!("\nMaybe you meant:\n{}", list(&near)));
            }
            text
        }
    };
    why.insert_str(0, &format!("argument {name}: "));
    Err(Fail::Usage(why))
}
