//! `docker push`.

use super::build::library;
use super::name::{Reference, cells};
use super::registry::{Open, Refused, open};
use super::show::short;
use super::{Output, options, takes, value};
use crate::aws::ApiError;
use crate::ecr::docker::{self as client, Built};
use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

pub(super) fn push(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("push", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name] = names.as_slice() else { return takes("push", "1 argument") };
    let mut own = match Reference::read(name) {
        Ok(own) => own,
        Err(why) => return Output::fail(1, format!("{why}\n")),
    };
    if own.digest.is_some() {
        return Output::fail(1, "cannot push a digest reference\n");
    }
    if value(&given, "--platform").is_some() {
        let why = "ECS Lab: docker push --platform needs the containerd image store, which this host does not use\n";
        return Output::fail(1, why);
    }
    let shown = if own.host.is_some() { own.repository() } else { format!("docker.io/{}", library(&own.path)) };
    let mut keys = alloc::vec![own.key()];
    let bare = !name.rsplit('/').next().unwrap_or_default().contains(':');
    let all = value(&given, "--all-tags").is_some();
    if all {
        if !bare {
            return Output::fail(1, "tag can't be used with --all-tags/-a\n");
        }
        keys = shell.terminal.docker.names();
        keys.retain(|key| cells(key).0 == own.repository() && !key.contains('@'));
    }
    let default = if bare && !all { "Using default tag: latest\n" } else { "" };
    let mut output = Output::print(format!("{default}The push refers to repository [{shown}]\n"));
    let none = format!("An image does not exist locally with the tag: {}", own.repository());
    if keys.is_empty() {
        return Output { stdout: output.stdout, ..Output::fail(1, format!("{none}\n")) };
    }
    for key in &keys {
        own.tag = cells(key).1.to_string();
        let pushed = match shell.terminal.docker.images.get(key) {
            Some(local) => {
                let built = local.built.clone();
                one(shell, &own, &built, &mut output.stdout)
            }
            None => Err(none.clone()),
        };
        if let Err(why) = pushed {
            output = Output { stdout: output.stdout, ..Output::fail(1, format!("{why}\n")) };
            break;
        }
    }
    if value(&given, "--quiet").is_some() {
        output.stdout = if output.status == 0 { format!("{}\n", own.full()) } else { String::new() };
    }
    output
}

/// Pushes one tag, as the daemon does of what is in its store. Errors: what docker says.
pub(super) fn one(shell: &mut Shell<'_>, own: &Reference, built: &Built, stdout: &mut String) -> Result<(), String> {
    for layer in built.layers.iter().rev() {
        stdout.push_str(&format!("{}: Preparing\n", short(&layer.digest)));
    }
    let told = |refused: Refused| refused.of_push(own);
    let open = open(shell, own).map_err(told)?;
    let built = &built.by_daemon();
    stdout.push_str(&upload(shell, &open, own, built).map_err(|error| told(Refused::of(&error)))?);
    stdout.push_str(&format!("{}: digest: {} size: {}\n", own.tag, built.digest, built.manifest.len()));
    let digest = format!("{}@{}", own.repository(), built.digest);
    if let Some(local) = shell.terminal.docker.images.get_mut(&own.key())
        && !local.digests.contains(&digest)
    {
        local.digests.push(digest);
    }
    Ok(())
}

/// The calls of a push: what became of each layer, the last one first.
fn upload(shell: &mut Shell<'_>, open: &Open, own: &Reference, built: &Built) -> Result<String, ApiError> {
    let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
    let pushed = client::push(&mut call, &own.path, Some(&own.tag), built)?;
    let mut fates = String::new();
    for (digest, before) in pushed.blobs.iter().rev().filter(|(digest, _)| *digest != built.config.digest) {
        let fate = if *before { "Layer already exists" } else { "Pushed" };
        fates.push_str(&format!("{}: {fate}\n", short(digest)));
    }
    Ok(fates)
}
