//! Issue 4, "Bad input": every operation of the model with each member bent in every way. AWS's error, nothing changed,
//! or an answer that holds to the model.

use super::strict::{accepted, world};
use super::support::*;
use ecs_lab::aws::check;
use ecs_lab::aws::model::{self, Kind, Shape};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const ELSEWHERE: &str = "arn:aws:ecs:us-east-1:999999999999:cluster/prod";

/// What a member is replaced by: each type once, and the odd values of its own.
pub fn bent(shape: Shape, value: &Value) -> Vec<Value> {
    let odd = [
        "",
        " ",
        "\u{e9}\u{1F600}\u{202e}\u{0}",
        "../../etc",
        ELSEWHERE,
        "arn:",
        "arn:aws:ecs",
        "arn:aws:ecs:eu-west-1:123456789012:task/prod/1",
    ];
    let mut all = vec![json!(null), json!({}), json!([]), json!(-1), json!(1.5), json!(i64::MAX), json!(true)];
    if let Kind::List { .. } = shape.kind() {
        let item = value.as_array().and_then(|list| list.first()).cloned().unwrap_or(json!("a"));
        all.push(json!(vec![item; 10_000]));
        all.push(json!((0..10_000).map(|n| format!("n{n}")).collect::<Vec<_>>()));
        all.extend(odd.iter().map(|text| json!([text])));
    } else {
        all.push(json!("x".repeat(10_000)));
        all.extend(odd.iter().map(|text| json!(text)));
    }
    all
}

/// Asks in a copy of the world. A refusal is one that the model lists and changes nothing.
fn ask(lab: &Lab, name: &str, input: Value) -> bool {
    let mut lab = lab.fork();
    let before = (lab.revision(), lab.digest());
    let shown: String = input.to_string().chars().take(300).collect();
    let operation = model::operation("ecs", name).unwrap();
    match lab.apply(Command::ecs(name, input)) {
        Ok(outcome) => {
            let faults = check::check_shape(operation.output, &outcome.reply);
            assert!(faults.is_empty(), "{name} {shown}: {faults:?}");
            true
        }
        Err(error) => {
            let code = error.code.as_ref();
            let known =
                operation.errors.contains(&code) || ["ParamValidation", "UnsupportedFeatureException"].contains(&code);
            assert!(known, "{name} {shown}: {error}");
            assert!(!error.message.is_empty());
            assert_eq!((lab.revision(), lab.digest()), before, "{name} {shown}: refused, and nothing changed");
            false
        }
    }
}

#[test]
fn every_operation_survives_every_member() {
    let world = world();
    let mut names: Vec<&str> = model::operations("ecs").map(|operation| operation.name).collect();
    let mut refused = 0;
    let mut all = accepted(&world);
    all.push(("UpdateContainerAgent", json!({ "cluster": "prod", "containerInstance": world.instance })));
    for (name, input) in all {
        let shape = model::operation("ecs", name).unwrap().input;
        ask(&world.lab, name, json!({}));
        let mut unknown = input.clone();
        unknown["unknown"] = json!(1);
        assert!(!ask(&world.lab, name, unknown), "{name}: an unknown member");
        for member in shape.members() {
            for value in bent(member.shape, &input[member.name]) {
                let mut input = input.clone();
                input[member.name] = value;
                refused += u32::from(!ask(&world.lab, name, input));
            }
        }
        names.retain(|own| *own != name);
    }
    assert_eq!(names, [""; 0], "not asked");
    assert!(refused > 1500, "only {refused} refusals");
}

