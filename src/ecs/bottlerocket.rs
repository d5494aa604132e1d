//! Bottlerocket: the settings in an instance's user data, TOML, as the configuration of its agent.
//!
//! Source: bottlerocket.dev, "settings.ecs" of 1.2x, and the ECS developer guide on Bottlerocket, read 2026-11-22.

use crate::ec2::images::BOTTLEROCKET;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A setting by the names that lead to it.
type Setting = (Vec<String>, Value);

/// The settings that the agent has by another name.
const NAMES: [(&str, &str); 13] = [
    ("awsvpc-block-imds", "ECS_AWSVPC_BLOCK_IMDS"),
    ("cluster", "ECS_CLUSTER"),
    ("container-stop-timeout", "ECS_CONTAINER_STOP_TIMEOUT"),
    ("enable-container-metadata", "ECS_ENABLE_CONTAINER_METADATA"),
    ("enable-spot-instance-draining", "ECS_ENABLE_SPOT_INSTANCE_DRAINING"),
    ("image-cleanup-age", "ECS_IMAGE_MINIMUM_CLEANUP_AGE"),
    ("image-cleanup-delete-per-cycle", "ECS_NUM_IMAGES_DELETE_PER_CYCLE"),
    ("image-cleanup-wait", "ECS_IMAGE_CLEANUP_INTERVAL"),
    ("image-pull-behavior", "ECS_IMAGE_PULL_BEHAVIOR"),
    ("logging-drivers", "ECS_AVAILABLE_LOGGING_DRIVERS"),
    ("loglevel", "ECS_LOGLEVEL"),
    ("reserved-memory", "ECS_RESERVED_MEMORY"),
    ("task-cleanup-wait", "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION"),
];

/// The same where what is on there is off here.
const TURNED: [(&str, &str); 2] =
    [("allow-privileged-containers", "ECS_DISABLE_PRIVILEGED"), ("image-cleanup-enabled", "ECS_DISABLE_IMAGE_CLEANUP")];

/// What stands before anybody sets something.
const DEFAULTS: &str =
    "ECS_DISABLE_PRIVILEGED=true\nECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"awslogs\",\"none\"]\n";

/// The agent's configuration of an instance of a variant, as `KEY=value` lines; none where its user data is no TOML. Lines that the
/// lab has added to the user data are such lines already.
pub fn configuration(user_data: &str, variant: &str) -> Option<String> {
    let (added, toml): (Vec<&str>, Vec<&str>) = user_data.lines().partition(|line| line.starts_with("ECS_"));
    let mut lines = DEFAULTS.to_string();
    if !variant.ends_with("-nvidia") {
        lines.push_str("ECS_ENABLE_GPU_SUPPORT=false\n");
    }
    let mut attributes = Map::new();
    attributes.insert("bottlerocket.variant".to_string(), variant.into());
    attributes.insert("bottlerocket.version".to_string(), BOTTLEROCKET.into());
    for (path, value) in read(&toml)? {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["settings", "ecs", "instance-attributes", name] => {
                attributes.insert((*name).to_string(), value);
            }
            ["settings", "ecs", name] => {
                let plain = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
                if let Some((_, key)) = NAMES.iter().find(|(own, _)| own == name) {
                    lines.push_str(&format!("{key}={plain}\n"));
                } else if let (Some((_, key)), Some(on)) = (TURNED.iter().find(|(own, _)| own == name), value.as_bool())
                {
                    lines.push_str(&format!("{key}={}\n", !on));
                }
            }
            _ => {}
        }
    }
    lines.push_str(&format!("ECS_INSTANCE_ATTRIBUTES={}\n", Value::Object(attributes)));
    Some(lines + &added.join("\n"))
}

/// The settings of a text, in its order; none where a line is no TOML. Dates and inline tables are left out of the language.
fn read(lines: &[&str]) -> Option<Vec<Setting>> {
    let (mut table, mut all) = (Vec::new(), Vec::new());
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let line = bare(line).trim();
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = names(name.trim_start_matches('[').trim_end_matches(']'))?;
            continue;
        }
        let at = equals(line)?;
        let (name, mut text) = (line.get(..at)?, line.get(at + 1..)?.trim().to_string());
        if text.starts_with("\"\"\"") {
            while text.matches("\"\"\"").count() < 2 {
                text = format!("{text}\n{}", lines.next()?);
            }
            text = Value::from(text.trim_matches('"')).to_string();
        }
        while text.starts_with('[') && !text.ends_with(']') {
            text = format!("{text} {}", bare(lines.next()?).trim());
        }
        all.push(([table.clone(), names(name)?].concat(), value(&text)?));
    }
    Some(all)
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    let mut quote = None;
    for (at, sign) in line.char_indices() {
        match (quote, sign) {
            (None, '#') => return line.get(..at).unwrap_or_default(),
            (None, '"' | '\'') => quote = Some(sign),
            (Some(own), sign) if own == sign => quote = None,
            _ => {}
        }
    }
    line
}

