//! Small tools of a shell: what is true of files and words, numbers, and where commands stand.

use super::conditions;
use super::exec::{Flow, Shell};
use super::language::number;
use super::language::parameter::is_name;
use super::script::{BUILTINS, SHELLS};
use super::terminal::{LONGEST, Output};
use crate::ecr::sha256;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The commands of this file.
pub(super) const NAMES: [&str; 12] = [
    "basename", "command", "diff", "dirname", "envsubst", "let", "printenv", "seq", "test", "type", "uuidgen", "xargs",
];

/// As many commands as one `xargs` runs.
const MOST_RUNS: usize = 200;

/// What bash has within itself beside what is for scripts.
const BASH: [&str; 16] = [
    ":", "[", "cd", "command", "echo", "export", "false", "history", "kill", "let", "printf", "pwd", "test", "true",
    "type", "unset",
];

/// Words of its language.
const KEYWORDS: [&str; 18] = [
    "!", "[[", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "then", "time",
    "until", "while", "{",
];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String], input: &str) -> Option<Output> {
    Some(match name {
        "basename" | "dirname" => path_part(name, words),
        "command" => command(shell, words, input),
        "let" => counted(shell, words),
        "diff" => match shell.looked_through(words, input) {
            Some(over) => over,
            None => super::diff::run(shell, words, input),
        },
        "envsubst" => envsubst(shell, words, input),
        "uuidgen" => uuidgen(shell),
        "xargs" => xargs(shell, words, input),
        "seq" => seq(words),
        "test" => conditions::test(shell, name, words),
        "[" => match words.split_last() {
            Some((last, words)) if last == "]" => conditions::test(shell, name, words),
            _ => Output::fail(2, "bash: [: missing `]'\n"),
        },
        "printenv" if !words.is_empty() => printenv(shell, words),
        "type" => kinds(shell, words),
        _ => return None,
    })
}

/// `seq [-w] [-s TEXT] [FIRST [STEP]] LAST`, in whole numbers.
fn seq(words: &[String]) -> Output {
    let (mut between, mut wide, mut words) = ("\n".to_string(), false, words);
    while let Some((option, more)) = words.split_first() {
        match (option.as_str(), option.strip_prefix("-s"), more.split_first()) {
            ("-w", ..) => (wide, words) = (true, more),
            ("-s", _, Some((own, more))) => (between, words) = (own.clone(), more),
            (_, Some(own), _) if !own.is_empty() => (between, words) = (own.to_string(), more),
            _ => break,
        }
    }
    let numbers: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return Output::fail(1, "seq: ECS Lab takes one to three whole numbers: seq [FIRST [STEP]] LAST\n"),
    };
    let size = |number: i64| number.to_string().len();
    let width = if wide { size(first).max(size(last)) } else { 0 };
    let (mut out, mut now) = (String::new(), Some(first));
    while let Some(number) = now.filter(|now| if step > 0 { *now <= last } else { *now >= last }) {
        if !out.is_empty() {
            out.push_str(&between);
        }
        out.push_str(&format!("{number:0width$}"));
        if out.len() > LONGEST {
            break;
        }
        now = number.checked_add(step);
    }
    Output::print(if out.is_empty() { out } else { out + "\n" })
}

/// Puts the values of variables in the place of `$NAME` and `${NAME}`; of those alone that a word names, where one does.
fn envsubst(shell: &Shell<'_>, words: &[String], input: &str) -> Output {
    let only = words.first();
    let mut out = String::new();
    let mut rest = input;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let inner = after.strip_prefix('{').unwrap_or(after);
        let end = inner.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(inner.len());
        let (name, behind) = inner.split_at(end);
        let closed = if inner.len() == after.len() { Some(behind) } else { behind.strip_prefix('}') };
        let taken = is_name(name)
            && only.is_none_or(|only| only.contains(&format!("${name}")) || only.contains(&format!("${{{name}}}")));
        match closed.filter(|_| taken) {
            Some(behind) => {
                let own = shell.terminal.variables.get(name).filter(|own| own.exported);
                out.push_str(own.map_or("", |own| own.value.as_str()));
                rest = behind;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
        if out.len() > LONGEST {
            return Output::fail(1, "envsubst: write error: No space left on device\n");
        }
    }
    Output::print(out + rest)
}

/// A number as `uuidgen` draws it; here it follows from how many were drawn at this prompt.
fn uuidgen(shell: &mut Shell<'_>) -> Output {
    shell.terminal.drawn += 1;
    let digest = sha256(format!("uuid {} {}", shell.terminal.drawn, shell.lab.now()).as_bytes());
    let hex = digest.get(7..).unwrap_or_default();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Output::print(format!("{}-{}-4{}-8{}-{}\n", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30)))
}

