//! Managed policies: those of the account with their versions, and AWS's to look at.

use super::entity::new_id;
use super::managed;
use super::policy::Use;
use super::state::{Document, Iam, Managed, no_such_entity};
use super::{Scene, escaped, listing, nothing};
use crate::aws::object::object;
use crate::aws::{ApiError, arn};
use crate::event::Cx;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map as Members, Value};

/// Versions that a policy can have.
const MOST_VERSIONS: usize = 5;
/// Signs that a document can have, white space aside.
const MOST_SIGNS: usize = 6144;

/// CreatePolicy.
pub fn create(iam: &mut Iam, cx: &mut Cx<'_>, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["PolicyName"].as_str().unwrap_or_default();
    let document = document(input)?;
    if iam.policies().any(|own| own.name.eq_ignore_ascii_case(name)) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(ApiError::new("EntityAlreadyExists", message));
    }
    let given = |member: &&str| Some((member.to_string(), input.get(*member)?.clone()));
    let extra: Members<String, Value> = ["Description", "Tags"].iter().filter_map(given).collect();
    let mut versions = Map::default();
    versions.insert(1, (scene.now, document));
    let policy = Managed {
        name: name.to_string(),
        path: input["Path"].as_str().unwrap_or("/").to_string(),
        id: new_id(cx, "ANPA", 17),
        created: scene.now,
        updated: scene.now,
        extra: Value::Object(extra),
        versions,
        default: 1,
        last: 1,
    };
    let answer = described(iam, scene, &policy);
    iam.policies.insert(name.to_string(), Rc::new(policy));
    Ok(object!({ "Policy": answer }))
}

/// CreatePolicyVersion.
pub fn create_version(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let document = document(input)?;
    let policy = change(iam, scene, input)?;
    if policy.versions.len() >= MOST_VERSIONS {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(ApiError::new("LimitExceeded", message));
    }
    policy.last += 1;
    policy.updated = scene.now;
    policy.versions.insert(policy.last, (scene.now, document));
    if input["SetAsDefault"] == true {
        policy.default = policy.last;
    }
    let last = policy.last;
    Ok(object!({ "PolicyVersion": version(policy, last, false) }))
}

/// DeletePolicy: only once nobody has it, and but for the default version nothing is left of it.
pub fn delete(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let policy = change(iam, scene, input)?;
    let (versions, own, name) = (policy.versions.len(), policy.arn(scene.account), policy.name.clone());
    let message = if uses(iam, &own).iter().any(|count| *count > 0) {
        "Cannot delete a policy attached to entities."
    } else if versions > 1 {
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
    } else {
        iam.policies.remove(&name);
        return Ok(nothing());
    };
    Err(ApiError::new("DeleteConflict", message))
}

/// DeletePolicyVersion: not the default one.
pub fn delete_version(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let policy = change(iam, scene, input)?;
    let number = numbered(policy, input)?;
    if number == policy.default {
        return Err(ApiError::new("DeleteConflict", "Cannot delete the default version of a policy."));
    }
    policy.versions.remove(&number);
    Ok(nothing())
}

/// SetDefaultPolicyVersion.
pub fn set_default(iam: &mut Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let policy = change(iam, scene, input)?;
    policy.default = numbered(policy, input)?;
    policy.updated = scene.now;
    Ok(nothing())
}

/// GetPolicy.
pub fn get(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let arn = arn_in(input);
    let shown = match managed::find(arn) {
        Some(aws) => described_aws(iam, scene, aws),
        None => described(iam, scene, find(iam, scene, input)?),
    };
    Ok(object!({ "Policy": shown }))
}

/// GetPolicyVersion. Of AWS's policies the lab knows the default version alone.
pub fn get_version(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let shown = match managed::find(arn_in(input)) {
        Some(aws) if input["VersionId"] == version_id(aws.version) => version_of_aws(aws, true),
        Some(_) => return Err(no_version(input)),
        None => {
            let policy = find(iam, scene, input)?;
            version(policy, numbered(policy, input)?, true)
        }
    };
    Ok(object!({ "PolicyVersion": shown }))
}

/// ListPolicyVersions, the newest first.
pub fn list_versions(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let versions = match managed::find(arn_in(input)) {
        Some(aws) => alloc::vec![version_of_aws(aws, false)],
        None => {
            let policy = find(iam, scene, input)?;
            policy.versions.keys().rev().map(|number| version(policy, *number, false)).collect()
        }
    };
    listing(versions, input, "Versions")
}

/// ListPolicies: the account's own, then AWS's as far as the lab knows them.
pub fn list(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let scope = input["Scope"].as_str().unwrap_or("All");
    let prefix = input["PathPrefix"].as_str().unwrap_or("/");
    let mut found: Vec<Value> = Vec::new();
    if scope != "AWS" {
        found.extend(iam.policies().filter(|own| own.path.starts_with(prefix)).map(|own| described(iam, scene, own)));
    }
    if scope != "Local" {
        let aws = managed::all().iter().filter(|own| own.path.starts_with(prefix));
        found.extend(aws.map(|own| described_aws(iam, scene, own)));
    }
    let counts = |own: &Value, member: &str| own[member].as_u64().is_some_and(|count| count > 0);
    if input["OnlyAttached"] == true {
        found.retain(|own| counts(own, "AttachmentCount"));
    }
    match input["PolicyUsageFilter"].as_str() {
        Some("PermissionsPolicy") => found.retain(|own| counts(own, "AttachmentCount")),
        Some(_) => found.retain(|own| counts(own, "PermissionsBoundaryUsageCount")),
        None => {}
    }
    listing(found, input, "Policies")
}

