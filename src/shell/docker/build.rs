//! `docker build`, with the plain progress of BuildKit.

use super::name::Reference;
use super::{Local, Output, options, value};
use crate::ecr::docker::build;
use crate::ecs::image as catalogue;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
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

/// The images that one base may be built of, before its own lines count.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let flags = ["--no-cache", "-q", "--quiet", "--pull", "--load"];
    let valued = ["-t", "--tag", "-f", "--file", "--platform", "--build-arg", "--target", "--progress", "--provenance"];
    let (given, names) = match options("buildx build", words, &flags, &valued) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [context] = names.as_slice() else {
        let text = "docker: 'docker buildx build' requires 1 argument\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -\n\n\
                    Run 'docker buildx build --help' for more information\n";
        return Output::fail(1, format!("ERROR: {text}"));
    };
    let folder = shell.path(context);
    if !shell.terminal.files.is_directory(&folder) {
        return Output::fail(1, format!("ERROR: unable to prepare context: path \"{context}\" not found\n"));
    }
    let platform = value(&given, &["--platform"]).unwrap_or("linux/amd64");
    if !PLATFORMS.contains(&platform) {
        let why = format!("\"{platform}\": unknown operating system or architecture: invalid argument");
        return Output::fail(1, format!("ERROR: failed to build: {why}\n"));
    }
    let named = value(&given, &["-f", "--file"]);
    let path = named.map_or_else(|| crate::shell::files::absolute(&folder, "Dockerfile"), |name| shell.path(name));
    let unsolved = |why: &str| Output::fail(1, format!("ERROR: failed to build: failed to solve: {why}\n"));
    let Some(text) = shell.terminal.files.read(&path) else {
        let name = named.unwrap_or("Dockerfile").rsplit('/').next().unwrap_or_default().to_string();
        return unsolved(&format!("failed to read dockerfile: open {name}: no such file or directory"));
    };
    let steps = match instructions(text) {
        Ok(steps) => steps,
        Err(why) => return unsolved(&why),
    };
    for base in steps.iter().filter_map(|line| line.strip_prefix("FROM ")).filter_map(base) {
        if base != "scratch"
            && catalogue::size(base).is_none()
            && !shell.terminal.docker.images.contains_key(&full(base))
        {
            let name = format!("docker.io/{}", library(&full(base)));
            return unsolved(&format!("{base}: failed to resolve source metadata for {name}: {name}: not found"));
        }
    }
    if let Some(missing) = missing(shell, &folder, &steps) {
        return unsolved(&format!(
            "failed to compute cache key: failed to calculate checksum of ref: \"/{missing}\": not found"
        ));
    }
    let mut references = Vec::new();
    for (_, tag) in given.iter().filter(|(name, _)| name == "-t" || name == "--tag") {
        match Reference::parse(tag).filter(|own| own.digest.is_none()) {
            Some(own) => references.push(own),
            None => {
                let why = format!("invalid tag \"{tag}\": invalid reference format");
                return Output::fail(1, format!("ERROR: failed to build: {why}\n"));
            }
        }
    }
    let lines: Vec<&str> = steps.iter().map(String::as_str).collect();
    let built = Rc::new(build(&lines, platform));
    let id = built.config.digest.clone();
    let local = Local { built, made: shell.lab.now(), platform: platform.to_string(), digests: Vec::new() };
    for own in &references {
        shell.terminal.docker.images.insert(own.key(), local.clone());
    }
    if value(&given, &["-q", "--quiet"]).is_some() {
        return Output::print(format!("{id}\n"));
    }
    Output { stderr: progress(&steps, &id, &references), ..Output::default() }
}

/// The instructions with continued lines put together. Errors: a line that is none.
fn instructions(text: &str) -> Result<Vec<String>, String> {
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

fn base(rest: &str) -> Option<&str> {
    rest.split_whitespace().find(|word| !word.starts_with("--"))
}

fn full(name: &str) -> String {
    Reference::parse(name).map_or_else(|| name.to_string(), |own| own.key())
}

/// An official image with its folder in front.
pub(super) fn library(name: &str) -> String {
    if name.contains('/') { name.to_string() } else { format!("library/{name}") }
}

/// The first file that a COPY names and the context has not.
fn missing(shell: &Shell<'_>, folder: &str, steps: &[String]) -> Option<String> {
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

fn progress(steps: &[String], id: &str, references: &[Reference]) -> String {
    let shown: Vec<&String> = steps
        .iter()
        .filter(|line| ["FROM", "RUN", "COPY", "ADD", "WORKDIR"].iter().any(|own| line.starts_with(own)))
        .collect();
    let mut out = "#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n\n".to_string();
    for (place, line) in shown.iter().enumerate() {
        out.push_str(&format!("#{} [{}/{}] {line}\n#{} DONE 0.1s\n\n", place + 2, place + 1, shown.len(), place + 2));
    }
    let last = shown.len() + 2;
    out.push_str(&format!(
        "#{last} exporting to image\n#{last} exporting layers done\n#{last} writing image {id} done\n"
    ));
    for own in references {
        let name = if own.host.is_some() { own.key() } else { format!("docker.io/{}", library(&own.key())) };
        out.push_str(&format!("#{last} naming to {name} done\n"));
    }
    out + &format!("#{last} DONE 0.0s\n")
}
