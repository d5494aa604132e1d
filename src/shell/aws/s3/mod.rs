//! `aws s3`: buckets, and the ways of a file into and out of them (awscli's `customizations/s3`).

mod copy;
mod list;

use super::Generation;
use super::call::{Caller, send, who};
use super::fail::Fail;
use super::globals::Globals;
use super::help;
use super::parser::{self, Opt, Parsed, Place, Takes};
use crate::aws::model;
use crate::aws::object::object;
use crate::shell::exec::Shell;
use crate::shell::learn;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The subcommands, simulated or not.
const COMMANDS: [&str; 9] = ["ls", "website", "cp", "mv", "rm", "sync", "mb", "rb", "presign"];

/// The forms of names of buckets that botocore lets through.
const FORMS: [&str; 2] = [
    r"^[a-zA-Z0-9.\-_]{1,255}$",
    r"^arn:(aws).*:(s3|s3-object-lambda):[a-z\-0-9]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-.]{1,63}$|^arn:(aws).*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\-]{1,63}$",
];

/// The subcommands that the lab simulates.
pub(super) fn simulated() -> impl Iterator<Item = &'static str> {
    COMMANDS.into_iter().filter(|name| !["website", "mv", "sync", "presign"].contains(name))
}

/// Runs a subcommand; `input` is what a pipe gives it.
///
/// # Errors
/// Words that do not fit, and what ends it before anything was printed.
pub(super) fn run(shell: &mut Shell<'_>, globals: &Globals, words: &[String], input: &str) -> Result<Output, Fail> {
    let choices: Vec<String> = COMMANDS.iter().chain(&["help"]).map(ToString::to_string).collect();
    let place = Place { name: "subcommand", choices: Some(&choices), required: true };
    let parsed = parser::parse(&[], Some(&place), words, shell.terminal.generation)?;
    let word = parsed.place.unwrap_or_default();
    if word == "help" {
        let own: Vec<String> = simulated().map(ToString::to_string).collect();
        return Ok(Output::print(help::list("s3", &own, &[])));
    }
    let Some(name) = simulated().find(|own| *own == word) else {
        return Err(Fail::Other(format!("ECS Lab does not simulate aws s3 {word}.")));
    };
    let Some(line) = line(shell, name, &parsed.rest)? else {
        let (options, _) = options(name);
        return Ok(Output::print(help::command(name, Some(usage(name)), &options)));
    };
    let operation = match name {
        "mb" => "CreateBucket",
        "rb" => "DeleteBucket",
        _ => "ListObjectsV2",
    };
    let caller = who(shell, globals, "s3", operation)?;
    let mut door = Door { shell, caller };
    match name {
        "mb" => make(&mut door, &line),
        "rb" => remove(&mut door, &line),
        "ls" => list::run(&mut door, &line),
        "rm" => copy::delete(&mut door, &line),
        _ => copy::run(&mut door, &line, input),
    }
}

/// A command line of one of them, read.
struct Line {
    paths: Vec<String>,
    flags: Vec<&'static str>,
}

impl Line {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn path(&self, at: usize) -> &str {
        self.paths.get(at).map_or("", String::as_str)
    }
}

/// What stands behind a subcommand in its usage.
fn usage(name: &str) -> &'static str {
    match name {
        "ls" => "<S3Uri> or NONE",
        "cp" => "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>",
        _ => "<S3Uri>",
    }
}

/// The options of a subcommand, and the number of those that the lab follows; the others it refuses.
pub(super) fn options(name: &str) -> (Vec<Opt>, usize) {
    let (flags, others): (&[&str], &[&str]) = match name {
        "ls" => (
            &["recursive", "human-readable", "summarize"],
            &["page-size", "request-payer", "bucket-name-prefix", "bucket-region"],
        ),
        "mb" => (&[], &["tags"]),
        "rb" => (&["force"], &[]),
        "rm" => (
            &["recursive", "quiet", "only-show-errors", "dryrun"],
            &["include", "exclude", "request-payer", "page-size"],
        ),
        _ => (
            &["recursive", "quiet", "only-show-errors", "no-progress", "dryrun"],
            &[
                "include",
                "exclude",
                "acl",
                "grants",
                "sse",
                "sse-kms-key-id",
                "storage-class",
                "content-type",
                "cache-control",
                "metadata",
                "expires",
                "source-region",
                "page-size",
                "expected-size",
            ],
        ),
    };
    let known = flags.iter().map(|own| Opt::new(own, Takes::Nothing));
    (known.chain(others.iter().map(|own| Opt::new(own, Takes::Any))).collect(), flags.len())
}

