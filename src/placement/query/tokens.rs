//! Reading single tokens off a text. What a word may hold depends on where it stands, so the parser asks for what it
//! expects instead of getting a list of tokens.

use super::{Fault, OPERATORS, Operator, QueryError};
use alloc::string::String;

/// A position in a text.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// The start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte at which the next token begins.
    pub fn next_at(&mut self) -> usize {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.at
    }

    /// Whether nothing but white space is left.
    pub fn at_end(&mut self) -> bool {
        self.next_at();
        self.rest().is_empty()
    }

    /// Takes a sign if it is next.
    pub fn sign(&mut self, sign: &str) -> bool {
        self.next_at();
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
        }
        there
    }

    /// Takes a keyword if it is next as a whole word, in lower or upper case (QL-10).
    pub fn keyword(&mut self, keyword: &str) -> bool {
        self.next_at();
        let word = self.word_here();
        let there = word.eq_ignore_ascii_case(keyword);
        if there {
            self.at += word.len();
        }
        there
    }

    /// Takes `!` where it negates: not the start of `!=`, `!~`, `!in` or `!exists`.
    pub fn bang(&mut self) -> bool {
        self.next_at();
        let Some(after) = self.rest().strip_prefix('!') else { return false };
        let word = letters(after);
        let operator = after.starts_with(['=', '~'])
            || ["in", "exists"].iter().any(|operator| word.eq_ignore_ascii_case(operator));
        if !operator {
            self.at += 1;
        }
        !operator
    }

    /// Takes the longest run of signs that a subject or an attribute name may hold (AT-03); a subject has colons too.
    pub fn name(&mut self, colons: bool) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|sign: char| !(sign.is_ascii_alphanumeric() || "-_/\\.".contains(sign) || (colons && sign == ':')))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Takes an operator: a sign, or a word that ends where it ends.
    pub fn operator(&mut self) -> Option<(Operator, &'a str)> {
        self.next_at();
        let rest = self.rest();
        for (operator, sign, word) in OPERATORS {
            let by_sign = if sign.ends_with(|last: char| last.is_ascii_alphabetic()) {
                let bang = sign.len() - sign.trim_start_matches('!').len();
                rest.get(..bang) == sign.get(..bang)
                    && rest
                        .get(bang..)
                        .map(letters)
                        .is_some_and(|here| sign.get(bang..).is_some_and(|sign| here.eq_ignore_ascii_case(sign)))
            } else {
                rest.starts_with(sign)
            };
            let length = if by_sign {
                sign.len()
            } else if self.word_here().eq_ignore_ascii_case(word) {
                word.len()
            } else {
                continue;
            };
            self.at += length;
            return rest.get(..length).map(|written| (operator, written));
        }
        None
    }

    /// Takes a value: quoted, or bare. Parentheses belong to a bare value only inside a pattern (QL-02, QL-14).
    pub fn value(&mut self, pattern: bool) -> Result<String, QueryError> {
        self.next_at();
        match self.rest().chars().next() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.bare(pattern) {
                "" => Err(self.unexpected("a value")),
                text => Ok(String::from(text)),
            },
        }
    }

    /// The fault that what comes next is not what was expected.
    pub fn unexpected(&mut self, expected: impl Into<String>) -> QueryError {
        let at = self.next_at();
        self.fault(at, expected)
    }

    /// The fault that what stands at a byte is not what was expected.
    pub fn fault(&self, at: usize, expected: impl Into<String>) -> QueryError {
        let rest = self.text.get(at..).unwrap_or_default();
        let word =
            rest.find(|sign: char| sign.is_whitespace() || "()[],=!<>~&|'\"".contains(sign)).unwrap_or(rest.len());
        let end = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        QueryError {
            expression: String::from(self.text),
            position: self.text.get(..at).unwrap_or_default().chars().count() + 1,
            found: rest.get(..end).unwrap_or_default().chars().take(60).collect(),
            expected: expected.into(),
            fault: Fault::Syntax,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn word_here(&self) -> &'a str {
        letters(self.rest())
    }

    fn quoted(&mut self, quote: char) -> Result<String, QueryError> {
        let opening = self.at;
        let mut value = String::new();
        let mut signs = self.rest().char_indices().skip(1);
        while let Some((index, sign)) = signs.next() {
            if sign == quote {
                self.at += index + sign.len_utf8();
                return Ok(value);
            }
            value.push(sign);
            if sign == '\\' {
                match signs.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => {
                        value.pop();
                        value.push(escaped);
                    }
                    Some((_, other)) => value.push(other),
                    None => {}
                }
            }
        }
        Err(self.fault(opening, alloc::format!("a closing {quote}")))
    }

    fn bare(&mut self, pattern: bool) -> &'a str {
        let rest = self.rest();
        let mut open = 0u32;
        let end = rest
            .char_indices()
            .find(|(index, sign)| match sign {
                '(' if pattern => {
                    open += 1;
                    false
                }
                ')' if pattern && open > 0 => {
                    open -= 1;
                    false
                }
                '|' => open == 0 && (!pattern || rest.get(index + 1..).is_some_and(|after| after.starts_with('|'))),
                // Look-around is refused as a pattern, with a better message than an unexpected sign.
                '=' | '!' | '<' | '>' => open == 0,
                _ => !(sign.is_alphanumeric() || "_./:@\\*+?^${}-".contains(*sign)),
            })
            .map_or(rest.len(), |(index, _)| index);
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}

fn letters(text: &str) -> &str {
    let end = text.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
