//! `docker pull`.

use super::build::library;
use super::name::Reference;
use super::platform::Platform;
use super::registry::{image, is_local, look, open};
use super::show::short;
use super::{Local, Output, daemon, hub, options, takes, value};
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

pub(super) fn pull(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("pull", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name] = names.as_slice() else { return takes("pull", "1 argument") };
    let own = match Reference::read(name) {
        Ok(own) => own,
        Err(why) => return Output::fail(1, format!("{why}\n")),
    };
    let wanted = match value(&given, "--platform").map(Platform::read) {
        Some(Err(why)) => return daemon(&why),
        Some(Ok(platform)) => Some(platform.name()),
        None => None,
    };
    let all = value(&given, "--all-tags").is_some();
    let bare = own.digest.is_none() && !name.rsplit('/').next().unwrap_or_default().contains(':');
    if all && !bare {
        return Output::fail(1, "tag can't be used with --all-tags/-a\n");
    }
    let mut told = if bare && !all { "Using default tag: latest\n".to_string() } else { String::new() };
    let (done, last) = match all {
        true => (every(shell, &own, wanted.as_deref(), &mut told), own.repository()),
        false => (one(shell, &own, wanted.as_deref(), &mut told), own.key()),
    };
    let quiet = value(&given, "--quiet").is_some();
    match done {
        Err(why) if quiet => daemon(&why),
        Err(why) => Output { stdout: told, ..daemon(&why) },
        Ok(_) if quiet => Output::print(format!("{}\n", own.full())),
        Ok(fresh) => {
            let status = if fresh { "Downloaded newer image for" } else { "Image is up to date for" };
            let full = own.full();
            let full = if all { full.strip_suffix(":latest").unwrap_or(&full) } else { &full };
            Output::print(format!("{told}Status: {status} {last}\n{full}\n"))
        }
    }
}

/// Pulls every tag of a repository of ECR; whether the name got another image. Errors: what the daemon says.
fn every(shell: &mut Shell<'_>, own: &Reference, wanted: Option<&str>, told: &mut String) -> Result<bool, String> {
    if own.is_public() {
        return Err("ECS Lab does not know all tags of a public repository: pull them by name".to_string());
    }
    let open = open(shell, own).map_err(|refused| refused.of_pull(own))?;
    let tags = open.tags(shell, &own.path).map_err(|refused| refused.of_pull(own))?;
    let mut fresh = false;
    for tag in tags {
        fresh |= one(shell, &Reference { tag, ..own.clone() }, wanted, told)?;
    }
    Ok(fresh)
}

/// Pulls one image; whether the name got another image. Errors: what the daemon says.
pub(super) fn one(
    shell: &mut Shell<'_>,
    own: &Reference,
    wanted: Option<&str>,
    told: &mut String,
) -> Result<bool, String> {
    let platform = wanted.unwrap_or("linux/amd64");
    let found = look(shell, own).map_err(|refused| refused.of_pull(own))?;
    let (built, platform) = image(shell, own, &found, platform).map_err(|refused| refused.of_pull(own))?;
    if platform.starts_with("windows/") {
        return Err("image operating system \"windows\" cannot be used on this platform".to_string());
    }
    let old = shell.terminal.docker.images.get(&own.key());
    // The store knows an image by its configuration, however a registry wraps it.
    let fresh = old.is_none_or(|old| old.built.config.digest != built.config.digest);
    if fresh && own.is_public() {
        hub::count(shell, own).map_err(|refused| refused.of_pull(own))?;
    }
    let shown = if own.host.is_some() { own.path.clone() } else { library(&own.path) };
    told.push_str(&format!("{}: Pulling from {shown}\n", own.digest.as_deref().unwrap_or(&own.tag)));
    if !is_local(shell, &built.config.digest) {
        for layer in &built.layers {
            let there = is_local(shell, &layer.digest);
            let fate = if there { "Already exists" } else { "Pull complete" };
            told.push_str(&format!("{}: {fate}\n", short(&layer.digest)));
        }
    }
    told.push_str(&format!("Digest: {}\n", found.digest));
    if let Some(wanted) = wanted.filter(|wanted| *wanted != platform) {
        let key = own.key();
        told.push_str(&format!(
            "WARNING: image with reference {key} was found but its platform ({platform}) does not match the specified platform \
             ({wanted})\n"
        ));
    }
    let digests = alloc::vec![format!("{}@{}", own.repository(), found.digest)];
    let local = Local { built: Rc::new(built), made: shell.lab.now(), platform, digests };
    shell.terminal.docker.put(own.key(), local);
    Ok(fresh)
}
