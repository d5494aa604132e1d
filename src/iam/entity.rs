//! Users, groups, roles and instance profiles: create, get, list, delete.

use super::policy::Use;
use super::state::{Document, Entity, Iam, Kind};
use super::{Scene, escaped, listing, name_of, nothing};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::Cx;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The members that are kept as they are given.
const EXTRA: [&str; 3] = ["Description", "MaxSessionDuration", "Tags"];

/// CreateUser, CreateGroup, CreateRole, CreateInstanceProfile.
pub fn create(iam: &mut Iam, cx: &mut Cx<'_>, scene: Scene<'_>, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let name = name_of(kind, input);
    let trust = match kind {
        Kind::Role => Some(Document::read(input["AssumeRolePolicyDocument"].as_str().unwrap_or_default(), Use::Trust)?),
        _ => None,
    };
    let path = input["Path"].as_str().unwrap_or("/");
    make(iam, cx, scene, kind, name, path, trust, input)
}

/// CreateServiceLinkedRole: the role's name and policy follow from the service.
pub fn create_service_linked(
    iam: &mut Iam,
    cx: &mut Cx<'_>,
    scene: Scene<'_>,
    input: &Value,
) -> Result<Value, ApiError> {
    let service = input["AWSServiceName"].as_str().unwrap_or_default();
    let known = [
        ("ecs.amazonaws.com", super::SERVICE_ROLE, "AmazonECSServiceRolePolicy"),
        (
            crate::applicationautoscaling::PRINCIPAL,
            crate::applicationautoscaling::ROLE,
            "AWSApplicationAutoscalingECSServicePolicy",
        ),
        ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    ];
    let Some((_, name, policy)) = known.into_iter().find(|(own, ..)| *own == service) else {
        let message = format!("ECS Lab has no service-linked role for {service}.");
        return Err(ApiError::new("InvalidInput", message).at("AWSServiceName").in_our_words());
    };
    if iam.get(Kind::Role, name).is_some() {
        let message =
            format!("Service role name {name} has been taken in this account, please try a different suffix.");
        return Err(ApiError::new("InvalidInput", message));
    }
    let text = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"{service}\"}},\"Action\":\"sts:AssumeRole\"}}]}}"
    );
    let trust = Some(Document::read(&text, Use::Trust)?);
    let path = format!("/aws-service-role/{service}/");
    let answer = make(iam, cx, scene, Kind::Role, name, &path, trust, input)?;
    change(iam, Kind::Role, name)?.attached.push(super::state::aws_arn(&format!("aws-service-role/{policy}")));
    Ok(answer)
}

#[expect(clippy::too_many_arguments, reason = "one line of the account's register")]
fn make(
    iam: &mut Iam,
    cx: &mut Cx<'_>,
    scene: Scene<'_>,
    kind: Kind,
    name: &str,
    path: &str,
    trust: Option<Document>,
    input: &Value,
) -> Result<Value, ApiError> {
    // Names that differ in case alone are the same.
    if iam.all(kind).any(|own| own.name.eq_ignore_ascii_case(name)) {
        let text = match kind {
            Kind::InstanceProfile => format!("Instance Profile {name} already exists."),
            _ => format!("{} with name {name} already exists.", kind.word()),
        };
        return Err(ApiError::new("EntityAlreadyExists", text));
    }
    let boundary = input["PermissionsBoundary"].as_str();
    if let Some(arn) = boundary.filter(|arn| iam.policy(arn).is_none()) {
        // CreateRole has no NoSuchEntity.
        let code = if kind == Kind::Role { "InvalidInput" } else { "NoSuchEntity" };
        return Err(ApiError::new(code, format!("Scope ARN: {arn} does not exist or is not attachable.")));
    }
    let given = |member: &&str| Some((member.to_string(), input.get(*member)?.clone()));
    let extra: Map<String, Value> = EXTRA.iter().filter_map(given).collect();
    let entity = Entity {
        kind,
        name: name.to_string(),
        path: path.to_string(),
        id: new_id(cx, kind.id_prefix(), 17),
        created: scene.now,
        trust,
        inline: Default::default(),
        attached: Vec::new(),
        boundary: boundary.map(String::from),
        members: Vec::new(),
        extra: Value::Object(extra),
    };
    let answer = one(kind, described(iam, scene, &entity));
    iam.put(entity);
    Ok(answer)
}

