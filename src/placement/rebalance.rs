//! Availability Zone rebalancing of a service, as a plan (reference 4.9). Nothing else moves a running task (PL-08).

use super::decide::choose;
use super::host::Host;
use super::query::{Expression, Subject};
use super::request::{Constraint, Request, SpreadBy, Strategy, ZONE_ATTRIBUTE};
use super::strategy::Ties;
use crate::sim::order;
use alloc::string::String;
use alloc::vec::Vec;

/// What of a service decides whether it may be rebalanced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// DAEMON instead of REPLICA.
    pub daemon: bool,
    /// Launch type EXTERNAL.
    pub external: bool,
    /// Behind a Classic Load Balancer.
    pub classic_load_balancer: bool,
    /// `maximumPercent`.
    pub maximum_percent: u32,
    /// Its strategies.
    pub strategies: Vec<Strategy>,
    /// All its constraints, the task definition's included.
    pub constraints: Vec<Constraint>,
}

/// Why a service is not rebalanced (RB-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// DAEMON.
    Daemon,
    /// EXTERNAL.
    External,
    /// A Classic Load Balancer.
    ClassicLoadBalancer,
    /// maximumPercent of 100 or less: no task may start before another stopped.
    MaximumPercent,
    /// The first strategy is not spread over zones.
    FirstStrategy,
    /// A constraint on the zone.
    ZoneConstraint,
}

impl Ineligible {
    /// AWS's words where they are known, else the lab's.
    pub fn words(self) -> &'static str {
        match self {
            Self::Daemon => "Availability Zone Rebalancing does not support DAEMON services",
            Self::External => "Availability Zone Rebalancing does not support the EXTERNAL launch type",
            Self::ClassicLoadBalancer => "Availability Zone Rebalancing does not support Classic Load Balancers",
            Self::MaximumPercent => "Availability Zone Rebalancing needs a maximumPercent above 100",
            Self::FirstStrategy => "Availability Zone Rebalancing needs no strategy, or spread over zones first",
            Self::ZoneConstraint => {
                "Availability Zone Rebalancing does not support constraints on attribute:ecs.availability-zone"
            }
        }
    }
}

/// Whether a service may be rebalanced (RB-02).
pub fn eligible(service: &Service) -> Result<(), Ineligible> {
    let zone_first = match service.strategies.first() {
        None => true,
        Some(Strategy::Spread(SpreadBy::Attribute(name))) => name == ZONE_ATTRIBUTE,
        Some(_) => false,
    };
    let zone_bound = service.constraints.iter().any(|constraint| match constraint {
        Constraint::MemberOf(expression) => asks_for_zone(expression),
        Constraint::DistinctInstance => false,
    });
    let rules = [
        (service.daemon, Ineligible::Daemon),
        (service.external, Ineligible::External),
        (service.classic_load_balancer, Ineligible::ClassicLoadBalancer),
        (service.maximum_percent <= 100, Ineligible::MaximumPercent),
        (!zone_first, Ineligible::FirstStrategy),
        (zone_bound, Ineligible::ZoneConstraint),
    ];
    rules.into_iter().find(|(applies, _)| *applies).map_or(Ok(()), |(_, why)| Err(why))
}

/// What a call to a service says of rebalancing, with what was there before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// CreateService.
    Create,
    /// UpdateService of a service that was set so, or never.
    Update(Option<bool>),
}

/// Whether rebalancing is ENABLED after a call that gives the member `availabilityZoneRebalancing`, or does not: a new
/// service has it when it may, an old one keeps what it has, and never set is DISABLED (RB-01; so since 5 Sep 2025).
/// Refuses to enable it where RB-02 forbids it.
pub fn setting(service: &Service, given: Option<bool>, write: Write) -> Result<bool, Ineligible> {
    match (given, write) {
        (Some(true), _) => eligible(service).map(|()| true),
        (Some(false), _) => Ok(false),
        (None, Write::Create) => Ok(eligible(service).is_ok()),
        (None, Write::Update(before)) => Ok(before == Some(true)),
    }
}

fn asks_for_zone(expression: &Expression) -> bool {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => parts.iter().any(asks_for_zone),
        Expression::Not(inner) => asks_for_zone(inner),
        Expression::Test(test) => test.subject == Subject::Attribute(String::from(ZONE_ATTRIBUTE)),
    }
}

/// A zone in which the service may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Tasks of the service that are wanted.
    pub tasks: u32,
    /// Those of them under protection (RB-07).
    pub protected: u32,
}

/// One move: a task starts, and once it is RUNNING and healthy another stops (RB-05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The zone with the fewest.
    pub start_in: String,
    /// The zone with the most.
    pub stop_in: String,
    /// Tasks by zone after it, in the order of the zones.
    pub after: Vec<u32>,
}

