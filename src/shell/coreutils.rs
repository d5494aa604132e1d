//! Small tools over the files of the prompt, and what is true of them.

use super::exec::Shell;
use super::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The commands of this file.
pub(super) const NAMES: [&str; 8] = ["cp", "mv", "printenv", "rmdir", "seq", "test", "touch", "type"];

/// What bash has within itself.
const BASH: [&str; 11] = ["[", "cd", "echo", "export", "false", "history", "printf", "pwd", "test", "type", "unset"];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "touch" => touch(shell, words),
        "cp" | "mv" => copy(shell, name, words),
        "rmdir" => rmdir(shell, words),
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

/// Adds a complaint.
fn say(output: &mut Output, told: &str) {
    output.stderr.push_str(told);
    output.stderr.push('\n');
    output.status = 1;
}

/// The words that are no flags.
fn named(words: &[String]) -> Vec<&String> {
    words.iter().filter(|word| !word.starts_with('-')).collect()
}

/// The file or the folder that a tool needs is not named.
fn lacks(tool: &str, what: &str) -> Output {
    Output::fail(1, format!("{tool}: missing {what} operand\nTry '{tool} --help' for more information.\n"))
}

fn touch(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let names = named(words);
    if names.is_empty() {
        return lacks("touch", "file");
    }
    let mut output = Output::default();
    for name in names {
        let path = shell.path(name);
        let files = &mut shell.terminal.files;
        if files.read(&path).is_none()
            && !files.is_directory(&path)
            && let Err(why) = files.write(&path, String::new())
        {
            say(&mut output, &format!("touch: cannot touch '{name}': {why}"));
        }
    }
    output
}

/// `cp` and `mv` of files.
fn copy(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Output {
    let names = named(words);
    let Some((target, sources)) = names.split_last() else { return lacks(tool, "file") };
    let folder = shell.terminal.files.is_directory(&shell.path(target));
    let mut output = Output::default();
    match sources {
        [] => say(&mut output, &format!("{tool}: missing destination file operand after '{target}'")),
        [_, _, ..] if !folder => say(&mut output, &format!("{tool}: target '{target}': No such file or directory")),
        _ => {}
    }
    for name in sources {
        if output.status != 0 {
            break;
        }
        let from = shell.path(name);
        let last = from.rsplit('/').next().unwrap_or_default();
        let to = if folder { shell.path(&format!("{target}/{last}")) } else { shell.path(target) };
        let Some(text) = shell.terminal.files.read(&from).map(ToString::to_string) else {
            let told = match shell.terminal.files.is_directory(&from) {
                true => format!("ECS Lab: {tool} takes files alone, and '{name}' is a directory"),
                false => format!("{tool}: cannot stat '{name}': No such file or directory"),
            };
            say(&mut output, &told);
            break;
        };
        if from == to {
            say(&mut output, &format!("{tool}: '{name}' and '{target}' are the same file"));
            break;
        }
        match shell.terminal.files.write(&to, text) {
            Ok(()) if tool == "mv" => drop(shell.terminal.files.remove(&from)),
            Ok(()) => {}
            Err(why) => {
                let verb = if tool == "mv" { "move" } else { "create regular file" };
                say(&mut output, &format!("{tool}: cannot {verb} '{target}': {why}"));
            }
        }
    }
    output
}

fn rmdir(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let mut output = Output::default();
    for name in named(words) {
        let path = shell.path(name);
        let files = &mut shell.terminal.files;
        let why = match (files.is_directory(&path), files.list(&path).is_empty()) {
            (true, true) => {
                files.unmake(&path);
                continue;
            }
            (true, false) => "Directory not empty",
            (false, _) if files.read(&path).is_some() => "Not a directory",
            (false, _) => "No such file or directory",
        };
        say(&mut output, &format!("rmdir: failed to remove '{name}': {why}"));
    }
    output
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

/// Where a command stands; none for a word that is no command.
pub(super) fn place(name: &str) -> Option<&'static str> {
    let own = ["docker", "lab", "ssh", "["];
    let mut tools = super::builtins::NAMES.iter().chain(&NAMES).chain(&super::texts::NAMES).chain(&own);
    match name {
        "aws" => Some("/usr/local/bin/"),
        _ => tools.any(|tool| *tool == name).then_some("/usr/bin/"),
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
            None => say(&mut output, &format!("bash: type: {name}: not found")),
        }
    }
    output
}
