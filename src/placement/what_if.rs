//! Questions that change nothing: how much more fits, on how few instances, with which strategies, and after a loss.

use super::check::{Check, examine, fits};
use super::groups::Groups;
use super::host::{Host, HostStatus};
use super::index::Fleet;
use super::request::{Request, Strategy};
use super::strategy::Ties;
use crate::sim::sorted::{Map, Set};
use crate::sim::{draw, order};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Copies that are counted at most: a task that asks for nothing fits for ever.
pub const MOST_COPIES: u32 = 100_000;
/// Chains that are compared at most.
pub const MOST_CHAINS: usize = 3;

/// How many more copies of a task fit now.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// Over all instances, at most [`MOST_COPIES`].
    pub copies: u32,
    /// Each instance that takes part, in the order given.
    pub hosts: Vec<HostRoom>,
    /// What stops the next copy: AWS's reason and on how many instances, the most frequent first.
    pub limits: Vec<(&'static str, u32)>,
}

/// How many more copies fit on one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct HostRoom {
    /// `ec2InstanceId`.
    pub host: String,
    /// How many.
    pub copies: u32,
    /// What stops the next one; none when the count was cut off.
    pub limit: Option<Check>,
}

/// How many more copies of a task fit now, and what the first limit is. Each instance fills up by itself, so no
/// strategy changes the answer. Instances that are not ACTIVE are left out (DR-02).
pub fn room(request: &Request, hosts: &[&Host]) -> Room {
    let mut copies = 0;
    let mut limits: Map<&'static str, u32> = Map::new();
    let active = hosts.iter().filter(|host| host.status == HostStatus::Active);
    let hosts = active.map(|host| {
        let own = host_room(request, host, MOST_COPIES - copies);
        copies += own.copies;
        if let Some(limit) = &own.limit {
            *limits.or_insert_with(limit.reason(), || 0) += 1;
        }
        own
    });
    let hosts = hosts.collect();
    let mut limits: Vec<(&'static str, u32)> = limits.into_iter().collect();
    order::sort_by_key(&mut limits, |(reason, instances)| (core::cmp::Reverse(*instances), *reason));
    Room { copies, hosts, limits }
}

fn host_room(request: &Request, host: &Host, most: u32) -> HostRoom {
    let mut filled = host.clone();
    let mut copies = 0;
    while copies < most && fits(request, &filled) && filled.reserve(&request.demand, &request.group, "") {
        copies += 1;
    }
    let limit = examine(request, &filled).into_iter().find(Check::blocks);
    HostRoom { host: host.name.clone(), copies, limit }
}

/// The fewest empty instances of one kind that hold some tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Fewest {
    /// How many instances.
    pub instances: u32,
    /// Tasks on each full one.
    pub each: u32,
    /// What stops one more task there.
    pub limit: Option<Check>,
}

/// The fewest instances like one of `empties` that hold `tasks` copies, and the index of that one, the first among
/// equals; the check that blocks on the first of them when not even one copy fits on any.
pub fn fewest(request: &Request, empties: &[&Host], tasks: u32) -> Result<(usize, Fewest), Option<Check>> {
    let mut best = Err(None);
    for (index, empty) in empties.iter().enumerate() {
        let one = host_room(request, empty, MOST_COPIES);
        match (&best, one.copies) {
            (Err(None), 0) => best = Err(one.limit),
            (_, 0) => {}
            (Ok((_, Fewest { each: most, .. })), each) if each <= *most => {}
            (_, each) => best = Ok((index, Fewest { instances: tasks.div_ceil(each), each, limit: one.limit })),
        }
    }
    best
}

/// What a chain of strategies makes of a number of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The chain.
    pub strategies: Vec<Strategy>,
    /// Where each placed task went, by host index, in order.
    pub placed: Vec<usize>,
    /// Tasks that found no place.
    pub unplaced: u32,
    /// The numbers to compare.
    pub measures: Measures,
}

/// How a cluster stands after placing. Only ACTIVE instances count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Instances with a task on them, of whatever group.
    pub instances_used: u32,
    /// Most minus fewest tasks of the group over the zones.
    pub zone_spread: u32,
    /// Most minus fewest tasks of the group over the instances.
    pub instance_spread: u32,
    /// CPU units that nothing has reserved on used instances.
    pub unused_cpu: u64,
    /// MiB that nothing has reserved on used instances.
    pub unused_memory: u64,
    /// CPU units on instances without the memory for one more copy.
    pub stranded_cpu: u64,
    /// MiB on instances without the CPU for one more copy.
    pub stranded_memory: u64,
}

