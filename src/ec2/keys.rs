//! Key pairs: names that an instance can be launched with. Nobody logs in to an instance of the lab by one, so their material
//! is made up.
//!
//! Source: EC2 API reference (CreateKeyPair, DescribeKeyPairs, DeleteKeyPair), read 2026-11-22.

use super::{Ec2, filter};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::Cx;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A key pair.
#[derive(Clone, Debug)]
pub struct KeyPair {
    id: String,
    kind: String,
    fingerprint: String,
    created: SimTime,
    tags: Vec<Value>,
}

/// Filters with the member that they look at.
const FILTERS: [(&str, &str); 3] =
    [("fingerprint", "KeyFingerprint"), ("key-name", "KeyName"), ("key-pair-id", "KeyPairId")];

/// What stands in the material of a key, as base64.
const MATERIAL: &str = "ECS Lab made this key up. It is no private key: it opens nothing, in the lab or outside of it.";

/// CreateKeyPair, DeleteKeyPair.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation == "CreateKeyPair" { create(ec2, cx, input) } else { delete(ec2, input) }
}

fn create(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["KeyName"].as_str().unwrap_or_default();
    if !(1..=255).contains(&name.len()) || !name.is_ascii() {
        let message = "The name of a key pair has 1 to 255 ASCII characters.";
        return Err(ApiError::new("InvalidParameterValue", message).at("KeyName").in_our_words());
    }
    if ec2.keys.get(name).is_some() {
        return Err(ApiError::new("InvalidKeyPair.Duplicate", "The keypair already exists").at("KeyName"));
    }
    if input["KeyFormat"] == "ppk" {
        return Err(ApiError::not_simulated("the key format ppk").at("KeyFormat"));
    }
    let kind = input["KeyType"].as_str().unwrap_or("rsa");
    let digits = format!("{:032x}{:032x}", cx.draw_wide("key-fingerprint"), cx.draw_wide("key-material"));
    let (fingerprint, title) = match kind {
        "rsa" => (pairs(&digits, 20), "RSA PRIVATE KEY"),
        _ => (STANDARD.encode(digits.get(..32).unwrap_or_default()), "PRIVATE KEY"),
    };
    let specified = input["TagSpecifications"].as_array().into_iter().flatten();
    let tags = specified.filter(|own| own["ResourceType"] == "key-pair");
    let own = KeyPair {
        id: format!("key-0{:016x}", cx.draw("key-pair-id")),
        kind: kind.to_string(),
        fingerprint,
        created: cx.now(),
        tags: tags.flat_map(|own| own["Tags"].as_array().into_iter().flatten()).cloned().collect(),
    };
    let mut shown = object!({
        "KeyPairId": own.id.as_str(),
        "KeyName": name,
        "KeyFingerprint": own.fingerprint.as_str(),
        "KeyMaterial": material(title, &digits),
    });
    if !own.tags.is_empty() {
        shown["Tags"] = own.tags.clone().into();
    }
    ec2.keys.insert(name.to_string(), Rc::new(own));
    Ok(shown)
}

/// The first so many pairs of digits, with colons between.
fn pairs(digits: &str, count: usize) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().take(2 * count).enumerate() {
        out.extend((index > 0 && index % 2 == 0).then_some(':'));
        out.push(digit);
    }
    out
}

fn material(title: &str, digits: &str) -> String {
    let mut out = format!("-----BEGIN {title}-----");
    for (index, sign) in STANDARD.encode(format!("{MATERIAL}\n{digits}\n")).chars().enumerate() {
        out.extend((index % 64 == 0).then_some('\n'));
        out.push(sign);
    }
    out + &format!("\n-----END {title}-----")
}

/// A key pair that is not there is as good as deleted.
fn delete(ec2: &mut Ec2, input: &Value) -> Result<Value, ApiError> {
    let (name, id) = (input["KeyName"].as_str(), input["KeyPairId"].as_str());
    if name.or(id).is_none() {
        let message = "The request must name a key pair, by KeyName or KeyPairId.";
        return Err(ApiError::new("MissingParameter", message).at("KeyName").in_our_words());
    }
    let fits =
        |own: &(&String, &Rc<KeyPair>)| name.is_none_or(|name| name == own.0) && id.is_none_or(|id| id == own.1.id);
    let found = ec2.keys.iter().find(fits).map(|(name, own)| (name.clone(), own.id.clone()));
    let mut answer = object!({ "Return": true });
    if let Some((name, id)) = found {
        ec2.keys.remove(&name);
        answer["KeyPairId"] = id.into();
    }
    Ok(answer)
}

/// DescribeKeyPairs.
pub fn read(ec2: &Ec2, input: &Value) -> Result<Value, ApiError> {
    let mut all: Vec<Value> = ec2.keys.iter().map(|(name, own)| description(name, own)).collect();
    for (asked, member) in [("KeyNames", "KeyName"), ("KeyPairIds", "KeyPairId")] {
        let named: Vec<&str> = input[asked].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some(stray) = named.iter().find(|named| all.iter().all(|own| own[member] != **named)) {
            return Err(not_found(stray).at(asked));
        }
        all.retain(|own| named.is_empty() || named.iter().any(|named| own[member] == *named));
    }
    filter::keep(&mut all, input, &FILTERS)?;
    Ok(object!({ "KeyPairs": all }))
}

fn description(name: &str, own: &KeyPair) -> Value {
    object!({
        "KeyPairId": own.id.as_str(),
        "KeyType": own.kind.as_str(),
        "Tags": own.tags.clone(),
        "CreateTime": own.created.as_epoch_seconds(),
        "KeyName": name,
        "KeyFingerprint": own.fingerprint.as_str(),
    })
}

/// Whether the key pair that a launch names is there; it need not name one.
///
/// # Errors
/// InvalidKeyPair.NotFound.
pub(super) fn check(ec2: &Ec2, input: &Value) -> Result<(), ApiError> {
    match input["KeyName"].as_str().filter(|name| ec2.keys.get(*name).is_none()) {
        Some(name) => Err(not_found(name).at("KeyName")),
        None => Ok(()),
    }
}

fn not_found(name: &str) -> ApiError {
    ApiError::new("InvalidKeyPair.NotFound", format!("The key pair '{name}' does not exist"))
}
