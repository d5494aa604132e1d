//! What a health check finds: security groups, ports, paths, applications and hosts.

use super::*;
use ecs_lab::elb::path::Block;

/// A task on Fargate behind an active load balancer, both with security groups; the target group's ARN.
fn scene(extra: Value, groups: Value, check: Value) -> (Lab, String, String) {
    let mut lab = lab();
    let (_, address) = fargate_task(&mut lab, extra);
    let group = group(&mut lab, check);
    let input = json!({ "Name": "lb", "Subnets": SUBNETS, "SecurityGroups": groups });
    let own = arn(&elb(&mut lab, "CreateLoadBalancer", input), "LoadBalancers", "LoadBalancerArn");
    listener(&mut lab, &own, "HTTP", 80, &group);
    wait(&mut lab, "10m");
    elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": group, "Targets": [{ "Id": address }] }));
    (lab, group, own)
}

fn fault(lab: &mut Lab, input: Value) {
    let input = json!({ "application": input });
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn blocks(lab: &Lab, balancer: &str) -> Vec<Option<Block>> {
    let world = lab.world();
    let own = world.elb().load_balancer(balancer).unwrap();
    let path = world.traffic_path(own);
    let groups = path.iter().flat_map(|listener| &listener.rules).flat_map(|rule| &rule.groups);
    groups.flat_map(|group| &group.targets).map(|target| target.block).collect()
}

#[test]
fn lb_08_what_the_application_answers_is_the_reason() {
    let ok = ("healthy", "");
    for (misbehaves, check, expected) in [
        (json!({ "outcome": "ERROR" }), json!({}), ("unhealthy", "Target.ResponseCodeMismatch")),
        (json!({ "outcome": "ERROR", "code": 404 }), json!({ "Matcher": { "HttpCode": "200,404" } }), ok),
        (json!({ "outcome": "ERROR", "path": "/health" }), json!({}), ok),
        (
            json!({ "outcome": "ERROR", "path": "/health" }),
            json!({ "HealthCheckPath": "/health" }),
            ("unhealthy", "Target.ResponseCodeMismatch"),
        ),
        (json!({ "outcome": "SILENT" }), json!({}), ("unhealthy", "Target.Timeout")),
        (json!({ "outcome": "SLOW", "seconds": 4 }), json!({}), ok),
        (json!({ "outcome": "SLOW", "seconds": 5 }), json!({}), ("unhealthy", "Target.Timeout")),
        (json!({ "outcome": "REFUSES" }), json!({}), ("unhealthy", "Target.FailedHealthChecks")),
        (
            json!({ "outcome": "NORMAL" }),
            json!({ "HealthCheckPort": "8080" }),
            ("unhealthy", "Target.FailedHealthChecks"),
        ),
        (
            json!({ "outcome": "NORMAL" }),
            json!({ "Matcher": { "HttpCode": "301" } }),
            ("unhealthy", "Target.ResponseCodeMismatch"),
        ),
    ] {
        let (mut lab, group, _) = scene(json!({}), json!([]), check);
        let mut input = misbehaves.clone();
        input["family"] = json!("api");
        fault(&mut lab, input);
        wait(&mut lab, "5m");
        let found = health(&mut lab, &group);
        assert_eq!(found, [(expected.0.to_string(), expected.1.to_string())], "{misbehaves}");
    }
    let (mut lab, group, _) = scene(json!({}), json!([]), json!({}));
    fault(&mut lab, json!({ "family": "api", "outcome": "ERROR", "code": 503 }));
    wait(&mut lab, "5m");
    let shown = elb(&mut lab, "DescribeTargetHealth", json!({ "TargetGroupArn": group }));
    let health = &shown["TargetHealthDescriptions"][0]["TargetHealth"];
    assert_eq!(health["Description"], "Health checks failed with these codes: [503]");
}

#[test]
fn lb_09_a_mended_application_is_healthy_after_so_many_probes() {
    let (mut lab, group, balancer) =
        scene(json!({}), json!([]), json!({ "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 3 }));
    wait(&mut lab, "1m");
    fault(&mut lab, json!({ "family": "api", "outcome": "SILENT" }));
    wait(&mut lab, "20s");
    assert_eq!(health(&mut lab, &group)[0].0, "unhealthy");
    assert_eq!(blocks(&lab, &balancer), [Some(Block::NoAnswer)]);
    fault(&mut lab, json!({ "family": "api", "outcome": "NORMAL" }));
    wait(&mut lab, "29s");
    assert_eq!(health(&mut lab, &group)[0].0, "unhealthy");
    // LB-12: with no healthy target, requests go to all.
    assert_eq!(blocks(&lab, &balancer), [None]);
    wait(&mut lab, "1s");
    assert_eq!(health(&mut lab, &group)[0].0, "healthy");
}

/// The worked case of 6.6: an application that boots in 90 s fails two probes first.
#[test]
fn an_application_that_boots_slowly_is_unhealthy_first() {
    let boots = json!({ "entryPoint": ["sh", "-c"], "command": ["sleep 500; node server.js"] });
    let (mut lab, group, _) = scene(boots, json!([]), json!({}));
    // Registered some 15 minutes after the start: it listens already.
    wait(&mut lab, "30s");
    assert_eq!(health(&mut lab, &group)[0].0, "healthy");
    fault(&mut lab, json!({ "family": "api", "outcome": "BOOTS", "seconds": 1200 }));
    wait(&mut lab, "1m");
    assert_eq!(health(&mut lab, &group)[0].0, "unhealthy");
    // Five probes after it is up.
    wait(&mut lab, "10m");
    assert_eq!(health(&mut lab, &group)[0].0, "healthy");
    let (mut lab, group, _) = scene(json!({ "command": ["sleep", "infinity"] }), json!([]), json!({}));
    wait(&mut lab, "1m");
    assert_eq!(health(&mut lab, &group)[0], ("unhealthy".into(), "Target.FailedHealthChecks".into()));
}

#[test]
fn lb_07_the_tasks_security_group_must_admit_the_load_balancer() {
    let mut lab = lab();
    let create = |lab: &mut Lab, name: &str| {
        let made = ec2(lab, "CreateSecurityGroup", json!({ "GroupName": name, "Description": name }));
        made["GroupId"].as_str().unwrap().to_string()
    };
    let (of_balancer, of_task) = (create(&mut lab, "lb"), create(&mut lab, "task"));
    let definition = json!({
        "family": "api", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx", "portMappings": [{ "containerPort": 80 }] }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNETS[0]], "securityGroups": [of_task], "assignPublicIp": "ENABLED" } });
    let reply = run(&mut lab, "api", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }));
    wait(&mut lab, "5m");
    let shown = describe(&lab, &reply["tasks"][0]);
    let address = shown["containers"][0]["networkInterfaces"][0]["privateIpv4Address"].clone();
    let web = group(&mut lab, json!({ "HealthCheckIntervalSeconds": 10 }));
    let input = json!({ "Name": "lb", "Subnets": SUBNETS, "SecurityGroups": [of_balancer] });
    let own = arn(&elb(&mut lab, "CreateLoadBalancer", input), "LoadBalancers", "LoadBalancerArn");
    listener(&mut lab, &own, "HTTP", 80, &web);
    wait(&mut lab, "5m");
    elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": web, "Targets": [{ "Id": address }] }));
    wait(&mut lab, "1m");
    assert_eq!(health(&mut lab, &web), [("unhealthy".to_string(), "Target.Timeout".to_string())]);
    assert_eq!(blocks(&lab, &own), [Some(Block::NotAdmitted)]);
    let world = lab.world();
    let path = world.traffic_path(world.elb().load_balancer(&own).unwrap());
    assert_eq!(path[0].block, Some(Block::ClientsNotAdmitted), "nobody let the clients in");
    assert_eq!(path[0].rules[0].groups[0].targets[0].container, Some(("app", 80)));
    let rule = |port: u16, source: &str| {
        json!({ "GroupId": of_task, "IpPermissions": [{
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{ "GroupId": source }],
        }] })
    };
    ec2(&mut lab, "AuthorizeSecurityGroupIngress", rule(8080, &of_balancer));
    wait(&mut lab, "5m");
    assert_eq!(health(&mut lab, &web)[0].0, "unhealthy", "another port");
    ec2(&mut lab, "AuthorizeSecurityGroupIngress", rule(80, &of_balancer));
    wait(&mut lab, "50s");
    assert_eq!(health(&mut lab, &web)[0].0, "healthy");
    ec2(&mut lab, "RevokeSecurityGroupIngress", rule(80, &of_balancer));
    wait(&mut lab, "20s");
    assert_eq!(health(&mut lab, &web)[0].0, "unhealthy");
    for (input, code) in
        [(rule(80, "sg-x"), "InvalidGroup.NotFound"), (rule(8080, &of_balancer), "InvalidPermission.Duplicate")]
    {
        let error = lab.apply(Command::ec2("AuthorizeSecurityGroupIngress", input)).unwrap_err();
        assert_eq!(error.code, code);
    }
    let shown = ec2(&mut lab, "DescribeSecurityGroups", json!({ "GroupIds": [of_task] }));
    assert_eq!(shown["SecurityGroups"][0]["IpPermissions"][0]["FromPort"], 8080);
}

#[test]
fn lb_06_an_instance_target_leads_to_the_container_that_holds_the_port() {
    let mut lab = lab();
    let host = launch(&mut lab, "m5.large", ZONE_A, 1, "")[0].clone();
    wait(&mut lab, "5m");
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 8080 }] }));
    let own = balancer(&mut lab, "application");
    let instances =
        group(&mut lab, json!({ "TargetType": "instance", "Port": 8080, "HealthCheckIntervalSeconds": 10 }));
    listener(&mut lab, &own, "HTTP", 80, &instances);
    wait(&mut lab, "5m");
    elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": instances, "Targets": [{ "Id": host }] }));
    wait(&mut lab, "20s");
    let state = |lab: &mut Lab| health(lab, &instances)[0].clone();
    assert_eq!(state(&mut lab), ("unhealthy".into(), "Target.FailedHealthChecks".into()));
    // A task that comes later answers at the same place.
    let reply = run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "3m");
    assert_eq!(state(&mut lab).0, "healthy");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": reply["tasks"][0]["taskArn"] }));
    wait(&mut lab, "1m");
    assert_eq!(state(&mut lab), ("unhealthy".into(), "Target.FailedHealthChecks".into()));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "3m");
    assert_eq!(state(&mut lab).0, "healthy");
    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [host] }));
    wait(&mut lab, "5m");
    assert_eq!(state(&mut lab), ("unused".into(), "Target.InvalidState".into()));
    let again = json!({ "TargetGroupArn": instances, "Targets": [{ "Id": host, "Port": 81 }] });
    let error = try_elb(&mut lab, "RegisterTargets", again).unwrap_err();
    let message = format!("The following targets are not in a running state and cannot be registered: '{host}'");
    assert_eq!((error.code.as_ref(), error.message), ("InvalidTarget", message));
    ec2(&mut lab, "StartInstances", json!({ "InstanceIds": [host] }));
    wait(&mut lab, "5m");
    assert_eq!(state(&mut lab).0, "unhealthy", "the task did not come back with it");
}

