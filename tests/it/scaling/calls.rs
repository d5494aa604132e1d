//! The calls, what they answer, and who may make them (1.1).

use super::deck::*;
use crate::lab::identities::{allow, iam};
use crate::lab::support::*;
use crate::services::deck::{counts, create, on};
use ecs_lab::lab::{ApiCall, Command};
use serde_json::json;

const ROLE: &str = "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";

#[test]
fn rule_1_1_a_target_is_registered_described_changed_and_deregistered() {
    let mut lab = on(2);
    create(&mut lab, 2, json!({}));
    wait(&mut lab, "2m");
    let made = register_target(&mut lab, 1, 4);
    let arn = made["ScalableTargetARN"].as_str().unwrap().to_string();
    let id = arn.strip_prefix("arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/").unwrap();
    assert!(id.len() == 36 && id.bytes().all(|own| own.is_ascii_hexdigit()), "{id}");
    let suspended = json!({ "DynamicScalingInSuspended": false, "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false });
    let created = lab.now().as_epoch_seconds();
    let shown = |lab: &mut ecs_lab::lab::Lab| aas(lab, "DescribeScalableTargets", json!({}))["ScalableTargets"].clone();
    let mut expected = json!({
        "ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1, "MaxCapacity": 4, "RoleARN": ROLE, "CreationTime": created, "SuspendedState": suspended,
        "ScalableTargetARN": arn,
    });
    assert_eq!(shown(&mut lab), json!([expected]));
    wait(&mut lab, "1m");
    // What is not named stays as it is; also of SuspendedState (choice 29).
    let again = aas(
        &mut lab,
        "RegisterScalableTarget",
        json!({ "MaxCapacity": 6, "SuspendedState": { "DynamicScalingInSuspended": true } }),
    );
    assert_eq!(again, made);
    aas(&mut lab, "RegisterScalableTarget", json!({ "SuspendedState": { "ScheduledScalingSuspended": true } }));
    expected["MaxCapacity"] = json!(6);
    expected["SuspendedState"] = json!({ "DynamicScalingInSuspended": true, "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": true });
    assert_eq!(shown(&mut lab), json!([expected]));
    aas(&mut lab, "DeregisterScalableTarget", json!({}));
    assert_eq!(shown(&mut lab), json!([]));
}

/// 1.1: a count outside of the range is moved into it at once, also when the request names no bound.
#[test]
fn rule_1_1_registering_moves_the_count_into_the_range() {
    for (tasks, min, max, expected, cause) in [
        (2, 3, 6, 3, "minimum capacity was set to 3"),
        (5, 1, 4, 4, "maximum capacity was set to 4"),
        (2, 2, 2, 2, ""),
        (2, 0, 0, 0, "maximum capacity was set to 0"),
    ] {
        let mut lab = on(2);
        create(&mut lab, tasks, json!({}));
        wait(&mut lab, "2m");
        register_target(&mut lab, min, max);
        assert_eq!(desired(&lab), expected, "{tasks} in {min} to {max}");
        wait(&mut lab, "3m");
        assert_eq!(counts(&lab), [expected, expected, 0]);
        let all = told(&mut lab);
        if cause.is_empty() {
            assert_eq!(all, [""; 0]);
        } else {
            assert_eq!(all, [format!("Setting desired count to {expected}. | {cause} | Successful")]);
            crate::services::deck::update(&mut lab, json!({ "desiredCount": 7 }));
            aas(&mut lab, "RegisterScalableTarget", json!({}));
            assert_eq!(desired(&lab), u64::from(max));
        }
    }
}

#[test]
fn rule_1_1_an_inactive_service_is_left_alone() {
    let mut lab = scalable(2, 1, 4);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "5m");
    aas(&mut lab, "RegisterScalableTarget", json!({ "MinCapacity": 3 }));
    wait(&mut lab, "5m");
    assert_eq!((desired(&lab), told(&mut lab).len()), (0, 0));
}

#[test]
fn rule_1_1_deregistering_takes_policies_actions_and_their_alarms_along() {
    let mut lab = scalable(2, 1, 4);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    let step = step_policy(&mut lab, "out", "0::1", json!({}));
    alarm(&mut lab, "mine", "Load", "GreaterThanThreshold", 80.0, &step);
    aas(
        &mut lab,
        "PutScheduledAction",
        json!({ "ScheduledActionName": "day", "Schedule": "rate(1 day)", "ScalableTargetAction": { "MinCapacity": 1 } }),
    );
    let count = |lab: &mut ecs_lab::lab::Lab| {
        cloudwatch(lab, "DescribeAlarms", json!({}))["MetricAlarms"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut lab), 3);
    aas(&mut lab, "DeregisterScalableTarget", json!({}));
    let alarms = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"].clone();
    assert_eq!(
        (alarms.as_array().unwrap().len(), &alarms[0]["AlarmName"], &alarms[0]["AlarmActions"]),
        (1, &json!("mine"), &json!([]))
    );
    register_target(&mut lab, 1, 4);
    for (operation, member) in
        [("DescribeScalingPolicies", "ScalingPolicies"), ("DescribeScheduledActions", "ScheduledActions")]
    {
        assert_eq!(aas(&mut lab, operation, json!({}))[member], json!([]));
    }
}

#[test]
fn policies_and_actions_are_listed_by_name_and_in_pages() {
    let mut lab = scalable(2, 1, 4);
    for number in 0..3 {
        track(&mut lab, &format!("p{number}"), &format!("Load{number}"), 60.0, json!({}));
        let input = json!({ "ScheduledActionName": format!("a{number}"), "Schedule": "cron(0 8 * * ? *)", "Timezone": "Europe/Berlin",
            "ScalableTargetAction": { "MinCapacity": 1, "MaxCapacity": 4 } });
        aas(&mut lab, "PutScheduledAction", input);
    }
    let names = |own: &serde_json::Value, member: &str, name: &str| -> Vec<String> {
        own[member].as_array().unwrap().iter().map(|own| own[name].as_str().unwrap().to_string()).collect()
    };
    let all = aas(&mut lab, "DescribeScalingPolicies", json!({ "PolicyNames": ["p2", "p0"] }));
    assert_eq!(names(&all, "ScalingPolicies", "PolicyName"), ["p0", "p2"]);
    let first = aas(&mut lab, "DescribeScheduledActions", json!({ "ResourceId": RESOURCE, "MaxResults": 2 }));
    assert_eq!(names(&first, "ScheduledActions", "ScheduledActionName"), ["a0", "a1"]);
    let input = json!({ "ResourceId": RESOURCE, "MaxResults": 2, "NextToken": first["NextToken"] });
    let rest = aas(&mut lab, "DescribeScheduledActions", input);
    assert_eq!(names(&rest, "ScheduledActions", "ScheduledActionName"), ["a2"]);
    let foreign = json!({ "ResourceId": "service/prod/other", "NextToken": first["NextToken"] });
    assert_eq!(try_aas(&mut lab, "DescribeScheduledActions", foreign).unwrap_err().code, "InvalidNextTokenException");
    let own = &rest["ScheduledActions"][0];
    assert_eq!((&own["Schedule"], &own["Timezone"]), (&json!("cron(0 8 * * ? *)"), &json!("Europe/Berlin")));
    let arn = own["ScheduledActionARN"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:autoscaling:us-east-1:123456789012:scheduledAction:"), "{arn}");
    assert!(arn.ends_with(":resource/ecs/service/prod/web:scheduledActionName/a2"), "{arn}");
}

#[test]
fn targets_take_tags() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    let input = json!({ "MinCapacity": 1, "MaxCapacity": 2, "Tags": { "team": "blue" } });
    let arn = aas(&mut lab, "RegisterScalableTarget", input)["ScalableTargetARN"].clone();
    aas(&mut lab, "TagResource", json!({ "ResourceARN": arn, "Tags": { "stage": "test", "team": "red" } }));
    let tags =
        |lab: &mut ecs_lab::lab::Lab| aas(lab, "ListTagsForResource", json!({ "ResourceARN": arn }))["Tags"].clone();
    assert_eq!(tags(&mut lab), json!({ "stage": "test", "team": "red" }));
    aas(&mut lab, "UntagResource", json!({ "ResourceARN": arn, "TagKeys": ["team", "none"] }));
    assert_eq!(tags(&mut lab), json!({ "stage": "test" }));
    let many: serde_json::Map<_, _> = (0..50).map(|number| (format!("t{number}"), json!(""))).collect();
    let error = try_aas(&mut lab, "TagResource", json!({ "ResourceARN": arn, "Tags": many })).unwrap_err();
    assert_eq!(error.code, "TooManyTagsException");
    let other = arn.as_str().unwrap().replace("scalable-target/", "scalable-target/0");
    for operation in ["ListTagsForResource", "TagResource"] {
        let error = try_aas(
            &mut lab,
            operation,
            over(
                json!({ "ResourceARN": other }),
                if operation == "TagResource" { json!({ "Tags": {} }) } else { json!({}) },
            ),
        );
        assert_eq!(error.unwrap_err().code, "ResourceNotFoundException");
    }
}

/// 1.1, 4.3: the first target makes the service-linked role, and all is done in it.
#[test]
fn rule_1_1_the_service_linked_role_acts() {
    let mut lab = on(2);
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "2m");
    let role = json!({ "RoleName": "AWSServiceRoleForApplicationAutoScaling_ECSService" });
    let find = |lab: &ecs_lab::lab::Lab| lab.read(&ApiCall::new("iam", "GetRole", role.clone()));
    assert!(find(&lab).is_err());
    register_target(&mut lab, 1, 4);
    assert_eq!(find(&lab).unwrap()["Role"]["Arn"], ROLE);
    // What it needs stands in its policy; a user needs more.
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    let asked = |lab: &ecs_lab::lab::Lab, operation: &str, input: serde_json::Value| {
        let input = over(
            json!({ "ServiceNamespace": "ecs", "ResourceId": "service/prod/x", "ScalableDimension": "ecs:service:DesiredCount" }),
            input,
        );
        let call = ApiCall::new("application-autoscaling", operation, input).by("user/ci");
        lab.clone().apply(Command::Api(call)).unwrap_err()
    };
    let error = asked(&lab, "RegisterScalableTarget", json!({ "MinCapacity": 1, "MaxCapacity": 2 }));
    assert_eq!(error.code, "AccessDeniedException");
    let expected = "is not authorized to perform: application-autoscaling:RegisterScalableTarget on resource: arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/*";
    assert!(error.message.contains(expected), "{}", error.message);
    // Without the role the caller needs to be able to make it.
    let mut early = on(1);
    create(&mut early, 1, json!({}));
    iam(&mut early, "CreateUser", json!({ "UserName": "ci" }));
    let may = allow(json!(["application-autoscaling:*"]), "*");
    iam(&mut early, "PutUserPolicy", json!({ "UserName": "ci", "PolicyName": "own", "PolicyDocument": may }));
    let error = asked(&early, "RegisterScalableTarget", json!({ "MinCapacity": 1, "MaxCapacity": 2 }));
    assert!(error.message.contains("iam:CreateServiceLinkedRole"), "{}", error.message);
}

