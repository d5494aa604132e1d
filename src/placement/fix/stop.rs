//! The fewest tasks whose end gives back what is short on an instance, or lets an expression hold that looks at tasks.
//!
//! For distinctInstance no task is stopped, nor one of the same group for a rule about groups: that would only put one
//! task of a group in the place of another.

use super::words::plural;
use super::{Change, Unplaced};
use crate::placement::check::Check;
use crate::placement::demand::PortNeed;
use crate::placement::host::{Host, PORT_LIMIT};
use crate::placement::query::{Expression, Subject, holds};
use crate::placement::request::{Constraint, Request};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Tasks that are stopped at most, beside those that hold a wanted port.
const MOST_STOPPED: usize = 10;
/// Combinations of tasks that are looked at on one instance.
const MOST_COMBINED: u32 = 300;
/// The place of the host ports among the [`Amounts`].
const PORTS: u32 = 4;

/// CPU, memory, network interfaces, GPUs, and the number of host ports: what is short, or what a task holds.
type Amounts = [u32; 5];

/// For each choice among the things that are short: the fewest tenants whose end gives them back, and the host without
/// them. The smaller tenants come first.
pub fn stops(task: &Unplaced<'_>, host: &Host, checks: &[Check], tenants: &[usize]) -> Vec<(Change, Host)> {
    let (short, held) = shortage(checks);
    let mut wanted = if held.is_empty() { 0 } else { 1 << PORTS };
    for (thing, amount) in short.iter().enumerate() {
        wanted |= u32::from(*amount > 0) << thing;
    }
    let rules = if tenants.is_empty() { Vec::new() } else { rules(task.request, host, checks) };
    if tenants.is_empty() || (wanted == 0 && rules.is_empty()) {
        return Vec::new();
    }
    let mut holdings: Vec<(usize, Amounts)> = Vec::new();
    for index in tenants {
        let Some(demand) = task.tenants.get(*index).map(|tenant| &tenant.demand) else { continue };
        let ports = demand.ports.len() as u32;
        let holds = [demand.cpu, demand.memory, demand.enis, host.gpus_for(demand), ports];
        holdings.insert(holdings.partition_point(|known| size(&known.1) <= size(&holds)), (*index, holds));
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    let in_the_way = for_rules(task, host, &rules, &holdings);
    let mut choose = |choice: u32, first: &[usize]| {
        let mut missing = short;
        for (thing, amount) in missing.iter_mut().enumerate() {
            *amount *= choice >> thing & 1;
        }
        let ports = if choice >> PORTS & 1 == 1 { &*held } else { &[] };
        if let Some(tasks) = chosen(task, &holdings, missing, ports, first)
            && !found.iter().any(|known| known.len() == tasks.len() && tasks.iter().all(|own| known.contains(own)))
        {
            found.push(tasks);
        }
    };
    for choice in (0..=wanted).filter(|choice| choice & !wanted == 0) {
        if choice > 0 {
            choose(choice, &[]);
        }
        if !in_the_way.is_empty() {
            choose(choice, &in_the_way);
        }
    }
    found.into_iter().map(|tasks| stop(task, host, tasks, checks, &rules)).collect()
}

/// Tells small tenants from large ones.
fn size(holds: &Amounts) -> u32 {
    holds.iter().fold(0, |sum, amount| sum.saturating_add(*amount))
}

/// The parts that look at tasks and fail, of expressions that do.
fn rules<'a>(request: &'a Request, host: &Host, checks: &[Check]) -> Vec<&'a Expression> {
    let failing = checks.iter().filter_map(|check| match check {
        Check::MemberOf { index, holds: false, .. } => request.constraints.get(*index),
        _ => None,
    });
    let mut rules = Vec::new();
    for constraint in failing {
        if let Constraint::MemberOf(expression) = constraint {
            let parts = expression.conjuncts().iter();
            rules.extend(parts.filter(|part| part.looks_at_tasks() && !holds(part, host)));
        }
    }
    rules
}

