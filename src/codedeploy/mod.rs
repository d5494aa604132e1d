//! AWS CodeDeploy, as far as a blue/green deployment of an ECS service needs it (CDP-01 to CDP-06).
//!
//! ```text
//! Created → InProgress: Install ─the green task set is steady─→ test traffic ─→ (Ready, until somebody goes on) ─→
//!     production traffic, step by step ─→ the green task set is PRIMARY ─→ wait ─→ the blue one goes → Succeeded
//!
//! StopDeployment, a failure → Stopped, Failed; with a rollback: the traffic goes back, the blue task set is PRIMARY, the
//! green one goes
//! ```
//!
//! The room decides; `ecs` makes, leads and deletes the task sets ([`TaskSetWish`](crate::event::TaskSetWish)) and `elb` moves the traffic
//! ([`Deployment::routes`]), each asked by an event. Sources: CodeDeploy user guide (AppSpec, deployment configurations,
//! deployments on ECS) and [DG23:deployment-type-bluegreen], read 2026-11-21.

mod configs;
mod deployments;
mod groups;
mod lifecycle;
mod run;
mod spec;
mod state;
mod words;

pub use state::{CodeDeploy, Deployment, Group, Phase};

use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event};
use crate::rooms::Rooms;
use serde_json::Value;

/// A call that changes something.
pub fn call(
    room: &mut CodeDeploy,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "CreateApplication" => groups::create_application(room, cx, input),
        "DeleteApplication" => groups::delete_application(room, input),
        "CreateDeploymentGroup" => groups::create(room, rooms, cx, input),
        "DeleteDeploymentGroup" => groups::delete(room, input),
        "CreateDeployment" => deployments::create(room, rooms, cx, input),
        "ContinueDeployment" => deployments::go_on(room, cx, input),
        "StopDeployment" => deployments::stop(room, rooms, cx, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A call that only looks.
pub fn read(rooms: &Rooms, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let room = &rooms.codedeploy;
    match operation {
        "GetApplication" => groups::application(room, input),
        "ListApplications" => Ok(groups::applications(room)),
        "GetDeploymentGroup" => groups::describe(room, input),
        "ListDeploymentGroups" => groups::list(room, input),
        "GetDeploymentConfig" => configs::describe(input),
        "ListDeploymentConfigs" => Ok(configs::list()),
        "GetDeployment" => deployments::describe(room, input),
        "ListDeployments" => deployments::list(room, input),
        "ListDeploymentTargets" => deployments::targets(room, rooms, input),
        "GetDeploymentTarget" => deployments::target(room, rooms, account, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::CodeDeployStep { deployment, timer } => run::due(room, rooms, cx, deployment, timer),
        Event::TaskSetChanged(key) => run::told(room, rooms, cx, key),
        _ => {}
    }
}
