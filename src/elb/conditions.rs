//! The conditions of rules, checked and completed as the service answers them.

use super::words::{invalid, joined, ours, text};
use crate::aws::ApiError;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Each field with the member that holds its values, and how long a value may be.
const FIELDS: [(&str, &str, usize); 6] = [
    ("path-pattern", "PathPatternConfig", 128),
    ("host-header", "HostHeaderConfig", 128),
    ("http-header", "HttpHeaderConfig", 128),
    ("http-request-method", "HttpRequestMethodConfig", 40),
    ("query-string", "QueryStringConfig", 128),
    ("source-ip", "SourceIpConfig", 43),
];

/// Values of all conditions of one rule, and wildcards of one rule (service quotas).
const MOST_VALUES: usize = 5;
const MOST_WILDCARDS: usize = 6;

/// The conditions given, complete.
pub fn read(given: &Value) -> Result<Value, ApiError> {
    let given = given.as_array().map(Vec::as_slice).unwrap_or_default();
    if given.is_empty() {
        return Err(ours("A condition must be specified").at("Conditions"));
    }
    let (mut values, mut wildcards, mut read) = (0, 0, Vec::new());
    for (index, condition) in given.iter().enumerate() {
        let path = alloc::format!("Conditions[{index}]");
        let (own, count, wild) = one(condition).map_err(|error| error.at(path.clone()))?;
        let single = |field: &Value| !matches!(field.as_str(), Some("http-header" | "query-string"));
        let again = given.iter().take(index).any(|other| other["Field"] == condition["Field"]);
        if again && single(&condition["Field"]) {
            let message = joined(&["A rule can only have one '", text(condition, "Field"), "' condition"]);
            return Err(ours(message).at(path));
        }
        (values, wildcards) = (values + count, wildcards + wild);
        read.push(own);
    }
    if values > MOST_VALUES {
        return Err(ours("A rule can have at most 5 condition values").at("Conditions"));
    }
    if wildcards > MOST_WILDCARDS {
        return Err(ours("A rule can have at most 6 wildcards").at("Conditions"));
    }
    Ok(Value::Array(read))
}

/// One condition with its number of values and wildcards.
fn one(condition: &Value) -> Result<(Value, usize, usize), ApiError> {
    let field = text(condition, "Field");
    let Some((_, member, longest)) = FIELDS.iter().find(|(own, ..)| *own == field) else {
        let valid = FIELDS.map(|(own, ..)| own).join(",");
        return Err(invalid(joined(&["Condition field '", field, "' must be one of '[", &valid, "]'"])));
    };
    let short = matches!(field, "path-pattern" | "host-header");
    let (config, plain) = (&condition[*member], &condition["Values"]);
    if let Some((_, other, _)) = FIELDS.iter().find(|(_, other, _)| other != member && !condition[*other].is_null()) {
        return Err(ours(joined(&["'", other, "' is not compatible with '", field, "'"])));
    }
    if !condition["RegexValues"].is_null() || !config["RegexValues"].is_null() {
        return Err(ApiError::not_simulated("conditions with regular expressions"));
    }
    if !plain.is_null() && !short {
        return Err(invalid(joined(&["The 'Values' field is not compatible with '", field, "'"])));
    }
    if !plain.is_null() && !config.is_null() {
        let message = ["You cannot provide both Values and '", member, "' for a condition of type '", field, "'"];
        return Err(invalid(joined(&message)));
    }
    if config.is_null() && !short {
        return Err(invalid(joined(&["A '", member, "' must be specified with '", field, "'"])));
    }
    let listed = if plain.is_null() { &config["Values"] } else { plain };
    let values = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    if values.is_empty() {
        return Err(invalid("A condition value must be specified"));
    }
    if !plain.is_null() && values.len() > 1 {
        return Err(invalid(joined(&["The '", field, "' field contains too many values; the limit is '1'"])));
    }
    let mut wildcards = 0;
    for value in values {
        wildcards += value_of(field, value, *longest)?;
    }
    if field == "http-header" {
        let name = text(config, "HttpHeaderName");
        if name.chars().count() > 40 {
            return Err(invalid("The 'HttpHeaderName' value is too long; the limit is '40'"));
        }
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) || name.eq_ignore_ascii_case("host") {
            return Err(ours("The 'HttpHeaderName' must be the name of a header, and not of the host header"));
        }
    }
    let mut complete = condition.clone();
    if let (true, Some(map)) = (short, complete.as_object_mut()) {
        map.insert("Values".to_string(), listed.clone());
        map.insert(member.to_string(), json!({ "Values": listed }));
    }
    Ok((complete, values.len(), wildcards))
}

/// Checks one value, and counts its wildcards.
fn value_of(field: &str, value: &Value, longest: usize) -> Result<usize, ApiError> {
    let too_long = |what: &str| {
        invalid(joined(&["The '", what, "' value is too long; the limit is '", &longest.to_string(), "'"]))
    };
    if field == "query-string" {
        let Some(own) = value["Value"].as_str() else {
            return Err(invalid("A 'Value' must be specified in 'QueryStringKeyValuePair'"));
        };
        let key = text(value, "Key");
        for (what, text) in [("Key", key), ("Value", own)] {
            if text.chars().count() > longest {
                return Err(too_long(what));
            }
        }
        return Ok(wildcards(key) + wildcards(own));
    }
    let own = value.as_str().unwrap_or_default();
    if own.chars().count() > longest {
        return Err(too_long(field));
    }
    let among = |more: &[u8]| own.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte));
    let fine = match field {
        "path-pattern" => among(b"_-.$/~\"'@:+&*?"),
        "host-header" => among(b"-.*?"),
        "http-request-method" => {
            if !own.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_')) || own.is_empty() {
                let message =
                    "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore";
                return Err(invalid(message));
            }
            return Ok(0);
        }
        "source-ip" => {
            if crate::ec2::cidr::Cidr::parse(own).is_none() && !own.contains("::") {
                return Err(ours(joined(&["The 'source-ip' value '", own, "' must be in CIDR format"])));
            }
            return Ok(0);
        }
        _ => true,
    };
    if own.is_empty() || !fine {
        return Err(ours(joined(&["The '", field, "' value '", own, "' contains characters that are not valid"])));
    }
    Ok(wildcards(own))
}

fn wildcards(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count()
}
