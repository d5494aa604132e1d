//! A deployment takes its steps (CDP-02, CDP-04).

use super::configs::{Routing, routing};
use super::groups;
use super::state::{CodeDeploy, Deployment, Phase};
use crate::ecs::service::{self, Route};
use crate::event::{Cx, Event, FactKind, ServiceKey, TaskSetWish};
use crate::iam::{Need, RoleState, Scene, role_state_for};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How long the green task set may take to become steady (CDP-04).
pub const LONGEST_INSTALL: SimDuration = SimDuration::from_secs(3600);

/// Why a deployment fails: AWS's code and words.
pub type Failure = (&'static str, String);

/// The moment has come for which the newest plan of a deployment was made.
pub fn due(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, number: u32, timer: u32) {
    if room.deployment(number).is_some_and(|own| own.timer == timer) {
        go(room, rooms, cx, number);
    }
}

/// A task set of a service that CodeDeploy made became steady, or is no longer.
pub fn told(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let active: Vec<u32> =
        room.deployments().filter(|own| own.is_active() && own.service == key).map(|own| own.number).collect();
    for number in active {
        go(room, rooms, cx, number);
    }
}

/// Goes as far as it can now, and plans when to look again.
pub fn go(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    loop {
        match step(room, rooms, cx, number) {
            Ok(true) => {}
            Ok(false) => break,
            Err((code, message)) => {
                let event = if code == "ALARM_ACTIVE" { "DEPLOYMENT_STOP_ON_ALARM" } else { "DEPLOYMENT_FAILURE" };
                let back =
                    code != "INVALID_ECS_SERVICE" && room.deployment(number).is_some_and(|own| rolls_back(own, event));
                let status = if code == "ALARM_ACTIVE" { "Stopped" } else { "Failed" };
                end(room, cx, number, status, Some((code, message)));
                if back {
                    go_back(room, rooms, cx, number);
                }
                return;
            }
        }
    }
    plan(room, cx, number);
}

/// Whether the settings take a deployment back at such an event.
pub fn rolls_back(own: &Deployment, event: &str) -> bool {
    let config = [&own.given["autoRollbackConfiguration"], &own.group["autoRollbackConfiguration"]];
    let Some(config) = config.into_iter().find(|own| own.is_object()) else { return false };
    config["enabled"] == true && config["events"].as_array().is_some_and(|list| list.iter().any(|own| own == event))
}

/// Schedules the next step, and a look at the alarms after each full minute.
fn plan(room: &mut CodeDeploy, cx: &mut Cx<'_>, number: u32) {
    let now = cx.now();
    let Some(own) = room.change(number, cx.now()).filter(|own| own.is_active()) else { return };
    own.timer += 1;
    let timer = own.timer;
    let minute = SimTime::from_millis((now.as_millis() / 60_000 + 1) * 60_000 + 1000);
    let alarms = Some(minute).filter(|_| own.group["alarmConfiguration"]["enabled"] == true);
    let deadline = Some(own.deadline).filter(|_| own.phase == Phase::Install);
    let next = [own.due, deadline, alarms].into_iter().flatten().filter(|at| *at > now).min();
    if let Some(at) = next {
        cx.schedule(at - now, Event::CodeDeployStep { deployment: number, timer });
    }
}

/// Takes one step. Ok(false) when it waits or is over.
fn step(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) -> Result<bool, Failure> {
    let now = cx.now();
    let Some(own) = room.deployment(number).filter(|own| own.is_active()).map(Rc::clone) else { return Ok(false) };
    if rooms.ecs.service_of(own.service).is_none_or(|own| !own.is_active()) {
        return Err(("INVALID_ECS_SERVICE", "The ECS service is not ACTIVE.".to_string()));
    }
    if let Some(name) = alarmed(&own, rooms) {
        return Err((
            "ALARM_ACTIVE",
            format!(
                "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <{name}>"
            ),
        ));
    }
    let waits = own.due.is_some_and(|due| due > now);
    let config = &own.group["blueGreenDeploymentConfiguration"];
    match own.phase {
        Phase::Install if own.status == "Created" => {
            install(room, rooms, cx, &own)?;
            Ok(false)
        }
        Phase::Install => {
            if green(rooms, &own).and_then(|set| set.task_set()).is_some_and(|set| set.steady) {
                move_traffic(room, rooms, cx, &own, "testTrafficRoute", 100)?;
                let ready = &config["deploymentReadyOption"];
                let minutes = ready["waitTimeInMinutes"].as_i64().unwrap_or_default();
                let stays = ready["actionOnTimeout"] == "STOP_DEPLOYMENT" && minutes > 0;
                enter(room, cx, number, Phase::Ready, if stays { minutes } else { 0 });
                if stays {
                    status(room, cx, number, "Ready");
                }
                return Ok(true);
            }
            if own.deadline <= now {
                let message = "The deployment timed out while waiting for the replacement task set to become healthy. This time \
                               out period is 60 minutes.";
                return Err(("TIMEOUT", message.to_string()));
            }
            Ok(false)
        }
        Phase::Ready if waits => Ok(false),
        Phase::Ready if own.status == "Ready" => {
            // Nobody went on in time.
            end(room, cx, number, "Stopped", None);
            go_back(room, rooms, cx, number);
            Ok(false)
        }
        Phase::Ready => {
            enter(room, cx, number, Phase::Shift, 0);
            Ok(true)
        }
        Phase::Shift if waits => Ok(false),
        Phase::Shift if own.percent < 100 => {
            let name = own.group["deploymentConfigName"].as_str().unwrap_or_default();
            let (percent, minutes) = match routing(name) {
                Routing::Linear(step, minutes) => (own.percent + step, minutes),
                Routing::Canary(first, minutes) if own.percent == 0 => (first, minutes),
                _ => (100, 0),
            };
            let percent = percent.min(100);
            move_traffic(room, rooms, cx, &own, "prodTrafficRoute", percent)?;
            enter(room, cx, number, Phase::Shift, if percent == 100 { 0 } else { minutes });
            if let Some(own) = room.change(number, cx.now()) {
                own.percent = percent;
            }
            Ok(true)
        }
        Phase::Shift => {
            ask(rooms, cx, &own, TaskSetWish::Lead { green: true })?;
            let minutes = config["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"].as_i64();
            enter(room, cx, number, Phase::Wait, minutes.unwrap_or_default());
            Ok(true)
        }
        Phase::Wait if waits => Ok(false),
        Phase::Wait => {
            if config["terminateBlueInstancesOnDeploymentSuccess"]["action"] != "KEEP_ALIVE" {
                ask(rooms, cx, &own, TaskSetWish::Delete { green: false })?;
            }
            end(room, cx, number, "Succeeded", None);
            Ok(false)
        }
        Phase::Over => Ok(false),
    }
}

/// The green task set is asked for.
fn install(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, own: &Deployment) -> Result<(), Failure> {
    permitted(rooms, cx, own, &[Need::new("ecs:DescribeServices", service_arn(rooms, cx, own))], "AmazonECS")?;
    if let Err(error) = crate::ecs::try_task_set(rooms, cx, own.service, &own.set) {
        let message = format!(
            "The ECS service cannot be updated due to an unexpected error: {} (Service: AmazonECS; Status Code: 400; Error Code: {})",
            error.message, error.code
        );
        return Err(("ECS_UPDATE_ERROR", message));
    }
    ask(rooms, cx, own, TaskSetWish::Create)?;
    // No listener moves yet, but green is checked from now on.
    cx.schedule(SimDuration::ZERO, Event::DeploymentShift(own.number));
    let now = cx.now();
    if let Some(own) = room.change(own.number, cx.now()) {
        own.deadline = now + LONGEST_INSTALL;
        own.begins(Phase::Install, now);
    }
    status(room, cx, own.number, "InProgress");
    Ok(())
}

fn enter(room: &mut CodeDeploy, cx: &Cx<'_>, number: u32, phase: Phase, minutes: i64) {
    if let Some(own) = room.change(number, cx.now()) {
        own.phase = phase;
        own.begins(phase, cx.now());
        own.due = Some(cx.now() + SimDuration::from_secs(minutes * 60)).filter(|_| minutes > 0);
    }
}

/// Gives a deployment its status, and records it.
pub fn status(room: &mut CodeDeploy, cx: &mut Cx<'_>, number: u32, status: &'static str) {
    let Some(own) = room.change(number, cx.now()) else { return };
    own.status = status;
    let (group, id) = (own.of.1.clone(), own.id.clone());
    cx.emit(FactKind::CodeDeploy { group, deployment: id, status });
}

/// A deployment is over.
pub fn end(room: &mut CodeDeploy, cx: &mut Cx<'_>, number: u32, word: &'static str, error: Option<Failure>) {
    let now = cx.now();
    let Some(own) = room.change(number, cx.now()) else { return };
    own.passed = super::lifecycle::passed(own);
    (own.phase, own.due, own.completed, own.error) = (Phase::Over, None, Some(now), error);
    own.timer += 1;
    // A green group without a listener is no longer checked.
    cx.schedule(SimDuration::ZERO, Event::TrafficShift(own.service));
    status(room, cx, number, word);
}

/// The blue task set gets everything back, and the green one goes: a deployment of its own, over at once.
pub fn go_back(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    let Some(own) = room.deployment(number).map(Rc::clone) else { return };
    let mut failed = None;
    for route in ["prodTrafficRoute", "testTrafficRoute"] {
        failed = failed.or(move_traffic(room, rooms, cx, &own, route, 0).err());
    }
    let leads = green(rooms, &own).and_then(|set| set.task_set()).is_some_and(|set| set.primary);
    if leads || own.percent == 100 {
        failed = failed.or(ask(rooms, cx, &own, TaskSetWish::Lead { green: false }).err());
    }
    failed = failed.or(ask(rooms, cx, &own, TaskSetWish::Delete { green: true }).err());
    let back = super::deployments::rollback_of(room, cx, &own);
    let message = match &failed {
        Some((_, why)) => why.clone(),
        None => String::from("The traffic goes to the original task set again."),
    };
    let info = crate::aws::object::object!({ "rollbackDeploymentId": back.1, "rollbackMessage": message });
    if let Some(own) = room.change(number, cx.now()) {
        own.rollback = info;
    }
    let word = if failed.is_some() { "Failed" } else { "Succeeded" };
    end(room, cx, back.0, word, failed);
}

/// The green task set: the one that carries the deployment's id.
pub fn green<'a>(rooms: &'a Rooms, own: &Deployment) -> Option<&'a service::Deployment> {
    let sets = rooms.ecs.service_of(own.service)?.deployments.iter();
    sets.into_iter().find(|set| set.task_set().is_some_and(|set| set.external_id == own.id))
}

