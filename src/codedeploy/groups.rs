//! Applications and deployment groups (CDP-01, CDP-08).

use super::configs;
use super::state::{Application, CodeDeploy, Group};
use super::words::{application_name, group_name, no_application, no_group, ours, refuse, text};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::event::{Cx, HexId};
use crate::iam::{RoleState, is_foreign, role_state_for};
use crate::rooms::Rooms;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Who acts in the roles of deployment groups.
pub(super) const PRINCIPAL: &str = "codedeploy.amazonaws.com";

/// The ARN of a deployment group, by application and name.
pub(super) fn arn(account: &Account, (application, name): &(String, String)) -> String {
    let (partition, region, id) = (account.partition(), &account.region, &account.id);
    format!("arn:{partition}:codedeploy:{region}:{id}:deploymentgroup:{application}/{name}")
}

pub fn create_application(room: &mut CodeDeploy, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = application_name(input)?.to_string();
    match input["computePlatform"].as_str() {
        Some("ECS") => {}
        Some("Server" | "Lambda" | "Kubernetes") | None => {
            return Err(ApiError::not_simulated("CodeDeploy for other platforms than ECS").at("computePlatform"));
        }
        Some(_) => {
            return Err(ours("InvalidComputePlatformException", "The compute platform is invalid.", "computePlatform"));
        }
    }
    if room.applications.get(&name).is_some() {
        let message = format!("Application {name} already exists.");
        return Err(ours("ApplicationAlreadyExistsException", message, "applicationName"));
    }
    let id = HexId::new(cx.draw_wide("application-id")).uuid();
    room.applications.insert(name, Rc::new(Application { id: id.clone(), created: cx.now() }));
    Ok(object!({ "applicationId": id }))
}

/// Its groups go with it.
pub fn delete_application(room: &mut CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let name = application_name(input)?;
    room.applications.remove(name);
    let gone: Vec<(String, String)> = room.groups.keys().filter(|(own, _)| own == name).cloned().collect();
    for key in gone {
        room.groups.remove(&key);
    }
    Ok(object!({}))
}

pub fn application(room: &CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let name = application_name(input)?;
    let own = room.applications.get(name).ok_or_else(|| no_application(name))?;
    Ok(object!({
        "application": object!({
            "applicationId": own.id.clone(),
            "applicationName": name,
            "createTime": own.created.as_epoch_seconds(),
            "linkedToGitHub": false,
            "computePlatform": "ECS",
        }),
    }))
}

pub fn applications(room: &CodeDeploy) -> Value {
    let names: Vec<Value> = room.applications.keys().map(|name| Value::from(name.as_str())).collect();
    object!({ "applications": names })
}

/// Errors, in this order: names, the application, a group of that name, the configuration, the role, the style, the
/// service, the target groups and listeners.
pub fn create(room: &mut CodeDeploy, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let application = application_name(input)?.to_string();
    let name = group_name(input)?.to_string();
    room.applications.get(&application).ok_or_else(|| no_application(&application))?;
    let key = (application, name);
    if room.groups.get(&key).is_some() {
        let message = format!("Deployment group name {} already exists for this application.", key.1);
        return Err(ours("DeploymentGroupAlreadyExistsException", message, "deploymentGroupName"));
    }
    let config = configs::named(input)?;
    let role = text(input, "serviceRoleArn");
    let account = &cx.options().account;
    match role_state_for(&rooms.iam, account, role, PRINCIPAL, &arn(account, &key)) {
        RoleState::Assumable => {}
        RoleState::OnTrust if is_foreign(account, role) => {}
        _ => return Err(refuse("InvalidRoleException", "Cannot assume role provided.", "serviceRoleArn")),
    }
    style(input)?;
    service(rooms, input)?;
    pair(rooms, input, config)?;
    if room.groups.values().any(|own| own.document["ecsServices"] == input["ecsServices"]) {
        let message = "The ECS service has a deployment group already, and can have one only.";
        return Err(ours("ECSServiceMappingLimitExceededException", message, "ecsServices"));
    }
    let mut document = input.clone();
    let id = HexId::new(cx.draw_wide("deployment-group-id")).uuid();
    if let Some(map) = document.as_object_mut() {
        map.remove("tags");
        map.insert("deploymentGroupId".to_string(), Value::from(id.clone()));
        map.insert("deploymentConfigName".to_string(), Value::from(config));
        map.insert("computePlatform".to_string(), Value::from("ECS"));
    }
    room.groups.insert(key, Rc::new(Group { id: id.clone(), document }));
    Ok(object!({ "deploymentGroupId": id }))
}

