//! Whether a task on Fargate reaches what it needs to start (4.6, 5.5, 3.4): subnets, public addresses, security groups,
//! NAT gateways, VPC endpoints.

use super::support::*;
use crate::ecr::support::kept;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const PUBLIC: &str = "subnet-0ec51ab00000000a0";
const PRIVATE: &str = "subnet-0ec51ab00000000b0";
const ELSEWHERE: &str = "subnet-12345678";
const SEALED: &str = "sg-0ec51ab0000000002";
const VPC: &str = "vpc-0ec51ab0000000001";
const IN_ECR: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1";

/// A container that logs, has a secret or neither, with an execution role where it takes one.
fn definition(image: &str, more: Value) -> Value {
    let mut container = json!({ "name": "app", "image": image });
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "family": "f", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
        "containerDefinitions": [container],
    })
}

fn logs() -> Value {
    json!({ "logConfiguration": { "logDriver": "awslogs", "options": {
        "awslogs-group": "/ecs/f", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "f",
    } } })
}

fn start(lab: &mut Lab, network: Value, platform: &str) -> Value {
    let more = json!({
        "launchType": "FARGATE", "platformVersion": platform,
        "networkConfiguration": { "awsvpcConfiguration": network },
    });
    run(lab, "f", 1, more)["tasks"][0].clone()
}

/// stopCode and stoppedReason of a task in such a network after six minutes, or its lastStatus; and after how many seconds
/// it stopped.
fn outcome(lab: &mut Lab, network: Value, platform: &str) -> (String, i64) {
    let task = start(lab, network, platform);
    wait(lab, "6m");
    let now = describe(lab, &task);
    let at = |member: &str| now[member].as_f64().unwrap_or_default();
    let lasted = (at("stoppingAt") - at("createdAt")) as i64;
    match now["stopCode"].as_str() {
        Some(code) => (format!("{code} {}", now["stoppedReason"].as_str().unwrap()), lasted),
        None => (now["lastStatus"].as_str().unwrap().to_string(), 0),
    }
}

/// 4.6, 5.5: what leads out of the subnet, for an image of Docker Hub and one of ECR.
#[test]
fn a_task_without_a_way_out_fails_by_itself() {
    let hub = "TaskFailedToStart CannotPullContainerError: The task can\u{2019}t pull the image. Check your network \
               configuration. pull image manifest has been retried 5 time(s): failed to resolve ref \
               docker.io/library/nginx:latest: failed to do request: Head \
               \"https://registry-1.docker.io/v2/library/nginx/manifests/latest\": dial tcp 52.46.130.12:443: i/o timeout";
    let ecr = "TaskFailedToStart ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull \
               registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task \
               network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, \
               https response error StatusCode: 0, RequestID: , request send failed, Post \
               \"https://api.ecr.us-east-1.amazonaws.com/\": dial tcp 52.46.130.12:443: i/o timeout";
    for (subnet, assign, group, out) in [
        (PUBLIC, Some("ENABLED"), None, true),
        (PUBLIC, Some("DISABLED"), None, false),
        (PUBLIC, None, None, false),
        (PUBLIC, Some("ENABLED"), Some(SEALED), false),
        (PRIVATE, Some("ENABLED"), None, false),
        (PRIVATE, None, None, false),
        (ELSEWHERE, None, None, true),
        (ELSEWHERE, None, Some(SEALED), false),
    ] {
        for (image, reason) in [("nginx", hub), (IN_ECR, ecr)] {
            let mut lab = lab();
            kept(&mut lab, "web", &["1"]);
            ecs(&mut lab, "RegisterTaskDefinition", definition(image, json!({})));
            let mut network = json!({ "subnets": [subnet], "securityGroups": group.into_iter().collect::<Vec<_>>() });
            if let Some(assign) = assign {
                network["assignPublicIp"] = json!(assign);
            }
            let (found, lasted) = outcome(&mut lab, network, "LATEST");
            match out {
                true => assert_eq!(found, "RUNNING", "{subnet} {assign:?} {group:?} {image}"),
                false => {
                    assert_eq!(found, reason, "{subnet} {assign:?} {group:?} {image}");
                    assert!(
                        (289..320).contains(&lasted),
                        "4.6: 4 min 49 s after the network interface, not {lasted} s"
                    );
                }
            }
        }
    }
}

/// 3.4: before 1.4.0 an interface of Fargate's own carries the login and the secrets, but not the pull.
#[test]
fn the_platform_decides_which_interface_calls() {
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
    for (more, platform, contains) in [
        (json!({}), "1.4.0", "The task cannot pull registry auth from Amazon ECR"),
        (json!({}), "1.3.0", "Head \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/web/manifests/1\""),
        (
            json!({ "secrets": [{ "name": "A", "valueFrom": secret }] }),
            "1.4.0",
            "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager.",
        ),
        (
            json!({ "secrets": [{ "name": "A", "valueFrom": "/db/password" }] }),
            "1.4.0",
            "The task cannot pull secrets from AWS Systems Manager.",
        ),
    ] {
        let mut lab = lab();
        ecs(&mut lab, "RegisterTaskDefinition", definition(IN_ECR, more));
        let (found, _) = outcome(&mut lab, json!({ "subnets": [PUBLIC] }), platform);
        assert!(found.contains(contains), "{platform}: {found}");
    }
}

