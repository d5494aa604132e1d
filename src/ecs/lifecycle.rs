//! The life of a task (5.1).
//!
//! ```text
//! EC2, nothing attached:                   PENDING ─────────────→ RUNNING ───────────────────────────→ STOPPED
//! EC2 in awsvpc mode, Fargate: PROVISIONING → PENDING → ACTIVATING → RUNNING → STOPPING → DEPROVISIONING → STOPPED
//! ```
//!
//! A task with an EBS volume goes the long way in every mode. What a service registered in target groups is DEACTIVATING
//! after RUNNING until it has left them, and then STOPPING (SP-07, LB-15); its containers run meanwhile.
//!
//! No arrow goes back. On an instance PENDING lasts until the host really has what the task needs ([`super::waiting`]).
//! A stop that comes early takes the shortest way down: what has no container yet skips STOPPING,
//! what has nothing attached skips DEPROVISIONING. From the pull to the end of the containers the task follows them,
//! where they differ ([`super::containers`]). Source: [DG:task-lifecycle-explanation], read 2026-11-20.

use super::containers::Phase;
use super::fault::Failure;
use super::instances::Touches;
use super::taskdef::NetworkMode;
use super::{
    Ecs, LaunchType, Stop, Task, TaskStatus, cleanup, containers, group, image, instance, managed, ports, provisioning,
    registry, service, timing, waiting, watch,
};
use crate::event::{Cx, Event, FactKind, InstanceKey, TaskKey};
use crate::sim::{SimDuration, SimTime};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

/// Whether something is attached to the task before it starts and goes after it stopped: a network interface of its
/// own or an EBS volume.
pub fn has_attachment(task: &Task) -> bool {
    let awsvpc = task.definition.registration.core.network_mode == NetworkMode::Awsvpc;
    task.launch == LaunchType::Fargate || awsvpc || task.request.volume.is_object()
}

/// The first state of a task.
pub fn first_status(has_attachment: bool) -> TaskStatus {
    if has_attachment { TaskStatus::Provisioning } else { TaskStatus::Pending }
}

/// Lets a new task begin its life: schedules its first step, or hands it to the agent.
pub fn begin(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    match ecs.task(key).map(|task| task.status) {
        Some(TaskStatus::Pending) => waiting::arrive(ecs, cx, key),
        _ => schedule_step(ecs, cx, key),
    }
}

/// The agent or Fargate takes a PENDING task up.
pub fn pull(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) else { return };
    if has_attachment(task) {
        return schedule_step(ecs, cx, key);
    }
    task.times.pull_started = Some(cx.now());
    begin_containers(ecs, cx, key);
}

/// The containers of a task begin, as soon as it knows what the registry has for it.
pub(super) fn begin_containers(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if ecs.task(key).is_some_and(registry::asks) {
        return cx.schedule(SimDuration::ZERO, Event::ImagesAsked(key));
    }
    service::establish_by_name(ecs, key);
    if let Some(host) = ecs.task(key).and_then(Task::host) {
        cleanup::clean(ecs, host, cx.now());
    }
    if !containers::begin(ecs, cx, key) {
        schedule_step(ecs, cx, key);
    }
}

/// A task takes its next step, unless a newer plan has come between.
pub fn step(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, timer: u32) {
    if ecs.task(key).is_some_and(|task| task.timer == timer) && !agent_is_away(ecs, key) {
        take_step(ecs, cx, key);
    }
}

fn take_step(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.task(key) else { return };
    if follows_containers(task) {
        return containers::advance(ecs, cx, key);
    }
    let Some(next) = next_status(task) else { return };
    if let Some(reason) = provisioning::gives_up(ecs, cx, key) {
        stop(ecs, cx, key, "TaskFailedToStart", &reason);
        return;
    }
    if let Some(failure) = without_interface(ecs, task) {
        if cx.now() - task.times.created < failure.lasts(ecs, task) {
            return schedule_step(ecs, cx, key);
        }
        let reason = failure.reason(ecs, task);
        stop(ecs, cx, key, "TaskFailedToStart", &reason);
        return;
    }
    if next == TaskStatus::Running {
        pulled(ecs, cx.now(), key, None);
        if let Err(reason) = bind_ports(ecs, key) {
            stop(ecs, cx, key, "TaskFailedToStart", &reason);
            return;
        }
    }
    enter(ecs, cx, key, next);
    match next {
        TaskStatus::Activating => begin_containers(ecs, cx, key),
        _ => begin(ecs, cx, key),
    }
}

