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

/// So many brackets of a pattern may be opened and not closed before all others are themselves.
const MOST_OPEN: usize = 16;

/// As many signs may be compared before a text counts as one that does not fit.
const MOST_COMPARED: usize = 20_000_000;

/// The longest name of a class of signs.
const LONGEST_CLASS: usize = 6;

/// A pattern that was read.
pub struct Pattern(Vec<Unit>);

impl Pattern {
    /// Reads a pattern. A bracket that is not closed is itself.
    pub fn new(text: &str) -> Self {
        let signs: Vec<char> = text.chars().collect();
        let (mut units, mut at) = (Vec::new(), 0);
        let closes = signs.iter().rposition(|sign| *sign == ']').unwrap_or(0);
        // A bracket that is not closed is looked at to the end of the text.
        let mut left = signs.len().saturating_mul(MOST_OPEN);
        while let Some(sign) = signs.get(at) {
            at += 1;
            units.push(match sign {
                '*' => Unit::Any,
                '?' => Unit::One,
                '\\' => {
                    at += 1;
                    Unit::Sign(signs.get(at - 1).copied().unwrap_or('\\'))
                }
                '[' if at < closes && left > 0 => match set(signs.get(at..).unwrap_or_default()) {
                    Some((set, length)) => {
                        at += length;
                        set
                    }
                    None => {
                        left = left.saturating_sub(signs.len() - at);
                        Unit::Sign('[')
                    }
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
        let mut left = MOST_COMPARED;
        while let Some(sign) = name.get(read) {
            left -= 1;
            if left == 0 {
                return false;
            }
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

/// Looks for parts of a text that fit a pattern, all places of the pattern at once, and counts what that takes.
pub struct Search<'a> {
    pattern: &'a Pattern,
    /// From the end on.
    backwards: bool,
    left: usize,
}

/// As much may a search take, in places of the pattern times signs of the text.
const MOST_STEPS: usize = 4_000_000;

impl<'a> Search<'a> {
    /// A search for parts from their beginning on, or from their end.
    pub fn new(pattern: &'a Pattern, backwards: bool) -> Self {
        Self { pattern, backwards, left: MOST_STEPS }
    }

    /// The length of the longest or the shortest part that begins with a text, or ends it, and fits.
    ///
    /// # Errors
    /// The search has taken too much.
    pub fn length(&mut self, text: &[char], longest: bool) -> Result<Option<usize>, String> {
        let units = &self.pattern.0;
        let unit = |at: usize| units.get(if self.backwards { units.len().checked_sub(at + 1)? } else { at });
        // `*` may take nothing.
        let open = |places: &mut Vec<bool>| {
            for at in 0..units.len() {
                if places.get(at) == Some(&true) && matches!(unit(at), Some(Unit::Any)) {
                    places.get_mut(at + 1).into_iter().for_each(|next| *next = true);
                }
            }
        };
        let mut places = alloc::vec![false; units.len() + 1];
        places.first_mut().into_iter().for_each(|first| *first = true);
        open(&mut places);
        let mut found = places.last().filter(|ends| **ends).map(|_| 0);
        for size in 1..=text.len() {
            if !longest && found.is_some() || !places.contains(&true) {
                break;
            }
            self.left = self.left.checked_sub(places.len()).ok_or("the value is too long for this pattern")?;
            let at = if self.backwards { text.len() - size } else { size - 1 };
            let Some(sign) = text.get(at) else { break };
            let mut next = alloc::vec![false; units.len() + 1];
            for (at, _) in places.iter().enumerate().filter(|(_, is)| **is) {
                let (stays, goes) = match unit(at) {
                    Some(Unit::Any) => (true, false),
                    Some(own) => (false, own.takes(*sign)),
                    None => (false, false),
                };
                next.get_mut(at).into_iter().for_each(|own| *own |= stays);
                next.get_mut(at + 1).into_iter().for_each(|own| *own |= goes);
            }
            open(&mut next);
            places = next;
            if places.last() == Some(&true) {
                found = Some(size);
            }
        }
        Ok(found)
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
    let (mut at, mut ranges) = (start, Vec::new());
    // A bracket that comes first is one of the set.
    let end = loop {
        let low = *signs.get(at)?;
        if low == ']' && at > start {
            break at;
        }
        if let Some((own, behind)) = named(signs, at) {
            ranges.extend_from_slice(own);
            at = behind;
            continue;
        }
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(high)) if *high != ']' => {
                ranges.push((low, *high));
                at += 3;
            }
            _ => {
                ranges.push((low, low));
                at += 1;
            }
        }
    };
    Some((Unit::Set(not, ranges), end + 1))
}

/// The class of signs that is named at a place, as in `[:alpha:]`, and the place behind it.
fn named(signs: &[char], at: usize) -> Option<(&'static [(char, char)], usize)> {
    let inner = signs.get(at..)?.strip_prefix(&['[', ':'])?;
    let length = inner.windows(2).take(LONGEST_CLASS + 1).position(|own| *own == [':', ']'])?;
    let name: String = inner.get(..length)?.iter().collect();
    class(&name).map(|own| (own, at + length + 4))
}

/// The signs of a class, in the locale C.
pub fn class(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "digit" => &[('0', '9')],
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "upper" => &[('A', 'Z')],
        "lower" => &[('a', 'z')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "print" => &[(' ', '~')],
        "graph" => &[('!', '~')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    })
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
            ("[[[x[a]", "[[[xa", false),
            ("[[x[a]", "x", true),
            ("[]x[a]", "x", true),
            ("a]b[c", "a]b[c", true),
            ("[[:alpha:]", "[[:alpha:]", false),
            ("[[:alpha:]", "[:", true),
            ("[[:alpha:]_][[:digit:]]", "_7", true),
            ("[![:space:]]", " ", false),
            ("[a-]x", "-x", true),
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
