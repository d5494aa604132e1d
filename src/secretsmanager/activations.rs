//! Hybrid activations: with the id and the code of one, machines outside of AWS become managed instances, in its role.
//!
//! ```text
//! CreateActivation → activation ─`lab external`→ managed instance mi-… → DeregisterManagedInstance
//! ```
//!
//! Sources: Systems Manager user guide (hybrid activations) and API reference, read 2026-11-22.

use super::{SecretsManager, seconds, text};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::aws::wire::time;
use crate::event::{Cx, HexId};
use crate::iam::{Iam, RoleState, role_state};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How long an activation holds whose request says nothing.
const LIFETIME: SimDuration = SimDuration::from_secs(24 * 3600);

/// How long one can hold.
const LONGEST: SimDuration = SimDuration::from_secs(30 * 24 * 3600);

/// An activation.
#[derive(Clone, Debug)]
pub(super) struct Activation {
    code: String,
    /// The request.
    given: Value,
    limit: u64,
    created: SimTime,
    expires: SimTime,
    /// How many machines it let in.
    count: u64,
}

/// A machine that an activation let in.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    activation: String,
    role: String,
    name: Value,
    registered: SimTime,
}

fn ours(code: &'static str, message: String, path: &str) -> ApiError {
    ApiError::new(code, message).at(path).in_our_words()
}

/// CreateActivation.
///
/// Errors: a role that is not there or that Systems Manager may not assume, an end that is over or too far away.
pub(super) fn create(
    room: &mut SecretsManager,
    iam: &Iam,
    cx: &mut Cx<'_>,
    input: &Value,
) -> Result<(String, Value), ApiError> {
    let (role, now) = (text(input, "IamRole"), cx.now());
    let account = &cx.options().account;
    if role_state(iam, account, role, "ssm.amazonaws.com") != RoleState::Assumable {
        let arn = account.principal(&format!("role/{role}"));
        let message = format!("Nonexistent role or missing ssm service principal in trust policy: {arn}");
        return Err(ApiError::new("ValidationException", message).at("IamRole"));
    }
    let expires = time(&input["ExpirationDate"]).unwrap_or(now + LIFETIME);
    if expires <= now || expires > now + LONGEST {
        let message = "The expiration date lies in the future, at most 30 days from now.".to_string();
        return Err(ours("InvalidParameters", message, "ExpirationDate"));
    }
    let id = HexId::new(cx.draw_wide("activation-id")).uuid();
    let code: String = HexId::new(cx.draw_wide("activation-code")).to_string().chars().take(20).collect();
    let limit = input["RegistrationLimit"].as_u64().unwrap_or(1);
    let made = Activation { code: code.clone(), given: input.clone(), limit, created: now, expires, count: 0 };
    room.activations.insert(id.clone(), Rc::new(made));
    let answer = object!({ "ActivationId": id.as_str(), "ActivationCode": code });
    Ok((id, answer))
}

/// DeleteActivation; the machines that it let in stay.
pub(super) fn delete(room: &mut SecretsManager, input: &Value) -> Result<(String, Value), ApiError> {
    let id = text(input, "ActivationId").to_string();
    match room.activations.remove(id.as_str()) {
        Some(_) => Ok((id, object!({}))),
        None => Err(ours("InvalidActivation", format!("There is no activation {id}."), "ActivationId")),
    }
}

/// DeregisterManagedInstance.
pub(super) fn deregister(room: &mut SecretsManager, input: &Value) -> Result<(String, Value), ApiError> {
    let id = text(input, "InstanceId").to_string();
    match room.managed.remove(id.as_str()) {
        Some(_) => Ok((id, object!({}))),
        None => Err(ours("InvalidInstanceId", format!("There is no managed instance {id}."), "InstanceId")),
    }
}

/// Whether an activation lets a machine in, by `activationId` and `activationCode` of the request; without them nobody asks.
///
/// Errors: what the machine's agent would log.
pub(super) fn admits(room: &SecretsManager, now: SimTime, input: &Value) -> Result<(), ApiError> {
    let (id, code) = (text(input, "activationId"), text(input, "activationCode"));
    if id.is_empty() && code.is_empty() {
        return Ok(());
    }
    let own = room.activations.get(id).filter(|own| own.code == code);
    let why = match own {
        None => "there is no activation with that id and code",
        Some(own) if own.expires <= now => "the activation has expired",
        Some(own) if own.count >= own.limit => "the activation has let in as many machines as it may",
        Some(_) => return Ok(()),
    };
    Err(ours("InvalidActivation", format!("The machine does not register: {why}."), "activationId"))
}

/// A machine has registered by the activation of the request.
pub(super) fn registered(room: &mut SecretsManager, now: SimTime, input: &Value, instance: &str) {
    let activation = text(input, "activationId").to_string();
    let Some(own) = room.activations.get_mut(activation.as_str()).map(Rc::make_mut) else { return };
    own.count += 1;
    let (role, name) = (text(&own.given, "IamRole").to_string(), own.given["DefaultInstanceName"].clone());
    let made = Managed { activation, role, name, registered: now };
    room.managed.insert(instance.to_string(), Rc::new(made));
}

/// DescribeActivations, DescribeInstanceInformation.
pub(super) fn read(room: &SecretsManager, now: SimTime, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let (list, items): (_, Vec<Value>) = match operation {
        "DescribeActivations" => {
            let all = room.activations.iter().map(|(id, own)| described(id, own, now));
            ("ActivationList", all.filter(|own| fits(own, &input["Filters"])).collect())
        }
        _ => ("InstanceInformationList", room.managed.iter().map(|(id, own)| information(id, own, now)).collect()),
    };
    let scope = format!("{operation} {}", input["Filters"]);
    let (items, next) = page(&scope, items, input["NextToken"].as_str(), input["MaxResults"].as_i64(), 50)
        .map_err(|_| ApiError::new("InvalidNextToken", "The specified token isn't valid."))?;
    let mut answer = crate::aws::object::of(alloc::vec![(list, Value::from(items))]);
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn fits(shown: &Value, filters: &Value) -> bool {
    filters.as_array().into_iter().flatten().all(|filter| {
        let member = match text(filter, "FilterKey") {
            "ActivationIds" => "ActivationId",
            other => other,
        };
        filter["FilterValues"].as_array().into_iter().flatten().any(|value| *value == shown[member])
    })
}

fn described(id: &str, own: &Activation, now: SimTime) -> Value {
    let mut shown = object!({
        "ActivationId": id,
        "IamRole": own.given["IamRole"].clone(),
        "RegistrationLimit": own.limit,
        "RegistrationsCount": own.count,
        "ExpirationDate": seconds(own.expires),
        "Expired": own.expires <= now,
        "CreatedDate": seconds(own.created),
    });
    for member in ["Description", "DefaultInstanceName", "Tags"] {
        if !own.given[member].is_null() {
            shown[member] = own.given[member].clone();
        }
    }
    shown
}

fn information(id: &str, own: &Managed, now: SimTime) -> Value {
    let mut shown = object!({
        "InstanceId": id,
        "PingStatus": "Online",
        "LastPingDateTime": seconds(now),
        "PlatformType": "Linux",
        "ActivationId": own.activation.as_str(),
        "IamRole": own.role.as_str(),
        "RegistrationDate": seconds(own.registered),
        "ResourceType": "ManagedInstance",
    });
    if !own.name.is_null() {
        shown["Name"] = own.name.clone();
    }
    shown
}