/// Whether the containers have begun, differ, and are not all over.
fn follows_containers(task: &Task) -> bool {
    task.containers.is_some() && task.status < TaskStatus::Deprovisioning
}

/// A disconnected agent neither hears nor tells: what it misses it does when it is back ([`reconnected`]).
fn agent_is_away(ecs: &mut Ecs, key: TaskKey) -> bool {
    let host = ecs.task(key).filter(|task| task.status < TaskStatus::Deprovisioning).and_then(Task::host);
    let away = host.filter(|host| ecs.instance(*host).is_some_and(|own| !ecs.barred.hears(own)));
    let Some(instance) = away.and_then(|host| ecs.instances.change(host, Touches::Nothing)) else { return false };
    if !instance.missed.contains(&key) {
        instance.missed.push(key);
    }
    true
}

/// Something happened to the containers of a task from outside.
pub(super) fn containers_changed(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if !agent_is_away(ecs, key) && ecs.task(key).is_some_and(follows_containers) {
        containers::advance(ecs, cx, key);
    }
}

/// The agent of a task's host is back, after the task missed a step or was asked to stop.
pub fn reconnected(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let Some(task) = ecs.task(key) else { return };
    if task.wanted() || task.status >= TaskStatus::Stopping { take_step(ecs, cx, key) } else { go_down(ecs, cx, key) }
}

/// An agent is heard again: its tasks do what was missed.
pub fn catch_up(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    if !ecs.instance(key).is_some_and(|own| ecs.barred.hears(own)) {
        return;
    }
    let instance = ecs.instances.change(key, Touches::Nothing);
    for task in instance.map(|own| core::mem::take(&mut own.missed)).unwrap_or_default() {
        reconnected(ecs, cx, task);
    }
}

/// Asks a task to stop: desiredStatus becomes STOPPED and placement counts its resources as free at once (PL-60).
/// False when it was to stop already.
pub fn stop(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, code: &'static str, reason: &str) -> bool {
    if !ask_to_stop(ecs, cx, key, code, reason) {
        return false;
    }
    if !agent_is_away(ecs, key) {
        go_down(ecs, cx, key);
    }
    true
}

/// The way down begins now; the step that was planned for the way up becomes void.
fn go_down(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    match ecs.task(key).map(|task| task.status) {
        Some(TaskStatus::Running) if service::has_targets(ecs, key) => {
            enter(ecs, cx, key, TaskStatus::Deactivating);
            return schedule_step(ecs, cx, key);
        }
        Some(TaskStatus::Deactivating) if service::has_targets(ecs, key) => return schedule_step(ecs, cx, key),
        Some(TaskStatus::Deactivating) => enter(ecs, cx, key, TaskStatus::Stopping),
        _ => {}
    }
    let Some(task) = ecs.task(key) else { return };
    let hangs = task.status == TaskStatus::Running && ecs.faults.initialization_at(task, Phase::Stopping).is_some();
    if hangs {
        containers::told_apart(ecs, key, Phase::Running);
    }
    let Some(task) = ecs.task(key) else { return };
    if follows_containers(task) {
        return containers::advance(ecs, cx, key);
    }
    match (task.status, has_attachment(task)) {
        (TaskStatus::Provisioning | TaskStatus::Pending, false) => enter(ecs, cx, key, TaskStatus::Stopped),
        (TaskStatus::Provisioning | TaskStatus::Pending, _) => enter(ecs, cx, key, TaskStatus::Deprovisioning),
        (TaskStatus::Activating | TaskStatus::Running, true) => enter(ecs, cx, key, TaskStatus::Stopping),
        _ => {}
    }
    schedule_step(ecs, cx, key);
}

/// A task has left its load balancers.
pub fn left_targets(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    if ecs.task(key).is_some_and(|task| task.status == TaskStatus::Deactivating) && !agent_is_away(ecs, key) {
        go_down(ecs, cx, key);
    }
}

