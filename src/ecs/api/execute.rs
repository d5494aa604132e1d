//! ExecuteCommand: a session in a running container (8.6). What is run there leaves no trace in the lab.

use super::{cluster_of, task};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ecs::{Ecs, TaskStatus, describe_task, exec_agent};
use crate::event::Cx;
use alloc::format;
use serde_json::Value;

const NOT_ENABLED: &str = "The execute command failed because execute command was not enabled when the task was run or the \
     execute command agent isn\u{2019}t running. Wait and try again or run a new task with execute command enabled and try again.";

/// ExecuteCommand.
///
/// # Errors
/// A task that is not there or was not run for it, a container that it has not, a task role that may not open the channels,
/// no way to them.
pub fn execute(ecs: &Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = input["task"].as_str().unwrap_or_default();
    let own = task::find(ecs, cluster, named)
        .ok_or_else(|| ApiError::invalid("The referenced task was not found.").at("task").in_our_words())?;
    if input["interactive"] != true {
        return Err(ApiError::invalid("Interactive is the only mode supported currently.").at("interactive"));
    }
    if !own.request.execute_command || own.status != TaskStatus::Running {
        return Err(ApiError::invalid(NOT_ENABLED).at("task"));
    }
    let containers = &own.definition.registration.core.containers;
    let asked = input["container"].as_str();
    let index = match asked {
        Some(name) => containers.iter().position(|container| container.name == name),
        None => (containers.len() == 1).then_some(0),
    };
    let Some((index, container)) = index.and_then(|index| Some((index, containers.get(index)?))) else {
        let message = match asked {
            Some(name) => format!("The task has no container {name}."),
            None => "Name a container: the task has several.".into(),
        };
        return Err(ApiError::invalid(message).at("container").in_our_words());
    };
    if !exec_agent::is_connected(ecs, own, cx.now()) {
        let message = "The execute command failed due to an internal error. Try again later.";
        return Err(ApiError::new("TargetNotConnectedException", message).at("task"));
    }
    let account = &cx.options().account;
    let shown = describe_task::description(ecs, account, &cluster.name, own, cx.now());
    let (cluster, name) = (account.cluster(&cluster.name).text(), container.name.clone());
    let arn = shown["containers"][index]["containerArn"].clone();
    let region = account.region.clone();
    let id = format!("ecs-execute-command-0{:016x}", cx.draw("session-id"));
    let session = object!({
        "sessionId": id.as_str(),
        "streamUrl": format!("wss://ssmmessages.{region}.amazonaws.com/v1/data-channel/{id}?role=publish_subscribe"),
        "tokenValue": format!("{:032x}", cx.draw_wide("session-token")),
    });
    Ok(object!({
        "clusterArn": cluster,
        "containerArn": arn,
        "containerName": name,
        "interactive": true,
        "session": session,
        "taskArn": shown["taskArn"].clone(),
    }))
}
