//! Images described and listed (3.1, 3.6).

use super::image::{self, moment, present, tags};
use super::state::{Image, Repository};
use super::{Look, items, put, scan, words};
use crate::aws::ApiError;
use crate::aws::object::object;
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// Whether a filter with tagStatus and imageStatus lets an image through. Without one only ACTIVE images show (3.1).
fn passes(filter: &Value, image: &Image) -> bool {
    let tags = match filter["tagStatus"].as_str() {
        Some("TAGGED") => !image.tags.is_empty(),
        Some("UNTAGGED") => image.tags.is_empty(),
        _ => true,
    };
    tags && match filter["imageStatus"].as_str().unwrap_or("ACTIVE") {
        "ANY" => true,
        wanted => image.status.name() == wanted,
    }
}

pub fn describe(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    if input["imageIds"].is_array() {
        let mut found = Vec::new();
        for id in items(input, "imageIds") {
            let image = own.find(id).ok_or_else(|| words::no_image(id, &own.name, &look.account.id))?;
            found.push(details(look, own, image));
        }
        return Ok(object!({ "imageDetails": found }));
    }
    let shown = own.images().filter(|image| passes(&input["filter"], image));
    let all = shown.map(|image| details(look, own, image)).collect();
    super::page(format!("DescribeImages {} {}", own.name, input["filter"]), input, "imageDetails", all, 1000)
}

fn details(look: &Look<'_>, own: &Repository, image: &Image) -> Value {
    let (status, summary) = scan::summary(own, image);
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
    present(alloc::vec![
        ("registryId", look.account.id.as_str().into()),
        ("repositoryName", own.name.as_str().into()),
        ("imageDigest", image.digest.as_str().into()),
        ("imageTags", tags(&image.tags)),
        ("imageSizeInBytes", image.size.into()),
        ("imagePushedAt", image.pushed_at.as_epoch_seconds().into()),
        ("imageScanStatus", status),
        ("imageScanFindingsSummary", summary),
        ("imageManifestMediaType", text(&image.parsed.media_type)),
        ("artifactMediaType", text(&image.parsed.artifact_type)),
        ("lastRecordedPullTime", moment(image.pulled_at)),
        ("subjectManifestDigest", image.parsed.subject.as_deref().map_or(Value::Null, Value::from)),
        ("imageStatus", image.status.name().into()),
        ("lastArchivedAt", moment(image.archived_at)),
        ("lastActivatedAt", moment(image.activated_at)),
    ])
}

pub fn list(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let mut ids = Vec::new();
    for image in own.images().filter(|image| passes(&input["filter"], image)) {
        ids.extend(image.tags.iter().map(|tag| put::id(&image.digest, Some(tag))));
        if image.tags.is_empty() {
            ids.push(put::id(&image.digest, None));
        }
    }
    super::page(format!("ListImages {} {}", own.name, input["filter"]), input, "imageIds", ids, 1000)
}

/// The artifacts that refer to an image, such as its signatures.
pub fn referrers(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let (subject, filter) = (input["subjectId"]["imageDigest"].as_str(), &input["filter"]);
    let kinds: Vec<&str> = items(filter, "artifactTypes").filter_map(Value::as_str).collect();
    let fits = |image: &&Image| {
        let status = filter["artifactStatus"].as_str().unwrap_or("ACTIVE");
        image.parsed.subject.as_deref() == subject
            && (kinds.is_empty() || kinds.contains(&image.parsed.artifact_type.as_str()))
            && (status == "ANY" || image.status.name() == status)
    };
    let found = own.images().filter(fits).map(|image| {
        image::present(alloc::vec![
            ("digest", image.digest.as_str().into()),
            ("mediaType", image.parsed.media_type.as_str().into()),
            ("artifactType", image.parsed.artifact_type.as_str().into()),
            ("size", image.manifest.len().into()),
            ("annotations", image.parsed.annotations.clone()),
            ("artifactStatus", image.status.name().into()),
        ])
    });
    super::page(format!("ListImageReferrers {} {input}", own.name), input, "referrers", found.collect(), 50)
}