/// The host is gone, and the task with it.
pub fn host_lost(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, code: &'static str, reason: &str) {
    ask_to_stop(ecs, cx, key, code, reason);
    containers::lost(ecs, key);
    enter(ecs, cx, key, TaskStatus::Stopped);
    schedule_step(ecs, cx, key);
}

/// desiredStatus becomes STOPPED; the way down is yet to begin. False when it was STOPPED already.
pub(super) fn ask_to_stop(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, code: &'static str, reason: &str) -> bool {
    let cluster = instance::cluster_name(ecs, key.cluster);
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|task| task.wanted()) else { return false };
    task.stop =
        Some(Box::new(Stop { code, reason: reason.to_string(), at: cx.now(), execution_stopped: None, stopped: None }));
    task.version += 1;
    let (demand, group, label, host) =
        (task.request.demand.clone(), task.request.group.clone(), holder(task), task.host());
    cx.emit(FactKind::TaskStopping { cluster, task: key.id.into(), code, reason: reason.to_string() });
    if let Some(instance) = host.and_then(|key| ecs.instances.change(key, Touches::Tasks)) {
        instance.host.release(&demand, &group, &label);
        instance.version += 1;
        let (provider, key, managed) = (instance.provider, instance.key, instance.managed);
        if provider != 0 && (managed || ecs.replicas_on(key) == 0) {
            managed::wake(ecs, cx, provider);
        }
        provisioning::room(ecs, cx, provider);
    }
    ecs.count_on_fargate(key);
    provisioning::leave(ecs, cx, key);
    waiting::stops(ecs, cx, key);
    service::task_stops(ecs, cx, key);
    true
}

/// Who holds a task's ports, as the learner reads it: `api:6`.
pub fn holder(task: &Task) -> String {
    task.definition.name()
}

/// The state after this one; none when the task is over.
fn next_status(task: &Task) -> Option<TaskStatus> {
    let attached = has_attachment(task);
    Some(match (task.status, task.wanted()) {
        (TaskStatus::Provisioning, true) => TaskStatus::Pending,
        (TaskStatus::Pending, true) if attached => TaskStatus::Activating,
        (TaskStatus::Pending | TaskStatus::Activating, true) => TaskStatus::Running,
        (TaskStatus::Running, false) if !attached => TaskStatus::Stopped,
        (TaskStatus::Stopping, _) if attached => TaskStatus::Deprovisioning,
        (TaskStatus::Stopping | TaskStatus::Deprovisioning, _) => TaskStatus::Stopped,
        _ => return None,
    })
}

/// How long the task stays where it is before its next step.
fn time_in(ecs: &Ecs, task: &Task) -> SimDuration {
    let images = || task.definition.registration.core.containers.iter().filter_map(|container| container.image_size);
    let whole = || image::pull_time(images().max().unwrap_or_default());
    let pulls = || if image_is_cached(ecs, task) { timing::PULL_CACHED } else { whole() };
    if let Some(failure) = without_interface(ecs, task) {
        return failure.lasts(ecs, task);
    }
    match task.status {
        TaskStatus::Provisioning if ecs.waits(task.key) => provisioning::TIME_OUT,
        TaskStatus::Provisioning if task.launch == LaunchType::Fargate => timing::FARGATE_PROVISIONING,
        TaskStatus::Provisioning => timing::ENI_ATTACH,
        TaskStatus::Pending if has_attachment(task) => timing::ACCEPT,
        TaskStatus::Pending | TaskStatus::Activating => pulls() + timing::START,
        TaskStatus::Running | TaskStatus::Deactivating | TaskStatus::Stopping => timing::SIGTERM_OBEYED,
        TaskStatus::Deprovisioning => timing::DEPROVISIONING,
        TaskStatus::Stopped => timing::STOPPED_VISIBLE,
    }
}

/// How a task fails that waits for an interface which does not come (EN-06).
fn without_interface(ecs: &Ecs, task: &Task) -> Option<&'static Failure> {
    let placed = task.launch == LaunchType::Fargate || task.instance.is_some();
    let waits = task.status == TaskStatus::Provisioning && task.wanted() && placed;
    ecs.faults.initialization_at(task, Phase::Waiting).filter(|_| waits)
}

