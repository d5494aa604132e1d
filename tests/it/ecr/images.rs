//! Tags, untagged images, deletion, immutability, the archive, lifecycle runs and scans (3.6 to 3.8, 3.10).

use super::support::*;
use ecs_lab::ecr::docker;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

fn delete(lab: &mut Lab, ids: Value) -> (Value, Vec<String>) {
    let reply = ecr(lab, "BatchDeleteImage", json!({ "repositoryName": "web", "imageIds": ids }));
    let codes =
        reply["failures"].as_array().unwrap().iter().map(|own| own["failureCode"].as_str().unwrap().to_string());
    (reply["imageIds"].clone(), codes.collect())
}

/// ECR 3.6: a push to a tag moves it, and the old image stays untagged; the last tag deleted takes its image along.
#[test]
fn ecr_3_6_tags_move_and_go() {
    let mut lab = lab();
    let (a, b) = (push(&mut lab, "web", &small("a"), "latest"), push(&mut lab, "web", &small("b"), "latest"));
    let names = [("A", a.as_str()), ("B", b.as_str())];
    let seen = |lab: &mut Lab| images(lab, "web", &names);
    assert_eq!(seen(&mut lab), "A[] B[latest]");
    let list = |lab: &mut Lab, status: &str| {
        ecr(lab, "ListImages", json!({ "repositoryName": "web", "filter": { "tagStatus": status } }))["imageIds"]
            .clone()
    };
    assert_eq!(list(&mut lab, "UNTAGGED"), json!([{ "imageDigest": a }]));
    assert_eq!(list(&mut lab, "TAGGED"), json!([{ "imageDigest": b, "imageTag": "latest" }]));
    let ids = json!([{ "imageDigest": a }]);
    assert_eq!(
        ecr(&mut lab, "BatchGetImage", json!({ "repositoryName": "web", "imageIds": ids }))["failures"],
        json!([])
    );
    put(&mut lab, "web", &small("b").manifest, Some("v2")).unwrap();
    put(&mut lab, "web", &small("a").manifest, Some("v1")).unwrap();
    assert_eq!(seen(&mut lab), "A[v1] B[latest v2]");
    assert_eq!(
        delete(&mut lab, json!([{ "imageTag": "v2" }])),
        (json!([{ "imageDigest": b, "imageTag": "v2" }]), vec![])
    );
    assert_eq!(seen(&mut lab), "A[v1] B[latest]");
    delete(&mut lab, json!([{ "imageTag": "latest" }]));
    assert_eq!(seen(&mut lab), "A[v1]");
    put(&mut lab, "web", &small("a").manifest, Some("v3")).unwrap();
    let both = json!([{ "imageDigest": a, "imageTag": "v1" }, { "imageDigest": a, "imageTag": "v3" }]);
    assert_eq!(delete(&mut lab, json!([{ "imageDigest": a }])), (both, vec![]));
    assert_eq!(seen(&mut lab), "");
    let layers = lab.world().ecr().repository("web").unwrap().layers().count();
    assert_eq!(layers, 0, "nobody needs the layers any more");
}

/// ECR 3.6: imageId → failure code.
#[test]
fn ecr_3_6_failures_of_the_batch_calls() {
    let mut lab = lab();
    let a = push(&mut lab, "web", &small("a"), "a");
    push(&mut lab, "web", &small("b"), "b");
    for (id, code) in [
        (json!({}), "MissingDigestAndTag"),
        (json!({ "imageDigest": "nonsense" }), "InvalidImageDigest"),
        (json!({ "imageTag": "a b" }), "InvalidImageTag"),
        (json!({ "imageDigest": a, "imageTag": "b" }), "ImageTagDoesNotMatchDigest"),
        (json!({ "imageTag": "c" }), "ImageNotFound"),
        (json!({ "imageDigest": "sha256:00" }), "ImageNotFound"),
    ] {
        let input = json!({ "repositoryName": "web", "imageIds": [id] });
        assert_eq!(ecr(&mut lab, "BatchGetImage", input)["failures"][0]["failureCode"], code, "{id}");
        assert_eq!(delete(&mut lab, json!([id])).1, [code], "{id}");
    }
    let message = "The image with imageId {imageDigest:'null', imageTag:'c'} does not exist within the repository with name 'web' in the registry with id '123456789012'";
    let input = json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "c" }] });
    assert_eq!(refused(&mut lab, "DescribeImages", input), ("ImageNotFoundException".to_string(), message.to_string()));
}

