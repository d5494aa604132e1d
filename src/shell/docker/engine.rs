//! What the docker of an instance says of itself: `docker version` and `docker info`.

use super::host::images_of;
use super::system::templated;
use super::{Output, hosted, options, value};
use crate::aws::object::object;
use crate::ec2::images;
use crate::ecs::capability::DOCKER_VERSION;
use crate::shell::about;
use crate::shell::exec::Shell;
use crate::shell::visit;
use alloc::format;
use alloc::string::{String, ToString};

/// The version of the API that goes with the engine's.
const API: &str = "1.44";

fn release() -> &'static str {
    DOCKER_VERSION.split_once(": ").map_or(DOCKER_VERSION, |(_, version)| version)
}

/// `docker --version`.
pub(super) fn short() -> Output {
    Output::print(format!("Docker version {}, build 0bab007\n", release()))
}

/// The processor of the instance, as Go calls it.
pub(super) fn processor(shell: &Shell<'_>) -> &'static str {
    let own = visit::id(shell.terminal).and_then(|id| shell.lab.world().ec2().get(id));
    own.map_or("amd64", |own| if own.instance_type.architecture.name() == "arm64" { "arm64" } else { "amd64" })
}

/// `docker version`: the client and the server, or a template over both.
pub(super) fn version(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, _) = match options("version", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let (version, arch) = (release(), processor(shell));
    if let Some(format) = value(&given, "--format") {
        let part = || object!({ "Version": version, "ApiVersion": API, "Os": "linux", "Arch": arch });
        return templated(&object!({ "Client": part(), "Server": part() }), format);
    }
    Output::print(format!(
        "Client:
 Version:           {version}
 API version:       {API}
 OS/Arch:           linux/{arch}
 Context:           default

Server:
 Engine:
  Version:          {version}
  API version:      {API} (minimum version 1.24)
  OS/Arch:          linux/{arch}
  Experimental:     false
"
    ))
}

/// `docker info`: what the instance holds, and is.
pub(super) fn info(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, _) = match options("info", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let Some(own) = visit::id(shell.terminal).and_then(|id| shell.lab.world().ec2().get(id)) else {
        return Output::default();
    };
    let containers = hosted::all(shell);
    let running = containers.iter().filter(|own| own.ended.is_none()).count();
    let (all, stopped) = (containers.len(), containers.len() - running);
    let held = images_of(shell).len();
    let second = images::find(&own.image_id).is_some_and(|image| image.is_linux_2);
    let system = if second { "Amazon Linux 2" } else { "Amazon Linux 2023" };
    let machine = if processor(shell) == "arm64" { "aarch64" } else { about::MACHINE };
    let kernel = about::RELEASE.replace(about::MACHINE, machine);
    let (cpus, version, name) = (own.instance_type.vcpus, release(), about::host(shell));
    let mebibytes = u64::from(own.memory());
    if let Some(format) = value(&given, "--format") {
        let whole = object!({
            "Containers": all, "ContainersRunning": running, "ContainersPaused": 0, "ContainersStopped": stopped,
            "Images": held, "Driver": "overlay2", "LoggingDriver": "json-file", "CgroupDriver": "systemd",
            "CgroupVersion": "2", "NCPU": cpus, "MemTotal": mebibytes << 20, "KernelVersion": kernel,
            "OperatingSystem": system, "OSType": "linux", "Architecture": machine, "Name": name,
            "ServerVersion": version,
        });
        return templated(&whole, format);
    }
    Output::print(format!(
        "Client:
 Version:    {version}
 Context:    default
 Debug Mode: false

Server:
 Containers: {all}
  Running: {running}
  Paused: 0
  Stopped: {stopped}
 Images: {held}
 Server Version: {version}
 Storage Driver: overlay2
 Logging Driver: json-file
 Cgroup Driver: systemd
 Cgroup Version: 2
 Kernel Version: {kernel}
 Operating System: {system}
 OSType: linux
 Architecture: {machine}
 CPUs: {cpus}
 Total Memory: {}
 Name: {name}
 Docker Root Dir: /var/lib/docker
 Debug Mode: false
 Experimental: false
 Live Restore Enabled: false
",
        gibibytes(mebibytes)
    ))
}

/// Four digits and the unit, as docker writes an amount of memory.
fn gibibytes(mebibytes: u64) -> String {
    let whole = mebibytes / 1024;
    let digits = 3_usize.saturating_sub(whole.to_string().len() - 1);
    let thousandths = mebibytes % 1024 * 1000 / 1024;
    let part: String = format!("{thousandths:03}").chars().take(digits).collect();
    if part.is_empty() { format!("{whole}GiB") } else { format!("{whole}.{part}GiB") }
}
