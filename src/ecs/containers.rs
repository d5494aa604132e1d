//! The containers of a task, each with a life of its own (3.7, 3.8, 5.1 to 5.3).
//!
//! ```text
//! WAITING → PULLING → STARTING → RUNNING → STOPPING → STOPPED
//!                        ↑__________|  restart policy
//! ```
//!
//! dependsOn orders the way up, and the way down the other way round. A task whose containers all do the same at the
//! same moment ([`super::taskdef::Core::plain`]) has none of this until a fault tells them apart. Nothing is scheduled while nothing
//! can change: a health check that passes needs no probe, and one that fails is reckoned up to its last failure.
//! Sources: [API:ContainerDependency], [API:HealthCheck], [AGENT:agent/engine/dependencygraph], read 2026-11-20.

mod step;

use super::describe_task::runtime_id;
use super::limits::Limit;
use super::program::{Program, Setting};
use super::registry::Fit;
use super::taskdef::Container;
use super::{
    Ecs, Task, TaskStatus, application, env_files, image, instance, lifecycle, logs, reach, registry, roles, service,
};
use crate::ec2::network;
use crate::ecr::configuration::Written;
use crate::event::{Cx, Event, FactKind, TaskKey};
use crate::sim::{SimDuration, SimTime};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use step::Scene;

/// Where a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// For what it depends on.
    Waiting,
    /// Its image is on the way.
    Pulling,
    /// It is made and starts.
    Starting,
    /// Its process runs.
    Running,
    /// It got the stop signal.
    Stopping,
    /// Over.
    Stopped,
}

/// healthStatus of a container or a task (HC-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// So many probes in a row failed.
    Unhealthy,
    /// No check, or none has told yet.
    Unknown,
    /// The last probe passed.
    Healthy,
}

impl Health {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Health::Unhealthy => "UNHEALTHY",
            Health::Unknown => "UNKNOWN",
            Health::Healthy => "HEALTHY",
        }
    }
}

/// One container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it stands.
    pub phase: Phase,
    /// Its exit code, once STOPPED; none when it never started (5.3).
    pub exit: Option<u8>,
    /// Its health.
    pub health: Health,
    /// Whether a fault makes its health check fail.
    pub failing: bool,
    /// When its process started, the last time.
    pub started: Option<SimTime>,
    /// When its process was told to stop.
    pub told: Option<SimTime>,
    /// `reason`.
    pub reason: Option<Box<str>>,
    /// When the phase ends by itself.
    due: Option<SimTime>,
    /// Since when its health check answers as it does now.
    turned: SimTime,
    /// Whether its image came before all that it waits for.
    pulled: bool,
    /// How often its policy restarted it.
    pub restarts: u32,
}

impl Run {
    fn new(phase: Phase, started: Option<SimTime>) -> Self {
        let turned = started.unwrap_or_default();
        let (exit, reason, due) = (None, None, None);
        Self {
            phase,
            exit,
            health: Health::Unknown,
            failing: false,
            started,
            told: None,
            reason,
            due,
            turned,
            pulled: false,
            restarts: 0,
        }
    }

    /// lastStatus of the container (LC-05).
    pub fn status(&self) -> &'static str {
        match self.phase {
            Phase::Stopped => "STOPPED",
            Phase::Running | Phase::Stopping => "RUNNING",
            _ if self.started.is_some() => "RUNNING",
            _ => "PENDING",
        }
    }

    fn stopped(&self, exit: Option<u8>) -> Self {
        Self { phase: Phase::Stopped, exit, due: None, ..self.clone() }
    }
}

/// The exit code of a container whose host was lost (5.3).
pub const LOST: u8 = 255;

/// What the end of one container means for its task.
enum Wish {
    /// It cannot start, for this reason.
    Fail(String),
    /// LC-08.
    EssentialExited,
}

/// Begins the containers of a task, one by one if they differ. True when they do.
pub fn begin(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) -> bool {
    let files = ecs.task(key).and_then(|task| env_files::fetched(ecs, task));
    if let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|_| files.is_some()) {
        task.files = files;
    }
    let differs = ecs.task(key).is_some_and(|task| {
        let core = &task.definition.registration.core;
        let faulty = || {
            core.containers.iter().any(|container| {
                ecs.faults.touches(task, container) || application::crash(ecs, task, container).is_some()
            })
        };
        !core.plain
            || overridden(task)
            || reach::keeps_something(ecs, task)
            || core.containers.iter().any(|container| logs::lacks_group(ecs, container))
            || pulls_too_long(ecs, task)
            || registry::answered(task)
            || core.containers.iter().any(|container| registry::fit(ecs, task, container) != Fit::Suits)
            || roles::keeps_something(ecs, task, cx.now())
            || !ecs.faults.is_empty() && faulty()
    });
    let now = cx.now();
    let creates = |task: &Task| {
        task.definition.registration.core.containers.iter().any(|own| {
            own.log_group.as_ref().is_some_and(|(_, creates)| *creates)
                && roles::stream_refusal(ecs, task, own, now).is_none()
        })
    };
    if ecs.task(key).is_some_and(creates) {
        cx.schedule(SimDuration::ZERO, Event::LogGroupWanted(key));
    }
    if differs {
        told_apart(ecs, key, Phase::Waiting);
        advance(ecs, cx, key);
    }
    differs
}

