//! Amazon ECR: the private registry of the account.
//!
//! ```text
//! layer   InitiateLayerUpload → UploadLayerPart… → CompleteLayerUpload → AVAILABLE
//! image   PutImage → ACTIVE ⇄ ARCHIVED   (back by ACTIVATING)
//!            ↓ tag moved: untagged    ↓ last tag deleted, deleted by digest, or expired: gone
//! ```
//!
//! A manifest is kept as it came, since its digest is that of its bytes. A layer is kept as its digest and size: nothing
//! in the lab unpacks it. Of a small one that is an image's configuration, its platform and the name of its base stay.
//! Source: the ECR user guide and API reference, read 2026-11-20 (`scaling-ecr-iam-cli.md` section 3).

mod account;
pub mod build;
mod cache;
pub mod configuration;
mod describe;
pub mod docker;
pub mod host;
mod image;
mod known;
mod layer;
pub mod lifecycle;
mod lifecycle_calls;
pub mod manifest;
mod policy;
mod pull;
mod put;
#[cfg(test)]
mod recorded;
mod replica;
mod repository;
mod runs;
mod scan;
mod state;
mod tags;
mod template;
pub mod token;
mod words;

pub use cache::{LOCKED, Puller};
pub use pull::{MadeFor, Pulled, Refusal, reference};
pub use state::{Ecr, Image, ImageStatus, Layer, REPOSITORY_POLICY, Repository};