/// Reads the words behind a subcommand; none where they ask for help.
fn line(shell: &Shell<'_>, name: &str, words: &[String]) -> Result<Option<Line>, Fail> {
    if words == ["help"] {
        return Ok(None);
    }
    let (options, followed) = options(name);
    let label = if ["mb", "rb"].contains(&name) { "path" } else { "paths" };
    let most = if name == "cp" { 2 } else { 1 };
    let place = Place { name: label, choices: None, required: name != "ls" };
    let Parsed { place, rest, given } = parser::parse(&options, Some(&place), words, shell.terminal.generation)?;
    let mut paths: Vec<String> = place.into_iter().collect();
    let (more, unknown): (Vec<_>, Vec<_>) = rest.into_iter().partition(|word| word == "-" || !word.starts_with('-'));
    paths.extend(more);
    if !unknown.is_empty() || paths.len() > most {
        let extra = paths.into_iter().skip(most).chain(unknown).collect::<Vec<_>>();
        return Err(Fail::Unknown(extra.join(", ")));
    }
    if name == "cp" && paths.len() < most {
        return Err(Fail::Usage(format!("the following arguments are required: {label}")));
    }
    let mut flags = Vec::new();
    for (at, _) in &given {
        let Some(option) = options.get(*at) else { continue };
        if *at >= followed {
            return Err(Fail::Other(format!("ECS Lab does not simulate {} of aws s3 {name}.", option.name)));
        }
        let known = ["recursive", "human-readable", "summarize", "force", "quiet", "only-show-errors", "dryrun"];
        flags.extend(known.into_iter().find(|own| option.name.strip_prefix("--") == Some(own)));
    }
    Ok(Some(Line { paths, flags }))
}

/// Bucket and key of `s3://BUCKET/KEY`; none of a path of another kind.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("s3://")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// Somebody who calls S3.
struct Door<'a, 'b> {
    shell: &'a mut Shell<'b>,
    caller: Caller,
}

impl Door<'_, '_> {
    /// Makes a call.
    ///
    /// # Errors
    /// A bucket's name that botocore refuses, and the refusals of S3.
    fn ask(&mut self, name: &str, input: Value) -> Result<Value, Fail> {
        let bucket = input["Bucket"].as_str().unwrap_or("-");
        let signs = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if bucket.is_empty() || bucket.len() > 255 || !bucket.bytes().all(signs) {
            let [plain, arn] = FORMS;
            return Err(Fail::Validation(format!(
                "Parameter validation failed:\nInvalid bucket name \"{bucket}\": Bucket name must match the regex \"{plain}\" \
                 or be an ARN matching the regex \"{arn}\""
            )));
        }
        let Some(operation) = model::operation("s3", name) else {
            return Err(Fail::Other("the later part of the lab is not here".to_string()));
        };
        send(self.shell, &self.caller, operation, input)
    }

    /// All pages of the keys that begin with a text; below `/` only where `deep`.
    fn keys(&mut self, bucket: &str, prefix: &str, deep: bool) -> Result<Vec<Value>, Fail> {
        let mut input = object!({ "Bucket": bucket, "Prefix": prefix });
        if !deep {
            input["Delimiter"] = "/".into();
        }
        let mut pages = Vec::new();
        loop {
            let page = self.ask("ListObjectsV2", input.clone())?;
            input["ContinuationToken"] = page["NextContinuationToken"].clone();
            let last = input["ContinuationToken"].is_null();
            pages.push(page);
            if last {
                return Ok(pages);
            }
        }
    }

    /// The words of a failure within a line that goes on; the page that explains it is kept.
    fn why(&mut self, fail: &Fail) -> String {
        self.shell.learn = learn::of_fail(fail);
        match fail {
            Fail::Service(..) => fail.service(),
            Fail::Usage(why) | Fail::Validation(why) | Fail::Other(why) => why.clone(),
            other => other.clone().output(Generation::V1).stderr.trim().to_string(),
        }
    }
}

fn misplaced(usage: &str) -> Fail {
    Fail::Validation(format!("{usage}\nError: Invalid argument type"))
}

/// `aws s3 mb`.
fn make(door: &mut Door<'_, '_>, line: &Line) -> Result<Output, Fail> {
    let path = line.path(0);
    let Some((bucket, _)) = split(path) else { return Err(misplaced("<S3Uri>")) };
    let mut input = object!({ "Bucket": bucket });
    // us-east-1 is the one Region that must not be named.
    if door.caller.region != "us-east-1" {
        input["CreateBucketConfiguration"] = object!({ "LocationConstraint": door.caller.region.as_str() });
    }
    Ok(match door.ask("CreateBucket", input) {
        Ok(_) => Output::print(format!("make_bucket: {bucket}\n")),
        Err(fail) => Output::fail(1, format!("make_bucket failed: {path} {}\n", door.why(&fail))),
    })
}

/// `aws s3 rb`.
fn remove(door: &mut Door<'_, '_>, line: &Line) -> Result<Output, Fail> {
    let path = line.path(0);
    let Some((bucket, key)) = split(path) else { return Err(misplaced("<S3Uri>")) };
    if !key.is_empty() {
        let why = format!("Please specify a valid bucket name only. E.g. s3://{bucket}");
        return Err(Fail::Validation(why));
    }
    let mut said = Output::default();
    if line.has("force") {
        said = copy::delete(door, &Line { paths: line.paths.clone(), flags: alloc::vec!["recursive"] })?;
        if said.status != 0 {
            said.stderr.push_str(
                "\nremove_bucket failed: Unable to delete all objects in the bucket, bucket will not be deleted.\n",
            );
            return Ok(Output { status: 255, ..said });
        }
    }
    match door.ask("DeleteBucket", object!({ "Bucket": bucket })) {
        Ok(_) => said.stdout.push_str(&format!("remove_bucket: {bucket}\n")),
        Err(fail) => {
            said.stderr = format!("remove_bucket failed: {path} {}\n", door.why(&fail));
            said.status = 1;
        }
    }
    Ok(said)
}
