//! Load through load balancers: what becomes of targets that get more requests than they can do, and the metrics of
//! load balancing.

use super::balanced::{behind, delay, in_use};
use super::deck::*;
use super::load::{average, cloudwatch, load, points};
use super::shifts::{Stage, stage};
use crate::lab::elb::{balancer, group, health, listener, try_elb};
use crate::lab::support::*;
use ecs_lab::ecs::service::{Obstacle, why};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::json;

/// Two tasks of one vCPU each behind a load balancer, on Fargate.
fn behind_a_balancer(desired: u32) -> (Lab, String) {
    let mut lab = on(1);
    let definition = json!({
        "family": "web", "cpu": "1024", "memory": "2048", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let group = in_use(&mut lab, "ip");
    delay(&mut lab, &group, 10);
    let network =
        json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
    let extra = json!({
        "launchType": "FARGATE", "networkConfiguration": network, "loadBalancers": behind(&group),
        "healthCheckGracePeriodSeconds": 30,
    });
    create(&mut lab, desired, extra);
    wait(&mut lab, "5m");
    assert_eq!(deployments(&lab), [format!("PRIMARY web:2 {desired}/{desired}/0 COMPLETED")]);
    (lab, group)
}

pub fn obstacles(lab: &Lab) -> Vec<Obstacle> {
    let ecs = lab.world().ecs();
    let key = ecs.service(ecs.cluster("prod").unwrap().id, "web").unwrap().key;
    why(ecs, lab.world().elb(), key, lab.now())
}

/// LB-11: who is asked for more than it can do answers no probe in time and is replaced, again and again, until there are
/// enough tasks. The page names the target group and what its checks find.
#[test]
fn lb_08_lb_11_too_many_requests_are_a_spiral_until_there_are_more_tasks() {
    let (mut lab, group) = behind_a_balancer(2);
    load(&mut lab, json!({ "requestsPerSecond": 15, "workMilliseconds": 100 }));
    wait(&mut lab, "10m");
    assert_eq!(health(&mut lab, &group).len(), 2);
    assert!(!said(&lab).iter().any(|own| own.contains("is unhealthy in")), "75 % is no overload");
    load(&mut lab, json!({ "requestsPerSecond": 30, "workMilliseconds": 100 }));
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..60 {
        wait(&mut lab, "10s");
        for own in obstacles(&lab) {
            match own {
                Obstacle::Targets { group, code, description, .. } if !code.starts_with("Elb.") => {
                    seen.push(format!("{group} {code} {description}"));
                }
                Obstacle::Overloaded { wait, .. } => assert!((1..=60).contains(&wait)),
                _ => {}
            }
        }
    }
    seen.dedup();
    assert_eq!(seen, ["ip Target.Timeout Request timed out"]);
    let texts = said(&lab);
    let unhealthy = "due to (reason Request timed out)";
    assert!(texts.iter().filter(|own| own.contains(unhealthy)).count() > 2, "{texts:#?}");
    assert!(
        texts.iter().any(|own| own.contains("Amazon ECS replaced 2 tasks due to an unhealthy status")),
        "{texts:#?}"
    );
    update(&mut lab, json!({ "desiredCount": 6 }));
    wait(&mut lab, "15m");
    let before = said(&lab).len();
    wait(&mut lab, "30m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 6/6/0 COMPLETED"]);
    assert_eq!(said(&lab).len(), before, "it stays so");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(50.0));
    assert_eq!(obstacles(&lab), []);
}

