//! The sets of changes that could let one instance take the task: one way out of each thing that blocks.

use super::stop::stops;
use super::{
    ADD_INSTANCE, Change, Kinds, LEAST_MEMORY, MOST_ALIKE, MOST_KEPT, Offer, PLACE_WEIGHT, PUT, PUT_BY_AGENT, Set,
    Unplaced, Wishes, kind, weight,
};
use crate::placement::check::{Check, Examiner};
use crate::placement::host::{Host, HostStatus, PORT_LIMIT};
use crate::placement::input::{CUSTOM_LIMIT, EXPRESSION_LIMIT, is_custom_attribute};
use crate::placement::query::{Expression, Verdict, culprits, judge, widened, wished_attributes};
use crate::placement::request::{Constraint, Request};
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;

/// Sets that are looked at in the whole cluster, about.
const MOST_SETS: usize = 50_000;

/// Finds the sets of one instance after the other, and keeps the smallest [`MOST_ALIKE`] of the same kinds.
pub struct Options<'a> {
    task: &'a Unplaced<'a>,
    examiner: Examiner<'a>,
    widened: Widened,
    /// Sets of one instance at most.
    most: usize,
    /// Changes in one set at most.
    most_changes: usize,
    /// The sets, the smallest first.
    pub best: Vec<Set<'a>>,
}

impl<'a> Options<'a> {
    pub fn new(task: &'a Unplaced<'a>, most_changes: usize) -> Self {
        let most = MOST_SETS / (task.hosts.len() + task.offers.len() + 1);
        let most = most.clamp(9, 999);
        Self { task, examiner: Examiner::new(task.request), widened: Vec::new(), most, most_changes, best: Vec::new() }
    }

    /// The sets of an instance, on which these tenants are.
    pub fn of_host(&mut self, host: &'a Host, tenants: &[usize]) {
        let checks = self.examiner.examine(host);
        self.sets(host, host, &checks, None);
        for (stop, freed) in stops(self.task, host, &checks, tenants) {
            let checks = self.examiner.examine(&freed);
            self.sets(host, &freed, &checks, Some(stop));
        }
    }

    /// The sets of an instance that is to be added. Its agent registers the attributes by itself.
    pub fn of_offer(&mut self, index: usize, offer: &'a Offer) {
        let checks = self.examiner.examine(&offer.host);
        let add = Change::AddInstance { offer: index, words: offer.words(), attributes: Wishes::new() };
        self.sets(&offer.host, &offer.host, &checks, Some(add));
    }

    /// What does away with all that blocks on a host, `as_is` after the first change.
    fn sets(&mut self, host: &'a Host, as_is: &Host, checks: &[Check], first: Option<Change>) {
        let request = self.task.request;
        let mut wished = Wished { request, host: as_is, known: Vec::new() };
        let found = slots(request, as_is, checks, self.most_changes, &mut self.widened, &mut wished);
        let Some(slots) = found else { return };
        let mut sets: Vec<Vec<&Change>> = alloc::vec![first.iter().collect()];
        for slot in &slots {
            let mut longer = Vec::new();
            for set in &sets {
                for change in slot {
                    let mut with = set.clone();
                    with.push(change);
                    if longer.len() < self.most && measured(&with).1 <= self.most_changes {
                        longer.push(with);
                    }
                }
            }
            sets = longer;
        }
        for set in sets {
            let Some(attributes) = wished.of_set(&set) else { continue };
            // What all constraints wish stands in the place of what each one wished.
            let put = Change::AddAttributes { host: as_is.name.clone(), attributes };
            let mut set: Vec<&Change> = set;
            if let Some(at) = set.iter().position(|change| is_wish(change)) {
                set.insert(at, &put);
                set.retain(|change| !is_wish(change));
            }
            self.keep(host, as_is, &set);
        }
    }

    fn keep(&mut self, host: &'a Host, as_is: &Host, set: &[&Change]) {
        let (kinds, changes, weight) = measured(set);
        // Offers stand in an order of their own.
        let own = kinds & ADD_INSTANCE == 0;
        let cost = (changes, weight, if own { &*host.zone } else { "" }, if own { &*host.name } else { "" });
        let at = self.best.partition_point(|known| known.cost <= cost);
        let alike = |sets: &[Set<'_>]| sets.iter().filter(|known| known.kinds == kinds).count();
        if at >= MOST_KEPT || self.best.get(..at).is_some_and(|smaller| alike(smaller) >= MOST_ALIKE) {
            return;
        }
        let Some(changes) = merged(as_is, set) else { return };
        self.best.insert(at, Set { kinds, cost, changes });
        if alike(&self.best) > MOST_ALIKE
            && let Some(last) = self.best.iter().rposition(|known| known.kinds == kinds)
        {
            self.best.remove(last);
        }
        self.best.truncate(MOST_KEPT);
    }
}

/// The attributes that one host needs for the constraints that a set of changes leaves.
struct Wished<'a> {
    request: &'a Request,
    host: &'a Host,
    /// By the constraints that are left, as bits.
    known: Vec<(u32, Option<Wishes>)>,
}