fn arn_in(input: &Value) -> &str {
    input["PolicyArn"].as_str().unwrap_or_default()
}

fn document(input: &Value) -> Result<Document, ApiError> {
    let document = Document::read(input["PolicyDocument"].as_str().unwrap_or_default(), Use::Identity)?;
    if document.text.chars().filter(|sign| !sign.is_whitespace()).count() > MOST_SIGNS {
        return Err(ApiError::new("LimitExceeded", format!("Cannot exceed quota for PolicySize: {MOST_SIGNS}")));
    }
    Ok(document)
}

fn find<'a>(iam: &'a Iam, scene: Scene<'_>, input: &Value) -> Result<&'a Managed, ApiError> {
    let named = arn_in(input);
    let own = iam.policies.get(arn::short_name(named)).filter(|own| own.arn(scene.account) == named);
    own.map(Rc::as_ref).ok_or_else(|| {
        let gone = || no_such_entity(format!("Policy {named} was not found."));
        managed::left_out(named).map_or_else(gone, |refusal| refusal.at("PolicyArn"))
    })
}

/// The account's own policy to change; AWS's cannot be.
fn change<'a>(iam: &'a mut Iam, scene: Scene<'_>, input: &Value) -> Result<&'a mut Managed, ApiError> {
    let named = arn_in(input);
    if managed::find(named).is_some() {
        let message = format!("Policy {named} is managed by AWS.");
        return Err(ApiError::new("AccessDenied", message).at("PolicyArn").in_our_words());
    }
    find(iam, scene, input)?;
    let own = iam.policies.get_mut(arn::short_name(named)).map(Rc::make_mut);
    own.ok_or_else(|| no_such_entity(format!("Policy {named} was not found.")))
}

fn version_id(number: u32) -> String {
    format!("v{number}")
}

fn no_version(input: &Value) -> ApiError {
    let (arn, id) = (arn_in(input), input["VersionId"].as_str().unwrap_or_default());
    no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
}

fn numbered(policy: &Managed, input: &Value) -> Result<u32, ApiError> {
    let number = input["VersionId"].as_str().and_then(|id| id.strip_prefix('v')?.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| no_version(input))
}

/// How many entities have a policy attached, and how many as their boundary.
fn uses(iam: &Iam, policy: &str) -> [usize; 2] {
    let all = || iam.entities.values();
    [
        all().filter(|own| own.attached.iter().any(|own| own == policy)).count(),
        all().filter(|own| own.boundary.as_deref() == Some(policy)).count(),
    ]
}

fn described(iam: &Iam, scene: Scene<'_>, own: &Managed) -> Value {
    let arn = own.arn(scene.account);
    let dates = [own.created, own.updated].map(|at| at.as_epoch_seconds());
    let mut shown = listed(iam, (&own.name, &own.id, &own.path), own.default, arn, dates);
    if let (Some(map), Value::Object(extra)) = (shown.as_object_mut(), &own.extra) {
        map.extend(extra.clone());
    }
    shown
}

fn described_aws(iam: &Iam, scene: Scene<'_>, own: &managed::AwsManaged) -> Value {
    // AWS's ids are not published with the documents.
    let arn = own.arn(scene.account.partition());
    listed(iam, (own.name, "ANPAECSLABMANAGEDBYAW", own.path), own.version, arn, own.dates.map(|own| own as f64))
}

fn listed(iam: &Iam, (name, id, path): (&str, &str, &str), default: u32, arn: String, dates: [f64; 2]) -> Value {
    let [attached, boundaries] = uses(iam, &arn);
    let [created, updated] = dates;
    object!({
        "PolicyName": name,
        "PolicyId": id,
        "Arn": arn,
        "Path": path,
        "DefaultVersionId": version_id(default),
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": boundaries,
        "IsAttachable": true,
        "CreateDate": created,
        "UpdateDate": updated,
    })
}

fn version(policy: &Managed, number: u32, whole: bool) -> Value {
    let Some((at, document)) = policy.versions.get(&number) else { return Value::Null };
    shown_version(&document.text, number, number == policy.default, at.as_epoch_seconds(), whole)
}

fn version_of_aws(own: &managed::AwsManaged, whole: bool) -> Value {
    let [_, updated] = own.dates;
    shown_version(own.text, own.version, true, updated as f64, whole)
}

fn shown_version(text: &str, number: u32, default: bool, at: f64, whole: bool) -> Value {
    let mut shown = object!({ "VersionId": version_id(number), "IsDefaultVersion": default, "CreateDate": at });
    if let (true, Some(map)) = (whole, shown.as_object_mut()) {
        map.insert("Document".to_string(), Value::from(escaped(text)));
    }
    shown
}
