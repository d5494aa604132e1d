//! Programs of `awk`: patterns with what is done, as far as one line needs them. No loops, arrays or functions of one's own.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::Regex;

/// As deep as expressions may be nested.
const DEEPEST: u8 = 30;

/// What is asked for.
pub(super) enum Expr {
    Number(f64),
    Text(String),
    /// `/…/`: whether the line fits.
    Fits(Regex),
    Variable(String),
    /// `$…`.
    Field(Box<Expr>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    /// `+ - * / %`, comparisons, `&& ||`, and ` ` for two texts side by side.
    Of(&'static str, Box<Expr>, Box<Expr>),
    /// `~` with what is no `/…/` and `!~` turned round.
    Like(Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `=`, `+=` and their like.
    Set(&'static str, Box<Expr>, Box<Expr>),
    /// `++` and `--`, which stand behind; by how much.
    Step(f64, Box<Expr>),
    Call(String, Vec<Expr>),
}

/// What is done.
pub(super) enum Act {
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    Next,
    Exit,
    If(Expr, Vec<Act>, Vec<Act>),
    Do(Expr),
}

/// When something is done.
pub(super) enum When {
    Begin,
    End,
    Always,
    If(Expr),
}

/// A pattern and what is done with the lines that fit it; without, they are printed.
pub(super) struct Item {
    pub(super) when: When,
    pub(super) acts: Option<Vec<Act>>,
}

/// Reads a program.
///
/// # Errors
/// What cannot be read, or what the lab leaves out.
pub(super) fn read(text: &str) -> Result<Vec<Item>, String> {
    let mut reader = Reader { signs: text.chars().collect(), at: 0, depth: 0, prints: false };
    let mut items = Vec::new();
    loop {
        reader.ends();
        if reader.peek().is_none() {
            return Ok(items);
        }
        let when = match reader.ahead().as_str() {
            _ if reader.peek() == Some('{') => When::Always,
            word @ ("BEGIN" | "END") => {
                reader.at += word.len();
                if word == "BEGIN" { When::Begin } else { When::End }
            }
            "function" => return Err("no functions of one's own".to_string()),
            _ => When::If(reader.expr()?),
        };
        reader.blanks();
        let acts = if reader.peek() == Some('{') { Some(reader.block()?) } else { None };
        items.push(Item { when, acts });
    }
}

struct Reader {
    signs: Vec<char>,
    at: usize,
    depth: u8,
    /// Whether `>` is what sends output to a file.
    prints: bool,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(place, sign)| self.signs.get(self.at + place) == Some(&sign))
    }

    fn take(&mut self, text: &str) -> bool {
        self.blanks();
        let there = self.starts(text);
        self.at += if there { text.chars().count() } else { 0 };
        there
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r')) {
            self.at += 1;
        }
    }

    fn ends(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n' | ';')) {
            self.at += 1;
        }
    }

    /// The letters that come next.
    fn ahead(&self) -> String {
        let rest = self.signs.get(self.at..).unwrap_or_default();
        rest.iter().take_while(|sign| **sign == '_' || sign.is_ascii_alphanumeric()).collect()
    }

    fn wrong(&self) -> String {
        let rest: String = self.signs.get(self.at..).unwrap_or_default().iter().take(20).collect();
        if rest.is_empty() { "no program that ends here".to_string() } else { format!("nothing like {rest}") }
    }

    fn block(&mut self) -> Result<Vec<Act>, String> {
        if !self.take("{") {
            return Err(self.wrong());
        }
        let mut acts = Vec::new();
        loop {
            self.ends();
            if self.take("}") {
                return Ok(acts);
            }
            acts.push(self.act()?);
            self.blanks();
            if !matches!(self.peek(), Some(';' | '\n' | '}')) {
                return Err(self.wrong());
            }
        }
    }

    fn body(&mut self) -> Result<Vec<Act>, String> {
        while matches!(self.peek(), Some(' ' | '\t' | '\n')) {
            self.at += 1;
        }
        if self.peek() == Some('{') { self.deeper(Self::block) } else { Ok([self.deeper(Self::act)?].into()) }
    }

