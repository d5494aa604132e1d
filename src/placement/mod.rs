//! Placement: which container instance takes a task, and why.
//!
//! Pure and without state: a [`Request`] and all the cluster's [`Host`]s in, a [`Decision`] out. The files follow the
//! pipeline (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html>):
//!
//! | file | step |
//! |---|---|
//! | `demand`, `host`, `groups`, `request` | what the task needs, what an instance has, what was asked; `input` reads it from API JSON |
//! | `check` | 0 state, 1 resources and attributes, 2 constraints (`query` judges memberOf) |
//! | `strategy` | 3 strategies as tie filters, 4 the tie-break |
//! | `decide` | the whole: [`decide()`] explains, [`choose`] only chooses; they always agree |
//! | `index` | the bulk path: an [`Order`] gives the same choice in a few comparisons (`lane`, `ordered`, `tally` are its parts) |
//! | `english`, `funnel`, `event`, `json` | the decision in sentences, as a table of instances by steps, as AWS's service events, as JSON |
//! | `fix` | the smallest changes that would place the task |
//! | `what_if` | room, fewest instances, strategies side by side, loss of instances |
//! | `scale_in`, `rebalance`, `daemon` | which task goes, which moves between zones, where daemons belong |
//! | `rolling` | what an update or a drain may stop and start within its bounds |
//! | `managed` | what Managed Instances refuse, and when they drain no longer |
//! | `interfaces` | awsvpc tasks per instance type, with and without a trunk |

pub mod check;
pub mod daemon;
pub mod decide;
pub mod demand;
pub mod english;
pub mod event;
pub mod fix;
pub mod funnel;
mod groups;
pub mod host;
pub mod index;
pub mod input;
pub mod interfaces;
pub mod json;
mod lane;
pub mod managed;
mod ordered;
pub mod query;
pub mod rebalance;
pub mod request;
pub mod rolling;
pub mod scale_in;
pub mod strategy;
mod tally;
pub mod what_if;

pub use check::{Check, Need, Stage, TASK_SIZES, examine, fits};
pub use decide::{Candidate, Decision, Failure, choose, decide};
pub use demand::{Demand, PortNeed, Protocol};
pub use fix::{Change, Fix, Offer, Tenant, Unplaced, Wishes, fixes};
pub use funnel::{Column, Funnel, Mark, Row, funnel, words};
pub use groups::Groups;
pub use host::{AGENT, Amount, Attributes, Host, HostStatus, PORT_LIMIT, reservation};
pub use index::{Fleet, Hosts, Order};
pub use input::{CONSTRAINT_LIMIT, constraints_from, strategies_from};
pub use request::{Constraint, Field, Request, SpreadBy, Strategy, ZONE_ATTRIBUTE, chain_words};
pub use scale_in::{GivenUp, Phase, ScaleIn, ServiceTask, Spared};
pub use strategy::{By, Key, Step, Ties};

#[cfg(test)]
mod tests;
