//! Tools over the tree of files: listed, found, made, copied, moved and removed.

mod chmod;
mod list;

use super::exec::Shell;
use super::files::fits;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The commands of this file.
pub(super) const NAMES: [&str; 9] = ["chmod", "cp", "find", "ls", "mkdir", "mv", "rm", "rmdir", "touch"];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "chmod" => chmod::run(shell, words),
        "touch" => touch(shell, words),
        "cp" | "mv" => copy(shell, name, words),
        "find" => find(shell, words),
        "ls" => list::ls(shell, words),
        "mkdir" => mkdir(shell, words),
        "rm" => rm(shell, words),
        "rmdir" => rmdir(shell, words),
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

/// Whether one of the flags stands among the words, alone or with others.
fn flagged(words: &[String], flags: &[char]) -> bool {
    words.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(flags))
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
        if files.is_directory(&path) {
            files.make(&path);
            continue;
        }
        let text = files.read(&path).unwrap_or_default().to_string();
        if let Err(why) = files.write(&path, text) {
            say(&mut output, &format!("touch: cannot touch '{name}': {why}"));
        }
    }
    output
}

/// `cp` and `mv`.
fn copy(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Output {
    let names = named(words);
    let Some((target, sources)) = names.split_last() else { return lacks(tool, "file") };
    let folder = shell.terminal.files.is_directory(&shell.path(target));
    let deep = tool == "mv" || flagged(words, &['r', 'R', 'a']) || words.iter().any(|word| word == "--recursive");
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
        let tree = shell.terminal.files.tree(&from);
        let told = match tree.first() {
            None => Some(format!("{tool}: cannot stat '{name}': No such file or directory")),
            Some(_) if from == to => Some(format!("{tool}: '{name}' and '{target}' are the same file")),
            Some((_, None)) if !deep => Some(format!("{tool}: -r not specified; omitting directory '{name}'")),
            Some((_, None)) if format!("{to}/").starts_with(&format!("{from}/")) => {
                let verb = if tool == "mv" { "move '{}' to a subdirectory of" } else { "copy a directory, '{}', into" };
                Some(format!("{tool}: cannot {} itself, '{target}'", verb.replace("{}", name)))
            }
            _ => None,
        };
        if let Some(told) = told {
            say(&mut output, &told);
            break;
        }
        if tool == "mv" {
            shell.unlinked(&to);
        }
        match placed(shell, &tree, &from, &to) {
            Ok(()) if tool == "mv" => {
                shell.renamed(&from, &to);
                taken(shell, &from);
            }
            Ok(()) => {}
            Err(why) => {
                let verb = if tool == "mv" { "move" } else { "create regular file" };
                say(&mut output, &format!("{tool}: cannot {verb} '{target}': {why}"));
            }
        }
    }
    output
}

