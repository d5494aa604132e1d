//! What the agent of an instance and its launcher, `ecs-init`, have written, as files and as the output of the agent's
//! container: what the lab knows to have happened, in their style.
//!
//! Source: ECS developer guide, "Viewing Amazon ECS container agent logs", read 2026-11-22. The wording is the lab's.

use crate::aws::arn::Account;
use crate::ec2::State;
use crate::ecs::capability::AGENT_VERSION;
use crate::event::{Ec2Id, Fact, FactKind};
use crate::lab::Lab;
use crate::shell::files::Files;
use crate::sim::{SimDuration, SimTime, moment};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The folder of both.
pub(super) const FOLDER: &str = "/var/log/ecs";

/// As many files of hours that are over are kept.
const MOST_FILES: usize = 24;

/// How long the launcher needs before the agent tells of itself.
const LAUNCH: SimDuration = SimDuration::from_secs(2);

/// A line with its moment.
type Line = (SimTime, String);

/// What happened to the agent of an instance, oldest first.
enum Step<'a> {
    /// It came up: registered as this container instance of a cluster, or came back.
    Up { cluster: &'a str, id: Option<&'a str> },
    /// It came up, and could not register.
    Refused(&'a str),
    /// It went down, or its connection did.
    Down,
    /// A task was handed to it.
    Task { cluster: &'a str, task: &'a str },
    /// A task of its own changed.
    Status { cluster: &'a str, task: &'a str, status: &'a str },
}

fn steps(lab: &Lab, id: Ec2Id) -> Vec<(SimTime, Step<'_>)> {
    let name = id.to_string();
    let mut own: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for Fact { at, kind, .. } in lab.facts() {
        let step = match kind {
            FactKind::InstanceRegistered { cluster, instance, id, .. } if *instance == name => {
                Step::Up { cluster, id: Some(id) }
            }
            FactKind::AgentConnected { cluster, instance, connected: true } if *instance == name => {
                Step::Up { cluster, id: None }
            }
            FactKind::AgentConnected { instance, .. } if *instance == name => Step::Down,
            FactKind::RegistrationFailed { instance, log } if *instance == name => Step::Refused(log),
            FactKind::TaskCreated { cluster, task, instance: Some(instance), .. } if *instance == name => {
                own.push(task);
                Step::Task { cluster, task }
            }
            FactKind::TaskStatus { cluster, task, status } if own.contains(&task.as_str()) => {
                Step::Status { cluster, task, status }
            }
            _ => continue,
        };
        all.push((*at, step));
    }
    all
}

/// Since when the agent's container runs, and when it stopped; none where it never ran, or its host was off since.
pub(in crate::shell) fn life(lab: &Lab, id: Ec2Id) -> Option<(SimTime, Option<SimTime>)> {
    let host = lab.world().ec2().get(id).filter(|own| own.state == State::Running && own.has_agent())?;
    let mut life: Option<(SimTime, Option<SimTime>)> = None;
    for (at, step) in steps(lab, id).into_iter().filter(|(at, _)| *at >= host.launched_at) {
        match (step, life) {
            (Step::Up { .. } | Step::Refused(_), None | Some((_, Some(_)))) => life = Some((at, None)),
            (Step::Down, Some((since, None))) => life = Some((since, Some(at))),
            _ => {}
        }
    }
    life
}

/// What the agent wrote.
pub(in crate::shell) fn agent(lab: &Lab, id: Ec2Id) -> Vec<Line> {
    let account = Account { region: lab.start().region.clone(), ..Account::default() };
    let mut all = Vec::new();
    for (at, step) in steps(lab, id) {
        let mut say = |level: &str, rest: String| {
            all.push((at, format!("level={level} time={} {rest}", moment::shown(at, "%Y-%m-%dT%H:%M:%SZ"))));
        };
        match step {
            Step::Up { cluster, id } => {
                say("info", "msg=\"Loading configuration\"".to_string());
                say("info", format!("msg=\"Amazon ECS agent Version: {AGENT_VERSION}\""));
                let told = match id {
                    Some(id) => {
                        let arn = account.container_instance(cluster, id).text();
                        format!(
                            "msg=\"Instance registration completed successfully\" instanceArn=\"{arn}\" cluster=\"{cluster}\""
                        )
                    }
                    None => format!("msg=\"Restored from checkpoint file\" cluster=\"{cluster}\""),
                };
                say("info", told);
                say("info", "msg=\"Connected to ACS endpoint\"".to_string());
            }
            Step::Refused(log) => say("error", format!("msg={log:?}")),
            Step::Down => say("warn", "msg=\"Disconnected from ACS endpoint\"".to_string()),
            Step::Task { cluster, task } => {
                let arn = account.task(cluster, task).text();
                say("info", format!("msg=\"Received task payload from ACS\" taskARN=\"{arn}\" desiredStatus=RUNNING"));
            }
            Step::Status { cluster, task, status } => {
                let arn = account.task(cluster, task).text();
                let what = format!("eventType=TaskStateChange taskARN=\"{arn}\" status={status}");
                say("info", format!("msg=\"Sending state change to ECS\" {what}"));
            }
        }
    }
    all
}

/// What its launcher wrote.
fn launcher(lab: &Lab, id: Ec2Id) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    let mut runs = false;
    for (at, step) in steps(lab, id) {
        let starts = matches!(step, Step::Up { .. } | Step::Refused(_)) && !runs;
        runs = starts || runs && !matches!(step, Step::Down);
        if !starts {
            continue;
        }
        let at = SimTime::from_millis(at.as_millis() - LAUNCH.as_millis());
        let before =
            if all.is_empty() { "No existing agent container to remove." } else { "Removed existing agent container" };
        for told in ["pre-start", "start", before, "Starting Amazon Elastic Container Service Agent"] {
            all.push((at, format!("{} [INFO] {told}", moment::shown(at, "%Y-%m-%dT%H:%M:%SZ"))));
        }
    }
    all
}

/// Lays the files down as they are now: the last hour's under its own name, each before it with the hour behind it.
pub(super) fn lay(files: &mut Files, lab: &Lab, id: Ec2Id) {
    let told = texts(lab, id);
    let known: Vec<String> = files.below(&format!("{FOLDER}/")).map(String::from).collect();
    for path in known.iter().filter(|path| told.iter().all(|(own, _)| own != *path)) {
        files.remove(path);
    }
    for (path, text) in told {
        if files.read(&path) != Some(&text) {
            // What does not fit any more is not kept.
            let _ = files.write(&path, text);
        }
    }
}

/// The files by their paths.
fn texts(lab: &Lab, id: Ec2Id) -> Vec<(String, String)> {
    let hour = |at: SimTime| moment::shown(at, "%Y-%m-%d-%H");
    let mut files = Vec::new();
    for (name, lines) in [("ecs-agent.log", agent(lab, id)), ("ecs-init.log", launcher(lab, id))] {
        // The first line of another hour rolls the file over.
        let now = lines.last().map(|(at, _)| hour(*at)).unwrap_or_default();
        let mut own: Vec<(String, String)> = Vec::new();
        for (at, line) in lines {
            let at = hour(at);
            let path = if at == now { format!("{FOLDER}/{name}") } else { format!("{FOLDER}/{name}.{at}") };
            match own.last_mut().filter(|(last, _)| *last == path) {
                Some((_, text)) => text.push_str(&(line + "\n")),
                None => own.push((path, line + "\n")),
            }
        }
        let first = own.len().saturating_sub(MOST_FILES + 1);
        files.extend(own.into_iter().skip(first));
    }
    files
}
