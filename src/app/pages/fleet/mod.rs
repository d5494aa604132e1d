//! The fleet: instances by zone, their tasks, and what was not placed.

use yew::prelude::*;

use crate::app::parts::Empty;

/// The view.
#[component]
pub fn Fleet() -> Html {
    html! {
        <div class="page">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Fleet" }</h1></div>
            <Empty title="No instances yet" testid="fleet-empty"><p>{ "The fleet is being built." }</p></Empty>
        </div>
    }
}
