//! `docker inspect` and `docker image inspect`.

use super::name::Reference;
use super::show::{found, unpacked};
use super::template::Template;
use super::{Local, options, takes, value, view};
use crate::aws::object::object;
use crate::ecr::configuration::{Written, configured};
use crate::ecr::manifest::BASE;
use crate::shell::exec::Shell;
use crate::shell::print;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The configurations of the catalogue's images, as `docker image inspect` shows them, without the versions that change with each
/// release.
const CONFIGS: &str = include_str!("configs.txt");

/// Looks into containers and local images: of a name that both have, the container's; of one kind where `only` names it.
pub(super) fn run(shell: &Shell<'_>, words: &[String], only: Option<&'static str>) -> Output {
    let verb = only.map_or_else(|| "inspect".to_string(), |kind| format!("{kind} inspect"));
    let find = |name: &str, kind: &str| {
        let container = (kind != "image").then(|| view::of(shell, name)).flatten();
        let image = || (kind != "container").then(|| found(shell, name)).flatten();
        container.or_else(|| image().map(|(_, local)| told(shell, local)))
    };
    printed(words, &verb, only, &find)
}

/// What the words ask for of what `find` knows by name, and by kind where one is asked for.
pub(super) fn printed(
    words: &[String],
    verb: &str,
    only: Option<&'static str>,
    find: &dyn Fn(&str, &str) -> Option<Value>,
) -> Output {
    let (given, names) = match options(verb, words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes(verb, "at least 1 argument");
    }
    let kind = value(&given, "--type").or(only).unwrap_or_default();
    if !["", "container", "image"].contains(&kind) {
        return Output::fail(1, format!("ECS Lab: of the host's docker there are containers and images, no {kind}\n"));
    }
    let format = value(&given, "--format").filter(|format| *format != "json");
    let template = match format.map(Template::read) {
        Some(Err(why)) => return Output::fail(64, format!("{why}\n")),
        Some(Ok(template)) => Some(template),
        None => None,
    };
    let (mut all, mut shown, mut stderr): (Vec<Value>, _, _) = (Vec::new(), String::new(), String::new());
    for name in &names {
        let Some(own) = find(name, kind) else {
            let key = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
            stderr.push_str(&match kind {
                "image" => format!("Error response from daemon: No such image: {key}\n"),
                "container" => format!("Error response from daemon: No such container: {name}\n"),
                _ => format!("error: no such object: {name}\n"),
            });
            continue;
        };
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
        let text = if value(&given, "--format").is_some() { whole.to_string() } else { print::pretty(&whole) };
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

/// The configuration of an image: what the lines of its Dockerfile make of that of its base.
pub(super) fn config(local: &Local) -> Value {
    let document = document(local);
    let base = document["config"]["Labels"][BASE].as_str().and_then(catalogued);
    configured(&document, &base.unwrap_or_default())
}

/// What it says with the lines alone: what the base runs by itself the engine knows.
pub(super) fn written(local: &Local) -> Written {
    Written::read(&document(local))
}

fn document(local: &Local) -> Value {
    serde_json::from_str(&local.built.config.bytes).unwrap_or_default()
}

/// What an image of the catalogue is configured with, by the name that its label has for it.
pub(super) fn catalogued(base: &str) -> Option<Value> {
    let name = Reference::parse(base)?.repository();
    let name = name.strip_prefix("public.ecr.aws/docker/library/").unwrap_or(&name);
    let mut all = CONFIGS.lines().filter_map(|line| line.split_once('\t'));
    all.find(|(own, _)| *own == name).and_then(|(_, document)| serde_json::from_str(document).ok())
}