/// Places `tasks` copies with each chain, at most [`MOST_CHAINS`], side by side from the same start. The draws of every
/// chain are those of `seed`, so that only the chain differs.
pub fn compare(
    request: &Request,
    hosts: &[&Host],
    chains: &[Vec<Strategy>],
    tasks: u32,
    ties: Ties,
    seed: u64,
) -> Vec<Outcome> {
    chains.iter().take(MOST_CHAINS).map(|chain| outcome(request, hosts, chain, tasks, ties, seed)).collect()
}

fn outcome(request: &Request, hosts: &[&Host], chain: &[Strategy], tasks: u32, ties: Ties, seed: u64) -> Outcome {
    let request = Rc::new(Request { strategies: chain.to_vec(), ..request.clone() });
    let mut fleet = Fleet::new(hosts.iter().map(|host| (*host).clone()).collect());
    let mut placed = Vec::new();
    for task in 0..tasks.min(MOST_COPIES) {
        // What does not fit now does not fit later either: nothing stops in between.
        match fleet.place(&request, "", ties, draw::draw(seed, 0, "compare", u64::from(task))) {
            Some(host) => placed.push(host),
            None => break,
        }
    }
    let measures = measures(&request, fleet.hosts());
    let unplaced = tasks - placed.len() as u32;
    Outcome { strategies: chain.to_vec(), placed, unplaced, measures }
}

/// How hosts stand, seen by one kind of task.
pub fn measures(request: &Request, hosts: &[Host]) -> Measures {
    let mut out = Measures::default();
    let mut zones: Map<&str, u32> = Map::new();
    let mut instances = (u32::MAX, 0);
    for host in hosts.iter().filter(|host| host.status == HostStatus::Active) {
        let tasks = host.tasks_of(&request.group);
        *zones.or_insert_with(&host.zone, || 0) += tasks;
        instances = (instances.0.min(tasks), instances.1.max(tasks));
        if host.running_tasks == 0 {
            continue;
        }
        out.instances_used += 1;
        let (cpu, memory) = (host.cpu.free, host.memory.free);
        out.unused_cpu += u64::from(cpu);
        out.unused_memory += u64::from(memory);
        let (cpu_short, memory_short) = (cpu < request.demand.cpu, memory < request.demand.memory);
        out.stranded_cpu += if memory_short { u64::from(cpu) } else { 0 };
        out.stranded_memory += if cpu_short { u64::from(memory) } else { 0 };
    }
    let zone_range = zones.values().min().zip(zones.values().max());
    out.zone_spread = zone_range.map_or(0, |(least, most)| most - least);
    out.instance_spread = instances.1.saturating_sub(instances.0);
    out
}

/// A task that runs somewhere, with what it would ask for elsewhere.
#[derive(Clone, Debug)]
pub struct Resident {
    /// A short label.
    pub task: String,
    /// Its instance's index among the hosts.
    pub host: usize,
    /// What it asks for.
    pub request: Rc<Request>,
}

/// What goes with lost instances, and where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Every task lost, in the order given.
    pub tasks: Vec<LostTask>,
    /// How many of them would fit nowhere.
    pub homeless: u32,
}

/// One lost task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTask {
    /// Its label.
    pub task: String,
    /// The lost instance's index.
    pub from: usize,
    /// The index of the instance that would take it.
    pub to: Option<usize>,
}

/// What happens when instances, by index, are lost: their tasks are placed again one after another on what is left.
pub fn loss(lost: &Set<usize>, hosts: &[&Host], residents: &[Resident], ties: Ties, seed: u64) -> Loss {
    let gone =
        |host: &Host| Host { status: HostStatus::Other, groups: Groups::default(), running_tasks: 0, ..host.clone() };
    let left =
        hosts.iter().enumerate().map(|(index, host)| if lost.contains(&index) { gone(host) } else { (*host).clone() });
    let mut left = Fleet::new(left.collect());
    let mut tasks = Vec::new();
    for Resident { task, host, request } in residents.iter().filter(|resident| lost.contains(&resident.host)) {
        let to = left.place(request, task, ties, draw::draw(seed, 0, "loss", tasks.len() as u64));
        tasks.push(LostTask { task: task.clone(), from: *host, to });
    }
    let homeless = tasks.iter().filter(|task| task.to.is_none()).count() as u32;
    Loss { tasks, homeless }
}

