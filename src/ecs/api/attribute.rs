//! PutAttributes, DeleteAttributes, ListAttributes: custom attributes of container instances (AT-03 to AT-05).

use super::{cluster_of, instance, page_of_values};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ecs::instances::Touches;
use crate::ecs::{Ecs, InstanceStatus, capability, service};
use crate::event::{Cx, FactKind, InstanceKey};
use crate::placement::input::CUSTOM_LIMIT;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

pub fn put(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let wishes = wishes(ecs, input)?;
    for wish in &wishes {
        if !capability::well_formed(&wish.name, wish.value.as_deref()) {
            let message = format!(
                "Invalid attribute: name '{}', value '{}'.",
                wish.name,
                wish.value.as_deref().unwrap_or_default()
            );
            return Err(ApiError::invalid(message).at(&*wish.path).in_our_words());
        }
    }
    let mut trial = ecs.clone();
    for wish in &wishes {
        set(&mut trial, wish, true);
        let custom = trial
            .instance(wish.key)
            .map_or(0, |instance| instance.host.attributes.keys().filter(|name| capability::is_custom(name)).count());
        if custom > CUSTOM_LIMIT {
            let message = format!("You can apply up to {CUSTOM_LIMIT} custom attributes for each resource.");
            return Err(ApiError::new("AttributeLimitExceededException", message).at(&*wish.path).in_our_words());
        }
    }
    *ecs = trial;
    Ok(answer(ecs, cx, &wishes, false))
}

pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let mut wishes = wishes(ecs, input)?;
    for wish in &mut wishes {
        let held = ecs.instance(wish.key).and_then(|instance| instance.host.attributes.get(&wish.name));
        if let Some(held) = held.filter(|_| capability::is_custom(&wish.name)) {
            // The answer is the attribute that was there.
            wish.value.clone_from(held);
        } else {
            let message = format!("The attribute '{}' was not found on the target.", wish.name);
            return Err(ApiError::new("TargetNotFoundException", message).at(&*wish.path).in_our_words());
        }
    }
    for wish in &wishes {
        set(ecs, wish, false);
    }
    Ok(answer(ecs, cx, &wishes, true))
}

pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let (name, value) = (input["attributeName"].as_str(), input["attributeValue"].as_str());
    if value.is_some() && name.is_none() {
        let message = "You must specify an attribute name to filter by value.";
        return Err(ApiError::invalid(message).at("attributeValue").in_our_words());
    }
    let mut found = Vec::new();
    for instance in ecs.instances(cluster.id).filter(|instance| instance.status != InstanceStatus::Inactive) {
        let target = account.container_instance(&cluster.name, &instance.key.id.to_string()).to_string();
        for (own, held) in instance.host.attributes.iter() {
            if name.is_none_or(|name| name == own) && value.is_none_or(|value| held.as_deref() == Some(value)) {
                found.push(attribute_value(own, held.as_deref(), Some(&target)));
            }
        }
    }
    page_of_values(found, input, "attributes", 100)
}

/// An attribute as the API spells it.
pub fn attribute_value(name: &str, value: Option<&str>, target: Option<&str>) -> Value {
    let mut out = json!({ "name": name });
    if let Some(map) = out.as_object_mut() {
        map.extend(value.map(|value| ("value".to_string(), Value::from(value))));
        if let Some(target) = target {
            map.insert("targetId".to_string(), Value::from(target));
        }
    }
    out
}

/// One attribute of a request, with its target found.
struct Wish {
    key: InstanceKey,
    name: String,
    value: Option<String>,
    path: String,
}

fn wishes(ecs: &Ecs, input: &Value) -> Result<Vec<Wish>, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let given = input["attributes"].as_array().map(Vec::as_slice).unwrap_or_default();
    if given.is_empty() || given.len() > 10 {
        return Err(ApiError::invalid("attributes must have 1 to 10 items.").at("attributes").in_our_words());
    }
    let read = |(index, attribute): (usize, &Value)| {
        let path = format!("attributes[{index}]");
        let target = attribute["targetId"].as_str().unwrap_or_default();
        let key = instance::find(ecs, cluster, target).map(|instance| instance.key).ok_or_else(|| {
            let message = "The specified target wasn't found.";
            ApiError::new("TargetNotFoundException", message).at(format!("{path}.targetId")).in_our_words()
        })?;
        let name = attribute["name"].as_str().unwrap_or_default().to_string();
        if !capability::is_custom(&name) {
            let message = format!("The attribute '{name}' is reserved.");
            return Err(ApiError::invalid(message).at(format!("{path}.name")).in_our_words());
        }
        Ok(Wish { key, name, value: attribute["value"].as_str().map(String::from), path })
    };
    given.iter().enumerate().map(read).collect()
}

fn set(ecs: &mut Ecs, wish: &Wish, put: bool) {
    let Some(instance) = ecs.instances.change(wish.key, Touches::Whole) else { return };
    let attributes = Rc::make_mut(&mut instance.host.attributes);
    if put {
        attributes.insert(wish.name.clone(), wish.value.clone());
    } else {
        attributes.remove(&wish.name);
    }
    instance.version += 1;
}

fn answer(ecs: &mut Ecs, cx: &mut Cx<'_>, wishes: &[Wish], removed: bool) -> Value {
    let mut out = Vec::new();
    for wish in wishes {
        let Some(instance) = ecs.instance(wish.key) else { continue };
        let cluster = ecs.clusters.get(&wish.key.cluster).map(|cluster| cluster.name.clone()).unwrap_or_default();
        let target = cx.options().account.container_instance(&cluster, &wish.key.id.to_string()).to_string();
        out.push(attribute_value(&wish.name, wish.value.as_deref(), Some(&target)));
        cx.emit(FactKind::AttributeChanged {
            cluster,
            instance: instance.machine.into(),
            name: wish.name.clone(),
            value: wish.value.clone(),
            removed,
        });
        service::room(ecs, cx, wish.key.cluster);
    }
    json!({ "attributes": out })
}
