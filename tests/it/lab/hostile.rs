//! Input that somebody else would have refused earlier, or choked on: each is answered with one typed error.

use super::support::*;
use ecs_lab::aws::ApiError;
use serde_json::{Value, json};

fn member(expression: impl Into<String>) -> Value {
    json!([{ "type": "memberOf", "expression": expression.into() }])
}

/// Issue 3, "Bad input": request member, its value → code, a part of the message, whether the wording is ours.
#[test]
fn run_task_refuses_and_changes_nothing() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let before = (lab.revision(), lab.digest());
    let invalid = "InvalidParameterException";
    let strategy = |kind: &str, field: &str| json!([{ "type": kind, "field": field }]);
    let name = |name: &str| member(format!("attribute:{name} == x"));
    for (member_name, value, code, part, ours) in [
        ("placementConstraints", member(format!("attribute:a == {}", "x".repeat(1986))), invalid, "at most 2000", true),
        (
            "placementConstraints",
            member(format!("{}runningTasksCount == 1{}", "(".repeat(900), ")".repeat(900))),
            invalid,
            "nested",
            true,
        ),
        ("placementConstraints", member("not ".repeat(450) + "runningTasksCount == 1"), invalid, "nested", true),
        ("placementConstraints", member("("), invalid, "Invalid expression", true),
        ("placementConstraints", member("attribute:a =~ ((((("), invalid, "", true),
        ("placementConstraints", member(r"attribute:a =~ (a)\1"), invalid, "", true),
        ("placementConstraints", member("attribute:a =~ (?=a)"), invalid, "", true),
        ("placementConstraints", member("attribute:a =~ a{1000}{1000}{1000}"), invalid, "", true),
        ("placementConstraints", json!(vec![json!({ "type": "distinctInstance" }); 11]), invalid, "is 10", true),
        ("placementConstraints", json!([{ "type": "memberOf" }]), invalid, "should be specified", true),
        ("placementConstraints", name("a b"), invalid, "Invalid expression", true),
        ("placementConstraints", name("é"), invalid, "Invalid expression", true),
        ("placementConstraints", name(&"n".repeat(129)), invalid, "", true),
        (
            "placementStrategy",
            json!(vec![json!({ "type": "random" }); 6]),
            invalid,
            "Maximum number of strategies is 5",
            false,
        ),
        (
            "placementStrategy",
            strategy("spread", "attribute:a b"),
            invalid,
            "spread field 'attribute:a b' is invalid.",
            true,
        ),
        (
            "placementStrategy",
            strategy("spread", &format!("attribute:{}", "n".repeat(129))),
            invalid,
            "is invalid.",
            true,
        ),
        ("placementStrategy", strategy("binpack", "disk"), invalid, "binpack field 'disk' is invalid.", false),
        ("placementStrategy", strategy("random", "cpu"), invalid, "random field should not be specified", false),
        ("count", json!(0), invalid, "count should be between 1 and 10.", true),
        ("count", json!(11), invalid, "count should be between 1 and 10.", true),
        ("count", json!(i64::MIN), invalid, "count", true),
        ("count", json!("two"), "ParamValidation", "count", false),
        ("desired", json!(1), "ParamValidation", "Unknown parameter in input: \"desired\"", false),
        ("placementStrategy", json!([{ "type": "random", "weight": 1 }]), "ParamValidation", "weight", false),
        ("placementConstraints", json!([[[]]]), "ParamValidation", "placementConstraints", false),
    ] {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "web" });
        input[member_name] = value.clone();
        let shown: String = value.to_string().chars().take(80).collect();
        let error: ApiError = try_ecs(&mut lab, "RunTask", input).expect_err(&shown);
        assert_eq!((error.code.as_ref(), error.ours), (code, ours), "{shown}: {error}");
        assert!(error.message.contains(part), "{shown}: {error}");
        assert_eq!((lab.revision(), lab.digest()), before, "{shown}: refused, and nothing changed");
    }
}

/// A regular expression that backtracks for ever in other engines answers at once here, on an attribute made for it.
#[test]
fn ql_03_no_pattern_takes_long() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({}));
    let arn = ecs(&mut lab, "ListContainerInstances", json!({ "cluster": "prod" }))["containerInstanceArns"][0].clone();
    let attribute = json!({ "name": "a", "value": "a".repeat(127) + "b", "targetId": arn });
    ecs(&mut lab, "PutAttributes", json!({ "cluster": "prod", "attributes": [attribute] }));
    for (pattern, placed) in [("(a+)+", 0), ("(a|a)*", 0), ("(a*)*c", 0), ("(a+)+b", 1), ("(.*.*.*.*)+", 1)] {
        let constraints = member(format!("attribute:a =~ {pattern}"));
        let reply = run(&mut lab, "web", 1, json!({ "placementConstraints": constraints }));
        assert_eq!(reply["tasks"].as_array().unwrap().len(), placed, "{pattern}");
    }
}

/// AT-03 to AT-05 through the door.
#[test]
fn bad_attributes_are_refused() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let arn = ecs(&mut lab, "ListContainerInstances", json!({ "cluster": "prod" }))["containerInstanceArns"][0].clone();
    let before = lab.digest();
    for (name, value) in [
        ("a b".to_string(), "x".to_string()),
        ("é".into(), "x".into()),
        ("n".repeat(129), "x".into()),
        ("a".into(), " led".into()),
        ("a".into(), "v".repeat(129)),
        ("ecs.instance-type".into(), "x".into()),
    ] {
        let attribute = json!({ "name": name, "value": value, "targetId": arn });
        let input = json!({ "cluster": "prod", "attributes": [attribute] });
        let error = try_ecs(&mut lab, "PutAttributes", input).expect_err(&name);
        assert_eq!(error.code, "InvalidParameterException", "{name}: {error}");
        assert_eq!(lab.digest(), before, "{name}");
    }
}
