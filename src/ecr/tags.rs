//! The tags of repositories, with `Key` and `Value` (3.9, 6.7).

use super::state::Ecr;
use super::{Look, items, text, words};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::event::{Cx, FactKind};
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Tags of a resource.
const MOST: usize = 50;

fn refuse<T>(code: &'static str, message: &str) -> Result<T, ApiError> {
    Err(ApiError::new(code, message).at("tags").in_our_words())
}

/// The tags of a request, checked.
pub fn given(input: &Value) -> Result<Vec<Value>, ApiError> {
    let code = "InvalidTagParameterException";
    let mut tags: Vec<Value> = Vec::new();
    for tag in items(input, "tags") {
        let (key, value) = (text(tag, "Key"), text(tag, "Value"));
        let reserved = |text: &str| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return refuse(code, "A tag has a key of 1 to 128 characters and a value of at most 256.");
        }
        if reserved(key) || reserved(value) {
            return refuse(code, "Tags that begin with aws: are reserved for AWS.");
        }
        if tags.iter().any(|own| own["Key"] == key) {
            return refuse(code, "The same tag key is given more than once.");
        }
        tags.push(object!({ "Key": key, "Value": value }));
    }
    few(tags)
}

fn few(tags: Vec<Value>) -> Result<Vec<Value>, ApiError> {
    if tags.len() > MOST {
        return refuse("TooManyTagsException", "A repository has at most 50 tags.");
    }
    Ok(tags)
}

/// The name of the repository that an ARN of the registry names. Errors: another ARN.
fn repository<'a>(account: &Account, input: &'a Value) -> Result<&'a str, ApiError> {
    let arn = text(input, "resourceArn");
    let name = arn.strip_prefix(words::arn(account, "").as_str()).filter(|name| !name.is_empty());
    name.ok_or_else(|| {
        let message = "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'";
        ApiError::invalid(message).at("resourceArn").in_our_words()
    })
}

fn change(
    ecr: &mut Ecr,
    cx: &mut Cx<'_>,
    input: &Value,
    with: impl FnOnce(&[Value]) -> Result<Vec<Value>, ApiError>,
) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let name = repository(&account, input)?;
    let own = ecr.change(name).ok_or_else(|| words::no_repository(name, &account.id))?;
    own.tags = with(&own.tags)?;
    cx.emit(FactKind::TagsChanged { resource: text(input, "resourceArn").to_string() });
    Ok(object!({}))
}

pub fn tag(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let mut tags = given(input)?;
    change(ecr, cx, input, |old| {
        // New ones come first, as recorded.
        let kept: Vec<Value> =
            old.iter().filter(|old| tags.iter().all(|new| new["Key"] != old["Key"])).cloned().collect();
        tags.extend(kept);
        few(tags)
    })
}

pub fn untag(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let named = |tag: &&Value| !items(input, "tagKeys").any(|key| *key == tag["Key"]);
    change(ecr, cx, input, |old| Ok(old.iter().filter(named).cloned().collect()))
}

pub fn list(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = repository(look.account, input)?;
    let own = look.ecr.repository(name).ok_or_else(|| words::no_repository(name, &look.account.id))?;
    Ok(object!({ "tags": own.tags.clone() }))
}
