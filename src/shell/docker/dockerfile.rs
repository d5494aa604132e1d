//! What stands in a Dockerfile.

use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const INSTRUCTIONS: [&str; 17] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// The instructions with continued lines put together. Errors: a line that is none.
pub(super) fn instructions(text: &str) -> Result<Vec<String>, String> {
    let mut steps = Vec::new();
    let mut whole = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if whole.is_empty() && (line.is_empty() || line.starts_with('#')) {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                continue;
            }
            None => whole.push_str(line),
        }
        let (word, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let word = word.to_ascii_uppercase();
        if !INSTRUCTIONS.contains(&word.as_str()) && word != "WORKDIR" {
            let told = whole.split_whitespace().next().unwrap_or_default();
            return Err(format!("dockerfile parse error on line {}: unknown instruction: {told}", number + 1));
        }
        if rest.trim().is_empty() {
            return Err(format!(
                "dockerfile parse error on line {}: {word} requires at least one argument",
                number + 1
            ));
        }
        steps.push(format!("{word} {}", rest.trim()));
        whole.clear();
    }
    if steps.is_empty() {
        return Err("the Dockerfile cannot be empty".to_string());
    }
    if !steps.first().is_some_and(|line| line.starts_with("FROM ") || line.starts_with("ARG ")) {
        return Err("dockerfile parse error on line 1: no build stage in current context".to_string());
    }
    Ok(steps)
}

/// The images that the stages are built of; a stage that is built of another one has none of its own.
pub(super) fn bases(steps: &[String]) -> Vec<&str> {
    let mut stages: Vec<&str> = Vec::new();
    let mut bases = Vec::new();
    for rest in steps.iter().filter_map(|line| line.strip_prefix("FROM ")) {
        let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
        let Some(base) = words.next().filter(|base| *base != "scratch") else { continue };
        if !stages.contains(&base) {
            bases.push(base);
        }
        stages.extend(words.nth(1));
    }
    bases
}

/// The first file that a COPY names and the context has not.
pub(super) fn missing(shell: &Shell<'_>, folder: &str, steps: &[String]) -> Option<String> {
    for line in steps.iter().filter(|line| line.starts_with("COPY ") || line.starts_with("ADD ")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
        if line.contains("--from=") || line.contains('[') {
            continue;
        }
        for name in words.split_last().map(|(_, sources)| sources).unwrap_or_default() {
            let path = crate::shell::files::absolute(folder, name.trim_start_matches('/'));
            let there = shell.terminal.files.read(&path).is_some() || shell.terminal.files.is_directory(&path);
            if !there && !name.contains(['*', '?', ':']) {
                return Some(name.trim_start_matches("./").to_string());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_no_image() {
        let text =
            "FROM golang:1.25 AS build\nRUN make\nFROM --platform=linux/arm64 alpine:3.20\nFROM build\nFROM scratch\n";
        assert_eq!(bases(&instructions(text).unwrap()), ["golang:1.25", "alpine:3.20"]);
    }
}
