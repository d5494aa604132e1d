//! The checks of one candidate: filters of the pipeline's steps 0 to 2, each with what was wanted and what was there.

use super::demand::PortNeed;
use super::host::{Amount, Attributes, Host, HostStatus, PORT_LIMIT};
use super::query::{Expression, Subject, holds, steady};
use super::request::{Constraint, Request};
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

/// The attribute of instances that take tasks with sizes of the whole task (1.4).
pub const TASK_SIZES: &str = "ecs.capability.task-cpu-mem-limit";

/// One check of one candidate, whether it blocks or not. The variants stand in the order of the pipeline, which
/// decides the reason that AWS gives (4.3, 4.10).
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Takes tasks at all? (4.1 step 0)
    Status(HostStatus),
    /// Is the agent connected?
    Agent {
        /// `agentConnected`.
        connected: bool,
    },
    /// CPU units.
    Cpu(Need),
    /// MiB of memory.
    Memory(Need),
    /// A fixed host port.
    Port {
        /// The port.
        need: PortNeed,
        /// Who holds it already.
        held_by: Option<String>,
    },
    /// The number of held host ports (PT-05).
    PortLimit {
        /// Ports held, the agent's own included.
        held: u32,
        /// Ports wanted.
        need: u32,
    },
    /// Network interfaces for awsvpc tasks (EN-06).
    Eni(Need),
    /// GPUs.
    Gpu(Need),
    /// A required attribute (AT-08).
    Attribute {
        /// Which of the demand's attributes.
        index: usize,
        /// The host's value: no such attribute, one without a value, or its text.
        found: Option<Option<String>>,
        /// Whether that is what is required.
        met: bool,
    },
    /// The zone against those of the awsvpc subnets (EN-10).
    Location {
        /// Whether the host's zone is among them.
        met: bool,
    },
    /// distinctInstance.
    DistinctInstance {
        /// Which of the request's constraints.
        index: usize,
        /// Tasks of the same group here.
        tasks: u32,
    },
    /// memberOf.
    MemberOf {
        /// Which of the request's constraints.
        index: usize,
        /// Whether the expression holds.
        holds: bool,
        /// A host for which [`judge`](super::query::judge) gives the outcome with the value at each leaf. A tree for
        /// each of thousands of hosts would be long to make and seldom looked at.
        host: Rc<Host>,
    },
}

/// An amount wanted against an amount there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Wanted.
    pub need: u32,
    /// There.
    pub had: Amount,
}

impl Need {
    /// How much is missing; 0 when it fits, equality included (PL-04).
    pub fn short(self) -> u32 {
        self.need.saturating_sub(self.had.free)
    }
}

impl Check {
    /// Whether this check alone keeps the task away.
    pub fn blocks(&self) -> bool {
        match self {
            Self::Status(status) => *status != HostStatus::Active,
            Self::Agent { connected } => !connected,
            Self::Cpu(need) | Self::Memory(need) | Self::Eni(need) | Self::Gpu(need) => need.short() > 0,
            Self::Port { held_by, .. } => held_by.is_some(),
            Self::PortLimit { held, need } => held + need > PORT_LIMIT,
            Self::Attribute { met, .. } | Self::Location { met } => !met,
            Self::DistinctInstance { tasks, .. } => *tasks > 0,
            Self::MemberOf { holds, .. } => !holds,
        }
    }

    /// The reason that AWS gives in `failures[]` when this check blocks (4.10). `INACTIVE` is only StartTask's, which
    /// names its instance; the text for distinctInstance is the lab's own (CN-05).
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Status(_) => "INACTIVE",
            Self::Agent { .. } => "AGENT",
            Self::Cpu(_) => "RESOURCE:CPU",
            Self::Memory(_) => "RESOURCE:MEMORY",
            Self::Port { .. } | Self::PortLimit { .. } => "RESOURCE:PORTS",
            Self::Eni(_) => "RESOURCE:ENI",
            Self::Gpu(_) => "RESOURCE:GPU",
            Self::Attribute { .. } => "ATTRIBUTE",
            Self::Location { .. } => "LOCATION",
            Self::DistinctInstance { .. } => "distinctInstance placement constraint unsatisfied",
            Self::MemberOf { .. } => "MemberOf placement constraint unsatisfied",
        }
    }

    /// The pipeline's column that this check belongs to.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Status(_) | Self::Agent { .. } => Stage::State,
            Self::Cpu(_)
            | Self::Memory(_)
            | Self::Port { .. }
            | Self::PortLimit { .. }
            | Self::Eni(_)
            | Self::Gpu(_) => Stage::Resources,
            Self::Attribute { .. } | Self::Location { .. } => Stage::Attributes,
            Self::DistinctInstance { index, .. } | Self::MemberOf { index, .. } => Stage::Constraint(*index),
        }
    }

    /// Its place in the order of 4.3, for the closest matching instance (6.14).
    pub(super) fn order(&self) -> u32 {
        match self {
            Self::Status(_) => 0,
            Self::Agent { .. } => 1,
            Self::Cpu(_) => 2,
            Self::Memory(_) => 3,
            Self::Port { .. } | Self::PortLimit { .. } => 4,
            Self::Eni(_) => 5,
            Self::Gpu(_) => 6,
            Self::Attribute { .. } => 7,
            Self::Location { .. } => 8,
            Self::DistinctInstance { .. } | Self::MemberOf { .. } => 9,
        }
    }

    /// How much is missing, where it can be counted.
    pub(super) fn shortfall(&self) -> u32 {
        match self {
            Self::Cpu(need) | Self::Memory(need) | Self::Eni(need) | Self::Gpu(need) => need.short(),
            _ => 0,
        }
    }
}

