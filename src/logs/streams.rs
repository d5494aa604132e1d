//! Log streams: those that were made by a call, those of containers that log, and those that were kept.

use super::router::{self, Routers};
use super::{Entry, Group, Logs, Scene, Stream, groups, no_group, tell, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::ecs::{Task, logs};
use crate::event::Cx;
use crate::rooms::Rooms;
use crate::sim::SimTime;
use crate::sim::order::sort_by;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use serde_json::Value;

/// What CloudWatch Logs counts an event besides its message.
const OVERHEAD: usize = 26;

/// The streams of a group with all that is in them and not too old.
pub fn of(scene: &Scene<'_>, name: &str, group: &Group) -> Map<String, Stream> {
    let mut found = group.streams.clone();
    for cluster in scene.rooms.ecs.clusters() {
        for task in scene.rooms.ecs.tasks(cluster.id) {
            add(&mut found, &scene.logs.routers, (scene.rooms, scene.account), (name, group), task, scene.now);
        }
    }
    if let Some(days) = group.retention {
        let oldest = scene.now.as_millis() - days * super::DAY;
        for (_, stream) in found.iter_mut() {
            stream.events.retain(|event| event.at >= oldest);
        }
    }
    found
}

/// Adds what the containers of a task wrote to a group. Into a group that was not there when they began they write
/// nothing.
fn add(
    into: &mut Map<String, Stream>,
    routers: &Routers,
    world: (&Rooms, &Account),
    (name, group): (&str, &Group),
    task: &Task,
    now: SimTime,
) {
    let mut take = |stream: String, created: SimTime, lines: Vec<(SimTime, String)>| {
        let stream = into.or_insert_with(stream, || Stream { created, events: Vec::new() });
        let lines = lines.into_iter().map(|(at, message)| (at.as_millis(), message));
        stream.take(lines.map(|(at, message)| Entry { at, came: at, message }));
    };
    for own in logs::streams(&world.1.region, task, now)
        .into_iter()
        .filter(|own| own.group == name && own.since >= group.created)
    {
        let containers = &task.definition.registration.core.containers;
        let routes = containers.iter().find(|other| other.routes).is_some_and(|other| other.name == own.container);
        let said = routers.said(task.key, now).filter(|_| routes).cloned();
        // A router that does not start says no more than its name.
        let is_over = |text: &str| routes && routers.fails(task.key) && text.starts_with('[');
        let lines = own.lines.into_iter().filter(|(_, text)| !is_over(text));
        take(own.stream, own.since, lines.chain(said).collect());
    }
    for own in router::arrived(routers, world, (name, group), task, now) {
        take(own.stream, own.since, own.lines);
    }
}

/// Keeps what a task wrote.
pub fn keep(logs: &mut Logs, world: (&Rooms, &Account), task: &Task, now: SimTime) {
    let Logs { groups, routers } = logs;
    let mut named: Vec<String> = logs::streams(&world.1.region, task, now).into_iter().map(|own| own.group).collect();
    named.extend(routers.groups_of(task.key));
    sort_by(&mut named, Ord::cmp);
    named.dedup();
    for name in named {
        if let Some(group) = groups.get_mut(&name).map(Rc::make_mut) {
            let mut streams = core::mem::take(&mut group.streams);
            add(&mut streams, routers, world, (&name, group), task, now);
            group.streams = streams;
        }
    }
}

/// CreateLogStream. Errors: ResourceNotFoundException, ResourceAlreadyExistsException.
pub fn create(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, stream) = (text(input, "logGroupName"), text(input, "logStreamName"));
    let group = logs.groups.get(name).ok_or_else(no_group)?;
    let scene = Scene { logs, rooms, account: &cx.options().account, now: cx.now() };
    if of(&scene, name, group).contains_key(stream) {
        return Err(ApiError::new("ResourceAlreadyExistsException", "The specified log stream already exists"));
    }
    logs.group(name)?.streams.insert(stream.to_string(), Stream { created: cx.now(), events: Vec::new() });
    tell(cx, name, &format!("has the stream {stream}"));
    Ok(Value::Null)
}

/// DescribeLogStreams, by name or by their last event. Errors: ResourceNotFoundException; a prefix with an order by the
/// last event.
pub fn describe(scene: &Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, group) = groups::find(scene, input)?;
    let prefix = text(input, "logStreamNamePrefix");
    let by_time = input["orderBy"] == "LastEventTime";
    if by_time && !prefix.is_empty() {
        return Err(ApiError::invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let found = of(scene, name, group);
    let mut all: Vec<(&String, &Stream)> = found.iter().filter(|(own, _)| own.starts_with(prefix)).collect();
    let last = |stream: &Stream| stream.events.last().map(|event| event.at);
    if by_time {
        sort_by(&mut all, |a, b| last(a.1).cmp(&last(b.1)).then_with(|| a.0.cmp(b.0)));
    }
    if input["descending"] == true {
        all.reverse();
    }
    let arn = groups::arn(scene.account, name);
    let all: Vec<Value> = all.into_iter().map(|(own, stream)| view(&arn, own, stream)).collect();
    let scope = format!("DescribeLogStreams:{name}:{prefix}:{by_time}:{}", input["descending"]);
    let (all, next) = page(&scope, all, input["nextToken"].as_str(), input["limit"].as_i64(), 50)?;
    Ok(groups::with_token(vec![("logStreams", all.into())], next))
}

fn view(group: &str, name: &str, stream: &Stream) -> Value {
    let mut view = object!({
        "logStreamName": name,
        "creationTime": stream.created.as_millis(),
        "arn": format!("{group}:log-stream:{name}"),
        // AWS says 0 of every stream since 2019.
        "storedBytes": 0,
    });
    if let (Some(first), Some(last)) = (stream.events.first(), stream.events.last()) {
        view["firstEventTimestamp"] = first.at.into();
        view["lastEventTimestamp"] = last.at.into();
        view["lastIngestionTime"] = last.came.into();
        view["uploadSequenceToken"] = super::events::SEQUENCE.into();
    }
    view
}

/// What a stream takes up.
pub fn bytes(stream: &Stream) -> usize {
    stream.events.iter().map(|event| event.message.len() + OVERHEAD).sum()
}

/// The stream of that name. Errors: ResourceNotFoundException.
pub fn find(scene: &Scene<'_>, name: &str, group: &Group, stream: &str) -> Result<Stream, ApiError> {
    of(scene, name, group).remove(stream).ok_or_else(no_stream)
}

/// The stream of that name, to write: a container's becomes one of the group's own, empty, beside what it writes.
pub fn own<'a>(
    logs: &'a mut Logs,
    rooms: &Rooms,
    cx: &Cx<'_>,
    name: &str,
    stream: &str,
) -> Result<&'a mut Stream, ApiError> {
    let group = logs.groups.get(name).ok_or_else(no_group)?;
    let scene = Scene { logs, rooms, account: &cx.options().account, now: cx.now() };
    let created = of(&scene, name, group).get(stream).map(|stream| stream.created).ok_or_else(no_stream)?;
    let empty = || Stream { created, events: Vec::new() };
    Ok(logs.group(name)?.streams.or_insert_with(stream.to_string(), empty))
}

fn no_stream() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
}
