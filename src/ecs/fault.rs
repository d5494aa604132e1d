//! What can go wrong by itself, as commands: `lab fault`, one member of its union for each kind.

use super::image::PullError;
use super::taskdef::Container;
use super::{Ecs, Task};
use crate::aws::ApiError;
use crate::ec2::network;
use crate::event::{Cx, FactKind};
use crate::sim::SimDuration;
use crate::sim::sorted::{Map as Sorted, Set};
use alloc::string::{String, ToString};
use serde_json::{Map, Value};

/// `failures[]` of a RunTask for which Fargate has no capacity; it names no ARN (seen in gchq/sleeper#904).
pub const NO_CAPACITY: &str =
    "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// The faults that last until they are ended.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The zones in which Fargate is out of capacity.
    pub without_fargate: Set<String>,
    /// How the pull of an image goes: how long it takes, or why it fails.
    pulls: Sorted<String, (SimDuration, Option<PullError>)>,
    /// Families whose tasks cannot be initialized, and why.
    initialization: Sorted<String, &'static str>,
}

impl Faults {
    /// Whether no task's way up is disturbed.
    pub fn is_empty(&self) -> bool {
        self.pulls.is_empty() && self.initialization.is_empty()
    }

    /// Whether a fault concerns the way up of a container.
    pub fn touches(&self, task: &Task, container: &Container) -> bool {
        self.pull(&container.image).is_some() || self.initialization(task).is_some()
    }

    /// How the pull of an image goes.
    pub fn pull(&self, image: &str) -> Option<(SimDuration, Option<PullError>)> {
        self.pulls.get(image).copied()
    }

    /// Why a task cannot be initialized.
    pub fn initialization(&self, task: &Task) -> Option<&'static str> {
        self.initialization.get(&task.definition.registration.family).copied()
    }
}

/// Makes a fault, or ends it. Errors: a zone that the Region does not have.
pub fn inject(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let fault = &input["fargateCapacity"];
    let zone = fault["zone"].as_str().unwrap_or_default();
    let available = fault["available"] == true;
    if !network::zones(&cx.options().account.region).any(|known| known == zone) {
        return Err(ApiError::invalid("Unknown Availability Zone.").at("fargateCapacity.zone").in_our_words());
    }
    let zone = zone.to_string();
    let changed = if available {
        ecs.faults.without_fargate.remove(&zone)
    } else {
        ecs.faults.without_fargate.insert(zone.clone())
    };
    if changed {
        cx.emit(FactKind::FargateCapacity { zone, available });
    }
    Ok(Value::Object(Map::new()))
}
