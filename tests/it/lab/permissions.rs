//! Who may do what: callers with narrow policies, PassRole, sessions, conditions (reference section 4, ecs.md section 7).

use super::identities::{allow, iam, policy, trust, try_iam};
use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

/// A lab with the user `ci`, who may do what this policy says, and a definition `web`.
fn lab_with(document: Option<String>) -> Lab {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    if let Some(document) = document {
        iam(&mut lab, "PutUserPolicy", json!({ "UserName": "ci", "PolicyName": "own", "PolicyDocument": document }));
    }
    lab
}

fn by(lab: &mut Lab, caller: &str, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new(service, operation, input).by(caller))).map(|outcome| outcome.reply)
}

fn denied(lab: &mut Lab, service: &str, operation: &str, input: Value) -> String {
    by(lab, "user/ci", service, operation, input).unwrap_err().to_string()
}

/// The message of IAM for the user `ci`.
fn says(code: &str, action: &str, resource: &str) -> String {
    format!(
        "{code}: User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: {action} on resource: {resource} \
         because no identity-based policy allows the {action} action"
    )
}

/// Reference 4.3: each action on its resource, as the denial names it, with the code of its service.
#[test]
fn a_user_without_policies_may_do_nothing() {
    let mut lab = lab_with(None);
    let ecs = |resource: &str| format!("arn:aws:ecs:us-east-1:{ACCOUNT}:{resource}");
    let task = "0123456789abcdef0123456789abcdef";
    for (operation, input, resource) in [
        ("ListClusters", json!({}), "*".to_string()),
        ("CreateCluster", json!({ "clusterName": "x" }), "*".to_string()),
        ("RegisterTaskDefinition", json!({ "family": "x", "containerDefinitions": [] }), "*".to_string()),
        ("DescribeTaskDefinition", json!({ "taskDefinition": "web" }), "*".to_string()),
        ("DescribeClusters", json!({ "clusters": ["prod"] }), ecs("cluster/prod")),
        ("DescribeClusters", json!({}), ecs("cluster/default")),
        ("DeleteCluster", json!({ "cluster": ecs("cluster/prod") }), ecs("cluster/prod")),
        ("ListContainerInstances", json!({ "cluster": "prod" }), ecs("cluster/prod")),
        ("ListTasks", json!({ "cluster": "prod" }), ecs("container-instance/prod/*")),
        ("RunTask", json!({ "taskDefinition": "web" }), ecs("task-definition/web")),
        ("RunTask", json!({ "taskDefinition": "web:1", "cluster": "prod" }), ecs("task-definition/web:1")),
        ("StopTask", json!({ "task": task, "cluster": "prod" }), ecs(&format!("task/prod/{task}"))),
        ("DescribeTasks", json!({ "tasks": [task], "cluster": "prod" }), ecs(&format!("task/prod/{task}"))),
        (
            "UpdateContainerInstancesState",
            json!({ "cluster": "prod", "containerInstances": [task], "status": "DRAINING" }),
            ecs(&format!("container-instance/prod/{task}")),
        ),
        ("TagResource", json!({ "resourceArn": ecs("cluster/prod"), "tags": [] }), ecs("cluster/prod")),
        ("PutAccountSetting", json!({ "name": "awsvpcTrunking", "value": "enabled" }), "*".to_string()),
        ("DeleteCapacityProvider", json!({ "capacityProvider": "x" }), ecs("capacity-provider/x")),
    ] {
        let expected = says("AccessDeniedException", &format!("ecs:{operation}"), &resource);
        assert_eq!(denied(&mut lab, "ecs", operation, input), expected);
    }
    let stop = json!({ "InstanceIds": ["i-0123456789abcdef0"] });
    let instance = format!("arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0");
    let expected = says("UnauthorizedOperation", "ec2:StopInstances", &instance)
        .replace("Operation: User", "Operation: You are not authorized to perform this operation. User");
    assert_eq!(denied(&mut lab, "ec2", "StopInstances", stop), expected);
    for (operation, input, resource) in [
        ("CreateUser", json!({ "UserName": "x" }), "user x".to_string()),
        ("GetRole", json!({ "RoleName": "ecsInstanceRole" }), "role ecsInstanceRole".to_string()),
        (
            "CreateRole",
            json!({ "RoleName": "x", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") }),
            format!("arn:aws:iam::{ACCOUNT}:role/x"),
        ),
        ("ListUsers", json!({}), format!("arn:aws:iam::{ACCOUNT}:user/")),
    ] {
        let expected = says("AccessDenied", &format!("iam:{operation}"), &resource);
        assert_eq!(denied(&mut lab, "iam", operation, input), expected);
    }
    let me = by(&mut lab, "user/ci", "sts", "GetCallerIdentity", json!({})).unwrap();
    assert_eq!(me["Arn"], format!("arn:aws:iam::{ACCOUNT}:user/ci"), "needs no permission");
    let refused = lab.revision();
    assert_eq!(denied(&mut lab, "ecs", "ListClusters", json!({})).split(':').next(), Some("AccessDeniedException"));
    assert_eq!(lab.revision(), refused, "a refusal changes nothing");
}

#[test]
fn a_narrow_policy_opens_what_it_names() {
    let web = format!("arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/web:*");
    let in_prod = json!({ "ArnEquals": { "ecs:cluster": format!("arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod") } });
    let mut lab = lab_with(Some(policy(json!([
        { "Effect": "Allow", "Action": "ecs:RunTask", "Resource": web, "Condition": in_prod },
        { "Effect": "Allow", "Action": "ecs:ListTasks", "Resource": "*", "Condition": in_prod },
    ]))));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let run = |cluster: &str, definition: &str| json!({ "cluster": cluster, "taskDefinition": definition });
    let done = by(&mut lab, "user/ci", "ecs", "RunTask", run("prod", "web:1")).unwrap();
    assert_eq!(done["tasks"].as_array().unwrap().len(), 1);
    by(&mut lab, "user/ci", "ecs", "ListTasks", json!({ "cluster": "prod" })).unwrap();
    // Another cluster; a family without a revision is not matched by `web:*`.
    for (cluster, definition) in [("default", "web:1"), ("prod", "web")] {
        let error = by(&mut lab, "user/ci", "ecs", "RunTask", run(cluster, definition)).unwrap_err();
        assert_eq!(error.code, "AccessDeniedException", "{cluster} {definition}");
    }
    by(&mut lab, "user/ci", "ecs", "ListTasks", json!({})).unwrap_err();
    let definition =
        json!({ "family": "own", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 64 }] });
    iam(
        &mut lab,
        "PutUserPolicy",
        json!({ "UserName": "ci", "PolicyName": "more", "PolicyDocument": allow(json!(["ecs:Register*", "ecs:CreateService"]), "*") }),
    );
    let registered = by(&mut lab, "user/ci", "ecs", "RegisterTaskDefinition", definition).unwrap();
    assert_eq!(registered["taskDefinition"]["registeredBy"], format!("arn:aws:iam::{ACCOUNT}:user/ci"), "TD-14");
    let service = json!({ "cluster": "prod", "serviceName": "own", "taskDefinition": "own", "desiredCount": 0 });
    let made = by(&mut lab, "user/ci", "ecs", "CreateService", service).unwrap();
    assert_eq!(made["service"]["createdBy"], format!("arn:aws:iam::{ACCOUNT}:user/ci"));
    // The caller is in the log, and old logs have none.
    let loaded = Lab::load(&lab.save()).unwrap();
    assert!(!loaded.differs);
    assert!(lab.save().contains("\"caller\":\"user/ci\""));
}

