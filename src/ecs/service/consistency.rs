//! Software version consistency (RL-13): the first task of a service revision that finds its images resolves their tags to
//! digests, and the tasks after it pull these digests, wherever the tags have moved by then. A new deployment resolves anew.
//!
//! Sources: [DG:deployment-type-ecs] (container image resolution), [AGENT:agent/utils/reference/reference.go], read
//! 2026-11-22.

use super::Owner;
use crate::ecs::taskdef::Container;
use crate::ecs::{Ecs, Task, reach};
use crate::event::TaskKey;
use crate::placement::query::Version;
use alloc::borrow::Cow;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The first agent that tells digests.
const AGENT: &str = "1.70.0";

/// After so many tasks that could not tell the digests, the revision goes on without.
const ATTEMPTS: u32 = 3;

/// The digests of the images of a service revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Of each container in the order of the definition; empty until they are established.
    digests: Vec<Option<Rc<str>>>,
    /// The tasks that could not tell them.
    failed: u32,
}

/// The digest that the tag of a container's image stands for in a service revision, once it is established.
pub fn digest(ecs: &Ecs, owner: Owner, container: usize) -> Option<&Rc<str>> {
    let own = ecs.services.get(owner.service)?.resolved.get(&owner.revision)?;
    own.digests.get(container)?.as_ref()
}

/// The reference that a task pulls for a container: a digest stands behind it where one is established.
pub fn reference<'a>(ecs: &Ecs, task: &Task, container: &'a Container) -> Cow<'a, str> {
    let all = &task.definition.registration.core.containers;
    let index = all.iter().position(|own| own.name == container.name);
    let found = task.request.owner.zip(index).and_then(|(owner, index)| digest(ecs, owner, index));
    match found.filter(|_| container.consistent && tells(ecs, task)) {
        Some(digest) => Cow::Owned(format!("{}@{digest}", container.image)),
        None => Cow::Borrowed(container.image.as_str()),
    }
}

/// Whether a task would establish the digests of its revision.
pub fn is_open(ecs: &Ecs, task: &Task) -> bool {
    let Some(owner) = task.request.owner else { return false };
    let Some(service) = ecs.services.get(owner.service) else { return false };
    let own = service.resolved.get(&owner.revision);
    own.is_none_or(|own| own.digests.is_empty() && own.failed < ATTEMPTS) && tells(ecs, task)
}

/// A task tells the digests of its images, by container; none of one that it did not find. Those that are to stay tags are
/// left out.
pub fn establish(ecs: &mut Ecs, key: TaskKey, found: Vec<Option<Rc<str>>>) {
    let Some(task) = ecs.task(key).filter(|task| is_open(ecs, task)) else { return };
    let Some(owner) = task.request.owner else { return };
    let definition = task.definition.clone();
    let containers = &definition.registration.core.containers;
    let wanted = || containers.iter().zip(&found).filter(|(own, _)| own.consistent);
    let is_whole = wanted().all(|(_, digest)| digest.is_some());
    if wanted().next().is_none() {
        return;
    }
    let Some(service) = ecs.services.change(owner.service) else { return };
    let mut own = service.resolved.get(&owner.revision).map(|own| (**own).clone()).unwrap_or_default();
    match is_whole {
        true => {
            let kept = containers.iter().zip(found).map(|(own, digest)| digest.filter(|_| own.consistent));
            own.digests = kept.collect();
        }
        false => own.failed += 1,
    }
    service.resolved.insert(owner.revision, Rc::new(own));
}

/// The same for a task whose images lie elsewhere than in the account's registry: what stands under a name there stays.
pub fn establish_by_name(ecs: &mut Ecs, key: TaskKey) {
    let Some(task) = ecs.task(key).filter(|task| task.answers.is_none() && is_open(ecs, task)) else { return };
    let there = |own: &Container| own.image_size.is_some() && reach::pull(ecs, task, own).is_none();
    let containers = task.definition.registration.core.containers.iter();
    let found = containers.map(|own| Some(own.image_digest.clone()).filter(|_| there(own))).collect();
    establish(ecs, key, found);
}

/// Whether who runs a task tells digests: an agent from 1.70.0 on, and platform version 1.4.0 of Fargate.
fn tells(ecs: &Ecs, task: &Task) -> bool {
    match task.host().and_then(|key| ecs.instance(key)) {
        Some(host) => Version::parse(AGENT)
            .and_then(|first| first.compared_to(&host.host.agent_version))
            .is_some_and(|order| order != Ordering::Greater),
        None => {
            let family = task.definition.registration.core.os_family.as_deref();
            !reach::is_spared(task) && !family.is_some_and(|own| own.starts_with("WINDOWS"))
        }
    }
}
