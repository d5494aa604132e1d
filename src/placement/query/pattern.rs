//! Regular expressions of the query language: the part of Java's syntax that Rust reads the same way (QL-03).

use alloc::format;
use alloc::string::String;
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
    regex: Regex,
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
        compile(text)?;
        compile(&format!(r"\A(?:{text})\z")).map(|regex| Self { text: String::from(text), regex })
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
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
        ] {
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
