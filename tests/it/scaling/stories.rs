//! Scenarios over many minutes, and what holds in all of them.

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::{counts, create, deployments, on, update};
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::scaling::decide::Move;
use proptest::prelude::*;
use serde_json::json;

const HIGH: &str = "monitor alarm AlarmHigh in state ALARM triggered policy load";
const LOW: &str = "monitor alarm AlarmLow in state ALARM triggered policy load";

/// 1.7: one policy wants out and the other in; then one wants less than the other.
#[test]
fn rule_1_7_two_policies_that_disagree() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "cpu", "Cpu", 60.0, json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 0 }));
    track(&mut lab, "memory", "Memory", 60.0, json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 0 }));
    let both = |lab: &mut Lab, count: u32, cpu: f64, memory: f64| {
        (0..count).for_each(|_| minute(lab, &[("Cpu", cpu), ("Memory", memory)]));
    };
    both(&mut lab, 14, 58.0, 30.0);
    assert_eq!(desired(&lab), 4);
    both(&mut lab, 1, 58.0, 30.0);
    // Memory would go to 2, but the CPU is not ready.
    assert_eq!(desired(&lab), 4);
    assert!(why(&lab, "memory").ends_with("; another target tracking policy is not ready to scale in"));
    both(&mut lab, 3, 90.0, 30.0);
    assert_eq!(desired(&lab), 6);
    assert!(why(&lab, "memory").ends_with("; another policy wants more tasks"), "{}", why(&lab, "memory"));
    both(&mut lab, 14, 58.0, 20.0);
    let before = desired(&lab);
    // Both are low for long enough now: the larger capacity counts.
    both(&mut lab, 15, 40.0, 10.0);
    let tasks = before as f64;
    assert_eq!(desired(&lab), (tasks * 40.0 / 60.0).ceil() as u64);
    // 1.7: insufficient data of one vetoes the scale-in of both.
    (0..25).for_each(|_| minute(&mut lab, &[("Memory", 5.0)]));
    let held = desired(&lab);
    (0..5).for_each(|_| minute(&mut lab, &[("Memory", 5.0)]));
    assert_eq!(desired(&lab), held);
    assert!(why(&lab, "cpu").ends_with("there are too few datapoints"), "{}", why(&lab, "cpu"));
}

/// 1.9: while a deployment is in progress nothing is removed, but tasks are added.
#[test]
fn rule_1_9_a_deployment_in_the_middle_of_a_wave() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 0 }));
    register(&mut lab, "web", json!({ "command": ["sh", "-c", "exit 1"] }));
    // Its tasks never stay up, so the deployment goes on.
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "2m");
    assert!(deployments(&lab)[0].ends_with("IN_PROGRESS"));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    minutes(&mut lab, 16, "Load", 10.0);
    assert_eq!(desired(&lab), 6);
    assert!(
        why(&lab, "load").ends_with("; nothing is removed while a deployment is in progress"),
        "{}",
        why(&lab, "load")
    );
    assert!(told(&mut lab).last().unwrap().ends_with("| Failed TargetServicePutResourceAsUnscalable"));
    register(&mut lab, "web", json!({}));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    minutes(&mut lab, 20, "Load", 10.0);
    assert!(deployments(&lab)[0].ends_with("COMPLETED"), "{:?}", deployments(&lab));
    assert_eq!(desired(&lab), 1);
}

/// 1.9: where somebody else controls the deployments, one in progress holds nothing up.
#[test]
fn rule_1_9_external_deployments_hold_nothing_up() {
    let mut lab = on(2);
    let input = json!({ "cluster": "prod", "serviceName": "web", "desiredCount": 4, "deploymentController": { "type": "EXTERNAL" } });
    ecs(&mut lab, "CreateService", input);
    let set = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web", "scale": { "value": 100, "unit": "PERCENT" } });
    ecs(&mut lab, "CreateTaskSet", set);
    wait(&mut lab, "2m");
    register_target(&mut lab, 1, 8);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    minutes(&mut lab, 20, "Load", 10.0);
    assert_eq!(desired(&lab), 1, "{}", why(&lab, "load"));
}

