//! CreateCapacityProvider, DescribeCapacityProviders, UpdateCapacityProvider, DeleteCapacityProvider, and what a strategy
//! may name (6.10, and 2.1, 2.2, 2.6 of the reference on scaling).

use super::{attachments, list_or_empty, page_of_values, strings, tags};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::{Cluster, Ecs, Provider, managed, timing};
use crate::event::{Cx, Event, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Providers that are in every account (CP-06).
pub const FARGATE: [&str; 2] = ["FARGATE", SPOT];
/// The one that AWS may take back.
pub const SPOT: &str = "FARGATE_SPOT";
/// Providers that a strategy or a cluster holds at most (2.2).
const MOST: usize = 20;
/// Providers that one call describes at most.
const MOST_NAMED: usize = 100;

pub fn create(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["name"].as_str().unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let lower = name.to_ascii_lowercase();
    let prefixed = ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix));
    if prefixed || name.is_empty() || name.chars().count() > 255 || !name.chars().all(legal) {
        let message = "The specified capacity provider name is invalid. Up to 255 characters are allowed, including \
                       letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed \
                       with \"aws\", \"ecs\", or \"fargate\".";
        return Err(ApiError::invalid(message).at("name"));
    }
    let group = &input["autoScalingGroupProvider"];
    if !group.is_object() || input["cluster"].is_string() {
        let message = "A capacity provider needs autoScalingGroupProvider, and a cluster only without it.";
        return Err(ApiError::invalid(message).at("autoScalingGroupProvider").in_our_words());
    }
    if group["autoScalingGroupArn"] == "" {
        let message = "The Auto Scaling group is missing.";
        return Err(ApiError::invalid(message).at("autoScalingGroupProvider.autoScalingGroupArn").in_our_words());
    }
    let mut document = settings(object!({}), group)?;
    document["autoScalingGroupArn"] = Value::from(group_arn(rooms, &document)?);
    let tags = tags::given(input)?;
    if ecs.providers.get(name).is_some_and(|own| own.active()) {
        let message = "The specified capacity provider already exists. To change the configuration of an existing \
                       capacity provider, update the capacity provider.";
        return Err(ApiError::client(message).at("name"));
    }
    let group = &document["autoScalingGroupArn"];
    if ecs.providers.values().any(|own| own.active() && own.document["autoScalingGroupArn"] == *group) {
        let message = "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify \
                       a unique Auto Scaling group ARN and try again.";
        return Err(ApiError::client(message).at("autoScalingGroupProvider.autoScalingGroupArn"));
    }
    ecs.providers_made += 1;
    let provider = Provider { number: ecs.providers_made, document, tags, update: None, managed: Default::default() };
    managed::tag(cx, &provider);
    ecs.providers.insert(name.to_string(), provider);
    Ok(changed(ecs, cx, name))
}

/// The ARN of the group that settings name by name or ARN, which must fit them. A well-formed ARN of a group that the lab
/// does not hold is taken on trust (design.md section 8). Errors: 2.6.
fn group_arn(rooms: &Rooms, document: &Value) -> Result<String, ApiError> {
    let path = "autoScalingGroupProvider";
    let named = document["autoScalingGroupArn"].as_str().unwrap_or_default();
    let Some(group) = rooms.autoscaling.group(named) else {
        let mut parts = named.split(':');
        let formed = parts.next() == Some("arn") && parts.nth(1) == Some("autoscaling");
        if formed && named.contains(":autoScalingGroupName/") {
            return Ok(named.to_string());
        }
        let message =
            "The specified Auto Scaling group does not exist. Specify a valid Auto Scaling group ARN and try again.";
        return Err(ApiError::client(message).at(format!("{path}.autoScalingGroupArn")).in_our_words());
    };
    let protects = document["managedTerminationProtection"] == "ENABLED";
    if protects && group.document["NewInstancesProtectedFromScaleIn"] != true {
        let message = "The managed termination protection setting for the capacity provider is invalid. To enable managed \
                       termination protection for a capacity provider, the Auto Scaling group must have instance protection \
                       from scale in enabled.";
        return Err(ApiError::client(message).at(format!("{path}.managedTerminationProtection")));
    }
    Ok(group.arn.clone())
}

