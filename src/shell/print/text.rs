//! `--output text`: values between tabs, names of lists in front (awscli's `text.py`).

use crate::aws::check::python;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A value as lines of text.
///
/// # Errors
/// The lines in front of what has no columns, and why that has none.
pub fn text(value: &Value) -> Result<String, (String, String)> {
    let mut out = String::new();
    match write(&mut out, value, None, None) {
        Ok(()) => Ok(out),
        Err(why) => Err((out, why)),
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn write(out: &mut String, value: &Value, name: Option<&str>, columns: Option<&[&str]>) -> Result<(), String> {
    match value {
        Value::Object(map) => object(out, map, name, columns),
        Value::Array(items) => list(out, items, name),
        scalar => {
            out.push_str(&python::text(scalar));
            out.push('\n');
            Ok(())
        }
    }
}

fn list(out: &mut String, items: &[Value], name: Option<&str>) -> Result<(), String> {
    if items.iter().any(Value::is_object) {
        let columns = columns(items)?;
        return items.iter().try_for_each(|item| write(out, item, name, Some(&columns)));
    }
    let scalars: Vec<&Value> = items.iter().filter(|item| is_scalar(item)).collect();
    if !scalars.is_empty() {
        scalar_list(out, &scalars, name);
    }
    items.iter().filter(|item| !is_scalar(item)).try_for_each(|item| write(out, item, name, None))
}

/// The columns that the maps of a list share. Errors: Python's, of an item that is none.
fn columns(items: &[Value]) -> Result<Vec<&str>, String> {
    let mut columns: Vec<&str> = Vec::new();
    for item in items {
        let map = item.as_object().ok_or_else(|| {
            let class = python::class(item).trim_start_matches("<class ").trim_end_matches('>');
            format!("{class} object has no attribute 'items'")
        })?;
        for (own, value) in map {
            if is_scalar(value) && !columns.contains(&own.as_str()) {
                columns.push(own);
            }
        }
    }
    crate::sim::order::sort_by(&mut columns, |left, right| left.cmp(right));
    Ok(columns)
}

fn scalar_list(out: &mut String, items: &[&Value], name: Option<&str>) {
    match name {
        Some(name) => {
            for item in items {
                out.push_str(&name.to_uppercase());
                out.push('\t');
                out.push_str(&python::text(item));
                out.push('\n');
            }
        }
        None => row(out, items.iter().map(|item| python::text(item)).collect()),
    }
}

fn row(out: &mut String, cells: Vec<String>) {
    out.push_str(&cells.join("\t"));
    out.push('\n');
}

fn object(
    out: &mut String,
    map: &Map<String, Value>,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> Result<(), String> {
    let mut names: Vec<&str> = map.keys().map(String::as_str).collect();
    crate::sim::order::sort_by(&mut names, |left, right| left.cmp(right));
    let get = |name: &str| map.get(name).unwrap_or(&Value::Null);
    let mut cells: Vec<String> = match columns {
        Some(columns) => columns.iter().map(|own| map.get(*own).map(python::text).unwrap_or_default()).collect(),
        None => names.iter().filter(|own| is_scalar(get(own))).map(|own| python::text(get(own))).collect(),
    };
    if !cells.is_empty() {
        if let Some(name) = name {
            cells.insert(0, name.to_uppercase());
        }
        row(out, cells);
    }
    for own in names {
        let below = match columns {
            Some(columns) => !columns.contains(&own),
            None => !is_scalar(get(own)),
        };
        if below {
            write(out, get(own), Some(own), None)?;
        }
    }
    Ok(())
}
