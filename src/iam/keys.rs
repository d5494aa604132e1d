//! Access keys, and what STS gives: who asks, and the credentials of a session.

use super::entity::{letters, new_id};
use super::evaluate::{Named, decide};
use super::policy::Use;
use super::state::{Document, Iam, Key, Kind, invalid_token, no_such_entity};
use super::{Question, Scene, listing, nothing, permit};
use crate::aws::object::object;
use crate::aws::{ApiError, arn};
use crate::event::Cx;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Access keys that a user can have.
const MOST_KEYS: usize = 2;
/// The signs of secrets.
const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The user that a call is about: the one named, else the caller.
fn user<'a>(iam: &'a Iam, scene: Scene<'_>, input: &Value) -> Result<&'a str, ApiError> {
    let name = match input["UserName"].as_str() {
        Some(name) => name,
        None => scene.caller.strip_prefix("user/").ok_or_else(|| {
            ApiError::new("ValidationError", "Must specify userName when calling with non-User credentials")
        })?,
    };
    Ok(iam.get(Kind::User, name).ok_or_else(|| Kind::User.missing(name))?.name.as_str())
}

/// CreateAccessKey: the secret is shown this once.
pub fn create(iam: &mut Iam, cx: &mut Cx<'_>, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = user(iam, scene, input)?.to_string();
    let caller = format!("user/{name}");
    if iam.keys.values().filter(|key| key.caller == caller).count() >= MOST_KEYS {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
        return Err(ApiError::new("LimitExceeded", message));
    }
    let (id, secret) = (new_id(cx, "AKIA", 16), secret(cx, 40));
    let key = Key { caller, secret: secret.clone(), active: true, created: scene.now, expires: None };
    iam.keys.insert(id.clone(), key);
    Ok(object!({ "AccessKey": object!({
        "UserName": name,
        "AccessKeyId": id,
        "Status": "Active",
        "SecretAccessKey": secret,
        "CreateDate": scene.now.as_epoch_seconds(),
    }) }))
}

fn secret(cx: &mut Cx<'_>, length: usize) -> String {
    let mut out = String::new();
    while out.len() < length {
        let number = cx.draw_wide("iam-secret");
        out += &letters("", number, (length - out.len()).min(20), SIGNS);
    }
    out
}

/// UpdateAccessKey: Active or Inactive.
pub fn update(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = own_key(iam, scene, input)?;
    if let Some(key) = iam.keys.get_mut(&id) {
        key.active = input["Status"] == "Active";
    }
    Ok(nothing())
}

/// DeleteAccessKey.
pub fn delete(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let id = own_key(iam, scene, input)?;
    iam.keys.remove(&id);
    iam.lost_keys.insert(id);
    Ok(nothing())
}

fn own_key(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<String, ApiError> {
    let caller = format!("user/{}", user(iam, scene, input)?);
    let id = input["AccessKeyId"].as_str().unwrap_or_default();
    let there = iam.keys.get(id).is_some_and(|key| key.caller == caller);
    let missing = || no_such_entity(format!("The Access Key with id {id} cannot be found."));
    there.then(|| id.to_string()).ok_or_else(missing)
}

/// ListAccessKeys.
pub fn list(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = user(iam, scene, input)?;
    let owned = iam.keys.iter().filter(|(_, key)| key.caller.strip_prefix("user/") == Some(name));
    let shown = |(id, key): (&String, &Key)| {
        object!({
            "UserName": name,
            "AccessKeyId": id.as_str(),
            "Status": if key.active { "Active" } else { "Inactive" },
            "CreateDate": key.created.as_epoch_seconds(),
        })
    };
    listing(owned.map(shown).collect::<Vec<_>>(), input, "AccessKeyMetadata")
}

/// GetCallerIdentity; nobody needs a permission for it.
pub fn identity(iam: &Iam, scene: Scene<'_>) -> Result<Value, ApiError> {
    let mut parts = scene.caller.splitn(3, '/');
    let (kind, name, session) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
    let kind = if kind == Some("user") { Kind::User } else { Kind::Role };
    let principal = iam.principal(scene.account, scene.caller);
    let (Some(principal), Some(own)) = (principal, iam.get(kind, name)) else {
        return Err(invalid_token("sts"));
    };
    let id = session.map_or_else(|| own.id.clone(), |session| format!("{}:{session}", own.id));
    Ok(object!({ "UserId": id, "Account": scene.account.id.as_str(), "Arn": principal.arn }))
}

/// AssumeRole: the trust policy of the role has to let the caller in (4.1).
pub fn assume_role(iam: &mut Iam, cx: &mut Cx<'_>, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let named = input["RoleArn"].as_str().unwrap_or_default();
    let session = input["RoleSessionName"].as_str().unwrap_or_default();
    let role = iam.get(Kind::Role, arn::short_name(named)).filter(|own| own.arn(scene.account) == named);
    let context = permit::context(iam, scene, scene.caller);
    let principal = iam.principal(scene.account, scene.caller).unwrap_or_default();
    let question = Question { principal: &principal, action: "sts:AssumeRole", resource: named, context: &context };
    let mut policies = iam.policies_of(scene.caller);
    policies.trust =
        role.and_then(|own| own.trust.as_ref()).map(|own| Named { name: "trust policy", policy: &own.policy });
    let verdict = decide(&policies, &question);
    let Some(role) = role.filter(|_| verdict.allowed) else {
        // A role that is not there is told from one that is closed by nobody but its owner.
        let because = if role.is_some() { format!(" {}", verdict.because("sts:AssumeRole")) } else { String::new() };
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {named}{because}",
            principal.arn
        );
        return Err(ApiError::new("AccessDenied", message));
    };
    let seconds = input["DurationSeconds"].as_i64().unwrap_or(3600);
    if seconds > role.extra["MaxSessionDuration"].as_i64().unwrap_or(3600) {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(ApiError::new("ValidationError", message));
    }
    if principal.role.is_some() && seconds > 3600 {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(ApiError::new("ValidationError", message));
    }
    let policy = input["Policy"].as_str().map(|text| Document::read(text, Use::Identity)).transpose()?;
    let (name, id) = (role.name.clone(), role.id.clone());
    let caller = format!("assumed-role/{name}/{session}");
    let expires = scene.now + SimDuration::from_secs(seconds);
    let key = new_id(cx, "ASIA", 16);
    iam.sessions.insert(format!("{name}/{session}"), policy);
    let arn = iam.principal(scene.account, &caller).unwrap_or_default().arn;
    let own = secret(cx, 40);
    let made = Key { caller, secret: own.clone(), active: true, created: scene.now, expires: Some(expires) };
    iam.keys.insert(key.clone(), made);
    Ok(object!({
        "Credentials": object!({
            "AccessKeyId": key,
            "SecretAccessKey": own,
            "SessionToken": secret(cx, 200),
            "Expiration": expires.as_epoch_seconds(),
        }),
        "AssumedRoleUser": object!({ "AssumedRoleId": format!("{id}:{session}"), "Arn": arn }),
    }))
}