/// Names of another account's things are refused by every operation that takes them, and of another Region's.
#[test]
fn another_accounts_arn_is_refused() {
    let world = world();
    let named = [
        "capacityProvider",
        "capacityProviders",
        "cluster",
        "clusters",
        "containerInstance",
        "containerInstances",
        "resourceArn",
        "task",
        "taskDefinition",
        "taskDefinitions",
        "tasks",
    ];
    let mut seen = 0;
    for (name, input) in accepted(&world) {
        for member in
            model::operation("ecs", name).unwrap().input.members().iter().filter(|own| named.contains(&own.name))
        {
            for (account, code) in [
                ("us-east-1:999999999999", "AccessDeniedException"),
                ("eu-west-1:123456789012", "InvalidParameterException"),
            ] {
                let arn = format!("arn:aws:ecs:{account}:cluster/prod");
                let mut input = input.clone();
                input[member.name] = if member.name.ends_with('s') { json!([arn]) } else { json!(arn) };
                let mut lab = world.lab.fork();
                let error = try_ecs(&mut lab, name, input).expect_err(name);
                assert_eq!((error.code.as_ref(), error.ours), (code, true), "{name}.{}: {error}", member.name);
                assert!(error.path.starts_with(member.name), "{name}: {}", error.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

/// What is no ARN, and no name of a cluster (OBS both).
#[test]
fn a_broken_name_is_refused() {
    let lab = world().lab;
    let read = |operation: &str, input: Value| lab.read(&ApiCall::new("ecs", operation, input)).unwrap_err();
    let fifth = "com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id delimiter) not found: ";
    let third = "com.amazon.arn.ARNSyntaxException: Third colon (vendor/region delimiter) not found: ";
    for (named, message, ours) in [("arn:aws:sts::162854405951", fifth, false), ("arn:aws:ecs", third, true)] {
        let error = read("DescribeClusters", json!({ "clusters": ["prod", named] }));
        assert_eq!((error.code.as_ref(), error.ours), ("ClientException", ours));
        assert_eq!((error.message, error.path.as_str()), (format!("{message}{named}"), "clusters[1]"));
    }
    for name in ["a b", "prod\n", "x/y", "\u{e9}", &"n".repeat(256)] {
        let error = read("ListTasks", json!({ "cluster": name }));
        let message = format!("Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}");
        assert_eq!((error.code.as_ref(), error.message, error.ours), ("InvalidParameterException", message, false));
    }
}

/// An ARN names its cluster; in another one it is refused, as `The Identifier is for cluster …` was seen (OBS).
#[test]
fn an_arn_of_another_cluster_is_refused() {
    let mut world = world();
    ecs(&mut world.lab, "CreateCluster", json!({ "clusterName": "test" }));
    let (task, instance) = (&world.task["taskArn"], &world.instance);
    for (name, input) in [
        ("DescribeTasks", json!({ "tasks": [task] })),
        ("StopTask", json!({ "task": task })),
        ("GetTaskProtection", json!({ "tasks": [task] })),
        ("ListTasks", json!({ "containerInstance": instance })),
        ("DescribeContainerInstances", json!({ "containerInstances": [instance] })),
        ("DeregisterContainerInstance", json!({ "containerInstance": instance })),
    ] {
        let mut input = input.clone();
        input["cluster"] = json!("test");
        let error = try_ecs(&mut world.lab, name, input).unwrap_err();
        let message = "Invalid identifier: Identifier is for cluster prod. Your cluster is test";
        assert_eq!(
            (error.code.as_ref(), error.message.as_str(), error.ours),
            ("InvalidParameterException", message, false),
            "{name}"
        );
    }
}

/// PL-50 and paging: a token is good for what gave it alone.
#[test]
fn tokens_come_again() {
    let mut world = world();
    let run = |count: u32| json!({ "cluster": "prod", "taskDefinition": "web", "count": count, "clientToken": "t" });
    let first = ecs(&mut world.lab, "RunTask", run(1));
    assert_eq!(ecs(&mut world.lab, "RunTask", run(1))["tasks"][0]["taskArn"], first["tasks"][0]["taskArn"]);
    assert_eq!(try_ecs(&mut world.lab, "RunTask", run(2)).unwrap_err().code, "ConflictException");
    for (name, input) in accepted(&world) {
        let operation = model::operation("ecs", name).unwrap();
        let Some(own) = operation.input.member("nextToken") else { continue };
        let mut input = input.clone();
        input["maxResults"] = json!(1);
        let reply = ecs(&mut world.lab, name, input.clone());
        for token in [reply["nextToken"].as_str().map_or("x".into(), |token| token.to_lowercase()), "e30=".into()] {
            input[own.name] = json!(token);
            let error = try_ecs(&mut world.lab, name, input.clone()).expect_err(name);
            assert_eq!(
                (error.code.as_ref(), error.path.as_str()),
                ("InvalidParameterException", "nextToken"),
                "{name}"
            );
        }
    }
}