/// ECR 3.6: an image that an index holds stays while the index does.
#[test]
fn ecr_3_6_the_images_of_an_index() {
    let mut lab = lab();
    let image = small("a");
    let a = push(&mut lab, "web", &image, "amd64");
    put(&mut lab, "web", &image.manifest, Some("extra")).unwrap();
    let (manifest, index) = docker::index(&[("linux/amd64", &image)]);
    put(&mut lab, "web", &manifest, Some("1")).unwrap();
    let names = [("A", a.as_str()), ("I", index.as_str())];
    assert_eq!(delete(&mut lab, json!([{ "imageTag": "extra" }])).1.len(), 0, "a tag of several goes");
    for id in [json!({ "imageTag": "amd64" }), json!({ "imageDigest": a })] {
        assert_eq!(delete(&mut lab, json!([id])), (json!([]), vec!["ImageReferencedByManifestList".to_string()]));
    }
    assert_eq!(images(&mut lab, "web", &names), "A[amd64] I[1]");
    delete(&mut lab, json!([{ "imageTag": "1" }]));
    delete(&mut lab, json!([{ "imageTag": "amd64" }]));
    assert_eq!(images(&mut lab, "web", &names), "");
}

/// ECR 3.7: mutability and exclusion → which of `latest` and `prod-1` can move.
#[test]
fn ecr_3_7_which_tags_can_move() {
    for (setting, filter, latest, prod) in [
        ("MUTABLE", None, true, true),
        ("IMMUTABLE", None, false, false),
        ("IMMUTABLE_WITH_EXCLUSION", Some("latest"), true, false),
        ("MUTABLE_WITH_EXCLUSION", Some("prod-*"), true, false),
    ] {
        let mut lab = lab();
        let mut input = json!({ "repositoryName": "web", "imageTagMutability": setting });
        if let Some(filter) = filter {
            input["imageTagMutabilityExclusionFilters"] = json!([{ "filterType": "WILDCARD", "filter": filter }]);
        }
        let mut shown = ecr(&mut lab, "PutImageTagMutability", input.clone());
        shown.as_object_mut().unwrap().remove("registryId");
        assert_eq!(shown, input);
        for (tag, moves) in [("latest", latest), ("prod-1", prod)] {
            push(&mut lab, "web", &small("first"), tag);
            let other = small(tag);
            for blob in other.layers.iter().chain([&other.config]) {
                upload(&mut lab, "web", blob.bytes.as_bytes());
            }
            let code = put(&mut lab, "web", &other.manifest, Some(tag)).map_err(|error| error.code.to_string());
            let expected =
                if moves { Ok(other.digest.clone()) } else { Err("ImageTagAlreadyExistsException".to_string()) };
            assert_eq!(code, expected, "{setting} {tag}");
        }
        assert_eq!(delete(&mut lab, json!([{ "imageTag": "latest" }])).1.len(), 0, "{setting}: tags can be deleted");
    }
}

