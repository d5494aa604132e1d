//! What ECS remembers. Maps are private to this room: others read through the methods here.

use super::agent_role::Barred;
use super::cleanup::Kept;
use super::config::PullBehavior;
use super::containers::Run;
use super::fargate::Zones;
use super::fault::Faults;
use super::instances::Instances;
use super::launch_type::LaunchType;
use super::limits::Limits;
use super::load::Loads;
use super::past::Past;
use super::provider::Provider;
use super::provisioning::Waiter;
use super::roles::Authority;
use super::service::{Owner, Services};
use super::taskdef::Registration;
use super::watch::Watch;
use crate::ec2::routes::Network;
use crate::event::{ClusterId, DecisionId, Ec2Id, HexId, InstanceKey, MachineId, TaskKey};
use crate::placement::{Attributes, Demand, Host, Protocol};
use crate::s3::S3;
use crate::secretsmanager::SecretsManager;
use crate::sim::SimTime;
use crate::sim::sorted::{Map, Set};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The whole room. Entities stand behind [`Rc`], so a snapshot is a clone of maps of pointers.
#[derive(Clone, Default)]
pub struct Ecs {
    pub(super) clusters: Map<ClusterId, Rc<Cluster>>,
    pub(super) families: Map<String, Rc<Family>>,
    pub(super) instances: Instances,
    /// The agents' checkpoints: as what an EC2 instance is registered (CI-24).
    pub(super) checkpoints: Map<Ec2Id, InstanceKey>,
    /// EC2 instances whose agent goes on trying to register, and the cluster that it wants.
    pub(super) unregistered: Map<Ec2Id, String>,
    /// Agents that their roles keep from something.
    pub(super) barred: Barred,
    /// Who may do what, as IAM said last.
    pub(super) authority: Rc<Authority>,
    /// Secrets and parameters, as Secrets Manager said last.
    pub(super) secrets: Rc<SecretsManager>,
    /// Buckets and objects, as S3 said last.
    pub(super) objects: Rc<S3>,
    /// What leads where, as EC2 said last.
    pub(super) network: Rc<Network>,
    pub(super) tasks: BTreeMap<TaskKey, Rc<Task>>,
    /// How many tasks of a group Fargate is to run in each zone, those that are to stop not counted.
    pub(super) on_fargate: Map<(ClusterId, Rc<str>), Zones>,
    /// The attributes of instances as they registered, each set once.
    pub(super) attribute_sets: Set<Rc<Attributes>>,
    /// Tasks of whose changes load balancing wants to know.
    pub(super) watch: Watch,
    /// The zones of tasks, each text once.
    pub(super) zones: Set<Rc<str>>,
    /// The faults that last.
    pub(super) faults: Faults,
    /// The log groups that there are, as CloudWatch Logs told.
    pub(super) log_groups: Rc<Set<String>>,
    /// Network interfaces made for tasks so far; each gets the next address.
    pub(super) interfaces_made: u64,
    /// Account settings that somebody set: principal and name → value.
    pub(super) settings: Map<(String, &'static str), &'static str>,
    /// Capacity providers that somebody made by name, deleted ones included.
    pub(super) providers: Map<String, Provider>,
    /// Capacity providers made so far.
    pub(super) providers_made: u32,
    /// Tasks that wait for capacity, in the order in which they came.
    pub(super) waiters: Vec<Waiter>,
    /// Services by cluster.
    pub(super) services: Services,
    /// The loads of services.
    pub(super) loads: Rc<Loads>,
    /// What metrics need of tasks and instances that are over.
    pub(super) past: Past,
    /// Client tokens of RunTask with the request they stand for and the tasks it made (PL-50).
    pub(super) tokens: Map<(ClusterId, String), Rc<TokenUse>>,
}

/// What a client token stands for.
#[derive(Clone, Debug)]
pub struct TokenUse {
    /// The request without the token.
    pub request: Value,
    /// The tasks that it made.
    pub tasks: Vec<TaskKey>,
    /// The failures that it had: ARN and reason.
    pub failures: Vec<(String, String)>,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its number.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// False once deleted: INACTIVE.
    pub active: bool,
    /// Tags, settings and the like, as given.
    pub document: Value,
}

/// A family of task definitions.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// Its place in the order of first registration, from 0.
    pub number: u32,
    /// Revisions by number; numbers are never reused (TD-02).
    pub revisions: Map<u32, Rc<Definition>>,
    /// The highest number ever given.
    pub last: u32,
}

