//! Pull-through cache: repositories that fill themselves from another registry (3.11).

use super::account::laid;
use super::pull::Refusal;
use super::state::Ecr;
use super::{Look, docker, items, repository, template, text, words};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ecs::image as upstream;
use crate::event::Cx;
use crate::iam::evaluate::Named;
use crate::iam::{Iam, Need, Scene, Verdict};
use crate::secretsmanager::SecretsManager;
use crate::sim::sorted::Set;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Rules of a registry (3.2).
const MOST: usize = 50;

/// Host, upstreamRegistry, and whether it wants credentials.
const UPSTREAMS: [(&str, &str, bool); 9] = [
    ("public.ecr.aws", "ecr-public", false),
    ("registry-1.docker.io", "docker-hub", true),
    ("quay.io", "quay", false),
    ("registry.k8s.io", "k8s", false),
    ("ghcr.io", "github-container-registry", true),
    ("registry.gitlab.com", "gitlab-container-registry", true),
    (".azurecr.io", "azure-container-registry", true),
    ("cgr.dev", "chainguard", true),
    (".amazonaws.com", "ecr", false),
];

const MEMBERS: [&str; 8] = [
    "ecrRepositoryPrefix",
    "upstreamRegistryUrl",
    "createdAt",
    "registryId",
    "credentialArn",
    "customRoleArn",
    "upstreamRepositoryPrefix",
    "upstreamRegistry",
];

/// What AWS says where the credentials of a rule let nobody in (containers-roadmap, issue 2354).
pub const LOCKED: &str = "The authentication to the upstream registry failed. Verify that the credentials provided in the \
                          pull through cache rule are correct, and try again.";

fn missing(prefix: &str, registry: &str) -> ApiError {
    let message =
        format!("Pull through cache rule with prefix '{prefix}' does not exist in the registry with id '{registry}'.");
    ApiError::new("PullThroughCacheRuleNotFoundException", message).at("ecrRepositoryPrefix").in_our_words()
}

/// The prefix as the rules are kept by: without the slash that is assumed.
fn prefix(input: &Value) -> &str {
    text(input, "ecrRepositoryPrefix").trim_end_matches('/')
}

/// Why ECR cannot have the secret that a rule names (SecretNotFoundException of the API).
fn lacks_secret(secrets: &SecretsManager, rule: &Value) -> Option<ApiError> {
    let arn = rule["credentialArn"].as_str().filter(|arn| secrets.secret_refusal(arn).is_some())?;
    let message = format!("The secret {arn} of the pull through cache rule does not exist.");
    Some(ApiError::new("SecretNotFoundException", message).at("credentialArn").in_our_words())
}

pub fn create(ecr: &mut Ecr, secrets: &SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let (prefix, url) = (prefix(input), text(input, "upstreamRegistryUrl"));
    let url = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
    let known =
        UPSTREAMS.iter().find(|(host, _, _)| if host.starts_with('.') { url.ends_with(host) } else { url == *host });
    let named = input["upstreamRegistry"].as_str();
    let Some((_, kind, secret)) = known.filter(|(_, kind, _)| named.is_none_or(|named| named == *kind)) else {
        let message = format!("The upstream registry '{url}' is not supported.");
        let code = "UnsupportedUpstreamRegistryException";
        return Err(ApiError::new(code, message).at("upstreamRegistryUrl").in_our_words());
    };
    if *secret && input["credentialArn"].is_null() {
        let message = format!("The upstream registry {kind} needs a credentialArn.");
        return Err(ApiError::invalid(message).at("credentialArn").in_our_words());
    }
    if ecr.registry.rules.contains_key(prefix) {
        let message = format!(
            "Pull through cache rule with prefix '{prefix}' already exists in the registry with id '{}'.",
            account.id
        );
        return Err(ApiError::new("PullThroughCacheRuleAlreadyExistsException", message).in_our_words());
    }
    if ecr.registry.rules.len() >= MOST {
        let message = format!("The registry already has {MOST} pull through cache rules.");
        return Err(ApiError::new("LimitExceededException", message).in_our_words());
    }
    if let Some(wrong) = lacks_secret(secrets, input) {
        return Err(wrong);
    }
    let more = alloc::vec![
        ("ecrRepositoryPrefix", Value::from(prefix)),
        ("upstreamRegistryUrl", url.into()),
        ("createdAt", now.as_epoch_seconds().into()),
        ("registryId", account.id.as_str().into()),
        ("upstreamRegistry", (*kind).into()),
        ("updatedAt", now.as_epoch_seconds().into()),
    ];
    let rule = laid(input, &["credentialArn", "customRoleArn", "upstreamRepositoryPrefix"], more);
    ecr.registry_mut().rules.insert(prefix.to_string(), rule.clone());
    ecr.look_for_secrets(secrets);
    Ok(laid(&rule, &MEMBERS, Vec::new()))
}