    fn act(&mut self) -> Result<Act, String> {
        let word = self.ahead();
        let keyword = ["print", "printf", "next", "exit", "if"].contains(&word.as_str());
        self.at += if keyword { word.len() } else { 0 };
        Ok(match word.as_str() {
            "print" | "printf" => {
                let list = self.printed()?;
                self.blanks();
                if matches!(self.peek(), Some('>' | '|')) {
                    return Err("no files and pipes of its own".to_string());
                }
                if word == "print" { Act::Print(list) } else { Act::Printf(list) }
            }
            "next" => Act::Next,
            "exit" => Act::Exit,
            "if" => {
                if !self.take("(") {
                    return Err(self.wrong());
                }
                let test = self.expr()?;
                if !self.take(")") {
                    return Err(self.wrong());
                }
                let then = self.body()?;
                let before = self.at;
                self.ends();
                if self.ahead() == "else" {
                    self.at += 4;
                    return Ok(Act::If(test, then, self.body()?));
                }
                self.at = before;
                Act::If(test, then, Vec::new())
            }
            "for" | "while" | "do" | "delete" | "getline" | "return" => return Err(format!("no {word}")),
            _ => Act::Do(self.expr()?),
        })
    }

    /// What is printed, which may stand in parentheses as a whole.
    fn printed(&mut self) -> Result<Vec<Expr>, String> {
        let before = self.at;
        if self.take("(")
            && let Ok(list) = self.list()
            && self.take(")")
        {
            self.blanks();
            if matches!(self.peek(), None | Some(';' | '\n' | '}')) {
                return Ok(list);
            }
        }
        (self.at, self.prints) = (before, true);
        let list = self.list();
        self.prints = false;
        list
    }

