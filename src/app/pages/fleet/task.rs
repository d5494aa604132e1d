//! A task in the inspector: its containers, its life, why it is there, its logs, and what can go wrong with it.

use super::act::task_faults;
use super::faults::{deed, grouped};
use super::inspect::{story, title};
use super::story::{relations, task_life};
use super::view::{short_instance, short_task};
use super::why::{Decided, why};
use crate::app::parts::{TableProps, command_line, table};
use crate::app::session::Door;
use ecs_lab::ec2::State;
use ecs_lab::ecs::logs::{self, LogStream};
use ecs_lab::event::{MachineId, TaskKey};
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::shell::line_of;
use serde_json::{Value, json};
use yew::prelude::*;

/// The task of a key, with the decision that placed it and the chosen fault.
pub fn task(door: &Door, key: TaskKey, decision: Option<&Decided>, fault: &UseStateHandle<String>) -> Html {
    let lab = door.store().lab();
    let ecs = lab.world().ecs();
    let Some(task) = ecs.task(key) else {
        return title("This task is gone from the list: a stopped task can be described for an hour.");
    };
    let cluster = ecs.clusters().find(|c| c.id == key.cluster).map(|c| c.name.as_str()).unwrap_or_default();
    let id = key.id.to_string();
    let call = ApiCall::new("ecs", "DescribeTasks", json!({ "cluster": cluster, "tasks": [id] }));
    let described = lab.read(&call).unwrap_or_default()["tasks"][0].take();
    let stop = Command::ecs("StopTask", json!({ "cluster": cluster, "task": id }));
    let host = task.host().and_then(|key| ecs.instance(key));
    let place = host.map_or_else(|| format!("Fargate in {}", task.zone), |host| short_instance(&host.host.name));
    let demand = &task.request.demand;
    let core = &task.definition.registration.core;
    let machine = host.and_then(|host| match host.machine {
        MachineId::Ec2(id) => lab.world().ec2().get(id).map(|own| (host.machine.to_string(), own.state)),
        _ => None,
    });
    let all = task_faults(task, machine.as_ref().map(|(id, state): &(String, State)| (id.as_str(), *state)));
    let (facts, streams) = (task_life(&lab, &id), logs::streams(&lab.start().region, task, lab.now()));
    let origin = origin(&lab, task.decision.revision);
    let words = format!(
        " {} CPU units, {} MiB · group {} · {}",
        demand.cpu,
        demand.memory,
        task.request.group,
        task.launch.name()
    );
    let mut notes = bindings(&described);
    notes.extend(relations(&core.containers));
    let wanted = task.wanted();
    let groups: Vec<Command> = logs::missing_groups(ecs, task)
        .into_iter()
        .map(|group| Command::Api(ApiCall::new("logs", "CreateLogGroup", json!({ "logGroupName": group }))))
        .collect();
    let status = task.status.name();
    let health = text(&described["healthStatus"]);
    html! {
        <>
            { title(&format!("Task {} of {}", short_task(&id), task.definition.name())) }
            <p>
                <span class="chip" data-testid="task-status">{ status }</span>
                if health != "UNKNOWN" { { " " }<span class={classes!("chip", if health == "HEALTHY" { "good" } else { "bad" })}>{ health.to_owned() }</span> }
                if described["connectivity"] == "DISCONNECTED" { { " " }<span class="chip bad">{ "agent disconnected" }</span> }
                if !wanted && status != "STOPPED" { { " " }<span class="chip warn">{ "desired STOPPED: its resources are free again" }</span> }
                { words }
            </p>
            if let Some(stop) = &task.stop {
                <p class="notice warn" data-testid="task-reason"><b>{ stop.code }</b><span class="text">{ &stop.reason }</span></p>
            }
            if !groups.is_empty() {
                <section class="stack" data-testid="no-log-group">
                    <p>{ "Its containers write to a log group that does not exist, and the driver makes none: no such task starts." }</p>
                    { for groups.iter().map(|group| deed(door, "Create the log group", "create-log-group", "create-log-group-line", group, false)) }
                </section>
            }
            <div class="stack tight">
                { containers(&described["containers"]) }
                { for notes.into_iter().map(|note| html! { <p class="dim" data-testid="container-note">{ note }</p> }) }
            </div>
            { story("Its life", facts) }
            if let Some(decision) = decision {
                <section class="stack"><h3>{ format!("Why {place}?") }</h3>{ why(door, decision) }</section>
            }
            if let Some(line) = origin {
                <section class="stack"><h3>{ "The command that placed it" }</h3>{ command_line(door, line, "origin-line") }</section>
            }
            { for streams.iter().map(log) }
            { grouped(door, &all, fault) }
            if wanted { { deed(door, "Stop this task", "stop-task", "stop-line", &stop, true) } }
        </>
    }
}