pub fn update(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = named(ecs, input, "name")?;
    let provider = ecs.providers.get(name);
    let document = match provider {
        Some(own) if own.deleting() => return Err(busy("name")),
        Some(own) => settings(own.document.clone(), &input["autoScalingGroupProvider"])?,
        None => return Err(reserved("updated", "name")),
    };
    group_arn(rooms, &document)?;
    if let Some(own) = ecs.providers.get_mut(name) {
        own.document = document;
        own.update = Some(("UPDATE_COMPLETE", String::new()));
        managed::tag(cx, own);
        managed::publish(cx, own.number);
    }
    attachments::provider_changed(ecs, cx, name);
    managed::wake_all(ecs, cx);
    Ok(changed(ecs, cx, name))
}

/// One that is associated, or that the strategy of a service names, is not deleted; the answer tells why, and is no error.
pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = named(ecs, input, "capacityProvider")?;
    let cluster = ecs.clusters().find(|own| own.active && associated(own).any(|known| known == name));
    let names = |settings: &Value| {
        let items = settings["capacityProviderStrategy"].as_array();
        items.into_iter().flatten().any(|own| own["capacityProvider"] == name)
    };
    let service = || {
        let mut all = ecs.clusters().flat_map(|own| ecs.services(own.id)).filter(|own| own.is_active());
        all.find(|own| names(&own.settings) || own.deployments.iter().any(|own| names(&own.revision.settings)))
    };
    let user = match cluster {
        Some(own) => Some(("associated with cluster", &*own.name, "cluster")),
        None => service().map(|own| ("in the capacity provider strategy of service", &*own.name, "service")),
    };
    let why = user.map(|(what, by, from)| {
        format!(
            "The capacity provider cannot be deleted because it is {what}: {by}. Remove the capacity provider from the \
             {from} and try again."
        )
    });
    match ecs.providers.get_mut(name) {
        None => return Err(reserved("deleted", "capacityProvider")),
        Some(own) if own.deleting() => return Err(busy("capacityProvider")),
        Some(own) => match why {
            Some(why) => own.update = Some(("DELETE_FAILED", why)),
            None => {
                own.update = Some(("DELETE_IN_PROGRESS", String::new()));
                cx.schedule(timing::PROVIDER_DELETION, Event::CapacityProviderGone(own.number));
            }
        },
    }
    Ok(changed(ecs, cx, name))
}

/// The end of [`delete`]: the provider is INACTIVE, and its name is free.
pub fn gone(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    if let Some((name, own)) = ecs.providers.iter_mut().find(|(_, own)| own.number == number) {
        own.update = Some(("DELETE_COMPLETE", String::new()));
        cx.emit(FactKind::CapacityProvider { name: name.clone(), status: "DELETE_COMPLETE" });
    }
}

/// Those named in the order of the request, else Fargate's and then the others that are not INACTIVE, by name.
pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let wanted = strings(input, "capacityProviders");
    if wanted.len() > MOST_NAMED {
        let message = format!("capacityProviders can have at most {MOST_NAMED} items.");
        return Err(ApiError::invalid(message).at("capacityProviders").in_our_words());
    }
    let of_cluster = match input["cluster"].as_str() {
        Some(_) => Some(super::cluster_of(ecs, input)?),
        None => None,
    };
    let all = || {
        let own = ecs.providers.iter().filter(|(_, own)| own.active()).map(|(name, _)| name.as_str());
        FARGATE.into_iter().chain(own).collect::<Vec<_>>()
    };
    let mut names = if wanted.is_empty() { all() } else { wanted.iter().map(|name| arn::short_name(name)).collect() };
    names.retain(|name| of_cluster.is_none_or(|cluster| associated(cluster).any(|known| known == *name)));
    let (known, missing): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| FARGATE.contains(name) || ecs.providers.contains_key(*name));
    let with_tags = strings(input, "include").contains(&"TAGS");
    let found = known.iter().map(|name| description(ecs, account, name, with_tags)).collect();
    let mut answer = page_of_values(found, input, "capacityProviders", 10)?;
    let arn = |name: &&str| account.capacity_provider(name).text();
    answer["failures"] = missing.iter().map(|name| object!({ "arn": arn(name), "reason": "MISSING" })).collect();
    Ok(answer)
}

