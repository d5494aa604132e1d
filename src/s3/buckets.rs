//! The calls about buckets.

use super::{Bucket, S3, no_bucket, seconds, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::event::Cx;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

/// The Region whose buckets have no location, and in which a bucket of one's own can be made again.
const FIRST_REGION: &str = "us-east-1";
/// As many buckets as a list holds, and as an account has at most.
const MOST: usize = 10_000;
/// What names must not begin and end with.
const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Whether a bucket may have this name (user guide, general purpose bucket naming rules).
fn is_legal(name: &str) -> bool {
    let signs = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    let ends = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit());
    let numbers: Vec<&str> = name.split('.').collect();
    let is_address = numbers.len() == 4 && numbers.iter().all(|part| part.parse::<u8>().is_ok());
    (3..=63).contains(&name.len())
        && name.bytes().all(signs)
        && ends(name.chars().next())
        && ends(name.chars().last())
        && !name.contains("..")
        && !is_address
        && !PREFIXES.iter().any(|start| name.starts_with(start))
        && !SUFFIXES.iter().any(|end| name.ends_with(end))
}

/// CreateBucket. Names of other accounts' buckets are unknown to the lab: every one is free.
pub(super) fn create(room: &mut S3, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Bucket");
    if !is_legal(name) {
        return Err(ApiError::new("InvalidBucketName", "The specified bucket is not valid.").at("Bucket"));
    }
    let region = cx.options().account.region.as_str();
    let given = input["CreateBucketConfiguration"]["LocationConstraint"].as_str();
    let path = "CreateBucketConfiguration.LocationConstraint";
    match given {
        Some(FIRST_REGION) => {
            let message = "The specified location-constraint is not valid";
            return Err(ApiError::new("InvalidLocationConstraint", message).at(path));
        }
        None if region == FIRST_REGION => {}
        Some(own) if own == region => {}
        own => {
            let own = own.unwrap_or("unspecified");
            let message = format!(
                "The {own} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            return Err(ApiError::new("IllegalLocationConstraintException", message).at(path));
        }
    }
    if room.buckets.contains_key(name) && region != FIRST_REGION {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(ApiError::new("BucketAlreadyOwnedByYou", message).at("Bucket"));
    }
    if !room.buckets.contains_key(name) {
        if room.buckets.len() >= MOST {
            let message = "You have attempted to create more buckets than allowed";
            return Err(ApiError::new("TooManyBuckets", message).at("Bucket"));
        }
        room.buckets.insert(name.into(), Rc::new(Bucket { created: cx.now(), objects: Map::new() }));
    }
    let location = if region == FIRST_REGION { format!("/{name}") } else { format!("http://{name}.s3.amazonaws.com/") };
    Ok(object!({ "Location": location }))
}

/// DeleteBucket.
pub(super) fn delete(room: &mut S3, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Bucket");
    if !room.bucket(name)?.objects.is_empty() {
        return Err(ApiError::new("BucketNotEmpty", "The bucket you tried to delete is not empty").at("Bucket"));
    }
    room.buckets.remove(name).map(|_| object!({})).ok_or_else(no_bucket)
}

/// ListBuckets.
pub(super) fn list(room: &S3, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let prefix = text(input, "Prefix");
    let fits = room.buckets.iter().filter(|(name, _)| name.starts_with(prefix));
    let all: Vec<Value> = fits
        .map(|(name, own)| {
            let region = account.region.as_str();
            object!({ "Name": name.as_str(), "CreationDate": seconds(own.created), "BucketRegion": region })
        })
        .collect();
    let (items, next) = page(
        &format!("ListBuckets {prefix}"),
        all,
        input["ContinuationToken"].as_str(),
        input["MaxBuckets"].as_i64(),
        MOST,
    )
    .map_err(|_| ApiError::new("InvalidArgument", "The continuation token provided is incorrect"))?;
    let mut answer = object!({ "Buckets": items });
    if let Some(next) = next {
        answer["ContinuationToken"] = next.into();
    }
    if !prefix.is_empty() {
        answer["Prefix"] = prefix.into();
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_buckets() {
        for (name, legal) in [
            ("tutorial-bluegreen-bucket", true),
            ("a.b-1", true),
            ("ab", false),
            ("Abc", false),
            ("a_b", false),
            ("-abc", false),
            ("abc.", false),
            ("a..b", false),
            ("192.168.5.4", false),
            ("xn--abc", false),
            ("amzn-s3-demo-bucket", false),
            ("abc-s3alias", false),
            (&"a".repeat(63), true),
            (&"a".repeat(64), false),
        ] {
            assert_eq!(is_legal(name), legal, "{name}");
        }
    }
}
