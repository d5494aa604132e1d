//! What can go wrong by itself, as commands: `lab fault`, one member of its union for each kind.

use super::Ecs;
use crate::aws::ApiError;
use crate::ec2::network;
use crate::event::{Cx, FactKind};
use alloc::string::ToString;
use serde_json::{Map, Value};

/// `failures[]` of a RunTask for which Fargate has no capacity; it names no ARN (seen in gchq/sleeper#904).
pub const NO_CAPACITY: &str =
    "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// Makes a fault, or ends it. Errors: a zone that the Region does not have.
pub fn inject(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let fault = &input["fargateCapacity"];
    let zone = fault["zone"].as_str().unwrap_or_default();
    let available = fault["available"] == true;
    if !network::zones(&cx.options().account.region).any(|known| known == zone) {
        return Err(ApiError::invalid("Unknown Availability Zone.").at("fargateCapacity.zone").in_our_words());
    }
    let zone = zone.to_string();
    let changed = if available { ecs.without_fargate.remove(&zone) } else { ecs.without_fargate.insert(zone.clone()) };
    if changed {
        cx.emit(FactKind::FargateCapacity { zone, available });
    }
    Ok(Value::Object(Map::new()))
}
