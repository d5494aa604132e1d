//! The reference's worked examples as tables: cluster, request → where each task went.

use super::*;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn host(name: &str, zone: &str, cpu: u32, memory: u32) -> Host {
    let attributes = Attributes::from([
        (ZONE_ATTRIBUTE.to_string(), Some(zone.to_string())),
        ("ecs.capability.task-eni".to_string(), None),
    ]);
    Host {
        name: name.into(),
        arn: format!("arn:{name}"),
        zone: zone.into(),
        agent_connected: true,
        cpu: Amount::whole(cpu),
        memory: Amount::whole(memory),
        enis: Amount::whole(2),
        attributes: Rc::new(attributes),
        ..Host::default()
    }
}

pub(super) fn k3() -> Vec<Host> {
    [("a1", "a"), ("a2", "a"), ("b1", "b")].map(|(name, zone)| host(name, zone, 2048, 3828)).into()
}

fn k4() -> Vec<Host> {
    [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")].map(|(name, zone)| host(name, zone, 2048, 3828)).into()
}

fn k2() -> Vec<Host> {
    alloc::vec![host("x", "a", 2048, 7817), host("y", "a", 1792, 1901)]
}

/// `AZ`, `instanceId`, `cpu`, `memory`, `random`, by their words.
pub(super) fn strategies(words: &str) -> Vec<Strategy> {
    words
        .split_whitespace()
        .map(|word| match word {
            "AZ" => Strategy::Spread(SpreadBy::Attribute(ZONE_ATTRIBUTE.into())),
            "instanceId" => Strategy::Spread(SpreadBy::Instance),
            "cpu" => Strategy::Binpack(Field::Cpu),
            "memory" => Strategy::Binpack(Field::Memory),
            _ => Strategy::Random,
        })
        .collect()
}

pub(super) fn request(cpu: u32, memory: u32, chain: &str) -> Request {
    Request {
        demand: Demand { cpu, memory, ..Demand::default() },
        group: "service:web".into(),
        constraints: Vec::new(),
        strategies: strategies(chain),
    }
}

/// Places `count` tasks one after another (PL-06) and names the hosts; `-` is a task that found none.
fn place(hosts: &mut [Host], request: &Request, count: usize) -> String {
    let mut names = Vec::new();
    for number in 0..count {
        let views: Vec<&Host> = hosts.iter().collect();
        let decision = decide(request, &views, Ties::ByName, 0);
        assert_eq!(choose(request, &views, Ties::ByName, 0), decision.chosen);
        let Some(index) = decision.chosen else {
            names.push("-".to_string());
            continue;
        };
        names.push(hosts[index].name.clone());
        assert!(hosts[index].reserve(&request.demand, &request.group, &format!("t{number}")));
    }
    names.join(" ")
}

fn per_host(hosts: &[Host]) -> String {
    let counts: Vec<String> = hosts.iter().map(|host| host.running_tasks.to_string()).collect();
    counts.join("/")
}

#[test]
fn worked_examples_of_4_4() {
    for (id, mut hosts, request, count, placements, counts) in [
        ("W1", k3(), request(512, 900, "AZ"), 6, "a1 b1 a1 b1 a1 b1", "3/0/3"),
        ("W2", k3(), request(512, 900, "AZ instanceId"), 6, "a1 b1 a2 b1 a1 b1", "2/1/3"),
        ("W3", k3(), request(512, 900, "instanceId AZ"), 6, "a1 b1 a2 b1 a1 a2", "2/2/2"),
        ("W4", k3(), request(512, 900, "memory"), 6, "a1 a1 a1 a1 a2 a2", "4/2/0"),
        ("W5", k3(), request(512, 900, "AZ instanceId"), 9, "a1 b1 a2 b1 a1 b1 a2 b1 a1", "3/2/4"),
        ("W6", k3(), request(512, 900, "AZ"), 13, "a1 b1 a1 b1 a1 b1 a1 b1 a2 a2 a2 a2 -", "4/4/4"),
        ("K4", k4(), request(256, 1000, "AZ memory"), 8, "a1 b1 a1 b1 a1 b1 a2 b2", "3/1/3/1"),
        ("W8", k2(), request(256, 512, "cpu"), 10, "y y y x x x x x x x", "7/3"),
        ("W9", k2(), request(256, 512, "memory"), 10, "y y y x x x x x x x", "7/3"),
    ] {
        assert_eq!(place(&mut hosts, &request, count), placements, "{id}");
        assert_eq!(per_host(&hosts), counts, "{id}");
        match id {
            "W5" => assert_eq!(request.strategies, Strategy::service_default(), "{id}"),
            "W6" => {
                let views: Vec<&Host> = hosts.iter().collect();
                let reasons: Vec<&str> =
                    decide(&request, &views, Ties::ByName, 0).failures().iter().map(|failure| failure.reason).collect();
                assert_eq!(reasons, ["RESOURCE:CPU"; 3], "{id}: 13th");
            }
            "W8" => {
                assert_eq!((hosts[0].cpu.free, hosts[0].memory.free), (256, 4233), "{id}");
                assert_eq!((hosts[1].cpu.free, hosts[1].memory.free), (1024, 365), "{id}");
            }
            _ => {}
        }
    }
}

#[test]
fn w7_and_cn_09_distinct_instance_binds() {
    let mut hosts = k3();
    let request = Request { constraints: alloc::vec![Constraint::DistinctInstance], ..request(512, 900, "") };
    assert_eq!(place(&mut hosts, &request, 5), "a1 a2 b1 - -", "W7");
    let views: Vec<&Host> = hosts.iter().collect();
    let decision = decide(&request, &views, Ties::ByName, 0);
    assert!(decision.failures().iter().all(|failure| failure.reason.starts_with("distinctInstance")), "CN-05");
    // CN-09: a new revision of the same service finds no host until an old task's desired status is STOPPED (CN-04).
    hosts[1].release(&request.demand, &request.group, "t1");
    assert_eq!(place(&mut hosts, &request, 1), "a2", "CN-09");
    let other = Request { group: "service:other".into(), ..request };
    assert_eq!(place(&mut hosts, &other, 3), "a1 a2 b1", "CN-03: two services never block each other");
}

/// Reasons in the order of 4.3 when several things are short (4.10, last line).
#[test]
fn pl_45_reasons_in_order() {
    let full = || Request {
        demand: Demand {
            cpu: 100,
            memory: 100,
            gpu: 1,
            all_gpus: false,
            enis: 1,
            ports: alloc::vec![PortNeed { port: 80, protocol: Protocol::Tcp }],
            attributes: alloc::vec![("gpu-driver".into(), Some("1".into()))],
            zones: Some(alloc::vec!["z".into()]),
        },
        constraints: alloc::vec![
            Constraint::MemberOf(Rc::new(query::Expression::parse("attribute:stack == prod").unwrap())),
            Constraint::DistinctInstance,
        ],
        ..request(0, 0, "AZ")
    };
    let mut host = Host { arn: "arn:h".into(), ..Host::default() };
    host.ports.insert((Protocol::Tcp, 80), "agent".into());
    host.groups.insert("service:web".into(), 1);
    type Mend = (&'static str, fn(&mut Host));
    let mend: [Mend; 10] = [
        ("AGENT", |host| host.agent_connected = true),
        ("RESOURCE:CPU", |host| host.cpu = Amount::whole(100)),
        ("RESOURCE:MEMORY", |host| host.memory = Amount::whole(100)),
        ("RESOURCE:PORTS", |host| host.ports = Default::default()),
        ("RESOURCE:ENI", |host| host.enis = Amount::whole(1)),
        ("RESOURCE:GPU", |host| host.gpu = Amount::whole(1)),
        ("ATTRIBUTE", |host| {
            let attributes = [("gpu-driver", "1"), ("stack", "dev")];
            host.attributes = Rc::new(attributes.map(|(name, value)| (name.into(), Some(value.into()))).into());
        }),
        ("LOCATION", |host| host.zone = "z".into()),
        ("MemberOf placement constraint unsatisfied", |host| {
            Rc::make_mut(&mut host.attributes).insert("stack".into(), Some("prod".into()));
        }),
        ("distinctInstance placement constraint unsatisfied", |host| host.groups = Default::default()),
    ];
    for (reason, mend) in mend {
        let decision = decide(&full(), &[&host], Ties::ByName, 0);
        assert_eq!(decision.failures(), [Failure { arn: "arn:h".into(), reason }]);
        assert_eq!(decision.closest(), Some(0));
        mend(&mut host);
    }
    let decision = decide(&full(), &[&host], Ties::ByName, 0);
    assert_eq!((decision.chosen, decision.failures(), decision.closest()), (Some(0), Vec::new(), None));
    host.status = HostStatus::Draining;
    let decision = decide(&full(), &[&host], Ties::ByName, 0);
    assert!(decision.nobody_active() && decision.failures().is_empty(), "PL-40, DR-02");
}

#[test]
fn pl_45_failures_are_ordered_by_arn_and_6_14_finds_the_closest() {
    let hosts = [
        Host { arn: "arn:3".into(), ..host("i-3", "a", 64, 4000) },
        Host { arn: "arn:1".into(), ..host("i-1", "a", 4000, 100) },
        Host { arn: "arn:2".into(), ..host("i-2", "a", 4000, 700) },
        Host { status: HostStatus::Draining, ..host("i-4", "a", 4000, 4000) },
    ];
    let views: Vec<&Host> = hosts.iter().collect();
    let decision = decide(&request(512, 900, ""), &views, Ties::ByName, 0);
    let failures: Vec<(String, &str)> =
        decision.failures().into_iter().map(|failure| (failure.arn, failure.reason)).collect();
    let memory = "RESOURCE:MEMORY";
    assert_eq!(failures, [("arn:1".into(), memory), ("arn:2".into(), memory), ("arn:3".into(), "RESOURCE:CPU")]);
    assert_eq!(decision.closest(), Some(2), "latest step, then smallest shortfall");
    assert_eq!(
        english::summary(&decision),
        "Not placed: none of 4 instances fits: 1 draining, 1 short of CPU, 2 short of memory."
    );
}

/// The note of 4.3: totals run over all instances, the minimum over candidates; ST-07 and ST-08 besides.
#[test]
fn spread_counts_what_cannot_take_the_task() {
    let mut hosts = k3();
    hosts[0].status = HostStatus::Draining;
    hosts[0].groups.insert("service:web".into(), 5);
    hosts[2].groups.insert("service:web".into(), 4);
    let zone = request(512, 900, "AZ");
    assert_eq!(place(&mut hosts, &zone, 2), "b1 a2", "zone a counts the five of a draining host");
    let mut hosts = k3();
    hosts[2].groups.insert("service:web".into(), 9);
    let off = Host { agent_connected: false, ..hosts[0].clone() };
    hosts = alloc::vec![off, hosts[2].clone()];
    assert_eq!(place(&mut hosts, &zone, 1), "b1", "ST-07: only values of candidates compete");
    let mut bare = host("c1", "c", 2048, 3828);
    bare.attributes = Rc::new(Attributes::new());
    let mut hosts = k3();
    hosts.push(bare);
    assert_eq!(place(&mut hosts, &zone, 4), "a1 b1 c1 a1", "ST-08: no attribute is a value of its own");
    let mut hosts = k3();
    hosts[0].groups.insert("family:other".into(), 9);
    assert_eq!(place(&mut hosts, &request(1, 1, "instanceId"), 1), "a1", "ST-03, ST-09: other groups do not count");
}

#[test]
fn pl_04_equality_fits_and_no_cpu_never_blocks() {
    for (cpu, memory, fits) in [(128, 256, true), (129, 256, false), (128, 257, false), (0, 256, true)] {
        let hosts = [host("i", "a", 128, 256)];
        assert_eq!(choose(&request(cpu, memory, ""), &[&hosts[0]], Ties::ByName, 0).is_some(), fits, "{cpu} {memory}");
    }
}

/// Whose tasks fill an instance is nothing to binpack, and all to spread (ST-09).
#[test]
fn st_10_binpack_looks_at_what_is_left_and_not_at_the_tasks() {
    for (group, apart) in [("service:web", "a2"), ("family:other", "a1")] {
        let mut hosts = k3();
        assert!(hosts[0].reserve(&request(512, 900, "").demand, &group.into(), "t"));
        for (chain, name) in [("memory", "a1"), ("cpu", "a1"), ("instanceId", apart)] {
            assert_eq!(place(&mut hosts.clone(), &request(1, 1, chain), 1), name, "{chain} beside {group}");
        }
    }
}

/// PT-04: what the agent's own two ports are for.
#[test]
fn pt_04_the_agents_ports_say_what_they_serve() {
    let mut host = host("i", "a", 2048, 3828);
    for port in [22, 51678, 51679] {
        host.ports.insert((Protocol::Tcp, port), AGENT.into());
    }
    host.ports.insert((Protocol::Udp, 51678), "api:6".into());
    for (port, protocol, sentence) in [
        (51678, Protocol::Tcp, "port 51678 is held by the agent (introspection)"),
        (51679, Protocol::Tcp, "port 51679 is held by the agent (task metadata and credentials)"),
        (22, Protocol::Tcp, "port 22 is held by the agent"),
        (51678, Protocol::Udp, "port 51678/udp is held by api:6"),
    ] {
        let mut ask = request(1, 1, "");
        ask.demand.ports.push(PortNeed { port, protocol });
        let decision = decide(&ask, &[&host], Ties::ByName, 0);
        assert_eq!(english::sentence(&decision, 0), sentence);
    }
}

#[test]
fn st_06_draws_reach_every_candidate() {
    let hosts = k4();
    let views: Vec<&Host> = hosts.iter().collect();
    for (chain, ties) in
        [("random", Ties::ByName), ("", Ties::Drawn), ("AZ", Ties::Drawn), ("random memory", Ties::Drawn)]
    {
        let request = request(1, 1, chain);
        let mut seen = [0; 4];
        for key in 0..200 {
            let draw = crate::sim::draw::draw(7, 1, "place", key);
            let index = choose(&request, &views, ties, draw).unwrap();
            assert_eq!(decide(&request, &views, ties, draw).chosen, Some(index));
            seen[index] += 1;
        }
        assert!(seen.iter().all(|count| *count > 20), "{chain} {ties:?}: {seen:?}");
    }
}

#[test]
fn sentences() {
    let mut hosts = k4();
    hosts[0].cpu.free = 128;
    hosts[0].ports.insert((Protocol::Tcp, 8081), "api:6".into());
    hosts[1].memory.free = 2000;
    hosts[3].status = HostStatus::Draining;
    let mut ask = request(512, 900, "memory");
    ask.demand.ports.push(PortNeed { port: 8081, protocol: Protocol::Tcp });
    let views: Vec<&Host> = hosts.iter().collect();
    let decision = decide(&ask, &views, Ties::ByName, 0);
    let sentences: Vec<String> = (0..4).map(|index| english::sentence(&decision, index)).collect();
    assert_eq!(
        sentences,
        [
            "needs 512 CPU, has 128; port 8081 is held by api:6",
            "chosen: least memory left (2000)",
            "fits, but has more memory left (3828, least is 2000)",
            "draining: takes no new task",
        ]
    );
    assert_eq!(english::summary(&decision), "Placed on a2 in a: 2 of 4 instances fit, binpack memory.");
    let table = funnel(&decision);
    let columns: Vec<(&str, usize, usize)> =
        table.columns.iter().map(|column| (column.heading.as_str(), column.before, column.after)).collect();
    assert_eq!(columns, [("State", 4, 3), ("Resources", 3, 2), ("binpack memory", 2, 1), ("tie-break", 1, 1)]);
    let texts: Vec<String> = (0..4).map(|column| words(&decision, 0, column)).collect();
    let cells: Vec<(&str, Mark)> = texts.iter().map(String::as_str).zip(table.rows[0].marks.iter().copied()).collect();
    assert_eq!(
        cells,
        [
            ("active; agent connected", Mark::Kept),
            ("needs 512 CPU, has 128; port 8081 is held by api:6", Mark::Dropped),
            ("", Mark::Out),
            ("", Mark::Out),
        ]
    );
    assert_eq!(
        words(&decision, 1, 1),
        "wants 512 CPU, has 2048; wants 900 MiB, has 2000; port 8081 is free; holds 0 of 100 host ports"
    );
    assert_eq!(table.rows[3].marks[1], Mark::WouldPass);
}

#[test]
fn every_way_to_win_and_to_lose_has_its_sentence() {
    let mut hosts = k3();
    hosts[0].groups.insert("service:web".into(), 2);
    let say = |hosts: &[Host], request: &Request, ties, index| {
        let views: Vec<&Host> = hosts.iter().collect();
        english::sentence(&decide(request, &views, ties, 0), index)
    };
    let (zone, instance, none) = (request(1, 1, "AZ"), request(1, 1, "instanceId"), request(1, 1, ""));
    for (request, ties, index, sentence) in [
        (&zone, Ties::ByName, 2, "chosen: b runs the fewest tasks of service:web (0)"),
        (&zone, Ties::ByName, 1, "fits, but a runs more tasks of service:web (2, fewest is 0)"),
        (&instance, Ties::ByName, 0, "fits, but runs more tasks of service:web (2, fewest is 0)"),
        (&instance, Ties::ByName, 1, "chosen: first by zone and name among 2 equals"),
        (&instance, Ties::ByName, 2, "fits, but a2 comes first by zone and name"),
        (&none, Ties::Drawn, 0, "chosen: drawn among 3"),
        (&none, Ties::Drawn, 1, "fits, but another one was drawn"),
    ] {
        assert_eq!(say(&hosts, request, ties, index), sentence);
    }
    assert_eq!(say(&hosts[..1], &zone, Ties::ByName, 0), "chosen: the only one that fits");
    for (index, summary) in [
        "Not placed: no such instance is in the cluster.",
        "Not placed: none of 1 instance fits: 1 draining.",
        "Not placed: none of 2 instances fits: 1 draining, 1 not active.",
    ]
    .into_iter()
    .enumerate()
    {
        hosts[0].status = HostStatus::Draining;
        hosts[1].status = HostStatus::Other;
        let views: Vec<&Host> = hosts.iter().take(index).collect();
        assert_eq!(english::summary(&decide(&zone, &views, Ties::ByName, 0)), summary);
    }
}

#[test]
fn blocked_by_attribute_zone_and_constraint_in_words() {
    let mut ask = request(1, 1, "");
    ask.demand.attributes = alloc::vec![("ecs.capability.efs".into(), None), (ZONE_ATTRIBUTE.into(), Some("b".into()))];
    ask.demand.zones = Some(alloc::vec!["b".into(), "c".into()]);
    let text = "not(attribute:ecs.availability-zone == a) and (task:group exists or attribute:stack == prod)";
    ask.constraints = alloc::vec![Constraint::MemberOf(Rc::new(query::Expression::parse(text).unwrap()))];
    let hosts = k3();
    let decision = decide(&ask, &[&hosts[0]], Ties::ByName, 0);
    assert_eq!(
        english::sentence(&decision, 0),
        "lacks ecs.capability.efs; ecs.availability-zone is a, not b; not in a zone of the task's subnets (b, c); \
         does not match not(attribute:ecs.availability-zone == a (found a)) and (task:group exists (found no group) \
         or attribute:stack == prod (found none))"
    );
    let headings: Vec<String> = funnel(&decision).columns.into_iter().map(|column| column.heading).collect();
    assert_eq!(headings, ["State", "Resources", "Attributes", "memberOf", "tie-break"], "also for one instance");
}
