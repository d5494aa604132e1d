//! The commands behind the fleet's buttons, as values: what a button does is what its line says.

use super::outcomes::words;
use super::view::Card;
use ecs_lab::aws::model;
use ecs_lab::ec2::State;
use ecs_lab::ecs::containers::Phase;
use ecs_lab::ecs::{InstanceStatus, LaunchType, Task, TaskStatus};
use ecs_lab::event::MachineId;
use ecs_lab::lab::{ApiCall, Command};
use serde_json::{Value, json};

/// A button's words, its test id, its command.
pub type Deed = (&'static str, &'static str, Command);

/// What can be done with an instance now.
pub fn instance_commands(cluster: &str, card: &Card) -> Vec<Deed> {
    let state = |status: &str| {
        let input = json!({ "cluster": cluster, "containerInstances": [card.arn], "status": status });
        Command::ecs("UpdateContainerInstancesState", input)
    };
    let mut all = Vec::new();
    match card.status {
        InstanceStatus::Active => all.push(("Drain: no new tasks", "drain", state("DRAINING"))),
        InstanceStatus::Draining => all.push(("Make ACTIVE again", "activate", state("ACTIVE"))),
        InstanceStatus::Inactive | InstanceStatus::RegistrationFailed => {}
    }
    if let MachineId::Ec2(_) = card.machine {
        all.extend(host_commands(&card.id, card.host));
    }
    if !card.connected {
        let input = json!({ "cluster": cluster, "containerInstance": card.arn, "force": true });
        let deregister = Command::ecs("DeregisterContainerInstance", input);
        all.push(("Deregister the entry", "deregister-instance", deregister));
    }
    all
}

/// What can be done with an EC2 instance now, whether a cluster knows it or not.
pub fn host_commands(id: &str, host: State) -> Vec<Deed> {
    let ec2 = |operation| Command::ec2(operation, json!({ "InstanceIds": [id] }));
    let stop = ("Stop the host", "stop-instance", ec2("StopInstances"));
    let start = ("Start the host", "start-instance", ec2("StartInstances"));
    let terminate = ("Terminate the host", "terminate-instance", ec2("TerminateInstances"));
    match host {
        State::Pending | State::Running => vec![stop, terminate],
        State::Stopped => vec![start, terminate],
        State::Stopping => vec![terminate],
        State::ShuttingDown | State::Terminated => Vec::new(),
    }
}

/// Something that goes wrong by itself, or is mended: its id, its words, its command. What mends a fault has its id, so
/// that the choice stays on it.
pub type Fault = (String, String, Command);

fn fault(id: impl Into<String>, words: impl Into<String>, kind: &str, input: Value) -> Fault {
    (id.into(), words.into(), Command::Api(ApiCall::new("lab", "Fault", json!({ kind: input }))))
}

/// Faults under a heading; nothing is said over those that stand alone.
pub type Faults = (String, Vec<Fault>);

/// What can go wrong with a task now; `host` is the EC2 instance that it runs on.
pub fn task_faults(task: &Task, host: Option<(&str, State)>) -> Vec<Faults> {
    let mut all = Vec::new();
    if task.wanted() {
        let id = task.key.id.to_string();
        if host.is_none() && task.launch == LaunchType::Fargate {
            let own = vec![
                fault("spot", "Fargate Spot takes it back", "spotReclaim", json!({ "task": id })),
                fault("retire", "Fargate retires its host", "retirement", json!({ "task": id })),
            ];
            all.push(("This task".to_owned(), own));
        }
        all.push(("Its containers".to_owned(), container_faults(task, &id)));
        if let Some((host, State::Running)) = host {
            all.push(("Its host".to_owned(), vec![spot(host)]));
        }
    }
    all.extend(next_faults(task));
    all.retain(|(_, faults)| !faults.is_empty());
    all
}

