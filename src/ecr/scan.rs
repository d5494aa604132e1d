//! Scans and what they find (3.10). The findings are made up, but the same for the same image.
//!
//! Which packages an image has follows from the image that it was built from, which the label or annotation
//! `org.opencontainers.image.base.name` tells. Of one without it the scanner knows no package manager.

use super::image::{moment, named, present};
use super::manifest::BASE;
use super::state::{Ecr, Image, Repository};
use super::{Look, items, lifecycle, tell, text, words};
use crate::aws::object::{self, object};
use crate::aws::{ApiError, model};
use crate::event::{Cx, Event, RegistryStep};
use crate::sim::{SimDuration, SimTime, order};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How long a scan takes.
const TAKES: SimDuration = SimDuration::from_secs(30);
/// How long an image is not scanned again by hand (3.2).
const AGAIN: SimDuration = SimDuration::from_secs(86_400);

/// How long enhanced scanning watches an image after its push or its last pull: the default of Amazon Inspector
/// (docs.aws.amazon.com/inspector, re-scan duration, read 2026-11-22).
const WATCHED: SimDuration = SimDuration::from_secs(14 * 86_400);

/// `SCOPE|NAME|SEVERITY|PACKAGE|VERSION|FIXED IN|SCORE|DESCRIPTION`, a line a finding.
const CATALOGUE: &str = "Findings of basic scans";
const SEVERITIES: [&str; 6] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"];

/// A scan of an image.
#[derive(Clone, Debug)]
pub struct Scan {
    started_at: SimTime,
    completed_at: Option<SimTime>,
    enhanced: bool,
}

/// A line of the catalogue.
struct Finding {
    name: &'static str,
    severity: &'static str,
    package: &'static str,
    version: &'static str,
    fixed: &'static str,
    score: &'static str,
    about: &'static str,
    /// Whether it is of a package of a programming language, which only enhanced scanning sees.
    language: bool,
}

/// The distribution of an image's base, and the language it is for; none where no package manager is known.
fn scopes(base: &str) -> Option<(&'static str, &'static str)> {
    let (named, tag) = base.rsplit_once(':').unwrap_or((base, ""));
    let name = named.rsplit('/').next().unwrap_or_default();
    let none = ["", "scratch", "busybox", "hello-world", "static", "traefik", "registry"];
    if none.contains(&name) {
        return None;
    }
    let distribution = match () {
        () if name == "alpine" || tag.contains("alpine") => "alpine",
        () if name.starts_with("amazon") || named.contains("amazon/") => "amazonlinux",
        () if name == "ubuntu" => "ubuntu",
        () => "debian",
    };
    let language = ["node", "python"].into_iter().find(|language| *language == name);
    Some((distribution, language.unwrap_or_default()))
}

/// The findings of an image, the worst first; none where the scanner does not know its packages.
fn found(own: &Repository, image: &Image, enhanced: bool) -> Option<Vec<Finding>> {
    let config = image.parsed.config.as_ref().and_then(|blob| own.layers.get(&blob.digest)?.config.clone());
    let label = config.map(|config| config.written.base.clone()).unwrap_or_default();
    let base = image.parsed.annotations[BASE].as_str().unwrap_or(&label);
    let (distribution, language) = scopes(base)?;
    let mut list = Vec::new();
    for line in model::lines(CATALOGUE) {
        let parts: Vec<&'static str> = line.split('|').collect();
        let [scope, name, severity, package, version, fixed, score, about] = *parts.as_slice() else { continue };
        let of_language = scope == language;
        if scope == distribution || enhanced && of_language {
            list.push(Finding { name, severity, package, version, fixed, score, about, language: of_language });
        }
    }
    order::sort_by_key(&mut list, |own: &Finding| (rank(own.severity), own.name));
    Some(list)
}

fn rank(severity: &str) -> usize {
    SEVERITIES.iter().position(|own| *own == severity).unwrap_or(SEVERITIES.len())
}

/// findingSeverityCounts.
fn counts(list: &[Finding]) -> Value {
    let count = |severity: &str| list.iter().filter(|own| own.severity == severity).count();
    let there = SEVERITIES.iter().filter(|severity| count(severity) > 0);
    object::of(there.map(|severity| (*severity, count(severity).into())).collect())
}

