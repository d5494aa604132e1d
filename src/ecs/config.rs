//! `/etc/ecs/ecs.config` as it comes out of an instance's user data (`ecs.md` 1.4).

use super::capability::{SWITCHES, TASK_ROLE};
use super::limits::Limits;
use crate::placement::Attributes;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What an agent reads at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentConfig {
    /// Whether it is an agent for Windows, which has other defaults (PT-03, 1.4).
    pub windows: bool,
    /// `ECS_CLUSTER`; empty means `default` (CI-20).
    pub cluster: String,
    /// `ECS_INSTANCE_ATTRIBUTES`: custom attributes of the first registration.
    pub attributes: Attributes,
    /// `ECS_CONTAINER_INSTANCE_TAGS`: tags of the first registration.
    pub tags: Attributes,
    /// `ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM`: whether the tags of the EC2 instance are tags of the container
    /// instance too.
    pub has_ec2_tags: bool,
    /// `ECS_RESERVED_MEMORY` in MiB.
    pub reserved_memory: u32,
    /// `ECS_RESERVED_PORTS` (PT-01).
    pub reserved_ports: Vec<u16>,
    /// `ECS_RESERVED_PORTS_UDP` (PT-03).
    pub reserved_ports_udp: Vec<u16>,
    /// `ECS_AVAILABLE_LOGGING_DRIVERS`.
    pub log_drivers: Vec<String>,
    /// `ECS_DYNAMIC_HOST_PORT_RANGE`, first and last (PT-06 to PT-08).
    pub dynamic_ports: (u16, u16),
    /// The spans of time.
    pub limits: Limits,
    /// `ECS_NUM_IMAGES_DELETE_PER_CYCLE`.
    pub images_per_cycle: u32,
    /// `ECS_ENGINE_AUTH_TYPE` and `ECS_ENGINE_AUTH_DATA`: a form that the agent knows, and a login to Docker Hub.
    login: [bool; 2],
    /// `ECS_IMAGE_PULL_BEHAVIOR`.
    pub pulls: PullBehavior,
    /// The switches that are on, by key.
    on: Vec<&'static str>,
}

/// What the agent does about an image that its host holds already (1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullBehavior {
    /// It pulls; where that fails it takes what is there.
    #[default]
    Default,
    /// It pulls, or fails.
    Always,
    /// It does not pull again.
    Once,
    /// It takes what is there.
    PreferCached,
}

impl PullBehavior {
    /// Whether an image that is there is not pulled.
    pub fn uses_cache(self) -> bool {
        matches!(self, Self::Once | Self::PreferCached)
    }

    /// Whether an image that is there does when its pull fails.
    pub fn falls_back(self) -> bool {
        self != Self::Always
    }

    fn parse(value: &str) -> Self {
        match value {
            "always" => Self::Always,
            "once" => Self::Once,
            "prefer-cached" => Self::PreferCached,
            _ => Self::Default,
        }
    }
}

/// TCP ports that the Linux agent reserves by default (PT-01).
pub const RESERVED_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];
/// TCP ports that the Windows agent reserves by default (PT-03).
pub const RESERVED_PORTS_WINDOWS: [u16; 11] = [53, 135, 139, 445, 2375, 2376, 3389, 5985, 5986, 51678, 51679];
/// Images that a cycle of the clean-up removes at most, where nobody says otherwise.
const IMAGES_PER_CYCLE: u32 = 5;
/// With task roles the credential proxy of Windows takes this port (8.2).
const CREDENTIALS_PORT: u16 = 80;
/// Host ports that a stock Linux kernel hands out (PT-06).
const DYNAMIC_PORTS: (u16, u16) = (32_768, 60_999);
/// Those of Windows (PT-07).
const DYNAMIC_PORTS_WINDOWS: (u16, u16) = (49_152, 65_535);