fn container_faults(task: &Task, id: &str) -> Vec<Fault> {
    let mut all = Vec::new();
    for (index, container) in task.definition.registration.core.containers.iter().enumerate() {
        let run = task.containers.as_ref().and_then(|runs| runs.get(index));
        let name = &container.name;
        let phase = run
            .map_or(if task.status == TaskStatus::Running { Phase::Running } else { Phase::Waiting }, |run| run.phase);
        if phase == Phase::Running {
            for (code, how) in [(1, "fails"), (137, "is killed"), (139, "crashes"), (0, "ends well")] {
                let input = json!({ "task": id, "container": name, "exitCode": code });
                all.push(fault(
                    format!("exit-{code}-{name}"),
                    format!("{name} {how}: exit code {code}"),
                    "container",
                    input,
                ));
            }
            let input = json!({ "task": id, "container": name, "outOfMemory": true });
            all.push(fault(format!("oom-{name}"), format!("{name} runs out of memory"), "container", input));
        }
        if let Some(run) = run.filter(|run| container.health.is_some() && run.phase != Phase::Stopped) {
            let words = if run.failing { "answers by itself again" } else { "fails from now on" };
            let input = json!({ "task": id, "container": name, "failing": !run.failing });
            all.push(fault(
                format!("check-{name}"),
                format!("the health check of {name} {words}"),
                "healthCheck",
                input,
            ));
        }
    }
    all
}

/// How the next pulls of a task's images and the next tasks of its family can go.
fn next_faults(task: &Task) -> Vec<Faults> {
    let registration = &task.definition.registration;
    let shape = model::operation("lab", "Fault").map(|own| own.input);
    let offer = |kind: &str, member: &str, named: &str, what: &str| {
        let path = format!("{kind}.outcome");
        let outcomes = shape.map(|own| own.enum_values(&path)).unwrap_or_default();
        let one = |outcome: &&'static str| {
            let mut input = json!({ member: named, "outcome": outcome });
            if *outcome == "SLOW" {
                input["seconds"] = json!(300);
            }
            fault(format!("next-{outcome}-{named}"), words(outcome), kind, input)
        };
        let mut all: Vec<Fault> = outcomes.iter().map(one).collect();
        // What goes wrong first, and how it ends last: NORMAL is the first of an enum.
        if !all.is_empty() {
            all.rotate_left(1);
        }
        (format!("{what} of {named}"), all)
    };
    let mut images: Vec<&str> = registration.core.containers.iter().map(|own| own.image.as_str()).collect();
    images.sort_unstable();
    images.dedup();
    let pulls = images.into_iter().map(|image| offer("imagePull", "image", image, "The next pulls"));
    pulls.chain([offer("initialization", "family", &registration.family, "The next tasks")]).collect()
}

fn spot(host: &str) -> Fault {
    fault("spot", "EC2 Spot takes the instance back, in two minutes", "spotReclaim", json!({ "instanceId": host }))
}

/// What can go wrong with a container instance now.
pub fn instance_faults(card: &Card) -> Vec<Fault> {
    let runs = card.host == State::Running && !matches!(card.machine, MachineId::Outside(_));
    let words = if card.connected { "its agent loses the connection" } else { "its agent connects again" };
    let agent = fault("agent", words, "agent", json!({ "instanceId": card.id, "connected": !card.connected }));
    let mut all: Vec<Fault> = runs.then_some(agent).into_iter().collect();
    if let MachineId::Ec2(_) = card.machine {
        all.extend(host_faults(&card.id, card.host));
    }
    all
}

/// What can go wrong with an EC2 instance now.
pub fn host_faults(id: &str, host: State) -> Vec<Fault> {
    let lost = || fault("lost", "the instance is lost without notice", "instance", json!({ "instanceId": id }));
    match host {
        State::Running => vec![lost(), spot(id)],
        State::Pending | State::Stopping | State::ShuttingDown => vec![lost()],
        State::Stopped | State::Terminated => Vec::new(),
    }
}

