use super::*;
use alloc::vec;
use serde_json::json;

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} | {} | {}", finding.position, finding.path, finding.text)).collect()
}

#[test]
fn a_plain_definition_comes_through_whole() {
    let text = r#"{"family": "web", "containerDefinitions": [{"name": "a", "image": "b", "memory": 64,
        "dockerLabels": {"com.example": "x"}}], "volumes": [], "cpu": "256"}"#;
    let import = import(text).unwrap();
    assert_eq!(import.input, serde_json::from_str::<Value>(text).unwrap());
    assert_eq!((import.notices, import.problems, import.unwrapped), (vec![], vec![], false));
}

#[test]
fn what_aws_only_returns_is_left_out_with_a_notice() {
    let text = r#"{
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3",
    "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}],
    "family": "web",
    "revision": 3,
    "requiresAttributes": [{"name": "x"}],
    "compatibilities": ["EC2"],
    "registeredAt": "2026-01-05T09:00:00Z"
  },
  "tags": [{"key": "team", "value": "red"}]
}"#;
    let import = import(text).unwrap();
    assert!(import.unwrapped);
    let expected = json!({
        "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}],
        "family": "web",
        "tags": [{"key": "team", "value": "red"}]
    });
    assert_eq!(import.input, expected);
    assert_eq!(import.problems, []);
    assert_eq!(
        told(&import.notices),
        [
            "line 3, column 5 | taskDefinitionArn | \"taskDefinitionArn\" is left out: AWS returns it and does not take it.",
            "line 6, column 5 | revision | \"revision\" is left out: AWS returns it and does not take it.",
            "line 7, column 5 | requiresAttributes | \"requiresAttributes\" is left out: AWS returns it and does not take \
         it.",
            "line 8, column 5 | compatibilities | \"compatibilities\" is left out: AWS returns it and does not take it.",
            "line 9, column 5 | registeredAt | \"registeredAt\" is left out: AWS returns it and does not take it.",
        ]
    );
}

