//! Expressions of `awk`, those that bind least first.

use super::program::{Expr, Reader};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::Regex;

impl Reader {
    pub(super) fn expr(&mut self) -> Result<Expr, String> {
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
        self.counted()?;
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
                return Ok(Expr::Set(add, Box::new(self.deeper(Self::value)?), Box::new(Expr::Number(1.0))));
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
