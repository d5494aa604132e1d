//! Availability Zone rebalancing: one task moves at a time, once the service is steady (4.9).

use super::super::api::{RunRequest, candidates};
use super::super::{Ecs, LaunchType, fargate};
use super::act::{self, Because, say};
use super::look::Round;
use super::seen::Seen;
use super::{Moving, Service};
use crate::event::{Cx, HexId, ServiceKey, TaskKey};
use crate::placement::rebalance::{self, Move, Plan, Stuck, Zone};
use crate::placement::{Host, HostStatus, Request, event};
use crate::sim::draw;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Zones of a region at most: with more tasks two share one.
const MOST_ZONES: usize = 6;

/// Whether the service is to be even over its zones.
fn is_on(service: &Service) -> bool {
    service.settings["availabilityZoneRebalancing"] == "ENABLED"
}

fn zone_of(ecs: &Ecs, key: ServiceKey, task: &Seen) -> Option<String> {
    ecs.task(TaskKey { cluster: key.cluster, id: task.id }).map(|own| own.zone.to_string())
}

/// The zones in which the service may run, with its tasks.
fn zones(ecs: &Ecs, key: ServiceKey, run: &RunRequest, hosts: &[&Host], round: &Round) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    let mut add = |name: &str, tasks: u32, protected: u32| match zones.iter_mut().find(|own| own.name == name) {
        Some(own) => (own.tasks, own.protected) = (own.tasks + tasks, own.protected + protected),
        None => zones.push(Zone { name: name.to_string(), tasks, protected }),
    };
    match run.launch {
        LaunchType::Fargate => {
            let spot = run.pools.iter().all(|pool| pool.spot);
            for zone in run.zones.iter().filter(|zone| !fargate::lacks(ecs, zone, spot)) {
                add(zone, 0, 0);
            }
        }
        LaunchType::Ec2 | LaunchType::External | LaunchType::ManagedInstances => {
            for host in hosts.iter().filter(|host| host.status == HostStatus::Active) {
                add(&host.zone, 0, 0);
            }
        }
    }
    for task in round.wanted() {
        add(&zone_of(ecs, key, task).unwrap_or_default(), 1, u32::from(task.protected));
    }
    crate::sim::order::sort_by(&mut zones, |left, right| left.name.cmp(&right.name));
    zones
}

/// The instances that the service may use: those of its capacity providers where it has a strategy.
fn hosts<'a>(ecs: &'a Ecs, key: ServiceKey, run: &RunRequest) -> Vec<&'a Host> {
    match run.launch {
        LaunchType::Fargate => Vec::new(),
        launch => run.pools.iter().flat_map(|pool| candidates(ecs, key.cluster, (launch, pool.provider))).collect(),
    }
}

/// Whether nothing moves, and nothing is said of the zones.
pub fn rests(service: &Service) -> bool {
    service.rebalancing.moving.is_none() && service.rebalancing.said.is_empty()
}

/// Whether there is nothing to even out, as far as a glance tells: each task is alone in its zone.
pub fn is_even(ecs: &Ecs, service: &Service) -> bool {
    let zone = |id: &HexId| ecs.task(TaskKey { cluster: service.key.cluster, id: *id }).map(|own| &*own.zone);
    let mut before = service.tasks.iter().enumerate();
    let alone = |(at, id): (usize, &HexId)| service.tasks.iter().take(at).all(|other| zone(other) != zone(id));
    (service.tasks.len() <= MOST_ZONES && before.all(alone)) || !is_on(service)
}

/// The service is steady: the next move begins, if there is one (RB-03 to RB-05).
pub fn look(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round) {
    let key = round.key;
    let Some(service) = ecs.services.get(key).filter(|own| is_on(own)).map(Rc::clone) else { return };
    let Some(run) = service.primary().map(|own| own.run.clone()) else { return };
    let hosts = hosts(ecs, key, &run);
    let zones = zones(ecs, key, &run, &hosts, round);
    let counts = || zones.iter().map(|zone| zone.tasks);
    if rebalance::is_balanced(counts()) {
        if !service.rebalancing.said.is_empty() {
            let counts: Vec<(String, u32)> = zones.iter().map(|zone| (zone.name.clone(), zone.tasks)).collect();
            said(ecs, key, String::new());
            say(ecs, cx, key, event::zone_balance(&service.name, &counts), None);
        }
        return;
    }
    let plan = plan(cx, &run.placement, &hosts, zones, &service, run.launch);
    if service.rebalancing.said.is_empty() {
        let counts: Vec<(String, u32)> = plan.zones.iter().map(|zone| (zone.name.clone(), zone.tasks)).collect();
        let message = event::zone_balance(&service.name, &counts);
        said(ecs, key, message.clone());
        say(ecs, cx, key, message, None);
    }
    match plan.moves.first() {
        Some(step) => begin(ecs, cx, key, &run, step),
        None => stop_short(ecs, cx, key, &service, &plan),
    }
}

