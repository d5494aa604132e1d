//! Pages put together, cut short and taken up again (botocore's `paginate.py`).

use super::fail::Fail;
use crate::aws::model::{Kind, Operation, Paginator};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// How far to go, and from where.
#[derive(Clone, Debug, Default)]
pub(super) struct Paging {
    pub(super) start: Option<String>,
    pub(super) size: Option<Value>,
    pub(super) most: Option<i64>,
}

/// What came.
pub(super) struct Pages {
    pub(super) pages: Vec<Value>,
    pub(super) resume: Option<String>,
}

/// A token that the service gave twice would go on for ever.
const MOST_PAGES: usize = 10_000;

/// The size of a page as the operation takes it: Route 53 takes a text.
pub(super) fn size(operation: &Operation, size: i64) -> Value {
    let member = operation.paginator.as_ref().and_then(|own| operation.input.at(own.limit_key?));
    match member.map(|own| own.kind()) {
        Some(Kind::String { .. }) => size.to_string().into(),
        _ => size.into(),
    }
}

/// Asks for page after page.
///
/// # Errors
/// The service's refusal, or a starting token that is none.
pub(super) fn all(
    ask: &mut dyn FnMut(&Value) -> Result<Value, Fail>,
    paginator: &Paginator,
    paging: &Paging,
    input: &Value,
) -> Result<Pages, Fail> {
    let mut input = input.clone();
    let mut found = Pages { pages: Vec::new(), resume: None };
    let primary = paginator.result_keys.first().copied().unwrap_or_default();
    let (mut token, mut skip) = match &paging.start {
        Some(text) => starting(text),
        None => (None, 0),
    };
    if let (Some(key), Some(size)) = (paginator.limit_key, &paging.size) {
        set(&mut input, key, size.clone());
    }
    let mut total = 0i64;
    for number in 0..MOST_PAGES {
        match &token {
            Some(token) => set(&mut input, paginator.input_token, token.as_str().into()),
            None => drop(input.as_object_mut().and_then(|map| map.remove(paginator.input_token))),
        }
        let mut page = ask(&input)?;
        if number == 0 && paging.start.is_some() {
            cut_front(&mut page, paginator, skip);
        } else {
            skip = 0;
        }
        let count = get(&page, primary).as_array().map_or(0, Vec::len);
        let length = i64::try_from(count).unwrap_or(i64::MAX);
        let over = paging.most.map_or(0, |most| (total + length).saturating_sub(most));
        if over > 0 {
            let keep = length - over;
            if let Some(Value::Array(items)) = get_mut(&mut page, primary) {
                items.truncate(index(keep, items.len()));
            }
            found.resume = Some(encoded(paginator.input_token, token.as_deref(), Some(keep.saturating_add(skip))));
            found.pages.push(page);
            return Ok(found);
        }
        total += length;
        let next = get(&page, paginator.output_token).as_str().filter(|text| !text.is_empty()).map(ToString::to_string);
        found.pages.push(page);
        match next {
            None => return Ok(found),
            Some(next) if paging.most == Some(total) => {
                found.resume = Some(encoded(paginator.input_token, Some(&next), None));
                return Ok(found);
            }
            Some(next) if token.as_ref() == Some(&next) && number > 0 => {
                let told = format!(
                    "Error during pagination: The same next token was received twice: {{'{}': '{next}'}}",
                    paginator.input_token
                );
                return Err(Fail::Other(told));
            }
            Some(next) => token = Some(next),
        }
    }
    Ok(found)
}

/// The token and the place within its page that a starting token means.
fn starting(text: &str) -> (Option<String>, i64) {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    if let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(&bytes) {
        let place = map.get("boto_truncate_amount").and_then(Value::as_i64).unwrap_or_default();
        let token = map.iter().find(|(name, _)| *name != "boto_truncate_amount").and_then(|(_, own)| own.as_str());
        return (token.map(ToString::to_string), place);
    }
    match text.rsplit_once("___") {
        Some((token, place)) if place.parse::<i64>().is_ok() => {
            let token = (token != "None").then(|| token.to_string());
            (token, place.parse().unwrap_or_default())
        }
        _ => (Some(text.to_string()), 0),
    }
}

fn encoded(name: &str, token: Option<&str>, place: Option<i64>) -> String {
    let token = token.map_or("null".to_string(), |token| Value::from(token).to_string());
    let place = place.map_or(String::new(), |place| format!(", \"boto_truncate_amount\": {place}"));
    STANDARD.encode(format!("{{\"{name}\": {token}{place}}}"))
}

/// The place in a list that a number of Python means: one below zero counts from its end.
fn index(number: i64, length: usize) -> usize {
    let back = || length.saturating_sub(usize::try_from(number.unsigned_abs()).unwrap_or(length));
    usize::try_from(number).map_or_else(|_| back(), |own| own.min(length))
}

fn cut_front(page: &mut Value, paginator: &Paginator, skip: i64) {
    for (place, key) in paginator.result_keys.iter().enumerate() {
        match get_mut(page, key) {
            Some(Value::Array(items)) if place == 0 => drop(items.drain(..index(skip, items.len()))),
            Some(Value::Array(items)) => items.clear(),
            _ => {}
        }
    }
}

/// The value at a path such as `imageScanFindings.findings`.
fn get<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, step| value.get(step).unwrap_or(&Value::Null))
}

fn get_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(value, |value, step| value.get_mut(step))
}

fn set(value: &mut Value, path: &str, own: Value) {
    let mut place = value;
    for step in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        place = map.entry(step).or_insert(Value::Null);
    }
    *place = own;
}

fn merge(whole: &mut Map<String, Value>, more: &Value) {
    for (name, own) in more.as_object().into_iter().flatten() {
        match (whole.get_mut(name), own) {
            (Some(Value::Object(inner)), Value::Object(_)) => merge(inner, own),
            _ => drop(whole.insert(name.clone(), own.clone())),
        }
    }
}

impl Pages {
    /// The one answer of an operation that has no pages.
    pub(super) fn one(page: Value) -> Self {
        Self { pages: alloc::vec![page], resume: None }
    }

    /// What the first page says once for all.
    fn once(&self, paginator: &Paginator) -> Value {
        let mut once = Value::Object(Map::new());
        for key in &paginator.non_aggregate {
            let own = self.pages.first().map_or(&Value::Null, |page| get(page, key));
            set(&mut once, key, own.clone());
        }
        once
    }

    /// All pages as one answer.
    pub(super) fn whole(&self, paginator: &Paginator) -> Value {
        let mut whole = Value::Object(Map::new());
        for page in &self.pages {
            for key in &paginator.result_keys {
                let own = get(page, key);
                match (get_mut(&mut whole, key), own) {
                    (_, Value::Null) => {}
                    (Some(Value::Array(items)), Value::Array(more)) => items.extend(more.iter().cloned()),
                    (None | Some(Value::Null), own) => set(&mut whole, key, own.clone()),
                    _ => {}
                }
            }
        }
        if let Value::Object(map) = &mut whole {
            merge(map, &self.once(paginator));
            if let Some(token) = &self.resume {
                map.insert("NextToken".to_string(), token.as_str().into());
            }
        }
        whole
    }

    /// Each page with its lists alone, as `--output text` prints them.
    pub(super) fn texts(&self, paginator: &Paginator) -> Vec<Value> {
        let each = |(number, page): (usize, &Value)| {
            let mut own = if number == 0 { self.once(paginator) } else { Value::Object(Map::new()) };
            for key in &paginator.result_keys {
                set(&mut own, key, get(page, key).clone());
            }
            own
        };
        self.pages.iter().enumerate().map(each).collect()
    }
}
