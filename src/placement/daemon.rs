//! Where a DAEMON service stands: one task on each instance that meets its rules (reference 6.2).

use super::check::{Check, Stage, examine};
use super::host::{Host, HostStatus};
use super::request::Request;
use alloc::string::String;
use alloc::vec::Vec;

/// What a daemon service does on one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonHost {
    /// The instance's index among the hosts.
    pub host: usize,
    /// `ec2InstanceId`.
    pub name: String,
    /// What is to happen.
    pub step: DaemonStep,
}

/// What is to happen on one instance.
#[derive(Clone, Debug, PartialEq)]
pub enum DaemonStep {
    /// Its task stays.
    Keep,
    /// A task is to start, ahead of replica tasks (DM-01).
    Start,
    /// There is no room: the instance stays without a task until there is (DM-05).
    NoRoom(Check),
    /// Its task no longer meets the rules and is to stop; EventBridge: SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED
    /// (DM-05, AT-06, CN-08).
    Violates(Check),
    /// The instance is DRAINING: its task is to stop after all replica tasks (DR-05).
    StopLast,
    /// More than one task, where one belongs: so many are to stop.
    Surplus(u32),
    /// The rules leave the instance out, or it takes no task.
    NotMeant(Check),
}

/// The whole service.
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonPlan {
    /// Every instance, in the order given.
    pub hosts: Vec<DaemonHost>,
    /// `desiredCount`: the ACTIVE instances that meet the rules, with room or without (DM-02).
    pub desired: u32,
}

/// Plans a daemon service. The group names its tasks; strategies have no say (DM-02).
pub fn daemon(request: &Request, hosts: &[&Host]) -> DaemonPlan {
    let hosts: Vec<DaemonHost> = hosts
        .iter()
        .enumerate()
        .map(|(index, host)| DaemonHost { host: index, name: host.name.clone(), step: step(request, host) })
        .collect();
    let counts = |step: &DaemonStep| {
        matches!(step, DaemonStep::Keep | DaemonStep::Start | DaemonStep::NoRoom(_) | DaemonStep::Surplus(_))
    };
    let desired = hosts.iter().filter(|host| counts(&host.step)).count() as u32;
    DaemonPlan { hosts, desired }
}

fn step(request: &Request, host: &Host) -> DaemonStep {
    let tasks = host.tasks_of(&request.group);
    let checks = examine(request, host);
    let first = |rule: bool| checks.iter().find(|check| check.blocks() && is_rule(check) == rule);
    match (tasks, host.status, first(true), first(false)) {
        (0, _, None, None) => DaemonStep::Start,
        (0, HostStatus::Active, None, Some(room)) => DaemonStep::NoRoom(room.clone()),
        (0, _, Some(rule), _) | (0, _, None, Some(rule)) => DaemonStep::NotMeant(rule.clone()),
        (_, HostStatus::Draining, ..) => DaemonStep::StopLast,
        (_, _, Some(rule), _) => DaemonStep::Violates(rule.clone()),
        (1, ..) => DaemonStep::Keep,
        (more, ..) => DaemonStep::Surplus(more - 1),
    }
}

/// Whether a check is about what the instance is, which says where a daemon belongs; the others say whether it has
/// room, or an agent, at the moment. The own task is no reason against itself, so distinctInstance is no rule here.
fn is_rule(check: &Check) -> bool {
    matches!(check.stage(), Stage::Attributes | Stage::Constraint(_))
        && !matches!(check, Check::DistinctInstance { .. })
}

#[cfg(test)]
mod tests {
    use super::super::query::Expression;
    use super::super::request::Constraint;
    use super::super::tests::{host, request};
    use super::*;
    use alloc::rc::Rc;

    #[test]
    fn dm_01_dm_05_one_task_on_each_instance_that_meets_the_rules() {
        let mut ask = request(256, 512, "AZ");
        ask.constraints = alloc::vec![Constraint::MemberOf(Rc::new(
            Expression::parse("attribute:ecs.availability-zone in [a, b]").unwrap()
        ))];
        let with = |name: &str, zone: &str, tasks: u32, change: fn(&mut Host)| {
            let mut host = host(name, zone, 2048, 3828);
            for _ in 0..tasks {
                assert!(host.reserve(&request(256, 512, "").demand, &"service:web".into(), "t"));
            }
            change(&mut host);
            host
        };
        let hosts = [
            with("new", "a", 0, |_| {}),
            with("runs", "a", 1, |_| {}),
            with("full", "b", 0, |host| host.memory.free = 100),
            with("full but runs", "b", 1, |host| host.memory.free = 0),
            with("elsewhere", "c", 0, |_| {}),
            with("moved", "c", 1, |_| {}),
            with("drains", "a", 1, |host| host.status = HostStatus::Draining),
            with("drained", "a", 0, |host| host.status = HostStatus::Draining),
            with("cut off", "a", 0, |host| host.agent_connected = false),
            with("two", "a", 2, |_| {}),
        ];
        let views: Vec<&Host> = hosts.iter().collect();
        let plan = daemon(&ask, &views);
        let words: Vec<(&str, &str)> = plan
            .hosts
            .iter()
            .map(|host| {
                let word = match &host.step {
                    DaemonStep::Keep => "keep",
                    DaemonStep::Start => "start",
                    DaemonStep::NoRoom(check) => check.reason(),
                    DaemonStep::Violates(_) => "violates",
                    DaemonStep::StopLast => "stop last",
                    DaemonStep::Surplus(1) => "one too many",
                    DaemonStep::Surplus(_) => "more too many",
                    DaemonStep::NotMeant(_) => "not meant",
                };
                (host.name.as_str(), word)
            })
            .collect();
        assert_eq!(
            words,
            [
                ("new", "start"),
                ("runs", "keep"),
                ("full", "RESOURCE:MEMORY"),
                ("full but runs", "keep"),
                ("elsewhere", "not meant"),
                ("moved", "violates"),
                ("drains", "stop last"),
                ("drained", "not meant"),
                ("cut off", "AGENT"),
                ("two", "one too many"),
            ]
        );
        assert_eq!(plan.hosts[6].step, DaemonStep::StopLast, "DR-05");
        assert_eq!(plan.desired, 6, "DM-02: ACTIVE instances that meet the rules");
        assert!(matches!(&plan.hosts[5].step, DaemonStep::Violates(check) if check.blocks()), "AT-06, CN-08");
    }

    #[test]
    fn cn_03_distinct_instance_does_not_drive_a_daemon_from_its_own_host() {
        let mut ask = request(256, 512, "");
        ask.constraints = alloc::vec![Constraint::DistinctInstance];
        let mut host = host("i", "a", 2048, 3828);
        assert_eq!(daemon(&ask, &[&host]).hosts[0].step, DaemonStep::Start);
        host.reserve(&ask.demand, &ask.group, "t");
        assert_eq!(daemon(&ask, &[&host]).hosts[0].step, DaemonStep::Keep);
    }
}
