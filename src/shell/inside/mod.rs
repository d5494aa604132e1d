//! The prompt in a container: sessions of ECS Exec (8.6), `docker exec` and `docker run -it`.
//!
//! ```text
//! execute-command, docker exec, docker run -it ─► enter ─► lines ─► exit, or the container stops ─► leave
//! ```
//!
//! Lines are run by the lab's own shell over the container's files and variables. What its image holds beyond a bare file system
//! and small tools the lab does not know, and says so.

mod container;
mod log;
mod mounts;
mod root;

pub(super) use container::{Container, plain, with};
pub(super) use log::{Session, keep, refusal};
pub(super) use mounts::Mount;

use super::docker;
use super::exec::{Flow, Shell};
use super::files::Files;
use super::language::command::Part;
use super::language::{Command, simples};
use super::state::State;
use super::terminal::{Output, Terminal, Variable};
use crate::lab::Lab;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Commands of the lab's shell that are no programs of their own.
const OF_THE_SHELL: [&str; 5] = ["cd", "export", "history", "type", "unset"];

/// Tools that many images have and whose output the lab does not know.
const LEFT_OPEN: &str = " apk apt apt-get bundle chown curl dd df dig du free httpd id java kill less ln mount mysql \
     nginx node npm nslookup php ping pip ps psql python python3 redis-cli ruby stat tar top uptime wget yum ";

/// How a shell ends whose container is stopped under it.
const KILLED: u8 = 137;

/// How the prompt came into a container.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By a session of ECS Exec.
    Session(Session),
    /// By `docker exec`.
    Exec,
    /// By `docker run -it`: the container ends with its shell.
    Run,
    /// For one command.
    Once,
}

/// The prompt is in a container, and what it left outside.
#[derive(Clone)]
pub(super) struct Inside {
    container: Container,
    /// The name of the shell.
    by: String,
    way: Way,
    files: Files,
    directory: String,
    variables: Map<String, Variable>,
    state: State,
}

impl Inside {
    /// The prompt with its sign, as the shells of images have it.
    pub(super) fn prompt(&self, directory: &str) -> String {
        match (self.container.is_slim(), self.by.as_str()) {
            (true, _) => format!("{directory} #"),
            (false, "bash") => format!("root@{}:{directory}#", self.container.host),
            (false, _) => "#".to_string(),
        }
    }

    /// The container.
    pub(super) fn container(&self) -> &Container {
        &self.container
    }

    /// The name of the host, as the container sees it.
    pub(super) fn host(&self) -> &str {
        &self.container.host
    }
}

/// What a command comes to that a container is to run.
pub(super) enum Ran {
    /// It printed, and ended.
    Done(Output),
    /// A shell that waits for what is typed.
    Prompt(String),
    /// There is no such program; why it did not start.
    Absent(String),
}

/// Moves the prompt into a container.
pub(super) fn enter(terminal: &mut Terminal, container: Container, by: &str, way: Way) {
    let mut files = layer(terminal, &container);
    files.now = terminal.files.now;
    for own in &container.mounts {
        let host = if own.volume.is_some() { &mut terminal.docker.volumes } else { &mut terminal.files };
        if own.volume.is_some() && host.list(&own.source).is_empty() {
            // A new volume begins with what the image has there.
            mounts::lay(&files, &own.target, host, &own.source);
            host.make(&own.source);
        }
        mounts::lay(host, &own.source, &mut files, &own.target);
    }
    let variables = container.environment.iter().map(|(name, value)| {
        let own = Variable { value: value.clone(), exported: true, array: None };
        (name.clone(), own)
    });
    let variables = core::mem::replace(&mut terminal.variables, variables.collect());
    let directory = core::mem::replace(&mut terminal.directory, container.directory.clone());
    let files = core::mem::replace(&mut terminal.files, files);
    let state = core::mem::take(&mut terminal.state);
    terminal.inside = Some(Inside { container, by: by.to_string(), way, files, directory, variables, state });
}

/// Takes the files of a container, which are put back by who takes them.
pub(super) fn layer(terminal: &mut Terminal, container: &Container) -> Files {
    terminal.layers.remove(&container.id).unwrap_or_else(|| root::files(container, terminal.files.now))
}