#[test]
fn tags_decide_where_a_policy_asks_for_them() {
    let owned = json!({ "StringEquals": { "aws:ResourceTag/team": "a" } });
    let given = json!({ "StringEquals": { "aws:RequestTag/team": "a" }, "ForAllValues:StringEquals": { "aws:TagKeys": "team" } });
    let mut lab = lab_with(Some(policy(json!([
        { "Effect": "Allow", "Action": "ecs:DeleteCluster", "Resource": "*", "Condition": owned },
        { "Effect": "Allow", "Action": "ecs:CreateCluster", "Resource": "*", "Condition": given },
        { "Effect": "Allow", "Action": "ecs:TagResource", "Resource": "*",
          "Condition": { "StringEquals": { "ecs:CreateAction": "CreateCluster" } } },
    ]))));
    for (name, team) in [("of-a", "a"), ("of-b", "b")] {
        ecs(&mut lab, "CreateCluster", json!({ "clusterName": name, "tags": [{ "key": "team", "value": team }] }));
    }
    by(&mut lab, "user/ci", "ecs", "DeleteCluster", json!({ "cluster": "of-a" })).unwrap();
    by(&mut lab, "user/ci", "ecs", "DeleteCluster", json!({ "cluster": "of-b" })).unwrap_err();
    let make = |tags: Value| json!({ "clusterName": "new", "tags": tags });
    for (tags, may) in [
        (json!([{ "key": "team", "value": "a" }]), true),
        (json!([{ "key": "team", "value": "b" }]), false),
        (json!([{ "key": "team", "value": "a" }, { "key": "x", "value": "" }]), false),
        (json!([]), false),
    ] {
        assert_eq!(by(&mut lab, "user/ci", "ecs", "CreateCluster", make(tags.clone())).is_ok(), may, "{tags}");
    }
    let tag = json!({ "resourceArn": format!("arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/new"), "tags": [{ "key": "k", "value": "v" }] });
    by(&mut lab, "user/ci", "ecs", "TagResource", tag).unwrap_err();
}

