//! Patterns of a shell: `*`, `?`, `[a-z]`, and `\` before a sign that is itself.

use alloc::string::String;
use alloc::vec::Vec;

/// What one place of a pattern takes.
enum Unit {
    /// `*`.
    Any,
    /// `?`.
    One,
    /// A sign that is itself.
    Sign(char),
    /// `[…]` or `[!…]`: the ranges, and whether they are those that do not fit.
    Set(bool, Vec<(char, char)>),
}

/// A pattern that was read.
pub struct Pattern(Vec<Unit>);

impl Pattern {
    /// Reads a pattern. A bracket that is not closed is itself.
    pub fn new(text: &str) -> Self {
        let signs: Vec<char> = text.chars().collect();
        let (mut units, mut at) = (Vec::new(), 0);
        while let Some(sign) = signs.get(at) {
            at += 1;
            units.push(match sign {
                '*' => Unit::Any,
                '?' => Unit::One,
                '\\' => {
                    at += 1;
                    Unit::Sign(signs.get(at - 1).copied().unwrap_or('\\'))
                }
                '[' => match set(signs.get(at..).unwrap_or_default()) {
                    Some((set, length)) => {
                        at += length;
                        set
                    }
                    None => Unit::Sign('['),
                },
                sign => Unit::Sign(*sign),
            });
        }
        Self(units)
    }

    /// The text that it stands for, where it stands for one alone.
    pub fn literal(&self) -> Option<String> {
        self.0.iter().map(|unit| if let Unit::Sign(sign) = unit { Some(*sign) } else { None }).collect()
    }

    /// Whether a text fits as a whole.
    pub fn fits(&self, name: &[char]) -> bool {
        let (mut at, mut read, mut star) = (0, 0, None);
        while let Some(sign) = name.get(read) {
            match self.0.get(at) {
                Some(Unit::Any) => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(unit) if unit.takes(*sign) => {
                    at += 1;
                    read += 1;
                }
                _ => match star {
                    Some((place, from)) => {
                        star = Some((place, from + 1));
                        (at, read) = (place + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0.iter().skip(at).all(|unit| matches!(unit, Unit::Any))
    }
}

impl Unit {
    fn takes(&self, sign: char) -> bool {
        match self {
            Unit::Any => false,
            Unit::One => true,
            Unit::Sign(own) => *own == sign,
            Unit::Set(not, ranges) => ranges.iter().any(|(low, high)| (*low..=*high).contains(&sign)) != *not,
        }
    }
}

/// The set behind a bracket, and how many signs it takes with the one that closes it.
fn set(signs: &[char]) -> Option<(Unit, usize)> {
    let not = matches!(signs.first(), Some('!' | '^'));
    let start = usize::from(not);
    // A bracket that comes first is one of the set.
    let end = (start + 1..signs.len()).find(|at| signs.get(*at) == Some(&']'))?;
    let (mut at, mut ranges) = (start, Vec::new());
    while at < end {
        let low = *signs.get(at)?;
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(high)) if at + 2 < end => {
                ranges.push((low, *high));
                at += 3;
            }
            _ => {
                ranges.push((low, low));
                at += 1;
            }
        }
    }
    Some((Unit::Set(not, ranges), end + 1))
}

/// A text with `\` before each sign that means something in a pattern.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for sign in text.chars() {
        if "*?[\\".contains(sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_patterns_as_in_bash() {
        for (pattern, name, expected) in [
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a?c", "abc", true),
            ("[a-c]x[!0-9]", "bxy", true),
            ("[a-c]x[!0-9]", "bx7", false),
            ("[]a]", "]", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("", "", true),
        ] {
            let name: Vec<char> = name.chars().collect();
            assert_eq!(Pattern::new(pattern).fits(&name), expected, "{pattern} {name:?}");
        }
        assert_eq!(Pattern::new(&escaped("a*[b]\\")).literal().as_deref(), Some("a*[b]\\"));
        assert_eq!(Pattern::new("a*").literal(), None);
    }
}
