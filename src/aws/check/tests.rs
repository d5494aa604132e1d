use super::*;
use crate::aws::model::operation;
use alloc::vec;
use proptest::prelude::*;
use serde_json::json;

fn found(name: &str, input: &str) -> Vec<InputError> {
    let value: Value = serde_json::from_str(input).unwrap();
    check(operation("ecs", name).unwrap(), &value)
}

/// The findings that the command line makes by itself, as it prints them (section 6.2 of the CLI reference).
fn printed(name: &str, input: &str) -> Vec<String> {
    found(name, input).iter().filter(|error| error.client_side()).map(ToString::to_string).collect()
}

#[test]
fn findings_read_and_stand_as_botocore_prints_them() {
    let container = |members: &str| alloc::format!(r#"{{"family":"a","containerDefinitions":[{{{members}}}]}}"#);
    for (name, input, expected) in [
        (
            "RegisterTaskDefinition",
            "{}".to_string(),
            vec![
                r#"Missing required parameter in input: "family""#,
                r#"Missing required parameter in input: "containerDefinitions""#,
            ],
        ),
        (
            "RegisterTaskDefinition",
            r#"[1,"a"]"#.to_string(),
            vec![
                "Invalid type for parameter input, value: [1, 'a'], type: <class 'list'>, valid types: <class 'dict'>",
            ],
        ),
        (
            "RegisterTaskDefinition",
            r#"{"containerDefinitions":[{"cpu":"256"}],"family":5,"tags":[{"key":"","value":""}]}"#.to_string(),
            vec![
                "Invalid type for parameter containerDefinitions[0].cpu, value: 256, type: <class 'str'>, valid types: \
                 <class 'int'>",
                "Invalid type for parameter family, value: 5, type: <class 'int'>, valid types: <class 'str'>",
                "Invalid length for parameter tags[0].key, value: 0, valid min length: 1",
            ],
        ),
        (
            "RegisterTaskDefinition",
            r#"{"family":null,"containerDefinitions":[{"healthCheck":{}},7]}"#.to_string(),
            vec![
                "Invalid type for parameter family, value: None, type: <class 'NoneType'>, valid types: <class 'str'>",
                r#"Missing required parameter in containerDefinitions[0].healthCheck: "command""#,
                "Invalid type for parameter containerDefinitions[1], value: 7, type: <class 'int'>, valid types: \
                 <class 'dict'>",
            ],
        ),
        (
            "RegisterTaskDefinition",
            container(r#""portMappings":{"containerPort":80},"dockerLabels":{"a.b":1,"c":"d"},"command":["a",["b"]]"#),
            vec![
                "Invalid type for parameter containerDefinitions[0].portMappings, value: {'containerPort': 80}, type: \
                 <class 'dict'>, valid types: <class 'list'>, <class 'tuple'>",
                "Invalid type for parameter containerDefinitions[0].dockerLabels.a.b, value: 1, type: <class 'int'>, \
                 valid types: <class 'str'>",
                "Invalid type for parameter containerDefinitions[0].command[1], value: ['b'], type: <class 'list'>, \
                 valid types: <class 'str'>",
            ],
        ),
        (
            "RegisterTaskDefinition",
            container(r#""resourceRequirements":[{"type":"GPU","value":"1","sharingStrategy":{}}]"#),
            vec![
                "Must set one of the following keys for tagged unionstructure \
                 containerDefinitions[0].resourceRequirements[0].sharingStrategy: nvidiaMps.",
            ],
        ),
        (
            "RegisterTaskDefinition",
            container(r#""resourceRequirements":[{"type":"GPU","sharingStrategy":{"nvidiaMps":{"memory":0},"x":1}}]"#),
            vec![
                "Invalid number of parameters set for tagged union structure \
                 containerDefinitions[0].resourceRequirements[0].sharingStrategy. Can only set one of the following \
                 keys: nvidiaMps.",
                "Unknown parameter in containerDefinitions[0].resourceRequirements[0].sharingStrategy: \"x\", must be \
                 one of: nvidiaMps",
                "Invalid value for parameter \
                 containerDefinitions[0].resourceRequirements[0].sharingStrategy.nvidiaMps.memory, value: 0, valid min \
                 value: 1",
            ],
        ),
        ("RegisterTaskDefinition", container(r#""memory":true"#), vec![]),
        ("RegisterTaskDefinition", r#"{"family":"a","containerDefinitions":[]}"#.to_string(), vec![]),
        (
            "RunTask",
            r#"{"taskDefinition":"a","networkConfiguration":{"awsvpcConfig":{}}}"#.to_string(),
            vec![r#"Unknown parameter in networkConfiguration: "awsvpcConfig", must be one of: awsvpcConfiguration"#],
        ),
        (
            "RunTask",
            r#"{"taskDefinition":"a","capacityProviderStrategy":[{"weight":-1,"base":200000}]}"#.to_string(),
            vec![
                r#"Missing required parameter in capacityProviderStrategy[0]: "capacityProvider""#,
                "Invalid value for parameter capacityProviderStrategy[0].weight, value: -1, valid min value: 0",
            ],
        ),
        ("ListTasks", r#"{"launchType":"SPOT"}"#.to_string(), vec![]),
    ] {
        assert_eq!(printed(name, &input), expected, "{name} {input}");
    }
}

#[test]
fn the_service_checks_what_the_command_line_lets_through() {
    let long_key = "k".repeat(129);
    let tags = alloc::format!(r#"{{"taskDefinition":"a","tags":[{{"key":"{long_key}","value":"a,b"}}]}}"#);
    for (name, input, expected) in [
        (
            "ListTasks",
            r#"{"launchType":"SPOT"}"#,
            vec![r#"launchType: "SPOT" is not valid. Valid values: EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES"#],
        ),
        (
            "RunTask",
            &tags,
            vec![
                "tags[0].key: a length of 129 is more than 128",
                r#"tags[0].value: "a,b" does not match ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"#,
            ],
        ),
        (
            "RunTask",
            r#"{"taskDefinition":"a","capacityProviderStrategy":[{"capacityProvider":"c","base":200000}]}"#,
            vec!["capacityProviderStrategy[0].base: 200000 is more than 100000"],
        ),
        (
            "RunTask",
            r#"{"taskDefinition":"a","count":99999999999}"#,
            vec!["count: 99999999999 does not fit a whole number of 32 bits"],
        ),
        (
            "RunTask",
            r#"{"taskDefinition":"a","count":true}"#,
            vec!["Invalid type for parameter count, value: True, type: <class 'bool'>, valid types: <class 'int'>"],
        ),
    ] {
        let errors = found(name, input);
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        for error in errors {
            assert!(!error.client_side(), "{error}");
            let refusal = error.refusal();
            assert_eq!(
                (refusal.code.as_ref(), refusal.path.as_str(), refusal.ours),
                ("InvalidParameterException", error.path.as_str(), true)
            );
        }
    }
}

#[test]
fn a_path_names_the_member_at_fault() {
    let errors = found("RegisterTaskDefinition", r#"{"containerDefinitions":[{"a.b":1}],"x":2}"#);
    let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, ["family", "x", "containerDefinitions[0].a.b"]);
    assert!(errors[2].to_string().starts_with(r#"Unknown parameter in containerDefinitions[0]: "a.b", must be"#));
    let refusal = errors[0].refusal();
    assert_eq!(refusal.code, "ParamValidation");
    assert_eq!(refusal.message, "Parameter validation failed:\nMissing required parameter in input: \"family\"");
}

#[test]
fn a_member_that_the_lab_does_not_simulate_is_named() {
    let run = operation("ec2", "RunInstances").unwrap();
    let errors = check(run, &json!({"MinCount": 1, "MaxCount": 1, "KernelId": "k", "Placement": {"Tenancy": "host"}}));
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["ECS Lab does not simulate KernelId.", "ECS Lab does not simulate Placement.Tenancy."]);
    assert_eq!(errors[0].refusal().code, "UnsupportedFeatureException");
}

#[test]
fn a_moment_is_a_number_or_iso_8601() {
    let created = operation("ecs", "DescribeTasks").unwrap().output.at("tasks[0].createdAt").unwrap();
    for (value, fits) in [
        (json!(1767603600.5), true),
        (json!("2026-01-05T09:00:00Z"), true),
        (json!("soon"), false),
        (json!(null), false),
        (json!(true), false),
    ] {
        assert_eq!(check_shape(created, &value).is_empty(), fits, "{value}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-z.]{0,4}",
        Just("family".to_string()),
        Just("containerDefinitions".to_string()),
        Just("tags".to_string()),
        Just("key".to_string()),
        Just("cpu".to_string()),
        Just("dockerLabels".to_string()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// No value panics, every finding can be printed, and who refuses it decides whose words it has.
    #[test]
    fn any_value_is_checked(value in any_json()) {
        for error in check(operation("ecs", "RegisterTaskDefinition").unwrap(), &value) {
            prop_assert!(!error.to_string().is_empty());
            prop_assert_eq!(error.refusal().ours, !error.client_side());
        }
    }
}
