//! The dry run of a lifecycle policy: the fate of each image, and the rule that decides it.

use super::{Draft, ecr, short};
use crate::app::pages::fleet::deed;
use crate::app::parts::{AreaFieldProps, Kept, TableProps, area_field, edit, table};
use crate::app::session::Door;
use ecs_lab::ecr::Repository;
use ecs_lab::ecr::lifecycle::{Action, Policy};
use ecs_lab::lab::Lab;
use serde_json::json;
use yew::prelude::*;
use yew::props;

/// What the field holds at first: untagged images go after two weeks, and thirty tagged ones stay.
const EXAMPLE: &str = r#"{
  "rules": [
    {
      "rulePriority": 1,
      "description": "untagged images go after 14 days",
      "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14 },
      "action": { "type": "expire" }
    },
    {
      "rulePriority": 2,
      "description": "the newest 30 stay",
      "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 },
      "action": { "type": "expire" }
    }
  ]
}"#;

/// The text that the field shows: as typed, else the policy in force, else the example.
fn text(own: &Repository, draft: &Draft) -> String {
    let in_force = || own.lifecycle_text().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let pretty = || in_force().and_then(|value| serde_json::to_string_pretty(&value).ok());
    draft.policy.clone().or_else(pretty).unwrap_or_else(|| EXAMPLE.to_owned())
}

/// The policy as text, what it would do now, and the call that puts it into force.
pub fn dry_run(door: &Door, lab: &Lab, own: &Repository, draft: &Kept<Draft>) -> Html {
    let text = text(own, draft);
    let policy = Policy::parse(&text);
    let error = policy
        .as_ref()
        .err()
        .map(|why| AttrValue::from(format!("Lifecycle policy validation failure: {}", why.message)));
    let put = ecr("PutLifecyclePolicy", json!({ "repositoryName": own.name, "lifecyclePolicyText": compact(&text) }));
    let change = edit(draft, |draft, value| draft.policy = Some(value));
    html! {
        <section class="stack" aria-labelledby="lifecycle-title">
            <h2 id="lifecycle-title">{ "Lifecycle policy" }</h2>
            <p class="dim">{ if own.lifecycle_policy().is_some() { "A policy is in force; it runs once a day." } else { "None is in force: images stay until somebody deletes them." } }</p>
            { area_field(&props!(AreaFieldProps { id: "lifecycle-text", label: "Policy to try", error, value: text, rows: 12, change })) }
            if let Ok(policy) = &policy {
                { fates(lab, own, policy) }
                { deed(door, "Put it into force", "put-lifecycle", "put-lifecycle-line", &put, false) }
            }
            if own.lifecycle_policy().is_some() {
                { deed(door, "Delete the policy", "delete-lifecycle", "delete-lifecycle-line", &ecr("DeleteLifecyclePolicy", json!({ "repositoryName": own.name })), true) }
            }
        </section>
    }
}

fn compact(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| text.to_owned(), |value| value.to_string())
}

fn fates(lab: &Lab, own: &Repository, policy: &Policy) -> Html {
    let row = |(image, fate): &(&ecs_lab::ecr::Image, ecs_lab::ecr::lifecycle::Fate)| {
        let (tone, word) = match fate.action {
            Some(Action::Expire) => ("bad", "expires"),
            Some(Action::Transition) => ("warn", "archived"),
            None => ("good", "stays"),
        };
        vec![
            html! { <strong>{ if image.tags.is_empty() { "untagged".to_owned() } else { image.tags.join(", ") } }</strong> },
            html! { <span class="mono">{ short(&image.digest) }</span> },
            html! { image.pushed_at.to_string() },
            html! { <span class={classes!("chip", tone)}>{ word }</span> },
            html! { <span class="any">{ fate.sentence() }</span> },
        ]
    };
    let rows: Vec<Vec<Html>> = own.fates(policy, lab.now()).iter().rev().map(row).collect();
    if rows.is_empty() {
        return html! { <p data-testid="fates-none">{ "No image yet that it could decide about." }</p> };
    }
    let head = vec!["Tags", "Digest", "Pushed", "Fate", "Why"];
    table(&TableProps { caption: "What it would do now".into(), head, rows, testid: "fate-table".into() })
}
