//! `/etc/ecs/ecs.config` as it comes out of an instance's user data (`ecs.md` 1.4).

use crate::placement::Attributes;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What an agent reads at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    /// `ECS_CLUSTER`; empty means `default` (CI-20).
    pub cluster: String,
    /// `ECS_INSTANCE_ATTRIBUTES`: custom attributes of the first registration.
    pub attributes: Attributes,
    /// `ECS_RESERVED_MEMORY` in MiB.
    pub reserved_memory: u32,
    /// `ECS_RESERVED_PORTS` (PT-01).
    pub reserved_ports: Vec<u16>,
    /// `ECS_RESERVED_PORTS_UDP` (PT-03).
    pub reserved_ports_udp: Vec<u16>,
}

/// TCP ports that the Linux agent reserves by default (PT-01).
pub const RESERVED_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];

impl AgentConfig {
    /// Reads the `ECS_…=value` words of a user-data script. Lines that set nothing are not the agent's business.
    /// A value that the agent could not read counts as not set, as the agent falls back to its default.
    pub fn from_user_data(script: &str) -> Self {
        let mut config = Self {
            cluster: String::new(),
            attributes: Attributes::new(),
            reserved_memory: 0,
            reserved_ports: RESERVED_PORTS.to_vec(),
            reserved_ports_udp: Vec::new(),
        };
        for line in script.lines() {
            let Some((key, value)) = assignment(line) else { continue };
            match key {
                "ECS_CLUSTER" => config.cluster = value.to_string(),
                "ECS_RESERVED_MEMORY" => config.reserved_memory = value.parse().unwrap_or(0),
                "ECS_RESERVED_PORTS" => config.reserved_ports = ports(value).unwrap_or(config.reserved_ports),
                "ECS_RESERVED_PORTS_UDP" => {
                    config.reserved_ports_udp = ports(value).unwrap_or(config.reserved_ports_udp);
                }
                "ECS_INSTANCE_ATTRIBUTES" => config.attributes = attributes(value),
                _ => {}
            }
        }
        config
    }
}

/// `KEY=value` out of `KEY=value`, `echo KEY=value >> /etc/ecs/ecs.config`, `echo "KEY=value" >> …` and the like.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let at = line.find("ECS_")?;
    let quote = line.get(..at)?.chars().last().filter(|c| matches!(c, '"' | '\''));
    if line.trim_start().starts_with('#') {
        return None;
    }
    let (key, rest) = line.get(at..)?.split_once('=')?;
    let end = match quote {
        Some(quote) => rest.rfind(quote).unwrap_or(rest.len()),
        None => rest.find(">>").unwrap_or(rest.len()),
    };
    let value = rest.get(..end)?.trim();
    let value = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).unwrap_or(value);
    Some((key, value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)))
}

fn ports(value: &str) -> Option<Vec<u16>> {
    serde_json::from_str(value).ok()
}

fn attributes(value: &str) -> Attributes {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(value) else { return Attributes::new() };
    let pair = |(name, value): (String, serde_json::Value)| match value {
        serde_json::Value::String(value) => Some((name, Some(value).filter(|value| !value.is_empty()))),
        _ => None,
    };
    map.into_iter().map(pair).collect::<Option<Attributes>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_in_the_forms_people_write() {
        for script in [
            "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n",
            "#!/bin/bash\necho \"ECS_CLUSTER=prod\" >> /etc/ecs/ecs.config",
            "#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=prod\nEOF\n",
            "# ECS_CLUSTER=test\nECS_CLUSTER='prod'",
        ] {
            assert_eq!(AgentConfig::from_user_data(script).cluster, "prod", "{script}");
        }
        assert_eq!(AgentConfig::from_user_data("").cluster, "", "CI-20: no cluster means default");
    }

    #[test]
    fn keys_that_change_what_is_registered() {
        let script = "echo 'ECS_INSTANCE_ATTRIBUTES={\"stack\":\"prod\",\"gpu\":\"\"}' >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_MEMORY=256 >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_PORTS=[22,8080] >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_PORTS_UDP=[53] >> /etc/ecs/ecs.config";
        let config = AgentConfig::from_user_data(script);
        assert_eq!(config.attributes.get("stack"), Some(&Some("prod".to_string())));
        assert_eq!(config.attributes.get("gpu"), Some(&None), "a value-less attribute");
        assert_eq!(
            (config.reserved_memory, config.reserved_ports, config.reserved_ports_udp),
            (256, alloc::vec![22, 8080], alloc::vec![53])
        );
        let broken = AgentConfig::from_user_data("ECS_RESERVED_PORTS=oops\nECS_INSTANCE_ATTRIBUTES={");
        assert_eq!(broken.reserved_ports, RESERVED_PORTS, "PT-01: the default stands");
        assert!(broken.attributes.is_empty());
    }
}
