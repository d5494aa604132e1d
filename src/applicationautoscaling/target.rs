//! Scalable targets (1.1): the desired count of a service, and between which bounds it may move.

use super::activity::Why;
use super::ask::{self, PRINCIPAL};
use super::names::{self, DIMENSION, refuse, registered};
use super::{Activity, ApplicationAutoScaling, Policy, Scheduled, activity, policy};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ecs::service::{Counts, Rollout, Service};
use crate::event::{Cx, FactKind, HexId};
use crate::iam::RoleState;
use crate::rooms::Rooms;
use crate::scaling::decide::Past;
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Targets of a Region at most.
const MOST: usize = 3000;
/// Tags of a target at most.
const MOST_TAGS: usize = 50;
/// The members of SuspendedState, in the order of [`Target::suspended`].
pub const SUSPENDED: [&str; 3] =
    ["DynamicScalingOutSuspended", "DynamicScalingInSuspended", "ScheduledScalingSuspended"];

/// A scalable target.
#[derive(Clone, Debug)]
pub struct Target {
    /// ResourceId, `service/CLUSTER/SERVICE`.
    pub resource: Rc<str>,
    /// The cluster's name.
    pub cluster: Rc<str>,
    /// The service's name.
    pub service: Rc<str>,
    /// The 36 signs at the end of its ARN.
    id: Rc<str>,
    /// MinCapacity.
    pub min: u32,
    /// MaxCapacity.
    pub max: u32,
    /// RoleARN where one was given.
    pub role: Option<Rc<str>>,
    /// CreationTime.
    pub created: SimTime,
    /// Whether scaling out, scaling in and scheduled actions are suspended.
    pub suspended: [bool; 3],
    /// Its tags.
    pub tags: Map<String, String>,
    /// Its policies in the order of creation.
    pub policies: Vec<Policy>,
    /// Its scheduled actions in the order of creation.
    pub actions: Vec<Scheduled>,
    /// Its scaling activities, the newest last.
    pub activities: Rc<Vec<Rc<Activity>>>,
    /// The last scale-out by a policy.
    pub last_out: Option<Past>,
    /// The last scale-in, unless a scale-out has come since.
    pub last_in: Option<Past>,
    /// The capacity that a forecast keeps up, and until when.
    pub predicted: Option<(u32, SimTime)>,
    pub(super) progress: Option<activity::Progress>,
    /// What was asked for and is not answered yet.
    pub(super) asked: Option<u32>,
}

impl Target {
    /// ScalableTargetARN.
    pub fn arn(&self, account: &Account) -> String {
        let Account { region, id } = account;
        format!("arn:{}:application-autoscaling:{region}:{id}:scalable-target/{}", account.partition(), self.id)
    }

    /// Its service, where that is ACTIVE.
    pub fn service<'a>(&self, rooms: &'a Rooms) -> Option<&'a Service> {
        let cluster = rooms.ecs.cluster(&self.cluster)?;
        rooms.ecs.service(cluster.id, &self.service).map(Rc::as_ref).filter(|own| own.is_active())
    }

    /// desiredCount as it is once what was asked for is done.
    pub(super) fn desired(&self, service: &Service) -> u32 {
        self.asked.unwrap_or(service.desired)
    }

    /// The range that policies move in: a forecast lifts its lower end.
    pub(super) fn bounds(&self, now: SimTime) -> (u32, u32) {
        let floor = self.predicted.filter(|(_, until)| *until > now).map_or(0, |(capacity, _)| capacity);
        (self.min.max(floor.min(self.max)), self.max)
    }

    /// When something is due by itself.
    pub(super) fn due(&self) -> Option<SimTime> {
        let actions = self.actions.iter().filter_map(|own| own.next);
        let forecasts = self.policies.iter().filter_map(|own| own.next);
        actions.chain(forecasts).chain(self.progress.as_ref().map(|own| own.checked)).min()
    }

    /// As DescribeScalableTargets shows it.
    pub(super) fn description(&self, account: &Account, now: SimTime) -> Value {
        let role = self.role.as_deref().map_or_else(|| ask::role_arn(account), String::from);
        let mut own = object!({
            "ServiceNamespace": "ecs",
            "ResourceId": &*self.resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": self.min,
            "MaxCapacity": self.max,
            "RoleARN": role,
            "CreationTime": self.created.as_epoch_seconds(),
            "SuspendedState": object!({}),
            "ScalableTargetARN": self.arn(account),
        });
        for (member, on) in SUSPENDED.into_iter().zip(self.suspended) {
            own["SuspendedState"][member] = Value::from(on);
        }
        if let Some((capacity, _)) = self.predicted.filter(|(_, until)| *until > now) {
            own["PredictedCapacity"] = Value::from(capacity);
        }
        own
    }
}

