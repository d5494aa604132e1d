//! LB-08 to LB-10, LB-15 on the clock.

use super::*;

fn states(lab: &mut Lab, group: &str) -> (String, String) {
    health(lab, group).into_iter().next().unwrap_or_default()
}

fn target(lab: &mut Lab, group: &str, address: &str) {
    elb(lab, "RegisterTargets", json!({ "TargetGroupArn": group, "Targets": [{ "Id": address }] }));
}

#[test]
fn lb_08_a_target_of_a_group_without_a_listener_is_unused() {
    let mut lab = lab();
    let (_, address) = fargate_task(&mut lab, json!({}));
    let group = group(&mut lab, json!({}));
    target(&mut lab, &group, &address);
    let unused = ("unused".to_string(), "Target.NotInUse".to_string());
    assert_eq!(states(&mut lab, &group), unused);
    wait(&mut lab, "1h");
    assert_eq!(states(&mut lab, &group), unused);
    let own = balancer(&mut lab, "application");
    let listener = listener(&mut lab, &own, "HTTP", 80, &group);
    assert_eq!(states(&mut lab, &group).0, "initial");
    wait(&mut lab, "2m30s");
    assert_eq!(states(&mut lab, &group).0, "healthy");
    elb(&mut lab, "DeleteListener", json!({ "ListenerArn": listener }));
    assert_eq!(states(&mut lab, &group), unused);
}

#[test]
fn lb_10_one_passed_probe_makes_a_new_target_of_an_alb_healthy_and_all_of_an_nlb() {
    for (kind, protocol, interval, seconds) in [("application", "HTTP", 30, 30), ("network", "TCP", 10, 50)] {
        let mut lab = lab();
        let (_, address) = fargate_task(&mut lab, json!({}));
        let group = group(&mut lab, json!({ "Protocol": protocol, "HealthCheckIntervalSeconds": interval }));
        let own = balancer(&mut lab, kind);
        listener(&mut lab, &own, protocol, 80, &group);
        wait(&mut lab, "10m");
        target(&mut lab, &group, &address);
        assert_eq!(states(&mut lab, &group), ("initial".into(), "Elb.RegistrationInProgress".into()));
        wait(&mut lab, &format!("{}s", seconds - 1));
        assert_eq!(states(&mut lab, &group).0, "initial", "{kind}");
        wait(&mut lab, "1s");
        assert_eq!(states(&mut lab, &group), ("healthy".into(), String::new()), "{kind}");
    }
}

#[test]
fn lb_09_so_many_failed_probes_make_it_unhealthy() {
    let mut lab = lab();
    let (task, address) = fargate_task(&mut lab, json!({}));
    let group = group(&mut lab, json!({ "UnhealthyThresholdCount": 3, "HealthCheckIntervalSeconds": 10 }));
    let own = balancer(&mut lab, "application");
    listener(&mut lab, &own, "HTTP", 80, &group);
    wait(&mut lab, "10m");
    target(&mut lab, &group, &address);
    wait(&mut lab, "15s");
    assert_eq!(states(&mut lab, &group).0, "healthy");
    // The probes come 20, 30 and 40 s after the registration.
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    let stopped = describe(&lab, &task);
    assert_eq!(stopped["desiredStatus"], "STOPPED");
    wait(&mut lab, "24s");
    assert_eq!(states(&mut lab, &group).0, "healthy");
    wait(&mut lab, "1s");
    assert_eq!(states(&mut lab, &group), ("unhealthy".into(), "Target.FailedHealthChecks".into()));
}

#[test]
fn lb_15_a_deregistered_target_drains_for_the_delay() {
    let mut lab = lab();
    let (_, address) = fargate_task(&mut lab, json!({}));
    let group = group(&mut lab, json!({}));
    let own = balancer(&mut lab, "application");
    listener(&mut lab, &own, "HTTP", 80, &group);
    wait(&mut lab, "10m");
    for (delay, seconds) in [(None, 300), (Some("20"), 20), (Some("0"), 0)] {
        if let Some(delay) = delay {
            let attributes = json!([{ "Key": "deregistration_delay.timeout_seconds", "Value": delay }]);
            elb(&mut lab, "ModifyTargetGroupAttributes", json!({ "TargetGroupArn": group, "Attributes": attributes }));
        }
        target(&mut lab, &group, &address);
        wait(&mut lab, "1m");
        assert_eq!(states(&mut lab, &group).0, "healthy");
        elb(&mut lab, "DeregisterTargets", json!({ "TargetGroupArn": group, "Targets": [{ "Id": address }] }));
        if seconds > 0 {
            assert_eq!(states(&mut lab, &group), ("draining".into(), "Target.DeregistrationInProgress".into()));
            wait(&mut lab, &format!("{}s", seconds - 1));
            assert_eq!(states(&mut lab, &group).0, "draining");
            wait(&mut lab, "1s");
        }
        assert!(health(&mut lab, &group).is_empty());
        let named = json!({ "TargetGroupArn": group, "Targets": [{ "Id": address }] });
        let reply = elb(&mut lab, "DescribeTargetHealth", named);
        assert_eq!(reply["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"], "Target.NotRegistered");
    }
}
