use super::super::course::at;
use super::super::policy::alarms;
use super::super::requests::{alarm, policy as put, target as register};
use super::super::test::{advance, scaled};
use super::super::wave::{Drawing, WAVES};
use super::super::{Drafts, rails, schedule, target};
use super::*;
use crate::app::store::opening;
use ecs_lab::lab::{ApiCall, Command};
use ecs_lab::scaling::tracking::Signal;
use serde_json::json;

/// Three services to which a wave comes: one with target tracking, one with steps, one with both.
fn waved(wave: &str) -> Lab {
    let mut lab = opening::fleet();
    let load = Drawing::of(wave, 100);
    for (name, kinds) in [
        ("tracks", &["TargetTrackingScaling"][..]),
        ("steps", &["StepScaling"]),
        ("both", &["StepScaling", "TargetTrackingScaling"]),
    ] {
        let resource = format!("service/prod/{name}");
        let input = json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "web:1", "desiredCount": 1 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        let mut drafts = Drafts::default();
        lab.apply(register(&drafts, &resource)).unwrap();
        for kind in kinds {
            let policy = format!("{name}-{kind}");
            drafts.texts.set("policy-PolicyName", policy.clone());
            drafts.texts.set("policy-PolicyType", (*kind).to_owned());
            let made = lab.apply(put(&drafts, &lab, &resource).unwrap().unwrap()).unwrap().reply;
            if *kind == "StepScaling" {
                let own = lab.world().applicationautoscaling().target(&resource).unwrap().clone();
                lab.apply(alarm(&drafts, &own, &policy, made["PolicyARN"].as_str().unwrap())).unwrap();
            }
        }
        lab.apply(load.command("prod", name, json!({ "workMilliseconds": 10 }))).unwrap();
    }
    advance(&mut lab, 86_400);
    lab
}

/// Why it did, or why it did not: what decided or what held it back, with the numbers. Errors: what is missing.
fn answers(
    lab: &Lab,
    (target, policy): (&Target, &Policy),
    own: &Evaluation,
    alarms: &[&Alarm],
) -> Result<(), &'static str> {
    let said = sentence(target, own);
    let whole = reading(lab, target, policy, own, "CPUUtilization", alarms);
    let has = |text: String, what: &'static str| if whole.contains(&text) { Ok(()) } else { Err(what) };
    has(said.clone(), "what it said")?;
    has(own.metric.map_or("had no datapoint".into(), number), "the metric")?;
    has(format!("{} running, {} pending, {} desired", own.running, own.pending, own.desired), "the counts")?;
    match own.held {
        None if own.before == own.desired => return Err("what held it back"),
        None => has(format!("the desired count goes from {} to {}", own.before, own.desired), "the change")?,
        Some(Held::Outvoted(place)) => has(target.policies[place].name.to_string(), "who outvoted it")?,
        Some(held) => has(held.text(), "why nothing changed")?,
    }
    match own.moves {
        Move::Out(want) if want > own.bounds.1 && own.before >= own.bounds.1 => {
            has("the maximum capacity of".into(), "the maximum")?
        }
        Move::In(_) if own.before <= own.bounds.0 => has("the minimum capacity of".into(), "the minimum")?,
        _ => {}
    }
    if matches!(own.held, Some(Held::CoolingOut(_) | Held::CoolingIn(_))) {
        has(" (of ".into(), "whose cooldown it is")?;
    }
    if own.held.is_some() && own.before != own.desired {
        has(format!(" moved the desired count from {} to {}.", own.before, own.desired), "who moved it")?;
    }
    if let Some(last) =
        until(policy, SimTime::from_millis(own.at.as_millis() - 1)).filter(|last| last.desired != own.before)
    {
        has(format!("had gone from {} to {}", last.desired, own.before), "what moved it before")?;
    }
    if matches!(own.formula, Some(Formula::Step { capacity, .. }) if capacity != own.running) {
        has("It counts from".into(), "why it counts from there")?;
    }
    if own.metric.is_some() && !alarms.is_empty() {
        has(format!(" to {}", clock(own.at)), "of when the datapoint is")?;
    }
    if own.formula.is_some() && !said.chars().any(|sign| sign.is_ascii_digit()) {
        return Err("the formula's numbers");
    }
    let waits = matches!(own.held, Some(Held::Quiet | Held::NoData));
    for alarm in alarms.iter().filter(|_| waits) {
        let (breaches, known) = breaching(lab, alarm, own.at);
        has(format!("{}: {breaches} of {known} are", condition(alarm)), "how far its alarms are")?;
        has(number(alarm.threshold), "the threshold")?;
        assert!(breaches < alarm.to_alarm || known < alarm.evaluated, "{whole}");
    }
    // The alarm remembers fewer changes than the day has.
    for alarm in alarms.iter().filter(|alarm| alarm.configured <= own.at) {
        has(format!("{}: ", named(policy, alarm)), "the state of each alarm")?;
        let rings = alarm.comparison.is_above() && own.signal == Signal::High;
        assert!(!rings || state(lab, alarm, own.at) == Some(State::Alarm), "{whole}");
    }
    Ok(())
}

