//! What stands on every view: top bar, notes, the view, help, live region, probe.

mod help;
mod top;

use yew::prelude::*;
use yew::props;

use crate::app::pages;
use crate::app::parts::{LiveRegionProps, live_region, notices, use_later};
use crate::app::port;
use crate::app::route::Route;
use crate::app::session::use_door;
pub use help::key_table;
use help::{HelpProps, help, use_help_key};
use top::{TopProps, top};

/// The frame.
#[component]
pub fn Frame() -> Html {
    let door = use_door();
    let route = use_route();
    let helping = use_state(|| false);
    // With `?probe=1`: the engine's view as JSON in a hidden element, so that a test can hold picture, table and state
    // against each other.
    let probing = use_memo((), |()| port::address::switch("probe"));
    use_help_key(&helping, door.store().prefs.single_keys);
    let later = use_later(!matches!(route, Route::Fleet | Route::Lost));
    use_arrival(&route, later.is_none());

    let ask = {
        let helping = helping.clone();
        Callback::from(move |()| helping.set(true))
    };
    let close = {
        let helping = helping.clone();
        Callback::from(move |()| helping.set(false))
    };
    html! {
        <>
            { top(&door, &props!(TopProps { route: route.clone(), help: ask })) }
            <main id="main" tabindex="-1" data-testid="main" aria-labelledby="view-title">
                { notices(&door) }
                { later.unwrap_or_else(|| pages::view(&door, &route)) }
            </main>
            { help(&props!(HelpProps { open: *helping, close })) }
            { live_region(&props!(LiveRegionProps { said: door.store().said.clone() })) }
            if *probing { <pre hidden=true data-testid="probe">{ door.store().probe() }</pre> }
        </>
    }
}

/// The view that the address names, as it changes.
#[hook]
fn use_route() -> Route {
    let route = use_state(|| Route::recognize(&port::address::path()));
    let set = route.setter();
    use_effect_with((), move |()| {
        let moved = port::address::moved(move || set.set(Route::recognize(&port::address::path())));
        move || drop(moved)
    });
    (*route).clone()
}

/// Names the window for the view, and after a change of view moves the focus to its heading and shows it from its top,
/// notices included.
#[hook]
fn use_arrival(route: &Route, here: bool) {
    let first = use_mut_ref(|| true);
    use_effect_with((route.clone(), here), move |(route, here)| {
        port::page::title(&format!("{} · ECS Lab", route.title()));
        if *here && !first.replace(false) {
            port::page::focus("view-title");
            port::page::to_top();
        }
    });
}
