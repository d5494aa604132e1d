//! Lifecycle policies: read, and refused in the words of the service's schema validator (3.8).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// A lifecycle policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// By priority, the lowest number first.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// rulePriority.
    pub priority: u32,
    /// Whether it selects tagged images, untagged ones or both.
    pub status: TagStatus,
    /// tagPrefixList or tagPatternList: each must be met by some tag.
    pub tags: Vec<String>,
    /// Whether [`Self::tags`] are prefixes rather than patterns.
    pub prefixes: bool,
    /// Whether it selects archived images rather than those in standard storage.
    pub archive: bool,
    /// countType.
    pub count: Count,
    /// countNumber: images, or days.
    pub number: u64,
    /// What it does.
    pub action: Action,
}

/// tagStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagStatus {
    /// Images with a tag.
    Tagged,
    /// Images without one.
    Untagged,
    /// Both.
    Any,
}

/// countType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All but the newest.
    MoreThan,
    /// Days since the push.
    Pushed,
    /// Days since the last pull.
    Pulled,
    /// Days since the move to the archive.
    Transitioned,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The image is deleted.
    Expire,
    /// The image goes to the archive.
    Transition,
}

/// Why a text is no lifecycle policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What stands behind `Lifecycle policy validation failure: `.
    pub message: String,
    /// Whether the wording is the lab's own.
    pub ours: bool,
}

type Check = Result<(), Invalid>;

const COUNTS: [(&str, Count); 4] = [
    ("imageCountMoreThan", Count::MoreThan),
    ("sinceImagePulled", Count::Pulled),
    ("sinceImagePushed", Count::Pushed),
    ("sinceImageTransitioned", Count::Transitioned),
];
/// Rules of a policy (3.2).
const MOST: usize = 50;
/// Wildcards of a pattern.
const WILDCARDS: usize = 4;
/// Days that the archive charges for at least.
const ARCHIVED_AT_LEAST: u64 = 90;

/// Refused in the words of the service's validator.
fn schema<T>(message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid { message: message.into(), ours: false })
}

fn ours<T>(message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid { message: message.into(), ours: true })
}

impl Rule {
    /// Whether the tag selection takes an image with these tags: every prefix or pattern must be met by some tag.
    pub fn selects(&self, tags: &[String]) -> bool {
        match self.status {
            TagStatus::Any => true,
            TagStatus::Untagged => tags.is_empty(),
            TagStatus::Tagged => self.tags.iter().all(|own| {
                tags.iter().any(|tag| if self.prefixes { tag.starts_with(own) } else { super::matches(own, tag) })
            }),
        }
    }
}

impl Policy {
    /// Reads a policy document. Errors: the first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let whole: Option<Value> = serde_json::from_str(text).ok();
        let Some(Value::Object(document)) = whole else {
            return schema("Could not map policyString into LifecyclePolicy.");
        };
        let Some(Value::Array(list)) = document.get("rules") else { return missing(&["rules"]) };
        members(&document, &["rules"], &[])?;
        if list.is_empty() {
            return schema("array is too short: must have at least 1 elements but instance has 0 elements");
        }
        if list.len() > MOST {
            let message = format!("must have at most {MOST} elements but instance has {} elements", list.len());
            return schema(format!("array is too long: {message}"));
        }
        let mut rules = Vec::new();
        for value in list {
            rules.push(rule(value)?);
        }
        crate::sim::order::sort_by_key(&mut rules, |rule: &Rule| rule.priority);
        together(&rules)?;
        Ok(Self { rules })
    }
}

fn rule(value: &Value) -> Result<Rule, Invalid> {
    let Value::Object(own) = value else { return wrong_type(value, "object") };
    members(own, &["action", "rulePriority", "selection"], &["description"])?;
    let [action, selection] = ["action", "selection"].map(|name| &value[name]);
    let Value::Object(acts) = action else { return wrong_type(action, "object") };
    members(acts, &["type"], &["targetStorageClass"])?;
    let kind = one_of(&action["type"], &["expire", "transition"])?;
    let Value::Object(selects) = selection else { return wrong_type(selection, "object") };
    members(
        selects,
        &["countNumber", "countType", "tagStatus"],
        &["countUnit", "storageClass", "tagPatternList", "tagPrefixList"],
    )?;
    if !value["description"].is_null() && !value["description"].is_string() {
        return wrong_type(&value["description"], "string");
    }
    let status = one_of(&selection["tagStatus"], &["any", "tagged", "untagged"])?;
    let count_type = one_of(&selection["countType"], &COUNTS.map(|(name, _)| name))?;
    let count = COUNTS.iter().find(|(name, _)| *name == count_type).map_or(Count::MoreThan, |(_, count)| *count);
    let days = count != Count::MoreThan;
    if !selection["countUnit"].is_null() {
        one_of(&selection["countUnit"], &["days"])?;
    }
    if !selection["storageClass"].is_null() {
        one_of(&selection["storageClass"], &["archive", "standard"])?;
    }
    let (priority, number) = (positive(&value["rulePriority"])?, positive(&selection["countNumber"])?);
    let given = |name: &str| selection.get(name).is_some();
    let (prefixes, patterns) = (given("tagPrefixList"), given("tagPatternList"));
    if days != given("countUnit") || (prefixes != patterns) != (status == "tagged") || prefixes && patterns {
        return schema("instance failed to match exactly one schema (matched 0 out of 2)");
    }
    let own = Rule {
        priority: u32::try_from(priority).unwrap_or(u32::MAX),
        status: match status {
            "tagged" => TagStatus::Tagged,
            "untagged" => TagStatus::Untagged,
            _ => TagStatus::Any,
        },
        tags: tags(if prefixes { &selection["tagPrefixList"] } else { &selection["tagPatternList"] }, patterns)?,
        prefixes,
        archive: selection["storageClass"] == "archive",
        count,
        number,
        action: if kind == "expire" { Action::Expire } else { Action::Transition },
    };
    storage(&own, &action["targetStorageClass"])?;
    Ok(own)
}

