//! Security groups and their rules as EC2 shows them.

use super::routes::Network;
use super::security::{Permission, SecurityGroup, not_found};
use super::{Ec2, filter, network, tags};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::Cx;
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// Filters with the member that they look at.
const FILTERS: [(&str, &str); 16] = [
    ("description", "Description"),
    ("egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp"),
    ("egress.ip-permission.from-port", "IpPermissionsEgress.FromPort"),
    ("egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId"),
    ("egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol"),
    ("egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"),
    ("group-id", "GroupId"),
    ("group-name", "GroupName"),
    ("ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"),
    ("ip-permission.from-port", "IpPermissions.FromPort"),
    ("ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId"),
    ("ip-permission.protocol", "IpPermissions.IpProtocol"),
    ("ip-permission.to-port", "IpPermissions.ToPort"),
    ("ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId"),
    ("owner-id", "OwnerId"),
    ("vpc-id", "VpcId"),
];

/// DescribeSecurityGroups.
pub fn groups(ec2: &Ec2, account: &str, input: &Value) -> Result<Value, ApiError> {
    let wanted = |member: &str| -> Vec<&str> {
        input[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (ids, names) = (wanted("GroupIds"), wanted("GroupNames"));
    let all = ec2.network.security_groups();
    for id in &ids {
        if all.iter().all(|own| own.id != *id) {
            return Err(not_found(id).at("GroupIds"));
        }
    }
    let is_named = |own: &SecurityGroup, name: &str| own.vpc == network::VPC && own.name == name;
    if let Some(name) = names.iter().find(|name| !all.iter().any(|own| is_named(own, name))) {
        return Err(not_found(name).at("GroupNames"));
    }
    let asked = |own: &&SecurityGroup| {
        ids.is_empty() && names.is_empty()
            || ids.contains(&own.id.as_str())
            || own.vpc == network::VPC && names.contains(&own.name.as_str())
    };
    let mut shown: Vec<Value> = all.iter().filter(asked).map(|own| description(&ec2.network, own, account)).collect();
    filter::keep(&mut shown, input, &FILTERS)?;
    Ok(object!({ "SecurityGroups": shown }))
}

fn description(network: &Network, own: &SecurityGroup, account: &str) -> Value {
    object!({
        "GroupId": own.id.clone(),
        "GroupName": own.name.clone(),
        "Description": own.description.clone(),
        "OwnerId": account,
        "VpcId": own.vpc.as_str(),
        "IpPermissions": rules(&own.ingress, account),
        "IpPermissionsEgress": rules(&own.egress, account),
        "Tags": tags::shown(network, &own.id),
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

/// A rule that was just made, with an id of its own.
pub(super) fn rule(own: &Permission, cx: &mut Cx<'_>, group: &str, egress: bool) -> Value {
    let id = format!("sgr-0{:016x}", cx.draw("security-group-rule-id"));
    let account = cx.options().account.id.as_str();
    let (first, last) = own.ports.map_or((-1, -1), |(first, last)| (i64::from(first), i64::from(last)));
    let mut shown = object!({
        "SecurityGroupRuleId": id,
        "GroupId": group,
        "GroupOwnerId": account,
        "IsEgress": egress,
        "IpProtocol": own.protocol.as_str(),
        "FromPort": first,
        "ToPort": last,
    });
    match own.source.contains('/') {
        true => shown["CidrIpv4"] = own.source.as_str().into(),
        false => {
            shown["ReferencedGroupInfo"] = object!({ "GroupId": own.source.as_str(), "UserId": account });
        }
    }
    shown
}
