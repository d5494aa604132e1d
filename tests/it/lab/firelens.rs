//! LG-01: what FireLens sends to CloudWatch Logs.

use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub fn call(lab: &mut Lab, service: &str, operation: &str, input: Value) -> Value {
    let call = Command::Api(ApiCall::new(service, operation, input));
    lab.apply(call).map(|outcome| outcome.reply).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// A lab with an instance, and a role for tasks that may do everything with logs.
pub fn logging() -> Lab {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    task_role(&mut lab, "router");
    wait(&mut lab, "2m");
    lab
}

fn may(lab: &mut Lab, role: &str, action: &str) {
    let text =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } });
    let input = json!({ "RoleName": role, "PolicyName": "p", "PolicyDocument": text.to_string() });
    call(lab, "iam", "PutRolePolicy", input);
}

pub const SCRIPT: &str = "echo one; echo two; sleep 60; echo three; sleep 100000";

/// Registers a FireLens container and an application with options.
fn firelens(lab: &mut Lab, router: Value, image: &str, options: Value) {
    firelens_with(lab, router, image, options, json!({ "logDriver": "json-file" }));
}

/// The same with a log configuration of the FireLens container.
fn firelens_with(lab: &mut Lab, router: Value, image: &str, options: Value, own: Value) {
    let logs = json!({ "logDriver": "awsfirelens", "options": options });
    let containers = json!([
        { "name": "router", "image": image, "memory": 64, "firelensConfiguration": router,
            "logConfiguration": own },
        { "name": "app", "image": "busybox", "memory": 64, "command": ["sh", "-c", SCRIPT], "logConfiguration": logs },
    ]);
    let input = json!({ "family": "web", "taskRoleArn": "router", "executionRoleArn": "ecsTaskExecutionRole",
        "containerDefinitions": containers });
    ecs(lab, "RegisterTaskDefinition", input);
}

/// All that stands in CloudWatch Logs: group, stream and messages, without what only the order of creation tells.
pub fn stored(lab: &mut Lab) -> Vec<(String, String, Vec<String>)> {
    let mut all = Vec::new();
    let groups = call(lab, "logs", "DescribeLogGroups", json!({}));
    for group in groups["logGroups"].as_array().unwrap() {
        let name = &group["logGroupName"];
        let streams = call(lab, "logs", "DescribeLogStreams", json!({ "logGroupName": name }));
        for stream in streams["logStreams"].as_array().unwrap() {
            let own = json!({ "logGroupName": name, "logStreamName": stream["logStreamName"], "startFromHead": true });
            let events = call(lab, "logs", "GetLogEvents", own);
            let texts = events["events"].as_array().unwrap().iter();
            let texts = texts.map(|event| event["message"].as_str().unwrap().to_string()).collect();
            let text = |value: &Value| value.as_str().unwrap().to_string();
            all.push((text(name), text(&stream["logStreamName"]), texts));
        }
    }
    all
}

fn id(task: &Value) -> String {
    task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().to_string()
}

