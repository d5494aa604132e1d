//! What holds for the whole registry: its policy, settings, replication, pull-through cache, templates (3.1, 3.9, 3.11).

use super::support::*;
use ecs_lab::lab::{ApiCall, Command};
use serde_json::{Value, json};

/// ECR 3.11: the registry policy allows replication, import and creation only.
#[test]
fn ecr_3_11_registry_policy() {
    let mut lab = lab();
    let none = "Registry policy does not exist in the registry with id '123456789012'".to_string();
    for operation in ["GetRegistryPolicy", "DeleteRegistryPolicy"] {
        assert_eq!(
            refused(&mut lab, operation, json!({})),
            ("RegistryPolicyNotFoundException".to_string(), none.clone())
        );
    }
    let policy = |action: &str| {
        let statement = json!([{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000001:root" }, "Action": [action], "Resource": "*" }]);
        json!({ "policyText": json!({ "Version": "2012-10-17", "Statement": statement }).to_string() })
    };
    for action in ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"] {
        ecr(&mut lab, "PutRegistryPolicy", policy(action));
    }
    let (code, message) = refused(&mut lab, "PutRegistryPolicy", policy("ecr:PutImage"));
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'"
        )
    );
    assert!(lab.world().ecr().registry_policy().is_some());
    ecr(&mut lab, "DeleteRegistryPolicy", json!({}));
    assert_eq!(refused(&mut lab, "GetRegistryPolicy", json!({})).0, "RegistryPolicyNotFoundException");
}

/// ECR 3.1: account settings and their values.
#[test]
fn ecr_3_1_account_settings() {
    let mut lab = lab();
    for (name, value, refused_as) in [
        ("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE", None),
        ("BASIC_SCAN_TYPE_VERSION", "CLAIR", Some("InvalidParameterException")),
        ("REGISTRY_POLICY_SCOPE", "V2", None),
        ("REGISTRY_POLICY_SCOPE", "V1", Some("InvalidParameterException")),
        ("BLOB_MOUNTING", "ENABLED", None),
        ("COLOUR", "RED", Some("InvalidParameterException")),
    ] {
        let input = json!({ "name": name, "value": value });
        match refused_as {
            None => {
                assert_eq!(ecr(&mut lab, "PutAccountSetting", input.clone()), input);
                assert_eq!(ecr(&mut lab, "GetAccountSetting", json!({ "name": name })), input);
            }
            Some(code) => assert_eq!(refused(&mut lab, "PutAccountSetting", input).0, code),
        }
    }
}

/// ECR 3.11: what is pushed after the configuration, where a prefix fits, is copied once; nothing before it, even at the same moment.
#[test]
fn ecr_3_11_replication() {
    let mut lab = lab();
    push(&mut lab, "web", &small("before"), "before");
    assert_eq!(ecr(&mut lab, "DescribeRegistry", json!({}))["replicationConfiguration"], json!({ "rules": [] }));
    let rule = |region: &str, prefix: &str| json!({ "destinations": [{ "region": region, "registryId": "123456789012" }], "repositoryFilters": [{ "filter": prefix, "filterType": "PREFIX_MATCH" }] });
    let put = |rules: Value| json!({ "replicationConfiguration": { "rules": rules } });
    assert_eq!(
        refused(&mut lab, "PutReplicationConfiguration", put(json!([rule("us-east-1", "web")]))).0,
        "InvalidParameterException"
    );
    assert_eq!(
        refused(&mut lab, "PutReplicationConfiguration", put(json!(vec![rule("eu-west-1", "web"); 11]))).0,
        "InvalidParameterException"
    );
    ecr(&mut lab, "PutReplicationConfiguration", put(json!([rule("eu-west-1", "we"), rule("eu-west-2", "api")])));
    push(&mut lab, "web", &small("after"), "after");
    let status = |lab: &mut _, tag: &str| {
        let input = json!({ "repositoryName": "web", "imageId": { "imageTag": tag } });
        ecr(lab, "DescribeImageReplicationStatus", input)["replicationStatuses"].clone()
    };
    let one = |status: &str| json!([{ "region": "eu-west-1", "registryId": "123456789012", "status": status }]);
    assert_eq!((status(&mut lab, "before"), status(&mut lab, "after")), (json!([]), one("IN_PROGRESS")));
    wait(&mut lab, "5m");
    assert_eq!(status(&mut lab, "after"), one("COMPLETE"));
    // A new tag of an old image is a push too.
    push(&mut lab, "web", &small("before"), "again");
    assert_eq!(status(&mut lab, "again"), one("IN_PROGRESS"));
    wait(&mut lab, "5m");
    assert_eq!((status(&mut lab, "again"), status(&mut lab, "after")), (one("COMPLETE"), one("COMPLETE")));
}

