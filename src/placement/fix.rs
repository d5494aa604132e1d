//! The smallest changes that would place a task that found no instance, each tried out before it is named.

use super::check::{Check, examine, fits};
use super::decide::choose;
use super::demand::PortNeed;
use super::host::{AGENT, Host, HostStatus};
use super::input::is_custom_attribute;
use super::query::{Expression, culprits, judge, widened, wished_attributes};
use super::request::{Constraint, Request};
use super::strategy::Ties;
use crate::sim::order;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use trial::Trial;

/// Fixes that are named at most.
const MOST: usize = 8;
/// MiB below which no container starts.
pub const LEAST_MEMORY: u32 = 6;
/// Changes in one fix at most.
const MOST_CHANGES: usize = 3;

/// Changes that together place the task; none of them can be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The changes.
    pub changes: Vec<Change>,
    /// The instance that then takes the task.
    pub host: String,
}

/// One change. The variants stand from the least to the most, as the lab sees it: what only mends the cluster, what
/// changes the task, what gives a rule up, what costs money.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Bring the agent of an instance back.
    Connect {
        /// `ec2InstanceId`.
        host: String,
    },
    /// UpdateContainerInstancesState ACTIVE.
    Activate {
        /// `ec2InstanceId`.
        host: String,
    },
    /// PutAttributes, or for the agent's own attributes another configuration or AMI.
    AddAttributes {
        /// `ec2InstanceId`.
        host: String,
        /// Names and values.
        attributes: Vec<(String, Option<String>)>,
    },
    /// Stop what holds host ports.
    FreePorts {
        /// `ec2InstanceId`.
        host: String,
        /// The ports with their holders' labels.
        ports: Vec<(PortNeed, String)>,
    },
    /// Stop tasks that hold network interfaces or GPUs.
    FreeUnits {
        /// `ec2InstanceId`.
        host: String,
        /// Which.
        unit: Unit,
        /// How many are missing.
        count: u32,
    },
    /// Ask for less CPU.
    LowerCpu {
        /// CPU units asked for.
        from: u32,
        /// CPU units that fit.
        to: u32,
    },
    /// Ask for less memory.
    LowerMemory {
        /// MiB asked for.
        from: u32,
        /// MiB that fit.
        to: u32,
    },
    /// hostPort 0: the instance chooses (PT-06).
    DynamicPorts {
        /// The ports given up.
        ports: Vec<PortNeed>,
    },
    /// One more subnet in awsvpcConfiguration.
    AddZone {
        /// Its Availability Zone.
        zone: String,
    },
    /// Another memberOf expression.
    Widen {
        /// Index among the request's constraints.
        constraint: usize,
        /// What fails in it, as text.
        culprit: String,
        /// The new expression.
        to: Rc<Expression>,
    },
    /// No such constraint.
    Drop {
        /// Index among the request's constraints.
        constraint: usize,
        /// What it was.
        was: Constraint,
    },
    /// RunInstances.
    AddInstance {
        /// The instance type.
        instance_type: String,
        /// Its Availability Zone.
        zone: String,
    },
}

/// What a task holds one of, or some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Network interfaces.
    Eni,
    /// GPUs.
    Gpu,
}

/// An instance that could be added.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its type, as `m5.large`.
    pub instance_type: String,
    /// What would register, with nothing on it.
    pub host: Host,
}

