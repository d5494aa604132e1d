//! Every suggested fix is a list of calls; done through the door, it places what it says it places.

use super::support::*;
use ecs_lab::event::{DecisionId, FactKind};
use ecs_lab::lab::{ApiCall, Command, Lab, Repair, repairs};
use ecs_lab::shell::line_of;
use serde_json::{Value, json};

/// Runs a request of which something finds no place, and returns its decision.
fn unmet(lab: &mut Lab, definition: &str, count: u32, extra: Value) -> DecisionId {
    run(lab, definition, count, extra);
    let decision = lab.facts().rev().find_map(|fact| match fact.kind {
        FactKind::NotPlaced { decision, .. } => Some(decision),
        _ => None,
    });
    decision.expect("something found no place")
}

/// Applies a repair to a copy and counts the tasks it made.
fn apply(lab: &Lab, repair: &Repair) -> u32 {
    let mut copy = lab.fork();
    let mut made = 0;
    for command in repair.commands.clone() {
        let outcome = copy.apply(command).unwrap_or_else(|error| panic!("{}: {error}", repair.words));
        made += outcome.facts.iter().filter(|fact| matches!(fact.kind, FactKind::TaskCreated { .. })).count();
    }
    made as u32
}

/// The words of all repairs, after each was applied and held to what it promises.
fn said(lab: &Lab, decision: DecisionId) -> Vec<String> {
    let found = repairs(lab, decision);
    for repair in &found {
        assert_eq!(apply(lab, repair), repair.places, "{}", repair.words);
        assert_eq!(repair.commands.is_empty(), repair.places == 0, "{}", repair.words);
    }
    found.into_iter().map(|repair| repair.words).collect()
}

/// One t3.medium (2,048 CPU, 3,828 MiB) in zone a.
fn one(config: &str) -> (Lab, String) {
    let mut lab = lab();
    let id = launch(&mut lab, "t3.medium", ZONE_A, 1, config).remove(0);
    wait(&mut lab, "2m");
    (lab, id)
}

#[test]
fn amounts_are_lowered_by_overrides_or_an_instance_is_added() {
    let (mut lab, _) = one("");
    register(&mut lab, "big", json!({ "cpu": 128, "memory": 5000 }));
    let decision = unmet(&mut lab, "big", 1, json!({}));
    assert_eq!(
        said(&lab, decision),
        ["Lower the task's memory from 5000 to 3828 MiB", "Add one m6i.large in us-east-1a"],
        "PL-11: the first larger type"
    );
    let lowered = repairs(&lab, decision).remove(0).commands.remove(0);
    assert_eq!(
        line_of(&lowered),
        "aws ecs run-task --cluster prod --task-definition big --count 1 \
         --overrides 'containerOverrides=[{name=app,memory=3828}]'"
    );
    let input = json!({ "family": "level", "cpu": "4 vCPU", "memory": "1 GB", "containerDefinitions": [{ "name": "app", "image": "nginx" }] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let decision = unmet(&mut lab, "level", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], "Lower the task's CPU from 4096 to 2048 units");
}

#[test]
fn ports_are_freed_or_left_to_the_instance() {
    let (mut lab, id) = one("");
    let port = json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] });
    register(&mut lab, "web", port.clone());
    let decision = unmet(&mut lab, "web", 2, json!({}));
    assert_eq!(
        said(&lab, decision),
        [
            format!("Stop web:1 on {id}, which frees port 80"),
            "Let the instance choose the host port in place of 80".to_string(),
            "Add one t3.medium in us-east-1a".to_string(),
        ]
    );
    let dynamic = repairs(&lab, decision).remove(1);
    let Some(Command::Api(call)) = dynamic.commands.last() else { panic!("{dynamic:?}") };
    assert_eq!((call.operation.as_str(), &call.input["taskDefinition"]), ("RunTask", &json!("web:2")));
}

