//! What may stand at the end of a word of the shorthand syntax (6.3): names of members and their values, at any depth.

use crate::aws::model::{Kind, Shape};
use crate::shell::complete::Candidate;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Where a word ends.
pub(super) struct Place<'a> {
    /// What stands in front of what is begun there.
    pub(super) before: &'a str,
    /// What may be named there.
    names: Option<Names<'a>>,
    /// The shape of a value that may stand there, with its member's name.
    pub(super) value: Option<(Shape, &'a str)>,
}

/// A structure that is being written.
#[derive(Clone)]
struct Names<'a> {
    shape: Shape,
    /// The members that are named already.
    given: Vec<&'a str>,
    /// Whether it stands in braces, where lists need brackets.
    braced: bool,
}

/// The end of the word; none where the lab knows of nothing that may stand there.
type End<'a> = Option<Place<'a>>;

/// As deep as is looked into.
const DEEPEST: u8 = 32;

/// The end of a word of an option of a shape; none in JSON, between quotes, and behind a name that there is not.
pub(super) fn place(shape: Shape, text: &str) -> Option<Place<'_>> {
    let shape = item(shape);
    let is_json = text.starts_with(['[', '{']);
    if is_json || text.contains(char::is_whitespace) || !is_structure(shape) {
        return None;
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.pairs(shape, false).err().flatten()
}

/// The shape of the items of a list; any other shape as it is.
pub(super) fn item(shape: Shape) -> Shape {
    match shape.kind() {
        Kind::List { item, .. } => *item,
        _ => shape,
    }
}

fn is_structure(shape: Shape) -> bool {
    matches!(shape.kind(), Kind::Structure { .. } | Kind::Map { .. })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes a sign; whether it stood there.
    fn pass(&mut self, sign: char) -> bool {
        let there = self.rest().starts_with(sign);
        self.at += if there { sign.len_utf8() } else { 0 };
        there
    }

    fn end(&self, names: Option<Names<'a>>, value: Option<(Shape, &'a str)>) -> End<'a> {
        Some(Place { before: self.text.get(..self.at)?, names, value })
    }

    /// `name=value,…` up to the closing brace. Errors: the word ends within them.
    fn pairs(&mut self, shape: Shape, braced: bool) -> Result<(), End<'a>> {
        let mut own = Names { shape, given: Vec::new(), braced };
        self.depth += 1;
        while self.depth <= DEEPEST {
            if braced && self.pass('}') {
                self.depth -= 1;
                return Ok(());
            }
            let rest = self.rest();
            let Some(end) = rest.find(['=', ',', '{', '}', '[', ']']) else { return Err(self.end(Some(own), None)) };
            let name = rest.get(..end).unwrap_or_default();
            self.at += end;
            let held = match shape.kind() {
                Kind::Map { value, .. } => Some(*value),
                _ => shape.member(name).map(|member| member.shape),
            };
            let held = held.filter(|_| self.pass('=')).ok_or(None)?;
            own.given.push(name);
            self.value(held, name)?;
            if !braced && matches!(held.kind(), Kind::List { .. }) {
                self.more(item(held), name, &own)?;
            }
            if !self.pass(',') && !self.rest().starts_with('}') {
                return Err(None);
            }
        }
        Err(None)
    }

    /// The further items of a list without brackets, which goes on to the next name.
    fn more(&mut self, held: Shape, name: &'a str, own: &Names<'a>) -> Result<(), End<'a>> {
        while let Some(rest) = self.rest().strip_prefix(',') {
            match rest.find([',', '=']) {
                Some(end) if rest.get(end..).is_some_and(|rest| rest.starts_with('=')) => return Ok(()),
                Some(end) => self.at += 1 + end,
                None => {
                    self.at += 1;
                    return Err(self.end(Some(own.clone()), Some((held, name))));
                }
            }
        }
        Ok(())
    }

    /// A value of a member. Errors: the word ends within it.
    fn value(&mut self, shape: Shape, name: &'a str) -> Result<(), End<'a>> {
        if self.pass('{') {
            return if is_structure(shape) { self.pairs(shape, true) } else { Err(None) };
        }
        if self.pass('[') {
            let Kind::List { item, .. } = shape.kind() else { return Err(None) };
            while !self.pass(']') {
                self.value(*item, name)?;
                if !self.pass(',') && !self.rest().starts_with(']') {
                    return Err(None);
                }
            }
            return Ok(());
        }
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|sign| ['"', '\''].contains(sign)) {
            let end = rest.get(1..).and_then(|rest| rest.find(quote)).ok_or(None)?;
            self.at += end + 2;
            return Ok(());
        }
        let Some(end) = rest.find([',', ']', '}']) else { return Err(self.end(None, Some((item(shape), name)))) };
        self.at += end;
        Ok(())
    }
}

impl Place<'_> {
    /// The members that may be named, each with the signs that open its value.
    pub(super) fn members(&self) -> Vec<Candidate> {
        let Some(own) = &self.names else { return Vec::new() };
        let open = |shape: Shape| match shape.kind() {
            Kind::Structure { .. } | Kind::Map { .. } => "={",
            Kind::List { item, .. } if is_structure(*item) => "=[{",
            Kind::List { .. } if own.braced => "=[",
            _ => "=",
        };
        let mut found = Vec::new();
        for member in own.shape.members() {
            let is_there = own.given.contains(&member.name) || member.deprecated;
            if is_there || matches!(member.shape.kind(), Kind::Unsimulated) {
                continue;
            }
            let kind = if member.required { "required member" } else { "member" };
            found.push(Candidate { word: format!("{}{}{}", self.before, member.name, open(member.shape)), kind });
        }
        found
    }
}

/// The values of an enum, or of a switch.
pub(super) fn values(shape: Shape) -> Vec<String> {
    let own = match shape.kind() {
        Kind::Boolean => &["false", "true"],
        _ => shape.allowed(),
    };
    own.iter().map(ToString::to_string).collect()
}
