//! Amazon CloudWatch as far as scaling needs it: metrics, their statistics, and alarms that look at them.
//!
//! ```text
//! PutMetricAlarm → INSUFFICIENT_DATA ⇄ OK ⇄ ALARM      each look takes the state that the newest points ask for
//! ```
//!
//! Source: the CloudWatch user guide, "Using Amazon CloudWatch alarms", read 2026-11-21, and scaling-ecr-iam-cli.md
//! 1.13. An alarm looks once a minute on the whole minute; a point is there as soon as its period is over.

mod alarm;
mod call;
pub mod judge;
mod series;

pub use alarm::{Alarm, Change, Comparison};
pub use call::{call, read};
pub use series::{Metric, Point, Series};

use crate::event::{Cx, Event};
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;

/// All metrics and alarms of the account in the Region.
#[derive(Clone, Default)]
pub struct CloudWatch {
    metrics: Map<Metric, Rc<Series>>,
    alarms: Map<String, Rc<Alarm>>,
    /// When the alarms look next.
    looks_at: Option<SimTime>,
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

    /// The points of a metric.
    pub fn series(&self, metric: &Metric) -> Option<&Series> {
        self.metrics.get(metric).map(Rc::as_ref)
    }

    /// Adds samples to a metric.
    fn add(&mut self, metric: Metric, point: Point) {
        Rc::make_mut(self.metrics.or_insert_with(metric, Rc::default)).add(point);
    }
}

/// Handles the events that name this room; others are not for it.
#[inline(never)]
pub fn on_event(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, event: Event) {
    if event == Event::AlarmsLook {
        alarm::look(cloudwatch, cx);
    }
}
