//! Tasks that make way: the fewest, and only those that are in the way.

use super::*;
use crate::placement::groups::Groups;

/// PL-60: a task that stops gives back all that it held.
#[test]
fn pl_60_the_fewest_tasks_are_stopped() {
    let (all, other) = (Demand { ports: alloc::vec![tcp(80)], enis: 2, ..needs(1024, 3000) }, needs(900, 100));
    for (tasks, cpu, memory, ports, expected) in [
        // One task holds the port and the memory: nothing else need change.
        (
            alloc::vec![("web:3", 1, all.clone())],
            512,
            900,
            true,
            alloc::vec![
                "Stop web:3 on i-1, which frees memory and port 80",
                "Lower the task's memory from 900 to 828 MiB, and let the instance choose the host port in place of 80",
            ],
        ),
        // The smaller one suffices, next to asking for less.
        (
            alloc::vec![("big:1", 1, needs(0, 2000)), ("small:1", 1, needs(0, 1000)), ("tiny:1", 1, needs(0, 500))],
            512,
            900,
            false,
            alloc::vec!["Stop small:1 on i-1, which frees memory", "Lower the task's memory from 900 to 328 MiB"],
        ),
        // Two of the small ones free less than one big.
        (
            alloc::vec![("big:1", 1, needs(0, 3000)), ("small:1", 2, needs(0, 400))],
            512,
            800,
            false,
            alloc::vec!["Stop big:1 on i-1, which frees memory", "Lower the task's memory from 800 to 28 MiB"],
        ),
        (
            alloc::vec![("small:1", 5, needs(0, 700)), ("tiny:1", 1, needs(0, 300))],
            512,
            1500,
            false,
            alloc::vec![
                "Stop tiny:1 and 2 tasks of small:1 on i-1, which frees memory",
                "Lower the task's memory from 1500 to 28 MiB",
            ],
        ),
        (
            alloc::vec![("small:1", 10, needs(0, 350))],
            512,
            2000,
            false,
            alloc::vec![
                "Stop 5 tasks of small:1 on i-1, which frees memory",
                "Lower the task's memory from 2000 to 328 MiB",
            ],
        ),
        (
            alloc::vec![("a:1", 12, needs(10, 200)), ("b:1", 12, needs(90, 100))],
            1200,
            1700,
            false,
            alloc::vec![
                "Stop 4 tasks of b:1 and 6 tasks of a:1 on i-1, which frees CPU and memory",
                "Lower the task's CPU from 1200 to 848 units, and lower the task's memory from 1700 to 228 MiB",
            ],
        ),
        (
            alloc::vec![("small:1", 50, needs(0, 70))],
            512,
            3800,
            false,
            alloc::vec!["Lower the task's memory from 3800 to 328 MiB"],
        ),
        // Two things are short, and no task gives both.
        (
            alloc::vec![("cpu:1", 1, needs(2000, 0)), ("memory:1", 1, needs(0, 3800))],
            512,
            900,
            false,
            alloc::vec![
                "Stop cpu:1 and memory:1 on i-1, which frees CPU and memory",
                "Lower the task's CPU from 512 to 48 units, and lower the task's memory from 900 to 28 MiB",
            ],
        ),
        // The port is free only with its task, and then the CPU is still short.
        (
            alloc::vec![("web:3", 1, Demand { ports: alloc::vec![tcp(80)], ..needs(0, 0) }), ("cpu:1", 2, other)],
            1100,
            900,
            true,
            alloc::vec![
                "Stop web:3 and cpu:1 on i-1, which frees CPU and port 80",
                "Lower the task's CPU from 1100 to 248 units, and let the instance choose the host port in place of 80",
            ],
        ),
    ] {
        let (mut hosts, mut tenants) = ([host("i-1", "a", 2048, 3828)], Vec::new());
        for (label, count, demand) in tasks {
            settle(&mut hosts, 0, label, count, demand, &mut tenants);
        }
        let mut ask = request(cpu, memory, "");
        ask.demand.ports = if ports { alloc::vec![tcp(80)] } else { Vec::new() };
        let words: Vec<String> = found(&ask, &hosts, &tenants, &[], &mut |_| true).iter().map(Fix::words).collect();
        assert_eq!(words, expected);
    }
}

/// A rule about tasks is kept where the tasks in the way can stop; what else is short they give back too.
#[test]
fn tasks_stop_for_rules_about_tasks() {
    for (rules, memory, expected) in [
        (
            &["not(task:group == family:db)"][..],
            6,
            "Stop 2 tasks of db:1 on i-1, which frees the instance for not(task:group == family:db)",
        ),
        (&["task:group != family:web"], 6, "Stop web:1 on i-1, which frees the instance for task:group != family:web"),
        (
            &["runningTasksCount == 0"],
            6,
            "Stop web:1 and own:1 and 2 tasks of db:1 on i-1, which frees the instance for runningTasksCount == 0",
        ),
        (&["runningTasksCount < 4"], 6, "Stop web:1 on i-1, which frees the instance for runningTasksCount < 4"),
        (
            &["runningTasksCount < 4"],
            1900,
            "Stop db:1 on i-1, which frees memory and the instance for runningTasksCount < 4",
        ),
        (
            &["task:group != family:web and runningTasksCount <= 3 and attribute:x == 1"],
            6,
            "Stop web:1 on i-1, which frees the instance for task:group != family:web and the instance for runningTasksCount <= 3, and give i-1 the attribute x=1",
        ),
        (&["task:group == family:cache"], 6, "Drop the constraint member of task:group == family:cache"),
        (&["task:group != family:own"], 6, "Drop the constraint member of task:group != family:own"),
        (&["distinct"], 6, "Drop the constraint distinct instances"),
    ] {
        let (mut hosts, mut tenants) = ([host("i-1", "a", 2048, 3828)], Vec::new());
        settle(&mut hosts, 0, "web:1", 1, needs(0, 100), &mut tenants);
        settle(&mut hosts, 0, "own:1", 1, needs(0, 150), &mut tenants);
        settle(&mut hosts, 0, "db:1", 2, needs(0, 1000), &mut tenants);
        let groups: [(Rc<str>, u32); 3] = [("family:own".into(), 1), ("family:web".into(), 1), ("family:db".into(), 2)];
        hosts[0].groups = Groups::default();
        for (group, tasks) in groups {
            (0..tasks).for_each(|_| hosts[0].groups.add(&group));
        }
        for tenant in &mut tenants {
            tenant.group = format!("family:{}", tenant.label.trim_end_matches(":1")).into();
        }
        let mut ask = request(1, memory, "");
        ask.group = "family:own".into();
        let rule = |text: &&str| if *text == "distinct" { Constraint::DistinctInstance } else { member(text) };
        ask.constraints = rules.iter().map(rule).collect();
        let words: Vec<String> = found(&ask, &hosts, &tenants, &[], &mut |_| true).iter().map(Fix::words).collect();
        assert!(words.contains(&expected.into()), "{words:?}");
        assert!(!expected.starts_with("Drop") || !words[0].starts_with("Stop"), "{words:?}");
    }
}
