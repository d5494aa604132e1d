//! What AWS's services put into CloudWatch of what tasks and targets do: the metrics of AWS/ECS, AWS/ApplicationELB and
//! AWS/NetworkELB (8.5).

use super::metrics::Trail;
use super::series::{Point, Values};
use super::statistic::clean;
use super::{CloudWatch, insights};
use crate::ecs::load::{Roster, Tally};
use crate::ecs::{Cluster, TaskStatus};
use crate::elb::{Kind, LoadBalancer, TargetGroup, TargetState};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use crate::sim::{SimTime, order};
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;

const ECS: &str = "AWS/ECS";

/// Where points go.
pub(super) struct Feed<'a> {
    cloudwatch: &'a mut CloudWatch,
    trail: Trail,
    step: usize,
    /// In the order of [`Unit`].
    units: [Rc<str>; 5],
}

#[derive(Clone, Copy)]
pub(super) enum Unit {
    Percent,
    Count,
    Seconds,
    None,
    Megabytes,
}

/// Samples summed up: how many, their sum, the least and the greatest.
pub(super) type Sums = (f64, f64, f64, f64);

impl Feed<'_> {
    /// The dimensions stand in the order of their names.
    pub(super) fn add(&mut self, names: [&str; 2], dimensions: &[(&str, &str)], at: SimTime, sums: Sums, unit: Unit) {
        self.put(names, dimensions, at, (sums, None), unit);
    }

    /// With the samples themselves.
    fn put(
        &mut self,
        names: [&str; 2],
        dimensions: &[(&str, &str)],
        at: SimTime,
        (sums, values): (Sums, Option<Rc<Values>>),
        unit: Unit,
    ) {
        let metrics = &mut self.cloudwatch.metrics;
        let place = metrics.follow(&mut self.trail, self.step, names, dimensions);
        self.step += 1;
        let [percent, number, seconds, none, megabytes] = &self.units;
        let unit = Rc::clone(match unit {
            Unit::Percent => percent,
            Unit::Count => number,
            Unit::Seconds => seconds,
            Unit::None => none,
            Unit::Megabytes => megabytes,
        });
        let (count, sum, min, max) = sums;
        metrics.add(place, Point { at, count, sum, min, max, unit, values });
    }
}

/// One sample.
pub(super) fn one(value: f64) -> Sums {
    (1.0, value, value, value)
}

/// Several, without the noise of fractions; none of none.
pub(super) fn summed(values: impl Iterator<Item = f64>) -> Option<Sums> {
    let add = |(count, sum, min, max): Sums, value: f64| {
        (count + 1.0, clean(sum + value), if value < min { value } else { min }, if value > max { value } else { max })
    };
    values.map(clean).fold(None, |sums, value| Some(sums.map_or(one(value), |sums| add(sums, value))))
}

/// Takes what the agents saw just now; with the last look of a minute what belongs to the whole minute.
pub fn collect(cloudwatch: &mut CloudWatch, rooms: &Rooms, now: SimTime) {
    let floor = |span: i64| SimTime::from_millis(now.as_millis().div_euclid(span) * span);
    let minute = Some(floor(60_000)).filter(|_| now.as_millis().rem_euclid(60_000) >= 40_000);
    let [whole, part] = &mut cloudwatch.trails;
    let trail = core::mem::take(if minute.is_some() { whole } else { part });
    let mut feed =
        Feed { cloudwatch, trail, step: 0, units: ["Percent", "Count", "Seconds", "None", "Megabytes"].map(Rc::from) };
    all(&mut feed, rooms, floor(20_000), minute);
    let trail = feed.trail;
    let [whole, part] = &mut cloudwatch.trails;
    *(if minute.is_some() { whole } else { part }) = trail;
}

fn all(feed: &mut Feed<'_>, rooms: &Rooms, look: SimTime, minute: Option<SimTime>) {
    let loads = rooms.ecs.loads();
    for cluster in rooms.ecs.clusters().filter(|own| loads.clusters().contains(&own.id)) {
        for service in rooms.ecs.services(cluster.id) {
            if let Some(roster) = loads.roster(service.key) {
                utilization(feed, roster, [&cluster.name, &service.name], (look, minute));
            }
        }
        if let Some(at) = minute {
            of_cluster(feed, rooms, cluster, at);
            if cluster.has_insights() {
                insights::publish(feed, rooms, cluster, at);
            }
        }
    }
    if let Some(at) = minute {
        of_load_balancing(feed, rooms, at);
    }
}

