//! What the registry holds.

use super::configuration::Config;
use super::lifecycle;
use super::policy::Document;
use crate::aws::Account;
use crate::aws::object::object;
use crate::iam::evaluate::Named;
use crate::iam::policy::Policy;
use crate::sim::SimTime;
use crate::sim::sorted::{Map, Set};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use sha2::Sha256;

/// How the policy of a repository is called where it decides.
pub const REPOSITORY_POLICY: &str = "repository policy";

/// The private registry of the account.
#[derive(Clone, Default)]
pub struct Ecr {
    pub(super) repositories: Map<String, Rc<Repository>>,
    /// How many repositories were ever made.
    pub(super) made: u32,
    pub(super) registry: Rc<Registry>,
    /// What was copied to other Regions, by Region and name.
    pub(super) copies: Map<(String, String), Rc<Repository>>,
}

/// What holds for all repositories.
#[derive(Clone, Default)]
pub(super) struct Registry {
    pub policy: Option<Document>,
    /// As PutRegistryScanningConfiguration gave it; null before.
    pub scanning: Value,
    /// As PutReplicationConfiguration gave it; null before.
    pub replication: Value,
    /// How many of those were put.
    pub replications: u32,
    pub settings: Map<String, String>,
    /// Principals whose pulls do not count as use.
    pub exclusions: Map<String, SimTime>,
    /// Pull-through cache rules by prefix, as described.
    pub rules: Map<String, Value>,
    /// The prefixes of those whose secret is gone.
    pub locked: Set<String>,
    /// Repository creation templates by prefix, as described.
    pub templates: Map<String, Value>,
}

/// A repository.
#[derive(Clone)]
pub struct Repository {
    /// Its number in the order of creation; never reused.
    pub number: u32,
    /// Its name, such as `team/web`.
    pub name: String,
    /// When it was made.
    pub created_at: SimTime,
    /// imageTagMutability.
    pub mutability: String,
    /// The patterns of tags for which the opposite holds (3.7).
    pub exclusions: Vec<String>,
    /// Whether it scans what is pushed by its own setting (3.10).
    pub scan_on_push: bool,
    /// encryptionConfiguration.
    pub encryption: Value,
    /// Its tags as ListTagsForResource gives them.
    pub tags: Vec<Value>,
    pub(super) policy: Option<Document>,
    pub(super) lifecycle: Option<Rc<Lifecycle>>,
    /// How many lifecycle policies it ever had.
    pub(super) policies: u32,
    pub(super) preview: Option<Rc<Preview>>,
    pub(super) layers: Map<String, Layer>,
    pub(super) uploads: Map<String, Rc<Upload>>,
    pub(super) images: Map<u32, Rc<Image>>,
    pub(super) by_digest: Map<String, u32>,
    pub(super) by_tag: Map<String, u32>,
    /// How many images were ever pushed.
    pub(super) pushed: u32,
}

/// A lifecycle policy in force.
#[derive(Clone)]
pub(super) struct Lifecycle {
    pub text: String,
    pub policy: lifecycle::Policy,
    /// When it last ran.
    pub evaluated_at: SimTime,
    /// Which of the repository's policies this is: the runs planned for an older one are void.
    pub version: u32,
}

/// What a lifecycle policy would do.
#[derive(Clone)]
pub(super) struct Preview {
    pub text: String,
    pub policy: lifecycle::Policy,
    /// previewResults once it is COMPLETE.
    pub results: Option<Vec<Value>>,
}

/// A layer or an image's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Bytes, compressed.
    pub size: u64,
    /// What stays of a configuration.
    pub config: Option<Rc<Config>>,
    /// The bytes where they are few, for clients that pull it and push it elsewhere.
    pub bytes: Option<Rc<str>>,
    /// Whether it was sent again since an image that names it was archived last: then it can be had, wherever its images are.
    pub sent_again: bool,
}

