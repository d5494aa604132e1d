//! One alarm: what it watches, and what it concludes each time it looks.

use super::CloudWatch;
use super::judge::{self, Missing, State};
use super::math::{Grid, Points};
use super::metrics::Metrics;
use super::watched::Watched;
use crate::aws::object::object;
use crate::event::{Cx, Event, FactKind};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// What the ARN of a scaling policy has, and no other.
pub const POLICY: &str = ":scalingPolicy:";

/// Changes of state that an alarm remembers.
const HISTORY: usize = 100;

/// How a value stands to the threshold when it breaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// GreaterThanThreshold.
    Greater,
    /// GreaterThanOrEqualToThreshold.
    GreaterOrEqual,
    /// LessThanThreshold.
    Less,
    /// LessThanOrEqualToThreshold.
    LessOrEqual,
}

impl Comparison {
    /// From AWS's word; none for those of anomaly detection.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "GreaterThanThreshold" => Self::Greater,
            "GreaterThanOrEqualToThreshold" => Self::GreaterOrEqual,
            "LessThanThreshold" => Self::Less,
            "LessThanOrEqualToThreshold" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// Whether a value breaches.
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }

    /// Whether greater values breach.
    pub fn is_above(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal to",
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
        }
    }
}

/// A metric alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// AlarmName.
    pub name: String,
    /// The members of the request that DescribeAlarms gives back.
    pub document: Value,
    /// What it watches.
    pub watched: Watched,
    /// The places of its metrics among all.
    pub places: Vec<u32>,
    /// Samples without which the state of an alarm on a percentile stays, if any.
    pub samples: Option<f64>,
    /// Period, in seconds.
    pub period: i64,
    /// EvaluationPeriods.
    pub evaluated: usize,
    /// DatapointsToAlarm.
    pub to_alarm: usize,
    /// Threshold.
    pub threshold: f64,
    /// ComparisonOperator.
    pub comparison: Comparison,
    /// TreatMissingData.
    pub missing: Missing,
    /// ActionsEnabled.
    pub acts: bool,
    /// StateValue.
    pub state: State,
    /// StateReason.
    pub reason: String,
    /// StateUpdatedTimestamp.
    pub updated: SimTime,
    /// AlarmConfigurationUpdatedTimestamp.
    pub configured: SimTime,
    /// Whether scaling policies are among its actions.
    pub scales: bool,
    /// When it last told its scaling policies that it is in ALARM.
    pub acted: Option<SimTime>,
    /// When it last came into ALARM.
    pub alarmed: Option<SimTime>,
    /// Its changes, oldest first.
    pub history: Vec<Change>,
}

/// One entry of DescribeAlarmHistory.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: SimTime,
    /// HistoryItemType.
    pub kind: &'static str,
    /// HistorySummary.
    pub summary: String,
    /// StateValue from there on.
    pub state: State,
}

impl Alarm {
    /// The ARNs of the scaling policies among its actions.
    pub fn scaling_policies(&self) -> impl Iterator<Item = &str> {
        let all = self.document["AlarmActions"].as_array().filter(|_| self.scales).into_iter().flatten();
        let all = all.filter_map(Value::as_str).filter(|arn| arn.contains(POLICY));
        all.map(|arn| arn.split_once(":createdBy/").map_or(arn, |(arn, _)| arn))
    }

    /// In ALARM it tells its scaling policies so.
    pub fn act(&mut self, now: SimTime) {
        if self.scales && self.acts && self.state == State::Alarm {
            self.acted = Some(now);
        }
    }

    /// Whether it is in ALARM, or came into it since then.
    pub fn fired_since(&self, then: SimTime) -> bool {
        self.state == State::Alarm || self.alarmed.is_some_and(|at| at >= then)
    }

    /// How often it looks: each minute, with a period below that each 10 or 20 s.
    pub fn interval(&self) -> SimDuration {
        SimDuration::from_secs(match self.period {
            20 => 20,
            ..60 => 10,
            _ => 60,
        })
    }

