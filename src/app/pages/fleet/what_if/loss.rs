//! What goes with a zone or an instance, and where its tasks would find a place.

use super::super::view::{short_instance, short_task};
use super::{Ground, cells, left_out};
use crate::app::parts::{SelectFieldProps, TableProps, select_field, table};
use ecs_lab::lab::survey;
use ecs_lab::placement::what_if::{LostTask, in_zone, loss as lose};
use ecs_lab::sim::order;
use yew::prelude::*;
use yew::props;

/// Tasks in the table at most.
const ROWS: usize = 100;

/// The answer.
pub fn loss(ground: &Ground) -> Html {
    let mut zones: Vec<&str> = ground.hosts.iter().map(|host| host.zone.as_str()).collect();
    order::sort_by(&mut zones, |left, right| left.cmp(right));
    zones.dedup();
    zones.retain(|zone| !zone.is_empty());
    let names = ground.hosts.iter().map(|host| host.name.as_str());
    let choices: Vec<(AttrValue, AttrValue)> =
        zones.iter().copied().chain(names).map(|name| (name.to_owned().into(), name.to_owned().into())).collect();
    let first = || choices.first().map(|(value, _)| value.to_string()).unwrap_or_default();
    let lost = if ground.form.lost.is_empty() { first() } else { ground.form.lost.clone() };
    let gone = if zones.contains(&lost.as_str()) {
        in_zone(&lost, &ground.hosts)
    } else {
        ground.hosts.iter().position(|host| host.name == lost).into_iter().collect()
    };
    let residents = survey::residents(ground.lab, ground.cluster, ground.launch);
    let found = lose(&gone, &ground.hosts, &residents, ground.ties, ground.lab.start().seed);
    let name = |index: usize| ground.hosts.get(index).map_or_else(String::new, |host| short_instance(&host.name));
    let row = |task: &LostTask| {
        let to =
            task.to.map_or_else(|| "✕ nowhere".to_owned(), |to| format!("{} in {}", name(to), ground.hosts[to].zone));
        cells([short_task(&task.task).to_owned(), name(task.from), to])
    };
    html! {
        <div class="stack">
            { select_field(&props!(SelectFieldProps { id: "what-lost", label: "What is lost", value: lost, options: choices, change: (ground.edit)(|form, value| form.lost = value) })) }
            <p data-testid="what-loss-words">
                <b>{ format!("{} tasks", found.tasks.len()) }</b>{ format!(" go with it; {} of them would fit nowhere else. ", found.homeless) }
                { "A service starts them again; a standalone task is not started again by ECS." }
            </p>
            if !found.tasks.is_empty() {
                { table(&props!(TableProps { caption: "Placed again one after another, as they were asked for", head: vec!["task", "from", "to"], rows: found.tasks.iter().take(ROWS).map(row).collect::<Vec<_>>(), testid: "what-loss-table" })) }
                { left_out(found.tasks.len(), ROWS) }
            }
        </div>
    }
}