#[test]
fn state_attributes_and_constraints() {
    let (mut lab, id) = one("");
    let arn = instances(&mut lab)[0]["containerInstanceArn"].clone();
    register(&mut lab, "web", json!({}));
    let decision = unmet(&mut lab, "web", 3, member("attribute:stack == prod"));
    let words = said(&lab, decision);
    assert_eq!(words[0], format!("Give {id} the attribute stack=prod"));
    assert!(words.iter().any(|words| words.starts_with("Drop the constraint")), "{words:?}");
    assert_eq!(repairs(&lab, decision)[0].places, 3, "the whole rest of the request");

    let state = json!({ "cluster": "prod", "containerInstances": [arn], "status": "DRAINING" });
    launch(&mut lab, "t3.nano", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    ecs(&mut lab, "UpdateContainerInstancesState", state);
    let decision = unmet(&mut lab, "web", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], format!("Set {id} back to ACTIVE"));
}

#[test]
fn interfaces_zones_and_a_stopped_host() {
    let (mut lab, id) = one("");
    let input = json!({ "family": "vpc", "networkMode": "awsvpc", "cpu": "128", "memory": "64", "containerDefinitions": [{ "name": "app", "image": "nginx" }] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let network = |subnet: &str| json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet] } } });
    let (a, b) = (network("subnet-0ec51ab00000000a0"), network("subnet-0ec51ab00000000a1"));
    let decision = unmet(&mut lab, "vpc", 3, a);
    assert_eq!(
        said(&lab, decision)[0],
        format!("Stop vpc:1 on {id}, which frees 1 network interface"),
        "EN-01: two of three placed"
    );
    let decision = unmet(&mut lab, "vpc", 1, b);
    assert!(said(&lab, decision).contains(&"Add one t3.medium in us-east-1b".to_string()));
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    assert_eq!(said(&lab, decision), ["Ask again: there is room by now"]);

    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": [id] }));
    wait(&mut lab, "5m");
    register(&mut lab, "web", json!({ "memory": 3000 }));
    run(&mut lab, "web", 1, json!({}));
    let decision = unmet(&mut lab, "web", 1, json!({}));
    assert_eq!(said(&lab, decision)[0], format!("Reconnect the agent of {id}"), "by StartInstances");
}

fn member(text: &str) -> Value {
    json!({ "placementConstraints": [{ "type": "memberOf", "expression": text }] })
}

