//! The filter patterns of unstructured events: terms that must all be there, `?terms` of which one must, `-terms` that
//! must not; what holds more than letters, digits and `_` stands in double quotes. Case counts.
//!
//! Source: [CWL:FilterAndPatternSyntax], read 2026-11-21. Patterns of JSON events (`{ … }`), of columns (`[ … ]`) and
//! regular expressions (`% … %`) are not simulated.

use crate::aws::ApiError;
use alloc::string::String;
use alloc::vec::Vec;

/// A pattern as it was read.
#[derive(Debug, Default, PartialEq)]
pub struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; an empty one fits every event. Errors: a pattern that is none; one that is not simulated.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let mut pattern = Self::default();
        let mut rest = text.trim_start();
        if rest.starts_with(['{', '[', '%']) {
            return Err(ApiError::not_simulated("filter patterns of JSON, of columns and of regular expressions"));
        }
        while let Some(first) = rest.chars().next() {
            let into = match first {
                '?' => &mut pattern.any,
                '-' => &mut pattern.none,
                _ => &mut pattern.all,
            };
            let word = rest.strip_prefix(['?', '-']).unwrap_or(rest);
            let (term, after) = match word.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(wrong)?,
                None => word.split_at(word.find(char::is_whitespace).unwrap_or(word.len())),
            };
            let plain = |c: char| c.is_alphanumeric() || c == '_';
            if term.is_empty() || !(word.starts_with('"') || term.chars().all(plain)) {
                return Err(wrong());
            }
            into.push(term.into());
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    /// Whether an event fits.
    pub fn fits(&self, message: &str) -> bool {
        self.all.iter().all(|term| message.contains(term.as_str()))
            && !self.none.iter().any(|term| message.contains(term.as_str()))
            && (self.any.is_empty() || self.any.iter().any(|term| message.contains(term.as_str())))
    }
}

fn wrong() -> ApiError {
    ApiError::invalid("Invalid filter pattern").at("filterPattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_fit_an_event_or_not() {
        for (pattern, message, fits) in [
            ("", "anything", true),
            ("ERROR", "an ERROR came", true),
            ("ERROR", "an error came", false),
            ("ERROR came", "an ERROR came", true),
            ("ERROR went", "an ERROR came", false),
            ("?ERROR ?WARN", "a WARN", true),
            ("?ERROR ?WARN", "an INFO", false),
            ("ERROR -retry", "ERROR, retry", false),
            ("\"came and\"", "it came and went", true),
            ("-\"came and\" it", "it came and went", false),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().fits(message), fits, "{pattern:?} on {message:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, code) in [
            ("a-b", "InvalidParameterException"),
            ("\"open", "InvalidParameterException"),
            ("\"\"", "InvalidParameterException"),
            ("{ $.a = 1 }", "UnsupportedFeatureException"),
            ("[a, b]", "UnsupportedFeatureException"),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap_err().code, code, "{pattern}");
        }
    }
}
