//! What the words of a script stand for, with the values that they have when it comes to them.

use super::script::{Target, Token, command, tokens};
use super::walk::{Walk, assigned, refs};
use super::{MOST_STEPS, later, sums};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many bytes as a command has with its arguments put in; a longer one is an application.
const MOST_TEXT: usize = 64 * 1024;

impl Walk<'_> {
    /// The words of a text, and where output goes; none when the lab does not understand it.
    pub(super) fn words(&mut self, text: &str) -> Option<(Vec<String>, Option<Target>)> {
        let text = self.counted(alone(text))?;
        let tokens: Vec<Token> = tokens(&text, &refs(&self.own, self.environment));
        if tokens.contains(&Token::Unread) {
            return None;
        }
        let (words, target) = command(&tokens);
        Some((words.into_iter().map(String::from).collect(), target))
    }

    /// A text with the values of what counts in it: `$((…))`, `$?`, `$#`, `$@`; and of `$(…)` what a command writes. None
    /// for what would have to be quoted again.
    fn counted(&mut self, text: &str) -> Option<String> {
        let (mut out, mut rest, mut quote, mut word) = (String::new(), text, None, 0);
        while let Some(sign) = rest.chars().next() {
            match (quote, sign) {
                (Some(open), _) if sign == open => quote = None,
                (None, '\'' | '"') => quote = Some(sign),
                _ => {}
            }
            if quote == Some('\'') || !matches!(sign, '$' | '`') {
                out.push(sign);
                if sign.is_whitespace() {
                    word = out.len();
                }
                rest = rest.get(sign.len_utf8()..)?;
            } else if let Some(behind) = rest.strip_prefix("$((") {
                let (sum, behind) = closed(behind)?;
                out += &format!("{}", sums::sum(sum, &refs(&self.own, self.environment))?);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$?") {
                out += &format!("{}", self.status);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$#") {
                out += &format!("{}", self.arguments.len());
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$@").or_else(|| rest.strip_prefix("$*")) {
                let each_alone = quote == Some('"') && rest.starts_with("$@");
                let is_special = |sign| match sign {
                    '"' | '\'' | '`' | '$' | '\\' => true,
                    ';' | '&' | '|' | '<' | '>' => quote.is_none(),
                    _ => false,
                };
                let plain = |own: &&str| !own.contains(is_special);
                let size: usize = self.arguments.iter().map(|own| own.len() + 3).sum();
                if !self.arguments.iter().all(plain) || out.len() + size > MOST_TEXT {
                    return None;
                }
                out += &self.arguments.join(if each_alone { "\" \"" } else { " " });
                rest = behind;
            } else {
                let inner = match sign {
                    '`' => rest.strip_prefix('`').and_then(|own| own.split_once('`')),
                    _ => rest.strip_prefix("$(").and_then(|own| own.split_once(')')),
                };
                let before = out.get(word..).unwrap_or_default();
                let name = before.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
                let is_assigned = || assigned(before.get(..=name?)?);
                let is_whole = quote.is_some() || is_assigned().is_some();
                let own = inner.and_then(|(inner, behind)| Some((self.substituted(inner, is_whole)?, behind)));
                let Some((text, behind)) = own else {
                    if inner.is_some() {
                        return None;
                    }
                    out.push(sign);
                    rest = rest.get(1..)?;
                    continue;
                };
                let is_special = |sign| match sign {
                    '"' | '`' | '$' => true,
                    '\'' | ';' | '&' | '|' | '<' | '>' => !is_whole,
                    _ => false,
                };
                if text.contains(is_special) || out.len() + text.len() > MOST_TEXT {
                    return None;
                }
                out += &match (quote, is_whole) {
                    (Some(_), _) => text,
                    (None, true) => format!("\"{text}\""),
                    (None, false) => text.replace('\n', " "),
                };
                rest = behind;
            }
        }
        Some(out)
    }

    /// What a command within a text writes; none when the lab does not understand it. Out of quotes it is parted into words.
    fn substituted(&mut self, text: &str, is_whole: bool) -> Option<String> {
        let tokens = tokens(text, &refs(&self.own, self.environment));
        if tokens.contains(&Token::Unread) {
            return None;
        }
        match command(&tokens).0.as_slice() {
            ["seq", words @ ..] => Some(sums::sequence(words, MOST_STEPS as usize + 1)?.join(" ")),
            ["pwd"] => Some("/".into()),
            ["hostname"] | ["uname", "-n"] => Some(later::HOST.into()),
            ["date", words @ ..] => self.ran.date(words, !is_whole).map(String::from),
            ["echo", words @ ..] => Some(words.join(" ")),
            ["cat", path] => self.ran.file(path)?.ok().map(|text| text.trim_end().to_string()),
            _ => None,
        }
    }

    /// The words of a `for`: those that came of variables are parted, and bash counts from one number to another.
    pub(super) fn spread(&self, header: &str, words: &[String]) -> Vec<String> {
        if header.contains(['\'', '"']) {
            return words.to_vec();
        }
        let most = MOST_STEPS as usize + 1;
        let range = |word: &str| {
            let (from, to) = word.strip_prefix('{')?.strip_suffix('}')?.split_once("..")?;
            let step = match (from.parse::<i64>().ok()?, to.parse::<i64>().ok()?) {
                (from, to) if from > to => "-1",
                _ => "1",
            };
            sums::sequence(&[from, step, to], most)
        };
        let spread = |word: &str| match range(word) {
            Some(all) if self.shell.is_bash => all,
            _ => alloc::vec![String::from(word)],
        };
        words.iter().flat_map(|word| word.split_whitespace()).flat_map(spread).take(most).collect()
    }
}

/// A command without what changes nothing: `| cat` behind one that only writes, and `& wait` behind a pause.
fn alone(text: &str) -> &str {
    let of = |names: &[&str], own: &str| own.split_whitespace().next().is_some_and(|name| names.contains(&name));
    let awaited = text.rsplit_once(" & ").filter(|(own, behind)| {
        of(&["sleep", "tail"], own) && matches!(behind.trim(), "wait" | "wait $!" | "wait \"$!\"" | "wait ${!}")
    });
    let piped = text.rsplit_once('|').filter(|(own, behind)| of(WRITERS, own) && behind.trim() == "cat");
    awaited.or(piped).map_or(text, |(own, _)| own)
}

/// The commands that only write, and always end well.
const WRITERS: &[&str] = &["echo", "printf", "hostname"];

/// A command that only writes, before `| tee`, and the file that takes the same.
pub(super) fn teed(text: &str) -> Option<(&str, Target)> {
    let (own, behind) = text.rsplit_once('|')?;
    let words: Vec<&str> = behind.split_whitespace().collect();
    let (path, appends) = match *words.as_slice() {
        ["tee", path] => (path, false),
        ["tee", "-a", path] => (path, true),
        _ => return None,
    };
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '/' | '.' | '_' | '-');
    let is_file = path.chars().all(is_plain) && !path.starts_with('-') && !path.starts_with("/dev/");
    let writes = own.split_whitespace().next().is_some_and(|name| WRITERS.contains(&name));
    (is_file && writes).then(|| (own, Target { path: path.into(), appends }))
}

/// A text up to the `))` that closes it, and what is behind that.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_u32;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => open += 1,
            ')' if open == 0 => return Some((text.get(..at)?, text.get(at..)?.strip_prefix("))")?)),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}
