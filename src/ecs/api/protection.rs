//! UpdateTaskProtection, GetTaskProtection (6.12): tasks of services that no scale-in and no deployment stops for a while.

use super::{cluster_of, strings, task};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::{Cluster, Ecs, Owner, service};
use crate::event::{Cx, FactKind, HexId};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Longest protection, in minutes.
const LONGEST: i64 = 2880;
/// Protection that is asked for without a time, in minutes.
const USUAL: i64 = 120;

pub fn update(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let named = named(input, 1, 10)?;
    let minutes = input["expiresInMinutes"].as_i64().unwrap_or(USUAL);
    if !(1..=LONGEST).contains(&minutes) {
        let message = format!("expiresInMinutes should be between 1 and {LONGEST}.");
        return Err(ApiError::invalid(message).at("expiresInMinutes").in_our_words());
    }
    let until = (input["protectionEnabled"] == true).then(|| cx.now() + SimDuration::from_secs(minutes * 60));
    let account = cx.options().account.clone();
    let (mut protected, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        match protectable(ecs, &cluster, name).and_then(|found| may(ecs, found, until.is_some()).map(|()| found)) {
            Ok((id, owner)) => {
                write(ecs, cx, &cluster, (id, owner), until);
                protected.push(answer(&account, &cluster, id, until));
            }
            Err(reason) => failures.push(failure(&account, &cluster, name, reason)),
        }
    }
    Ok(object!({ "protectedTasks": protected, "failures": failures }))
}

/// Without tasks all protected ones of the cluster.
pub fn get(ecs: &Ecs, account: &Account, now: SimTime, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = named(input, 0, 100)?;
    let until = |id: HexId, owner: Owner| {
        let service = ecs.service_of(owner.service)?;
        service.protected.get(&id).copied().filter(|until| *until > now)
    };
    let (mut protected, mut failures) = (Vec::new(), Vec::new());
    if named.is_empty() {
        for own in ecs.services(cluster.id) {
            let held = own.protected.iter().filter(|(_, until)| **until > now);
            protected.extend(held.map(|(id, until)| answer(account, cluster, *id, Some(*until))));
        }
    }
    for name in named {
        match protectable(ecs, cluster, name) {
            Ok((id, owner)) => protected.push(answer(account, cluster, id, until(id, owner))),
            Err(reason) => failures.push(failure(account, cluster, name, reason)),
        }
    }
    Ok(object!({ "protectedTasks": protected, "failures": failures }))
}

fn named(input: &Value, least: usize, most: usize) -> Result<Vec<&str>, ApiError> {
    let named = strings(input, "tasks");
    if named.len() < least {
        return Err(ApiError::invalid("Tasks cannot be empty.").at("tasks"));
    }
    if named.len() > most {
        let message = format!("Tasks can have at most {most} items.");
        return Err(ApiError::invalid(message).at("tasks").in_our_words());
    }
    Ok(named)
}

/// A task that is to run and belongs to a service, or the reason of the failure.
fn protectable(ecs: &Ecs, cluster: &Cluster, named: &str) -> Result<(HexId, Owner), &'static str> {
    let found = task::find(ecs, cluster, named).ok_or("MISSING")?;
    let owner = found.request.owner.filter(|_| found.wanted()).ok_or("TASK_NOT_VALID")?;
    Ok((found.key.id, owner))
}

/// More protected tasks than are desired would hold a deployment up.
fn may(ecs: &Ecs, (id, owner): (HexId, Owner), protects: bool) -> Result<(), &'static str> {
    let Some(service) = ecs.service_of(owner.service) else { return Err("TASK_NOT_VALID") };
    let more = service.protected.keys().filter(|own| **own != id).count() as u32 + 1;
    match protects && service.deployments.len() > 1 && more > service.desired {
        true => Err("DEPLOYMENT_BLOCKED"),
        false => Ok(()),
    }
}

fn write(ecs: &mut Ecs, cx: &mut Cx<'_>, cluster: &Cluster, (id, owner): (HexId, Owner), until: Option<SimTime>) {
    let Some(service) = ecs.services.change(owner.service) else { return };
    let before = match until {
        Some(until) => service.protected.insert(id, until),
        None => service.protected.remove(&id),
    };
    if before != until {
        let until = until.map(|at| at.to_string());
        cx.emit(FactKind::TaskProtection { cluster: cluster.name.clone(), task: id.into(), until });
        service::touch(ecs, cx, owner.service);
    }
}

fn answer(account: &Account, cluster: &Cluster, id: HexId, until: Option<SimTime>) -> Value {
    let arn = account.task(&cluster.name, &id.to_string()).text();
    let mut value = object!({ "taskArn": arn, "protectionEnabled": until.is_some() });
    if let (Some(until), Some(map)) = (until, value.as_object_mut()) {
        map.insert(String::from("expirationDate"), Value::from(until.as_epoch_seconds()));
    }
    value
}

fn failure(account: &Account, cluster: &Cluster, named: &str, reason: &str) -> Value {
    let arn = account.task(&cluster.name, arn::short_name(named)).text();
    object!({ "arn": arn, "reason": reason })
}
