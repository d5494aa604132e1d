//! The containers of the prompt's own host: `docker run` and `docker ps`.
//!
//! A container does what its command tells, as that of a task does ([`program`]), from the moment of the lab at which it
//! was run. What is in the foreground and ends takes the time of the lab that it lasts; what serves is let go of; a shell
//! with a terminal is entered, and the small tools of the lab print what they print in the container.

use super::host::{shortened, up};
use super::name::Reference;
use super::show::{ago, columns, found};
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

const FLAGS: [&str; 8] = ["-d", "--detach", "-i", "--interactive", "-t", "--tty", "--rm", "--init"];
const VALUED: [&str; 7] = ["-p", "--publish", "--name", "-e", "--env", "--entrypoint", "--pull"];
/// Options of docker that the lab does not simulate.
const LEFT_OUT: [&str; 13] = [
    "-v",
    "--volume",
    "--mount",
    "-m",
    "--memory",
    "--cpus",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "--network",
    "--restart",
    "--platform",
];
const ADJECTIVES: [&str; 8] = ["amber", "brave", "calm", "eager", "gentle", "keen", "quiet", "swift"];
const NAMES: [&str; 8] = ["bell", "curie", "euler", "gauss", "hopper", "lovelace", "noether", "turing"];
/// The first port that docker takes by itself.
const EPHEMERAL: u16 = 32_768;
/// Ended by SIGKILL.
pub(super) const KILLED: u8 = 137;

/// A container.
#[derive(Clone)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    image: String,
    /// What it was built of.
    base: String,
    command: Vec<String>,
    /// Its variables, as a task definition lists them.
    environment: Value,
    directory: String,
    pub(super) program: Program,
    made: SimTime,
    /// When it started last.
    since: SimTime,
    pub(super) ends: Option<(SimTime, u8)>,
    /// What it said before.
    pub(super) earlier: String,
    /// Ports of the host with those of the container.
    ports: Vec<(u16, u16)>,
    /// `--rm`.
    goes: bool,
    /// The ports that its image says it listens on.
    exposes: Vec<String>,
}

impl Container {
    /// When it ended, and how.
    pub(super) fn ended(&self, now: SimTime) -> Option<(SimTime, u8)> {
        self.ends.filter(|(at, _)| *at <= now)
    }

    /// All that it said.
    pub(super) fn logs(&self, now: SimTime) -> String {
        let until = self.ended(now).map_or(now, |(at, _)| at);
        let words: Vec<&str> = self.command.iter().map(String::as_str).collect();
        let said = program::says(&self.base, &words, &[&self.environment], self.since, until);
        self.earlier.clone() + &said.iter().map(|(_, line)| format!("{line}\n")).collect::<String>()
    }

    /// Its process begins anew.
    pub(super) fn start(&mut self, now: SimTime) {
        self.earlier = self.logs(now);
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
            directory: self.directory.clone(),
            name: self.name.clone(),
            image: self.base.clone(),
            program: self.command.first().cloned(),
            task: None,
            on_fargate: false,
        }
    }

    /// Who answers at one of its own ports; nobody where it does not listen.
    fn answers(&self, port: u16, now: SimTime) -> Option<String> {
        let exposed = self.exposes.is_empty() || self.exposes.contains(&format!("{port}/tcp"));
        let listens = exposed && self.program.serves.is_some_and(|boots| self.since + boots <= now);
        listens.then(|| format!("container {} ({})", self.name, self.image))
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
fn refused(why: &str) -> Output {
    Output::fail(125, format!("docker: {why}\n\nRun 'docker run --help' for more information\n"))
}

/// The options in front of the first name, each letter apart, and what follows.
pub(super) fn parted<'a>(words: &'a [String], valued: &[&str]) -> (Vec<String>, &'a [String]) {
    let (mut head, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += 1;
        let mut takes_next = valued.contains(&word.as_str());
        match word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
            None => head.push(word.clone()),
            Some(letters) => {
                let mut rest = letters.chars();
                while let Some(letter) = rest.next() {
                    head.push(format!("-{letter}"));
                    if valued.contains(&format!("-{letter}").as_str()) {
                        let glued = rest.as_str();
                        takes_next = glued.is_empty();
                        head.extend((!takes_next).then(|| glued.trim_start_matches('=').to_string()));
                        break;
                    }
                }
            }
        }
        if takes_next {
            head.extend(words.get(at).cloned());
            at += 1;
        }
    }
    (head, words.get(at..).unwrap_or_default())
}

