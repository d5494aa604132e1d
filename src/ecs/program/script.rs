//! The words of a script, with the variables of its container.

use super::later;
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
    /// `2>`, `2>>`: what the next word names takes the errors.
    Errors,
    /// What the lab does not read: a pipe, an input, a command in the background, another form of a variable.
    Unread,
}

/// Where the output of a command goes, if not to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The path of a file, or of a device.
    pub(super) path: String,
    /// Whether it goes behind what is there.
    pub(super) appends: bool,
}

/// The words of a simple command, and where its output goes; of errors there are none.
pub(super) fn command(part: &[Token]) -> (Vec<&str>, Option<Target>) {
    let (mut words, mut target, mut tokens) = (Vec::new(), None, part.iter());
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => words.push(&**word),
            Token::Errors => drop(tokens.next()),
            Token::Into | Token::Onto => {
                let streams = ["&1", "&2", "/dev/stdout", "/dev/stderr", "/proc/1/fd/1", "/proc/1/fd/2"];
                let Some(Token::Word(path)) = tokens.next() else { continue };
                if !streams.contains(&path.as_str()) {
                    target = Some(Target { path: path.clone(), appends: *token == Token::Onto });
                }
            }
            Token::Then | Token::And | Token::Or | Token::Unread => {}
        }
    }
    (words, target)
}

/// As many bytes of variables as a script takes.
const ROOM: usize = 64 * 1024;

/// The words of a script and what separates them, without quotes and with the values of variables.
pub(super) fn tokens(script: &str, environment: Environment<'_>) -> Vec<Token> {
    let mut room = ROOM;
    let (mut out, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut signs = script.chars().peekable();
    while let Some(sign) = signs.next() {
        let mut into = Token::Into;
        if quote.is_none() && sign == '>' {
            if signs.next_if_eq(&'>').is_some() {
                into = Token::Onto;
            }
            // The number of the stream, or both.
            if !any && matches!(word.as_str(), "1" | "2" | "&") {
                into = if word == "2" { Token::Errors } else { into };
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
                match value(&mut signs, quote.is_some(), environment) {
                    Some(value) => {
                        room = room.saturating_sub(value.len());
                        word.push_str(if room > 0 { &value } else { "" });
                    }
                    None => out.push(Token::Unread),
                }
                continue;
            }
            (None, '>') => Some(into),
            (None, ';' | '\n') => Some(Token::Then),
            (None, '&') if signs.next_if_eq(&'&').is_some() => Some(Token::And),
            (None, '|') if signs.next_if_eq(&'|').is_some() => Some(Token::Or),
            (None, '&') if !any && word.is_empty() && is_stream(signs.peek(), out.last()) => {
                word.push(sign);
                continue;
            }
            (None, '|' | '<' | '&') => Some(Token::Unread),
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

/// Whether an `&` with this sign behind it is of `&>`, or of `>&1` behind such a token.
fn is_stream(sign: Option<&char>, token: Option<&Token>) -> bool {
    match token {
        Some(Token::Into | Token::Onto | Token::Errors) => sign.is_some_and(char::is_ascii_digit),
        _ => sign == Some(&'>'),
    }
}

/// What stands for a `$` with what follows: `NAME`, `{NAME}`, `{#NAME}`, or `{NAME:-other}` and `{NAME:+other}` with a plain
/// text; the sign itself before anything else. None for other forms.
fn value(signs: &mut Peekable<Chars<'_>>, is_quoted: bool, environment: Environment<'_>) -> Option<String> {
    let braced = signs.next_if_eq(&'{').is_some();
    let counts = braced && signs.next_if_eq(&'#').is_some();
    let mut name = String::new();
    while let Some(sign) = signs.next_if(|sign| sign.is_ascii_alphanumeric() || *sign == '_') {
        name.push(sign);
    }
    if name.is_empty() {
        let is_other = match signs.peek() {
            Some('$' | '!' | '-') => true,
            Some('\'' | '"') => !is_quoted,
            _ => braced,
        };
        return (!is_other).then(|| String::from("$"));
    }
    let value = variable(environment, &name);
    let rest: String = if braced { signs.by_ref().take_while(|sign| *sign != '}').collect() } else { String::new() };
    match rest.split_at_checked(2) {
        _ if counts && rest.is_empty() && !later::awaits(&value) => Some(format!("{}", value.chars().count())),
        _ if counts => None,
        None if rest.is_empty() => Some(value),
        Some((_, other)) if other.contains(['$', '`', '"', '\'', '{', '\\']) => None,
        Some((":-", other)) => Some(if value.is_empty() { String::from(other) } else { value }),
        Some((":+", other)) => Some(if value.is_empty() { value } else { String::from(other) }),
        _ => None,
    }
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
    parts.flat_map(writing).filter(|own| !own.path.starts_with("/dev/")).collect()
}

fn writing(part: &[Token]) -> Vec<Writing> {
    if part.contains(&Token::Unread) {
        return Vec::new();
    }
    let (words, target) = command(part);
    let own = || {
        let (Target { path, appends }, said) =
            target.zip(words.split_first().filter(|(name, _)| **name == "echo").map(|(_, said)| said))?;
        let said: Vec<&str> = said.iter().skip_while(|word| ["-e", "-n"].contains(word)).copied().collect();
        Some(Writing { path, text: said.join(" ") + "\n", appends })
    };
    match words.as_slice() {
        // What is within is shorter, so that this ends.
        [shell, "-c", script, ..] if shell.ends_with("sh") => writings(script),
        _ => own().into_iter().collect(),
    }
}
