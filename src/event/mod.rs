//! The shared words of the loop: ids, what will happen, what happened and why, and what a reactor may do.

mod cx;
mod fact;
mod id;

pub use cx::{Cx, Explained, Kernel, Options};
pub use fact::{Cause, DecisionId, Fact, FactKind, chain};
pub use id::{ClusterId, Ec2Id, HexId, InstanceKey, MachineId, ServiceKey, TargetKey, TaskKey};

/// Something that will happen by itself. Each is scheduled by one room and handled by the room it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// `ec2`: a launched or started instance reaches `running`. Scheduled by RunInstances and StartInstances.
    InstanceRunning(Ec2Id),
    /// `ec2`: an instance that is shutting down reaches `stopped` or `terminated`.
    InstanceDown(Ec2Id),
    /// `ec2`: the two minutes of a Spot instance's notice are over. Scheduled by the notice.
    SpotReclaimed(Ec2Id),
    /// `ecs`: the agent of a running instance registers or reconnects. Scheduled when the instance starts.
    AgentStarts(Ec2Id),
    /// `ecs`: the host of a container instance is gone. Scheduled by `ec2` when the instance is down.
    HostGone {
        /// Which instance.
        instance: Ec2Id,
        /// True when terminated, false when stopped.
        terminated: bool,
    },
    /// `ecs`: a task takes its next step. Scheduled by the step before it.
    TaskStep {
        /// Which task.
        task: TaskKey,
        /// The task's timer when this was scheduled: a newer plan for the task makes an older step void.
        timer: u32,
    },
    /// `ecs`: a stopped task leaves the answers of DescribeTasks and ListTasks (LC-03).
    TaskForgotten(TaskKey),
    /// `ecs`: a deregistered container instance leaves the answers of DescribeContainerInstances (CI-30).
    InstanceForgotten(InstanceKey),
    /// `ecs`: the deletion of a capacity provider, by its number, is over.
    CapacityProviderGone(u32),
    /// `ecs`: a capacity provider of Managed Instances, by its number, is made.
    CapacityProviderMade(u32),
    /// `ecs`: the attachments of a cluster's capacity providers are made, and those that it no longer has are gone.
    ClusterAttached(ClusterId),
    /// `ecs`: a task definition revision that is being deleted goes, unless a task needs it still (TD-06).
    DefinitionForgotten {
        /// The family's number.
        family: u32,
        /// The revision.
        revision: u32,
    },
    /// `events`: the schedule of a rule comes. Scheduled by PutRule, EnableRule and the time before.
    RulesDue,
    /// `cloudwatch`, then `applicationautoscaling`: the alarms look at the newest points. Comes back while there is an alarm.
    AlarmsLook,
    /// `applicationautoscaling`: alarms that were set to ALARM act. Scheduled by `cloudwatch` with no delay.
    AlarmsAct,
    /// `applicationautoscaling`: a scheduled action runs, a forecast is due, or an activity may be fulfilled.
    ScalingDue,
    /// A call that `applicationautoscaling` asks for goes through the door. Scheduled with no delay.
    ScalingAsk,
    /// `ecs`, then `cloudwatch`: the agents look at what tasks use, each 20 s. Scheduled by `cloudwatch` while there is a
    /// load, or an alarm on a metric that depends on it.
    UsageSample,
    /// `ecs`: the update of an agent takes its next step.
    AgentUpdate(InstanceKey),
    /// `ecr`: something that a repository waits for, or does each day.
    Registry {
        /// The repository's number.
        repository: u32,
        /// The image's number; of a lifecycle run the policy's.
        image: u32,
        /// What.
        step: RegistryStep,
    },
    /// `ecs`: a task asks the registry for its images. Scheduled by `ecs` itself, with no delay.
    ImagesAsked(TaskKey),
    /// `ecr`: a task has pulled the image of one of its containers. Scheduled by `ecs` with no delay.
    ImagePulled {
        /// Which task.
        task: TaskKey,
        /// The container's place in the task definition.
        container: u32,
    },
    /// `ecs`: log groups came or went. Scheduled by `logs` with each change.
    LogGroupsChanged,
    /// `logs`: the log driver of a task makes its group if it is missing (LG-02). Scheduled when its containers begin.
    LogGroupWanted(TaskKey),
    /// `logs`: a log router of a task is there, or a container that sends its output to one. Scheduled by `ecs` with no
    /// delay.
    OutputRouted(TaskKey),
    /// `elb`: a load balancer is provisioned. Scheduled by CreateLoadBalancer.
    LoadBalancerActive(u32),
    /// `elb`: a service registers a task in a target group. Scheduled by `ecs` with no delay.
    TargetsRegister {
        /// The target group's number.
        group: u32,
        /// Which task.
        task: TaskKey,
        /// The index of the container in the definition.
        container: u16,
        /// The container's port.
        port: u16,
    },
    /// `elb`: a service takes a task out of a target group. Scheduled by `ecs` with no delay.
    TargetsDeregister {
        /// The target group's number.
        group: u32,
        /// Which task.
        task: TaskKey,
        /// The index of the container in the definition.
        container: u16,
        /// The container's port.
        port: u16,
    },
    /// `elb`: a target changes its health, has drained, or its next plan is due. Scheduled by its last change.
    TargetStep {
        /// Which target.
        target: TargetKey,
        /// The target's timer when this was scheduled: a newer plan for the target makes an older one void.
        timer: u32,
    },
    /// `elb`: the listeners of a service lead as its deployment has them. Scheduled by `ecs` with no delay.
    TrafficShift(ServiceKey),
    /// `elb`: who may reach what has changed. Scheduled by `ec2` with no delay.
    SecurityGroupsChanged,
    /// `elb`: something about a task changed that [`Event::TasksWatched`] named. Scheduled by `ecs` with no delay.
    TargetTaskChanged(TaskKey),
    /// `ecs`: `elb` wants to know of every change of a task, or from now on of all tasks. Scheduled with no delay when a
    /// target is registered.
    TasksWatched(Option<TaskKey>),
    /// `ecs`: a target that a service registered changed its health, has drained, or could not be registered. Scheduled by
    /// `elb` with no delay.
    TargetHealth(TaskKey),
    /// `servicediscovery`: a cluster named a namespace for Service Connect that is not there. Scheduled by `ecs` with no
    /// delay.
    NamespaceWanted(ClusterId),
    /// `servicediscovery`: a service with Service Connect was made, changed or is over. Scheduled by `ecs` with no delay.
    DiscoveryService(ServiceKey),
    /// `servicediscovery`: a task that others discover is RUNNING, is to stop, or changed its health. Scheduled by `ecs`
    /// with no delay.
    DiscoveryTask(TaskKey),
    /// `ecs`: what roles may do has changed. Scheduled by `iam` with each change.
    PermissionsChanged,
    /// `ecr`, then `ecs`: which secrets and parameters there are has changed. Scheduled by `secretsmanager` with each change.
    SecretsChanged,
    /// `ecs`: which objects there are has changed. Scheduled by `s3` with each change.
    ObjectsChanged,
    /// `ecs`: what leads out of the network has changed. Scheduled by `ec2` with each change.
    NetworkChanged,
    /// `ec2`: an instance is to be launched, started, stopped or terminated as its Auto Scaling group has it. Scheduled by
    /// `autoscaling`.
    GroupInstance(Ec2Id),
    /// `autoscaling`: the instance of a group changed its state. Scheduled by `ec2`.
    GroupInstanceState(Ec2Id),
    /// `autoscaling`: the group with that number tries again what it could not.
    GroupAdjusts(u32),
    /// `ecs`: a group took an instance in, let it go, or is about to terminate it. Scheduled by `autoscaling`.
    GroupMember(Ec2Id),
    /// `autoscaling`: an instance that is to be terminated is drained. Scheduled by `ecs`.
    InstanceDrained(Ec2Id),
    /// `ecs`: managed scaling evaluates the capacity provider with that number. Comes back each minute while there is
    /// something to do.
    ManagedScaling(u32),
    /// `cloudwatch`: what managed scaling evaluated is published, and its alarms follow; those of the capacity provider with
    /// that number are put anew. Scheduled by `ecs` with no delay.
    ManagedPublishes(u32),
    /// `autoscaling`: the group of a capacity provider does what the evaluation says. Scheduled by `ecs`.
    ManagedCapacity(u32),
    /// `autoscaling`: the group of a capacity provider with managed scaling gets its tag. Scheduled by `ecs` with no delay.
    ManagedTag(u32),
    /// `ecs`: a capacity provider may have room for tasks that wait.
    CapacityFound(u32),
    /// `ecs`: the pool of the capacity provider with that number is looked at: tasks wait, or instances are idle.
    PoolLook(u32),
    /// `ecs`: the same where nobody waits for it: instances grow old.
    PoolAges(u32),
    /// `ec2`: an instance is to be launched or terminated as its pool has it. Scheduled by `ecs` with no delay.
    PoolInstance(Ec2Id),
    /// `autoscaling`: the longest time for draining an instance is over.
    DrainingOver(Ec2Id),
    /// `codedeploy`: a deployment takes its next step. Scheduled by the step before it.
    CodeDeployStep {
        /// The deployment's number.
        deployment: u32,
        /// The deployment's timer when this was scheduled: a newer plan makes an older step void.
        timer: u32,
    },
    /// `codedeploy`: a task set that it made became steady, or is no longer. Scheduled by `ecs` with no delay.
    TaskSetChanged(ServiceKey),
    /// `ecs`: a deployment of `codedeploy` wants something of a task set. Scheduled with no delay.
    TaskSetWanted {
        /// The deployment's number.
        deployment: u32,
        /// What.
        wish: TaskSetWish,
    },
    /// `elb`: listeners lead as the deployment of `codedeploy` with that number has them. Scheduled with no delay.
    DeploymentShift(u32),
    /// `ecs`: the scheduler looks at a service. Scheduled when something changed that matters to it, and for the
    /// moment when time alone changes something; void when it was planned anew since.
    ServiceLook(ServiceKey),
    /// `ecs`: a service that is steady still says so again (SV-10).
    ServiceSteady(ServiceKey),
}

