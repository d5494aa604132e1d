//! What happened, and why.

use super::{Ec2Id, HexId, MachineId};
use crate::sim::SimTime;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// Names one placement decision: the command that asked and the how-many-eth decision of that command it was.
/// The explanation itself is recomputed by going back there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DecisionId {
    /// The revision of the command.
    pub revision: u32,
    /// 0 for the command's first decision.
    pub index: u32,
}

/// What led to a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Cause {
    /// A command, by its revision.
    Command(u32),
    /// An earlier fact, by its number.
    Fact(u64),
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// Its number, counted from the start of the lab.
    pub number: u64,
    /// When, in milliseconds since the epoch on the simulated clock.
    #[serde(serialize_with = "millis")]
    pub at: SimTime,
    /// What led to it.
    pub cause: Cause,
    /// What it was.
    pub kind: FactKind,
}

/// The kinds of things that happen. Names and states are AWS's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "a variant's line says what its fields are")]
pub enum FactKind {
    /// CreateCluster made a cluster, or the agent made `default` (CI-20).
    ClusterCreated { cluster: String },
    /// DeleteCluster.
    ClusterDeleted { cluster: String },
    /// EC2 changed an instance's state.
    Ec2State { instance: String, state: &'static str },
    /// An agent registered its instance into a cluster.
    InstanceRegistered {
        cluster: String,
        instance: String,
        id: String,
        instance_type: String,
        zone: String,
        cpu: u32,
        memory: u32,
    },
    /// An agent could not register; what its log says.
    RegistrationFailed { instance: String, log: String },
    /// A container instance changed its status.
    InstanceStatus { cluster: String, instance: String, status: &'static str },
    /// An agent connected or disconnected.
    AgentConnected { cluster: String, instance: String, connected: bool },
    /// A custom attribute was put on or taken from an instance.
    AttributeChanged { cluster: String, instance: String, name: String, value: Option<String>, removed: bool },
    /// Settings, configuration or capacity providers of a cluster were set.
    ClusterUpdated { cluster: String },
    /// A capacity provider was made, changed or deleted.
    CapacityProvider { name: String, status: &'static str },
    /// The desired capacity of an Auto Scaling group changed.
    GroupCapacity { group: String, before: u32, desired: u32 },
    /// ECS launches, drains or ends an instance of a capacity provider of Managed Instances.
    PoolInstance { provider: String, instance: String, change: String },
    /// It cannot launch one for the tasks that wait.
    PoolRefused { provider: String, why: String },
    /// Tags were put on or taken from a resource.
    TagsChanged { resource: String },
    /// A repository of images, or what it holds, changed.
    Repository { repository: String, change: String },
    /// The update of an agent took a step.
    AgentUpdate { cluster: String, instance: String, status: &'static str },
    /// A scalable target was set up, or its service is scaled; why.
    Scaling { resource: String, what: String },
    /// An alarm was set up, or changed its state; why.
    AlarmState { alarm: String, state: &'static str, reason: String },
    /// A call of IAM or STS changed something: which call, and on what.
    Iam { operation: String, subject: String },
    /// An account setting was set for a principal.
    AccountSetting { principal: String, name: &'static str, value: &'static str },
    /// A task definition revision exists.
    DefinitionRegistered { family: String, revision: u32 },
    /// A task definition revision is INACTIVE.
    DefinitionDeregistered { family: String, revision: u32 },
    /// A task definition revision is DELETE_IN_PROGRESS, or gone.
    DefinitionDeleted { family: String, revision: u32, gone: bool },
    /// A task was made that waits in PROVISIONING for capacity of a provider; none was chosen yet.
    TaskProvisioning {
        cluster: String,
        task: String,
        definition: String,
        group: String,
        provider: String,
        decision: DecisionId,
    },
    /// A task was placed: as it was made, or after it waited for capacity.
    TaskCreated {
        cluster: String,
        task: String,
        definition: String,
        group: String,
        /// The EC2 instance id; absent on Fargate.
        instance: Option<String>,
        zone: String,
        decision: DecisionId,
    },
    /// A request for tasks was not met in full: ECS made no task of the rest (PL-02, PL-43).
    NotPlaced {
        cluster: String,
        definition: String,
        group: String,
        /// How many tasks were not made.
        missing: u32,
        /// `failures[]` of the answer: ARN and reason.
        failures: Vec<(String, String)>,
        decision: DecisionId,
    },
    /// Fargate ran out of capacity in a zone, or has some again.
    FargateCapacity { zone: String, available: bool },
    /// Something else went wrong by itself, or was mended: what of, and what became of it.
    Fault { subject: String, effect: String },
    /// A task waits in PENDING for what stopping tasks still hold on its instance (PL-61).
    TaskWaits {
        cluster: String,
        task: String,
        instance: String,
        /// What has to happen first.
        until: String,
    },
    /// A task changed its lastStatus.
    TaskStatus { cluster: String, task: String, status: &'static str },
    /// A container of a task began, ended, is started again, or changed its health. Only where a task's containers
    /// differ; else they follow the task.
    Container {
        cluster: String,
        task: String,
        container: String,
        /// RUNNING, STOPPED, RESTARTING, or its health.
        status: &'static str,
        exit_code: Option<u8>,
        reason: String,
    },
    /// A service was made, changed, or is DRAINING or INACTIVE.
    Service { cluster: String, service: String, status: &'static str },
    /// A load was put on a service, or taken from it: how many requests.
    Load { cluster: String, service: String, load: String },
    /// A deployment of a service began, or changed its rolloutState.
    Deployment {
        cluster: String,
        service: String,
        /// As `ecs-svc/` and 19 digits.
        deployment: String,
        definition: String,
        state: &'static str,
        reason: String,
    },
    /// A service says something: one of `events` of DescribeServices (6.14).
    ServiceEvent {
        cluster: String,
        service: String,
        message: String,
        /// The placement that it is about.
        decision: Option<DecisionId>,
    },
    /// A deployment of CodeDeploy began, or changed its status.
    CodeDeploy { group: String, deployment: String, status: &'static str },
    /// Tasks of a service were put under protection, or are no longer.
    TaskProtection { cluster: String, task: String, until: Option<String> },
    /// What became of a log group.
    Logs { group: String, what: String },
    /// A load balancer was made, is active, was changed or deleted.
    LoadBalancer { name: String, state: &'static str },
    /// A target group was made, changed or deleted.
    TargetGroup { name: String, state: &'static str },
    /// Something in Cloud Map changed: what, and what became of it.
    Discovery { subject: String, change: String },
    /// A secret or a parameter was made, changed or deleted: by which operation, and its name.
    Secret { operation: String, name: String },
    /// A bucket or an object was made, changed or deleted: by which operation, and its name.
    Object { operation: String, name: String },
    /// A rule of EventBridge was put, changed or deleted: by which operation. Or it fires, or that came to nothing.
    Rule { rule: String, what: String },
    /// Something of the network was made, changed or deleted: a security group, a route table, a NAT gateway.
    Network { kind: &'static str, id: String, state: &'static str },
    /// A target changed its state; `gone` when it is not registered any more.
    TargetHealth {
        group: String,
        /// Its id and port.
        target: String,
        state: &'static str,
        /// AWS's reason code, empty without one.
        reason: &'static str,
    },
    /// A task is to stop: desiredStatus is STOPPED from here on.
    TaskStopping { cluster: String, task: String, code: &'static str, reason: String },
}

impl FactKind {
    /// One sentence for a person.
    pub fn sentence(&self) -> String {
        use alloc::format;
        match self {
            FactKind::ClusterCreated { cluster } => format!("cluster {cluster} created"),
            FactKind::ClusterDeleted { cluster } => format!("cluster {cluster} deleted"),
            FactKind::Ec2State { instance, state } => format!("{instance} is {state}"),
            FactKind::InstanceRegistered { instance, instance_type, zone, cpu, memory, .. } => {
                let place = if zone.is_empty() { String::new() } else { format!(", {zone}") };
                format!("{instance} ({instance_type}{place}) registered {cpu} CPU units and {memory} MiB")
            }
            FactKind::RegistrationFailed { instance, log } => format!("{instance} could not register: {log}"),
            FactKind::InstanceStatus { instance, status, .. } => format!("{instance} is {status}"),
            FactKind::AgentConnected { instance, connected: true, .. } => {
                format!("the agent of {instance} is connected")
            }
            FactKind::AgentConnected { instance, .. } => format!("the agent of {instance} is disconnected"),
            FactKind::AttributeChanged { instance, name, removed: true, .. } => {
                format!("{instance} lost attribute {name}")
            }
            FactKind::AttributeChanged { instance, name, value, .. } => {
                format!(
                    "{instance} has attribute {name}{}",
                    value.as_ref().map(|v| format!(" = {v}")).unwrap_or_default()
                )
            }
            FactKind::Scaling { resource, what } => format!("{resource} {what}"),
            FactKind::AlarmState { alarm, state, reason } => format!("alarm {alarm} is {state}: {reason}"),
            FactKind::Iam { operation, subject } => format!("{operation}: {subject}"),
            FactKind::AccountSetting { principal, name, value } => format!("{name} is {value} for {principal}"),
            FactKind::DefinitionRegistered { family, revision } => format!("{family}:{revision} registered"),
            FactKind::DefinitionDeregistered { family, revision } => format!("{family}:{revision} deregistered"),
            FactKind::DefinitionDeleted { family, revision, gone } => {
                format!("{family}:{revision} {}", if *gone { "is gone" } else { "is being deleted" })
            }
            FactKind::ClusterUpdated { cluster } => format!("cluster {cluster} updated"),
            FactKind::CapacityProvider { name, status } => format!("capacity provider {name} is {status}"),
            FactKind::GroupCapacity { group, before, desired } => {
                format!("Auto Scaling group {group} wants {desired} instances after {before}")
            }
            FactKind::PoolInstance { instance, change, .. } => format!("Managed Instance {instance} {change}"),
            FactKind::PoolRefused { provider, why } => {
                format!("capacity provider {provider} cannot launch an instance: {why}")
            }
            FactKind::TagsChanged { resource } => format!("the tags of {resource} changed"),
            FactKind::Repository { repository, change } => format!("repository {repository}: {change}"),
            FactKind::AgentUpdate { instance, status, .. } => format!("the agent update of {instance} is {status}"),
            FactKind::TaskCreated { task, definition, instance: Some(instance), .. } => {
                format!("task {} of {definition} placed on {instance}", short(task))
            }
            FactKind::TaskCreated { task, definition, zone, .. } => {
                format!("task {} of {definition} started on Fargate in {zone}", short(task))
            }
            FactKind::TaskProvisioning { task, definition, provider, .. } => {
                format!("task {} of {definition} waits for capacity of {provider}", short(task))
            }
            FactKind::NotPlaced { definition, missing, .. } => {
                format!("{missing} task{} of {definition} not placed", if *missing == 1 { "" } else { "s" })
            }
            FactKind::FargateCapacity { zone, available } => {
                format!("Fargate {} capacity in {zone}", if *available { "has" } else { "is out of" })
            }
            FactKind::Load { service, load, .. } => format!("the load of service {service} is {load}"),
            FactKind::Fault { subject, effect } => format!("{subject} {effect}"),
            FactKind::TaskWaits { task, instance, until, .. } => {
                format!("task {} waits on {instance} until {until}", short(task))
            }
            FactKind::TaskStatus { task, status, .. } => format!("task {} is {status}", short(task)),
            FactKind::Container { task, container, status, exit_code, reason, .. } => {
                let code = exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
                let colon = if reason.is_empty() { "" } else { ": " };
                format!("container {container} of task {} is {status}{code}{colon}{reason}", short(task))
            }
            FactKind::Service { service, status, .. } => format!("service {service} is {status}"),
            FactKind::Deployment { service, deployment, definition, state, .. } => {
                format!("deployment {deployment} of service {service} to {definition} is {state}")
            }
            FactKind::CodeDeploy { group, deployment, status } => {
                format!("deployment {deployment} of {group} is {status}")
            }
            FactKind::ServiceEvent { message, .. } => message.clone(),
            FactKind::TaskProtection { task, until: Some(until), .. } => {
                format!("task {} is protected until {until}", short(task))
            }
            FactKind::TaskProtection { task, .. } => format!("task {} is not protected", short(task)),
            FactKind::Logs { group, what } => format!("log group {group} {what}"),
            FactKind::LoadBalancer { name, state } => format!("load balancer {name} is {state}"),
            FactKind::TargetGroup { name, state } => format!("target group {name} is {state}"),
            FactKind::Discovery { subject, change } => format!("Cloud Map: {subject} {change}"),
            FactKind::Rule { rule, what } => format!("rule {rule}: {what}"),
            FactKind::Secret { operation, name } | FactKind::Object { operation, name } => {
                format!("{operation}: {name}")
            }
            FactKind::Network { kind, id, state } => format!("{kind} {id} is {state}"),
            FactKind::TargetHealth { group, target, state, reason } => {
                let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
                format!("target {target} of {group} is {state}{why}")
            }
            FactKind::TaskStopping { task, reason, .. } => format!("task {} is to stop: {reason}", short(task)),
        }
    }
}

/// The facts that led to `number`, from the first to itself; `facts` are all facts in order.
pub fn chain<'a>(facts: impl Fn(u64) -> Option<&'a Fact>, number: u64) -> Vec<&'a Fact> {
    let mut links = Vec::new();
    let mut next = Some(number);
    while let Some(fact) = next.and_then(&facts) {
        links.push(fact);
        next = match fact.cause {
            // A cause is always older, so the walk ends.
            Cause::Fact(earlier) if earlier < fact.number => Some(earlier),
            Cause::Fact(_) | Cause::Command(_) => None,
        };
    }
    links.reverse();
    links
}

/// The first eight digits of a task id, as people write it.
fn short(task: &str) -> &str {
    task.get(..8).unwrap_or(task)
}

fn millis<S: serde::Serializer>(at: &SimTime, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_i64(at.as_millis())
}

impl From<HexId> for String {
    fn from(id: HexId) -> String {
        alloc::format!("{id}")
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> String {
        alloc::format!("{id}")
    }
}

impl From<Ec2Id> for String {
    fn from(id: Ec2Id) -> String {
        alloc::format!("{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_walks_up_to_the_command() {
        let fact = |number, cause| Fact {
            number,
            at: SimTime::from_millis(0),
            cause,
            kind: FactKind::ClusterCreated { cluster: String::from("prod") },
        };
        let facts = [
            fact(0, Cause::Command(1)),
            fact(1, Cause::Command(2)),
            fact(2, Cause::Fact(0)),
            fact(3, Cause::Fact(2)),
            fact(4, Cause::Fact(4)),
        ];
        let find = |n: u64| facts.get(n as usize);
        assert_eq!(chain(find, 3).iter().map(|f| f.number).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(chain(find, 4).len(), 1, "a fact that names itself ends the walk");
        assert!(chain(find, 9).is_empty());
    }
}
