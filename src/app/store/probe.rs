//! The engine's view as JSON, for `?probe=1`. It is asked through the API and not taken from what the views draw, so
//! that a test can hold the two against each other.

use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Map, Value, json};

/// The view.
pub fn probe(lab: &Lab) -> Value {
    let clusters: Vec<Value> =
        listed(lab, "ListClusters", json!({}), "clusterArns").into_iter().map(|arn| cluster(lab, &arn)).collect();
    json!({
        "now": lab.now().to_string(),
        "revision": lab.revision(),
        "commands": lab.len(),
        "digest": lab.digest(),
        "taskDefinitions": listed(lab, "ListTaskDefinitions", json!({}), "taskDefinitionArns"),
        "clusters": clusters,
    })
}

fn cluster(lab: &Lab, arn: &Value) -> Value {
    let within = json!({ "cluster": arn });
    let instances = listed(lab, "ListContainerInstances", within.clone(), "containerInstanceArns");
    let running = listed(lab, "ListTasks", within.clone(), "taskArns");
    let stopped = listed(lab, "ListTasks", json!({ "cluster": arn, "desiredStatus": "STOPPED" }), "taskArns");
    json!({
        "clusterArn": arn,
        "containerInstances": described(lab, "DescribeContainerInstances", arn, "containerInstances", &instances),
        "tasks": described(lab, "DescribeTasks", arn, "tasks", &running),
        "stoppedTasks": described(lab, "DescribeTasks", arn, "tasks", &stopped),
    })
}

/// Every page of a listing.
fn listed(lab: &Lab, operation: &str, input: Value, member: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut input = input;
    while let Ok(mut page) = lab.read(&ApiCall::new("ecs", operation, input.clone())) {
        if let Some(Value::Array(items)) = page.get_mut(member).map(Value::take) {
            all.extend(items);
        }
        match (page.get_mut("nextToken").map(Value::take), input.as_object_mut()) {
            (Some(token @ Value::String(_)), Some(members)) => drop(members.insert("nextToken".into(), token)),
            _ => break,
        }
    }
    all
}

/// What a describe call answers, a hundred at a time.
fn described(lab: &Lab, operation: &str, cluster: &Value, member: &str, arns: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for some in arns.chunks(100) {
        let mut input = Map::new();
        input.insert("cluster".into(), cluster.clone());
        input.insert(member.into(), some.into());
        let reply = lab.read(&ApiCall::new("ecs", operation, Value::Object(input)));
        if let Some(Value::Array(items)) = reply.ok().as_mut().and_then(|reply| reply.get_mut(member)).map(Value::take)
        {
            all.extend(items);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::lab::{Command, Start};

    #[test]
    fn the_probe_shows_what_the_api_answers() {
        let mut lab = Lab::new(Start::default());
        for number in 0..120 {
            let definition = json!({"family": format!("f{number}"), "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}]});
            lab.apply(Command::ecs("RegisterTaskDefinition", definition)).unwrap();
        }
        lab.apply(Command::ecs("CreateCluster", json!({"clusterName": "prod"}))).unwrap();
        let probe = probe(&lab);
        assert_eq!(probe["taskDefinitions"].as_array().map(Vec::len), Some(120));
        assert_eq!(probe["clusters"][0]["tasks"], json!([]));
        assert_eq!((probe["revision"].as_u64(), &probe["now"]), (Some(121), &json!("2026-01-05T09:00:00Z")));
    }
}
