//! The words of a script, with the variables of its container.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::iter::Peekable;
use core::str::Chars;
use serde_json::Value;

/// Lists of variables, as a definition has them in `environment` and `secrets`; the first that has a name counts (CD-22).
pub type Environment<'a> = &'a [&'a Value];

/// What a variable holds, which for a secret is where it came from: the lab keeps none (CD-23).
pub(super) fn variable(environment: Environment<'_>, name: &str) -> String {
    let in_list = |list: &&Value| list.as_array()?.iter().rfind(|item| item["name"] == name).cloned();
    let found = environment.iter().find_map(in_list).unwrap_or_default();
    let secret = || found["valueFrom"].as_str().map(|from| format!("<{from}>"));
    found["value"].as_str().map(String::from).or_else(secret).unwrap_or_default()
}

/// A word or what separates commands.
#[derive(PartialEq)]
pub(super) enum Token {
    Word(String),
    Then,
    And,
    Or,
    /// `>`: what the next word names takes the output.
    Into,
    /// `>>`: the same, behind what is there.
    Onto,
}

/// The words of a simple command, and whether its output goes elsewhere than to the log.
pub(super) fn command(part: &[Token]) -> (Vec<&str>, bool) {
    let (mut words, mut is_hidden, mut tokens) = (Vec::new(), false, part.iter());
    while let Some(token) = tokens.next() {
        match (token, matches!(token, Token::Into | Token::Onto)) {
            (Token::Word(word), _) => words.push(&**word),
            (_, true) => {
                let to = tokens.next();
                let streams = ["&1", "&2", "/dev/stdout", "/dev/stderr", "/proc/1/fd/1", "/proc/1/fd/2"];
                is_hidden |= !streams.iter().any(|own| to == Some(&Token::Word((*own).into())));
            }
            _ => {}
        }
    }
    (words, is_hidden)
}

/// As many bytes of variables as a script takes.
const ROOM: usize = 64 * 1024;

/// The words of a script and what separates them, without quotes and with the values of variables.
pub(super) fn tokens(script: &str, environment: Environment<'_>) -> Vec<Token> {
    let mut room = ROOM;
    let (mut out, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut signs = script.chars().peekable();
    while let Some(sign) = signs.next() {
        let mut onto = false;
        if quote.is_none() && sign == '>' {
            onto = signs.next_if_eq(&'>').is_some();
            // The number of the stream.
            if !any && matches!(word.as_str(), "1" | "2") {
                word.clear();
            }
        }
        let separator = match (quote, sign) {
            (Some(open), _) if sign == open => {
                quote = None;
                continue;
            }
            (None, '\'' | '"') => {
                (quote, any) = (Some(sign), true);
                continue;
            }
            (None | Some('"'), '$') => {
                match name(&mut signs) {
                    Some((name, other)) => {
                        let value = variable(environment, &name);
                        let value = if value.is_empty() { other } else { value };
                        room = room.saturating_sub(value.len());
                        word.push_str(if room > 0 { &value } else { "" });
                    }
                    None => word.push('$'),
                }
                continue;
            }
            (None, '>') => Some(if onto { Token::Onto } else { Token::Into }),
            (None, ';' | '\n') => Some(Token::Then),
            (None, '&') if signs.next_if_eq(&'&').is_some() => Some(Token::And),
            (None, '|') if signs.next_if_eq(&'|').is_some() => Some(Token::Or),
            (None, ' ' | '\t') => None,
            _ => {
                word.push(sign);
                continue;
            }
        };
        if any || !word.is_empty() {
            out.push(Token::Word(core::mem::take(&mut word)));
            any = false;
        }
        out.extend(separator);
    }
    if any || !word.is_empty() {
        out.push(Token::Word(word));
    }
    out
}

/// `NAME`, `{NAME}` or `{NAME:-other}` after a `$`, with the other value; none when no name follows.
fn name(signs: &mut Peekable<Chars<'_>>) -> Option<(String, String)> {
    let braced = signs.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(sign) = signs.next_if(|sign| sign.is_ascii_alphanumeric() || *sign == '_') {
        name.push(sign);
    }
    let rest: String = if braced { signs.by_ref().take_while(|sign| *sign != '}').collect() } else { String::new() };
    let other = rest.strip_prefix(":-").unwrap_or_default();
    (!name.is_empty()).then(|| (name, String::from(other)))
}

/// A file that a script writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Its path, as the script has it.
    pub path: String,
    /// What is written.
    pub text: String,
    /// Whether it goes behind what is there.
    pub appends: bool,
}

/// The files that a script, or one within it, writes with `echo`, in order.
pub fn writings(script: &str) -> Vec<Writing> {
    let tokens = tokens(script, &[]);
    let parts = tokens.split(|token| matches!(token, Token::Then | Token::And | Token::Or));
    parts.flat_map(writing).filter(|own| !own.path.starts_with('&') && !own.path.starts_with("/dev/")).collect()
}

fn writing(part: &[Token]) -> Vec<Writing> {
    let (words, _) = command(part);
    let own = || {
        let at = part.iter().position(|token| matches!(token, Token::Into | Token::Onto))?;
        let said = words.split_first().filter(|(name, _)| **name == "echo")?.1;
        let Some(Token::Word(path)) = part.get(at + 1) else { return None };
        let said: Vec<&str> = said.iter().skip_while(|word| ["-e", "-n"].contains(word)).copied().collect();
        let appends = part.get(at) == Some(&Token::Onto);
        Some(Writing { path: path.clone(), text: said.join(" ") + "\n", appends })
    };
    match words.as_slice() {
        // What is within is shorter, so that this ends.
        [shell, "-c", script, ..] if shell.ends_with("sh") => writings(script),
        _ => own().into_iter().collect(),
    }
}