/// `docker run`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    made(shell, words, input).unwrap_or_else(|output| output)
}

fn made(shell: &mut Shell<'_>, words: &[String], input: &str) -> Result<Output, Output> {
    let (head, rest) = parted(words, &VALUED);
    if let Some(own) = head.iter().find(|own| LEFT_OUT.contains(&own.split('=').next().unwrap_or_default())) {
        return Err(Output::fail(125, format!("docker: ECS Lab: docker run does not simulate {own}\n")));
    }
    let (given, _) = options("run", &head, &FLAGS, &VALUED)?;
    let Some((image, command)) = rest.split_first() else { return Err(takes("run", "at least 1 argument")) };
    let has = |names: &[&str]| value(&given, names).is_some();
    let told = fetched(shell, image)?;
    let local = found(shell, image).map(|(_, local)| local.clone()).ok_or_else(|| refused("no such image"))?;
    let config = inspect::config(&local);
    let entry =
        value(&given, &["--entrypoint"]).map_or_else(|| texts(&config["Entrypoint"]), |own| [own.into()].into());
    let command = if command.is_empty() { texts(&config["Cmd"]) } else { command.to_vec() };
    let environment = variables(&config, &given);
    let base = config["Labels"][BASE].as_str().unwrap_or(image).to_string();
    let [entry, command] = [&entry, &command].map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
    let program = Program::of(&base, &entry, &command, has(&["--init"]), &[&environment]);
    let command = [entry, command].concat().into_iter().map(String::from).collect();
    let since = shell.lab.now();
    let containers = &shell.terminal.docker.containers;
    let count = shell.terminal.docker.ran;
    let id = sha256(format!("{image} {count}").as_bytes()).trim_start_matches("sha256:").to_string();
    let name = named(containers, &given, count, &id)?;
    let ports = published(containers, &given, since, &name, &id)?;
    let container = Container {
        image: image.clone(),
        ends: program.ends.map(|(span, code)| (since + span, code)),
        goes: has(&["--rm"]),
        made: since,
        earlier: String::new(),
        directory: config["WorkingDir"].as_str().filter(|own| !own.is_empty()).unwrap_or("/").to_string(),
        base,
        command,
        environment,
        program,
        exposes: config["ExposedPorts"].as_object().into_iter().flatten().map(|(port, _)| port.clone()).collect(),
        since,
        id,
        name,
        ports,
    };
    shell.terminal.docker.ran += 1;
    shell.terminal.docker.containers.push(container.clone());
    let (detached, terminal) = (has(&["-d", "--detach"]), has(&["-t", "--tty"]));
    if detached && terminal && inside::is_shell(&container.words()) {
        // Somebody could attach to its terminal: it waits.
        kept(shell, &container.id).into_iter().for_each(|own| own.ends = None);
        return Ok(Output { stderr: told, ..Output::print(format!("{}\n", container.id)) });
    }
    let input = if has(&["-i", "--interactive"]) { input } else { "" };
    let output = acts(shell, &container, input, terminal && !detached && shell.to_screen);
    Ok(match output {
        Some(output) if !detached => Output { stderr: told + &output.stderr, ..output },
        _ => begun(shell, &container, told, detached),
    })
}

