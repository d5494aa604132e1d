//! The worked examples X1 to X6 and the rules SI-01 to SI-07.

use super::super::tests::{host, strategies};
use super::*;
use alloc::format;
use alloc::string::ToString;

/// Cluster K3 with that many tasks of 512 CPU and 900 MiB on a1, a2 and b1.
fn k3(counts: [usize; 3]) -> (Vec<Host>, Vec<ServiceTask>) {
    let mut hosts: Vec<Host> =
        [("a1", "a"), ("a2", "a"), ("b1", "b")].map(|(name, zone)| host(name, zone, 2048, 3828)).into();
    let mut tasks = Vec::new();
    for (at, count) in counts.into_iter().enumerate() {
        for _ in 0..count {
            hosts[at].cpu.free -= 512;
            hosts[at].memory.free -= 900;
            let number = tasks.len();
            tasks.push(ServiceTask {
                id: format!("t{number}"),
                host: Some(at),
                zone: hosts[at].zone.clone(),
                created: SimTime::from_millis(100 - number as i64),
                cpu: 512,
                memory: 900,
                ..ServiceTask::default()
            });
        }
    }
    (hosts, tasks)
}

/// The hosts of the tasks given up, in order; `-` when all are spared. Both paths must agree.
fn goes(hosts: &[Host], tasks: &[ServiceTask], chain: &str, count: usize) -> String {
    let views: Vec<&Host> = hosts.iter().collect();
    let chain = strategies(chain);
    let mut bare = ScaleIn::new(tasks, &views, &chain, Ties::ByName);
    let mut explained = ScaleIn::new(tasks, &views, &chain, Ties::ByName);
    let words = (0..count).map(|round| {
        let chosen = bare.next(round as u64);
        let given = explained.explained(round as u64);
        assert_eq!(given.chosen, chosen);
        for pair in given.steps.windows(2) {
            let before: Vec<usize> = pair[1].keys.iter().map(|(index, _)| *index).collect();
            assert_eq!(pair[0].left, before, "each step begins where the one before ended");
        }
        chosen.map_or("-".to_string(), |index| hosts[tasks[index].host.unwrap()].name.clone())
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn worked_examples_of_4_5() {
    for (id, chain, before, count, gone) in [
        ("X1 X2, SI-01", "", [3, 2, 4], 2, "a1 b1"),
        ("X1 X2 named", "AZ instanceId", [3, 2, 4], 2, "a1 b1"),
        ("X3 X4", "memory", [4, 2, 0], 2, "a2 a2"),
        ("X4 goes on", "memory", [4, 1, 0], 5, "a2 a1 a1 a1 a1"),
        ("X3 by cpu", "cpu", [4, 2, 0], 2, "a2 a2"),
        ("X5", "instanceId", [3, 2, 4], 1, "b1"),
        ("SI-02: a chain in order", "instanceId AZ", [2, 2, 2], 3, "a1 a2 b1"),
        ("SI-02: zone, then binpack", "AZ memory", [3, 2, 1], 2, "a2 a2"),
        ("nothing left", "", [1, 0, 0], 2, "a1 -"),
    ] {
        let (hosts, tasks) = k3(before);
        assert_eq!(goes(&hosts, &tasks, chain, count), gone, "{id}");
    }
}

#[test]
fn x6_random_reaches_every_task_and_drawn_ties_every_equal() {
    let (hosts, tasks) = k3([2, 1, 1]);
    let views: Vec<&Host> = hosts.iter().collect();
    for (chain, ties, reach) in [("random", Ties::ByName, 4), ("AZ", Ties::Drawn, 3)] {
        let mut seen = [0; 4];
        for key in 0..200 {
            let draw = draw::draw(7, 1, "scale-in", key);
            let mut service = ScaleIn::new(&tasks, &views, &strategies(chain), ties);
            seen[service.next(draw).unwrap()] += 1;
        }
        assert_eq!(seen.iter().filter(|count| **count > 20).count(), reach, "{chain}: {seen:?}");
    }
}

#[test]
fn si_03_waiting_then_unhealthy_then_running() {
    let (hosts, mut tasks) = k3([2, 1, 1]);
    tasks[2].phase = Phase::Waiting;
    tasks[3].phase = Phase::Unhealthy;
    assert_eq!(goes(&hosts, &tasks, "", 4), "a2 b1 a1 a1", "SI-03, SI-06");
}

#[test]
fn si_04_protected_tasks_are_skipped_but_count() {
    let (hosts, mut tasks) = k3([3, 1, 1]);
    for task in &mut tasks[..3] {
        task.spared = Some(Spared::Protected);
    }
    let views: Vec<&Host> = hosts.iter().collect();
    assert_eq!(goes(&hosts, &tasks, "", 3), "a2 b1 -", "zone a has the most, protected ones counted");
    let mut service = ScaleIn::new(&tasks, &views, &[], Ties::ByName);
    let given = service.explained(0);
    assert_eq!(given.steps[0].keys[0], (0, Weight::Spared(Some(Spared::Protected))));
    assert_eq!(given.steps[0].left, [3, 4]);
    assert_eq!(given.steps[2].keys[0], (3, Weight::Shared { value: Some("a".into()), tasks: 4 }));
    assert_eq!(service.protected(), 3);
    tasks.iter_mut().for_each(|task| task.spared = Some(Spared::OtherDeployment));
    assert_eq!(goes(&hosts, &tasks, "", 1), "-");
}

#[test]
fn si_05_si_07_the_oldest_goes_only_within_one_instance() {
    let (hosts, tasks) = k3([3, 2, 4]);
    let views: Vec<&Host> = hosts.iter().collect();
    let mut service = ScaleIn::new(&tasks, &views, &[], Ties::ByName);
    let given = service.explained(0);
    assert_eq!(given.chosen, Some(2), "t2 is the oldest on a1, though t8 on b1 is older");
    let last = given.steps.last().unwrap();
    assert_eq!(last.rule, Rule::Ties(Ties::ByName));
    assert_eq!(last.keys.len(), 3);
    let (hosts, tasks) = k3([4, 2, 0]);
    let views: Vec<&Host> = hosts.iter().collect();
    let given = ScaleIn::new(&tasks, &views, &strategies("memory"), Ties::ByName).explained(0);
    let free: Vec<&Weight> = given.steps[2].keys.iter().map(|(_, weight)| weight).collect();
    assert_eq!([free[0], free[4]], [&Weight::FreeAfter(1128), &Weight::FreeAfter(2928)], "X3");
}

#[test]
fn fargate_tasks_have_a_zone_and_no_instance() {
    let task = |id: &str, zone: &str| ServiceTask { id: id.into(), zone: zone.into(), ..ServiceTask::default() };
    let tasks = [task("t0", "a"), task("t1", "b"), task("t2", "b")];
    let mut service = ScaleIn::new(&tasks, &[], &[], Ties::ByName);
    assert_eq!([service.next(0), service.next(0), service.next(0), service.next(0)], [Some(1), Some(0), Some(2), None]);
}
