//! What a new container is given of its host besides a name and ports: limits, a network, names, folders.
//!
//! What the lab cannot make true it refuses; a limit stands in `docker inspect`, and nothing here comes near it.

use super::commands::invalid;
use super::containers::refused;
use super::{Given, Output, value};
use crate::aws::object::{self, object};
use crate::shell::exec::Shell;
use crate::shell::files::absolute;
use crate::shell::inside::Mount;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Where the daemon keeps its volumes.
pub(super) const VOLUMES: &str = "/var/lib/docker/volumes";
/// The processors of the host.
const CPUS: u64 = 2;
/// The least memory of a container, in bytes.
const LEAST: u64 = 6 << 20;

/// The settings of a container.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// As `docker inspect` shows them.
    pub(super) host: Value,
    pub(super) mounts: Vec<Mount>,
    /// The names that its hosts file gets, each behind its address.
    pub(super) hosts: Vec<(String, String)>,
}

impl Settings {
    /// Reads the options of `docker run`; `ends` is the exit code of a program that ends by itself.
    ///
    /// # Errors
    /// As docker refuses them, or the lab.
    pub(super) fn read(shell: &mut Shell<'_>, given: &Given, ends: Option<u8>) -> Result<Self, Output> {
        let has = |name: &str| value(given, name).is_some();
        if has("--gpus") {
            return Err(refused(
                "Error response from daemon: could not select device driver \"\" with capabilities: [[gpu]]",
            ));
        }
        let memory = value(given, "--memory").map(bytes).transpose()?;
        if memory.is_some_and(|bytes| bytes < LEAST) {
            return Err(refused("Error response from daemon: Minimum memory limit allowed is 6MB"));
        }
        let cpus = value(given, "--cpus").map(nano_cpus).transpose()?;
        let restart = restart(given, ends)?;
        let hosts = all(given, "--add-host").map(added).collect::<Result<Vec<_>, Output>>()?;
        let extra: Vec<String> = hosts.iter().map(|(address, name)| format!("{name}:{address}")).collect();
        let mounts = mounts(shell, given)?;
        let binds: Vec<String> = all(given, "--volume").map(ToString::to_string).collect();
        let list = |list: Vec<String>| if list.is_empty() { Value::Null } else { list.into() };
        let mut host = object!({
            "Binds": list(binds),
            "NetworkMode": network(given)?,
            "RestartPolicy": restart,
            "AutoRemove": has("--rm"),
            "ExtraHosts": list(extra),
            "Privileged": has("--privileged"),
            "Memory": memory.unwrap_or_default(),
            "NanoCpus": cpus.unwrap_or_default(),
        });
        if has("--init") {
            host["Init"] = true.into();
        }
        Ok(Self { host, mounts, hosts })
    }

    /// Whether it has a network of its own.
    pub(super) fn is_bridged(&self) -> bool {
        self.host["NetworkMode"] == "bridge"
    }

    /// The mounts, as `docker inspect` shows them.
    pub(super) fn shown(&self) -> Value {
        let one = |own: &Mount| {
            let kind = if own.volume.is_some() { "volume" } else { "bind" };
            let mut members = alloc::vec![("Type", Value::from(kind))];
            members.extend(own.volume.as_ref().map(|name| ("Name", name.as_str().into())));
            members.extend([("Source", own.source.as_str().into()), ("Destination", own.target.as_str().into())]);
            members.extend(own.volume.as_ref().map(|_| ("Driver", "local".into())));
            members.extend([("Mode", "".into()), ("RW", true.into()), ("Propagation", "".into())]);
            object::of(members)
        };
        self.mounts.iter().map(one).collect()
    }
}

