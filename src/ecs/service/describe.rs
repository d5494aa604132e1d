//! A service as DescribeServices shows it.

use super::super::api::definition_arn;
use super::super::{Ecs, LaunchType, Task, TaskStatus};
use super::{Deployment, Revision, Service, describe_set, has_sets};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::TaskKey;
use crate::iam::LEARNER;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The ARN of a service revision.
pub fn revision_arn(account: &Account, cluster: &str, service: &str, number: u64) -> String {
    let arn = account.service(cluster, service).text().replacen(":service/", ":service-revision/", 1);
    format!("{arn}/{number:019}")
}

/// The ARN of a service deployment.
pub fn deployment_arn(account: &Account, cluster: &str, service: &str, id: &str) -> String {
    let arn = account.service(cluster, service).text().replacen(":service/", ":service-deployment/", 1);
    format!("{arn}/{id}")
}

/// Tasks that count (SV-09): those that are to stop are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// runningCount.
    pub running: u32,
    /// pendingCount: on their way to RUNNING.
    pub pending: u32,
}

impl Counts {
    /// Of the tasks of a service, or of one of its revisions.
    pub fn of(ecs: &Ecs, service: &Service, revision: Option<u64>) -> Self {
        let mut counts = Self::default();
        let own = |task: &&Task| {
            let of = task.request.owner.map(|owner| owner.revision);
            task.wanted() && revision.is_none_or(|revision| of == Some(revision))
        };
        let tasks = service.tasks.iter().filter_map(|id| ecs.task(TaskKey { cluster: service.key.cluster, id: *id }));
        for task in tasks.filter(own) {
            match task.status {
                TaskStatus::Running => counts.running += 1,
                _ => counts.pending += 1,
            }
        }
        counts
    }
}

fn seconds(at: SimTime) -> Value {
    Value::from(at.as_epoch_seconds())
}

/// The members that a service has as they were given; absent where there are none.
const GIVEN: [&str; 16] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceRegistries",
];

/// A service, with its tags when they are asked for.
pub fn description(ecs: &Ecs, account: &Account, cluster: &str, service: &Service, with_tags: bool) -> Value {
    let name = &*service.name;
    let counts = Counts::of(ecs, service, None);
    let events: Vec<Value> = service
        .events
        .iter()
        .rev()
        .map(|event| {
            object!({ "id": event.id.uuid(), "createdAt": seconds(event.at), "message": event.message.clone() })
        })
        .collect();
    let deployments: Vec<Value> = service
        .deployments
        .iter()
        .enumerate()
        .filter(|(_, own)| own.set.is_none())
        .map(|(at, own)| deployment(ecs, account, service, own, at == 0))
        .collect();
    let mut value = object!({
        "serviceArn": account.service(cluster, name).text(),
        "serviceName": name,
        "clusterArn": account.cluster(cluster).text(),
        "status": service.status.name(),
        "desiredCount": service.desired,
        "runningCount": counts.running,
        "pendingCount": counts.pending,
        "taskDefinition": service.settings["taskDefinition"].clone(),
        "deployments": deployments,
        "events": events,
        "createdAt": seconds(service.created),
        "createdBy": account.caller(service.creator.as_deref().unwrap_or(LEARNER)),
    });
    let Some(map) = value.as_object_mut() else { return value };
    // Without a PRIMARY task set there is none.
    map.retain(|_, own| !own.is_null());
    for member in GIVEN {
        map.extend(service.settings.get(member).map(|own| (member.to_string(), own.clone())));
    }
    if has_sets(service) {
        let sets = service.deployments.iter().map(|own| describe_set(ecs, account, cluster, service, own, with_tags));
        map.insert("taskSets".to_string(), sets.collect());
    }
    if let Some(primary) = service
        .primary()
        .filter(|own| own.task_set().is_none_or(|set| set.primary))
        .filter(|own| own.run.launch == LaunchType::Fargate)
    {
        map.insert("platformFamily".to_string(), Value::from(platform_family(&primary.revision)));
    }
    let external = service.settings["deploymentController"]["type"] == "EXTERNAL";
    let linked = external || service.settings["networkConfiguration"].is_object();
    let linked = linked.then_some("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS");
    let role = match service.created_by["role"].as_str().filter(|own| !own.is_empty()) {
        Some(arn) if arn.starts_with("arn:") => Some(String::from(arn)),
        Some(name) => Some(account.principal(&alloc::format!("role/{name}"))),
        None => linked.map(|own| account.principal(own)),
    };
    map.extend(role.map(|own| ("roleArn".to_string(), Value::from(own))));
    if service.is_active() && !has_sets(service) {
        if let Some(current) = service.history.last().filter(|own| own.finished.is_none() && own.stopped.is_none()) {
            let arn = deployment_arn(account, cluster, name, &current.id);
            map.insert("currentServiceDeployment".to_string(), Value::from(arn));
        }
        let revisions: Vec<Value> = service
            .deployments
            .iter()
            .map(|own| revision_summary(ecs, account, cluster, service, own.revision.number, own.desired))
            .collect();
        map.insert("currentServiceRevisions".to_string(), Value::from(revisions));
    }
    if with_tags {
        map.insert("tags".to_string(), service.settings["tags"].clone());
    }
    value
}

/// A revision with the tasks that it has and should have.
pub fn revision_summary(
    ecs: &Ecs,
    account: &Account,
    cluster: &str,
    service: &Service,
    revision: u64,
    requested: u32,
) -> Value {
    let counts = Counts::of(ecs, service, Some(revision));
    object!({
        "arn": revision_arn(account, cluster, &service.name, revision),
        "requestedTaskCount": requested,
        "runningTaskCount": counts.running,
        "pendingTaskCount": counts.pending,
    })
}

/// platformFamily of a revision on Fargate.
pub fn platform_family(revision: &Revision) -> String {
    let core = revision.core();
    let windows = core.os_family.clone().filter(|_| core.is_windows());
    windows.map_or_else(|| String::from("Linux"), |own| own.to_string())
}

/// The platform version of a service's revision, resolved when it was made (FG-16); none where it has none.
pub fn platform_version(revision: &Revision) -> Option<Value> {
    let given = revision.settings.get("platformVersion")?;
    Some(if given == "LATEST" { Value::from(revision.core().latest_platform()) } else { given.clone() })
}

fn deployment(ecs: &Ecs, account: &Account, service: &Service, own: &Deployment, primary: bool) -> Value {
    let counts = Counts::of(ecs, service, Some(own.revision.number));
    let settings = &own.revision.settings;
    let mut value = object!({
        "id": own.id(),
        "status": own.status(usize::from(!primary)),
        "taskDefinition": definition_arn(account, &own.revision.definition),
        "desiredCount": own.desired,
        "pendingCount": counts.pending,
        "runningCount": counts.running,
        "failedTasks": own.failed_tasks,
        "createdAt": seconds(own.created),
        "updatedAt": seconds(own.updated),
        "rolloutState": own.rollout.name(),
        "rolloutStateReason": own.reason.clone(),
    });
    let Some(map) = value.as_object_mut() else { return value };
    for member in [
        "launchType",
        "capacityProviderStrategy",
        "networkConfiguration",
        "serviceConnectConfiguration",
        "serviceConnectResources",
        "volumeConfigurations",
    ] {
        map.extend(settings.get(member).map(|given| (member.to_string(), given.clone())));
    }
    map.extend(platform_version(&own.revision).map(|own| ("platformVersion".to_string(), own)));
    if own.run.launch == LaunchType::Fargate {
        map.insert("platformFamily".to_string(), Value::from(platform_family(&own.revision)));
    }
    value
}
