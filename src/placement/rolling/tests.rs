//! The tables of 6.3 and the worked examples of 1.8 and 4.6.

use super::super::tests::{host, request};
use super::super::{Constraint, Host, HostStatus, Request, Ties, choose, decide, event, query};
use super::*;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

const OLD: Member = Member { place: Place::Outdated, phase: Phase::Running, protected: false };
const NEW: Member = Member { place: Place::Stays, ..OLD };
const DRAINING: Member = Member { place: Place::Draining, ..OLD };

fn waiting(member: Member) -> Member {
    Member { phase: Phase::Waiting, ..member }
}

/// Members, desired count, minimum and maximum percent; there is room for all.
fn free(members: &[Member], desired: u32, (minimum, maximum): (u32, u32), stopping: u32) -> Step {
    step(members, desired, Bounds::new(desired, minimum, maximum), stopping, &mut || true)
}

/// 6.3: desired, minimum, maximum, the bounds, what may start before any stop, what may stop before any start.
const TABLE: [(u32, u32, u32, u32, u32, u32, u32); 18] = [
    (1, 100, 200, 1, 2, 1, 0),
    (1, 0, 100, 0, 1, 0, 1),
    (1, 50, 100, 1, 1, 0, 0),
    (1, 50, 150, 1, 1, 0, 0),
    (1, 100, 150, 1, 1, 0, 0),
    (2, 50, 100, 1, 2, 0, 1),
    (2, 75, 125, 2, 2, 0, 0),
    (2, 100, 150, 2, 3, 1, 0),
    (3, 50, 100, 2, 3, 0, 1),
    (3, 75, 125, 3, 3, 0, 0),
    (3, 100, 150, 3, 4, 1, 0),
    (4, 100, 200, 4, 8, 4, 0),
    (4, 50, 100, 2, 4, 0, 2),
    (4, 75, 125, 3, 5, 1, 1),
    (4, 100, 110, 4, 4, 0, 0),
    (5, 50, 150, 3, 7, 2, 2),
    (10, 75, 125, 8, 12, 2, 2),
    (10, 100, 110, 10, 11, 1, 0),
];

#[test]
fn dr_06_bounds_are_rounded_and_can_deadlock() {
    for (desired, minimum, maximum, lower, upper, start, stop) in TABLE {
        let label = alloc::format!("{desired} {minimum}/{maximum}");
        assert_eq!(Bounds::new(desired, minimum, maximum), Bounds { lower, upper }, "{label}");
        for leaving in [OLD, DRAINING] {
            let members = alloc::vec![leaving; desired as usize];
            let first = free(&members, desired, (minimum, maximum), 0);
            assert_eq!((first.start, first.stop.len() as u32), (start, stop), "{label}");
            assert_eq!(first.stuck.is_some(), start + stop == 0, "{label}");
        }
    }
    assert_eq!(free(&[DRAINING; 4], 4, (100, 100), 0).stuck, Some(Stuck::Bounds), "100/100 gets a drain stuck");
    assert_eq!(Bounds::new(u32::MAX, 200, 200), Bounds { lower: u32::MAX, upper: u32::MAX });
}

#[test]
fn dr_03_pending_tasks_of_a_draining_instance_stop_at_once() {
    let pending = waiting(DRAINING);
    let step = free(&[NEW, pending, DRAINING, waiting(NEW)], 4, (100, 100), 0);
    assert_eq!((step.start, step.stop), (1, [1].into()), "its place is free for a substitute; the running one stays");
    let held = Member { protected: true, ..pending };
    assert_eq!(free(&[held; 2], 2, (100, 100), 0).stop, [0, 1]);
    let elsewhere = free(&[waiting(NEW); 2], 2, (100, 100), 0);
    assert_eq!((elsewhere.start, elsewhere.stop.len(), elsewhere.stuck), (0, 0, None), "pending is no reason to stop");
}

/// The worked drain of 1.8: four tasks, two of them on the draining instance.
#[test]
fn dr_03_dr_07_the_worked_drain() {
    let start_first = |members: &[Member]| free(members, 4, (50, 200), 0);
    let before = [NEW, NEW, DRAINING, DRAINING];
    assert_eq!((start_first(&before).start, start_first(&before).stop.len()), (2, 0), "two substitutes first");
    let started = [NEW, NEW, DRAINING, DRAINING, waiting(NEW), waiting(NEW)];
    assert_eq!(start_first(&started), Step { start: 0, stop: Vec::new(), stuck: None }, "they are not healthy yet");
    assert_eq!(start_first(&[NEW, NEW, DRAINING, DRAINING, NEW, NEW]).stop, [2, 3]);
    assert_eq!(start_first(&[NEW; 4]), Step { start: 0, stop: Vec::new(), stuck: None }, "done");

    let stop_first = |members: &[Member], stopping| free(members, 4, (50, 100), stopping);
    assert_eq!((stop_first(&before, 0).start, stop_first(&before, 0).stop), (0, [2, 3].into()));
    let waits = stop_first(&[NEW, NEW], 2);
    assert_eq!(waits, Step { start: 0, stop: Vec::new(), stuck: None }, "DR-07: not before they stopped");
    assert_eq!(stop_first(&[NEW, NEW], 1).start, 1);
    assert_eq!(stop_first(&[NEW, NEW], 0).start, 2);
}

