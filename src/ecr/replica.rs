//! The copies of images in another Region (3.11).

use super::items;
use super::state::{Ecr, Image, Layer, Registry, Repository};
use super::text;
use crate::aws::Account;
use crate::event::Cx;
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How long a replica takes: usually less than 30 minutes (3.11).
pub const TAKES: SimDuration = SimDuration::from_secs(300);

impl Registry {
    /// Since when an image is copied: what was pushed or tagged under the configuration in force.
    pub fn copies(&self, image: &Image) -> Option<SimTime> {
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

impl Ecr {
    /// Whether a rule leads to the account's registry in another Region.
    pub fn replicates_to(&self, account: &Account, region: &str) -> bool {
        let mut all = items(&self.registry.replication, "rules").flat_map(|rule| items(rule, "destinations"));
        all.any(|own| own["region"] == region && own["registryId"] == account.id.as_str())
    }

    /// What the account's registry in another Region holds: what was copied there.
    pub fn replica(&self, region: &str) -> Self {
        let there = self.copies.iter().filter(|((own, _), _)| own == region);
        let repositories: Map<_, _> = there.map(|((_, name), own)| (name.clone(), own.clone())).collect();
        Self { repositories, ..Self::default() }
    }

    /// A repository of the account's registry in another Region.
    pub(super) fn copied(&self, region: &str, name: &str) -> Option<&Repository> {
        self.copies.get(&(region.to_string(), name.to_string())).map(Rc::as_ref)
    }
}

/// An image that was pushed or tagged is copied, with the tags that it has now, to each destination; the repository there
/// is made with it and has the settings that every new one has. What is deleted here later stays there (3.11).
pub(super) fn copy(ecr: &mut Ecr, cx: &mut Cx<'_>, repository: u32, number: u32) {
    let account = cx.options().account.clone();
    let Some(own) = ecr.repositories().find(|own| own.number == repository) else { return };
    let Some(image) = own.images.get(&number).filter(|image| ecr.registry.copies(image).is_some()) else { return };
    let layers: Vec<(String, Layer)> =
        image.parsed.blobs().filter_map(|blob| Some((blob.digest.clone(), own.layer(&blob.digest)?.clone()))).collect();
    let ours = |own: &&Value| own["registryId"] == account.id.as_str() && own["region"] != account.region.as_str();
    let regions: Vec<String> =
        ecr.registry.destinations(&own.name).filter(ours).map(|own| text(own, "region").to_string()).collect();
    let (name, image) = (own.name.clone(), image.clone());
    for region in regions {
        let made = || Rc::new(Repository { created_at: cx.now(), ..Repository::plain(repository, &name) });
        let there = Rc::make_mut(ecr.copies.or_insert_with((region.clone(), name.clone()), made));
        there.take(&image, &layers, cx.now());
        super::tell(cx, &name, format!("image {} copied to {region}", super::short(&image.digest)));
    }
}

impl Repository {
    /// Takes a copy of an image, or the tags of one that is here.
    fn take(&mut self, image: &Image, layers: &[(String, Layer)], now: SimTime) {
        let known = self.image(&image.digest).map(|own| own.number);
        let number = known.unwrap_or(self.pushed + 1);
        if known.is_none() {
            self.pushed = number;
            self.by_digest.insert(image.digest.clone(), number);
            let copy = Image { number, tags: Vec::new(), pushed_at: now, pulled_at: None, scan: None, ..image.clone() };
            self.images.insert(number, Rc::new(copy));
            for (digest, layer) in layers {
                self.layers.insert(digest.clone(), layer.clone());
            }
        }
        for tag in &image.tags {
            self.put_tag(tag, number);
        }
    }
}
