//! The line that a command is equal to: `aws …` where AWS has the call, `lab …` where it has none.

use super::quote::quote;
use super::shorthand;
use crate::aws::arn;
use crate::lab::{ApiCall, Command};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The command as somebody would type it.
pub fn line_of(command: &Command) -> String {
    match command {
        Command::Api(call) => call_line(call),
        Command::Advance(span) => format!("lab advance {span}"),
    }
}

/// S3's calls have commands of the AWS CLI's own.
fn of_s3(call: &ApiCall) -> String {
    let text = |member: &str| call.input[member].as_str().unwrap_or_default();
    let uri = |rest: &str| quote(&format!("s3://{}{rest}", text("Bucket")));
    let object = || uri(&format!("/{}", text("Key")));
    let words = match call.operation.as_str() {
        "CreateBucket" => format!("mb {}", uri("")),
        "DeleteBucket" => format!("rb {}", uri("")),
        "PutObject" => {
            return format!("printf %s {} | {}", quote(text("Body")), behind(call, format!("cp - {}", object())));
        }
        "GetObject" => format!("cp {} -", object()),
        "CopyObject" => format!("cp {} {}", quote(&format!("s3://{}", text("CopySource"))), object()),
        "DeleteObject" => format!("rm {}", object()),
        "ListObjectsV2" => {
            let deep = if call.input["Delimiter"].is_null() { " --recursive" } else { "" };
            format!("ls {}{deep}", uri(&format!("/{}", text("Prefix"))))
        }
        _ => "ls".to_string(),
    };
    behind(call, words)
}

fn behind(call: &ApiCall, words: String) -> String {
    let mut all = alloc::vec!["aws s3".to_string(), words];
    all.extend(profile(call));
    all.join(" ")
}

fn call_line(call: &ApiCall) -> String {
    if call.service == "s3" {
        return of_s3(call);
    }
    // The command line's word for CodeDeploy is another than the API's.
    let service = if call.service == "codedeploy" { "deploy" } else { &call.service };
    let mut words = alloc::vec![service.to_string(), kebab(&call.operation)];
    if call.service != "lab" {
        words.insert(0, "aws".to_string());
    }
    if call.operation == "RegisterTaskDefinition" {
        words.push("--cli-input-json".to_string());
        words.push(quote(&call.input.to_string()));
        words.extend(profile(call));
        return words.join(" ");
    }
    let members = call.input.as_object().into_iter().flatten();
    let both_counts = call.input["MinCount"] == call.input["MaxCount"];
    for (name, value) in members {
        match name.as_str() {
            // `run-instances` has one option for the two members.
            "MinCount" => {}
            "MaxCount" if both_counts => words.extend(["--count".to_string(), value.to_string()]),
            "MaxCount" => words.extend(["--count".to_string(), format!("{}:{value}", call.input["MinCount"])]),
            "UserData" => words.extend(["--user-data".to_string(), quote(&decoded(value))]),
            _ => option(&mut words, &call.service, name, value),
        }
    }
    words.extend(profile(call));
    words.join(" ")
}

/// Somebody else than the learner has a profile of their name.
fn profile(call: &ApiCall) -> Option<String> {
    let name = arn::short_name(call.caller.as_deref()?);
    Some(format!("--profile {}", quote(name)))
}

