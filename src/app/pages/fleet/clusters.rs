//! All clusters of the lab as DescribeClusters answers them; one is made, shown or deleted here.

use super::faults::deed;
use super::inspect::title;
use crate::app::parts::{TableProps, TextFieldProps, table, text_field};
use crate::app::session::Door;
use ecs_lab::event::ClusterId;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// The clusters with their counts, and a field for the name of a new one.
pub fn clusters(
    door: &Door,
    shown: ClusterId,
    chosen: &UseStateHandle<Option<ClusterId>>,
    name: &UseStateHandle<String>,
) -> Html {
    let lab = door.store().lab();
    let all = described(&lab);
    let change = {
        let name = name.clone();
        Callback::from(move |text: String| name.set(text))
    };
    let create = Command::ecs("CreateCluster", json!({ "clusterName": name.trim() }));
    let rows = all.iter().map(|own| row(&lab, own, shown, chosen)).collect();
    let head = vec!["Cluster", "Status", "Instances", "Running", "Pending"];
    let own = lab.world().ecs().clusters().find(|own| own.id == shown).map(|own| own.name.as_str()).unwrap_or_default();
    let own = all.iter().find(|one| one["clusterName"] == own);
    html! {
        <>
            { title("Clusters") }
            { table(&TableProps { caption: "Container instances, and tasks that are RUNNING and PENDING".into(), head, rows, testid: "cluster-table".into() }) }
            if let Some(own) = own { { settings(door, own) } }
            { text_field(&props!(TextFieldProps { id: "new-cluster", label: "A new cluster", value: (**name).clone(), change, placeholder: "staging" })) }
            if !name.trim().is_empty() { { deed(door, "Create the cluster", "create-cluster", "create-cluster-line", &create, false) } }
        </>
    }
}

/// The clusters in order of creation, a hundred at most; of deleted ones the last of a name.
fn described(lab: &Lab) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for cluster in lab.world().ecs().clusters() {
        if !names.contains(&&*cluster.name) && names.len() < 100 {
            names.push(&cluster.name);
        }
    }
    let call = ApiCall::new("ecs", "DescribeClusters", json!({ "clusters": names, "include": ["SETTINGS"] }));
    match lab.read(&call).unwrap_or_default()["clusters"].take() {
        Value::Array(all) => all,
        _ => Vec::new(),
    }
}

fn row(lab: &Lab, own: &Value, shown: ClusterId, chosen: &UseStateHandle<Option<ClusterId>>) -> Vec<Html> {
    let text = |member: &str| own[member].as_str().unwrap_or_default().to_owned();
    let number = |member: &str| html! { own[member].to_string() };
    let name = text("clusterName");
    let show = match lab.world().ecs().cluster(&name).map(|cluster| cluster.id) {
        None => html! { name.clone() },
        Some(id) => {
            let chosen = chosen.clone();
            let onclick = Callback::from(move |_: MouseEvent| chosen.set(Some(id)));
            html! { <button type="button" class="small" {onclick} aria-pressed={(id == shown).to_string()} data-testid={format!("show-{name}")}>{ name.clone() }</button> }
        }
    };
    vec![
        show,
        html! { text("status") },
        number("registeredContainerInstancesCount"),
        number("runningTasksCount"),
        number("pendingTasksCount"),
    ]
}

/// What is set for one cluster, and its end.
fn settings(door: &Door, own: &Value) -> Html {
    let name = own["clusterName"].as_str().unwrap_or_default();
    let settings = own["settings"].as_array().into_iter().flatten();
    let settings: Vec<String> = settings
        .map(|one| [&one["name"], &one["value"]].map(|own| own.as_str().unwrap_or_default()).join(" "))
        .collect();
    let providers = own["capacityProviders"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let providers = providers.collect::<Vec<_>>().join(", ");
    let delete = Command::ecs("DeleteCluster", json!({ "cluster": name }));
    html! {
        <section class="stack tight" aria-label={format!("Cluster {name}")} data-testid="cluster-settings">
            <h3>{ name.to_owned() }</h3>
            <dl class="config">
                <dt>{ "settings" }</dt><dd>{ settings.join(", ") }</dd>
                <dt>{ "capacity providers" }</dt><dd>{ if providers.is_empty() { "–".to_owned() } else { providers } }</dd>
            </dl>
            { deed(door, "Delete the cluster", "delete-cluster", "delete-cluster-line", &delete, true) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;

    #[test]
    fn every_cluster_stands_once_with_its_counts_deleted_ones_too() {
        let mut lab = opening::fleet();
        for (operation, input) in [
            ("CreateCluster", json!({ "clusterName": "spare" })),
            ("DeleteCluster", json!({ "cluster": "spare" })),
            ("CreateCluster", json!({ "clusterName": "old" })),
            ("CreateCluster", json!({ "clusterName": "spare" })),
            ("DeleteCluster", json!({ "cluster": "old" })),
        ] {
            lab.apply(Command::ecs(operation, input)).unwrap();
        }
        let rows: Vec<Value> = described(&lab)
            .iter()
            .map(|own| json!([own["clusterName"], own["status"], own["registeredContainerInstancesCount"]]))
            .collect();
        assert_eq!(rows, [json!(["prod", "ACTIVE", 6]), json!(["spare", "ACTIVE", 0]), json!(["old", "INACTIVE", 0])]);
    }
}