/// What a deployment of CodeDeploy wants of ECS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskSetWish {
    /// Make the green task set.
    Create,
    /// Make the green task set PRIMARY, or the blue one again.
    Lead {
        /// Which.
        green: bool,
    },
    /// Delete the green task set, or the blue one.
    Delete {
        /// Which.
        green: bool,
    },
}

/// What happens by itself in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryStep {
    /// The scan of an image is over.
    Scanned,
    /// The preview of a lifecycle policy is ready.
    Previewed,
    /// The lifecycle policy runs, once a day.
    Lifecycle,
    /// An image is back from the archive.
    Activated,
    /// An image is copied to another Region.
    Copied,
    /// An image was pulled, which `cloudwatch` counts. Scheduled by `ecr` with no delay.
    Pulled,
}

impl Event {
    /// Whether nobody waits for it: it only takes something out of the answers that is long over, or says once more
    /// what was said, or comes back each day.
    pub fn is_housekeeping(&self) -> bool {
        matches!(
            self,
            Event::TaskForgotten(_)
                | Event::InstanceForgotten(_)
                | Event::DefinitionForgotten { .. }
                | Event::DrainingOver(_)
                | Event::PoolAges(_)
                | Event::ManagedScaling(_)
                | Event::AlarmsLook
                | Event::RulesDue
                | Event::ScalingDue
                | Event::UsageSample
                | Event::Registry { step: RegistryStep::Lifecycle, .. }
                | Event::ServiceSteady(_)
        )
    }

