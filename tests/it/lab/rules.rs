//! Placement's rules through the door, each by its id: what is refused, and what binds.

use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// Two t3.medium in zone a, one in zone b; a bridge, a host-mode, a fixed-port and an awsvpc definition.
fn cluster() -> Lab {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    register(&mut lab, "fixed", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    for (family, mode) in [("net", "awsvpc"), ("host", "host"), ("none", "none")] {
        let mut container = json!({ "name": "app", "image": "nginx", "memory": 64 });
        if mode != "none" {
            container["portMappings"] = json!([{ "containerPort": 80 }]);
        }
        let definition = json!({ "family": family, "networkMode": mode, "containerDefinitions": [container] });
        ecs(&mut lab, "RegisterTaskDefinition", definition);
    }
    let fargate = json!({
        "family": "fargate", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", fargate);
    lab
}

fn network(subnets: usize, groups: usize) -> Value {
    let subnets: Vec<String> = (0..subnets).map(|n| format!("subnet-{n:08x}")).collect();
    let groups: Vec<String> = (0..groups).map(|n| format!("sg-{n:08x}")).collect();
    json!({ "awsvpcConfiguration": { "subnets": subnets, "securityGroups": groups } })
}

fn count(reply: &Value, list: &str) -> usize {
    reply[list].as_array().unwrap().len()
}

fn reasons(reply: &Value) -> Vec<&str> {
    reply["failures"].as_array().unwrap().iter().map(|failure| failure["reason"].as_str().unwrap()).collect()
}

#[test]
fn refused_by_rule() {
    let mut lab = cluster();
    let spread = json!([{ "type": "spread", "field": "host" }]);
    let public = json!({ "awsvpcConfiguration": { "subnets": ["subnet-00000000"], "assignPublicIp": "ENABLED" } });
    for (rule, input, part) in [
        ("NM-04", json!({ "taskDefinition": "net" }), "Network Configuration must be provided"),
        ("NM-05", json!({ "taskDefinition": "host", "networkConfiguration": network(1, 0) }), "is not valid for"),
        (
            "NM-09",
            json!({ "taskDefinition": "net", "networkConfiguration": network(0, 0) }),
            "subnets can not be empty.",
        ),
        ("NM-11 EN-07", json!({ "taskDefinition": "net", "networkConfiguration": public }), "Assign public IP is not"),
        (
            "EN-08",
            json!({ "taskDefinition": "net", "networkConfiguration": network(17, 0) }),
            "subnets can have at most 16",
        ),
        (
            "EN-08",
            json!({ "taskDefinition": "net", "networkConfiguration": network(1, 6) }),
            "securityGroups can have at",
        ),
        (
            "ST-12 PL-46",
            json!({
                "taskDefinition": "fargate", "launchType": "FARGATE", "placementStrategy": spread,
                "networkConfiguration": network(1, 0),
            }),
            "Placement strategies are not supported with FARGATE",
        ),
        ("PL-42", json!({ "taskDefinition": "web", "count": 11 }), "count should be between 1 and 10."),
        (
            "PL-47",
            json!({
                "taskDefinition": "web", "launchType": "EC2",
                "capacityProviderStrategy": [{ "capacityProvider": "FARGATE" }],
            }),
            "Specifying both a launch type and capacity provider strategy is not supported",
        ),
        ("PL-49", json!({ "taskDefinition": "web", "propagateTags": "SERVICE" }), "propagateTags"),
        ("PL-52", json!({ "taskDefinition": "web", "startedBy": "s".repeat(129) }), "startedBy can be at most 128"),
        ("TG-01", json!({ "taskDefinition": "web", "group": "g".repeat(256) }), "at most 255"),
        ("TG-05", json!({ "taskDefinition": "web", "group": "service:web" }), "belongs to a service"),
        (
            "ST-02",
            json!({ "taskDefinition": "web", "placementStrategy": vec![spread[0].clone(); 6] }),
            "strategies is 5",
        ),
    ] {
        let mut input = input;
        input["cluster"] = json!("prod");
        let error = try_ecs(&mut lab, "RunTask", input).expect_err(rule);
        assert_eq!(error.code, "InvalidParameterException", "{rule}: {error}");
        assert!(error.message.contains(part), "{rule}: {error}");
    }
}

/// CN-01: a definition may say memberOf only, and the service says so, not the shape of the call.
#[test]
fn cn_01_a_definition_holds_no_distinct_instance() {
    let mut lab = lab();
    let mut try_type = |kind: &str, expression: Value| {
        let constraint = json!([{ "type": kind, "expression": expression }]);
        let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
        let input = json!({ "family": "web", "containerDefinitions": [container], "placementConstraints": constraint });
        try_ecs(&mut lab, "RegisterTaskDefinition", input).map_err(|error| (error.to_string(), error.path, error.ours))
    };
    let says =
        |kind: &str| format!("ClientException: Create TaskDefinition: constraint.type '{kind}' is not supported.");
    let at = || "placementConstraints[0].type".to_string();
    assert_eq!(try_type("distinctInstance", json!("")).unwrap_err(), (says("distinctInstance"), at(), false));
    assert_eq!(try_type("nearby", json!("")).unwrap_err(), (says("nearby"), at(), true));
    assert!(try_type("memberOf", json!(7)).unwrap_err().0.starts_with("ParamValidation"), "the CLI still looks first");
    assert!(try_type("memberOf", json!("attribute:stack exists")).is_ok());
}

/// PT-11, PL-60, CN-04: what a task held is free for placement the moment it is to stop, though it still runs.
#[test]
fn pt_11_a_port_is_free_as_soon_as_its_task_is_to_stop() {
    let mut lab = cluster();
    let first = run(&mut lab, "fixed", 3, json!({}));
    wait(&mut lab, "2m");
    assert_eq!(reasons(&run(&mut lab, "fixed", 1, json!({}))), ["RESOURCE:PORTS"; 3], "CN-10");
    let arn = first["tasks"][0]["taskArn"].clone();
    let stopped = ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": arn }));
    assert_eq!(
        (&stopped["task"]["desiredStatus"], &stopped["task"]["lastStatus"]),
        (&json!("STOPPED"), &json!("RUNNING"))
    );
    assert_eq!(count(&run(&mut lab, "fixed", 1, json!({})), "tasks"), 1);
}

/// EN-02: only awsvpc tasks hold an interface. PT-12, PT-14: they hold no host port, host-mode tasks do.
#[test]
fn en_02_modes_side_by_side() {
    let mut lab = cluster();
    assert_eq!(count(&run(&mut lab, "none", 10, json!({})), "tasks"), 10);
    let net = json!({ "networkConfiguration": network(1, 0) });
    let reply = run(&mut lab, "net", 5, net);
    assert_eq!(count(&reply, "tasks"), 4, "subnets that the lab does not know are in zone a: two instances, two each");
    assert!(reasons(&reply).contains(&"LOCATION") && reasons(&reply).contains(&"RESOURCE:ENI"), "EN-06, EN-10");
    assert_eq!(count(&run(&mut lab, "host", 3, json!({})), "tasks"), 3, "beside awsvpc tasks on port 80");
    assert_eq!(reasons(&run(&mut lab, "host", 1, json!({}))), ["RESOURCE:PORTS"; 3]);
    assert_eq!(reasons(&run(&mut lab, "fixed", 1, json!({}))), ["RESOURCE:PORTS"; 3]);
}

/// EN-09: each awsvpc task has one interface with one address; the pause container shows nowhere. NM-10: its containers
/// share the address, so they meet on localhost; in bridge mode each has only its own host ports.
#[test]
fn en_09_nm_10_one_interface_for_all_containers_of_a_task() {
    let mut lab = cluster();
    let container = |name: &str, port: u16| json!({ "name": name, "image": "nginx", "memory": 64, "portMappings": [{ "containerPort": port }] });
    for (family, mode) in [("pair", "awsvpc"), ("loose", "bridge")] {
        let containers = [container("app", 80), container("side", 9000)];
        let definition = json!({ "family": family, "networkMode": mode, "containerDefinitions": containers });
        ecs(&mut lab, "RegisterTaskDefinition", definition);
    }
    let net = json!({ "networkConfiguration": network(1, 0) });
    let made = run(&mut lab, "pair", 2, net);
    wait(&mut lab, "1m");
    let mut addresses = Vec::new();
    for index in 0..2 {
        let task = describe(&lab, &made["tasks"][index]);
        assert_eq!(count(&task, "attachments"), 1);
        assert_eq!(task["attachments"][0]["type"], "ElasticNetworkInterface");
        let details = task["attachments"][0]["details"].as_array().unwrap();
        let own: Vec<&Value> = details.iter().filter(|detail| detail["name"] == "privateIPv4Address").collect();
        assert_eq!(own.len(), 1);
        let names: Vec<&Value> = task["containers"].as_array().unwrap().iter().map(|own| &own["name"]).collect();
        assert_eq!(names, ["app", "side"]);
        for container in task["containers"].as_array().unwrap() {
            assert_eq!(count(container, "networkInterfaces"), 1);
            assert_eq!(container["networkInterfaces"][0]["privateIpv4Address"], own[0]["value"]);
            assert_eq!(count(container, "networkBindings"), 0);
        }
        addresses.push(own[0]["value"].clone());
    }
    assert_ne!(addresses[0], addresses[1]);
    let loose = run(&mut lab, "loose", 1, json!({}));
    wait(&mut lab, "1m");
    let task = describe(&lab, &loose["tasks"][0]);
    assert_eq!(count(&task, "attachments"), 0);
    let of = |index: usize| &task["containers"][index];
    assert_eq!((count(of(0), "networkInterfaces"), count(of(1), "networkInterfaces")), (0, 0));
    assert_ne!(of(0)["networkBindings"][0]["hostPort"], of(1)["networkBindings"][0]["hostPort"]);
}

/// PL-02, PL-03: what fits nowhere is answered and forgotten; no task waits for room. PL-48: EC2 when nothing is said.
#[test]
fn pl_02_pl_03_pl_48_what_fits_nowhere_is_not_kept() {
    let mut lab = cluster();
    register(&mut lab, "big", json!({ "memory": 5000 }));
    let reply = run(&mut lab, "big", 1, json!({}));
    assert_eq!((count(&reply, "tasks"), reasons(&reply)), (0, vec!["RESOURCE:MEMORY"; 3]));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "10m");
    assert_eq!(ecs(&mut lab, "ListTasks", json!({ "cluster": "prod" }))["taskArns"], json!([]));
    let again = run(&mut lab, "big", 1, json!({}));
    assert_eq!((count(&again, "tasks"), &again["tasks"][0]["launchType"]), (1, &json!("EC2")));
}

/// ST-04: spread counts tasks from the moment that they are placed until they are to stop.
#[test]
fn st_04_spread_counts_what_is_to_run() {
    let mut lab = cluster();
    let spread = json!({ "placementStrategy": [{ "type": "spread", "field": "instanceId" }] });
    let on = |task: &Value| task["containerInstanceArn"].clone();
    let first = run(&mut lab, "web", 3, spread.clone())["tasks"].clone();
    assert_eq!(first[0]["lastStatus"], "PENDING");
    let mut hosts = [on(&first[0]), on(&first[1]), on(&first[2])].map(|arn| arn.to_string());
    hosts.sort();
    assert!(hosts[0] != hosts[1] && hosts[1] != hosts[2], "pending tasks count");
    wait(&mut lab, "1m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": first[2]["taskArn"] }));
    assert_eq!(describe(&lab, &first[2])["lastStatus"], "RUNNING");
    assert_eq!(on(&run(&mut lab, "web", 1, spread)["tasks"][0]), on(&first[2]), "a task that is to stop does not");
}

