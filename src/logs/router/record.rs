//! Records, and the way of one through filters to the outputs.
//!
//! Understood are the filters `grep`, `record_modifier`, `modify` without conditions, `parser` of JSON and `rewrite_tag`;
//! what another filter does is not seen. Source: Fluent Bit's manual, read 2026-11-22.

use super::conf::Section;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

/// What one line of output becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// By which filters and outputs take it.
    pub tag: String,
    /// Its members, in order.
    pub members: Vec<(String, Value)>,
}

impl Record {
    /// A member.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// A member as a text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), ToString::to_string))
    }

    /// Sets a member.
    pub fn set(&mut self, key: &str, value: Value) {
        match self.members.iter_mut().find(|(own, _)| own == key) {
            Some((_, own)) => *own = value,
            None => self.members.push((key.to_string(), value)),
        }
    }

    fn remove(&mut self, key: &str) {
        self.members.retain(|(own, _)| own != key);
    }

    fn rename(&mut self, from: &str, to: &str) {
        if let Some((own, _)) = self.members.iter_mut().find(|(own, _)| own == from) {
            *own = to.to_string();
        }
    }

    /// The record as JSON.
    pub fn json(&self) -> String {
        let own: serde_json::Map<String, Value> = self.members.iter().cloned().collect();
        Value::Object(own).to_string()
    }
}

/// Regular expressions, each read once; none for one that cannot be read or is too large.
#[derive(Default)]
pub struct Patterns {
    known: RefCell<Map<String, Option<Rc<Regex>>>>,
}

impl Patterns {
    /// The largest one, in bytes.
    const LARGEST: usize = 64 * 1024;

    fn get(&self, text: &str) -> Option<Rc<Regex>> {
        if let Some(found) = self.known.borrow().get(text) {
            return found.clone();
        }
        let read = RegexBuilder::new(text).size_limit(Self::LARGEST).build().ok().map(Rc::new);
        self.known.borrow_mut().insert(text.to_string(), read.clone());
        read
    }

    fn fit(&self, pattern: &str, text: &str) -> bool {
        self.get(pattern).is_some_and(|own| own.is_match(text))
    }
}

/// As often as a record may get a new tag.
const MOST_TAGS: usize = 4;

/// The outputs that take a record, each by its place among the sections, with what the filters make of it.
pub fn flow(sections: &[Section], patterns: &Patterns, record: Record) -> Vec<(usize, Record)> {
    let (mut waiting, mut out, mut tags) = (vec![record], Vec::new(), 0);
    while let Some(record) = waiting.pop() {
        let Some(record) = filtered(sections, patterns, record, &mut |again| {
            tags += 1;
            if tags <= MOST_TAGS {
                waiting.push(again);
            }
        }) else {
            continue;
        };
        let outputs =
            sections.iter().enumerate().filter(|(_, own)| own.kind == "OUTPUT" && takes(own, patterns, &record.tag));
        out.extend(outputs.map(|(place, _)| (place, record.clone())));
    }
    out
}

/// Whether a filter or an output takes records of a tag.
fn takes(section: &Section, patterns: &Patterns, tag: &str) -> bool {
    let by_name = section.get("match").is_some_and(|pattern| fits(pattern, tag));
    by_name || section.get("match_regex").is_some_and(|pattern| patterns.fit(pattern, tag))
}

/// Whether a tag fits a pattern with `*`.
fn fits(pattern: &str, tag: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == tag };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = tag.strip_prefix(first).and_then(|own| own.strip_suffix(last)) else { return false };
    between.split('*').all(|part| {
        let found = left.find(part).and_then(|at| left.get(at + part.len()..));
        left = found.unwrap_or_default();
        found.is_some()
    })
}

