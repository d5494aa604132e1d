//! One service: why it is not steady, its deployments between their bounds, its targets, its events, and what can be done.

use super::super::fleet::deed;
use super::words;
use crate::app::parts::{TableProps, TextFieldProps, table, text_field};
use crate::app::session::Door;
use ecs_lab::ecs::service::{Counts, Service, why};
use ecs_lab::event::TaskKey;
use ecs_lab::lab::{Command, Lab};
use serde_json::json;
use yew::prelude::*;
use yew::props;

/// Events that are shown.
const EVENTS: usize = 20;

/// The section of one service; `desired` is what the field for a new desired count holds.
pub fn detail(door: &Door, lab: &Lab, cluster: &str, own: &Service, desired: &UseStateHandle<String>) -> Html {
    let name = own.name.to_string();
    let obstacles = why(lab.world().ecs(), own.key, lab.now());
    let events = own.events.iter().rev().take(EVENTS);
    html! {
        <section class="stack" aria-labelledby="service-title" data-testid="service-detail">
            <h2 id="service-title">{ name }</h2>
            if obstacles.is_empty() {
                <p data-testid="service-why">{ if own.is_active() { "It is steady: as many tasks run as are wanted, all of the newest revision." } else { "It is deleted." } }</p>
            } else {
                <ul class="list" data-testid="service-why">{ for obstacles.iter().map(|one| html! {
                    <li><span class={classes!("chip", if one.blocks() { "bad" } else { "warn" })}>{ words::short(one) }</span>{ " " }{ words::sentence(one) }</li>
                }) }</ul>
            }
            { deployments(lab, own) }
            { targets(lab, own) }
            <section class="stack tight">
                <h3>{ "Events" }</h3>
                <ol class="life" data-testid="service-events">{ for events.map(|event| html! {
                    <li key={event.id.to_string()}><time class="number dim">{ event.at.clock() }</time>{ " " }<span class="any">{ &event.message }</span></li>
                }) }</ol>
            </section>
            if own.is_active() { { deeds(door, cluster, own, desired) } }
        </section>
    }
}

/// The deployments as a table, and drawn: what runs and what is on its way, between the least that must be healthy and the
/// most that may be there (6.3).
fn deployments(lab: &Lab, own: &Service) -> Html {
    let ecs = lab.world().ecs();
    let bounds = own.bounds();
    let counted: Vec<Counts> =
        own.deployments.iter().map(|one| Counts::of(ecs, own, Some(one.revision.number))).collect();
    let rows = own.deployments.iter().zip(&counted).enumerate().map(|(index, (one, counts))| {
        let definition = &one.revision.definition;
        vec![
            html! { one.status(index) },
            html! { definition.name() },
            html! { one.desired.to_string() },
            html! { counts.running.to_string() },
            html! { counts.pending.to_string() },
            html! { one.failed_tasks.to_string() },
            html! { one.task_set().map_or(one.rollout.name(), |set| set.stability()) },
        ]
    });
    let head = vec!["Deployment", "Task definition", "Desired", "Running", "Pending", "Failed", "Rollout"];
    let table = table(&TableProps {
        caption: "Deployments, the newest first".into(),
        head,
        rows: rows.collect(),
        testid: "deployment-table".into(),
    });
    let pairs: Vec<(u32, u32)> = counted.iter().map(|counts| (counts.running, counts.pending)).collect();
    let spans = spans(&pairs);
    let all = spans.last().map_or(0, |(start, width, ..)| start + width);
    let scale = 100.0 / f64::from(all.max(bounds.upper).max(1));
    let at = |tasks: u32| format!("{:.2}", f64::from(tasks) * scale);
    let words = format!(
        "{} tasks of at least {} healthy and at most {} in all; desired {}.",
        all, bounds.lower, bounds.upper, own.desired
    );
    html! {
        <section class="stack tight" aria-label="Deployments">
            { table }
            <svg class="rollout" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={words.clone()} data-testid="rollout">
                <rect class="rollout-room" x="0" y="2" width={at(bounds.upper)} height="8" />
                { for spans.iter().map(|(start, width, deployment, waits)| html! {
                    <rect class={classes!("brick", format!("hue-{}", deployment % 7), waits.then_some("rollout-waits"))} x={at(*start)} y="2" width={at(*width)} height="8" />
                }) }
                { for [bounds.lower, own.desired].into_iter().map(|line| html! {
                    <line class="rollout-line" x1={at(line)} x2={at(line)} y1="0" y2="12" />
                }) }
            </svg>
            <p class="dim">{ words }</p>
        </section>
    }
}

