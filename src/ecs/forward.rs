//! Who takes on what a container sends to a log router (LG-01): the router beside it in its task, or one that listens at a
//! port of its host.
//!
//! Sources: [AGENT:agent/taskresource/firelens], Docker's manual of the driver `fluentd`, read 2026-11-22.

use super::application::serves;
use super::containers::Phase;
use super::roles;
use super::taskdef::{Container, Forward, NetworkMode};
use super::{Ecs, LaunchType, Task, TaskStatus};
use crate::iam::Need;
use crate::logs;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// A container that routes: its task and its place there.
pub type Router<'a> = (&'a Task, usize);

/// The router that takes on what a container writes now; none where nobody does. Whoever stands at another address than the
/// host's own is not looked for.
pub fn router<'a>(ecs: &'a Ecs, task: &'a Task, forward: &Forward) -> Option<Router<'a>> {
    match forward {
        Forward::FireLens => firelens(task).filter(|index| serves(task, *index)).map(|index| (task, index)),
        Forward::Socket { address, .. } => listener(ecs, task, port_here(address)?),
    }
}

/// The place of a task's FireLens container.
pub fn firelens(task: &Task) -> Option<usize> {
    let containers = task.definition.registration.document["containerDefinitions"].as_array()?;
    containers.iter().position(|own| own["firelensConfiguration"].is_object())
}

/// The port of an address of the host itself.
fn port_here(address: &str) -> Option<u16> {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "24224"));
    let here = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "172.17.0.1"].contains(&host);
    port.parse().ok().filter(|_| here)
}

/// The container that listens at a port of a task's host.
fn listener<'a>(ecs: &'a Ecs, task: &Task, port: u16) -> Option<Router<'a>> {
    let host = task.host()?;
    let others = ecs.tasks(task.key.cluster).filter(|other| other.host() == Some(host) && other.key != task.key);
    others.filter(|other| other.status < TaskStatus::Stopped).find_map(|other| {
        let core = &other.definition.registration.core;
        let runs = |index: &usize| {
            let own = other.containers.as_deref().and_then(|all| all.get(*index));
            own.is_some_and(|run| run.phase == Phase::Running)
        };
        let open = |index: usize, own: &Container| match core.network_mode {
            NetworkMode::Host => own.routes,
            NetworkMode::Bridge => other
                .bindings
                .iter()
                .any(|binding| usize::from(binding.container) == index && binding.host_port == port),
            NetworkMode::Awsvpc | NetworkMode::None => false,
        };
        let mut all = core.containers.iter().enumerate();
        let found = all.find(|(index, own)| own.routes && open(*index, own) && runs(index));
        found.map(|(index, _)| (other, index))
    })
}

/// Why the container at a place of its definition cannot start: its log driver finds nobody, or FireLens has no configuration
/// for it.
pub fn refusal(ecs: &Ecs, task: &Task, index: usize, now: SimTime) -> Option<String> {
    let container = task.definition.registration.core.containers.get(index)?;
    let routes = container.routes && firelens(task) == Some(index);
    let unconfigured = || unconfigured(ecs, task, index, now).filter(|_| routes);
    unreached(ecs, task, container).or_else(unconfigured)
}

/// With which exit code the router at a place of a task's definition ends as soon as it starts; none where it runs.
pub fn exit_code(ecs: &Ecs, task: &Task, index: usize) -> Option<u8> {
    let routes = task.definition.registration.core.containers.get(index).is_some_and(|own| own.routes);
    let code = || logs::exit_code(ecs, &ecs.objects, ecs.account(), task, index);
    if routes { code() } else { None }
}

/// Why the agent cannot write the configuration of a FireLens container.
fn unconfigured(ecs: &Ecs, task: &Task, index: usize, now: SimTime) -> Option<String> {
    let containers = &task.definition.registration.document["containerDefinitions"];
    let router = &containers[index]["firelensConfiguration"];
    let (kind, options) = (router["type"].as_str().unwrap_or_default(), &router["options"]);
    let file = options["config-file-value"].as_str().filter(|_| options["config-file-type"] == "s3");
    let output = if kind == "fluentd" { "@type" } else { "Name" };
    let lacks_output = |own: &&Value| {
        let logging = &own["logConfiguration"];
        let mut named = logging["options"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        logging["logDriver"] == "awsfirelens" && logging["options"][output].is_null() && named.any(is_of_output)
    };
    let why = match file.and_then(|arn| unfetched(ecs, task, arn, now)) {
        Some(why) => format!("unable to download firelens s3 config file: {why}"),
        None => {
            let own = containers.as_array()?.iter().find(lacks_output)?;
            format!(
                "unable to generate firelens config file: unable to generate firelens config: unable to apply log options \
                 of container {} to firelens config: missing output key {output} which is required for firelens \
                 configuration of type {kind}",
                own["name"].as_str().unwrap_or_default()
            )
        }
    };
    let kind = if task.launch == LaunchType::Fargate { "ResourceInitializationError: " } else { "" };
    Some(format!("{kind}{why}"))
}

/// Whether an option of a container's log configuration is one of the output plugin.
fn is_of_output(name: &str) -> bool {
    !["include-pattern", "exclude-pattern", "log-driver-buffer-limit"].contains(&name)
}

/// Why the agent cannot fetch a configuration from S3.
fn unfetched(ecs: &Ecs, task: &Task, arn: &str, now: SimTime) -> Option<String> {
    let Some((bucket, key)) = arn.split_once(":::").and_then(|(_, rest)| rest.split_once('/')) else {
        return Some(format!("unable to parse bucket and key from s3 arn: invalid s3 arn: {arn}"));
    };
    let why = match roles::execution_may(ecs, task, now, &Need::new("s3:GetObject", arn)) {
        Err(None) => return Some(String::from("unable to get execution role credentials")),
        Err(Some(why)) => format!("AccessDenied: {why} status code: 403"),
        Ok(()) => {
            let missing = ecs.objects.object(bucket, key).err()?;
            format!("{}: {} status code: 404", missing.code, missing.message)
        }
    };
    Some(format!("unable to download s3 config {key} from bucket {bucket}: {why}"))
}

/// Why Docker cannot start a container: nobody listens where its driver connects to, and it was not told to wait.
fn unreached(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    let Some(forward @ Forward::Socket { address, waits: false }) = &container.forward else { return None };
    let why = match address.strip_prefix("unix://") {
        Some(path) => format!("dial unix {path}: connect: no such file or directory"),
        None => {
            let port = port_here(address).filter(|_| router(ecs, task, forward).is_none())?;
            match task.definition.registration.core.is_windows() {
                true => format!(
                    "dial tcp [::1]:{port}: connectex: No connection could be made because the target machine actively \
                     refused it."
                ),
                false => format!("dial tcp 127.0.0.1:{port}: connect: connection refused"),
            }
        }
    };
    Some(format!("CannotStartContainerError: Error response from daemon: failed to initialize logging driver: {why}"))
}
