//! ListServiceDeployments, DescribeServiceDeployments, StopServiceDeployment, ContinueServiceDeployment,
//! DescribeServiceRevisions (BG-04, BG-07).

use super::{cluster_of, definition, page_of_values, service, strings};
use crate::aws::ApiError;
use crate::aws::arn::{Account, Arn, Resource};
use crate::aws::object::object;
use crate::ecs::service::{self as scheduler, Owner, Revision, Service, ServiceDeployment};
use crate::ecs::{Cluster, Ecs, instance};
use crate::event::{Cx, ServiceKey};
use crate::sim::SimTime;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// ARNs that one call names at most.
const MOST_NAMED: usize = 20;

/// What an ARN of a service's part names: the cluster, the service and the last part.
fn parts<'a>(arn: &'a str, kind: &str) -> Option<[&'a str; 3]> {
    let mut rest = arn.splitn(6, ':').nth(5)?.strip_prefix(kind)?.strip_prefix('/')?.split('/');
    let found = [rest.next()?, rest.next()?, rest.next()?];
    rest.next().is_none().then_some(found)
}

fn find<'a>(ecs: &'a Ecs, arn: &str) -> Option<(&'a Rc<Service>, &'a ServiceDeployment)> {
    let [cluster, name, id] = parts(arn, "service-deployment")?;
    let cluster = ecs.cluster(cluster)?;
    // An earlier service of that name keeps its deployments.
    ecs.services(cluster.id)
        .filter(|own| *own.name == *name)
        .find_map(|own| own.history.iter().find(|deployment| *deployment.id == *id).map(|found| (own, found)))
}

fn missing(arn: &str) -> Value {
    object!({ "arn": arn, "reason": "MISSING" })
}

pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let named = strings(input, "serviceDeploymentArns");
    if named.is_empty() || named.len() > MOST_NAMED {
        let message = "serviceDeploymentArns must have 1 to 20 items.";
        return Err(ApiError::invalid(message).at("serviceDeploymentArns").in_our_words());
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in named {
        match find(ecs, arn) {
            Some((service, own)) => found.push(description(ecs, account, service, own)),
            None => failures.push(missing(arn)),
        }
    }
    Ok(object!({ "serviceDeployments": found, "failures": failures }))
}

fn seconds(at: Option<SimTime>) -> Value {
    at.map(|at| Value::from(at.as_epoch_seconds())).unwrap_or_default()
}

/// Takes the members out that are null.
fn tidy(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, own| !own.is_null());
    }
    value
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

fn description(ecs: &Ecs, account: &Account, service: &Service, own: &ServiceDeployment) -> Value {
    let cluster = instance::cluster_name(ecs, service.key.cluster);
    let summary = |revision: &u64| {
        let deployment = service.deployments.iter().find(|own| own.revision.number == *revision);
        let count = deployment.map_or(0, |own| own.desired);
        let mut value = scheduler::revision_summary(ecs, account, &cluster, service, *revision, count);
        if let (Some((test, production)), Some(map)) =
            (scheduler::shown_weights(service, *revision), value.as_object_mut())
        {
            map.insert("requestedTestTrafficWeight".to_string(), Value::from(test));
            map.insert("requestedProductionTrafficWeight".to_string(), Value::from(production));
        }
        value
    };
    let sources: Vec<Value> = own.sources.iter().map(summary).collect();
    let is_current = service.primary().is_some_and(|primary| primary.number == own.deployment);
    let rollback = own.rollback.as_ref().map(|(revision, since, reason)| {
        object!({
            "reason": reason.clone(),
            "startedAt": seconds(Some(*since)),
            "serviceRevisionArn": scheduler::revision_arn(account, &cluster, &service.name, *revision),
        })
    });
    tidy(object!({
        "serviceDeploymentArn": scheduler::deployment_arn(account, &cluster, &service.name, &own.id),
        "serviceArn": account.service(&cluster, &service.name).text(),
        "clusterArn": account.cluster(&cluster).text(),
        "createdAt": seconds(Some(own.created)),
        "startedAt": seconds(Some(own.created)),
        "finishedAt": seconds(own.finished),
        "stoppedAt": seconds(own.stopped),
        "updatedAt": seconds(Some(own.updated)),
        "sourceServiceRevisions": sources,
        "targetServiceRevision": summary(&own.target.number),
        "status": own.status,
        "statusReason": text_or_null(&own.reason),
        "lifecycleStage": text_or_null(own.stage),
        "lifecycleHookDetails": if is_current { scheduler::hook_details(service) } else { Value::Null },
        "deploymentConfiguration": own.target.settings["deploymentConfiguration"].clone(),
        "rollback": rollback.unwrap_or_default(),
        "deploymentCircuitBreaker": breaker(service, own, is_current),
        "alarms": alarms(service, own, is_current),
    }))
}

