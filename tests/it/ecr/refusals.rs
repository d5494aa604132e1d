//! Input that is too long, of a wrong type or out of range: one typed error each (3.2).

use super::support::*;
use serde_json::{Value, json};

/// ECR 3.2: request → code and a part of the message.
#[test]
fn ecr_3_2_bad_input() {
    let mut lab = lab();
    push(&mut lab, "web", &small("a"), "1");
    let long = "x".repeat(100 * 1024);
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Sid": "x".repeat(10_240) });
    let id = json!({ "imageTag": "1" });
    let (invalid, client) = ("InvalidParameterException", "ParamValidation");
    let web = |more: Value| {
        let mut input = json!({ "repositoryName": "web" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let tags: Vec<Value> = (0..51).map(|n| json!({ "Key": n.to_string(), "Value": "" })).collect();
    for (operation, input, code, part) in [
        (
            "PutLifecyclePolicy",
            web(json!({ "lifecyclePolicyText": long })),
            invalid,
            "'Member must have length less than or equal to 30720'",
        ),
        (
            "PutLifecyclePolicy",
            web(json!({ "lifecyclePolicyText": deep.get(10_000..30_000) })),
            invalid,
            "Could not map policyString",
        ),
        (
            "PutLifecyclePolicy",
            web(json!({ "lifecyclePolicyText": "é".repeat(100) })),
            invalid,
            "Could not map policyString into LifecyclePolicy.",
        ),
        ("PutLifecyclePolicy", web(json!({ "lifecyclePolicyText": "{}" })), client, "valid min length: 100"),
        (
            "SetRepositoryPolicy",
            web(json!({ "policyText": long })),
            invalid,
            "'policyText' failed to satisfy constraint: 'Member must have length less than or equal to 10240'",
        ),
        (
            "SetRepositoryPolicy",
            web(json!({ "policyText": json!({ "Statement": statement }).to_string() })),
            invalid,
            "10240",
        ),
        (
            "SetRepositoryPolicy",
            web(json!({ "policyText": deep.get(15_000..25_000) })),
            invalid,
            "Invalid repository policy provided",
        ),
        ("SetRepositoryPolicy", web(json!({ "policyText": "[]" })), invalid, "Invalid repository policy provided"),
        ("SetRepositoryPolicy", web(json!({ "policyText": {} })), client, "Invalid type for parameter policyText"),
        ("BatchGetImage", web(json!({ "imageIds": "1" })), client, "Invalid type for parameter imageIds"),
        ("BatchGetImage", web(json!({ "imageIds": [] })), client, "valid min length: 1"),
        ("BatchGetImage", web(json!({ "imageIds": vec![&id; 101] })), invalid, "less than or equal to 100"),
        ("BatchDeleteImage", web(json!({ "imageIds": [{ "tag": "1" }] })), client, "Unknown parameter in imageIds[0]"),
        (
            "DescribeImages",
            web(json!({ "maxResults": 1001 })),
            invalid,
            "'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
        ),
        ("DescribeImages", web(json!({ "maxResults": 0 })), client, "valid min value: 1"),
        ("DescribeImages", web(json!({ "nextToken": "zzz" })), invalid, ""),
        ("DescribeImages", web(json!({ "filter": { "tagStatus": "SOME" } })), invalid, "'filter.tagStatus'"),
        ("CompleteLayerUpload", web(json!({ "uploadId": "1", "layerDigests": ["sha256:00"] })), invalid, "'uploadId'"),
        (
            "CompleteLayerUpload",
            web(json!({ "uploadId": "01234567-89ab-cdef-0123-456789abcdef", "layerDigests": ["00"] })),
            invalid,
            "'layerDigests.1.member'",
        ),
        ("StartImageScan", web(json!({ "imageId": {} })), invalid, "both tag and digest cannot be null"),
        ("StartImageScan", web(json!({ "imageId": { "imageTag": "2" } })), "ImageNotFoundException", "imageTag:'2'"),
        ("PutImageTagMutability", web(json!({ "imageTagMutability": "" })), invalid, "enum value set"),
        ("CreateRepository", json!({}), client, "Missing required parameter in input: \"repositoryName\""),
        ("CreateRepository", json!({ "repositoryName": "new", "tags": tags }), "TooManyTagsException", "50"),
        (
            "PutRegistryScanningConfiguration",
            json!({ "scanType": "BASIC", "rules": [{ "scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [] }] }),
            invalid,
            "scan type",
        ),
        (
            "PutSigningConfiguration",
            json!({}),
            "UnsupportedFeatureException",
            "ECS Lab does not simulate PutSigningConfiguration.",
        ),
    ] {
        let (got, message) = refused(&mut lab, operation, input);
        assert!(got == code && message.contains(part), "{operation}: wanted {code} {part}, got {got}: {message}");
    }
}

/// ECR 3.2: at most a thousand tags of an image, fifty tags of a repository.
#[test]
fn ecr_3_2_quotas() {
    let mut lab = lab();
    let image = small("a");
    push(&mut lab, "web", &image, "0");
    for tag in 1..1000 {
        put(&mut lab, "web", &image.manifest, Some(&tag.to_string())).unwrap();
    }
    let error = put(&mut lab, "web", &image.manifest, Some("more")).unwrap_err();
    assert_eq!(error.code, "LimitExceededException");
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/web";
    let tags = |from: usize, to: usize| -> Value {
        let list: Vec<Value> = (from..to).map(|n| json!({ "Key": n.to_string(), "Value": "" })).collect();
        json!({ "resourceArn": arn, "tags": list })
    };
    ecr(&mut lab, "TagResource", tags(0, 50));
    ecr(&mut lab, "TagResource", tags(0, 50));
    assert_eq!(refused(&mut lab, "TagResource", tags(49, 51)).0, "TooManyTagsException");
    ecr(&mut lab, "UntagResource", json!({ "resourceArn": arn, "tagKeys": ["0", "nosuch"] }));
    ecr(&mut lab, "TagResource", tags(50, 51));
    assert_eq!(
        ecr(&mut lab, "ListTagsForResource", json!({ "resourceArn": arn }))["tags"].as_array().unwrap().len(),
        50
    );
}
