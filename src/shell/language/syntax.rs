//! Text → lists of pipelines. Nothing is expanded or run here.

use super::arrays::declares;
use super::command::{Command, Link, List, Part, Pipeline, Redirect, Simple};
use super::scan::Scan;
use super::words::literal;
use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Words that go on with what another has begun.
const CLOSING: [&str; 8] = ["do", "done", "then", "elif", "else", "fi", "esac", "}"];

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// In the words of bash, without its name in front.
    pub why: String,
    /// On which line, from 1.
    pub line: usize,
    /// The lines before, which bash has run by then.
    pub before: List,
}

/// Reads a line or several.
///
/// # Errors
/// What bash says of a text that it cannot read, and where.
pub fn parse(text: &str) -> Result<List, Wrong> {
    let mut parser = Parser::new(text);
    match parser.list(&[]) {
        Ok(list) => {
            parser.ready.extend(list);
            Ok(parser.ready)
        }
        Err(why) => {
            let line = parser.begun.unwrap_or_else(|| parser.scan.line_number());
            Err(Wrong { why, line, before: parser.ready })
        }
    }
}

/// Whether more lines belong to a text: the rest of a quote, of a here-document, of a loop or a choice, or of a line that
/// ends in `\` or in a sign behind which a command has to come.
pub fn goes_on(text: &str) -> bool {
    let mut parser = Parser::new(text);
    let unclosed = parser.list(&[]).is_err_and(|why| why.starts_with("unexpected EOF"));
    parser.open || unclosed
}

/// Reads a text.
pub(super) struct Parser {
    pub(super) scan: Scan,
    /// How many `${…}` are open.
    pub(super) depth: u8,
    /// How many loops, choices and groups are open.
    pub(super) nested: u8,
    /// Whether the text ends before a here-document or a command does.
    pub(super) open: bool,
    /// Whether double quotes hold what is quoted anyway.
    pub(super) quotes: bool,
    /// The line on which a quote begins that does not end.
    pub(super) begun: Option<usize>,
    /// The lines that are whole.
    ready: List,
}

impl Parser {
    fn new(text: &str) -> Self {
        Self::within(text, 0)
    }

    /// Reads a part of a text, which stands in so many `${…}`.
    pub(super) fn within(text: &str, depth: u8) -> Self {
        Self { scan: Scan::new(text), depth, nested: 0, open: false, quotes: false, begun: None, ready: List::new() }
    }

