//! Fixes as commands: what would place a request that found no place, done through the door.

mod plan;

use super::{ApiCall, Command, Lab};
use crate::ec2::images::LINUX;
use crate::ec2::network;
use crate::ecs::instance::MOST_INSTANCES;
use crate::ecs::{Cluster, ContainerInstance, InstanceStatus, LaunchType, survey};
use crate::event::{DecisionId, Explained, FactKind, HexId, TaskKey};
use crate::placement::{Change, Demand, Fix, Host, Offer, Request, Tenant, Unplaced, fixes};
use crate::sim::sorted::Map;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use plan::Plan;
use serde_json::Value;

/// One way to place what was not placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// What changes, in plain English.
    pub words: String,
    /// The commands that do it, the request itself last. Empty where no call does it, as with an agent's configuration.
    pub commands: Vec<Command>,
    /// How many of the tasks the commands would place now.
    pub places: u32,
}

/// The request behind a decision that found no place.
struct Unmet<'a> {
    cluster: &'a Cluster,
    /// RunTask or StartTask.
    operation: &'a str,
    /// Its input, which asks for what is missing.
    input: Value,
    request: Wanted,
    /// The instances that it may go to.
    instances: Vec<&'a ContainerInstance>,
}

/// Where a request should have gone.
enum Wanted {
    Ec2(Request),
    /// The zones that its subnets are in, all without capacity (FG-13).
    Fargate(Vec<String>),
}

/// The smallest changes that place a request which found no place, each rehearsed against the present state. A request
/// that would be met by now needs none: its only repair is to ask again. Empty for what is no such request.
#[inline(never)] // The page splits its code off here.
pub fn repairs(lab: &Lab, decision: DecisionId) -> Vec<Repair> {
    let Some(unmet) = unmet(lab, decision) else { return Vec::new() };
    let plan = || Plan::new(lab, unmet.cluster, unmet.operation, unmet.input.clone());
    if let Some(repair) = rehearsed(lab, "Ask again: there is room by now".to_string(), plan().commands()) {
        return alloc::vec![repair];
    }
    let request = match &unmet.request {
        Wanted::Ec2(request) => request,
        Wanted::Fargate(zones) => return in_another_zone(lab, zones, &plan).into_iter().collect(),
    };
    let hosts: Vec<&Host> = unmet.instances.iter().map(|instance| &instance.host).collect();
    let (keys, tenants) = tenants(lab, &unmet);
    let offers = offers(lab, &unmet, &request.demand, &hosts);
    let ties = lab.world().options().ties;
    let task = Unplaced { request, hosts: &hosts, tenants: &tenants, offers: &offers, ties, draw: 0 };
    let repair = |fix: &Fix| {
        let mut plan = plan();
        let by_call = fix.changes.iter().all(|change| plan.add(change, &keys, &offers).is_some());
        let for_the_agent = || fix.changes.iter().all(|change| matches!(change, Change::AddAttributes { .. }));
        match by_call {
            true => rehearsed(lab, fix.words(), plan.commands()),
            false => for_the_agent().then(|| Repair { words: fix.words(), commands: Vec::new(), places: 0 }),
        }
    };
    let mut found = Vec::new();
    fixes(&task, &mut |fix| {
        let repair = repair(fix);
        let works = repair.is_some();
        found.extend(repair);
        works
    });
    found
}

