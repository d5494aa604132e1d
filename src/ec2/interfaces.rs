//! DescribeNetworkInterfaces: those of tasks in `awsvpc` mode, by which tutorials find a task's public address.

use super::routes::Network;
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::ecs;
use crate::event::ClusterId;
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// As many tasks as ECS describes at once.
const MOST: usize = 100;

/// Every interface that a task holds.
///
/// # Errors
/// As DescribeTasks; nothing is asked of it that it refuses.
pub(super) fn all(rooms: &Rooms, account: &Account, now: SimTime) -> Result<Vec<Value>, ApiError> {
    let mut found = Vec::new();
    let clusters: Vec<(ClusterId, String)> = rooms.ecs.clusters().map(|own| (own.id, own.name.to_string())).collect();
    for (cluster, name) in clusters {
        let tasks: Vec<_> = rooms.ecs.tasks(cluster).filter(|task| task.address.is_some()).collect();
        for tasks in tasks.chunks(MOST) {
            let ids: Vec<String> = tasks.iter().map(|task| task.key.id.to_string()).collect();
            let input = object!({ "cluster": name.as_str(), "tasks": ids });
            let reply = ecs::read(rooms, account, now, "DescribeTasks", &input)?;
            let described = reply["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
            let both = described.iter().zip(tasks);
            found.extend(both.filter_map(|(shown, task)| interface(&rooms.ec2.network, account, shown, &task.request)));
        }
    }
    Ok(found)
}

fn interface(network: &Network, account: &Account, task: &Value, request: &ecs::TaskRequest) -> Option<Value> {
    let own = task["attachments"].as_array()?.iter().find(|own| own["type"] == "ElasticNetworkInterface")?;
    let detail = |name: &str| {
        let own = own["details"].as_array()?.iter().find(|own| own["name"] == name)?;
        own["value"].as_str()
    };
    let (id, address) = (detail("networkInterfaceId")?, detail("privateIPv4Address")?);
    if own["status"] == "DELETED" {
        return None;
    }
    let groups: Vec<&str> = match request.security_groups.as_slice() {
        [] => alloc::vec![super::network::SECURITY_GROUP],
        groups => groups.iter().map(String::as_str).collect(),
    };
    let groups: Vec<Value> = groups.into_iter().map(|id| network.shown_group(id)).collect();
    let mut shown = object!({
        "Attachment": object!({ "DeviceIndex": 1, "Status": "attached" }),
        "AvailabilityZone": task["availabilityZone"].clone(),
        "Description": format!(
            "arn:{}:ecs:{}:{}:attachment/{}",
            account.partition(), account.region, account.id, own["id"].as_str().unwrap_or_default()
        ),
        "Groups": groups,
        "InterfaceType": "interface",
        "MacAddress": detail("macAddress")?,
        "NetworkInterfaceId": id,
        "OwnerId": account.id.as_str(),
        "PrivateDnsName": detail("privateDnsName")?,
        "PrivateIpAddress": address,
        "Status": "in-use",
        "SubnetId": detail("subnetId")?,
        "VpcId": network.vpc_of(detail("subnetId")?),
    });
    if request.has_public_ip {
        let public = network.public_address(detail("subnetId")?, address);
        let mut own = object!({ "IpOwnerId": "amazon", "PublicIp": public.as_str() });
        if network.names_public(network.vpc_of(detail("subnetId")?)) {
            own["PublicDnsName"] = super::network::public_name(&account.region, &public).into();
        }
        shown["Association"] = own;
    }
    // Its one address again, as the first of a list.
    let mut only = object!({ "Primary": true });
    for member in ["Association", "PrivateDnsName", "PrivateIpAddress"] {
        if !shown[member].is_null() {
            only[member] = shown[member].clone();
        }
    }
    shown["PrivateIpAddresses"] = alloc::vec![only].into();
    Some(shown)
}
