//! The language of the lab's shell against bash 5.2: `bash.txt` holds lines and what bash prints for them.
//!
//! ```text
//! $ a line
//! > its next line
//! standard output
//! ! standard error
//! ? 2                    its exit status, unless 0
//! ```
//!
//! Each line starts at a fresh prompt, as a script does in an empty folder. With `UPDATE_BASH=1` the file is written anew from
//! the bash that is installed.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, HOME, Terminal};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/shell/bash.txt")
}

/// Commands, each with the lines that were expected.
fn cases(text: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), all.last_mut()) {
            (Some(command), ..) => all.push((command.to_string(), Vec::new())),
            (None, Some(more), Some((command, expected))) if expected.is_empty() => *command += &format!("\n{more}"),
            (None, _, Some((_, expected))) => expected.push(line.to_string()),
            (None, _, None) => {}
        }
    }
    all
}

fn shown(stdout: &str, stderr: &str, status: i32) -> Vec<String> {
    let mut all: Vec<String> = stdout.lines().map(String::from).collect();
    all.extend(stderr.lines().map(|line| format!("! {line}")));
    if status != 0 {
        all.push(format!("? {status}"));
    }
    all
}

fn in_the_lab(command: &str) -> Vec<String> {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    terminal.run(&mut lab, "mkdir case && cd case");
    let output = terminal.run(&mut lab, command);
    shown(&output.stdout, &output.stderr, output.status.into())
}

/// What bash prints, without the line that it names in `bash -c`, which a prompt does not name.
fn in_bash(command: &str) -> Vec<String> {
    let home = std::env::temp_dir().join(format!("bash-{}", std::process::id()));
    let folder = home.join("case");
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&folder).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-c", command]).current_dir(&folder).env_clear().env("PATH", path).env("HOME", &home).env("LC_ALL", "C");
    let output = bash.stdin(Stdio::null()).output().unwrap();
    fs::remove_dir_all(&home).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*home.to_string_lossy(), HOME);
    let plain = |line: &str| -> Option<String> {
        let Some(rest) = line.strip_prefix("bash: ") else { return Some(line.to_string()) };
        let rest = rest.strip_prefix("-c: ").unwrap_or(rest);
        let rest = match rest.strip_prefix("line ").and_then(|own| own.split_once(": ")) {
            Some((_, rest)) => rest,
            None => rest,
        };
        // The line in which a syntax error stands, which a prompt does not show again.
        (!rest.starts_with('`') || rest.ends_with("identifier")).then(|| format!("bash: {rest}"))
    };
    let stderr: Vec<String> = text(&output.stderr).lines().filter_map(plain).collect();
    shown(&text(&output.stdout), &stderr.join("\n"), output.status.code().unwrap_or(-1))
}

#[test]
fn the_language_is_that_of_bash() {
    let text = fs::read_to_string(file()).unwrap();
    let all = cases(&text);
    assert!(all.len() > 60, "the cases were not found");
    if std::env::var_os("UPDATE_BASH").is_some() {
        let written = all.iter().map(|(command, _)| {
            let expected: String = in_bash(command).iter().map(|line| format!("{line}\n")).collect();
            format!("$ {}\n{expected}", command.replace('\n', "\n> "))
        });
        let head: String =
            text.lines().take_while(|line| !line.starts_with("$ ")).map(|line| format!("{line}\n")).collect();
        fs::write(file(), head + &written.collect::<String>()).unwrap();
        return;
    }
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(command, expected)| {
            let found = in_the_lab(command);
            (found != *expected).then(|| format!("$ {command}\n- {}\n+ {}", expected.join("\n- "), found.join("\n+ ")))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}