/// 2.13, 1.5: wants ten and fits six. On instances without a capacity provider what finds no place is not placed, and as
/// the running tasks count, scaling does not run away; with room the rest comes.
#[test]
fn rule_2_13_wants_ten_and_fits_six() {
    let mut lab = on(2);
    // A host of 4,096 CPU units takes three of them.
    register(&mut lab, "web", json!({ "cpu": 1200 }));
    create(&mut lab, 4, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "2m");
    register_target(&mut lab, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 0 }));
    minutes(&mut lab, 3, "Load", 150.0);
    assert_eq!(desired(&lab), 10);
    minutes(&mut lab, 10, "Load", 100.0);
    assert_eq!((desired(&lab), counts(&lab)), (10, [10, 6, 0]), "{}", why(&lab, "load"));
    assert!(why(&lab, "load").starts_with("wants 10 because ceil(6 × 100 / 60) = 10"), "{}", why(&lab, "load"));
    assert!(told(&mut lab).last().unwrap().ends_with("| Failed AlreadyAtDesiredCapacity"));
    launch(&mut lab, "m5.xlarge", ZONE_A, 2, "");
    minutes(&mut lab, 5, "Load", 60.0);
    assert_eq!(counts(&lab), [10, 10, 0]);
}

/// 1.14: what became of each activity.
#[test]
fn rule_1_14_statuses_of_activities() {
    let statuses = |lab: &mut Lab| {
        let all = activities(lab);
        all.iter().map(|own| own["StatusCode"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    // Nothing places the new task, so that the activity is in progress when more is wanted.
    let mut lab = on(1);
    create(&mut lab, 1, json!({ "placementConstraints": [{ "type": "distinctInstance" }] }));
    wait(&mut lab, "2m");
    register_target(&mut lab, 1, 8);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!((desired(&lab), statuses(&mut lab)), (2, vec!["InProgress".to_string()]));
    minute(&mut lab, &[("Load", 300.0)]);
    assert_eq!((desired(&lab), statuses(&mut lab)), (5, vec!["Overridden".to_string(), "InProgress".into()]));
    // Without its service an activity cannot be fulfilled.
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "3m");
    let own = activities(&mut lab).pop().unwrap();
    assert_eq!(
        (&own["StatusCode"], &own["StatusMessage"]),
        (&json!("Unfulfilled"), &json!("Successfully set desired count to 6. Change could not be fulfilled by ecs."))
    );
}

/// 1.8: counts that somebody sets outside of the range, one alarm each: what is desired when it rings, and a minute later.
#[test]
fn rule_1_8_a_count_set_by_hand_outside_of_the_range() {
    for (set, metric, minutes_of_it, expected) in [
        (1, 90.0, 3, [3, 5]),
        (1, 10.0, 16, [1, 1]),
        (8, 90.0, 3, [8, 8]),
        (8, 40.0, 15, [6, 4]),
        (8, 20.0, 15, [6, 3]),
    ] {
        let mut lab = scalable(4, 3, 6);
        update(&mut lab, json!({ "desiredCount": set }));
        wait(&mut lab, "2m");
        assert_eq!(counts(&lab), [set, set, 0], "the scheduler obeys");
        track(&mut lab, "load", "Load", 60.0, json!({}));
        minutes(&mut lab, minutes_of_it, "Load", metric);
        let first = (desired(&lab), why(&lab, "load"));
        minutes(&mut lab, 1, "Load", metric);
        assert_eq!([first.0, desired(&lab)], expected, "{set} tasks at {metric}: {}", first.1);
        if first.0 != set {
            // The step into the range is an activity of its own, and no cooldown follows it.
            let end = if set < first.0 { "minimum" } else { "maximum" };
            assert!(
                first.1.ends_with(&format!(
                    ": the desired count first goes from {set} to the {end} capacity of {}",
                    first.0
                ))
            );
            let side = if set < first.0 { HIGH } else { LOW };
            let [first, second] =
                [first.0, desired(&lab)].map(|own| format!("Setting desired count to {own}. | {side}"));
            assert_eq!(told(&mut lab), [format!("{first} | Successful"), format!("{second} | InProgress")]);
        }
    }
}

/// A load on tasks behind CPU utilisation: the wave goes up and comes down, and the service follows.
fn wave(points: &[(u32, u32)], max: u32) -> Lab {
    let mut lab = on(4);
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }] }));
    create(&mut lab, 2, json!({}));
    wait(&mut lab, "2m");
    register_target(&mut lab, 2, max);
    for (name, kind) in [("cpu", "ECSServiceAverageCPUUtilization"), ("memory", "ECSServiceAverageMemoryUtilization")] {
        let config = json!({ "TargetValue": 60.0, "PredefinedMetricSpecification": { "PredefinedMetricType": kind }, "ScaleInCooldown": 60 });
        let input = json!({ "PolicyName": name, "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
        aas(&mut lab, "PutScalingPolicy", input);
    }
    let points: Vec<_> =
        points.iter().map(|(minute, rate)| json!({ "seconds": minute * 60, "requestsPerSecond": rate })).collect();
    let load = json!({ "cluster": "prod", "service": "web", "points": points, "workMilliseconds": 10, "memory": 200, "memoryPerRequest": 1 });
    lab.apply(Command::Api(ApiCall::new("lab", "Load", load))).unwrap();
    lab
}

#[test]
fn a_wave_scales_out_and_in_again() {
    let mut lab = wave(&[(0, 20), (20, 120), (40, 120), (60, 20)], 12);
    wait(&mut lab, "40m");
    let top = desired(&lab);
    assert!((7..=12).contains(&top), "{top}: {}", why(&lab, "cpu"));
    wait(&mut lab, "80m");
    assert_eq!(desired(&lab), 2, "{}", why(&lab, "cpu"));
    // Every minute of the last two hours is told, and each in words.
    let all = &policy(&lab, "cpu").evaluations;
    assert_eq!(all.len(), 120);
    assert!(all.iter().all(|own| own.sentence().starts_with("wants ")));
    // The tasks that a policy added have it among their causes.
    let facts: Vec<_> = lab.facts().cloned().collect();
    let scaled = facts.iter().find(|fact| fact.kind.sentence().contains("policy cpu wants")).unwrap();
    let made =
        facts.iter().find(|fact| fact.number > scaled.number && fact.kind.sentence().contains("placed on")).unwrap();
    let chain = ecs_lab::event::chain(|number| facts.get(number as usize), made.number);
    assert!(chain.iter().any(|fact| fact.number == scaled.number), "{chain:?}");
}

/// What is drawn of an evaluation: the tasks on their way, and the cooldown that follows.
#[test]
fn an_evaluation_keeps_what_its_chart_draws_and_a_day_of_them_is_kept() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({ "ScaleOutCooldown": 600 }));
    let past = lab.now().as_millis() % 60_000;
    wait(&mut lab, &format!("{}s", 119 - past / 1000));
    update(&mut lab, json!({ "desiredCount": 6 }));
    wait(&mut lab, "1s");
    let last = |lab: &Lab| policy(lab, "load").evaluations.last().unwrap().clone();
    let own = last(&lab);
    assert_eq!((own.at, own.running, own.pending, own.before, own.last_out), (lab.now(), 4, 2, 6, None));
    minutes(&mut lab, 3, "Load", 90.0);
    let decided = last(&lab);
    assert!(decided.desired > decided.before, "{}", decided.sentence());
    minutes(&mut lab, 1, "Load", 90.0);
    let own = last(&lab).last_out.unwrap();
    assert_eq!((own.to, own.until.is_none_or(|until| until > lab.now())), (decided.desired, true));
    wait(&mut lab, "25h");
    assert_eq!(policy(&lab, "load").evaluations.len(), 24 * 60);
}

