//! The ECS calls. Inputs were checked against the model before; what is checked here is what the service checks.

mod account;
mod agent;
mod attachments;
mod attribute;
mod cluster;
mod controller;
mod definition;
mod deletion;
mod execute;
mod instance;
mod interface;
mod load_balancers;
mod managed_instances;
mod named;
mod protection;
mod provider;
mod provider_strategy;
mod run_request;
mod run_task;
mod service;
mod service_connect;
mod service_deployment;
mod service_registries;
mod service_request;
mod strategy;
mod tags;
mod task;
mod task_set;

pub(super) use account::effective as account_setting;
pub(super) use agent::step as agent_update;
pub use attachments::DRAINING_HOOK;
pub(super) use attachments::done as cluster_attached;
pub(super) use cluster::create as create_cluster;
pub(super) use definition::{arn_of as definition_arn, to_run as definition_to_run};
pub(super) use deletion::gone as definition_gone;
pub(super) use provider::associated;
pub(super) use provider::gone as provider_gone;
pub(super) use provider::is_made as provider_made;
pub use provider_strategy::strategy as provider_strategy;
pub(super) use run_request::{RunRequest, TaskOf};
pub(super) use run_task::{candidates, start_one};
pub(super) use tags::{given as checked_tags, merged as merged_tags};
pub use task_set::try_task_set;
pub(super) use task_set::wanted as set_wanted;

use super::{Cluster, Ecs};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::page::page;
use crate::event::Cx;
use crate::placement::Request;
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A call that changes something.
pub fn call(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    named::own(&cx.options().account, operation, input)?;
    match operation {
        "CreateCluster" => cluster::create_call(ecs, rooms, cx, input),
        "RegisterTaskDefinition" => definition::register(ecs, cx, input),
        "RunTask" => run_task::run(ecs, cx, input),
        "StopTask" => task::stop(ecs, cx, input),
        "UpdateContainerInstancesState" => instance::update_state(ecs, cx, input),
        _ => later_call(ecs, rooms, cx, operation, input),
    }
}