/// Where the sign stands between a name and its value.
fn equals(line: &str) -> Option<usize> {
    let mut quoted = false;
    line.char_indices().find_map(|(at, sign)| {
        quoted ^= sign == '"';
        (sign == '=' && !quoted).then_some(at)
    })
}

/// The parts of a name with dots between, of which one in quotes may hold dots.
fn names(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(inner) => inner.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        let name = if rest.starts_with('"') { name } else { name.trim() };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !rest.starts_with('"') && (name.is_empty() || !name.bytes().all(legal)) {
            return None;
        }
        all.push(name.to_string());
        match after.trim_start().strip_prefix('.') {
            Some(more) => rest = more.trim_start(),
            None if after.trim().is_empty() => return Some(all),
            None => return None,
        }
    }
}

/// A text, a number, a truth value or a list.
fn value(text: &str) -> Option<Value> {
    if let Some(inner) = text.strip_prefix('\'') {
        return inner.strip_suffix('\'').map(Value::from);
    }
    // What TOML has of these, JSON has too, but for a comma at the end.
    let list = text.strip_suffix(']').map(|rest| format!("{}]", rest.trim_end().trim_end_matches(',')));
    serde_json::from_str(list.as_deref().unwrap_or(text)).ok().filter(|own: &Value| !own.is_null() && !own.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::config::AgentConfig;

    fn config(user_data: &str, variant: &str) -> AgentConfig {
        AgentConfig::from_user_data(&configuration(user_data, variant).unwrap(), false)
    }

    #[test]
    fn settings_become_the_configuration_of_the_agent() {
        let data = "# mine\n[settings.ecs]\ncluster = \"prod\" # here\nreserved-memory = 256\nimage-pull-behavior = 'once'\n\
                    logging-drivers = [\n  \"awslogs\",\n]\nallow-privileged-containers = true\n\n\
                    [settings.ecs.instance-attributes]\nstack = \"edge\"\n\"a.b\" = \"#1\"\n\n[settings.host-containers.admin]\n\
                    enabled = true\nuser-data = \"\"\"\nx = [\n\"\"\"\n";
        let own = config(data, "aws-ecs-2");
        assert_eq!((own.cluster(), own.reserved_memory), ("prod", 256));
        assert_eq!(own.log_drivers, ["awslogs"]);
        assert!(own.pulls.uses_cache() && !own.is_on("ECS_DISABLE_PRIVILEGED"));
        let attribute = |name: &str| own.attributes.get(name).cloned().flatten();
        for (name, expected) in [
            ("stack", "edge"),
            ("a.b", "#1"),
            ("bottlerocket.variant", "aws-ecs-2"),
            ("bottlerocket.version", BOTTLEROCKET),
        ] {
            assert_eq!(attribute(name).as_deref(), Some(expected), "{name}");
        }
        let plain = config("settings.ecs.cluster = \"dotted\"", "aws-ecs-2-nvidia");
        assert_eq!(plain.cluster(), "dotted");
        assert!(plain.is_on("ECS_DISABLE_PRIVILEGED") && plain.is_on("ECS_ENABLE_GPU_SUPPORT"));
        assert!(!config("", "aws-ecs-2").is_on("ECS_ENABLE_GPU_SUPPORT"), "only the variants for them know GPUs");
        assert_eq!(config("[settings.ecs]\ncluster = \"a\"\nECS_CLUSTER=b", "aws-ecs-1").cluster(), "b", "added later");
    }

    #[test]
    fn what_is_no_toml_is_told() {
        for data in [
            "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config",
            "[settings.ecs]\ncluster = prod",
            "[settings.ecs]\ncluster",
            "[settings.]\ncluster = \"a\"",
            "[settings.ecs]\nlogging-drivers = [",
        ] {
            assert_eq!(configuration(data, "aws-ecs-2"), None, "{data}");
        }
    }
}
