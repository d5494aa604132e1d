//! The images that a host holds, and how its agent removes what no task needs (1.4): every cycle at most so many, those
//! that were not needed for longest first. Nobody sees an image go before the next pull, so the cycles are made up for
//! then. Source: [AGENT:agent/engine/docker_image_manager.go], read 2026-11-20.

use super::instances::Touches;
use super::limits::Limit;
use super::{Ecs, TaskStatus};
use crate::ecr::Pulled;
use crate::event::{InstanceKey, TaskKey};
use crate::sim::{SimDuration, SimTime, order};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// An image that a host holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What the account's registry said of it when it came; none for one of elsewhere.
    what: Option<Rc<Pulled>>,
    /// When it came.
    pulled: SimTime,
    /// When it came, or the last task that needed it stopped.
    used: SimTime,
}

impl Kept {
    /// What the account's registry said of it when it came.
    pub fn what(&self) -> Option<&Pulled> {
        self.what.as_deref()
    }
}

/// An image came to a host, as the account's registry told of it. Another one under the same name takes its place.
pub fn came(ecs: &mut Ecs, key: InstanceKey, image: &str, what: Option<Pulled>, now: SimTime) {
    if let Some(instance) = ecs.instances.change(key, Touches::Nothing)
        && instance.images.get(image).is_none_or(|own| own.what() != what.as_ref())
    {
        let kept = Kept { what: what.map(Rc::new), pulled: now, used: now };
        Rc::make_mut(&mut instance.images).insert(String::from(image), kept);
    }
}

/// A task on a host stopped: its images are needed by one task less.
pub fn left(ecs: &mut Ecs, key: InstanceKey, task: TaskKey, now: SimTime) {
    let Some(definition) = ecs.task(task).map(|task| task.definition.clone()) else { return };
    let Some(instance) = ecs.instances.change(key, Touches::Nothing) else { return };
    for container in &definition.registration.core.containers {
        if instance.images.contains_key(&container.image)
            && let Some(kept) = Rc::make_mut(&mut instance.images).get_mut(&container.image)
        {
            kept.used = now;
        }
    }
}

/// Makes up for the cycles of an agent, before a task of its host pulls.
pub fn clean(ecs: &mut Ecs, key: InstanceKey, now: SimTime) {
    let Some(instance) = ecs.instance(key).filter(|own| own.images_per_cycle > 0) else { return };
    let [wait, age, interval] =
        [Limit::TaskCleanup, Limit::ImageAge, Limit::ImageCleanup].map(|limit| instance.limits.get(limit));
    let ripe = |kept: &Kept| (kept.pulled + age).max(kept.used + wait);
    if instance.images.values().all(|kept| ripe(kept) > now) {
        return;
    }
    let (since, most) = (instance.host.registered_at, instance.images_per_cycle as usize);
    let mut images = (*instance.images).clone();
    for image in needed(ecs, key, now) {
        if let Some(kept) = images.get_mut(&image) {
            kept.used = now;
        }
    }
    let mut last = instance.cleaned;
    // The first cycle that finds something, after the last one.
    while let Some(due) = images.values().map(ripe).min() {
        let at = cycle(since, interval, due.max(last + SimDuration::from_millis(1)));
        if at > now {
            break;
        }
        last = at;
        let mut found: Vec<(SimTime, String)> =
            images.iter().filter(|(_, kept)| ripe(kept) <= at).map(|(name, kept)| (kept.used, name.clone())).collect();
        order::sort_by(&mut found, |left, right| left.cmp(right));
        for (_, name) in found.into_iter().take(most) {
            images.remove(&name);
        }
    }
    if let Some(instance) = ecs.instances.change(key, Touches::Nothing) {
        instance.images = Rc::new(images);
        instance.cleaned = last;
    }
}

/// The images of tasks that came to the host before now and are there still.
fn needed(ecs: &Ecs, key: InstanceKey, now: SimTime) -> Vec<String> {
    let began = |at: Option<SimTime>| at.is_some_and(|at| at < now);
    let here = ecs.tasks(key.cluster).filter(|task| task.host() == Some(key) && task.status != TaskStatus::Stopped);
    let here = here.filter(|task| began(task.times.pull_started));
    here.flat_map(|task| &task.definition.registration.core.containers).map(|own| own.image.clone()).collect()
}

/// The first moment of a cycle that is not before another.
fn cycle(since: SimTime, interval: SimDuration, at: SimTime) -> SimTime {
    let (passed, span) = ((at - since).as_millis().max(0), interval.as_millis().max(1));
    since + SimDuration::from_millis((passed + span - 1) / span * span)
}
