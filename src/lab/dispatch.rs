//! The table of contents of the system: who answers which call, and who handles which event.

use super::command::ApiCall;
use super::world::World;
use crate::aws::{ApiError, check, model};
use crate::ec2::{self, Ec2};
use crate::ecs::{self, Ecs};
use crate::event::{Cx, Event};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// A call that changes something.
pub fn call(ec2: &mut Ec2, ecs: &mut Ecs, cx: &mut Cx<'_>, call: &ApiCall) -> Result<Value, ApiError> {
    admit(call)?;
    match call.service.as_str() {
        "ecs" => ecs::call(ecs, ec2, cx, &call.operation, &call.input),
        "ec2" => ec2::call(ec2, cx, &call.operation, &call.input),
        "lab" if call.operation == "Fault" => {
            ec2::fault::inject(ec2, cx, &call.input)?;
            ecs::fault::inject(ecs, ec2, cx, &call.input)
        }
        "lab" if call.operation == "Agent" => {
            let id = ec2.configure(&call.input)?;
            Ok(ecs::instance::restart_agent(ecs, cx, id, &call.input))
        }
        "lab" => ecs::instance::register_external(ecs, cx, &call.input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// A call that only looks.
pub fn read(world: &World, call: &ApiCall) -> Result<Value, ApiError> {
    admit(call)?;
    match call.service.as_str() {
        "ecs" => ecs::read(world.ecs(), &world.options().account, &call.operation, &call.input),
        "ec2" => ec2::read(world.ec2(), &call.operation, &call.input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// Something happens by itself. Each room takes the events that name it.
pub fn event(ec2: &mut Ec2, ecs: &mut Ecs, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::InstanceRunning(_) | Event::InstanceDown(_) | Event::SpotReclaimed(_) => ec2::on_event(ec2, cx, event),
        Event::AgentStarts(_)
        | Event::HostGone { .. }
        | Event::TaskStep { .. }
        | Event::TaskForgotten(_)
        | Event::InstanceForgotten(_)
        | Event::CapacityProviderGone(_)
        | Event::DefinitionForgotten { .. }
        | Event::AgentUpdate(_) => ecs::on_event(ecs, ec2, cx, event),
    }
}

/// Members whose values the service refuses in words of its own; its room checks them.
const OWN_WORDS: &[(&str, &str)] = &[
    ("UpdateContainerInstancesState", "status"),
    ("RegisterTaskDefinition", "placementConstraints"),
    ("RunTask", "placementStrategy"),
    ("RunTask", "placementConstraints"),
];

/// Whether the lab simulates the operation, and whether the input has its shape. The wording of shape faults is the
/// AWS CLI's, which finds them before it calls.
fn admit(call: &ApiCall) -> Result<(), ApiError> {
    let Some(operation) = model::operation(&call.service, &call.operation) else {
        if model::knows(&call.service, &call.operation) {
            return Err(ApiError::not_simulated(&call.operation));
        }
        let message = format!("Unknown operation {}.{}.", call.service, call.operation);
        return Err(ApiError::new("UnknownOperationException", message).in_our_words());
    };
    let faults = check::check(operation, &call.input);
    let client_side: Vec<_> = faults.iter().filter(|fault| fault.client_side()).collect();
    let by_room = |path: &str| OWN_WORDS.iter().any(|(name, own)| *name == call.operation && path.starts_with(own));
    match (client_side.first(), faults.iter().find(|fault| !by_room(&fault.path))) {
        (None, None) => Ok(()),
        (None, Some(fault)) => Err(fault.refusal()),
        (Some(first), _) => {
            let lines: Vec<String> = client_side.iter().map(|fault| format!("{fault}")).collect();
            let message = format!("Parameter validation failed:\n{}", lines.join("\n"));
            Err(ApiError::new("ParamValidation", message).at(first.path.clone()))
        }
    }
}
