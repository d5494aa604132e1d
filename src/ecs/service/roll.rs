//! A deployment begins, fails, is rolled back; what counts as a failure (6.4, 6.5).

use super::super::api::RunRequest;
use super::super::{Ecs, LaunchType, Owner, instance};
use super::act::say;
use super::bake;
use super::{
    Deployment, Revision, Rollout, Service, ServiceDeployment, TaskSet, Throttle, deployment_id, shift, touch,
};
use crate::cloudwatch::Alarm;
use crate::event::{Cx, FactKind, ServiceKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What a new deployment begins with.
pub struct Begin {
    /// Its 19 digits.
    pub number: u64,
    /// Where it goes.
    pub revision: Rc<Revision>,
    /// What each of its tasks asks for.
    pub run: Rc<RunRequest>,
}

/// 19 digits, the first not 0 (SV-13).
pub fn digits(cx: &mut Cx<'_>, purpose: &str) -> u64 {
    const FIRST: u64 = 1_000_000_000_000_000_000;
    FIRST + cx.draw(purpose) % (8 * FIRST)
}

/// 21 letters and digits, as at the end of a service deployment's ARN.
pub fn letters(cx: &mut Cx<'_>) -> String {
    const SIGNS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut wide = cx.draw_wide("service-deployment-id");
    let mut name = String::new();
    for _ in 0..21 {
        name.extend(SIGNS.get((wide % 62) as usize).map(|sign| char::from(*sign)));
        wide /= 62;
    }
    name
}

/// A new PRIMARY deployment; the others become ACTIVE and shrink (RL-10). It is a service deployment of its own.
pub fn begin(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, begin: Begin) {
    let now = cx.now();
    if ecs.services.get(key).is_some_and(|own| shift::cleans_up(own)) {
        complete(ecs, cx, key);
        if let Some(service) = ecs.services.change(key) {
            service.shift = None;
        }
    }
    let id = letters(cx).into();
    let Some(service) = ecs.services.change(key) else { return };
    if let Some(before) = service.history.last_mut().filter(|own| own.finished.is_none() && own.stopped.is_none()) {
        before.status = "STOPPED";
        before.reason = String::from("A newer service deployment took its place.");
        (before.updated, before.stopped) = (now, Some(now));
    }
    service.history.push(ServiceDeployment {
        id,
        deployment: begin.number,
        sources: service.deployments.iter().map(|own| own.revision.number).collect(),
        target: begin.revision.clone(),
        status: "IN_PROGRESS",
        reason: String::new(),
        created: now,
        updated: now,
        finished: None,
        stopped: None,
        rollback: None,
        failures: 0,
        tripped: false,
        alarmed: Vec::new(),
        stage: "",
    });
    let source = shift::source(service).map(|own| own.number);
    lead(ecs, cx, key, begin, None, source);
}

/// Puts a deployment in front of the others.
fn lead(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    key: ServiceKey,
    begin: Begin,
    rolls_back: Option<String>,
    source: Option<u64>,
) {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return };
    let is_rollback = rolls_back.is_some();
    let in_progress = || format!("ECS deployment {} in progress.", deployment_id(begin.number));
    let reason = rolls_back.unwrap_or_else(in_progress);
    // The tasks of a revision that is gone back to belong to the new deployment.
    service.deployments.retain(|own| own.revision.number != begin.revision.number);
    let mut own = deployment(begin, now, service.desired, None);
    (own.reason, own.is_rollback) = (reason, is_rollback);
    service.deployments.insert(0, own);
    service.failing = 0;
    (service.stuck, service.steady) = (None, None);
    service.rebalancing = Default::default();
    shift::begin(service, now, source);
    tell(ecs, cx, key);
    touch(ecs, cx, key);
}

