//! Log events: written, read from one stream, searched in a group.

use super::pattern::Pattern;
use super::{DAY, Entry, Logs, Scene, groups, streams, tell, text};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::aws::page::page;
use crate::event::Cx;
use crate::rooms::Rooms;
use crate::sim::order::sort_by;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use serde_json::Value;

/// The sequence token, which says nothing since 2023: every token is taken.
pub const SEQUENCE: &str = "49039859626158046421617120180353600000000000000000000000";

/// As many events as one answer holds.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;

/// PutLogEvents. Errors: ResourceNotFoundException; a batch out of order, of over a day or over 1 MiB. Events of more
/// than two hours from now or fourteen days ago, or older than the group keeps, are left out and counted.
pub fn put(logs: &mut Logs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, stream) = (text(input, "logGroupName"), text(input, "logStreamName"));
    let now = cx.now().as_millis();
    let given = input["logEvents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let batch: Vec<Entry> = given
        .iter()
        .map(|event| Entry {
            at: event["timestamp"].as_i64().unwrap_or_default(),
            came: now,
            message: text(event, "message").to_string(),
        })
        .collect();
    let kept = logs.group(name)?.retention;
    if batch.windows(2).any(|pair| matches!(pair, [one, two] if one.at > two.at)) {
        return Err(batch_refused("Log events in a single PutLogEvents request must be in chronological order."));
    }
    if batch.first().zip(batch.last()).is_some_and(|(first, last)| last.at - first.at > DAY) {
        let message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
        return Err(batch_refused(message));
    }
    let weight: usize = batch.iter().map(|event| event.message.len() + 26).sum();
    if weight > MOST_BYTES {
        let message = format!("Upload too large: {weight} bytes exceeds limit of {MOST_BYTES}");
        return Err(batch_refused(&message));
    }
    let (oldest, newest) = (now - 14 * DAY, now + 7_200_000);
    let expired = kept.map_or(i64::MIN, |days| now - days * DAY);
    let before = |limit: i64| batch.iter().take_while(|event| event.at < limit).count();
    let (too_old, over, fit) = (before(oldest), before(expired), before(newest + 1));
    let mut rejected = Vec::new();
    if fit < batch.len() {
        rejected.push(("tooNewLogEventStartIndex", fit.into()));
    }
    if too_old > 0 {
        rejected.push(("tooOldLogEventEndIndex", too_old.into()));
    }
    if over > 0 {
        rejected.push(("expiredLogEventEndIndex", over.into()));
    }
    let taken: Vec<Entry> = batch.into_iter().take(fit).skip(too_old.max(over)).collect();
    let count = taken.len();
    let own = streams::own(logs, rooms, cx, name, stream)?;
    own.take(taken);
    let plural = if count == 1 { "" } else { "s" };
    tell(cx, name, &format!("took {count} event{plural} for {stream}"));
    let mut answer = vec![("nextSequenceToken", SEQUENCE.into())];
    if !rejected.is_empty() {
        answer.push(("rejectedLogEventsInfo", object::of(rejected)));
    }
    Ok(object::of(answer))
}

fn batch_refused(message: &str) -> ApiError {
    ApiError::invalid(message).at("logEvents")
}

/// Whether an event lies in the asked time, its end excluded.
fn within(input: &Value) -> impl Fn(i64) -> bool + '_ {
    |at| {
        input["startTime"].as_i64().is_none_or(|start| at >= start)
            && input["endTime"].as_i64().is_none_or(|end| at < end)
    }
}

