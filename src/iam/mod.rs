//! AWS IAM and STS: identities and their policies, and who may do what.
//!
//! The state changes by calls alone; nothing happens by itself. [`evaluate`] decides, pure; [`permit`] says what a call of
//! any service needs and refuses it in AWS's words; [`roles`] answers for the roles that ECS and its agents act in.
//! Sources: IAM user guide (policy evaluation logic, elements), IAM API reference, read 2026-11-20.

mod attach;
mod condition;
mod customer;
mod entity;
pub mod evaluate;
mod keys;
pub mod managed;
mod needs;
mod permit;
pub mod policy;
mod roles;
mod simulate;
mod state;

pub use condition::Context;
pub use evaluate::{Decider, Policies, Principal, Question, Verdict};
pub use needs::{Need, needs};
pub use permit::{Asked, permit, verdicts};
pub use policy::like;
pub use roles::{RoleState, is_foreign, role_state, role_state_for};
pub use state::{Document, EXECUTION_ROLE, Entity, INSTANCE_ROLE, Iam, Key, Kind, LEARNER, Managed, SERVICE_ROLE};

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::page::page;
use crate::event::{Cx, Event, FactKind};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// Who calls, when, in which account: what the calls here need to know beside their input.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// As whom, `user/NAME` or `assumed-role/ROLE/SESSION`.
    pub caller: &'a str,
    /// Whose resources.
    pub account: &'a Account,
    /// The simulated clock.
    pub now: SimTime,
}

/// A call of IAM or STS that changes something.
#[inline(never)]
pub fn call(iam: &mut Iam, cx: &mut Cx<'_>, caller: &str, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let scene = Scene { caller, account: &account, now: cx.now() };
    let answer = match operation {
        "CreateAccessKey" => keys::create(iam, cx, scene, input),
        "UpdateAccessKey" => keys::update(iam, scene, input),
        "DeleteAccessKey" => keys::delete(iam, scene, input),
        "AssumeRole" => keys::assume_role(iam, cx, scene, input),
        "CreatePolicy" => customer::create(iam, cx, scene, input),
        "CreatePolicyVersion" => customer::create_version(iam, scene, input),
        "DeletePolicy" => customer::delete(iam, scene, input),
        "DeletePolicyVersion" => customer::delete_version(iam, scene, input),
        "SetDefaultPolicyVersion" => customer::set_default(iam, scene, input),
        "CreateServiceLinkedRole" => entity::create_service_linked(iam, cx, scene, input),
        "UpdateAssumeRolePolicy" => attach::update_trust(iam, input),
        "AddRoleToInstanceProfile" => attach::add_role(iam, input),
        "RemoveRoleFromInstanceProfile" => attach::remove_role(iam, input),
        "AddUserToGroup" => attach::add_user(iam, input),
        "RemoveUserFromGroup" => attach::remove_user(iam, input),
        _ => {
            if let Some(kind) = about(operation, "Attach", "Policy") {
                attach::attach(iam, scene, kind, input)
            } else if let Some(kind) = about(operation, "Detach", "Policy") {
                attach::detach(iam, kind, input)
            } else if let Some(kind) = about(operation, "Put", "PermissionsBoundary") {
                attach::put_boundary(iam, scene, kind, input)
            } else if let Some(kind) = about(operation, "Delete", "PermissionsBoundary") {
                attach::delete_boundary(iam, kind, input)
            } else if let Some(kind) = about(operation, "Put", "Policy") {
                attach::put_inline(iam, kind, input)
            } else if let Some(kind) = about(operation, "Delete", "Policy") {
                attach::delete_inline(iam, kind, input)
            } else if let Some(kind) = about(operation, "Create", "") {
                entity::create(iam, cx, scene, kind, input)
            } else if let Some(kind) = about(operation, "Delete", "") {
                entity::delete(iam, kind, input)
            } else {
                Err(ApiError::not_simulated(operation))
            }
        }
    }?;
    iam.changed = true;
    cx.emit(FactKind::Iam { operation: operation.to_string(), subject: subject(input) });
    // Agents that were refused try again, and those that lost a permission notice.
    cx.schedule(SimDuration::ZERO, Event::PermissionsChanged);
    Ok(answer)
}

/// A call of IAM or STS that only looks.
#[inline(never)]
pub fn read(iam: &Iam, scene: Scene<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetCallerIdentity" => keys::identity(iam, scene),
        "ListAccessKeys" => keys::list(iam, scene, input),
        "GetPolicy" => customer::get(iam, scene, input),
        "GetPolicyVersion" => customer::get_version(iam, scene, input),
        "ListPolicies" => customer::list(iam, scene, input),
        "ListPolicyVersions" => customer::list_versions(iam, scene, input),
        "ListGroupsForUser" => attach::groups_of(iam, scene, input),
        "ListInstanceProfilesForRole" => entity::profiles_of(iam, scene, input),
        "SimulatePrincipalPolicy" => simulate::simulate(iam, scene, input),
        _ => {
            if let Some(kind) = about(operation, "ListAttached", "Policies") {
                attach::list_attached(iam, kind, input)
            } else if let Some(kind) = about(operation, "List", "Policies") {
                attach::list_inline(iam, kind, input)
            } else if let Some(kind) = about(operation, "Get", "Policy") {
                attach::get_inline(iam, kind, input)
            } else if let Some(kind) = about(operation, "List", "s") {
                entity::list(iam, scene, kind, input)
            } else if let Some(kind) = about(operation, "Get", "") {
                entity::get(iam, scene, kind, input)
            } else {
                Err(ApiError::not_simulated(operation))
            }
        }
    }
}

/// The kind that an operation is about: `AttachRolePolicy` about roles.
fn about(operation: &str, verb: &str, suffix: &str) -> Option<Kind> {
    let word = operation.strip_prefix(verb)?.strip_suffix(suffix)?;
    Kind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// What a call is about, for the record of what happened: the first name or ARN of its input.
fn subject(input: &Value) -> String {
    let named = ["UserName", "RoleName", "InstanceProfileName", "GroupName", "PolicyName", "PolicyArn", "RoleArn"];
    let found = named.iter().find_map(|member| input[*member].as_str()).or(input["AWSServiceName"].as_str());
    found.unwrap_or_default().to_string()
}

/// The name that the input gives for a kind.
fn name_of(kind: Kind, input: &Value) -> &str {
    input[format!("{}Name", kind.word())].as_str().unwrap_or_default()
}

/// One page of a list, as IAM pages: `Marker`, `MaxItems`, `IsTruncated`.
fn listing(items: Vec<Value>, input: &Value, member: &str) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "Marker" && name != "MaxItems");
    }
    let size = input["MaxItems"].as_i64().unwrap_or(100);
    let page = page(&format!("{member}{filters}"), items, input["Marker"].as_str(), Some(size), 1000);
    let (items, next) = page.map_err(|error| ApiError::new("ValidationError", error.message).in_our_words())?;
    let mut answer = Map::new();
    answer.insert(member.to_string(), Value::Array(items));
    answer.insert("IsTruncated".to_string(), Value::Bool(next.is_some()));
    if let Some(next) = next {
        answer.insert("Marker".to_string(), Value::String(next));
    }
    Ok(Value::Object(answer))
}

/// An answer without members.
fn nothing() -> Value {
    Value::Object(Map::new())
}

/// A document as IAM answers it: with everything escaped but unreserved signs (RFC 3986).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