/// imageScanStatus.
fn status(scan: &Scan, list: Option<&Vec<Finding>>) -> Value {
    let unsupported = "UnsupportedImageError: The operating system and/or package manager are not supported.";
    let (word, about) = match (scan.completed_at, scan.enhanced, list) {
        (None, false, _) => ("IN_PROGRESS", ""),
        (None, true, _) => ("PENDING", ""),
        (_, false, None) => ("FAILED", unsupported),
        (_, true, None) => ("UNSUPPORTED_IMAGE", unsupported),
        (_, false, _) => ("COMPLETE", "The scan was completed successfully."),
        (_, true, _) => ("ACTIVE", "Continuous scan is selected for image."),
    };
    let mut status = object!({ "status": word });
    if !about.is_empty() {
        status["description"] = about.into();
    }
    status
}

/// imageScanStatus and imageScanFindingsSummary of DescribeImages; null without a scan.
pub fn summary(own: &Repository, image: &Image) -> (Value, Value) {
    let Some(scan) = &image.scan else { return (Value::Null, Value::Null) };
    let list = found(own, image, scan.enhanced);
    let of = |list: &Vec<Finding>| {
        let at = moment(scan.completed_at);
        object!({ "imageScanCompletedAt": at.clone(), "vulnerabilitySourceUpdatedAt": at, "findingSeverityCounts": counts(list) })
    };
    let summary = list.as_ref().filter(|_| scan.completed_at.is_some()).map(of).unwrap_or_default();
    (status(scan, list.as_ref()), summary)
}

pub fn findings(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let registry = look.account.id.as_str();
    let image = named(own, input, registry)?;
    let Some(scan) = &image.scan else {
        let tag = input["imageId"]["imageTag"].as_str().unwrap_or("null");
        let message = format!(
            "Image scan does not exist for the image with '{{imageDigest:'{}', imageTag:'{tag}'}}' in the repository with name '{}' in the registry with id '{registry}'",
            image.digest, own.name
        );
        return Err(ApiError::new("ScanNotFoundException", message).at("imageId"));
    };
    let list = found(own, image, scan.enhanced);
    let mut id = super::put::id(&image.digest, None);
    if let Some(tag) = input["imageId"]["imageTag"].as_str() {
        id["imageTag"] = tag.into();
    }
    let mut more = alloc::vec![("imageId", id), ("imageScanStatus", status(scan, list.as_ref()))];
    let mut next = Value::Null;
    if let (Some(list), Some(at)) = (&list, scan.completed_at) {
        let shown = list.iter().map(|own| if scan.enhanced { enhanced(look, image, own, at) } else { basic(own) });
        let scope = format!("DescribeImageScanFindings {}", image.digest);
        let name = if scan.enhanced { "enhancedFindings" } else { "findings" };
        let mut page = super::page(scope, input, name, shown.collect(), 1000)?;
        next = page["nextToken"].take();
        let at = at.as_epoch_seconds();
        more.push((
            "imageScanFindings",
            object::of(alloc::vec![
                (name, page[name].take()),
                ("imageScanCompletedAt", at.into()),
                ("vulnerabilitySourceUpdatedAt", at.into()),
                ("findingSeverityCounts", counts(list)),
            ]),
        ));
    }
    if !next.is_null() {
        more.push(("nextToken", next));
    }
    Ok(words::answer(look.account, &own.name, more))
}

fn uri(name: &str) -> String {
    format!("https://cve.mitre.org/cgi-bin/cvename.cgi?name={name}")
}

fn basic(own: &Finding) -> Value {
    let attribute = |key: &str, value: &str| object!({ "key": key, "value": value });
    object!({
        "name": own.name,
        "description": own.about,
        "uri": uri(own.name),
        "severity": own.severity,
        "attributes": alloc::vec![
            attribute("package_version", own.version),
            attribute("package_name", own.package),
            attribute("CVSS3_SCORE", own.score),
        ],
    })
}

