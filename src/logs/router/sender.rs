//! What Docker's driver `fluentd` makes of a line, which FireLens uses too: its tag and its members.
//!
//! Sources: Docker's manual of the driver and its log tags, [AGENT:agent/engine/docker_task_engine.go,
//! getFirelensLogConfig], read 2026-11-22. Docker orders the members by chance.

use super::conf::Section;
use super::record::Record;
use super::source::{cluster, definition};
use crate::aws::arn::Account;
use crate::ecs::containers::invocation;
use crate::ecs::taskdef::Forward;
use crate::ecs::{LaunchType, Task, runtime_id};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use regex_lite::Regex;

/// What a line becomes at a router with such sections; none where it has no input for it.
pub fn record(
    rooms: &Rooms,
    account: &Account,
    (task, index): (&Task, usize),
    line: &str,
    sections: &[Section],
) -> Option<Record> {
    let input = sections.iter().find(|own| own.kind == "INPUT" && own.plugin() == "forward")?;
    let container = task.definition.registration.core.containers.get(index)?;
    let id = runtime_id(task, index);
    let on_fargate = task.launch == LaunchType::Fargate;
    let name = match on_fargate {
        true => container.name.clone(),
        // Docker knows the container under the agent's name for it.
        false => format!(
            "/ecs-{}-{}-{}-{}",
            task.definition.registration.family,
            task.definition.revision,
            container.name,
            id.get(44..).unwrap_or_default()
        ),
    };
    let mut members = Vec::from([
        ("container_id".to_string(), id.as_str().into()),
        ("container_name".to_string(), name.as_str().into()),
        ("log".to_string(), line.into()),
        ("source".to_string(), "stdout".into()),
    ]);
    let Some(Forward::Socket { .. }) = container.forward else {
        let tag = format!("{}-firelens-{}", container.name, task.key.id);
        return Some(Record { tag, members });
    };
    let options = &definition(task, index)["logConfiguration"]["options"];
    let option = |name: &str| options[name].as_str().unwrap_or_default();
    let labels = labels(rooms, account, task, index);
    let of_labels = Regex::new(option("labels-regex")).ok().filter(|_| !option("labels-regex").is_empty());
    let listed = |names: &str, name: &str| names.split(',').any(|own| own.trim() == name);
    for (name, value) in &labels {
        if listed(option("labels"), name) || of_labels.as_ref().is_some_and(|own| own.is_match(name)) {
            members.push((name.clone(), value.as_str().into()));
        }
    }
    let environment = invocation(task, &container.name).environment;
    for own in environment.iter().filter_map(|list| list.as_array()).flatten() {
        let (Some(name), Some(value)) = (own["name"].as_str(), own["value"].as_str()) else { continue };
        if listed(option("env"), name) && !members.iter().any(|(own, _)| own == name) {
            members.push((name.to_string(), value.into()));
        }
    }
    let given = if option("tag").is_empty() { "{{.ID}}" } else { option("tag") };
    let filled = filled(given, |item| match item {
        ".ID" => id.get(..12).map(ToString::to_string),
        ".FullID" => Some(id.clone()),
        ".Name" => Some(name.trim_start_matches('/').to_string()),
        ".ImageName" => Some(container.image.clone()),
        ".DaemonName" => Some("docker".to_string()),
        _ => {
            let label = item.strip_prefix("index .ContainerLabels")?.trim().trim_matches('"');
            labels.iter().find(|(own, _)| own == label).map(|(_, value)| value.clone())
        }
    });
    let prefix = input.get("tag_prefix").unwrap_or_default();
    Some(Record { tag: input.get("tag").map_or(prefix.to_string() + &filled, ToString::to_string), members })
}

/// The labels of a container: the agent's and its own.
fn labels(rooms: &Rooms, account: &Account, task: &Task, index: usize) -> Vec<(String, String)> {
    let own = definition(task, index);
    let name = own["name"].as_str().unwrap_or_default().to_string();
    let (family, revision) = (task.definition.registration.family.to_string(), task.definition.revision.to_string());
    let agents = [
        ("cluster", cluster(&rooms.ecs, task)),
        ("container-name", name),
        ("task-arn", super::source::arn(&rooms.ecs, account, task)),
        ("task-definition-family", family),
        ("task-definition-version", revision),
    ];
    let agents = agents.into_iter().map(|(key, value)| (format!("com.amazonaws.ecs.{key}"), value));
    let given = own["dockerLabels"].as_object().into_iter().flatten();
    agents.chain(given.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_string()))).collect()
}

/// A log tag with what stands for its items, `{{.ID}}`; nothing stands for one that is not known.
fn filled(tag: &str, item: impl Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), tag);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        out += before;
        out += &item(name.trim()).unwrap_or_default();
        rest = behind;
    }
    out + rest
}
