//! Each way of failing has its fixes, smallest first, and every fix works.

use super::super::demand::Protocol;
use super::super::host::{AGENT, Amount, HostStatus};
use super::super::tests::{host, k3, request};
use super::*;
use alloc::format;
use alloc::string::ToString;

fn offer(zone: &str, cpu: u32, memory: u32) -> Offer {
    Offer { instance_type: format!("type-{cpu}"), host: host("new", zone, cpu, memory) }
}

fn said(request: &Request, hosts: &[Host], offers: &[Offer]) -> Vec<String> {
    said_of(request, hosts, &[], offers)
}

fn said_of(request: &Request, hosts: &[Host], tenants: &[Tenant], offers: &[Offer]) -> Vec<String> {
    found(request, hosts, tenants, offers, &mut |_| true).iter().map(ToString::to_string).collect()
}

/// The fixes, each of which places the task, and does not with a change or a stopped task less.
fn found(
    request: &Request,
    hosts: &[Host],
    tenants: &[Tenant],
    offers: &[Offer],
    works: &mut dyn FnMut(&Fix) -> bool,
) -> Vec<Fix> {
    let views: Vec<&Host> = hosts.iter().collect();
    let task = Unplaced { request, hosts: &views, tenants, offers, ties: Ties::ByName, draw: 0 };
    let found = fixes(&task, works);
    for fix in &found {
        assert_eq!(task.lands_on(&fix.changes).as_ref(), Some(&fix.host), "{fix}");
        for left_out in 0..fix.changes.len() {
            let mut fewer = fix.changes.clone();
            let change = fewer.remove(left_out);
            assert_eq!(task.lands_on(&fewer), None, "{fix}");
            let Change::Stop { host, tasks, labels, frees } = change else { continue };
            for spared in 0..tasks.len() {
                let (mut tasks, mut with) = (tasks.clone(), fewer.clone());
                tasks.remove(spared);
                let (host, labels, frees) = (host.clone(), labels.clone(), frees.clone());
                with.push(Change::Stop { host, tasks, labels, frees });
                assert_eq!(task.lands_on(&with), None, "{fix}");
            }
        }
    }
    found
}

/// Puts tasks of `label` on a host.
fn settle(hosts: &mut [Host], host: usize, label: &str, tasks: usize, demand: Demand, tenants: &mut Vec<Tenant>) {
    let tenant = Tenant { host, label: label.into(), demand: Rc::new(demand), group: "family:other".into() };
    for _ in 0..tasks {
        assert!(hosts[host].reserve(&tenant.demand, &tenant.group, label));
        tenants.push(tenant.clone());
    }
}

fn needs(cpu: u32, memory: u32) -> Demand {
    Demand { cpu, memory, ..Demand::default() }
}

fn member(text: &str) -> Constraint {
    Constraint::MemberOf(Rc::new(Expression::parse(text).unwrap()))
}

fn tcp(port: u16) -> PortNeed {
    PortNeed { port, protocol: Protocol::Tcp }
}

#[test]
fn a_task_that_fits_needs_no_fix() {
    assert!(said(&request(512, 900, ""), &k3(), &[offer("a", 4096, 8000)]).is_empty());
}

#[test]
fn resources() {
    let mut hosts = k3();
    hosts[0].memory.free = 700;
    hosts[1].memory.free = 800;
    hosts[2].cpu.free = 128;
    assert_eq!(
        said(&request(512, 900, ""), &hosts, &[offer("a", 256, 8000), offer("b", 4096, 8000)]),
        [
            "Lower the task's CPU from 512 to 128 units: it then goes to b1.",
            "Lower the task's memory from 900 to 800 MiB: it then goes to a2.",
            "Add one type-4096 in b: it then goes to new.",
        ],
        "the least that must be given up, and the first offer that helps"
    );
    let none = k3().into_iter().map(|host| Host { status: HostStatus::Other, ..host }).collect::<Vec<_>>();
    assert!(said(&request(512, 900, ""), &none, &[]).is_empty());
}