/// Moves it out again; the container, and how it had come in.
fn leave(terminal: &mut Terminal) -> Option<(Container, Way)> {
    let Inside { container, way, files, directory, variables, state, .. } = terminal.inside.take()?;
    let own = core::mem::replace(&mut terminal.files, files);
    for mount in &container.mounts {
        let host = if mount.volume.is_some() { &mut terminal.docker.volumes } else { &mut terminal.files };
        mounts::lay(&own, &mount.target, host, &mount.source);
    }
    terminal.layers.insert(container.id.clone(), own);
    (terminal.directory, terminal.variables, terminal.state) = (directory, variables, state);
    Some((container, way))
}

/// Runs one command in a container; a shell without a script is left to the caller.
pub(super) fn once(shell: &mut Shell<'_>, container: Container, words: &[String], input: &str) -> Ran {
    let Some((first, rest)) = words.split_first() else { return Ran::Absent("exec: no command".to_string()) };
    let name = first.rsplit('/').next().unwrap_or_default();
    let at = first.strip_suffix(name).unwrap_or_default();
    let placed = ["", "/bin/", "/usr/bin/"].contains(&at);
    let is_shell = name == "sh" || name == "bash" && !container.is_slim();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let script = match rest.as_slice() {
        _ if !is_shell || !placed => None,
        [] | ["-l" | "-i" | "--login"] if input.is_empty() => return Ran::Prompt(name.to_string()),
        [] => Some(input.to_string()),
        [flag, script, ..] if flag.starts_with('-') && flag.ends_with('c') => Some((*script).to_string()),
        _ => None,
    };
    let has = knows(name) || container.asks(name);
    let known = script.is_some() || placed && (has || is_shell);
    if !known && container.program.as_deref() != Some(first) && !LEFT_OPEN.contains(&format!(" {name} ")) {
        return Ran::Absent(match at {
            "" => format!("exec: \"{first}\": executable file not found in $PATH"),
            _ => format!("fork/exec {first}: no such file or directory"),
        });
    }
    let by = if name == "bash" { "bash" } else { "sh" };
    Ran::Done(shell.elsewhere(|shell| {
        enter(shell.terminal, container, by, Way::Once);
        let output = match script {
            Some(script) => {
                // Behind `-c` and its script stand the name and the arguments.
                let mut behind = rest.iter().skip(2).map(ToString::to_string);
                let state = &mut shell.terminal.state;
                state.name = Some(behind.next().unwrap_or_else(|| name.to_string()));
                state.given = behind.collect();
                state.options.errexit = rest.first().is_some_and(|flag| flag.contains('e'));
                shell.shells += 1;
                let process = core::mem::replace(&mut shell.process, shell.shells);
                let mut output = shell.run(&script);
                shell.left(&mut output);
                shell.shells -= 1;
                shell.process = process;
                output
            }
            None if known && !is_shell => shell.dispatch(name, words.get(1..).unwrap_or_default(), input),
            None => unknown(name),
        };
        shell.settle();
        leave(shell.terminal);
        output
    }))
}

/// The shell that an image runs by itself; none for an image that runs something else.
pub(super) fn shell_of(image: &str) -> Option<&'static str> {
    let last = image.rsplit('/').next().unwrap_or_default().split([':', '@']).next().unwrap_or_default();
    match last {
        "alpine" | "busybox" => Some("sh"),
        "amazonlinux" | "bash" | "debian" | "fedora" | "ubuntu" => Some("bash"),
        _ => None,
    }
}

/// Whether words start a shell that reads what is typed.
pub(super) fn is_shell(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["sh" | "bash" | "/bin/sh" | "/bin/bash"] | ["sh" | "bash" | "/bin/sh" | "/bin/bash", "-l" | "-i" | "--login"]
    )
}

/// Whether the lab can run every command of a script itself.
pub(super) fn runs_script(script: &str) -> bool {
    let Ok(list) = super::language::parse(script) else { return false };
    // A loop may be what keeps the container running.
    if list.iter().flat_map(|own| &own.commands).any(|own| !matches!(own, Command::Simple(_))) {
        return false;
    }
    simples(&list).into_iter().all(|own| match own.words.first().map(Vec::as_slice) {
        None => true,
        Some([Part::Plain(name)]) => name == "exit" || has(name.rsplit('/').next().unwrap_or_default()),
        Some(_) => false,
    })
}

