//! Repositories: made, described, set and deleted (3.1, 3.7).

use super::state::{Ecr, Repository};
use super::{Look, items, tags, tell, text, words};
use crate::aws::object::{self, object};
use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event};
use crate::sim::SimDuration;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Repositories of an account in a Region (3.2).
const MOST: usize = 100_000;

pub fn create(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    if input["registryId"].as_str().is_some_and(|id| id != account.id) {
        let message = "ECS Lab holds the registry of its own account only.";
        return Err(ApiError::new("AccessDeniedException", message).at("registryId").in_our_words());
    }
    let own = made(ecr, cx, text(input, "repositoryName"), input)?;
    Ok(object!({ "repository": described(own, &account) }))
}

/// Makes a repository with the settings of such a request, or of a template.
pub fn made<'a>(ecr: &'a mut Ecr, cx: &mut Cx<'_>, name: &str, input: &Value) -> Result<&'a Repository, ApiError> {
    let account = cx.options().account.clone();
    if ecr.repository(name).is_some() {
        return Err(words::repository_exists(name, &account.id));
    }
    let (mutability, exclusions) = mutability(input)?;
    let tags = tags::given(input)?;
    if ecr.repositories.len() >= MOST {
        let message = alloc::format!("The registry already holds {MOST} repositories.");
        return Err(ApiError::new("LimitExceededException", message).in_our_words());
    }
    ecr.made += 1;
    let own = Repository {
        created_at: cx.now(),
        mutability,
        exclusions,
        scan_on_push: input["imageScanningConfiguration"]["scanOnPush"] == true,
        encryption: encryption(&account, &input["encryptionConfiguration"]),
        tags,
        ..Repository::plain(ecr.made, name)
    };
    tell(cx, name, "created".to_string());
    Ok(ecr.repositories.or_insert_with(name.to_string(), || Rc::new(own)))
}

/// AES256 when nothing is said; a KMS key of the account's own when none is named.
fn encryption(account: &Account, given: &Value) -> Value {
    let kind = given["encryptionType"].as_str().unwrap_or("AES256");
    let mut members = alloc::vec![("encryptionType", Value::from(kind))];
    if kind != "AES256" {
        let own = || {
            let id = "0ec51ab0-0000-4000-8000-0000000000ec";
            alloc::format!("arn:{}:kms:{}:{}:key/{id}", account.partition(), account.region, account.id)
        };
        members.push(("kmsKey", given["kmsKey"].as_str().map_or_else(own, String::from).into()));
    }
    object::of(members)
}

/// imageTagMutability and the patterns of its exclusions, which only the two settings with exclusions take, and need.
fn mutability(input: &Value) -> Result<(String, Vec<String>), ApiError> {
    let setting = input["imageTagMutability"].as_str().unwrap_or("MUTABLE");
    let filters: Vec<String> =
        items(input, "imageTagMutabilityExclusionFilters").map(|own| text(own, "filter").to_string()).collect();
    let refuse = |message: &str| {
        let member = "imageTagMutabilityExclusionFilters";
        Err(words::constraint(member, message).at(member).in_our_words())
    };
    match (setting.ends_with("_WITH_EXCLUSION"), filters.is_empty()) {
        (true, true) => refuse("Exclusion filters are required for this tag mutability"),
        (false, false) => refuse("Exclusion filters go only with a tag mutability with exclusion"),
        _ => Ok((setting.to_string(), filters)),
    }
}

impl Repository {
    /// Whether the tag, once set, stays where it is (3.7).
    pub fn keeps(&self, tag: &str) -> bool {
        let excluded = || self.exclusions.iter().any(|filter| super::lifecycle::matches(filter, tag));
        match self.mutability.as_str() {
            "IMMUTABLE" => true,
            "IMMUTABLE_WITH_EXCLUSION" => !excluded(),
            "MUTABLE_WITH_EXCLUSION" => excluded(),
            _ => false,
        }
    }

    /// imageTagMutability and its exclusions, as answers give them.
    fn mutability(&self) -> Vec<(&'static str, Value)> {
        let mut members = alloc::vec![("imageTagMutability", Value::from(self.mutability.as_str()))];
        if !self.exclusions.is_empty() {
            let filters = self.exclusions.iter();
            let filters = filters.map(|own| object!({ "filterType": "WILDCARD", "filter": own.as_str() }));
            members.push(("imageTagMutabilityExclusionFilters", filters.collect()));
        }
        members
    }
}

/// The members that every answer about a repository has.
fn outline(own: &Repository, account: &Account) -> Vec<(&'static str, Value)> {
    let mut members = alloc::vec![
        ("repositoryArn", own.arn(account).into()),
        ("registryId", account.id.as_str().into()),
        ("repositoryName", own.name.as_str().into()),
        ("repositoryUri", own.uri(account).into()),
        ("createdAt", own.created_at.as_epoch_seconds().into()),
    ];
    members.append(&mut own.mutability());
    members
}

/// The repository as CreateRepository and DescribeRepositories show it.
pub fn described(own: &Repository, account: &Account) -> Value {
    let mut members = outline(own, account);
    members.push(("imageScanningConfiguration", object!({ "scanOnPush": own.scan_on_push })));
    members.push(("encryptionConfiguration", own.encryption.clone()));
    object::of(members)
}

pub fn describe(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let registry = input["registryId"].as_str().unwrap_or(&look.account.id);
    let foreign = registry != look.account.id;
    if input["repositoryNames"].is_array() {
        let mut found = Vec::new();
        for name in items(input, "repositoryNames").filter_map(Value::as_str) {
            let own = look.ecr.repository(name).filter(|_| !foreign);
            found.push(described(own.ok_or_else(|| words::no_repository(name, registry))?, look.account));
        }
        return Ok(object!({ "repositories": found }));
    }
    let all = look.ecr.repositories().filter(|_| !foreign).map(|own| described(own, look.account)).collect();
    super::page("DescribeRepositories".to_string(), input, "repositories", all, 1000)
}

pub fn delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    if !own.images.is_empty() && input["force"] != true {
        return Err(words::not_empty(&own.name, &account.id));
    }
    let (answer, name) = (object::of(outline(own, &account)), own.name.clone());
    if ecr.repositories.remove(&name).is_some_and(|own| own.policy.is_some()) {
        cx.schedule(SimDuration::ZERO, Event::PermissionsChanged);
    }
    tell(cx, &name, "deleted".to_string());
    Ok(object!({ "repository": answer }))
}

pub fn put_mutability(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    (own.mutability, own.exclusions) = mutability(input)?;
    tell(cx, &own.name, alloc::format!("tags {}", own.mutability));
    Ok(words::answer(&account, &own.name, own.mutability()))
}

pub fn put_scanning(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    own.scan_on_push = input["imageScanningConfiguration"]["scanOnPush"] == true;
    tell(cx, &own.name, alloc::format!("scan on push {}", own.scan_on_push));
    let shown = object!({ "scanOnPush": own.scan_on_push });
    Ok(words::answer(&account, &own.name, alloc::vec![("imageScanningConfiguration", shown)]))
}
