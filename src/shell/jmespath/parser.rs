//! Tokens → a tree, by the binding powers of jmespath.py.

use super::lexer::{Kind, Token, tokens};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// As deep as an expression may be nested.
const DEEPEST: u8 = 64;

/// As many operators as an expression may have: the tree is as deep.
const MOST_OPERATORS: u16 = 400;

/// As long as an expression may be, in bytes.
const LONGEST: usize = 16 * 1024;

/// Tokens below bind so weakly that they end a projection.
const PROJECTION_STOP: u8 = 10;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// The value itself.
    Identity,
    /// A member.
    Field(String),
    /// A value as it stands.
    Literal(Value),
    /// One after another, each of what the one before found.
    Chain(Vec<Node>),
    /// An item by its place; from the end below 0.
    Index(i64),
    /// Items from, to, by steps.
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// Each item of the left through the right.
    Projection(Box<Node>, Box<Node>),
    /// Each value of the left through the right.
    ValueProjection(Box<Node>, Box<Node>),
    /// Each item of the left, that the last holds for, through the middle.
    FilterProjection(Box<Node>, Box<Node>, Box<Node>),
    /// One level of lists less.
    Flatten(Box<Node>),
    /// The left, or the right where it is empty.
    Or(Box<Node>, Box<Node>),
    /// The right, or the left where it is empty.
    And(Box<Node>, Box<Node>),
    /// Whether it is empty.
    Not(Box<Node>),
    /// A comparison by its name: `eq`, `ne`, `lt`, `lte`, `gt`, `gte`.
    Compare(&'static str, Box<Node>, Box<Node>),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `{a: b}`.
    Map(Vec<(String, Node)>),
    /// `name(…)`.
    Call(String, Vec<Node>),
    /// `&expression`.
    Expression(Box<Node>),
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: u8,
    operators: u16,
}

type Parsed = Result<Node, String>;

pub(super) fn parse(text: &str) -> Parsed {
    if text.len() > LONGEST {
        return Err(format!("the expression is longer than {} KiB", LONGEST / 1024));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0, operators: 0 };
    let node = parser.expression(0)?;
    match parser.kind() {
        Kind::End => Ok(node),
        _ => {
            let token = parser.token();
            Err(parser.error(&token, &format!("Unexpected token: {}", shown(&token))))
        }
    }
}

