//! The fewest tasks whose end gives back what is short on an instance.

use super::words::plural;
use super::{Change, Unplaced};
use crate::placement::check::Check;
use crate::placement::demand::PortNeed;
use crate::placement::host::{Host, PORT_LIMIT};
use crate::sim::order;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Tasks that are stopped at most, beside those that hold a wanted port.
const MOST_STOPPED: usize = 3;
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
    if wanted == 0 || tenants.is_empty() {
        return Vec::new();
    }
    let mut holdings: Vec<(usize, Amounts)> = Vec::new();
    for index in tenants {
        let Some(demand) = task.tenants.get(*index).map(|tenant| &tenant.demand) else { continue };
        let ports = demand.ports.len() as u32;
        holdings.push((*index, [demand.cpu, demand.memory, demand.enis, host.gpus_for(demand), ports]));
    }
    order::sort_by_key(&mut holdings, |(_, holds)| holds.iter().copied().map(u64::from).sum::<u64>());
    let mut found: Vec<Vec<usize>> = Vec::new();
    for choice in (1..=wanted).filter(|choice| choice & !wanted == 0) {
        let chosen = |thing: u32| choice >> thing & 1 == 1;
        let mut missing = short;
        for (thing, amount) in missing.iter_mut().enumerate() {
            *amount = if chosen(thing as u32) { *amount } else { 0 };
        }
        let mut tasks = Vec::new();
        if chosen(PORTS) {
            let holds = |index: usize, port| task.tenants.get(index).is_some_and(|own| own.demand.ports.contains(port));
            let holders = held.iter().map(|port| holdings.iter().find(|(index, _)| holds(*index, port)));
            let Some(holders) = holders.collect::<Option<Vec<_>>>() else { continue };
            for (index, gives) in holders {
                if !tasks.contains(index) {
                    tasks.push(*index);
                    missing = less(missing, *gives);
                }
            }
        }
        let rest: Vec<_> = holdings.iter().filter(|(index, _)| !tasks.contains(index)).copied().collect();
        let mut budget = MOST_COMBINED;
        if let Some(more) = (0..=MOST_STOPPED).find_map(|count| pick(&rest, missing, count, &mut budget)) {
            tasks.extend(more);
            order::sort_by(&mut tasks, usize::cmp);
            if !found.contains(&tasks) {
                found.push(tasks);
            }
        }
    }
    found.into_iter().map(|tasks| stop(task, host, tasks, checks)).collect()
}

/// The change, and the host after it.
fn stop(task: &Unplaced<'_>, host: &Host, tasks: Vec<usize>, checks: &[Check]) -> (Change, Host) {
    let mut freed = host.clone();
    let mut labels = Vec::new();
    for tenant in tasks.iter().filter_map(|index| task.tenants.get(*index)) {
        freed.release(&tenant.demand, &tenant.group, &tenant.label);
        labels.push(tenant.label.clone());
    }
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
    let frees = checks.iter().filter(|check| check.blocks()).filter_map(free).collect();
    (Change::Stop { host: host.name.clone(), tasks, labels, frees }, freed)
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

/// The first `count` holdings, or fewer, that give back what is missing.
fn pick(rest: &[(usize, Amounts)], missing: Amounts, count: usize, budget: &mut u32) -> Option<Vec<usize>> {
    if missing == Amounts::default() {
        return Some(Vec::new());
    }
    let most = rest.iter().fold(Amounts::default(), |most, (_, gives)| {
        let mut larger = most;
        larger.iter_mut().zip(gives).for_each(|(most, gives)| *most = (*most).max(*gives));
        larger
    });
    if missing.iter().zip(most).any(|(missing, most)| u64::from(most) * (count as u64) < u64::from(*missing)) {
        return None;
    }
    rest.iter().enumerate().find_map(|(at, (index, gives))| {
        *budget = budget.checked_sub(1)?;
        let mut found = pick(rest.get(at + 1..)?, less(missing, *gives), count - 1, budget)?;
        found.push(*index);
        Some(found)
    })
}

fn less(mut missing: Amounts, gives: Amounts) -> Amounts {
    missing.iter_mut().zip(gives).for_each(|(missing, gives)| *missing = missing.saturating_sub(gives));
    missing
}
