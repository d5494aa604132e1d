//! Instances outside of AWS: ECS Anywhere (8.1, 2.3).

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::ecs::LaunchType;
use ecs_lab::event::Explained;
use ecs_lab::lab::{ApiCall, Command, Lab, survey};
use serde_json::{Value, json};

fn external(lab: &mut Lab, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("lab", "External", input))).map(|outcome| outcome.reply)
}

/// One instance in zone a, and one machine of 4 CPUs and 8 GiB outside: the lab and the ARN of the machine.
fn both() -> (Lab, Value) {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let input = json!({ "cpus": 4, "memory": 8192, "cluster": "prod", "attributes": { "stack": "edge" } });
    let arn = external(&mut lab, input).unwrap()["containerInstanceArn"].clone();
    (lab, arn)
}

fn placed_on(reply: &Value) -> Vec<&Value> {
    reply["tasks"].as_array().unwrap().iter().map(|task| &task["containerInstanceArn"]).collect()
}

/// 8.1: what the machine registers: no zone, type or network of AWS.
#[test]
fn ext_8_1_what_an_external_instance_registers() {
    let (mut lab, arn) = both();
    let own = instances(&mut lab).into_iter().find(|own| own["containerInstanceArn"] == arn).unwrap();
    assert!(own["ec2InstanceId"].as_str().unwrap().starts_with("mi-0"), "{}", own["ec2InstanceId"]);
    assert_eq!((&own["status"], &own["agentConnected"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(amount(&own, "registeredResources", "CPU"), 4096);
    assert_eq!(amount(&own, "registeredResources", "MEMORY"), 8192);
    let attributes = own["attributes"].as_array().unwrap();
    let find = |name: &str| attributes.iter().find(|each| each["name"] == name);
    for name in ["ecs.availability-zone", "ecs.instance-type", "ecs.subnet-id", "ecs.ami-id"] {
        assert!(find(name).is_none(), "{name}");
    }
    for name in ["aws-appmesh", "service-connect-v1", "storage.ebs-task-volume-attach", "task-eni", "task-eni-trunking"]
    {
        assert!(find(&format!("ecs.capability.{name}")).is_none(), "{name}");
    }
    assert!(find("ecs.capability.external").is_some());
    assert_eq!(find("stack").unwrap()["value"], "edge");
}

/// 2.3, 8.1: each launch type has its own instances; strategies and constraints work on both alike.
#[test]
fn ext_8_1_launch_types_keep_apart() {
    let (mut lab, arn) = both();
    let spread = json!([{ "type": "spread", "field": "attribute:ecs.availability-zone" }]);
    let edge = json!([{ "type": "memberOf", "expression": "attribute:stack == edge" }]);
    for (extra, tasks, outside) in [
        (json!({ "launchType": "EC2" }), 7, false),
        (json!({ "launchType": "EXTERNAL", "placementStrategy": spread, "placementConstraints": edge }), 10, true),
    ] {
        let reply = run(&mut lab, "web", 10, extra.clone());
        assert_eq!(placed_on(&reply).len(), tasks, "{extra}");
        assert!(placed_on(&reply).iter().all(|own| (**own == arn) == outside), "{extra}");
        assert!(reply["failures"].as_array().unwrap().iter().all(|own| (own["arn"] == arn) == outside), "{extra}");
        let task = &reply["tasks"][0];
        assert_eq!(task["launchType"], if outside { "EXTERNAL" } else { "EC2" });
        assert_eq!(task["availabilityZone"].is_null(), outside, "{extra}");
    }
    wait(&mut lab, "1m");
    for (launch, tasks) in [("EC2", 7), ("EXTERNAL", 10), ("FARGATE", 0)] {
        let reply = ecs(&mut lab, "ListTasks", json!({ "cluster": "prod", "launchType": launch }));
        assert_eq!(reply["taskArns"].as_array().unwrap().len(), tasks, "{launch}");
    }
    let clusters = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["prod"], "include": ["STATISTICS"] }));
    let statistics = clusters["clusters"][0]["statistics"].as_array().unwrap();
    let running = statistics.iter().find(|own| own["name"] == "runningExternalTasksCount").unwrap();
    assert_eq!(running["value"], "10");
    for fact in lab.facts() {
        let ecs_lab::event::FactKind::TaskCreated { decision, instance, .. } = &fact.kind else { continue };
        let Some(Explained::Ec2(why)) = lab.explain(*decision) else { panic!("no decision") };
        assert_eq!((why.candidates.len(), why.chosen().map(|own| &own.name)), (1, instance.as_ref()));
    }
}

