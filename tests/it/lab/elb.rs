//! Load balancers, listeners, rules, target groups and the health of targets.

mod bad_input;
mod life;
mod probes;
mod refusals;

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub const SUBNETS: [&str; 3] = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a2"];
pub const VPC: &str = "vpc-0ec51ab0000000001";

/// An elbv2 call.
pub fn try_elb(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("elbv2", operation, input))).map(|outcome| outcome.reply)
}

/// An elbv2 call that must succeed.
pub fn elb(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_elb(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// The ARN of the first resource of an answer.
pub fn arn(answer: &Value, list: &str, member: &str) -> String {
    answer[list][0][member].as_str().unwrap().to_string()
}

/// A target group `web` on port 80; members laid over.
pub fn group(lab: &mut Lab, extra: Value) -> String {
    let mut input = json!({ "Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": VPC, "TargetType": "ip" });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    arn(&elb(lab, "CreateTargetGroup", input), "TargetGroups", "TargetGroupArn")
}

/// A load balancer of a type in all three subnets.
pub fn balancer(lab: &mut Lab, kind: &str) -> String {
    let input = json!({ "Name": kind, "Type": kind, "Subnets": SUBNETS });
    arn(&elb(lab, "CreateLoadBalancer", input), "LoadBalancers", "LoadBalancerArn")
}

/// A listener that forwards to a group.
pub fn listener(lab: &mut Lab, balancer: &str, protocol: &str, port: u16, group: &str) -> String {
    let actions = json!([{ "Type": "forward", "TargetGroupArn": group }]);
    let input = json!({ "LoadBalancerArn": balancer, "Protocol": protocol, "Port": port, "DefaultActions": actions });
    arn(&elb(lab, "CreateListener", input), "Listeners", "ListenerArn")
}

/// State and reason of the targets of a group.
pub fn health(lab: &mut Lab, group: &str) -> Vec<(String, String)> {
    let reply = elb(lab, "DescribeTargetHealth", json!({ "TargetGroupArn": group }));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let all = reply["TargetHealthDescriptions"].as_array().unwrap().iter();
    all.map(|own| (text(&own["TargetHealth"]["State"]), text(&own["TargetHealth"]["Reason"]))).collect()
}

/// A running task on Fargate that listens on port 80, and its address.
pub fn fargate_task(lab: &mut Lab, extra: Value) -> (Value, String) {
    let mut container = json!({ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] });
    container.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let definition = json!({
        "family": "api", "containerDefinitions": [container], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "requiresCompatibilities": ["FARGATE"],
    });
    ecs(lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNETS[0]], "assignPublicIp": "ENABLED" } });
    let reply = run(lab, "api", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }));
    let task = reply["tasks"][0].clone();
    wait(lab, "5m");
    let shown = describe(lab, &task);
    assert_eq!(shown["lastStatus"], "RUNNING");
    let address = shown["containers"][0]["networkInterfaces"][0]["privateIpv4Address"].as_str().unwrap();
    (task, address.to_string())
}
