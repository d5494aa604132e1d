//! What holds for the whole registry, with the forms that set it: scanning, replication, pull-through caches, and
//! templates of repositories that make themselves.

use super::forms::mutability;
use super::{Draft, ecr};
use crate::app::pages::fleet::deed;
use crate::app::parts::{Choice, Kept, SelectFieldProps, TextFieldProps, select_field, text_field};
use crate::app::session::Door;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// A field: id, label, hint, what stands in it at first, and its values with their words where one is to be chosen.
type Field = (&'static str, &'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const SCANNING: [Field; 3] = [
    ("scanning-type", "Scan type", "", "BASIC", &[("BASIC", "BASIC"), ("ENHANCED", "ENHANCED: Amazon Inspector")]),
    (
        "scanning-frequency",
        "Scan",
        "",
        "SCAN_ON_PUSH",
        &[
            ("SCAN_ON_PUSH", "on push"),
            ("CONTINUOUS_SCAN", "continuously: ENHANCED alone"),
            ("MANUAL", "by hand: BASIC alone"),
        ],
    ),
    ("scanning-filter", "Repositories", "A name with * for anything; empty for no rule.", "*", &[]),
];

const REPLICATION: [Field; 3] = [
    ("replication-region", "To the Region", "", "eu-west-1", &[]),
    ("replication-account", "To the account", "Empty for this one.", "", &[]),
    ("replication-prefix", "Repositories that begin with", "Empty for all.", "", &[]),
];

const CACHE: [Field; 3] = [
    ("cache-prefix", "Prefix of the repositories", "Such as quay; ROOT for no prefix.", "", &[]),
    (
        "cache-upstream",
        "Upstream registry",
        "",
        "public.ecr.aws",
        &[
            ("public.ecr.aws", "Amazon ECR Public"),
            ("quay.io", "Quay"),
            ("registry.k8s.io", "Kubernetes"),
            ("registry-1.docker.io", "Docker Hub"),
            ("ghcr.io", "GitHub"),
            ("registry.gitlab.com", "GitLab"),
        ],
    ),
    (
        "cache-secret",
        "Secret with its credentials",
        "The ARN of a secret whose name begins with ecr-pullthroughcache/, which Docker Hub, GitHub and GitLab need. aws secretsmanager create-secret makes one.",
        "",
        &[],
    ),
];

const TEMPLATE: [Field; 4] = [
    ("template-prefix", "Prefix of the repositories", "Such as team; ROOT for all that match no other.", "", &[]),
    (
        "template-for",
        "For repositories made by",
        "",
        "PULL_THROUGH_CACHE",
        &[("PULL_THROUGH_CACHE", "a pull-through cache"), ("REPLICATION", "replication"), ("CREATE_ON_PUSH", "a push")],
    ),
    (
        "template-mutability",
        "Tags",
        "",
        "MUTABLE",
        &[
            ("MUTABLE", "MUTABLE"),
            ("IMMUTABLE", "IMMUTABLE"),
            ("MUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
            ("IMMUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"),
        ],
    ),
    ("template-exclusions", "Exceptions", "Patterns for WITH_EXCLUSION, with blanks between them.", "", &[]),
];

/// What stands in a field.
fn text<'a>(draft: &'a Draft, fields: &[Field], id: &str) -> &'a str {
    let typed = draft.settings.iter().find(|(known, _)| *known == id).map(|(_, text)| text.as_str());
    typed.unwrap_or_else(|| fields.iter().find(|own| own.0 == id).map_or("", |own| own.3)).trim()
}

fn form(draft: &Kept<Draft>, fields: &[Field]) -> Html {
    let one = |(id, label, hint, _, values): &Field| {
        let (id, label) = (*id, *label);
        let value = text(draft, fields, id).to_owned();
        let change = {
            let draft = draft.clone();
            Callback::from(move |value: String| {
                draft.change(|own| {
                    own.settings.retain(|(known, _)| *known != id);
                    own.settings.push((id, value));
                });
            })
        };
        if values.is_empty() {
            let hint = (!hint.is_empty()).then_some(AttrValue::Static(hint));
            return text_field(&props!(TextFieldProps { id, label, hint, value, change }));
        }
        let options: Vec<Choice> = values.iter().map(|(value, words)| ((*value).into(), (*words).into())).collect();
        select_field(&props!(SelectFieldProps { id, label, value, options, change }))
    };
    html! { <div class="columns">{ for fields.iter().map(one) }</div> }
}

