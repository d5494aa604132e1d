//! `read`: a line of the input, cut into variables.

use super::exec::Shell;
use super::language::expand::BLANKS;
use super::language::parameter::is_name;
use super::terminal::{Output, Variable};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Answers `read [-r] [-p PROMPT] [NAME …]`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (mut raw, mut rest) = (false, words);
    while let Some((option, more)) = rest.split_first().filter(|(word, _)| word.len() > 1 && word.starts_with('-')) {
        rest = more;
        match option.as_str() {
            "--" => break,
            "-p" | "-t" => rest = more.get(1..).unwrap_or_default(),
            letters if letters.chars().skip(1).all(|sign| "rse".contains(sign)) => raw |= letters.contains('r'),
            "-rp" => (raw, rest) = (true, more.get(1..).unwrap_or_default()),
            other => {
                return Output::fail(2, format!("read: ECS Lab knows -r, -p, -s and -t of read, and not {other}\n"));
            }
        }
    }
    if let Some(word) = rest.iter().find(|word| !is_name(word)) {
        return Output::fail(1, format!("bash: read: `{word}': not a valid identifier\n"));
    }
    let Some(input) = &mut shell.stdin else {
        return Output::fail(1, "ECS Lab: read takes its line from a pipe, a file or <<<; nobody types to it here\n");
    };
    let (line, whole, taken) = line(input.rest(), raw);
    input.take(taken);
    let blanks = shell.terminal.variables.get("IFS").map_or_else(|| BLANKS.to_string(), |own| own.value.clone());
    let values = match rest {
        [] => [joined(&line)].into(),
        names => cut(&line, names.len(), &blanks),
    };
    let reply = ["REPLY".to_string()];
    let names = if rest.is_empty() { &reply[..] } else { rest };
    for (place, name) in names.iter().enumerate() {
        let exported = shell.terminal.variables.get(name).is_some_and(|own| own.exported);
        let value = values.get(place).cloned().unwrap_or_default();
        shell.terminal.variables.insert(name.clone(), Variable { value, exported });
    }
    Output::status(u8::from(!whole))
}

/// The signs of a line, each with whether `\` stood before it; whether the line had an end, and how many bytes it took.
fn line(text: &str, raw: bool) -> (Vec<(char, bool)>, bool, usize) {
    let mut line = Vec::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\n' => return (line, true, at + 1),
            '\\' if !raw => match signs.next() {
                Some((_, '\n')) | None => {}
                Some((_, sign)) => line.push((sign, true)),
            },
            sign => line.push((sign, false)),
        }
    }
    (line, false, text.len())
}

fn joined(line: &[(char, bool)]) -> String {
    line.iter().map(|(sign, _)| *sign).collect()
}

/// So many fields of a line; the last has the rest.
fn cut(line: &[(char, bool)], most: usize, blanks: &str) -> Vec<String> {
    let parts = |own: &(char, bool)| !own.1 && blanks.contains(own.0);
    let empty = |own: &(char, bool)| parts(own) && BLANKS.contains(own.0);
    let trimmed = |own: &[(char, bool)]| own.iter().take_while(|sign| empty(sign)).count();
    let mut rest = line.get(trimmed(line)..).unwrap_or_default();
    let mut all = Vec::new();
    while all.len() + 1 < most && !rest.is_empty() {
        let end = rest.iter().position(parts).unwrap_or(rest.len());
        all.push(joined(rest.get(..end).unwrap_or_default()));
        rest = rest.get(end..).unwrap_or_default();
        rest = rest.get(trimmed(rest)..).unwrap_or_default();
        if rest.first().is_some_and(|own| parts(own) && !empty(own)) {
            rest = rest.get(1..).unwrap_or_default();
            rest = rest.get(trimmed(rest)..).unwrap_or_default();
        }
    }
    let end = rest.len() - rest.iter().rev().take_while(|own| empty(own)).count();
    let mut last = rest.get(..end).unwrap_or_default();
    // One sign that parts fields ends the last field too.
    if let [before @ .., own] = last
        && parts(own)
        && !before.iter().any(parts)
    {
        last = before;
    }
    all.push(joined(last));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As bash 5.2 answers.
    #[test]
    fn a_line_is_cut_as_bash_cuts_it() {
        for (text, most, blanks, expected) in [
            ("  one two  three ", 2, BLANKS, &["one", "two  three"][..]),
            ("one", 2, BLANKS, &["one", ""]),
            ("  a b  ", 1, BLANKS, &["a b"]),
            ("  a b  ", 1, "", &["  a b  "]),
            ("a,b,,c", 2, ",", &["a", "b,,c"]),
            ("a,b,", 2, ",", &["a", "b"]),
            ("a,,b", 3, ",", &["a", "", "b"]),
            ("x\\ y z", 2, BLANKS, &["x y", "z"]),
        ] {
            let (line, _, _) = line(text, false);
            assert_eq!(cut(&line, most, blanks), expected, "{text}");
        }
        assert_eq!(line("a\\\nb\nc", false).2, 5);
        assert_eq!(joined(&line("a\\nb\nc", true).0), "a\\nb");
    }
}
