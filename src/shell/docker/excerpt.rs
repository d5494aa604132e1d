//! The part of a Dockerfile that BuildKit shows below what failed (moby/buildkit, solver/errdefs, read 2026-11-22).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const RULE: &str = "--------------------\n";

/// The lines from one to another, counted from one, with a few lines around them; nothing where there are no such lines.
pub(super) fn excerpt(name: &str, text: &str, (first, last): (usize, usize)) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    if first < 1 || first > lines.len() {
        return String::new();
    }
    let (mut start, mut end) = (first, last.min(lines.len()));
    let most = if start == end { 4 } else { 2 };
    let mut added = 0;
    // A round counts for itself, so that it ends where there are no more lines.
    while added < most {
        if start > 1 {
            start -= 1;
            added += 1;
        }
        if end != lines.len() {
            end += 1;
            added += 1;
        }
        added += 1;
    }
    let mut out = format!("{name}:{first}\n{RULE}");
    for (number, line) in (1..).zip(&lines).take(end).skip(start - 1) {
        let mark = if (first..=last).contains(&number) { ">>>" } else { "   " };
        out.push_str(&format!(" {number:3} | {mark} {line}\n"));
    }
    out + RULE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_among_its_neighbours() {
        let text = "FROM a\nRUN 1\nRUN 2\nRUN 3 \\\n  4\nRUN 5\nRUN 6\n";
        for (span, shown) in [
            ((1, 1), "   1 | >>> FROM a\n   2 |     RUN 1\n   3 |     RUN 2\n"),
            ((3, 3), "   1 |     FROM a\n   2 |     RUN 1\n   3 | >>> RUN 2\n   4 |     RUN 3 \\\n   5 |       4\n"),
            ((4, 5), "   3 |     RUN 2\n   4 | >>> RUN 3 \\\n   5 | >>>   4\n   6 |     RUN 5\n"),
            ((7, 7), "   5 |       4\n   6 |     RUN 5\n   7 | >>> RUN 6\n   8 |     \n"),
        ] {
            let expected = format!("Dockerfile:{}\n{RULE}{shown}{RULE}", span.0);
            assert_eq!(excerpt("Dockerfile", text, span), expected, "{span:?}");
        }
        assert_eq!(excerpt("Dockerfile", text, (9, 9)), "");
    }
}