/// Whether the agent gives a pull of the task's images up.
fn pulls_too_long(ecs: &Ecs, task: &Task) -> bool {
    let sizes = task.definition.registration.core.containers.iter().filter_map(|container| container.image_size);
    let host = task.host().and_then(|key| ecs.instance(key));
    host.is_some_and(|host| host.limits.get(Limit::Pull) < image::pull_time(sizes.max().unwrap_or_default()))
}

fn overridden(task: &Task) -> bool {
    let items = task.request.overrides["containerOverrides"].as_array();
    task.files.is_some() || items.into_iter().flatten().any(changes_program)
}

/// Gives each container of a task its own state, unless it has one.
pub fn told_apart(ecs: &mut Ecs, key: TaskKey, phase: Phase) {
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|task| task.containers.is_none()) else { return };
    let started = task.times.started.filter(|_| phase == Phase::Running);
    let runs = alloc::vec![Run::new(phase, started); task.definition.registration.core.containers.len()];
    task.containers = Some(Box::new(runs));
}

/// A container's process ends from outside, with this exit code and reason. False when it does not run.
pub fn end(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, index: usize, exit: u8, reason: &str) -> bool {
    let now = cx.now();
    change(ecs, key, index, |run| {
        let runs = matches!(run.phase, Phase::Running | Phase::Stopping);
        if runs {
            run.exit = Some(exit);
            run.reason = Some(reason).filter(|reason| !reason.is_empty()).map(Into::into);
            // A stop that is under way ends now; the exit of a running one is judged as its own.
            run.due = Some(now);
        }
        runs
    }) && {
        lifecycle::containers_changed(ecs, cx, key);
        true
    }
}

/// Makes the health check of a container fail, or answer by itself again; whether that changes it. None when the
/// container has no state of its own, or is over.
pub fn fail_check(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, index: usize, failing: bool) -> Option<bool> {
    let now = cx.now();
    let mut changed = false;
    let there = change(ecs, key, index, |run| {
        changed = run.phase != Phase::Stopped && run.failing != failing;
        if changed {
            run.failing = failing;
            run.turned = now;
        }
        run.phase != Phase::Stopped
    });
    if changed {
        lifecycle::containers_changed(ecs, cx, key);
    }
    there.then_some(changed)
}

/// The host of a task is gone: nobody saw its processes end (5.3).
pub fn lost(ecs: &mut Ecs, key: TaskKey) {
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) else { return };
    for run in task.containers.iter_mut().flat_map(|runs| runs.iter_mut()).filter(|run| run.phase != Phase::Stopped) {
        *run = run.stopped(run.started.map(|_| LOST));
    }
}

fn change(ecs: &mut Ecs, key: TaskKey, index: usize, with: impl FnOnce(&mut Run) -> bool) -> bool {
    let task = ecs.tasks.get_mut(&key).map(Rc::make_mut);
    task.and_then(|task| task.containers.as_mut()?.get_mut(index)).is_some_and(with)
}

/// Does all that the containers of a task can do now, and plans when they can do more.
pub fn advance(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    while round(ecs, cx, key) {
        let up = |task: &Task| {
            let runs = task.containers.as_deref().map(Vec::as_slice).unwrap_or_default();
            task.wanted() && task.status < TaskStatus::Running && runs.iter().all(|run| run.phase >= Phase::Running)
        };
        if ecs.task(key).is_some_and(up) {
            lifecycle::enter(ecs, cx, key, TaskStatus::Running);
        }
    }
    settle(ecs, cx, key);
}