#[test]
fn a_wave_replayed_twice_is_identical() {
    let run = || {
        let mut lab = wave(&[(0, 20), (5, 200), (15, 10)], 10);
        wait(&mut lab, "45m");
        lab
    };
    let (first, mut second) = (run(), run());
    assert_eq!(first.digest(), second.digest());
    let end = second.revision();
    second.seek(1);
    second.seek(end);
    assert_eq!(first.digest(), second.digest(), "also after going back and forth");
    assert_eq!(policy(&first, "cpu").evaluations, policy(&second, "cpu").evaluations);
    assert_eq!(told(&mut first.fork()), told(&mut second));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// The count stays in its range, whatever the load does and two policies make of it; and what target tracking removes
    /// leaves no metric above its target.
    #[test]
    fn the_count_stays_in_its_range(
        min in 0u32..4, more in 0u32..8,
        waves in proptest::collection::vec((0u32..140, 0u32..140, 1u32..18), 1..6),
    ) {
        let mut lab = scalable(min, min, min + more);
        track(&mut lab, "a", "A", 60.0, json!({ "ScaleOutCooldown": 60, "ScaleInCooldown": 0 }));
        track(&mut lab, "b", "B", 40.0, json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 60 }));
        for (a, b, count) in waves {
            for _ in 0..count {
                minute(&mut lab, &[("A", f64::from(a)), ("B", f64::from(b))]);
                let now = desired(&lab);
                prop_assert!((u64::from(min)..=u64::from(min + more)).contains(&now), "{now}");
            }
        }
        for (name, target) in [("a", 60.0), ("b", 40.0)] {
            for own in policy(&lab, name).evaluations.iter() {
                if let (Move::In(_), Some(metric)) = (own.moves, own.metric)
                    && own.desired < own.before
                {
                    let predicted = f64::from(own.running) * metric / f64::from(own.desired);
                    prop_assert!(own.desired == 0 || predicted <= target, "{own:?}");
                }
            }
        }
    }
}
