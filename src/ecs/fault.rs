//! What can go wrong by itself, as commands: `lab fault`, one member of its union for each kind.

use super::containers::{self, Phase};
use super::image::PullError;
use super::limits::{Limit, go_text};
use super::taskdef::Container;
use super::{
    ContainerInstance, Ecs, InstanceStatus, LaunchType, Task, TaskStatus, agent_role, application, capability,
    instance, lifecycle, service, timing,
};
use crate::aws::{ApiError, arn};
use crate::ec2::State;
use crate::event::{Cx, Ec2Id, FactKind, HexId, MachineId, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use crate::sim::sorted::{Map as Sorted, Set};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// `failures[]` of a RunTask for which Fargate has no capacity; it names no ARN (seen in gchq/sleeper#904).
pub const NO_CAPACITY: &str =
    "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// The faults that last until they are ended.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The zones in which Fargate is out of capacity.
    pub without_fargate: Set<String>,
    /// The zones in which Fargate Spot is.
    pub without_spot: Set<String>,
    /// How the pull of an image goes: how long it takes, or why it fails.
    pulls: Sorted<String, (SimDuration, Option<PullError>)>,
    /// Families whose tasks do not come up, or do not stop, and how they fail.
    initialization: Sorted<String, &'static Failure>,
    /// Families whose applications misbehave.
    pub(super) applications: application::Misbehaving,
}

impl Faults {
    /// Whether no task's way up is disturbed.
    pub fn is_empty(&self) -> bool {
        self.pulls.is_empty() && self.initialization.is_empty() && self.applications.is_empty()
    }

    /// Whether a fault concerns the way up of a container.
    pub fn touches(&self, task: &Task, container: &Container) -> bool {
        self.pull(&container.image).is_some() || self.initialization(task).is_some()
    }

    /// How the pull of an image goes.
    pub fn pull(&self, image: &str) -> Option<(SimDuration, Option<PullError>)> {
        self.pulls.get(image).copied()
    }

    /// How a task fails where a container stands.
    pub fn initialization_at(&self, task: &Task, at: Phase) -> Option<&'static Failure> {
        self.initialization(task).filter(|own| own.at == at)
    }

    fn initialization(&self, task: &Task) -> Option<&'static Failure> {
        self.initialization.get(&task.definition.registration.family).copied()
    }
}

