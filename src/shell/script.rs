//! What acts on the course of a script: `break`, `return`, `set`, `local`, and the ways to run one.

use super::exec::{Flow, Script, Shell};
use super::kill;
use super::language::parse;
use super::limits::INTERRUPTED;
use super::quote::quote;
use super::state::{Options, State, UMASK};
use super::terminal::{Output, Variable};
use alloc::format;
use alloc::string::{String, ToString};

/// What bash has within itself for scripts.
pub(super) const BUILTINS: [&str; 21] = [
    ".",
    "alias",
    "break",
    "continue",
    "declare",
    "eval",
    "exec",
    "exit",
    "local",
    "mapfile",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "source",
    "trap",
    "typeset",
    "umask",
    "unalias",
];

/// The programs that run scripts.
pub(super) const SHELLS: [&str; 2] = ["bash", "sh"];

/// Whether a command reads the shell's own input line by line, or hands it on to commands of its own.
pub(super) fn reads(shell: &Shell<'_>, name: &str) -> bool {
    ["read", "mapfile", "readarray", "eval", "source", ".", "bash", "sh"].contains(&name) || is_file(shell, name)
}

/// Whether a word is the path of a file that is here.
fn is_file(shell: &Shell<'_>, name: &str) -> bool {
    name.contains('/') && shell.terminal.files.read(&shell.path(name)).is_some()
}

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    let by_hand = shell.terminal.inside.as_ref().is_some_and(|own| own.container().is_slim());
    Some(match name {
        "break" | "continue" => leave(shell, name, words),
        "return" => back(shell, words),
        "exit" if shell.shells > 0 => {
            shell.flow = Flow::Exit;
            status(shell, name, words)
        }
        "shift" => shift(shell, words),
        "set" => set(shell, words),
        "local" if shell.calls.is_empty() => Output::fail(1, "bash: local: can only be used in a function\n"),
        "local" | "declare" | "typeset" | "readonly" => super::declare::run(shell, name, words),
        "eval" => shell.deep(|shell| Ok(shell.run(&words.join(" ")))).unwrap_or_else(|_| Output::status(INTERRUPTED)),
        "source" | "." => source(shell, name, words),
        "read" => super::read::run(shell, words),
        "mapfile" | "readarray" => super::mapfile::run(shell, name, words),
        "alias" => alias(shell, words),
        "unalias" => unalias(shell, words),
        "trap" => super::trap::run(shell, words),
        "umask" => umask(shell, words),
        "bash" if by_hand => return None,
        "bash" | "sh" => return bash(shell, name, words),
        _ if is_file(shell, name) => file(shell, name, words),
        _ => return None,
    })
}

/// The status that a word names, or that of the last command.
fn status(shell: &Shell<'_>, name: &str, words: &[String]) -> Output {
    match words.first().map(|word| (word, word.parse::<i64>())) {
        None => Output::status(shell.terminal.status),
        Some((_, Ok(number))) => Output::status(number.rem_euclid(256) as u8),
        Some((word, Err(_))) => Output::fail(2, format!("bash: {name}: {word}: numeric argument required\n")),
    }
}

