//! Lifecycle policies put, previewed and run once a day (3.8).

use super::image::{self, present, tags};
use super::lifecycle::{Action, Candidate, Fate, Policy, evaluate};
use super::state::{Ecr, ImageStatus, Lifecycle, Preview, Repository};
use super::{Look, items, tell, text, words};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::{Cx, Event, RegistryStep};
use crate::sim::sorted::Set;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// How often a policy runs: its effects appear within 24 hours (3.8).
const EACH: SimDuration = SimDuration::from_secs(86_400);
/// When a policy ran last that has not run, as the AWS CLI's example of `delete-lifecycle-policy` has it.
const NEVER: SimTime = SimTime::from_millis(0);
/// How long a preview takes.
const PREVIEW: SimDuration = SimDuration::from_secs(5);

/// The policy and its text as it comes back: compact, as recorded.
pub fn parsed(text: &str) -> Result<(Policy, String), ApiError> {
    let policy = Policy::parse(text).map_err(|why| {
        let message = format!("Lifecycle policy validation failure: {}", why.message);
        let refusal = words::constraint("LifecyclePolicyText", &message).at("lifecyclePolicyText");
        if why.ours { refusal.in_our_words() } else { refusal }
    })?;
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    Ok((policy, value.to_string()))
}

/// Puts a policy into force.
pub fn set(own: &mut Repository, cx: &mut Cx<'_>, policy: Policy, text: String) {
    own.policies += 1;
    let (version, image) = (own.policies, own.policies);
    own.lifecycle = Some(Rc::new(Lifecycle { text, policy, evaluated_at: NEVER, version }));
    cx.schedule(EACH, Event::Registry { repository: own.number, image, step: RegistryStep::Lifecycle });
}

pub fn put(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let (policy, text) = parsed(text(input, "lifecyclePolicyText"))?;
    set(own, cx, policy, text.clone());
    tell(cx, &own.name, "lifecycle policy put".to_string());
    Ok(words::answer(&account, &own.name, alloc::vec![("lifecyclePolicyText", text.into())]))
}

fn no_policy(name: &str, registry: &str) -> ApiError {
    words::nothing_for("LifecyclePolicyNotFoundException", "Lifecycle policy", name, registry)
}

fn answer(own: &Repository, account: &crate::aws::Account) -> Result<Value, ApiError> {
    let policy = own.lifecycle.as_ref().ok_or_else(|| no_policy(&own.name, &account.id))?;
    let at = policy.evaluated_at.as_epoch_seconds();
    let more = alloc::vec![("lifecyclePolicyText", policy.text.as_str().into()), ("lastEvaluatedAt", at.into())];
    Ok(words::answer(account, &own.name, more))
}

pub fn get(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    answer(words::seen(look, input)?, look.account)
}

pub fn delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let answer = answer(own, &account)?;
    own.lifecycle = None;
    tell(cx, &own.name, "lifecycle policy deleted".to_string());
    Ok(answer)
}

pub fn start_preview(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    if own.preview.as_ref().is_some_and(|old| old.results.is_none()) {
        let message = "The previous lifecycle policy preview request has not completed. Wait and try again.";
        return Err(ApiError::new("LifecyclePolicyPreviewInProgressException", message).in_our_words());
    }
    let (policy, text) = match (input["lifecyclePolicyText"].as_str(), &own.lifecycle) {
        // A preview shows the text as it came; a policy that is kept is written anew.
        (Some(text), _) => (parsed(text)?.0, text.to_string()),
        (None, Some(own)) => (own.policy.clone(), own.text.clone()),
        (None, None) => return Err(no_policy(&own.name, &account.id)),
    };
    own.preview = Some(Rc::new(Preview { text: text.clone(), policy, results: None }));
    let step = RegistryStep::Previewed;
    cx.schedule(PREVIEW, Event::Registry { repository: own.number, image: 0, step });
    let more = alloc::vec![("lifecyclePolicyText", text.into()), ("status", "IN_PROGRESS".into())];
    Ok(words::answer(&account, &own.name, more))
}

impl Repository {
    /// What a policy would do now: each image, the oldest push first, and its fate.
    pub fn fates(&self, policy: &Policy, now: SimTime) -> Vec<(&super::Image, Fate)> {
        let mut held: Set<&str> = Set::new();
        for child in self.images().flat_map(|image| &image.parsed.children) {
            held.insert(&child.blob.digest);
        }
        let candidates: Vec<Candidate<'_>> = self.images().map(|image| candidate(image, &held)).collect();
        self.images().zip(evaluate(policy, &candidates, now)).collect()
    }

    /// The repository's lifecycle policy, if it has one.
    pub fn lifecycle_policy(&self) -> Option<&Policy> {
        self.lifecycle.as_ref().map(|own| &own.policy)
    }
}

fn candidate<'a>(image: &'a super::Image, held: &Set<&str>) -> Candidate<'a> {
    Candidate {
        tags: &image.tags,
        number: image.number,
        pushed_at: image.pushed_at,
        pulled_at: image.pulled_at,
        archived_at: image.archived_at,
        activated_at: image.activated_at,
        archived: image.status == ImageStatus::Archived,
        referenced: held.contains(image.digest.as_str()),
    }
}

