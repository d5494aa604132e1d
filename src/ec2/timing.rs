//! How long EC2's steps take on the simulated clock. AWS publishes no numbers; these are the lab's choice, so that
//! an instance is registered 90 s after its launch (`ecs.md` 5.6).

use crate::sim::SimDuration;

/// `pending` to `running`.
pub const BOOT: SimDuration = SimDuration::from_secs(20);
/// `running` to the agent's registration: cloud-init, Docker and the agent start.
pub const AGENT_START: SimDuration = SimDuration::from_secs(70);
/// From `running` until both status checks pass.
pub const CHECKS: SimDuration = SimDuration::from_secs(120);
/// `shutting-down` to `terminated`, `stopping` to `stopped`.
pub const SHUT_DOWN: SimDuration = SimDuration::from_secs(10);
