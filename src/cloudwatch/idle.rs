//! The metrics of AWS/ECS of what nobody looked at while it ran: a service without a load uses nothing, so that the times
//! of its tasks tell its points (MT-01, MT-02). They are made up for when somebody asks.

use super::series::{KEPT_MS, Metric, Point};
use super::statistic::clean;
use super::{CloudWatch, data};
use crate::ecs::{Cluster, InstanceStatus, Task};
use crate::rooms::Rooms;
use crate::sim::sorted::Set;
use crate::sim::{SimDuration, SimTime};
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A minute in milliseconds, and the moment in it at which the agents look last.
const MINUTE: i64 = 60_000;
const LOOK: i64 = 50_000;

/// All metrics as a call that only looks finds them.
pub(super) fn filled<'a>(rooms: &'a Rooms, now: SimTime, operation: &str, input: &Value) -> Cow<'a, CloudWatch> {
    let (mut own, all) = (Cow::Borrowed(&rooms.cloudwatch), operation == "ListMetrics");
    let names = if all { Vec::new() } else { named(input) };
    let newest = SimTime::from_millis((now.as_millis() - LOOK).div_euclid(MINUTE) * MINUTE);
    let before = SimTime::from_millis(newest.as_millis() - KEPT_MS);
    let (start, end) = match (all, data::span(input)) {
        (true, _) => (newest, newest),
        (false, Ok((start, end))) => (start.max(before), end.min(newest)),
        (false, Err(_)) => return own,
    };
    let is_asked = |name: &str| all || names.contains(&name);
    for cluster in rooms.ecs.clusters().filter(|cluster| cluster.active && is_asked(&cluster.name)) {
        let span = Span {
            rooms,
            cluster,
            minutes: (start.as_millis().div_euclid(MINUTE), end.as_millis().div_euclid(MINUTE)),
        };
        for service in rooms.ecs.services(cluster.id).filter(|service| is_asked(&service.name)) {
            let is_own = |task: &Task| task.request.owner.is_some_and(|owner| owner.service == service.key);
            let running = span.running(is_own, |_| [1.0, 0.0]);
            for name in ["CPUUtilization", "MemoryUtilization"] {
                let points = running.iter().map(|(at, [count, _])| point(*at, *count, 0.0));
                add(&mut own, metric(name, &[("ClusterName", &cluster.name), ("ServiceName", &service.name)]), points);
            }
        }
        for (name, values) in span.of_cluster() {
            let points = values.iter().map(|(at, value)| point(*at, 1.0, *value));
            add(&mut own, metric(name, &[("ClusterName", &cluster.name)]), points);
        }
    }
    own
}

/// The values of all dimensions that a request names.
fn named(input: &Value) -> Vec<&str> {
    let queries = input["MetricDataQueries"].as_array().into_iter().flatten();
    let metrics = queries.map(|query| &query["MetricStat"]["Metric"]).chain([input]);
    let dimensions = metrics.flat_map(|metric| metric["Dimensions"].as_array().into_iter().flatten());
    dimensions.filter_map(|dimension| dimension["Value"].as_str()).collect()
}

fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let dimensions = dimensions.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Metric { namespace: String::from("AWS/ECS"), name: name.to_string(), dimensions }
}

fn point(at: SimTime, count: f64, value: f64) -> Point {
    let unit = Rc::from("Percent");
    Point { at, count, sum: count * value, min: value, max: value, unit, values: None }
}

/// Adds the points of the minutes in which nobody looked.
fn add(all: &mut Cow<'_, CloudWatch>, metric: Metric, points: impl Iterator<Item = Point>) {
    let points: Vec<Point> = points.collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let end = last.at + SimDuration::from_millis(MINUTE);
    let known = all.series(&metric).map(|series| series.points(first.at, end, 60, None)).unwrap_or_default();
    let known: Set<SimTime> = known.into_iter().map(|point| point.at).collect();
    for point in points.into_iter().filter(|point| !known.contains(&point.at)) {
        all.to_mut().add(metric.clone(), point);
    }
}

/// The minutes of a cluster that are asked for, from the first one to the last.
struct Span<'a> {
    rooms: &'a Rooms,
    cluster: &'a Cluster,
    minutes: (i64, i64),
}

impl Span<'_> {
    /// The sums over the tasks that ran at the last look of each minute, for the minutes in which some did.
    fn running(
        &self,
        is_meant: impl Fn(&Task) -> bool,
        amount: impl Fn(&Task) -> [f64; 2],
    ) -> Vec<(SimTime, [f64; 2])> {
        let (first, last) = self.minutes;
        let Ok(count) = usize::try_from(last - first + 1) else { return Vec::new() };
        let mut changes = alloc::vec![(0i64, [0.0; 2]); count + 1];
        // The first minute at whose last look a moment is over.
        let place = |at: SimTime| {
            let minute = (at.as_millis() - LOOK + MINUTE - 1).div_euclid(MINUTE);
            usize::try_from(minute - first).unwrap_or(0).min(count)
        };
        for task in self.rooms.ecs.tasks(self.cluster.id).filter(|task| is_meant(task)) {
            let Some(from) = task.times.started.map(place) else { continue };
            let to = task.stop.as_ref().map_or(count, |stop| place(stop.at));
            for (at, sign) in [(from, 1), (to, -1)].into_iter().filter(|_| from < to) {
                if let Some((number, sums)) = changes.get_mut(at) {
                    let own = amount(task).map(|own| own * sign as f64);
                    (*number, *sums) = (*number + sign, [sums[0] + own[0], sums[1] + own[1]]);
                }
            }
        }
        let (mut number, mut sums) = (0, [0.0; 2]);
        let mut found = Vec::new();
        for (minute, (change, own)) in (first..=last).zip(changes) {
            (number, sums) = (number + change, [sums[0] + own[0], sums[1] + own[1]]);
            if number > 0 {
                found.push((SimTime::from_millis(minute * MINUTE), sums));
            }
        }
        found
    }

    /// What the tasks on its instances reserved, and that they used nothing of it (MT-05).
    fn of_cluster(&self) -> Vec<(&'static str, Vec<(SimTime, f64)>)> {
        let counts = |status| matches!(status, InstanceStatus::Active | InstanceStatus::Draining);
        let hosts = self.rooms.ecs.instances(self.cluster.id).filter(|own| counts(own.status));
        let hosts: Vec<_> =
            hosts.map(|own| (own.host.registered_at, [own.host.cpu.total, own.host.memory.total])).collect();
        let demand = |task: &Task| [task.request.demand.cpu, task.request.demand.memory].map(f64::from);
        let reserved = self.running(|task| task.instance.is_some(), demand);
        let share = |which: usize, (at, sums): &(SimTime, [f64; 2])| {
            let there = hosts.iter().filter(|(since, _)| *since <= *at + SimDuration::from_millis(LOOK));
            let all: f64 = there.filter_map(|(_, totals)| totals.get(which)).map(|own| f64::from(*own)).sum();
            Some((*at, clean(sums.get(which)? * 100.0 / all))).filter(|_| all > 0.0)
        };
        let idle = || reserved.iter().filter_map(|own| share(0, own)).map(|(at, _)| (at, 0.0)).collect::<Vec<_>>();
        Vec::from([
            ("CPUReservation", reserved.iter().filter_map(|own| share(0, own)).collect()),
            ("MemoryReservation", reserved.iter().filter_map(|own| share(1, own)).collect()),
            ("CPUUtilization", idle()),
            ("MemoryUtilization", idle()),
        ])
    }
}
