//! Layers on their way in and out (3.5).

use super::configuration::Config;
use super::state::{Ecr, Layer, Repository, Upload};
use super::{Look, hex, tell, template, text, words};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::event::{Cx, HexId};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The part size that InitiateLayerUpload asks for, as recorded.
const PART: u64 = 10_485_760;
/// Bytes of a part at least, the last one aside.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
/// Bytes of a part at most: what the API takes.
const LARGEST_PART: u64 = 20_971_520;
/// Parts of a layer (3.2).
const PARTS: u32 = 4200;
/// Bytes of a layer (3.2).
const LARGEST: u64 = 52_000 * 1024 * 1024;
/// Bytes up to which something can be an image's configuration.
const CONFIG: usize = 64 * 1024;
/// Bytes up to which a layer is kept whole: those of the lab's own layers, and configurations.
const KEPT: usize = 8 * 1024;
/// Uploads of a repository that the lab keeps open at once.
const OPEN: usize = 1000;

pub const GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

pub fn initiate(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    template::on_push(ecr, cx, input)?;
    words::named(ecr, &cx.options().account, input)?;
    let id = HexId::new(cx.draw_wide("ecr-upload")).uuid();
    let own = words::change(ecr, cx, input)?;
    if own.uploads.len() >= OPEN {
        let message = format!("The lab keeps at most {OPEN} uploads of a repository open.");
        return Err(ApiError::new("LimitExceededException", message).in_our_words());
    }
    let upload =
        Upload { hash: Sha256::new(), received: 0, parts: 0, last_part: 0, small_part: false, head: Vec::new() };
    own.uploads.insert(id.clone(), Rc::new(upload));
    Ok(object!({ "uploadId": id, "partSize": PART }))
}

/// The upload that a call names.
fn upload_of<'a>(own: &'a mut Repository, id: &str, registry: &str) -> Result<&'a mut Upload, ApiError> {
    let message = format!(
        "The upload with upload id '{id}' could not be found for the repository with name '{}' in registry with id '{registry}'",
        own.name
    );
    let missing = || ApiError::new("UploadNotFoundException", message).at("uploadId").in_our_words();
    own.uploads.get_mut(id).map(Rc::make_mut).ok_or_else(missing)
}

pub fn upload(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let (id, name) = (text(input, "uploadId").to_string(), own.name.clone());
    let upload = upload_of(own, &id, &account.id)?;
    let [first, last] = ["partFirstByte", "partLastByte"].map(|key| input[key].as_u64().unwrap_or_default());
    let refuse = |message: String| Err(ApiError::new("InvalidLayerPartException", message).in_our_words());
    if first != upload.received {
        let last_valid = upload.received as i64 - 1;
        return refuse(format!(
            "The first byte of the part is {first}; it must follow the last byte received, {last_valid}."
        ));
    }
    let Ok(bytes) = STANDARD.decode(text(input, "layerPartBlob")) else {
        return Err(words::constraint("layerPartBlob", "must be Base64").at("layerPartBlob").in_our_words());
    };
    let length = bytes.len() as u64;
    if length > LARGEST_PART {
        let message = format!("Member must have length less than or equal to {LARGEST_PART}");
        return Err(words::constraint("layerPartBlob", &message).at("layerPartBlob"));
    }
    if length == 0 || last.checked_add(1) != first.checked_add(length) {
        return refuse(format!("The part has {length} bytes, which is not what partFirstByte and partLastByte say."));
    }
    if upload.parts >= PARTS || upload.received + length > LARGEST {
        let message = format!("A layer has at most {PARTS} parts and {LARGEST} bytes.");
        return Err(ApiError::new("LimitExceededException", message).in_our_words());
    }
    upload.small_part |= upload.parts > 0 && upload.last_part < SMALLEST_PART;
    upload.hash.update(&bytes);
    upload.received += length;
    upload.parts += 1;
    upload.last_part = length;
    if upload.received as usize <= CONFIG {
        upload.head.extend_from_slice(&bytes);
    } else {
        upload.head = Vec::new();
    }
    let more = alloc::vec![("uploadId", id.into()), ("lastByteReceived", last.into())];
    Ok(words::answer(&account, &name, more))
}

