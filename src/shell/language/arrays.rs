//! `NAME=…`, `NAME[…]=…` and `NAME=(…)`.

use super::command::{Assignment, Part, Value, Word};
use super::parameter::is_name;
use super::syntax::{Parser, near, unclosed};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The commands behind which `NAME=(…)` sets a variable too.
const DECLARING: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// Whether a word is a command that sets what its words name.
pub fn declares(word: &Word) -> bool {
    matches!(word.as_slice(), [Part::Plain(name)] if DECLARING.contains(&name.as_str()))
}

impl Parser {
    /// What sets a variable, if it comes next: of an array alone, or of any; nothing is taken of another word.
    pub(super) fn assigned(&mut self, of_array: bool) -> Result<Option<Assignment>, String> {
        let start = self.scan.place();
        let name = self.scan.take_while(|sign| sign == '_' || sign.is_ascii_alphanumeric());
        let place = if is_name(&name) && self.scan.take('[') { self.scan.bracketed() } else { None };
        let grows = self.scan.take('+');
        if !is_name(&name) || !self.scan.take('=') || of_array && self.scan.peek() != Some('(') {
            self.scan.back(start);
            return Ok(None);
        }
        let place = place.map(|text| self.element(&text)).transpose()?;
        let value = match self.scan.peek() {
            Some('(') if place.is_some() => return Err(format!("{name}: cannot assign list to array member")),
            Some('(') => Value::Several(self.elements()?),
            _ => Value::One(self.word()?),
        };
        Ok(Some(Assignment { name, place, grows, value }))
    }

    /// The place of an element, of which quotes are no part.
    fn element(&self, text: &str) -> Result<Word, String> {
        Parser::within_braces(text, self.depth + 1)
    }

    /// The elements up to the parenthesis that closes them, which is taken.
    fn elements(&mut self) -> Result<Vec<(Option<Word>, Word)>, String> {
        self.scan.take('(');
        let mut all = Vec::new();
        loop {
            self.lines();
            match self.scan.peek() {
                None => return Err(unclosed(')')),
                Some(')') => {
                    self.scan.next();
                    return Ok(all);
                }
                Some(';' | '|' | '&' | '<' | '>' | '(') => return Err(near(&self.token())),
                Some(_) => {}
            }
            let place = self.placed()?;
            all.push((place, self.word()?));
        }
    }

    /// `[…]=`, if it comes next.
    fn placed(&mut self) -> Result<Option<Word>, String> {
        let start = self.scan.place();
        let place: Option<String> = if self.scan.take('[') { self.scan.bracketed() } else { None };
        if let Some(text) = place.filter(|_| self.scan.take('=')) {
            return self.element(&text).map(Some);
        }
        self.scan.back(start);
        Ok(None)
    }
}
