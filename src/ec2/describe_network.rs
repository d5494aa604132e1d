//! DescribeSubnets and DescribeVpcs: the default VPC with its subnets, for whoever looks for ids as tutorials do.

use super::network;
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Filters of each call with the member that they look at; a dot stands between a list and a member of its items.
const SUBNET_FILTERS: [(&str, &str); 9] = [
    ("map-public-ip-on-launch", "MapPublicIpOnLaunch"),
    ("availability-zone", "AvailabilityZone"),
    ("availabilityZone", "AvailabilityZone"),
    ("cidr-block", "CidrBlock"),
    ("default-for-az", "DefaultForAz"),
    ("defaultForAz", "DefaultForAz"),
    ("state", "State"),
    ("subnet-id", "SubnetId"),
    ("vpc-id", "VpcId"),
];
const VPC_FILTERS: [(&str, &str); 5] = [
    ("cidr", "CidrBlock"),
    ("is-default", "IsDefault"),
    ("isDefault", "IsDefault"),
    ("state", "State"),
    ("vpc-id", "VpcId"),
];

/// The default subnet of each zone. Those that the lab keeps for what goes wrong are not shown.
pub fn subnets(account: &Account, input: &Value) -> Result<Value, ApiError> {
    let all = network::zones(&account.region).enumerate().filter_map(|(index, zone)| {
        let id = network::subnet_of(&zone)?;
        Some(object!({
            "AvailabilityZone": zone,
            "AvailableIpAddressCount": 4091,
            "CidrBlock": format!("172.31.{}.0/20", index * 16),
            "DefaultForAz": true,
            "MapPublicIpOnLaunch": true,
            "OwnerId": account.id.as_str(),
            "State": "available",
            "SubnetArn": format!("arn:{}:ec2:{}:{}:subnet/{id}", account.partition(), account.region, account.id),
            "SubnetId": id,
            "VpcId": network::VPC,
        }))
    });
    answer(
        all.collect(),
        input,
        ("Subnets", "SubnetIds", "SubnetId", "InvalidSubnetID.NotFound", "subnet"),
        &SUBNET_FILTERS,
    )
}

/// The default VPC.
pub fn vpcs(account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = object!({
        "CidrBlock": network::BLOCK,
        "InstanceTenancy": "default",
        "IsDefault": true,
        "OwnerId": account.id.as_str(),
        "State": "available",
        "VpcId": network::VPC,
    });
    answer(alloc::vec![own], input, ("Vpcs", "VpcIds", "VpcId", "InvalidVpcID.NotFound", "vpc"), &VPC_FILTERS)
}

/// The interfaces of tasks.
pub fn interfaces(all: Vec<Value>, input: &Value) -> Result<Value, ApiError> {
    let names = (
        "NetworkInterfaces",
        "NetworkInterfaceIds",
        "NetworkInterfaceId",
        "InvalidNetworkInterfaceID.NotFound",
        "networkInterface",
    );
    answer(all, input, names, &[])
}

/// Those that the ids and filters of a request leave, in pages. The member of the answer, of the ids and of an id, and the
/// error of an id that is not there, come first.
pub(super) fn answer(
    mut all: Vec<Value>,
    input: &Value,
    (member, ids, id, code, kind): (&'static str, &'static str, &str, &'static str, &str),
    known: &[(&str, &str)],
) -> Result<Value, ApiError> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|own| own.as_str().map(String::from)).collect()
    };
    let named = texts(&input[ids]);
    if let Some(stray) = named.iter().find(|named| all.iter().all(|own| own[id] != named.as_str())) {
        let message = format!("The {kind} ID '{stray}' does not exist");
        return Err(ApiError::new(code, message).at(ids));
    }
    all.retain(|own| named.is_empty() || named.iter().any(|named| own[id] == named.as_str()));
    // DescribeNatGateways calls them by another name.
    let filters = if input["Filter"].is_array() { &input["Filter"] } else { &input["Filters"] };
    for filter in filters.as_array().into_iter().flatten() {
        let name = filter["Name"].as_str().unwrap_or_default();
        let Some((_, member)) = known.iter().find(|(own, _)| *own == name) else {
            let message = format!("The filter '{name}' is invalid");
            return Err(ApiError::new("InvalidParameterValue", message).at("Filters"));
        };
        let wanted = texts(&filter["Values"]);
        all.retain(|own| {
            let (list, inner) = member.split_once('.').unwrap_or(("", member));
            let each = if list.is_empty() { core::slice::from_ref(own) } else { items(&own[list]) };
            each.iter().any(|own| {
                let value = &own[inner];
                wanted.contains(&value.as_str().map_or_else(|| value.to_string(), String::from))
            })
        });
    }
    let (page, next) =
        crate::aws::page::page(member, all, input["NextToken"].as_str(), input["MaxResults"].as_i64(), 1000)?;
    let mut answer = object!({});
    answer[member] = Value::Array(page);
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}