/// The metrics of an Application Load Balancer and its group.
#[test]
fn metrics_of_load_balancing_by_load_balancer_and_target_group() {
    let (mut lab, group) = behind_a_balancer(2);
    load(&mut lab, json!({ "requestsPerSecond": 10, "workMilliseconds": 100 }));
    wait(&mut lab, "5m");
    let balancers = try_elb(&mut lab, "DescribeLoadBalancers", json!({})).unwrap();
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap();
    let own = format!("LoadBalancer={}", arn.split_once(":loadbalancer/").unwrap().1);
    let group_only = format!("TargetGroup={}", group.rsplit_once(':').unwrap().1);
    let both = format!("{own},{group_only}");
    for (metric, of, expected) in [
        ("RequestCount", &own, Some([1.0, 1.0, 1.0, 600.0, 600.0])),
        ("RequestCount", &both, Some([1.0, 1.0, 1.0, 600.0, 600.0])),
        ("RequestCountPerTarget", &group_only, Some([300.0, 300.0, 300.0, 300.0, 1.0])),
        ("RequestCountPerTarget", &both, Some([300.0, 300.0, 300.0, 300.0, 1.0])),
        ("TargetResponseTime", &both, Some([0.1, 0.1, 0.1, 60.0, 600.0])),
        ("HTTPCode_Target_2XX_Count", &both, Some([1.0, 1.0, 1.0, 600.0, 600.0])),
        ("HTTPCode_Target_5XX_Count", &both, None),
        ("HTTPCode_ELB_5XX_Count", &own, None),
        ("HealthyHostCount", &both, Some([2.0, 2.0, 2.0, 2.0, 1.0])),
        ("UnHealthyHostCount", &both, Some([0.0, 0.0, 0.0, 0.0, 1.0])),
    ] {
        assert_eq!(points(&mut lab, "AWS/ApplicationELB", metric, of, 60).pop(), expected, "{metric} {of}");
    }
    let listed = cloudwatch(&mut lab, "ListMetrics", json!({ "Namespace": "AWS/ApplicationELB" }));
    assert_eq!(listed["Metrics"].as_array().unwrap().len(), 10);
    let fault = json!({ "application": { "family": "web", "outcome": "ERROR", "code": 503, "path": "/other" } });
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
    wait(&mut lab, "2m");
    assert!(points(&mut lab, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", &both, 60).is_empty(), "another path");
    let fault = json!({ "application": { "family": "web", "outcome": "ERROR", "code": 503 } });
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
    wait(&mut lab, "2m");
    let errors = points(&mut lab, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", &both, 60);
    assert_eq!(errors.last(), Some(&[1.0, 1.0, 1.0, 600.0, 600.0]));
    wait(&mut lab, "10m");
    assert!(points(&mut lab, "AWS/ApplicationELB", "UnHealthyHostCount", &both, 60).iter().any(|own| own[2] > 0.0));
}

/// Requests to an application that never answers cost it nothing; the load balancer answers them.
#[test]
fn a_silent_application_does_no_work() {
    let (mut lab, _) = behind_a_balancer(1);
    load(&mut lab, json!({ "requestsPerSecond": 5, "workMilliseconds": 100, "idleCpu": 256 }));
    wait(&mut lab, "2m");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(75.0));
    let fault = json!({ "application": { "family": "web", "outcome": "SILENT" } });
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
    wait(&mut lab, "2m");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(25.0));
    let balancers = try_elb(&mut lab, "DescribeLoadBalancers", json!({})).unwrap();
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap();
    let own = format!("LoadBalancer={}", arn.split_once(":loadbalancer/").unwrap().1);
    let rejected = points(&mut lab, "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", &own, 60);
    assert_eq!(rejected.last().unwrap()[3], 300.0);
}

/// BG-01: while traffic shifts, the requests follow the weights of the production rule.
#[test]
fn bg_01_a_canary_gets_its_part_of_the_requests() {
    let mut stage = stage();
    let canary = json!({ "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 10 });
    stage.serve(json!({ "strategy": "CANARY", "bakeTimeInMinutes": 10, "canaryConfiguration": canary }));
    load(&mut stage.lab, json!({ "requestsPerSecond": 10, "workMilliseconds": 10 }));
    wait(&mut stage.lab, "2m");
    let requests = |stage: &mut Stage| {
        [stage.blue.clone(), stage.green.clone()].map(|group| {
            let of = format!("TargetGroup={}", group.rsplit_once(':').unwrap().1);
            points(&mut stage.lab, "AWS/ApplicationELB", "RequestCountPerTarget", &of, 60).last().map(|own| own[3])
        })
    };
    assert_eq!(requests(&mut stage), [Some(300.0), None]);
    stage.update(2);
    let mut seen = Vec::new();
    for _ in 0..30 {
        wait(&mut stage.lab, "1m");
        seen.push((stage.weights()[0], requests(&mut stage)));
    }
    assert!(seen.contains(&([90, 10], [Some(270.0), Some(30.0)])), "{seen:?}");
    assert!(seen.iter().any(|(weights, each)| *weights == [0, 100] && each[1] == Some(300.0)), "{seen:?}");
}

/// A Network Load Balancer counts its hosts alone; who only connects to an overloaded task is let in at once.
#[test]
fn a_network_load_balancer_shows_its_hosts_and_takes_no_offence_at_a_queue() {
    let mut lab = on(1);
    register(&mut lab, "web", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
    let group = group(&mut lab, json!({ "Name": "tcp", "Protocol": "TCP", "TargetType": "instance" }));
    let own = balancer(&mut lab, "network");
    listener(&mut lab, &own, "TCP", 80, &group);
    wait(&mut lab, "3m");
    create(&mut lab, 1, json!({ "loadBalancers": behind(&group) }));
    wait(&mut lab, "5m");
    load(&mut lab, json!({ "requestsPerSecond": 100, "workMilliseconds": 100 }));
    wait(&mut lab, "10m");
    let name = |arn: &str, mark: &str| arn.split_once(mark).unwrap().1.to_string();
    let of = format!(
        "LoadBalancer={},TargetGroup=targetgroup/{}",
        name(&own, ":loadbalancer/"),
        name(&group, ":targetgroup/")
    );
    let hosts = points(&mut lab, "AWS/NetworkELB", "HealthyHostCount", &of, 60);
    assert_eq!(hosts, [[1.0, 1.0, 1.0, 1.0, 1.0]; 10]);
    let listed = cloudwatch(&mut lab, "ListMetrics", json!({ "Namespace": "AWS/NetworkELB" }));
    assert_eq!(listed["Metrics"].as_array().unwrap().len(), 2);
    assert!(matches!(obstacles(&lab)[..], []), "it is steady");
}

/// A target that can never be healthy is named with its reason.
#[test]
fn lb_08_a_service_whose_targets_are_unused_says_why() {
    let mut lab = on(1);
    register(&mut lab, "web", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
    let group = in_use(&mut lab, "instance");
    create(&mut lab, 1, json!({ "loadBalancers": behind(&group) }));
    wait(&mut lab, "11s");
    let found = |lab: &Lab| {
        let all = obstacles(lab).into_iter().filter_map(|own| match own {
            Obstacle::Targets { code, ref tasks, .. } => Some((code, tasks.len(), own.blocks())),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(found(&lab), [("Elb.RegistrationInProgress", 1, false)]);
    wait(&mut lab, "2m");
    assert_eq!(found(&lab), []);
    let balancers = try_elb(&mut lab, "DescribeLoadBalancers", json!({})).unwrap();
    let own = json!({ "LoadBalancerArn": balancers["LoadBalancers"][0]["LoadBalancerArn"] });
    let listeners = try_elb(&mut lab, "DescribeListeners", own).unwrap();
    let arn = &listeners["Listeners"][0]["ListenerArn"];
    try_elb(&mut lab, "DeleteListener", json!({ "ListenerArn": arn })).unwrap();
    wait(&mut lab, "1m");
    assert_eq!(found(&lab), [("Target.NotInUse", 1, true)]);
}

/// A queue that grows in a minute makes some requests of it slower than others: its percentiles differ, and lie between the
/// quickest and the slowest.
#[test]
fn scaling_1_13_percentiles_of_response_times() {
    let (mut lab, group) = behind_a_balancer(2);
    load(&mut lab, json!({ "requestsPerSecond": 22, "workMilliseconds": 100 }));
    wait(&mut lab, "1m");
    let balancers = try_elb(&mut lab, "DescribeLoadBalancers", json!({})).unwrap();
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap();
    let dimensions = json!([
        { "Name": "LoadBalancer", "Value": arn.split_once(":loadbalancer/").unwrap().1 },
        { "Name": "TargetGroup", "Value": group.rsplit_once(':').unwrap().1 },
    ]);
    let input = json!({
        "Namespace": "AWS/ApplicationELB", "MetricName": "TargetResponseTime", "Dimensions": dimensions, "Period": 60,
        "StartTime": lab.now().as_epoch_seconds() - 60.0, "EndTime": lab.now().as_epoch_seconds(),
        "Statistics": ["Minimum", "Average", "Maximum"], "ExtendedStatistics": ["p10", "p50", "p99"],
    });
    let point = cloudwatch(&mut lab, "GetMetricStatistics", input)["Datapoints"][0].clone();
    let [least, mean, most] = ["Minimum", "Average", "Maximum"].map(|own| point[own].as_f64().unwrap());
    let [p10, p50, p99] = ["p10", "p50", "p99"].map(|own| point["ExtendedStatistics"][own].as_f64().unwrap());
    assert!(least <= p10 && p10 < p50 && p50 < p99 && p99 <= most, "{point}");
    assert!(p10 < mean && mean < p99, "{point}");
}