/// Why a plan ends before the service is balanced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// The service runs more tasks than are desired, or fewer: it is not in a steady state (RB-03).
    NotSteady,
    /// maximumPercent leaves no room for one more task.
    MaximumPercent,
    /// No instance in that zone takes a task; ECS launches none for this (RB-06).
    NoRoom(String),
    /// Every task in that zone is protected (RB-07).
    Protected(String),
}

/// What rebalancing will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Zones by name, as they are.
    pub zones: Vec<Zone>,
    /// The moves in order.
    pub moves: Vec<Move>,
    /// What stops it short.
    pub stuck: Option<Stuck>,
}

impl Plan {
    /// Whether the service is balanced already.
    pub fn was_balanced(&self) -> bool {
        is_balanced(self.zones.iter().map(|zone| zone.tasks))
    }
}

/// Balanced: no zone has two more than another (RB-04).
pub fn is_balanced(tasks: impl Iterator<Item = u32> + Clone) -> bool {
    tasks.clone().max().zip(tasks.min()).is_none_or(|(most, least)| most - least <= 1)
}

/// Plans one move after another until the service is balanced: from the zone with the most to the one with the fewest,
/// the first by name among equals. `places` is asked once for each start, with the zone, and reserves the place; it says
/// whether there is one. Fargate always has one. Nothing moves before the service is in a steady state (RB-03).
pub fn plan(mut zones: Vec<Zone>, desired: u32, maximum_percent: u32, places: &mut dyn FnMut(&str) -> bool) -> Plan {
    order::sort_by(&mut zones, |left, right| left.name.cmp(&right.name));
    let mut now = zones.clone();
    let mut moves = Vec::new();
    let most_tasks = u64::from(desired) * u64::from(maximum_percent) / 100;
    let stuck = loop {
        let running = now.iter().map(|zone| u64::from(zone.tasks)).sum::<u64>();
        if running != u64::from(desired) {
            break Some(Stuck::NotSteady);
        }
        if is_balanced(now.iter().map(|zone| zone.tasks)) {
            break None;
        }
        if running >= most_tasks {
            break Some(Stuck::MaximumPercent);
        }
        let least = (0..now.len()).min_by_key(|at| now.get(*at).map(|zone| zone.tasks));
        let most = (0..now.len()).rev().max_by_key(|at| now.get(*at).map(|zone| zone.tasks));
        let Some((least, most)) = least.zip(most) else { break None };
        let name = |at: usize| now.get(at).map(|zone| zone.name.clone()).unwrap_or_default();
        let (start_in, stop_in) = (name(least), name(most));
        if now.get(most).is_some_and(|zone| zone.protected >= zone.tasks) {
            break Some(Stuck::Protected(stop_in));
        }
        if !places(&start_in) {
            break Some(Stuck::NoRoom(start_in));
        }
        for (at, zone) in now.iter_mut().enumerate() {
            zone.tasks += u32::from(at == least);
            zone.tasks -= u32::from(at == most);
        }
        moves.push(Move { start_in, stop_in, after: now.iter().map(|zone| zone.tasks).collect() });
    };
    Plan { zones, moves, stuck }
}

