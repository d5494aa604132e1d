//! What the application in a container answers: 200 to every request, unless its command is none that serves or a fault
//! says otherwise (`lab fault --application`), later when more requests come than it can do (`lab load`). The lab's choice; it makes health checks of load balancers reproducible.

use super::containers::program;
use super::taskdef::Container;
use super::{Ecs, Task, TaskStatus};
use crate::aws::ApiError;
use crate::event::{Cx, FactKind, TaskKey};
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What an application does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answers with this code.
    Code(u16),
    /// It answers 200 after this long.
    After(SimDuration),
    /// It takes the connection and does not answer.
    Silent,
    /// Nothing listens.
    Refuses,
}

/// How the application of a family misbehaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misbehaviour {
    kind: Kind,
    /// The container; any when none is named.
    container: Option<String>,
    /// The path of requests; any when none is named.
    path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Answers(Answer),
    /// Nothing listens until the process has run this long.
    Boots(SimDuration),
    /// The process ends after this long with this exit code.
    Crashes(SimDuration, u8),
}

/// The families whose applications misbehave.
pub type Misbehaving = Map<String, Misbehaviour>;

fn of<'a>(ecs: &'a Ecs, task: &Task, container: &Container) -> Option<&'a Misbehaviour> {
    let own = ecs.faults.applications.get(&task.definition.registration.family)?;
    own.container.as_ref().is_none_or(|named| *named == container.name).then_some(own)
}

/// After how long the process of a container crashes, and with which exit code.
pub fn crash(ecs: &Ecs, task: &Task, container: &Container) -> Option<(SimDuration, u8)> {
    match of(ecs, task, container)?.kind {
        Kind::Crashes(span, code) => Some((span, code)),
        _ => None,
    }
}

/// What its application answers while a fault says so of every path.
pub fn habit(ecs: &Ecs, task: &Task, container: &Container) -> Option<Answer> {
    match of(ecs, task, container).filter(|own| own.path.is_none())?.kind {
        Kind::Answers(answer) => Some(answer),
        _ => None,
    }
}

/// Whether the container at that place of the definition listens, once it has started.
pub fn serves(task: &Task, place: usize) -> bool {
    let container = task.definition.registration.core.containers.get(place);
    container.is_some_and(|own| program(task, own).serves.is_some())
}

/// How long a request waits at a task before it is begun, for the load that it has.
fn delay(ecs: &Ecs, task: &Task) -> Option<SimDuration> {
    let members = &ecs.loads.roster(task.request.owner?.service)?.members;
    let place = members.binary_search_by(|own| own.task.cmp(&task.key.id)).ok()?;
    members.get(place).filter(|own| own.wait > 0).map(|own| SimDuration::from_secs(own.wait.into()))
}

/// What the running application of a container answers to a request for a path, and when that changes by itself. `started`
/// is when its process started.
pub fn answer(
    ecs: &Ecs,
    task: &Task,
    container: &Container,
    started: SimTime,
    path: &str,
    now: SimTime,
) -> (Answer, Option<SimTime>) {
    let Some(boots) = program(task, container).serves else { return (Answer::Refuses, None) };
    let own = of(ecs, task, container).filter(|own| own.path.as_ref().is_none_or(|own| own == path));
    let (boots, then) = match own.map(|own| own.kind) {
        Some(Kind::Boots(span)) => (span, Answer::Code(200)),
        Some(Kind::Answers(answer)) => (boots, answer),
        Some(Kind::Crashes(..)) | None => (boots, Answer::Code(200)),
    };
    let up = started + boots;
    if now < up {
        return (Answer::Refuses, Some(up));
    }
    let loaded = delay(ecs, task).filter(|_| then == Answer::Code(200));
    (loaded.map_or(then, Answer::After), None)
}

/// Makes the application of a family misbehave, or behave again. Running containers answer so from now on; a crash befalls
/// those that start from now on.
pub fn inject(ecs: &mut Ecs, cx: &mut Cx<'_>, fault: &Value) -> Result<(), ApiError> {
    let text = |member: &str| fault[member].as_str();
    let (family, outcome) = (text("family").unwrap_or_default(), text("outcome").unwrap_or_default());
    let number = |member: &str| fault[member].as_i64();
    let seconds = number("seconds").map(SimDuration::from_secs);
    let refused = |message: &str, member: &str| {
        Err(ApiError::invalid(message).at(format!("application.{member}")).in_our_words())
    };
    if seconds.is_some() != matches!(outcome, "SLOW" | "BOOTS" | "CRASHES") {
        return refused("SLOW, BOOTS and CRASHES have seconds, and no other outcome has.", "seconds");
    }
    if number("code").is_some() && outcome != "ERROR" {
        return refused("Only ERROR has a code.", "code");
    }
    if number("exitCode").is_some() && outcome != "CRASHES" {
        return refused("Only CRASHES has an exit code.", "exitCode");
    }
    if text("path").is_some() && !matches!(outcome, "ERROR" | "SILENT" | "SLOW") {
        return refused("Only ERROR, SILENT and SLOW can be about one path.", "path");
    }
    let span = seconds.unwrap_or_default();
    let code = number("code").and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
    let exit = number("exitCode").and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    let kind = match outcome {
        "ERROR" => Kind::Answers(Answer::Code(code)),
        "SILENT" => Kind::Answers(Answer::Silent),
        "SLOW" => Kind::Answers(Answer::After(span)),
        "REFUSES" => Kind::Answers(Answer::Refuses),
        "BOOTS" => Kind::Boots(span),
        "CRASHES" => Kind::Crashes(span, exit),
        _ => {
            if ecs.faults.applications.remove(family).is_some() {
                tell(ecs, cx, family, outcome);
            }
            return Ok(());
        }
    };
    let own =
        Misbehaviour { kind, container: text("container").map(String::from), path: text("path").map(String::from) };
    if ecs.faults.applications.insert(family.to_string(), own.clone()) != Some(own) {
        tell(ecs, cx, family, outcome);
    }
    Ok(())
}

/// Records the change; who probes the family's tasks looks again.
fn tell(ecs: &Ecs, cx: &mut Cx<'_>, family: &str, outcome: &str) {
    cx.emit(FactKind::Fault { subject: format!("application of {family}"), effect: format!("goes {outcome}") });
    let all = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
    let own = all.filter(|task| task.definition.registration.family == family && task.status == TaskStatus::Running);
    let keys: Vec<TaskKey> = own.map(|task| task.key).collect();
    for key in keys {
        super::watch::changed(&ecs.watch, cx, key);
    }
}