/// What ECS refuses fails, in its words.
#[test]
fn a_count_that_ecs_refuses_is_a_failed_activity() {
    let mut lab = scalable(1, 1, 4);
    aas(&mut lab, "RegisterScalableTarget", json!({ "MinCapacity": i32::MAX, "MaxCapacity": i32::MAX }));
    let own = activities(&mut lab).pop().unwrap();
    let message = "Failed to set desired count to 2147483647. Reason: desiredCount can be at most 5000.";
    assert_eq!((&own["StatusCode"], &own["StatusMessage"], desired(&lab)), (&json!("Failed"), &json!(message), 1));
}

/// 4.3: who sets scaling up needs to be able to do what it does.
#[test]
fn rule_4_3_what_the_caller_needs() {
    let mut lab = scalable(1, 1, 4);
    track(&mut lab, "cpu", "Cpu", 60.0, json!({}));
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    let custom = json!({ "Namespace": "Shop", "MetricName": "Load", "Statistic": "Average" });
    let config = json!({ "TargetValue": 60.0, "CustomizedMetricSpecification": custom });
    let put = json!({ "PolicyName": "load", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
    let scope =
        json!({ "ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": "ecs:service:DesiredCount" });
    for (operation, input, needed) in [
        ("RegisterScalableTarget", json!({ "MaxCapacity": 5 }), &["ecs:DescribeServices", "ecs:UpdateService"][..]),
        ("PutScalingPolicy", put, &["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms"]),
        ("DeleteScalingPolicy", json!({ "PolicyName": "cpu" }), &["cloudwatch:DeleteAlarms"]),
    ] {
        let mut may = vec!["application-autoscaling:*"];
        for missing in needed.iter().map(Some).chain([None]) {
            let document = allow(json!(may), "*");
            iam(
                &mut lab,
                "PutUserPolicy",
                json!({ "UserName": "ci", "PolicyName": "own", "PolicyDocument": document }),
            );
            let call =
                ApiCall::new("application-autoscaling", operation, over(scope.clone(), input.clone())).by("user/ci");
            let done = lab.clone().apply(Command::Api(call));
            match missing {
                Some(missing) => assert!(done.unwrap_err().message.contains(missing), "{operation} without {missing}"),
                None => assert!(done.is_ok(), "{operation}"),
            }
            may.extend(missing);
        }
    }
}

/// A role of one's own is taken; what it may not do fails, in AWS's words.
#[test]
fn rule_1_1_a_custom_role_acts_where_one_is_given() {
    let mut lab = scalable(2, 1, 4);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"application-autoscaling.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    iam(&mut lab, "CreateRole", json!({ "RoleName": "scaler", "AssumeRolePolicyDocument": trust }));
    let role = "arn:aws:iam::123456789012:role/scaler";
    aas(&mut lab, "RegisterScalableTarget", json!({ "RoleARN": role, "MinCapacity": 3 }));
    assert_eq!(desired(&lab), 2, "it may not");
    let own = activities(&mut lab).pop().unwrap();
    assert_eq!(own["StatusCode"], "Failed");
    let message = own["StatusMessage"].as_str().unwrap();
    let expected = "Failed to set desired count to 3. Reason: User: arn:aws:sts::123456789012:assumed-role/scaler/AutoScaling-UpdateDesiredCapacity is not authorized to perform: ecs:UpdateService";
    assert!(message.starts_with(expected), "{message}");
    let custom = json!({ "Namespace": "Shop", "MetricName": "Load", "Statistic": "Average" });
    let config = json!({ "TargetValue": 60.0, "CustomizedMetricSpecification": custom });
    let input = json!({ "PolicyName": "load", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
    assert_eq!(try_aas(&mut lab, "PutScalingPolicy", input.clone()).unwrap_err().code, "FailedResourceAccessException");
    let may = allow(json!(["ecs:UpdateService", "cloudwatch:*"]), "*");
    iam(&mut lab, "PutRolePolicy", json!({ "RoleName": "scaler", "PolicyName": "own", "PolicyDocument": may }));
    aas(&mut lab, "PutScalingPolicy", input);
    aas(&mut lab, "RegisterScalableTarget", json!({}));
    assert_eq!(desired(&lab), 3);
    let shown = aas(&mut lab, "DescribeScalableTargets", json!({}));
    assert_eq!(shown["ScalableTargets"][0]["RoleARN"], role);
    for closed in ["arn:aws:iam::123456789012:role/ecsInstanceRole", "scaler"] {
        let error = try_aas(&mut lab, "RegisterScalableTarget", json!({ "RoleARN": closed })).unwrap_err();
        assert_eq!(error.message, format!("Unable to assume IAM role: {closed}"));
    }
}

/// 1.15: nothing is planned where nothing scales.
#[test]
fn rule_1_15_a_target_at_rest_costs_nothing() {
    let mut lab = on(2);
    create(&mut lab, 2, json!({}));
    wait(&mut lab, "2m");
    let before = lab.next_deadline();
    register_target(&mut lab, 1, 4);
    step_policy(&mut lab, "out", "0::1", json!({}));
    assert_eq!(lab.next_deadline(), before);
}