/// The capacity providers of a cluster.
pub fn associated(cluster: &Cluster) -> impl Iterator<Item = &str> {
    cluster.document["capacityProviders"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The providers that a cluster is to have, each once, by their names.
pub fn to_associate(ecs: &Ecs, own: &str, input: &Value) -> Result<Value, ApiError> {
    let mut names: Vec<&str> = Vec::new();
    for (index, name) in strings(input, "capacityProviders").into_iter().map(arn::short_name).enumerate() {
        let path = format!("capacityProviders[{index}]");
        let provider = ecs.providers.get(name).filter(|provider| provider.active() && !provider.deleting());
        if provider.is_none() && !FARGATE.contains(&name) {
            return Err(ApiError::invalid(NO_PROVIDER).at(path).in_our_words());
        }
        let scales = provider.is_some_and(|own| own.document["managedScaling"]["status"] == "ENABLED");
        let elsewhere = |other: &Cluster| other.active && other.name != own && associated(other).any(|it| it == name);
        if scales && ecs.clusters().any(elsewhere) {
            let message = "A capacity provider with managed scaling belongs to one cluster.";
            return Err(ApiError::invalid(message).at(path).in_our_words());
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > MOST {
        let message = "The maximum number of capacity providers per cluster has been exceeded.";
        return Err(ApiError::invalid(message).at("capacityProviders"));
    }
    Ok(Value::from(names))
}

/// CP-01 to CP-04: what a strategy may say when these providers are associated with the cluster.
pub fn strategy(providers: &Value, asked: &Value, member: &str) -> Result<Value, ApiError> {
    let items = asked.as_array().map(Vec::as_slice).unwrap_or_default();
    let refuse = |message: &str| ApiError::invalid(message).at(member);
    if items.len() > MOST {
        return Err(refuse("A capacity provider strategy can have at most 20 items.").in_our_words());
    }
    let name = |item: &Value| arn::short_name(item["capacityProvider"].as_str().unwrap_or_default()).to_string();
    let number = |item: &Value, what: &str| item[what].as_i64().unwrap_or(0);
    let mut out: Vec<Value> = Vec::new();
    for item in items {
        let name = name(item);
        if !providers.as_array().into_iter().flatten().any(|known| *known == name) {
            let message = "The specified capacity provider strategy cannot contain a capacity provider that is not \
                           associated with the cluster. Associate the capacity provider with the cluster and try again.";
            return Err(refuse(message));
        }
        if out.iter().any(|known| known["capacityProvider"] == name) {
            return Err(refuse("A capacity provider strategy names a capacity provider once.").in_our_words());
        }
        out.push(object!({
            "capacityProvider": name,
            "weight": number(item, "weight"),
            "base": number(item, "base"),
        }));
    }
    let of_fargate = |item: &&Value| FARGATE.iter().any(|own| item["capacityProvider"] == *own);
    let fargate = out.iter().filter(of_fargate).count();
    if fargate > 0 && fargate < out.len() {
        let message = "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups \
                       and Fargate providers. Specify one or the other and try again.";
        return Err(refuse(message));
    }
    if out.iter().filter(|item| number(item, "base") > 0).count() > 1 {
        let message = "There are multiple capacity providers in the specified capacity provider strategy with a base \
                       value defined";
        return Err(refuse(message));
    }
    if out.len() > 1 && out.iter().all(|item| number(item, "weight") == 0) {
        let message = "There are no capacity providers in the capacity provider strategy with a weight value greater \
                       than zero";
        return Err(refuse(message));
    }
    Ok(Value::Array(out))
}

const NO_PROVIDER: &str = "The specified capacity provider does not exist. Specify a valid name or ARN and try again.";

/// The provider that a request names: one that is there, Fargate's included.
fn named<'a>(ecs: &Ecs, input: &'a Value, member: &str) -> Result<&'a str, ApiError> {
    let name = arn::short_name(input[member].as_str().unwrap_or_default());
    if FARGATE.contains(&name) || ecs.providers.get(name).is_some_and(|own| own.active()) {
        return Ok(name);
    }
    Err(ApiError::client(NO_PROVIDER).at(member))
}

fn reserved(verb: &str, member: &str) -> ApiError {
    let message = format!("The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be {verb}.");
    ApiError::client(message).at(member).in_our_words()
}

fn busy(member: &str) -> ApiError {
    let message = "The specified capacity provider is being deleted.";
    ApiError::new("UpdateInProgressException", message).at(member).in_our_words()
}

/// 2.6: an Auto Scaling group's settings, what is given laid over what was, with AWS's defaults below.
fn settings(old: Value, given: &Value) -> Result<Value, ApiError> {
    let path = "autoScalingGroupProvider";
    let one = |name: &str, default: &str| match [&given[name], &old[name]].into_iter().find(|own| own.is_string()) {
        Some(own) => own.clone(),
        None => Value::from(default),
    };
    let (given_scaling, old_scaling) = (&given["managedScaling"], &old["managedScaling"]);
    let mut scaling = serde_json::Map::new();
    let defaults: [(&str, Value); 5] = [
        ("status", Value::from("DISABLED")),
        ("targetCapacity", Value::from(100)),
        ("minimumScalingStepSize", Value::from(1)),
        ("maximumScalingStepSize", Value::from(10_000)),
        ("instanceWarmupPeriod", Value::from(300)),
    ];
    for (name, default) in defaults {
        let own = [&given_scaling[name], &old_scaling[name]].into_iter().find(|own| !own.is_null()).cloned();
        scaling.insert(name.to_string(), own.unwrap_or(default));
    }
    let scaling = Value::Object(scaling);
    let size = |name: &str| scaling[name].as_i64().unwrap_or(0);
    if size("minimumScalingStepSize") > size("maximumScalingStepSize") {
        let message = "minimumScalingStepSize cannot be greater than maximumScalingStepSize.";
        return Err(ApiError::invalid(message).at(format!("{path}.managedScaling")).in_our_words());
    }
    let protection = one("managedTerminationProtection", "DISABLED");
    if protection == "ENABLED" && scaling["status"] != "ENABLED" {
        let message = "The managed termination protection setting for the capacity provider is invalid. To enable managed \
                       termination protection for a capacity provider, managed scaling must be enabled.";
        return Err(ApiError::client(message).at(format!("{path}.managedTerminationProtection")).in_our_words());
    }
    Ok(object!({
        "autoScalingGroupArn": one("autoScalingGroupArn", ""),
        "managedScaling": scaling,
        "managedTerminationProtection": protection,
        "managedDraining": one("managedDraining", "ENABLED"),
    }))
}

/// Says that a provider changed, and describes it.
fn changed(ecs: &Ecs, cx: &mut Cx<'_>, name: &str) -> Value {
    let status =
        ecs.providers.get(name).map_or("ACTIVE", |own| own.update.as_ref().map_or("ACTIVE", |update| update.0));
    cx.emit(FactKind::CapacityProvider { name: name.to_string(), status });
    object!({ "capacityProvider": description(ecs, &cx.options().account, name, true) })
}

fn description(ecs: &Ecs, account: &Account, name: &str, with_tags: bool) -> Value {
    let own = ecs.providers.get(name);
    let mut value = object!({
        "capacityProviderArn": account.capacity_provider(name).text(),
        "name": name,
        "status": if own.is_none_or(|own| own.active()) { "ACTIVE" } else { "INACTIVE" },
        "type": if own.is_some() { "EC2_AUTOSCALING" } else { name },
        "tags": own.filter(|_| with_tags).map_or(Value::Array(Vec::new()), |own| list_or_empty(&own.tags)),
    });
    if let Some(own) = own {
        value["autoScalingGroupProvider"] = own.document.clone();
        if let Some((status, why)) = &own.update {
            value["updateStatus"] = Value::from(*status);
            if !why.is_empty() {
                value["updateStatusReason"] = Value::from(why.as_str());
            }
        }
    }
    value
}
