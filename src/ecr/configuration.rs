//! What an image's configuration says that its containers run, and in what (3.4).
//!
//! The lab's own images keep the lines of their Dockerfile in their history; other tools write the members that Docker
//! reads.

use super::manifest::BASE;
use crate::aws::object::{self, object};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// What a container of an image runs, where nothing else is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The image that it was built from, where a label tells; it may have an entry point and a command of its own.
    pub base: String,
    /// Its entry point, but for that of the base.
    pub entry_point: Vec<String>,
    /// Its command, but for that of the base.
    pub command: Vec<String>,
    /// Its variables, as a task definition lists them.
    pub environment: Value,
    /// The folder in which it begins; empty where it does not say.
    pub directory: String,
    /// The small files that the lines of its Dockerfile put there, by their paths.
    pub files: Vec<(String, String)>,
}

/// Under what the lab keeps the files in a configuration.
pub(super) const FILES: &str = "ecsLabFiles";

/// What an image's configuration says, as far as the lab needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `OS/ARCHITECTURE`, such as `linux/amd64`.
    pub platform: String,
    /// What its containers run.
    pub written: Written,
}

impl Config {
    /// From the bytes of a blob; none where it is no configuration of an image.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(bytes).ok()?;
        let (os, architecture) = (document["os"].as_str()?, document["architecture"].as_str()?);
        Some(Self { platform: format!("{os}/{architecture}"), written: Written::read(&document) })
    }
}

impl Written {
    /// From a configuration's document.
    pub fn read(document: &Value) -> Self {
        let config = configured(document, &Value::Null);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
        };
        let pair = |pair: String| {
            let (name, value) = pair.split_once('=')?;
            Some(object!({ "name": name, "value": value }))
        };
        Self {
            base: text(&config["Labels"][BASE]),
            entry_point: texts(&config["Entrypoint"]),
            command: texts(&config["Cmd"]),
            environment: texts(&config["Env"]).into_iter().filter_map(pair).collect(),
            directory: text(&config["WorkingDir"]),
            files: document[FILES]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(path, own)| (path.clone(), text(own)))
                .collect(),
        }
    }

    /// A file of the image.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(own, _)| own == path).map(|(_, text)| text.as_str())
    }

    /// A command, with the script in place of a file of the image that it runs.
    pub fn opened<'a>(&'a self, words: Vec<&'a str>) -> Vec<&'a str> {
        let is_shell = |word: &str| ["sh", "bash"].contains(&word.rsplit('/').next().unwrap_or_default());
        let (script, rest) = match words.as_slice() {
            [shell, "-c", line, rest @ ..] if is_shell(shell) => {
                (line.split_whitespace().next().unwrap_or_default(), rest)
            }
            [shell, path, rest @ ..] if is_shell(shell) => (*path, rest),
            [path, rest @ ..] => (*path, rest),
            [] => ("", words.as_slice()),
        };
        match self.file(script) {
            Some(text) => ["sh", "-c", text, script].into_iter().chain(rest.iter().copied()).collect(),
            None => words,
        }
    }
}

/// The configuration as Docker shows it: what the lines of the Dockerfile, or the members, make of that of the base.
pub fn configured(document: &Value, base: &Value) -> Value {
    let given = |name: &str| match &document["config"][name] {
        Value::Null => base[name].clone(),
        own => own.clone(),
    };
    let map = |name: &str| given(name).as_object().cloned().unwrap_or_default();
    let history = document["history"][0]["created_by"].as_str().unwrap_or_default();
    let [mut labels, mut ports, mut volumes] = ["Labels", "ExposedPorts", "Volumes"].map(map);
    let mut env: Vec<String> =
        given("Env").as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
    let [mut command, mut entrypoint] = ["Cmd", "Entrypoint"].map(given);
    let text = |name: &str| given(name).as_str().unwrap_or_default().to_string();
    let [mut user, mut directory, mut signal] = ["User", "WorkingDir", "StopSignal"].map(text);
    for line in history.lines().skip(1) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "CMD" => command = exec_form(rest),
            // A new entry point takes the command of the base away.
            "ENTRYPOINT" => {
                entrypoint = exec_form(rest);
                command = if command == given("Cmd") { Value::Null } else { command };
            }
            "ENV" => {
                for (name, value) in pairs(rest) {
                    let pair = format!("{name}={value}");
                    match env.iter_mut().find(|own| own.split('=').next() == Some(&name)) {
                        Some(own) => *own = pair,
                        None => env.push(pair),
                    }
                }
            }
            "LABEL" => labels.extend(pairs(rest).into_iter().map(|(name, value)| (name, Value::from(value)))),
            "EXPOSE" => ports.extend(rest.split_whitespace().map(|port| {
                let port = if port.contains('/') { port.to_string() } else { format!("{port}/tcp") };
                (port, object::of(Vec::new()))
            })),
            "VOLUME" => {
                let paths: Vec<String> =
                    serde_json::from_str(rest).unwrap_or_else(|_| rest.split_whitespace().map(String::from).collect());
                volumes.extend(paths.into_iter().map(|path| (path, object::of(Vec::new()))));
            }
            "USER" => user = rest.to_string(),
            "STOPSIGNAL" => signal = rest.to_string(),
            "WORKDIR" => directory = absolute(&directory, rest),
            _ => {}
        }
    }
    let some = |members: Map<String, Value>| if members.is_empty() { Value::Null } else { Value::Object(members) };
    let mut config = object!({
        "User": user,
        "ExposedPorts": some(ports),
        "Env": env,
        "Entrypoint": entrypoint,
        "Cmd": command,
        "WorkingDir": directory,
        "Labels": Value::Object(labels),
    });
    for (name, value) in [("Volumes", some(volumes)), ("StopSignal", signal.into())] {
        if !value.is_null() && value != "" {
            config[name] = value;
        }
    }
    config
}

/// A command as a list: what is none goes to the shell.
pub fn exec_form(text: &str) -> Value {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(words) => words.into_iter().map(Value::from).collect(),
        Err(_) => alloc::vec![Value::from("/bin/sh"), "-c".into(), text.into()].into(),
    }
}

/// `NAME=VALUE …` with quotes, or the older `NAME VALUE`.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        return alloc::vec![(name.to_string(), value.trim().to_string())];
    }
    let (mut words, mut quote): (Vec<String>, Option<char>) = (alloc::vec![String::new()], None);
    for sign in text.chars() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, sign) if sign.is_whitespace() => words.push(String::new()),
            (_, sign) => words.last_mut().into_iter().for_each(|own| own.push(sign)),
        }
    }
    let pair = |word: &String| word.split_once('=').map(|(name, value)| (name.to_string(), value.to_string()));
    words.iter().filter_map(pair).collect()
}

/// A path from the root: without `.` and `..`, and without a slash at its end.
pub fn absolute(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_string() } else { format!("{directory}/{path}") };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("/{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_a_dockerfile_has_them() {
        for (text, expected) in [
            ("A=1 B=\"two words\"", &[("A", "1"), ("B", "two words")][..]),
            ("A one two", &[("A", "one two")]),
            ("A=", &[("A", "")]),
        ] {
            let found = pairs(text);
            let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
