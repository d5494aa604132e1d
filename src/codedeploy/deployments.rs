//! CreateDeployment, GetDeployment and what else is said of deployments (CDP-01 to CDP-06).

use super::state::{CodeDeploy, Deployment, Phase};
use super::words::{ours, refuse, text};
use super::{configs, groups, lifecycle, run, spec};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::ecs::service::{self, Counts};
use crate::event::{Cx, Event};
use crate::iam::Need;
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// `d-` and nine letters and digits.
fn new_id(cx: &mut Cx<'_>) -> String {
    const SIGNS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut wide = cx.draw_wide("deployment");
    let mut id = String::from("d-");
    for _ in 0..9 {
        id.extend(SIGNS.get((wide % 36) as usize).map(|sign| char::from(*sign)));
        wide /= 36;
    }
    id
}

/// The task set that a revision asks for.
///
/// Errors: what refuses the call; within, what fails the deployment, since CodeDeploy reads the AppSpec file after it
/// has answered, one in S3 in the role of the group.
fn wanted(
    rooms: &Rooms,
    cx: &Cx<'_>,
    (of, role): (&(String, String), &str),
    source: &spec::Source<'_>,
) -> Result<Result<Value, run::Failure>, ApiError> {
    let (place, read) = match source {
        spec::Source::Text(content) => (String::new(), spec::read(content)),
        spec::Source::Object(bucket, key) => {
            let resource = format!("arn:{}:s3:::{bucket}/{key}", cx.options().account.partition());
            let needs = [Need::new("s3:GetObject", resource)];
            if let Err(failure) = run::allowed(rooms, cx, (of, role, "codedeploy"), &needs, "AmazonS3") {
                return Ok(Err(failure));
            }
            (format!("s3://{bucket}/{key}: "), rooms.s3.object(bucket, key).and_then(spec::read))
        }
    };
    match read {
        Ok(set) => Ok(Ok(set)),
        Err(error) if error.code == "UnsupportedFeatureException" => Err(error),
        Err(error) => {
            let message = format!(
                "The deployment failed because the AppSpec file that specifies the deployment configuration is missing or has an \
                 invalid configuration. {place}{}",
                error.message
            );
            Ok(Err(("INVALID_REVISION", message)))
        }
    }
}

/// Errors, in this order: the group, its revision, the configuration, another deployment that is on its way, the service
/// and its task sets. What ECS refuses fails the deployment, as does an AppSpec file that CodeDeploy cannot read.
pub fn create(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (group, of) = groups::find(room, input)?;
    let mut document = group.document.clone();
    let source = spec::source(&input["revision"])?;
    if input["deploymentConfigName"].is_string() {
        document["deploymentConfigName"] = Value::from(configs::named(input)?);
    }
    if let Some(other) = room.deployments().find(|own| own.is_active() && own.of == of) {
        let message = format!("The Deployment Group '{}' already has an active Deployment '{}'", of.1, other.id);
        return Err(refuse("DeploymentLimitExceededException", message, "deploymentGroupName"));
    }
    let one = &document["ecsServices"][0];
    let cluster = rooms.ecs.cluster(text(one, "clusterName"));
    let service = cluster.and_then(|own| rooms.ecs.service(own.id, text(one, "serviceName")));
    let lost = |message: &str| ours("InvalidECSServiceException", message, "deploymentGroupName");
    let service = service.filter(|own| own.is_active()).ok_or_else(|| lost("The ECS service is not ACTIVE."))?;
    let primary = |own: &&service::Deployment| own.task_set().is_some_and(|set| set.primary);
    let blue =
        service.deployments.iter().find(primary).ok_or_else(|| lost("The ECS service has no primary task set."))?;
    let names = document["loadBalancerInfo"]["targetGroupPairInfoList"][0]["targetGroups"].as_array();
    let known = |name: &Value| rooms.elb.target_groups().find(|own| *name == *own.name).map(|own| own.arn.clone());
    let arns: Vec<String> = names.into_iter().flatten().filter_map(|own| known(&own["name"])).collect();
    let used = |arn: &&String| blue.revision.traffic.iter().any(|own| *own.arn == ***arn);
    let (true, Some(green)) = (arns.iter().any(|arn| used(&arn)), arns.iter().find(|arn| !used(arn))) else {
        let message = "The primary task set uses none of the deployment group's target groups.";
        return Err(ours("InvalidLoadBalancerInfoException", message, "deploymentGroupName"));
    };
    let wanted = wanted(rooms, cx, (&of, text(&document, "serviceRoleArn")), &source)?;
    let (mut set, failure) = match wanted {
        Ok(set) => (set, None),
        Err(failure) => (object!({ "loadBalancers": alloc::vec![object!({})] }), Some(failure)),
    };
    set["loadBalancers"][0]["targetGroupArn"] = Value::from(green.clone());
    let own_strategy = set["capacityProviderStrategy"].is_array();
    for member in ["launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration"] {
        let given = &blue.revision.settings[member];
        if set[member].is_null() && !given.is_null() && !(own_strategy && member == "launchType") {
            set[member] = given.clone();
        }
    }
    let (key, blue) = (service.key, blue.number);
    let deployment = Deployment {
        number: 0,
        id: String::new(),
        of,
        group: document,
        given: input.clone(),
        creator: "user",
        status: "Created",
        error: None,
        rollback: Value::Null,
        created: cx.now(),
        updated: cx.now(),
        completed: None,
        service: key,
        blue,
        set,
        phase: Phase::Install,
        passed: 0,
        percent: 0,
        due: None,
        began: [None; 4],
        deadline: cx.now() + run::LONGEST_INSTALL,
        timer: 0,
        routes: Rc::default(),
    };
    let (number, id) = insert(room, cx, deployment);
    match failure {
        None => cx.schedule(SimDuration::ZERO, Event::CodeDeployStep { deployment: number, timer: 0 }),
        failure => run::end(room, cx, number, "Failed", failure),
    }
    Ok(object!({ "deploymentId": id }))
}

