//! What ECS keeps in Cloud Map: the tasks of services with a service registry (SD-01), the endpoints of Service Connect
//! (SC-01), and the namespaces of clusters.

use super::instances::{self, MOST};
use super::{Instance, Namespace, Service, ServiceDiscovery, tell};
use crate::aws::arn::{Account, short_name};
use crate::aws::object::object;
use crate::ecs::containers::{self, Health};
use crate::ecs::service::{self, ServiceStatus};
use crate::ecs::taskdef::NetworkMode;
use crate::ecs::{Task, TaskStatus, instance};
use crate::event::{ClusterId, Cx, MachineId, ServiceKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A cluster named a namespace for Service Connect that was not there: its ARN stands in serviceConnectDefaults, its name
/// beside it.
pub fn namespace_wanted(room: &mut ServiceDiscovery, rooms: &Rooms, cx: &mut Cx<'_>, cluster: ClusterId) {
    let Some(own) = rooms.ecs.clusters().find(|own| own.id == cluster) else { return };
    let arn = own.document["serviceConnectDefaults"]["namespace"].as_str().unwrap_or_default();
    let Some(name) = own.document["serviceConnectNamespace"].as_str() else { return };
    let Some(number) = number(arn, "ns-").filter(|_| room.namespace(arn).is_none()) else { return };
    let (description, token) = (Value::Null, String::new());
    let made = Namespace {
        number,
        name: name.to_string(),
        zone: None,
        token,
        description,
        created: cx.now(),
        tags: managed(),
    };
    room.namespaces.push(Rc::new(made));
    tell(cx, &format!("namespace {name}"), "created");
}

/// The tags of what ECS makes.
fn managed() -> Value {
    Value::from(alloc::vec![object!({ "Key": "AmazonECSManaged", "Value": "true" })])
}

/// The digits of an ARN or id.
fn number(named: &str, prefix: &str) -> Option<u64> {
    u64::from_str_radix(short_name(named).strip_prefix(prefix)?, 16).ok()
}

/// A service of ECS was made, changed or is over: the services of its Service Connect endpoints come, and go once they
/// have no instance.
pub fn service_changed(room: &mut ServiceDiscovery, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) {
    let own = rooms.ecs.service_of(key);
    let settings = own.filter(|own| own.status != ServiceStatus::Inactive).map(|own| Rc::clone(&own.settings));
    for (resource, _) in settings.iter().flat_map(|own| endpoints(own)) {
        endpoint(room, rooms, cx, key, settings.as_deref().unwrap_or(&Value::Null), resource);
    }
    let account = cx.options().account.clone();
    let named = |own: &Service| {
        let arn = own.arn(&account);
        settings.iter().flat_map(|own| endpoints(own)).any(|(resource, _)| resource["discoveryArn"] == arn)
    };
    let goes = |own: &Service| own.owner == Some(key) && own.instances.is_empty() && !named(own);
    for name in room.services.iter().filter(|own| goes(own)).map(|own| own.name.clone()).collect::<Vec<_>>() {
        tell(cx, &format!("service {name}"), "deleted");
    }
    room.services.retain(|own| !goes(own));
}

/// The resources of a service's Service Connect, each with what was asked for.
fn endpoints(settings: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let made = settings["serviceConnectResources"].as_array().into_iter().flatten();
    made.zip(settings["serviceConnectConfiguration"]["services"].as_array().into_iter().flatten())
}

/// The service of one endpoint, made where it is missing.
fn endpoint(
    room: &mut ServiceDiscovery,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    key: ServiceKey,
    settings: &Value,
    resource: &Value,
) -> Option<u64> {
    let number = number(resource["discoveryArn"].as_str()?, "srv-")?;
    if room.services.iter().any(|own| own.number == number) {
        return Some(number);
    }
    let space = room.namespace_called(settings["serviceConnectConfiguration"]["namespace"].as_str()?)?.number;
    let owner = rooms.ecs.service_of(key)?;
    let arn = cx.options().account.service(&instance::cluster_name(&rooms.ecs, key.cluster), &owner.name).text();
    let name = resource["discoveryName"].as_str()?;
    room.services.push(Rc::new(Service {
        number,
        namespace: space,
        name: name.to_string(),
        token: String::new(),
        document: object!({ "Description": format!("Managed by {arn}") }),
        created: cx.now(),
        tags: managed(),
        owner: Some(key),
        instances: Map::new(),
    }));
    tell(cx, &format!("service {name}"), "created");
    Some(number)
}

/// A task of a service is RUNNING, is to stop, or changed its health.
pub fn task_changed(room: &mut ServiceDiscovery, rooms: &Rooms, cx: &mut Cx<'_>, key: TaskKey) {
    let task = rooms.ecs.task(key);
    let runs = task.filter(|task| task.wanted() && task.status == TaskStatus::Running);
    let places = runs.and_then(|task| places(room, rooms, cx, task)).unwrap_or_default();
    let id = key.id.to_string();
    let left: Vec<u64> = room
        .services
        .iter()
        .filter(|own| own.instances.get(&id).is_some_and(|own| own.task == Some(key)))
        .map(|own| own.number)
        .filter(|number| places.iter().all(|(own, _)| own != number))
        .collect();
    let mut owner = None;
    for number in left {
        let Some(service) = room.change(number) else { continue };
        service.instances.remove(&id);
        owner = owner.or(service.owner);
        tell(cx, &format!("instance {id} of service {}", service.name), "deregistered");
    }
    if let Some(owner) = owner {
        service_changed(room, rooms, cx, owner);
    }
    let healthy = runs.is_none_or(|task| !service::is_checked(task) || containers::health(task) == Health::Healthy);
    for (number, mut attributes) in places {
        let Some(service) = room.change(number) else { continue };
        let custom = service.has_custom_health().then_some(healthy);
        if service.instances.get(&id).is_some_and(|own| own.task == Some(key)) {
            if custom.is_some() {
                instances::become_healthy(service, cx, &id, healthy);
            }
            continue;
        }
        if service.instances.len() >= MOST {
            continue;
        }
        if custom.is_some() {
            attributes["AWS_INIT_HEALTH_STATUS"] = Value::from(if healthy { "HEALTHY" } else { "UNHEALTHY" });
        }
        let instance = Instance { attributes, healthy: custom, token: Value::Null, task: Some(key) };
        service.instances.insert(id.clone(), instance);
        tell(cx, &format!("instance {id} of service {}", service.name), "registered");
    }
}

/// The services in which a task is an instance, with its attributes there.
fn places(room: &mut ServiceDiscovery, rooms: &Rooms, cx: &mut Cx<'_>, task: &Task) -> Option<Vec<(u64, Value)>> {
    let settings = Rc::clone(task.request.settings.as_ref()?);
    let mut all = Vec::new();
    let account = cx.options().account.clone();
    for registry in settings["serviceRegistries"].as_array().into_iter().flatten() {
        let Some(service) = room.service(registry["registryArn"].as_str().unwrap_or_default()) else { continue };
        all.extend(registered(rooms, &account, task, registry).map(|attributes| (service.number, attributes)));
    }
    let owner = task.request.owner?.service;
    for (resource, asked) in endpoints(&settings) {
        let Some(number) = endpoint(room, rooms, cx, owner, &settings, resource) else { continue };
        all.extend(connected(rooms, &account, task, asked).map(|attributes| (number, attributes)));
    }
    Some(all)
}

/// The private address of a task: its own, or its host's.
fn address(rooms: &Rooms, task: &Task) -> Option<String> {
    if let Some(own) = &task.address {
        return Some(own.to_string());
    }
    match rooms.ecs.instance(task.host()?)?.machine {
        MachineId::Ec2(id) => rooms.ec2.get(id).map(|own| own.private_ip.clone()),
        _ => None,
    }
}

/// The port of the host that leads to a container's port.
fn host_port(task: &Task, container: usize, port: u64) -> Option<u64> {
    let fits =
        |own: &&crate::ecs::Binding| usize::from(own.container) == container && u64::from(own.container_port) == port;
    task.bindings.iter().find(fits).map(|own| own.host_port.into())
}

/// The attributes that a service registry gets (SD-01, SD-02).
fn registered(rooms: &Rooms, account: &Account, task: &Task, registry: &Value) -> Option<Value> {
    let core = &task.definition.registration.core;
    let named = registry["containerPort"].as_u64();
    let port = match core.network_mode {
        NetworkMode::Awsvpc => registry["port"].as_u64().or(named),
        _ => {
            let container = core.containers.iter().position(|own| registry["containerName"] == *own.name)?;
            Some(host_port(task, container, named?)?)
        }
    };
    let mut own = object!({
        "AWS_INSTANCE_IPV4": address(rooms, task)?,
        "AVAILABILITY_ZONE": &*task.zone,
        "REGION": account.region.clone(),
        "ECS_CLUSTER_NAME": instance::cluster_name(&rooms.ecs, task.key.cluster),
        "ECS_SERVICE_NAME": task.request.group.strip_prefix("service:").unwrap_or(&task.request.group),
        "ECS_TASK_DEFINITION_FAMILY": task.definition.registration.family.to_string(),
    });
    if let Some(port) = port {
        own["AWS_INSTANCE_PORT"] = Value::from(port.to_string());
    }
    Some(own)
}

/// The attributes of an endpoint of Service Connect, as they were seen: where the proxy of the task listens.
fn connected(rooms: &Rooms, account: &Account, task: &Task, asked: &Value) -> Option<Value> {
    let core = &task.definition.registration.core;
    let (container, mapping) =
        service::named_port(&task.definition.registration.document, asked["portName"].as_str()?)?;
    let port = mapping["containerPort"].as_u64()?;
    let listens = match asked["ingressPortOverride"].as_u64() {
        Some(own) => own,
        None if core.network_mode == NetworkMode::Awsvpc => port,
        None => host_port(task, container, port)?,
    };
    let cluster = instance::cluster_name(&rooms.ecs, task.key.cluster);
    let name = task.request.group.strip_prefix("service:")?;
    let set = account.service(&cluster, name).text().replacen(":service/", ":task-set/", 1);
    let seconds = |member: &str| asked["timeout"][member].as_u64().unwrap_or_default().to_string();
    Some(object!({
        "AWS_INSTANCE_IPV4": address(rooms, task)?,
        "AWS_INSTANCE_PORT": listens.to_string(),
        "AvailabilityZone": &*task.zone,
        "DeploymentId": format!("{set}/{}", task.request.started_by.as_deref()?),
        "IdleTimeoutInSeconds": seconds("idleTimeoutSeconds"),
        "PerRequestTimeoutInSeconds": seconds("perRequestTimeoutSeconds"),
    }))
}
