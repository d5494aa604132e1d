//! What is done to containers that are there: `docker exec`, `logs`, `start`, `stop`, `restart`, `kill` and `rm`.

use super::containers::{Container, KILLED, kept, tidied};
use super::show::columns;
use super::{Given, Output, daemon, options, takes, value};
use crate::shell::exec::Shell;
use crate::shell::inside::{self, Ran, Way};
use crate::sim::{SimDuration, SimTime, moment};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Where a container of a name stands among those of the host.
pub(super) fn place(shell: &Shell<'_>, name: &str) -> Result<usize, Output> {
    let all = || shell.terminal.docker.containers.iter();
    // A name comes before an id that begins alike.
    let at = all().position(|own| own.name == name).or_else(|| all().position(|own| own.id.starts_with(name)));
    at.ok_or_else(|| daemon(&format!("No such container: {name}")))
}

/// The verbs of [`over`].
pub(super) const OVER: [&str; 7] = ["kill", "logs", "restart", "rm", "start", "stop", "wait"];

/// A command over each container that is named.
pub(super) fn over(shell: &mut Shell<'_>, verb: &str, words: &[String]) -> Output {
    let (given, names) = match options(verb, words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if names.is_empty() {
        return takes(verb, if verb == "logs" { "1 argument" } else { "at least 1 argument" });
    }
    let mut output = Output::default();
    for name in &names {
        tidied(shell);
        let done = place(shell, name).and_then(|at| match verb {
            "logs" => logs(shell, at, &given),
            "wait" => waited(shell, at),
            "rm" => removed(shell, at, value(&given, "--force").is_some()),
            "kill" => killed(shell, at, value(&given, "--signal")),
            _ => Ok(turned(shell, at, verb)),
        });
        match done {
            Ok(Some(text)) => output.stdout.push_str(&text),
            Ok(None) => output.stdout.push_str(&format!("{name}\n")),
            Err(refused) => {
                output.stderr.push_str(&refused.stderr);
                output.status = 1;
            }
        }
    }
    output
}

/// `docker logs` of a container of the prompt's own host.
fn logs(shell: &Shell<'_>, at: usize, given: &Given) -> Result<Option<String>, Output> {
    let now = shell.lab.now();
    let said = shell.terminal.docker.containers.get(at).map(|own| own.said(now)).unwrap_or_default();
    lines(said, given, now).map(Some)
}

/// The lines of a container from a moment to another, of which `--tail` takes the last.
///
/// # Errors
/// A moment that docker cannot read.
pub(super) fn lines(mut said: Vec<(SimTime, String)>, given: &Given, now: SimTime) -> Result<String, Output> {
    let moment = |name: &str| match value(given, name) {
        None => Ok(None),
        Some(text) => {
            let ago = SimDuration::parse(text).ok().filter(|_| !text.contains('-'));
            let at = ago.map(|span| SimTime::from_millis(now.as_millis() - span.as_millis()));
            at.or_else(|| SimTime::parse(text).ok()).map(Some).ok_or_else(|| {
                daemon(&format!(
                    "invalid value for \"{}\": failed to parse value as time or duration: {text:?}",
                    name.trim_start_matches('-')
                ))
            })
        }
    };
    let (since, until) = (moment("--since")?, moment("--until")?);
    said.retain(|(at, _)| since.is_none_or(|since| *at >= since) && until.is_none_or(|until| *at <= until));
    let tail = value(given, "--tail").and_then(|tail| tail.parse().ok());
    let first = tail.map_or(0, |most: usize| said.len().saturating_sub(most));
    let timed = value(given, "--timestamps").is_some();
    let line = |(at, line): &(SimTime, String)| match timed {
        true => {
            let nanos = at.as_millis().rem_euclid(1000) * 1_000_000;
            format!("{}.{nanos:09}Z {line}\n", moment::shown(*at, "%Y-%m-%dT%H:%M:%S"))
        }
        false => format!("{line}\n"),
    };
    Ok(said.iter().skip(first).map(line).collect())
}

/// `docker wait`: time passes until the container has ended; its exit code.
fn waited(shell: &mut Shell<'_>, at: usize) -> Result<Option<String>, Output> {
    let now = shell.lab.now();
    let Some(own) = shell.terminal.docker.containers.get(at) else { return Ok(None) };
    let Some((ends, code)) = own.ends else {
        let why = format!("ECS Lab: {} never ends by itself: docker stop {}\n", own.name, own.name);
        return Err(Output::fail(1, why));
    };
    if ends > now
        && let Some(spent) = shell.pass(ends - now)
    {
        return Err(spent);
    }
    Ok(Some(format!("{code}\n")))
}

/// `docker rename`.
pub(super) fn rename(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let names = match options("rename", words) {
        Ok((_, names)) => names,
        Err(output) => return output,
    };
    let [old, new] = names.as_slice() else { return takes("rename", "2 arguments") };
    let at = match place(shell, old) {
        Ok(at) => at,
        Err(output) => return output,
    };
    let containers = &mut shell.terminal.docker.containers;
    if let Some(other) = containers.iter().find(|own| own.name == *new) {
        return daemon(&format!(
            "Error when allocating new name: Conflict. The container name \"/{new}\" is already in use by container \"{}\". \
             You have to remove (or rename) that container to be able to reuse that name.",
            other.id
        ));
    }
    containers.get_mut(at).into_iter().for_each(|own| own.name.clone_from(new));
    Output::default()
}

/// `docker port`: the ports that a container publishes, or where one of them is bound.
pub(super) fn port(shell: &Shell<'_>, words: &[String]) -> Output {
    let names = match options("port", words) {
        Ok((_, names)) => names,
        Err(output) => return output,
    };
    let Some((name, wanted)) = names.split_first() else { return takes("port", "at least 1 argument") };
    let own = match place(shell, name) {
        Ok(at) => shell.terminal.docker.containers.get(at),
        Err(output) => return output,
    };
    let now = shell.lab.now();
    let ports: Vec<(u16, u16)> =
        own.filter(|own| own.ended(now).is_none()).map(|own| own.ports.clone()).unwrap_or_default();
    let Some(wanted) = wanted.first() else {
        return Output::print(
            ports.iter().map(|(host, inner)| format!("{inner}/tcp -> 0.0.0.0:{host}\n")).collect::<String>(),
        );
    };
    let number = wanted.trim_end_matches("/tcp");
    let bound = ports.iter().filter(|(_, inner)| inner.to_string() == number);
    let lines: String = bound.map(|(host, _)| format!("0.0.0.0:{host}\n")).collect();
    match lines.is_empty() {
        true => Output::fail(1, format!("no public port '{wanted}' published for {name}\n")),
        false => Output::print(lines),
    }
}

/// `docker top`: the one process that the lab knows of.
pub(super) fn top(shell: &Shell<'_>, words: &[String]) -> Output {
    if words.first().is_some_and(|word| word == "--help") {
        return options("top", words).err().unwrap_or_default();
    }
    let Some(name) = words.first() else { return takes("top", "at least 1 argument") };
    let now = shell.lab.now();
    let own = place(shell, name).map(|at| shell.terminal.docker.containers.get(at));
    let own = match own {
        Err(output) => return output,
        Ok(own) => own.filter(|own| own.ended(now).is_none()),
    };
    let Some(own) = own else { return daemon(&format!("container {name} is not running")) };
    let pid = 2_000 + own.place * 10;
    let row = |cells: [&str; 8]| cells.map(String::from).to_vec();
    let command = own.invocation().join(" ");
    let since = moment::shown(own.since, "%H:%M");
    Output::print(columns(&[
        row(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
        row(["root", &pid.to_string(), &(pid - 1).to_string(), "0", &since, "?", "00:00:00", &command]),
    ]))
}

fn removed(shell: &mut Shell<'_>, at: usize, force: bool) -> Result<Option<String>, Output> {
    let now = shell.lab.now();
    let containers = &mut shell.terminal.docker.containers;
    match containers.get(at).filter(|own| own.ended(now).is_none() && !force) {
        Some(own) => Err(daemon(&format!(
            "cannot remove container \"{}\": container is running: stop the container before removing or force remove",
            own.name
        ))),
        None => {
            let own = containers.remove(at);
            shell.terminal.layers.remove(&own.id);
            Ok(None)
        }
    }
}

/// `docker kill`: SIGKILL ends any process, SIGTERM and the image's own signal to stop one that obeys; others are no
/// matter to it.
fn killed(shell: &mut Shell<'_>, at: usize, signal: Option<&str>) -> Result<Option<String>, Output> {
    let now = shell.lab.now();
    let Some(own) = shell.terminal.docker.containers.get_mut(at) else { return Ok(None) };
    if own.ended(now).is_some() {
        let why = format!("cannot kill container: {}: container {} is not running", own.name, own.id);
        return Err(daemon(&why));
    }
    let signal = signal.unwrap_or("KILL").to_ascii_uppercase();
    let stop = own.config["StopSignal"].as_str().unwrap_or("SIGTERM");
    let code = match signal.trim_start_matches("SIG") {
        "KILL" | "9" => Some(KILLED),
        "TERM" | "15" => own.program.on_term,
        name if stop.strip_prefix("SIG") == Some(name) => own.program.on_term,
        _ => None,
    };
    own.ends = code.map(|code| (now, code)).or(own.ends);
    own.told = code.filter(|own| *own != KILLED).map(|_| now);
    Ok(None)
}

/// `docker start`, `stop` and `restart`.
fn turned(shell: &mut Shell<'_>, at: usize, verb: &str) -> Option<String> {
    let now = shell.lab.now();
    let own: &mut Container = shell.terminal.docker.containers.get_mut(at)?;
    if verb != "start" && own.ended(now).is_none() {
        own.ends = Some((now, own.program.on_term.unwrap_or(KILLED)));
        own.told = Some(now);
    }
    if verb != "stop" && own.ended(now).is_some() {
        own.start(now);
    }
    None
}

/// `docker exec`, into a container that `find` knows by its name.
pub(super) fn exec(
    shell: &mut Shell<'_>,
    words: &[String],
    input: &str,
    find: fn(&Shell<'_>, &str) -> Result<inside::Container, Output>,
) -> Output {
    let (given, rest) = match options("exec", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name, command @ ..] = rest.as_slice() else { return takes("exec", "at least 2 arguments") };
    if command.is_empty() {
        return takes("exec", "at least 2 arguments");
    }
    let mut container = match find(shell, name) {
        Ok(container) => container,
        Err(output) => return output,
    };
    for (_, pair) in given.iter().filter(|(name, _)| name == "--env") {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        container.environment.retain(|(own, _)| own != name);
        container.environment.push((name.to_string(), value.to_string()));
    }
    if let Some(directory) = value(&given, "--workdir") {
        container.directory = directory.to_string();
    }
    let interactive = value(&given, "--interactive").is_some();
    let input = if interactive { input } else { "" };
    match shell.attached(Some(input).filter(|own| !interactive || !own.is_empty()), |shell| {
        inside::once(shell, container.clone(), command, input)
    }) {
        Ran::Prompt(by) if interactive && shell.to_screen => {
            inside::enter(shell.terminal, container, &by, Way::Exec);
            Output::default()
        }
        Ran::Prompt(_) => Output::default(),
        Ran::Done(_) if value(&given, "--detach").is_some() => Output::default(),
        Ran::Done(output) => output,
        Ran::Absent(why) => {
            let why = match why.strip_prefix("fork/exec ").and_then(|rest| rest.split_once(": ")) {
                Some((path, _)) => format!("exec: \"{path}\": stat {path}: no such file or directory"),
                None => why,
            };
            let told =
                format!("OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown\n");
            Output::fail(127, told)
        }
    }
}

/// A container of this host that runs.
pub(super) fn running(shell: &Shell<'_>, name: &str) -> Result<inside::Container, Output> {
    let own = shell.terminal.docker.containers.get(place(shell, name)?);
    let own = own.ok_or_else(|| daemon(&format!("No such container: {name}")))?;
    match own.ended(shell.lab.now()) {
        None => Ok(own.inside()),
        Some(_) => Err(daemon(&format!("container {} is not running", own.id))),
    }
}

/// The shell of a container that was run with it ends, and with it the container.
pub(in crate::shell) fn end(shell: &mut Shell<'_>, id: &str, status: u8) {
    let now = shell.lab.now();
    kept(shell, id).into_iter().for_each(|own| own.ends = Some((now, status)));
    tidied(shell);
}
