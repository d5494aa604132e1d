//! What a shell counts and compares: `$((…))`, `seq`, and `test`, `[ … ]` and `[[ … ]]`.

use super::later;
use super::script::{Environment, variable};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// As deep as parentheses may be.
const DEEPEST: u8 = 16;

/// The value of what stands in `$((…))`; none when the lab does not understand it.
pub(super) fn sum(text: &str, environment: Environment<'_>) -> Option<i64> {
    let mut sum = Sum { rest: text.trim(), environment, depth: 0 };
    let value = sum.binary(0)?;
    sum.rest.is_empty().then_some(value)
}

struct Sum<'a> {
    rest: &'a str,
    environment: Environment<'a>,
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
            self.takes("$");
            let end = self.rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
            let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest.trim_start();
            match word.as_bytes().first()? {
                b'0'..=b'9' => word.parse().ok()?,
                _ => match variable(self.environment, word).trim() {
                    "" => 0,
                    own => own.parse().ok()?,
                },
            }
        };
        self.depth -= 1;
        Some(value)
    }
}

/// Whether a test holds, from the words of its command; none when it is no test, or one that the lab does not understand.
/// `is_there` tells of a file, none of one that is not known.
pub(super) fn test(command: &[&str], is_there: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
    let words = match command {
        ["test", words @ ..] | ["[", words @ .., "]"] | ["[[", words @ .., "]]"] => words,
        _ => return None,
    };
    let (negates, words) = match words {
        ["!", words @ ..] => (true, words),
        words => (false, words),
    };
    let holds = match words {
        [] => false,
        [word] => !word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-z", word] => word.is_empty(),
        ["-e" | "-f", path] => is_there(path)?,
        [left, _, right] if later::awaits(left) || later::awaits(right) => return None,
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
    };
    Some(holds != negates)
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