/// A filter of the pipeline, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Status and agent: step 0.
    State,
    /// Amounts and ports: step 1, with ENIs.
    Resources,
    /// Required attributes and subnet zones: step 1b.
    Attributes,
    /// One constraint of the request: step 2.
    Constraint(usize),
}

/// Every check of one candidate, in the pipeline's order. Amounts that are not asked for are left out, but for CPU
/// and memory.
pub fn examine(request: &Request, host: &Host) -> Vec<Check> {
    Examiner::new(request).examine(host)
}

/// [`examine`] over many hosts: instances that came up together share their attributes, so what only they decide is
/// found once for each set. The hosts must live as long as it does: sets are told apart by where they stand.
pub(super) struct Examiner<'a> {
    request: &'a Request,
    /// Per constraint: what its expression looks at beside attributes.
    subjects: Vec<Vec<&'a Subject>>,
    known: Map<*const Attributes, Known>,
}

/// What one set of attributes decides.
struct Known {
    attributes: Vec<Check>,
    outcomes: Vec<Option<(bool, Rc<Host>)>>,
}

impl<'a> Examiner<'a> {
    pub fn new(request: &'a Request) -> Self {
        let subjects = |constraint: &'a Constraint| {
            let mut subjects = Vec::new();
            if let Constraint::MemberOf(expression) = constraint {
                expression.beside_attributes(&mut subjects);
            }
            subjects
        };
        Self { request, subjects: request.constraints.iter().map(subjects).collect(), known: Map::new() }
    }

    pub fn examine(&mut self, host: &Host) -> Vec<Check> {
        let request = self.request;
        let known = self.known.or_insert_with(Rc::as_ptr(&host.attributes), || Known {
            attributes: attribute_checks(request, host),
            outcomes: alloc::vec![None; request.constraints.len()],
        });
        checks(request, host, &self.subjects, known)
    }
}

fn attribute_checks(request: &Request, host: &Host) -> Vec<Check> {
    let wanted = request.demand.attributes.iter().enumerate();
    let check = |(index, (name, wanted)): (usize, &(String, Option<String>))| {
        let found = host.attributes.get(name);
        Check::Attribute { index, found: found.cloned(), met: meets(host, name, wanted) }
    };
    wanted.map(check).collect()
}

impl Known {
    /// The outcome for the host before is this one's too where it looks at nothing that differs.
    fn member_of(
        &mut self,
        index: usize,
        subjects: &[&Subject],
        expression: &Expression,
        host: &Host,
        copy: &dyn Fn() -> Rc<Host>,
    ) -> Check {
        let before = self.outcomes.get_mut(index).and_then(Option::take);
        let alike = |(_, other): &(bool, Rc<Host>)| subjects.iter().all(|subject| subject.same(host, other));
        let (holds, host) = before.filter(alike).unwrap_or_else(|| (holds(expression, host), copy()));
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = Some((holds, Rc::clone(&host)));
        }
        Check::MemberOf { index, holds, host }
    }
}