/// What can go wrong with an EC2 instance that is in no cluster: also that it waits in a warm pool (1.6).
pub fn loose_faults(id: &str, host: State) -> Vec<Fault> {
    let mut all = host_faults(id, host);
    if !all.is_empty() {
        for (waiting, words) in
            [(true, "it waits in its group's warm pool"), (false, "it leaves its group's warm pool")]
        {
            all.push(fault(
                format!("warm-{waiting}"),
                words,
                "warmPool",
                json!({ "instanceId": id, "waiting": waiting }),
            ));
        }
    }
    all
}

/// What can go wrong with a zone; first what one most likely wants of one that is `out`, or is not.
pub fn zone_faults(zone: &str, out: bool) -> Vec<Fault> {
    let input = |available: bool| json!({ "zone": zone, "available": available });
    let mut all = vec![
        fault("zone-off", "the zone is lost with all that runs there", "zone", input(false)),
        fault("ec2-off", "EC2 has no more capacity there", "ec2Capacity", input(false)),
        fault("fargate-off", "Fargate has no more capacity there", "fargateCapacity", input(false)),
        fault("zone-on", "the zone is restored", "zone", input(true)),
    ];
    if out {
        all.rotate_right(1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::view::{FleetView, fleet};
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::ecs::Ecs;
    use ecs_lab::lab::Lab;
    use ecs_lab::shell::line_of;
    use ecs_lab::sim::SimDuration;

    fn flat(groups: Vec<Faults>) -> Vec<Fault> {
        groups.into_iter().flat_map(|(_, faults)| faults).collect()
    }

    fn ids(faults: &[Fault]) -> Vec<&str> {
        faults.iter().map(|(id, ..)| id.as_str()).collect()
    }

    /// Without what concerns the next tasks.
    fn now(faults: &[Fault]) -> Vec<&str> {
        ids(faults).into_iter().filter(|id| !id.starts_with("next-")).collect()
    }

    fn make(lab: &mut Lab, faults: Vec<Fault>, wanted: &str) {
        let found = faults.into_iter().find(|(id, ..)| id == wanted);
        lab.apply(found.unwrap_or_else(|| panic!("no {wanted}")).2).unwrap();
    }

    fn first(lab: &Lab) -> (FleetView, Card) {
        let view = fleet(lab, None).unwrap();
        let card = view.zones[1].cards[0].clone();
        (view, card)
    }

    /// The task of a brick.
    fn task<'a>(ecs: &'a Ecs, card: &Card) -> &'a Task {
        ecs.task(card.bricks[0].key).unwrap()
    }

    /// Every fault that is offered is one that the engine takes, in every state that it is offered in.
    #[test]
    fn what_is_offered_is_taken() {
        let mut lab = opening::fleet();
        let health = json!({ "family": "checked", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 64,
            "healthCheck": { "command": ["CMD-SHELL", "exit 0"] } }] });
        lab.apply(Command::ecs("RegisterTaskDefinition", health)).unwrap();
        lab.apply(Command::ecs("RunTask", json!({ "cluster": "prod", "taskDefinition": "checked", "count": 2 })))
            .unwrap();
        for round in 0..12 {
            let view = fleet(&lab, None).unwrap();
            let mut offered = Vec::new();
            for zone in &view.zones {
                offered.extend(zone_faults(&zone.name, zone.out));
                for card in &zone.cards {
                    offered.extend(instance_faults(card));
                    for brick in &card.bricks {
                        let task = lab.world().ecs().task(brick.key).unwrap();
                        offered.extend(flat(task_faults(task, Some((&card.id, card.host)))));
                    }
                }
            }
            offered.extend(view.loose.iter().flat_map(|own| loose_faults(&own.id, own.host)));
            for (id, _, command) in &offered {
                let taken = lab.rehearse(std::slice::from_ref(command));
                assert!(taken.is_ok(), "round {round}, {id}: {} {taken:?}", line_of(command));
            }
            // One of them happens, another one each round.
            let Some((.., command)) = offered.into_iter().nth(round * 7) else { break };
            lab.apply(command).unwrap();
            lab.advance(SimDuration::from_secs(5)).unwrap();
        }
    }

    #[test]
    fn a_container_that_was_killed_cannot_be_killed_again() {
        let mut lab = opening::fleet();
        let (_, card) = first(&lab);
        let offered = |lab: &Lab| flat(task_faults(task(lab.world().ecs(), &card), Some((&card.id, card.host))));
        assert_eq!(
            now(&offered(&lab)),
            ["exit-1-app", "exit-137-app", "exit-139-app", "exit-0-app", "oom-app", "spot"]
        );
        let all = offered(&lab);
        make(&mut lab, all, "exit-139-app");
        assert!(now(&offered(&lab)).is_empty(), "its only container is essential: the task is to stop");
    }

    #[test]
    fn what_can_go_wrong_with_a_task_stands_in_groups() {
        let mut lab = opening::fleet();
        let (_, card) = first(&lab);
        let names = |lab: &Lab, host: Option<(&str, State)>| -> Vec<String> {
            let all = task_faults(task(lab.world().ecs(), &card), host);
            all.into_iter().map(|(name, _)| name).collect()
        };
        let host = Some((card.id.as_str(), card.host));
        let next = ["The next pulls of public.ecr.aws/docker/library/nginx:1.29", "The next tasks of web"];
        assert_eq!(names(&lab, host), [&["Its containers", "Its host"], &next[..]].concat());
        let all = flat(task_faults(task(lab.world().ecs(), &card), host));
        let last = all.last().map(|(id, words, _)| (id.as_str(), words.as_str()));
        assert_eq!(last, Some(("next-NORMAL-web", "all goes as usual again")));
        make(&mut lab, all, "exit-139-app");
        assert_eq!(names(&lab, host), next, "what is to stop goes wrong no more");
    }

    #[test]
    fn an_agent_comes_back_and_a_lost_host_does_not() {
        let mut lab = opening::fleet();
        let (_, card) = first(&lab);
        assert_eq!(ids(&instance_faults(&card)), ["agent", "lost", "spot"]);
        make(&mut lab, instance_faults(&card), "agent");
        let (_, card) = first(&lab);
        assert_eq!((card.connected, ids(&instance_faults(&card))), (false, vec!["agent", "lost", "spot"]));
        make(&mut lab, instance_faults(&card), "lost");
        let (_, card) = first(&lab);
        assert!(instance_faults(&card).is_empty(), "a ghost: its agent never comes back");
        let offered = instance_commands("prod", &card);
        assert_eq!(offered.iter().map(|deed| deed.1).collect::<Vec<_>>(), ["drain", "deregister-instance"]);
    }

    #[test]
    fn a_machine_outside_of_aws_has_no_buttons_of_ec2() {
        let mut lab = opening::fleet();
        let call = ApiCall::new("lab", "External", json!({ "cpus": 2, "memory": 4096, "cluster": "prod" }));
        lab.apply(Command::Api(call)).unwrap();
        let view = fleet(&lab, None).unwrap();
        let card = &view.zones[0].cards[0];
        assert_eq!((view.zones[0].name.as_str(), ids(&instance_faults(card))), ("", vec!["agent"]));
        assert_eq!(instance_commands("prod", card).iter().map(|deed| deed.1).collect::<Vec<_>>(), ["drain"]);
    }

    #[test]
    fn a_lost_zone_stays_in_the_picture_until_it_is_restored() {
        let mut lab = opening::fleet();
        let zone = |lab: &Lab| {
            let view = fleet(lab, None).unwrap();
            view.zones.into_iter().find(|zone| zone.name == "us-east-1b").map(|zone| (zone.cards.len(), zone.out))
        };
        assert_eq!(zone(&lab), Some((2, false)));
        make(&mut lab, zone_faults("us-east-1b", false), "zone-off");
        assert_eq!(zone(&lab), Some((0, true)));
        assert_eq!(zone_faults("us-east-1b", true)[0].0, "zone-on");
        make(&mut lab, zone_faults("us-east-1b", true), "zone-on");
        assert_eq!(zone(&lab), None);
    }
}
