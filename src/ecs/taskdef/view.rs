//! What the checks and derivations look at: the input with the few facts that all of them need.

use super::facts::{Gpus, NetworkMode};
use super::read::{filled, flag, has, int, list, member, text, texts};
use super::size::{self, Size};
use crate::ecr::host;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// RegisterTaskDefinition's input, read.
pub(super) struct View<'a> {
    pub(super) root: &'a Value,
    pub(super) containers: &'a [Value],
    pub(super) volumes: &'a [Value],
    pub(super) mode: NetworkMode,
    pub(super) cpu: Size,
    pub(super) memory: Size,
    /// Whether `runtimePlatform` names a Windows family.
    pub(super) windows: bool,
    /// Whether `runtimePlatform` names Linux.
    pub(super) linux: bool,
    /// Whether `requiresCompatibilities` names FARGATE.
    pub(super) wants_fargate: bool,
    /// Whether the 32 vCPU row of the Fargate table counts.
    pub(super) with_32_vcpu: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(root: &'a Value, with_32_vcpu: bool) -> Self {
        let platform = member(root, "runtimePlatform").unwrap_or(&Value::Null);
        Self {
            root,
            containers: list(root, "containerDefinitions"),
            volumes: list(root, "volumes"),
            mode: NetworkMode::of(text(root, "networkMode")),
            cpu: size::cpu(root),
            memory: size::memory(root),
            windows: text(platform, "operatingSystemFamily").is_some_and(|family| family.starts_with("WINDOWS")),
            linux: text(platform, "operatingSystemFamily") == Some("LINUX"),
            wants_fargate: texts(root, "requiresCompatibilities").any(|wanted| wanted == "FARGATE"),
            with_32_vcpu,
        }
    }

    /// Whether an execution role is given.
    pub(super) fn has_execution_role(&self) -> bool {
        filled(self.root, "executionRoleArn")
    }

    /// The containers with the path of each.
    pub(super) fn each(&self) -> impl Iterator<Item = (String, &'a Value)> {
        self.containers.iter().enumerate().map(|(index, container)| (container_path(index), container))
    }

    /// Every port mapping of the task with its path and its container.
    pub(super) fn mappings(&self) -> impl Iterator<Item = (String, &'a Value, &'a Value)> {
        self.each().flat_map(|(path, container)| {
            list(container, "portMappings")
                .iter()
                .enumerate()
                .map(move |(index, mapping)| (format!("{path}.portMappings[{index}]"), container, mapping))
        })
    }

    /// Volumes with the path of each.
    pub(super) fn each_volume(&self) -> impl Iterator<Item = (String, &'a Value)> {
        self.volumes.iter().enumerate().map(|(index, volume)| (format!("volumes[{index}]"), volume))
    }
}

/// `containerDefinitions[index]`.
pub(super) fn container_path(index: usize) -> String {
    format!("containerDefinitions[{index}]")
}

/// A container's name; empty when it has none.
pub(super) fn name_of(container: &Value) -> &str {
    text(container, "name").unwrap_or("")
}

/// Whether the task stops when this container stops (CD-04: yes unless it says no).
pub(super) fn is_essential(container: &Value) -> bool {
    container.get("essential").and_then(Value::as_bool) != Some(false)
}

/// Whether a volume is configured at launch (EBS).
pub(super) fn at_launch(volume: &Value) -> bool {
    flag(volume, "configuredAtLaunch")
}

/// The container's log driver and its options.
pub(super) fn log_driver(container: &Value) -> Option<(&str, &Value)> {
    let logging = member(container, "logConfiguration")?;
    Some((text(logging, "logDriver")?, member(logging, "options").unwrap_or(&Value::Null)))
}

/// Whether the image stands in an Amazon ECR private registry.
pub(super) fn is_ecr(container: &Value) -> bool {
    let host = text(container, "image").and_then(|image| image.split_once('/')).map_or("", |(host, _)| host);
    host::read(host).is_some_and(|(account, _)| host::is_account(account))
}

/// The linux parameters of a container; null when there are none.
pub(super) fn linux(container: &Value) -> &Value {
    member(container, "linuxParameters").unwrap_or(&Value::Null)
}

/// The members of `linuxParameters` that hold a number.
pub(super) fn has_swap(container: &Value) -> bool {
    has(linux(container), "maxSwap") || has(linux(container), "swappiness")
}

/// The GPUs a container asks for, `ALL` told apart from a number.
pub(crate) fn gpus(container: &Value) -> Gpus {
    let mut number = 0_u32;
    for requirement in list(container, "resourceRequirements") {
        if text(requirement, "type") == Some("GPU") {
            match text(requirement, "value") {
                Some("ALL") => return Gpus::All,
                wanted => number = number.saturating_add(wanted.and_then(|n| n.parse().ok()).unwrap_or(0)),
            }
        }
    }
    Gpus::Number(number)
}

/// Whether the container asks for a resource of this type.
pub(super) fn asks_for(container: &Value, kind: &str) -> bool {
    list(container, "resourceRequirements").iter().any(|requirement| text(requirement, "type") == Some(kind))
}

/// First and last port of a `containerPortRange`, if it is well formed.
pub(super) fn port_range(mapping: &Value) -> Option<(u16, u16)> {
    let (first, last) = text(mapping, "containerPortRange")?.split_once('-')?;
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first > 0 && first < last).then_some((first, last))
}

/// Whether the mapping is for UDP.
pub(super) fn is_udp(mapping: &Value) -> bool {
    text(mapping, "protocol") == Some("udp")
}

/// The paths of the mappings that carry a `name` (Service Connect).
pub(super) fn named_mappings(view: &View) -> Vec<String> {
    view.mappings()
        .filter(|(_, _, mapping)| filled(mapping, "name"))
        .map(|(path, _, _)| format!("{path}.name"))
        .collect()
}

/// An integer of an object that lies outside the bounds, if it is there.
pub(super) fn outside(value: &Value, key: &str, low: i64, high: i64) -> bool {
    int(value, key).is_some_and(|found| found < low || found > high)
}