use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event, FactKind, RegistryStep};
use crate::iam::Scene;
use crate::rooms::Rooms;
use crate::secretsmanager::SecretsManager;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A call that changes something, of `user/NAME` or `assumed-role/ROLE/SESSION`.
pub fn call(
    ecr: &mut Ecr,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    caller: &str,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    // Called by name and not through a table, so that the page can fetch them later.
    match operation {
        "BatchGetImage" => image::batch_get(ecr, &rooms.iam, cx, caller, input),
        "CreateRepository" => repository::create(ecr, cx, input),
        "DeleteRepository" => repository::delete(ecr, cx, input),
        "PutImageTagMutability" => repository::put_mutability(ecr, cx, input),
        "PutImageScanningConfiguration" => repository::put_scanning(ecr, cx, input),
        "InitiateLayerUpload" => layer::initiate(ecr, cx, input),
        "UploadLayerPart" => layer::upload(ecr, cx, input),
        "CompleteLayerUpload" => layer::complete(ecr, cx, input),
        "PutImage" => put::put_image(ecr, cx, input),
        "BatchDeleteImage" => image::batch_delete(ecr, cx, input),
        "UpdateImageStorageClass" => image::update_storage_class(ecr, cx, input),
        "PutLifecyclePolicy" => lifecycle_calls::put(ecr, cx, input),
        "DeleteLifecyclePolicy" => lifecycle_calls::delete(ecr, cx, input),
        "StartLifecyclePolicyPreview" => lifecycle_calls::start_preview(ecr, cx, input),
        "StartImageScan" => scan::start(ecr, cx, input),
        "SetRepositoryPolicy" => policy::set(ecr, cx, input),
        "DeleteRepositoryPolicy" => policy::delete(ecr, cx, input),
        "PutRegistryPolicy" => policy::put_registry(ecr, cx, input),
        "DeleteRegistryPolicy" => policy::delete_registry(ecr, cx, input),
        "TagResource" => tags::tag(ecr, cx, input),
        "UntagResource" => tags::untag(ecr, cx, input),
        "PutAccountSetting" => account::put_setting(ecr, cx, input),
        "PutRegistryScanningConfiguration" => account::put_scanning(ecr, cx, input),
        "PutReplicationConfiguration" => account::put_replication(ecr, cx, input),
        "RegisterPullTimeUpdateExclusion" => account::register_exclusion(ecr, cx, input),
        "DeregisterPullTimeUpdateExclusion" => account::deregister_exclusion(ecr, cx, input),
        "CreatePullThroughCacheRule" => cache::create(ecr, &rooms.secretsmanager, cx, input),
        "UpdatePullThroughCacheRule" => cache::update(ecr, &rooms.secretsmanager, cx, input),
        "DeletePullThroughCacheRule" => cache::delete(ecr, cx, input),
        "CreateRepositoryCreationTemplate" => template::create(ecr, cx, input),
        "UpdateRepositoryCreationTemplate" => template::update(ecr, cx, input),
        "DeleteRepositoryCreationTemplate" => template::delete(ecr, cx, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// What a call that only looks sees.
pub(crate) struct Look<'a> {
    ecr: &'a Ecr,
    secrets: &'a SecretsManager,
    account: &'a Account,
    caller: &'a str,
    now: SimTime,
}

/// A call that only looks.
pub fn read(rooms: &Rooms, scene: Scene<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let Scene { caller, account, now } = scene;
    let look = &Look { ecr: &rooms.ecr, secrets: &rooms.secretsmanager, account, caller, now };
    match operation {
        "DescribeRepositories" => repository::describe(look, input),
        "BatchCheckLayerAvailability" => layer::check(look, input),
        "GetDownloadUrlForLayer" => layer::download_url(look, input),
        "DescribeImages" => describe::describe(look, input),
        "ListImages" => describe::list(look, input),
        "ListImageReferrers" => describe::referrers(look, input),
        "DescribeImageReplicationStatus" => account::replication_status(look, input),
        "GetLifecyclePolicy" => lifecycle_calls::get(look, input),
        "GetLifecyclePolicyPreview" => lifecycle_calls::get_preview(look, input),
        "DescribeImageScanFindings" => scan::findings(look, input),
        "BatchGetRepositoryScanningConfiguration" => scan::of_repositories(look, input),
        "GetRepositoryPolicy" => policy::get(look, input),
        "GetRegistryPolicy" => policy::get_registry(look, input),
        "ListTagsForResource" => tags::list(look, input),
        "GetAuthorizationToken" => token::get(look, input),
        "GetAccountSetting" => account::get_setting(look, input),
        "GetRegistryScanningConfiguration" => account::get_scanning(look, input),
        "DescribeRegistry" => account::describe(look, input),
        "ListPullTimeUpdateExclusions" => account::list_exclusions(look, input),
        "DescribePullThroughCacheRules" => cache::describe(look, input),
        "ValidatePullThroughCacheRule" => cache::validate(look, input),
        "DescribeRepositoryCreationTemplates" => template::describe(look, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(ecr: &mut Ecr, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::Registry { repository, image, step } => match step {
            RegistryStep::Scanned => scan::finish(ecr, cx, repository, image),
            RegistryStep::Previewed => lifecycle_calls::finish_preview(ecr, cx, repository),
            RegistryStep::Lifecycle => lifecycle_calls::run(ecr, cx, repository, image),
            RegistryStep::Activated => image::activated(ecr, cx, repository, image),
            RegistryStep::Copied => replica::copy(ecr, cx, repository, image),
            RegistryStep::Pulled => {}
        },
        Event::SecretsChanged => ecr.look_for_secrets(&rooms.secretsmanager),
        Event::ImagePulled { task, container } => pull::by_task(ecr, rooms, cx, task, container),
        _ => {}
    }
}

/// `sha256:` and the digest of these bytes as hex: how registries name layers and manifests (3.1).
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    let mut out = String::from("sha256:");
    for byte in digest {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from_digit(half.into(), 16).unwrap_or('0'));
        }
    }
    out
}

/// A member that is a text; empty where it is not given.
fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_default()
}

/// The items of a list; none where it is not given.
fn items<'a>(input: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    input[name].as_array().into_iter().flatten()
}

/// A page of answers: this list under this name, and the token of the next page.
fn page(scope: String, input: &Value, name: &'static str, list: Vec<Value>, most: usize) -> Result<Value, ApiError> {
    let (list, next) =
        crate::aws::page::page(&scope, list, input["nextToken"].as_str(), input["maxResults"].as_i64(), most)?;
    let mut members = alloc::vec![(name, Value::Array(list))];
    members.extend(next.map(|next| ("nextToken", Value::from(next))));
    Ok(crate::aws::object::of(members))
}

/// Something happened to a repository.
fn tell(cx: &mut Cx<'_>, repository: &str, change: String) {
    cx.emit(FactKind::Repository { repository: String::from(repository), change });
}

/// The first digits of a digest, as people write it.
fn short(digest: &str) -> String {
    format!("{}…", digest.get(..19).unwrap_or(digest))
}