/// Options → group, stream with `ID` for the task's id, and messages.
#[test]
fn lg_01_firelens_options_lead_output_to_groups() {
    let bit = json!({ "type": "fluentbit" });
    let core = |more: Value| {
        let mut all = json!({ "Name": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g", "auto_create_group": "true",
            "log_stream_prefix": "p-", "log_key": "log" });
        for (key, value) in more.as_object().unwrap() {
            all[key] = value.clone();
        }
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        all
    };
    let fluentd = json!({ "type": "fluentd" });
    let all = &["one", "two", "three"][..];
    for (router, options, expected) in [
        (&bit, core(json!({})), Some(("g", "p-app-firelens-ID", all))),
        (&bit, core(json!({ "exclude-pattern": "^t" })), Some(("g", "p-app-firelens-ID", &["one"][..]))),
        (
            &bit,
            core(json!({ "include-pattern": "e$", "log_stream_prefix": null, "log_stream_name": "s" })),
            Some(("g", "s", &["one", "three"])),
        ),
        (&bit, core(json!({ "auto_create_group": null })), None),
        (&bit, core(json!({ "include-pattern": "never" })), None),
        (
            &bit,
            core(json!({ "Name": "cloudwatch", "log_stream_prefix": null, "log_stream_name": "$(ecs_task_id)" })),
            Some(("g", "ID", all)),
        ),
        (&bit, json!({ "Name": "firehose", "region": "us-east-1", "delivery_stream": "d" }), None),
        (
            &fluentd,
            json!({ "@type": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g", "log_stream_name": "s", "message_keys": "log" }),
            None,
        ),
        (
            &fluentd,
            json!({ "@type": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g", "log_stream_name": "s", "message_keys": "log", "auto_create_stream": "true" }),
            Some(("g", "s", all)),
        ),
    ] {
        let mut lab = logging();
        firelens(&mut lab, router.clone(), "amazon/aws-for-fluent-bit", options.clone());
        let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "3m");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "{options}");
        let expected = expected.map(|(group, stream, texts)| {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            (group.to_string(), stream.replace("ID", &id(&task)), texts)
        });
        assert_eq!(stored(&mut lab), expected.into_iter().collect::<Vec<_>>(), "{options}");
    }
}

/// What Docker and FireLens add to a line, on an instance; and what stays when ECS forgets the task.
#[test]
fn lg_01_a_record_says_from_where_it_comes() {
    let options = json!({ "Name": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g", "log_stream_name": "s",
        "auto_create_group": "true", "log_retention_days": "7" });
    for (metadata, expected) in [
        (
            json!({}),
            &[
                "container_id",
                "container_name",
                "log",
                "source",
                "ec2_instance_id",
                "ecs_cluster",
                "ecs_task_arn",
                "ecs_task_definition",
            ][..],
        ),
        (json!({ "enable-ecs-log-metadata": "false" }), &["container_id", "container_name", "log", "source"]),
    ] {
        let mut lab = logging();
        firelens(
            &mut lab,
            json!({ "type": "fluentbit", "options": metadata }),
            "amazon/aws-for-fluent-bit",
            options.clone(),
        );
        let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "2m");
        let before = stored(&mut lab);
        let record: Value = serde_json::from_str(&before[0].2[0]).unwrap();
        let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
        assert_eq!(keys, expected);
        assert_eq!((&record["log"], &record["source"]), (&json!("one"), &json!("stdout")));
        assert_eq!(record["container_id"], describe(&lab, &task)["containers"][1]["runtimeId"]);
        assert!(record["container_name"].as_str().unwrap().starts_with("/ecs-web-1-app-"), "{record}");
        if !record["ecs_cluster"].is_null() {
            assert_eq!((&record["ecs_cluster"], &record["ecs_task_definition"]), (&json!("prod"), &json!("web:1")));
            assert_eq!(record["ecs_task_arn"], task["taskArn"]);
            assert!(record["ec2_instance_id"].as_str().unwrap().starts_with("i-"));
        }
        let groups = call(&mut lab, "logs", "DescribeLogGroups", json!({}));
        assert_eq!(groups["logGroups"][0]["retentionInDays"], 7);
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
        wait(&mut lab, "3h");
        assert_eq!(stored(&mut lab), before);
        // A new group of that name gets nothing of the old tasks.
        call(&mut lab, "logs", "DeleteLogGroup", json!({ "logGroupName": "g" }));
        call(&mut lab, "logs", "CreateLogGroup", json!({ "logGroupName": "g" }));
        assert_eq!(stored(&mut lab), []);
    }
}

/// A configuration from S3: several outputs; and the reasons of a FireLens container that has none.
#[test]
fn lg_01_firelens_needs_its_configuration() {
    let file = "[FILTER]\nName record_modifier\nMatch *\nRecord stage ${STAGE}\n[OUTPUT]\nName datadog\nMatch *\n\
                [OUTPUT]\nName cloudwatch_logs\nMatch *\nregion us-east-1\nlog_group_name /aws/ecs/${ECS_CLUSTER}\n\
                log_stream_template $stage\nlog_stream_prefix p\nlog_key log\nauto_create_group true";
    let s3 = |key: &str| {
        let value = format!("arn:aws:s3:::configs/{key}");
        json!({ "type": "fluentbit", "options": { "config-file-type": "s3", "config-file-value": value } })
    };
    let bit = json!({ "type": "fluentbit" });
    let lacks = "unable to download firelens s3 config file: unable to download s3 config b.conf from bucket configs: \
                 NoSuchKey: The specified key does not exist. status code: 404";
    let nameless = "unable to generate firelens config file: unable to generate firelens config: unable to apply log options \
                    of container app to firelens config: missing output key Name which is required for firelens \
                    configuration of type fluentbit";
    for (router, options, allowed, expected) in [
        (s3("a.conf"), json!({}), true, Ok("app")),
        (s3("b.conf"), json!({}), true, Err(lacks)),
        (
            s3("a.conf"),
            json!({}),
            false,
            Err(
                "unable to download firelens s3 config file: unable to download s3 config a.conf from bucket configs: AccessDenied: User: ",
            ),
        ),
        (bit.clone(), json!({ "region": "us-east-1" }), true, Err(nameless)),
        (bit, json!({ "exclude-pattern": "x" }), true, Ok("")),
    ] {
        let mut lab = logging();
        call(&mut lab, "s3", "CreateBucket", json!({ "Bucket": "configs" }));
        call(&mut lab, "s3", "PutObject", json!({ "Bucket": "configs", "Key": "a.conf", "Body": file }));
        if allowed {
            may(&mut lab, "ecsTaskExecutionRole", "s3:GetObject");
        }
        firelens(&mut lab, router.clone(), "amazon/aws-for-fluent-bit:init-latest", options.clone());
        let stage = json!({ "name": "router", "environment": [{ "name": "STAGE", "value": "app" }] });
        let more = json!({ "overrides": { "containerOverrides": [stage] } });
        let task = run(&mut lab, "web", 1, more)["tasks"][0].clone();
        wait(&mut lab, "90s");
        let found = describe(&lab, &task);
        match expected {
            Ok(stream) => {
                assert_eq!(found["lastStatus"], "RUNNING", "{router} {options}");
                let lines = vec!["one".to_string(), "two".to_string(), "three".to_string()];
                let all = [("/aws/ecs/prod".to_string(), stream.to_string(), lines)];
                assert_eq!(stored(&mut lab), if stream.is_empty() { &[][..] } else { &all }, "{router} {options}");
            }
            Err(why) => {
                let reason = found["stoppedReason"].as_str().unwrap_or_default();
                assert!(reason.starts_with(why), "{router} {options}: {reason}");
                assert_eq!(found["containers"][1]["exitCode"], Value::Null);
            }
        }
    }
}

/// What the router itself writes about an output that leads nowhere, and what its task's role lacks.
#[test]
fn lg_01_the_router_says_why_nothing_arrives() {
    let core = |more: &str| {
        let mut all = json!({ "Name": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g" });
        for (key, value) in more.split(' ').filter_map(|own| own.split_once('=')) {
            all[key] = value.into();
        }
        all
    };
    let (bit, fluentd) = (json!({ "type": "fluentbit" }), json!({ "type": "fluentd" }));
    let d = json!({ "@type": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "g", "log_stream_name": "s" });
    let go = core("Name=cloudwatch log_stream_name=s auto_create_group=true");
    for (router, options, action, expected) in [
        (
            &bit,
            core(""),
            "logs:*",
            "[error] [output:cloudwatch_logs:cloudwatch_logs.1] Either 'log_stream_name' or 'log_stream_prefix' is required",
        ),
        (
            &bit,
            core("log_stream_name=s"),
            "logs:*",
            "[error] [output:cloudwatch_logs:cloudwatch_logs.1] Log Group g not found and `auto_create_group` disabled.",
        ),
        (
            &bit,
            core("log_stream_name=s auto_create_group=on"),
            "logs:CreateLogStream",
            "[error] [output:cloudwatch_logs:cloudwatch_logs.1] CreateLogGroup API responded with error='AccessDeniedException', message='User: ",
        ),
        (
            &bit,
            core("log_stream_name=s auto_create_group=on"),
            "logs:Create*",
            "[error] [output:cloudwatch_logs:cloudwatch_logs.1] PutLogEvents API responded with error='AccessDeniedException', message='User: ",
        ),
        (
            &bit,
            core("log_stream_name=a:b auto_create_group=on"),
            "logs:*",
            "InvalidParameterException: log group 'g' or log stream 'a:b' is no valid name",
        ),
        (&bit, go.clone(), "logs:Create*", "level=error msg=\"[cloudwatch 0] AccessDeniedException: User: "),
        (
            &bit,
            core("Name=cloudwatch"),
            "logs:*",
            "level=error msg=\"[cloudwatch 0] log_stream_name or log_stream_prefix is required\"",
        ),
        (&fluentd, d.clone(), "logs:*", "[warn]: #0 Log group 'g' does not exist"),
        (&fluentd, d, "logs:Put*", "error_class=Aws::CloudWatchLogs::Errors::AccessDeniedException error=\"User: "),
    ] {
        let mut lab = logging();
        call(
            &mut lab,
            "iam",
            "DetachRolePolicy",
            json!({ "RoleName": "router", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
        );
        may(&mut lab, "router", action);
        call(&mut lab, "logs", "CreateLogGroup", json!({ "logGroupName": "routers" }));
        let own =
            json!({ "logDriver": "awslogs", "options": { "awslogs-group": "routers", "awslogs-stream-prefix": "r" } });
        firelens_with(&mut lab, router.clone(), "amazon/aws-for-fluent-bit", options.clone(), own);
        run(&mut lab, "web", 1, json!({}));
        wait(&mut lab, "2m");
        let found = stored(&mut lab);
        let said = found.iter().find(|(group, ..)| group == "routers").map(|(.., texts)| texts.join("\n"));
        let said = said.unwrap_or_default();
        assert!(said.contains(expected), "{options} {action}: {said}");
        assert!(found.iter().all(|(group, _, texts)| group == "routers" || texts.is_empty()), "{options} {action}");
    }
}

/// FireLens starts before what logs to it, though nothing says so.
#[test]
fn lg_01_the_router_starts_first() {
    let mut lab = logging();
    firelens(&mut lab, json!({ "type": "fluentbit" }), "mysql", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "5s");
    assert_eq!(describe(&lab, &task)["containers"][1]["lastStatus"], "PENDING");
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["containers"][1]["lastStatus"], "RUNNING");
}

/// LG-01: what is no log router, or has ended, leads nothing on.
#[test]
fn lg_01_a_router_that_does_not_serve_leads_nothing_on() {
    for (image, command, arrives) in [
        ("amazon/aws-for-fluent-bit", Value::Null, true),
        ("amazon/aws-for-fluent-bit", json!(["sh", "-c", "exit 1"]), false),
        ("busybox", json!(["sleep", "1000"]), false),
    ] {
        let mut lab = logging();
        let logs = json!({ "logDriver": "awsfirelens", "options": {
            "Name": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "/g", "log_stream_prefix": "p-",
            "auto_create_group": "true",
        } });
        let mut router = json!({
            "name": "router", "image": image, "memory": 64, "essential": false,
            "firelensConfiguration": { "type": "fluentbit" },
        });
        if !command.is_null() {
            router["command"] = command.clone();
        }
        let app = json!({ "name": "app", "image": "busybox", "memory": 64, "command": ["sh", "-c", SCRIPT], "logConfiguration": logs });
        let input = json!({ "family": "web", "taskRoleArn": "router", "executionRoleArn": "ecsTaskExecutionRole",
            "containerDefinitions": [router, app] });
        ecs(&mut lab, "RegisterTaskDefinition", input);
        run(&mut lab, "web", 1, json!({}));
        wait(&mut lab, "2m");
        assert_eq!(!stored(&mut lab).is_empty(), arrives, "{image} {command}");
    }
}
