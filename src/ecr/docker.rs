//! Images as a builder makes them, the same for the same instructions (3.4, 3.5).
//!
//! A layer's bytes are a short text that names its instruction and its files, so its digest is a real one; its size, which only the
//! manifest tells, is what such a layer would have.

use super::build::{Step, Steps, Why};
use super::configuration::FILES;
use super::manifest::{BASE, DOCKER, INDEX, LIST, Manifest, OCI};
use super::runs::Failed;
use super::state::Ecr;
use super::{layer, put, sha256};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::ecs::image as catalogue;
use crate::event::Cx;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// A layer or configuration with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The digest of the bytes.
    pub digest: String,
    /// The size that the manifest tells.
    pub size: u64,
    /// The bytes to upload.
    pub bytes: String,
}

/// An image that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The layers, those of the base first.
    pub layers: Vec<Blob>,
    /// The configuration.
    pub config: Blob,
    /// The manifest.
    pub manifest: String,
    /// The manifest's digest.
    pub digest: String,
}

impl Built {
    /// The same image as a daemon pushes it out of its own store, whatever it was built or pulled as: layers and
    /// configuration under a manifest of Docker's schema 2, written in lines as the daemon writes it. BuildKit pushes by OCI.
    pub fn by_daemon(&self) -> Self {
        let entry = |own: &Blob, kind: &str, indent: &str| {
            format!(
                "{{\n{indent}   \"mediaType\": \"{kind}\",\n{indent}   \"size\": {},\n{indent}   \"digest\": \"{}\"\n{indent}}}",
                own.size, own.digest
            )
        };
        let config = entry(&self.config, "application/vnd.docker.container.image.v1+json", "   ");
        let layers: Vec<String> =
            self.layers.iter().map(|own| format!("      {}", entry(own, layer::GZIP, "      "))).collect();
        let layers = if layers.is_empty() { String::from("[]") } else { format!("[\n{}\n   ]", layers.join(",\n")) };
        let manifest = format!(
            "{{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"{DOCKER}\",\n   \"config\": {config},\n   \"layers\": {layers}\n}}"
        );
        let digest = sha256(manifest.as_bytes());
        Self { manifest, digest, ..self.clone() }
    }
}

/// Builds an image for `OS/ARCHITECTURE` from the lines of a Dockerfile that takes no files. The last stage counts; `RUN`,
/// `COPY` and `ADD` in it make a layer each.
pub fn build(dockerfile: &[&str], platform: &str) -> Built {
    built(dockerfile, platform).built
}

/// The command of such a Dockerfile that fails, and how.
pub fn failure(dockerfile: &[&str], platform: &str) -> Option<Failed> {
    match built(dockerfile, platform).fault?.1 {
        Why::Failed(failed) => Some(failed),
        Why::Missing(_) => None,
    }
}

fn built(dockerfile: &[&str], platform: &str) -> Steps {
    let code = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for line in dockerfile.iter().map(|line| line.trim()).filter(code) {
        let (own, more) = line.strip_suffix('\\').map_or((line, false), |own| (own, true));
        match steps.last_mut().filter(|_| goes_on) {
            Some(step) => step.line.push_str(own),
            None => steps.push(Step { line: own.to_string(), ..Step::default() }),
        }
        goes_on = more;
    }
    super::build::build(&steps, &[], platform)
}

/// Bytes of a megabyte, as registries count.
pub(super) const MB: u64 = 1_000_000;

/// The platforms that images of public registries are made for.
pub const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// The platform of images that hold Windows.
const WINDOWS: [&str; 1] = ["windows/amd64"];

/// An image of another registry: an index of images for the [`PLATFORMS`], or for Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The images, each with its platform.
    pub images: Vec<(&'static str, Built)>,
    /// The manifest of the index.
    pub index: String,
    /// Its digest.
    pub digest: String,
}

impl Upstream {
    /// The image for a platform.
    pub fn image(&self, platform: &str) -> Option<&Built> {
        self.images.iter().find(|(own, _)| *own == platform).map(|(_, built)| built)
    }
}

/// The image of another registry that stands under a name; of Docker Hub the same whether the name is short or whole.
pub fn upstream(named: &str) -> Upstream {
    let named = named.strip_prefix("docker.io/").unwrap_or(named);
    let named = named.strip_prefix("library/").unwrap_or(named);
    let bare = |platform| {
        let (history, layers) = base(named, platform);
        image(named, platform, &history, layers, &[])
    };
    let platforms: &[&str] = if catalogue::lacks(named, "linux/amd64") { &WINDOWS } else { &PLATFORMS };
    let images: Vec<_> = platforms.iter().map(|platform| (*platform, bare(platform))).collect();
    let (index, digest) = index_of(images.iter().map(|(platform, built)| entry_of(OCI, platform, built)).collect());
    Upstream { images, index, digest }
}

