//! CreateTaskSet, UpdateTaskSet, DeleteTaskSet, DescribeTaskSets, UpdateServicePrimaryTaskSet (6.7, CDP-05).

use super::run_request::launch_type;
use super::{cluster_of, definition, load_balancers, service as services, strings, tags};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::service::{self, Begin, Deployment, Service, TaskSet};
use crate::ecs::{Cluster, Ecs, LaunchType, instance};
use crate::elb::Kind;
use crate::event::{Cx, ServiceKey, TaskSetWish};
use crate::rooms::Rooms;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Task sets of a service at most.
const MOST_SETS: usize = 5;

/// The service of a request, which must be ACTIVE.
fn find<'a>(ecs: &'a Ecs, cluster: &Cluster, input: &Value) -> Result<&'a Rc<Service>, ApiError> {
    let named = input["service"].as_str().unwrap_or_default();
    let not_found = || ApiError::new("ServiceNotFoundException", "Service not found.").at("service");
    let own = services::find(ecs, cluster, named).ok_or_else(not_found)?;
    if !own.is_active() {
        return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE.").at("service"));
    }
    Ok(own)
}

/// The same of a service whose task sets the caller controls.
fn controlled<'a>(ecs: &'a Ecs, cluster: &Cluster, input: &Value) -> Result<&'a Rc<Service>, ApiError> {
    let own = find(ecs, cluster, input)?;
    let controller = own.settings["deploymentController"]["type"].as_str().unwrap_or_default();
    if controller != "EXTERNAL" {
        let message =
            alloc::format!("Task sets cannot be changed on services with the deployment controller {controller}.");
        return Err(ApiError::invalid(message).at("service").in_our_words());
    }
    Ok(own)
}

/// The task set that a member names by id or ARN.
fn set<'a>(own: &'a Service, input: &Value, member: &str) -> Result<&'a Deployment, ApiError> {
    let missing = || ApiError::new("TaskSetNotFoundException", "The specified task set does not exist.").at(member);
    by_id(own, input[member].as_str().unwrap_or_default()).ok_or_else(missing)
}

fn by_id<'a>(own: &'a Service, named: &str) -> Option<&'a Deployment> {
    let id = arn::short_name(named);
    own.deployments.iter().find(|set| set.task_set().is_some() && set.id().strip_prefix("ecs-svc/") == Some(id))
}

fn answer(ecs: &Ecs, cx: &Cx<'_>, cluster: &Cluster, key: ServiceKey, number: u64) -> Value {
    let account = &cx.options().account;
    let shown = ecs.service_of(key).and_then(|own| {
        let set = own.deployments.iter().find(|set| set.number == number)?;
        Some(service::describe_set(ecs, account, &cluster.name, own, set, true))
    });
    object!({ "taskSet": shown.unwrap_or_default() })
}

/// `scale`: from 0 to 100 percent.
fn scale(input: &Value) -> Result<f64, ApiError> {
    let value = input["scale"]["value"].as_f64().unwrap_or_default();
    if !(0.0..=100.0).contains(&value) {
        let message = "The scale of a task set must be from 0 to 100.";
        return Err(ApiError::invalid(message).at("scale.value").in_our_words());
    }
    Ok(value)
}

/// What a task set is made of, checked: members of CreateTaskSet that it shares with CreateService.
///
/// Errors, in this order: launch type or strategy, task definition, load balancers, what RunTask would refuse.
pub fn begin(
    ecs: &Ecs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    own: &Service,
    cluster: &str,
    input: &Value,
) -> Result<Begin, ApiError> {
    let mut asked = input.clone();
    asked["cluster"] = Value::from(cluster);
    let (launch, strategy) = launch_type(ecs, &asked)?;
    let definition = definition::to_run(ecs, input["taskDefinition"].as_str().unwrap_or_default())?;
    let mut settings = (*own.settings).clone();
    services::runs_on(&mut settings, launch, strategy);
    settings["taskDefinition"] = Value::from(definition::arn_of(&cx.options().account, &definition));
    settings["loadBalancers"] = super::list_or_empty(&input["loadBalancers"]);
    if let Some(map) = settings.as_object_mut() {
        map.remove("networkConfiguration");
        map.remove("platformVersion");
        if !input["networkConfiguration"].is_null() {
            map.insert("networkConfiguration".to_string(), input["networkConfiguration"].clone());
        }
        if launch == LaunchType::Fargate || input["platformVersion"].is_string() {
            let version = input["platformVersion"].as_str().unwrap_or("LATEST");
            map.insert("platformVersion".to_string(), Value::from(version));
        }
    }
    // CodeDeploy has a listener lead there when it moves the traffic.
    let listened = settings["deploymentController"]["type"] != "CODE_DEPLOY";
    let traffic = load_balancers::traffic(rooms, &settings, None, &definition, (launch, listened))?;
    let application = |group: u32| {
        let balancer = rooms.elb.group(group).and_then(|own| own.balancer).and_then(|id| rooms.elb.balancer(id));
        balancer.is_some_and(|own| own.kind == Kind::Application)
    };
    if traffic.len() > 1 && traffic.iter().any(|own| application(own.group)) {
        let message = "A task set can have one target group of an Application Load Balancer at most.";
        return Err(ApiError::invalid(message).at("loadBalancers").in_our_words());
    }
    let mut of = own.clone();
    of.settings = Rc::new(settings);
    services::new_revision(ecs, cx, cluster, &of, (definition, traffic), launch)
}