/// A layer on its way.
#[derive(Clone)]
pub(super) struct Upload {
    pub hash: Sha256,
    pub received: u64,
    pub parts: u32,
    /// The bytes of the last part.
    pub last_part: u64,
    /// Whether a part before the last was too small.
    pub small_part: bool,
    /// All bytes while they are few enough for a configuration.
    pub head: Vec<u8>,
}

/// Whether an image can be pulled (3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// It can.
    Active,
    /// It is in the archive.
    Archived,
    /// It is on its way out of the archive.
    Activating,
}

impl ImageStatus {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
            Self::Activating => "ACTIVATING",
        }
    }
}

/// An image: a manifest with its tags.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its number in the order of pushes to its repository.
    pub number: u32,
    /// The digest of its manifest.
    pub digest: String,
    /// The manifest as it came.
    pub manifest: Rc<str>,
    /// What the manifest says.
    pub parsed: super::manifest::Manifest,
    /// Its tags, the oldest first.
    pub tags: Vec<String>,
    /// imageSizeInBytes: of an index that of its largest image.
    pub size: u64,
    /// When its manifest came first.
    pub pushed_at: SimTime,
    /// When somebody last pulled it.
    pub pulled_at: Option<SimTime>,
    /// Whether it can be pulled.
    pub status: ImageStatus,
    /// When it went into the archive last.
    pub archived_at: Option<SimTime>,
    /// When it came back last.
    pub activated_at: Option<SimTime>,
    pub(super) scan: Option<super::scan::Scan>,
    /// Under which replication configuration it was pushed or tagged last, counted from 1, and when first under that.
    pub(super) replicates: (u32, SimTime),
}

impl Ecr {
    /// The repository of that name.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.get(name).map(Rc::as_ref)
    }

    /// All repositories by name.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.repositories.values().map(Rc::as_ref)
    }

    /// The registry's policy, parsed (3.11).
    pub fn registry_policy(&self) -> Option<&Value> {
        self.registry.policy.as_ref().map(|own| &*own.parsed)
    }

    /// The policy of the repository with that ARN, for who decides about access.
    pub fn resource_policy(&self, account: &Account, arn: &str) -> Option<Named<'_>> {
        let own = self.repository(arn.strip_prefix(super::words::arn(account, "").as_str())?)?;
        own.policy.as_ref().map(|own| Named { name: REPOSITORY_POLICY, policy: &own.policy })
    }

    /// The policies of all repositories that have one, by ARN.
    pub fn resource_policies(&self, account: &Account) -> Map<String, Rc<Policy>> {
        let each = |own: &Repository| Some((own.arn(account), own.policy.as_ref()?.policy.clone()));
        self.repositories().filter_map(each).collect()
    }

    /// How much a copy of the state holds, for snapshots.
    pub fn weight(&self) -> usize {
        self.repositories.len() + self.copies.len()
    }

    pub(super) fn change(&mut self, name: &str) -> Option<&mut Repository> {
        self.repositories.get_mut(name).map(Rc::make_mut)
    }

    pub(super) fn numbered(&mut self, number: u32) -> Option<&mut Repository> {
        let name = self.repositories().find(|own| own.number == number)?.name.clone();
        self.change(&name)
    }

    pub(super) fn registry_mut(&mut self) -> &mut Registry {
        Rc::make_mut(&mut self.registry)
    }
}

impl Repository {
    /// An empty one with the settings that every new one has.
    pub(super) fn plain(number: u32, name: &str) -> Self {
        Self {
            number,
            name: name.to_string(),
            created_at: SimTime::default(),
            mutability: "MUTABLE".to_string(),
            exclusions: Vec::new(),
            scan_on_push: false,
            encryption: object!({ "encryptionType": "AES256" }),
            tags: Vec::new(),
            policy: None,
            lifecycle: None,
            policies: 0,
            preview: None,
            layers: Map::new(),
            uploads: Map::new(),
            images: Map::new(),
            by_digest: Map::new(),
            by_tag: Map::new(),
            pushed: 0,
        }
    }

