//! Target groups: made, described, changed and deleted.

use super::words::{self, Named, invalid, joined, ours, paged, text, texts};
use super::{Elb, TargetGroup, arns, checks, health, tags};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::{Cx, FactKind, TargetKey};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Target groups in a Region (service quota).
const MOST: usize = 3000;
/// The protocols of Application and Network Load Balancers that the lab simulates.
const PROTOCOLS: [&str; 6] = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"];

/// CreateTargetGroup. The same request again answers with what the first one made.
pub fn create(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let name = words::name(input, "Target group")?;
    let kind = input["TargetType"].as_str().unwrap_or("instance");
    if !matches!(kind, "instance" | "ip") {
        return Err(ApiError::not_simulated(&joined(&["targets of the type ", kind])).at("TargetType"));
    }
    for (member, word) in [("Protocol", "protocol"), ("Port", "port"), ("VpcId", "VPC ID")] {
        if input[member].is_null() {
            return Err(invalid(joined(&["A ", word, " must be specified"])).at(member));
        }
    }
    let protocol = text(input, "Protocol");
    if !PROTOCOLS.contains(&protocol) {
        return Err(ApiError::not_simulated(&joined(&["target groups with the protocol ", protocol])).at("Protocol"));
    }
    if !rooms.ec2.network().takes_vpc(text(input, "VpcId")) {
        let message = joined(&["The VPC ID '", text(input, "VpcId"), "' is not found"]);
        return Err(invalid(message).at("VpcId"));
    }
    if input["IpAddressType"] == "ipv6" {
        return Err(ApiError::not_simulated("IPv6 targets").at("IpAddressType"));
    }
    let version = version(protocol, input)?;
    let check = checks::read(protocol, version, kind, &checks::default(protocol, version), input)?;
    tags::check_new(&input["Tags"])?;
    if let Some(known) = elb.target_groups().find(|own| own.name == name) {
        if known.given == *input {
            return Ok(object!({ "TargetGroups": alloc::vec![description(elb, known)] }));
        }
        let message = joined(&["A target group with the same name '", name, "' exists, but with different settings"]);
        return Err(ApiError::new("DuplicateTargetGroupName", message).at("Name"));
    }
    if elb.groups.len() >= MOST {
        let message = "You've reached the limit on the number of target groups for your AWS account: 3000";
        return Err(ApiError::new("TooManyTargetGroups", message).in_our_words());
    }
    let id = arns::id(cx);
    let made = TargetGroup {
        id: elb.next_number(),
        arn: arns::arn(&account, &joined(&["targetgroup/", name, "/", &id])),
        name: name.to_string(),
        vpc: rooms.ec2.network().meant(text(input, "VpcId")).to_string(),
        ip: kind == "ip",
        protocol: protocol.to_string(),
        version: version.map(ToString::to_string),
        port: input["Port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        check,
        attributes: Map::new(),
        tags: tags::given(&input["Tags"]),
        balancer: None,
        given: input.clone(),
    };
    cx.emit(FactKind::TargetGroup { name: made.name.clone(), state: "created" });
    let answer = description(elb, &made);
    elb.groups.insert(made.id, Rc::new(made));
    Ok(object!({ "TargetGroups": alloc::vec![answer] }))
}

fn version<'a>(protocol: &str, input: &'a Value) -> Result<Option<&'a str>, ApiError> {
    let asked = input["ProtocolVersion"].as_str();
    match (protocol, asked) {
        ("HTTP" | "HTTPS", None) => Ok(Some("HTTP1")),
        ("HTTP" | "HTTPS", Some("HTTP1" | "HTTP2" | "GRPC")) => Ok(asked),
        ("HTTP" | "HTTPS", Some(other)) => {
            let message = joined(&["Protocol version '", other, "' must be one of 'HTTP1, HTTP2, GRPC'"]);
            Err(ours(message).at("ProtocolVersion"))
        }
        (_, Some(_)) => {
            let message = joined(&["Protocol version cannot be specified for the protocol '", protocol, "'"]);
            Err(ours(message).at("ProtocolVersion"))
        }
        _ => Ok(None),
    }
}

/// ModifyTargetGroup: its health check. Counting the probes begins again.
pub fn modify(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::group(elb, &cx.options().account, input)?;
    let kind = if own.ip { "ip" } else { "instance" };
    let check = checks::read(&own.protocol, own.version.as_deref(), kind, &own.check, input)?;
    let id = own.id;
    if own.check != check {
        change(elb, cx, id, |own| own.check = check);
        health::refresh_group(elb, rooms, cx, id, true);
    }
    let shown: Vec<Value> = elb.group(id).map(|own| description(elb, own)).into_iter().collect();
    Ok(object!({ "TargetGroups": shown }))
}