/// What a container does that runs a tool of the lab, or a shell with a terminal or with input; none for any other.
fn acts(shell: &mut Shell<'_>, own: &Container, input: &str, terminal: bool) -> Option<Output> {
    let words = own.words();
    let is_tool = own.program.serves.is_some() && words.first().is_some_and(|name| inside::knows(name));
    if !is_tool && (!inside::is_shell(&words) || !terminal && input.is_empty()) {
        return None;
    }
    match inside::once(shell, own.inside(), &words, input) {
        Ran::Prompt(by) => {
            kept(shell, &own.id)?.ends = None;
            inside::enter(shell.terminal, own.inside(), &by, Way::Run);
            Some(Output::default())
        }
        Ran::Done(output) => {
            let now = shell.lab.now();
            let kept = kept(shell, &own.id)?;
            kept.earlier = output.stdout.clone() + &output.stderr;
            kept.ends = Some((now, output.status));
            Some(output)
        }
        Ran::Absent(_) => None,
    }
}

/// A container of an id, as it is kept.
pub(super) fn kept<'a>(shell: &'a mut Shell<'_>, id: &str) -> Option<&'a mut Container> {
    shell.terminal.docker.containers.iter_mut().find(|own| own.id == id)
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

/// The variables of the image, then those of the command line, as a task definition lists them.
fn variables(config: &Value, given: &Given) -> Value {
    let own = given.iter().filter(|(name, _)| name == "-e" || name == "--env").map(|(_, pair)| pair.clone());
    let pairs = texts(&config["Env"]).into_iter().chain(own).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        object!({ "name": name, "value": value })
    });
    Value::Array(pairs.collect())
}