/// What storage classes, count types and actions go together.
fn storage(own: &Rule, target: &Value) -> Check {
    let transition = own.action == Action::Transition;
    if transition && target.is_null() {
        return missing(&["targetStorageClass"]);
    }
    if !target.is_null() {
        one_of(target, &["archive"])?;
    }
    match own.count {
        _ if !transition && !target.is_null() => ours("targetStorageClass goes only with the action transition"),
        Count::Pulled if !transition => ours("sinceImagePulled goes only with the action transition"),
        Count::Transitioned if transition => ours("sinceImageTransitioned goes only with the action expire"),
        Count::Transitioned if !own.archive => ours("sinceImageTransitioned needs the storageClass archive"),
        Count::Transitioned if own.number < ARCHIVED_AT_LEAST => {
            schema(format!("numeric instance is lower than the required minimum (minimum: 90, found: {})", own.number))
        }
        Count::Transitioned => Ok(()),
        _ if own.archive => ours("The storageClass archive goes only with sinceImageTransitioned"),
        _ => Ok(()),
    }
}

/// What must hold among the rules, in the order of their priorities.
fn together(rules: &[Rule]) -> Check {
    for (index, own) in rules.iter().enumerate() {
        let mut later = rules.iter().skip(index + 1);
        let same_class = |other: &&Rule| other.archive == own.archive;
        if later.clone().any(|other| other.priority == own.priority) {
            return ours(format!("rulePriority {} is used more than once", own.priority));
        }
        if own.status == TagStatus::Any && later.clone().any(|other| same_class(&other)) {
            return ours("The rule with tagStatus any must have the highest rulePriority");
        }
        let same = |other: &Rule| match own.status {
            TagStatus::Tagged => other.prefixes == own.prefixes && set(&other.tags) == set(&own.tags),
            _ => true,
        };
        if later.any(|other| same_class(&other) && other.status == own.status && same(other)) {
            return ours("Two rules select the same images");
        }
    }
    Ok(())
}

fn set(tags: &[String]) -> Vec<&String> {
    let mut all: Vec<&String> = tags.iter().collect();
    crate::sim::order::sort_by(&mut all, Ord::cmp);
    all.dedup();
    all
}

/// The strings of a list of prefixes or patterns.
fn tags(value: &Value, patterns: bool) -> Result<Vec<String>, Invalid> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let Some(list) = value.as_array() else { return wrong_type(value, "array") };
    if list.is_empty() {
        return schema("array is too short: must have at least 1 elements but instance has 0 elements");
    }
    let mut tags = Vec::new();
    for item in list {
        let Some(text) = item.as_str() else { return wrong_type(item, "string") };
        if text.is_empty() {
            return schema("string \"\" is too short (length: 0, required minimum: 1)");
        }
        if patterns && text.matches('*').count() > WILDCARDS {
            return ours(format!("The pattern {text} has more than {WILDCARDS} wildcards"));
        }
        tags.push(text.to_string());
    }
    Ok(tags)
}

/// Every member that must be there, and none that may not.
fn members(own: &Map<String, Value>, must: &[&str], may: &[&str]) -> Check {
    let absent: Vec<&str> = must.iter().filter(|name| !own.contains_key(**name)).copied().collect();
    if !absent.is_empty() {
        return missing(&absent);
    }
    let known = |name: &&str| must.contains(name) || may.contains(name);
    let other: Vec<&str> = own.keys().map(String::as_str).filter(|name| !known(name)).collect();
    if !other.is_empty() {
        return schema(format!(
            "object instance has properties which are not allowed by the schema: ({})",
            quoted(&other)
        ));
    }
    Ok(())
}

fn missing<T>(names: &[&str]) -> Result<T, Invalid> {
    schema(format!("object has missing required properties ({})", quoted(names)))
}

fn quoted(names: &[&str]) -> String {
    format!("[\"{}\"]", names.join("\", \""))
}

fn wrong_type<T>(value: &Value, wanted: &str) -> Result<T, Invalid> {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    schema(format!("instance type ({kind}) does not match any allowed primitive type (allowed: [\"{wanted}\"])"))
}

fn one_of<'a>(value: &'a Value, allowed: &[&str]) -> Result<&'a str, Invalid> {
    let Some(text) = value.as_str() else { return wrong_type(value, "string") };
    if allowed.contains(&text) {
        return Ok(text);
    }
    schema(format!("instance value ({text}) not found in enum :(possible values: {})", quoted(allowed)))
}

fn positive(value: &Value) -> Result<u64, Invalid> {
    match (value.as_i64(), value.as_u64()) {
        (Some(number), _) if number < 1 => {
            schema(format!("numeric instance is lower than the required minimum (minimum: 1, found: {number})"))
        }
        (_, Some(number)) => Ok(number),
        _ => wrong_type(value, "integer"),
    }
}
