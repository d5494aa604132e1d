//! The output plugins that write to CloudWatch Logs: to which group and stream, and what.
//!
//! Sources: Fluent Bit's manual and source of `cloudwatch_logs`, the manual and source of `cloudwatch`
//! (aws/amazon-cloudwatch-logs-for-fluent-bit), the manual of fluent-plugin-cloudwatch-logs, read 2026-11-22.

use super::conf::Section;
use super::record::{Record, accessed};
use alloc::string::{String, ToString};
use serde_json::Value;

impl Place {
    /// Whether CloudWatch Logs takes its names.
    pub fn is_valid(&self) -> bool {
        let in_group = |sign: char| sign.is_ascii_alphanumeric() || "_-./#".contains(sign);
        let fits = |name: &str, sign: fn(char) -> bool| (1..=LONGEST).contains(&name.len()) && name.chars().all(sign);
        fits(&self.group, in_group) && fits(&self.stream, |sign| !"*:".contains(sign))
    }
}

/// Which plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// Fluent Bit's own `cloudwatch_logs`.
    Core,
    /// `cloudwatch`, written in Go, the older one.
    Go,
    /// Fluentd's `cloudwatch_logs`.
    Fluentd,
}

/// Where a record goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
}

/// What the plugin `cloudwatch` knows of the task that it runs in.
pub struct Runs {
    /// The task's id.
    pub task: String,
    /// Its ARN.
    pub arn: String,
    /// The name of its cluster.
    pub cluster: String,
}

/// The longest name of a group or a stream.
const LONGEST: usize = 512;

/// The plugin of an output; none for one that writes elsewhere.
pub fn plugin(output: &Section) -> Option<Plugin> {
    let is_fluentd = output.get("name").is_none();
    match (output.plugin().as_str(), is_fluentd) {
        ("cloudwatch_logs", false) => Some(Plugin::Core),
        ("cloudwatch", false) => Some(Plugin::Go),
        ("cloudwatch_logs", true) => Some(Plugin::Fluentd),
        _ => None,
    }
}

/// Why a plugin of Fluent Bit does not start, in its words.
pub fn fault(output: &Section, plugin: Plugin) -> Option<&'static str> {
    let has = |name: &str| output.get(name).is_some_and(|own| !own.is_empty());
    match (plugin, has("log_stream_name"), has("log_stream_prefix")) {
        (Plugin::Fluentd, ..) => None,
        (Plugin::Core, ..) if !has("log_group_name") => Some("'log_group_name' is a required field"),
        (Plugin::Core, false, false) | (Plugin::Core, true, true) => {
            Some("Either 'log_stream_name' or 'log_stream_prefix' is required")
        }
        (Plugin::Core, ..) => (!has("region")).then_some("'region' is a required field"),
        (Plugin::Go, ..) if !has("region") => Some("region is a required parameter"),
        (Plugin::Go, ..) if !has("log_group_name") => Some("log_group_name is a required parameter"),
        (Plugin::Go, false, false) => Some("log_stream_name or log_stream_prefix is required"),
        (Plugin::Go, true, true) => {
            Some("either log_stream_name or log_stream_prefix can be configured. They cannot be provided together")
        }
        (Plugin::Go, ..) => None,
    }
}

