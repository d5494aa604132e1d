//! Text → tokens.

use crate::shell::aws::python_json;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What a token is, by the name that messages show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dot,
    Star,
    RightBracket,
    Comma,
    Colon,
    Current,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Name,
    QuotedName,
    Flatten,
    Filter,
    LeftBracket,
    Or,
    Pipe,
    And,
    Expression,
    Number,
    Literal,
    Le,
    Lt,
    Ge,
    Gt,
    Ne,
    Not,
    Eq,
    End,
}

impl Kind {
    /// The name in jmespath.py, and how strongly it binds.
    pub(super) fn of(self) -> (&'static str, u8) {
        match self {
            Kind::Dot => ("dot", 40),
            Kind::Star => ("star", 20),
            Kind::RightBracket => ("rbracket", 0),
            Kind::Comma => ("comma", 0),
            Kind::Colon => ("colon", 0),
            Kind::Current => ("current", 0),
            Kind::LeftParen => ("lparen", 60),
            Kind::RightParen => ("rparen", 0),
            Kind::LeftBrace => ("lbrace", 50),
            Kind::RightBrace => ("rbrace", 0),
            Kind::Name => ("unquoted_identifier", 0),
            Kind::QuotedName => ("quoted_identifier", 0),
            Kind::Flatten => ("flatten", 9),
            Kind::Filter => ("filter", 21),
            Kind::LeftBracket => ("lbracket", 55),
            Kind::Or => ("or", 2),
            Kind::Pipe => ("pipe", 1),
            Kind::And => ("and", 3),
            Kind::Expression => ("expref", 0),
            Kind::Number => ("number", 0),
            Kind::Literal => ("literal", 0),
            Kind::Le => ("lte", 5),
            Kind::Lt => ("lt", 5),
            Kind::Ge => ("gte", 5),
            Kind::Gt => ("gt", 5),
            Kind::Ne => ("ne", 5),
            Kind::Not => ("not", 45),
            Kind::Eq => ("eq", 5),
            Kind::End => ("eof", 0),
        }
    }
}

/// A token with its place, counted in characters.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) value: Value,
    pub(super) start: usize,
}

struct Lexer<'a> {
    text: &'a str,
    signs: Vec<char>,
    at: usize,
}

/// All tokens, the last one [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    if text.is_empty() {
        return Err("Invalid JMESPath expression: cannot be empty.".to_string());
    }
    let mut lexer = Lexer { text, signs: text.chars().collect(), at: 0 };
    let mut found = Vec::new();
    while let Some(sign) = lexer.signs.get(lexer.at).copied() {
        if matches!(sign, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
            continue;
        }
        found.push(lexer.token(sign)?);
    }
    found.push(Token { kind: Kind::End, value: Value::from(""), start: lexer.signs.len() });
    Ok(found)
}

impl Lexer<'_> {
    fn error(&self, at: usize, message: &str) -> String {
        format!("Bad jmespath expression: {message}:\n{}\n{}^", self.text, " ".repeat(at))
    }

    fn take(&mut self, sign: char) -> bool {
        let there = self.signs.get(self.at) == Some(&sign);
        self.at += usize::from(there);
        there
    }

    fn while_it(&mut self, fits: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.signs.get(self.at).copied().is_some_and(&fits) {
            self.at += 1;
        }
        self.signs.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn token(&mut self, sign: char) -> Result<Token, String> {
        let start = self.at;
        let simple = [
            ('.', Kind::Dot),
            ('*', Kind::Star),
            (']', Kind::RightBracket),
            (',', Kind::Comma),
            (':', Kind::Colon),
            ('@', Kind::Current),
            ('(', Kind::LeftParen),
            (')', Kind::RightParen),
            ('{', Kind::LeftBrace),
            ('}', Kind::RightBrace),
        ];
        let made = |kind: Kind, value: Value| Ok(Token { kind, value, start });
        if let Some((_, kind)) = simple.iter().find(|(own, _)| *own == sign) {
            self.at += 1;
            return made(*kind, sign.to_string().into());
        }
        if sign == '_' || sign.is_ascii_alphabetic() {
            let name = self.while_it(|sign| sign == '_' || sign.is_ascii_alphanumeric());
            return made(Kind::Name, name.into());
        }
        if sign == '-' || sign.is_ascii_digit() {
            self.at += 1;
            let digits = self.while_it(|sign| sign.is_ascii_digit());
            let text = format!("{sign}{digits}");
            let number = text.parse::<i64>().map_err(|_| self.error(start, &format!("Unknown token '{text}'")))?;
            return made(Kind::Number, number.into());
        }
        self.at += 1;
        match sign {
            '[' if self.take(']') => made(Kind::Flatten, "[]".into()),
            '[' if self.take('?') => made(Kind::Filter, "[?".into()),
            '[' => made(Kind::LeftBracket, "[".into()),
            '|' if self.take('|') => made(Kind::Or, "||".into()),
            '|' => made(Kind::Pipe, "|".into()),
            '&' if self.take('&') => made(Kind::And, "&&".into()),
            '&' => made(Kind::Expression, "&".into()),
            '<' if self.take('=') => made(Kind::Le, "<=".into()),
            '<' => made(Kind::Lt, "<".into()),
            '>' if self.take('=') => made(Kind::Ge, ">=".into()),
            '>' => made(Kind::Gt, ">".into()),
            '!' if self.take('=') => made(Kind::Ne, "!=".into()),
            '!' => made(Kind::Not, "!".into()),
            '=' if self.take('=') => made(Kind::Eq, "==".into()),
            '=' => Err(self.error(start, "Unknown token '='")),
            '\'' => {
                let text = self.until('\'', start)?.replace("\\'", "'");
                made(Kind::Literal, text.into())
            }
            '"' => {
                let text = format!("\"{}\"", self.until('"', start)?);
                match serde_json::from_str::<Value>(&text) {
                    Ok(name) => made(Kind::QuotedName, name),
                    Err(_) => {
                        let why = python_json::fault(&text);
                        Err(self.error(start, why.split(':').next().unwrap_or_default()))
                    }
                }
            }
            '`' => {
                let text = self.until('`', start)?.replace("\\`", "`");
                let old = || serde_json::from_str(&format!("\"{}\"", text.trim_start()));
                match serde_json::from_str(&text).or_else(|_| old()) {
                    Ok(value) => made(Kind::Literal, value),
                    Err(_) => Err(self.error(start, &format!("Bad token {text}"))),
                }
            }
            other => Err(self.error(start, &format!("Unknown token {other}"))),
        }
    }

    /// What stands before a closing sign that no backslash precedes.
    fn until(&mut self, close: char, start: usize) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.signs.get(self.at).copied() {
                Some(sign) if sign == close => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => {
                    text.push('\\');
                    self.at += 1;
                    match self.signs.get(self.at) {
                        Some(sign) => text.push(*sign),
                        None => return Err(self.error(start, &format!("Unclosed {close} delimiter"))),
                    }
                    self.at += 1;
                }
                Some(sign) => {
                    text.push(sign);
                    self.at += 1;
                }
                None => return Err(self.error(start, &format!("Unclosed {close} delimiter"))),
            }
        }
    }
}
