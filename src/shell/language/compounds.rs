//! Loops, choices, groups and `[[ … ]]`.

use super::command::{Compound, List, Part, Test, Word};
use super::parameter::is_name;
use super::syntax::{Parser, near, unclosed};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As deep as loops, choices and groups may be nested.
const DEEPEST: u8 = 30;

/// Signs of `[[ … ]]` between two words.
const BETWEEN: [&str; 15] =
    ["==", "=", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

impl Parser {
    /// What a word begins; none for a word of a simple command.
    pub(super) fn compound(&mut self, token: &str) -> Result<Option<Compound>, String> {
        let known = ["(", "{", "for", "while", "until", "if", "case", "[["];
        if !known.contains(&token) {
            return Ok(None);
        }
        if self.nested >= DEEPEST {
            return Err(format!("the lab's shell nests loops, choices and groups no deeper than {DEEPEST}"));
        }
        self.nested += 1;
        self.scan.take_all(token);
        let read = match token {
            "(" => self.parenthesis(),
            "{" => self.block("}").map(Compound::Group),
            "for" => self.counted(),
            "if" => self.choice(),
            "case" => self.case(),
            "[[" => self.asked(),
            _ => self.repeated(token == "until"),
        };
        self.nested -= 1;
        read.map(Some)
    }

    /// Commands up to a word, which is taken.
    fn block(&mut self, end: &str) -> Result<List, String> {
        let list = self.some(&[end])?;
        self.scan.take_all(end);
        Ok(list)
    }

    fn keyword(&mut self, word: &str) -> Result<(), String> {
        self.lines();
        match self.token() {
            token if token == word => {
                self.scan.take_all(word);
                Ok(())
            }
            token if token.is_empty() => Err(self.ended()),
            token => Err(near(&token)),
        }
    }

    fn parenthesis(&mut self) -> Result<Compound, String> {
        let place = self.scan.place();
        if self.scan.take('(') {
            match self.scan.substitution() {
                Ok(body) if self.scan.take(')') => return Parser::within_quotes(&body, 1).map(Compound::Arithmetic),
                Ok(_) => self.scan.back(place),
                Err(_) => return Err(self.ended()),
            }
        }
        self.block(")").map(Compound::Subshell)
    }

    fn counted(&mut self) -> Result<Compound, String> {
        self.blanks();
        if self.scan.take_all("((") {
            let body = self.scan.substitution().map_err(unclosed)?;
            self.scan.take(')');
            let parts: Vec<Word> =
                body.split(';').map(|own| Parser::within_quotes(own, 1)).collect::<Result<_, String>>()?;
            let parts = parts.try_into().map_err(|_| "syntax error: arithmetic expression required".to_string())?;
            self.lines();
            self.scan.take(';');
            return Ok(Compound::Count { parts, body: self.body()? });
        }
        let name = match self.token() {
            name if name.is_empty() => return Err(self.ended()),
            name if is_name(&name) => name,
            name if name.starts_with(|sign: char| "\n;|&<>()".contains(sign)) || name == "newline" => {
                return Err(near(&name));
            }
            name => return Err(format!("`{name}': not a valid identifier")),
        };
        self.scan.take_all(&name);
        self.lines();
        let words = if self.token() == "in" {
            self.scan.take_all("in");
            Some(self.words()?)
        } else {
            self.scan.take(';');
            None
        };
        Ok(Compound::For { name, words, body: self.body()? })
    }

    /// The words of a line.
    fn words(&mut self) -> Result<Vec<Word>, String> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.scan.peek() {
                None => return Err(self.ended()),
                Some('\n' | ';') => {
                    self.scan.next();
                    return Ok(words);
                }
                Some('|' | '&' | '<' | '>' | '(' | ')') => return Err(near(&self.token())),
                Some(_) => words.push(self.word()?),
            }
        }
    }

    fn body(&mut self) -> Result<List, String> {
        self.keyword("do")?;
        self.block("done")
    }

    fn repeated(&mut self, until: bool) -> Result<Compound, String> {
        let test = self.some(&["do"])?;
        Ok(Compound::While { until, test, body: self.body()? })
    }

    fn choice(&mut self) -> Result<Compound, String> {
        let (mut arms, mut otherwise) = (Vec::new(), List::new());
        loop {
            let test = self.block("then")?;
            arms.push((test, self.some(&["elif", "else", "fi"])?));
            if self.scan.take_all("elif") {
                continue;
            }
            if self.scan.take_all("else") {
                otherwise = self.some(&["fi"])?;
            }
            self.scan.take_all("fi");
            return Ok(Compound::If { arms, otherwise });
        }
    }

    fn case(&mut self) -> Result<Compound, String> {
        self.blanks();
        let word = self.one()?;
        self.keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.lines();
            if self.token() == "esac" {
                self.scan.take_all("esac");
                return Ok(Compound::Case { word, arms });
            }
            self.scan.take('(');
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.one()?);
                self.blanks();
                if !self.scan.take('|') {
                    break;
                }
            }
            if !self.scan.take(')') {
                return Err(match self.token() {
                    token if token.is_empty() => self.ended(),
                    token => near(&token),
                });
            }
            arms.push((patterns, self.list(&[";;", "esac"])?));
            self.scan.take_all(";;");
        }
    }

    /// A word that has to be there.
    fn one(&mut self) -> Result<Word, String> {
        let before = self.scan.place();
        let word = self.word()?;
        match self.token() {
            token if word.is_empty() && token.is_empty() => Err(self.ended()),
            token if word.is_empty() && self.scan.place() == before => Err(near(&token)),
            _ => Ok(word),
        }
    }

    fn asked(&mut self) -> Result<Compound, String> {
        let test = self.either()?;
        self.lines();
        match self.token() {
            token if token == "]]" => {
                self.scan.take_all("]]");
                Ok(Compound::Test(test))
            }
            token if token.is_empty() => Err(self.ended()),
            token => Err(near(&token)),
        }
    }

    fn either(&mut self) -> Result<Test, String> {
        self.joined("||", Self::both).map(Test::Any)
    }

    fn both(&mut self) -> Result<Test, String> {
        self.joined("&&", Self::single).map(Test::All)
    }

    /// Tests with a sign between them: side by side, so that a long chain costs no stack.
    fn joined(&mut self, sign: &str, one: fn(&mut Self) -> Result<Test, String>) -> Result<Vec<Test>, String> {
        let mut all = Vec::new();
        loop {
            all.push(one(self)?);
            self.lines();
            if !self.scan.take_all(sign) {
                return Ok(all);
            }
        }
    }

    fn single(&mut self) -> Result<Test, String> {
        self.lines();
        let token = self.token();
        if token == "!" || token == "(" {
            if self.nested >= DEEPEST {
                return Err(format!("the lab's shell nests tests no deeper than {DEEPEST}"));
            }
            self.nested += 1;
            self.scan.take_all(&token);
            let inner = if token == "!" { self.single() } else { self.either() };
            self.nested -= 1;
            let inner = inner?;
            if token == "!" {
                return Ok(Test::Not(Box::new(inner)));
            }
            self.lines();
            return if self.scan.take(')') { Ok(inner) } else { Err(near(&self.token())) };
        }
        if token == "]]" {
            return Err(near("]]"));
        }
        let first = self.one()?;
        self.blanks();
        if let [Part::Plain(sign)] = first.as_slice()
            && sign.len() == 2
            && sign.starts_with('-')
            && !matches!(self.token().as_str(), "]]" | "&&" | "||" | ")" | "")
        {
            return Ok(Test::Of(sign.clone(), self.one()?));
        }
        let sign: String = self.token();
        if !BETWEEN.contains(&sign.as_str()) {
            return Ok(Test::Word(first));
        }
        self.scan.take_all(&sign);
        self.blanks();
        let second = if sign == "=~" { self.expression()? } else { self.one()? };
        Ok(Test::Between(first, sign, second))
    }

    /// A regular expression, in which signs that end words elsewhere are themselves.
    fn expression(&mut self) -> Result<Word, String> {
        let mut word = self.word()?;
        while let Some(sign) = self.scan.peek().filter(|sign| "()|<>&;".contains(*sign)) {
            self.scan.next();
            word.push(Part::Plain(sign.to_string()));
            word.extend(self.word()?);
        }
        Ok(word)
    }
}
