//! EventBridge: rules with a schedule that start tasks (7.1, 7.2, 8.4).

use super::identities::{allow, iam, trust};
use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const CLUSTER: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/prod";

fn attempt(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("events", operation, input))).map(|outcome| outcome.reply)
}

fn events(lab: &mut Lab, operation: &str, input: Value) -> Value {
    attempt(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// Role `starter`, which EventBridge may assume, and which may do these things.
fn starter(lab: &mut Lab, actions: Value) -> String {
    let role = json!({ "RoleName": "starter", "AssumeRolePolicyDocument": trust("events.amazonaws.com") });
    iam(lab, "CreateRole", role);
    grant(lab, actions);
    "arn:aws:iam::123456789012:role/starter".to_string()
}

fn grant(lab: &mut Lab, actions: Value) {
    let input = json!({ "RoleName": "starter", "PolicyName": "own", "PolicyDocument": allow(actions, "*") });
    iam(lab, "PutRolePolicy", input);
}

fn target(id: &str, role: &str, more: Value) -> Value {
    let mut own = json!({
        "Id": id, "Arn": CLUSTER, "RoleArn": role,
        "EcsParameters": { "TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web" },
    });
    own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    own
}

/// Rule `often`, each five minutes, with a target.
fn often(lab: &mut Lab, target: Value) {
    events(lab, "PutRule", json!({ "Name": "often", "ScheduleExpression": "rate(5 minutes)" }));
    let answer = events(lab, "PutTargets", json!({ "Rule": "often", "Targets": [target] }));
    assert_eq!(answer, json!({ "FailedEntryCount": 0, "FailedEntries": [] }));
}

/// The tasks that the rule has started and that are not forgotten, as described.
fn started(lab: &mut Lab) -> Vec<Value> {
    let mut found = Vec::new();
    for status in ["RUNNING", "STOPPED"] {
        let asked = json!({ "cluster": "prod", "startedBy": "events-rule/often", "desiredStatus": status });
        let arns = ecs(lab, "ListTasks", asked)["taskArns"].clone();
        if arns.as_array().is_some_and(|own| !own.is_empty()) {
            let input = json!({ "cluster": "prod", "tasks": arns, "include": ["TAGS"] });
            found.extend(ecs(lab, "DescribeTasks", input)["tasks"].as_array().unwrap().clone());
        }
    }
    found
}

/// How often a metric of the rule was counted.
fn counted(lab: &Lab, name: &str) -> f64 {
    let asked = json!({
        "Namespace": "AWS/Events", "MetricName": name, "Dimensions": [{ "Name": "RuleName", "Value": "often" }],
        "StartTime": "2026-01-05T00:00:00Z", "EndTime": "2026-01-06T00:00:00Z", "Period": 86400, "Statistics": ["Sum"],
    });
    let answer = lab.read(&ApiCall::new("cloudwatch", "GetMetricStatistics", asked)).unwrap();
    answer["Datapoints"][0]["Sum"].as_f64().unwrap_or_default()
}

fn counts(lab: &Lab) -> [f64; 3] {
    ["TriggeredRules", "Invocations", "FailedInvocations"].map(|name| counted(lab, name))
}

fn said(lab: &Lab) -> Vec<String> {
    let all = lab.facts().map(|fact| fact.kind.sentence());
    all.filter(|own| own.starts_with("rule often: could not")).collect()
}

/// 8.4: the members of EcsParameters and the input are those of RunTask.
#[test]
fn events_8_4_a_target_runs_tasks_as_its_parameters_say() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    launch(&mut lab, "m5.large", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    let role = starter(&mut lab, json!(["ecs:RunTask", "ecs:TagResource", "iam:PassRole"]));
    let overrides = json!({ "containerOverrides": [{ "name": "app", "command": ["a", "b"] }] });
    let parameters = json!({
        "TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web",
        "TaskCount": 2,
        "LaunchType": "EC2",
        "Group": "night",
        "PlacementConstraints": [{ "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b" }],
        "PlacementStrategy": [{ "type": "binpack", "field": "memory" }],
        "EnableECSManagedTags": true,
        "Tags": [{ "Key": "team", "Value": "blue" }],
    });
    often(&mut lab, target("1", &role, json!({ "EcsParameters": parameters, "Input": overrides.to_string() })));
    wait(&mut lab, "5m");
    let tasks = started(&mut lab);
    assert_eq!(tasks.len(), 2);
    for task in &tasks {
        assert_eq!(task["launchType"], "EC2");
        assert_eq!((&task["group"], &task["availabilityZone"]), (&json!("night"), &json!(ZONE_B)));
        assert_eq!(task["overrides"]["containerOverrides"][0]["command"], json!(["a", "b"]));
        let tags = task["tags"].as_array().unwrap();
        assert!(tags.contains(&json!({ "key": "team", "value": "blue" })), "{tags:?}");
        assert!(tags.contains(&json!({ "key": "aws:ecs:clusterName", "value": "prod" })), "{tags:?}");
    }
    // The runs before are not waited for.
    wait(&mut lab, "5m");
    assert_eq!(started(&mut lab).len(), 4);
    assert_eq!(counts(&lab), [2.0, 2.0, 0.0]);
}

/// 7.1, 7.2 and 8.4: what the role may not do, and what RunTask refuses, fails for good; what finds no place does not.
#[test]
fn events_7_2_a_firing_that_starts_nothing_shows_in_the_metrics_alone() {
    let mut lab = lab();
    let pass = task_role(&mut lab, "app");
    let definition = json!({
        "family": "web", "taskRoleArn": pass,
        "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 512 }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    launch(&mut lab, "t3.micro", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let role = starter(&mut lab, json!("ecs:ListTasks"));
    often(&mut lab, target("1", &role, json!({})));
    let refused = |action: &str, on: &str| {
        format!(
            "rule often: could not invoke its target: AccessDeniedException: User: \
             arn:aws:sts::123456789012:assumed-role/starter/EventsRule-{{}} is not authorized to perform: {action} on \
             resource: {on} because no identity-based policy allows the {action} action"
        )
    };
    let ran = refused("ecs:RunTask", "arn:aws:ecs:us-east-1:123456789012:task-definition/web");
    let passed = refused("iam:PassRole", &pass);
    let second = |lab: &Lab| (lab.now().as_millis() / 1000).to_string();
    for (actions, tasks, failures, why) in [
        (json!("ecs:ListTasks"), 0, 1.0, Some(ran)),
        (json!("ecs:RunTask"), 0, 2.0, Some(passed)),
        (json!(["ecs:RunTask", "iam:PassRole"]), 1, 2.0, None),
        // The second finds no memory: RunTask answers with failures[].
        (json!(["ecs:RunTask", "iam:PassRole"]), 1, 2.0, None),
    ] {
        grant(&mut lab, actions);
        wait(&mut lab, "5m");
        assert_eq!((started(&mut lab).len(), counted(&lab, "FailedInvocations")), (tasks, failures));
        let last = said(&lab).pop();
        if let Some(why) = why {
            assert_eq!(last, Some(why.replace("{}", &second(&lab))));
        }
    }
    assert_eq!(counts(&lab), [4.0, 4.0, 2.0]);
    // What was possible when the target was put need not be so later.
    let closed = json!({ "RoleName": "starter", "PolicyDocument": trust("ecs.amazonaws.com") });
    iam(&mut lab, "UpdateAssumeRolePolicy", closed);
    wait(&mut lab, "5m");
    let assumed = format!("Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.");
    assert!(said(&lab).pop().unwrap().ends_with(&assumed));
    iam(
        &mut lab,
        "UpdateAssumeRolePolicy",
        json!({ "RoleName": "starter", "PolicyDocument": trust("events.amazonaws.com") }),
    );
    ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "web:1" }));
    wait(&mut lab, "5m");
    assert!(said(&lab).pop().unwrap().contains("could not invoke its target: ClientException"), "{:?}", said(&lab));
    assert_eq!(counts(&lab), [6.0, 6.0, 4.0]);
}

/// 8.4: a role that the lab never held is taken on trust, as everywhere.
#[test]
fn a_role_on_trust_starts_tasks() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    often(&mut lab, target("1", "arn:aws:iam::123456789012:role/ecsEventsRole", json!({})));
    wait(&mut lab, "5m");
    assert_eq!((started(&mut lab).len(), counts(&lab)), (1, [1.0, 1.0, 0.0]));
}

