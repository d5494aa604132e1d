//! Amazon S3: buckets, and objects that are texts. CodeDeploy reads AppSpec files here, tasks their environment files.
//!
//! ```text
//! CreateBucket → bucket → PutObject, CopyObject → object → DeleteObject → the empty bucket → DeleteBucket
//! ```
//!
//! Versions, tags, policies, encryption and the classes of storage are not kept. The texts stand in the log of commands
//! like every other input. ECS holds what there is: every change comes with [`Event::ObjectsChanged`].
//! Sources: the API reference of S3 and its user guide (bucket naming rules, error responses), read 2026-11-22.

mod buckets;
mod objects;

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::event::{Cx, Event, FactKind};
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use serde_json::Value;

/// All buckets of the account.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    /// By name.
    buckets: Map<String, Rc<Bucket>>,
}

#[derive(Clone, Debug)]
struct Bucket {
    created: SimTime,
    /// By key.
    objects: Map<String, Rc<Object>>,
}

/// A text in a bucket.
#[derive(Clone, Debug)]
struct Object {
    text: String,
    modified: SimTime,
}

/// A call that changes something.
#[inline(never)]
pub fn call(room: &mut S3, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let answer = match operation {
        "CreateBucket" => buckets::create(room, cx, input),
        "DeleteBucket" => buckets::delete(room, input),
        "PutObject" => objects::put(room, cx, input),
        "CopyObject" => objects::copy(room, cx, input),
        "DeleteObject" => objects::delete(room, input),
        _ => Err(ApiError::not_simulated(operation)),
    }?;
    let (bucket, key) = (text(input, "Bucket"), text(input, "Key"));
    let name = if key.is_empty() { String::from(bucket) } else { format!("{bucket}/{key}") };
    cx.emit(FactKind::Object { operation: operation.into(), name });
    cx.schedule(SimDuration::ZERO, Event::ObjectsChanged);
    Ok(answer)
}

/// A call that only looks.
#[inline(never)]
pub fn read(room: &S3, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "ListBuckets" => buckets::list(room, account, input),
        "GetObject" => objects::get(room, input),
        "ListObjectsV2" => objects::list(room, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

impl S3 {
    /// The text of an object.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`.
    pub fn object(&self, bucket: &str, key: &str) -> Result<&str, ApiError> {
        self.find(bucket, key).map(|own| own.text.as_str())
    }

    fn bucket(&self, name: &str) -> Result<&Rc<Bucket>, ApiError> {
        self.buckets.get(name).ok_or_else(no_bucket)
    }

    fn find(&self, bucket: &str, key: &str) -> Result<&Rc<Object>, ApiError> {
        let missing = || ApiError::new("NoSuchKey", "The specified key does not exist.").at("Key");
        self.bucket(bucket)?.objects.get(key).ok_or_else(missing)
    }
}

fn no_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", "The specified bucket does not exist").at("Bucket")
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn seconds(at: SimTime) -> Value {
    at.as_epoch_seconds().into()
}
