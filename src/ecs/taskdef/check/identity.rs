//! Family, number of containers, size of the whole (TD-01, TD-12, CD-01, CD-17).

use super::Findings;
use crate::ecs::taskdef::read::{filled, text};
use crate::ecs::taskdef::view::View;
use alloc::format;

/// Bytes of JSON that a definition may have (TD-12).
const MAX_BYTES: usize = 65_536;

/// Containers that a definition may have (TD-12).
const MAX_CONTAINERS: usize = 10;

pub(super) fn check(view: &View, out: &mut Findings) {
    match text(view.root, "family") {
        None | Some("") => out.add("family", "Family should not be null or empty."),
        Some(family) if !is_name(family) => out.add("family", "Family contains invalid characters."),
        Some(_) => {}
    }
    if filled(view.root, "inferenceAccelerators") {
        out.add("inferenceAccelerators", "Unsupported field 'inferenceAccelerators'.");
    }
    if view.containers.is_empty() {
        out.add("containerDefinitions", "Container list cannot be empty");
    }
    if view.containers.len() > MAX_CONTAINERS {
        let number = view.containers.len();
        let message = format!("A task definition has at most {MAX_CONTAINERS} containers; this one has {number}.");
        out.add_ours("containerDefinitions", message);
    }
    let length = serde_json::to_string(view.root).map_or(0, |json| json.len());
    if length > MAX_BYTES {
        out.add("", format!("Actual length: '{length}'. Max allowed length is '{MAX_BYTES}' bytes."));
    }
}

/// The alphabet and length of families, containers and volumes: 1 to 255 letters, digits, `_`, `-` (TD-01).
pub(super) fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