/// Issue 6, done when: for every tick of every ready-made wave.
#[test]
fn every_tick_of_every_ready_made_wave_says_why_and_why_not() {
    for (wave, ..) in WAVES {
        let lab = waved(wave);
        let mut changes = 0;
        for target in lab.world().applicationautoscaling().targets() {
            assert!(target::service(&lab, target).is_some(), "{wave}");
            for policy in &target.policies {
                let alarms = alarms(&lab, policy);
                let all = &policy.evaluations;
                let minutes: Vec<i64> = all.iter().map(|own| own.at.as_millis() / 60_000).collect();
                assert_eq!(all.len(), 1440, "{wave}, {}", policy.name);
                assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{wave}, {}", policy.name);
                for own in all.iter() {
                    let there = at(&alarms, own.at);
                    let whole = || reading(&lab, target, policy, own, "CPUUtilization", &there);
                    answers(&lab, (target, policy), own, &there)
                        .unwrap_or_else(|missing| panic!("{wave}: {missing} is not in: {}", whole()));
                    changes += u32::from(own.held.is_none());
                }
            }
        }
        assert!(changes > 0, "{wave} moves nothing");
    }
}

fn call(operation: &str, more: serde_json::Value) -> Command {
    let mut input = json!({
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "ResourceId": "service/prod/shop",
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Command::Api(ApiCall::new("application-autoscaling", operation, input))
}

fn load(lab: &mut Lab, requests: u32) {
    let more = json!({ "cluster": "prod", "service": "shop", "requestsPerSecond": requests, "workMilliseconds": 10 });
    lab.apply(Command::Api(ApiCall::new("lab", "Load", more))).unwrap();
}

fn range(lab: &mut Lab, min: u32, max: u32) {
    lab.apply(call("RegisterScalableTarget", json!({ "MinCapacity": min, "MaxCapacity": max }))).unwrap();
}

/// Adds a step policy of two more above 60 %, with a cooldown in seconds.
fn steps(lab: &mut Lab, cooldown: u32) {
    let own = json!({
        "PolicyName": "st", "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity", "Cooldown": cooldown,
            "StepAdjustments": [{ "MetricIntervalLowerBound": 0, "ScalingAdjustment": 2 }],
        },
    });
    let made = lab.apply(call("PutScalingPolicy", own)).unwrap().reply;
    let alarm = json!({
        "AlarmName": "busy", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60,
        "Dimensions": [{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": "shop" }],
        "EvaluationPeriods": 1, "Threshold": 60, "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [made["PolicyARN"]],
    });
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", alarm))).unwrap();
}

/// The readings of the only target, of all policies, in order of time.
fn readings(lab: &Lab) -> Vec<String> {
    let target = lab.world().applicationautoscaling().targets().next().unwrap();
    let mut all = Vec::new();
    for policy in &target.policies {
        let alarms = alarms(lab, policy);
        for own in policy.evaluations.iter() {
            let there = at(&alarms, own.at);
            answers(lab, (target, policy), own, &there).unwrap();
            all.push((own.at, reading(lab, target, policy, own, "CPUUtilization", &there)));
        }
    }
    all.sort_by_key(|own| own.0);
    all.into_iter().map(|own| own.1).collect()
}

/// Holds that some reading says all these parts.
fn says(all: &[String], parts: &[&str]) {
    assert!(all.iter().any(|own| parts.iter().all(|part| own.contains(part))), "{parts:?} in {all:#?}");
}

#[test]
fn a_reading_counts_how_far_each_alarm_is() {
    let mut lab = scaled();
    load(&mut lab, 1);
    advance(&mut lab, 1800);
    load(&mut lab, 90);
    advance(&mut lab, 600);
    let all = readings(&lab);
    for breaches in 1..3 {
        let high =
            format!("AlarmHigh goes to ALARM when 3 of 3 datapoints of 1 min are above 60: {breaches} of 3 are.");
        says(&all, &[&high]);
    }
    says(&all, &["15 of 15 datapoints of 1 min are below 54: 14 of 15 are."]);
    says(&all, &["3 of 3 datapoints of 1 min are above 60: 0 of 1 are, 2 missing."]);
}

#[test]
fn a_reading_of_two_policies_names_ties_bounds_cooldowns_and_who_moved_it() {
    let mut lab = scaled();
    steps(&mut lab, 300);
    range(&mut lab, 1, 5);
    load(&mut lab, 90);
    advance(&mut lab, 120);
    load(&mut lab, 6000);
    advance(&mut lab, 1200);
    let all = readings(&lab);
    says(&all, &["shop-cpu wants", "st moved the desired count from 1 to 3."]);
    says(
        &all,
        &[
            "st wants",
            "+ 2 = 3",
            "It counts from 1: as many ran before the last scale-out, and in its cooldown (of st, 300 s)",
        ],
    );
    says(&all, &["; another policy wants more tasks (", "; the maximum capacity of 5 is reached."]);
    says(&all, &["with 1 running at "]);
}

#[test]
fn rule_1_6_a_cooldown_of_another_policy_is_named() {
    let mut lab = scaled();
    steps(&mut lab, 1800);
    load(&mut lab, 90);
    advance(&mut lab, 120);
    load(&mut lab, 1);
    advance(&mut lab, 1500);
    says(&readings(&lab), &["shop-cpu wants 1", "; the scale-out cooldown lasts until 09:3", "(of st, 1800 s)."]);
}

/// 1.4: what was done to the alarms is the reason, with how far those are that are left.
#[test]
fn rule_1_4_a_reading_says_which_alarm_is_gone_or_off() {
    let mut lab = scaled();
    let alarms: Vec<String> = lab.world().cloudwatch().alarms().map(|own| own.name.to_string()).collect();
    let of = |side: &str| vec![alarms.iter().find(|own| own.contains(side)).unwrap().clone()];
    let call = |lab: &mut Lab, operation: &str, names: Vec<String>| {
        lab.apply(Command::Api(ApiCall::new("cloudwatch", operation, json!({ "AlarmNames": names })))).unwrap();
    };
    range(&mut lab, 1, 5);
    load(&mut lab, 90);
    advance(&mut lab, 1500);
    let newest = |lab: &Lab| readings(lab).pop().unwrap();
    load(&mut lab, 1);
    call(&mut lab, "DisableAlarmActions", of("AlarmLow"));
    advance(&mut lab, 1200);
    let off = newest(&lab);
    assert!(off.contains("wants no change; the actions of the alarm that would move it are off."), "{off}");
    assert!(off.contains("AlarmLow is in ALARM, but its actions are off."), "{off}");
    call(&mut lab, "EnableAlarmActions", of("AlarmLow"));
    advance(&mut lab, 1200);
    call(&mut lab, "DeleteAlarms", of("AlarmHigh"));
    load(&mut lab, 60);
    advance(&mut lab, 1200);
    let gone = newest(&lab);
    assert!(gone.contains("wants no change; the alarm that would scale it out was deleted, and comes back"), "{gone}");
    assert!(gone.contains("AlarmLow goes to ALARM when 15 of 15"), "{gone}");
    assert!([off, gone].iter().all(|own| !own.contains("too few datapoints")));
    // With no alarm left in the lab, it is said at each minute all the same.
    call(&mut lab, "DeleteAlarms", of("AlarmLow"));
    advance(&mut lab, 600);
    let none = newest(&lab);
    let minute = clock(SimTime::from_millis(lab.now().as_millis().div_euclid(60_000) * 60_000));
    assert!(
        none.starts_with(&format!("At {minute} shop-cpu wants no change; both of its alarms were deleted")),
        "{none}"
    );
}

/// 1.4: what was deleted or changed later is told, in the minutes before, as it was then.
#[test]
fn rule_1_4_a_reading_tells_of_alarms_as_they_were_then() {
    let mut lab = scaled();
    let name = |lab: &Lab, side: &str| {
        lab.world().cloudwatch().alarms().find(|own| own.name.contains(side)).unwrap().name.clone()
    };
    let (high, low) = (name(&lab, "AlarmHigh"), name(&lab, "AlarmLow"));
    range(&mut lab, 1, 5);
    load(&mut lab, 90);
    advance(&mut lab, 1500);
    let before = readings(&lab);
    let mut put = lab.world().cloudwatch().alarm(&low).unwrap().document.clone();
    put.as_object_mut().unwrap().extend([("AlarmName".to_owned(), json!(low)), ("Threshold".to_owned(), json!(20))]);
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", put))).unwrap();
    let gone = json!({ "AlarmNames": [high] });
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "DeleteAlarms", gone))).unwrap();
    let end = lab.now();
    advance(&mut lab, 600);
    let after = readings(&lab);
    assert_eq!(after[..before.len()], before, "the past stays as it was");
    says(&before, &["(AlarmHigh: ", "AlarmLow: "]);
    says(&before, &["below 54: "]);
    let newest = after.last().unwrap();
    assert!(!newest.contains("AlarmHigh: ") && newest.contains("(AlarmLow: "), "{newest}");
    assert!(newest.contains("below 20: "), "{newest}");
    let target = lab.world().applicationautoscaling().targets().next().unwrap();
    let own = &target.policies[0];
    let moments: Vec<SimTime> = own.evaluations.iter().map(|own| own.at).collect();
    let ends =
        alarms(&lab, own).iter().map(|own| rails::states(&lab, own, &moments).pop().unwrap()).collect::<Vec<_>>();
    assert_eq!(ends[0], (end, None), "the rail of AlarmHigh ends");
    assert!(ends[1].1.is_some(), "that of AlarmLow does not");
}

