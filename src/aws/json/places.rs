//! The second pass: where each value and each name stands in a text that is known to be JSON.

use super::Document;
use crate::sim::sorted::Map;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// All values of a text, each before those it holds, so that a value's parts follow it up to its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// The value this one stands in; the whole text's is itself.
    parent: usize,
    /// Which of its parent's parts it is, from 0.
    nth: usize,
    /// The name's bytes with their quotes, for a member.
    key: Option<(usize, usize)>,
    /// Where the value begins.
    start: usize,
    /// The node behind the last one that belongs to this value.
    end: usize,
}

/// An object or list whose end is not reached yet.
struct Open<'a> {
    node: usize,
    parts: usize,
    /// For an object, each name with its first node.
    names: Option<Map<Cow<'a, str>, usize>>,
}

impl Places {
    /// Finds all places of a valid text, and the nodes of the members that stand again with those that stood first.
    pub(super) fn scan(text: &str) -> (Self, Vec<(usize, usize)>) {
        let bytes = text.as_bytes();
        let (mut nodes, mut open, mut repeated) = (Vec::<Node>::new(), Vec::<Open<'_>>::new(), Vec::new());
        let mut key: Option<(usize, usize)> = None;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let end = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                    at += 1;
                    continue;
                }
                b'}' | b']' => {
                    if let Some(done) = open.pop() {
                        let end = nodes.len();
                        if let Some(node) = nodes.get_mut(done.node) {
                            node.end = end;
                        }
                    }
                    at += 1;
                    continue;
                }
                b'"' => string_end(bytes, at),
                b'{' | b'[' => at + 1,
                _ => scalar_end(bytes, at),
            };
            if *byte == b'"' && key.is_none() && open.last().is_some_and(|open| open.names.is_some()) {
                key = Some((at, end));
                at = end;
                continue;
            }
            let index = nodes.len();
            let mut node = Node { parent: index, nth: 0, key: key.take(), start: at, end: index + 1 };
            if let Some(open) = open.last_mut() {
                (node.parent, node.nth) = (open.node, open.parts);
                open.parts += 1;
                if let (Some(names), Some((from, to))) = (open.names.as_mut(), node.key) {
                    let first = *names.or_insert_with(name(text, from, to), || index);
                    if first != index && repeated.len() < Document::DUPLICATES_KEPT {
                        repeated.push((index, first));
                    }
                }
            }
            nodes.push(node);
            if matches!(byte, b'{' | b'[') {
                open.push(Open { node: index, parts: 0, names: (*byte == b'{').then(Map::new) });
            }
            at = end;
        }
        (Self { nodes }, repeated)
    }

    /// The byte at which the node's value begins.
    pub(super) fn value(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(0, |node| node.start)
    }

    /// The byte at which the node's name begins, or its value if it has none.
    pub(super) fn key(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(0, |node| node.key.map_or(node.start, |(from, _)| from))
    }

    /// The node's path from the whole text.
    pub(super) fn path(&self, text: &str, node: usize) -> String {
        let mut steps = Vec::new();
        let mut index = node;
        while let Some(node) = self.nodes.get(index).filter(|node| node.parent != index) {
            steps.push(*node);
            index = node.parent;
        }
        let mut path = String::new();
        for step in steps.iter().rev() {
            match step.key {
                Some((from, to)) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(&name(text, from, to));
                }
                None => path.push_str(&format!("[{}]", step.nth)),
            }
        }
        path
    }

    /// The node at a path; of a member that stands twice, the later one. A name may itself hold dots and brackets.
    pub(super) fn find(&self, text: &str, path: &str) -> Option<usize> {
        self.nodes.first()?;
        self.below(text, 0, path, true)
    }

    /// Recurses as deep as the text is nested, which serde_json limits.
    fn below(&self, text: &str, index: usize, rest: &str, root: bool) -> Option<usize> {
        if rest.is_empty() {
            return Some(index);
        }
        let node = self.nodes.get(index)?;
        let item = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let item = item.and_then(|(nth, after)| Some((nth.parse::<usize>().ok()?, after)));
        let (mut part, mut hits) = (index + 1, Vec::new());
        while let Some(child) = self.nodes.get(part).filter(|_| part < node.end) {
            let after = match (child.key, item) {
                (Some((from, to)), _) => {
                    let rest = if root { Some(rest) } else { rest.strip_prefix('.') };
                    rest.and_then(|rest| rest.strip_prefix(&*name(text, from, to)))
                }
                (None, Some((nth, after))) if nth == child.nth => {
                    return self.below(text, part, after, false);
                }
                (None, _) => None,
            };
            if let Some(after) = after.filter(|after| after.is_empty() || after.starts_with(['.', '['])) {
                hits.push((part, after));
            }
            part = child.end.max(part + 1);
        }
        hits.into_iter().rev().find_map(|(part, after)| self.below(text, part, after, false))
    }
}

/// The name between the quotes, its escapes resolved.
fn name(text: &str, from: usize, to: usize) -> Cow<'_, str> {
    let quoted = text.get(from..to).unwrap_or_default();
    let plain = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    if !plain.contains('\\') {
        return Cow::Borrowed(plain);
    }
    serde_json::from_str(quoted).map_or(Cow::Borrowed(plain), Cow::Owned)
}

/// The byte behind the closing quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') | None => return at + 1,
            Some(_) => at += 1,
        }
    }
}

/// The byte behind a number or word.
fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().position(ends).unwrap_or(rest.len()).max(1)
}
