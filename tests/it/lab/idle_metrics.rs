//! The metrics of services without a load: a question about the past has one answer (MT-01, MT-02, MT-05).

use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

const CLUSTER: (&str, &str) = ("ClusterName", "prod");
const SERVICES: [&str; 2] = ["web", "loop"];

fn points(lab: &mut Lab, metric: &str, service: Option<&str>, (start, end): (i64, i64)) -> Value {
    let dimensions = [Some(CLUSTER), service.map(|name| ("ServiceName", name))];
    let dimensions: Vec<Value> =
        dimensions.into_iter().flatten().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let input = json!({
        "Namespace": "AWS/ECS", "MetricName": metric, "Dimensions": dimensions, "StartTime": start, "EndTime": end,
        "Period": 60, "Statistics": ["Average", "SampleCount"],
    });
    let call = Command::Api(ApiCall::new("cloudwatch", "GetMetricStatistics", input));
    let mut points = lab.apply(call).unwrap().reply["Datapoints"].as_array().unwrap().clone();
    points.sort_by_key(|own| own["Timestamp"].to_string());
    points.into()
}

fn all(lab: &mut Lab, span: (i64, i64)) -> Vec<Value> {
    let mut found = Vec::new();
    for service in SERVICES {
        found.extend(["CPUUtilization", "MemoryUtilization"].map(|name| points(lab, name, Some(service), span)));
    }
    let of_cluster = ["CPUReservation", "MemoryReservation", "CPUUtilization", "MemoryUtilization"];
    found.extend(of_cluster.map(|name| points(lab, name, None, span)));
    found
}

fn seconds(lab: &Lab) -> i64 {
    lab.now().as_millis() / 1000
}

/// Services on three instances: one that serves, and one whose tasks end again and again.
fn start() -> (Lab, Vec<String>) {
    let mut lab = lab();
    let ids = launch(&mut lab, "c5.large", ZONE_A, 3, "");
    wait(&mut lab, "3m");
    register(&mut lab, "web", json!({ "image": "nginx", "cpu": 256 }));
    register(&mut lab, "loop", json!({ "image": "busybox", "cpu": 128, "command": ["sh", "-c", "sleep 45; exit 1"] }));
    for name in SERVICES {
        let input = json!({ "cluster": "prod", "serviceName": name, "taskDefinition": name, "desiredCount": 1 });
        ecs(&mut lab, "CreateService", input);
    }
    (lab, ids)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mt_01_mt_05_the_past_has_one_answer(steps in vec((0u8..5, 0usize..3, 1u32..9), 1..10)) {
        let (mut lab, ids) = start();
        let since = seconds(&lab);
        for (kind, pick, minutes) in steps {
            let service = SERVICES[pick % 2];
            match kind {
                0 | 1 => drop(ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": service, "desiredCount": pick }))),
                // The third instance stays: RunTask refuses a cluster without one.
                2 => drop(ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [ids[pick % 2]] }))),
                3 => drop(run(&mut lab, "loop", 1, json!({}))),
                _ => {}
            }
            wait(&mut lab, &format!("{minutes}m"));
        }
        wait(&mut lab, "2m");
        let span = (since, seconds(&lab) - 120);
        let first = all(&mut lab, span);
        for name in SERVICES {
            ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": name, "force": true }));
        }
        wait(&mut lab, "10m");
        prop_assert_eq!(&all(&mut lab, span), &first, "after ten minutes");
        wait(&mut lab, "3h");
        prop_assert_eq!(&all(&mut lab, span), &first, "after three hours");
        let mut again = Lab::load(&lab.save()).unwrap().lab;
        prop_assert_eq!(&all(&mut again, span), &first, "loaded");
        let fork = &mut lab.clone();
        fork.undo();
        wait(fork, "2h");
        prop_assert_eq!(&all(fork, span), &first, "undone");
    }
}

#[test]
fn mt_01_points_of_a_deleted_cluster_stay() {
    let (mut lab, ids) = start();
    wait(&mut lab, "10m");
    let span = (seconds(&lab) - 600, seconds(&lab) - 120);
    let first = all(&mut lab, span);
    assert!(first.iter().all(|own| own.as_array().is_some_and(|own| own.len() >= 5)), "{first:?}");
    for name in SERVICES {
        ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": name, "force": true }));
    }
    wait(&mut lab, "5m");
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": ids }));
    wait(&mut lab, "5m");
    ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod" }));
    wait(&mut lab, "2d");
    assert_eq!(all(&mut lab, span), first);
}
