//! Why an EC2 instance does not appear in its cluster: the ten ways of 1.6, each as somebody runs into it.

use super::support::*;
use ecs_lab::event::FactKind;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// RunInstances into `prod` as it should be, with members laid over; two minutes later. The instance's id.
fn launched(lab: &mut Lab, script: &str, extra: Value) -> String {
    let id = launched_now(lab, script, extra);
    wait(lab, "2m");
    id
}

fn launched_now(lab: &mut Lab, script: &str, extra: Value) -> String {
    let script = format!("#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n{script}");
    let mut input = json!({
        "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, "UserData": encoded(&script),
        "IamInstanceProfile": { "Name": "ecsInstanceRole" },
    });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ec2(lab, "RunInstances", input)["Instances"][0]["InstanceId"].as_str().unwrap().to_string()
}

/// What the agents logged that could not register.
fn logs(lab: &Lab) -> Vec<String> {
    let log = |kind: &FactKind| match kind {
        FactKind::RegistrationFailed { log, .. } => Some(log.clone()),
        _ => None,
    };
    lab.facts().filter_map(|fact| log(&fact.kind)).collect()
}

fn own(lab: &mut Lab, operation: &str, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", operation, input))).unwrap();
}

const TIMEOUT: &str = "Error registering container instance: operation error ECS: RegisterContainerInstance, https response error StatusCode: 0, RequestID: , request send failed, Post \"https://ecs.us-east-1.amazonaws.com/\": dial tcp 52.46.130.12:443: i/o timeout";

/// 1.6 rows 1, 2, 3, 5, 6: what the user data, the image, the role or the network does, and what the log says.
#[test]
fn ways_1_2_3_5_6_nothing_registers() {
    let plain = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let agent = "ecs.service - Amazon Elastic Container Service - container agent: Active: inactive (dead)";
    let docker = "docker.service - Docker Application Container Engine: Active: inactive (dead)";
    let role = "Error registering container instance: operation error ECS: RegisterContainerInstance, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed";
    let groups = |ids: &[&str]| json!({ "SecurityGroupIds": ids });
    for (way, script, extra, log) in [
        ("as it should be", "", json!({}), None),
        ("1", "systemctl disable --now ecs", json!({}), Some(agent)),
        ("1, docker", "systemctl stop docker", json!({}), Some(docker)),
        ("not 1", "systemctl stop ecs\nsystemctl start ecs", json!({}), None),
        ("2", "", json!({ "ImageId": plain }), Some("Unit ecs.service could not be found.")),
        ("not 2", "dnf install -y ecs-init && systemctl enable --now ecs", json!({ "ImageId": plain }), None),
        ("3", "", json!({ "IamInstanceProfile": {} }), Some(role)),
        ("5", "", json!({ "SubnetId": "subnet-0ec51ab00000000b0" }), Some(TIMEOUT)),
        ("not 5", "", json!({ "SubnetId": "subnet-0ec51ab00000000a0" }), None),
        ("6", "", groups(&["sg-0ec51ab0000000002"]), Some(TIMEOUT)),
        ("not: inbound rules", "", groups(&["sg-0123456789abcdef0"]), None),
        ("not 6: another group lets it out", "", groups(&["sg-0ec51ab0000000002", "sg-0ec51ab0000000001"]), None),
    ] {
        let mut lab = lab();
        launched(&mut lab, script, extra);
        assert_eq!(logs(&lab), Vec::from_iter(log), "{way}");
        assert_eq!(instances(&mut lab).len(), usize::from(log.is_none()), "{way}");
    }
}

/// Rows 4 and 9, CI-20: the wrong cluster, or none of that name until somebody makes it.
#[test]
fn ci_21_ways_4_and_9_another_cluster_or_none() {
    let mut lab = lab();
    launched(&mut lab, "echo ECS_CLUSTER= >> /etc/ecs/ecs.config", json!({}));
    assert!(instances(&mut lab).is_empty());
    let clusters = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["default"] }));
    assert_eq!(clusters["clusters"][0]["registeredContainerInstancesCount"], 1, "it sits in default");

    launched(&mut lab, "echo ECS_CLUSTER=prd >> /etc/ecs/ecs.config", json!({}));
    assert_eq!(logs(&lab), ["ClusterNotFoundException: Cluster not found."]);
    wait(&mut lab, "1h");
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "prd" }));
    wait(&mut lab, "29s");
    let registered = |lab: &mut Lab| {
        let clusters = ecs(lab, "DescribeClusters", json!({ "clusters": ["prd"] }));
        clusters["clusters"][0]["registeredContainerInstancesCount"].clone()
    };
    assert_eq!(registered(&mut lab), 0);
    wait(&mut lab, "1s");
    assert_eq!(registered(&mut lab), 1, "its agent goes on trying");
}

