//! The little structure that a face's plain text has: paragraphs, lists, and code. Never HTML.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A part of a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// Lines that start with `- ` or `1. `.
    List {
        /// Whether the entries are numbered.
        numbered: bool,
        /// The entries.
        items: Vec<Vec<Span>>,
    },
    /// Lines between two lines of three or more back-ticks, as they are.
    Code(String),
}

/// A run of text within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// What stood between back-ticks.
    Code(String),
}

/// Takes a face apart. Any text is a face; an unclosed fence runs to the end, an unclosed back-tick is a back-tick.
pub fn blocks(face: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = face.lines();
    let mut open = false;
    while let Some(line) = lines.next() {
        if let Some(fence) = fence(line) {
            let code: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != fence).collect();
            blocks.push(Block::Code(code.join("\n")));
            open = false;
        } else if let Some((numbered, item)) = item(line) {
            let item = spans(item);
            match blocks.last_mut() {
                Some(Block::List { numbered: same, items }) if open && *same == numbered => items.push(item),
                _ => blocks.push(Block::List { numbered, items: Vec::from([item]) }),
            }
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else {
            continue_block(&mut blocks, open, line.trim());
            open = true;
        }
    }
    blocks
}

/// Adds a line to the running paragraph or list entry, or starts a paragraph.
fn continue_block(blocks: &mut Vec<Block>, open: bool, line: &str) {
    let running = match blocks.last_mut() {
        Some(Block::Paragraph(running)) if open => Some(running),
        Some(Block::List { items, .. }) if open => items.last_mut(),
        _ => None,
    };
    match running {
        Some(running) => {
            match running.last_mut() {
                Some(Span::Text(text)) => text.push(' '),
                _ => running.push(Span::Text(" ".to_string())),
            }
            for span in spans(line) {
                match (running.last_mut(), span) {
                    (Some(Span::Text(text)), Span::Text(more)) => text.push_str(&more),
                    (_, span) => running.push(span),
                }
            }
        }
        None => blocks.push(Block::Paragraph(spans(line))),
    }
}

fn fence(line: &str) -> Option<&str> {
    let line = line.trim();
    let ticks = line.len() - line.trim_start_matches('`').len();
    let (fence, word) = line.split_at(ticks);
    (ticks >= 3 && !word.contains('`')).then_some(fence)
}

fn item(line: &str) -> Option<(bool, &str)> {
    let line = line.trim_start();
    for bullet in ["- ", "* "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return Some((false, rest.trim()));
        }
    }
    let (number, rest) = line.split_once(". ")?;
    let counted = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    counted.then_some((true, rest.trim()))
}

fn spans(line: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else { break };
        if !before.is_empty() {
            spans.push(Span::Text(before.to_string()));
        }
        if !code.is_empty() {
            spans.push(Span::Code(code.to_string()));
        }
        rest = after;
    }
    if !rest.is_empty() {
        spans.push(Span::Text(rest.to_string()));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short notation: `p:`, `u:`, `o:`, `c:` for the blocks, `[x]` for code spans.
    fn shown(face: &str) -> Vec<String> {
        let line = |spans: &[Span]| -> String {
            spans
                .iter()
                .map(|span| match span {
                    Span::Text(t) => t.clone(),
                    Span::Code(c) => std::format!("[{c}]"),
                })
                .collect()
        };
        blocks(face)
            .iter()
            .map(|block| match block {
                Block::Paragraph(spans) => std::format!("p:{}", line(spans)),
                Block::List { numbered, items } => {
                    let items: Vec<String> = items.iter().map(|item| line(item)).collect();
                    std::format!("{}:{}", if *numbered { "o" } else { "u" }, items.join("|"))
                }
                Block::Code(code) => std::format!("c:{code}"),
            })
            .collect()
    }

    #[test]
    fn paragraphs_lists_and_code() {
        for (face, blocks) in [
            ("", [].as_slice()),
            ("one\ntwo", &["p:one two"]),
            ("one\n\ntwo `x` three", &["p:one", "p:two [x] three"]),
            ("Because:\n- a\n-   b\n  more\n\nend", &["p:Because:", "u:a|b more", "p:end"]),
            ("1. a\n2. b\n- c", &["o:a|b", "u:c"]),
            ("```bash\naws  ecs\n\n  x\n```\nend", &["c:aws  ecs\n\n  x", "p:end"]),
            ("````\na\n```\nb", &["c:a\n```\nb"]),
            ("a ` b", &["p:a ` b"]),
            ("<b>x</b>", &["p:<b>x</b>"]),
            ("2026. It rained", &["p:2026. It rained"]),
        ] {
            assert_eq!(shown(face), blocks, "{face:?}");
        }
    }
}