impl AgentConfig {
    /// Reads the `ECS_…=value` words of a user-data script. Lines that set nothing are not the agent's business.
    /// A value that the agent could not read counts as not set, as the agent falls back to its default.
    pub fn from_user_data(script: &str, windows: bool) -> Self {
        let drivers: &[&str] =
            if windows { &["json-file", "none"] } else { &["json-file", "syslog", "awslogs", "fluentd", "none"] };
        let on = SWITCHES.iter().filter(|switch| switch.is_on_by_default(windows));
        let mut config = Self {
            windows,
            reserved_ports: if windows { RESERVED_PORTS_WINDOWS.to_vec() } else { RESERVED_PORTS.to_vec() },
            log_drivers: drivers.iter().map(ToString::to_string).collect(),
            dynamic_ports: if windows { DYNAMIC_PORTS_WINDOWS } else { DYNAMIC_PORTS },
            limits: Limits::of(windows),
            images_per_cycle: IMAGES_PER_CYCLE,
            on: on.map(|switch| switch.key).collect(),
            ..Self::default()
        };
        for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
            if let Some((_, call)) = line.split_once("Initialize-ECSAgent") {
                for (name, key, flag) in INITIALIZE {
                    if let Some(value) = parameter(call, name) {
                        config.set(key, if *flag { "true" } else { value });
                    }
                }
            } else if let Some((key, value)) = assignment(line) {
                config.set(key, value);
            }
        }
        if windows && config.is_on(TASK_ROLE) {
            config.reserved_ports.push(CREDENTIALS_PORT);
        }
        config
    }

    /// The cluster to join (CI-20).
    pub fn cluster(&self) -> &str {
        if self.cluster.is_empty() { "default" } else { &self.cluster }
    }

    /// Whether the agent logs in to Docker Hub.
    pub fn is_logged_in(&self) -> bool {
        self.login == [true; 2]
    }

    /// Whether the switch of a key is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.on.contains(&key)
    }

    fn set(&mut self, key: &str, value: &str) {
        fn read<T>(own: &mut T, found: Option<T>) {
            if let Some(found) = found {
                *own = found;
            }
        }
        match key {
            "ECS_CLUSTER" => self.cluster = value.to_string(),
            "ECS_RESERVED_MEMORY" => self.reserved_memory = value.parse().unwrap_or(0),
            "ECS_RESERVED_PORTS" => read(&mut self.reserved_ports, ports(value)),
            "ECS_RESERVED_PORTS_UDP" => read(&mut self.reserved_ports_udp, ports(value)),
            "ECS_INSTANCE_ATTRIBUTES" => self.attributes = attributes(value),
            "ECS_AVAILABLE_LOGGING_DRIVERS" => read(&mut self.log_drivers, serde_json::from_str(value).ok()),
            "ECS_DYNAMIC_HOST_PORT_RANGE" => read(&mut self.dynamic_ports, port_range(value)),
            "ECS_CONTAINER_INSTANCE_TAGS" => self.tags = attributes(value),
            "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM" => self.has_ec2_tags = value == "ec2_instance",
            "ECS_IMAGE_PULL_BEHAVIOR" => self.pulls = PullBehavior::parse(value),
            "ECS_NUM_IMAGES_DELETE_PER_CYCLE" => {
                read(&mut self.images_per_cycle, value.parse().ok().filter(|count| *count > 0));
            }
            "ECS_ENGINE_AUTH_TYPE" => self.login[0] = matches!(value, "docker" | "dockercfg"),
            "ECS_ENGINE_AUTH_DATA" => self.login[1] = value.contains("docker.io"),
            _ if self.limits.set(key, value) => {}
            _ => self.turn(key, value),
        }
    }

    fn turn(&mut self, key: &str, value: &str) {
        let Some(switch) = SWITCHES.iter().find(|switch| switch.key == key) else { return };
        let Some(on) = boolean(value) else { return };
        self.on.retain(|known| *known != switch.key);
        self.on.extend(on.then_some(switch.key));
    }
}

/// The spellings that the agent's language reads.
fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `first-last`.
fn port_range(value: &str) -> Option<(u16, u16)> {
    let (first, last) = value.split_once('-')?;
    let range = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (range.0 > 0 && range.0 <= range.1).then_some(range)
}

