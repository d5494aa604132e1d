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
fn variable(environment: Environment<'_>, name: &str) -> String {
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
}

/// The words of a simple command, and whether its output goes elsewhere than to the log.
pub(super) fn command(part: &[Token]) -> (Vec<&str>, bool) {
    let (mut words, mut is_hidden, mut tokens) = (Vec::new(), false, part.iter());
    while let Some(token) = tokens.next() {
        match (token, token == &Token::Into) {
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
        if quote.is_none() && sign == '>' {
            signs.next_if_eq(&'>');
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
            (None, '>') => Some(Token::Into),
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