pub fn update(ecr: &mut Ecr, secrets: &SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (account, now) = (cx.options().account.clone(), cx.now());
    let rule = ecr.registry_mut().rules.get_mut(prefix(input));
    let rule = rule.ok_or_else(|| missing(prefix(input), &account.id))?;
    if let Some(wrong) = lacks_secret(secrets, input) {
        return Err(wrong);
    }
    for name in ["credentialArn", "customRoleArn"].into_iter().filter(|name| !input[*name].is_null()) {
        rule[name] = input[name].clone();
    }
    rule["updatedAt"] = now.as_epoch_seconds().into();
    let names = [
        "ecrRepositoryPrefix",
        "registryId",
        "updatedAt",
        "credentialArn",
        "customRoleArn",
        "upstreamRepositoryPrefix",
    ];
    let answer = laid(rule, &names, Vec::new());
    ecr.look_for_secrets(secrets);
    Ok(answer)
}

pub fn delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let rule = ecr.registry_mut().rules.remove(prefix(input));
    let rule = rule.ok_or_else(|| missing(prefix(input), &cx.options().account.id))?;
    Ok(laid(&rule, MEMBERS.get(..7).unwrap_or_default(), Vec::new()))
}

pub fn describe(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let rules = &look.ecr.registry.rules;
    if input["ecrRepositoryPrefixes"].is_array() {
        let mut found = Vec::new();
        for prefix in items(input, "ecrRepositoryPrefixes").filter_map(Value::as_str) {
            let own = rules.get(prefix.trim_end_matches('/'));
            found.push(own.cloned().ok_or_else(|| missing(prefix, &look.account.id))?);
        }
        return Ok(object!({ "pullThroughCacheRules": found }));
    }
    let all = rules.values().cloned().collect();
    super::page("DescribePullThroughCacheRules".to_string(), input, "pullThroughCacheRules", all, 1000)
}

/// A rule is valid whose secret is there, where it names one.
pub fn validate(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let rule = look.ecr.registry.rules.get(prefix(input));
    let rule = rule.ok_or_else(|| missing(prefix(input), &look.account.id))?;
    let names = MEMBERS.iter().copied().filter(|name| !["createdAt", "upstreamRegistry"].contains(name));
    let mut told = alloc::vec![];
    let failure = lacks_secret(look.secrets, rule).map(|why| why.message);
    told.push(("isValid", failure.is_none().into()));
    told.extend(failure.map(|why| ("failure", why.into())));
    Ok(laid(rule, &names.collect::<Vec<_>>(), told))
}

