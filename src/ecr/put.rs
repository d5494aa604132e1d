//! PutImage: a manifest comes in, alone or with a tag (3.5 to 3.7).

use super::manifest::Manifest;
use super::state::{Ecr, Image, ImageStatus, Repository};
use super::{scan, sha256, tell, text, words};
use crate::aws::object::{self, object};
use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event, RegistryStep};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Tags of an image (3.2).
const TAGS: usize = 1000;
/// Images of a repository (3.2).
const IMAGES: usize = 100_000;

pub fn put_image(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    words::change(ecr, cx, input)?;
    let name = text(input, "repositoryName");
    let number = put(ecr, cx, name, input)?;
    let own = words::change(ecr, cx, input)?;
    let image = own.images.get(&number).cloned();
    let tag = input["imageTag"].as_str();
    Ok(object!({ "image": image.map(|image| shown(&image, tag, &account, name)).unwrap_or_default() }))
}

/// An image as PutImage and BatchGetImage give it.
pub fn shown(image: &Image, tag: Option<&str>, account: &Account, name: &str) -> Value {
    let id = id(&image.digest, tag);
    let manifest = Value::from(&*image.manifest);
    let media_type = Value::from(image.parsed.media_type.as_str());
    words::answer(
        account,
        name,
        alloc::vec![("imageId", id), ("imageManifest", manifest), ("imageManifestMediaType", media_type)],
    )
}

/// An imageId.
pub fn id(digest: &str, tag: Option<&str>) -> Value {
    let mut members = alloc::vec![("imageDigest", Value::from(digest))];
    members.extend(tag.map(|tag| ("imageTag", Value::from(tag))));
    object::of(members)
}

/// Puts the image of such a request into the repository; its number.
pub fn put(ecr: &mut Ecr, cx: &mut Cx<'_>, name: &str, input: &Value) -> Result<u32, ApiError> {
    let account = cx.options().account.clone();
    let (now, registry) = (cx.now(), account.id.as_str());
    let missing = || words::no_repository(name, registry);
    let replications = ecr.registry.replications;
    let copies = ecr.registry.destinations(name).next().is_some();
    let own = ecr.change(name).ok_or_else(missing)?;
    let (manifest, tag) = (text(input, "imageManifest"), input["imageTag"].as_str());
    let parsed = Manifest::parse(manifest, input["imageManifestMediaType"].as_str())
        .map_err(|why| words::constraint("imageManifest", why).at("imageManifest").in_our_words())?;
    let digest = sha256(manifest.as_bytes());
    if input["imageDigest"].as_str().is_some_and(|given| given != digest) {
        let message = format!("The digest of the manifest is '{digest}', not '{}'.", text(input, "imageDigest"));
        return Err(ApiError::new("ImageDigestDoesNotMatchException", message).at("imageDigest").in_our_words());
    }
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        let message = format!("must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]*', but is '{tag}'");
        return Err(words::constraint("imageTag", &message).at("imageTag").in_our_words());
    }
    complete(own, &parsed, registry)?;
    let there = own.image(&digest).map(|image| (image.number, image.tags.len(), image.status));
    let at = tag.and_then(|tag| own.tagged(tag)).map(|image| image.digest.clone());
    let active = there.is_some_and(|(_, _, status)| status == ImageStatus::Active);
    match (tag, &at) {
        (Some(_), Some(at)) if *at == digest && !active => {}
        (Some(tag), Some(at)) if *at == digest => return Err(words::image_exists(&digest, tag, name, registry)),
        (Some(tag), Some(_)) if own.keeps(tag) => {
            let message = format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable."
            );
            return Err(ApiError::new("ImageTagAlreadyExistsException", message).at("imageTag"));
        }
        (None, _) if active => {
            return Err(words::image_exists(&digest, "null", name, registry).in_our_words());
        }
        _ => {}
    }
    let new_tag = tag.is_some() && at.as_ref() != Some(&digest);
    if there.map_or(own.images.len() >= IMAGES, |(_, tags, _)| new_tag && tags >= TAGS) {
        let what = if there.is_some() { format!("{TAGS} tags") } else { format!("{IMAGES} images") };
        let message = format!("The limit of {what} is reached.");
        return Err(ApiError::new("LimitExceededException", message).in_our_words());
    }
    let number = match there {
        Some((number, _, _)) => {
            // A push of what lies in the archive brings it back at once.
            if let Some(image) = own.image_mut(number).filter(|image| image.status != ImageStatus::Active) {
                image.status = ImageStatus::Active;
                image.activated_at = Some(now);
            }
            number
        }
        None => add(own, manifest, digest.clone(), parsed, now),
    };
    if let Some(image) = own.image_mut(number).filter(|image| image.replicates.0 != replications) {
        image.replicates = (replications, now);
    }
    if copies {
        let step = RegistryStep::Copied;
        cx.schedule(super::replica::TAKES, Event::Registry { repository: own.number, image: number, step });
    }
    let before = tag.and_then(|tag| own.put_tag(tag, number));
    let moved = before.and_then(|before| own.images.get(&before)).map(|image| super::short(&image.digest));
    let as_tag = tag.map(|tag| format!(" as {tag}")).unwrap_or_default();
    let from = moved.map(|moved| format!(", which {moved} had")).unwrap_or_default();
    tell(cx, name, format!("image {} pushed{as_tag}{from}", super::short(&digest)));
    if there.is_none() {
        scan::pushed(ecr, cx, name, number);
    }
    Ok(number)
}

fn add(own: &mut Repository, manifest: &str, digest: String, parsed: Manifest, now: crate::sim::SimTime) -> u32 {
    own.pushed += 1;
    let number = own.pushed;
    let children = parsed.children.iter().filter_map(|child| own.image(&child.blob.digest)).map(|image| image.size);
    let blobs = parsed.blobs().map(|blob| blob.size).fold(0, u64::saturating_add);
    let size = children.max().unwrap_or(blobs);
    own.by_digest.insert(digest.clone(), number);
    let image = Image {
        number,
        digest,
        manifest: manifest.into(),
        parsed,
        tags: Vec::new(),
        size,
        pushed_at: now,
        pulled_at: None,
        status: ImageStatus::Active,
        archived_at: None,
        activated_at: None,
        scan: None,
        replicates: (0, now),
    };
    own.images.insert(number, Rc::new(image));
    number
}

/// All that the manifest names must be in the repository.
fn complete(own: &Repository, parsed: &Manifest, registry: &str) -> Result<(), ApiError> {
    let absent = parsed.blobs().map(|blob| blob.digest.as_str());
    let absent: Vec<&str> = absent.filter(|digest| !own.layers.contains_key(*digest)).collect();
    if !absent.is_empty() {
        return Err(words::needed("LayersNotFoundException", "Layers", &absent.join(","), &own.name, registry));
    }
    let absent = parsed.children.iter().map(|child| child.blob.digest.as_str());
    let absent: Vec<&str> = absent.filter(|digest| own.image(digest).is_none()).collect();
    if !absent.is_empty() {
        let code = "ReferencedImagesNotFoundException";
        return Err(words::needed(code, "Images", &absent.join(","), &own.name, registry).in_our_words());
    }
    Ok(())
}

/// Whether registries take it for a tag.
pub fn is_tag(tag: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    tag.chars().all(sign) && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}