/// PutRegistryScanningConfiguration.
fn scanning(draft: &Draft) -> Command {
    let of = |id: &str| text(draft, &SCANNING, id);
    let filter = json!({ "filter": of("scanning-filter"), "filterType": "WILDCARD" });
    let rule = json!({ "scanFrequency": of("scanning-frequency"), "repositoryFilters": [filter] });
    let rules = if of("scanning-filter").is_empty() { json!([]) } else { json!([rule]) };
    ecr("PutRegistryScanningConfiguration", json!({ "scanType": of("scanning-type"), "rules": rules }))
}

/// PutReplicationConfiguration of one rule.
fn replication(draft: &Draft, account: &str) -> Command {
    let of = |id: &str| text(draft, &REPLICATION, id);
    let registry = Some(of("replication-account")).filter(|own| !own.is_empty()).unwrap_or(account);
    let mut rule = json!({ "destinations": [{ "region": of("replication-region"), "registryId": registry }] });
    if !of("replication-prefix").is_empty() {
        rule["repositoryFilters"] = json!([{ "filter": of("replication-prefix"), "filterType": "PREFIX_MATCH" }]);
    }
    ecr("PutReplicationConfiguration", json!({ "replicationConfiguration": { "rules": [rule] } }))
}

/// CreatePullThroughCacheRule; none until it has a prefix.
fn cache(draft: &Draft) -> Option<Command> {
    let of = |id: &str| text(draft, &CACHE, id);
    let mut input = json!({ "ecrRepositoryPrefix": of("cache-prefix"), "upstreamRegistryUrl": of("cache-upstream") });
    if !of("cache-secret").is_empty() {
        input["credentialArn"] = of("cache-secret").into();
    }
    (!of("cache-prefix").is_empty()).then(|| ecr("CreatePullThroughCacheRule", input))
}

/// CreateRepositoryCreationTemplate; none until it has a prefix.
fn template(draft: &Draft) -> Option<Command> {
    let of = |id: &str| text(draft, &TEMPLATE, id);
    let mut input = json!({ "prefix": of("template-prefix"), "appliedFor": [of("template-for")] });
    mutability(&mut input, of("template-mutability"), of("template-exclusions"));
    (!of("template-prefix").is_empty()).then(|| ecr("CreateRepositoryCreationTemplate", input))
}

