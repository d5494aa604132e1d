//! The containers of the prompt's own host: `docker run` and `docker ps`.
//!
//! A container does what its command tells, as that of a task does ([`program`]), from the moment of the lab at which it
//! was run. What is in the foreground and ends takes the time of the lab that it lasts; what serves is let go of; a shell
//! with a terminal is entered, and the small tools of the lab print what they print in the container.

use super::given::{fetched, named, published, shaped};
use super::name::Reference;
use super::settings::Settings;
use super::show::found;
use super::{Given, Output, inspect, options, takes, value};
use crate::aws::object::object;
use crate::ecr::manifest::BASE;
use crate::ecr::sha256;
use crate::ecs::program::{self, Program};
use crate::ecs::startup;
use crate::shell::exec::Shell;
use crate::shell::inside::{self, Ran, Way};
use crate::shell::web::written;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What the host runs, and the exit code of what is made for another processor.
pub(super) const HOST_PLATFORM: &str = "linux/amd64";
const WRONG_FORMAT: u8 = 255;
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
    /// The files that its image was built with.
    pub(super) files: Vec<(String, String)>,
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
    /// Whether all that it said is told: the prompt ran it.
    is_told: bool,
    /// When it was told to stop.
    pub(super) told: Option<SimTime>,
    /// `--rm`.
    pub(super) goes: bool,
    /// Whether it is made for another processor than the host's.
    is_foreign: bool,
    pub(super) settings: Settings,
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
        let said = match self.is_foreign {
            true => {
                let first = self.invocation().into_iter().next().unwrap_or_default();
                alloc::vec![(self.since, format!("exec {first}: exec format error"))]
            }
            false => program::says(&words, &self.setting(&[&self.environment]), &self.scene(), until),
        };
        self.earlier.iter().cloned().chain(said.into_iter().filter(|_| !self.is_told)).collect()
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
        (self.since, self.told, self.is_told) = (now, None, false);
        self.ends = self.program.ends.map(|(span, code)| (now + span, code));
    }

    /// The files that its image was built with and that its command writes.
    pub(super) fn served(&self) -> Vec<(String, String)> {
        let words: Vec<&str> = self.command.iter().map(String::as_str).collect();
        self.files.iter().cloned().chain(written(&words, &self.setting(&[&self.environment]), &self.scene())).collect()
    }

    fn setting<'a>(&'a self, environment: program::Environment<'a>) -> program::Setting<'a> {
        program::Setting { image: &self.base, environment, directory: &self.directory, is_task: false }
    }

    /// What it knows only where it runs.
    fn scene(&self) -> program::Scene<'_> {
        program::Scene { host: self.host(), since: self.since, told: self.told }
    }

    /// The inside of it.
    pub(super) fn inside(&self) -> inside::Container {
        let host = self.host().to_string();
        let own = self.settings.is_bridged().then(|| (self.address(), host.clone()));
        inside::Container {
            id: self.id.clone(),
            environment: inside::with(inside::plain(&host), &[&self.environment], &|_| None),
            host,
            hosts: own.into_iter().chain(self.settings.hosts.iter().cloned()).collect(),
            mounts: self.settings.mounts.clone(),
            files: self.files.clone(),
            directory: self.directory.clone(),
            name: self.name.clone(),
            image: self.base.clone(),
            program: self.command.first().filter(|_| !self.is_bare()).cloned(),
            task: None,
            on_fargate: false,
        }
    }

    /// Its own name as a host.
    pub(super) fn host(&self) -> &str {
        self.config["Hostname"].as_str().unwrap_or(short(&self.id))
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
    let told = fetched(shell, &given, image)?;
    let container = new(shell, &given, image, command).map_err(|refused| told.clone().then(refused))?;
    shell.terminal.docker.ran += 1;
    shell.terminal.docker.containers.push(container.clone());
    let has = |name: &str| value(&given, name).is_some();
    let (detached, terminal) = (has("--detach"), has("--tty"));
    if detached && terminal && inside::is_shell(&container.words()) {
        // Somebody could attach to its terminal: it waits.
        kept(shell, &container.id).into_iter().for_each(|own| own.ends = None);
        return Ok(told.then(Output::print(format!("{}\n", container.id))));
    }
    let (attached, terminal) = (has("--interactive") && !detached, terminal && !detached && shell.to_screen);
    let input = if attached { input } else { "" };
    let output = shell
        .attached(Some(input).filter(|own| !attached || !own.is_empty()), |shell| {
            acts(shell, &container, input, terminal)
        })
        .map_err(|refused| told.clone().then(refused))?;
    Ok(told.then(match output {
        Some(output) if !detached => output,
        _ => begun(shell, &container, detached),
    }))
}

