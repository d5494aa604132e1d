//! The agent that takes the sessions of ECS Exec, one in each container of a task that was run for it (8.6).

use super::roles::opens_channels;
use super::{Ecs, Task, reach};
use crate::aws::object::object;
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Whether the agents of a task reach Systems Manager: its role may open the channels, and there is a way to them.
pub fn is_connected(ecs: &Ecs, task: &Task, now: SimTime) -> bool {
    opens_channels(ecs, task, now) && !reach::misses(ecs, task, "ssmmessages")
}

/// The agent of a container as DescribeTasks shows it: by the container's status and start, and whether it is connected.
pub fn description(status: &str, started: Option<SimTime>, is_connected: bool) -> Value {
    let started = started.filter(|_| is_connected);
    let status = match (status, started) {
        ("STOPPED", _) => "STOPPED",
        ("RUNNING", Some(_)) => "RUNNING",
        _ => "PENDING",
    };
    let mut shown = object!({ "name": "ExecuteCommandAgent", "lastStatus": status });
    if let Some(started) = started {
        shown["lastStartedAt"] = started.as_epoch_seconds().into();
    }
    shown
}

/// Where the agent leaves what was typed and printed in a session once it has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLog {
    /// The log group.
    pub group: Option<String>,
    /// Whether that group has to be encrypted with a key of KMS, or no session begins.
    pub encrypts_group: bool,
    /// The bucket.
    pub bucket: Option<String>,
    /// What stands before the name of the object in the bucket.
    pub prefix: String,
    /// Whether the encryption of that bucket has to be seen, or no session begins.
    pub encrypts_bucket: bool,
}

/// Where the sessions in a container are logged: as the cluster says with OVERRIDE, nowhere with NONE, else to the group
/// that the container's own `awslogs` writes to (the developer guide, ecs-exec-logging).
pub fn session_log(ecs: &Ecs, task: &Task, container: &str) -> SessionLog {
    let cluster = ecs.clusters.get(&task.key.cluster);
    let settings = cluster.map(|own| &own.document["configuration"]["executeCommandConfiguration"]);
    let given = settings.map_or(&Value::Null, |own| &own["logConfiguration"]);
    let text = |member: &str| given[member].as_str().filter(|own| !own.is_empty()).map(ToString::to_string);
    match settings.and_then(|own| own["logging"].as_str()) {
        Some("NONE") => SessionLog::default(),
        Some("OVERRIDE") => SessionLog {
            group: text("cloudWatchLogGroupName"),
            encrypts_group: given["cloudWatchEncryptionEnabled"] == true,
            bucket: text("s3BucketName"),
            prefix: text("s3KeyPrefix").unwrap_or_default(),
            encrypts_bucket: given["s3EncryptionEnabled"] == true,
        },
        _ => {
            let own = task.definition.registration.core.containers.iter().find(|own| own.name == container);
            let group = own.and_then(|own| own.log_group.as_ref()).map(|(group, _)| group.clone());
            SessionLog { group, ..SessionLog::default() }
        }
    }
}