#[test]
fn a_rule_keeps_its_targets_and_its_rate_where_it_is_put_again_as_it_was() {
    let mut lab = lab();
    register(&mut lab, "web", json!({}));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    often(&mut lab, target("1", "arn:aws:iam::123456789012:role/ecsEventsRole", json!({})));
    let put = |lab: &mut Lab, more: Value| {
        let mut input = json!({ "Name": "often", "ScheduleExpression": "rate(5 minutes)" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        events(lab, "PutRule", input)
    };
    wait(&mut lab, "4m");
    put(&mut lab, json!({ "Description": "anew" }));
    wait(&mut lab, "1m");
    assert_eq!(counted(&lab, "Invocations"), 1.0);
    // Another rate counts from now; a disabled rule waits, and an enabled one counts from then.
    wait(&mut lab, "4m");
    put(&mut lab, json!({ "ScheduleExpression": "rate(6 minutes)" }));
    wait(&mut lab, "5m");
    assert_eq!(counted(&lab, "Invocations"), 1.0);
    wait(&mut lab, "1m");
    assert_eq!(counted(&lab, "Invocations"), 2.0);
    put(&mut lab, json!({ "ScheduleExpression": "rate(6 minutes)", "State": "DISABLED" }));
    let shown = events(&mut lab, "DescribeRule", json!({ "Name": "often" }));
    assert_eq!((&shown["State"], &shown["Description"]), (&json!("DISABLED"), &Value::Null));
    wait(&mut lab, "1h");
    assert_eq!(counted(&lab, "Invocations"), 2.0);
    events(&mut lab, "EnableRule", json!({ "Name": "often" }));
    wait(&mut lab, "6m");
    assert_eq!(counted(&lab, "Invocations"), 3.0);
    // A rule without targets fires, and invokes nothing.
    events(&mut lab, "RemoveTargets", json!({ "Rule": "often", "Ids": ["1", "gone"] }));
    wait(&mut lab, "6m");
    assert_eq!(counts(&lab), [4.0, 3.0, 0.0]);
    events(&mut lab, "DeleteRule", json!({ "Name": "often" }));
    events(&mut lab, "DeleteRule", json!({ "Name": "often" }));
    wait(&mut lab, "1h");
    assert_eq!(counts(&lab), [4.0, 3.0, 0.0]);
}

#[test]
fn targets_are_put_all_or_none() {
    let mut lab = lab();
    let role = "arn:aws:iam::123456789012:role/ecsEventsRole";
    often(&mut lab, target("1", role, json!({})));
    let definition = "arn:aws:ecs:us-east-1:123456789012:task-definition/web";
    let strategy = json!([{ "capacityProvider": "FARGATE" }]);
    let both =
        json!({ "TaskDefinitionArn": definition, "LaunchType": "FARGATE", "CapacityProviderStrategy": strategy });
    let many = |from: u32, to: u32| (from..=to).map(|id| target(&id.to_string(), role, json!({}))).collect::<Vec<_>>();
    let good = target("2", role, json!({}));
    for (targets, code, words, ours) in [
        (many(2, 6), "LimitExceededException", "The requested resource exceeds the maximum number allowed.", false),
        (
            vec![good.clone(), target("3", role, json!({ "Arn": "arn:aws:ecs:us-east-1:123456789012:service/web" }))],
            "ValidationException",
            "Parameter arn:aws:ecs:us-east-1:123456789012:service/web is not valid. Reason: Provided Arn is not in correct format.",
            false,
        ),
        (vec![good.clone(), target("3", role, json!({ "EcsParameters": null }))], "ParamValidation", "", false),
        (
            vec![good.clone(), json!({ "Id": "3", "Arn": CLUSTER, "RoleArn": role })],
            "ValidationException",
            "Parameter EcsParameters is missing for target 3: a cluster is told which tasks to run.",
            true,
        ),
        (
            vec![
                good.clone(),
                target("3", role, json!({ "EcsParameters": { "TaskDefinitionArn": definition, "TaskCount": 11 } })),
            ],
            "ValidationException",
            "EcsParameters.TaskCount of target 3: a target starts 1 to 10 tasks.",
            true,
        ),
        (
            vec![good.clone(), target("3", role, json!({ "EcsParameters": both }))],
            "ValidationException",
            "EcsParameters.LaunchType of target 3: there is a capacity provider strategy, which leaves no room for it.",
            true,
        ),
        (
            vec![good.clone(), target("3", role, json!({ "Input": "{" }))],
            "ValidationException",
            "Input of target 3: it is not a JSON object, such as {\"containerOverrides\": []}.",
            true,
        ),
    ] {
        let error = attempt(&mut lab, "PutTargets", json!({ "Rule": "often", "Targets": targets })).unwrap_err();
        assert_eq!((error.code.as_ref(), error.ours), (code, ours), "{error}");
        assert!(words.is_empty() || error.message == words, "{error}");
        let listed = events(&mut lab, "ListTargetsByRule", json!({ "Rule": "often" }));
        assert_eq!(listed["Targets"].as_array().unwrap().len(), 1, "{words}");
    }
    events(&mut lab, "PutTargets", json!({ "Rule": "often", "Targets": many(1, 5) }));
    let listed = events(&mut lab, "ListTargetsByRule", json!({ "Rule": "often", "Limit": 2 }));
    assert_eq!(listed["Targets"][1], good);
    let next = json!({ "Rule": "often", "NextToken": listed["NextToken"] });
    assert_eq!(events(&mut lab, "ListTargetsByRule", next)["Targets"].as_array().unwrap().len(), 3);
    let named = events(&mut lab, "ListRuleNamesByTarget", json!({ "TargetArn": CLUSTER }));
    assert_eq!(named["RuleNames"], json!(["often"]));
}

/// 4.3, 7.2: a user needs the action on the rule, and iam:PassRole on the role that it hands over.
#[test]
fn who_puts_a_target_passes_its_role() {
    let mut lab = lab();
    let role = starter(&mut lab, json!("ecs:RunTask"));
    iam(&mut lab, "CreateUser", json!({ "UserName": "ci" }));
    let target = target("1", &role, json!({}));
    let says = |action: &str, on: &str| {
        Err(format!(
            "AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: {action} on \
             resource: {on} because no identity-based policy allows the {action} action"
        ))
    };
    let rule = "arn:aws:events:us-east-1:123456789012:rule/often";
    for (actions, operation, input, expected) in [
        (
            json!("ecs:*"),
            "PutRule",
            json!({ "Name": "often", "ScheduleExpression": "rate(1 day)" }),
            says("events:PutRule", rule),
        ),
        (json!("events:*"), "PutRule", json!({ "Name": "often", "ScheduleExpression": "rate(1 day)" }), Ok(())),
        (
            json!("events:*"),
            "PutRule",
            json!({ "Name": "often", "ScheduleExpression": "rate(1 day)", "RoleArn": role }),
            says("iam:PassRole", &role),
        ),
        (json!("events:*"), "PutTargets", json!({ "Rule": "often", "Targets": [target] }), says("iam:PassRole", &role)),
        (json!(["events:*", "iam:PassRole"]), "PutTargets", json!({ "Rule": "often", "Targets": [target] }), Ok(())),
        (json!("ecs:*"), "ListRules", json!({}), says("events:ListRules", "*")),
    ] {
        let own = json!({ "UserName": "ci", "PolicyName": "own", "PolicyDocument": allow(actions, "*") });
        iam(&mut lab, "PutUserPolicy", own);
        let done = lab.apply(Command::Api(ApiCall::new("events", operation, input).by("user/ci")));
        assert_eq!(done.map(|_| ()).map_err(|error| error.to_string()), expected, "{operation}");
    }
}
