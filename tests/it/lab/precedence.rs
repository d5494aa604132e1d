//! Issue 4, "Rule tables per operation": errors in descending precedence for the operations whose tables stand nowhere else.

use super::strict::world;
use super::support::*;
use ecs_lab::aws::model;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const ELSEWHERE: &str = "arn:aws:ecs:us-east-1:999999999999:task/prod/0123456789abcdef0123456789abcdef";

/// The code in front, the member that it names, and what that member becomes.
type Step = (&'static str, &'static str, Value);

fn names(count: usize) -> Value {
    json!((0..count).map(|index| format!("n{index}")).collect::<Vec<_>>())
}

fn attributes(count: usize) -> Value {
    json!((0..count).map(|index| json!({ "name": format!("n{index}") })).collect::<Vec<_>>())
}

/// Takes an input with every fault at once through its steps. What is refused changes nothing; the mended input is taken.
fn walk(lab: &Lab, operation: &str, mut input: Value, steps: &[Step]) {
    let mut lab = lab.fork();
    for (code, member, mended) in steps {
        let before = (lab.revision(), lab.digest());
        let error = try_ecs(&mut lab, operation, input.clone()).expect_err(operation);
        let place = error.path.split(['.', '[']).next().unwrap_or_default();
        assert_eq!((error.code.as_ref(), place), (*code, *member), "{operation} {input}: {error}");
        let declared = model::operation("ecs", operation).unwrap().errors.contains(code);
        assert!(declared, "{operation} declares no {code}");
        assert_eq!((lab.revision(), lab.digest()), before, "{operation}: refused, and nothing changed");
        match mended {
            Value::Null => drop(input.as_object_mut().unwrap().remove(*member)),
            mended => input[*member] = mended.clone(),
        }
    }
    ecs(&mut lab, operation, input);
}

/// The cluster stands in front of everything but what is no value of its enumeration.
#[test]
fn pl_41_errors_of_operations_in_a_cluster() {
    let world = world();
    let (task, instance) = (&world.task["taskArn"], &world.instance);
    let no_task = json!("0123456789abcdef0123456789abcdef");
    let on = |target: &Value| json!([{ "name": "a", "targetId": target, "targetType": "container-instance" }]);
    let unlike = json!([{ "name": "a", "targetId": instance, "targetType": "x" }]);
    let space = json!([{ "name": "a b", "targetId": instance }]);
    let token = || (INVALID, "nextToken", json!(null));
    let page = || (INVALID, "maxResults", json!(5));
    for (operation, first, input, then) in [
        (
            "StopTask",
            vec![],
            json!({ "task": "zz" }),
            vec![(INVALID, "task", no_task.clone()), (INVALID, "task", task.clone())],
        ),
        (
            "DescribeTasks",
            vec![(INVALID, "include", json!(["TAGS"]))],
            json!({ "include": ["x"], "tasks": [] }),
            vec![
                (INVALID, "tasks", names(101)),
                (INVALID, "tasks", json!([ELSEWHERE])),
                ("AccessDeniedException", "tasks", json!([task])),
            ],
        ),
        (
            "GetTaskProtection",
            vec![],
            json!({ "tasks": names(101) }),
            vec![(INVALID, "tasks", json!([ELSEWHERE])), ("AccessDeniedException", "tasks", json!([task]))],
        ),
        (
            "ListTasks",
            vec![(INVALID, "desiredStatus", json!("RUNNING")), (INVALID, "launchType", json!("EC2"))],
            json!({
                "desiredStatus": "X", "launchType": "X", "serviceName": "none", "containerInstance": "zz",
                "startedBy": "me", "maxResults": 101, "nextToken": "zz",
            }),
            vec![
                ("ServiceNotFoundException", "serviceName", json!(null)),
                (INVALID, "containerInstance", instance.clone()),
                (INVALID, "startedBy", json!(null)),
                page(),
                token(),
            ],
        ),
        (
            "DescribeContainerInstances",
            vec![(INVALID, "include", json!(["TAGS"]))],
            json!({ "include": ["x"], "containerInstances": [] }),
            vec![
                ("ClientException", "containerInstances", names(101)),
                (INVALID, "containerInstances", json!([instance])),
            ],
        ),
        (
            "ListContainerInstances",
            vec![(INVALID, "status", json!("ACTIVE"))],
            json!({ "status": "X", "filter": "(", "maxResults": 101, "nextToken": "zz" }),
            vec![(INVALID, "filter", json!("attribute:a exists")), page(), token()],
        ),
        (
            "UpdateContainerInstancesState",
            vec![],
            json!({ "status": "INACTIVE", "containerInstances": names(11) }),
            vec![(INVALID, "status", json!("DRAINING")), (INVALID, "containerInstances", json!([instance]))],
        ),
        (
            "DeregisterContainerInstance",
            vec![],
            json!({ "containerInstance": no_task, "force": true }),
            vec![("ClientException", "containerInstance", instance.clone())],
        ),
        (
            "PutAttributes",
            vec![],
            json!({ "attributes": attributes(11) }),
            vec![
                (INVALID, "attributes", on(&json!("zz"))),
                ("TargetNotFoundException", "attributes", unlike),
                (INVALID, "attributes", space),
                (INVALID, "attributes", on(instance)),
            ],
        ),
        (
            "DeleteAttributes",
            vec![],
            json!({ "attributes": [] }),
            vec![(INVALID, "attributes", on(&json!("zz"))), ("TargetNotFoundException", "attributes", on(instance))],
        ),
        (
            "ListAttributes",
            vec![(INVALID, "targetType", json!("container-instance"))],
            json!({ "targetType": "x", "maxResults": 0, "nextToken": "zz" }),
            vec![page(), token()],
        ),
        ("DeleteCluster", vec![], json!({}), vec![]),
        (
            "UpdateClusterSettings",
            vec![],
            json!({ "settings": [{ "name": "containerInsights", "value": "y" }] }),
            vec![(INVALID, "settings", json!([{ "name": "containerInsights", "value": "enabled" }]))],
        ),
    ] {
        let mut lab = world.lab.fork();
        if operation == "DeleteAttributes" {
            ecs(&mut lab, "PutAttributes", json!({ "cluster": "prod", "attributes": on(instance) }));
        }
        if operation == "DeleteCluster" {
            ecs(&mut lab, "CreateCluster", json!({ "clusterName": "empty" }));
        }
        let whole = if operation == "DeleteCluster" { "empty" } else { "prod" };
        let cluster = [(INVALID, "cluster", json!("absent")), ("ClusterNotFoundException", "cluster", json!(whole))];
        let mut input = input.clone();
        input["cluster"] = json!("a b");
        walk(&lab, operation, input, &[first, cluster.to_vec(), then].concat());
    }
    let error = try_ecs(&mut world.lab.fork(), "DeleteCluster", json!({ "cluster": "prod" })).unwrap_err();
    assert!(error.code.starts_with("ClusterContains"), "{error}");
}

