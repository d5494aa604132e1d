//! The calls of a push and of a pull (3.3 to 3.5), and what is wrong with some.

use super::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecs_lab::aws::Account;
use ecs_lab::ecr::docker;
use ecs_lab::ecr::token::{self, Denied};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

/// ECR 3.3: `AWS:` and a password, good for 12 hours in its own Region.
#[test]
fn ecr_3_3_a_token_is_good_for_twelve_hours() {
    let mut lab = lab();
    let reply = ecr(&mut lab, "GetAuthorizationToken", json!({}));
    let data = &reply["authorizationData"][0];
    let text = data["authorizationToken"].as_str().unwrap();
    assert!(text.starts_with("QVdTO"));
    assert_eq!(data["proxyEndpoint"], "https://123456789012.dkr.ecr.us-east-1.amazonaws.com");
    assert_eq!(data["expiresAt"].as_f64().unwrap(), lab.now().as_epoch_seconds() + 43_200.0);
    let whole = String::from_utf8(STANDARD.decode(text).unwrap()).unwrap();
    let password = whole.strip_prefix("AWS:").unwrap();
    let (home, now) = (Account::default(), lab.now());
    let after = |seconds| now + SimDuration::from_secs(seconds);
    let elsewhere = Account { region: "eu-west-1".to_string(), ..home.clone() };
    for (password, account, now, expected) in [
        (password, &home, now, Ok(())),
        (password, &home, after(43_199), Ok(())),
        (password, &home, after(43_200), Err(Denied::Expired)),
        (password, &elsewhere, now, Err(Denied::Wrong)),
        ("", &home, now, Err(Denied::Wrong)),
        ("e30=", &home, now, Err(Denied::Wrong)),
    ] {
        assert_eq!(token::check(password, account, now).map(drop), expected);
    }
    let ids = json!({ "registryIds": ["000000000001", "123456789012"] });
    assert_eq!(ecr(&mut lab, "GetAuthorizationToken", ids)["authorizationData"].as_array().unwrap().len(), 2);
    let before = lab.revision();
    ecr(&mut lab, "GetAuthorizationToken", json!({}));
    assert_eq!(lab.revision(), before, "it changes nothing");
}

/// ECR 3.5: check, upload, complete, put; then fetch the manifest and each layer.
#[test]
fn ecr_3_5_push_and_pull() {
    let mut lab = lab();
    let image = built(&["FROM alpine:3.20", "RUN apk add curl", "COPY . /app", "CMD [\"/app/run\"]"]);
    assert_eq!(image.layers.len(), 3);
    let digest = push(&mut lab, "web", &image, "1.0");
    assert_eq!(digest, image.digest);
    let shown = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }));
    let size: u64 = image.layers.iter().map(|layer| layer.size).sum::<u64>() + image.config.size;
    assert_eq!(
        shown["imageDetails"],
        json!([{
            "registryId": "123456789012", "repositoryName": "web", "imageDigest": digest, "imageTags": ["1.0"],
            "imageSizeInBytes": size, "imagePushedAt": lab.now().as_epoch_seconds(),
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactMediaType": "application/vnd.oci.image.config.v1+json", "imageStatus": "ACTIVE",
        }])
    );
    wait(&mut lab, "1h");
    let ids = json!([{ "imageTag": "1.0" }, { "imageDigest": digest }]);
    let reply = ecr(&mut lab, "BatchGetImage", json!({ "repositoryName": "web", "imageIds": ids }));
    assert_eq!(reply["images"][1]["imageManifest"], image.manifest);
    let manifest: Value = serde_json::from_str(reply["images"][0]["imageManifest"].as_str().unwrap()).unwrap();
    for layer in manifest["layers"].as_array().unwrap() {
        let input = json!({ "repositoryName": "web", "layerDigest": layer["digest"] });
        let url = ecr(&mut lab, "GetDownloadUrlForLayer", input)["downloadUrl"].as_str().unwrap().to_string();
        assert!(url.starts_with("https://prod-us-east-1-starport-layer-bucket.s3."), "{url}");
    }
    let pulled = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }));
    assert_eq!(pulled["imageDetails"][0]["lastRecordedPullTime"].as_f64().unwrap(), lab.now().as_epoch_seconds());
    assert_eq!(
        image,
        built(&["FROM alpine:3.20", "RUN apk add curl", "COPY . /app", "CMD [\"/app/run\"]"]),
        "the same again"
    );
}