    /// Pipelines up to one of the words that end them, which is left; without any, up to the end.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<List, String> {
        let mut list = List::new();
        let mut link = Link::Always;
        loop {
            let above = self.scan.line_number();
            self.lines();
            if ends.is_empty() && link == Link::Always && self.scan.line_number() > above {
                self.ready.append(&mut list);
            }
            let token = self.token();
            if token.is_empty() {
                let whole = ends.is_empty() && link == Link::Always;
                return if whole { Ok(list) } else { Err(self.ended()) };
            }
            if link == Link::Always && ends.contains(&token.as_str()) {
                return Ok(list);
            }
            list.push(self.pipeline(link)?);
            self.blanks();
            link = match self.scan.peek() {
                Some('&') if self.scan.take_all("&&") => Link::And,
                Some('|') if self.scan.take_all("||") => Link::Or,
                Some(';') if !matches!(self.scan.peek_at(1), Some(';' | '&')) => {
                    self.scan.next();
                    Link::Always
                }
                Some('&') => return Err("the lab's shell runs nothing in the background".to_string()),
                Some('\n') | None => Link::Always,
                Some(';') if self.scan.peek_at(1) == Some('&') || self.scan.peek_at(2) == Some('&') => {
                    return Err("the lab's shell has no `;&' and `;;&'".to_string());
                }
                Some(_) => match self.token() {
                    token if ends.contains(&token.as_str()) => Link::Always,
                    token => return Err(near(&token)),
                },
            };
        }
    }

    /// The same where at least one command has to come.
    pub(super) fn some(&mut self, ends: &[&str]) -> Result<List, String> {
        match self.list(ends)? {
            list if list.is_empty() => Err(near(&self.token())),
            list => Ok(list),
        }
    }

    /// What comes next, as an error names it: an operator, or a word; nothing at the end.
    pub(super) fn token(&mut self) -> String {
        let Some(first) = self.scan.peek() else { return String::new() };
        let operators = ["&&", "||", ";;", "<<", ">>"];
        match first {
            '\n' => "newline".to_string(),
            ';' | '|' | '&' | '<' | '>' | '(' | ')' => {
                let two: String = [first].into_iter().chain(self.scan.peek_at(1)).collect();
                if operators.contains(&two.as_str()) { two } else { first.to_string() }
            }
            _ => self.scan.ahead(|sign| !sign.is_whitespace() && !";|&<>()".contains(sign)),
        }
    }

    /// The error of a text that ends too early; more may follow.
    pub(super) fn ended(&mut self) -> String {
        self.open = true;
        "syntax error: unexpected end of file".to_string()
    }

    fn pipeline(&mut self, link: Link) -> Result<Pipeline, String> {
        let line = self.scan.line_number();
        let (mut negated, mut timed) = (false, false);
        loop {
            match self.token().as_str() {
                "!" => negated = !negated,
                "time" => timed = true,
                _ => break,
            }
            self.scan.take_while(|sign| !sign.is_whitespace() && !";|&<>()".contains(sign));
            self.blanks();
        }
        let bare = (timed || negated) && matches!(self.token().as_str(), "" | "newline" | ";");
        let first = if bare { Command::Simple(Simple { line, ..Simple::default() }) } else { self.command()? };
        let mut commands = alloc::vec![first];
        loop {
            self.blanks();
            if self.scan.peek() != Some('|') || self.scan.peek_at(1) == Some('|') {
                return Ok(Pipeline { link, negated, timed, commands });
            }
            self.scan.next();
            if self.scan.take('&') {
                commands.last_mut().into_iter().for_each(says_all);
            }
            self.lines();
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        match self.token().as_str() {
            "" => Err(self.ended()),
            token if CLOSING.contains(&token) => Err(near(token)),
            token @ ("select" | "coproc") => Err(format!("the lab's shell has no `{token}'")),
            token => match self.compound(token)? {
                Some(compound) => Ok(Command::Compound(compound, self.redirects()?)),
                None if token == "function" => {
                    self.scan.take_all(token);
                    self.blanks();
                    let name = self.token();
                    self.scan.take_while(|sign| !sign.is_whitespace() && !";|&<>()".contains(sign));
                    self.blanks();
                    if self.scan.take('(') {
                        self.blanks();
                        self.scan.take(')');
                    }
                    self.function(name)
                }
                None => self.simple(),
            },
        }
    }

    /// The body of a function.
    fn function(&mut self, name: String) -> Result<Command, String> {
        self.lines();
        let token = self.token();
        match self.compound(&token)? {
            Some(compound) => {
                let body = Command::Compound(compound, self.redirects()?);
                Ok(Command::Function(name, Rc::new(body)))
            }
            None if token.is_empty() => Err(self.ended()),
            None => Err(near(&token)),
        }
    }

    /// Blanks, continued lines and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.scan.peek() {
                Some(' ' | '\t' | '\r') => drop(self.scan.next()),
                Some('\\') if self.scan.peek_at(1) == Some('\n') => drop(self.scan.take_all("\\\n")),
                Some('#') => drop(self.scan.take_while(|sign| sign != '\n')),
                _ => return,
            }
        }
    }

    /// Blanks and ends of lines.
    pub(super) fn lines(&mut self) {
        self.blanks();
        while self.scan.take('\n') {
            self.blanks();
        }
    }

    fn redirects(&mut self) -> Result<Vec<Redirect>, String> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => all.push(redirect),
                None => return Ok(all),
            }
        }
    }

    fn simple(&mut self) -> Result<Command, String> {
        let mut own = Simple { line: self.scan.line_number(), ..Simple::default() };
        let (start, _) = self.scan.place();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                own.redirects.push(redirect);
                continue;
            }
            match self.scan.peek() {
                None | Some('\n' | ';' | '|' | '&' | ')') => break,
                Some('(') => match own.words.as_slice() {
                    [word] if own.assignments.is_empty() && own.redirects.is_empty() => {
                        let name: String = word.iter().map(literal).collect();
                        return self.parentheses(name);
                    }
                    _ => return Err(near("(")),
                },
                Some(_) => {}
            }
            let declares = own.words.first().is_some_and(declares);
            let set = if own.words.is_empty() || declares { self.assigned(declares)? } else { None };
            match set {
                Some(set) if declares => own.words.push([Part::Array(Box::new(set))].into()),
                Some(set) => own.assignments.push(set),
                None => own.words.push(self.word()?),
            }
        }
        if own.words.is_empty() && own.assignments.is_empty() && own.redirects.is_empty() {
            return Err(near(&self.token()));
        }
        own.text = self.scan.since(start).trim().replace("\\\n", "");
        Ok(Command::Simple(own))
    }

    /// `()` behind the name of a function.
    fn parentheses(&mut self, name: String) -> Result<Command, String> {
        self.scan.take('(');
        self.blanks();
        match self.scan.peek() {
            None => Err(self.ended()),
            Some(')') => {
                self.scan.next();
                self.function(name)
            }
            Some(_) => Err(near(&self.token())),
        }
    }
}

/// `|&`: standard error goes through the pipe too.
fn says_all(command: &mut Command) {
    match command {
        Command::Simple(own) => own.redirects.push(Redirect::ErrorToOutput),
        Command::Compound(_, redirects) => redirects.push(Redirect::ErrorToOutput),
        Command::Function(..) => {}
    }
}

pub(super) fn near(token: &str) -> String {
    format!("syntax error near unexpected token `{token}'")
}

pub(super) fn unclosed(sign: char) -> String {
    format!("unexpected EOF while looking for matching `{sign}'")
}