/// Makes a fault of ECS, or ends it; of those of EC2, what they mean for ECS. Errors: what a fault names and the lab does
/// not hold, or what is in no state for it.
pub fn inject(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let ec2 = &rooms.ec2;
    let (kind, fault) = input
        .as_object()
        .and_then(|map| map.iter().next())
        .map_or(("", &Value::Null), |(kind, fault)| (&**kind, fault));
    let text = |member: &str| fault[member].as_str().unwrap_or_default();
    let zone = text("zone");
    match kind {
        "fargateCapacity" if fault["spot"] == true => {
            let available = fault["available"] == true;
            let zones = &mut ecs.faults.without_spot;
            let changed = if available { zones.remove(zone) } else { zones.insert(zone.to_string()) };
            if changed {
                let effect = if available { "has capacity" } else { "is out of capacity" };
                cx.emit(FactKind::Fault { subject: format!("FARGATE_SPOT in {zone}"), effect: effect.to_string() });
                capacity_changed(ecs, cx);
            }
        }
        "fargateCapacity" => set_fargate_capacity(ecs, cx, zone, fault["available"] == true),
        "zone" => {
            let available = fault["available"] == true;
            set_fargate_capacity(ecs, cx, zone, available);
            let lost = |task: &&Task| !available && *task.zone == *zone && task.launch == LaunchType::Fargate;
            for task in alive(ecs, lost) {
                lifecycle::host_lost(ecs, cx, task, "InfrastructureHealth", MAINTENANCE);
            }
        }
        "spotReclaim" | "retirement" if fault["task"].is_string() => {
            let task = find_task(ecs, kind, text("task"))?;
            if task.launch != LaunchType::Fargate {
                let message = "The task does not run on Fargate; name its instance.";
                return Err(refused(message, &format!("{kind}.task")));
            }
            let (code, reason) = match kind {
                "retirement" => ("InfrastructureHealth", MAINTENANCE),
                _ => ("SpotInterruption", "Your Spot Task was interrupted."),
            };
            lifecycle::stop(ecs, cx, task.key, code, reason);
        }
        "spotReclaim" => {
            let Ok(id) = text("instanceId").parse() else {
                return Err(refused("Name an instance, or a task on Fargate.", "spotReclaim"));
            };
            let drains = ec2.get(id).is_some_and(|own| instance::config_of(own).is_on(capability::SPOT_DRAINING));
            let managed = rooms.autoscaling.member(id).is_some_and(|(group, _)| ecs.drains(&group.arn, id));
            let key = ecs.checkpoints.get(&id).copied();
            let managed = managed || ecs.pool_of(id).is_some();
            // By managed draining, and on Managed Instances, ECS drains by itself, else the agent does, if it may.
            let key = key.filter(|key| managed || (drains && agent_role::may_drain(ecs, rooms, cx, *key, id)));
            let hears = |own: &ContainerInstance| own.host.agent_connected && own.status == InstanceStatus::Active;
            if let Some(key) = key.filter(|key| ecs.instance(*key).is_some_and(hears)) {
                instance::set_status(ecs, cx, key, InstanceStatus::Draining);
            }
        }
        "agent" => {
            let named = text("instanceId");
            let all = ecs.clusters().flat_map(|cluster| ecs.instances(cluster.id));
            let there =
                |own: &&ContainerInstance| own.status != InstanceStatus::Inactive && own.machine.to_string() == named;
            let found = all.filter(there).last().map(|own| (own.key, own.machine));
            let Some((key, machine)) = found else {
                return Err(refused("No container instance has that id.", "agent.instanceId"));
            };
            let runs = |id| ec2.get(id).is_some_and(|own| own.state == State::Running);
            if !matches!(machine, MachineId::External(_)) && !matches!(machine, MachineId::Ec2(id) if runs(id)) {
                return Err(refused("The instance is not running.", "agent.instanceId"));
            }
            instance::set_connected(ecs, cx, key, fault["connected"] == true);
        }
        "warmPool" => {
            if let Ok(id) = text("instanceId").parse::<Ec2Id>()
                && fault["waiting"] == false
            {
                instance::retry(ecs, cx, |own, _| *own == id);
            }
        }
        "container" => {
            let (task, index) = find_container(ecs, kind, fault, |_| true)?;
            let oom = fault["outOfMemory"] == true;
            let exit = fault["exitCode"].as_u64().and_then(|code| u8::try_from(code).ok()).filter(|_| !oom);
            let reason = if oom { OUT_OF_MEMORY } else { "" };
            let ended = containers::end(ecs, cx, task, index, exit.unwrap_or(137), reason);
            return ended.then_some(nothing()).ok_or_else(|| refused("The container is not running.", "container"));
        }
        "healthCheck" => {
            let (task, index) = find_container(ecs, kind, fault, |own| own.health.is_some())?;
            let failing = fault["failing"] == true;
            let changed = containers::fail_check(ecs, cx, task, index, failing);
            let changed = changed.ok_or_else(|| {
                refused("The task has not come to its containers yet, or is over.", "healthCheck.task")
            })?;
            let effect = if failing { "FAILING" } else { "NORMAL" };
            let name = ecs.task(task).and_then(|own| own.definition.registration.core.containers.get(index));
            let name = name.map(|own| own.name.as_str()).unwrap_or_default();
            report(cx, changed, format!("health check of {name} of task {}", task.id), effect);
        }
        "imagePull" => set_pull(ecs, cx, fault)?,
        "initialization" => {
            let (family, outcome) = (text("family"), text("outcome"));
            let changed = match FAILURES.iter().find(|failure| failure.name == outcome) {
                Some(failure) => ecs.faults.initialization.insert(family.to_string(), failure) != Some(failure),
                None => ecs.faults.initialization.remove(family).is_some(),
            };
            report(cx, changed, format!("initialization of {family}"), outcome);
        }
        "application" => application::inject(ecs, cx, fault)?,
        _ => {}
    }
    Ok(nothing())
}

/// Of a task on Fargate whose host failed or is retired (5.4, 8.3).
const MAINTENANCE: &str = "ECS is performing maintenance on the underlying infrastructure hosting the task";
/// The reason of a container that the kernel killed (5.3, 5.5).
pub(super) const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

/// How the tasks of a family fail to come up, or to stop.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    name: &'static str,
    /// Where a container stands when it fails; [`Phase::Waiting`] is before there is one: the network interface.
    at: Phase,
    /// How long it stands there, on Fargate and on an instance.
    lasts: [SimDuration; 2],
    /// What it says then, on Fargate and on an instance.
    texts: [&'static str; 2],
    /// The span of the agent that ends it on an instance, in place of the one above.
    limit: Option<Limit>,
}

impl Failure {
    /// How long a task stands where it fails.
    pub fn lasts(&self, ecs: &Ecs, task: &Task) -> SimDuration {
        self.limit(ecs, task).unwrap_or(self.lasts[usize::from(task.launch != LaunchType::Fargate)])
    }

    /// stoppedReason, and the reason of the container.
    pub fn reason(&self, ecs: &Ecs, task: &Task) -> String {
        let text = self.texts[usize::from(task.launch != LaunchType::Fargate)];
        let subnet = task.request.subnets.first().map(String::as_str).unwrap_or_default();
        match self.limit(ecs, task) {
            Some(span) => String::from(text) + &go_text(span),
            None => text.replace("subnet-id", subnet),
        }
    }