#[test]
fn ports() {
    let mut hosts = k3();
    let mut tenants = Vec::new();
    settle(&mut hosts, 0, "web:3", 1, Demand { ports: alloc::vec![tcp(80)], ..needs(0, 0) }, &mut tenants);
    hosts[1].ports.insert((Protocol::Tcp, 80), AGENT.into());
    hosts[2].status = HostStatus::Draining;
    let mut ask = request(512, 900, "");
    ask.demand.ports = alloc::vec![tcp(80)];
    assert_eq!(
        said_of(&ask, &hosts, &tenants, &[]),
        [
            "Set b1 back to ACTIVE: it then goes to b1.",
            "Stop web:3 on a1, which frees port 80: it then goes to a1.",
            "Let the instance choose the host port in place of 80: it then goes to a1.",
        ]
    );
    let mut full = [host("full", "a", 2048, 3828)];
    full[0].ports = (1..=99).map(|port| ((Protocol::Udp, port), AGENT.into())).collect();
    settle(&mut full, 0, "many:1", 1, Demand { ports: alloc::vec![tcp(81)], ..needs(0, 0) }, &mut tenants);
    tenants.remove(0);
    assert_eq!(
        said_of(&ask, &full, &tenants, &[]),
        [
            "Stop many:1 on full, which frees enough host ports: it then goes to full.",
            "Let the instance choose the host port in place of 80: it then goes to full.",
        ],
        "PT-05"
    );
    let mut empty = [host("i-1", "a", 2048, 3828)];
    empty[0].ports =
        [22, 2375, 2376, 51678, 51679].map(|port| ((Protocol::Tcp, port), AGENT.into())).into_iter().collect();
    for (wanted, given_up) in [(8000..8096, "8095"), (8000..8098, "8095, 8096, 8097"), (2376..2472, "2376")] {
        ask.demand.ports = wanted.map(tcp).collect();
        let expected = format!("Let the instance choose the host port in place of {given_up}: it then goes to i-1.");
        assert_eq!(said(&ask, &empty, &[]), [expected], "PT-05: the fewest");
    }
}

#[test]
fn attributes_zones_interfaces_and_agents() {
    let mut hosts = [host("i-1", "a", 2048, 3828), host("i-2", "b", 2048, 3828)];
    hosts[1].agent_connected = false;
    let mut ask = request(1, 6, "");
    ask.demand.attributes = alloc::vec![("ecs.capability.efs".into(), None)];
    assert_eq!(
        said(&ask, &hosts, &[]),
        ["Give i-1 the attribute ecs.capability.efs: it then goes to i-1."],
        "i-2 would need its agent besides"
    );
    ask.demand.attributes = alloc::vec![("ecs.os-type".into(), Some("windows".into()))];
    assert!(said(&ask, &hosts, &[]).is_empty(), "nobody turns Linux into Windows");
    ask.demand.attributes.clear();
    ask.demand.enis = 1;
    ask.demand.zones = Some(alloc::vec!["b".into()]);
    assert_eq!(
        said(&ask, &hosts, &[]),
        ["Reconnect the agent of i-2: it then goes to i-2.", "Add a subnet in a: it then goes to i-1."],
        "EN-10"
    );
    hosts[1].agent_connected = true;
    let mut tenants = Vec::new();
    settle(&mut hosts, 1, "net:1", 2, Demand { enis: 1, ..needs(1, 1) }, &mut tenants);
    assert_eq!(
        said_of(&ask, &hosts, &tenants, &[]),
        [
            "Stop net:1 on i-2, which frees 1 network interface: it then goes to i-2.",
            "Add a subnet in a: it then goes to i-1.",
        ],
        "EN-06"
    );
    let (mut gpu, mut tenants) = ([host("i-3", "a", 2048, 3828)], Vec::new());
    gpu[0].gpu = Amount::whole(2);
    settle(&mut gpu, 0, "train:1", 1, Demand { gpu: 1, ..needs(1, 1) }, &mut tenants);
    let mut ask = request(1, 6, "");
    ask.demand.gpu = 2;
    let stop = "Stop train:1 on i-3, which frees 1 GPU: it then goes to i-3.";
    assert_eq!(said_of(&ask, &gpu, &tenants, &[]), [stop]);
}

