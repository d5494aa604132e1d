//! The smallest changes that would place a task that found no instance, each tried out before it is named.

use super::decide::choose;
use super::demand::{Demand, PortNeed};
use super::host::Host;
use super::input::{CONSTRAINT_LIMIT, is_custom_attribute};
use super::query::Expression;
use super::request::{Constraint, Request};
use super::strategy::Ties;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Fixes that are named at most.
const MOST: usize = 8;
/// MiB below which no container starts.
pub const LEAST_MEMORY: u32 = 6;
/// Changes in one fix at most.
const MOST_CHANGES: usize = 3;
/// Changes beside an instance to be added where nothing smaller helps, that one included.
const MOST_WITH_ADDED: usize = 5;
/// Instances that are tried for the same kinds of changes, the best first.
const MOST_ALIKE: usize = 4;
/// Sets of changes that are kept to be tried.
const MOST_KEPT: usize = 999;
/// Sets of changes that are tried in all.
const MOST_TRIED: usize = 24;

/// A task that finds no place, and where it could go.
pub struct Unplaced<'a> {
    /// What it asks.
    pub request: &'a Request,
    /// The instances that could take it.
    pub hosts: &'a [&'a Host],
    /// The tasks on them that a call can stop.
    pub tenants: &'a [Tenant],
    /// The instances that could be added, in the order in which one would rather have them.
    pub offers: &'a [Offer],
    /// How ties are broken.
    pub ties: Ties,
    /// A draw, where they are drawn.
    pub draw: u64,
}

/// A task that runs on one of the hosts.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its host's index.
    pub host: usize,
    /// As what it holds its ports: `family:revision`.
    pub label: String,
    /// What it holds.
    pub demand: Rc<Demand>,
    /// Its task group.
    pub group: Rc<str>,
}

/// An instance that could be added.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its type, as `m5.large`, or in words what machine it is.
    pub instance_type: String,
    /// What would register, with nothing on it. Outside of AWS it has no zone.
    pub host: Host,
}

/// Changes that together place the task; none of them can be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The changes.
    pub changes: Vec<Change>,
    /// The instance that then takes the task.
    pub host: String,
}

/// Names and values of attributes.
pub type Wishes = Vec<(String, Option<String>)>;

/// One change. The variants stand from the least to the most, as the lab sees it: what only mends the cluster, what
/// other tasks pay for, what changes the task, what gives a rule up, what costs money.
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
        attributes: Wishes,
    },
    /// Stop tasks that hold what is short.
    Stop {
        /// `ec2InstanceId`.
        host: String,
        /// The tasks' indices among the tenants.
        tasks: Vec<usize>,
        /// Their labels.
        labels: Vec<String>,
        /// What was short and then is not, in words.
        frees: Vec<String>,
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
        /// What cannot be widened and is left out, as text.
        without: String,
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
    /// RunInstances, or a machine outside of AWS.
    AddInstance {
        /// The index of the offer.
        offer: usize,
        /// What it is and where.
        words: String,
        /// Custom attributes that its agent registers.
        attributes: Wishes,
    },
}

/// The fixes of a task that finds no place, the smallest first: fewest changes, then the order of [`Change`], then how
/// much is given up. Of fixes that differ only in the instance the smallest that works is named, and none that takes
/// another one's changes and more. More than [`MOST_CHANGES`] are made only beside an instance to be added, where nothing
/// smaller helps. Every fix was tried with [`choose`], and with each of its changes left out; then
/// `works` had the last word on it. A task that finds a place needs none.
pub fn fixes(task: &Unplaced<'_>, works: &mut dyn FnMut(&Fix) -> bool) -> Vec<Fix> {
    if choose(task.request, task.hosts, task.ties, task.draw).is_some() {
        return Vec::new();
    }
    let small = working(task, small(task), works);
    if small.is_empty() { working(task, with_added(task), works) } else { small }
}

/// The first sets that work.
fn working(task: &Unplaced<'_>, sets: Vec<Set<'_>>, works: &mut dyn FnMut(&Fix) -> bool) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let mut tried = 0;
    let mut named: Vec<Kinds> = Vec::new();
    for Set { kinds, changes, .. } in sets {
        // The last place is kept for an instance to be added.
        let could_add = !task.offers.is_empty() && named.iter().all(|known| known & ADD_INSTANCE == 0);
        let kept = usize::from(could_add && kinds & ADD_INSTANCE == 0);
        if fixes.len() + kept >= MOST || named.iter().any(|known| known & !kinds == 0) {
            continue;
        }
        tried += 1;
        if tried > MOST_TRIED {
            break;
        }
        if let Some(fix) = task.verified(changes).filter(|fix| works(fix)) {
            named.push(kinds);
            fixes.push(fix);
        }
    }
    fixes
}

