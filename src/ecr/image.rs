//! Images fetched, deleted, archived and restored (3.5, 3.6, 3.8).

use super::cache::{self, Puller};
use super::manifest::is_digest;
use super::state::{Ecr, ImageStatus, Repository};
use super::{items, put, tell, text, words};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::{Cx, Event, RegistryStep};
use crate::iam::{Iam, Scene};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// How long an image takes out of the archive: about 20 minutes or less (3.8).
const RESTORE: SimDuration = SimDuration::from_secs(20 * 60);

/// What is wrong with an imageId, as the batch calls tell it; the image's number otherwise.
fn resolve(own: &Repository, id: &Value) -> Result<u32, Value> {
    let failure = |code: &str, reason: &str| {
        Err(object!({ "imageId": id.clone(), "failureCode": code, "failureReason": reason }))
    };
    let (digest, tag) = (id["imageDigest"].as_str(), id["imageTag"].as_str());
    match (digest, tag) {
        (None, None) => {
            failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        }
        (Some(digest), _) if !is_digest(digest) => failure(
            "InvalidImageDigest",
            "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        ),
        (_, Some(tag)) if !put::is_tag(tag) => failure(
            "InvalidImageTag",
            "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]*'",
        ),
        (Some(digest), Some(_)) if own.image(digest).is_some() && own.find(id).is_none() => {
            failure("ImageTagDoesNotMatchDigest", "Invalid request parameters: image tag does not match image digest")
        }
        _ => match own.find(id) {
            Some(image) => Ok(image.number),
            None => failure("ImageNotFound", "Requested image not found"),
        },
    }
}

pub fn batch_get(ecr: &mut Ecr, iam: &Iam, cx: &mut Cx<'_>, caller: &str, input: &Value) -> Result<Value, ApiError> {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let puller = Puller { iam, scene: Scene { caller, account: &account, now } };
    let name = text(input, "repositoryName");
    let own_registry = input["registryId"].as_str().is_none_or(|id| id == account.id);
    for id in items(input, "imageIds").filter(|_| own_registry) {
        cache::ensure(ecr, cx, name, id, Some(puller))?;
    }
    // Of a session it is the role.
    let role = caller.strip_prefix("assumed-role/").and_then(|rest| Some(format!("role/{}", rest.split('/').next()?)));
    let counts = !ecr.registry.exclusions.contains_key(&account.principal(role.as_deref().unwrap_or(caller)));
    let own = words::change(ecr, cx, input)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in items(input, "imageIds") {
        let image = match resolve(own, id) {
            Ok(number) => own.image_mut(number),
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let Some(image) = image else { continue };
        if image.status != ImageStatus::Active {
            let reason = format!("Requested image is {}", image.status.name());
            failures
                .push(object!({ "imageId": id.clone(), "failureCode": "ImageInaccessible", "failureReason": reason }));
            continue;
        }
        if counts {
            image.pulled_at = Some(now);
        }
        let mut shown = put::shown(image, id["imageTag"].as_str(), &account, name);
        // Not in the model, but in every recorded answer.
        shown["imageManifestSize"] = Value::from(image.manifest.len());
        images.push(shown);
        let (number, digest) = (image.number, image.digest.clone());
        // Who has taken the index goes on to one of its images.
        if own.index_of(&digest).is_none() {
            let event = Event::Registry { repository: own.number, image: number, step: RegistryStep::Pulled };
            cx.schedule(SimDuration::ZERO, event);
        }
    }
    Ok(object!({ "images": images, "failures": failures }))
}

pub fn batch_delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::change(ecr, cx, input)?;
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for id in items(input, "imageIds") {
        match resolve(own, id).and_then(|number| delete(own, cx, number, id)) {
            Ok(mut ids) => deleted.append(&mut ids),
            Err(failure) => failures.push(failure),
        }
    }
    Ok(object!({ "imageIds": deleted, "failures": failures }))
}

/// Takes the tag that is named away, or the image when it is the last one or none is named; the ids that go.
fn delete(own: &mut Repository, cx: &mut Cx<'_>, number: u32, id: &Value) -> Result<Vec<Value>, Value> {
    let Some(image) = own.images.get(&number).cloned() else { return Ok(Vec::new()) };
    let tag = id["imageTag"].as_str().filter(|_| id["imageDigest"].is_null());
    if let Some(tag) = tag.filter(|_| image.tags.len() > 1) {
        own.drop_tag(tag);
        tell(cx, &own.name, format!("tag {tag} deleted"));
        return Ok(alloc::vec![put::id(&image.digest, Some(tag))]);
    }
    if let Some(index) = own.index_of(&image.digest) {
        let reason = format!("Requested image referenced by manifest list: [{}]", index.digest);
        let code = "ImageReferencedByManifestList";
        return Err(object!({ "imageId": id.clone(), "failureCode": code, "failureReason": reason }));
    }
    own.remove(number);
    tell(cx, &own.name, format!("image {} deleted", super::short(&image.digest)));
    let tags = image.tags.iter().map(|tag| put::id(&image.digest, Some(tag)));
    let ids: Vec<Value> = tags.collect();
    Ok(if ids.is_empty() { alloc::vec![put::id(&image.digest, None)] } else { ids })
}

/// The image that a call about one image names.
pub fn named<'a>(own: &'a Repository, input: &Value, registry: &str) -> Result<&'a super::Image, ApiError> {
    let id = &input["imageId"];
    if id["imageDigest"].is_null() && id["imageTag"].is_null() {
        let message = "Invalid request parameters: both tag and digest cannot be null";
        return Err(ApiError::invalid(message).at("imageId"));
    }
    own.find(id).ok_or_else(|| words::no_image(id, &own.name, registry))
}

