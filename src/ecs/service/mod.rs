//! The service scheduler: keeps as many tasks as are desired, and replaces them by newer ones (reference 6).
//!
//! ```text
//! service             ACTIVE ──DeleteService──→ DRAINING ──no task is up──→ INACTIVE
//!
//! deployment          PRIMARY ──a newer one──→ ACTIVE ──none of its tasks is up──→ gone
//!   its rolloutState  IN_PROGRESS ──steady──→ COMPLETED
//!                          └──circuit breaker, alarm──→ FAILED ──rollback──→ a new PRIMARY to the last COMPLETED revision
//!
//! service deployment  IN_PROGRESS ──→ SUCCESSFUL
//!                          ├──a newer one, a failure without rollback──→ STOPPED
//!                          └──StopServiceDeployment, a failure──→ ROLLBACK_IN_PROGRESS ──→ ROLLBACK_SUCCESSFUL
//!                                                                                    └──→ ROLLBACK_FAILED
//! ```
//!
//! A deployment brings the tasks of a service to a service revision: what they are made of. A task belongs to its
//! revision, so that a rollback keeps the tasks that are left of the revision that it goes back to.
//!
//! Nothing runs while nothing changes: whatever matters to a service calls [`touch`], and at that moment the scheduler
//! looks at it ([`look`]). A look does what can be done now and plans the moment at which time alone changes something.
//!
//! | file | holds |
//! |---|---|
//! | `state` | services, deployments, revisions, service deployments |
//! | `touch` | who tells the scheduler of what |
//! | `look` | one look at a REPLICA service: what starts, what stops |
//! | `give_up` | which tasks go when it scales in |
//! | `balance` | a steady service becomes even over its zones |
//! | `bake` | when a rolling deployment is over: early success, bake time |
//! | `daemon` | one look at a DAEMON service |
//! | `seen` | the tasks as the scheduler sees them: how far, how healthy |
//! | `roll` | a deployment begins, completes, fails, is rolled back |
//! | `shift` | the stages of a blue/green, linear or canary deployment |
//! | `sets` | task sets, where somebody else controls the deployments |
//! | `pause` | hooks at which it waits |
//! | `network` | its listeners, and the role in which they are changed |
//! | `role` | the role in which its tasks are registered |
//! | `discovery` | its tasks in Cloud Map |
//! | `consistency` | the digests of its images, the same for all tasks of a deployment |
//! | `describe` | a service and its deployments as the API shows them |
//! | `why` | what stands between a service and its steady state |
//! | `traffic` | its tasks in target groups |
//! | `act` | starting and stopping, with the events that tell of it |
//!
//! Sources: [DG:ecs_services], [DG:deployment-type-ecs], [DG:deployment-circuit-breaker], read 2026-11-20.

mod act;
mod bake;
mod balance;
mod consistency;
mod daemon;
mod describe;
mod discovery;
mod give_up;
mod look;
mod network;
mod pause;
mod role;
mod roll;
mod seen;
mod sets;
mod shift;
mod state;
mod touch;
mod traffic;
mod why;

pub(super) use act::{say, stop_all};
pub use consistency::{Resolution, digest, reference};
pub(super) use consistency::{establish, establish_by_name, is_open};
pub use describe::{
    Counts, deployment_arn, description, platform_family, platform_version, revision_arn, revision_summary,
};
pub use discovery::{connects, named_port};
pub use look::{look, say_steady};
pub use network::{differs, forwards};
pub use pause::Hook;
pub(super) use pause::{answer as answer_hook, details as hook_details};
pub(super) use role::{maintains as role_maintains, may as role_may};
pub use roll::threshold;
pub(super) use roll::{Begin, REVISED, begin, digits, roll_back, run_of};
pub use seen::{is_checked, is_up};
pub use sets::{TaskSet, describe_set, has_sets, set_arn};
pub(super) use sets::{add as add_set, change as change_set, lead as lead_set, new_set, settings as set_settings};
pub use shift::{Route, Shift, Stage, shown_weights, source as shift_source, strategy as shifts};
pub use state::{
    Deployment, Moving, Owner, Rebalancing, Revision, Rollout, Service, ServiceDeployment, ServiceEvent, ServiceStatus,
    Services, Throttle, Unplaced, deployment_id,
};
pub use touch::{all_touched, room, touch};
pub(super) use touch::{health_changed, joins, task_entered, task_stops, waiting_look};
pub use traffic::{Moved, Standing};
pub(super) use traffic::{has_targets, told};
pub use why::{Obstacle, why};