    /// Whether AWS puts the points of one of its metrics there from what tasks and targets do.
    pub fn is_of_usage(&self) -> bool {
        self.watched.stats().any(|own| own.metric.is_of_usage())
    }

    /// Its points in the evaluation range that ends now, oldest first.
    pub fn points(&self, metrics: &Metrics, now: SimTime) -> Points {
        let (span, interval) = (self.period * 1000, self.interval().as_millis());
        let end = now.as_millis().div_euclid(interval) * interval;
        let count = judge::range(self.evaluated);
        let grid = Grid { start: SimTime::from_millis(end - count as i64 * span), step: span, count };
        self.watched.line(&grid, |place, _| self.places.get(place).and_then(|place| metrics.at(*place)))
    }

    /// Whether there are samples in the periods that are evaluated, but too few to tell a percentile.
    fn knows_too_little(&self, metrics: &Metrics, now: SimTime) -> bool {
        let (Some(needed), Watched::Metric(own)) = (self.samples, &self.watched) else { return false };
        let start = SimTime::from_millis(now.as_millis() - self.evaluated as i64 * self.period * 1000);
        let series = self.places.first().and_then(|place| metrics.at(*place));
        let all = series.and_then(|series| series.between(start, now, own.unit.as_deref()));
        all.is_some_and(|all| all.count < needed)
    }

    /// Looks at the newest points, and whether they change its state.
    fn evaluate(&mut self, metrics: &Metrics, now: SimTime) -> bool {
        if self.knows_too_little(metrics, now) {
            return false;
        }
        let points = self.points(metrics, now);
        let breaching: Vec<Option<bool>> =
            points.iter().map(|value| value.map(|value| self.comparison.breaches(value, self.threshold))).collect();
        let state = judge::judge(&breaching, self.evaluated, self.to_alarm, self.missing, self.state);
        if state == self.state {
            return false;
        }
        let reason = self.why(&points, state, now);
        self.become_state(state, reason, now);
        true
    }

    /// Takes a state and notes the change.
    pub fn become_state(&mut self, state: State, reason: String, now: SimTime) {
        let summary = format!("Alarm updated from {} to {}", self.state.name(), state.name());
        if state == State::Alarm {
            self.alarmed = Some(now);
        }
        self.state = state;
        self.reason = reason;
        self.updated = now;
        self.note(now, "StateUpdate", summary);
    }

    /// Adds to the history.
    pub fn note(&mut self, at: SimTime, kind: &'static str, summary: String) {
        if self.history.len() >= HISTORY {
            self.history.remove(0);
        }
        self.history.push(Change { at, kind, summary, state: self.state });
    }

    /// StateReason in CloudWatch's words, the newest point first. Of points that are missing it tells what they were
    /// treated as, if anything: where they count as nothing, fewer points than are needed may lead to ALARM (1.13).
    fn why(&self, points: &[Option<f64>], state: State, now: SimTime) -> String {
        let n = self.evaluated;
        if state == State::InsufficientData {
            return format!("Insufficient Data: {n} datapoint{} unknown.", if n == 1 { " was" } else { "s were" });
        }
        let alarm = state == State::Alarm;
        let fits = |value: f64| self.comparison.breaches(value, self.threshold) == alarm;
        let real = points.iter().rev().zip(1i64..).filter_map(|(value, back)| Some(((*value)?, back)));
        let real: Vec<(f64, i64)> = real.take(n).collect();
        let values = real.iter().filter(|(value, _)| fits(*value)).map(|(value, back)| {
            let at = SimTime::from_millis(now.as_millis() - back * self.period * 1000).civil();
            format!(
                "{value:?} ({:02}/{:02}/{:02} {:02}:{:02}:{:02})",
                at.day,
                at.month,
                at.year % 100,
                at.hour,
                at.minute,
                at.second
            )
        });
        let values: Vec<String> = values.collect();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let were = |count: usize| if count == 1 { "was" } else { "were" };
        let mut parts = Vec::new();
        if real.is_empty() {
            parts.push(format!("no datapoints were received for {n} period{}", plural(n)));
        } else if !values.is_empty() {
            parts.push(format!(
                "{} out of the last {n} datapoints [{}] {} {}{} the threshold ({:?})",
                values.len(),
                values.join(", "),
                were(values.len()),
                if alarm { "" } else { "not " },
                self.comparison.words(),
                self.threshold
            ));
        }
        let treated = match self.missing {
            Missing::Breaching => Some("Breaching"),
            Missing::NotBreaching => Some("NonBreaching"),
            Missing::Missing | Missing::Ignore => None,
        };
        let absent = n - real.len();
        if let Some(treated) = treated.filter(|_| absent > 0) {
            parts.push(format!("{absent} missing datapoint{} {} treated as [{treated}]", plural(absent), were(absent)));
        }
        let mut reason = format!("Threshold Crossed: {}", parts.join(" and "));
        if !real.is_empty() {
            let (needed, change) = match alarm {
                true => (self.to_alarm, "OK -> ALARM"),
                false => (n - self.to_alarm + 1, "ALARM -> OK"),
            };
            reason += &format!(" (minimum {needed} datapoint{} for {change} transition)", plural(needed));
        }
        reason.push('.');
        reason
    }

