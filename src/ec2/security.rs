//! Security groups: who may reach what.
//!
//! The lab's default group is open, as is every well-formed group that it does not hold (design.md section 8). A group
//! that somebody makes admits nobody until a rule says so. Outgoing traffic is free, but for the group that lets nothing out.

use super::{Ec2, network};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::{Cx, Event, FactKind};
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    description: String,
    tags: Value,
    /// Who may come in.
    pub ingress: Vec<Permission>,
}

/// One rule for incoming traffic from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `tcp`, `udp`, another name or number, or `-1` for all.
    pub protocol: String,
    /// The first and the last port; none for all.
    pub ports: Option<(u16, u16)>,
    /// A block of addresses, or the id of a security group.
    pub source: String,
}

/// A block of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    bits: u8,
}

impl Cidr {
    /// Reads `172.31.0.0/16`; none of another form, and none when the address has bits behind the prefix.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = bits.parse().ok().filter(|bits| *bits <= 32 && plain)?;
        let base = u32::from_be_bytes(network::ipv4(address)?);
        Some(Self { base, bits }).filter(|own| own.base & !own.mask() == 0)
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)
    }

    /// Whether all of another block lies within this one.
    pub fn holds(self, other: Self) -> bool {
        self.bits <= other.bits && other.base & self.mask() == self.base
    }
}

impl Permission {
    /// Whether it lets TCP in on a port from somebody with these security groups in these blocks.
    pub fn admits(&self, port: u16, groups: &[String], blocks: &[Cidr]) -> bool {
        let protocol = matches!(self.protocol.as_str(), "tcp" | "6" | "-1");
        let ports = self.ports.is_none_or(|(first, last)| (first..=last).contains(&port));
        let source = match Cidr::parse(&self.source) {
            Some(own) => !blocks.is_empty() && blocks.iter().all(|other| own.holds(*other)),
            None => groups.contains(&self.source),
        };
        protocol && ports && source
    }
}

impl Ec2 {
    /// A security group that the lab holds.
    pub fn security_group(&self, id: &str) -> Option<SecurityGroup> {
        self.security.get(id).map(|own| (**own).clone()).or_else(|| built_in(id))
    }

    /// Whether security groups let TCP in on a port from somebody with other groups in these blocks; without any the
    /// default one holds.
    pub fn admits(&self, own: &[String], port: u16, groups: &[String], blocks: &[Cidr]) -> bool {
        let lets_in = |id: &String| match self.security.get(id.as_str()) {
            Some(group) => group.ingress.iter().any(|rule| rule.admits(port, groups, blocks)),
            None => true,
        };
        if own.is_empty() { lets_in(&network::SECURITY_GROUP.to_string()) } else { own.iter().any(lets_in) }
    }
}

/// The two groups that every lab has.
fn built_in(id: &str) -> Option<SecurityGroup> {
    let (name, description) = match id {
        network::SECURITY_GROUP => ("default", "default VPC security group"),
        network::SECURITY_GROUP_WITHOUT_EGRESS => ("without-egress", "lets nothing out"),
        _ => return None,
    };
    let all = Permission { protocol: "-1".to_string(), ports: None, source: "0.0.0.0/0".to_string() };
    let tags = Value::Array(Vec::new());
    let (id, name, description) = (id.to_string(), name.to_string(), description.to_string());
    Some(SecurityGroup { id, name, description, tags, ingress: alloc::vec![all] })
}

/// CreateSecurityGroup, DeleteSecurityGroup, AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation == "CreateSecurityGroup" {
        return create(ec2, cx, input);
    }
    let mut group = named(ec2, input)?;
    if operation == "DeleteSecurityGroup" {
        return delete(ec2, cx, &group);
    }
    let asked = permissions(ec2, input)?;
    for permission in asked {
        let there = group.ingress.iter().position(|own| *own == permission);
        match (operation, there) {
            ("RevokeSecurityGroupIngress", Some(at)) => {
                group.ingress.remove(at);
            }
            ("RevokeSecurityGroupIngress", None) => {
                let message = "The specified rule does not exist in this security group.";
                return Err(ApiError::new("InvalidPermission.NotFound", message).at("IpPermissions"));
            }
            (_, Some(_)) => {
                let message = format!("the specified rule \"{}\" already exists", sentence(&permission));
                return Err(ApiError::new("InvalidPermission.Duplicate", message).at("IpPermissions"));
            }
            (_, None) => group.ingress.push(permission),
        }
    }
    put(ec2, cx, group);
    Ok(object!({ "Return": true }))
}