/// 7.2, reference 4.3: whoever hands a role over needs iam:PassRole on it.
#[test]
fn pass_role_is_asked_wherever_a_role_is_handed_over() {
    let mut lab = lab_with(Some(allow(json!(["ecs:*", "ec2:*", "iam:AddRoleToInstanceProfile"]), "*")));
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let container = json!([{ "name": "app", "image": "nginx", "memory": 64 }]);
    let with = |member: &str, role: &str| json!({ "family": "x", "containerDefinitions": container, member: role });
    ecs(&mut lab, "RegisterTaskDefinition", with("taskRoleArn", "app"));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let run = |more: Value| {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "web" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let profile = json!({ "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": { "Name": "ecsInstanceRole" } });
    let cases = [
        (
            "ecs",
            "RegisterTaskDefinition",
            with("executionRoleArn", &arn("ecsTaskExecutionRole")),
            "ecsTaskExecutionRole",
        ),
        ("ecs", "RegisterTaskDefinition", with("taskRoleArn", "app"), "app"),
        ("ecs", "RunTask", run(json!({ "taskDefinition": "x" })), "app"),
        ("ecs", "RunTask", run(json!({ "overrides": { "taskRoleArn": arn("other") } })), "other"),
        ("ecs", "StartTask", json!({ "cluster": "prod", "taskDefinition": "x", "containerInstances": ["a"] }), "app"),
        ("ec2", "RunInstances", profile, "ecsInstanceRole"),
    ];
    for (service, operation, input, role) in cases.clone() {
        let code = if service == "ec2" { "UnauthorizedOperation" } else { "AccessDeniedException" };
        let error = by(&mut lab, "user/ci", service, operation, input.clone()).unwrap_err();
        let expected = says(code, "iam:PassRole", &arn(role));
        assert_eq!(error.code, code, "{operation} {input}");
        assert!(error.message.ends_with(expected.split_once(": ").unwrap().1), "{operation} {input}: {error}");
    }
    by(&mut lab, "user/ci", "ecs", "RunTask", run(json!({}))).expect("no role is handed over");
    let to_tasks = json!({ "StringLike": { "iam:PassedToService": "ecs-tasks.*" } });
    let more =
        policy(json!([{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": arn("*"), "Condition": to_tasks }]));
    iam(&mut lab, "PutUserPolicy", json!({ "UserName": "ci", "PolicyName": "pass", "PolicyDocument": more }));
    for (service, operation, input, role) in cases {
        let done = by(&mut lab, "user/ci", service, operation, input);
        let refused = done.as_ref().err().is_some_and(|error| error.message.contains("iam:PassRole"));
        assert_eq!(refused, role == "ecsInstanceRole", "{operation}: {done:?}");
    }
}

/// Reference 4.1: a boundary, a group and an explicit deny, each with its words.
#[test]
fn boundaries_groups_and_denials() {
    let mut lab = lab_with(None);
    let list = |lab: &mut Lab| by(lab, "user/ci", "ecs", "ListClusters", json!({})).map_err(|error| error.message);
    iam(&mut lab, "CreateGroup", json!({ "GroupName": "ops" }));
    iam(&mut lab, "AddUserToGroup", json!({ "UserName": "ci", "GroupName": "ops" }));
    let full = "arn:aws:iam::aws:policy/AmazonECS_FullAccess";
    iam(&mut lab, "AttachGroupPolicy", json!({ "GroupName": "ops", "PolicyArn": full }));
    assert!(list(&mut lab).is_ok());
    iam(&mut lab, "CreatePolicy", json!({ "PolicyName": "edge", "PolicyDocument": allow(json!("ec2:*"), "*") }));
    let edge = format!("arn:aws:iam::{ACCOUNT}:policy/edge");
    iam(&mut lab, "PutUserPermissionsBoundary", json!({ "UserName": "ci", "PermissionsBoundary": edge }));
    assert!(
        list(&mut lab).unwrap_err().ends_with("because no permissions boundary allows the ecs:ListClusters action")
    );
    let wider = json!({ "PolicyArn": edge, "PolicyDocument": allow(json!("*"), "*"), "SetAsDefault": true });
    iam(&mut lab, "CreatePolicyVersion", wider);
    assert!(list(&mut lab).is_ok(), "the default version counts");
    let no = policy(json!([{ "Effect": "Deny", "Action": "ecs:List*", "Resource": "*" }]));
    iam(&mut lab, "PutGroupPolicy", json!({ "GroupName": "ops", "PolicyName": "no", "PolicyDocument": no }));
    assert!(list(&mut lab).unwrap_err().ends_with("with an explicit deny in an identity-based policy"));
    // The page reads the same as a value.
    let call = ApiCall::new("ecs", "ListClusters", json!({})).by("user/ci");
    let asked = lab.world().verdicts(&call);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!asked.verdict.allowed);
    assert_eq!(asked.verdict.by.as_ref().unwrap().in_words(), "statement 1 of no");
    let learner = lab.world().verdicts(&ApiCall::new("ecs", "ListClusters", json!({})));
    assert_eq!(learner[0].verdict.by.as_ref().unwrap().in_words(), "statement 1 of AdministratorAccess");
    iam(&mut lab, "RemoveUserFromGroup", json!({ "UserName": "ci", "GroupName": "ops" }));
    assert!(
        list(&mut lab).unwrap_err().ends_with("because no identity-based policy allows the ecs:ListClusters action")
    );
}

#[test]
fn a_session_acts_as_its_role_while_it_lasts() {
    let mut lab = lab_with(Some(allow(json!("sts:AssumeRole"), "*")));
    let everyone = policy(json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": ACCOUNT } }]));
    iam(&mut lab, "CreateRole", json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": everyone }));
    let open = json!({ "RoleName": "deploy", "PolicyName": "p", "PolicyDocument": allow(json!("ecs:*"), "*") });
    iam(&mut lab, "PutRolePolicy", open);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/deploy");
    let wish = |more: Value| {
        let mut input = json!({ "RoleArn": role, "RoleSessionName": "run" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let got = by(&mut lab, "user/ci", "sts", "AssumeRole", wish(json!({}))).unwrap();
    assert_eq!(got["AssumedRoleUser"]["Arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run"));
    let key = got["Credentials"]["AccessKeyId"].as_str().unwrap().to_string();
    let caller = |lab: &Lab| lab.world().iam().caller_of(&key, lab.now(), "ecs").map(|own| own.map(String::from));
    assert_eq!(caller(&lab), Ok(Some("assumed-role/deploy/run".to_string())));
    by(&mut lab, "assumed-role/deploy/run", "ecs", "ListClusters", json!({})).unwrap();
    let no = by(&mut lab, "assumed-role/deploy/run", "iam", "ListUsers", json!({})).unwrap_err();
    assert!(no.message.starts_with(&format!("User: arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run is not")), "{no}");
    // A session policy takes away.
    let less = json!({ "RoleSessionName": "less", "Policy": allow(json!("ecs:RunTask"), "*") });
    by(&mut lab, "user/ci", "sts", "AssumeRole", wish(less)).unwrap();
    let no = by(&mut lab, "assumed-role/deploy/less", "ecs", "ListClusters", json!({})).unwrap_err();
    assert!(no.message.ends_with("because no session policy allows the ecs:ListClusters action"), "{no}");
    let long = by(&mut lab, "user/ci", "sts", "AssumeRole", wish(json!({ "DurationSeconds": 7200 }))).unwrap_err();
    assert_eq!(
        long.to_string(),
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    wait(&mut lab, "1h");
    assert_eq!(caller(&lab).unwrap_err().code, "ExpiredTokenException");
    // Without the policy the account's trust is not enough.
    iam(&mut lab, "DeleteUserPolicy", json!({ "UserName": "ci", "PolicyName": "own" }));
    by(&mut lab, "user/ci", "sts", "AssumeRole", wish(json!({}))).unwrap_err();
}

#[test]
fn a_simulated_policy_answers_as_the_call_would() {
    let mut lab = lab_with(Some(allow(json!("ecs:List*"), "*")));
    let input = json!({ "PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:user/ci"), "ActionNames": ["ecs:ListTasks", "ecs:RunTask"] });
    let answer = iam(&mut lab, "SimulatePrincipalPolicy", input);
    let decisions: Vec<_> =
        answer["EvaluationResults"].as_array().unwrap().iter().map(|own| own["EvalDecision"].clone()).collect();
    assert_eq!(decisions, [json!("allowed"), json!("implicitDeny")]);
    let nobody =
        json!({ "PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:user/x"), "ActionNames": ["ecs:ListTasks"] });
    assert_eq!(try_iam(&mut lab, "SimulatePrincipalPolicy", nobody).unwrap_err().code, "NoSuchEntity");
}

#[test]
fn nobody_is_refused() {
    let mut lab = lab_with(None);
    for (service, operation, code) in [
        ("ecs", "ListClusters", "UnrecognizedClientException"),
        ("ec2", "DescribeInstances", "AuthFailure"),
        ("iam", "ListUsers", "InvalidClientTokenId"),
    ] {
        let error = by(&mut lab, "user/ghost", service, operation, json!({})).unwrap_err();
        assert_eq!(
            (error.code.as_ref(), error.message.as_str()),
            (code, "The security token included in the request is invalid.")
        );
    }
    // EN-04: a setting without a principal is the caller's own.
    iam(
        &mut lab,
        "PutUserPolicy",
        json!({ "UserName": "ci", "PolicyName": "p", "PolicyDocument": allow(json!("ecs:*"), "*") }),
    );
    let set =
        by(&mut lab, "user/ci", "ecs", "PutAccountSetting", json!({ "name": "awsvpcTrunking", "value": "enabled" }));
    assert_eq!(set.unwrap()["setting"]["principalArn"], format!("arn:aws:iam::{ACCOUNT}:user/ci"));
}
