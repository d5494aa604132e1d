//! `docker cp`: files between a container and the host.

use super::containers::Container;
use super::lives::place;
use super::show::human;
use super::{Output, options, takes, value};
use crate::shell::exec::Shell;
use crate::shell::files::{Files, absolute};
use crate::shell::inside;
use alloc::format;
use alloc::string::{String, ToString};

/// What a file takes of an archive beside its bytes, and the end of one, in bytes.
const BLOCK: usize = 512;

pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    copied(shell, words).unwrap_or_else(|output| output)
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("{why}\n"))
}

/// `CONTAINER:PATH`; a path of the host begins with a sign of one, or has no colon.
fn parted(word: &str) -> Option<(&str, &str)> {
    word.split_once(':').filter(|(name, _)| !name.is_empty() && !name.starts_with(['/', '.']))
}

fn copied(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("cp", words)?;
    let [source, target] = names.as_slice() else { return Err(takes("cp", "2 arguments")) };
    if [source, target].contains(&&"-".to_string()) {
        return Err(failed("ECS Lab: docker cp copies files and folders, and reads and writes no archives"));
    }
    let (bytes, shown) = match (parted(source), parted(target)) {
        (Some(_), Some(_)) => return Err(failed("copying between containers is not supported")),
        (None, None) => return Err(failed("must specify at least one container source")),
        (Some((name, path)), None) => {
            let container = container(shell, name)?;
            let to = shell.path(target);
            let layer = inside::layer(shell.terminal, &container.inside());
            let own = absolute("/", path);
            let missing = format!("Error response from daemon: Could not find the file {path} in container {name}");
            let bytes = put(&layer, &own, &mut shell.terminal.files, &to, target, &missing)?;
            shell.terminal.layers.insert(container.id, layer);
            (bytes, to)
        }
        (None, Some((name, path))) => {
            let container = container(shell, name)?;
            let from = shell.path(source);
            let mut layer = inside::layer(shell.terminal, &container.inside());
            layer.now = shell.lab.now();
            let missing = format!("lstat {from}: no such file or directory");
            let bytes = put(&shell.terminal.files, &from, &mut layer, &absolute("/", path), path, &missing)?;
            shell.terminal.layers.insert(container.id, layer);
            (bytes, target.clone())
        }
    };
    if value(&given, "--quiet").is_some() {
        return Ok(Output::default());
    }
    Ok(Output::fail(0, format!("Successfully copied {} to {shown}\n", human(bytes as u64, 3))))
}

fn container(shell: &Shell<'_>, name: &str) -> Result<Container, Output> {
    let at = place(shell, name)?;
    let own = shell.terminal.docker.containers.get(at).cloned();
    let own = own.ok_or_else(|| super::daemon(&format!("No such container: {name}")))?;
    if own.settings.mounts.is_empty() {
        return Ok(own);
    }
    Err(failed("ECS Lab: docker cp leaves containers with mounts alone: docker exec reads and writes their files"))
}

/// Copies what is at a path to another, into it where that is a folder; how long the archive is that docker makes of it.
fn put(from: &Files, source: &str, to: &mut Files, target: &str, asked: &str, missing: &str) -> Result<usize, Output> {
    let all = from.tree(source);
    if all.is_empty() {
        return Err(failed(missing));
    }
    let last = source.rsplit('/').next().unwrap_or_default();
    let target = match to.is_directory(target) {
        true => absolute(target, last),
        false if asked.ends_with('/') && from.read(source).is_some() => {
            return Err(failed(&format!("no such directory: {asked}")));
        }
        false => target.to_string(),
    };
    let mut bytes = 2 * BLOCK;
    for (path, text) in all {
        let there = format!("{target}{}", path.strip_prefix(source).unwrap_or_default());
        bytes += BLOCK;
        match text {
            Some(text) => {
                bytes += text.len().div_ceil(BLOCK) * BLOCK;
                to.write(&there, text).map_err(|why| failed(&format!("{there}: {why}")))?;
            }
            None => to.make(&there),
        }
        to.set_mode(&there, from.mode(&path));
    }
    Ok(bytes)
}
