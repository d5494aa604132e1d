//! The roles in which agents and tasks act (7.1, 7.2, reference 4.6): each missing permission shows what AWS shows.

use super::identities::{iam, policy, trust};
use super::support::*;
use crate::ecr::support::kept;
use ecs_lab::event::FactKind;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const EXECUTION: &str = "arn:aws:iam::123456789012:role/run";
const AGENT: &str = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:1";

/// A lab with an image, the execution role `run` and these statements of its own.
fn lab_with(statements: Value) -> Lab {
    let mut lab = lab();
    kept(&mut lab, "team/web", &["1"]);
    let role = json!({ "RoleName": "run", "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com") });
    iam(&mut lab, "CreateRole", role);
    grant(&mut lab, "run", statements);
    lab
}

fn grant(lab: &mut Lab, role: &str, statements: Value) {
    let own = json!({ "RoleName": role, "PolicyName": "own", "PolicyDocument": policy(statements) });
    iam(lab, "PutRolePolicy", own);
}

fn may(actions: &[&str]) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }])
}

fn make_group(lab: &mut Lab, name: &str) {
    let call = ApiCall::new("logs", "CreateLogGroup", json!({ "logGroupName": name }));
    lab.apply(Command::Api(call)).unwrap();
}

/// Runs one container in the role `run` and gives the task as it is a minute later.
fn run_one(lab: &mut Lab, on_fargate: bool, container: &Value) -> Value {
    let mut app = json!({ "name": "app", "image": "nginx", "memory": 256 });
    app.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    let mut definition = json!({ "family": "app", "executionRoleArn": EXECUTION, "containerDefinitions": [app] });
    let mut input = json!({ "cluster": "prod", "taskDefinition": "app" });
    if on_fargate {
        definition.as_object_mut().unwrap().extend(
            json!({ "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512" })
                .as_object()
                .unwrap()
                .clone(),
        );
        input["launchType"] = json!("FARGATE");
        input["networkConfiguration"] = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0123456789abcdef0"] } });
    }
    ecs(lab, "RegisterTaskDefinition", definition);
    let answer = ecs(lab, "RunTask", input);
    let task = answer["tasks"][0].clone();
    assert!(task.is_object(), "{answer}");
    wait(lab, "1m");
    describe(lab, &task)
}

fn stopped_reason(task: &Value) -> &str {
    assert_eq!((&task["lastStatus"], &task["stopCode"]), (&json!("STOPPED"), &json!("TaskFailedToStart")), "{task}");
    task["stoppedReason"].as_str().unwrap()
}

