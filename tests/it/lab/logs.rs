//! CloudWatch Logs behind the driver `awslogs` (3.9).

use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn try_logs(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("logs", operation, input))).map(|outcome| outcome.reply)
}

pub fn logs(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_logs(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn group(lab: &mut Lab, name: &str) {
    logs(lab, "CreateLogGroup", json!({ "logGroupName": name }));
}

/// A lab with an instance, and a definition whose container says something and logs to `/ecs/web`.
fn logging(options: Value) -> Lab {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    // LG-05: what the console gives an instance role makes no group.
    let may = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*" } });
    let role = json!({ "RoleName": "ecsInstanceRole", "PolicyName": "groups", "PolicyDocument": may.to_string() });
    super::identities::iam(&mut lab, "PutRolePolicy", role);
    let mut all = json!({ "awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web" });
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let script = "echo one; sleep 30; echo two ERROR; sleep 10000";
    let container =
        json!({ "command": ["sh", "-c", script], "logConfiguration": { "logDriver": "awslogs", "options": all } });
    register(&mut lab, "web", container);
    lab
}

fn start(lab: &mut Lab) -> Value {
    run(lab, "web", 1, json!({}))["tasks"][0].clone()
}

fn stream_of(task: &Value) -> String {
    format!("web/app/{}", task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap())
}

fn messages(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect()
}

fn names(answer: &Value, list: &str, member: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_string()).collect()
}

/// LG-06: without the group the container cannot start; with it, or with awslogs-create-group, the task runs.
#[test]
fn lg_06_a_missing_group_fails_the_task() {
    let reason = "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to \
                  create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.";
    for (made, options, runs) in [
        (false, json!({}), false),
        (false, json!({ "awslogs-create-group": "false" }), false),
        (true, json!({}), true),
        (false, json!({ "awslogs-create-group": "true" }), true),
    ] {
        let mut lab = logging(options.clone());
        if made {
            group(&mut lab, "/ecs/web");
        }
        let task = start(&mut lab);
        wait(&mut lab, "1m");
        let found = describe(&lab, &task);
        let groups = logs(&mut lab, "DescribeLogGroups", json!({}));
        assert_eq!(names(&groups, "logGroups", "logGroupName").len(), usize::from(runs), "{made} {options}");
        if runs {
            assert_eq!(found["lastStatus"], "RUNNING", "{made} {options}");
        } else {
            let told = (&found["lastStatus"], &found["stopCode"], &found["containers"][0]["reason"]);
            assert_eq!(told, (&json!("STOPPED"), &json!("TaskFailedToStart"), &json!(reason)), "{options}");
        }
    }
}

/// LG-04: the stream of a task has its lines, and outlives the task.
#[test]
fn lg_04_a_tasks_lines_are_read_while_it_runs_and_after_ecs_forgot_it() {
    let mut lab = logging(json!({}));
    group(&mut lab, "/ecs/web");
    let task = start(&mut lab);
    wait(&mut lab, "20s");
    let asked = json!({ "logGroupName": "/ecs/web", "logStreamName": stream_of(&task) });
    assert_eq!(messages(&logs(&mut lab, "GetLogEvents", asked.clone())), ["one"]);
    wait(&mut lab, "1m");
    let streams = logs(&mut lab, "DescribeLogStreams", json!({ "logGroupName": "/ecs/web" }));
    assert_eq!(names(&streams, "logStreams", "logStreamName"), [stream_of(&task)]);
    let events = logs(&mut lab, "GetLogEvents", asked.clone());
    assert_eq!(messages(&events), ["one", "two ERROR"]);
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "3h");
    assert_eq!(describe(&lab, &task)["reason"], "MISSING");
    assert_eq!(logs(&mut lab, "GetLogEvents", asked), events);
    let found = logs(&mut lab, "FilterLogEvents", json!({ "logGroupName": "/ecs/web", "filterPattern": "ERROR" }));
    assert_eq!(messages(&found), ["two ERROR"]);
    assert_eq!(found["events"][0]["logStreamName"], json!(stream_of(&task)));
}

/// What logs into a group that is deleted is lost, also when there is one of that name again.
#[test]
fn a_deleted_group_takes_its_streams_along() {
    let mut lab = logging(json!({}));
    group(&mut lab, "/ecs/web");
    start(&mut lab);
    wait(&mut lab, "1m");
    logs(&mut lab, "DeleteLogGroup", json!({ "logGroupName": "/ecs/web" }));
    let error = try_logs(&mut lab, "DescribeLogStreams", json!({ "logGroupName": "/ecs/web" })).unwrap_err();
    assert_eq!(error.to_string(), "ResourceNotFoundException: The specified log group does not exist.");
    group(&mut lab, "/ecs/web");
    let streams = logs(&mut lab, "DescribeLogStreams", json!({ "logGroupName": "/ecs/web" }));
    assert_eq!(streams, json!({ "logStreams": [] }));
    let task = start(&mut lab);
    wait(&mut lab, "1m");
    let streams = logs(&mut lab, "DescribeLogStreams", json!({ "logGroupName": "/ecs/web" }));
    assert_eq!(names(&streams, "logStreams", "logStreamName"), [stream_of(&task)]);
}