/// Every small set of changes that may be a fix, the smallest first.
fn small<'a>(task: &'a Unplaced<'a>) -> Vec<Set<'a>> {
    let mut tenants: Vec<Vec<usize>> = alloc::vec![Vec::new(); task.hosts.len()];
    for (index, tenant) in task.tenants.iter().enumerate() {
        if let Some(own) = tenants.get_mut(tenant.host) {
            own.push(index);
        }
    }
    let mut options = Options::new(task, MOST_CHANGES);
    for (host, own) in task.hosts.iter().zip(&tenants) {
        options.of_host(host, own);
    }
    of_offers(task, options)
}

/// The sets that add an instance, and change more besides.
fn with_added<'a>(task: &'a Unplaced<'a>) -> Vec<Set<'a>> {
    of_offers(task, Options::new(task, MOST_WITH_ADDED))
}

fn of_offers<'a>(task: &'a Unplaced<'a>, mut options: Options<'a>) -> Vec<Set<'a>> {
    for (index, offer) in task.offers.iter().enumerate() {
        options.of_offer(index, offer);
    }
    options.best
}

/// Changes that may be a fix.
struct Set<'a> {
    kinds: Kinds,
    cost: Cost<'a>,
    changes: Vec<Change>,
}

/// How many changes, their weight, and the instance's zone and name.
type Cost<'a> = (usize, u32, &'a str, &'a str);

/// Kinds of changes as bits.
type Kinds = u128;

/// The place of [`Change::AddAttributes`].
const PUT: usize = 2;
/// How much one place weighs more than the one before, whatever is given up.
const PLACE_WEIGHT: u32 = 10_000;
/// That of [`Change::AddAttributes`] with some that only the agent registers.
const PUT_BY_AGENT: Kinds = bit(PUT, 1);
/// That of [`Change::AddInstance`].
const ADD_INSTANCE: Kinds = bit(10, 0);

/// The place of a change in the order of [`Change`], and which of several: which constraint it is about.
const fn bit(place: usize, which: usize) -> Kinds {
    1 << (place * CONSTRAINT_LIMIT + which)
}

fn kind(change: &Change) -> Kinds {
    let which = match change {
        Change::Widen { constraint, .. } | Change::Drop { constraint, .. } => *constraint % CONSTRAINT_LIMIT,
        // What the agent registers is another way than a call.
        Change::AddAttributes { attributes, .. } => {
            usize::from(!attributes.iter().all(|(name, _)| is_custom_attribute(name)))
        }
        _ => 0,
    };
    bit(place(change), which)
}

fn place(change: &Change) -> usize {
    match change {
        Change::Connect { .. } => 0,
        Change::Activate { .. } => 1,
        Change::AddAttributes { .. } => PUT,
        Change::Stop { .. } => 3,
        Change::LowerCpu { .. } => 4,
        Change::LowerMemory { .. } => 5,
        Change::DynamicPorts { .. } => 6,
        Change::AddZone { .. } => 7,
        Change::Widen { .. } => 8,
        Change::Drop { .. } => 9,
        Change::AddInstance { .. } => 10,
    }
}

/// Kinds first, then how much is given up, in thousandths or pieces.
fn weight(change: &Change) -> u32 {
    let part = |from: u32, to: u32| (u64::from(from.saturating_sub(to)) * 1000 / u64::from(from.max(1))) as u32;
    let much = match change {
        Change::AddAttributes { attributes, .. } | Change::AddInstance { attributes, .. } => attributes.len() as u32,
        Change::LowerCpu { from, to } | Change::LowerMemory { from, to } => part(*from, *to),
        Change::Stop { tasks, .. } => tasks.len() as u32,
        Change::DynamicPorts { ports } => ports.len() as u32,
        Change::Widen { without, .. } => u32::from(!without.is_empty()),
        _ => 0,
    };
    place(change) as u32 * PLACE_WEIGHT + much.min(PLACE_WEIGHT - 1)
}

mod options;
mod stop;
mod trial;
mod words;

use options::Options;

#[cfg(test)]
mod tests;