/// A deployment as it begins.
pub fn deployment(begin: Begin, now: SimTime, desired: u32, set: Option<Rc<TaskSet>>) -> Deployment {
    Deployment {
        number: begin.number,
        revision: begin.revision,
        run: begin.run,
        created: now,
        updated: now,
        desired,
        rollout: Rollout::InProgress,
        reason: String::new(),
        failed_tasks: 0,
        failures: 0,
        healthy: 0,
        throttle: Throttle::default(),
        ignores_alarms: None,
        bakes: SimDuration::ZERO,
        baked: None,
        is_rollback: false,
        set,
    }
}

/// Records where the PRIMARY deployment stands.
fn tell(ecs: &Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let Some(service) = ecs.services.get(key) else { return };
    let Some(primary) = service.primary() else { return };
    cx.emit(FactKind::Deployment {
        cluster: instance::cluster_name(ecs, key.cluster),
        service: service.name.to_string(),
        deployment: primary.id(),
        definition: primary.revision.definition.name(),
        state: primary.rollout.name(),
        reason: primary.reason.clone(),
    });
}

/// The PRIMARY deployment has reached a steady state.
pub fn complete(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return };
    let Some(primary) = service.deployments.first_mut() else { return };
    let id = primary.id();
    (primary.rollout, primary.updated) = (Rollout::Completed, now);
    primary.reason = format!("ECS deployment {id} completed.");
    let (number, back) = (primary.number, primary.is_rollback);
    if let Some(own) = service.history_of(number) {
        own.status = if back { "ROLLBACK_SUCCESSFUL" } else { "SUCCESSFUL" };
        (own.updated, own.finished) = (now, Some(now));
    }
    let message = format!("(service {}) (deployment {id}) deployment completed.", service.name);
    tell(ecs, cx, key);
    say(ecs, cx, key, message, None);
}

/// The revision of the last deployment that completed and is not the one that fails now (CB-06).
pub fn last_completed(service: &Service) -> Option<(u64, Rc<Revision>)> {
    let done = |own: &&ServiceDeployment| matches!(own.status, "SUCCESSFUL" | "ROLLBACK_SUCCESSFUL");
    let last = service.history.iter().rfind(done)?;
    let number = last.rollback.as_ref().map_or(last.target.number, |own| own.0);
    let all = service.history.iter().map(|own| &own.target);
    let revision = all.chain(service.deployments.iter().map(|own| &own.revision)).find(|own| own.number == number)?;
    Some((last.deployment, revision.clone()))
}

/// What ends a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The circuit breaker (CB-06).
    Breaker,
    /// A CloudWatch alarm (CB-11); the words are the lab's.
    Alarm,
    /// A stage that cannot be done: why (BG-03).
    Stage(String),
}

/// Ends the PRIMARY deployment, and takes the service back if it is told to and can (CB-06, CB-11).
pub fn fail(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey, by: Failed) {
    let now = cx.now();
    let (name, what) = match &by {
        Failed::Breaker => ("circuit breaker", "tasks failed to start."),
        Failed::Alarm => ("alarm", "alarm detected."),
        Failed::Stage(why) => ("failed", &**why),
    };
    let why = match &by {
        Failed::Stage(why) => why.clone(),
        _ => format!("ECS deployment {name}: {what}"),
    };
    let alarms = if by == Failed::Alarm { firing(ecs, rooms, key) } else { Vec::new() };
    let Some(service) = ecs.services.change(key) else { return };
    let goes_back = match by {
        Failed::Breaker => breaker(&service.settings)["rollback"] == true,
        Failed::Alarm => service.settings["deploymentConfiguration"]["alarms"]["rollback"] == true,
        // BG-04: what shifts traffic goes back whatever the settings say.
        Failed::Stage(_) => true,
    };
    let Some(primary) = service.deployments.first_mut() else { return };
    (primary.rollout, primary.updated, primary.reason) = (Rollout::Failed, now, why.clone());
    let (number, failures, was_back) = (primary.number, primary.failures, primary.is_rollback);
    let message = format!("(service {}) (deployment {}) deployment failed: {what}", service.name, primary.id());
    if let Some(own) = service.history_of(number) {
        (own.updated, own.failures, own.tripped) = (now, failures, by == Failed::Breaker);
        own.status = if was_back { "ROLLBACK_FAILED" } else { "STOPPED" };
        (own.reason, own.stopped, own.alarmed) = (why.clone(), Some(now), alarms);
    }
    tell(ecs, cx, key);
    say(ecs, cx, key, message, None);
    // CB-07: what goes back is watched itself, and goes nowhere.
    let goes = goes_back && !was_back && roll_back(ecs, cx, key, &why, name);
    if !goes && let Some(service) = ecs.services.change(key) {
        service.shift = None;
    }
    touch(ecs, cx, key);
}

