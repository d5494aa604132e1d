//! The containers of the prompt's own host: `docker run` and `docker ps`.
//!
//! A container does what its command tells, as that of a task does ([`program`]), from the moment of the lab at which it
//! was run. What is in the foreground and ends takes the time of the lab that it lasts; what serves is let go of; a shell
//! with a terminal is entered, and the small tools of the lab print what they print in the container.

use super::given::{named, published};
use super::name::Reference;
use super::show::found;
use super::{Given, Output, inspect, options, pull, takes, value};
use crate::aws::object::object;
use crate::ecr::manifest::BASE;
use crate::ecr::sha256;
use crate::ecs::program::{self, Program};
use crate::shell::exec::Shell;
use crate::shell::inside::{self, Ran, Way};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Ended by SIGKILL.
pub(super) const KILLED: u8 = 137;

/// A container.
#[derive(Clone)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: String,
    /// The image's id.
    pub(super) image_id: String,
    /// What it was built of.
    base: String,
    /// What it runs beyond what its base runs by itself.
    command: Vec<String>,
    /// Its configuration as docker shows it.
    pub(super) config: Value,
    /// Its variables, as a task definition lists them.
    pub(super) environment: Value,
    directory: String,
    pub(super) program: Program,
    pub(super) made: SimTime,
    /// When it started last.
    pub(super) since: SimTime,
    pub(super) ends: Option<(SimTime, u8)>,
    /// What it said before.
    pub(super) earlier: Vec<(SimTime, String)>,
    /// Ports of the host with those of the container.
    pub(super) ports: Vec<(u16, u16)>,
    /// The last number of its address.
    pub(super) place: usize,
    /// `--rm`.
    pub(super) goes: bool,
}

impl Container {
    /// When it ended, and how.
    pub(super) fn ended(&self, now: SimTime) -> Option<(SimTime, u8)> {
        self.ends.filter(|(at, _)| *at <= now)
    }

    /// All that it said, each line with its moment.
    pub(super) fn said(&self, now: SimTime) -> Vec<(SimTime, String)> {
        let until = self.ended(now).map_or(now, |(at, _)| at);
        let words: Vec<&str> = self.command.iter().map(String::as_str).collect();
        let said = program::says(&self.base, &words, &[&self.environment], self.since, until);
        self.earlier.iter().cloned().chain(said).collect()
    }

    /// The same as one text.
    pub(super) fn logs(&self, now: SimTime) -> String {
        self.said(now).iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    /// What it runs, word by word.
    pub(super) fn invocation(&self) -> Vec<String> {
        [texts(&self.config["Entrypoint"]), texts(&self.config["Cmd"])].concat()
    }

    /// Its process begins anew.
    pub(super) fn start(&mut self, now: SimTime) {
        self.earlier = self.said(now);
        self.since = now;
        self.ends = self.program.ends.map(|(span, code)| (now + span, code));
    }

    /// The inside of it.
    pub(super) fn inside(&self) -> inside::Container {
        let host = short(&self.id).to_string();
        inside::Container {
            id: self.id.clone(),
            environment: inside::with(inside::plain(&host), &[&self.environment]),
            host,
            hosts: [(self.address(), short(&self.id).to_string())].into(),
            directory: self.directory.clone(),
            name: self.name.clone(),
            image: self.base.clone(),
            program: self.command.first().filter(|_| !self.is_bare()).cloned(),
            task: None,
            on_fargate: false,
        }
    }

    /// Its address in the network that docker makes by itself.
    pub(super) fn address(&self) -> String {
        format!("172.17.0.{}", self.place)
    }

    /// Whether its image is one of the catalogue's with a shell and small tools alone.
    fn is_bare(&self) -> bool {
        let own = [&self.image, &self.base].map(|name| Reference::parse(name).map(|own| own.key()));
        inside::shell_of(&self.base).is_some() && own[0] == own[1]
    }

    /// Whether it was made of the image of a name.
    pub(super) fn is_of(&self, key: &str) -> bool {
        Reference::parse(&self.image).is_some_and(|own| own.key() == key)
    }

    /// The words that it runs; an image whose command is a shell has it alone.
    fn words(&self) -> Vec<String> {
        let own = || inside::shell_of(&self.base).map(|own| alloc::vec![own.to_string()]);
        if self.command.is_empty() { own().unwrap_or_default() } else { self.command.clone() }
    }
}

/// A refusal before the container runs.
pub(super) fn refused(why: &str) -> Output {
    Output::fail(125, format!("docker: {why}\n\nRun 'docker run --help' for more information\n"))
}

/// `docker run`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    made(shell, words, input).unwrap_or_else(|output| output)
}

