//! The containers of the prompt's own host: `docker run`, `ps`, `logs`, `stop` and `rm`.
//!
//! A container does what its command tells, as that of a task does ([`program`]), from the moment of the lab at which it
//! was run. What is in the foreground and ends takes the time of the lab that it lasts; what serves is let go of.

use super::host::{shortened, up};
use super::name::Reference;
use super::show::{ago, columns, found};
use super::{Given, Output, daemon, inspect, options, pull, takes, value};
use crate::aws::object::object;
use crate::ecr::manifest::BASE;
use crate::ecr::sha256;
use crate::ecs::program::{self, Program};
use crate::shell::exec::Shell;
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
const KILLED: u8 = 137;

/// A container.
#[derive(Clone)]
pub(super) struct Container {
    id: String,
    name: String,
    image: String,
    command: String,
    since: SimTime,
    ends: Option<(SimTime, u8)>,
    /// The exit code after `docker stop`.
    stopped: u8,
    said: Vec<(SimTime, String)>,
    /// Ports of the host with those of the container.
    ports: Vec<(u16, u16)>,
    /// `--rm`.
    goes: bool,
    /// When its application listens; none when it is none that serves.
    serves: Option<SimTime>,
    /// The ports that its image says it listens on.
    exposes: Vec<String>,
}

impl Container {
    fn ended(&self, now: SimTime) -> Option<(SimTime, u8)> {
        self.ends.filter(|(at, _)| *at <= now)
    }

    fn logs(&self, now: SimTime) -> String {
        let until = self.ended(now).map_or(now, |(at, _)| at);
        self.said.iter().filter(|(at, _)| *at <= until).map(|(_, line)| format!("{line}\n")).collect()
    }
}

/// A refusal before the container runs.
fn refused(why: &str) -> Output {
    Output::fail(125, format!("docker: {why}\n\nRun 'docker run --help' for more information\n"))
}

/// The options in front of the image, each letter apart, and what follows.
fn parted(words: &[String]) -> (Vec<String>, &[String]) {
    let (mut head, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += 1;
        let mut takes_next = VALUED.contains(&word.as_str());
        match word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
            None => head.push(word.clone()),
            Some(letters) => {
                let mut rest = letters.chars();
                while let Some(letter) = rest.next() {
                    head.push(format!("-{letter}"));
                    if VALUED.contains(&format!("-{letter}").as_str()) {
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
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    made(shell, words).unwrap_or_else(|output| output)
}

fn made(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (head, rest) = parted(words);
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
    let words = [entry, command].concat();
    let since = shell.lab.now();
    let mut said = program::says(&words, &[&environment]);
    if words.is_empty() && base.split(':').next() == Some("hello-world") {
        said.push((crate::sim::SimDuration::ZERO, "\nHello from Docker!".to_string()));
    }
    let containers = &shell.terminal.docker.containers;
    let count = shell.terminal.docker.ran;
    let id = sha256(format!("{image} {count}").as_bytes()).trim_start_matches("sha256:").to_string();
    let name = named(containers, &given, count, &id)?;
    let ports = published(containers, &given, since, &name, &id)?;
    let container = Container {
        command: words.join(" "),
        image: image.clone(),
        ends: program.ends.map(|(span, code)| (since + span, code)),
        stopped: program.on_term.unwrap_or(KILLED),
        said: said.into_iter().map(|(after, line)| (since + after, line)).collect(),
        goes: has(&["--rm"]),
        serves: program.serves.map(|span| since + span),
        exposes: config["ExposedPorts"].as_object().into_iter().flatten().map(|(port, _)| port.clone()).collect(),
        since,
        id,
        name,
        ports,
    };
    shell.terminal.docker.ran += 1;
    shell.terminal.docker.containers.push(container.clone());
    Ok(begun(shell, &container, told, has(&["-d", "--detach"])))
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
    let exposed = own.exposes.is_empty() || own.exposes.contains(&format!("{inner}/tcp"));
    let listens = exposed && own.serves.is_some_and(|from| from <= now);
    Some(listens.then(|| format!("container {} ({})", own.name, own.image)))
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
        let command = shortened(&own.command);
        [id, own.image.clone(), command, ago(own.since, now), status, ports.join(", "), own.name.clone()].to_vec()
    }));
    Output::print(columns(&rows))
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Takes away what ended and was run with `--rm`; the moment.
fn tidied(shell: &mut Shell<'_>) -> SimTime {
    let now = shell.lab.now();
    shell.terminal.docker.containers.retain(|own| !own.goes || own.ended(now).is_none());
    now
}

/// `docker logs`, `docker stop` and `docker rm`, over each container that is named.
pub(super) fn over(shell: &mut Shell<'_>, verb: &str, words: &[String]) -> Output {
    let (flags, valued): (&[&str], &[&str]) = match verb {
        "rm" => (&["-f", "--force"], &[]),
        "stop" => (&[], &["-t", "--time"]),
        _ => (&["-f", "--follow"], &[]),
    };
    let (given, names) = match options(verb, words, flags, valued) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes(verb, if verb == "logs" { "1 argument" } else { "at least 1 argument" });
    }
    let force = value(&given, &["-f", "--force"]).is_some();
    let mut output = Output::default();
    for name in &names {
        let now = tidied(shell);
        let containers = &mut shell.terminal.docker.containers;
        let at = containers.iter().position(|own| own.name == *name || own.id.starts_with(name.as_str()));
        let Some((at, own)) = at.and_then(|at| Some((at, containers.get_mut(at)?))) else {
            output.stderr.push_str(&daemon(&format!("No such container: {name}")).stderr);
            output.status = 1;
            continue;
        };
        match verb {
            "logs" => output.stdout.push_str(&own.logs(now)),
            "rm" if own.ended(now).is_none() && !force => {
                let why = format!(
                    "cannot remove container \"{}\": container is running: stop the container before removing or force \
                     remove",
                    own.name
                );
                output.stderr.push_str(&daemon(&why).stderr);
                output.status = 1;
            }
            _ => {
                if own.ended(now).is_none() {
                    own.ends = Some((now, own.stopped));
                }
                if verb == "rm" {
                    containers.remove(at);
                }
                output.stdout.push_str(&format!("{name}\n"));
            }
        }
    }
    output
}
