//! Tasks that pull from the registry of the account (3.4, 3.5, 3.11), on instances and on Fargate.

use super::support::{built, ecr, push, put, small};
use crate::lab::identities::{iam, policy};
use crate::lab::logs::logs;
use crate::lab::support::{ZONE_A, describe, ecs, lab, launch, register, run, wait};
use ecs_lab::ecr::docker;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// A cluster with an instance; `web:1` in the registry for linux/amd64.
pub fn scene() -> (Lab, String) {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "web" }));
    let digest = push(&mut lab, "web", &small("a"), "1");
    (lab, digest)
}

/// The task of an image after a minute, on the instance or on Fargate.
pub fn task_of(lab: &mut Lab, image: &str, fargate: bool) -> Value {
    task_for(lab, image, fargate, Value::Null)
}

fn task_for(lab: &mut Lab, image: &str, fargate: bool, platform: Value) -> Value {
    task_with(lab, json!({ "image": image, "command": ["sleep", "3600"] }), fargate, platform)
}

/// The same of a container with more members.
fn task_with(lab: &mut Lab, mut container: Value, fargate: bool, platform: Value) -> Value {
    let mut more = json!({});
    if fargate {
        container["name"] = json!("app");
        let mut definition = json!({
            "family": "f", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [container],
            "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
        });
        if !platform.is_null() {
            definition["runtimePlatform"] = json!({ "cpuArchitecture": platform, "operatingSystemFamily": "LINUX" });
        }
        ecs(lab, "RegisterTaskDefinition", definition);
        let network =
            json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
        more = json!({ "launchType": "FARGATE", "networkConfiguration": network });
    } else {
        register(lab, "f", container);
    }
    let task = run(lab, "f", 1, more)["tasks"][0].clone();
    wait(lab, "1m");
    describe(lab, &task)
}

/// ECR 3.4: image, whether on Fargate → the reason behind the hint, none when it runs.
#[test]
fn ecr_3_4_what_a_task_can_pull() {
    let (mut lab, digest) = scene();
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "cold" }));
    let cold = push(&mut lab, "cold", &small("b"), "1");
    let archive = json!({ "repositoryName": "cold", "imageId": { "imageTag": "1" }, "targetStorageClass": "ARCHIVE" });
    ecr(&mut lab, "UpdateImageStorageClass", archive);
    let arm = docker::build(&["FROM alpine:3.20", "RUN arm"], "linux/arm64");
    push(&mut lab, "web", &arm, "arm64");
    let (manifest, _) = docker::index(&[("linux/arm64", &arm)]);
    put(&mut lab, "web", &manifest, Some("only-arm")).unwrap();
    let hint = "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists. ";
    let plain = "CannotPullContainerError: ";
    let retried = |image: &str| {
        format!(
            "{hint}pull image manifest has been retried 5 time(s): failed to resolve ref {HOST}/{image}: {HOST}/{image}: not found"
        )
    };
    let no_platform = "pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'.";
    let inaccessible = "Error response from daemon: unknown: The requested image is in an inaccessible state. Please restore if needed";
    for (image, fargate, reason) in [
        ("web:1", false, None),
        ("web:1", true, None),
        (&*format!("web@{digest}"), false, None),
        (
            "nosuch:1",
            false,
            Some(format!(
                "{hint}Error response from daemon: repository {HOST}/nosuch not found: name unknown: The repository with name 'nosuch' does not exist in the registry with id '123456789012'"
            )),
        ),
        ("nosuch:1", true, Some(retried("nosuch:1"))),
        (
            "web:2",
            false,
            Some(format!(
                "{hint}Error response from daemon: manifest for {HOST}/web:2 not found: manifest unknown: Requested image not found"
            )),
        ),
        (
            "web",
            false,
            Some(format!(
                "{hint}Error response from daemon: manifest for {HOST}/web:latest not found: manifest unknown: Requested image not found"
            )),
        ),
        ("web:2", true, Some(retried("web:2"))),
        (
            "web:only-arm",
            false,
            Some(format!(
                "{plain}Error response from daemon: no matching manifest for linux/amd64 in the manifest list entries"
            )),
        ),
        ("web:only-arm", true, Some(format!("{plain}{no_platform}"))),
        ("web:arm64", true, Some(format!("{plain}{no_platform}"))),
        ("cold:1", false, Some(format!("{plain}{inaccessible}"))),
        (&*format!("cold@{cold}"), false, Some(format!("{plain}{inaccessible}"))),
        ("cold:1", true, Some(retried("cold:1"))),
        (&*format!("web@{cold}"), true, Some(retried(&format!("web@{cold}")))),
        (
            &*format!("web@{cold}"),
            false,
            Some(format!(
                "{hint}Error response from daemon: manifest for {HOST}/web@{cold} not found: manifest unknown: Requested image not found"
            )),
        ),
    ] {
        let over = task_of(&mut lab, &format!("{HOST}/{image}"), fargate);
        match reason {
            None => assert_eq!(over["lastStatus"], "RUNNING", "{image}: {}", over["stoppedReason"]),
            Some(reason) => {
                assert_eq!(
                    (&over["stopCode"], &over["stoppedReason"]),
                    (&json!("TaskFailedToStart"), &json!(reason)),
                    "{image} {fargate}"
                );
            }
        }
    }
    for form in ["dkr-ecr.us-east-1.on.aws", "dkr.ecr-fips.us-east-1.amazonaws.com", "dkr-ecr-fips.us-east-1.on.aws"] {
        for fargate in [false, true] {
            let of = |name: &str| format!("123456789012.{form}/{name}");
            assert_eq!(
                task_of(&mut lab, &of("web:1"), fargate)["containers"][0]["imageDigest"],
                json!(digest),
                "{form}"
            );
            assert_eq!(task_of(&mut lab, &of("nosuch:1"), fargate)["stopCode"], "TaskFailedToStart", "{form}");
        }
    }
    let other = task_of(&mut lab, "000000000001.dkr.ecr.us-east-1.amazonaws.com/nosuch:1", false);
    assert_eq!(other["lastStatus"], "RUNNING", "another account's registry is taken on trust");
}