/// What the registry answers of itself.
fn asked(lab: &Lab, operation: &str) -> Value {
    lab.world().read(&ApiCall::new("ecr", operation, json!({}))).unwrap_or_default()
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The values of a member of each item, in a list of words.
fn list(items: &Value, say: impl Fn(&Value) -> String) -> String {
    let all: Vec<String> = items.as_array().into_iter().flatten().map(say).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn scanning_now(lab: &Lab) -> String {
    let own = &asked(lab, "GetRegistryScanningConfiguration")["scanningConfiguration"];
    let rule = |rule: &Value| {
        let filters = list(&rule["repositoryFilters"], |own| words(&own["filter"]).to_owned());
        format!("{} for {filters}", words(&rule["scanFrequency"]))
    };
    format!("In force: {}. Rules: {}.", words(&own["scanType"]), list(&own["rules"], rule))
}

fn replication_now(lab: &Lab) -> String {
    let own = &asked(lab, "DescribeRegistry")["replicationConfiguration"];
    let rule = |rule: &Value| {
        let place = |own: &Value| format!("{} of {}", words(&own["region"]), words(&own["registryId"]));
        let filters = match &rule["repositoryFilters"] {
            Value::Array(all) if !all.is_empty() => {
                list(&rule["repositoryFilters"], |own| format!("{}…", words(&own["filter"])))
            }
            _ => "all repositories".to_owned(),
        };
        format!("{filters} to {}", list(&rule["destinations"], place))
    };
    format!("In force: {}.", list(&own["rules"], rule))
}

/// The rules or templates that there are, each with what takes it away.
fn known(door: &Door, items: &Value, member: &str, operation: &str, say: impl Fn(&Value) -> String) -> Html {
    let one = |own: &Value| {
        let name = words(&own[member]).to_owned();
        let drop = ecr(operation, json!({ member: name.clone() }));
        html! {
            <li key={name.clone()}>
                <p>{ format!("{name}: {}", say(own)) }</p>
                { deed(door, &format!("Delete {name}"), "delete-setting", "delete-setting-line", &drop, true) }
            </li>
        }
    };
    let all = items.as_array().into_iter().flatten();
    html! { <ul class="stack">{ for all.map(one) }</ul> }
}

/// One of the four, closed at first.
fn pane(title: &'static str, testid: &'static str, now: Option<String>, body: Html) -> Html {
    html! {
        <details class="pane" data-testid={testid}>
            <summary>{ title }</summary>
            <div class="stack slim">
                if let Some(now) = now { <p class="dim" data-testid={format!("{testid}-now")}>{ now }</p> }
                { body }
            </div>
        </details>
    }
}

fn named(door: &Door, command: Option<Command>, text: &str, testid: &'static str, line: &'static str) -> Html {
    match command {
        Some(command) => deed(door, text, testid, line, &command, false),
        None => html! { <p class="dim">{ "Give it a prefix: the command then stands here." }</p> },
    }
}

/// The four of them.
pub fn settings(door: &Door, lab: &Lab, draft: &Kept<Draft>) -> Html {
    let caches = asked(lab, "DescribePullThroughCacheRules")["pullThroughCacheRules"].take();
    let templates = asked(lab, "DescribeRepositoryCreationTemplates")["repositoryCreationTemplates"].take();
    let from = |own: &Value| format!("from {}", words(&own["upstreamRegistryUrl"]));
    let for_whom = |own: &Value| {
        let applied = list(&own["appliedFor"], |own| words(own).to_owned());
        format!("{}, for {applied}", words(&own["imageTagMutability"]))
    };
    let account = &lab.world().options().account.id;
    html! {
        <section class="stack" aria-labelledby="settings-title" data-testid="registry-settings">
            <h2 id="settings-title">{ "The whole registry" }</h2>
            { pane("Scanning", "scanning-form", Some(scanning_now(lab)), html! { <>
                { form(draft, &SCANNING) }
                { deed(door, "Put the scanning configuration", "put-scanning", "put-scanning-line", &scanning(draft), false) }
            </> }) }
            { pane("Replication", "replication-form", Some(replication_now(lab)), html! { <>
                { form(draft, &REPLICATION) }
                { deed(door, "Put the replication configuration", "put-replication", "put-replication-line", &replication(draft, account), false) }
                { deed(door, "Replicate nothing", "drop-replication", "drop-replication-line", &ecr("PutReplicationConfiguration", json!({ "replicationConfiguration": { "rules": [] } })), true) }
            </> }) }
            { pane("Pull-through cache", "cache-form", None, html! { <>
                { known(door, &caches, "ecrRepositoryPrefix", "DeletePullThroughCacheRule", from) }
                { form(draft, &CACHE) }
                { named(door, cache(draft), "Create the rule", "create-cache", "create-cache-line") }
            </> }) }
            { pane("Repository creation templates", "template-form", None, html! { <>
                { known(door, &templates, "prefix", "DeleteRepositoryCreationTemplate", for_whom) }
                { form(draft, &TEMPLATE) }
                { named(door, template(draft), "Create the template", "create-template", "create-template-line") }
            </> }) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;

    fn draft(texts: &[(&'static str, &str)]) -> Draft {
        let settings = texts.iter().map(|(id, text)| (*id, (*text).to_owned())).collect();
        Draft { settings, ..Draft::default() }
    }

    #[test]
    fn every_form_makes_what_it_shows() {
        let mut lab = opening::fleet();
        let account = lab.world().options().account.id.clone();
        assert_eq!(scanning_now(&lab), "In force: BASIC. Rules: none.");
        assert_eq!(replication_now(&lab), "In force: none.");
        let own = draft(&[("scanning-type", "ENHANCED"), ("scanning-frequency", "CONTINUOUS_SCAN")]);
        lab.apply(scanning(&own)).unwrap();
        assert_eq!(scanning_now(&lab), "In force: ENHANCED. Rules: CONTINUOUS_SCAN for *.");
        lab.apply(scanning(&draft(&[("scanning-filter", "")]))).unwrap();
        assert_eq!(scanning_now(&lab), "In force: BASIC. Rules: none.");
        lab.apply(replication(&draft(&[("replication-prefix", "prod")]), &account)).unwrap();
        assert_eq!(replication_now(&lab), format!("In force: prod… to eu-west-1 of {account}."));
        assert_eq!((cache(&draft(&[])), template(&draft(&[]))), (None, None), "they have no prefix");
        let input = json!({ "Name": "ecr-pullthroughcache/hub", "SecretString": "{}" });
        let secret = lab.apply(Command::Api(ApiCall::new("secretsmanager", "CreateSecret", input))).unwrap().reply;
        let secret = words(&secret["ARN"]).to_owned();
        for texts in [
            &[("cache-prefix", "quay"), ("cache-upstream", "quay.io")][..],
            &[("cache-prefix", "hub"), ("cache-upstream", "registry-1.docker.io"), ("cache-secret", &secret)],
        ] {
            lab.apply(cache(&draft(texts)).unwrap()).unwrap();
        }
        let rules = asked(&lab, "DescribePullThroughCacheRules");
        assert_eq!(
            list(&rules["pullThroughCacheRules"], |own| words(&own["ecrRepositoryPrefix"]).to_owned()),
            "hub, quay"
        );
        let own = draft(&[("template-prefix", "team"), ("template-mutability", "IMMUTABLE")]);
        lab.apply(template(&own).unwrap()).unwrap();
        let made = &asked(&lab, "DescribeRepositoryCreationTemplates")["repositoryCreationTemplates"][0];
        assert_eq!((words(&made["prefix"]), words(&made["imageTagMutability"])), ("team", "IMMUTABLE"));
        let kind = "IMMUTABLE_WITH_EXCLUSION";
        let own =
            draft(&[("template-prefix", "t2"), ("template-mutability", kind), ("template-exclusions", "latest dev-*")]);
        lab.apply(template(&own).unwrap()).unwrap();
        let made = &asked(&lab, "DescribeRepositoryCreationTemplates")["repositoryCreationTemplates"][0];
        let filters = list(&made["imageTagMutabilityExclusionFilters"], |own| words(&own["filter"]).to_owned());
        assert_eq!((words(&made["imageTagMutability"]), filters.as_str()), (kind, "latest, dev-*"));
    }

    /// Every upstream that is offered is one that the registry knows, and what it refuses changes nothing.
    #[test]
    fn what_is_offered_is_known_and_a_refusal_changes_nothing() {
        let mut lab = opening::fleet();
        for (upstream, _) in CACHE[1].4 {
            let made = lab.apply(cache(&draft(&[("cache-prefix", "a1"), ("cache-upstream", upstream)])).unwrap());
            match made {
                Ok(_) => assert!(lab.undo()),
                Err(error) => assert!(error.message.contains("needs a credentialArn"), "{upstream}: {error:?}"),
            }
        }
        let before = lab.digest();
        let manual = draft(&[("scanning-type", "ENHANCED"), ("scanning-frequency", "MANUAL")]);
        lab.apply(scanning(&manual)).unwrap_err();
        let account = lab.world().options().account.id.clone();
        lab.apply(replication(&draft(&[("replication-region", "us-east-1")]), &account)).unwrap_err();
        assert_eq!(lab.digest(), before);
    }
}
