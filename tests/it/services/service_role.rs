//! The service role: what a service does whose role keeps ECS out (7.1, 7.2, 6.14).

use super::balanced::{behind, in_use};
use super::deck::*;
use super::load_balanced::obstacles;
use crate::lab::support::*;
use ecs_lab::ecs::service::Obstacle;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn iam(lab: &mut Lab, operation: &str, input: Value) {
    lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
}

fn trust(service: &str) -> String {
    let principal = json!({ "Service": service });
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] })
        .to_string()
}

fn may(lab: &mut Lab, actions: &[&str]) {
    let actions = [actions, &["elasticloadbalancing:DescribeTargetGroups"]].concat();
    let policy =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] });
    let input = json!({ "RoleName": "front", "PolicyName": "targets", "PolicyDocument": policy.to_string() });
    iam(lab, "PutRolePolicy", input);
}

const POLICIES: &str =
    "IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service";
const TRUST: &str =
    "IAM trust relationship has been misconfigured or changed, and ECS can no longer maintain your service";

/// 6.14 iam1, iam2: what it has goes on, nothing starts and nothing stops, until the role is in order again.
#[test]
fn iam1_iam2_6_14_a_service_without_its_role_is_not_maintained() {
    let mut lab = on(2);
    register(&mut lab, "api", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
    let group = in_use(&mut lab, "instance");
    let role = json!({ "RoleName": "front", "AssumeRolePolicyDocument": trust("ecs.amazonaws.com") });
    iam(&mut lab, "CreateRole", role);
    let both = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"];
    may(&mut lab, &both);
    let extra = json!({ "taskDefinition": "api", "loadBalancers": behind(&group), "role": "front" });
    create(&mut lab, 1, extra);
    wait(&mut lab, "2m");
    assert_eq!((counts(&lab), &service(&lab)["roleArn"]), ([1, 1, 0], &json!("arn:aws:iam::123456789012:role/front")));
    let mut desired = 1;
    for (text, lost) in [
        (POLICIES, "RegisterTargets"),
        (POLICIES, "DeregisterTargets"),
        (TRUST, "ec2.amazonaws.com"),
        (TRUST, "the role itself"),
    ] {
        match lost {
            "RegisterTargets" => may(&mut lab, &both[1..]),
            "DeregisterTargets" => may(&mut lab, &both[..1]),
            "the role itself" => {
                iam(&mut lab, "DeleteRolePolicy", json!({ "RoleName": "front", "PolicyName": "targets" }));
                iam(&mut lab, "DeleteRole", json!({ "RoleName": "front" }));
            }
            other => {
                iam(&mut lab, "UpdateAssumeRolePolicy", json!({ "RoleName": "front", "PolicyDocument": trust(other) }));
            }
        }
        wait(&mut lab, "1m");
        assert_eq!(obstacles(&lab), [], "{lost}: nothing had to be done yet");
        update(&mut lab, json!({ "desiredCount": desired + 1 }));
        wait(&mut lab, "10m");
        assert_eq!(counts(&lab), [desired + 1, desired, 0], "{lost}");
        assert_eq!(said(&lab).last().unwrap(), text, "{lost}");
        assert_eq!(obstacles(&lab)[0], Obstacle::NoRole(text.into()));
        assert!(obstacles(&lab)[0].blocks());
        match lost {
            "the role itself" => break,
            "ec2.amazonaws.com" => {
                let open = json!({ "RoleName": "front", "PolicyDocument": trust("ecs.amazonaws.com") });
                iam(&mut lab, "UpdateAssumeRolePolicy", open);
            }
            _ => may(&mut lab, &both),
        }
        wait(&mut lab, "2m");
        desired += 1;
        assert_eq!((counts(&lab), obstacles(&lab)), ([desired, desired, 0], vec![]), "{lost}");
    }
    let texts = said(&lab);
    assert_eq!([POLICIES, TRUST].map(|text| texts.iter().filter(|own| *own == text).count()), [2, 2]);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "10m");
    assert_eq!(service(&lab)["status"], "INACTIVE");
}
