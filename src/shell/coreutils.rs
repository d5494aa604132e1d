//! Small tools of a shell: what is true of files and words, numbers, and where commands stand.

use super::exec::Shell;
use super::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The commands of this file.
pub(super) const NAMES: [&str; 4] = ["printenv", "seq", "test", "type"];

/// What bash has within itself.
const BASH: [&str; 11] = ["[", "cd", "echo", "export", "false", "history", "printf", "pwd", "test", "type", "unset"];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "seq" => seq(words),
        "test" => test(shell, name, words),
        "[" => match words.split_last() {
            Some((last, words)) if last == "]" => test(shell, name, words),
            _ => Output::fail(2, "bash: [: missing `]'\n"),
        },
        "printenv" if !words.is_empty() => printenv(shell, words),
        "type" => kinds(words),
        _ => return None,
    })
}

/// `seq [FIRST [STEP]] LAST`, in whole numbers.
fn seq(words: &[String]) -> Output {
    let numbers: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return Output::fail(1, "seq: ECS Lab takes one to three whole numbers: seq [FIRST [STEP]] LAST\n"),
    };
    let (mut out, mut now) = (String::new(), Some(first));
    while let Some(number) = now.filter(|now| if step > 0 { *now <= last } else { *now >= last }) {
        out.push_str(&format!("{number}\n"));
        if out.len() > LONGEST {
            break;
        }
        now = number.checked_add(step);
    }
    Output::print(out)
}

fn printenv(shell: &Shell<'_>, words: &[String]) -> Output {
    let mut output = Output::default();
    for name in words {
        match shell.terminal.variables.get(name).filter(|own| own.exported) {
            Some(own) => output.stdout.push_str(&format!("{}\n", own.value)),
            None => output.status = 1,
        }
    }
    output
}

/// `test` with one sign and its words, and `!` in front.
fn test(shell: &Shell<'_>, tool: &str, words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (not, rest) = match words.as_slice() {
        ["!", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let wrong = |what: &str| Output::fail(2, format!("bash: {tool}: {what}\n"));
    let files = &shell.terminal.files;
    let holds = match rest {
        [] => false,
        [word] => !word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-z", word] => word.is_empty(),
        ["-f", word] => files.read(&shell.path(word)).is_some(),
        ["-d", word] => files.is_directory(&shell.path(word)),
        ["-s", word] => files.read(&shell.path(word)).is_some_and(|text| !text.is_empty()),
        ["-e" | "-r" | "-w", word] => {
            let path = shell.path(word);
            files.read(&path).is_some() || files.is_directory(&path)
        }
        [left, "=" | "==", right] => left == right,
        [left, "!=", right] => left != right,
        [left, sign @ ("-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge"), right] => {
            let (a, b) = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(a), Ok(b)) => (a, b),
                (Err(_), _) => return wrong(&format!("{left}: integer expression expected")),
                _ => return wrong(&format!("{right}: integer expression expected")),
            };
            match *sign {
                "-eq" => a == b,
                "-ne" => a != b,
                "-lt" => a < b,
                "-le" => a <= b,
                "-gt" => a > b,
                _ => a >= b,
            }
        }
        [sign, _] => return wrong(&format!("{sign}: unary operator expected")),
        [_, sign, _] => return wrong(&format!("{sign}: binary operator expected")),
        _ => return wrong("too many arguments"),
    };
    Output::status(u8::from(holds == not))
}

/// The names of the small tools.
pub(super) fn tools() -> impl Iterator<Item = &'static str> {
    let all = super::builtins::NAMES.iter().chain(&NAMES).chain(&super::texts::NAMES);
    all.chain(&super::tree::NAMES).chain(&super::about::NAMES).chain(&super::web::NAMES).copied()
}

/// Where a command stands; none for a word that is no command.
pub(super) fn place(name: &str) -> Option<&'static str> {
    let own = ["docker", "lab", "ssh", "["];
    match name {
        "aws" => Some("/usr/local/bin/"),
        _ => tools().chain(own).any(|tool| tool == name).then_some("/usr/bin/"),
    }
}

fn kinds(words: &[String]) -> Output {
    let mut output = Output::default();
    for name in words {
        match place(name) {
            Some(_) if BASH.contains(&name.as_str()) => {
                output.stdout.push_str(&format!("{name} is a shell builtin\n"));
            }
            Some(place) => output.stdout.push_str(&format!("{name} is {place}{name}\n")),
            None => {
                output.stderr.push_str(&format!("bash: type: {name}: not found\n"));
                output.status = 1;
            }
        }
    }
    output
}
