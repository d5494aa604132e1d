//! What each operation refuses, in descending precedence: every step mends the fault that stands in front.

use super::*;

/// As `support::descending`, of elbv2.
fn descending(lab: &mut Lab, operation: &str, mut input: Value, steps: &[((&str, &str, bool), Value)]) -> Value {
    for ((code, message, ours), mended) in steps {
        let before = (lab.revision(), lab.digest());
        let error = try_elb(lab, operation, input.clone()).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (*code, *message, *ours), "{operation}");
        assert_eq!((lab.revision(), lab.digest()), before, "{operation}: refused, and nothing changed");
        for (name, value) in mended.as_object().unwrap() {
            input[name] = value.clone();
        }
    }
    elb(lab, operation, input)
}

#[test]
fn create_load_balancer() {
    let mut lab = lab();
    let [a, b, _] = SUBNETS;
    let again = "subnet-0ec51ab00000000b0";
    let made = descending(
        &mut lab,
        "CreateLoadBalancer",
        json!({ "Name": "w".repeat(33), "SecurityGroups": ["sg-1"], "Tags": [{ "Key": "a" }, { "Key": "a" }] }),
        &[
            (
                (
                    "ValidationError",
                    "The load balancer name 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww' cannot be longer than '32' characters",
                    false,
                ),
                json!({ "Name": "my_lb" }),
            ),
            (
                (
                    "ValidationError",
                    "The load balancer name 'my_lb' can only contain characters that are alphanumeric characters or hyphens(-)",
                    false,
                ),
                json!({ "Name": "-web" }),
            ),
            (
                ("ValidationError", "The load balancer name '-web' cannot begin or end with '-'", false),
                json!({ "Name": "internal-web" }),
            ),
            (
                ("ValidationError", "The load balancer name 'internal-web' cannot begin with 'internal-'", true),
                json!({ "Name": "web" }),
            ),
            (("ValidationError", "A subnet must be specified", true), json!({ "Subnets": ["subnet-x"] })),
            (("SubnetNotFound", "The subnet ID 'subnet-x' is not valid", true), json!({ "Subnets": [a, again] })),
            (
                (
                    "InvalidConfigurationRequest",
                    "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
                    false,
                ),
                json!({ "Subnets": [a] }),
            ),
            (
                (
                    "ValidationError",
                    "At least two subnets in two different Availability Zones must be specified",
                    false,
                ),
                json!({ "Subnets": [a, b] }),
            ),
            (
                ("InvalidSecurityGroup", "The security group 'sg-1' does not exist", true),
                json!({ "SecurityGroups": [] }),
            ),
            (
                ("DuplicateTagKeys", "Tag key was specified more than once: a", false),
                json!({ "Tags": [{ "Key": "a" }] }),
            ),
        ],
    );
    let own = &made["LoadBalancers"][0];
    assert_eq!((&own["State"]["Code"], &own["Type"]), (&json!("provisioning"), &json!("application")));
    assert_eq!(own["SecurityGroups"], json!(["sg-0ec51ab0000000001"]));
    // The same again is the same load balancer; with other settings the name is taken.
    let input = json!({ "Name": "web", "Subnets": [a, b], "SecurityGroups": [], "Tags": [{ "Key": "a" }] });
    assert_eq!(elb(&mut lab, "CreateLoadBalancer", input.clone()), made);
    let mut other = input;
    other["Scheme"] = json!("internal");
    let error = try_elb(&mut lab, "CreateLoadBalancer", other).unwrap_err();
    let message = "A load balancer with the same name 'web' exists, but with different settings";
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("DuplicateLoadBalancerName", message));
    wait(&mut lab, "2m");
    let shown = elb(&mut lab, "DescribeLoadBalancers", json!({ "Names": ["web"] }));
    assert_eq!(shown["LoadBalancers"][0]["State"]["Code"], "active");
}

