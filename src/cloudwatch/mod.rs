//! Amazon CloudWatch as far as scaling needs it: metrics, their statistics, and alarms that look at them.
//!
//! ```text
//! PutMetricAlarm → INSUFFICIENT_DATA ⇄ OK ⇄ ALARM      each look takes the state that the newest points ask for
//! ```
//!
//! Source: the CloudWatch user guide, "Using Amazon CloudWatch alarms", read 2026-11-21, and scaling-ecr-iam-cli.md
//! 1.13. An alarm looks once a minute on the whole minute; a point is there as soon as its period is over.

mod alarm;
mod alarms;
mod call;
mod collect;
mod data;
mod former;
mod idle;
mod insights;
pub mod judge;
mod managed;
pub mod math;
mod metrics;
mod put;
mod series;
mod statistic;
mod watched;

pub use alarm::{Alarm, Change, Comparison};
pub use call::{arn, call, read};
pub use former::Former;
pub use managed::{description as managed_description, policy as managed_policy};
pub use series::{Metric, Point, Series};
pub use statistic::Statistic;
pub use watched::{Stat, Watched};

use crate::event::{Cx, Event, RegistryStep};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use managed::Managed;
use math::Grid;
use metrics::{Metrics, Trail};

/// All metrics and alarms of the account in the Region.
#[derive(Clone, Default)]
pub struct CloudWatch {
    metrics: Metrics,
    /// What the agents wrote last time: at the end of a minute, and before.
    trails: [Trail; 2],
    alarms: Map<String, Rc<Alarm>>,
    /// Those that were deleted or changed, the newest last.
    former: Vec<Former>,
    /// The capacity providers with managed scaling.
    managed: Vec<Managed>,
    /// Whether scaling policies wait for alarms, as the last look saw it: those whose alarms are gone say so each minute.
    awaited: bool,
    /// When the alarms look next.
    looks_at: Option<SimTime>,
    /// Whether the agents are to look at what tasks use.
    samples: bool,
}

impl CloudWatch {
    /// One alarm by name.
    pub fn alarm(&self, name: &str) -> Option<&Alarm> {
        self.alarms.get(name).map(Rc::as_ref)
    }

    /// All alarms by name.
    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values().map(Rc::as_ref)
    }

    /// The points in the evaluation range of an alarm that ends now, oldest first; none where one is missing.
    pub fn points_of(&self, alarm: &Alarm, now: SimTime) -> Vec<Option<f64>> {
        alarm.points(&self.metrics, now)
    }

    /// The points of what is watched from one moment to another, each with the start of its period.
    pub fn values(&self, watched: &Watched, start: SimTime, end: SimTime) -> Vec<(SimTime, f64)> {
        let step = watched.period().max(1) * 1000;
        let first = start.as_millis().div_euclid(step) * step;
        let count = usize::try_from((end.as_millis() - first - 1).div_euclid(step) + 1).unwrap_or(0);
        let grid = Grid { start: SimTime::from_millis(first), step, count };
        let line = watched.line(&grid, |_, stat| self.series(&stat.metric));
        line.into_iter().enumerate().filter_map(|(place, value)| Some((grid.at(place), value?))).collect()
    }

    /// The points of a metric.
    pub fn series(&self, metric: &Metric) -> Option<&Series> {
        self.metrics.get(metric)
    }

    /// Whether an alarm is on a metric with this dimension.
    pub fn watches(&self, dimension: &str, value: &str) -> bool {
        let is = |(name, own): &(String, String)| name == dimension && own == value;
        let names = |own: &Stat| own.metric.is_of_usage() && own.metric.dimensions.iter().any(is);
        self.alarms.values().any(|alarm| alarm.watched.stats().any(names))
    }

    /// Adds samples to a metric.
    fn add(&mut self, metric: Metric, point: Point) {
        let place = self.metrics.place(metric);
        self.metrics.add(place, point);
    }
}

/// Handles the events that name this room; others are not for it.
#[inline(never)]
pub fn on_event(cloudwatch: &mut CloudWatch, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::AlarmsLook => {
            if !cloudwatch.managed.is_empty() {
                managed::publish(cloudwatch, rooms, cx, 0);
            }
            cloudwatch.awaited = rooms.applicationautoscaling.targets().any(|own| !own.policies.is_empty());
            alarm::look(cloudwatch, cx);
        }
        Event::ManagedPublishes(anew) => {
            managed::publish(cloudwatch, rooms, cx, anew);
            if rooms.ecs.has_insights() {
                sample(cloudwatch, cx);
            }
        }
        Event::UsageSample => {
            collect::collect(cloudwatch, rooms, cx.now());
            cloudwatch.samples = false;
            if !rooms.ecs.loads().is_empty()
                || rooms.ecs.has_insights()
                || cloudwatch.alarms().any(|own| own.is_of_usage())
            {
                sample(cloudwatch, cx);
            }
        }
        Event::Registry { repository, step: RegistryStep::Pulled, .. } => {
            if let Some(own) = rooms.ecr.repositories().find(|own| own.number == repository) {
                let dimensions = alloc::vec![("RepositoryName".into(), own.name.clone())];
                let metric = Metric { namespace: "AWS/ECR".into(), name: "RepositoryPullCount".into(), dimensions };
                let minute = SimTime::from_millis(cx.now().as_millis().div_euclid(60_000) * 60_000);
                cloudwatch.add(metric, Point::one(minute, 1.0, &Rc::from("Count")));
            }
        }
        _ => {}
    }
}

/// Has the agents look at what tasks use from now on, in the middle of each third of a minute (MT-04).
pub fn sample(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>) {
    if !core::mem::replace(&mut cloudwatch.samples, true) {
        let past = (cx.now().as_millis() - 10_000).rem_euclid(20_000);
        cx.schedule(SimDuration::from_millis(20_000 - past), Event::UsageSample);
    }
}