/// The alarms that watch over it; null for a service without any.
fn alarms(service: &Service, own: &ServiceDeployment, is_current: bool) -> Value {
    let settings = &service.settings["deploymentConfiguration"]["alarms"];
    if settings.is_null() {
        return Value::Null;
    }
    let status = match () {
        () if settings["enable"] != true => "DISABLED",
        () if !own.alarmed.is_empty() => "TRIGGERED",
        () if is_current && own.finished.is_none() => "MONITORING",
        () => "MONITORING_COMPLETE",
    };
    object!({
        "status": status,
        "alarmNames": settings["alarmNames"].clone(),
        "triggeredAlarmNames": own.alarmed.clone(),
    })
}

fn breaker(service: &Service, own: &ServiceDeployment, is_current: bool) -> Value {
    let settings = &service.settings["deploymentConfiguration"]["deploymentCircuitBreaker"];
    let running = service.primary().filter(|_| is_current && own.finished.is_none());
    let status = match () {
        () if settings["enable"] != true => "DISABLED",
        () if own.tripped => "TRIGGERED",
        () if running.is_some() => "MONITORING",
        () => "MONITORING_COMPLETE",
    };
    object!({
        "status": status,
        "failureCount": running.filter(|_| !own.tripped).map_or(own.failures, |primary| primary.failures),
        "threshold": scheduler::threshold(settings, service.desired),
    })
}

pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let named = input["service"].as_str().unwrap_or_default();
    // Unlike elsewhere (PL-41), a service's ARN names the cluster where no other word does.
    let mut request = input.clone();
    if let (true, Ok(Resource::Service { cluster, .. })) =
        (input["cluster"].as_str().is_none_or(str::is_empty), Arn::parse(named).map(|arn| arn.resource))
    {
        request["cluster"] = Value::from(cluster);
    }
    let cluster = cluster_of(ecs, &request)?;
    let not_found = || ApiError::new("ServiceNotFoundException", "Service not found.").at("service");
    let service = service::find(ecs, cluster, named).ok_or_else(not_found)?;
    let (wanted, limits) = (strings(input, "status"), &input["createdAt"]);
    let fits = |own: &&ServiceDeployment| {
        let at = own.created.as_epoch_seconds();
        (wanted.is_empty() || wanted.contains(&own.status))
            && limits["before"].as_f64().is_none_or(|before| at < before)
            && limits["after"].as_f64().is_none_or(|after| at > after)
    };
    let brief = |own: &ServiceDeployment| {
        tidy(object!({
            "serviceDeploymentArn": scheduler::deployment_arn(account, &cluster.name, &service.name, &own.id),
            "serviceArn": account.service(&cluster.name, &service.name).text(),
            "clusterArn": account.cluster(&cluster.name).text(),
            "startedAt": seconds(Some(own.created)),
            "createdAt": seconds(Some(own.created)),
            "finishedAt": seconds(own.finished),
            "targetServiceRevisionArn":
                scheduler::revision_arn(account, &cluster.name, &service.name, own.target.number),
            "status": own.status,
            "statusReason": text_or_null(&own.reason),
        }))
    };
    let all: Vec<Value> = service.history.iter().rev().filter(fits).map(brief).collect();
    let mut paged = input.clone();
    if !input["maxResults"].is_number() {
        paged["maxResults"] = Value::from(20);
    }
    page_of_values(all, &paged, "serviceDeployments", 100)
}

/// The rollout goes back to the last deployment that completed, or ends where it is.
pub fn stop(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = input["serviceDeploymentArn"].as_str().unwrap_or_default();
    let refuse =
        |code: &'static str, message: &str| ApiError::new(code, message).at("serviceDeploymentArn").in_our_words();
    let gone = || refuse("ServiceDeploymentNotFoundException", "Service deployment not found.");
    let (service, own) = find(ecs, arn).ok_or_else(gone)?;
    if input["stopType"] == "ABORT" {
        return Err(ApiError::not_simulated("the stop type ABORT").at("stopType"));
    }
    if own.status != "IN_PROGRESS" {
        return Err(refuse("ConflictException", "The service deployment is not in progress."));
    }
    let key = service.key;
    if !scheduler::roll_back(ecs, cx, key, "Service deployment stopped by user.", "stopped") {
        return Err(refuse("ConflictException", "No service deployment has completed that it could go back to."));
    }
    Ok(object!({ "serviceDeploymentArn": arn.to_string() }))
}