#[test]
fn create_target_group() {
    let mut lab = lab();
    let made = descending(
        &mut lab,
        "CreateTargetGroup",
        json!({
            "Name": "web", "HealthCheckEnabled": false, "HealthCheckPath": "health", "HealthCheckIntervalSeconds": 5,
            "HealthCheckProtocol": "TCP", "HealthCheckPort": "0", "Matcher": { "HttpCode": "200-500" },
        }),
        &[
            (("ValidationError", "A protocol must be specified", false), json!({ "Protocol": "HTTP" })),
            (("ValidationError", "A port must be specified", false), json!({ "Port": 80 })),
            (("ValidationError", "A VPC ID must be specified", false), json!({ "VpcId": "vpc-x" })),
            (("ValidationError", "The VPC ID 'vpc-x' is not found", false), json!({ "VpcId": VPC })),
            (
                (
                    "ValidationError",
                    "Health check enabled must be true for target groups with target type 'instance'",
                    false,
                ),
                json!({ "HealthCheckEnabled": true }),
            ),
            (
                (
                    "ValidationError",
                    "Health check protocol 'TCP' is not supported for target groups with the HTTP protocol",
                    true,
                ),
                json!({ "HealthCheckProtocol": "HTTP" }),
            ),
            (
                ("ValidationError", "Health check port '0' must be 'traffic-port' or from 1 to 65535", true),
                json!({ "HealthCheckPort": "8080" }),
            ),
            (
                ("ValidationError", "Health check path 'health' must begin with '/'", false),
                json!({ "HealthCheckPath": "/health" }),
            ),
            (
                (
                    "ValidationError",
                    "Health check matcher HttpCode '200-500' must be codes or ranges within '200-499' inclusive",
                    true,
                ),
                json!({ "Matcher": { "HttpCode": "200,301-302" } }),
            ),
            (
                ("ValidationError", "Health check interval must be greater than the timeout.", false),
                json!({ "HealthCheckTimeoutSeconds": 2 }),
            ),
        ],
    );
    let own = &made["TargetGroups"][0];
    assert_eq!((&own["HealthCheckPort"], &own["TargetType"]), (&json!("8080"), &json!("instance")));
    assert_eq!(own["Matcher"]["HttpCode"], "200,301-302");
    let other = json!({ "Name": "web", "Protocol": "HTTP", "Port": 81, "VpcId": VPC });
    let error = try_elb(&mut lab, "CreateTargetGroup", other).unwrap_err();
    let message = "A target group with the same name 'web' exists, but with different settings";
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("DuplicateTargetGroupName", message));
}

#[test]
fn lb_09_defaults_of_a_health_check() {
    let mut lab = lab();
    for (name, protocol, check, timeout, codes) in [
        ("a", "HTTP", "HTTP", 5, json!("200")),
        ("b", "HTTPS", "HTTP", 5, json!("200")),
        ("c", "TCP", "TCP", 10, Value::Null),
        ("d", "UDP", "TCP", 10, Value::Null),
    ] {
        let input = json!({ "Name": name, "Protocol": protocol, "Port": 80, "VpcId": VPC });
        let own = elb(&mut lab, "CreateTargetGroup", input)["TargetGroups"][0].clone();
        let numbers = ["HealthCheckIntervalSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount"];
        assert_eq!(numbers.map(|member| own[member].as_i64().unwrap()), [30, 5, 2], "{protocol}");
        assert_eq!((&own["HealthCheckProtocol"], &own["HealthCheckTimeoutSeconds"]), (&json!(check), &json!(timeout)));
        assert_eq!(own["Matcher"]["HttpCode"], codes, "{protocol}");
    }
    let input = json!({ "Name": "e", "Protocol": "TCP", "Port": 80, "VpcId": VPC, "HealthCheckProtocol": "HTTP" });
    let own = elb(&mut lab, "CreateTargetGroup", input)["TargetGroups"][0].clone();
    assert_eq!((&own["Matcher"]["HttpCode"], &own["HealthCheckTimeoutSeconds"]), (&json!("200-399"), &json!(6)));
}

