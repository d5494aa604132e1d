//! Issue 4, "Bad input", for every operation of every table: what the operation takes at least, and each member of that bent
//! in every way. An error of the operation or of the shape, and nothing changed; or an answer that holds to
//! the model. [`super::bad_input`] asks more of ECS.

use super::strict::world;
use ecs_lab::aws::check;
use ecs_lab::aws::model::{self, Kind, Operation, Shape};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// The least that a shape takes.
fn least(shape: Shape) -> Value {
    match shape.kind() {
        Kind::Structure { members, union } => {
            let wanted = members.iter().enumerate().filter(|(at, own)| own.required || *union && *at == 0);
            wanted.map(|(_, own)| (own.name.to_string(), least(own.shape))).collect()
        }
        Kind::List { item, length } => json!(vec![least(*item); length.min.unwrap_or(1).max(1) as usize]),
        Kind::Map { .. } => json!({}),
        Kind::String { allowed, length, .. } => match allowed.first() {
            Some(first) => json!(first),
            None => json!("a".repeat(length.min.unwrap_or(1).max(1) as usize)),
        },
        Kind::Integer(bounds) | Kind::Long(bounds) | Kind::Double(bounds) => json!(bounds.min.unwrap_or(1)),
        Kind::Boolean => json!(true),
        Kind::Timestamp => json!(1_767_603_600),
        Kind::Blob => json!("YQ=="),
        Kind::Unsimulated => Value::Null,
    }
}

/// What stands in place of a value.
fn bent() -> Vec<Value> {
    let arn = "arn:aws:ecs:us-east-1:999999999999:cluster/prod";
    let texts = ["", " ", "\u{e9}\u{1F600}\u{202e}\u{0}", "../../etc", arn, "arn:", "e30="].map(Value::from);
    let mut all =
        vec![json!(null), json!({}), json!([]), json!(-1), json!(0), json!(1.5), json!(i64::MAX), json!(true)];
    all.extend(texts.iter().cloned());
    all.extend([json!([""]), json!([arn])]);
    all
}

/// What is far too long: as many items, or as many letters.
fn long(value: &Value) -> Value {
    match value.as_array() {
        Some(list) => json!(vec![list.first().cloned().unwrap_or(json!("a")); 10_000]),
        None => json!("x".repeat(10_000)),
    }
}

/// The codes of shapes, those that every service of the Query protocol may give, of what is not simulated, and of callers that may not.
const OF_ALL: [&str; 9] = [
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "MissingParameter",
    "ParamValidation",
    "ValidationException",
    "ValidationError",
    "UnsupportedFeatureException",
    "AccessDeniedException",
    "AccessDenied",
];

/// The model of S3 names few of its errors.
const OF_S3: [&str; 7] = [
    "EntityTooLarge",
    "IllegalLocationConstraintException",
    "InvalidArgument",
    "InvalidBucketName",
    "KeyTooLongError",
    "NoSuchBucket",
    "NoSuchKey",
];

/// Whether the input is taken. What is refused must leave the lab as it is: that lab is asked again.
fn ask(lab: &mut Lab, operation: &Operation, input: Value) -> bool {
    let revision = lab.revision();
    let mut asked = lab.fork();
    let call = ApiCall::new(operation.service, operation.name, input);
    let input = call.input.clone();
    let name = || {
        let shown: String = input.to_string().chars().take(200).collect();
        format!("{}.{} {shown}", operation.service, operation.name)
    };
    match asked.apply(Command::Api(call)) {
        Ok(outcome) => {
            // An output without members is answered by nothing, or by an empty object.
            if operation.output.members().is_empty() {
                let empty = outcome.reply.is_null() || outcome.reply == json!({});
                assert!(empty, "{} answers {}", name(), outcome.reply);
                return true;
            }
            let faults = check::check_shape(operation.output, &outcome.reply);
            assert!(faults.is_empty(), "{}: {faults:?}", name());
            true
        }
        Err(error) => {
            let code = error.code.as_ref();
            let known = operation.errors.contains(&code)
                || OF_ALL.contains(&code)
                || operation.errors.is_empty()
                || (operation.service == "s3" && OF_S3.contains(&code));
            assert!(known, "{}: {error}, not one of {:?}", name(), operation.errors);
            // Systems Manager leaves it at the code.
            assert!(!error.message.is_empty() || code == "ParameterNotFound", "{}", name());
            assert_eq!(asked.revision(), revision, "{}: refused, and nothing changed", name());
            *lab = asked;
            false
        }
    }
}

#[test]
fn every_operation_of_every_service_survives_every_member() {
    let mut lab = world().lab;
    let target = json!({
        "Id": "a", "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
        "RoleArn": "arn:aws:iam::123456789012:role/ecsEventsRole", "EcsParameters": { "TaskDefinitionArn": "web" },
    });
    for (operation, input) in [
        ("PutRule", json!({ "Name": "a", "ScheduleExpression": "rate(1 day)" })),
        ("PutTargets", json!({ "Rule": "a", "Targets": [target] })),
    ] {
        lab.apply(Command::Api(ApiCall::new("events", operation, input))).unwrap();
    }
    let digest = lab.digest();
    let (mut asked, mut refused) = (0, 0);
    let mut count = |taken: bool| {
        asked += 1;
        refused += u32::from(!taken);
    };
    for operation in model::services().filter(|service| *service != "ecs").flat_map(model::operations) {
        let base = least(operation.input);
        count(ask(&mut lab, operation, base.clone()));
        for whole in [json!({}), json!([]), json!(null), json!("x"), json!({ "unknown": 1 })] {
            count(ask(&mut lab, operation, whole));
        }
        for member in operation.input.members() {
            let own = if base[member.name].is_null() { least(member.shape) } else { base[member.name].clone() };
            for value in bent().into_iter().chain([long(&own)]) {
                let mut input = base.clone();
                input[member.name] = value;
                count(ask(&mut lab, operation, input));
            }
        }
        assert_eq!(lab.digest(), digest, "{}.{}: refused, and nothing changed", operation.service, operation.name);
    }
    assert!(asked > 1000 && refused * 2 > asked, "{refused} of {asked} refused");
}
