//! A service lives: created, steady, scaled, updated, deleted (6.1).

use super::deck::*;
use crate::lab::support::*;
use serde_json::json;

#[test]
fn sv_01_sv_10_a_service_comes_up_and_is_steady() {
    let mut lab = on(2);
    let made = create(&mut lab, 3, json!({}));
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(counts(&lab), [3, 0, 3]);
    assert_eq!(said(&lab), ["(service web) has started 3 tasks: (task T) (task T) (task T)."]);
    wait(&mut lab, "10s");
    assert_eq!(counts(&lab), [3, 3, 0]);
    assert_eq!(deployments(&lab), ["PRIMARY web:1 3/3/0 IN_PROGRESS"]);
    wait(&mut lab, "40s");
    assert_eq!(deployments(&lab), ["PRIMARY web:1 3/3/0 COMPLETED"]);
    assert_eq!(
        said(&lab)[1..],
        ["(service web) has reached a steady state.", "(service web) (deployment D) deployment completed."]
    );
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    assert_eq!(counts(&lab), [3, 2, 1], "SV-01");
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [3, 3, 0]);
    assert_eq!(said(&lab).len(), 5);
}
