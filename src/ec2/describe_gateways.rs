//! Route tables, gateways and VPC endpoints as EC2 shows them.

use super::cidr::Cidr;
use super::filter::answer;
use super::routes::{Endpoint, INTERNET_GATEWAY, NatGateway, Network, RouteTable};
use super::{Ec2, tags};
use crate::aws::object::{self, object};
use crate::aws::{Account, ApiError};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// A call that only looks.
pub fn read(ec2: &Ec2, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let own = &ec2.network;
    match operation {
        "DescribeRouteTables" => {
            let all = own.route_tables().iter().map(|each| table(own, each, account)).collect();
            let names = ("RouteTables", "RouteTableIds", "RouteTableId", "InvalidRouteTableID.NotFound", "routeTable");
            answer(all, input, names, &TABLE_FILTERS)
        }
        "DescribeInternetGateways" => {
            let ids = core::iter::once(INTERNET_GATEWAY).chain(own.internet.keys().map(String::as_str));
            let all = ids.map(|id| internet_gateway(own, id, account)).collect();
            let names = (
                "InternetGateways",
                "InternetGatewayIds",
                "InternetGatewayId",
                "InvalidInternetGatewayID.NotFound",
                "internetGateway",
            );
            answer(all, input, names, &GATEWAY_FILTERS)
        }
        "DescribeNatGateways" => {
            let all = own.gateways.iter().map(|(id, each)| nat_gateway(own, id, each)).collect();
            let names = ("NatGateways", "NatGatewayIds", "NatGatewayId", "NatGatewayNotFound", "NatGateway");
            answer(all, input, names, &NAT_FILTERS)
        }
        _ => {
            let all = own.endpoints.iter().map(|(id, each)| endpoint(own, id, each, account)).collect();
            let names =
                ("VpcEndpoints", "VpcEndpointIds", "VpcEndpointId", "InvalidVpcEndpointId.NotFound", "Vpc Endpoint");
            answer(all, input, names, &ENDPOINT_FILTERS)
        }
    }
}

const TABLE_FILTERS: [(&str, &str); 4] = [
    ("association.main", "Associations.Main"),
    ("association.subnet-id", "Associations.SubnetId"),
    ("route-table-id", "RouteTableId"),
    ("vpc-id", "VpcId"),
];
const GATEWAY_FILTERS: [(&str, &str); 4] = [
    ("attachment.state", "Attachments.State"),
    ("attachment.vpc-id", "Attachments.VpcId"),
    ("internet-gateway-id", "InternetGatewayId"),
    ("owner-id", "OwnerId"),
];
const NAT_FILTERS: [(&str, &str); 4] =
    [("nat-gateway-id", "NatGatewayId"), ("state", "State"), ("subnet-id", "SubnetId"), ("vpc-id", "VpcId")];
const ENDPOINT_FILTERS: [(&str, &str); 4] = [
    ("service-name", "ServiceName"),
    ("vpc-endpoint-id", "VpcEndpointId"),
    ("vpc-endpoint-type", "VpcEndpointType"),
    ("vpc-id", "VpcId"),
];

pub(super) fn internet_gateway(network: &Network, id: &str, account: &Account) -> Value {
    let attached = network.attached_to(id).map(|vpc| object!({ "State": "available", "VpcId": vpc }));
    object!({
        "Attachments": attached.into_iter().collect::<Vec<_>>(),
        "InternetGatewayId": id,
        "OwnerId": account.id.as_str(),
        "Tags": tags::shown(network, id),
    })
}

pub(super) fn table(network: &Network, own: &RouteTable, account: &Account) -> Value {
    let mut local = alloc::vec![object!({
        "DestinationCidrBlock": network.block(&own.vpc).map(Cidr::text).unwrap_or_default(),
        "GatewayId": "local",
        "Origin": "CreateRouteTable",
        "State": "active",
    })];
    local.extend(own.routes.iter().map(|(to, gateway)| {
        let nat = network.gateways.get(gateway.as_str());
        let gone = nat.map_or_else(|| network.attached_to(gateway) != Some(&*own.vpc), |nat| nat.deleted);
        let member = if nat.is_some() { "NatGatewayId" } else { "GatewayId" };
        object::of(alloc::vec![
            ("DestinationCidrBlock", to.as_str().into()),
            (member, gateway.as_str().into()),
            ("Origin", "CreateRoute".into()),
            ("State", if gone { "blackhole" } else { "active" }.into()),
        ])
    }));
    let association = |id: &str, subnet: Option<&str>| {
        let mut shown = object!({
            "Main": subnet.is_none(),
            "RouteTableAssociationId": id,
            "RouteTableId": own.id.as_str(),
            "AssociationState": object!({ "State": "associated" }),
        });
        if let Some(subnet) = subnet {
            shown["SubnetId"] = subnet.into();
        }
        shown
    };
    let main = own.main.as_deref().map(|id| association(id, None));
    let others = own.subnets.iter().map(|(id, subnet)| association(id, Some(subnet)));
    object!({
        "Associations": main.into_iter().chain(others).collect::<Vec<_>>(),
        "RouteTableId": own.id.as_str(),
        "Routes": local,
        "Tags": tags::shown(network, &own.id),
        "VpcId": own.vpc.as_str(),
        "OwnerId": account.id.as_str(),
    })
}

pub(super) fn nat_gateway(network: &Network, id: &str, own: &NatGateway) -> Value {
    let address = object!({
        "AllocationId": own.allocation.as_str(),
        "PublicIp": network.elastic_ip(&own.allocation),
        "IsPrimary": true,
        "Status": "succeeded",
    });
    object!({
        "CreateTime": own.created.as_epoch_seconds(),
        "NatGatewayAddresses": alloc::vec![address],
        "NatGatewayId": id,
        "State": if own.deleted { "deleted" } else { "available" },
        "SubnetId": own.subnet.as_str(),
        "VpcId": network.vpc_of(&own.subnet),
        "ConnectivityType": "public",
    })
}

pub(super) fn endpoint(network: &Network, id: &str, own: &Endpoint, account: &Account) -> Value {
    let groups = own.groups.iter().map(|group| network.shown_group(group));
    object!({
        "VpcEndpointId": id,
        "VpcEndpointType": if own.gateway { "Gateway" } else { "Interface" },
        "VpcId": own.vpc.as_str(),
        "ServiceName": format!("com.amazonaws.{}.{}", account.region, own.service),
        "State": "available",
        "RouteTableIds": own.tables.clone(),
        "SubnetIds": own.subnets.clone(),
        "Groups": groups.collect::<Vec<_>>(),
        "PrivateDnsEnabled": own.private_dns,
        "CreationTimestamp": own.created.as_epoch_seconds(),
        "OwnerId": account.id.as_str(),
    })
}