/// ECR 3.5: layers are each repository's own; what is there already is not uploaded again.
#[test]
fn ecr_3_5_layers_belong_to_a_repository() {
    let mut lab = lab();
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "api" }));
    let digest = upload(&mut lab, "web", b"layer");
    let check = |lab: &mut _, name: &str| {
        let input = json!({ "repositoryName": name, "layerDigests": [digest, "", "nonsense"] });
        ecr(lab, "BatchCheckLayerAvailability", input)
    };
    let reply = check(&mut lab, "web");
    assert_eq!(
        (&reply["layers"][0]["layerAvailability"], &reply["layers"][0]["layerSize"]),
        (&json!("AVAILABLE"), &json!(5))
    );
    assert_eq!(reply["failures"][0]["failureCode"], "MissingLayerDigest");
    assert_eq!(reply["failures"][1]["failureCode"], "InvalidLayerDigest");
    assert_eq!(check(&mut lab, "api")["layers"][0]["layerAvailability"], "UNAVAILABLE");
    let id = ecr(&mut lab, "InitiateLayerUpload", json!({ "repositoryName": "web" }))["uploadId"].clone();
    part(&mut lab, "web", &id, 0, b"layer").unwrap();
    let message = format!(
        "Layer with digest '{digest}' already exists in the repository with name 'web' in registry with id '123456789012'"
    );
    let done = json!({ "repositoryName": "web", "uploadId": id, "layerDigests": [digest] });
    assert_eq!(refused(&mut lab, "CompleteLayerUpload", done), ("LayerAlreadyExistsException".to_string(), message));
}

/// ECR 3.5: a wrong digest, parts out of order or too small, an upload that nobody began.
#[test]
fn ecr_3_5_uploads_that_go_wrong() {
    let mut lab = lab();
    let id = ecr(&mut lab, "InitiateLayerUpload", json!({ "repositoryName": "web" }))["uploadId"].clone();
    let complete =
        |id: &Value, digest: &str| json!({ "repositoryName": "web", "uploadId": id, "layerDigests": [digest] });
    let wrong = "sha256:00";
    assert_eq!(refused(&mut lab, "CompleteLayerUpload", complete(&id, wrong)).0, "EmptyUploadException");
    part(&mut lab, "web", &id, 0, b"hello").unwrap();
    for first in [0, 4, 6] {
        let error = part(&mut lab, "web", &id, first, b"more").unwrap_err();
        assert_eq!(error.code, "InvalidLayerPartException");
        assert!(error.message.contains("the last byte received, 4"), "{error}");
    }
    let short = json!({ "repositoryName": "web", "uploadId": id, "partFirstByte": 5, "partLastByte": 9, "layerPartBlob": "aGk=" });
    assert_eq!(refused(&mut lab, "UploadLayerPart", short).0, "InvalidLayerPartException");
    let no_base64 =
        json!({ "repositoryName": "web", "uploadId": id, "partFirstByte": 5, "partLastByte": 9, "layerPartBlob": "é" });
    assert_eq!(refused(&mut lab, "UploadLayerPart", no_base64).0, "InvalidParameterException");
    let (code, message) = refused(&mut lab, "CompleteLayerUpload", complete(&id, wrong));
    assert!(code == "InvalidLayerException" && message.contains(&ecs_lab::ecr::sha256(b"hello")), "{message}");
    part(&mut lab, "web", &id, 5, b" world").unwrap();
    let digest = ecs_lab::ecr::sha256(b"hello world");
    let small = (
        "LayerPartTooSmallException".to_string(),
        "All layer parts except the last part should be at least 5MB".to_string(),
    );
    assert_eq!(refused(&mut lab, "CompleteLayerUpload", complete(&id, &digest)), small);
    let nobody = json!("01234567-89ab-cdef-0123-456789abcdef");
    assert_eq!(refused(&mut lab, "CompleteLayerUpload", complete(&nobody, &digest)).0, "UploadNotFoundException");
    let other = ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "api" }));
    assert_eq!(other["repository"]["repositoryName"], "api");
    let elsewhere = json!({ "repositoryName": "api", "uploadId": id, "layerDigests": [digest] });
    assert_eq!(refused(&mut lab, "CompleteLayerUpload", elsewhere).0, "UploadNotFoundException");
}