fn put(ec2: &mut Ec2, cx: &mut Cx<'_>, group: SecurityGroup) {
    cx.emit(FactKind::SecurityGroup { id: group.id.clone(), state: "changed" });
    ec2.security.insert(group.id.clone(), Rc::new(group));
    cx.schedule(SimDuration::ZERO, Event::SecurityGroupsChanged);
}

fn create(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let text = |member: &str| input[member].as_str().unwrap_or_default().to_string();
    let (name, vpc) = (text("GroupName"), input["VpcId"].as_str().unwrap_or(network::VPC));
    if !network::well_formed(vpc, "vpc-") {
        return Err(ApiError::new("InvalidVpcID.NotFound", format!("The vpc ID '{vpc}' does not exist")).at("VpcId"));
    }
    if name.is_empty() || name.len() > 255 || name.starts_with("sg-") || !name.is_ascii() {
        let message = format!("Invalid security group name: '{name}'");
        return Err(ApiError::new("InvalidParameterValue", message).at("GroupName").in_our_words());
    }
    if name == "default" || ec2.security.values().any(|own| own.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(ApiError::new("InvalidGroup.Duplicate", message).at("GroupName"));
    }
    let id = format!("sg-0{:016x}", cx.draw("security-group-id"));
    let specified = input["TagSpecifications"].as_array().into_iter().flatten();
    let own = specified.filter(|tags| tags["ResourceType"] == "security-group");
    let tags: Vec<Value> = own.flat_map(|own| own["Tags"].as_array().into_iter().flatten()).cloned().collect();
    let description = text("Description");
    let made = SecurityGroup { id: id.clone(), name, description, tags: Value::Array(tags), ingress: Vec::new() };
    cx.emit(FactKind::SecurityGroup { id: id.clone(), state: "created" });
    let answer = object!({ "GroupId": id.clone(), "Tags": made.tags.clone() });
    ec2.security.insert(id, Rc::new(made));
    Ok(answer)
}

fn delete(ec2: &mut Ec2, cx: &mut Cx<'_>, group: &SecurityGroup) -> Result<Value, ApiError> {
    let id = group.id.as_str();
    if built_in(id).is_some() {
        let message = format!("the specified group: \"{id}\" name: \"{}\" cannot be deleted by a user", group.name);
        return Err(ApiError::new("CannotDelete", message).at("GroupId"));
    }
    let used =
        ec2.iter().any(|own| own.state != super::State::Terminated && own.security_groups.iter().any(|g| g == id));
    let named = ec2.security.values().any(|own| own.id != id && own.ingress.iter().any(|rule| rule.source == id));
    if used || named {
        let message = format!("resource {id} has a dependent object");
        return Err(ApiError::new("DependencyViolation", message).at("GroupId"));
    }
    ec2.security.remove(id);
    cx.emit(FactKind::SecurityGroup { id: id.to_string(), state: "deleted" });
    cx.schedule(SimDuration::ZERO, Event::SecurityGroupsChanged);
    Ok(object!({ "GroupId": id, "Return": true }))
}

/// The group that a request names by id or name.
fn named(ec2: &Ec2, input: &Value) -> Result<SecurityGroup, ApiError> {
    let (id, name) = (input["GroupId"].as_str(), input["GroupName"].as_str());
    let found = match (id, name) {
        (Some(id), _) if !network::well_formed(id, "sg-") => {
            let message = format!("Invalid id: \"{id}\" (expecting \"sg-...\")");
            return Err(ApiError::new("InvalidGroupId.Malformed", message).at("GroupId"));
        }
        (Some(id), _) => ec2.security_group(id),
        (None, Some(name)) => held(ec2).into_iter().find(|own| own.name == name),
        (None, None) => {
            let message = "The request must contain the parameter groupName or groupId";
            return Err(ApiError::new("MissingParameter", message).at("GroupId"));
        }
    };
    found.ok_or_else(|| not_found(id.or(name).unwrap_or_default()))
}

