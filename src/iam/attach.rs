//! What hangs on an entity: managed and inline policies, a permissions boundary, the trust policy, groups, the role of an
//! instance profile.

use super::entity::{change, described, modifiable};
use super::policy::Use;
use super::state::{Document, Iam, Kind, no_such_entity};
use super::{Scene, escaped, listing, name_of, nothing};
use crate::aws::object::object;
use crate::aws::{ApiError, arn};
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Managed policies that an entity can have.
const MOST_ATTACHED: usize = 10;

/// AttachRolePolicy and the like; a policy that is attached already stays so.
pub fn attach(iam: &mut Iam, scene: Scene<'_>, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let policy = attachable(iam, scene, &input["PolicyArn"], "Policy")?;
    let own = changeable(iam, kind, input)?;
    if own.attached.contains(&policy) {
        return Ok(nothing());
    }
    if own.attached.len() >= MOST_ATTACHED {
        let message = format!("Cannot exceed quota for PoliciesPer{}: {MOST_ATTACHED}", kind.word());
        return Err(ApiError::new("LimitExceeded", message));
    }
    own.attached.push(policy);
    Ok(nothing())
}

/// DetachRolePolicy and the like.
pub fn detach(iam: &mut Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let own = changeable(iam, kind, input)?;
    let policy = input["PolicyArn"].as_str().unwrap_or_default();
    let place = own.attached.iter().position(|own| own == policy);
    let place = place.ok_or_else(|| no_such_entity(format!("Policy {policy} was not found.")))?;
    own.attached.remove(place);
    Ok(nothing())
}

/// ListAttachedRolePolicies and the like.
pub fn list_attached(iam: &Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let own = iam.get(kind, name_of(kind, input)).ok_or_else(|| kind.missing(name_of(kind, input)))?;
    let prefix = input["PathPrefix"].as_str().unwrap_or("/");
    let in_path = |arn: &&String| arn.split_once(":policy").is_some_and(|(_, path)| path.starts_with(prefix));
    let shown = |arn: &String| object!({ "PolicyName": arn::short_name(arn), "PolicyArn": arn.as_str() });
    listing(own.attached.iter().filter(in_path).map(shown).collect(), input, "AttachedPolicies")
}

/// PutRolePermissionsBoundary, PutUserPermissionsBoundary.
pub fn put_boundary(iam: &mut Iam, scene: Scene<'_>, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let policy = attachable(iam, scene, &input["PermissionsBoundary"], "Scope ARN:")?;
    changeable(iam, kind, input)?.boundary = Some(policy);
    Ok(nothing())
}

/// DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary.
pub fn delete_boundary(iam: &mut Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let name = name_of(kind, input).to_string();
    let had = changeable(iam, kind, input)?.boundary.take();
    let missing =
        || no_such_entity(format!("The {} {name} has no permissions boundary.", kind.in_arn())).in_our_words();
    had.map(|_| nothing()).ok_or_else(missing)
}

/// PutRolePolicy and the like.
pub fn put_inline(iam: &mut Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let document = Document::read(input["PolicyDocument"].as_str().unwrap_or_default(), Use::Identity)?;
    let most = match kind {
        Kind::User => 2048,
        Kind::Group => 5120,
        _ => 10_240,
    };
    let own = changeable(iam, kind, input)?;
    let policy = input["PolicyName"].as_str().unwrap_or_default();
    // White space does not count.
    let size = |text: &str| text.chars().filter(|sign| !sign.is_whitespace()).count();
    let others = own.inline.iter().filter(|(name, _)| *name != policy).map(|(_, own)| size(&own.text));
    if others.sum::<usize>() + size(&document.text) > most {
        let message = format!("Maximum policy size of {most} bytes exceeded for {} {}", kind.in_arn(), own.name);
        return Err(ApiError::new("LimitExceeded", message));
    }
    own.inline.insert(policy.to_string(), document);
    Ok(nothing())
}

/// DeleteRolePolicy and the like.
pub fn delete_inline(iam: &mut Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let policy = input["PolicyName"].as_str().unwrap_or_default();
    let had = changeable(iam, kind, input)?.inline.remove(policy);
    had.map(|_| nothing()).ok_or_else(|| no_inline(kind, policy))
}

