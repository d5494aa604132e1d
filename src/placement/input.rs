//! `placementStrategy` and `placementConstraints` from API JSON, refused as AWS refuses them.

use super::query::Expression;
use super::request::{Constraint, Field, SpreadBy, Strategy};
use crate::aws::ApiError;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Strategies in one request at most (ST-01, ST-02).
pub const STRATEGY_LIMIT: usize = 5;
/// Constraints on one task at most, the task definition's included (CN-06).
pub const CONSTRAINT_LIMIT: usize = 10;
/// Characters in one expression at most (CN-06).
pub const EXPRESSION_LIMIT: usize = 2000;

/// Custom attributes of one instance at most (AT-04).
pub const CUSTOM_LIMIT: usize = 10;

/// Reads the member `placementStrategy`; null and `[]` are no strategy. Errors: ST-01, ST-11.
pub fn strategies_from(value: &Value) -> Result<Vec<Strategy>, ApiError> {
    let items = items(value, "placementStrategy")?;
    if items.len() > STRATEGY_LIMIT {
        return Err(
            ApiError::invalid(format!("Maximum number of strategies is {STRATEGY_LIMIT}")).at("placementStrategy")
        );
    }
    items.iter().enumerate().map(|(index, item)| strategy(item, &format!("placementStrategy[{index}]"))).collect()
}

/// Reads the member `placementConstraints` of a request; null and `[]` are no constraint. Errors: CN-02, CN-06.
pub fn constraints_from(value: &Value) -> Result<Vec<Constraint>, ApiError> {
    let items = items(value, "placementConstraints")?;
    if items.len() > CONSTRAINT_LIMIT {
        return Err(too_many_constraints());
    }
    items.iter().enumerate().map(|(index, item)| constraint(item, &format!("placementConstraints[{index}]"))).collect()
}

/// The constraints that bind one task: the task definition's, then the request's (CN-06, CN-07).
pub fn joined(definition: &[Constraint], request: &[Constraint]) -> Result<Vec<Constraint>, ApiError> {
    if definition.len() + request.len() > CONSTRAINT_LIMIT {
        return Err(too_many_constraints());
    }
    Ok(definition.iter().chain(request).cloned().collect())
}

/// Reads an expression and holds it to its length (CN-06, QL-15). `path` names the member for the error.
pub fn expression_from(text: &str, path: &str) -> Result<Rc<Expression>, ApiError> {
    if text.chars().count() > EXPRESSION_LIMIT {
        let message = format!("expression must have a length of at most {EXPRESSION_LIMIT} characters");
        return Err(ApiError::invalid(message).at(path).in_our_words());
    }
    match Expression::parse(text) {
        Ok(expression) => Ok(Rc::new(expression)),
        Err(error) => Err(ApiError::invalid(format!("{error}")).at(path).in_our_words()),
    }
}

fn strategy(item: &Value, path: &str) -> Result<Strategy, ApiError> {
    let kind = text(item, "type", path)?;
    let field = text(item, "field", path)?;
    let at = format!("{path}.field");
    match kind {
        // The lab reads CPU and MEMORY too, since describe output prints them so and gets pasted back.
        "binpack" if field.eq_ignore_ascii_case("cpu") => Ok(Strategy::Binpack(Field::Cpu)),
        "binpack" if field.eq_ignore_ascii_case("memory") => Ok(Strategy::Binpack(Field::Memory)),
        "binpack" => Err(ApiError::invalid(format!("binpack field '{field}' is invalid.")).at(at)),
        "random" if field.is_empty() => Ok(Strategy::Random),
        "random" => Err(ApiError::invalid("random field should not be specified").at(at)),
        "spread" => match (field, field.strip_prefix("attribute:")) {
            ("instanceId" | "host", _) => Ok(Strategy::Spread(SpreadBy::Instance)),
            (_, Some(name)) if is_attribute_name(name) => Ok(Strategy::Spread(SpreadBy::Attribute(String::from(name)))),
            _ => Err(ApiError::invalid(format!("spread field '{field}' is invalid.")).at(at).in_our_words()),
        },
        _ => Err(unknown_type(kind, "random, spread, binpack", path)),
    }
}

