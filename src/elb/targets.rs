//! Registering targets, by hand and for services, and how they are.

use super::words::{self, invalid, joined, ours, text};
use super::{Elb, Finding, Target, TargetGroup, TargetState, health, probe};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ec2::{State, network};
use crate::event::{Cx, Ec2Id, Event, MachineId, TargetKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// Targets of one group (service quota of Application Load Balancers).
const MOST_TARGETS: usize = 1000;

/// A place that traffic can go to.
struct Place {
    id: String,
    host: Option<Ec2Id>,
    port: u16,
    zone: String,
}

/// RegisterTargets. Registering a target again changes nothing, or ends its draining.
pub fn register(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = &cx.options().account;
    let group = words::group(elb, account, input)?;
    let mut places = Vec::new();
    for (index, given) in listed(input)?.iter().enumerate() {
        let place = place(rooms, account, group, given).map_err(|error| {
            let path = alloc::format!("Targets[{index}].{}", error.path);
            error.at(path)
        })?;
        places.push(place);
    }
    let id = group.id;
    let new = places.iter().filter(|place| find(elb, id, &place.id, place.port).is_none()).count();
    if elb.targets(id).count() + new > MOST_TARGETS {
        let message = "You've reached the limit on the number of targets per target group: 1000";
        return Err(ApiError::new("TooManyTargets", message).at("Targets").in_our_words());
    }
    for place in places {
        let key = admit(elb, cx, id, place, None, None);
        if let Some(task) = elb.target(key).and_then(|own| probe::task_behind(&rooms.ecs, elb.vpc_of(key), own)) {
            health::bind(elb, key, Some(task));
        }
        // A task may come to any of these places later.
        cx.schedule(SimDuration::ZERO, Event::TasksWatched(None));
        health::refresh(elb, rooms, cx, key);
    }
    Ok(Value::Object(Map::new()))
}

/// A service registers its task.
pub fn register_task(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, group: u32, task: TaskKey, of: (u16, u16)) {
    let place = elb.group(group).and_then(|own| place_of(rooms, own, task, of));
    let Some(place) = place else { return cx.schedule(SimDuration::ZERO, Event::TargetHealth(task)) };
    let key = admit(elb, cx, group, place, Some(task), Some(of));
    cx.schedule(SimDuration::ZERO, Event::TasksWatched(Some(task)));
    health::refresh(elb, rooms, cx, key);
}

/// A service takes its task out.
pub fn deregister_task(elb: &mut Elb, cx: &mut Cx<'_>, group: u32, task: TaskKey, of: (u16, u16)) {
    let own = elb.keyed(group).find(|(_, own)| own.task == Some(task) && own.by_service == Some(of));
    match own.map(|(key, _)| key) {
        Some(key) => health::drain(elb, cx, key),
        None => cx.schedule(SimDuration::ZERO, Event::TargetHealth(task)),
    }
}

/// Where a task answers on a container's port: its own interface, or its host with the port bound there.
fn place_of(rooms: &Rooms, group: &TargetGroup, task: TaskKey, (container, port): (u16, u16)) -> Option<Place> {
    let task = rooms.ecs.task(task)?;
    if group.ip {
        let id = task.address.as_deref()?.to_string();
        return Some(Place { id, host: None, port, zone: task.zone.to_string() });
    }
    let machine = rooms.ecs.instance(task.host()?)?.machine;
    let binding = task.bindings.iter().find(|own| own.container == container && own.container_port == port)?;
    let host = if let MachineId::Ec2(id) = machine { Some(id) } else { None };
    // An instance of another VPC cannot be registered.
    if host.and_then(|id| rooms.ec2.get(id)).is_some_and(|own| own.vpc != group.vpc) {
        return None;
    }
    Some(Place { id: machine.to_string(), host, port: binding.host_port, zone: task.zone.to_string() })
}

fn find(elb: &Elb, group: u32, id: &str, port: u16) -> Option<TargetKey> {
    elb.keyed(group).find(|(_, own)| own.id == id && own.port == port).map(|(key, _)| key)
}

/// Puts a target in, or one that drains in again.
fn admit(
    elb: &mut Elb,
    cx: &mut Cx<'_>,
    group: u32,
    place: Place,
    task: Option<TaskKey>,
    mut by_service: Option<(u16, u16)>,
) -> TargetKey {
    let known = find(elb, group, &place.id, place.port);
    let key = known.unwrap_or_else(|| TargetKey { group, number: elb.next_number() });
    if let Some(own) = elb.targets.get_mut(&key).map(Rc::make_mut) {
        // What a service registered stays its own when somebody registers the same place.
        by_service = by_service.or(own.by_service);
        if own.state != TargetState::Draining && (task.is_none() || own.task == task) {
            own.by_service = by_service;
            return key;
        }
        health::remove(elb, cx, key);
    }
    let target = Target {
        id: place.id,
        host: place.host,
        port: place.port,
        zone: place.zone,
        task: None,
        by_service,
        state: TargetState::Unused,
        finding: Finding::NotInUse,
        probed: false,
        since: cx.now(),
        turned: cx.now(),
        drained: None,
        timer: 0,
    };
    elb.targets.insert(key, Rc::new(target));
    health::bind(elb, key, task);
    key
}

fn listed(input: &Value) -> Result<&Vec<Value>, ApiError> {
    let empty = || ours("At least one target must be specified").at("Targets");
    input["Targets"].as_array().filter(|list| !list.is_empty()).ok_or_else(empty)
}

/// The place that a TargetDescription names.
fn place(rooms: &Rooms, account: &Account, group: &TargetGroup, given: &Value) -> Result<Place, ApiError> {
    let id = text(given, "Id");
    let port = given["Port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(group.port);
    let zone = given["AvailabilityZone"].as_str();
    if !group.ip {
        let quoted = |message: &str| ApiError::new("InvalidTarget", joined(&[message, ": '", id, "'"])).at("Id");
        if !network::well_formed(id, "i-") {
            return Err(ours(joined(&["Instance ID '", id, "' is not valid"])).at("Id"));
        }
        if zone.is_some() {
            let message = "You cannot specify an Availability Zone for a target of type 'instance'";
            return Err(ours(message).at("AvailabilityZone"));
        }
        let host = id.parse().ok().and_then(|id| rooms.ec2.get(id));
        let Some(host) = host else { return Err(quoted("The following targets do not exist").in_our_words()) };
        if host.state != State::Running {
            return Err(quoted("The following targets are not in a running state and cannot be registered"));
        }
        if host.vpc != group.vpc {
            let message = joined(&["The following targets are not in the target group VPC '", &group.vpc, "'"]);
            return Err(quoted(&message));
        }
        return Ok(Place { id: id.to_string(), host: Some(host.id), port, zone: host.zone.clone() });
    }
    let Some(parts) = network::ipv4(id) else {
        return Err(ours(joined(&["The IP address '", id, "' is not a valid IPv4 address"])).at("Id"));
    };
    let in_vpc = rooms.ec2.network().zone_at(&group.vpc, &account.region, parts);
    let private = matches!(parts, [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..]);
    if in_vpc.is_none() && !private {
        let message = joined(&["The IP address '", id, "' is publicly routable and cannot be registered"]);
        return Err(ours(message).at("Id"));
    }
    let known = |zone: &str| zone == "all" || network::zones(&account.region).any(|own| own == zone);
    match (zone, in_vpc) {
        (Some(zone), _) if !known(zone) => {
            Err(ours(joined(&["The Availability Zone '", zone, "' is not valid"])).at("AvailabilityZone"))
        }
        (Some(zone), Some(own)) if zone != own => {
            let message = joined(&["The IP address '", id, "' is not in the Availability Zone '", zone, "'"]);
            Err(ours(message).at("AvailabilityZone"))
        }
        (_, Some(zone)) => Ok(Place { id: id.to_string(), host: None, port, zone }),
        (Some(zone), None) => Ok(Place { id: id.to_string(), host: None, port, zone: zone.to_string() }),
        (None, None) => {
            let message =
                joined(&["You must specify an Availability Zone for '", id, "', which is outside of the VPC"]);
            Err(ours(message).at("AvailabilityZone"))
        }
    }
}

/// The targets of a request, each by its key if it is registered: one without a port means all of its id.
fn named(elb: &Elb, group: &TargetGroup, input: &Value) -> Vec<(Vec<TargetKey>, Value)> {
    let given = input["Targets"].as_array().into_iter().flatten();
    given
        .map(|given| {
            let (id, port) = (text(given, "Id"), given["Port"].as_u64());
            let fits = |own: &Target| own.id == id && port.is_none_or(|port| port == u64::from(own.port));
            let keys = elb.keyed(group.id).filter(|(_, own)| fits(own)).map(|(key, _)| key).collect();
            (keys, given.clone())
        })
        .collect()
}

/// DeregisterTargets: what is not registered stays so.
pub fn deregister(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let group = words::group(elb, &cx.options().account, input)?;
    listed(input)?;
    for (keys, _) in named(elb, group, input) {
        for key in keys {
            health::drain(elb, cx, key);
        }
    }
    Ok(Value::Object(Map::new()))
}

/// DescribeTargetHealth: of all targets, or of those named, where one that is not registered is `unused`.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let group = words::group(elb, account, input)?;
    let port = |own: u16| group.check.port.unwrap_or(own).to_string();
    let one = |own: &Target| {
        let mut target = object!({ "Id": own.id.clone(), "Port": own.port });
        if let (true, Some(map)) = (group.ip, target.as_object_mut()) {
            map.insert("AvailabilityZone".to_string(), Value::from(own.zone.clone()));
        }
        let mut state = object!({ "State": own.state.name() });
        if let (Some((code, description)), Some(map)) = (own.reason(), state.as_object_mut()) {
            map.insert("Reason".to_string(), Value::from(code));
            map.insert("Description".to_string(), Value::from(description));
        }
        object!({ "Target": target, "HealthCheckPort": port(own.port), "TargetHealth": state })
    };
    let all: Vec<Value> = if input["Targets"].as_array().is_some_and(|list| !list.is_empty()) {
        let mut all = Vec::new();
        for (keys, given) in named(elb, group, input) {
            let id = text(&given, "Id");
            if !group.ip && !network::well_formed(id, "i-") || group.ip && network::ipv4(id).is_none() {
                return Err(invalid(joined(&["'", id, "' is not a valid target"])).at("Targets").in_our_words());
            }
            all.extend(keys.iter().filter_map(|key| elb.target(*key)).map(one));
            if keys.is_empty() {
                let own = given["Port"].as_u64().unwrap_or(group.port.into());
                all.push(object!({
                    "Target": object!({ "Id": id, "Port": own }),
                    "HealthCheckPort": port(own.try_into().unwrap_or_default()),
                    "TargetHealth": object!({
                        "State": "unused",
                        "Reason": "Target.NotRegistered",
                        "Description": "Target is not registered to the target group",
                    }),
                }));
            }
        }
        all
    } else {
        elb.targets(group.id).map(one).collect()
    };
    Ok(object!({ "TargetHealthDescriptions": all }))
}