/// The indices of the instances in a zone.
pub fn in_zone(zone: &str, hosts: &[&Host]) -> Set<usize> {
    hosts.iter().enumerate().filter(|(_, host)| host.zone == zone).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, k3, request, strategies};
    use super::*;
    use crate::placement::{Constraint, PortNeed, Protocol};
    use alloc::format;

    fn ask(cpu: u32, memory: u32) -> Request {
        request(cpu, memory, "")
    }

    /// The worked numbers of 1.2, and what runs out first in each.
    #[test]
    fn room_and_fewest_on_real_sizes() {
        for (name, cpu, memory, each, instances, limit) in [
            ("t3.micro", 2048, 952, 1, 10, "RESOURCE:MEMORY"),
            ("t3.small", 2048, 1901, 3, 4, "RESOURCE:MEMORY"),
            ("t3.medium", 2048, 3828, 7, 2, "RESOURCE:MEMORY"),
            ("m6i.large", 2048, 7817, 8, 2, "RESOURCE:CPU"),
        ] {
            let empty = host(name, "a", cpu, memory);
            let room = room(&ask(256, 512), &[&empty, &empty]);
            assert_eq!((room.copies, room.limits), (2 * each, alloc::vec![(limit, 2)]), "{name}");
            let (_, fewest) = fewest(&ask(256, 512), &[&empty], 10).unwrap();
            assert_eq!((fewest.instances, fewest.each), (instances, each), "{name}");
            assert_eq!(fewest.limit.unwrap().reason(), limit, "{name}");
        }
        let small = host("t3.nano", "a", 2048, 476);
        assert_eq!(fewest(&ask(256, 512), &[&small], 10).unwrap_err().unwrap().reason(), "RESOURCE:MEMORY", "PL-11");
        assert_eq!(fewest(&ask(256, 100), &[&small], 0).map(|(_, fewest)| fewest.instances), Ok(0));
    }

    #[test]
    fn the_fewest_are_looked_for_in_every_zone() {
        let hosts = ["a", "b", "c"].map(|zone| host(zone, zone, 2048, 3828));
        let empties: Vec<&Host> = hosts.iter().collect();
        let in_zone = |zone: &str| {
            let text = format!("attribute:ecs.availability-zone == {zone}");
            let rule = Constraint::MemberOf(Rc::new(crate::placement::query::Expression::parse(&text).unwrap()));
            let request = Request { constraints: alloc::vec![rule], ..ask(256, 512) };
            fewest(&request, &empties, 10).map(|(index, fewest)| (index, fewest.instances))
        };
        assert_eq!(in_zone("b"), Ok((1, 2)));
        assert!(matches!(in_zone("d"), Err(Some(Check::MemberOf { .. }))), "{:?}", in_zone("d"));
        assert_eq!(fewest(&ask(256, 512), &empties, 10).map(|(index, _)| index), Ok(0), "the first among equals");
        assert_eq!(fewest(&ask(256, 512), &[], 10), Err(None));
    }

    #[test]
    fn room_counts_ports_constraints_and_only_active_instances() {
        let mut hosts = k3();
        hosts[2].status = HostStatus::Draining;
        let with = |change: fn(&mut Request)| {
            let mut request = ask(1, 1);
            change(&mut request);
            let views: Vec<&Host> = hosts.iter().collect();
            let room = room(&request, &views);
            (room.copies, room.limits)
        };
        let port = |request: &mut Request| {
            request.demand.ports = alloc::vec![PortNeed { port: 80, protocol: Protocol::Tcp }];
        };
        assert_eq!(with(port), (2, alloc::vec![("RESOURCE:PORTS", 2)]), "one copy an instance, DR-02");
        let distinct = |request: &mut Request| request.constraints = alloc::vec![Constraint::DistinctInstance];
        assert_eq!(with(distinct).0, 2, "CN-05");
        assert_eq!(with(|request| request.demand.enis = 1), (4, alloc::vec![("RESOURCE:ENI", 2)]), "EN-01");
        assert_eq!(with(|request| request.demand = Default::default()), (MOST_COPIES, alloc::vec![]), "cut off");
    }

    /// 2.2, worked: eight tiny awsvpc tasks on 3 × t3.medium and on 3 × m5.large with trunking.
    #[test]
    fn en_01_en_03_interfaces_bind_before_cpu() {
        for (enis, copies, limit) in [(2, 6, "RESOURCE:ENI"), (10, 24, "RESOURCE:CPU")] {
            let hosts: Vec<Host> =
                k3().into_iter().map(|host| Host { enis: super::super::host::Amount::whole(enis), ..host }).collect();
            let views: Vec<&Host> = hosts.iter().collect();
            let mut request = ask(256, 128);
            request.demand.enis = 1;
            let room = room(&request, &views);
            assert_eq!((room.copies, room.limits[0].0), (copies, limit));
        }
    }

    /// W1, W3 and W4 side by side.
    #[test]
    fn chains_side_by_side() {
        let hosts = k3();
        let views: Vec<&Host> = hosts.iter().collect();
        let chains = ["AZ", "instanceId AZ", "memory", "cpu"].map(strategies);
        let outcomes = compare(&ask(512, 900), &views, &chains, 6, Ties::ByName, 1);
        let numbers: Vec<(u32, u32, u32, u32)> = outcomes
            .iter()
            .map(|outcome| {
                let Measures { instances_used, zone_spread, instance_spread, .. } = outcome.measures;
                (instances_used, zone_spread, instance_spread, outcome.unplaced)
            })
            .collect();
        assert_eq!(numbers, [(2, 0, 3, 0), (3, 2, 0, 0), (2, 6, 4, 0)], "three chains at most");
        let packed = outcomes[2].measures;
        assert_eq!((packed.unused_cpu, packed.unused_memory), (1024, 228 + 2028));
        assert_eq!((packed.stranded_cpu, packed.stranded_memory), (0, 228), "a1 has no CPU left");
        assert_eq!(compare(&ask(512, 900), &views, &chains[..1], 13, Ties::ByName, 1)[0].unplaced, 1, "W6");
    }

    /// W8: binpack cpu leaves y with CPU for four more tasks and memory for none.
    #[test]
    fn w8_strands_cpu() {
        let hosts = [host("x", "a", 2048, 7817), host("y", "a", 1792, 1901)];
        let views: Vec<&Host> = hosts.iter().collect();
        let outcome = compare(&ask(256, 512), &views, &[strategies("cpu")], 10, Ties::ByName, 1).remove(0);
        assert_eq!((outcome.measures.stranded_cpu, outcome.measures.stranded_memory), (1024, 0));
        assert_eq!(outcome.measures.unused_memory, 4233 + 365);
    }

    #[test]
    fn random_is_the_same_for_the_same_seed_and_other_for_another() {
        let hosts = k3();
        let views: Vec<&Host> = hosts.iter().collect();
        let run =
            |seed| compare(&ask(64, 64), &views, &[strategies("random")], 20, Ties::ByName, seed).remove(0).placed;
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_lost_zone_and_a_lost_instance() {
        let mut hosts = k3();
        let request = Rc::new(request(512, 900, "AZ instanceId"));
        let mut residents = Vec::new();
        for (host, count) in [(0, 3), (1, 2), (2, 4)] {
            for _ in 0..count {
                let task = format!("t{}", residents.len());
                assert!(hosts[host].reserve(&request.demand, &request.group, &task));
                residents.push(Resident { task, host, request: Rc::clone(&request) });
            }
        }
        let views: Vec<&Host> = hosts.iter().collect();
        let zone = in_zone("b", &views);
        assert_eq!(zone, Set::from_iter([2]));
        let lost = loss(&zone, &views, &residents, Ties::ByName, 1);
        let to: Vec<Option<usize>> = lost.tasks.iter().map(|task| task.to).collect();
        assert_eq!((to, lost.homeless), (alloc::vec![Some(1), Some(0), Some(1), None], 1));
        let lost = loss(&Set::from_iter([1]), &views, &residents, Ties::ByName, 1);
        let to: Vec<Option<usize>> = lost.tasks.iter().map(|task| task.to).collect();
        assert_eq!((to, lost.homeless), (alloc::vec![Some(0), None], 1), "b1 is CPU-full");
        assert_eq!(loss(&Set::new(), &views, &residents, Ties::ByName, 1).tasks, []);
    }
}