fn all<'a>(given: &'a Given, name: &'a str) -> impl Iterator<Item = &'a str> {
    given.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// `512m`, `1.5g`, `1048576`.
fn bytes(text: &str) -> Result<u64, Output> {
    let wrong = || invalid("run", "--memory", text, &format!("invalid size: '{text}'"));
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_suffix("ib").or(lower.strip_suffix('b')).unwrap_or(&lower);
    let (number, shift) = match bare.chars().last().and_then(|unit| "kmgtp".find(unit)) {
        Some(place) => (bare.get(..bare.len() - 1).unwrap_or_default(), 10 * (place as u32 + 1)),
        None => (bare, 0),
    };
    let milli = decimal(number, 3).ok_or_else(wrong)?;
    let whole = (u128::from(milli) << shift) / 1000;
    u64::try_from(whole).map_err(|_| wrong())
}

fn nano_cpus(text: &str) -> Result<u64, Output> {
    let wrong = || invalid("run", "--cpus", text, &format!("failed to parse {text} as a rational number"));
    let nano = decimal(text, 9).ok_or_else(wrong)?;
    if !(10_000_000..=CPUS * 1_000_000_000).contains(&nano) {
        return Err(refused(&format!(
            "Error response from daemon: range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available"
        )));
    }
    Ok(nano)
}

/// A number with so many places behind the point, as a whole number of the last one.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|sign| sign.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > places || whole.is_empty() && part.is_empty() {
        return None;
    }
    format!("{whole}{part}{}", "0".repeat(places - part.len())).parse().ok()
}

/// The restart policy. One that would start the container again is for programs that go on by themselves, for here what ends
/// stays ended.
fn restart(given: &Given, ends: Option<u8>) -> Result<Value, Output> {
    let text = value(given, "--restart").unwrap_or("no");
    let (name, count) = text.split_once(':').map_or((text, None), |(name, count)| (name, Some(count)));
    let most: Option<u32> =
        count.map_or(Some(0), |count| count.parse().ok()).filter(|_| count.is_none() || name == "on-failure");
    let known = ["", "no", "always", "on-failure", "unless-stopped"].contains(&name);
    let Some(most) = most.filter(|_| known) else {
        return Err(refused(&match (known, name) {
            (true, "on-failure") => "invalid restart policy format: maximum retry count must be an integer".to_string(),
            (true, _) => {
                "Error response from daemon: invalid restart policy: maximum retry count can only be used with 'on-failure'"
                    .to_string()
            }
            (false, _) => format!(
                "Error response from daemon: invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', \
                 'on-failure', or 'unless-stopped'"
            ),
        }));
    };
    let again = !["", "no"].contains(&name);
    if again && value(given, "--rm").is_some() {
        return Err(refused("conflicting options: cannot specify both --restart and --rm"));
    }
    if again && ends.is_some_and(|code| code != 0 || name != "on-failure") {
        return Err(refused(
            "ECS Lab: this container ends by itself, and what ends stays ended here: leave --restart out",
        ));
    }
    Ok(object!({ "Name": if name.is_empty() { "no" } else { name }, "MaximumRetryCount": most }))
}

fn network(given: &Given) -> Result<&str, Output> {
    match value(given, "--network").unwrap_or("bridge") {
        "bridge" | "default" => Ok("bridge"),
        "none" => Ok("none"),
        "host" => {
            Err(refused("ECS Lab: containers of the prompt's host have a network of their own: publish a port with -p"))
        }
        name => Err(refused(&format!("Error response from daemon: network {name} not found"))),
    }
}

/// `NAME:ADDRESS` or `NAME=ADDRESS`, the other way round.
fn added(text: &str) -> Result<(String, String), Output> {
    let parted = text.split_once('=').or_else(|| text.split_once(':')).filter(|(name, _)| !name.is_empty());
    let bad = || invalid("run", "--add-host", text, &format!("bad format for add-host: {text:?}"));
    let (name, address) = parted.ok_or_else(bad)?;
    let own = if address == "host-gateway" { "172.17.0.1" } else { address };
    if crate::ec2::network::ipv4(own).is_none() && !own.contains(':') {
        return Err(invalid("run", "--add-host", text, &format!("invalid IP address in add-host: {address:?}")));
    }
    Ok((own.to_string(), name.to_string()))
}

/// The folders that are put into the container, in the order of the command line; volumes that are new are made.
fn mounts(shell: &mut Shell<'_>, given: &Given) -> Result<Vec<Mount>, Output> {
    let mut found = Vec::new();
    for (option, text) in given {
        found.push(match option.as_str() {
            "--volume" => volume(shell, text)?,
            "--mount" => mount(shell, text)?,
            _ => continue,
        });
    }
    Ok(found)
}

const WRITABLE: &str = "ECS Lab: what is mounted can be written in its containers: leave ro out";

