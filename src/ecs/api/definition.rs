//! RegisterTaskDefinition, DeregisterTaskDefinition, DescribeTaskDefinition, ListTaskDefinitions and families.

use super::{page_of, tags};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::ecs::{Definition, Ecs, Family, taskdef};
use crate::event::{Cx, FactKind};
use crate::iam::LEARNER;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Revisions that a family holds at most (TD-12).
const MOST_REVISIONS: u32 = 1_000_000;

/// TD-02: each call adds exactly one revision, whatever it says.
pub fn register(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let registration = Rc::new(taskdef::validate(input)?);
    let tags = tags::given(input)?;
    let name = registration.family.clone();
    if ecs.families.get(&name).is_some_and(|family| family.last >= MOST_REVISIONS) {
        let message = format!("The task definition family {name} has {MOST_REVISIONS} revisions.");
        return Err(ApiError::new("LimitExceededException", message).at("family").in_our_words());
    }
    let number = ecs.families.len() as u32;
    let first = || Rc::new(Family { number, ..Family::default() });
    let family = Rc::make_mut(ecs.families.or_insert_with(name.clone(), first));
    family.last += 1;
    let revision = family.last;
    let definition = Rc::new(Definition {
        revision,
        registration,
        active: true,
        registered_at: cx.now(),
        registered_by: cx.caller(),
        deregistered_at: None,
        delete_requested_at: None,
        tags,
    });
    let mut answer = json!({ "taskDefinition": description(&cx.options().account, &definition) });
    if let (Some(map), true) = (answer.as_object_mut(), input["tags"].is_array()) {
        map.insert("tags".to_string(), definition.tags.clone());
    }
    family.revisions.insert(revision, definition);
    cx.emit(FactKind::DefinitionRegistered { family: name, revision });
    Ok(answer)
}

/// TD-06, TD-07.
pub fn deregister(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let named = input["taskDefinition"].as_str().unwrap_or_default();
    let (family, revision) = split(named)?;
    let revision = revision.ok_or_else(|| ApiError::client("Revision is missing.").at("taskDefinition"))?;
    let unknown = || ApiError::client("Unable to describe task definition.").at("taskDefinition");
    let definition = change(ecs, family, revision).ok_or_else(unknown)?;
    if definition.delete_requested_at.is_some() {
        let message = "The task definition could not be deregistered because it is in the process of being deleted.";
        return Err(ApiError::client(message).at("taskDefinition"));
    }
    if definition.active {
        definition.active = false;
        definition.deregistered_at = Some(cx.now());
        cx.emit(FactKind::DefinitionDeregistered { family: family.to_string(), revision });
    }
    Ok(json!({ "taskDefinition": description(&cx.options().account, definition) }))
}

pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let named = input["taskDefinition"].as_str().unwrap_or_default();
    if named.is_empty() {
        return Err(ApiError::invalid("Task Definition can not be blank.").at("taskDefinition"));
    }
    let found = split(named).ok().and_then(|(family, revision)| match revision {
        Some(revision) => ecs.definition(family, revision),
        None => latest_active(ecs.families.get(family)?),
    });
    let definition =
        found.ok_or_else(|| ApiError::client("Unable to describe task definition.").at("taskDefinition"))?;
    let mut answer = json!({ "taskDefinition": description(account, definition) });
    let wants_tags = super::strings(input, "include").contains(&"TAGS");
    if let (Some(map), true) = (answer.as_object_mut(), wants_tags) {
        map.insert("tags".to_string(), definition.tags.clone());
    }
    Ok(answer)
}

/// TD-13: ACTIVE ones in ascending order unless told otherwise.
pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let status = input["status"].as_str().unwrap_or("ACTIVE");
    let family = input["familyPrefix"].as_str();
    let mut arns: Vec<String> = ecs
        .families()
        .filter(|(name, _)| family.is_none_or(|wanted| wanted == *name))
        .flat_map(|(_, family)| family.revisions.values())
        .filter(|definition| definition.status() == status)
        .map(|definition| arn_of(account, definition))
        .collect();
    match input["sort"].as_str() {
        None | Some("ASC") => {}
        Some("DESC") => arns.reverse(),
        Some(_) => return Err(ApiError::client("sort should be ASC or DESC.").at("sort").in_our_words()),
    }
    page_of(arns, input, "taskDefinitionArns")
}

