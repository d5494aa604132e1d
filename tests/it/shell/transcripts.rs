//! Runs `tests/transcripts/*.txt`, each at a fresh prompt in a fresh lab.
//!
//! ```text
//! # a remark, before the first command
//! #! v1                  the AWS CLI of version 1; version 2 without it
//! $ a command
//! > its next line
//! what it prints: standard output, then standard error
//! ? 2                    its exit status, unless 0
//! ```
//!
//! `[..]` stands for any text within a line, a line `...` for any lines. With `UPDATE_TRANSCRIPTS=1` the files are
//! rewritten; what changes is to be held against the real tool.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal};
use std::fs;
use std::path::Path;

/// A command with what it is to print.
struct Step {
    command: String,
    expected: Vec<String>,
}

fn steps(text: &str) -> (Vec<String>, Vec<Step>) {
    let (mut head, mut steps): (Vec<String>, Vec<Step>) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
            (Some(command), ..) => steps.push(Step { command: command.to_string(), expected: Vec::new() }),
            (None, Some(more), Some(step)) if step.expected.is_empty() => {
                step.command.push('\n');
                step.command.push_str(more);
            }
            (None, _, Some(step)) => step.expected.push(line.to_string()),
            (None, _, None) => head.push(line.to_string()),
        }
    }
    (head, steps)
}

fn printed(terminal: &mut Terminal, lab: &mut Lab, command: &str) -> Vec<String> {
    let output = terminal.run(lab, command);
    let text: String = output.pieces().into_iter().map(|(_, text)| text).collect();
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    if output.status != 0 {
        lines.push(format!("? {}", output.status));
    }
    lines
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let mut rest = line;
    let parts: Vec<&str> = pattern.split("[..]").collect();
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let found = match (place, last) {
            (0, true) => return line == *part,
            (0, false) => rest.starts_with(part).then_some(0),
            (_, true) => return rest.ends_with(part),
            _ => rest.find(part),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn fits(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first == "..." => (0..=found.len()).any(|skip| fits(rest, &found[skip..])),
        Some((first, rest)) => {
            found.split_first().is_some_and(|(line, others)| line_fits(first, line) && fits(rest, others))
        }
    }
}

/// Two texts line by line, with `-` before what was expected and `+` before what came.
fn difference(expected: &[String], found: &[String]) -> String {
    let start = expected.iter().zip(found).take_while(|(left, right)| line_fits(left, right)).count();
    let mut out: Vec<String> = expected[..start].iter().map(|line| format!("  {line}")).collect();
    out.extend(expected[start..].iter().map(|line| format!("- {line}")));
    out.extend(found[start..].iter().map(|line| format!("+ {line}")));
    out.join("\n")
}

fn run(path: &Path, update: bool) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let (head, steps) = steps(&text);
    assert!(!steps.is_empty(), "{} has no command", path.display());
    let generation = if head.iter().any(|line| line == "#! v1") { Generation::V1 } else { Generation::V2 };
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, generation);
    let mut wrong = Vec::new();
    let mut written: Vec<String> = head;
    for step in steps {
        let found = printed(&mut terminal, &mut lab, &step.command);
        let good = fits(&step.expected, &found);
        written.push(format!("$ {}", step.command.replace('\n', "\n> ")));
        written.extend(if good { step.expected.clone() } else { found.clone() });
        if !good {
            let name = path.file_name().unwrap().to_string_lossy();
            wrong.push(format!("{name}: $ {}\n{}", step.command, difference(&step.expected, &found)));
        }
    }
    if update {
        fs::write(path, written.join("\n") + "\n").unwrap();
        return Vec::new();
    }
    wrong
}

#[test]
fn every_transcript_is_what_the_terminal_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "the transcripts were not found");
    let update = std::env::var_os("UPDATE_TRANSCRIPTS").is_some();
    let wrong: Vec<String> = paths.iter().flat_map(|path| run(path, update)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn a_transcript_that_is_wrong_is_told() {
    let line = |text: &str| -> Vec<String> { text.lines().map(String::from).collect() };
    assert!(fits(&line("a [..] c\n...\nz"), &line("a b c\nd\ne\nz")));
    assert!(!fits(&line("a\n...\nz"), &line("a\nb")));
    assert!(!fits(&line("a"), &line("a\nb")));
    assert!(!line_fits("a[..]c", "a b d"));
    let wrong = difference(&line("a\nb"), &line("a\nc"));
    assert_eq!(wrong, "  a\n- b\n+ c");
}
