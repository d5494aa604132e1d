//! `docker volume`: the volumes of the host.

use super::containers::{Container, tidied};
use super::settings::{VOLUMES, place_of};
use super::show::{columns, formatted};
use super::template::Template;
use super::{Docker, Output, daemon, options, takes, value, verbs};
use crate::aws::object::object;
use crate::shell::exec::Shell;
use crate::shell::print;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The columns: the name that templates have for each, and its header.
const COLUMNS: [(&str, &str); 2] = [("Driver", "DRIVER"), ("Name", "VOLUME NAME")];

impl Docker {
    /// The names of the volumes, in order.
    pub(super) fn volume_names(&self) -> Vec<String> {
        self.volumes.list(VOLUMES).iter().map(|name| name.trim_end_matches('/').to_string()).collect()
    }

    /// The bytes of a volume.
    pub(super) fn volume_size(&self, name: &str) -> u64 {
        let files = self.volumes.tree(&format!("{VOLUMES}/{name}"));
        files.iter().filter_map(|(_, text)| text.as_ref()).map(|text| text.len() as u64).sum()
    }

    /// The id of a container that has a volume.
    pub(super) fn user_of(&self, name: &str) -> Option<&str> {
        let has = |own: &&Container| own.settings.mounts.iter().any(|mount| mount.volume.as_deref() == Some(name));
        self.containers.iter().find(has).map(|own| own.id.as_str())
    }

    fn drop_volume(&mut self, name: &str) {
        let path = format!("{VOLUMES}/{name}");
        for (path, text) in self.volumes.tree(&path).into_iter().rev() {
            match text {
                Some(_) => drop(self.volumes.remove(&path)),
                None => self.volumes.unmake(&path),
            }
        }
    }
}

pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    tidied(shell);
    let rest = words.get(1..).unwrap_or_default();
    let done = match words.first().map(String::as_str) {
        Some("ls" | "list") => list(shell, rest),
        Some("create") => create(shell, rest),
        Some("inspect") => inspect(shell, rest),
        Some("rm" | "remove") => remove(shell, rest),
        Some("prune") => prune(shell, rest, input),
        _ => Err(Output::fail(
            1,
            format!("docker: ECS Lab: of docker volume there are {}\n", verbs("volume").join(", ")),
        )),
    };
    done.unwrap_or_else(|output| output)
}

fn list(shell: &Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, _) = options("volume ls", words)?;
    let mut names = shell.terminal.docker.volume_names();
    for (_, filter) in given.iter().filter(|(name, _)| name == "--filter") {
        match filter.split_once('=') {
            Some(("name", part)) => names.retain(|name| name.contains(part)),
            Some(("dangling", wanted)) => {
                let free = |name: &String| shell.terminal.docker.user_of(name).is_none();
                names.retain(|name| free(name) == (wanted == "true" || wanted == "1"));
            }
            _ => return Err(Output::fail(1, format!("ECS Lab: docker volume ls does not filter by {filter}\n"))),
        }
    }
    let rows: Vec<Vec<String>> = names.iter().map(|name| ["local".to_string(), name.clone()].to_vec()).collect();
    if value(&given, "--quiet").is_some() {
        return Ok(Output::print(names.iter().map(|name| format!("{name}\n")).collect::<String>()));
    }
    if let Some(format) = value(&given, "--format").filter(|format| *format != "table") {
        let text = formatted(format, &COLUMNS, &rows);
        return text.map(Output::print).map_err(|why| Output::fail(1, format!("{why}\n")));
    }
    let header = COLUMNS.iter().map(|(_, header)| (*header).to_string()).collect();
    Ok(Output::print(columns(&[header].into_iter().chain(rows).collect::<Vec<_>>())))
}

fn create(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("volume create", words)?;
    let driver = value(&given, "--driver").unwrap_or("local");
    if driver != "local" {
        return Err(daemon(&format!("create: error looking up volume plugin {driver}: plugin \"{driver}\" not found")));
    }
    let (name, path) = place_of(shell, names.first().map_or("", String::as_str), "").map_err(|why| daemon(&why))?;
    shell.terminal.docker.ran += u32::from(names.is_empty());
    shell.terminal.docker.volumes.make(&path);
    Ok(Output::print(format!("{name}\n")))
}

fn inspect(shell: &Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("volume inspect", words)?;
    if names.is_empty() {
        return Err(takes("volume inspect", "at least 1 argument"));
    }
    let known = shell.terminal.docker.volume_names();
    let (mut all, mut missing) = (Vec::new(), String::new());
    for name in &names {
        if !known.contains(name) {
            missing.push_str(&format!("Error response from daemon: get {name}: no such volume\n"));
            continue;
        }
        let path = format!("{VOLUMES}/{name}/_data");
        all.push(object!({
            "CreatedAt": shell.terminal.docker.volumes.changed(&path).to_string(), "Driver": "local", "Labels": Value::Null,
            "Mountpoint": path, "Name": name.as_str(), "Options": Value::Null, "Scope": "local",
        }));
    }
    let mut text = String::new();
    match value(&given, "--format").filter(|format| *format != "json") {
        Some(format) => {
            let template = Template::read(format).map_err(|why| Output::fail(64, format!("{why}\n")))?;
            for own in &all {
                text.push_str(&(template.show(own).map_err(|why| Output::fail(1, format!("{why}\n")))? + "\n"));
            }
        }
        None => text = print::pretty(&Value::Array(all)) + "\n",
    }
    Ok(Output { stdout: text, ..Output::fail(u8::from(!missing.is_empty()), missing) })
}

fn remove(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("volume rm", words)?;
    if names.is_empty() {
        return Err(takes("volume rm", "at least 1 argument"));
    }
    let forced = value(&given, "--force").is_some();
    let mut output = Output::default();
    for name in &names {
        let docker = &mut shell.terminal.docker;
        let why = match (docker.volume_names().contains(name), docker.user_of(name)) {
            (false, _) if forced => String::new(),
            (false, _) => format!("get {name}: no such volume"),
            (true, Some(id)) => format!("remove {name}: volume is in use - [{id}]"),
            (true, None) => String::new(),
        };
        if why.is_empty() {
            docker.drop_volume(name);
            output.stdout.push_str(&format!("{name}\n"));
        } else {
            output.stderr.push_str(&daemon(&why).stderr);
            output.status = 1;
        }
    }
    Ok(output)
}

/// Removes the volumes that no container has: those without a name of their own, with `-a` all.
fn prune(shell: &mut Shell<'_>, words: &[String], input: &str) -> Result<Output, Output> {
    let (given, _) = options("volume prune", words)?;
    let has = |name: &str| value(&given, name).is_some();
    let kind = if has("--all") { "all local" } else { "anonymous local" };
    let question = format!("WARNING! This will remove {kind} volumes not used by at least one container.\n");
    if let Some(output) = super::system::declined(&question, input).filter(|_| !has("--force")) {
        return Ok(output);
    }
    let docker = &mut shell.terminal.docker;
    let is_anonymous = |name: &String| name.len() == 64 && name.chars().all(|sign| sign.is_ascii_hexdigit());
    let mut gone = String::new();
    for name in docker.volume_names().iter().filter(|name| has("--all") || is_anonymous(name)) {
        if docker.user_of(name).is_none() {
            docker.drop_volume(name);
            gone.push_str(&format!("{name}\n"));
        }
    }
    let head = if gone.is_empty() { String::new() } else { format!("Deleted Volumes:\n{gone}\n") };
    Ok(Output::print(format!("{head}Total reclaimed space: 0B\n")))
}