/// For each rule the fewest tenants without which it holds: all of one group, or the smallest ones. A rule that no end
/// of a task helps is left to other changes.
fn for_rules(task: &Unplaced<'_>, host: &Host, rules: &[&Expression], holdings: &[(usize, Amounts)]) -> Vec<usize> {
    let (mut stopped, mut freed): (Vec<usize>, Host) = (Vec::new(), Host::default());
    if !rules.is_empty() {
        freed.clone_from(host);
    }
    for rule in rules {
        let mut subjects = Vec::new();
        rule.beside_attributes(&mut subjects);
        let of_groups = subjects.contains(&&Subject::TaskGroup);
        let swaps = |group: &str| of_groups && *group == *task.request.group;
        let tenants = || holdings.iter().filter_map(|(index, _)| Some((*index, task.tenants.get(*index)?)));
        let rest = || tenants().filter(|(index, tenant)| !stopped.contains(index) && !swaps(&tenant.group));
        let mut least: Option<Vec<usize>> = None;
        let mut offer = |tasks: Vec<usize>| {
            let fewer = least.as_ref().is_none_or(|least| tasks.len() < least.len());
            if fewer && stopped.len() + tasks.len() <= MOST_STOPPED && holds(rule, &without(task, &freed, &tasks)) {
                least = Some(tasks);
            }
        };
        for (at, (_, tenant)) in rest().enumerate() {
            offer(rest().take(at).map(|(index, _)| index).collect());
            if rest().position(|(_, other)| other.group == tenant.group) == Some(at) {
                offer(rest().filter(|(_, other)| other.group == tenant.group).map(|(index, _)| index).collect());
            }
        }
        offer(rest().map(|(index, _)| index).collect());
        let more = least.unwrap_or_default();
        freed = without(task, &freed, &more);
        stopped.extend(more);
    }
    stopped
}

fn without(task: &Unplaced<'_>, host: &Host, stopped: &[usize]) -> Host {
    let mut freed = host.clone();
    for tenant in stopped.iter().filter_map(|index| task.tenants.get(*index)) {
        freed.release(&tenant.demand, &tenant.group, &tenant.label);
    }
    freed
}

/// The first ones, the holders of the ports, and the fewest others that give back what is still missing.
fn chosen(
    task: &Unplaced<'_>,
    holdings: &[(usize, Amounts)],
    mut missing: Amounts,
    ports: &[PortNeed],
    first: &[usize],
) -> Option<Vec<usize>> {
    let mut tasks = first.to_vec();
    let mut rest = holdings.to_vec();
    rest.retain(|(index, gives)| {
        let stays = !first.contains(index);
        if !stays {
            missing = less(missing, *gives);
        }
        stays
    });
    for port in ports {
        let holds = |index: usize| task.tenants.get(index).is_some_and(|own| own.demand.ports.contains(port));
        if tasks.iter().any(|index| holds(*index)) {
            continue;
        }
        let (index, gives) = rest.remove(rest.iter().position(|(index, _)| holds(*index))?);
        tasks.push(index);
        missing = less(missing, gives);
    }
    let mut budget = MOST_COMBINED;
    for count in 0..=MOST_STOPPED {
        if pick(&rest, missing, count, &mut tasks, &mut budget) {
            return Some(tasks);
        }
    }
    largest(rest, missing, tasks)
}

/// Where there are too many combinations: the tasks that give most of what is missing, without those that turn out idle.
fn largest(mut rest: Vec<(usize, Amounts)>, missing: Amounts, mut tasks: Vec<usize>) -> Option<Vec<usize>> {
    let (mut left, mut taken): (Amounts, Vec<(usize, Amounts)>) = (missing, Vec::new());
    while left != Amounts::default() {
        let gives = |own: &Amounts| {
            let part = |(left, own): (&u32, &u32)| u64::from(*left.min(own)) * 1000 / u64::from(*left).max(1);
            left.iter().zip(own).map(part).sum::<u64>()
        };
        let (at, _) = rest.iter().enumerate().max_by_key(|(_, (_, own))| gives(own))?;
        if taken.len() == MOST_STOPPED || rest.get(at).is_none_or(|(_, own)| gives(own) == 0) {
            return None;
        }
        let (index, own) = rest.remove(at);
        left = less(left, own);
        taken.push((index, own));
    }
    let mut at = 0;
    while at < taken.len() {
        let others = taken.iter().enumerate().filter(|(other, _)| *other != at);
        if others.fold(missing, |left, (_, (_, own))| less(left, *own)) == Amounts::default() {
            taken.remove(at);
        } else {
            at += 1;
        }
    }
    tasks.extend(taken.into_iter().map(|(index, _)| index));
    Some(tasks)
}