/// An alarm of the group that is in ALARM, or was since the deployment began.
fn alarmed(own: &Deployment, rooms: &Rooms) -> Option<String> {
    let config = &own.group["alarmConfiguration"];
    let names = config["alarms"].as_array().filter(|_| config["enabled"] == true).into_iter().flatten();
    let mut names = names.filter_map(|alarm| alarm["name"].as_str());
    let firing = |name: &&str| rooms.cloudwatch.alarm(name).is_some_and(|alarm| alarm.fired_since(own.created));
    names.find(firing).map(String::from)
}

fn service_arn(rooms: &Rooms, cx: &Cx<'_>, own: &Deployment) -> String {
    let name = rooms.ecs.service_of(own.service).map(|own| own.name.to_string()).unwrap_or_default();
    let cluster = rooms.ecs.cluster_name(own.service.cluster);
    cx.options().account.service(&cluster, &name).text()
}

/// Asks ECS for something, in the role of the deployment group.
fn ask(rooms: &Rooms, cx: &mut Cx<'_>, own: &Deployment, wish: TaskSetWish) -> Result<(), Failure> {
    let service = service_arn(rooms, cx, own);
    let sets = format!("{}/*", service.replacen(":service/", ":task-set/", 1));
    let need = match wish {
        TaskSetWish::Create => Need::new("ecs:CreateTaskSet", sets),
        TaskSetWish::Lead { .. } => Need::new("ecs:UpdateServicePrimaryTaskSet", service),
        TaskSetWish::Delete { .. } => Need::new("ecs:DeleteTaskSet", sets),
    };
    permitted(rooms, cx, own, &[need], "AmazonECS")?;
    cx.schedule(SimDuration::ZERO, Event::TaskSetWanted { deployment: own.number, wish });
    Ok(())
}