#[test]
fn constraints() {
    let mut hosts = [host("i-1", "a", 2048, 3828)];
    hosts[0].groups.insert("service:web".into(), 1);
    hosts[0].running_tasks = 1;
    let mut ask = request(1, 6, "");
    ask.constraints = alloc::vec![Constraint::DistinctInstance];
    assert_eq!(said(&ask, &hosts, &[]), ["Drop the constraint distinct instances: it then goes to i-1."]);
    ask.constraints = alloc::vec![member("attribute:stack == prod and runningTasksCount < 1")];
    assert_eq!(
        said(&ask, &hosts, &[]),
        [
            "Widen memberOf to \"runningTasksCount <= 1\", without attribute:stack == prod (attribute:stack == prod, runningTasksCount < 1 fails): it then goes to i-1.",
            "Drop the constraint member of attribute:stack == prod and runningTasksCount < 1: it then goes to i-1.",
        ]
    );
    ask.constraints = alloc::vec![member("attribute:stack == prod"), Constraint::DistinctInstance];
    let found = found(&ask, &hosts, &[], &[], &mut |_| true);
    let counts: Vec<usize> = found.iter().map(|fix| fix.changes.len()).collect();
    assert_eq!(counts, [2, 2], "both must go, in either way out of the first");
    assert_eq!(
        found[0].to_string(),
        "Give i-1 the attribute stack=prod, and drop the constraint distinct instances: it then goes to i-1."
    );
    assert!(matches!(&found[1].changes[..], [Change::Drop { constraint: 0, .. }, Change::Drop { constraint: 1, .. }]));
}

#[test]
fn no_change_is_idle() {
    let (mut hosts, mut tenants) = (k3(), Vec::new());
    hosts[0].memory.free = 100;
    hosts[0].cpu.free = 100;
    hosts[1].memory.free = 500;
    settle(&mut hosts, 1, "web:3", 1, Demand { ports: alloc::vec![tcp(80)], ..needs(1, 1) }, &mut tenants);
    hosts[2].status = HostStatus::Draining;
    hosts[2].agent_connected = false;
    let mut ask = request(512, 900, "");
    ask.demand.ports = alloc::vec![tcp(80)];
    assert_eq!(
        said_of(&ask, &hosts, &tenants, &[]),
        [
            "Set b1 back to ACTIVE, and reconnect the agent of b1: it then goes to b1.",
            "Stop web:3 on a2, which frees port 80, and lower the task's memory from 900 to 500 MiB: it then goes to a2.",
            "Lower the task's CPU from 512 to 100 units, and lower the task's memory from 900 to 100 MiB: it then goes to a1.",
            "Lower the task's memory from 900 to 499 MiB, and let the instance choose the host port in place of 80: it then goes to a2.",
        ]
    );
}

/// A host that cannot work hides none that can, whoever says that it cannot.
#[test]
fn at_04_the_next_host_of_the_same_kinds_is_tried() {
    let mut hosts: Vec<Host> = ["i-1", "i-2", "i-3"].map(|name| host(name, "a", 2048, 3828)).into();
    let full = Rc::make_mut(&mut hosts[0].attributes);
    full.extend((0..10).map(|number| (format!("custom-{number}"), None)));
    let mut ask = request(1, 6, "");
    ask.constraints = alloc::vec![member("attribute:rack == 7")];
    let give = |host: &str| format!("Give {host} the attribute rack=7: it then goes to {host}.");
    assert_eq!(said(&ask, &hosts, &[])[0], give("i-2"));
    let mut asked = Vec::new();
    let found = found(&ask, &hosts, &[], &[], &mut |fix| {
        asked.push(fix.to_string());
        fix.host != "i-2"
    });
    assert_eq!(found[0].to_string(), give("i-3"));
    assert_eq!(asked[..2], [give("i-2"), give("i-3")]);
    ask.constraints = alloc::vec![member("attribute:custom-1 == 7")];
    assert_eq!(said(&ask, &hosts[..1], &[])[0], "Give i-1 the attribute custom-1=7: it then goes to i-1.", "AT-05");
}

/// AT-05: one call puts up to ten.
#[test]
fn at_05_attributes_of_one_host_are_one_change() {
    let hosts = [host("i-1", "a", 2048, 3828)];
    let mut ask = request(1, 6, "");
    let name = |number: usize| format!("custom-{number}");
    ask.demand.attributes = (0..3).map(|number| (name(number), None)).collect();
    ask.constraints =
        alloc::vec![member("attribute:stack == prod and attribute:rack exists"), member("attribute:a == b")];
    assert_eq!(
        said(&ask, &hosts, &[])[0],
        "Give i-1 the attributes stack=prod and rack and a=b and custom-0 and custom-1 and custom-2: it then goes to i-1."
    );
    ask.demand.attributes = (0..8).map(|number| (name(number), None)).collect();
    ask.constraints.clear();
    assert_eq!(found(&ask, &hosts, &[], &[], &mut |_| true).len(), 1);
    ask.demand.attributes = (0..11).map(|number| (name(number), None)).collect();
    assert!(said(&ask, &hosts, &[]).is_empty(), "AT-04");
}

