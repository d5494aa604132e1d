//! Scheduled actions: they set the range of a target at a time (1.11).

use super::names::{self, DIMENSION, refuse, registered, text};
use super::{ApplicationAutoScaling, Target, activity, target};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::wire::time;
use crate::event::{Cx, FactKind, HexId};
use crate::rooms::Rooms;
use crate::scaling::schedule::{Schedule, Zone, zone};
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Scheduled actions of a target at most.
const MOST: usize = 200;

/// A scheduled action.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// ScheduledActionName.
    pub name: Rc<str>,
    /// ScheduledActionARN.
    arn: Rc<str>,
    /// Schedule and Timezone as they came.
    pub text: Rc<str>,
    timezone: Option<Rc<str>>,
    schedule: Rc<Schedule>,
    zone: &'static Zone,
    /// StartTime and EndTime.
    pub span: [Option<SimTime>; 2],
    /// MinCapacity and MaxCapacity of ScalableTargetAction.
    pub bounds: [Option<u32>; 2],
    created: SimTime,
    /// When it runs next; none when it does not run again.
    pub next: Option<SimTime>,
}

impl Scheduled {
    /// The first run after a moment. What recurs runs at StartTime too.
    fn next(&self, after: SimTime) -> Option<SimTime> {
        let [start, end] = self.span;
        let next = match start.filter(|_| !matches!(*self.schedule, Schedule::At(_))) {
            Some(start) if start > after => Some(start),
            _ => self.schedule.next(after, self.zone, start.unwrap_or(self.created)),
        };
        next.filter(|at| end.is_none_or(|end| *at <= end))
    }

    /// As DescribeScheduledActions shows it.
    pub(super) fn description(&self, target: &Target) -> Value {
        let mut own = object!({
            "ScheduledActionName": &*self.name,
            "ScheduledActionARN": &*self.arn,
            "ServiceNamespace": "ecs",
            "Schedule": &*self.text,
            "ResourceId": &*target.resource,
            "ScalableDimension": DIMENSION,
            "ScalableTargetAction": object!({}),
            "CreationTime": self.created.as_epoch_seconds(),
        });
        if let Some(zone) = &self.timezone {
            own["Timezone"] = Value::from(&**zone);
        }
        for (member, at) in ["StartTime", "EndTime"].into_iter().zip(self.span) {
            if let Some(at) = at {
                own[member] = Value::from(at.as_epoch_seconds());
            }
        }
        for (member, bound) in ["MinCapacity", "MaxCapacity"].into_iter().zip(self.bounds) {
            if let Some(bound) = bound {
                own["ScalableTargetAction"][member] = Value::from(bound);
            }
        }
        own
    }
}

pub fn put(room: &mut ApplicationAutoScaling, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let target = registered(room, input)?;
    let (name, now) = (input["ScheduledActionName"].as_str().unwrap_or_default(), cx.now());
    let ends = name.starts_with(' ') || name.ends_with(' ');
    if ends || name.contains([':', '/', '|']) || name.contains(char::is_control) {
        let message = "A scheduled action's name has no colon, slash, vertical bar or control character, and no space at its ends.";
        return Err(refuse(message, "ScheduledActionName"));
    }
    let known = target.actions.iter().find(|own| &*own.name == name);
    let given = input["Schedule"].as_str().or(known.map(|own| &*own.text));
    let given = given.ok_or_else(|| refuse("Schedule is required for a new scheduled action.", "Schedule"))?;
    let schedule = Schedule::parse(given).map_err(|fault| refuse(fault, "Schedule"))?;
    let rate = matches!(schedule, Schedule::Rate(_));
    // A rate has no time zone: that of the schedule which it replaces goes with that.
    let before = known.filter(|_| !rate).and_then(|own| own.timezone.as_deref());
    let timezone = input["Timezone"].as_str().or(before);
    if timezone.is_some() && rate {
        return Err(refuse("A time zone goes with at() and cron(), not with rate().", "Timezone"));
    }
    let named = timezone.unwrap_or("UTC");
    let zone = zone(named).ok_or_else(|| ApiError::not_simulated(&format!("the time zone {named}")).at("Timezone"))?;
    let moment = |member: &str, place: usize| match &input[member] {
        Value::Null => known.and_then(|own| own.span.get(place).copied().flatten()),
        given => time(given),
    };
    let span = [moment("StartTime", 0), moment("EndTime", 1)];
    if !input["StartTime"].is_null() && span[0].is_some_and(|start| start < now) {
        return Err(refuse("StartTime lies in the past.", "StartTime"));
    }
    if span[1].is_some_and(|end| end <= now) {
        return Err(refuse("EndTime lies in the past.", "EndTime"));
    }
    if span[0].zip(span[1]).is_some_and(|(start, end)| start >= end) {
        return Err(refuse("StartTime must lie before EndTime.", "EndTime"));
    }
    let bounds = match (&input["ScalableTargetAction"], known) {
        (Value::Null, Some(own)) => own.bounds,
        (given, _) => bounds(given)?,
    };
    if known.is_none() && target.actions.len() >= MOST {
        return Err(names::over(format!("A scalable target can have at most {MOST} scheduled actions.")));
    }
    let arn = match known {
        Some(own) => Rc::clone(&own.arn),
        None => {
            let id = HexId::new(cx.draw_wide("scheduled-action-id")).uuid();
            let account = &cx.options().account;
            let (Account { region, id: owner }, resource) = (account, &target.resource);
            Rc::from(format!(
                "arn:{}:autoscaling:{region}:{owner}:scheduledAction:{id}:resource/ecs/{resource}:scheduledActionName/{name}",
                account.partition()
            ))
        }
    };
    let own = Scheduled {
        name: Rc::from(name),
        arn,
        text: Rc::from(given),
        timezone: timezone.map(Rc::from),
        schedule: Rc::new(schedule),
        zone,
        span,
        bounds,
        created: known.map_or(now, |own| own.created),
        next: None,
    };
    let next = own.next(now);
    if next.is_none() {
        let message = match *own.schedule {
            Schedule::At(local) if zone.to_utc(local).is_none() => {
                "The time of the scheduled action does not come in its time zone: summer time leaves it out."
            }
            Schedule::At(_) if own.schedule.next(now, zone, now).is_some() => {
                "The time of the scheduled action lies after EndTime."
            }
            Schedule::At(_) => "The time of the scheduled action lies in the past.",
            _ => "The scheduled action would never run.",
        };
        return Err(refuse(message, "Schedule"));
    }
    let resource = Rc::clone(&target.resource);
    cx.emit(FactKind::Scaling { resource: resource.to_string(), what: format!("has the scheduled action {name}") });
    let Some(changed) = room.change(&resource) else { return Ok(Value::Null) };
    let own = Scheduled { next, ..own };
    match changed.actions.iter_mut().find(|before| before.name == own.name) {
        Some(before) => *before = own,
        None => changed.actions.push(own),
    }
    Ok(Value::Null)
}