/// Changes a target group, and records that it was.
pub fn change(elb: &mut Elb, cx: &mut Cx<'_>, id: u32, with: impl FnOnce(&mut TargetGroup)) {
    if let Some(own) = elb.groups.get_mut(&id).map(Rc::make_mut) {
        with(own);
        cx.emit(FactKind::TargetGroup { name: own.name.clone(), state: "changed" });
    }
}

/// DeleteTargetGroup, with its targets. What is not there is deleted already.
pub fn delete(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = Named::Group.check(&cx.options().account, text(input, "TargetGroupArn"), "TargetGroupArn")?;
    let Some(own) = elb.target_group(arn) else { return Ok(object!({})) };
    if own.balancer.is_some() {
        let message = joined(&["Target group '", arn, "' is currently in use by a listener or a rule"]);
        return Err(ApiError::new("ResourceInUse", message).at("TargetGroupArn"));
    }
    let (id, name) = (own.id, own.name.clone());
    let keys: Vec<TargetKey> = elb.keyed(id).map(|(key, _)| key).collect();
    for key in keys {
        health::remove(elb, cx, key);
    }
    elb.groups.remove(&id);
    cx.emit(FactKind::TargetGroup { name, state: "deleted" });
    Ok(object!({}))
}

/// DescribeTargetGroups, by name.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let (named, arns) = (texts(input, "Names"), texts(input, "TargetGroupArns"));
    let of = input["LoadBalancerArn"].as_str();
    if usize::from(!named.is_empty()) + usize::from(!arns.is_empty()) + usize::from(of.is_some()) > 1 {
        let message =
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time";
        return Err(invalid(message).at("Names"));
    }
    let user = match of {
        Some(_) => Some(words::balancer(elb, account, input)?.id),
        None => None,
    };
    for arn in &arns {
        Named::Group.check(account, arn, "TargetGroupArns")?;
        elb.target_group(arn).ok_or_else(|| Named::Group.missing(arn, "TargetGroupArns"))?;
    }
    for name in &named {
        if name.chars().count() > 32 {
            let message = joined(&["Target group name '", name, "' cannot be longer than '32' characters"]);
            return Err(invalid(message).at("Names"));
        }
        if elb.target_groups().all(|own| own.name != *name) {
            return Err(Named::Group.missing(name, "Names"));
        }
    }
    let asked = |own: &&TargetGroup| match user {
        Some(user) => own.balancer == Some(user),
        None => {
            named.is_empty() && arns.is_empty()
                || named.contains(&own.name.as_str())
                || arns.contains(&own.arn.as_str())
        }
    };
    let mut found: Vec<&TargetGroup> = elb.target_groups().filter(asked).collect();
    crate::sim::order::sort_by(&mut found, |left, right| left.name.cmp(&right.name));
    paged(found.into_iter().map(|own| description(elb, own)).collect(), input, "TargetGroups")
}

/// The target group as DescribeTargetGroups shows it.
fn description(elb: &Elb, own: &TargetGroup) -> Value {
    let check = &own.check;
    let user: Vec<Value> =
        own.balancer.and_then(|id| elb.balancer(id)).map(|user| Value::from(user.arn.clone())).into_iter().collect();
    let mut value = object!({
        "TargetGroupArn": own.arn.clone(),
        "TargetGroupName": own.name.clone(),
        "Protocol": own.protocol.clone(),
        "Port": own.port,
        "VpcId": own.given["VpcId"].clone(),
        "HealthCheckProtocol": check.protocol.clone(),
        "HealthCheckPort": check.port.map_or("traffic-port".to_string(), |port| port.to_string()),
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": check.interval,
        "HealthCheckTimeoutSeconds": check.timeout,
        "HealthyThresholdCount": check.healthy,
        "UnhealthyThresholdCount": check.unhealthy,
        "LoadBalancerArns": user,
        "TargetType": if own.ip { "ip" } else { "instance" },
        "IpAddressType": "ipv4",
    });
    let Some(map) = value.as_object_mut() else { return value };
    if let Some(path) = &check.path {
        map.insert("HealthCheckPath".to_string(), path.clone().into());
    }
    if let Some(codes) = &check.codes {
        let matcher = match own.version.as_deref() {
            Some("GRPC") => object!({ "GrpcCode": codes.clone() }),
            _ => object!({ "HttpCode": codes.clone() }),
        };
        map.insert("Matcher".to_string(), matcher);
    }
    if let Some(version) = &own.version {
        map.insert("ProtocolVersion".to_string(), version.clone().into());
    }
    value
}
