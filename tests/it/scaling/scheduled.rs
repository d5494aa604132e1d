//! Scheduled actions (1.11).

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::update;
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};

fn schedule(lab: &mut Lab, name: &str, expression: &str, extra: Value) {
    let input = json!({ "ScheduledActionName": name, "Schedule": expression });
    aas(lab, "PutScheduledAction", over(input, extra));
}

fn bounds(min: Option<u32>, max: Option<u32>) -> Value {
    let mut own = json!({});
    for (member, bound) in [("MinCapacity", min), ("MaxCapacity", max)] {
        if let Some(bound) = bound {
            own[member] = json!(bound);
        }
    }
    json!({ "ScalableTargetAction": own })
}

fn until(lab: &mut Lab, text: &str) {
    let span = SimTime::parse(text).unwrap() - lab.now();
    lab.advance(span).unwrap();
}

fn range(lab: &Lab) -> (u32, u32, u64) {
    (target(lab).min, target(lab).max, desired(lab))
}

/// 1.11: a moment that summer time leaves out is not told to lie in the past; one after EndTime neither.
#[test]
fn rule_1_11_an_at_that_does_not_come() {
    let mut lab = scalable(1, 1, 4);
    for (at, zone, extra, words) in [
        ("2026-03-08T02:30:00", "America/New_York", json!({}), "summer time leaves it out."),
        ("2026-01-01T02:30:00", "America/New_York", json!({}), "lies in the past."),
        ("2026-03-29T01:30:00", "Europe/London", json!({}), "summer time leaves it out."),
        ("2026-02-01T00:00:00", "UTC", json!({ "EndTime": "2026-01-20T00:00:00Z" }), "lies after EndTime."),
    ] {
        let input = json!({ "ScheduledActionName": "a", "Schedule": format!("at({at})"), "Timezone": zone });
        let error =
            try_aas(&mut lab, "PutScheduledAction", over(over(input, bounds(Some(2), None)), extra)).unwrap_err();
        assert_eq!((error.code.as_ref(), error.path.as_str()), ("ValidationException", "Schedule"));
        assert!(error.message.ends_with(words), "{at}: {}", error.message);
    }
    let comes = json!({ "Timezone": "America/New_York", "ScalableTargetAction": { "MinCapacity": 2 } });
    schedule(&mut lab, "a", "at(2026-03-08T03:30:00)", comes);
}

/// 1.11: what a second call leaves out stays as it was; but a rate has no time zone.
#[test]
fn rule_1_11_from_cron_with_a_time_zone_to_rate() {
    let mut lab = scalable(1, 1, 4);
    let zoned = json!({ "Timezone": "Europe/Paris", "ScalableTargetAction": { "MinCapacity": 2 } });
    let shown = |lab: &mut Lab| aas(lab, "DescribeScheduledActions", json!({}))["ScheduledActions"][0].clone();
    schedule(&mut lab, "a", "cron(0 8 * * ? *)", zoned);
    schedule(&mut lab, "a", "cron(0 9 * * ? *)", json!({}));
    assert_eq!(
        (&shown(&mut lab)["Timezone"], &shown(&mut lab)["ScalableTargetAction"]["MinCapacity"]),
        (&json!("Europe/Paris"), &json!(2))
    );
    schedule(&mut lab, "a", "rate(1 hour)", json!({}));
    assert_eq!((&shown(&mut lab)["Timezone"], &shown(&mut lab)["Schedule"]), (&Value::Null, &json!("rate(1 hour)")));
    let error = try_aas(&mut lab, "PutScheduledAction", json!({ "ScheduledActionName": "a", "Timezone": "UTC" }));
    assert_eq!(error.unwrap_err().path, "Timezone");
}

/// A StartTime that was given in time stays, also once it lies behind.
#[test]
fn rule_1_11_a_start_time_that_has_passed_stays() {
    let mut lab = scalable(1, 1, 4);
    let start = json!({ "StartTime": "2026-01-05T10:00:00Z", "ScalableTargetAction": { "MinCapacity": 2 } });
    schedule(&mut lab, "a", "cron(0 12 * * ? *)", start);
    until(&mut lab, "2026-01-05T11:00:00Z");
    assert_eq!(range(&lab), (2, 4, 2));
    schedule(&mut lab, "a", "cron(0 13 * * ? *)", bounds(Some(3), None));
    until(&mut lab, "2026-01-05T13:00:00Z");
    assert_eq!(range(&lab), (3, 4, 3));
}

/// The example of 1.11: current 4 in 2 to 10; at 08:00 from 6 to 20, at 20:00 from 1 to 3 with 11 tasks.
#[test]
fn example_1_11_morning_and_evening() {
    let mut lab = scalable(4, 2, 10);
    schedule(&mut lab, "morning", "cron(0 8 * * ? *)", bounds(Some(6), Some(20)));
    schedule(&mut lab, "evening", "cron(0 20 * * ? *)", bounds(Some(1), Some(3)));
    until(&mut lab, "2026-01-05T20:00:00Z");
    assert_eq!(range(&lab), (1, 3, 3));
    until(&mut lab, "2026-01-06T07:59:59Z");
    assert_eq!(range(&lab), (1, 3, 3));
    until(&mut lab, "2026-01-06T08:00:00Z");
    assert_eq!(range(&lab), (6, 20, 6));
    update(&mut lab, json!({ "desiredCount": 11 }));
    until(&mut lab, "2026-01-06T20:05:00Z");
    assert_eq!(range(&lab), (1, 3, 3));
    let all = told(&mut lab);
    assert_eq!(
        all[2..],
        [
            "Setting min capacity to 6 and max capacity to 20 | scheduled action name morning was triggered | Successful",
            "Setting desired count to 6. | minimum capacity was set to 6 | Successful",
            "Setting min capacity to 1 and max capacity to 3 | scheduled action name evening was triggered | Successful",
            "Setting desired count to 3. | maximum capacity was set to 3 | Successful",
        ]
    );
}