/// `xargs [-n N] [-I SIGN] [COMMAND …]`: runs a command with the words of its input.
fn xargs(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let (mut most, mut sign, mut rest) = (usize::MAX, None, words);
    while let Some((option, more)) = rest.split_first().filter(|(word, _)| word.starts_with('-')) {
        let glued = option.get(2..).filter(|own| !own.is_empty());
        let value = glued.map(String::from).or_else(|| more.first().cloned());
        rest = if glued.is_some() { more } else { more.get(1..).unwrap_or_default() };
        match (option.get(..2), value) {
            (Some("-r"), _) => rest = more,
            (Some("-n" | "-L"), Some(count)) if count.parse().is_ok_and(|own: usize| own > 0) => {
                most = count.parse().unwrap_or(most);
            }
            (Some("-I"), Some(own)) => sign = Some(own),
            _ => return Output::fail(1, format!("xargs: ECS Lab knows -n, -r and -I of xargs, and not {option}\n")),
        }
    }
    let given: Vec<String> = match &sign {
        Some(_) => input.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect(),
        None => input.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_string()).collect(),
    };
    let (name, head) = rest.split_first().map_or(("echo", rest), |(name, head)| (name.as_str(), head));
    let runs: Vec<Vec<String>> = match &sign {
        Some(sign) => {
            given.iter().map(|own| head.iter().map(|word| word.replace(sign.as_str(), own)).collect()).collect()
        }
        None => given.chunks(most).map(|own| [head, own].concat()).collect(),
    };
    if runs.len() > MOST_RUNS {
        return Output::fail(1, format!("xargs: ECS Lab runs up to {MOST_RUNS} commands, not {}\n", runs.len()));
    }
    let mut output = Output::default();
    for words in runs {
        let Some(done) = shell.deeper(|shell| shell.dispatch(name, &words, "")) else {
            return Output::fail(1, "xargs: commands within commands are nested too deep\n");
        };
        output.stdout.push_str(&done.stdout);
        output.stderr.push_str(&done.stderr);
        output.sent |= done.sent;
        output.status = match done.status {
            0 => output.status,
            127 => 127,
            _ => 123,
        };
        if done.status == 127 || output.stdout.len() > LONGEST || shell.flow == Flow::Spent {
            break;
        }
    }
    output
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

/// The names of the small tools.
pub(super) fn tools() -> impl Iterator<Item = &'static str> {
    let all = super::builtins::NAMES.iter().chain(&NAMES).chain(&super::texts::NAMES);
    let all = all.chain(&BUILTINS).chain(&SHELLS);
    all.chain(&super::tree::NAMES)
        .chain(&super::about::NAMES)
        .chain(&super::web::NAMES)
        .chain(&super::random::NAMES)
        .copied()
}

/// Where a command stands; none for a word that is no command.
pub(super) fn place(name: &str) -> Option<&'static str> {
    let own = ["docker", "helm", "lab", "ssh", "["];
    match name {
        "aws" => Some("/usr/local/bin/"),
        // Behind these there is no program.
        "exec" | "exit" => None,
        _ => tools().chain(own).any(|tool| tool == name).then_some("/usr/bin/"),
    }
}

