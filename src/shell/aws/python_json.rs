//! Why Python's `json.loads` refuses a text, in its words.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// As deep as values may be nested.
const DEEPEST: usize = 200;

/// The message for a text that is no JSON.
pub(in crate::shell) fn fault(text: &str) -> String {
    let mut reader = Reader { signs: text.chars().collect(), at: 0, open: 0 };
    reader.blanks();
    let (why, at) = match reader.value() {
        Ok(()) => {
            reader.blanks();
            if reader.at == reader.signs.len() {
                return "ECS Lab does not read the numbers and letters that Python adds to JSON, such as NaN".into();
            }
            ("Extra data", reader.at)
        }
        Err(fault) => fault,
    };
    let before = reader.signs.get(..at.min(reader.signs.len())).unwrap_or_default();
    let line = before.iter().filter(|sign| **sign == '\n').count() + 1;
    let column = before.iter().rposition(|sign| *sign == '\n').map_or(at + 1, |start| at - start);
    format!("{why}: line {line} column {column} (char {at})")
}

type Fault = (&'static str, usize);

struct Reader {
    signs: Vec<char>,
    at: usize,
    open: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|sign| matches!(sign, ' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<(), Fault> {
        self.open += 1;
        if self.open > DEEPEST {
            return Err(("Nested too deep", self.at));
        }
        let start = self.at;
        match self.peek() {
            Some('"') => {
                self.at += 1;
                self.text(start)?;
            }
            Some('{') => self.object()?,
            Some('[') => self.array()?,
            _ => self.word()?,
        }
        self.open -= 1;
        Ok(())
    }

    fn word(&mut self) -> Result<(), Fault> {
        let rest: String = self.signs.iter().skip(self.at).take(9).collect();
        for word in ["null", "true", "false", "NaN", "Infinity", "-Infinity"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        let start = self.at;
        let mut at = self.at + usize::from(self.peek() == Some('-'));
        let digits = |signs: &[char], mut at: usize| {
            while signs.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let whole = if self.signs.get(at) == Some(&'0') { at + 1 } else { digits(&self.signs, at) };
        if whole == at {
            return Err(("Expecting value", start));
        }
        at = whole;
        if self.signs.get(at) == Some(&'.') && self.signs.get(at + 1).is_some_and(char::is_ascii_digit) {
            at = digits(&self.signs, at + 1);
        }
        if matches!(self.signs.get(at), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.signs.get(at + 1), Some('+' | '-')));
            let end = digits(&self.signs, at + 1 + sign);
            at = if end > at + 1 + sign { end } else { at };
        }
        self.at = at;
        Ok(())
    }

    /// The inside of a text whose opening quote is taken.
    fn text(&mut self, start: usize) -> Result<String, Fault> {
        let open = ("Unterminated string starting at", start);
        let mut text = String::new();
        loop {
            let at = self.at;
            let sign = self.peek().ok_or(open)?;
            self.at += 1;
            match sign {
                '"' => return Ok(text),
                '\\' => {
                    let escaped = self.peek().ok_or(open)?;
                    if escaped == 'u' {
                        let hex = self.signs.get(self.at + 1..self.at + 5).unwrap_or_default();
                        if hex.len() < 4 || !hex.iter().all(char::is_ascii_hexdigit) {
                            return Err(("Invalid \\uXXXX escape", self.at));
                        }
                        self.at += 4;
                    } else if !"\"\\/bfnrt".contains(escaped) {
                        return Err(("Invalid \\escape", at));
                    }
                    self.at += 1;
                }
                sign if sign < ' ' => return Err(("Invalid control character at", at)),
                sign => text.push(sign),
            }
        }
    }

    fn object(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some('"') {
                return Err(("Expecting property name enclosed in double quotes", self.at));
            }
            let start = self.at;
            self.at += 1;
            self.text(start)?;
            self.blanks();
            if self.peek() != Some(':') {
                return Err(("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.blanks();
            self.value()?;
            self.blanks();
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(',') => {
                    self.at += 1;
                    self.blanks();
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
        }
    }

    fn array(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value()?;
            self.blanks();
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(',') => {
                    self.at += 1;
                    self.blanks();
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_refused_in_pythons_words() {
        // Checked against Python 3.11.
        for (text, why) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("nope", "Expecting value: line 1 column 1 (char 0)"),
            ("{\"a\": 1,}", "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"),
            ("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("{\"a\": 1 \"b\": 2}", "Expecting ',' delimiter: line 1 column 9 (char 8)"),
            ("[1, 2", "Expecting ',' delimiter: line 1 column 6 (char 5)"),
            ("[1]\n]", "Extra data: line 2 column 1 (char 4)"),
            ("{\"a\": \"b", "Unterminated string starting at: line 1 column 7 (char 6)"),
            ("[1,\n  x]", "Expecting value: line 2 column 3 (char 6)"),
            ("[\"\\x\"]", "Invalid \\escape: line 1 column 3 (char 2)"),
        ] {
            assert_eq!(fault(text), why, "{text}");
        }
    }
}
