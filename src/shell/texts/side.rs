//! `comm` and `paste`: texts side by side.

use super::Asked;
use crate::shell::exec::Shell;
use crate::shell::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The texts of files, of which `-` is what comes through the pipe.
pub(super) fn texts<'a>(
    shell: &'a Shell<'_>,
    tool: &str,
    names: &'a [String],
    input: &'a str,
) -> Result<Vec<&'a str>, Output> {
    let text = |name: &'a String| {
        let path = shell.path(name);
        let found = if name == "-" { Some(input) } else { shell.terminal.files.read(&path) };
        found.ok_or_else(|| Output::fail(1, format!("{tool}: {name}: {}\n", shell.missing(&path))))
    };
    names.iter().map(text).collect()
}

/// `comm [-123] FILE FILE`: the lines that only one of two ordered texts has, and those that both have.
pub(super) fn comm(shell: &Shell<'_>, asked: &Asked, input: &str) -> Output {
    let wrong = |why: String| Output::fail(1, format!("comm: {why}\nTry 'comm --help' for more information.\n"));
    match asked.names.as_slice() {
        [_, _] => {}
        [] => return wrong("missing operand".to_string()),
        [only] => return wrong(format!("missing operand after '{only}'")),
        [_, _, more, ..] => return wrong(format!("extra operand '{more}'")),
    }
    let texts = match texts(shell, "comm", &asked.names, input) {
        Ok(texts) => texts,
        Err(output) => return output,
    };
    let mut sides = texts.into_iter().map(|text| text.lines().peekable()).collect::<Vec<_>>();
    let [left, right] = sides.as_mut_slice() else { return Output::default() };
    let (mut output, mut is_apart, mut told) = (Output::default(), false, [false; 2]);
    let indents = [0, usize::from(!asked.has('1')), usize::from(!asked.has('1')) + usize::from(!asked.has('2'))];
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.cmp(right),
        };
        is_apart |= order.is_ne();
        let line = match order {
            Ordering::Greater => right.peek(),
            _ => left.peek(),
        };
        let line = line.copied().unwrap_or_default();
        let (column, flag) = match order {
            Ordering::Less => (0, '1'),
            Ordering::Greater => (1, '2'),
            Ordering::Equal => (2, '3'),
        };
        if !asked.has(flag) {
            let indent = indents.get(column).copied().unwrap_or_default();
            output.stdout.push_str(&format!("{}{line}\n", "\t".repeat(indent)));
        }
        for (place, side) in [&mut *left, &mut *right].into_iter().enumerate() {
            let passes = order.is_eq() || place == column;
            let before = if passes { side.next() } else { None };
            if let (Some(before), Some(next), Some(told)) = (before, side.peek(), told.get_mut(place))
                && is_apart
                && !*told
                && before > *next
            {
                *told = true;
                output.stderr.push_str(&format!("comm: file {} is not in sorted order\n", place + 1));
            }
        }
    }
    if told.contains(&true) {
        output.stderr.push_str("comm: input is not in sorted order\n");
        output.status = 1;
    }
    output
}

/// `paste [-s] [-d SIGNS] [FILE …]`: the lines of texts behind each other; with `-s` those of each text on one line.
pub(super) fn paste(shell: &Shell<'_>, asked: &Asked, input: &str) -> Output {
    let piped = ["-".to_string()];
    let names = if asked.names.is_empty() { piped.as_slice() } else { asked.names.as_slice() };
    let texts = match texts(shell, "paste", names, input) {
        Ok(texts) => texts,
        Err(output) => return output,
    };
    let signs = signs(asked.value('d').unwrap_or("\t"));
    let sign = |place: usize| signs.get(place % signs.len().max(1)).map_or("", String::as_str);
    let mut out = String::new();
    if asked.has('s') {
        for text in texts {
            for (place, line) in text.lines().enumerate() {
                out.push_str(if place > 0 { sign(place - 1) } else { "" });
                out.push_str(line);
            }
            out.push('\n');
        }
        return Output::print(out);
    }
    let mut shared = input.lines();
    let mut sides: Vec<_> = texts.iter().map(|text| text.lines()).collect();
    loop {
        // Each `-` takes the next line of the pipe.
        let row = names.iter().zip(&mut sides).map(|(name, own)| if name == "-" { shared.next() } else { own.next() });
        let row: Vec<Option<&str>> = row.collect();
        if row.iter().all(Option::is_none) || out.len() > LONGEST {
            return Output::print(out);
        }
        for (place, line) in row.into_iter().enumerate() {
            out.push_str(if place > 0 { sign(place - 1) } else { "" });
            out.push_str(line.unwrap_or_default());
        }
        out.push('\n');
    }
}

/// What stands between lines, in turn.
fn signs(text: &str) -> Vec<String> {
    let (mut all, mut rest) = (Vec::new(), text.chars());
    while let Some(sign) = rest.next() {
        let own = match (sign, if sign == '\\' { rest.next() } else { None }) {
            (_, Some('n')) => "\n".to_string(),
            (_, Some('t')) => "\t".to_string(),
            (_, Some('0')) => String::new(),
            (_, Some(own)) => own.to_string(),
            (sign, None) => sign.to_string(),
        };
        all.push(own);
    }
    all
}
