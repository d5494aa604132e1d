//! AppSpec files that CodeDeploy reads in S3 (CDP-06).

use super::codedeploy::{deploy, in_s3, ready, shown, spec, status};
use super::shifts::Stage;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn deploy_revision(own: &mut Stage, revision: Value) -> String {
    deploy(own, "api:2", json!({ "revision": revision }))
}

fn s3(lab: &mut Lab, operation: &str, input: Value) {
    lab.apply(Command::Api(ApiCall::new("s3", operation, input)))
        .unwrap_or_else(|error| panic!("{operation}: {error}"));
}

#[test]
fn cdp_06_an_appspec_file_is_read_in_s3() {
    let mut own = ready(json!({}));
    let content = spec("api:2")["appSpecContent"]["content"].clone();
    s3(&mut own.lab, "CreateBucket", json!({ "Bucket": "specs" }));
    s3(&mut own.lab, "PutObject", json!({ "Bucket": "specs", "Key": "v2/app.yaml", "Body": content }));
    s3(&mut own.lab, "PutObject", json!({ "Bucket": "specs", "Key": "bad.yaml", "Body": "[" }));
    let first = "The deployment failed because the AppSpec file that specifies the deployment configuration is missing or has an \
                 invalid configuration. ";
    for (bucket, key, why) in [
        ("none", "v2/app.yaml", "s3://none/v2/app.yaml: The specified bucket does not exist"),
        ("specs", "none.yaml", "s3://specs/none.yaml: The specified key does not exist."),
        (
            "specs",
            "bad.yaml",
            "s3://specs/bad.yaml: The input AppSpec file is a not well-formed yaml. The template cannot be parsed. (line 1)",
        ),
    ] {
        let id = deploy_revision(&mut own, in_s3(bucket, key, "YAML"));
        let error = shown(&own, &id)["errorInformation"].clone();
        let expected = json!({ "code": "INVALID_REVISION", "message": format!("{first}{why}") });
        assert_eq!((status(&own, &id).as_str(), error), ("Failed", expected), "{bucket} {key}");
    }
    let id = deploy_revision(&mut own, in_s3("specs", "v2/app.yaml", "YAML"));
    // What CodeDeploy has read is what it rolls out.
    s3(&mut own.lab, "DeleteObject", json!({ "Bucket": "specs", "Key": "v2/app.yaml" }));
    wait(&mut own.lab, "10m");
    assert_eq!(status(&own, &id), "Succeeded");
    assert_eq!(shown(&own, &id)["revision"]["s3Location"]["key"], "v2/app.yaml");
    // The role that reads is the group's.
    let policy = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS";
    own.iam("DetachRolePolicy", json!({ "RoleName": "deployer", "PolicyArn": policy }));
    let id = deploy_revision(&mut own, in_s3("specs", "bad.yaml", "YAML"));
    let error = shown(&own, &id)["errorInformation"].clone();
    assert_eq!((status(&own, &id).as_str(), &error["code"]), ("Failed", &json!("IAM_ROLE_PERMISSIONS")));
    assert!(error["message"].as_str().unwrap().contains("in the following AWS service: AmazonS3."), "{error}");
}
