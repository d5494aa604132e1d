//! Words: quotes, escapes, and what `$` begins.

use super::command::{Part, Word};
use super::parameter;
use super::syntax::{Parser, unclosed};
use alloc::format;
use alloc::string::{String, ToString};

/// As deep as `${…}` and `$((…))` may be nested.
const DEEPEST: u8 = 16;

impl Parser {
    /// A text as double quotes hold it.
    pub(super) fn within_quotes(text: &str, depth: u8) -> Result<Word, String> {
        let mut parser = Parser::within(text, depth);
        let mut word = alloc::vec![Part::Quoted(String::new())];
        parser.double(&mut word, None)?;
        Ok(word)
    }

    /// A text within `${…}` within quotes: quotes in it hold what is quoted anyway.
    fn within_quoted_braces(text: &str, depth: u8) -> Result<Word, String> {
        let mut parser = Parser::within(text, depth);
        parser.quotes = true;
        let mut word = alloc::vec![Part::Quoted(String::new())];
        parser.double(&mut word, None)?;
        Ok(word)
    }

    /// A text within `${…}` outside of quotes: what ends words elsewhere is itself.
    pub(super) fn within_braces(text: &str, depth: u8) -> Result<Word, String> {
        let mut parser = Parser::within(text, depth);
        let mut word = parser.word()?;
        while let Some(sign) = parser.scan.next() {
            push(&mut word, sign, true);
            word.extend(parser.word()?);
        }
        Ok(word)
    }

    pub(super) fn word(&mut self) -> Result<Word, String> {
        let mut word = Word::new();
        while let Some(sign) = self.scan.peek() {
            match sign {
                '<' if self.scan.take_all("<(") => {
                    word.push(Part::File(self.scan.substitution().map_err(unclosed)?));
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                '\\' => {
                    self.scan.next();
                    match self.scan.next() {
                        Some('\n') => {}
                        Some(sign) => word.push(Part::Quoted(sign.to_string())),
                        None => {
                            self.open = true;
                            word.push(Part::Quoted("\\".to_string()));
                        }
                    }
                }
                '\'' => {
                    let line = self.scan.line_number();
                    self.scan.next();
                    let text = self.scan.until('\'');
                    self.begun = text.is_none().then_some(line);
                    word.push(Part::Quoted(text.ok_or_else(|| unclosed('\''))?));
                }
                '"' => {
                    let line = self.scan.line_number();
                    self.scan.next();
                    word.push(Part::Quoted(String::new()));
                    let closed = self.double(&mut word, Some('"'));
                    self.begun = closed.as_ref().is_err_and(|why| *why == unclosed('"')).then_some(line);
                    closed?;
                }
                '$' if self.scan.peek_at(1) == Some('\'') => {
                    self.scan.take_all("$'");
                    word.push(Part::Quoted(self.scan.escaped().ok_or_else(|| unclosed('\''))?));
                }
                '$' | '`' => self.dollar(&mut word, false)?,
                _ => {
                    self.scan.next();
                    push(&mut word, sign, false);
                }
            }
        }
        Ok(word)
    }

    /// The inside of double quotes up to the closing one; without one, to the end.
    fn double(&mut self, word: &mut Word, close: Option<char>) -> Result<(), String> {
        loop {
            match self.scan.peek() {
                None if close.is_none() => return Ok(()),
                None => return Err(unclosed('"')),
                sign if sign == close => {
                    self.scan.next();
                    return Ok(());
                }
                Some('\\') => {
                    self.scan.next();
                    match self.scan.next() {
                        Some('\n') => {}
                        Some(sign) if "$`\\".contains(sign) || Some(sign) == close || sign == '"' && self.quotes => {
                            push(word, sign, true);
                        }
                        other => {
                            push(word, '\\', true);
                            if let Some(sign) = other {
                                push(word, sign, true);
                            }
                        }
                    }
                }
                Some('$' | '`') => self.dollar(word, true)?,
                Some('"') if self.quotes => drop(self.scan.next()),
                Some(sign) => {
                    self.scan.next();
                    push(word, sign, true);
                }
            }
        }
    }

    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), String> {
        if self.scan.take('`') {
            let body = self.scan.until('`').ok_or_else(|| unclosed('`'))?;
            word.push(Part::Command { body, quoted });
            return Ok(());
        }
        self.scan.take('$');
        if self.scan.take_all("((") {
            let body = self.scan.substitution().map_err(unclosed)?;
            if !self.scan.take(')') {
                return Err(unclosed(')'));
            }
            if self.depth >= DEEPEST {
                return Err(format!("$(({body})): bad substitution"));
            }
            word.push(Part::Number(Parser::within_quotes(&body, self.depth + 1)?));
            return Ok(());
        }
        if self.scan.take('(') {
            let body = self.scan.substitution().map_err(unclosed)?;
            word.push(Part::Command { body, quoted });
            return Ok(());
        }
        if self.scan.take('{') {
            let inside = self.scan.braced().ok_or_else(|| unclosed('}'))?;
            let depth = self.depth + 1;
            let mut operand = |text: &str, bare: bool| match quoted && !bare {
                true => Parser::within_quoted_braces(text, depth),
                false => Parser::within_braces(text, depth),
            };
            let read = if depth > DEEPEST { None } else { parameter::read(&inside, &mut operand)? };
            let (name, place, change) = read.ok_or_else(|| format!("${{{inside}}}: bad substitution"))?;
            word.push(Part::Variable { name, place, change, quoted });
            return Ok(());
        }
        let name = match self.scan.peek() {
            Some(sign @ ('?' | '#' | '$' | '!' | '@' | '*' | '0'..='9')) => {
                self.scan.next();
                sign.to_string()
            }
            Some(sign) if sign == '_' || sign.is_ascii_alphabetic() => {
                self.scan.take_while(|sign| sign == '_' || sign.is_ascii_alphanumeric())
            }
            _ => {
                push(word, '$', quoted);
                return Ok(());
            }
        };
        word.push(Part::Variable { name, place: None, change: None, quoted });
        Ok(())
    }
}

fn push(word: &mut Word, sign: char, quoted: bool) {
    match (word.last_mut(), quoted) {
        (Some(Part::Plain(text)), false) | (Some(Part::Quoted(text)), true) => text.push(sign),
        (_, false) => word.push(Part::Plain(sign.to_string())),
        (_, true) => word.push(Part::Quoted(sign.to_string())),
    }
}

pub(super) fn literal(part: &Part) -> String {
    match part {
        Part::Plain(text) | Part::Quoted(text) => text.clone(),
        Part::Variable { name, .. } => format!("${name}"),
        Part::Command { body, .. } => format!("$({body})"),
        Part::File(body) => format!("<({body})"),
        Part::Number(body) => format!("$(({}))", body.iter().map(literal).collect::<String>()),
        Part::Array(own) => own.name.clone(),
    }
}