/// TG-02, TG-03, ST-03: the group is what spread and distinctInstance count.
#[test]
fn tg_02_tg_03_groups() {
    let mut lab = cluster();
    let distinct = |group: &str| json!({ "group": group, "placementConstraints": [{ "type": "distinctInstance" }] });
    let own = run(&mut lab, "web", 3, json!({ "placementConstraints": [{ "type": "distinctInstance" }] }));
    assert_eq!((count(&own, "tasks"), &own["tasks"][0]["group"]), (3, &json!("family:web")));
    assert_eq!(count(&run(&mut lab, "web", 3, distinct("batch")), "tasks"), 3, "CN-03: another group");
    assert_eq!(count(&run(&mut lab, "fixed", 1, distinct("batch")), "tasks"), 0, "the same group, another family");
    let apart = json!([{ "type": "memberOf", "expression": "not(task:group == batch)" }]);
    assert_eq!(
        reasons(&run(&mut lab, "web", 1, json!({ "placementConstraints": apart }))),
        ["MemberOf placement constraint unsatisfied"; 3],
        "TG-04's way out, QL-09"
    );
}

/// QL-16: constraints look at the cluster as it is at each placement. CN-07: all of them must hold.
#[test]
fn ql_16_cn_07_constraints_at_each_placement() {
    let mut lab = cluster();
    let both = json!([
        { "type": "memberOf", "expression": "runningTasksCount < 2" },
        { "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a" },
    ]);
    let reply = run(&mut lab, "web", 5, json!({ "placementConstraints": both }));
    assert_eq!((count(&reply, "tasks"), count(&reply, "failures")), (4, 3), "two on each instance of zone a");
}