/// The fixes of a task that finds no place, the smallest first: fewest changes, then the order of [`Change`], then how
/// much is given up. Of fixes that differ only in the instance the smallest is named, and none that takes another
/// one's changes and more. Every fix was tried with
/// [`choose`], and with each of its changes left out. A task that finds a place needs none. `offers` stand in the
/// order in which one would rather have them; the first that helps is named.
pub fn fixes(request: &Request, hosts: &[&Host], offers: &[Offer], ties: Ties, draw: u64) -> Vec<Fix> {
    if choose(request, hosts, ties, draw).is_some() {
        return Vec::new();
    }
    let mut best: Map<Vec<Kind>, (Cost, Vec<Change>)> = Map::new();
    for host in hosts {
        for changes in options(request, host) {
            let kinds = changes.iter().map(kind).collect();
            let cost = (changes.len(), changes.iter().map(weight).sum(), host.zone.clone(), host.name.clone());
            match best.get_mut(&kinds) {
                Some(known) if known.0 <= cost => {}
                Some(known) => *known = (cost, changes),
                None => _ = best.insert(kinds, (cost, changes)),
            }
        }
    }
    let mut ranked: Vec<(Cost, Vec<Change>)> = best.into_iter().map(|(_, found)| found).collect();
    order::sort_by(&mut ranked, |left, right| left.0.cmp(&right.0));
    let trial = Trial { request, hosts, offers, ties, draw };
    // One that could not take the task by itself need not be tried among all the others.
    let new = offers.iter().filter(|offer| fits(request, &offer.host)).find_map(|offer| {
        let zone = offer.host.zone.clone();
        let change = Change::AddInstance { instance_type: offer.instance_type.clone(), zone };
        trial.verified(alloc::vec![change])
    });
    let mut fixes: Vec<Fix> = Vec::new();
    for (_, changes) in ranked {
        if fixes.len() + usize::from(new.is_some()) >= MOST {
            break;
        }
        if !fixes.iter().any(|fix| fix.is_part_of(&changes)) {
            fixes.extend(trial.verified(changes));
        }
    }
    let singles = fixes.iter().take_while(|fix| fix.changes.len() == 1).count();
    if let Some(new) = new {
        fixes.insert(singles, new);
    }
    fixes
}

impl Fix {
    /// Whether the same kinds of changes, on whatever instance, stand among those: then those are no smaller way.
    fn is_part_of(&self, changes: &[Change]) -> bool {
        self.changes.iter().all(|own| changes.iter().any(|change| kind(change) == kind(own)))
    }
}

type Cost = (usize, u32, String, String);
/// The place of a change in the order of [`Change`], and which constraint it is about.
type Kind = (u32, usize);

fn kind(change: &Change) -> Kind {
    match change {
        Change::Connect { .. } => (0, 0),
        Change::Activate { .. } => (1, 0),
        Change::AddAttributes { .. } => (2, 0),
        Change::FreePorts { .. } => (3, 0),
        Change::FreeUnits { unit, .. } => (4, *unit as usize),
        Change::LowerCpu { .. } => (5, 0),
        Change::LowerMemory { .. } => (6, 0),
        Change::DynamicPorts { .. } => (7, 0),
        Change::AddZone { .. } => (8, 0),
        Change::Widen { constraint, .. } => (9, *constraint),
        Change::Drop { constraint, .. } => (10, *constraint),
        Change::AddInstance { .. } => (11, 0),
    }
}

/// Kinds first, then how much is given up, in thousandths or pieces.
fn weight(change: &Change) -> u32 {
    let part = |from: u32, to: u32| (u64::from(from.saturating_sub(to)) * 1000 / u64::from(from.max(1))) as u32;
    let much = match change {
        Change::AddAttributes { attributes, .. } => attributes.len() as u32,
        Change::FreePorts { ports, .. } => ports.len() as u32,
        Change::FreeUnits { count, .. } => *count,
        Change::LowerCpu { from, to } | Change::LowerMemory { from, to } => part(*from, *to),
        Change::DynamicPorts { ports } => ports.len() as u32,
        _ => 0,
    };
    kind(change).0 * 10_000 + much.min(9_999)
}

/// The sets of changes that could let one host take the task: one way out of each thing that blocks.
fn options(request: &Request, host: &Host) -> Vec<Vec<Change>> {
    let checks = examine(request, host);
    let mut slots: Vec<Vec<Change>> = Vec::new();
    for check in checks.iter().filter(|check| check.blocks()) {
        if !matches!(check, Check::Port { .. } | Check::PortLimit { .. }) {
            slots.push(ways_out(request, host, check));
        }
    }
    slots.extend(ways_out_of_ports(&host.name, &checks));
    if slots.is_empty() || slots.len() > MOST_CHANGES || slots.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    slots.iter().fold(alloc::vec![Vec::new()], |sets, slot| {
        let extended = sets
            .iter()
            .flat_map(|set: &Vec<Change>| slot.iter().map(|change| set.iter().chain([change]).cloned().collect()));
        extended.collect()
    })
}

