//! DescribeContainerInstances, ListContainerInstances, UpdateContainerInstancesState, DeregisterContainerInstance.

use super::attribute::attribute_value;
use super::{cluster_of, list_or_empty, page_of, strings};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::{Cluster, ContainerInstance, Ecs, InstanceStatus, Task, TaskStatus, capability, instance, lifecycle};
use crate::event::{Cx, HexId, InstanceKey};
use crate::placement::query::{Expression, holds};
use crate::placement::{Host, Protocol};
use crate::sim::draw;
use crate::sim::sorted::Map;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// The instance that an id or ARN names within a cluster.
pub fn find<'a>(ecs: &'a Ecs, cluster: &Cluster, named: &str) -> Option<&'a ContainerInstance> {
    let id: HexId = arn::short_name(named).parse().ok()?;
    ecs.instance(InstanceKey { cluster: cluster.id, id })
}

pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = strings(input, "containerInstances");
    if named.is_empty() {
        return Err(ApiError::client("Container Instances cannot be empty.").at("containerInstances"));
    }
    if named.len() > 100 {
        let message = "Container Instances can have at most 100 items.";
        return Err(ApiError::invalid(message).at("containerInstances").in_our_words());
    }
    let pending = pending_counts(ecs, cluster);
    let include = strings(input, "include");
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        match find(ecs, cluster, name) {
            Some(instance) => {
                let pending = pending.get(&instance.key.id).copied().unwrap_or(0);
                found.push(description(ecs, instance, pending, &include));
            }
            None => failures.push(missing(account, cluster, name)),
        }
    }
    Ok(json!({ "containerInstances": found, "failures": failures }))
}

pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let wanted = match input["status"].as_str() {
        None => None,
        Some("ACTIVE") => Some(InstanceStatus::Active),
        Some("DRAINING") => Some(InstanceStatus::Draining),
        Some("REGISTRATION_FAILED") => Some(InstanceStatus::RegistrationFailed),
        Some("REGISTERING" | "DEREGISTERING") => Some(InstanceStatus::Inactive),
        Some(_) => return Err(ApiError::invalid("Invalid container instance status.").at("status").in_our_words()),
    };
    // States between registration and ACTIVE exist only while a trunk is made (CI-25), which takes the lab no time.
    let none = wanted == Some(InstanceStatus::Inactive);
    let filter = match input["filter"].as_str().filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(
            Expression::parse(text)
                .map_err(|error| ApiError::invalid(error.to_string()).at("filter").in_our_words())?,
        ),
        None => None,
    };
    let mut arns = Vec::new();
    for instance in ecs.instances(cluster.id).filter(|instance| instance.status != InstanceStatus::Inactive && !none) {
        let status_fits = wanted.is_none_or(|wanted| wanted == instance.status);
        if status_fits && filter.as_ref().is_none_or(|filter| holds(filter, &instance.host)) {
            arns.push(account.container_instance(&cluster.name, &instance.key.id.to_string()).to_string());
        }
    }
    page_of(arns, input, "containerInstanceArns")
}

/// DR-01 to DR-04.
pub fn update_state(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let status = match input["status"].as_str() {
        Some("ACTIVE") => InstanceStatus::Active,
        Some("DRAINING") => InstanceStatus::Draining,
        _ => {
            let message = "Container instance status should be one of [ACTIVE, DRAINING]";
            return Err(ApiError::invalid(message).at("status").in_our_words());
        }
    };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in few_named(input)? {
        match find(ecs, &cluster, name).map(|instance| (instance.key, instance.status)) {
            Some((_, InstanceStatus::Inactive | InstanceStatus::RegistrationFailed)) => {
                let mut failure = missing(&cx.options().account, &cluster, name);
                failure["reason"] = Value::from("INACTIVE");
                failures.push(failure);
            }
            Some((key, _)) => found.push(key),
            None => failures.push(missing(&cx.options().account, &cluster, name)),
        }
    }
    for key in &found {
        instance::set_status(ecs, cx, *key, status);
    }
    let pending = pending_counts(ecs, &cluster);
    let described: Vec<Value> = found
        .iter()
        .filter_map(|key| ecs.instance(*key))
        .map(|instance| description(ecs, instance, pending.get(&instance.key.id).copied().unwrap_or(0), &[]))
        .collect();
    Ok(json!({ "containerInstances": described, "failures": failures }))
}

/// CI-31, CI-32: with `force` the control plane counts the tasks as STOPPED.
pub fn deregister(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = input["containerInstance"].as_str().unwrap_or_default();
    let found = find(ecs, cluster, named).filter(|instance| instance.status != InstanceStatus::Inactive);
    let key = found.map(|instance| instance.key).ok_or_else(|| {
        ApiError::client("The referenced container instance was not found.").at("containerInstance").in_our_words()
    })?;
    let tasks = instance::tasks_on(ecs, key);
    if !tasks.is_empty() && input["force"] != true {
        let message = "Found running tasks on the instance.";
        return Err(ApiError::invalid(message).at("containerInstance").in_our_words());
    }
    for task in tasks {
        lifecycle::host_lost(ecs, cx, task, instance::HOST_LOST, "Container instance deregistration forced by user");
    }
    instance::deregister(ecs, cx, key);
    Ok(json!({ "containerInstance": described(ecs, key, &[]) }))
}

