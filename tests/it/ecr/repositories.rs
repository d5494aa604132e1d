//! Repositories, their settings, tags and policies (3.1, 3.2, 3.3, 3.7, 3.12).

use super::support::*;
use ecs_lab::lab::{Lab, Start};
use serde_json::{Value, json};

const PLACE: &str = "in the registry with id '123456789012'";

/// ECR 3.1, 3.7: name or setting → accepted, or code and a part of the message.
#[test]
fn ecr_3_1_what_a_repository_may_be() {
    let filter = |filter: &str| json!([{ "filterType": "WILDCARD", "filter": filter }]);
    let six: Vec<Value> = (0..6).map(|n| json!({ "filterType": "WILDCARD", "filter": format!("t{n}") })).collect();
    let (invalid, client) = ("InvalidParameterException", "ParamValidation");
    for (input, expected) in [
        (json!({ "repositoryName": "team/web-app.v2_x" }), None),
        (json!({ "repositoryName": "0digits" }), None),
        (json!({ "repositoryName": "a__b/c--d" }), None),
        (json!({ "repositoryName": "Web" }), Some((invalid, "must satisfy regular expression '[a-z0-9]+"))),
        (json!({ "repositoryName": "web/" }), Some((invalid, "Invalid parameter at 'repositoryName' failed"))),
        (json!({ "repositoryName": "a..b" }), Some((invalid, "regular expression"))),
        (json!({ "repositoryName": "-web" }), Some((invalid, "regular expression"))),
        (
            json!({ "repositoryName": "x" }),
            Some((client, "Invalid length for parameter repositoryName, value: 1, valid min length: 2")),
        ),
        (
            json!({ "repositoryName": "x".repeat(257) }),
            Some((invalid, "'Member must have length less than or equal to 256'")),
        ),
        (
            json!({ "repositoryName": "web", "imageTagMutability": "SOMETIMES" }),
            Some((
                invalid,
                "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]'",
            )),
        ),
        (
            json!({ "repositoryName": "web", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION" }),
            Some((invalid, "required")),
        ),
        (
            json!({ "repositoryName": "web", "imageTagMutability": "MUTABLE", "imageTagMutabilityExclusionFilters": filter("a*") }),
            Some((invalid, "only with")),
        ),
        (
            json!({ "repositoryName": "web", "imageTagMutability": "MUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filter("a b") }),
            Some((invalid, "imageTagMutabilityExclusionFilters.1.member.filter")),
        ),
        (
            json!({ "repositoryName": "web", "imageTagMutability": "MUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": six }),
            Some((invalid, "less than or equal to 5")),
        ),
        (
            json!({ "repositoryName": "web", "registryId": "000000000001" }),
            Some(("AccessDeniedException", "own account")),
        ),
        (
            json!({ "repositoryName": "web", "tags": [{ "Key": "aws:x", "Value": "" }] }),
            Some(("InvalidTagParameterException", "reserved")),
        ),
        (
            json!({ "repositoryName": "web", "tags": [{ "key": "x", "value": "" }] }),
            Some((client, "Unknown parameter in tags[0]")),
        ),
    ] {
        let mut lab = Lab::new(Start::default());
        match expected {
            None => drop(ecr(&mut lab, "CreateRepository", input)),
            Some((code, part)) => {
                let (got, message) = refused(&mut lab, "CreateRepository", input.clone());
                assert!(got == code && message.contains(part), "{input}: {got}: {message}");
            }
        }
    }
}

/// ECR 3.1: encryption is AES256, or a KMS key, and fixed.
#[test]
fn ecr_3_1_encryption() {
    let mut lab = lab();
    let own = "arn:aws:kms:us-east-1:123456789012:key/0ec51ab0-0000-4000-8000-0000000000ec";
    for (name, given, expected) in [
        ("aa", json!({ "encryptionType": "AES256" }), json!({ "encryptionType": "AES256" })),
        ("bb", json!({ "encryptionType": "KMS" }), json!({ "encryptionType": "KMS", "kmsKey": own })),
        (
            "cc",
            json!({ "encryptionType": "KMS_DSSE", "kmsKey": "k" }),
            json!({ "encryptionType": "KMS_DSSE", "kmsKey": "k" }),
        ),
    ] {
        let input = json!({ "repositoryName": name, "encryptionConfiguration": given });
        assert_eq!(ecr(&mut lab, "CreateRepository", input)["repository"]["encryptionConfiguration"], expected);
    }
}

/// ECR 3.12: every call on a repository that is missing, or another registry's, says so in the same words.
#[test]
fn ecr_3_12_no_such_repository() {
    let mut lab = lab();
    let id = json!({ "imageTag": "x" });
    let policy = "x".repeat(100);
    for (operation, more) in [
        ("DeleteRepository", json!({})),
        ("DescribeImages", json!({})),
        ("ListImages", json!({})),
        ("BatchGetImage", json!({ "imageIds": [id] })),
        ("BatchDeleteImage", json!({ "imageIds": [id] })),
        ("BatchCheckLayerAvailability", json!({ "layerDigests": ["sha256:00"] })),
        ("InitiateLayerUpload", json!({})),
        ("PutImage", json!({ "imageManifest": "{}" })),
        ("GetDownloadUrlForLayer", json!({ "layerDigest": "sha256:00" })),
        ("PutImageTagMutability", json!({ "imageTagMutability": "MUTABLE" })),
        ("PutImageScanningConfiguration", json!({ "imageScanningConfiguration": {} })),
        ("PutLifecyclePolicy", json!({ "lifecyclePolicyText": policy })),
        ("GetLifecyclePolicy", json!({})),
        ("DeleteLifecyclePolicy", json!({})),
        ("StartLifecyclePolicyPreview", json!({})),
        ("GetLifecyclePolicyPreview", json!({})),
        ("SetRepositoryPolicy", json!({ "policyText": "{}" })),
        ("GetRepositoryPolicy", json!({})),
        ("DeleteRepositoryPolicy", json!({})),
        ("StartImageScan", json!({ "imageId": id })),
        ("DescribeImageScanFindings", json!({ "imageId": id })),
        ("DescribeImageReplicationStatus", json!({ "imageId": id })),
        ("UpdateImageStorageClass", json!({ "imageId": id, "targetStorageClass": "ARCHIVE" })),
    ] {
        for (name, registry) in [("nosuch", "123456789012"), ("web", "000000000001")] {
            let mut input = more.clone();
            input["repositoryName"] = json!(name);
            input["registryId"] = json!(registry);
            let message =
                format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
            assert_eq!(
                refused(&mut lab, operation, input),
                ("RepositoryNotFoundException".to_string(), message),
                "{operation}"
            );
        }
    }
    let arn = json!({ "resourceArn": "arn:aws:ecr:us-east-1:123456789012:repository/nosuch" });
    let message = format!("The repository with name 'nosuch' does not exist {PLACE}");
    assert_eq!(refused(&mut lab, "ListTagsForResource", arn), ("RepositoryNotFoundException".to_string(), message));
    for arn in
        ["web", "arn:aws:ecs:us-east-1:123456789012:cluster/web", "arn:aws:ecr:us-east-1:123456789012:repository/"]
    {
        assert_eq!(
            refused(&mut lab, "ListTagsForResource", json!({ "resourceArn": arn })).0,
            "InvalidParameterException"
        );
    }
}

/// ECR 3.1: described by name, all in pages, or the one that is missing.
#[test]
fn ecr_3_1_repositories_are_described() {
    let mut lab = lab();
    for name in ["api", "team/jobs"] {
        ecr(&mut lab, "CreateRepository", json!({ "repositoryName": name }));
    }
    let names = |reply: &Value| {
        let all = reply["repositories"]
            .as_array()
            .unwrap()
            .iter()
            .map(|own| own["repositoryName"].as_str().unwrap().to_string());
        all.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&ecr(&mut lab, "DescribeRepositories", json!({}))), "api team/jobs web");
    let first = ecr(&mut lab, "DescribeRepositories", json!({ "maxResults": 2 }));
    assert_eq!(names(&first), "api team/jobs");
    let next = ecr(&mut lab, "DescribeRepositories", json!({ "maxResults": 2, "nextToken": first["nextToken"] }));
    assert_eq!((names(&next).as_str(), &next["nextToken"]), ("web", &Value::Null));
    assert_eq!(names(&ecr(&mut lab, "DescribeRepositories", json!({ "repositoryNames": ["web", "api"] }))), "web api");
    let (code, message) = refused(&mut lab, "DescribeRepositories", json!({ "repositoryNames": ["web", "nope"] }));
    assert_eq!(
        (code.as_str(), message),
        ("RepositoryNotFoundException", format!("The repository with name 'nope' does not exist {PLACE}"))
    );
}

/// ECR 3.6: one with images goes only by force.
#[test]
fn ecr_3_6_a_repository_with_images_goes_only_by_force() {
    let mut lab = lab();
    push(&mut lab, "web", &small("a"), "1");
    let message = "The repository with name 'web' in registry with id '123456789012' cannot be deleted because it still contains images";
    let refusal = refused(&mut lab, "DeleteRepository", json!({ "repositoryName": "web" }));
    assert_eq!(refusal, ("RepositoryNotEmptyException".to_string(), message.to_string()));
    ecr(&mut lab, "DeleteRepository", json!({ "repositoryName": "web", "force": true }));
    assert_eq!(ecr(&mut lab, "DescribeRepositories", json!({}))["repositories"], json!([]));
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "web" }));
    assert_eq!(ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" })), json!({ "imageDetails": [] }));
    assert_eq!(ecr(&mut lab, "ListImages", json!({ "repositoryName": "web" })), json!({ "imageIds": [] }));
    ecr(&mut lab, "DeleteRepository", json!({ "repositoryName": "web" }));
}

/// ECR 3.3, 3.12: the repository policy, as the service prints it.
#[test]
fn ecr_3_3_repository_policy() {
    let mut lab = lab();
    let name = json!({ "repositoryName": "web" });
    let none = format!("Repository policy does not exist for the repository with name 'web' {PLACE}");
    for operation in ["GetRepositoryPolicy", "DeleteRepositoryPolicy"] {
        assert_eq!(
            refused(&mut lab, operation, name.clone()),
            ("RepositoryPolicyNotFoundException".to_string(), none.clone())
        );
    }
    let policy = json!({
        "Version": "2008-10-17",
        "Statement": [{ "Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }],
    });
    let pretty = "{\n  \"Version\" : \"2008-10-17\",\n  \"Statement\" : [ {\n    \"Sid\" : \"pull\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : \"*\",\n    \"Action\" : [ \"ecr:BatchGetImage\", \"ecr:GetDownloadUrlForLayer\" ]\n  } ]\n}";
    let set = |policy: &Value| json!({ "repositoryName": "web", "policyText": policy.to_string() });
    let answer = json!({ "registryId": "123456789012", "repositoryName": "web", "policyText": pretty });
    assert_eq!(ecr(&mut lab, "SetRepositoryPolicy", set(&policy)), answer);
    assert_eq!(ecr(&mut lab, "GetRepositoryPolicy", name.clone()), answer);
    assert_eq!(
        lab.world().ecr().repository("web").unwrap().policy(),
        Some(&policy),
        "parsed, for who decides about access"
    );
    let bad = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";
    for (member, value) in [
        ("Effect", json!("Maybe")),
        ("Principal", Value::Null),
        ("Principal", json!("me")),
        ("Principal", json!({})),
        ("Action", Value::Null),
        ("Action", json!("s3:GetObject")),
        ("Action", json!([])),
        ("Condition", json!("x")),
    ] {
        let mut worse = policy.clone();
        match value {
            Value::Null => drop(worse["Statement"][0].as_object_mut().unwrap().remove(member)),
            value => worse["Statement"][0][member] = value,
        }
        assert_eq!(
            refused(&mut lab, "SetRepositoryPolicy", set(&worse)),
            ("InvalidParameterException".to_string(), bad.to_string()),
            "{worse}"
        );
    }
    assert_eq!(ecr(&mut lab, "DeleteRepositoryPolicy", name.clone()), answer);
    assert_eq!(refused(&mut lab, "GetRepositoryPolicy", name).0, "RepositoryPolicyNotFoundException");
}
