//! The typed facts of a registered task definition: what placement and the task engine compute with.

use super::asks::{Ask, asks};
use super::forward::{self, Forward};
use super::read::{count, flag, list, member, port, text, texts};
use super::view::{View, gpus, is_essential, is_udp, linux, name_of, port_range};
use crate::ecs::image;
use crate::ecs::program::{self, Program};
use crate::placement::Protocol;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The effective Docker network mode (reference 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkMode {
    /// The instance's Docker bridge; also what an absent member means (on Windows: Docker's NAT).
    Bridge,
    /// The instance's own network.
    Host,
    /// One elastic network interface for the task.
    Awsvpc,
    /// No external connectivity.
    None,
}

impl NetworkMode {
    /// From `networkMode`; anything else than the four names counts as absent.
    pub(super) fn of(name: Option<&str>) -> Self {
        match name {
            Some("host") => NetworkMode::Host,
            Some("awsvpc") => NetworkMode::Awsvpc,
            Some("none") => NetworkMode::None,
            _ => NetworkMode::Bridge,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            NetworkMode::Bridge => "bridge",
            NetworkMode::Host => "host",
            NetworkMode::Awsvpc => "awsvpc",
            NetworkMode::None => "none",
        }
    }
}

/// One port mapping of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMapping {
    /// First and last container port; equal for a single port.
    pub container: (u16, u16),
    /// The port on the instance; none when it is chosen at start (PT-06) or the task has its own interface.
    pub host: Option<u16>,
    /// Transport protocol.
    pub protocol: Protocol,
    /// The mapping's name, which Service Connect refers to.
    pub name: Option<String>,
}

/// What a dependent waits for (reference 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Start,
    /// It exited, with any code.
    Complete,
    /// It exited with code 0.
    Success,
    /// Its first health check passed.
    Healthy,
}

/// GPUs of one container (CD-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gpus {
    /// Every GPU of the instance.
    All,
    /// So many.
    Number(u32),
}

/// One container of the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name, unique in the task.
    pub name: String,
    /// Image as written.
    pub image: String,
    /// Whether the task stops with it (CD-04).
    pub essential: bool,
    /// CPU units; 0 when not given.
    pub cpu: u32,
    /// Hard memory limit in MiB.
    pub memory: Option<u32>,
    /// Soft memory limit in MiB, the number that placement counts (CD-14).
    pub memory_reservation: Option<u32>,
    /// GPUs of its own.
    pub gpus: Gpus,
    /// Seconds it may take to reach the state that dependents wait for (DP-03).
    pub start_timeout: Option<u32>,
    /// Seconds between SIGTERM and SIGKILL; none = the agent's default of 30.
    pub stop_timeout: Option<u32>,
    /// What it waits for: container name and condition.
    pub depends_on: Vec<(String, Condition)>,
    /// Its port mappings.
    pub ports: Vec<PortMapping>,
    /// Its health check (HC-01).
    pub health: Option<HealthCheck>,
    /// What restarts it; none when nothing does.
    pub restart: Option<Restart>,
    /// What its entry point and command do.
    pub program: Program,
    /// MB that a pull of its image brings; none when the image does not exist.
    pub image_size: Option<u32>,
    /// The digest of its image where the account's registry says nothing of it.
    pub image_digest: Rc<str>,
    /// Whether a service resolves the tag of its image to a digest (RL-13).
    pub consistent: bool,
    /// Whether an init process passes signals on (linuxParameters.initProcessEnabled).
    pub init_process: bool,
    /// What has to be fetched or made for it before it starts.
    pub asks: Vec<Ask>,
    /// The log group that it writes to with `awslogs`, and whether the driver makes it (LG-02).
    pub log_group: Option<(String, bool)>,
    /// The log router that it sends its output to.
    pub forward: Option<Forward>,
    /// Whether it is a log router itself.
    pub routes: bool,
}

impl Container {
    /// Whether Docker makes a container with its memory (CD-11).
    pub fn has_memory_to_start(&self) -> bool {
        [self.memory, self.memory_reservation].into_iter().flatten().all(|limit| limit == 0 || limit >= 6)
    }
}

/// A container's health check (3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// Seconds from one probe to the next.
    pub interval: u32,
    /// So many failures in a row make it UNHEALTHY.
    pub retries: u32,
    /// Seconds after the start in which failures do not count (HC-02).
    pub start_period: u32,
    /// What the command answers while no fault says otherwise.
    pub passes: bool,
}

