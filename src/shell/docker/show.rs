//! Local images: listed, tagged, removed.

use super::name::{Reference, cells};
use super::template::Template;
use super::{Local, daemon, is_dangling, options, takes, value};
use crate::shell::exec::Shell;
use crate::shell::files::fits;
use crate::shell::terminal::Output;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The twelve signs that stand for a digest.
pub(super) fn short(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest).get(..12).unwrap_or_default()
}

/// An image by its name, or by the start of its id.
pub(super) fn found<'a>(shell: &'a Shell<'_>, name: &str) -> Option<(String, &'a Local)> {
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

/// The columns of a list of images: the name that templates have for each, and its header.
const COLUMNS: [(&str, &str); 7] = [
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("ID", "IMAGE ID"),
    ("CreatedSince", "CREATED"),
    ("Size", "SIZE"),
    ("CreatedAt", "CREATED AT"),
];

pub(super) fn images(shell: &Shell<'_>, words: &[String]) -> Output {
    listed(shell, words).unwrap_or_else(|output| output)
}

fn listed(shell: &Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("images", words)?;
    let has = |name: &str| value(&given, name).is_some();
    let mut images: Vec<(&String, &Local)> = shell.terminal.docker.images.iter().collect();
    // The newest first.
    crate::sim::order::sort_by(&mut images, |left, right| right.1.made.cmp(&left.1.made));
    for (_, filter) in given.iter().filter(|(name, _)| name == "--filter") {
        let (name, wanted) = filter.split_once('=').ok_or_else(|| {
            Output::fail(
                125,
                format!("invalid argument \"{filter}\" for \"-f, --filter\" flag: invalid filter '{filter}'\n"),
            )
        })?;
        filtered(shell, &mut images, name, wanted)?;
    }
    images.retain(|(key, _)| names.first().is_none_or(|name| name == cells(key).0 || name == *key));
    let row = |(key, local): &(&String, &Local)| {
        let (repository, tag) = cells(key);
        let digest = local.digests.iter().find_map(|own| own.strip_prefix(repository)?.strip_prefix('@'));
        let id = &local.built.config.digest;
        let made = made_at(local.made);
        let cells = [
            repository,
            tag,
            digest.unwrap_or("<none>"),
            if has("--no-trunc") { id } else { short(id) },
            &ago(local.made, shell.lab.now()),
            &megabytes(local),
            &made,
        ];
        cells.map(ToString::to_string).to_vec()
    };
    let rows: Vec<Vec<String>> = images.iter().map(row).collect();
    if has("--quiet") {
        let lines = rows.iter().filter_map(|row| Some(format!("{}\n", row.get(3)?)));
        return Ok(Output::print(lines.collect::<String>()));
    }
    if let Some(format) = value(&given, "--format").filter(|format| *format != "table") {
        return formatted(format, &COLUMNS, &rows)
            .map(Output::print)
            .map_err(|why| Output::fail(1, format!("{why}\n")));
    }
    let shown = |all: Vec<String>| -> Vec<String> {
        let own = all.into_iter().take(6).enumerate();
        own.filter(|(place, _)| *place != 2 || has("--digests")).map(|(_, cell)| cell).collect()
    };
    let mut table = alloc::vec![shown(COLUMNS.map(|(_, header)| header.to_string()).to_vec())];
    table.extend(rows.into_iter().map(shown));
    Ok(Output::print(columns(&table)))
}

/// Keeps the images that a filter takes. Errors: docker knows no such filter.
fn filtered(shell: &Shell<'_>, images: &mut Vec<(&String, &Local)>, name: &str, wanted: &str) -> Result<(), Output> {
    match name {
        "reference" => images.retain(|(key, _)| [cells(key).0, key].iter().any(|own| fits(wanted, own))),
        "dangling" => {
            let dangling = match wanted {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return Err(daemon(&format!("invalid filter 'dangling=[{wanted}]'"))),
            };
            images.retain(|(key, _)| is_dangling(key) == dangling);
        }
        "before" | "since" => {
            let Some((_, other)) = found(shell, wanted) else {
                let key = Reference::parse(wanted).map_or_else(|| wanted.to_string(), |own| own.key());
                return Err(daemon(&format!("No such image: {key}")));
            };
            let made = other.made;
            images.retain(|(_, local)| if name == "before" { local.made < made } else { local.made > made });
        }
        "label" => {
            let (label, text) = wanted.split_once('=').map_or((wanted, None), |(label, text)| (label, Some(text)));
            images.retain(|(_, local)| {
                let own = &super::inspect::config(local)["Labels"][label];
                own.is_string() && text.is_none_or(|text| own == text)
            });
        }
        _ => return Err(daemon(&format!("invalid filter '{name}'"))),
    }
    Ok(())
}

/// The rows by a template, or as JSON, of columns with the names that templates have for them. Errors: what docker says of the template.
pub(super) fn formatted(format: &str, names: &[(&'static str, &str)], rows: &[Vec<String>]) -> Result<String, String> {
    let value = |cells: &[String]| {
        let members = names.iter().zip(cells).map(|((name, _), cell)| (*name, Value::from(cell.as_str())));
        crate::aws::object::of(members.collect())
    };
    let rows: Vec<Value> = rows.iter().map(|row| value(row)).collect();
    if format == "json" {
        return Ok(rows.iter().map(|row| super::template::compact(row) + "\n").collect());
    }
    let (as_table, format) = format.strip_prefix("table ").map_or((false, format), |rest| (true, rest));
    let template = Template::read(&format.replace("\\t", "\t").replace("\\n", "\n"))?;
    let lines = rows.iter().map(|row| template.show(row)).collect::<Result<Vec<_>, _>>()?;
    if !as_table {
        return Ok(lines.iter().map(|line| format!("{line}\n")).collect());
    }
    let headers: Vec<String> = names.iter().map(|(_, header)| (*header).to_string()).collect();
    let header = template.show(&value(&headers))?;
    let cells = |line: &String| line.split('\t').map(ToString::to_string).collect();
    Ok(columns(&[header].iter().chain(&lines).map(cells).collect::<Vec<_>>()))
}

/// A moment as docker lists it.
pub(super) fn made_at(at: SimTime) -> String {
    at.to_string().replace('T', " ").replace('Z', " +0000 UTC")
}

/// Cells under each other, three blanks apart and at least ten wide, as docker prints them.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let signs = |cell: &String| cell.chars().count();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(signs).max().unwrap_or_default();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if column + 1 < row.len() {
                let to = (width(column) + 3).max(10);
                line.push_str(&" ".repeat(to.saturating_sub(signs(cell))));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn megabytes(local: &Local) -> String {
    let bytes: u64 = local.built.layers.iter().map(|layer| layer.size).sum();
    format!("{}MB", unpacked(bytes) / 1_000_000)
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
    let names = match options("tag", words) {
        Ok((_, names)) => names,
        Err(output) => return output,
    };
    let [source, target] = names.as_slice() else { return takes("tag", "2 arguments") };
    let to = match Reference::read(target) {
        Ok(to) if to.digest.is_none() => to,
        Ok(_) => return Output::fail(1, "refusing to create a tag with a digest reference\n"),
        Err(why) => return unparsed(target, &why),
    };
    let Some((_, local)) = found(shell, source) else {
        if let Err(why) = Reference::read(source) {
            return unparsed(source, &why);
        }
        let name = Reference::parse(source).map_or_else(|| source.clone(), |own| own.key());
        return daemon(&format!("No such image: {name}"));
    };
    let local = local.clone();
    shell.terminal.docker.put(to.key(), local);
    Output::default()
}

fn unparsed(name: &str, why: &str) -> Output {
    Output::fail(1, format!("Error parsing reference: {name:?} is not a valid repository/tag: {why}\n"))
}

pub(super) fn remove(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("rmi", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes("rmi", "at least 1 argument");
    }
    let mut output = Output::default();
    for name in &names {
        let Some((key, _)) = found(shell, name) else {
            let name = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
            output.stderr.push_str(&format!("Error response from daemon: No such image: {name}\n"));
            output.status = 1;
            continue;
        };
        let forced = value(&given, "--force").is_some();
        if let Some((container, image)) = super::containers::user(shell, &key).filter(|_| !forced) {
            let why = format!("container {container} is using its referenced image {image}");
            output.stderr.push_str(&format!(
                "Error response from daemon: conflict: unable to remove repository reference \"{name}\" (must force) - {why}\n"
            ));
            output.status = 1;
            continue;
        }
        output.stdout.push_str(&taken(shell, &key));
    }
    output
}

/// Takes a name away, and the image with the last one; what that says.
fn taken(shell: &mut Shell<'_>, key: &str) -> String {
    let images = &mut shell.terminal.docker.images;
    let Some(local) = images.remove(key) else { return String::new() };
    let mut told = if is_dangling(key) { String::new() } else { format!("Untagged: {key}\n") };
    let id = &local.built.config.digest;
    if images.values().all(|own| own.built.config.digest != *id) {
        told.push_str(&format!("Deleted: {id}\n"));
    }
    told
}

/// `docker image prune`: the images without a name, with `-a` all that no container has, which are all.
pub(super) fn prune(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let (given, _) = match options("image prune", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if value(&given, "--filter").is_some() {
        return Output::fail(1, "ECS Lab: docker image prune takes no filter\n");
    }
    let all = value(&given, "--all").is_some();
    let mut out = String::new();
    if value(&given, "--force").is_none() {
        let what =
            if all { "all images without at least one container associated to them" } else { "all dangling images" };
        out.push_str(&format!("WARNING! This will remove {what}.\nAre you sure you want to continue? [y/N] "));
        if !input.trim_start().starts_with(['y', 'Y']) {
            return Output::print(out + "\n");
        }
    }
    let (gone, bytes) = pruned(shell, all);
    Output::print(format!("{out}{gone}Total reclaimed space: {}\n", human(bytes, 4)))
}

/// What the layers of all local images take, and of those that containers were made of.
pub(super) fn taken_by_images(shell: &Shell<'_>) -> [u64; 2] {
    let docker = &shell.terminal.docker;
    let used = |key: &str| docker.containers.iter().any(|own| own.is_of(key));
    let bytes = |counts: &dyn Fn(&str) -> bool| {
        let images = docker.images.iter().filter(|(key, _)| counts(key));
        let layers = images.flat_map(|(_, own)| &own.built.layers).map(|layer| (layer.digest.clone(), layer.size));
        unpacked(layers.collect::<Map<_, _>>().values().sum())
    };
    [bytes(&|_| true), bytes(&used)]
}

/// Removes dangling images, or all that no container was made of: the list of them, and how many bytes that frees.
pub(super) fn pruned(shell: &mut Shell<'_>, all: bool) -> (String, u64) {
    let [before, _] = taken_by_images(shell);
    let docker = &shell.terminal.docker;
    let mut keys = docker.images.keys().cloned().collect::<Vec<_>>();
    keys.retain(|key| is_dangling(key) || all && !docker.containers.iter().any(|own| own.is_of(key)));
    let gone: String = keys.iter().map(|key| taken(shell, key)).collect();
    let gone = gone.replace("Untagged:", "untagged:").replace("Deleted:", "deleted:");
    let list = if gone.is_empty() { gone } else { format!("Deleted Images:\n{gone}\n") };
    (list, before - taken_by_images(shell)[0])
}

/// What bytes take unpacked: about two and a half times what is sent.
pub(super) fn unpacked(bytes: u64) -> u64 {
    bytes * 5 / 2
}

/// Bytes as docker tells them, rounded to so many digits.
pub(super) fn human(bytes: u64, digits: usize) -> String {
    let (mut unit, mut size) = ("B", 1);
    for (name, next) in [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)] {
        if bytes >= next {
            (unit, size) = (name, next);
        }
    }
    let places = digits.saturating_sub((bytes / size).to_string().len());
    let scale = (0..places).fold(1, |scale, _| scale * 10);
    let (scaled, rest) = (bytes.saturating_mul(scale) / size, bytes.saturating_mul(scale) % size);
    // Of two that are as near, the even one.
    let scaled = scaled + u64::from(rest * 2 > size || rest * 2 == size && scaled % 2 == 1);
    let part = format!("{:0places$}", scaled % scale);
    let part = part.trim_end_matches('0');
    let whole = scaled / scale;
    if part.is_empty() { format!("{whole}{unit}") } else { format!("{whole}.{part}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_with_few_digits() {
        for (bytes, expected) in [
            (0, "0B"),
            (999, "999B"),
            (1_234_567, "1.235MB"),
            (251_250_000, "251.2MB"),
            (2_000_000_000, "2GB"),
            (2_048, "2.048kB"),
            (1_999_960, "2MB"),
        ] {
            assert_eq!(human(bytes, 4), expected);
        }
    }
}