impl Wished<'_> {
    /// `None` when none suit all that the set neither drops nor widens; empty when it is not attributes that help.
    fn of_set(&mut self, set: &[&Change]) -> Option<Wishes> {
        if !set.iter().any(|change| is_wish(change)) {
            return Some(Wishes::new());
        }
        let mut left = u32::MAX;
        for change in set {
            if let Change::Widen { constraint, .. } | Change::Drop { constraint, .. } = change {
                left &= !(1 << constraint);
            }
        }
        self.of(left)
    }

    fn of(&mut self, left: u32) -> Option<Wishes> {
        if let Some((_, known)) = self.known.iter().find(|(own, _)| *own == left) {
            return known.clone();
        }
        let own = self.request.constraints.iter().enumerate().filter_map(|(index, constraint)| match constraint {
            Constraint::MemberOf(expression) if left >> index & 1 == 1 => Some(&**expression),
            _ => None,
        });
        let wishes = wished_attributes(&own.collect::<Vec<_>>(), self.host);
        self.known.push((left, wishes.clone()));
        wishes
    }
}

/// Whether a change says that attributes are wished, not yet which.
fn is_wish(change: &Change) -> bool {
    matches!(change, Change::AddAttributes { attributes, .. } if attributes.is_empty())
}

/// The kinds, number and weight of the changes, when all attributes are put by one call or come with a new instance.
fn measured(set: &[&Change]) -> (Kinds, usize, u32) {
    let (mut kinds, mut count, mut weights, mut puts) = (0, 0, 0, 0);
    for change in set {
        if let Change::AddAttributes { attributes, .. } = change {
            puts |= kind(change);
            weights += attributes.len() as u32;
        } else {
            kinds |= kind(change);
            count += 1;
            weights += weight(change);
        }
    }
    if puts != 0 && kinds & ADD_INSTANCE == 0 {
        // One of the agent's makes the whole call impossible.
        kinds |= if puts & PUT_BY_AGENT == 0 { puts } else { PUT_BY_AGENT };
        count += 1;
        weights += PUT as u32 * PLACE_WEIGHT;
    }
    (kinds, count, weights)
}

/// The set with all attributes in one change, if a call can put them or a new agent register them.
fn merged(host: &Host, set: &[&Change]) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for change in set {
        let puts = changes.iter_mut().find_map(|known| match known {
            Change::AddAttributes { attributes, .. } | Change::AddInstance { attributes, .. } => Some(attributes),
            _ => None,
        });
        match (change, puts) {
            (Change::AddAttributes { attributes, .. }, Some(puts)) => {
                for wish in attributes {
                    if !puts.contains(wish) {
                        puts.push(wish.clone());
                    }
                }
            }
            _ => changes.push((*change).clone()),
        }
    }
    let possible = |change: &Change| match change {
        Change::AddAttributes { attributes, .. } => {
            let mut custom = host.attributes.keys().filter(|name| is_custom_attribute(name)).count();
            for (name, _) in attributes {
                custom += usize::from(is_custom_attribute(name) && !host.attributes.contains_key(name));
            }
            custom <= CUSTOM_LIMIT
        }
        Change::AddInstance { attributes, .. } => attributes.iter().all(|(name, _)| can_be_added(name)),
        _ => true,
    };
    changes.iter().all(possible).then_some(changes)
}

/// The ways out of each thing that blocks; `None` when something has none.
fn slots(
    request: &Request,
    host: &Host,
    checks: &[Check],
    most_changes: usize,
    widened: &mut Widened,
    wished: &mut Wished<'_>,
) -> Option<Vec<Vec<Change>>> {
    let mut slots: Vec<Vec<Change>> = Vec::new();
    let mut missing = Wishes::new();
    // Those that no attribute does away with each take a change of their own.
    let mut alone = 0;
    for check in checks.iter().filter(|check| check.blocks()) {
        match check {
            Check::Port { .. } | Check::PortLimit { .. } => {}
            Check::Attribute { index, .. } => {
                let wish = request.demand.attributes.get(*index).filter(|(name, _)| can_be_added(name));
                missing.push(wish?.clone());
            }
            _ => {
                let ways = ways_out(request, host, check, widened, wished);
                alone += usize::from(!ways.iter().any(|way| matches!(way, Change::AddAttributes { .. })));
                if alone > most_changes {
                    return None;
                }
                slots.push(Some(ways).filter(|ways| !ways.is_empty())?);
            }
        }
    }
    if !missing.is_empty() {
        slots.push(alloc::vec![Change::AddAttributes { host: host.name.clone(), attributes: missing }]);
    }
    slots.extend(dynamic_ports(checks).map(|change| alloc::vec![change]));
    Some(slots)
}