/// A prefix of four letters, and so many letters and digits: seventeen of what has a name, sixteen of an access key.
pub(super) fn new_id(cx: &mut Cx<'_>, prefix: &str, count: usize) -> String {
    letters(prefix, cx.draw_wide("iam-id"), count, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

/// A prefix and so many signs that follow from a number.
pub(super) fn letters(prefix: &str, mut number: u128, count: usize, signs: &[u8]) -> String {
    let mut out = String::from(prefix);
    let base = (signs.len() as u128).max(1);
    for _ in 0..count {
        out.push(char::from(signs.get((number % base) as usize).copied().unwrap_or(b'A')));
        number /= base;
    }
    out
}

/// DeleteUser and the like: only once nothing hangs on it.
pub fn delete(iam: &mut Iam, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let name = name_of(kind, input);
    let own = iam.get(kind, name).ok_or_else(|| kind.missing(name))?;
    modifiable(own)?;
    let holds = |other: &Entity| other.members.iter().any(|own| own == name);
    let profile = kind == Kind::Role && iam.all(Kind::InstanceProfile).any(holds);
    let keyed = kind == Kind::User && iam.keys.values().any(|key| key.caller.strip_prefix("user/") == Some(name));
    let conflict = match () {
        () if !own.attached.is_empty() => "must detach all policies first.",
        () if !own.inline.is_empty() => "must delete policies first.",
        () if keyed => "must delete access keys first.",
        () if kind == Kind::Group && iam.all(Kind::User).any(holds) => "must remove users from group first.",
        () if kind == Kind::User && !own.members.is_empty() => "must remove users from group first.",
        () if profile || kind == Kind::InstanceProfile && !own.members.is_empty() => {
            "must remove roles from instance profile first."
        }
        () => "",
    };
    if !conflict.is_empty() {
        return Err(ApiError::new("DeleteConflict", format!("Cannot delete entity, {conflict}")));
    }
    let key = (kind, name.to_string());
    iam.entities.remove(&key);
    iam.gone.insert(key);
    Ok(nothing())
}

/// Only AWS changes a service-linked role.
pub(super) fn modifiable(own: &Entity) -> Result<(), ApiError> {
    if own.path.starts_with("/aws-service-role/") {
        let message = format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            own.name
        );
        return Err(ApiError::new("UnmodifiableEntity", message));
    }
    Ok(())
}

/// The entity to change. Errors: there is none; it is AWS's.
pub(super) fn change<'a>(iam: &'a mut Iam, kind: Kind, name: &str) -> Result<&'a mut Entity, ApiError> {
    let own = iam.entities.get_mut(&(kind, name.to_string())).ok_or_else(|| kind.missing(name))?;
    Ok(alloc::rc::Rc::make_mut(own))
}

/// GetUser without a name is about the caller.
pub fn get(iam: &Iam, scene: Scene<'_>, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let caller = scene.caller.strip_prefix("user/");
    let name = input[format!("{}Name", kind.word())].as_str();
    let name = match (name, kind) {
        (Some(name), _) => name,
        (None, Kind::User) => caller.ok_or_else(|| {
            ApiError::new("ValidationError", "Must specify userName when calling with non-User credentials")
        })?,
        (None, _) => "",
    };
    let own = iam.get(kind, name).ok_or_else(|| kind.missing(name))?;
    let mut answer = one(kind, described(iam, scene, own));
    if let (Kind::Group, Some(map)) = (kind, answer.as_object_mut()) {
        let members = iam.all(Kind::User).filter(|user| user.members.iter().any(|group| group == name));
        let users = members.map(|user| described(iam, scene, user)).collect();
        map.insert("Users".to_string(), Value::Array(users));
        map.insert("IsTruncated".to_string(), Value::Bool(false));
    }
    Ok(answer)
}

/// ListUsers and the like.
pub fn list(iam: &Iam, scene: Scene<'_>, kind: Kind, input: &Value) -> Result<Value, ApiError> {
    let prefix = input["PathPrefix"].as_str().unwrap_or("/");
    let found = iam.all(kind).filter(|own| own.path.starts_with(prefix)).map(|own| described(iam, scene, own));
    listing(found.collect(), input, &format!("{}s", kind.word()))
}

/// ListInstanceProfilesForRole.
pub fn profiles_of(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let role = name_of(Kind::Role, input);
    iam.get(Kind::Role, role).ok_or_else(|| Kind::Role.missing(role))?;
    let holds = |own: &&Entity| own.members.iter().any(|own| own == role);
    let found = iam.all(Kind::InstanceProfile).filter(holds).map(|own| described(iam, scene, own));
    listing(found.collect(), input, "InstanceProfiles")
}

fn one(kind: Kind, description: Value) -> Value {
    crate::aws::object::of(alloc::vec![(kind.word(), description)])
}

pub(super) fn described(iam: &Iam, scene: Scene<'_>, own: &Entity) -> Value {
    let word = own.kind.word();
    let (name, id) = (format!("{word}Name"), format!("{word}Id"));
    let mut members = alloc::vec![
        ("Path", Value::from(own.path.as_str())),
        (name.as_str(), Value::from(own.name.as_str())),
        (id.as_str(), Value::from(own.id.as_str())),
        ("Arn", Value::from(own.arn(scene.account))),
        ("CreateDate", Value::from(own.created.as_epoch_seconds())),
    ];
    if let Some(trust) = &own.trust {
        members.push(("AssumeRolePolicyDocument", Value::from(escaped(&trust.text))));
    }
    if own.kind == Kind::Role && own.extra["MaxSessionDuration"].is_null() {
        members.push(("MaxSessionDuration", Value::from(3600)));
    }
    if own.kind == Kind::InstanceProfile {
        let roles = own.members.iter().filter_map(|name| iam.get(Kind::Role, name));
        let roles: Vec<Value> = roles.map(|role| described(iam, scene, role)).collect();
        members.push(("Roles", Value::Array(roles)));
    }
    if let Some(boundary) = &own.boundary {
        let value = object!({ "PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": boundary.as_str() });
        members.push(("PermissionsBoundary", value));
    }
    for member in EXTRA {
        if !own.extra[member].is_null() {
            members.push((member, own.extra[member].clone()));
        }
    }
    crate::aws::object::of(members)
}
