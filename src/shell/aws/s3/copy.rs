//! `aws s3 cp` and `aws s3 rm`: one line is printed for each file.

use super::{Door, Fail, Line, misplaced, split, usage};
use crate::aws::object::object;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What is printed, and how it ends.
struct Told<'a> {
    line: &'a Line,
    output: Output,
}

impl Told<'_> {
    /// One file is done, or would be.
    fn done(&mut self, what: &str, places: &str) {
        let dry = if self.line.has("dryrun") { "(dryrun) " } else { "" };
        if !self.line.has("quiet") && !self.line.has("only-show-errors") {
            self.output.stdout.push_str(&format!("{dry}{what}: {places}\n"));
        }
    }

    fn failed(&mut self, what: &str, places: &str, why: &str) {
        self.complain(format!("{what} failed: {places} {why}\n"));
    }

    /// Nothing more is tried.
    fn fatal(&mut self, why: &str) {
        self.complain(format!("fatal error: {why}\n"));
    }

    fn complain(&mut self, text: String) {
        if !self.line.has("quiet") {
            self.output.stderr.push_str(&text);
        }
        self.output.status = 1;
    }
}

/// A bucket alone is its root.
fn tidy(path: &str) -> String {
    match split(path) {
        Some((_, "")) if !path.ends_with('/') => format!("{path}/"),
        _ => path.to_string(),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// `aws s3 cp`.
pub(super) fn run(door: &mut Door<'_, '_>, line: &Line, input: &str) -> Result<Output, Fail> {
    let [from, to] = [0, 1].map(|at| tidy(line.path(at)));
    let streams = from == "-" || to == "-";
    let usage = format!("usage: aws s3 cp {}", usage("cp"));
    let mut told = Told { line, output: Output::default() };
    let ends = (split(&from), split(&to));
    if ends == (None, None) {
        return Err(misplaced(&usage));
    }
    if streams && line.has("recursive") {
        return Err(Fail::Validation("Streaming currently is only compatible with non-recursive cp commands".into()));
    }
    match ends {
        (None, Some((bucket, key))) if from == "-" => {
            if let Err(fail) = door.ask("PutObject", object!({ "Bucket": bucket, "Key": key, "Body": input })) {
                let why = door.why(&fail);
                told.failed("upload", &format!("- to {to}"), &why);
            }
        }
        (None, Some(target)) => upload(door, &mut told, &from, target)?,
        (Some((bucket, key)), None) if to == "-" => {
            match door.ask("GetObject", object!({ "Bucket": bucket, "Key": key })) {
                Ok(reply) => told.output.stdout = body(&reply),
                Err(fail) => {
                    let why = head(door, &fail, None);
                    told.failed("download", &format!("{from} to -"), &why);
                }
            }
        }
        (Some(source), target) => fetch(door, &mut told, source, target, &to),
        (None, None) => {}
    }
    Ok(told.output)
}

fn body(reply: &Value) -> String {
    reply["Body"].as_str().unwrap_or_default().to_string()
}

/// What the AWS CLI tells of an object that it cannot read: it asks HeadObject first, which answers without words.
fn head(door: &mut Door<'_, '_>, fail: &Fail, key: Option<&str>) -> String {
    let told = door.why(fail);
    let (number, words) = match fail {
        Fail::Service(_, code, ..) if code == "NoSuchKey" || code == "NoSuchBucket" => {
            ("404", key.map_or("Not Found".to_string(), |key| format!("Key \"{key}\" does not exist")))
        }
        Fail::Service(_, code, ..) if code == "AccessDenied" => ("403", "Forbidden".to_string()),
        _ => return told,
    };
    format!("An error occurred ({number}) when calling the HeadObject operation: {words}")
}

/// A path of the tree as seen from where the prompt stands.
fn relative(directory: &str, path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let own: Vec<&str> = directory.split('/').filter(|step| !step.is_empty()).collect();
    let other: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    let same = own.iter().zip(&other).take_while(|(own, other)| own == other).count();
    let mut steps: Vec<&str> = own.iter().skip(same).map(|_| "..").collect();
    steps.extend(other.iter().skip(same));
    if steps.is_empty() {
        steps.push(".");
    }
    format!("{}/{name}", steps.join("/"))
}

fn upload(door: &mut Door<'_, '_>, told: &mut Told<'_>, from: &str, (bucket, key): (&str, &str)) -> Result<(), Fail> {
    let path = door.shell.path(from);
    let files = &door.shell.terminal.files;
    let (is_file, is_folder) = (files.read(&path).is_some(), files.is_directory(&path));
    if !is_file && !is_folder {
        return Err(Fail::Other(format!("The user-provided path {from} does not exist.")));
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    if told.line.has("recursive") {
        if is_file {
            told.output.stderr = format!("warning: Skipping file {path}/. File does not exist.\n");
            told.output.status = 2;
            return Ok(());
        }
        let stem = if key.is_empty() || key.ends_with('/') { key.to_string() } else { format!("{key}/") };
        let root = format!("{}/", path.trim_end_matches('/'));
        let below = files.below(&root);
        pairs
            .extend(below.map(|own| (own.to_string(), format!("{stem}{}", own.get(root.len()..).unwrap_or_default()))));
    } else {
        let path = if is_folder { format!("{path}/") } else { path };
        let takes_name = key.is_empty() || key.ends_with('/');
        let key = if takes_name { format!("{key}{}", last(&path)) } else { key.to_string() };
        pairs.push((path, key));
    }
    for (path, key) in pairs {
        let places = format!("{} to s3://{bucket}/{key}", relative(&door.shell.terminal.directory, &path));
        let Some(text) = door.shell.terminal.files.read(&path).map(ToString::to_string) else {
            told.failed("upload", &places, &format!("[Errno 21] Is a directory: '{path}'"));
            continue;
        };
        if !told.line.has("dryrun")
            && let Err(fail) = door.ask("PutObject", object!({ "Bucket": bucket, "Key": key, "Body": text }))
        {
            let why = door.why(&fail);
            told.failed("upload", &places, &why);
            continue;
        }
        told.done("upload", &places);
    }
    Ok(())
}

/// The keys that a path means; none where S3 refuses to tell, which is then told.
fn named(door: &mut Door<'_, '_>, told: &mut Told<'_>, bucket: &str, key: &str) -> Option<Vec<String>> {
    let deep = told.line.has("recursive");
    if !deep && !key.is_empty() {
        return Some(alloc::vec![key.to_string()]);
    }
    let prefix = if key.is_empty() || key.ends_with('/') { key.to_string() } else { format!("{key}/") };
    match door.keys(bucket, &prefix, true) {
        Ok(pages) => {
            let all = pages.iter().flat_map(|page| page["Contents"].as_array().into_iter().flatten());
            let keys = all.filter_map(|own| own["Key"].as_str()).map(ToString::to_string);
            // A bucket alone is no object.
            Some(keys.filter(|_| deep).collect())
        }
        Err(fail) => {
            let why = door.why(&fail);
            told.fatal(&why);
            None
        }
    }
}

/// Out of a bucket, into a file or into another bucket.
fn fetch(
    door: &mut Door<'_, '_>,
    told: &mut Told<'_>,
    (bucket, key): (&str, &str),
    target: Option<(&str, &str)>,
    to: &str,
) {
    let Some(keys) = named(door, told, bucket, key) else { return };
    let deep = told.line.has("recursive");
    let stem = if !deep || key.is_empty() || key.ends_with('/') { key.len() } else { key.len() + 1 };
    for own in keys {
        let name = if deep { own.get(stem..).unwrap_or_default() } else { last(&own) };
        let source = format!("s3://{bucket}/{own}");
        // A single object is looked at first; one of a list is there.
        let reply = match door.ask("GetObject", object!({ "Bucket": bucket, "Key": own.as_str() })) {
            Ok(reply) => reply,
            Err(fail) => {
                let why = head(door, &fail, Some(&own));
                return told.fatal(&why);
            }
        };
        match target {
            Some((other, stem)) => {
                let slash = if deep && !stem.is_empty() && !stem.ends_with('/') { "/" } else { "" };
                let takes_name = deep || stem.is_empty() || stem.ends_with('/');
                let key = if takes_name { format!("{stem}{slash}{name}") } else { stem.to_string() };
                let places = format!("{source} to s3://{other}/{key}");
                let input = object!({ "Bucket": other, "Key": key, "CopySource": format!("{bucket}/{own}") });
                if !told.line.has("dryrun")
                    && let Err(fail) = door.ask("CopyObject", input)
                {
                    let why = door.why(&fail);
                    told.failed("copy", &places, &why);
                    continue;
                }
                told.done("copy", &places);
            }
            None => save(door, told, &source, name, &body(&reply), to),
        }
    }
}

/// Writes a file, and the directories on the way to it.
fn save(door: &mut Door<'_, '_>, told: &mut Told<'_>, source: &str, name: &str, text: &str, to: &str) {
    let path = door.shell.path(to);
    let files = &mut door.shell.terminal.files;
    let takes_name = told.line.has("recursive") || to.ends_with('/') || files.is_directory(&path);
    let path = if takes_name { format!("{}/{name}", path.trim_end_matches('/')) } else { path };
    let places = format!("{source} to {}", relative(&door.shell.terminal.directory, &path));
    if told.line.has("dryrun") {
        return told.done("download", &places);
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (at, _) in folder.match_indices('/').skip(1).chain([(folder.len(), "")]) {
        let step = folder.get(..at).unwrap_or_default();
        if !step.is_empty() && !files.is_directory(step) && files.read(step).is_none() {
            files.make(step);
        }
    }
    match files.write(&path, text.to_string()) {
        Ok(()) => told.done("download", &places),
        Err(why) => told.failed("download", &places, why),
    }
}

/// `aws s3 rm`.
pub(super) fn delete(door: &mut Door<'_, '_>, line: &Line) -> Result<Output, Fail> {
    let path = tidy(line.path(0));
    let Some((bucket, key)) = split(&path) else { return Err(misplaced("usage: aws s3 rm <S3Uri>")) };
    let mut told = Told { line, output: Output::default() };
    for key in named(door, &mut told, bucket, key).unwrap_or_default() {
        let place = format!("s3://{bucket}/{key}");
        if !line.has("dryrun")
            && let Err(fail) = door.ask("DeleteObject", object!({ "Bucket": bucket, "Key": key }))
        {
            let why = door.why(&fail);
            told.failed("delete", &place, &why);
            continue;
        }
        told.done("delete", &place);
    }
    Ok(told.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_prompt() {
        for (path, expected) in [
            ("/home/ec2-user/a.yaml", "./a.yaml"),
            ("/home/ec2-user/demo/b", "demo/b"),
            ("/tmp/c", "../../tmp/c"),
            ("/home/ec2-user/demo/", "demo/"),
        ] {
            assert_eq!(relative("/home/ec2-user", path), expected);
        }
    }
}