/// Takes the service back to the last deployment that completed. False when there is none: then it stalls (CB-06).
pub fn roll_back(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, why: &str, by: &str) -> bool {
    let now = cx.now();
    let Some(service) = ecs.services.get(key) else { return false };
    let failed = service.primary().map(|own| own.number).unwrap_or_default();
    let Some((to, revision)) = last_completed(service) else { return false };
    let number = digits(cx, "deployment-id");
    let mut settings = (*service.settings).clone();
    restore(&mut settings, &revision.settings);
    let cluster = instance::cluster_name(ecs, key.cluster);
    let Some(launch) = service.primary().map(|own| own.run.launch) else { return false };
    let Ok(run) = run_of(ecs, cx, &cluster, service, &revision, (launch, &settings), number) else { return false };
    let message = format!("(service {}) rolling back to deployment {}.", service.name, deployment_id(to));
    let Some(service) = ecs.services.change(key) else { return false };
    service.settings = Rc::new(settings);
    if let Some(own) = service.history_of(failed) {
        own.deployment = number;
        (own.status, own.updated, own.stopped) = ("ROLLBACK_IN_PROGRESS", now, None);
        own.rollback = Some((revision.number, now, why.to_string()));
    }
    say(ecs, cx, key, message, None);
    let reason = format!("ECS deployment {by}: rolling back to deploymentId {}.", deployment_id(to));
    lead(ecs, cx, key, Begin { number, revision, run: Rc::new(run) }, Some(reason), None);
    true
}

/// The members of the settings that make a service revision.
pub const REVISED: [&str; 9] = [
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "serviceConnectResources",
    "volumeConfigurations",
    "monitoring",
];

pub fn restore(settings: &mut Value, of: &Value) {
    for member in REVISED {
        match of.get(member) {
            Some(value) => settings[member] = value.clone(),
            None => _ = settings.as_object_mut().map(|map| map.remove(member)),
        }
    }
}

/// What a task of a revision asks for under the service's settings.
pub fn run_of(
    ecs: &Ecs,
    cx: &Cx<'_>,
    cluster: &str,
    service: &Service,
    revision: &Revision,
    (launch, settings): (LaunchType, &Value),
    deployment: u64,
) -> Result<RunRequest, crate::aws::ApiError> {
    let owner = Owner { service: service.key, revision: revision.number };
    let started_by = deployment_id(deployment);
    let task_of = super::super::api::TaskOf {
        cluster,
        service: &service.name,
        what: match service.deployments.is_empty() {
            true => "service couldn't be created",
            false => "service couldn't be updated",
        },
        owner,
        started_by,
        traffic: Rc::clone(&revision.traffic),
        settings: Rc::clone(&revision.settings),
    };
    let definition = revision.definition.clone();
    RunRequest::for_service(ecs, &cx.options().account, definition, launch, settings, task_of)
}

/// `deploymentCircuitBreaker` of the settings.
pub fn breaker(settings: &Value) -> &Value {
    &settings["deploymentConfiguration"]["deploymentCircuitBreaker"]
}

