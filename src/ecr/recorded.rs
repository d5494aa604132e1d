//! Answers recorded from AWS hold. The account is the lab's; the one that tells of access stands in tests/it/ecr/access.rs.

use super::*;
use crate::aws::{model, wire};
use crate::event::{Cause, Kernel, Options};
use crate::placement::Ties;
use alloc::string::ToString;
use serde_json::json;

const LAYER: &str = "sha256:4fec82eb4c8724bae6df4b8eeff8a526b417d17f44633ba67d4ed65deb31f002";
const CONFIG: &str = "sha256:e74898b78f1579c22e582d3b0936349b90c7179050b1a1f20bded34e0a808f72";
const FIRST: &str = "sha256:8f5927a9053313f8bbe6c557a03cb73c99fc8ca1dde4054bdfe7ec036b0a0e8f";
const SECOND: &str = "sha256:d25b89789727b335cddf9a7a9fa68e379fd9e855e2e2aabeae5381acdb3cbb4c";
const INDEX: &str = "sha256:171e145493d7608e25a3e856e84e09206a821b7d7ee9a80b340ae053e4dbf7d9";
const BLOB: &str = "H4sIAAAAAAACA+3PwQnCQBCF4TlbxVQgo4ZNAWIDdrBk5xCUDcQ1avdZcxG8K4L/d3nDuzzGpz557nxd7kU+xKrQNEtW72m2C6/72W9sG1pRky+4Xkoc67z8p/p9d0o63LInzbH0k+thf9RzfPi4EgAAAAAAAAAAAAAAAADAj5oB+MNIAAAoAAA=";

struct Registry {
    rooms: Rooms,
    kernel: Kernel,
}

impl Registry {
    fn new() -> Self {
        let options = Options { account: Account::default(), ties: Ties::ByName };
        Self { rooms: Rooms::default(), kernel: Kernel::new(SimTime::from_millis(1_767_603_600_000), 1, options) }
    }

    /// As over the wire.
    fn ask(&mut self, name: &str, input: Value) -> Result<Value, ApiError> {
        let operation = model::operation("ecr", name).unwrap();
        let input = wire::receive(operation, input)?;
        let (account, now) = (self.kernel.options.account.clone(), self.kernel.now);
        if operation.read_only() {
            let scene = Scene { caller: "user/learner", account: &account, now };
            return read(&self.rooms, scene, name, &input);
        }
        let mut facts = Vec::new();
        let mut cx = Cx { kernel: &mut self.kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
        let ask = |ecr: &mut Ecr, rooms: &Rooms| call(ecr, rooms, &mut cx, "user/learner", name, &input);
        self.rooms.lend(|rooms| &mut rooms.ecr, ask)
    }

    /// The answer holds these members at least.
    fn says(&mut self, operation: &str, input: Value, subset: Value) -> Value {
        let answer = self.ask(operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"));
        assert!(holds(&answer, &subset), "{operation}: {answer:#}\ndoes not hold {subset:#}");
        answer
    }

    fn refuses(&mut self, operation: &str, input: Value, code: &str, message: &str) {
        let error = self.ask(operation, input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (code, message, false), "{operation}");
    }

    /// A layer whose bytes were not recorded.
    fn holds_layer(&mut self, digest: &str, size: u64) {
        self.rooms
            .ecr
            .change("probe/images")
            .unwrap()
            .layers
            .insert(digest.to_string(), Layer { size, ..Layer::default() });
    }
}

fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, own)| whole.get(name).is_some_and(|other| holds(other, own)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        _ => whole == part,
    }
}

fn manifest(more: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","size":215,"digest":"{CONFIG}"}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":137,"digest":"{LAYER}"}}]{more}}}"#
    )
}

