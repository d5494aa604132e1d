//! What may stand behind the commands that are the command line's own: `aws logs tail`, `aws s3`, `aws configure`.

use super::completion::{offer, open_at};
use super::{configure, own, s3};
use crate::aws::arn::regions;
use crate::lab::Lab;
use crate::shell::complete::{Candidate, all, files};
use crate::shell::names::{listed, names};
use crate::shell::terminal::Terminal;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::json;

/// Behind a command of a service that is none of its operations.
pub(super) fn custom(
    terminal: &Terminal,
    lab: &Lab,
    (service, word): (&str, &str),
    words: &[&String],
    prefix: &str,
) -> Vec<Candidate> {
    let options = own::options(service, word);
    if prefix.starts_with('-') {
        return options.iter().map(offer).collect();
    }
    if let Some(option) = open_at(&options, words).and_then(|at| options.get(at)) {
        let cluster = words.iter().position(|word| *word == "--cluster").and_then(|at| words.get(at + 1));
        return match option.name.as_str() {
            "--task-definition" | "--codedeploy-appspec" => files(terminal, prefix, ""),
            "--cluster" => all(names(lab, "ecs", "cluster", None), "name"),
            "--service" => all(names(lab, "ecs", "service", cluster.map(|own| own.as_str())), "name"),
            "--codedeploy-application" => all(names(lab, "codedeploy", "applicationName", None), "name"),
            _ => all(option.choices.iter().map(ToString::to_string), "value"),
        };
    }
    let is_named = |own: &String| words.contains(&own);
    if (service, word) == ("logs", "tail") {
        let groups = names(lab, "logs", "logGroupName", None);
        if !groups.iter().any(is_named) {
            return all(groups, "name");
        }
    }
    let left = || options.iter().filter(|own| !is_named(&own.name));
    let missing: Vec<Candidate> = left().filter(|own| own.required).map(offer).collect();
    if missing.is_empty() && prefix.is_empty() { left().map(offer).collect() } else { missing }
}

/// Behind a command of `aws s3`: options that the lab follows, paths in buckets, and for `cp` those of files.
pub(super) fn s3(terminal: &Terminal, lab: &Lab, name: &str, prefix: &str) -> Vec<Candidate> {
    if prefix.starts_with('-') {
        let (options, followed) = s3::options(name);
        return options.iter().take(followed).map(offer).collect();
    }
    let list = |operation, query, input| listed(lab, &["", "", "s3", operation, query], input);
    let rest = prefix.strip_prefix("s3://").unwrap_or_default();
    let Some((bucket, key)) = rest.split_once('/') else {
        let buckets = list("ListBuckets", "Buckets[].Name", json!({}));
        let mut found = match name {
            "mb" => all(["s3://".to_string()], "value"),
            _ => all(buckets.iter().map(|own| format!("s3://{own}/")), "name"),
        };
        if name == "cp" {
            found.extend(files(terminal, prefix, ""));
        }
        return found;
    };
    let folder = key.rfind('/').and_then(|at| key.get(..=at)).unwrap_or_default();
    let input = json!({ "Bucket": bucket, "Prefix": folder, "Delimiter": "/" });
    let keys = list("ListObjectsV2", "[Contents[].Key, CommonPrefixes[].Prefix][]", input);
    all(keys.iter().map(|own| format!("s3://{bucket}/{own}")), "name")
}

/// Behind `aws configure` and its subcommand.
pub(super) fn settings(words: &[&String]) -> Vec<Candidate> {
    match words {
        [verb] if ["get", "set"].contains(&verb.as_str()) => all(configure::settings().map(String::from), "name"),
        [verb, name] if *verb == "set" && *name == "region" => all(regions().map(String::from), "value"),
        _ => Vec::new(),
    }
}
