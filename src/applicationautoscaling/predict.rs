//! Predictive policies: a forecast each six hours, and its capacity at each full hour (1.12).

use super::activity::Why;
use super::config::{Config, Predictive};
use super::look::keep;
use super::names::{invalid, missing, registered};
use super::{ApplicationAutoScaling, Policy, activity, target};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::wire::time;
use crate::event::Cx;
use crate::rooms::Rooms;
use crate::scaling::decide::{Evaluation, Formula, Held, Move};
use crate::scaling::forecast::{self, LOOKED_AT};
use crate::scaling::tracking::Signal;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

const HOUR: i64 = 3_600_000;
/// How often the forecast is made anew.
const REFRESHED: SimDuration = SimDuration::from_secs(6 * 3600);

/// A forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// When it was made.
    pub made: SimTime,
    /// The first hour that it tells.
    pub first: SimTime,
    /// The load of each hour from there on; empty where too little is known.
    pub loads: Vec<f64>,
}

impl Forecast {
    /// The load of the hour that begins at a moment.
    fn load(&self, hour: SimTime) -> Option<f64> {
        let place = (hour - self.first).as_millis().div_euclid(HOUR);
        usize::try_from(place).ok().and_then(|place| self.loads.get(place)).copied()
    }
}

/// The beginning of the hour of a moment.
fn hour(at: SimTime) -> SimTime {
    SimTime::from_millis(at.as_millis().div_euclid(HOUR) * HOUR)
}

/// Makes the forecast anew, and plans what comes next.
pub fn refresh(rooms: &Rooms, policy: &mut Policy, now: SimTime) {
    let Config::Predictive(own) = &*policy.config else { return };
    let first = hour(now);
    let (oldest, period) = (first.as_millis() - LOOKED_AT as i64 * HOUR, own.load.period());
    let mut sums: Vec<Option<f64>> = alloc::vec![None; LOOKED_AT];
    for (at, value) in rooms.cloudwatch.values(&own.load, SimTime::from_millis(oldest), first) {
        let place = (at.as_millis() - oldest) / HOUR;
        sums.iter_mut().skip(place as usize).take(1).for_each(|sum| *sum = Some(sum.unwrap_or(0.0) + value));
    }
    // The mean of the points of an hour; one without a task is one without load.
    let points = (HOUR / 1000 / period.max(1)) as f64;
    let history: Vec<Option<f64>> = sums.into_iter().map(|sum| sum.map(|sum| sum / points)).collect();
    let loads = forecast::load(&history).unwrap_or_default();
    policy.forecast = Some(Rc::new(Forecast { made: now, first, loads }));
    policy.next = Some(next(own, now, now + REFRESHED));
}

/// The next hour that it scales for, less the buffer; or the next forecast, if that comes first.
fn next(own: &Predictive, now: SimTime, refresh: SimTime) -> SimTime {
    let ahead = hour(now + own.ahead) + SimDuration::from_millis(HOUR - own.ahead.as_millis());
    ahead.min(refresh)
}

/// Does what is due of a target's predictive policies.
pub fn run(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, resource: &str) {
    let now = cx.now();
    let Some(target) = room.targets.get(resource).cloned() else { return };
    for (place, policy) in target.policies.iter().enumerate() {
        let (Config::Predictive(own), true) = (&*policy.config, policy.next.is_some_and(|at| at <= now)) else {
            continue;
        };
        let mut policy = policy.clone();
        let made = policy.forecast.as_ref().map_or(now, |own| own.made);
        match now - made >= REFRESHED {
            true => refresh(rooms, &mut policy, now),
            false => policy.next = Some(next(own, now, made + REFRESHED)),
        }
        let coming = now + own.ahead;
        let load = policy.forecast.as_ref().filter(|_| coming == hour(coming)).and_then(|own| own.load(coming));
        if let Some(changed) = room.change(resource).and_then(|own| own.policies.get_mut(place)) {
            *changed = policy;
        }
        if let Some(load) = load {
            scale(room, rooms, cx, resource, (place, own, load));
        }
    }
}