/// One revision of a task definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its number.
    pub revision: u32,
    /// What was registered, checked and typed.
    pub registration: Rc<Registration>,
    /// ACTIVE or INACTIVE (TD-06).
    pub active: bool,
    /// When it was registered.
    pub registered_at: SimTime,
    /// Who registered it; none for the learner.
    pub registered_by: Option<Rc<str>>,
    /// When it was deregistered.
    pub deregistered_at: Option<SimTime>,
    /// When its deletion was asked for: DELETE_IN_PROGRESS from then on (TD-06).
    pub delete_requested_at: Option<SimTime>,
    /// Its tags, as given.
    pub tags: Value,
}

impl Definition {
    /// AWS's word for its status (TD-06).
    pub fn status(&self) -> &'static str {
        match (self.active, self.delete_requested_at) {
            (true, _) => "ACTIVE",
            (false, None) => "INACTIVE",
            (false, Some(_)) => "DELETE_IN_PROGRESS",
        }
    }

    /// `family:revision`.
    pub fn name(&self) -> String {
        alloc::format!("{}:{}", self.registration.family, self.revision)
    }
}

/// A container instance.
#[derive(Clone, Debug)]
pub struct ContainerInstance {
    /// Its place.
    pub key: InstanceKey,
    /// The machine that it is.
    pub machine: MachineId,
    /// What placement sees of it.
    pub host: Host,
    /// ACTIVE, DRAINING, INACTIVE or REGISTRATION_FAILED: the lab makes a trunk at once, so there is no REGISTERING (CI-25, CI-26).
    pub status: InstanceStatus,
    /// Counts every change that AWS emits an event for (CI-11).
    pub version: u64,
    /// Images that the host holds, so that a second pull is short.
    pub images: Rc<Map<String, Kept>>,
    /// The last cycle of the images' clean-up that was made up for.
    pub cleaned: SimTime,
    /// How many images a cycle removes at most; 0 when the agent keeps them.
    pub images_per_cycle: u32,
    /// The first and the last port that the host hands out (PT-06 to PT-08).
    pub dynamic_range: (u16, u16),
    /// The host ports that containers are bound to, fixed and dynamic ones, until they stopped (PT-06, PT-11).
    pub bound_ports: Set<(Protocol, u16)>,
    /// Tasks that are to stop and still hold what placement counts as free (PL-63).
    pub stopping: Vec<TaskKey>,
    /// Tasks that wait in PENDING until the host really has what they need, the first to start first (PL-61).
    pub waiting: Vec<TaskKey>,
    /// Its tags.
    pub tags: Value,
    /// versionInfo as an agent outside of the lab gave it; null for the lab's own.
    pub version_info: Value,
    /// agentUpdateStatus, once an update was asked for.
    pub agent_update: Option<&'static str>,
    /// Tasks that had a step to take, or were asked to stop, while the agent was disconnected.
    pub missed: Vec<TaskKey>,
    /// Ports that the agent reserved (PT-01), for the answer's registeredResources.
    pub reserved_ports: [Vec<u16>; 2],
    /// The agent's spans of time (1.4).
    pub limits: Limits,
    /// Whether the agent logs in to Docker Hub.
    pub logged_in: bool,
    /// `ECS_IMAGE_PULL_BEHAVIOR`.
    pub pulls: PullBehavior,
    /// `ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT` (DP-05).
    pub pulls_upfront: bool,
    /// The number of the capacity provider whose Auto Scaling group it is in, or that launched it; 0 without one.
    pub provider: u32,
    /// Whether ECS launched it and ends it: a Managed Instance.
    pub managed: bool,
}

impl ContainerInstance {
    /// The launch type of what runs on it.
    pub fn launch(&self) -> LaunchType {
        match self.machine {
            _ if self.managed => LaunchType::ManagedInstances,
            MachineId::Ec2(_) | MachineId::Outside(_) => LaunchType::Ec2,
            MachineId::External(_) => LaunchType::External,
        }
    }
}

