//! `docker buildx`: the builders, and the commands that make and choose them.

use super::name::Reference;
use super::show::columns;
use super::{Output, build, hub, imagetools, options, takes, value, verbs};
use crate::shell::exec::Shell;
use crate::shell::terminal::HOME;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const VERSION: &str = "github.com/docker/buildx v0.25.0 faaea65da4ba0e58a13cd9cadcb950c51cf3b3c9\n";
const PLATFORMS: &str = "linux/amd64, linux/arm64";
/// The release of BuildKit in the daemon, and that of the image which a builder of its own runs.
const BUILDKIT: &str = "v0.23.2";
const IMAGE: &str = "moby/buildkit:buildx-stable-1";
const ENDPOINT: &str = "unix:///var/run/docker.sock";
/// Docker draws a name of two words; the lab takes them in turn.
const NAMES: [&str; 4] = ["elated_tesla", "quirky_noether", "gifted_hopper", "serene_lovelace"];

/// The builders that were made, by their names, and the one in use.
#[derive(Clone, Default)]
pub(super) struct Builders {
    all: Vec<Builder>,
    current: Option<String>,
    made: usize,
}

#[derive(Clone)]
struct Builder {
    name: String,
    node: String,
    options: String,
    /// When it was used last; it runs since it was used first.
    used: Option<SimTime>,
}

/// The builder of a command.
pub(super) struct Chosen {
    pub(super) name: String,
}

impl Chosen {
    /// Whether it is of the driver docker-container.
    pub(super) fn is_container(&self) -> bool {
        self.name != "default"
    }
}

impl Builders {
    /// Their names, with that of the daemon's own.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        ["default".to_string()].into_iter().chain(self.all.iter().map(|own| own.name.clone()))
    }
}

impl Shell<'_> {
    /// The builder that a command takes. Errors: there is none of that name.
    pub(super) fn builder(&self, named: Option<&str>, alias: bool) -> Result<Chosen, String> {
        let builders = &self.terminal.docker.builders;
        let current = builders.current.as_deref().filter(|_| !alias);
        let name = named.or_else(|| self.environment("BUILDX_BUILDER")).or(current).unwrap_or("default");
        if name != "default" && builders.all.iter().all(|own| own.name != name) {
            return Err(format!("no builder \"{name}\" found"));
        }
        Ok(Chosen { name: name.to_string() })
    }

    /// Starts the container of a builder that was not used before; what that says. Errors: its image does not come.
    pub(super) fn boot(&mut self, chosen: &Chosen) -> Result<Vec<String>, String> {
        let now = self.lab.now();
        let builders = &mut self.terminal.docker.builders;
        let Some(own) = builders.all.iter_mut().find(|own| own.name == chosen.name) else { return Ok(Vec::new()) };
        if own.used.is_some() {
            own.used = Some(now);
            return Ok(Vec::new());
        }
        let node = own.node.clone();
        if let Some(image) = Reference::parse(IMAGE) {
            hub::count(self, &image)
                .map_err(|refused| format!("Error response from daemon: {}", refused.of_pull(&image)))?;
        }
        if let Some(own) = self.terminal.docker.builders.all.iter_mut().find(|own| own.name == chosen.name) {
            own.used = Some(now);
        }
        let container = format!("creating container buildx_buildkit_{node} done");
        Ok(alloc::vec!["[internal] booting buildkit".to_string(), format!("pulling image {IMAGE} done"), container])
    }
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("ERROR: {why}\n"))
}

pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let (verb, rest) = words.split_first().map_or(("help", words), |(verb, rest)| (verb.as_str(), rest));
    let done = match verb {
        "build" | "b" => return build::run(shell, rest, input, false),
        "imagetools" => return imagetools::run(shell, rest),
        "create" => create(shell, rest),
        "use" => choose(shell, rest),
        "inspect" => inspect(shell, rest),
        "ls" => Ok(list(shell)),
        "rm" => remove(shell, rest),
        "version" => Ok(Output::print(VERSION)),
        "help" | "--help" => {
            let verbs = verbs("buildx").join(", ");
            Ok(Output::print(format!(
                "Usage:  docker buildx [OPTIONS] COMMAND\n\nThe lab's docker buildx knows: {verbs}\n"
            )))
        }
        "bake" | "du" | "prune" | "stop" | "history" | "dial-stdio" => {
            Err(failed(&format!("ECS Lab: of docker buildx there are {}", verbs("buildx").join(", "))))
        }
        _ => Err(failed(&format!(
            "unknown command: docker buildx {verb}\n\nRun 'docker buildx --help' for more information"
        ))),
    };
    done.unwrap_or_else(|output| output)
}

fn create(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, _) = options("buildx create", words)?;
    let has = |name: &str| value(&given, name).is_some();
    if has("--append") || has("--leave") {
        return Err(failed("ECS Lab: a builder has one node"));
    }
    match value(&given, "--driver").unwrap_or("docker-container") {
        "docker-container" => {}
        "docker" => return Err(failed("additional instances of driver \"docker\" cannot be created")),
        "kubernetes" | "remote" => {
            return Err(failed("ECS Lab has builders of the drivers docker and docker-container"));
        }
        other => return Err(failed(&format!("failed to find driver \"{other}\""))),
    }
    let builders = &mut shell.terminal.docker.builders;
    let drawn = || {
        let at = builders.made;
        let again = if at < NAMES.len() { String::new() } else { (at / NAMES.len()).to_string() };
        NAMES.get(at % NAMES.len()).map_or_else(String::new, |name| format!("{name}{again}"))
    };
    let name = value(&given, "--name").map_or_else(drawn, ToString::to_string);
    if name == "default" {
        return Err(failed("default is a reserved name and cannot be used to identify builder instance"));
    }
    if builders.all.iter().any(|own| own.name == name) {
        let why = "but no append mode, specify the node name to make changes for existing instances";
        return Err(failed(&format!("existing instance for {name:?} {why}")));
    }
    let node = value(&given, "--node").map_or_else(|| format!("{name}0"), ToString::to_string);
    let options = value(&given, "--driver-opt").unwrap_or_default().to_string();
    builders.all.push(Builder { name: name.clone(), node, options, used: None });
    crate::sim::order::sort_by(&mut builders.all, |left, right| left.name.cmp(&right.name));
    builders.made += 1;
    if has("--use") {
        builders.current = Some(name.clone());
    }
    let mut output = Output::default();
    if has("--bootstrap") {
        let booted = shell.boot(&Chosen { name: name.clone() }).map_err(|why| failed(&why))?;
        output.stderr = booted.iter().map(|line| format!("#1 {line}\n")).collect::<String>() + "#1 DONE 0.0s\n";
    }
    Ok(output.then(Output::print(format!("{name}\n"))))
}