/// GetRolePolicy and the like.
pub fn get_inline(iam: &Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let (name, policy) = (name_of(kind, input), input["PolicyName"].as_str().unwrap_or_default());
    let own = iam.get(kind, name).ok_or_else(|| kind.missing(name))?;
    let document = own.inline.get(policy).ok_or_else(|| no_inline(kind, policy))?;
    let member = format!("{}Name", kind.word());
    Ok(crate::aws::object::of(alloc::vec![
        (member.as_str(), Value::from(name)),
        ("PolicyName", Value::from(policy)),
        ("PolicyDocument", Value::from(escaped(&document.text))),
    ]))
}

/// ListRolePolicies and the like.
pub fn list_inline(iam: &Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let own = iam.get(kind, name_of(kind, input)).ok_or_else(|| kind.missing(name_of(kind, input)))?;
    listing(own.inline.keys().map(|name| Value::from(name.as_str())).collect(), input, "PolicyNames")
}

/// UpdateAssumeRolePolicy.
pub fn update_trust(iam: &mut Iam, input: &Value) -> Result<Value, ApiError> {
    let document = Document::read(input["PolicyDocument"].as_str().unwrap_or_default(), Use::Trust)?;
    changeable(iam, Kind::Role, input)?.trust = Some(document);
    Ok(nothing())
}

/// AddRoleToInstanceProfile: a profile holds one role.
pub fn add_role(iam: &mut Iam, input: &Value) -> Result<Value, ApiError> {
    let role = name_of(Kind::Role, input);
    iam.get(Kind::Role, role).ok_or_else(|| Kind::Role.missing(role))?;
    let profile = changeable(iam, Kind::InstanceProfile, input)?;
    if !profile.members.is_empty() {
        return Err(ApiError::new("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"));
    }
    profile.members.push(role.to_string());
    Ok(nothing())
}

/// RemoveRoleFromInstanceProfile.
pub fn remove_role(iam: &mut Iam, input: &Value) -> Result<Value, ApiError> {
    let role = name_of(Kind::Role, input);
    let profile = changeable(iam, Kind::InstanceProfile, input)?;
    let place = profile.members.iter().position(|own| own == role).ok_or_else(|| Kind::Role.missing(role))?;
    profile.members.remove(place);
    Ok(nothing())
}

/// AddUserToGroup.
pub fn add_user(iam: &mut Iam, input: &Value) -> Result<Value, ApiError> {
    let group = name_of(Kind::Group, input);
    iam.get(Kind::Group, group).ok_or_else(|| Kind::Group.missing(group))?;
    let user = changeable(iam, Kind::User, input)?;
    if !user.members.iter().any(|own| own == group) {
        user.members.push(group.to_string());
    }
    Ok(nothing())
}

/// RemoveUserFromGroup.
pub fn remove_user(iam: &mut Iam, input: &Value) -> Result<Value, ApiError> {
    let group = name_of(Kind::Group, input);
    iam.get(Kind::Group, group).ok_or_else(|| Kind::Group.missing(group))?;
    changeable(iam, Kind::User, input)?.members.retain(|own| own != group);
    Ok(nothing())
}

/// ListGroupsForUser.
pub fn groups_of(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = name_of(Kind::User, input);
    let user = iam.get(Kind::User, name).ok_or_else(|| Kind::User.missing(name))?;
    let groups = user.members.iter().filter_map(|group| iam.get(Kind::Group, group));
    listing(groups.map(|group| described(iam, scene, group)).collect(), input, "Groups")
}

/// The entity that a change is about. Errors: there is none; only AWS may change it.
fn changeable<'a>(iam: &'a mut Iam, kind: Kind, input: &Value) -> Result<&'a mut super::Entity, ApiError> {
    let own = change(iam, kind, name_of(kind, input))?;
    modifiable(own)?;
    Ok(own)
}

/// The ARN of a policy that is there, of AWS or of the account.
fn attachable(iam: &Iam, scene: Scene<'_>, arn: &Value, what: &str) -> Result<String, ApiError> {
    let arn = arn.as_str().unwrap_or_default();
    if !arn.starts_with("arn:") {
        return Err(ApiError::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    let own = || iam.policies().any(|own| own.arn(scene.account) == arn);
    let there = super::managed::find(arn).is_some() || own();
    if let Some(refusal) = super::managed::left_out(arn) {
        return Err(refusal.at("PolicyArn"));
    }
    there
        .then(|| arn.to_string())
        .ok_or_else(|| no_such_entity(format!("{what} {arn} does not exist or is not attachable.")))
}

fn no_inline(kind: Kind, policy: &str) -> ApiError {
    no_such_entity(format!("The {} policy with name {policy} cannot be found.", kind.in_arn()))
}
