//! The patterns of the service models, which are Java's, on a small regular-expression engine.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use once_cell::race::OnceBox;
use regex_lite::Regex;

/// The form that a whole text must have.
pub struct Pattern {
    text: &'static str,
    compiled: OnceBox<Option<Regex>>,
}

impl Pattern {
    /// A pattern as the model writes it; compiled when it is first asked.
    pub(super) fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceBox::new() }
    }

    /// The pattern as AWS publishes it.
    pub fn as_str(&self) -> &'static str {
        self.text
    }

    /// Whether the engine understands the pattern; if not, every text counts as a match.
    pub fn compiles(&self) -> bool {
        self.regex().is_some()
    }

    /// Whether the whole text has the form.
    #[inline(never)]
    pub fn matches(&self, text: &str) -> bool {
        match self.regex() {
            Some(regex) if self.text.contains("\\p{L}") => {
                regex.is_match(&text.chars().map(stand_in).collect::<String>())
            }
            Some(regex) => regex.is_match(text),
            None => true,
        }
    }

    fn regex(&self) -> Option<&Regex> {
        let compile = || {
            let plain = self.text.replace("\\p{L}", "a-zA-Z").replace("\\p{N}", "0-9").replace("\\p{Z}", " ");
            let plain = plain.replace("\\p{Print}", "[ -~]");
            // Java counts in UTF-16: what lies beyond stands there as pairs.
            let plain = plain.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\u{10000}-\\u{10FFFF}");
            Box::new(Regex::new(&format!("^(?:{plain})$")).ok())
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// The engine has no Unicode classes, so a letter, number or space outside ASCII is asked about by one within.
fn stand_in(c: char) -> char {
    match c {
        _ if c.is_ascii() => c,
        _ if c.is_alphabetic() => 'a',
        _ if c.is_numeric() => '0',
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_holds_letters_of_every_script_and_few_signs() {
        let tag = Pattern::new(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)");
        assert!(tag.compiles());
        for (text, fits) in [
            ("", true),
            ("team:red/blue=1+2-3@x_y.z", true),
            ("größe 5", true),
            ("費用 ٣", true),
            ("a\u{a0}b", true),
            ("a,b", false),
            ("a\tb", false),
            ("☃", false),
            ("<b>", false),
        ] {
            assert_eq!(tag.matches(text), fits, "{text:?}");
        }
    }

    #[test]
    fn what_prints_is_ascii_without_control_characters() {
        let name = Pattern::new(r"\p{Print}+");
        assert!(name.compiles() && name.matches("cpu 60 %~"));
        assert!(!name.matches("größe") && !name.matches("a\tb") && !name.matches(""));
    }

    #[test]
    fn a_pattern_speaks_of_the_whole_text() {
        let digits = Pattern::new("[0-9]{2}|x");
        assert!(digits.matches("12") && digits.matches("x"));
        assert!(!digits.matches("123") && !digits.matches("12x") && !digits.matches("12\n"));
    }

    #[test]
    fn a_pattern_the_engine_cannot_read_refuses_nothing() {
        let ahead = Pattern::new("(?!aws:).*");
        assert!(!ahead.compiles() && ahead.matches("aws:x"));
    }
}