    /// The event in a few words, for "next: …".
    pub fn label(&self) -> &'static str {
        match self {
            Event::InstanceRunning(_) => "an EC2 instance is running",
            Event::InstanceDown(_) => "an EC2 instance is down",
            Event::SpotReclaimed(_) => "a Spot instance is reclaimed",
            Event::AgentStarts(_) => "an ECS agent registers",
            Event::HostGone { .. } => "a host is gone",
            Event::TaskStep { .. } => "a task changes state",
            Event::TaskForgotten(_) => "a stopped task leaves the list",
            Event::CapacityProviderGone(_) => "a capacity provider is deleted",
            Event::CapacityProviderMade(_) => "a capacity provider is made",
            Event::ClusterAttached(_) => "the capacity providers of a cluster are updated",
            Event::DefinitionForgotten { .. } => "a task definition revision is deleted",
            Event::AlarmsLook => "the alarms look",
            Event::RulesDue => "a rule of EventBridge fires",
            Event::AlarmsAct | Event::ScalingDue | Event::ScalingAsk => "Application Auto Scaling acts",
            Event::UsageSample => "the agents look at what tasks use",
            Event::AgentUpdate(_) => "an ECS agent is updated",
            Event::ImagePulled { .. } | Event::ImagesAsked(_) => "an image is pulled",
            Event::Registry { step, .. } => match step {
                RegistryStep::Scanned => "an image scan is over",
                RegistryStep::Previewed => "a lifecycle policy preview is ready",
                RegistryStep::Lifecycle => "a lifecycle policy runs",
                RegistryStep::Activated => "an archived image is back",
                RegistryStep::Copied => "an image is copied to another Region",
                RegistryStep::Pulled => "a pull is counted",
            },
            Event::LogGroupsChanged | Event::LogGroupWanted(_) | Event::OutputRouted(_) => "log groups change",
            Event::PermissionsChanged => "permissions change",
            Event::NetworkChanged => "the network changes",
            Event::SecretsChanged => "secrets change",
            Event::ObjectsChanged => "objects in buckets change",
            Event::GroupInstance(_) | Event::GroupInstanceState(_) | Event::GroupAdjusts(_) | Event::GroupMember(_) => {
                "an Auto Scaling group changes its instances"
            }
            Event::ManagedScaling(_) | Event::ManagedPublishes(_) => "managed scaling looks",
            Event::ManagedCapacity(_) => "managed scaling moves a group",
            Event::ManagedTag(_) => "managed scaling tags a group",
            Event::CapacityFound(_) => "waiting tasks are placed",
            Event::PoolLook(_) | Event::PoolAges(_) | Event::PoolInstance(_) => {
                "Managed Instances are launched or ended"
            }
            Event::InstanceDrained(_) => "an instance is drained",
            Event::DrainingOver(_) => "the time to drain an instance is over",
            Event::ServiceLook(_) => "the scheduler looks at a service",
            Event::ServiceSteady(_) => "a steady service says so",
            Event::InstanceForgotten(_) => "a deregistered instance leaves the list",
            Event::TrafficShift(_) | Event::DeploymentShift(_) => "traffic shifts",
            Event::CodeDeployStep { .. } => "a CodeDeploy deployment goes on",
            Event::TaskSetChanged(_) | Event::TaskSetWanted { .. } => "a task set changes",
            Event::NamespaceWanted(_) => "a namespace is created",
            Event::DiscoveryService(_) | Event::DiscoveryTask(_) => "service discovery changes",
            Event::SecurityGroupsChanged => "security groups change",
            Event::LoadBalancerActive(_) => "a load balancer is active",
            Event::TargetsRegister { .. } => "a target is registered",
            Event::TargetsDeregister { .. } => "a target is deregistered",
            Event::TargetStep { .. }
            | Event::TargetTaskChanged(_)
            | Event::TasksWatched(_)
            | Event::TargetHealth(_) => "a target changes its health",
        }
    }
}
