//! What holds for any JSON.

use crate::ecs::taskdef::{diff, problems, validate};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NAMES: [&str; 44] = [
    "family",
    "containerDefinitions",
    "name",
    "image",
    "cpu",
    "memory",
    "memoryReservation",
    "portMappings",
    "containerPort",
    "hostPort",
    "containerPortRange",
    "protocol",
    "networkMode",
    "requiresCompatibilities",
    "volumes",
    "host",
    "sourcePath",
    "mountPoints",
    "sourceVolume",
    "dependsOn",
    "containerName",
    "condition",
    "healthCheck",
    "command",
    "interval",
    "startPeriod",
    "logConfiguration",
    "logDriver",
    "options",
    "secrets",
    "valueFrom",
    "executionRoleArn",
    "runtimePlatform",
    "operatingSystemFamily",
    "linuxParameters",
    "resourceRequirements",
    "type",
    "value",
    "placementConstraints",
    "expression",
    "essential",
    "proxyConfiguration",
    "ephemeralStorage",
    "sizeInGiB",
];

const WORDS: [&str; 24] = [
    "a",
    "b",
    "",
    "awsvpc",
    "host",
    "none",
    "FARGATE",
    "EC2",
    "EXTERNAL",
    "MANAGED_INSTANCES",
    "256",
    "512",
    "1 vCPU",
    "0.5 GB",
    "HEALTHY",
    "START",
    "awslogs",
    "GPU",
    "ALL",
    "1-65535",
    "9-2",
    "udp",
    "WINDOWS_SERVER_2022_CORE",
    "é",
];

fn anything() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(&WORDS[..]).prop_map(|word| json!(word));
    let leaf = prop_oneof![
        2 => word,
        1 => any::<bool>().prop_map(Value::from),
        1 => (-2_i64..70_000).prop_map(Value::from),
        1 => Just(json!(u64::MAX)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 96, 6, |inner| {
        let object =
            prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..8).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_string(), value)).collect::<Map<_, _>>())
            });
        prop_oneof![3 => object, 1 => prop::collection::vec(inner, 0..5).prop_map(Value::Array)]
    })
}

/// A definition whose members are partly sound, so that more of them register.
fn definition() -> impl Strategy<Value = Value> {
    let container =
        (prop::sample::select(&["a", "b", "c"][..]), 0_u32..600, anything()).prop_map(|(name, memory, extra)| {
            super::merged(json!({"name": name, "image": "i", "memory": memory}), object(extra))
        });
    (prop::collection::vec(container, 1..4), anything()).prop_map(|(containers, extra)| {
        super::merged(object(extra), json!({"family": "f", "containerDefinitions": containers}))
    })
}

fn object(value: Value) -> Value {
    if value.is_object() { value } else { json!({}) }
}

proptest! {
    #[test]
    fn any_json_is_answered(input in anything()) {
        let found = problems(&input);
        prop_assert_eq!(validate(&input).err(), found.into_iter().next());
    }

    #[test]
    fn any_definition_is_answered(input in definition()) {
        let found = problems(&input);
        prop_assert_eq!(validate(&input).err(), found.into_iter().next());
        if let Ok(done) = validate(&input) {
            let once: BTreeSet<&String> = done.requires_attributes.iter().collect();
            prop_assert_eq!(once.len(), done.requires_attributes.len(), "each once");
            prop_assert_eq!(&done.core.requires_attributes, &done.requires_attributes);
            prop_assert_eq!(done.core.containers.len(), done.document["containerDefinitions"].as_array().map_or(0, Vec::len));
        }
    }

    #[test]
    fn a_difference_has_two_unlike_sides(a in anything(), b in anything()) {
        let found = diff(&a, &b);
        prop_assert!(diff(&a, &a).is_empty());
        prop_assert!(a != b || found.is_empty());
        prop_assert_eq!(found.len(), diff(&b, &a).len(), "as many the other way round");
        prop_assert!(found.iter().all(|each| each.before != each.after));
    }
}

/// Megabytes of members take no more than a moment: no rule compares all with all.
#[test]
fn large_definitions_end() {
    let container = |index: usize| {
        json!({"name": index.to_string(), "image": "i", "memory": 1,
        "portMappings": [{"containerPortRange": "1-65535"}, {"containerPort": 1 + index % 65_000}],
        "dependsOn": [{"containerName": ((index + 1) % 4_000).to_string(), "condition": "START"}],
        "resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]})
    };
    let containers: Vec<Value> = (0..4_000).map(container).collect();
    let wanted: Vec<String> = (0..8_000).map(|index| ["FARGATE", "EC2"][index % 2].to_string()).collect();
    let input = json!({"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": wanted, "containerDefinitions": containers});
    assert!(problems(&input).len() > 4_000);
    let other = json!({"containerDefinitions": containers.iter().rev().collect::<Vec<_>>()});
    assert!(!diff(&input, &other).is_empty());
}
