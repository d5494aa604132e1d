//! `serviceConnectConfiguration` of services and `serviceConnectDefaults` of clusters (SC-01, SC-02).

use super::super::taskdef::NetworkMode;
use super::super::{Cluster, Definition, Ecs, LaunchType};
use super::page_of;
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ecs::service::{Revision, Service, connects, named_port};
use crate::event::{Cx, ServiceKey};
use crate::rooms::Rooms;
use crate::servicediscovery::{self, Namespace};
use crate::sim::order;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const PATH: &str = "serviceConnectConfiguration";

/// Lays serviceConnectDefaults over a cluster's document: a namespace that is there by name or ARN, one of a new name, or
/// none (""). Errors: NamespaceNotFoundException of an ARN.
#[inline(never)]
pub fn defaults(rooms: &Rooms, cx: &mut Cx<'_>, namespace: &str, document: &mut Value) -> Result<(), ApiError> {
    let known = rooms.servicediscovery.namespace_called(namespace).map(|own| own.number);
    let number = match known {
        Some(number) => number,
        None if namespace.starts_with("arn:") => return Err(no_namespace("serviceConnectDefaults.namespace")),
        None if namespace.is_empty() => 0,
        None => cx.draw("namespace"),
    };
    document["serviceConnectDefaults"] = match namespace {
        "" => Value::Null,
        _ => object!({ "namespace": cx.options().account.namespace(number) }),
    };
    document["serviceConnectNamespace"] = if known.is_some() { Value::Null } else { Value::from(namespace) };
    Ok(())
}

fn no_namespace(path: &'static str) -> ApiError {
    ApiError::new("NamespaceNotFoundException", "The specified namespace wasn't found.").at(path).in_our_words()
}

/// Checks `serviceConnectConfiguration` of the settings and writes `serviceConnectResources` beside it: for each endpoint
/// its name in Cloud Map and the service there, the one it had before or a new one.
///
/// Errors, in this order: where Service Connect cannot be, SC-01 of the namespace, SC-01 and SC-02 of each endpoint.
pub fn configure(
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    (cluster, key): (&Cluster, ServiceKey),
    settings: &mut Value,
    (definition, launch): (&Definition, LaunchType),
    before: Option<&Revision>,
) -> Result<(), ApiError> {
    if !connects(settings) {
        settings.as_object_mut().map(|map| map.remove("serviceConnectResources"));
        return Ok(());
    }
    can_connect(settings, definition, launch)?;
    let config = &mut settings[PATH];
    if config["namespace"].as_str().is_none_or(str::is_empty) {
        let Some(default) = cluster.document["serviceConnectDefaults"]["namespace"].as_str() else {
            return Err(ApiError::invalid("Namespace is missing").at("serviceConnectConfiguration.namespace"));
        };
        config["namespace"] = Value::from(default);
    }
    let named = config["namespace"].as_str().unwrap_or_default();
    let space = rooms.servicediscovery.namespace_called(named);
    let space = space.ok_or_else(|| no_namespace("serviceConnectConfiguration.namespace"))?;
    let mut resources = Vec::new();
    let items = settings[PATH]["services"].as_array().cloned().unwrap_or_default();
    for (at, item) in items.iter().enumerate() {
        let name = endpoint(item, at, definition, before)?;
        let path = format!("{PATH}.services[{at}]");
        if items.iter().take(at).any(|other| discovery_name(other) == name) {
            let message = format!("discoveryName {name} is used more than once.");
            return Err(ApiError::invalid(message).at(path).in_our_words());
        }
        let arn = arn_of(rooms, cx, (key, space), name, &settings["serviceConnectResources"]).ok_or_else(|| {
            let message = format!("SC service is already used by {}", cx.options().account.namespace(space.number));
            ApiError::invalid(message).at(path)
        })?;
        resources.push(object!({ "discoveryName": name, "discoveryArn": arn }));
    }
    settings["serviceConnectResources"] = Value::from(resources);
    Ok(())
}

/// 6.11: how many services may be in a namespace.
const MOST_SERVICES: usize = 300;

/// The namespace of the settings, by its number; none without Service Connect.
fn space(rooms: &Rooms, settings: &Value) -> Option<u64> {
    let named = settings[PATH]["namespace"].as_str().filter(|_| connects(settings))?;
    rooms.servicediscovery.namespace_called(named).map(|own| own.number)
}

/// The services of a namespace, in whatever cluster.
fn services_in<'a>(ecs: &'a Ecs, rooms: &'a Rooms, namespace: u64) -> impl Iterator<Item = (&'a Cluster, &'a Service)> {
    let all = ecs.clusters().flat_map(|cluster| ecs.services(cluster.id).map(move |own| (cluster, own.as_ref())));
    all.filter(move |(_, own)| own.is_active() && space(rooms, &own.settings) == Some(namespace))
}

