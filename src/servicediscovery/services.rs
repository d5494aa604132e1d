//! Services of namespaces: made, deleted, shown.

use super::{Namespace, Service, ServiceDiscovery, namespaces, ours, paged, passes, tags, tell, text};
use crate::aws::ApiError;
use crate::aws::arn::{Account, short_name};
use crate::aws::object::object;
use crate::event::Cx;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::Value;

/// CreateService. The same request again, by its CreatorRequestId, gives the service that there is. Errors: InvalidInput;
/// NamespaceNotFound; ServiceAlreadyExists.
pub fn create(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, dns) = (text(input, "Name"), &input["DnsConfig"]);
    // The member of DnsConfig is the older one.
    let (id, path) = match input["NamespaceId"].as_str() {
        Some(id) => (id, "NamespaceId"),
        None => (text(dns, "NamespaceId"), "DnsConfig.NamespaceId"),
    };
    if id.is_empty() {
        return Err(ours("InvalidInput", "A service needs the id of a namespace.", "NamespaceId"));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let label = |own: &str| {
        own.len() <= 63 && own.starts_with(word) && own.ends_with(word) && own.chars().all(|c| word(c) || c == '-')
    };
    if name.len() > 127 || !(name == "." || name.split('.').all(label)) {
        let message = "The name of a service is up to 127 letters, digits, underscores and hyphens, with dots between.";
        return Err(ours("InvalidInput", message, "Name"));
    }
    let namespace = room.namespace(id).ok_or_else(|| namespaces::missing(path))?;
    let document = document(input, namespace)?;
    let number = namespace.number;
    let given = tags::given(&input["Tags"])?;
    let token = text(input, "CreatorRequestId");
    let same = |own: &&Service| match namespace.zone {
        Some(_) => own.name.eq_ignore_ascii_case(name),
        None => own.name == name,
    };
    if let Some(known) = room.services_in(number).find(same) {
        if known.token == token && !token.is_empty() {
            return Ok(object!({ "Service": shown(&cx.options().account, known) }));
        }
        return Err(ApiError::new("ServiceAlreadyExists", "Service already exists.").at("Name"));
    }
    let own = Service {
        number: cx.draw("discovery-service"),
        namespace: number,
        name: name.to_string(),
        token: super::token(cx, input),
        document,
        created: cx.now(),
        tags: given,
        owner: None,
        instances: Map::new(),
    };
    tell(cx, &format!("service {name}"), "created");
    let answer = object!({ "Service": shown(&cx.options().account, &own) });
    room.services.push(Rc::new(own));
    Ok(answer)
}

/// What the service shows of the request.
fn document(input: &Value, namespace: &Namespace) -> Result<Value, ApiError> {
    let dns = &input["DnsConfig"];
    let mut own = object!({});
    if input["Description"].is_string() {
        own["Description"] = input["Description"].clone();
    }
    if dns.is_object() {
        let bad = |message: &str| Err(ours("InvalidInput", message, "DnsConfig"));
        if namespace.zone.is_none() || input["Type"] == "HTTP" {
            return bad("DnsConfig is for services of DNS namespaces that DNS queries discover.");
        }
        let kinds = || dns["DnsRecords"].as_array().into_iter().flatten().map(|own| text(own, "Type"));
        let repeats = kinds().enumerate().any(|(at, kind)| kinds().take(at).any(|other| other == kind));
        if kinds().next().is_none() || repeats || (kinds().count() > 1 && kinds().any(|own| own == "CNAME")) {
            return bad("A service has one record of each type; CNAME stands alone.");
        }
        let routing = dns["RoutingPolicy"].as_str().unwrap_or("MULTIVALUE");
        if kinds().any(|own| own == "CNAME") && routing != "WEIGHTED" {
            return bad("CNAME records need the routing policy WEIGHTED.");
        }
        own["DnsConfig"] = object!({
            "NamespaceId": namespace.id(),
            "RoutingPolicy": routing,
            "DnsRecords": dns["DnsRecords"].clone(),
        });
    } else if namespace.zone.is_some() && input["Type"] != "HTTP" {
        let message = "A service of a DNS namespace needs DnsConfig, unless its Type is HTTP.";
        return Err(ours("InvalidInput", message, "DnsConfig"));
    }
    if input["HealthCheckCustomConfig"].is_object() {
        // AWS takes other thresholds for this one.
        own["HealthCheckCustomConfig"] = object!({ "FailureThreshold": 1 });
    }
    Ok(own)
}

/// DeleteService. Errors: ServiceNotFound; ResourceInUse while it has instances.
pub fn delete(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = named(room, input, "Id")?;
    if !own.instances.is_empty() {
        let message = "Service contains registered instances; delete the instances before deleting the service";
        return Err(ApiError::new("ResourceInUse", message).at("Id"));
    }
    let (number, name) = (own.number, own.name.clone());
    room.services.retain(|own| own.number != number);
    tell(cx, &format!("service {name}"), "deleted");
    Ok(object!({}))
}

/// The service that a member names.
pub fn named<'a>(room: &'a ServiceDiscovery, input: &Value, member: &'static str) -> Result<&'a Service, ApiError> {
    room.service(text(input, member)).ok_or_else(|| missing(member))
}

/// There is no such service.
pub fn missing(path: &'static str) -> ApiError {
    ours("ServiceNotFound", "No service with this id or name exists.", path)
}

/// A service as the lists show it.
fn summary(account: &Account, own: &Service) -> Value {
    let mut value = object!({
        "Id": own.id(),
        "Arn": own.arn(account),
        "ResourceOwner": account.id.clone(),
        "Name": own.name.clone(),
        "Type": if own.document["DnsConfig"].is_object() { "DNS_HTTP" } else { "HTTP" },
        "InstanceCount": own.instances.len(),
        "CreateDate": own.created.as_epoch_seconds(),
    });
    let members = own.document.as_object().into_iter().flatten();
    if let Some(map) = value.as_object_mut() {
        map.extend(members.map(|(name, value)| (name.clone(), value.clone())));
    }
    value
}

/// A service as GetService shows it.
fn shown(account: &Account, own: &Service) -> Value {
    let mut value = summary(account, own);
    value["NamespaceId"] = Value::from(format!("ns-{:016x}", own.namespace));
    if !own.token.is_empty() {
        value["CreatorRequestId"] = Value::from(own.token.clone());
    }
    value
}

/// GetService.
pub fn get(room: &ServiceDiscovery, account: &Account, input: &Value) -> Result<Value, ApiError> {
    Ok(object!({ "Service": shown(account, named(room, input, "Id")?) }))
}

/// ListServices.
pub fn list(room: &ServiceDiscovery, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let mut short = input.clone();
    for filter in short["Filters"].as_array_mut().into_iter().flatten() {
        for value in filter["Values"].as_array_mut().into_iter().flatten() {
            *value = Value::from(value.as_str().map(short_name).unwrap_or_default());
        }
    }
    let of = |own: &Service, name: &str| -> String {
        if name == "NAMESPACE_ID" { format!("ns-{:016x}", own.namespace) } else { "SELF".to_string() }
    };
    let fits = room.services.iter().filter(|own| passes(&short, &|name| of(own, name)));
    paged(fits.map(|own| summary(account, own)).collect(), input, "Services")
}
