//! The network interface that a request asks for each task: its subnets, its security groups, its public address.

use super::strings;
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ec2::network;
use crate::ec2::routes::Network;
use crate::ecs::LaunchType;
use crate::ecs::taskdef::{Core, NetworkMode};
use crate::placement::Demand;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

pub(super) fn has_public_ip(input: &Value) -> bool {
    input["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "ENABLED"
}

/// The security groups of a network configuration; the VPC's default one where somebody made the VPC.
pub(super) fn security_groups(network: &Network, input: &Value) -> Vec<String> {
    let given = &input["networkConfiguration"]["awsvpcConfiguration"];
    let named = strings(given, "securityGroups").into_iter().map(String::from).collect();
    let vpc = strings(given, "subnets").first().map_or(network::VPC, |own| network.vpc_of(own));
    network.groups_in(vpc, named).unwrap_or_default()
}

/// A task with an interface goes to an instance of its VPC. Where there is one VPC, that goes without saying.
pub(super) fn keep_to_vpc(network: &Network, demand: &mut Demand, launch: LaunchType, subnets: &[(String, String)]) {
    if let (true, Some((subnet, _))) = (launch != LaunchType::Fargate && network.has_vpcs(), subnets.first()) {
        demand.attributes.push(("ecs.vpc-id".to_string(), Some(network.vpc_of(subnet).to_string())));
    }
}

/// NM-04, NM-05, NM-09, NM-11, EN-08: the subnets named with their zones.
pub(super) fn subnets(
    known: &Network,
    account: &Account,
    core: &Core,
    launch: LaunchType,
    input: &Value,
) -> Result<Vec<(String, String)>, ApiError> {
    let network = &input["networkConfiguration"]["awsvpcConfiguration"];
    let path = "networkConfiguration.awsvpcConfiguration";
    if core.network_mode != NetworkMode::Awsvpc {
        if input["networkConfiguration"].is_object() {
            let message = "Network Configuration is not valid for the given networkMode of this task definition.";
            return Err(ApiError::invalid(message).at("networkConfiguration"));
        }
        return Ok(Vec::new());
    }
    if !network.is_object() {
        let message = "Network Configuration must be provided when networkMode 'awsvpc' is specified.";
        return Err(ApiError::invalid(message).at("networkConfiguration"));
    }
    let named = strings(network, "subnets");
    if named.is_empty() {
        return Err(ApiError::invalid("subnets can not be empty.").at(format!("{path}.subnets")));
    }
    for (member, most) in [("subnets", 16), ("securityGroups", 5)] {
        if strings(network, member).len() > most {
            let message = format!("{member} can have at most {most} items.");
            return Err(ApiError::invalid(message).at(format!("{path}.{member}")).in_our_words());
        }
    }
    if matches!(launch, LaunchType::Ec2 | LaunchType::ManagedInstances) && network["assignPublicIp"] == "ENABLED" {
        let message = "Assign public IP is not supported for this launch type.";
        return Err(ApiError::invalid(message).at(format!("{path}.assignPublicIp")).in_our_words());
    }
    for group in strings(network, "securityGroups") {
        if !network::well_formed(group, "sg-") {
            let message = format!(
                "Error retrieving security group information for [{group}]: The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            );
            return Err(ApiError::invalid(message).at(format!("{path}.securityGroups")).in_our_words());
        }
    }
    let zone_of = |subnet: &&str| {
        let zone = known.zone_of(&account.region, subnet).ok_or_else(|| {
            let message = format!("Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)");
            ApiError::invalid(message).at(format!("{path}.subnets")).in_our_words()
        })?;
        Ok((subnet.to_string(), zone))
    };
    let all = named.iter().map(zone_of).collect::<Result<Vec<_>, ApiError>>()?;
    in_one_vpc(known, network, &named)?;
    Ok(all)
}

/// The subnets and the security groups are all of one VPC.
fn in_one_vpc(known: &Network, network: &Value, subnets: &[&str]) -> Result<(), ApiError> {
    let path = "networkConfiguration.awsvpcConfiguration";
    let vpc = subnets.first().map_or(network::VPC, |own| known.vpc_of(own));
    if let Some(stray) = subnets.iter().find(|own| known.vpc_of(own) != vpc) {
        let message = format!("The subnet {stray} is not in the VPC {vpc} of the other subnets.");
        return Err(ApiError::invalid(message).at(format!("{path}.subnets")).in_our_words());
    }
    let groups = strings(network, "securityGroups").into_iter().map(String::from).collect();
    known.groups_in(vpc, groups).map(drop).map_err(|group| {
        let message = format!("Security Group {group} does not appear to belong to the same VPC as the input subnets.");
        ApiError::invalid(message).at(format!("{path}.securityGroups"))
    })
}
