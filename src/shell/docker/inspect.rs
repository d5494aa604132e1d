//! `docker inspect` and `docker image inspect`.

use super::name::Reference;
use super::show::{found, unpacked};
use super::template::Template;
use super::{Local, options, takes, value};
use crate::aws::object::{self, object};
use crate::shell::exec::Shell;
use crate::shell::print;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// Looks into local images; `images` when `docker image inspect` does.
pub(super) fn run(shell: &Shell<'_>, words: &[String], images: bool) -> Output {
    let verb = if images { "image inspect" } else { "inspect" };
    let (given, names) = match options(verb, words, &["-s", "--size"], &["--type", "-f", "--format", "--platform"]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes(verb, "at least 1 argument");
    }
    if let Some(kind) = value(&given, &["--type"]).filter(|kind| *kind != "image") {
        return Output::fail(1, format!("ECS Lab: of the host's docker there are images alone, no {kind}\n"));
    }
    let format = value(&given, &["-f", "--format"]).filter(|format| *format != "json");
    let template = match format.map(Template::read) {
        Some(Err(why)) => return Output::fail(64, format!("{why}\n")),
        Some(Ok(template)) => Some(template),
        None => None,
    };
    let (mut all, mut shown, mut stderr): (Vec<Value>, _, _) = (Vec::new(), String::new(), String::new());
    for name in &names {
        let Some((_, local)) = found(shell, name) else {
            let key = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
            stderr.push_str(&match images {
                true => format!("Error response from daemon: No such image: {key}\n"),
                false => format!("error: no such object: {name}\n"),
            });
            continue;
        };
        let own = told(shell, local);
        match template.as_ref().map(|template| template.show(&own)) {
            Some(Ok(text)) => shown.push_str(&(text + "\n")),
            Some(Err(why)) => {
                shown.push('\n');
                stderr.push_str(&format!("{why}\n"));
            }
            None => all.push(own),
        }
    }
    if template.is_none() {
        let whole = Value::Array(all);
        let text = if value(&given, &["-f", "--format"]).is_some() { whole.to_string() } else { print::pretty(&whole) };
        shown = text + "\n";
    }
    Output { stdout: shown, ..Output::fail(u8::from(!stderr.is_empty()), stderr) }
}

fn told(shell: &Shell<'_>, local: &Local) -> Value {
    let id = local.built.config.digest.as_str();
    let same = || shell.terminal.docker.images.iter().filter(|(_, own)| own.built.config.digest == id);
    let tags: Vec<&str> = same().map(|(key, _)| key.as_str()).filter(|key| !key.contains('@')).collect();
    let mut digests: Vec<String> = Vec::new();
    for digest in same().flat_map(|(_, own)| &own.digests) {
        if !digests.contains(digest) {
            digests.push(digest.clone());
        }
    }
    let (os, architecture) = local.platform.split_once('/').unwrap_or(("linux", "amd64"));
    let layers: Vec<&str> = local.built.layers.iter().map(|layer| layer.digest.as_str()).collect();
    object!({
        "Id": id,
        "RepoTags": tags,
        "RepoDigests": digests,
        "Comment": "buildkit.dockerfile.v0",
        "Created": local.made.to_string(),
        "Config": config(local),
        "Architecture": architecture,
        "Os": os,
        "Size": unpacked(local.built.layers.iter().map(|layer| layer.size).sum()),
        "RootFS": object!({ "Type": "layers", "Layers": layers }),
    })
}

/// What the lines of its Dockerfile and its labels make of an image's configuration, without that of its base.
pub(super) fn config(local: &Local) -> Value {
    let document: Value = serde_json::from_str(&local.built.config.bytes).unwrap_or_default();
    let history = document["history"][0]["created_by"].as_str().unwrap_or_default();
    let (mut ports, mut env): (Map<String, Value>, Vec<String>) = (Map::new(), Vec::new());
    let mut labels = document["config"]["Labels"].as_object().cloned().unwrap_or_default();
    let [mut command, mut entrypoint] = [Value::Null, Value::Null];
    let [mut user, mut directory] = [String::new(), String::new()];
    for line in history.lines().skip(1) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "CMD" => command = exec_form(rest),
            "ENTRYPOINT" => entrypoint = exec_form(rest),
            "ENV" => env.extend(pairs(rest).into_iter().map(|(name, value)| format!("{name}={value}"))),
            "LABEL" => labels.extend(pairs(rest).into_iter().map(|(name, value)| (name, Value::from(value)))),
            "EXPOSE" => ports.extend(rest.split_whitespace().map(|port| {
                let port = if port.contains('/') { port.to_string() } else { format!("{port}/tcp") };
                (port, object::of(Vec::new()))
            })),
            "USER" => user = rest.to_string(),
            "WORKDIR" => directory = rest.to_string(),
            _ => {}
        }
    }
    object!({
        "User": user,
        "ExposedPorts": if ports.is_empty() { Value::Null } else { Value::Object(ports) },
        "Env": env,
        "Entrypoint": entrypoint,
        "Cmd": command,
        "WorkingDir": directory,
        "Labels": Value::Object(labels),
    })
}

/// A command as a list: what is none goes to the shell.
fn exec_form(text: &str) -> Value {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(words) => words.into_iter().map(Value::from).collect(),
        Err(_) => alloc::vec![Value::from("/bin/sh"), "-c".into(), text.into()].into(),
    }
}

/// `NAME=VALUE …` with quotes, or the older `NAME VALUE`.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
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