/// What an image of the catalogue brings to whoever builds on it: its history and its layers.
pub(super) fn base(named: &str, platform: &str) -> (String, Vec<Blob>) {
    let history = format!("{named} {platform}");
    let size = || u64::from(catalogue::size(named).unwrap_or(100)) * MB;
    let layers = if named == "scratch" { Vec::new() } else { alloc::vec![made(&format!("FROM {history}"), size())] };
    (history, layers)
}

/// The provenance of an image that BuildKit pushes beside it: an image for no platform whose layer is a statement.
pub fn provenance(of: &Built) -> Built {
    let digest = of.digest.trim_start_matches("sha256:");
    let subject = object!({ "name": "image", "digest": object!({ "sha256": digest }) });
    let statement = object!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": alloc::vec![subject],
    });
    let blob = |bytes: String| Blob { digest: sha256(bytes.as_bytes()), size: bytes.len() as u64, bytes };
    let layer = blob(statement.to_string());
    let config = blob(
        object!({
            "architecture": "unknown",
            "os": "unknown",
            "config": object::of(Vec::new()),
            "rootfs": object!({ "type": "layers", "diff_ids": alloc::vec![layer.digest.as_str()] }),
        })
        .to_string(),
    );
    assembled(alloc::vec![layer], config, "application/vnd.in-toto+json")
}

pub(super) fn made(text: &str, size: u64) -> Blob {
    let bytes = format!("layer of the lab\n{text}\n");
    Blob { digest: sha256(bytes.as_bytes()), size, bytes }
}

pub(super) fn image(base: &str, platform: &str, history: &str, layers: Vec<Blob>, files: &[(String, String)]) -> Built {
    let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
    let diffs: Vec<&str> = layers.iter().map(|own| own.digest.as_str()).collect();
    let labels = object::of(alloc::vec![(BASE, base.into())]);
    let mut config = object!({
        "architecture": architecture,
        "os": os,
        "config": object!({ "Labels": labels }),
        "rootfs": object!({ "type": "layers", "diff_ids": diffs }),
        "history": alloc::vec![object!({ "created_by": history })],
    });
    if !files.is_empty() {
        config[FILES] = files.iter().map(|(path, text)| (path.clone(), Value::from(text.as_str()))).collect();
    }
    let config = config.to_string();
    let config = Blob { digest: sha256(config.as_bytes()), size: config.len() as u64, bytes: config };
    assembled(layers, config, "application/vnd.oci.image.layer.v1.tar+gzip")
}

fn assembled(layers: Vec<Blob>, config: Blob, kind: &str) -> Built {
    signed(layers, config, [kind, "application/vnd.oci.image.config.v1+json"], Map::new())
}

/// An artifact of OCI that is no image: a configuration and a layer, each with its media type, and annotations.
pub fn artifact(config: (&str, String), layer: (&str, String), annotations: Map<String, Value>) -> Built {
    let blob = |bytes: String| Blob { digest: sha256(bytes.as_bytes()), size: bytes.len() as u64, bytes };
    signed(alloc::vec![blob(layer.1)], blob(config.1), [layer.0, config.0], annotations)
}

/// What layers and a configuration make with a manifest over them; `kinds` are their media types.
fn signed(layers: Vec<Blob>, config: Blob, kinds: [&str; 2], annotations: Map<String, Value>) -> Built {
    let blob = |own: &Blob, kind: &str| object!({ "mediaType": kind, "size": own.size, "digest": own.digest.as_str() });
    let [kind, of_config] = kinds;
    let mut manifest = object!({
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": blob(&config, of_config),
        "layers": layers.iter().map(|own| blob(own, kind)).collect::<Vec<_>>(),
    });
    if !annotations.is_empty() {
        manifest["annotations"] = Value::Object(annotations);
    }
    let manifest = manifest.to_string();
    let digest = sha256(manifest.as_bytes());
    Built { layers, config, manifest, digest }
}

/// An index over built images, each with its platform: the manifest and its digest.
pub fn index(images: &[(&str, &Built)]) -> (String, String) {
    index_of(images.iter().map(|(platform, built)| entry(platform, built)).collect())
}

/// An image as an index lists it.
pub fn entry(platform: &str, built: &Built) -> Value {
    let kind = Manifest::parse(&built.manifest, None).map_or_else(|_| OCI.to_string(), |own| own.media_type);
    entry_of(&kind, platform, built)
}

