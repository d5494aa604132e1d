//! ALBRequestCountPerTarget from end to end (1.2, 1.5): a wave of requests comes through a load balancer, and the service
//! behind it follows.

use super::deck::*;
use crate::lab::support::*;
use crate::services::balanced::{behind, in_use};
use crate::services::deck::{counts, create, on};
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::scaling::decide::Move;
use serde_json::json;

/// Requests of a minute that a target shall take.
const TARGET: f64 = 600.0;

fn wave(points: &[(u32, u32)]) -> Lab {
    let mut lab = on(4);
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }] }));
    let group = in_use(&mut lab, "instance");
    create(&mut lab, 2, json!({ "loadBalancers": behind(&group), "healthCheckGracePeriodSeconds": 60 }));
    wait(&mut lab, "2m");
    register_target(&mut lab, 2, 10);
    let own = lab.world().elb().load_balancers().next().unwrap().arn.clone();
    let label = format!("{}/{}", own.split_once(":loadbalancer/").unwrap().1, group.rsplit(':').next().unwrap());
    let metric = json!({ "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label });
    let config = json!({ "TargetValue": TARGET, "PredefinedMetricSpecification": metric, "ScaleInCooldown": 60 });
    let input = json!({ "PolicyName": "requests", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
    aas(&mut lab, "PutScalingPolicy", input);
    let point = |(minute, rate): &(u32, u32)| json!({ "seconds": minute * 60, "requestsPerSecond": rate });
    let points: Vec<_> = points.iter().map(point).collect();
    let load = json!({ "cluster": "prod", "service": "web", "points": points, "workMilliseconds": 5 });
    lab.apply(Command::Api(ApiCall::new("lab", "Load", load))).unwrap();
    lab
}

#[test]
fn table_1_2_requests_per_target_follow_a_wave() {
    let mut lab = wave(&[(0, 20), (8, 20), (15, 80), (40, 80), (50, 20)]);
    wait(&mut lab, "5m");
    assert_eq!(desired(&lab), 2, "{}", why(&lab, "requests"));
    wait(&mut lab, "33m");
    // 80 requests per second are 4,800 in a minute: eight targets.
    assert_eq!((desired(&lab), counts(&lab)[1]), (8, 8), "{}", why(&lab, "requests"));
    let newest = policy(&lab, "requests").evaluations.last().unwrap().metric.unwrap();
    assert!((newest - TARGET).abs() < 6.0, "{newest} requests per target");
    wait(&mut lab, "60m");
    assert_eq!((desired(&lab), counts(&lab)[1]), (2, 2), "{}", why(&lab, "requests"));
    // It was this policy that scaled, each time by the formula.
    let moved: Vec<_> =
        policy(&lab, "requests").evaluations.iter().filter(|own| own.before != own.desired).cloned().collect();
    assert!(
        moved.iter().any(|own| matches!(own.moves, Move::Out(_)))
            && moved.iter().any(|own| matches!(own.moves, Move::In(_)))
    );
    for own in &moved {
        let wanted = (f64::from(own.running) * own.metric.unwrap() / TARGET).ceil() as u32;
        let expected = match own.moves {
            Move::Out(_) => wanted.max(own.running + 1),
            _ => wanted,
        };
        assert_eq!(own.desired, expected.clamp(2, 10), "{}", own.sentence());
    }
}
