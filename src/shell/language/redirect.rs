//! Text → redirections.

use super::command::{Part, Redirect, Word};
use super::parameter::is_name;
use super::syntax::{Parser, near, unclosed};
use super::words::literal;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};

/// The highest number of a file, and the first of those that a variable tells.
pub const MOST_NUMBER: u8 = 31;
pub const FIRST_NAMED: u8 = 10;

impl Parser {
    /// A redirection, where one stands.
    ///
    /// # Errors
    /// What the lab's shell has not, and what bash says of one that is not whole.
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>, String> {
        for (sign, append) in [("&>>", true), ("&>", false)] {
            if self.scan.take_all(sign) {
                return self.written(Some((true, true)), append).map(Some);
            }
        }
        if let Some(name) = self.named() {
            self.scan.take_all(&format!("{{{name}}}"));
            let own = self.numbered(&FIRST_NAMED.to_string())?;
            return Ok(Some(Redirect::Named(name, Box::new(own))));
        }
        let digits = self.scan.ahead(|sign| sign.is_ascii_digit());
        let behind = (self.scan.peek_at(digits.len()), self.scan.peek_at(digits.len() + 1));
        match behind {
            (Some('<'), Some('(')) if digits.is_empty() => Ok(None),
            (Some('>'), Some('(')) if digits.is_empty() => Err("the lab's shell has no >( … )".to_string()),
            (Some('<' | '>'), _) => {
                self.scan.take_all(&digits);
                self.numbered(&digits).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The variable of `{name}>` and its like.
    fn named(&self) -> Option<String> {
        let text = self.scan.ahead(|sign| sign.is_ascii_alphanumeric() || "_{}<>(".contains(sign));
        let (name, behind) = text.strip_prefix('{')?.split_once('}')?;
        let redirects = behind.starts_with(['<', '>']) && !behind.starts_with("<(");
        (redirects && is_name(name)).then(|| name.to_string())
    }

    /// A redirection behind the digits of its number.
    fn numbered(&mut self, digits: &str) -> Result<Redirect, String> {
        let reads = self.scan.peek() == Some('<');
        let number = match digits {
            "" => u8::from(!reads),
            digits => digits.parse().ok().filter(|own| *own <= MOST_NUMBER).ok_or_else(|| no_file(digits))?,
        };
        let is_given = !digits.is_empty();
        if self.scan.take_all("<&") {
            return self.copied(number, true);
        }
        if self.scan.take_all(">&") {
            return self.copied(number, is_given);
        }
        if self.scan.take_all("<>") {
            return Ok(Redirect::Both(number, self.target()?));
        }
        let own = match reads {
            true => self.read(),
            false => {
                let append = self.scan.take_all(">>");
                if !append {
                    self.scan.take('>');
                    self.scan.take('|');
                }
                self.written(matches!(number, 1 | 2).then_some((number == 1, number == 2)), append)
            }
        }?;
        Ok(match (reads, number) {
            (true, 0) | (false, 1 | 2) => own,
            (_, 0..3) => {
                return Err(format!(
                    "the lab's shell has no {number}{}: 0 is read, 1 and 2 are written",
                    if reads { '<' } else { '>' }
                ));
            }
            _ => Redirect::Numbered(number, Box::new(own)),
        })
    }

    /// What stands behind `<`.
    fn read(&mut self) -> Result<Redirect, String> {
        if self.scan.take_all("<<<") {
            return Ok(Redirect::Here(self.target()?));
        }
        if self.scan.take_all("<<") {
            return self.document();
        }
        self.scan.take('<');
        self.blanks();
        if self.scan.take_all("<(") {
            return Ok(Redirect::Process(self.scan.substitution().map_err(unclosed)?));
        }
        Ok(Redirect::Read(self.target()?))
    }

    /// What stands behind `>`, for standard output, standard error, both, or a file with a number.
    fn written(&mut self, own: Option<(bool, bool)>, append: bool) -> Result<Redirect, String> {
        self.blanks();
        let (stdout, stderr) = own.unwrap_or_default();
        if self.scan.take_all(">(") {
            let body = self.scan.substitution().map_err(unclosed)?;
            return match own {
                Some(_) => Ok(Redirect::Into { stdout, stderr, body }),
                None => Err("the lab's shell has >( … ) behind 1 and 2 alone".to_string()),
            };
        }
        Ok(Redirect::Write { stdout, stderr, append, target: self.target()? })
    }

    /// What stands behind `<&` and `>&`; what is no number behind `>&` is a file for both outputs.
    fn copied(&mut self, number: u8, is_given: bool) -> Result<Redirect, String> {
        self.blanks();
        let (start, _) = self.scan.place();
        let word = self.target()?;
        let typed = self.scan.since(start);
        let is_file = |part: &Part| !matches!(part, Part::Plain(text) | Part::Quoted(text) if is_number(text));
        let is_text = word.iter().all(|part| matches!(part, Part::Plain(_) | Part::Quoted(_)));
        if !is_given && is_text && word.iter().any(is_file) {
            return Ok(Redirect::Write { stdout: true, stderr: true, append: false, target: word });
        }
        Ok(match (number, typed.as_str()) {
            (2, "1") => Redirect::ErrorToOutput,
            (1, "2") => Redirect::OutputToError,
            _ => Redirect::Copy { number, word, typed },
        })
    }

    /// `<< END`: the text begins at the next line.
    fn document(&mut self) -> Result<Redirect, String> {
        let tabs = self.scan.take('-');
        let word = self.target()?;
        let quoted = word.iter().any(|part| matches!(part, Part::Quoted(_)));
        let end: String = word.iter().map(literal).collect();
        let (text, closed) = self.scan.document(&end, tabs);
        self.open |= !closed;
        let word = if quoted { alloc::vec![Part::Quoted(text)] } else { Parser::within_quotes(&text, 0)? };
        Ok(Redirect::Document(word))
    }

    fn target(&mut self) -> Result<Word, String> {
        self.blanks();
        match self.scan.peek() {
            None | Some('\n') => Err(near("newline")),
            Some(sign @ (';' | '|' | '&' | '<' | '>' | '(' | ')')) => Err(near(&sign.to_string())),
            Some(_) => self.word(),
        }
    }
}

/// Whether what stands behind `>&` is a number, a number that moves, or the sign that closes.
fn is_number(text: &str) -> bool {
    text.chars().all(|sign| sign.is_ascii_digit() || sign == '-')
}

fn no_file(digits: &str) -> String {
    format!("the lab's shell has no file {digits} to redirect: its numbers are 0 to {MOST_NUMBER}")
}