#[test]
fn create_listener() {
    let mut lab = lab();
    let (own, other) = (balancer(&mut lab, "application"), balancer(&mut lab, "network"));
    let (web, tcp) = (group(&mut lab, json!({})), group(&mut lab, json!({ "Name": "tcp", "Protocol": "TCP" })));
    let taken = group(&mut lab, json!({ "Name": "taken", "Protocol": "TCP" }));
    listener(&mut lab, &other, "TCP", 80, &taken);
    let missing = web.replace("targetgroup/web", "targetgroup/nope");
    let gone = own.replace("application", "gone");
    let forward = |arn: &str| json!({ "DefaultActions": [{ "Type": "forward", "TargetGroupArn": arn }] });
    let (not_found, not_arn) = (format!("Load balancer '{gone}' not found"), "'web' is not a valid target group ARN");
    let no_group = format!("Target group '{missing}' not found");
    let unfit = format!("The listener and the following target groups have incompatible protocols: {tcp}");
    let steps = [
        (("ValidationError", "'lb' is not a valid load balancer ARN"), json!({ "LoadBalancerArn": gone })),
        (("LoadBalancerNotFound", not_found.as_str()), json!({ "LoadBalancerArn": own })),
        (("ValidationError", "A listener port must be specified"), json!({ "Port": 80 })),
        (("ValidationError", "A listener protocol must be specified"), json!({ "Protocol": "TCP" })),
        (("ValidationError", "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'"), json!({ "Protocol": "HTTPS" })),
        (
            ("ValidationError", "A certificate must be specified for HTTPS listeners"),
            json!({ "Protocol": "HTTP", "SslPolicy": "x" }),
        ),
        (
            ("ValidationError", "An SSL policy cannot be specified for HTTP listeners"),
            json!({ "SslPolicy": Value::Null }),
        ),
    ];
    let mut input = json!({ "LoadBalancerArn": "lb", "DefaultActions": [] });
    for ((code, message), mended) in steps {
        let error = try_elb(&mut lab, "CreateListener", input.clone()).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (code, message, false));
        for (name, value) in mended.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                value => input[name] = value.clone(),
            }
        }
    }
    let made = descending(
        &mut lab,
        "CreateListener",
        input,
        &[
            (("ValidationError", "An action must be specified", true), forward("web")),
            (("ValidationError", not_arn, false), forward(&missing)),
            (("TargetGroupNotFound", no_group.as_str(), false), forward(&tcp)),
            (
                ("IncompatibleProtocols", unfit.as_str(), false),
                json!({ "DefaultActions": [{ "Type": "redirect", "RedirectConfig": { "StatusCode": "HTTP_301" } }] }),
            ),
            (
                (
                    "InvalidLoadBalancerAction",
                    "The redirect configuration is not valid because it creates a loop.",
                    false,
                ),
                forward(&web),
            ),
        ],
    );
    let action = &made["Listeners"][0]["DefaultActions"][0];
    assert_eq!(action["ForwardConfig"]["TargetGroups"], json!([{ "TargetGroupArn": web, "Weight": 1 }]));
    let again = json!({ "LoadBalancerArn": own, "Port": 80, "Protocol": "HTTP", "DefaultActions": [{ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "503" } }] });
    let error = try_elb(&mut lab, "CreateListener", again).unwrap_err();
    let message = format!("A listener already exists on this port for this load balancer '{own}'");
    assert_eq!((error.code.as_ref(), error.message), ("DuplicateListener", message));
    // A target group has one load balancer only.
    let second = json!({ "Name": "second", "Subnets": SUBNETS });
    let second = arn(&elb(&mut lab, "CreateLoadBalancer", second), "LoadBalancers", "LoadBalancerArn");
    let input = json!({ "LoadBalancerArn": second, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(&web)["DefaultActions"] });
    let error = try_elb(&mut lab, "CreateListener", input).unwrap_err();
    let message = format!("The following target groups cannot be associated with more than one load balancer: {web}");
    assert_eq!((error.code.as_ref(), error.message), ("TargetGroupAssociationLimit", message));
}

