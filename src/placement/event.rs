//! Placement as service events: AWS's own texts (reference 6.14, 4.9, SI-04).

use super::check::Check;
use super::decide::Decision;
use super::rebalance::{Move, Plan, Stuck};
use crate::aws::arn;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The event of a service that could not place a task; none when it was placed. AWS names the closest matching instance
/// with a reason for agents, CPU, memory and ports; for other reasons it names none.
pub fn not_placed(service: &str, decision: &Decision) -> Option<String> {
    if decision.chosen.is_some() {
        return None;
    }
    let start = format!(
        "(service {service}) was unable to place a task because no container instance met all of its requirements."
    );
    if decision.nobody_active() {
        return Some(format!("{start} {NOBODY}"));
    }
    let closest = decision.closest().and_then(|index| decision.candidates.get(index));
    let told = closest
        .and_then(|candidate| Some((arn::short_name(&candidate.arn), closest_reason(candidate.first_block()?)?)));
    Some(match told {
        Some((id, reason)) => format!("{start} The closest matching container-instance {id} {reason}"),
        None => start,
    })
}

const NOBODY: &str = "Reason: No Container Instances were found in your cluster.";

/// The same of a task that goes to a capacity provider: where it has no instance, that is what is said.
pub fn without_capacity(service: &str, message: String) -> String {
    if !message.ends_with(NOBODY) {
        return message;
    }
    format!(
        "(service {service}) was unable to reach steady state. Reason: No Container Instances were found in your \
         capacity provider."
    )
}

/// The event of a service when as many tasks of its cluster wait in PROVISIONING as may.
pub fn provisioning_limit(service: &str) -> String {
    format!(
        "(service {service}) was unable to place tasks in your cluster because the tasks provisioning capacity limit was \
         exceeded."
    )
}

fn closest_reason(check: &Check) -> Option<&'static str> {
    Some(match check {
        Check::Agent { .. } => "encountered error \"AGENT\".",
        Check::Cpu(_) => "has insufficient CPU units available.",
        Check::Memory(_) => "has insufficient memory available.",
        Check::Port { .. } => "is already using a port required by your task.",
        Check::PortLimit { .. } => "can't exceed the maximum allowed reserved port limit of 100 host ports.",
        _ => return None,
    })
}

