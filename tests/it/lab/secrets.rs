//! Secrets and parameters (7.2, 5.5): made, changed and deleted by their own services, read by tasks at their start.

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn attempt(lab: &mut Lab, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new(service, operation, input))).map(|outcome| outcome.reply)
}

fn made(lab: &mut Lab, service: &str, operation: &str, input: Value) -> Value {
    attempt(lab, service, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// stoppedReason of a task with such a secret, on Fargate or on an instance; its lastStatus when it runs.
fn outcome(lab: &mut Lab, launch: &str, from: &str) -> String {
    let definition = json!({
        "family": "s", "networkMode": if launch == "FARGATE" { "awsvpc" } else { "bridge" }, "cpu": "256", "memory": "512",
        "executionRoleArn": "execution",
        "containerDefinitions": [{ "name": "app", "image": "nginx", "secrets": [{ "name": "A", "valueFrom": from }] }],
    });
    ecs(lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    let more = match launch {
        "FARGATE" => json!({ "launchType": launch, "networkConfiguration": network }),
        _ => json!({}),
    };
    let task = run(lab, "s", 1, more)["tasks"][0].clone();
    wait(lab, "1m");
    let now = describe(lab, &task);
    now["stoppedReason"].as_str().or(now["lastStatus"].as_str()).unwrap().to_string()
}

/// 7.2, 5.5: an invented secret or parameter fails its task at the start; one that is there does not.
#[test]
fn a_task_starts_only_with_secrets_that_are_there() {
    let failed = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: \
                  unable to retrieve";
    let mut lab = lab();
    task_role(&mut lab, "execution");
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let invented = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
    let secret = json!({ "Name": "db", "SecretString": "{\"password\":\"p\"}" });
    let arn = made(&mut lab, "secretsmanager", "CreateSecret", secret)["ARN"].as_str().unwrap().to_string();
    let key = format!("{arn}:password::");
    made(&mut lab, "ssm", "PutParameter", json!({ "Name": "/db/password", "Type": "SecureString", "Value": "p" }));
    made(&mut lab, "ssm", "PutParameter", json!({ "Name": "plain", "Type": "String", "Value": "p" }));
    let empty = made(&mut lab, "secretsmanager", "CreateSecret", json!({ "Name": "empty" }))["ARN"].clone();
    for (launch, from, expected) in [
        (
            "FARGATE",
            invented,
            format!(
                "{failed} secret from asm: service call has been retried 1 time(s): failed to fetch secret {invented} from \
                 secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."
            ),
        ),
        (
            "EC2",
            invented,
            format!(
                "Fetching secret data from AWS Secrets Manager in region us-east-1: secret {invented}: \
                 ResourceNotFoundException: Secrets Manager can't find the specified secret."
            ),
        ),
        (
            "FARGATE",
            empty.as_str().unwrap(),
            format!(
                "{failed} secret from asm: service call has been retried 1 time(s): failed to fetch secret {} from secrets \
                 manager: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging \
                 label: AWSCURRENT",
                empty.as_str().unwrap()
            ),
        ),
        (
            "FARGATE",
            "/no/such",
            format!(
                "{failed} secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /no/such"
            ),
        ),
        (
            "EC2",
            "/no/such",
            "Fetching secret data from SSM Parameter Store in us-east-1: invalid ssm parameters: /no/such".to_string(),
        ),
        ("FARGATE", &arn, "RUNNING".to_string()),
        ("FARGATE", &key, "RUNNING".to_string()),
        ("EC2", &arn, "RUNNING".to_string()),
        ("FARGATE", "/db/password", "RUNNING".to_string()),
        ("FARGATE", "arn:aws:ssm:us-east-1:123456789012:parameter/db/password", "RUNNING".to_string()),
        ("FARGATE", "arn:aws:ssm:us-east-1:123456789012:parameter/plain", "RUNNING".to_string()),
        ("EC2", "plain", "RUNNING".to_string()),
    ] {
        assert_eq!(outcome(&mut lab, launch, from), expected, "{launch} {from}");
    }
    made(&mut lab, "secretsmanager", "DeleteSecret", json!({ "SecretId": "db" }));
    assert!(outcome(&mut lab, "FARGATE", &arn).contains("it was marked for deletion."));
}

#[test]
fn a_secret_has_a_current_and_a_previous_version() {
    let mut lab = lab();
    let call = |lab: &mut Lab, operation: &str, input: Value| attempt(lab, "secretsmanager", operation, input);
    let first = call(&mut lab, "CreateSecret", json!({ "Name": "db", "SecretString": "one" })).unwrap();
    let arn = first["ARN"].as_str().unwrap();
    let (stem, signs) = arn.rsplit_once('-').unwrap();
    assert_eq!((stem, signs.len()), ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db", 6));
    call(&mut lab, "PutSecretValue", json!({ "SecretId": stem, "SecretString": "two" })).unwrap();
    for (more, value, stage) in [
        (json!({}), "two", "AWSCURRENT"),
        (json!({ "VersionStage": "AWSPREVIOUS" }), "one", "AWSPREVIOUS"),
        (json!({ "VersionId": first["VersionId"] }), "one", "AWSPREVIOUS"),
    ] {
        let mut input = more;
        input["SecretId"] = json!(arn);
        let found = call(&mut lab, "GetSecretValue", input).unwrap();
        assert_eq!((&found["SecretString"], &found["VersionStages"]), (&json!(value), &json!([stage])));
    }
    let list = call(&mut lab, "ListSecrets", json!({})).unwrap();
    assert_eq!(list["SecretList"][0]["SecretVersionsToStages"].as_object().unwrap().len(), 2);
    for (operation, input, code) in [
        ("CreateSecret", json!({ "Name": "db" }), "ResourceExistsException"),
        ("CreateSecret", json!({ "Name": "a b" }), "ValidationException"),
        ("GetSecretValue", json!({ "SecretId": "no" }), "ResourceNotFoundException"),
        ("PutSecretValue", json!({ "SecretId": "db" }), "InvalidRequestException"),
        ("DeleteSecret", json!({ "SecretId": "db", "RecoveryWindowInDays": 6 }), "InvalidParameterException"),
    ] {
        assert_eq!(call(&mut lab, operation, input.clone()).unwrap_err().code, code, "{operation} {input}");
    }
    call(&mut lab, "DeleteSecret", json!({ "SecretId": "db" })).unwrap();
    assert_eq!(call(&mut lab, "ListSecrets", json!({})).unwrap()["SecretList"], json!([]));
    let again = call(&mut lab, "CreateSecret", json!({ "Name": "db" })).unwrap_err();
    assert_eq!(again.code, "InvalidRequestException");
}

#[test]
fn a_parameter_is_put_once_and_then_overwritten() {
    let mut lab = lab();
    let call = |lab: &mut Lab, operation: &str, input: Value| attempt(lab, "ssm", operation, input);
    let input = json!({ "Name": "/a/b", "Type": "SecureString", "Value": "one" });
    assert_eq!(call(&mut lab, "PutParameter", input.clone()).unwrap()["Version"], 1);
    assert_eq!(call(&mut lab, "PutParameter", input).unwrap_err().code, "ParameterAlreadyExists");
    let over = json!({ "Name": "/a/b", "Value": "two", "Overwrite": true });
    assert_eq!(call(&mut lab, "PutParameter", over).unwrap()["Version"], 2);
    let get = |lab: &mut Lab, decrypted: bool| {
        let input = json!({ "Name": "/a/b", "WithDecryption": decrypted });
        call(lab, "GetParameter", input).unwrap()["Parameter"].clone()
    };
    assert_eq!(get(&mut lab, true)["Value"], "two");
    assert_ne!(get(&mut lab, false)["Value"], "two");
    assert_eq!(get(&mut lab, true)["ARN"], "arn:aws:ssm:us-east-1:123456789012:parameter/a/b");
    let below = call(&mut lab, "GetParametersByPath", json!({ "Path": "/a" })).unwrap();
    assert_eq!(below["Parameters"].as_array().unwrap().len(), 1);
    for (input, code) in [
        (json!({ "Name": "x", "Value": "v" }), "ValidationException"),
        (json!({ "Name": "a/b", "Type": "String", "Value": "v" }), "ValidationException"),
        (json!({ "Name": "/aws/x", "Type": "String", "Value": "v" }), "AccessDeniedException"),
    ] {
        assert_eq!(call(&mut lab, "PutParameter", input.clone()).unwrap_err().code, code, "{input}");
    }
    call(&mut lab, "DeleteParameter", json!({ "Name": "/a/b" })).unwrap();
    assert_eq!(call(&mut lab, "DeleteParameter", json!({ "Name": "/a/b" })).unwrap_err().code, "ParameterNotFound");
}
