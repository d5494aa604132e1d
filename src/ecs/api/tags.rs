//! TagResource, UntagResource, ListTagsForResource, and what every request holds its tags to (3.2, 6.11).

use super::{definition, strings};
use crate::aws::ApiError;
use crate::aws::arn::{Arn, Resource};
use crate::aws::object::object;
use crate::ecs::instances::Touches;
use crate::ecs::{Ecs, InstanceStatus, TaskStatus};
use crate::event::{Cx, FactKind, InstanceKey, TaskKey};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Tags that a resource holds at most, AWS's own not counted (6.11).
const MOST: usize = 50;

/// The tags of a request, each with a key and a value; an empty list where it gives none.
///
/// # Errors
/// A tag without a key, a key twice, and the prefix that AWS keeps to itself, in whichever case.
pub fn given(input: &Value) -> Result<Value, ApiError> {
    let mut tags: Vec<Value> = Vec::new();
    for (index, tag) in input["tags"].as_array().into_iter().flatten().enumerate() {
        let path = format!("tags[{index}]");
        let refuse = |message: &str| Err(ApiError::invalid(message).at(&*path).in_our_words());
        let (key, value) = (tag["key"].as_str().unwrap_or_default(), tag["value"].as_str().unwrap_or_default());
        if key.is_empty() {
            return refuse("A tag must have a key.");
        }
        if [key, value].iter().any(|text| reserved(text)) {
            return refuse("Tags that begin with aws: are reserved for AWS.");
        }
        if tags.iter().any(|known| known["key"] == key) {
            return refuse("The same tag key is given more than once.");
        }
        tags.push(object!({ "key": key, "value": value }));
    }
    Ok(Value::Array(tags))
}

/// The first tags with the second laid over them, key by key.
pub fn merged(under: &Value, over: &Value) -> Value {
    let mut all = under.as_array().cloned().unwrap_or_default();
    for tag in over.as_array().into_iter().flatten() {
        match all.iter_mut().find(|known| known["key"] == tag["key"]) {
            Some(known) => known.clone_from(tag),
            None => all.push(tag.clone()),
        }
    }
    Value::Array(all)
}

/// Refuses more tags than a resource holds, as the model refuses them in one request: not every call that makes something
/// has LimitExceededException.
pub fn few(tags: &Value) -> Result<(), ApiError> {
    let own = |tag: &&Value| !tag["key"].as_str().is_some_and(reserved);
    if tags.as_array().into_iter().flatten().filter(own).count() <= MOST {
        return Ok(());
    }
    let message = format!("A resource can have at most {MOST} tags.");
    Err(ApiError::invalid(message).at("tags").in_our_words())
}

pub fn tag(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let resource = resource(input)?;
    let held = held(ecs, &resource, "ResourceNotFoundException")?;
    let tags = merged(held, &given(input)?);
    few(&tags)?;
    change(ecs, cx, input, &resource, tags)
}

pub fn untag(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let resource = resource(input)?;
    let mut tags = held(ecs, &resource, "ResourceNotFoundException")?.clone();
    let keys = strings(input, "tagKeys");
    if let Some(index) = keys.iter().position(|key| reserved(key)) {
        let message = "Tags that begin with aws: are reserved for AWS.";
        return Err(ApiError::invalid(message).at(format!("tagKeys[{index}]")).in_our_words());
    }
    if let Some(tags) = tags.as_array_mut() {
        tags.retain(|tag| !keys.iter().any(|key| tag["key"] == *key));
    }
    change(ecs, cx, input, &resource, tags)
}

pub fn list(ecs: &Ecs, input: &Value) -> Result<Value, ApiError> {
    let tags = held(ecs, &resource(input)?, "InvalidParameterException")?;
    Ok(object!({ "tags": super::list_or_empty(tags) }))
}

