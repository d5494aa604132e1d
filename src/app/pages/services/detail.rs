//! One service: why it is not steady, its deployments between their bounds, its targets, its events, and what can be done.

use super::super::fleet::{deed, definitions};
use super::{load, words};
use crate::app::parts::{
    self, Choice, Kept, SelectFieldProps, TableProps, TextFieldProps, select_field, table, text_field,
};
use crate::app::session::Door;
use ecs_lab::ecr::reference;
use ecs_lab::ecs::Task;
use ecs_lab::ecs::containers;
use ecs_lab::ecs::service::{Counts, Owner, Service, Stage, digest, why};
use ecs_lab::event::TaskKey;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::order;
use serde_json::json;
use std::cmp::Ordering;
use yew::prelude::*;
use yew::props;

/// Tasks that are to run that are shown, and those that ended.
const RUNNING: usize = 12;
const ENDED: usize = 5;
/// Events that are shown.
const EVENTS: usize = 20;

/// What the fields for a change of the service hold.
#[derive(Clone, Default, PartialEq)]
pub struct Edit {
    desired: String,
    definition: String,
}

/// The section of one service.
pub fn detail(lab: &Lab, own: &Service) -> Html {
    let name = own.name.to_string();
    let obstacles = why(lab.world().ecs(), lab.world().elb(), own.key, lab.now());
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
            { tasks(lab, own) }
            { targets(lab, own) }
            { load::now(lab, own) }
            <section class="stack tight">
                <h3>{ "Events" }</h3>
                <ol class="life" data-testid="service-events">{ for events.map(|event| html! {
                    <li key={event.id.to_string()}><time class="number dim">{ event.at.clock() }</time>{ " " }<span class="any">{ &event.message }</span></li>
                }) }</ol>
            </section>
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
            { images(lab, own) }
            { stages(own) }
        </section>
    }
}

/// What the tags of the newest deployment's images were resolved to (RL-13), where the account's registry holds them.
fn images(lab: &Lab, own: &Service) -> Html {
    let (world, account) = (lab.world(), &lab.world().options().account);
    let Some(primary) = own.primary() else { return Html::default() };
    let owner = Owner { service: own.key, revision: primary.revision.number };
    let ecr = world.ecr();
    let sentences = primary.revision.core().containers.iter().enumerate().filter_map(|(index, container)| {
        let fixed = digest(world.ecs(), owner, index)?;
        let (repository, ..) = reference(account, &container.image)?;
        let is_there = ecr.repository(repository)?.image(fixed).is_some();
        let sentence = words::image(&container.image, fixed, ecr.digest(account, &container.image), is_there);
        Some(html! { <li key={container.name.clone()}><b>{ &container.name }</b>{ ": " }<span class="any">{ sentence }</span></li> })
    });
    let sentences: Vec<Html> = sentences.collect();
    if sentences.is_empty() {
        return Html::default();
    }
    html! { <ul class="list stack tight" aria-label="Images of the newest deployment" data-testid="resolved-images">{ for sentences }</ul> }
}

/// Where a deployment stands that shifts traffic: its stages, and how much of the production traffic the new revision has.
fn stages(own: &Service) -> Html {
    let Some(shift) = &own.shift else { return Html::default() };
    let stage = |stage: Stage| {
        let tone = match stage.cmp(&shift.stage) {
            Ordering::Less => "good",
            Ordering::Equal => "warn",
            Ordering::Greater => "",
        };
        let current = (stage == shift.stage).then_some("step");
        html! { <li class={classes!("chip", tone)} aria-current={current}>{ stage.name() }</li> }
    };
    let share = f64::from(shift.production) / 10.0;
    let test = if shift.test { ", and the test traffic" } else { "" };
    let until =
        shift.due.map_or(String::new(), |due| format!(" This stage goes on until {} at the latest.", due.clock()));
    html! {
        <>
            <ol class="list row" aria-label="Stages of the deployment" data-testid="stages">{ for Stage::ALL.into_iter().map(stage) }</ol>
            <p data-testid="shifted">{ format!("{share} % of the production traffic goes to the new revision{test}.{until}") }</p>
        </>
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

/// The tasks of the service, the youngest first: those that are to run, then the last that ended with what each said.
fn tasks(lab: &Lab, own: &Service) -> Html {
    let ecs = lab.world().ecs();
    let cluster = own.key.cluster;
    let mine =
        ecs.tasks(cluster).filter(|task| task.request.owner.as_ref().is_some_and(|owner| owner.service == own.key));
    let mut all: Vec<&Task> = mine.collect();
    order::sort_by_key(&mut all, |task| std::cmp::Reverse(task.times.created));
    let (run, ended): (Vec<&Task>, Vec<&Task>) = all.into_iter().partition(|task| task.wanted());
    let rows: Vec<Vec<Html>> =
        run.iter().take(RUNNING).chain(ended.iter().take(ENDED)).map(|task| row(lab, task)).collect();
    if rows.is_empty() {
        return Html::default();
    }
    let head = vec!["Task", "Task definition", "Status", "Health", "Where", "What it said at its end"];
    let caption = format!("{} to run, {} ended in the last hour", run.len(), ended.len());
    table(&TableProps { caption: caption.into(), head, rows, testid: "service-tasks".into() })
}

fn row(lab: &Lab, task: &Task) -> Vec<Html> {
    let host = task.host().and_then(|key| lab.world().ecs().instance(key));
    let place = host.map_or_else(|| "Fargate".to_owned(), |host| host.machine.to_string());
    vec![
        html! { <span class="mono">{ task.key.id.to_string().chars().take(8).collect::<String>() }</span> },
        html! { task.definition.name() },
        html! { task.status.name() },
        html! { containers::health(task).name() },
        html! { format!("{place} in {}", task.zone) },
        html! { <span class="any">{ end(lab, task) }</span> },
    ]
}

/// Why a task stopped, with what its containers ended with.
fn end(lab: &Lab, task: &Task) -> String {
    let Some(stop) = &task.stop else { return String::new() };
    let input = json!({ "cluster": cluster_name(lab, task), "tasks": [task.key.id.to_string()] });
    let described = lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).unwrap_or_default()["tasks"][0].take();
    let mut all = stop.reason.clone();
    for own in described["containers"].as_array().into_iter().flatten() {
        let name = own["name"].as_str().unwrap_or_default();
        if let Some(code) = own["exitCode"].as_u64() {
            all.push_str(&format!("; {name} ended with exit code {code}"));
        }
        if let Some(reason) = own["reason"].as_str() {
            all.push_str(&format!("; {name}: {reason}"));
        }
    }
    all
}

fn cluster_name<'a>(lab: &'a Lab, task: &Task) -> &'a str {
    let mut all = lab.world().ecs().clusters();
    all.find(|own| own.id == task.key.cluster).map_or("", |own| own.name.as_str())
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

