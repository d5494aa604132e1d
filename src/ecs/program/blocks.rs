//! What a script is made of: simple commands and the blocks `if`, `case`, `for`, `while` and `until`. Variables stay as they
//! are written, for a loop gives them other values in each round.

use super::scan::piece;
use alloc::vec::Vec;

/// What stands between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Then,
    And,
    Or,
}

/// Steps, each with what leads to the next one.
pub(super) type Steps<'a> = Vec<(Step<'a>, Link)>;

/// A simple command or a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Simple(&'a str),
    Block {
        block: Block<'a>,
        /// What stands behind its end: where its output goes.
        behind: &'a str,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// `{ …; }`
    Group(Steps<'a>),
    /// Each condition with its steps, then the steps of `else`.
    If(Vec<(Steps<'a>, Steps<'a>)>, Steps<'a>),
    /// The word, then each pattern with its steps.
    Case(&'a str, Vec<(&'a str, Steps<'a>)>),
    /// The variable and the words, then the steps.
    For(&'a str, &'a str, Steps<'a>),
    /// `name() { …; }`
    Function(&'a str, Steps<'a>),
    /// `while`, or `until` the condition ends well.
    While { until: bool, condition: Steps<'a>, body: Steps<'a> },
}

/// As deep as blocks may be within blocks.
const DEEPEST: u8 = 8;

/// The steps of a script; none where its blocks do not fit together.
pub(super) fn steps(script: &str) -> Option<Steps<'_>> {
    let mut parser = Parser { items: items(script)?, at: 0, depth: 0 };
    let all = parser.steps()?;
    (parser.at == parser.items.len()).then_some(all)
}

#[derive(Clone, Copy, PartialEq)]
enum Item<'a> {
    /// A word of the shell that opens or parts a block.
    Key(&'a str),
    /// One that ends a block, with what stands behind it.
    Close(&'a str, &'a str),
    /// The word of a `case`.
    Case(&'a str),
    /// What stands behind `for`.
    For(&'a str),
    Pattern(&'a str),
    /// The name of a function.
    Function(&'a str),
    Simple(&'a str),
    Link(Link),
    /// `;;`
    Next,
}

/// The parts of a script and what ends each, without comments; quotes, `$(…)` and `` `…` `` stay whole. None where one of
/// them does not close.
fn parts(script: &str) -> Option<Vec<(&str, Item<'_>)>> {
    let (mut all, mut from, mut at, mut last) = (Vec::new(), 0, 0, ' ');
    while let Some(rest) = script.get(at..).filter(|own| !own.is_empty()) {
        let sign = rest.chars().next()?;
        let before = core::mem::replace(&mut last, sign);
        let is_doubled = rest.chars().nth(1) == Some(sign);
        let end = match sign {
            '#' if before.is_whitespace() || before == ';' => {
                all.push((script.get(from..at)?, Item::Link(Link::Then)));
                at = rest.find('\n').map_or(script.len(), |length| at + length);
                (from, last) = (at, ';');
                continue;
            }
            ';' if is_doubled => Item::Next,
            ';' | '\n' => Item::Link(Link::Then),
            '&' if is_doubled => Item::Link(Link::And),
            '|' if is_doubled => Item::Link(Link::Or),
            _ => {
                at += piece(rest)?;
                continue;
            }
        };
        all.push((script.get(from..at)?, end));
        at += if matches!(end, Item::Link(Link::Then)) { 1 } else { 2 };
        (from, last) = (at, ';');
    }
    all.push((script.get(from..)?, Item::Link(Link::Then)));
    Some(all)
}

fn items(script: &str) -> Option<Vec<Item<'_>>> {
    let (mut all, mut wants_pattern) = (Vec::new(), false);
    for (text, end) in parts(script)? {
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let behind = behind.trim();
            if wants_pattern && word != "esac" {
                let (pattern, behind) = rest.split_once(')')?;
                all.push(Item::Pattern(pattern.trim_start_matches('(')));
                (wants_pattern, rest) = (false, behind.trim());
                continue;
            }
            rest = match word {
                "if" | "then" | "elif" | "else" | "while" | "until" | "do" | "{" => {
                    all.push(Item::Key(word));
                    behind
                }
                "case" => {
                    let (subject, behind) =
                        behind.strip_suffix(" in").map(|own| (own, "")).or(behind.split_once(" in "))?;
                    all.push(Item::Case(subject));
                    wants_pattern = true;
                    behind.trim()
                }
                "fi" | "done" | "esac" | "}" => {
                    wants_pattern = false;
                    all.push(Item::Close(word, behind));
                    ""
                }
                "for" => {
                    all.push(Item::For(behind));
                    ""
                }
                _ => match function(rest) {
                    Some((name, behind)) => {
                        all.push(Item::Function(name));
                        behind
                    }
                    None => {
                        all.push(Item::Simple(rest));
                        ""
                    }
                },
            };
        }
        wants_pattern |= end == Item::Next;
        all.push(end);
    }
    Some(all)
}

/// `name()` with what stands behind it.
fn function(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_' && sign != '-')?;
    let (name, rest) = text.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    let rest = rest.trim_start().strip_prefix('(')?.trim_start().strip_prefix(')')?;
    Some((name, rest.trim_start()))
}

struct Parser<'a> {
    items: Vec<Item<'a>>,
    at: usize,
    depth: u8,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<Item<'a>> {
        let item = self.items.get(self.at).copied();
        self.at += 1;
        item
    }

    /// Goes past what parts commands and past this word, if it is next.
    fn takes(&mut self, key: &str) -> bool {
        self.ends_line();
        let is_next = self.items.get(self.at) == Some(&Item::Key(key));
        self.at += usize::from(is_next);
        is_next
    }

    fn ends_line(&mut self) {
        while self.items.get(self.at) == Some(&Item::Link(Link::Then)) {
            self.at += 1;
        }
    }

    /// What stands behind this end of a block, if it is next.
    fn closes(&mut self, key: &str) -> Option<&'a str> {
        self.ends_line();
        match self.next()? {
            Item::Close(word, behind) if word == key => Some(behind),
            _ => None,
        }
    }

    fn steps(&mut self) -> Option<Steps<'a>> {
        let mut all = Steps::new();
        loop {
            self.ends_line();
            let owes = all.last().is_some_and(|(_, link)| *link != Link::Then);
            let step = match self.items.get(self.at).copied() {
                Some(Item::Simple(text)) => {
                    self.at += 1;
                    Step::Simple(text)
                }
                Some(Item::Key("if" | "while" | "until" | "{") | Item::Case(_) | Item::For(_) | Item::Function(_)) => {
                    if self.depth >= DEEPEST {
                        return None;
                    }
                    self.depth += 1;
                    let (block, behind) = self.block()?;
                    self.depth -= 1;
                    Step::Block { block, behind }
                }
                _ => return (!owes).then_some(all),
            };
            let link = match self.items.get(self.at) {
                Some(Item::Link(link)) => {
                    self.at += 1;
                    *link
                }
                _ => Link::Then,
            };
            all.push((step, link));
        }
    }

    fn block(&mut self) -> Option<(Block<'a>, &'a str)> {
        match self.next()? {
            Item::Key("if") => {
                let (mut arms, mut other) = (Vec::new(), Steps::new());
                loop {
                    let condition = self.some_steps()?;
                    arms.push((condition, self.part("then")?));
                    if !self.takes("elif") {
                        break;
                    }
                }
                if self.takes("else") {
                    other = self.some_steps()?;
                }
                Some((Block::If(arms, other), self.closes("fi")?))
            }
            Item::Key("{") => Some((Block::Group(self.some_steps()?), self.closes("}")?)),
            Item::Key(word) => {
                let condition = self.some_steps()?;
                let body = self.part("do")?;
                Some((Block::While { until: word == "until", condition, body }, self.closes("done")?))
            }
            Item::For(header) => {
                let (name, words) = header.split_once(char::is_whitespace)?;
                let words = words.trim().strip_prefix("in")?;
                let body = self.part("do")?;
                Some((Block::For(name, words.trim(), body), self.closes("done")?))
            }
            Item::Function(name) => {
                let body = self.part("{")?;
                Some((Block::Function(name, body), self.closes("}")?))
            }
            Item::Case(subject) => {
                let mut arms = Vec::new();
                self.ends_line();
                while let Some(Item::Pattern(pattern)) = self.items.get(self.at).copied() {
                    self.at += 1;
                    arms.push((pattern, self.steps()?));
                    self.at += usize::from(self.items.get(self.at) == Some(&Item::Next));
                    self.ends_line();
                }
                Some((Block::Case(subject, arms), self.closes("esac")?))
            }
            _ => None,
        }
    }

    /// The steps behind a word that must be next.
    fn part(&mut self, key: &str) -> Option<Steps<'a>> {
        if self.takes(key) { self.some_steps() } else { None }
    }

    /// Steps of which there must be one.
    fn some_steps(&mut self) -> Option<Steps<'a>> {
        self.steps().filter(|own| !own.is_empty())
    }
}