fn permitted(rooms: &Rooms, cx: &Cx<'_>, own: &Deployment, needs: &[Need], of: &str) -> Result<(), Failure> {
    allowed(rooms, cx, (&own.of, own.role(), &own.id), needs, of)
}

/// Whether the role of a deployment group, in a session, may do all of this in a service.
pub(super) fn allowed(
    rooms: &Rooms,
    cx: &Cx<'_>,
    (of_group, role, session): (&(String, String), &str, &str),
    needs: &[Need],
    of: &str,
) -> Result<(), Failure> {
    let account = &cx.options().account;
    let state = role_state_for(&rooms.iam, account, role, groups::PRINCIPAL, &groups::arn(account, of_group));
    if matches!(state, RoleState::Closed | RoleState::Gone) {
        let message = format!("AWS CodeDeploy does not have the permissions required to assume the role {role}.");
        return Err(("IAM_ROLE_MISSING", message));
    }
    let scene = Scene { caller: "", account, now: cx.now() };
    if needs.iter().any(|need| rooms.iam.role_refusal(scene, role, session, need).is_some()) {
        return Err((
            "IAM_ROLE_PERMISSIONS",
            format!(
                "The IAM role {role} does not give you permission to perform operations in the following AWS service: {of}. \
                 Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant \
                 permissions to your users or groups by creating IAM policies."
            ),
        ));
    }
    Ok(())
}

