//! Questions that placement answers without anything being run: what a RunTask asks for, who could take it, and which
//! instances could be added.

use super::{Definition, Ecs, LaunchType, api, instance};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ec2::{Instance, State, catalogue, network};
use crate::event::{ClusterId, Ec2Id};
use crate::placement::{Host, Offer, Request};
use crate::sim::{SimTime, order};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// What a RunTask input asks of placement. Errors: those of RunTask.
pub fn asked(ecs: &Ecs, account: &Account, input: &Value) -> Result<Rc<Request>, ApiError> {
    api::run_request(ecs, account, input)
}

/// The revision that RunTask would run for `family`, `family:revision` or an ARN. Errors: those of RunTask.
pub fn definition(ecs: &Ecs, named: &str) -> Result<Rc<Definition>, ApiError> {
    api::definition_to_run(ecs, named)
}

/// The instances of a cluster that take tasks of a launch type and are not gone, as placement sees them.
pub fn hosts(ecs: &Ecs, cluster: ClusterId, launch: LaunchType) -> Vec<&Host> {
    api::candidates(ecs, cluster, launch)
}

/// The profile with which the page launches instances.
const PROFILE: &str = "ecsInstanceRole";

/// Every instance type in every zone given, as it would register now (EN-04) with nothing on it: types that the cluster has
/// first, then the smaller ones, those without GPUs before those with.
pub fn offers(ecs: &Ecs, account: &Account, cluster: ClusterId, zones: &[String]) -> Vec<Offer> {
    let known = |name: &str| {
        hosts(ecs, cluster, LaunchType::Ec2)
            .iter()
            .any(|host| matches!(host.attributes.get("ecs.instance-type"), Some(Some(own)) if own == name))
    };
    let trunking = instance::trunking(ecs, account, PROFILE);
    let key = |row: &catalogue::InstanceType| (!known(row.name), row.gpus, row.vcpus, row.memory());
    let mut types: Vec<_> = catalogue::TYPES.iter().map(|row| (key(row), row)).collect();
    order::sort_by(&mut types, |left, right| left.0.cmp(&right.0));
    let each = types.into_iter().flat_map(|(_, row)| zones.iter().map(move |zone| offer(row, zone, trunking)));
    each.collect()
}

fn offer(row: &'static catalogue::InstanceType, zone: &str, trunking: bool) -> Offer {
    let machine = Instance {
        id: Ec2Id(0),
        instance_type: row,
        zone: String::from(zone),
        subnet: network::subnet_of(zone).unwrap_or_default(),
        private_ip: String::new(),
        state: State::Running,
        launched_at: SimTime::default(),
        user_data: String::new(),
        profile: String::new(),
        image_id: String::new(),
        egress: true,
        in_warm_pool: false,
        number: 0,
    };
    let host = Host { name: format!("a new {}", row.name), ..instance::as_registered(&machine, trunking) };
    Offer { instance_type: String::from(row.name), host }
}