pub fn complete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let (id, name) = (text(input, "uploadId").to_string(), own.name.clone());
    let upload = upload_of(own, &id, &account.id)?;
    if upload.parts == 0 {
        let message = format!("The upload with upload id '{id}' has no parts.");
        return Err(ApiError::new("EmptyUploadException", message).at("uploadId").in_our_words());
    }
    if upload.small_part {
        let message = "All layer parts except the last part should be at least 5MB";
        return Err(ApiError::new("LayerPartTooSmallException", message));
    }
    let digest = hex(&upload.hash.clone().finalize());
    let given: Vec<&str> = super::items(input, "layerDigests").filter_map(Value::as_str).collect();
    if !given.contains(&digest.as_str()) {
        let message =
            format!("The layer digest calculated on receipt, '{digest}', does not match '{}'.", given.join("', '"));
        return Err(ApiError::new("InvalidLayerException", message).at("layerDigests").in_our_words());
    }
    if own.layers.contains_key(&digest) {
        return Err(words::layer_exists(&digest, &name, &account.id));
    }
    if let Some(upload) = own.uploads.remove(&id) {
        let layer = layer(&upload.head, upload.received);
        own.layers.insert(digest.clone(), layer);
    }
    tell(cx, &name, format!("layer {} uploaded", super::short(&digest)));
    Ok(words::answer(&account, &name, alloc::vec![("uploadId", id.into()), ("layerDigest", digest.into())]))
}

/// What is kept of a layer that begins with these bytes.
pub fn layer(head: &[u8], size: u64) -> Layer {
    let bytes = core::str::from_utf8(head).ok().filter(|text| (1..=KEPT).contains(&text.len())).map(Rc::from);
    Layer { size, config: Config::read(head).map(Rc::new), bytes }
}

pub fn check(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input);
    // What a push will make has no layers yet (3.9).
    let made_by_push = template::makes_on_push(look.ecr, look.account, input);
    let own = if made_by_push { None } else { Some(own?) };
    let (mut layers, mut failures) = (Vec::new(), Vec::new());
    for digest in super::items(input, "layerDigests").filter_map(Value::as_str) {
        let failure =
            |code: &str, reason: &str| object!({ "layerDigest": digest, "failureCode": code, "failureReason": reason });
        if digest.is_empty() {
            failures.push(failure("MissingLayerDigest", "Layer digest cannot be null or empty"));
        } else if !super::manifest::is_digest(digest) {
            let reason = "layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";
            failures.push(failure("InvalidLayerDigest", &format!("Invalid request parameters: {reason}")));
        } else {
            layers.push(availability(own, digest));
        }
    }
    Ok(object!({ "layers": layers, "failures": failures }))
}

fn availability(own: Option<&Repository>, digest: &str) -> Value {
    let Some((own, layer)) = own.and_then(|own| Some((own, own.layers.get(digest)?))) else {
        return object!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" });
    };
    let word = if archived(own, digest) { "ARCHIVED" } else { "AVAILABLE" };
    object!({ "layerDigest": digest, "layerAvailability": word, "layerSize": layer.size, "mediaType": GZIP })
}

/// Whether all images with that layer are in the archive.
fn archived(own: &Repository, digest: &str) -> bool {
    let mut with = own.images().filter(|image| image.parsed.blobs().any(|blob| blob.digest == digest)).peekable();
    with.peek().is_some() && with.all(|image| image.status != super::ImageStatus::Active)
}

pub fn download_url(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let digest = text(input, "layerDigest");
    if !own.layers.contains_key(digest) {
        let message = format!(
            "The layer with digest '{digest}' does not exist in the repository with name '{}' in the registry with id '{}'",
            own.name, look.account.id
        );
        return Err(ApiError::new("LayersNotFoundException", message).at("layerDigest").in_our_words());
    }
    if archived(own, digest) {
        let message = format!("The layer with digest '{digest}' is archived.");
        return Err(ApiError::new("LayerInaccessibleException", message).at("layerDigest").in_our_words());
    }
    let region = &look.account.region;
    let name = digest.strip_prefix("sha256:").unwrap_or(digest);
    let url = format!(
        "https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com/{}/{}/{name}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600",
        look.account.id, own.number
    );
    Ok(object::of(alloc::vec![("downloadUrl", url.into()), ("layerDigest", digest.into())]))
}
