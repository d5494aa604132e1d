//! CPU and memory of the task and of its containers (CD-05 to CD-10, reference 3.2, 3.6).

use super::Findings;
use crate::aws::ApiError;
use crate::ecs::taskdef::read::{has, int};
use crate::ecs::taskdef::size::Size;
use crate::ecs::taskdef::view::{View, name_of};
use alloc::format;
use serde_json::Value;

/// The texts that are no size at all; recorded before every other check of the containers.
pub(super) fn syntax(view: &View, out: &mut Findings) {
    if view.cpu == Size::Unreadable {
        out.push(ApiError::invalid("Invalid 'cpu' setting for task.").at("cpu"));
    }
    if view.memory == Size::Unreadable {
        out.push(ApiError::invalid("Invalid 'memory' setting for task.").at("memory").in_our_words());
    }
}

/// Each container's own numbers, then against the task's.
pub(super) fn containers(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        let name = name_of(container);
        let limit = int(container, "memory").filter(|mib| *mib != 0);
        let soft = int(container, "memoryReservation").filter(|mib| *mib != 0);
        for key in ["cpu", "memory", "memoryReservation"] {
            if int(container, key).is_some_and(|number| number < 0) {
                out.add_ours(format!("{path}.{key}"), format!("Invalid '{key}' setting for container '{name}'."));
            }
        }
        if limit.is_none() && soft.is_none() && !has(view.root, "memory") {
            let message = format!(
                "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be \
                 specified."
            );
            out.add(format!("{path}.memory"), message);
        }
        if let (Some(limit), Some(soft)) = (limit, soft)
            && limit < soft
        {
            let message = format!(
                "Invalid setting for container '{name}'. 'memory' must be greater than or equal to \
                 'memoryReservation'."
            );
            out.add(format!("{path}.memoryReservation"), message);
        }
        if let (Some(limit), Some(task)) = (limit, view.memory.known())
            && limit > i64::from(task)
        {
            let message = format!("The 'memory' setting for container '{name}' is greater than for the task.");
            out.add(format!("{path}.memory"), message);
        }
    }
    sums(view, out);
}

/// Sums over the containers against the task (CD-08: memory on Fargate only; CD-09).
fn sums(view: &View, out: &mut Findings) {
    let sum = |key: &str| {
        view.containers
            .iter()
            .filter_map(|container: &Value| int(container, key))
            .filter(|number| *number > 0)
            .fold(0_i64, i64::saturating_add)
    };
    if let Some(task) = view.cpu.known()
        && sum("cpu") > i64::from(task)
    {
        out.add("cpu", "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value");
    }
    if let Some(task) = view.memory.known()
        && view.wants_fargate
        && sum("memory") > i64::from(task)
    {
        let message = "The sum of all container 'memory' values cannot be greater than the task-level 'memory' value";
        out.add_ours("memory", message);
    }
}

/// CD-10: the bounds of `cpu` where the Fargate table does not rule; Windows ignores the member.
pub(super) fn task(view: &View, out: &mut Findings) {
    if let Some(cpu) = view.cpu.known()
        && !view.wants_fargate
        && !view.windows
        && !(128..=196_608).contains(&cpu)
    {
        let message = "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the \
                       Amazon ECS Developer Guide.";
        out.add("cpu", message);
    }
    if view.memory == Size::Is(0) && !view.windows {
        out.add_ours("memory", "Invalid 'memory' setting for task.");
    }
}