/// 1.6: what a cooldown does not hold says why.
#[test]
fn rule_1_6_a_scale_out_within_a_cooldown_says_why_it_was_not_held() {
    let mut lab = scaled();
    let own = json!({
        "PolicyName": "shop-cpu", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 60, "ScaleOutCooldown": 900, "ScaleInCooldown": 900,
            "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
        },
    });
    lab.apply(call("PutScalingPolicy", own)).unwrap();
    range(&mut lab, 1, 30);
    load(&mut lab, 90);
    advance(&mut lab, 240);
    load(&mut lab, 250);
    advance(&mut lab, 240);
    load(&mut lab, 1200);
    advance(&mut lab, 900);
    says(
        &readings(&lab),
        &[
            "the desired count goes from ",
            " The cooldown after the last scale-out (of shop-cpu, ",
            " does not hold it: more than its ",
        ],
    );
    load(&mut lab, 1);
    let scaled_in = |lab: &Lab| lab.world().applicationautoscaling().targets().next().unwrap().last_in.is_some();
    while !scaled_in(&lab) {
        advance(&mut lab, 60);
    }
    load(&mut lab, 3000);
    advance(&mut lab, 280);
    says(
        &readings(&lab),
        &["the desired count goes from ", " A scale-out ends the cooldown after the last scale-in (of shop-cpu, "],
    );
}