/// ListServicesByNamespace.
///
/// # Errors
/// There is no such namespace.
pub fn list(rooms: &Rooms, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let named = input["namespace"].as_str().unwrap_or_default();
    let own = rooms.servicediscovery.namespace_called(named).ok_or_else(|| no_namespace("namespace"))?;
    let services = services_in(&rooms.ecs, rooms, own.number);
    let mut arns: Vec<String> =
        services.map(|(cluster, own)| account.service(&cluster.name, &own.name).text()).collect();
    order::sort_by(&mut arns, |one, other| one.cmp(other));
    let mut paged = input.clone();
    if !input["maxResults"].is_number() {
        paged["maxResults"] = Value::from(10);
    }
    page_of(arns, &paged, "serviceArns")
}

/// Whether the namespace of the settings takes one more service. Errors: 6.11.
pub fn has_room(ecs: &Ecs, rooms: &Rooms, key: ServiceKey, settings: &Value) -> Result<(), ApiError> {
    let Some(own) = space(rooms, settings) else { return Ok(()) };
    let others = services_in(ecs, rooms, own).filter(|(_, other)| other.key != key);
    if others.count() < MOST_SERVICES {
        return Ok(());
    }
    let message = format!("A namespace can have at most {MOST_SERVICES} services.");
    Err(ApiError::invalid(message).at("serviceConnectConfiguration.namespace").in_our_words())
}

/// Which services cannot take part.
fn can_connect(settings: &Value, definition: &Definition, launch: LaunchType) -> Result<(), ApiError> {
    let core = &definition.registration.core;
    let controller = settings["deploymentController"]["type"].as_str().unwrap_or("ECS");
    let what = match core.network_mode {
        _ if controller != "ECS" => format!("the deployment controller {controller}"),
        _ if launch == LaunchType::External => "the launch type EXTERNAL".to_string(),
        _ if core.is_windows() => "Windows containers".to_string(),
        mode @ (NetworkMode::Host | NetworkMode::None) => format!("the network mode {}", mode.name()),
        _ => return Ok(()),
    };
    Err(ApiError::invalid(format!("Service Connect is not supported with {what}.")).at(PATH).in_our_words())
}

/// discoveryName; portName where there is none.
fn discovery_name(item: &Value) -> &str {
    let own = item["discoveryName"].as_str().filter(|own| !own.is_empty());
    own.unwrap_or_else(|| item["portName"].as_str().unwrap_or_default())
}

/// One endpoint, its name in Cloud Map.
fn endpoint<'a>(
    item: &'a Value,
    at: usize,
    definition: &Definition,
    before: Option<&Revision>,
) -> Result<&'a str, ApiError> {
    let refuse = |message: &str, member: &str| ApiError::invalid(message).at(format!("{PATH}.services[{at}].{member}"));
    let port = item["portName"].as_str().unwrap_or_default();
    let Some((_, mapping)) = named_port(&definition.registration.document, port) else {
        let message = format!("portName({port}) does not refer to any named PortMapping in the container definitions");
        return Err(refuse(&message, "portName"));
    };
    if let Some(aliases) = item["clientAliases"].as_array().filter(|list| list.len() > 1) {
        let message = format!("{} clientAliases exceeds the max limit of 1", aliases.len());
        return Err(refuse(&message, "clientAliases"));
    }
    if item["tls"].is_object() {
        let path = format!("{PATH}.services[{at}].tls");
        return Err(ApiError::not_simulated("TLS of Service Connect").at(path));
    }
    let name = discovery_name(item);
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.len() > 127 || name.starts_with('-') || !name.chars().all(legal) {
        let message = "discoveryName must contain up to 127 lowercase letters, numbers, underscores, and hyphens, and \
                       cannot start with a hyphen.";
        return Err(refuse(message, "discoveryName").in_our_words());
    }
    // SC-02.
    let had = before.filter(|own| connects(&own.settings)).and_then(|own| {
        let mut items = own.settings[PATH]["services"].as_array().into_iter().flatten();
        items.find(|own| own["portName"] == port)?;
        named_port(&own.definition.registration.document, port)
    });
    let differs = |(_, own): &(usize, &Value)| {
        own["appProtocol"] != mapping["appProtocol"] || own["protocol"] != mapping["protocol"]
    };
    if had.is_some_and(|own| differs(&own)) {
        let message = format!(
            "appProtocol and protocol of the port mapping {port} can't be changed in a service with Service Connect."
        );
        return Err(refuse(&message, "portName").in_our_words());
    }
    Ok(name)
}

/// The service of an endpoint in Cloud Map: that of before, where it is in the same namespace, or a new one. None where
/// another has the name.
fn arn_of(
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    (key, space): (ServiceKey, &Namespace),
    name: &str,
    before: &Value,
) -> Option<String> {
    let known = rooms.servicediscovery.services_in(space.number).find(|own| own.name == name);
    if known.is_some_and(|own| own.owner != Some(key)) {
        return None;
    }
    let account = cx.options().account.clone();
    let kept = known.map(|own| own.arn(&account));
    let listed = before.as_array().into_iter().flatten().find(|own| own["discoveryName"] == name && known.is_none());
    // Its service in Cloud Map may have gone while nothing used it.
    let gone = |arn: &&str| rooms.servicediscovery.service(arn).is_none();
    let again = listed.and_then(|own| own["discoveryArn"].as_str()).filter(gone).map(String::from);
    Some(kept.or(again).unwrap_or_else(|| servicediscovery::arn_of(&account, cx.draw("discovery-service"))))
}