/// ECR 3.5: two parts, the first of 5 MiB, make one layer with one digest.
#[test]
fn ecr_3_5_parts_make_one_layer() {
    let mut lab = lab();
    let bytes: Vec<u8> = (0..5 * 1024 * 1024 + 3).map(|n| (n % 251) as u8).collect();
    let (first, last) = bytes.split_at(5 * 1024 * 1024);
    let id = ecr(&mut lab, "InitiateLayerUpload", json!({ "repositoryName": "web" }))["uploadId"].clone();
    assert_eq!(part(&mut lab, "web", &id, 0, first).unwrap()["lastByteReceived"], 5 * 1024 * 1024 - 1);
    part(&mut lab, "web", &id, first.len(), last).unwrap();
    let digest = ecs_lab::ecr::sha256(&bytes);
    ecr(&mut lab, "CompleteLayerUpload", json!({ "repositoryName": "web", "uploadId": id, "layerDigests": [digest] }));
    let layer = lab.world().ecr().repository("web").unwrap().layers().next().unwrap().1.clone();
    assert_eq!((layer.size, layer.config), (bytes.len() as u64, None), "the bytes are gone");
}

/// ECR 3.5: a layer that never completes is not there for a manifest.
#[test]
fn ecr_3_5_a_layer_that_never_completes() {
    let mut lab = lab();
    let image = small("a");
    let id = ecr(&mut lab, "InitiateLayerUpload", json!({ "repositoryName": "web" }))["uploadId"].clone();
    part(&mut lab, "web", &id, 0, image.layers[0].bytes.as_bytes()).unwrap();
    wait(&mut lab, "2d");
    let error = put(&mut lab, "web", &image.manifest, Some("1")).unwrap_err();
    let all: Vec<&str> = image.layers.iter().chain([&image.config]).map(|blob| blob.digest.as_str()).collect();
    assert_eq!(error.code, "LayersNotFoundException");
    assert!(error.message.starts_with(&format!("Layers with digests '[{}]' required", all.join(","))), "{error}");
}

/// ECR 3.5: what is wrong with a manifest.
#[test]
fn ecr_3_5_manifests_that_are_refused() {
    let mut lab = lab();
    let image = small("a");
    push(&mut lab, "web", &image, "1");
    let index = |digest: &str| {
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{ "digest": digest, "size": 1 }] }).to_string()
    };
    let other = "sha256:00000000000000000000000000000000000000000000000000000000000000aa";
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let with = |manifest: &str, name: &str, value: &str| {
        let mut input = json!({ "repositoryName": "web", "imageManifest": manifest });
        if !name.is_empty() {
            input[name] = json!(value);
        }
        input
    };
    let plain = image.manifest.as_str();
    for (input, code, part) in [
        (with("{", "", ""), "InvalidParameterException", "Invalid JSON syntax"),
        (with("{\"schemaVersion\":1}", "", ""), "InvalidParameterException", "schemaVersion 2"),
        (with("{\"schemaVersion\":2,\"layers\":[]}", "", ""), "InvalidParameterException", "config"),
        (
            with("{\"schemaVersion\":2,\"layers\":[{\"digest\":\"x\"}]}", "", ""),
            "InvalidParameterException",
            "digest and size",
        ),
        (
            with("{\"schemaVersion\":2,\"mediaType\":\"text/plain\"}", "", ""),
            "InvalidParameterException",
            "Unsupported",
        ),
        (with(plain, "imageManifestMediaType", docker), "InvalidParameterException", "do not match"),
        (with(plain, "imageDigest", other), "ImageDigestDoesNotMatchException", "is not"),
        (with(plain, "imageTag", "a b"), "InvalidParameterException", "imageTag"),
        (with(plain, "imageTag", "-x"), "InvalidParameterException", "imageTag"),
        (with(plain, "imageTag", &"x".repeat(301)), "InvalidParameterException", "less than or equal to 300"),
        (with(plain, "", ""), "ImageAlreadyExistsException", "and tag 'null' already exists"),
        (with(&index(other), "", ""), "ReferencedImagesNotFoundException", other),
        (with(&"x".repeat(4_194_305), "", ""), "InvalidParameterException", "less than or equal to 4194304"),
    ] {
        let (got, message) = refused(&mut lab, "PutImage", input);
        let part = if part == "is not" { image.digest.as_str() } else { part };
        assert!(got == code && message.contains(part), "{code} {part}: {got}: {message}");
    }
    let named = with(plain, "imageDigest", &image.digest);
    assert_eq!(refused(&mut lab, "PutImage", named).0, "ImageAlreadyExistsException", "the right digest passes");
}