/// ECR 3.8: the archive and back.
#[test]
fn ecr_3_8_archived_images() {
    let mut lab = lab();
    let image = small("a");
    push(&mut lab, "web", &image, "1");
    let id = json!({ "imageTag": "1" });
    let class = |class: &str| json!({ "repositoryName": "web", "imageId": id, "targetStorageClass": class });
    assert_eq!(
        refused(&mut lab, "UpdateImageStorageClass", class("STANDARD")).0,
        "ImageStorageClassUpdateNotSupportedException"
    );
    assert_eq!(ecr(&mut lab, "UpdateImageStorageClass", class("ARCHIVE"))["imageStatus"], "ARCHIVED");
    assert_eq!(
        ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }))["imageDetails"],
        json!([]),
        "only ACTIVE shows"
    );
    let get = json!({ "repositoryName": "web", "imageIds": [id] });
    assert_eq!(ecr(&mut lab, "BatchGetImage", get.clone())["failures"][0]["failureCode"], "ImageInaccessible");
    let digest = image.layers[0].digest.clone();
    let check = json!({ "repositoryName": "web", "layerDigests": [digest] });
    assert_eq!(ecr(&mut lab, "BatchCheckLayerAvailability", check)["layers"][0]["layerAvailability"], "ARCHIVED");
    let url = json!({ "repositoryName": "web", "layerDigest": digest });
    assert_eq!(refused(&mut lab, "GetDownloadUrlForLayer", url).0, "LayerInaccessibleException");
    let scan = json!({ "repositoryName": "web", "imageId": id });
    assert_eq!(refused(&mut lab, "StartImageScan", scan).0, "ImageArchivedException");
    assert_eq!(ecr(&mut lab, "UpdateImageStorageClass", class("STANDARD"))["imageStatus"], "ACTIVATING");
    wait(&mut lab, "19m");
    assert_eq!(ecr(&mut lab, "BatchGetImage", get.clone())["images"], json!([]));
    wait(&mut lab, "1m");
    assert_eq!(ecr(&mut lab, "BatchGetImage", get.clone())["images"].as_array().unwrap().len(), 1);
    ecr(&mut lab, "UpdateImageStorageClass", class("ARCHIVE"));
    put(&mut lab, "web", &image.manifest, None).unwrap();
    assert_eq!(ecr(&mut lab, "BatchGetImage", get)["images"].as_array().unwrap().len(), 1, "a push restores at once");
}

fn policy(rules: Value) -> String {
    json!({ "rules": rules }).to_string()
}

fn rules() -> String {
    policy(json!([
        {
            "rulePriority": 1, "description": "keep one release",
            "selection": { "tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": 1 },
            "action": { "type": "expire" },
        },
        {
            "rulePriority": 2,
            "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2 },
            "action": { "type": "expire" },
        },
    ]))
}

