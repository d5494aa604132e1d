//! Application Auto Scaling: scalable targets, which are the desired counts of services, and what moves them.
//!
//! ```text
//! alarms look → scheduled actions of the minute → policies decide → UpdateService, as the service-linked role
//! scaling activity   InProgress → Successful, when as many tasks run as are desired, or after two minutes
//!                        └──→ Overridden by a newer one, Failed, Unfulfilled
//! ```
//!
//! It does nothing by itself but what [`Event::ScalingDue`] says; policies decide when alarms look or act. What other
//! rooms have to do it asks for through the door: one [`Event::ScalingAsk`] for each [`Ask`].
//!
//! | file | holds |
//! |---|---|
//! | `target` | scalable targets, and their tags |
//! | `policy` | PutScalingPolicy and DeleteScalingPolicy |
//! | `config` | what the configuration of a policy says |
//! | `action` | scheduled actions |
//! | `look` | policies decide |
//! | `predict` | forecasts of predictive policies |
//! | `activity` | scaling activities, and what becomes of them |
//! | `ask` | what is asked of other rooms |
//! | `describe` | the calls that only look |
//!
//! Source: Application Auto Scaling user guide and API reference, read 2026-11-21; `scaling-ecr-iam-cli.md` section 1.

mod action;
mod activity;
mod ask;
mod config;
mod describe;
mod look;
mod names;
mod policy;
mod predict;
mod target;

pub use action::Scheduled;
pub use activity::Activity;
pub use ask::{Ask, PRINCIPAL, ROLE, answered, role_arn};
pub use config::{Config, Predictive};
pub use describe::read;
pub use policy::Policy;
pub use target::Target;

use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::{Cx, Event};
use crate::rooms::Rooms;
use crate::scaling;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

/// All scalable targets of the account in the Region.
#[derive(Clone, Default)]
pub struct ApplicationAutoScaling {
    /// By ResourceId.
    targets: Map<Rc<str>, Rc<Target>>,
    asks: Vec<Ask>,
    /// When something is due next.
    due: Option<SimTime>,
}

impl ApplicationAutoScaling {
    /// Whether there is no target.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The target of a ResourceId, `service/CLUSTER/SERVICE`.
    pub fn target(&self, resource: &str) -> Option<&Target> {
        self.targets.get(resource).map(Rc::as_ref)
    }

    /// All targets by ResourceId.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.values().map(Rc::as_ref)
    }

    /// How many evaluations each policy remembers.
    fn kept(&self) -> usize {
        scaling::kept(self.targets().map(|own| own.policies.len()).sum())
    }

    /// What is to be asked next of another room.
    pub fn next_ask(&mut self) -> Option<Ask> {
        (!self.asks.is_empty()).then(|| self.asks.remove(0))
    }

    fn change(&mut self, resource: &str) -> Option<&mut Target> {
        self.targets.get_mut(resource).map(Rc::make_mut)
    }

    /// Plans for the next moment at which a target has something to do.
    fn plan(&mut self, cx: &mut Cx<'_>) {
        let Some(next) = self.targets().filter_map(|own| own.due()).min() else { return };
        if self.due.is_none_or(|due| due > next || due < cx.now()) {
            self.due = Some(next);
            cx.schedule(next - cx.now(), Event::ScalingDue);
        }
    }
}

/// A call that changes something.
#[inline(never)]
pub fn call(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let answer = match operation {
        "RegisterScalableTarget" => target::register(room, rooms, cx, input)?,
        "DeregisterScalableTarget" => target::deregister(room, rooms, cx, input)?,
        "PutScalingPolicy" => policy::put(room, rooms, cx, input)?,
        "DeleteScalingPolicy" => policy::delete(room, rooms, cx, input)?,
        "PutScheduledAction" => action::put(room, cx, input)?,
        "DeleteScheduledAction" => action::delete(room, cx, input)?,
        "TagResource" | "UntagResource" => target::tag(room, cx, input)?,
        _ => return Err(ApiError::not_simulated(operation)),
    };
    room.plan(cx);
    Ok(if answer.is_null() { object!({}) } else { answer })
}

/// Handles the events that name this room; others are not for it.
#[inline(never)]
pub fn on_event(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    if event == Event::ScalingDue {
        // Something that was planned for later came earlier, and this was planned anew.
        if room.due != Some(cx.now()) {
            return;
        }
        room.due = None;
    }
    run_due(room, rooms, cx);
    if event != Event::ScalingDue {
        look::look(room, rooms, cx);
    }
    room.plan(cx);
}

/// Runs what is due: activities that may be fulfilled, scheduled actions, forecasts.
fn run_due(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>) {
    let now = cx.now();
    let due = |own: &&Rc<Target>| own.due().is_some_and(|at| at <= now);
    let resources: Vec<Rc<str>> = room.targets.values().filter(due).map(|own| Rc::clone(&own.resource)).collect();
    for resource in resources {
        activity::check(room, rooms, cx, &resource);
        action::run(room, rooms, cx, &resource);
        predict::run(room, rooms, cx, &resource);
    }
}
