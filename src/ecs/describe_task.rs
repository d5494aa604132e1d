//! A task as DescribeTasks shows it.

use super::api::definition_arn;
use super::containers::{self, Health, Run};
use super::lifecycle::has_attachment;
use super::service::connects;
use super::taskdef::{Container, Core};
use super::{Ecs, LaunchType, Task, TaskStatus, describe_proxy, exec_agent, instance, registry, timing};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ec2::network;
use crate::event::HexId;
use crate::sim::{SimTime, draw};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value, json};

/// How many members a description has at most.
const MEMBERS: usize = 37;

/// All members that the lab knows; absent where AWS leaves them out.
pub fn description(ecs: &Ecs, account: &Account, cluster: &str, task: &Task, now: SimTime) -> Value {
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
    put("attachments", attachments(account, task));
    put("attributes", architecture);
    put("availabilityZone", Some(&*task.zone).filter(|zone| !zone.is_empty()).map(Value::from).unwrap_or_default());
    put("capacityProviderName", task.request.provider.as_deref().map(Value::from).unwrap_or_default());
    put("clusterArn", Value::from(account.cluster(cluster).text()));
    if let Some(at) = connected_at(task) {
        put("connectivity", Value::from(if connected { "CONNECTED" } else { "DISCONNECTED" }));
        put("connectivityAt", seconds(Some(at)));
    }
    let instance_arn = host.map(|host| host.arn.clone()).or_else(|| {
        let id = task.instance?;
        Some(account.container_instance(cluster, &id.to_string()).to_string())
    });
    put("containerInstanceArn", instance_arn.map(Value::from).unwrap_or_default());
    let agents = task.request.execute_command.then(|| exec_agent::is_connected(ecs, task, now));
    let containers =
        core.containers.iter().enumerate().map(|(index, c)| container(task, &task_arn, (index, c), agents)).collect();
    put("containers", containers);
    put("cpu", Value::from(task.request.demand.cpu.to_string()));
    put("createdAt", seconds(Some(task.times.created)));
    put("desiredStatus", Value::from(if task.wanted() { "RUNNING" } else { "STOPPED" }));
    put("enableExecuteCommand", Value::from(task.request.execute_command));
    put("executionStoppedAt", seconds(task.stop.as_ref().and_then(|stop| stop.execution_stopped)));
    put("group", Value::from(&*task.request.group));
    put("healthStatus", Value::from(containers::health(task).name()));
    put("lastStatus", Value::from(task.status.name()));
    put("launchType", Value::from(task.launch.name()));
    put("memory", Value::from(task.request.demand.memory.to_string()));
    put("overrides", overrides(task));
    if task.launch == LaunchType::Fargate {
        let windows = core.os_family.as_deref().filter(|_| core.is_windows());
        let latest = core.latest_platform();
        let version = task.request.platform_version.as_deref().filter(|version| *version != "LATEST");
        put("platformVersion", Value::from(version.unwrap_or(latest)));
        put("platformFamily", Value::from(windows.unwrap_or("Linux")));
        let given = &task.request.overrides["ephemeralStorage"]["sizeInGiB"];
        let size = given.as_u64().unwrap_or_else(|| core.ephemeral_storage.unwrap_or(20).into());
        put("ephemeralStorage", object!({ "sizeInGiB": size }));
        put("fargateEphemeralStorage", object!({ "sizeInGiB": size }));
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
    put("taskArn", Value::from(task_arn.as_str()));
    put("taskDefinitionArn", Value::from(definition_arn(account, &task.definition)));
    put("version", Value::from(task.version));
    if task.request.settings.as_deref().is_some_and(connects) {
        describe_proxy::add(task, &task_arn, &mut out);
    }
    Value::Object(out)
}

/// When the agent of the task's host, or of the task on Fargate, first told of it (LC-07).
fn connected_at(task: &Task) -> Option<SimTime> {
    let created = task.times.created;
    match task.launch {
        LaunchType::Ec2 | LaunchType::External | LaunchType::ManagedInstances => task.instance.map(|_| created),
        LaunchType::Fargate => {
            let begun = task.times.pull_started.is_some() || task.status == TaskStatus::Pending;
            begun.then_some(created + timing::FARGATE_PROVISIONING)
        }
    }
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

/// The status of what is attached to a task.
pub(super) fn attached(task: &Task) -> &'static str {
    match task.status {
        TaskStatus::Provisioning => "PRECREATED",
        TaskStatus::Deprovisioning => "DETACHING",
        TaskStatus::Stopped => "DELETED",
        _ => "ATTACHED",
    }
}

fn attachments(account: &Account, task: &Task) -> Value {
    let status = attached(task);
    let (attached, number) = (own_number(task, "attachment", 0), own_number(task, "interface", 0));
    let attachment = |id: u128, kind: &str, details: Vec<(&str, String)>| {
        let detail = |(name, value): (&str, String)| object!({ "name": name, "value": value });
        let details = Value::Array(details.into_iter().map(detail).collect());
        object!({ "id": HexId::new(id).uuid(), "type": kind, "status": status, "details": details })
    };
    let mut all = Vec::new();
    if let Some(address) = &task.address {
        let mut details = alloc::vec![("subnetId", task.request.subnets.first().cloned().unwrap_or_default())];
        if task.status != TaskStatus::Provisioning {
            details.extend([
                ("networkInterfaceId", resource_id("eni", number)),
                ("macAddress", mac_address(number)),
                ("privateDnsName", network::private_name(&account.region, address)),
                ("privateIPv4Address", address.to_string()),
            ]);
        }
        all.push(attachment(attached, "ElasticNetworkInterface", details));
    }
    let volume = &task.request.volume;
    if volume.is_object() {
        let ebs = &volume["managedEBSVolume"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let kept = ebs["terminationPolicy"]["deleteOnTermination"] == false;
        let mut details = alloc::vec![
            ("roleArn", text(&ebs["roleArn"])),
            ("deleteOnTermination", (!kept).to_string()),
            ("volumeName", text(&volume["name"])),
        ];
        if task.status != TaskStatus::Provisioning {
            details.push(("volumeId", resource_id("vol", own_number(task, "volume", 0))));
        }
        all.push(attachment(own_number(task, "attachment", 1), "AmazonElasticBlockStorage", details));
    }
    Value::Array(all)
}

/// The number behind the id of something that a task has; it follows from the task, and tells nothing of the task's id. Its
/// digits are those of a random UUID (RFC 9562, version 4).
pub(super) fn own_number(task: &Task, purpose: &str, index: usize) -> u128 {
    let id = task.key.id.number();
    let half = |part: u64| draw::draw(id as u64, (id >> 96) as u32, purpose, (id >> 64) as u64 ^ part);
    let (high, low) = (half(2 * index as u64), half(2 * index as u64 + 1));
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    u128::from(high) << 64 | u128::from(low)
}

/// An id of EC2, such as `eni-` with 17 hex digits.
fn resource_id(prefix: &str, number: u128) -> String {
    alloc::format!("{prefix}-0{:016x}", number as u64)
}

/// A locally administered address, as EC2 gives.
fn mac_address(number: u128) -> String {
    let hex = alloc::format!("{:010x}", number as u64 & 0xff_ffff_ffff);
    let mut out = String::from("0a");
    for (index, digit) in hex.chars().enumerate() {
        out.extend((index % 2 == 0).then_some(':'));
        out.push(digit);
    }
    out
}

/// The status of a container that goes with its task.
pub(super) fn as_task(task: &Task) -> &'static str {
    match task.status {
        TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating => "PENDING",
        TaskStatus::Running | TaskStatus::Deactivating | TaskStatus::Stopping => "RUNNING",
        TaskStatus::Deprovisioning | TaskStatus::Stopped => "STOPPED",
    }
}

/// One container; with the agent of ECS Exec, connected or not, where there is one.
fn container(task: &Task, task_arn: &str, (index, container): (usize, &Container), agent: Option<bool>) -> Value {
    let run = task.containers.as_ref().and_then(|runs| runs.get(index));
    let status = run.map_or(as_task(task), Run::status);
    let started_at = run.map_or(task.times.started, |run| run.started);
    let started = started_at.is_some();
    let arn = task_arn.replace(":task/", ":container/");
    let own = HexId::new(own_number(task, "container", index));
    let mut value = object!({
        "containerArn": alloc::format!("{arn}/{}", own.uuid()),
        "taskArn": task_arn,
        "name": container.name.clone(),
        "image": container.image.clone(),
        "lastStatus": status,
        "networkBindings": bindings(task, index, container),
        "networkInterfaces": Value::Array(Vec::new()),
        "healthStatus": run.map_or(Health::Unknown, |run| run.health).name(),
        "cpu": container.cpu.to_string(),
    });
    let Some(map) = value.as_object_mut() else { return value };
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_string(), value);
    };
    if let Some(is_connected) = agent {
        put("managedAgents", Value::Array(alloc::vec![exec_agent::description(status, started_at, is_connected)]));
    }
    // A container that never started has no exit code at all (5.3).
    if status == "STOPPED" && started {
        let lost = task.stop.as_ref().is_some_and(|stop| stop.code == instance::HOST_LOST);
        let plain = if lost { Some(containers::LOST) } else { container.program.on_term };
        if let Some(exit) = run.map_or(plain, |run| run.exit) {
            put("exitCode", Value::from(exit));
        }
    }
    if let Some(reason) = run.and_then(|run| run.reason.as_deref()) {
        put("reason", Value::from(reason));
    } else if stopped_before_pull(task) {
        let reason = "TaskStoppedBeforePullBeginError: Task stopped before image pull could begin for task: ";
        put("reason", Value::from(String::from(reason) + task_arn));
    }
    if started {
        put("runtimeId", Value::from(runtime_id(task, index)));
        let answer = registry::answer(task, container).and_then(|own| own.as_ref().ok());
        let digest = answer.map_or(&*container.image_digest, |own| own.digest.as_str());
        put("imageDigest", Value::from(digest));
    }
    if let Some(memory) = container.memory {
        put("memory", Value::from(memory.to_string()));
    }
    if let Some(address) = task.address.as_ref().filter(|_| status == "RUNNING") {
        let interface = object!({
            "attachmentId": HexId::new(own_number(task, "attachment", 0)).uuid(),
            "privateIpv4Address": address.to_string(),
        });
        put("networkInterfaces", Value::Array(alloc::vec![interface]));
    }
    value
}