/// The containers as DescribeTasks has them; health and reason where one has any.
fn containers(described: &Value) -> Html {
    let all = described.as_array().map(Vec::as_slice).unwrap_or_default();
    let any = |member: &str, not: &str| all.iter().any(|own| own[member].is_string() && own[member] != not);
    let mut columns = vec![("Container", "name"), ("Status", "lastStatus"), ("Exit code", "exitCode")];
    if any("healthStatus", "UNKNOWN") {
        columns.push(("Health", "healthStatus"));
    }
    if any("reason", "") {
        columns.push(("Reason", "reason"));
    }
    columns.push(("Image", "image"));
    // Names and reasons may break anywhere, states may not.
    let cell = |member: &str, value: &Value| match value {
        Value::Null => html! { <span class="dim">{ "–" }</span> },
        Value::String(text) if member.ends_with("Status") => html! { text },
        Value::String(text) => html! { <span class="any">{ text }</span> },
        other => html! { other.to_string() },
    };
    let row = |own: &Value| columns.iter().map(|(_, member)| cell(member, &own[*member])).collect();
    let (rows, head) = (all.iter().map(row).collect(), columns.iter().map(|(head, _)| *head).collect());
    table(&TableProps { caption: "Containers".into(), head, rows, testid: "containers".into() })
}

/// Where the ports of the containers are reached.
fn bindings(described: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for own in described["containers"].as_array().into_iter().flatten() {
        for binding in own["networkBindings"].as_array().into_iter().flatten() {
            // A range stands in members of its own.
            let shown =
                |port: &str, range: &str| binding[range].as_str().map_or(binding[port].to_string(), String::from);
            all.push(format!(
                "host port {} leads to {} port {} of {}",
                shown("hostPort", "hostPortRange"),
                text(&binding["protocol"]),
                shown("containerPort", "containerPortRange"),
                text(&own["name"])
            ));
        }
    }
    let interface = described["attachments"][0]["details"].as_array().into_iter().flatten();
    for detail in interface.filter(|detail| detail["name"] == "privateIPv4Address") {
        all.push(format!("its own network interface has the address {}", text(&detail["value"])));
    }
    all
}

/// What one container wrote.
fn log(stream: &LogStream) -> Html {
    let lines: Vec<String> = stream.lines.iter().map(|(at, line)| format!("{}  {line}\n", at.clock())).collect();
    html! {
        <section class="stack tight" aria-label={format!("Log of {}", stream.container)} data-testid={format!("log-{}", stream.container)}>
            <h3>{ format!("Log of {}", stream.container) }</h3>
            <p class="dim mono">{ format!("{} · {}", stream.group, stream.stream) }</p>
            if lines.is_empty() {
                <p class="dim">{ "Nothing written yet: the lab knows what echo and the like write." }</p>
            } else {
                <pre class="log" tabindex="0" role="region" aria-label={format!("Lines of {}", stream.container)}>{ lines.concat() }</pre>
            }
        </section>
    }
}

/// The line of the command at a revision.
fn origin(lab: &Lab, revision: u32) -> Option<String> {
    lab.past().nth(revision.checked_sub(1)? as usize).map(|(command, _)| line_of(command))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_ports_are_reached() {
        let described = json!({
            "attachments": [{ "details": [{ "name": "subnetId", "value": "s" }, { "name": "privateIPv4Address", "value": "10.0.0.9" }] }],
            "containers": [{ "name": "app", "networkBindings": [{ "hostPort": 32768, "containerPort": 80, "protocol": "tcp" }] }, { "name": "b" }],
        });
        assert_eq!(
            bindings(&described),
            ["host port 32768 leads to tcp port 80 of app", "its own network interface has the address 10.0.0.9"]
        );
    }
}
