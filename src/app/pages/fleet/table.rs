//! The table twin: the same fleet as rows, for whoever does not see the picture, and for copying numbers.

use super::Selection;
use super::picture::show_more;
use super::view::{Card, FleetView, short_instance};
use ecs_lab::placement::Amount;
use yew::prelude::*;

/// Rows for each card that a zone of the picture shows: so many zones are full at once.
const ROWS_PER_CARD: usize = 5;

/// The table, with about as many instances as the picture.
pub fn fleet_table(view: &FleetView, pick: &Callback<Selection>, shown: &UseStateHandle<usize>) -> Html {
    let most = ROWS_PER_CARD * **shown;
    let cards = view.zones.iter().flat_map(|zone| &zone.cards).take(most);
    let more = view.counts[0].saturating_sub(most);
    let fargate = view.zones.iter().filter(|zone| !zone.fargate.is_empty());
    html! {
        <>
        <div class="scroll" tabindex="0" role="region" aria-label="The fleet as a table">
            <table data-testid="fleet-table">
                <caption>{ "Container instances; amounts are free of registered" }</caption>
                <thead><tr>
                    <th scope="col">{ "instance" }</th><th scope="col">{ "zone" }</th><th scope="col">{ "type" }</th><th scope="col">{ "status" }</th>
                    <th scope="col" class="number">{ "CPU units" }</th><th scope="col" class="number">{ "MiB" }</th><th scope="col" class="number">{ "ENIs" }</th>
                    <th scope="col">{ "ports" }</th><th scope="col">{ "tasks" }</th>
                </tr></thead>
                <tbody>
                    { for cards.map(|card| row(card, pick)) }
                    { for fargate.map(|zone| html! {
                        <tr key={format!("fargate-{}", zone.name)}>
                            <th scope="row">{ "Fargate" }</th><td class="whole">{ &zone.name }</td><td></td><td></td><td></td><td></td><td></td><td></td>
                            <td>{ tasks(&zone.fargate, pick) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
        { show_more(more, shown, "more-rows".to_owned()) }
        </>
    }
}

fn row(card: &Card, pick: &Callback<Selection>) -> Html {
    let amount = |amount: Amount| format!("{} / {}", amount.free, amount.total);
    let ports: Vec<&str> = card.ports.iter().map(|(port, _)| port.as_str()).collect();
    let key = card.key;
    let onclick = pick.reform(move |_: MouseEvent| Selection::Instance(key));
    let status = if card.connected {
        card.status.name().to_owned()
    } else {
        format!("{}, agent disconnected", card.status.name())
    };
    html! {
        <tr key={card.id.as_str()} data-testid={format!("row-{}", card.id)}>
            <th scope="row"><button type="button" class="plain small name" {onclick} title={card.id.clone()}>{ short_instance(&card.id) }</button></th>
            <td class="whole">{ &card.zone }</td><td>{ &card.kind }</td><td>{ status }</td>
            <td class="number">{ amount(card.cpu) }</td><td class="number">{ amount(card.memory) }</td><td class="number">{ amount(card.enis) }</td>
            <td>{ ports.join(", ") }</td>
            <td>{ tasks(&card.bricks, pick) }</td>
        </tr>
    }
}

fn tasks(bricks: &[super::view::Brick], pick: &Callback<Selection>) -> Html {
    html! { <ul class="inline">{ for bricks.iter().map(|brick| super::inspect::task_button(brick, pick)) }</ul> }
}