/// ECR 3.1: an index is as large as its largest image, and the digest is the manifest's, not the layers'.
#[test]
fn ecr_3_1_an_index_over_two_platforms() {
    let mut lab = lab();
    let lines = ["FROM alpine:3.20", "RUN make"];
    let (amd, arm) =
        (docker::build(&lines, "linux/amd64"), docker::build(&["FROM node:22", "RUN make"], "linux/arm64"));
    push(&mut lab, "web", &amd, "amd64");
    push(&mut lab, "web", &arm, "arm64");
    let (manifest, digest) = docker::index(&[("linux/amd64", &amd), ("linux/arm64", &arm)]);
    assert_eq!(put(&mut lab, "web", &manifest, Some("1")).unwrap(), digest);
    let input = json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "1" }, { "imageTag": "arm64" }, { "imageTag": "amd64" }] });
    let shown = ecr(&mut lab, "DescribeImages", input)["imageDetails"].clone();
    assert_eq!(shown[0]["imageSizeInBytes"], shown[1]["imageSizeInBytes"]);
    assert_ne!(shown[0]["imageSizeInBytes"], shown[2]["imageSizeInBytes"]);
    assert_eq!(shown[0]["artifactMediaType"], Value::Null);
}

/// ECR 3.4, 3.5: a push looks once, sends only what is missing, and an identical image is no error.
#[test]
fn ecr_3_5_a_push_sends_only_what_is_missing() {
    let mut lab = lab();
    let base = built(&["FROM alpine:3.20", "RUN one"]);
    let more = built(&["FROM alpine:3.20", "RUN one", "RUN two"]);
    let look = ["BatchCheckLayerAvailability"];
    let layer = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"];
    let calls = |sent: usize| [look.to_vec(), layer.repeat(sent), vec!["PutImage"]].concat();
    for (image, tag, sent) in [
        (&base, "1", calls(3)),
        // The same again.
        (&base, "1", calls(0)),
        (&base, "2", calls(0)),
        // Its last layer and its configuration are new.
        (&more, "3", calls(2)),
    ] {
        let mut made = Vec::new();
        let mut call = |operation: &'static str, input: Value| {
            made.push(operation);
            try_ecr(&mut lab, operation, input)
        };
        let pushed = docker::push(&mut call, "web", Some(tag), image).unwrap();
        assert_eq!(pushed.digest, image.digest);
        assert_eq!(pushed.blobs.iter().filter(|(_, before)| !before).count() * 3 + 2, made.len());
        assert_eq!(made, sent, "{tag}");
    }
    let mut call = |operation: &'static str, input: Value| try_ecr(&mut lab, operation, input);
    let refused = docker::push(&mut call, "nowhere", Some("1"), &base).unwrap_err();
    assert_eq!(refused.code, "RepositoryNotFoundException");
}

