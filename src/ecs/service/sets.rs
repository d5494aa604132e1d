//! The task sets of a service whose deployments somebody else controls: EXTERNAL and CODE_DEPLOY (6.7, CDP-05).
//!
//! ```text
//! ACTIVE ⇄ PRIMARY   (UpdateServicePrimaryTaskSet)     ACTIVE, PRIMARY ──DeleteTaskSet──→ DRAINING ──no task is up──→ gone
//!
//! stabilityStatus   STABILIZING ⇄ STEADY_STATE
//! ```
//!
//! Each set keeps so many tasks as its share of the desired count asks for; none replaces another. Sources: [API:TaskSet],
//! [DG:deployment-type-external], read 2026-11-21.

use super::super::api::definition_arn;
use super::super::{Ecs, LaunchType, Task, instance};
use super::look::{self, Round};
use super::seen::is_up;
use super::{Begin, Counts, Deployment, Service, act, roll, seen};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::{Cx, Event, FactKind, ServiceKey, TaskKey};
use crate::placement::Phase;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What a deployment has that is a task set.
#[derive(Clone, Debug)]
pub struct TaskSet {
    /// externalId.
    pub external_id: String,
    /// startedBy: `CODE_DEPLOY`, or empty.
    pub started_by: &'static str,
    /// The percentage of the desired count.
    pub scale: f64,
    /// Whether it serves the production traffic.
    pub primary: bool,
    /// Whether it is deleted.
    pub draining: bool,
    /// Its tags.
    pub tags: Value,
    /// clientToken of its request.
    pub token: Option<String>,
    /// Whether it is in STEADY_STATE, and since when this is so or not so.
    pub steady: bool,
    /// When that changed last.
    pub steady_at: SimTime,
}

impl TaskSet {
    /// AWS's word for its status.
    pub fn status(&self) -> &'static str {
        match self {
            TaskSet { draining: true, .. } => "DRAINING",
            TaskSet { primary: true, .. } => "PRIMARY",
            _ => "ACTIVE",
        }
    }

    /// stabilityStatus.
    pub fn stability(&self) -> &'static str {
        if self.steady { "STEADY_STATE" } else { "STABILIZING" }
    }

    /// computedDesiredCount (CDP-05): its share, rounded up.
    pub fn computed(&self, desired: u32) -> u32 {
        if self.draining {
            return 0;
        }
        // 7 % of 100 is 7, though 0.07 × 100 is a little more.
        let exact = f64::from(desired) * self.scale / 100.0 - 1e-9;
        let whole = exact.max(0.0) as u32;
        whole + u32::from(exact > f64::from(whole))
    }
}

/// Whether a service's tasks come in task sets.
pub fn has_sets(service: &Service) -> bool {
    service.settings["deploymentController"]["type"] != "ECS"
}

/// The name of a service in what it says, with the task set that a revision is.
pub fn subject(service: &Service, revision: Option<u64>) -> String {
    let set = |own: &&Deployment| own.set.is_some() && Some(own.revision.number) == revision;
    match service.deployments.iter().find(set) {
        Some(own) => format!("(service {}, taskSet {})", service.name, own.id()),
        None => format!("(service {})", service.name),
    }
}

/// Adds a task set.
pub fn add(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, begin: Begin, set: TaskSet) {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return };
    let desired = set.computed(service.desired);
    let own = roll::deployment(begin, now, desired, Some(Rc::new(set)));
    let number = own.number;
    service.deployments.push(own);
    change(ecs, cx, key, number, |_| {});
}

/// Changes a task set, by its digits.
pub fn change(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, number: u64, with: impl FnOnce(&mut TaskSet)) {
    let now = cx.now();
    let Some(service) = ecs.services.change(key) else { return };
    let desired = service.desired;
    if let Some(own) = service.deployments.iter_mut().find(|own| own.number == number)
        && let Some(set) = own.set.as_mut().map(Rc::make_mut)
    {
        with(set);
        (own.updated, own.desired) = (now, set.computed(desired));
    }
    service.steady = None;
    tell(ecs, cx, key, number);
    super::touch(ecs, cx, key);
}

