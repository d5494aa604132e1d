//! The calls about objects.

use super::{Object, S3, no_bucket, seconds, text};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::event::Cx;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The longest text, in bytes: as long as a file of the lab's terminal. AWS takes 5 GB in one call.
const LONGEST: usize = 1024 * 1024;
/// The longest key, in bytes.
const LONGEST_KEY: usize = 1024;
/// As many keys as a page holds.
const PAGE: i64 = 1000;

fn keep(room: &mut S3, bucket: &str, key: &str, text: String, modified: SimTime) -> Result<(), ApiError> {
    if key.len() > LONGEST_KEY {
        return Err(ApiError::new("KeyTooLongError", "Your key is too long").at("Key"));
    }
    if text.len() > LONGEST {
        let message = format!("ECS Lab keeps objects of up to {} KiB.", LONGEST / 1024);
        return Err(ApiError::new("EntityTooLarge", message).at("Body").in_our_words());
    }
    let own = room.buckets.get_mut(bucket).ok_or_else(no_bucket)?;
    Rc::make_mut(own).objects.insert(key.into(), Rc::new(Object { text, modified }));
    Ok(())
}

/// PutObject. The body is the text itself.
pub(super) fn put(room: &mut S3, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    keep(room, text(input, "Bucket"), text(input, "Key"), text(input, "Body").into(), cx.now())?;
    Ok(object!({}))
}

/// CopyObject. The source is `BUCKET/KEY`.
pub(super) fn copy(room: &mut S3, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let source = text(input, "CopySource").trim_start_matches('/');
    let (bucket, key) = source.split_once('/').unwrap_or((source, ""));
    let own = room.object(bucket, key)?.into();
    keep(room, text(input, "Bucket"), text(input, "Key"), own, cx.now())?;
    Ok(object!({ "CopyObjectResult": object!({ "LastModified": seconds(cx.now()) }) }))
}

/// DeleteObject: of a key that is not there, too.
pub(super) fn delete(room: &mut S3, input: &Value) -> Result<Value, ApiError> {
    let own = room.buckets.get_mut(text(input, "Bucket")).ok_or_else(no_bucket)?;
    Rc::make_mut(own).objects.remove(text(input, "Key"));
    Ok(object!({}))
}

/// GetObject.
pub(super) fn get(room: &S3, input: &Value) -> Result<Value, ApiError> {
    let own = room.find(text(input, "Bucket"), text(input, "Key"))?;
    let length = own.text.len();
    Ok(object!({ "Body": own.text.as_str(), "LastModified": seconds(own.modified), "ContentLength": length }))
}

/// ListObjectsV2: keys in order; behind a delimiter, only what stands before it.
pub(super) fn list(room: &S3, input: &Value) -> Result<Value, ApiError> {
    let [name, prefix, delimiter] = ["Bucket", "Prefix", "Delimiter"].map(|member| text(input, member));
    let own = room.bucket(name)?;
    let mut rows: Vec<(bool, Value)> = Vec::new();
    let mut folder = String::new();
    for (key, object) in own.objects.iter() {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let cut = if delimiter.is_empty() { None } else { rest.find(delimiter) };
        match cut.and_then(|at| rest.get(..at + delimiter.len())) {
            Some(part) => {
                let whole = format!("{prefix}{part}");
                if whole != folder {
                    rows.push((true, object!({ "Prefix": whole.as_str() })));
                    folder = whole;
                }
            }
            None => {
                let (size, at) = (object.text.len(), seconds(object.modified));
                rows.push((false, object!({ "Key": key.as_str(), "LastModified": at, "Size": size })));
            }
        }
    }
    let most = input["MaxKeys"].as_i64().unwrap_or(PAGE).clamp(1, PAGE);
    let scope = format!("ListObjectsV2 {name} {prefix} {delimiter}");
    let token = input["ContinuationToken"].as_str();
    let (rows, next) = page(&scope, rows, token, Some(most), PAGE as usize)
        .map_err(|_| ApiError::new("InvalidArgument", "The continuation token provided is incorrect"))?;
    let mut answer = object!({ "IsTruncated": next.is_some(), "Name": name, "Prefix": prefix, "KeyCount": rows.len() });
    for (member, is_folder) in [("Contents", false), ("CommonPrefixes", true)] {
        let own: Vec<Value> = rows.iter().filter(|row| row.0 == is_folder).map(|row| row.1.clone()).collect();
        if !own.is_empty() {
            answer[member] = own.into();
        }
    }
    if let Some(next) = next {
        answer["NextContinuationToken"] = next.into();
    }
    Ok(answer)
}
