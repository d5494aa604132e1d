//! Text → pipelines. Nothing is expanded or run here.

use super::parameter::{self, Change, assignment, value_of};
use super::scan::Scan;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As typed, without quotes: braces, `~`, `*` and `?` may still mean something.
    Plain(String),
    /// Quoted or escaped: itself.
    Quoted(String),
    /// `$name` or `${name…}`.
    Variable {
        /// Which one; `?` and `#` are names too.
        name: String,
        /// What becomes of its value.
        change: Option<Change>,
        /// Whether its value stays one word.
        quoted: bool,
    },
    /// `$(…)`: what a command prints.
    Command {
        /// The command.
        body: String,
        /// Whether what it prints stays one word.
        quoted: bool,
    },
    /// `$((…))`: what an expression comes to.
    Number(String),
}

/// A word before its expansion.
pub type Word = Vec<Part>;

/// Where input comes from and output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// `< file`.
    Read(Word),
    /// `<<< word`.
    Here(Word),
    /// `<< END` with the text that follows.
    Document(Word),
    /// `> file`, `>> file`, `2> file`, `&> file`.
    Write {
        /// Whether standard output goes there.
        stdout: bool,
        /// Whether standard error goes there.
        stderr: bool,
        /// Whether the file is kept and grows.
        append: bool,
        /// The file.
        target: Word,
    },
    /// `2>&1`.
    ErrorToOutput,
    /// `1>&2` or `>&2`.
    OutputToError,
}

/// One command with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// In the order given.
    pub redirects: Vec<Redirect>,
}

/// When a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// After `;` or a line's end.
    Always,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

/// Commands whose output is the next one's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// When it runs.
    pub link: Link,
    /// Whether `!` stands in front.
    pub negated: bool,
    /// At least one.
    pub commands: Vec<Simple>,
}

/// As deep as `${…}` may be nested.
const DEEPEST: u8 = 16;

/// Words that begin what this shell has not.
const RESERVED: [&str; 10] = ["if", "for", "while", "until", "case", "function", "select", "{", "[[", "coproc"];

/// Reads a line or several.
///
/// # Errors
/// In the words of bash, without its name in front.
pub fn parse(text: &str) -> Result<Vec<Pipeline>, String> {
    let mut parser = Parser { scan: Scan::new(text), documents: Vec::new(), depth: 0, open: false };
    let pipelines = parser.list()?;
    Ok(pipelines)
}

/// Whether more lines belong to a text: the rest of a here-document, or of a line that ends in `\`.
pub fn goes_on(text: &str) -> bool {
    let mut parser = Parser { scan: Scan::new(text), documents: Vec::new(), depth: 0, open: false };
    parser.list().is_ok() && parser.open
}

struct Parser {
    scan: Scan,
    /// Here-documents whose text begins at the next line: end word, whether tabs go, whether it is expanded.
    documents: Vec<(String, bool, bool)>,
    /// How many `${…}` are open.
    depth: u8,
    /// Whether the text ends within a here-document, or behind a `\` that continues a line.
    open: bool,
}

impl Parser {
    fn list(&mut self) -> Result<Vec<Pipeline>, String> {
        let mut pipelines: Vec<Pipeline> = Vec::new();
        let mut link = Link::Always;
        loop {
            // Between commands, blank lines and comments mean nothing.
            self.blanks();
            while self.scan.peek() == Some('\n') {
                self.newline(&mut pipelines)?;
                self.blanks();
            }
            if self.scan.peek().is_none() {
                let open = link != Link::Always;
                return if open { Err("syntax error: unexpected end of file".to_string()) } else { Ok(pipelines) };
            }
            let negated = self.negation();
            let mut commands = alloc::vec![self.simple()?];
            while self.scan.peek() == Some('|') && self.scan.peek_at(1) != Some('|') {
                self.scan.next();
                self.blanks();
                while self.scan.take('\n') {
                    self.blanks();
                }
                commands.push(self.simple()?);
            }
            pipelines.push(Pipeline { link, negated, commands });
            link = match self.scan.peek() {
                Some('&') if self.scan.take_all("&&") => Link::And,
                Some('|') if self.scan.take_all("||") => Link::Or,
                Some(';') if self.scan.peek_at(1) == Some(';') => return Err(near(";;")),
                Some(';') => {
                    self.scan.next();
                    Link::Always
                }
                Some('&') => return Err("the lab's shell runs nothing in the background".to_string()),
                Some('\n') => {
                    self.newline(&mut pipelines)?;
                    Link::Always
                }
                None => return self.finish(pipelines),
                Some(sign) => return Err(near(&sign.to_string())),
            };
        }
    }