fn reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// The resource that the request names.
fn resource(input: &Value) -> Result<Resource, ApiError> {
    let named = input["resourceArn"].as_str().unwrap_or_default();
    Arn::parse(named).map(|arn| arn.resource).map_err(|error| {
        // The form before 2018 had no cluster in it.
        let old = |kind: &str| {
            named.split(':').nth(5).and_then(|own| own.strip_prefix(kind)).is_some_and(|id| !id.contains('/'))
        };
        let refusal = match old("task/") || old("container-instance/") || old("service/") {
            true => ApiError::invalid("Long arn format must be used for tagging operations"),
            false => ApiError::invalid(error.to_string()).in_our_words(),
        };
        refusal.at("resourceArn")
    })
}

/// What the resource's tags are now; refused with `missing` when there is no such resource, and when it is over.
fn held<'a>(ecs: &'a Ecs, resource: &Resource, missing: &'static str) -> Result<&'a Value, ApiError> {
    let active = |name: &str| {
        if let Some(cluster) = ecs.cluster(name) {
            return Ok(cluster);
        }
        let refusal = match ecs.clusters().any(|own| own.name == name) {
            true => ApiError::invalid("The specified cluster is inactive. Specify an active cluster and try again."),
            false => super::no_cluster(),
        };
        Err(refusal.at("resourceArn"))
    };
    let found = match resource {
        Resource::Cluster { name } => Some(&active(name)?.document["tags"]),
        Resource::ContainerInstance { cluster, id } => super::instance::find(ecs, active(cluster)?, id)
            .filter(|own| own.status != InstanceStatus::Inactive)
            .map(|own| &own.tags),
        Resource::Task { cluster, id } => {
            let task = super::task::find(ecs, active(cluster)?, id);
            if task.is_some_and(|own| own.status == TaskStatus::Stopped) {
                let message = "The specified task is stopped. Specify a running task and try again.";
                return Err(ApiError::invalid(message).at("resourceArn"));
            }
            task.map(|own| &own.request.tags)
        }
        Resource::Service { cluster, name } => {
            ecs.service(active(cluster)?.id, name).filter(|own| own.is_active()).map(|own| &own.settings["tags"])
        }
        Resource::TaskDefinition { family, revision } => ecs.definition(family, *revision).map(|own| &own.tags),
        Resource::CapacityProvider { name } => ecs.providers.get(name).filter(|own| own.active()).map(|own| &own.tags),
    };
    found.ok_or_else(|| ApiError::new(missing, "The specified resource wasn't found.").at("resourceArn").in_our_words())
}

/// Writes the tags of a resource that [`held`] found.
fn change(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value, resource: &Resource, tags: Value) -> Result<Value, ApiError> {
    let cluster = |ecs: &Ecs, name: &str| ecs.cluster(name).map(|own| own.id);
    match resource {
        Resource::Cluster { name } => {
            if let Some(own) = cluster(ecs, name).and_then(|id| ecs.clusters.get_mut(&id)) {
                Rc::make_mut(own).document["tags"] = tags;
            }
        }
        Resource::ContainerInstance { cluster: name, id } => {
            if let (Some(cluster), Ok(id)) = (cluster(ecs, name), id.parse())
                && let Some(own) = ecs.instances.change(InstanceKey { cluster, id }, Touches::Nothing)
            {
                own.tags = tags;
            }
        }
        Resource::Task { cluster: name, id } => {
            if let (Some(cluster), Ok(id)) = (cluster(ecs, name), id.parse())
                && let Some(own) = ecs.tasks.get_mut(&TaskKey { cluster, id })
            {
                Rc::make_mut(&mut Rc::make_mut(own).request).tags = tags;
            }
        }
        Resource::Service { cluster: name, name: service } => {
            let key = cluster(ecs, name).and_then(|id| ecs.service(id, service)).map(|own| own.key);
            if let Some(own) = key.and_then(|key| ecs.services.change(key)) {
                Rc::make_mut(&mut own.settings)["tags"] = tags;
            }
        }
        Resource::TaskDefinition { family, revision } => {
            if let Some(own) = definition::change(ecs, family, *revision) {
                own.tags = tags;
            }
        }
        Resource::CapacityProvider { name } => {
            if let Some(own) = ecs.providers.get_mut(name) {
                own.tags = tags;
            }
        }
    }
    cx.emit(FactKind::TagsChanged { resource: input["resourceArn"].as_str().unwrap_or_default().to_string() });
    Ok(object!({}))
}
