//! Load balancers: made, described, changed and deleted.

use super::words::{self, Named, invalid, joined, ours, paged, text, texts};
use super::{Elb, Kind, LoadBalancer, arns, health, tags};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ec2::network;
use crate::event::{Cx, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Load balancers of one type in a Region (service quota).
const MOST: usize = 50;

/// CreateLoadBalancer. The same request again answers with what the first one made.
pub fn create(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let kind = match text(input, "Type") {
        "gateway" => return Err(ApiError::not_simulated("load balancers of the type gateway").at("Type")),
        "network" => Kind::Network,
        _ => Kind::Application,
    };
    let name = words::name(input, "The load balancer")?;
    if name.starts_with("internal-") {
        let message = joined(&["The load balancer name '", name, "' cannot begin with 'internal-'"]);
        return Err(ours(message).at("Name"));
    }
    let zones = zones(rooms, &account, kind, input)?;
    let vpc = vpc_of(rooms, &zones);
    let groups = security_groups(rooms, &vpc, kind, input)?;
    let address_type = address_type(kind, input)?;
    tags::check(&input["Tags"])?;
    if let Some(known) = elb.load_balancers().find(|own| own.name == name) {
        if known.given == *input {
            return Ok(object!({ "LoadBalancers": alloc::vec![description(known, &account)] }));
        }
        let message = joined(&["A load balancer with the same name '", name, "' exists, but with different settings"]);
        return Err(ApiError::new("DuplicateLoadBalancerName", message).at("Name"));
    }
    if elb.load_balancers().filter(|own| own.kind == kind).count() >= MOST {
        let message = "You've reached the limit on the number of load balancers for your AWS account: 50 of each type";
        return Err(ApiError::new("TooManyLoadBalancers", message).in_our_words());
    }
    let scheme = input["Scheme"].as_str().unwrap_or("internet-facing").to_string();
    if scheme != "internal" && !rooms.ec2.network().has_internet(&vpc) {
        let message = joined(&["VPC ", &vpc, " has no internet gateway"]);
        return Err(ApiError::new("InvalidSubnet", message).at("Subnets"));
    }
    let id = arns::id(cx);
    let path = if kind == Kind::Application { "app/" } else { "net/" };
    let made = LoadBalancer {
        id: elb.next_number(),
        arn: arns::arn(&account, &joined(&["loadbalancer/", path, name, "/", &id])),
        name: name.to_string(),
        kind,
        dns_name: arns::dns_name(&account, kind, scheme == "internal", name, &id),
        scheme,
        address_type,
        created: cx.now(),
        active: false,
        vpc,
        zones,
        security_groups: groups,
        attributes: Map::new(),
        tags: tags::given(&input["Tags"]),
        listeners: Vec::new(),
        given: input.clone(),
    };
    cx.emit(FactKind::LoadBalancer { name: made.name.clone(), state: "provisioning" });
    cx.schedule(super::PROVISIONING, Event::LoadBalancerActive(made.id));
    let answer = description(&made, &account);
    elb.balancers.insert(made.id, Rc::new(made));
    Ok(object!({ "LoadBalancers": alloc::vec![answer] }))
}

/// A load balancer is provisioned: its probes begin.
pub fn activate(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, id: u32) {
    let Some(own) = elb.balancers.get_mut(&id).map(Rc::make_mut) else { return };
    own.active = true;
    cx.emit(FactKind::LoadBalancer { name: own.name.clone(), state: "active" });
    refresh(elb, rooms, cx, id);
}

/// What probes of a load balancer find may have changed.
fn refresh(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, id: u32) {
    let groups: Vec<u32> = elb.target_groups().filter(|own| own.balancer == Some(id)).map(|own| own.id).collect();
    for group in groups {
        health::refresh_group(elb, rooms, cx, group, false);
    }
}

/// The zones of the subnets named, by zone.
fn zones(rooms: &Rooms, account: &Account, kind: Kind, input: &Value) -> Result<Vec<(String, String)>, ApiError> {
    let plain = texts(input, "Subnets");
    let mapped: Vec<&str> =
        input["SubnetMappings"].as_array().into_iter().flatten().map(|own| text(own, "SubnetId")).collect();
    let (named, path) = match (plain.is_empty(), mapped.is_empty()) {
        (false, false) => {
            return Err(ours("Either subnets or subnet mappings can be specified, but not both").at("SubnetMappings"));
        }
        (true, true) => return Err(ours("A subnet must be specified").at("Subnets")),
        (false, true) => (plain, "Subnets"),
        (true, false) => (mapped, "SubnetMappings"),
    };
    let mut zones: Vec<(String, String)> = Vec::new();
    for subnet in named {
        let zone = rooms.ec2.network().zone_of(&account.region, subnet).ok_or_else(|| {
            let message = joined(&["The subnet ID '", subnet, "' is not valid"]);
            ApiError::new("SubnetNotFound", message).at(path).in_our_words()
        })?;
        if zones.iter().any(|(own, _)| *own == zone) {
            let message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(ApiError::new("InvalidConfigurationRequest", message).at(path));
        }
        zones.push((zone, subnet.to_string()));
    }
    let vpc = vpc_of(rooms, &zones);
    if zones.iter().any(|(_, subnet)| rooms.ec2.network().vpc_of(subnet) != vpc) {
        let message = joined(&["All subnets must belong to the same VPC: '", &vpc, "'"]);
        return Err(ApiError::new("InvalidConfigurationRequest", message).at(path));
    }
    if kind == Kind::Application && zones.len() < 2 {
        let message = "At least two subnets in two different Availability Zones must be specified";
        return Err(invalid(message).at(path));
    }
    crate::sim::order::sort_by(&mut zones, Ord::cmp);
    Ok(zones)
}

/// The VPC of the first of some subnets.
fn vpc_of(rooms: &Rooms, zones: &[(String, String)]) -> String {
    zones.first().map_or(network::VPC, |(_, subnet)| rooms.ec2.network().vpc_of(subnet)).to_string()
}

/// The security groups named; the VPC's default one of an Application Load Balancer that names none.
fn security_groups(rooms: &Rooms, vpc: &str, kind: Kind, input: &Value) -> Result<Vec<String>, ApiError> {
    let named = texts(input, "SecurityGroups");
    for group in &named {
        if !network::well_formed(group, "sg-") {
            let message = joined(&["The security group '", group, "' does not exist"]);
            return Err(ApiError::new("InvalidSecurityGroup", message).at("SecurityGroups").in_our_words());
        }
    }
    if named.len() > 5 {
        let message = "A load balancer can have at most 5 security groups";
        return Err(ApiError::new("InvalidConfigurationRequest", message).at("SecurityGroups").in_our_words());
    }
    if named.is_empty() {
        let default = rooms.ec2.network().default_group(vpc).filter(|_| kind == Kind::Application);
        return Ok(default.into_iter().collect());
    }
    let named = named.into_iter().map(ToString::to_string).collect();
    rooms.ec2.network().groups_in(vpc, named).map_err(|_| {
        let message = "One or more security groups are invalid";
        ApiError::new("InvalidConfigurationRequest", message).at("SecurityGroups")
    })
}

fn address_type(kind: Kind, input: &Value) -> Result<String, ApiError> {
    let asked = input["IpAddressType"].as_str().unwrap_or("ipv4");
    let public = input["Scheme"] != "internal" && kind == Kind::Application;
    if asked == "dualstack-without-public-ipv4" && !public {
        let message = "The IP address type 'dualstack-without-public-ipv4' is supported only for internet-facing Application Load Balancers";
        return Err(ours(message).at("IpAddressType"));
    }
    Ok(asked.to_string())
}

/// DescribeLoadBalancers.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let (named, arns) = (texts(input, "Names"), texts(input, "LoadBalancerArns"));
    if !named.is_empty() && !arns.is_empty() {
        let message = "Load balancer names and load balancer ARNs cannot be specified at the same time";
        return Err(ours(message).at("Names"));
    }
    if arns.len() > 20 {
        return Err(ours("At most 20 load balancers can be described in one call").at("LoadBalancerArns"));
    }
    for arn in &arns {
        Named::Balancer.check(account, arn, "LoadBalancerArns")?;
        if elb.load_balancer(arn).is_none() {
            let message = "One or more load balancers not found";
            return Err(ApiError::new("LoadBalancerNotFound", message).at("LoadBalancerArns"));
        }
    }
    let missing: Vec<&str> =
        named.iter().copied().filter(|name| elb.load_balancers().all(|own| own.name != *name)).collect();
    if !missing.is_empty() {
        let message = joined(&["Load balancers '[", &missing.join(", "), "]' not found"]);
        return Err(ApiError::new("LoadBalancerNotFound", message).at("Names"));
    }
    let asked = |own: &&LoadBalancer| {
        named.is_empty() && arns.is_empty() || named.contains(&own.name.as_str()) || arns.contains(&own.arn.as_str())
    };
    let found = elb.load_balancers().filter(asked).map(|own| description(own, account)).collect();
    paged(found, input, "LoadBalancers")
}