/// Places for [`plan`] on the instances there are: the service's own choice among those of one zone. The tasks that
/// stop give nothing back, since they stop only later.
pub fn on_instances<'a>(
    request: &'a Request,
    hosts: &[&Host],
    ties: Ties,
    draw: u64,
) -> impl FnMut(&str) -> bool + use<'a> {
    let mut hosts: Vec<Host> = hosts.iter().map(|host| (*host).clone()).collect();
    move |zone| {
        let (at, views): (Vec<usize>, Vec<&Host>) =
            hosts.iter().enumerate().filter(|(_, host)| host.zone == zone).unzip();
        let chosen = choose(request, &views, ties, draw).and_then(|chosen| at.get(chosen).copied());
        let host = chosen.and_then(|chosen| hosts.get_mut(chosen));
        host.is_some_and(|host| host.reserve(&request.demand, &request.group, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{k3, request, strategies};
    use super::*;
    use alloc::format;
    use alloc::rc::Rc;

    fn zones(tasks: &[u32]) -> Vec<Zone> {
        let zone = |(name, tasks): (&str, &u32)| Zone { name: name.into(), tasks: *tasks, protected: 0 };
        ["a", "b", "c", "d"].into_iter().zip(tasks).map(zone).collect()
    }

    fn said(plan: &Plan) -> String {
        let moves: Vec<String> = plan
            .moves
            .iter()
            .map(|step| format!("{}>{} {:?}", step.stop_in, step.start_in, step.after).replace(", ", "/"))
            .collect();
        moves.join(" ")
    }

    #[test]
    fn rb_04_rb_05_worked_examples() {
        for (before, desired, percent, moves, stuck) in [
            (&[3, 3, 0][..], 6, 200, "a>c [2/3/1] b>c [2/2/2]", None),
            (&[3, 2, 0], 5, 200, "a>c [2/2/1]", None),
            (&[2, 2, 1], 5, 200, "", None),
            (&[4], 4, 200, "", None),
            (&[], 0, 200, "", None),
            (&[5, 0], 5, 200, "a>b [4/1] a>b [3/2]", None),
            (&[3, 3, 0], 6, 110, "", Some(Stuck::MaximumPercent)),
            (&[3, 3, 0], 6, 117, "a>c [2/3/1] b>c [2/2/2]", None),
            (&[2, 0, 0, 0], 2, 150, "a>b [1/1/0/0]", None),
        ] {
            let plan = plan(zones(before), desired, percent, &mut |_| true);
            assert_eq!((said(&plan).as_str(), &plan.stuck), (moves, &stuck), "{before:?} {percent}");
            assert_eq!(plan.was_balanced(), moves.is_empty() && stuck.is_none(), "{before:?}");
        }
    }

    #[test]
    fn rb_03_nothing_moves_before_the_steady_state() {
        for (desired, stuck, moves) in [(5, Some(Stuck::NotSteady), 0), (6, None, 2), (7, Some(Stuck::NotSteady), 0)] {
            let plan = plan(zones(&[3, 3, 0]), desired, 200, &mut |_| true);
            assert_eq!((&plan.stuck, plan.moves.len()), (&stuck, moves), "{desired} desired");
        }
    }

    #[test]
    fn rb_06_only_existing_instances_and_rb_07_protection() {
        let hosts = k3();
        let views: Vec<&Host> = hosts.iter().collect();
        let mut ask = request(1024, 900, "AZ");
        let uneven = || zones(&[6, 0]);
        let place = |ask: &Request| plan(uneven(), 6, 200, &mut on_instances(ask, &views, Ties::ByName, 0));
        let short = place(&ask);
        assert_eq!((short.moves.len(), short.stuck), (2, Some(Stuck::NoRoom("b".into()))), "b1 holds two");
        ask.demand.cpu = 512;
        assert_eq!((place(&ask).moves.len(), place(&ask).stuck), (3, None));
        let mut protected = uneven();
        protected[0].protected = 5;
        let held = plan(protected, 6, 200, &mut |_| true);
        assert_eq!((held.moves.len(), held.stuck), (1, Some(Stuck::Protected("a".into()))));
    }

    #[test]
    fn rb_01_a_new_service_has_it_and_an_old_one_keeps_what_it_has() {
        let fine = Service { maximum_percent: 200, ..Service::default() };
        let daemon = Service { daemon: true, ..fine.clone() };
        for (service, given, write, outcome) in [
            (&fine, None, Write::Create, Ok(true)),
            (&daemon, None, Write::Create, Ok(false)),
            (&fine, Some(false), Write::Create, Ok(false)),
            (&daemon, Some(true), Write::Create, Err(Ineligible::Daemon)),
            (&fine, None, Write::Update(None), Ok(false)),
            (&fine, None, Write::Update(Some(true)), Ok(true)),
            (&fine, None, Write::Update(Some(false)), Ok(false)),
            (&fine, Some(true), Write::Update(None), Ok(true)),
            (&fine, Some(false), Write::Update(Some(true)), Ok(false)),
            (&daemon, Some(true), Write::Update(Some(false)), Err(Ineligible::Daemon)),
        ] {
            assert_eq!(setting(service, given, write), outcome, "{given:?} {write:?}");
        }
    }

    #[test]
    fn rb_02_who_is_eligible() {
        let fine = || Service { maximum_percent: 200, ..Service::default() };
        let member = |text| alloc::vec![Constraint::MemberOf(Rc::new(Expression::parse(text).unwrap()))];
        for (service, outcome) in [
            (fine(), Ok(())),
            (Service { strategies: strategies("AZ memory"), ..fine() }, Ok(())),
            (Service { constraints: member("attribute:stack == prod"), ..fine() }, Ok(())),
            (Service { daemon: true, ..fine() }, Err(Ineligible::Daemon)),
            (Service { external: true, ..fine() }, Err(Ineligible::External)),
            (Service { classic_load_balancer: true, ..fine() }, Err(Ineligible::ClassicLoadBalancer)),
            (Service { maximum_percent: 100, ..fine() }, Err(Ineligible::MaximumPercent)),
            (Service { strategies: strategies("memory AZ"), ..fine() }, Err(Ineligible::FirstStrategy)),
            (Service { strategies: strategies("instanceId"), ..fine() }, Err(Ineligible::FirstStrategy)),
            (
                Service {
                    constraints: member("attribute:stack == prod or not(attribute:ecs.availability-zone == a)"),
                    ..fine()
                },
                Err(Ineligible::ZoneConstraint),
            ),
        ] {
            assert_eq!(eligible(&service), outcome, "{service:?}");
        }
        assert_eq!(Ineligible::Daemon.words(), "Availability Zone Rebalancing does not support DAEMON services");
    }
}
