//! Container Insights: what a cluster publishes into ECS/ContainerInsights each minute while its setting is on (MT-07).

use super::collect::{Feed, Unit, one, summed};
use crate::ecs::load::Member;
use crate::ecs::service::{Counts, ServiceStatus};
use crate::ecs::{Cluster, TaskStatus};
use crate::rooms::Rooms;
use crate::sim::SimTime;

const INSIGHTS: &str = "ECS/ContainerInsights";

/// What a metric takes of a task.
type Amount = fn(&Member) -> f64;

/// The minute of one cluster: its services, then itself. What is reserved and used has a sample of each RUNNING task of a
/// service, in the service's metric and in the cluster's.
pub(super) fn publish(feed: &mut Feed<'_>, rooms: &Rooms, cluster: &Cluster, at: SimTime) {
    let name = ("ClusterName", cluster.name.as_str());
    let mut services = 0;
    for service in rooms.ecs.services(cluster.id).filter(|own| own.status != ServiceStatus::Inactive) {
        services += 1;
        let counts = Counts::of(&rooms.ecs, service, None);
        let dimensions = [name, ("ServiceName", &*service.name)];
        for (metric, count) in [
            ("DesiredTaskCount", service.desired),
            ("RunningTaskCount", counts.running),
            ("PendingTaskCount", counts.pending),
            ("DeploymentCount", service.deployments.len() as u32),
        ] {
            feed.add([INSIGHTS, metric], &dimensions, at, one(f64::from(count)), Unit::Count);
        }
        let members = rooms.ecs.loads().roster(service.key).map(|own| own.members.as_slice()).unwrap_or_default();
        let amounts: [(&str, Amount, Unit); 4] = [
            ("CpuUtilized", |own| own.average()[0], Unit::None),
            ("CpuReserved", |own| own.reserved[0], Unit::None),
            ("MemoryUtilized", |own| own.average()[1], Unit::Megabytes),
            ("MemoryReserved", |own| own.reserved[1], Unit::Megabytes),
        ];
        for (metric, amount, unit) in amounts {
            if let Some(sums) = summed(members.iter().map(amount)) {
                feed.add([INSIGHTS, metric], &dimensions, at, sums, unit);
                feed.add([INSIGHTS, metric], &[name], at, sums, unit);
            }
        }
    }
    let running = || rooms.ecs.tasks(cluster.id).filter(|task| task.status == TaskStatus::Running);
    let busy = rooms.ecs.instances(cluster.id).filter(|own| running().any(|task| task.instance == Some(own.key.id)));
    for (metric, count) in
        [("TaskCount", running().count()), ("ServiceCount", services), ("ContainerInstanceCount", busy.count())]
    {
        feed.add([INSIGHTS, metric], &[name], at, one(count as f64), Unit::Count);
    }
}