    fn finish(&mut self, mut pipelines: Vec<Pipeline>) -> Result<Vec<Pipeline>, String> {
        self.bodies(&mut pipelines)?;
        Ok(pipelines)
    }

    fn negation(&mut self) -> bool {
        let there = self.scan.peek() == Some('!') && self.scan.peek_at(1).is_none_or(char::is_whitespace);
        if there {
            self.scan.next();
            self.blanks();
        }
        there
    }

    fn newline(&mut self, pipelines: &mut [Pipeline]) -> Result<(), String> {
        self.scan.take('\n');
        self.bodies(pipelines)
    }

    /// The texts of the here-documents that were named on the line before.
    fn bodies(&mut self, pipelines: &mut [Pipeline]) -> Result<(), String> {
        let mut waiting = pipelines.iter_mut().flat_map(|line| &mut line.commands).flat_map(|own| &mut own.redirects);
        for (end, tabs, expands) in core::mem::take(&mut self.documents) {
            let mut text = String::new();
            loop {
                let Some(line) = self.scan.line() else {
                    self.open = true;
                    break;
                };
                let line = if tabs { line.trim_start_matches('\t') } else { line.as_str() };
                if line == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            let word = if expands { Parser::within_document(&text)? } else { alloc::vec![Part::Quoted(text)] };
            let own = waiting.find(|own| matches!(own, Redirect::Document(word) if word.is_empty()));
            if let Some(Redirect::Document(own)) = own {
                *own = word;
            }
        }
        Ok(())
    }

    fn within_document(text: &str) -> Result<Word, String> {
        Parser::within_quotes(text, 0)
    }

    /// A text as double quotes hold it.
    fn within_quotes(text: &str, depth: u8) -> Result<Word, String> {
        let mut parser = Parser { scan: Scan::new(text), documents: Vec::new(), depth, open: false };
        let mut word = alloc::vec![Part::Quoted(String::new())];
        parser.double(&mut word, None)?;
        Ok(word)
    }

    /// A text within `${…}` outside of quotes: what ends words elsewhere is itself.
    fn within_braces(text: &str, depth: u8) -> Result<Word, String> {
        let mut parser = Parser { scan: Scan::new(text), documents: Vec::new(), depth, open: false };
        let mut word = parser.word()?;
        while let Some(sign) = parser.scan.next() {
            push(&mut word, sign, true);
            word.extend(parser.word()?);
        }
        Ok(word)
    }

    /// Blanks, continued lines and a comment.
    fn blanks(&mut self) {
        loop {
            match self.scan.peek() {
                Some(' ' | '\t' | '\r') => drop(self.scan.next()),
                Some('\\') if self.scan.peek_at(1) == Some('\n') => drop(self.scan.take_all("\\\n")),
                Some('#') => drop(self.scan.take_while(|sign| sign != '\n')),
                _ => return,
            }
        }
    }

    fn simple(&mut self) -> Result<Simple, String> {
        let mut own = Simple::default();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                own.redirects.push(redirect);
                continue;
            }
            match self.scan.peek() {
                None | Some('\n' | ';' | '|' | '&') => break,
                Some(sign @ ('(' | ')')) => return Err(near(&sign.to_string())),
                Some(_) => {}
            }
            let word = self.word()?;
            match assignment(&word) {
                Some(name) if own.words.is_empty() => own.assignments.push((name, value_of(word))),
                _ => own.words.push(word),
            }
        }
        if let Some([Part::Plain(word)]) = own.words.first().map(Vec::as_slice)
            && RESERVED.contains(&word.as_str())
        {
            return Err(format!("the lab's shell has no `{word}'"));
        }
        if own.words.is_empty() && own.assignments.is_empty() && own.redirects.is_empty() {
            return Err(match self.scan.peek() {
                None => "syntax error: unexpected end of file".to_string(),
                Some('\n') => near("newline"),
                Some(sign) if self.scan.peek_at(1) == Some(sign) => near(&format!("{sign}{sign}")),
                Some(sign) => near(&sign.to_string()),
            });
        }
        Ok(own)
    }

    fn redirect(&mut self) -> Result<Option<Redirect>, String> {
        let scan = &mut self.scan;
        if scan.take_all("2>&1") {
            return Ok(Some(Redirect::ErrorToOutput));
        }
        if scan.take_all("1>&2") || scan.take_all(">&2") {
            return Ok(Some(Redirect::OutputToError));
        }
        if scan.take_all("<<<") {
            return Ok(Some(Redirect::Here(self.target()?)));
        }
        if scan.take_all("<<") {
            let tabs = scan.take('-');
            let word = self.target()?;
            let quoted = word.iter().any(|part| matches!(part, Part::Quoted(_)));
            let end = word.iter().map(literal).collect();
            self.documents.push((end, tabs, !quoted));
            return Ok(Some(Redirect::Document(Vec::new())));
        }
        if scan.take('<') {
            return Ok(Some(Redirect::Read(self.target()?)));
        }
        let forms = [
            ("&>>", true, true, true),
            ("&>", true, true, false),
            ("2>>", false, true, true),
            ("2>", false, true, false),
            ("1>>", true, false, true),
            ("1>", true, false, false),
            (">>", true, false, true),
            (">", true, false, false),
        ];
        for (sign, stdout, stderr, append) in forms {
            if scan.take_all(sign) {
                return Ok(Some(Redirect::Write { stdout, stderr, append, target: self.target()? }));
            }
        }
        Ok(None)
    }

    fn target(&mut self) -> Result<Word, String> {
        self.blanks();
        match self.scan.peek() {
            None | Some('\n') => Err(near("newline")),
            Some(sign @ (';' | '|' | '&' | '<' | '>' | '(' | ')')) => Err(near(&sign.to_string())),
            Some(_) => self.word(),
        }
    }

    fn word(&mut self) -> Result<Word, String> {
        let mut word = Word::new();
        while let Some(sign) = self.scan.peek() {
            match sign {
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
                    self.scan.next();
                    word.push(Part::Quoted(self.scan.until('\'').ok_or_else(|| unclosed('\''))?));
                }
                '"' => {
                    self.scan.next();
                    word.push(Part::Quoted(String::new()));
                    self.double(&mut word, Some('"'))?;
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
                        Some(sign) if "$`\\".contains(sign) || Some(sign) == close => push(word, sign, true),
                        other => {
                            push(word, '\\', true);
                            if let Some(sign) = other {
                                push(word, sign, true);
                            }
                        }
                    }
                }
                Some('$' | '`') => self.dollar(word, true)?,
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
            word.push(Part::Number(body));
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
            let mut operand = |text: &str| match quoted {
                true => Parser::within_quotes(text, depth),
                false => Parser::within_braces(text, depth),
            };
            let read = if depth > DEEPEST { None } else { parameter::read(&inside, &mut operand)? };
            let (name, change) = read.ok_or_else(|| format!("${{{inside}}}: bad substitution"))?;
            word.push(Part::Variable { name, change, quoted });
            return Ok(());
        }
        let name = match self.scan.peek() {
            Some(sign @ ('?' | '#' | '$' | '!')) => {
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
        word.push(Part::Variable { name, change: None, quoted });
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

fn literal(part: &Part) -> String {
    match part {
        Part::Plain(text) | Part::Quoted(text) => text.clone(),
        Part::Variable { name, .. } => format!("${name}"),
        Part::Command { body, .. } => format!("$({body})"),
        Part::Number(body) => format!("$(({body}))"),
    }
}

fn near(token: &str) -> String {
    format!("syntax error near unexpected token `{token}'")
}

fn unclosed(sign: char) -> String {
    format!("unexpected EOF while looking for matching `{sign}'")
}