#[test]
fn groups_are_listed_with_what_was_chosen_for_them() {
    let mut lab = lab();
    for name in ["/ecs/api", "/ecs/web", "audit"] {
        group(&mut lab, name);
    }
    logs(&mut lab, "PutRetentionPolicy", json!({ "logGroupName": "/ecs/web", "retentionInDays": 7 }));
    for (asked, expected) in [
        (json!({}), ["/ecs/api", "/ecs/web", "audit"].as_slice()),
        (json!({ "logGroupNamePrefix": "/ecs/" }), &["/ecs/api", "/ecs/web"]),
        (json!({ "logGroupNamePattern": "WEB" }), &["/ecs/web"]),
        (json!({ "logGroupClass": "INFREQUENT_ACCESS" }), &[]),
    ] {
        assert_eq!(
            names(&logs(&mut lab, "DescribeLogGroups", asked.clone()), "logGroups", "logGroupName"),
            expected,
            "{asked}"
        );
    }
    let first = logs(&mut lab, "DescribeLogGroups", json!({ "limit": 2 }));
    let next = logs(&mut lab, "DescribeLogGroups", json!({ "limit": 2, "nextToken": first["nextToken"] }));
    assert_eq!((names(&next, "logGroups", "logGroupName"), &next["nextToken"]), (vec!["audit".into()], &Value::Null));
    let web = &logs(&mut lab, "DescribeLogGroups", json!({ "logGroupNamePrefix": "/ecs/web" }))["logGroups"][0];
    assert_eq!(web["arn"], "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:*");
    assert_eq!((&web["retentionInDays"], &web["storedBytes"]), (&json!(7), &json!(0)));
}

/// Each refusal, in AWS's code and words where it has some, changes nothing.
#[test]
fn what_cannot_be_is_refused() {
    let mut lab = lab();
    group(&mut lab, "g");
    logs(&mut lab, "CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" }));
    let now = lab.now().as_millis();
    let put = |events: Value| json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
    let event = |at: i64| json!({ "timestamp": at, "message": "m" });
    for (operation, input, expected) in [
        (
            "CreateLogGroup",
            json!({ "logGroupName": "g" }),
            "ResourceAlreadyExistsException: The specified log group already exists",
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "aws/x" }),
            "InvalidParameterException: Log groups starting with AWS/ are reserved for AWS.",
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "a b" }),
            "InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "n", "tags": { "a": "b" } }),
            "UnsupportedFeatureException: ECS Lab does not simulate tags.",
        ),
        (
            "DeleteLogGroup",
            json!({ "logGroupName": "gone" }),
            "ResourceNotFoundException: The specified log group does not exist.",
        ),
        (
            "CreateLogStream",
            json!({ "logGroupName": "g", "logStreamName": "s" }),
            "ResourceAlreadyExistsException: The specified log stream already exists",
        ),
        (
            "GetLogEvents",
            json!({ "logGroupName": "g", "logStreamName": "t" }),
            "ResourceNotFoundException: The specified log stream does not exist.",
        ),
        (
            "GetLogEvents",
            json!({ "logGroupName": "g", "logStreamName": "s", "nextToken": "f/1" }),
            "InvalidParameterException: The specified nextToken is invalid.",
        ),
        (
            "PutRetentionPolicy",
            json!({ "logGroupName": "g", "retentionInDays": 2 }),
            "InvalidParameterException: 1 validation error detected: Value '2' at 'retentionInDays' failed",
        ),
        (
            "DescribeLogStreams",
            json!({ "logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "s" }),
            "InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.",
        ),
        (
            "PutLogEvents",
            put(json!([event(now), event(now - 1)])),
            "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            "PutLogEvents",
            put(json!([event(now - 90_000_000), event(now)])),
            "InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ),
        (
            "FilterLogEvents",
            json!({ "logGroupName": "g", "filterPattern": "{ $.a = 1 }" }),
            "UnsupportedFeatureException: ECS Lab does not simulate filter patterns",
        ),
        ("StartQuery", json!({}), "UnsupportedFeatureException: ECS Lab does not simulate StartQuery."),
    ] {
        let before = (lab.revision(), lab.digest());
        let error = try_logs(&mut lab, operation, input).expect_err(expected).to_string();
        assert!(error.starts_with(expected), "{operation}: {error}");
        assert_eq!((lab.revision(), lab.digest()), before, "{operation}");
    }
}

#[test]
fn events_are_read_forward_and_backward_in_pages() {
    let mut lab = lab();
    group(&mut lab, "g");
    logs(&mut lab, "CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" }));
    let now = lab.now().as_millis();
    let events: Vec<Value> = (0..5).map(|n| json!({ "timestamp": now - 10 + n, "message": format!("{n}") })).collect();
    let put = logs(&mut lab, "PutLogEvents", json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events }));
    assert_eq!(put.as_object().unwrap().keys().collect::<Vec<_>>(), ["nextSequenceToken"]);
    let mut page = |more: Value| {
        let mut asked = json!({ "logGroupName": "g", "logStreamName": "s", "limit": 2 });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        logs(&mut lab, "GetLogEvents", asked)
    };
    let last = page(json!({}));
    assert_eq!(messages(&last), ["3", "4"]);
    assert_eq!(messages(&page(json!({ "nextToken": last["nextBackwardToken"] }))), ["1", "2"]);
    let end = page(json!({ "nextToken": last["nextForwardToken"] }));
    assert_eq!(
        (messages(&end).len(), &end["nextForwardToken"]),
        (0, &last["nextForwardToken"]),
        "the end is told by the same token"
    );
    let first = page(json!({ "startFromHead": true }));
    assert_eq!(messages(&first), ["0", "1"]);
    assert_eq!(messages(&page(json!({ "nextToken": first["nextForwardToken"] }))), ["2", "3"]);
    assert_eq!(messages(&page(json!({ "startTime": now - 9, "endTime": now - 7, "startFromHead": true }))), ["1", "2"]);
}