fn made(shell: &mut Shell<'_>, words: &[String], input: &str) -> Result<Output, Output> {
    let (given, rest) = options("run", words)?;
    let Some((image, command)) = rest.split_first() else { return Err(takes("run", "at least 1 argument")) };
    let has = |name: &str| value(&given, name).is_some();
    let told = fetched(shell, image)?;
    let local = found(shell, image).map(|(_, local)| local.clone()).ok_or_else(|| refused("no such image"))?;
    let mut config = inspect::config(&local);
    let written = inspect::written(&local);
    let entry = value(&given, "--entrypoint").map(|own| alloc::vec![own.to_string()]);
    if let Some(entry) = &entry {
        (config["Entrypoint"], config["Cmd"]) = (entry.clone().into(), Value::Null);
    }
    let entry = entry.unwrap_or_else(|| texts(&written["Entrypoint"]));
    let given_command = command.to_vec();
    if !given_command.is_empty() {
        config["Cmd"] = given_command.clone().into();
    }
    let command = if command.is_empty() { texts(&written["Cmd"]) } else { given_command };
    let environment = variables(shell, &config, &given)?;
    let base = config["Labels"][BASE].as_str().unwrap_or(image).to_string();
    let [entry, command] = [&entry, &command].map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
    let program = Program::of(&base, &entry, &command, has("--init"), &[&environment]);
    let command = [entry, command].concat().into_iter().map(String::from).collect();
    let since = shell.lab.now();
    let containers = &shell.terminal.docker.containers;
    let count = shell.terminal.docker.ran;
    let id = sha256(format!("{image} {count}").as_bytes()).trim_start_matches("sha256:").to_string();
    let name = named(containers, &given, count, &id)?;
    let ports = published(containers, &given, since, &name, &id)?;
    let wish = value(&given, "--workdir");
    let directory = wish.or(config["WorkingDir"].as_str()).filter(|own| !own.is_empty()).unwrap_or("/").to_string();
    config["WorkingDir"] = wish.map_or_else(|| config["WorkingDir"].clone(), Value::from);
    let taken = |place: &usize| containers.iter().any(|own| own.ended(since).is_none() && own.place == *place);
    let container = Container {
        image: image.clone(),
        image_id: local.built.config.digest.clone(),
        ends: program.ends.map(|(span, code)| (since + span, code)),
        goes: has("--rm"),
        made: since,
        earlier: Vec::new(),
        place: (2..).find(|place| !taken(place)).unwrap_or_default(),
        directory,
        base,
        command,
        config,
        environment,
        program,
        since,
        id,
        name,
        ports,
    };
    shell.terminal.docker.ran += 1;
    shell.terminal.docker.containers.push(container.clone());
    let (detached, terminal) = (has("--detach"), has("--tty"));
    if detached && terminal && inside::is_shell(&container.words()) {
        // Somebody could attach to its terminal: it waits.
        kept(shell, &container.id).into_iter().for_each(|own| own.ends = None);
        return Ok(told.then(Output::print(format!("{}\n", container.id))));
    }
    let input = if has("--interactive") { input } else { "" };
    let output = acts(shell, &container, input, terminal && !detached && shell.to_screen)
        .map_err(|refused| told.clone().then(refused))?;
    Ok(told.then(match output {
        Some(output) if !detached => output,
        _ => begun(shell, &container, detached),
    }))
}

/// What a container does whose words are a tool or a script of tools that the lab has, or a shell with a terminal or with
/// input; none for any other.
fn acts(shell: &mut Shell<'_>, own: &Container, input: &str, terminal: bool) -> Result<Option<Output>, Output> {
    let words = own.words();
    let serves = own.program.serves.is_some();
    let acts = match words.as_slice() {
        _ if inside::is_shell(&words) => terminal || !input.is_empty(),
        [_, flag, script, ..] if inside::is_shell(words.get(..1).unwrap_or_default()) && flag.ends_with('c') => {
            (serves || script.contains("$((")) && inside::runs_script(script)
        }
        [] => false,
        [name, ..] => serves && (own.is_bare() || inside::knows(name)),
    };
    if !acts {
        return Ok(None);
    }
    match inside::once(shell, own.inside(), &words, input) {
        Ran::Prompt(by) => {
            kept(shell, &own.id).into_iter().for_each(|own| own.ends = None);
            inside::enter(shell.terminal, own.inside(), &by, Way::Run);
            Ok(Some(Output::default()))
        }
        Ran::Done(output) => {
            let now = shell.lab.now();
            if let Some(kept) = kept(shell, &own.id) {
                let lines = output.pieces().into_iter().flat_map(|(_, text)| text.lines());
                kept.earlier = lines.map(|line| (now, line.to_string())).collect();
                kept.ends = Some((now, output.status));
            }
            Ok(Some(output))
        }
        Ran::Absent(why) => {
            shell.terminal.docker.containers.retain(|other| other.id != own.id);
            let why = format!(
                "Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime \
                 create failed: runc create failed: unable to start container process: error during container init: {why}"
            );
            Err(Output { status: 127, ..refused(&why) })
        }
    }
}