/// ECR in VPC endpoints (ECR-VPCE): ecr.api, ecr.dkr and S3's gateway for the image, logs for awslogs; each missing one has
/// a symptom of its own.
#[test]
fn endpoints_take_the_place_of_a_way_out() {
    let table = "rtb-0ec51ab0000000002";
    let interface = |service: &str| {
        json!({
            "VpcId": VPC, "VpcEndpointType": "Interface", "ServiceName": format!("com.amazonaws.us-east-1.{service}"),
            "SubnetIds": [PRIVATE],
        })
    };
    let gateway = json!({ "VpcId": VPC, "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": [table] });
    let mut lab = lab();
    kept(&mut lab, "web", &["1"]);
    let group = ApiCall::new("logs", "CreateLogGroup", json!({ "logGroupName": "/ecs/f" }));
    lab.apply(Command::Api(group)).unwrap();
    ecs(&mut lab, "RegisterTaskDefinition", definition(IN_ECR, logs()));
    for (input, contains) in [
        (None, "registry auth from Amazon ECR"),
        (Some(interface("ecr.api")), "CannotPullContainerError: The task can\u{2019}t pull the image."),
        (Some(interface("ecr.dkr")), "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/"),
        (Some(gateway), "There is a connection issue between the task and Amazon CloudWatch."),
        (Some(interface("logs")), "RUNNING"),
    ] {
        if let Some(input) = input {
            ec2(&mut lab, "CreateVpcEndpoint", input);
        }
        let (found, _) = outcome(&mut lab, json!({ "subnets": [PRIVATE] }), "LATEST");
        assert!(found.contains(contains), "{contains}: {found}");
    }
    // A task elsewhere in the VPC goes by them as well, but for the gateway of another route table.
    let (found, _) = outcome(&mut lab, json!({ "subnets": [PUBLIC] }), "LATEST");
    assert!(found.contains("starport-layer-bucket"), "{found}");
}

/// A private subnet with a NAT gateway, and one whose NAT gateway is gone.
#[test]
fn a_nat_gateway_is_a_way_out() {
    let mut lab = lab();
    ecs(&mut lab, "RegisterTaskDefinition", definition("nginx", json!({})));
    let allocation = ec2(&mut lab, "AllocateAddress", json!({ "Domain": "vpc" }))["AllocationId"].clone();
    let made = ec2(&mut lab, "CreateNatGateway", json!({ "SubnetId": PUBLIC, "AllocationId": allocation }));
    let nat = made["NatGateway"]["NatGatewayId"].clone();
    let table = ec2(&mut lab, "CreateRouteTable", json!({ "VpcId": VPC }))["RouteTable"]["RouteTableId"].clone();
    let other = "subnet-0ec51ab00000000a1";
    ec2(&mut lab, "AssociateRouteTable", json!({ "RouteTableId": table, "SubnetId": other }));
    let network = json!({ "subnets": [other], "assignPublicIp": "ENABLED" });
    let (found, _) = outcome(&mut lab, network.clone(), "LATEST");
    assert!(found.contains("CannotPullContainerError"), "an address does not help without a route: {found}");
    let route = json!({ "RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat });
    ec2(&mut lab, "CreateRoute", route);
    assert_eq!(outcome(&mut lab, json!({ "subnets": [other] }), "LATEST").0, "RUNNING");
    ec2(&mut lab, "DeleteNatGateway", json!({ "NatGatewayId": nat }));
    let (found, _) = outcome(&mut lab, json!({ "subnets": [other] }), "LATEST");
    assert!(found.contains("CannotPullContainerError"), "{found}");
}

/// A security group of one's own that loses its rule for outgoing traffic, and gets one for HTTPS.
#[test]
fn a_security_group_without_egress_rules_lets_nothing_out() {
    let mut lab = lab();
    ecs(&mut lab, "RegisterTaskDefinition", definition("nginx", json!({})));
    let group = json!({ "GroupName": "web", "Description": "web", "VpcId": VPC });
    let group = ec2(&mut lab, "CreateSecurityGroup", group)["GroupId"].clone();
    let network = json!({ "subnets": [PUBLIC], "securityGroups": [group], "assignPublicIp": "ENABLED" });
    assert_eq!(outcome(&mut lab, network.clone(), "LATEST").0, "RUNNING");
    let everything = json!([{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    ec2(&mut lab, "RevokeSecurityGroupEgress", json!({ "GroupId": group, "IpPermissions": everything }));
    assert!(outcome(&mut lab, network.clone(), "LATEST").0.contains("i/o timeout"));
    let https =
        json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    let made = ec2(&mut lab, "AuthorizeSecurityGroupEgress", json!({ "GroupId": group, "IpPermissions": https }));
    assert_eq!(
        (&made["SecurityGroupRules"][0]["IsEgress"], &made["SecurityGroupRules"][0]["ToPort"]),
        (&json!(true), &json!(443))
    );
    assert_eq!(outcome(&mut lab, network, "LATEST").0, "RUNNING");
}

/// 1.6: an instance in the isolated subnet registers once the three endpoints of ECS are there.
#[test]
fn an_agent_goes_by_endpoints_too() {
    let mut lab = lab();
    let input = json!({
        "ImageId": "ami-0ec51ab0000000001", "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1, "SubnetId": PRIVATE,
        "IamInstanceProfile": { "Name": "ecsInstanceRole" }, "UserData": encoded("ECS_CLUSTER=prod"),
    });
    ec2(&mut lab, "RunInstances", input);
    wait(&mut lab, "3m");
    assert!(instances(&mut lab).is_empty());
    for service in ["ecs", "ecs-agent", "ecs-telemetry"] {
        let input = json!({
            "VpcId": VPC, "VpcEndpointType": "Interface", "ServiceName": format!("com.amazonaws.us-east-1.{service}"),
            "SubnetIds": [PRIVATE],
        });
        ec2(&mut lab, "CreateVpcEndpoint", input);
        wait(&mut lab, "1m");
    }
    assert_eq!(instances(&mut lab).len(), 1);
}