impl Ecr {
    /// The image of another registry that a repository's name stands for: the longest prefix decides, ROOT last. Its
    /// registry asks who one is before it looks for the image.
    pub(super) fn upstream(&self, name: &str, tag: &str) -> Option<Result<String, Refusal>> {
        let rules = self.registry.rules.iter().filter_map(|(prefix, rule)| {
            let rest = if prefix == "ROOT" { name } else { name.strip_prefix(prefix.as_str())?.strip_prefix('/')? };
            Some((prefix, rest, rule))
        });
        let (prefix, rest, rule) = rules.max_by_key(|(prefix, _, _)| (*prefix != "ROOT", prefix.len()))?;
        if self.registry.locked.contains(prefix) {
            return Some(Err(Refusal::Locked));
        }
        let host = match text(rule, "upstreamRegistryUrl") {
            "registry-1.docker.io" => "docker.io",
            host => host,
        };
        let above = match text(rule, "upstreamRepositoryPrefix").trim_end_matches('/') {
            "" | "ROOT" => String::new(),
            above => format!("{above}/"),
        };
        Some(format!("{host}/{above}{rest}:{tag}")).filter(|image| upstream::size(image).is_some()).map(Ok)
    }

    /// Secrets have changed: which rules lack theirs.
    pub(super) fn look_for_secrets(&mut self, secrets: &SecretsManager) {
        let lacking = self.registry.rules.iter().filter(|(_, rule)| lacks_secret(secrets, rule).is_some());
        let locked: Set<String> = lacking.map(|(prefix, _)| prefix.clone()).collect();
        if locked != self.registry.locked {
            self.registry_mut().locked = locked;
        }
    }
}

/// Whoever pulls, with what IAM says of them.
#[derive(Clone, Copy)]
pub struct Puller<'a> {
    /// The identities and their policies.
    pub iam: &'a Iam,
    /// The caller.
    pub scene: Scene<'a>,
}

impl Puller<'_> {
    /// Whether they may do one thing to a repository: by their own policies, by the registry's, or where it says so by the
    /// repository's. One Deny is the end (4.1).
    fn may(self, ecr: &Ecr, action: &str, name: &str, asks_repository: bool) -> bool {
        let account = self.scene.account;
        let need = Need::new(action, words::arn(account, name));
        let of_registry =
            ecr.registry.policy.as_ref().map(|own| Named { name: "registry policy", policy: &own.policy });
        let of_repository = ecr.resource_policy(account, &need.resource).filter(|_| asks_repository);
        let verdicts = [of_registry, of_repository].map(|own| self.iam.verdict(self.scene, &need, own));
        let denied = |own: &Verdict| !own.allowed && own.by.is_some();
        let mut given = verdicts.iter().flatten();
        !verdicts.iter().flatten().any(denied) && given.any(|own| own.allowed)
    }

    /// Whether their pull may fill the cache; else what they are told, which is that there is nothing (3.11, 4.3).
    pub(super) fn fills(self, ecr: &Ecr, name: &str) -> Result<(), Refusal> {
        match ecr.repository(name) {
            None if !self.may(ecr, "ecr:CreateRepository", name, false) => Err(Refusal::NoRepository),
            _ if !self.may(ecr, "ecr:BatchImportUpstreamImage", name, true) => Err(Refusal::NoImage),
            _ => Ok(()),
        }
    }
}

/// Fetches an image that is not here yet, where a rule stands for the repository and whoever pulls may; makes the repository
/// with it. A pull of nobody was judged before.
pub fn ensure(
    ecr: &mut Ecr,
    cx: &mut Cx<'_>,
    name: &str,
    id: &Value,
    puller: Option<Puller<'_>>,
) -> Result<(), ApiError> {
    let tag = text(id, "imageTag");
    let here = ecr.repository(name).is_some_and(|own| own.tagged(tag).is_some());
    let Some(image) = ecr.upstream(name, tag).filter(|_| !tag.is_empty() && !here) else { return Ok(()) };
    if puller.is_some_and(|own| own.fills(ecr, name).is_err()) {
        return Ok(());
    }
    let image = image.map_err(|_| ApiError::new("UnableToGetUpstreamImageException", LOCKED))?;
    if ecr.repository(name).is_none() && !template::make(ecr, cx, name, "PULL_THROUGH_CACHE")? {
        repository::made(ecr, cx, name, &Value::Null)?;
    }
    docker::put(ecr, cx, name, &docker::upstream(&image), tag)
}
