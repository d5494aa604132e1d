//! Log routers (LG-01): what containers send to Fluent Bit or Fluentd, beside them as FireLens or on their host, and what of
//! it arrives here.
//!
//! ```text
//! a container starts, or a router ─► the router's configuration ─► a way ─► each place that its lines lead to: may it?
//! CreateLogStream ─► what is written from then on arrives; a refusal ─► the router says so, and tries again when permissions or
//! groups change
//! ```
//!
//! As with `awslogs` the events themselves follow from the tasks, so only ways are kept. Streams are made when the container
//! starts, of what writes within a day. Sources: the developer guide (using_firelens), see also [`source`] and [`output`].

mod conf;
mod failure;
mod output;
mod record;
mod sender;
mod source;
mod voice;
mod writer;

use super::{Group, Logs};
use crate::aws::arn::Account;
use crate::ecs::logs::LogStream;
use crate::ecs::taskdef::Forward;
use crate::ecs::{Ecs, Task, forward, logs};
use crate::event::{Cx, TaskKey};
use crate::rooms::Rooms;
use crate::s3::S3;
use crate::sim::sorted::{Map, Set};
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use conf::Section;
use output::{Place, Runs};
use record::Patterns;
use source::Scene;
use voice::Voice;
use writer::Writer;

/// What routers lead where, by task.
#[derive(Clone, Debug, Default)]
pub struct Routers {
    tasks: Map<TaskKey, Rc<Routed>>,
    /// Tasks of which something does not arrive.
    unsent: Set<TaskKey>,
}

/// What is known of one task.
#[derive(Clone, Debug, Default)]
struct Routed {
    /// Where its containers' output goes.
    ways: Vec<Way>,
    /// What its router says about its outputs.
    said: Vec<(SimTime, String)>,
    /// Whether its router ended as soon as it started.
    fails: bool,
}

/// The way of one container's output through one router.
#[derive(Clone, Debug)]
struct Way {
    /// The container's place in its definition.
    container: usize,
    /// The router's task, and its place there.
    router: (TaskKey, usize),
    sections: Rc<[Section]>,
    /// What was written before does not come this way.
    since: SimTime,
    /// When the router was over, once it is forgotten.
    until: Option<SimTime>,
    /// Where it leads to.
    open: Vec<Open>,
    /// Where it could not go, the last time.
    shut: Vec<(usize, Place)>,
}

/// A place that an output may write to.
#[derive(Clone, Debug)]
struct Open {
    /// The output's place among the sections.
    output: usize,
    place: Place,
    /// Since when it writes there.
    since: SimTime,
    /// When the stream was made or found.
    made: SimTime,
}

/// As many lines of a router about its outputs are kept, the newest.
const MOST_SAID: usize = 1000;

/// To as many places as a way leads.
const MOST_PLACES: usize = 50;

impl Routers {
    /// Whether no output is routed.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.unsent.is_empty()
    }

    /// Whether something waits for permissions or groups.
    pub fn awaits(&self) -> bool {
        !self.unsent.is_empty()
    }

    fn of(&mut self, key: TaskKey) -> &mut Routed {
        Rc::make_mut(self.tasks.or_insert_with(key, Rc::default))
    }

    fn say(&mut self, router: TaskKey, at: SimTime, lines: Vec<String>) {
        let said = &mut self.of(router).said;
        said.extend(lines.into_iter().map(|line| (at, line)));
        let over = said.len().saturating_sub(MOST_SAID);
        said.drain(..over);
    }

    /// The groups that a task's output leads to.
    pub fn groups_of(&self, task: TaskKey) -> Vec<String> {
        let ways = self.tasks.get(&task).map(|own| own.ways.as_slice()).unwrap_or_default();
        ways.iter().flat_map(|way| &way.open).map(|own| own.place.group.clone()).collect()
    }

    /// Whether the router of a task ended as soon as it started.
    pub fn fails(&self, task: TaskKey) -> bool {
        self.tasks.get(&task).is_some_and(|own| own.fails)
    }

    /// What the router of a task says about its outputs, up to a moment.
    pub fn said(&self, task: TaskKey, now: SimTime) -> impl Iterator<Item = &(SimTime, String)> {
        let own = self.tasks.get(&task).map(|own| own.said.as_slice()).unwrap_or_default();
        own.iter().filter(move |(at, _)| *at <= now)
    }
}

/// A container or a router of a task is there.
pub fn begun(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = rooms.ecs.task(key) else { return };
    start(logs, rooms, cx, task);
    send(logs, rooms, cx, key);
    let routes = task.definition.registration.core.containers.iter().any(|own| own.routes);
    let Some(host) = task.host().filter(|_| routes && forward::firelens(task).is_none()) else { return };
    let on_host = |other: &&Task| other.host() == Some(host) && other.wanted() && other.key != key;
    let is_sender = |other: &&Task| {
        let mut all = other.definition.registration.core.containers.iter();
        all.any(|own| matches!(own.forward, Some(Forward::Socket { .. })))
    };
    let others: Vec<TaskKey> =
        rooms.ecs.tasks(key.cluster).filter(on_host).filter(is_sender).map(|own| own.key).collect();
    others.into_iter().for_each(|other| send(logs, rooms, cx, other));
}