fn filtered(
    sections: &[Section],
    patterns: &Patterns,
    mut record: Record,
    again: &mut dyn FnMut(Record),
) -> Option<Record> {
    for own in sections.iter().filter(|own| own.kind == "FILTER") {
        if !takes(own, patterns, &record.tag) {
            continue;
        }
        match own.plugin().as_str() {
            "grep" if !kept(own, patterns, &record) => return None,
            "record_modifier" => record_modifier(own, &mut record),
            "modify" if own.get("condition").is_none() => modify(own, &mut record),
            "parser" if own.all("parser").any(|name| name.contains("json")) => parse_json(own, &mut record),
            "rewrite_tag" => {
                let (tagged, keep) = rewrite_tag(own, patterns, &record);
                tagged.into_iter().for_each(&mut *again);
                if !keep {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(record)
}

/// `grep`: what no rule of `Exclude` fits and every rule of `Regex`.
fn kept(own: &Section, patterns: &Patterns, record: &Record) -> bool {
    let found = |rule: &str| {
        let (key, pattern) = rule.split_once(char::is_whitespace).unwrap_or((rule, ""));
        let text = record.text(key.trim_start_matches('$'));
        text.is_some_and(|text| patterns.fit(pattern.trim(), &text))
    };
    own.all("regex").all(found) && !own.all("exclude").any(found)
}

/// A key and a value.
fn pair(rule: &str) -> (&str, &str) {
    rule.split_once(char::is_whitespace).map_or((rule, ""), |(key, value)| (key, value.trim()))
}

fn record_modifier(own: &Section, record: &mut Record) {
    for key in own.all("remove_key") {
        record.remove(key);
    }
    let mut listed = own.all("allowlist_key").chain(own.all("whitelist_key")).peekable();
    if listed.peek().is_some() {
        let listed: Vec<&str> = listed.collect();
        record.members.retain(|(key, _)| listed.contains(&key.as_str()));
    }
    for (key, value) in own.all("record").map(pair) {
        record.set(key, value.into());
    }
}

fn modify(own: &Section, record: &mut Record) {
    for (rule, value) in &own.entries {
        let (key, value) = pair(value);
        match rule.to_lowercase().as_str() {
            "set" => record.set(key, value.into()),
            "add" if record.get(key).is_none() => record.set(key, value.into()),
            "remove" => record.remove(key),
            "remove_wildcard" => record.members.retain(|(own, _)| !own.starts_with(key.trim_end_matches('*'))),
            "rename" if record.get(value).is_none() => record.rename(key, value),
            "hard_rename" if record.get(key).is_some() => {
                record.remove(value);
                record.rename(key, value);
            }
            "copy" if record.get(value).is_none() => {
                if let Some(own) = record.get(key).cloned() {
                    record.set(value, own);
                }
            }
            _ => {}
        }
    }
}

/// `parser` of JSON: the members of the text take the place of the record, or stand before the others.
fn parse_json(own: &Section, record: &mut Record) {
    let key = own.get("key_name").unwrap_or("log");
    let Some(Ok(Value::Object(parsed))) = record.text(key).map(|text| serde_json::from_str(&text)) else { return };
    let before = core::mem::take(&mut record.members);
    record.members = parsed.into_iter().collect();
    for (name, value) in before {
        let is_kept = if name == key { own.is_on("preserve_key") } else { own.is_on("reserve_data") };
        if is_kept && record.get(&name).is_none() {
            record.members.push((name, value));
        }
    }
}

/// `rewrite_tag`: the record under its new tag by the first rule that fits, and whether the old one stays.
fn rewrite_tag(own: &Section, patterns: &Patterns, record: &Record) -> (Option<Record>, bool) {
    for rule in own.all("rule") {
        let words: Vec<&str> = rule.split_whitespace().collect();
        let [key, pattern, tag, keep] = words.as_slice() else { continue };
        let (Some(text), Some(pattern)) = (record.text(key.trim_start_matches('$')), patterns.get(pattern)) else {
            continue;
        };
        let Some(found) = pattern.captures(&text) else { continue };
        let mut filled = tag.to_string();
        for number in 0..10 {
            let part = found.get(number).map(|own| own.as_str()).unwrap_or_default();
            filled = filled.replace(&format!("${number}"), part);
        }
        let Some(tag) = accessed(&filled, record).filter(|own| own.len() <= LONGEST) else { continue };
        return (Some(Record { tag, ..record.clone() }), keep.eq_ignore_ascii_case("true"));
    }
    (None, true)
}

/// The longest name or tag that a record makes, in bytes.
const LONGEST: usize = 4096;

/// A text with the values of `$key`, `$key['inner']`, `$TAG` and `$TAG[1]`; none if a record lacks one of them, or it is
/// too long.
pub fn accessed(template: &str, record: &Record) -> Option<String> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('$') {
        let end = after.find(|sign: char| !(sign.is_alphanumeric() || "_-".contains(sign))).unwrap_or(after.len());
        let (key, mut behind) = after.split_at(end);
        let mut path = Vec::new();
        while let Some((inner, next)) = behind.strip_prefix('[').and_then(|own| own.split_once(']')) {
            path.push(inner.trim_matches(['\'', '"']));
            behind = next;
        }
        out += before;
        out += &match (key, path.first()) {
            ("TAG", None) => record.tag.clone(),
            ("TAG", Some(part)) => record.tag.split('.').nth(part.parse().ok()?)?.to_string(),
            _ => {
                let inner = path.iter().try_fold(record.get(key)?, |own, part| own.get(part))?;
                inner.as_str().map_or_else(|| inner.to_string(), ToString::to_string)
            }
        };
        rest = behind;
        if out.len() > LONGEST {
            return None;
        }
    }
    Some(out + rest)
}
