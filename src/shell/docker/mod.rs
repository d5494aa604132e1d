//! A docker host: local images and logins, with the registry of the account behind `push` and `pull` (3.3 to 3.5).
//!
//! Containers run here for a look at an image; what ECS runs are tasks.

mod archive;
mod bare;
mod build;
mod builders;
mod commands;
mod config;
mod containers;
mod context;
mod copy;
pub(super) mod credentials;
mod dockerfile;
mod engine;
mod excerpt;
mod faults;
mod given;
pub(super) mod helm;
mod history;
pub(super) mod host;
mod hosted;
mod hub;
mod imagetools;
mod inspect;
mod instruction;
mod keep;
mod lives;
mod login;
mod manifest;
mod name;
mod platform;
mod progress;
mod ps;
mod pull;
mod push;
mod registry;
mod settings;
mod show;
mod stages;
mod system;
mod template;
mod view;
mod volumes;

pub(super) use commands::candidates;
pub(super) use lives::end;
pub(super) use name::registry;
pub(super) use registry::{ARCHIVED, Open};
pub(super) use view::{at_port, within};

use commands::{options, takes, verbs};

use super::exec::Shell;
use super::files::Files;
use super::terminal::{Output, Terminal};
use crate::ecr::docker::Built;
use crate::sim::SimTime;
use crate::sim::sorted::{Map, Set};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// What the host holds.
#[derive(Clone, Default)]
pub(super) struct Docker {
    /// Images by `name:tag`.
    images: Map<String, Local>,
    /// Whether the credential helper of Amazon ECR is installed.
    has_helper: bool,
    /// Lists of `docker manifest`, by the name that they are for.
    lists: Map<String, Vec<manifest::Entry>>,
    builders: builders::Builders,
    /// When images were fetched from Docker Hub.
    pulls: Vec<SimTime>,
    /// The containers, in the order in which they were run.
    containers: Vec<containers::Container>,
    /// How many were ever run.
    ran: u32,
    /// What the volumes hold.
    pub(super) volumes: Files,
    /// The images that builders have fetched as bases, by name and platform.
    fetched: Map<String, Rc<Built>>,
    /// The steps that builders have done: the builder's name with the step's key.
    cache: Set<String>,
}

impl Docker {
    /// The names of the local images.
    pub(super) fn names(&self) -> Vec<String> {
        self.images.keys().filter(|key| !is_dangling(key)).cloned().collect()
    }

    /// Gives an image a name. One that had it and has no other stays without a name.
    fn put(&mut self, key: String, local: Local) {
        let id = local.built.config.digest.clone();
        let unnamed = dangling(&id);
        if key != unnamed {
            self.images.remove(&unnamed);
        }
        let Some(before) = self.images.insert(key, local) else { return };
        let old = before.built.config.digest.clone();
        if self.images.values().all(|own| own.built.config.digest != old) {
            self.images.insert(dangling(&old), before);
        }
    }
}

/// How an image is kept that has no name.
fn dangling(id: &str) -> String {
    format!("<none>@{id}")
}

fn is_dangling(key: &str) -> bool {
    key.starts_with("<none>@")
}

/// A local image.
#[derive(Clone)]
struct Local {
    built: Rc<Built>,
    made: SimTime,
    platform: String,
    /// `name@digest` of the registries that hold it.
    digests: Vec<String>,
}

/// Commands that docker has and the lab has not, with what there is instead.
const LEFT_OUT: [(&str, &str); 26] = [
    ("attach", "docker logs shows what a container says, and docker exec -it enters it"),
    ("builder", "docker buildx has the builders"),
    ("checkpoint", "no process is frozen"),
    ("commit", "docker build makes images"),
    ("compose", "docker run starts one container at a time"),
    ("config", "it belongs to Swarm"),
    ("context", "there is one host, the prompt's own"),
    ("create", "docker run creates and starts in one step"),
    ("diff", "what changes in a container it does not compare"),
    ("events", "docker ps -a and docker logs tell what happened"),
    ("export", "docker push takes an image to a registry"),
    ("import", "docker pull and docker build bring images"),
    ("network", "a container is in the network bridge, or in none"),
    ("node", "it belongs to Swarm"),
    ("pause", "docker stop stops a container"),
    ("plugin", "its docker takes no plugins"),
    ("scout", "aws ecr start-image-scan scans images"),
    ("search", "its catalogue of Docker Hub has some 60 images by their names"),
    ("secret", "it belongs to Swarm"),
    ("service", "it belongs to Swarm"),
    ("stack", "it belongs to Swarm"),
    ("stats", "what a container uses it measures for tasks of ECS alone"),
    ("swarm", "it belongs to Swarm"),
    ("trust", "images are not signed"),
    ("unpause", "docker start starts a container"),
    ("update", "docker run sets what a container has"),
];

