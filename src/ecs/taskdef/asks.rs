//! What a container makes its task's execution role ask for before it starts (7.1): secrets, environment files, a log
//! stream.

use super::read::{list, member, text};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// One thing that somebody fetches or makes for the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A secret of Secrets Manager, by ARN; that of a registry by name, too.
    Secret(String),
    /// A parameter of Systems Manager, by name or ARN.
    Parameter(String),
    /// An environment file in S3, by ARN.
    File(String),
    /// A stream in the container's log group.
    Stream {
        /// `awslogs-stream-prefix` and the container's name, a slash after each; empty without a prefix.
        prefix: String,
    },
}

/// All that a container asks for.
pub fn asks(container: &Value) -> Vec<Ask> {
    let mut found = Vec::new();
    let logging = member(container, "logConfiguration").unwrap_or(&Value::Null);
    for own in list(container, "secrets").iter().chain(list(logging, "secretOptions")) {
        found.extend(text(own, "valueFrom").map(secret));
    }
    let registry = member(container, "repositoryCredentials").and_then(|own| text(own, "credentialsParameter"));
    found.extend(registry.map(|own| Ask::Secret(whole(own))));
    for own in list(container, "environmentFiles") {
        found.extend(text(own, "value").map(|arn| Ask::File(arn.to_string())));
    }
    let option = |name: &str| member(logging, "options").and_then(|options| text(options, name));
    if text(logging, "logDriver") == Some("awslogs") && option("awslogs-group").is_some() {
        let name = text(container, "name").unwrap_or_default();
        let prefix = option("awslogs-stream-prefix").map(|prefix| format!("{prefix}/{name}/"));
        found.push(Ask::Stream { prefix: prefix.unwrap_or_default() });
    }
    found
}

/// A JSON key, a stage and a version can stand behind a secret's ARN.
fn whole(named: &str) -> String {
    named.split(':').take(7).collect::<Vec<_>>().join(":")
}

fn secret(named: &str) -> Ask {
    match named.contains(":secretsmanager:") {
        true => Ask::Secret(whole(named)),
        false => Ask::Parameter(named.to_string()),
    }
}