fn plan(
    cx: &mut Cx<'_>,
    request: &Request,
    hosts: &[&Host],
    zones: Vec<Zone>,
    service: &Service,
    launch: LaunchType,
) -> Plan {
    let (draw, ties) = (cx.draw("placement"), cx.options().ties);
    let maximum = service.maximum_percent();
    match launch {
        LaunchType::Fargate => rebalance::plan(zones, service.desired, maximum, &mut |_| true),
        _ => {
            let mut places = rebalance::on_instances(request, hosts, ties, draw);
            rebalance::plan(zones, service.desired, maximum, &mut places)
        }
    }
}

fn said(ecs: &mut Ecs, key: ServiceKey, message: String) {
    if let Some(service) = ecs.services.change(key) {
        service.rebalancing.said = message;
    }
}

/// A task starts in the zone that has the fewest, on an instance that is there: none waits for one to be launched (RB-06).
fn begin(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, run: &RunRequest, step: &Move) {
    let mut own = run.clone();
    own.zones = alloc::vec![step.start_in.clone()];
    Rc::make_mut(&mut own.placement).demand.zones = Some(own.zones.clone());
    if run.launch != LaunchType::Fargate {
        let ties = cx.options().ties;
        let mut room = |provider| ecs.instances.choose(key.cluster, (run.launch, provider), &own.placement, ties, 0);
        own.pools.retain(|pool| room(pool.provider).is_some());
        own.pools.iter_mut().for_each(|pool| pool.waits = false);
    }
    let Some(id) = act::start_as(ecs, cx, key, 0, &own, None) else { return };
    let Some(service) = ecs.services.change(key) else { return };
    service.rebalancing.moving = Some(Moving { task: id, step: step.clone() });
    (service.steady, service.unplaced) = (None, None);
    let [started, _] = event::moved(&service.name, step, &id.to_string(), "");
    say(ecs, cx, key, started, None);
}

/// RB-06, RB-07: it goes on when there is room again, or when the protection is over.
fn stop_short(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, service: &Service, plan: &Plan) {
    let by = service.primary().map(|own| own.id()).unwrap_or_default();
    let Some(message) = event::stuck(&service.name, &by, plan) else { return };
    if matches!(plan.stuck, Some(Stuck::NoRoom(_))) {
        ecs.services.waiting.insert(key);
    }
    if service.rebalancing.said != message {
        said(ecs, key, message.clone());
        say(ecs, cx, key, message, None);
    }
}

/// While a task moves there is one more than desired: once it is healthy one goes where the most are. True while that
/// lasts, so that nobody else takes it for too many.
pub fn finish(ecs: &mut Ecs, cx: &mut Cx<'_>, round: &Round) -> bool {
    let key = round.key;
    let Some(Moving { task, step }) = ecs.services.get(key).and_then(|own| own.rebalancing.moving.clone()) else {
        return false;
    };
    let came = round.stays().any(|own| own.id == task);
    let healthy = round.healthy() > round.desired;
    if came && !healthy && round.stays().count() as u32 == round.desired + 1 {
        return true;
    }
    if let Some(service) = ecs.services.change(key) {
        service.rebalancing.moving = None;
    }
    if !(came && healthy) {
        return false;
    }
    let there = |own: &&Seen| !own.protected && zone_of(ecs, key, own).as_ref() == Some(&step.stop_in);
    let all: Vec<HexId> = round.stays().filter(there).map(|own| own.id).collect();
    let at = draw::pick(cx.draw("scale-in"), all.len() as u32) as usize;
    let Some(id) = all.get(at).copied() else { return false };
    act::stop(ecs, cx, key, &[(id, Because::Rebalancing)]);
    let Some(name) = ecs.services.get(key).map(|own| own.name.clone()) else { return true };
    let [_, stopped] = event::moved(&name, &step, "", &id.to_string());
    say(ecs, cx, key, stopped, None);
    true
}

/// When a protected task holds a move up, whether it is over soon is only known then.
pub fn is_waiting(service: &Service) -> bool {
    is_on(service) && !service.rebalancing.said.is_empty()
}