fn not_found(named: &str) -> ApiError {
    ApiError::new("InvalidGroup.NotFound", format!("The security group '{named}' does not exist")).at("GroupId")
}

/// All groups that the lab holds.
fn held(ec2: &Ec2) -> Vec<SecurityGroup> {
    let own = [network::SECURITY_GROUP, network::SECURITY_GROUP_WITHOUT_EGRESS];
    let first = own.iter().filter(|id| !ec2.security.contains_key(**id)).filter_map(|id| built_in(id));
    first.chain(ec2.security.values().map(|own| (**own).clone())).collect()
}

/// The rules of a request, one for each source.
fn permissions(ec2: &Ec2, input: &Value) -> Result<Vec<Permission>, ApiError> {
    let refused = |message: String| ApiError::new("InvalidParameterValue", message).at("IpPermissions").in_our_words();
    let list = |value: &Value, list: &str, member: &str| -> Vec<String> {
        let each = value[list].as_array().into_iter().flatten();
        each.filter_map(|own| own[member].as_str()).map(String::from).collect()
    };
    let mut flat = Vec::new();
    if let Some(block) = input["CidrIp"].as_str() {
        let range = Value::Array(alloc::vec![object!({ "CidrIp": block })]);
        let member = |name: &'static str| (name, input[name].clone());
        flat.push(object::of(alloc::vec![
            member("IpProtocol"),
            member("FromPort"),
            member("ToPort"),
            ("IpRanges", range)
        ]));
    }
    let mut all = Vec::new();
    for given in input["IpPermissions"].as_array().into_iter().flatten().chain(&flat) {
        let protocol = given["IpProtocol"].as_str().unwrap_or("-1").to_ascii_lowercase();
        let ends = (given["FromPort"].as_i64(), given["ToPort"].as_i64());
        let ports = match ends {
            _ if protocol == "-1" => None,
            (Some(-1), _) | (None, None) if !matches!(protocol.as_str(), "tcp" | "udp") => None,
            (Some(first), Some(last)) if first <= last => {
                let port = |own: i64| u16::try_from(own).map_err(|_| refused(format!("Invalid port: {own}")));
                Some((port(first)?, port(last)?))
            }
            _ => return Err(refused(format!("Invalid port range for the protocol {protocol}"))),
        };
        let blocks = list(given, "IpRanges", "CidrIp");
        if let Some(block) = blocks.iter().find(|block| Cidr::parse(block).is_none()) {
            let message = format!("CIDR block {block} is malformed");
            return Err(ApiError::new("InvalidParameterValue", message).at("IpPermissions"));
        }
        let groups = list(given, "UserIdGroupPairs", "GroupId");
        if let Some(group) =
            groups.iter().find(|id| !network::well_formed(id, "sg-") && ec2.security_group(id).is_none())
        {
            return Err(not_found(group).at("IpPermissions"));
        }
        all.extend(blocks.into_iter().chain(groups).map(|source| Permission {
            protocol: protocol.clone(),
            ports,
            source,
        }));
    }
    if all.is_empty() {
        return Err(refused("A rule needs a protocol, ports and a source".to_string()));
    }
    Ok(all)
}

fn sentence(own: &Permission) -> String {
    let protocol = own.protocol.to_ascii_uppercase();
    match own.ports {
        Some((first, last)) => {
            format!("peer: {}, {protocol}, from port: {first}, to port: {last}, ALLOW", own.source)
        }
        None => format!("peer: {}, ALL, ALLOW", own.source),
    }
}