#[test]
fn dr_11_protection_holds_against_updates_and_not_against_draining() {
    let held = |member: Member| Member { protected: true, ..member };
    assert_eq!(free(&[held(DRAINING), NEW, NEW], 2, (100, 200), 0).stop, [0]);
    let update = free(&[held(OLD), OLD, NEW, NEW], 2, (100, 200), 0);
    assert_eq!(update.stop, [1]);
    assert_eq!(free(&[held(OLD), NEW, NEW], 2, (100, 200), 0).stuck, Some(Stuck::Protected));
}

#[test]
fn dr_10_an_evicted_task_asks_no_bounds() {
    let evicted = Member { place: Place::Evicted, protected: true, ..OLD };
    let step = free(&[evicted, NEW], 2, (100, 100), 0);
    assert_eq!((step.stop, step.start), ([0].into(), 1));
}

/// A service that replaces its tasks on real hosts until it is done or stuck: which tasks stand where.
struct Rollout {
    hosts: Vec<Host>,
    /// Each with its host.
    tasks: Vec<(Member, usize)>,
    request: Request,
}

impl Rollout {
    /// One old task on each host.
    fn new(mut hosts: Vec<Host>, request: Request) -> Self {
        for host in &mut hosts {
            assert!(host.reserve(&request.demand, &request.group, "old"));
        }
        let tasks = (0..hosts.len()).map(|host| (OLD, host)).collect();
        Self { hosts, tasks, request }
    }

    /// Runs step after step; started tasks are healthy before the next. The last step says whether it is stuck.
    fn run(&mut self, desired: u32, bounds: Bounds) -> Step {
        for _ in 0..20 {
            let members: Vec<Member> = self.tasks.iter().map(|(member, _)| *member).collect();
            let mut started = Vec::new();
            let Self { hosts, request, .. } = self;
            let next = step(&members, desired, bounds, 0, &mut || {
                let views: Vec<&Host> = hosts.iter().collect();
                let Some(chosen) = choose(request, &views, Ties::ByName, 0) else { return false };
                started.push((NEW, chosen));
                hosts[chosen].reserve(&request.demand, &request.group, "new")
            });
            for index in next.stop.iter().rev() {
                let (_, host) = self.tasks.remove(*index);
                self.hosts[host].release(&self.request.demand, &self.request.group, "old");
            }
            self.tasks.extend(started);
            if next.start == 0 && next.stop.is_empty() {
                return next;
            }
        }
        panic!("it never comes to rest");
    }

    fn standing(&self) -> String {
        let word = |(member, host): &(Member, usize)| {
            let name = &self.hosts[*host].name;
            if member.leaves() { name.to_uppercase() } else { name.clone() }
        };
        let mut words: Vec<String> = self.tasks.iter().map(word).collect();
        words.sort();
        words.join(" ")
    }
}

fn three() -> Vec<Host> {
    ["h1", "h2", "h3"].map(|name| host(name, "a", 2048, 3828)).into()
}

/// Three hosts, three tasks, one a host: 66 percent lets one stop, 67 percent none.
#[test]
fn cn_09_distinct_instance_and_the_66_and_67_percent() {
    let distinct = || Request { constraints: Vec::from([Constraint::DistinctInstance]), ..request(256, 512, "") };
    for (minimum, maximum, lower, standing, stuck) in [
        (100, 200, 3, "H1 H2 H3", Some(Stuck::NoRoom)),
        (67, 200, 3, "H1 H2 H3", Some(Stuck::NoRoom)),
        (66, 200, 2, "h1 h2 h3", None),
        (0, 200, 0, "h1 h2 h3", None),
        (66, 100, 2, "h1 h2 h3", None),
        (67, 100, 3, "H1 H2 H3", Some(Stuck::Bounds)),
    ] {
        let bounds = Bounds::new(3, minimum, maximum);
        assert_eq!(bounds.lower, lower, "{minimum}");
        let mut rollout = Rollout::new(three(), distinct());
        assert_eq!(rollout.run(3, bounds).stuck, stuck, "{minimum}/{maximum}");
        assert_eq!(rollout.standing(), standing, "{minimum}/{maximum}");
    }
    let mut rollout = Rollout::new(three(), distinct());
    rollout.hosts.push(host("h4", "a", 2048, 3828));
    assert_eq!(rollout.run(3, Bounds::new(3, 100, 200)).stuck, None, "one host more than tasks is enough");
    assert_eq!(rollout.tasks.len(), 3);
    let mut plain = Rollout::new(three(), request(256, 512, ""));
    assert_eq!(plain.run(3, Bounds::new(3, 100, 200)).stuck, None, "without the constraint nothing is in the way");
}

