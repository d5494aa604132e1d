//! `grep`.

use super::Asked;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::{Regex, RegexBuilder};

/// Finds the lines of each text that fit one of the patterns, which stand in `-e` or on lines of their own.
pub(super) fn grep(asked: &Asked, patterns: &[&str], texts: &[(&str, &str)], output: &mut Output) {
    let each = patterns.iter().flat_map(|own| own.split('\n')).map(|pattern| match () {
        () if asked.has('F') => regex_lite::escape(pattern),
        () if asked.has('E') => pattern.to_string(),
        () => basic(pattern),
    });
    let all: Vec<String> = each.collect();
    let mut expression = match all.as_slice() {
        // Of no patterns none fits.
        [] => "[^\\s\\S]".to_string(),
        [only] => only.clone(),
        all => all.iter().map(|own| format!("(?:{own})")).collect::<Vec<_>>().join("|"),
    };
    if asked.has('w') {
        expression = format!(r"\b(?:{expression})\b");
    }
    if asked.has('x') {
        expression = format!("^(?:{expression})$");
    }
    let Ok(regex) = RegexBuilder::new(&expression).case_insensitive(asked.has('i')).build() else {
        output.stderr.push_str("grep: Invalid regular expression\n");
        output.status = 2;
        return;
    };
    let named = (texts.len() > 1 || asked.has('r') || asked.has('H')) && !asked.has('h');
    let mut found = false;
    for (name, text) in texts {
        let start = if named { name.to_string() } else { String::new() };
        let lines: Vec<&str> = text.lines().collect();
        let most = number(asked, 'm').unwrap_or(usize::MAX);
        let fits = |line: &str| regex.is_match(line) != asked.has('v');
        let hits: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| fits(line)).map(|(at, _)| at).take(most).collect();
        found |= !hits.is_empty();
        match () {
            () if asked.has('q') => {}
            () if asked.has('l') && hits.is_empty() => {}
            () if asked.has('l') => output.stdout.push_str(&format!("{name}\n")),
            () if asked.has('c') => {
                let start = if named { format!("{start}:") } else { start };
                output.stdout.push_str(&format!("{start}{}\n", hits.len()));
            }
            () => shown(asked, &regex, &start, &lines, &hits, output),
        }
    }
    output.status = u8::from(!found);
}

fn number(asked: &Asked, name: char) -> Option<usize> {
    asked.value(name).and_then(|value| value.parse().ok())
}

/// Prints the lines that were found, with those around them that `-A`, `-B` and `-C` ask for.
fn shown(asked: &Asked, regex: &Regex, start: &str, lines: &[&str], hits: &[usize], output: &mut Output) {
    let [after, before] = ['A', 'B'].map(|name| number(asked, name).or(number(asked, 'C')).unwrap_or_default());
    let mut last: Option<usize> = None;
    for (at, line) in lines.iter().enumerate() {
        let hit = hits.binary_search(&at).is_ok();
        let near = hits.iter().any(|own| *own <= at + before && at <= *own + after);
        if !hit && !near {
            continue;
        }
        let sign = if hit { ':' } else { '-' };
        if after + before > 0 && last.is_some_and(|last| last + 1 < at) {
            output.stdout.push_str("--\n");
        }
        last = Some(at);
        let mut head = if start.is_empty() { String::new() } else { format!("{start}{sign}") };
        if asked.has('n') {
            head.push_str(&format!("{}{sign}", at + 1));
        }
        if asked.has('o') {
            for piece in regex.find_iter(line).filter(|piece| !piece.is_empty()) {
                output.stdout.push_str(&format!("{head}{}\n", piece.as_str()));
            }
        } else {
            output.stdout.push_str(&format!("{head}{line}\n"));
        }
    }
}

/// A basic regular expression as an extended one: there, `( ) { } | + ?` mean something only behind a backslash, `^` and `*`
/// only where they may, and `$` only where a piece ends.
pub(super) fn basic(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    // Whether a piece begins here: at the start, and behind `\(` and `\|`.
    let mut begins = true;
    while let Some(sign) = rest.chars().next() {
        let (taken, more) = rest.split_at(if sign == '[' { set(rest) } else { sign.len_utf8() });
        rest = more;
        let first = core::mem::take(&mut begins);
        match sign {
            '\\' => match rest.chars().next() {
                Some(own) => {
                    rest = rest.get(own.len_utf8()..).unwrap_or_default();
                    begins = own == '(' || own == '|';
                    if !"(){}|+?".contains(own) {
                        out.push('\\');
                    }
                    out.push(own);
                }
                None => out.push_str("\\\\"),
            },
            '^' if first => {
                out.push('^');
                // Behind it, `*` is still itself.
                if rest.starts_with('*') {
                    rest = rest.get(1..).unwrap_or_default();
                    out.push_str("\\*");
                }
            }
            '$' if rest.is_empty() || rest.starts_with("\\)") || rest.starts_with("\\|") => out.push('$'),
            '*' if !first => out.push('*'),
            own if "(){}|+?^$*".contains(own) => out.extend(['\\', own]),
            _ => out.push_str(taken),
        }
    }
    out
}

/// How many bytes a set like `[^]a[:digit:]]` takes, with which a pattern begins; all, where it is not closed.
fn set(pattern: &str) -> usize {
    let start = ["[^]", "[]", "[^", "["].into_iter().find(|own| pattern.starts_with(own)).map_or(0, str::len);
    let mut at = start;
    while let Some(rest) = pattern.get(at..).filter(|rest| !rest.is_empty()) {
        let class = rest.strip_prefix("[:").and_then(|own| own.find(":]"));
        at += match class {
            Some(name) => name + 4,
            None if rest.starts_with(']') => return at + 1,
            None => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    at
}
