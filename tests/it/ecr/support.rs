//! Verbs for tests of the registry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecs_lab::aws::ApiError;
use ecs_lab::ecr::docker::{self, Built};
use ecs_lab::ecr::sha256;
use ecs_lab::lab::{ApiCall, Command, Lab, Start};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

/// A lab with the repository `web`.
pub fn lab() -> Lab {
    let mut lab = Lab::new(Start::default());
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "web" }));
    lab
}

/// An ECR call that must succeed.
pub fn ecr(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_ecr(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// An ECR call.
pub fn try_ecr(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("ecr", operation, input))).map(|outcome| outcome.reply)
}

/// Code and message of a call that must be refused; that changes nothing.
pub fn refused(lab: &mut Lab, operation: &str, input: Value) -> (String, String) {
    let before = (lab.revision(), lab.digest());
    let error = try_ecr(lab, operation, input).expect_err(operation);
    assert_eq!((lab.revision(), lab.digest()), before, "{operation}: refused, and nothing changed");
    (error.code.to_string(), error.message)
}

/// Lets time pass.
pub fn wait(lab: &mut Lab, span: &str) {
    lab.advance(SimDuration::parse(span).unwrap()).unwrap();
}

/// Uploads a layer in one part, unless it is there; its digest.
pub fn upload(lab: &mut Lab, name: &str, bytes: &[u8]) -> String {
    let digest = sha256(bytes);
    let check = json!({ "repositoryName": name, "layerDigests": [digest] });
    if ecr(lab, "BatchCheckLayerAvailability", check)["layers"][0]["layerAvailability"] == "AVAILABLE" {
        return digest;
    }
    let id = ecr(lab, "InitiateLayerUpload", json!({ "repositoryName": name }))["uploadId"].clone();
    part(lab, name, &id, 0, bytes).unwrap();
    let done = json!({ "repositoryName": name, "uploadId": id, "layerDigests": [digest] });
    assert_eq!(ecr(lab, "CompleteLayerUpload", done)["layerDigest"], digest);
    digest
}

/// Uploads a part.
pub fn part(lab: &mut Lab, name: &str, id: &Value, first: usize, bytes: &[u8]) -> Result<Value, ApiError> {
    let input = json!({
        "repositoryName": name, "uploadId": id, "partFirstByte": first, "partLastByte": first + bytes.len() - 1,
        "layerPartBlob": STANDARD.encode(bytes),
    });
    try_ecr(lab, "UploadLayerPart", input)
}

/// Builds an image as a builder does, for linux/amd64.
pub fn built(lines: &[&str]) -> Built {
    docker::build(lines, "linux/amd64")
}

/// Pushes a built image by its calls, with this tag; the digest.
pub fn push(lab: &mut Lab, name: &str, image: &Built, tag: &str) -> String {
    let mut call = |operation: &'static str, input: Value| try_ecr(lab, operation, input);
    docker::push(&mut call, name, Some(tag), image).unwrap().digest
}

/// Makes a repository that holds an image whose command lasts.
pub fn kept(lab: &mut Lab, name: &str, tags: &[&str]) {
    ecr(lab, "CreateRepository", json!({ "repositoryName": name }));
    for tag in tags {
        push(lab, name, &built(&["FROM nginx:1.29"]), tag);
    }
}

/// PutImage; the digest.
pub fn put(lab: &mut Lab, name: &str, manifest: &str, tag: Option<&str>) -> Result<String, ApiError> {
    let mut input = json!({ "repositoryName": name, "imageManifest": manifest });
    if let Some(tag) = tag {
        input["imageTag"] = json!(tag);
    }
    try_ecr(lab, "PutImage", input).map(|reply| reply["image"]["imageId"]["imageDigest"].as_str().unwrap().to_string())
}

/// A small image that differs by its words.
pub fn small(words: &str) -> Built {
    built(&["FROM alpine:3.20", &format!("RUN echo {words}")])
}

/// `digest: tag tag` of each image, the oldest first, digests by the letters given.
pub fn images(lab: &mut Lab, name: &str, letters: &[(&str, &str)]) -> String {
    let input = json!({ "repositoryName": name, "filter": { "imageStatus": "ANY" } });
    let reply = ecr(lab, "DescribeImages", input);
    let one = |image: &Value| {
        let digest = image["imageDigest"].as_str().unwrap();
        let letter = letters.iter().find(|(_, own)| *own == digest).map_or("?", |(letter, _)| letter);
        let tags = image["imageTags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        format!("{letter}[{}]", tags.join(" "))
    };
    reply["imageDetails"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join(" ")
}