/// Parameters of `Initialize-ECSAgent` in the PowerShell module ECSTools, what each sets, and whether it is a flag.
const INITIALIZE: &[(&str, &str, bool)] = &[
    ("-Cluster", "ECS_CLUSTER", false),
    ("-EnableTaskENI", "ECS_ENABLE_TASK_ENI", true),
    ("-EnableTaskIAMRole", TASK_ROLE, true),
    ("-AwsvpcBlockIMDS", "ECS_AWSVPC_BLOCK_IMDS", true),
    ("-LoggingDrivers", "ECS_AVAILABLE_LOGGING_DRIVERS", false),
];

/// What a script writes into the file, key and value a line.
pub fn settings(script: &str) -> impl Iterator<Item = (&str, &str)> {
    script.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(assignment)
}

/// What stands after the parameter's name, whose case does not count: the text in quotes, or the next word.
fn parameter<'a>(call: &'a str, name: &str) -> Option<&'a str> {
    let word = call.split_whitespace().find(|word| word.eq_ignore_ascii_case(name))?;
    let rest = call.split_once(word)?.1.trim_start();
    let quote = rest.chars().next().filter(|sign| matches!(sign, '"' | '\''));
    let text = quote.and_then(|quote| rest.get(1..)?.split(quote).next());
    text.or_else(|| rest.split_whitespace().next()).or(Some(""))
}

/// `KEY=value` out of `KEY=value`, `echo KEY=value >> /etc/ecs/ecs.config`, `echo "KEY=value" >> …` and the like; of
/// Windows, `[Environment]::SetEnvironmentVariable("KEY", "value", "Machine")`, where the value may also be `$TRUE`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    if let Some((_, call)) = line.split_once("SetEnvironmentVariable(") {
        let (key, rest) = call.split_once(',')?;
        let value = rest.rsplit_once(',')?.0.trim();
        let value = match value {
            _ if value.eq_ignore_ascii_case("$true") => "True",
            _ if value.eq_ignore_ascii_case("$false") => "False",
            text => unquoted(text),
        };
        return Some((unquoted(key.trim()), value));
    }
    let at = line.find("ECS_")?;
    let quote = line.get(..at)?.chars().last().filter(|c| matches!(c, '"' | '\''));
    let (key, rest) = line.get(at..)?.split_once('=')?;
    let end = match quote {
        Some(quote) => rest.rfind(quote).unwrap_or(rest.len()),
        None => rest.find(">>").unwrap_or(rest.len()),
    };
    Some((key, unquoted(rest.get(..end)?.trim())))
}

