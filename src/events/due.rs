//! What fires: the schedules that have come, and the calls that their targets ask for.

use super::targets::run_task;
use super::{Events, assumable, text};
use crate::aws::ApiError;
use crate::event::{Cx, FactKind};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A target is invoked: RunTask, as whom.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The rule's name.
    pub rule: String,
    /// The input of RunTask.
    pub input: Value,
    /// The session of the target's role; none for a role that is taken on trust.
    pub caller: Option<Rc<str>>,
    /// Why the role cannot be assumed any more.
    pub refused: Option<ApiError>,
}

/// Fires the rules whose schedule has come, and plans for the next: their names, and what their targets ask for.
pub fn due(room: &mut Events, rooms: &Rooms, cx: &mut Cx<'_>) -> (Vec<String>, Vec<Invocation>) {
    let now = cx.now();
    let (mut fired, mut asked) = (Vec::new(), Vec::new());
    // What was planned for later came earlier, and this was planned anew.
    if room.due != Some(now) {
        return (fired, asked);
    }
    room.due = None;
    for (name, own) in room.rules.iter_mut().filter(|(_, own)| own.next == Some(now)) {
        let own = Rc::make_mut(own);
        own.next = own.after(now);
        fired.push(name.clone());
        asked.extend(own.targets.iter().map(|target| invocation(rooms, cx, name, target)));
    }
    for rule in &fired {
        cx.emit(FactKind::Rule { rule: rule.clone(), what: "fires".into() });
    }
    room.plan(cx);
    (fired, asked)
}

fn invocation(rooms: &Rooms, cx: &Cx<'_>, rule: &str, target: &Value) -> Invocation {
    let (account, role) = (&cx.options().account, text(target, "RoleArn"));
    let refused = assumable(rooms, account, rule, role).err();
    let session = format!("EventsRule-{}", cx.now().as_millis() / 1000);
    let caller = rooms.iam.session_of(account, role, &session).map(Rc::from);
    Invocation { rule: rule.to_string(), input: run_task(rule, target), caller, refused }
}

/// An invocation came to nothing for good: RunTask refused it. What `failures[]` of its answer say does not count (8.4).
pub fn failed(cx: &mut Cx<'_>, rule: &str, why: &ApiError) {
    let what = format!("could not invoke its target: {}: {}", why.code, why.message);
    cx.emit(FactKind::Rule { rule: rule.to_string(), what });
}