/// The status of a container instance (CI-25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Takes tasks.
    Active,
    /// Keeps its tasks, takes no new ones (DR-02).
    Draining,
    /// Deregistered.
    Inactive,
    /// It could not get its trunk (CI-25); it takes no tasks.
    RegistrationFailed,
}

impl InstanceStatus {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            InstanceStatus::Active => "ACTIVE",
            InstanceStatus::Draining => "DRAINING",
            InstanceStatus::Inactive => "INACTIVE",
            InstanceStatus::RegistrationFailed => "REGISTRATION_FAILED",
        }
    }

    /// Whether the metrics of a cluster count what the instance registered (MT-01).
    pub fn counts(self) -> bool {
        matches!(self, InstanceStatus::Active | InstanceStatus::Draining)
    }
}

/// The states of a task (5.1), in the order in which a task can pass them; it never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStatus {
    /// Its network interface or its capacity is being made.
    Provisioning,
    /// Accepted; on EC2 without an interface of its own the image is pulled here.
    Pending,
    /// Image pull, container creation, networking.
    Activating,
    /// All containers are running.
    Running,
    /// It leaves the load balancers of its service.
    Deactivating,
    /// The stop signal is sent.
    Stopping,
    /// Its network interface is being deleted.
    Deprovisioning,
    /// Over.
    Stopped,
}

impl TaskStatus {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            TaskStatus::Provisioning => "PROVISIONING",
            TaskStatus::Pending => "PENDING",
            TaskStatus::Activating => "ACTIVATING",
            TaskStatus::Running => "RUNNING",
            TaskStatus::Deactivating => "DEACTIVATING",
            TaskStatus::Stopping => "STOPPING",
            TaskStatus::Deprovisioning => "DEPROVISIONING",
            TaskStatus::Stopped => "STOPPED",
        }
    }
}

/// Why a task stops (5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// `stopCode`.
    pub code: &'static str,
    /// `stoppedReason`.
    pub reason: String,
    /// When desiredStatus became STOPPED.
    pub at: SimTime,
    /// executionStoppedAt.
    pub execution_stopped: Option<SimTime>,
    /// stoppedAt.
    pub stopped: Option<SimTime>,
}

/// The moments of a task (LC-01) up to its stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// createdAt.
    pub created: SimTime,
    /// pullStartedAt.
    pub pull_started: Option<SimTime>,
    /// pullStoppedAt.
    pub pull_stopped: Option<SimTime>,
    /// startedAt.
    pub started: Option<SimTime>,
}

/// One running copy of a task definition.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its place.
    pub key: TaskKey,
    /// What it runs.
    pub definition: Rc<Definition>,
    /// What the request said beside the definition: task group, demand, overrides, startedBy, tags, network.
    pub request: Rc<TaskRequest>,
    /// Where it runs.
    pub launch: LaunchType,
    /// Its container instance; none on Fargate.
    pub instance: Option<HexId>,
    /// Its Availability Zone.
    pub zone: Rc<str>,
    /// lastStatus.
    pub status: TaskStatus,
    /// desiredStatus is STOPPED from the moment this is set; boxed, as most tasks run.
    pub stop: Option<Box<Stop>>,
    /// The moments of its life.
    pub times: Times,
    /// Counts state changes (LC-06).
    pub version: u64,
    /// Counts the plans for its next step; only the newest holds.
    pub timer: u32,
    /// The decision that placed it.
    pub decision: DecisionId,
    /// The host ports that its bridge-mode mappings got: container index, container port, host port, protocol.
    pub bindings: Box<[super::Binding]>,
    /// The private address of its own interface, in `awsvpc` mode.
    pub address: Option<Box<str>>,
    /// Its containers in the order of the definition, where they differ; see [`super::containers`]. A list
    /// would take 24 bytes in every task, a box takes 8.
    pub containers: Option<Box<Vec<Run>>>,
    /// What the account's registry said about its images when it was asked; see [`super::registry`].
    pub answers: Option<Box<Vec<super::registry::Answer>>>,
    /// The variables of its environment files, by container; see [`super::env_files`].
    pub files: Option<Rc<Value>>,
}

