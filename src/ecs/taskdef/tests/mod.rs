//! The rule tables of RegisterTaskDefinition.

mod answers;
mod derived;
#[cfg(not(target_arch = "wasm32"))]
mod properties;
mod recorded;
mod refusals;
mod refusals_capacity;
mod refusals_members;

use alloc::string::String;
use serde_json::{Map, Value, json};

/// Members of `patch` over those of `base`; null removes.
fn merged(base: Value, patch: Value) -> Value {
    let mut out: Map<String, Value> = base.as_object().cloned().unwrap();
    for (key, value) in patch.as_object().cloned().unwrap() {
        if value.is_null() {
            out.shift_remove(&key);
        } else {
            out.insert(key, value);
        }
    }
    Value::Object(out)
}

/// A bridge definition with one container.
fn ec2(container: Value, task: Value) -> Value {
    let container = merged(json!({"name": "app", "image": "busybox", "memory": 64}), container);
    merged(json!({"family": "probe", "containerDefinitions": [container]}), task)
}

/// An awsvpc definition for EC2 with one container.
fn awsvpc(container: Value, task: Value) -> Value {
    ec2(container, merged(json!({"networkMode": "awsvpc"}), task))
}

/// A Fargate definition with one container.
fn fargate(container: Value, task: Value) -> Value {
    let container = merged(json!({"name": "app", "image": "busybox"}), container);
    let base = json!({"family": "probe", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
        "cpu": "256", "memory": "512", "containerDefinitions": [container]});
    merged(base, task)
}

/// A bridge definition with these containers.
fn several(containers: Value, task: Value) -> Value {
    merged(json!({"family": "probe", "memory": "512", "containerDefinitions": containers}), task)
}