/// ECR 3.1, 3.5: a task's digest is the one that it pulled, and its pull counts as use.
#[test]
fn ecr_3_5_the_digest_is_that_of_the_pull() {
    let (mut lab, digest) = scene();
    let task = task_of(&mut lab, &format!("{HOST}/web:1"), false);
    assert_eq!(task["containers"][0]["imageDigest"], digest);
    let image = |lab: &mut Lab| {
        ecr(lab, "DescribeImages", json!({ "repositoryName": "web", "imageIds": [{ "imageDigest": digest }] }))["imageDetails"][0].clone()
    };
    let stopped = task["pullStoppedAt"].as_f64().unwrap();
    assert_eq!(image(&mut lab)["lastRecordedPullTime"].as_f64().unwrap(), stopped);
    let newer = push(&mut lab, "web", &small("newer"), "1");
    assert_eq!(describe(&lab, &task)["containers"][0]["imageDigest"], digest, "the tag has moved, the task has not");
    assert_eq!(task_of(&mut lab, &format!("{HOST}/web:1"), false)["containers"][0]["imageDigest"], newer);
}

/// ECR 3.1: of an index each host takes its own image; what is made for another processor comes alone and cannot run.
#[test]
fn ecr_3_1_platforms() {
    let (mut lab, _) = scene();
    let (amd, arm) = (small("a"), docker::build(&["FROM alpine:3.20", "RUN arm"], "linux/arm64"));
    push(&mut lab, "web", &arm, "arm64");
    let (manifest, index) = docker::index(&[("linux/amd64", &amd), ("linux/arm64", &arm)]);
    put(&mut lab, "web", &manifest, Some("both")).unwrap();
    for (fargate, platform) in [(false, Value::Null), (true, json!("X86_64")), (true, json!("ARM64"))] {
        let task = task_for(&mut lab, &format!("{HOST}/web:both"), fargate, platform.clone());
        assert_eq!(
            (&task["lastStatus"], &task["containers"][0]["imageDigest"]),
            (&json!("RUNNING"), &json!(index)),
            "{platform}"
        );
    }
    let task = task_of(&mut lab, &format!("{HOST}/web:arm64"), false);
    assert_eq!(
        (&task["stopCode"], &task["containers"][0]["exitCode"]),
        (&json!("EssentialContainerExited"), &json!(255))
    );
}