fn shown(token: &Token) -> String {
    super::number::text(&token.value)
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> Token {
        let end = || Token { kind: Kind::End, value: Value::from(""), start: self.text.chars().count() };
        self.tokens.get(self.at + ahead).cloned().unwrap_or_else(end)
    }

    fn kind(&self) -> Kind {
        self.kind_at(0)
    }

    fn kind_at(&self, ahead: usize) -> Kind {
        self.tokens.get(self.at + ahead).map_or(Kind::End, |token| token.kind)
    }

    fn error(&self, token: &Token, reason: &str) -> String {
        let at = token.start;
        let kind = token.kind.of().0.to_uppercase();
        format!(
            "{reason}: Parse error at column {at}, token \"{}\" ({kind}), for expression:\n\"{}\"\n{}^",
            shown(token),
            self.text,
            " ".repeat(at + 1)
        )
    }

    fn incomplete(&self) -> String {
        let length = self.text.chars().count();
        format!("Invalid jmespath expression: Incomplete expression:\n\"{}\"\n{}^", self.text, " ".repeat(length + 1))
    }

    fn expect(&mut self, kind: Kind) -> Result<(), String> {
        if self.kind() == kind {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(kind.of().0))
    }

    fn unexpected(&self, wanted: &str) -> String {
        let token = self.token();
        if token.kind == Kind::End {
            return self.incomplete();
        }
        self.error(&token, &format!("Expecting: {wanted}, got: {}", token.kind.of().0))
    }

    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("the expression is nested deeper than {DEEPEST}"));
        }
        let token = self.token();
        self.at += 1;
        let mut left = self.prefix(&token)?;
        while power < self.kind().of().1 {
            let token = self.token();
            self.at += 1;
            self.operators += 1;
            if self.operators > MOST_OPERATORS {
                return Err(format!("the expression has more than {MOST_OPERATORS} operators"));
            }
            left = self.infix(left, &token)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self, token: &Token) -> Parsed {
        match token.kind {
            Kind::Literal => Ok(Node::Literal(token.value.clone())),
            Kind::Name => Ok(Node::Field(shown(token))),
            Kind::QuotedName => {
                if self.kind() == Kind::LeftParen {
                    let paren = Token { start: 0, ..self.token() };
                    return Err(self.error(&paren, "Quoted identifier not allowed for function names."));
                }
                Ok(Node::Field(shown(token)))
            }
            Kind::Star => {
                let right =
                    if self.kind() == Kind::RightBracket { Node::Identity } else { self.projected(Kind::Star.of().1)? };
                Ok(Node::ValueProjection(boxed(Node::Identity), boxed(right)))
            }
            Kind::Filter => self.filter(Node::Identity),
            Kind::LeftBrace => self.map(),
            Kind::LeftParen => {
                let inside = self.expression(0)?;
                self.expect(Kind::RightParen)?;
                Ok(inside)
            }
            Kind::Flatten => self.flatten(Node::Identity),
            Kind::Not => Ok(Node::Not(boxed(self.expression(Kind::Not.of().1)?))),
            Kind::LeftBracket => match self.kind() {
                Kind::Number | Kind::Colon => {
                    let right = self.index()?;
                    self.sliced(Node::Identity, right)
                }
                Kind::Star if self.kind_at(1) == Kind::RightBracket => {
                    self.at += 2;
                    let right = self.projected(Kind::Star.of().1)?;
                    Ok(Node::Projection(boxed(Node::Identity), boxed(right)))
                }
                _ => self.list(),
            },
            Kind::Current => Ok(Node::Identity),
            Kind::Expression => Ok(Node::Expression(boxed(self.expression(0)?))),
            Kind::End => Err(self.incomplete()),
            _ => Err(self.error(token, "invalid token")),
        }
    }

    fn infix(&mut self, left: Node, token: &Token) -> Parsed {
        let (name, power) = token.kind.of();
        match token.kind {
            Kind::Dot if self.kind() == Kind::Star => {
                self.at += 1;
                let right = self.projected(power)?;
                Ok(Node::ValueProjection(boxed(left), boxed(right)))
            }
            Kind::Dot => {
                let right = self.behind_dot(power)?;
                Ok(Node::Chain(alloc::vec![left, right]))
            }
            Kind::Pipe => Ok(Node::Chain(alloc::vec![left, self.expression(power)?])),
            Kind::Or => Ok(Node::Or(boxed(left), boxed(self.expression(power)?))),
            Kind::And => Ok(Node::And(boxed(left), boxed(self.expression(power)?))),
            Kind::Eq | Kind::Ne | Kind::Lt | Kind::Le | Kind::Gt | Kind::Ge => {
                Ok(Node::Compare(name, boxed(left), boxed(self.expression(power)?)))
            }
            Kind::LeftParen => self.call(left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            Kind::LeftBracket => match self.kind() {
                Kind::Number | Kind::Colon => {
                    let right = self.index()?;
                    self.sliced(left, right)
                }
                _ => {
                    self.expect(Kind::Star)?;
                    self.expect(Kind::RightBracket)?;
                    let right = self.projected(Kind::Star.of().1)?;
                    Ok(Node::Projection(boxed(left), boxed(right)))
                }
            },
            _ => Err(self.error(token, "invalid token")),
        }
    }

    fn call(&mut self, left: Node) -> Parsed {
        let Node::Field(name) = left else {
            let before =
                self.at.checked_sub(2).and_then(|at| self.tokens.get(at)).cloned().unwrap_or_else(|| self.token());
            return Err(self.error(&before, &format!("Invalid function name '{}'", shown(&before))));
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::RightParen {
            arguments.push(self.expression(0)?);
            if self.kind() == Kind::Comma {
                self.at += 1;
            }
        }
        self.expect(Kind::RightParen)?;
        Ok(Node::Call(name, arguments))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(Kind::RightBracket)?;
        let right = if self.kind() == Kind::Flatten { Node::Identity } else { self.projected(Kind::Filter.of().1)? };
        Ok(Node::FilterProjection(boxed(left), boxed(right), boxed(condition)))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let right = self.projected(Kind::Flatten.of().1)?;
        Ok(Node::Projection(boxed(Node::Flatten(boxed(left))), boxed(right)))
    }

    fn index(&mut self) -> Parsed {
        if self.kind() == Kind::Colon || self.kind_at(1) == Kind::Colon {
            return self.slice();
        }
        let place = self.token().value.as_i64().unwrap_or_default();
        self.at += 1;
        self.expect(Kind::RightBracket)?;
        Ok(Node::Index(place))
    }

    fn slice(&mut self) -> Parsed {
        let mut parts = [None, None, None];
        let mut place = 0;
        while self.kind() != Kind::RightBracket && place < 3 {
            let token = self.token();
            match (token.kind, parts.get_mut(place)) {
                (Kind::Colon, _) => {
                    place += 1;
                    if place == 3 {
                        return Err(self.error(&token, "syntax error"));
                    }
                }
                (Kind::Number, Some(part)) => *part = token.value.as_i64(),
                _ => return Err(self.error(&token, "syntax error")),
            }
            self.at += 1;
        }
        self.expect(Kind::RightBracket)?;
        let [from, to, step] = parts;
        Ok(Node::Slice(from, to, step))
    }

    fn sliced(&mut self, left: Node, right: Node) -> Parsed {
        let is_slice = matches!(right, Node::Slice(..));
        let chain = Node::Chain(alloc::vec![left, right]);
        if !is_slice {
            return Ok(chain);
        }
        let right = self.projected(Kind::Star.of().1)?;
        Ok(Node::Projection(boxed(chain), boxed(right)))
    }

    fn list(&mut self) -> Parsed {
        let mut all = Vec::new();
        loop {
            all.push(self.expression(0)?);
            if self.kind() == Kind::RightBracket {
                self.at += 1;
                return Ok(Node::List(all));
            }
            self.expect(Kind::Comma)?;
        }
    }

    fn map(&mut self) -> Parsed {
        let mut all = Vec::new();
        loop {
            let token = self.token();
            if !matches!(token.kind, Kind::Name | Kind::QuotedName) {
                return Err(self.unexpected("['quoted_identifier', 'unquoted_identifier']"));
            }
            self.at += 1;
            self.expect(Kind::Colon)?;
            all.push((shown(&token), self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::RightBrace => {
                    self.at += 1;
                    return Ok(Node::Map(all));
                }
                // Anything else has to be the next name, as jmespath.py has it.
                _ => {}
            }
        }
    }

    /// What a projection is applied to.
    fn projected(&mut self, power: u8) -> Parsed {
        match self.kind() {
            kind if kind.of().1 < PROJECTION_STOP => Ok(Node::Identity),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.at += 1;
                self.behind_dot(power)
            }
            _ => {
                let token = self.token();
                Err(self.error(&token, "syntax error"))
            }
        }
    }

    fn behind_dot(&mut self, power: u8) -> Parsed {
        match self.kind() {
            Kind::QuotedName | Kind::Name | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.at += 1;
                self.list()
            }
            Kind::LeftBrace => {
                self.at += 1;
                self.map()
            }
            kind => {
                let allowed = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";
                let token = self.token();
                Err(self.error(&token, &format!("Expecting: {allowed}, got: {}", kind.of().0)))
            }
        }
    }
}
