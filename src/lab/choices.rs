//! What AWS leaves open or says in two ways, and what the lab does: the one place where our choices stand.
//!
//! A learner must be able to tell AWS's rule from ours. Messages whose wording is ours are marked where they appear
//! ([`crate::aws::ApiError::ours`]); behaviour that is ours stands in this table, which the page shows.

/// One choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The rule of our reference that it settles.
    pub rule: &'static str,
    /// What AWS leaves open, or where two of its sources disagree.
    pub open: &'static str,
    /// What the lab does.
    pub ours: &'static str,
}

const fn choice(rule: &'static str, open: &'static str, ours: &'static str) -> Choice {
    Choice { rule, open, ours }
}

/// All choices, in the order of the rules.
#[rustfmt::skip]
pub const CHOICES: &[Choice] = &[
    choice("1.2", "How much memory an instance type registers; AWS prints no table.", "Values seen in real output where there are any; else 93 % of the installed memory up to 1 GiB, 92.8 % up to 2 GiB, 93.5 % up to 4 GiB, 95.5 % above. On Windows all but 1 MiB, as seen."),
    choice("PT-02", "Whether the agent reserves port 51680 by default; the guide says yes, its source says only with metrics on.", "22, 2375, 2376, 51678 and 51679 are reserved."),
    choice("CI-32", "What becomes of tasks when an instance is deregistered by force.", "The control plane counts them as STOPPED, with the reason that events name."),
    choice("CD-06", "Whether memory may equal memoryReservation.", "It may, as the service accepts it."),
    choice("CD-08", "Whether container memory may sum to more than the task's.", "On Fargate it may not; on EC2 only a single container is held against the task."),
    choice("FG-02 row 32768", "The 32 vCPU Fargate size stands in the guide of 2026 and not in the API text.", "Known, and off."),
    choice("PL-03", "Whether a task that fits nowhere stays PENDING.", "RunTask answers with failures[], and ECS makes no task."),
    choice("PL-06", "In which order the tasks of one call are placed.", "One after another; each changes what the next one finds."),
    choice("PL-07", "Two schedulers can pick the same slot, and one is retried.", "Not simulated."),
    choice("PL-10", "Whether StartTask holds the definition's own constraints against the instance named, and what it makes of one that is named twice.", "It does not, since its reasons have none for them; one task."),
    choice("DR-02", "What StartTask answers for a DRAINING instance.", "A failure with the reason INACTIVE, as for one that was deregistered."),
    choice("DR-06", "What 100/100 does to a drain; the guide says it gets stuck, CreateService refuses it.", "It gets stuck; so does 100 with a maximum that rounds down to the desired count."),
    choice("DR-11", "Whether a protected task holds up the draining of its instance.", "No: it goes as any other."),
    choice("PL-40", "What RunTask says when every instance is DRAINING.", "The same as with no instance: No Container Instances were found in your cluster."),
    choice("PL-45", "How many items failures[] has, and in which order.", "One per instance considered, by ARN, once for the call."),
    choice("4.10", "Which reason counts when several resources are short.", "The first of CPU, memory, ports, ENI, GPU, attributes, zone, constraints."),
    choice("CI-31, PL-42, ST-11, ST-12", "The wording of some refusals.", "Ours where AWS publishes none, and marked so where they appear."),
    choice("ST-04", "Which tasks spread counts.", "Those with desiredStatus RUNNING."),
    choice("ST-02", "Whether a service takes 4 or 5 strategies; two pages of AWS disagree.", "5."),
    choice("ST-06", "Who wins among equals after the last strategy.", "The first by zone and instance id; a lab can be started so that the seed draws instead."),
    choice("ST-08", "How spread treats an instance without the attribute.", "As a group of its own."),
    choice("SI-02", "How a chain of strategies chooses what scales in; AWS documents single ones.", "Each in its order, turned round: the most tasks for spread, the most left after the stop for binpack, a draw for random."),
    choice("SI-03", "Whether tasks that do not run yet go first.", "They do; then the unhealthy ones, then the rest."),
    choice("SI-07", "Which of several tasks on the chosen instance goes.", "The oldest."),
    choice("CN-05", "The reason that distinctInstance gives in failures[].", "distinctInstance placement constraint unsatisfied."),
    choice("TG-05", "Whether a custom task group may look like a service's.", "It may not: names that start with service: are refused."),
    choice("RB-05", "From and to which zone a task moves among equals.", "The first by name, one task at a time."),
    choice("6.14", "Which instance is the closest matching one.", "The one that fails at the latest check, then the one that misses least."),
    choice("PT-08", "How a task ends whose host has no dynamic port left.", "STOPPED with TaskFailedToStart and the agent's words, HostConfigError: a host port is unavailable."),
    choice("PT-09", "How a task ends whose fixed port was handed out as a dynamic one.", "STOPPED with TaskFailedToStart and Docker's words."),
    choice("PL-62", "How long a placed task waits for what a stopping one holds.", "Until its containers exited; its pull begins then."),
    choice("FG-13", "What Fargate does when one of several zones is out of capacity.", "It takes the others."),
    choice("8.1", "How long a machine outside of AWS takes to register, and what RunTask says when only instances of the other launch type are ACTIVE.", "No time; No Container Instances were found in your cluster."),
    choice("8.2", "Whether a Windows task needs its very release, and Core or Full, or only Windows.", "It needs the ecs.os-family that it names."),
    choice("CI-25", "How long an instance is REGISTERING while its trunk is made.", "Not at all."),
    choice("EN-04", "Who may set an account setting for which principal, and which role an instance profile holds.", "The lab's caller may for every one; the role of the profile's name."),
    choice("EN-01", "Whether p5.48xlarge takes 1 awsvpc task or 63; two pages of AWS disagree.", "1."),
    choice("QL-01", "Precedence in the cluster query language.", "not before and before or, from left to right."),
    choice("QL-03", "Whether =~ matches a part or the whole.", "The whole value, so that t2 does not match t2.micro and t2.* does."),
    choice("QL-04", "Whether not_in and !~ select instances without the attribute.", "They do not, as the guide says it of !=."),
    choice("QL-06", "What a comparison gives when the attribute is missing.", "False."),
    choice("QL-08", "What task:group != g means on an instance with several groups.", "No task of g runs there."),
    choice("QL-09", "Which tasks task:group sees.", "Those with desiredStatus RUNNING."),
    choice("QL-10", "Whether case counts in expressions.", "In subjects and values; not in and, or, not and the operators."),
    choice("QL-11, QL-14", "How values are quoted, and which go without quotes.", "In ' or \", where a backslash stands before a quote or a backslash; letters, digits and _./:@\\*+?^${}- go without."),
    choice("QL-12, QL-13", "Whether [] is a list, and ! in an operator.", "Both are syntax errors; !in and !exists are one word."),
    choice("QL-15", "The wording of a syntax error in an expression.", "Ours, with position and expectation."),
    choice("4.7", "Which operators attribute: and task:group take.", "attribute: all, numbers compared as numbers; task:group all but < <= > >=."),
    choice("5.1", "Which states an early stop passes.", "The short way down: no STOPPING without a container, no DEPROVISIONING without a network interface."),
    choice("5.6", "How long each step of a task and an instance takes.", "90 s from launch to registration; 15 s Fargate and 6 s awsvpc provisioning; a pull of 2 s and 25 MB a second, 0.5 s when the host holds the image, 2 s when it fails; 1 s start; 2 s stop."),
    choice("LC-07", "When connectivityAt is.", "When the task was made; on Fargate when it left PROVISIONING."),
    choice("5.3", "What a container's process does, and with which code it ends.", "What its command says, as far as sleep, exit, true, false, echo, trap, loops and sh -c go: as process 1 these go on until SIGKILL (137) unless there is a trap or an init process. Everything else serves until SIGTERM and ends with 143; a host that is lost leaves 255."),
    choice("5.5", "Which images exist, and where the reason of a failed start stands.", "A catalogue of Docker Hub, and everything in other registries; in stoppedReason and in the container's reason."),
    choice("EN-06", "What becomes of a task whose network interface never comes.", "TaskFailedToStart after 180 s, in the words seen on AWS; by a fault."),
    choice("FG-14", "What platformFamily shows for Windows on Fargate.", "The operatingSystemFamily of the definition."),
    choice("ListTasks", "Whether desiredStatus goes with startedBy, which must be the only filter.", "It does."),
    choice("DP-03, DP-04", "The wording when a dependency times out or fails.", "The agent's: dependency graph: …."),
    choice("HC-04", "How long a probe takes.", "No time: probes come every interval after the start."),
    choice("CI-27", "What the cluster sees while an agent is disconnected.", "Nothing moves; what was missed shows when the agent is back."),
    choice("CI-20", "When an agent tries again whose cluster was missing.", "30 s after somebody made the cluster."),
    choice("1.6", "The words of an agent that has no credentials or no way to ECS, and of a trunk in a shared subnet.", "Those of AWS's SDK; ours."),
    choice("8.3", "Which instances and tasks can be reclaimed as Spot.", "Any running one, and any on Fargate, by a fault."),
    choice("5.4", "How a task on Fargate stops when its zone is lost.", "InfrastructureHealth, as on a bad host."),
    choice("LC-03", "How long a stopped task can be described, at least an hour.", "Exactly an hour."),
    choice("SP-06", "What StopTask does with a STOPPED task.", "It returns the task unchanged."),
    choice("TD-06", "How long a revision is DELETE_IN_PROGRESS.", "An hour, then hour by hour until every task of it is STOPPED."),
    choice("CP-06", "How long providers take to be made, changed, associated and deleted.", "No time, but 10 s for the deletion; an INACTIVE one is shown when it is named."),
    choice("2.6", "What managedScaling and managedDraining are when a provider is made without them.", "DISABLED and ENABLED."),
    choice("PL-48", "Tasks of a capacity provider strategy, also of a cluster's default one.", "Not simulated, and refused so."),
    choice("CI-20 from outside", "What RegisterContainerInstance makes of an EC2 instance that the lab does not hold.", "It takes the identity document's word: 4,096 CPU units, 7,482 MiB and the agent's ports without totalResources, the capabilities of the lab's agent without attributes, the network interfaces of m5.large for an unknown type. The same instance again is the same container instance."),
    choice("UpdateContainerAgent", "Which agent version is the newest, and how long an update takes.", "1.105.1; 10 s a step from PENDING over STAGING, STAGED and UPDATING to UPDATED."),
    choice("CI-33", "What the health of a container instance shows.", "CONTAINER_RUNTIME: OK while the agent is connected, then INSUFFICIENT_DATA."),
    choice("3.2", "Which error a tag meets on what is missing or over.", "ResourceNotFoundException, in ListTagsForResource InvalidParameterException."),
    choice("ARNs", "What ECS says to an ARN of another account or Region.", "AccessDeniedException in IAM's words; InvalidParameterException."),
    choice("NM-11", "Whether a public address may be asked for.", "On Fargate yes, on EC2 no."),
    choice("EN-08", "Subnets and security groups that the lab does not hold.", "A well-formed subnet id counts as one in the first zone, a security group as open."),
];

