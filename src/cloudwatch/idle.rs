//! The metrics of AWS/ECS of what nobody looked at while it ran: a service without a load uses nothing, so that the times
//! of its tasks tell its points (MT-01, MT-02). They are made up for when somebody asks, of the tasks that are still known
//! and of the record of those that are forgotten.

use super::series::{KEPT_MS, Metric, Point};
use super::statistic::clean;
use super::{CloudWatch, data};
use crate::ecs::past::{self, Amount, LOOK, Line};
use crate::ecs::{Cluster, Task};
use crate::rooms::Rooms;
use crate::sim::sorted::{Map, Set};
use crate::sim::{SimDuration, SimTime};
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

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
    for cluster in rooms.ecs.clusters().filter(|cluster| is_asked(&cluster.name)) {
        let span = Span {
            rooms,
            cluster,
            minutes: (start.as_millis().div_euclid(MINUTE), end.as_millis().div_euclid(MINUTE)),
        };
        let services = rooms.ecs.services(cluster.id).filter(|service| is_asked(&service.name));
        let names: Set<Rc<str>> = services.map(|service| service.name.clone()).collect();
        for service in names.iter() {
            for name in ["CPUUtilization", "MemoryUtilization"] {
                let running = span.of_service(service);
                let points = running.into_iter().map(|(at, [count, ..])| point(at, count as f64, 0.0));
                add(&mut own, metric(name, &[("ClusterName", &cluster.name), ("ServiceName", service)]), points);
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

/// Since when something was there, until when if it is over, and how much of it.
type Stay = (SimTime, Option<SimTime>, Amount);

impl Span<'_> {
    /// The sums over what was there at the last look of each minute, for the minutes in which something was: of what is
    /// still known, and of the record.
    fn sums(&self, known: impl Iterator<Item = Stay>, record: Option<&Line>) -> Vec<(SimTime, Amount)> {
        let (first, last) = self.minutes;
        let Ok(count) = usize::try_from(last - first + 1) else { return Vec::new() };
        let mut changes = alloc::vec![Amount::default(); count + 1];
        let mut change = |minute: i64, amount: Amount, sign: i64| {
            let place = usize::try_from(minute - first).unwrap_or(0).min(count);
            let sums = changes.get_mut(place).into_iter().flatten();
            sums.zip(amount).for_each(|(own, more)| *own += more * sign);
        };
        for (from, to, amount) in known {
            change(past::minute(from), amount, 1);
            if let Some(to) = to {
                change(past::minute(to).max(past::minute(from)), amount, -1);
            }
        }
        for (minute, amount) in record.into_iter().flat_map(Line::changes) {
            change(*minute, *amount, 1);
        }
        let (mut all, mut found) = (Amount::default(), Vec::new());
        for (minute, more) in (first..=last).zip(changes) {
            all.iter_mut().zip(more).for_each(|(own, more)| *own += more);
            if all[0] > 0 {
                found.push((SimTime::from_millis(minute * MINUTE), all));
            }
        }
        found
    }

    fn tasks(&self, is_meant: impl Fn(&Task) -> bool) -> impl Iterator<Item = Stay> {
        let tasks = self.rooms.ecs.tasks(self.cluster.id).filter(move |task| is_meant(task));
        tasks.filter_map(|task| past::ran(task).map(|(from, to)| (from, to, past::reserved(task))))
    }

    /// How many tasks ran of the services of this name.
    fn of_service(&self, name: &Rc<str>) -> Vec<(SimTime, Amount)> {
        let ecs = &self.rooms.ecs;
        let is_own = |task: &Task| {
            let service = task.request.owner.and_then(|owner| ecs.service_of(owner.service));
            service.is_some_and(|own| own.name == *name)
        };
        self.sums(self.tasks(is_own), ecs.past().service(self.cluster.id, name))
    }

    /// What the tasks on its instances reserved, and that they used nothing of it (MT-05).
    fn of_cluster(&self) -> Vec<(&'static str, Vec<(SimTime, f64)>)> {
        let (ecs, cluster) = (&self.rooms.ecs, self.cluster.id);
        let hosts = ecs.instances(cluster).filter(|own| own.status.counts());
        let hosts = hosts.map(|own| (own.host.registered_at, None, past::registered(own)));
        let hosts: Map<SimTime, Amount> = self.sums(hosts, ecs.past().hosts(cluster)).into_iter().collect();
        let reserved = self.sums(self.tasks(|task| task.instance.is_some()), ecs.past().placed(cluster));
        let share = |which: usize, (at, sums): &(SimTime, Amount)| {
            let all = *hosts.get(at)?.get(which)? as f64;
            Some((*at, clean(*sums.get(which)? as f64 * 100.0 / all))).filter(|_| all > 0.0)
        };
        let idle = || reserved.iter().filter_map(|own| share(1, own)).map(|(at, _)| (at, 0.0)).collect::<Vec<_>>();
        Vec::from([
            ("CPUReservation", reserved.iter().filter_map(|own| share(1, own)).collect()),
            ("MemoryReservation", reserved.iter().filter_map(|own| share(2, own)).collect()),
            ("CPUUtilization", idle()),
            ("MemoryUtilization", idle()),
        ])
    }
}