/// Row 7, CI-24: another cluster in the configuration of a registered host, until its checkpoint is deleted.
#[test]
fn way_7_a_stale_checkpoint() {
    let mut lab = lab();
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "test" }));
    let id = launched(&mut lab, "", json!({}));
    own(&mut lab, "Agent", json!({ "instanceId": id, "config": "ECS_CLUSTER=test" }));
    wait(&mut lab, "1m");
    let log = "Data mismatch; saved cluster 'prod' does not match configured cluster 'test'. Perhaps you want to delete the configured checkpoint file?";
    assert_eq!(logs(&lab), [log]);
    assert_eq!(instances(&mut lab)[0]["agentConnected"], false);
    let mut back = lab.fork();
    own(&mut back, "Agent", json!({ "instanceId": id, "config": "ECS_CLUSTER=prod" }));
    wait(&mut back, "1m");
    assert_eq!(instances(&mut back)[0]["agentConnected"], true, "the old cluster does as well");
    own(&mut lab, "Agent", json!({ "instanceId": id, "deleteCheckpoint": true }));
    wait(&mut lab, "1m");
    let clusters = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["test"] }));
    assert_eq!(clusters["clusters"][0]["registeredContainerInstancesCount"], 1);
    assert_eq!(instances(&mut lab)[0]["agentConnected"], false, "a ghost is left in the old one");
    let unknown = json!({ "instanceId": "i-00000000000000000" });
    let error = lab.apply(Command::Api(ApiCall::new("lab", "Agent", unknown))).unwrap_err();
    assert_eq!((&*error.code, error.path.as_str()), ("InvalidInstanceID.NotFound", "instanceId"));
}

/// CI-24, 1.4: an agent without a checkpoint registers anew each time that it starts, and leaves a ghost.
#[test]
fn ci_24_an_agent_without_a_checkpoint() {
    for (line, then, [all, connected]) in [
        ("", "Agent", [1, 1]),
        ("ECS_CHECKPOINT=true", "Agent", [1, 1]),
        ("ECS_CHECKPOINT=false", "Agent", [2, 1]),
        ("ECS_CHECKPOINT=false", "StopInstances", [2, 1]),
        ("", "StopInstances", [1, 1]),
        ("ECS_CHECKPOINT=false", "", [1, 1]),
    ] {
        let mut lab = lab();
        let id = launch(&mut lab, "t3.medium", ZONE_A, 1, line)[0].clone();
        wait(&mut lab, "2m");
        match then {
            "Agent" => {
                own(&mut lab, "Agent", json!({ "instanceId": id }));
            }
            "StopInstances" => {
                ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [id] }));
                wait(&mut lab, "2m");
                ec2(&mut lab, "StartInstances", json!({ "InstanceIds": [id] }));
            }
            _ => {}
        }
        wait(&mut lab, "3m");
        let found = instances(&mut lab);
        let on = found.iter().filter(|own| own["agentConnected"] == true).count();
        assert_eq!([found.len(), on], [all, connected], "{line} {then}");
    }
}

/// Row 8, EN-05, CI-25: a trunk in a shared subnet.
#[test]
fn way_8_a_trunk_that_cannot_be_made() {
    let shared = json!({ "SubnetId": "subnet-0ec51ab00000000c0" });
    for (setting, kind, status) in [
        ("enabled", "m5.large", "REGISTRATION_FAILED"),
        ("disabled", "m5.large", "ACTIVE"),
        ("enabled", "t3.medium", "ACTIVE"),
    ] {
        let mut lab = lab();
        ecs(&mut lab, "PutAccountSettingDefault", json!({ "name": "awsvpcTrunking", "value": setting }));
        let mut extra = shared.clone();
        extra["InstanceType"] = json!(kind);
        launched(&mut lab, "", extra);
        let found = instances(&mut lab);
        assert_eq!(found[0]["status"], status, "{setting} {kind}");
        assert_eq!(found[0]["statusReason"].is_string(), status != "ACTIVE", "{setting} {kind}");
        let list = json!({ "cluster": "prod", "status": "REGISTRATION_FAILED" });
        let failed = ecs(&mut lab, "ListContainerInstances", list)["containerInstanceArns"].as_array().unwrap().len();
        assert_eq!(failed == 1, status != "ACTIVE");
        register(&mut lab, "web", json!({}));
        let placed = try_ecs(&mut lab, "RunTask", json!({ "cluster": "prod", "taskDefinition": "web" }));
        assert_eq!(placed.is_ok(), status == "ACTIVE", "it takes no task: {setting} {kind}");
    }
}

/// Row 10: the warm pool of a group, with the agent's check and without.
#[test]
fn way_10_a_warm_pool() {
    for (check, registers) in [("ECS_WARM_POOLS_CHECK=true", false), ("", true)] {
        let mut lab = lab();
        let id = launched_now(&mut lab, check, json!({}));
        own(&mut lab, "Fault", json!({ "warmPool": { "instanceId": id, "waiting": true } }));
        wait(&mut lab, "10m");
        assert_eq!(instances(&mut lab).len(), usize::from(registers), "{check}");
        if !registers {
            assert_eq!(logs(&lab), ["Waiting for instance to go InService"]);
            own(&mut lab, "Fault", json!({ "warmPool": { "instanceId": id, "waiting": false } }));
            wait(&mut lab, "30s");
            assert_eq!(instances(&mut lab).len(), 1);
        }
    }
}