#[test]
fn what_is_in_use_or_protected_is_not_deleted() {
    let mut lab = lab();
    let (own, web) = (balancer(&mut lab, "application"), group(&mut lab, json!({})));
    let listener = listener(&mut lab, &own, "HTTP", 80, &web);
    let error = try_elb(&mut lab, "DeleteTargetGroup", json!({ "TargetGroupArn": web })).unwrap_err();
    let message = format!("Target group '{web}' is currently in use by a listener or a rule");
    assert_eq!((error.code.as_ref(), error.message), ("ResourceInUse", message));
    let protect = |value: &str| json!({ "LoadBalancerArn": own, "Attributes": [{ "Key": "deletion_protection.enabled", "Value": value }] });
    elb(&mut lab, "ModifyLoadBalancerAttributes", protect("true"));
    let error = try_elb(&mut lab, "DeleteLoadBalancer", json!({ "LoadBalancerArn": own })).unwrap_err();
    let message = format!("Load balancer '{own}' cannot be deleted because deletion protection is enabled");
    assert_eq!((error.code.as_ref(), error.message), ("OperationNotPermitted", message));
    let rules = elb(&mut lab, "DescribeRules", json!({ "ListenerArn": listener }));
    let default = arn(&rules, "Rules", "RuleArn");
    let error = try_elb(&mut lab, "DeleteRule", json!({ "RuleArn": default })).unwrap_err();
    assert_eq!(error.code, "OperationNotPermitted");
    elb(&mut lab, "ModifyLoadBalancerAttributes", protect("false"));
    elb(&mut lab, "DeleteLoadBalancer", json!({ "LoadBalancerArn": own }));
    elb(&mut lab, "DeleteTargetGroup", json!({ "TargetGroupArn": web }));
    // What is gone is deleted already.
    elb(&mut lab, "DeleteLoadBalancer", json!({ "LoadBalancerArn": own }));
    elb(&mut lab, "DeleteTargetGroup", json!({ "TargetGroupArn": web }));
    for (operation, input, code, message) in [
        ("DeleteListener", json!({ "ListenerArn": listener }), "ListenerNotFound", "One or more listeners not found"),
        (
            "DescribeTargetHealth",
            json!({ "TargetGroupArn": web }),
            "TargetGroupNotFound",
            "One or more target groups not found",
        ),
        (
            "DescribeLoadBalancers",
            json!({ "LoadBalancerArns": [own] }),
            "LoadBalancerNotFound",
            "One or more load balancers not found",
        ),
        ("DescribeLoadBalancers", json!({ "Names": ["x"] }), "LoadBalancerNotFound", "Load balancers '[x]' not found"),
        (
            "DescribeTargetGroups",
            json!({ "Names": ["web"] }),
            "TargetGroupNotFound",
            "One or more target groups not found",
        ),
    ] {
        let error = try_elb(&mut lab, operation, input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message), "{operation}");
    }
}

#[test]
fn attributes_have_defaults_and_limits() {
    let mut lab = lab();
    let web = group(&mut lab, json!({}));
    let set = |key: &str, value: &str| json!({ "TargetGroupArn": web, "Attributes": [{ "Key": key, "Value": value }] });
    for (key, value, code, message) in [
        (
            "deregistration_delay.timeout_seconds",
            "3601",
            "ValidationError",
            "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive",
        ),
        ("colour", "red", "ValidationError", "Target group attribute key 'colour' is not recognized"),
        (
            "stickiness.type",
            "source_ip",
            "InvalidConfigurationRequest",
            "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
        ),
        (
            "stickiness.type",
            "app_cookie",
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        ),
        (
            "slow_start.duration_seconds",
            "20",
            "ValidationError",
            "'slow_start.duration_seconds' value '20' must be one of [0, 30-900]",
        ),
    ] {
        let error = try_elb(&mut lab, "ModifyTargetGroupAttributes", set(key, value)).expect_err(key);
        assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
    }
    elb(&mut lab, "ModifyTargetGroupAttributes", set("slow_start.duration_seconds", "30"));
    let all = elb(&mut lab, "DescribeTargetGroupAttributes", json!({ "TargetGroupArn": web }));
    let value = |key: &str| {
        let own = all["Attributes"].as_array().unwrap().iter().find(|own| own["Key"] == key).unwrap();
        own["Value"].as_str().unwrap().to_string()
    };
    let keys = [
        "slow_start.duration_seconds",
        "deregistration_delay.timeout_seconds",
        "stickiness.type",
        "load_balancing.algorithm.type",
    ];
    assert_eq!(keys.map(value), ["30", "300", "lb_cookie", "round_robin"]);
}

