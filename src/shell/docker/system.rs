//! What docker says of itself and of what it holds: `docker version`, `info` and `system`.

use super::config;
use super::containers::tidied;
use super::show::{columns, human, pruned, taken_by_images};
use super::template::Template;
use super::{Output, options, value};
use crate::aws::object::object;
use crate::shell::about;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const VERSION: &str = "28.3.2";
const API: &str = "1.51";
const GO: &str = "go1.24.5";
const BUILT: &str = "Wed Jul  9 16:13:45 2025";

/// `docker --version`.
pub(super) fn short() -> Output {
    Output::print(format!("Docker version {VERSION}, build 578ccf6\n"))
}

/// `docker version`: the client and the server, or a template over both.
pub(super) fn version(words: &[String]) -> Output {
    let (given, _) = match options("version", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let part = |commit: &str| {
        object!({
            "Version": VERSION, "ApiVersion": API, "GitCommit": commit, "GoVersion": GO, "Os": "linux", "Arch": "amd64",
            "BuildTime": BUILT,
        })
    };
    let (client, mut server) = (part("578ccf6"), part("e77ff99"));
    server["MinAPIVersion"] = "1.24".into();
    if let Some(format) = value(&given, "--format") {
        return templated(&object!({ "Client": client, "Server": server }), format);
    }
    Output::print(format!(
        "Client: Docker Engine - Community
 Version:           {VERSION}
 API version:       {API}
 Go version:        {GO}
 Git commit:        578ccf6
 Built:             {BUILT}
 OS/Arch:           linux/amd64
 Context:           default

Server: Docker Engine - Community
 Engine:
  Version:          {VERSION}
  API version:      {API} (minimum version 1.24)
  Go version:       {GO}
  Git commit:       e77ff99
  Built:            {BUILT}
  OS/Arch:          linux/amd64
  Experimental:     false
 containerd:
  Version:          1.7.27
  GitCommit:        05044ec0a9a75232cad458027ca83437aae3f4da
 runc:
  Version:          1.2.5
  GitCommit:        v1.2.5-0-g59923ef
 docker-init:
  Version:          0.19.0
  GitCommit:        de40ad0
"
    ))
}

/// A template, or JSON.
pub(super) fn templated(whole: &Value, format: &str) -> Output {
    if format == "json" {
        return Output::print(format!("{whole}\n"));
    }
    match Template::read(format).and_then(|own| own.show(whole)) {
        Ok(text) => Output::print(text + "\n"),
        Err(why) => Output::fail(64, format!("{why}\n")),
    }
}

/// `docker info`: what the host holds; the rest is that of any such host.
pub(super) fn info(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, _) = match options("info", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let docker = &shell.terminal.docker;
    let now = shell.lab.now();
    let running = docker.containers.iter().filter(|own| own.ended(now).is_none()).count();
    let (all, stopped) = (docker.containers.len(), docker.containers.len() - running);
    let ids: crate::sim::sorted::Set<&str> =
        docker.images.values().map(|own| own.built.config.digest.as_str()).collect();
    let images = ids.iter().count();
    if let Some(format) = value(&given, "--format") {
        let whole = object!({
            "Containers": all, "ContainersRunning": running, "ContainersPaused": 0, "ContainersStopped": stopped,
            "Images": images, "Driver": "overlay2", "CgroupDriver": "systemd", "CgroupVersion": "2", "NCPU": 2,
            "KernelVersion": about::RELEASE, "OperatingSystem": "Amazon Linux 2023", "OSType": "linux",
            "Architecture": about::MACHINE, "Name": about::HOST, "ServerVersion": VERSION,
        });
        return templated(&whole, format);
    }
    let user = config::login(shell, "").map(|own| format!(" Username: {}\n", own.user)).unwrap_or_default();
    Output::print(format!(
        "Client: Docker Engine - Community
 Version:    {VERSION}
 Context:    default
 Debug Mode: false
 Plugins:
  buildx: Docker Buildx (Docker Inc.)
    Version:  v0.25.0
    Path:     /usr/libexec/docker/cli-plugins/docker-buildx

Server:
 Containers: {all}
  Running: {running}
  Paused: 0
  Stopped: {stopped}
 Images: {images}
 Server Version: {VERSION}
 Storage Driver: overlay2
 Logging Driver: json-file
 Cgroup Driver: systemd
 Cgroup Version: 2
 Kernel Version: {}
 Operating System: Amazon Linux 2023
 OSType: linux
 Architecture: {}
 CPUs: 2
 Total Memory: 3.743GiB
 Name: {}
 Docker Root Dir: /var/lib/docker
 Debug Mode: false
{user} Experimental: false
 Insecure Registries:
  ::1/128
  127.0.0.0/8
 Live Restore Enabled: false
",
        about::RELEASE,
        about::MACHINE,
        about::HOST,
    ))
}

/// `docker system df`, `prune` and `info`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    tidied(shell);
    match words.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        Some(("df", rest)) => df(shell, rest),
        Some(("info", rest)) => info(shell, rest),
        Some(("prune", rest)) => prune(shell, rest, input),
        _ => Output::fail(1, "docker: ECS Lab: of docker system there are df, info and prune\n"),
    }
}