/// A container of an id, as it is kept.
pub(super) fn kept<'a>(shell: &'a mut Shell<'_>, id: &str) -> Option<&'a mut Container> {
    shell.terminal.docker.containers.iter_mut().find(|own| own.id == id)
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

/// The variables of the image, then those of files and of the command line, as a task definition lists them. Errors: a file that is
/// not there.
fn variables(shell: &Shell<'_>, config: &Value, given: &Given) -> Result<Value, Output> {
    let mut pairs = texts(&config["Env"]);
    for (_, name) in given.iter().filter(|(name, _)| name == "--env-file") {
        let text = shell.terminal.files.read(&shell.path(name));
        let missing = || {
            Output::fail(
                125,
                format!(
                    "docker: open {name}: no such file or directory\n\nRun 'docker run --help' for more information\n"
                ),
            )
        };
        let lines = text.ok_or_else(missing)?.lines().map(str::trim_start);
        pairs.extend(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(String::from));
    }
    pairs.extend(given.iter().filter(|(name, _)| name == "--env").map(|(_, pair)| pair.clone()));
    let pair = |pair: String| {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, value),
            None => (pair.as_str(), shell.environment(&pair)?),
        };
        Some(object!({ "name": name, "value": value }))
    };
    Ok(Value::Array(pairs.into_iter().filter_map(pair).collect()))
}

/// What the start of a container prints.
fn begun(shell: &mut Shell<'_>, own: &Container, detached: bool) -> Output {
    if detached {
        return Output::print(format!("{}\n", own.id));
    }
    match own.ends {
        Some((at, code)) => {
            // Time passes in any state.
            let _ = shell.lab.advance(at - own.since);
            Output { status: code, ..Output::print(own.logs(at)) }
        }
        None => {
            let name = &own.name;
            let why = format!(
                "lab: {name} runs on; the lab lets go of it, as Ctrl+P Ctrl+Q does: docker ps, docker stop {name}\n"
            );
            Output { stderr: why, ..Output::print(own.logs(shell.lab.now())) }
        }
    }
}

/// Pulls an image that is not there; what that tells.
fn fetched(shell: &mut Shell<'_>, image: &str) -> Result<Output, Output> {
    let own = Reference::read(image).map_err(|why| refused(&why))?;
    if found(shell, image).is_some() {
        return Ok(Output::default());
    }
    let mut told = format!("Unable to find image '{}' locally\n", own.key());
    match pull::one(shell, &own, None, &mut told) {
        Ok(_) => Ok(Output::fail(0, format!("{told}Status: Downloaded newer image for {}\n", own.key()))),
        Err(why) => Err(Output::fail(0, told).then(refused(&format!("Error response from daemon: {why}")))),
    }
}

/// A container of an image that has no other name, and the image, by their short ids.
pub(super) fn user(shell: &Shell<'_>, key: &str) -> Option<(String, String)> {
    let docker = &shell.terminal.docker;
    let digest = |key: &str| docker.images.get(key).map(|own| &own.built.config.digest);
    let own = digest(key)?;
    if docker.images.keys().any(|other| other != key && digest(other) == Some(own)) {
        return None;
    }
    let user = docker.containers.iter().find(|own| own.is_of(key))?;
    Some((short(&user.id).to_string(), short(own.trim_start_matches("sha256:")).to_string()))
}

pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Takes away what ended and was run with `--rm`; the moment.
pub(super) fn tidied(shell: &mut Shell<'_>) -> SimTime {
    let now = shell.lab.now();
    shell.terminal.docker.containers.retain(|own| !own.goes || own.ended(now).is_none());
    now
}
