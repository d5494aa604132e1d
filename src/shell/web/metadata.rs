//! The task metadata endpoint, version 4, and the credentials of the task role, in a container of a task.
//!
//! Source: the developer guide, "Amazon ECS task metadata V4 JSON response", read 2026-11-22. What the agent measures itself
//! (`/stats`) the lab has not.

use super::{Failure, Page, json};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::lab::web::Place;
use crate::lab::{ApiCall, Lab};
use crate::shell::exec::Shell;
use crate::shell::inside::Container;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Where it listens.
pub const ADDRESS: &str = "169.254.170.2";

/// What it answers.
pub fn answer(shell: &Shell<'_>, own: &Container, path: &str) -> Result<Page, Failure> {
    let variable =
        |name: &str| own.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let task = described(shell.lab, own).ok_or(Failure::Refused)?;
    let base =
        variable("ECS_CONTAINER_METADATA_URI_V4").and_then(|own| own.split_once(ADDRESS)).map_or("", |own| own.1);
    let rest = path.trim_end_matches('/').strip_prefix(base);
    let (code, body) = match rest {
        Some("") => (200, container(&task, &own.id)),
        Some("/task") => (200, whole(&task)),
        _ if variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") == Some(path) => {
            (200, credentials(&task, shell.lab.now()))
        }
        _ => (404, Value::from("404 page not found")),
    };
    Ok(json(shell, code, &body))
}

/// The task as DescribeTasks shows it, with its task definition beside it.
fn described(lab: &Lab, own: &Container) -> Option<Value> {
    let key = own.task?;
    let task = lab.world().ecs().task(key)?;
    let cluster = crate::ecs::instance::cluster_name(lab.world().ecs(), key.cluster);
    let input = object!({ "cluster": cluster, "tasks": alloc::vec![key.id.to_string()] });
    let mut shown = lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).ok()?["tasks"][0].take();
    shown["vpc"] = Value::from(lab.world().vpc_of(Place::Task(key)));
    shown["definition"] = task.definition.registration.document.clone();
    Some(shown)
}

/// A moment as the agent writes it; null where it has not come.
fn moment(at: &Value) -> Value {
    let text = |seconds: f64| SimTime::from_millis((seconds * 1000.0) as i64).to_string();
    at.as_f64().map_or(Value::Null, |seconds| Value::from(text(seconds)))
}

/// Without the members that are null.
fn present(mut own: Value) -> Value {
    if let Some(map) = own.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    own
}

/// Family and revision of the task definition.
fn family(task: &Value) -> (String, String) {
    let arn = task["taskDefinitionArn"].as_str().unwrap_or_default();
    let name = arn.rsplit('/').next().unwrap_or_default();
    name.split_once(':').map_or_else(Default::default, |(family, revision)| (family.to_string(), revision.to_string()))
}

fn container(task: &Value, id: &str) -> Value {
    let all = task["containers"].as_array().into_iter().flatten();
    let Some(own) = all.into_iter().find(|own| own["runtimeId"] == *id) else { return Value::Null };
    let mut defined = task["definition"]["containerDefinitions"].as_array().into_iter().flatten();
    let document = defined.find(|each| each["name"] == own["name"]).cloned().unwrap_or_default();
    let (family, revision) = family(task);
    let addresses: Vec<Value> = own["networkInterfaces"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|each| each["privateIpv4Address"].clone())
        .collect();
    let mode = task["definition"]["networkMode"].as_str().unwrap_or("bridge").to_string();
    let number = |name: &str| document[name].as_u64().unwrap_or_default();
    present(object!({
        "DockerId": own["runtimeId"].clone(),
        "Name": own["name"].clone(),
        "DockerName": own["name"].clone(),
        "Image": own["image"].clone(),
        "ImageID": own["imageDigest"].clone(),
        "Labels": object!({
            "com.amazonaws.ecs.cluster": task["clusterArn"].clone(),
            "com.amazonaws.ecs.container-name": own["name"].clone(),
            "com.amazonaws.ecs.task-arn": task["taskArn"].clone(),
            "com.amazonaws.ecs.task-definition-family": family,
            "com.amazonaws.ecs.task-definition-version": revision,
        }),
        "DesiredStatus": task["desiredStatus"].clone(),
        "KnownStatus": own["lastStatus"].clone(),
        "Limits": object!({ "CPU": number("cpu"), "Memory": number("memory") }),
        "CreatedAt": moment(&task["createdAt"]),
        "StartedAt": moment(&task["startedAt"]),
        "Type": "NORMAL",
        "LogDriver": document["logConfiguration"]["logDriver"].clone(),
        "LogOptions": document["logConfiguration"]["options"].clone(),
        "ContainerARN": own["containerArn"].clone(),
        "Networks": alloc::vec![object!({ "NetworkMode": mode, "IPv4Addresses": addresses })],
    }))
}

fn whole(task: &Value) -> Value {
    let (family, revision) = family(task);
    let all = task["containers"].as_array().into_iter().flatten();
    let ids = all.filter_map(|own| own["runtimeId"].as_str());
    let containers: Vec<Value> = ids.map(|id| container(task, id)).collect();
    let amount = |name: &str| task[name].as_str().and_then(|own| own.parse::<f64>().ok());
    let limits = amount("cpu").zip(amount("memory"));
    let on_fargate = task["launchType"] == "FARGATE";
    let service = task["group"].as_str().and_then(|own| own.strip_prefix("service:")).filter(|_| !on_fargate);
    let zone = task["availabilityZone"].as_str().filter(|_| on_fargate);
    let vpc = task["vpc"].as_str().filter(|_| task["launchType"] == "EC2");
    present(object!({
        "Cluster": task["clusterArn"].clone(),
        "TaskARN": task["taskArn"].clone(),
        "Family": family,
        "Revision": revision,
        "DesiredStatus": task["desiredStatus"].clone(),
        "KnownStatus": task["lastStatus"].clone(),
        "Limits": limits.map(|(cpu, memory)| object!({ "CPU": cpu / 1024.0, "Memory": memory })),
        "PullStartedAt": moment(&task["pullStartedAt"]),
        "PullStoppedAt": moment(&task["pullStoppedAt"]),
        "AvailabilityZone": zone.map(ToString::to_string),
        "LaunchType": task["launchType"].clone(),
        "Containers": containers,
        "ServiceName": service.map(ToString::to_string),
        "VPCID": vpc.map(ToString::to_string),
    }))
}

/// Credentials of the task role: made up, and of use nowhere.
fn credentials(task: &Value, now: SimTime) -> Value {
    let role = ["overrides", "definition"].into_iter().find_map(|from| task[from]["taskRoleArn"].as_str());
    let arn = match role.unwrap_or_default() {
        arn if arn.starts_with("arn:") => arn.to_string(),
        name => format!("arn:aws:iam::{}:role/{name}", Account::default().id),
    };
    object!({
        "RoleArn": arn,
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": "of-the-lab-and-of-use-nowhere",
        "Token": "of-the-lab-and-of-use-nowhere",
        "Expiration": (now + SimDuration::from_secs(6 * 3600)).to_string(),
    })
}