/// Records how a task set stands.
fn tell(ecs: &Ecs, cx: &mut Cx<'_>, key: ServiceKey, number: u64) {
    let Some(service) = ecs.services.get(key) else { return };
    let Some(own) = service.deployments.iter().find(|own| own.number == number) else { return };
    cx.emit(FactKind::Deployment {
        cluster: instance::cluster_name(ecs, key.cluster),
        service: service.name.to_string(),
        deployment: own.id(),
        definition: own.revision.definition.name(),
        state: own.status(0),
        reason: String::new(),
    });
}

/// The settings of a service with what one of its task sets has of its own.
pub fn settings(service: &Value, set: &Value) -> Value {
    let mut settings = service.clone();
    roll::restore(&mut settings, set);
    let Some(map) = settings.as_object_mut() else { return settings };
    for member in ["launchType", "capacityProviderStrategy"] {
        map.remove(member);
        map.extend(set.get(member).map(|own| (member.to_string(), own.clone())));
    }
    settings
}

/// Makes a task set the PRIMARY one: the service shows what it is made of.
pub fn lead(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey, number: u64) {
    let Some(service) = ecs.services.change(key) else { return };
    let Some(at) = service.deployments.iter().position(|own| own.number == number) else { return };
    let own = service.deployments.remove(at);
    service.settings = Rc::new(settings(&service.settings, &own.revision.settings));
    service.deployments.insert(0, own);
    for own in &mut service.deployments {
        if let Some(set) = own.set.as_mut().map(Rc::make_mut) {
            set.primary = own.number == number;
        }
    }
    change(ecs, cx, key, number, |_| {});
}

/// One look at a service with task sets.
pub fn look(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) {
    let now = cx.now();
    let Some(service) = ecs.services.get(key).map(Rc::clone) else { return };
    let mut lacking = false;
    for (at, own) in service.deployments.iter().enumerate() {
        let count = own.set.as_ref().map_or(0, |set| set.computed(service.desired));
        if own.desired != count
            && let Some(own) = ecs.services.change(key).and_then(|own| own.deployments.get_mut(at))
        {
            own.desired = count;
        }
        lacking |= look::keep(ecs, cx, key, at, count);
    }
    if !lacking {
        act::placed(ecs, key);
    }
    let mut all = true;
    let mut gone: Vec<u64> = Vec::new();
    for (at, own) in service.deployments.iter().enumerate() {
        let steady = is_steady(ecs, key, at, now);
        all &= steady;
        let Some(set) = own.set.as_ref() else { continue };
        if set.draining && !is_left(ecs, key, own.revision.number) {
            gone.push(own.number);
        }
        if set.steady != steady
            && let Some(own) = ecs.services.change(key).and_then(|own| own.deployments.get_mut(at))
            && let Some(set) = own.set.as_mut().map(Rc::make_mut)
        {
            (set.steady, set.steady_at) = (steady, now);
        }
        if steady != set.steady && !set.started_by.is_empty() {
            cx.schedule(SimDuration::ZERO, Event::TaskSetChanged(key));
        }
        if steady && !set.steady && !set.draining {
            let message = format!("{} has reached a steady state.", subject(&service, Some(own.revision.number)));
            act::say(ecs, cx, key, message, None);
        }
    }
    let Some(changed) = ecs.services.change(key) else { return };
    changed.deployments.retain(|own| !gone.contains(&own.number));
    if all {
        changed.failing = 0;
    }
    changed.steady = changed.steady.filter(|_| all).or_else(|| all.then_some((now, now)));
    look::plan(ecs, cx, key);
}

fn is_left(ecs: &Ecs, key: ServiceKey, revision: u64) -> bool {
    let of = |own: &Task| own.request.owner.is_some_and(|own| own.revision == revision) && is_up(own.status);
    let Some(service) = ecs.services.get(key) else { return false };
    service.tasks.iter().any(|id| ecs.task(TaskKey { cluster: key.cluster, id: *id }).is_some_and(of))
}

