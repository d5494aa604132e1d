//! The orders of `sed`.

use crate::shell::texts::grep::basic;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::{Regex, RegexBuilder};

/// Which lines an order is for.
pub(super) enum Address {
    /// The line of a number, from 1.
    Line(usize),
    /// `first~step`.
    Each(usize, usize),
    /// `$`.
    Last,
    /// Those that fit.
    Fits(Regex),
}

/// What is put in the place of what fits.
pub(super) enum Piece {
    Text(String),
    /// `\1`, or `&` as 0.
    Group(usize),
}

/// `s/…/…/`.
pub(super) struct Substitute {
    pub(super) regex: Regex,
    pub(super) with: Vec<Piece>,
    /// Whether all places are replaced from the first one on.
    pub(super) all: bool,
    /// The first place that is replaced, from 1.
    pub(super) place: usize,
    pub(super) print: bool,
}

/// What is done.
pub(super) enum Act {
    Substitute(Substitute),
    Print,
    Number,
    Delete,
    Quit,
    Append(String),
    Insert(String),
    Change(String),
    /// `y/…/…/`.
    Exchange(Vec<char>, Vec<char>),
}

/// What is done, and with which lines.
pub(super) struct Order {
    pub(super) from: Option<Address>,
    pub(super) to: Option<Address>,
    /// `!`: with all others.
    pub(super) not: bool,
    pub(super) act: Act,
}

/// Reads the orders of a script.
///
/// # Errors
/// As GNU's sed words it, with the place; what the lab leaves out, in our words.
pub(super) fn read(text: &str, extended: bool) -> Result<Vec<Order>, String> {
    let mut reader = Reader { signs: text.chars().collect(), at: 0, extended };
    let mut orders = Vec::new();
    loop {
        reader.skip(|sign| sign.is_whitespace() || sign == ';');
        match reader.peek() {
            None => return Ok(orders),
            Some('#') => reader.skip(|sign| sign != '\n'),
            Some(_) => {
                let order = reader.order();
                orders.push(order.map_err(|why| format!("char {}: {why}", reader.at))?);
            }
        }
    }
}

