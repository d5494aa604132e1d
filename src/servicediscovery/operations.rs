//! The operations behind calls that AWS does not finish at once.

use super::state::Operation;
use super::{ServiceDiscovery, ours, paged, passes, text};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::Cx;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use serde_json::Value;

/// Notes an operation, which has succeeded, and answers its id.
pub fn note(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, kind: &'static str, target: (&'static str, String)) -> Value {
    let id = format!("{:032x}-{:08x}", cx.draw_wide("discovery-operation"), cx.draw("discovery-operation") as u32);
    room.operations.push(Rc::new(Operation { id: id.clone(), kind, target, at: cx.now() }));
    object!({ "OperationId": id })
}

/// GetOperation.
pub fn get(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "OperationId");
    let missing = || ours("OperationNotFound", "No operation with this id exists.", "OperationId");
    let own = room.operations.iter().find(|own| own.id == id).ok_or_else(missing)?;
    let at = own.at.as_epoch_seconds();
    let operation = object!({
        "Id": id,
        "Type": own.kind,
        "Status": "SUCCESS",
        "CreateDate": at,
        "UpdateDate": at,
        "Targets": object::of(vec![(own.target.0, Value::from(own.target.1.clone()))]),
    });
    Ok(object!({ "Operation": operation }))
}

/// ListOperations, the newest first.
pub fn list(room: &ServiceDiscovery, input: &Value) -> Result<Value, ApiError> {
    if input["Filters"].as_array().into_iter().flatten().any(|filter| filter["Name"] == "UPDATE_DATE") {
        return Err(ApiError::not_simulated("the filter UPDATE_DATE").at("Filters"));
    }
    let of = |own: &Operation, name: &str| match name {
        "TYPE" => own.kind.to_string(),
        "STATUS" => "SUCCESS".to_string(),
        name if name.strip_suffix("_ID") == Some(own.target.0) => own.target.1.clone(),
        _ => String::new(),
    };
    let fits = room.operations.iter().rev().filter(|own| passes(input, &|name| of(own, name)));
    let items = fits.map(|own| object!({ "Id": own.id.clone(), "Status": "SUCCESS" })).collect();
    paged(items, input, "Operations")
}
