//! Which instances are launched for tasks that wait: pure.
//!
//! The order is ours after what AWS says of it: first fit of the largest task first, and an even spread over the zones before that
//! (AWS containers blog on Managed Instances' provisioning, read 2026-11-22). Several tasks share an instance where one of the
//! allowed types holds them.

use crate::ec2::catalogue::InstanceType;
use crate::placement::{Host, Request, fits};
use crate::sim::{order, sorted::Map};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// An instance that could be launched, as it would register with nothing on it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its type.
    pub kind: &'static InstanceType,
    /// Its subnet.
    pub subnet: String,
    /// What placement would see of it.
    pub host: Host,
}

/// An instance for tasks that wait: one that is on its way already, or that is to be launched.
#[derive(Clone, Debug)]
struct Seat {
    /// The candidate; none for one that is on its way.
    candidate: Option<usize>,
    host: Host,
    tasks: Vec<usize>,
}

/// An instance to launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Which candidate.
    pub candidate: usize,
    /// The tasks that it is for, by their place among those that wait.
    pub tasks: Vec<usize>,
}

/// What becomes of the tasks that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is launched.
    pub launches: Vec<Launch>,
    /// The tasks that no candidate holds.
    pub unmet: Vec<usize>,
}

/// Plans for requests, in the order in which they wait. The candidates stand by the order of the subnets, the smallest type
/// of each first; `there` are the instances of the pool that run, `coming` those on their way.
pub fn plan(requests: &[Rc<Request>], candidates: &[Candidate], there: &[&Host], coming: Vec<Host>) -> Plan {
    let mut seats: Vec<Seat> = Vec::new();
    seats.extend(coming.into_iter().map(|host| Seat { candidate: None, host, tasks: Vec::new() }));
    let mut spread = Spread::new(there);
    let mut unmet = Vec::new();
    for index in largest_first(requests) {
        let Some(request) = requests.get(index) else { continue };
        match seat(&mut seats, request, requests, candidates, &spread) {
            Some(at) => {
                if let Some(own) = seats.get_mut(at) {
                    own.host.reserve(&request.demand, &request.group, "");
                    own.tasks.push(index);
                    spread.add(&request.group, &own.host.zone);
                }
            }
            None => unmet.push(index),
        }
    }
    let launches = seats.into_iter().filter_map(|own| Some(Launch { candidate: own.candidate?, tasks: own.tasks }));
    Plan { launches: launches.collect(), unmet }
}

fn largest_first(requests: &[Rc<Request>]) -> Vec<usize> {
    let mut all: Vec<usize> = (0..requests.len()).collect();
    let size = |index: &usize| requests.get(*index).map_or((0, 0), |own| (own.demand.memory, own.demand.cpu));
    order::sort_by(&mut all, |left, right| size(right).cmp(&size(left)).then(left.cmp(right)));
    all
}

/// How many tasks of each group are in each zone.
struct Spread<'a> {
    there: &'a [&'a Host],
    planned: Map<(Rc<str>, String), u32>,
}

impl<'a> Spread<'a> {
    fn new(there: &'a [&'a Host]) -> Self {
        Self { there, planned: Map::default() }
    }

    fn add(&mut self, group: &Rc<str>, zone: &str) {
        *self.planned.or_insert_with((group.clone(), zone.to_string()), || 0) += 1;
    }

    fn of(&self, group: &Rc<str>, zone: &str) -> u32 {
        let there: u32 = self.there.iter().filter(|own| own.zone == zone).map(|own| own.tasks_of(group)).sum();
        there + self.planned.get(&(group.clone(), zone.to_string())).copied().unwrap_or(0)
    }
}

/// The seat of a task, in the zone with the fewest of its group among those where it has one: the first that takes it as it
/// is or as a larger type, else a new one.
fn seat(
    seats: &mut Vec<Seat>,
    request: &Rc<Request>,
    requests: &[Rc<Request>],
    candidates: &[Candidate],
    spread: &Spread<'_>,
) -> Option<usize> {
    let mut zones: Vec<&str> = Vec::new();
    let coming = seats.iter().filter(|own| own.candidate.is_none()).map(|own| &own.host);
    for host in candidates.iter().map(|own| &own.host).chain(coming).filter(|host| fits(request, host)) {
        if !zones.contains(&host.zone.as_str()) {
            zones.push(&host.zone);
        }
    }
    let zone = zones.into_iter().min_by_key(|zone| spread.of(&request.group, zone))?.to_string();
    for (at, own) in seats.iter_mut().enumerate().filter(|(_, own)| own.host.zone == zone) {
        if fits(request, &own.host) || grows(own, request, requests, candidates) {
            return Some(at);
        }
    }
    let (at, own) = candidates.iter().enumerate().find(|(_, own)| own.host.zone == zone && fits(request, &own.host))?;
    seats.push(Seat { candidate: Some(at), host: own.host.clone(), tasks: Vec::new() });
    Some(seats.len() - 1)
}

