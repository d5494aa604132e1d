//! How templates are read.

use super::{Node, Pipe, Term, wrong};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// As deep as actions may stand in each other.
const DEEPEST: usize = 32;

const FUNCTIONS: [&str; 14] = [
    "json", "index", "len", "join", "split", "lower", "upper", "title", "println", "print", "eq", "ne", "not",
    "truncate",
];

/// What ends a list of nodes.
#[derive(PartialEq, Eq)]
pub(super) enum End {
    Template,
    Else,
    Block,
}

/// A template, as far as it is read.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, End), String> {
        if depth > DEEPEST {
            return Err("ECS Lab: a template's actions are nested too deep".to_string());
        }
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            let Some(open) = rest.find("{{") else {
                nodes.push(Node::Text(rest.to_string()));
                self.at = self.text.len();
                return Ok((nodes, End::Template));
            };
            let mut before = rest.get(..open).unwrap_or_default();
            let inner_at = self.at + open + 2;
            let inner = self.text.get(inner_at..).unwrap_or_default();
            let close = closing(inner).ok_or_else(|| wrong("unclosed action"))?;
            let mut action = inner.get(..close).unwrap_or_default();
            self.at = inner_at + close + 2;
            let mut from = inner_at;
            if let Some(trimmed) = action.strip_prefix("- ") {
                before = before.trim_end();
                action = trimmed;
                from += 2;
            }
            nodes.push(Node::Text(before.to_string()));
            if let Some(trimmed) = action.strip_suffix(" -") {
                action = trimmed;
                self.at += self.rest().len() - self.rest().trim_start().len();
            }
            let word = action.split_whitespace().next().unwrap_or_default();
            match word {
                "end" => return Ok((nodes, End::Block)),
                "else" if action.trim() == "else" => return Ok((nodes, End::Else)),
                "range" | "if" => {
                    let skip = action.find(word).unwrap_or_default() + word.len();
                    let pipe = pipe(action.get(skip..).unwrap_or_default(), from + skip)?;
                    let (own, end) = self.nodes(depth + 1)?;
                    let (other, end) = if end == End::Else { self.nodes(depth + 1)? } else { (Vec::new(), end) };
                    if end != End::Block {
                        return Err(wrong("unexpected EOF"));
                    }
                    nodes.push(if word == "if" { Node::If(pipe, own, other) } else { Node::Range(pipe, own, other) });
                }
                "with" | "define" | "template" | "block" | "else" | "break" | "continue" => {
                    return Err(format!("ECS Lab: templates know range, if and else, not {word} of this kind"));
                }
                _ if action.trim_start().starts_with("/*") => {}
                _ => nodes.push(Node::Show(pipe(action, from)?)),
            }
        }
    }
}

/// Where an action ends: behind quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, sign) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if sign == '\\' => escaped = true,
            Some(open) if sign == open => quote = None,
            Some(_) => {}
            None if sign == '"' || sign == '`' => quote = Some(sign),
            None if text.get(at..)?.starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

/// Reads a pipeline; `from` is where it stands.
fn pipe(text: &str, from: usize) -> Result<Pipe, String> {
    let mut commands: Pipe = alloc::vec![Vec::new()];
    let mut at = 0;
    while let Some(sign) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        match sign {
            _ if sign.is_whitespace() => at += sign.len_utf8(),
            '|' => {
                commands.push(Vec::new());
                at += 1;
            }
            '(' => {
                let end = bracket(rest).ok_or_else(|| wrong("unclosed left paren"))?;
                let inner = pipe(rest.get(1..end).unwrap_or_default(), from + at + 1)?;
                if let Some(own) = commands.last_mut() {
                    own.push(Term::Group(inner));
                }
                at += end + 1;
            }
            '"' | '`' => {
                let end = rest.char_indices().skip(1).find(|(place, own)| {
                    *own == sign && (sign == '`' || !rest.get(..*place).unwrap_or_default().ends_with('\\'))
                });
                let (end, _) = end.ok_or_else(|| wrong("unterminated quoted string"))?;
                let quoted = rest.get(..=end).unwrap_or_default();
                let read = match sign {
                    '"' => serde_json::from_str(quoted).map_err(|_| wrong("unterminated quoted string"))?,
                    _ => Value::from(quoted.trim_matches('`')),
                };
                if let Some(own) = commands.last_mut() {
                    own.push(Term::Literal(read));
                }
                at += end + 1;
            }
            _ => {
                let end = rest.find(|own: char| own.is_whitespace() || "|()\"`".contains(own)).unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or_default();
                let term = term(word, from + at)?;
                if let Some(own) = commands.last_mut() {
                    own.push(term);
                }
                at += end;
            }
        }
    }
    if commands.iter().any(Vec::is_empty) {
        return Err(wrong("missing value for command"));
    }
    Ok(commands)
}

/// Where the bracket closes that a text begins with.
fn bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quoted = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn term(word: &str, at: usize) -> Result<Term, String> {
    let path = |rest: &str| rest.split('.').filter(|own| !own.is_empty()).map(ToString::to_string).collect::<Vec<_>>();
    if let Some(rest) = word.strip_prefix("$.") {
        return Ok(Term::Root(path(rest), at));
    }
    match word {
        "$" => Ok(Term::Root(Vec::new(), at)),
        "true" => Ok(Term::Literal(true.into())),
        "false" => Ok(Term::Literal(false.into())),
        _ if word.starts_with('.') => Ok(Term::Path(path(word), at)),
        _ if word.starts_with('$') => Err("ECS Lab: templates have no variables".to_string()),
        _ if FUNCTIONS.contains(&word) => Ok(Term::Function(word.to_string())),
        _ => match word.parse::<i64>() {
            Ok(number) => Ok(Term::Literal(number.into())),
            Err(_) => Err(wrong(&format!("function {word:?} not defined"))),
        },
    }
}
