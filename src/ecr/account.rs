//! What holds for the whole registry: settings, scanning, replication, principals whose pulls do not count (3.1, 3.10,
//! 3.11).

use super::image::named;
use super::state::Ecr;
use super::{Look, items, scan, text, words};
use crate::aws::arn::has_region;
use crate::aws::object::{self, object};
use crate::aws::{Account, ApiError};
use crate::event::Cx;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// The settings, their values, the default first (3.1).
const SETTINGS: [(&str, &[&str]); 3] = [
    ("BASIC_SCAN_TYPE_VERSION", &["AWS_NATIVE"]),
    ("REGISTRY_POLICY_SCOPE", &["V2"]),
    ("BLOB_MOUNTING", &["DISABLED", "ENABLED"]),
];
/// Rules and destinations of a replication configuration (3.2).
const RULES: usize = 10;
const DESTINATIONS: usize = 25;

fn setting(name: &str) -> Result<&'static [&'static str], ApiError> {
    let found = SETTINGS.iter().find(|(own, _)| *own == name).map(|(_, values)| *values);
    found.ok_or_else(|| words::constraint("name", "Unknown account setting").at("name").in_our_words())
}

pub fn put_setting(ecr: &mut Ecr, _cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, value) = (text(input, "name"), text(input, "value"));
    let values = setting(name)?;
    if !values.contains(&value) {
        let message = alloc::format!("{name} takes {}", values.join(" or "));
        return Err(words::constraint("value", &message).at("value").in_our_words());
    }
    ecr.registry_mut().settings.insert(name.to_string(), value.to_string());
    Ok(object!({ "name": name, "value": value }))
}

pub fn get_setting(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "name");
    let default = setting(name)?.first().copied().unwrap_or_default();
    let value = look.ecr.registry.settings.get(name).map_or(default, |own| own.as_str());
    Ok(object!({ "name": name, "value": value }))
}

pub fn put_scanning(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let old = &ecr.registry.scanning;
    let old = old["scanType"].as_str().unwrap_or("BASIC").to_string();
    let kind = input["scanType"].as_str().unwrap_or(&old);
    let rules: Vec<Value> = items(input, "rules").cloned().collect();
    let frequency = |own: &Value, wanted: &str| text(own, "scanFrequency") == wanted;
    for (index, rule) in rules.iter().enumerate() {
        let fits =
            kind == "ENHANCED" && !frequency(rule, "MANUAL") || kind == "BASIC" && !frequency(rule, "CONTINUOUS_SCAN");
        let twice = rules.iter().take(index).any(|other| other["scanFrequency"] == rule["scanFrequency"]);
        if !fits || twice {
            let message = "The scan frequency does not go with the scan type, or two rules have the same.";
            return Err(ApiError::invalid(message).at("rules").in_our_words());
        }
    }
    let configuration = object!({ "scanType": kind, "rules": rules });
    ecr.registry_mut().scanning = configuration.clone();
    scan::taken_up(ecr, cx);
    Ok(object!({ "registryScanningConfiguration": configuration }))
}

pub fn get_scanning(look: &Look<'_>, _input: &Value) -> Result<Value, ApiError> {
    let own = &look.ecr.registry.scanning;
    let shown =
        if own.is_null() { object!({ "scanType": "BASIC", "rules": Value::Array(Vec::new()) }) } else { own.clone() };
    Ok(object!({ "registryId": look.account.id.as_str(), "scanningConfiguration": shown }))
}

