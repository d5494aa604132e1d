//! Task definition revisions on their way out (TD-06 to TD-11), and the answers that were recorded from AWS.

use super::support::*;
use ecs_lab::aws::arn::Account;
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";

fn delete(lab: &mut Lab, names: &[&str]) -> Value {
    ecs(lab, "DeleteTaskDefinitions", json!({ "taskDefinitions": names }))
}

fn read(lab: &Lab, operation: &str, input: Value) -> Value {
    lab.read(&ApiCall::new("ecs", operation, input)).unwrap()
}

fn deregister(lab: &mut Lab, name: &str) {
    ecs(lab, "DeregisterTaskDefinition", json!({ "taskDefinition": name }));
}

#[test]
fn td_08_delete_takes_one_to_ten() {
    let mut lab = lab();
    for _ in 0..2 {
        register(&mut lab, "web", json!({}));
    }
    deregister(&mut lab, "web:2");
    let answer = descending(
        &mut lab,
        "DeleteTaskDefinitions",
        json!({ "taskDefinitions": [] }),
        &[
            (
                (INVALID, "size of TaskDefinition references list must be greater than 0", false),
                json!({ "taskDefinitions": vec!["web:2"; 11] }),
            ),
            (
                (INVALID, "Size of TaskDefinition references list cannot exceed 10", false),
                json!({ "taskDefinitions": ["web:1", "web", "web:x", "absent:1", "web:9", "web:2", "web:2", ""] }),
            ),
        ],
    );
    let reasons: Vec<_> =
        answer["failures"].as_array().unwrap().iter().map(|own| (&own["arn"], &own["reason"])).collect();
    let active =
        json!("The specified task definition is still in ACTIVE status. Please deregister the target and try again.");
    let bad = json!("The specified task definition identifier is invalid. Specify a valid name or ARN and try again.");
    let none =
        json!("The specified task definition does not exist. Specify a valid account, family, revision and try again.");
    let expected =
        [("web:1", &active), ("web", &bad), ("web:x", &bad), ("absent:1", &none), ("web:9", &none), ("", &bad)];
    let arn = |name: &str| json!(format!("arn:aws:ecs:us-east-1:123456789012:task-definition/{name}"));
    let expected: Vec<_> = expected.iter().map(|(name, reason)| (arn(name), *reason)).collect();
    assert_eq!(reasons, expected.iter().map(|(name, reason)| (name, *reason)).collect::<Vec<_>>());
    let deleted = answer["taskDefinitions"].as_array().unwrap();
    assert_eq!(deleted.len(), 2, "repeated, it is told again");
    assert_eq!(deleted[0]["status"], "DELETE_IN_PROGRESS");
    assert!(deleted[0]["deleteRequestedAt"].is_number() && deleted[0]["deregisteredAt"].is_number());
}

/// TD-06, TD-09: what runs goes on, nothing new starts, and the revision goes when no task needs it.
#[test]
fn td_06_a_revision_goes_when_no_task_needs_it() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    deregister(&mut lab, "web:1");
    delete(&mut lab, &["web:1"]);
    let list = |lab: &Lab, status: &str| {
        read(lab, "ListTaskDefinitions", json!({ "status": status }))["taskDefinitionArns"].as_array().unwrap().len()
    };
    let families = |lab: &Lab| read(lab, "ListTaskDefinitionFamilies", json!({}))["families"].clone();
    let shown = |lab: &Lab| {
        let call = ApiCall::new("ecs", "DescribeTaskDefinition", json!({ "taskDefinition": "web:1" }));
        lab.read(&call).map(|reply| reply["taskDefinition"]["status"].clone())
    };
    wait(&mut lab, "5h");
    assert_eq!((list(&lab, "DELETE_IN_PROGRESS"), list(&lab, "INACTIVE")), (1, 0));
    assert_eq!(shown(&lab).unwrap(), "DELETE_IN_PROGRESS");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    assert_eq!(families(&lab), json!(["web"]), "the family is listed while a revision is there");
    let error = try_ecs(&mut lab, "RunTask", json!({ "cluster": "prod", "taskDefinition": "web:1" })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (INVALID, "TaskDefinition is inactive"));
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "2h");
    assert_eq!(shown(&lab).unwrap_err().message, "Unable to describe task definition.");
    assert_eq!((list(&lab, "DELETE_IN_PROGRESS"), families(&lab)), (0, json!([])));
    assert_eq!(
        register(&mut lab, "web", json!({}))["taskDefinition"]["revision"],
        2,
        "TD-02: numbers are not used again"
    );
}

/// The recorded answers that need no service, as they came: code, message and the members that were kept.
#[test]
fn recorded_answers_of_clusters_and_definitions() {
    let mut lab = lab();
    let reply = read(
        &lab,
        "DescribeClusters",
        json!({ "clusters": ["absent"], "include": ["TAGS", "SETTINGS", "CONFIGURATIONS"] }),
    );
    let arn = Account::default().cluster("absent").to_string();
    assert_eq!(reply, json!({ "clusters": [], "failures": [{ "arn": arn, "reason": "MISSING" }] }));
    for _ in 0..2 {
        register(&mut lab, "probe", json!({}));
    }
    deregister(&mut lab, "probe:1");
    deregister(&mut lab, "probe:2");
    let error = try_ecs(&mut lab, "DescribeTaskDefinition", json!({ "taskDefinition": "probe" })).unwrap_err();
    let refusal = |error: &ecs_lab::aws::ApiError| (error.code.to_string(), error.message.clone(), error.ours);
    let client = |message: &str| ("ClientException".to_string(), message.to_string(), false);
    assert_eq!(refusal(&error), client("Unable to describe task definition."));
    let families = |lab: &Lab, status: &str| {
        read(lab, "ListTaskDefinitionFamilies", json!({ "familyPrefix": "probe", "status": status }))
    };
    assert_eq!(families(&lab, "INACTIVE"), json!({ "families": ["probe"] }));
    assert_eq!(families(&lab, "ACTIVE"), json!({ "families": [] }));
    delete(&mut lab, &["probe:1"]);
    let error = try_ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "probe:1" })).unwrap_err();
    let message = "The task definition could not be deregistered because it is in the process of being deleted.";
    assert_eq!(refusal(&error), client(message));
    // One that is INACTIVE is deregistered again without a word.
    deregister(&mut lab, "probe:2");
    let error = try_ecs(&mut lab, "DescribeTaskDefinition", json!({ "taskDefinition": "" })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (INVALID, "Task Definition can not be blank."));
}