/// With which exit code the router at a place of a task's definition ends as soon as it starts; none where it runs.
pub fn exit_code(ecs: &Ecs, objects: &S3, account: &Account, task: &Task, index: usize) -> Option<u8> {
    let scene = Scene { ecs, objects, account, task, index };
    Some(failure::failure(&source::configuration(&scene), SimTime::default())?.code)
}

/// A router says why it does not start.
fn start(logs: &mut Logs, rooms: &Rooms, cx: &Cx<'_>, task: &Task) {
    let mut containers = task.definition.registration.core.containers.iter();
    let Some(index) = containers.position(|own| own.routes) else { return };
    let run = task.containers.as_deref().and_then(|runs| runs.get(index));
    // Another container of its task began.
    if run.and_then(|own| own.started) != Some(cx.now()) {
        return;
    }
    let scene = Scene { ecs: &rooms.ecs, objects: &rooms.s3, account: &cx.options().account, task, index };
    let failure = failure::failure(&source::configuration(&scene), cx.now());
    if failure.is_some() || logs.routers.fails(task.key) {
        logs.routers.of(task.key).fails = failure.is_some();
    }
    if let Some(failure) = failure.filter(|_| !logs.routers.said(task.key, cx.now()).any(|(at, _)| *at == cx.now())) {
        logs.routers.say(task.key, cx.now(), failure.lines);
    }
}

/// Permissions, groups or the network changed: what did not arrive is tried again.
pub fn again(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>) {
    let unsent: Vec<TaskKey> = logs.routers.unsent.iter().copied().collect();
    unsent.into_iter().for_each(|key| send(logs, rooms, cx, key));
}

/// ECS forgets a task.
pub fn forgotten(logs: &mut Logs, rooms: &Rooms, key: TaskKey) {
    let routers = &mut logs.routers;
    routers.tasks.remove(&key);
    routers.unsent.remove(&key);
    let Some(task) = rooms.ecs.task(key) else { return };
    let mut containers = task.definition.registration.core.containers.iter();
    if containers.any(|own| own.routes) && forward::firelens(task).is_none() {
        let over = task.stop.as_ref().and_then(|stop| stop.execution_stopped);
        for (_, routed) in routers.tasks.iter_mut().filter(|(_, own)| own.ways.iter().any(|way| way.router.0 == key)) {
            let ways = &mut Rc::make_mut(routed).ways;
            ways.iter_mut().filter(|way| way.router.0 == key).for_each(|way| way.until = over);
        }
    }
}

/// Finds the ways of a task's output and opens the places that they lead to.
fn send(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = rooms.ecs.task(key).filter(|task| task.wanted()) else { return };
    logs.routers.unsent.remove(&key);
    let mut all_arrives = true;
    for (index, own) in task.definition.registration.core.containers.iter().enumerate() {
        let Some(forward) = &own.forward else { continue };
        let until = cx.now() + SimDuration::from_millis(super::DAY);
        let region = &cx.options().account.region;
        let Some(written) = logs::output(region, task, index, until) else { continue };
        let Some(router) = forward::router(&rooms.ecs, task, forward) else { continue };
        let number = way(logs, rooms, cx, (task, index, written.since), router, forward);
        all_arrives &= open(logs, rooms, cx, (task, number), &written.lines);
    }
    if !all_arrives {
        logs.routers.unsent.insert(key);
    }
}

/// The number of a container's way through a router.
fn way(
    logs: &mut Logs,
    rooms: &Rooms,
    cx: &Cx<'_>,
    (task, container, started): (&Task, usize, SimTime),
    (router, index): forward::Router<'_>,
    forward: &Forward,
) -> usize {
    let ways = &mut logs.routers.of(task.key).ways;
    let router_key = (router.key, index);
    if let Some(found) = ways.iter().position(|way| way.container == container && way.router == router_key) {
        return found;
    }
    let account = &cx.options().account;
    let scene = Scene { ecs: &rooms.ecs, objects: &rooms.s3, account, task: router, index };
    let conf = source::configuration(&scene);
    let fails = failure::failure(&conf, cx.now()).is_some();
    let mut sections = conf.sections;
    // Without this input nobody listens.
    if fails || !sections.iter().any(|own| own.kind == "INPUT" && own.plugin() == "forward") {
        sections.clear();
    }
    // Docker keeps what it could not send yet.
    let waits = !matches!(forward, Forward::Socket { waits: false, .. });
    let is_first = !ways.iter().any(|way| way.container == container);
    let since = if waits && is_first { started } else { cx.now() };
    ways.push(Way {
        container,
        router: router_key,
        sections: sections.into(),
        since,
        until: None,
        open: Vec::new(),
        shut: Vec::new(),
    });
    ways.len() - 1
}