/// A listener leads so many percent to the green task set's group.
fn move_traffic(
    room: &mut CodeDeploy,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    own: &Deployment,
    member: &str,
    percent: u16,
) -> Result<(), Failure> {
    let Some(arn) = own.pair()[member]["listenerArns"][0].as_str() else { return Ok(()) };
    let Some((_, listener)) = rooms.elb.listener(arn) else {
        return Err(("ELASTIC_LOAD_BALANCING_INVALID", format!("The listener {arn} was not found.")));
    };
    let to = own.set["loadBalancers"][0]["targetGroupArn"].as_str().unwrap_or_default();
    let pair = own.pair()["targetGroups"].as_array().into_iter().flatten();
    let named = |name: &Value| rooms.elb.target_groups().find(|own| *name == *own.name).map(|own| own.arn.as_str());
    let from = pair.filter_map(|own| named(&own["name"])).find(|own| *own != to).unwrap_or_default();
    let forwards = |rule: &&crate::elb::Rule| rule.forwards_to().any(|(own, _)| own == to || own == from);
    let mut rules: Vec<_> = listener.rules.iter().filter(forwards).collect();
    if rules.is_empty() {
        rules.extend(listener.rules.last());
    }
    let mut routes: Vec<Route> = Vec::new();
    for rule in rules {
        let groups = [(to.to_string(), percent), (from.to_string(), 100 - percent)];
        let route = Route { rule: rule.arn.clone(), groups };
        if service::differs(&rooms.elb, &route) {
            let (action, resource) = match rule.priority {
                Some(_) => ("elasticloadbalancing:ModifyRule", rule.arn.as_str()),
                None => ("elasticloadbalancing:ModifyListener", listener.arn.as_str()),
            };
            permitted(rooms, cx, own, &[Need::new(action, resource)], "AmazonElasticLoadBalancing")?;
        }
        routes.push(route);
    }
    if let Some(own) = room.change(own.number, cx.now()) {
        let others = own.routes.iter().filter(|old| routes.iter().all(|new| new.rule != old.rule));
        let all: Vec<Route> = others.cloned().chain(routes.iter().cloned()).collect();
        own.routes = all.into();
    }
    cx.schedule(SimDuration::ZERO, Event::DeploymentShift(own.number));
    Ok(())
}
