//! The calls that make, change and delete VPCs and subnets.

use super::cidr::Cidr;
use super::gateways::{missing, table_put, text};
use super::routes::RouteTable;
use super::security::{DEFAULT, Permission, SecurityGroup};
use super::vpc::{Subnet, Vpc};
use super::{Ec2, State, describe_network, network, tags};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::ecs::TaskStatus;
use crate::event::{Cx, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// How long the prefix of a VPC or a subnet may be.
const PREFIX: core::ops::RangeInclusive<u8> = 16..=28;

/// A call that changes something.
pub fn call(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "CreateSubnet" => create_subnet(ec2, cx, input),
        "CreateVpc" => create_vpc(ec2, cx, input),
        "DeleteSubnet" => delete_subnet(ec2, rooms, cx, input),
        "DeleteVpc" => delete_vpc(ec2, cx, input),
        "ModifySubnetAttribute" => modify_subnet(ec2, cx, input),
        _ => modify_vpc(ec2, cx, input),
    }
}

fn vpc_missing(id: &str) -> ApiError {
    ApiError::new("InvalidVpcID.NotFound", format!("The vpc ID '{id}' does not exist")).at("VpcId")
}

fn subnet_missing(id: &str) -> ApiError {
    missing("InvalidSubnetID.NotFound", "subnet", id, "SubnetId")
}

/// What still stands in the way of deleting something.
pub(super) fn dependent(kind: &str, id: &str, at: &'static str) -> ApiError {
    let message = format!("The {kind} '{id}' has dependencies and cannot be deleted.");
    ApiError::new("DependencyViolation", message).at(at)
}

/// What the lab keeps as every lab has it.
pub(super) fn kept(what: &str, at: &'static str) -> ApiError {
    let message = format!("ECS Lab keeps {what} of the default VPC: they cannot be deleted or detached.");
    ApiError::new("OperationNotPermitted", message).at(at).in_our_words()
}

fn block(input: &Value) -> Result<Cidr, ApiError> {
    let given = text(input, "CidrBlock");
    if given.is_empty() {
        let message = "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.";
        return Err(ApiError::new("MissingParameter", message).at("CidrBlock").in_our_words());
    }
    Cidr::around(given).ok_or_else(|| {
        let message = format!("Value ({given}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        ApiError::new("InvalidParameterValue", message).at("CidrBlock")
    })
}

fn out_of_range(code: &'static str, block: Cidr) -> ApiError {
    ApiError::new(code, format!("The CIDR '{}' is invalid.", block.text())).at("CidrBlock")
}

fn create_vpc(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let block = block(input)?;
    if !PREFIX.contains(&block.bits()) {
        return Err(out_of_range("InvalidVpc.Range", block));
    }
    let given = tags::specified(input, "vpc")?;
    let tenancy = input["InstanceTenancy"].as_str().unwrap_or("default").to_string();
    let id = format!("vpc-0{:016x}", cx.draw("vpc-id"));
    let made = Vpc { block, dns_support: true, dns_hostnames: false, tenancy, deleted: false };
    let table = RouteTable {
        id: format!("rtb-0{:016x}", cx.draw("route-table-id")),
        vpc: id.clone(),
        main: Some(format!("rtbassoc-0{:016x}", cx.draw("route-table-association-id"))),
        routes: Vec::new(),
        subnets: Vec::new(),
    };
    let own = format!("sg-0{:016x}", cx.draw("security-group-id"));
    let group = SecurityGroup {
        id: own.clone(),
        name: DEFAULT.to_string(),
        vpc: id.clone(),
        description: "default VPC security group".to_string(),
        ingress: alloc::vec![Permission { source: own.clone(), ..Permission::everything() }],
        egress: alloc::vec![Permission::everything()],
    };
    cx.emit(FactKind::Network { kind: "VPC", id: id.clone(), state: "created" });
    let network = ec2.change_network(cx);
    network.vpcs.insert(id.clone(), made.clone());
    network.tables.insert(table.id.clone(), table);
    network.security.insert(own, Rc::new(group));
    tags::put(network, &id, given);
    let mut shown = describe_network::vpc(network, &id, &made, &cx.options().account);
    shown["State"] = "pending".into();
    Ok(object!({ "Vpc": shown }))
}

/// Nothing of the VPC may be left but its main route table and its default security group, which go with it.
fn delete_vpc(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "VpcId").to_string();
    let own = ec2.network.vpc(&id).ok_or_else(|| vpc_missing(&id))?;
    if id == network::VPC {
        return Err(kept("the subnets", "VpcId"));
    }
    let network = &ec2.network;
    let used = network.all_subnets(&cx.options().account.region).iter().any(|(_, own)| own.vpc == id)
        || network.internet.values().any(|own| own.as_deref() == Some(&*id))
        || network.tables.values().any(|own| own.vpc == id && own.main.is_none())
        || network.endpoints.values().any(|own| own.vpc == id)
        || network.security.values().any(|own| own.vpc == id && own.name != DEFAULT);
    if used {
        return Err(dependent("vpc", &id, "VpcId"));
    }
    cx.emit(FactKind::Network { kind: "VPC", id: id.clone(), state: "deleted" });
    let network = ec2.change_network(cx);
    for gone in network.tables.values().filter(|own| own.vpc == id).map(|own| own.id.clone()).collect::<Vec<_>>() {
        network.tables.remove(gone.as_str());
        network.tags.remove(gone.as_str());
    }
    if let Some(gone) = network.default_group(&id) {
        network.security.remove(gone.as_str());
        network.tags.remove(gone.as_str());
    }
    network.tags.remove(id.as_str());
    network.vpcs.insert(id, Vpc { deleted: true, ..own });
    Ok(object!({}))
}

