//! Repository creation templates: what a repository gets that makes itself (3.9).

use super::account::laid;
use super::state::Ecr;
use super::{Look, items, lifecycle_calls, policy, repository, text};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

const MEMBERS: [&str; 10] = [
    "description",
    "encryptionConfiguration",
    "resourceTags",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "repositoryPolicy",
    "lifecyclePolicy",
    "appliedFor",
    "customRoleArn",
    "createdAt",
];

fn missing(prefix: &str, registry: &str) -> ApiError {
    let message = format!(
        "The repository creation template with prefix '{prefix}' does not exist in the registry with id '{registry}'."
    );
    ApiError::new("TemplateNotFoundException", message).at("prefix").in_our_words()
}

fn prefix(input: &Value) -> &str {
    text(input, "prefix").trim_end_matches('/')
}

/// The policies of a template must be ones that a repository takes; an empty text is none.
fn check(template: &Value) -> Result<(), ApiError> {
    if !text(template, "lifecyclePolicy").is_empty() {
        lifecycle_calls::parsed(text(template, "lifecyclePolicy"))?;
    }
    if !text(template, "repositoryPolicy").is_empty() {
        policy::parse(text(template, "repositoryPolicy"), "repository")?;
    }
    Ok(())
}

fn answer(cx: &Cx<'_>, template: &Value) -> Value {
    object!({ "registryId": cx.options().account.id.as_str(), "repositoryCreationTemplate": template.clone() })
}

pub fn create(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (now, prefix) = (cx.now().as_epoch_seconds(), prefix(input));
    check(input)?;
    if ecr.registry.templates.contains_key(prefix) {
        let id = &cx.options().account.id;
        let message = format!(
            "The repository creation template with prefix '{prefix}' already exists in the registry with id '{id}'."
        );
        return Err(ApiError::new("TemplateAlreadyExistsException", message).at("prefix").in_our_words());
    }
    let base = object!({ "imageTagMutability": "MUTABLE", "encryptionConfiguration": object!({ "encryptionType": "AES256" }) });
    let mut template = laid(&base, &MEMBERS, alloc::vec![("prefix", Value::from(prefix)), ("createdAt", now.into())]);
    lay(&mut template, input);
    template["updatedAt"] = now.into();
    ecr.registry_mut().templates.insert(prefix.to_string(), template.clone());
    Ok(answer(cx, &template))
}

/// Lays the members of a request over a template.
fn lay(template: &mut Value, input: &Value) {
    if let (Some(template), Value::Object(given)) = (template.as_object_mut(), laid(input, &MEMBERS, Vec::new())) {
        template.extend(given);
    }
}

pub fn update(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    check(input)?;
    let template = ecr.registry_mut().templates.get_mut(prefix(input));
    let template = template.ok_or_else(|| missing(prefix(input), &cx.options().account.id))?;
    lay(template, input);
    template["updatedAt"] = cx.now().as_epoch_seconds().into();
    Ok(answer(cx, template))
}

pub fn delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let template = ecr.registry_mut().templates.remove(prefix(input));
    Ok(answer(cx, &template.ok_or_else(|| missing(prefix(input), &cx.options().account.id))?))
}

pub fn describe(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let wanted: Vec<&str> =
        items(input, "prefixes").filter_map(Value::as_str).map(|own| own.trim_end_matches('/')).collect();
    let all = look.ecr.registry.templates.iter();
    let shown = all.filter(|(prefix, _)| wanted.is_empty() || wanted.contains(&prefix.as_str()));
    let list = shown.map(|(_, template)| template.clone()).collect();
    let scope = format!("DescribeRepositoryCreationTemplates {}", input["prefixes"]);
    let mut page = super::page(scope, input, "repositoryCreationTemplates", list, 1000)?;
    page["registryId"] = look.account.id.as_str().into();
    Ok(page)
}

/// The template for a repository of that name: the longest prefix, ROOT last.
fn matching<'a>(ecr: &'a Ecr, name: &str, kind: &str) -> Option<&'a Value> {
    let fits = |prefix: &str| prefix == "ROOT" || name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
    let all = ecr
        .registry
        .templates
        .iter()
        .filter(|(prefix, own)| fits(prefix) && items(own, "appliedFor").any(|applied| applied == kind));
    all.max_by_key(|(prefix, _)| (*prefix != "ROOT", prefix.len())).map(|(_, own)| own)
}

/// Makes a repository by the template for it; false when there is none.
pub fn make(ecr: &mut Ecr, cx: &mut Cx<'_>, name: &str, kind: &str) -> Result<bool, ApiError> {
    let Some(template) = matching(ecr, name, kind).cloned() else { return Ok(false) };
    let names = ["imageTagMutability", "imageTagMutabilityExclusionFilters", "encryptionConfiguration"];
    let tags = alloc::vec![("tags", template["resourceTags"].clone())];
    repository::made(ecr, cx, name, &laid(&template, &names, tags))?;
    let Some(own) = ecr.change(name) else { return Ok(true) };
    if !text(&template, "repositoryPolicy").is_empty() {
        own.policy = Some(policy::parse(text(&template, "repositoryPolicy"), "repository")?);
        cx.schedule(SimDuration::ZERO, Event::PermissionsChanged);
    }
    if !text(&template, "lifecyclePolicy").is_empty() {
        let (policy, text) = lifecycle_calls::parsed(text(&template, "lifecyclePolicy"))?;
        lifecycle_calls::set(own, cx, policy, text);
    }
    Ok(true)
}

/// Whether a push to the repository that a call names will make it.
pub fn makes_on_push(ecr: &Ecr, account: &Account, input: &Value) -> bool {
    let name = text(input, "repositoryName");
    let foreign = input["registryId"].as_str().is_some_and(|id| id != account.id);
    ecr.repository(name).is_none() && !foreign && matching(ecr, name, "CREATE_ON_PUSH").is_some()
}

/// A push to a repository that is missing makes it, where a template says so.
pub fn on_push(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    if makes_on_push(ecr, &cx.options().account, input) {
        make(ecr, cx, text(input, "repositoryName"), "CREATE_ON_PUSH")?;
    }
    Ok(())
}
