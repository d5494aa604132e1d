//! Where Fargate puts a task: it spreads over the zones of the subnets, best effort (FG-13).

use super::{Ecs, LaunchType};
use crate::event::{ClusterId, Explained, TaskKey};
use crate::sim::order;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Zones and a count in each.
pub type Zones = Vec<(Rc<str>, u32)>;

impl Ecs {
    /// A task was made, or is to stop: how many of its group Fargate is to run in its zone changes with it.
    pub(super) fn count_on_fargate(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key).filter(|task| task.launch == LaunchType::Fargate) else { return };
        let key = (task.key.cluster, task.request.group.clone());
        let counts = self.on_fargate.or_insert_with(key.clone(), Vec::new);
        let index = counts.iter().position(|(zone, _)| *zone == task.zone).unwrap_or(counts.len());
        if index == counts.len() {
            counts.push((task.zone.clone(), 0));
        }
        if let Some((_, count)) = counts.get_mut(index) {
            *count = if task.wanted() { *count + 1 } else { count.saturating_sub(1) };
        }
        counts.retain(|(_, count)| *count > 0);
        if counts.is_empty() {
            self.on_fargate.remove(&key);
        }
    }
}

/// Whether a zone is out of capacity; Fargate Spot runs out by itself, too.
pub fn lacks(ecs: &Ecs, zone: &String, spot: bool) -> bool {
    ecs.faults.without_fargate.contains(zone) || (spot && ecs.faults.without_spot.contains(zone))
}

/// The zone with the fewest tasks of the group on Fargate that are to run; the first by name among equals. A zone that is
/// out of capacity is passed over.
pub fn choose_zone(ecs: &Ecs, cluster: ClusterId, group: &Rc<str>, zones: &[String], spot: bool) -> Explained {
    let held = ecs.on_fargate.get(&(cluster, group.clone()));
    let count = |zone: &String| held.into_iter().flatten().find(|(own, _)| **own == **zone).map_or(0, |own| own.1);
    let mut counts: Vec<(String, Option<u32>)> = Vec::new();
    for zone in zones {
        if !counts.iter().any(|(known, _)| known == zone) {
            counts.push((zone.clone(), (!lacks(ecs, zone, spot)).then(|| count(zone))));
        }
    }
    order::sort_by(&mut counts, |(left, _), (right, _)| left.cmp(right));
    let with_capacity = counts.iter().enumerate().filter_map(|(index, (_, count))| Some(((*count)?, index)));
    let chosen = with_capacity.min().map(|(_, index)| index);
    Explained::Fargate { zones: counts, chosen }
}
