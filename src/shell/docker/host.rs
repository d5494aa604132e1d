//! The docker of an instance: what runs as tasks, and the images that it holds.

use super::name::{Reference, cells};
use super::ps::{Row, listed};
use super::show::{ago, columns};
use super::{lives, system};
use crate::aws::object::object;
use crate::ecs::{containers, instance};
use crate::event::TaskKey;
use crate::lab::ApiCall;
use crate::shell::exec::Shell;
use crate::shell::inside;
use crate::shell::terminal::Output;
use crate::shell::visit;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// `docker VERB` on an instance.
pub(in crate::shell) fn run(shell: &mut Shell<'_>, given: &[String], input: &str) -> Output {
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ps", ..] => ps(shell, given.get(1..).unwrap_or_default()),
        ["container", "ls", ..] => ps(shell, given.get(2..).unwrap_or_default()),
        ["images"] | ["image", "ls"] => Output::print(columns(&images_of(shell))),
        ["exec", ..] => lives::exec(shell, given.get(1..).unwrap_or_default(), input, running),
        ["version", ..] => system::version(given.get(1..).unwrap_or_default()),
        ["--version" | "-v"] => system::short(),
        _ => {
            let why = "ECS Lab: of an instance's docker there are docker ps, docker exec and docker images; tasks are started and \
                       stopped by aws ecs\n";
            Output::fail(1, why)
        }
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(ToString::to_string).collect()
}

/// A container of the instance that runs, by the start of its id or its name.
fn running(shell: &Shell<'_>, name: &str) -> Result<inside::Container, Output> {
    let own = containers_of(shell).into_iter().find(|(row, ..)| row.id.starts_with(name) || row.name == name);
    let own = own.and_then(|(_, key, name)| inside::Container::of_task(shell.lab, key, &name));
    own.ok_or_else(|| super::daemon(&format!("No such container: {name}")))
}

/// `docker ps` of what runs.
fn ps(shell: &Shell<'_>, words: &[String]) -> Output {
    let rows = containers_of(shell).into_iter().map(|(row, ..)| row).collect();
    listed(rows, words, shell.lab.now()).unwrap_or_else(|output| output)
}

/// The running containers, those of the task that started last first, each with its task and its name there.
fn containers_of(shell: &Shell<'_>) -> Vec<(Row, TaskKey, String)> {
    let mut rows = Vec::new();
    let own = visit::here(shell);
    let Some(own) = own else { return rows };
    let ecs = shell.lab.world().ecs();
    let now = shell.lab.now();
    let mut tasks = instance::tasks_on(ecs, own.key);
    let started = |key| ecs.task(key).and_then(|task| task.times.started);
    crate::sim::order::sort_by(&mut tasks, |left, right| started(*right).cmp(&started(*left)));
    for key in tasks {
        let Some(task) = ecs.task(key) else { continue };
        let cluster = instance::cluster_name(ecs, key.cluster);
        let input = object!({ "cluster": cluster, "tasks": alloc::vec![key.id.to_string()] });
        let reply = shell.lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).unwrap_or_default();
        let since = task.times.started.unwrap_or(now);
        for container in reply["tasks"][0]["containers"].as_array().into_iter().flatten() {
            let text = |name: &str| container[name].as_str().unwrap_or_default();
            let id = text("runtimeId");
            if text("lastStatus") != "RUNNING" || id.is_empty() {
                continue;
            }
            let invocation = containers::invocation(task, text("name"));
            let words: Vec<&str> = invocation.entry_point.iter().chain(&invocation.command).copied().collect();
            let definition = task.definition.name().replace(':', "-");
            let name = format!("ecs-{definition}-{}-{}", text("name"), id.get(12..32).unwrap_or_default());
            let shown = Row {
                id: id.to_string(),
                image: text("image").to_string(),
                command: words.join(" "),
                made: since,
                status: up(since, now, text("healthStatus")),
                state: "running",
                code: None,
                ports: ports(&container["networkBindings"]),
                name,
            };
            rows.push((shown, key, text("name").to_string()));
        }
    }
    rows
}

/// A command in quotes, cut after 20 signs as docker cuts it; the image's own is not known.
pub(super) fn shortened(command: &str) -> String {
    let signs: Vec<char> = command.chars().collect();
    match signs.get(..19) {
        Some(start) if signs.len() > 20 => format!("\"{}…\"", start.iter().collect::<String>()),
        _ => format!("\"{command}\""),
    }
}

pub(super) fn up(since: SimTime, now: SimTime, health: &str) -> String {
    let span = ago(since, now);
    let span = span.strip_suffix(" ago").unwrap_or(&span);
    let health = match health {
        "HEALTHY" => " (healthy)",
        "UNHEALTHY" => " (unhealthy)",
        _ => "",
    };
    format!("Up {span}{health}")
}

fn ports(bindings: &Value) -> String {
    let one = |own: &Value| match own["hostPort"].as_u64() {
        Some(host) => format!("0.0.0.0:{host}->{}/{}", own["containerPort"], own["protocol"].as_str().unwrap_or("tcp")),
        None => {
            let range = |name: &str| own[name].as_str().unwrap_or_default();
            format!("0.0.0.0:{}->{}/tcp", range("hostPortRange"), range("containerPortRange"))
        }
    };
    bindings.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

/// The images by name; what they weigh the lab does not know.
fn images_of(shell: &Shell<'_>) -> Vec<Vec<String>> {
    let mut rows = alloc::vec![row(["REPOSITORY", "TAG"])];
    let own = visit::here(shell);
    for name in own.into_iter().flat_map(|own| own.images.keys()) {
        let key = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
        let (repository, tag) = cells(&key);
        rows.push(row([repository, tag]));
    }
    rows
}