fn image_is_cached(ecs: &Ecs, task: &Task) -> bool {
    let images = &task.definition.registration.core.containers;
    task.host()
        .and_then(|key| ecs.instance(key))
        .is_some_and(|instance| images.iter().all(|container| instance.images.contains_key(&container.image)))
}

/// Plans the next step of a task; every earlier plan becomes void.
pub(super) fn schedule_step(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let now = cx.now();
    let span = |task: &Task| match follows_containers(task) {
        true => containers::next_due(ecs, task, now).map(|at| at - now),
        false if task.status == TaskStatus::Deactivating => None,
        false => Some(time_in(ecs, task)).filter(|_| task.status != TaskStatus::Running || !task.wanted()),
    };
    let span = ecs.task(key).and_then(span);
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) else { return };
    task.timer += 1;
    match (task.status, span) {
        (TaskStatus::Stopped, Some(span)) => cx.schedule(span, Event::TaskForgotten(key)),
        (_, Some(span)) => cx.schedule(span, Event::TaskStep { task: key, timer: task.timer }),
        (_, None) => {}
    }
}

/// A task changes its lastStatus.
pub(super) fn enter(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, status: TaskStatus) {
    if change_status(ecs, cx, key, status) {
        service::task_entered(ecs, cx, key, status);
    }
}

/// False when that is its status already.
fn change_status(ecs: &mut Ecs, cx: &mut Cx<'_>, key: TaskKey, status: TaskStatus) -> bool {
    let now = cx.now();
    let cluster = instance::cluster_name(ecs, key.cluster);
    let task = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|task| task.status != status);
    let Some(task) = task else { return false };
    if status == TaskStatus::Activating {
        task.times.pull_started = Some(now);
    }
    if status == TaskStatus::Running {
        task.times.started = Some(now);
    }
    let mut runs = task.containers.iter().flat_map(|runs| runs.iter());
    let ran = task.times.started.is_some() || runs.any(|run| run.started.is_some());
    if let Some(stop) = &mut task.stop {
        if ran && matches!(status, TaskStatus::Deprovisioning | TaskStatus::Stopped) {
            stop.execution_stopped.get_or_insert(now);
        }
        if status == TaskStatus::Stopped {
            stop.stopped = Some(now);
        }
    }
    task.status = status;
    task.version += 1;
    cx.emit(FactKind::TaskStatus { cluster, task: key.id.into(), status: status.name() });
    let host = task.host();
    watch::changed(&ecs.watch, cx, key);
    let Some(instance) = host.and_then(|key| ecs.instances.change(key, Touches::Nothing)) else { return true };
    let host = instance.key;
    if status == TaskStatus::Stopped {
        ports::unbind(&task.bindings, instance);
        cleanup::left(ecs, host, key, now);
    }
    if matches!(status, TaskStatus::Deprovisioning | TaskStatus::Stopped) {
        waiting::exited(ecs, cx, key, host);
        group::tell_if_drained(ecs, cx, host);
    }
    true
}

/// Images are there: that of one container, or those of all. The host keeps them.
pub(super) fn pulled(ecs: &mut Ecs, now: SimTime, key: TaskKey, own: Option<&String>) {
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut) else { return };
    task.times.pull_stopped = Some(now);
    let (Some(host), definition) = (task.host(), task.definition.clone()) else { return };
    let containers = definition.registration.core.containers.iter();
    for container in containers.filter(|container| own.is_none_or(|own| *own == container.image)) {
        let told = ecs.task(key).and_then(|task| registry::answer(task, container)?.as_ref().ok().cloned());
        cleanup::came(ecs, host, &container.image, told, now);
    }
}

/// The first container is made: the host hands its ports out, once. Otherwise the task cannot start, for the reason
/// given (PT-08, PT-09).
pub(super) fn bind_ports(ecs: &mut Ecs, key: TaskKey) -> Result<(), String> {
    let Some(task) = ecs.tasks.get_mut(&key).map(Rc::make_mut).filter(|task| task.bindings.is_empty()) else {
        return Ok(());
    };
    let host = task.host();
    let Some(instance) = host.and_then(|key| ecs.instances.change(key, Touches::Nothing)) else { return Ok(()) };
    task.bindings = ports::bind(&task.definition.registration.core, instance)?.into_boxed_slice();
    Ok(())
}
