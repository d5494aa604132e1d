//! A task as DescribeTasks shows it.

use super::api::definition_arn;
use super::containers::{self, Health, Run};
use super::lifecycle::has_interface;
use super::taskdef::{Container, Core};
use super::{Ecs, LaunchType, Task, TaskStatus, image, instance};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::HexId;
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value, json};

/// How many members a description has at most.
const MEMBERS: usize = 36;

/// All members that the lab knows; absent where AWS leaves them out.
pub fn description(ecs: &Ecs, account: &Account, cluster: &str, task: &Task) -> Value {
    let id = task.key.id.to_string();
    let task_arn = account.task(cluster, &id).text();
    let mut out = Map::with_capacity(MEMBERS);
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            out.insert(name.to_string(), value);
        }
    };
    let core = &task.definition.registration.core;
    let host = task.host().and_then(|key| ecs.instance(key)).map(|instance| &instance.host);
    let connected = host.is_none_or(|host| host.agent_connected);
    let architecture =
        Value::Array(alloc::vec![object!({ "name": "ecs.cpu-architecture", "value": architecture(core) })]);
    put("attachments", attachments(task));
    put("attributes", architecture);
    put("availabilityZone", Some(&*task.zone).filter(|zone| !zone.is_empty()).map(Value::from).unwrap_or_default());
    put("clusterArn", Value::from(account.cluster(cluster).text()));
    put("connectivity", Value::from(if connected { "CONNECTED" } else { "DISCONNECTED" }));
    let instance_arn = host.map(|host| host.arn.clone()).or_else(|| {
        let id = task.instance?;
        Some(account.container_instance(cluster, &id.to_string()).to_string())
    });
    put("containerInstanceArn", instance_arn.map(Value::from).unwrap_or_default());
    let containers =
        core.containers.iter().enumerate().map(|(index, c)| container(task, &task_arn, index, c)).collect();
    put("containers", containers);
    put("cpu", Value::from(task.demand.cpu.to_string()));
    put("createdAt", seconds(Some(task.times.created)));
    put("desiredStatus", Value::from(if task.wanted() { "RUNNING" } else { "STOPPED" }));
    put("enableExecuteCommand", Value::from(task.request.execute_command));
    put("executionStoppedAt", seconds(task.stop.as_ref().and_then(|stop| stop.execution_stopped)));
    put("group", Value::from(&*task.group));
    put("healthStatus", Value::from(containers::health(task).name()));
    put("lastStatus", Value::from(task.status.name()));
    put("launchType", Value::from(task.launch.name()));
    put("memory", Value::from(task.demand.memory.to_string()));
    put("overrides", overrides(task));
    if task.launch == LaunchType::Fargate {
        let version =
            task.request.platform_version.as_deref().filter(|version| *version != "LATEST").unwrap_or("1.4.0");
        put("platformVersion", Value::from(version));
        put("platformFamily", Value::from("Linux"));
        put("ephemeralStorage", object!({ "sizeInGiB": core.ephemeral_storage.unwrap_or(20) }));
    }
    // The agent reports it with the state that follows.
    put("pullStartedAt", seconds(task.times.pull_started.filter(|_| task.status > TaskStatus::Pending)));
    put("pullStoppedAt", seconds(task.times.pull_stopped));
    put("startedAt", seconds(task.times.started));
    put("startedBy", task.request.started_by.clone().map(Value::from).unwrap_or_default());
    if let Some(stop) = &task.stop {
        put("stopCode", Value::from(stop.code));
        put("stoppedReason", Value::from(stop.reason.clone()));
        put("stoppingAt", seconds(Some(stop.at)));
    }
    put("stoppedAt", seconds(task.stopped_at()));
    put("tags", if task.request.tags.is_array() { task.request.tags.clone() } else { json!([]) });
    put("taskArn", Value::from(task_arn));
    put("taskDefinitionArn", Value::from(definition_arn(account, &task.definition)));
    put("version", Value::from(task.version));
    Value::Object(out)
}

fn architecture(core: &Core) -> &'static str {
    if core.cpu_architecture.as_deref() == Some("ARM64") { "arm64" } else { "x86_64" }
}

fn seconds(at: Option<SimTime>) -> Value {
    at.map(|at| Value::from(at.as_epoch_seconds())).unwrap_or_default()
}