#[test]
fn the_returned_members_are_the_models() {
    let names: Vec<_> = returned_only(model::operation("ecs", "RegisterTaskDefinition").unwrap()).collect();
    let expected = "taskDefinitionArn revision status requiresAttributes compatibilities registeredAt deregisteredAt \
                    deleteRequestedAt registeredBy";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn a_null_is_left_out_with_a_notice_and_keeps_the_places() {
    let text = "{\"family\": \"a\", \"cpu\": null,\n \"containerDefinitions\": [{\"name\": \"x\", \"links\": null,\n \
                \"logConfiguration\": {\"logDriver\": \"awslogs\", \"options\": {\"a.b\": null}}},\n {\"command\": [null]}]}";
    let import = import(text).unwrap();
    let expected = json!({"family": "a", "containerDefinitions": [
        {"name": "x", "logConfiguration": {"logDriver": "awslogs", "options": {}}},
        {"command": [null]}
    ]});
    assert_eq!(import.input, expected);
    assert_eq!(
        told(&import.notices),
        [
            "line 1, column 17 | cpu | \"cpu\" is left out: it is null.",
            "line 2, column 41 | containerDefinitions[0].links | \"links\" is left out: it is null.",
            "line 3, column 59 | containerDefinitions[0].logConfiguration.options.a.b | \"a.b\" is left out: it is null.",
        ]
    );
    assert_eq!(
        told(&import.problems),
        ["line 4, column 15 | containerDefinitions[1].command[0] | Invalid type for parameter \
         containerDefinitions[1].command[0], value: None, type: <class 'NoneType'>, valid types: <class 'str'>"]
    );
}

#[test]
fn what_does_not_fit_is_a_problem_at_its_place() {
    for (text, problems) in [
        (
            r#"{"family": "a", "containerDefinitions": [{"cpu": "256"}]}"#,
            vec![
                "line 1, column 50 | containerDefinitions[0].cpu | Invalid type for parameter \
                 containerDefinitions[0].cpu, value: 256, type: <class 'str'>, valid types: <class 'int'>",
            ],
        ),
        (
            r#"{"containerDefinitions": [{"ulimits": [{"name": "nofile", "softLimit": 1}]}]}"#,
            vec![
                "line 1, column 1 | family | Missing required parameter in input: \"family\"",
                "line 1, column 40 | containerDefinitions[0].ulimits[0].hardLimit | Missing required parameter in \
                 containerDefinitions[0].ulimits[0]: \"hardLimit\"",
            ],
        ),
        (
            r#"{"taskDefinition": {"family": "a", "containerDefinitions": [{"healthCheck": {"cmd": 1, "command": []}}]}}"#,
            vec![
                "line 1, column 78 | containerDefinitions[0].healthCheck.cmd | Unknown parameter in \
                 containerDefinitions[0].healthCheck: \"cmd\", must be one of: command, interval, timeout, retries, \
                 startPeriod",
            ],
        ),
        (
            r#"{"family": "a", "containerDefinitions": [], "family": "b"}"#,
            vec!["line 1, column 45 | family | This member stands at line 1, column 2 already: keep one of the two."],
        ),
        (
            r#"{"taskDefinition": {"family": "a", "containerDefinitions": [], "networkMode": "Bridge", "cpu": "1", "cpu": "2"}}"#,
            vec![
                "line 1, column 79 | networkMode | networkMode: \"Bridge\" is not valid. Valid values: bridge, host, \
                 awsvpc, none",
                "line 1, column 101 | cpu | This member stands at line 1, column 89 already: keep one of the two.",
            ],
        ),
        (
            r#"{"tags": [{"key": ""}], "taskDefinition": {"family": "a", "containerDefinitions": []}}"#,
            vec![
                "line 1, column 19 | tags[0].key | Invalid length for parameter tags[0].key, value: 0, valid min \
                  length: 1",
            ],
        ),
        (
            r#"{"taskDefinition": {"family": "a", "containerDefinitions": [], "tags": []}, "tags": [], "cpu": "1"}"#,
            vec![
                "line 1, column 77 | tags | \"tags\" stands beside the wrapping \"taskDefinition\" and within it: keep \
                 one.",
                "line 1, column 89 | cpu | \"cpu\" stands beside the wrapping \"taskDefinition\": move it in or remove \
                 it.",
            ],
        ),
        (
            "[]",
            vec![
                "line 1, column 1 |  | Invalid type for parameter input, value: [], type: <class 'list'>, valid types: \
                  <class 'dict'>",
            ],
        ),
    ] {
        assert_eq!(told(&import(text).unwrap().problems), problems, "{text}");
    }
}

#[test]
fn a_text_that_is_not_json_is_refused_at_its_place() {
    let error = import("{\"family\": \"a\",\n  \"memory\": <memory>}").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 13: Expected a value, found `<`");
}

#[test]
fn a_wrapper_that_is_no_object_is_an_unknown_member() {
    let import = import(r#"{"taskDefinition": "web:3"}"#).unwrap();
    assert!(!import.unwrapped);
    assert_eq!(import.problems[0].path, "family");
    assert!(import.problems[2].text.starts_with(r#"Unknown parameter in input: "taskDefinition", must be"#));
}

#[test]
fn a_flood_of_findings_is_counted() {
    let members: Vec<_> =
        (0..5_000).map(|n| format!("\"n{n}\":null")).chain((0..2_000).map(|n| format!("\"u{n}\":1"))).collect();
    let import = import(&format!("{{{}}}", members.join(","))).unwrap();
    for (findings, last) in [(&import.notices, "… and 4900 more."), (&import.problems, "… and 1902 more.")] {
        assert_eq!(findings.len(), MOST_FINDINGS + 1);
        assert_eq!(findings[MOST_FINDINGS].text, last);
    }
}

#[test]
fn a_long_wrong_value_is_cut_in_the_text() {
    let import = import(&format!(r#"{{"family": ["{}"], "containerDefinitions": []}}"#, "é".repeat(10_000))).unwrap();
    assert_eq!(import.problems[0].text.chars().count(), LONGEST_FINDING + 1);
}