/// DescribeSecurityGroups.
pub fn describe(ec2: &Ec2, account: &str, input: &Value) -> Result<Value, ApiError> {
    let wanted = |member: &str| -> Vec<&str> {
        input[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (ids, names) = (wanted("GroupIds"), wanted("GroupNames"));
    let all = held(ec2);
    for id in &ids {
        if all.iter().all(|own| own.id != *id) {
            return Err(not_found(id).at("GroupIds"));
        }
    }
    if let Some(name) = names.iter().find(|name| all.iter().all(|own| own.name != **name)) {
        return Err(not_found(name).at("GroupNames"));
    }
    let asked = |own: &&SecurityGroup| {
        ids.is_empty() && names.is_empty() || ids.contains(&own.id.as_str()) || names.contains(&own.name.as_str())
    };
    let shown: Vec<Value> = all.iter().filter(asked).map(|own| description(own, account)).collect();
    Ok(object!({ "SecurityGroups": shown }))
}

fn description(own: &SecurityGroup, account: &str) -> Value {
    let everything = Permission { protocol: "-1".to_string(), ports: None, source: "0.0.0.0/0".to_string() };
    let out = if own.id == network::SECURITY_GROUP_WITHOUT_EGRESS { Vec::new() } else { alloc::vec![everything] };
    object!({
        "GroupId": own.id.clone(),
        "GroupName": own.name.clone(),
        "Description": own.description.clone(),
        "OwnerId": account,
        "VpcId": network::VPC,
        "IpPermissions": rules(&own.ingress, account),
        "IpPermissionsEgress": rules(&out, account),
        "Tags": own.tags.clone(),
    })
}

/// Rules as AWS shows them: those of the same protocol and ports as one.
fn rules(all: &[Permission], account: &str) -> Vec<Value> {
    let same = |a: &Permission, b: &Permission| a.protocol == b.protocol && a.ports == b.ports;
    let firsts = all.iter().enumerate().filter(|(index, own)| all.iter().take(*index).all(|before| !same(before, own)));
    let each = firsts.map(|(_, own)| {
        let sources = || all.iter().filter(|other| same(own, other)).map(|other| &other.source);
        let blocks: Vec<Value> =
            sources().filter(|text| text.contains('/')).map(|text| object!({ "CidrIp": text.clone() })).collect();
        let groups = sources().filter(|text| !text.contains('/'));
        let groups: Vec<Value> = groups.map(|id| object!({ "GroupId": id.clone(), "UserId": account })).collect();
        let mut rule = alloc::vec![
            ("IpProtocol", Value::from(own.protocol.clone())),
            ("IpRanges", Value::Array(blocks)),
            ("UserIdGroupPairs", Value::Array(groups)),
        ];
        if let Some((first, last)) = own.ports {
            rule.extend([("FromPort", first.into()), ("ToPort", last.into())]);
        }
        object::of(rule)
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_addresses() {
        for (text, inner, holds) in [
            ("0.0.0.0/0", "172.31.16.0/20", true),
            ("172.31.0.0/16", "172.31.16.0/20", true),
            ("172.31.16.0/20", "172.31.0.0/16", false),
            ("172.31.0.0/20", "172.31.16.0/20", false),
            ("10.0.0.1/32", "10.0.0.1/32", true),
        ] {
            let [outer, inner] = [text, inner].map(|text| Cidr::parse(text).unwrap());
            assert_eq!(outer.holds(inner), holds, "{text}");
        }
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.1/24",
            "10.0.0/8",
            "10.0.0.0/+8",
            "010.0.0.0/8",
            "::/0",
            "a.b.c.d/8",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_rule_admits_by_protocol_port_and_source() {
        let blocks = [Cidr::parse("172.31.0.0/20").unwrap()];
        let groups = ["sg-11111111".to_string()];
        let rule = |protocol: &str, ports, source: &str| Permission {
            protocol: protocol.to_string(),
            ports,
            source: source.to_string(),
        };
        for (rule, admits) in [
            (rule("tcp", Some((80, 80)), "sg-11111111"), true),
            (rule("tcp", Some((32768, 65535)), "sg-11111111"), false),
            (rule("udp", Some((80, 80)), "sg-11111111"), false),
            (rule("-1", None, "172.31.0.0/16"), true),
            (rule("tcp", Some((0, 65535)), "172.31.16.0/20"), false),
            (rule("tcp", Some((80, 81)), "sg-22222222"), false),
        ] {
            assert_eq!(rule.admits(80, &groups, &blocks), admits, "{rule:?}");
        }
    }
}