pub fn put_replication(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let given = &input["replicationConfiguration"];
    let refuse = |message: &str| Err(ApiError::invalid(message).at("replicationConfiguration").in_our_words());
    let account = &cx.options().account;
    let home = |own: &Value| own["region"] == account.region.as_str() && own["registryId"] == account.id.as_str();
    let destinations: Vec<&Value> = items(given, "rules").flat_map(|rule| items(rule, "destinations")).collect();
    if items(given, "rules").count() > RULES || destinations.len() > DESTINATIONS {
        return refuse("A replication configuration has at most 10 rules and 25 destinations.");
    }
    if destinations.iter().any(|own| !own["region"].as_str().is_some_and(has_region)) {
        return refuse("A destination names a Region that there is not.");
    }
    if destinations.into_iter().any(home) {
        return refuse("A registry cannot replicate to itself.");
    }
    let registry = ecr.registry_mut();
    registry.replication = given.clone();
    registry.replications += 1;
    Ok(object!({ "replicationConfiguration": given.clone() }))
}

pub fn describe(look: &Look<'_>, _input: &Value) -> Result<Value, ApiError> {
    let own = &look.ecr.registry.replication;
    let shown = if own.is_null() { object!({ "rules": Value::Array(Vec::new()) }) } else { own.clone() };
    Ok(object!({ "registryId": look.account.id.as_str(), "replicationConfiguration": shown }))
}

/// Where an image was or is copied to: what was pushed since the configuration was put (3.11).
pub fn replication_status(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let image = named(own, input, &look.account.id)?;
    let registry = &look.ecr.registry;
    let since = registry.copies(image).is_some();
    let status = if look.now - image.replicates.1 >= super::replica::TAKES { "COMPLETE" } else { "IN_PROGRESS" };
    let one = |to: &Value| object!({ "region": to["region"].clone(), "registryId": to["registryId"].clone(), "status": status });
    let statuses: Vec<Value> = registry.destinations(&own.name).filter(|_| since).map(one).collect();
    let mut id = super::put::id(&image.digest, None);
    if let Some(tag) = input["imageId"]["imageTag"].as_str() {
        id["imageTag"] = tag.into();
    }
    Ok(object!({ "repositoryName": own.name.as_str(), "imageId": id, "replicationStatuses": statuses }))
}

fn principal<'a>(account: &Account, input: &'a Value) -> Result<&'a str, ApiError> {
    let arn = text(input, "principalArn");
    if arn.split(':').nth(4) == Some(account.id.as_str()) {
        return Ok(arn);
    }
    let message = "The principal must be of the registry's own account.";
    Err(ApiError::invalid(message).at("principalArn").in_our_words())
}

pub fn register_exclusion(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (arn, now) = (principal(&cx.options().account, input)?, cx.now());
    if ecr.registry.exclusions.contains_key(arn) {
        let message = alloc::format!("The pull time update exclusion for '{arn}' already exists.");
        return Err(ApiError::new("ExclusionAlreadyExistsException", message).in_our_words());
    }
    ecr.registry_mut().exclusions.insert(arn.to_string(), now);
    Ok(object!({ "principalArn": arn, "createdAt": now.as_epoch_seconds() }))
}

pub fn deregister_exclusion(ecr: &mut Ecr, _cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = text(input, "principalArn");
    if ecr.registry_mut().exclusions.remove(arn).is_none() {
        let message = alloc::format!("The pull time update exclusion for '{arn}' does not exist.");
        return Err(ApiError::new("ExclusionNotFoundException", message).in_our_words());
    }
    Ok(object!({ "principalArn": arn }))
}

pub fn list_exclusions(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let all = look.ecr.registry.exclusions.keys().map(|arn| Value::from(arn.as_str())).collect();
    super::page("ListPullTimeUpdateExclusions".to_string(), input, "pullTimeUpdateExclusions", all, 1000)
}

/// The members of such a request that are given, in this order.
pub fn kept<'a>(input: &Value, names: &[&'a str]) -> Vec<(&'a str, Value)> {
    let given = names.iter().filter(|name| !input[**name].is_null());
    given.map(|name| (*name, input[*name].clone())).collect()
}

/// An object of [`kept`] members and more.
pub fn laid(input: &Value, names: &[&str], more: Vec<(&str, Value)>) -> Value {
    let mut members = kept(input, names);
    members.extend(more);
    object::of(members)
}
