//! CreateCapacityProvider, DescribeCapacityProviders, UpdateCapacityProvider, DeleteCapacityProvider (6.10, and 2.1, 2.2,
//! 2.6, 2.12 of the reference on scaling).

use super::provider_strategy::MOST;
use super::{attachments, list_or_empty, managed_instances, page_of_values, strings, tags};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::pool::Pool;
use crate::ecs::{Cluster, Ecs, Provider, managed, pool, timing};
use crate::event::{Cx, Event, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Providers that are in every account (CP-06).
pub const FARGATE: [&str; 2] = ["FARGATE", SPOT];
/// The one that AWS may take back.
pub const SPOT: &str = "FARGATE_SPOT";
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
    let managed = &input["managedInstancesProvider"];
    if group.is_object() == managed.is_object() {
        let message = "A capacity provider needs either autoScalingGroupProvider or managedInstancesProvider.";
        return Err(ApiError::invalid(message).at("autoScalingGroupProvider").in_our_words());
    }
    if managed.is_object() {
        let tags = tags::given(input)?;
        let (cluster, document) = managed_instances::create(ecs, rooms, cx, input)?;
        name_is_free(ecs, name)?;
        let pool = Some(Rc::new(Pool::new(cluster)));
        let number = made(ecs, name, Provider { pool, document, ..new(tags) });
        if let Some(own) = ecs.providers.get_mut(name) {
            own.update = Some(("CREATE_IN_PROGRESS", String::new()));
        }
        cx.schedule(timing::PROVIDER_CREATION, Event::CapacityProviderMade(number));
        return Ok(changed(ecs, cx, name));
    }
    if input["cluster"].is_string() {
        let message = "A cluster is for capacity providers of Amazon ECS Managed Instances only.";
        return Err(ApiError::invalid(message).at("cluster").in_our_words());
    }
    if group["autoScalingGroupArn"] == "" {
        let message = "The Auto Scaling group is missing.";
        return Err(ApiError::invalid(message).at("autoScalingGroupProvider.autoScalingGroupArn").in_our_words());
    }
    let mut document = settings(object!({}), group)?;
    document["autoScalingGroupArn"] = Value::from(group_arn(rooms, &document)?);
    let tags = tags::given(input)?;
    name_is_free(ecs, name)?;
    let group = &document["autoScalingGroupArn"];
    if ecs.providers.values().any(|own| own.active() && own.document["autoScalingGroupArn"] == *group) {
        let message = "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify \
                       a unique Auto Scaling group ARN and try again.";
        return Err(ApiError::client(message).at("autoScalingGroupProvider.autoScalingGroupArn"));
    }
    made(ecs, name, Provider { document, ..new(tags) });
    if let Some(own) = ecs.providers.get(name) {
        managed::tag(cx, own);
    }
    Ok(changed(ecs, cx, name))
}

fn name_is_free(ecs: &Ecs, name: &str) -> Result<(), ApiError> {
    if ecs.providers.get(name).is_none_or(|own| !own.active()) {
        return Ok(());
    }
    let message = "The specified capacity provider already exists. To change the configuration of an existing capacity \
                   provider, update the capacity provider.";
    Err(ApiError::client(message).at("name"))
}

fn new(tags: Value) -> Provider {
    Provider { number: 0, document: Value::Null, tags, update: None, managed: Default::default(), pool: None }
}

/// Gives a provider its number, and keeps it.
fn made(ecs: &mut Ecs, name: &str, own: Provider) -> u32 {
    ecs.providers_made += 1;
    let number = ecs.providers_made;
    ecs.providers.insert(name.to_string(), Provider { number, ..own });
    number
}

