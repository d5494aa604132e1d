//! Verbs for tests of the lab.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab, Start};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

pub const ZONE_A: &str = "us-east-1a";
pub const ZONE_B: &str = "us-east-1b";

/// A lab with the cluster `prod` and nothing in it.
pub fn lab() -> Lab {
    let mut lab = Lab::new(Start::default());
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "prod" }));
    lab
}

/// An ECS call that must succeed.
pub fn ecs(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_ecs(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// An ECS call.
pub fn try_ecs(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::ecs(operation, input)).map(|outcome| outcome.reply)
}

/// An EC2 call that must succeed.
pub fn ec2(lab: &mut Lab, operation: &str, input: Value) -> Value {
    lab.apply(Command::ec2(operation, input))
        .map(|outcome| outcome.reply)
        .unwrap_or_else(|e| panic!("{operation}: {e}"))
}

/// Launches instances into `prod` and returns their EC2 ids; they are not registered yet.
pub fn launch(lab: &mut Lab, kind: &str, zone: &str, count: u32, config: &str) -> Vec<String> {
    let script = format!("#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n{config}");
    let reply = ec2(
        lab,
        "RunInstances",
        json!({
            "InstanceType": kind, "MinCount": count, "MaxCount": count,
            "Placement": { "AvailabilityZone": zone }, "UserData": encoded(&script),
            "IamInstanceProfile": { "Name": "ecsInstanceRole" },
        }),
    );
    reply["Instances"].as_array().unwrap().iter().map(|i| i["InstanceId"].as_str().unwrap().to_string()).collect()
}

/// User data as the API takes it.
pub fn encoded(script: &str) -> String {
    STANDARD.encode(script)
}

/// Lets time pass.
pub fn wait(lab: &mut Lab, span: &str) {
    lab.advance(SimDuration::parse(span).unwrap()).unwrap();
}

/// Registers a one-container definition; `extra` is laid over the container.
pub fn register(lab: &mut Lab, family: &str, extra: Value) -> Value {
    let mut container = json!({ "name": "app", "image": "nginx:1.27", "cpu": 256, "memory": 512 });
    container.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "RegisterTaskDefinition", json!({ "family": family, "containerDefinitions": [container] }))
}

/// RunTask on `prod` with more members.
pub fn run(lab: &mut Lab, definition: &str, count: u32, extra: Value) -> Value {
    let mut input = json!({ "cluster": "prod", "taskDefinition": definition, "count": count });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "RunTask", input)
}

/// The task as DescribeTasks shows it now.
pub fn describe(lab: &Lab, task: &Value) -> Value {
    let call = ApiCall::new("ecs", "DescribeTasks", json!({ "cluster": "prod", "tasks": [task["taskArn"]] }));
    let reply = lab.read(&call).unwrap();
    reply["tasks"].get(0).cloned().unwrap_or_else(|| reply["failures"][0].clone())
}

/// Makes a role that tasks may have and that may do everything; its ARN.
pub fn task_role(lab: &mut Lab, name: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ecs-tasks.amazonaws.com" } },
    ] });
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    for (operation, input) in [
        ("CreateRole", json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() })),
        ("AttachRolePolicy", json!({ "RoleName": name, "PolicyArn": all })),
    ] {
        lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
    }
    format!("arn:aws:iam::123456789012:role/{name}")
}

/// assignPublicIp for a launch type in a public subnet: only Fargate needs it, and may have it.
pub fn public_address(launch: &str) -> &'static str {
    if launch == "FARGATE" { "ENABLED" } else { "DISABLED" }
}

/// All container instances of `prod` as described, by EC2 id.
pub fn instances(lab: &mut Lab) -> Vec<Value> {
    let list = ecs(lab, "ListContainerInstances", json!({ "cluster": "prod" }));
    let input = json!({ "cluster": "prod", "containerInstances": list["containerInstanceArns"] });
    if list["containerInstanceArns"].as_array().unwrap().is_empty() {
        return Vec::new();
    }
    let mut found = ecs(lab, "DescribeContainerInstances", input)["containerInstances"].as_array().unwrap().clone();
    found.sort_by_key(|instance| instance["ec2InstanceId"].as_str().unwrap().to_string());
    found
}

/// An amount of `remainingResources` or `registeredResources`.
pub fn amount(instance: &Value, list: &str, name: &str) -> i64 {
    let all = instance[list].as_array().unwrap();
    all.iter().find(|resource| resource["name"] == name).unwrap()["integerValue"].as_i64().unwrap()
}

/// A refusal as a table shows it: code, message, and whether the wording is the lab's own.
pub type Refusal = (&'static str, &'static str, bool);

/// An input with every fault at once: each step names the refusal that stands in front and the members that mend it. The
/// mended input is taken, and its answer returned. A refusal changes nothing.
pub fn descending(lab: &mut Lab, operation: &str, mut input: Value, steps: &[(Refusal, Value)]) -> Value {
    for ((code, message, ours), mended) in steps {
        let before = (lab.revision(), lab.digest());
        let error = try_ecs(lab, operation, input.clone()).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (*code, *message, *ours), "{operation}");
        assert_eq!((lab.revision(), lab.digest()), before, "{operation}: refused, and nothing changed");
        for (name, value) in mended.as_object().unwrap() {
            input[name] = value.clone();
        }
    }
    ecs(lab, operation, input)
}