/// AT-04: ten custom attributes an instance; the eleventh is refused and none of its call is kept.
#[test]
fn at_04_ten_custom_attributes() {
    let mut lab = cluster();
    let arn = ecs(&mut lab, "ListContainerInstances", json!({ "cluster": "prod" }))["containerInstanceArns"][0].clone();
    let attribute = |n: usize| json!({ "name": format!("a{n}"), "value": "x", "targetId": arn });
    let put = |lab: &mut Lab, numbers: std::ops::Range<usize>| {
        let attributes: Vec<Value> = numbers.map(attribute).collect();
        try_ecs(lab, "PutAttributes", json!({ "cluster": "prod", "attributes": attributes }))
    };
    put(&mut lab, 0..9).unwrap();
    assert_eq!(put(&mut lab, 9..11).unwrap_err().code, "AttributeLimitExceededException");
    put(&mut lab, 9..10).unwrap();
    put(&mut lab, 0..1).unwrap();
}

/// CD-15, PL-05: whole GPUs, never shared; `ALL` takes every GPU of an instance that has all of them free.
#[test]
fn cd_15_gpus() {
    let mut lab = cluster();
    launch(&mut lab, "g4dn.12xlarge", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let gpu = |value: &str| json!({ "resourceRequirements": [{ "type": "GPU", "value": value }] });
    for (family, value) in [("one", "1"), ("three", "3"), ("five", "5"), ("all", "ALL")] {
        register(&mut lab, family, gpu(value));
    }
    assert_eq!(reasons(&run(&mut lab, "five", 1, json!({}))), ["RESOURCE:GPU"; 4]);
    let whole = run(&mut lab.fork(), "all", 2, json!({}));
    assert_eq!((count(&whole, "tasks"), reasons(&whole)), (1, vec!["RESOURCE:GPU"; 4]));
    // OV-01: an override counts instead of the definition.
    let over = |value: &str| {
        let item = json!({ "name": "app", "resourceRequirements": [{ "type": "GPU", "value": value }] });
        json!({ "overrides": { "containerOverrides": [item] } })
    };
    for (value, placed) in [("1", 4), ("2", 2), ("ALL", 1), ("5", 0)] {
        assert_eq!(count(&run(&mut lab.fork(), "three", 5, over(value)), "tasks"), placed, "{value}");
    }
    let mut input = over("none");
    input["cluster"] = json!("prod");
    input["taskDefinition"] = json!("three");
    assert_eq!(
        try_ecs(&mut lab, "RunTask", input).unwrap_err().path,
        "overrides.containerOverrides[0].resourceRequirements[0].value"
    );
    let mut trial = lab.fork();
    let three = run(&mut trial, "three", 2, json!({}));
    assert_eq!((count(&three, "tasks"), count(&run(&mut trial, "all", 1, json!({})), "tasks")), (1, 0));
    assert_eq!(count(&run(&mut trial, "one", 2, json!({})), "tasks"), 1, "one is left");
    let task = json!({ "cluster": "prod", "task": three["tasks"][0]["taskArn"] });
    ecs(&mut trial, "StopTask", task);
    assert_eq!(count(&run(&mut trial, "one", 4, json!({})), "tasks"), 3, "PL-60: its three are free again");
    let four = run(&mut lab, "one", 5, json!({}));
    assert_eq!((count(&four, "tasks"), reasons(&four)), (4, vec!["RESOURCE:GPU"; 4]));
    for value in ["0", "-1", "1.5", "some"] {
        let container = json!({ "name": "app", "image": "nginx", "memory": 64, "resourceRequirements": gpu(value)["resourceRequirements"] });
        let definition = json!({ "family": "bad", "containerDefinitions": [container] });
        let error = try_ecs(&mut lab, "RegisterTaskDefinition", definition).expect_err(value);
        assert!(error.message.contains("Invalid GPU value"), "{value}: {error}");
    }
}

/// PT-05: the agent's five ports count, dynamic ones do not.
#[test]
fn pt_05_a_hundred_ports() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let ports = |range: std::ops::Range<u16>| {
        let mapping = |port| json!({ "containerPort": port, "hostPort": port });
        json!({ "cpu": 16, "memory": 16, "portMappings": range.map(mapping).collect::<Vec<_>>() })
    };
    for (family, range) in [("most", 8000..8094), ("two", 9000..9002), ("one", 9100..9101)] {
        register(&mut lab, family, ports(range));
    }
    register(&mut lab, "dynamic", json!({ "cpu": 16, "memory": 16, "portMappings": [{ "containerPort": 80 }] }));
    assert_eq!(count(&run(&mut lab, "most", 1, json!({})), "tasks"), 1, "94 and the agent's 5");
    assert_eq!(reasons(&run(&mut lab, "two", 1, json!({}))), ["RESOURCE:PORTS"]);
    assert_eq!(count(&run(&mut lab, "one", 1, json!({})), "tasks"), 1, "equality fits (PL-04)");
    assert_eq!(count(&run(&mut lab, "dynamic", 5, json!({})), "tasks"), 5);
}

