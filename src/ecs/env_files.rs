//! Environment files: the variables that a task reads from S3 when it begins (CD-22, OV-01).
//!
//! Each line `NAME=VALUE` is a variable; what begins with `#` is a comment, quotes and spaces are part of the value, and a
//! line without a name or a value is passed over. The first of several files that has a name counts. What stands in S3 later is of no
//! concern to a task that runs. Sources: [API:ContainerDefinition.environmentFiles], [AGENT:agent/taskresource/envFiles],
//! read 2026-11-22.

use super::taskdef::{Ask, Container};
use super::{Ecs, Task};
use crate::aws::object::object;
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What a container asks for, with the files of the request in place of those of the definition (OV-01).
pub fn asks<'a>(task: &Task, container: &'a Container) -> Cow<'a, [Ask]> {
    let items = task.request.overrides["containerOverrides"].as_array();
    let over = items.into_iter().flatten().rfind(|item| item["name"] == container.name.as_str());
    let files = over.and_then(|over| over["environmentFiles"].as_array()).filter(|files| !files.is_empty());
    let Some(files) = files else { return Cow::Borrowed(&container.asks) };
    let own = container.asks.iter().filter(|ask| !matches!(ask, Ask::File(_))).cloned();
    let given = files.iter().filter_map(|file| file["value"].as_str()).map(|arn| Ask::File(arn.to_string()));
    own.chain(given).collect()
}

/// The variables of the files that a task names, by container; none where it names no file. What cannot be read holds
/// none: its container does not start.
pub fn fetched(ecs: &Ecs, task: &Task) -> Option<Rc<Value>> {
    let containers = &task.definition.registration.core.containers;
    let asked: Vec<Cow<'_, [Ask]>> = containers.iter().map(|own| asks(task, own)).collect();
    let names_some = asked.iter().any(|asks| asks.iter().any(|ask| matches!(ask, Ask::File(_))));
    names_some.then(|| Rc::new(asked.iter().map(|asks| variables(ecs, asks)).collect()))
}

fn variables(ecs: &Ecs, asks: &[Ask]) -> Value {
    let mut all: Vec<(String, String)> = Vec::new();
    for ask in asks {
        let Ask::File(arn) = ask else { continue };
        let place = arn.split_once(":::").and_then(|(_, rest)| rest.split_once('/'));
        let text = place.and_then(|(bucket, key)| ecs.objects.object(bucket, key).ok()).unwrap_or_default();
        for (name, value) in read(text) {
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
    }
    all.into_iter().map(|(name, value)| object!({ "name": name, "value": value })).collect()
}

/// The variables of one file; of a name that stands there twice the last value.
fn read(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    for (name, value) in lines.filter(|(name, value)| !name.is_empty() && !value.is_empty()) {
        all.retain(|(known, _)| known != name);
        all.push((name.to_string(), value.to_string()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_agent_reads_them() {
        for (text, expected) in [
            ("A=1\nB=two words \n", &[("A", "1"), ("B", "two words ")][..]),
            ("# A=0\n\nA=1\n #B=2", &[("A", "1"), (" #B", "2")]),
            ("A=\"1\"\r\nURL=a=b", &[("A", "\"1\""), ("URL", "a=b")]),
            ("A=1\nA=2", &[("A", "2")]),
            ("A=\n=1\nexport", &[]),
            ("", &[]),
        ] {
            let found = read(text);
            let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
