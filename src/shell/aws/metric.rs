//! What the command line adds to `put-metric-data`: the options of one metric in the stead of `--metric-data`.

use super::fail::Fail;
use super::parser::{int, repr};
use crate::aws::object::object;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The options, in awscli's order.
pub(super) const OPTIONS: [&str; 7] =
    ["metric-name", "timestamp", "unit", "value", "dimensions", "statistic-values", "storage-resolution"];

/// Puts what the options say into the first datum.
///
/// # Errors
/// `--metric-data` beside them; pairs and numbers that are none.
pub(super) fn own(input: &mut Map<String, Value>, given: &[(&str, String)]) -> Result<(), Fail> {
    let given: Vec<_> = given.iter().filter(|(own, _)| OPTIONS.contains(own)).collect();
    let excluded = given.iter().find(|(own, _)| *own != "storage-resolution");
    if let Some((name, _)) = excluded.filter(|_| input.contains_key("MetricData")) {
        return Err(Fail::Validation(format!(
            "The key \"{}\" cannot be specified when one of the following keys are also specified: metric_data",
            name.replace('-', "_")
        )));
    }
    if given.is_empty() {
        return Ok(());
    }
    let data = input.entry("MetricData").or_insert_with(|| alloc::vec![object!({})].into());
    let Some(datum) = data.get_mut(0) else { return Err(Fail::Other("list index out of range".into())) };
    for (name, word) in given {
        let (member, value) = match *name {
            "metric-name" => ("MetricName", Value::from(word.as_str())),
            "timestamp" => ("Timestamp", Value::from(word.as_str())),
            "unit" => ("Unit", Value::from(word.as_str())),
            "value" => ("Value", number(word, "Value")?),
            "dimensions" => {
                let all = pairs(word)?.into_iter().map(|(name, value)| object!({ "Name": name, "Value": value }));
                ("Dimensions", all.collect())
            }
            "statistic-values" => {
                let mut set = Map::new();
                for (name, word) in pairs(word)? {
                    set.insert(name.to_string(), number(&word, "StatisticValues")?);
                }
                ("StatisticValues", set.into())
            }
            _ => {
                let wrong = || Fail::Other(format!("invalid literal for int() with base 10: {}", repr(word)));
                ("StorageResolution", int(word).ok_or_else(wrong)?.into())
            }
        };
        datum[member] = value;
    }
    Ok(())
}

/// `NAME=VALUE,NAME=VALUE`; quotes around a value keep its commas.
fn pairs(word: &str) -> Result<Vec<(String, String)>, Fail> {
    let (mut parts, mut quote) = (alloc::vec![String::new()], None);
    let mut signs = word.chars();
    while let Some(sign) = signs.next() {
        let Some(part) = parts.last_mut() else { break };
        match (sign, quote) {
            ('\\', _) => part.extend(signs.next()),
            (sign, Some(open)) if sign == open => quote = None,
            ('"' | '\'', None) => quote = Some(sign),
            (',', None) => parts.push(String::new()),
            _ => part.push(sign),
        }
    }
    if quote.is_some() {
        return Err(Fail::Other(word.to_string()));
    }
    let pair = |part: &String| match part.split('=').collect::<Vec<_>>().as_slice() {
        [name, value] => Ok((name.to_string(), value.to_string())),
        [_] => Err(Fail::Other("not enough values to unpack (expected 2, got 1)".into())),
        _ => Err(Fail::Other("too many values to unpack (expected 2)".into())),
    };
    parts.iter().map(pair).collect()
}

/// A decimal number of Python. One that is not finite is refused by CloudWatch.
fn number(word: &str, member: &str) -> Result<Value, Fail> {
    let wrong = |_| Fail::Other("[<class 'decimal.ConversionSyntax'>]".into());
    let number = word.trim().replace('_', "").parse::<f64>().map_err(wrong)?;
    if number.is_finite() {
        return Ok(number.into());
    }
    let why = format!("The value {} for parameter MetricData.member.1.{member} is invalid.", word.trim());
    Err(Fail::Service("cloudwatch", "InvalidParameterValue".into(), "PutMetricData".into(), why))
}
