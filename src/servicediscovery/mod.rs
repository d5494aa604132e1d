//! AWS Cloud Map as far as services of ECS use it: namespaces, services, and the instances that others discover.
//!
//! ```text
//! RegisterInstance, a task of a service is RUNNING ─→ instance (HEALTHY ⇄ UNHEALTHY) ─→ gone
//!                                                           DeregisterInstance, the task is to stop ↑
//! ```
//!
//! What AWS does in an operation that takes its time is done at once; the operation can be asked for and has succeeded.
//! Of DNS there are the records of private namespaces ([`records`]). Instances of tasks are registered by [`tasks`], which `ecs` asks to look.
//! Sources: the API reference of AWS Cloud Map, read 2026-11-21; `ecs.md` 6.9.

mod instances;
mod namespaces;
mod operations;
mod records;
mod services;
mod state;
mod tags;
mod tasks;
pub mod zones;

pub use records::Record;
pub use state::{Instance, Namespace, Service, ServiceDiscovery, arn_of};

use crate::aws::arn::Account;
use crate::aws::page::page;
use crate::aws::{ApiError, object};
use crate::event::{Cx, Event, FactKind, HexId};
use crate::rooms::Rooms;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A call that changes something.
pub fn call(room: &mut ServiceDiscovery, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "CreateHttpNamespace" | "CreatePrivateDnsNamespace" => namespaces::create(room, cx, input),
        "DeleteNamespace" => namespaces::delete(room, cx, input),
        "CreateService" => services::create(room, cx, input),
        "DeleteService" => services::delete(room, cx, input),
        "RegisterInstance" => instances::register(room, cx, input),
        "DeregisterInstance" => instances::deregister(room, cx, input),
        "UpdateInstanceCustomHealthStatus" => instances::set_health(room, cx, input),
        "TagResource" | "UntagResource" => tags::change(room, cx, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A call that only looks.
pub fn read(room: &ServiceDiscovery, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetNamespace" => namespaces::get(room, account, input),
        "ListNamespaces" => namespaces::list(room, account, input),
        "GetService" => services::get(room, account, input),
        "ListServices" => services::list(room, account, input),
        "GetInstance" => instances::get(room, input),
        "ListInstances" => instances::list(room, input),
        "GetInstancesHealthStatus" => instances::health(room, input),
        "DiscoverInstances" => instances::discover(room, input),
        "GetOperation" => operations::get(room, input),
        "ListOperations" => operations::list(room, input),
        "ListTagsForResource" => tags::list(room, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(room: &mut ServiceDiscovery, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::NamespaceWanted(cluster) => tasks::namespace_wanted(room, rooms, cx, cluster),
        Event::DiscoveryService(key) => tasks::service_changed(room, rooms, cx, key),
        Event::DiscoveryTask(key) => tasks::task_changed(room, rooms, cx, key),
        _ => {}
    }
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

/// A refusal in words of the lab.
fn ours(code: &'static str, message: &str, path: &'static str) -> ApiError {
    ApiError::new(code, message).at(path).in_our_words()
}

/// The CreatorRequestId of a request: where it has none, one as the SDKs and the command line make up for each call.
fn token(cx: &mut Cx<'_>, input: &Value) -> String {
    match text(input, "CreatorRequestId") {
        "" => HexId::new(cx.draw_wide("creator-request")).uuid(),
        given => given.to_string(),
    }
}

/// Records what became of something.
fn tell(cx: &mut Cx<'_>, subject: &str, change: &str) {
    cx.emit(FactKind::Discovery { subject: subject.into(), change: change.into() });
}

/// One page of a list.
fn paged(items: Vec<Value>, input: &Value, member: &str) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "NextToken" && name != "MaxResults");
    }
    let scope = alloc::format!("{member}{filters}");
    let (items, next) = page(&scope, items, input["NextToken"].as_str(), input["MaxResults"].as_i64(), 100)
        .map_err(|_| ours("InvalidInput", "The token is not valid.", "NextToken"))?;
    let mut members = alloc::vec![(member, Value::from(items))];
    members.extend(next.map(|next| ("NextToken", Value::from(next))));
    Ok(object::of(members))
}

/// Whether something passes all `Filters` of a List call, by what it has under a filter's name.
fn passes(input: &Value, of: &dyn Fn(&str) -> String) -> bool {
    input["Filters"].as_array().into_iter().flatten().all(|filter| {
        let own = of(text(filter, "Name"));
        let mut values = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str);
        match text(filter, "Condition") {
            "BEGINS_WITH" => values.any(|value| own.starts_with(value)),
            _ => values.any(|value| own == value),
        }
    })
}
