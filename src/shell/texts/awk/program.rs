//! Programs of `awk`: patterns with what is done, as far as one line needs them. No loops, arrays or functions of one's own.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::Regex;

/// As deep as expressions may be nested.
const DEEPEST: u8 = 30;

/// So many values may stand in a program: a chain of them is as deep as it is long.
const MOST_VALUES: usize = 400;

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
    let mut reader = Reader { signs: text.chars().collect(), at: 0, depth: 0, values: 0, prints: false };
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

/// Reads a program sign by sign.
pub(super) struct Reader {
    pub(super) signs: Vec<char>,
    pub(super) at: usize,
    depth: u8,
    /// How many values were read.
    pub(super) values: usize,
    /// Whether `>` is what sends output to a file.
    pub(super) prints: bool,
}

impl Reader {
    pub(super) fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    pub(super) fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(place, sign)| self.signs.get(self.at + place) == Some(&sign))
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        self.blanks();
        let there = self.starts(text);
        self.at += if there { text.chars().count() } else { 0 };
        there
    }

    pub(super) fn blanks(&mut self) {
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
    pub(super) fn ahead(&self) -> String {
        let rest = self.signs.get(self.at..).unwrap_or_default();
        rest.iter().take_while(|sign| **sign == '_' || sign.is_ascii_alphanumeric()).collect()
    }

    pub(super) fn wrong(&self) -> String {
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
    pub(super) fn list(&mut self) -> Result<Vec<Expr>, String> {
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

    /// Counts a value.
    pub(super) fn counted(&mut self) -> Result<(), String> {
        self.values += 1;
        if self.values > MOST_VALUES { Err(format!("no programs of more than {MOST_VALUES} values")) } else { Ok(()) }
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth >= DEEPEST {
            return Err(format!("nothing that is nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }
}