/// AT-06, CN-08, PL-08: attributes that change move no running task of a replica.
#[test]
fn at_06_changed_attributes_move_nothing() {
    let mut lab = cluster();
    let arn = ecs(&mut lab, "ListContainerInstances", json!({ "cluster": "prod" }))["containerInstanceArns"][0].clone();
    let input = |value: &str| json!({ "cluster": "prod", "attributes": [{ "name": "stack", "value": value, "targetId": arn }] });
    ecs(&mut lab, "PutAttributes", input("prod"));
    let member = json!({ "placementConstraints": [{ "type": "memberOf", "expression": "attribute:stack == prod" }] });
    let reply = run(&mut lab, "web", 1, member.clone());
    assert_eq!(reply["tasks"][0]["containerInstanceArn"], arn);
    ecs(&mut lab, "PutAttributes", input("dev"));
    wait(&mut lab, "10m");
    assert_eq!(describe(&lab, &reply["tasks"][0])["lastStatus"], "RUNNING");
    assert_eq!(count(&run(&mut lab, "web", 1, member), "tasks"), 0);
}

/// AT-08 with Windows and ARM64: the platform of the definition is an attribute that the instance must have.
#[test]
fn at_08_platforms() {
    let mut lab = cluster();
    launch(&mut lab, "m6g.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    for (family, platform, placed) in [
        ("arm", json!({ "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" }), 1),
        ("windows", json!({ "cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }), 0),
    ] {
        let container = json!({ "name": "app", "image": "nginx", "cpu": 64, "memory": 64 });
        let input = json!({ "family": family, "runtimePlatform": platform, "containerDefinitions": [container] });
        ecs(&mut lab, "RegisterTaskDefinition", input);
        let reply = run(&mut lab, family, 1, json!({}));
        assert_eq!(count(&reply, "tasks"), placed, "{family}");
        if placed == 0 {
            assert_eq!(reasons(&reply), ["ATTRIBUTE"; 4], "{family}");
        }
    }
}
