//! Family, number of containers, size of the whole (TD-01, TD-12, CD-01, CD-17), form of its roles.

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
    for member in ["taskRoleArn", "executionRoleArn"] {
        if text(view.root, member).is_some_and(|own| !own.is_empty() && !is_role(own)) {
            out.add(member, "Role is not valid");
        }
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

/// Whether a text is a role's ARN, or a name that a role can have.
fn is_role(text: &str) -> bool {
    let name = match text.strip_prefix("arn:") {
        Some(rest) => rest.split_once(":iam::").and_then(|(_, rest)| {
            let (account, role) = rest.split_once(":role/")?;
            let plain = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
            role.rsplit('/').next().filter(|_| plain)
        }),
        None => Some(text),
    };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    name.is_some_and(|name| (1..=64).contains(&name.len()) && name.bytes().all(legal))
}

/// The alphabet and length of families, containers and volumes: 1 to 255 letters, digits, `_`, `-` (TD-01).
pub(super) fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