/// The calls that the page's first load leaves out: those of the model's later table.
#[inline(never)]
fn later_call(
    ecs: &mut Ecs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "UpdateCluster" | "UpdateClusterSettings" => cluster::update(ecs, rooms, cx, input),
        "PutClusterCapacityProviders" => cluster::put_providers(ecs, rooms, cx, input),
        "CreateCapacityProvider" => provider::create(ecs, rooms, cx, input),
        "UpdateCapacityProvider" => provider::update(ecs, rooms, cx, input),
        "DeleteCapacityProvider" => provider::delete(ecs, cx, input),
        "TagResource" => tags::tag(ecs, cx, input),
        "UntagResource" => tags::untag(ecs, cx, input),
        "DeleteTaskDefinitions" => deletion::delete(ecs, cx, input),
        "UpdateTaskProtection" => protection::update(ecs, cx, input),
        "RegisterContainerInstance" => agent::register(ecs, &rooms.ec2, cx, input),
        "UpdateContainerAgent" => agent::update(ecs, cx, input),
        "DeleteAccountSetting" => account::delete(ecs, cx, input),
        "DeleteCluster" => cluster::delete(ecs, cx, input),
        "DeregisterTaskDefinition" => definition::deregister(ecs, cx, input),
        "DeregisterContainerInstance" => instance::deregister(ecs, cx, input),
        "PutAccountSetting" => account::put(ecs, cx, input),
        "PutAccountSettingDefault" => account::put_default(ecs, cx, input),
        "ExecuteCommand" => execute::execute(ecs, cx, input),
        "PutAttributes" => attribute::put(ecs, cx, input),
        "DeleteAttributes" => attribute::delete(ecs, cx, input),
        "StartTask" => run_task::start(ecs, cx, input),
        "CreateService" => service::create(ecs, rooms, cx, input),
        "UpdateService" => service::update(ecs, rooms, cx, input),
        "CreateTaskSet" => task_set::create(ecs, rooms, cx, input),
        "UpdateTaskSet" => task_set::update(ecs, cx, input),
        "DeleteTaskSet" => task_set::delete(ecs, cx, input),
        "UpdateServicePrimaryTaskSet" => task_set::lead(ecs, cx, input),
        "DeleteService" => service::delete(ecs, cx, input),
        "ContinueServiceDeployment" => service_deployment::go_on(ecs, cx, input),
        "StopServiceDeployment" => service_deployment::stop(ecs, cx, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A call that only looks.
pub fn read(rooms: &Rooms, account: &Account, now: SimTime, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let ecs = &rooms.ecs;
    named::own(account, operation, input)?;
    match operation {
        "DescribeClusters" => cluster::describe(ecs, account, input),
        "ListClusters" => cluster::list(ecs, account, input),
        "DescribeContainerInstances" => instance::describe(ecs, account, input),
        "ListContainerInstances" => instance::list(ecs, account, input),
        "DescribeTasks" => task::describe(ecs, account, now, input),
        "ListTasks" => task::list(ecs, account, input),
        _ => later_read(rooms, account, now, operation, input),
    }
}

/// The same of calls that only look.
#[inline(never)]
fn later_read(
    rooms: &Rooms,
    account: &Account,
    now: SimTime,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let ecs = &rooms.ecs;
    match operation {
        "DescribeCapacityProviders" => provider::describe(ecs, account, input),
        "DiscoverPollEndpoint" => Ok(agent::endpoint(account)),
        "GetTaskProtection" => protection::get(ecs, account, now, input),
        "ListTagsForResource" => tags::list(ecs, input),
        "DescribeTaskDefinition" => definition::describe(ecs, account, input),
        "ListTaskDefinitions" => definition::list(ecs, account, input),
        "ListTaskDefinitionFamilies" => definition::list_families(ecs, input),
        "ListAccountSettings" => account::list(ecs, account, input),
        "ListAttributes" => attribute::list(ecs, account, input),
        "DescribeServices" => service::describe(ecs, account, input),
        "DescribeTaskSets" => task_set::describe(ecs, account, input),
        "ListServices" => service::list(ecs, account, input),
        "ListServicesByNamespace" => service_connect::list(rooms, account, input),
        "DescribeServiceDeployments" => service_deployment::describe(ecs, account, input),
        "DescribeServiceRevisions" => service_deployment::describe_revisions(ecs, account, input),
        "ListServiceDeployments" => service_deployment::list(ecs, account, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// What a RunTask input asks of placement.
pub(super) fn run_request(ecs: &Ecs, account: &Account, input: &Value) -> Result<Rc<Request>, ApiError> {
    run_request::RunRequest::read(ecs, account, input).map(|request| request.placement)
}

/// The ACTIVE cluster that a request names by name or ARN; `default` when it names none (PL-41). A name of another form
/// is refused in words that were seen.
pub(super) fn cluster_of<'a>(ecs: &'a Ecs, input: &Value) -> Result<&'a Cluster, ApiError> {
    let named = input["cluster"].as_str().filter(|text| !text.is_empty()).unwrap_or("default");
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !named.starts_with("arn:") && (named.len() > 255 || !named.chars().all(legal)) {
        let message = alloc::format!("Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {named}");
        return Err(ApiError::invalid(message).at("cluster"));
    }
    let cluster = ecs.cluster(arn::short_name(named)).ok_or_else(|| no_cluster().at("cluster"))?;
    named::in_cluster(input, &cluster.name)?;
    Ok(cluster)
}

fn no_cluster() -> ApiError {
    ApiError::new("ClusterNotFoundException", "Cluster not found.")
}

/// A list of strings in the input.
fn strings<'a>(input: &'a Value, member: &str) -> Vec<&'a str> {
    input[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// One page of a sorted list of ARNs, as the List calls answer: default and greatest size 100.
fn page_of(items: Vec<String>, input: &Value, member: &str) -> Result<Value, ApiError> {
    page_of_values(items.into_iter().map(Value::from).collect(), input, member, 100)
}

/// The same of any values.
fn page_of_values(items: Vec<Value>, input: &Value, member: &str, limit: usize) -> Result<Value, ApiError> {
    page_of_each(items, input, (member, limit), &|own| own)
}

/// The same of what becomes a value only where the page shows it.
fn page_of_each<T>(
    items: Vec<T>,
    input: &Value,
    (member, limit): (&str, usize),
    value: &dyn Fn(T) -> Value,
) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "nextToken" && name != "maxResults");
    }
    let scope = alloc::format!("{member}{filters}");
    let (items, next) = page(&scope, items, input["nextToken"].as_str(), input["maxResults"].as_i64(), limit)?;
    let items: Vec<Value> = items.into_iter().map(value).collect();
    let mut answer = serde_json::json!({ member: items });
    if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
        map.insert("nextToken".to_string(), Value::from(next));
    }
    Ok(answer)
}

/// A list as given, or the empty list that AWS answers for none.
fn list_or_empty(value: &Value) -> Value {
    if value.is_array() { value.clone() } else { Value::Array(Vec::new()) }
}
