//! Commands that act on the prompt itself, and on time.

use super::exec::Shell;
use super::language::parameter::is_name;
use super::printf;
use super::quote::quote;
use super::terminal::{HOME, Output, Variable};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};

/// The commands of this file.
pub(super) const NAMES: [&str; 15] = [
    "cd", "clear", "date", "echo", "env", "export", "false", "history", "kill", "printf", "pwd", "sleep", "true",
    "unset", "which",
];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "true" | ":" => Output::default(),
        "false" => Output::status(1),
        "echo" => echo(words),
        "printf" => printf::run(shell, words),
        "pwd" => Output::print(format!("{}\n", shell.terminal.directory)),
        "cd" => cd(shell, words),
        "kill" => super::kill::run(shell, words),
        "export" => export(shell, words),
        "unset" => {
            let functions = words.first().is_some_and(|word| word == "-f");
            for name in words.iter().filter(|word| !word.starts_with('-')) {
                if let Err(why) = super::declare::unset(shell, name, functions) {
                    return Some(Output::fail(1, format!("bash: unset: {why}\n")));
                }
            }
            Output::default()
        }
        "printenv" if words.is_empty() => Output::print(exported(shell, "")),
        "env" => env(shell, words),
        "history" => history(shell, words),
        // The page empties the screen when it sees this sign.
        "clear" => Output::print("\u{c}"),
        "sleep" => sleep(shell, words),
        "date" => super::date::run(shell.lab.now(), words),
        "which" => which(words),
        _ => return None,
    })
}

fn echo(words: &[String]) -> Output {
    let is_option = |word: &&String| {
        word.strip_prefix('-').is_some_and(|own| !own.is_empty() && own.chars().all(|sign| "neE".contains(sign)))
    };
    let options = words.iter().take_while(is_option).count();
    let (options, rest) = words.split_at(options);
    let signs = || options.iter().flat_map(|word| word.chars());
    let rest = rest.join(" ");
    let (text, cut) = match signs().rfind(|sign| "eE".contains(*sign)) {
        Some('e') => interpreted(&rest),
        _ => (rest, false),
    };
    Output::print(if cut || signs().any(|sign| sign == 'n') { text } else { text + "\n" })
}

/// A text with what its backslashes stand for, and whether `\c` has ended it. What moves or colours on a screen is left out.
pub(super) fn interpreted(text: &str) -> (String, bool) {
    let mut out = String::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let Some(escape) = (if sign == '\\' { signs.next() } else { None }) else {
            out.push(sign);
            continue;
        };
        let mut number = |radix: u32, most: usize| {
            let (mut number, mut digits) = (0, 0);
            while let Some(digit) = signs.next_if(|sign| digits < most && sign.is_digit(radix)) {
                number = number * radix + digit.to_digit(radix).unwrap_or_default();
                digits += 1;
            }
            (digits > 0 || radix == 8).then(|| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
        };
        let sign = match escape {
            'n' => Some('\n'),
            't' => Some('\t'),
            '\\' => Some('\\'),
            'a' | 'b' | 'f' | 'r' | 'v' => continue,
            'c' => return (drawn(&out), true),
            'e' | 'E' => Some('\u{1b}'),
            '0' => number(8, 3),
            'x' => number(16, 2),
            'u' => number(16, 4),
            'U' => number(16, 8),
            _ => None,
        };
        match sign {
            Some(sign) => out.push(sign),
            None => out.extend(['\\', escape]),
        }
    }
    (drawn(&out), false)
}

/// What of a text a screen shows: no control characters, and no sequence that one of them begins.
fn drawn(text: &str) -> String {
    let mut out = String::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\u{1b}' if signs.next_if_eq(&'[').is_some() => {
                while signs.next().is_some_and(|sign| !('@'..='~').contains(&sign)) {}
            }
            '\n' | '\t' => out.push(sign),
            _ if sign.is_control() => {}
            _ => out.push(sign),
        }
    }
    out
}

fn cd(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let home = shell.terminal.variables.get("HOME").map_or(HOME, |own| own.value.as_str()).to_string();
    let back = words.first().is_some_and(|word| word == "-");
    let before = shell.terminal.state.before.clone();
    let wish = match (back, &before) {
        (true, None) => return Output::fail(1, "bash: cd: OLDPWD not set\n"),
        (true, Some(before)) => before,
        (false, _) => words.first().unwrap_or(&home),
    };
    let path = shell.path(wish);
    if shell.terminal.files.is_directory(&path) {
        let said = if back { format!("{path}\n") } else { String::new() };
        shell.terminal.state.before = Some(core::mem::replace(&mut shell.terminal.directory, path));
        return Output::print(said);
    }
    let why = if shell.terminal.files.read(&path).is_some() { "Not a directory" } else { "No such file or directory" };
    Output::fail(1, format!("bash: cd: {wish}: {why}\n"))
}

