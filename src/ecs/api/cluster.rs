//! CreateCluster, DeleteCluster, DescribeClusters, ListClusters.

use super::{list_or_empty, page_of, strings};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::{Cluster, Ecs, InstanceStatus, LaunchType, TaskStatus, instance};
use crate::event::{ClusterId, Cx, FactKind};
use crate::sim::order;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Makes a cluster, or returns the ACTIVE one of that name: the call is idempotent.
pub fn create(ecs: &mut Ecs, cx: &mut Cx<'_>, name: &str, document: Value) -> ClusterId {
    if let Some(known) = ecs.cluster(name) {
        return known.id;
    }
    let id = ClusterId(ecs.clusters.len() as u32 + 1);
    ecs.clusters.insert(id, Rc::new(Cluster { id, name: name.to_string(), active: true, document }));
    cx.emit(FactKind::ClusterCreated { cluster: name.to_string() });
    instance::retry(ecs, cx, |_, wanted| wanted == name);
    id
}

pub fn create_call(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["clusterName"].as_str().unwrap_or("default");
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.chars().count() > 255 || !name.chars().all(legal) {
        let message = "Identifier is of an invalid length or contains invalid characters: a cluster name is up to \
                       255 letters (upper and lowercase), numbers, underscores, and hyphens.";
        return Err(ApiError::invalid(message).at("clusterName").in_our_words());
    }
    let id = create(ecs, cx, name, input.clone());
    let include = ["SETTINGS", "TAGS"];
    let cluster = ecs.clusters.get(&id).map(|cluster| description(ecs, &cx.options().account, cluster, &include));
    Ok(json!({ "cluster": cluster }))
}

/// SV-06: a cluster that still holds something is not deleted.
pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = super::cluster_of(ecs, input)?.id;
    if ecs.instances(id).any(|instance| instance.status != InstanceStatus::Inactive) {
        let message = "The Cluster cannot be deleted while Container Instances are active or draining.";
        return Err(ApiError::new("ClusterContainsContainerInstancesException", message).at("cluster"));
    }
    if ecs.tasks(id).any(|task| task.status != TaskStatus::Stopped) {
        let message = "The Cluster cannot be deleted while Tasks are active.";
        return Err(ApiError::new("ClusterContainsTasksException", message).at("cluster"));
    }
    if let Some(cluster) = ecs.clusters.get_mut(&id).map(Rc::make_mut) {
        cluster.active = false;
        let name = cluster.name.clone();
        cx.emit(FactKind::ClusterDeleted { cluster: name });
    }
    let cluster = ecs.clusters.get(&id).map(|cluster| description(ecs, &cx.options().account, cluster, &[]));
    Ok(json!({ "cluster": cluster }))
}

pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let mut named = strings(input, "clusters");
    if named.is_empty() {
        named.push("default");
    }
    if named.len() > 100 {
        return Err(ApiError::invalid("clusters can have at most 100 items.").at("clusters").in_our_words());
    }
    let include = strings(input, "include");
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        let short = arn::short_name(name);
        let newest = ecs.clusters().filter(|cluster| cluster.name == short).max_by_key(|cluster| cluster.active);
        match newest {
            Some(cluster) => clusters.push(description(ecs, account, cluster, &include)),
            None => failures.push(json!({ "arn": account.cluster(short).to_string(), "reason": "MISSING" })),
        }
    }
    Ok(json!({ "clusters": clusters, "failures": failures }))
}

pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let mut arns: Vec<_> =
        ecs.clusters().filter(|cluster| cluster.active).map(|c| account.cluster(&c.name).to_string()).collect();
    order::sort_by(&mut arns, String::cmp);
    page_of(arns, input, "clusterArns")
}

fn description(ecs: &Ecs, account: &Account, cluster: &Cluster, include: &[&str]) -> Value {
    let count = |status| ecs.tasks(cluster.id).filter(|task| task.status == status).count();
    let registered = ecs.instances(cluster.id).filter(|instance| instance.status != InstanceStatus::Inactive).count();
    let given = &cluster.document;
    let mut value = object!({
        "clusterArn": account.cluster(&cluster.name).to_string(),
        "clusterName": cluster.name.clone(),
        "status": if cluster.active { "ACTIVE" } else { "INACTIVE" },
        "registeredContainerInstancesCount": registered,
        "runningTasksCount": count(TaskStatus::Running),
        "pendingTasksCount": count(TaskStatus::Pending),
        "activeServicesCount": 0,
        "statistics": Value::Array(Vec::new()),
        "tags": Value::Array(Vec::new()),
        "settings": Value::Array(Vec::new()),
        "capacityProviders": list_or_empty(&given["capacityProviders"]),
        "defaultCapacityProviderStrategy": list_or_empty(&given["defaultCapacityProviderStrategy"]),
    });
    for what in include {
        match *what {
            "TAGS" => value["tags"] = list_or_empty(&given["tags"]),
            "SETTINGS" if given["settings"].is_array() => value["settings"] = given["settings"].clone(),
            "SETTINGS" => {
                value["settings"] =
                    Value::Array(alloc::vec![object!({ "name": "containerInsights", "value": "disabled" })])
            }
            "STATISTICS" => value["statistics"] = statistics(ecs, cluster.id),
            _ => {}
        }
    }
    value
}

fn statistics(ecs: &Ecs, cluster: ClusterId) -> Value {
    let rows = [
        ("runningEC2TasksCount", LaunchType::Ec2, TaskStatus::Running),
        ("runningFargateTasksCount", LaunchType::Fargate, TaskStatus::Running),
        ("pendingEC2TasksCount", LaunchType::Ec2, TaskStatus::Pending),
        ("pendingFargateTasksCount", LaunchType::Fargate, TaskStatus::Pending),
        ("runningExternalTasksCount", LaunchType::External, TaskStatus::Running),
        ("pendingExternalTasksCount", LaunchType::External, TaskStatus::Pending),
    ];
    rows.iter()
        .map(|(name, launch, status)| {
            let count = ecs.tasks(cluster).filter(|task| task.launch == *launch && task.status == *status).count();
            object!({ "name": *name, "value": count.to_string() })
        })
        .collect()
}