pub fn create(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = controlled(ecs, &cluster, input)?.clone();
    if input["serviceRegistries"].as_array().is_some_and(|list| !list.is_empty()) {
        return Err(ApiError::not_simulated("serviceRegistries of task sets").at("serviceRegistries"));
    }
    let scale = scale(input)?;
    let token = input["clientToken"].as_str().map(String::from);
    let same = |set: &&Deployment| set.task_set().is_some_and(|set| token.is_some() && set.token == token);
    if let Some(known) = own.deployments.iter().find(same) {
        return Ok(answer(ecs, cx, &cluster, own.key, known.number));
    }
    let own_tags = tags::given(input)?;
    let begin = begin(ecs, rooms, cx, &own, &cluster.name, input)?;
    if own.deployments.len() >= MOST_SETS {
        let message = alloc::format!("A service can have at most {MOST_SETS} task sets.");
        return Err(ApiError::new("LimitExceededException", message).at("service").in_our_words());
    }
    let number = begin.number;
    let set = TaskSet {
        external_id: input["externalId"].as_str().unwrap_or_default().to_string(),
        tags: own_tags,
        token,
        ..service::new_set(cx.now(), scale)
    };
    service::add_set(ecs, cx, own.key, begin, set);
    Ok(answer(ecs, cx, &cluster, own.key, number))
}

pub fn update(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = controlled(ecs, &cluster, input)?;
    let (key, found) = (own.key, set(own, input, "taskSet")?);
    stays(found, "taskSet")?;
    let number = found.number;
    let scale = scale(input)?;
    service::change_set(ecs, cx, key, number, |set| set.scale = scale);
    Ok(answer(ecs, cx, &cluster, key, number))
}

/// Refuses a task set that is deleted.
fn stays(own: &Deployment, member: &str) -> Result<(), ApiError> {
    if own.task_set().is_some_and(|set| set.draining) {
        return Err(ApiError::invalid("The task set is DRAINING.").at(member).in_our_words());
    }
    Ok(())
}

pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = controlled(ecs, &cluster, input)?;
    let (key, found) = (own.key, set(own, input, "taskSet")?);
    let number = found.number;
    if found.task_set().is_some_and(|set| set.scale > 0.0 && !set.draining) && input["force"] != true {
        let message = "The task set cannot be deleted while it is scaled above 0.";
        return Err(ApiError::invalid(message).at("taskSet").in_our_words());
    }
    service::change_set(ecs, cx, key, number, |set| (set.draining, set.primary) = (true, false));
    Ok(answer(ecs, cx, &cluster, key, number))
}

pub fn lead(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = controlled(ecs, &cluster, input)?;
    let (key, found) = (own.key, set(own, input, "primaryTaskSet")?);
    stays(found, "primaryTaskSet")?;
    let number = found.number;
    service::lead_set(ecs, cx, key, number);
    Ok(answer(ecs, cx, &cluster, key, number))
}

/// All task sets, or those named; what is not there is a failure.
pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let own = find(ecs, cluster, input)?;
    let with_tags = strings(input, "include").contains(&"TAGS");
    let show = |set: &Deployment| service::describe_set(ecs, account, &cluster.name, own, set, with_tags);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for named in strings(input, "taskSets") {
        match by_id(own, named) {
            Some(set) => found.push(show(set)),
            None => {
                let prefix = account.service(&cluster.name, &own.name).text().replacen(":service/", ":task-set/", 1);
                let arn =
                    if named.starts_with("arn:") { named.to_string() } else { alloc::format!("{prefix}/{named}") };
                failures.push(object!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    if strings(input, "taskSets").is_empty() {
        found.extend(own.deployments.iter().filter(|set| set.task_set().is_some()).map(show));
    }
    Ok(object!({ "taskSets": found, "failures": failures }))
}

/// The first task set of a CODE_DEPLOY service: all of it, and PRIMARY.
pub fn first(now: crate::sim::SimTime) -> TaskSet {
    TaskSet { primary: true, ..service::new_set(now, 100.0) }
}

/// Whether ECS would make a task set of such members of CreateTaskSet for a service, as `codedeploy` asks before.
///
/// Errors: as CreateTaskSet's.
pub fn try_task_set(rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey, input: &Value) -> Result<(), ApiError> {
    let Some(own) = rooms.ecs.service_of(key) else { return Ok(()) };
    let cluster = instance::cluster_name(&rooms.ecs, key.cluster);
    begin(&rooms.ecs, rooms, cx, own, &cluster, input).map(|_| ())
}

/// A deployment of CodeDeploy has a task set made, made PRIMARY or deleted.
pub fn wanted(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, deployment: u32, wish: TaskSetWish) {
    let Some(of) = rooms.codedeploy.deployment(deployment) else { return };
    let Some(own) = ecs.service_of(of.service).filter(|own| own.is_active()).cloned() else { return };
    let green = own.deployments.iter().find(|set| set.task_set().is_some_and(|set| set.external_id == of.id));
    let number = |is_green: bool| if is_green { green.map(|set| set.number) } else { Some(of.blue) };
    match wish {
        TaskSetWish::Create => {
            let cluster = instance::cluster_name(ecs, own.key.cluster);
            let Ok(begin) = begin(ecs, rooms, cx, &own, &cluster, &of.set) else { return };
            let (external_id, started_by) = (of.id.clone(), "CODE_DEPLOY");
            let set = TaskSet { external_id, started_by, ..service::new_set(cx.now(), 100.0) };
            service::add_set(ecs, cx, own.key, begin, set);
        }
        TaskSetWish::Lead { green } => {
            if let Some(number) = number(green) {
                service::lead_set(ecs, cx, own.key, number);
            }
        }
        TaskSetWish::Delete { green } => {
            if let Some(number) = number(green) {
                service::change_set(ecs, cx, own.key, number, |set| (set.draining, set.primary) = (true, false));
            }
        }
    }
}
