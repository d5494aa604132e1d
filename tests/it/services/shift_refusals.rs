//! What a deployment that shifts traffic needs: fitting settings, fitting listeners, a role that may change them.

use super::deck::*;
use super::shifts::{Stage, blue_green, stage};
use crate::lab::elb::{elb, group};
use crate::lab::support::*;
use serde_json::{Value, json};

#[test]
fn bg_01_7_2_the_infrastructure_role_must_be_allowed_to_change_the_rules() {
    for (trust, action, reason) in [
        ("ec2.amazonaws.com", "elasticloadbalancing:*", "Service deployment rolled back because of invalid networking configuration. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role 'arn:aws:iam::123456789012:role/infra'.".to_string()),
        ("ecs.amazonaws.com", "elasticloadbalancing:Describe*", "Service deployment rolled back because TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. User: arn:aws:sts::123456789012:assumed-role/infra/ECSNetworkingWithELB is not authorized to perform: elasticloadbalancing:ModifyRule on resource: TEST because no identity-based policy allows the elasticloadbalancing:ModifyRule action".to_string()),
    ] {
        let mut own = stage();
        own.serve(blue_green(5));
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": trust }, "Action": "sts:AssumeRole" }] });
        own.iam("CreateRole", json!({ "RoleName": "infra", "AssumeRolePolicyDocument": document.to_string() }));
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
        own.iam("PutRolePolicy", json!({ "RoleName": "infra", "PolicyName": "p", "PolicyDocument": policy.to_string() }));
        own.update(2);
        wait(&mut own.lab, "2m");
        let [status, _, why] = own.deployment();
        assert_eq!((status.as_str(), why.replace(&own.test, "TEST")), ("ROLLBACK_SUCCESSFUL", reason));
        assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
        assert_eq!(own.weights(), [[100, 0], [100, 0]]);
        let heard = said(&own.lab);
        assert!(heard.iter().any(|own| own.contains("(deployment D) deployment failed: ")), "{heard:#?}");
    }
}

#[test]
fn bg_01_listeners_that_are_not_as_they_must_be() {
    type Spoil = fn(&mut Stage);
    let both: Spoil = |own| {
        let groups = json!([{ "TargetGroupArn": own.blue, "Weight": 1 }, { "TargetGroupArn": own.green, "Weight": 1 }]);
        modify(own, groups);
    };
    let other: Spoil = |own| {
        let stranger = group(&mut own.lab, json!({ "TargetType": "instance", "Name": "stranger" }));
        let groups = json!([
            { "TargetGroupArn": own.blue, "Weight": 0 }, { "TargetGroupArn": own.green, "Weight": 0 },
            { "TargetGroupArn": stranger, "Weight": 1 },
        ]);
        modify(own, groups);
    };
    let gone: Spoil = |own| {
        let rule = own.rule.clone();
        elb(&mut own.lab, "DeleteRule", json!({ "RuleArn": rule }));
        let test = own.test.clone();
        elb(&mut own.lab, "DeleteRule", json!({ "RuleArn": test }));
    };
    for (spoil, part) in [
        (
            both,
            "should have exactly one target group serving traffic but found 2 target groups which are serving traffic",
        ),
        (other, "Production listener rule is forwarding traffic to unexpected target group"),
        (gone, "is not associated with either productionListenerRule or testListenerRule."),
    ] {
        let mut own = stage();
        own.serve(blue_green(5));
        spoil(&mut own);
        // A new revision of the same settings.
        let forced = try_ecs(
            &mut own.lab,
            "UpdateService",
            json!({ "cluster": "prod", "service": "web", "taskDefinition": "api:2" }),
        );
        if let Err(error) = forced {
            assert!(error.message.contains("does not have an associated load balancer"), "{}", error.message);
            continue;
        }
        wait(&mut own.lab, "2m");
        let [status, _, why] = own.deployment();
        assert!(why.starts_with("Service deployment rolled back because of invalid networking configuration"), "{why}");
        assert!(why.contains(part), "{why}");
        assert!(status.starts_with("ROLLBACK_"), "{status}");
        assert_eq!(service(&own.lab)["runningCount"], 2);
    }
}

fn modify(own: &mut Stage, groups: Value) {
    let actions = json!([{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }]);
    let rule = own.rule.clone();
    elb(&mut own.lab, "ModifyRule", json!({ "RuleArn": rule, "Actions": actions }));
}

