//! Rolling deployments: the table of 6.3 through the engine, its traces, and what gets stuck.

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

fn percents(minimum: u32, maximum: u32) -> Value {
    json!({ "deploymentConfiguration": { "minimumHealthyPercent": minimum, "maximumPercent": maximum } })
}

/// A steady service of revision 1, and a revision 2 to go to.
fn steady(desired: u32, minimum: u32, maximum: u32) -> Lab {
    let mut lab = on(4);
    create(&mut lab, desired, percents(minimum, maximum));
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab), [format!("PRIMARY web:1 {desired}/{desired}/0 COMPLETED")]);
    register(&mut lab, "web", json!({}));
    lab
}

/// 6.3: desired, minimum, maximum, what starts before any stop, what stops before any start, whether it ends.
#[test]
fn rl_01_rl_02_rl_05_rl_06_the_table_of_rollouts() {
    for (desired, minimum, maximum, start, stop, ends) in [
        (1, 100, 200, 1, 0, true),
        (1, 0, 100, 0, 1, true),
        (1, 50, 100, 0, 0, false),
        (1, 50, 150, 0, 0, false),
        (1, 100, 150, 0, 0, false),
        (2, 50, 100, 0, 1, true),
        (2, 75, 125, 0, 0, false),
        (2, 100, 150, 1, 0, true),
        (3, 50, 100, 0, 1, true),
        (3, 75, 125, 0, 0, false),
        (3, 100, 150, 1, 0, true),
        (4, 100, 200, 4, 0, true),
        (4, 50, 100, 0, 2, true),
        (4, 75, 125, 1, 1, true),
        (4, 100, 110, 0, 0, false),
        (5, 50, 150, 2, 2, true),
        (10, 75, 125, 2, 2, true),
        (10, 100, 110, 1, 0, true),
    ] {
        let label = format!("{desired} {minimum}/{maximum}");
        let mut lab = steady(desired, minimum, maximum);
        let before = said(&lab).len();
        update(&mut lab, json!({ "taskDefinition": "web" }));
        let all = tasks(&mut lab, "RUNNING");
        let fresh = all.iter().filter(|task| task["lastStatus"] == "PENDING").count() as u32;
        assert_eq!((fresh, desired + fresh - all.len() as u32), (start, stop), "{label}");
        let deadlock = "(service web) was unable to stop or start tasks during a deployment because of the service \
                        deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.";
        assert_eq!(said(&lab)[before..].iter().any(|text| text == deadlock), !ends, "{label}");
        let lower = (desired * minimum).div_ceil(100);
        let upper = desired * maximum / 100;
        for _ in 0..150 {
            wait(&mut lab, "5s");
            let [_, running, pending] = counts(&lab);
            assert!(
                running >= u64::from(lower) && running + pending <= u64::from(upper),
                "{label}: {running}+{pending}"
            );
        }
        let expected = if ends {
            vec![format!("PRIMARY web:2 {desired}/{desired}/0 COMPLETED")]
        } else {
            vec![
                format!("PRIMARY web:2 {desired}/0/0 IN_PROGRESS"),
                format!("ACTIVE web:1 {desired}/{desired}/0 COMPLETED"),
            ]
        };
        assert_eq!(deployments(&lab), expected, "{label}");
    }
}

/// The round trace of 6.3; RL-09: an older deployment is ACTIVE while tasks of it are up.
#[test]
fn rl_03_rl_06_the_round_trace_of_four_tasks_at_50_100() {
    let mut lab = steady(4, 50, 100);
    let before = said(&lab).len();
    update(&mut lab, json!({ "taskDefinition": "web:2" }));
    let mut trace = vec![deployments(&lab).join(", ")];
    for _ in 0..400 {
        wait(&mut lab, "250ms");
        let now = deployments(&lab).join(", ");
        if trace.last() != Some(&now) {
            trace.push(now);
        }
    }
    assert_eq!(
        trace,
        [
            "PRIMARY web:2 4/0/0 IN_PROGRESS, ACTIVE web:1 2/2/0 COMPLETED",
            "PRIMARY web:2 4/0/2 IN_PROGRESS, ACTIVE web:1 2/2/0 COMPLETED",
            "PRIMARY web:2 4/2/0 IN_PROGRESS, ACTIVE web:1 2/2/0 COMPLETED",
            "PRIMARY web:2 4/2/0 IN_PROGRESS, ACTIVE web:1 0/0/0 COMPLETED",
            "PRIMARY web:2 4/2/2 IN_PROGRESS",
            "PRIMARY web:2 4/4/0 IN_PROGRESS",
            "PRIMARY web:2 4/4/0 COMPLETED",
        ]
    );
    assert_eq!(
        said(&lab)[before..],
        [
            "(service web) has stopped 2 running tasks: (task T) (task T).",
            "(service web) has started 2 tasks: (task T) (task T).",
            "(service web) has stopped 2 running tasks: (task T) (task T).",
            "(service web) has started 2 tasks: (task T) (task T).",
            "(service web) has reached a steady state.",
            "(service web) (deployment D) deployment completed.",
        ]
    );
    let stopped = tasks(&mut lab, "STOPPED");
    assert_eq!(stopped.len(), 4);
    for task in stopped {
        assert_eq!(task["stopCode"], "ServiceSchedulerInitiated");
        assert_eq!(plain(task["stoppedReason"].as_str().unwrap()), "Scaling activity initiated by (deployment D)");
    }
}
