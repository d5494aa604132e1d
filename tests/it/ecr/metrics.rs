//! What CloudWatch has of the registry.

use super::pull::{HOST, scene, task_of};
use super::support::{ecr, push, put, small, wait};
use ecs_lab::ecr::docker;
use ecs_lab::lab::ApiCall;
use serde_json::{Value, json};

/// ECR 3.1: RepositoryPullCount of a repository sums up what clients and tasks have pulled in each minute; an index counts
/// with the image that is taken of it.
#[test]
fn ecr_3_1_pulls_are_counted_by_minute() {
    let (mut lab, _) = scene();
    let amd = small("b");
    let digest = push(&mut lab, "web", &amd, "amd64");
    let (manifest, _) = docker::index(&[("linux/amd64", &amd)]);
    put(&mut lab, "web", &manifest, Some("both")).unwrap();
    let start = lab.now();
    let get = |id: Value| json!({ "repositoryName": "web", "imageIds": [id] });
    for id in [json!({ "imageTag": "1" }), json!({ "imageTag": "both" }), json!({ "imageDigest": digest })] {
        ecr(&mut lab, "BatchGetImage", get(id));
    }
    ecr(&mut lab, "BatchGetImage", get(json!({ "imageTag": "nosuch" })));
    wait(&mut lab, "3m");
    let other = task_of(&mut lab, &format!("{HOST}/web:nosuch"), false);
    assert_eq!(other["stopCode"], "TaskFailedToStart");
    for fargate in [false, true] {
        assert_eq!(task_of(&mut lab, &format!("{HOST}/web:both"), fargate)["lastStatus"], "RUNNING");
    }
    wait(&mut lab, "2m");
    let dimensions = json!([{ "Name": "RepositoryName", "Value": "web" }]);
    let of = |operation: &str, more: Value| {
        let mut input =
            json!({ "Namespace": "AWS/ECR", "MetricName": "RepositoryPullCount", "Dimensions": dimensions });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        lab.read(&ApiCall::new("cloudwatch", operation, input)).unwrap()
    };
    let all = of("ListMetrics", json!({}));
    assert_eq!(all["Metrics"][0]["Dimensions"], dimensions, "{all}");
    let times = json!({
        "StartTime": start.as_epoch_seconds() - 60.0, "EndTime": lab.now().as_epoch_seconds(), "Period": 60, "Statistics": ["Sum"],
    });
    let reply = of("GetMetricStatistics", times);
    let mut sums: Vec<f64> =
        reply["Datapoints"].as_array().unwrap().iter().map(|own| own["Sum"].as_f64().unwrap()).collect();
    sums.sort_by(f64::total_cmp);
    assert_eq!(sums, [1.0, 1.0, 2.0], "two at once by a client, then one task a minute: {reply}");
}
