//! Namespaces: made, deleted, shown.

use super::{Namespace, ServiceDiscovery, operations, ours, paged, passes, tags, tell, text, token};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ec2::network;
use crate::event::Cx;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Namespaces of a Region at most (quota of AWS Cloud Map).
const MOST: usize = 50;

/// CreateHttpNamespace, and CreatePrivateDnsNamespace, which names a VPC. Errors: InvalidInput of a VPC;
/// NamespaceAlreadyExists; ResourceLimitExceeded.
pub fn create(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Name");
    let vpc = input["Vpc"].as_str();
    if name.is_empty() || name.starts_with("arn:") || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "The name of a namespace holds letters, digits and signs of ASCII, and is no ARN.";
        return Err(ours("InvalidInput", message, "Name"));
    }
    if vpc.is_some_and(|vpc| !network::well_formed(vpc, "vpc-")) {
        return Err(ours("InvalidInput", "The VPC does not exist.", "Vpc"));
    }
    let given = tags::given(&input["Tags"])?;
    let same = |own: &Namespace| own.name == name && own.zone.as_ref().map(|(_, vpc)| vpc.as_str()) == vpc;
    if room.namespaces.iter().any(|own| same(own)) {
        return Err(ours("NamespaceAlreadyExists", "A namespace of this name already exists.", "Name"));
    }
    if room.namespaces.len() >= MOST {
        let message = "The Region holds as many namespaces as it can, 50.";
        return Err(ours("ResourceLimitExceeded", message, "Name"));
    }
    let zone = vpc.map(|vpc| (format!("Z{:016X}", cx.draw("hosted-zone")), vpc.to_string()));
    let number = cx.draw("namespace");
    let own = Namespace {
        number,
        name: name.to_string(),
        zone,
        token: token(cx, input),
        description: input["Description"].clone(),
        created: cx.now(),
        tags: given,
    };
    let id = own.id();
    tell(cx, &format!("namespace {name}"), "created");
    room.namespaces.push(Rc::new(own));
    Ok(operations::note(room, cx, "CREATE_NAMESPACE", ("NAMESPACE", id)))
}

/// DeleteNamespace. Errors: NamespaceNotFound; ResourceInUse while it holds a service.
pub fn delete(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = named(room, input)?;
    let (number, id, name) = (own.number, own.id(), own.name.clone());
    if room.services_in(number).next().is_some() {
        let message = "Namespace has associated services; delete the services before deleting the namespace";
        return Err(ApiError::new("ResourceInUse", message).at("Id"));
    }
    room.namespaces.retain(|own| own.number != number);
    tell(cx, &format!("namespace {name}"), "deleted");
    Ok(operations::note(room, cx, "DELETE_NAMESPACE", ("NAMESPACE", id)))
}

fn named<'a>(room: &'a ServiceDiscovery, input: &Value) -> Result<&'a Namespace, ApiError> {
    room.namespace(text(input, "Id")).ok_or_else(|| missing("Id"))
}

/// There is no such namespace.
pub fn missing(path: &'static str) -> ApiError {
    ours("NamespaceNotFound", "No namespace with this id or name exists.", path)
}

fn kind(own: &Namespace) -> &'static str {
    if own.zone.is_some() { "DNS_PRIVATE" } else { "HTTP" }
}

fn description(room: &ServiceDiscovery, account: &Account, own: &Namespace) -> Value {
    let mut properties = object!({ "HttpProperties": object!({ "HttpName": own.name.clone() }) });
    if let Some((zone, _)) = &own.zone {
        let dns = object!({ "HostedZoneId": zone.clone(), "SOA": object!({ "TTL": 15 }) });
        properties["DnsProperties"] = dns;
    }
    let mut value = object!({
        "Id": own.id(),
        "Arn": account.namespace(own.number),
        "ResourceOwner": account.id.clone(),
        "Name": own.name.clone(),
        "Type": kind(own),
        "ServiceCount": room.services_in(own.number).count(),
        "Properties": properties,
        "CreateDate": own.created.as_epoch_seconds(),
    });
    if own.description.is_string() {
        value["Description"] = own.description.clone();
    }
    value
}

/// GetNamespace.
pub fn get(room: &ServiceDiscovery, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = named(room, input)?;
    let mut namespace = description(room, account, own);
    if !own.token.is_empty() {
        namespace["CreatorRequestId"] = Value::from(own.token.clone());
    }
    Ok(object!({ "Namespace": namespace }))
}

/// ListNamespaces.
pub fn list(room: &ServiceDiscovery, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let of = |own: &Namespace, name: &str| -> String {
        match name {
            "TYPE" => kind(own).to_string(),
            "RESOURCE_OWNER" => "SELF".to_string(),
            _ => own.name.clone(),
        }
    };
    let fits = room.namespaces.iter().filter(|own| passes(input, &|name| of(own, name)));
    let items = fits.map(|own| description(room, account, own)).collect();
    paged(items, input, "Namespaces")
}
