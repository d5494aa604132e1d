//! How many more copies fit now, what stops the next one, and how few new instances would hold them.

use super::super::view::short_instance;
use super::{Ground, cells, left_out};
use crate::app::parts::{SelectFieldProps, TableProps, select_field, table};
use ecs_lab::ec2::{catalogue, images, network};
use ecs_lab::ecs::{LaunchType, survey};
use ecs_lab::placement::what_if::{HostRoom, MOST_COPIES, fewest, room as count};
use ecs_lab::placement::{Check, Host, Request, english};
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
    let account = &ground.lab.world().options().account;
    let zones: Vec<String> = network::zones(&account.region).collect();
    let system = request.demand.attributes.iter().find(|(name, _)| name == "ecs.os-family");
    let system = system.and_then(|(_, value)| value.as_deref()).unwrap_or(images::LINUX);
    let mut offers = survey::offers(ground.lab.world().ecs(), account, ground.cluster, &zones, system);
    let kind = &ground.form.kind;
    offers.retain(|offer| offer.instance_type == *kind);
    let empties: Vec<&Host> = offers.iter().map(|offer| &offer.host).collect();
    let few = match fewest(request, &empties, ground.tasks) {
        Ok((at, few)) => format!(
            "{} × {kind} in {} hold {}: {} on each full one, then {}.",
            few.instances,
            empties[at].zone,
            ground.tasks,
            few.each,
            words(&few.limit)
        ),
        Err(None) => format!("No image of {system} runs on a {kind}."),
        Err(limit) => format!("Not one fits on a {kind} in any zone: {}.", words(&limit)),
    };
    let kinds = catalogue::TYPES.iter().map(|kind| (kind.name.into(), kind.name.into())).collect::<Vec<_>>();
    html! {
        <div class="stack">
            <p data-testid="what-room-words">
                <b>{ if room.copies >= MOST_COPIES { "No end to the copies".to_owned() } else { format!("{} more", room.copies) } }</b>
                { " fit on this fleet now." }
                if !limits.is_empty() { { format!(" What stops the next one: {}.", limits.join(", ")) } }
            </p>
            { table(&props!(TableProps { caption: "Each instance by itself", head: vec!["instance", "more copies", "then"], rows: room.hosts.iter().take(ROWS).map(row).collect::<Vec<_>>(), testid: "what-room-table" })) }
            { left_out(room.hosts.len(), ROWS) }
            if ground.launch == LaunchType::Ec2 {
            { select_field(&props!(SelectFieldProps { id: "what-kind", label: "The fewest new instances of the type", value: ground.form.kind.clone(), options: kinds, change: (ground.edit)(|form, value| form.kind = value) })) }
            <p data-testid="what-fewest">{ few }</p>
            }
        </div>
    }
}