/// 1.11: what an action makes of the range and of the count; one bound that crosses the other fails.
#[test]
fn rule_1_11_one_bound_or_both() {
    for (min, max, expected, status) in [
        (Some(6), None, (6, 10, 6), "Successful"),
        (None, Some(3), (2, 3, 3), "Successful"),
        (Some(3), Some(8), (3, 8, 4), "Successful"),
        (Some(5), Some(5), (5, 5, 5), "Successful"),
        (Some(11), None, (2, 10, 4), "Failed"),
        (None, Some(1), (2, 10, 4), "Failed"),
    ] {
        let mut lab = scalable(4, 2, 10);
        schedule(&mut lab, "own", "at(2026-01-05T10:00:00)", bounds(min, max));
        until(&mut lab, "2026-01-05T10:00:00Z");
        assert_eq!(range(&lab), expected, "{min:?} {max:?}");
        assert_eq!(activities(&mut lab)[0]["StatusCode"], status);
    }
}

#[test]
fn rule_1_11_time_zones_spans_and_rates() {
    let mut lab = scalable(4, 1, 10);
    let zone = |name: &str| over(json!({ "Timezone": name }), bounds(None, Some(9)));
    schedule(&mut lab, "berlin", "at(2026-01-05T12:00:00)", zone("Europe/Berlin"));
    until(&mut lab, "2026-01-05T10:59:00Z");
    assert_eq!(target(&lab).max, 10);
    until(&mut lab, "2026-01-05T11:00:00Z");
    assert_eq!(target(&lab).max, 9);
    // It recurs from its start on, where it runs too, and ends; nothing is put back (end of recurrence).
    let span = json!({ "StartTime": "2026-01-05T12:30:00Z", "EndTime": "2026-01-05T14:30:00Z" });
    schedule(&mut lab, "rate", "rate(1 hour)", over(span, bounds(None, Some(8))));
    let runs = |lab: &mut Lab| told(lab).iter().filter(|own| own.contains("name rate was")).count();
    until(&mut lab, "2026-01-05T12:29:00Z");
    assert_eq!(runs(&mut lab), 0);
    for (time, expected) in [("12:30", 1), ("13:29", 1), ("13:30", 2), ("14:30", 3), ("18:00", 3)] {
        until(&mut lab, &format!("2026-01-05T{time}:00Z"));
        assert_eq!(runs(&mut lab), expected, "{time}");
    }
    assert_eq!(target(&lab).max, 8);
}

/// 1.9: suspended actions do not run, and those that were missed are not made up for.
#[test]
fn rule_1_9_suspended_actions_are_never_replayed() {
    let mut lab = scalable(4, 1, 10);
    schedule(&mut lab, "hour", "cron(0 * * * ? *)", bounds(Some(6), None));
    aas(&mut lab, "RegisterScalableTarget", json!({ "SuspendedState": { "ScheduledScalingSuspended": true } }));
    until(&mut lab, "2026-01-05T10:30:00Z");
    aas(&mut lab, "RegisterScalableTarget", json!({ "SuspendedState": { "ScheduledScalingSuspended": false } }));
    until(&mut lab, "2026-01-05T10:59:00Z");
    assert_eq!(desired(&lab), 4);
    until(&mut lab, "2026-01-05T11:00:00Z");
    assert_eq!(desired(&lab), 6);
}

/// 1.6: a scheduled action waits for no cooldown. 1.15: it runs before the policies of its minute.
#[test]
fn rule_1_6_scheduled_actions_run_in_any_cooldown() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    let in_two = lab.now() + ecs_lab::sim::SimDuration::from_secs(120);
    let text = in_two.to_string();
    schedule(&mut lab, "now", &format!("at({})", text.trim_end_matches('Z')), bounds(Some(12), Some(12)));
    minutes(&mut lab, 2, "Load", 90.0);
    assert_eq!(range(&lab), (12, 12, 12));
    assert!(why(&lab, "load").ends_with("; the maximum capacity of 12 is reached"), "{}", why(&lab, "load"));
}

#[test]
fn rule_1_11_put_with_the_same_name_updates_and_delete_ends_it() {
    let mut lab = scalable(4, 1, 10);
    schedule(&mut lab, "own", "rate(1 hour)", bounds(Some(6), None));
    let shown = |lab: &mut Lab| aas(lab, "DescribeScheduledActions", json!({}))["ScheduledActions"].clone();
    let before = shown(&mut lab);
    schedule(&mut lab, "own", "rate(2 hours)", json!({}));
    let mut expected = before;
    expected[0]["Schedule"] = json!("rate(2 hours)");
    assert_eq!(shown(&mut lab), expected);
    aas(&mut lab, "DeleteScheduledAction", json!({ "ScheduledActionName": "own" }));
    wait(&mut lab, "3h");
    assert_eq!((shown(&mut lab), desired(&lab)), (json!([]), 4));
    let error = try_aas(&mut lab, "DeleteScheduledAction", json!({ "ScheduledActionName": "own" })).unwrap_err();
    assert_eq!(error.code, "ObjectNotFoundException");
}
