//! The containers that an instance's docker has: those of its tasks, and the agent's.

use super::Output;
use super::daemon;
use super::host::{ports, up};
use super::inspect::catalogued;
use super::ps::Row;
use super::show::ago;
use crate::aws::object::object;
use crate::ecs::containers::Invocation;
use crate::ecs::limits::Limit;
use crate::ecs::{Task, TaskStatus, containers, instance};
use crate::event::{Ec2Id, FactKind, HexId, TaskKey};
use crate::lab::{ApiCall, Lab};
use crate::shell::exec::Shell;
use crate::shell::visit;
use crate::sim::{SimTime, draw, order};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The name of the agent's container, and its image.
const AGENT: &str = "ecs-agent";
const AGENT_IMAGE: &str = "amazon/amazon-ecs-agent:latest";

/// A container of an instance.
pub(super) struct Hosted {
    /// As it is listed.
    pub(super) row: Row,
    /// What it runs.
    pub(super) words: Vec<String>,
    /// When it ended.
    pub(super) ended: Option<SimTime>,
    /// Of which task it is; none of the agent's.
    pub(super) part: Option<Part>,
}

/// What a container is of its task.
pub(super) struct Part {
    pub(super) key: TaskKey,
    /// Its place in the definition.
    pub(super) index: usize,
    /// Its name there.
    pub(super) name: String,
    /// As DescribeTasks shows it.
    pub(super) shown: Value,
    /// The ARN of its task.
    pub(super) task: String,
}

/// All that are there, those that were made last first: what ended stays until the agent cleans up behind its tasks.
pub(super) fn all(shell: &Shell<'_>) -> Vec<Hosted> {
    let (lab, now) = (&*shell.lab, shell.lab.now());
    let mut found: Vec<Hosted> = Vec::new();
    if let Some(own) = visit::here(shell) {
        let ecs = lab.world().ecs();
        let kept = own.limits.get(Limit::TaskCleanup);
        let stays = |task: &&Task| {
            let ended = task.stop.as_ref().and_then(|stop| stop.execution_stopped);
            task.instance == Some(own.key.id)
                && (task.status != TaskStatus::Stopped || ended.is_some_and(|at| at + kept > now))
        };
        let mut tasks: Vec<&Task> = ecs.tasks(own.key.cluster).filter(stays).collect();
        order::sort_by(&mut tasks, |left, right| right.times.started.cmp(&left.times.started));
        found.extend(tasks.into_iter().flat_map(|task| of_task(lab, task, now)));
    }
    found.extend(visit::id(shell.terminal).and_then(|id| agent(lab, id, now)));
    found
}

/// The container of a name, or of the start of an id.
pub(super) fn find(shell: &Shell<'_>, name: &str) -> Result<Hosted, Output> {
    let own = all(shell).into_iter().find(|own| own.row.id.starts_with(name) || own.row.name == name);
    own.ok_or_else(|| daemon(&format!("No such container: {name}")))
}

fn of_task(lab: &Lab, task: &Task, now: SimTime) -> Vec<Hosted> {
    let cluster = instance::cluster_name(lab.world().ecs(), task.key.cluster);
    let id = task.key.id.to_string();
    let input = object!({ "cluster": cluster, "tasks": alloc::vec![id.clone()] });
    let reply = lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).unwrap_or_default();
    let described = &reply["tasks"][0];
    let since = task.times.started.unwrap_or(now);
    let stopped = |name: &str| {
        let whole = task.stop.as_ref().and_then(|stop| stop.execution_stopped);
        whole.or_else(|| {
            let fits = |kind: &FactKind| matches!(kind, FactKind::Container { task, container, status: "STOPPED", .. } if *task == id && container == name);
            lab.facts().rev().find(|fact| fits(&fact.kind)).map(|fact| fact.at)
        })
    };
    let one = |container: &Value| -> Option<Hosted> {
        let text = |name: &str| container[name].as_str().unwrap_or_default();
        let (name, runtime) = (text("name"), text("runtimeId"));
        let core = &task.definition.registration.core.containers;
        let index = core.iter().position(|own| &*own.name == name)?;
        let started = task.containers.as_ref().and_then(|runs| runs.get(index)?.started).unwrap_or(since);
        let code = container["exitCode"].as_u64().and_then(|code| u8::try_from(code).ok());
        let ended = match text("lastStatus") {
            _ if runtime.is_empty() => return None,
            "RUNNING" => None,
            "STOPPED" => Some(stopped(name).unwrap_or(now)),
            _ => return None,
        };
        let invocation = containers::invocation(task, name);
        let words = words(&invocation).concat();
        let definition = task.definition.name().replace(':', "-");
        let code = code.or(ended.map(|_| containers::LOST));
        let row = Row {
            id: runtime.to_string(),
            image: text("image").to_string(),
            command: words.join(" "),
            made: since,
            status: match ended {
                Some(at) => format!("Exited ({}) {}", code.unwrap_or_default(), ago(at, now)),
                None => up(started, now, text("healthStatus")),
            },
            state: if ended.is_some() { "exited" } else { "running" },
            code: code.filter(|_| ended.is_some()),
            ports: if ended.is_some() { String::new() } else { ports(&container["networkBindings"]) },
            name: format!("ecs-{definition}-{name}-{}", runtime.get(12..32).unwrap_or_default()),
        };
        let arn = described["taskArn"].as_str().unwrap_or_default().to_string();
        let part = Part { key: task.key, index, name: name.to_string(), shown: container.clone(), task: arn };
        Some(Hosted { row, words, ended, part: Some(part) })
    };
    described["containers"].as_array().into_iter().flatten().filter_map(one).collect()
}

/// The entry point and the command with which docker starts a container: those of its image where its task names none, of
/// which the command counts only behind the entry point of the image.
pub(super) fn words(invocation: &Invocation<'_>) -> [Vec<String>; 2] {
    let list = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    let own = [list(&invocation.entry_point), list(&invocation.command)];
    let Some(image) = catalogued(invocation.image).filter(|_| own[0].is_empty()) else { return own };
    let of_image = |member: &str| -> Vec<String> {
        let words = image[member].as_array().into_iter().flatten();
        words.filter_map(Value::as_str).map(ToString::to_string).collect()
    };
    let [_, command] = own;
    [of_image("Entrypoint"), if command.is_empty() { of_image("Cmd") } else { command }]
}

/// The agent's own container, which its launcher starts.
fn agent(lab: &Lab, id: Ec2Id, now: SimTime) -> Option<Hosted> {
    let (since, ended) = visit::logs::life(lab, id)?;
    let part = |part: u64| u128::from(draw::draw(id.0, 0, "agent-container", part));
    let wide = |first: u64| HexId::new(part(first) << 64 | part(first + 1));
    let row = Row {
        id: format!("{}{}", wide(0), wide(2)),
        image: AGENT_IMAGE.to_string(),
        command: "/agent".to_string(),
        made: since,
        status: match ended {
            Some(at) => format!("Exited (0) {}", ago(at, now)),
            None => up(since, now, "HEALTHY"),
        },
        state: if ended.is_some() { "exited" } else { "running" },
        code: ended.map(|_| 0),
        ports: String::new(),
        name: AGENT.to_string(),
    };
    Some(Hosted { words: alloc::vec![row.command.clone()], row, ended, part: None })
}
