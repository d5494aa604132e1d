//! Scaling: what scales in the lab, why it did at any moment, and why it did not.

use crate::app::parts::empty;
use crate::app::session::Door;
use yew::prelude::*;

/// The view.
pub fn scaling(door: &Door) -> Html {
    let lab = door.store().lab();
    let scaling = lab.world().applicationautoscaling();
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Scaling" }</h1></div>
            <p class="dim lead">{ "What changes counts by itself: the number that decided, in the moment it decided, and what held it back." }</p>
            if scaling.targets().next().is_none() {
                { empty("Nothing scales in this lab yet", "scaling-empty", html! { <p>{ "Register a service's count as a scalable target, and give it a policy." }</p> }) }
            }
        </div>
    }
}
