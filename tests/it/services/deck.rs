//! Verbs for tests of services.

use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Value, json};

/// A lab whose cluster `prod` has so many running hosts, turn by turn in two zones, and the definition `web`.
pub fn on(hosts: u32) -> Lab {
    let mut lab = lab();
    for host in 0..hosts {
        launch(&mut lab, "m5.xlarge", [ZONE_A, ZONE_B][host as usize % 2], 1, "");
    }
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    lab
}

/// Lays members over others.
pub fn over(mut under: Value, members: Value) -> Value {
    under.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    under
}

/// CreateService of `web` with so many tasks, and more members.
pub fn create(lab: &mut Lab, desired: u32, extra: Value) -> Value {
    let input = json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": desired });
    ecs(lab, "CreateService", over(input, extra))["service"].clone()
}

/// UpdateService of `web`.
pub fn update(lab: &mut Lab, extra: Value) -> Value {
    ecs(lab, "UpdateService", over(json!({ "cluster": "prod", "service": "web" }), extra))["service"].clone()
}

/// The service `web` as DescribeServices shows it now.
pub fn service(lab: &Lab) -> Value {
    let call = ApiCall::new("ecs", "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
    lab.read(&call).unwrap()["services"][0].clone()
}

/// What it said, the oldest first, with every id of a task, an event or a deployment as `T` or `D`.
pub fn said(lab: &Lab) -> Vec<String> {
    let service = service(lab);
    let events = service["events"].as_array().unwrap().iter().rev();
    events.map(|event| plain(event["message"].as_str().unwrap())).collect()
}

/// A text without the digits of its ids.
pub fn plain(text: &str) -> String {
    let word = |word: &str| {
        let (start, end) = word.split_at(word.find(|c: char| c.is_ascii_hexdigit()).unwrap_or(word.len()));
        let digits = end.chars().take_while(char::is_ascii_hexdigit).count();
        match digits {
            32 => format!("{start}T{}", &end[digits..]),
            _ => match word.split_once("ecs-svc/") {
                Some((before, after)) => {
                    format!("{before}D{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
                }
                None => word.to_string(),
            },
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// desiredCount, runningCount and pendingCount.
pub fn counts(lab: &Lab) -> [u64; 3] {
    let service = service(lab);
    ["desiredCount", "runningCount", "pendingCount"].map(|member| service[member].as_u64().unwrap())
}

/// Each deployment: status, revision of its definition, desired, running and pending count, rolloutState.
pub fn deployments(lab: &Lab) -> Vec<String> {
    let service = service(lab);
    let each = |own: &Value| {
        let definition = own["taskDefinition"].as_str().unwrap().rsplit_once('/').unwrap().1.to_string();
        let text = |member: &str| own[member].as_str().unwrap().to_string();
        let [desired, running, pending] =
            ["desiredCount", "runningCount", "pendingCount"].map(|m| own[m].as_u64().unwrap());
        format!("{} {definition} {desired}/{running}/{pending} {}", text("status"), text("rolloutState"))
    };
    service["deployments"].as_array().unwrap().iter().map(each).collect()
}

/// The tasks of the service with this desiredStatus, as described.
pub fn tasks(lab: &mut Lab, desired_status: &str) -> Vec<Value> {
    let list =
        ecs(lab, "ListTasks", json!({ "cluster": "prod", "serviceName": "web", "desiredStatus": desired_status }));
    let arns = list["taskArns"].as_array().unwrap().clone();
    if arns.is_empty() {
        return Vec::new();
    }
    ecs(lab, "DescribeTasks", json!({ "cluster": "prod", "tasks": arns }))["tasks"].as_array().unwrap().clone()
}
