//! IAM's own calls: what they keep, and what they refuse in IAM's words.

use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// A call of IAM or STS.
pub fn try_iam(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ecs_lab::aws::ApiError> {
    let service = if operation == "AssumeRole" || operation == "GetCallerIdentity" { "sts" } else { "iam" };
    lab.apply(Command::Api(ApiCall::new(service, operation, input))).map(|outcome| outcome.reply)
}

/// A call of IAM or STS that must succeed.
pub fn iam(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_iam(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// A policy of one statement.
pub fn allow(action: Value, resource: &str) -> String {
    policy(json!([{ "Effect": "Allow", "Action": action, "Resource": resource }]))
}

pub fn policy(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Who may assume a role: a service.
pub fn trust(service: &str) -> String {
    policy(json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } }]))
}

const EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const MINE: &str = "arn:aws:iam::123456789012:policy/mine";

#[test]
fn an_account_begins_with_its_learner_and_the_roles_of_ecs() {
    let mut lab = lab();
    let names = |answer: &Value, list: &str, member: &str| -> Vec<String> {
        answer[list].as_array().unwrap().iter().map(|own| own[member].as_str().unwrap().to_string()).collect()
    };
    let users = iam(&mut lab, "ListUsers", json!({}));
    assert_eq!(names(&users, "Users", "UserName"), ["learner"]);
    let roles = iam(&mut lab, "ListRoles", json!({}));
    let expected = ["AWSServiceRoleForECS", "ecsInstanceRole", "ecsTaskExecutionRole"];
    assert_eq!(names(&roles, "Roles", "RoleName"), expected);
    let profile = iam(&mut lab, "GetInstanceProfile", json!({ "InstanceProfileName": "ecsInstanceRole" }));
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["Arn"], "arn:aws:iam::123456789012:role/ecsInstanceRole");
    let attached = iam(&mut lab, "ListAttachedRolePolicies", json!({ "RoleName": "ecsTaskExecutionRole" }));
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], EXECUTION);
    let version = iam(&mut lab, "GetPolicyVersion", json!({ "PolicyArn": EXECUTION, "VersionId": "v1" }));
    assert!(version["PolicyVersion"]["Document"].as_str().unwrap().contains("ecr%3AGetAuthorizationToken"));
    let me = iam(&mut lab, "GetCallerIdentity", json!({}));
    assert_eq!(me["Arn"], "arn:aws:iam::123456789012:user/learner");
    assert_eq!(iam(&mut lab, "GetUser", json!({}))["User"]["UserName"], "learner");
    let aws = iam(&mut lab, "ListPolicies", json!({ "Scope": "AWS", "OnlyAttached": true }));
    assert_eq!(names(&aws, "Policies", "PolicyName").len(), 4);
    let pages = iam(&mut lab, "ListPolicies", json!({ "MaxItems": 2 }));
    assert!(pages["IsTruncated"] == true && pages["Policies"].as_array().unwrap().len() == 2);
    let next = json!({ "MaxItems": 2, "Marker": pages["Marker"] });
    assert_ne!(iam(&mut lab, "ListPolicies", next)["Policies"], pages["Policies"]);
}