/// Whether a larger type holds what is planned for an instance and one task more; it takes its place.
fn grows(seat: &mut Seat, more: &Rc<Request>, requests: &[Rc<Request>], candidates: &[Candidate]) -> bool {
    let Some(from) = seat.candidate else { return false };
    let size = |at: usize| candidates.get(at).map_or((0, 0), |own| (own.host.cpu.total, own.host.memory.total));
    let larger =
        candidates.iter().enumerate().filter(|(at, own)| own.host.zone == seat.host.zone && size(*at) != size(from));
    for (at, own) in larger {
        let mut host = own.host.clone();
        let mut all = seat.tasks.iter().filter_map(|index| requests.get(*index));
        let holds = all.all(|held| fits(held, &host) && host.reserve(&held.demand, &held.group, ""));
        if holds && fits(more, &host) {
            (seat.candidate, seat.host) = (Some(at), host);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::catalogue::find;
    use crate::placement::{Amount, Demand};
    use alloc::string::String;

    fn candidate(kind: &str, zone: &str) -> Candidate {
        let kind = find(kind).unwrap();
        let host = Host {
            zone: zone.to_string(),
            cpu: Amount::whole(kind.cpu()),
            memory: Amount::whole(kind.memory()),
            gpu: Amount::whole(kind.gpus),
            agent_connected: true,
            ..Host::default()
        };
        Candidate { kind, subnet: zone.to_string(), host }
    }

    fn task(group: &str, cpu: u32, memory: u32) -> Rc<Request> {
        Rc::new(Request {
            demand: Demand { cpu, memory, ..Demand::default() },
            group: group.into(),
            ..Request::default()
        })
    }

    fn words(requests: &[Rc<Request>], candidates: &[Candidate], there: &[&Host], coming: Vec<Host>) -> String {
        let plan = plan(requests, candidates, there, coming);
        let mut all: Vec<String> = Vec::new();
        for own in plan.launches {
            let chosen = &candidates[own.candidate];
            all.push(alloc::format!("{} {} {:?}", chosen.kind.name, chosen.subnet, own.tasks));
        }
        if !plan.unmet.is_empty() {
            all.push(alloc::format!("unmet {:?}", plan.unmet));
        }
        all.join("; ")
    }

    /// 2.12: zones first, then as few instances of the smallest types as hold the tasks, the largest task first.
    #[test]
    fn tasks_spread_over_zones_and_share_instances_within() {
        let in_zones = |zones: &[&str]| -> Vec<Candidate> {
            let kinds = ["c5.large", "c5.xlarge", "m5.4xlarge"];
            zones.iter().flat_map(|zone| kinds.iter().map(move |kind| candidate(kind, zone))).collect()
        };
        let (one, two) = (in_zones(&["a"]), in_zones(&["a", "b"]));
        let small = || task("service:web", 512, 512);
        for (requests, candidates, expected) in [
            (alloc::vec![small()], &one, "c5.large a [0]"),
            (alloc::vec![small(), small(), small()], &two, "c5.large a [0, 2]; c5.large b [1]"),
            (alloc::vec![task("a", 2048, 1024), task("b", 2048, 1024)], &one, "c5.xlarge a [0, 1]"),
            (alloc::vec![task("a", 256, 256), task("b", 8192, 30000)], &one, "m5.4xlarge a [1, 0]"),
            (alloc::vec![task("a", 16384, 256), task("b", 16384, 256)], &one, "m5.4xlarge a [0]; m5.4xlarge a [1]"),
            (alloc::vec![task("a", 64, 500_000), small()], &one, "c5.large a [1]; unmet [0]"),
        ] {
            assert_eq!(words(&requests, candidates, &[], Vec::new()), expected);
        }
    }

    proptest::proptest! {
        /// Whatever waits: each task has one seat or none, what is launched holds what it is for, and what no instance is
        /// launched for fits on none of those that could be.
        #[test]
        fn every_launch_holds_its_tasks(sizes in proptest::collection::vec((1u32..20_000, 1u32..80_000), 1..30)) {
            let kinds = ["c5.large", "m5.large", "m5.xlarge", "m5.4xlarge"];
            let each = |zone: &'static str| kinds.iter().map(move |kind| candidate(kind, zone));
            let candidates: Vec<Candidate> = ["a", "b"].into_iter().flat_map(each).collect();
            let requests: Vec<Rc<Request>> = sizes.iter().map(|(cpu, memory)| task("service:web", *cpu, *memory)).collect();
            let found = plan(&requests, &candidates, &[], Vec::new());
            let mut seen: Vec<usize> = found.unmet.clone();
            for own in &found.launches {
                let mut host = candidates[own.candidate].host.clone();
                for index in &own.tasks {
                    assert!(host.reserve(&requests[*index].demand, &requests[*index].group, ""));
                    seen.push(*index);
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..requests.len()).collect::<Vec<_>>());
            for index in found.unmet {
                assert!(!candidates.iter().any(|own| fits(&requests[index], &own.host)));
            }
        }
    }

    #[test]
    fn what_runs_and_what_is_coming_counts() {
        let all = [candidate("c5.large", "a"), candidate("c5.large", "b")];
        let mut full = candidate("c5.large", "a").host;
        let web = task("service:web", 2048, 512);
        assert!(full.reserve(&web.demand, &web.group, ""));
        assert_eq!(
            words(core::slice::from_ref(&web), &all, &[&full], Vec::new()),
            "c5.large b [0]",
            "a has one already"
        );
        let coming = alloc::vec![candidate("c5.large", "b").host];
        assert_eq!(
            words(core::slice::from_ref(&web), &all, &[&full], coming.clone()),
            "",
            "it takes the one on its way"
        );
        assert_eq!(words(&[web.clone(), web.clone()], &all, &[&full], coming), "c5.large a [1]");
    }
}