/// A container of a local image, as options ask for it.
fn new(shell: &mut Shell<'_>, given: &Given, image: &str, command: &[String]) -> Result<Container, Output> {
    let has = |name: &str| value(given, name).is_some();
    let local = found(shell, image).map(|(_, local)| local.clone()).ok_or_else(|| refused("no such image"))?;
    let mut config = inspect::config(&local);
    let written = inspect::written(&local);
    // An empty one takes that of the image away.
    let entry = value(given, "--entrypoint").map(|own| match own {
        "" => Vec::new(),
        own => alloc::vec![own.to_string()],
    });
    if let Some(entry) = &entry {
        (config["Entrypoint"], config["Cmd"]) = (entry.clone().into(), Value::Null);
    }
    let files = written.files.clone();
    let own_entry = entry.is_some();
    let entry = entry.unwrap_or_else(|| written.entry_point.clone());
    if !command.is_empty() {
        config["Cmd"] = command.to_vec().into();
    }
    let command = if command.is_empty() && !own_entry { written.command.clone() } else { command.to_vec() };
    shaped(&mut config, given);
    let environment = variables(shell, &config, given)?;
    let base = config["Labels"][BASE].as_str().unwrap_or(image).to_string();
    let [entry, command] = [&entry, &command].map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
    let words = written.opened([entry, command].concat());
    let directory = config["WorkingDir"].as_str().filter(|own| !own.is_empty());
    let directory = directory.unwrap_or_else(|| startup::folder(&base)).to_string();
    let is_foreign = !local.platform.starts_with(HOST_PLATFORM);
    let program = match is_foreign {
        true => Program { ends: Some((SimDuration::ZERO, WRONG_FORMAT)), on_term: None, serves: None },
        false => {
            let setting =
                program::Setting { image: &base, environment: &[&environment], directory: &directory, is_task: false };
            Program::of(&words, &[], has("--init"), &setting)
        }
    };
    let command = words.into_iter().map(String::from).collect();
    let settings = Settings::read(shell, given, program.ends.map(|(_, code)| code))?;
    let since = shell.lab.now();
    let docker = &shell.terminal.docker;
    let (containers, count) = (&docker.containers, docker.ran);
    let id = sha256(format!("{image} {count}").as_bytes()).trim_start_matches("sha256:").to_string();
    let name = named(containers, given, count, &id)?;
    let ports = published(containers, given, since, &name, &id)?;
    let taken = |place: &usize| containers.iter().any(|own| own.ended(since).is_none() && own.place == *place);
    Ok(Container {
        image: image.to_string(),
        image_id: local.built.config.digest.clone(),
        ends: program.ends.map(|(span, code)| (since + span, code)),
        goes: has("--rm"),
        made: since,
        earlier: Vec::new(),
        told: None,
        is_told: false,
        place: (2..).find(|place| !taken(place)).unwrap_or_default(),
        directory,
        ports: if settings.is_bridged() { ports } else { Vec::new() },
        is_foreign,
        base,
        command,
        config,
        environment,
        files,
        program,
        since,
        id,
        name,
        settings,
    })
}

/// What a container does whose words are a tool or a script of tools that the lab has, or a shell with a terminal or with
/// input; none for any other.
fn acts(shell: &mut Shell<'_>, own: &Container, input: &str, terminal: bool) -> Result<Option<Output>, Output> {
    let words = own.words();
    // What a command leaves in a mounted folder shows outside.
    let leaves = !own.settings.mounts.is_empty() && own.program.ends.is_some_and(|(span, _)| span == SimDuration::ZERO);
    let serves = own.program.serves.is_some() || leaves && !own.is_foreign;
    let acts = match words.as_slice() {
        _ if inside::is_shell(&words) => terminal || !input.is_empty(),
        [_, flag, script, ..] if inside::is_shell(words.get(..1).unwrap_or_default()) && flag.ends_with('c') => {
            serves && inside::runs_script(script)
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
                (kept.ends, kept.is_told) = (Some((now, output.status)), true);
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
            let spent = shell.pass(at - own.since);
            spent.unwrap_or_else(|| Output { status: code, ..Output::print(own.logs(at)) })
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