fn constraint(item: &Value, path: &str) -> Result<Constraint, ApiError> {
    let kind = text(item, "type", path)?;
    let expression = text(item, "expression", path)?;
    let at = format!("{path}.expression");
    match kind {
        "distinctInstance" if expression.is_empty() => Ok(Constraint::DistinctInstance),
        "distinctInstance" => Err(ApiError::invalid("distinctInstance expression should not be specified").at(at)),
        "memberOf" if expression.trim().is_empty() => {
            Err(ApiError::invalid("memberOf expression should be specified").at(at).in_our_words())
        }
        "memberOf" => expression_from(expression, &at).map(Constraint::MemberOf),
        _ => Err(unknown_type(kind, "distinctInstance, memberOf", path)),
    }
}

/// Attribute names: 1 to 128 letters, digits, and `- _ / \ .` (AT-03).
pub fn is_attribute_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '/' | '\\' | '.'))
}

/// Attribute values: 1 to 128 of those, `@`, `:` and inner spaces (AT-03).
pub fn is_attribute_value(value: &str) -> bool {
    let allowed = |sign: char| sign.is_ascii_alphanumeric() || "-_/\\.@: ".contains(sign);
    (1..=128).contains(&value.len()) && value.trim() == value && value.chars().all(allowed)
}

/// Whether an attribute is put by a person, not registered by the agent (AT-04 counts only these).
pub fn is_custom_attribute(name: &str) -> bool {
    !name.starts_with("ecs.") && !name.starts_with("com.amazonaws.ecs.")
}

fn too_many_constraints() -> ApiError {
    ApiError::invalid(format!("Maximum number of placement constraints is {CONSTRAINT_LIMIT}"))
        .at("placementConstraints")
        .in_our_words()
}

fn unknown_type(kind: &str, known: &str, path: &str) -> ApiError {
    let message = format!("type '{kind}' is invalid. Valid values: {known}");
    ApiError::invalid(message).at(format!("{path}.type")).in_our_words()
}

fn items<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], ApiError> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        _ => Err(ApiError::invalid(format!("{path} should be a list")).at(path).in_our_words()),
    }
}