#[test]
fn what_hangs_on_an_entity_keeps_it_from_being_deleted() {
    let mut lab = lab();
    let role = json!({ "RoleName": "app" });
    iam(&mut lab, "CreateRole", json!({ "RoleName": "app", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") }));
    iam(&mut lab, "AttachRolePolicy", json!({ "RoleName": "app", "PolicyArn": EXECUTION }));
    let inline = json!({ "RoleName": "app", "PolicyName": "p", "PolicyDocument": allow(json!("s3:*"), "*") });
    iam(&mut lab, "PutRolePolicy", inline);
    iam(&mut lab, "CreateInstanceProfile", json!({ "InstanceProfileName": "web" }));
    let held = json!({ "InstanceProfileName": "web", "RoleName": "app" });
    iam(&mut lab, "AddRoleToInstanceProfile", held.clone());
    let full = try_iam(&mut lab, "AddRoleToInstanceProfile", held.clone()).unwrap_err();
    assert_eq!(full.to_string(), "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    let conflict = |lab: &mut Lab| try_iam(lab, "DeleteRole", role.clone()).unwrap_err().to_string();
    let must = |what: &str| format!("DeleteConflict: Cannot delete entity, must {what}.");
    assert_eq!(conflict(&mut lab), must("detach all policies first"));
    iam(&mut lab, "DetachRolePolicy", json!({ "RoleName": "app", "PolicyArn": EXECUTION }));
    assert_eq!(conflict(&mut lab), must("delete policies first"));
    iam(&mut lab, "DeleteRolePolicy", json!({ "RoleName": "app", "PolicyName": "p" }));
    assert_eq!(conflict(&mut lab), must("remove roles from instance profile first"));
    iam(&mut lab, "RemoveRoleFromInstanceProfile", held);
    iam(&mut lab, "DeleteRole", role.clone());
    assert_eq!(conflict(&mut lab), "NoSuchEntity: The role with name app cannot be found.");
    iam(&mut lab, "DeleteInstanceProfile", json!({ "InstanceProfileName": "web" }));

    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    iam(&mut lab, "CreateGroup", json!({ "GroupName": "dev" }));
    iam(&mut lab, "AddUserToGroup", json!({ "UserName": "ci", "GroupName": "dev" }));
    let key = iam(&mut lab, "CreateAccessKey", json!({ "UserName": "ci" }));
    assert_eq!(key["AccessKey"]["SecretAccessKey"].as_str().unwrap().len(), 40);
    let user = json!({ "UserName": "ci" });
    let gone = |lab: &mut Lab| try_iam(lab, "DeleteUser", user.clone()).unwrap_err().to_string();
    assert_eq!(gone(&mut lab), must("delete access keys first"));
    let keyed = json!({ "UserName": "ci", "AccessKeyId": key["AccessKey"]["AccessKeyId"] });
    iam(&mut lab, "DeleteAccessKey", keyed);
    assert_eq!(gone(&mut lab), must("remove users from group first"));
    iam(&mut lab, "RemoveUserFromGroup", json!({ "UserName": "ci", "GroupName": "dev" }));
    iam(&mut lab, "DeleteUser", user);
}

#[test]
fn versions_of_a_managed_policy() {
    let mut lab = lab();
    let document = allow(json!("ecs:*"), "*");
    let made = iam(&mut lab, "CreatePolicy", json!({ "PolicyName": "mine", "PolicyDocument": document }));
    assert_eq!((&made["Policy"]["Arn"], &made["Policy"]["DefaultVersionId"]), (&json!(MINE), &json!("v1")));
    for _ in 0..4 {
        iam(&mut lab, "CreatePolicyVersion", json!({ "PolicyArn": MINE, "PolicyDocument": document }));
    }
    let version = json!({ "PolicyArn": MINE, "PolicyDocument": document, "SetAsDefault": true });
    let full = try_iam(&mut lab, "CreatePolicyVersion", version.clone()).unwrap_err();
    assert!(full.to_string().starts_with("LimitExceeded: A managed policy can have up to 5 versions."), "{full}");
    let first = try_iam(&mut lab, "DeletePolicyVersion", json!({ "PolicyArn": MINE, "VersionId": "v1" })).unwrap_err();
    assert_eq!(first.to_string(), "DeleteConflict: Cannot delete the default version of a policy.");
    iam(&mut lab, "SetDefaultPolicyVersion", json!({ "PolicyArn": MINE, "VersionId": "v5" }));
    iam(&mut lab, "DeletePolicyVersion", json!({ "PolicyArn": MINE, "VersionId": "v1" }));
    assert_eq!(iam(&mut lab, "CreatePolicyVersion", version)["PolicyVersion"]["VersionId"], "v6", "never used again");
    let versions = iam(&mut lab, "ListPolicyVersions", json!({ "PolicyArn": MINE }));
    assert_eq!(versions["Versions"][0]["VersionId"], "v6");
    iam(&mut lab, "AttachUserPolicy", json!({ "UserName": "learner", "PolicyArn": MINE }));
    assert_eq!(iam(&mut lab, "GetPolicy", json!({ "PolicyArn": MINE }))["Policy"]["AttachmentCount"], 1);
    let delete = |lab: &mut Lab| try_iam(lab, "DeletePolicy", json!({ "PolicyArn": MINE })).map_err(|e| e.to_string());
    assert_eq!(delete(&mut lab), Err("DeleteConflict: Cannot delete a policy attached to entities.".to_string()));
    iam(&mut lab, "DetachUserPolicy", json!({ "UserName": "learner", "PolicyArn": MINE }));
    assert!(delete(&mut lab).unwrap_err().contains("This policy has more than one version."));
    for version in ["v2", "v3", "v4", "v5"] {
        iam(&mut lab, "DeletePolicyVersion", json!({ "PolicyArn": MINE, "VersionId": version }));
    }
    delete(&mut lab).unwrap();
}

#[test]
fn refusals_in_the_words_of_iam() {
    let mut lab = lab();
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    iam(&mut lab, "CreatePolicy", json!({ "PolicyName": "mine", "PolicyDocument": allow(json!("ecs:*"), "*") }));
    let nobody = "arn:aws:iam::aws:policy/Nobody";
    let tasks = trust("ecs-tasks.amazonaws.com");
    for (operation, input, expected) in [
        ("CreateUser", json!({ "UserName": "CI" }), "EntityAlreadyExists: User with name CI already exists."),
        (
            "CreateRole",
            json!({ "RoleName": "ecsInstanceRole", "AssumeRolePolicyDocument": tasks }),
            "EntityAlreadyExists: Role with name ecsInstanceRole already exists.",
        ),
        (
            "CreateInstanceProfile",
            json!({ "InstanceProfileName": "ecsInstanceRole" }),
            "EntityAlreadyExists: Instance Profile ecsInstanceRole already exists.",
        ),
        (
            "CreatePolicy",
            json!({ "PolicyName": "mine", "PolicyDocument": allow(json!("ecs:*"), "*") }),
            "EntityAlreadyExists: A policy called mine already exists. Duplicate names are not allowed.",
        ),
        ("GetUser", json!({ "UserName": "x" }), "NoSuchEntity: The user with name x cannot be found."),
        ("GetRole", json!({ "RoleName": "x" }), "NoSuchEntity: The role with name x cannot be found."),
        (
            "GetInstanceProfile",
            json!({ "InstanceProfileName": "x" }),
            "NoSuchEntity: Instance Profile x cannot be found.",
        ),
        (
            "GetPolicy",
            json!({ "PolicyArn": nobody }),
            "NoSuchEntity: Policy arn:aws:iam::aws:policy/Nobody was not found.",
        ),
        (
            "AttachUserPolicy",
            json!({ "UserName": "ci", "PolicyArn": nobody }),
            "NoSuchEntity: Policy arn:aws:iam::aws:policy/Nobody does not exist or is not attachable.",
        ),
        (
            "DetachUserPolicy",
            json!({ "UserName": "ci", "PolicyArn": MINE }),
            "NoSuchEntity: Policy arn:aws:iam::123456789012:policy/mine was not found.",
        ),
        (
            "GetUserPolicy",
            json!({ "UserName": "ci", "PolicyName": "p" }),
            "NoSuchEntity: The user policy with name p cannot be found.",
        ),
        (
            "PutUserPolicy",
            json!({ "UserName": "ci", "PolicyName": "p", "PolicyDocument": "{" }),
            "MalformedPolicyDocument: Syntax errors in policy.",
        ),
        (
            "PutUserPolicy",
            json!({ "UserName": "ci", "PolicyName": "p", "PolicyDocument": allow(json!(vec!["ecs:RunTask"; 200]), "*") }),
            "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user ci",
        ),
        (
            "UpdateAccessKey",
            json!({ "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Inactive" }),
            "NoSuchEntity: The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
        ),
        (
            "AttachRolePolicy",
            json!({ "RoleName": "AWSServiceRoleForECS", "PolicyArn": EXECUTION }),
            "UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS",
        ),
        (
            "CreateServiceLinkedRole",
            json!({ "AWSServiceName": "ecs.amazonaws.com" }),
            "InvalidInput: Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
        ),
        (
            "AssumeRole",
            json!({ "RoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole", "RoleSessionName": "me" }),
            "AccessDenied: User: arn:aws:iam::123456789012:user/learner is not authorized to perform: sts:AssumeRole on \
             resource: arn:aws:iam::123456789012:role/ecsTaskExecutionRole because no role trust policy allows the \
             sts:AssumeRole action",
        ),
    ] {
        let error = try_iam(&mut lab, operation, input.clone()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{operation} {input}");
    }
    for _ in 0..2 {
        iam(&mut lab, "CreateAccessKey", json!({ "UserName": "ci" }));
    }
    let third = try_iam(&mut lab, "CreateAccessKey", json!({ "UserName": "ci" })).unwrap_err();
    assert_eq!(third.to_string(), "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
}

/// What is made comes back the same when the log is run again, keys and ids too.
#[test]
fn identities_replay() {
    let mut lab = lab();
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    let key = iam(&mut lab, "CreateAccessKey", json!({ "UserName": "ci" }));
    let loaded = Lab::load(&lab.save()).unwrap();
    assert!(!loaded.differs && loaded.refused.is_empty());
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap();
    let caller = loaded.lab.world().iam().caller_of(id, loaded.lab.now(), "ecs").unwrap();
    assert_eq!(caller, Some("user/ci"));
    let mut undone = loaded.lab;
    undone.undo();
    assert_eq!(undone.world().iam().caller_of(id, undone.now(), "ecs"), Ok(None));
}