/// A provider of Managed Instances is ACTIVE from now on.
pub fn is_made(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    let making = |own: &Provider| own.update.as_ref().is_some_and(|update| update.0 == "CREATE_IN_PROGRESS");
    let Some((name, own)) = ecs.providers.iter_mut().find(|(_, own)| own.number == number && making(own)) else {
        return;
    };
    own.update = Some(("CREATE_COMPLETE", String::new()));
    cx.emit(FactKind::CapacityProvider { name: name.clone(), status: "CREATE_COMPLETE" });
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
    if let Some(own) = provider.filter(|own| own.pool.is_some()) {
        if own.deleting() {
            return Err(busy("name"));
        }
        managed_instances::is_of_cluster(ecs, own, input)?;
        let document = managed_instances::update(rooms, cx, &own.document, &input["managedInstancesProvider"])?;
        let number = own.number;
        if let Some(own) = ecs.providers.get_mut(name) {
            own.document = document;
            own.update = Some(("UPDATE_COMPLETE", String::new()));
        }
        pool::wake(ecs, cx, number);
        return Ok(changed(ecs, cx, name));
    }
    if input["managedInstancesProvider"].is_object() {
        let message = "managedInstancesProvider is for capacity providers of Amazon ECS Managed Instances only.";
        return Err(ApiError::invalid(message).at("managedInstancesProvider").in_our_words());
    }
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
    let pool = ecs.providers.get(name).filter(|own| own.pool.is_some());
    if let Some(own) = pool {
        managed_instances::is_of_cluster(ecs, own, input)?;
    }
    let number = pool.map(|own| own.number);
    let why = user(ecs, name).map(|(what, by, from)| {
        format!(
            "The capacity provider cannot be deleted because it is {what}: {by}. Remove the capacity provider from the \
             {from} and try again."
        )
    });
    let why = why.or_else(|| managed_instances::runs_tasks(ecs, number?, name));
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
    if let Some(own) = ecs.providers.get(name).filter(|own| own.pool.is_some() && own.deleting()) {
        pool::end_all(ecs, cx, own.number);
    }
    Ok(changed(ecs, cx, name))
}

/// What keeps a provider: how, the name of it, and what it is.
fn user<'a>(ecs: &'a Ecs, name: &str) -> Option<(&'static str, &'a str, &'static str)> {
    let names = |strategy: &Value| {
        strategy.as_array().is_some_and(|items| items.iter().any(|own| own["capacityProvider"] == name))
    };
    let clusters = || ecs.clusters().filter(|own| own.active);
    if let Some(own) = clusters().find(|own| associated(own).any(|known| known == name)) {
        return Some(("associated with cluster", &own.name, "cluster"));
    }
    if let Some(own) = clusters().find(|own| names(&own.document["defaultCapacityProviderStrategy"])) {
        return Some(("in the default capacity provider strategy of cluster", &own.name, "cluster"));
    }
    let of = |settings: &Value| names(&settings["capacityProviderStrategy"]);
    let mut services = ecs.clusters().flat_map(|own| ecs.services(own.id)).filter(|own| own.is_active());
    let own = services.find(|own| of(&own.settings) || own.deployments.iter().any(|own| of(&own.revision.settings)))?;
    Some(("in the capacity provider strategy of service", &own.name, "service"))
}

/// The end of [`delete`], once its instances are gone: the provider is INACTIVE, and its name is free.
pub fn gone(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    let over = |own: &Provider| own.deleting() && own.pool.as_ref().is_none_or(|pool| pool.machines.is_empty());
    if let Some((name, own)) = ecs.providers.iter_mut().find(|(_, own)| own.number == number && over(own)) {
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
    let has = |cluster: &Cluster, name: &str| {
        associated(cluster).any(|known| known == name) || ecs.pools_in(cluster.id).any(|(known, _)| known == name)
    };
    names.retain(|name| of_cluster.is_none_or(|cluster| has(cluster, name)));
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
        if provider.is_some_and(|own| own.pool.is_some()) {
            return Err(ApiError::invalid(managed_instances::NOT_BY_THIS_API).at(path).in_our_words());
        }
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
    let pool = own.and_then(|own| own.pool.as_ref());
    let status = match own {
        Some(own) if !own.active() => "INACTIVE",
        Some(own) if pool.is_some() && own.deleting() => "DEPROVISIONING",
        Some(own) if pool.is_some() && !own.usable() => "PROVISIONING",
        _ => "ACTIVE",
    };
    let kind = match own {
        Some(_) if pool.is_some() => "MANAGED_INSTANCES",
        Some(_) => "EC2_AUTOSCALING",
        None => name,
    };
    let mut value = object!({
        "capacityProviderArn": account.capacity_provider(name).text(),
        "name": name,
        "status": status,
        "type": kind,
        "tags": own.filter(|_| with_tags).map_or(Value::Array(Vec::new()), |own| list_or_empty(&own.tags)),
    });
    if let Some(own) = own {
        let member = if pool.is_some() { "managedInstancesProvider" } else { "autoScalingGroupProvider" };
        value[member] = own.document.clone();
        if let Some(pool) = pool {
            value["cluster"] = Value::from(crate::ecs::instance::cluster_name(ecs, pool.cluster));
        }
        if let Some((status, why)) = &own.update {
            value["updateStatus"] = Value::from(*status);
            if !why.is_empty() {
                value["updateStatusReason"] = Value::from(why.as_str());
            }
        }
    }
    value
}