/// Opens the places that lines lead to; whether it could.
fn open(
    logs: &mut Logs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    (task, number): (&Task, usize),
    lines: &[(SimTime, String)],
) -> bool {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let Some(way) = logs.routers.of(task.key).ways.get(number).cloned() else { return true };
    let Some(router) = rooms.ecs.task(way.router.0) else { return true };
    let (runs, mut all_arrives) = ((runs(rooms, &account, router), Patterns::default()), true);
    let mut places: Vec<(usize, Place)> = Vec::new();
    for (at, line) in lines {
        for (output, place, _) in way.lead(rooms, &account, task, line, &runs) {
            let is_open = way.open.iter().any(|own| own.output == output && own.place == place);
            let own = (output, place);
            // What was refused is lost.
            let is_full = way.open.len() + places.len() >= MOST_PLACES;
            if !(is_open || is_full || places.contains(&own) || *at < now && way.shut.contains(&own)) {
                places.push(own);
            }
        }
    }
    for own in places {
        let (output, place) = &own;
        let Some(section) = way.sections.get(*output) else { continue };
        let mut voice = Voice::new(&way.sections, *output, now);
        let may = Writer { rooms, account: &account, router }.make(logs, cx, section, place, &mut voice);
        let tried = way.shut.contains(&own);
        if may || !tried {
            logs.routers.say(router.key, now, voice.lines);
        }
        all_arrives &= may;
        let Some(way) = logs.routers.of(task.key).ways.get_mut(number) else { continue };
        if may {
            way.shut.retain(|other| *other != own);
            let since = if tried { now } else { way.since };
            way.open.push(Open { output: own.0, place: own.1, since, made: now });
        } else if !tried {
            way.shut.push(own);
        }
    }
    all_arrives
}

/// What the plugin of a router knows of its task.
fn runs(rooms: &Rooms, account: &Account, router: &Task) -> Runs {
    Runs {
        task: router.key.id.to_string(),
        arn: source::arn(&rooms.ecs, account, router),
        cluster: source::cluster(&rooms.ecs, router),
    }
}

impl Way {
    /// Where a line goes: the output, the place, and the event that it becomes.
    fn lead(
        &self,
        rooms: &Rooms,
        account: &Account,
        task: &Task,
        line: &str,
        (runs, patterns): &(Runs, Patterns),
    ) -> Vec<(usize, Place, String)> {
        let Some(record) = sender::record(rooms, account, (task, self.container), line, &self.sections) else {
            return Vec::new();
        };
        let each = record::flow(&self.sections, patterns, record).into_iter().filter_map(|(output, record)| {
            let section = self.sections.get(output)?;
            let plugin = output::plugin(section)?;
            let place = output::place(section, plugin, &record, runs)?;
            Some((output, place, output::message(section, plugin, &record)?))
        });
        each.collect()
    }
}

/// The streams of a group that a task's output became events of.
pub fn arrived(
    routers: &Routers,
    (rooms, account): (&Rooms, &Account),
    (name, group): (&str, &Group),
    task: &Task,
    now: SimTime,
) -> Vec<LogStream> {
    let mut all: Vec<LogStream> = Vec::new();
    let Some(routed) = routers.tasks.get(&task.key) else { return all };
    let containers = &task.definition.registration.core.containers;
    for way in &routed.ways {
        let leads_here = |own: &&Open| own.place.group == name && own.made >= group.created;
        let open: Vec<&Open> = way.open.iter().filter(leads_here).collect();
        let Some(written) = logs::output(&account.region, task, way.container, now).filter(|_| !open.is_empty()) else {
            continue;
        };
        let (router_key, router) = (way.router.0, rooms.ecs.task(way.router.0));
        let over = router.and_then(|own| own.stop.as_ref()?.execution_stopped).filter(|_| router_key != task.key);
        let until = over.or(way.until).unwrap_or(now);
        let runs = (runs(rooms, account, router.unwrap_or(task)), Patterns::default());
        for (at, line) in written.lines.into_iter().filter(|(at, _)| *at <= until) {
            for (output, place, message) in way.lead(rooms, account, task, &line, &runs) {
                let fits = |own: &&&Open| own.output == output && own.place == place && own.since <= at;
                let Some(found) = open.iter().find(fits) else { continue };
                match all.iter_mut().find(|own| own.stream == place.stream) {
                    Some(own) => own.lines.push((at, message)),
                    None => all.push(LogStream {
                        container: containers.get(way.container).map(|own| own.name.clone()).unwrap_or_default(),
                        group: place.group,
                        stream: place.stream,
                        since: found.made,
                        lines: Vec::from([(at, message)]),
                    }),
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