/// Whether a program is one of the tools that the lab has in containers.
pub(super) fn knows(name: &str) -> bool {
    let name = ["/usr/bin/", "/bin/"].iter().find_map(|place| name.strip_prefix(place)).unwrap_or(name);
    has(name) && !OF_THE_SHELL.contains(&name)
}

/// Whether the lab has a tool for the name that containers have too; those of the network only some have.
fn has(name: &str) -> bool {
    let all = super::coreutils::tools().filter(|own| !super::web::NAMES.contains(own) && *own != "kill");
    ["[", ":"].contains(&name) || all.into_iter().any(|own| own == name)
}

fn unknown(tool: &str) -> Output {
    Output::fail(1, format!("lab: what {tool} prints in this container the lab does not know\n"))
}

/// Answers a command in a container; none for the tools that are the same everywhere.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String], input: &str) -> Option<Output> {
    let inside = shell.terminal.inside.as_ref()?;
    let last = name.rsplit('/').next().unwrap_or_default();
    let tells = name == "lab" || super::lab_command::is_verb(name);
    Some(match name {
        "exit" | "logout" => exit(shell, words),
        _ if has(name) || tells || inside.container.asks(name) => return None,
        _ if (knows(last) || inside.container.asks(last))
            && ["/bin/", "/usr/bin/"].contains(&name.trim_end_matches(last)) =>
        {
            shell.dispatch(last, words, input)
        }
        _ if LEFT_OPEN.contains(&format!(" {last} ")) || inside.container.program.as_deref() == Some(name) => {
            unknown(name)
        }
        _ => Output::fail(
            127,
            match (inside.by.as_str(), inside.container.is_slim()) {
                ("bash", _) => format!("bash: {name}: command not found\n"),
                (by, true) => format!("{by}: {name}: not found\n"),
                (by, false) => format!("{by}: 1: {name}: not found\n"),
            },
        ),
    })
}

/// Before a line: a session notes what is typed in it, which the lab's own commands are not. Whether it did.
pub(super) fn typed(terminal: &mut Terminal, line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    let Some(inside) = &mut terminal.inside else { return false };
    let prompt = inside.prompt(&terminal.directory);
    let Way::Session(session) = &mut inside.way else { return false };
    let is_heard = first != "lab" && !super::lab_command::is_verb(first);
    if is_heard {
        session.note(&format!("{prompt} {line}\n"));
    }
    is_heard
}

/// After it: what was printed.
pub(super) fn printed(terminal: &mut Terminal, output: &Output) {
    if let Some(Inside { way: Way::Session(session), .. }) = &mut terminal.inside {
        session.hear(output);
    }
}

fn exit(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let status = words.first().and_then(|word| word.parse().ok()).unwrap_or(shell.terminal.status);
    if shell.terminal.inside.as_ref().is_some_and(|own| own.way == Way::Once) {
        shell.flow = Flow::Exit;
        return Output::status(status);
    }
    match leave(shell.terminal) {
        Some((container, Way::Session(session))) => {
            let stderr = keep(shell.lab, &container, &session);
            Output { stderr, ..Output::print(ended(&session.id)) }
        }
        Some((container, Way::Run)) => {
            docker::end(shell, &container.id, status);
            Output::status(status)
        }
        _ => Output::status(status),
    }
}

/// What the Session Manager plugin says at the end.
pub(super) fn ended(id: &str) -> String {
    format!("\n\nExiting session with sessionId: {id}.\n\n")
}

/// Before a line: what is told when the container has stopped.
pub(super) fn lost(terminal: &mut Terminal, lab: &Lab) -> Option<Output> {
    let inside = terminal.inside.as_ref()?;
    let id = inside.container.id.clone();
    let runs = match inside.container.task {
        Some(key) => container::runs(lab, key, &id),
        None => docker::runs(terminal, &id, lab.now()),
    };
    if runs {
        return None;
    }
    Some(match leave(terminal) {
        // Its agent went with it, and logged nothing.
        Some((_, Way::Session(session))) => Output { status: 1, ..Output::print(ended(&session.id)) },
        _ => Output::status(KILLED),
    })
}