/// The instances that a request names where AWS takes at most ten (DR-01, PL-10).
pub fn few_named(input: &Value) -> Result<Vec<&str>, ApiError> {
    let named = strings(input, "containerInstances");
    if named.is_empty() || named.len() > 10 {
        let message = "Container Instances must have 1 to 10 items.";
        return Err(ApiError::invalid(message).at("containerInstances").in_our_words());
    }
    Ok(named)
}

/// The ARN that a name stands for in `failures[]` when no instance has it.
pub fn arn_of(account: &Account, cluster: &Cluster, named: &str) -> String {
    account.container_instance(&cluster.name, arn::short_name(named)).to_string()
}

fn missing(account: &Account, cluster: &Cluster, named: &str) -> Value {
    json!({ "arn": arn_of(account, cluster, named), "reason": "MISSING" })
}

fn pending_counts(ecs: &Ecs, cluster: &Cluster) -> Map<HexId, u32> {
    let mut counts = Map::new();
    for task in ecs.tasks(cluster.id).filter(|task| task.status == TaskStatus::Pending) {
        if let Some(id) = task.instance {
            *counts.or_insert_with(id, || 0) += 1;
        }
    }
    counts
}

/// One instance as the API describes it; null when there is none.
pub fn described(ecs: &Ecs, key: InstanceKey, include: &[&str]) -> Value {
    let pending = |task: &&Task| task.instance == Some(key.id) && task.status == TaskStatus::Pending;
    let pending = ecs.tasks(key.cluster).filter(pending).count() as u32;
    ecs.instance(key).map(|instance| description(ecs, instance, pending, include)).unwrap_or_default()
}

fn description(ecs: &Ecs, instance: &ContainerInstance, pending: u32, include: &[&str]) -> Value {
    let host = &instance.host;
    let attributes: Vec<Value> =
        host.attributes.iter().map(|(name, value)| attribute_value(name, value.as_deref(), None)).collect();
    let [tcp, udp] = &instance.reserved_ports;
    let registered = resources(host.cpu.total, host.memory.total, tcp, udp, host.gpu.total);
    let (held_tcp, held_udp) = (host.held_ports(Protocol::Tcp), host.held_ports(Protocol::Udp));
    let remaining = resources(host.cpu.free, host.memory.free, &held_tcp, &held_udp, host.gpu.free);
    let mut value = object!({
        "containerInstanceArn": host.arn.clone(),
        "ec2InstanceId": instance.machine.to_string(),
        "version": instance.version,
        "versionInfo": version_info(instance),
        "remainingResources": remaining,
        "registeredResources": registered,
        "status": instance.status.name(),
        "agentConnected": host.agent_connected,
        "runningTasksCount": host.running_tasks,
        "pendingTasksCount": pending,
        "attributes": attributes,
        "registeredAt": host.registered_at.as_epoch_seconds(),
        "attachments": Value::Array(Vec::new()),
        "tags": if include.contains(&"TAGS") { list_or_empty(&instance.tags) } else { Value::Array(Vec::new()) },
    });
    if let Some((name, _)) = ecs.provider(instance.provider) {
        value["capacityProviderName"] = Value::from(name);
    }
    if instance.status == InstanceStatus::RegistrationFailed {
        value["statusReason"] = Value::from(instance::NO_TRUNK);
    }
    if let Some(status) = instance.agent_update {
        value["agentUpdateStatus"] = Value::from(status);
    }
    if include.contains(&"CONTAINER_INSTANCE_HEALTH") {
        value["healthStatus"] = health(host);
    }
    value
}

fn version_info(instance: &ContainerInstance) -> Value {
    let mut value = match instance.version_info.is_object() {
        true => instance.version_info.clone(),
        false => object!({ "dockerVersion": capability::DOCKER_VERSION }),
    };
    if !instance.host.agent_version.is_empty() {
        let version = &*instance.host.agent_version;
        value["agentVersion"] = Value::from(version);
        if value["agentHash"].is_null() {
            // Of the release, as a commit has it; made up.
            value["agentHash"] = Value::from(alloc::format!("{:08x}", draw::draw(0, 0, version, 0) >> 32));
        }
    }
    value
}

/// CI-33: the container runtime is well where the agent can say so.
fn health(host: &Host) -> Value {
    let status = if host.agent_connected { "OK" } else { "INSUFFICIENT_DATA" };
    let since = host.registered_at.as_epoch_seconds();
    let runtime =
        object!({ "type": "CONTAINER_RUNTIME", "status": status, "lastUpdated": since, "lastStatusChange": since });
    object!({ "overallStatus": status, "details": alloc::vec![runtime] })
}

/// CI-01, CI-06, CI-08: amounts as integers, ports as the list of those that are taken.
fn resources(cpu: u32, memory: u32, tcp: &[u16], udp: &[u16], gpus: u32) -> Value {
    let integer = |name: &str, value: u32| object!({ "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value });
    let set = |name: &str, values: Vec<String>| object!({ "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0, "stringSetValue": values });
    let ports = |ports: &[u16]| ports.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut all = alloc::vec![
        integer("CPU", cpu),
        integer("MEMORY", memory),
        set("PORTS", ports(tcp)),
        set("PORTS_UDP", ports(udp)),
    ];
    if gpus > 0 {
        all.push(set("GPU", (0..gpus).map(|n| alloc::format!("GPU-{n:08x}")).collect()));
    }
    Value::Array(all)
}
