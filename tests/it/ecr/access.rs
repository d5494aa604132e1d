//! Who may use a repository: identity policies and the repository's own (3.3, 3.4).

use super::support::{ecr, lab, push, small};
use crate::lab::identities::{allow, iam};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/web";

fn user(lab: &mut Lab, name: &str, policy: Option<String>) {
    iam(lab, "CreateUser", json!({ "UserName": name }));
    if let Some(policy) = policy {
        iam(lab, "PutUserPolicy", json!({ "UserName": name, "PolicyName": "own", "PolicyDocument": policy }));
    }
}

/// The message of a refusal of `user/NAME`; none when it goes.
fn refusal(lab: &mut Lab, name: &str, operation: &str, input: Value) -> Option<String> {
    let call = ApiCall::new("ecr", operation, input).by(&format!("user/{name}"));
    let error = lab.apply(Command::Api(call)).err()?;
    assert_eq!(error.code, "AccessDeniedException", "{error}");
    Some(error.message)
}

fn set_policy(lab: &mut Lab, statements: Value) {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    ecr(lab, "SetRepositoryPolicy", json!({ "repositoryName": "web", "policyText": policy }));
}

/// ECR 3.3, as recorded: the repository's policy denies what an identity's allows, to administrators too.
#[test]
fn ecr_3_3_an_explicit_deny_of_the_repository() {
    let mut lab = lab();
    push(&mut lab, "web", &small("a"), "original");
    user(&mut lab, "Delegated", Some(allow(json!("ecr:*"), "*")));
    let get = || json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "original" }] });
    assert_eq!(refusal(&mut lab, "Delegated", "BatchGetImage", get()), None);
    set_policy(&mut lab, json!([{ "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage" }]));
    for name in ["Delegated", "learner"] {
        let message = format!(
            "User: arn:aws:iam::123456789012:user/{name} is not authorized to perform: ecr:BatchGetImage on resource: {ARN} with an explicit deny in a resource-based policy"
        );
        assert_eq!(refusal(&mut lab, name, "BatchGetImage", get()), Some(message));
    }
}

/// ECR 3.3: the repository's policy alone lets a user of the account pull, but never log in.
#[test]
fn ecr_3_3_what_a_repository_policy_can_grant() {
    let mut lab = lab();
    push(&mut lab, "web", &small("a"), "1");
    user(&mut lab, "guest", None);
    let get = || json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "1" }] });
    let nobody = |action: &str, resource: &str| {
        Some(format!(
            "User: arn:aws:iam::123456789012:user/guest is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
        ))
    };
    assert_eq!(refusal(&mut lab, "guest", "BatchGetImage", get()), nobody("ecr:BatchGetImage", ARN));
    let who = json!({ "AWS": "arn:aws:iam::123456789012:user/guest" });
    set_policy(
        &mut lab,
        json!([{ "Effect": "Allow", "Principal": who, "Action": ["ecr:BatchGetImage", "ecr:GetAuthorizationToken"] }]),
    );
    assert_eq!(refusal(&mut lab, "guest", "BatchGetImage", get()), None);
    let token = refusal(&mut lab, "guest", "GetAuthorizationToken", json!({}));
    assert_eq!(token, nobody("ecr:GetAuthorizationToken", "*"));
}

/// ECR 3.4: a push asks for one action after another; without it, this is what is said.
#[test]
fn ecr_3_4_the_actions_of_a_push() {
    let mut lab = lab();
    let image = small("a");
    let id = "01234567-89ab-cdef-0123-456789abcdef";
    let digest = &image.layers[0].digest;
    for (operation, input) in [
        ("BatchCheckLayerAvailability", json!({ "layerDigests": [digest] })),
        ("InitiateLayerUpload", json!({})),
        ("UploadLayerPart", json!({ "uploadId": id, "partFirstByte": 0, "partLastByte": 0, "layerPartBlob": "YQ==" })),
        ("CompleteLayerUpload", json!({ "uploadId": id, "layerDigests": [digest] })),
        ("PutImage", json!({ "imageManifest": image.manifest })),
    ] {
        let name = format!("without-{operation}");
        let mut input = input;
        input["repositoryName"] = json!("web");
        let actions: Vec<String> = [
            "BatchCheckLayerAvailability",
            "InitiateLayerUpload",
            "UploadLayerPart",
            "CompleteLayerUpload",
            "PutImage",
        ]
        .iter()
        .filter(|own| **own != operation)
        .map(|own| format!("ecr:{own}"))
        .collect();
        user(&mut lab, &name, Some(allow(json!(actions), ARN)));
        let message = format!(
            "User: arn:aws:iam::123456789012:user/{name} is not authorized to perform: ecr:{operation} on resource: {ARN} because no identity-based policy allows the ecr:{operation} action"
        );
        assert_eq!(refusal(&mut lab, &name, operation, input), Some(message));
    }
}
