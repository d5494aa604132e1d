//! How Python prints a value, since botocore puts its values into its messages.

use super::Type;
use alloc::string::{String, ToString};
use core::fmt::Write as _;
use serde_json::Value;

/// `str(value)`: text as it is, everything else as [`repr`](repr) prints it.
pub(crate) fn text(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let mut out = String::new();
    repr(&mut out, value);
    out
}

/// `str(type(value))`.
pub(crate) fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}

/// The types that botocore's validator names for one of the model.
pub(super) fn wanted(wanted: Type) -> &'static str {
    match wanted {
        Type::Object => "<class 'dict'>",
        Type::List => "<class 'list'>, <class 'tuple'>",
        Type::String => "<class 'str'>",
        Type::Integer => "<class 'int'>",
        Type::Double => "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
        Type::Boolean => "<class 'bool'>",
        Type::Timestamp => "<class 'datetime.datetime'>, timestamp-string",
        Type::Blob => "<class 'bytes'>, <class 'bytearray'>, file-like object",
    }
}

/// `repr(value)`; the depth is that of the parsed text, which the parser limits.
fn repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => out.push_str(&float(number)),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                repr(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (place, (name, item)) in members.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                quoted(out, name);
                out.push_str(": ");
                repr(out, item);
            }
            out.push('}');
        }
    }
}

/// JSON and Python print the shortest digits; Python's exponent has a sign and two places. The JSON library's printer
/// is there anyway, the standard library's would come on top.
fn float(number: f64) -> String {
    let text = Value::from(number).to_string();
    match text.split_once('e') {
        Some((digits, power)) => {
            let power = power.trim_start_matches('+');
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
            alloc::format!("{digits}e{sign}{power:0>2}")
        }
        None => text,
    }
}

fn quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        // Writing to a text cannot fail.
        let _ = match c {
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            _ if c == quote => write!(out, "\\{c}"),
            _ if c.is_control() => write!(out, "\\x{:02x}", u32::from(c)),
            _ => out.write_char(c),
        };
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_python_prints_them() {
        for (value, shown) in [
            (json!("a 'b'"), "a 'b'"),
            (json!(null), "None"),
            (json!([true, false, null]), "[True, False, None]"),
            (json!({"a": "x", "b": {"c": []}}), "{'a': 'x', 'b': {'c': []}}"),
            (json!(["it's", "say \"hi\"", "both ' and \""]), r#"["it's", 'say "hi"', 'both \' and "']"#),
            (json!(["a\nb\t\\\u{1}é"]), r"['a\nb\t\\\x01é']"),
            (json!(256), "256"),
            (json!(-1), "-1"),
            (json!(1.0), "1.0"),
            (json!(0.5), "0.5"),
            (json!(1e16), "1e+16"),
            (json!(1.5e-7), "1.5e-07"),
            (json!(123456789012345.0), "123456789012345.0"),
            (json!(0.0001), "0.0001"),
            (json!(1e300), "1e+300"),
        ] {
            assert_eq!(text(&value), shown);
        }
    }

    #[test]
    fn a_value_has_pythons_class() {
        let classes = json!([null, true, 1, 1.5, "", [], {}]);
        let names: alloc::vec::Vec<_> = classes.as_array().unwrap().iter().map(class).collect();
        let expected = "<class 'NoneType'> <class 'bool'> <class 'int'> <class 'float'> <class 'str'> <class 'list'> \
                        <class 'dict'>";
        assert_eq!(names.join(" "), expected);
    }
}