/// `basename PATH [ENDING]` and `dirname PATH …`.
fn path_part(tool: &str, words: &[String]) -> Output {
    let Some((path, rest)) = words.split_first() else {
        return Output::fail(1, format!("{tool}: missing operand\nTry '{tool} --help' for more information.\n"));
    };
    if path.starts_with('-') && path.len() > 1 {
        return Output::fail(1, format!("{tool}: ECS Lab knows no options of {tool}, and no {path}\n"));
    }
    if let (Some(extra), "basename") = (rest.get(1), tool) {
        let told = format!("basename: extra operand '{extra}'\nTry 'basename --help' for more information.\n");
        return Output::fail(1, told);
    }
    let parts = |path: &str| {
        let bare = path.trim_end_matches('/');
        if bare.is_empty() && !path.is_empty() {
            return ("/".to_string(), "/".to_string());
        }
        let (above, last) = bare.rsplit_once('/').map_or((None, bare), |(above, last)| (Some(above), last));
        let above =
            above.map_or(".", |own| if own.trim_end_matches('/').is_empty() { "/" } else { own.trim_end_matches('/') });
        (above.to_string(), last.to_string())
    };
    if tool == "dirname" {
        return Output::print(words.iter().map(|path| parts(path).0 + "\n").collect::<String>());
    }
    let last = parts(path).1;
    let ending = rest.first().map_or("", String::as_str);
    let bare = last.strip_suffix(ending).filter(|own| !own.is_empty()).unwrap_or(&last);
    Output::print(format!("{bare}\n"))
}

/// `let EXPRESSION …`.
fn counted(shell: &mut Shell<'_>, words: &[String]) -> Output {
    if words.is_empty() {
        return Output::fail(1, "bash: let: expression expected\n");
    }
    let mut last = 0;
    for word in words {
        match number(word, shell) {
            Ok(own) => last = own,
            Err(why) => return Output::fail(1, format!("bash: let: {why}\n")),
        }
    }
    Output::status(u8::from(last == 0))
}

/// `command [-v|-V] NAME …`: what a name stands for, or the command itself without functions and aliases.
fn command(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let Some((first, rest)) = words.split_first() else { return Output::default() };
    match first.as_str() {
        "-V" => {
            let own = kinds(shell, rest);
            Output { stderr: own.stderr.replace("bash: type:", "bash: command:"), ..own }
        }
        "-v" => {
            let found: Vec<String> = rest.iter().filter_map(|name| form(shell, name)).collect();
            let status = u8::from(found.is_empty());
            Output { status, ..Output::print(found.iter().map(|own| format!("{own}\n")).collect::<String>()) }
        }
        "-p" | "--" => command(shell, rest, input),
        option if option.starts_with('-') => Output::fail(
            2,
            format!("bash: command: {option}: invalid option\ncommand: usage: command [-pVv] command [arg ...]\n"),
        ),
        name => match shell.deeper(|shell| shell.dispatch(name, rest, input)) {
            Some(output) => output,
            None => Output::fail(125, "command: commands within commands are nested too deep\n"),
        },
    }
}

/// Whether bash has a command within itself.
pub(super) fn is_builtin(name: &str) -> bool {
    BASH.contains(&name) || BUILTINS.contains(&name)
}

/// What `command -v` says of a name; none where it is no command.
fn form(shell: &Shell<'_>, name: &str) -> Option<String> {
    let state = &shell.terminal.state;
    if let Some(alias) = state.aliases.get(name) {
        return Some(format!("alias {name}='{}'", alias.replace('\'', "'\\''")));
    }
    let within = KEYWORDS.contains(&name) || state.functions.contains_key(name);
    if within || is_builtin(name) {
        return Some(name.to_string());
    }
    if name.contains('/') {
        let path = shell.path(name);
        let runs = shell.terminal.files.read(&path).is_some() && shell.terminal.files.mode(&path) & 0o111 != 0;
        return runs.then(|| name.to_string());
    }
    place(name).map(|place| format!("{place}{name}"))
}

fn kinds(shell: &Shell<'_>, words: &[String]) -> Output {
    let mut output = Output::default();
    let state = &shell.terminal.state;
    for name in words {
        let text = name.as_str();
        let kind = match (state.aliases.get(name), place(name)) {
            (Some(alias), _) => format!("{name} is aliased to `{alias}'\n"),
            _ if KEYWORDS.contains(&text) => format!("{name} is a shell keyword\n"),
            _ if state.functions.contains_key(name) => format!("{name} is a function\n"),
            _ if is_builtin(text) => format!("{name} is a shell builtin\n"),
            (_, Some(place)) => format!("{name} is {place}{name}\n"),
            (_, None) => {
                output.stderr.push_str(&format!("bash: type: {name}: not found\n"));
                output.status = 1;
                continue;
            }
        };
        output.stdout.push_str(&kind);
    }
    output
}