fn leave(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Output {
    if shell.loops == 0 {
        let told = format!("bash: {name}: only meaningful in a `for', `while', or `until' loop\n");
        return Output { stderr: told, ..Output::default() };
    }
    let count = match words.first().map(|word| (word, word.parse::<i64>())) {
        None => 1,
        Some((_, Ok(count))) if count > 0 => u32::try_from(count).unwrap_or(u32::MAX).min(shell.loops),
        Some((word, Ok(_))) => {
            shell.flow = Flow::Break(shell.loops);
            return Output::fail(1, format!("bash: {name}: {word}: loop count out of range\n"));
        }
        Some((word, Err(_))) => {
            shell.flow = Flow::Exit;
            return Output::fail(128, format!("bash: {name}: {word}: numeric argument required\n"));
        }
    };
    shell.flow = if name == "break" { Flow::Break(count) } else { Flow::Continue(count) };
    Output::default()
}

fn back(shell: &mut Shell<'_>, words: &[String]) -> Output {
    if shell.calls.is_empty() && shell.sourced == 0 {
        return Output::fail(2, "bash: return: can only `return' from a function or sourced script\n");
    }
    shell.flow = Flow::Return;
    status(shell, "return", words)
}

fn shift(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let given = &mut shell.terminal.state.given;
    match words.first().map_or(Ok(1), |word| word.parse::<usize>()) {
        Ok(count) if count <= given.len() => {
            given.drain(..count);
            Output::default()
        }
        Ok(_) => Output::status(1),
        Err(_) => Output::fail(1, format!("bash: shift: {}: numeric argument required\n", words.join(" "))),
    }
}

/// `set [-efuxo OPTION] [--] [WORD …]`; alone it shows the variables.
fn set(shell: &mut Shell<'_>, words: &[String]) -> Output {
    if words.is_empty() {
        let own = shell.terminal.variables.iter();
        let shown = |value: &str| if value.is_empty() { String::new() } else { quote(value) };
        let shown = |own: &Variable| own.array.as_ref().map_or_else(|| shown(&own.value), |array| array.shown());
        return Output::print(own.map(|(name, own)| format!("{name}={}\n", shown(own))).collect::<String>());
    }
    let mut rest = words;
    while let Some((word, more)) = rest.split_first() {
        let on = word.starts_with('-');
        let letters = match word.strip_prefix(['-', '+']) {
            Some(letters) if word != "-" && word != "--" => letters,
            _ => {
                let given = if word == "--" || word == "-" { more } else { rest };
                shell.terminal.state.given = given.to_vec();
                return Output::default();
            }
        };
        rest = more;
        for letter in letters.chars() {
            let name = match letter {
                'o' => {
                    let Some((name, more)) = rest.split_first() else {
                        return Output::print(options(&shell.terminal.state.options));
                    };
                    rest = more;
                    name.clone()
                }
                letter => letter.to_string(),
            };
            if !switched(&mut shell.terminal.state.options, &name, on) {
                let sign = if on { '-' } else { '+' };
                return Output::fail(
                    2,
                    match letter {
                        'o' => format!("bash: set: {name}: invalid option name\n"),
                        _ => format!(
                            "bash: set: {sign}{name}: invalid option\nset: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n"
                        ),
                    },
                );
            }
        }
    }
    Output::default()
}

/// Switches an option; false where there is none. Those that change nothing here are taken.
fn switched(options: &mut Options, name: &str, on: bool) -> bool {
    match name {
        "e" | "errexit" => options.errexit = on,
        "E" | "errtrace" => options.errtrace = on,
        "x" | "xtrace" => options.xtrace = on,
        "f" | "noglob" => options.noglob = on,
        "u" | "nounset" => options.nounset = on,
        "pipefail" => options.pipefail = on,
        _ => {
            return "aBbhHmT".contains(name) || ["allexport", "posix", "emacs", "vi", "history"].contains(&name);
        }
    }
    true
}

fn options(options: &Options) -> String {
    let all = [
        ("errexit", options.errexit),
        ("noglob", options.noglob),
        ("nounset", options.nounset),
        ("pipefail", options.pipefail),
        ("xtrace", options.xtrace),
    ];
    all.iter().map(|(name, on)| format!("{name:<15}\t{}\n", if *on { "on" } else { "off" })).collect()
}

fn source(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Output {
    let Some((name, rest)) = words.split_first() else {
        return Output::fail(
            2,
            format!("bash: {tool}: filename argument required\n{tool}: usage: {tool} filename [arguments]\n"),
        );
    };
    let path = shell.path(name);
    let Some(text) = shell.terminal.files.read(&path).map(ToString::to_string) else {
        let why = shell.missing(&path);
        let colon = if why.starts_with("Is") {
            format!("bash: {tool}: {name}: is a directory\n")
        } else {
            format!("bash: {name}: {why}\n")
        };
        return Output::fail(1, colon);
    };
    let given = (!rest.is_empty()).then(|| core::mem::replace(&mut shell.terminal.state.given, rest.to_vec()));
    shell.sourced += 1;
    let output = read_as(shell, name, &text);
    shell.sourced -= 1;
    if let Some(given) = given {
        shell.terminal.state.given = given;
    }
    if shell.flow == Flow::Return {
        shell.flow = Flow::Next;
    }
    output
}

/// Runs a text under the name of its file.
fn read_as(shell: &mut Shell<'_>, name: &str, text: &str) -> Output {
    let done = shell.deep(|shell| {
        let by_hand = shell.terminal.state.name.is_none();
        shell.scripts.push(Script { name: name.to_string(), by_hand });
        let above = core::mem::take(&mut shell.above);
        let line = shell.line;
        let output = shell.run(text);
        (shell.above, shell.line) = (above, line);
        shell.scripts.pop();
        Ok(output)
    });
    done.unwrap_or_else(|_| Output::status(INTERRUPTED))
}

/// `bash [-eux] [FILE [WORD …]]`, `bash -c TEXT [NAME [WORD …]]`; none where a prompt would come.
fn bash(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Option<Output> {
    let (mut options, mut text, mut rest) = (Options::default(), None, words);
    let mut only_read = false;
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with(['-', '+'])) {
        rest = more;
        if ["--login", "--norc", "--noprofile", "-l", "-i", "-s"].contains(&word.as_str()) {
            continue;
        }
        for letter in word.chars().skip(1) {
            match letter {
                'c' => {
                    let (first, more) = rest.split_first().map_or((None, rest), |(first, more)| (Some(first), more));
                    let Some(first) = first else {
                        return Some(Output::fail(2, format!("{tool}: -c: option requires an argument\n")));
                    };
                    (text, rest) = (Some(first.clone()), more);
                }
                'n' => only_read = true,
                'o' => {
                    if let Some((name, more)) = rest.split_first() {
                        switched(&mut options, name, true);
                        rest = more;
                    }
                }
                letter if switched(&mut options, letter.encode_utf8(&mut [0; 4]), word.starts_with('-')) => {}
                _ => {
                    return Some(Output::fail(
                        2,
                        format!("{tool}: ECS Lab knows -c, -e, -n, -u, -x and -o of {tool}, and not {word}\n"),
                    ));
                }
            }
        }
    }
    let name = rest.first().map_or(tool, String::as_str);
    let given = rest.get(1..).unwrap_or_default();
    let script = if only_read { checked } else { script };
    Some(match (text, shell.stdin.clone()) {
        (Some(text), _) => script(shell, (name, options), given, &text),
        (None, _) if !rest.is_empty() => {
            let path = shell.path(name);
            match shell.terminal.files.read(&path).map(ToString::to_string) {
                Some(text) => script(shell, (name, options), given, &text),
                None if shell.terminal.files.is_directory(&path) => {
                    Output::fail(126, format!("{name}: {name}: Is a directory\n"))
                }
                None => Output::fail(127, format!("{tool}: {name}: No such file or directory\n")),
            }
        }
        (None, Some(input)) => {
            let text = shell.drained(&input);
            script(shell, (tool, options), &[], &text)
        }
        (None, None) => return None,
    })
}

/// What `bash -n` says of a script, which does not run.
fn checked(_: &mut Shell<'_>, (name, _): (&str, Options), _: &[String], text: &str) -> Output {
    match parse(text) {
        Ok(_) => Output::default(),
        Err(wrong) => Output::fail(2, format!("{name}: line {}: {}\n", wrong.line, wrong.why)),
    }
}

/// `./file`.
fn file(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Output {
    let path = shell.path(name);
    if shell.terminal.files.mode(&path) & 0o111 == 0 {
        return Output::fail(126, format!("bash: {name}: Permission denied\n"));
    }
    let text = shell.terminal.files.read(&path).unwrap_or_default().to_string();
    let by = text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or("/bin/bash").trim();
    let program = by.split([' ', '/']).rfind(|own| !own.is_empty() && !own.starts_with('-')).unwrap_or_default();
    if !["bash", "sh", "dash"].contains(&program) {
        return Output::fail(126, format!("ECS Lab: {name} is for {program}, and scripts here are for bash\n"));
    }
    let mut options = Options::default();
    for letter in by.split_once(" -").map_or("", |(_, letters)| letters).chars() {
        switched(&mut options, letter.encode_utf8(&mut [0; 4]), true);
    }
    script(shell, (name, options), words, &text)
}

/// Runs a script: it sees what is exported, and what it sets is lost when it ends.
fn script(shell: &mut Shell<'_>, (name, options): (&str, Options), words: &[String], text: &str) -> Output {
    let calls = core::mem::take(&mut shell.calls);
    let (loops, tested, sourced) = (shell.loops, shell.tested, shell.sourced);
    (shell.loops, shell.tested, shell.sourced) = (0, 0, 0);
    let process = shell.process;
    let output = shell.apart(|shell| {
        shell.process = shell.shells;
        let all = core::mem::take(&mut shell.terminal.variables);
        shell.terminal.variables =
            all.iter().filter(|(_, own)| own.exported).map(|(name, own)| (name.clone(), own.clone())).collect();
        shell.terminal.state =
            State { name: Some(name.to_string()), given: words.to_vec(), options, ..State::default() };
        read_as(shell, name, text)
    });
    shell.calls = calls;
    (shell.loops, shell.tested, shell.sourced, shell.process) = (loops, tested, sourced, process);
    if let Some(told) = shell.killed.take().and_then(kill::told).filter(|_| shell.terminal.state.name.is_none()) {
        shell.say(told.to_string());
    }
    output
}

/// `umask [MODE]`: the bits that new files are made without.
fn umask(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let own = &mut shell.terminal.state.umask;
    match words {
        [] => Output::print(format!("{:04o}\n", own.unwrap_or(UMASK))),
        [mode] => match u16::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o777) {
            Some(mode) => {
                *own = Some(mode);
                Output::default()
            }
            None => Output::fail(1, format!("bash: umask: {mode}: octal number out of range\n")),
        },
        _ => Output::fail(2, "umask: ECS Lab takes umask MODE, a mode in octal digits\n"),
    }
}

fn alias(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let aliases = &mut shell.terminal.state.aliases;
    let shown = |name: &str, text: &str| format!("alias {name}='{}'\n", text.replace('\'', "'\\''"));
    if words.is_empty() {
        return Output::print(aliases.iter().map(|(name, text)| shown(name, text)).collect::<String>());
    }
    let mut output = Output::default();
    for word in words {
        match (word.split_once('='), aliases.get(word)) {
            (Some((name, text)), _) => drop(aliases.insert(name.to_string(), text.to_string())),
            (None, Some(text)) => output.stdout.push_str(&shown(word, text)),
            (None, None) => {
                output.stderr.push_str(&format!("bash: alias: {word}: not found\n"));
                output.status = 1;
            }
        }
    }
    output
}

fn unalias(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let aliases = &mut shell.terminal.state.aliases;
    let mut output = Output::default();
    for word in words {
        if word == "-a" {
            *aliases = Default::default();
        } else if aliases.remove(word).is_none() {
            output.stderr.push_str(&format!("bash: unalias: {word}: not found\n"));
            output.status = 1;
        }
    }
    if words.is_empty() {
        return Output::fail(2, "unalias: usage: unalias [-a] name [name ...]\n");
    }
    output
}
