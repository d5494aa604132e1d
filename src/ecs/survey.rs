//! Questions that placement answers without anything being run: what a RunTask asks for, who could take it, and which
//! instances could be added.

use super::{Definition, Ecs, LaunchType, api, instance};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ec2::catalogue::Architecture;
use crate::ec2::{Instance, State, catalogue, images, network};
use crate::event::{ClusterId, Ec2Id};
use crate::placement::{Demand, Host, Offer, Request};
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
    api::candidates(ecs, cluster, (launch, 0))
}

/// The profile with which the page launches instances.
const PROFILE: &str = "ecsInstanceRole";

/// The families without accelerators: for general purpose, compute and memory.
const ORDINARY: [char; 4] = ['t', 'm', 'c', 'r'];

/// Every instance type in every zone given, as it would register now (EN-04) with nothing on it and the system of an
/// `ecs.os-family`: types with accelerators last, then types that the cluster has first, those of a processor that it has not last, then the smaller ones.
pub fn offers(ecs: &Ecs, account: &Account, cluster: ClusterId, zones: &[String], os_family: &str) -> Vec<Offer> {
    let mut known: Vec<&str> = Vec::new();
    for host in hosts(ecs, cluster, LaunchType::Ec2) {
        if let Some(name) = host.attribute("ecs.instance-type").filter(|name| !known.contains(name)) {
            known.push(name);
        }
    }
    let trunking = instance::trunking(ecs, account, PROFILE);
    let ordinary = |name: &str| name.starts_with(ORDINARY);
    // An image for one processor need not run on the other.
    let architectures = || known.iter().filter_map(|name| catalogue::find(name)).map(|row| row.architecture);
    let foreign = |row: &catalogue::InstanceType| {
        !architectures().any(|own| own == row.architecture) && row.architecture != Architecture::X86_64
    };
    let key = |row: &catalogue::InstanceType| {
        (!ordinary(row.name), !known.contains(&row.name), foreign(row), row.gpus, row.vcpus, row.memory())
    };
    let mut types: Vec<_> = catalogue::TYPES.iter().map(|row| (key(row), row)).collect();
    order::sort_by(&mut types, |left, right| left.0.cmp(&right.0));
    let mut all = Vec::new();
    for (_, row) in types {
        let runs = |image: &&images::Image| image.os_family == os_family && image.architecture == row.architecture;
        if let Some(image) = images::IMAGES.iter().find(runs) {
            for zone in zones {
                all.push(offer(row, zone, trunking, image.id));
            }
        }
    }
    all
}

fn offer(row: &'static catalogue::InstanceType, zone: &str, trunking: bool, image: &str) -> Offer {
    let machine = Instance {
        id: Ec2Id(0),
        instance_type: row,
        zone: String::from(zone),
        subnet: network::subnet_of(zone).unwrap_or_default(),
        vpc: String::from(network::VPC),
        public_address: None,
        settings: Rc::default(),
        private_ip: String::new(),
        state: State::Running,
        launched_at: SimTime::default(),
        // What the page launches for Windows; Linux agents have it by themselves.
        user_data: String::from("Initialize-ECSAgent -EnableTaskENI"),
        profile: String::new(),
        key_name: String::new(),
        image_id: String::from(image),
        security_groups: Rc::from([]),
        in_warm_pool: false,
        tags: Vec::new(),
        reservation: Ec2Id(0),
        number: 0,
    };
    let host = Host { name: format!("a new {}", row.name), ..instance::as_registered(&machine, trunking) };
    Offer { instance_type: String::from(row.name), host }
}

/// A machine outside of AWS that is just large enough, in whole CPUs and GiB.
pub fn external_offer(demand: &Demand) -> Offer {
    let (cpus, gib) = (demand.cpu.div_ceil(1024).max(1), demand.memory.div_ceil(1024).max(1));
    let host = instance::as_registered_external(cpus, gib.saturating_mul(1024));
    let kind = format!("external machine with {cpus} CPU{} and {gib} GiB", if cpus == 1 { "" } else { "s" });
    Offer { instance_type: kind, host }
}
