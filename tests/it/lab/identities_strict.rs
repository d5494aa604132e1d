//! IAM and STS: every operation is asked, each answer holds to the public service model, and bent input is refused or
//! answered.

use super::bad_input::bent;
use super::identities::allow;
use super::support::*;
use ecs_lab::aws::check;
use ecs_lab::aws::model::{self, Kind};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An input for each operation, in an order in which all succeed. `KEY` stands for the access key that was made.
fn accepted() -> Vec<(&'static str, &'static str, Value)> {
    let (user, role, group) =
        (json!({ "UserName": "ci" }), json!({ "RoleName": "app" }), json!({ "GroupName": "dev" }));
    let profile = json!({ "InstanceProfileName": "web" });
    let full = "arn:aws:iam::aws:policy/AmazonECS_FullAccess";
    let mine = "arn:aws:iam::123456789012:policy/team/mine";
    let document = allow(json!("ecs:*"), "*");
    let with = |base: &Value, more: Value| {
        let mut all = base.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let attach = json!({ "PolicyArn": full });
    let inline = json!({ "PolicyName": "own", "PolicyDocument": document });
    let named = json!({ "PolicyName": "own" });
    let edge = json!({ "PermissionsBoundary": full });
    let key = json!({ "UserName": "ci", "AccessKeyId": "KEY", "Status": "Inactive" });
    let principal =
        allow(json!("sts:AssumeRole"), "*").replace("\"Resource\":\"*\"", "\"Principal\":{\"AWS\":\"123456789012\"}");
    let mut all = vec![
        ("iam", "CreateUser", with(&user, json!({ "Path": "/team/", "Tags": [{ "Key": "a", "Value": "b" }] }))),
        ("iam", "CreateGroup", group.clone()),
        (
            "iam",
            "CreateRole",
            with(
                &role,
                json!({ "AssumeRolePolicyDocument": principal, "Description": "d", "MaxSessionDuration": 7200 }),
            ),
        ),
        ("iam", "CreateInstanceProfile", profile.clone()),
        (
            "iam",
            "CreatePolicy",
            json!({ "PolicyName": "mine", "Path": "/team/", "PolicyDocument": document, "Description": "d" }),
        ),
        ("iam", "CreatePolicyVersion", json!({ "PolicyArn": mine, "PolicyDocument": document, "SetAsDefault": true })),
        ("iam", "SetDefaultPolicyVersion", json!({ "PolicyArn": mine, "VersionId": "v1" })),
        ("iam", "CreateServiceLinkedRole", json!({ "AWSServiceName": "autoscaling.amazonaws.com" })),
        ("iam", "CreateAccessKey", user.clone()),
        ("iam", "UpdateAccessKey", key.clone()),
        ("iam", "ListAccessKeys", user.clone()),
        ("iam", "AddUserToGroup", with(&user, group.clone())),
        ("iam", "AddRoleToInstanceProfile", with(&profile, role.clone())),
        ("iam", "AttachUserPolicy", with(&user, attach.clone())),
        ("iam", "AttachRolePolicy", with(&role, attach.clone())),
        ("iam", "AttachGroupPolicy", with(&group, attach.clone())),
        ("iam", "PutUserPolicy", with(&user, inline.clone())),
        ("iam", "PutRolePolicy", with(&role, inline.clone())),
        ("iam", "PutGroupPolicy", with(&group, inline)),
        ("iam", "PutUserPermissionsBoundary", with(&user, edge.clone())),
        ("iam", "PutRolePermissionsBoundary", with(&role, edge)),
        ("iam", "UpdateAssumeRolePolicy", with(&role, json!({ "PolicyDocument": principal }))),
        (
            "sts",
            "AssumeRole",
            json!({ "RoleArn": "arn:aws:iam::123456789012:role/app", "RoleSessionName": "me", "Policy": document, "DurationSeconds": 900 }),
        ),
        ("sts", "GetCallerIdentity", json!({})),
        (
            "iam",
            "SimulatePrincipalPolicy",
            json!({ "PolicySourceArn": "arn:aws:iam::123456789012:role/app", "ActionNames": ["ecs:RunTask"], "ResourceArns": ["*"], "ContextEntries": [{ "ContextKeyName": "aws:username", "ContextKeyType": "string", "ContextKeyValues": ["x"] }], "PolicyInputList": [document] }),
        ),
        ("iam", "GetPolicy", json!({ "PolicyArn": mine })),
        ("iam", "GetPolicyVersion", json!({ "PolicyArn": mine, "VersionId": "v2" })),
        ("iam", "ListPolicies", json!({ "Scope": "Local", "PathPrefix": "/team/" })),
        ("iam", "ListPolicyVersions", json!({ "PolicyArn": full })),
        ("iam", "ListGroupsForUser", user.clone()),
        ("iam", "ListInstanceProfilesForRole", role.clone()),
        ("iam", "GetUser", user.clone()),
        ("iam", "GetRole", role.clone()),
        ("iam", "GetGroup", group.clone()),
        ("iam", "GetInstanceProfile", profile.clone()),
        ("iam", "ListUsers", json!({ "PathPrefix": "/team/" })),
        ("iam", "ListRoles", json!({ "MaxItems": 1 })),
        ("iam", "ListGroups", json!({})),
        ("iam", "ListInstanceProfiles", json!({})),
    ];
    let kinds = [("User", &user), ("Role", &role), ("Group", &group)];
    let mut of_each = |operations: [&'static str; 3], more: &Value| {
        for (operation, (_, base)) in operations.into_iter().zip(kinds) {
            all.push(("iam", operation, with(base, more.clone())));
        }
    };
    of_each(["ListAttachedUserPolicies", "ListAttachedRolePolicies", "ListAttachedGroupPolicies"], &json!({}));
    of_each(["ListUserPolicies", "ListRolePolicies", "ListGroupPolicies"], &json!({}));
    of_each(["GetUserPolicy", "GetRolePolicy", "GetGroupPolicy"], &named);
    of_each(["DeleteUserPolicy", "DeleteRolePolicy", "DeleteGroupPolicy"], &named);
    of_each(["DetachUserPolicy", "DetachRolePolicy", "DetachGroupPolicy"], &attach);
    all.extend([
        ("iam", "DeleteUserPermissionsBoundary", user.clone()),
        ("iam", "DeleteRolePermissionsBoundary", role.clone()),
        ("iam", "RemoveUserFromGroup", with(&user, group.clone())),
        ("iam", "RemoveRoleFromInstanceProfile", with(&profile, role.clone())),
        ("iam", "DeleteAccessKey", json!({ "UserName": "ci", "AccessKeyId": "KEY" })),
        ("iam", "DeletePolicyVersion", json!({ "PolicyArn": mine, "VersionId": "v2" })),
        ("iam", "DeletePolicy", json!({ "PolicyArn": mine })),
        ("iam", "DeleteInstanceProfile", profile),
        ("iam", "DeleteGroup", group),
        ("iam", "DeleteRole", role),
        ("iam", "DeleteUser", user),
    ]);
    all
}

/// Does a call: an answer that holds to the model, or a refusal that changes nothing.
fn ask(lab: &mut Lab, service: &str, name: &str, input: Value) -> Option<Value> {
    let operation = model::operation(service, name).unwrap();
    let before = (lab.revision(), lab.digest());
    let shown: String = input.to_string().chars().take(300).collect();
    match lab.apply(Command::Api(ApiCall::new(service, name, input))) {
        Ok(outcome) => {
            let faults: Vec<String> = match operation.output.kind() {
                Kind::Structure { .. } => {
                    check::check_shape(operation.output, &outcome.reply).iter().map(ToString::to_string).collect()
                }
                _ if outcome.reply == json!({}) => Vec::new(),
                _ => vec!["the operation has no answer".to_string()],
            };
            assert!(faults.is_empty(), "{name} {shown}: {faults:#?}\n{:#}", outcome.reply);
            Some(outcome.reply)
        }
        Err(error) => {
            let general = ["ParamValidation", "ValidationError", "AccessDenied", "UnsupportedFeatureException"];
            let code = error.code.as_ref();
            let known = operation.errors.contains(&code) || general.contains(&code);
            assert!(known && !error.message.is_empty(), "{name} {shown}: {error}");
            assert_eq!((lab.revision(), lab.digest()), before, "{name} {shown}: refused, and nothing changed");
            None
        }
    }
}

fn with_key(input: Value, key: &str) -> Value {
    serde_json::from_str(&input.to_string().replace("KEY", key)).unwrap()
}

#[test]
fn every_answer_of_iam_holds_to_the_model() {
    let mut lab = lab();
    let mut left: BTreeSet<&str> =
        ["iam", "sts"].into_iter().flat_map(model::operations).map(|operation| operation.name).collect();
    let mut key = String::new();
    for (service, name, input) in accepted() {
        let reply = ask(&mut lab, service, name, with_key(input, &key)).unwrap_or_else(|| panic!("{name} is refused"));
        if name == "CreateAccessKey" {
            key = reply["AccessKey"]["AccessKeyId"].as_str().unwrap().to_string();
        }
        left.remove(name);
    }
    assert!(left.is_empty(), "not asked: {left:?}");
}

/// Issue 5, "Bad input": each member of each operation bent in every way.
#[test]
fn iam_refuses_or_answers_bent_input() {
    let mut lab = lab();
    let mut key = String::new();
    for (service, name, input) in accepted() {
        let input = with_key(input, &key);
        let shape = model::operation(service, name).unwrap().input;
        for member in shape.members() {
            for value in bent(member.shape, &input[member.name]) {
                let mut odd = input.clone();
                odd[member.name] = value;
                ask(&mut lab.fork(), service, name, odd);
            }
        }
        let reply = ask(&mut lab, service, name, input).unwrap();
        if name == "CreateAccessKey" {
            key = reply["AccessKey"]["AccessKeyId"].as_str().unwrap().to_string();
        }
    }
}
