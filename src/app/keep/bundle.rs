//! Work as one file: the lab's log and the cards' progress together, and every file the lab may be given back.

use serde_json::{Map, Value, json};

/// The kind of a file with everything in it.
const WORK: &str = "ecs-lab-work";
/// The kind of the file that the crash screen offers.
const REPORT: &str = "ecs-lab-report";
/// The version of the file this page writes.
const FORMAT: u64 = 1;

/// Work in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// The lab's log as [`ecs_lab::lab`] saves it.
    pub log: Option<String>,
    /// The cards' progress.
    pub progress: Option<String>,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// A file with everything, or a crash report.
    Work(Bundle),
    /// Something else that is JSON: a lab's log by itself, or what the lab cannot use.
    Other(String),
}

/// Packs work into one file. Texts that are JSON go in as JSON, so that the file can be read by people and tools.
pub fn pack(bundle: &Bundle) -> String {
    let mut file = Map::new();
    file.insert("kind".into(), WORK.into());
    file.insert("format".into(), FORMAT.into());
    for (name, text) in [("log", &bundle.log), ("progress", &bundle.progress)] {
        if let Some(text) = text {
            file.insert(name.into(), serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        }
    }
    serde_json::to_string_pretty(&Value::Object(file)).unwrap_or_default()
}

/// Reads a file. The error is a sentence for the reader.
pub fn open_file(text: &str) -> Result<Opened, String> {
    let text = super::unwrapped(text);
    let value: Value = serde_json::from_str(text).map_err(|error| {
        format!("This file is not JSON: line {}, column {}: {error}.", error.line(), error.column())
    })?;
    match value.get("kind").and_then(Value::as_str) {
        Some(WORK) => {
            let format = value.get("format").and_then(Value::as_u64).unwrap_or(0);
            if format != FORMAT {
                return Err(format!(
                    "This file has format {format}; this lab reads format {FORMAT}. A newer lab may have written it: reload the page."
                ));
            }
            Ok(Opened::Work(Bundle { log: part(&value, "log"), progress: part(&value, "progress") }))
        }
        Some(REPORT) => {
            let kept = value.get("kept").and_then(Value::as_object);
            let log = kept.into_iter().flatten().find(|(key, _)| key.starts_with(super::LAB));
            let log = log.and_then(|(_, text)| Some(text.as_str()?.split_once('\n')?.1.to_owned()));
            let progress = kept.and_then(|kept| Some(kept.get(super::PROGRESS)?.as_str()?.to_owned()));
            Ok(Opened::Work(Bundle { log, progress }))
        }
        _ => Ok(Opened::Other(text.to_owned())),
    }
}

fn part(file: &Value, name: &str) -> Option<String> {
    match file.get(name)? {
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_work_opens_again() {
        for bundle in [
            Bundle {
                log: Some(r#"{"format":1,"commands":[{"a":"b\n"}]}"#.into()),
                progress: Some(r#"{"version":1}"#.into()),
            },
            Bundle { log: None, progress: Some("{}".into()) },
            Bundle { log: Some("not json \"at all\"".into()), progress: None },
            Bundle::default(),
        ] {
            assert_eq!(open_file(&pack(&bundle)), Ok(Opened::Work(bundle)));
        }
    }

    #[test]
    fn a_crash_report_opens_as_work() {
        let report = json!({"kind": "ecs-lab-report", "kept": {
            "ecs-lab/lab/1": "ecs-lab-kept 1 a 3\n{\"format\":1}", "ecs-lab/progress": "{}", "ecs-lab/prefs": "x"}});
        let bundle = Bundle { log: Some("{\"format\":1}".into()), progress: Some("{}".into()) };
        assert_eq!(open_file(&report.to_string()), Ok(Opened::Work(bundle)));
    }

    #[test]
    fn a_kept_lab_opens_as_it_lies_in_the_store() {
        assert_eq!(open_file("ecs-lab-kept 1 a 3\n{\"version\":1}"), Ok(Opened::Other("{\"version\":1}".into())));
    }

    #[test]
    fn other_files_are_passed_on_or_refused_with_the_place() {
        assert_eq!(open_file("{\"family\":\"x\"}"), Ok(Opened::Other("{\"family\":\"x\"}".into())));
        let error = open_file("{\n \"a\": oops}").unwrap_err();
        assert!(error.contains("line 2, column 7"), "{error}");
        let error = open_file(r#"{"kind":"ecs-lab-work","format":2}"#).unwrap_err();
        assert!(error.contains("format 2"), "{error}");
        assert!(open_file(&"[".repeat(100_000)).is_err());
    }
}