/// How many failures end a deployment (CB-02, CB-03).
pub fn threshold(breaker: &Value, desired: u32) -> u32 {
    let configured = &breaker["thresholdConfiguration"];
    let value = configured["value"].as_u64().unwrap_or(50);
    let share = u32::try_from((u64::from(desired) * value).div_ceil(100)).unwrap_or(u32::MAX);
    match configured["type"].as_str() {
        Some("COUNT") => u32::try_from(value).unwrap_or(u32::MAX),
        Some("UNBOUNDED_PERCENT") => share,
        _ => share.clamp(3, 200),
    }
}

/// A task of the PRIMARY deployment failed while it is on its way (CB-04, CB-08).
pub fn count_failure(ecs: &mut Ecs, owner: Owner) {
    let Some(service) = ecs.services.change(owner.service) else { return };
    service.failing += 1;
    count(service, owner.revision);
}

fn count(service: &mut Service, revision: u64) {
    let Some(primary) = service.deployments.first_mut().filter(|own| own.set.is_none()) else { return };
    if primary.revision.number == revision && primary.rollout == Rollout::InProgress {
        primary.failed_tasks += 1;
        primary.failures += 1;
    }
}

/// A task of a revision cannot be launched at all, whatever room there is: that counts as a failed task (CB-04, CB-08), and
/// the next attempt comes after the shortest delay, later after longer ones (TH-04).
pub fn not_launched(ecs: &mut Ecs, now: SimTime, owner: Owner) {
    let Some(service) = ecs.services.change(owner.service) else { return };
    count(service, owner.revision);
    let Some(throttle) = service.throttle_of(owner.revision).filter(|own| own.rounds == 0 || own.counted < now) else {
        return;
    };
    throttle.counted = now;
    throttle.rounds += 1;
    throttle.until = now + delay(throttle.rounds.max(FIRST_DELAYED)).unwrap_or_default();
}

/// Whether the circuit breaker ends the PRIMARY deployment now.
pub fn trips(service: &Service) -> bool {
    let breaker = breaker(&service.settings);
    let failures = service
        .primary()
        .filter(|own| own.rollout == Rollout::InProgress && own.set.is_none())
        .map_or(0, |own| own.failures);
    breaker["enable"] == true && failures > 0 && failures >= threshold(breaker, service.desired)
}

/// The alarms that watch over the PRIMARY deployment while it is on its way (CB-11).
pub fn watches(service: &Service) -> Option<&Value> {
    service.primary().filter(|own| own.rollout == Rollout::InProgress && own.set.is_none())?;
    Some(&service.settings["deploymentConfiguration"]["alarms"]).filter(|alarms| alarms["enable"] == true)
}

/// The alarms of a service, as far as they are there.
pub fn alarms<'a>(service: &'a Service, rooms: &'a Rooms) -> impl Iterator<Item = &'a Alarm> {
    let names = service.settings["deploymentConfiguration"]["alarms"]["alarmNames"].as_array();
    names.into_iter().flatten().filter_map(|name| rooms.cloudwatch.alarm(name.as_str()?))
}

/// Those of them that are in ALARM, or were since the PRIMARY deployment began: one without data soon leaves it.
fn firing(ecs: &Ecs, rooms: &Rooms, key: ServiceKey) -> Vec<String> {
    let Some((service, primary)) = ecs.services.get(key).and_then(|own| Some((own, own.primary()?))) else {
        return Vec::new();
    };
    alarms(service, rooms).filter(|own| own.fired_since(primary.created)).map(|own| own.name.clone()).collect()
}

/// Whether an alarm ends the PRIMARY deployment now; one that was in ALARM when it began never does (CB-11).
pub fn alarmed(ecs: &mut Ecs, rooms: &Rooms, key: ServiceKey) -> bool {
    if ecs.services.get(key).and_then(|own| watches(own)).is_none() {
        return false;
    }
    let firing = !firing(ecs, rooms, key).is_empty();
    let Some(primary) = ecs.services.change(key).and_then(|own| own.deployments.first_mut()) else { return false };
    let first = primary.ignores_alarms.is_none();
    let ignored = *primary.ignores_alarms.get_or_insert(firing);
    if first && !ignored {
        bake::note(ecs, rooms, key);
    }
    firing && !ignored
}

