//! What a request changes of its definition, and what that asks of an instance (OV-01, OV-02, PL-05, AT-08).

use super::taskdef::Core;
use super::taskdef::size::{self, Size};
use crate::aws::ApiError;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// CPU units and MiB of one task: the override's task level, else the definition's, else the sum over containers with
/// their overrides.
pub fn need(core: &Core, overrides: &Value) -> Result<(u32, u32), ApiError> {
    if overrides.is_object() && overrides.to_string().chars().count() > 8192 {
        let message = "Overrides length must be at most 8192.";
        return Err(ApiError::invalid(message).at("overrides").in_our_words());
    }
    let given = overrides["containerOverrides"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, item) in given.iter().enumerate() {
        let name = item["name"].as_str().unwrap_or_default();
        if !core.containers.iter().any(|container| container.name == name) {
            let message = format!("Override for container named {name} is not a container in the TaskDefinition.");
            let path = format!("overrides.containerOverrides[{index}].name");
            return Err(ApiError::invalid(message).at(path).in_our_words());
        }
    }
    let of = |name: &str| given.iter().rfind(|item| item["name"] == name).unwrap_or(&Value::Null);
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let (mut cpu, mut memory) = (0u32, 0u32);
    for container in &core.containers {
        let item = of(&container.name);
        let soft = number(&item["memoryReservation"]).or(container.memory_reservation).filter(|soft| *soft > 0);
        let hard = number(&item["memory"]).or(container.memory);
        cpu = cpu.saturating_add(number(&item["cpu"]).unwrap_or(container.cpu));
        memory = memory.saturating_add(soft.or(hard).unwrap_or(0));
    }
    let task_level = |member: &str, given: Size, own: Option<u32>| match given {
        Size::Is(number) => Ok(Some(number)),
        Size::Absent => Ok(own.filter(|_| !core.is_windows())),
        Size::Unreadable => Err(ApiError::invalid(format!("Invalid '{member}' setting for task."))
            .at(format!("overrides.{member}"))
            .in_our_words()),
    };
    Ok((
        task_level("cpu", size::cpu(overrides), core.task_cpu)?.unwrap_or(cpu),
        task_level("memory", size::memory(overrides), core.task_memory)?.unwrap_or(memory),
    ))
}

/// The attributes an instance must have: those that AWS lists as `requiresAttributes`; what it needs for sizes of the
/// whole task, which AWS does not list (1.4); and the platform. A Windows family must be the instance's own (8.2,
/// `UNDOC→`).
pub fn required_attributes(core: &Core) -> Vec<(String, Option<String>)> {
    let windows = core.is_windows();
    let sized = !windows && (core.task_cpu.is_some() || core.task_memory.is_some());
    let sized = sized.then(|| "ecs.capability.task-cpu-mem-limit".to_string());
    let named = core.requires_attributes.iter().cloned().chain(sized).map(|name| (name, None));
    let os = if windows { "windows" } else { "linux" };
    let family = core.os_family.as_deref().filter(|_| windows);
    let architecture = match core.cpu_architecture.as_deref() {
        Some("ARM64") => Some("arm64"),
        Some("X86_64") => Some("x86_64"),
        _ => None,
    };
    let platform = [("ecs.os-type", Some(os)), ("ecs.os-family", family), ("ecs.cpu-architecture", architecture)];
    let platform = platform.into_iter().filter_map(|(name, value)| Some((name.to_string(), Some(value?.to_string()))));
    named.chain(platform).collect()
}