/// 7.2, LG-05, LG-08, reference 4.6: each thing that the execution role fetches, on Fargate and on an instance, and the
/// permission that lets it.
#[test]
fn lg_05_lg_08_a_missing_permission_of_the_execution_role() {
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db";
    let logs = |more: Value| {
        let mut options =
            json!({ "awslogs-group": "/ecs/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" });
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "logConfiguration": { "logDriver": "awslogs", "options": options } })
    };
    let pull = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    let file = "arn:aws:s3:::bucket/app.env";
    let repository = "arn:aws:ecr:us-east-1:123456789012:repository/team/web";
    let not_all = |missing: &str| pull.iter().copied().filter(|own| *own != missing).collect::<Vec<_>>();
    let all =
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";
    let denied = "CannotPullContainerError: The task can\u{2019}t pull the image. Check that the role has the permissions to pull images from the registry. ";
    for (name, container, granted, missing, resource, begins) in [
        (
            "login",
            json!({ "image": IMAGE }),
            not_all("ecr:GetAuthorizationToken"),
            "ecr:GetAuthorizationToken",
            "*",
            [
                &*format!(
                    "{all}unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: "
                ),
                "CannotPullECRContainerError: AccessDeniedException: ",
            ],
        ),
        (
            "manifest",
            json!({ "image": IMAGE }),
            not_all("ecr:BatchGetImage"),
            "ecr:BatchGetImage",
            repository,
            [denied, denied],
        ),
        (
            "layers",
            json!({ "image": IMAGE }),
            not_all("ecr:GetDownloadUrlForLayer"),
            "ecr:GetDownloadUrlForLayer",
            repository,
            [denied, denied],
        ),
        (
            "secret",
            json!({ "secrets": [{ "name": "DB", "valueFrom": format!("{secret}:user::") }] }),
            vec!["s3:*"],
            "secretsmanager:GetSecretValue",
            secret,
            [
                &*format!(
                    "{all}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {secret} from secrets manager: AccessDeniedException: "
                ),
                "Fetching secret data from AWS Secrets Manager in region us-east-1: secret ",
            ],
        ),
        (
            "parameter",
            json!({ "secrets": [{ "name": "DB", "valueFrom": "/db/user" }] }),
            vec!["s3:*"],
            "ssm:GetParameters",
            "arn:aws:ssm:us-east-1:123456789012:parameter/db/user",
            [
                &*format!(
                    "{all}unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: "
                ),
                "Fetching secret data from SSM Parameter Store in us-east-1: ",
            ],
        ),
        (
            "file",
            json!({ "environmentFiles": [{ "type": "s3", "value": file }] }),
            vec!["ecr:*"],
            "s3:GetObject",
            "",
            [
                "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden",
                "unable to download envfile with ARN arn:aws:s3:::bucket/app.env from s3: unable to download env file with key app.env from bucket bucket: AccessDenied: User: ",
            ],
        ),
        (
            "stream",
            logs(json!({})),
            vec!["logs:PutLogEvents"],
            "logs:CreateLogStream",
            "",
            [
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: ",
                "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: AccessDeniedException: ",
            ],
        ),
        (
            "group",
            logs(json!({ "awslogs-create-group": "true" })),
            vec!["logs:CreateLogStream"],
            "logs:CreateLogGroup",
            "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/app:log-stream:",
            [
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log group: AccessDeniedException: ",
                "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log group: AccessDeniedException: ",
            ],
        ),
    ] {
        for (on_fargate, begins) in [true, false].into_iter().zip(begins) {
            let mut lab = lab_with(may(&granted));
            for (service, operation, input) in [
                ("secretsmanager", "CreateSecret", json!({ "Name": "db", "SecretString": "{}" })),
                ("ssm", "PutParameter", json!({ "Name": "/db/user", "Type": "String", "Value": "me" })),
                ("s3", "CreateBucket", json!({ "Bucket": "bucket" })),
                ("s3", "PutObject", json!({ "Bucket": "bucket", "Key": "app.env", "Body": "A=b\n" })),
            ] {
                lab.apply(Command::Api(ApiCall::new(service, operation, input))).unwrap();
            }
            if name == "stream" {
                make_group(&mut lab, "/ecs/app");
            }
            launch(&mut lab, "m5.large", ZONE_A, 1, "");
            wait(&mut lab, "2m");
            let task = run_one(&mut lab, on_fargate, &container);
            let reason = stopped_reason(&task);
            assert!(reason.starts_with(begins), "{name}: {reason}");
            assert_eq!(task["containers"][0]["reason"], reason, "{name}");
            if !resource.is_empty() {
                let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap();
                let who = format!(
                    "User: arn:aws:sts::123456789012:assumed-role/run/{id} is not authorized to perform: {missing} on resource: {resource} because no identity-based policy allows the {missing} action"
                );
                assert!(reason.contains(&who), "{name}: {reason}");
            }
            // The permission is all that was missing; a policy changed on the role counts for the next task.
            let mut more = granted.clone();
            more.push(missing);
            grant(&mut lab, "run", may(&more));
            let task = run_one(&mut lab, on_fargate, &container);
            assert_eq!(task["lastStatus"], "RUNNING", "{name}: {}", task["stoppedReason"]);
        }
    }
}