/// Where the tasks of each deployment lie on the bar: start, width, deployment, and whether they are on their way.
fn spans(counts: &[(u32, u32)]) -> Vec<(u32, u32, usize, bool)> {
    let (mut all, mut start) = (Vec::new(), 0);
    for (deployment, (running, pending)) in counts.iter().enumerate() {
        for (width, waits) in [(*running, false), (*pending, true)] {
            if width > 0 {
                all.push((start, width, deployment, waits));
                start += width;
            }
        }
    }
    all
}

/// The tasks of the service in its target groups.
fn targets(lab: &Lab, own: &Service) -> Html {
    let (ecs, elb) = (lab.world().ecs(), lab.world().elb());
    let mut rows = Vec::new();
    for id in own.tasks.iter() {
        let key = TaskKey { cluster: own.key.cluster, id: *id };
        let traffic = ecs.task(key).map(|task| task.request.traffic.clone()).unwrap_or_default();
        for one in traffic.iter() {
            let Some(target) = elb.health_of(one.group, key) else { continue };
            let group = elb.group(one.group).map(|group| group.name.clone()).unwrap_or_default();
            rows.push(vec![
                html! { <span class="mono">{ id.to_string().chars().take(8).collect::<String>() }</span> },
                html! { group },
                html! { <span class="any">{ format!("{}:{}", target.id, target.port) }</span> },
                html! { target.state.name() },
                html! { target.reason().map(|(_, words)| words).unwrap_or_default() },
            ]);
        }
    }
    if rows.is_empty() {
        return Html::default();
    }
    let head = vec!["Task", "Target group", "Target", "Health", "Reason"];
    table(&TableProps { caption: "Targets".into(), head, rows, testid: "target-table".into() })
}

/// What can be done with an ACTIVE service.
fn deeds(door: &Door, cluster: &str, own: &Service, desired: &UseStateHandle<String>) -> Html {
    let change = {
        let desired = desired.clone();
        Callback::from(move |text: String| desired.set(text))
    };
    let named = |more: serde_json::Value| {
        let mut input = json!({ "cluster": cluster, "service": &*own.name });
        if let (Some(map), Some(more)) = (input.as_object_mut(), more.as_object()) {
            map.extend(more.clone());
        }
        input
    };
    let count = desired.trim().parse::<u32>().ok();
    let scale = count.map(|count| Command::ecs("UpdateService", named(json!({ "desiredCount": count }))));
    let again = Command::ecs("UpdateService", named(json!({ "forceNewDeployment": true })));
    let delete = Command::ecs("DeleteService", named(json!({ "force": true })));
    html! {
        <section class="stack slim" aria-label="Change the service">
            { text_field(&props!(TextFieldProps { id: "new-desired", label: "A new desired count", inputmode: "numeric", value: (**desired).clone(), placeholder: own.desired.to_string(), change })) }
            if let Some(command) = &scale { { deed(door, "Change the desired count", "scale-service", "scale-service-line", command, false) } }
            { deed(door, "Force a new deployment", "redeploy-service", "redeploy-service-line", &again, false) }
            { deed(door, "Delete the service", "delete-service", "delete-service-line", &delete, true) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_and_what_is_on_its_way_lie_side_by_side() {
        assert_eq!(spans(&[]), []);
        assert_eq!(spans(&[(1, 2), (3, 0)]), [(0, 1, 0, false), (1, 2, 0, true), (3, 3, 1, false)]);
    }
}
