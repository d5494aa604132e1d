//! Where Fargate puts a task: it spreads over the zones of the subnets, best effort (FG-13).

use super::{Ecs, LaunchType};
use crate::event::{ClusterId, Explained};
use crate::sim::order;
use alloc::string::String;
use alloc::vec::Vec;

/// The zone with the fewest tasks of the group on Fargate that are to run; the first by name among equals. A zone that is
/// out of capacity is passed over; Fargate Spot runs out by itself, too.
pub fn choose_zone(ecs: &Ecs, cluster: ClusterId, group: &str, zones: &[String], spot: bool) -> Explained {
    let lacks =
        |zone: &String| ecs.faults.without_fargate.contains(zone) || (spot && ecs.faults.without_spot.contains(zone));
    let mut counts: Vec<(String, Option<u32>)> = Vec::new();
    for zone in zones {
        if !counts.iter().any(|(known, _)| known == zone) {
            counts.push((zone.clone(), (!lacks(zone)).then_some(0)));
        }
    }
    order::sort_by(&mut counts, |(left, _), (right, _)| left.cmp(right));
    for task in ecs.tasks(cluster) {
        let same = task.launch == LaunchType::Fargate && task.wanted() && *task.group == *group;
        if let Some((_, Some(count))) = counts.iter_mut().find(|(zone, _)| same && **zone == *task.zone) {
            *count += 1;
        }
    }
    let with_capacity = counts.iter().enumerate().filter_map(|(index, (_, count))| Some(((*count)?, index)));
    let chosen = with_capacity.min().map(|(_, index)| index);
    Explained::Fargate { zones: counts, chosen }
}
