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
    /// A secret of Secrets Manager, by ARN.
    Secret(String),
    /// A parameter of Systems Manager, by name or ARN.
    Parameter(String),
    /// An environment file in S3, by ARN.
    File(String),
    /// A stream of CloudWatch Logs (LG-02).
    Stream {
        /// `awslogs-group`.
        group: String,
        /// `awslogs-stream-prefix` and the container's name between slashes; empty without a prefix.
        prefix: String,
        /// Whether `awslogs-create-group` is on (LG-05).
        creates_group: bool,
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
    found.extend(registry.map(secret));
    for own in list(container, "environmentFiles") {
        found.extend(text(own, "value").map(|arn| Ask::File(arn.to_string())));
    }
    let option = |name: &str| member(logging, "options").and_then(|options| text(options, name));
    if let (Some("awslogs"), Some(group)) = (text(logging, "logDriver"), option("awslogs-group")) {
        let name = text(container, "name").unwrap_or_default();
        found.push(Ask::Stream {
            group: group.to_string(),
            prefix: option("awslogs-stream-prefix").map(|prefix| format!("{prefix}/{name}/")).unwrap_or_default(),
            creates_group: option("awslogs-create-group") == Some("true"),
        });
    }
    found
}

/// A JSON key, a stage and a version can stand behind a secret's ARN.
fn secret(named: &str) -> Ask {
    match named.contains(":secretsmanager:") {
        true => Ask::Secret(named.split(':').take(7).collect::<Vec<_>>().join(":")),
        false => Ask::Parameter(named.to_string()),
    }
}