/// What one RunTask request says beside definition and placement; its tasks share it.
#[derive(Clone, Debug, Default)]
pub struct TaskRequest {
    /// Its task group (TG-01).
    pub group: Rc<str>,
    /// What each of its tasks reserves.
    pub demand: Rc<Demand>,
    /// startedBy.
    pub started_by: Option<String>,
    /// overrides, as given.
    pub overrides: Value,
    /// tags, as given.
    pub tags: Value,
    /// enableExecuteCommand.
    pub execute_command: bool,
    /// The subnets of awsvpcConfiguration.
    pub subnets: Vec<String>,
    /// Its security groups; none means the VPC's default one.
    pub security_groups: Vec<String>,
    /// assignPublicIp.
    pub has_public_ip: bool,
    /// The volume that volumeConfigurations configures (VO-02); null without one.
    pub volume: Value,
    /// platformVersion on Fargate.
    pub platform_version: Option<String>,
    /// The capacity provider that the strategy chose.
    pub provider: Option<String>,
    /// The service whose task it is; none for a standalone task.
    pub owner: Option<Owner>,
    /// The target groups in which the service registers it.
    pub traffic: Rc<[Traffic]>,
    /// The settings of the service revision that it runs; none for a standalone task.
    pub settings: Option<Rc<Value>>,
}

/// A target group in which a service registers its tasks: an item of `loadBalancers` (6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// The group's number.
    pub group: u32,
    /// Its ARN.
    pub arn: Rc<str>,
    /// The index of the container in the definition.
    pub container: u16,
    /// The container's port.
    pub port: u16,
}

impl Task {
    /// Whether its containers are to stop: a task that leaves its load balancers still answers (SP-07).
    pub fn goes(&self) -> bool {
        !self.wanted() && self.status != TaskStatus::Deactivating
    }

    /// desiredStatus: RUNNING until something decides that the task is to stop.
    pub fn wanted(&self) -> bool {
        self.stop.is_none()
    }

    /// Its container instance; none on Fargate.
    pub fn host(&self) -> Option<InstanceKey> {
        self.instance.map(|id| InstanceKey { cluster: self.key.cluster, id })
    }

    /// stoppedAt.
    pub fn stopped_at(&self) -> Option<SimTime> {
        self.stop.as_ref()?.stopped
    }
}

impl Ecs {
    /// The VPC of a task's network interface.
    pub fn vpc_of(&self, task: &Task) -> &str {
        self.network.vpc_of(task.request.subnets.first().map_or("", String::as_str))
    }

    /// All clusters in the order of creation, deleted ones included.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.values().map(Rc::as_ref)
    }

    /// The ACTIVE cluster of a name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters().find(|cluster| cluster.active && cluster.name == name)
    }

    /// What ran when, of tasks that are forgotten.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// All families by name.
    pub fn families(&self) -> impl Iterator<Item = (&str, &Family)> {
        self.families.iter().map(|(name, family)| (name.as_str(), family.as_ref()))
    }

    /// One revision.
    pub fn definition(&self, family: &str, revision: u32) -> Option<&Rc<Definition>> {
        self.families.get(family)?.revisions.get(&revision)
    }

    /// The container instances of a cluster by id.
    pub fn instances(&self, cluster: ClusterId) -> impl Iterator<Item = &ContainerInstance> {
        self.instances.of(cluster)
    }

    /// One container instance.
    pub fn instance(&self, key: InstanceKey) -> Option<&ContainerInstance> {
        self.instances.get(key)
    }

    /// Whether an EC2 instance is registered as a container instance.
    pub fn is_registered(&self, id: Ec2Id) -> bool {
        self.checkpoints.contains_key(&id)
    }

    /// The tasks of a cluster by id, stopped ones included while they can be described.
    pub fn tasks(&self, cluster: ClusterId) -> impl Iterator<Item = &Task> {
        let key = |id| TaskKey { cluster, id: HexId::new(id) };
        self.tasks.range(key(0)..=key(u128::MAX)).map(|(_, task)| task.as_ref())
    }

    /// One task.
    pub fn task(&self, key: TaskKey) -> Option<&Task> {
        self.tasks.get(&key).map(Rc::as_ref)
    }

    /// How many entities a snapshot holds.
    pub fn weight(&self) -> usize {
        self.instances.len() + self.tasks.len() + self.families.len()
    }
}
