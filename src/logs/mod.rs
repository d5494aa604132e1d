//! Amazon CloudWatch Logs: log groups and streams, as a learner meets them behind the driver `awslogs` (3.9).
//!
//! ```text
//! CreateLogGroup, awslogs-create-group ─► group ─► stream: by CreateLogStream, or of a container that logs into it
//! DeleteLogGroup ─► nothing; what logs on into it is lost
//! a log router with the right to ─► group and stream: [`router`]
//! ```
//!
//! What containers write is computed from their tasks ([`crate::ecs::logs`]) and only kept here once ECS forgets the
//! task. Sources: CloudWatch Logs API reference (API_CreateLogGroup, API_GetLogEvents, API_FilterLogEvents,
//! API_PutLogEvents, API_PutRetentionPolicy), read 2026-11-21.

mod events;
mod groups;
mod pattern;
mod router;
mod streams;

/// With which exit code a log router ends as soon as it starts.
pub use router::exit_code;

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::event::{Cx, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::order::sort_by_key;
use crate::sim::sorted::{Map, Set};
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A day in milliseconds, in which events are timed.
const DAY: i64 = 86_400_000;

/// All log groups.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    groups: Map<String, Rc<Group>>,
    routers: router::Routers,
}

/// One log group.
#[derive(Clone, Debug)]
struct Group {
    created: SimTime,
    class: String,
    /// The key of KMS that encrypts it.
    key: Option<String>,
    retention: Option<i64>,
    protected: bool,
    streams: Map<String, Stream>,
}

/// One log stream, as far as it is kept.
#[derive(Clone, Debug)]
struct Stream {
    created: SimTime,
    /// By their own moment; those of one moment as they were written.
    events: Vec<Entry>,
}

impl Stream {
    /// Takes more events in.
    fn take(&mut self, more: impl IntoIterator<Item = Entry>) {
        self.events.extend(more);
        sort_by_key(&mut self.events, |event| event.at);
    }
}

/// One event of a stream.
#[derive(Clone, Debug)]
struct Entry {
    /// Its own moment, milliseconds since the epoch.
    at: i64,
    /// When it came, likewise.
    came: i64,
    message: String,
}

impl Logs {
    /// Whether there is no group and nobody sends to one.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.routers.is_empty()
    }

    /// Whether a log router waits for permissions or groups.
    pub fn awaits(&self) -> bool {
        self.routers.awaits()
    }

    /// The names of all groups.
    pub fn names(&self) -> Set<String> {
        self.groups.keys().cloned().collect()
    }

    fn group(&mut self, name: &str) -> Result<&mut Group, ApiError> {
        self.groups.get_mut(name).map(Rc::make_mut).ok_or_else(no_group)
    }

    /// Makes a group; what logs into it must know.
    fn create(&mut self, cx: &mut Cx<'_>, name: &str, group: Group) {
        self.groups.insert(name.to_string(), Rc::new(group));
        tell(cx, name, "created");
        cx.schedule(SimDuration::ZERO, Event::LogGroupsChanged);
    }
}

/// What a call that only looks may see.
struct Scene<'a> {
    logs: &'a Logs,
    rooms: &'a Rooms,
    account: &'a Account,
    now: SimTime,
}

/// A call that changes something.
#[inline(never)]
pub fn call(
    logs: &mut Logs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "CreateLogGroup" => groups::create(logs, cx, input),
        "DeleteLogGroup" => groups::delete(logs, cx, input),
        "PutRetentionPolicy" => groups::retain(logs, cx, input),
        "DeleteRetentionPolicy" => groups::retain_for_ever(logs, cx, input),
        "CreateLogStream" => streams::create(logs, rooms, cx, input),
        "PutLogEvents" => events::put(logs, rooms, cx, input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// A call that only looks.
#[inline(never)]
pub fn read(rooms: &Rooms, account: &Account, now: SimTime, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let scene = Scene { logs: &rooms.logs, rooms, account, now };
    match operation {
        "DescribeLogGroups" => groups::describe(&scene, input),
        "DescribeLogStreams" => streams::describe(&scene, input),
        "GetLogEvents" => events::get(&scene, input),
        "FilterLogEvents" => events::filter(&scene, input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// Handles the events that name this room, and keeps the streams of a task before ECS forgets it.
#[inline(never)]
pub fn on_event(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>, event: &Event) {
    match event {
        Event::LogGroupWanted(key) => {
            let Some(task) = rooms.ecs.task(*key) else { return };
            let wanted = task.definition.registration.core.containers.iter().filter_map(|own| own.log_group.as_ref());
            for (name, _) in wanted.filter(|(_, create)| *create) {
                if !logs.groups.contains_key(name) {
                    logs.create(cx, name, groups::fresh(cx.now()));
                }
            }
        }
        Event::OutputRouted(key) => router::begun(logs, rooms, cx, *key),
        Event::LogGroupsChanged | Event::PermissionsChanged | Event::NetworkChanged => router::again(logs, rooms, cx),
        Event::TaskForgotten(key) => {
            if let Some(task) = rooms.ecs.task(*key) {
                streams::keep(logs, (rooms, &cx.options().account), task, cx.now());
            }
            router::forgotten(logs, rooms, *key);
        }
        _ => {}
    }
}

fn no_group() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn tell(cx: &mut Cx<'_>, name: &str, what: &str) {
    cx.emit(FactKind::Logs { group: name.to_string(), what: what.to_string() });
}

/// The text of a member; empty where it is not given.
fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}
