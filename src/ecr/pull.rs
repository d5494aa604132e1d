//! What a pull of an image of this registry finds (3.4, 3.5), for whoever runs containers.

use super::cache::{self, Puller};
use super::configuration::Config;
use super::manifest::Manifest;
use super::state::{Ecr, Image, ImageStatus, Repository};
use super::{docker, host};
use crate::aws::Account;
use crate::aws::object::object;
use crate::ecs::registry;
use crate::event::{Cx, Event, RegistryStep, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

/// An image that can be pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// MB that come over the network.
    pub size: u32,
    /// The digest that the reference stands for: of an index, if it is one.
    pub digest: String,
    /// What the image is made for; one alone, outside of an index, comes even if that is not the wanted platform.
    pub made_for: MadeFor,
    /// What the configuration says of the image for that platform, if the registry holds one.
    pub config: Option<Rc<Config>>,
}

/// What an image is made for, seen from the platform that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeFor {
    /// This platform, or it does not say.
    Platform,
    /// Another processor.
    Processor,
    /// Another system, this one.
    System(&'static str),
}

impl MadeFor {
    fn of(own: &str, platform: &str) -> Self {
        let system = |of: &str| if of.starts_with("windows") { "windows" } else { "linux" };
        match own {
            "" => Self::Platform,
            own if own == platform => Self::Platform,
            own if system(own) == system(platform) => Self::Processor,
            own => Self::System(system(own)),
        }
    }
}

/// Why an image cannot be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The repository does not exist.
    NoRepository,
    /// The repository has no such tag or digest.
    NoImage,
    /// The index has no image for the platform.
    NoPlatform,
    /// The image is in the archive.
    Archived,
    /// The registry behind a pull-through cache lets nobody in: the secret of its rule is gone.
    Locked,
}