/// A question about one launch type counts its instances and their tasks only.
#[test]
fn ext_8_1_questions_look_at_one_launch_type() {
    let (mut lab, arn) = both();
    run(&mut lab, "web", 2, json!({}));
    run(&mut lab, "web", 3, json!({ "launchType": "EXTERNAL" }));
    let cluster = lab.world().ecs().cluster("prod").unwrap().id;
    for (launch, tasks, outside) in [(LaunchType::Ec2, 2, false), (LaunchType::External, 3, true)] {
        let hosts = ecs_lab::ecs::survey::hosts(lab.world().ecs(), cluster, launch);
        let on: Vec<usize> = survey::residents(&lab, cluster, launch).iter().map(|own| own.host).collect();
        assert_eq!(on, vec![0; tasks], "{launch:?}");
        assert_eq!(arn == hosts[0].arn, outside);
        let service = survey::service_tasks(&lab, cluster, "family:web", launch);
        assert_eq!(service.iter().filter(|task| task.host == Some(0)).count(), tasks, "the others are elsewhere");
    }
}

/// PL-10: StartTask goes where it is told, and the task takes its instance's launch type. AT-08: a definition in awsvpc
/// mode finds no interface there.
#[test]
fn ext_pl_10_start_task_outside() {
    let (mut lab, arn) = both();
    let start = |lab: &mut Lab, definition: &str, extra: Value| {
        let mut input = json!({ "cluster": "prod", "taskDefinition": definition, "containerInstances": [arn] });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        ecs(lab, "StartTask", input)
    };
    let reply = start(&mut lab, "web", json!({}));
    assert_eq!(reply["tasks"][0]["launchType"], "EXTERNAL");
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &reply["tasks"][0])["lastStatus"], "RUNNING");
    let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
    let net = json!({ "family": "net", "networkMode": "awsvpc", "containerDefinitions": [container] });
    ecs(&mut lab, "RegisterTaskDefinition", net);
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    assert_eq!(start(&mut lab, "net", network.clone())["failures"][0]["reason"], "RESOURCE:ENI");
    let mut input = json!({ "cluster": "prod", "taskDefinition": "net", "launchType": "EXTERNAL" });
    input.as_object_mut().unwrap().extend(network.as_object().unwrap().clone());
    let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
    assert_eq!(error.message, "Task definition does not support launch_type EXTERNAL.");
}

/// PL-40: an ACTIVE instance of the other launch type is none. Drained and deregistered as any other.
#[test]
fn ext_life_of_an_external_instance() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    let arn = external(&mut lab, json!({ "cpus": 1, "memory": 1024, "cluster": "prod" })).unwrap();
    let input = json!({ "cluster": "prod", "taskDefinition": "web" });
    let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
    assert_eq!(error.message, "No Container Instances were found in your cluster.");
    assert_eq!(placed_on(&run(&mut lab, "web", 3, json!({ "launchType": "EXTERNAL" }))).len(), 2, "of 512 MiB each");
    let named = json!({ "cluster": "prod", "containerInstance": arn["containerInstanceArn"], "force": true });
    assert_eq!(ecs(&mut lab, "DeregisterContainerInstance", named)["containerInstance"]["status"], "INACTIVE");
    wait(&mut lab, "2h");
    assert_eq!(instances(&mut lab).len(), 0);

    let before = lab.digest();
    for (input, code) in [
        (json!({ "cpus": 1 }), "ParamValidation"),
        (json!({ "cpus": 0, "memory": 512 }), "ParamValidation"),
        (json!({ "cpus": 1, "memory": 512, "zone": "a" }), "ParamValidation"),
        (json!({ "cpus": 1, "memory": 512, "cluster": "none" }), "ClientException"),
        (json!({ "cpus": 1, "memory": 512, "cluster": "prod", "attributes": { "a b": "c" } }), "ClientException"),
    ] {
        let error = external(&mut lab, input.clone()).expect_err("refused");
        assert_eq!(error.code, code, "{input}");
        assert_eq!(lab.digest(), before, "{input}");
    }
    let saved = lab.save();
    let loaded = Lab::load(&saved).unwrap();
    assert_eq!(
        (loaded.lab.digest(), loaded.refused.len(), loaded.differs),
        (lab.digest(), 0, false),
        "kept in the log"
    );
}