/// Tasks of a service that run, and that are on their way.
pub fn counts(rooms: &Rooms, service: &Service) -> Counts {
    Counts::of(&rooms.ecs, service, None)
}

/// Whether a deployment is in progress that nothing may be removed from (1.9): not where somebody else controls them.
pub fn deploying(service: &Service) -> bool {
    service.settings["deploymentController"]["type"] != "EXTERNAL"
        && service.deployments.iter().any(|own| own.rollout == Rollout::InProgress)
}

pub fn register(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    input: &Value,
) -> Result<Value, ApiError> {
    let (resource, cluster, service) = names::resource(input)?;
    let known = room.targets.get(resource).map(|own| Target::clone(own));
    if known.is_some() && !input["Tags"].is_null() {
        let message = "The scalable target that you tried to tag already exists. To update tags on an existing scalable \
                       target, use the TagResource API.";
        return Err(names::invalid(message, "Tags"));
    }
    let before = known.as_ref().map(|own| (own.min, own.max));
    let bound = |member: &'static str, before: Option<u32>| match input[member].as_i64() {
        Some(given) => u32::try_from(given).map_err(|_| refuse(format!("{member} must not be negative."), member)),
        None => before.ok_or_else(|| refuse(format!("{member} is required for a new scalable target."), member)),
    };
    let min = bound("MinCapacity", before.map(|(min, _)| min))?;
    let max = bound("MaxCapacity", before.map(|(_, max)| max))?;
    if max < min {
        return Err(refuse("Maximum capacity cannot be less than minimum capacity", "MaxCapacity"));
    }
    let role = input["RoleARN"].as_str();
    let account = cx.options().account.clone();
    let mut target = match known {
        Some(own) => own,
        None => new(room, rooms, cx, (resource, cluster, service))?,
    };
    if let Some(role) = role {
        let form = role.starts_with("arn:") && role.contains(":role/");
        if !form || matches!(ask::state(rooms, &account, role), RoleState::Closed | RoleState::Gone) {
            return Err(names::invalid(format!("Unable to assume IAM role: {role}"), "RoleARN"));
        }
        target.role = Some(role).filter(|own| !own.contains(PRINCIPAL)).map(Rc::from);
    }
    for (tag, value) in input["Tags"].as_object().into_iter().flatten() {
        target.tags.insert(tag.clone(), names::text(value));
    }
    if target.tags.len() > MOST_TAGS {
        return Err(refuse(format!("A scalable target can have at most {MOST_TAGS} tags."), "Tags"));
    }
    for (own, member) in target.suspended.iter_mut().zip(SUSPENDED) {
        *own = input["SuspendedState"][member].as_bool().unwrap_or(*own);
    }
    (target.min, target.max) = (min, max);
    let answer = object!({ "ScalableTargetARN": target.arn(&account) });
    let resource = Rc::clone(&target.resource);
    cx.emit(FactKind::Scaling { resource: resource.to_string(), what: format!("moves between {min} and {max}") });
    room.targets.insert(Rc::clone(&resource), Rc::new(target));
    ask::service_role(room, rooms, cx);
    clamp(room, rooms, cx, &resource);
    Ok(answer)
}

/// A target as it is made. Errors: there is no such service, it has no count of its own, or there are too many targets.
fn new(
    room: &ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    (resource, cluster, service): (&str, &str, &str),
) -> Result<Target, ApiError> {
    let mut id = format!("{:032x}", HexId::new(cx.draw_wide("scalable-target-id")).number());
    id.push_str(&format!("{:04x}", cx.draw("scalable-target-id") as u16));
    let target = Target {
        resource: Rc::from(resource),
        cluster: Rc::from(cluster),
        service: Rc::from(service),
        id: Rc::from(id),
        min: 0,
        max: 0,
        role: None,
        created: cx.now(),
        suspended: [false; 3],
        tags: Map::new(),
        policies: Vec::new(),
        actions: Vec::new(),
        activities: Rc::default(),
        last_out: None,
        last_in: None,
        predicted: None,
        progress: None,
        asked: None,
    };
    let Some(own) = target.service(rooms) else {
        return Err(names::invalid(format!("ECS service doesn't exist: {resource}"), "ResourceId"));
    };
    if own.is_daemon() {
        let message = "A service of the DAEMON scheduling strategy has no desired count to scale.";
        return Err(refuse(message, "ResourceId"));
    }
    if room.targets.len() >= MOST {
        return Err(names::over(format!("A Region can have at most {MOST} scalable targets of ECS.")));
    }
    Ok(target)
}

