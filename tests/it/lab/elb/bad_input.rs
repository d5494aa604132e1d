//! Issue 5, "Bad input": every operation with each member bent in every way.

use super::super::bad_input::bent;
use super::*;
use ecs_lab::aws::{check, model};

/// Asks in a copy of the world. A refusal is one that the model lists and changes nothing.
fn ask(lab: &Lab, name: &str, input: Value) -> bool {
    let mut lab = lab.fork();
    let before = (lab.revision(), lab.digest());
    let shown: String = input.to_string().chars().take(300).collect();
    let operation = model::operation("elbv2", name).unwrap();
    match try_elb(&mut lab, name, input) {
        Ok(reply) => {
            let mut faults = check::check_shape(operation.output, &reply);
            // The model's limits of these lists are those of requests: a resource without tags answers with none, a load
            // balancer with all of its attributes.
            faults.retain(|fault| !fault.path.ends_with("Tags") && fault.path != "Attributes");
            assert!(faults.is_empty(), "{name} {shown}: {faults:?}");
            true
        }
        Err(error) => {
            let code = error.code.as_ref();
            let own = ["ParamValidation", "UnsupportedFeatureException", "ValidationError"];
            assert!(operation.errors.contains(&code) || own.contains(&code), "{name} {shown}: {error}");
            assert!(!error.message.is_empty());
            assert_eq!((lab.revision(), lab.digest()), before, "{name} {shown}: refused, and nothing changed");
            false
        }
    }
}

#[test]
fn every_operation_survives_every_member() {
    let mut lab = lab();
    let (own, web) = (balancer(&mut lab, "application"), group(&mut lab, json!({})));
    let listener = listener(&mut lab, &own, "HTTP", 80, &web);
    let forward = json!([{ "Type": "forward", "TargetGroupArn": web }]);
    let conditions = json!([{ "Field": "path-pattern", "Values": ["/a"] }]);
    let rule = json!({ "ListenerArn": listener, "Priority": 1, "Conditions": conditions, "Actions": forward });
    let rule_arn = arn(&elb(&mut lab, "CreateRule", rule.clone()), "Rules", "RuleArn");
    let target = json!([{ "Id": "172.31.0.9", "Port": 80 }]);
    elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": web, "Targets": target }));
    let tags = json!([{ "Key": "a", "Value": "1" }]);
    let attributes = |key: &str, value: &str| json!([{ "Key": key, "Value": value }]);
    let new_rule =
        json!({ "ListenerArn": listener, "Priority": 2, "Conditions": conditions, "Actions": forward, "Tags": tags });
    let all = [
        ("AddTags", json!({ "ResourceArns": [web], "Tags": tags })),
        ("RemoveTags", json!({ "ResourceArns": [web], "TagKeys": ["a"] })),
        ("DescribeTags", json!({ "ResourceArns": [web, own, listener, rule_arn] })),
        (
            "CreateLoadBalancer",
            json!({ "Name": "new", "Subnets": SUBNETS, "SecurityGroups": ["sg-0ec51ab0000000001"], "Scheme": "internal", "Type": "network", "Tags": tags }),
        ),
        (
            "CreateTargetGroup",
            json!({ "Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": VPC, "Matcher": { "HttpCode": "200" }, "HealthCheckPath": "/", "Tags": tags }),
        ),
        (
            "CreateListener",
            json!({ "LoadBalancerArn": own, "Port": 81, "Protocol": "HTTP", "DefaultActions": forward, "Tags": tags }),
        ),
        ("CreateRule", new_rule),
        (
            "ModifyListener",
            json!({ "ListenerArn": listener, "Port": 82, "Protocol": "HTTP", "DefaultActions": forward }),
        ),
        ("ModifyRule", json!({ "RuleArn": rule_arn, "Conditions": conditions, "Actions": forward })),
        (
            "ModifyTargetGroup",
            json!({ "TargetGroupArn": web, "HealthCheckPort": "8080", "Matcher": { "HttpCode": "200" } }),
        ),
        (
            "ModifyTargetGroupAttributes",
            json!({ "TargetGroupArn": web, "Attributes": attributes("stickiness.enabled", "true") }),
        ),
        (
            "ModifyLoadBalancerAttributes",
            json!({ "LoadBalancerArn": own, "Attributes": attributes("idle_timeout.timeout_seconds", "10") }),
        ),
        (
            "ModifyListenerAttributes",
            json!({ "ListenerArn": listener, "Attributes": attributes("routing.http.response.server.enabled", "false") }),
        ),
        ("SetRulePriorities", json!({ "RulePriorities": [{ "RuleArn": rule_arn, "Priority": 7 }] })),
        ("SetSubnets", json!({ "LoadBalancerArn": own, "Subnets": SUBNETS })),
        ("SetSecurityGroups", json!({ "LoadBalancerArn": own, "SecurityGroups": ["sg-0ec51ab0000000001"] })),
        ("SetIpAddressType", json!({ "LoadBalancerArn": own, "IpAddressType": "dualstack" })),
        ("RegisterTargets", json!({ "TargetGroupArn": web, "Targets": [{ "Id": "172.31.0.10" }] })),
        ("DeregisterTargets", json!({ "TargetGroupArn": web, "Targets": target })),
        ("DescribeTargetHealth", json!({ "TargetGroupArn": web, "Targets": target })),
        ("DescribeTargetGroups", json!({ "TargetGroupArns": [web], "PageSize": 1 })),
        ("DescribeTargetGroupAttributes", json!({ "TargetGroupArn": web })),
        ("DescribeLoadBalancers", json!({ "LoadBalancerArns": [own] })),
        ("DescribeLoadBalancerAttributes", json!({ "LoadBalancerArn": own })),
        ("DescribeListeners", json!({ "LoadBalancerArn": own })),
        ("DescribeListenerAttributes", json!({ "ListenerArn": listener })),
        ("DescribeRules", json!({ "ListenerArn": listener })),
        ("DeleteRule", json!({ "RuleArn": rule_arn })),
        ("DeleteListener", json!({ "ListenerArn": listener })),
        ("DeleteLoadBalancer", json!({ "LoadBalancerArn": own })),
        ("DeleteTargetGroup", json!({ "TargetGroupArn": web })),
    ];
    let mut names: Vec<&str> = model::operations("elbv2").map(|operation| operation.name).collect();
    let mut refused = 0;
    for (name, input) in all {
        assert!(name == "DeleteTargetGroup" || ask(&lab, name, input.clone()), "{name}");
        assert!(name.starts_with("Describe") || !ask(&lab, name, json!({})), "{name} without members");
        for member in model::operation("elbv2", name).unwrap().input.members() {
            for value in bent(member.shape, &input[member.name]) {
                let mut input = input.clone();
                input[member.name] = value;
                refused += u32::from(!ask(&lab, name, input));
            }
        }
        names.retain(|own| *own != name);
    }
    assert_eq!(names, [""; 0], "not asked");
    assert!(refused > 1000, "only {refused} refusals");
}