/// `SOURCE:TARGET`, `NAME:TARGET` or `TARGET`.
fn volume(shell: &mut Shell<'_>, text: &str) -> Result<Mount, Output> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target) = match parts.as_slice() {
        [target] => ("", *target),
        [source, target] | [source, target, "rw" | "z" | "Z"] => (*source, *target),
        [_, _, "ro"] => return Err(refused(WRITABLE)),
        [_, _, mode] => {
            return Err(refused(&format!(
                "Error response from daemon: invalid volume specification: '{text}': invalid mode: {mode}"
            )));
        }
        _ => return Err(refused(&format!("Error response from daemon: invalid volume specification: '{text}'"))),
    };
    if !target.starts_with('/') {
        return Err(refused(&format!(
            "Error response from daemon: invalid volume specification: '{text}': invalid mount config for type \"{}\": \
             invalid mount path: '{target}' mount path must be absolute",
            if source.contains('/') { "bind" } else { "volume" }
        )));
    }
    if source.starts_with(['/', '.', '~']) {
        let source = shell.path(source);
        let files = &mut shell.terminal.files;
        if files.read(&source).is_none() {
            files.make(&source);
        }
        return Ok(Mount { volume: None, source, target: absolute("/", target) });
    }
    named(shell, source, target)
}

/// `type=bind,source=…,target=…`.
fn mount(shell: &mut Shell<'_>, text: &str) -> Result<Mount, Output> {
    let (mut kind, mut source, mut target) = ("volume", "", "");
    for own in text.split(',') {
        match own.split_once('=').unwrap_or((own, "")) {
            ("type", value) => kind = value,
            ("source" | "src", value) => source = value,
            ("target" | "destination" | "dst", value) => target = value,
            ("readonly" | "ro", "" | "1" | "true") => return Err(refused(WRITABLE)),
            ("readonly" | "ro", _) => {}
            (name, _) => {
                let why = format!("unexpected key '{name}' in '{own}'");
                return Err(invalid("run", "--mount", text, &why));
            }
        }
    }
    if target.is_empty() {
        return Err(invalid("run", "--mount", text, "target is required"));
    }
    match kind {
        "volume" => named(shell, source, target),
        "bind" => {
            let source = shell.path(source);
            let files = &shell.terminal.files;
            if !files.is_directory(&source) && files.read(&source).is_none() {
                return Err(refused(&format!(
                    "Error response from daemon: invalid mount config for type \"bind\": bind source path does not exist: {source}"
                )));
            }
            Ok(Mount { volume: None, source, target: absolute("/", target) })
        }
        _ => Err(refused(&format!("ECS Lab mounts the types bind and volume, not {kind}"))),
    }
}

/// A volume by its name, which is made where it is not there.
fn named(shell: &mut Shell<'_>, name: &str, target: &str) -> Result<Mount, Output> {
    let (name, source) =
        place_of(shell, name, target).map_err(|why| refused(&format!("Error response from daemon: {why}")))?;
    shell.terminal.docker.volumes.make(&source);
    Ok(Mount { volume: Some(name), source, target: absolute("/", target) })
}

/// The name of a volume and its folder; one without a name gets one that nobody has, told from others by what it is for.
///
/// # Errors
/// What docker says of the name.
pub(super) fn place_of(shell: &Shell<'_>, name: &str, whose: &str) -> Result<(String, String), String> {
    let name = match name {
        "" => {
            let count = shell.terminal.docker.ran;
            crate::ecr::sha256(format!("volume {whose} {count}").as_bytes()).trim_start_matches("sha256:").to_string()
        }
        name => name.to_string(),
    };
    let word = |sign: char| sign.is_ascii_alphanumeric() || "_.-".contains(sign);
    if !name.chars().all(word) || !name.starts_with(|sign: char| sign.is_ascii_alphanumeric()) {
        return Err(format!(
            "create {name}: {name:?} includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" \
             are allowed. If you intended to pass a host directory, use absolute path"
        ));
    }
    let path = format!("{VOLUMES}/{name}/_data");
    Ok((name, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shares() {
        for (text, expected) in [
            ("512m", Some(512 << 20)),
            ("1.5g", Some(3 << 29)),
            ("6MiB", Some(6 << 20)),
            ("64KB", Some(64 << 10)),
            ("7", Some(7)),
            ("m", None),
            ("-1", None),
            ("9999999p", None),
            ("1.2345g", None),
        ] {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
        for (text, expected) in
            [("0.5", Some(500_000_000)), ("2", Some(2_000_000_000)), ("2.1", None), ("0", None), ("x", None)]
        {
            assert_eq!(nano_cpus(text).ok(), expected, "{text}");
        }
    }
}
