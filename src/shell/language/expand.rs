//! Words → what a command gets: braces, `~`, variables, substitutions, splitting and file names, in bash's order.

use super::super::terminal::LONGEST;
use super::syntax::{Part, Word};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many words as braces may make of one.
const MOST_WORDS: usize = 1000;

/// A word with more braces stays as it is.
const MOST_BRACES: usize = 64;

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
}

/// The words that a word becomes.
///
/// # Errors
/// A substitution that cannot be run, or braces that make too many words.
pub fn words(word: &Word, source: &mut dyn Source) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for word in braces(word)? {
        let mut fields = Fields::default();
        for (place, part) in word.iter().enumerate() {
            match part {
                Part::Plain(text) => {
                    let home = (place == 0).then(|| tilde(text, word.len() == 1, source)).flatten();
                    fields.add(home.as_deref().unwrap_or(text), false);
                }
                Part::Quoted(text) => fields.add(text, true),
                Part::Number(_) => fields.add(&value(part, source)?, false),
                Part::Variable { quoted, .. } | Part::Command { quoted, .. } => {
                    let text = value(part, source)?;
                    if *quoted { fields.add(&text, true) } else { fields.split(&text) }
                }
            }
            fields.fit()?;
        }
        for (text, pattern) in fields.done() {
            let found = if pattern { source.matching(&text) } else { Vec::new() };
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
        Part::Variable { name, .. } => Ok(source.variable(name).unwrap_or_default()),
        Part::Command { body, .. } => source.output(body),
        Part::Number(body) => super::arithmetic::value(body, source).map(|number| number.to_string()),
        Part::Plain(text) | Part::Quoted(text) => Ok(text.clone()),
    }
}

fn tilde(text: &str, whole: bool, source: &mut dyn Source) -> Option<String> {
    let rest = text.strip_prefix('~')?;
    let own = if rest.is_empty() { whole } else { rest.starts_with('/') };
    own.then(|| format!("{}{rest}", source.variable("HOME").unwrap_or_default()))
}

/// Words on their way: the text, whether it is there though empty, whether it may be a pattern.
#[derive(Default)]
struct Fields {
    done: Vec<(String, bool)>,
    size: usize,
    text: String,
    there: bool,
    pattern: bool,
}

impl Fields {
    fn add(&mut self, text: &str, quoted: bool) {
        self.there |= quoted || !text.is_empty();
        self.pattern |= !quoted && text.contains(['*', '?']);
        self.text.push_str(text);
        self.size += text.len();
    }

    fn fit(&self) -> Result<(), String> {
        if self.size > LONGEST { Err(TOO_LONG.to_string()) } else { Ok(()) }
    }

    fn split(&mut self, text: &str) {
        let blank = |sign: char| matches!(sign, ' ' | '\t' | '\n');
        for (place, piece) in text.split(blank).enumerate() {
            if place > 0 {
                self.close();
            }
            self.add(piece, false);
        }
    }

    fn close(&mut self) {
        if self.there {
            self.done.push((core::mem::take(&mut self.text), self.pattern));
        }
        self.text.clear();
        (self.there, self.pattern) = (false, false);
    }

    fn done(mut self) -> Vec<(String, bool)> {
        self.close();
        self.done
    }
}

/// `a{b,c}` → `ab ac`, as bash does it before all else: only unquoted braces with a comma or a range of numbers.
fn braces(word: &Word) -> Result<Vec<Word>, String> {
    let opened = |part: &Part| if let Part::Plain(text) = part { text.matches('{').count() } else { 0 };
    if !(1..=MOST_BRACES).contains(&word.iter().map(opened).sum()) {
        return Ok(alloc::vec![word.clone()]);
    }
    let signs: Vec<Sign> = word.iter().flat_map(signs).collect();
    let mut ready = Vec::new();
    let mut waiting = alloc::vec![(signs, 0)];
    while let Some((signs, from)) = waiting.pop() {
        match group(&signs, from) {
            Some((open, close, options)) => {
                for option in options.iter().rev() {
                    let mut whole = signs.get(..open).unwrap_or_default().to_vec();
                    whole.extend(option.iter().cloned());
                    whole.extend(signs.get(close + 1..).unwrap_or_default().iter().cloned());
                    waiting.push((whole, open));
                }
            }
            None => ready.push(joined(&signs)),
        }
        if ready.len() + waiting.len() > MOST_WORDS {
            return Err(format!("braces make more than {MOST_WORDS} words"));
        }
    }
    Ok(ready)
}

/// A sign that may mean something, or a part that is itself.
#[derive(Clone)]
enum Sign {
    Plain(char),
    Part(Part),
}

fn signs(part: &Part) -> Vec<Sign> {
    match part {
        Part::Plain(text) => text.chars().map(Sign::Plain).collect(),
        part => alloc::vec![Sign::Part(part.clone())],
    }
}

fn joined(signs: &[Sign]) -> Word {
    let mut word = Word::new();
    for sign in signs {
        match (sign, word.last_mut()) {
            (Sign::Plain(sign), Some(Part::Plain(text))) => text.push(*sign),
            (Sign::Plain(sign), _) => word.push(Part::Plain(sign.to_string())),
            (Sign::Part(part), _) => word.push(part.clone()),
        }
    }
    word
}

type Group = (usize, usize, Vec<Vec<Sign>>);

/// The first brace from a place on that stands for several texts.
fn group(signs: &[Sign], from: usize) -> Option<Group> {
    let plain = |place: usize| match signs.get(place) {
        Some(Sign::Plain(sign)) => Some(*sign),
        _ => None,
    };
    for open in (from..signs.len()).filter(|place| plain(*place) == Some('{')) {
        let (mut depth, mut start, mut options) = (0, open + 1, Vec::new());
        for place in open..signs.len() {
            match plain(place) {
                Some('{') => depth += 1,
                Some(',') if depth == 1 => {
                    options.push(signs.get(start..place).unwrap_or_default().to_vec());
                    start = place + 1;
                }
                Some('}') if depth == 1 => {
                    let last = signs.get(start..place).unwrap_or_default();
                    if options.is_empty() {
                        match range(last) {
                            Some(numbers) => return Some((open, place, numbers)),
                            None => break,
                        }
                    }
                    options.push(last.to_vec());
                    return Some((open, place, options));
                }
                Some('}') => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

/// `1..3`.
fn range(signs: &[Sign]) -> Option<Vec<Vec<Sign>>> {
    let text: Option<String> =
        signs.iter().map(|sign| if let Sign::Plain(own) = sign { Some(*own) } else { None }).collect();
    let text = text?;
    let (low, high) = text.split_once("..")?;
    let (low, high): (i32, i32) = (low.parse().ok()?, high.parse().ok()?);
    let count = usize::try_from(low.abs_diff(high)).ok()?;
    let step = if low <= high { 1 } else { -1 };
    let numbers = (0..=count.min(MOST_WORDS)).map(|place| low.saturating_add(step * place as i32));
    Some(numbers.map(|number| number.to_string().chars().map(Sign::Plain).collect()).collect())
}
