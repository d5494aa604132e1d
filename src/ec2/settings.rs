//! What a launch says of an instance's devices and options: kept and shown, and of no other effect.
//!
//! Source: EC2 API reference (RunInstances, Instance), read 2026-11-22.

use super::{Instance, State};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::sim::draw;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The members of RunInstances that are kept.
const KEPT: [&str; 5] =
    ["BlockDeviceMappings", "EbsOptimized", "InstanceMarketOptions", "MetadataOptions", "Monitoring"];

/// What a request says.
///
/// # Errors
/// A device without a name; what the lab leaves out of the ways to buy instances.
pub(super) fn of(input: &Value) -> Result<Rc<Value>, ApiError> {
    let market = &input["InstanceMarketOptions"]["MarketType"];
    if let Some(other) = market.as_str().filter(|own| !["spot", "on-demand"].contains(own)) {
        let refused = ApiError::not_simulated(&format!("instances of the market type {other}"));
        return Err(refused.at("InstanceMarketOptions.MarketType"));
    }
    let devices = input["BlockDeviceMappings"].as_array();
    if devices.into_iter().flatten().any(|own| own["DeviceName"].as_str().is_none_or(str::is_empty)) {
        let message = "The request must contain the parameter DeviceName of each block device mapping";
        return Err(ApiError::new("MissingParameter", message).at("BlockDeviceMappings").in_our_words());
    }
    let given = |name: &&str| Some((String::from(*name), input[*name].clone())).filter(|(_, own)| !own.is_null());
    Ok(Rc::new(Value::Object(KEPT.iter().filter_map(given).collect::<Map<_, _>>())))
}

/// Adds to an instance as EC2 shows it what its launch said, with EC2's defaults for the rest.
pub(super) fn show(instance: &Instance, shown: &mut Value) {
    let own = &instance.settings;
    shown["BlockDeviceMappings"] = devices(instance).into();
    shown["EbsOptimized"] = (own["EbsOptimized"] == true).into();
    if own["InstanceMarketOptions"]["MarketType"] == "spot" {
        shown["InstanceLifecycle"] = "spot".into();
    }
    let mut options = object!({
        "State": if instance.state == State::Pending { "pending" } else { "applied" },
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 2,
        "HttpEndpoint": "enabled",
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "disabled",
    });
    for (name, given) in own["MetadataOptions"].as_object().into_iter().flatten() {
        options[name.as_str()] = given.clone();
    }
    shown["MetadataOptions"] = options;
    let state = match (own["Monitoring"]["Enabled"] == true, instance.state) {
        (false, _) => "disabled",
        (true, State::Pending) => "pending",
        (true, _) => "enabled",
    };
    shown["Monitoring"] = object!({ "State": state });
    shown["RootDeviceName"] = instance.root_device().into();
    shown["RootDeviceType"] = "ebs".into();
}

/// Its volumes once they are attached: the root volume of its image, and what its launch named beside it.
fn devices(instance: &Instance) -> Vec<Value> {
    if matches!(instance.state, State::Pending | State::Terminated) {
        return Vec::new();
    }
    let named = instance.settings["BlockDeviceMappings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let root = instance.root_device();
    let mut volumes = alloc::vec![(root, true)];
    for own in named.iter().filter(|own| own["Ebs"].is_object()) {
        let stays = own["Ebs"]["DeleteOnTermination"] == false;
        let device = own["DeviceName"].as_str().unwrap_or_default();
        volumes.retain(|(known, _)| *known != device);
        volumes.push((device, !stays));
    }
    let shown = volumes.into_iter().map(|(device, deleted)| {
        let volume = draw::draw(instance.id.0, 0, device, 0);
        let ebs = object!({
            "AttachTime": instance.launched_at.as_epoch_seconds(),
            "DeleteOnTermination": deleted,
            "Status": "attached",
            "VolumeId": format!("vol-0{volume:016x}"),
        });
        object!({ "DeviceName": device, "Ebs": ebs })
    });
    shown.collect()
}