/// ECR 3.8: a preview tells, the daily run does.
#[test]
fn ecr_3_8_preview_and_run() {
    let mut lab = lab();
    let name = json!({ "repositoryName": "web" });
    let digests: Vec<String> = ["v1", "v2", "other"]
        .map(|tag| {
            let digest = push(&mut lab, "web", &small(tag), tag);
            wait(&mut lab, "1h");
            digest
        })
        .to_vec();
    let names: Vec<(&str, &str)> = ["A", "B", "C", "D"].into_iter().zip(digests.iter().map(String::as_str)).collect();
    let newer = small("newer");
    for blob in newer.layers.iter().chain([&newer.config]) {
        upload(&mut lab, "web", blob.bytes.as_bytes());
    }
    put(&mut lab, "web", &newer.manifest, Some("other")).unwrap();
    assert_eq!(refused(&mut lab, "StartLifecyclePolicyPreview", name.clone()).0, "LifecyclePolicyNotFoundException");
    assert_eq!(
        refused(&mut lab, "GetLifecyclePolicyPreview", name.clone()).0,
        "LifecyclePolicyPreviewNotFoundException"
    );
    let written = rules().replace(':', ": ") + "\n";
    let start = json!({ "repositoryName": "web", "lifecyclePolicyText": written });
    assert_eq!(ecr(&mut lab, "StartLifecyclePolicyPreview", start.clone())["status"], "IN_PROGRESS");
    assert_eq!(refused(&mut lab, "StartLifecyclePolicyPreview", start).0, "LifecyclePolicyPreviewInProgressException");
    assert_eq!(ecr(&mut lab, "GetLifecyclePolicyPreview", name.clone())["status"], "IN_PROGRESS");
    wait(&mut lab, "5s");
    let preview = ecr(&mut lab, "GetLifecyclePolicyPreview", name.clone());
    assert_eq!(
        (&preview["status"], &preview["summary"]),
        (&json!("COMPLETE"), &json!({ "expiringImageTotalCount": 1 }))
    );
    assert_eq!(preview["lifecyclePolicyText"], written.as_str(), "as it came");
    let result = &preview["previewResults"][0];
    assert_eq!((&result["imageDigest"], &result["appliedRulePriority"]), (&json!(digests[0]), &json!(1)));
    assert_eq!((&result["action"], &result["storageClass"]), (&json!({ "type": "EXPIRE" }), &json!("STANDARD")));
    assert_eq!(images(&mut lab, "web", &names), "A[v1] B[v2] C[] ?[other]", "a preview does nothing");
    let put = json!({ "repositoryName": "web", "lifecyclePolicyText": rules() });
    ecr(&mut lab, "PutLifecyclePolicy", put);
    let evaluated = |lab: &mut Lab| ecr(lab, "GetLifecyclePolicy", name.clone())["lastEvaluatedAt"].as_f64().unwrap();
    wait(&mut lab, "23h");
    assert_eq!(evaluated(&mut lab), 0.0, "it has not run");
    assert_eq!(images(&mut lab, "web", &names), "A[v1] B[v2] C[] ?[other]");
    wait(&mut lab, "1h");
    assert_eq!(images(&mut lab, "web", &names), "B[v2] C[] ?[other]");
    wait(&mut lab, "24h");
    assert_eq!(images(&mut lab, "web", &names), "B[v2] ?[other]", "older than two days by an hour at the second run");
    assert_eq!(evaluated(&mut lab), lab.now().as_epoch_seconds());
    ecr(&mut lab, "DeleteLifecyclePolicy", name.clone());
    push(&mut lab, "web", &small("v9"), "v9");
    wait(&mut lab, "3d");
    assert_eq!(images(&mut lab, "web", &names), "B[v2] ?[other] ?[v9]", "no policy, no run");
    assert!(lab.next_deadline().is_none());
}