fn choose(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (_, names) = options("buildx use", words)?;
    let name = names.first().map_or("default", String::as_str);
    let builders = &mut shell.terminal.docker.builders;
    if name != "default" && builders.all.iter().all(|own| own.name != name) {
        let path = format!("{HOME}/.docker/buildx/instances/{name}");
        return Err(failed(&format!("failed to find instance {name:?}: open {path}: no such file or directory")));
    }
    builders.current = Some(name.to_string()).filter(|name| name != "default");
    Ok(Output::default())
}

fn list(shell: &Shell<'_>) -> Output {
    let builders = &shell.terminal.docker.builders;
    let row = |cells: [&str; 5]| cells.map(ToString::to_string).to_vec();
    let mut rows = alloc::vec![row(["NAME/NODE", "DRIVER/ENDPOINT", "STATUS", "BUILDKIT", "PLATFORMS"])];
    let mark = |name: &str| if builders.current.as_deref().unwrap_or("default") == name { "*" } else { "" };
    for own in &builders.all {
        let (status, kit, platforms) =
            if own.used.is_some() { ("running", BUILDKIT, PLATFORMS) } else { ("inactive", "", "") };
        rows.push(row([&format!("{}{}", own.name, mark(&own.name)), "docker-container", "", "", ""]));
        rows.push(row([&format!(" \\_ {}", own.node), &format!(" \\_ {ENDPOINT}"), status, kit, platforms]));
    }
    rows.push(row([&format!("default{}", mark("default")), "docker", "", "", ""]));
    rows.push(row([" \\_ default", " \\_ default", "running", BUILDKIT, PLATFORMS]));
    Output::print(columns(&rows))
}

fn inspect(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("buildx inspect", words)?;
    let named = names.first().map(String::as_str).or_else(|| value(&given, "--builder"));
    let chosen = shell.builder(named, false).map_err(|why| failed(&why))?;
    let mut output = Output::default();
    if value(&given, "--bootstrap").is_some() {
        let booted = shell.boot(&chosen).map_err(|why| failed(&why))?;
        output.stderr = booted.iter().map(|line| format!("#1 {line}\n")).collect();
    }
    let own = shell.terminal.docker.builders.all.iter().find(|own| own.name == chosen.name);
    let (driver, node, endpoint) =
        own.map_or(("docker", "default", "default"), |own| ("docker-container", own.node.as_str(), ENDPOINT));
    let used = own.map(|own| own.used);
    let mut head = alloc::vec![("Name", chosen.name.clone()), ("Driver", driver.to_string())];
    if let Some(Some(at)) = used {
        head.push(("Last Activity", at.to_string().replace('T', " ").replace('Z', " +0000 UTC")));
    }
    let mut nodes = alloc::vec![("Name", node.to_string()), ("Endpoint", endpoint.to_string())];
    if let Some(own) = own.filter(|own| !own.options.is_empty()) {
        let quoted = own.options.split(',').filter_map(|own| own.split_once('='));
        nodes.push((
            "Driver Options",
            quoted.map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" "),
        ));
    }
    let runs = used.is_none_or(|used| used.is_some());
    nodes.push(("Status", if runs { "running" } else { "inactive" }.to_string()));
    if own.is_some() {
        nodes.push(("BuildKit daemon flags", "--allow-insecure-entitlement=network.host".to_string()));
    }
    if runs {
        nodes.push(("BuildKit version", BUILDKIT.to_string()));
        nodes.push(("Platforms", PLATFORMS.to_string()));
    }
    Ok(output.then(Output::print(format!("{}\nNodes:\n{}", block("", &head), block("", &nodes)))))
}

/// Names and values under each other.
pub(super) fn block(indent: &str, rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 2;
    rows.iter().map(|(name, value)| format!("{indent}{:width$}{value}\n", format!("{name}:"))).collect()
}

fn remove(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (_, names) = options("buildx rm", words)?;
    if names.is_empty() {
        return Err(takes("buildx rm", "at least 1 argument"));
    }
    let mut output = Output::default();
    for name in &names {
        let builders = &mut shell.terminal.docker.builders;
        let before = builders.all.len();
        builders.all.retain(|own| own.name != *name);
        if name == "default" {
            let why = "context builder cannot be removed, run `docker context rm default` to remove this context";
            output.stderr.push_str(&failed(why).stderr);
            output.status = 1;
        } else if builders.all.len() == before {
            output.stderr.push_str(&failed(&format!("no builder {name:?} found")).stderr);
            output.status = 1;
        } else {
            builders.current = builders.current.take().filter(|own| own != name);
            output.stdout.push_str(&format!("{name} removed\n"));
        }
    }
    Ok(output)
}
