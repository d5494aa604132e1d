//! `diff FILE FILE`: the lines that differ, in the plain form or with `-u`.

use super::exec::Shell;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many lines as a file may have.
const MOST_LINES: usize = 1500;
/// As many lines as stand around a change with `-u`.
const AROUND: usize = 3;

/// A line that both texts have, or one of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// Compares two files; `-` is what comes through the pipe.
pub(super) fn run(shell: &Shell<'_>, words: &[String], input: &str) -> Output {
    let (flags, names): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|own| own.len() > 1 && own.starts_with('-'));
    if let Some(flag) = flags.iter().find(|flag| !["-u", "--unified", "-q", "--brief"].contains(&flag.as_str())) {
        return Output::fail(2, format!("diff: ECS Lab knows -u and -q of diff, and no {flag}\n"));
    }
    let [left, right] = names.as_slice() else {
        return Output::fail(2, "diff: missing operand\ndiff: Try 'diff --help' for more information.\n");
    };
    let mut texts = Vec::new();
    for name in [left, right] {
        let path = shell.path(name);
        match if *name == "-" { Some(input) } else { shell.terminal.files.read(&path) } {
            Some(text) if text.lines().count() <= MOST_LINES => texts.push(text),
            Some(_) => {
                return Output::fail(2, format!("diff: ECS Lab compares up to {MOST_LINES} lines: {name} has more\n"));
            }
            None => return Output::fail(2, format!("diff: {name}: {}\n", shell.missing(&path))),
        }
    }
    let [old, new] = texts.as_slice() else { return Output::default() };
    if old == new {
        return Output::default();
    }
    let lines = compared(old, new);
    let has = |wanted: [&str; 2]| flags.iter().any(|flag| wanted.contains(&flag.as_str()));
    let stdout = match () {
        () if has(["-q", "--brief"]) => format!("Files {left} and {right} differ\n"),
        () if has(["-u", "--unified"]) => format!("--- {left}\n+++ {right}\n{}", unified(&lines)),
        () => plain(&lines),
    };
    Output { status: 1, ..Output::print(stdout) }
}

/// The longest common lines in their order, and what stands between them: what goes before what comes.
fn compared<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let width = new.len() + 1;
    // How many lines the rests have in common from each pair of places on.
    let mut common = alloc::vec![0_u16; (old.len() + 1) * width];
    let at = |common: &[u16], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or_default();
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let own = match left == right {
                true => at(&common, i + 1, j + 1) + 1,
                false => at(&common, i + 1, j).max(at(&common, i, j + 1)),
            };
            common.get_mut(i * width + j).into_iter().for_each(|place| *place = own);
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                lines.push(Line::Same(left));
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(Line::Old(left));
                i += 1;
            }
            (_, Some(right)) => {
                lines.push(Line::New(right));
                j += 1;
            }
            _ => return lines,
        }
    }
}

/// How many lines of each text stand in a list.
fn counts(lines: &[Line<'_>]) -> (usize, usize) {
    let both = |own: &&Line<'_>| matches!(own, Line::Same(_));
    let same = lines.iter().filter(both).count();
    let old = lines.iter().filter(|own| matches!(own, Line::Old(_))).count();
    (same + old, lines.len() - old)
}

fn plain(lines: &[Line<'_>]) -> String {
    let (mut out, mut start) = (String::new(), 0);
    let is_same = |own: &Line<'_>| matches!(own, Line::Same(_));
    for run in lines.chunk_by(|left, right| is_same(left) == is_same(right)) {
        let before = lines.get(..start).map(counts).unwrap_or_default();
        start += run.len();
        if run.first().is_some_and(is_same) {
            continue;
        }
        let (gone, come) = counts(run);
        let range = |from: usize, count: usize| match count {
            0 => from.to_string(),
            1 => (from + 1).to_string(),
            _ => format!("{},{}", from + 1, from + count),
        };
        let kind = if gone == 0 {
            'a'
        } else if come == 0 {
            'd'
        } else {
            'c'
        };
        out.push_str(&format!("{}{kind}{}\n", range(before.0, gone), range(before.1, come)));
        let gone =
            run.iter().filter_map(|own| if let Line::Old(text) = own { Some(format!("< {text}\n")) } else { None });
        out.extend(gone);
        out.push_str(if kind == 'c' { "---\n" } else { "" });
        out.extend(
            run.iter().filter_map(|own| if let Line::New(text) = own { Some(format!("> {text}\n")) } else { None }),
        );
    }
    out
}

fn unified(lines: &[Line<'_>]) -> String {
    let changes: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines.get(*at), Some(Line::Same(_)))).collect();
    let mut out = String::new();
    for group in changes.chunk_by(|left, right| right - left <= 2 * AROUND + 1) {
        let from = group.first().map_or(0, |first| first.saturating_sub(AROUND));
        let to = group.last().map_or(0, |last| (last + AROUND + 1).min(lines.len()));
        let hunk = lines.get(from..to).unwrap_or_default();
        let (before, own) = (lines.get(..from).map(counts).unwrap_or_default(), counts(hunk));
        let range = |from: usize, count: usize| match count {
            0 => format!("{from},0"),
            1 => (from + 1).to_string(),
            _ => format!("{},{count}", from + 1),
        };
        out.push_str(&format!("@@ -{} +{} @@\n", range(before.0, own.0), range(before.1, own.1)));
        for line in hunk {
            let (sign, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Old(text) => ('-', text),
                Line::New(text) => ('+', text),
            };
            out.push_str(&format!("{sign}{text}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_compared_as_diff_compares_them() {
        for (old, new, expected) in [
            ("a\nb\nc\n", "a\nx\nc\n", "2c2\n< b\n---\n> x\n"),
            ("a\nc\n", "a\nb\nc\n", "1a2\n> b\n"),
            ("a\nb\nc\nd\n", "a\nd\n", "2,3d1\n< b\n< c\n"),
            ("", "a\nb\n", "0a1,2\n> a\n> b\n"),
            ("a\nb\n", "b\na\n", "1d0\n< a\n2a2\n> a\n"),
        ] {
            assert_eq!(plain(&compared(old, new)), expected, "{old:?} {new:?}");
        }
        let (old, new) = ("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nx\n6\n");
        assert_eq!(unified(&compared(old, new)), "@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+x\n 6\n");
        assert_eq!(unified(&compared("", "a\n")), "@@ -0,0 +1 @@\n+a\n");
    }
}