/// ECR 3.8: an image of an index goes after it; what refers to an image follows it.
#[test]
fn ecr_3_8_indexes_and_signatures() {
    let mut lab = lab();
    let image = small("a");
    let a = push(&mut lab, "web", &image, "amd64");
    let (manifest, index) = docker::index(&[("linux/amd64", &image)]);
    put(&mut lab, "web", &manifest, Some("1")).unwrap();
    let mut signature: Value = serde_json::from_str(&image.manifest).unwrap();
    signature["subject"] = json!({ "digest": index, "size": 1 });
    signature["artifactType"] = json!("application/signature");
    let signature = put(&mut lab, "web", &signature.to_string(), Some("sig")).unwrap();
    let names = [("A", a.as_str()), ("I", index.as_str()), ("S", signature.as_str())];
    let subject = json!({ "repositoryName": "web", "subjectId": { "imageDigest": index } });
    let referrers = ecr(&mut lab, "ListImageReferrers", subject)["referrers"].clone();
    assert_eq!(
        (&referrers[0]["digest"], &referrers[0]["artifactType"]),
        (&json!(signature), &json!("application/signature"))
    );
    let both = policy(json!([{
        "rulePriority": 1, "description": "x".repeat(50), "action": { "type": "expire" },
        "selection": { "tagStatus": "tagged", "tagPrefixList": ["1"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
    }, {
        "rulePriority": 2, "action": { "type": "expire" },
        "selection": { "tagStatus": "tagged", "tagPrefixList": ["amd"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
    }]));
    wait(&mut lab, "1h");
    ecr(&mut lab, "PutLifecyclePolicy", json!({ "repositoryName": "web", "lifecyclePolicyText": both }));
    wait(&mut lab, "1d");
    assert_eq!(images(&mut lab, "web", &names), "A[amd64]");
    wait(&mut lab, "1d");
    assert_eq!(images(&mut lab, "web", &names), "");
}

fn scan(lab: &mut Lab, tag: &str) -> Value {
    ecr(lab, "DescribeImageScanFindings", json!({ "repositoryName": "web", "imageId": { "imageTag": tag } }))
}

/// ECR 3.10: by hand, once a day; the same findings each time.
#[test]
fn ecr_3_10_basic_scans() {
    let mut lab = lab();
    push(&mut lab, "web", &built(&["FROM debian:12", "RUN true"]), "1");
    let id = json!({ "repositoryName": "web", "imageId": { "imageTag": "1" } });
    let (code, message) = refused(&mut lab, "DescribeImageScanFindings", id.clone());
    assert!(
        code == "ScanNotFoundException"
            && message.starts_with("Image scan does not exist for the image with '{imageDigest:'sha256:"),
        "{message}"
    );
    assert_eq!(ecr(&mut lab, "StartImageScan", id.clone())["imageScanStatus"], json!({ "status": "IN_PROGRESS" }));
    let again = refused(&mut lab, "StartImageScan", id.clone());
    assert_eq!(
        again,
        (
            "LimitExceededException".to_string(),
            "The scan quota per image has been exceeded. Wait and try again.".to_string()
        )
    );
    wait(&mut lab, "30s");
    let found = scan(&mut lab, "1");
    assert_eq!(found["imageScanStatus"]["status"], "COMPLETE");
    let counts = json!({ "CRITICAL": 1, "HIGH": 2, "MEDIUM": 1, "LOW": 1, "INFORMATIONAL": 1, "UNDEFINED": 1 });
    assert_eq!(found["imageScanFindings"]["findingSeverityCounts"], counts);
    assert_eq!(found["imageScanFindings"]["findings"][0]["severity"], "CRITICAL");
    let shown = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }));
    assert_eq!(shown["imageDetails"][0]["imageScanFindingsSummary"]["findingSeverityCounts"], counts);
    let mut page = id.clone();
    page["maxResults"] = json!(5);
    let first = ecr(&mut lab, "DescribeImageScanFindings", page.clone());
    page["nextToken"] = first["nextToken"].clone();
    let second = ecr(&mut lab, "DescribeImageScanFindings", page);
    assert_eq!(
        (
            first["imageScanFindings"]["findings"].as_array().unwrap().len(),
            second["imageScanFindings"]["findings"].as_array().unwrap().len()
        ),
        (5, 2)
    );
    wait(&mut lab, "1d");
    ecr(&mut lab, "StartImageScan", id);
    wait(&mut lab, "30s");
    assert_eq!(scan(&mut lab, "1")["imageScanFindings"]["findings"], found["imageScanFindings"]["findings"]);
    let (manifest, _) = docker::index(&[("linux/amd64", &built(&["FROM debian:12", "RUN true"]))]);
    put(&mut lab, "web", &manifest, Some("all")).unwrap();
    let index = json!({ "repositoryName": "web", "imageId": { "imageTag": "all" } });
    assert_eq!(refused(&mut lab, "StartImageScan", index).0, "UnsupportedImageTypeException");
}

/// ECR 3.10: registry rules and the repository's old flag → how often, and what a push begins.
#[test]
fn ecr_3_10_when_a_push_is_scanned() {
    let rule = |frequency: &str, filter: &str| json!({ "scanFrequency": frequency, "repositoryFilters": [{ "filter": filter, "filterType": "WILDCARD" }] });
    for (kind, rules, flag, frequency, status) in [
        ("BASIC", json!([]), false, "MANUAL", Value::Null),
        ("BASIC", json!([]), true, "SCAN_ON_PUSH", json!("IN_PROGRESS")),
        ("BASIC", json!([rule("SCAN_ON_PUSH", "eb")]), false, "SCAN_ON_PUSH", json!("IN_PROGRESS")),
        ("BASIC", json!([rule("SCAN_ON_PUSH", "eb*")]), false, "MANUAL", Value::Null),
        ("BASIC", json!([rule("SCAN_ON_PUSH", "*eb")]), false, "SCAN_ON_PUSH", json!("IN_PROGRESS")),
        ("ENHANCED", json!([rule("SCAN_ON_PUSH", "w*")]), false, "SCAN_ON_PUSH", json!("PENDING")),
        (
            "ENHANCED",
            json!([rule("SCAN_ON_PUSH", "*"), rule("CONTINUOUS_SCAN", "web")]),
            false,
            "CONTINUOUS_SCAN",
            json!("PENDING"),
        ),
        ("ENHANCED", json!([rule("CONTINUOUS_SCAN", "api")]), true, "MANUAL", Value::Null),
    ] {
        let mut lab = lab();
        ecr(
            &mut lab,
            "PutImageScanningConfiguration",
            json!({ "repositoryName": "web", "imageScanningConfiguration": { "scanOnPush": flag } }),
        );
        ecr(&mut lab, "PutRegistryScanningConfiguration", json!({ "scanType": kind, "rules": rules }));
        let shown =
            ecr(&mut lab, "BatchGetRepositoryScanningConfiguration", json!({ "repositoryNames": ["web", "nosuch"] }));
        assert_eq!(shown["scanningConfigurations"][0]["scanFrequency"], frequency, "{kind} {rules}");
        assert_eq!(shown["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND");
        push(&mut lab, "web", &built(&["FROM node:22", "RUN true"]), "1");
        let image = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }))["imageDetails"][0].clone();
        assert_eq!(image["imageScanStatus"]["status"], status, "{kind} {rules}");
        if kind == "ENHANCED" && status != Value::Null {
            wait(&mut lab, "30s");
            let found = scan(&mut lab, "1");
            assert_eq!(found["imageScanStatus"]["status"], "ACTIVE");
            let list = found["imageScanFindings"]["enhancedFindings"].as_array().unwrap();
            assert_eq!(list.len(), 9, "seven of debian and two of node");
            let input = json!({ "repositoryName": "web", "imageId": { "imageTag": "1" } });
            assert_eq!(refused(&mut lab, "StartImageScan", input).0, "ValidationException");
        }
    }
}