fn checks(request: &Request, host: &Host, subjects: &[Vec<&Subject>], known: &mut Known) -> Vec<Check> {
    let demand = &request.demand;
    let need = |need, had| Need { need, had };
    let ports = if demand.ports.is_empty() { 0 } else { demand.ports.len() + 1 };
    let rules = demand.attributes.len() + usize::from(demand.zones.is_some()) + request.constraints.len();
    let mut checks = Vec::with_capacity(6 + ports + rules);
    checks.push(Check::Status(host.status));
    checks.push(Check::Agent { connected: host.agent_connected });
    checks.push(Check::Cpu(need(demand.cpu, host.cpu)));
    checks.push(Check::Memory(need(demand.memory, host.memory)));
    for port in &demand.ports {
        let held_by = host.ports.get(&(port.protocol, port.port)).map(|holder| String::from(&**holder));
        checks.push(Check::Port { need: *port, held_by });
    }
    if !demand.ports.is_empty() {
        checks.push(Check::PortLimit { held: host.ports.len() as u32, need: demand.ports.len() as u32 });
    }
    if demand.enis > 0 {
        checks.push(Check::Eni(need(demand.enis, host.enis)));
    }
    let gpus = host.gpus_for(demand);
    if gpus > 0 {
        checks.push(Check::Gpu(need(gpus, host.gpu)));
    }
    checks.extend(known.attributes.iter().cloned());
    if let Some(zones) = &demand.zones {
        checks.push(Check::Location { met: zones.contains(&host.zone) });
    }
    let copy = OnceCell::new();
    let copy = || Rc::clone(copy.get_or_init(|| Rc::new(host.clone())));
    for (index, constraint) in request.constraints.iter().enumerate() {
        checks.push(match constraint {
            Constraint::DistinctInstance => Check::DistinctInstance { index, tasks: host.tasks_of(&request.group) },
            Constraint::MemberOf(expression) => {
                known.member_of(index, subjects.get(index).map_or(&[], Vec::as_slice), expression, host, &copy)
            }
        });
    }
    checks
}

/// Whether no check of [`examine`] blocks, without building them.
pub fn fits(request: &Request, host: &Host) -> bool {
    fits_now(request, &request.constraints, host) && suits_demand(request, host)
}

/// The part of [`fits`] that tasks on the host can change: state, room, and of the constraints these.
pub(super) fn fits_now(request: &Request, constraints: &[Constraint], host: &Host) -> bool {
    host.status == HostStatus::Active
        && host.agent_connected
        && host.has_room(&request.demand)
        && constraints.iter().all(|constraint| match constraint {
            Constraint::DistinctInstance => host.tasks_of(&request.group) == 0,
            Constraint::MemberOf(expression) => holds(expression, host),
        })
}

/// How many copies of the task [`fits_now`] lets in one after another, at least.
pub(super) fn copies_now(request: &Request, constraints: &[Constraint], host: &Host) -> u32 {
    if !fits_now(request, constraints, host) {
        return 0;
    }
    let allowed = constraints.iter().map(|constraint| match constraint {
        Constraint::DistinctInstance => 1,
        Constraint::MemberOf(expression) => steady(expression, host, &request.group).saturating_add(1),
    });
    allowed.fold(host.copies(&request.demand), u32::min)
}

/// What [`fits_now`] has to look at again after a task came or went: the constraints without what no task changes.
pub(super) fn constraints_on_tasks(request: &Request) -> Vec<Constraint> {
    let parts = request.constraints.iter().flat_map(|constraint| match constraint {
        Constraint::DistinctInstance => alloc::vec![Constraint::DistinctInstance],
        Constraint::MemberOf(expression) => {
            let parts = expression.conjuncts().iter().filter(|part| part.looks_at_tasks());
            parts.map(|part| Constraint::MemberOf(Rc::new(part.clone()))).collect()
        }
    });
    parts.collect()
}

/// The part of [`fits`] that no task changes: attributes, zone, and the other constraints.
pub(super) fn suits_request(request: &Request, host: &Host) -> bool {
    suits_demand(request, host)
        && request.constraints.iter().all(|constraint| match constraint {
            Constraint::DistinctInstance => true,
            Constraint::MemberOf(expression) => {
                expression.conjuncts().iter().all(|part| part.looks_at_tasks() || holds(part, host))
            }
        })
}

fn suits_demand(request: &Request, host: &Host) -> bool {
    let demand = &request.demand;
    demand.attributes.iter().all(|(name, wanted)| meets(host, name, wanted))
        && demand.zones.as_ref().is_none_or(|zones| zones.contains(&host.zone))
}

/// Windows ignores the sizes of a whole task (8.2), so that no instance of it has to know them.
fn meets(host: &Host, name: &str, wanted: &Option<String>) -> bool {
    let found = host.attributes.get(name);
    found.is_some_and(|found| wanted.is_none() || found == wanted) || name == TASK_SIZES && is_windows(host)
}

fn is_windows(host: &Host) -> bool {
    host.attributes.get("ecs.os-type").is_some_and(|own| own.as_deref() == Some("windows"))
}