/// A member that is a text; absent is the empty text.
fn text<'a>(item: &'a Value, member: &str, path: &str) -> Result<&'a str, ApiError> {
    match item.get(member) {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) if item.is_object() => Ok(""),
        _ => Err(ApiError::invalid(format!("{path}.{member} should be a string"))
            .at(format!("{path}.{member}"))
            .in_our_words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn strategies() {
        for (value, outcome) in [
            (json!(null), ""),
            (json!([]), ""),
            (json!([{"type": "random"}]), "random"),
            (json!([{"type": "random", "field": ""}]), "random"),
            (json!([{"type": "spread", "field": "host"}]), "spread instance"),
            (json!([{"type": "spread", "field": "attribute:ecs.instance-type"}]), "spread ecs.instance-type"),
            (
                json!([{"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "MEMORY"}]),
                "spread AZ, then binpack memory",
            ),
        ] {
            let expected = if outcome.is_empty() { "no strategy" } else { outcome };
            let strategies = strategies_from(&value).unwrap_or_else(|error| panic!("{value}: {error}"));
            assert_eq!(super::super::request::chain_words(&strategies), expected, "{value}");
        }
    }

    #[test]
    fn st_01_st_11_refused_strategies() {
        let six = Value::Array(alloc::vec![json!({"type": "random"}); 6]);
        for (rule, value, message, path, ours) in [
            (
                "ST-01",
                json!([{"type": "binpack", "field": "disk"}]),
                "binpack field 'disk' is invalid.",
                "placementStrategy[0].field",
                false,
            ),
            (
                "ST-01",
                json!([{"type": "binpack"}]),
                "binpack field '' is invalid.",
                "placementStrategy[0].field",
                false,
            ),
            (
                "ST-01",
                json!([{"type": "random", "field": "cpu"}]),
                "random field should not be specified",
                "placementStrategy[0].field",
                false,
            ),
            ("ST-01", six, "Maximum number of strategies is 5", "placementStrategy", false),
            (
                "ST-11",
                json!([{"type": "random"}, {"type": "spread", "field": "ecs.availability-zone"}]),
                "spread field 'ecs.availability-zone' is invalid.",
                "placementStrategy[1].field",
                true,
            ),
            ("ST-11", json!([{"type": "spread"}]), "spread field '' is invalid.", "placementStrategy[0].field", true),
            (
                "ST-11",
                json!([{"type": "spread", "field": "attribute:"}]),
                "spread field 'attribute:' is invalid.",
                "placementStrategy[0].field",
                true,
            ),
            (
                "type",
                json!([{"type": "Spread", "field": "host"}]),
                "type 'Spread' is invalid. Valid values: random, spread, binpack",
                "placementStrategy[0].type",
                true,
            ),
            ("shape", json!({"type": "random"}), "placementStrategy should be a list", "placementStrategy", true),
            (
                "shape",
                json!(["random"]),
                "placementStrategy[0].type should be a string",
                "placementStrategy[0].type",
                true,
            ),
            (
                "shape",
                json!([{"type": 7}]),
                "placementStrategy[0].type should be a string",
                "placementStrategy[0].type",
                true,
            ),
        ] {
            let error = strategies_from(&value).expect_err(rule);
            assert_eq!((error.message.as_str(), error.path.as_str(), error.ours), (message, path, ours), "{rule}");
            assert_eq!(error.code, "InvalidParameterException", "{rule}");
        }
    }

    #[test]
    fn constraints() {
        let value = json!([{"type": "distinctInstance", "expression": ""}, {"type": "memberOf", "expression": "attribute:stack==prod"}]);
        let words: Vec<String> = constraints_from(&value).unwrap().iter().map(Constraint::to_string).collect();
        assert_eq!(words, ["type=distinctInstance", "type=memberOf,expression=attribute:stack == prod"]);
        assert_eq!(constraints_from(&json!(null)), Ok(Vec::new()));
    }

    #[test]
    fn cn_02_cn_06_refused_constraints() {
        let eleven = Value::Array(alloc::vec![json!({"type": "distinctInstance"}); 11]);
        let long = format!("attribute:stack == {}", "x".repeat(1982));
        for (rule, value, message, path, ours) in [
            (
                "CN-02",
                json!([{"type": "distinctInstance", "expression": "a"}]),
                "distinctInstance expression should not be specified",
                "placementConstraints[0].expression",
                false,
            ),
            ("CN-06", eleven, "Maximum number of placement constraints is 10", "placementConstraints", true),
            (
                "CN-06",
                json!([{"type": "memberOf", "expression": long}]),
                "expression must have a length of at most 2000 characters",
                "placementConstraints[0].expression",
                true,
            ),
            (
                "memberOf",
                json!([{"type": "memberOf"}]),
                "memberOf expression should be specified",
                "placementConstraints[0].expression",
                true,
            ),
            (
                "QL-15",
                json!([{"type": "memberOf", "expression": "agentConnected > true"}]),
                "Operator '>' is not supported for subject 'agentConnected'",
                "placementConstraints[0].expression",
                true,
            ),
            (
                "type",
                json!([{"type": "memberof", "expression": "x"}]),
                "type 'memberof' is invalid. Valid values: distinctInstance, memberOf",
                "placementConstraints[0].type",
                true,
            ),
        ] {
            let error = constraints_from(&value).expect_err(rule);
            assert_eq!((error.message.as_str(), error.path.as_str(), error.ours), (message, path, ours), "{rule}");
        }
        let exact = json!([{"type": "memberOf", "expression": format!("attribute:stack == {}", "x".repeat(1981))}]);
        assert!(constraints_from(&exact).is_ok(), "CN-06: 2,000 characters are allowed");
        let six = alloc::vec![Constraint::DistinctInstance; 6];
        assert_eq!(joined(&six, &six[..4]).map(|all| all.len()), Ok(10));
        assert!(joined(&six, &six[..5]).is_err(), "CN-06: definition and request together");
    }
}