/// The place of a zone that a request names; the first one without.
fn zone(account: &Account, input: &Value) -> Result<usize, ApiError> {
    let Some(named) = input["AvailabilityZone"].as_str() else { return Ok(0) };
    let place = network::zones(&account.region).position(|own| own == named);
    place.ok_or_else(|| {
        let all = network::zones(&account.region).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Value ({named}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {all}."
        );
        ApiError::new("InvalidParameterValue", message).at("AvailabilityZone")
    })
}

fn create_subnet(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let vpc = text(input, "VpcId").to_string();
    let around = ec2.network.vpc(&vpc).ok_or_else(|| vpc_missing(&vpc))?;
    let block = block(input)?;
    let zone = zone(&cx.options().account, input)?;
    if !PREFIX.contains(&block.bits()) || !around.block.holds(block) {
        return Err(out_of_range("InvalidSubnet.Range", block));
    }
    if ec2
        .network
        .all_subnets(&cx.options().account.region)
        .iter()
        .any(|(_, own)| own.vpc == vpc && own.block.overlaps(block))
    {
        let message = format!("The CIDR '{}' conflicts with another subnet", block.text());
        return Err(ApiError::new("InvalidSubnet.Conflict", message).at("CidrBlock"));
    }
    let given = tags::specified(input, "subnet")?;
    let id = format!("subnet-0{:016x}", cx.draw("subnet-id"));
    let number = ec2.network.subnets.len() as u32;
    let made = Subnet { vpc, zone, block, maps_public: false, number, deleted: false };
    cx.emit(FactKind::Network { kind: "subnet", id: id.clone(), state: "created" });
    let network = ec2.change_network(cx);
    network.subnets.insert(id.clone(), made.clone());
    tags::put(network, &id, given);
    Ok(object!({ "Subnet": describe_network::subnet(network, &id, &made, 0, &cx.options().account) }))
}

/// How many addresses of a subnet are taken: by instances and by the network interfaces of tasks.
pub(super) fn taken(ec2: &Ec2, rooms: &Rooms, subnet: &str) -> usize {
    let there = |own: &&super::Instance| own.subnet == subnet && own.state != State::Terminated;
    let tasks = rooms.ecs.clusters().flat_map(|own| rooms.ecs.tasks(own.id));
    let holds = |own: &&crate::ecs::Task| {
        own.address.is_some()
            && own.status < TaskStatus::Stopped
            && own.request.subnets.first().is_some_and(|own| own == subnet)
    };
    ec2.iter().filter(there).count() + tasks.filter(holds).count()
}