/// ECR 3.11: nothing is deleted in the other Region: not an image, not a repository; a tag goes on to what has it.
#[test]
fn ecr_3_11_copies_stay() {
    let mut lab = lab();
    let rule = json!({ "destinations": [{ "region": "eu-west-1", "registryId": "123456789012" }] });
    let put = |rules: Value| json!({ "replicationConfiguration": { "rules": rules } });
    ecr(&mut lab, "PutReplicationConfiguration", put(json!([rule])));
    let there = |lab: &ecs_lab::lab::Lab| -> Vec<Value> {
        let call = ecs_lab::lab::ApiCall::new("ecr", "DescribeImages", json!({ "repositoryName": "web" }));
        let found = lab.world().read_in("eu-west-1", &call);
        let all = found.map(|own| own["imageDetails"].as_array().cloned().unwrap()).unwrap_or_default();
        all.into_iter().map(|own| own["imageTags"].clone()).collect()
    };
    push(&mut lab, "web", &small("a"), "1");
    push(&mut lab, "web", &small("b"), "2");
    assert_eq!(there(&lab), Vec::<Value>::new());
    wait(&mut lab, "5m");
    assert_eq!(there(&lab), [json!(["1"]), json!(["2"])]);
    let one = json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "1" }] });
    ecr(&mut lab, "BatchDeleteImage", one);
    wait(&mut lab, "10m");
    assert_eq!(there(&lab), [json!(["1"]), json!(["2"])]);
    push(&mut lab, "web", &small("c"), "2");
    wait(&mut lab, "5m");
    assert_eq!(there(&lab), [json!(["1"]), Value::Null, json!(["2"])]);
    // What goes before it was copied is not copied, and another configuration takes nothing back.
    push(&mut lab, "web", &small("d"), "4");
    ecr(&mut lab, "DeleteRepository", json!({ "repositoryName": "web", "force": true }));
    ecr(&mut lab, "PutReplicationConfiguration", put(json!([])));
    wait(&mut lab, "10m");
    assert_eq!(there(&lab), [json!(["1"]), Value::Null, json!(["2"])]);
}