/// Whether a set runs as many tasks as it should, all healthy and none on an instance that drains.
fn is_steady(ecs: &Ecs, key: ServiceKey, at: usize, now: SimTime) -> bool {
    let Some(round) = Round::of(ecs, key, now, at, None) else { return false };
    let fine = |task: &&seen::Seen| !task.draining && task.phase == Phase::Running;
    let (wanted, well) = (round.wanted().count() as u32, round.wanted().filter(fine).count() as u32);
    wanted == round.desired && well == wanted
}

/// The ARN of a task set.
pub fn set_arn(account: &Account, cluster: &str, service: &Service, number: u64) -> String {
    let arn = account.service(cluster, &service.name).text().replacen(":service/", ":task-set/", 1);
    format!("{arn}/{}", super::deployment_id(number))
}

/// A task set as DescribeTaskSets shows it.
pub fn describe_set(
    ecs: &Ecs,
    account: &Account,
    cluster: &str,
    service: &Service,
    own: &Deployment,
    with_tags: bool,
) -> Value {
    let Some(set) = own.set.as_ref() else { return Value::Null };
    let counts = Counts::of(ecs, service, Some(own.revision.number));
    let seconds = |at: SimTime| Value::from(at.as_epoch_seconds());
    let settings = &own.revision.settings;
    let mut value = object!({
        "id": own.id(),
        "taskSetArn": set_arn(account, cluster, service, own.number),
        "serviceArn": account.service(cluster, &service.name).text(),
        "clusterArn": account.cluster(cluster).text(),
        "status": set.status(),
        "taskDefinition": definition_arn(account, &own.revision.definition),
        "computedDesiredCount": set.computed(service.desired),
        "pendingCount": counts.pending,
        "runningCount": counts.running,
        "createdAt": seconds(own.created),
        "updatedAt": seconds(own.updated),
        "scale": object!({ "value": set.scale, "unit": "PERCENT" }),
        "stabilityStatus": set.stability(),
        "stabilityStatusAt": seconds(set.steady_at),
        "loadBalancers": settings["loadBalancers"].clone(),
        "serviceRegistries": Value::Array(Vec::new()),
    });
    let Some(map) = value.as_object_mut() else { return value };
    for member in ["launchType", "capacityProviderStrategy", "networkConfiguration", "platformVersion"] {
        map.extend(settings.get(member).map(|given| (member.to_string(), given.clone())));
    }
    for (member, text) in [("externalId", set.external_id.as_str()), ("startedBy", set.started_by)] {
        if !text.is_empty() {
            map.insert(member.to_string(), Value::from(text));
        }
    }
    if own.run.launch == LaunchType::Fargate {
        map.insert("platformFamily".to_string(), Value::from(super::describe::platform_family(&own.revision)));
    }
    if with_tags {
        map.insert("tags".to_string(), set.tags.clone());
    }
    value
}

/// A set that begins now.
pub fn new_set(now: SimTime, scale: f64) -> TaskSet {
    TaskSet {
        external_id: String::new(),
        started_by: "",
        scale,
        primary: false,
        draining: false,
        tags: Value::Array(Vec::new()),
        token: None,
        steady: false,
        steady_at: now,
    }
}

impl Deployment {
    /// The task set that it is.
    pub fn task_set(&self) -> Option<&TaskSet> {
        self.set.as_deref()
    }

    /// Its status in AWS's word, from its place among the deployments.
    pub fn status(&self, at: usize) -> &'static str {
        match (self.task_set(), at) {
            (Some(set), _) => set.status(),
            (None, 0) => "PRIMARY",
            _ => "ACTIVE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdp_05_computed_counts_are_rounded_up() {
        for (desired, scale, count) in [
            (3, 40.0, 2),
            (3, 0.0, 0),
            (3, 100.0, 3),
            (0, 100.0, 0),
            (1, 0.1, 1),
            (100, 7.0, 7),
            (100, 29.0, 29),
            (1000, 33.3, 333),
            (10, 33.3, 4),
            (5000, 99.99, 5000),
        ] {
            let set = new_set(SimTime::from_millis(0), scale);
            assert_eq!(set.computed(desired), count, "{scale} % of {desired}");
        }
    }
}
