//! Containers whose output goes to a log router: Fluent Bit or Fluentd, beside them in the task (FireLens) or elsewhere.

use super::facts::{Condition, Container};
use super::read::{has, list, member, text};
use alloc::string::{String, ToString};
use serde_json::Value;

/// To where a container's log driver sends what it writes, if that is a log router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forward {
    /// The FireLens container of its task (`awsfirelens`).
    FireLens,
    /// A socket that Docker on its host connects to (`fluentd`).
    Socket {
        /// `fluentd-address`, without the protocol `tcp`.
        address: String,
        /// Whether it starts though nobody listens: `fluentd-async`, or `fluentd-async-connect` as it was called.
        waits: bool,
    },
}

/// Where Docker's driver `fluentd` connects to by itself.
const ADDRESS: &str = "127.0.0.1:24224";

/// The router that a container sends its output to.
pub fn forward(container: &Value) -> Option<Forward> {
    let logging = member(container, "logConfiguration")?;
    let option = |name: &str| member(logging, "options").and_then(|options| text(options, name));
    let is_on = |name: &str| option(name).is_some_and(|own| own.eq_ignore_ascii_case("true") || own == "1");
    match text(logging, "logDriver")? {
        "awsfirelens" => Some(Forward::FireLens),
        "fluentd" => {
            let address = option("fluentd-address").filter(|own| !own.is_empty()).unwrap_or(ADDRESS);
            let address = address.strip_prefix("tcp://").unwrap_or(address).to_string();
            Some(Forward::Socket { address, waits: is_on("fluentd-async") || is_on("fluentd-async-connect") })
        }
        _ => None,
    }
}

/// Whether a container is a log router: FireLens says so, or its image is one of Fluent Bit or Fluentd.
pub fn routes(container: &Value) -> bool {
    let image = text(container, "image").unwrap_or_default();
    has(container, "firelensConfiguration") || image.rsplit('/').next().is_some_and(|name| name.contains("fluent"))
}

/// The agent starts the FireLens container before those that log to it, unless it waits for others itself.
/// [AGENT:agent/api/task/task.go, addFirelensContainerDependency], read 2026-11-22.
pub fn order(definitions: &[Value], containers: &mut [Container]) {
    let found = definitions.iter().find(|own| has(own, "firelensConfiguration") && list(own, "dependsOn").is_empty());
    let Some(router) = found.and_then(|own| text(own, "name")) else { return };
    for own in containers.iter_mut().filter(|own| own.forward == Some(Forward::FireLens) && own.name != router) {
        if !own.depends_on.iter().any(|(name, _)| name == router) {
            own.depends_on.push((router.to_string(), Condition::Start));
        }
    }
}