#[test]
fn lb_08_a_target_in_a_zone_that_is_not_enabled_is_unused() {
    let (mut lab, group, own) = scene(json!({}), json!([]), json!({}));
    wait(&mut lab, "1m");
    elb(&mut lab, "SetSubnets", json!({ "LoadBalancerArn": own, "Subnets": [SUBNETS[1], SUBNETS[2]] }));
    let shown = elb(&mut lab, "DescribeTargetHealth", json!({ "TargetGroupArn": group }));
    let health = &shown["TargetHealthDescriptions"][0]["TargetHealth"];
    let words = "Target is in an Availability Zone that is not enabled for the load balancer";
    assert_eq!((&health["Reason"], &health["Description"]), (&json!("Target.NotInUse"), &json!(words)));
}

#[test]
fn a_crashing_application_ends_its_task() {
    let mut lab = lab();
    fault(&mut lab, json!({ "family": "api", "outcome": "CRASHES", "seconds": 20, "exitCode": 3 }));
    let definition = json!({
        "family": "api", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx", "portMappings": [{ "containerPort": 80 }] }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNETS[0]], "assignPublicIp": "ENABLED" } });
    let reply = run(&mut lab, "api", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }));
    wait(&mut lab, "10m");
    let shown = describe(&lab, &reply["tasks"][0]);
    assert_eq!(
        (&shown["stopCode"], &shown["containers"][0]["exitCode"]),
        (&json!("EssentialContainerExited"), &json!(3))
    );
    let refusal = |input: Value| {
        lab.fork().apply(Command::Api(ApiCall::new("lab", "Fault", json!({ "application": input })))).unwrap_err().path
    };
    for (input, path) in [
        (json!({ "family": "api", "outcome": "SLOW" }), "application.seconds"),
        (json!({ "family": "api", "outcome": "ERROR", "seconds": 1 }), "application.seconds"),
        (json!({ "family": "api", "outcome": "SILENT", "code": 500 }), "application.code"),
        (json!({ "family": "api", "outcome": "ERROR", "exitCode": 5 }), "application.exitCode"),
        (json!({ "family": "api", "outcome": "REFUSES", "path": "/" }), "application.path"),
    ] {
        assert_eq!(refusal(input), path);
    }
}

