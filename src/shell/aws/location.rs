//! What the command line adds to `aws deploy create-deployment`: where the AppSpec file is, in the stead of `--revision`
//! (awscli's `customizations/codedeploy/locationargs.py`).

use super::Generation;
use super::fail::Fail;
use crate::aws::model;
use crate::aws::object::object;
use crate::shell::exec::Shell;
use alloc::string::{String, ToString};
use serde_json::{Map, Value};

/// The options, in awscli's order: the later one counts.
pub(super) const OPTIONS: [&str; 2] = ["s3-location", "github-location"];

/// Puts the place into the input as its revision.
///
/// # Errors
/// A value that cannot be read, a place in S3 without one of its three parts.
pub(super) fn own(shell: &Shell<'_>, input: &mut Map<String, Value>, given: &[(&str, String)]) -> Result<(), Fail> {
    for (name, word) in given {
        let revision = match *name {
            "s3-location" => object!({ "revisionType": "S3", "s3Location": in_s3(shell, name, word)? }),
            "github-location" => object!({ "revisionType": "GitHub" }),
            _ => continue,
        };
        input.insert("revision".to_string(), revision);
    }
    Ok(())
}

fn in_s3(shell: &Shell<'_>, name: &str, word: &str) -> Result<Value, Fail> {
    let input = model::operation("codedeploy", "CreateDeployment").map(|own| own.input);
    let shape = input.and_then(|own| own.member("revision")?.shape.member("s3Location"));
    let Some(shape) = shape.map(|own| own.shape) else { return Ok(Value::Null) };
    let value = shell.value(name, shape, &shell.loaded(name, &[word.to_string()], false)?)?;
    if ["bucket", "key", "bundleType"].iter().all(|part| value[part].as_str().is_some_and(|own| !own.is_empty())) {
        return Ok(value);
    }
    let why = String::from("--s3-location must specify bucket, key and bundleType.");
    Err(match shell.terminal.generation {
        Generation::V1 => Fail::Other(why),
        Generation::V2 => Fail::Validation(why),
    })
}
