//! An answer in the format that was asked for.

use super::fail::Fail;
use super::globals::{Format, Globals};
use crate::aws::object::object;
use crate::shell::print;
use alloc::string::String;
use serde_json::{Map, Value};

/// What is printed of an answer.
///
/// # Errors
/// A query that does not fit, or rows that are no table.
pub(super) fn printed(
    globals: &Globals,
    format: Format,
    title: &str,
    pages: &[Value],
    whole: Value,
    resume: Option<String>,
) -> Result<String, Fail> {
    let search = |value: &Value| match &globals.query {
        Some(query) => query.search(value).map_err(Fail::Other),
        None => Ok(value.clone()),
    };
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    match format {
        Format::Off => Ok(String::new()),
        Format::Text => {
            let token = resume.map(|token| object!({ "NextToken": object!({ "NextToken": token }) }));
            let mut out = String::new();
            for page in pages.iter().chain(&token) {
                let (lines, fail) = match search(page).map(|own| print::text(&own)) {
                    Ok(Ok(lines)) => (lines, None),
                    Ok(Err((lines, why))) => (lines, Some(Fail::Other(why))),
                    Err(fail) => (String::new(), Some(fail)),
                };
                out.push_str(&lines);
                if let Some(fail) = fail {
                    return Err(fail.after(out));
                }
            }
            Ok(out)
        }
        Format::YamlStream => {
            let mut out = String::new();
            for page in pages {
                let own = search(page)?;
                if !is_empty(&own) {
                    out.push_str(&print::yaml(&Value::Array(alloc::vec![own])));
                }
            }
            Ok(out)
        }
        Format::Json | Format::Table | Format::Yaml => {
            let value = search(&whole)?;
            match format {
                Format::Table => print::table(title, &value).map_err(Fail::Other),
                _ if is_empty(&value) => Ok(String::new()),
                Format::Yaml => Ok(print::yaml(&value)),
                _ => Ok(print::pretty(&value) + "\n"),
            }
        }
    }
}
