//! What the containers of a task write to CloudWatch Logs with the driver `awslogs` (3.9). It follows from the definition
//! and the moments of the task, so nothing is kept.

use super::containers::{host_name, invocation};
use super::describe_task::runtime_id;
use super::taskdef::Container;
use super::{Ecs, Task, program};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The stream of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStream {
    /// The container.
    pub container: String,
    /// `awslogs-group`.
    pub group: String,
    /// Its name (LG-04).
    pub stream: String,
    /// Since when it is there: the container's start.
    pub since: SimTime,
    /// What the container wrote, as far as its command tells.
    pub lines: Vec<(SimTime, String)>,
}

/// The streams of a task in a Region up to a moment, one for each container that started and logs with `awslogs`.
pub fn streams(region: &str, task: &Task, now: SimTime) -> Vec<LogStream> {
    let containers = task.definition.registration.document["containerDefinitions"].as_array();
    let each = containers.into_iter().flatten().enumerate();
    each.filter_map(|(index, container)| stream(region, task, index, container, now)).collect()
}

/// The log groups that the containers of a task write to and that are not there, each once; the driver makes none of them
/// by itself (LG-06).
pub fn missing_groups<'a>(ecs: &Ecs, task: &'a Task) -> Vec<&'a str> {
    let mut missing: Vec<&str> = Vec::new();
    for container in task.definition.registration.core.containers.iter().filter(|own| lacks_group(ecs, own)) {
        let group = container.log_group.as_ref().map(|(group, _)| group.as_str());
        missing.extend(group.filter(|group| !missing.contains(group)));
    }
    missing
}

/// Whether the log driver of a container cannot find its group (LG-06).
pub(super) fn lacks_group(ecs: &Ecs, container: &Container) -> bool {
    container.log_group.as_ref().is_some_and(|(group, creates)| !creates && !ecs.log_groups.contains(group))
}

fn stream(region: &str, task: &Task, index: usize, container: &Value, now: SimTime) -> Option<LogStream> {
    let logging = &container["logConfiguration"];
    let option = |name: &str| logging["options"][name].as_str();
    let (group, _) = task.definition.registration.core.containers.get(index)?.log_group.as_ref()?;
    let Output { since, lines } = output(region, task, index, now)?;
    let name = container["name"].as_str().unwrap_or_default();
    let stream = match option("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{name}/{}", task.key.id),
        None => runtime_id(task, index),
    };
    Some(LogStream { container: name.to_string(), group: group.clone(), stream, since, lines })
}

/// What a container wrote, as far as its command tells.
pub struct Output {
    /// When it started.
    pub since: SimTime,
    /// Each line with its moment.
    pub lines: Vec<(SimTime, String)>,
}

/// What a container wrote up to a moment, by its place in the definition of a task in a Region; none if it has not started.
pub fn output(region: &str, task: &Task, index: usize, now: SimTime) -> Option<Output> {
    let own = task.definition.registration.core.containers.get(index)?;
    let run = task.containers.as_ref().and_then(|runs| runs.get(index));
    let since = run.map_or(task.times.started, |run| run.started)?;
    let invoked = invocation(task, &own.name);
    let end = task.stop.as_ref().and_then(|stop| stop.execution_stopped);
    let until = end.map_or(now, |end| end.min(now));
    let host = host_name(region, task, index);
    let scene = program::Scene { host: &host, since, told: run.and_then(|run| run.told) };
    let lines = program::says(&invoked.words(), &invoked.setting(), &scene, until);
    Some(Output { since, lines })
}
