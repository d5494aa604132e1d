//! DeleteTaskDefinitions (TD-06, TD-08): an INACTIVE revision is DELETE_IN_PROGRESS, and goes when no task needs it.

use super::definition::{change, description, split};
use super::strings;
use crate::aws::ApiError;
use crate::aws::arn;
use crate::aws::object::object;
use crate::ecs::{Ecs, TaskStatus, timing};
use crate::event::{Cx, Event, FactKind};
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Revisions that one call deletes at most (TD-08).
const MOST: usize = 10;

pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let named = strings(input, "taskDefinitions");
    let refuse = |message: &str| Err(ApiError::invalid(message).at("taskDefinitions"));
    if named.is_empty() {
        return refuse("size of TaskDefinition references list must be greater than 0");
    }
    if named.len() > MOST {
        return refuse("Size of TaskDefinition references list cannot exceed 10");
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        match delete_one(ecs, cx, name) {
            Ok(definition) => deleted.push(definition),
            Err(reason) => {
                let arn = cx.options().account.task_definition_named(arn::short_name(name));
                failures.push(object!({ "arn": arn, "reason": reason }));
            }
        }
    }
    Ok(object!({ "taskDefinitions": deleted, "failures": failures }))
}

/// One revision, or the reason of the failure.
fn delete_one(ecs: &mut Ecs, cx: &mut Cx<'_>, named: &str) -> Result<Value, &'static str> {
    let Ok((family, Some(revision))) = split(named) else {
        return Err("The specified task definition identifier is invalid. Specify a valid name or ARN and try again.");
    };
    let number = ecs.families.get(family).map_or(0, |family| family.number);
    let own = change(ecs, family, revision).ok_or(
        "The specified task definition does not exist. Specify a valid account, family, revision and try again.",
    )?;
    if own.active {
        return Err(
            "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
        );
    }
    if own.delete_requested_at.is_none() {
        own.delete_requested_at = Some(cx.now());
        cx.emit(FactKind::DefinitionDeleted { family: family.to_string(), revision, gone: false });
        cx.schedule(timing::DEFINITION_DELETION, Event::DefinitionForgotten { family: number, revision });
    }
    Ok(description(&cx.options().account, own))
}

/// The end of a deletion, or another wait while a task that is not STOPPED runs the revision (TD-09).
pub fn gone(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32, revision: u32) {
    let Some((name, family)) = ecs.families.iter_mut().find(|(_, family)| family.number == number) else { return };
    let Some(own) = family.revisions.get(&revision) else { return };
    if ecs.tasks.values().any(|task| task.status != TaskStatus::Stopped && same(&task.definition, own)) {
        cx.schedule(timing::DEFINITION_DELETION, Event::DefinitionForgotten { family: number, revision });
        return;
    }
    Rc::make_mut(family).revisions.remove(&revision);
    cx.emit(FactKind::DefinitionDeleted { family: name.clone(), revision, gone: true });
}

/// A task keeps the revision as it was when the task was made.
fn same(one: &crate::ecs::Definition, other: &crate::ecs::Definition) -> bool {
    one.revision == other.revision && one.registration.family == other.registration.family
}
