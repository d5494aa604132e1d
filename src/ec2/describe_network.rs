//! DescribeSubnets and DescribeVpcs: the default VPC with its subnets, for whoever looks for ids as tutorials do.

use super::filter::answer;
use super::network;
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// Filters of each call with the member that they look at.
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

const INTERFACE_FILTERS: [(&str, &str); 18] = [
    ("addresses.association.public-ip", "Association.PublicIp"),
    ("addresses.private-ip-address", "PrivateIpAddress"),
    ("association.public-dns-name", "Association.PublicDnsName"),
    ("association.public-ip", "Association.PublicIp"),
    ("attachment.device-index", "Attachment.DeviceIndex"),
    ("attachment.status", "Attachment.Status"),
    ("availability-zone", "AvailabilityZone"),
    ("description", "Description"),
    ("group-id", "Groups.GroupId"),
    ("group-name", "Groups.GroupName"),
    ("interface-type", "InterfaceType"),
    ("mac-address", "MacAddress"),
    ("network-interface-id", "NetworkInterfaceId"),
    ("private-dns-name", "PrivateDnsName"),
    ("private-ip-address", "PrivateIpAddress"),
    ("status", "Status"),
    ("subnet-id", "SubnetId"),
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
    answer(all, input, names, &INTERFACE_FILTERS)
}
