//! Secrets, environment files and private registries (CD-20, CD-21).

use super::Findings;
use crate::ecs::taskdef::read::{filled, list, text};
use crate::ecs::taskdef::view::View;
use alloc::format;

/// Environment files that one container may have (CD-21).
const MAX_FILES: usize = 10;

pub(super) fn check(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        if filled(container, "secrets") && !view.has_execution_role() {
            let message =
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
            out.add(format!("{path}.secrets"), message);
        }
        let files = list(container, "environmentFiles");
        if files.len() > MAX_FILES {
            let message = "The maximum number of environment files was exceeded. Specify ten or less and try again.";
            out.add(format!("{path}.environmentFiles"), message);
        }
        for (index, file) in files.iter().enumerate() {
            if !is_s3_object(text(file, "value").unwrap_or("")) {
                out.add(format!("{path}.environmentFiles[{index}].value"), "Invalid arn syntax.");
            }
        }
    }
}

/// `arn:PARTITION:s3:::BUCKET/KEY`.
fn is_s3_object(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let head = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some("arn"), Some(partition), Some("s3"), Some(""), Some("")] = head else { return false };
    let object = parts.next().and_then(|path| path.split_once('/'));
    partition.starts_with("aws") && object.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
}