/// 7.2: what every lab begins with pulls and logs, and reads no secret and makes no log group.
#[test]
fn the_managed_execution_policy() {
    let mut lab = lab_with(json!([{ "Effect": "Deny", "Action": "x:y", "Resource": "*" }]));
    let managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    iam(&mut lab, "AttachRolePolicy", json!({ "RoleName": "run", "PolicyArn": managed }));
    make_group(&mut lab, "g");
    let options = |group: &str, create: &str| {
        json!({ "logConfiguration": { "logDriver": "awslogs", "options": {
        "awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p", "awslogs-create-group": create } } })
    };
    for (container, runs) in [
        (json!({ "image": IMAGE }), true),
        (options("g", "false"), true),
        (options("g", "true"), true),
        (options("h", "true"), false),
        (
            json!({ "secrets": [{ "name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a" }] }),
            false,
        ),
    ] {
        let task = run_one(&mut lab, true, &container);
        assert_eq!(task["lastStatus"] == "RUNNING", runs, "{container}: {}", task["stoppedReason"]);
    }
}

/// 7.1: without an execution role it is the instance's role that pulls and logs on EC2.
#[test]
fn the_instance_role_pulls_and_logs_where_there_is_no_execution_role() {
    let mut lab = lab();
    kept(&mut lab, "team/web", &["1", "10"]);
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "image": IMAGE }));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    let deny = policy(json!([{ "Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*" }]));
    iam(
        &mut lab,
        "PutRolePolicy",
        json!({ "RoleName": "ecsInstanceRole", "PolicyName": "no", "PolicyDocument": deny }),
    );
    register(&mut lab, "web", json!({ "image": format!("{IMAGE}0") }));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    let task = describe(&lab, &task);
    let reason = stopped_reason(&task);
    assert!(reason.contains("assumed-role/ecsInstanceRole/i-"), "{reason}");
    assert!(reason.ends_with("with an explicit deny in an identity-based policy"), "{reason}");
}

