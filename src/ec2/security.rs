//! Security groups: who may reach what.
//!
//! The lab's default group is open, as is every well-formed group that it does not hold (design.md section 8). A group
//! that somebody makes admits nobody until a rule says so, and lets everything out until that rule is revoked.

use super::cidr::Cidr;
use super::routes::Network;
use super::{Ec2, describe_security, network, tags};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::ecs::{Task, TaskStatus};
use crate::event::{Cx, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The name of the group that comes with a VPC.
pub(super) const DEFAULT: &str = "default";

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its VPC.
    pub vpc: String,
    pub(super) description: String,
    /// Who may come in.
    pub ingress: Vec<Permission>,
    /// Where it lets out.
    pub egress: Vec<Permission>,
}

/// One rule for traffic from one source, or to one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `tcp`, `udp`, another name or number, or `-1` for all.
    pub protocol: String,
    /// The first and the last port; none for all.
    pub ports: Option<(u16, u16)>,
    /// A block of addresses, or the id of a security group: where the traffic comes from, or goes to.
    pub source: String,
}

impl Permission {
    /// All traffic, with everybody.
    pub(super) fn everything() -> Self {
        Self { protocol: "-1".to_string(), ports: None, source: "0.0.0.0/0".to_string() }
    }
}

impl Permission {
    /// Whether it lets TCP pass on a port with somebody who has these security groups, in these blocks.
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

impl Network {
    /// A security group that the lab holds.
    pub fn security_group(&self, id: &str) -> Option<SecurityGroup> {
        self.security.get(id).map(|own| (**own).clone()).or_else(|| built_in(id))
    }

    /// A security group as it is shown with what has it: its id, and its name if the lab holds it.
    pub(super) fn shown_group(&self, id: &str) -> Value {
        match self.security_group(id) {
            Some(own) => object!({ "GroupId": id, "GroupName": own.name }),
            None => object!({ "GroupId": id }),
        }
    }

    /// All groups that the lab holds.
    pub(super) fn security_groups(&self) -> Vec<SecurityGroup> {
        let own = [network::SECURITY_GROUP, network::SECURITY_GROUP_WITHOUT_EGRESS];
        let first = own.iter().filter(|id| !self.security.contains_key(**id)).filter_map(|id| built_in(id));
        first.chain(self.security.values().map(|own| (**own).clone())).collect()
    }

    /// Whether security groups let TCP in on a port from somebody with other groups in these blocks; without any the
    /// default one holds.
    pub fn admits(&self, own: &[String], port: u16, groups: &[String], blocks: &[Cidr]) -> bool {
        self.passes(own, |group| group.ingress.iter().any(|rule| rule.admits(port, groups, blocks)))
    }

    /// The same of what security groups let out.
    pub fn lets_out(&self, own: &[String], port: u16, groups: &[String], blocks: &[Cidr]) -> bool {
        self.passes(own, |group| group.egress.iter().any(|rule| rule.admits(port, groups, blocks)))
    }

    /// Whether one of these groups has such a rule. A group that the lab does not hold lets everything pass.
    fn passes(&self, own: &[String], has_rule: impl Fn(&SecurityGroup) -> bool) -> bool {
        let passes = |id: &str| self.security_group(id).is_none_or(|group| has_rule(&group));
        if own.is_empty() { passes(network::SECURITY_GROUP) } else { own.iter().any(|id| passes(id)) }
    }
}

/// The two groups that every lab has.
fn built_in(id: &str) -> Option<SecurityGroup> {
    let (name, description) = match id {
        network::SECURITY_GROUP => (DEFAULT, "default VPC security group"),
        network::SECURITY_GROUP_WITHOUT_EGRESS => ("without-egress", "lets nothing out"),
        _ => return None,
    };
    let egress = if id == network::SECURITY_GROUP { alloc::vec![Permission::everything()] } else { Vec::new() };
    let (id, name, description) = (id.to_string(), name.to_string(), description.to_string());
    let (vpc, ingress) = (network::VPC.to_string(), alloc::vec![Permission::everything()]);
    Some(SecurityGroup { id, name, vpc, description, ingress, egress })
}

/// CreateSecurityGroup, DeleteSecurityGroup, and the four calls that change rules.
pub fn call(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation == "CreateSecurityGroup" {
        return create(ec2, cx, input);
    }
    let mut group = named(ec2, input)?;
    if operation == "DeleteSecurityGroup" {
        return delete(ec2, rooms, cx, &group);
    }
    let (id, egress) = (group.id.clone(), operation.ends_with("Egress"));
    let rules = if egress { &mut group.egress } else { &mut group.ingress };
    let mut shown = Vec::new();
    for permission in permissions(ec2, input)? {
        let there = rules.iter().position(|own| *own == permission);
        match (operation.starts_with("Revoke"), there) {
            (true, Some(at)) => {
                rules.remove(at);
            }
            (true, None) => {
                let message = "The specified rule does not exist in this security group.";
                return Err(ApiError::new("InvalidPermission.NotFound", message).at("IpPermissions"));
            }
            (false, Some(_)) => {
                let message = format!("the specified rule \"{}\" already exists", sentence(&permission));
                return Err(ApiError::new("InvalidPermission.Duplicate", message).at("IpPermissions"));
            }
            (false, None) => {
                shown.push(describe_security::rule(&permission, cx, &id, egress));
                rules.push(permission);
            }
        }
    }
    put(ec2, cx, group);
    let mut answer = object!({ "Return": true });
    if !operation.starts_with("Revoke") {
        answer["SecurityGroupRules"] = shown.into();
    }
    Ok(answer)
}

fn put(ec2: &mut Ec2, cx: &mut Cx<'_>, group: SecurityGroup) {
    cx.emit(FactKind::Network { kind: "security group", id: group.id.clone(), state: "changed" });
    ec2.change_network(cx).security.insert(group.id.clone(), Rc::new(group));
}

fn create(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let text = |member: &str| input[member].as_str().unwrap_or_default().to_string();
    let (name, vpc) = (text("GroupName"), input["VpcId"].as_str().unwrap_or(network::VPC));
    if !ec2.network.takes_vpc(vpc) {
        return Err(ApiError::new("InvalidVpcID.NotFound", format!("The vpc ID '{vpc}' does not exist")).at("VpcId"));
    }
    if name.is_empty() || name.len() > 255 || name.starts_with("sg-") || !name.is_ascii() {
        let message = format!("Invalid security group name: '{name}'");
        return Err(ApiError::new("InvalidParameterValue", message).at("GroupName").in_our_words());
    }
    let belongs = ec2.network.meant(vpc).to_string();
    let same = |own: &SecurityGroup| own.name == name && own.vpc == belongs;
    if name == DEFAULT || ec2.network.security.values().any(|own| same(own)) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(ApiError::new("InvalidGroup.Duplicate", message).at("GroupName"));
    }
    let given = tags::specified(input, "security-group")?;
    let id = format!("sg-0{:016x}", cx.draw("security-group-id"));
    let (description, ingress, egress) = (text("Description"), Vec::new(), alloc::vec![Permission::everything()]);
    let made = SecurityGroup { id: id.clone(), name, vpc: belongs, description, ingress, egress };
    cx.emit(FactKind::Network { kind: "security group", id: id.clone(), state: "created" });
    let network = ec2.change_network(cx);
    tags::put(network, &id, given);
    network.security.insert(id.clone(), Rc::new(made));
    let account = &cx.options().account;
    let arn = format!("arn:{}:ec2:{}:{}:security-group/{id}", account.partition(), account.region, account.id);
    let mut made = object!({ "GroupId": id.as_str(), "SecurityGroupArn": arn });
    if network.tags.contains_key(&id) {
        made["Tags"] = tags::shown(network, &id);
    }
    Ok(made)
}

