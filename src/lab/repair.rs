//! Fixes as commands: what would place a request that found no place, done through the door.

mod plan;

use super::{ApiCall, Command, Lab};
use crate::ecs::{Cluster, LaunchType, survey};
use crate::event::{DecisionId, Explained, FactKind};
use crate::placement::{Change, Fix, Request, fixes};
use crate::sim::order;
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
    /// The input of RunTask that asks for the rest.
    run: Value,
    request: Request,
}

/// The smallest changes that place a request which found no place, each rehearsed against the present state. A request
/// that would be met by now needs none: its only repair is to ask again. Empty for what is no such request.
pub fn repairs(lab: &Lab, decision: DecisionId) -> Vec<Repair> {
    let Some(unmet) = unmet(lab, decision) else { return Vec::new() };
    let plan = || Plan::new(lab, unmet.cluster, unmet.run.clone());
    if let Some(repair) = rehearsed(lab, "Ask again: there is room by now".to_string(), plan().commands()) {
        return alloc::vec![repair];
    }
    let ecs = lab.world().ecs();
    let external = unmet.run["launchType"] == "EXTERNAL";
    let launch = if external { LaunchType::External } else { LaunchType::Ec2 };
    let hosts = survey::hosts(ecs, unmet.cluster.id, launch);
    let mut zones: Vec<String> = hosts.iter().map(|host| host.zone.clone()).collect();
    zones.extend(unmet.request.demand.zones.iter().flatten().cloned());
    order::sort_by(&mut zones, String::cmp);
    zones.dedup();
    zones.retain(|zone| !zone.is_empty());
    let offers = if external {
        Vec::new()
    } else {
        survey::offers(ecs, &lab.world().options().account, unmet.cluster.id, &zones)
    };
    let found = fixes(&unmet.request, &hosts, &offers, lab.world().options().ties, 0);
    let repair = |fix: Fix| {
        let mut plan = plan();
        let by_call = fix.changes.iter().all(|change| plan.add(change).is_some());
        let for_the_agent = || fix.changes.iter().all(|change| matches!(change, Change::AddAttributes { .. }));
        match by_call {
            true => rehearsed(lab, fix.words(), plan.commands()),
            false => for_the_agent().then(|| Repair { words: fix.words(), commands: Vec::new(), places: 0 }),
        }
    };
    found.into_iter().filter_map(repair).collect()
}

fn unmet(lab: &Lab, decision: DecisionId) -> Option<Unmet<'_>> {
    let (command, facts) = lab.past().nth(decision.revision.checked_sub(1)? as usize)?;
    let missing = facts.iter().find_map(|fact| match &fact.kind {
        FactKind::NotPlaced { missing, decision: own, .. } if *own == decision => Some(*missing),
        _ => None,
    })?;
    let Command::Api(ApiCall { operation, input, .. }) = command else { return None };
    let Explained::Ec2(explained) = lab.explain(decision)? else { return None };
    let named = input["cluster"].as_str().unwrap_or("default");
    let cluster = lab.world().ecs().cluster(crate::aws::arn::short_name(named))?;
    let mut run = input.clone();
    let map = run.as_object_mut().filter(|_| operation == "RunTask")?;
    map.remove("clientToken");
    map.insert("count".to_string(), Value::from(missing));
    Some(Unmet { cluster, run, request: explained.request })
}

/// The commands as a repair, if they place something.
fn rehearsed(lab: &Lab, words: String, commands: Vec<Command>) -> Option<Repair> {
    let outcomes = lab.rehearse(&commands).ok()?;
    let made = outcomes.last()?.facts.iter().filter(|fact| matches!(fact.kind, FactKind::TaskCreated { .. }));
    let places = made.count() as u32;
    (places > 0).then_some(Repair { words, commands, places })
}
