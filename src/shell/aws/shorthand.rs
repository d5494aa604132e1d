//! The AWS CLI's shorthand syntax, read (6.3; awscli's `shorthand.py`).

use super::Generation;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// As deep as lists and maps may be nested.
const DEEPEST: u8 = 32;

/// Reads the file that a word names; none where it names none.
type Load<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// Reads one word as a structure.
///
/// # Errors
/// awscli's messages with their carets.
pub(in crate::shell) fn parse(text: &str, load: Load<'_>, generation: Generation) -> Result<Value, String> {
    let mut parser = Parser { signs: text.chars().collect(), at: 0, files: false, depth: 0, load, generation };
    parser.parameter().map_err(|error| match error {
        Failed::Syntax(why) | Failed::Final(why) => why,
    })
}

/// A syntax error may lead back to the comma before; anything else is the end.
enum Failed {
    Syntax(String),
    Final(String),
}

struct Parser<'a> {
    signs: Vec<char>,
    at: usize,
    /// Whether values name files: behind `@=`.
    files: bool,
    depth: u8,
    load: Load<'a>,
    generation: Generation,
}

type Read<T> = Result<T, Failed>;

impl Parser<'_> {
    fn parameter(&mut self) -> Read<Value> {
        let mut all = Map::new();
        let (key, value) = self.pair()?;
        all.insert(key, value);
        let mut last = self.at;
        while self.at < self.signs.len() {
            self.expect_around(',')?;
            let (key, value) = self.pair()?;
            if all.contains_key(&key) {
                let place = self.place(last + 1);
                return Err(Failed::Final(format!(
                    "Second instance of key \"{key}\" encountered for input:\n{place}\nThis is often because there is a \
                     preceding \",\" instead of a space."
                )));
            }
            all.insert(key, value);
            last = self.at;
        }
        Ok(Value::Object(all))
    }

    fn pair(&mut self) -> Read<(String, Value)> {
        let key = self.key()?;
        Ok((key, self.values()?))
    }

    /// A key with the sign behind it.
    fn key(&mut self) -> Read<String> {
        let start = self.at;
        while self.peek().is_some_and(|sign| sign.is_ascii_alphanumeric() || "-_.#/:".contains(sign)) {
            self.at += 1;
        }
        let key = self.from(start);
        self.files = false;
        let before = self.at;
        self.blanks();
        if self.peek() == Some('@') {
            self.at += 1;
            self.files = true;
            self.blanks();
        } else {
            self.at = before;
            self.blanks();
        }
        self.expect_around('=')?;
        Ok(key)
    }

    fn values(&mut self) -> Read<Value> {
        match self.peek() {
            None => Ok("".into()),
            Some('[') => self.list(),
            Some('{') => self.map(),
            Some(_) => self.csv(),
        }
    }

    fn csv(&mut self) -> Read<Value> {
        let first = self.first()?;
        self.blanks();
        if self.peek() != Some(',') {
            return Ok(first);
        }
        self.expect_around(',')?;
        let mut all = alloc::vec![first];
        loop {
            match self.csv_item() {
                Ok((item, end)) => {
                    all.push(item);
                    if end {
                        break;
                    }
                }
                Err(Failed::Syntax(why)) => {
                    if self.at >= self.signs.len() {
                        return Err(Failed::Syntax(why));
                    }
                    while self.at > 0 && self.peek() != Some(',') {
                        self.at -= 1;
                    }
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(if all.len() == 1 { all.swap_remove(0) } else { Value::Array(all) })
    }

    fn csv_item(&mut self) -> Read<(Value, bool)> {
        let item = match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => match self.word(false) {
                Some(word) => self.resolved(word)?,
                None => return Err(self.wrong("<second>", "<none>")),
            },
        };
        self.blanks();
        if self.at >= self.signs.len() {
            return Ok((item, true));
        }
        self.expect_around(',')?;
        Ok((item, false))
    }

    fn list(&mut self) -> Read<Value> {
        self.deeper()?;
        self.expect_around('[')?;
        let mut all = Vec::new();
        while self.peek() != Some(']') {
            all.push(self.explicit()?);
            self.blanks();
            if self.peek() != Some(']') {
                self.expect(',')?;
                self.blanks();
            }
        }
        self.expect(']')?;
        self.depth -= 1;
        Ok(Value::Array(all))
    }

    fn map(&mut self) -> Read<Value> {
        self.deeper()?;
        self.expect_around('{')?;
        let mut all = Map::new();
        while self.peek() != Some('}') {
            let key = self.key()?;
            let value = self.explicit()?;
            self.blanks();
            if self.peek() != Some('}') {
                self.expect(',')?;
                self.blanks();
            }
            all.insert(key, value);
        }
        self.expect('}')?;
        self.depth -= 1;
        Ok(Value::Object(all))
    }

    fn explicit(&mut self) -> Read<Value> {
        match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.map(),
            _ => self.first(),
        }
    }

    fn first(&mut self) -> Read<Value> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => {
                let word = self.word(true).unwrap_or_default();
                self.resolved(word)
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Read<Value> {
        let start = self.at;
        let mut at = self.at + 1;
        let mut text = String::new();
        loop {
            match self.signs.get(at).copied() {
                Some('\\') if self.signs.get(at + 1) == Some(&quote) => {
                    text.push(quote);
                    at += 2;
                }
                Some('\\') if self.signs.get(at + 1) == Some(&'\\') => {
                    text.push('\\');
                    at += 2;
                }
                Some(sign) if sign == quote => break,
                Some(sign) => {
                    text.push(sign);
                    at += 1;
                }
                None => {
                    self.at = start;
                    let name = if quote == '"' { "<double quoted>" } else { "<singled quoted>" };
                    return Err(self.wrong(name, "<none>"));
                }
            }
        }
        self.at = at + 1;
        self.resolved(text)
    }

    /// A bare word: the first of a value, or a later one of a list, which ends at `=` but may hold brackets.
    fn word(&mut self, first: bool) -> Option<String> {
        let start = self.at;
        // The classes of awscli's patterns, which end at U+FFFF, and the white space of Python.
        let blank = |sign: char| sign.is_whitespace() || ('\x1c'..='\x1f').contains(&sign);
        let starts = |sign: char| (' '..='\u{ffff}').contains(&sign) && !" \"',=[{".contains(sign);
        let follows = |sign: char| {
            let ends = if first { "\"',]}" } else { "\"',=" };
            !ends.contains(sign) && ((' '..='\u{ffff}').contains(&sign) || blank(sign))
        };
        let mut text = String::new();
        while let Some(sign) = self.peek() {
            if sign == '\\' && self.signs.get(self.at + 1) == Some(&',') {
                text.push(',');
                self.at += 2;
            } else if (self.at == start && starts(sign)) || (self.at > start && follows(sign)) {
                text.push(sign);
                self.at += 1;
            } else {
                break;
            }
        }
        (self.at > start).then(|| text.trim_end_matches(blank).to_string())
    }

    fn resolved(&self, text: String) -> Read<Value> {
        if self.files
            && let Some(loaded) = (self.load)(&text).map_err(Failed::Final)?
        {
            return Ok(loaded.into());
        }
        Ok(text.into())
    }

    fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Failed::Final(format!("nested deeper than {DEEPEST}")));
        }
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|sign| sign.is_ascii_whitespace() || sign == '\u{b}') {
            self.at += 1;
        }
    }

    fn expect_around(&mut self, sign: char) -> Read<()> {
        self.blanks();
        self.expect(sign)?;
        self.blanks();
        Ok(())
    }

    fn expect(&mut self, sign: char) -> Read<()> {
        match self.peek() {
            Some(own) if own == sign => {
                self.at += 1;
                Ok(())
            }
            Some(own) => Err(self.wrong(&sign.to_string(), &own.to_string())),
            None => Err(self.wrong(&sign.to_string(), "EOF")),
        }
    }

    fn wrong(&self, expected: &str, received: &str) -> Failed {
        // Version 2 has a blank in front of the input.
        let blank = if self.generation == Generation::V2 { " " } else { "" };
        let place = self.place(self.at);
        Failed::Syntax(format!("Expected: '{expected}', received: '{received}' for input:\n{blank}{place}"))
    }

    /// The input with a caret under a place.
    fn place(&self, at: usize) -> String {
        let before = self.signs.get(..at.min(self.signs.len())).unwrap_or_default();
        let column = before.iter().rposition(|sign| *sign == '\n').map_or(at, |line| at - line - 1);
        let end =
            (at..self.signs.len()).find(|place| self.signs.get(*place) == Some(&'\n')).unwrap_or(self.signs.len());
        let (consumed, rest) = self.signs.split_at(end.min(self.signs.len()));
        let (consumed, rest): (String, String) = (consumed.iter().collect(), rest.iter().collect());
        format!("{consumed}\n{}^{rest}", " ".repeat(column))
    }

    fn from(&self, start: usize) -> String {
        self.signs.get(start..self.at).unwrap_or_default().iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Section 6.3: what awscli 1.44 makes of each.
    #[test]
    fn words_are_those_of_awscli() {
        for (text, expected) in [
            ("a=b\nc", Ok(json!({ "a": "b\nc" }))),
            ("a=b\u{1c}c", Ok(json!({ "a": "b\u{1c}c" }))),
            ("a=b\u{1}c", Err("Expected: ',', received: '\u{1}' for input:\na=b\u{1}c\n   ^")),
            ("a=b🦀c", Err("Expected: ',', received: '🦀' for input:\na=b🦀c\n   ^")),
            ("a=\"🦀\"", Ok(json!({ "a": "🦀" }))),
        ] {
            assert_eq!(parse(text, &|_| Ok(None), Generation::V1), expected.map_err(str::to_string), "{text}");
        }
    }
}