/// What AWS does and the lab does not, with what the lab does instead, in the order of the rules.
#[rustfmt::skip]
pub const NOT_SIMULATED: &[Choice] = &[
    choice("1.4", "Keys of ecs.config for clean-up, time limits of pull, create and start, metrics, logs, GPU support, process limits, registry logins, proxies and tags from EC2.", "They have no effect; the time limits are the defaults."),
    choice("CI-10, CD-12, FG-11", "What containers really use: CPU shares and quotas, memory, ulimits.", "They use nothing. Running out of memory is a fault."),
    choice("DR-09, LC-10", "Metrics of clusters and tasks.", "None."),
    choice("CD-22, CD-23", "What a process reads of its environment, environment files and secrets.", "Nothing; they show as registered."),
    choice("CD-28", "ECS Exec.", "ExecuteCommand answers that it is not simulated."),
    choice("LG-05, LG-08", "Which role may pull, read secrets and write logs.", "Every role may. A refusal is a fault."),
    choice("VO-04, VO-07", "Where an EBS volume cannot be, and how full a volume is.", "Every instance type and zone takes one, and none is ever full. A failing mount is a fault."),
    choice("OV-04, SP-05, SP-07", "Services and load balancers, with DEACTIVATING and the stops that they ask for.", "CreateService answers that it is not simulated; DELETED is not shown either."),
    choice("PL-51", "Tasks that wait for the instances of a capacity provider.", "A strategy is refused as not simulated."),
    choice("SP-03", "CTRL_SHUTDOWN_EVENT on Windows.", "Containers end as after SIGTERM."),
    choice("5.5", "CannotStopContainerError, CannotInspectContainerError, CannotCreateVolumeError, ContainerRuntimeError, SpotInterruptionError, TaskStateError, ResourceNotFoundException, a layer that S3 refuses, a subnet without a free address.", "They never come."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_whole_and_stands_once() {
        for table in [CHOICES, NOT_SIMULATED] {
            for (index, choice) in table.iter().enumerate() {
                assert!(!choice.open.is_empty() && choice.ours.ends_with('.'), "{}", choice.rule);
                assert!(table.iter().skip(index + 1).all(|other| other.rule != choice.rule), "{} twice", choice.rule);
            }
        }
    }
}