/// PL-60: the task that stops gives back its port and its memory, so that one call suffices.
#[test]
fn pl_60_one_task_makes_way() {
    let (mut lab, id) = one("");
    register(&mut lab, "old", json!({ "memory": 3000, "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    run(&mut lab, "old", 1, json!({}));
    register(&mut lab, "side", json!({ "memory": 300 }));
    run(&mut lab, "side", 1, json!({}));
    register(&mut lab, "new", json!({ "memory": 1500, "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    let decision = unmet(&mut lab, "new", 1, json!({}));
    assert_eq!(
        said(&lab, decision),
        [
            format!("Stop old:1 on {id}, which frees memory and port 80"),
            "Add one t3.medium in us-east-1a".to_string(),
            "Lower the task's memory from 1500 to 528 MiB, and let the instance choose the host port in place of 80"
                .to_string(),
        ]
    );
    let stop = &repairs(&lab, decision)[0].commands;
    assert_eq!(stop.len(), 2);
    assert!(line_of(&stop[0]).starts_with("aws ecs stop-task --cluster prod --task "), "{}", line_of(&stop[0]));
    register(&mut lab, "more", json!({ "memory": 700 }));
    let decision = unmet(&mut lab, "more", 1, json!({}));
    let words = said(&lab, decision);
    assert_eq!(
        words[..2],
        [&format!("Stop side:1 on {id}, which frees memory"), "Lower the task's memory from 700 to 528 MiB"]
    );
}

/// AT-04: an instance that cannot get the attribute hides none that can.
#[test]
fn at_04_a_full_instance_hides_no_other() {
    let (mut lab, first) = one("");
    let second = launch(&mut lab, "t3.medium", ZONE_A, 1, "").remove(0);
    wait(&mut lab, "2m");
    let least = first.clone().min(second.clone());
    let all = instances(&mut lab);
    let arn = |id: &str| all.iter().find(|own| own["ec2InstanceId"] == id).unwrap()["containerInstanceArn"].clone();
    let full = |number: usize| json!({ "name": format!("custom-{number}"), "targetId": arn(&least) });
    let list: Vec<Value> = (0..10).map(full).collect();
    ecs(&mut lab, "PutAttributes", json!({ "cluster": "prod", "attributes": list }));
    register(&mut lab, "web", json!({}));
    let decision = unmet(&mut lab, "web", 1, member("attribute:rack in ['x,y', z] and attribute:gen > 5"));
    assert_eq!(said(&lab, decision)[0], format!("Give {} the attributes rack=z and gen=6", first.max(second)));
}

/// What is added has the zone, the attributes and the system that the request asks for.
#[test]
fn an_instance_is_added_where_and_as_it_is_wanted() {
    let (mut lab, id) = one("");
    register(&mut lab, "web", json!({}));
    register(&mut lab, "big", json!({ "memory": 5000 }));
    let windows = json!({ "family": "win", "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }, "containerDefinitions": [{ "name": "app", "image": "iis", "cpu": 512, "memory": 1000 }] });
    ecs(&mut lab, "RegisterTaskDefinition", windows);
    let in_c = "attribute:ecs.availability-zone == us-east-1c";
    let added = "Add one t3.medium with WINDOWS_SERVER_2022_CORE in us-east-1a";
    for (definition, extra, expected) in [
        ("web", member(in_c), "Add one t3.medium in us-east-1c".to_string()),
        (
            "big",
            member("attribute:rack == '7 b' and attribute:ssd exists"),
            "Add one m6i.large in us-east-1a with the attributes rack=7 b and ssd".to_string(),
        ),
        (
            "big",
            member("ec2InstanceId == i-none"),
            "Add one m6i.large in us-east-1a, and drop the constraint member of ec2InstanceId == i-none".to_string(),
        ),
        ("win", json!({}), added.to_string()),
        ("win", member("attribute:ecs.os-type == windows"), added.to_string()),
        ("win", member("attribute:ecs.os-family == WINDOWS_SERVER_2022_CORE"), added.to_string()),
        ("win", member("attribute:rack == 7"), format!("{added} with the attribute rack=7")),
        ("win", member(in_c), "Add one t3.medium with WINDOWS_SERVER_2022_CORE in us-east-1c".to_string()),
    ] {
        let decision = unmet(&mut lab, definition, 1, extra.clone());
        let words = said(&lab, decision);
        assert!(words.contains(&expected), "{definition} {extra}: {words:?}");
        let larger = words.iter().filter(|words| words.starts_with(&expected)).count();
        assert_eq!(larger, 1, "{words:?}");
    }
    assert!(!id.is_empty());
    let decision = unmet(&mut lab, "win", 1, json!({}));
    let line = line_of(&repairs(&lab, decision)[0].commands[0]);
    let image = "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id";
    assert!(line.contains(image), "{line}");
    assert!(line.contains("Initialize-ECSAgent -Cluster"), "{line}");
    // 1.4: Windows agents take no awsvpc task by themselves, so what is launched has to say so.
    let platform = json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" });
    let container = json!({ "name": "app", "image": "iis", "cpu": 512, "memory": 1000 });
    let input = json!({ "family": "eni", "networkMode": "awsvpc", "runtimePlatform": platform, "containerDefinitions": [container] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
    let decision = unmet(&mut lab, "eni", 1, json!({ "networkConfiguration": network }));
    assert!(said(&lab, decision).iter().any(|words| words.contains(added)), "{:?}", said(&lab, decision));
}

/// 8.1: a machine outside of AWS is registered by the lab's own command.
#[test]
fn ext_8_1_an_external_machine_is_registered() {
    let (mut lab, _) = one("");
    let machine = json!({ "cpus": 1, "memory": 512, "cluster": "prod" });
    lab.apply(Command::Api(ApiCall::new("lab", "External", machine))).unwrap();
    register(&mut lab, "web", json!({ "cpu": 1025, "memory": 1500 }));
    let mut ask = member("attribute:rack == 7");
    ask["launchType"] = json!("EXTERNAL");
    let decision = unmet(&mut lab, "web", 1, ask);
    let words = said(&lab, decision);
    assert_eq!(words[0], "Register one external machine with 2 CPUs and 2 GiB with the attribute rack=7");
    let line = line_of(&repairs(&lab, decision)[0].commands[0]);
    assert_eq!(line, "lab external --cpus 2 --memory 2048 --cluster prod --attributes rack=7");
    let decision = unmet(&mut lab, "web", 1, json!({ "launchType": "EXTERNAL" }));
    assert!(said(&lab, decision).contains(&"Register one external machine with 2 CPUs and 2 GiB".to_string()));
    let line = line_of(&repairs(&lab, decision)[0].commands[0]);
    assert_eq!(line, "lab external --cpus 2 --memory 2048 --cluster prod");
}

/// PL-10: a StartTask is mended on the instance that it names, and ends with itself.
#[test]
fn pl_10_start_task_is_mended_on_its_instance() {
    let (mut lab, first) = one("");
    let second = launch(&mut lab, "t3.medium", ZONE_A, 1, "").remove(0);
    wait(&mut lab, "2m");
    let all = instances(&mut lab);
    let arn = |id: &str| all.iter().find(|own| own["ec2InstanceId"] == id).unwrap()["containerInstanceArn"].clone();
    register(&mut lab, "old", json!({ "memory": 3000 }));
    register(&mut lab, "new", json!({ "memory": 1500 }));
    let start = |lab: &mut Lab, definition: &str, names: Value| {
        let input = json!({ "cluster": "prod", "taskDefinition": definition, "containerInstances": names });
        ecs(lab, "StartTask", input);
        DecisionId { revision: lab.revision(), index: 0 }
    };
    start(&mut lab, "old", json!([arn(&first)]));
    let failed = start(&mut lab, "new", json!([arn(&first), arn(&second)]));
    assert_eq!(
        said(&lab, failed),
        [&format!("Stop old:1 on {first}, which frees memory"), "Lower the task's memory from 1500 to 828 MiB"],
        "the other instance has room, but is not named"
    );
    let commands = repairs(&lab, failed).remove(0).commands;
    let words = line_of(commands.last().unwrap());
    let named = arn(&first).as_str().unwrap().to_string();
    assert_eq!(words, format!("aws ecs start-task --cluster prod --task-definition new --container-instances {named}"));

    let state = json!({ "cluster": "prod", "containerInstances": [arn(&second)], "status": "DRAINING" });
    ecs(&mut lab, "UpdateContainerInstancesState", state);
    let failed = start(&mut lab, "new", json!([arn(&second)]));
    assert_eq!(said(&lab, failed), [format!("Set {second} back to ACTIVE")]);
    let missing = start(&mut lab, "new", json!(["0123456789abcdef0123456789abcdef"]));
    assert!(repairs(&lab, missing).is_empty(), "no call makes a missing instance");
}

/// What no call changes is advice without a button; what is no unmet request has no repair.
#[test]
fn an_agents_configuration_and_what_was_placed() {
    let (mut lab, id) = one("");
    let log = json!({ "logConfiguration": { "logDriver": "gelf" } });
    register(&mut lab, "log", log);
    let decision = unmet(&mut lab, "log", 1, json!({}));
    let words = said(&lab, decision);
    let gelf = "the attribute com.amazonaws.ecs.capability.logging-driver.gelf";
    assert_eq!(words, [format!("Give {id} {gelf}"), format!("Add one t3.medium in us-east-1a with {gelf}")]);
    let line = line_of(&repairs(&lab, decision)[1].commands[0]);
    let drivers = r#"ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","syslog","awslogs","fluentd","none","gelf"]"#;
    assert!(line.contains(drivers) && !line.contains("ECS_INSTANCE_ATTRIBUTES"), "{line}");
    assert!(repairs(&lab, DecisionId { revision: 99, index: 0 }).is_empty());
    assert!(repairs(&lab, DecisionId { revision: 0, index: 0 }).is_empty());
}

/// Types with accelerators come last, though the cluster has some or they are the smaller ones.
#[test]
fn accelerators_are_offered_last() {
    let mut lab = lab();
    launch(&mut lab, "inf1.xlarge", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "memory": 3000 }));
    register(&mut lab, "gpu", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] }));
    let account = lab.world().options().account.clone();
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    let offers = ecs_lab::ecs::survey::offers(ecs, &account, cluster, &[ZONE_A.to_string()], "LINUX");
    let types: Vec<&str> = offers.iter().map(|offer| offer.instance_type.as_str()).collect();
    let ordinary = |name: &&&str| name.starts_with(['t', 'm', 'c', 'r']);
    let first = types.iter().take_while(ordinary).count();
    assert!(types.iter().skip(first).all(|name| !ordinary(&name)), "{types:?}");
    assert_eq!(types[first], "inf1.xlarge", "of those the cluster's own first");
    let decision = unmet(&mut lab, "web", 3, json!({}));
    let words = said(&lab, decision);
    let added = words.iter().find(|words| words.starts_with("Add one"));
    assert!(added.is_some_and(|added| !added.contains("inf1")), "{words:?}");
    let decision = unmet(&mut lab, "gpu", 1, json!({}));
    assert_eq!(said(&lab, decision), ["Add one g5.xlarge in us-east-1a"]);
}

/// 1.4: what a key of the agent's configuration gives comes with an added instance, and nothing else does.
#[test]
fn an_instance_is_added_with_the_configuration_that_is_needed() {
    let (mut lab, _) = one("");
    let windows = |family: &str, extra: Value| {
        let mut input = json!({ "family": family, "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }, "containerDefinitions": [{ "name": "app", "image": "iis", "cpu": 512, "memory": 1000 }] });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    let splunk = json!({ "logConfiguration": { "logDriver": "splunk" } });
    register(
        &mut lab,
        "both",
        json!({ "logConfiguration": { "logDriver": "splunk" }, "dockerSecurityOptions": ["label:x"] }),
    );
    register(&mut lab, "splunk", splunk);
    ecs(&mut lab, "RegisterTaskDefinition", windows("vpc", json!({ "networkMode": "awsvpc" })));
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    let mut rack = member("attribute:rack == 7");
    rack["launchType"] = json!("EC2");
    for (definition, extra, keys) in [
        ("splunk", json!({}), &["ECS_AVAILABLE_LOGGING_DRIVERS="][..]),
        ("splunk", rack, &["ECS_AVAILABLE_LOGGING_DRIVERS=", "ECS_INSTANCE_ATTRIBUTES={\"rack\":\"7\"}"]),
        ("both", json!({}), &["ECS_AVAILABLE_LOGGING_DRIVERS=", "ECS_SELINUX_CAPABLE=true"]),
        ("vpc", network, &["Initialize-ECSAgent", "-EnableTaskENI"]),
    ] {
        let decision = unmet(&mut lab, definition, 1, extra);
        said(&lab, decision);
        let added = repairs(&lab, decision).into_iter().find(|repair| repair.words.starts_with("Add one"));
        let line = line_of(&added.unwrap_or_else(|| panic!("{definition}")).commands[0]);
        assert!(keys.iter().all(|key| line.contains(key)), "{definition}: {line}");
    }
}

/// FG-13: another zone may have capacity.
#[test]
fn fg_13_a_subnet_in_another_zone_has_capacity() {
    let mut lab = lab();
    let input = json!({ "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [{ "name": "app", "image": "nginx" }] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let out = |lab: &mut Lab, zone: &str, available: bool| {
        let input = json!({ "fargateCapacity": { "zone": zone, "available": available } });
        lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
    };
    for zone in ["us-east-1a", "us-east-1b"] {
        out(&mut lab, zone, false);
    }
    let mut ask =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    ask["launchType"] = json!("FARGATE");
    let decision = unmet(&mut lab, "far", 2, ask);
    assert_eq!(said(&lab, decision), ["Add a subnet in us-east-1c"]);
    assert_eq!(repairs(&lab, decision)[0].places, 2);
    out(&mut lab, "us-east-1a", true);
    assert_eq!(said(&lab, decision), ["Ask again: there is room by now"]);
}

/// CD-08: no container has more than its task.
#[test]
fn cd_08_containers_are_lowered_with_their_task() {
    let (mut lab, _) = one("");
    let container = |name: &str, memory: u32, soft: u32| json!({ "name": name, "image": "nginx", "cpu": 500, "memory": memory, "memoryReservation": soft });
    let input = json!({ "family": "level", "cpu": "4096", "memory": "6000", "containerDefinitions": [container("a", 5000, 4000), container("b", 1000, 500)] });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let decision = unmet(&mut lab, "level", 1, json!({ "overrides": { "cpu": "1024" } }));
    assert_eq!(said(&lab, decision)[0], "Lower the task's memory from 6000 to 3828 MiB");
    let Command::Api(call) = &repairs(&lab, decision)[0].commands[0] else { panic!() };
    let expected = json!({ "cpu": "1024", "memory": "3828", "containerOverrides": [{ "name": "a", "memory": 3828, "memoryReservation": 3828 }] });
    assert_eq!(call.input["overrides"], expected);
}