/// 3.4: what is not in the account's registry cannot be pulled, whoever named it and when; registries of other accounts
/// are taken on trust.
#[test]
fn ecr_3_4_the_registry_holds_what_was_pushed() {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "ECS_IMAGE_PULL_BEHAVIOR=always");
    wait(&mut lab, "2m");
    let fails = |task: &Value| task["stopCode"] == "TaskFailedToStart";
    let image = format!("{HOST}/web:1");
    let first = task_of(&mut lab, &image, false);
    let reason = first["stoppedReason"].as_str().unwrap();
    assert!(
        fails(&first) && reason.contains("The repository with name 'web' does not exist"),
        "no repository: {reason}"
    );
    ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "web" }));
    assert!(fails(&task_of(&mut lab, &image, false)), "the repository is there, and empty");
    push(&mut lab, "web", &built(&["FROM nginx:1.29"]), "1");
    assert_eq!(task_of(&mut lab, &image, false)["lastStatus"], "RUNNING");
    ecr(&mut lab, "DeleteRepository", json!({ "repositoryName": "web", "force": true }));
    assert!(fails(&task_of(&mut lab, &image, false)), "it was there");
    let region = image.replace("us-east-1", "eu-west-1");
    assert!(fails(&task_of(&mut lab, &region, false)), "the account has nothing in another Region either");
    let other = image.replace("123456789012", "210987654321");
    assert_eq!(task_of(&mut lab, &other, false)["lastStatus"], "RUNNING", "another account");
}

fn may_import(lab: &mut Lab, role: &str, actions: Value) {
    let document = policy(json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]));
    iam(lab, "PutRolePolicy", json!({ "RoleName": role, "PolicyName": "import", "PolicyDocument": document }));
}

/// ECR 3.11, 4.3, 4.5: the first pull through a cache needs two actions more, which neither managed policy of tasks has.
#[test]
fn ecr_3_11_the_first_pull_through_a_cache_needs_its_own_permissions() {
    let (create, import) = ("ecr:CreateRepository", "ecr:BatchImportUpstreamImage");
    let name = "pub/docker/library/nginx";
    for (may, there, registry, over) in [
        (json!([]), false, json!([]), Some("name unknown: The repository with name")),
        (json!([create]), false, json!([]), Some("manifest unknown: Requested image not found")),
        (json!([create, import]), false, json!([]), None),
        (json!([import]), false, json!([]), Some("name unknown: The repository with name")),
        (json!([import]), true, json!([]), None),
        (json!([]), true, json!([]), Some("manifest unknown: Requested image not found")),
        (json!([]), false, json!([create, import]), None),
    ] {
        for fargate in [false, true] {
            let mut lab = lab();
            launch(&mut lab, "m5.large", ZONE_A, 1, "");
            wait(&mut lab, "2m");
            let rule = json!({ "ecrRepositoryPrefix": "pub", "upstreamRegistryUrl": "public.ecr.aws" });
            ecr(&mut lab, "CreatePullThroughCacheRule", rule);
            let role = if fargate { "ecsTaskExecutionRole" } else { "ecsInstanceRole" };
            if !may.as_array().unwrap().is_empty() {
                may_import(&mut lab, role, may.clone());
            }
            if there {
                ecr(&mut lab, "CreateRepository", json!({ "repositoryName": name }));
            }
            if !registry.as_array().unwrap().is_empty() {
                let who = json!({ "AWS": format!("arn:aws:iam::123456789012:role/{role}") });
                let statement = json!([{ "Effect": "Allow", "Principal": who, "Action": registry, "Resource": "*" }]);
                ecr(&mut lab, "PutRegistryPolicy", json!({ "policyText": policy(statement) }));
            }
            let task = task_of(&mut lab, &format!("{HOST}/{name}:1.27"), fargate);
            let reason = task["stoppedReason"].as_str().unwrap_or_default();
            match over {
                // Fargate's client says the same of both.
                Some(over) => {
                    let over = if fargate { "nginx:1.27: not found" } else { over };
                    assert!(reason.contains(over), "{may} {there} {registry} {fargate}: {task}");
                }
                None => assert_eq!(task["lastStatus"], "RUNNING", "{may} {there} {registry} {fargate}: {task}"),
            }
        }
    }
}