/// CPUUtilization and MemoryUtilization of a service: one sample a RUNNING task, none without one (MT-02).
fn utilization(feed: &mut Feed<'_>, roster: &Roster, names: [&str; 2], at: (SimTime, Option<SimTime>)) {
    let [cluster, service] = names;
    for (which, metric) in ["CPUUtilization", "MemoryUtilization"].into_iter().enumerate() {
        let fine = roster.fine.get(which) == Some(&true);
        let Some(at) = (if fine { Some(at.0) } else { at.1 }) else { continue };
        let sums = summed(roster.members.iter().map(|own| {
            let [cpu, memory] = own.percent(if fine { own.used } else { own.average() });
            if which == 0 { cpu } else { memory }
        }));
        let dimensions = [("ClusterName", cluster), ("ServiceName", service)];
        if let Some(sums) = sums {
            feed.add([ECS, metric], &dimensions, at, sums, Unit::Percent);
        }
    }
}

/// What a cluster has reserved and uses of what its ACTIVE and DRAINING instances registered (MT-01, MT-05).
fn of_cluster(feed: &mut Feed<'_>, rooms: &Rooms, cluster: &Cluster, at: SimTime) {
    // CPU units, MiB and GPUs; registered, then reserved.
    let mut all = [(0.0, 0.0); 3];
    for own in rooms.ecs.instances(cluster.id).filter(|own| own.status.counts()) {
        for (sums, amount) in all.iter_mut().zip([own.host.cpu, own.host.memory, own.host.gpu]) {
            sums.0 += f64::from(amount.total);
            sums.1 += f64::from(amount.total.saturating_sub(amount.free));
        }
    }
    let [cpu, memory, gpu] = all;
    let mut tasks = rooms.ecs.tasks(cluster.id);
    if cpu.0 == 0.0 || !tasks.any(|task| task.status == TaskStatus::Running && task.instance.is_some()) {
        return;
    }
    let mut used = [0.0; 2];
    let rosters = rooms.ecs.services(cluster.id).filter_map(|own| rooms.ecs.loads().roster(own.key));
    for member in rosters.flat_map(|roster| &roster.members).filter(|own| own.on_instance()) {
        let [cpu, memory] = member.average();
        used = [used[0] + cpu, used[1] + memory];
    }
    for (name, registered, part) in [
        ("CPUReservation", cpu.0, cpu.1),
        ("MemoryReservation", memory.0, memory.1),
        ("GPUReservation", gpu.0, gpu.1),
        ("CPUUtilization", cpu.0, used[0]),
        ("MemoryUtilization", memory.0, used[1]),
    ] {
        if registered > 0.0 {
            let value = one(clean(part * 100.0 / registered));
            feed.add([ECS, name], &[("ClusterName", &cluster.name)], at, value, Unit::Percent);
        }
    }
}

/// The part of an ARN by which the metrics of load balancing name its resource.
fn name_after<'a>(arn: &'a str, mark: &str) -> &'a str {
    arn.split_once(mark).map_or(arn, |(_, name)| name)
}

fn balancer_name(own: &LoadBalancer) -> &str {
    name_after(&own.arn, ":loadbalancer/")
}

/// `targetgroup/NAME/ID`.
fn group_name(own: &TargetGroup) -> &str {
    own.arn.rsplit_once(':').map_or(&own.arn, |(_, name)| name)
}