fn style(input: &Value) -> Result<(), ApiError> {
    let style = &input["deploymentStyle"];
    if style["deploymentType"] != "BLUE_GREEN" || style["deploymentOption"] != "WITH_TRAFFIC_CONTROL" {
        let message =
            "For ECS deployment group, deployment type must be BLUE_GREEN with the option WITH_TRAFFIC_CONTROL.";
        return Err(ours("InvalidDeploymentStyleException", message, "deploymentStyle"));
    }
    let config = &input["blueGreenDeploymentConfiguration"];
    let (ends, ready) = (&config["terminateBlueInstancesOnDeploymentSuccess"], &config["deploymentReadyOption"]);
    let long = |value: &Value| value.as_i64().is_some_and(|minutes| !(0..=2880).contains(&minutes));
    if !ends.is_object()
        || !ready.is_object()
        || long(&ends["terminationWaitTimeInMinutes"])
        || long(&ready["waitTimeInMinutes"])
    {
        let message = "For ECS deployment group, terminateBlueInstancesOnDeploymentSuccess and deploymentReadyOption are required, \
                       with wait times of up to 2880 minutes.";
        return Err(ours(
            "InvalidBlueGreenDeploymentConfigurationException",
            message,
            "blueGreenDeploymentConfiguration",
        ));
    }
    Ok(())
}

fn service(rooms: &Rooms, input: &Value) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ours("InvalidECSServiceException", message, "ecsServices"));
    let [one] = input["ecsServices"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return invalid("A deployment group has exactly one ECS service.".into());
    };
    let (cluster, name) = (text(one, "clusterName"), text(one, "serviceName"));
    let found = rooms.ecs.cluster(cluster).and_then(|own| rooms.ecs.service(own.id, name));
    match found.filter(|own| own.is_active()) {
        None => invalid(format!("The ECS service {name} was not found in the cluster {cluster}.")),
        Some(own) if own.settings["deploymentController"]["type"] != "CODE_DEPLOY" => {
            invalid(format!("The ECS service {name} does not have the deployment controller CODE_DEPLOY."))
        }
        Some(_) => Ok(()),
    }
}

fn pair(rooms: &Rooms, input: &Value, config: &str) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ours("InvalidLoadBalancerInfoException", message, "loadBalancerInfo"));
    let [one] = input["loadBalancerInfo"]["targetGroupPairInfoList"].as_array().map(Vec::as_slice).unwrap_or_default()
    else {
        return invalid("A deployment group for ECS needs exactly one targetGroupPairInfo.".into());
    };
    let named: Vec<&str> = one["targetGroups"].as_array().into_iter().flatten().map(|own| text(own, "name")).collect();
    let there = |name: &&str| rooms.elb.target_groups().any(|own| own.name == **name);
    if named.len() != 2 || named.first() == named.last() || !named.iter().all(there) {
        let message = "A targetGroupPairInfo needs two target groups that are there.";
        return Err(ours("InvalidTargetGroupPairException", message, "loadBalancerInfo"));
    }
    for (member, least) in [("prodTrafficRoute", 1), ("testTrafficRoute", 0)] {
        let listeners = one[member]["listenerArns"].as_array().map(Vec::as_slice).unwrap_or_default();
        let known = |own: &Value| own.as_str().is_some_and(|arn| rooms.elb.listener(arn).is_some());
        if listeners.len() > 1 || listeners.len() < least || !listeners.iter().all(known) {
            return invalid(format!("{member} needs one listener that is there."));
        }
        // CDP-03.
        let network = |own: &Value| own.as_str().is_some_and(|arn| arn.contains(":listener/net/"));
        if listeners.iter().any(network) && config != configs::DEFAULT {
            return invalid(format!("With a Network Load Balancer only {} is supported.", configs::DEFAULT));
        }
    }
    Ok(())
}

/// The group of a request.
pub fn find<'a>(room: &'a CodeDeploy, input: &Value) -> Result<(&'a Group, (String, String)), ApiError> {
    let application = application_name(input)?;
    room.applications.get(application).ok_or_else(|| no_application(application))?;
    let name = group_name(input)?;
    let key = (application.to_string(), name.to_string());
    let own = room.groups.get(&key).ok_or_else(|| no_group(name))?;
    Ok((own, key))
}

pub fn describe(room: &CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let (own, key) = find(room, input)?;
    let mut document = own.document.clone();
    let last = |done: bool| {
        let own = room.deployments().rfind(|own| own.of == key && (!done || own.status == "Succeeded"))?;
        Some(object!({
            "deploymentId": own.id.clone(),
            "status": own.status,
            "createTime": own.created.as_epoch_seconds(),
        }))
    };
    for (member, value) in [("lastSuccessfulDeployment", last(true)), ("lastAttemptedDeployment", last(false))] {
        if let Some(value) = value {
            document[member] = value;
        }
    }
    Ok(object!({ "deploymentGroupInfo": document }))
}

pub fn list(room: &CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let name = application_name(input)?;
    room.applications.get(name).ok_or_else(|| no_application(name))?;
    let names = room.groups.keys().filter(|(own, _)| own == name).map(|(_, group)| Value::from(group.as_str()));
    Ok(object!({ "applicationName": name, "deploymentGroups": names.collect::<Vec<Value>>() }))
}

pub fn delete(room: &mut CodeDeploy, input: &Value) -> Result<Value, ApiError> {
    let key = (application_name(input)?.to_string(), group_name(input)?.to_string());
    room.groups.remove(&key);
    Ok(object!({ "hooksNotCleanedUp": Vec::<Value>::new() }))
}