/// The id that the container runtime gave: 64 hex digits of Docker, or on Fargate the task's id and a number.
pub fn runtime_id(task: &Task, index: usize) -> String {
    let id = task.key.id;
    match task.launch {
        LaunchType::Fargate => alloc::format!("{id}-{:010}", id.number() as u32 ^ index as u32),
        _ => alloc::format!(
            "{}{}",
            HexId::new(own_number(task, "runtime", 2 * index)),
            HexId::new(own_number(task, "runtime", 2 * index + 1))
        ),
    }
}

/// Whether the task was stopped while it waited at the agent for what its host still lacked (PL-61, 5.5).
fn stopped_before_pull(task: &Task) -> bool {
    let by_hand = task.stop.as_ref().is_some_and(|stop| stop.code != instance::HOST_LOST);
    by_hand && task.status == TaskStatus::Stopped && task.times.pull_started.is_none() && !has_attachment(task)
}

/// One for each mapping, also for a range of ports (API NetworkBinding).
fn bindings(task: &Task, index: usize, container: &Container) -> Value {
    let mut own = task.bindings.iter().filter(|binding| usize::from(binding.container) == index);
    let each = container.ports.iter().map_while(|mapping| {
        let binding = own.next()?;
        let protocol = binding.protocol.to_string();
        let more = mapping.container.1 - mapping.container.0;
        if more == 0 {
            return Some(object!({
                "bindIP": "0.0.0.0",
                "containerPort": binding.container_port,
                "hostPort": binding.host_port,
                "protocol": protocol,
            }));
        }
        let last = own.nth(usize::from(more) - 1)?;
        let range = |first: u16, last: u16| alloc::format!("{first}-{last}");
        Some(object!({
            "bindIP": "0.0.0.0",
            "containerPortRange": range(binding.container_port, last.container_port),
            "hostPortRange": range(binding.host_port, last.host_port),
            "protocol": protocol,
        }))
    });
    each.collect()
}
