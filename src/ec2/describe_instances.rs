//! Instances as EC2 shows them.

use super::call::instance_ids;
use super::{Ec2, Instance, State, filter, network, settings};
use crate::aws::object::object;
use crate::aws::page::page;
use crate::aws::{Account, ApiError};
use crate::event::Ec2Id;
use crate::sim::order;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Filters with the member that they look at; some look at what is not shown of an instance itself, [`beside`] it.
const FILTERS: [(&str, &str); 43] = [
    ("architecture", "Architecture"),
    ("availability-zone", "Placement.AvailabilityZone"),
    ("block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"),
    ("block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"),
    ("block-device-mapping.status", "BlockDeviceMappings.Ebs.Status"),
    ("block-device-mapping.volume-id", "BlockDeviceMappings.Ebs.VolumeId"),
    ("dns-name", "PublicDnsName"),
    ("ebs-optimized", "EbsOptimized"),
    ("iam-instance-profile.arn", "IamInstanceProfile.Arn"),
    ("iam-instance-profile.name", "Beside.Profile"),
    ("image-id", "ImageId"),
    ("instance-id", "InstanceId"),
    ("instance-lifecycle", "InstanceLifecycle"),
    ("instance-state-code", "State.Code"),
    ("instance-state-name", "State.Name"),
    ("instance-type", "InstanceType"),
    ("instance.group-id", "SecurityGroups.GroupId"),
    ("instance.group-name", "SecurityGroups.GroupName"),
    ("ip-address", "PublicIpAddress"),
    ("key-name", "KeyName"),
    ("launch-time", "Beside.LaunchTime"),
    ("metadata-options.http-endpoint", "MetadataOptions.HttpEndpoint"),
    ("metadata-options.http-put-response-hop-limit", "MetadataOptions.HttpPutResponseHopLimit"),
    ("metadata-options.http-tokens", "MetadataOptions.HttpTokens"),
    ("metadata-options.instance-metadata-tags", "MetadataOptions.InstanceMetadataTags"),
    ("monitoring-state", "Monitoring.State"),
    ("network-interface.addresses.private-ip-address", "PrivateIpAddress"),
    ("network-interface.availability-zone", "Placement.AvailabilityZone"),
    ("network-interface.group-id", "SecurityGroups.GroupId"),
    ("network-interface.group-name", "SecurityGroups.GroupName"),
    ("network-interface.subnet-id", "SubnetId"),
    ("network-interface.vpc-id", "VpcId"),
    ("operator.managed", "Beside.Managed"),
    ("operator.principal", "Operator.Principal"),
    ("owner-id", "Beside.OwnerId"),
    ("platform", "Beside.Platform"),
    ("private-dns-name", "PrivateDnsName"),
    ("private-ip-address", "PrivateIpAddress"),
    ("reservation-id", "Beside.ReservationId"),
    ("root-device-name", "RootDeviceName"),
    ("root-device-type", "RootDeviceType"),
    ("subnet-id", "SubnetId"),
    ("vpc-id", "VpcId"),
];

/// What MaxResults may be at least, and what counts of it at most.
const FEWEST: i64 = 5;
const MOST: usize = 1000;

