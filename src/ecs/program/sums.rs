//! What a shell counts and compares: `$((…))`, `seq`, and `test`, `[ … ]` and `[[ … ]]`.

use super::files::Kind;
use super::later;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// As deep as parentheses may be.
const DEEPEST: u8 = 16;

/// What a variable holds; none for one of which the lab does not know it.
type Look<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of what stands in `$((…))`; none when the lab does not understand it.
pub(super) fn sum(text: &str, look: Look<'_>) -> Option<i64> {
    let mut sum = Sum { rest: text.trim(), look, depth: 0 };
    let value = sum.binary(0)?;
    sum.rest.is_empty().then_some(value)
}

struct Sum<'a> {
    rest: &'a str,
    look: Look<'a>,
    depth: u8,
}

/// The signs between two numbers, by how tightly they bind.
const LEVELS: [&[&str]; 4] = [&["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Sum<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest).trim_start();
        rest.is_some()
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(signs) = LEVELS.get(level) else { return self.value() };
        let mut left = self.binary(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.takes(sign)) {
            let right = self.binary(level + 1)?;
            left = match *sign {
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.checked_add(right)?,
                "-" => left.checked_sub(right)?,
                "*" => left.checked_mul(right)?,
                "/" => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
        Some(left)
    }

    fn value(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.takes("(") {
            let value = self.binary(0)?;
            if !self.takes(")") {
                return None;
            }
            value
        } else if self.takes("-") {
            self.value()?.checked_neg()?
        } else {
            let end = self.rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
            let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest.trim_start();
            match word.as_bytes().first()? {
                // One with a zero before it is octal.
                b'0' if word.len() > 1 => return None,
                b'0'..=b'9' => word.parse().ok()?,
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => match (self.look)(word)?.trim() {
                    "" => 0,
                    // Octal, or no number.
                    own if own.len() > 1 && own.trim_start_matches('-').starts_with('0') => return None,
                    own => own.parse().ok()?,
                },
                _ => return None,
            }
        };
        self.depth -= 1;
        Some(value)
    }
}

/// What is at a path, and of a file whether it is empty.
type KindOf<'a> = &'a dyn Fn(&str) -> (Kind, Option<bool>);

/// Whether a text is of a pattern; none where the lab cannot tell.
pub(super) type Matches<'a> = &'a dyn Fn(&str) -> Option<bool>;

/// Whether a test holds, from the words of its command; none when it is no test, or one that the lab does not understand.
/// `kind` tells of a path, and whether a file is empty; a pattern on the right of `[[ … == … ]]` comes with `matches`.
pub(super) fn test(command: &[&str], kind: KindOf<'_>, matches: Option<Matches<'_>>) -> Option<bool> {
    let words = match command {
        ["test", words @ ..] | ["[", words @ .., "]"] | ["[[", words @ .., "]]"] => words,
        _ => return None,
    };
    holds(words, command.first() == Some(&"[["), kind, matches)
}

fn holds(words: &[&str], is_double: bool, kind: KindOf<'_>, matches: Option<Matches<'_>>) -> Option<bool> {
    let is_pair = |word: &&str| matches!(*word, "=" | "==" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge");
    for (sign, is_or) in [("-o", true), ("-a", false)] {
        let place = words.iter().position(|own| *own == sign).filter(|place| *place > 0 && !is_double);
        if let Some((left, right)) = place.and_then(|place| words.split_at_checked(place)) {
            let [left, right] = [left, right.get(1..)?].map(|own| holds(own, is_double, kind, matches));
            return Some(if is_or { left? | right? } else { left? & right? });
        }
    }
    if let ["!", words @ ..] = words
        && !words.is_empty()
        && !(words.len() == 2 && words.first().is_some_and(is_pair))
    {
        return holds(words, is_double, kind, matches).map(|own| !own);
    }
    let there = |path: &str, wanted: &[Kind]| match kind(path).0 {
        Kind::Unknown => None,
        found => Some(wanted.contains(&found)),
    };
    Some(match words {
        [] => false,
        [word] => !word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-z", word] => word.is_empty(),
        ["-e" | "-r", path] => there(path, &[Kind::File, Kind::Folder])?,
        ["-f", path] => there(path, &[Kind::File])?,
        ["-d", path] => there(path, &[Kind::Folder])?,
        ["-s", path] => there(path, &[Kind::File])? && !kind(path).1?,
        [left, _, right] if later::awaits(left) || later::awaits(right) => return None,
        [left, "=" | "==", _] if matches.is_some() => matches?(left)?,
        [left, "!=", _] if matches.is_some() => !matches?(left)?,
        [left, "=" | "==", right] => left == right,
        [left, "!=", right] => left != right,
        [left, sign, right] => {
            let number = |word: &&str| word.parse::<i64>().ok();
            let order = number(left)?.cmp(&number(right)?);
            match *sign {
                "-eq" => order.is_eq(),
                "-ne" => order.is_ne(),
                "-lt" => order.is_lt(),
                "-le" => order.is_le(),
                "-gt" => order.is_gt(),
                "-ge" => order.is_ge(),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The words of `seq`, none when it is not understood; at most as many as given.
pub(super) fn sequence(words: &[&str], most: usize) -> Option<Vec<String>> {
    let number = |word: &&str| word.parse::<i64>().ok();
    let (first, step, last) = match words {
        [last] => (1, 1, number(last)?),
        [first, last] => (number(first)?, 1, number(last)?),
        [first, step, last] => (number(first)?, number(step)?, number(last)?),
        _ => return None,
    };
    if step == 0 {
        return None;
    }
    let next = |own: &i64| own.checked_add(step);
    let is_within = |own: &i64| if step > 0 { *own <= last } else { *own >= last };
    let all = core::iter::successors(Some(first), next).take_while(is_within);
    Some(all.take(most).map(|own| format!("{own}")).collect())
}
