//! CreateCluster, UpdateCluster, UpdateClusterSettings, PutClusterCapacityProviders, DeleteCluster, DescribeClusters,
//! ListClusters.

use super::{
    account, attachments, list_or_empty, page_of, provider, provider_strategy, service_connect, strings, tags,
};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::service::{Service, ServiceStatus};
use crate::ecs::{Cluster, Ecs, InstanceStatus, LaunchType, TaskStatus, group, instance, managed};
use crate::event::{ClusterId, Cx, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, order};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Clusters that a Region holds at most (6.11).
const MOST_CLUSTERS: usize = 10_000;
/// The one setting that clusters have.
const INSIGHTS: &str = "containerInsights";

impl Cluster {
    /// Whether Container Insights is on (MT-07).
    pub fn has_insights(&self) -> bool {
        self.active && self.document["settings"][0]["value"].as_str().is_some_and(|own| own != "disabled")
    }
}

impl Ecs {
    /// Whether it is on in any cluster.
    pub fn has_insights(&self) -> bool {
        self.clusters().any(Cluster::has_insights)
    }
}

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

pub fn create_call(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["clusterName"].as_str().unwrap_or("default");
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.chars().count() > 255 || !name.chars().all(legal) {
        let message = "Identifier is of an invalid length or contains invalid characters: a cluster name is up to \
                       255 letters (upper and lowercase), numbers, underscores, and hyphens.";
        return Err(ApiError::invalid(message).at("clusterName").in_our_words());
    }
    let mut document = object!({ "tags": tags::given(input)? });
    configure(rooms, cx, input, &mut document)?;
    if !document["settings"].is_array() {
        let value = account::effective(ecs, &cx.options().account, account::CALLER, INSIGHTS);
        document["settings"] = insights(value);
    }
    associate(ecs, name, None, input, &mut document)?;
    let mut include = alloc::vec!["CONFIGURATIONS", "SETTINGS", "TAGS"];
    if document["capacityProviders"].as_array().is_some_and(|list| !list.is_empty()) {
        attachments::plan(ecs, cx, &mut document);
    }
    if document["serviceConnectDefaults"].is_object() {
        attachments::connect(cx, &Value::Null, "ATTACHING", &mut document);
    }
    if document["attachments"].is_array() {
        attachments::provision(&mut document);
        include.push("ATTACHMENTS");
    }
    let full = || ecs.clusters().filter(|own| own.active).count() >= MOST_CLUSTERS;
    if ecs.clusters.len() >= MOST_CLUSTERS && full() && ecs.cluster(name).is_none() {
        let message = format!("The maximum number of clusters, {MOST_CLUSTERS}, has been reached.");
        return Err(ApiError::client(message).in_our_words());
    }
    let id = create(ecs, cx, name, document);
    if !ecs.providers.is_empty() || ecs.has_insights() {
        managed::publish(cx, 0);
    }
    want_namespace(cx, input, id);
    attachments::follow(ecs, cx, id);
    Ok(answer(ecs, cx, id, &include))
}

/// UpdateCluster and UpdateClusterSettings, which has fewer members.
pub fn update(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = super::cluster_of(ecs, input)?;
    let (id, mut document) = (cluster.id, cluster.document.clone());
    configure(rooms, cx, input, &mut document)?;
    if input["serviceConnectDefaults"].is_object() {
        attachments::connect(cx, &cluster.document["serviceConnectDefaults"]["namespace"], "ATTACHED", &mut document);
    }
    want_namespace(cx, input, id);
    let answer = write(ecs, cx, id, document);
    if ecs.has_insights() {
        managed::publish(cx, 0);
    }
    Ok(answer)
}

/// Cloud Map makes the namespace that a cluster names for Service Connect.
fn want_namespace(cx: &mut Cx<'_>, input: &Value, id: ClusterId) {
    if input["serviceConnectDefaults"].is_object() {
        cx.schedule(SimDuration::ZERO, Event::NamespaceWanted(id));
    }
}

