//! Image manifests and indexes, of Docker and of OCI: what they name (3.1, 3.5). Pure.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// An image of OCI.
pub const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
/// An image of Docker.
pub const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// The images of several platforms, of OCI.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The same of Docker.
pub const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// The label and annotation with which builders name the image that another one was built from.
pub const BASE: &str = "org.opencontainers.image.base.name";

/// A piece of content that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its digest.
    pub digest: String,
    /// Its size in bytes, as the manifest says.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
}

/// An image of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its manifest.
    pub blob: Blob,
    /// `OS/ARCHITECTURE`; empty where the index does not say.
    pub platform: String,
}

/// What a manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its own media type.
    pub media_type: String,
    /// artifactMediaType: what kind of artifact it is, or the type of its configuration; empty for an index.
    pub artifact_type: String,
    /// The configuration; an index has none.
    pub config: Option<Blob>,
    /// The layers, the lowest first.
    pub layers: Vec<Blob>,
    /// The images of an index.
    pub children: Vec<Child>,
    /// The digest of the manifest that this one refers to, as signatures do.
    pub subject: Option<String>,
    /// The annotations.
    pub annotations: Value,
}

/// Whether it is an algorithm and hexadecimal digits.
pub fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let sign = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
    !algorithm.is_empty()
        && algorithm.chars().all(sign)
        && !hex.is_empty()
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Manifest {
    /// Reads a manifest; `named` is the media type that came beside it. Errors: what is wrong with it, in our words.
    pub fn parse(manifest: &str, named: Option<&str>) -> Result<Self, &'static str> {
        let value: Value = serde_json::from_str(manifest).map_err(|_| "Invalid JSON syntax")?;
        if value["schemaVersion"] != 2 {
            return Err("Manifest must have schemaVersion 2");
        }
        let inside = value["mediaType"].as_str();
        let media_type = match (inside, named) {
            (Some(inside), Some(named)) if inside != named => {
                return Err("Image manifest mediaType and imageManifestMediaType do not match");
            }
            (Some(kind), _) | (None, Some(kind)) => kind,
            (None, None) if value["manifests"].is_array() => INDEX,
            (None, None) => OCI,
        };
        let blobs = |list: &Value| -> Option<Vec<Blob>> { list.as_array()?.iter().map(blob).collect() };
        let config = blob(&value["config"]);
        let artifact_type = value["artifactType"].as_str();
        let artifact_type = artifact_type.or(config.as_ref().map(|own| own.media_type.as_str())).unwrap_or_default();
        let mut read = Self {
            media_type: media_type.to_string(),
            artifact_type: artifact_type.to_string(),
            subject: value["subject"]["digest"].as_str().map(ToString::to_string),
            annotations: value["annotations"].clone(),
            ..Self::default()
        };
        match media_type {
            OCI | DOCKER => {
                let layers = blobs(&value["layers"]).ok_or("Manifest must have layers, each with digest and size")?;
                read.layers = layers;
                read.config = Some(config.ok_or("Manifest must have a config with digest and size")?);
            }
            INDEX | LIST => {
                let children = value["manifests"].as_array().and_then(|list| list.iter().map(child).collect());
                read.children = children.ok_or("Index must have manifests, each with digest and size")?;
            }
            _ => return Err("Unsupported image manifest media type"),
        }
        Ok(read)
    }

    /// The layers, then the configuration.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        self.layers.iter().chain(&self.config)
    }

    /// Whether it is an index.
    pub fn is_index(&self) -> bool {
        self.config.is_none()
    }
}

fn blob(value: &Value) -> Option<Blob> {
    let digest = value["digest"].as_str().filter(|own| is_digest(own))?;
    let media_type = value["mediaType"].as_str().unwrap_or_default();
    Some(Blob { digest: digest.to_string(), size: value["size"].as_u64()?, media_type: media_type.to_string() })
}

fn child(value: &Value) -> Option<Child> {
    let part = |name: &str| value["platform"][name].as_str();
    let platform = match (part("os"), part("architecture")) {
        (Some(os), Some(architecture)) => alloc::format!("{os}/{architecture}"),
        _ => String::new(),
    };
    Some(Child { blob: blob(value)?, platform })
}
