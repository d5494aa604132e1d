//! How `RUN` ends, as far as the lab reads its script: a build goes on only behind what ends with 0.

use super::configuration::{absolute, exec_form, pairs};
use super::known::Known;
use crate::aws::object::object;
use crate::ecs::program::{Program, Scene, Setting, says};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The command with its shell.
    pub words: Vec<String>,
    /// Its exit code.
    pub code: u8,
    /// What it wrote before.
    pub said: Vec<String>,
}

/// What a command runs in.
pub(super) struct Place<'a> {
    /// The lines with `ARG`, `ENV`, `SHELL` and the like above it.
    pub(super) scene: &'a [String],
    pub(super) directory: &'a str,
    /// What its stage goes back to.
    pub(super) image: &'a str,
    pub(super) known: &'a Known,
}

impl Place<'_> {
    /// How the command behind `RUN` fails; none where it ends well, or where the lab cannot tell.
    pub(super) fn failure(&self, command: &str) -> Option<Failed> {
        let mut command = command.trim_start();
        while command.starts_with("--") {
            command = command.split_once(' ')?.1.trim_start();
        }
        let behind = |word: &'static str| self.scene.iter().filter_map(move |line| line.strip_prefix(word));
        let list = exec_form(command);
        let mut words: Vec<String> =
            list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
        let is_script = words.last().is_some_and(|own| own == command);
        if let Some(shell) = behind("SHELL ").next_back().filter(|_| is_script) {
            words = serde_json::from_str(shell).ok()?;
            words.push(command.to_string());
        }
        let environment: Vec<(String, String)> = behind("ENV ").flat_map(pairs).collect();
        let arguments = behind("ARG ").map(|own| own.split_once('=').unwrap_or((own, "")));
        let arguments = arguments.map(|(name, value)| (name.to_string(), value.to_string()));
        let variables: Vec<(String, String)> = arguments.chain(environment).collect();
        if self.is_open(command, &variables) {
            return None;
        }
        let variables: Value =
            variables.iter().map(|(name, value)| object!({ "name": name.as_str(), "value": value.as_str() })).collect();
        let read = match words.split_first().filter(|_| is_script) {
            Some((shell, flags)) => {
                // Of the flags of a shell, the one that ends it with what fails counts.
                let is_strict = flags.iter().any(|own| own == "-e" || own == "-ec" || own == "errexit");
                let flag = if is_strict { "-ec" } else { "-c" };
                alloc::vec![shell.clone(), flag.to_string(), self.absent(command) + command]
            }
            None => words.clone(),
        };
        let read: Vec<&str> = read.iter().map(String::as_str).collect();
        let setting = Setting {
            image: self.image,
            environment: &[&variables],
            directory: if self.directory.is_empty() { "/" } else { self.directory },
            is_task: false,
        };
        let (after, code) = Program::of(&[], &read, false, &setting).ends.filter(|(_, code)| *code != 0)?;
        let scene = Scene { host: "buildkitsandbox", since: SimTime::default(), told: None };
        let said = says(&read, &setting, &scene, SimTime::default() + after);
        Some(Failed { words, code, said: said.into_iter().map(|(_, text)| text).collect() })
    }

    /// Whether a command uses a variable whose value the lab does not know: one of the image or of the builder.
    fn is_open(&self, command: &str, variables: &[(String, String)]) -> bool {
        command.split('$').skip(1).any(|rest| {
            let rest = rest.trim_start_matches(['{', '#', '!']);
            let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            let of_builder = ["TARGET", "BUILD"].iter().any(|own| name.starts_with(own));
            let is_named = name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_');
            let is_set = variables.iter().any(|(own, _)| own == name) && !of_builder;
            is_named && !is_set && !command.contains(&format!("{name}=")) && !command.contains(&format!("for {name} "))
        })
    }

    /// A script that tells the reading of the next one which of its files are not there.
    fn absent(&self, command: &str) -> String {
        let is_path = |own: &str| own.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"/._-".contains(&sign));
        let words: Vec<&str> = command.split([' ', '\t', '\n', ';', '&', '|', '"', '\'']).collect();
        let moves = words.contains(&"cd");
        let mut before = "";
        let mut out = String::new();
        for word in words.into_iter().filter(|own| !own.is_empty()) {
            let is_file = word.starts_with('/') || (["-e", "-f", "-d", "-s", "cat"].contains(&before) && !moves);
            before = word;
            let path = absolute(self.directory, word);
            if is_file && is_path(word) && !word.starts_with('-') && !self.known.may_have(&path) {
                out.push_str(&format!("rm -f {word}; "));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_goes_on_only_behind_what_ends_well() {
        let scene = ["ENV A=1 B=\"two words\"".to_string(), "ARG C".into(), "ARG D=4".into(), "ARG TARGETARCH".into()];
        let strict = [&scene[..], &["SHELL [\"/bin/bash\", \"-e\", \"-c\"]".to_string()]].concat();
        let mut known = Known::of_image("alpine");
        known.put("/app/here".to_string());
        for (command, expected) in [
            ("true", None),
            ("false", Some((1, "/bin/sh -c false"))),
            ("exit 3", Some((3, "/bin/sh -c exit 3"))),
            ("[\"false\"]", Some((1, "false"))),
            ("--mount=type=cache,target=/x --network=none exit 4", Some((4, "/bin/sh -c exit 4"))),
            ("echo one && exit 5", Some((5, "/bin/sh -c echo one && exit 5"))),
            ("false || true", None),
            ("false; true", None),
            ("set -e; false; true", Some((1, "/bin/sh -c set -e; false; true"))),
            ("make all && false", None),
            ("false && make all", Some((1, "/bin/sh -c false && make all"))),
            ("[ \"$A\" = 2 ]", Some((1, "/bin/sh -c [ \"$A\" = 2 ]"))),
            ("[ \"$A\" = 1 ]", None),
            ("test -n \"$C\"", Some((1, "/bin/sh -c test -n \"$C\""))),
            ("test -n \"$D\"", None),
            ("test -n \"$PATH\"", None),
            ("test \"$TARGETARCH\" = arm64", None),
            ("X=2; test $X = 3", Some((1, "/bin/sh -c X=2; test $X = 3"))),
            ("test -f /nope", Some((1, "/bin/sh -c test -f /nope"))),
            ("[ -e nope ]", Some((1, "/bin/sh -c [ -e nope ]"))),
            ("cd /etc && [ -e nope ]", None),
            ("test -f /etc/os-release", None),
            ("test -f /app/here", None),
            ("[ -f here ]", None),
            ("[ ! -f /nope ]", None),
            ("touch /nope && test -f /nope", None),
            ("./configure && test -f /etc/x", None),
            ("sleep infinity", None),
            ("mkdir /tmp", Some((1, "/bin/sh -c mkdir /tmp"))),
            ("echo \"a \\\"b\\\"\" && false", Some((1, "/bin/sh -c echo \"a \\\"b\\\"\" && false"))),
        ] {
            let place = Place { scene: &scene, directory: "/app", image: "alpine", known: &known };
            let found = place.failure(command).map(|own| (own.code, own.words.join(" ")));
            assert_eq!(found, expected.map(|(code, words)| (code, words.to_string())), "{command}");
        }
        let place = Place { scene: &strict, directory: "/", image: "alpine", known: &known };
        let failed = place.failure("echo one; false; echo two").unwrap();
        assert_eq!((failed.words.join(" ").as_str(), failed.code), ("/bin/bash -e -c echo one; false; echo two", 1));
        assert_eq!(failed.said, ["one"]);
        // The sh of Debian knows no pipefail.
        for (image, fails) in [("debian:12", true), ("alpine", false), ("amazonlinux:2023", false)] {
            let place = Place { scene: &[], directory: "", image, known: &known };
            assert_eq!(place.failure("set -o pipefail && true").is_some(), fails, "{image}");
        }
    }
}