fn delete(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, group: &SecurityGroup) -> Result<Value, ApiError> {
    let id = group.id.as_str();
    if built_in(id).is_some() || group.name == DEFAULT {
        let message = format!("the specified group: \"{id}\" name: \"{}\" cannot be deleted by a user", group.name);
        return Err(ApiError::new("CannotDelete", message).at("GroupId"));
    }
    let used =
        ec2.iter().any(|own| own.state != super::State::Terminated && own.security_groups.iter().any(|g| g == id))
            || ec2.network.endpoints.values().any(|own| own.groups.iter().any(|group| group == id))
            || has_interface(rooms, id);
    let names = |own: &SecurityGroup| own.ingress.iter().chain(&own.egress).any(|rule| rule.source == id);
    let named = ec2.network.security.values().any(|own| own.id != id && names(own));
    if used || named {
        let message = format!("resource {id} has a dependent object");
        return Err(ApiError::new("DependencyViolation", message).at("GroupId"));
    }
    cx.emit(FactKind::Network { kind: "security group", id: id.to_string(), state: "deleted" });
    ec2.change_network(cx).security.remove(id);
    Ok(object!({ "GroupId": id, "Return": true }))
}

/// Whether a network interface of a task or of a load balancer is in a group.
fn has_interface(rooms: &Rooms, id: &str) -> bool {
    let names = |groups: &[String]| groups.iter().any(|own| own == id);
    let holds = |own: &Task| own.address.is_some() && own.status != TaskStatus::Stopped;
    let of_task = |own: &Task| holds(own) && names(&own.request.security_groups);
    rooms.ecs.clusters().any(|cluster| rooms.ecs.tasks(cluster.id).any(of_task))
        || rooms.elb.load_balancers().any(|own| names(&own.security_groups))
}

/// The group that a request names by id or name.
fn named(ec2: &Ec2, input: &Value) -> Result<SecurityGroup, ApiError> {
    let (id, name) = (input["GroupId"].as_str(), input["GroupName"].as_str());
    let found = match (id, name) {
        (Some(id), _) if !network::well_formed(id, "sg-") => {
            let message = format!("Invalid id: \"{id}\" (expecting \"sg-...\")");
            return Err(ApiError::new("InvalidGroupId.Malformed", message).at("GroupId"));
        }
        (Some(id), _) => ec2.network.security_group(id),
        (None, Some(name)) => {
            let mut all = ec2.network.security_groups().into_iter();
            all.find(|own| own.name == name && own.vpc == network::VPC)
        }
        (None, None) => {
            let message = "The request must contain the parameter groupName or groupId";
            return Err(ApiError::new("MissingParameter", message).at("GroupId"));
        }
    };
    found.ok_or_else(|| not_found(id.or(name).unwrap_or_default()))
}

pub(super) fn not_found(named: &str) -> ApiError {
    ApiError::new("InvalidGroup.NotFound", format!("The security group '{named}' does not exist")).at("GroupId")
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
            groups.iter().find(|id| !network::well_formed(id, "sg-") && ec2.network.security_group(id).is_none())
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

#[cfg(test)]
mod tests {
    use super::*;

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
