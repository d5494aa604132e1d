//! Scaling activities: what was done and why, in AWS's words, and what was not done (1.14).

use super::names::DIMENSION;
use super::{ApplicationAutoScaling, Target, ask, target};
use crate::aws::object::object;
use crate::event::{Cx, FactKind, HexId};
use crate::rooms::Rooms;
use crate::scaling::decide::Held;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Activities that a target remembers at most; AWS keeps six weeks of them.
const MOST: usize = 1000;
/// How often an activity in progress is looked at.
const CHECKED: SimDuration = SimDuration::from_secs(20);
/// When a change counts as fulfilled though tasks are missing (1.6, our choice).
const FULFILLED_AFTER: SimDuration = SimDuration::from_secs(120);

/// One scaling activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// ActivityId.
    pub id: HexId,
    /// Description.
    pub description: String,
    /// Cause.
    pub cause: String,
    /// StatusCode.
    pub status: &'static str,
    /// StatusMessage.
    pub message: String,
    /// StartTime.
    pub started: SimTime,
    /// EndTime.
    pub ended: Option<SimTime>,
    /// Why nothing was scaled; none where something was.
    pub held: Option<Held>,
    /// The desired count that it sets.
    pub to: Option<u32>,
    /// Of a scheduled action MinCapacity and MaxCapacity before it and after it.
    pub ranges: Option<[(u32, u32); 2]>,
}

/// The activity in progress of a target.
#[derive(Clone, Debug)]
pub struct Progress {
    activity: HexId,
    began: SimTime,
    /// When it is looked at next.
    pub checked: SimTime,
    to: u32,
    /// What follows it.
    cooldown: SimDuration,
    /// Whether a policy scaled out, or in; none for what is no policy's.
    out: Option<bool>,
}

/// Code and capacity of a not-scaled reason; none for what AWS does not record.
pub fn reason(held: Held) -> Option<(&'static str, Option<(&'static str, u32)>)> {
    Some(match held {
        Held::Flapping => ("AutoScalingAnticipatedFlapping", None),
        Held::Deploying => ("TargetServicePutResourceAsUnscalable", None),
        Held::AtMaximum(max) | Held::AboveMaximum(max) => ("AlreadyAtMaxCapacity", Some(("MaxCapacity", max))),
        Held::AtMinimum(min) | Held::BelowMinimum(min) => ("AlreadyAtMinCapacity", Some(("MinCapacity", min))),
        Held::AtDesired(desired) => ("AlreadyAtDesiredCapacity", Some(("CurrentCapacity", desired))),
        _ => return None,
    })
}

fn add(target: &mut Target, activity: Activity) {
    let all = Rc::make_mut(&mut target.activities);
    if all.len() >= MOST {
        all.remove(0);
    }
    all.push(Rc::new(activity));
}

fn new(cx: &mut Cx<'_>, description: String, cause: String, status: &'static str) -> Activity {
    let id = HexId::new(cx.draw_wide("scaling-activity-id"));
    let (started, message) = (cx.now(), String::new());
    Activity { id, description, cause, status, message, started, ended: None, held: None, to: None, ranges: None }
}

/// Why a count is changed.
pub struct Why {
    /// In AWS's words.
    pub cause: String,
    /// In ours.
    pub told: String,
    /// How long nothing follows.
    pub cooldown: SimDuration,
    /// Whether a policy scaled out, or in; none for what is no policy's.
    pub out: Option<bool>,
}

/// Sets the desired count of a target's service.
pub fn begin(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, target: &Target, to: u32, why: Why) {
    let Why { cause, told, cooldown, out } = why;
    cx.emit(FactKind::Scaling { resource: target.resource.to_string(), what: told });
    let own = Activity { to: Some(to), ..new(cx, format!("Setting desired count to {to}."), cause, "Pending") };
    let (activity, began) = (own.id, cx.now());
    let Some(changed) = room.change(&target.resource) else { return };
    finish(changed, began, "Overridden");
    add(changed, own);
    changed.asked = Some(to);
    changed.progress = Some(Progress { activity, began, checked: began + CHECKED, to, cooldown, out });
    ask::set_desired(room, rooms, cx, target, activity, to);
}