/// TD-13: both kinds by default; ACTIVE families have an ACTIVE revision, INACTIVE ones have none.
pub fn list_families(ecs: &Ecs, input: &Value) -> Result<Value, ApiError> {
    let wanted = match input["status"].as_str() {
        None | Some("ALL") => None,
        Some("ACTIVE") => Some(true),
        Some("INACTIVE") => Some(false),
        Some(_) => return Err(bad_status()),
    };
    let prefix = input["familyPrefix"].as_str().unwrap_or_default();
    let fits = |family: &Family| {
        !family.revisions.is_empty() && wanted.is_none_or(|wanted| wanted == latest_active(family).is_some())
    };
    let names = ecs
        .families()
        .filter(|(name, family)| name.starts_with(prefix) && fits(family))
        .map(|(name, _)| name.to_string())
        .collect();
    page_of(names, input, "families")
}

/// The revision that RunTask means, once and for all (TD-04, TD-05): ACTIVE, or the call is refused (TD-09, TD-10).
pub fn to_run(ecs: &Ecs, named: &str) -> Result<Rc<Definition>, ApiError> {
    let not_found = || ApiError::client("TaskDefinition not found.").at("taskDefinition");
    let (family, revision) = split(named).map_err(|_| not_found())?;
    let found = match revision {
        Some(revision) => ecs.definition(family, revision),
        None => ecs.families.get(family).and_then(|family| latest_active(family)),
    };
    let definition = found.ok_or_else(not_found)?;
    if definition.active {
        Ok(definition.clone())
    } else {
        Err(ApiError::invalid("TaskDefinition is inactive").at("taskDefinition"))
    }
}

/// The task definition as the API describes it (TD-14).
pub fn description(account: &Account, definition: &Definition) -> Value {
    let (arn, revision) = (arn_of(account, definition), definition.revision);
    let mut value = definition.registration.described(&arn, revision, definition.status());
    let Some(map) = value.as_object_mut() else { return value };
    map.insert("registeredAt".to_string(), Value::from(definition.registered_at.as_epoch_seconds()));
    let times = [("deregisteredAt", definition.deregistered_at), ("deleteRequestedAt", definition.delete_requested_at)];
    for (name, at) in times {
        map.extend(at.map(|at| (name.to_string(), Value::from(at.as_epoch_seconds()))));
    }
    map.insert(
        "registeredBy".to_string(),
        Value::from(account.caller(definition.registered_by.as_deref().unwrap_or(LEARNER))),
    );
    value
}

/// The ARN of a revision (TD-03).
pub fn arn_of(account: &Account, definition: &Definition) -> String {
    account.task_definition(&definition.registration.family, definition.revision).text()
}

/// The highest ACTIVE revision (TD-04).
pub fn latest_active(family: &Family) -> Option<&Rc<Definition>> {
    family.revisions.values().rev().find(|definition| definition.active)
}

/// A revision, to change.
pub fn change<'a>(ecs: &'a mut Ecs, family: &str, revision: u32) -> Option<&'a mut Definition> {
    ecs.families.get_mut(family).map(Rc::make_mut)?.revisions.get_mut(&revision).map(Rc::make_mut)
}

/// `family`, `family:revision` or the ARN.
pub fn split(named: &str) -> Result<(&str, Option<u32>), ApiError> {
    let short = arn::short_name(named);
    let Some((family, revision)) = short.split_once(':') else { return Ok((short, None)) };
    let bad = || ApiError::client(format!("Invalid revision number. Number: {revision}")).at("taskDefinition");
    revision.parse().map(|revision| (family, Some(revision))).map_err(|_| bad())
}

fn bad_status() -> ApiError {
    ApiError::client("Invalid task definition status.").at("status").in_our_words()
}
