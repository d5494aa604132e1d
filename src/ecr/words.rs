//! What ECR says when it refuses, and how it names things (3.1, 3.12).

use super::{Ecr, Look, Repository, text};
use crate::aws::{Account, ApiError};
use crate::event::Cx;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The ARN of a repository.
pub fn arn(account: &Account, name: &str) -> String {
    format!("arn:{}:ecr:{}:{}:repository/{name}", account.partition(), account.region, account.id)
}

/// `with name 'x' in … registry with id 'y'`, with which most refusals end.
fn place(middle: &str, name: &str, registry: &str) -> String {
    format!("with name '{name}'{middle}registry with id '{registry}'")
}

pub fn no_repository(name: &str, registry: &str) -> ApiError {
    let message = format!("The repository {}", place(" does not exist in the ", name, registry));
    ApiError::new("RepositoryNotFoundException", message).at("repositoryName")
}

pub fn repository_exists(name: &str, registry: &str) -> ApiError {
    let message = format!("The repository {}", place(" already exists in the ", name, registry));
    ApiError::new("RepositoryAlreadyExistsException", message).at("repositoryName")
}

pub fn not_empty(name: &str, registry: &str) -> ApiError {
    let message =
        format!("The repository {} cannot be deleted because it still contains images", place(" in ", name, registry));
    ApiError::new("RepositoryNotEmptyException", message)
}

/// `WHAT does not exist for the repository …`.
pub fn nothing_for(code: &'static str, what: &str, name: &str, registry: &str) -> ApiError {
    ApiError::new(code, format!("{what} does not exist for the repository {}", place(" in the ", name, registry)))
}

pub fn no_image(id: &Value, name: &str, registry: &str) -> ApiError {
    let part = |key: &str| id[key].as_str().unwrap_or("null");
    let message = format!(
        "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository {}",
        part("imageDigest"),
        part("imageTag"),
        place(" in the ", name, registry)
    );
    ApiError::new("ImageNotFoundException", message).at("imageId")
}

pub fn image_exists(digest: &str, tag: &str, name: &str, registry: &str) -> ApiError {
    let place = place(" in ", name, registry);
    let message = format!("Image with digest '{digest}' and tag '{tag}' already exists in the repository {place}");
    ApiError::new("ImageAlreadyExistsException", message)
}

pub fn layer_exists(digest: &str, name: &str, registry: &str) -> ApiError {
    let place = place(" in ", name, registry);
    let message = format!("Layer with digest '{digest}' already exists in the repository {place}");
    ApiError::new("LayerAlreadyExistsException", message)
}

/// Layers or images that a manifest needs and the repository lacks.
pub fn needed(code: &'static str, what: &str, digests: &str, name: &str, registry: &str) -> ApiError {
    let place = place(" in the ", name, registry);
    let message =
        format!("{what} with digests '[{digests}]' required for pushing image into repository {place} do not exist");
    ApiError::new(code, message).at("imageManifest")
}

/// `Invalid parameter at 'X' failed to satisfy constraint: 'Y'`.
pub fn constraint(member: &str, constraint: &str) -> ApiError {
    ApiError::invalid(format!("Invalid parameter at '{member}' failed to satisfy constraint: '{constraint}'"))
}

/// The registry that a call names must be the account's own: the lab holds no other.
fn registry<'a>(account: &'a Account, input: &'a Value) -> &'a str {
    input["registryId"].as_str().unwrap_or(&account.id)
}

/// The repository that a call names. Errors: there is none, or it is another account's.
pub fn named<'a>(ecr: &'a Ecr, account: &Account, input: &Value) -> Result<&'a Repository, ApiError> {
    let (name, registry) = (text(input, "repositoryName"), registry(account, input));
    ecr.repository(name).filter(|_| registry == account.id).ok_or_else(|| no_repository(name, registry))
}

/// [`named`], to be changed.
pub fn change<'a>(ecr: &'a mut Ecr, cx: &Cx<'_>, input: &Value) -> Result<&'a mut Repository, ApiError> {
    let account = &cx.options().account;
    named(ecr, account, input)?;
    let name = text(input, "repositoryName");
    ecr.change(name).ok_or_else(|| no_repository(name, &account.id))
}

/// [`named`] for a call that only looks.
pub fn seen<'a>(look: &Look<'a>, input: &Value) -> Result<&'a Repository, ApiError> {
    named(look.ecr, look.account, input)
}

/// An answer that begins with the registry and the repository.
pub fn answer(account: &Account, name: &str, more: Vec<(&str, Value)>) -> Value {
    let mut members =
        alloc::vec![("registryId", Value::from(account.id.as_str())), ("repositoryName", Value::from(name))];
    members.extend(more);
    crate::aws::object::of(members)
}