/// A pause hook lets the deployment go on, or back (BG-04).
pub fn go_on(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = input["serviceDeploymentArn"].as_str().unwrap_or_default();
    let gone = || {
        let message = "Service deployment not found.";
        ApiError::new("ServiceDeploymentNotFoundException", message).at("serviceDeploymentArn").in_our_words()
    };
    let (service, own) = find(ecs, arn).ok_or_else(gone)?;
    let current = service.primary().is_some_and(|primary| primary.number == own.deployment);
    let (key, id) = (service.key, input["hookId"].as_str().unwrap_or_default());
    if !current || !scheduler::answer_hook(ecs, key, id, input["action"] == "ROLLBACK") {
        let message = "No pause hook of the service deployment with this hookId awaits an action.";
        return Err(ApiError::invalid(message).at("hookId").in_our_words());
    }
    scheduler::touch(ecs, cx, key);
    Ok(object!({ "serviceDeploymentArn": arn }))
}

pub fn describe_revisions(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let named = strings(input, "serviceRevisionArns");
    let refuse = |message: &str| ApiError::invalid(message).at("serviceRevisionArns");
    if named.is_empty() {
        return Err(refuse("The Service ARN provided is invalid."));
    }
    if named.len() > MOST_NAMED {
        return Err(refuse("Service Revision ARN count cannot exceed 20"));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in named {
        let [cluster, name, number] =
            parts(arn, "service-revision").ok_or_else(|| refuse("The Service ARN provided is invalid."))?;
        let cluster = match ecs.cluster(cluster) {
            Some(cluster) => cluster,
            None => {
                let message = "The referenced cluster was inactive.";
                return Err(ApiError::new("ClusterNotFoundException", message).at("serviceRevisionArns"));
            }
        };
        let number: u64 = number.parse().unwrap_or_default();
        let mut all = ecs.services(cluster.id).filter(|own| *own.name == *name);
        let known = all.find_map(|own| {
            let mut targets = own.history.iter().map(|deployment| &deployment.target);
            Some((own.key, targets.find(|target| target.number == number)?))
        });
        match known {
            Some((key, own)) => found.push(revision(ecs, account, (cluster, key, name), own)),
            None => failures.push(missing(arn)),
        }
    }
    Ok(object!({ "serviceRevisions": found, "failures": failures }))
}

fn revision(ecs: &Ecs, account: &Account, (cluster, key, name): (&Cluster, ServiceKey, &str), own: &Revision) -> Value {
    let owner = Owner { service: key, revision: own.number };
    let containers = own.core().containers.iter().enumerate();
    let images: Vec<Value> = containers
        .map(|(index, container)| {
            let fixed = container.image.split_once('@').map(|(_, digest)| digest);
            let mut image = object!({ "containerName": &*container.name, "image": &*container.image });
            if let Some(digest) = fixed.or_else(|| scheduler::digest(ecs, owner, index).map(|own| &**own)) {
                image["imageDigest"] = Value::from(digest);
            }
            image
        })
        .collect();
    let mut value = object!({
        "serviceRevisionArn": scheduler::revision_arn(account, &cluster.name, name, own.number),
        "serviceArn": account.service(&cluster.name, name).text(),
        "clusterArn": account.cluster(&cluster.name).text(),
        "taskDefinition": definition::arn_of(account, &own.definition),
        "containerImages": images,
        "guardDutyEnabled": false,
        "createdAt": seconds(Some(own.created)),
    });
    for member in [
        "launchType",
        "capacityProviderStrategy",
        "loadBalancers",
        "serviceRegistries",
        "networkConfiguration",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "monitoring",
    ] {
        if let (Some(given), Some(map)) = (own.settings.get(member), value.as_object_mut()) {
            map.insert(member.to_string(), given.clone());
        }
    }
    if let Some(version) = scheduler::platform_version(own) {
        value["platformVersion"] = version;
    }
    let strategy = own.settings["capacityProviderStrategy"].as_array().into_iter().flatten();
    let mut providers = strategy.filter_map(|item| item["capacityProvider"].as_str());
    if own.settings["launchType"] == "FARGATE" || providers.any(|name| matches!(name, "FARGATE" | "FARGATE_SPOT")) {
        value["platformFamily"] = Value::from(scheduler::platform_family(own));
    }
    let items = own.settings["loadBalancers"].as_array().into_iter().flatten();
    let resolved = items.zip(own.traffic.iter()).filter_map(|(item, traffic)| {
        let rule = item["advancedConfiguration"]["productionListenerRule"].as_str()?;
        Some(object!({ "targetGroupArn": &*traffic.arn, "productionListenerRule": rule }))
    });
    let resolved: Vec<Value> = resolved.collect();
    if let (false, Some(map)) = (resolved.is_empty(), value.as_object_mut()) {
        map.insert("resolvedConfiguration".to_string(), object!({ "loadBalancers": resolved }));
    }
    value
}
