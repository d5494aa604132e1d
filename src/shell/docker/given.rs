//! What a new container gets of the host: its name and its ports.

use super::containers::{Container, refused};
use super::{Given, Output, value};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