fn ways_out(
    request: &Request,
    host: &Host,
    check: &Check,
    widened: &mut Widened,
    wished: &mut Wished<'_>,
) -> Vec<Change> {
    let way = match check {
        Check::Status(HostStatus::Draining) => Change::Activate { host: host.name.clone() },
        Check::Agent { .. } => Change::Connect { host: host.name.clone() },
        Check::Cpu(need) if need.had.free > 0 => Change::LowerCpu { from: need.need, to: need.had.free },
        Check::Memory(need) if need.had.free >= LEAST_MEMORY => {
            Change::LowerMemory { from: need.need, to: need.had.free }
        }
        Check::Location { .. } if !host.zone.is_empty() => Change::AddZone { zone: host.zone.clone() },
        Check::DistinctInstance { index, .. } => Change::Drop { constraint: *index, was: Constraint::DistinctInstance },
        Check::MemberOf { index, .. } => return ways_out_of_expression(request, host, *index, widened, wished),
        _ => return Vec::new(),
    };
    alloc::vec![way]
}

/// Every port that is held left to the instance, and where there are too many as many of the others as must be.
fn dynamic_ports(checks: &[Check]) -> Option<Change> {
    let (mut ports, mut others, mut over) = (Vec::new(), Vec::new(), 0);
    for check in checks {
        match check {
            Check::Port { need, held_by: Some(_) } => ports.push(*need),
            Check::Port { need, .. } => others.push(*need),
            Check::PortLimit { held, need } => over = (held + need).saturating_sub(PORT_LIMIT) as usize,
            _ => {}
        }
    }
    let more = over.saturating_sub(ports.len()).min(others.len());
    ports.extend(others.drain(others.len() - more..));
    (!ports.is_empty()).then_some(Change::DynamicPorts { ports })
}

/// Wider expressions by constraint and verdict: many instances fail alike.
type Widened = Vec<((usize, Verdict), Option<Change>)>;

/// Wider expressions that are kept.
const MOST_WIDENED: usize = 100;

/// The expression made wider, unless nothing remains of it or it gets longer than AWS takes (CN-06).
fn widen(expression: &Expression, verdict: &Verdict, constraint: usize) -> Option<Change> {
    let mut left_out = Vec::new();
    let wider = widened(expression, verdict, &mut left_out)
        .filter(|wider| wider.to_string().chars().count() <= EXPRESSION_LIMIT)?;
    let mut parts = Vec::new();
    culprits(expression, verdict, &mut parts);
    let words = |parts: Vec<&Expression>| parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Some(Change::Widen { constraint, culprit: words(parts), without: words(left_out), to: Rc::new(wider) })
}

fn ways_out_of_expression(
    request: &Request,
    host: &Host,
    constraint: usize,
    known: &mut Widened,
    wished: &mut Wished<'_>,
) -> Vec<Change> {
    let Some(was @ Constraint::MemberOf(expression)) = request.constraints.get(constraint) else { return Vec::new() };
    let verdict = judge(expression, host);
    let mut ways = Vec::new();
    if wished.of(1 << constraint).is_some() {
        ways.push(Change::AddAttributes { host: host.name.clone(), attributes: Wishes::new() });
    }
    let key = (constraint, verdict);
    let at = known.iter().position(|(own, _)| *own == key).unwrap_or_else(|| {
        if known.len() >= MOST_WIDENED {
            known.clear();
        }
        let wider = widen(expression, &key.1, constraint);
        known.push((key, wider));
        known.len() - 1
    });
    ways.extend(known.get(at).and_then(|(_, wider)| wider.clone()));
    ways.push(Change::Drop { constraint, was: was.clone() });
    ways
}

/// Capabilities come with the agent's configuration; what the machine is cannot be changed.
fn can_be_added(attribute: &str) -> bool {
    is_custom_attribute(attribute) || attribute.contains(".capability.")
}
