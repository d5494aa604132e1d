//! How long ECS's steps take on the simulated clock: one table, all the lab's choice (`ecs.md` 5.6, UNDOC).

use crate::sim::SimDuration;

/// Fargate finds capacity and attaches the network interface.
pub const FARGATE_PROVISIONING: SimDuration = SimDuration::from_secs(15);
/// An EC2 task in `awsvpc` mode gets its network interface.
pub const ENI_ATTACH: SimDuration = SimDuration::from_secs(6);
/// The agent or Fargate accepts a task that pulls later.
pub const ACCEPT: SimDuration = SimDuration::from_secs(1);
/// A pull that fails.
pub const PULL_FAILS: SimDuration = SimDuration::from_secs(2);
/// Fargate tries for this long what its task does not reach: as long as it was seen to take (4.6).
pub const UNREACHABLE: SimDuration = SimDuration::from_secs(289);
/// A network interface that never comes (EN-06).
pub const ENI_TIMEOUT: SimDuration = SimDuration::from_secs(180);
/// Fargate gives a container up that is not made or does not start, and a pull that brings nothing.
pub const RUNTIME_TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// Pulling an image that the host holds already.
pub const PULL_CACHED: SimDuration = SimDuration::from_millis(500);
/// Starting the containers once the images are there.
pub const START: SimDuration = SimDuration::from_secs(1);
/// An application that obeys SIGTERM ends after this long.
pub const SIGTERM_OBEYED: SimDuration = SimDuration::from_secs(2);
/// SIGTERM to SIGKILL where neither the definition nor the agent says (SP-02).
pub const STOP_TIMEOUT: SimDuration = SimDuration::from_secs(30);
/// The agent gives a task up that does not stop.
pub const STUCK: SimDuration = SimDuration::from_secs(180);
/// Detaching and deleting a network interface.
pub const DEPROVISIONING: SimDuration = SimDuration::from_secs(3);
/// A task without checks counts as healthy when it has run for this long (RL-03).
pub const HEALTHY_AFTER: SimDuration = SimDuration::from_secs(40);
/// How often a service says that it is steady while it is (SV-10).
pub const STEADY_AGAIN: SimDuration = SimDuration::from_secs(6 * 3600);
/// How long a stopped task stays in the answers (LC-03: at least an hour; exactly one here).
pub const STOPPED_VISIBLE: SimDuration = SimDuration::from_secs(3600);
/// How long a capacity provider of Managed Instances is CREATE_IN_PROGRESS.
pub const PROVIDER_CREATION: SimDuration = SimDuration::from_secs(10);
/// How long a capacity provider is DELETE_IN_PROGRESS.
pub const PROVIDER_DELETION: SimDuration = SimDuration::from_secs(10);
/// How long the attachments of a cluster are UPDATE_IN_PROGRESS.
pub const ATTACHMENTS: SimDuration = SimDuration::from_secs(10);
/// How long a task definition revision is DELETE_IN_PROGRESS at least; after that it goes when no task needs it.
pub const DEFINITION_DELETION: SimDuration = SimDuration::from_secs(3600);
/// How long each step of an agent's update takes.
pub const AGENT_UPDATE: SimDuration = SimDuration::from_secs(10);
/// How long a deregistered instance stays in the answers (CI-30).
pub const INACTIVE_VISIBLE: SimDuration = SimDuration::from_secs(3600);
/// An agent that could not register tries again.
pub const AGENT_RETRY: SimDuration = SimDuration::from_secs(30);
/// An agent that somebody restarts is back.
pub const AGENT_RESTART: SimDuration = SimDuration::from_secs(5);
