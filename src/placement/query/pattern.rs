//! Regular expressions of the query language: the part of Java's syntax that Rust reads the same way (QL-03).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use regex_lite::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take, so that counted repetition cannot blow up.
const SIZE_LIMIT: usize = 256 * 1024;
/// How deep groups may nest.
const NEST_LIMIT: u32 = 50;

/// A regular expression that must match the whole value.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    matcher: Matcher,
}

#[derive(Clone)]
enum Matcher {
    /// Literal texts with `.*` between them: what most expressions hold, some twenty times quicker than an automaton.
    Pieces(Vec<String>),
    Regex(Regex),
}

impl Pattern {
    /// Compiles a pattern; the error says what was expected instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(refused) = java_only(text) {
            return Err(format!("a regular expression without {refused}, which the lab does not read"));
        }
        // Compiled alone first, so that `)(` cannot escape the group that anchors it.
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern)
                .dot_matches_new_line(true)
                .size_limit(SIZE_LIMIT)
                .nest_limit(NEST_LIMIT)
                .build()
                .map_err(|error| format!("a regular expression ({error})"))
        };
        let matcher = match pieces(text) {
            Some(pieces) => Matcher::Pieces(pieces),
            None => {
                compile(text)?;
                Matcher::Regex(compile(&format!(r"\A(?:{text})\z"))?)
            }
        };
        Ok(Self { text: String::from(text), matcher })
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        match &self.matcher {
            Matcher::Regex(regex) => regex.is_match(value),
            Matcher::Pieces(pieces) => matches_pieces(pieces, value),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pattern({:?})", self.text)
    }
}

/// The literal texts between the `.*` of a pattern that holds nothing else.
fn pieces(text: &str) -> Option<Vec<String>> {
    let mut pieces = alloc::vec![String::new()];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let tail = rest.get(first.len_utf8()..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(".*") {
            // A following quantifier changes what the star means.
            if after.starts_with(['*', '+', '?', '{']) {
                return None;
            }
            pieces.push(String::new());
            rest = after;
            continue;
        }
        let (literal, after) = match rest.strip_prefix(r"\.") {
            Some(after) => ('.', after),
            None if first.is_alphanumeric() || "-_/:@ ".contains(first) => (first, tail),
            None => return None,
        };
        if after.starts_with(['*', '+', '?', '{']) {
            return None;
        }
        pieces.last_mut()?.push(literal);
        rest = after;
    }
    Some(pieces)
}

/// The first piece begins the value, the last ends it, the others follow each other between.
fn matches_pieces(pieces: &[String], value: &str) -> bool {
    let [first, between @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == value) };
    let rest = value.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
    let left = between.iter().try_fold(rest, |rest, piece| {
        let rest = rest?;
        rest.find(piece.as_str()).map(|at| rest.get(at + piece.len()..))
    });
    left.flatten().is_some()
}

/// Names the first construct that Java and Rust read differently, or that only one of them reads.
fn java_only(text: &str) -> Option<&'static str> {
    let mut rest = text;
    let mut in_class = false;
    let mut after_quantifier = false;
    while let Some(first) = rest.chars().next() {
        let tail = rest.get(first.len_utf8()..).unwrap_or_default();
        let was_quantifier = core::mem::replace(&mut after_quantifier, false);
        rest = tail;
        match first {
            '\\' => {
                let escaped = tail.chars().next()?;
                match escaped {
                    '1'..='9' | 'k' => return Some("back-references"),
                    'Q' | 'E' => return Some(r"\Q…\E quoting"),
                    'p' | 'P' | 'h' | 'H' | 'R' | 'X' | 'N' => return Some("Unicode classes"),
                    'G' | 'Z' => return Some(r"\G and \Z"),
                    _ => rest = tail.get(escaped.len_utf8()..).unwrap_or_default(),
                }
            }
            '[' if in_class => return Some("nested character classes"),
            '&' if in_class && tail.starts_with('&') => return Some("character class intersections"),
            '[' => {
                in_class = true;
                // A bracket right after the opening is a member in Rust and an error in Java: the compiler decides.
                rest = tail.strip_prefix('^').unwrap_or(tail);
            }
            ']' => in_class = false,
            _ if in_class => {}
            '(' if ["?=", "?!", "?<=", "?<!"].iter().any(|start| tail.starts_with(start)) => {
                return Some("look-around");
            }
            '(' if tail.starts_with("?>") => return Some("atomic groups"),
            '(' if tail.starts_with("?P") => return Some("(?P…) groups"),
            '+' if was_quantifier => return Some("possessive quantifiers"),
            '*' | '+' | '?' | '}' => after_quantifier = true,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ql_03_matches_the_whole_value() {
        for (pattern, value, holds) in [
            ("t2", "t2.micro", false),
            ("t2.*", "t2.micro", true),
            ("t2|t3", "t2", true),
            ("t2|t3", "xt3", false),
            (r"t2\.micro", "t2xmicro", false),
            ("[a-c]{1,2}", "ab", true),
            ("(?i)PROD", "prod", true),
            (r"a\++", "a++", true),
            ("a.b", "a\nb", true),
            ("", "", true),
            (".*", "", true),
            ("a.*a", "a", false),
            ("a.*a", "aa", true),
            ("a.*bc.*bc.*c", "abcbcc", true),
            ("a.*bc.*bc.*c", "abcbc", false),
            (r".*\.large", "m5.large", true),
            (r".*\.large", "m5xlarge", false),
        ] {
            // Both matchers must say the same; `(?:…)` keeps a pattern from being taken as pieces.
            assert_eq!(Pattern::parse(&format!("(?:{pattern})")).unwrap().matches(value), holds, "{pattern} {value}");
            assert_eq!(Pattern::parse(pattern).unwrap().matches(value), holds, "{pattern} {value}");
        }
    }

    #[test]
    fn ql_03_what_only_java_reads_is_refused_by_name() {
        for (pattern, part) in [
            ("(?=a)b", "look-around"),
            ("(?<!a)b", "look-around"),
            (r"(a)\1", "back-references"),
            ("a*+", "possessive"),
            ("a{2}+", "possessive"),
            ("(?>a)", "atomic"),
            (r"\Qa.b\E", "quoting"),
            (r"\p{Lu}", "Unicode"),
            ("[a[b]]", "nested"),
            ("[a-z&&[^b]]", "intersections"),
            ("a)(b", "regular expression ("),
            ("(", "regular expression ("),
            ("a{1000}{1000}", "regular expression ("),
            ("*", "regular expression ("),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }

    #[test]
    fn nested_quantifiers_finish() {
        let pattern = Pattern::parse("(a|a)*(a|aa)*b").unwrap();
        assert!(!pattern.matches(&"a".repeat(255)));
    }
}