struct Reader {
    signs: Vec<char>,
    at: usize,
    extended: bool,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let sign = self.peek();
        self.at += usize::from(sign.is_some());
        sign
    }

    fn skip(&mut self, fits: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        self.skip(|sign| sign == ' ' || sign == '\t');
    }

    fn order(&mut self) -> Result<Order, String> {
        let from = self.address()?;
        self.blanks();
        let mut to = None;
        if from.is_some() && self.peek() == Some(',') {
            self.at += 1;
            self.blanks();
            to = self.address()?;
            if to.is_none() {
                self.at += 1;
                return Err("unexpected `,'".to_string());
            }
        }
        self.blanks();
        let not = self.peek() == Some('!');
        self.at += usize::from(not);
        self.blanks();
        let sign = self.next().ok_or("missing command")?;
        let act = match sign {
            's' => Act::Substitute(self.substitute()?),
            'y' => self.exchange()?,
            'p' => Act::Print,
            '=' => Act::Number,
            'd' => Act::Delete,
            'q' => Act::Quit,
            'a' => Act::Append(self.text()?),
            'i' => Act::Insert(self.text()?),
            'c' => Act::Change(self.text()?),
            '{' | '}' | ':' | 'b' | 't' | 'T' | 'h' | 'H' | 'g' | 'G' | 'x' | 'n' | 'N' | 'D' | 'P' | 'r' | 'w'
            | 'l' | 'e' => {
                return Err(format!("ECS Lab's sed has no `{sign}'"));
            }
            sign => return Err(format!("unknown command: `{sign}'")),
        };
        self.blanks();
        match self.peek() {
            None | Some('\n' | ';' | '#') => Ok(Order { from, to, not, act }),
            Some(_) => {
                self.at += 1;
                Err("extra characters after command".to_string())
            }
        }
    }

    fn digits(&mut self) -> String {
        let start = self.at;
        self.skip(|sign| sign.is_ascii_digit());
        self.signs.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(Some(match self.peek() {
            Some('$') => {
                self.at += 1;
                Address::Last
            }
            Some('/') => {
                self.at += 1;
                let pattern = self.until('/').ok_or("unterminated address regex")?;
                let insensitive = self.peek() == Some('I');
                self.at += usize::from(insensitive);
                Address::Fits(self.regex(&pattern, insensitive)?)
            }
            Some(sign) if sign.is_ascii_digit() => {
                let digits = self.digits();
                if self.peek() == Some('~') {
                    self.at += 1;
                    let step = self.digits();
                    return Ok(Some(Address::Each(digits.parse().unwrap_or(0), step.parse().unwrap_or(0))));
                }
                match digits.parse() {
                    Ok(0) => return Err("invalid usage of line address 0".to_string()),
                    Ok(number) => Address::Line(number),
                    Err(_) => Address::Line(usize::MAX),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// What stands before a sign, which is taken; behind `\` it is itself.
    fn until(&mut self, close: char) -> Option<String> {
        let mut out = String::new();
        let mut set = false;
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    sign if sign == close => out.push(sign),
                    sign => out.extend(['\\', sign]),
                },
                sign if sign == close && !set => return Some(out),
                sign => {
                    set = (set || sign == '[') && sign != ']';
                    out.push(sign);
                }
            }
        }
    }

    fn regex(&self, pattern: &str, insensitive: bool) -> Result<Regex, String> {
        if pattern.is_empty() {
            return Err("ECS Lab's sed has no empty pattern".to_string());
        }
        let own = if self.extended { pattern.to_string() } else { basic(pattern) };
        RegexBuilder::new(&own)
            .case_insensitive(insensitive)
            .build()
            .map_err(|_| format!("ECS Lab cannot read the regular expression {pattern}"))
    }

    fn substitute(&mut self) -> Result<Substitute, String> {
        let unterminated = "unterminated `s' command";
        let close = self.next().ok_or(unterminated)?;
        let pattern = self.until(close).ok_or(unterminated)?;
        let with = self.replacement(close).ok_or(unterminated)?;
        let (mut all, mut place, mut print, mut insensitive) = (false, 1, false, false);
        while let Some(flag) = self.peek().filter(|sign| !"\n;# \t".contains(*sign)) {
            self.at += 1;
            match flag {
                'g' => all = true,
                'p' => print = true,
                'i' | 'I' => insensitive = true,
                digit if digit.is_ascii_digit() && digit != '0' => {
                    self.at -= 1;
                    place = self.digits().parse().unwrap_or(usize::MAX);
                }
                _ => return Err("unknown option to `s'".to_string()),
            }
        }
        let regex = self.regex(&pattern, insensitive)?;
        let groups = regex.captures_len();
        let wrong = with.iter().find_map(|own| {
            if let Piece::Group(number) = own { Some(*number) } else { None }.filter(|own| *own >= groups)
        });
        match wrong {
            Some(number) => Err(format!("invalid reference \\{number} on `s' command's RHS")),
            None => Ok(Substitute { regex, with, all, place, print }),
        }
    }

    fn replacement(&mut self, close: char) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            let group = match self.next()? {
                '\\' => match self.next()? {
                    'n' => {
                        text.push('\n');
                        continue;
                    }
                    't' => {
                        text.push('\t');
                        continue;
                    }
                    digit if digit.is_ascii_digit() => digit.to_digit(10).unwrap_or_default() as usize,
                    sign => {
                        text.push(sign);
                        continue;
                    }
                },
                '&' => 0,
                sign if sign == close => {
                    pieces.push(Piece::Text(text));
                    return Some(pieces);
                }
                sign => {
                    text.push(sign);
                    continue;
                }
            };
            pieces.push(Piece::Text(core::mem::take(&mut text)));
            pieces.push(Piece::Group(group));
        }
    }

    fn exchange(&mut self) -> Result<Act, String> {
        let unterminated = "unterminated `y' command";
        let close = self.next().ok_or(unterminated)?;
        let from: Vec<char> = self.until(close).ok_or(unterminated)?.chars().collect();
        let to: Vec<char> = self.until(close).ok_or(unterminated)?.chars().collect();
        if from.len() != to.len() {
            return Err("strings for `y' command are different lengths".to_string());
        }
        Ok(Act::Exchange(from, to))
    }

    /// The text behind `a`, `i` and `c`, up to the end of the line.
    fn text(&mut self) -> Result<String, String> {
        self.blanks();
        if self.peek() == Some('\\') {
            self.at += 1;
            self.blanks();
            self.at += usize::from(self.peek() == Some('\n'));
        }
        let start = self.at;
        self.skip(|sign| sign != '\n');
        let text: String = self.signs.get(start..self.at).unwrap_or_default().iter().collect();
        if text.is_empty() { Err("expected \\ after `a', `c' or `i'".to_string()) } else { Ok(text) }
    }
}
