//! The introspection endpoint of the ECS agent, on the instance at which the prompt stands.
//!
//! Source: the developer guide, "Amazon ECS container introspection", read 2026-11-22.

use super::{Page, json};
use crate::aws::object::object;
use crate::ecs::instance;
use crate::lab::ApiCall;
use crate::shell::exec::Shell;
use crate::shell::visit;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Where the agent listens.
pub const PORT: u16 = 51_678;

/// What the agent answers; none when it does not run.
pub fn answer(shell: &Shell<'_>, path: &str) -> Option<Page> {
    let own = visit::here(shell).filter(|own| own.host.agent_connected)?;
    let ecs = shell.lab.world().ecs();
    let cluster = instance::cluster_name(ecs, own.key.cluster);
    let read = |operation: &str, input| shell.lab.read(&ApiCall::new("ecs", operation, input)).unwrap_or_default();
    let body = match path.trim_end_matches('/') {
        "/v1/metadata" => {
            let ids = alloc::vec![own.key.id.to_string()];
            let input = object!({ "cluster": cluster.clone(), "containerInstances": ids });
            let reply = read("DescribeContainerInstances", input);
            let shown = &reply["containerInstances"][0];
            let version = &shown["versionInfo"];
            let text = |name: &str| version[name].as_str().unwrap_or_default();
            object!({
                "Cluster": cluster,
                "ContainerInstanceArn": shown["containerInstanceArn"].clone(),
                "Version": format!("Amazon ECS Agent - v{}", text("agentVersion")),
            })
        }
        "/v1/tasks" => {
            let all = instance::tasks_on(ecs, own.key).into_iter();
            let ids: Vec<String> = all.map(|key| key.id.to_string()).collect();
            let mut tasks = Vec::new();
            for ids in ids.chunks(100) {
                let reply = read("DescribeTasks", object!({ "cluster": cluster.clone(), "tasks": ids.to_vec() }));
                tasks.extend(reply["tasks"].as_array().into_iter().flatten().map(task));
            }
            object!({ "Tasks": tasks })
        }
        _ => object!({ "AvailableCommands": alloc::vec!["/v1/metadata", "/v1/tasks"] }),
    };
    Some(json(shell, 200, &body))
}

fn task(own: &Value) -> Value {
    let named = own["taskDefinitionArn"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let (family, version) = named.rsplit_once(':').unwrap_or((named, ""));
    let of_container = |each: &Value| {
        let name = each["name"].as_str().unwrap_or_default();
        let id = each["runtimeId"].as_str().unwrap_or_default();
        let last = id.get(12..32).unwrap_or_default();
        object!({
            "DockerId": id,
            "DockerName": format!("ecs-{family}-{version}-{name}-{last}"),
            "Name": name,
        })
    };
    let containers: Vec<Value> = own["containers"].as_array().into_iter().flatten().map(of_container).collect();
    object!({
        "Arn": own["taskArn"].clone(),
        "DesiredStatus": own["desiredStatus"].clone(),
        "KnownStatus": own["lastStatus"].clone(),
        "Family": family,
        "Version": version,
        "Containers": containers,
    })
}