/// What came through the target groups of the services that are looked at, and how healthy those groups are and others
/// that an alarm names.
fn of_load_balancing(feed: &mut Feed<'_>, rooms: &Rooms, at: SimTime) {
    let mut groups: Map<u32, (Tally, u32)> = Map::new();
    for (_, roster) in rooms.ecs.loads().rosters() {
        let open: f64 = roster.groups.iter().filter(|own| own.takers > 0).map(|own| own.share).sum();
        for door in &roster.groups {
            let (tally, takers) = groups.or_insert_with(door.group, Default::default);
            if door.takers > 0 && door.share > 0.0 {
                tally.add(&roster.tally, door.share / open);
            }
            tally.rejected += roster.tally.rejected * door.share;
            *takers += door.takers;
        }
    }
    for group in rooms.elb.target_groups() {
        if !groups.contains_key(&group.id) && feed.cloudwatch.watches("TargetGroup", group_name(group)) {
            groups.insert(group.id, Default::default());
        }
    }
    let mut balancers: Map<u32, Tally> = Map::new();
    for (number, (tally, takers)) in groups.iter() {
        let Some(group) = rooms.elb.group(*number) else { continue };
        let Some(balancer) = group.balancer.and_then(|id| rooms.elb.balancer(id)) else { continue };
        let count = |state| rooms.elb.targets(*number).filter(|own| own.state == state).count() as f64;
        let (healthy, unhealthy) = (count(TargetState::Healthy), count(TargetState::Unhealthy));
        let registered = healthy + unhealthy + count(TargetState::Initial) > 0.0;
        let (own, group) = (("LoadBalancer", balancer_name(balancer)), ("TargetGroup", group_name(group)));
        let application = balancer.kind == Kind::Application;
        let space = if application { "AWS/ApplicationELB" } else { "AWS/NetworkELB" };
        if registered {
            feed.add([space, "HealthyHostCount"], &[own, group], at, one(healthy), Unit::Count);
            feed.add([space, "UnHealthyHostCount"], &[own, group], at, one(unhealthy), Unit::Count);
        }
        if !application {
            continue;
        }
        balancers.or_insert_with(balancer.id, Tally::default).add(tally, 1.0);
        balancers.or_insert_with(balancer.id, Tally::default).rejected += tally.rejected;
        if registered {
            let each = one(whole(tally.arrived) / f64::from((*takers).max(1)));
            for dimensions in [&[own, group][..], &[group][..]] {
                feed.add([space, "RequestCountPerTarget"], dimensions, at, each, Unit::Count);
            }
            requests(feed, tally, &[own, group], at);
        }
    }
    for (number, tally) in balancers.iter() {
        let Some(own) = rooms.elb.balancer(*number) else { continue };
        let dimensions = [("LoadBalancer", balancer_name(own))];
        requests(feed, tally, &dimensions, at);
        let name = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"];
        if whole(tally.rejected) > 0.0 {
            feed.add(name, &dimensions, at, counted(tally.rejected), Unit::Count);
        }
    }
}

/// RequestCount, the codes and the response times of an Application Load Balancer or one of its groups.
fn requests(feed: &mut Feed<'_>, tally: &Tally, dimensions: &[(&str, &str)], at: SimTime) {
    let space = "AWS/ApplicationELB";
    feed.add([space, "RequestCount"], dimensions, at, counted(tally.arrived), Unit::Count);
    let codes = ["2XX", "3XX", "4XX", "5XX"].into_iter().zip(tally.answered);
    for (class, count) in codes.filter(|(_, count)| whole(*count) > 0.0) {
        let mut name = "HTTPCode_Target_".to_string();
        name.push_str(class);
        name.push_str("_Count");
        feed.add([space, &name], dimensions, at, counted(count), Unit::Count);
    }
    let completed: f64 = tally.answered.iter().sum();
    if let Some((low, high)) = tally.range.filter(|_| whole(completed) > 0.0) {
        let count = whole(completed);
        let sums = (count, tally.seconds / completed * count, low, high);
        let values = Some(Rc::new(buckets(&tally.times, count / completed))).filter(|_| low < high);
        feed.put([space, "TargetResponseTime"], dimensions, at, (sums, values), Unit::Seconds);
    }
}

/// Values that lie closer to each other than a twentieth stand together, as CloudWatch's own buckets have it.
fn buckets(times: &[(f64, f64)], scale: f64) -> Values {
    let mut sorted: Vec<(f64, f64)> = times.iter().copied().filter(|(_, count)| *count > 0.0).collect();
    order::sort_by(&mut sorted, |(left, _), (right, _)| left.total_cmp(right));
    let mut all: Vec<(f64, f64, f64)> = Vec::new();
    for (seconds, count) in sorted.into_iter().map(|(seconds, count)| (seconds, count * scale)) {
        match all.last_mut().filter(|(first, ..)| seconds <= first * 1.05) {
            Some((_, sum, total)) => (*sum, *total) = (*sum + seconds * count, *total + count),
            None => all.push((seconds, seconds * count, count)),
        }
    }
    all.into_iter().map(|(_, sum, count)| (sum / count, count)).collect()
}

/// Requests are whole.
fn whole(count: f64) -> f64 {
    (count + 0.5) as u64 as f64
}

/// So many samples of 1.
fn counted(count: f64) -> Sums {
    let count = whole(count);
    if count > 0.0 { (count, count, 1.0, 1.0) } else { one(0.0) }
}
