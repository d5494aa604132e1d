//! RunTask and StartTask: the request is checked as a whole, then its tasks are placed one after another (PL-06).

use super::instance::{arn_of, few_named, find};
use super::run_request::{RunRequest, Target};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ecs::describe_task::description;
use crate::ecs::fault::NO_CAPACITY;
use crate::ecs::instances::{Pool, Touches};
use crate::ecs::provisioning::Waiter;
use crate::ecs::state::TokenUse;
use crate::ecs::{
    ContainerInstance, Ecs, InstanceStatus, LaunchType, Task, Times, fargate, instance, lifecycle, managed,
    provisioning, service,
};
use crate::event::{ClusterId, Cx, DecisionId, Explained, FactKind, HexId, InstanceKey, TaskKey};
use crate::placement::{self, Candidate, Decision, Failure, Host, Request};
use crate::scaling::split;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

pub fn run(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = super::cluster_of(ecs, input)?.clone();
    let request = RunRequest::read(ecs, &cx.options().account, input)?;
    if let Some(known) = already_run(ecs, cluster.id, input)? {
        return Ok(answer(ecs, cx, &cluster.name, &known.tasks, known.failures.clone()));
    }
    some_instance(ecs, cluster.id, &request)?;
    if request.pools.iter().any(|target| target.waits)
        && ecs.waiting(cluster.id) + request.count as usize > provisioning::MOST
    {
        let message =
            format!("The cluster's limit of {} tasks in the PROVISIONING state is reached.", provisioning::MOST);
        return Err(ApiError::client(message).at("count").in_our_words());
    }
    let shares: Vec<_> = request.pools.iter().map(|pool| pool.share).collect();
    let mut made = Vec::new();
    let mut counts = alloc::vec![0; shares.len()];
    // Where a target took no task, it takes none for the rest of the call: the answer would be the same.
    let mut short: Vec<Option<(u32, Nowhere)>> = shares.iter().map(|_| None).collect();
    for _ in 0..request.count {
        let next = split::next(&shares, &counts).unwrap_or_default();
        if let Some(count) = counts.get_mut(next) {
            *count += 1;
        }
        let (Some(target), Some(lacking)) = (request.pools.get(next), short.get_mut(next)) else { break };
        if let Some((missing, ..)) = lacking {
            *missing += 1;
            continue;
        }
        match start_one(ecs, cx, cluster.id, &request, target, None) {
            Ok(key) => made.push(key),
            Err(nowhere) => *lacking = Some((1, nowhere)),
        }
    }
    let mut failures = Vec::new();
    for (missing, nowhere) in short.into_iter().flatten() {
        report_not_placed(cx, &cluster.name, &request, missing, &nowhere);
        failures.extend(nowhere.failures);
    }
    if let Some(token) = input["clientToken"].as_str() {
        let kept = TokenUse { request: without_token(input), tasks: made.clone(), failures: failures.clone() };
        ecs.tokens.insert((cluster.id, token.to_string()), Rc::new(kept));
    }
    Ok(answer(ecs, cx, &cluster.name, &made, failures))
}

/// PL-40: some ACTIVE instance has to be there; of a capacity provider, one of its own.
fn some_instance(ecs: &Ecs, cluster: ClusterId, request: &RunRequest) -> Result<(), ApiError> {
    let takes = |own: &ContainerInstance, target: &Target| {
        in_pool(own, (request.launch, target.provider)) && own.status == InstanceStatus::Active
    };
    let any = |target: &Target| target.waits || ecs.instances(cluster).any(|own| takes(own, target));
    if request.launch == LaunchType::Fargate || request.pools.iter().any(any) {
        return Ok(());
    }
    let of_provider = request.pools.iter().any(|target| target.provider != 0);
    let place = if of_provider { "capacity provider" } else { "cluster" };
    Err(ApiError::invalid(format!("No Container Instances were found in your {place}.")))
}