fn unquoted(text: &str) -> &str {
    let text = text.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(text);
    text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(text)
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
            "<powershell>\nImport-Module ECSTools\nInitialize-ECSAgent -Cluster 'prod' -EnableTaskIAMRole\n</powershell>",
            "[Environment]::SetEnvironmentVariable(\"ECS_CLUSTER\", \"prod\", \"Machine\")",
        ] {
            assert_eq!(AgentConfig::from_user_data(script, false).cluster, "prod", "{script}");
        }
        assert_eq!(AgentConfig::from_user_data("", false).cluster, "", "CI-20: no cluster means default");
    }

    #[test]
    fn pt_03_pt_07_windows_has_other_defaults() {
        let config = AgentConfig::from_user_data("", true);
        assert_eq!((config.reserved_ports, config.dynamic_ports), (RESERVED_PORTS_WINDOWS.to_vec(), (49_152, 65_535)));
        let config = AgentConfig::from_user_data("ECS_ENABLE_TASK_IAM_ROLE=true", true);
        assert_eq!(config.reserved_ports.last(), Some(&80), "8.2: the credential proxy");
    }

    /// 1.4, 8.2: as AWS's guide has people write it on Windows.
    #[test]
    fn windows_user_data_turns_switches() {
        let (eni, role) = ("ECS_ENABLE_TASK_ENI", TASK_ROLE);
        let set = |value: &str| {
            alloc::format!("[Environment]::SetEnvironmentVariable(\"ECS_ENABLE_TASK_ENI\", {value}, \"Machine\")")
        };
        for (script, on) in [
            ("Initialize-ECSAgent -Cluster 'prod' -EnableTaskENI".to_string(), [true, false]),
            ("Initialize-ECSAgent -enabletaskeni -EnableTaskIAMRole -Cluster prod".to_string(), [true, true]),
            ("Initialize-ECSAgent -Cluster prod -EnableTaskIAMRole".to_string(), [false, true]),
            ("# Initialize-ECSAgent -EnableTaskENI".to_string(), [false, false]),
            (set("$TRUE"), [true, false]),
            (set("$true"), [true, false]),
            (set("$FALSE"), [false, false]),
            (set("\"true\""), [true, false]),
            (set("\"true\"").replace(", ", ","), [true, false]),
        ] {
            let config = AgentConfig::from_user_data(&script, true);
            assert_eq!([config.is_on(eni), config.is_on(role)], on, "{script}");
            assert!(config.cluster == "prod" || !script.contains("-Cluster"), "{script}");
            assert_eq!(config.reserved_ports.contains(&80), on[1], "{script}");
        }
        let script = "Initialize-ECSAgent -Cluster prod -LoggingDrivers '[\"json-file\", \"awslogs\"]'";
        assert_eq!(AgentConfig::from_user_data(script, true).log_drivers, ["json-file", "awslogs"]);
        let script = "[Environment]::SetEnvironmentVariable(\"ECS_INSTANCE_ATTRIBUTES\", '{\"a\":\"1\", \"b\":\"\"}', \"Machine\")";
        assert_eq!(AgentConfig::from_user_data(script, true).attributes.len(), 2);
    }

    #[test]
    fn switches_and_ranges_that_cannot_be_read_stay_as_they_are() {
        let key = "ECS_SELINUX_CAPABLE";
        for (value, on) in [("true", true), ("1", true), ("T", true), ("false", false), ("yes", false), ("", false)] {
            let config = AgentConfig::from_user_data(&alloc::format!("{key}={value}"), false);
            assert_eq!(config.is_on(key), on, "{value}");
        }
        for (value, range) in [
            ("40000-40010", (40_000, 40_010)),
            ("40000-40000", (40_000, 40_000)),
            ("40010-40000", (32_768, 60_999)),
            ("40000", (32_768, 60_999)),
            ("0-10", (32_768, 60_999)),
            ("1-70000", (32_768, 60_999)),
        ] {
            let line = alloc::format!("echo ECS_DYNAMIC_HOST_PORT_RANGE={value} >> /etc/ecs/ecs.config");
            assert_eq!(AgentConfig::from_user_data(&line, false).dynamic_ports, range, "{value}");
        }
    }

    #[test]
    fn keys_that_change_what_is_registered() {
        let script = "echo 'ECS_INSTANCE_ATTRIBUTES={\"stack\":\"prod\",\"gpu\":\"\"}' >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_MEMORY=256 >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_PORTS=[22,8080] >> /etc/ecs/ecs.config\n\
                      echo ECS_RESERVED_PORTS_UDP=[53] >> /etc/ecs/ecs.config";
        let config = AgentConfig::from_user_data(script, false);
        assert_eq!(config.attributes.get("stack"), Some(&Some("prod".to_string())));
        assert_eq!(config.attributes.get("gpu"), Some(&None), "a value-less attribute");
        assert_eq!(
            (config.reserved_memory, config.reserved_ports, config.reserved_ports_udp),
            (256, alloc::vec![22, 8080], alloc::vec![53])
        );
        let broken = AgentConfig::from_user_data("ECS_RESERVED_PORTS=oops\nECS_INSTANCE_ATTRIBUTES={", false);
        assert_eq!(broken.reserved_ports, RESERVED_PORTS, "PT-01: the default stands");
        assert!(broken.attributes.is_empty());
    }
}