/// The event of a service whose bounds let nothing stop and nothing start (RL-05, DR-06).
pub fn deadlock(service: &str) -> String {
    format!(
        "(service {service}) was unable to stop or start tasks during a deployment because of the service deployment \
         configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )
}

/// The event of a service that cannot give up as many tasks as it should, since they are protected (SI-04).
pub fn protected(service: &str, task_set: &str, tasks: usize) -> String {
    format!(
        "(service {service}) was unable to reach steady state because (taskSet {task_set}) was unable to scale in due \
         to (reason {tasks} tasks under protection)"
    )
}

/// The event with which rebalancing begins, or that says that there is nothing to do; `after` the moves when they are
/// done.
pub fn zone_balance(service: &str, zones: &[(String, u32)]) -> String {
    let mut words: Vec<String> = zones.iter().map(|(zone, tasks)| format!("{tasks} tasks in {zone}")).collect();
    if words.len() > 1
        && let Some(last) = words.last_mut()
    {
        last.insert_str(0, "and ");
    }
    let list = words.join(if words.len() > 2 { ", " } else { " " });
    if super::rebalance::is_balanced(zones.iter().map(|(_, tasks)| *tasks)) {
        format!("(service {service}) is AZ balanced with {list}.")
    } else {
        format!("(service {service}) is not AZ balanced with {list}. AZ Rebalancing in progress.")
    }
}

/// The two events of one move: a task started, and once it is healthy another stopped.
pub fn moved(service: &str, step: &Move, started: &str, stopped: &str) -> [String; 2] {
    [
        format!("{service} has started 1 tasks in {} to AZ Rebalance: {started}.", step.start_in),
        format!("{service} has stopped 1 running tasks in {} due to AZ rebalancing: {stopped}.", step.stop_in),
    ]
}

/// The event of a plan that stops short; none when it comes to its end.
pub fn stuck(service: &str, task_set: &str, plan: &Plan) -> Option<String> {
    Some(match plan.stuck.as_ref()? {
        Stuck::NotSteady => return None,
        Stuck::MaximumPercent => format!("(service {service}) stopped AZ Rebalancing."),
        Stuck::NoRoom(zone) => format!(
            "(service {service}) is unable to place a task in {zone} because no container instance met all of its \
             requirements."
        ),
        Stuck::Protected(zone) => {
            let protected = plan.zones.iter().find(|own| own.name == *zone).map_or(0, |own| own.protected);
            format!(
                "(service {service}) was unable to AZ Rebalance because {task_set} was unable to scale in due to \
                 {protected} tasks under protection."
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::rebalance::{Zone, plan};
    use super::super::tests::{host, request};
    use super::super::{AGENT, Constraint, Host, HostStatus, PortNeed, Protocol, Ties, decide};
    use super::*;
    use alloc::string::ToString;

    /// 6.14 with its correction in 0.4.
    #[test]
    fn no_place_and_the_closest_instance() {
        let start =
            "(service web) was unable to place a task because no container instance met all of its requirements.";
        let closest = " The closest matching container-instance 1111 ";
        type Spoil = fn(&mut Host);
        let cases: [(&str, Spoil, String); 8] = [
            ("cpu", |host| host.cpu.free = 1, format!("{closest}has insufficient CPU units available.")),
            ("mem", |host| host.memory.free = 1, format!("{closest}has insufficient memory available.")),
            (
                "port",
                |host| _ = host.ports.insert((Protocol::Tcp, 80), AGENT.into()),
                format!("{closest}is already using a port required by your task."),
            ),
            (
                "PT-05",
                |host| host.ports = (200..300).map(|port| ((Protocol::Udp, port), "t".into())).collect(),
                format!("{closest}can't exceed the maximum allowed reserved port limit of 100 host ports."),
            ),
            ("agent", |host| host.agent_connected = false, format!("{closest}encountered error \"AGENT\".")),
            ("constraint", |host| host.groups.insert("service:web".into(), 1), String::new()),
            (
                "none",
                |host| host.status = HostStatus::Draining,
                " Reason: No Container Instances were found in your cluster.".to_string(),
            ),
            ("placed", |_| {}, String::new()),
        ];
        for (key, spoil, end) in cases {
            let mut host =
                Host { arn: "arn:aws:ecs:r:1:container-instance/c/1111".into(), ..host("i-1", "a", 2048, 3828) };
            spoil(&mut host);
            let mut ask = request(512, 900, "");
            ask.constraints = alloc::vec![Constraint::DistinctInstance];
            ask.demand.ports = alloc::vec![PortNeed { port: 80, protocol: Protocol::Tcp }];
            let event = not_placed("web", &decide(&ask, &[&host], Ties::ByName, 0));
            assert_eq!(event, (key != "placed").then(|| format!("{start}{end}")), "{key}");
        }
    }

    #[test]
    fn zones_and_protection() {
        let zone = |name: &str, tasks, protected| Zone { name: name.into(), tasks, protected };
        let counts = |tasks: [u32; 3]| ["a", "b", "c"].map(String::from).into_iter().zip(tasks).collect::<Vec<_>>();
        assert_eq!(
            zone_balance("web", &counts([3, 3, 0])),
            "(service web) is not AZ balanced with 3 tasks in a, 3 tasks in b, and 0 tasks in c. AZ Rebalancing in progress."
        );
        assert_eq!(
            zone_balance("web", &counts([2, 2, 1])[1..]),
            "(service web) is AZ balanced with 2 tasks in b and 1 tasks in c."
        );
        let plan = plan(alloc::vec![zone("a", 3, 2), zone("b", 0, 0)], 3, 200, &mut |_| true);
        assert_eq!(
            moved("web", &plan.moves[0], "t9", "t1"),
            [
                "web has started 1 tasks in b to AZ Rebalance: t9.",
                "web has stopped 1 running tasks in a due to AZ rebalancing: t1.",
            ]
        );
        let after = |stuck| stuck_text(&Plan { stuck: Some(stuck), ..plan.clone() });
        assert_eq!(
            after(Stuck::Protected("a".into())),
            "(service web) was unable to AZ Rebalance because ecs-svc/1 was unable to scale in due to 2 tasks under protection."
        );
        assert_eq!(
            after(Stuck::NoRoom("b".into())),
            "(service web) is unable to place a task in b because no container instance met all of its requirements."
        );
        assert_eq!(after(Stuck::MaximumPercent), "(service web) stopped AZ Rebalancing.");
        assert_eq!(plan.stuck, None);
        assert_eq!(stuck("web", "ecs-svc/1", &plan), None);
        assert_eq!(
            protected("web", "ecs-svc/1", 3),
            "(service web) was unable to reach steady state because (taskSet ecs-svc/1) was unable to scale in due to (reason 3 tasks under protection)",
            "SI-04"
        );
    }

    fn stuck_text(plan: &Plan) -> String {
        stuck("web", "ecs-svc/1", plan).unwrap_or_default()
    }
}