/// Notes a scheduled action, which sets the range at once; or fails, with the reason.
pub fn note(
    target: &mut Target,
    cx: &mut Cx<'_>,
    (what, range): (&str, (u32, u32)),
    cause: String,
    failed: Option<&str>,
) {
    let before = (target.min, target.max);
    if failed.is_none() {
        (target.min, target.max) = range;
    }
    let status = if failed.is_some() { "Failed" } else { "Successful" };
    let mut own = new(cx, format!("Setting {what}"), cause, status);
    own.message = match failed {
        Some(why) => format!("Failed to set {what}. Reason: {why}"),
        None => format!("Successfully set {what}"),
    };
    (own.ended, own.ranges) = (Some(cx.now()), Some([before, (target.min, target.max)]));
    add(target, own);
}

/// Notes what an alarm could not move, once for each reason.
pub fn not_scaled(target: &mut Target, cx: &mut Cx<'_>, cause: String, held: Held) {
    let mut own = new(cx, String::from("Attempting to scale due to alarm triggered"), cause, "Failed");
    (own.held, own.ended) = (Some(held), Some(cx.now()));
    add(target, own);
}

fn change(target: &mut Target, id: HexId, work: impl FnOnce(&mut Activity)) {
    if let Some(own) = Rc::make_mut(&mut target.activities).iter_mut().rfind(|own| own.id == id) {
        work(Rc::make_mut(own));
    }
}

/// UpdateService was answered.
pub fn answered(target: &mut Target, now: SimTime, id: HexId, refusal: Option<String>) {
    let Some(progress) = target.progress.clone().filter(|own| own.activity == id) else { return };
    target.asked = None;
    let to = progress.to;
    let Some(why) = refusal else {
        let message = format!("Successfully set desired count to {to}. Waiting for change to be fulfilled by ecs.");
        return change(target, id, |own| (own.status, own.message) = ("InProgress", message));
    };
    target.progress = None;
    match progress.out {
        Some(true) => target.last_out = None,
        Some(false) => target.last_in = None,
        None => {}
    }
    change(target, id, |own| {
        (own.status, own.ended) = ("Failed", Some(now));
        own.message = format!("Failed to set desired count to {to}. Reason: {why}");
    });
}

/// The activity in progress is over; its cooldown begins.
fn finish(target: &mut Target, now: SimTime, status: &'static str) {
    let Some(progress) = target.progress.take() else { return };
    let past = match progress.out {
        Some(true) => &mut target.last_out,
        _ => &mut target.last_in,
    };
    if let (Some(past), true) = (past, progress.out.is_some()) {
        past.until = Some(now + progress.cooldown);
    }
    let how = match status {
        "Successful" => "Change successfully fulfilled by ecs.",
        "Overridden" => "Change overridden by a newer scaling activity.",
        _ => "Change could not be fulfilled by ecs.",
    };
    change(target, progress.activity, |own| {
        (own.status, own.ended) = (status, Some(now));
        own.message = format!("Successfully set desired count to {}. {how}", progress.to);
    });
}

/// Looks whether the activity in progress is fulfilled: as many tasks run as are desired, or it has taken two minutes.
pub fn check(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, resource: &str) {
    let now = cx.now();
    let Some(own) = room.change(resource) else { return };
    let Some(progress) = own.progress.as_mut().filter(|progress| progress.checked <= now) else { return };
    progress.checked = now + CHECKED;
    let old = now - progress.began >= FULFILLED_AFTER;
    match own.service(rooms) {
        None => finish(own, now, "Unfulfilled"),
        Some(service) if old || target::counts(rooms, service).running == service.desired => {
            finish(own, now, "Successful")
        }
        Some(_) => {}
    }
}

/// As DescribeScalingActivities shows it.
pub fn description(target: &Target, own: &Activity) -> Value {
    let mut value = object!({
        "ActivityId": own.id.uuid(),
        "ServiceNamespace": "ecs",
        "ResourceId": &*target.resource,
        "ScalableDimension": DIMENSION,
        "Description": own.description.as_str(),
        "Cause": own.cause.as_str(),
        "StartTime": own.started.as_epoch_seconds(),
        "StatusCode": own.status,
    });
    if let Some(ended) = own.ended {
        value["EndTime"] = Value::from(ended.as_epoch_seconds());
    }
    if !own.message.is_empty() {
        value["StatusMessage"] = Value::from(own.message.as_str());
    }
    if let Some((code, capacity)) = own.held.and_then(reason) {
        let mut told = object!({ "Code": code });
        if let Some((member, capacity)) = capacity {
            told[member] = Value::from(capacity);
        }
        value["NotScaledReasons"] = Value::from(Vec::from([told]));
    }
    value
}
