//! The fewest tasks whose end gives back what is short on an instance.

use super::words::plural;
use super::{Change, Unplaced};
use crate::placement::check::Check;
use crate::placement::demand::PortNeed;
use crate::placement::host::{Host, PORT_LIMIT};
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
        let holds = [demand.cpu, demand.memory, demand.enis, host.gpus_for(demand), ports];
        holdings.insert(holdings.partition_point(|known| size(&known.1) <= size(&holds)), (*index, holds));
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for choice in 1..=wanted {
        if choice & !wanted != 0 {
            continue;
        }
        let mut missing = short;
        for (thing, amount) in missing.iter_mut().enumerate() {
            *amount *= choice >> thing & 1;
        }
        let ports = if choice >> PORTS & 1 == 1 { &*held } else { &[] };
        if let Some(tasks) = chosen(task, &holdings, missing, ports)
            && !found.iter().any(|known| known.len() == tasks.len() && tasks.iter().all(|own| known.contains(own)))
        {
            found.push(tasks);
        }
    }
    found.into_iter().map(|tasks| stop(task, host, tasks, checks)).collect()
}

/// Tells small tenants from large ones.
fn size(holds: &Amounts) -> u32 {
    holds.iter().fold(0, |sum, amount| sum.saturating_add(*amount))
}

/// The holders of the ports, and the fewest others that give back what is still missing.
fn chosen(
    task: &Unplaced<'_>,
    holdings: &[(usize, Amounts)],
    mut missing: Amounts,
    ports: &[PortNeed],
) -> Option<Vec<usize>> {
    let mut tasks = Vec::new();
    let mut rest = holdings.to_vec();
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
    None
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