fn delete_subnet(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "SubnetId").to_string();
    let own = ec2.network.subnet(&id).ok_or_else(|| subnet_missing(&id))?;
    if network::built_in(&id).is_some() {
        return Err(kept("the subnets", "SubnetId"));
    }
    let used = ec2.network.gateways.values().any(|own| own.subnet == id && !own.deleted)
        || ec2.network.endpoints.values().any(|own| own.subnets.contains(&id))
        || rooms.elb.load_balancers().any(|own| own.zones.iter().any(|(_, own)| *own == id))
        || taken(ec2, rooms, &id) > 0;
    if used {
        return Err(dependent("subnet", &id, "SubnetId"));
    }
    let tables: Vec<RouteTable> = ec2.network.tables.values().cloned().collect();
    for mut table in tables.into_iter().filter(|own| own.subnets.iter().any(|(_, own)| *own == id)) {
        table.subnets.retain(|(_, own)| *own != id);
        table_put(ec2, cx, table, "changed");
    }
    cx.emit(FactKind::Network { kind: "subnet", id: id.clone(), state: "deleted" });
    let network = ec2.change_network(cx);
    network.tags.remove(id.as_str());
    network.subnets.insert(id, Subnet { deleted: true, ..own });
    Ok(object!({}))
}

/// MapPublicIpOnLaunch, for instances launched from now on.
fn modify_subnet(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "SubnetId");
    let mut own = ec2.network.subnet(id).ok_or_else(|| subnet_missing(id))?;
    let Some(wanted) = input["MapPublicIpOnLaunch"]["Value"].as_bool() else {
        let message = "The request must contain the parameter MapPublicIpOnLaunch";
        return Err(ApiError::new("MissingParameter", message).at("MapPublicIpOnLaunch").in_our_words());
    };
    own.maps_public = wanted;
    cx.emit(FactKind::Network { kind: "subnet", id: id.to_string(), state: "changed" });
    ec2.change_network(cx).subnets.insert(id.to_string(), own);
    Ok(object!({}))
}

/// One attribute of DNS in each call.
fn modify_vpc(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "VpcId");
    let mut own = ec2.network.vpc(id).ok_or_else(|| vpc_missing(id))?;
    match (input["EnableDnsSupport"]["Value"].as_bool(), input["EnableDnsHostnames"]["Value"].as_bool()) {
        (Some(wanted), None) => own.dns_support = wanted,
        (None, Some(wanted)) => own.dns_hostnames = wanted,
        given => {
            let (code, message) = match given {
                (None, _) => ("MissingParameter", "The request must contain an attribute to modify"),
                _ => ("InvalidParameterCombination", "A request can modify only one attribute of a VPC"),
            };
            return Err(ApiError::new(code, message).in_our_words());
        }
    }
    cx.emit(FactKind::Network { kind: "VPC", id: id.to_string(), state: "changed" });
    ec2.change_network(cx).vpcs.insert(id.to_string(), own);
    Ok(object!({}))
}

/// DescribeVpcAttribute.
pub(super) fn attribute(ec2: &Ec2, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "VpcId");
    let own = ec2.network.vpc(id).ok_or_else(|| vpc_missing(id))?;
    let (member, value) = match text(input, "Attribute") {
        "enableDnsSupport" => ("EnableDnsSupport", own.dns_support),
        "enableDnsHostnames" => ("EnableDnsHostnames", own.dns_hostnames),
        other => return Err(ApiError::not_simulated(&format!("the attribute {other} of a VPC")).at("Attribute")),
    };
    let mut shown = object!({ "VpcId": id });
    shown[member] = object!({ "Value": value });
    Ok(shown)
}
