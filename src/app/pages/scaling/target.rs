//! Scalable targets: all of them, and one with its policies, what it may do by the clock, and what it did.

use super::scale::past;
use super::{Look, policy, reading, schedule, words};
use crate::app::pages::services::words as services;
use crate::app::parts::{Kept, TableProps, table};
use ecs_lab::applicationautoscaling::{Activity, Scheduled, Target};
use ecs_lab::ecs::service::{Counts, Service, why};
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimTime;
use std::rc::Rc;
use yew::prelude::*;

/// Activities that are shown.
const ACTIVITIES: usize = 20;

/// The service of a target, where it is ACTIVE.
pub fn service<'a>(lab: &'a Lab, target: &Target) -> Option<&'a Rc<Service>> {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster(&target.cluster)?;
    ecs.service(cluster.id, &target.service).filter(|own| own.is_active())
}

/// All targets; the one that is shown can be chosen.
pub fn list(lab: &Lab, shown: &str, look: &Kept<Look>) -> Html {
    let row = |target: &Target| {
        let resource = target.resource.to_string();
        let pressed = (*resource == *shown).to_string();
        let onclick = {
            let (look, resource) = (look.clone(), resource.clone());
            Callback::from(move |_: MouseEvent| look.change(|own| own.shown.clone_from(&resource)))
        };
        let counts = service(lab, target).map(|own| (own.desired, Counts::of(lab.world().ecs(), own, None)));
        let count = |which: fn((u32, Counts)) -> u32| counts.map_or("none".to_owned(), |own| which(own).to_string());
        vec![
            html! { <button type="button" class="small" {onclick} aria-pressed={pressed} data-testid={format!("target-{}", target.service)}>{ target.service.to_string() }</button> },
            html! { target.cluster.to_string() },
            html! { format!("{} to {}", target.min, target.max) },
            html! { count(|(desired, _)| desired) },
            html! { count(|(_, counts)| counts.running) },
            html! { count(|(_, counts)| counts.pending) },
            html! { target.policies.len() },
            html! { <span class="any">{ last(target, lab.now()) }</span> },
        ]
    };
    let head = vec!["Service", "Cluster", "Capacity", "Desired", "Running", "Pending", "Policies", "Said last"];
    let rows = lab.world().applicationautoscaling().targets().map(row).collect();
    table(&TableProps { caption: "Scalable targets".into(), head, rows, testid: "target-table".into() })
}

/// What was said last: by the policy that decided, or else by one that wants something, or else by the first. Of a target
/// without any, what its scheduled action did.
pub fn last(target: &Target, now: SimTime) -> String {
    let all = || target.policies.iter().filter_map(|own| Some((own, own.evaluations.last()?)));
    let decided = all().find(|(_, own)| own.held.is_none()).or_else(|| all().find(|(_, own)| policy::moves(own)));
    if let Some((policy, own)) = decided.or_else(|| all().next()) {
        let name = if target.policies.len() > 1 { format!("{} ", policy.name) } else { String::new() };
        return format!("{}: {name}{}", past(own.at, now), reading::sentence(target, own));
    }
    match target.activities.iter().rev().find(|own| own.ranges.is_some()) {
        Some(own) => format!("{}: {}. {}", past(own.started, now), own.cause, own.message),
        None if target.policies.is_empty() => "no scheduled action has run yet".to_owned(),
        None => "no policy has decided yet".to_owned(),
    }
}

/// One target.
pub fn detail(lab: &Lab, target: &Target, look: &Kept<Look>) -> Html {
    let title = format!("{} in {}", target.service, target.cluster);
    html! {
        <section class="stack" aria-labelledby="target-shown" data-testid="target-detail">
            <h2 id="target-shown">{ title }</h2>
            { short(lab, target) }
            { suspended(target) }
            if target.policies.is_empty() { <p>{ "It has no policy: only the bounds of its capacity and scheduled actions move it." }</p> }
            { schedule::drawn(lab, target, look) }
            { for target.policies.iter().map(|own| html! {
                <section class="pane stack" key={own.arn.to_string()} aria-label={format!("Policy {}", own.name)}>
                    <h3>{ own.name.to_string() }{ " " }<span class="chip">{ own.kind }</span></h3>
                    <p class="dim">{ words::policy(own) }</p>
                    { policy::drawn(lab, target, own, look) }
                </section>
            }) }
            { scheduled(target) }
            { activities(lab, target) }
        </section>
    }
}