/// A fixed host port ties one task to a host as distinctInstance does.
#[test]
fn cn_10_a_fixed_port_blocks_a_rollout_as_well() {
    let mut request = request(256, 512, "");
    request.demand.ports.push(super::super::PortNeed { port: 80, protocol: super::super::Protocol::Tcp });
    for (minimum, stuck) in [(67, Some(Stuck::NoRoom)), (66, None)] {
        let mut rollout = Rollout::new(three(), request.clone());
        assert_eq!(rollout.run(3, Bounds::new(3, minimum, 200)).stuck, stuck, "{minimum}");
    }
}

/// DR-08: a substitute goes where the service's strategy sends it at that moment, so zones can end up uneven.
#[test]
fn dr_08_substitutes_are_placed_by_the_strategy_as_far_as_there_is_room() {
    for (minimum, maximum, room_in_a, standing, why) in [
        (100, 200, true, "a1 b1 b1", "the draining task still counts for zone a"),
        (0, 100, true, "a1 a1 b1", "it stops first: both zones have one, the first by name wins"),
        (0, 100, false, "a1 b1 b1", "zone a is full"),
    ] {
        let hosts = [("a1", "a"), ("a2", "a"), ("b1", "b")].map(|(name, zone)| host(name, zone, 2048, 3828));
        let mut rollout = Rollout::new(hosts.into(), request(256, 512, "AZ instanceId"));
        for (member, host) in &mut rollout.tasks {
            *member = if *host == 1 { DRAINING } else { NEW };
        }
        rollout.hosts[1].status = HostStatus::Draining;
        if !room_in_a {
            rollout.hosts[0].cpu.free = 0;
        }
        assert_eq!(rollout.run(3, Bounds::new(3, minimum, maximum)).stuck, None);
        assert_eq!(rollout.standing(), standing, "{why}");
    }
}

/// CN-11, PL-02: nothing refuses a constraint that no instance meets; the service waits and says why.
#[test]
fn cn_11_an_unsatisfiable_constraint_is_taken_and_never_places() {
    let asked = serde_json::json!([{ "type": "memberOf", "expression": "attribute:stack == nowhere" }]);
    let constraints = super::super::constraints_from(&asked).unwrap();
    let ask = Request { constraints, ..request(256, 512, "") };
    let mut service = Rollout { hosts: three(), tasks: Vec::new(), request: ask };
    for _ in 0..3 {
        assert_eq!(service.run(3, Bounds::new(3, 100, 200)).stuck, Some(Stuck::NoRoom));
        let views: Vec<&Host> = service.hosts.iter().collect();
        let decision = decide(&service.request, &views, Ties::ByName, 0);
        assert_eq!(
            event::not_placed("web", &decision).unwrap(),
            "(service web) was unable to place a task because no container instance met all of its requirements."
        );
    }
    Rc::make_mut(&mut service.hosts[1].attributes).insert("stack".to_string(), Some("nowhere".to_string()));
    assert_eq!(service.run(3, Bounds::new(3, 100, 200)).stuck, None, "retried: now there is one");
    assert_eq!(service.standing(), "h2 h2 h2");
}

/// ST-13: an UpdateService that changes strategies or constraints moves no task; it binds what is placed next.
#[test]
fn st_13_changed_rules_bind_the_next_task_only() {
    let mut service = Rollout::new(three(), request(256, 512, "instanceId"));
    for (member, _) in &mut service.tasks {
        *member = NEW;
    }
    let not_h3 = query::Expression::parse("ec2InstanceId != h3").unwrap();
    service.request.constraints = Vec::from([Constraint::MemberOf(Rc::new(not_h3))]);
    service.request.strategies = super::super::tests::strategies("memory");
    assert_eq!(service.run(3, Bounds::new(3, 0, 200)), Step { start: 0, stop: Vec::new(), stuck: None });
    assert_eq!(service.standing(), "h1 h2 h3", "h3 keeps what it may not take any more");
    service.run(5, Bounds::new(5, 100, 200));
    assert_eq!(service.standing(), "h1 h1 h1 h2 h3", "binpack for the two that come");
    service.request.constraints.clear();
    service.request.strategies = super::super::Strategy::service_default();
    service.run(6, Bounds::new(6, 100, 200));
    assert_eq!(service.standing(), "h1 h1 h1 h2 h2 h3", "an empty list brings the default back");
}

#[test]
fn stuck_bounds_in_the_words_of_aws() {
    assert_eq!(
        event::deadlock("web"),
        "(service web) was unable to stop or start tasks during a deployment because of the service deployment \
         configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    );
}
