//! What docker holds that outlives the page: images, volumes, the credential helper, and the pulls that Docker Hub counts.

use super::{Docker, Local};
use crate::aws::object::object;
use crate::ecr::docker::{Blob, Built};
use crate::shell::files::Files;
use crate::shell::kept;
use crate::sim::order;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

impl Docker {
    pub(in crate::shell) fn kept(&self) -> Value {
        let mut images: Vec<_> = self.images.iter().collect();
        order::sort_by(&mut images, |left, right| right.1.made.cmp(&left.1.made));
        let sized = images.into_iter().map(|(key, own)| {
            let value = image(own);
            (key.len() + weight(&own.built), (key.clone(), value))
        });
        object!({
            "images": Value::Object(kept::within(sized).collect()),
            "helper": self.has_helper,
            "pulls": self.pulls.iter().map(|at| Value::from(at.as_millis())).collect::<Vec<_>>(),
            "volumes": self.volumes.kept(),
        })
    }

    pub(in crate::shell) fn of_kept(kept: &Value) -> Self {
        let images = kept["images"].as_object().into_iter().flatten();
        let pulls = kept["pulls"].as_array().into_iter().flatten();
        Self {
            images: images.filter_map(|(key, own)| Some((key.clone(), read_image(own)?))).collect(),
            has_helper: kept["helper"] == true,
            pulls: pulls.map(kept::moment).collect(),
            volumes: Files::of_kept(&kept["volumes"]).unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// About as many bytes as an image takes.
fn weight(own: &Built) -> usize {
    let blobs = own.layers.iter().chain([&own.config]).map(|blob| blob.bytes.len() + blob.digest.len() + 40);
    own.manifest.len() + 200 + blobs.sum::<usize>()
}

fn image(own: &Local) -> Value {
    let built = &own.built;
    object!({
        "made": own.made.as_millis(),
        "platform": own.platform.as_str(),
        "digests": own.digests.clone(),
        "layers": built.layers.iter().map(blob).collect::<Vec<_>>(),
        "config": blob(&built.config),
        "manifest": built.manifest.as_str(),
        "digest": built.digest.as_str(),
    })
}

fn blob(own: &Blob) -> Value {
    object!({ "digest": own.digest.as_str(), "size": own.size, "bytes": own.bytes.as_str() })
}

fn text(kept: &Value) -> Option<String> {
    kept.as_str().map(ToString::to_string)
}

fn read_image(kept: &Value) -> Option<Local> {
    let blob = |kept: &Value| {
        Some(Blob { digest: text(&kept["digest"])?, size: kept["size"].as_u64()?, bytes: text(&kept["bytes"])? })
    };
    let built = Built {
        layers: kept["layers"].as_array()?.iter().map(blob).collect::<Option<_>>()?,
        config: blob(&kept["config"])?,
        manifest: text(&kept["manifest"])?,
        digest: text(&kept["digest"])?,
    };
    Some(Local {
        built: Rc::new(built),
        made: kept::moment(&kept["made"]),
        platform: text(&kept["platform"])?,
        digests: kept::texts(&kept["digests"]),
    })
}
