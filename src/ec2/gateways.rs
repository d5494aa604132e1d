//! The calls that change what [`super::routes`] holds: route tables, NAT gateways, VPC endpoints.
//!
//! All of them are there at once: the lab does not wait for a NAT gateway or an endpoint to become available.

use super::describe_gateways::{endpoint, nat_gateway, table};
use super::routes::{EVERYWHERE, Endpoint, INTERNET_GATEWAY, NatGateway, RouteTable};
use super::vpc_calls::dependent;
use super::{Ec2, network, security, tags};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::{Cx, FactKind};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A call that changes something.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "AssociateRouteTable" => associate(ec2, cx, input),
        "CreateNatGateway" => create_nat_gateway(ec2, cx, input),
        "CreateRoute" => create_route(ec2, cx, input),
        "CreateRouteTable" => create_route_table(ec2, cx, input),
        "CreateVpcEndpoint" => create_endpoint(ec2, cx, input),
        "DeleteRouteTable" => delete_route_table(ec2, cx, input),
        "DeleteNatGateway" => delete_nat_gateway(ec2, cx, input),
        "DeleteRoute" => delete_route(ec2, cx, input),
        "DeleteVpcEndpoints" => Ok(delete_endpoints(ec2, cx, input)),
        _ => disassociate(ec2, cx, input),
    }
}

pub(super) fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn texts(input: &Value, member: &str) -> Vec<String> {
    input[member].as_array().into_iter().flatten().filter_map(|own| own.as_str().map(String::from)).collect()
}

pub(super) fn missing(code: &'static str, kind: &str, id: &str, at: &'static str) -> ApiError {
    ApiError::new(code, format!("The {kind} ID '{id}' does not exist")).at(at)
}

fn table_named(ec2: &Ec2, input: &Value) -> Result<RouteTable, ApiError> {
    let id = text(input, "RouteTableId");
    let found = ec2.network.table(id);
    found.ok_or_else(|| missing("InvalidRouteTableID.NotFound", "routeTable", id, "RouteTableId"))
}

/// The VPC of a subnet of a request.
fn subnet_named(ec2: &Ec2, subnet: &str, at: &'static str) -> Result<String, ApiError> {
    let found = ec2.network.subnet(subnet).map(|own| own.vpc);
    found.ok_or_else(|| missing("InvalidSubnetID.NotFound", "subnet", subnet, at))
}

fn vpc_named(ec2: &Ec2, input: &Value) -> Result<String, ApiError> {
    let vpc = text(input, "VpcId");
    let there = ec2.network.vpc(vpc).is_some();
    if there { Ok(vpc.to_string()) } else { Err(missing("InvalidVpcID.NotFound", "vpc", vpc, "VpcId")) }
}

/// Two things of one request lie in two VPCs.
fn elsewhere(one: &str, other: &str, at: &'static str) -> ApiError {
    let message = format!("{one} and {other} belong to different networks");
    ApiError::new("InvalidParameterValue", message).at(at)
}

pub(super) fn table_put(ec2: &mut Ec2, cx: &mut Cx<'_>, table: RouteTable, state: &'static str) {
    cx.emit(FactKind::Network { kind: "route table", id: table.id.clone(), state });
    ec2.change_network(cx).tables.insert(table.id.clone(), table);
}

fn create_route_table(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let vpc = vpc_named(ec2, input)?;
    let given = tags::specified(input, "route-table")?;
    let id = format!("rtb-0{:016x}", cx.draw("route-table-id"));
    tags::put(ec2.change_network(cx), &id, given);
    let made = RouteTable { id, vpc, main: None, routes: Vec::new(), subnets: Vec::new() };
    let shown = table(&ec2.network, &made, &cx.options().account);
    table_put(ec2, cx, made, "created");
    Ok(object!({ "RouteTable": shown }))
}

/// What no subnet follows, and no VPC.
fn delete_route_table(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = table_named(ec2, input)?;
    let gateway = ec2.network.endpoints.values().any(|other| other.tables.contains(&own.id));
    if own.main.is_some() || own.is_built_in() || gateway || !own.subnets.is_empty() {
        return Err(dependent("routeTable", &own.id, "RouteTableId"));
    }
    cx.emit(FactKind::Network { kind: "route table", id: own.id.clone(), state: "deleted" });
    let network = ec2.change_network(cx);
    network.tables.remove(own.id.as_str());
    network.tags.remove(own.id.as_str());
    Ok(object!({}))
}

/// A subnet follows one table: what it followed before it leaves.
fn associate(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (mut table, subnet) = (table_named(ec2, input)?, text(input, "SubnetId").to_string());
    if subnet_named(ec2, &subnet, "SubnetId")? != table.vpc {
        return Err(elsewhere(&format!("Route table {}", table.id), &format!("subnet {subnet}"), "SubnetId"));
    }
    let holds = |own: &RouteTable| own.subnets.iter().any(|(_, other)| *other == subnet);
    if let Some(other) = ec2.network.route_tables().iter().find(|own| holds(own)) {
        let message =
            format!("the specified association for route table {} conflicts with an existing association", other.id);
        return Err(ApiError::new("Resource.AlreadyAssociated", message).at("SubnetId"));
    }
    let id = format!("rtbassoc-0{:016x}", cx.draw("route-table-association-id"));
    table.subnets.push((id.clone(), subnet));
    table_put(ec2, cx, table, "changed");
    Ok(object!({ "AssociationId": id, "AssociationState": object!({ "State": "associated" }) }))
}

