//! Tags of what stands in the network, and of instances.
//!
//! Source: the EC2 API reference (CreateTags, DeleteTags), read 2026-11-22.

use super::call::instance_ids;
use super::gateways::missing;
use super::routes::{INTERNET_GATEWAY, Network};
use super::security::not_found;
use super::{Ec2, template};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::{Cx, Ec2Id};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Tags of one resource.
const MOST: usize = 50;

type Tags = Vec<(String, String)>;

fn pairs(list: &Value) -> Tags {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    list.as_array().into_iter().flatten().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}

/// The tags that a request specifies for what it makes.
///
/// # Errors
/// InvalidParameterValue for tags of another type of resource.
pub(super) fn specified(input: &Value, kind: &str) -> Result<Tags, ApiError> {
    let all = input["TagSpecifications"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(other) = all.iter().find(|own| own["ResourceType"] != kind) {
        let named = other["ResourceType"].as_str().unwrap_or_default();
        let message = format!("'{named}' is not a valid taggable resource type for this operation.");
        return Err(ApiError::new("InvalidParameterValue", message).at("TagSpecifications"));
    }
    let mut tags = Tags::new();
    add(&mut tags, all.iter().flat_map(|own| pairs(&own["Tags"])))?;
    Ok(tags)
}

/// Adds tags to others: a key has one value.
fn add(tags: &mut Tags, more: impl IntoIterator<Item = (String, String)>) -> Result<(), ApiError> {
    for (key, value) in more {
        let problem = match () {
            () if key.is_empty() || key.chars().count() > 127 => {
                "Tag key cannot be empty or longer than 127 characters."
            }
            () if value.chars().count() > 255 => "Tag value cannot be longer than 255 characters.",
            () if key.to_ascii_lowercase().starts_with("aws:") => {
                "Tag keys starting with 'aws:' are reserved for internal use"
            }
            () => "",
        };
        if !problem.is_empty() {
            return Err(ApiError::new("InvalidParameterValue", problem).at("Tags").in_our_words());
        }
        tags.retain(|(own, _)| *own != key);
        tags.push((key, value));
    }
    if tags.len() > MOST {
        let message = format!("The maximum number of tags per resource is {MOST}.");
        return Err(ApiError::new("TagLimitExceeded", message).at("Tags").in_our_words());
    }
    Ok(())
}

/// Puts tags on what was just made.
pub(super) fn put(network: &mut Network, id: &str, tags: Tags) {
    if !tags.is_empty() {
        network.tags.insert(id.to_string(), tags);
    }
}

/// The tags of something as EC2 shows them.
pub(super) fn shown(network: &Network, id: &str) -> Value {
    let all = network.tags.get(id).into_iter().flatten();
    all.map(|(key, value)| object!({ "Key": key.as_str(), "Value": value.as_str() })).collect()
}

/// Whether the network holds something.
fn is_there(ec2: &Ec2, id: &str) -> bool {
    let network = &ec2.network;
    network.vpc(id).is_some()
        || network.subnet(id).is_some()
        || network.table(id).is_some()
        || network.security_group(id).is_some()
        || id == INTERNET_GATEWAY
        || network.internet.contains_key(id)
        || network.has_address(id)
        || ec2.templates.contains_key(id)
}

/// CreateTags and DeleteTags.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let ids: Vec<String> =
        input["Resources"].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
    for id in ids.iter().filter(|id| !is_there(ec2, id)) {
        let kind = id.split_once('-').map_or("", |(kind, _)| kind);
        let gone = |code, kind| Err(missing(code, kind, id, "Resources"));
        match kind {
            "i" => {}
            "igw" => return gone("InvalidInternetGatewayID.NotFound", "internetGateway"),
            "rtb" => return gone("InvalidRouteTableID.NotFound", "routeTable"),
            "sg" => return Err(not_found(id).at("Resources")),
            "subnet" => return gone("InvalidSubnetID.NotFound", "subnet"),
            "vpc" => return gone("InvalidVpcID.NotFound", "vpc"),
            "eipalloc" => return gone("InvalidAllocationID.NotFound", "allocation"),
            "lt" => return Err(template::missing(&object!({ "LaunchTemplateId": id.as_str() })).at("Resources")),
            "eni" | "key" | "nat" | "vpce" => {
                return Err(ApiError::not_simulated(&format!("tags of {kind}-… in this call")).at("Resources"));
            }
            _ => return Err(ApiError::new("InvalidID", format!("The ID '{id}' is not valid")).at("Resources")),
        }
        instance_ids(ec2, &object!({ "InstanceIds": alloc::vec![id.as_str()] }))?;
    }
    let change = |tags: &mut Tags| match operation {
        "CreateTags" => add(tags, pairs(&input["Tags"])),
        _ => {
            let given = input["Tags"].as_array().map(Vec::as_slice).unwrap_or_default();
            let goes = |(key, value): &(String, String)| {
                given.iter().any(|tag| tag["Key"] == **key && (tag["Value"].is_null() || tag["Value"] == **value))
            };
            tags.retain(|own| !given.is_empty() && !goes(own));
            Ok(())
        }
    };
    // Nothing is tagged if one of them has too many.
    let of = |ec2: &Ec2, id: &str| match id.parse::<Ec2Id>().ok().and_then(|id| ec2.get(id)) {
        Some(own) => own.tags.clone(),
        None => ec2.network.tags.get(id).cloned().unwrap_or_default(),
    };
    let mut changed = Vec::new();
    for id in ids {
        let mut tags = of(ec2, &id);
        change(&mut tags)?;
        changed.push((id, tags));
    }
    for (id, tags) in changed {
        match id.parse::<Ec2Id>().ok().and_then(|id| ec2.instances.get_mut(&id)) {
            Some(own) => Rc::make_mut(own).tags = tags,
            None => drop(ec2.change_network(cx).tags.insert(id, tags)),
        }
    }
    Ok(object!({}))
}