/// The change, and the host after it.
fn stop(
    task: &Unplaced<'_>,
    host: &Host,
    mut tasks: Vec<usize>,
    checks: &[Check],
    rules: &[&Expression],
) -> (Change, Host) {
    let frees = |freed: &Host| {
        let free = |check: &Check| match check {
            Check::Cpu(need) if freed.cpu.free >= need.need => Some(String::from("CPU")),
            Check::Memory(need) if freed.memory.free >= need.need => Some(String::from("memory")),
            Check::Eni(need) if freed.enis.free >= need.need => Some(plural(need.short(), "network interface")),
            Check::Gpu(need) if freed.gpu.free >= need.need => Some(plural(need.short(), "GPU")),
            Check::Port { need, .. } if !freed.ports.contains_key(&(need.protocol, need.port)) => {
                Some(format!("port {need}"))
            }
            Check::PortLimit { need, .. } if freed.ports.len() as u32 + need <= PORT_LIMIT => {
                Some(String::from("enough host ports"))
            }
            _ => None,
        };
        let mut frees: Vec<String> = checks.iter().filter(|check| check.blocks()).filter_map(free).collect();
        for rule in rules.iter().filter(|rule| holds(rule, freed)) {
            frees.push(format!("the instance for {rule}"));
        }
        frees
    };
    let mut freed = without(task, host, &tasks);
    let words = frees(&freed);
    // Those that stop for a rule may free all that others were to free.
    let mut at = 0;
    while !rules.is_empty() && at < tasks.len() {
        let mut fewer = tasks.clone();
        fewer.remove(at);
        let host = without(task, host, &fewer);
        if frees(&host) == words {
            (tasks, freed) = (fewer, host);
        } else {
            at += 1;
        }
    }
    let labels = tasks.iter().filter_map(|index| task.tenants.get(*index)).map(|tenant| tenant.label.clone()).collect();
    (Change::Stop { host: host.name.clone(), tasks, labels, frees: words }, freed)
}

/// What is short, and the wanted ports that are held.
fn shortage(checks: &[Check]) -> (Amounts, Vec<PortNeed>) {
    let (mut short, mut held) = (Amounts::default(), Vec::new());
    let [cpu, memory, enis, gpus, ports] = &mut short;
    for check in checks {
        match check {
            Check::Cpu(need) => *cpu = need.short(),
            Check::Memory(need) => *memory = need.short(),
            Check::Eni(need) => *enis = need.short(),
            Check::Gpu(need) => *gpus = need.short(),
            Check::PortLimit { held, need } => *ports = (held + need).saturating_sub(PORT_LIMIT),
            Check::Port { need, held_by: Some(_) } => held.push(*need),
            _ => {}
        }
    }
    (short, held)
}

/// Adds the first `count` holdings, or fewer, that give back what is missing; false when there are none.
fn pick(
    mut rest: &[(usize, Amounts)],
    missing: Amounts,
    count: usize,
    into: &mut Vec<usize>,
    budget: &mut u32,
) -> bool {
    if missing == Amounts::default() {
        return true;
    }
    let mut most = Amounts::default();
    for (_, gives) in rest {
        most.iter_mut().zip(gives).for_each(|(most, gives)| *most = (*most).max(*gives));
    }
    if less(missing, most.map(|most| most.saturating_mul(count as u32))) != Amounts::default() {
        return false;
    }
    while let [(index, gives), others @ ..] = rest {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        into.push(*index);
        if pick(others, less(missing, *gives), count - 1, into, budget) {
            return true;
        }
        into.pop();
        rest = others;
    }
    false
}

fn less(mut missing: Amounts, gives: Amounts) -> Amounts {
    missing.iter_mut().zip(gives).for_each(|(missing, gives)| *missing = missing.saturating_sub(gives));
    missing
}
