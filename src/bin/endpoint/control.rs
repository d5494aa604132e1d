//! The lab's own paths: reset, advance, any command, and what happened.

use ecs_lab::lab::Command;
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::request::{HOME, Request, is_region};
use crate::worlds::Worlds;

/// As far as one request may advance: the log's own limit.
const MOST_SECONDS: f64 = 366.0 * 86_400.0;

/// Answers a path under `/_lab/`. A region may be named as `?region=eu-west-1`.
pub fn answer(worlds: &mut Worlds, request: &Request, path: &str, id: String) -> Answer {
    let (path, rest) = path.split_once('?').unwrap_or((path, ""));
    let mut named = form_urlencoded::parse(rest.as_bytes());
    let region = named.find(|(name, _)| name == "region").map_or(HOME.to_string(), |(_, region)| region.into_owned());
    if !is_region(&region) {
        return refusal(id, "region", "the region has no form of a region's name");
    }
    let body = || serde_json::from_slice::<Value>(request.body_or_empty());
    match (request.method.as_str(), path) {
        ("POST", "reset") => {
            worlds.reset();
            Answer::lab(Ok(json!({})), id)
        }
        ("POST", "advance") => {
            let seconds = body().ok().and_then(|body| body["seconds"].as_f64());
            match seconds.filter(|seconds| (0.0..=MOST_SECONDS).contains(seconds)) {
                Some(seconds) => {
                    worlds.of(&region);
                    worlds.advance(SimDuration::from_millis((seconds * 1000.0) as i64));
                    Answer::lab(Ok(json!({ "now": worlds.of(&region).now().to_string() })), id)
                }
                None => refusal(id, "seconds", "the body is {\"seconds\": N}, N from 0 to 366 days"),
            }
        }
        ("POST", "command") => {
            let command = body().map_err(|error| error.to_string());
            match command.and_then(|body| Command::from_json(&body).map_err(|error| error.to_string())) {
                Ok(command) => {
                    let done = worlds.of(&region).apply(command);
                    worlds.settle(&region);
                    Answer::lab(done.map(|done| json!({ "reply": done.reply, "facts": done.facts })), id)
                }
                Err(why) => refusal(id, "command", &why),
            }
        }
        ("GET", "facts") => {
            let all =
                worlds.labs().iter().map(|(region, lab)| (region.clone(), json!(lab.facts().collect::<Vec<_>>())));
            let all: serde_json::Map<String, Value> = all.collect();
            Answer::lab(Ok(Value::Object(all)), id)
        }
        _ => Answer::plain(404, "there are POST /_lab/reset, /_lab/advance, /_lab/command and GET /_lab/facts", id),
    }
}

fn refusal(id: String, what: &str, why: &str) -> Answer {
    let body = json!({ "__type": "LabError", "message": format!("{what}: {why}") });
    Answer {
        status: 400,
        request_id: id,
        body: body.to_string().into_bytes(),
        ..Answer::lab(Ok(Value::Null), String::new())
    }
}