/// 4.1, ECR 3.3: what a repository's policy says holds for the roles of tasks: one Allow is enough, one Deny is the end.
#[test]
fn ecr_3_3_the_policy_of_a_repository_holds_for_tasks() {
    let layers = "ecr:GetDownloadUrlForLayer";
    let pull = json!(["ecr:BatchGetImage", layers]);
    for (effect, action, own_policies, over) in [
        ("Deny", json!("ecr:BatchGetImage"), true, Some("ecr:BatchGetImage")),
        ("Deny", json!(layers), true, Some(layers)),
        ("Deny", json!("ecr:PutImage"), true, None),
        ("Allow", json!(layers), false, Some("ecr:BatchGetImage")),
        ("Allow", pull, false, None),
    ] {
        for fargate in [false, true] {
            for all in [false, true] {
                let (mut lab, _) = scene();
                let role = if fargate { "ecsTaskExecutionRole" } else { "ecsInstanceRole" };
                let who = match all {
                    true => json!("*"),
                    false => json!({ "AWS": format!("arn:aws:iam::123456789012:role/{role}") }),
                };
                let statement = json!([{ "Effect": effect, "Principal": who, "Action": action }]);
                let input = json!({ "repositoryName": "web", "policyText": policy(statement) });
                ecr(&mut lab, "SetRepositoryPolicy", input);
                if !own_policies {
                    let attached = iam(&mut lab, "ListAttachedRolePolicies", json!({ "RoleName": role }));
                    for own in attached["AttachedPolicies"].as_array().unwrap() {
                        iam(&mut lab, "DetachRolePolicy", json!({ "RoleName": role, "PolicyArn": own["PolicyArn"] }));
                    }
                    may_import(&mut lab, role, json!(["ecr:GetAuthorizationToken", "ecs:*"]));
                }
                let task = task_of(&mut lab, &format!("{HOST}/web:1"), fargate);
                let reason = task["stoppedReason"].as_str().unwrap_or_default();
                let because = if effect == "Deny" { "with an explicit deny in a resource-based policy" } else { "" };
                match over {
                    Some(over) => {
                        let told = reason.contains(&format!("perform: {over} ")) && reason.contains(because);
                        assert!(told, "{effect} {action} {fargate} {all}: {task}");
                    }
                    None => assert_eq!(task["lastStatus"], "RUNNING", "{effect} {action} {fargate} {all}: {task}"),
                }
                // An instance falls back on what it pulled before.
                ecr(&mut lab, "DeleteRepositoryPolicy", json!({ "repositoryName": "web" }));
                let after = task_of(&mut lab, &format!("{HOST}/web:1"), fargate)["lastStatus"] == "RUNNING";
                let held = !fargate && over.is_none();
                assert_eq!(after, own_policies || held, "{effect} {action} {fargate} {all}");
            }
        }
    }
}

/// ECR 3.11: a task finds in another Region what was copied there, and nothing else.
#[test]
fn ecr_3_11_a_task_pulls_a_copy() {
    let (mut lab, _) = scene();
    let image = |tag: &str| format!("{}/web:{tag}", HOST.replace("us-east-1", "eu-west-1"));
    let over = task_of(&mut lab, &image("1"), false);
    let reason = over["stoppedReason"].as_str().unwrap();
    assert!(reason.contains("name unknown: The repository with name 'web' does not exist"), "{over}");
    let rule = json!({ "destinations": [{ "region": "eu-west-1", "registryId": "123456789012" }] });
    let input = json!({ "replicationConfiguration": { "rules": [rule] } });
    ecr(&mut lab, "PutReplicationConfiguration", input);
    push(&mut lab, "web", &small("b"), "2");
    wait(&mut lab, "5m");
    assert_eq!(task_of(&mut lab, &image("2"), false)["lastStatus"], "RUNNING");
    let over = task_of(&mut lab, &image("1"), true);
    assert!(over["stoppedReason"].as_str().unwrap().contains("web:1: not found"), "{over}");
}