fn df(shell: &Shell<'_>, words: &[String]) -> Output {
    if let Err(output) = options("system df", words) {
        return output;
    }
    let docker = &shell.terminal.docker;
    let now = shell.lab.now();
    let keys: Vec<&String> = docker.images.keys().collect();
    let active = keys.iter().filter(|key| docker.containers.iter().any(|own| own.is_of(key))).count();
    let running = docker.containers.iter().filter(|own| own.ended(now).is_none()).count();
    let [bytes, used] = taken_by_images(shell);
    let free = bytes - used;
    let part = |free: u64, bytes: u64| {
        let percent = (free * 100).checked_div(bytes).map(|percent| format!(" ({percent}%)"));
        human(free, 4) + &percent.unwrap_or_default()
    };
    let row = |kind: &str, total: usize, active: usize, size: &str, free: &str| {
        [kind.to_string(), total.to_string(), active.to_string(), size.to_string(), free.to_string()].to_vec()
    };
    let volumes = docker.volume_names();
    let (in_use, idle): (Vec<_>, Vec<_>) = volumes.iter().partition(|name| docker.user_of(name).is_some());
    let kept = in_use.len();
    let weigh = |names: &[&String]| names.iter().map(|name| docker.volume_size(name)).sum::<u64>();
    let unused = weigh(&idle);
    let all = unused + weigh(&in_use);
    let header = ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"].map(String::from).to_vec();
    Output::print(columns(&[
        header,
        row("Images", keys.len(), active, &human(bytes, 4), &part(free, bytes)),
        row("Containers", docker.containers.len(), running, "0B", "0B"),
        row("Local Volumes", volumes.len(), kept, &human(all, 4), &part(unused, all)),
        row("Build Cache", 0, 0, "0B", "0B"),
    ]))
}

/// The containers that ended, removed: the list of their ids.
fn swept(shell: &mut Shell<'_>) -> String {
    let now = shell.lab.now();
    let mut gone = Vec::new();
    shell.terminal.docker.containers.retain(|own| {
        let stays = own.ended(now).is_none();
        gone.extend((!stays).then(|| own.id.clone()));
        stays
    });
    let lines: String = gone.iter().map(|id| format!("{id}\n")).collect();
    if lines.is_empty() { lines } else { format!("Deleted Containers:\n{lines}\n") }
}

/// Asks as docker does; none when the answer, which a pipe gives, is yes.
pub(super) fn declined(question: &str, input: &str) -> Option<Output> {
    let text = format!("{question}Are you sure you want to continue? [y/N] ");
    (!input.trim_start().starts_with(['y', 'Y'])).then(|| Output::print(text + "\n"))
}

/// `docker container prune`.
pub(super) fn prune_containers(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let given = match options("container prune", words) {
        Ok((given, _)) => given,
        Err(output) => return output,
    };
    let asks = value(&given, "--force").is_none();
    if let Some(output) = declined("WARNING! This will remove all stopped containers.\n", input).filter(|_| asks) {
        return output;
    }
    Output::print(format!("{}Total reclaimed space: 0B\n", swept(shell)))
}

fn prune(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let given = match options("system prune", words) {
        Ok((given, _)) => given,
        Err(output) => return output,
    };
    let has = |name: &str| value(&given, name).is_some();
    let all = has("--all");
    let (images, cache) = match all {
        true => ("all images without at least one container associated to them", "all build cache"),
        false => ("all dangling images", "unused build cache"),
    };
    let question = format!(
        "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - \
         {images}\n  - {cache}\n\n"
    );
    let asks = !has("--force");
    if let Some(output) = declined(&question, input).filter(|_| asks) {
        return output;
    }
    let containers = swept(shell);
    shell.terminal.docker.cache = Default::default();
    let (gone, bytes) = pruned(shell, all);
    Output::print(format!("{containers}{gone}Total reclaimed space: {}\n", human(bytes, 4)))
}
