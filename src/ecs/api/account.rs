//! PutAccountSetting, PutAccountSettingDefault, ListAccountSettings. Of all settings only `awsvpcTrunking` changes what
//! the lab does, at the registration of an instance (EN-03, EN-04); the others are kept and listed.

use super::page_of_values;
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ecs::Ecs;
use crate::event::{Cx, FactKind};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The default for all principals is the root user's setting.
const ROOT: &str = "root";
/// Who calls (design.md section 8).
pub const CALLER: &str = "user/learner";
/// The one setting that AWS keeps to itself; its `type` is `aws_managed`.
const MANAGED: &str = "guardDutyActivate";

const SWITCH: &[&str] = &["disabled", "enabled"];
const LONG: &[&str] = &["enabled", "disabled"];

/// Name → the values that it takes, the one that it has in a new account first ([DG:ecs-account-settings], LG-07).
const SETTINGS: &[(&str, &[&str])] = &[
    ("awsvpcTrunking", SWITCH),
    ("containerInsights", &["disabled", "enabled", "enhanced"]),
    ("containerInstanceLongArnFormat", LONG),
    ("defaultLogDriverMode", &["non-blocking", "blocking"]),
    ("fargateEventWindows", SWITCH),
    ("fargateFIPSMode", SWITCH),
    ("fargateTaskRetirementWaitPeriod", &["7", "0", "14"]),
    (MANAGED, &["off", "on"]),
    ("serviceLongArnFormat", LONG),
    ("tagResourceAuthorization", &["on", "off"]),
    ("taskLongArnFormat", LONG),
];

/// Sets it for the principal named, else for the caller alone. AWS lets only the root user and the principal itself name
/// one; the lab's caller may name any (`UNDOC→`: it has no session of its own for an instance role).
pub fn put(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let principal = principal_of(&cx.options().account, input)?;
    set(ecs, cx, input, principal)
}

/// Sets it for every principal that has none of its own.
pub fn put_default(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let root = cx.options().account.principal(ROOT);
    set(ecs, cx, input, root)
}

/// Takes a principal's own setting away; what the answer shows is what holds from then on.
pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let principal = principal_of(&account, input)?;
    let (name, _) = settable(input)?;
    let had = ecs.settings.remove(&(principal.clone(), name)).is_some();
    let default = account.principal(ROOT);
    let value = own(ecs, &default, name).or_else(|| of_aws(name)).unwrap_or_default();
    let setting = description(name, value, &principal);
    if had {
        cx.emit(FactKind::AccountSetting { principal, name, value });
    }
    Ok(object!({ "setting": setting }))
}

pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let principal = principal_of(account, input)?;
    let (name, value) = (input["name"].as_str(), input["value"].as_str());
    if value.is_some() && name.is_none() {
        let message = "You must specify an account setting name to filter by value.";
        return Err(ApiError::invalid(message).at("value").in_our_words());
    }
    let mut found = Vec::new();
    for (known, _) in SETTINGS.iter().filter(|(known, _)| name.is_none_or(|name| name == *known)) {
        let (owner, held) = match (own(ecs, &principal, known), input["effectiveSettings"] == true) {
            (Some(held), _) => (principal.clone(), held),
            (None, true) => (account.principal(ROOT), effective(ecs, account, ROOT, known)),
            (None, false) => continue,
        };
        if value.is_none_or(|value| value == held) {
            found.push(description(known, held, &owner));
        }
    }
    page_of_values(found, input, "settings", 10)
}

/// The value that holds for a principal, such as `role/NAME`: its own, else the default of the account, else AWS's.
pub fn effective(ecs: &Ecs, account: &Account, principal: &str, name: &str) -> &'static str {
    [principal, ROOT]
        .iter()
        .find_map(|who| own(ecs, &account.principal(who), name))
        .or_else(|| of_aws(name))
        .unwrap_or_default()
}

/// The values that a setting takes.
pub fn values(name: &str) -> &'static [&'static str] {
    SETTINGS.iter().find(|(known, _)| *known == name).map(|(_, values)| *values).unwrap_or_default()
}

fn of_aws(name: &str) -> Option<&'static str> {
    values(name).first().copied()
}

fn own(ecs: &Ecs, principal: &str, name: &str) -> Option<&'static str> {
    let held = ecs.settings.iter().find(|((who, known), _)| who == principal && *known == name);
    held.map(|(_, value)| *value)
}

fn principal_of(account: &Account, input: &Value) -> Result<String, ApiError> {
    let Some(named) = input["principalArn"].as_str() else { return Ok(account.principal(CALLER)) };
    let known = [ROOT, "user/", "role/"].iter().any(|kind| named.starts_with(&account.principal(kind)));
    if known {
        return Ok(named.to_string());
    }
    let message = format!("'{named}' is no user, role or root user of the account.");
    Err(ApiError::invalid(message).at("principalArn").in_our_words())
}

fn set(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value, principal: String) -> Result<Value, ApiError> {
    let asked = &input["value"];
    let (name, values) = settable(input)?;
    let value = values.iter().find(|value| asked == *value).ok_or_else(|| {
        let message = format!("The value {asked} is not valid for {name}. Valid values: {}", values.join(", "));
        ApiError::invalid(message).at("value").in_our_words()
    })?;
    ecs.settings.insert((principal.clone(), name), value);
    let setting = description(name, value, &principal);
    cx.emit(FactKind::AccountSetting { principal, name, value });
    Ok(object!({ "setting": setting }))
}

/// The setting that the request names, with its values.
fn settable(input: &Value) -> Result<&'static (&'static str, &'static [&'static str]), ApiError> {
    let name = &input["name"];
    SETTINGS.iter().find(|(known, _)| name == known && *known != MANAGED).ok_or_else(|| {
        let message = format!("The account setting {name} is managed by AWS.");
        ApiError::invalid(message).at("name").in_our_words()
    })
}

fn description(name: &str, value: &str, principal: &str) -> Value {
    let kind = if name == MANAGED { "aws_managed" } else { "user" };
    object!({ "name": name, "value": value, "principalArn": principal, "type": kind })
}