/// One step of each container; false when none had one to take.
fn round(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) -> bool {
    let Some(task) = ecs.task(key) else { return false };
    let Some(mut runs) = task.containers.clone() else { return false };
    let (definition, name) = (task.definition.clone(), instance::cluster_name(ecs, key.cluster));
    let core = &definition.registration.core;
    let (mut wish, mut changed) = (None, false);
    for (index, container) in core.containers.iter().enumerate() {
        let Some(task) = ecs.task(key) else { return false };
        let scene = Scene { ecs, task, core, now: cx.now() };
        let Some((mut run, asks)) = scene.next(&runs, index, container) else { continue };
        let Some(before) = runs.get(index) else { continue };
        changed = true;
        let mut asks = asks;
        if before.phase == Phase::Pulling && run.phase != Phase::Stopped {
            lifecycle::pulled(ecs, cx.now(), key, Some(&container.image));
            if ecs.task(key).is_some_and(|task| registry::answer(task, container).is_some()) {
                let container = u32::try_from(index).unwrap_or(u32::MAX);
                cx.schedule(SimDuration::ZERO, Event::ImagePulled { task: key, container });
            }
        }
        if run.phase == Phase::Running && before.phase < run.phase && (container.routes || container.forward.is_some())
        {
            cx.schedule(SimDuration::ZERO, Event::OutputRouted(key));
        }
        if run.phase == Phase::Starting
            && before.phase < Phase::Starting
            && let Err(reason) = lifecycle::bind_ports(ecs, key)
        {
            run = run.stopped(None);
            run.reason = Some(reason.as_str().into());
            asks = Some(Wish::Fail(reason));
        }
        let status = match () {
            () if run.restarts != before.restarts => Some("RESTARTING"),
            () if run.status() != before.status() => Some(run.status()),
            () => Some(run.health.name()).filter(|_| run.health != before.health),
        };
        if let Some(status) = status {
            let over = run.phase == Phase::Stopped || status == "RESTARTING";
            cx.emit(FactKind::Container {
                cluster: name.clone(),
                task: key.id.into(),
                container: container.name.clone(),
                status,
                exit_code: run.exit.filter(|_| over),
                reason: run.reason.as_deref().filter(|_| over).unwrap_or_default().to_string(),
            });
            if let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) {
                task.version += 1;
            }
            service::health_changed(ecs, cx, key);
        }
        if let Some(own) = runs.get_mut(index) {
            *own = run;
        }
        wish = wish.or(asks);
    }
    if let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|_| changed) {
        task.containers = Some(runs);
        super::watch::changed(&ecs.watch, cx, key);
    }
    match wish {
        Some(Wish::Fail(reason)) => lifecycle::ask_to_stop(ecs, cx, key, "TaskFailedToStart", &reason),
        Some(Wish::EssentialExited) => {
            lifecycle::ask_to_stop(ecs, cx, key, "EssentialContainerExited", "Essential container in task exited")
        }
        None => false,
    };
    changed
}

/// A task that is to stop follows its containers; then the next moment at which one of them moves is planned.
fn settle(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.task(key) else { return };
    let Some(runs) = task.containers.as_deref() else { return };
    let over = runs.iter().all(|run| run.phase == Phase::Stopped);
    let (status, attached) = (task.status, lifecycle::has_attachment(task));
    if !task.wanted() {
        if attached && matches!(status, TaskStatus::Activating | TaskStatus::Running) {
            lifecycle::enter(ecs, cx, key, TaskStatus::Stopping);
        }
        if over {
            lifecycle::enter(ecs, cx, key, if attached { TaskStatus::Deprovisioning } else { TaskStatus::Stopped });
        }
    }
    lifecycle::schedule_step(ecs, cx, key);
}

/// When the next container moves by itself, after all that can happen now; none while something else has to happen first.
pub fn next_due(ecs: &Ecs, task: &Task, now: SimTime) -> Option<SimTime> {
    next_of(ecs, task, now, |_| true)
}

/// The same, of processes only the ends that count.
fn next_of(ecs: &Ecs, task: &Task, now: SimTime, end_counts: fn(&Run) -> bool) -> Option<SimTime> {
    let core = &task.definition.registration.core;
    let runs = task.containers.as_deref()?;
    let scene = Scene { ecs, task, core, now };
    let of = |(run, container): (&Run, &Container)| {
        let health = scene.health_due(run, container).map(|(at, _)| at);
        let timeout = (run.phase == Phase::Waiting).then(|| scene.timeout(runs, container)).flatten();
        // What is due and did not happen never will by itself: no time would pass until the next try.
        let due = run.due.filter(|_| end_counts(run));
        [due, health, timeout].into_iter().flatten().filter(|at| *at > now).min()
    };
    runs.iter().zip(&core.containers).filter_map(of).min()
}

/// Whether a task only goes round: nothing is to come but the next end of containers that were restarted before (CD-26).
pub fn goes_round(ecs: &Ecs, key: TaskKey, now: SimTime) -> bool {
    let again = |run: &Run| run.restarts > 0 && run.phase == Phase::Running;
    let runs = |task: &Task| task.containers.iter().flat_map(|runs| runs.iter()).any(again);
    ecs.task(key).filter(|task| task.wanted() && task.status == TaskStatus::Running).is_some_and(|task| {
        runs(task) && next_of(ecs, task, now, |run| run.restarts == 0 || run.phase != Phase::Running).is_none()
    })
}

