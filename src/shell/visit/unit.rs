//! The agent as a unit of systemd. `systemctl start` and `restart` wait until the agent is up: that time passes in the lab.

use super::{CHECKPOINT, CONFIG, here, written};
use crate::aws::object::object;
use crate::ecs::{config, timing};
use crate::lab::{ApiCall, Command};
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const UNIT: &str = "Amazon Elastic Container Service - container agent";

/// The verbs of `systemctl` that the lab knows.
const VERBS: [&str; 6] = ["is-active", "reload-or-restart", "restart", "start", "status", "stop"];

/// The words that may stand behind `systemctl` or `service` and so many others, for completion.
pub(in crate::shell) fn words(command: &str, count: usize) -> impl Iterator<Item = &'static str> {
    let all: &[&str] = match (command, count) {
        ("systemctl", 0) | ("service", 1) => &VERBS,
        (_, 0 | 1) => &["ecs"],
        _ => &[],
    };
    all.iter().copied()
}

/// `systemctl VERB ecs`.
pub(super) fn systemctl(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let named: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let unit = |name: &str| name.strip_suffix(".service").unwrap_or(name) == "ecs";
    match named.as_slice() {
        ["restart" | "reload-or-restart" | "start", name] if unit(name) => restart(shell),
        ["stop", name] if unit(name) => stop(shell),
        ["status" | "is-active", name] if unit(name) => status(shell, named.first() == Some(&"is-active")),
        [verb, _] => {
            Output::fail(1, format!("ECS Lab: systemctl {verb} is there for ecs alone: start, stop, restart, status\n"))
        }
        _ => Output::fail(1, "ECS Lab: systemctl takes start, stop, restart or status, and ecs\n"),
    }
}

fn apply(shell: &mut Shell<'_>, operation: &str, input: Value) -> Output {
    match shell.lab.apply(Command::Api(ApiCall::new("lab", operation, input))) {
        Ok(_) => Output::default(),
        Err(error) => Output::fail(1, format!("ECS Lab: {}\n", error.message)),
    }
}

/// The agent starts anew and reads its file. The lab adds lines to what the agent has; it takes none away.
fn restart(shell: &mut Shell<'_>) -> Output {
    let Some(visit) = &shell.terminal.visit else { return Output::default() };
    let (id, saved) = (visit.id, visit.saved);
    let text = shell.terminal.files.read(CONFIG).unwrap_or_default().to_string();
    let added = match text.strip_prefix(visit.read.as_str()) {
        Some(added) => added.to_string(),
        None => {
            let keys: Vec<&str> = config::settings(&text).map(|(key, _)| key).collect();
            let gone = config::settings(&visit.read).map(|(key, _)| key).find(|key| !keys.contains(key));
            if let Some(key) = gone {
                let why =
                    format!("ECS Lab: a setting of {CONFIG} can be given another value, and not be taken out: {key}\n");
                return Output::fail(1, why);
            }
            text
        }
    };
    let mut input = object!({ "instanceId": id.to_string() });
    if !added.trim().is_empty() {
        input["config"] = added.into();
    }
    if saved && shell.terminal.files.read(CHECKPOINT).is_none() {
        input["deleteCheckpoint"] = true.into();
    }
    let output = apply(shell, "Agent", input);
    if output.status == 0 {
        drop(shell.pass(timing::AGENT_RESTART));
    }
    // The file stays as it was written: the lab's view of it only grew.
    if output.status == 0
        && let Some(now) = shell.lab.world().ec2().get(id).map(written)
        && let Some(visit) = &mut shell.terminal.visit
    {
        visit.read = now;
        visit.saved = shell.lab.world().ecs().is_registered(id);
    }
    output
}

fn stop(shell: &mut Shell<'_>) -> Output {
    let Some(visit) = &shell.terminal.visit else { return Output::default() };
    let id = visit.id.to_string();
    if here(shell).is_none() {
        return Output::fail(1, "ECS Lab: an agent that did not register cannot be stopped\n");
    }
    let agent = object!({ "instanceId": id, "connected": false });
    apply(shell, "Fault", object!({ "agent": agent }))
}

fn status(shell: &Shell<'_>, short: bool) -> Output {
    let (word, state, status) = match here(shell) {
        Some(own) if own.host.agent_connected => ("active", "active (running)", 0),
        Some(_) => ("inactive", "inactive (dead)", 3),
        None if short => ("activating", "", 3),
        None => {
            let why = "ECS Lab: the agent of this instance did not register; the fleet view tells why\n";
            return Output::fail(3, why);
        }
    };
    let text = if short { format!("{word}\n") } else { format!("● ecs.service - {UNIT}\n     Active: {state}\n") };
    Output { status, ..Output::print(text) }
}