    /// As DescribeAlarms shows it.
    pub fn description(&self, arn: String) -> Value {
        let mut value = self.document.clone();
        let state = object!({
            "AlarmName": self.name.clone(),
            "AlarmArn": arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured.as_epoch_seconds(),
            "ActionsEnabled": self.acts,
            "StateValue": self.state.name(),
            "StateReason": self.reason.clone(),
            "StateUpdatedTimestamp": self.updated.as_epoch_seconds(),
            "StateTransitionedTimestamp": self.updated.as_epoch_seconds(),
        });
        if let (Some(map), Value::Object(state)) = (value.as_object_mut(), state) {
            map.extend(state);
        }
        value
    }
}

/// The alarms look, and the next look is planned.
pub fn look(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>) {
    cloudwatch.looks_at = None;
    let now = cx.now();
    let due = |alarm: &Alarm| now.as_millis().rem_euclid(alarm.interval().as_millis()) == 0;
    for (_, alarm) in cloudwatch.alarms.iter_mut().filter(|(_, alarm)| due(alarm)) {
        one(alarm, &cloudwatch.metrics, cx);
    }
    plan(cloudwatch, cx);
}

/// One alarm looks.
pub fn look_at(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, name: &String) {
    if let Some(alarm) = cloudwatch.alarms.get_mut(name) {
        one(alarm, &cloudwatch.metrics, cx);
    }
}

fn one(alarm: &mut Rc<Alarm>, metrics: &Metrics, cx: &mut Cx<'_>) {
    let (alarm, now) = (Rc::make_mut(alarm), cx.now());
    let changed = alarm.evaluate(metrics, now);
    // Scaling actions are repeated each minute.
    if changed || now.as_millis().rem_euclid(60_000) == 0 {
        alarm.act(now);
    }
    if changed {
        cx.emit(FactKind::AlarmState {
            alarm: alarm.name.clone(),
            state: alarm.state.name(),
            reason: alarm.reason.clone(),
        });
    }
}

/// Plans the next look, at a whole multiple of the shortest interval.
pub fn plan(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>) {
    let every = cloudwatch.alarms.values().map(|alarm| alarm.interval().as_millis()).min();
    // Managed scaling publishes each minute, with or without its alarms.
    let minutely = !cloudwatch.managed.is_empty() || cloudwatch.awaited;
    let Some(every) = every.or(minutely.then_some(60_000)) else { return };
    let now = cx.now().as_millis();
    let next = SimTime::from_millis((now.div_euclid(every) + 1) * every);
    if cloudwatch.looks_at.is_none_or(|planned| planned > next) {
        cloudwatch.looks_at = Some(next);
        cx.schedule(next - cx.now(), Event::AlarmsLook);
    }
}