/// ECR 3.10: enhanced scanning takes up the images that were pushed or pulled within 14 days, in repositories that a rule
/// covers.
#[test]
fn ecr_3_10_enhanced_scanning_takes_up_what_is_there() {
    let days = |count: u32| format!("{}h", count * 24);
    for (filter, age, pulled, archived, expected) in [
        ("*", 1, false, false, json!("PENDING")),
        ("*", 14, false, false, json!("PENDING")),
        ("*", 15, false, false, Value::Null),
        ("*", 15, true, false, json!("PENDING")),
        ("api", 1, false, false, Value::Null),
        ("*", 1, false, true, Value::Null),
    ] {
        let mut lab = lab();
        push(&mut lab, "web", &built(&["FROM node:22", "RUN true"]), "1");
        wait(&mut lab, &days(age));
        let id = json!({ "imageTag": "1" });
        if pulled {
            ecr(&mut lab, "BatchGetImage", json!({ "repositoryName": "web", "imageIds": [id] }));
        }
        if archived {
            let to = json!({ "repositoryName": "web", "imageId": id, "targetStorageClass": "ARCHIVE" });
            ecr(&mut lab, "UpdateImageStorageClass", to);
        }
        let filters = json!([{ "filter": filter, "filterType": "WILDCARD" }]);
        let rules = json!([{ "scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": filters }]);
        let set = json!({ "scanType": "ENHANCED", "rules": rules });
        ecr(&mut lab, "PutRegistryScanningConfiguration", set.clone());
        let all = json!({ "repositoryName": "web", "filter": { "imageStatus": "ANY" } });
        let image = ecr(&mut lab, "DescribeImages", all.clone())["imageDetails"][0].clone();
        assert_eq!(image["imageScanStatus"]["status"], expected, "{filter} {age} {pulled} {archived}");
        if expected != Value::Null {
            wait(&mut lab, "30s");
            ecr(&mut lab, "PutRegistryScanningConfiguration", set);
            let image = ecr(&mut lab, "DescribeImages", all)["imageDetails"][0].clone();
            assert_eq!(image["imageScanStatus"]["status"], "ACTIVE", "what is scanned is not scanned anew");
        }
    }
}