pub fn update_storage_class(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let own = words::change(ecr, cx, input)?;
    let image = named(own, input, &account.id)?;
    let (number, status, digest) = (image.number, image.status, image.digest.clone());
    let archive = input["targetStorageClass"] == "ARCHIVE";
    if archive == (status != ImageStatus::Active) {
        let message = format!("The image is {}.", status.name());
        return Err(ApiError::new("ImageStorageClassUpdateNotSupportedException", message).in_our_words());
    }
    let (name, repository) = (own.name.clone(), own.number);
    if archive {
        self::archive(own, number, now);
    } else if let Some(image) = own.image_mut(number) {
        image.status = ImageStatus::Activating;
        let step = RegistryStep::Activated;
        cx.schedule(RESTORE, Event::Registry { repository, image: number, step });
    }
    let status = own.images.get(&number).map_or(status, |image| image.status);
    tell(cx, &name, format!("image {} is {}", super::short(&digest), status.name()));
    let more = alloc::vec![("imageId", input["imageId"].clone()), ("imageStatus", status.name().into())];
    Ok(words::answer(&account, &name, more))
}

/// Moves an image to the archive.
pub fn archive(own: &mut Repository, number: u32, now: crate::sim::SimTime) {
    let Some(image) = own.image_mut(number) else { return };
    image.status = ImageStatus::Archived;
    image.archived_at = Some(now);
    let blobs: Vec<String> = image.parsed.blobs().map(|blob| blob.digest.clone()).collect();
    for digest in blobs {
        if let Some(layer) = own.layers.get_mut(&digest) {
            layer.sent_again = false;
        }
    }
}

/// An image is back from the archive.
pub fn activated(ecr: &mut Ecr, cx: &mut Cx<'_>, repository: u32, number: u32) {
    let Some(own) = ecr.numbered(repository) else { return };
    let name = own.name.clone();
    let Some(image) = own.image_mut(number).filter(|image| image.status == ImageStatus::Activating) else { return };
    image.status = ImageStatus::Active;
    image.activated_at = Some(cx.now());
    tell(cx, &name, format!("image {} is ACTIVE", super::short(&image.digest)));
}

/// The members of an object, null ones left out.
pub fn present(members: Vec<(&str, Value)>) -> Value {
    object::of(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// A moment as answers give it; null for none.
pub fn moment(at: Option<crate::sim::SimTime>) -> Value {
    at.map_or(Value::Null, |at| at.as_epoch_seconds().into())
}

/// Tags as answers give them; null for none.
pub fn tags(tags: &[String]) -> Value {
    if tags.is_empty() { Value::Null } else { tags.iter().map(String::as_str).map(Value::from).collect() }
}
