//! Internet gateways: made, attached to a VPC, detached, deleted.

use super::gateways::{missing, text};
use super::routes::INTERNET_GATEWAY;
use super::vpc_calls::{dependent, kept};
use super::{Ec2, State, describe_gateways, tags};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ecs::TaskStatus;
use crate::event::{Cx, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// A call that changes something.
pub fn call(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "AttachInternetGateway" => attach(ec2, cx, input),
        "CreateInternetGateway" => create(ec2, cx, input),
        "DeleteInternetGateway" => delete(ec2, cx, input),
        _ => detach(ec2, rooms, cx, input),
    }
}

fn told(cx: &mut Cx<'_>, id: &str, state: &'static str) {
    cx.emit(FactKind::Network { kind: "internet gateway", id: id.to_string(), state });
}

/// The gateway of a request, with the VPC that it is attached to.
fn named(ec2: &Ec2, input: &Value) -> Result<(String, Option<String>), ApiError> {
    let id = text(input, "InternetGatewayId");
    if id != INTERNET_GATEWAY && !ec2.network.internet.contains_key(id) {
        return Err(missing("InvalidInternetGatewayID.NotFound", "internetGateway", id, "InternetGatewayId"));
    }
    Ok((id.to_string(), ec2.network.attached_to(id).map(ToString::to_string)))
}

fn vpc(ec2: &Ec2, input: &Value) -> Result<String, ApiError> {
    let id = text(input, "VpcId");
    let there = ec2.network.vpc(id).is_some();
    if there { Ok(id.to_string()) } else { Err(missing("InvalidVpcID.NotFound", "vpc", id, "VpcId")) }
}

fn create(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let given = tags::specified(input, "internet-gateway")?;
    let id = format!("igw-0{:016x}", cx.draw("internet-gateway-id"));
    told(cx, &id, "created");
    let network = ec2.change_network(cx);
    network.internet.insert(id.clone(), None);
    tags::put(network, &id, given);
    Ok(object!({ "InternetGateway": describe_gateways::internet_gateway(network, &id, &cx.options().account) }))
}

/// A gateway stands at one VPC, and a VPC has one gateway.
fn attach(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let ((id, attached), vpc) = (named(ec2, input)?, vpc(ec2, input)?);
    if let Some(other) = attached {
        let message = format!("resource {id} is already attached to network {other}");
        return Err(ApiError::new("Resource.AlreadyAssociated", message).at("InternetGatewayId"));
    }
    if ec2.network.has_internet(&vpc) {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(ApiError::new("InvalidParameterValue", message).at("VpcId"));
    }
    told(cx, &id, "attached");
    ec2.change_network(cx).internet.insert(id, Some(vpc));
    Ok(object!({}))
}

/// Whether something in a VPC has a public address.
fn has_public(ec2: &Ec2, rooms: &Rooms, vpc: &str) -> bool {
    let network = &ec2.network;
    let instance =
        |own: &super::Instance| own.vpc == vpc && own.public_address.is_some() && own.state != State::Terminated;
    let mut tasks = rooms.ecs.clusters().flat_map(|own| rooms.ecs.tasks(own.id));
    let task = |own: &crate::ecs::Task| {
        let subnet = own.request.subnets.first();
        own.address.is_some()
            && own.request.has_public_ip
            && own.status < TaskStatus::Stopped
            && subnet.is_some_and(|own| network.vpc_of(own) == vpc)
    };
    ec2.iter().any(instance)
        || network.gateways.values().any(|own| !own.deleted && network.vpc_of(&own.subnet) == vpc)
        || rooms.elb.load_balancers().any(|own| own.vpc == vpc && own.scheme != "internal")
        || tasks.any(task)
}

fn detach(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let ((id, attached), vpc) = (named(ec2, input)?, vpc(ec2, input)?);
    if attached.as_deref() != Some(vpc.as_str()) {
        let message = format!("resource {id} is not attached to network {vpc}");
        return Err(ApiError::new("Gateway.NotAttached", message).at("InternetGatewayId"));
    }
    if id == INTERNET_GATEWAY {
        return Err(kept("the internet gateway", "InternetGatewayId"));
    }
    if has_public(ec2, rooms, &vpc) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(ApiError::new("DependencyViolation", message).at("InternetGatewayId"));
    }
    told(cx, &id, "detached");
    ec2.change_network(cx).internet.insert(id, None);
    Ok(object!({}))
}

fn delete(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (id, attached) = named(ec2, input)?;
    if attached.is_some() {
        return Err(dependent("internetGateway", &id, "InternetGatewayId"));
    }
    told(cx, &id, "deleted");
    let network = ec2.change_network(cx);
    network.internet.remove(id.as_str());
    network.tags.remove(id.as_str());
    Ok(object!({}))
}