fn unmet(lab: &Lab, decision: DecisionId) -> Option<Unmet<'_>> {
    let (command, facts) = lab.past().nth(decision.revision.checked_sub(1)? as usize)?;
    let missing = facts.iter().find_map(|fact| match &fact.kind {
        FactKind::NotPlaced { missing, decision: own, .. } if *own == decision => Some(*missing),
        _ => None,
    })?;
    let Command::Api(ApiCall { operation, input, .. }) = command else { return None };
    let explained = lab.explain(decision)?;
    let named = input["cluster"].as_str().unwrap_or("default");
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster(crate::aws::arn::short_name(named))?;
    let mut input = input.clone();
    let mut named = None;
    match operation.as_str() {
        "RunTask" => {
            input["count"] = Value::from(missing);
            input.as_object_mut()?.remove("clientToken");
        }
        // It names its instances, and each that fails is a decision of its own.
        "StartTask" => {
            let Explained::Ec2(explained) = &explained else { return None };
            let arn = named.insert(explained.candidates.first()?.arn.clone());
            input["containerInstances"] = Value::from(alloc::vec![arn.as_str()]);
        }
        _ => return None,
    }
    let launch = launch_type(&input);
    let could = |instance: &&ContainerInstance| {
        instance.status != InstanceStatus::Inactive
            && named.as_ref().map_or(instance.launch() == launch, |arn| instance.host.arn == *arn)
    };
    let instances = ecs.instances(cluster.id).filter(could).collect();
    let request = match explained {
        Explained::Ec2(explained) => Wanted::Ec2(explained.request),
        Explained::Fargate { zones, .. } => Wanted::Fargate(zones.into_iter().map(|(zone, _)| zone).collect()),
    };
    Some(Unmet { cluster, operation, input, request, instances })
}

fn launch_type(input: &Value) -> LaunchType {
    if input["launchType"] == "EXTERNAL" { LaunchType::External } else { LaunchType::Ec2 }
}

/// The tasks that can be stopped on the instances.
fn tenants(lab: &Lab, unmet: &Unmet<'_>) -> (Vec<TaskKey>, Vec<Tenant>) {
    let mut places: Map<HexId, usize> = Map::new();
    for (place, instance) in unmet.instances.iter().enumerate() {
        places.insert(instance.key.id, place);
    }
    let (mut keys, mut tenants) = (Vec::new(), Vec::new());
    for task in lab.world().ecs().tasks(unmet.cluster.id).filter(|task| task.wanted()) {
        if let Some(host) = task.instance.and_then(|id| places.get(&id)) {
            let (label, demand, group) =
                (task.definition.name(), task.request.demand.clone(), task.request.group.clone());
            keys.push(task.key);
            tenants.push(Tenant { host: *host, label, demand, group });
        }
    }
    (keys, tenants)
}

/// What could be added for a RunTask, while the cluster is not full (6.11): in the zones in use first, with the system that the task needs.
fn offers(lab: &Lab, unmet: &Unmet<'_>, demand: &Demand, hosts: &[&Host]) -> Vec<Offer> {
    let (ecs, account) = (lab.world().ecs(), &lab.world().options().account);
    if hosts.len() >= MOST_INSTANCES {
        return Vec::new();
    }
    match (unmet.operation, launch_type(&unmet.input)) {
        ("RunTask", LaunchType::External) => alloc::vec![survey::external_offer(demand)],
        ("RunTask", _) => {
            let mut zones: Vec<String> = Vec::new();
            for in_use in [true, false] {
                for zone in network::zones(&account.region) {
                    if hosts.iter().any(|host| host.zone == zone) == in_use {
                        zones.push(zone);
                    }
                }
            }
            let family = demand.attributes.iter().find(|(name, _)| name == "ecs.os-family");
            let family = family.and_then(|(_, value)| value.as_deref());
            survey::offers(ecs, account, unmet.cluster.id, &zones, family.unwrap_or(LINUX))
        }
        _ => Vec::new(),
    }
}

/// One more subnet, in the first zone where Fargate has capacity.
fn in_another_zone<'a>(lab: &'a Lab, zones: &[String], plan: &dyn Fn() -> Plan<'a>) -> Option<Repair> {
    network::zones(&lab.world().options().account.region).filter(|zone| !zones.contains(zone)).find_map(|zone| {
        let (change, mut plan) = (Change::AddZone { zone }, plan());
        plan.add(&change, &[], &[])?;
        let words = Fix { changes: alloc::vec![change], host: String::new() }.words();
        rehearsed(lab, words, plan.commands())
    })
}

/// The commands as a repair, if they place something.
fn rehearsed(lab: &Lab, words: String, commands: Vec<Command>) -> Option<Repair> {
    let outcomes = lab.rehearse(&commands).ok()?;
    let made = outcomes.last()?.facts.iter().filter(|fact| matches!(fact.kind, FactKind::TaskCreated { .. }));
    let places = made.count() as u32;
    (places > 0).then_some(Repair { words, commands, places })
}
