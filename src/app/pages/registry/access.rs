//! Who may pull: what each identity is asked for, and the statement that decides.

use crate::app::parts::{TableProps, table};
use ecs_lab::ecr::Repository;
use ecs_lab::iam::{Entity, Kind};
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::json;
use yew::prelude::*;

/// What a pull needs, in its order (3.3, 3.5).
const CALLS: [&str; 3] = ["GetAuthorizationToken", "BatchGetImage", "GetDownloadUrlForLayer"];

/// One row for each user and role: the first refusal, or what allows the last call.
pub fn who_may_pull(lab: &Lab, own: &Repository) -> Html {
    let iam = lab.world().iam();
    let rows = iam.all(Kind::User).chain(iam.all(Kind::Role)).map(|entity| row(lab, own, entity)).collect();
    let head = vec!["Name", "Kind", "May pull", "Decided by"];
    html! {
        <section class="stack" aria-labelledby="pullers-title">
            <h2 id="pullers-title">{ "Who may pull" }</h2>
            <p class="dim">{ "A pull asks for a token, then for the manifest, then for each layer. A task asks with its execution role; on an instance without one, with the role of the instance." }</p>
            { table(&TableProps { caption: "Users and roles".into(), head, rows, testid: "puller-table".into() }) }
            if let Some(policy) = own.policy() {
                <details class="pane">
                    <summary>{ "The repository's policy" }</summary>
                    <pre class="mono" data-testid="repository-policy">{ serde_json::to_string_pretty(policy).unwrap_or_default() }</pre>
                </details>
            }
        </section>
    }
}

/// What the verdict on a pull says: whether all is granted, and the sentence of what decided.
fn verdict(lab: &Lab, own: &Repository, caller: &str) -> (bool, String) {
    let mut last = String::new();
    for operation in CALLS {
        let input = match operation {
            "GetAuthorizationToken" => json!({}),
            _ => json!({ "repositoryName": own.name }),
        };
        for asked in lab.world().verdicts(&ApiCall::new("ecr", operation, input).by(caller)) {
            let (need, own) = (&asked.need, &asked.verdict);
            let because = own.by.as_ref().map_or_else(|| own.because(&need.action), |by| by.in_words());
            if !own.allowed {
                return (false, format!("{}: {because}", need.action));
            }
            last = because;
        }
    }
    (true, last)
}

fn row(lab: &Lab, own: &Repository, entity: &Entity) -> Vec<Html> {
    let caller = match entity.kind {
        Kind::User => format!("user/{}", entity.name),
        _ => format!("assumed-role/{}/task", entity.name),
    };
    let (may, why) = verdict(lab, own, &caller);
    vec![
        html! { &entity.name },
        html! { entity.kind.word() },
        html! { <span class={classes!("chip", if may { "good" } else { "bad" })}>{ if may { "yes" } else { "no" } }</span> },
        html! { <span class="any">{ why }</span> },
    ]
}