    /// Its ARN.
    pub fn arn(&self, account: &Account) -> String {
        super::words::arn(account, &self.name)
    }

    /// repositoryUri: how an image's name begins.
    pub fn uri(&self, account: &Account) -> String {
        alloc::format!("{}/{}", super::host::of(account), self.name)
    }

    /// The lifecycle policy in force as text; none without one.
    pub fn lifecycle_text(&self) -> Option<&str> {
        self.lifecycle.as_ref().map(|own| own.text.as_str())
    }

    /// The repository's policy, parsed (3.3).
    pub fn policy(&self) -> Option<&Value> {
        self.policy.as_ref().map(|own| &*own.parsed)
    }

    /// The images, the oldest push first.
    pub fn images(&self) -> impl DoubleEndedIterator<Item = &Image> {
        self.images.values().map(Rc::as_ref)
    }

    /// The layer or configuration of that digest.
    pub fn layer(&self, digest: &str) -> Option<&Layer> {
        self.layers.get(digest)
    }

    /// The layers and configurations by digest.
    pub fn layers(&self) -> impl Iterator<Item = (&String, &Layer)> {
        self.layers.iter()
    }

    /// The image of that digest.
    pub fn image(&self, digest: &str) -> Option<&Image> {
        self.images.get(self.by_digest.get(digest)?).map(Rc::as_ref)
    }

    /// The image that the tag stands at.
    pub fn tagged(&self, tag: &str) -> Option<&Image> {
        self.images.get(self.by_tag.get(tag)?).map(Rc::as_ref)
    }

    /// The image that an imageId names by digest, tag or both.
    pub fn find(&self, id: &Value) -> Option<&Image> {
        let (digest, tag) = (id["imageDigest"].as_str(), id["imageTag"].as_str());
        let found = match (digest, tag) {
            (Some(digest), _) => self.image(digest),
            (None, Some(tag)) => self.tagged(tag),
            (None, None) => None,
        };
        found.filter(|image| tag.is_none_or(|tag| image.tags.iter().any(|own| own == tag)))
    }

    pub(super) fn image_mut(&mut self, number: u32) -> Option<&mut Image> {
        self.images.get_mut(&number).map(Rc::make_mut)
    }

    /// Puts a tag at an image, which takes it from the one that had it; that one's number.
    pub(super) fn put_tag(&mut self, tag: &str, number: u32) -> Option<u32> {
        let before = self.by_tag.insert(tag.into(), number).filter(|before| *before != number);
        if let Some(before) = before.and_then(|before| self.image_mut(before)) {
            before.tags.retain(|own| own != tag);
        }
        if let Some(image) = self.image_mut(number).filter(|image| image.tags.iter().all(|own| own != tag)) {
            image.tags.push(tag.into());
        }
        before
    }

    /// Takes a tag away; the image that had it stays.
    pub(super) fn drop_tag(&mut self, tag: &str) {
        if let Some(image) = self.by_tag.remove(tag).and_then(|number| self.image_mut(number)) {
            image.tags.retain(|own| own != tag);
        }
    }

    /// Takes an image away with its tags, and its layers as far as no other image needs them.
    pub(super) fn remove(&mut self, number: u32) -> Option<Rc<Image>> {
        let image = self.images.remove(&number)?;
        self.by_digest.remove(&image.digest);
        for tag in &image.tags {
            self.by_tag.remove(tag);
        }
        for blob in image.parsed.blobs() {
            if !self.images().any(|other| other.parsed.blobs().any(|own| own.digest == blob.digest)) {
                self.layers.remove(&blob.digest);
            }
        }
        Some(image)
    }

    /// The image index that holds an image, if one does.
    pub fn index_of(&self, digest: &str) -> Option<&Image> {
        self.images().find(|own| own.parsed.children.iter().any(|child| child.blob.digest == digest))
    }
}