/// Scales out to what is forecast for the hour that comes; never in.
fn scale(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    resource: &str,
    (place, own, load): (usize, &Predictive, f64),
) {
    let (now, wanted, kept) = (cx.now(), forecast::capacity(load, own.target), room.kept());
    let Some(target) = room.change(resource) else { return };
    let Some(service) = target.service(rooms) else { return };
    let (counts, before) = (target::counts(rooms, service), target.desired(service));
    if own.scales {
        target.max = forecast::maximum(target.max, wanted, own.buffer);
        let until = hour(now + own.ahead) + SimDuration::from_millis(HOUR);
        target.predicted = Some((wanted, until));
    }
    let to = wanted.clamp(target.min, target.max);
    let held = match own.scales {
        false => Some(Held::ForecastOnly),
        true if target.suspended[0] => Some(Held::Suspended),
        true if to <= before && before >= target.max => Some(Held::AtMaximum(target.max)),
        true if to <= before => Some(Held::AtDesired(before)),
        true => None,
    };
    let desired = if held.is_none() { to } else { before };
    let formula = Some(Formula::Forecast { load, target: own.target });
    let evaluation = Evaluation {
        at: now,
        metric: Some(load),
        signal: Signal::Quiet,
        running: counts.running,
        pending: counts.pending,
        before,
        bounds: (target.min, target.max),
        last_out: target.last_out,
        last_in: target.last_in,
        formula,
        moves: Move::Out(wanted),
        desired,
        held,
    };
    let sentence = evaluation.sentence();
    let Some(policy) = target.policies.get_mut(place) else { return };
    keep(policy, evaluation, kept);
    let told = format!("policy {} {sentence}", policy.name);
    let cause = format!("predictive scaling policy {} forecast a capacity of {wanted}", policy.name);
    let target = target.clone();
    if held.is_none() {
        let why = Why { cause, told, cooldown: SimDuration::ZERO, out: None };
        activity::begin(room, rooms, cx, &target, to, why);
    }
}

/// GetPredictiveScalingForecast.
pub fn get(room: &ApplicationAutoScaling, input: &Value) -> Result<Value, ApiError> {
    let target = registered(room, input)?;
    let name = input["PolicyName"].as_str().unwrap_or_default();
    let policy = target.policies.iter().find(|own| &*own.name == name);
    // The model gives this call no ObjectNotFoundException.
    let policy = policy.ok_or_else(|| invalid(missing("scaling policy", &target.resource).message, "PolicyName"))?;
    let (Config::Predictive(own), Some(forecast)) = (&*policy.config, &policy.forecast) else {
        return Err(invalid("The policy is not of the type PredictiveScaling.", "PolicyName").in_our_words());
    };
    let (start, end) = (time(&input["StartTime"]), time(&input["EndTime"]));
    if start.zip(end).is_some_and(|(start, end)| start >= end) {
        return Err(invalid("StartTime must lie before EndTime.", "EndTime").in_our_words());
    }
    let (mut times, mut loads, mut capacities) = (Vec::new(), Vec::new(), Vec::new());
    for (place, load) in forecast.loads.iter().enumerate() {
        let at = forecast.first + SimDuration::from_millis(place as i64 * HOUR);
        if start.is_none_or(|start| at >= start) && end.is_none_or(|end| at <= end) {
            times.push(at.as_epoch_seconds());
            loads.push(*load);
            capacities.push(f64::from(forecast::capacity(*load, own.target)));
        }
    }
    let load = object!({ "Timestamps": times.clone(), "Values": loads, "MetricSpecification": own.document.clone() });
    Ok(object!({
        "LoadForecast": alloc::vec![load],
        "CapacityForecast": object!({ "Timestamps": times, "Values": capacities }),
        "UpdateTime": forecast.made.as_epoch_seconds(),
    }))
}
