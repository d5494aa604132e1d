//! The views. Each opens with one `<h1 id="view-title" tabindex="-1">`, where the focus goes on arrival.

mod about;
mod build;
mod cards;
mod fleet;
mod lost;
mod registry;
mod roles;
mod scaling;
mod services;
mod terminal;
mod traffic;

use yew::prelude::*;

use crate::app::parts::Slots;
use crate::app::route::Route;
use crate::app::session::{Door, use_door};

#[derive(Properties, PartialEq)]
struct LaterProps {
    route: Route,
}

/// A view that is not in the first load: one component for all of them.
#[component]
fn Later(props: &LaterProps) -> Html {
    let slots = Slots { values: use_state(Vec::new), again: use_force_update() };
    later_view(&use_door(), &props.route, &slots)
}

/// Apart from the component, so that the views stay out of the first load.
#[inline(never)]
fn later_view(door: &Door, route: &Route, slots: &Slots) -> Html {
    match route {
        Route::Services => services::services(door, slots),
        Route::Scaling => scaling::scaling(door, slots),
        Route::Registry => registry::registry(door, slots),
        Route::Traffic => traffic::traffic(door, slots),
        Route::Roles => roles::roles(door, slots),
        Route::Terminal => terminal::terminal(door, slots),
        _ => Html::default(),
    }
}

/// The view of an address.
pub fn view(door: &Door, route: &Route) -> Html {
    match route {
        Route::Fleet => html! { <fleet::Fleet /> },
        Route::Build => html! { <build::Build /> },
        Route::Family { family } => html! { <build::Build key={family.as_str()} family={family.clone()} /> },
        // One key for both: the decks and the progress stay while one goes from the list to a deck and back.
        Route::Cards => html! { <cards::Cards key="cards" /> },
        Route::Deck { deck } => html! { <cards::Cards key="cards" deck={deck.clone()} /> },
        Route::Services | Route::Scaling | Route::Registry | Route::Traffic | Route::Roles | Route::Terminal => {
            html! { <Later key={route.title()} route={route.clone()} /> }
        }
        Route::About => about::about(door),
        Route::Lost => lost::lost(),
    }
}
