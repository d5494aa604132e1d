//! Elastic IP addresses: allocated, shown, released.
//!
//! Source: the EC2 API reference (AllocateAddress, DescribeAddresses, ReleaseAddress).

use super::filter;
use super::gateways::{missing, text};
use super::routes::Network;
use super::{Ec2, tags};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::{Cx, FactKind};
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// An Elastic IP address. A released one stays, so that its number is not given out twice.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The id of its allocation.
    pub(super) allocation: String,
    pub(super) released: bool,
}

const FILTERS: [(&str, &str); 6] = [
    ("allocation-id", "AllocationId"),
    ("association-id", "AssociationId"),
    ("domain", "Domain"),
    ("network-border-group", "NetworkBorderGroup"),
    ("public-ip", "PublicIp"),
    ("tag-key", "Tags.Key"),
];

impl Network {
    /// Whether an address is allocated and was not released.
    pub(super) fn has_address(&self, allocation: &str) -> bool {
        self.addresses.iter().any(|own| own.allocation == allocation && !own.released)
    }

    /// The Elastic IP address of an allocation, made up like the public addresses of tasks.
    pub(super) fn elastic_ip(&self, allocation: &str) -> String {
        let place = self.addresses.iter().position(|own| own.allocation == allocation).unwrap_or_default() + 4;
        format!("198.19.{}.{}", place / 256 % 256, place % 256)
    }

    /// Whether a NAT gateway has the address.
    pub(super) fn is_associated(&self, allocation: &str) -> bool {
        self.gateways.values().any(|own| own.allocation == allocation && !own.deleted)
    }
}

/// AllocateAddress.
pub(super) fn allocate(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let given = tags::specified(input, "elastic-ip")?;
    let id = format!("eipalloc-0{:016x}", cx.draw("address-id"));
    cx.emit(FactKind::Network { kind: "address", id: id.clone(), state: "allocated" });
    let network = ec2.change_network(cx);
    network.addresses.push(Address { allocation: id.clone(), released: false });
    tags::put(network, &id, given);
    Ok(shown(network, &id, &cx.options().account.region))
}

/// ReleaseAddress.
pub(super) fn release(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "AllocationId");
    if id.is_empty() {
        let message = "The request must contain the parameter AllocationId.";
        return Err(ApiError::new("MissingParameter", message).at("AllocationId").in_our_words());
    }
    if !ec2.network.has_address(id) {
        return Err(missing("InvalidAllocationID.NotFound", "allocation", id, "AllocationId"));
    }
    if ec2.network.is_associated(id) {
        let message = format!("Address {} is in use.", ec2.network.elastic_ip(id));
        return Err(ApiError::new("InvalidIPAddress.InUse", message).at("AllocationId"));
    }
    cx.emit(FactKind::Network { kind: "address", id: id.into(), state: "released" });
    let network = ec2.change_network(cx);
    network.tags.remove(id);
    if let Some(own) = network.addresses.iter_mut().find(|own| own.allocation == id) {
        own.released = true;
    }
    Ok(object!({}))
}

/// DescribeAddresses.
pub(super) fn read(ec2: &Ec2, region: &str, input: &Value) -> Result<Value, ApiError> {
    let there = ec2.network.addresses.iter().filter(|own| !own.released);
    let mut all = there.map(|own| shown(&ec2.network, &own.allocation, region)).collect();
    for (ids, id, code) in [
        ("AllocationIds", "AllocationId", "InvalidAllocationID.NotFound"),
        ("PublicIps", "PublicIp", "InvalidAddress.NotFound"),
    ] {
        filter::named(&mut all, input, ids, id, |strays| match (id, strays.join(", ")) {
            ("PublicIp", strays) => ApiError::new(code, format!("Address '{strays}' not found.")).at(ids),
            (_, strays) => missing(code, "allocation", &strays, ids),
        })?;
    }
    filter::keep(&mut all, input, &FILTERS)?;
    Ok(object!({ "Addresses": all }))
}

fn shown(network: &Network, allocation: &str, region: &str) -> Value {
    let mut shown = object!({
        "AllocationId": allocation,
        "Domain": "vpc",
        "NetworkBorderGroup": region,
        "PublicIp": network.elastic_ip(allocation),
        "PublicIpv4Pool": "amazon",
    });
    if network.is_associated(allocation) {
        shown["AssociationId"] = allocation.replacen("alloc", "assoc", 1).into();
    }
    if network.tags.contains_key(allocation) {
        shown["Tags"] = tags::shown(network, allocation);
    }
    shown
}