#[test]
fn register_targets_refuses_what_is_no_target() {
    let mut lab = lab();
    let (ip, instance) =
        (group(&mut lab, json!({})), group(&mut lab, json!({ "Name": "i", "TargetType": "instance" })));
    for (group, target, code) in [
        (&ip, json!({ "Id": "i-00000000000000a41" }), "ValidationError"),
        (&ip, json!({ "Id": "172.31.0.300" }), "ValidationError"),
        (&ip, json!({ "Id": "8.8.8.8", "AvailabilityZone": "all" }), "ValidationError"),
        (&ip, json!({ "Id": "10.0.0.1" }), "ValidationError"),
        (&ip, json!({ "Id": "172.31.0.9", "AvailabilityZone": "us-east-1b" }), "ValidationError"),
        (&instance, json!({ "Id": "172.31.0.9" }), "ValidationError"),
        (&instance, json!({ "Id": "i-00000000000000a41" }), "InvalidTarget"),
    ] {
        let error =
            try_elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": group, "Targets": [target] })).unwrap_err();
        assert_eq!(error.code, code, "{target}");
        assert!(error.path.starts_with("Targets[0]"), "{}", error.path);
    }
    let error = try_elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": ip, "Targets": [] })).unwrap_err();
    assert_eq!(error.message, "At least one target must be specified");
    let fine = json!([{ "Id": "10.0.0.1", "AvailabilityZone": "all" }, { "Id": "172.31.0.9" }]);
    elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": ip, "Targets": fine }));
    assert_eq!(health(&mut lab, &ip).len(), 2);
    let many: Vec<Value> = (0..999).map(|n| json!({ "Id": "172.31.0.9", "Port": n + 1000 })).collect();
    let error = try_elb(&mut lab, "RegisterTargets", json!({ "TargetGroupArn": ip, "Targets": many })).unwrap_err();
    assert_eq!(error.code, "TooManyTargets");
}
