//! `aws logs tail`: what a log group holds since a moment (CLI version 2; awscli's `customizations/logs/tail.py`).

use super::call::{send, simple, who};
use super::fail::Fail;
use super::globals::Globals;
use super::help;
use super::parser::{Opt, Place, Takes};
use super::valid::valid;
use crate::aws::model;
use crate::aws::object::object;
use crate::shell::exec::Shell;
use crate::shell::print;
use crate::shell::terminal::Output;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Simulated time passes by commands alone.
const FOLLOWED: &str =
    "ECS Lab: --follow ends here, since time stands still at the prompt; lab advance lets it pass.\n";

/// As many pages as are asked for.
const MOST_PAGES: u32 = 100;

/// The options that it takes.
pub(super) fn options() -> [Opt; 6] {
    [
        Opt::new("since", Takes::One),
        Opt::new("follow", Takes::Nothing),
        Opt { choices: &["detailed", "short", "json", "none"], ..Opt::new("format", Takes::One) },
        Opt::new("filter-pattern", Takes::One),
        Opt::new("log-stream-names", Takes::Some),
        Opt::new("log-stream-name-prefix", Takes::One),
    ]
}

/// # Errors
/// Words that do not fit, and what the service refuses.
pub(super) fn run(shell: &mut Shell<'_>, globals: &Globals, words: &[String]) -> Result<Output, Fail> {
    let options = options();
    if words == ["help"] {
        return Ok(Output::print(help::command("tail", Some("group_name"), &options)));
    }
    let place = Place { name: "group_name", choices: None, required: true };
    let mut parsed = simple(shell, &options, Some(&place), words)?;
    let group = parsed.place.take().unwrap_or_default();
    let one = |at: usize| parsed.words(at).and_then(|words| words.first()).map(String::as_str);
    let mut input = object!({ "logGroupName": group, "startTime": since(one(0).unwrap_or("10m"), shell.lab.now())? });
    for (member, own) in [("filterPattern", one(3)), ("logStreamNamePrefix", one(5))] {
        if let Some(own) = own {
            input[member] = own.into();
        }
    }
    if let Some(names) = parsed.words(4) {
        input["logStreamNames"] = names.iter().map(|name| Value::from(name.as_str())).collect();
    }
    let Some(operation) = model::operation("logs", "FilterLogEvents") else {
        return Err(Fail::Other("the later part of the lab is not here".to_string()));
    };
    let caller = who(shell, globals, "logs", operation.name)?;
    valid(operation, &input)?;
    let mut output = Output::default();
    for _ in 0..MOST_PAGES {
        let reply = send(shell, &caller, operation, input.clone())?;
        for event in reply["events"].as_array().into_iter().flatten() {
            output.stdout.push_str(line(event, one(2).unwrap_or("detailed")).trim_end());
            output.stdout.push('\n');
        }
        match reply["nextToken"].as_str() {
            Some(token) => input["nextToken"] = token.into(),
            None => break,
        }
    }
    if parsed.words(1).is_some() {
        output.stderr = FOLLOWED.to_string();
    }
    Ok(output)
}

/// The moment of `5m` before now, or of a timestamp, in milliseconds.
fn since(text: &str, now: SimTime) -> Result<i64, Fail> {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        Some("w") => 604_800,
        _ => 0,
    };
    if unit > 0
        && let Ok(amount) = digits.parse::<u32>()
    {
        return Ok(now.as_millis() - i64::from(amount) * unit * 1000);
    }
    let moment = super::value::seconds(text).map(|seconds| seconds * 1000);
    moment.ok_or_else(|| Fail::Other(format!("Invalid timestamp \"{text}\": Unknown string format: {text}")))
}

fn line(event: &Value, format: &str) -> String {
    let time = SimTime::from_millis(event["timestamp"].as_i64().unwrap_or_default());
    let c = time.civil();
    let short = format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
    let (stream, message) =
        (event["logStreamName"].as_str().unwrap_or_default(), event["message"].as_str().unwrap_or_default());
    match format {
        "short" => format!("{short} {message}"),
        "none" => print::compact(event),
        "json" => {
            let fraction = if c.milli == 0 { String::new() } else { format!(".{:03}000", c.milli) };
            let message = match serde_json::from_str::<Value>(message) {
                Ok(own) => format!("\n{}", print::pretty(&own)),
                Err(_) => message.to_string(),
            };
            format!("{short}{fraction}+00:00 {stream} {message}")
        }
        _ => format!("{short}.{:03}000+00:00 {stream} {message}", c.milli),
    }
}