fn ways_out(request: &Request, host: &Host, check: &Check) -> Vec<Change> {
    let name = || host.name.clone();
    let one = |change| alloc::vec![change];
    match check {
        Check::Status(HostStatus::Draining) => one(Change::Activate { host: name() }),
        Check::Agent { .. } => one(Change::Connect { host: name() }),
        Check::Cpu(need) if need.had.free > 0 => one(Change::LowerCpu { from: need.need, to: need.had.free }),
        Check::Memory(need) if need.had.free >= LEAST_MEMORY => {
            one(Change::LowerMemory { from: need.need, to: need.had.free })
        }
        Check::Eni(need) if need.had.total >= need.need => {
            one(Change::FreeUnits { host: name(), unit: Unit::Eni, count: need.short() })
        }
        Check::Gpu(need) if need.had.total >= need.need => {
            one(Change::FreeUnits { host: name(), unit: Unit::Gpu, count: need.short() })
        }
        Check::Attribute { index, .. } => match request.demand.attributes.get(*index) {
            Some((attribute, value)) if can_be_added(attribute) => {
                one(Change::AddAttributes { host: name(), attributes: alloc::vec![(attribute.clone(), value.clone())] })
            }
            _ => Vec::new(),
        },
        Check::Location { .. } if !host.zone.is_empty() => one(Change::AddZone { zone: host.zone.clone() }),
        Check::DistinctInstance { index, .. } => {
            one(Change::Drop { constraint: *index, was: Constraint::DistinctInstance })
        }
        Check::MemberOf { index, .. } => ways_out_of_expression(request, host, *index),
        _ => Vec::new(),
    }
}

/// One way for all the ports together: free them, unless the agent holds one, or let the instance choose.
fn ways_out_of_ports(host: &str, checks: &[Check]) -> Option<Vec<Change>> {
    let (mut held, mut wanted, mut limit) = (Vec::new(), Vec::new(), false);
    for check in checks {
        match check {
            Check::Port { need, held_by } => {
                wanted.push(*need);
                held.extend(held_by.iter().map(|holder| (*need, holder.clone())));
            }
            Check::PortLimit { .. } => limit = check.blocks(),
            _ => {}
        }
    }
    if held.is_empty() && !limit {
        return None;
    }
    let mut ways = Vec::new();
    if !limit && held.iter().all(|(_, holder)| holder != AGENT) {
        ways.push(Change::FreePorts { host: String::from(host), ports: held.clone() });
    }
    let given_up = if limit { wanted } else { held.into_iter().map(|(need, _)| need).collect() };
    ways.push(Change::DynamicPorts { ports: given_up });
    Some(ways)
}

fn ways_out_of_expression(request: &Request, host: &Host, constraint: usize) -> Vec<Change> {
    let Some(was @ Constraint::MemberOf(expression)) = request.constraints.get(constraint) else { return Vec::new() };
    let verdict = judge(expression, host);
    let mut ways = Vec::new();
    if let Some(attributes) = wished_attributes(expression, &verdict)
        && attributes.iter().all(|(name, _)| is_custom_attribute(name))
    {
        ways.push(Change::AddAttributes { host: host.name.clone(), attributes });
    }
    if let Some(wider) = widened(expression, &verdict) {
        let mut parts = Vec::new();
        culprits(expression, &verdict, &mut parts);
        let culprit: Vec<String> = parts.into_iter().map(ToString::to_string).collect();
        ways.push(Change::Widen { constraint, culprit: culprit.join(", "), to: Rc::new(wider) });
    }
    ways.push(Change::Drop { constraint, was: was.clone() });
    ways
}

/// Capabilities come with the agent's configuration; what the machine is cannot be changed.
fn can_be_added(attribute: &str) -> bool {
    is_custom_attribute(attribute) || attribute.contains(".capability.")
}

mod trial;
mod words;

#[cfg(test)]
mod tests;
