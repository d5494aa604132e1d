//! The commands behind the fleet's buttons, as values: what a button does is what its line says.

use super::view::Card;
use ecs_lab::ec2::State;
use ecs_lab::ecs::InstanceStatus;
use ecs_lab::lab::Command;
use serde_json::json;

/// What can be done with an instance now: the button's words, its test id, its command.
pub fn instance_commands(cluster: &str, card: &Card) -> Vec<(&'static str, &'static str, Command)> {
    let state = |status: &str| {
        let input = json!({ "cluster": cluster, "containerInstances": [card.arn], "status": status });
        Command::ecs("UpdateContainerInstancesState", input)
    };
    let ec2 = |operation| Command::ec2(operation, json!({ "InstanceIds": [card.id] }));
    let mut all = Vec::new();
    match card.status {
        InstanceStatus::Active => all.push(("Drain: no new tasks", "drain", state("DRAINING"))),
        InstanceStatus::Draining => all.push(("Make ACTIVE again", "activate", state("ACTIVE"))),
        InstanceStatus::Inactive | InstanceStatus::RegistrationFailed => {}
    }
    let (stop, start, terminate) = match card.host {
        State::Pending | State::Running => (true, false, true),
        State::Stopped => (false, true, true),
        State::Stopping => (false, false, true),
        State::ShuttingDown | State::Terminated => (false, false, false),
    };
    if stop {
        all.push(("Stop the host", "stop-instance", ec2("StopInstances")));
    }
    if start {
        all.push(("Start the host", "start-instance", ec2("StartInstances")));
    }
    if terminate {
        all.push(("Terminate the host", "terminate-instance", ec2("TerminateInstances")));
    }
    if !card.connected {
        let input = json!({ "cluster": cluster, "containerInstance": card.arn, "force": true });
        let deregister = Command::ecs("DeregisterContainerInstance", input);
        all.push(("Deregister the entry", "deregister-instance", deregister));
    }
    all
}
