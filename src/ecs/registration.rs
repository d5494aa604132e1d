//! Why an EC2 instance does not appear in its cluster (1.6), in the words of its agent's log or of systemd.

use super::bottlerocket;
use super::capability::WARM_POOLS;
use super::config::AgentConfig;
use crate::ec2::Instance;
use crate::ec2::routes::{Interface, Network};
use alloc::format;
use alloc::string::{String, ToString};

/// What keeps the agent from its first call, or that call from ECS, and whether it tries again by itself once that is over.
/// None when it registers, or ECS refuses it.
pub fn obstacle(
    instance: &Instance,
    paths: &Network,
    config: &AgentConfig,
    region: &str,
    has_role: bool,
) -> Option<(String, bool)> {
    let for_good = |log: String| Some((log, false));
    let script = &instance.user_data;
    // 2: there is no agent.
    if !instance.has_agent() && !script.lines().any(|line| line.contains("install") && line.contains("ecs-init")) {
        return for_good("Unit ecs.service could not be found.".to_string());
    }
    if instance.bottlerocket().is_some_and(|variant| bottlerocket::configuration(script, variant).is_none()) {
        return for_good("early-boot-config: Error parsing TOML user data".to_string());
    }
    // 1: it does not run, or Docker does not.
    for (unit, name) in [
        ("ecs", "Amazon Elastic Container Service - container agent"),
        ("docker", "Docker Application Container Engine"),
    ] {
        if is_stopped(script, unit) {
            return for_good(format!("{unit}.service - {name}: Active: inactive (dead)"));
        }
    }
    // 10: it waits.
    if config.is_on(WARM_POOLS) && instance.in_warm_pool {
        return Some(("Waiting for instance to go InService".to_string(), true));
    }
    let call = "Error registering container instance: operation error ECS: RegisterContainerInstance";
    // 5, 6: nothing leads to ECS. The agent calls out; what may come in does not matter.
    let from = Interface {
        subnet: &instance.subnet,
        groups: &instance.security_groups,
        is_public: instance.public_address.is_some(),
    };
    if ["ecs", "ecs-agent", "ecs-telemetry"].iter().any(|service| !paths.reaches(from, service)) {
        let log = format!(
            "{call}, https response error StatusCode: 0, RequestID: , request send failed, Post \
             \"https://ecs.{region}.amazonaws.com/\": dial tcp 52.46.130.12:443: i/o timeout"
        );
        return Some((log, true));
    }
    // 3: it has no credentials.
    if !has_role {
        return for_good(format!(
            "{call}, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation \
             error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed"
        ));
    }
    None
}

/// Whether a script's last word about a unit of systemd is to stop it.
fn is_stopped(script: &str, unit: &str) -> bool {
    let verb = |line: &str| {
        let mut words = line.split_whitespace();
        let tool = words.any(|word| matches!(word.rsplit('/').next(), Some("systemctl" | "service")));
        let about = |word: &str| word.strip_suffix(".service").unwrap_or(word) == unit;
        if !tool || line.trim_start().starts_with('#') || !line.split_whitespace().any(about) {
            return None;
        }
        line.split_whitespace().find_map(|word| match word {
            "stop" | "disable" | "mask" => Some(true),
            "start" | "restart" | "enable" => Some(false),
            _ => None,
        })
    };
    script.lines().rev().find_map(verb).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_says_of_a_unit() {
        for (script, stopped) in [
            ("", false),
            ("systemctl stop ecs", true),
            ("sudo systemctl disable --now ecs.service", true),
            ("service ecs stop", true),
            ("systemctl stop ecs\nsystemctl start ecs", false),
            ("# systemctl stop ecs", false),
            ("systemctl stop docker", false),
            ("echo stop ecs", false),
        ] {
            assert_eq!(is_stopped(script, "ecs"), stopped, "{script}");
        }
    }
}
