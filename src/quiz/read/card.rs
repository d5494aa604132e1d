//! Reads one card out of a deck file.

use super::{Faults, Object, nearest, proof, short};
use crate::quiz::card::{Answer, Card, Kind, Link, Status};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Most options of a multiple-choice card.
const OPTIONS_MAX: usize = 8;

const KINDS: [&str; 2] = ["flip", "choice"];
const STATUSES: [&str; 4] = ["verified", "documented", "folklore", "imported"];

/// The card at `path`; faults say what it lacks.
pub(in crate::quiz) fn read(value: &Value, path: &str, faults: &mut Faults) -> Option<Card> {
    const COMMON: [&str; 14] = [
        "id",
        "kind",
        "question",
        "source",
        "status",
        "was",
        "today",
        "link",
        "checked",
        "explanation",
        "tags",
        "rules",
        "see",
        "proof",
    ];
    let object = Object::new(value, path, faults)?;
    let id = read_id(&object, faults);
    let word = object.text("kind", faults);
    let own = match word.as_str() {
        "flip" => "answer",
        "choice" => "options",
        "" => return None,
        other => {
            faults.add(object.at("kind"), unknown("kind", other, &KINDS));
            return None;
        }
    };
    let known: Vec<&str> = COMMON.into_iter().chain([own]).collect();
    object.only(&known, faults);
    let question = object.text("question", faults);
    let kind = match own {
        "options" => Kind::Choice { question, options: read_options(&object, faults) },
        _ => Kind::Flip { question, answer: object.text("answer", faults) },
    };
    let proof = object.get("proof").and_then(|value| proof::read(value, &object.at("proof"), faults));
    let status = read_status(&object, faults)?;
    if matches!(status, Status::Verified(_)) && object.get("proof").is_none() {
        faults.add(object.at("status"), "a verified card needs a \"proof\"; without one it is \"documented\"");
    }
    Some(Card {
        id,
        kind,
        source: object.texts("source", faults),
        status,
        explanation: object.text_or_empty("explanation", faults),
        tags: object.texts("tags", faults),
        rules: object.texts("rules", faults),
        see: object.texts("see", faults),
        proof,
    })
}

fn read_options(object: &Object<'_>, faults: &mut Faults) -> Vec<Answer> {
    let list = object.list("options", faults);
    let path = object.at("options");
    if !(2..=OPTIONS_MAX).contains(&list.len()) && object.get("options").is_some_and(Value::is_array) {
        faults.add(path.clone(), format!("a choice has 2 to {OPTIONS_MAX} options, found {}", list.len()));
    }
    let mut options: Vec<Answer> = Vec::new();
    for (path, value) in list {
        let Some(option) = Object::new(value, &path, faults) else { continue };
        option.only(&["text", "right", "why"], faults);
        let text = option.text("text", faults);
        if !text.is_empty() && options.iter().any(|other| other.text == text) {
            faults.add(option.at("text"), "this option stands here twice");
        }
        options.push(Answer { text, right: option.flag("right", faults), why: option.text("why", faults) });
    }
    match options.iter().filter(|option| option.right).count() {
        1 => {}
        _ if options.is_empty() => {}
        0 => faults.add(path, "no option is marked \"right\": true; exactly one must be"),
        many => faults.add(path, format!("{many} options are marked \"right\": true; exactly one must be")),
    }
    options
}

fn read_status(object: &Object<'_>, faults: &mut Faults) -> Option<Status> {
    let word = object.text("status", faults);
    if !matches!(word.as_str(), "folklore" | "") {
        for name in ["was", "today"].into_iter().filter(|name| object.get(name).is_some()) {
            faults.add_name(object.at(name), format!("only a folklore card has \"{name}\""));
        }
    }
    match word.as_str() {
        "verified" if object.get("link").is_none() => Some(Status::Verified(None)),
        "verified" => Some(Status::Verified(Some(read_link(object, faults)))),
        "documented" => Some(Status::Documented(read_link(object, faults))),
        "folklore" => Some(Status::Folklore {
            was: object.text("was", faults),
            today: object.text("today", faults),
            link: read_link(object, faults),
        }),
        "imported" => Some(Status::Imported),
        "" => None,
        other => {
            faults.add(object.at("status"), unknown("status", other, &STATUSES));
            None
        }
    }
}

fn read_link(object: &Object<'_>, faults: &mut Faults) -> Link {
    let (url, checked) = (object.text("link", faults), object.text("checked", faults));
    let sound =
        url.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.contains(char::is_whitespace));
    if !url.is_empty() && !sound {
        faults.add(object.at("link"), "expected an address that starts with https://");
    }
    if !checked.is_empty() && (checked.len() != 10 || SimTime::parse(&checked).is_err()) {
        faults.add(object.at("checked"), "expected the day it was read, such as \"2026-11-20\"");
    }
    Link { url, checked }
}

/// The `id` member of a deck or a card.
pub(in crate::quiz) fn read_id(object: &Object<'_>, faults: &mut Faults) -> String {
    let id = object.text("id", faults);
    let sound = id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !id.starts_with('-');
    if !id.is_empty() && !sound {
        faults
            .add(object.at("id"), "an id has at most 64 lower-case letters, digits and hyphens: \"spread-over-zones\"");
    }
    id
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let word = short(word);
    match nearest(word, known) {
        Some(near) => format!("unknown {what} \"{word}\"; did you mean \"{near}\"?"),
        None => format!("unknown {what} \"{word}\"; known: {}", known.join(", ")),
    }
}
