//! Instances as EC2 shows them.

use super::call::instance_ids;
use super::{Ec2, Instance, State, filter};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::event::Ec2Id;
use crate::sim::order;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Filters with the member that they look at.
const FILTERS: [(&str, &str); 17] = [
    ("architecture", "Architecture"),
    ("availability-zone", "Placement.AvailabilityZone"),
    ("iam-instance-profile.arn", "IamInstanceProfile.Arn"),
    ("image-id", "ImageId"),
    ("instance-id", "InstanceId"),
    ("instance-state-code", "State.Code"),
    ("instance-state-name", "State.Name"),
    ("instance-type", "InstanceType"),
    ("instance.group-id", "SecurityGroups.GroupId"),
    ("instance.group-name", "SecurityGroups.GroupName"),
    ("key-name", "KeyName"),
    ("network-interface.subnet-id", "SubnetId"),
    ("network-interface.vpc-id", "VpcId"),
    ("private-dns-name", "PrivateDnsName"),
    ("private-ip-address", "PrivateIpAddress"),
    ("subnet-id", "SubnetId"),
    ("vpc-id", "VpcId"),
];

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
        let mut shown = own.iter().map(|own| description(own, account)).collect();
        filter::keep(&mut shown, input, &FILTERS)?;
        if !shown.is_empty() {
            all.push(reservation(account, id, shown));
        }
    }
    Ok(json!({ "Reservations": all }))
}

/// What one request launched; its id follows from the first instance's.
pub(super) fn reservation(account: &Account, first: Ec2Id, instances: Vec<Value>) -> Value {
    object!({
        "ReservationId": format!("r-0{:016x}", !first.0),
        "OwnerId": account.id.clone(),
        "Instances": instances,
    })
}

pub(super) fn state_value(state: State) -> Value {
    let (code, name) = state.code_and_name();
    object!({ "Code": code, "Name": name })
}

pub(super) fn description(instance: &Instance, account: &Account) -> Value {
    let mut value = object!({
        "ImageId": instance.image_id.clone(),
        "InstanceId": instance.id.to_string(),
        "InstanceType": instance.instance_type.name,
        "LaunchTime": instance.launched_at.as_epoch_seconds(),
        "Placement": object!({ "AvailabilityZone": instance.zone.clone() }),
        "PrivateIpAddress": instance.private_ip.clone(),
        "State": state_value(instance.state),
        "SubnetId": instance.subnet.clone(),
        "VpcId": instance.vpc.as_str(),
        "Architecture": instance.instance_type.architecture.name(),
    });
    if let (false, Some(map)) = (instance.tags.is_empty(), value.as_object_mut()) {
        let tags = instance.tags.iter().map(|(key, value)| object!({ "Key": key.clone(), "Value": value.clone() }));
        map.insert("Tags".into(), Value::Array(tags.collect()));
    }
    let groups = instance.security_groups.iter().map(|id| object!({ "GroupId": id.clone() }));
    if let (false, Some(map)) = (instance.security_groups.is_empty(), value.as_object_mut()) {
        map.insert("SecurityGroups".into(), Value::Array(groups.collect()));
    }
    if !instance.key_name.is_empty() {
        value["KeyName"] = instance.key_name.as_str().into();
    }
    if let (false, Some(map)) = (instance.profile.is_empty(), value.as_object_mut()) {
        let arn = account.principal(&format!("instance-profile/{}", instance.profile));
        map.insert("IamInstanceProfile".into(), object!({ "Arn": arn }));
    }
    value
}
