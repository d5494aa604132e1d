//! The task definition as DescribeTaskDefinition gives it back: the input with AWS's defaults.
//!
//! Recorded: which members a container always has, which stay absent. Observed: `hostPort` 0 in bridge mode, `host`
//! of a volume without configuration, user `0` of a FireLens router, the numbers of a health check.

use super::facts::NetworkMode;
use super::read::{has, list, member};
use super::view::View;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value, json};

/// A container's members in the order of the answer; those that are not named follow.
const CONTAINER: [&str; 40] = [
    "name",
    "image",
    "repositoryCredentials",
    "cpu",
    "memory",
    "memoryReservation",
    "links",
    "portMappings",
    "essential",
    "restartPolicy",
    "entryPoint",
    "command",
    "environment",
    "environmentFiles",
    "mountPoints",
    "volumesFrom",
    "linuxParameters",
    "secrets",
    "dependsOn",
    "startTimeout",
    "stopTimeout",
    "versionConsistency",
    "hostname",
    "user",
    "workingDirectory",
    "disableNetworking",
    "privileged",
    "readonlyRootFilesystem",
    "dnsServers",
    "dnsSearchDomains",
    "extraHosts",
    "dockerSecurityOptions",
    "interactive",
    "pseudoTerminal",
    "dockerLabels",
    "ulimits",
    "logConfiguration",
    "healthCheck",
    "systemControls",
    "resourceRequirements",
];

/// The definition's members that come from the input, in the order of the answer.
const TASK: [&str; 15] = [
    "containerDefinitions",
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "volumes",
    "placementConstraints",
    "runtimePlatform",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "ephemeralStorage",
];

pub(super) fn document(view: &View) -> Value {
    let mut given: Map<String, Value> = without_nulls(view.root);
    given.shift_remove("tags");
    if list(view.root, "requiresCompatibilities").is_empty() {
        given.shift_remove("requiresCompatibilities");
    }
    let containers: Vec<Value> = view.containers.iter().map(|found| container(found, view.mode)).collect();
    given.insert("containerDefinitions".to_string(), Value::Array(containers));
    given.insert("volumes".to_string(), Value::Array(view.volumes.iter().map(volume).collect()));
    given.entry("placementConstraints").or_insert_with(|| json!([]));
    for (key, size) in [("cpu", view.cpu), ("memory", view.memory)] {
        if let Some(number) = size.known() {
            given.insert(key.to_string(), Value::String(number.to_string()));
        }
    }
    Value::Object(ordered(given, &TASK))
}

fn container(value: &Value, mode: NetworkMode) -> Value {
    let mut given = without_nulls(value);
    let mappings: Vec<Value> = list(value, "portMappings").iter().map(|mapping| port_mapping(mapping, mode)).collect();
    given.insert("portMappings".to_string(), Value::Array(mappings));
    let mut default = |key: &str, value: Value| {
        given.entry(key).or_insert(value);
    };
    default("cpu", json!(0));
    default("essential", json!(true));
    for key in ["environment", "mountPoints", "volumesFrom", "systemControls"] {
        default(key, json!([]));
    }
    if has(value, "firelensConfiguration") {
        default("user", json!("0"));
    }
    if let Some(check) = member(value, "healthCheck") {
        let mut check = without_nulls(check);
        for (key, number) in [("interval", 30), ("timeout", 5), ("retries", 3)] {
            check.entry(key).or_insert_with(|| json!(number));
        }
        given.insert("healthCheck".to_string(), Value::Object(check));
    }
    Value::Object(ordered(given, &CONTAINER))
}

fn port_mapping(value: &Value, mode: NetworkMode) -> Value {
    let mut given = without_nulls(value);
    if let Some(port) = member(value, "containerPort") {
        let same = matches!(mode, NetworkMode::Awsvpc | NetworkMode::Host);
        let default = if same { port.clone() } else { json!(0) };
        let zero = value.get("hostPort").and_then(Value::as_i64) == Some(0);
        if same && zero {
            given.insert("hostPort".to_string(), default);
        } else {
            given.entry("hostPort").or_insert(default);
        }
    }
    given.entry("protocol").or_insert_with(|| json!("tcp"));
    Value::Object(ordered(given, &["name", "containerPort", "hostPort", "protocol", "appProtocol"]))
}

fn volume(value: &Value) -> Value {
    let mut given = without_nulls(value);
    if given.keys().all(|key| key == "name") {
        given.insert("host".to_string(), json!({}));
    }
    Value::Object(ordered(given, &["name", "host"]))
}

fn without_nulls(value: &Value) -> Map<String, Value> {
    let members = value.as_object().into_iter().flatten();
    members.filter(|(_, member)| !member.is_null()).map(|(key, member)| (key.clone(), member.clone())).collect()
}

fn ordered(mut given: Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let mut out = Map::new();
    for key in order {
        if let Some((key, value)) = given.shift_remove_entry(*key) {
            out.insert(key, value);
        }
    }
    out.extend(given);
    out
}