/// DescribeInstances.
pub(super) fn read(ec2: &Ec2, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let wanted = instance_ids(ec2, input)?;
    let mut found: Vec<&Instance> =
        ec2.iter().filter(|instance| wanted.is_empty() || wanted.contains(&instance.id)).collect();
    order::sort_by_key(&mut found, |instance| instance.number);
    // The instances of one request follow one another.
    let mut all = Vec::new();
    for own in found.chunk_by(|one, next| one.reservation == next.reservation) {
        let id = own.first().map_or(Ec2Id(0), |first| first.reservation);
        let mut shown: Vec<Value> = own.iter().map(|own| description(ec2, own, account)).collect();
        if input["Filters"].is_array() {
            shown.iter_mut().zip(own).for_each(|(shown, own)| shown[BESIDE] = beside(own, account));
            filter::keep(&mut shown, input, &FILTERS)?;
            shown.iter_mut().filter_map(Value::as_object_mut).for_each(|shown| drop(shown.remove(BESIDE)));
        }
        all.extend(shown.into_iter().map(|own| (id, own)));
    }
    let (all, next) = one_page(all, input)?;
    let reserved = all.chunk_by(|(one, _), (next, _)| one == next).map(|own| {
        let id = own.first().map_or(Ec2Id(0), |(id, _)| *id);
        reservation(account, id, own.iter().map(|(_, own)| own.clone()).collect())
    });
    let mut answer = object!({ "Reservations": reserved.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// An instance as it is shown, with the first of its reservation.
type Listed = (Ec2Id, Value);

/// The instances of a page, and where the next one begins. Without MaxResults all instances stand on one page.
fn one_page(all: Vec<Listed>, input: &Value) -> Result<(Vec<Listed>, Option<String>), ApiError> {
    let (most, token) = (input["MaxResults"].as_i64(), input["NextToken"].as_str());
    if most.is_some() && input["InstanceIds"].as_array().is_some_and(|ids| !ids.is_empty()) {
        let message = "The parameter instancesSet cannot be used with the parameter maxResults";
        return Err(ApiError::new("InvalidParameterCombination", message).at("MaxResults"));
    }
    if let Some(few) = most.filter(|most| *most < FEWEST) {
        let message =
            format!("Value ( {few} ) for parameter maxResults is invalid. Expecting a value greater than {FEWEST}.");
        return Err(ApiError::new("InvalidParameterValue", message).at("MaxResults"));
    }
    let limit = if most.is_none() && token.is_none() { all.len().max(1) } else { MOST };
    let size = most.map(|most| most.min(MOST as i64));
    let scope = format!("DescribeInstances{}", input["Filters"]);
    page(&scope, all, token, size, limit).map_err(|_| {
        let message = "Invalid value for nextToken.";
        ApiError::new("InvalidParameterValue", message).at("NextToken").in_our_words()
    })
}

/// The member that holds what is beside an instance, while filters look at it.
const BESIDE: &str = "Beside";

/// What filters know of an instance beyond what it shows, or in another form: a moment as text, for `2026-01-05T*`.
fn beside(instance: &Instance, account: &Account) -> Value {
    let (at, name) = (instance.launched_at, instance.profile.as_str());
    let launched = at.to_string().split(['.', 'Z']).next().map(|whole| format!("{whole}.{:03}Z", at.civil().milli));
    object!({
        "LaunchTime": launched,
        "Managed": instance.is_managed(),
        "OwnerId": account.id.as_str(),
        "Platform": instance.is_windows().then_some("windows"),
        "Profile": (!name.is_empty()).then_some(name),
        "ReservationId": reservation_id(instance.reservation),
    })
}

fn reservation_id(first: Ec2Id) -> String {
    format!("r-0{:016x}", !first.0)
}

/// What one request launched; its id follows from the first instance's.
pub(super) fn reservation(account: &Account, first: Ec2Id, instances: Vec<Value>) -> Value {
    object!({
        "ReservationId": reservation_id(first),
        "OwnerId": account.id.clone(),
        "Instances": instances,
    })
}

pub(super) fn state_value(state: State) -> Value {
    let (code, name) = state.code_and_name();
    object!({ "Code": code, "Name": name })
}

pub(super) fn description(ec2: &Ec2, instance: &Instance, account: &Account) -> Value {
    let mut value = object!({
        "ImageId": instance.image_id.clone(),
        "InstanceId": instance.id.to_string(),
        "InstanceType": instance.instance_type.name,
        "LaunchTime": instance.launched_at.as_epoch_seconds(),
        "Placement": object!({ "AvailabilityZone": instance.zone.clone() }),
        "PrivateDnsName": network::private_name(&account.region, &instance.private_ip),
        "PrivateIpAddress": instance.private_ip.clone(),
        "PublicDnsName": "",
        "State": state_value(instance.state),
        "SubnetId": instance.subnet.clone(),
        "VpcId": instance.vpc.as_str(),
        "Architecture": instance.instance_type.architecture.name(),
    });
    if let (false, Some(map)) = (instance.tags.is_empty(), value.as_object_mut()) {
        let tags = instance.tags.iter().map(|(key, value)| object!({ "Key": key.clone(), "Value": value.clone() }));
        map.insert("Tags".into(), Value::Array(tags.collect()));
    }
    let named: Vec<&str> = match instance.security_groups.iter().map(String::as_str).collect::<Vec<_>>() {
        none if none.is_empty() => alloc::vec![network::SECURITY_GROUP],
        some => some,
    };
    let groups = named.into_iter().map(|id| ec2.network.shown_group(id));
    value["SecurityGroups"] = Value::Array(groups.collect());
    if let Some(address) = instance.public_ip() {
        if ec2.network.names_public(&instance.vpc) {
            value["PublicDnsName"] = network::public_name(&account.region, &address).into();
        }
        value["PublicIpAddress"] = address.into();
    }
    if !instance.key_name.is_empty() {
        value["KeyName"] = instance.key_name.as_str().into();
    }
    if let (false, Some(map)) = (instance.profile.is_empty(), value.as_object_mut()) {
        let arn = account.principal(&format!("instance-profile/{}", instance.profile));
        map.insert("IamInstanceProfile".into(), object!({ "Arn": arn }));
    }
    if instance.is_managed() {
        value["Operator"] = object!({ "Managed": true, "Principal": "ecs.amazonaws.com" });
    }
    settings::show(instance, &mut value);
    value
}
