//! The public registries, and Docker Hub's limit of pulls.
//!
//! Docker Hub counts the manifests that a host fetches in six hours: 100 by its address, 200 by a personal account
//! (docs.docker.com/docker-hub/usage, read 2026-11-22). What is up to date is not fetched.

use super::config;
use super::login::HUB_TOKEN;
use super::name::Reference;
use super::registry::{Found, Refused};
use crate::ecr::docker::upstream;
use crate::ecs::image as catalogue;
use crate::shell::exec::Shell;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::ToString;

/// The time in which pulls are counted.
const WINDOW: SimDuration = SimDuration::from_secs(6 * 3600);
/// Pulls of one address in that time.
const ANONYMOUS: usize = 100;
/// Pulls of a personal account in that time.
const PERSONAL: usize = 200;

/// What stands under the name of a public image: of Docker Hub what the catalogue has, of others any, as a task takes it.
pub(super) fn look(shell: &Shell<'_>, own: &Reference) -> Result<Found, Refused> {
    if catalogue::size(&own.key()).is_none() {
        return Err(match catalogue::size(&own.repository()) {
            Some(_) => Refused::NoImage,
            None => Refused::Told("denied: requested access to the resource is denied".to_string()),
        });
    }
    let Some(digest) = &own.digest else { return Ok(Found::public(upstream(&own.key()), None)) };
    // The tags that this host has pulled, then the newest; any other digest is taken on trust, as a task takes it.
    let latest = format!("{}:latest", own.repository());
    let names = shell.terminal.docker.names();
    let tagged = names.iter().filter(|name| name.starts_with(&own.repository())).chain([&latest]);
    let known = tagged
        .map(|name| upstream(name))
        .find(|found| found.digest == *digest || found.images.iter().any(|(_, built)| built.digest == *digest));
    Ok(Found::public(known.unwrap_or_else(|| upstream(&own.key())), Some(digest)))
}

/// Counts a pull where Docker Hub does.
///
/// # Errors
/// The limit is reached.
pub(super) fn count(shell: &mut Shell<'_>, own: &Reference) -> Result<(), Refused> {
    if own.host.as_deref().is_some_and(|host| !host.ends_with("docker.io")) {
        return Ok(());
    }
    let now = shell.lab.now();
    let user = config::login(shell, "").filter(|own| own.password.starts_with(HUB_TOKEN)).map(|own| own.user);
    let docker = &mut shell.terminal.docker;
    // The prompt outlives a jump back in time.
    docker.pulls.retain(|at| *at <= now && now - *at < WINDOW);
    let most = if user.is_some() { PERSONAL } else { ANONYMOUS };
    if docker.pulls.len() < most {
        docker.pulls.push(now);
        return Ok(());
    }
    Err(Refused::Told(match user {
        None => {
            "toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"
                .to_string()
        }
        Some(user) => format!(
            "toomanyrequests: You have reached your pull rate limit as '{user}'. You may increase the limit by upgrading. \
             https://www.docker.com/increase-rate-limit"
        ),
    }))
}
