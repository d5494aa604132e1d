//! How many more copies fit now, what stops the next one, and how few new instances would hold them.

use super::super::view::short_instance;
use super::{Ground, cells};
use crate::app::parts::{SelectFieldProps, TableProps, select_field, table};
use ecs_lab::ec2::{catalogue, images, network};
use ecs_lab::ecs::{LaunchType, survey};
use ecs_lab::placement::what_if::{HostRoom, MOST_COPIES, fewest, room as count};
use ecs_lab::placement::{Check, Request, english};
use yew::prelude::*;
use yew::props;

/// Instances in the table at most.
const ROWS: usize = 60;

/// The answer.
pub fn room(ground: &Ground, request: &Request) -> Html {
    let room = count(request, &ground.hosts);
    let words = |limit: &Option<Check>| limit.as_ref().map_or_else(String::new, |check| english::check(check, request));
    let limits: Vec<String> = room.limits.iter().map(|(reason, count)| format!("{reason} on {count}")).collect();
    let row = |host: &HostRoom| cells([short_instance(&host.host), host.copies.to_string(), words(&host.limit)]);
    let zone = network::zones(&ground.lab.world().options().account.region).take(1).collect::<Vec<_>>();
    let offers = survey::offers(
        ground.lab.world().ecs(),
        &ground.lab.world().options().account,
        ground.cluster,
        &zone,
        images::LINUX,
    );
    let offer = offers.iter().find(|offer| offer.instance_type == ground.form.kind);
    let few = offer.map(|offer| match fewest(request, &offer.host, ground.tasks) {
        Ok(few) => format!(
            "{} × {} hold {}: {} on each full one, then {}.",
            few.instances,
            offer.instance_type,
            ground.tasks,
            few.each,
            words(&few.limit)
        ),
        Err(limit) => format!("Not one fits on a {}: {}.", offer.instance_type, words(&limit)),
    });
    let kinds = catalogue::TYPES.iter().map(|kind| (kind.name.into(), kind.name.into())).collect::<Vec<_>>();
    html! {
        <div class="stack">
            <p data-testid="what-room-words">
                <b>{ if room.copies >= MOST_COPIES { "No end to the copies".to_owned() } else { format!("{} more", room.copies) } }</b>
                { " fit on this fleet now." }
                if !limits.is_empty() { { format!(" What stops the next one: {}.", limits.join(", ")) } }
            </p>
            { table(&props!(TableProps { caption: "Each instance by itself", head: vec!["instance", "more copies", "then"], rows: room.hosts.iter().take(ROWS).map(row).collect::<Vec<_>>(), testid: "what-room-table" })) }
            if ground.launch == LaunchType::Ec2 {
            { select_field(&props!(SelectFieldProps { id: "what-kind", label: "The fewest new instances of the type", value: ground.form.kind.clone(), options: kinds, change: (ground.edit)(|form, value| form.kind = value) })) }
            if let Some(few) = few { <p data-testid="what-fewest">{ few }</p> }
            }
        </div>
    }
}
