//! An address that names no view.

use yew::prelude::*;

use crate::app::route::Route;

/// Says so, and offers the way back.
pub fn lost() -> Html {
    html! {
        <div class="page prose" data-testid="lost">
            <h1 id="view-title" tabindex="-1">{ "There is no such view" }</h1>
            <p>{ "The address in the bar names no view of this lab. The link may be old or cut short. Your lab is as it was." }</p>
            <p><a class="button primary" href={Route::Fleet.href()} data-testid="lost-back">{ "Back to the fleet" }</a></p>
        </div>
    }
}