fn limit(input: &Value) -> usize {
    input["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MOST)
}

/// GetLogEvents: the last events of a stream, the first with `startFromHead`, or on from a token, which leads forward or
/// backward. At an end the token that leads there comes back unchanged. Errors: ResourceNotFoundException; another token.
pub fn get(scene: &Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, group) = groups::find(scene, input)?;
    let stream = streams::find(scene, name, group, text(input, "logStreamName"))?;
    let fits = within(input);
    let events: Vec<&Entry> = stream.events.iter().filter(|event| fits(event.at)).collect();
    let (count, most) = (events.len(), limit(input));
    let (from, to) = match input["nextToken"].as_str() {
        None if input["startFromHead"] == true => (0, most),
        None => (count.saturating_sub(most), count),
        Some(token) => match place(token) {
            Some(("f", at)) => (at, at.saturating_add(most)),
            Some((_, at)) => (at.saturating_sub(most), at),
            None => return Err(ApiError::invalid("The specified nextToken is invalid.").at("nextToken")),
        },
    };
    let (from, to) = (from.min(count), to.min(count));
    let page = events.get(from..to).unwrap_or_default().iter();
    let view = |event: &&Entry| object!({ "timestamp": event.at, "message": event.message.as_str(), "ingestionTime": event.came });
    Ok(object!({
        "events": page.map(view).collect::<Vec<Value>>(),
        "nextForwardToken": format!("f/{to:056}/s"),
        "nextBackwardToken": format!("b/{from:056}/s"),
    }))
}

/// The direction and the place of a token.
fn place(token: &str) -> Option<(&str, usize)> {
    let (way, rest) = token.split_once('/')?;
    let digits = rest.strip_suffix("/s").filter(|digits| digits.len() == 56)?;
    Some((way, digits.parse().ok()?)).filter(|(way, _)| ["f", "b"].contains(way))
}

/// FilterLogEvents: the events of several streams that fit a pattern, by their time. Errors: ResourceNotFoundException;
/// names and a prefix of streams together.
pub fn filter(scene: &Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let (name, group) = groups::find(scene, input)?;
    let (names, prefix) = (input["logStreamNames"].as_array(), input["logStreamNamePrefix"].as_str());
    if names.is_some() && prefix.is_some() {
        let message = "LogStream names and LogStream name prefix are mutually exclusive parameters.";
        return Err(ApiError::invalid(message).in_our_words());
    }
    let pattern = Pattern::parse(text(input, "filterPattern"))?;
    let all = streams::of(scene, name, group);
    let listed = |own: &str| names.is_none_or(|names| names.iter().any(|name| name == own));
    let named = |own: &str| listed(own) && own.starts_with(prefix.unwrap_or_default());
    let fits = within(input);
    let mut found: Vec<(&Entry, &String)> = Vec::new();
    for (own, stream) in all.iter().filter(|(own, _)| named(own)) {
        let events = stream.events.iter().filter(|event| fits(event.at) && pattern.fits(&event.message));
        found.extend(events.map(|event| (event, own)));
    }
    sort_by(&mut found, |a, b| a.0.at.cmp(&b.0.at).then_with(|| a.1.cmp(b.1)));
    let events: Vec<Value> = found.iter().enumerate().map(|(place, (event, own))| view(event, own, place)).collect();
    let asked = |member: &str| input[member].to_string();
    let scope = ["logStreamNames", "logStreamNamePrefix", "filterPattern", "startTime", "endTime"].map(asked).join(":");
    let most = i64::try_from(limit(input)).ok();
    let scope = format!("FilterLogEvents:{name}:{scope}");
    let (events, next) = page(&scope, events, input["nextToken"].as_str(), most, MOST)?;
    let none: Vec<Value> = Vec::new();
    Ok(groups::with_token(vec![("events", events.into()), ("searchedLogStreams", none.into())], next))
}

fn view(event: &Entry, stream: &str, place: usize) -> Value {
    object!({
        "logStreamName": stream,
        "timestamp": event.at,
        "message": event.message.as_str(),
        "ingestionTime": event.came,
        "eventId": id(event, place),
    })
}

/// 56 digits, rising with time.
fn id(event: &Entry, place: usize) -> String {
    format!("{:040}{place:016}", event.at)
}