/// `env [NAME=VALUE …] [COMMAND …]`.
fn env(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let given = words.iter().take_while(|word| word.contains('=')).count();
    let (given, command) = words.split_at(given);
    let before = shell.terminal.variables.clone();
    for (name, value) in given.iter().filter_map(|word| word.split_once('=')) {
        shell
            .terminal
            .variables
            .insert(name.to_string(), Variable { value: value.to_string(), exported: true, array: None });
    }
    let output = match command.split_first() {
        None => Output::print(exported(shell, "")),
        Some((option, _)) if option.starts_with('-') => {
            Output::fail(125, format!("env: ECS Lab knows no options of env, and no {option}\n"))
        }
        Some((name, rest)) => match shell.deeper(|shell| shell.dispatch(name, rest, "")) {
            Some(output) => output,
            None => Output::fail(125, "env: commands within commands are nested too deep\n"),
        },
    };
    shell.terminal.variables = before;
    output
}

fn export(shell: &mut Shell<'_>, words: &[String]) -> Output {
    if words.is_empty() {
        return Output::print(exported(shell, "declare -x "));
    }
    let mut output = Output::default();
    for word in words {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let (name, grows) = match name.strip_suffix('+').filter(|_| value.is_some()) {
            Some(name) => (name, true),
            None => (name, false),
        };
        if !is_name(name) {
            output.stderr.push_str(&format!("bash: export: `{word}': not a valid identifier\n"));
            output.status = 1;
            continue;
        }
        if let Err(why) = shell.terminal.state.changes(name).or_else(|why| value.map_or(Ok(()), |_| Err(why))) {
            output.stderr.push_str(&format!("bash: {why}\n"));
            output.status = 1;
            continue;
        }
        // A name alone is marked.
        let own = shell.terminal.variables.or_insert_with(name.to_string(), Variable::default);
        own.exported = true;
        let before = if grows { own.value.clone() } else { String::new() };
        if let Some(Err(why)) = value.map(|value| shell.put(name, before + value)) {
            output.stderr.push_str(&format!("bash: {why}\n"));
        }
    }
    output
}

fn exported(shell: &Shell<'_>, start: &str) -> String {
    // No program sees an array.
    let own = shell.terminal.variables.iter().filter(|(_, own)| own.exported && own.array.is_none());
    own.map(|(name, own)| match start {
        "" => format!("{name}={}\n", own.value),
        _ => format!("{start}{name}=\"{}\"\n", own.value),
    })
    .collect()
}

fn history(shell: &mut Shell<'_>, words: &[String]) -> Output {
    match words {
        [] => {}
        [only] if only == "-c" => {
            shell.terminal.history.clear();
            return Output::default();
        }
        [number] if number.parse::<usize>().is_ok() => {
            let all = shell.terminal.history.len();
            let from = all.saturating_sub(number.parse().unwrap_or(all));
            return Output::print(lines_of(shell, from));
        }
        [other, ..] => return Output::fail(1, format!("bash: history: {other}: the lab knows -c and a number\n")),
    }
    Output::print(lines_of(shell, 0))
}

/// The lines of the history from one place on.
fn lines_of(shell: &Shell<'_>, from: usize) -> String {
    let lines = shell.terminal.history.iter().enumerate();
    lines.skip(from).map(|(place, line)| format!("{:5}  {line}\n", place + 1)).collect()
}

fn sleep(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let missing = "sleep: missing operand\nTry 'sleep --help' for more information.\n";
    if words.is_empty() {
        return Output::fail(1, missing);
    }
    let mut millis = 0.0;
    for word in words {
        let (number, unit) = match word.char_indices().last() {
            Some((at, unit @ ('s' | 'm' | 'h' | 'd'))) => (word.get(..at).unwrap_or_default(), unit),
            _ => (word.as_str(), 's'),
        };
        let seconds = match unit {
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            _ => 1.0,
        };
        match number.parse::<f64>().ok().filter(|number| (0.0..=1e9).contains(number)) {
            Some(number) => millis += number * seconds * 1000.0,
            None => {
                let told =
                    format!("sleep: invalid time interval {}\nTry 'sleep --help' for more information.\n", bare(word));
                return Output::fail(1, told);
            }
        }
    }
    match SimDuration::parse(&format!("{}ms", millis as i64)) {
        Ok(span) => shell.pass(span).unwrap_or_default(),
        Err(why) => Output::fail(1, format!("sleep: {why}\n")),
    }
}

/// A word in quotes, as GNU's tools show one.
pub(super) fn bare(word: &str) -> String {
    let quoted = quote(word);
    if quoted.starts_with('\'') { quoted } else { format!("'{quoted}'") }
}

fn which(words: &[String]) -> Output {
    let mut output = Output::default();
    for name in words {
        match super::coreutils::place(name) {
            Some(place) => output.stdout.push_str(&format!("{place}{name}\n")),
            None => output.status = 1,
        }
    }
    output
}