/// 1.6: what removes tasks counts from those that run, so that nothing is said of the last scale-out's start.
#[test]
fn rule_1_6_a_reading_of_a_step_that_removes_counts_from_what_runs() {
    let mut lab = scaled();
    steps(&mut lab, 1800);
    let own = json!({
        "PolicyName": "less", "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{ "MetricIntervalUpperBound": 0, "ScalingAdjustment": -1 }],
        },
    });
    let made = lab.apply(call("PutScalingPolicy", own)).unwrap().reply;
    let alarm = json!({
        "AlarmName": "idle", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60,
        "Dimensions": [{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": "shop" }],
        "EvaluationPeriods": 1, "Threshold": 30, "ComparisonOperator": "LessThanThreshold",
        "AlarmActions": [made["PolicyARN"]],
    });
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", alarm))).unwrap();
    load(&mut lab, 90);
    advance(&mut lab, 120);
    load(&mut lab, 1);
    advance(&mut lab, 600);
    let all = readings(&lab);
    let held = all.iter().rfind(|own| own.contains("less wants")).unwrap();
    assert!(held.contains("3 − 1 = 2; the scale-out cooldown lasts until"), "{held}");
    assert!(!held.contains("It counts from"), "{held}");
}

#[test]
fn rule_1_7_who_wants_as_much_says_so_with_the_bound_that_holds_both() {
    let lab = scaled();
    let mut target = lab.world().applicationautoscaling().targets().next().unwrap().clone();
    let one = target.policies[0].clone();
    let own = |moves, held| Evaluation {
        at: lab.now(),
        metric: Some(100.0),
        signal: Signal::High,
        running: 5,
        pending: 0,
        before: 5,
        bounds: (1, 5),
        last_out: None,
        last_in: None,
        formula: None,
        moves,
        desired: 5,
        held: Some(held),
    };
    let bounded = |moves, held, bounds, before| Evaluation { bounds, before, desired: before, ..own(moves, held) };
    for (first, second, said) in [
        (
            own(Move::Out(7), Held::AtMaximum(5)),
            own(Move::Out(7), Held::Outvoted(0)),
            "wants 7; shop-cpu wants as much; the maximum capacity of 5 is reached",
        ),
        (
            own(Move::Out(9), Held::AtMaximum(5)),
            own(Move::Out(7), Held::Outvoted(0)),
            "wants 7; another policy wants more tasks (shop-cpu); the maximum capacity of 5 is reached",
        ),
        (
            own(Move::Out(7), Held::Suspended),
            own(Move::In(2), Held::Outvoted(0)),
            "wants 2; another policy wants more tasks (shop-cpu); shop-cpu does not scale: scaling in this direction is suspended",
        ),
        (
            own(Move::Stay(Held::Quiet), Held::Quiet),
            bounded(Move::In(0), Held::NotAll(0), (1, 5), 1),
            "wants 0; another target tracking policy is not ready to scale in (shop-cpu); the minimum capacity of 1 is reached",
        ),
        (
            own(Move::Stay(Held::Quiet), Held::Quiet),
            Evaluation { held: None, before: 3, ..own(Move::Out(8), Held::Quiet) },
            "wants 8: the desired count goes from 3 to 5; the maximum capacity of 5 allows no more",
        ),
        (
            own(Move::Stay(Held::Quiet), Held::Quiet),
            Evaluation { held: None, desired: 1, ..own(Move::In(0), Held::Quiet) },
            "wants 0: the desired count goes from 5 to 1; the minimum capacity of 1 allows no fewer",
        ),
    ] {
        let policy = |own: &Evaluation| {
            let mut policy = one.clone();
            policy.evaluations = std::rc::Rc::new(vec![std::rc::Rc::new(own.clone())]);
            policy
        };
        target.policies = vec![policy(&first), policy(&second)];
        assert_eq!(sentence(&target, &second), said);
    }
}

/// A service with a scheduled action at 09:10 that sets 3 to 5.
fn acts(lab: &mut Lab, desired: u32) {
    lab.apply(Command::ecs("UpdateService", json!({ "cluster": "prod", "service": "shop", "desiredCount": desired })))
        .unwrap();
    let action = json!({
        "ScheduledActionName": "up", "Schedule": "cron(10 9 * * ? *)",
        "ScalableTargetAction": { "MinCapacity": 3, "MaxCapacity": 5 },
    });
    lab.apply(call("PutScheduledAction", action)).unwrap();
}

#[test]
fn scaling_1_11_a_scheduled_action_stands_in_the_reading_of_its_minute() {
    let mut lab = scaled();
    advance(&mut lab, 240);
    acts(&mut lab, 6);
    advance(&mut lab, 600);
    let all = readings(&lab);
    says(&all, &["it was set by hand."]);
    says(
        &all,
        &[
            "At 09:10 shop-cpu",
            " At 09:10 scheduled action name up was triggered. Successfully set min capacity to 3 and max capacity to 5.",
            "The desired count had gone from 6 to 5: maximum capacity was set to 5.",
        ],
    );
}

#[test]
fn scaling_1_11_a_target_without_a_policy_says_what_its_scheduled_action_did() {
    let mut lab = scaled();
    lab.apply(call("DeleteScalingPolicy", json!({ "PolicyName": "shop-cpu" }))).unwrap();
    acts(&mut lab, 1);
    advance(&mut lab, 1200);
    let target = lab.world().applicationautoscaling().targets().next().unwrap();
    let all = schedule::history(&lab, target);
    let read: Vec<String> = (0..all.len()).map(|place| schedule::reading(target, lab.now(), &all, place)).collect();
    says(
        &read,
        &[
            "At 09:10 scheduled action name up was triggered. Successfully set min capacity to 3 and max capacity to 5.",
            "The desired count had gone from 1 to 3: minimum capacity was set to 3.",
            "3 desired, of 3 to 5.",
        ],
    );
    says(&read, &["1 desired, of 1 to 10."]);
    says(&read, &["3 running, 0 pending, 3 desired, of 3 to 5."]);
    assert_eq!(
        target::last(target, lab.now()),
        "09:10: scheduled action name up was triggered. Successfully set min capacity to 3 and max capacity to 5"
    );
}