/// Events too far off are left out and counted; a group forgets what is older than it keeps.
#[test]
fn events_too_old_or_too_new_are_left_out() {
    let mut lab = lab();
    group(&mut lab, "g");
    logs(&mut lab, "CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" }));
    let (now, day) = (lab.now().as_millis(), 86_400_000);
    let put = |lab: &mut Lab, at: &[i64]| {
        let events: Vec<Value> = at.iter().map(|at| json!({ "timestamp": at, "message": "m" })).collect();
        logs(lab, "PutLogEvents", json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events }))
    };
    for (at, expected) in [
        ([now - 15 * day, now - 14 * day], json!({ "tooOldLogEventEndIndex": 1 })),
        ([now, now + 3 * 3_600_000], json!({ "tooNewLogEventStartIndex": 1 })),
        ([now - 1, now], Value::Null),
    ] {
        assert_eq!(put(&mut lab, &at)["rejectedLogEventsInfo"], expected);
    }
    let count = |lab: &mut Lab| messages(&logs(lab, "FilterLogEvents", json!({ "logGroupName": "g" }))).len();
    assert_eq!(count(&mut lab), 4);
    logs(&mut lab, "PutRetentionPolicy", json!({ "logGroupName": "g", "retentionInDays": 1 }));
    assert_eq!(count(&mut lab), 3);
    wait(&mut lab, "25h");
    assert_eq!(count(&mut lab), 0);
}

/// Lines of one millisecond stand as they were written, also once the task is forgotten.
#[test]
fn lg_05_lines_of_one_moment_keep_their_order() {
    let mut lab = logging(json!({}));
    group(&mut lab, "/ecs/web");
    let log = json!({ "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web" } });
    register(&mut lab, "web", json!({ "command": ["sh", "-c", "echo c; echo a; echo b"], "logConfiguration": log }));
    let task = start(&mut lab);
    let stream = json!({ "logGroupName": "/ecs/web", "logStreamName": stream_of(&task) });
    for span in ["1m", "2h"] {
        wait(&mut lab, span);
        assert_eq!(messages(&logs(&mut lab, "GetLogEvents", stream.clone())), ["c", "a", "b"], "{span}");
        assert_eq!(
            messages(&logs(&mut lab, "FilterLogEvents", json!({ "logGroupName": "/ecs/web" }))),
            ["c", "a", "b"]
        );
    }
    logs(&mut lab, "CreateLogStream", json!({ "logGroupName": "/ecs/web", "logStreamName": "own" }));
    let at = lab.now().as_millis();
    for words in [["z", "y"], ["b", "a"]] {
        let events = words.map(|message| json!({ "timestamp": at, "message": message }));
        let input = json!({ "logGroupName": "/ecs/web", "logStreamName": "own", "logEvents": events });
        logs(&mut lab, "PutLogEvents", input);
    }
    let own = logs(&mut lab, "GetLogEvents", json!({ "logGroupName": "/ecs/web", "logStreamName": "own" }));
    assert_eq!(messages(&own), ["z", "y", "b", "a"]);
}
