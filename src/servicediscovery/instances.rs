//! Instances: registered, deregistered, how healthy they are, and who finds them.

use super::{Instance, Service, ServiceDiscovery, namespaces, operations, ours, paged, services, tell, text};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::Cx;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Instances of a service at most (quota of AWS Cloud Map).
pub const MOST: usize = 1000;
/// Attributes of an instance at most.
const MOST_ATTRIBUTES: usize = 30;

/// RegisterInstance; an instance that is there gets the new attributes. Errors: ServiceNotFound; InvalidInput of
/// attributes; ResourceLimitExceeded.
pub fn register(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = services::named(room, input, "ServiceId")?;
    let (id, attributes) = (text(input, "InstanceId"), &input["Attributes"]);
    let bad = |message: &str| Err(ours("InvalidInput", message, "Attributes"));
    let needs = |attribute: &str, records: &[&str]| {
        attributes[attribute].is_null() && records.iter().any(|kind| own.has_record(kind))
    };
    if attributes.as_object().is_some_and(|map| map.len() > MOST_ATTRIBUTES) {
        return bad("An instance has at most 30 attributes.");
    }
    if needs("AWS_INSTANCE_IPV4", &["A"])
        || (needs("AWS_INSTANCE_IPV4", &["SRV"]) && needs("AWS_INSTANCE_IPV6", &["SRV"]))
    {
        return bad("The service has records that need the attribute AWS_INSTANCE_IPV4.");
    }
    if needs("AWS_INSTANCE_IPV6", &["AAAA"]) {
        return bad("The service has records that need the attribute AWS_INSTANCE_IPV6.");
    }
    if needs("AWS_INSTANCE_CNAME", &["CNAME"]) {
        return bad("The service has records that need the attribute AWS_INSTANCE_CNAME.");
    }
    if needs("AWS_INSTANCE_PORT", &["SRV"]) {
        return bad("The service has SRV records, which need the attribute AWS_INSTANCE_PORT.");
    }
    let first = match (own.has_custom_health(), attributes["AWS_INIT_HEALTH_STATUS"].as_str()) {
        (true, None | Some("HEALTHY")) => Some(true),
        (true, Some("UNHEALTHY")) => Some(false),
        (false, None) => None,
        (true, Some(_)) => return bad("AWS_INIT_HEALTH_STATUS is HEALTHY or UNHEALTHY."),
        (false, Some(_)) => return bad("AWS_INIT_HEALTH_STATUS needs a custom health check of the service."),
    };
    let known = own.instances.get(id);
    if known.is_none() && own.instances.len() >= MOST {
        let message = "A service can have at most 1,000 instances.";
        return Err(ours("ResourceLimitExceeded", message, "ServiceId"));
    }
    let healthy = known.map_or(first, |known| known.healthy);
    let task = known.and_then(|known| known.task);
    let (number, name) = (own.number, own.name.clone());
    let instance = Instance { attributes: attributes.clone(), healthy, token: input["CreatorRequestId"].clone(), task };
    if let Some(service) = room.change(number) {
        service.instances.insert(id.to_string(), instance);
    }
    tell(cx, &format!("instance {id} of service {name}"), "registered");
    Ok(operations::note(room, cx, "REGISTER_INSTANCE", ("INSTANCE", id.to_string())))
}

/// DeregisterInstance. Errors: ServiceNotFound; InstanceNotFound.
pub fn deregister(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (own, _) = named(room, input)?;
    let (number, name, id) = (own.number, own.name.clone(), text(input, "InstanceId"));
    if let Some(service) = room.change(number) {
        service.instances.remove(id);
    }
    tell(cx, &format!("instance {id} of service {name}"), "deregistered");
    Ok(operations::note(room, cx, "DEREGISTER_INSTANCE", ("INSTANCE", id.to_string())))
}

/// UpdateInstanceCustomHealthStatus. Errors: ServiceNotFound; CustomHealthNotFound; InstanceNotFound.
pub fn set_health(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    if !services::named(room, input, "ServiceId")?.has_custom_health() {
        let message = "The service has no custom health check.";
        return Err(ours("CustomHealthNotFound", message, "ServiceId"));
    }
    let (own, _) = named(room, input)?;
    let number = own.number;
    if let Some(service) = room.change(number) {
        become_healthy(service, cx, text(input, "InstanceId"), input["Status"] == "HEALTHY");
    }
    Ok(Value::Null)
}

