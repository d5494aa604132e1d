//! Placement constraints of a task definition (CN-01, CN-06), each read as placement reads it, so that an editor sees
//! every one that is wrong and where its expression stops making sense.

use super::Findings;
use crate::aws::ApiError;
use crate::ecs::taskdef::read::{list, member, text};
use crate::ecs::taskdef::view::View;
use crate::placement;
use alloc::format;
use serde_json::{Value, json};

pub(super) fn check(view: &View, out: &mut Findings) {
    let constraints = list(view.root, "placementConstraints");
    if constraints.len() > placement::CONSTRAINT_LIMIT
        && let Some(whole) = member(view.root, "placementConstraints")
        && let Err(error) = placement::constraints_from(whole)
    {
        out.push(error);
    }
    for (index, constraint) in constraints.iter().enumerate() {
        if let Some(error) = refusal(constraint, index) {
            out.push(error);
        }
    }
}

fn refusal(constraint: &Value, index: usize) -> Option<ApiError> {
    let at = format!("placementConstraints[{index}]");
    let kind = text(constraint, "type").unwrap_or_default();
    if kind != "memberOf" {
        let message = format!("Create TaskDefinition: constraint.type '{kind}' is not supported.");
        let error = ApiError::client(message).at(format!("{at}.type"));
        // AWS's sentence is known for this type only.
        return Some(if kind == "distinctInstance" { error } else { error.in_our_words() });
    }
    let error = placement::constraints_from(&json!([constraint])).err()?;
    let path = error.path.replacen("placementConstraints[0]", &at, 1);
    Some(error.at(path))
}