/// PutClusterCapacityProviders: the whole list at once, and not while the last one is on its way. One whose tasks are not over stays (2.3).
pub fn put_providers(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = super::cluster_of(ecs, input)?;
    attachments::settled(cluster)?;
    let (id, name, mut document) = (cluster.id, cluster.name.clone(), cluster.document.clone());
    associate(ecs, &name, Some(id), input, &mut document)?;
    let kept = |name: &str| {
        document["capacityProviders"].as_array().into_iter().flatten().any(|own| *own == *name)
            || ecs.pools_in(id).any(|(own, _)| own == name)
    };
    let lost = |task: &crate::ecs::Task| {
        task.status != TaskStatus::Stopped && task.request.provider.as_deref().is_some_and(|own| !kept(own))
    };
    if ecs.tasks(id).any(lost) {
        let message = "The specified capacity provider is in use and cannot be removed.";
        return Err(ApiError::new("ResourceInUseException", message).at("capacityProviders"));
    }
    attachments::plan(ecs, cx, &mut document);
    let answer = write(ecs, cx, id, document);
    attachments::follow(ecs, cx, id);
    group::assign_all(ecs, rooms, cx, id);
    managed::wake_all(ecs, cx);
    managed::publish(cx, 0);
    Ok(answer)
}

fn write(ecs: &mut Ecs, cx: &mut Cx<'_>, id: ClusterId, document: Value) -> Value {
    if let Some(cluster) = ecs.clusters.get_mut(&id).map(Rc::make_mut).filter(|own| own.document != document) {
        cluster.document = document;
        cx.emit(FactKind::ClusterUpdated { cluster: cluster.name.clone() });
    }
    answer(ecs, cx, id, &["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"])
}

fn answer(ecs: &Ecs, cx: &Cx<'_>, id: ClusterId, include: &[&str]) -> Value {
    let cluster = ecs.clusters.get(&id).map(|cluster| description(ecs, &cx.options().account, cluster, include));
    object!({ "cluster": cluster.unwrap_or_default() })
}

fn insights(value: &str) -> Value {
    Value::Array(alloc::vec![object!({ "name": INSIGHTS, "value": value })])
}

/// Settings, configuration and Service Connect defaults of a request, checked, laid over a cluster's document.
fn configure(rooms: &Rooms, cx: &mut Cx<'_>, input: &Value, document: &mut Value) -> Result<(), ApiError> {
    if let Some(settings) = input["settings"].as_array() {
        let known = account::values(INSIGHTS);
        let bad = |setting: &Value| setting["name"] != INSIGHTS || !known.iter().any(|own| setting["value"] == *own);
        if settings.is_empty() || settings.iter().any(bad) {
            let message = format!("The setting {INSIGHTS} takes one of {}.", known.join(", "));
            return Err(ApiError::invalid(message).at("settings").in_our_words());
        }
        let last = settings.last().and_then(|setting| setting["value"].as_str());
        document["settings"] = insights(last.unwrap_or_default());
    }
    if input["configuration"].is_object() {
        let execute = &input["configuration"]["executeCommandConfiguration"];
        if execute["logging"] == "OVERRIDE" && !execute["logConfiguration"].is_object() {
            let message = "A log configuration must be provided when logging is OVERRIDE.";
            let path = "configuration.executeCommandConfiguration.logConfiguration";
            return Err(ApiError::invalid(message).at(path).in_our_words());
        }
        document["configuration"] = input["configuration"].clone();
    }
    if let Some(namespace) = input["serviceConnectDefaults"]["namespace"].as_str() {
        service_connect::defaults(rooms, cx, namespace, document)?;
    }
    Ok(())
}

/// The capacity providers and the default strategy of a request, checked, in a cluster's document.
fn associate(
    ecs: &Ecs,
    name: &str,
    id: Option<ClusterId>,
    input: &Value,
    document: &mut Value,
) -> Result<(), ApiError> {
    let providers = provider::to_associate(ecs, name, input)?;
    let strategy = "defaultCapacityProviderStrategy";
    document[strategy] = provider_strategy::of_cluster(ecs, id, &providers, &input[strategy], strategy)?;
    document["capacityProviders"] = providers;
    Ok(())
}