/// healthStatus of the task: the worst of its essential containers, UNKNOWN before HEALTHY (HC-03).
pub fn health(task: &Task) -> Health {
    let core = &task.definition.registration.core;
    let runs = task.containers.iter().flat_map(|runs| runs.iter());
    let essential = runs.zip(&core.containers).filter(|(_, container)| container.essential);
    essential.map(|(run, _)| run.health).min().unwrap_or(Health::Unknown)
}

fn changes_program(item: &Value) -> bool {
    item["command"].is_array() || item["environment"].is_array()
}

/// The program of a container under the overrides of its task (OV-01).
pub fn program(task: &Task, container: &Container) -> Program {
    if !overridden(task) && registry::written(task, &container.name).is_none() {
        return container.program;
    }
    let run = invocation(task, &container.name);
    Program::of(&run.words(), &[], container.init_process, &run.setting())
}

/// What a container runs, and where its variables stand: those that win first (CD-22).
pub struct Invocation<'a> {
    /// The image whose own program runs where there are no words: its base, where the registry tells.
    pub image: &'a str,
    /// entryPoint, else that of the image.
    pub entry_point: Vec<&'a str>,
    /// The command, that of the request before that of the definition; that of the image where neither has one, nor the
    /// definition an entryPoint.
    pub command: Vec<&'a str>,
    /// The lists of variables: of the request, of the definition, its secrets, its files, its image.
    pub environment: [&'a Value; 5],
    /// The folder that it begins in; empty for the one of its image.
    pub directory: &'a str,
    /// What the registry tells of the image.
    pub written: Option<&'a Written>,
}

impl<'a> Invocation<'a> {
    /// What runs, word by word; a script of the image stands for its path.
    pub fn words(&self) -> Vec<&'a str> {
        let words = [self.entry_point.as_slice(), self.command.as_slice()].concat();
        self.written.map_or_else(|| words.clone(), |own| own.opened(words.clone()))
    }
}

impl Invocation<'_> {
    /// Where it runs.
    pub fn setting(&self) -> Setting<'_> {
        Setting { image: self.image, environment: &self.environment, directory: self.directory, is_task: true }
    }
}

/// The own name of a container as a host, by its place in its definition: the one that it is given, else that of its task's
/// address, else the first signs of its id.
pub fn host_name(region: &str, task: &Task, index: usize) -> String {
    let own = task.definition.registration.document["containerDefinitions"][index]["hostname"].as_str();
    let of_task = || task.address.as_deref().map(|address| network::private_name(region, address));
    let of_id = || runtime_id(task, index).chars().take(12).collect();
    own.map(String::from).or_else(of_task).unwrap_or_else(of_id)
}

/// What the container of a name runs in a task.
pub fn invocation<'a>(task: &'a Task, name: &str) -> Invocation<'a> {
    const NONE: &Value = &Value::Null;
    let named = |list: &'a Value| list.as_array()?.iter().rfind(|item| item["name"] == name);
    let own = named(&task.definition.registration.document["containerDefinitions"]).unwrap_or(NONE);
    let over = named(&task.request.overrides["containerOverrides"]).unwrap_or(NONE);
    let words =
        |list: &'a Value| -> Vec<&'a str> { list.as_array().into_iter().flatten().filter_map(Value::as_str).collect() };
    let containers = &task.definition.registration.core.containers;
    let place = containers.iter().position(|own| own.name == name);
    let files = task.files.as_ref().zip(place).and_then(|(files, place)| files.get(place));
    let written = registry::written(task, name);
    let of_image = |list: fn(&Written) -> &Vec<String>| -> Vec<&'a str> {
        written.into_iter().flat_map(list).map(String::as_str).collect()
    };
    let (mut entry_point, mut command) =
        (words(&own["entryPoint"]), words(if over["command"].is_array() { &over["command"] } else { &own["command"] }));
    if entry_point.is_empty() {
        entry_point = of_image(|own| &own.entry_point);
        if command.is_empty() {
            command = of_image(|own| &own.command);
        }
    }
    let base = written.map(|own| own.base.as_str()).filter(|base| !base.is_empty());
    Invocation {
        image: base.or(own["image"].as_str()).unwrap_or_default(),
        entry_point,
        command,
        environment: [
            &over["environment"],
            &own["environment"],
            &own["secrets"],
            files.unwrap_or(NONE),
            written.map_or(NONE, |own| &own.environment),
        ],
        directory: own["workingDirectory"].as_str().or(written.map(|own| own.directory.as_str())).unwrap_or_default(),
        written,
    }
}
