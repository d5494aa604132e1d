//! What a new container gets: its image, its name and its ports, and what options say of its configuration.

use super::containers::{Container, HOST_PLATFORM, refused};
use super::name::Reference;
use super::platform::Platform;
use super::show::found;
use super::{Given, Output, pull, value};
use crate::shell::exec::Shell;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const ADJECTIVES: [&str; 8] = ["amber", "brave", "calm", "eager", "gentle", "keen", "quiet", "swift"];
const NAMES: [&str; 8] = ["bell", "curie", "euler", "gauss", "hopper", "lovelace", "noether", "turing"];
/// The first port that docker takes by itself.
const EPHEMERAL: u16 = 32_768;

/// The name that is asked for, or one made up from the id; one that another has is refused.
pub(super) fn named(containers: &[Container], given: &Given, count: u32, id: &str) -> Result<String, Output> {
    let taken = |name: &str| containers.iter().find(|own| own.name == name);
    if let Some(name) = value(given, "--name") {
        let Some(other) = taken(name) else { return Ok(name.to_string()) };
        return Err(refused(&format!(
            "Error response from daemon: Conflict. The container name \"/{name}\" is already in use by container \"{}\". \
             You have to remove (or rename) that container to be able to reuse that name.",
            other.id
        )));
    }
    let seed = usize::from_str_radix(id.get(..4).unwrap_or_default(), 16).unwrap_or_default();
    let pick = |list: &[&'static str; 8], seed: usize| list.get(seed % 8).copied().unwrap_or_default();
    let drawn = format!("{}_{}", pick(&ADJECTIVES, seed), pick(&NAMES, seed / 8));
    Ok(if taken(&drawn).is_some() { format!("{drawn}{count}") } else { drawn })
}

/// Pulls an image that is not there, or any if the command line asks for that; what it tells.
pub(super) fn fetched(shell: &mut Shell<'_>, given: &Given, image: &str) -> Result<Output, Output> {
    let own = Reference::read(image).map_err(|why| refused(&why))?;
    let daemon = |why: &str| refused(&format!("Error response from daemon: {why}"));
    let wanted = value(given, "--platform").map(Platform::read).transpose().map_err(|why| daemon(&why))?;
    let wanted = wanted.map(|platform| platform.name());
    let there = found(shell, image).map(|(_, local)| local.platform.clone());
    let fits = there.as_ref().filter(|own| wanted.as_ref().is_none_or(|wanted| wanted == *own));
    let when = value(given, "--pull").unwrap_or("missing");
    if !["always", "missing", "never"].contains(&when) {
        let why = format!("invalid pull option: '{when}': must be one of \"always\", \"missing\" or \"never\"");
        return Err(refused(&why));
    }
    if let Some(platform) = fits.filter(|_| when != "always") {
        if wanted.is_some() || platform.starts_with(HOST_PLATFORM) {
            return Ok(Output::default());
        }
        let warning = "and no specific platform was requested";
        return Ok(Output::fail(
            0,
            format!(
                "WARNING: The requested image's platform ({platform}) does not match the detected host platform \
                 ({HOST_PLATFORM}) {warning}\n"
            ),
        ));
    }
    if when == "never" {
        return Err(daemon(&format!("No such image: {}", own.key())));
    }
    let mut told = String::new();
    if when == "missing" {
        told = format!("Unable to find image '{}' locally\n", own.key());
    }
    match pull::one(shell, &own, wanted.as_deref(), &mut told) {
        Ok(_) if value(given, "--quiet").is_some() => Ok(Output::default()),
        Ok(fresh) => {
            let status = if fresh { "Downloaded newer image" } else { "Image is up to date" };
            Ok(Output::fail(0, format!("{told}Status: {status} for {}\n", own.key())))
        }
        Err(why) => Err(Output::fail(0, told).then(daemon(&why))),
    }
}

/// Puts what options say of it into a configuration.
pub(super) fn shaped(config: &mut Value, given: &Given) {
    for (option, text) in given {
        match option.as_str() {
            "--workdir" => config["WorkingDir"] = text.as_str().into(),
            "--hostname" => config["Hostname"] = text.as_str().into(),
            "--stop-signal" => config["StopSignal"] = text.as_str().into(),
            "--label" => {
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                config["Labels"][name] = value.into();
            }
            _ => {}
        }
    }
}

/// The ports that a container publishes; one that another has is refused.
pub(super) fn published(
    containers: &[Container],
    given: &Given,
    now: SimTime,
    name: &str,
    id: &str,
) -> Result<Vec<(u16, u16)>, Output> {
    let running = containers.iter().filter(|own| own.ended(now).is_none());
    let mut taken: Vec<u16> = running.flat_map(|own| own.ports.iter().map(|(host, _)| *host)).collect();
    let mut ports = Vec::new();
    for (_, text) in given.iter().filter(|(name, _)| name == "--publish") {
        let mut parts = text.trim_end_matches("/tcp").rsplit(':');
        let inner = parts.next().unwrap_or_default();
        let inner: u16 = inner.parse().map_err(|_| refused(&format!("invalid containerPort: {inner}")))?;
        let host = match parts.next().filter(|host| !host.is_empty()) {
            Some(host) => host.parse().map_err(|_| refused(&format!("invalid hostPort: {host}")))?,
            None => (EPHEMERAL..=u16::MAX).find(|port| !taken.contains(port)).unwrap_or(EPHEMERAL),
        };
        if taken.contains(&host) {
            return Err(refused(&format!(
                "Error response from daemon: failed to set up container networking: driver failed programming external \
                 connectivity on endpoint {name} ({id}): Bind for 0.0.0.0:{host} failed: port is already allocated"
            )));
        }
        taken.push(host);
        ports.push((host, inner));
    }
    Ok(ports)
}
