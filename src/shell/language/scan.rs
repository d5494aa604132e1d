//! Characters with a place, and where quotes and substitutions end.

use alloc::string::String;
use alloc::vec::Vec;

/// What opened and has not closed yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Parenthesis,
    DoubleQuote,
}

/// A text read sign by sign.
pub(super) struct Scan {
    signs: Vec<char>,
    at: usize,
    /// Where the line after this one begins, if here-documents stand between.
    resume: Option<usize>,
    /// A place, and how many lines end before it.
    counted: (usize, usize),
}

/// The longest place of an element, in characters.
const LONGEST_PLACE: usize = 1000;

/// As much of a word as an error names.
const SHOWN: usize = 64;

impl Scan {
    pub(super) fn new(text: &str) -> Self {
        Self { signs: text.chars().collect(), at: 0, resume: None, counted: (0, 0) }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.signs.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let sign = self.peek();
        self.at += usize::from(sign.is_some());
        if sign == Some('\n')
            && let Some(place) = self.resume.take()
        {
            self.at = self.at.max(place);
        }
        sign
    }

    /// Where it stands.
    pub(super) fn place(&self) -> (usize, Option<usize>) {
        (self.at, self.resume)
    }

    /// What stands between a place and this one.
    pub(super) fn since(&self, start: usize) -> String {
        self.from(start)
    }

    /// Goes back to where it stood.
    pub(super) fn back(&mut self, place: (usize, Option<usize>)) {
        (self.at, self.resume) = place;
    }

    /// The line on which it stands, from 1.
    pub(super) fn line_number(&mut self) -> usize {
        let (place, lines) = self.counted;
        let from = if place <= self.at { (place, lines) } else { (0, 0) };
        let ends = self.signs.get(from.0..self.at).unwrap_or_default().iter().filter(|sign| **sign == '\n').count();
        self.counted = (self.at, from.1 + ends);
        self.counted.1 + 1
    }

    /// The signs that come next as long as they fit, up to some; none is taken.
    pub(super) fn ahead(&self, fits: impl Fn(char) -> bool) -> String {
        self.signs.iter().skip(self.at).take(SHOWN).copied().take_while(|sign| fits(*sign)).collect()
    }

    /// The text of a here-document, which begins behind this line, and whether the line that ends it is there.
    pub(super) fn document(&mut self, end: &str, tabs: bool) -> (String, bool) {
        let behind = |from: usize| {
            let rest = self.signs.get(from..).unwrap_or_default();
            rest.iter().position(|sign| *sign == '\n').map_or(self.signs.len(), |length| from + length + 1)
        };
        let mut at = self.resume.unwrap_or_else(|| behind(self.at));
        let mut text = String::new();
        let mut closed = false;
        while !closed && at < self.signs.len() {
            let next = behind(at);
            let line: String =
                self.signs.get(at..next).unwrap_or_default().iter().filter(|sign| **sign != '\n').collect();
            at = next;
            let line = if tabs { line.trim_start_matches('\t') } else { line.as_str() };
            closed = line == end;
            if !closed {
                text.push_str(line);
                text.push('\n');
            }
        }
        self.resume = Some(at.min(self.signs.len()));
        (text, closed)
    }

    /// Takes a sign if it comes next.
    pub(super) fn take(&mut self, sign: char) -> bool {
        let there = self.peek() == Some(sign);
        if there {
            self.next();
        }
        there
    }

    /// Takes a text if it comes next.
    pub(super) fn take_all(&mut self, text: &str) -> bool {
        let there = text.chars().enumerate().all(|(place, sign)| self.peek_at(place) == Some(sign));
        self.at += if there { text.chars().count() } else { 0 };
        there
    }

    /// The signs as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
        self.from(start)
    }

    /// What stands before a closing sign, which is taken; none where the sign does not come.
    pub(super) fn until(&mut self, close: char) -> Option<String> {
        let start = self.at;
        let length = self.signs.get(start..)?.iter().position(|sign| *sign == close)?;
        self.at = start + length;
        let text = self.from(start);
        self.at += 1;
        Some(text)
    }

    /// What stands before the brace that closes one, which is taken; others and commands may stand in it. None where it
    /// does not come.
    pub(super) fn braced(&mut self) -> Option<String> {
        let (start, mut depth) = (self.at, 1);
        while depth > 0 {
            match self.next()? {
                '\\' => drop(self.next()),
                '$' if self.take('{') => depth += 1,
                '$' if self.take('(') => drop(self.substitution().ok()?),
                '}' => depth -= 1,
                _ => {}
            }
        }
        let text = self.from(start);
        Some(text.strip_suffix('}').map(String::from).unwrap_or(text))
    }

    /// What stands before the bracket that closes one on the same line, which is taken; others, quotes and commands may stand
    /// in it. None where it does not come.
    pub(super) fn bracketed(&mut self) -> Option<String> {
        let (start, mut depth) = (self.at, 1);
        while depth > 0 {
            match self.next().filter(|sign| *sign != '\n')? {
                _ if self.at - start > LONGEST_PLACE => return None,
                '\\' => drop(self.next()),
                sign @ ('\'' | '"') => drop(self.until(sign)?),
                '$' if self.take('{') => drop(self.braced()?),
                '$' if self.take('(') => drop(self.substitution().ok()?),
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
        }
        let text = self.from(start);
        Some(text.strip_suffix(']').map(String::from).unwrap_or(text))
    }

    /// The text of `$'…'` behind its opening, whose closing is taken; none where it does not come.
    pub(super) fn escaped(&mut self) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.next()? {
                '\'' => return Some(out),
                '\\' => match self.next()? {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    sign @ ('\'' | '"' | '\\') => out.push(sign),
                    sign => out.extend(['\\', sign]),
                },
                sign => out.push(sign),
            }
        }
    }

    /// The body of `$(`…`)` behind its opening, whose closing is taken. Works off a list of what is open, so that depth
    /// costs no stack. Errors: the sign that was missing.
    pub(super) fn substitution(&mut self) -> Result<String, char> {
        let start = self.at;
        let mut open = alloc::vec![Open::Parenthesis];
        while let Some(last) = open.last().copied() {
            let missing = if last == Open::DoubleQuote { '"' } else { ')' };
            match (last, self.next().ok_or(missing)?) {
                (_, '\\') => {
                    self.next();
                }
                (Open::Parenthesis, '\'') => {
                    self.until('\'').ok_or('\'')?;
                }
                (Open::Parenthesis, '"') => open.push(Open::DoubleQuote),
                (Open::Parenthesis, '(') => open.push(Open::Parenthesis),
                (Open::DoubleQuote, '$') if self.take('(') => open.push(Open::Parenthesis),
                (Open::Parenthesis, ')') | (Open::DoubleQuote, '"') => {
                    open.pop();
                }
                _ => {}
            }
        }
        let body = self.from(start);
        Ok(body.strip_suffix(')').map(String::from).unwrap_or(body))
    }

    fn from(&self, start: usize) -> String {
        self.signs.get(start..self.at).unwrap_or_default().iter().collect()
    }
}
