//! Container Insights: the metrics of ECS/ContainerInsights (MT-07).

use super::load::{cloudwatch, load, points, serving};
use crate::lab::support::*;
use ecs_lab::lab::Lab;
use serde_json::json;

const SPACE: &str = "ECS/ContainerInsights";

fn set(lab: &mut Lab, value: &str) {
    let settings = json!([{ "name": "containerInsights", "value": value }]);
    ecs(lab, "UpdateClusterSettings", json!({ "cluster": "prod", "settings": settings }));
}

fn listed(lab: &mut Lab) -> usize {
    cloudwatch(lab, "ListMetrics", json!({ "Namespace": SPACE }))["Metrics"].as_array().unwrap().len()
}

/// Sum and number of the samples of the newest minute.
fn newest(lab: &mut Lab, metric: &str, of: &str) -> Option<(f64, f64)> {
    points(lab, SPACE, metric, of, 60).pop().map(|own| (own[3], own[4]))
}

#[test]
fn mt_07_counts_and_amounts_of_services_and_clusters() {
    for value in ["enabled", "enhanced"] {
        let mut lab = serving(2, json!({ "cpu": 256, "memory": 512 }));
        wait(&mut lab, "5m");
        assert_eq!(listed(&mut lab), 0, "not without the setting");
        set(&mut lab, value);
        wait(&mut lab, "3m");
        for (metric, of, expected) in [
            ("DesiredTaskCount", "service", (2.0, 1.0)),
            ("RunningTaskCount", "service", (2.0, 1.0)),
            ("PendingTaskCount", "service", (0.0, 1.0)),
            ("DeploymentCount", "service", (1.0, 1.0)),
            ("CpuReserved", "service", (512.0, 2.0)),
            ("MemoryReserved", "service", (1024.0, 2.0)),
            ("CpuUtilized", "service", (0.0, 2.0)),
            ("CpuReserved", "cluster", (512.0, 2.0)),
            ("TaskCount", "cluster", (2.0, 1.0)),
            ("ServiceCount", "cluster", (1.0, 1.0)),
            ("ContainerInstanceCount", "cluster", (1.0, 1.0)),
        ] {
            assert_eq!(newest(&mut lab, metric, of), Some(expected), "{value}: {metric} of the {of}");
        }
        load(&mut lab, json!({ "requestsPerSecond": 10, "workMilliseconds": 10, "memory": 100 }));
        wait(&mut lab, "3m");
        // 10 requests a second of 10 ms each are a tenth of a vCPU.
        assert_eq!(newest(&mut lab, "CpuUtilized", "service"), Some((102.4, 2.0)));
        assert_eq!(newest(&mut lab, "MemoryUtilized", "cluster"), Some((200.0, 2.0)));
        ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": "web", "desiredCount": 2000 }));
        wait(&mut lab, "2m");
        assert_eq!(newest(&mut lab, "DesiredTaskCount", "service"), Some((2000.0, 1.0)));
    }
}

#[test]
fn mt_07_the_points_end_with_the_setting() {
    let mut lab = serving(1, json!({ "cpu": 256, "memory": 512 }));
    set(&mut lab, "enabled");
    wait(&mut lab, "10m");
    assert_eq!(points(&mut lab, SPACE, "TaskCount", "cluster", 60).len(), 10);
    set(&mut lab, "disabled");
    wait(&mut lab, "12m");
    assert!(points(&mut lab, SPACE, "TaskCount", "cluster", 60).is_empty());
}

#[test]
fn mt_07_a_cluster_takes_it_from_the_account_and_needs_no_load() {
    let mut lab = lab();
    ecs(&mut lab, "PutAccountSetting", json!({ "name": "containerInsights", "value": "enabled" }));
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "empty" }));
    wait(&mut lab, "3m");
    assert_eq!(newest(&mut lab, "TaskCount", "ClusterName=empty"), Some((0.0, 1.0)));
    assert_eq!(newest(&mut lab, "ContainerInstanceCount", "ClusterName=empty"), Some((0.0, 1.0)));
}
