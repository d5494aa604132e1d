//! Local images: listed, tagged, removed, looked into.

use super::name::{Reference, cells};
use super::{Local, daemon, options, takes, value};
use crate::aws::object::object;
use crate::shell::exec::Shell;
use crate::shell::files::fits;
use crate::shell::print;
use crate::shell::terminal::Output;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The twelve signs that stand for a digest.
pub(super) fn short(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest).get(..12).unwrap_or_default()
}

/// An image by its name, or by the start of its id.
fn found<'a>(shell: &'a Shell<'_>, name: &str) -> Option<(String, &'a Local)> {
    let images = &shell.terminal.docker.images;
    if let Some(own) = Reference::parse(name)
        && let Some(local) = images.get(&own.key())
    {
        return Some((own.key(), local));
    }
    let id = name.strip_prefix("sha256:").unwrap_or(name);
    let fits = |local: &Local| local.built.config.digest.get(7..).is_some_and(|own| own.starts_with(id));
    images.iter().find(|(_, local)| id.len() >= 4 && fits(local)).map(|(key, local)| (key.clone(), local))
}

pub(super) fn images(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options(
        "images",
        words,
        &["-q", "--quiet", "-a", "--all", "--digests", "--no-trunc"],
        &["-f", "--filter"],
    ) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let quiet = value(&given, &["-q", "--quiet"]).is_some();
    let filter = value(&given, &["-f", "--filter"]).map(|filter| filter.split_once('=').unwrap_or((filter, "")));
    let pattern = match filter {
        Some(("reference", pattern)) => Some(pattern),
        Some((name, _)) => return daemon(&format!("invalid filter '{name}'")),
        None => None,
    };
    let digests = value(&given, &["--digests"]).is_some();
    let mut images: Vec<(&String, &Local)> = shell.terminal.docker.images.iter().collect();
    // The newest first.
    crate::sim::order::sort_by(&mut images, |left, right| right.1.made.cmp(&left.1.made));
    let mut rows = Vec::new();
    for (key, local) in images {
        let (repository, tag) = cells(key);
        if names.first().is_some_and(|name| name != repository && name != key) {
            continue;
        }
        if pattern.is_some_and(|pattern| ![repository, key].iter().any(|own| fits(pattern, own))) {
            continue;
        }
        let id = short(&local.built.config.digest).to_string();
        let mut row = alloc::vec![repository.to_string(), tag.to_string()];
        if digests {
            let own = local.digests.iter().find_map(|own| own.strip_prefix(repository)?.strip_prefix('@'));
            row.push(own.unwrap_or("<none>").to_string());
        }
        row.extend([id, ago(local.made, shell.lab.now()), megabytes(local)]);
        rows.push(row);
    }
    if quiet {
        let place = if digests { 3 } else { 2 };
        return Output::print(
            rows.iter().filter_map(|row| row.get(place)).map(|id| format!("{id}\n")).collect::<String>(),
        );
    }
    let mut header: Vec<String> = ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"].map(String::from).to_vec();
    if digests {
        header.insert(2, "DIGEST".to_string());
    }
    rows.insert(0, header);
    Output::print(columns(&rows))
}

/// Cells under each other, three blanks apart and at least ten wide, as docker prints them.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or_default();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if column + 1 < row.len() {
                let to = (width(column) + 3).max(10);
                line.push_str(&" ".repeat(to.saturating_sub(cell.len())));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// What an image takes unpacked: about two and a half times what is sent.
fn megabytes(local: &Local) -> String {
    let bytes: u64 = local.built.layers.iter().map(|layer| layer.size).sum();
    format!("{}MB", bytes * 5 / 2 / 1_000_000)
}

pub(super) fn ago(then: SimTime, now: SimTime) -> String {
    let seconds = (now.as_millis() - then.as_millis()).max(0) / 1000;
    let told = |count: i64, unit: &str| format!("{count} {unit}s ago");
    match seconds {
        0 => "Less than a second ago".to_string(),
        1 => "1 second ago".to_string(),
        2..60 => told(seconds, "second"),
        60..120 => "About a minute ago".to_string(),
        120..3600 => told(seconds / 60, "minute"),
        3600..7200 => "About an hour ago".to_string(),
        7200..172_800 => told(seconds / 3600, "hour"),
        _ => told(seconds / 86_400, "day"),
    }
}

pub(super) fn tag(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let [source, target] = words else { return takes("tag", "2 arguments") };
    let Some(to) = Reference::parse(target).filter(|own| own.digest.is_none()) else {
        return daemon(&format!("\"{target}\" is not a valid repository/tag: invalid reference format"));
    };
    let Some((_, local)) = found(shell, source) else {
        let name = Reference::parse(source).map_or_else(|| source.clone(), |own| own.key());
        return daemon(&format!("No such image: {name}"));
    };
    let local = local.clone();
    shell.terminal.docker.images.insert(to.key(), local);
    Output::default()
}

pub(super) fn remove(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (_, names) = match options("rmi", words, &["-f", "--force"], &[]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes("rmi", "at least 1 argument");
    }
    let mut output = Output::default();
    for name in &names {
        let Some((key, local)) = found(shell, name) else {
            let name = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
            output.stderr.push_str(&format!("Error response from daemon: No such image: {name}\n"));
            output.status = 1;
            continue;
        };
        let id = local.built.config.digest.clone();
        output.stdout.push_str(&format!("Untagged: {key}\n"));
        let images = &mut shell.terminal.docker.images;
        images.remove(&key);
        if images.iter().all(|(_, own)| own.built.config.digest != id) {
            output.stdout.push_str(&format!("Deleted: {id}\n"));
        }
    }
    output
}

pub(super) fn inspect(shell: &Shell<'_>, words: &[String]) -> Output {
    let (_, names) = match options("inspect", words, &[], &["--type"]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes("inspect", "at least 1 argument");
    }
    let mut all: Vec<Value> = Vec::new();
    let mut stderr = String::new();
    for name in &names {
        match found(shell, name) {
            Some((_, local)) => all.push(told(shell, local)),
            None => stderr.push_str(&format!("error: no such object: {name}\n")),
        }
    }
    let status = u8::from(!stderr.is_empty());
    Output { stdout: print::pretty(&Value::Array(all)) + "\n", ..Output::fail(status, stderr) }
}

fn told(shell: &Shell<'_>, local: &Local) -> Value {
    let id = local.built.config.digest.as_str();
    let images = shell.terminal.docker.images.iter();
    let tags: Vec<&str> = images
        .filter(|(_, own)| own.built.config.digest == id)
        .map(|(key, _)| key.as_str())
        .filter(|key| !key.contains('@'))
        .collect();
    let (os, architecture) = local.platform.split_once('/').unwrap_or(("linux", "amd64"));
    let layers: Vec<&str> = local.built.layers.iter().map(|layer| layer.digest.as_str()).collect();
    object!({
        "Id": id,
        "RepoTags": tags,
        "RepoDigests": local.digests.clone(),
        "Created": local.made.to_string(),
        "Architecture": architecture,
        "Os": os,
        "Size": local.built.layers.iter().map(|layer| layer.size).sum::<u64>() * 5 / 2,
        "RootFS": object!({ "Type": "layers", "Layers": layers }),
    })
}