/// StartTask (PL-10): one task on each instance named, whichever way it is named and however often (`UNDOC→`). An instance
/// that takes no tasks is a failure with the reason INACTIVE, a DRAINING one too (DR-02, `UNDOC→`).
pub fn start(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = super::cluster_of(ecs, input)?.clone();
    let request = RunRequest::to_start(ecs, &cx.options().account, input)?;
    let (mut named, mut made, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let Some(target) = request.pools.first() else { return Ok(answer(ecs, cx, &cluster.name, &made, failures)) };
    for name in few_named(input)? {
        let key = find(ecs, &cluster, name).map(|instance| instance.key);
        let arn = arn_of(&cx.options().account, &cluster, name);
        if named.contains(&arn) {
            continue;
        }
        if find(ecs, &cluster, name).is_some_and(|own| own.managed) {
            let message = format!("Amazon ECS places tasks on the Managed Instance {arn} itself.");
            return Err(ApiError::invalid(message).at("containerInstances").in_our_words());
        }
        let placed = match key {
            Some(key) => place_on_instance(ecs, cx, cluster.id, &request, target, Some(key)),
            None => {
                let nowhere = placement::decide(&request.placement, &[], cx.options().ties, 0);
                let failures = alloc::vec![(arn.clone(), "MISSING".to_string())];
                Err(Nowhere { decision: cx.decided(Some(Explained::Ec2(nowhere))), failures, event: None })
            }
        };
        match placed {
            Ok(place) => made.push(make_task(ecs, cx, cluster.id, &request, target, place)),
            Err(nowhere) => {
                report_not_placed(cx, &cluster.name, &request, 1, &nowhere);
                failures.extend(nowhere.failures);
            }
        }
        named.push(arn);
    }
    Ok(answer(ecs, cx, &cluster.name, &made, failures))
}

/// Where one task goes.
struct Place {
    instance: Option<InstanceKey>,
    zone: String,
    subnet: Option<String>,
    decision: DecisionId,
    /// Nowhere yet: the task waits for capacity of its provider.
    waits: bool,
}

/// No place for a task.
#[derive(Clone)]
pub struct Nowhere {
    /// The decision that says why.
    pub decision: DecisionId,
    /// `failures[]` of RunTask.
    pub failures: Failures,
    /// The service event (6.14), for a task of a service.
    pub event: Option<String>,
}

/// Starts one task; where there is no room for it and its provider has managed scaling, it waits in PROVISIONING.
pub fn start_one(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    cluster: ClusterId,
    request: &RunRequest,
    target: &Target,
    on: Option<InstanceKey>,
) -> Result<TaskKey, Nowhere> {
    let placed = match request.launch {
        LaunchType::Fargate => place_on_fargate(ecs, cx, cluster, request, target),
        LaunchType::Ec2 | LaunchType::External | LaunchType::ManagedInstances => {
            place_on_instance(ecs, cx, cluster, request, target, on)
        }
    };
    let place = placed.or_else(|nowhere| match target.waits && ecs.waiting(cluster) < provisioning::MOST {
        true => {
            let decision = nowhere.decision;
            Ok(Place { instance: None, zone: String::new(), subnet: None, decision, waits: true })
        }
        false => Err(nowhere),
    })?;
    Ok(make_task(ecs, cx, cluster, request, target, place))
}

/// ARN and reason; the ARN is empty where there is no instance, and then the answer has none.
pub type Failures = Vec<(String, String)>;

/// On the instance named, or on the one that placement chooses.
fn place_on_instance(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    cluster: ClusterId,
    request: &RunRequest,
    target: &Target,
    named: Option<InstanceKey>,
) -> Result<Place, Nowhere> {
    let draw = cx.draw("placement");
    let pool = (request.launch, target.provider);
    let ties = cx.options().ties;
    let chosen = match named {
        Some(key) => {
            Some(key).filter(|key| ecs.instance(*key).is_some_and(|own| placement::fits(&request.placement, &own.host)))
        }
        None => ecs.instances.choose(cluster, pool, &request.placement, ties, draw),
    };
    let explained = (cx.explains() || chosen.is_none()).then(|| {
        let hosts = match named {
            Some(key) => ecs.instance(key).map(|own| &own.host).into_iter().collect(),
            None => candidates(ecs, cluster, pool),
        };
        placement::decide(&request.placement, &hosts, ties, draw)
    });
    let Some(key) = chosen else {
        let of_each = |why: &Decision| match named {
            Some(_) => why.candidates.iter().filter_map(Candidate::failure).collect(),
            None => why.failures(),
        };
        let failures: Vec<Failure> = explained.as_ref().map(of_each).unwrap_or_default();
        let failures = failures.into_iter().map(|failure| (failure.arn, failure.reason.to_string())).collect();
        let service = request.placement.group.strip_prefix("service:");
        let event = service.zip(explained.as_ref()).and_then(|(name, why)| placement::event::not_placed(name, why));
        return Err(Nowhere { decision: cx.decided(explained.map(Explained::Ec2)), failures, event });
    };
    let Request { demand, group, .. } = &*request.placement;
    let mut zone = String::new();
    if let Some(instance) = ecs.instances.change(key, Touches::Tasks) {
        instance.host.reserve(demand, group, &request.definition.name());
        instance.version += 1;
        zone.clone_from(&instance.host.zone);
        let provider = instance.provider;
        if provider != 0 && ecs.replicas_on(key) == 1 {
            managed::wake(ecs, cx, provider);
        }
    }
    let decision = cx.decided(explained.map(Explained::Ec2));
    Ok(Place { instance: Some(key), subnet: request.subnet_in(&zone), zone, decision, waits: false })
}

/// What placement looks at: every instance of the pool that is not gone; those that take no task count for spread sums.
pub fn candidates(ecs: &Ecs, cluster: ClusterId, pool: Pool) -> Vec<&Host> {
    let there = |own: &&ContainerInstance| in_pool(own, pool) && own.status != InstanceStatus::Inactive;
    ecs.instances(cluster).filter(there).map(|instance| &instance.host).collect()
}

fn in_pool(own: &ContainerInstance, (launch, provider): Pool) -> bool {
    own.launch() == launch && (provider == 0 || own.provider == provider)
}

fn place_on_fargate(
    ecs: &Ecs,
    cx: &mut Cx<'_>,
    cluster: ClusterId,
    request: &RunRequest,
    target: &Target,
) -> Result<Place, Nowhere> {
    let choice = fargate::choose_zone(ecs, cluster, &request.placement.group, &request.zones, target.spot);
    let zone = match &choice {
        Explained::Fargate { zones, chosen } => {
            chosen.and_then(|chosen| zones.get(chosen)).map(|(zone, _)| zone.clone())
        }
        Explained::Ec2(_) => None,
    };
    let decision = cx.decided(Some(choice));
    let no_capacity = || {
        let service = request.placement.group.strip_prefix("service:");
        let event = service.map(|name| format!("(service {name}) was unable to place a task. Reason: {NO_CAPACITY}."));
        Nowhere { decision, failures: alloc::vec![(String::new(), NO_CAPACITY.to_string())], event }
    };
    let zone = zone.ok_or_else(no_capacity)?;
    Ok(Place { instance: None, subnet: request.subnet_in(&zone), zone, decision, waits: false })
}

fn make_task(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    cluster: ClusterId,
    request: &RunRequest,
    target: &Target,
    place: Place,
) -> TaskKey {
    let key = TaskKey { cluster, id: HexId::new(cx.draw_wide("task-id")) };
    let address =
        (request.has_interface() && !place.waits).then(|| ecs.next_address(place.subnet.as_deref(), &place.zone));
    let mut shared = target.shared.clone();
    if let Some(subnet) = place.subnet {
        Rc::make_mut(&mut shared).subnets = alloc::vec![subnet];
    }
    let on = place.instance.and_then(|key| ecs.instance(key));
    let (launch, host) = (on.map_or(request.launch, ContainerInstance::launch), on.map(|own| own.machine.into()));
    let task = Task {
        key,
        definition: request.definition.clone(),
        request: shared,
        launch,
        instance: place.instance.map(|key| key.id),
        zone: ecs.shared_zone(&place.zone),
        status: lifecycle::first_status(request.has_attachment() || place.waits),
        stop: None,
        times: Times { created: cx.now(), ..Times::default() },
        version: 1,
        timer: 0,
        decision: place.decision,
        bindings: Default::default(),
        address: address.map(String::into_boxed_str),
        containers: None,
        files: None,
        answers: None,
    };
    let (name, definition) = (instance::cluster_name(ecs, cluster), request.definition.name());
    let group = request.placement.group.to_string();
    let decision = place.decision;
    cx.emit(match place.waits {
        true => FactKind::TaskProvisioning {
            cluster: name,
            task: key.id.into(),
            definition,
            group,
            provider: target.shared.provider.clone().unwrap_or_default(),
            decision,
        },
        false => FactKind::TaskCreated {
            cluster: name,
            task: key.id.into(),
            definition,
            group,
            instance: host,
            zone: place.zone,
            decision,
        },
    });
    if let Some(owner) = task.request.owner {
        service::joins(ecs, owner.service, key.id);
    }
    ecs.tasks.insert(key, Rc::new(task));
    ecs.count_on_fargate(key);
    if place.waits {
        let (placement, subnets) = (request.placement.clone(), request.subnets.clone());
        let interface = request.has_interface();
        provisioning::wait(ecs, cx, Waiter { key, provider: target.provider, placement, subnets, interface });
    }
    lifecycle::begin(ecs, cx, key);
    key
}

fn report_not_placed(cx: &mut Cx<'_>, cluster: &str, request: &RunRequest, missing: u32, nowhere: &Nowhere) {
    cx.emit(FactKind::NotPlaced {
        cluster: cluster.to_string(),
        definition: request.definition.name(),
        group: request.placement.group.to_string(),
        missing,
        failures: nowhere.failures.clone(),
        decision: nowhere.decision,
    });
}

/// PL-50: the same token with the same request gives the same tasks and failures; with another request it is a conflict.
fn already_run(ecs: &Ecs, cluster: ClusterId, input: &Value) -> Result<Option<Rc<TokenUse>>, ApiError> {
    let Some(token) = input["clientToken"].as_str() else { return Ok(None) };
    match ecs.tokens.get(&(cluster, token.to_string())) {
        None => Ok(None),
        Some(known) if known.request == without_token(input) => Ok(Some(known.clone())),
        Some(_) => {
            let message = "The client token was used with other parameters.";
            Err(ApiError::new("ConflictException", message).at("clientToken").in_our_words())
        }
    }
}

fn without_token(input: &Value) -> Value {
    let mut request = input.clone();
    if let Some(map) = request.as_object_mut() {
        map.remove("clientToken");
    }
    request
}

fn answer(ecs: &Ecs, cx: &Cx<'_>, cluster: &str, made: &[TaskKey], failures: Failures) -> Value {
    let account = &cx.options().account;
    let made = made.iter().filter_map(|key| ecs.task(*key));
    let tasks: Vec<Value> = made.map(|task| description(ecs, account, cluster, task, cx.now())).collect();
    let failure = |(arn, reason): (String, String)| match arn.is_empty() {
        true => object!({ "reason": reason }),
        false => object!({ "arn": arn, "reason": reason }),
    };
    let failures = failures.into_iter().map(failure).collect();
    // Moved in: json! would copy every value once more.
    let lists = [("tasks", tasks), ("failures", failures)];
    Value::Object(lists.into_iter().map(|(name, list)| (name.to_string(), Value::Array(list))).collect())
}