/// DeleteLoadBalancer, with its listeners; its target groups stay. What is not there is deleted already.
pub fn delete(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = Named::Balancer.check(&cx.options().account, text(input, "LoadBalancerArn"), "LoadBalancerArn")?;
    if let Some(own) = elb.load_balancer(arn) {
        if super::attributes::of_balancer(own, "deletion_protection.enabled") == "true" {
            let message =
                joined(&["Load balancer '", arn, "' cannot be deleted because deletion protection is enabled"]);
            return Err(ApiError::new("OperationNotPermitted", message).at("LoadBalancerArn"));
        }
        let (id, name) = (own.id, own.name.clone());
        elb.balancers.remove(&id);
        cx.emit(FactKind::LoadBalancer { name, state: "deleted" });
        health::relink(elb, rooms, cx);
    }
    Ok(object!({}))
}

/// SetIpAddressType.
pub fn set_address_type(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::balancer(elb, &cx.options().account, input)?;
    let mut asked = object!({ "IpAddressType": input["IpAddressType"].clone(), "Scheme": own.scheme.clone() });
    let (id, address_type) = (own.id, address_type(own.kind, &asked)?);
    change(elb, cx, id, |own| own.address_type = address_type);
    if let Some(map) = asked.as_object_mut() {
        map.remove("Scheme");
    }
    Ok(asked)
}