/// What can be done with an ACTIVE service; `edit` is what the fields for its change hold.
pub fn deeds(door: &Door, lab: &Lab, cluster: &str, own: &Service, edit: &Kept<Edit>) -> Html {
    let change = |change: fn(&mut Edit, String)| parts::edit(edit, change);
    let named = |more: serde_json::Value| {
        let mut input = json!({ "cluster": cluster, "service": &*own.name });
        if let (Some(map), Some(more)) = (input.as_object_mut(), more.as_object()) {
            map.extend(more.clone());
        }
        input
    };
    let count = edit.desired.trim().parse::<u32>().ok();
    let scale = count.map(|count| Command::ecs("UpdateService", named(json!({ "desiredCount": count }))));
    let options: Vec<Choice> = std::iter::once(("".into(), "choose one".into()))
        .chain(definitions(lab).into_iter().map(|(name, _)| (name.clone().into(), name.into())))
        .collect();
    let roll = (!edit.definition.is_empty())
        .then(|| Command::ecs("UpdateService", named(json!({ "taskDefinition": edit.definition }))));
    let again = Command::ecs("UpdateService", named(json!({ "forceNewDeployment": true })));
    let delete = Command::ecs("DeleteService", named(json!({ "force": true })));
    html! {
        <section class="stack" aria-labelledby="change-title">
            <h2 id="change-title">{ format!("Change {}", own.name) }</h2>
            { text_field(&props!(TextFieldProps { id: "new-desired", label: "A new desired count", inputmode: "numeric", value: edit.desired.clone(), placeholder: own.desired.to_string(), change: change(|edit, text| edit.desired = text) })) }
            if let Some(command) = &scale { { deed(door, "Change the desired count", "scale-service", "scale-service-line", command, false) } }
            if !super::codedeploy::deploys(own) {
                { select_field(&props!(SelectFieldProps { id: "new-definition", label: "Another task definition", value: edit.definition.clone(), options, change: change(|edit, text| edit.definition = text) })) }
                if let Some(command) = &roll { { deed(door, "Roll it out", "roll-service", "roll-service-line", command, false) } }
                { deed(door, "Force a new deployment", "redeploy-service", "redeploy-service-line", &again, false) }
            }
            { deed(door, "Delete the service", "delete-service", "delete-service-line", &delete, true) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::sim::SimDuration;

    #[test]
    fn a_task_that_ended_says_why_and_with_which_exit_code() {
        let mut lab = opening::fleet();
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 1 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(60))).unwrap();
        let cluster = lab.world().ecs().clusters().next().unwrap().id;
        let id = *lab.world().ecs().services(cluster).next().unwrap().tasks.iter().next().unwrap();
        let fault = json!({ "container": { "task": id.to_string(), "exitCode": 3 } });
        lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(60))).unwrap();
        let said = end(&lab, lab.world().ecs().task(TaskKey { cluster, id }).unwrap());
        assert_eq!(said, "Essential container in task exited; app ended with exit code 3");
    }

    #[test]
    fn what_runs_and_what_is_on_its_way_lie_side_by_side() {
        assert_eq!(spans(&[]), []);
        assert_eq!(spans(&[(1, 2), (3, 0)]), [(0, 1, 0, false), (1, 2, 0, true), (3, 3, 1, false)]);
    }
}
