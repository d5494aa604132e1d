//! An Auto Scaling group: its instances and what was done to it.

use super::target::{Said, activity_list};
use crate::app::parts::{TableProps, table};
use ecs_lab::autoscaling::{Activity, Group, Member};
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimTime;
use yew::prelude::*;

/// Activities that are shown, and instances.
const ACTIVITIES: usize = 20;
const MEMBERS: usize = 30;

/// Its instances, as a table.
pub fn members(lab: &Lab, own: &Group) -> Html {
    if own.members.is_empty() {
        return html! { <p class="dim">{ "It has no instance." }</p> };
    }
    let row = |member: &Member| {
        vec![
            html! { <span class="mono">{ member.id.to_string() }</span> },
            html! { &member.kind },
            html! { &member.zone },
            html! { member.state.name() },
            html! { if lab.world().ecs().is_busy(member.id) { { "runs tasks" } } else { { "empty" } } },
            html! { if member.protected { { lock() }{ " protected" } } else { { "not protected" } } },
        ]
    };
    let head = vec!["Instance", "Type", "Zone", "State", "Tasks", "From scale-in"];
    let rows = own.members.iter().take(MEMBERS).map(row).collect();
    table(&TableProps {
        caption: "Instances of the group".into(),
        head,
        rows,
        testid: format!("members-{}", own.name).into(),
    })
}

/// A padlock.
fn lock() -> Html {
    html! { <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path class="lock" d="M3 5V4a3 3 0 0 1 6 0v1h1v6H2V5zM4.5 5h3V4a1.5 1.5 0 0 0-3 0z" /></svg> }
}

/// What was done to it, as a list.
pub fn activities(own: &Group, now: SimTime) -> Html {
    let one = |own: &Activity| {
        let words = [own.description.clone(), own.message.clone(), own.cause.clone()];
        Said { at: own.started, status: own.status, words }
    };
    let all = own.activities.iter().rev().take(ACTIVITIES).map(one).collect();
    activity_list("Activities of the group, the newest first", format!("activities-{}", own.name), all, now)
}