fn second() -> String {
    manifest(r#","annotations":{"org.opencontainers.image.description":"second manifest"}"#)
}

fn with(name: &str) -> Registry {
    let mut registry = Registry::new();
    let tags = json!([{ "Key": "owner", "Value": "probe" }]);
    for repository in [name, "probe/isolated"] {
        registry.ask("CreateRepository", json!({ "repositoryName": repository, "tags": tags })).unwrap();
    }
    registry
}

/// With both layers and the first image as `original`.
fn pushed() -> Registry {
    let mut registry = with("probe/images");
    registry.holds_layer(LAYER, 137);
    registry.holds_layer(CONFIG, 215);
    put(&mut registry, &manifest(""), "original").unwrap();
    registry
}

fn put(registry: &mut Registry, manifest: &str, tag: &str) -> Result<Value, ApiError> {
    registry.ask("PutImage", json!({ "repositoryName": "probe/images", "imageManifest": manifest, "imageTag": tag }))
}

#[test]
fn ecr_3_1_repositories_and_tags() {
    let mut registry = Registry::new();
    let name = json!({ "repositoryName": "probe/images" });
    let whole = json!({
        "repositoryName": "probe/images", "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": { "scanOnPush": false }, "encryptionConfiguration": { "encryptionType": "AES256" },
        "tags": [{ "Key": "owner", "Value": "probe" }],
    });
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/probe/images";
    let described = json!({ "repository": {
        "encryptionConfiguration": { "encryptionType": "AES256" }, "imageScanningConfiguration": { "scanOnPush": false },
        "imageTagMutability": "MUTABLE", "registryId": "123456789012", "repositoryArn": arn,
        "repositoryName": "probe/images",
        "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/probe/images",
    } });
    let answer = registry.says("CreateRepository", whole, described);
    let keys: Vec<&String> = answer["repository"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "repositoryArn",
            "registryId",
            "repositoryName",
            "repositoryUri",
            "createdAt",
            "imageTagMutability",
            "imageScanningConfiguration",
            "encryptionConfiguration"
        ]
    );
    let exists = "The repository with name 'probe/images' already exists in the registry with id '123456789012'";
    registry.refuses("CreateRepository", name.clone(), "RepositoryAlreadyExistsException", exists);
    let tags = json!([{ "Key": "purpose", "Value": "evidence" }]);
    registry.ask("TagResource", json!({ "resourceArn": arn, "tags": tags })).unwrap();
    let both = json!({ "tags": [{ "Key": "purpose", "Value": "evidence" }, { "Key": "owner", "Value": "probe" }] });
    registry.says("ListTagsForResource", json!({ "resourceArn": arn }), both);
    let none = "Lifecycle policy does not exist for the repository with name 'probe/images' in the registry with id '123456789012'";
    registry.refuses("GetLifecyclePolicy", name.clone(), "LifecyclePolicyNotFoundException", none);
    registry.ask("CreateRepository", json!({ "repositoryName": "probe/isolated" })).unwrap();
    let manual = |name: &str| {
        json!({
            "appliedScanFilters": [], "scanFrequency": "MANUAL", "scanOnPush": false, "repositoryName": name,
            "repositoryArn": format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}"),
        })
    };
    let all = json!({ "failures": [], "scanningConfigurations": [manual("probe/images"), manual("probe/isolated")] });
    let names = json!({ "repositoryNames": ["probe/images", "probe/isolated"] });
    registry.says("BatchGetRepositoryScanningConfiguration", names, all);
    let gone = json!({ "repository": {
        "imageTagMutability": "MUTABLE", "registryId": "123456789012", "repositoryName": "probe/isolated",
        "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/probe/isolated",
    } });
    let force = json!({ "repositoryName": "probe/isolated", "force": true });
    let answer = registry.says("DeleteRepository", force, gone);
    assert!(answer["repository"].get("encryptionConfiguration").is_none());
    assert!(answer["repository"].get("imageScanningConfiguration").is_none());
}

#[test]
fn ecr_3_5_layers() {
    let mut registry = with("probe/images");
    let name = "probe/images";
    let check = json!({ "repositoryName": name, "layerDigests": [LAYER] });
    let layer = json!([{ "layerAvailability": "UNAVAILABLE", "layerDigest": LAYER }]);
    registry.says("BatchCheckLayerAvailability", check, json!({ "failures": [], "layers": layer }));
    let open = registry.says("InitiateLayerUpload", json!({ "repositoryName": name }), json!({ "partSize": 10485760 }));
    let part = json!({
        "repositoryName": name, "uploadId": open["uploadId"], "partFirstByte": 0, "partLastByte": 136,
        "layerPartBlob": BLOB,
    });
    let received = json!({ "lastByteReceived": 136, "registryId": "123456789012", "repositoryName": name });
    registry.says("UploadLayerPart", part, received);
    let done = json!({ "repositoryName": name, "uploadId": open["uploadId"], "layerDigests": [LAYER] });
    let complete = json!({ "layerDigest": LAYER, "registryId": "123456789012", "repositoryName": name });
    registry.says("CompleteLayerUpload", done, complete);
    let text = manifest("");
    let elsewhere = json!({ "repositoryName": "probe/isolated", "imageManifest": text, "imageTag": "original" });
    let message = format!(
        "Layers with digests '[{LAYER},{CONFIG}]' required for pushing image into repository with name 'probe/isolated' in the registry with id '123456789012' do not exist"
    );
    registry.refuses("PutImage", elsewhere, "LayersNotFoundException", &message);
}