fn insert(room: &mut CodeDeploy, cx: &mut Cx<'_>, mut own: Deployment) -> (u32, String) {
    let number = room.deployments.len() as u32 + 1;
    own.number = number;
    own.id = new_id(cx);
    let id = own.id.clone();
    let status = own.status;
    room.deployments.insert(number, Rc::new(own));
    run::status(room, cx, number, status);
    (number, id)
}

/// The deployment that takes another one back.
pub fn rollback_of(room: &mut CodeDeploy, cx: &mut Cx<'_>, own: &Deployment) -> (u32, String) {
    let info = object!({ "rollbackTriggeringDeploymentId": own.id.clone() });
    let back = Deployment {
        creator: "codeDeployRollback",
        status: "InProgress",
        error: None,
        rollback: info,
        created: cx.now(),
        updated: cx.now(),
        completed: None,
        due: None,
        began: [None; 4],
        timer: 0,
        routes: Rc::default(),
        ..own.clone()
    };
    insert(room, cx, back)
}

/// The deployment that a request names.
fn find<'a>(room: &'a CodeDeploy, input: &Value) -> Result<&'a Rc<Deployment>, ApiError> {
    let id = text(input, "deploymentId");
    if id.is_empty() {
        return Err(ours("DeploymentIdRequiredException", "deploymentId is required.", "deploymentId"));
    }
    let missing = || {
        let message = format!("The deployment {id} could not be found.");
        ours("DeploymentDoesNotExistException", message, "deploymentId")
    };
    room.deployments().find(|own| own.id == id).ok_or_else(missing)
}

fn completed(own: &Deployment) -> ApiError {
    let message = format!("The deployment {} has already completed.", own.id);
    ours("DeploymentAlreadyCompletedException", message, "deploymentId")
}

/// ContinueDeployment: the wait for the traffic, or for the end of the blue task set, is over.
pub fn go_on(room: &mut CodeDeploy, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = find(room, input)?;
    if !own.is_active() {
        return Err(completed(own));
    }
    let wait = input["deploymentWaitType"].as_str().unwrap_or("READY_WAIT");
    let (number, timer) = (own.number, own.timer);
    let fits = match own.phase {
        Phase::Ready => wait == "READY_WAIT" && own.status == "Ready",
        Phase::Wait => wait == "TERMINATION_WAIT",
        _ => false,
    };
    if !fits {
        let message = "The deployment is not waiting for that.";
        return Err(ours("DeploymentIsNotInReadyStateException", message, "deploymentId"));
    }
    run::status(room, cx, number, "InProgress");
    if let Some(own) = room.change(number, cx.now()) {
        own.due = None;
    }
    cx.schedule(SimDuration::ZERO, Event::CodeDeployStep { deployment: number, timer });
    Ok(object!({}))
}

/// StopDeployment: it ends where it is, or goes back.
pub fn stop(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = find(room, input)?;
    if !own.is_active() {
        return Err(completed(own));
    }
    let back = match input["autoRollbackEnabled"].as_bool() {
        Some(asked) => asked,
        None => run::rolls_back(own, "DEPLOYMENT_STOP_ON_REQUEST"),
    };
    let number = own.number;
    run::end(room, cx, number, "Stopped", None);
    if back {
        run::go_back(room, rooms, cx, number);
    }
    let message = "No more commands will be scheduled for execution in the deployment instances";
    Ok(object!({ "status": "Succeeded", "statusMessage": message }))
}

fn seconds(at: SimTime) -> Value {
    Value::from(at.as_epoch_seconds())
}

