//! How services with the older kind of answer word a fault: `Invalid parameter at 'X' failed to satisfy constraint: 'Y'`
//! (`scaling-ecr-iam-cli.md` 3.12, and as recorded of Amazon ECR).

use super::{ApiError, Fault, InputError};
use crate::aws::model::Bounds;
use alloc::format;
use alloc::string::{String, ToString};

/// Whether the service words its faults so.
pub fn speaks(service: &str) -> bool {
    service == "ecr"
}

/// The service's refusal of a request with this fault; none for a fault that only the caller's side knows.
pub fn refusal(fault: &InputError) -> Option<ApiError> {
    let rule = match &fault.kind {
        Fault::Missing { .. } => "Member must not be null".to_string(),
        Fault::NotInEnum { allowed, .. } => format!("Member must satisfy enum value set: [{}]", allowed.join(", ")),
        Fault::BadPattern { pattern, .. } => format!("must satisfy regular expression '{pattern}'"),
        Fault::BadLength { length, bounds } => limit("length", bounds, bounds.min.is_some_and(|min| *length < min)),
        Fault::OutOfRange { value, bounds } => {
            let below = bounds.min.is_some_and(|min| super::below(value, min));
            limit("value", bounds, below)
        }
        _ => return None,
    };
    let message = format!("Invalid parameter at '{}' failed to satisfy constraint: '{rule}'", member(&fault.path));
    Some(ApiError::invalid(message).at(fault.path.as_str()))
}

fn limit(what: &str, bounds: &Bounds, below: bool) -> String {
    let (word, end) = if below { ("greater", bounds.min) } else { ("less", bounds.max) };
    format!("Member must have {what} {word} than or equal to {}", end.unwrap_or_default())
}

/// A path as the service writes it: `imageIds[0].imageTag` is `imageIds.1.member.imageTag`.
fn member(path: &str) -> String {
    let mut out = String::new();
    for (place, part) in path.split('[').enumerate() {
        let index = part.split_once(']').filter(|_| place > 0);
        match index.and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest))) {
            Some((number, rest)) => out += &format!(".{}.member{rest}", number + 1),
            None => out += part,
        }
    }
    out
}