fn overrides(task: &Task) -> Value {
    let containers = &task.definition.registration.core.containers;
    let named = Value::Array(containers.iter().map(|container| object!({ "name": container.name.clone() })).collect());
    let mut map = Map::with_capacity(4);
    map.insert("containerOverrides".to_string(), named);
    map.insert("inferenceAcceleratorOverrides".to_string(), Value::Array(Vec::new()));
    if let Some(given) = task.request.overrides.as_object() {
        map.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Value::Object(map)
}

fn attachments(task: &Task) -> Value {
    let Some(address) = task.address.as_ref().filter(|_| has_interface(task)) else { return Value::Array(Vec::new()) };
    let status = match task.status {
        TaskStatus::Provisioning => "PRECREATED",
        TaskStatus::Stopped => "DELETED",
        _ => "ATTACHED",
    };
    let subnet = task.request.subnets.first().map(alloc::string::String::as_str).unwrap_or_default();
    let detail = |name: &str, value: &str| object!({ "name": name, "value": value });
    Value::Array(alloc::vec![object!({
        "id": task.key.id.uuid(),
        "type": "ElasticNetworkInterface",
        "status": status,
        "details": alloc::vec![detail("subnetId", subnet), detail("privateIPv4Address", address)],
    })])
}

fn container(task: &Task, task_arn: &str, index: usize, container: &Container) -> Value {
    let run = task.containers.as_ref().and_then(|runs| runs.get(index));
    let as_task = match task.status {
        TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating => "PENDING",
        TaskStatus::Running | TaskStatus::Stopping => "RUNNING",
        TaskStatus::Deprovisioning | TaskStatus::Stopped => "STOPPED",
    };
    let status = run.map_or(as_task, Run::status);
    let started = run.map_or(task.times.started, |run| run.started).is_some();
    let arn = task_arn.replace(":task/", ":container/");
    let own = HexId::new(task.key.id.number().wrapping_add(index as u128));
    let mut value = object!({
        "containerArn": alloc::format!("{arn}/{}", own.uuid()),
        "taskArn": task_arn,
        "name": container.name.clone(),
        "image": container.image.clone(),
        "lastStatus": status,
        "networkBindings": bindings(task, index),
        "networkInterfaces": Value::Array(Vec::new()),
        "healthStatus": run.map_or(Health::Unknown, |run| run.health).name(),
        "cpu": container.cpu.to_string(),
    });
    let Some(map) = value.as_object_mut() else { return value };
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_string(), value);
    };
    // A container that never started has no exit code at all (5.3).
    if status == "STOPPED" && started {
        let lost = task.stop.as_ref().is_some_and(|stop| stop.code == instance::HOST_LOST);
        if let Some(exit) = run.map_or(Some(if lost { containers::LOST } else { 143 }), |run| run.exit) {
            put("exitCode", Value::from(exit));
        }
    }
    if let Some(reason) = run.and_then(|run| run.reason.as_deref()) {
        put("reason", Value::from(reason));
    }
    if started {
        put("runtimeId", Value::from(runtime_id(task, index)));
        put("imageDigest", Value::from(image::digest(&container.image)));
    }
    if let Some(memory) = container.memory {
        put("memory", Value::from(memory.to_string()));
    }
    if let Some(address) = task.address.as_ref().filter(|_| status == "RUNNING") {
        let interface = object!({ "attachmentId": task.key.id.uuid(), "privateIpv4Address": address.to_string() });
        put("networkInterfaces", Value::Array(alloc::vec![interface]));
    }
    value
}

/// The id that the container runtime gave: 64 hex digits of Docker, or on Fargate the task's id and a number.
pub fn runtime_id(task: &Task, index: usize) -> String {
    let id = task.key.id;
    match task.launch {
        LaunchType::Fargate => alloc::format!("{id}-{:010}", id.number() as u32 ^ index as u32),
        _ => alloc::format!("{}{id}", HexId::new(!id.number() ^ index as u128)),
    }
}

fn bindings(task: &Task, index: usize) -> Value {
    let own = task.bindings.iter().filter(|binding| usize::from(binding.container) == index);
    own.map(|binding| {
        object!({
            "bindIP": "0.0.0.0",
            "containerPort": binding.container_port,
            "hostPort": binding.host_port,
            "protocol": binding.protocol.to_string(),
        })
    })
    .collect()
}