fn disassociate(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "AssociationId");
    let mut all = ec2.network.route_tables().into_iter();
    let Some(mut table) = all.find(|own| own.subnets.iter().any(|(own, _)| own == id)) else {
        let message = format!("The association ID '{id}' does not exist");
        return Err(ApiError::new("InvalidAssociationID.NotFound", message).at("AssociationId"));
    };
    table.subnets.retain(|(own, _)| own != id);
    table_put(ec2, cx, table, "changed");
    Ok(object!({}))
}

fn create_route(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (mut table, to) = (table_named(ec2, input)?, text(input, "DestinationCidrBlock"));
    if to != EVERYWHERE {
        let message = format!("ECS Lab knows only routes to {EVERYWHERE}.");
        return Err(ApiError::new("InvalidParameterValue", message).at("DestinationCidrBlock").in_our_words());
    }
    let own = format!("route table {}", table.id);
    let gateway = match (text(input, "GatewayId"), text(input, "NatGatewayId")) {
        ("", "") => {
            let message = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, transitGatewayId";
            return Err(ApiError::new("InvalidParameterCombination", message).at("GatewayId").in_our_words());
        }
        ("", nat) => match ec2.network.gateways.get(nat).filter(|own| !own.deleted) {
            Some(other) if ec2.network.vpc_of(&other.subnet) != table.vpc => {
                return Err(elsewhere(&own, &format!("NAT gateway {nat}"), "NatGatewayId").in_our_words());
            }
            Some(_) => nat,
            None => return Err(missing("InvalidNatGatewayID.NotFound", "NatGateway", nat, "NatGatewayId")),
        },
        (gateway, _) if gateway != INTERNET_GATEWAY && !ec2.network.internet.contains_key(gateway) => {
            return Err(missing("InvalidGatewayID.NotFound", "gateway", gateway, "GatewayId"));
        }
        (gateway, _) if ec2.network.attached_to(gateway) != Some(table.vpc.as_str()) => {
            return Err(elsewhere(&own, &format!("network gateway {gateway}"), "GatewayId"));
        }
        (gateway, _) => gateway,
    };
    if table.routes.iter().any(|(own, _)| own == to) {
        let message = format!("The route identified by {to} already exists.");
        return Err(ApiError::new("RouteAlreadyExists", message).at("DestinationCidrBlock"));
    }
    table.routes.push((to.to_string(), gateway.to_string()));
    table_put(ec2, cx, table, "changed");
    Ok(object!({ "Return": true }))
}

fn delete_route(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (mut table, to) = (table_named(ec2, input)?, text(input, "DestinationCidrBlock"));
    let before = table.routes.len();
    table.routes.retain(|(own, _)| own != to);
    if table.routes.len() == before {
        let message = format!("no route with destination-cidr-block {to} in route table {}", table.id);
        return Err(ApiError::new("InvalidRoute.NotFound", message).at("DestinationCidrBlock"));
    }
    table_put(ec2, cx, table, "changed");
    Ok(object!({}))
}

fn create_nat_gateway(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (subnet, allocation) = (text(input, "SubnetId").to_string(), text(input, "AllocationId").to_string());
    let vpc = subnet_named(ec2, &subnet, "SubnetId")?;
    if !ec2.network.has_internet(&vpc) {
        let message = format!("Network {vpc} has no Internet gateway attached");
        return Err(ApiError::new("Gateway.NotAttached", message).at("SubnetId"));
    }
    if allocation.is_empty() {
        let message =
            "The request must include the AllocationId parameter. Add the required parameter and retry the request.";
        return Err(ApiError::new("MissingParameter", message).at("AllocationId").in_our_words());
    }
    if !ec2.network.has_address(&allocation) {
        return Err(missing("InvalidAllocationID.NotFound", "allocation", &allocation, "AllocationId"));
    }
    if ec2.network.is_associated(&allocation) {
        let message = format!("Elastic IP address [{allocation}] is already associated");
        return Err(ApiError::new("Resource.AlreadyAssociated", message).at("AllocationId"));
    }
    let id = format!("nat-0{:016x}", cx.draw("nat-gateway-id"));
    let made = NatGateway { subnet, allocation, created: cx.now(), deleted: false };
    let shown = nat_gateway(&ec2.network, &id, &made);
    cx.emit(FactKind::Network { kind: "NAT gateway", id: id.clone(), state: "created" });
    ec2.change_network(cx).gateways.insert(id, made);
    Ok(object!({ "NatGateway": shown }))
}

