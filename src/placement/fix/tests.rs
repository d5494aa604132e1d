//! Each way of failing has its fixes, smallest first, and every fix works.

use super::super::demand::Protocol;
use super::super::tests::{host, k3, request};
use super::*;
use alloc::format;

fn offer(zone: &str, cpu: u32, memory: u32) -> Offer {
    Offer { instance_type: format!("type-{cpu}"), host: host("new", zone, cpu, memory) }
}

fn said(request: &Request, hosts: &[Host], offers: &[Offer]) -> Vec<String> {
    let views: Vec<&Host> = hosts.iter().collect();
    fixes(request, &views, offers, Ties::ByName, 0).iter().map(ToString::to_string).collect()
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
    hosts[0].ports.insert((Protocol::Tcp, 80), "web:3".into());
    hosts[1].ports.insert((Protocol::Tcp, 80), AGENT.into());
    hosts[2].status = HostStatus::Draining;
    let mut ask = request(512, 900, "");
    ask.demand.ports = alloc::vec![tcp(80)];
    assert_eq!(
        said(&ask, &hosts, &[]),
        [
            "Set b1 back to ACTIVE: it then goes to b1.",
            "Free on a1 port 80, which web:3 holds: it then goes to a1.",
            "Let the instance choose the host port in place of 80: it then goes to a1.",
        ]
    );
    let mut full = host("full", "a", 2048, 3828);
    full.ports = (1..=100).map(|port| ((Protocol::Udp, port), "many:1".into())).collect();
    assert_eq!(
        said(&ask, &[full], &[]),
        ["Let the instance choose the host port in place of 80: it then goes to full."],
        "PT-05"
    );
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
    hosts[1].enis.free = 0;
    assert_eq!(
        said(&ask, &hosts, &[]),
        ["Free 1 network interface on i-2: it then goes to i-2.", "Add a subnet in a: it then goes to i-1."],
        "EN-06"
    );
    let mut gpu = host("i-3", "a", 2048, 3828);
    gpu.gpu = super::super::host::Amount { total: 2, free: 1 };
    let mut ask = request(1, 6, "");
    ask.demand.gpu = 2;
    assert_eq!(said(&ask, &[gpu], &[]), ["Free 1 GPU on i-3: it then goes to i-3."]);
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
            "Widen memberOf to \"runningTasksCount <= 1\" (attribute:stack == prod, runningTasksCount < 1 fails): it then goes to i-1.",
            "Drop the constraint member of attribute:stack == prod and runningTasksCount < 1: it then goes to i-1.",
        ]
    );
    ask.constraints = alloc::vec![member("attribute:stack == prod"), Constraint::DistinctInstance];
    let views: Vec<&Host> = hosts.iter().collect();
    let found = fixes(&ask, &views, &[], Ties::ByName, 0);
    let counts: Vec<usize> = found.iter().map(|fix| fix.changes.len()).collect();
    assert_eq!(counts, [2, 2], "both must go, in either way out of the first");
    assert_eq!(
        found[0].to_string(),
        "Give i-1 the attribute stack=prod, and drop the constraint distinct instances: it then goes to i-1."
    );
    assert!(matches!(&found[1].changes[..], [Change::Drop { constraint: 0, .. }, Change::Drop { constraint: 1, .. }]));
}

/// What is said to help helps, and no part of it alone does.
#[test]
fn no_change_is_idle() {
    let mut hosts = k3();
    hosts[0].memory.free = 100;
    hosts[0].cpu.free = 100;
    hosts[1].memory.free = 500;
    hosts[1].ports.insert((Protocol::Tcp, 80), "web:3".into());
    hosts[2].status = HostStatus::Draining;
    hosts[2].agent_connected = false;
    let mut ask = request(512, 900, "");
    ask.demand.ports = alloc::vec![tcp(80)];
    let views: Vec<&Host> = hosts.iter().collect();
    let found = fixes(&ask, &views, &[], Ties::ByName, 0);
    let trial = Trial { request: &ask, hosts: &views, offers: &[], ties: Ties::ByName, draw: 0 };
    assert_eq!(found.len(), 4, "{found:?}");
    for fix in &found {
        assert_eq!(trial.lands_on(&fix.changes).as_ref(), Some(&fix.host), "{fix}");
        for change in &fix.changes {
            assert_eq!(trial.lands_on(core::slice::from_ref(change)), None, "{fix}");
        }
    }
}