/// GetDeployment.
pub fn describe(room: &CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let own = find(room, input)?;
    let count = |fits: bool| Value::from(u32::from(fits));
    let overview = object!({
        "Pending": count(own.status == "Created"),
        "InProgress": count(matches!(own.status, "InProgress" | "Ready")),
        "Succeeded": count(own.status == "Succeeded"),
        "Failed": count(own.status == "Failed"),
        "Skipped": count(own.status == "Stopped"),
        "Ready": count(false),
    });
    let mut value = object!({
        "applicationName": own.of.0.clone(),
        "deploymentGroupName": own.of.1.clone(),
        "deploymentConfigName": own.group["deploymentConfigName"].clone(),
        "deploymentId": own.id.clone(),
        "revision": spec::without_content(&own.given["revision"]),
        "status": own.status,
        "createTime": seconds(own.created),
        "deploymentOverview": overview,
        "creator": own.creator,
        "deploymentStyle": own.group["deploymentStyle"].clone(),
        "instanceTerminationWaitTimeStarted": own.phase == Phase::Wait,
        "blueGreenDeploymentConfiguration": own.group["blueGreenDeploymentConfiguration"].clone(),
        "loadBalancerInfo": own.group["loadBalancerInfo"].clone(),
        "computePlatform": "ECS",
    });
    let Some(map) = value.as_object_mut() else { return Ok(value) };
    let mut add = |member: &str, value: Value| {
        if !value.is_null() {
            map.insert(member.to_string(), value);
        }
    };
    add("description", own.given["description"].clone());
    add("startTime", if own.status == "Created" { Value::Null } else { seconds(own.created) });
    add("completeTime", own.completed.map(seconds).unwrap_or_default());
    add("rollbackInfo", own.rollback.clone());
    let member = "autoRollbackConfiguration";
    let given = if own.given[member].is_null() { &own.group } else { &own.given };
    add(member, given[member].clone());
    if let Some((code, message)) = &own.error {
        add("errorInformation", object!({ "code": *code, "message": message.clone() }));
    }
    Ok(object!({ "deploymentInfo": value }))
}

/// ListDeployments: the newest first.
pub fn list(room: &CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let (application, group) = (text(input, "applicationName"), text(input, "deploymentGroupName"));
    if !group.is_empty() {
        groups::find(room, input)?;
    } else if !application.is_empty() && room.applications.get(application).is_none() {
        return Err(super::words::no_application(application));
    }
    let statuses: Vec<&str> =
        input["includeOnlyStatuses"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fits = |own: &&Rc<Deployment>| {
        (application.is_empty() || own.of.0 == application)
            && (group.is_empty() || own.of.1 == group)
            && (statuses.is_empty() || statuses.contains(&own.status))
    };
    let ids: Vec<Value> = room.deployments().rev().filter(fits).map(|own| Value::from(own.id.clone())).collect();
    Ok(object!({ "deployments": ids }))
}

/// The one target of a deployment: its service.
fn target_id(rooms: &Rooms, own: &Deployment) -> String {
    let name = rooms.ecs.service_of(own.service).map(|own| own.name.to_string()).unwrap_or_default();
    format!("{}:{name}", rooms.ecs.cluster_name(own.service.cluster))
}

pub fn targets(room: &CodeDeploy, rooms: &Rooms, input: &Value) -> Result<Value, ApiError> {
    let own = find(room, input)?;
    Ok(object!({ "targetIds": alloc::vec![target_id(rooms, own)] }))
}

/// GetDeploymentTarget: its task sets and lifecycle events.
pub fn target(room: &CodeDeploy, rooms: &Rooms, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = find(room, input)?;
    let id = target_id(rooms, own);
    if text(input, "targetId") != id {
        let message = format!("The deployment target {} does not exist.", text(input, "targetId"));
        return Err(ours("DeploymentTargetDoesNotExistException", message, "targetId"));
    }
    let service = rooms.ecs.service_of(own.service);
    let green = run::green(rooms, own).map(|own| own.number);
    let sets = service.into_iter().flat_map(|service| service.deployments.iter().map(move |set| (service, set)));
    let sets = sets.filter(|(_, set)| Some(set.number) == green || set.number == own.blue).map(|(service, set)| {
        let is_green = Some(set.number) == green;
        let counts = Counts::of(&rooms.ecs, service, Some(set.revision.number));
        let weight = if is_green { own.percent } else { 100 - own.percent };
        let group = set.revision.traffic.first().and_then(|own| rooms.elb.group(own.group));
        object!({
            "identifer": set.id(),
            "desiredCount": set.desired,
            "pendingCount": counts.pending,
            "runningCount": counts.running,
            "status": set.status(0),
            "trafficWeight": f64::from(weight),
            "targetGroup": object!({ "name": group.map(|own| own.name.clone()).unwrap_or_default() }),
            "taskSetLabel": if is_green { "Green" } else { "Blue" },
        })
    });
    let arn = id.split_once(':').map(|(cluster, name)| account.service(cluster, name).text());
    let status = match own.status {
        "Created" => "Pending",
        "Stopped" => "Skipped",
        "Ready" | "InProgress" => "InProgress",
        other => other,
    };
    let target = object!({
        "deploymentId": own.id.clone(),
        "targetId": id,
        "targetArn": arn,
        "lastUpdatedAt": seconds(own.updated),
        "status": status,
        "lifecycleEvents": lifecycle::events(own),
        "taskSetsInfo": sets.collect::<Vec<Value>>(),
    });
    Ok(object!({ "deploymentTarget": object!({ "deploymentTargetType": "ECSTarget", "ecsTarget": target }) }))
}