#[test]
fn bg_01_bg_02_bg_05_errors_of_create_service() {
    let mut own = stage();
    let refused = |own: &mut Stage, balancers: Value, config: Value| {
        let input = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "api:1", "desiredCount": 1,
            "loadBalancers": balancers, "deploymentConfiguration": config,
        });
        let error = try_ecs(&mut own.lab, "CreateService", input).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException", "{}", error.message);
        (error.message, error.ours)
    };
    let fine = own.balancers();
    for (config, message) in [
        (json!({ "strategy": "BLUE_GREEN" }), "bakeTimeInMinutes is required for the deployment strategy BLUE_GREEN."),
        (blue_green(1441), "bakeTimeInMinutes must be from 0 to 1440."),
        (
            json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 2.9 } }),
            "stepPercent must be a multiple of 0.1 from 3.0 to 100.0.",
        ),
        (
            json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 3.05 } }),
            "stepPercent must be a multiple of 0.1 from 3.0 to 100.0.",
        ),
        (
            json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": 100.1 } }),
            "canaryPercent must be a multiple of 0.1 from 0.1 to 100.0.",
        ),
        (
            json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryBakeTimeInMinutes": 1441 } }),
            "canaryConfiguration.canaryBakeTimeInMinutes must be from 0 to 1440.",
        ),
        (
            over(blue_green(1), json!({ "canaryConfiguration": {} })),
            "canaryConfiguration goes with the deployment strategy CANARY only.",
        ),
        (
            over(blue_green(1), json!({ "earlySuccessCriteria": { "enable": true, "healthyPercent": 100 } })),
            "earlySuccessCriteria goes with the deployment strategy ROLLING only.",
        ),
        (
            json!({ "minimumHealthyPercent": 50, "earlySuccessCriteria": { "enable": true, "healthyPercent": 49 } }),
            "healthyPercent must be from the minimumHealthyPercent (50) to 100.",
        ),
    ] {
        assert_eq!(refused(&mut own, fine.clone(), config.clone()), (message.to_string(), true), "{config}");
    }
    let with = |own: &Stage, members: Value| {
        let mut all = own.balancers();
        let under = all[0]["advancedConfiguration"].clone();
        all[0]["advancedConfiguration"] = over(under, members);
        all
    };
    let mut bare = fine.clone();
    bare[0].as_object_mut().unwrap().remove("advancedConfiguration");
    let mut mixed = fine.as_array().unwrap().clone();
    mixed.push(bare[0].clone());
    let narrow = own.listener.clone();
    let default = elb(&mut own.lab, "DescribeRules", json!({ "ListenerArn": narrow }))["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["IsDefault"] == true)
        .unwrap()["RuleArn"]
        .clone();
    let mut lonely = with(&own, json!({ "productionListenerRule": default }));
    lonely[0]["advancedConfiguration"].as_object_mut().unwrap().remove("testListenerRule");
    for (balancers, message) in [
        (json!(mixed), "Either all or none of the provided loadBalancers must have advancedConfiguration defined".to_string()),
        (bare, "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy".into()),
        (with(&own, json!({ "productionListenerRule": own.listener })), format!("productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {}", own.listener)),
        (with(&own, json!({ "testListenerRule": own.rule })), format!("The following rules cannot be used as both production and test listener rules: {}", own.rule)),
        (with(&own, json!({ "alternateTargetGroupArn": own.blue })), format!("Duplicate targetGroupArn found: {}", own.blue)),
        (lonely, "For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated with both targetGroup and alternateTargetGroup".into()),
    ] {
        assert_eq!(refused(&mut own, balancers, blue_green(1)), (message, false));
    }
    for member in ["productionListenerRule", "roleArn", "alternateTargetGroupArn"] {
        let balancers = with(&own, json!({ member: "" }));
        let input = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "api:1", "desiredCount": 1,
            "loadBalancers": balancers, "deploymentConfiguration": blue_green(1),
        });
        let error = try_ecs(&mut own.lab, "CreateService", input).unwrap_err();
        assert_eq!(error.message, format!("advancedConfiguration.{member} can not be blank."));
        assert_eq!(error.path, format!("loadBalancers[0].advancedConfiguration.{member}"));
    }
    let message = "advancedConfiguration.roleArn is no ARN of a role: zzz".to_string();
    let balancers = with(&own, json!({ "roleArn": "zzz" }));
    assert_eq!(refused(&mut own, balancers, blue_green(1)), (message, true));
}

#[test]
fn bg_07_the_first_shift_of_a_rolling_service_goes_back_too() {
    let mut own = stage();
    let extra = json!({ "taskDefinition": "api:1", "loadBalancers": super::balanced::behind(&own.blue) });
    create(&mut own.lab, 2, extra);
    wait(&mut own.lab, "2m");
    let next = json!({ "taskDefinition": "api:2", "loadBalancers": own.balancers(), "deploymentConfiguration": blue_green(5) });
    update(&mut own.lab, next);
    wait(&mut own.lab, "1m");
    assert_eq!(own.weights(), [[0, 100], [0, 100]]);
    own.stop();
    assert_eq!(own.weights(), [[100, 0], [100, 0]]);
    wait(&mut own.lab, "2m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
}