/// A preview is ready.
pub fn finish_preview(ecr: &mut Ecr, cx: &mut Cx<'_>, repository: u32) {
    let now = cx.now();
    let Some(own) = ecr.numbered(repository) else { return };
    let Some(preview) = own.preview.clone() else { return };
    let mut results = Vec::new();
    for (image, fate) in own.fates(&preview.policy, now) {
        let Some(action) = fate.action else { continue };
        let acts = match action {
            Action::Expire => object!({ "type": "EXPIRE" }),
            Action::Transition => object!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" }),
        };
        results.push(present(alloc::vec![
            ("imageTags", tags(&image.tags)),
            ("imageDigest", image.digest.as_str().into()),
            ("imagePushedAt", image.pushed_at.as_epoch_seconds().into()),
            ("action", acts),
            ("appliedRulePriority", fate.rule.unwrap_or_default().into()),
            ("storageClass", if image.status == ImageStatus::Archived { "ARCHIVE" } else { "STANDARD" }.into()),
        ]));
    }
    own.preview = Some(Rc::new(Preview { results: Some(results), ..Preview::clone(&preview) }));
}

pub fn get_preview(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let Some(preview) = &own.preview else {
        let code = "LifecyclePolicyPreviewNotFoundException";
        let refusal = words::nothing_for(code, "Lifecycle policy preview", &own.name, &look.account.id);
        return Err(refusal.in_our_words());
    };
    let all = preview.results.as_deref().unwrap_or_default();
    let ids: Vec<&Value> = items(input, "imageIds").collect();
    let shown = |result: &&Value| {
        let tags = || items(result, "imageTags");
        let named = |id: &&Value| {
            (id["imageDigest"].is_null() || id["imageDigest"] == result["imageDigest"])
                && (id["imageTag"].is_null() || tags().any(|tag| *tag == id["imageTag"]))
        };
        let status = match input["filter"]["tagStatus"].as_str() {
            Some("TAGGED") => tags().next().is_some(),
            Some("UNTAGGED") => tags().next().is_none(),
            _ => true,
        };
        status && (ids.is_empty() || ids.iter().any(named))
    };
    let results = all.iter().filter(shown).cloned().collect();
    let scope = format!("GetLifecyclePolicyPreview {} {} {}", own.name, input["imageIds"], input["filter"]);
    let most = if input["maxResults"].is_null() { 100 } else { 1000 };
    let page = super::page(scope, input, "previewResults", results, most)?;
    let count = |kind: &str| all.iter().filter(|own| own["action"]["type"] == kind).count();
    let status = if preview.results.is_some() { "COMPLETE" } else { "IN_PROGRESS" };
    let mut more = alloc::vec![("lifecyclePolicyText", preview.text.as_str().into()), ("status", Value::from(status))];
    if preview.results.is_some() {
        let moved = count("TRANSITION");
        let mut summary = object!({ "expiringImageTotalCount": count("EXPIRE") });
        if moved > 0 {
            let moved = object!({ "targetStorageClass": "ARCHIVE", "imageTotalCount": moved });
            summary["transitioningImageTotalCounts"] = Value::Array(alloc::vec![moved]);
        }
        more.push(("summary", summary));
    }
    let mut answer = words::answer(look.account, &own.name, more);
    if let (Some(answer), Value::Object(page)) = (answer.as_object_mut(), page) {
        answer.extend(page);
    }
    Ok(answer)
}

/// The daily run of a repository's policy, if it is still that version.
pub fn run(ecr: &mut Ecr, cx: &mut Cx<'_>, repository: u32, version: u32) {
    let now = cx.now();
    let Some(own) = ecr.numbered(repository) else { return };
    let Some(policy) = own.lifecycle.clone().filter(|own| own.version == version) else { return };
    let fates: Vec<(u32, Fate)> =
        own.fates(&policy.policy, now).iter().map(|(image, fate)| (image.number, *fate)).collect();
    let (name, mut gone) = (own.name.clone(), Vec::new());
    for (number, fate) in fates {
        let (Some(action), Some(rule)) = (fate.action, fate.rule) else { continue };
        let Some(digest) = own.images.get(&number).map(|image| super::short(&image.digest)) else { continue };
        match action {
            Action::Expire => gone.extend(own.remove(number).map(|image| image.digest.clone())),
            Action::Transition => image::archive(own, number, now),
        }
        let what = if action == Action::Expire { "expired" } else { "archived" };
        tell(cx, &name, format!("image {digest} {what} by lifecycle rule {rule}"));
    }
    // What refers to an image that is gone follows it (3.8).
    while let Some(digest) = gone.pop() {
        let refers = |image: &&super::Image| image.parsed.subject.as_ref() == Some(&digest);
        let followers: Vec<u32> = own.images().filter(refers).map(|image| image.number).collect();
        gone.extend(followers.iter().filter_map(|number| own.remove(*number)).map(|image| image.digest.clone()));
    }
    own.lifecycle = Some(Rc::new(Lifecycle { evaluated_at: now, ..Lifecycle::clone(&policy) }));
    cx.schedule(EACH, Event::Registry { repository, image: version, step: RegistryStep::Lifecycle });
}
