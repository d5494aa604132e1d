//! What the account's registry holds of the images that tasks name (`scaling-ecr-iam-cli.md` 3.4, 3.5).
//!
//! A task that is about to pull asks the registry, once, and keeps the answer: a tag may move while it runs.

use super::describe_task::runtime_id;
use super::image::PullError;
use super::releases::Release;
use super::taskdef::Container;
use super::{Ecs, LaunchType, Task, TaskStatus, image, lifecycle, reach, roles, service};
use crate::ecr::configuration::Written;
use crate::ecr::{MadeFor, Pulled, Puller};
use crate::event::{Cx, TaskKey};
use crate::iam::Scene;
use crate::rooms::Rooms;
use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// The answer about the image of one container; none for an image elsewhere and for one that is taken on trust.
pub type Answer = Option<Result<Pulled, PullError>>;

/// Whether a task has to ask before it pulls.
pub fn asks(task: &Task) -> bool {
    let mut containers = task.definition.registration.core.containers.iter();
    task.answers.is_none() && containers.any(|own| image::in_ecr(&own.image).is_some())
}

/// The answer about one container's image.
pub fn answer<'a>(task: &'a Task, container: &Container) -> Option<&'a Result<Pulled, PullError>> {
    let containers = &task.definition.registration.core.containers;
    let index = containers.iter().position(|own| own.name == container.name)?;
    task.answers.as_ref()?.get(index)?.as_ref()
}

/// What the image of the container of a name says that it runs, where the registry told.
pub fn written<'a>(task: &'a Task, name: &str) -> Option<&'a Written> {
    let answers = task.answers.as_ref()?;
    let index = task.definition.registration.core.containers.iter().position(|own| own.name == name)?;
    let pulled = answers.get(index)?.as_ref()?.as_ref().ok()?;
    pulled.config.as_ref().map(|config| &config.written)
}

/// Whether the registry had something to say about a task.
pub fn answered(task: &Task) -> bool {
    task.answers.iter().flat_map(|all| all.iter()).any(Option::is_some)
}

/// A task asks, and goes on with the answers.
pub fn ask(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let waits = |task: &&Task| task.wanted() && task.status < TaskStatus::Running && task.answers.is_none();
    let Some(task) = ecs.task(key).filter(waits) else { return };
    let platform = platform(ecs, task);
    let fargate = task.launch == LaunchType::Fargate;
    let told = told(release(ecs, task), task, platform);
    let account = &cx.options().account;
    let session = roles::puller(ecs, task).and_then(|(role, session)| rooms.iam.session_of(account, role, &session));
    let scene = |caller| Scene { caller, account, now: cx.now() };
    let puller = session.as_deref().map(|caller| Puller { iam: &rooms.iam, scene: scene(caller) });
    let host = task.host().and_then(|key| ecs.instance(key));
    let look = |own: &Container| {
        let named = service::reference(ecs, task, own);
        // What the host holds under that name, and under that digest where one is fixed.
        let kept = host.and_then(|host| Some((host.pulls, host.images.get(&own.image)?.what()?)));
        let kept = kept.filter(|(_, kept)| named.split_once('@').is_none_or(|(_, digest)| digest == kept.digest));
        let answer = match kept.filter(|(pulls, _)| pulls.uses_cache()) {
            Some((_, kept)) => Ok(kept.clone()),
            None => rooms.ecr.pull(account, &named, platform, puller)?,
        };
        let answer = answer.or_else(|why| match kept.filter(|(pulls, _)| pulls.falls_back()) {
            Some((_, kept)) => Ok(kept.clone()),
            None => Err(why),
        });
        // Fargate looks at the platform of every image; Docker only at those of an index, and at the system.
        Some(match answer {
            Ok(pulled) if fargate && pulled.made_for != MadeFor::Platform => Err(PullError::NoPlatform(platform)),
            Ok(Pulled { made_for: MadeFor::System(system), .. }) => Err(PullError::OtherSystem(system)),
            Ok(pulled) => Ok(pulled),
            Err(why) => Err(PullError::of(why, told)),
        })
    };
    let containers = task.definition.registration.core.containers.iter();
    let answers: Vec<Answer> = containers.clone().map(look).collect();
    if service::is_open(ecs, task) {
        let reached = |own: &Container| {
            reach::pull(ecs, task, own).or_else(|| roles::pull_refusal(ecs, task, own, cx.now(), true)).is_none()
        };
        let digest = |(own, answer): (&Container, &Answer)| match answer {
            Some(Ok(pulled)) => Some(pulled.digest.as_str().into()),
            Some(Err(_)) => None,
            None => own.image_size.map(|_| own.image_digest.clone()),
        };
        let found = containers.zip(&answers).map(|own| digest(own).filter(|_| reached(own.0))).collect();
        service::establish(ecs, key, found);
    }
    if let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) {
        task.answers = Some(Box::new(answers));
    }
    lifecycle::begin_containers(ecs, cx, key);
}

/// How the image of a container suits where its task runs, as far as its name tells.
pub fn fit(ecs: &Ecs, task: &Task, container: &Container) -> Fit {
    let (platform, release) = (platform(ecs, task), release(ecs, task));
    if image::lacks(&container.image, platform) {
        return Fit::Lacks(told(release, task, platform));
    }
    let Some((host, own)) = release.zip(image::release(&container.image)) else { return Fit::Suits };
    match host.runs(own) {
        true => Fit::Suits,
        false if own < host && task.launch != LaunchType::Fargate => Fit::TooOld,
        false => Fit::Lacks(told(Some(host), task, platform)),
    }
}

/// How an image suits the platform of a task (8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It runs, or nothing says that it does not.
    Suits,
    /// It has nothing for this platform, and cannot be pulled.
    Lacks(&'static str),
    /// It is of an older release of Windows: it comes, and does not start.
    TooOld,
}

/// Why a container of an older release of Windows does not start.
pub fn too_old(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    (fit(ecs, task, container) == Fit::TooOld).then(|| {
        let all = &task.definition.registration.core.containers;
        let index = all.iter().position(|own| own.name == container.name).unwrap_or_default();
        format!(
            "CannotStartContainerError: Error response from daemon: hcsshim::CreateComputeSystem {}: The container operating \
             system does not match the host operating system.",
            runtime_id(task, index)
        )
    })
}

/// The platform in the words of who pulls: Docker tells the build of Windows.
fn told(release: Option<Release>, task: &Task, platform: &'static str) -> &'static str {
    release.filter(|_| task.launch != LaunchType::Fargate).map_or(platform, Release::platform)
}

/// The release of Windows where a task runs; none on Linux.
fn release(ecs: &Ecs, task: &Task) -> Option<Release> {
    let host = task.host().and_then(|key| ecs.instance(key));
    let family = match host {
        Some(host) => host.host.attributes.get("ecs.os-family")?.as_deref(),
        None => task.definition.registration.core.os_family.as_deref(),
    };
    family.and_then(Release::of_family)
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
