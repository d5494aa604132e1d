//! DescribeSubnets and DescribeVpcs: the default VPC and those that somebody made, each with its subnets.

use super::filter::answer;
use super::routes::Network;
use super::vpc::{KEPT, Subnet, Vpc};
use super::vpc_calls::taken;
use super::{Ec2, network, tags};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::rooms::Rooms;
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

/// The default subnet of each zone, and those that somebody made. Those that the lab keeps for what goes wrong are not
/// shown.
pub fn subnets(rooms: &Rooms, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = &rooms.ec2.network;
    let all = own.all_subnets(&account.region);
    let each = all.iter().map(|(id, each)| subnet(own, id, each, taken(&rooms.ec2, rooms, id), account));
    let names = ("Subnets", "SubnetIds", "SubnetId", "InvalidSubnetID.NotFound", "subnet");
    answer(each.collect(), input, names, &SUBNET_FILTERS)
}

/// A subnet of which so many addresses are taken.
pub(super) fn subnet(network: &Network, id: &str, own: &Subnet, taken: usize, account: &Account) -> Value {
    let free = ((own.block.size() - KEPT) as usize).saturating_sub(taken);
    let mut shown = object!({
        "AvailabilityZone": network.zone_of(&account.region, id),
        "AvailableIpAddressCount": free,
        "CidrBlock": own.block.text(),
        "DefaultForAz": network::built_in(id).is_some(),
        "MapPublicIpOnLaunch": own.maps_public,
        "OwnerId": account.id.as_str(),
        "State": "available",
        "SubnetArn": format!("arn:{}:ec2:{}:{}:subnet/{id}", account.partition(), account.region, account.id),
        "SubnetId": id,
        "VpcId": own.vpc.as_str(),
    });
    put_tags(&mut shown, network, id);
    shown
}

fn put_tags(shown: &mut Value, network: &Network, id: &str) {
    if network.tags.contains_key(id) {
        shown["Tags"] = tags::shown(network, id);
    }
}

/// The default VPC, and those that somebody made.
pub fn vpcs(ec2: &Ec2, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let all = ec2.network.all_vpcs();
    let all = all.iter().map(|(id, own)| vpc(&ec2.network, id, own, account)).collect();
    answer(all, input, ("Vpcs", "VpcIds", "VpcId", "InvalidVpcID.NotFound", "vpc"), &VPC_FILTERS)
}

pub(super) fn vpc(network: &Network, id: &str, own: &Vpc, account: &Account) -> Value {
    let mut shown = object!({
        "CidrBlock": own.block.text(),
        "InstanceTenancy": own.tenancy.as_str(),
        "IsDefault": id == network::VPC,
        "OwnerId": account.id.as_str(),
        "State": "available",
        "VpcId": id,
    });
    put_tags(&mut shown, network, id);
    shown
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
