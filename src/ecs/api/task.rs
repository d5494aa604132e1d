//! StopTask, DescribeTasks, ListTasks.

use super::{cluster_of, instance, page_of_each, service, strings};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::ecs::{Cluster, Ecs, LaunchType, Task, lifecycle};
use crate::event::{Cx, HexId, TaskKey};
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

use crate::ecs::describe_task::description;

/// SP-01, SP-04, SP-06.
pub fn stop(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = input["task"].as_str().unwrap_or_default();
    let key = find(ecs, cluster, named)
        .map(|task| task.key)
        .ok_or_else(|| ApiError::invalid("The referenced task was not found.").at("task"))?;
    let name = cluster.name.clone();
    let reason = input["reason"].as_str().unwrap_or("Task stopped by user");
    lifecycle::stop(ecs, cx, key, "UserInitiated", reason);
    Ok(json!({ "task": ecs.task(key).map(|task| description(ecs, &cx.options().account, &name, task, cx.now())) }))
}

pub fn describe(ecs: &Ecs, account: &Account, now: SimTime, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = strings(input, "tasks");
    if named.is_empty() {
        return Err(ApiError::invalid("Tasks cannot be empty.").at("tasks"));
    }
    if named.len() > 100 {
        return Err(ApiError::invalid("Tasks can have at most 100 items.").at("tasks").in_our_words());
    }
    let with_tags = strings(input, "include").contains(&"TAGS");
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        match find(ecs, cluster, name) {
            Some(task) => {
                let mut task = description(ecs, account, &cluster.name, task, now);
                if !with_tags {
                    task["tags"] = json!([]);
                }
                tasks.push(task);
            }
            None => {
                let arn = account.task(&cluster.name, arn::short_name(name)).to_string();
                failures.push(json!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    Ok(json!({ "tasks": tasks, "failures": failures }))
}

/// LC-04: tasks that are to run, unless STOPPED ones are asked for.
pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let wanted = match input["desiredStatus"].as_str() {
        None | Some("RUNNING") => Some(true),
        Some("STOPPED") => Some(false),
        Some("PENDING") => None,
        Some(_) => return Err(ApiError::invalid("Invalid desired status.").at("desiredStatus").in_our_words()),
    };
    let launch = match input["launchType"].as_str() {
        None => None,
        Some(word) => Some(
            LaunchType::parse(word)
                .ok_or_else(|| ApiError::invalid("Invalid launch type.").at("launchType").in_our_words())?,
        ),
    };
    let service = match input["serviceName"].as_str() {
        Some(named) => Some(
            service::find(ecs, cluster, named)
                .map(|own| own.key)
                .ok_or_else(|| ApiError::new("ServiceNotFoundException", "Service not found.").at("serviceName"))?,
        ),
        None => None,
    };
    if input["daemonName"].is_string() {
        return Err(ApiError::not_simulated("daemons").at("daemonName"));
    }
    let on = match input["containerInstance"].as_str() {
        Some(named) => Some(instance::find(ecs, cluster, named).map(|instance| instance.key.id).ok_or_else(|| {
            let message = "The referenced container instance was not found.";
            ApiError::invalid(message).at("containerInstance").in_our_words()
        })?),
        None => None,
    };
    let (family, started_by) = (input["family"].as_str(), input["startedBy"].as_str());
    if started_by.is_some() && (on.is_some() || family.is_some() || launch.is_some()) {
        let message = "startedBy must be the only filter beside the desired status.";
        return Err(ApiError::invalid(message).at("startedBy").in_our_words());
    }
    let fits = |task: &&Task| {
        wanted == Some(task.wanted())
            && launch.is_none_or(|launch| launch == task.launch)
            && on.is_none_or(|on| task.instance == Some(on))
            && service.is_none_or(|key| task.request.owner.is_some_and(|owner| owner.service == key))
            && family.is_none_or(|family| task.definition.registration.family == family)
            && started_by.is_none_or(|by| task.request.started_by.as_deref() == Some(by))
    };
    // Only what the page shows is written out: 2,000 ARNs for each of 20 pages took longer than all else.
    let tasks: Vec<&Task> = ecs.tasks(cluster.id).filter(fits).collect();
    page_of_each(tasks, input, ("taskArns", 100), &|task| arn_of(account, &cluster.name, task).into())
}

/// The task that an id or ARN names within a cluster.
pub fn find<'a>(ecs: &'a Ecs, cluster: &Cluster, named: &str) -> Option<&'a Task> {
    let id: HexId = arn::short_name(named).parse().ok()?;
    ecs.task(TaskKey { cluster: cluster.id, id })
}

fn arn_of(account: &Account, cluster: &str, task: &Task) -> String {
    account.task(cluster, &task.key.id.to_string()).to_string()
}