/// Writes what stood below one path below another. Errors: why that cannot be.
fn placed(shell: &mut Shell<'_>, tree: &[(String, Option<String>)], from: &str, to: &str) -> Result<(), &'static str> {
    for (path, text) in tree {
        let mode = shell.terminal.files.mode(path);
        let path = format!("{to}{}", path.strip_prefix(from).unwrap_or_default());
        match text {
            Some(text) => shell.terminal.files.write(&path, text.clone())?,
            None => shell.terminal.files.make(&path),
        }
        shell.terminal.files.set_mode(&path, mode);
    }
    Ok(())
}

/// Removes a file, or a folder with all that is in it.
fn taken(shell: &mut Shell<'_>, path: &str) {
    for (path, _) in shell.terminal.files.tree(path) {
        shell.unlinked(&path);
        shell.terminal.files.remove(&path);
        shell.terminal.files.unmake(&path);
    }
}

fn mkdir(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let mut output = Output::default();
    let deep = flagged(words, &['p']) || words.iter().any(|word| word == "--parents");
    for name in named(words) {
        let path = shell.path(name);
        let files = &mut shell.terminal.files;
        let above = path.rsplit_once('/').map_or("/", |(above, _)| if above.is_empty() { "/" } else { above });
        let why = if files.read(&path).is_some() || !deep && files.is_directory(&path) {
            "File exists"
        } else if !deep && !files.is_directory(above) {
            "No such file or directory"
        } else {
            files.make(&path);
            continue;
        };
        say(&mut output, &format!("mkdir: cannot create directory '{name}': {why}"));
    }
    output
}

fn rm(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let mut output = Output::default();
    let (force, deep) = (flagged(words, &['f']), flagged(words, &['r', 'R']));
    let names = named(words);
    if names.is_empty() && !force {
        return Output::fail(1, "rm: missing operand\nTry 'rm --help' for more information.\n");
    }
    for name in names {
        let path = shell.path(name);
        shell.unlinked(&path);
        if path == "/" {
            say(&mut output, "rm: it is dangerous to operate recursively on '/'");
        } else if shell.terminal.files.remove(&path) {
        } else if deep && shell.terminal.files.is_directory(&path) {
            taken(shell, &path);
        } else if !force || shell.terminal.files.is_directory(&path) {
            say(&mut output, &format!("rm: cannot remove '{name}': {}", shell.missing(&path)));
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
                // What it stood in stays, though nothing else may be in there.
                if let Some((above, _)) = path.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
                    files.make(above);
                }
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

/// `find [PATH …] [-name PATTERN] [-type f|d] [-maxdepth N]`.
fn find(shell: &Shell<'_>, words: &[String]) -> Output {
    let count = words.iter().take_while(|word| !word.starts_with('-')).count();
    let (mut paths, tests) = (words.get(..count).unwrap_or_default().to_vec(), words.get(count..).unwrap_or_default());
    if paths.is_empty() {
        paths.push(".".to_string());
    }
    for pair in tests.chunks(2) {
        let (name, value) = (pair.first().map_or("", String::as_str), pair.get(1));
        let Some(value) = value else { return Output::fail(1, format!("find: missing argument to `{name}'\n")) };
        match name {
            "-name" | "-iname" => {}
            "-maxdepth" if value.parse::<usize>().is_ok() => {}
            "-type" if ["f", "d"].contains(&value.as_str()) => {}
            "-type" => return Output::fail(1, format!("find: Unknown argument to -type: {value}\n")),
            "-maxdepth" => {
                return Output::fail(
                    1,
                    format!("find: Expected a positive decimal integer argument to -maxdepth, but got '{value}'\n"),
                );
            }
            _ => {
                return Output::fail(
                    1,
                    format!("find: ECS Lab knows -name, -iname, -type and -maxdepth, and no {name}\n"),
                );
            }
        }
    }
    let mut output = Output::default();
    for name in &paths {
        let path = shell.path(name);
        let tree = shell.terminal.files.tree(&path);
        if tree.is_empty() {
            say(&mut output, &format!("find: '{name}': No such file or directory"));
        }
        for (own, text) in tree {
            let rest = own.strip_prefix(path.trim_end_matches('/')).unwrap_or_default();
            let last = own.rsplit('/').next().filter(|_| !rest.is_empty()).unwrap_or(name);
            let holds = tests.chunks(2).all(|pair| {
                match (pair.first().map_or("", String::as_str), pair.get(1).map_or("", String::as_str)) {
                    ("-name", pattern) => {
                        fits(pattern, last) || pattern.starts_with('*') && fits(pattern, last.trim_start_matches('.'))
                    }
                    ("-iname", pattern) => fits(&pattern.to_lowercase(), &last.to_lowercase()),
                    ("-type", kind) => (kind == "f") == text.is_some(),
                    (_, most) => rest.matches('/').count() <= most.parse().unwrap_or(usize::MAX),
                }
            });
            if holds {
                let name = if name == "/" && !rest.is_empty() { "" } else { name.trim_end_matches('/') };
                output.stdout.push_str(&format!("{name}{rest}\n"));
            }
        }
    }
    output
}