#[test]
fn rules_stand_in_the_order_of_their_priority() {
    let mut lab = lab();
    let (own, web) = (balancer(&mut lab, "application"), group(&mut lab, json!({})));
    let listener = listener(&mut lab, &own, "HTTP", 80, &web);
    let path = |path: &str| json!([{ "Field": "path-pattern", "Values": [path] }]);
    let actions = json!([{ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "404" } }]);
    let rule = |conditions: Value, priority: u32| json!({ "ListenerArn": listener, "Priority": priority, "Conditions": conditions, "Actions": actions });
    for (conditions, message) in [
        (json!([]), "A condition must be specified"),
        (
            json!([{ "Field": "colour" }]),
            "Condition field 'colour' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'",
        ),
        (json!([{ "Field": "source-ip" }]), "A 'SourceIpConfig' must be specified with 'source-ip'"),
        (
            json!([{ "Field": "path-pattern", "Values": ["/a", "/b"] }]),
            "The 'path-pattern' field contains too many values; the limit is '1'",
        ),
        (json!([{ "Field": "path-pattern" }]), "A condition value must be specified"),
        (
            json!([{ "Field": "http-request-method", "HttpRequestMethodConfig": { "Values": ["get"] } }]),
            "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
        ),
        (
            json!([{ "Field": "path-pattern", "PathPatternConfig": { "Values": ["/1", "/2", "/3", "/4", "/5", "/6"] } }]),
            "A rule can have at most 5 condition values",
        ),
    ] {
        let error = try_elb(&mut lab, "CreateRule", rule(conditions, 1)).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str()), ("ValidationError", message));
    }
    let second = arn(&elb(&mut lab, "CreateRule", rule(path("/b"), 20)), "Rules", "RuleArn");
    let first = arn(&elb(&mut lab, "CreateRule", rule(path("/a"), 10)), "Rules", "RuleArn");
    let error = try_elb(&mut lab, "CreateRule", rule(path("/c"), 10)).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("PriorityInUse", "Priority '10' is currently in use"));
    let order = |lab: &mut Lab| -> Vec<String> {
        let rules = elb(lab, "DescribeRules", json!({ "ListenerArn": listener }));
        rules["Rules"].as_array().unwrap().iter().map(|rule| rule["Priority"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(order(&mut lab), ["10", "20", "default"]);
    let swap =
        json!({ "RulePriorities": [{ "RuleArn": first, "Priority": 20 }, { "RuleArn": second, "Priority": 10 }] });
    let swapped = elb(&mut lab, "SetRulePriorities", swap);
    assert_eq!(swapped["Rules"][0]["Priority"], "20");
    let error = try_elb(&mut lab, "ModifyRule", json!({ "RuleArn": first })).unwrap_err();
    assert_eq!(error.message, "Either conditions or actions must be specified");
    let shown = elb(&mut lab, "ModifyRule", json!({ "RuleArn": first, "Conditions": path("/z") }));
    assert_eq!(shown["Rules"][0]["Conditions"][0]["PathPatternConfig"]["Values"], json!(["/z"]));
    elb(&mut lab, "DeleteRule", json!({ "RuleArn": second }));
    assert_eq!(order(&mut lab), ["20", "default"]);
}

#[test]
fn tags_are_added_over_those_that_are_there() {
    let mut lab = lab();
    let web = group(&mut lab, json!({ "Tags": [{ "Key": "a", "Value": "1" }] }));
    elb(&mut lab, "AddTags", json!({ "ResourceArns": [web], "Tags": [{ "Key": "a", "Value": "2" }, { "Key": "b" }] }));
    elb(&mut lab, "RemoveTags", json!({ "ResourceArns": [web], "TagKeys": ["b", "c"] }));
    let shown = elb(&mut lab, "DescribeTags", json!({ "ResourceArns": [web] }));
    assert_eq!(shown["TagDescriptions"][0]["Tags"], json!([{ "Key": "a", "Value": "2" }]));
    let many: Vec<Value> = (0..50).map(|n| json!({ "Key": format!("k{n}") })).collect();
    let error = try_elb(&mut lab, "AddTags", json!({ "ResourceArns": [web], "Tags": many })).unwrap_err();
    assert_eq!(error.code, "TooManyTags");
}

#[test]
fn lists_come_in_pages() {
    let mut lab = lab();
    for number in 0..5 {
        group(&mut lab, json!({ "Name": format!("g{number}") }));
    }
    let (mut marker, mut seen) = (None::<String>, Vec::new());
    loop {
        let mut input = json!({ "PageSize": 2 });
        if let Some(marker) = &marker {
            input["Marker"] = json!(marker);
        }
        let page = elb(&mut lab, "DescribeTargetGroups", input);
        seen.extend(page["TargetGroups"].as_array().unwrap().iter().map(|own| own["TargetGroupName"].clone()));
        marker = page["NextMarker"].as_str().map(String::from);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["g0", "g1", "g2", "g3", "g4"]);
    let error = try_elb(&mut lab, "DescribeTargetGroups", json!({ "Marker": "x" })).unwrap_err();
    assert_eq!(error.code, "ValidationError");
}
