//! The answers recorded from AWS.

use super::deck::*;
use ecs_lab::aws::{model, wire};
use serde_json::json;

#[test]
fn recorded_answer_of_tags_on_update() {
    let mut lab = scalable(1, 1, 2);
    let error = try_aas(&mut lab, "RegisterScalableTarget", json!({ "Tags": { "a": "b" } })).unwrap_err();
    let message = "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the TagResource API.";
    assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), ("ValidationException", message, false));
}

/// As the service says it to a client that does not look first.
#[test]
fn recorded_answer_of_an_empty_role() {
    let known = model::operation("application-autoscaling", "RegisterScalableTarget").unwrap();
    let input = json!({
        "ServiceNamespace": "ecs", "ResourceId": "service/probe/probe", "ScalableDimension": "ecs:service:DesiredCount",
        "RoleARN": "",
    });
    let error = wire::receive(known, input).unwrap_err();
    let message = "1 validation error detected: Value '' at 'roleARN' failed to satisfy constraint: Member must have length greater than or equal to 1";
    assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), ("ValidationException", message, false));
}