    /// Expressions between commas; none where a statement ends.
    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = Vec::new();
        self.blanks();
        if matches!(self.peek(), None | Some(';' | '\n' | '}' | ')' | '>' | '|')) {
            return Ok(list);
        }
        loop {
            list.push(self.expr()?);
            if !self.take(",") {
                return Ok(list);
            }
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth >= DEEPEST {
            return Err(format!("nothing that is nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    fn expr(&mut self) -> Result<Expr, String> {
        self.deeper(Self::set)
    }

    fn set(&mut self) -> Result<Expr, String> {
        let left = self.either()?;
        if self.take("?") {
            let first = self.expr()?;
            if !self.take(":") {
                return Err(self.wrong());
            }
            return Ok(Expr::Choice(Box::new(left), Box::new(first), Box::new(self.expr()?)));
        }
        self.blanks();
        let sign = ["+=", "-=", "*=", "/=", "%=", "="].into_iter().find(|sign| self.starts(sign));
        match (sign, &left) {
            (Some(sign), Expr::Variable(_) | Expr::Field(_)) if !self.starts("==") => {
                self.take(sign);
                Ok(Expr::Set(sign, Box::new(left), Box::new(self.expr()?)))
            }
            _ => Ok(left),
        }
    }

    fn either(&mut self) -> Result<Expr, String> {
        let mut left = self.both()?;
        while self.take("||") {
            left = Expr::Of("||", Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expr, String> {
        let mut left = self.like()?;
        while self.take("&&") {
            left = Expr::Of("&&", Box::new(left), Box::new(self.like()?));
        }
        Ok(left)
    }

    fn like(&mut self) -> Result<Expr, String> {
        let mut left = self.compared()?;
        loop {
            let not = self.take("!~");
            if !not && !self.take("~") {
                return Ok(left);
            }
            let right = self.compared()?;
            left = Expr::Like(Box::new(left), Box::new(right));
            if not {
                left = Expr::Not(Box::new(left));
            }
        }
    }

    fn compared(&mut self) -> Result<Expr, String> {
        let left = self.joined()?;
        self.blanks();
        let signs = ["==", "!=", "<=", ">=", "<", ">"];
        let sign = signs.into_iter().find(|sign| self.starts(sign) && !(self.prints && sign.starts_with('>')));
        match sign {
            Some(sign) => {
                self.take(sign);
                Ok(Expr::Of(sign, Box::new(left), Box::new(self.joined()?)))
            }
            None => Ok(left),
        }
    }

    fn joined(&mut self) -> Result<Expr, String> {
        let mut left = self.sum()?;
        loop {
            self.blanks();
            let begins = self.peek().is_some_and(|sign| "\"$(_".contains(sign) || sign.is_ascii_alphanumeric());
            if !begins {
                return Ok(left);
            }
            if self.ahead() == "in" {
                return Err("no arrays".to_string());
            }
            left = Expr::Of(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        loop {
            self.blanks();
            let sign = ["+", "-"].into_iter().find(|sign| self.starts(sign) && !self.starts(&format!("{sign}=")));
            let Some(sign) = sign else { return Ok(left) };
            self.take(sign);
            left = Expr::Of(sign, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.one()?;
        loop {
            self.blanks();
            let sign = ["*", "/", "%"].into_iter().find(|sign| self.starts(sign) && !self.starts(&format!("{sign}=")));
            let Some(sign) = sign else { return Ok(left) };
            self.take(sign);
            left = Expr::Of(sign, Box::new(left), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Result<Expr, String> {
        let own = self.deeper(Self::value)?;
        for (sign, step) in [("++", 1.0), ("--", -1.0)] {
            if matches!(own, Expr::Variable(_) | Expr::Field(_)) && self.take(sign) {
                return Ok(Expr::Step(step, Box::new(own)));
            }
        }
        Ok(own)
    }

    fn value(&mut self) -> Result<Expr, String> {
        self.blanks();
        for (sign, add) in [("++", "+="), ("--", "-=")] {
            if self.take(sign) {
                return Ok(Expr::Set(add, Box::new(self.value()?), Box::new(Expr::Number(1.0))));
            }
        }
        match self.peek() {
            Some('!') => {
                self.at += 1;
                Ok(Expr::Not(Box::new(self.deeper(Self::value)?)))
            }
            Some('-') => {
                self.at += 1;
                Ok(Expr::Minus(Box::new(self.deeper(Self::value)?)))
            }
            Some('$') => {
                self.at += 1;
                Ok(Expr::Field(Box::new(self.deeper(Self::value)?)))
            }
            Some('(') => {
                self.at += 1;
                let prints = core::mem::take(&mut self.prints);
                let inner = self.expr()?;
                self.prints = prints;
                if self.take(")") { Ok(inner) } else { Err(self.wrong()) }
            }
            Some('"') => self.text().map(Expr::Text),
            Some('/') => self.regex(),
            Some(sign) if sign.is_ascii_digit() || sign == '.' => {
                let start = self.at;
                let digit = |own: &Self| own.peek().is_some_and(|sign| sign.is_ascii_digit());
                while digit(self) || self.peek() == Some('.') {
                    self.at += 1;
                }
                let before = self.at;
                if self.starts("e") || self.starts("E") {
                    self.at += 1;
                    self.at += usize::from(self.starts("-") || self.starts("+"));
                    if !digit(self) {
                        self.at = before;
                    }
                    while digit(self) && self.at > before {
                        self.at += 1;
                    }
                }
                let digits: String = self.signs.get(start..self.at).unwrap_or_default().iter().collect();
                digits.parse().map(Expr::Number).map_err(|_| self.wrong())
            }
            _ => self.name(),
        }
    }

    fn name(&mut self) -> Result<Expr, String> {
        let name = self.ahead();
        if name.is_empty() {
            return Err(self.wrong());
        }
        self.at += name.len();
        let known = ["length", "substr", "index", "toupper", "tolower", "int", "sub", "gsub"].contains(&name.as_str());
        match self.peek() {
            Some('[') => Err("no arrays".to_string()),
            Some('(') if known => {
                self.at += 1;
                let prints = core::mem::take(&mut self.prints);
                let list = self.list()?;
                self.prints = prints;
                if self.take(")") { Ok(Expr::Call(name, list)) } else { Err(self.wrong()) }
            }
            Some('(') => Err(format!("no function {name}")),
            _ if name == "length" => Ok(Expr::Call(name, Vec::new())),
            _ => Ok(Expr::Variable(name)),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let sign = self.peek().ok_or_else(|| self.wrong())?;
            self.at += 1;
            match sign {
                '"' => return Ok(out),
                '\\' => {
                    let own = self.peek().ok_or_else(|| self.wrong())?;
                    self.at += 1;
                    match own {
                        'n' => out.push('\n'),
                        't' => out.push('\t'),
                        '"' | '\\' | '/' => out.push(own),
                        own => out.extend(['\\', own]),
                    }
                }
                sign => out.push(sign),
            }
        }
    }

    fn regex(&mut self) -> Result<Expr, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let sign = self.peek().ok_or_else(|| self.wrong())?;
            self.at += 1;
            match (sign, self.peek()) {
                ('/', _) => break,
                ('\\', Some('/')) => {
                    self.at += 1;
                    out.push('/');
                }
                ('\\', Some(own)) => {
                    self.at += 1;
                    out.extend(['\\', own]);
                }
                (sign, _) => out.push(sign),
            }
        }
        Regex::new(&out).map(Expr::Fits).map_err(|_| format!("no regular expression like {out}"))
    }
}