fn enhanced(look: &Look<'_>, image: &Image, own: &Finding, at: SimTime) -> Value {
    let (at, account) = (at.as_epoch_seconds(), look.account);
    let digest = super::sha256(format!("{}{}{}", image.digest, own.name, own.package).as_bytes());
    let id = digest.get(7..39).unwrap_or_default();
    let score: f64 = own.score.parse().unwrap_or_default();
    let package = present(alloc::vec![
        ("name", own.package.into()),
        ("version", own.version.into()),
        ("fixedInVersion", if own.fixed.is_empty() { Value::Null } else { own.fixed.into() }),
        ("packageManager", if own.language { "GENERIC" } else { "OS" }.into()),
    ]);
    let fixed = if own.fixed.is_empty() { "NO" } else { "YES" };
    object!({
        "awsAccountId": account.id.as_str(),
        "description": own.about,
        "findingArn": format!("arn:{}:inspector2:{}:{}:finding/{id}", account.partition(), account.region, account.id),
        "firstObservedAt": at,
        "lastObservedAt": at,
        "updatedAt": at,
        "title": format!("{} - {}", own.name, own.package),
        "type": "PACKAGE_VULNERABILITY",
        "severity": own.severity,
        "status": "ACTIVE",
        "score": score,
        "fixAvailable": fixed,
        "exploitAvailable": "NO",
        "packageVulnerabilityDetails": object!({
            "vulnerabilityId": own.name,
            "source": "NVD",
            "sourceUrl": uri(own.name),
            "vendorSeverity": own.severity,
            "vulnerablePackages": alloc::vec![package],
        }),
        "remediation": object!({ "recommendation": object!({ "text": "None Provided" }) }),
    })
}

pub fn start(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let enhanced = ecr.is_enhanced();
    let own = words::change(ecr, cx, input)?;
    let image = named(own, input, &account.id)?;
    if enhanced {
        return Err(ApiError::new("ValidationException", "This feature is disabled").in_our_words());
    }
    if image.parsed.is_index() {
        let message = format!("The image has the media type {}, which is not scanned.", image.parsed.media_type);
        return Err(ApiError::new("UnsupportedImageTypeException", message).at("imageId").in_our_words());
    }
    if image.status != super::ImageStatus::Active {
        let message = format!("The image is {}.", image.status.name());
        return Err(ApiError::new("ImageArchivedException", message).at("imageId").in_our_words());
    }
    if image.scan.as_ref().is_some_and(|scan| !scan.enhanced && now - scan.started_at < AGAIN) {
        let message = "The scan quota per image has been exceeded. Wait and try again.";
        return Err(ApiError::new("LimitExceededException", message));
    }
    let (number, mut id) = (image.number, super::put::id(&image.digest, None));
    if let Some(tag) = input["imageId"]["imageTag"].as_str() {
        id["imageTag"] = tag.into();
    }
    begin(own, cx, number, false);
    let more = alloc::vec![("imageId", id), ("imageScanStatus", object!({ "status": "IN_PROGRESS" }))];
    Ok(words::answer(&account, &own.name, more))
}

fn begin(own: &mut Repository, cx: &mut Cx<'_>, image: u32, enhanced: bool) {
    if let Some(image) = own.image_mut(image) {
        image.scan = Some(Scan { started_at: cx.now(), completed_at: None, enhanced });
    }
    let step = RegistryStep::Scanned;
    cx.schedule(TAKES, Event::Registry { repository: own.number, image, step });
}

/// A new image came: it is scanned where a rule or the repository says so.
pub fn pushed(ecr: &mut Ecr, cx: &mut Cx<'_>, name: &str, number: u32) {
    let enhanced = ecr.is_enhanced();
    let scans = ecr.repository(name).is_some_and(|own| ecr.frequency(own).0 != "MANUAL");
    let Some(own) = ecr.change(name).filter(|_| scans) else { return };
    if own.images.get(&number).is_some_and(|image| !image.parsed.is_index()) {
        begin(own, cx, number, enhanced);
    }
}