/// ECR 3.11: a task's pull fills the cache.
#[test]
fn ecr_3_11_a_task_pulls_through_the_cache() {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    ecr(
        &mut lab,
        "CreatePullThroughCacheRule",
        json!({ "ecrRepositoryPrefix": "pub", "upstreamRegistryUrl": "public.ecr.aws" }),
    );
    may_import(&mut lab, "ecsInstanceRole", json!(["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"]));
    let task = task_of(&mut lab, &format!("{HOST}/pub/docker/library/nginx:1.27"), false);
    assert_eq!(task["lastStatus"], "RUNNING");
    let images = ecr(&mut lab, "DescribeImages", json!({ "repositoryName": "pub/docker/library/nginx" }));
    assert_eq!(images["imageDetails"].as_array().unwrap().len(), 3, "an image for each processor, and the index");
    let shown = images["imageDetails"][2].clone();
    assert_eq!((&shown["imageDigest"], &shown["imageTags"]), (&task["containers"][0]["imageDigest"], &json!(["1.27"])));
    assert!(shown["lastRecordedPullTime"].is_f64());
    // What is cached is an index, so that the other processor finds its image too.
    let world = lab.world();
    for (platform, expected) in [
        ("linux/amd64", Ok(true)),
        ("linux/arm64", Ok(true)),
        ("windows/amd64", Err(ecs_lab::ecr::Refusal::NoPlatform)),
    ] {
        let of = |tag: &str| {
            let named = format!("{HOST}/pub/docker/library/nginx:{tag}");
            world
                .ecr()
                .pull(&world.options().account, &named, platform, None)
                .unwrap()
                .map(|pulled| pulled.made_for == ecs_lab::ecr::MadeFor::Platform)
        };
        assert_eq!((of("1.27"), of("1.28")), (expected, expected), "cached and not, {platform}");
    }
    let missing = task_of(&mut lab, &format!("{HOST}/pub/docker/library/ngnix:1"), false);
    assert_eq!(missing["stopCode"], "TaskFailedToStart");
}

/// 7.2: ECR says no before it looks for the image: what the role may not do hides what is missing.
#[test]
fn ecr_3_4_a_missing_permission_comes_before_a_missing_image() {
    let (login, batch, layers) = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer");
    for (image, may, denied) in [
        ("web:2", vec!["logs:PutLogEvents"], Some(login)),
        ("web:2", vec![login, layers], Some(batch)),
        ("web:2", vec![login, batch], None),
        ("web:2", vec![login, batch, layers], None),
        ("nosuch:1", vec!["logs:PutLogEvents"], Some(login)),
        ("web:only-arm", vec![login], Some(batch)),
        ("web:1", vec![login, batch], Some(layers)),
    ] {
        let (mut lab, _) = scene();
        let arm = docker::build(&["FROM alpine:3.20", "RUN arm"], "linux/arm64");
        push(&mut lab, "web", &arm, "arm64");
        put(&mut lab, "web", &docker::index(&[("linux/arm64", &arm)]).0, Some("only-arm")).unwrap();
        for fargate in [false, true] {
            let role = if fargate { "ecsTaskExecutionRole" } else { "ecsInstanceRole" };
            let policies = iam(&mut lab, "ListAttachedRolePolicies", json!({ "RoleName": role }));
            for own in policies["AttachedPolicies"].as_array().unwrap() {
                iam(&mut lab, "DetachRolePolicy", json!({ "RoleName": role, "PolicyArn": own["PolicyArn"] }));
            }
            let agent = if fargate { vec![] } else { vec!["ecs:*"] };
            let all = [may.clone(), agent].concat();
            let statement = json!([{ "Effect": "Allow", "Action": all, "Resource": "*" }]);
            let own = json!({ "RoleName": role, "PolicyName": "own", "PolicyDocument": policy(statement) });
            iam(&mut lab, "PutRolePolicy", own);
            let over = task_of(&mut lab, &format!("{HOST}/{image}"), fargate);
            let reason = over["stoppedReason"].as_str().unwrap_or_default();
            match denied {
                Some(action) => assert!(reason.contains(&format!("perform: {action} ")), "{image} {may:?}: {over}"),
                None => assert!(reason.contains("not found"), "{image} {may:?}: {over}"),
            }
        }
    }
}