/// One value suits all constraints that look at the attribute, also those that hold already; a constraint that is given
/// up asks for nothing.
#[test]
fn constraints_share_their_attributes() {
    let hosts = [host("i-1", "a", 2048, 3828)];
    let mut ask = request(1, 6, "");
    for (rules, expected) in [
        (&["attribute:x == 1", "attribute:x in [2, 1]"][..], "Give i-1 the attribute x=1"),
        (&["not(attribute:x == 1)", "attribute:x in [1, 2]"], "Give i-1 the attribute x=2"),
        (
            &["attribute:x == 1", "attribute:x == 2"],
            "Give i-1 the attribute x=1, and drop the constraint member of attribute:x == 2",
        ),
    ] {
        ask.constraints = rules.iter().map(|rule| member(rule)).collect();
        assert_eq!(found(&ask, &hosts, &[], &[], &mut |_| true)[0].words(), expected);
    }
}

/// Advice about an agent does not hide what calls can do.
#[test]
fn attributes_of_the_agent_are_another_kind() {
    let mut hosts = [host("i-1", "a", 2048, 3828), host("i-2", "a", 2048, 3828)];
    Rc::make_mut(&mut hosts[0].attributes).insert("rack".into(), None);
    let attributes = Rc::make_mut(&mut hosts[1].attributes);
    attributes.insert("ecs.capability.efs".into(), None);
    hosts[1].memory.free = 100;
    let mut ask = request(1, 200, "");
    ask.demand.attributes = alloc::vec![("ecs.capability.efs".into(), None), ("rack".into(), None)];
    assert_eq!(
        said(&ask, &hosts, &[]),
        [
            "Give i-1 the attribute ecs.capability.efs: it then goes to i-1.",
            "Lower the task's memory from 200 to 100 MiB, and give i-2 the attribute rack: it then goes to i-2.",
        ]
    );
}

/// What an added instance needs besides: a place, an attribute, a rule less, a smaller task.
#[test]
fn an_instance_is_added_with_what_it_needs() {
    let small = offer("a", 1024, 2000);
    let offers = [small.clone(), offer("b", 1024, 2000), offer("a", 4096, 8000)];
    let full = Host { memory: Amount { total: 2000, free: 0 }, ..host("i-1", "a", 1024, 2000) };
    for (memory, rule, expected) in [
        (900, None, "Add one type-1024 in a"),
        (2001, None, "Add one type-4096 in a"),
        (900, Some("attribute:ecs.availability-zone == b"), "Add one type-1024 in b"),
        (
            900,
            Some("attribute:rack == 7 and attribute:ssd exists"),
            "Add one type-1024 in a with the attributes rack=7 and ssd",
        ),
        (
            900,
            Some("attribute:ecs.ami-id == ami-1"),
            "Add one type-1024 in a, and drop the constraint member of attribute:ecs.ami-id == ami-1",
        ),
        (9000, None, "Add one type-4096 in a, and lower the task's memory from 9000 to 8000 MiB"),
    ] {
        let mut ask = request(512, memory, "");
        ask.constraints = rule.into_iter().map(member).collect();
        let words: Vec<String> =
            found(&ask, core::slice::from_ref(&full), &[], &offers, &mut |_| true).iter().map(Fix::words).collect();
        assert_eq!(words, [expected]);
    }
    let mut ask = request(512, 9000, "");
    let rules = ["ec2InstanceId == i-2", "ec2InstanceId == i-3", "agentVersion == 9"];
    ask.constraints = rules.into_iter().map(member).collect();
    let changes = |offers: &[Offer]| {
        let found = found(&ask, core::slice::from_ref(&full), &[], offers, &mut |_| true);
        found.iter().map(|fix| fix.changes.len()).collect::<Vec<_>>()
    };
    assert_eq!((changes(&offers), changes(&[])), (alloc::vec![5; 4], Vec::new()), "the only way");
    let mut windows = small.clone();
    Rc::make_mut(&mut windows.host.attributes).insert("ecs.os-family".into(), Some("WINDOWS_SERVER_2022_CORE".into()));
    assert_eq!(windows.words(), "add one type-1024 with WINDOWS_SERVER_2022_CORE in a");
    let outside = Offer { instance_type: "machine".into(), host: host("new", "", 1, 1) };
    assert_eq!(outside.words(), "register one machine");
}