/// Enhanced scanning was set: it takes up the images that are there, as far as they were pushed or pulled within the time
/// for which it watches an image.
pub fn taken_up(ecr: &mut Ecr, cx: &mut Cx<'_>) {
    if !ecr.is_enhanced() {
        return;
    }
    let now = cx.now();
    let names: Vec<String> =
        ecr.repositories().filter(|own| ecr.frequency(own).0 != "MANUAL").map(|own| own.name.clone()).collect();
    for name in names {
        let Some(own) = ecr.change(&name) else { continue };
        let recent =
            |image: &&Image| now - image.pulled_at.map_or(image.pushed_at, |at| at.max(image.pushed_at)) <= WATCHED;
        let new = |image: &&Image| image.scan.as_ref().is_none_or(|scan| !scan.enhanced);
        let fits = |image: &&Image| !image.parsed.is_index() && image.status == super::ImageStatus::Active;
        let images: Vec<u32> = own.images().filter(recent).filter(new).filter(fits).map(|image| image.number).collect();
        for number in images {
            begin(own, cx, number, true);
        }
    }
}

/// A scan is over.
pub fn finish(ecr: &mut Ecr, cx: &mut Cx<'_>, repository: u32, number: u32) {
    let now = cx.now();
    let Some(own) = ecr.numbered(repository) else { return };
    let Some(image) = own.image_mut(number) else { return };
    let digest = super::short(&image.digest);
    let Some(scan) = image.scan.as_mut().filter(|scan| scan.completed_at.is_none() && now - scan.started_at >= TAKES)
    else {
        return;
    };
    scan.completed_at = Some(now);
    let (enhanced, name) = (scan.enhanced, own.name.clone());
    let image = own.images.get(&number).map(Rc::clone);
    let list = image.and_then(|image| found(own, &image, enhanced));
    let result = list.map_or_else(|| "not supported".to_string(), |list| format!("{} findings", list.len()));
    tell(cx, &name, format!("scan of {digest}: {result}"));
}

impl Ecr {
    /// Whether Amazon Inspector scans rather than ECR itself.
    fn is_enhanced(&self) -> bool {
        self.registry.scanning["scanType"] == "ENHANCED"
    }

    /// When a repository's images are scanned, and the filters that say so.
    fn frequency(&self, own: &Repository) -> (&'static str, Vec<Value>) {
        let mut best = ("MANUAL", Vec::new());
        for rule in items(&self.registry.scanning, "rules") {
            let fits = |filter: &&Value| covers(text(filter, "filter"), &own.name);
            let filters: Vec<Value> = items(rule, "repositoryFilters").filter(fits).cloned().collect();
            let better = match text(rule, "scanFrequency") {
                "CONTINUOUS_SCAN" => "CONTINUOUS_SCAN",
                "SCAN_ON_PUSH" if best.0 != "CONTINUOUS_SCAN" => "SCAN_ON_PUSH",
                _ => continue,
            };
            if !filters.is_empty() {
                best = (better, filters);
            }
        }
        if best.0 == "MANUAL" && own.scan_on_push && !self.is_enhanced() {
            best.0 = "SCAN_ON_PUSH";
        }
        best
    }
}

/// Whether a scanning filter takes a repository: anywhere in the name without a wildcard, as a whole with one.
fn covers(filter: &str, name: &str) -> bool {
    if filter.contains('*') { lifecycle::matches(filter, name) } else { name.contains(filter) }
}

pub fn of_repositories(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in items(input, "repositoryNames").filter_map(Value::as_str) {
        let Some(own) = look.ecr.repository(name) else {
            let code = "REPOSITORY_NOT_FOUND";
            let reason = words::no_repository(name, &look.account.id).message;
            failures.push(object!({ "repositoryName": name, "failureCode": code, "failureReason": reason }));
            continue;
        };
        let (frequency, filters) = look.ecr.frequency(own);
        found.push(object!({
            "repositoryArn": own.arn(look.account),
            "repositoryName": name,
            "scanOnPush": frequency != "MANUAL",
            "scanFrequency": frequency,
            "appliedScanFilters": filters,
        }));
    }
    Ok(object!({ "scanningConfigurations": found, "failures": failures }))
}