/// ECR 3.11: upstream → accepted without, with, or never.
#[test]
fn ecr_3_11_pull_through_cache_rules() {
    let mut lab = lab();
    let mut made = |name: &str| {
        let input = json!({ "Name": format!("ecr-pullthroughcache/{name}"), "SecretString": "{}" });
        let reply = lab.apply(Command::Api(ApiCall::new("secretsmanager", "CreateSecret", input))).unwrap().reply;
        reply["ARN"].as_str().unwrap().to_string()
    };
    let (secret, other) = (made("hub"), made("other"));
    let none = format!("{secret}x");
    let rule = |prefix: &str, url: &str| json!({ "ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url });
    for (prefix, url, kind, needs_secret) in [
        ("ecr-public", "public.ecr.aws", "ecr-public", false),
        ("quay", "https://quay.io", "quay", false),
        ("k8s", "registry.k8s.io", "k8s", false),
        ("hub", "registry-1.docker.io", "docker-hub", true),
        ("gh", "ghcr.io", "github-container-registry", true),
        ("gl", "registry.gitlab.com", "gitlab-container-registry", true),
        ("az", "mine.azurecr.io", "azure-container-registry", true),
        ("cg", "cgr.dev", "chainguard", true),
        ("other", "000000000001.dkr.ecr.us-east-1.amazonaws.com", "ecr", false),
    ] {
        let mut input = rule(prefix, url);
        if needs_secret {
            assert_eq!(
                refused(&mut lab, "CreatePullThroughCacheRule", input.clone()).0,
                "InvalidParameterException",
                "{url}"
            );
            input["credentialArn"] = json!(none);
            assert_eq!(
                refused(&mut lab, "CreatePullThroughCacheRule", input.clone()).0,
                "SecretNotFoundException",
                "{url}"
            );
            input["credentialArn"] = json!(secret);
        }
        let made = ecr(&mut lab, "CreatePullThroughCacheRule", input.clone());
        assert_eq!((&made["upstreamRegistry"], &made["ecrRepositoryPrefix"]), (&json!(kind), &json!(prefix)));
        assert_eq!(
            refused(&mut lab, "CreatePullThroughCacheRule", input).0,
            "PullThroughCacheRuleAlreadyExistsException"
        );
    }
    assert_eq!(
        refused(&mut lab, "CreatePullThroughCacheRule", rule("my", "registry.example.com")).0,
        "UnsupportedUpstreamRegistryException"
    );
    assert_eq!(
        ecr(&mut lab, "DescribePullThroughCacheRules", json!({}))["pullThroughCacheRules"].as_array().unwrap().len(),
        9
    );
    assert_eq!(ecr(&mut lab, "ValidatePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "hub" }))["isValid"], true);
    let update = |arn: &str| json!({ "ecrRepositoryPrefix": "hub", "credentialArn": arn });
    assert_eq!(refused(&mut lab, "UpdatePullThroughCacheRule", update(&none)).0, "SecretNotFoundException");
    assert_eq!(ecr(&mut lab, "UpdatePullThroughCacheRule", update(&other))["credentialArn"], other);
    let gone = json!({ "SecretId": other, "ForceDeleteWithoutRecovery": true });
    lab.apply(Command::Api(ApiCall::new("secretsmanager", "DeleteSecret", gone))).unwrap();
    let told = ecr(&mut lab, "ValidatePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "hub" }));
    assert!(told["isValid"] == false && told["failure"].as_str().unwrap().contains(&other), "{told}");
    let first = json!({ "repositoryName": "hub/library/nginx", "imageIds": [{ "imageTag": "1.29" }] });
    assert_eq!(refused(&mut lab, "BatchGetImage", first.clone()).0, "UnableToGetUpstreamImageException");
    ecr(&mut lab, "UpdatePullThroughCacheRule", update(&secret));
    assert_eq!(ecr(&mut lab, "BatchGetImage", first)["failures"], json!([]));
    ecr(&mut lab, "DeletePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "hub" }));
    let one = json!({ "ecrRepositoryPrefixes": ["hub"] });
    assert_eq!(refused(&mut lab, "DescribePullThroughCacheRules", one).0, "PullThroughCacheRuleNotFoundException");
}

/// ECR 3.9, 3.11: the first pull makes the repository, by a template where one fits, and fetches the image.
#[test]
fn ecr_3_11_the_first_pull_fills_the_cache() {
    let mut lab = lab();
    ecr(
        &mut lab,
        "CreatePullThroughCacheRule",
        json!({ "ecrRepositoryPrefix": "pub", "upstreamRegistryUrl": "public.ecr.aws" }),
    );
    let template = json!({ "prefix": "pub", "appliedFor": ["PULL_THROUGH_CACHE"], "imageTagMutability": "IMMUTABLE", "resourceTags": [{ "Key": "by", "Value": "cache" }] });
    ecr(&mut lab, "CreateRepositoryCreationTemplate", template);
    let get = |name: &str, tag: &str| json!({ "repositoryName": name, "imageIds": [{ "imageTag": tag }] });
    let reply = ecr(&mut lab, "BatchGetImage", get("pub/docker/library/alpine", "3.20"));
    assert_eq!(reply["images"].as_array().unwrap().len(), 1);
    let made = ecr(&mut lab, "DescribeRepositories", json!({ "repositoryNames": ["pub/docker/library/alpine"] }));
    assert_eq!(made["repositories"][0]["imageTagMutability"], "IMMUTABLE");
    let again = ecr(&mut lab, "BatchGetImage", get("pub/docker/library/alpine", "3.20"));
    assert_eq!(again["images"][0]["imageId"], reply["images"][0]["imageId"]);
    let (code, _) = refused(&mut lab, "BatchGetImage", get("pub/docker/library/ngnix", "1"));
    assert_eq!(code, "RepositoryNotFoundException", "there is nothing upstream");
    assert_eq!(
        refused(&mut lab, "BatchGetImage", get("pubs/docker/library/alpine", "3.20")).0,
        "RepositoryNotFoundException"
    );
    let manifest = reply["images"][0]["imageManifest"].as_str().unwrap();
    let index: Value = serde_json::from_str(manifest).unwrap();
    let digest = &index["manifests"][0]["digest"];
    let scan = json!({ "repositoryName": "pub/docker/library/alpine", "imageId": { "imageDigest": digest } });
    ecr(&mut lab, "StartImageScan", scan.clone());
    wait(&mut lab, "30s");
    assert_eq!(
        ecr(&mut lab, "DescribeImageScanFindings", scan)["imageScanFindings"]["findings"].as_array().unwrap().len(),
        2
    );
}

/// ECR 3.9: a push to a missing repository fails, unless a template makes it; the longest prefix wins, ROOT last.
#[test]
fn ecr_3_9_create_on_push() {
    let mut lab = lab();
    let begin = |name: &str| json!({ "repositoryName": name });
    assert_eq!(refused(&mut lab, "InitiateLayerUpload", begin("team/api")).0, "RepositoryNotFoundException");
    let lifecycle = json!({ "rules": [{
        "rulePriority": 1, "description": "a description that makes the text long enough",
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3 }, "action": { "type": "expire" },
    }] });
    let template = |prefix: &str, mutability: &str| json!({ "prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": mutability, "lifecyclePolicy": lifecycle.to_string() });
    ecr(&mut lab, "CreateRepositoryCreationTemplate", template("ROOT", "MUTABLE"));
    ecr(&mut lab, "CreateRepositoryCreationTemplate", template("team/", "IMMUTABLE"));
    assert_eq!(
        refused(&mut lab, "CreateRepositoryCreationTemplate", template("team", "MUTABLE")).0,
        "TemplateAlreadyExistsException"
    );
    let mut bad = template("bad", "MUTABLE");
    bad["lifecyclePolicy"] = json!("{}");
    assert_eq!(refused(&mut lab, "CreateRepositoryCreationTemplate", bad).0, "InvalidParameterException");
    for (name, mutability) in [("team/api", "IMMUTABLE"), ("teams", "MUTABLE"), ("other/team/x", "MUTABLE")] {
        push(&mut lab, name, &small("a"), "1");
        let shown = ecr(&mut lab, "DescribeRepositories", json!({ "repositoryNames": [name] }));
        assert_eq!(shown["repositories"][0]["imageTagMutability"], mutability, "{name}");
        assert!(ecr(&mut lab, "GetLifecyclePolicy", begin(name))["lifecyclePolicyText"].is_string());
    }
    let update = json!({ "prefix": "team", "imageTagMutability": "MUTABLE", "description": "new" });
    let shown = ecr(&mut lab, "UpdateRepositoryCreationTemplate", update)["repositoryCreationTemplate"].clone();
    assert_eq!(
        (&shown["imageTagMutability"], &shown["description"], &shown["appliedFor"]),
        (&json!("MUTABLE"), &json!("new"), &json!(["CREATE_ON_PUSH"]))
    );
    let all = ecr(&mut lab, "DescribeRepositoryCreationTemplates", json!({}));
    assert_eq!(all["repositoryCreationTemplates"].as_array().unwrap().len(), 2);
    ecr(&mut lab, "DeleteRepositoryCreationTemplate", json!({ "prefix": "team" }));
    assert_eq!(
        refused(&mut lab, "DeleteRepositoryCreationTemplate", json!({ "prefix": "team" })).0,
        "TemplateNotFoundException"
    );
}

/// ECR 3.1: the pulls of an excluded principal do not count as use.
#[test]
fn ecr_3_1_pull_time_exclusions() {
    let mut lab = lab();
    push(&mut lab, "web", &small("a"), "1");
    let learner = json!({ "principalArn": "arn:aws:iam::123456789012:user/learner" });
    let get = json!({ "repositoryName": "web", "imageIds": [{ "imageTag": "1" }] });
    let pulled = |lab: &mut _| {
        ecr(lab, "DescribeImages", json!({ "repositoryName": "web" }))["imageDetails"][0]["lastRecordedPullTime"]
            .clone()
    };
    ecr(&mut lab, "RegisterPullTimeUpdateExclusion", learner.clone());
    assert_eq!(
        refused(&mut lab, "RegisterPullTimeUpdateExclusion", learner.clone()).0,
        "ExclusionAlreadyExistsException"
    );
    ecr(&mut lab, "BatchGetImage", get.clone());
    assert_eq!(pulled(&mut lab), Value::Null);
    assert_eq!(
        ecr(&mut lab, "ListPullTimeUpdateExclusions", json!({}))["pullTimeUpdateExclusions"],
        json!([learner["principalArn"]])
    );
    ecr(&mut lab, "DeregisterPullTimeUpdateExclusion", learner.clone());
    assert_eq!(refused(&mut lab, "DeregisterPullTimeUpdateExclusion", learner).0, "ExclusionNotFoundException");
    ecr(&mut lab, "BatchGetImage", get);
    assert!(pulled(&mut lab).is_f64());
}