fn delete_nat_gateway(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "NatGatewayId");
    if ec2.network.gateways.get(id).is_none_or(|own| own.deleted) {
        let message = format!("The Nat Gateway {id} was not found");
        return Err(ApiError::new("NatGatewayNotFound", message).at("NatGatewayId"));
    }
    cx.emit(FactKind::Network { kind: "NAT gateway", id: id.to_string(), state: "deleted" });
    if let Some(own) = ec2.change_network(cx).gateways.get_mut(id) {
        own.deleted = true;
    }
    Ok(object!({ "NatGatewayId": id }))
}

fn create_endpoint(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let vpc = vpc_named(ec2, input)?;
    let named = text(input, "ServiceName");
    let prefix = format!("com.amazonaws.{}.", cx.options().account.region);
    let service = named.strip_prefix(prefix.as_str()).unwrap_or_default();
    let gateway = input["VpcEndpointType"].as_str().unwrap_or("Gateway") == "Gateway";
    if !SERVICES.contains(&service) {
        let message = format!("The Vpc Endpoint Service '{named}' does not exist");
        return Err(ApiError::new("InvalidServiceName", message).at("ServiceName"));
    }
    if gateway && !matches!(service, "dynamodb" | "s3") {
        let message = "Endpoint type (Gateway) does not match available service types ([Interface]).";
        return Err(ApiError::new("InvalidParameter", message).at("VpcEndpointType"));
    }
    let (subnets, groups, tables) =
        (texts(input, "SubnetIds"), texts(input, "SecurityGroupIds"), texts(input, "RouteTableIds"));
    let groups = in_vpc(ec2, &vpc, &subnets, &tables, groups)?;
    let private_dns = !gateway && input["PrivateDnsEnabled"] != false;
    let taken = |own: &&Endpoint| own.private_dns && own.service == service && own.vpc == vpc;
    let refused = |message: String| Err(ApiError::new("InvalidParameter", message).at("PrivateDnsEnabled"));
    if private_dns && ec2.network.endpoints.values().any(|own| taken(&own)) {
        return refused(format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service}.{}.amazonaws.com in the VPC {vpc}",
            cx.options().account.region
        ));
    }
    if private_dns && ec2.network.vpc(&vpc).is_some_and(|own| !own.dns_support || !own.dns_hostnames) {
        return refused(format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}"
        ));
    }
    let id = format!("vpce-0{:016x}", cx.draw("vpc-endpoint-id"));
    let made = Endpoint {
        vpc,
        service: service.to_string(),
        gateway,
        private_dns,
        subnets,
        groups,
        tables,
        created: cx.now(),
    };
    let shown = endpoint(&ec2.network, &id, &made, &cx.options().account);
    cx.emit(FactKind::Network { kind: "VPC endpoint", id: id.clone(), state: "created" });
    ec2.change_network(cx).endpoints.insert(id, made);
    Ok(object!({ "VpcEndpoint": shown }))
}

/// The security groups of an endpoint whose parts are all in its VPC.
fn in_vpc(
    ec2: &Ec2,
    vpc: &str,
    subnets: &[String],
    tables: &[String],
    groups: Vec<String>,
) -> Result<Vec<String>, ApiError> {
    let stray = |id: &str, at: &'static str| {
        let message = format!("{id} does not belong to the VPC {vpc}.");
        ApiError::new("InvalidParameter", message).at(at).in_our_words()
    };
    for subnet in subnets {
        if subnet_named(ec2, subnet, "SubnetIds")? != vpc {
            return Err(stray(subnet, "SubnetIds"));
        }
    }
    for id in tables {
        let own = ec2.network.table(id);
        let own = own.ok_or_else(|| missing("InvalidRouteTableId.NotFound", "routeTable", id, "RouteTableIds"))?;
        if own.vpc != vpc {
            return Err(stray(id, "RouteTableIds"));
        }
    }
    if let Some(group) = groups.iter().find(|id| !network::well_formed(id, "sg-")) {
        return Err(security::not_found(group).at("SecurityGroupIds"));
    }
    ec2.network.groups_in(vpc, groups).map_err(|group| stray(&group, "SecurityGroupIds"))
}

/// The services for which the lab makes endpoints: those that tasks and agents call.
const SERVICES: [&str; 16] = [
    "dynamodb",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "elasticloadbalancing",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
];

fn delete_endpoints(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Value {
    let mut unsuccessful = Vec::new();
    for id in texts(input, "VpcEndpointIds") {
        if ec2.network.endpoints.contains_key(id.as_str()) {
            cx.emit(FactKind::Network { kind: "VPC endpoint", id: id.clone(), state: "deleted" });
            ec2.change_network(cx).endpoints.remove(id.as_str());
            continue;
        }
        let message = format!("The Vpc Endpoint Id '{id}' does not exist");
        let error = object!({ "Code": "InvalidVpcEndpoint.NotFound", "Message": message });
        unsuccessful.push(object!({ "Error": error, "ResourceId": id }));
    }
    object!({ "Unsuccessful": unsuccessful })
}