fn entry_of(kind: &str, platform: &str, built: &Built) -> Value {
    let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
    object!({
        "mediaType": kind,
        "size": built.manifest.len(),
        "digest": built.digest.as_str(),
        "platform": object!({ "architecture": architecture, "os": os }),
    })
}

/// An index with these entries, a list of Docker's own where the first is an image of Docker's own: the manifest and its
/// digest.
pub fn index_of(entries: Vec<Value>) -> (String, String) {
    let kind = if entries.first().is_some_and(|own| own["mediaType"] == DOCKER) { LIST } else { INDEX };
    let index = object!({ "schemaVersion": 2, "mediaType": kind, "manifests": entries }).to_string();
    let digest = sha256(index.as_bytes());
    (index, digest)
}

/// What a push did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digests of layers and configuration, each with whether it was there before.
    pub blobs: Vec<(String, bool)>,
    /// The digest of the manifest.
    pub digest: String,
}

/// Pushes a built image by the calls of a client, in their order (3.5): one look at which layers are there, each missing
/// one begun, sent and completed, then the manifest, with a tag or alone. `call` makes a call of ECR. An image that stands there with this
/// tag is no error (3.4). Errors: the first refusal.
pub fn push(
    call: &mut dyn FnMut(&'static str, Value) -> Result<Value, ApiError>,
    repository: &str,
    tag: Option<&str>,
    built: &Built,
) -> Result<Pushed, ApiError> {
    let blobs = || built.layers.iter().chain([&built.config]);
    let digests: Vec<&str> = blobs().map(|own| own.digest.as_str()).collect();
    let check = object!({ "repositoryName": repository, "layerDigests": digests });
    let there = call("BatchCheckLayerAvailability", check)?;
    let mut pushed = Pushed { blobs: Vec::new(), digest: built.digest.clone() };
    for blob in blobs() {
        let known =
            |own: &&Value| own["layerDigest"] == blob.digest.as_str() && own["layerAvailability"] == "AVAILABLE";
        let before = there["layers"].as_array().into_iter().flatten().any(|own| known(&own));
        // Two instructions alike make one layer.
        let twice = pushed.blobs.iter().any(|(digest, _)| *digest == blob.digest);
        if !before && !twice {
            if blob.bytes.is_empty() {
                return Err(ApiError::not_simulated("a push of layers whose bytes it does not hold"));
            }
            let id = call("InitiateLayerUpload", object!({ "repositoryName": repository }))?["uploadId"].clone();
            let part = object!({
                "repositoryName": repository,
                "uploadId": id.clone(),
                "partFirstByte": 0,
                "partLastByte": blob.bytes.len().saturating_sub(1),
                "layerPartBlob": STANDARD.encode(&blob.bytes),
            });
            call("UploadLayerPart", part)?;
            let digests = alloc::vec![blob.digest.as_str()];
            let done = object!({ "repositoryName": repository, "uploadId": id, "layerDigests": digests });
            call("CompleteLayerUpload", done)?;
        }
        pushed.blobs.push((blob.digest.clone(), before || twice));
    }
    push_manifest(call, repository, tag, &built.manifest)?;
    Ok(pushed)
}

/// The last call of a push. An image that stands there with this tag is no error. Errors: the refusal.
pub fn push_manifest(
    call: &mut dyn FnMut(&'static str, Value) -> Result<Value, ApiError>,
    repository: &str,
    tag: Option<&str>,
    manifest: &str,
) -> Result<(), ApiError> {
    let mut image = object!({ "repositoryName": repository, "imageManifest": manifest });
    if let Some(tag) = tag {
        image["imageTag"] = tag.into();
    }
    match call("PutImage", image) {
        Err(error) if error.code != "ImageAlreadyExistsException" => Err(error),
        _ => Ok(()),
    }
}

/// Puts the image of another registry into a repository without its calls, as the cache does.
pub(super) fn put(ecr: &mut Ecr, cx: &mut Cx<'_>, name: &str, image: &Upstream, tag: &str) -> Result<(), ApiError> {
    for (_, built) in &image.images {
        if let Some(own) = ecr.change(name) {
            for blob in built.layers.iter().chain([&built.config]) {
                own.layers.insert(blob.digest.clone(), layer::layer(blob.bytes.as_bytes(), blob.size));
            }
        }
        if ecr.repository(name).is_none_or(|own| own.image(&built.digest).is_none()) {
            put::put(ecr, cx, name, &object!({ "imageManifest": built.manifest.as_str() }))?;
        }
    }
    put::put(ecr, cx, name, &object!({ "imageManifest": image.index.as_str(), "imageTag": tag })).map(drop)
}