    fn limit(&self, ecs: &Ecs, task: &Task) -> Option<SimDuration> {
        Some(ecs.instance(task.host()?)?.limits.get(self.limit?))
    }
}

const fn failure(name: &'static str, at: Phase, lasts: [SimDuration; 2], texts: [&'static str; 2]) -> Failure {
    Failure { name, at, lasts, texts, limit: None }
}

const SOON: [SimDuration; 2] = [timing::PULL_CACHED; 2];
const STARTED: [SimDuration; 2] = [timing::START; 2];

/// The ways to fail (5.5, 7.2, LG-06, VO-09, EN-06). What has no wording of AWS has the lab's behind the name of its class.
#[rustfmt::skip]
static FAILURES: [Failure; 19] = [
    failure("ECR_AUTH", Phase::Pulling, SOON, [
        "ResourceInitializationError: The task cannot pull registry authentication from Amazon ECR. There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
        "CannotPullECRContainerError: AccessDeniedException: the role is not authorized to perform: ecr:GetAuthorizationToken",
    ]),
    failure("SECRETS_MANAGER", Phase::Pulling, SOON, [
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret from secrets manager: AccessDeniedException: the execution role is not authorized to perform: secretsmanager:GetSecretValue",
        "Fetching secret data from AWS Secrets Manager: AccessDeniedException: the execution role is not authorized to perform: secretsmanager:GetSecretValue",
    ]),
    failure("PARAMETER_STORE", Phase::Pulling, SOON, [
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
        "Fetching secret data from SSM Parameter Store: RequestCanceled: request context canceled caused by: context deadline exceeded",
    ]),
    failure("LOG_GROUP", Phase::Starting, STARTED, [
        "ResourceInitializationError: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration.",
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
    ]),
    failure("EFS", Phase::Pulling, SOON, [
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection timed out : unsuccessful EFS utils command execution; code: 32",
        "CannotCreateContainerError: Error response from daemon: VolumeDriver.Create: mounting volume failed: mount.nfs4: Connection timed out",
    ]),
    failure("CREATE", Phase::Starting, [SimDuration::ZERO; 2],
        ["CannotCreateContainerError: Error response from daemon: invalid mount config for type \"bind\": bind source path does not exist: /data"; 2]),
    Failure { limit: Some(Limit::Create), ..failure("CREATE_TIMEOUT", Phase::Starting, [timing::RUNTIME_TIMEOUT; 2], [
        "ContainerRuntimeTimeoutError: Could not transition to created; timed out after waiting 1m0s",
        "DockerTimeoutError: Could not transition to created; timed out after waiting ",
    ]) },
    failure("START", Phase::Starting, STARTED, [
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: exec: \"app\": executable file not found in $PATH: unknown",
        "CannotStartContainerError: Error response from daemon: failed to create task for container: exec: \"app\": executable file not found in $PATH: unknown",
    ]),
    Failure { limit: Some(Limit::Start), ..failure("START_TIMEOUT", Phase::Starting, [timing::RUNTIME_TIMEOUT; 2], [
        "ContainerRuntimeTimeoutError: Could not transition to started; timed out after waiting 1m0s",
        "DockerTimeoutError: Could not transition to started; timed out after waiting ",
    ]) },
    failure("ENI_TIMEOUT", Phase::Waiting, [timing::ENI_TIMEOUT; 2],
        ["Timeout waiting for network interface provisioning to complete."; 2]),
    failure("NO_ADDRESS", Phase::Waiting, [timing::FARGATE_PROVISIONING, timing::ENI_ATTACH],
        ["Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet 'subnet-id': InsufficientFreeAddressesInSubnet"; 2]),
    failure("SPOT_CAPACITY", Phase::Waiting, [timing::FARGATE_PROVISIONING; 2],
        ["SpotInterruptionError: Capacity is unavailable at this time."; 2]),
    failure("ENVIRONMENT_FILE", Phase::Pulling, SOON, [
        "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden",
        "unable to download envfile from s3: AccessDenied: Access Denied status code: 403",
    ]),
    failure("SECRET_MISSING", Phase::Pulling, SOON,
        ["ResourceNotFoundException: Fetching secret data from AWS Secrets Manager: Secrets Manager can't find the specified secret."; 2]),
    failure("VOLUME", Phase::Pulling, SOON,
        ["CannotCreateVolumeError: Error response from daemon: error while mounting volume"; 2]),
    failure("RUNTIME", Phase::Starting, STARTED, [
        "ContainerRuntimeError: failed to create container IO set: context deadline exceeded",
        "CannotStartContainerError: Error response from daemon: failed to create task for container: failed to create shim task",
    ]),
    failure("INSPECT", Phase::Starting, [timing::STOP_TIMEOUT; 2],
        ["CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s"; 2]),
    failure("STOP", Phase::Stopping, [timing::SIGTERM_OBEYED, timing::STOP_TIMEOUT], [
        "CannotStopContainerError: failed sending SIGTERM to container: context deadline exceeded",
        "CannotStopContainerError: Error response from daemon: cannot stop container: tried to kill container, but did not receive an exit event",
    ]),
    failure("STOP_TIMEOUT", Phase::Stopping, [timing::STUCK; 2],
        ["TaskStateError: Agent could not progress task's state to stopped"; 2]),
];