/// Repository, tag and digest of a reference into the account's registry; none for an image elsewhere.
pub fn reference<'a>(account: &Account, named: &'a str) -> Option<(&'a str, &'a str, Option<&'a str>)> {
    let (host, rest) = named.split_once('/')?;
    host::read(host).filter(|own| *own == (account.id.as_str(), account.region.as_str()))?;
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    let (name, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
    Some((name, tag, digest))
}

impl Ecr {
    /// What a pull finds; none for an image of a registry that is taken on trust, that is of another account or elsewhere.
    /// `platform` is `OS/ARCHITECTURE`. A role that is taken on trust is no `puller`.
    pub fn pull(
        &self,
        account: &Account,
        named: &str,
        platform: &str,
        puller: Option<Puller<'_>>,
    ) -> Option<Result<Pulled, Refusal>> {
        let Some((name, tag, digest)) = reference(account, named) else {
            return self.pull_copy(account, named, platform);
        };
        let own = self.repository(name);
        let found = own.and_then(|own| digest.map_or_else(|| own.tagged(tag), |digest| own.image(digest)));
        if let (Some(own), Some(image)) = (own, found) {
            return Some(own.pulled(image, platform));
        }
        let upstream = match self.upstream(name, tag).transpose() {
            Ok(named) => named.map(|named| docker::upstream(&named)),
            Err(refusal) => {
                return Some(Err(puller.and_then(|own| own.fills(self, name).err()).unwrap_or(refusal)));
            }
        };
        if let Some(found) = upstream.filter(|found| digest.is_none_or(|digest| digest == found.digest)) {
            if let Some(Err(refusal)) = puller.map(|own| own.fills(self, name)) {
                return Some(Err(refusal));
            }
            let Some(built) = found.image(platform) else { return Some(Err(Refusal::NoPlatform)) };
            let size = megabytes(built.layers.iter().map(|own| own.size).sum());
            let config = Config::read(built.config.bytes.as_bytes()).map(Rc::new);
            return Some(Ok(Pulled { size, digest: found.digest, made_for: MadeFor::Platform, config }));
        }
        Some(Err(match own {
            Some(_) => Refusal::NoImage,
            None => Refusal::NoRepository,
        }))
    }

    /// The digest that a reference into the account's registry stands for now, if there is such an image.
    pub fn digest(&self, account: &Account, named: &str) -> Option<&str> {
        let (name, tag, digest) = reference(account, named)?;
        let own = self.repository(name)?;
        let image = digest.map_or_else(|| own.tagged(tag), |digest| own.image(digest))?;
        Some(image.digest.as_str())
    }

    /// The same of the account's registry in another Region, which holds what was copied there (3.11).
    fn pull_copy(&self, account: &Account, named: &str, platform: &str) -> Option<Result<Pulled, Refusal>> {
        let (registry, region) = host::read(named.split_once('/')?.0)?;
        if registry != account.id {
            return None;
        }
        let there = Account { region: region.to_string(), ..account.clone() };
        let (name, tag, digest) = reference(&there, named)?;
        let Some(own) = self.copied(region, name) else {
            return Some(Err(Refusal::NoRepository));
        };
        let found = digest.map_or_else(|| own.tagged(tag), |digest| own.image(digest));
        Some(found.ok_or(Refusal::NoImage).and_then(|image| own.pulled(image, platform)))
    }
}

impl Repository {
    /// `OS/ARCHITECTURE` of an image; empty where its configuration does not say.
    pub fn platform(&self, manifest: &Manifest) -> &str {
        self.config(manifest).map(|config| config.platform.as_str()).unwrap_or_default()
    }

    fn config(&self, manifest: &Manifest) -> Option<&Rc<Config>> {
        self.layers.get(&manifest.config.as_ref()?.digest)?.config.as_ref()
    }

    fn pulled(&self, image: &Image, platform: &str) -> Result<Pulled, Refusal> {
        let child = image.parsed.children.iter().find(|child| child.platform == platform);
        let one = match (image.parsed.is_index(), child) {
            (false, _) => image,
            (true, Some(child)) => self.image(&child.blob.digest).ok_or(Refusal::NoImage)?,
            (true, None) => return Err(Refusal::NoPlatform),
        };
        if image.status != ImageStatus::Active || one.status != ImageStatus::Active {
            return Err(Refusal::Archived);
        }
        let made_for = MadeFor::of(self.platform(&one.parsed), platform);
        Ok(Pulled {
            size: megabytes(one.size),
            digest: image.digest.clone(),
            made_for,
            config: self.config(&one.parsed).cloned(),
        })
    }
}

fn megabytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

/// A task has pulled the image of one of its containers.
pub(super) fn by_task(ecr: &mut Ecr, rooms: &Rooms, cx: &mut Cx<'_>, task: TaskKey, container: u32) {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let containers = rooms.ecs.task(task).map(|task| &task.definition.registration.core.containers);
    let Some(own) = containers.and_then(|all| all.get(container as usize)) else { return };
    let Some((name, tag, digest)) = reference(&account, &own.image) else { return };
    let told = rooms.ecs.task(task).and_then(|task| registry::answer(task, own)?.as_ref().ok());
    let digest = told.map(|pulled| pulled.digest.as_str()).or(digest);
    let there = digest.is_some_and(|digest| ecr.repository(name).is_some_and(|own| own.image(digest).is_some()));
    if !there {
        // What cannot be fetched was not pulled either.
        let _ = cache::ensure(ecr, cx, name, &object!({ "imageTag": tag }), None);
    }
    let id = digest.map_or_else(|| object!({ "imageTag": tag }), |digest| object!({ "imageDigest": digest }));
    let name = name.to_string();
    let Some(own) = ecr.change(&name) else { return };
    let number = own.find(&id).map(|image| image.number);
    let repository = own.number;
    if let Some(image) = number.and_then(|number| own.image_mut(number)) {
        image.pulled_at = Some(now);
        let event = Event::Registry { repository, image: image.number, step: RegistryStep::Pulled };
        cx.schedule(SimDuration::ZERO, event);
    }
}