/// Whether the container of an id runs on this host.
pub(super) fn runs(terminal: &Terminal, id: &str, now: SimTime) -> bool {
    terminal.docker.containers.iter().any(|own| own.id == id && own.ended(now).is_none())
}

/// Runs a command line behind `docker`, which reads its configuration first.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    match config::warning(shell) {
        None => answered(shell, words, input),
        Some(warning) => Output::fail(0, warning).then(answered(shell, words, input)),
    }
}

fn answered(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("help", words),
    };
    match (verb, rest.first().map(String::as_str)) {
        ("image", Some("ls" | "list")) => show::images(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("rm")) => show::remove(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("history")) => history::run(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("inspect")) => inspect::run(shell, rest.get(1..).unwrap_or_default(), Some("image")),
        ("image", Some("build")) => build::run(shell, rest.get(1..).unwrap_or_default(), input, true),
        ("image", Some("push")) => push::push(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("pull")) => pull::pull(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("tag")) => show::tag(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("save")) => archive::save(shell, rest.get(1..).unwrap_or_default()),
        ("image", Some("load")) => archive::load(shell, rest.get(1..).unwrap_or_default(), input),
        ("image", Some("prune")) => show::prune(shell, rest.get(1..).unwrap_or_default(), input),
        ("image", _) => {
            Output::fail(1, format!("docker: ECS Lab: of docker image there are {}\n", verbs("image").join(", ")))
        }
        ("manifest", _) => manifest::run(shell, rest),
        ("buildx", _) => builders::run(shell, rest, input),
        ("build", _) => build::run(shell, rest, input, true),
        ("images", _) => show::images(shell, rest),
        ("rmi", _) => show::remove(shell, rest),
        ("inspect", _) => inspect::run(shell, rest, None),
        ("tag", _) => show::tag(shell, rest),
        ("push", _) => push::push(shell, rest),
        ("pull", _) => pull::pull(shell, rest),
        ("login", _) => login::login(shell, rest, input),
        ("logout", _) => login::logout(shell, rest),
        ("container", Some("ls" | "list" | "ps")) => ps::run(shell, rest.get(1..).unwrap_or_default()),
        ("container", Some("inspect")) => inspect::run(shell, rest.get(1..).unwrap_or_default(), Some("container")),
        ("container", Some("run")) => containers::run(shell, rest.get(1..).unwrap_or_default(), input),
        ("container", Some("exec")) => lives::exec(shell, rest.get(1..).unwrap_or_default(), input, lives::running),
        ("container", Some("port")) => lives::port(shell, rest.get(1..).unwrap_or_default()),
        ("container", Some("rename")) => lives::rename(shell, rest.get(1..).unwrap_or_default()),
        ("container", Some("top")) => lives::top(shell, rest.get(1..).unwrap_or_default()),
        ("container", Some("prune")) => system::prune_containers(shell, rest.get(1..).unwrap_or_default(), input),
        ("container", Some(own)) if lives::OVER.contains(&own) => {
            lives::over(shell, own, rest.get(1..).unwrap_or_default())
        }
        ("container", _) => Output::fail(
            1,
            format!("docker: ECS Lab: of docker container there are {}\n", verbs("container").join(", ")),
        ),
        ("cp", _) => copy::run(shell, rest),
        ("save", _) => archive::save(shell, rest),
        ("load", _) => archive::load(shell, rest, input),
        ("volume", _) => volumes::run(shell, rest, input),
        ("ps", _) => ps::run(shell, rest),
        ("run", _) => containers::run(shell, rest, input),
        ("exec", _) => lives::exec(shell, rest, input, lives::running),
        (own, _) if lives::OVER.contains(&own) => lives::over(shell, verb, rest),
        ("info", _) => system::info(shell, rest),
        ("system", _) => system::run(shell, rest, input),
        ("version", _) => system::version(rest),
        ("--version" | "-v", _) => system::short(),
        ("help" | "--help", _) => Output::print(format!(
            "Usage:  docker [OPTIONS] COMMAND\n\nThe lab's docker knows: {}\n",
            verbs("").join(", ")
        )),
        ("history", _) => history::run(shell, rest),
        ("port", _) => lives::port(shell, rest),
        ("rename", _) => lives::rename(shell, rest),
        ("top", _) => lives::top(shell, rest),
        _ if let Some((_, why)) = LEFT_OUT.iter().find(|(own, _)| *own == verb) => {
            Output::fail(1, format!("docker: ECS Lab has no docker {verb}: {why}\n"))
        }
        _ => Output::fail(
            1,
            format!("docker: unknown command: docker {verb}\n\nRun 'docker --help' for more information\n"),
        ),
    }
}

/// A refusal of the daemon.
fn daemon(why: &str) -> Output {
    Output::fail(1, format!("Error response from daemon: {why}\n"))
}

/// Options with their values.
type Given = Vec<(String, String)>;

/// The value that an option was given last.
fn value<'a>(given: &'a Given, name: &str) -> Option<&'a str> {
    given.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}