/// A healthy task more, and the failures before it are forgotten (CB-05).
pub fn note_healthy(ecs: &mut Ecs, key: ServiceKey, healthy: u32) {
    let Some(service) = ecs.services.get(key) else { return };
    let keeps = breaker(&service.settings)["resetOnHealthyTask"] == false;
    let Some(known) = service.primary().map(|own| own.healthy).filter(|known| *known != healthy) else { return };
    let Some(service) = ecs.services.change(key) else { return };
    if healthy > known {
        service.failing = 0;
    }
    if let Some(primary) = service.deployments.first_mut() {
        if healthy > known && !keeps {
            primary.failures = 0;
        }
        primary.healthy = healthy;
    }
}

/// A task that never ran delays the next start of its revision, once a third round failed (TH-01, TH-04).
pub fn throttle(ecs: &mut Ecs, cx: &mut Cx<'_>, task: TaskKey, owner: Owner) {
    let now = cx.now();
    let failed = |own: &&super::super::Task| {
        let code = own.stop.as_ref().map_or("", |stop| stop.code);
        own.times.started.is_none() && matches!(code, "TaskFailedToStart" | "EssentialContainerExited")
    };
    let Some(made) = ecs.task(task).filter(failed).map(|own| own.times.created) else { return };
    let Some(service) = ecs.services.change(owner.service) else { return };
    let Some(throttle) = service.throttle_of(owner.revision) else { return };
    if throttle.rounds > 0 && made <= throttle.counted {
        return;
    }
    throttle.counted = made;
    throttle.rounds += 1;
    let rounds = throttle.rounds;
    if let Some(delay) = delay(rounds) {
        throttle.until = now + delay;
        let message = format!("(service {}) is unable to consistently start tasks successfully.", service.name);
        if rounds <= LAST_GROWING {
            say(ecs, cx, owner.service, message, None);
        }
    }
}

/// The round from which on the delay does not grow.
const LAST_GROWING: u32 = 10;

/// The round from which on there is one.
const FIRST_DELAYED: u32 = 3;

/// How long the next start waits after so many failing rounds in a row (TH-04).
fn delay(rounds: u32) -> Option<SimDuration> {
    let doublings = rounds.checked_sub(FIRST_DELAYED)?;
    Some(SimDuration::from_secs((10_i64 << doublings.min(7)).min(900)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cb_02_cb_03_thresholds_by_desired_count() {
        let of = |kind: &str, value: u32| json!({ "thresholdConfiguration": { "type": kind, "value": value } });
        for (desired, default, bounded, unbounded, count) in [
            (1, 3, 3, 1, 10),
            (6, 3, 3, 3, 10),
            (7, 4, 3, 4, 10),
            (10, 5, 3, 5, 10),
            (20, 10, 4, 10, 10),
            (25, 13, 5, 13, 10),
            (100, 50, 20, 50, 10),
            (400, 200, 80, 200, 10),
            (800, 200, 160, 400, 10),
        ] {
            assert_eq!(threshold(&Value::Null, desired), default, "{desired}");
            assert_eq!(threshold(&of("BOUNDED_PERCENT", 20), desired), bounded, "{desired}");
            assert_eq!(threshold(&of("UNBOUNDED_PERCENT", 50), desired), unbounded, "{desired}");
            assert_eq!(threshold(&of("COUNT", 10), desired), count, "{desired}");
        }
    }

    #[test]
    fn th_04_the_curve_of_delays() {
        let seconds = |rounds| delay(rounds).map(|span| span.as_millis() / 1000);
        let curve: alloc::vec::Vec<_> = (1..=12).map(seconds).collect();
        let late = [10, 20, 40, 80, 160, 320, 640, 900, 900, 900].map(Some);
        assert_eq!(curve, [[None, None].as_slice(), &late].concat());
        assert_eq!(seconds(u32::MAX), Some(900));
    }
}