/// ECR 3.8: "restored … by re-pushing the image": layers that lie in the archive alone are taken again, whoever brings them,
/// and an image comes back with its manifest, even under an immutable tag that it has.
#[test]
fn ecr_3_8_a_push_brings_back_what_lies_in_the_archive() {
    let mut lab = lab();
    let (image, sibling) = (small("a"), built(&["FROM alpine:3.20", "RUN echo a", "RUN echo b"]));
    let both = json!({ "repositoryName": "web", "imageTagMutability": "IMMUTABLE" });
    ecr(&mut lab, "PutImageTagMutability", both);
    push(&mut lab, "web", &image, "1");
    let class = json!({ "repositoryName": "web", "imageId": { "imageTag": "1" }, "targetStorageClass": "ARCHIVE" });
    let there = |lab: &mut _| {
        let check = json!({ "repositoryName": "web", "layerDigests": [image.layers[0].digest] });
        ecr(lab, "BatchCheckLayerAvailability", check)["layers"][0]["layerAvailability"].as_str().unwrap().to_string()
    };
    let status = |lab: &mut _, tag: &str| {
        let input =
            json!({ "repositoryName": "web", "imageIds": [{ "imageTag": tag }], "filter": { "imageStatus": "ANY" } });
        ecr(lab, "DescribeImages", input)["imageDetails"][0].clone()
    };
    ecr(&mut lab, "UpdateImageStorageClass", class.clone());
    wait(&mut lab, "1h");
    let pushed = |lab: &mut _, image: &_, tag: &str| {
        let mut call = |operation: &'static str, input: Value| try_ecr(lab, operation, input);
        docker::push(&mut call, "web", Some(tag), image)
            .unwrap()
            .blobs
            .iter()
            .map(|(_, before)| *before)
            .collect::<Vec<_>>()
    };
    assert_eq!(pushed(&mut lab, &image, "1"), [false, false, false], "all of it is sent again");
    let detail = status(&mut lab, "1");
    assert_eq!((&detail["imageStatus"], &detail["imageTags"]), (&json!("ACTIVE"), &json!(["1"])));
    assert_eq!(detail["lastActivatedAt"].as_f64(), Some(lab.now().as_epoch_seconds()));
    assert_eq!(put(&mut lab, "web", &image.manifest, Some("1")).unwrap_err().code, "ImageAlreadyExistsException");

    ecr(&mut lab, "UpdateImageStorageClass", class.clone());
    assert_eq!(there(&mut lab), "ARCHIVED");
    assert_eq!(pushed(&mut lab, &sibling, "2"), [false, false, false, false], "an image that shares layers is pushed");
    assert_eq!(
        (status(&mut lab, "1")["imageStatus"].as_str(), there(&mut lab).as_str()),
        (Some("ARCHIVED"), "AVAILABLE")
    );
    assert_eq!(
        put(&mut lab, "web", &image.manifest, Some("1")),
        Ok(image.digest.clone()),
        "the manifest alone is enough"
    );
    assert_eq!(status(&mut lab, "1")["imageStatus"], "ACTIVE");

    for tag in ["1", "2"] {
        let input = json!({ "repositoryName": "web", "imageId": { "imageTag": tag }, "targetStorageClass": "ARCHIVE" });
        ecr(&mut lab, "UpdateImageStorageClass", input);
    }
    assert_eq!(there(&mut lab), "ARCHIVED");
    upload(&mut lab, "web", image.layers[0].bytes.as_bytes());
    assert_eq!(there(&mut lab), "AVAILABLE", "sent again, it is there before its manifest");
}

/// ECR 3.1: what the daemon pushes is of Docker's own formats, in the bytes in which it writes them, and ECR tells so; what
/// BuildKit pushes is of OCI.
#[test]
fn ecr_3_1_the_daemon_pushes_schema_2() {
    let mut lab = lab();
    let alpine = docker::Built {
        layers: vec![docker::Blob {
            digest: format!("sha256:{}", "0".repeat(64)),
            size: 2_800_000,
            bytes: String::new(),
        }],
        config: docker::Blob { digest: format!("sha256:{}", "1".repeat(64)), size: 1472, bytes: String::new() },
        ..docker::Built::clone(&small("a"))
    };
    assert_eq!(alpine.by_daemon().manifest.len(), 528, "the size that a push of such an image tells");
    let image = small("a");
    let pushed = image.by_daemon();
    assert_eq!((&pushed.layers, &pushed.config), (&image.layers, &image.config));
    assert_ne!(push(&mut lab, "web", &pushed, "daemon"), push(&mut lab, "web", &image, "buildkit"));
    let shown = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "web" }));
    let of = |tag: &str, member: &str| {
        let own = shown["imageDetails"].as_array().unwrap().iter().find(|own| own["imageTags"][0] == tag).unwrap();
        own[member].as_str().unwrap().to_string()
    };
    for (tag, manifest, artifact) in [
        ("daemon", "vnd.docker.distribution.manifest.v2+json", "vnd.docker.container.image.v1+json"),
        ("buildkit", "vnd.oci.image.manifest.v1+json", "vnd.oci.image.config.v1+json"),
    ] {
        assert_eq!(of(tag, "imageManifestMediaType"), format!("application/{manifest}"));
        assert_eq!(of(tag, "artifactMediaType"), format!("application/{artifact}"));
    }
    let layers = docker::Built { layers: Vec::new(), ..image }.by_daemon();
    let parsed: Value = serde_json::from_str(&layers.manifest).unwrap();
    assert_eq!(parsed["layers"], json!([]));
}
