//! What the account's registry holds of the images that tasks name (`scaling-ecr-iam-cli.md` 3.4, 3.5).
//!
//! A task that is about to pull asks the registry, once, and keeps the answer: a tag may move while it runs. Until the
//! registry is used nobody asks.

use super::image::PullError;
use super::taskdef::Container;
use super::{Ecs, LaunchType, Task, TaskStatus, image, lifecycle, roles};
use crate::ecr::{Pulled, Puller};
use crate::event::{Cx, TaskKey};
use crate::iam::Scene;
use crate::rooms::Rooms;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// The answer about the image of one container; none for an image elsewhere and for one that is taken on trust.
pub type Answer = Option<Result<Pulled, PullError>>;

/// Whether a task has to ask before it pulls.
pub fn asks(ecs: &Ecs, task: &Task) -> bool {
    let containers = || task.definition.registration.core.containers.iter();
    ecs.registry_used && task.answers.is_none() && containers().any(|own| own.image.contains(".dkr.ecr."))
}

/// The answer about one container's image.
pub fn answer<'a>(task: &'a Task, container: &Container) -> Option<&'a Result<Pulled, PullError>> {
    let containers = &task.definition.registration.core.containers;
    let index = containers.iter().position(|own| own.name == container.name)?;
    task.answers.as_ref()?.get(index)?.as_ref()
}

/// Whether the registry had something to say about a task.
pub fn answered(task: &Task) -> bool {
    task.answers.iter().flat_map(|all| all.iter()).any(Option::is_some)
}

/// A task asks, and goes on with the answers.
pub fn ask(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let waits = |task: &&Task| task.wanted() && task.status < TaskStatus::Running && task.answers.is_none();
    let Some(task) = ecs.task(key).filter(waits) else { return };
    let (platform, registered_at) = (platform(ecs, task), task.definition.registered_at);
    let fargate = task.launch == LaunchType::Fargate;
    let account = &cx.options().account;
    let session = roles::puller(ecs, task).and_then(|(role, session)| rooms.iam.session_of(account, role, &session));
    let scene = |caller| Scene { caller, account, now: cx.now() };
    let puller = session.as_deref().map(|caller| Puller { iam: &rooms.iam, scene: scene(caller) });
    let look = |own: &Container| {
        let answer = rooms.ecr.pull(account, &own.image, platform, registered_at, puller)?;
        // Fargate looks at the platform of every image; Docker only at those of an index.
        Some(match answer {
            Ok(pulled) if fargate && !pulled.runs => Err(PullError::NoPlatform(platform)),
            Ok(pulled) => Ok(pulled),
            Err(why) => Err(PullError::of(why, platform)),
        })
    };
    let answers: Vec<Answer> = task.definition.registration.core.containers.iter().map(look).collect();
    if let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) {
        task.answers = Some(Box::new(answers));
    }
    lifecycle::begin_containers(ecs, cx, key);
}

/// The platform for which the image of a container has nothing, if it is that of the task.
pub fn lacks(ecs: &Ecs, task: &Task, container: &Container) -> Option<&'static str> {
    let own = platform(ecs, task);
    image::lacks(&container.image, own).then_some(own)
}

/// `OS/ARCHITECTURE` of where a task runs.
fn platform(ecs: &Ecs, task: &Task) -> &'static str {
    let core = &task.definition.registration.core;
    let host = task.host().and_then(|key| ecs.instance(key));
    let is = |name: &str, value: &str| {
        host.is_some_and(|own| own.host.attributes.get(name).is_some_and(|own| own.as_deref() == Some(value)))
    };
    let arm = if host.is_some() {
        is("ecs.cpu-architecture", "arm64")
    } else {
        core.cpu_architecture.as_deref() == Some("ARM64")
    };
    let windows = if host.is_some() {
        is("ecs.os-type", "windows")
    } else {
        core.os_family.as_deref().is_some_and(|own| own.starts_with("WINDOWS"))
    };
    match (windows, arm) {
        (true, _) => "windows/amd64",
        (false, true) => "linux/arm64",
        (false, false) => "linux/amd64",
    }
}
