//! What a request changes of its definition, and what that asks of an instance (OV-01, OV-02, PL-05, AT-08).

use super::LaunchType;
use super::taskdef::{self, Core, Gpus, Registration};
use crate::aws::ApiError;
use crate::placement::{Demand, PortNeed, TASK_SIZES};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The facts of the definition with the request's overrides over it. The whole must hold as at registration (CD-05 to
/// CD-10, CD-15; FG-01 on Fargate); AWS then says InvalidParameterException.
pub fn applied<'a>(
    registration: &'a Registration,
    overrides: &Value,
    launch: LaunchType,
) -> Result<Cow<'a, Core>, ApiError> {
    let Some(given) = overrides.as_object() else { return Ok(Cow::Borrowed(&registration.core)) };
    if overrides.to_string().chars().count() > 8192 {
        let message = "Overrides length must be at most 8192.";
        return Err(ApiError::invalid(message).at("overrides").in_our_words());
    }
    let mut whole = registration.document.clone();
    for size in ["cpu", "memory"] {
        put(&mut whole, size, given.get(size));
    }
    // By container: the override that changes it.
    let mut changed: Vec<(usize, usize)> = Vec::new();
    for (index, item) in overrides["containerOverrides"].as_array().into_iter().flatten().enumerate() {
        let name = item["name"].as_str().unwrap_or_default();
        let refused = |message: String| {
            Err(ApiError::invalid(message).at(format!("overrides.containerOverrides[{index}].name")).in_our_words())
        };
        let Some(at) = registration.core.containers.iter().position(|container| container.name == name) else {
            return refused(format!("Override for container named {name} is not a container in the TaskDefinition."));
        };
        if changed.iter().any(|(known, _)| *known == at) {
            return refused(format!("The container named {name} is overridden more than once."));
        }
        changed.push((at, index));
        let Some(container) = whole["containerDefinitions"].get_mut(at) else { continue };
        for member in ["cpu", "memory", "memoryReservation"] {
            put(container, member, item.get(member));
        }
        let asks = item["resourceRequirements"].as_array().is_some_and(|list| !list.is_empty());
        put(container, "resourceRequirements", item.get("resourceRequirements").filter(|_| asks));
    }
    let core = taskdef::overridden(&whole, &registration.requires_attributes, launch == LaunchType::Fargate);
    core.map(Cow::Owned).map_err(|found| {
        let of = |(at, index): &(usize, usize)| {
            let rest = found.path.strip_prefix(&format!("containerDefinitions[{at}]"))?;
            Some(format!("overrides.containerOverrides[{index}]{rest}"))
        };
        // What a container breaks that is not overridden is the fault of the task's size.
        let member = found.path.rsplit('.').next().unwrap_or_default();
        let path = changed.iter().find_map(of).unwrap_or_else(|| format!("overrides.{member}"));
        ApiError { ours: found.ours, ..ApiError::invalid(found.message).at(path) }
    })
}

fn put(object: &mut Value, member: &str, value: Option<&Value>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value.filter(|value| !value.is_null())) {
        map.insert(member.to_string(), value.clone());
    }
}

/// GPUs of one task, and whether it takes all of its instance besides (CD-15).
fn gpus(core: &Core) -> (u32, bool) {
    core.containers.iter().fold((0, false), |(number, all), container| match container.gpus {
        Gpus::All => (number, true),
        Gpus::Number(more) => (number.saturating_add(more), all),
    })
}

/// The attributes an instance must have: those that AWS lists as `requiresAttributes`; what it needs for sizes of the
/// whole task, which AWS does not list (1.4); and the platform that the definition names. A Windows family must be the
/// instance's own (8.2, `UNDOC→`).
fn required_attributes(core: &Core, launch: LaunchType) -> Vec<(String, Option<String>)> {
    let windows = core.is_windows();
    let sized = !windows && (core.task_cpu.is_some() || core.task_memory.is_some());
    let sized = sized.then(|| TASK_SIZES.to_string());
    let named = core.requires_attributes.iter().cloned().chain(sized).map(|name| (name, None));
    let os = core.os_family.as_ref().map(|_| if windows { "windows" } else { "linux" });
    let family = core.os_family.as_deref().filter(|_| windows);
    let architecture = match core.cpu_architecture.as_deref() {
        Some("ARM64") => Some("arm64"),
        Some("X86_64") => Some("x86_64"),
        // ECS chooses the instance, so that it has to know.
        _ if launch == LaunchType::ManagedInstances => Some("x86_64"),
        _ => None,
    };
    let platform = [("ecs.os-type", os), ("ecs.os-family", family), ("ecs.cpu-architecture", architecture)];
    let platform = platform.into_iter().filter_map(|(name, value)| Some((name.to_string(), Some(value?.to_string()))));
    named.chain(platform).collect()
}

fn ports(core: &Core) -> Vec<PortNeed> {
    core.ports.iter().map(|(port, protocol)| PortNeed { port: *port, protocol: *protocol }).collect()
}

/// PL-05 of a definition with the request's overrides applied.
pub fn demand(core: &Core, zones: &[String], launch: LaunchType) -> Demand {
    let (gpu, all_gpus) = gpus(core);
    let on_instance = launch != LaunchType::Fargate;
    Demand {
        cpu: core.cpu,
        memory: core.memory,
        gpu,
        all_gpus,
        enis: if on_instance { core.enis() } else { 0 },
        ports: if on_instance { ports(core) } else { Vec::new() },
        attributes: if on_instance { required_attributes(core, launch) } else { Vec::new() },
        zones: (on_instance && !zones.is_empty()).then(|| zones.to_vec()),
    }
}