/// A restart policy that is on (CD-25, CD-26).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Exit codes after which it does not restart.
    pub ignored: Vec<u8>,
    /// Seconds that it must have run.
    pub period: u32,
}

/// The facts that the engine computes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// Effective network mode.
    pub network_mode: NetworkMode,
    /// CPU units that placement reserves (PL-05): the task's, else the sum over containers.
    pub cpu: u32,
    /// MiB that placement reserves (PL-05): the task's, else the sum of soft limits, hard where there is no soft one.
    pub memory: u32,
    /// Task-level CPU in units as given; ignored by placement on Windows.
    pub task_cpu: Option<u32>,
    /// Task-level memory in MiB as given; ignored by placement on Windows.
    pub task_memory: Option<u32>,
    /// Ports that the task holds on its instance (PT-12 to PT-14), without repeats.
    pub ports: Vec<(u16, Protocol)>,
    /// The containers, in order.
    pub containers: Vec<Container>,
    /// `runtimePlatform.operatingSystemFamily` as given; none means Linux.
    pub os_family: Option<String>,
    /// `runtimePlatform.cpuArchitecture` as given.
    pub cpu_architecture: Option<String>,
    /// The `memberOf` expressions, unparsed.
    pub placement_constraints: Vec<String>,
    /// The task role.
    pub task_role: Option<String>,
    /// The task execution role.
    pub execution_role: Option<String>,
    /// Ephemeral storage in GiB as given; Fargate gives 20 when it is absent.
    pub ephemeral_storage: Option<u32>,
    /// The attributes an instance must have (AT-08).
    pub requires_attributes: Vec<String>,
    /// Whether its containers start at the same moment, run until they are told to stop and obey: no order among them, no
    /// health check, no restart, none that may end by itself, every image there, no log router. Such a task has one state for all of them.
    pub plain: bool,
}

impl Core {
    /// Whether it is a Windows task.
    pub fn is_windows(&self) -> bool {
        self.os_family.as_deref().is_some_and(|family| family.starts_with("WINDOWS"))
    }

    /// The version of Fargate that LATEST stands for.
    pub fn latest_platform(&self) -> &'static str {
        if self.is_windows() { "1.0.0" } else { "1.4.0" }
    }

    /// Elastic network interfaces that one task takes (PL-05).
    pub fn enis(&self) -> u32 {
        u32::from(self.network_mode == NetworkMode::Awsvpc)
    }
}

pub(super) fn core(view: &View, requires_attributes: Vec<String>) -> Core {
    let mut containers: Vec<Container> = view.containers.iter().map(|found| container(found, view.mode)).collect();
    forward::order(view.containers, &mut containers);
    let sum = |of: fn(&Container) -> u32| containers.iter().fold(0_u32, |total, each| total.saturating_add(of(each)));
    let (task_cpu, task_memory) = (view.cpu.known(), view.memory.known());
    let counted = |task: Option<u32>| task.filter(|_| !view.windows);
    let platform = member(view.root, "runtimePlatform").unwrap_or(&Value::Null);
    let owned = |value: &Value, key: &str| text(value, key).map(ToString::to_string);
    Core {
        network_mode: view.mode,
        cpu: counted(task_cpu).unwrap_or_else(|| sum(|each| each.cpu)),
        memory: counted(task_memory).unwrap_or_else(|| {
            sum(|each| each.memory_reservation.filter(|soft| *soft > 0).or(each.memory).unwrap_or(0))
        }),
        task_cpu,
        task_memory,
        ports: fixed_ports(&containers),
        plain: containers.iter().all(is_plain),
        containers,
        os_family: owned(platform, "operatingSystemFamily"),
        cpu_architecture: owned(platform, "cpuArchitecture"),
        placement_constraints: list(view.root, "placementConstraints")
            .iter()
            .filter_map(|constraint| owned(constraint, "expression"))
            .collect(),
        task_role: owned(view.root, "taskRoleArn"),
        execution_role: owned(view.root, "executionRoleArn"),
        ephemeral_storage: member(view.root, "ephemeralStorage").and_then(|storage| count(storage, "sizeInGiB")),
        requires_attributes,
    }
}

fn is_plain(container: &Container) -> bool {
    let lone = container.depends_on.is_empty() && container.health.is_none() && container.restart.is_none();
    lone && container.has_memory_to_start()
        && container.essential
        && container.image_size.is_some()
        && container.program.is_plain()
        && container.forward.is_none()
        && !container.routes
}