/// Moves a desired count that is outside of its range into it, at once (1.1, 1.11).
pub fn clamp(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, resource: &str) {
    let Some(target) = room.targets.get(resource).cloned() else { return };
    let Some(service) = target.service(rooms) else { return };
    let desired = target.desired(service);
    let (to, bound) = match desired {
        own if own < target.min => (target.min, "minimum"),
        own if own > target.max => (target.max, "maximum"),
        _ => return,
    };
    let cause = format!("{bound} capacity was set to {to}");
    let told = format!("is to have {to} tasks, as the {cause}");
    activity::begin(room, rooms, cx, &target, to, Why { cause, told, cooldown: SimDuration::ZERO, out: None });
}

pub fn deregister(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    input: &Value,
) -> Result<Value, ApiError> {
    let target = registered(room, input)?.clone();
    for own in &target.policies {
        policy::forget(room, rooms, cx, &target, own);
    }
    room.targets.remove(&target.resource);
    let resource = target.resource.to_string();
    cx.emit(FactKind::Scaling { resource, what: "is no scalable target any more".to_string() });
    Ok(Value::Null)
}

/// TagResource and UntagResource.
pub fn tag(room: &mut ApplicationAutoScaling, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let arn = input["ResourceARN"].as_str().unwrap_or_default();
    let resource = Rc::clone(&tagged(room, &account, arn)?.resource);
    let Some(target) = room.change(&resource) else { return Ok(Value::Null) };
    let mut tags = target.tags.clone();
    for (tag, value) in input["Tags"].as_object().into_iter().flatten() {
        tags.insert(tag.clone(), names::text(value));
    }
    for tag in input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        tags.remove(tag);
    }
    if tags.len() > MOST_TAGS {
        let message = format!("A scalable target can have at most {MOST_TAGS} tags.");
        return Err(ApiError::new("TooManyTagsException", message).at("Tags").in_our_words());
    }
    target.tags = tags;
    cx.emit(FactKind::TagsChanged { resource: arn.to_string() });
    Ok(Value::Null)
}

/// The target of an ARN. Errors: there is none.
pub fn tagged<'a>(room: &'a ApplicationAutoScaling, account: &Account, arn: &str) -> Result<&'a Target, ApiError> {
    let missing = || {
        ApiError::new("ResourceNotFoundException", format!("The resource {arn} does not exist."))
            .at("ResourceARN")
            .in_our_words()
    };
    room.targets().find(|own| own.arn(account) == arn).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs;
    use crate::event::{Cause, Kernel, Options};
    use crate::placement::Ties;
    use serde_json::json;

    /// 3,000 to a Region; one that is registered already may be changed.
    #[test]
    fn rule_1_1_limit_of_targets() {
        let options = Options { account: Account::default(), ties: Ties::ByName };
        let mut kernel = Kernel::new(SimTime::default(), 1, options);
        let mut facts = Vec::new();
        let mut cx = Cx { kernel: &mut kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
        let mut rooms = Rooms::default();
        let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
        let service =
            |name: &str| json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "web", "desiredCount": 0 });
        for (operation, input) in [
            ("CreateCluster", json!({ "clusterName": "prod" })),
            ("RegisterTaskDefinition", json!({ "family": "web", "containerDefinitions": [container] })),
            ("CreateService", service("last")),
            ("CreateService", service("more")),
        ] {
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::call(ecs, rooms, &mut cx, operation, &input)).unwrap();
        }
        let mut room = ApplicationAutoScaling::default();
        let mut put = |room: &mut ApplicationAutoScaling, name: &str| {
            let resource = format!("service/prod/{name}");
            let input =
                json!({ "ServiceNamespace": "ecs", "ResourceId": resource, "MinCapacity": 0, "MaxCapacity": 1 });
            register(room, &rooms, &mut cx, &input)
        };
        put(&mut room, "last").unwrap();
        let own = room.target("service/prod/last").unwrap().clone();
        for number in 1..MOST {
            room.targets.insert(format!("service/prod/s{number}").into(), Rc::new(own.clone()));
        }
        let error = put(&mut room, "more").unwrap_err();
        let message = "A Region can have at most 3000 scalable targets of ECS.";
        assert_eq!((error.code.as_ref(), error.message.as_str()), ("LimitExceededException", message));
        assert!(put(&mut room, "last").is_ok());
    }
}
