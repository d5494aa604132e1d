//! The copies of images in another Region (3.11).

use super::items;
use super::state::{Ecr, Registry, Repository};
use super::text;
use crate::aws::Account;
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// How long a replica takes: usually less than 30 minutes (3.11).
pub const TAKES: SimDuration = SimDuration::from_secs(300);

impl Registry {
    /// Since when an image is copied: what was pushed or tagged under the configuration in force.
    pub fn copies(&self, image: &super::Image) -> Option<SimTime> {
        let (number, at) = image.replicates;
        (number > 0 && number == self.replications).then_some(at)
    }

    /// The destinations of what is pushed to a repository.
    pub fn destinations(&self, name: &str) -> impl Iterator<Item = &Value> {
        let fits = move |filter: &Value| name.starts_with(text(filter, "filter"));
        let rules = items(&self.replication, "rules")
            .filter(move |rule| rule["repositoryFilters"].is_null() || items(rule, "repositoryFilters").any(fits));
        rules.flat_map(|rule| items(rule, "destinations"))
    }
}

fn is_at(destination: &Value, account: &Account, region: &str) -> bool {
    destination["region"] == region && destination["registryId"] == account.id.as_str()
}

impl Ecr {
    /// Whether a rule leads to the account's registry in another Region.
    pub fn replicates_to(&self, account: &Account, region: &str) -> bool {
        let mut all = items(&self.registry.replication, "rules").flat_map(|rule| items(rule, "destinations"));
        all.any(|own| is_at(own, account, region))
    }

    /// What the account's registry in another Region holds: the images that were pushed since the replication was set, as
    /// far as they have come, in repositories with the settings that every new one has.
    pub fn replica(&self, account: &Account, region: &str, now: SimTime) -> Self {
        let there = |own: &Value| is_at(own, account, region);
        let mut repositories = Map::new();
        for own in self.repositories().filter(|own| self.registry.destinations(&own.name).any(there)) {
            if let Some(copy) = own.copy(&self.registry, now) {
                repositories.insert(own.name.clone(), Rc::new(copy));
            }
        }
        let used_since = repositories.values().map(|own| own.created_at).min();
        Self { repositories, used_since, ..Self::default() }
    }
}

impl Repository {
    /// The repository with the images that are copied by now; none without an image.
    fn copy(&self, registry: &Registry, now: SimTime) -> Option<Self> {
        let mut copy = self.clone();
        let stays = |image: &super::Image| registry.copies(image).is_some_and(|since| now - since >= TAKES);
        let gone: Vec<u32> = self.images().filter(|image| !stays(image)).map(|image| image.number).collect();
        for number in gone {
            copy.remove(number);
        }
        let numbers: Vec<u32> = copy.images().map(|image| image.number).collect();
        for number in numbers {
            if let Some(image) = copy.image_mut(number) {
                image.pushed_at = image.replicates.1 + TAKES;
                image.pulled_at = None;
                image.scan = None;
            }
        }
        let first = copy.images().next()?.pushed_at;
        copy.created_at = first;
        copy.mutability = "MUTABLE".to_string();
        copy.exclusions.clear();
        copy.scan_on_push = false;
        copy.tags.clear();
        copy.uploads = Map::new();
        (copy.policy, copy.lifecycle, copy.preview) = (None, None, None);
        Some(copy)
    }
}