fn container(value: &Value, mode: NetworkMode) -> Container {
    let named = text(value, "image").unwrap_or("");
    let words = |key: &str| texts(value, key).collect::<Vec<&str>>();
    let entry_point = words("entryPoint");
    let init_process = flag(linux(value), "initProcessEnabled");
    let setting = program::Setting {
        image: named,
        environment: &[&value["environment"], &value["secrets"]],
        directory: text(value, "workingDirectory").unwrap_or(""),
        is_task: true,
    };
    Container {
        name: name_of(value).to_string(),
        image: named.to_string(),
        program: Program::of(&entry_point, &words("command"), init_process, &setting),
        image_size: image::size(named)
            .or_else(|| member(value, "repositoryCredentials").and_then(|_| image::private_size(named))),
        image_digest: image::digest(named).into(),
        consistent: text(value, "versionConsistency") != Some("disabled") && !named.contains('@'),
        init_process,
        asks: asks(value),
        log_group: member(value, "logConfiguration").and_then(log_group),
        forward: forward::forward(value),
        routes: forward::routes(value),
        essential: is_essential(value),
        cpu: count(value, "cpu").unwrap_or(0),
        memory: count(value, "memory"),
        memory_reservation: count(value, "memoryReservation"),
        gpus: gpus(value),
        start_timeout: count(value, "startTimeout"),
        stop_timeout: count(value, "stopTimeout"),
        depends_on: list(value, "dependsOn").iter().filter_map(dependency).collect(),
        ports: list(value, "portMappings").iter().filter_map(|mapping| port_mapping(mapping, mode)).collect(),
        health: member(value, "healthCheck").and_then(|check| health_check(check, &setting)),
        restart: member(value, "restartPolicy").filter(|policy| flag(policy, "enabled")).map(|policy| Restart {
            ignored: list(policy, "ignoredExitCodes")
                .iter()
                .filter_map(|code| u8::try_from(code.as_u64()?).ok())
                .collect(),
            period: count(policy, "restartAttemptPeriod").unwrap_or(300),
        }),
    }
}

fn log_group(value: &Value) -> Option<(String, bool)> {
    let options = member(value, "options").filter(|_| text(value, "logDriver") == Some("awslogs"))?;
    let creates = text(options, "awslogs-create-group") == Some("true");
    Some((text(options, "awslogs-group")?.to_string(), creates))
}

fn health_check(value: &Value, setting: &program::Setting<'_>) -> Option<HealthCheck> {
    let words: Vec<&str> = texts(value, "command").collect();
    let number = |key: &str, default: u32| count(value, key).unwrap_or(default);
    let passes = match words.split_first()? {
        (&"NONE", _) => return None,
        (&"CMD-SHELL", script) => program::passes(&["sh", "-c", script.first().unwrap_or(&"")], setting),
        (_, command) => program::passes(command, setting),
    };
    let [interval, retries, start_period] =
        [("interval", 30), ("retries", 3), ("startPeriod", 0)].map(|(key, default)| number(key, default));
    Some(HealthCheck { interval: interval.max(1), retries: retries.max(1), start_period, passes })
}

fn dependency(value: &Value) -> Option<(String, Condition)> {
    let condition = match text(value, "condition")? {
        "START" => Condition::Start,
        "COMPLETE" => Condition::Complete,
        "SUCCESS" => Condition::Success,
        "HEALTHY" => Condition::Healthy,
        _ => return None,
    };
    Some((text(value, "containerName")?.to_string(), condition))
}

fn port_mapping(mapping: &Value, mode: NetworkMode) -> Option<PortMapping> {
    let single = port(mapping, "containerPort").map(|found| (found, found));
    let container = single.or_else(|| port_range(mapping))?;
    let host = match mode {
        NetworkMode::Awsvpc | NetworkMode::None => None,
        NetworkMode::Host => single.map(|(found, _)| found),
        NetworkMode::Bridge => port(mapping, "hostPort"),
    };
    let protocol = if is_udp(mapping) { Protocol::Udp } else { Protocol::Tcp };
    Some(PortMapping { container, host, protocol, name: text(mapping, "name").map(ToString::to_string) })
}

fn fixed_ports(containers: &[Container]) -> Vec<(u16, Protocol)> {
    let mut ports: Vec<(u16, Protocol)> = containers
        .iter()
        .flat_map(|each| &each.ports)
        .filter_map(|mapping| mapping.host.map(|host| (host, mapping.protocol)))
        .collect();
    crate::sim::order::sort_by(&mut ports, Ord::cmp);
    ports.dedup();
    ports
}
