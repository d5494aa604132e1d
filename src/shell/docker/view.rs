//! A container as `docker inspect` shows it.

use super::containers::Container;
use super::lives;
use crate::aws::object::{self, object};
use crate::ecs::startup;
use crate::shell::exec::Shell;
use crate::shell::web::Speaker;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The moment that stands for none.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

/// The container of a name; none where there is no such container.
pub(super) fn of(shell: &Shell<'_>, name: &str) -> Option<Value> {
    let at = lives::place(shell, name).ok()?;
    let own = shell.terminal.docker.containers.get(at)?;
    let words = own.invocation();
    let mut config = object!({ "Hostname": own.host(), "Image": own.image.as_str() });
    for (name, value) in own.config.as_object().into_iter().flatten() {
        config[name.as_str()] = value.clone();
    }
    config["Env"] = own.environment.as_array().into_iter().flatten().map(variable).collect();
    let bindings = published(own);
    let mut host = own.settings.host.clone();
    host["PortBindings"] = Value::Object(bindings.clone());
    Some(object!({
        "Id": own.id.as_str(),
        "Created": own.made.to_string(),
        "Path": words.first().cloned().unwrap_or_default(),
        "Args": words.get(1..).unwrap_or_default().to_vec(),
        "State": state(shell, own),
        "Image": own.image_id.as_str(),
        "Name": format!("/{}", own.name),
        "RestartCount": 0,
        "Driver": "overlay2",
        "Platform": "linux",
        "HostConfig": host,
        "Mounts": own.settings.shown(),
        "Config": config,
        "NetworkSettings": network(shell, own, bindings),
    }))
}

fn variable(own: &Value) -> Value {
    let text = |name: &str| own[name].as_str().unwrap_or_default();
    format!("{}={}", text("name"), text("value")).into()
}

/// `running` or `exited`.
pub(super) fn status(shell: &Shell<'_>, own: &Container) -> &'static str {
    if own.ended(shell.lab.now()).is_some() { "exited" } else { "running" }
}

fn state(shell: &Shell<'_>, own: &Container) -> Value {
    let ended = own.ended(shell.lab.now());
    object!({
        "Status": status(shell, own),
        "Running": ended.is_none(),
        "Paused": false,
        "Restarting": false,
        "OOMKilled": false,
        "Dead": false,
        "Pid": if ended.is_none() { 2_000 + own.place * 10 } else { 0 },
        "ExitCode": ended.map_or(0, |(_, code)| code),
        "Error": "",
        "StartedAt": own.since.to_string(),
        "FinishedAt": ended.map_or_else(|| NEVER.to_string(), |(at, _)| at.to_string()),
    })
}

/// The ports that it publishes, as docker binds them.
fn published(own: &Container) -> Map<String, Value> {
    let mut all = Map::new();
    for (host, inner) in &own.ports {
        let binding = object!({ "HostIp": "0.0.0.0", "HostPort": host.to_string() });
        let list = all.entry(format!("{inner}/tcp")).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().into_iter().for_each(|list| list.push(binding.clone()));
    }
    all
}

fn network(shell: &Shell<'_>, own: &Container, bindings: Map<String, Value>) -> Value {
    let runs = own.ended(shell.lab.now()).is_none();
    let mut ports: Map<String, Value> = Map::new();
    if runs {
        ports.extend(
            own.config["ExposedPorts"].as_object().into_iter().flatten().map(|(port, _)| (port.clone(), Value::Null)),
        );
        ports.extend(bindings);
    }
    let bridged = own.settings.is_bridged();
    let there = |text: String| if runs && bridged { text } else { String::new() };
    let address = there(own.address());
    let gateway = there("172.17.0.1".to_string());
    let bridge = object!({
        "Gateway": gateway.as_str(),
        "IPAddress": address.as_str(),
        "IPPrefixLen": if runs && bridged { 16 } else { 0 },
    });
    object!({
        "Ports": Value::Object(ports),
        "Gateway": gateway.as_str(),
        "IPAddress": address.as_str(),
        "Networks": object::of(alloc::vec![(if bridged { "bridge" } else { "none" }, bridge)]),
    })
}

/// Who answers at one of a container's own ports; nobody where it does not listen. An image that exposes no port listens where
/// it is asked.
fn answers(own: &Container, port: u16, now: SimTime) -> Option<Speaker> {
    let ports = own.config["ExposedPorts"].as_object();
    let exposed = ports.is_none_or(|ports| ports.contains_key(&format!("{port}/tcp")));
    let listens = exposed && own.program.serves.is_some_and(|boots| own.since + boots <= now);
    listens.then(|| Speaker {
        who: format!("container {} ({})", own.name, own.image),
        welcome: startup::welcome(&own.image),
        files: own.served(),
    })
}

/// Who answers at a port of this host: none when nothing has published it, and nobody within when the container does not
/// listen there.
pub(in crate::shell) fn at_port(shell: &Shell<'_>, port: u16) -> Option<Option<Speaker>> {
    let now = shell.lab.now();
    let mut running = shell.terminal.docker.containers.iter().filter(|own| own.ended(now).is_none());
    let (own, inner) = running.find_map(|own| {
        let (_, inner) = own.ports.iter().find(|(host, _)| *host == port)?;
        Some((own, *inner))
    })?;
    Some(answers(own, inner, now))
}

/// Who answers at a port of its own in a container.
pub(in crate::shell) fn within(shell: &Shell<'_>, id: &str, port: u16) -> Option<Speaker> {
    let now = shell.lab.now();
    answers(shell.terminal.docker.containers.iter().find(|own| own.id == id)?, port, now)
}
