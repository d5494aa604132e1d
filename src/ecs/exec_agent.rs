//! The agent that takes the sessions of ECS Exec, one in each container of a task that was run for it (8.6).

use super::roles::opens_channels;
use super::{Ecs, Task, reach};
use crate::aws::object::object;
use crate::sim::SimTime;
use serde_json::Value;

/// Whether the agents of a task reach Systems Manager: its role may open the channels, and there is a way to them.
pub fn is_connected(ecs: &Ecs, task: &Task, now: SimTime) -> bool {
    opens_channels(ecs, task, now) && !reach::misses(ecs, task, "ssmmessages")
}

/// The agent of a container as DescribeTasks shows it: by the container's status and start, and whether it is connected.
pub fn description(status: &str, started: Option<SimTime>, is_connected: bool) -> Value {
    let started = started.filter(|_| is_connected);
    let status = match (status, started) {
        ("STOPPED", _) => "STOPPED",
        ("RUNNING", Some(_)) => "RUNNING",
        _ => "PENDING",
    };
    let mut shown = object!({ "name": "ExecuteCommandAgent", "lastStatus": status });
    if let Some(started) = started {
        shown["lastStartedAt"] = started.as_epoch_seconds().into();
    }
    shown
}