fn bounds(given: &Value) -> Result<[Option<u32>; 2], ApiError> {
    let bound = |member: &str| match given[member].as_i64() {
        None => Ok(None),
        Some(own) => {
            let negative = || refuse(format!("{member} must not be negative."), "ScalableTargetAction");
            u32::try_from(own).map(Some).map_err(|_| negative())
        }
    };
    let own = [bound("MinCapacity")?, bound("MaxCapacity")?];
    match own {
        [None, None] => {
            Err(refuse("A scheduled action sets MinCapacity, MaxCapacity or both.", "ScalableTargetAction"))
        }
        [Some(min), Some(max)] if max < min => {
            Err(refuse("Maximum capacity cannot be less than minimum capacity", "ScalableTargetAction"))
        }
        own => Ok(own),
    }
}

pub fn delete(room: &mut ApplicationAutoScaling, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (resource, ..) = names::resource(input)?;
    let name = text(&input["ScheduledActionName"]);
    let known = room.target(resource).is_some_and(|own| own.actions.iter().any(|own| *own.name == *name));
    if !known {
        return Err(names::missing("scheduled action", resource));
    }
    if let Some(changed) = room.change(resource) {
        changed.actions.retain(|own| *own.name != *name);
    }
    let what = format!("has no scheduled action {name} any more");
    cx.emit(FactKind::Scaling { resource: resource.to_string(), what });
    Ok(Value::Null)
}

/// Runs the actions of a target that are due, in the order in which they are due.
pub fn run(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, resource: &str) {
    let now = cx.now();
    loop {
        let Some(own) = room.change(resource) else { return };
        let due = own.actions.iter_mut().filter(|own| own.next.is_some_and(|at| at <= now));
        let Some(action) = due.min_by_key(|own| own.next) else { return };
        // What was missed while time stood elsewhere is not made up for.
        action.next = action.next(now);
        let action = action.clone();
        if own.suspended[2] {
            continue;
        }
        let (min, max) = (action.bounds[0].unwrap_or(own.min), action.bounds[1].unwrap_or(own.max));
        let what = match action.bounds {
            [Some(min), None] => format!("min capacity to {min}"),
            [None, Some(max)] => format!("max capacity to {max}"),
            _ => format!("min capacity to {min} and max capacity to {max}"),
        };
        let cause = format!("scheduled action name {} was triggered", action.name);
        let failed = (max < min).then_some("Maximum capacity cannot be less than minimum capacity");
        activity::note(own, cx, (&what, (min, max)), cause, failed);
        let done = if failed.is_some() { "fails to set" } else { "sets" };
        let what = format!("its scheduled action {} {done} {what}", action.name);
        cx.emit(FactKind::Scaling { resource: String::from(resource), what });
        target::clamp(room, rooms, cx, resource);
    }
}