/// SetSecurityGroups. A Network Load Balancer that was made without any can never have one.
pub fn set_security_groups(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::balancer(elb, &cx.options().account, input)?;
    let (id, groups) = (own.id, security_groups(rooms, &own.vpc, own.kind, input)?);
    let refused =
        |message: &str| ApiError::new("InvalidConfigurationRequest", message).at("SecurityGroups").in_our_words();
    if texts(input, "SecurityGroups").is_empty() {
        return Err(refused("At least one security group must be specified"));
    }
    if own.kind == Kind::Network && own.security_groups.is_empty() {
        return Err(refused("You can't add security groups to a Network Load Balancer that was created without any"));
    }
    let answer = object!({ "SecurityGroupIds": groups.clone() });
    change(elb, cx, id, |own| own.security_groups = groups);
    refresh(elb, rooms, cx, id);
    Ok(answer)
}

/// SetSubnets. A Network Load Balancer keeps those that it has.
pub fn set_subnets(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::balancer(elb, &account, input)?;
    let (id, zones) = (own.id, zones(rooms, &account, own.kind, input)?);
    if vpc_of(rooms, &zones) != own.vpc {
        let message = joined(&["All subnets must belong to the same VPC: '", &own.vpc, "'"]);
        return Err(ApiError::new("InvalidConfigurationRequest", message).at("Subnets"));
    }
    if own.kind == Kind::Network && own.zones.iter().any(|zone| !zones.contains(zone)) {
        let message = "You must include all subnets that were enabled previously for a Network Load Balancer";
        return Err(ApiError::new("InvalidConfigurationRequest", message).at("Subnets").in_our_words());
    }
    change(elb, cx, id, |own| own.zones = zones);
    refresh(elb, rooms, cx, id);
    let own = elb.balancer(id);
    Ok(object!({
        "AvailabilityZones": own.map(zone_list).unwrap_or_default(),
        "IpAddressType": own.map(|own| own.address_type.clone()).unwrap_or_default(),
    }))
}

/// Changes a load balancer, and records that it was.
pub fn change(elb: &mut Elb, cx: &mut Cx<'_>, id: u32, with: impl FnOnce(&mut LoadBalancer)) {
    if let Some(own) = elb.balancers.get_mut(&id).map(Rc::make_mut) {
        with(own);
        cx.emit(FactKind::LoadBalancer { name: own.name.clone(), state: "changed" });
    }
}

fn zone_list(own: &LoadBalancer) -> Value {
    let each = own.zones.iter().map(|(zone, subnet)| {
        object!({ "ZoneName": zone.clone(), "SubnetId": subnet.clone(), "LoadBalancerAddresses": Vec::<Value>::new() })
    });
    each.collect()
}

/// The load balancer as DescribeLoadBalancers shows it.
fn description(own: &LoadBalancer, account: &Account) -> Value {
    let mut value = object!({
        "LoadBalancerArn": own.arn.clone(),
        "DNSName": own.dns_name.clone(),
        "CreatedTime": own.created.as_epoch_seconds(),
        "LoadBalancerName": own.name.clone(),
        "Scheme": own.scheme.clone(),
        "VpcId": own.vpc.as_str(),
        "State": object!({ "Code": if own.active { "active" } else { "provisioning" } }),
        "Type": if own.kind == Kind::Application { "application" } else { "network" },
        "AvailabilityZones": zone_list(own),
        "IpAddressType": own.address_type.clone(),
    });
    let Some(map) = value.as_object_mut() else { return value };
    if !own.security_groups.is_empty() {
        map.insert("SecurityGroups".to_string(), own.security_groups.clone().into());
    }
    // The hosted zones differ by Region.
    if account.region == "us-east-1" {
        let zone = if own.kind == Kind::Application { "Z35SXDOTRQ7X7K" } else { "Z26RNL4JYFTOTI" };
        map.insert("CanonicalHostedZoneId".to_string(), zone.into());
    }
    value
}