/// SV-06: a cluster that still holds something is not deleted, nor one whose attachments are on their way.
pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = super::cluster_of(ecs, input)?;
    let id = cluster.id;
    attachments::settled(cluster)?;
    if ecs.services(id).any(|service| service.is_active()) {
        let message = "The Cluster cannot be deleted while Services are active.";
        return Err(ApiError::new("ClusterContainsServicesException", message).at("cluster"));
    }
    if ecs.instances(id).any(|instance| instance.status != InstanceStatus::Inactive) {
        let message = "The Cluster cannot be deleted while Container Instances are active or draining.";
        return Err(ApiError::new("ClusterContainsContainerInstancesException", message).at("cluster"));
    }
    if let Some((name, _)) = ecs.pools_in(id).next() {
        let message = format!("The Cluster cannot be deleted while it contains the capacity provider {name}.");
        return Err(ApiError::new("ClusterContainsCapacityProviderException", message).at("cluster").in_our_words());
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
    Ok(answer(ecs, cx, id, &[]))
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
    let mut providers = given["capacityProviders"].as_array().cloned().unwrap_or_default();
    providers.extend(ecs.pools_in(cluster.id).map(|(name, _)| Value::from(name)));
    let mut value = object!({
        "clusterArn": account.cluster(&cluster.name).to_string(),
        "clusterName": cluster.name.clone(),
        "status": status(cluster),
        "registeredContainerInstancesCount": registered,
        "runningTasksCount": count(TaskStatus::Running),
        "pendingTasksCount": count(TaskStatus::Pending),
        "activeServicesCount": ecs.services(cluster.id).filter(|own| own.is_active()).count(),
        "statistics": Value::Array(Vec::new()),
        "tags": Value::Array(Vec::new()),
        "settings": Value::Array(Vec::new()),
        "capacityProviders": providers,
        "defaultCapacityProviderStrategy": list_or_empty(&given["defaultCapacityProviderStrategy"]),
    });
    copy(given, &mut value, "serviceConnectDefaults");
    for what in include {
        match *what {
            "TAGS" => value["tags"] = list_or_empty(&given["tags"]),
            "SETTINGS" if given["settings"].is_array() => value["settings"] = given["settings"].clone(),
            "SETTINGS" => value["settings"] = insights("disabled"),
            "ATTACHMENTS" => {
                value["attachments"] = list_or_empty(&given["attachments"]);
                copy(given, &mut value, "attachmentsStatus");
            }
            "CONFIGURATIONS" => copy(given, &mut value, "configuration"),
            "STATISTICS" => value["statistics"] = statistics(ecs, cluster.id),
            _ => {}
        }
    }
    value
}

fn status(cluster: &Cluster) -> &'static str {
    match cluster.active {
        false => "INACTIVE",
        true if attachments::is_provisioning(cluster) => "PROVISIONING",
        true => "ACTIVE",
    }
}

/// A member that is absent where the cluster has none.
fn copy(given: &Value, value: &mut Value, member: &str) {
    if !given[member].is_null() {
        value[member] = given[member].clone();
    }
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
    let tasks = rows.iter().map(|(name, launch, status)| {
        let count = ecs.tasks(cluster).filter(|task| task.launch == *launch && task.status == *status).count();
        object!({ "name": *name, "value": count.to_string() })
    });
    let kinds = [
        ("activeEC2", ServiceStatus::Active, LaunchType::Ec2),
        ("activeFargate", ServiceStatus::Active, LaunchType::Fargate),
        ("activeExternal", ServiceStatus::Active, LaunchType::External),
        ("drainingEC2", ServiceStatus::Draining, LaunchType::Ec2),
        ("drainingFargate", ServiceStatus::Draining, LaunchType::Fargate),
        ("drainingExternal", ServiceStatus::Draining, LaunchType::External),
    ];
    let services = kinds.iter().map(|(kind, status, launch)| {
        let same = |own: &&Rc<Service>| own.status == *status && own.settings["launchType"] == launch.name();
        let count = ecs.services(cluster).filter(same).count();
        object!({ "name": format!("{kind}ServiceCount"), "value": count.to_string() })
    });
    tasks.chain(services).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Cause, Kernel, Options};
    use crate::placement::Ties;
    use crate::sim::SimTime;

    /// 10,000 to a Region; deleted ones do not count, and the one that is there already is no new one.
    #[test]
    fn quota_6_11_of_clusters() {
        let options = Options { account: Account::default(), ties: Ties::ByName };
        let mut kernel = Kernel::new(SimTime::default(), 1, options);
        let mut facts = Vec::new();
        let mut cx = Cx { kernel: &mut kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
        let (mut ecs, rooms) = (Ecs::default(), Rooms::default());
        for n in 1..=MOST_CLUSTERS as u32 {
            let own = Cluster { id: ClusterId(n), name: format!("c{n}"), active: n > 1, document: Value::Null };
            ecs.clusters.insert(own.id, Rc::new(own));
        }
        let mut create = |name: &str| create_call(&mut ecs, &rooms, &mut cx, &json!({ "clusterName": name }));
        assert!(create("last").is_ok());
        let error = create("more").unwrap_err();
        assert_eq!((error.code.as_ref(), error.ours), ("ClientException", true));
        assert!(create("last").is_ok());
    }
}