/// TD-07, TD-11, EN-04: of clusters, definitions, tags and settings.
#[test]
fn td_11_errors_of_operations_without_a_cluster() {
    let world = world();
    let arn = |name: &str| json!(format!("arn:aws:ecs:us-east-1:123456789012:cluster/{name}"));
    let pages = || vec![(INVALID, "maxResults", json!(5)), (INVALID, "nextToken", json!(null))];
    let listed = |mut input: Value, first: Vec<Step>| {
        input["maxResults"] = json!(101);
        input["nextToken"] = json!("zz");
        (input, [first, pages()].concat())
    };
    let setting = |value: &str| json!({ "name": "x", "value": value });
    for (operation, (input, steps)) in [
        (
            "DescribeClusters",
            (
                json!({ "include": ["x"], "clusters": names(101) }),
                vec![
                    (INVALID, "include", json!(["TAGS"])),
                    (INVALID, "clusters", json!(["arn:aws"])),
                    ("ClientException", "clusters", json!([ELSEWHERE])),
                    ("AccessDeniedException", "clusters", json!(["none"])),
                ],
            ),
        ),
        ("ListClusters", listed(json!({}), vec![])),
        (
            "DescribeTaskDefinition",
            (
                json!({ "include": ["x"], "taskDefinition": "" }),
                vec![
                    (INVALID, "include", json!(["TAGS"])),
                    (INVALID, "taskDefinition", json!("web:99")),
                    ("ClientException", "taskDefinition", json!("web")),
                ],
            ),
        ),
        (
            "DeregisterTaskDefinition",
            (
                json!({ "taskDefinition": "web" }),
                vec![
                    ("ClientException", "taskDefinition", json!("web:x")),
                    ("ClientException", "taskDefinition", json!("web:99")),
                    ("ClientException", "taskDefinition", json!("web:1")),
                ],
            ),
        ),
        (
            "ListTaskDefinitions",
            listed(
                json!({ "status": "X", "sort": "X" }),
                vec![(INVALID, "status", json!("ACTIVE")), (INVALID, "sort", json!("DESC"))],
            ),
        ),
        ("ListTaskDefinitionFamilies", listed(json!({ "status": "X" }), vec![(INVALID, "status", json!("ALL"))])),
        (
            "ListTagsForResource",
            (
                json!({ "resourceArn": "zz" }),
                vec![(INVALID, "resourceArn", arn("none")), ("ClusterNotFoundException", "resourceArn", arn("prod"))],
            ),
        ),
        (
            "UntagResource",
            (
                json!({ "resourceArn": "zz", "tagKeys": ["x"] }),
                vec![(INVALID, "resourceArn", arn("none")), ("ClusterNotFoundException", "resourceArn", arn("prod"))],
            ),
        ),
        (
            "ListAccountSettings",
            listed(
                json!({ "name": "X", "principalArn": "zz" }),
                vec![(INVALID, "name", json!("awsvpcTrunking")), (INVALID, "principalArn", json!(null))],
            ),
        ),
        (
            "PutAccountSetting",
            (
                json!({ "name": "X", "value": "x", "principalArn": "zz" }),
                vec![
                    (INVALID, "name", json!("awsvpcTrunking")),
                    (INVALID, "principalArn", json!("arn:aws:iam::123456789012:root")),
                    (INVALID, "value", json!("enabled")),
                ],
            ),
        ),
        (
            "PutAccountSettingDefault",
            (setting("x"), vec![(INVALID, "name", json!("awsvpcTrunking")), (INVALID, "value", json!("enabled"))]),
        ),
    ] {
        walk(&world.lab, operation, input, &steps);
    }
}
