//! What the lab knows of a running container.

use super::Mount;
use crate::aws::object::object;
use crate::ecs::containers::{host_name, invocation};
use crate::ecs::registry::written;
use crate::ecs::startup;
use crate::ecs::{LaunchType, Task};
use crate::event::TaskKey;
use crate::lab::web::Place;
use crate::lab::{ApiCall, Lab};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A container that a prompt can be in.
#[derive(Clone)]
pub struct Container {
    /// Its id on its host.
    pub id: String,
    /// Its variables, each once.
    pub environment: Vec<(String, String)>,
    /// Its own name as a host.
    pub host: String,
    /// The names that its hosts file has: its own first, each behind its address.
    pub hosts: Vec<(String, String)>,
    /// What it has of its host.
    pub mounts: Vec<Mount>,
    /// The files that its image was built with, by their paths.
    pub files: Vec<(String, String)>,
    /// The working directory.
    pub directory: String,
    /// Its name in its task, or that of docker.
    pub name: String,
    /// The image, or what it was built of.
    pub image: String,
    /// The first word of what it runs.
    pub program: Option<String>,
    /// The task that it is of; none for a container of the prompt's own docker.
    pub task: Option<TaskKey>,
    /// Whether it is of a task on Fargate.
    pub on_fargate: bool,
}

impl Container {
    /// The container of a name in a task; none where it does not run.
    pub fn of_task(lab: &Lab, key: TaskKey, name: &str) -> Option<Self> {
        let ecs = lab.world().ecs();
        let task = ecs.task(key)?;
        let shown = described(lab, key)?;
        let document = &task.definition.registration.document;
        let named = |list: &'_ Value| list.as_array()?.iter().find(|own| own["name"] == name).cloned();
        let own = named(&document["containerDefinitions"])?;
        let running = named(&shown["containers"])?;
        let runtime = running["runtimeId"].as_str()?;
        let place = task.definition.registration.core.containers.iter().position(|own| own.name == name)?;
        let host = host_name(&lab.start().region, task, place);
        let run = invocation(task, name);
        let of_image = written(task, name).map(|own| own.directory.as_str()).filter(|own| !own.is_empty());
        let own_host = [(task.address.as_deref().unwrap_or("127.0.0.1").to_string(), host.clone())];
        Some(Self {
            id: runtime.to_string(),
            environment: variables(lab, task, name, runtime, &host),
            host,
            hosts: own_host.into_iter().chain(lab.world().mesh_hosts(Place::Task(key))).collect(),
            mounts: Vec::new(),
            files: written(task, name).map(|own| own.files.clone()).unwrap_or_default(),
            directory: own["workingDirectory"].as_str().or(of_image).unwrap_or("/").to_string(),
            name: name.to_string(),
            image: run.image.to_string(),
            program: run.entry_point.iter().chain(&run.command).next().map(ToString::to_string),
            task: Some(key),
            on_fargate: task.launch == LaunchType::Fargate,
        })
    }

    /// Whether its image is a small one, without bash.
    pub fn is_slim(&self) -> bool {
        ["alpine", "busybox"].iter().any(|own| self.image.contains(own))
    }

    /// Whether it has this tool to ask the network: small images have wget, others curl.
    pub fn asks(&self, tool: &str) -> bool {
        tool == if self.is_slim() { "wget" } else { "curl" }
    }

    /// Whether its image is made for this server.
    pub fn serves(&self, server: &str) -> bool {
        startup::program_of(&self.image).starts_with(server)
    }
}

/// A task as DescribeTasks shows it.
fn described(lab: &Lab, key: TaskKey) -> Option<Value> {
    let ecs = lab.world().ecs();
    let cluster = crate::ecs::instance::cluster_name(ecs, key.cluster);
    let input = object!({ "cluster": cluster, "tasks": alloc::vec![key.id.to_string()] });
    let mut reply = lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).ok()?;
    Some(reply["tasks"][0].take())
}

/// Whether a container of a task runs.
pub fn runs(lab: &Lab, key: TaskKey, id: &str) -> bool {
    let shown = described(lab, key).unwrap_or_default();
    let mut all = shown["containers"].as_array().into_iter().flatten();
    all.any(|own| own["runtimeId"] == id && own["lastStatus"] == "RUNNING")
}

/// The variables of a container: what the image and ECS set, then those of the task, of which the first that has a name
/// counts (CD-22) and which win. A secret has the value that it had when the task read it (CD-23).
fn variables(lab: &Lab, task: &Task, name: &str, runtime: &str, host: &str) -> Vec<(String, String)> {
    let region = &lab.start().region;
    let on_fargate = task.launch == LaunchType::Fargate;
    let own = task.definition.registration.core.task_role.as_deref();
    let role = task.request.overrides["taskRoleArn"].as_str().or(own).filter(|role| !role.is_empty());
    let mut all = plain(host);
    let mut set = |name: &str, value: String| all.push((name.to_string(), value));
    set("AWS_DEFAULT_REGION", region.clone());
    set("AWS_REGION", region.clone());
    set("AWS_EXECUTION_ENV", format!("AWS_ECS_{}", if on_fargate { "FARGATE" } else { "EC2" }));
    set("ECS_AGENT_URI", format!("http://169.254.170.2/api/{runtime}"));
    set("ECS_CONTAINER_METADATA_URI", format!("http://169.254.170.2/v3/{runtime}"));
    set("ECS_CONTAINER_METADATA_URI_V4", format!("http://169.254.170.2/v4/{runtime}"));
    if role.is_some() {
        let id = task.key.id.to_string();
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| id.get(part).unwrap_or_default());
        set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", format!("/v2/credentials/{}", parts.join("-")));
    }
    let read = task.times.pull_started.unwrap_or(task.times.created);
    let secret = |from: &str| lab.world().secretsmanager().read_at(from, read);
    with(all, &invocation(task, name).environment, &secret)
}

/// What every container has.
pub fn plain(host: &str) -> Vec<(String, String)> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    [("PATH", path), ("HOSTNAME", host), ("HOME", "/root")].map(|(name, value)| (name.into(), value.into())).into()
}

/// Variables with those of such lists over them; a secret of which the lab does not know the value shows where it comes
/// from.
pub fn with(
    mut all: Vec<(String, String)>,
    lists: &[&Value],
    secret: &dyn Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let mut given: Vec<(String, String)> = Vec::new();
    for own in lists.iter().flat_map(|list| list.as_array().into_iter().flatten().rev()) {
        let Some(name) = own["name"].as_str().filter(|name| !given.iter().any(|(known, _)| known == name)) else {
            continue;
        };
        let from = || own["valueFrom"].as_str().map(|from| secret(from).unwrap_or_else(|| format!("<{from}>")));
        let value = own["value"].as_str().map(String::from).or_else(from).unwrap_or_default();
        given.push((name.to_string(), value));
    }
    all.retain(|(name, _)| !given.iter().any(|(own, _)| own == name));
    all.extend(given);
    all
}