#[test]
fn ecr_3_6_images_and_their_tags() {
    let mut registry = pushed();
    let name = "probe/images";
    let again = json!({ "repositoryName": name, "imageManifest": manifest(""), "imageTag": "original" });
    let message = format!(
        "Image with digest '{FIRST}' and tag 'original' already exists in the repository with name 'probe/images' in registry with id '123456789012'"
    );
    registry.refuses("PutImage", again, "ImageAlreadyExistsException", &message);
    let ids = json!({ "repositoryName": name, "imageIds": [{ "imageTag": "original" }, { "imageTag": "absent" }] });
    let absent = json!([{
        "failureCode": "ImageNotFound", "failureReason": "Requested image not found", "imageId": { "imageTag": "absent" },
    }]);
    let image = json!({
        "imageId": { "imageDigest": FIRST, "imageTag": "original" }, "imageManifest": manifest(""),
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json", "imageManifestSize": 401,
    });
    registry.says("BatchGetImage", ids, json!({ "failures": absent, "images": [image] }));
    let immutable = json!({ "repositoryName": name, "imageTagMutability": "IMMUTABLE" });
    let set = json!({ "imageTagMutability": "IMMUTABLE", "registryId": "123456789012", "repositoryName": name });
    registry.says("PutImageTagMutability", immutable, set);
    let other = json!({ "repositoryName": name, "imageManifest": second(), "imageTag": "original" });
    let message = "The image tag 'original' already exists in the 'probe/images' repository and cannot be overwritten because the tag is immutable.";
    registry.refuses("PutImage", other.clone(), "ImageTagAlreadyExistsException", message);
    registry.ask("PutImageTagMutability", json!({ "repositoryName": name, "imageTagMutability": "MUTABLE" })).unwrap();
    let moved = json!({ "image": { "imageId": { "imageDigest": SECOND, "imageTag": "original" } } });
    registry.says("PutImage", other, moved);
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":474,"digest":"{SECOND}","platform":{{"architecture":"amd64","os":"linux"}}}}]}}"#
    );
    let answer = json!({ "image": {
        "imageId": { "imageDigest": INDEX, "imageTag": "index" },
        "imageManifestMediaType": "application/vnd.oci.image.index.v1+json",
    } });
    let input = json!({ "repositoryName": name, "imageManifest": index, "imageTag": "index" });
    registry.says("PutImage", input, answer);
    put(&mut registry, &manifest(""), "http-tag").unwrap();
    let ids = json!({ "repositoryName": name, "imageIds": [{ "imageTag": "http-tag" }, { "imageTag": "absent" }] });
    let deleted = json!([{ "imageDigest": FIRST, "imageTag": "http-tag" }]);
    registry.says("BatchDeleteImage", ids, json!({ "failures": absent, "imageIds": deleted }));
}

#[test]
fn ecr_3_8_and_3_10_lifecycle_policies_and_scans() {
    let mut registry = pushed();
    let name = json!({ "repositoryName": "probe/images" });
    let text = r#"{"rules": [{"rulePriority": 1, "description": "Protect newest original-tag image", "selection": {"tagStatus": "tagged", "tagPrefixList": ["original"], "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}, {"rulePriority": 2, "description": "Keep newest owned image", "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}"#;
    let compact = text.replace(": ", ":").replace(", ", ",");
    let policy = json!({ "repositoryName": "probe/images", "lifecyclePolicyText": text });
    let echo = json!({
        "lifecyclePolicyText": compact, "registryId": "123456789012", "repositoryName": "probe/images",
    });
    registry.says("PutLifecyclePolicy", policy, echo);
    let short = json!({ "repositoryName": "probe/images", "lifecyclePolicyText": "{\"rules\": []}" });
    let message = "Invalid parameter at 'lifecyclePolicyText' failed to satisfy constraint: 'Member must have length greater than or equal to 100'";
    registry.refuses("PutLifecyclePolicy", short, "InvalidParameterException", message);
    let started = json!({ "lifecyclePolicyText": compact, "status": "IN_PROGRESS" });
    registry.says("StartLifecyclePolicyPreview", name, started);
    let image = json!({ "repositoryName": "probe/images", "imageId": { "imageTag": "original" } });
    registry.ask("StartImageScan", image.clone()).unwrap();
    registry.says(
        "DescribeImageScanFindings",
        image.clone(),
        json!({ "imageScanStatus": { "status": "IN_PROGRESS" } }),
    );
    let mut facts = Vec::new();
    registry.kernel.now = registry.kernel.now + crate::sim::SimDuration::from_secs(60);
    let mut cx = Cx { kernel: &mut registry.kernel, facts: &mut facts, cause: Cause::Command(2), trace: None };
    let (repository, step) = (1, RegistryStep::Scanned);
    on_event(&mut registry.rooms.ecr, &Rooms::default(), &mut cx, Event::Registry { repository, image: 1, step });
    let failed = json!({
        "description": "UnsupportedImageError: The operating system and/or package manager are not supported.",
        "status": "FAILED",
    });
    let answer = registry.says("DescribeImageScanFindings", image, json!({ "imageScanStatus": failed }));
    assert!(answer.get("imageScanFindings").is_none());
}

/// What the answers above do not name: a layer's record stays as small as its digest and size.
#[test]
fn ecr_3_5_of_an_upload_only_digest_and_size_stay() {
    let registry = pushed();
    let own = registry.rooms.ecr.repository("probe/images").unwrap();
    assert_eq!(own.layers().map(|(_, layer)| layer.size).sum::<u64>(), 352);
    assert!(own.layers().all(|(_, layer)| layer.config.is_none()));
    assert_eq!(own.image(FIRST).map(|image| image.size), Some(352));
}