/// The AWS CLI encodes user data itself, so the line carries the text.
fn decoded(value: &Value) -> String {
    let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn option(words: &mut Vec<String>, service: &str, name: &str, value: &Value) {
    let flag = kebab(name);
    match value {
        Value::Null => {}
        Value::Bool(true) => words.push(format!("--{flag}")),
        Value::Bool(false) => words.push(format!("--{}", negative(service, &flag))),
        Value::String(text) => words.extend([format!("--{flag}"), quote(text)]),
        Value::Number(number) => words.extend([format!("--{flag}"), number.to_string()]),
        // A switch of EC2's.
        Value::Object(map) if service == "ec2" && map.len() == 1 && value["Value"].is_boolean() => {
            option(words, service, name, &value["Value"]);
        }
        Value::Object(map) => words.extend([format!("--{flag}"), structure(map, value)]),
        Value::Array(items) => {
            words.push(format!("--{flag}"));
            words.extend(list(items, value));
        }
    }
}

fn structure(map: &serde_json::Map<String, Value>, value: &Value) -> String {
    quote(&shorthand::structure(map).unwrap_or_else(|| value.to_string()))
}

/// One word an item; the whole list as JSON where an item has no shorthand.
fn list(items: &[Value], whole: &Value) -> Vec<String> {
    let word = |item: &Value| match item {
        Value::String(text) => Some(quote(text)),
        Value::Object(map) => shorthand::structure(map).map(|word| quote(&word)),
        _ => None,
    };
    let words: Option<Vec<String>> = items.iter().map(word).collect();
    words.filter(|words| !words.is_empty()).unwrap_or_else(|| alloc::vec![quote(&whole.to_string())])
}

/// What an option is called that sets a member to false.
pub(super) fn negative(service: &str, flag: &str) -> String {
    match (service, flag) {
        ("ecs", "enable-execute-command") => "disable-execute-command".to_string(),
        ("ecs", "interactive") => "non-interactive".to_string(),
        ("ec2", "egress") => "ingress".to_string(),
        ("ec2", "disable-api-termination") => "enable-api-termination".to_string(),
        _ => format!("no-{flag}"),
    }
}

/// `RunTask` → `run-task`, `enableECSManagedTags` → `enable-ecs-managed-tags`, as the AWS CLI names options.
pub fn kebab(name: &str) -> String {
    // A plural of an abbreviation is one word: `TargetGroupARNs` → `target-group-arns`.
    if let Some(stem) = name.strip_suffix('s') {
        let start = stem.trim_end_matches(|sign: char| sign.is_ascii_uppercase()).len();
        if stem.len() - start >= 2 && start > 0 {
            let (before, after) = name.split_at(start);
            return format!("{}-{}", kebab(before), after.to_ascii_lowercase());
        }
    }
    let signs: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, sign) in signs.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| signs.get(i));
        let after_is_lower = signs.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let starts_word =
            sign.is_ascii_uppercase() && before.is_some_and(|before| !before.is_ascii_uppercase() || after_is_lower);
        if starts_word {
            out.push('-');
        }
        out.push(sign.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::SimDuration;
    use serde_json::json;

    #[test]
    fn names_of_options() {
        for (name, expected) in [
            ("RunTask", "run-task"),
            ("cluster", "cluster"),
            ("enableECSManagedTags", "enable-ecs-managed-tags"),
            ("IamInstanceProfile", "iam-instance-profile"),
            ("InstanceIds", "instance-ids"),
            ("TargetGroupARNs", "target-group-arns"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }

    #[test]
    fn lines_of_s3() {
        for (operation, input, expected) in [
            ("CreateBucket", json!({ "Bucket": "b" }), "aws s3 mb s3://b"),
            ("DeleteBucket", json!({ "Bucket": "b" }), "aws s3 rb s3://b"),
            (
                "PutObject",
                json!({ "Bucket": "b", "Key": "k", "Body": "a b\n" }),
                "printf %s 'a b\n' | aws s3 cp - s3://b/k",
            ),
            ("GetObject", json!({ "Bucket": "b", "Key": "k" }), "aws s3 cp s3://b/k -"),
            ("CopyObject", json!({ "Bucket": "b", "Key": "k", "CopySource": "a/x" }), "aws s3 cp s3://a/x s3://b/k"),
            ("DeleteObject", json!({ "Bucket": "b", "Key": "k" }), "aws s3 rm s3://b/k"),
            ("ListObjectsV2", json!({ "Bucket": "b", "Prefix": "k/" }), "aws s3 ls s3://b/k/ --recursive"),
            ("ListBuckets", json!({}), "aws s3 ls"),
        ] {
            assert_eq!(line_of(&Command::Api(ApiCall::new("s3", operation, input))), expected);
        }
    }

    #[test]
    fn lines_that_the_aws_cli_would_take() {
        let script = STANDARD.encode("#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config");
        for (command, expected) in [
            (
                Command::Api(ApiCall::new("codedeploy", "GetDeployment", json!({ "deploymentId": "d-1" }))),
                "aws deploy get-deployment --deployment-id d-1",
            ),
            (
                Command::ecs(
                    "RunTask",
                    json!({
                        "cluster": "prod", "taskDefinition": "api:7", "count": 2, "enableExecuteCommand": true,
                        "placementStrategy": [
                            { "type": "spread", "field": "attribute:ecs.availability-zone" },
                            { "type": "binpack", "field": "memory" },
                        ],
                        "placementConstraints": [{ "type": "memberOf", "expression": "attribute:stack == prod" }],
                    }),
                ),
                "aws ecs run-task --cluster prod --task-definition api:7 --count 2 --enable-execute-command \
                 --placement-strategy type=spread,field=attribute:ecs.availability-zone type=binpack,field=memory \
                 --placement-constraints 'type=memberOf,expression=attribute:stack == prod'",
            ),
            (
                Command::ecs(
                    "RunTask",
                    json!({ "placementConstraints": [{ "type": "memberOf", "expression": "attribute:a in [b, c]" }] }),
                ),
                "aws ecs run-task --placement-constraints '[{\"type\":\"memberOf\",\"expression\":\"attribute:a in [b, c]\"}]'",
            ),
            (
                Command::ec2(
                    "RunInstances",
                    json!({
                        "InstanceType": "t3.medium", "MinCount": 2, "MaxCount": 2,
                        "Placement": { "AvailabilityZone": "us-east-1a" }, "UserData": script,
                    }),
                ),
                "aws ec2 run-instances --instance-type t3.medium --count 2 --placement AvailabilityZone=us-east-1a \
                 --user-data '#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config'",
            ),
            (
                Command::ecs("UpdateService", json!({ "service": "web", "enableExecuteCommand": false })),
                "aws ecs update-service --service web --disable-execute-command",
            ),
            (
                Command::ecs("RegisterTaskDefinition", json!({ "family": "web", "containerDefinitions": [] })),
                "aws ecs register-task-definition --cli-input-json '{\"family\":\"web\",\"containerDefinitions\":[]}'",
            ),
            (
                Command::Api(ApiCall::new(
                    "lab",
                    "External",
                    json!({ "cpus": 4, "memory": 8192, "cluster": "prod", "attributes": { "stack": "edge", "rack": "7" } }),
                )),
                "lab external --cpus 4 --memory 8192 --cluster prod --attributes stack=edge,rack=7",
            ),
            (
                Command::Api(ApiCall::new(
                    "lab",
                    "Fault",
                    json!({ "fargateCapacity": { "zone": "us-east-1a", "available": false } }),
                )),
                "lab fault --fargate-capacity zone=us-east-1a,available=false",
            ),
            (
                Command::Api(ApiCall::new(
                    "lab",
                    "Load",
                    json!({
                        "cluster": "prod", "service": "web", "repeatSeconds": 86400, "workMilliseconds": 20,
                        "points": [
                            { "seconds": 0, "requestsPerSecond": 50 }, { "seconds": 43200, "requestsPerSecond": 400 },
                        ],
                    }),
                )),
                "lab load --cluster prod --service web --repeat-seconds 86400 --work-milliseconds 20 \
                 --points seconds=0,requestsPerSecond=50 seconds=43200,requestsPerSecond=400",
            ),
            (Command::Advance(SimDuration::from_secs(300)), "lab advance 5m"),
        ] {
            assert_eq!(line_of(&command), expected);
        }
    }
}