/// However many ways there are, an instance to be added is among those named.
#[test]
fn the_number_of_fixes_is_bounded() {
    let mut hosts = Vec::new();
    for index in 0..10 {
        let mut host = host(&format!("i-{index}"), "a", 2048, 3828);
        let attributes = (0..10).filter(|own| *own != index).map(|own| (format!("ecs.{own}"), Some("1".into())));
        Rc::make_mut(&mut host.attributes).extend(attributes);
        hosts.push(host);
    }
    let mut ask = request(1, 6, "");
    ask.constraints = (0..10).map(|own| member(&format!("attribute:ecs.{own} == 1"))).collect();
    let mut new = offer("a", 2048, 3828);
    Rc::make_mut(&mut new.host.attributes).extend((0..10).map(|own| (format!("ecs.{own}"), Some("1".into()))));
    let words = said(&ask, &hosts, &[new]);
    assert_eq!(
        (words.len(), words.last().map(String::as_str)),
        (8, Some("Add one type-2048 in a: it then goes to new."))
    );
}

/// On random clusters every fix places the task, none of its parts can be left out (both in [`found`]), they come in
/// their order, and none takes another one's changes and more.
#[test]
fn random_fixes_work_and_are_minimal() {
    let mut sizes = [0; 4];
    for seed in 0..400 {
        let mut count = 0;
        let mut draw = |most: u32| {
            count += 1;
            (crate::sim::draw::draw(seed, 0, "fix", count) % u64::from(most)) as u32
        };
        let (mut hosts, mut tenants) = (Vec::new(), Vec::new());
        for index in 0..1 + draw(4) as usize {
            let mut host = host(&format!("i-{index}"), ["a", "b"][draw(2) as usize], 1024, 2000);
            host.agent_connected = draw(6) > 0;
            host.status = [HostStatus::Active, HostStatus::Active, HostStatus::Draining][draw(3) as usize];
            if draw(2) == 0 {
                Rc::make_mut(&mut host.attributes).insert("gen".into(), Some(draw(9).to_string()));
            }
            hosts.push(host);
            for _ in 0..draw(6) {
                let ports = if draw(3) == 0 { alloc::vec![tcp(80)] } else { Vec::new() };
                let demand = Demand { ports, enis: draw(2), ..needs(draw(400), draw(900)) };
                if hosts[index].has_room(&demand) {
                    settle(&mut hosts, index, &format!("t:{}", draw(3)), 1, demand, &mut tenants);
                }
            }
        }
        let mut ask = request(draw(1500), 6 + draw(2500), "AZ");
        ask.demand.enis = draw(2);
        ask.demand.ports = if draw(2) == 0 { alloc::vec![tcp(80)] } else { Vec::new() };
        let rules = ["attribute:gen > 5", "attribute:gen < 3 or runningTasksCount < 2", "not(attribute:gen exists)"];
        ask.constraints = (0..draw(3)).map(|_| member(rules[draw(3) as usize])).collect();
        let found = found(&ask, &hosts, &tenants, &[offer("a", 1024, 2000), offer("b", 4096, 2000)], &mut |_| true);
        let kinds = |fix: &Fix| fix.changes.iter().fold(0, |kinds, change| kinds | kind(change));
        for (at, fix) in found.iter().enumerate() {
            assert!(found[..at].iter().all(|known| known.changes.len() <= fix.changes.len()), "{seed}: {found:?}");
            assert!(found[..at].iter().all(|known| kinds(known) & !kinds(fix) != 0), "{seed}: {found:?}");
            sizes[fix.changes.len()] += 1;
        }
    }
    assert!(sizes[1..].iter().all(|fixes| *fixes > 50), "fixes by size: {sizes:?}");
}

mod stop;