/// Docker makes no container with less than 6 MiB (CD-11).
pub static TOO_LITTLE_MEMORY: Failure = failure(
    "",
    Phase::Starting,
    [SimDuration::ZERO; 2],
    ["CannotCreateContainerError: Error response from daemon: Minimum memory limit allowed is 6MB"; 2],
);

/// The failure of a container whose log group is missing (LG-06).
pub fn no_log_group() -> Option<&'static Failure> {
    FAILURES.iter().find(|failure| failure.name == "LOG_GROUP")
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

fn refused(message: &str, path: &str) -> ApiError {
    ApiError::invalid(message).at(path).in_our_words()
}

fn report(cx: &mut Cx<'_>, changed: bool, what: String, outcome: &str) {
    if changed {
        cx.emit(FactKind::Fault { subject: what, effect: format!("goes {outcome}") });
    }
}

fn set_fargate_capacity(ecs: &mut Ecs, cx: &mut Cx<'_>, zone: &str, available: bool) {
    let zones = &mut ecs.faults.without_fargate;
    let changed = if available { zones.remove(zone) } else { zones.insert(zone.to_string()) };
    if changed {
        cx.emit(FactKind::FargateCapacity { zone: zone.to_string(), available });
        capacity_changed(ecs, cx);
    }
}

/// Fargate has a zone more or less: services wait for room (8.3), or may be even over their zones again (RB-03).
fn capacity_changed(ecs: &mut Ecs, cx: &mut Cx<'_>) {
    let clusters: Vec<_> = ecs.clusters().map(|cluster| cluster.id).collect();
    for cluster in clusters {
        service::all_touched(ecs, cx, cluster);
    }
}

fn set_pull(ecs: &mut Ecs, cx: &mut Cx<'_>, fault: &Value) -> Result<(), ApiError> {
    let (image, outcome) = (fault["image"].as_str().unwrap_or_default(), fault["outcome"].as_str().unwrap_or_default());
    let seconds = fault["seconds"].as_i64();
    if seconds.is_some() != (outcome == "SLOW") {
        return Err(refused("A SLOW pull has its seconds, and no other one has.", "imagePull.seconds"));
    }
    let pull = (SimDuration::from_secs(seconds.unwrap_or_default()), PullError::parse(outcome));
    let changed = match outcome {
        "NORMAL" => ecs.faults.pulls.remove(image).is_some(),
        _ => ecs.faults.pulls.insert(image.to_string(), pull) != Some(pull),
    };
    report(cx, changed, format!("pull of {image}"), outcome);
    Ok(())
}

/// The tasks of all clusters that are not STOPPED and fit.
fn alive(ecs: &Ecs, fits: impl Fn(&&Task) -> bool) -> Vec<TaskKey> {
    let tasks = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
    tasks.filter(|task| task.status != TaskStatus::Stopped).filter(fits).map(|task| task.key).collect()
}

/// The task that an id or ARN names, in whichever cluster.
fn find_task<'a>(ecs: &'a Ecs, kind: &str, named: &str) -> Result<&'a Task, ApiError> {
    let id: Option<HexId> = arn::short_name(named).parse().ok();
    let found = ecs.clusters().find_map(|cluster| ecs.task(TaskKey { cluster: cluster.id, id: id? }));
    found.ok_or_else(|| refused("The referenced task was not found.", &format!("{kind}.task")))
}

/// The container that a fault names, or the first that it can be about, with a state of its own once its task runs.
fn find_container(
    ecs: &mut Ecs,
    kind: &str,
    fault: &Value,
    fits: impl Fn(&Container) -> bool,
) -> Result<(TaskKey, usize), ApiError> {
    let task = find_task(ecs, kind, fault["task"].as_str().unwrap_or_default())?;
    let (key, runs) = (task.key, task.wanted() && task.status == TaskStatus::Running);
    let named = fault["container"].as_str();
    let mut all = task.definition.registration.core.containers.iter();
    let index = all
        .position(|own| fits(own) && named.is_none_or(|named| named == own.name))
        .ok_or_else(|| refused("The task has no such container.", &format!("{kind}.container")))?;
    if runs {
        containers::told_apart(ecs, key, Phase::Running);
    }
    Ok((key, index))
}