/// What keeps the service from having what is desired.
fn short(lab: &Lab, target: &Target) -> Html {
    let Some(own) = service(lab, target) else {
        return html! { <p>{ "Its service is not ACTIVE, so that nothing is scaled." }</p> };
    };
    let world = lab.world();
    let counts = Counts::of(world.ecs(), own, None);
    if counts.running >= own.desired {
        return Html::default();
    }
    let obstacles = why(world.ecs(), world.elb(), own.key, lab.now());
    html! {
        <div class="notice warn" data-testid="target-short">
            <div class="text">
                <p>{ format!("{} tasks are desired and {} run. Auto scaling changes the count alone; what is in the way is the service's matter:", own.desired, counts.running) }</p>
                <ul>{ for obstacles.iter().map(|one| html! { <li>{ services::sentence(one) }</li> }) }</ul>
            </div>
        </div>
    }
}

fn suspended(target: &Target) -> Html {
    let all = ["scaling out", "scaling in", "scheduled actions"];
    let on: Vec<&str> = all.into_iter().zip(target.suspended).filter(|(_, on)| *on).map(|(words, _)| words).collect();
    html! { if !on.is_empty() { <p><span class="chip warn">{ "suspended" }</span>{ format!(" {}", on.join(", ")) }</p> } }
}

fn scheduled(target: &Target) -> Html {
    let row = |own: &Scheduled| {
        let bound = |own: Option<u32>| own.map_or("as before".to_owned(), |own| own.to_string());
        let [min, max] = own.bounds;
        vec![
            html! { own.name.to_string() },
            html! { <span class="mono">{ own.text.to_string() }</span> },
            html! { bound(min) },
            html! { bound(max) },
            html! { own.next.map_or("never again".to_owned(), |at| at.to_string()) },
        ]
    };
    if target.actions.is_empty() {
        return Html::default();
    }
    let head = vec!["Scheduled action", "Schedule", "Minimum", "Maximum", "Next"];
    let rows = target.actions.iter().map(row).collect();
    table(&TableProps { caption: "Scheduled actions".into(), head, rows, testid: "action-table".into() })
}

fn activities(lab: &Lab, target: &Target) -> Html {
    let one = |own: &Rc<Activity>| {
        let became = own.held.map_or(own.message.clone(), |held| format!("Not scaled: {}.", held.text()));
        Said { at: own.started, status: own.status, words: [own.description.clone(), became, own.cause.clone()] }
    };
    let all = target.activities.iter().rev().take(ACTIVITIES).map(one).collect();
    activity_list("Scaling activities, the newest first", "activity-list".into(), all, lab.now())
}

/// An activity: what was done, what became of it, and its cause.
pub struct Said {
    pub at: SimTime,
    pub status: &'static str,
    pub words: [String; 3],
}

/// Activities, of which each is a few lines.
pub fn activity_list(title: &'static str, testid: String, all: Vec<Said>, now: SimTime) -> Html {
    let one = |own: &Said| {
        let tone = match own.status {
            "Successful" => "good",
            "Failed" | "Unfulfilled" => "bad",
            _ => "",
        };
        let [what, became, cause] = &own.words;
        html! {
            <li>
                <time class="number">{ past(own.at, now) }</time>{ " " }<span class={classes!("chip", tone)}>{ own.status }</span>
                { format!(" {what} {became} ") }<span class="dim any">{ cause }</span>
            </li>
        }
    };
    html! {
        if !all.is_empty() {
            <details class="pane" open=true>
                <summary>{ title }</summary>
                <ol class="life said" data-testid={testid}>{ for all.iter().map(one) }</ol>
            </details>
        }
    }
}