/// 6.15: ECS has to be able to assume the role; one that the lab never held is taken on trust.
#[test]
fn a_role_that_ecs_cannot_assume() {
    let mut lab = lab_with(may(&["ecr:*"]));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let closed = json!({ "RoleName": "closed", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") });
    iam(&mut lab, "CreateRole", closed);
    iam(
        &mut lab,
        "CreateRole",
        json!({ "RoleName": "old", "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com") }),
    );
    iam(&mut lab, "DeleteRole", json!({ "RoleName": "old" }));
    register(&mut lab, "web", json!({}));
    for (role, works) in [("run", true), ("closed", false), ("old", false), ("never-made", false)] {
        let arn = format!("arn:aws:iam::123456789012:role/{role}");
        for member in ["taskRoleArn", "executionRoleArn"] {
            let input = json!({ "cluster": "prod", "taskDefinition": "web", "overrides": { member: arn } });
            match try_ecs(&mut lab, "RunTask", input) {
                Ok(_) => assert!(works, "{role}"),
                Err(error) => {
                    assert!(!works, "{role}: {error}");
                    let text = format!(
                        "ClientException: ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
                    );
                    assert_eq!(error.to_string(), text);
                }
            }
        }
    }
    let open = json!({ "RoleName": "closed", "PolicyDocument": trust("ecs-tasks.amazonaws.com") });
    iam(&mut lab, "UpdateAssumeRolePolicy", open);
    let input = json!({ "cluster": "prod", "taskDefinition": "web", "overrides": { "taskRoleArn": "arn:aws:iam::123456789012:role/closed" } });
    ecs(&mut lab, "RunTask", input);
}

/// Launches one instance with a profile `agents` whose role may do these things.
fn launch_with(lab: &mut Lab, actions: &[&str]) {
    iam(lab, "CreateRole", json!({ "RoleName": "agents", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") }));
    iam(lab, "CreateInstanceProfile", json!({ "InstanceProfileName": "agents" }));
    iam(lab, "AddRoleToInstanceProfile", json!({ "InstanceProfileName": "agents", "RoleName": "agents" }));
    grant(lab, "agents", may(actions));
    let script = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config";
    let input = json!({ "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, "UserData": encoded(script), "IamInstanceProfile": { "Name": "agents" } });
    ec2(lab, "RunInstances", input);
    wait(lab, "2m");
}

fn instance(lab: &mut Lab) -> Value {
    let arns = ecs(lab, "ListContainerInstances", json!({ "cluster": "prod" }))["containerInstanceArns"].clone();
    if arns.as_array().unwrap().is_empty() {
        return Value::Null;
    }
    ecs(lab, "DescribeContainerInstances", json!({ "cluster": "prod", "containerInstances": arns }))["containerInstances"][0].clone()
}

/// 1.6 row 3, 7.2, reference 4.6: ecs:RegisterContainerInstance.
#[test]
fn an_agent_that_may_not_register_tries_again_once_it_may() {
    let mut lab = lab();
    launch_with(&mut lab, &["ecs:Poll"]);
    assert!(instance(&mut lab).is_null());
    let log = |fact: &FactKind| match fact {
        FactKind::RegistrationFailed { log, .. } => Some(log.clone()),
        _ => None,
    };
    let said = lab.facts().filter_map(|fact| log(&fact.kind)).next_back().unwrap();
    assert!(said.starts_with("Error registering container instance: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/agents/i-"), "{said}");
    assert!(said.ends_with("is not authorized to perform: ecs:RegisterContainerInstance on resource: arn:aws:ecs:us-east-1:123456789012:cluster/prod because no identity-based policy allows the ecs:RegisterContainerInstance action"), "{said}");
    iam(&mut lab, "AttachRolePolicy", json!({ "RoleName": "agents", "PolicyArn": AGENT }));
    wait(&mut lab, "1m");
    assert_eq!(instance(&mut lab)["agentConnected"], true);
}

/// 7.2: ecs:Poll and ecs:DiscoverPollEndpoint.
#[test]
fn an_agent_that_may_not_poll_is_registered_and_not_connected() {
    for missing in ["ecs:Poll", "ecs:DiscoverPollEndpoint"] {
        let mut lab = lab();
        let all = ["ecs:RegisterContainerInstance", "ecs:Poll", "ecs:DiscoverPollEndpoint", "ecs:Submit*"];
        launch_with(&mut lab, &all.into_iter().filter(|own| *own != missing).collect::<Vec<_>>());
        assert_eq!(
            (&instance(&mut lab)["status"], &instance(&mut lab)["agentConnected"]),
            (&json!("ACTIVE"), &json!(false))
        );
        register(&mut lab, "web", json!({}));
        assert_eq!(run(&mut lab, "web", 1, json!({}))["failures"][0]["reason"], "AGENT", "{missing}");
        grant(&mut lab, "agents", may(&all));
        assert_eq!(instance(&mut lab)["agentConnected"], true, "{missing}");
        // And the other way round.
        grant(&mut lab, "agents", may(&["ecs:Submit*"]));
        assert_eq!(instance(&mut lab)["agentConnected"], false, "{missing}");
    }
}

/// Reference 4.6: ecs:UpdateContainerInstancesState.
#[test]
fn an_agent_drains_its_spot_instance_only_if_it_may() {
    for (more, status) in [("ecs:UpdateContainerInstancesState", "DRAINING"), ("ecs:List*", "ACTIVE")] {
        let mut lab = lab();
        iam(
            &mut lab,
            "CreateRole",
            json!({ "RoleName": "agents", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") }),
        );
        grant(
            &mut lab,
            "agents",
            may(&["ecs:RegisterContainerInstance", "ecs:Poll", "ecs:DiscoverPollEndpoint", more]),
        );
        let script = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\necho ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config";
        // A profile that the lab never held stands for the role of its name.
        let input = json!({ "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, "UserData": encoded(script), "IamInstanceProfile": { "Name": "agents" } });
        let id = ec2(&mut lab, "RunInstances", input)["Instances"][0]["InstanceId"].clone();
        wait(&mut lab, "2m");
        let fault = ApiCall::new("lab", "Fault", json!({ "spotReclaim": { "instanceId": id } }));
        lab.apply(Command::Api(fault)).unwrap();
        assert_eq!(instance(&mut lab)["status"], status);
    }
}

/// Reference 4.6: ecs:Submit*.
#[test]
fn the_tasks_of_an_agent_that_may_not_tell_stay_as_ecs_last_heard() {
    let mut lab = lab();
    let some = ["ecs:RegisterContainerInstance", "ecs:Poll", "ecs:DiscoverPollEndpoint"];
    launch_with(&mut lab, &some);
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "5m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "PENDING");
    grant(&mut lab, "agents", may(&["ecs:*"]));
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
}

/// 6.14, 6.15: a service whose role cannot be assumed says so once, and starts its tasks once it can.
#[test]
fn a_service_says_that_its_role_cannot_be_assumed() {
    let mut lab = lab();
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    iam(&mut lab, "CreateRole", json!({ "RoleName": "app", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com") }));
    let container = json!([{ "name": "app", "image": "nginx", "memory": 64 }]);
    let definition = json!({ "family": "app", "taskRoleArn": "arn:aws:iam::123456789012:role/app", "containerDefinitions": container });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let service = json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "app", "desiredCount": 1 });
    ecs(&mut lab, "CreateService", service);
    wait(&mut lab, "10m");
    let look = |lab: &mut Lab| {
        ecs(lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }))["services"][0].clone()
    };
    let seen = look(&mut lab);
    let said: Vec<&str> =
        seen["events"].as_array().unwrap().iter().map(|own| own["message"].as_str().unwrap()).collect();
    let expected = "(service web) failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::123456789012:role/app' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)";
    assert_eq!((said, &seen["runningCount"]), (vec![expected], &json!(0)));
    let world = lab.world();
    let key = world.ecs().service(world.ecs().cluster("prod").unwrap().id, "web").unwrap().key;
    let why = ecs_lab::ecs::service::why(world.ecs(), world.elb(), key, lab.now());
    assert_eq!(why.first(), Some(&ecs_lab::ecs::service::Obstacle::NoRole(expected.to_string())));
    let open = json!({ "RoleName": "app", "PolicyDocument": trust("ecs-tasks.amazonaws.com") });
    iam(&mut lab, "UpdateAssumeRolePolicy", open);
    wait(&mut lab, "2m");
    assert_eq!(look(&mut lab)["runningCount"], 1);
}

/// Issue 5: who calls what with which role, and the statement that decides.
#[test]
fn what_the_roles_of_a_task_are_asked_for() {
    let mut lab = lab_with(json!([
        { "Sid": "Pull", "Effect": "Allow", "Action": "ecr:*", "Resource": "*" },
        { "Sid": "NoLayers", "Effect": "Deny", "Action": "ecr:GetDownload*", "Resource": "*" },
    ]));
    let task = run_one(&mut lab, true, &json!({ "image": IMAGE }));
    let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let cluster = lab.world().ecs().cluster("prod").unwrap().id;
    let asked = lab.world().role_verdicts(ecs_lab::event::TaskKey { cluster, id });
    let told: Vec<_> = asked
        .iter()
        .map(|(role, need, verdict)| {
            let verdict = verdict.as_ref().unwrap();
            (role.as_str(), need.action.as_str(), verdict.allowed, verdict.by.as_ref().unwrap().in_words())
        })
        .collect();
    let by = |text: &str| text.to_string();
    assert_eq!(
        told,
        [
            (EXECUTION, "ecr:GetAuthorizationToken", true, by("statement 1 (Pull) of own")),
            (EXECUTION, "ecr:BatchGetImage", true, by("statement 1 (Pull) of own")),
            (EXECUTION, "ecr:GetDownloadUrlForLayer", false, by("statement 2 (NoLayers) of own")),
        ]
    );
}
