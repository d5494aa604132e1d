//! AWS Secrets Manager, and with it the Parameter Store of AWS Systems Manager: what tasks read as their `secrets`; and the
//! activations of Systems Manager, by which machines outside of AWS come in.
//!
//! ```text
//! CreateSecret → secret → DeleteSecret → marked for deletion     PutParameter → parameter → DeleteParameter
//! CreateActivation → activation → managed instance → DeregisterManagedInstance
//! ```
//!
//! The values are kept in the log of commands like every other input, so they are no place for a real secret. ECS holds
//! what there is: every change comes with [`Event::SecretsChanged`].
//! Sources: the API references of both services, read 2026-11-22.

mod activations;
mod parameters;
mod secrets;

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::ecs::{self, Ecs};
use crate::event::{Cx, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use serde_json::Value;

/// All secrets and parameters of the account.
#[derive(Clone, Debug, Default)]
pub struct SecretsManager {
    /// Secrets by name.
    secrets: Map<String, Rc<secrets::Secret>>,
    /// Parameters that somebody put, by name.
    parameters: Map<String, Rc<parameters::Parameter>>,
    /// Activations by id.
    activations: Map<String, Rc<activations::Activation>>,
    /// The machines that they let in, by id.
    managed: Map<String, Rc<activations::Managed>>,
}

/// A call that changes something.
#[inline(never)]
pub fn call(
    room: &mut SecretsManager,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let (name, answer) = match operation {
        "CreateSecret" => secrets::create(room, cx, input),
        "PutSecretValue" => secrets::put(room, cx, input),
        "DeleteSecret" => secrets::delete(room, cx, input),
        "PutParameter" => parameters::put(room, cx, input),
        "DeleteParameter" => parameters::delete(room, input),
        "CreateActivation" => activations::create(room, &rooms.iam, cx, input),
        "DeleteActivation" => activations::delete(room, input),
        "DeregisterManagedInstance" => activations::deregister(room, input),
        _ => Err(ApiError::not_simulated(operation)),
    }?;
    cx.emit(FactKind::Secret { operation: operation.into(), name });
    cx.schedule(SimDuration::ZERO, Event::SecretsChanged);
    Ok(answer)
}

/// A call that only looks.
#[inline(never)]
pub fn read(
    room: &SecretsManager,
    account: &Account,
    now: SimTime,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "GetSecretValue" => secrets::get(room, input),
        "DescribeSecret" => secrets::describe(room, input),
        "ListSecrets" => secrets::list(room, input),
        "GetParameter" | "GetParameters" | "GetParametersByPath" => parameters::read(room, account, operation, input),
        "DescribeActivations" | "DescribeInstanceInformation" => activations::read(room, now, operation, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A machine outside of AWS joins a cluster (`lab external`), with an activation if the request names one.
///
/// # Errors
/// What the machine's agents would log.
pub fn join(room: &mut SecretsManager, ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    activations::admits(room, cx.now(), input)?;
    let reply = ecs::instance::register_external(ecs, cx, input)?;
    activations::registered(room, cx.now(), input, text(&reply, "instanceId"));
    Ok(reply)
}

impl SecretsManager {
    /// Why a task cannot have a secret, given by name or ARN; none when it can.
    pub fn secret_refusal(&self, named: &str) -> Option<ApiError> {
        secrets::value(self, named, None).err()
    }

    /// What a task has of a secret or a parameter that it read at that moment, named as in a task definition.
    pub fn read_at(&self, named: &str, at: SimTime) -> Option<String> {
        match named.contains(":secretsmanager:") {
            true => secrets::read_at(self, named, at),
            false => parameters::read_at(self, named, at),
        }
    }

    /// Whether there is a parameter, given by name or ARN.
    pub fn has_parameter(&self, named: &str) -> bool {
        parameters::is_there(self, named)
    }
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn seconds(at: SimTime) -> Value {
    at.as_epoch_seconds().into()
}