/// The group and the stream of a record; none where the plugin refuses its options.
pub fn place(output: &Section, plugin: Plugin, record: &Record, runs: &Runs) -> Option<Place> {
    let option = |name: &str| output.get(name).filter(|own| !own.is_empty());
    let prefixed = || option("log_stream_prefix").map(|prefix| prefix.to_string() + &record.tag);
    if fault(output, plugin).is_some() {
        return None;
    }
    match plugin {
        Plugin::Core => {
            let of = |template: &str| option(template).and_then(|own| accessed(own, record));
            let stream = of("log_stream_template").or_else(|| option("log_stream_name").map(ToString::to_string));
            let group = of("log_group_template").or_else(|| option("log_group_name").map(ToString::to_string));
            Some(Place { group: group?, stream: stream.or_else(prefixed)? })
        }
        Plugin::Go => {
            let default = |name: &str, own: &str| option(name).unwrap_or(own).to_string();
            let of = |name: &str, clean: fn(char) -> bool| {
                let own = templated(option(name)?, record, runs, clean).filter(|own| !own.is_empty())?;
                Some(own.chars().take(LONGEST).collect())
            };
            let group = of("log_group_name", |sign| sign.is_ascii_alphanumeric() || "_-./".contains(sign));
            let stream = prefixed().or_else(|| of("log_stream_name", |sign| !"*:".contains(sign)));
            Some(Place {
                group: group.unwrap_or_else(|| default("default_log_group_name", "fluentbit-default")),
                stream: stream.unwrap_or_else(|| default("default_log_stream_name", "/fluentbit-default")),
            })
        }
        Plugin::Fluentd => {
            let named = |name: &str, by_tag: &str| match output.is_on(by_tag) {
                true => Some(record.tag.clone()),
                false => option(name).map(ToString::to_string),
            };
            Some(Place {
                group: named("log_group_name", "use_tag_as_group")?,
                stream: named("log_stream_name", "use_tag_as_stream")?,
            })
        }
    }
}

/// A name with the values of `$(key)`, `$(key['inner'])`, `$(tag)`, `$(tag[0])`, `$(ecs_task_id)`, `$(ecs_cluster)` and
/// `$(ecs_task_arn)`, in which what a name cannot hold became a dot; none if something is not there.
fn templated(template: &str, record: &Record, runs: &Runs, clean: fn(char) -> bool) -> Option<String> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("$(") {
        let (name, behind) = after.split_once(')')?;
        let value = match name {
            "ecs_task_id" => runs.task.clone(),
            "ecs_cluster" => runs.cluster.clone(),
            "ecs_task_arn" => runs.arn.clone(),
            "tag" => record.tag.clone(),
            _ => {
                let own = name.strip_prefix("tag[").map(|rest| "$TAG[".to_string() + rest);
                accessed(&own.unwrap_or_else(|| "$".to_string() + name), record)?
            }
        };
        out += before;
        out.extend(value.chars().map(|sign| if clean(sign) { sign } else { '.' }));
        rest = behind;
        if out.len() > LONGEST {
            break;
        }
    }
    Some(out + rest)
}

/// What a record becomes as an event; none for one that is left out: without the member that `log_key` names, or empty.
pub fn message(output: &Section, plugin: Plugin, record: &Record) -> Option<String> {
    let whole = match (output.get("log_key"), plugin) {
        (Some(key), Plugin::Core | Plugin::Go) => record.text(key)?,
        (_, Plugin::Core) => record.json(),
        (_, Plugin::Go) => {
            let mut members: serde_json::Map<String, Value> = record.members.iter().cloned().collect();
            members.sort_keys();
            Value::Object(members).to_string()
        }
        (_, Plugin::Fluentd) => match output.get("message_keys") {
            Some(keys) => {
                let texts = keys.split(',').filter_map(|key| record.text(key.trim()));
                texts.collect::<alloc::vec::Vec<_>>().join(" ")
            }
            None => record.json(),
        },
    };
    Some(whole).filter(|own| !own.trim().is_empty())
}

/// How many days a group that the plugin makes keeps its events.
pub fn retention(output: &Section) -> Option<i64> {
    let days = output.get("log_retention_days").or_else(|| output.get("retention_in_days"))?;
    days.parse().ok().filter(|days| *days > 0)
}

/// Whether the plugin makes a group, and a stream, that is not there.
pub fn makes(output: &Section, plugin: Plugin) -> (bool, bool) {
    match plugin {
        Plugin::Core => (output.is_on("auto_create_group"), true),
        Plugin::Go => (
            output.is_on("auto_create_group"),
            output.get("auto_create_stream").is_none() || output.is_on("auto_create_stream"),
        ),
        Plugin::Fluentd => (output.is_on("auto_create_stream"), output.is_on("auto_create_stream")),
    }
}
