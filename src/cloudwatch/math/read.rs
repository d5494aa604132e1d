//! The text of an expression as a tree.
//!
//! ```text
//! or   a OR b, a || b     weakest, from the left, as all but ^
//! and  a AND b, a && b
//! ==   != < <= > >=
//! + -
//! * /
//! -a
//! ^    strongest, from the right: 2 ^ 3 ^ 2 is 2 ^ 9, -2 ^ 2 is -4
//! ```

use super::LONGEST;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How deep a tree may be, chains of operators included.
const DEEPEST: usize = 250;
/// How deep parentheses, brackets and signs may stand in each other.
const NESTED: usize = 50;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it names that the lab does not simulate.
    pub foreign: Option<String>,
    /// In our words.
    pub text: String,
}

/// A fault in our words at a place of the text.
pub fn fault(at: usize, text: impl Into<String>) -> Fault {
    Fault { foreign: None, text: format!("{} (character {})", text.into(), at + 1) }
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Op {
    fn strength(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Equal | Op::Unequal | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => 3,
            Op::Add | Op::Subtract => 4,
            Op::Multiply | Op::Divide => 5,
            Op::Power => 7,
        }
    }

    /// Whether its result is 0 or 1.
    pub fn judges(self) -> bool {
        self.strength() <= 3
    }
}

/// The strength of the sign in front of an operand: what it takes is a power or stronger.
const SIGN: u8 = 7;

/// Longer ones first.
const OPERATORS: [(&str, Op); 15] = [
    ("||", Op::Or),
    ("&&", Op::And),
    ("==", Op::Equal),
    ("!=", Op::Unequal),
    ("<=", Op::LessOrEqual),
    (">=", Op::GreaterOrEqual),
    ("<", Op::Less),
    (">", Op::Greater),
    ("+", Op::Add),
    ("-", Op::Subtract),
    ("*", Op::Multiply),
    ("/", Op::Divide),
    ("^", Op::Power),
    ("OR", Op::Or),
    ("AND", Op::And),
];

/// A part of the text.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it begins.
    pub at: usize,
    /// What it is.
    pub tree: Tree,
    /// How many levels it has.
    deep: usize,
}

#[derive(Clone, Debug)]
pub enum Tree {
    Number(f64),
    Text(String),
    Name(String),
    List(Vec<Node>),
    Negative(Box<Node>),
    Binary(Op, Box<[Node; 2]>),
    Call(String, Vec<Node>),
}

impl Node {
    /// The parts that it consists of.
    pub fn parts(&self) -> &[Node] {
        match &self.tree {
            Tree::Number(_) | Tree::Text(_) | Tree::Name(_) => &[],
            Tree::List(all) | Tree::Call(_, all) => all,
            Tree::Negative(own) => core::slice::from_ref(own),
            Tree::Binary(_, both) => both.as_slice(),
        }
    }
}

fn node(at: usize, tree: Tree) -> Result<Node, Fault> {
    let mut own = Node { at, tree, deep: 0 };
    own.deep = own.parts().iter().map(|part| part.deep).max().unwrap_or(0) + 1;
    if own.deep > DEEPEST { Err(fault(at, format!("it is more than {DEEPEST} levels deep"))) } else { Ok(own) }
}

/// Reads a whole expression.
pub fn tree(text: &str) -> Result<Node, Fault> {
    if text.len() > LONGEST {
        return Err(fault(LONGEST, format!("it is longer than {LONGEST} characters")));
    }
    let mut reader = Reader { text, at: 0, nested: 0 };
    let own = reader.operation(0)?;
    match reader.rest() {
        "" => Ok(own),
        rest => Err(fault(reader.at, format!("an operator is expected, not {}", shown(rest)))),
    }
}

/// What stands at a place, for a message.
fn shown(rest: &str) -> String {
    rest.chars().next().map_or("the end".into(), |own| format!("'{own}'"))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    nested: usize,
}

impl<'a> Reader<'a> {
    /// What is not read yet, without leading space.
    fn rest(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let rest_trimmed = rest.trim_start();
        self.at += rest.len() - rest_trimmed.len();
        rest_trimmed
    }