/// The name that is asked for, or one made up from the id; one that another has is refused.
fn named(containers: &[Container], given: &Given, count: u32, id: &str) -> Result<String, Output> {
    let taken = |name: &str| containers.iter().find(|own| own.name == name);
    if let Some(name) = value(given, &["--name"]) {
        let Some(other) = taken(name) else { return Ok(name.to_string()) };
        return Err(refused(&format!(
            "Error response from daemon: Conflict. The container name \"/{name}\" is already in use by container \"{}\". \
             You have to remove (or rename) that container to be able to reuse that name.",
            other.id
        )));
    }
    let seed = usize::from_str_radix(id.get(..4).unwrap_or_default(), 16).unwrap_or_default();
    let pick = |list: &[&'static str; 8], seed: usize| list.get(seed % 8).copied().unwrap_or_default();
    let drawn = format!("{}_{}", pick(&ADJECTIVES, seed), pick(&NAMES, seed / 8));
    Ok(if taken(&drawn).is_some() { format!("{drawn}{count}") } else { drawn })
}

/// What the start of a container prints.
fn begun(shell: &mut Shell<'_>, own: &Container, told: String, detached: bool) -> Output {
    if detached {
        return Output { stderr: told, ..Output::print(format!("{}\n", own.id)) };
    }
    match own.ends {
        Some((at, code)) => {
            // Time passes in any state.
            let _ = shell.lab.advance(at - own.since);
            Output { stdout: own.logs(at), ..Output::fail(code, told) }
        }
        None => {
            let name = &own.name;
            let why = format!(
                "lab: {name} runs on; the lab lets go of it, as Ctrl+P Ctrl+Q does: docker ps, docker stop {name}\n"
            );
            Output { stderr: told + &why, ..Output::print(own.logs(shell.lab.now())) }
        }
    }
}

/// Pulls an image that is not there; what that tells.
fn fetched(shell: &mut Shell<'_>, image: &str) -> Result<String, Output> {
    let own = Reference::read(image).map_err(|why| refused(&why))?;
    if found(shell, image).is_some() {
        return Ok(String::new());
    }
    let mut told = format!("Unable to find image '{}' locally\n", own.key());
    match pull::one(shell, &own, None, &mut told) {
        Ok(_) => Ok(format!("{told}Status: Downloaded newer image for {}\n", own.key())),
        Err(why) => {
            Err(Output { stderr: told + &refused(&format!("Error response from daemon: {why}")).stderr, ..refused("") })
        }
    }
}

/// The ports that a container publishes; one that another has is refused.
fn published(
    containers: &[Container],
    given: &Given,
    now: SimTime,
    name: &str,
    id: &str,
) -> Result<Vec<(u16, u16)>, Output> {
    let running = containers.iter().filter(|own| own.ended(now).is_none());
    let mut taken: Vec<u16> = running.flat_map(|own| own.ports.iter().map(|(host, _)| *host)).collect();
    let mut ports = Vec::new();
    for (_, text) in given.iter().filter(|(name, _)| name == "-p" || name == "--publish") {
        let mut parts = text.trim_end_matches("/tcp").rsplit(':');
        let inner = parts.next().unwrap_or_default();
        let inner: u16 = inner.parse().map_err(|_| refused(&format!("invalid containerPort: {inner}")))?;
        let host = match parts.next().filter(|host| !host.is_empty()) {
            Some(host) => host.parse().map_err(|_| refused(&format!("invalid hostPort: {host}")))?,
            None => (EPHEMERAL..=u16::MAX).find(|port| !taken.contains(port)).unwrap_or(EPHEMERAL),
        };
        if taken.contains(&host) {
            return Err(refused(&format!(
                "Error response from daemon: failed to set up container networking: driver failed programming external \
                 connectivity on endpoint {name} ({id}): Bind for 0.0.0.0:{host} failed: port is already allocated"
            )));
        }
        taken.push(host);
        ports.push((host, inner));
    }
    Ok(ports)
}

/// Who answers at a port of this host: none when nothing has published it, and nobody within when the container does not
/// listen there. An image that exposes no port listens where it is asked.
pub(in crate::shell) fn at_port(shell: &Shell<'_>, port: u16) -> Option<Option<String>> {
    let now = shell.lab.now();
    let mut running = shell.terminal.docker.containers.iter().filter(|own| own.ended(now).is_none());
    let (own, inner) = running.find_map(|own| {
        let (_, inner) = own.ports.iter().find(|(host, _)| *host == port)?;
        Some((own, *inner))
    })?;
    Some(own.answers(inner, now))
}

/// Who answers at a port of its own in a container.
pub(in crate::shell) fn within(shell: &Shell<'_>, id: &str, port: u16) -> Option<String> {
    let now = shell.lab.now();
    shell.terminal.docker.containers.iter().find(|own| own.id == id)?.answers(port, now)
}

/// `docker ps`.
pub(super) fn ps(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, _) = match options("ps", words, &["-a", "--all", "-q", "--quiet", "-aq"], &[]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let has = |names: &[&str]| value(&given, names).is_some();
    let now = tidied(shell);
    let all = has(&["-a", "--all", "-aq"]);
    let shown = shell.terminal.docker.containers.iter().rev().filter(|own| all || own.ended(now).is_none());
    if has(&["-q", "--quiet", "-aq"]) {
        return Output::print(shown.map(|own| format!("{}\n", short(&own.id))).collect::<String>());
    }
    let header = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
    let mut rows = alloc::vec![header.map(String::from).to_vec()];
    rows.extend(shown.map(|own| {
        let port = |(host, inner): &(u16, u16)| format!("0.0.0.0:{host}->{inner}/tcp");
        let ended = own.ended(now);
        let ports: Vec<String> = own.ports.iter().filter(|_| ended.is_none()).map(port).collect();
        let status = match ended {
            Some((at, code)) => format!("Exited ({code}) {}", ago(at, now)),
            None => up(own.since, now, ""),
        };
        let id = short(&own.id).to_string();
        let command = shortened(&own.command.join(" "));
        [id, own.image.clone(), command, ago(own.made, now), status, ports.join(", "), own.name.clone()].to_vec()
    }));
    Output::print(columns(&rows))
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Takes away what ended and was run with `--rm`; the moment.
pub(super) fn tidied(shell: &mut Shell<'_>) -> SimTime {
    let now = shell.lab.now();
    shell.terminal.docker.containers.retain(|own| !own.goes || own.ended(now).is_none());
    now
}