/// Sets the custom health of an instance; says so when it is another.
pub fn become_healthy(service: &mut Service, cx: &mut Cx<'_>, id: &str, healthy: bool) {
    let Some(instance) = service.instances.get_mut(id).filter(|own| own.healthy == Some(!healthy)) else { return };
    instance.healthy = Some(healthy);
    let word = instance.health();
    tell(cx, &format!("instance {id} of service {}", service.name), &format!("is {word}"));
}

fn named<'a>(room: &'a ServiceDiscovery, input: &Value) -> Result<(&'a Service, &'a Instance), ApiError> {
    let own = services::named(room, input, "ServiceId")?;
    Ok((own, own.instances.get(text(input, "InstanceId")).ok_or_else(|| missing("InstanceId"))?))
}

fn missing(path: &'static str) -> ApiError {
    ours("InstanceNotFound", "No instance with this id exists.", path)
}

/// GetInstance.
pub fn get(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    let (_, own) = named(room, input)?;
    let mut instance = object!({ "Id": text(input, "InstanceId"), "Attributes": own.attributes.clone() });
    if own.token.is_string() {
        instance["CreatorRequestId"] = own.token.clone();
    }
    Ok(object!({ "Instance": instance }))
}

/// ListInstances.
pub fn list(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    let own = services::named(room, input, "ServiceId")?;
    let each = own.instances.iter();
    let items = each.map(|(id, own)| object!({ "Id": id.clone(), "Attributes": own.attributes.clone() })).collect();
    paged(items, input, "Instances")
}

/// GetInstancesHealthStatus.
pub fn health(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    let own = services::named(room, input, "ServiceId")?;
    let asked: Option<Vec<&str>> =
        input["Instances"].as_array().map(|list| list.iter().filter_map(Value::as_str).collect());
    if asked.iter().flatten().any(|id| !own.instances.contains_key(*id)) {
        return Err(missing("Instances"));
    }
    let fits = own.instances.iter().filter(|(id, _)| asked.as_ref().is_none_or(|asked| asked.contains(&id.as_str())));
    let items = fits.map(|(id, own)| Value::from(alloc::vec![id.as_str(), own.health()])).collect();
    let mut page = paged(items, input, "Status")?;
    let pairs = page["Status"].take();
    let pairs = pairs.as_array().into_iter().flatten();
    let each = pairs.map(|own| (own[0].as_str().unwrap_or_default(), own[1].clone())).collect();
    page["Status"] = object::of(each);
    Ok(page)
}

/// DiscoverInstances (SD-02): those that are healthy; all of them where none is, unless the request says otherwise.
/// Errors: NamespaceNotFound; ServiceNotFound.
pub fn discover(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    let (space, name) = (text(input, "NamespaceName"), text(input, "ServiceName"));
    let mut spaces = room.namespaces.iter().filter(|own| own.name == space).peekable();
    spaces.peek().ok_or_else(|| namespaces::missing("NamespaceName"))?;
    let own = spaces.find_map(|space| room.services_in(space.number).find(|own| own.name == name));
    let own = own.ok_or_else(|| services::missing("ServiceName"))?;
    let asked = || input["QueryParameters"].as_object().into_iter().flatten();
    let fits = |own: &Instance| asked().all(|(key, value)| own.attributes[key.as_str()] == *value);
    let some_healthy = own.instances.values().any(|own| fits(own) && own.healthy == Some(true));
    let is_asked = |own: &Instance| match text(input, "HealthStatus") {
        "HEALTHY" => own.healthy == Some(true),
        "UNHEALTHY" => own.healthy == Some(false),
        "ALL" => true,
        _ => own.healthy == Some(true) || !some_healthy,
    };
    let most = input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let found = own.instances.iter().filter(|(_, own)| fits(own) && is_asked(own)).take(most);
    let each = found.map(|(id, instance)| {
        object!({
            "InstanceId": id.clone(),
            "NamespaceName": space,
            "ServiceName": name,
            "HealthStatus": instance.health(),
            "Attributes": instance.attributes.clone(),
        })
    });
    Ok(object!({ "Instances": each.collect::<Vec<_>>() }))
}