    fn takes(&mut self, mark: &str) -> bool {
        let there = self.rest().starts_with(mark);
        self.at += if there { mark.len() } else { 0 };
        there
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|own: char| !own.is_ascii_alphanumeric() && own != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn operator(&mut self) -> Option<(&'static str, Op)> {
        let (word, rest) = (self.word(), self.rest());
        let fits = |mark: &str| if word.is_empty() { rest.starts_with(mark) } else { word == mark };
        OPERATORS.into_iter().find(|(mark, _)| fits(mark))
    }

    /// Operands between operators that are at least so strong.
    fn operation(&mut self, least: u8) -> Result<Node, Fault> {
        self.nested += 1;
        if self.nested > NESTED {
            return Err(fault(self.at, format!("more than {NESTED} parts stand in each other")));
        }
        let mut left = self.operand()?;
        while let Some((mark, op)) = self.operator().filter(|(_, op)| op.strength() >= least) {
            self.at += mark.len();
            let right = self.operation(op.strength() + u8::from(op != Op::Power))?;
            left = node(left.at, Tree::Binary(op, Box::new([left, right])))?;
        }
        self.nested -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Node, Fault> {
        let (rest, at) = (self.rest(), self.at);
        let first = rest.chars().next().unwrap_or(' ');
        if self.takes("-") {
            let own = self.operation(SIGN)?;
            return node(at, Tree::Negative(Box::new(own)));
        }
        if self.takes("(") {
            let own = self.operation(0)?;
            return if self.takes(")") { Ok(own) } else { Err(self.expected("')'")) };
        }
        if self.takes("[") {
            let all = self.list("]")?;
            return node(at, Tree::List(all));
        }
        if first == '"' || first == '\'' {
            return self.quoted(first);
        }
        if first.is_ascii_digit() || first == '.' {
            return self.number();
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.expected("a number, an id or a function"));
        }
        self.at += word.len();
        if self.takes("(") {
            let all = self.list(")")?;
            return node(at, Tree::Call(word.to_string(), all));
        }
        node(at, Tree::Name(word.to_string()))
    }

    fn expected(&mut self, what: &str) -> Fault {
        let found = shown(self.rest());
        fault(self.at, format!("{what} is expected, not {found}"))
    }

    /// Parts between commas up to a closing mark.
    fn list(&mut self, end: &str) -> Result<Vec<Node>, Fault> {
        let mut all = Vec::new();
        if self.takes(end) {
            return Ok(all);
        }
        loop {
            all.push(self.operation(0)?);
            if self.takes(end) {
                return Ok(all);
            }
            if !self.takes(",") {
                return Err(self.expected(&format!("',' or '{end}'")));
            }
        }
    }

    fn quoted(&mut self, mark: char) -> Result<Node, Fault> {
        let at = self.at;
        let rest = self.text.get(at + 1..).unwrap_or_default();
        let end = rest.find(mark).ok_or_else(|| fault(at, "a quoted text does not end"))?;
        self.at += end + 2;
        node(at, Tree::Text(rest.get(..end).unwrap_or_default().to_string()))
    }

    fn number(&mut self) -> Result<Node, Fault> {
        let (rest, at) = (self.rest(), self.at);
        let digits = |from: usize| {
            let rest = rest.get(from..).unwrap_or_default();
            from + rest.find(|own: char| !own.is_ascii_digit()).unwrap_or(rest.len())
        };
        let mut end = digits(0);
        if rest.get(end..).is_some_and(|rest| rest.starts_with('.')) {
            end = digits(end + 1);
        }
        if let Some(power) = rest.get(end..).and_then(|rest| rest.strip_prefix(['e', 'E'])) {
            let sign = usize::from(power.starts_with(['+', '-']));
            let from = end + 1 + sign;
            end = if digits(from) > from { digits(from) } else { end };
        }
        self.at += end;
        let own = rest.get(..end).and_then(|own| own.parse::<f64>().ok()).filter(|own| own.is_finite());
        node(at, Tree::Number(own.ok_or_else(|| fault(at, "that is no number"))?))
    }
}