/// 3.4, 5.3: a task runs what its image says, and the definition's words go before it as they do for Docker: an entry point
/// takes the image's command away. Dockerfile, members of the definition → exit code, what it says.
#[test]
fn ecr_3_4_a_task_runs_what_its_image_says() {
    let script = r#"CMD ["sh", "-c", "echo hi; sleep 20; exit 3"]"#;
    let nginx = "/docker-entrypoint.sh: Configuration complete; ready for start up";
    for (dockerfile, members, exit, says) in [
        (&["FROM busybox", script][..], json!({}), Some(3), "hi"),
        (&["FROM busybox", "ENV WHO=you", "CMD echo $WHO"], json!({}), Some(0), "you"),
        (&["FROM busybox", script], json!({ "command": ["echo", "no"] }), Some(0), "no"),
        (&["FROM busybox", "ENTRYPOINT [\"echo\"]", "CMD [\"a\"]"], json!({}), Some(0), "a"),
        (&["FROM busybox", "ENTRYPOINT [\"echo\"]", "CMD [\"a\"]"], json!({ "command": ["b"] }), Some(0), "b"),
        (&["FROM busybox", "CMD [\"a\"]"], json!({ "entryPoint": ["echo"] }), Some(0), ""),
        (
            &["FROM busybox", "ENV WHO=you", "CMD echo $WHO"],
            json!({ "environment": [{ "name": "WHO", "value": "me" }] }),
            Some(0),
            "me",
        ),
        (&["FROM hello-world"], json!({}), Some(0), ""),
        (&["FROM nginx:1.27", "COPY . /usr/share/nginx/html"], json!({}), None, nginx),
        (&["FROM busybox"], json!({}), Some(0), ""),
    ] {
        for fargate in [false, true] {
            let (mut lab, _) = scene();
            logs(&mut lab, "CreateLogGroup", json!({ "logGroupName": "g" }));
            push(&mut lab, "web", &docker::build(dockerfile, "linux/amd64"), "2");
            let options = json!({ "awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p" });
            let mut container = json!({
                "name": "app", "image": format!("{HOST}/web:2"),
                "logConfiguration": { "logDriver": "awslogs", "options": options },
            });
            for (name, value) in members.as_object().unwrap() {
                container[name] = value.clone();
            }
            let task = task_with(&mut lab, container, fargate, Value::Null);
            let code = task["containers"][0]["exitCode"].as_u64();
            assert_eq!(code, exit, "{dockerfile:?} {members} {fargate}: {task}");
            let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap();
            let input = json!({ "logGroupName": "g", "logStreamName": format!("p/app/{id}") });
            let events = logs(&mut lab, "GetLogEvents", input);
            let first = events["events"][0]["message"].as_str().unwrap_or_default();
            assert_eq!(first, says, "{dockerfile:?} {members} {fargate}");
        }
    }
}

/// 3.11: what has to log in to the registry behind a cache, and cannot, fails with its words; what is here already is
/// pulled.
#[test]
fn ecr_3_11_a_cache_whose_secret_is_gone_fills_no_more() {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "ECS_IMAGE_PULL_BEHAVIOR=always");
    wait(&mut lab, "2m");
    for role in ["ecsInstanceRole", "ecsTaskExecutionRole"] {
        may_import(&mut lab, role, json!(["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"]));
    }
    let secrets = |lab: &mut Lab, operation: &str, input: Value| {
        lab.apply(Command::Api(ApiCall::new("secretsmanager", operation, input))).unwrap().reply
    };
    let named = json!({ "Name": "ecr-pullthroughcache/hub", "SecretString": "{}" });
    let secret = secrets(&mut lab, "CreateSecret", named)["ARN"].clone();
    let rule =
        json!({ "ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": secret });
    ecr(&mut lab, "CreatePullThroughCacheRule", rule);
    let (here, other) = (format!("{HOST}/hub/library/nginx:1.29"), format!("{HOST}/hub/library/httpd:2.4"));
    assert_eq!(task_of(&mut lab, &here, false)["lastStatus"], "RUNNING");
    secrets(&mut lab, "DeleteSecret", json!({ "SecretId": secret, "ForceDeleteWithoutRecovery": true }));
    for fargate in [false, true] {
        let task = task_of(&mut lab, &other, fargate);
        let reason = task["stoppedReason"].as_str().unwrap();
        assert!(reason.contains("denied: The authentication to the upstream registry failed."), "{reason}");
        assert_eq!(task_of(&mut lab, &here, fargate)["lastStatus"], "RUNNING");
    }
}
