//! The members the form shows, so that everything else can be named under "also set".

use serde_json::Value;

/// Members of a definition that have a field.
const TOP: [&str; 12] = [
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
    "runtimePlatform",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "ephemeralStorage",
];

/// Members of a container that have a field.
const CONTAINER: [&str; 12] = [
    "name",
    "image",
    "essential",
    "cpu",
    "memory",
    "memoryReservation",
    "portMappings",
    "environment",
    "secrets",
    "healthCheck",
    "dependsOn",
    "logConfiguration",
];

/// Members of the lists and structures below that have a field.
const INNER: [(&str, &[&str]); 9] = [
    ("runtimePlatform", &["cpuArchitecture", "operatingSystemFamily"]),
    ("ephemeralStorage", &["sizeInGiB"]),
    ("volumes", &["name", "host"]),
    ("placementConstraints", &["type", "expression"]),
    ("portMappings", &["containerPort", "hostPort", "protocol"]),
    ("healthCheck", &["command", "interval", "timeout", "retries", "startPeriod"]),
    ("logConfiguration", &["logDriver", "options"]),
    ("dependsOn", &["containerName", "condition"]),
    ("secrets", &["name", "valueFrom"]),
];

/// The paths of what is set in a definition (`container` none) or in one container, and has no field.
pub fn also_set(value: &Value, container: bool) -> Vec<String> {
    let shown: &[&str] = if container { &CONTAINER } else { &TOP };
    let mut also = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        if !shown.contains(&name.as_str()) {
            also.push(name.clone());
            continue;
        }
        let Some((_, inner)) = INNER.iter().find(|(outer, _)| outer == name) else { continue };
        let alone = [value.clone()];
        let items: &[Value] = value.as_array().map_or(&alone, Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            let place = if value.is_array() { format!("{name}[{index}]") } else { name.clone() };
            let hidden = item.as_object().into_iter().flatten().filter(|(member, _)| !inner.contains(&member.as_str()));
            also.extend(hidden.map(|(member, _)| format!("{place}.{member}")));
        }
    }
    also
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_no_field_is_named() {
        let value = json!({"family": "a", "pidMode": "task", "volumes": [{"name": "v"}, {"name": "w", "efsVolumeConfiguration": {}}],
            "runtimePlatform": {"cpuArchitecture": "ARM64"}, "containerDefinitions": [{"user": "x"}]});
        assert_eq!(also_set(&value, false), ["pidMode", "volumes[1].efsVolumeConfiguration"]);
        let container = json!({"name": "a", "user": "x", "portMappings": [{"containerPort": 80, "name": "http"}],
            "logConfiguration": {"logDriver": "awslogs", "secretOptions": []}});
        assert_eq!(also_set(&container, true), ["user", "portMappings[0].name", "logConfiguration.secretOptions"]);
        assert!(also_set(&json!([1]), false).is_empty());
    }
}
